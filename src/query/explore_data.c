/* explore_data.c - what else moves with a target, and the JSON of explore. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/text.h"
#include "src/query/explore_inner.h"
#include "src/query/show.h"

static const char *const answer_names[] = {"median", "mean", "probability", "level", "probability"};

const char *mk_explore_form_name(MkExploreForm form)
{
    static const char *const form_names[] = {"none", "rising", "falling", "peak",
                                             "dip",  "mixed",  "levels"};
    return form_names[form];
}

bool mk_explore_has_number(const MkExplore *e)
{
    return e->answer == MK_EXPLORE_MEDIAN || e->answer == MK_EXPLORE_MEAN;
}

const char *mk_explore_name(const MkExplore *e, MkArena *arena)
{
    if (e->choice->event == NULL) {
        return e->attribute->name;
    }
    const char *text = mk_measure_text(arena, e->query->model, e->choice->event);
    const size_t n = strlen(text); /* P(...) */
    return n > 3 ? mk_text_or_empty(mk_arena_strndup(arena, text + 2, n - 3)) : text;
}

/* ---- what else moves ---- */

int mk_explore_by_distance(const void *a, const void *b)
{
    const MkExploreMoved *x = a;
    const MkExploreMoved *y = b;
    if (x->distance != y->distance) {
        return x->distance < y->distance ? 1 : -1;
    }
    return x->attribute < y->attribute ? -1 : x->attribute > y->attribute;
}

static void see_moved(const MkExplore *e, size_t j, MkExploreMoved *out)
{
    const MkModel *model = e->query->model;
    const MkDistribution *ends[] = {&e->end[0][j], &e->end[1][j]};
    MkBins bins;
    double shares[2][MK_SHARES_MAX];
    *out = (MkExploreMoved){.attribute = j};
    mk_bins_make(&e->now[j], &bins);
    for (size_t s = 0; s < 2; s++) {
        mk_bins_share(&bins, ends[s], shares[s]);
    }
    out->distance = mk_show_clean(mk_distance(shares[0], shares[1], bins.n));
    if (mk_show_is_number(model, j)) {
        const double sd = mk_model_marginal(model, j)->sd;
        out->is_mean = mk_explore_has_few_values(model, j);
        for (size_t s = 0; s < 2; s++) {
            out->at[s] = out->is_mean ? mk_dist_mean(ends[s]) : mk_dist_quantile(ends[s], 0.5);
        }
        out->shift = sd > 0 ? (out->at[1] - out->at[0]) / sd : 0;
        return;
    }
    for (size_t k = 0; k < bins.n; k++) {
        const double change = shares[1][k] - shares[0][k];
        const bool is_rarer = bins.n == 2 && mk_dist_level(&e->now[j], k) < 0.5;
        if (k == 0 || is_rarer || fabs(change) > fabs(out->shift) + 1e-9) {
            out->shift = change;
            out->level = k;
        }
    }
    for (size_t s = 0; s < 2; s++) {
        out->at[s] = shares[s][out->level];
    }
}

/* People at both ends must be asked for the attribute. */
static bool moves(const MkExplore *e, size_t j)
{
    return e->choice->event != NULL || (mk_explore_is_asked(e, j, e->end_value[0]) &&
                                        mk_explore_is_asked(e, j, e->end_value[1]));
}

MkStatus mk_explore_list_moved(const MkExplore *e, MkArena *arena, MkExploreMovedList *out,
                               MkError *err)
{
    *out = (MkExploreMovedList){0};
    if (!e->has_reverse) {
        return MK_OK;
    }
    out->items = mk_arena_zeros(arena, e->n, sizeof *out->items);
    if (out->items == NULL) {
        return mk_fail(err, MK_ENOMEM, "out of memory for the relations of a target");
    }
    for (size_t i = 0; i < e->n; i++) {
        if (moves(e, e->relations[i].attribute)) {
            see_moved(e, e->relations[i].attribute, &out->items[out->n++]);
        }
    }
    qsort(out->items, out->n, sizeof *out->items, mk_explore_by_distance);
    return MK_OK;
}

/* ---- JSON ---- */

static MkNode *attribute_node(const MkExplore *e, size_t j, MkNode *list, MkResult *result)
{
    const MkAttribute *attribute = mk_show_attribute(e->query->model, j);
    MkNode *node = mk_node_object(result, list, NULL);
    (void)mk_node_string(result, node, "attribute", attribute->name);
    (void)mk_node_string(result, node, "label", attribute->label);
    (void)mk_node_string(result, node, "category", attribute->category);
    (void)mk_node_string(result, node, "type", mk_type_name(attribute->type));
    if (attribute->unit[0] != '\0') {
        (void)mk_node_string(result, node, "unit", attribute->unit);
    }
    return node;
}

static void relation_node(const MkExplore *e, const MkExploreRelation *r, MkNode *list,
                          MkResult *result)
{
    const MkAttribute *attribute = mk_show_attribute(e->query->model, r->attribute);
    MkNode *node = attribute_node(e, r->attribute, list, result);
    (void)mk_node_number(result, node, "strength", r->strength);
    (void)mk_node_number(result, node, "effect", r->effect);
    if (r->has_direction) {
        (void)mk_node_number(result, node, "direction", r->direction);
    }
    (void)mk_node_string(result, node, "form", mk_explore_form_name(r->form));
    MkNode *at = mk_node_array(result, node, "at");
    MkNode *shape = mk_node_array(result, node, "shape");
    MkNode *share = mk_node_array(result, node, "share");
    for (size_t i = 0; i < r->n_points; i++) {
        mk_show_value_node(result, at, NULL, attribute, r->points[i].at);
        (void)mk_node_number(result, shape, NULL, r->points[i].answer);
        (void)mk_node_number(result, share, NULL, r->points[i].share);
    }
    (void)mk_node_number(result, node, "co_observed", (double)r->co_observed);
    if (r->is_linked) {
        mk_link_association(&r->link, node, result);
    }
    (void)mk_node_bool(result, node, "exact", r->is_exact);
    if (r->is_restatement) {
        (void)mk_node_bool(result, node, "restates", true);
    }
}

static void moved_node(const MkExplore *e, const MkExploreMoved *m, MkNode *list, MkResult *result)
{
    const MkAttribute *attribute = mk_show_attribute(e->query->model, m->attribute);
    MkNode *node = attribute_node(e, m->attribute, list, result);
    if (mk_type_is_number(attribute->type)) {
        (void)mk_node_string(result, node, "answer", m->is_mean ? "mean" : "median");
    } else {
        (void)mk_node_string(result, node, "level", attribute->levels[m->level].name);
    }
    (void)mk_node_number(result, node, "low", m->at[0]);
    (void)mk_node_number(result, node, "high", m->at[1]);
    (void)mk_node_number(result, node, "difference", mk_show_clean(m->at[1] - m->at[0]));
    (void)mk_node_number(result, node, "shift", mk_show_clean(m->shift));
    (void)mk_node_number(result, node, "distance", m->distance);
    (void)mk_node_number(result, node, "co_observed",
                         (double)mk_model_co_observed(e->query->model, e->target, m->attribute));
}

static void target_nodes(const MkExplore *e, MkNode *root, MkResult *result)
{
    (void)mk_node_string(result, root, "target", e->attribute->name);
    (void)mk_node_string(result, root, "label", e->attribute->label);
    (void)mk_node_string(result, root, "type", mk_type_name(e->attribute->type));
    if (e->attribute->unit[0] != '\0') {
        (void)mk_node_string(result, root, "unit", e->attribute->unit);
    }
    if (e->choice->event != NULL) {
        (void)mk_node_string(result, root, "event", mk_explore_name(e, result->arena));
    }
    (void)mk_node_string(result, root, "answer", answer_names[e->answer]);
    if (e->answer == MK_EXPLORE_LEVEL) {
        (void)mk_node_string(result, root, "level", e->attribute->levels[e->level].name);
    }
    (void)mk_node_number(result, root, "now", mk_explore_answer(e, &e->now[e->target]));
    if (mk_explore_has_number(e)) {
        (void)mk_node_number(result, root, "sd", e->unit);
    }
    (void)mk_node_string(result, root, "effect_unit", mk_explore_has_number(e) ? "sd" : "share");
    mk_show_given(result, root, "given", e->query->model, e->held);
    MkNode *support = mk_node_object(result, root, "support");
    (void)mk_node_number(result, support, "percentile", e->support);
    (void)mk_node_number(result, root, "asked", (double)e->n_exact);
    (void)mk_node_number(result, root, "left_out", (double)e->n_left_out);
}

void mk_explore_nodes(const MkExplore *e, const MkExploreMovedList *moved, MkNode *root,
                      MkResult *result)
{
    target_nodes(e, root, result);
    MkNode *list = mk_node_array(result, root, "relations");
    for (size_t i = 0; i < e->n; i++) {
        relation_node(e, &e->relations[e->order[i]], list, result);
    }
    if (!e->has_reverse) {
        return;
    }
    MkNode *reverse = mk_node_object(result, root, "reverse");
    if (e->choice->event == NULL) {
        mk_show_value_node(result, reverse, "low", e->attribute, e->end_value[0]);
        mk_show_value_node(result, reverse, "high", e->attribute, e->end_value[1]);
    } else {
        (void)mk_node_string(result, reverse, "low", "no");
        (void)mk_node_string(result, reverse, "high", "yes");
    }
    list = mk_node_array(result, reverse, "relations");
    for (size_t i = 0; i < moved->n; i++) {
        moved_node(e, &moved->items[i], list, result);
    }
}
