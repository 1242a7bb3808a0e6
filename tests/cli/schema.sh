#!/bin/sh
# schema.sh - schema infer and check: from somebody's own file to a table and a model.
. "$MK_SRCDIR/tests/tap.sh"
cd "$TMPDIR" || exit 1

awk 'BEGIN {
    srand(7)
    print "patient_id,Gender,Age,Height (in),Weight_lbs,Smokes,Health,visits,seen,comment"
    split("Poor Fair Good Excellent", health, " ")
    for (i = 1; i <= 300; i++)
        printf "P%03d,%s,%d,%.1f,%d,%s,%s,%d,2021-03-%02d,remark %d\n", i, rand() < 0.5 ? "F" : "M", 20 + 60 * rand(),
            60 + 14 * rand(), 120 + 90 * rand(), rand() < 0.3 ? "current" : "never", health[1 + int(4 * rand())],
            rand() < 0.05 ? 99 : 10 * rand(), 1 + i % 28, i
}' >clinic.csv

runs 0 "a draft is shown" "$manikin" schema infer clinic.csv
has "with the attributes" "$out" '^height +positive +cm .*`Height \(in\)`\*2.54'
has "and what was left out" "$out" '^seen +dates'
has "and what to look at" "$out" '^Look at these first'
has "and says that nothing was written" "$out" 'Nothing was written'
runs 0 "as JSON too" "$manikin" schema infer clinic.csv --json
has "with the decisions" "$out" '"decisions": \[\{"doubt": '
runs 0 "a draft is written" "$manikin" schema infer clinic.csv -o drafted
for file in schema.tsv mapping.tsv source.tsv decisions.md; do
    ok "$file is there" test -s "drafted/$file"
done
has "the decisions have their reasons" "$(cat drafted/decisions.md)" '^\| variable \| assumed \| why \| if that is wrong \|'
runs 2 "a second time it is kept" "$manikin" schema infer clinic.csv -o drafted
has "and that is said" "$err" 'drafted/schema.tsv is there already'
runs 2 "a file is no folder" "$manikin" schema infer clinic.csv -o clinic.csv
runs 2 "read-only writes nothing" "$manikin" --read-only schema infer clinic.csv -o other
notok "no folder either" test -e other

runs 0 "the draft imports as it is" "$manikin" import drafted clinic.csv -o people.csv.gz
has "all people" "$err" '^(note: )?300 people'
runs 0 "the draft has no errors" "$manikin" schema check drafted
has "by category and type" "$out" '^all +[0-9]+'
runs 0 "nor has the table" "$manikin" schema check drafted/schema.tsv people.csv.gz
runs 0 "a model learns from it" "$manikin" train --table people.csv.gz --schema drafted/schema.tsv --kind copula -o own.safetensors
runs 0 "and answers" "$manikin" -m ./own.safetensors estimate weight given height=180 sex=male

sed 's/^age\tpositive/age\twhole/; s/^weight\t\([a-z]*\)\t[^\t]*/weight\t\1\t/' drafted/schema.tsv >broken.tsv
runs 3 "a broken schema" "$manikin" schema check broken.tsv
has "all of it is told: the type" "$out" '^broken.tsv:[0-9]+ +type +age +found .whole.'
has "and the label" "$out" '^broken.tsv:[0-9]+ +label +weight'
has "and how much it is" "$err" '2 errors'
sed 's/2021/x/; s/,M,/,Q,/' clinic.csv >other.csv
runs 3 "a table that does not fit" "$manikin" schema check drafted/schema.tsv clinic.csv
runs 0 "the program's own schema is checked without a name" "$manikin" schema check
runs 1 "a schema that is not there" "$manikin" schema check nowhere.tsv
runs 2 "neither infer nor check" "$manikin" schema draft clinic.csv
has "says what there is" "$err" 'infer or check'
runs 2 "infer without a file" "$manikin" schema infer
runs 1 "a file that is not there" "$manikin" schema infer nowhere.csv
runs 0 "its words complete" "$manikin" help --complete 'schema '
has "to what it can do" "$out" '^check'
done_testing
