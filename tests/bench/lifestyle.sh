#!/bin/sh
# lifestyle.sh - a bench table from the telephone survey of 2020: 20,000 people to train on, 5,000 to judge on,
# the others to find cohorts in; the attributes that at least half of the people have. The same people every time.
#
#   lifestyle.sh FOLDER|TABLE OUT
#
# FOLDER holds the survey's files (or a folder brfss_2020 that does), TABLE is what `manikin import` makes of them.
# OUT gets schema.tsv, train.csv.gz, holdout.csv.gz and others.csv.gz; what is there already stays.
set -eu
from=$1 out=$2
seed=${SEED:-1} train=${TRAIN:-20000} holdout=${HOLDOUT:-5000}
[ ! -s "$out/others.csv.gz" ] || exit 0
mkdir -p "$out"
if [ -d "$from" ]; then
    [ ! -d "$from/brfss_2020" ] || from=$from/brfss_2020
    "$MK_BUILDDIR/manikin" --no-config import "$MK_SRCDIR/sources/brfss-2020" "$from" -o "$out/people.csv.gz" >&2
    from=$out/people.csv.gz
fi
gzip -dc "$from" >"$out/people.csv"

# Columns but person and source that half of the people have: "place name" a line. No cell of this survey is quoted.
awk -F, 'NR == 1 { n = NF; for (c = 1; c <= n; c++) name[c] = $c; next }
    { for (c = 1; c <= n; c++) seen[c] += $c != "" }
    END { for (c = 1; c <= n; c++) if (name[c] != "person" && name[c] != "source" && 2 * seen[c] >= NR - 1) print c, name[c] }' \
    "$out/people.csv" >"$out/columns"
cut -d' ' -f2 "$out/columns" | awk -F'\t' 'NR == FNR { keep[$1]; next } FNR == 1 || $1 in keep' - \
    "$MK_SRCDIR/sources/schema.tsv" >"$out/schema.tsv"

# Everybody's place in a random order: the minimal standard generator, so that every awk gives the same.
awk -F, -v seed="$seed" 'NR == FNR { split($0, part, " "); place[++n] = part[1]; next }
    function row(  c, text) { text = $(place[1]); for (c = 2; c <= n; c++) text = text "," $(place[c]); return text }
    FNR == 1 { print "0 " row(); x = seed * 1234567 % 2147483647; next }
    { x = 16807 * x % 2147483647; printf "%d %s\n", x, row() }' "$out/columns" "$out/people.csv" |
    LC_ALL=C sort -s -n -k1,1 | cut -d' ' -f2- >"$out/order"
part() { # FIRST LAST FILE
    awk -v first="$1" -v last="$2" 'NR == 1 || (NR - 1 >= first && (last == 0 || NR - 1 <= last))' "$out/order" |
        gzip -9n >"$out/$3.part" && mv "$out/$3.part" "$out/$3"
}
part 1 "$train" train.csv.gz
part $((train + 1)) $((train + holdout)) holdout.csv.gz
part $((train + holdout + 1)) 0 others.csv.gz
rm -f "$out/people.csv" "$out/people.csv.gz" "$out/order" "$out/columns"
