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
if [ -e "$MK_SRCDIR/model/altair.safetensors" ]; then
    for script in "$MK_SRCDIR"/scenarios/*.scenario; do
        name=$(basename "$script" .scenario)
        runs 0 "$name runs" env MANIKIN_DATADIR="$MK_SRCDIR" "$manikin" run "$name"
    done
    runs 0 "lifestyles and nutrition" env MANIKIN_DATADIR="$MK_SRCDIR" "$manikin" run lifestyle-nutrition
    has "unhealthy habits go with less fibre" "$out" '^fibre +unhealthy +-'
    has "and less vitamin C" "$out" '^vitamin_c +unhealthy +-'
    has "healthy ones with more fibre" "$out" '^fibre +healthy +\+'
else
    skip "the scripts that come with the program" "there is no model/altair.safetensors"
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
is "says its place once" "$err" 'self.scenario:1:5: self.scenario: scripts run each other more than 16 deep'

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
done_testing
