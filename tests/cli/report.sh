#!/bin/sh
# report.sh - reports: of an answer, of a session, of a script; with gnuplot and without.
. "$MK_SRCDIR/tests/tap.sh"
. "$MK_SRCDIR/tests/cli/people.sh"
make_data
cd "$TMPDIR" || exit 1

# Every element is closed, in order; awk is enough for pages whose attributes hold no < and >.
balanced() {
    awk 'BEGIN { RS = "<" }
         NR == 1 || /^[!?]/ { next }
         { tag = $0; sub(/>.*/, "", tag); name = tag; sub(/[ \n].*/, "", name) }
         tag ~ /\/$/ { next }
         name ~ /^\// { if (substr(name, 2) != open[depth--]) { bad = 1; exit } next }
         { open[++depth] = name }
         END { exit bad || depth != 0 }' "$1" || return 1
    if command -v xmllint >/dev/null 2>&1; then xmllint --noout --nonet "$1"; fi
}

# --- one answer --------------------------------------------------------------------------------------------
runs 0 "an answer as a report" "$manikin" estimate hba1c smoking given age=45 sex=male 'bmi=25..30' -o one.html
is "is not said besides" "$out" ""
ok "and is well-formed" balanced one.html
page=$(cat one.html)
has "it has what it is about for a title" "$page" '<h1>.*</h1>'
has "what was known" "$page" '<dt>[^<]*</dt><dd>45 years</dd>'
has "ranges too" "$page" '<dd>25 to 30'
has "the question" "$page" '<code>estimate hba1c smoking given age=45 sex=male bmi=25..30</code>'
has "headers that say what they head" "$page" '<th scope="col" class="n">Median</th>'
has "the note" "$page" 'association in the data'
has "the model" "$page" '<dt>Name</dt>'
has "and no diagnosis" "$page" 'not a medical device'
hasnt "nothing from elsewhere" "$page" '(src|href)="(https?:|//|[a-z]+/)'
runs 0 "the same again" "$manikin" estimate hba1c smoking given age=45 sex=male 'bmi=25..30' -o two.html
ok "is the same file" cmp one.html two.html

# The lines at its end make the same numbers.
script_of() {
    sed -n '/<summary>The script/,/^<\/pre>/p' "$1" | sed '1d;$d' |
        sed "s/^<pre>//; s/&#39;/'/g; s/&quot;/\"/g; s/&gt;/>/g; s/&lt;/</g; s/&amp;/\&/g"
}
runs 0 "a session's answer" "$manikin" --level 0.5 -e "given age=45 'smoking={never,former}'" -e 'scenario a bmi=22' \
    -e 'scenario b from a bmi=33' -e 'target hba1c systolic_bp' -e compare export three.html
script_of three.html >three.scenario
has "its script has the settings" "$(cat three.scenario)" '^--level 0.5$'
first=$("$manikin" --level 0.5 -e "given age=45 'smoking={never,former}'" -e 'scenario a bmi=22' -e 'scenario b bmi=33' \
    compare hba1c systolic_bp)
is "and its numbers" "$("$manikin" run three.scenario)" "$first"

# --- a session -----------------------------------------------------------------------------------------------
runs 0 "a session as a report" "$manikin" -e 'given age=45' -e 'estimate hba1c' -e 'given sex=male' -e 'estimate hba1c' \
    -e 'estimate hba1c' -e 'support' -e 'forget age' export all.html --session
ok "is well-formed" balanced all.html
is "each question stands in it once" "$(grep -c '<section ' all.html)" 3
is "with what was known when it was asked" "$(grep -c '<dd>45 years</dd>' all.html)" 3
has "and a list of them" "$(cat all.html)" '<a href="#a3">'
script_of all.html >all.scenario
is "its script asks them again" "$("$manikin" run all.scenario | grep -c '^hba1c ')" 3
mkdir -p config/manikin
printf 'given sex=male\n' >config/manikin/settings
runs 0 "what the settings file gave" env XDG_CONFIG_HOME="$TMPDIR/config" "$manikin" -e 'estimate hba1c --level 0.5' \
    export settled.html --session
script_of settled.html >settled.scenario
has "is in the script too" "$(cat settled.scenario)" '^given sex=male$'
is "and the numbers are the same" "$("$manikin" run settled.scenario)" "$("$manikin" estimate hba1c given sex=male --level 0.5)"
runs 2 "a session is a report or nothing" "$manikin" -e 'estimate hba1c' export all.csv --session
has "and says so" "$err" 'FILE.html'
runs 2 "of nothing there is no report" "$manikin" export none.html --session
ok "nor a file" test ! -e none.html

# --- a script ------------------------------------------------------------------------------------------------
cat >walk.scenario <<'S'
# Does <age> & weight go with "pressure"?
#
# Two questions, with `words` before them:
#   manikin run walk

given age=45

# First, a table.
estimate systolic_bp
# Then another,
# given more.
estimate systolic_bp given bmi=33
estimate bmi -o inside.csv
S
runs 0 "a script as a report" "$manikin" run walk.scenario -o walk.html
is "is not said besides" "$out" ""
ok "is well-formed" balanced walk.html
page=$(cat walk.html)
has "its first comment is the title" "$page" '<h1>Does &lt;age&gt; &amp; weight go with &quot;pressure&quot;\?</h1>'
has "the next the introduction" "$page" '^<p>Two questions, with <code>words</code> before them:</p>'
has "with its example" "$page" '^<pre>manikin run walk</pre>'
has "comments stand before their answers" "$page" '^<p>First, a table.</p>'
is "with all answers" "$(grep -c '<section ' walk.html)" 3
has "files that its lines ask for are written" "$(cat inside.csv)" '^attribute,'
is "the script at the end is the script" "$(script_of walk.html)" "$(cat walk.scenario)"
runs 2 "a script runs into no other file" "$manikin" run walk.scenario -o walk.csv
has "and says so" "$err" 'FILE.html'
printf 'estimate hba1c\nestimate nosuch\n' >bad.scenario
runs 2 "a failing script" "$manikin" run bad.scenario -o bad.html
has "is told by its place" "$err" '^bad.scenario:2:10: '
ok "and leaves no report" test ! -e bad.html

printf 'given age=45\nexpect hba1c < 3\nestimate hba1c\nexpect hba1c > 3\n' >checks.scenario
runs 4 "a script whose check does not hold" "$manikin" run checks.scenario -o checks.html
has "says which" "$err" '^checks.scenario:2:8: expected '
ok "its report is there, well-formed" balanced checks.html
is "with both checks" "$(grep -c '<p class="check' checks.html)" 2
is "and the one that failed marked" "$(grep '<p class="check failed"' checks.html | grep -c 'expect hba1c &lt; 3')" 1
is "checks are no sections" "$(grep -c '<section ' checks.html)" 1

# --- plots -----------------------------------------------------------------------------------------------------
if command -v gnuplot >/dev/null 2>&1; then
    runs 0 "plots in a report" "$manikin" -e 'plot hba1c given age=45' -e 'plot smoking' export plots.html --session
    ok "are well-formed" balanced plots.html
    is "an estimate has those of its targets" "$(grep -c '<svg role="img" aria-label="' one.html)" 2
    is "both are there" "$(grep -c '<svg role="img" aria-label="' plots.html)" 2
    is "no name stands twice" "$(grep -o ' id="[^"]*"' plots.html | sort | uniq -d)" ""
else
    skip "plots in a report" "gnuplot is not installed"
fi
mkdir empty
runs 0 "without gnuplot" env PATH="$TMPDIR/empty" "$manikin" plot hba1c given age=45 -o bare.html
ok "the report is well-formed" balanced bare.html
has "says what is missing" "$(cat bare.html)" 'The plots are not shown: .*gnuplot'
has "and has the numbers" "$(cat bare.html)" '<th scope="row">hba1c</th>'
runs 1 "a folder that is not there" "$manikin" estimate hba1c -o no/such/report.html
done_testing
