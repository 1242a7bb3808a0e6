#!/bin/sh
# privacy.sh - attacks on who was trained on: a model that keeps its people is found out, one that does not is not,
# and a quick run of few people says that it cannot tell.
. "$MK_SRCDIR/tests/tap.sh"
. "$MK_SRCDIR/tests/cli/people.sh"
cd "$TMPDIR" || exit 1
make_people 20000
head -n 4001 people.csv >small.csv
head -n 401 people.csv >few.csv

trains() { # NAME TABLE KIND [LINE...]: half of the people are held out; one threshold, so that it alone decides
    name=$1 table=$2
    printf 'kind %s\nname %s\nvalid 0\ntest 0.5\nthreshold membership_auc - 0.53\n' "$3" "$name" >"$name.recipe"
    shift 3
    [ $# -eq 0 ] || printf '%s\n' "$@" >>"$name.recipe"
    "$manikin" --no-config train "$name.recipe" --table "$table" --schema people.tsv -o "$name.safetensors"
}
attacks() { # NAME TABLE [WORDS...]
    name=$1 table=$2
    shift 2
    "$manikin" --no-config evaluate "./$name.safetensors" --holdout "$table" --sections privacy "$@"
}
value() { # KEY: of the bar on the AUC, from the JSON in $out
    printf '%s\n' "$out" | sed 's/.*"statistic": "membership_auc", [^}]*"'"$1"'": \([^,}]*\).*/\1/'
}
between() { awk -v x="$1" -v low="$2" -v high="$3" 'BEGIN { exit !(x + 0 == x && x >= low && x <= high) }'; }

# --- a model that does not keep its people ---------------------------------------------------------------
runs 0 "a private copula of ten thousand people" trains safe people.csv copula 'dp_epsilon 1' 'dp_delta 1e-5' \
    'dp_seed 1'
hasnt "is not said to be of few" "$out" 'Fewer than'
runs 0 "as its card" "$manikin" --no-config model card ./safe.safetensors
hasnt "says neither" "$out" "^- Few people"
runs 0 "is within the bar" attacks safe people.csv
has "as the scoreboard says" "$out" '^holds +membership, AUC of the best attack.* at most 0\.53 +0\.5'
runs 0 "as JSON" attacks safe people.csv --json
ok "with an AUC of guessing" between "$(value value)" 0.5 0.53
ok "and a small standard error" between "$(value standard_error)" 0.004 0.007
is "which decides" "$(value decided) $(value holds)" "true true"
members=$(printf '%s\n' "$out" | sed 's/.*"privacy": {"is_measured": true, "sources": 1, "members": \([0-9]*\).*/\1/')
ok "six thousand of each are asked" between "$members" 6000 6001
is "every attack rests on all of them, turned round too" \
    "$(printf '%s\n' "$out" | grep -o "{\"members\": $members, \"others\": $members, \"auc\"\|\"box\": \"[a-z]*\", \"members\": $members, \"others\": $members, \"auc\"" | wc -l | tr -d ' ')" 8

# --- one that tells them by its file ---------------------------------------------------------------------
runs 0 "a copula of two thousand people" trains small small.csv copula
has "is said to tell few people" "$out" "^note: Fewer than 5,000 people: .* evaluate small\.safetensors --holdout small\.csv --sections privacy.*--dp-epsilon"
runs 0 "as its card" "$manikin" --no-config model card ./small.safetensors
has "says too" "$out" '^- Few people: .*evaluate .* --sections privacy'
runs 4 "is found out" attacks small small.csv --json
ok "by more than three standard errors" between "$(value value)" 0.56 0.7
white=$(printf '%s\n' "$out" | sed 's/.*"attack": "loss", "box": "white", "members": [0-9]*, "others": [0-9]*, "auc": \([0-9.]*\).*/\1/')
is "in the white box" "$white" "$(value value)"

# --- one that keeps each of them -------------------------------------------------------------------------
runs 0 "a mixture of as many components as people" trains kept few.csv mixture 'mixture_components 200' \
    'mixture_prior_levels 0.0001' 'mixture_prior_variance 0.0001' 'mixture_prior_people 0.0001' \
    'mixture_prior_cells 0' 'mixture_outlier 0.000001'
runs 4 "is found out" attacks kept few.csv
has "by the scoreboard" "$out" '^FAILS +membership, AUC of the best attack'
has "which says how far" "$err" 'membership, AUC.*: (0\.9|1\.0)[0-9]+, expected at most 0\.53'
runs 4 "a quick run finds it out as well" attacks kept few.csv --quick --json
ok "with an AUC near one" between "$(value value)" 0.9 1
is "which decides" "$(value decided) $(value holds)" "true false"

# --- few people ------------------------------------------------------------------------------------------
runs 0 "a quick run of few people fails nothing that it cannot tell" attacks safe few.csv --quick
has "but says so" "$out" '^undecided +membership, AUC of the best attack'
has "and what decides" "$out" '^note: 1 was not decided: this quick run asks too few people'
has "nothing holds" "$out" '^note: 0 of 1 thresholds hold, 0 fail'
runs 0 "as JSON" attacks safe few.csv --quick --json
is "it is measured and undecided" "$(value measured) $(value decided)" "true false"
hasnt "and neither holds nor fails" "$out" '"decided": false, "holds"'
has "nor does the whole" "$out" '"thresholds": "model", "holds": false'
attacks safe few.csv -o rep >whole.out 2>&1
code=$?
has "a whole run decides" "$(cat whole.out)" '^(holds|FAILS) +membership, AUC of the best attack'
is "and its exit code says it" "$code" "$(grep -q '^FAILS' whole.out && echo 4 || echo 0)"
attacks safe few.csv --quick -o rep >quick.out 2>&1
has "the page says it as well" "$(cat rep/report.html)" 'too few people'
done_testing
