#!/bin/sh
# manual.sh - the manual's verbs are the program's, and its examples run.
. "$MK_SRCDIR/tests/tap.sh"
. "$MK_SRCDIR/tests/cli/people.sh"
make_data
cd "$TMPDIR" || exit 1

runs 0 "help --man" "$manikin" help --man
sed -n '/^\.\\" verbs begin/,/^\.\\" verbs end/p' "$MK_SRCDIR/man/manikin.1" | sed '1d;$d' >page
printf '%s\n' "$out" >program
ok "the verbs in the manual are those of the program (make update-manual)" cmp page program
for page in manikin.1 manikin-scenario.5 manikin-schema.5 manikin-model.7; do
    if command -v groff >/dev/null 2>&1; then
        groff -man -Tutf8 -ww "$MK_SRCDIR/man/$page" >/dev/null 2>groff.err
        is "$page is well-formed" "$(cat groff.err)" ""
    else
        skip "$page is well-formed" "groff is not installed"
    fi
done

# Examples: lines that begin with two blanks and the program's name.
mkdir -p bin
ln -s "$manikin" bin/manikin
cp "$(dirname "$manikin")/manikin-srcdir" bin/ 2>/dev/null
PATH=$TMPDIR/bin:$PATH
export PATH
for star in altair bellatrix; do # the examples name the releases
    cp "$MANIKIN_DATADIR/model/tiny.safetensors" "$MANIKIN_DATADIR/model/$star.safetensors"
done
n=0
"$manikin" help --json | tr -d '\n' >help.json
for verb in attributes given forget target estimate plot scenario compare impute support train model \
    schema export save run help version; do
    "$manikin" help "$verb" | sed -n 's/^  \(manikin .*\)/\1/p' >"example.$verb"
    ok "$verb has an example" test -s "example.$verb"
    ok "that runs" sh -e "./example.$verb"
    cat "example.$verb"
done >examples.tap
grep -E '^(ok|not ok|#)' examples.tap
sed -n '/^\.SH EXAMPLES/,/^\.EE/p' "$MK_SRCDIR/man/manikin.1" | grep '^manikin' |
    sed "s/\\\\(aq/'/g; s/\\\\-/-/g" >examples
ok "the examples of the manual run" sh -e ./examples
sed -n '/^# one person/,/^\.EE/p' "$MK_SRCDIR/man/manikin-scenario.5" | sed '$d' >page.scenario
runs 0 "the script of the manual runs" "$manikin" run page.scenario
has "and compares" "$out" '^hba1c'
sed -n '/^# two people/,/^\.EE/p' "$MK_SRCDIR/man/manikin-scenario.5" | sed '$d; s/\\-/-/g' >page.scenario
runs 0 "the persons of the manual" "$manikin" run page.scenario
has "are compared" "$out" '^hba1c +ben'
sed -n '/^# what a model must/,/^\.EE/p' "$MK_SRCDIR/man/manikin-scenario.5" | sed '$d' >page.scenario
runs 0 "the checks of the manual hold" "$manikin" run page.scenario
is "all of them" "$(printf '%s\n' "$out" | grep -c '^holds: ')" 4

# Every verb explains itself in one line and at length.
"$manikin" help | sed -n '/^Verbs:/,/^$/p' | sed -n 's/^  \([a-z]*\) .*/\1/p' >verbs
while read -r verb; do
    runs 0 "help $verb" "$manikin" help "$verb"
    has "begins with its usage" "$(printf '%s\n' "$out" | head -n 1)" "^manikin $verb"
done <verbs
done_testing
