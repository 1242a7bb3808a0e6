#!/bin/sh
# readme.sh - the commands of README.md and of the tutorial run as they are written.
#
# A block fenced as `sh` is a script; a block fenced as `text` right after it is what it printed. A
# block after `<!-- screen: FILE -->` is that file of doc/. MK_UPDATE_README=1 (make update-readme)
# writes the second and the third anew.
. "$MK_SRCDIR/tests/tap.sh"
PATH=$MK_BUILDDIR:$PATH
export PATH
has_model=$(find "$MK_SRCDIR/model" -name '*.safetensors' | head -n 1)

# Blocks of a document: block.N for the N-th script, block.N.at for its line; all run in one folder.
run_blocks() { # NAME FILE
    awk '/^```/ { if (inside) { close(file); inside = 0 } else if ($0 == "```sh") {
             n++; inside = 1; file = "block." n; printf "" >file; print NR >(file ".at"); close(file ".at") }
             next }
         inside { print >file }' "$2"
    n=1
    while [ -f "block.$n" ]; do
        name="$1:$(cat "block.$n.at") runs"
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
    ok "$1 has scripts" test "$n" -gt 5
}

# The document as it should be; MK_MESSAGES: what went to standard error is shown too.
renew() { # FILE
    awk -v root="$MK_SRCDIR/doc/" '
         function take(file) {
             while ((getline line <file) > 0) { sub(/[ \t]+$/, "", line); print line }
             close(file) }
         /^<!-- screen: / { screen = root $3 }
         /^```/ {
             if (inside) { inside = 0; after = is_script ? n : 0; dropping = 0; print; next }
             inside = 1; is_script = $0 == "```sh"; n += is_script
             if ($0 == "```text" && (after || screen != "")) {
                 print; take(screen != "" ? screen : "block." after ".out")
                 dropping = 1
             } else print
             after = 0; screen = ""; next }
         dropping { next }
         !inside && NF && !/^<!--/ { after = 0 }
         { print }' "$1"
}

# Screens in the text are the files they are said to be.
check_screens() { # NAME FILE
    grep '^<!-- screen: ' "$2" | awk '{ print $3 }' >screens
    while read -r screen; do
        awk -v mark="<!-- screen: $screen -->" '$0 == mark { found = 1; next }
            found && /^```/ { if (inside) exit; inside = 1; next } inside { print }' "$2" >shown
        sed 's/[ \t]*$//' "$MK_SRCDIR/doc/$screen" >file
        ok "the screen $screen in $1 is the file (make update-readme)" cmp shown file
    done <screens
}

for document in README.md doc/tutorial.md; do
    mkdir -p "$TMPDIR/$document"
    cd "$TMPDIR/$document" || exit 1
    ln -s "$MK_BUILDDIR" build
    ln -s "$MK_SRCDIR/man" man
    run_blocks "$document" "$MK_SRCDIR/$document"
    if [ -n "${MK_UPDATE_README-}" ] && [ -n "$has_model" ]; then
        renew "$MK_SRCDIR/$document" >new && cp new "$MK_SRCDIR/$document"
    fi
    check_screens "$document" "$MK_SRCDIR/$document"
done

# Files that the text names are there.
cd "$TMPDIR" || exit 1
grep -ohE '`(man |build/manikin run )?[a-z0-9-]+/[a-zA-Z0-9./-]*[a-zA-Z0-9]`' "$MK_SRCDIR/README.md" \
    "$MK_SRCDIR/doc/tutorial.md" | tr -d '`' | sed 's/^man //' | grep -vE '^build/' | sort -u |
    while read -r path; do
        case $path in *.safetensors) test -n "$has_model" || continue ;; esac
        test -e "$MK_SRCDIR/$path" || echo "$path"
    done >missing
is "the files that they name exist" "$(cat missing)" ""
done_testing
