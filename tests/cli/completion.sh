#!/bin/sh
# completion.sh - completion in shells: what the scripts say, and what the shells make of them.
. "$MK_SRCDIR/tests/tap.sh"
. "$MK_SRCDIR/tests/cli/people.sh"
make_data
cd "$TMPDIR" || exit 1

# --- the text, for every shell whether it is here or not -------------------------------------------------------
"$manikin" help --json >help.json
tr '{' '\n' <help.json | sed -n 's/^"name": "\([a-z]*\)".*/\1/p' | grep -v -e '^undo$' -e '^redo$' -e '^quit$' >verbs
is "there are verbs" "$([ "$(wc -l <verbs)" -ge 20 ] && echo yes)" yes
for shell in bash zsh fish; do
    runs 0 "a script for $shell" "$manikin" help --completion "$shell"
    printf '%s\n' "$out" >"script.$shell"
    missing=
    while read -r verb; do
        grep -Eq "(^|[ '])$verb([ ':\\\\]|\$)" "script.$shell" || missing="$missing $verb"
    done <verbs
    is "has every verb of the shell" "$missing" ""
    hasnt "and none that the shell has not" "$(grep -v '^#' "script.$shell")" "[' ]undo[' :]"
    has "options of all verbs" "$out" '(--|-l )level'
    has "options of one" "$out" '(--|-l )draws'
    has "and asks the program for the rest" "$out" 'help --complete '
done
runs 2 "a shell that is none" "$manikin" help --completion tcsh
has "is told which there are" "$err" 'expected bash, zsh or fish'

# --- what they ask for -------------------------------------------------------------------------------------------
offers() { # LINE WORDS
    is "$1" "$("$manikin" help --complete "$1" | cut -f 1 | tr '\n' ' ')" "${2:+$2 }"
}
offers 'est' 'estimate'
offers 'estimate hba' 'hba1c'
offers 'estimate pressure' 'systolic_bp'
offers 'estimate hba1c given smo' 'smoking='
offers 'estimate hba1c given smoking=' 'smoking=never smoking=former smoking=current'
offers 'estimate hba1c from pe' 'people.csv'
offers 'compare across' 'across'
mkdir -p data/scenarios
printf 'Scripts.\n' >data/scenarios/README
printf 'given age=45\n' >data/scenarios/ageing.scenario
is "run: the shipped scripts, not what lies beside them" \
    "$(MANIKIN_DATADIR="$PWD/data" "$manikin" help --complete 'run ' | sed -n '1p;/README/p')" \
    "$(printf 'ageing.scenario\t')"
offers '--format j' 'json'
offers 'zzz ' ''
has "with what they are" "$("$manikin" help --complete 'estimate hba')" "^hba1c	Glycated"

# --- bash ----------------------------------------------------------------------------------------------------------
cat >drive.bash <<'S'
# Sets what bash sets for the line $1 (words end at blanks and at =), completes, prints the candidates.
. ./script.bash
text=${1//=/ = }
COMP_LINE=$1 COMP_POINT=${#1} COMP_WORDS=($text)
case $1 in *' ') COMP_WORDS+=('') ;; esac
COMP_WORDS[0]=$manikin
COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
_manikin
printf '%s\n' "${COMPREPLY[*]}"
S
in_bash() { # LINE WORDS
    is "bash: $1" "$(manikin="$manikin" bash drive.bash "$1" 2>&1)" "$2"
}
if command -v bash >/dev/null; then
    ok "bash reads its script" bash -n script.bash
    in_bash 'manikin est' 'estimate'
    in_bash 'manikin --json est' 'estimate'
    in_bash 'manikin estimate hba' 'hba1c'
    in_bash 'manikin estimate pressure' 'systolic_bp'
    in_bash 'manikin estimate hba1c given smo' 'smoking='
    in_bash 'manikin estimate hba1c given smoking=' 'never former current'
    in_bash 'manikin estimate hba1c given smoking=cur' 'current'
    in_bash 'manikin estimate hba1c given age=45 smoking=cur' 'current'
    in_bash 'manikin impute people.csv --dr' '--draws'
    in_bash 'manikin estimate --dr' ''
    in_bash 'manikin impute peop' 'people.csv people.tsv'
    in_bash 'manikin estimate -o peop' 'people.csv people.tsv'
    in_bash 'manikin --color al' 'always'
    in_bash 'manikin -m ti' 'tiny'
else
    skip "bash" "there is no bash here; the text of its script was tested"
fi

# --- zsh and fish, where they are -----------------------------------------------------------------------------------
if command -v zsh >/dev/null; then
    ok "zsh reads its script" zsh -n script.zsh
else
    skip "zsh" "there is no zsh here; the text of its script was tested"
fi
in_fish() { # LINE WORDS
    is "fish: $1" "$(PATH="$(dirname "$manikin"):$PATH" fish --no-config -c "source script.fish; complete -C '$1'" |
        cut -f 1 | tr '\n' ' ')" "$2 "
}
if command -v fish >/dev/null; then
    ok "fish reads its script" fish -n script.fish
    in_fish 'manikin esti' 'estimate'
    in_fish 'manikin estimate hba' 'hba1c'
    in_fish 'manikin estimate hba1c given smoking=cur' 'smoking=current'
    in_fish 'manikin impute people.csv --dra' '--draws'
    in_fish 'manikin --color alw' 'always'
else
    skip "fish" "there is no fish here; the text of its script was tested"
fi
done_testing
