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
has "the joint density of whole people" "$json" '"joint": \{"people": [0-9]+, "attributes": [0-9.]+, "orders": 8, "log_density": -[0-9.]+, "log_density_standard_error": 0\.[0-9]+, "marginals": -[0-9.]+, "marginals_standard_error": 0\.[0-9]+, "base": -[0-9.]+, "base_standard_error": 0\.[0-9]+, "gain": 0\.[0-9]+, "gain_standard_error": 0\.[0-9]+, "spread": 0\.[0-9]+, "spread_standard_error": 0\.[0-9]+, "spread_share": [0-9.]+, "spread_share_standard_error": 0\.[0-9]+, "energy": [0-9.]+, "energy_standard_error": 0\.[0-9]+'
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
has "where it says so" "$out" '^FAILS .*at most 0\.01 '
judges "another model judged beside it" evaluate ./held.safetensors \
    --holdout people.csv --against ./held.safetensors
has "is no better than itself" "$out" '^holds .*less that of held \(2\) +at most 0 +0\.0000 +0\.0000'

# --- sections and thresholds ----------------------------------------------------------------------------
judges "the whole of it" evaluate ./held.safetensors --holdout people.csv --quick --json
has "is not partial" "$out" '"quick": true, "partial": false, "sections": \["imputation", "masks", .*"joint", .*"unconditional"'
has "but for what nobody asked" "$out" '\{"section": "external", "why": "needs --external"\}'
has "errors by type" "$out" '"types": \[\{"type": "real", "cells": [0-9]+, "error": 0\.[0-9]+, "error_standard_error": 0\.[0-9]+, "base": 0\.'
has "masks by seed" "$out" '"mask": "random", "model": "held"'
has "figures with their names" "$out" '"mask_block_error": \{"label": "[^"]*", "value": 0\.[0-9]+, "standard_error": 0\.'
judges "a section alone" evaluate ./held.safetensors --holdout people.csv --sections joint,unconditional
has "is said to be a part" "$out" '^A part of an evaluation, as chosen\. Not run: imputation \(not chosen\), masks \(not chosen\)'
has "what it leaves out is not measured" "$out" '^not measured +interval coverage, numbers +between 0\.87 and 0\.93'
judges "as JSON" evaluate ./held.safetensors --holdout people.csv --sections unconditional --json
has "it says so too" "$out" '"partial": true, "sections": \["unconditional"\]'
has "and measures only that" "$out" '"statistic": "coverage", "label": "[^"]*", "low": 0\.87, "high": 0\.93, "measured": false\}'
runs 2 "a section that there is not" "$manikin" evaluate ./held.safetensors --holdout people.csv \
    --sections joint,nosuch
has "is told with those that there are" "$err" 'nosuch: expected some of imputation, masks, '
runs 2 "sections without a name" "$manikin" evaluate ./held.safetensors --holdout people.csv --sections ''
has "are no sections" "$err" 'expected some of imputation, masks, '
runs 2 "masks that no section takes" "$manikin" evaluate ./held.safetensors --holdout people.csv \
    --sections joint --mask mask.csv
has "are not left out in silence" "$err" '--mask needs masks among the --sections'
runs 2 "a part of another survey" "$manikin" evaluate ./held.safetensors --external people.csv --part test
has "goes with held-out people" "$err" '--part goes with --holdout'
printf 'a,b\n1,2\n' >else.csv
runs 3 "a table of something else" "$manikin" evaluate ./held.safetensors --holdout else.csv
has "judges nobody" "$err" 'else\.csv: found no value of the [0-9]+ attributes of held'
runs 2 "a section that needs more" "$manikin" evaluate ./held.safetensors --holdout people.csv \
    --sections external
printf 'kind copula\ntest 0.3\nname bold\nthreshold coverage 0.5 0.99\nthreshold error_real - 0.01\n' \
    >bold.recipe
runs 0 "a model declares its thresholds" "$manikin" train bold.recipe --table people.csv \
    --schema people.tsv -o bold.safetensors
runs 4 "it is held against them" "$manikin" evaluate ./bold.safetensors --holdout people.csv \
    --sections imputation
has "and them alone" "$out" '^note: 1 of 2 thresholds hold, 1 fails, 0 were not measured'
has "with what they are" "$err" 'error.*/sd, real, pooled: 0\.[0-9]+, expected at most 0\.01'
runs 0 "what nobody measured fails nothing" "$manikin" evaluate ./bold.safetensors \
    --holdout people.csv --sections unconditional
printf 'threshold coverage 0.9 0.8\n' >wrong.recipe
runs 3 "a threshold that is none" "$manikin" train wrong.recipe --table people.csv \
    --schema people.tsv -o wrong.safetensors
judges "two models beside it" evaluate ./held.safetensors --holdout people.csv --sections imputation \
    --against ./bold.safetensors --against ./held.safetensors --json
has "are both told" "$out" '"others": \[\{"model": "held", "version": "[^"]*", "kind": "copula"'

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
has "and as a page" "$(cat rep/report.html)" '^<h1>How good is held'
runs 1 "a folder that cannot be made" "$manikin" evaluate ./held.safetensors --holdout people.csv \
    -o nosuch/rep
runs 1 "a file in the folder's place" "$manikin" evaluate ./held.safetensors --holdout people.csv \
    -o people.csv

# --- the card ------------------------------------------------------------------------------------------
judges "the model's card is told" evaluate ./held.safetensors --holdout people.csv --write-card
judges "a second time" evaluate ./held.safetensors --holdout people.csv --write-card
runs 0 "the card is shown" "$manikin" model card ./held.safetensors
is "what was found is in it once" "$(printf '%s\n' "$out" | grep -c 'Measured quality')" 1
has "as a table" "$out" '^\| interval coverage.*\| between 0\.87 and 0\.93 \| 0\.[0-9]+ ± '
has "and the joint density" "$out" '^\| spread over orders, nats an attribute \| 0\.[0-9]+'
runs 0 "the model is whole" "$manikin" model verify ./held.safetensors
runs 2 "no card for a mask" "$manikin" evaluate ./held.safetensors --holdout people.csv \
    --mask mask-b.csv --write-card

# --- several sources -----------------------------------------------------------------------------------
# The same people as two studies: the second has no blood values, and its people are ten times as many.
two_sources() { # the second study's rows: people.csv cut to columns 1-7, with a column source
    mkdir -p two
    awk -F, -v OFS=, 'NR == 1 { print $0, "source"; next } NR <= 251 { print $0, "lab_2017" }' \
        people.csv >two/lab.csv
    awk -F, -v OFS=, 'NR == 1 { print $1, $2, $3, $4, $5, $6, $7, "source"; next }
        NR > 251 { for (i = 0; i < 10; i++) print "q" $1 "-" i, $2 + i % 3, $3, $4, $5, $6, $7, "ask_2020" }' \
        people.csv >two/ask.csv
    awk -F'\t' -v OFS='\t' 'NR == 2 { print "source", "categorical", "Source", "",
        "1=lab_2017|2=ask_2020|3=lab_2021", "Study", "", "", "" } { print }' people.tsv >two.tsv
}
two_sources
printf 'kind copula\ntest 0.4\nname both\n' >both.recipe
runs 0 "a model of two sources" "$manikin" train both.recipe --table two --schema two.tsv \
    -o both.safetensors
judges "it is judged on both" evaluate ./both.safetensors --holdout two --json
has "and on each" "$out" '"sources": \[\{"source": "ask_2020", "people": [0-9]+, "attributes": 6,'
has "which is two" "$out" '"source": "lab_2017", "people": [0-9]+, "attributes": 15,'
has "without the source known" "$out" '"source_known": false'
has "and not asked" "$out" '"attribute": "source", "type": "categorical", "people": 0'
judges "of each at most so many" evaluate ./both.safetensors --holdout two --people 60 --json
is "which is all of both" "$(printf '%s\n' "$out" | grep -o '"people": 60, "attributes"' | wc -l | tr -d ' ')" 2
has "and is told" "$out" 'At most 60 people of a source were judged'
has "as is that so few are not held against the bar" "$out" 'not held against the bar: ask_2020, lab_2017'
judges "the source can be known" evaluate ./both.safetensors --holdout two --people 60 --source-known
has "which is told" "$out" 'Which source a person is from was told in every question'
has "in a table by source" "$out" '^lab_2017 '
judges "a model of less is judged beside it" evaluate ./both.safetensors --holdout two/lab.csv \
    --against ./held.safetensors --json
has "in what both know" "$out" '"common": 15,'
has "and in what is rare in the other" "$out" '"statistic": "error_rare_against"'
awk 'BEGIN { print "bmi"; for (i = 0; i < 1750; i++) print i % 2 }' >mask-two.csv
runs 2 "no mask over several sources" "$manikin" evaluate ./both.safetensors --holdout two \
    --mask mask-two.csv

# --- another survey ------------------------------------------------------------------------------------
awk -F, -v OFS=, 'NR == 1 { print $0, "source", "survey_weight"; next }
    NR % 2 == 0 { print "z" $0, "lab_2021", 1 + NR % 3 }' people.csv >next.csv
printf 'attribute\tgroup\nfibre\tfood\nvitamin_c\tfood\nbmi\tbody\nsmoking\thabits\nnosuch\tbody\n' >what.tsv
judges "another survey beside the model" evaluate ./both.safetensors --external next.csv \
    --attributes what.tsv --train two --people 50 --json
has "by name" "$out" '"protocol": "external".*"survey": "lab_2021"'
has "against the newest of its kind" "$out" '"own_survey": "lab_2017", "people": 200, "judged": 50'
has "which is given" "$out" '"given": "source lab_2017"'
has "with the overlap of each" "$out" '"attribute": "fibre".*"given": \{"mean": [0-9.]+, "sd": [0-9.]+, "z": -?[0-9.e-]+, "z_standard_error": [0-9.]+, "overlap": 0\.[0-9]+'
has "and of the two surveys" "$out" '"own_survey": \{"mean"'
has "in groups" "$out" '"group": "food", "attributes": 2'
has "and the people one by one" "$out" '"calibration": \[\{"group": "food", "cells": [0-9]+, "coverage": 0\.'
has "without what nobody knows" "$out" 'unknown to the model or nobody in the survey: nosuch'
judges "something else can be given" evaluate ./both.safetensors --external next.csv \
    --attributes what.tsv --people 50 given sex=female
has "which is told" "$out" 'given sex female'
judges "the card can tell it" evaluate ./both.safetensors --external next.csv \
    --attributes what.tsv --people 50 --write-card
runs 0 "and is shown" "$manikin" model card ./both.safetensors
has "with a section of its own" "$out" '^## Another survey'
judges "another survey beside people held out" evaluate ./both.safetensors --holdout two --people 60 \
    --external next.csv --attributes what.tsv --json
has "which is a part of the whole" "$out" '"external": \{"survey": "lab_2021", "given": "source lab_2017"'
has "and a bar of it" "$out" '"statistic": "external_overlap", "label": "overlap with lab_2021, mean of food"'
has "with masks by source" "$out" '"mask": "source", "model": "both"'
runs 2 "nothing given of people held out" "$manikin" evaluate --holdout people.csv given sex=male
runs 1 "a list that is not there" "$manikin" evaluate ./both.safetensors --external next.csv \
    --attributes nosuch.tsv
printf 'attribute\nfibre\nfibre\n' >twice.tsv
runs 3 "a list with an attribute twice" "$manikin" evaluate ./both.safetensors --external next.csv \
    --attributes twice.tsv

# --- words ---------------------------------------------------------------------------------------------
runs 2 "no people" "$manikin" evaluate
runs 2 "a part that there is not" "$manikin" evaluate --holdout people.csv --part some
runs 1 "people that are not there" "$manikin" evaluate --holdout nosuch.csv
runs 1 "a model that is not there" "$manikin" evaluate ./nosuch.safetensors --holdout people.csv
runs 2 "held-out people of a model that has none" "$manikin" evaluate --holdout people.csv --part test
done_testing
