#!/bin/sh
# gate.sh - a candidate beside the last release: better, worse, and worse for a reason.
. "$MK_SRCDIR/tests/tap.sh"
. "$MK_SRCDIR/tests/cli/people.sh"
make_data
cd "$TMPDIR" || exit 1

# Of independent attributes, and with the base: what is known tells one of them much, the other nothing.
printf 'table people.csv\nschema people.tsv\nkind copula\ntest 0.4\nsplit_seed 3\n' >good.recipe
printf 'table people.csv\nschema people.tsv\nkind marginal\ntest 0.4\nsplit_seed 3\n' >bad.recipe
runs 0 "a good model" "$manikin" train good.recipe -o good.safetensors
runs 0 "a bad one" "$manikin" train bad.recipe -o bad.safetensors

judged() { # description, wanted code, arguments
    said=$1 code=$2
    shift 2
    runs "$code" "$said" "$manikin" evaluate "$@" --holdout people.csv \
        --sections imputation,unconditional
}
judged "a better one passes" 0 ./good.safetensors --against ./bad.safetensors --gate good.recipe
has "and both are shown" "$out" 'Beside the last release'
judged "the same one passes" 0 ./good.safetensors --against ./good.safetensors --gate good.recipe
judged "a worse one is refused" 4 ./bad.safetensors --against ./good.safetensors --gate bad.recipe
has "by the name of the figure" "$err" 'worse than the last release.*error_against'
judged "the gate in JSON" 4 ./bad.safetensors --against ./good.safetensors --gate bad.recipe --json
has "is closed" "$out" '"gate": \{"open": false, "figures": \['
names=$(printf '%s\n' "$out" | grep -o '{"name": "[a-z_]*"[^}]*"regression": true' | sed 's/{"name": "//; s/".*//' | sort -u)
cp bad.recipe reason.recipe
for name in $names; do
    printf 'regression_reason %s it is ten times as small\n' "$name" >>reason.recipe
done
judged "a reason lets it pass" 0 ./bad.safetensors --against ./good.safetensors --gate reason.recipe
cp bad.recipe tolerant.recipe
for name in $names; do
    printf 'tolerance %s 5\n' "$name" >>tolerant.recipe
done
judged "so does a tolerance" 0 ./bad.safetensors --against ./good.safetensors --gate tolerant.recipe
runs 0 "with its card" "$manikin" evaluate ./bad.safetensors --against ./good.safetensors \
    --gate reason.recipe --holdout people.csv --quick --write-card
runs 0 "which says it" "$manikin" model card ./bad.safetensors
has "under its heading" "$out" '^## Known regressions'
has "with the reason" "$out" 'worse by [0-9.]+ .*it is ten times as small'
judged "with a third beside them" 4 ./bad.safetensors --against ./good.safetensors \
    --against ./bad.safetensors --gate bad.recipe
has "the same is refused" "$err" "worse than the last release"
judged "a reason for nothing" 2 ./good.safetensors --gate good.recipe
printf 'tolerance better\n' >wrong.recipe
judged "a rule that says nothing" 3 ./good.safetensors --against ./bad.safetensors --gate wrong.recipe
done_testing
