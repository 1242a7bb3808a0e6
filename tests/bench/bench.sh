#!/bin/sh
# bench.sh - the numbers of `make bench` (local.mk says with what): prints one table,
# what | bar | reached | holds, under a line that says on which machine. Exit code 4 when a bar does not hold.
set -u
manikin=$MK_BUILDDIR/manikin
tmp=$(mktemp -d "${TMPDIR:-/tmp}/manikin-bench.XXXXXX") || exit 1
trap 'rm -rf "$tmp"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
rows=$tmp/rows # what, bar, reached, holds, command; tab-separated
: >"$rows"
tab=$(printf '\t')

say() { echo "bench: $*" >&2; }
row() { printf '%s\t%s\t%s\t%s\t%s\n' "$1" "$2" "$3" "$4" "$5" >>"$rows"; }
at_most() { awk -v x="$1" -v bar="$2" 'BEGIN { print (x <= bar + 0) ? "yes" : "NO" }'; }
at_least() { awk -v x="$1" -v bar="$2" 'BEGIN { print (x >= bar + 0) ? "yes" : "NO" }'; }
# A number of the manifest inside a model file.
manifest() { head -c 262144 "$1" | grep -a -o "\\\\\"$2\\\\\": *[0-9.e-]*" | head -n 1 | sed 's/.*: *//'; }
fraction() { awk -v x="${1:-0}" 'BEGIN { printf "%.0f %%", 100 * x }'; }

# --- bench/nhanes114 -------------------------------------------------------------------------------------
masks="mcar30 structured known10 anchor"

train_bench() { # KIND SEED OUT
    case $1 in
    mae) printf 'kind mae\nvalid 0.02\n' >"$tmp/$1.recipe" ;;
    copula) printf 'kind copula\nvalid 0\n' >"$tmp/$1.recipe" ;;
    esac
    minutes=$(awk -v s="$BENCH_SECONDS" 'BEGIN { print s / 60 }')
    say "nhanes114, kind $1, seed $2"
    "$manikin" --no-config train "$tmp/$1.recipe" --table "$BENCH/train.csv.gz" \
        --schema "$BENCH/schema.tsv" --minutes "$minutes" --threads 2 --seed "$2" -o "$3" >&2
}

score_bench() { # MODEL  appends lines: mask crps brier
    list=
    for mask in $masks; do list=$list,$BENCH/mask-$mask.csv.gz; done
    "$manikin" --no-config evaluate "$1" --holdout "$BENCH/holdout.csv.gz" \
        --train "$BENCH/train.csv.gz" --mask "${list#,}" --csv 2>/dev/null |
        awk -F, '/^mask,model,/ { for (i = 1; i <= NF; i++) at[$i] = i; on = 1; next } /^$/ { on = 0 }
                 on { print $at["mask"], $at["crps"], $at["brier"], $at["error"], $at["coverage"] }'
}

mean_of() { # FILE MASK COLUMN
    awk -v mask="$2" -v c="$3" '$1 == mask { sum += $c; n++ }
        END { if (n) printf "%.4f", sum / n; else printf "none" }' "$1"
}

bench_table() {
    command="train --kind mae --minutes $(awk -v s="$BENCH_SECONDS" 'BEGIN { print s / 60 }') --threads 2; evaluate --mask"
    : >"$tmp/mae.scores"
    n_seeds=0
    for seed in $BENCH_SEEDS; do
        start=$(date +%s)
        train_bench mae "$seed" "$tmp/mae-$seed.safetensors" || return 1
        say "seed $seed took $(($(date +%s) - start)) s in all"
        score_bench "$tmp/mae-$seed.safetensors" | tee -a "$tmp/mae.scores" | sed 's/^/bench:   /' >&2
        n_seeds=$((n_seeds + 1))
        share=$(manifest "$tmp/mae-$seed.safetensors" share_of_peak)
        bench_model=$tmp/mae-$seed.safetensors
    done
    train_bench copula 1 "$tmp/copula.safetensors" || return 1
    score_bench "$tmp/copula.safetensors" >"$tmp/copula.scores"
    for what in CRPS Brier; do
        case $what in
        CRPS) column=2 bars="0.316 0.403 0.430 0.456" ;;
        *) column=3 bars="0.360 0.392 0.432 0.422" ;;
        esac
        for mask in $masks; do
            bar=${bars%% *}
            bars=${bars#* }
            value=$(mean_of "$tmp/mae.scores" "$mask" $column)
            row "nhanes114 $what $mask, kind mae, $BENCH_SECONDS s, mean of $n_seeds seeds" "≤ $bar" \
                "$value" "$(at_most "$value" "$bar")" "$command"
        done
    done
    for mask in $masks; do
        row "nhanes114 CRPS / Brier $mask, kind copula" "–" \
            "$(mean_of "$tmp/copula.scores" "$mask" 2) / $(mean_of "$tmp/copula.scores" "$mask" 3)" "–" \
            "train --kind copula; evaluate --mask"
    done
    row "training throughput on nhanes114, share of sgemm peak" "–" "$(fraction "$share")" "–" "$command"
}

# --- the model on its own people ---------------------------------------------------------------------------
judge_model() {
    split="--table $BENCH_TABLE"
    say "the other kind by the same recipe"
    # shellcheck disable=SC2086
    "$manikin" --no-config train "$BENCH_RECIPE" $split --kind copula -o "$tmp/other.safetensors" >&2 || return 1
    say "held-out people"
    "$manikin" --no-config evaluate "$model" --holdout "$BENCH_TABLE" --against "$tmp/other.safetensors" \
        --max-error 0.42 --sections imputation,unconditional --csv >"$tmp/judged.csv" 2>"$tmp/judged.err"
    code=$?
    if [ $code -ne 0 ] && [ $code -ne 4 ]; then
        cat "$tmp/judged.err" >&2
        return 1
    fi
    awk -F, -v OFS="$tab" '/^verdict,statistic,/ { on = 1; next } /^$/ || /^not measured/ { on = 0 }
        on { print "held-out people, ten most related known: " $2, $3, sprintf("%.4f ± %.4f", $4, $5), $1,
             "evaluate --against COPULA --max-error 0.42" }' "$tmp/judged.csv" >>"$rows"
}

throughput() {
    say "throughput of the recipe, one minute"
    "$manikin" --no-config train "$BENCH_RECIPE" --table "$BENCH_TABLE" --minutes 1 \
        -o "$tmp/minute.safetensors" >&2 || return 1
    share=$(manifest "$tmp/minute.safetensors" share_of_peak)
    row "training throughput of the recipe, share of sgemm peak of the same run" "≥ 35 %" \
        "$(fraction "$share")" "$(at_least "${share:-0}" 0.35)" "train $(basename "$BENCH_RECIPE") --minutes 1"
}

# --- all -----------------------------------------------------------------------------------------------------
bench_model=
failed=0
if [ -z "$BENCH" ]; then
    say "nhanes114 is left out: make bench BENCH=FOLDER with its schema.tsv, train.csv.gz, ..."
elif [ ! -f "$BENCH/train.csv.gz" ]; then
    say "nhanes114 is left out: no train.csv.gz in $BENCH"
else
    bench_table || failed=1
fi
model=$MODEL
if [ -z "$model" ]; then
    for file in "$MK_SRCDIR"/model/*.safetensors; do
        [ -f "$file" ] && model=$file
    done
fi
if [ -z "$BENCH_TABLE" ]; then
    say "held-out people are left out: make bench BENCH_TABLE=people.csv.gz (manikin import)"
else
    [ -n "$model" ] && { judge_model || failed=1; }
    throughput || failed=1
fi
if [ -n "${model:-$bench_model}" ]; then
    say "speed of ${model:-the last model}"
    if "$MK_BUILDDIR/tests/bench/speed" "${model:-$bench_model}" "$manikin" >"$tmp/speed"; then
        sed "s/\$/${tab}speed MODEL MANIKIN/" "$tmp/speed" >>"$rows"
    else
        failed=1
    fi
    if [ ! -x "$MK_BUILDDIR/tests/bench/keys" ]; then
        say "key to screen is left out: no libvterm or cmocka when this was configured"
    elif LC_ALL=C.UTF-8 "$MK_BUILDDIR/tests/bench/keys" "${model:-$bench_model}" "$MK_SRCDIR/tests/bench/session.keys" >"$tmp/keys"; then
        sed "s/\$/${tab}keys MODEL SESSION/" "$tmp/keys" >>"$rows"
    else
        failed=1
    fi
else
    say "speed is left out: no model; name one with MODEL=FILE"
fi

machine=$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo 2>/dev/null | head -n 1)
kernel=$("$manikin" --no-config version --json | sed 's/.*"kernel": "\([^"]*\)".*/\1/')
peak=$("$manikin" --no-config version --bench --json | sed 's/.*"gflops_all": \([0-9.]*\).*/\1/')
printf '\n%s, %s processors, kernel %s, sgemm %.0f GFLOP/s; %s\n\n' "${machine:-unknown processor}" \
    "$(getconf _NPROCESSORS_ONLN)" "$kernel" "$peak" "$(date +%Y-%m-%d)"
awk -F'\t' 'BEGIN { print "| what | bar | reached | holds | command |\n| --- | --- | --- | --- | --- |" }
    { printf "| %s | %s | %s | %s | `%s` |\n", $1, $2, $3, $4, $5 }' "$rows"
[ $failed -eq 0 ] || exit 1
! grep -q "${tab}NO${tab}" "$rows" || exit 4
