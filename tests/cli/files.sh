#!/bin/sh
# files.sh - files that are missing, broken or hostile: exit code 1 or 3, place and reason.
. "$MK_SRCDIR/tests/tap.sh"
. "$MK_SRCDIR/tests/cli/people.sh"
make_data
cd "$TMPDIR" || exit 1
model=$MANIKIN_DATADIR/model/tiny.safetensors

# --- missing -------------------------------------------------------------------------------------------
runs 1 "a table that is not there" "$manikin" impute nosuch.csv
has "is named" "$err" 'nosuch.csv: No such file'
runs 1 "a script that is not there" "$manikin" run nosuch.scenario
has "is named" "$err" 'nosuch.scenario: No such file'
runs 1 "a model file that is not there" "$manikin" -m ./nosuch.safetensors estimate hba1c
runs 1 "no model at all" env MANIKIN_DATADIR="$TMPDIR/none" "$manikin" estimate hba1c
has "says how to name one" "$err" '--model'
runs 1 "a folder instead of a table" "$manikin" impute .

# --- tables --------------------------------------------------------------------------------------------
table() { # SENTENCE TEXT PATTERN
    printf "$2" >t.csv
    runs 3 "$1" "$manikin" impute t.csv
    has "  is told with its place" "$err" "t\.csv:$3"
}
table "a word where a number is due" 'age,bmi\n45,fat\n' '2.*bmi'
table "a level that does not exist" 'age,smoking\n45,often\n' '2.*smoking'
table "a value out of the domain" 'age\n450\n' '2.*age'
table "a ragged row" 'age,bmi\n45\n' '2'
table "a column twice" 'age,age\n45,46\n' '1'
table "an open quote" 'age,note\n45,"x\n' '[0-9]'
table "not UTF-8 in a header" 'a\377e\n45\n' '1'
table "a person twice" 'person,age\na,45\na,46\n' '3'
: >t.csv
runs 3 "an empty table" "$manikin" impute t.csv
head -c 4000 /dev/zero >t.csv
runs 3 "zeros" "$manikin" impute t.csv
printf 'age\n45\n' | gzip >t.csv.gz
head -c 15 t.csv.gz >cut.csv.gz
runs 3 "a cut gzip file" "$manikin" impute cut.csv.gz
printf '\357\273\277age;bmi;note\r\n45;;a b\r\n46;31,5;\r\n' >t.csv
runs 0 "a spreadsheet's table" "$manikin" impute t.csv
has "keeps its rows" "$out" '46'

# --- models --------------------------------------------------------------------------------------------
broken() { # SENTENCE
    runs 3 "$1" "$manikin" -m ./broken.safetensors estimate hba1c
    has "  is told with its name" "$err" 'broken.safetensors'
    is "  and nothing else" "$out" ""
}
size=$(wc -c <"$model" | tr -d ' ')
: >broken.safetensors
broken "an empty model file"
head -c 7 "$model" >broken.safetensors
broken "a model of seven bytes"
head -c $((size / 2)) "$model" >broken.safetensors
broken "half a model"
head -c $((size - 1)) "$model" >broken.safetensors
broken "a model that lacks one byte"
{ printf '\377\377\377\377\377\377\377\177'; tail -c +9 "$model"; } >broken.safetensors
broken "a header longer than the file"
{ head -c 8 "$model"; head -c $((size - 8)) /dev/zero; } >broken.safetensors
broken "a header of zeros"
sed 's/copula/cupola/g' "$model" >broken.safetensors
runs 2 "a kind of model that this version does not know" "$manikin" -m ./broken.safetensors estimate hba1c
has "is named" "$err" 'cupola'
sed 's/\("data_offsets": *\)\[0,/\1[9,/' "$model" >broken.safetensors
broken "shifted offsets"
cp people.csv broken.safetensors
broken "a table instead of a model"
cp "$model" copy.safetensors
runs 0 "a model by its file" "$manikin" -m copy.safetensors estimate hba1c
runs 0 "verify finds nothing wrong" "$manikin" model verify copy.safetensors
cp broken.safetensors "$MANIKIN_DATADIR/model/broken.safetensors"
runs 0 "a broken model does not hide the others" "$manikin" model list
has "it is listed as damaged" "$out" 'broken +damaged'
rm "$MANIKIN_DATADIR/model/broken.safetensors"

# --- hostile words and sizes -----------------------------------------------------------------------------
{
    printf '%s\t' name type label unit && printf 'levels\n'
    printf '%s\t' age real 'Age'\''; system("touch hacked") #' '%'\''"`touch hacked`' && printf '\n'
    printf '%s\t' mood categorical 'M\n!touch hacked' '' && printf '%s\n' '1=a'\''b|2="$(touch hacked)"|3=@x %d'
} >hostile.tsv
awk 'BEGIN { print "age,mood"; for (i = 0; i < 60; i++) print 20 + i % 40 "," 1 + i % 3 }' >hostile.csv
runs 0 "a schema with commands for words" "$manikin" train --table hostile.csv --schema hostile.tsv --kind copula \
    -o hostile.safetensors
runs 0 "a level with a quote in its name" "$manikin" -m ./hostile.safetensors estimate age mood given "mood='a''b'"
has "is known" "$out" "mood a'b"
runs 0 "its plots" "$manikin" -m ./hostile.safetensors plot age mood given age=30 -o hostile.gp
if command -v gnuplot >/dev/null 2>&1; then
    runs 0 "also drawn" "$manikin" -m ./hostile.safetensors plot age vs mood -o hostile.svg
    has "say the words" "$(cat hostile.svg)" 'touch hacked'
    gnuplot hostile.gp >hostile.png 2>/dev/null
fi
ok "run nothing" test ! -e hacked
awk 'BEGIN { s = "1111111111"; for (i = 0; i < 20; i++) s = s s; print "age,bmi\n" s ",3" }' >long.csv
runs 3 "a line of ten million digits" "$manikin" impute long.csv
has "is told in short" "$err" 'long\.csv:2: column age: found .1111.{1,80}, expected'
{ printf 'estimate '; cat long.csv; } | tr -d '\n' >long.scenario
runs 2 "a script line of ten million letters" "$manikin" run long.scenario
has "is refused by its length" "$err" 'long\.scenario:1:1: a line of [0-9]{8} bytes'
printf 'estimate hba1c\0x\n' >nul.scenario
runs 3 "a script with a byte 0" "$manikin" run nul.scenario
printf 'age,b\0mi\n4,5\n' >nul.csv
runs 3 "a table with a byte 0" "$manikin" impute nul.csv
runs 1 "a folder instead of a script" "$manikin" run .
runs 1 "a folder instead of a model" "$manikin" -m . estimate hba1c
mkdir out.json
runs 1 "a folder where the answer goes" "$manikin" estimate hba1c -o out.json
runs 0 "no home" env -u HOME -u XDG_CONFIG_HOME -u XDG_DATA_HOME -u XDG_STATE_HOME "$manikin" estimate hba1c
runs 0 "a home that cannot be read or written" env HOME=/proc XDG_CONFIG_HOME=/proc/1 XDG_DATA_HOME=/proc/x \
    XDG_STATE_HOME=/proc "$manikin" estimate hba1c

# --- training ------------------------------------------------------------------------------------------
printf 'name\ttype\tlabel\nage\tnumber\tAge\n' >bad.tsv
runs 3 "a schema with an unknown type" "$manikin" train --table people.csv --schema bad.tsv --kind copula -o m.safetensors
has "is told with its place" "$err" 'bad.tsv:2'
ok "leaves no model" test ! -e m.safetensors
runs 1 "a model where nothing can be written" "$manikin" train --table people.csv --schema people.tsv \
    --kind copula -o no/such/m.safetensors
runs 0 "training twice" "$manikin" train --table people.csv --schema people.tsv --kind copula --seed 3 --threads 1 -o a.safetensors
runs 0 "with other threads" "$manikin" train --table people.csv --schema people.tsv --kind copula --seed 3 --threads 2 -o b.safetensors
is "gives the same answers" "$("$manikin" -m a.safetensors estimate hba1c given age=45 --csv 2>&1)" \
    "$("$manikin" -m b.safetensors estimate hba1c given age=45 --csv 2>&1)"
# Ends a training by a signal after a second, on a slow machine later: when there is what to go on from.
stop_training() { # SIGNAL
    for seconds in 1 2 3 4 6 9 27; do
        rm -f stop.safetensors.checkpoint
        timeout --preserve-status -s "$1" -k 20 "$seconds" "$manikin" train --table people.csv \
            --schema people.tsv --kind mae --steps 600 -o stop.safetensors >stop.out 2>stop.err
        code=$?
        [ ! -e stop.safetensors.checkpoint ] || break
    done
}
if [ -z "${MK_SANITIZED:-}" ]; then
    for signal in INT TERM; do
        stop_training "$signal"
        [ "$signal" = INT ] && wanted=130 || wanted=143
        is "SIG$signal ends a training" "$code" "$wanted"
        ok "and leaves no half model" test ! -e stop.safetensors
        has "with a way to go on" "$(cat stop.err)" 'resume'
    done
    runs 0 "and goes on" "$manikin" train --table people.csv --schema people.tsv --kind mae --steps 600 \
        --resume -o stop.safetensors
    runs 0 "to a whole model" "$manikin" model verify ./stop.safetensors
fi
runs 1 "nothing to go on from" "$manikin" train --table people.csv --schema people.tsv --kind mae --resume -o none.safetensors
has "is told" "$err" 'no checkpoint'
# --- nothing is written when one says so ------------------------------------------------------------------------------------
for line in 'save x.scenario' 'estimate hba1c -o x.csv' 'train --table people.csv --schema people.tsv -o x.safetensors' \
    'impute people.csv -o x.csv'; do
    # shellcheck disable=SC2086
    runs 2 "--read-only refuses $line" "$manikin" --read-only $line
    has "and says why" "$err" 'is refused: --read-only$'
done
printf 'estimate hba1c\nexport x.csv\n' >writes.scenario
runs 2 "a script that writes, run read-only" "$manikin" run writes.scenario --read-only
has "stops where it would write" "$err" '^writes\.scenario:2:1: export is refused'
runs 2 "it holds for lines after it" "$manikin" -e '--read-only' -e 'estimate hba1c' save x.scenario
runs 0 "and what only reads goes on" "$manikin" --read-only estimate hba1c
notok "nothing was written" sh -c 'ls x.*'
done_testing
