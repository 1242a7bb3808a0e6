#!/bin/sh
# card.sh - cards of models: whole, honest about what nobody measured, and in step with the files.
. "$MK_SRCDIR/tests/tap.sh"
. "$MK_SRCDIR/tests/cli/people.sh"
make_data
cd "$TMPDIR" || exit 1
small="$TMPDIR/data/model/tiny.safetensors"

runs 0 "a model has a card" "$manikin" model card "$small"
for section in Purpose Population Sources Schema Training 'Measured quality' Calibration Privacy \
    'Small cells' Limits 'Not for'; do
    has "with the section $section" "$out" "^## $section\$"
done
has "what nobody measured is said" "$out" '^not measured$'
has "what it must not be used for" "$out" '^- diagnosis or treatment'
has "no causes, no medical device" "$out" 'not causation\. Not a medical device'
has "nothing of few people" "$out" 'Counts of fewer than 10 people in the file: 0'
has "what is not known is unknown" "$out" ': unknown$'
card=$out
runs 0 "as JSON" "$manikin" model card "$small" --json
has "with what it is not for" "$out" '"not_for": \["diagnosis'
has "what is not measured" "$out" '"not_measured": \[.*"Privacy"'
has "and digests" "$out" '"data_digest": "[0-9a-f]{16}"'
runs 0 "as Markdown" "$manikin" model card "$small" -o card.md
is "is the same text" "$(cat card.md)" "$card"
runs 0 "as a page" "$manikin" model card "$small" -o card.html
has "with its sections" "$(cat card.html)" '<h2[^>]*>Not for</h2>'
has "and tables" "$(cat card.html)" '<th[^>]*>category</th>'

for file in "$MK_SRCDIR"/model/*.safetensors; do
    name=$(basename "$file" .safetensors)
    runs 0 "$name has a card" env MANIKIN_DATADIR="$MK_SRCDIR" "$manikin" model card "$file"
    is "the one beside it (make cards)" "$out" "$(cat "$MK_SRCDIR/model/$name.md")"
done

done_testing
