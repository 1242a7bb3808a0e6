#!/bin/sh
# private.sh - differentially private training: who can, what the card says, what stays out of the file.
. "$MK_SRCDIR/tests/tap.sh"
. "$MK_SRCDIR/tests/cli/people.sh"
cd "$TMPDIR" || exit 1
make_people
trains() { # KIND EPSILON DELTA
    "$manikin" --no-config train --table people.csv --schema people.tsv --kind "$1" --dp-epsilon "$2" \
        --dp-delta "$3" -o "$1.safetensors"
}

for kind in marginal copula; do
    runs 0 "kind $kind is trained with privacy" trains "$kind" 2 1e-5
    runs 0 "it has a card" "$manikin" --no-config model card "./$kind.safetensors"
    has "which states the guarantee" "$out" 'differentially private with epsilon 2 and delta 1e-05'
    has "and what it does not cover" "$out" '^- Not covered: a person with several rows'
    has "against a row left empty" "$out" 'or was left empty'
    has "the digest is of the settings" "$out" '^- Digest of settings: [0-9a-f]*$'
    hasnt "the digest of the people is not in it" "$out" 'Digest of the data|settings and data'
    runs 0 "persons are drawn of it" "$manikin" --no-config -m "./$kind.safetensors" sample 200 --seed 1 -o drawn.csv
    is "with whole counts" "$(awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == "fast_food_meals") at = i; next }
        $at != "" { n++; if ($at != int($at)) bad++ } END { print (n > 0 ? bad + 0 : "none") }' drawn.csv)" 0
done

runs 2 "what was measured does not go into its card" "$manikin" --no-config evaluate ./copula.safetensors \
    --holdout people.csv --part all --write-card
has "with the reason" "$err" 'copula.safetensors is of a private training'

cp copula.safetensors before.safetensors
runs 2 "a private file is not renewed without privacy" "$manikin" --no-config train --table people.csv \
    --schema people.tsv --kind copula --renew -o copula.safetensors
has "with the reason" "$err" 'copula.safetensors is of a private training'
ok "and stays as it was" cmp copula.safetensors before.safetensors

runs 2 "a kind without a private training is refused" trains mae 2 1e-5
has "by name" "$err" 'kind mae has no private training'
for kind in marginal copula medvae; do
    has "kind $kind is named among those that can" "$err" "these have: .*$kind"
done
notok "nothing is written" test -e mae.safetensors

runs 2 "a negative epsilon" trains marginal -1 1e-5
has "is told" "$err" 'dp_epsilon'
runs 2 "an epsilon of zero is not taken for none" trains marginal 0 1e-5
has "with what to say" "$err" 'dp_epsilon is 0, so the training would not be private; say --dp-epsilon E above 0'
runs 2 "nor a delta alone" "$manikin" --no-config train --table people.csv --schema people.tsv --kind marginal \
    --dp-delta 1e-5 -o alone.safetensors
has "with what is missing" "$err" 'dp_epsilon is 0'
notok "and nothing is written" test -e alone.safetensors
printf 'kind marginal\ndp_epsilon 2\nsurvey_weights yes\n' >weighted.recipe
runs 2 "survey weights" "$manikin" --no-config train weighted.recipe --table people.csv --schema people.tsv \
    -o weighted.safetensors
has "are told with what to say" "$err" 'found survey_weights yes, expected no'
printf 'dp_epsilon 2\ndp_marginals 0.9\ndp_residuals 0.9\n' >greedy.recipe
runs 2 "shares of epsilon that leave nothing" "$manikin" --no-config train greedy.recipe --table people.csv \
    --schema people.tsv --kind medvae -o greedy.safetensors
has "are told by name" "$err" 'cannot be met.*dp_marginals is 0.9, dp_residuals 0.9'
runs 2 "an epsilon that is no number" trains marginal much 1e-5
runs 2 "a delta of one" trains marginal 2 1
has "is told" "$err" 'dp_delta'
runs 0 "a delta that one of the people would fill" trains marginal 2 0.01
has "is warned of" "$err$out" 'give somebody away whole'
awk -F'\t' -v OFS='\t' '$1 == "waist" { $7 = $8 = "" } { print }' people.tsv >open.tsv
runs 2 "a number without a public range" "$manikin" --no-config train --table people.csv --schema open.tsv \
    --kind marginal --dp-epsilon 2 -o open.safetensors
has "is told by name" "$err" 'waist'
done_testing
