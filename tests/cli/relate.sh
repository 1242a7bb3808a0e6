#!/bin/sh
# relate.sh - compare of all attributes, plot vs, pairs: answers, files, words.
. "$MK_SRCDIR/tests/tap.sh"
. "$MK_SRCDIR/tests/cli/people.sh"
make_data
cd "$TMPDIR" || exit 1

# --- compare of all -----------------------------------------------------------------------------------
lean='scenario lean bmi=22 age=30'
heavy='scenario heavy bmi=36 age=70'
runs 0 "compare without a target" "$manikin" -e "$lean" -e "$heavy" compare given sex=male
has "compares all attributes but those that are given" "$out" 'The 12 of 12 attributes that differ most from lean'
has "and says which" "$err$out" 'Left out, as they are given: age, sex, bmi'
has "the waist above all" "$(printf '%s\n' "$out" | sed -n '/^Attribute/{n;p;}')" '^(waist|weight|systolic_bp) '
runs 0 "--most" "$manikin" -e "$lean" -e "$heavy" compare --most 3 given sex=male
has "shows so many" "$out" 'The 3 of 12 attributes'
runs 0 "as JSON" "$manikin" -e "$lean" -e "$heavy" compare --most 3 given sex=male --json
is "all are there" "$(printf '%s' "$out" | grep -o '"differences"' | wc -l | tr -d ' ')" 12
printf '%s' "$out" | grep -o '"size": [0-9.e-]*' | sed 's/.* //' >sizes
ok "the largest change first" sort -c -g -r sizes
has "what is left out" "$out" '"left_out": \["age", "sex", "bmi"\]'
runs 0 "as CSV" "$manikin" -e "$lean" -e "$heavy" compare given sex=male --csv
has "all are there" "$out" '^heavy,vitamin_c,'
runs 0 "--all is stronger than targets" "$manikin" -e "$lean" -e "$heavy" -e 'target hba1c' compare --all
has "all attributes" "$out" 'The 13 of 13 attributes'
runs 0 "targets are compared" "$manikin" -e "$lean" -e "$heavy" compare fibre,waist,bmi --json
has "the largest change first, what is given last" "$(printf '%s' "$out" | grep -o '"attribute": "[a-z]*"' | tr -d '\n')" \
    '"waist".*"fibre".*"bmi"'
has "and marked" "$out" '"attribute": "bmi"[^}]*"set": true'
runs 2 "--most for targets" "$manikin" -e "$lean" -e "$heavy" compare fibre --most 2
has "is told" "$err" '\-\-all'

# --- plot vs ------------------------------------------------------------------------------------------------
runs 0 "plot vs" "$manikin" plot waist vs bmi --json
has "has the model's rank correlation" "$out" '"together": \{"rank_correlation": 0\.[89]'
has "the training people's beside it" "$out" '"survey": \{"people": [0-9]+, "cells": [0-9]+, "rank_correlation": 0\.[89]'
overlap=$(printf '%s' "$out" | sed 's/.*"overlap": \([0-9.]*\).*/\1/')
ok "they overlap" awk -v x="$overlap" 'BEGIN { exit !(x > 0.75 && x <= 1) }'
has "contours and cells are in the figures" "$out" '"kind": "cells".*"kind": "contour"'
has "a note says how well they agree" "$out" 'training people that have both overlap by [0-9]+ %'
runs 0 "with evidence" "$manikin" plot waist vs bmi given sex=male --json
hasnt "no overlap is told" "$out" '"overlap"'
has "but why" "$out" 'not only those like what is given'
same=$out
runs 0 "the same again, on one thread" "$manikin" --threads 1 plot waist vs bmi given sex=male --json
is "is the same" "$out" "$same"

# --- pairs --------------------------------------------------------------------------------------------------
runs 0 "pairs" "$manikin" pairs age bmi waist smoking
has "has a row each" "$out" '^bmi +waist +0\.[89]'
runs 0 "as JSON" "$manikin" pairs age bmi waist smoking --json
is "six of them" "$(printf '%s' "$out" | grep -o '"a": ' | wc -l | tr -d ' ')" 6
has "the strongest first" "$out" '"pairs": \[\{"a": "bmi", "b": "waist"'
runs 0 "as CSV" "$manikin" pairs age bmi waist --csv
has "a header" "$out" '^a,b,rank_correlation,information'
is "and three rows" "$(printf '%s\n' "$out" | wc -l | tr -d ' ')" 4
runs 2 "one attribute" "$manikin" pairs age
has "is too few" "$err" 'pairs needs 2'
runs 2 "an unknown one" "$manikin" pairs age wast
has "is answered with the nearest" "$err" 'nearest: waist'

# --- figures ------------------------------------------------------------------------------------------------
if command -v gnuplot >/dev/null 2>&1; then
    runs 0 "pairs as files" "$manikin" pairs bmi waist smoking sex -o pairs.svg
    ok "one a pair" test -s pairs.svg -a -s pairs-6.svg
    runs 0 "scripts" "$manikin" pairs bmi waist smoking sex age sleep_hours diet_rating -o p.gp
    bad=
    for script in p.gp p-*.gp; do
        said=$(gnuplot -d "$script" 2>&1 >picture.png) || bad="$bad $script"
        [ -z "$said" ] && [ -s picture.png ] || bad="$bad $script: $said"
    done
    is "gnuplot reads them all without a word" "$bad" ""
    is "there are 21" "$(find . -name 'p*.gp' | wc -l | tr -d ' ')" 21
    runs 0 "plot vs on the screen" "$manikin" plot waist vs bmi
    has "shows the training people" "$out" 'training people'
    has "and the model" "$out" 'model, 90 %'
    runs 0 "compare of all as a chart" "$manikin" -e "$lean" -e "$heavy" compare --most 5 -o changes.svg
    has "has the changes" "$(cat changes.svg)" 'Changes against lean'
else
    skip "figures" "gnuplot is not installed"
fi

done_testing
