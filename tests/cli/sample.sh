#!/bin/sh
# sample.sh - sample and impute --draws: persons, evidence met, files, streams, errors.
. "$MK_SRCDIR/tests/tap.sh"
. "$MK_SRCDIR/tests/cli/people.sh"
make_data
cd "$TMPDIR" || exit 1

rows() { printf '%s\n' "$1" | sed 1d; }

# --- persons ----------------------------------------------------------------------------------------------
runs 0 "sample" "$manikin" sample 300 --seed 1
is "a header of all attributes" "$(printf '%s\n' "$out" | head -n 1)" \
    'age,sex,height,weight,bmi,waist,systolic_bp,hba1c,glucose_fasting,smoking,diet_rating,sleep_hours,fast_food_meals,fibre,vitamin_c'
is "and so many persons" "$(rows "$out" | wc -l | tr -d ' ')" 300
same=$out
runs 0 "the same seed on one thread" "$manikin" --threads 1 sample 300 --seed 1
is "gives the same persons" "$out" "$same"
runs 0 "fewer of them" "$manikin" sample 20 --seed 1
is "are the first ones" "$out" "$(printf '%s\n' "$same" | head -n 21)"
runs 0 "another seed" "$manikin" sample 300 --seed 2
ok "gives others" test "$out" != "$same"
runs 0 "of some attributes" "$manikin" sample 2000 of weight,bmi,height --seed 3
is "has those columns" "$(printf '%s\n' "$out" | head -n 1)" 'weight,bmi,height'
ok "which belong together" sh -c "printf '%s\n' \"\$1\" | sed 1d | awk -F, '{
    d = \$1 / (\$3 * \$3 / 10000) - \$2; s += d < 0 ? -d : d } END { exit !(s / NR < 2) }'" sh "$out"

# --- evidence -----------------------------------------------------------------------------------------------
runs 0 "a point, a range, a set" "$manikin" sample 500 of age,sex,smoking,bmi given sex=female age=60..70 'smoking={never,former}' --seed 4
is "are met by everybody" "$(rows "$out" | awk -F, '$1 < 60 || $1 > 70 || $2 != "female" || $3 == "current"' | wc -l | tr -d ' ')" 0
ok "ages differ inside the range" test "$(rows "$out" | cut -d, -f1 | sort -u | wc -l)" -ge 9
runs 0 "what is known need not be asked for" "$manikin" sample 5 of waist given bmi=40 --seed 4
is "one column" "$(printf '%s\n' "$out" | head -n 1)" waist

# --- little support -----------------------------------------------------------------------------------------
rare='given age=25 bmi=45 systolic_bp=190 hba1c=9'
# shellcheck disable=SC2086
runs 0 "rare values" "$manikin" sample 5 of sex $rare
has "are told" "$err" 'very rare together'
# shellcheck disable=SC2086
runs 4 "with less support than wanted" "$manikin" sample 5 of sex $rare --least-support 0.01 -o rare.csv
has "nobody is drawn" "$err" 'support of age=25 bmi=45 systolic_bp=190 hba1c=9 is .*less than 1\.0 %.*--least-support 0 draws'
is "and nothing is printed" "$out" ""
ok "or written" test ! -e rare.csv
# shellcheck disable=SC2086
runs 0 "all the same" "$manikin" sample 5 of sex $rare --least-support 0
is "they are drawn" "$(rows "$out" | wc -l | tr -d ' ')" 5
runs 0 "usual values" "$manikin" sample 5 of sex given age=45 --least-support 0.01
runs 0 "nothing known" "$manikin" sample 5 of sex --least-support 1
runs 2 "no share" "$manikin" sample 5 --least-support 2

# --- doors and files ------------------------------------------------------------------------------------------
runs 0 "-o" "$manikin" sample 50 -o cohort.csv.gz --seed 1
is "is the same as on standard output" "$(gzip -dc cohort.csv.gz)" "$(printf '%s\n' "$same" | head -n 51)"
runs 0 "which can be read again" "$manikin" impute cohort.csv.gz
runs 0 "as JSON" "$manikin" sample 3 of age,sex --seed 1 --json
has "columns and rows" "$out" '"columns": \["age", "sex"\], "rows": \[\[[0-9]+, "(fe)?male"\]'
{ "$manikin" sample 100000 of age,sex; echo $? >code; } 2>pipe.err | head -n 1 >/dev/null
ok "a reader that goes away ends it" test "$(cat code)" -ne 0
is "silently" "$(grep -v 'of 100000 persons' pipe.err)" ""
runs 2 "no number" "$manikin" sample
runs 2 "none at all" "$manikin" sample 0
has "is told" "$err" 'how many persons'
runs 2 "another suffix" "$manikin" sample 3 -o cohort.png
has "is told" "$err" 'expected \.csv'
runs 2 "an unknown attribute" "$manikin" sample 3 of wast
has "is answered with the nearest" "$err" 'waist'

# --- gaps together -----------------------------------------------------------------------------------------
awk 'BEGIN { print "height,weight,bmi"; for (i = 0; i < 200; i++) print "170,," }' >gaps.csv
runs 0 "gaps of a row" "$manikin" impute gaps.csv --draws 1 --seed 5
ok "are drawn together" sh -c "printf '%s\n' \"\$1\" | sed 1d | awk -F, '{
    d = \$4 / 2.89 - \$5; s += d < 0 ? -d : d } END { exit !(s / NR < 2) }'" sh "$out"

# --- what people of a source lack ---------------------------------------------------------------------------
empty() { rows "$1" | awk -F, -v c="$2" '$c == "" { n++ } END { printf "%.2f\n", n / NR }'; }
runs 0 "--missing table" "$manikin" sample 3000 of age,waist,glucose_fasting --missing table --seed 6
is "who is always there is" "$(empty "$out" 1)" 0.00
ok "a tenth lacks the waist" awk "BEGIN { exit !($(empty "$out" 2) > 0.05 && $(empty "$out" 2) < 0.15) }"
ok "two fifths the glucose" awk "BEGIN { exit !($(empty "$out" 3) > 0.36 && $(empty "$out" 3) < 0.48) }"
has "which is told" "$err" 'as with people of table, where 0 of 3 attributes were never asked'
gaps=$out
runs 0 "on one thread" "$manikin" --threads 1 sample 3000 of age,waist,glucose_fasting --missing table --seed 6
is "the gaps are the same" "$out" "$gaps"
runs 0 "and values where there are some" "$manikin" sample 3000 of age,waist,glucose_fasting --seed 6
is "are those of whole persons" "$(printf '%s\n' "$gaps" | awk -F, 'NR == FNR { all[FNR] = $0; next }
    { split(all[FNR], own, ","); for (i = 1; i <= 3; i++) if (own[i] != "" && own[i] != $i) print own[i], $i }' - /dev/fd/3 3<<X
$out
X
)" ""
runs 0 "what is given" "$manikin" sample 200 of glucose_fasting given glucose_fasting=100..120 --missing table
is "is there" "$(empty "$out" 1)" 0.00
runs 0 "--missing none" "$manikin" sample 300 --missing none --seed 1
is "is as without" "$out" "$same"
runs 2 "another source" "$manikin" sample 3 --missing nhanes
has "is told which there are" "$err" 'nhanes is no source of tiny: it knows table'
is "completion" "$("$manikin" help --complete 'sample 9 --missing ' | cut -f 1 | tr '\n' ' ')" "none table "

# --- two sources: one never saw the other's questions ----------------------------------------------------------
printf 'source\tcategorical\tStudy\t\t0=here|1=there\tDemographics\t\t\t\n' | cat people.tsv - >two.tsv
awk -F, -v OFS=, 'NR == 1 { print $0, "source"; next }
    NR % 2 { $6 = $7 = ""; print $0, "here"; next } { $9 = ""; print $0, "there" }' people.csv >two.csv
runs 0 "trained on both" "$manikin" --no-config train --table two.csv --schema two.tsv --kind copula -o two.safetensors
two() { "$manikin" --no-config -m ./two.safetensors "$@"; }
runs 0 "--missing here" two sample 200 of age,waist,glucose_fasting,source --missing here --seed 7
is "nobody has what was not asked there" "$(empty "$out" 2)" 1.00
ok "but the rest" awk "BEGIN { exit !($(empty "$out" 3) < 0.6) }"
is "persons are of that source" "$(rows "$out" | cut -d, -f4 | sort -u)" here
has "which the model is told" "$err" 'The model is told source=here'
has "and what was never asked" "$err" '1 of 4 attributes were never asked'
runs 0 "of the other" two sample 200 of hba1c,waist,source given source=here --missing there --seed 7
is "have its gaps" "$(empty "$out" 1)" 1.00
is "unless something else is given" "$(rows "$out" | cut -d, -f3 | sort -u)" here
runs 2 "a source that is none" two sample 3 --missing everywhere
has "is told" "$err" 'it knows here and there'
done_testing
