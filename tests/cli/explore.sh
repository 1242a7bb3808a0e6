#!/bin/sh
# explore.sh - what is related to a target, through the command line.
. "$MK_SRCDIR/tests/tap.sh"
. "$MK_SRCDIR/tests/cli/people.sh"
make_data
cd "$TMPDIR" || exit 1

field() { # FILE ATTRIBUTE COLUMN: of the CSV
    awk -F, -v name="$2" -v column="$3" '
        NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i }
        $2 == name { print $at[column] }' "$1"
}

runs 0 "explore a number" "$manikin" explore hba1c
has "  says what is looked at" "$out" "^Related to hba1c: 14 of 14 attributes"
has "  the strongest first" "$(printf '%s\n' "$out" | sed -n 3p)" "^glucose_fasting .*rising"
has "  and the reverse" "$out" "^What else moves when hba1c goes from [0-9.]+ to [0-9.]+ %"
has "  with the warning" "$out$err" "association in the data, not causation"
runs 0 "fewer rows" "$manikin" explore hba1c --most 3
has "  as many as asked" "$out" "^Related to hba1c: 3 of 14 attributes"
runs 0 "all rows" "$manikin" explore hba1c --all
has "  are shown" "$out" "^Related to hba1c: 14 of 14 attributes"

"$manikin" explore hba1c --csv >all.csv
"$manikin" explore hba1c --csv given bmi=30 >given.csv
is "CSV has a row an attribute" "$(wc -l <all.csv | tr -d ' ')" 15
is "evidence is left out" "$(wc -l <given.csv | tr -d ' ')" 14
ok "what is known explains away what it stands for" awk -v all="$(field all.csv waist strength)" \
    -v given="$(field given.csv waist strength)" 'BEGIN { exit !(all > 0.05 && given < 0.5 * all) }'
ok "a direction" awk -v x="$(field all.csv glucose_fasting direction)" 'BEGIN { exit !(x > 0.9) }'
is "no direction of levels without order" "$(field all.csv smoking direction)" ""
"$manikin" --threads 3 explore hba1c --csv >threads.csv
ok "the same numbers with three threads" cmp all.csv threads.csv

runs 0 "explore an event" "$manikin" explore smoking=current
has "  names it" "$out" "^Related to smoking = current: "
has "  in points" "$out" "percentage points"
runs 0 "an event of a number" "$manikin" explore 'P(hba1c >= 6)'
has "  names it too" "$out" "^Related to hba1c ≥ 6: "
runs 0 "explore the session's target" "$manikin" -e 'given age=45' -e 'target fibre' explore
has "  with its evidence" "$out" "^Related to fibre: .*given age 45"
"$manikin" explore hba1c --json >x.json
if command -v python3 >/dev/null 2>&1; then
    ok "JSON has relations both ways" python3 -c '
import json
d = json.load(open("x.json"))
r = d["relations"]
assert [x["strength"] for x in r] == sorted((x["strength"] for x in r), reverse=True)
assert r[0]["attribute"] == "glucose_fasting" and r[0]["co_observed"] > 50
assert len(r) == len(d["reverse"]["relations"]) == 14
assert all(len(x["shape"]) == len(x["at"]) == len(x["share"]) > 0 for x in r)
assert d["reverse"]["low"] < d["reverse"]["high"] and d["answer"] == "median"
assert d["asked"] == 14 and d["effect_unit"] == "sd"'
else
    skip "JSON has relations both ways" "no python3"
fi
runs 0 "two figures" "$manikin" explore hba1c -o x.gp
ok "  the relations" grep -q "Related to hba1c" x.gp
ok "  and what moves" grep -q "What moves when hba1c" x-2.gp

runs 2 "two targets" "$manikin" explore hba1c fibre
has "  are one too many" "$err" "one target, found 2: hba1c and fibre"
runs 2 "no target" "$manikin" explore
has "  is said" "$err" "no target"
runs 2 "two events" "$manikin" explore smoking=current smoking=never
has "  are one too many" "$err" "looks at one event"
runs 2 "a wrong level" "$manikin" explore smoking=sometimes
has "  names the right ones" "$err" "expected never, former, current"
runs 2 "an unknown attribute" "$manikin" explore hba1x
has "  and the nearest" "$err" "nearest: hba1c"
runs 2 "no rows" "$manikin" explore hba1c --most 0
has "  points at the option" "$err" "most"
done_testing
