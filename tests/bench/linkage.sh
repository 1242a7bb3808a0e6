#!/bin/sh
# linkage.sh - associations across two sources made from one table, held against the truth: the
# tables of doc/linkage.md, doc/linkage.csv and the picture (make linkage; local.mk says with what).
set -u
work=$MK_BUILDDIR/linkage
page=$MK_SRCDIR/doc/linkage.md
mkdir -p "$work" || exit 1
if [ -n "${FROM:-}" ]; then
    work=$FROM
else
    # shellcheck disable=SC2086
    "$MK_BUILDDIR/tests/bench/linkage" "$TABLE" "$SCHEMA" "$work" $DESIGNS || exit 1
fi
cp "$work/linkage.csv" "$MK_SRCDIR/doc/linkage.csv" || exit 1

table() {
    awk -F, '
        NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
        function f(name) { return $at[name] }
        { key = f("design") " " f("shared"); if (!(key in n)) order[++keys] = key
          k = ++n[key]; design[key] = f("design"); shared[key] = f("shared")
          for (i = at["pairs"]; i <= NF; i++) sum[key, i] += $i
          rows[key, k] = sprintf("| %s | %s | %d | %d | %.3f | %.3f | %.3f | %.3f | %.3f | %.3f | %.3f | %.3f | %.2f |",
              design[key], shared[key], f("split"), f("pairs"), f("correlation"), f("slope"), f("rmse"),
              f("plain_correlation"), f("plain_slope"), f("plain_rmse"), f("zero_rmse"), f("inside"), f("width")) }
        function mean(key, name) { return sum[key, at[name]] / n[key] }
        END {
          print "Means over the splits:\n"
          print "| attributes dealt | shared | pairs | correlation | slope | RMSE | conditional independence: correlation | slope | RMSE | zero: RMSE | truth inside the interval | its width | RMSE of all pairs | conditional independence |"
          print "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |"
          for (o = 1; o <= keys; o++) { key = order[o]
            printf "| %s | %s | %d | **%.3f** | **%.3f** | **%.3f** | %.3f | %.3f | %.3f | %.3f | %.3f | %.2f | %.4f | %.4f |\n",
              design[key] == "attributes" ? "one by one" : "whole categories", shared[key], mean(key, "pairs"), mean(key, "correlation"), mean(key, "slope"), mean(key, "rmse"),
              mean(key, "plain_correlation"), mean(key, "plain_slope"), mean(key, "plain_rmse"), mean(key, "zero_rmse"),
              mean(key, "inside"), mean(key, "width"), mean(key, "all_rmse"), mean(key, "all_plain_rmse") }
          print "\nEach split:\n"
          print "| attributes dealt | shared | split | pairs | correlation | slope | RMSE | conditional independence: correlation | slope | RMSE | zero: RMSE | inside | width |"
          print "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |"
          for (o = 1; o <= keys; o++) for (k = 1; k <= n[order[o]]; k++) print rows[order[o], k] }' "$work/linkage.csv"
}

picture() {
    command -v gnuplot >/dev/null || { echo "no gnuplot: the picture stays as it is" >&2; return 0; }
    gnuplot <<END
set terminal svg size 760,400 font "sans,11" background "white"
set output "$work/linkage.svg"
set datafile separator ","
set multiplot layout 1,2
set xrange [-1:1]; set yrange [-1:1]; set size square; set grid lc rgb "#dddddd"; set key off
set xlabel "correlation among people who have both"
set title "base"
set ylabel "recovered, pair never seen together"
file = "< grep '^attributes,+ general blood,' '$work/linkage-pairs.csv'"
plot file every 4 using 5:6 with points pt 7 ps 0.2 lc rgb "#1f6f8b", x with lines lc rgb "#666666"
set title "conditional independence"
plot file every 4 using 5:7 with points pt 7 ps 0.2 lc rgb "#b3541e", x with lines lc rgb "#666666"
unset multiplot
END
    cp "$work/linkage.svg" "$MK_SRCDIR/doc/gallery/linkage.svg"
}

[ -f "$page" ] || printf '# Linkage\n\n<!-- table begin -->\n<!-- table end -->\n' >"$page"
table >"$work/table" || exit 1
{
    sed '/^<!-- table begin -->$/q' "$page"
    cat "$work/table"
    sed -n '/^<!-- table end -->$/,$p' "$page"
} >"$work/page" && cat "$work/page" >"$page" && picture
