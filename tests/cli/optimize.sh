#!/bin/sh
# optimize.sh - inputs that give a wanted output, through the command line.
. "$MK_SRCDIR/tests/tap.sh"
. "$MK_SRCDIR/tests/cli/people.sh"

# People can change their weight and habits, not their age.
can_change() {
    awk -F '\t' -v OFS='\t' '
        NR == 1 { print $0, "modifiable"; next }
        { print $0, ($1 ~ /^(weight|bmi|smoking|diet_rating|sleep_hours|fast_food_meals|fibre)$/ ? "yes" : "no") }' \
        people.tsv >changed.tsv && mv changed.tsv people.tsv
}
cd "$TMPDIR" || exit 1
make_people
can_change
mkdir -p data/model
ok "a small model is trained" "$manikin" --no-config train --table people.csv --schema people.tsv \
    --kind copula -o data/model/tiny.safetensors
MANIKIN_DATADIR=$TMPDIR/data
export MANIKIN_DATADIR

runs 0 "a minimum" "$manikin" optimize systolic_bp min over bmi, smoking, fibre given age=60
has "  says what is wanted" "$out" "given age 60 years · median of systolic_bp as low as it gets"
has "  and where the person is now" "$out" "^now .* mmHg"
has "  marks what goes farthest" "$out" "^[0-9] ★ .*100 %"
has "  has lines to type" "$out" "^1 +given "
has "  with the warning" "$out$err" "association in the data, not causation"
line=$(printf '%s\n' "$out" | sed -n 's/^1  *\(given .*\)$/\1/p')
# shellcheck disable=SC2086
runs 0 "  a line that runs" "$manikin" estimate systolic_bp $line age=60
"$manikin" optimize systolic_bp min over bmi, smoking, fibre given age=60 --json >a.json
"$manikin" --threads 3 optimize systolic_bp min over bmi, smoking, fibre given age=60 --json >b.json
ok "the same with three threads" cmp a.json b.json
if command -v python3 >/dev/null 2>&1; then
    ok "JSON has the solutions with their trade-offs" python3 -c '
import json
d = json.load(open("a.json"))
s = d["solutions"]
assert [x["effort"] for x in s] == sorted(x["effort"] for x in s)
assert d["goal"] == {"attribute": "systolic_bp", "text": "median of systolic_bp", "unit": "mmHg",
                     "is_probability": False, "aim": "min"}
best = s[d["best"]]
assert best["reach"] == 1 and best["value"] < d["start"]["value"] - 3
assert best["support"] >= d["floor"] and best["given"]["age"] == 60
assert best["interval"]["low"] < best["value"] < best["interval"]["high"]
bmi = [c for c in best["changes"] if c["attribute"] == "bmi"][0]
assert bmi["to"] < bmi["from"] and bmi["worth"] < 0 and bmi["effort"] > 0
assert best["line"].startswith("given ") and "bmi=" in best["line"]
assert [x["attribute"] for x in d["inputs"]] == ["bmi", "smoking", "fibre"]
assert len(d["figures"]) == 2'
else
    skip "JSON has the solutions with their trade-offs" "no python3"
fi
"$manikin" optimize systolic_bp min over bmi, smoking given age=60 --csv >a.csv
has "CSV has a row a change" "$(cat a.csv)" "^1,[0-9.]+,-[0-9.]+,.*,bmi,[0-9.]+,[0-9.]+,-"

runs 0 "a value, under a constraint" "$manikin" optimize hba1c =5.8 over bmi=20..40, fibre subject to \
    'waist<=110' given age=50
has "  is met" "$out" "^1 .* 5\.8[0-9]* %.*100 %"
has "  the constraint is told" "$out" "^median of waist ≤ 110 cm"
runs 0 "a probability" "$manikin" optimize 'P(hba1c >= 6)' min over bmi given age=60
has "  in percent" "$out" "^now +[0-9.]+ %"
runs 0 "a level" "$manikin" optimize smoking=never max over fibre, fast_food_meals
runs 0 "within allowed levels" "$manikin" optimize fibre max over 'smoking={never,former}' given smoking=current
has "  goes to one of them" "$out" "given smoking=never"
runs 0 "a category" "$manikin" optimize fibre max over Habits --solutions 1
runs 0 "fewer solutions" "$manikin" optimize systolic_bp min over bmi, fibre --solutions 1
hasnt "  one alone" "$out" "^2 "
runs 0 "out of reach" "$manikin" optimize systolic_bp =60 over bmi given age=60
has "  says how near, and what stops it" "$out$err" "came to .* of 60 mmHg wanted. What stops it: "
runs 4 "constraints that cannot hold" "$manikin" optimize systolic_bp min over bmi=30..40 subject to 'bmi<=20'
has "  are told" "$out$err" "No values of these inputs keep everything"

runs 2 "what nobody can change" "$manikin" optimize systolic_bp min over age
has "  is named, with a way out" "$err" "age is nothing that a person can change; 'attributes modifiable'"
runs 0 "  and taken with --any" "$manikin" optimize systolic_bp min over age --any
runs 0 "what can be changed" "$manikin" attributes modifiable --csv
has "  is listed" "$out" "^smoking,"
hasnt "  without the others" "$out" "^age,"
runs 2 "no inputs" "$manikin" optimize systolic_bp min
has "  says so" "$err" "inputs follow 'over'"
runs 2 "no goal" "$manikin" optimize systolic_bp over bmi
has "  says what a goal is" "$err" "MEASURE min"
runs 2 "a level attribute without a level" "$manikin" optimize smoking min over bmi
has "  says what to write" "$err" "smoking=LEVEL"
runs 2 "one value to choose from" "$manikin" optimize systolic_bp min over bmi=25
has "  is refused" "$err" "bmi=LOW..HIGH"
runs 2 "half a constraint" "$manikin" optimize systolic_bp min over bmi subject to waist
has "  says what one is" "$err" "expected a constraint such as"
runs 0 "figures" "$manikin" optimize systolic_bp min over bmi, fibre -o x.gp
ok "  the answer before and after" grep -q "solution" x.gp
ok "  and the changes" grep -q "What changes" x-2.gp

runs 0 "without a range" "$manikin" optimize systolic_bp min over weight given age=60 bmi=24 --json
has "  says that none was asked for" "$out" '"is_said": false'
runs 0 "  the table" "$manikin" optimize systolic_bp min over bmi, smoking given age=60
has "  shows what is allowed" "$out" "^Input +Unit +Allowed +Now"
has "  and what that is" "$out$err" "what 95 % of people like this one have"
runs 0 "with a range" "$manikin" optimize systolic_bp min over bmi=20..40 given age=60
has "  it is shown" "$out" "^bmi +kg/m² +20.* – 40"
hasnt "  without the note" "$out$err" "people like this one"

runs 0 "somebody like nobody" "$manikin" optimize systolic_bp max over bmi, fibre, \
    fast_food_meals given bmi=50 waist=60 --json
if command -v python3 >/dev/null 2>&1; then
    printf '%s\n' "$out" >rare.json
    ok "  does not become rarer" python3 -c '
import json
d = json.load(open("rare.json"))
assert 0 < d["start"]["support"] < 1e-3 and d["floor"] == d["start"]["support"]
assert d["solutions"]
for s in d["solutions"]:
    assert s["support"] >= d["floor"], s'
else
    skip "  does not become rarer" "no python3"
fi

# The shipped model knows what goes together.
MANIKIN_DATADIR=$MK_SRCDIR
if [ -e "$MK_SRCDIR/model/bellatrix.safetensors" ]; then
    runs 0 "a weight" "$manikin" optimize systolic_bp min over weight, dental_floss_days \
        given age=50 sex=male height=178 weight=98 --csv
    ok "  stays where men of that height are" \
        awk -F, 'NR > 1 && $7 == "weight" && $9 < 56 { exit 1 }' <<EOF
$out
EOF
    for goal in 'systolic_bp min' 'triglycerides min' 'hdl_cholesterol max'; do
        for given in 'smoking=current' 'smoking=current cigarettes_per_day=10'; do
            # shellcheck disable=SC2086
            runs 0 "$goal over smoking, $given" "$manikin" optimize $goal over smoking, \
                cigarettes_per_day, weight given age=50 $given
            lines=$(printf '%s\n' "$out" | grep -E '^[0-9]+ +given ')
            hasnt "  nobody who does not smoke has cigarettes a day" "$lines" \
                'smoking=(never|former).* cigarettes_per_day=[1-9]'
        done
    done
    has "  who gives it up has none" "$lines" 'smoking=(never|former).* cigarettes_per_day=0'
else
    skip "smoking and cigarettes a day" "there is no model/bellatrix.safetensors"
fi

done_testing
