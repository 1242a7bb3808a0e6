#!/bin/sh
# privacy.sh - attacks on models, those that are there and shadow models (make privacy; local.mk says with what):
# doc/privacy.md, doc/privacy.csv, and what the shadow models of the model's kind tell, beside it (NAME.privacy.tsv).
set -u
manikin=$MK_BUILDDIR/manikin
privacy=$MK_BUILDDIR/tests/bench/privacy
work=$MK_BUILDDIR/privacy
csv=$MK_SRCDIR/doc/privacy.csv
page=$MK_SRCDIR/doc/privacy.md
model=${MODEL:-$MK_SRCDIR/model/bellatrix.safetensors}
mkdir -p "$work" || exit 1
begin=$(date +%s)

say() { echo "privacy, $(($(date +%s) - begin)) s: $*" >&2; }
wanted() { [ -z "$ATTACKED" ] || case " $ATTACKED " in *" $1 "*) return 0 ;; *) return 1 ;; esac }

# A model of all training people of the table, by the same settings, attacked as evaluate does it.
attack_model() { # NAME KIND [KEY VALUE ...]
    rows=$work/$1.model.rows file=$work/$1.safetensors recipe=$work/$1.recipe name=$1
    [ ! -s "$rows" ] || return 0
    say "a model of everybody: $name"
    printf 'kind %s\nvalid 0.02\n' "$2" >"$recipe"
    shift 2
    while [ $# -ge 2 ]; do
        printf '%s %s\n' "$1" "$2" >>"$recipe"
        shift 2
    done
    "$manikin" --no-config train "$recipe" --table "$BENCH/train.csv.gz" --schema "$BENCH/schema.tsv" --seed 1 \
        -o "$file" >"$work/said" 2>&1 || { cat "$work/said" >&2; return 1; }
    "$privacy" model "$name" "$file" "$BENCH/holdout.csv.gz" "$BENCH/train.csv.gz" >"$work/part" &&
        mv "$work/part" "$rows"
}

attack_shadows() { # NAME KIND MODELS PEOPLE TOLD [KEY VALUE ...]
    rows=$work/$1.shadow.rows result=$work/$1.shadow.tsv name=$1 kind=$2 models=$3 people=$4 told=$5
    [ ! -s "$rows" ] || return 0
    shift 5
    say "$models shadow models: $name"
    rm -f "$result"
    "$privacy" shadows "$name" "$kind" "$models" "$people" "$told" "$BENCH/schema.tsv" "$BENCH/train.csv.gz" "$work" \
        "$result" "$@" >"$work/part" && mv "$work/part" "$rows"
}

while read -r name kind models people told settings; do
    case $name in "" | "#"*) continue ;; esac
    wanted "$name" || continue
    # shellcheck disable=SC2086
    attack_shadows "$name" "$kind" "$models" "$people" "$told" $settings || say "$name could not be attacked"
    case $people in # once a kind: the settings that are not of few people
    2000)
        # shellcheck disable=SC2086
        attack_model "$name" "$kind" $settings || say "$name could not be trained"
        ;;
    esac
done <"$MODELS"

shipped=$(basename "$model" .safetensors)
if [ -n "$BENCH_TABLE" ]; then
    rows=$work/$shipped.model.rows
    if [ ! -s "$rows" ] || [ -n "$(find "$model" -newer "$rows")" ]; then
        say "$shipped"
        "$privacy" model "$shipped" "$model" "$BENCH_TABLE" "$BENCH_TABLE" >"$work/part" && mv "$work/part" "$rows"
    fi
fi

# ---- the page, from the rows ----

names() { # what has rows, in the order of the list
    echo "$shipped"
    awk '!/^#/ && NF { print $1 }' "$MODELS"
}

{
    echo "how,name,kind,attack,people,members,attributes,persons,models,auc,auc_error,tpr_1,tpr_1_error,tpr_1_turned,tpr_1_turned_error,tpr_01,outliers_auc,outliers_error,dcr_share,dcr_error,nndr_members,nndr_others,copies_members,copies_others,seconds"
    for name in $(names); do
        [ ! -s "$work/$name.model.rows" ] || sed 's/^/model,/' "$work/$name.model.rows"
    done
    for name in $(names); do
        [ ! -s "$work/$name.shadow.rows" ] || sed 's/^/shadows,/' "$work/$name.shadow.rows"
    done
} >"$csv"

# What was found for the model's kind stands beside the model.
kind=$(awk -F, -v name="$shipped" '$1 == "model" && $2 == name { print $3; exit }' "$csv")
if [ -n "$kind" ] && [ -s "$work/$kind.shadow.tsv" ]; then
    cp "$work/$kind.shadow.tsv" "${model%.safetensors}.privacy.tsv"
fi

tables() {
    echo "**Models**, each attacked by what held-out people and its own training people tell:"
    echo
    echo "| model | trained on | members, black : white box | closest | ratio | loss | gain | best TPR at 1 % | unusual people, best AUC | DCR share | NNDR, members : held out | copied exactly, members : held out |"
    echo "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |"
    awk -F, '$1 == "model" {
            if (!($2 in seen)) { seen[$2]; order[++k] = $2 }
            auc[$2, $4] = sprintf("%.3f ± %.3f", $10, $11)
            if (!($2 in tpr) || $12 > tpr[$2]) { tpr[$2] = $12; tpr_error[$2] = $13 }
            if ($14 > tpr[$2]) { tpr[$2] = $14; tpr_error[$2] = $15 }
            unusual = $17 < 0.5 ? 1 - $17 : $17 # turned round
            if (!($2 in few) || unusual > few[$2]) { few[$2] = unusual; few_error[$2] = $18 }
            people[$2] = $5; members[$2, $4] = $6
            rest[$2] = sprintf("%.3f ± %.3f | %.3f : %.3f | %.2f %% : %.2f %%", $19, $20, $21, $22, 100 * $23, 100 * $24) }
        END { for (i = 1; i <= k; i++) { m = order[i]
            printf "| %s | %d | %d : %d | %s | %s | %s | %s | %.1f ± %.1f %% | %.3f ± %.3f | %s |\n", m, people[m], members[m, "closest"], members[m, "loss"],
                auc[m, "closest"], auc[m, "ratio"], auc[m, "loss"], auc[m, "gain"], 100 * tpr[m], 100 * tpr_error[m],
                few[m], few_error[m], rest[m] } }' "$csv"
    echo
    echo "**Shadow models**, means over the models with the standard error over them; AUC, and TPR at 1 % of the best attack:"
    echo
    echo "| settings | models | trained on | members, black : white box | closest | ratio | loss | gain | LiRA, closest | LiRA, loss | best TPR at 1 % | DCR share | copied exactly, members : held out |"
    echo "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |"
    awk -F, '$1 == "shadows" {
            if (!($2 in seen)) { seen[$2]; order[++k] = $2 }
            auc[$2, $4] = sprintf("%.3f ± %.3f", $10, $11)
            if (!($2 in tpr) || $12 > tpr[$2]) { tpr[$2] = $12; tpr_error[$2] = $13 }
            people[$2] = $5; members[$2, $4] = $6; models[$2] = $9
            rest[$2] = sprintf("%.3f | %.2f %% : %.2f %%", $19, 100 * $23, 100 * $24) }
        END { for (i = 1; i <= k; i++) { m = order[i]
            printf "| %s | %d | %d | %d : %d | %s | %s | %s | %s | %s | %s | %.1f ± %.1f %% | %s |\n", m, models[m], people[m], members[m, "closest"], members[m, "loss"],
                auc[m, "closest"], auc[m, "ratio"], auc[m, "loss"], auc[m, "gain"], auc[m, "lira_closest"],
                auc[m, "lira_loss"], 100 * tpr[m], 100 * tpr_error[m], rest[m] } }' "$csv"
}

[ -f "$page" ] || printf '# Privacy\n\n<!-- table begin -->\n<!-- table end -->\n' >"$page"
{
    sed '/^<!-- table begin -->$/q' "$page"
    tables
    sed -n '/^<!-- table end -->$/,$p' "$page"
} >"$work/page" && cat "$work/page" >"$page"
say "done"
