#!/bin/sh
# joint.sh - synthetic persons of each kind held against real people (make bench-joint; local.mk says with
# what), into doc/joint.md. A model that is there from an earlier run is not trained again.
set -u
manikin=$MK_BUILDDIR/manikin
work=$MK_BUILDDIR/joint
page=$MK_SRCDIR/doc/joint.md
rows=$work/rows
mkdir -p "$work" || exit 1
: >"$rows"

say() { echo "bench-joint: $*" >&2; }

train() { # KIND
    [ ! -s "$work/$1.safetensors" ] || return 0
    printf 'kind %s\nvalid 0.02\n' "$1" >"$work/$1.recipe"
    say "training kind $1"
    "$manikin" --no-config train "$work/$1.recipe" --table "$BENCH/train.csv.gz" --schema "$BENCH/schema.tsv" \
        --minutes "$(awk -v s="$BENCH_SECONDS" 'BEGIN { print s / 60 }')" --seed 1 -o "$work/$1.safetensors" >&2
}

judge() { # NAME KIND GROUPS
    say "$1"
    start=$(date +%s.%N)
    "$manikin" --no-config -m "$work/$2.safetensors" sample "$PERSONS" --groups "$3" --seed 1 \
        -o "$work/$2-$3.csv" >&2 || return 1
    speed=$(awk -v a="$start" -v b="$(date +%s.%N)" -v n="$PERSONS" 'BEGIN { printf "%.0f", n / (b - a) }')
    "$MK_BUILDDIR/tests/bench/fidelity" "$BENCH/schema.tsv" "$BENCH/train.csv.gz" "$BENCH/holdout.csv.gz" \
        "$work/$2-$3.csv" "$1" >"$work/row" || return 1
    awk -F, -v speed="$speed" '{ print $1 "," $3 "," $4 "," $5 "," $6 "," $7 "," $8 "," $9 "," $8 / $9 "," speed }' \
        "$work/row" >>"$rows"
}

train copula && judge "copula" copula 1 || exit 1
train mae || exit 1
for groups in 1 4 16 114; do
    judge "mae with $groups groups" mae "$groups" || exit 1
done

[ -f "$page" ] || printf '# Synthetic persons\n\n<!-- table begin -->\n<!-- table end -->\n' >"$page"
{
    sed '/^<!-- table begin -->$/q' "$page"
    echo "| kind | shapes | trends | related pairs | overall | two-sample | learning | learning, real | share of real | persons/s |"
    echo "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |"
    awk -F, '{ printf "| %s | %.3f | %.3f | %.3f | %.3f | %.3f | %.3f | %.3f | %.3f | %s |\n",
        $1, $(NF - 8), $(NF - 7), $(NF - 6), $(NF - 5), $(NF - 4), $(NF - 3), $(NF - 2), $(NF - 1), $NF }' "$rows"
    sed -n '/^<!-- table end -->$/,$p' "$page"
} >"$work/page" && cat "$work/page" >"$page"
