#!/bin/sh
# scripts.sh - the four doors say the same; scripts, standard input, settings, save and replay.
. "$MK_SRCDIR/tests/tap.sh"
. "$MK_SRCDIR/tests/cli/people.sh"
make_data
cd "$TMPDIR" || exit 1

line='estimate hba1c smoking given age=45 sex=male --json'
# shellcheck disable=SC2086
runs 0 "the shell's door" "$manikin" $line
shell=$out
runs 0 "the option -e" "$manikin" -e "$line"
is "says the same" "$out" "$shell"
is "standard input says the same" "$(printf '%s\n' "$line" | "$manikin")" "$shell"
printf '# a comment\n\n%s\n' "$line" >a.scenario
runs 0 "a script" "$manikin" run a.scenario
is "says the same" "$out" "$shell"
runs 0 "evidence of the session" "$manikin" --json -e 'given age=45 sex=male' -e 'target hba1c smoking' estimate
is "says the same" "$out" "$shell"

# --- several values on standard output -------------------------------------------------------------------
out=$(printf 'given age=45\nestimate hba1c\nestimate bmi\n' | "$manikin" --json)
is "one JSON value a line for each result" "$(printf '%s\n' "$out" | grep -c '^{.*}$')" 2
printf 'estimate hba1c --csv\nestimate bmi\n' >b.scenario
runs 0 "an option of a line holds for it" "$manikin" run b.scenario
has "CSV first" "$out" '^attribute,'
has "then text" "$out" '^bmi '
runs 0 "options of run hold for its lines" "$manikin" run a.scenario --csv
printf -- '--level 0.5\n--json\nestimate hba1c\n' >c.scenario
runs 0 "a line of options holds from then on" "$manikin" run c.scenario
has "for the level" "$out" '"level": 0.5'

# --- errors have a place -----------------------------------------------------------------------------------
printf 'given age=45\n  estimate hba1c given smokng=never\nestimate bmi\n' >bad.scenario
runs 2 "a wrong word in a script" "$manikin" run bad.scenario
has "has file, line and column" "$err" '^bad\.scenario:2:24: no attribute .smokng'
is "and ends it" "$out" ""
printf 'run bad.scenario\n' >outer.scenario
runs 2 "a script in a script" "$manikin" run outer.scenario
has "has both places" "$err" '^outer\.scenario:1:5: bad\.scenario:2:24: '
err=$(printf 'given age=45\nfrob\n' | "$manikin" 2>&1)
is "standard input ends at the first mistake" "$?" 2
has "with its line" "$err" '^stdin:2:1: no verb'
runs 2 "a mistake under -e" "$manikin" -e 'given age=4' estimate hba1c
has "has its place" "$err" '^-e:1:7: age'
printf 'given age=45\0\n' >zero.scenario
runs 3 "a byte 0 in a script" "$manikin" run zero.scenario
printf 'estimate hba1c\nquit\nfrob\n' >quit.scenario
runs 0 "quit ends a script" "$manikin" run quit.scenario
runs 0 "and the lines after it" "$manikin" -e quit estimate nosuch
printf 'given age=45' | "$manikin" >one.out
is "a last line without its end is a line" "$?" 0

# --- scenarios ------------------------------------------------------------------------------------------------
cat >life.scenario <<'S'
given age=45 sex=male
scenario normal smoking=former fast_food_meals=2
scenario healthy from normal smoking=never fast_food_meals=0
scenario unhealthy from normal smoking=current fast_food_meals=6
target fibre vitamin_c
compare across normal healthy unhealthy
S
runs 0 "lifestyles are compared" "$manikin" run life.scenario
has "with unhealthy habits less fibre" "$out" '^fibre +unhealthy +-'
has "and less vitamin C" "$out" '^vitamin_c +unhealthy +-'
cp life.scenario "$MANIKIN_DATADIR/scenarios/"
runs 0 "a script by its name" "$manikin" run life
runs 0 "as JSON" "$manikin" run life --json
has "the base is the first named" "$out" '"base": "normal"'

# The scripts that come with the program, on the model that comes with it.
if [ -e "$MK_SRCDIR/model/bellatrix.safetensors" ]; then
    shipped() { env MANIKIN_DATADIR="$MK_SRCDIR" "$manikin" "$@"; }
    for script in "$MK_SRCDIR"/scenarios/*.scenario; do
        name=$(basename "$script" .scenario)
        runs 0 "$name runs, and what it expects holds" shipped run "$name"
        is "each expectation is told" "$(printf '%s\n' "$out" | grep -c '^holds: ')" "$(grep -c '^expect ' "$script")"
        ok "it expects something" grep -q '^expect ' "$script"
        has "it says how to run it" "$(cat "$script")" "^#   manikin run $name"
        ok "scenarios/README names it" grep -q "^  $name " "$MK_SRCDIR/scenarios/README"
        # Turned round, the first expectation fails.
        sed '/^expect /{s/ < / <=> /;s/ > / < /;s/ <=> / > /;}' "$script" >turned.scenario
        runs 4 "turned round, it does not" shipped run turned.scenario
        has "and says what was found" "$err" '^turned\.scenario:[0-9]+:[0-9]+: expected .*: found '
    done
else
    skip "the scripts that come with the program" "there is no model/bellatrix.safetensors"
fi

# --- save and replay -----------------------------------------------------------------------------------------------
printf '%s\n' 'given age=45 sex=male' 'given bmi=31' undo 'scenario a smoking=never' \
    'scenario b smoking=current' 'target fibre' compare 'estimate hba1c given bmi=30' \
    "save 'my session.scenario'" >all.scenario
runs 0 "a session is saved" "$manikin" --seed 4 run all.scenario
sed '$d' all.scenario >unsaved.scenario
first=$("$manikin" --seed 4 run unsaved.scenario)
is "and replays to the same answers" "$("$manikin" run 'my session.scenario')" "$first"
hasnt "what was taken back is not in it" "$(cat 'my session.scenario')" 'bmi=31'
runs 0 "export writes what was asked last" "$manikin" -e 'estimate hba1c given age=45' -e 'export e.csv' -e 'export e.md'
has "in the suffix's format" "$(cat e.csv)" '^attribute,'
has "and in another" "$(cat e.md)" '^\|'

echo 'run self.scenario' >self.scenario
runs 2 "a script that runs itself" "$manikin" run self.scenario
is "is refused" "$err" 'self.scenario:1:5: a script runs itself: self.scenario > self.scenario'

# --- include: lines of another script, from the folder of the one that includes it -----------------------------------
mkdir -p shared
printf 'include lib.scenario\nscenario lean bmi=22\nscenario heavy from lean bmi=38\n' >shared/people.scenario
printf 'person ann age=45 sex=female bmi=31\n' >shared/lib.scenario
printf 'include shared/people.scenario\nestimate hba1c from ann\n' >outer.scenario
runs 0 "a script includes another" "$manikin" run outer.scenario
is "which includes a third beside it" "$out" "$("$manikin" estimate hba1c given age=45 sex=female bmi=31)"
runs 0 "from the shell too" "$manikin" -e 'include shared/people.scenario' person
has "what it names is known then" "$out" '^ann +age=45'
printf 'include ../outer.scenario\n' >shared/lib.scenario
runs 2 "a cycle is refused" "$manikin" run outer.scenario
has "with its chain" "$err" '^outer\.scenario:1:9: shared/people\.scenario:1:9: shared/lib\.scenario:1:9: a script runs itself: outer\.scenario > shared/people\.scenario > shared/lib\.scenario > shared/\.\./outer\.scenario$'
printf 'include nowhere.scenario\n' >outer.scenario
runs 1 "a file that is not there" "$manikin" run outer.scenario
has "is named with its place" "$err" '^outer\.scenario:1:9: nowhere\.scenario: '
i=1
while [ "$i" -le 17 ]; do
    echo "include deep$((i + 1)).scenario" >"deep$i.scenario"
    i=$((i + 1))
done
runs 2 "17 scripts inside each other" "$manikin" run deep1.scenario
has "are too many" "$err" 'more than 16 deep: deep1\.scenario > '

# --- expect: a script is a test of a model ----------------------------------------------------------------------------
cat >checks.scenario <<'S'
person ann age=45 sex=female bmi=31
scenario lean bmi=22
scenario heavy bmi=38
expect hba1c lean < heavy
expect P(hba1c>=6.5) heavy >= lean
expect smoking=current ann > 0
expect hba1c < 6.5
S
runs 0 "checks that hold" "$manikin" run checks.scenario
has "each say so" "$out" '^holds: hba1c [0-9.]+ % \(lean\) < [0-9.]+ % \(heavy\)$'
is "in a line" "$(printf '%s\n' "$out" | grep -c '^holds: ')" 4
cat >checks.scenario <<'S'
scenario lean bmi=22
scenario heavy bmi=38
expect hba1c heavy < lean
estimate hba1c
expect hba1c < 6.5
expect P(hba1c>=6.5) > 99%
S
runs 4 "checks that do not hold" "$manikin" run checks.scenario
has "have their place and both values" "$err" '^checks\.scenario:3:8: expected median of hba1c in heavy < lean: found [0-9.]+ % and [0-9.]+ %$'
has "the script goes on" "$out" '^hba1c +'
has "so that all are told" "$err" '^checks\.scenario:6:8: expected P\(hba1c ≥ 6\.5\) > 99 %: found '
has "and counted" "$err" '^checks\.scenario: 2 of 3 checks did not hold$'
is "nothing is said twice" "$(printf '%s\n' "$err" | wc -l)" 3
"$manikin" <checks.scenario >stdin.out 2>stdin.err
is "standard input goes on too" "$?" 4
is "to the last check" "$(grep -c 'expected' stdin.err)" 2
runs 4 "so do several -e" "$manikin" -e 'expect hba1c < 3' -e 'estimate hba1c' expect 'hba1c > 3'
has "to the last" "$out" '^holds: hba1c'
runs 4 "JSON" "$manikin" --json expect 'hba1c < 3'
has "has both values" "$out" '"holds": false, "relation": "<", "left": \{"value": [0-9.]+\}, "right": \{"value": 3\}'
runs 4 "a check in an included script counts" sh -c "echo 'include checks.scenario' >inc.scenario; '$manikin' run inc.scenario"
has "once" "$err" '^inc\.scenario: 2 of 3 checks did not hold$'
for line in 'expect' 'expect <' 'expect hba1c' 'expect hba1c <' 'expect hba1c nobody < 3' 'expect hba1c < nobody' \
    'expect hba1c < 3 4' 'expect hba1c < 99999999999x' 'expect smoking < 3' 'expect P(hba1c>=6.5 < 3' 'expect nosuch < 3'; do
    runs 2 "$line" "$manikin" -e "$line"
done

# --- a session of everything replays to the same bytes --------------------------------------------------------------------
mkdir -p "$XDG_CONFIG_HOME/manikin"
printf 'given sex=female\nscenario usual smoking=former\n--level 0.8\n' >"$XDG_CONFIG_HOME/manikin/settings"
printf 'person,age,bmi\na,45,31\nb,,22.5\n' >two.csv
printf 'estimate hba1c\nestimate fibre given age=40..60 bmi=25..35 sleep_hours=5..8\n' >inner.scenario
cat >most.scenario <<'S'
given age=40..50 smoking={never,former}
estimate hba1c
--level 0.5 --seed 9
person ann
person bob from two.csv row 1 smoking=current
given from two.csv row 2
undo
redo
estimate hba1c fibre given age=30..70 systolic_bp=120..150 sleep_hours=4..9
target hba1c smoking
run inner.scenario --seed 3 --level 0.7
estimate
scenario heavy from usual bmi=38
compare across usual heavy ann bob
expect hba1c heavy > bob
expect hba1c > 3.1 from ann given diet_rating=fair..good
estimate from two.csv
--level 0.95
support hba1c
plot fibre vs bmi from bob
S
"$manikin" --seed 4 --json run most.scenario >first.out 2>first.err
{
    cat most.scenario
    echo 'save saved.scenario'
} >with-save.scenario
"$manikin" --seed 4 --json run with-save.scenario >with-save.out 2>&1
"$manikin" --json run saved.scenario >again.out 2>again.err
is "a session has many answers" "$(grep -c '^{' first.out)" 11
ok "a saved session replays to the same bytes" cmp first.out again.out
is "and the same checks fail" "$(sed 's/^[^ ]* //' again.err)" "$(sed 's/^[^ ]* //' first.err)"
hasnt "rows of a table are spelled out" "$(cat saved.scenario)" 'from two\.csv row'
has "as what they were" "$(cat saved.scenario)" '^person bob age=45 bmi=31 smoking=current$'
"$manikin" --no-config -e 'run saved.scenario --json' -e 'save twice.scenario' >/dev/null 2>&1
"$manikin" --no-config --json run twice.scenario >again.out 2>/dev/null
ok "without the settings file too" cmp first.out again.out
rm "$XDG_CONFIG_HOME/manikin/settings"

# --- settings --------------------------------------------------------------------------------------------------------
mkdir -p "$XDG_CONFIG_HOME/manikin"
printf -- '--level 0.5\n' >"$XDG_CONFIG_HOME/manikin/settings"
runs 0 "the settings file is a script" "$manikin" estimate hba1c
has "whose level holds" "$out" '50 % interval'
runs 0 "the command line wins" "$manikin" estimate hba1c --level 0.8
has "over it" "$out" '80 % interval'
runs 0 "--no-config leaves it out" "$manikin" --no-config estimate hba1c
has "then the level is 90 %" "$out" '90 % interval'
printf 'frob\n' >"$XDG_CONFIG_HOME/manikin/settings"
runs 2 "a mistake in the settings" "$manikin" estimate hba1c
has "has its place" "$err" '/manikin/settings:1:1: no verb'
runs 0 "--version does not read it" "$manikin" --version
rm "$XDG_CONFIG_HOME/manikin/settings"

# --- where things are found --------------------------------------------------------------------------------------------
mkdir -p "$XDG_DATA_HOME/manikin/model"
mv "$MANIKIN_DATADIR/model/tiny.safetensors" "$XDG_DATA_HOME/manikin/model/mine.safetensors"
runs 0 "a model of one's own" "$manikin" -m mine estimate hba1c
runs 0 "is taken when it is the only one" "$manikin" estimate hba1c
mkdir -p deep/er
ok "from any folder" sh -c "cd deep/er && '$manikin' -m mine estimate hba1c"

# --- a line prompt -------------------------------------------------------------------------------------------------------
out=$(printf 'estimate hba1c\n' | "$manikin" --plain)
hasnt "no prompt where nobody types" "$out" 'manikin>'
has "a row is a line that names what it says" "$out" '^hba1c: Median [0-9.]*; 90 % interval [0-9.]* to [0-9.]*;'
out=$("$manikin" --plain plot hba1c given age=45)
has "a figure has a name instead of a picture" "$out" '^figure: .*; -o FILE.svg draws it'
hasnt "nothing is drawn with characters" "$out" '##|%%|::'
done_testing
