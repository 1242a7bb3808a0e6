#!/bin/sh
# evaluate.sh - a model judged on people it has not seen: exit codes, tables, files.
. "$MK_SRCDIR/tests/tap.sh"
. "$MK_SRCDIR/tests/cli/people.sh"
make_data
cd "$TMPDIR" || exit 1
printf 'kind copula\ntest 0.3\nname held\n' >held.recipe
runs 0 "a model that keeps people back" "$manikin" train held.recipe --table people.csv \
    --schema people.tsv -o held.safetensors

# Small tables may miss a bar: judged is done with 0 and with 4.
judges() { # SENTENCE WORDS...
    sentence=$1
    shift
    "$manikin" "$@" >judged.out 2>judged.err
    code=$?
    out=$(cat judged.out)
    err=$(cat judged.err)
    ok "$sentence" test "$code" -eq 0 -o "$code" -eq 4
}

# --- the ten most related ------------------------------------------------------------------------------
judges "it is judged on them" -m ./held.safetensors evaluate --holdout people.csv --json
json=$out
has "with the protocol's name" "$json" '"protocol": "ten_most_related"'
has "a scoreboard" "$json" '"statistic": "no_worse"'
has "standard errors" "$json" '"crps": \{"value": 0\.[0-9]+, "standard_error": 0\.[0-9]+'
has "every attribute" "$json" '"attribute": "vitamin_c", "type": "positive"'
judged=$(printf '%s\n' "$json" | sed 's/.*"people": \([0-9]*\), "level".*/\1/')
ok "and only on them" test "$judged" -gt 80 -a "$judged" -lt 160
judges "everybody can be judged" evaluate ./held.safetensors --holdout people.csv \
    --part all --json
has "which is more people" "$out" '"people": 400, "level"'
judges "threads do not matter" -m ./held.safetensors evaluate --holdout people.csv \
    --json --threads 3
is "to any number" "$out" "$json"

# --- bars ----------------------------------------------------------------------------------------------
runs 4 "a bar that does not hold" "$manikin" evaluate ./held.safetensors --holdout people.csv \
    --max-error 0.01
has "is told" "$err" 'error.*expected at most 0\.01'
has "after the tables" "$out" 'Scoreboard'
has "where it says so" "$out" 'at most 0\.01 +NO'
judges "another model judged beside it" evaluate ./held.safetensors \
    --holdout people.csv --against ./held.safetensors
has "is no better than itself" "$out" 'no worse than the other model'

# --- masks ---------------------------------------------------------------------------------------------
awk 'BEGIN { print "bmi,smoking"; for (i = 0; i < 400; i++) print i % 2 "," (i % 3 == 0) }' >mask-b.csv
runs 0 "cells hidden by a mask" "$manikin" evaluate ./held.safetensors --holdout people.csv \
    --part all --mask mask-b.csv,mask-b.csv --csv
has "give a row" "$out" '^b,held,0\.[0-9]+,'
head -n 20 mask-b.csv >short.csv
runs 3 "a mask of other people" "$manikin" evaluate ./held.safetensors --holdout people.csv \
    --mask short.csv
has "is refused with both sizes" "$err" 'short\.csv: the mask has 19 rows, the people 400'
printf 'bmi\n2\n' >two.csv
runs 3 "a mask with a 2" "$manikin" evaluate --holdout people.csv --mask two.csv
printf 'nosuch\n1\n' >no.csv
runs 3 "a mask of unknown attributes" "$manikin" evaluate --holdout people.csv --mask no.csv

# --- files ---------------------------------------------------------------------------------------------
judges "a report in a folder" evaluate ./held.safetensors --holdout people.csv -o rep --json
is "which is shown too" "$out" "$(cat rep/report.json)"
ok "as JSON, Markdown and CSV" test -s rep/report.md -a -s rep/report.csv
has "and as a page" "$(cat rep/report.html)" '^<h1>What the model knows'
runs 1 "a folder that cannot be made" "$manikin" evaluate ./held.safetensors --holdout people.csv \
    -o nosuch/rep
runs 1 "a file in the folder's place" "$manikin" evaluate ./held.safetensors --holdout people.csv \
    -o people.csv

# --- the card ------------------------------------------------------------------------------------------
judges "the model's card is told" evaluate ./held.safetensors --holdout people.csv --write-card
judges "a second time" evaluate ./held.safetensors --holdout people.csv --write-card
runs 0 "the card is shown" "$manikin" model show ./held.safetensors
is "what was found is in it once" "$(printf '%s\n' "$out" | grep -c 'Measured quality')" 1
has "as a table" "$out" '^\| interval coverage.*\| between 0\.87 and 0\.93 \| 0\.[0-9]+ ± '
runs 0 "the model is whole" "$manikin" model verify ./held.safetensors
runs 2 "no card for a mask" "$manikin" evaluate ./held.safetensors --holdout people.csv \
    --mask mask-b.csv --write-card

# --- words ---------------------------------------------------------------------------------------------
runs 2 "no people" "$manikin" evaluate
runs 2 "a part that there is not" "$manikin" evaluate --holdout people.csv --part some
runs 1 "people that are not there" "$manikin" evaluate --holdout nosuch.csv
runs 1 "a model that is not there" "$manikin" evaluate ./nosuch.safetensors --holdout people.csv
runs 2 "held-out people of a model that has none" "$manikin" evaluate --holdout people.csv --part test
done_testing
