#!/bin/sh
# sources.sh - import of a recipe: two made-up studies into a folder of tables, with a report.
. "$MK_SRCDIR/tests/tap.sh"
cd "$TMPDIR" || exit 1
tab=$(printf '\t')
row() { ( IFS=$tab; printf '%s\n' "$*" ); }

mkdir -p my/town-2001 my/clinic data/town_files data/clinic_files
{
    row name type label unit levels category min max
    row source categorical Study '' '0=town_2001|1=clinic' People
    row age count Age years '' People 20 100
    row sex categorical Sex '' '1=male|2=female' People
    row height positive 'Body height' cm '' Body 50 250
    row pressure positive 'Blood pressure' mmHg '' Blood 40 300
    row income positive Income USD '' Money 0 1e6
} >my/schema.tsv
{
    row key value
    row name town_2001
    row person ID
    row base PEOPLE
    row weight W
    row table '{}_01'
} >my/town-2001/source.tsv
{
    row attribute file value codes
    row age PEOPLE AGE
    row sex PEOPLE SEX 'man=male|woman=female'
    row height BODY CM
    row income PEOPLE INCOME
} >my/town-2001/mapping.tsv
{
    row key value
    row name clinic
    row base patients
    row include 'AGE>=20'
} >my/clinic/source.tsv
{
    row attribute file value codes
    row age patients AGE
    row height patients INCHES
    row pressure patients MMHG
} >my/clinic/mapping.tsv
cat >my/both.recipe <<EOF
name both
kind copula
schema schema.tsv
survey_weights yes
study town-2001 town_files
study clinic clinic_files weight 0.5
EOF
awk 'BEGIN { print "ID,AGE,SEX,W,INCOME" >"data/town_files/PEOPLE_01.csv"; print "ID,CM" >"data/town_files/BODY_01.csv"
    print "AGE,INCHES,MMHG" >"data/clinic_files/patients.csv"
    for (i = 0; i < 120; i++) {
        printf "t%d,%d,%s,%.1f,%s\n", i, 20 + i % 60, i % 2 ? "man" : "woman", 0.5 + i % 3,
            i == 7 ? 900000 : (i % 4 ? 20000 + 100 * i : "NA") >"data/town_files/PEOPLE_01.csv"
        printf "t%d,%d\n", i, 160 + (i * 7) % 25 >"data/town_files/BODY_01.csv"
        printf "%d,%d,%d\n", 15 + i % 70, 62 + i % 10, 110 + (i * 11) % 50 >"data/clinic_files/patients.csv"
    } }'

runs 0 "a recipe is imported" "$manikin" --no-config import my/both.recipe data -o out
has "the report names people and attributes" "$out" '^2 +town_2001 +120 +5 +5.0 % +2$'
has "... of each study, with what only it has" "$out" '^1 +clinic +110 +4 +0.0 % +1$'
has "... and what two of them share" "$out" '^2 town_2001 +3 +5$'
has "... and attributes by category" "$out" '^People +2 +3$'
has "an outlier is named" "$out" '^income +town_2001 +1 .*900000$'
has "... and a unit that is another's" "$out" '^height +clinic .*inches and cm'
is "the first study's table has its columns" "$(gzip -dc out/town_2001.csv.gz | head -n 2)" \
    "person,source,survey_weight,age,sex,height,income
t0,town_2001,0.5,20,female,160,"
is "... and the second's has its own" "$(gzip -dc out/clinic.csv.gz | head -n 2)" \
    "person,source,age,height,pressure
6,clinic,20,67,115"
ok "the report is there as a page" grep -q 'Attributes that two sources share' out/report.html
ok "... and as text" grep -q 'town.*2001' out/report.md
if command -v python3 >/dev/null; then
    ok "... and as JSON" python3 -c "
import json
r = json.load(open('out/report.json'))
s = r.get('result', r)
names = [x['source'] for x in s['sources']]
assert names == ['clinic', 'town_2001'], names
assert s['sources'][1]['shared'] == [3, 5], s['sources'][1]
assert s['attributes'] == 6, s['attributes']
assert any(o['attribute'] == 'income' for o in s['outliers'])
assert any(u.get('conversion') == 'inches and cm' for u in s['units'])
"
fi
runs 0 "one study alone is imported from its folder" "$manikin" --no-config import my/clinic data/clinic_files -o clinic.csv
is "... to the same table" "$(cat clinic.csv)" "$(gzip -dc out/clinic.csv.gz)"
runs 0 "a model is trained on the folder" "$manikin" --no-config train my/both.recipe --table out -o both.safetensors
runs 0 "... and asked as measured in one study" "$manikin" --no-config --model ./both.safetensors \
    estimate height given source=clinic age=50
has "... and answers so" "$out" '6[0-9]'

runs 1 "a folder of files that is not there is named" "$manikin" --no-config import my/both.recipe . -o out2
has "... with its name" "$err" 'town_files'
rm data/town_files/BODY_01.csv
runs 1 "a file that is missing is named" "$manikin" --no-config import my/both.recipe data -o out3
has "... as the study calls it" "$err" 'BODY_01.xpt \(or .csv\): no such file .*height'
printf 'name both\nschema schema.tsv\n' >my/none.recipe
runs 3 "a recipe without studies is refused" "$manikin" --no-config import my/none.recipe data
has "... with the line that it lacks" "$err" "study FOLDER DATA"
runs 2 "two folders of data are too many" "$manikin" --no-config import my/both.recipe data data
done_testing
