#!/bin/sh
# ablations.sh - trains the variants of ablations.c, and puts what came out as a table into
# doc/ablations.md and doc/ablations.csv (make ablations; local.mk says with what).
set -u
work=$MK_BUILDDIR/ablations
csv=$MK_SRCDIR/doc/ablations.csv
page=$MK_SRCDIR/doc/ablations.md
mkdir -p "$work" || exit 1
# shellcheck disable=SC2086
"$MK_BUILDDIR/tests/bench/ablations" "$RECIPE" "$TABLE" "$work/base.safetensors" "$work/all.csv" \
    "$WORK" "$SEEDS" "$THREADS" $VARIANTS || exit 1
cp "$work/all.csv" "$csv" || exit 1

# Mean over seeds of the difference to the default of the same seed, and of the losses themselves.
table() {
    awk -F, '
        NR == 1 { for (i = 1; i <= NF; i++) { name[i] = $i; at[$i] = i }
                  for (i = at["told"] + 1; name[i] !~ /^base_/; i++) sources[++n_sources] = i; next }
        { key = $1; if (!(key in count)) order[++n] = key
          count[key]++; seed[key, count[key]] = $2
          steps[key] += $at["steps"]; parameters[key] = $at["parameters"]
          for (i = at["loss"]; i <= NF; i++) { x[key, $2, i] = $i; sum[key, i] += $i }
          all = 0; for (s = 1; s <= n_sources; s++) all += $sources[s] / n_sources
          x[key, $2, "all"] = all; sum[key, "all"] += all
          if (key != "no-base" && key != "published") { base_sum += $at["base"]; base_n++ } }
        function change(key, i,   k, d, lo, hi, total, used) {
          for (k = 1; k <= count[key]; k++) {
            if (!(("default", seed[key, k], i) in x)) continue
            d = x[key, seed[key, k], i] - x["default", seed[key, k], i]
            total += d; used++
            if (used == 1 || d < lo) lo = d
            if (used == 1 || d > hi) hi = d }
          if (key == "default" || used == 0) return ""
          return used == 1 ? sprintf("%+.4f", total) : sprintf("%+.4f (%+.4f to %+.4f)", total / used, lo, hi) }
        END {
          print "| variant | seeds | steps | parameters | loss | less the default | every source alike, less the default | source not told | source told |"
          print "| --- | --- | --- | --- | --- | --- | --- | --- | --- |"
          for (o = 1; o <= n; o++) { key = order[o]
            printf "| %s | %d | %d | %d | %.4f | %s | %s | %.4f | %.4f |\n", key, count[key],
              steps[key] / count[key], parameters[key], sum[key, at["loss"]] / count[key],
              change(key, at["loss"]), change(key, "all"),
              sum[key, at["untold"]] / count[key], sum[key, at["told"]] / count[key] }
          printf "\nBase alone: %.4f. By way of hiding:\n\n| variant |", base_sum / base_n
          for (i = at["random"]; i < at["untold"]; i++) { t = name[i]; gsub("_", " ", t); printf " %s |", t }
          printf "\n| --- |"; for (i = at["random"]; i < at["untold"]; i++) printf " --- |"
          print ""
          for (o = 1; o <= n; o++) { key = order[o]; printf "| %s |", key
            for (i = at["random"]; i < at["untold"]; i++) printf " %.4f |", sum[key, i] / count[key]
            print "" }
          printf "\nBy source:\n\n| variant |"
          for (s = 1; s <= n_sources; s++) printf " %s |", name[sources[s]]
          printf "\n| --- |"; for (s = 1; s <= n_sources; s++) printf " --- |"
          print ""
          for (o = 1; o <= n; o++) { key = order[o]; printf "| %s |", key
            for (s = 1; s <= n_sources; s++) printf " %.4f |", sum[key, sources[s]] / count[key]
            print "" }
          printf "| base alone |"
          for (s = 1; s <= n_sources; s++) printf " %.4f |", sum["default", sources[s] + n_sources] / count["default"]
          print "" }' "$csv"
}

[ -f "$page" ] || printf '# What each choice in training is worth\n\n<!-- table begin -->\n<!-- table end -->\n' >"$page"
table >"$work/table" || exit 1
{
    sed '/^<!-- table begin -->$/q' "$page"
    cat "$work/table"
    sed -n '/^<!-- table end -->$/,$p' "$page"
} >"$work/page" && cat "$work/page" >"$page"
