#!/bin/sh
# statements.sh - association, not causation, and no medical device: said where a person would look,
# once in each result about people.
. "$MK_SRCDIR/tests/tap.sh"
. "$MK_SRCDIR/tests/cli/people.sh"
make_data
cd "$TMPDIR" || exit 1
line='not causation; not a medical device\.'

says_once() { # description, arguments
    said=$1
    shift
    runs 0 "$said" "$manikin" "$@"
    is "says it once" "$(printf '%s\n%s\n' "$out" "$err" | grep -c "$line")" 1
}
head -40 people.csv >few.csv
for format in text json markdown csv; do
    says_once "estimate, $format" estimate hba1c given age=45 --format $format
done
says_once "estimate of the population" estimate hba1c smoking
says_once "estimate of a table" estimate hba1c from few.csv
says_once "plot" plot hba1c given age=45
says_once "plot along another" plot hba1c vs bmi
says_once "pairs" pairs hba1c bmi
says_once "compare" -e 'scenario thin bmi=20' -e 'scenario heavy bmi=35' compare hba1c
says_once "explore" explore hba1c given age=45
says_once "optimize" optimize hba1c min over sleep_hours given age=45 --any
says_once "sample" sample 5 given age=45
says_once "sample, as text" sample 5 --format text
says_once "impute" impute few.csv
says_once "impute, JSON" impute few.csv --json
says_once "support" support given age=45 bmi=31
says_once "version" version

"$manikin" evaluate --holdout people.csv --part all --sections unconditional >judged.txt 2>&1
is "evaluate says it once" "$(grep -c "$line" judged.txt)" 1
printf 'given age=45\nestimate hba1c\nexplore hba1c\n' >two.scenario
runs 0 "a script" "$manikin" run two.scenario
is "once a result" "$(printf '%s\n' "$out" | grep -c "$line")" 2
runs 0 "the card" "$manikin" model card
has "says it" "$out" 'not causation\. Not a medical device'
for words in "--help" "help"; do
    runs 0 "manikin $words" "$manikin" $words
    has "says it" "$out" 'not causes; this is not a medical device'
done
runs 0 "a report" "$manikin" run two.scenario -o report.html
has "says it at its foot" "$(cat report.html)" 'not a medical device'
runs 0 "an answer as Markdown" "$manikin" estimate hba1c -o answer.md
has "says it" "$(cat answer.md)" "$line"
done_testing
