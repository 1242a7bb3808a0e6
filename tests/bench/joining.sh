#!/bin/sh
# joining.sh - what joining gives each source: a model of each source alone against the joined one
# on the held-out people of the source, into doc/joining.md and doc/joining.csv (make joining;
# local.mk says with what). A source that is in the table already is not trained again.
set -u
work=$MK_BUILDDIR/joining
csv=$work/joining.csv
page=$MK_SRCDIR/doc/joining.md
mkdir -p "$work" || exit 1
[ -s "$csv" ] || echo "source,people,attributes,alone_error,joined_error,alone_crps,joined_crps,alone_accuracy,joined_accuracy,alone_coverage,joined_coverage" >"$csv"
for table in "$TABLE"/*.csv.gz; do
    source=${table##*/}
    source=${source%.csv.gz}
    ! grep -q "^$source," "$csv" || continue
    alone=$work/$source.safetensors
    weights=no
    ! gzip -dc "$table" | head -n 1 | grep -q survey_weight || weights=yes
    {
        grep -v '^study\|^kind\|^name\|^schema\|^survey_weights' "$RECIPE"
        printf '%s\n' "name alone" "kind copula" "survey_weights $weights" \
            "schema $MK_SRCDIR/sources/schema.tsv"
    } >"$work/alone.recipe"
    "$MK_BUILDDIR/manikin" --no-config train "$work/alone.recipe" --table "$table" -o "$alone" \
        >&2 || exit 1
    "$MK_BUILDDIR/manikin" --no-config evaluate "$JOINED" --holdout "$table" --against "$alone" --source-known \
        --people "$PEOPLE" --sections imputation --csv >"$work/$source.csv"
    code=$?
    [ "$code" -eq 0 ] || [ "$code" -eq 4 ] || exit 1
    awk -F, -v source="$source" '
        function four(x) { return sprintf("%.4f", x) }
        $1 == "crps" { crps = four($2); other_crps = four($5) }
        $1 == "accuracy" { right = four($2); other_right = four($5) }
        $1 == source && NF == 11 { people = $2; attributes = $3; error = four($4); coverage = four($6)
            other_error = four($10); other_coverage = four($11) }
        END { if (people == "") exit 1
            print source "," people "," attributes "," other_error "," error "," other_crps "," \
                crps "," other_right "," right "," other_coverage "," coverage }' \
        "$work/$source.csv" >>"$csv" || exit 1
done
cp "$csv" "$MK_SRCDIR/doc/joining.csv" || exit 1

[ -f "$page" ] || printf '# What joining gives each source\n\n<!-- table begin -->\n<!-- table end -->\n' >"$page"
{
    sed '/^<!-- table begin -->$/q' "$page"
    echo "| source | people judged | attributes | \\|error\\|/sd alone | joined | CRPS/sd alone | joined | accuracy alone | joined | coverage alone | joined |"
    echo "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |"
    awk -F, 'NR > 1 { gsub(",", " | "); print "| " $0 " |" }' "$csv"
    sed -n '/^<!-- table end -->$/,$p' "$page"
} >"$work/page" && cat "$work/page" >"$page"
