#!/bin/sh
# joint.sh - synthetic persons of every kind of model held against real people (make bench-joint; local.mk says with
# what): doc/joint.md, doc/conditions.md, doc/conditions.csv. The kinds are those that the program knows. A model or a
# judgement that is there from an earlier run, of a model that has not changed, is not made again.
set -u
manikin=$MK_BUILDDIR/manikin
tests=$MK_BUILDDIR/tests/bench
work=$MK_BUILDDIR/joint
mkdir -p "$work" || exit 1
begin=$(date +%s)

say() { echo "bench-joint, $(($(date +%s) - begin)) s: $*" >&2; }
has_part() { case " $PARTS " in *" $1 "*) return 0 ;; *) return 1 ;; esac }
quiet() { "$@" 2>"$work/told" || { cat "$work/told" >&2; return 1; }; }

newer() { [ -s "$1" ] && { [ ! -e "$2" ] || [ -n "$(find "$1" -newer "$2")" ]; }; } # FILE THAN: is there, and newer

# "kind is nothing, expected a, b or c" in the program's own words
kinds() {
    [ -z "$KINDS" ] || { echo "$KINDS"; return; }
    "$manikin" --no-config train --kind none --table none --schema none 2>&1 |
        sed -n 's/.*expected //p' | sed 's/,/ /g; s/ or / /'
}

train() { # NAME KIND [KEY VALUE ...]
    model=$here/$1.safetensors
    [ ! -s "$model" ] || return 0
    recipe=$here/$1.recipe name=$1
    printf 'kind %s\nvalid 0.02\n' "$2" >"$recipe"
    shift 2
    while [ $# -ge 2 ]; do
        printf '%s %s\n' "$1" "$2" >>"$recipe"
        shift 2
    done
    say "$table: training $name"
    start=$(date +%s)
    quiet "$manikin" --no-config train "$recipe" --table "$people/train.csv.gz" --schema "$people/schema.tsv" \
        --minutes "$(awk -v s="$seconds" 'BEGIN { print s / 60 }')" --seed 1 -o "$model" >"$work/said" || return 1
    echo $(($(date +%s) - start)) >"$here/$name.seconds"
}

# A row of joint.md: "name,persons,...,persons a second". NAME is the model, LABEL what the table says.
judge() { # NAME LABEL GROUPS SEED
    cohort=$here/$1-$3-$4 model=$here/$1.safetensors
    ! newer "$cohort.row" "$model" || return 0
    say "$table: $2, seed $4"
    start=$(date +%s.%N)
    quiet "$manikin" --no-config -m "$model" sample "$PERSONS" --missing table --groups "$3" \
        --seed "$4" -o "$cohort.csv" >"$work/said" || return 1
    speed=$(awk -v a="$start" -v b="$(date +%s.%N)" -v n="$PERSONS" 'BEGIN { printf "%.0f", n / (b - a) }')
    real=nan
    [ ! -s "$here/learned-$4" ] || real=$(cat "$here/learned-$4")
    row=$("$tests/fidelity" --outcomes "$outcomes" --seed "$4" --real "$real" "$people/schema.tsv" \
        "$people/train.csv.gz" "$people/holdout.csv.gz" "$cohort.csv" "$2") || return 1
    echo "$row" | cut -d, -f9 >"$here/learned-$4"
    echo "$row,$speed" >"$cohort.row"
}

judge_all() { # NAME KIND
    mae_groups=1
    [ "$2" != mae ] || mae_groups=$GROUPS_MAE
    for groups in $mae_groups; do
        [ "$groups" != all ] || groups=$(($(wc -l <"$people/schema.tsv") - 1))
        label=$1
        [ "$2" != mae ] || label="$1 with $groups groups"
        for seed in $SEEDS; do
            judge "$1" "$label" "$groups" "$seed" && cat "$here/$1-$groups-$seed.row" >>"$here/rows"
        done
    done
}

judge_real() {
    for seed in $SEEDS; do
        if [ ! -s "$here/real-$seed.row" ]; then
            say "$table: real people, seed $seed"
            row=$("$tests/fidelity" --outcomes "$outcomes" --seed "$seed" "$people/schema.tsv" \
                "$people/train.csv.gz" "$people/holdout.csv.gz" real "real people") || return 1
            echo "$row," >"$here/real-$seed.row"
        fi
        cat "$here/real-$seed.row" >>"$here/rows"
    done
}

# The matrix of one model, or of real people.
conditions() { # NAME
    matrix=$here/$1.matrix model=$here/$1.safetensors
    [ "$1" != real ] || model=real
    if ! newer "$matrix" "$model" || ! newer "$matrix" "$listed"; then
        say "$table: conditions, $1"
        # shellcheck disable=SC2086
        quiet "$tests/conditions" --persons $((PERSONS / 3)) "$people/schema.tsv" "$listed" "$model" "$1" $cohorts \
            >"$matrix.part" && mv "$matrix.part" "$matrix" || return 1
    fi
    awk -v table="$table" 'NR > 1 { print table "," $0 }' "$matrix" >>"$work/matrix"
}

# One table of people: every kind, then every variant.
bench_table() { # TABLE FOLDER SECONDS
    table=$1 people=$2 seconds=$3
    here=$work/$table
    outcomes=$MK_SRCDIR/tests/bench/$table.outcomes listed=$MK_SRCDIR/tests/bench/$table.conditions
    mkdir -p "$here" || return 1
    : >"$here/rows"
    if [ "$(cat "$here/persons" 2>"$work/told")" != "$PERSONS" ]; then # judged anew
        rm -f "$here"/*.row "$here"/*.matrix "$here"/learned-*
        echo "$PERSONS" >"$here/persons"
    fi
    cohorts="$people/train.csv.gz $people/holdout.csv.gz"
    [ ! -s "$people/others.csv.gz" ] || cohorts="$people/holdout.csv.gz $people/others.csv.gz"
    ! has_part joint || judge_real
    ! has_part conditions || conditions real
    {
        for kind in $(kinds); do echo "$kind $kind"; done
        [ -z "$VARIANTS" ] || grep -v '^#' "$VARIANTS"
    } >"$here/models"
    while read -r name kind settings; do
        # shellcheck disable=SC2086
        train "$name" "$kind" $settings || { say "$table: $name could not be trained"; continue; }
        ! has_part joint || judge_all "$name" "$kind"
        ! has_part conditions || conditions "$name"
    done <"$here/models"
    tables="$tables $table"
}

# ---- pages ----

joint_table() { # rows: name,persons,shapes,trends,related,overall,two-sample,learning,real,both,speed
    echo "| kind | shapes | trends | related pairs | overall | two-sample | learning | share of real | synthetic and real | real | persons/s |"
    echo "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |"
    awk -F, '
        function show(name, c,  m, sd) {
            m = sum[name, c] / n[name]
            if (n[name] < 2) return sprintf(" %.3f |", m)
            sd = square[name, c] / n[name] - m * m
            return sprintf(" %.3f ± %.3f |", m, sqrt(sd > 0 ? sd * n[name] / (n[name] - 1) : 0))
        }
        !($1 in n) { order[++k] = $1 }
        { n[$1]++; $12 = $8 / $9
          for (c = 3; c <= 12; c++) { sum[$1, c] += $c; square[$1, c] += $c * $c } }
        END { for (i = 1; i <= k; i++) { name = order[i]; line = "| " name " |"
              for (c = 3; c <= 8; c++) line = line show(name, c)
              line = line show(name, 12) show(name, 10) show(name, 9)
              print line (sum[name, 11] > 0 ? sprintf(" %.0f |", sum[name, 11] / n[name]) : " |") } }' "$1"
}

# matrix: table,kind,condition,people,prevalence,support,asked,delivered,met,speed,cohort,shapes,trends,related,
#         quality,two_sample,free_shapes,free_trends,free_related,free_quality,free_two_sample,ratio
summary_table() { # TABLE
    echo "| kind | rate met | speed | 10 % and more | 1 to 10 % | below 1 % | worst from 1 % on | two-sample | unconditional |"
    echo "| --- | --- | --- | --- | --- | --- | --- | --- | --- |"
    awk -F, -v table="$1" '
        $1 != table { next }
        !($2 in seen) { seen[$2]; order[++k] = $2 }
        $6 == "cannot" { cannot[$2]++; next }
        { if ($9 != "") { met[$2] += $9; speed[$2] += $10; n[$2]++ } }
        $22 != "" { band = $5 >= 0.1 ? 1 : $5 >= 0.01 ? 2 : 3
            sum[$2, band] += $22; count[$2, band]++
            if (band < 3 && (!($2 in worst) || $22 < worst[$2])) { worst[$2] = $22; of[$2] = $3 } }
        $16 != "" { two[$2] += $16; free[$2] += $21; trees[$2]++ }
        function mean(a, b, places) { return b > 0 ? sprintf(" %." places "f |", a / b) : " – |" }
        END { for (i = 1; i <= k; i++) { kind = order[i]; line = "| " (kind == "real" ? "real people" : kind) " |"
              line = line (n[kind] > 0 ? sprintf(" %.1f %%", 100 * met[kind] / n[kind]) : " –")
              line = line (cannot[kind] > 0 ? ", " cannot[kind] " cannot be asked |" : " |")
              line = line mean(speed[kind], n[kind], 2)
              for (b = 1; b <= 3; b++) line = line mean(sum[kind, b], count[kind, b], 3)
              line = line (kind in worst ? sprintf(" %.3f (%s) |", worst[kind], of[kind]) : " – |")
              print line mean(two[kind], trees[kind], 3) mean(free[kind], trees[kind], 3) } }' "$work/matrix"
}

matrix_table() { # TABLE
    awk -F, -v table="$1" '
        $1 != table { next }
        !($2 in seen) { seen[$2]; order[++k] = $2 }
        !($3 in at) { at[$3] = ++rows; name[rows] = $3; share[rows] = $5; people[rows] = $4 }
        { r = at[$3]
          cell[r, $2] = $6 == "cannot" ? "cannot" : $22 == "" ? "–" : sprintf("%.3f", $22) ($16 != "" ? sprintf(" (%.2f)", $16) : "")
          if ($6 != "cannot" && $6 != "" && !(r in support)) support[r] = $6 }
        END {
            line = "| condition | people | prevalence | support |"; rule = "| --- | --- | --- | --- |"
            for (i = 1; i <= k; i++) { line = line " " (order[i] == "real" ? "real people" : order[i]) " |"; rule = rule " --- |" }
            print line; print rule
            for (n = 1; n <= rows; n++) { # the commonest first
                best = 0
                for (r = 1; r <= rows; r++) if (!(r in done) && (best == 0 || share[r] + 0 > share[best] + 0)) best = r
                done[best]
                line = sprintf("| `%s` | %d | %.2f %% | %s |", name[best], people[best], 100 * share[best],
                    best in support ? sprintf("%.2f %%", 100 * support[best]) : "–")
                for (i = 1; i <= k; i++) line = line " " ((best, order[i]) in cell ? cell[best, order[i]] : "–") " |"
                print line } }' "$work/matrix"
    awk -F, -v table="$1" '$1 == table && $6 == "cannot" && !(($2, $7) in told) {
        told[$2, $7]; print (n++ ? "" : "\n") "- " $2 " cannot: " $7 }' "$work/matrix"
}

page() { # PAGE TABLES-FILE TITLE
    [ -f "$1" ] || printf '# %s\n\n<!-- table begin -->\n<!-- table end -->\n' "$3" >"$1"
    {
        sed '/^<!-- table begin -->$/q' "$1"
        cat "$2"
        sed -n '/^<!-- table end -->$/,$p' "$1"
    } >"$work/page" && cat "$work/page" >"$1"
}

tables=
: >"$work/matrix"
[ -z "$BENCH" ] || bench_table nhanes114 "$BENCH" "$BENCH_SECONDS" || exit 1
if [ -n "$LIFESTYLE" ]; then
    say "the table of the telephone survey"
    sh "$MK_SRCDIR/tests/bench/lifestyle.sh" "$LIFESTYLE" "$work/survey" || exit 1
    bench_table lifestyle "$work/survey" "$((BENCH_SECONDS / 2))" || exit 1
fi
title() { [ "$1" = lifestyle ] && echo "Telephone survey" || echo "Examination survey"; }
if has_part joint; then
    for table in $tables; do
        printf '%s\n\n' "**$(title "$table")**"
        joint_table "$work/$table/rows"
        echo
    done >"$work/joint"
    page "$MK_SRCDIR/doc/joint.md" "$work/joint" "Synthetic persons"
fi
if has_part conditions; then
    for table in $tables; do
        printf '%s\n\n' "**$(title "$table")**"
        summary_table "$table"
        echo
        matrix_table "$table"
        echo
    done >"$work/conditions"
    page "$MK_SRCDIR/doc/conditions.md" "$work/conditions" "Cohorts under conditions"
    {
        sed -n '1s/^/table,/p' "$work/$table/real.matrix"
        cat "$work/matrix"
    } >"$MK_SRCDIR/doc/conditions.csv"
fi
say "done"
