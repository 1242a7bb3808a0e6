#!/bin/sh
# dp.sh - what differential privacy costs (make bench-privacy; local.mk says with what): kinds trained on one table
# without and with privacy at falling epsilon, judged on held-out people: doc/dp.csv, doc/gallery/dp.svg, and the
# tables of doc/dp.md between its marks. What an earlier run has judged is not judged again.
set -u
manikin=$MK_BUILDDIR/manikin
work=$MK_BUILDDIR/dp
doc=$MK_SRCDIR/doc
mkdir -p "$work" || exit 1
export OMP_WAIT_POLICY=PASSIVE GOMP_SPINCOUNT=0
begin=$(date +%s)
say() { echo "bench-privacy, $(($(date +%s) - begin)) s: $*" >&2; }

# The schema with public ranges, and the people with values beyond them cut: of each person alone.
ranges=$MK_SRCDIR/tests/bench/nhanes114.ranges
awk 'NR == FNR { if ($1 != "#") range[$1] = $2 "\t" $3; next }
    FNR == 1 { print $0 "\tmin\tmax"; next }
    { split($0, f, "\t"); print $0 "\t" (f[1] in range ? range[f[1]] : "\t") }' \
    FS=' ' "$ranges" FS='\t' "$BENCH/schema.tsv" >"$work/schema.tsv" || exit 1
for table in train holdout; do
    gzip -dc "$BENCH/$table.csv.gz" | awk -F, -v OFS=, -v ranges="$ranges" '
        NR == 1 { while ((getline line <ranges) > 0) { split(line, a, " "); low[a[1]] = a[2]; high[a[1]] = a[3] } }
        NR == 1 { for (i = 1; i <= NF; i++) name[i] = $i; print; next }
        {
            for (i = 1; i <= NF; i++) if ($i != "" && name[i] in low) {
                if ($i + 0 < low[name[i]] + 0) $i = low[name[i]]
                if ($i + 0 > high[name[i]] + 0) $i = high[name[i]]
            }
            print
        }' >"$work/$table.csv" || exit 1
done

# "statistic" of an evaluation's text
told() { awk -v what="$1" 'index($0, what) == 1 { rest = substr($0, length(what) + 1); split(rest, f, " "); print f[1]; exit }' "$2"; }

# One model: its row of dp.csv.
judge() { # NAME KIND EPSILON KEY VALUE ...
    name=$1 kind=$2 epsilon=$3 model=$work/$1.safetensors
    shift 3
    [ ! -s "$work/$name.row" ] || { cat "$work/$name.row" >>"$work/rows"; return 0; }
    say "$name"
    {
        printf 'kind %s\nvalid 0.02\nminutes 1.5\nseed 1\n' "$kind"
        [ $# -lt 2 ] || printf '%s %s\n' "$@"
        [ "$epsilon" = inf ] || printf 'dp_epsilon %s\ndp_delta 1e-5\n' "$epsilon"
    } >"$work/$name.recipe"
    "$manikin" --no-config train "$work/$name.recipe" --table "$work/train.csv" --schema "$work/schema.tsv" \
        --threads 1 -o "$model" >"$work/said" 2>&1 &&
        "$manikin" --no-config -m "$model" sample "$PERSONS" --seed 1 -o "$work/$name.csv" >"$work/said" 2>&1 &&
        "$manikin" --no-config -m "$model" evaluate --holdout "$work/holdout.csv" --people "$PEOPLE" \
            >"$work/$name.txt" 2>"$work/said"
    [ $? -lt 4 ] || [ -s "$work/$name.txt" ] || { cat "$work/said" >&2; return 1; }
    real=nan
    [ ! -s "$work/real" ] || real=$(cat "$work/real")
    row=$("$MK_BUILDDIR/tests/bench/fidelity" --outcomes "$MK_SRCDIR/tests/bench/nhanes114.outcomes" --seed 1 \
        --real "$real" "$work/schema.tsv" "$work/train.csv" "$work/holdout.csv" "$work/$name.csv" "$name") || return 1
    echo "$row" | cut -d, -f9 >"$work/real"
    error=$(told '|error|/sd of the median, numbers, mean over attributes' "$work/$name.txt")
    accuracy=$(told 'accuracy, levels, mean over attributes' "$work/$name.txt")
    nats=$(told 'log probability at the recorded resolution, nats' "$work/$name.txt")
    echo "$row" | awk -F, -v OFS=, -v name="$name" -v epsilon="$epsilon" -v more="$error,$accuracy,$nats" \
        '{ print name, epsilon, $3, $4, $5, $7, $8, more }' >"$work/$name.row"
    cat "$work/$name.row" >>"$work/rows"
}

all() {
    : >"$work/rows"
    judge copula copula inf || return 1
    judge medvae medvae inf || return 1
    judge medvae-fixed medvae inf medvae_norm fixed || return 1
    judge marginal marginal inf || return 1
    for epsilon in $EPSILONS; do
        judge "copula-$epsilon" copula "$epsilon" || return 1
        judge "medvae-$epsilon" medvae "$epsilon" || return 1
        judge "marginal-$epsilon" marginal "$epsilon" || return 1
    done
}

all || exit 1
{
    echo "model,epsilon,shapes,trends,related,two_sample,learned,error_sd,accuracy,nats"
    sort -t, -k1,1 "$work/rows"
} >"$doc/dp.csv"

awk -F, '
    NR == 1 {
        print "| model | epsilon | shapes | trends | related | two-sample | learned | error/sd | accuracy | nats |"
        print "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |"
        next
    }
    { sub(/-[0-9.]+$/, "", $1); printf "| %s", $1; for (i = 2; i <= NF; i++) printf " | %s", $i; print " |" }' \
    "$doc/dp.csv" >"$work/table.md"
awk -v file="$work/table.md" '
    /^<!-- end -->/ { inside = 0 }
    !inside { print }
    /^<!-- begin/ { inside = 1; while ((getline line <file) > 0) print line }' "$doc/dp.md" >"$work/dp.md" &&
    cp "$work/dp.md" "$doc/dp.md" || exit 1

for kind in copula medvae marginal; do
    awk -F, -v kind="$kind" '$1 ~ "^" kind "-[0-9.]+$" { print $2, $8, $5, $7 }' "$doc/dp.csv" | sort -n >"$work/$kind.dat"
done
level() { awk -F, -v name="$1" -v at="$2" '$1 == name { print $at }' "$doc/dp.csv"; }
gnuplot <<PLOT || exit 1
set terminal svg size 900,380 background "white" font "sans,12"
set output "$doc/gallery/dp.svg"
set multiplot layout 1,2
set logscale x 2
set xtics (0.5, 1, 2, 4, 8)
set xrange [0.45:9]
set xlabel "epsilon (delta 0.00001)"
set key bottom right
set ylabel "|error|/sd of held-out numbers, ten others known"
set key top right
plot "$work/copula.dat" using 1:2 with linespoints lw 2 lc 1 title "copula", $(level copula 8) lc 1 dt 2 title "without privacy", \
    "$work/medvae.dat" using 1:2 with linespoints lw 2 lc 2 title "medvae", $(level medvae 8) lc 2 dt 2 title "without privacy", \
    "$work/marginal.dat" using 1:2 with linespoints lw 2 lc 3 title "marginal"
set ylabel "similarity of related pairs"
set key bottom right
plot "$work/copula.dat" using 1:3 with linespoints lw 2 lc 1 title "copula", $(level copula 5) lc 1 dt 2 title "without privacy", \
    "$work/medvae.dat" using 1:3 with linespoints lw 2 lc 2 title "medvae", $(level medvae 5) lc 2 dt 2 title "without privacy", \
    "$work/marginal.dat" using 1:3 with linespoints lw 2 lc 3 title "marginal"
unset multiplot
PLOT
say "doc/dp.md, doc/dp.csv, doc/gallery/dp.svg"
