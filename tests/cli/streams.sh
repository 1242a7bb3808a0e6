#!/bin/sh
# streams.sh - what goes to which stream, exit codes, formats, closed and full outputs.
. "$MK_SRCDIR/tests/tap.sh"
. "$MK_SRCDIR/tests/cli/people.sh"
make_data
cd "$TMPDIR" || exit 1

# --- help and version need nothing -------------------------------------------------------------------
runs 0 "--version names the program" env MANIKIN_DATADIR=/nonexistent HOME=/nonexistent "$manikin" --version
has "the version is on standard output" "$out" '^manikin [0-9]+\.[0-9]+'
is "and nothing on standard error" "$err" ""
runs 0 "--help lists the verbs" env MANIKIN_DATADIR=/nonexistent "$manikin" --help
has "estimate is among them" "$out" '^  estimate '
runs 0 "a verb explains itself" "$manikin" estimate --help
has "with its usage" "$out" '^manikin estimate \[TARGET'
runs 0 "version tells the libraries" "$manikin" version
has "the kernel" "$out" '^kernel  *[A-Za-z]'
runs 0 "version as JSON" "$manikin" version --json
has "is one object" "$out" '^\{"version": .*\}$'

# --- results and notes ---------------------------------------------------------------------------------
runs 0 "estimate answers" "$manikin" estimate hba1c given age=45 sex=male bmi=31
has "on standard output" "$out" '^hba1c '
is "text keeps its notes with it" "$err" ""
has "with the line about causes" "$out" 'not causation'
hasnt "without colour in a pipe" "$out" "$(printf '\033')"
runs 0 "colour when asked for" "$manikin" --color always estimate smoking given age=45
runs 0 "the same in any order of words" "$manikin" --level 0.5 estimate given age=45 sex=male bmi=31 hba1c
has "with the level" "$out" '50 % interval'
runs 0 "CSV" "$manikin" estimate hba1c smoking given age=45 --csv
has "has stable names" "$out" '^attribute,'
has "and its notes on standard error" "$err" 'not causation'
hasnt "not among the rows" "$out" 'causation'
runs 0 "JSON" "$manikin" estimate hba1c given age=40..50 smoking={never,former} --json
is "is one line" "$(printf '%s\n' "$out" | wc -l | tr -d ' ')" 1
has "with the range" "$out" '"age": \{"low": 40, "high": 50\}'
has "and the set" "$out" '"smoking": \["never", "former"\]'
runs 0 "Markdown" "$manikin" estimate hba1c --format markdown
has "is a table" "$out" '^\| '
runs 0 "impute is CSV by itself" "$manikin" impute people.csv
is "with all rows" "$(printf '%s\n' "$out" | wc -l | tr -d ' ')" 401
has "and no gaps" "$(printf '%s\n' "$out" | cut -d, -f2- | grep -c ',,')" '^0$'
is "the header stays" "$(printf '%s\n' "$out" | head -n 1)" "$(head -n 1 people.csv)"
runs 0 "impute with draws" "$manikin" impute people.csv --draws 2 --seed 3
is "has M tables" "$(printf '%s\n' "$out" | wc -l | tr -d ' ')" 801
has "with first columns row and draw" "$out" '^row,draw,person'
first=$out
runs 0 "the same seed" "$manikin" impute people.csv --draws 2 --seed 3 --threads 1
is "gives the same rows with other threads" "$out" "$first"

runs 0 "a target that is given" "$manikin" estimate hba1c given hba1c=6
has "is told" "$out" 'hba1c is itself given'

# --- files ------------------------------------------------------------------------------------------------
runs 0 "-o writes a file" "$manikin" estimate hba1c given age=45 -o out.json
is "and nothing to standard output" "$out" ""
has "in the format of its suffix" "$(cat out.json)" '^\{"model": "tiny"'
runs 0 "-o beside -e" "$manikin" -e 'given age=45' -e 'estimate hba1c' -o 'its last.json'
is "is for the last line" "$(cat 'its last.json')" "$(cat out.json)"
runs 0 "Markdown and text packed" "$manikin" -e 'estimate hba1c -o out.md.gz' -e 'estimate hba1c -o out.txt.xz'
has "unpack" "$(gzip -dc out.md.gz; xz -dc out.txt.xz)" '^\| hba1c'
runs 0 "-o CSV, packed" "$manikin" impute people.csv -o filled.csv.gz
is "unpacks to all rows" "$(gzip -dc filled.csv.gz | wc -l | tr -d ' ')" 401
runs 0 "a figure as a script" "$manikin" plot hba1c vs bmi given age=45 -o fig.gp
has "that gnuplot reads" "$(cat fig.gp)" 'plot '
runs 2 "an answer without a figure cannot be one" "$manikin" estimate hba1c -o fig.svg
runs 2 "an unknown suffix" "$manikin" estimate hba1c -o out.xyz
has "names the known ones" "$err" '\.svg'
runs 1 "a folder that is not there" "$manikin" estimate hba1c -o no/such/out.json
ok "leaves no half file" test ! -e no
if command -v gnuplot >/dev/null 2>&1; then
    runs 0 "a figure as SVG" "$manikin" plot hba1c given age=45 -o fig.svg
    has "is SVG" "$(head -c 300 fig.svg)" '<svg|<\?xml'
    runs 0 "compare draws several" "$manikin" -e 'scenario a smoking=never' -e 'scenario b smoking=current' \
        compare fibre vitamin_c -o cmp.svg
    ok "the second beside the first" test -s cmp-2.svg
    runs 0 "a plot on the screen" "$manikin" plot hba1c given age=45
    has "has its axis" "$out" 'Glycated'
else
    skip "figures" "gnuplot is not installed"
fi
mkdir -p bin
printf '#!/bin/sh\nexit 1\n' >bin/gnuplot
chmod +x bin/gnuplot
runs 1 "a broken gnuplot is told" env PATH="$TMPDIR/bin:$PATH" "$manikin" plot hba1c given age=45
has "and the numbers are there all the same" "$out" '^hba1c '
has "with its name" "$err" gnuplot
runs 0 "JSON of a plot needs no gnuplot" env PATH="$TMPDIR/bin:$PATH" "$manikin" plot hba1c --json

# --- outputs that fail --------------------------------------------------------------------------------------
if [ -w /dev/full ]; then
    "$manikin" estimate hba1c >/dev/full 2>full.err
    is "a full disk is a failure" "$?" 1
    has "that is told" "$(cat full.err)" 'standard output: No space'
    runs 1 "a full disk under -o" "$manikin" impute people.csv -o /dev/full
    ok "the device is still there" test -c /dev/full
fi
{ "$manikin" impute people.csv --draws 50; echo $? >code; } 2>pipe.err | head -n 1 >/dev/null
is "a closed pipe is a failure" "$(cat code)" 1
hasnt "without a word about it" "$(cat pipe.err)" 'manikin:|pipe'
"$manikin" estimate hba1c >&- 2>closed.err
is "a closed standard output" "$?" 1
"$manikin" estimate nosuch 2>&-
is "a closed standard error" "$?" 2

# --- what others wrote -------------------------------------------------------------------------------------
printf 'age,ag\033[31me\302\233m,person\n45,x,"p\033]0;t\007"\n' >evil.csv
runs 0 "a table with commands for terminals" "$manikin" estimate hba1c from evil.csv --csv
is "goes to a pipe as it is" "$(printf '%s' "$out" | tr -cd '\033' | wc -c | tr -d ' ')" 1
is "and not to standard error" "$(printf '%s' "$err" | tr -cd '\033' | wc -c | tr -d ' ')" 0
has "which has the rest of the name" "$err" 'ag\[31mem'
runs 0 "the same as JSON" "$manikin" estimate hba1c from evil.csv --json
has "is escaped" "$out" 'p\\u001b\]0;t\\u0007'

# --- no UTF-8 locale -------------------------------------------------------------------------------------------
runs 0 "a C locale" env LC_ALL=C "$manikin" estimate hba1c smoking given age=45 bmi=31
is "gets ASCII only" "$(printf '%s' "$out" | LC_ALL=C tr -d '\000-\177' | wc -c | tr -d ' ')" 0

# --- signals ---------------------------------------------------------------------------------------------------
mkfifo input
"$manikin" <input >/dev/null 2>signal.err &
pid=$!
exec 3>input
echo 'estimate hba1c' >&3
kill -TERM "$pid"
wait "$pid"
is "SIGTERM ends it as the system expects" "$?" 143
exec 3>&-
done_testing
