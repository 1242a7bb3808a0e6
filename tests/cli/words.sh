#!/bin/sh
# words.sh - wrong words: exit code 2, the word, and the nearest right one.
. "$MK_SRCDIR/tests/tap.sh"
. "$MK_SRCDIR/tests/cli/people.sh"
make_data
cd "$TMPDIR" || exit 1

wrong() { # SENTENCE PATTERN args...
    wrong_name=$1
    wrong_pattern=$2
    shift 2
    runs 2 "$wrong_name" "$manikin" "$@"
    has "  and says why" "$err" "$wrong_pattern"
    is "  on standard error only" "$out" ""
}

wrong "a verb" "no verb 'estimaet', nearest: estimate" estimaet hba1c
wrong "a verb like no other" "no verb 'xyzzy'; see 'help'" xyzzy
wrong "an ambiguous verb" "several verbs: .*undo|several verbs" s
wrong "an option" "nearest: --level" estimate hba1c --levle 0.5
wrong "an option of another verb" "does not belong to estimate" estimate hba1c --draws 3
wrong "an option without its value" "needs a value" estimate hba1c --level
wrong "a level beyond 1" "level 1.5" estimate hba1c --level 1.5
wrong "a level that is no number" "level abc" estimate hba1c --level abc
wrong "a seed that is no number" "seed x" estimate hba1c --seed x
wrong "no threads" "threads 0" estimate hba1c --threads 0
wrong "a format" "text, json, csv or markdown" estimate hba1c --format xml
wrong "a keyword of another verb" "does not belong" estimate hba1c across a b
wrong "given without values" "nothing after 'given'" estimate hba1c given
wrong "no target at all" "no target" estimate
wrong "no target with evidence" "no target" estimate given age=45
wrong "an attribute" "no attribute 'hba1x', nearest: hba1c" estimate hba1x
wrong "an attribute of the evidence" "no attribute 'agee', nearest: age" estimate hba1c given agee=45
wrong "an attribute that has a near word" "no attribute 'cholesterol_vitamn', nearest: vitamin_c" estimate cholesterol_vitamn
wrong "an attribute like no other" "no attribute 'xyzzyq'; 'attributes' lists them" estimate xyzzyq
wrong "an ambiguous prefix" "can mean" estimate s
wrong "a value that is no number" "age: found 'old', expected a number from 18 to 100" estimate hba1c given age=old
wrong "a value out of the domain" "age: found '999'" estimate hba1c given age=999
wrong "a negative value" "bmi: found '-3'" estimate hba1c given bmi=-3
wrong "not a number, said so" "bmi" estimate hba1c given bmi=nan
wrong "infinity" "bmi" estimate hba1c given bmi=inf
wrong "a level" "smoking: found 'sometimes', expected never, former, current" estimate hba1c given smoking=sometimes
wrong "a level in a set" "smoking" estimate hba1c given 'smoking={never,sometimes}'
wrong "a range from high to low" "age" estimate hba1c given age=50..40
wrong "a range to nowhere" "bmi: found '20..inf', expected" estimate hba1c given bmi=20..inf
wrong "a script without a name" "'': a file name is expected" run ''
wrong "an included script without a name" "'': a file name is expected" include ''
wrong "two values of one attribute" "age is given twice" estimate hba1c given age=45 age=46
wrong "a set that the shell has taken apart" "given twice.*a set is one word: 'smoking=\{A,B\}'" estimate hba1c given smoking=never smoking=former
wrong "an assignment without a value" "expected ATTRIBUTE=VALUE|expected" estimate hba1c given age=
wrong "a value without 'given'" "values follow 'given'" estimate hba1c age=45
wrong "a model's name" "no model 'tinny', nearest: tiny" -m tinny estimate hba1c
wrong "a scenario" "no scenario 'b'" -e 'scenario aa bmi=22' compare hba1c across aa b
wrong "one scenario" "two scenarios" -e 'scenario a bmi=22' compare hba1c
wrong "something to forget that is not known" "age is not given" forget age
wrong "undo with nothing to undo" "nothing to undo" -e undo
wrong "an output without a verb" "without a verb" -o x.json
wrong "draws" "draws" impute people.csv --draws 0
wrong "too many words" "one word too many" impute people.csv more.csv
wrong "too few words" "needs more words" impute
wrong "a source" "no source" import nosuch folder
wrong "a keyword that is misspelt" "nearest: from" estimate hba1c form ann
wrong "blanks around =" "without blanks around" given age = 45
wrong "a word after model" "list, show, card, verify, compare, history or register" model burn
wrong "one file for all lines of a script" "belong to its lines" run a.scenario -o all.json
wrong "an open quote" "not closed" -e "given 'age=45"
wrong "bytes that are not UTF-8" "UTF-8" estimate "$(printf 'hba\377')"
wrong "a control character" "control character" estimate "$(printf 'hba\0011c')"
wrong "a control character of eight bits" "control character U\\+009B" scenario "$(printf 'a\302\2331m')" age=30
wrong "a turn of the writing direction" "control character U\\+202E" scenario "$(printf 'a\342\200\256b')" age=30
wrong "an empty name, with one person there" "no person or scenario ''" -e 'person ann age=30' -e "estimate hba1c from ''"
wrong "train without anything" "-o" train
wrong "train without a table" "table" train -o x.safetensors
wrong "a kind of model" "kind" train --table people.csv --schema people.tsv --kind forest -o x.safetensors

runs 0 "values that agree may be said twice" "$manikin" estimate hba1c given age=45 age=45
runs 0 "values in other units" "$manikin" estimate hba1c given weight=180lb height=70in
runs 0 "a unit at the end of a range" "$manikin" estimate hba1c given weight=150..200lb
has "is that of both ends" "$out" 'weight 68.04–90.72 kg'
runs 0 "contradictions of meaning are not detected" "$manikin" estimate hba1c given bmi=20 weight=150
runs 0 "a value outside training is used" "$manikin" estimate hba1c given age=95
has "and told" "$out" 'outside'
runs 0 "a prefix is enough" "$manikin" est hba given sm=never
runs 0 "a label is enough" "$manikin" estimate 'vitamin c intake'
has "and finds the attribute" "$out" '^vitamin_c'

# Text of users is data: nothing of it is run.
runs 2 "a word like a shell command" "$manikin" estimate '$(touch hacked)'
runs 0 "a scenario's name like a gnuplot command" "$manikin" -e "scenario 'a;system(\"touch hacked\")' bmi=22" \
    -e "scenario \`touch\`hacked bmi=33" compare hba1c
ok "nothing was run" test ! -e hacked
done_testing
