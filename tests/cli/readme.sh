#!/bin/sh
# readme.sh - the commands of README.md run as they are written.
#
# A block fenced as `sh` is a script; a block fenced as `text` right after it is what it printed.
# MK_UPDATE_README=1 (make update-readme) writes the second anew from the first.
. "$MK_SRCDIR/tests/tap.sh"
readme=$MK_SRCDIR/README.md
cd "$TMPDIR" || exit 1
ln -s "$MK_BUILDDIR" build
ln -s "$MK_SRCDIR/man" man

# block.N for the N-th script, block.N.at for its line
awk '/^```/ { if (inside) { close(file); inside = 0 } else if ($0 == "```sh") {
         n++; inside = 1; file = "block." n; printf "" >file; print NR >(file ".at"); close(file ".at") }
         next }
     inside { print >file }' "$readme"

has_model=$(find "$MK_SRCDIR/model" -name '*.safetensors' | head -n 1)
n=1
while [ -f "block.$n" ]; do
    name="README.md:$(cat "block.$n.at") runs"
    if [ -z "$has_model" ]; then
        skip "$name" "the tree has no model"
    else
        sh -e "./block.$n" >"block.$n.out" 2>"block.$n.err"
        tap_result $? "$name"
        grep -v '^note:' "block.$n.err" | sed 's/^/#   /'
        ok "and answers" test -s "block.$n.out"
    fi
    n=$((n + 1))
done
ok "README.md has scripts" test "$n" -gt 5

# Files that the text names are there.
grep -oE '`(man |build/manikin run )?[a-z0-9-]+/[a-zA-Z0-9./-]*[a-zA-Z0-9]`' "$readme" | tr -d '`' |
    sed 's/^man //' | grep -vE '^build/' | sort -u |
    while read -r path; do
        case $path in *.safetensors) test -n "$has_model" || continue ;; esac
        test -e "$MK_SRCDIR/$path" || echo "$path"
    done >missing
is "the files that README.md names exist" "$(cat missing)" ""

if [ -n "${MK_UPDATE_README-}" ] && [ -n "$has_model" ]; then
    awk '/^```/ {
             if (inside) { inside = 0; after = is_script ? n : 0; dropping = 0; print; next }
             inside = 1; is_script = $0 == "```sh"; n += is_script
             if ($0 == "```text" && after) {
                 print; file = "block." after ".out"
                 while ((getline line <file) > 0) { sub(/[ \t]+$/, "", line); print line }
                 dropping = 1
             } else print
             after = 0; next }
         dropping { next }
         !inside && NF { after = 0 }
         { print }' "$readme" >new && cp new "$readme"
fi
done_testing
