#!/bin/sh
# dp.sh - what differential privacy costs (make bench-privacy; local.mk says with what): kinds trained on one table
# without and with privacy at falling epsilon, each several times with another seed and other noise, judged on
# held-out people: doc/dp.csv (a row a training), doc/gallery/dp.svg, and the tables of doc/dp.md between its marks.
# What an earlier run has judged is not judged again.
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

# One training: its row of dp.csv.
judge() { # NAME KIND EPSILON KEY VALUE ...
    name=$1 kind=$2 epsilon=$3 model=$work/$1.safetensors done=$work/$1.$run.row
    shift 3
    [ ! -s "$done" ] || { cat "$done" >>"$work/rows"; return 0; }
    say "$name, training $run of $RUNS"
    {
        printf 'kind %s\nvalid 0.02\nminutes 5\nseed %s\ncalibration no\n' "$kind" "$run"
        [ $# -lt 2 ] || printf '%s %s\n' "$@"
        [ "$epsilon" = inf ] || printf 'dp_epsilon %s\ndp_delta 1e-5\n' "$epsilon"
    } >"$work/$name.recipe"
    "$manikin" --no-config train "$work/$name.recipe" --table "$work/train.csv" --schema "$work/schema.tsv" \
        --threads 1 -o "$model" >"$work/said" 2>&1 &&
        "$manikin" --no-config -m "$model" sample "$PERSONS" --seed "$run" -o "$work/$name.csv" >"$work/said" 2>&1 ||
        { cat "$work/said" >&2; return 1; }
    real=nan # what real people teach is learned once
    [ ! -s "$work/real" ] || real=$(cat "$work/real")
    row=$("$MK_BUILDDIR/tests/bench/fidelity" --outcomes "$MK_SRCDIR/tests/bench/nhanes114.outcomes" --seed 1 \
        --both no --real "$real" "$work/schema.tsv" "$work/train.csv" "$work/holdout.csv" "$work/$name.csv" "$name") || return 1
    echo "$row" | cut -d, -f9 >"$work/real"
    echo "$row" | awk -F, -v OFS=, -v name="$name" -v epsilon="$epsilon" -v run="$run" \
        '{ print name, epsilon, run, $3, $4, $5, $7, $8 }' >"$done"
    cat "$done" >>"$work/rows"
}

# Without privacy: as usual, and with the settings that a private training of medvae has.
all() {
    for kind in $KINDS; do
        judge "$kind" "$kind" inf || return 1
        [ "$kind" != medvae ] ||
            judge medvae-same medvae inf medvae_norm fixed medvae_epochs 30 medvae_batch 2048 medvae_rate 0.01 || return 1
        for epsilon in $EPSILONS; do
            judge "$kind-$epsilon" "$kind" "$epsilon" || return 1
        done
    done
}

: >"$work/rows"
run=1
while [ "$run" -le "$RUNS" ]; do
    all || exit 1
    run=$((run + 1))
done
{
    echo "model,epsilon,training,shapes,trends,related,two_sample,learned"
    cat "$work/rows"
    echo "real,inf,,,,,,$(cat "$work/real")"
} >"$doc/dp.csv"

# Mean and standard deviation over the trainings: "model epsilon mean sd mean sd ...", in the order of the first.
awk -F, '
    NR == 1 { next }
    !($1 in n) { order[++k] = $1; epsilon[$1] = $2 }
    { n[$1]++; for (i = 4; i <= NF; i++) { known[$1, i] += $i != ""; sum[$1, i] += $i; squares[$1, i] += $i * $i } }
    END {
        for (j = 1; j <= k; j++) {
            m = order[j]
            printf "%s %s", m, epsilon[m]
            for (i = 4; i <= 8; i++) {
                mean = sd = "-"
                if (known[m, i]) mean = sum[m, i] / n[m]
                if (known[m, i] && n[m] > 1) {
                    sd = squares[m, i] - n[m] * mean * mean
                    sd = sd < 0 ? 0 : sqrt(sd / (n[m] - 1))
                }
                printf " %s %s", mean, sd
            }
            print ""
        }
    }' "$doc/dp.csv" >"$work/means"
awk '
    BEGIN {
        print "| model | epsilon | shapes | trends | related | two-sample | learned |"
        print "| --- | --- | --- | --- | --- | --- | --- |"
    }
    {
        sub(/-[0-9.]+$/, "", $1)
        sub(/inf/, "none", $2)
        printf "| %s | %s", $1, $2
        for (i = 3; i <= 11; i += 2) {
            format = $i == "-" ? " | " : $(i + 1) == "-" ? " | %.3f" : " | %.3f ± %.3f"
            printf format, $i, $(i + 1)
        }
        print " |"
    }' "$work/means" >"$work/table.md"
awk -v file="$work/table.md" '
    /^<!-- end -->/ { inside = 0 }
    !inside { print }
    /^<!-- begin/ { inside = 1; while ((getline line <file) > 0) print line }' "$doc/dp.md" >"$work/dp.md" &&
    cp "$work/dp.md" "$doc/dp.md" || exit 1

panel() { # COLUMN TITLE
    echo "set title \"$2\""
    plot=plot colour=0
    for kind in $KINDS; do
        awk -v kind="$kind" -v at="$1" '$1 ~ "^" kind "-[0-9.]+$" { print $2, $at, $(at + 1) == "-" ? 0 : $(at + 1) }' \
            "$work/means" >"$work/$kind.$1.dat"
        colour=$((colour + 1))
        for name in "$kind" "$kind-same"; do # the line that a kind comes to: with the same settings, where they differ
            level=$(awk -v name="$name" -v at="$1" '$1 == name { print $at }' "$work/means")
            [ -z "$level" ] || without=$level
        done
        printf '%s "%s" using 1:2:3 with yerrorlines lw 2 pt 7 ps 0.6 lc %s title "%s", %s lc %s dt 2 notitle' \
            "$plot" "$work/$kind.$1.dat" "$colour" "$kind" "$without" "$colour"
        plot=,
    done
    echo
}
{
    echo "set terminal svg size 1080,380 background 'white' font 'sans,12'"
    echo "set output '$doc/gallery/dp.svg'"
    echo "set multiplot layout 1,3 title 'dashed: without privacy; bars: sd of trainings'"
    echo "set logscale x 2; set xtics (0.5, 1, 2, 4, 8); set xrange [0.45:9]; set key below"
    echo "set xlabel 'epsilon (delta 0.00001)'"
    panel 3 "similarity of single attributes"
    panel 7 "similarity of related pairs"
    panel 11 "learned of drawn persons"
    echo "unset multiplot"
} | gnuplot || exit 1
say "doc/dp.md, doc/dp.csv, doc/gallery/dp.svg"
