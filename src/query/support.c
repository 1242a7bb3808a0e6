/* support.c - mk_query_support: how typical the evidence is, and what the answers rest on. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/buf.h"
#include "src/query/answer.h"
#include "src/query/mix.h"
#include "src/query/query.h"
#include "src/query/show.h"

/* One known value and what the others would have let expect. */
typedef struct Item {
    const MkKnown *known;
    MkDistribution expected;
    double
        position; /* share of people with the same other values below it; levels: its probability */
    double surprise; /* 0 .. 1, small = surprising */
} Item;

static const char *text_of(const char *text)
{
    return text == NULL ? "" : text;
}

static MkStatus expect(const MkQuery *query, size_t i, MkArena *arena, Item *item, MkError *err)
{
    const MkKnown *all = query->evidence.known;
    MkKnown *others = mk_arena_array(arena, query->evidence.n, sizeof *others);
    if (others == NULL) {
        return mk_fail(err, MK_ENOMEM, "out of memory for support");
    }
    size_t n = 0;
    for (size_t k = 0; k < query->evidence.n; k++) {
        if (k != i) {
            others[n++] = all[k];
        }
    }
    MkMix mix;
    const MkEvidence evidence = {.n = n, .known = others};
    item->known = &all[i];
    MK_TRY(mk_mix_make(query->model, evidence, query->seed, query->cancel, arena, &mix, err));
    MK_TRY(mk_mix_posterior(query->model, &mix, &all[i].attribute, 1, query->cancel, arena,
                            &item->expected, err));
    const MkDistribution *d = &item->expected;
    const MkValue *value = &all[i].value;
    item->position = item->surprise = 1;
    if (value->kind == MK_VALUE_POINT && mk_type_is_number(d->attribute->type)) {
        const double below = mk_dist_cdf_below(d, value->point);
        const double to = mk_dist_cdf(d, value->point);
        item->position = 0.5 * (below + to);
        item->surprise = fmin(2 * fmin(to, 1 - below), 1);
    } else if (value->kind == MK_VALUE_POINT) {
        item->position = item->surprise = mk_dist_level(d, (size_t)value->point);
    } else if (mk_type_is_number(d->attribute->type)) {
        item->position = item->surprise = mk_dist_mass(d, value->low, value->high);
    }
    return MK_OK;
}

static int by_surprise(const void *a, const void *b)
{
    const Item *x = a;
    const Item *y = b;
    if (x->surprise != y->surprise) {
        return x->surprise < y->surprise ? -1 : 1;
    }
    return x->known < y->known ? -1 : x->known > y->known;
}

static void item_node(const MkQuery *query, const Item *item, MkNode *list, MkResult *result)
{
    const MkAttribute *attribute = mk_show_attribute(query->model, item->known->attribute);
    MkNode *node = mk_node_object(result, list, NULL);
    (void)mk_node_string(result, node, "attribute", attribute->name);
    MkNode *expected = mk_node_object(result, node, "expected");
    if (mk_type_is_number(attribute->type)) {
        mk_answer_number(result, expected, &item->expected, mk_dist_mode(&item->expected),
                         query->level);
    } else {
        mk_answer_levels(result, expected, &item->expected);
    }
    (void)mk_node_number(result, node, "percentile", item->position);
    (void)mk_node_number(result, node, "surprise", item->surprise);
}

static const char *expected_text(const MkQuery *query, const Item *item, MkArena *arena)
{
    const MkDistribution *d = &item->expected;
    const size_t j = item->known->attribute;
    if (!mk_type_is_number(d->attribute->type)) {
        const size_t mode = (size_t)mk_dist_mode(d);
        return text_of(mk_arena_printf(arena, "%s %s", d->attribute->levels[mode].name,
                                       mk_show_share(arena, mk_dist_level(d, mode))));
    }
    const MkShowStep step = mk_show_step(query->model, j);
    const double end = 0.5 * (1 - query->level);
    return text_of(mk_arena_printf(
        arena, "%s (%s)", mk_show_number(arena, mk_dist_quantile(d, 0.5), step),
        mk_show_interval(arena, mk_dist_quantile(d, end), mk_dist_quantile(d, 1 - end), step)));
}

/* The median, or the likeliest level. */
static const char *expected_data(const Item *item, MkArena *arena)
{
    const MkDistribution *d = &item->expected;
    return mk_type_is_number(d->attribute->type)
               ? mk_show_exact(arena, mk_dist_quantile(d, 0.5))
               : d->attribute->levels[(size_t)mk_dist_mode(d)].name;
}

static void item_table(const MkQuery *query, const Item *items, size_t n, double percentile,
                       MkResult *result)
{
    static const struct {
        const char *key;
        const char *text;
        MkAlign align;
    } headers[] = {{"attribute", "Known", MK_ALIGN_LEFT},
                   {"value", "Value", MK_ALIGN_LEFT},
                   {"expected", "Expected from the others", MK_ALIGN_LEFT},
                   {"percentile", "Position", MK_ALIGN_RIGHT},
                   {"surprise", "Typical", MK_ALIGN_RIGHT}};
    enum { COLUMNS = sizeof headers / sizeof headers[0] };
    MkArena *arena = result->arena;
    const char *title = mk_arena_printf(
        arena, "%s · %s of the training people are less typical than these values together",
        mk_model_card(query->model)->name, mk_show_share(arena, percentile));
    MkResultTable *head = mk_result_add_table(result, text_of(title), 0, 0);
    if (head != NULL) {
        head->use = MK_TABLE_PEOPLE;
    }
    MkResultTable *table = n > 0 ? mk_result_add_table(result, "", COLUMNS, n) : NULL;
    if (table == NULL) {
        return;
    }
    for (size_t c = 0; c < table->n_columns; c++) {
        mk_result_table_header(result, table, c, headers[c].key, headers[c].text, headers[c].align);
    }
    for (size_t i = 0; i < n; i++) {
        const MkAttribute *attribute = mk_show_attribute(query->model, items[i].known->attribute);
        mk_result_table_cell(result, table, i, 0, attribute->name, NULL);
        MkBuf exact;
        mk_buf_init(&exact);
        mk_value_print(attribute, &items[i].known->value, &exact);
        mk_result_table_cell(result, table, i, 1,
                             mk_show_value(arena, attribute, &items[i].known->value, true),
                             exact.data);
        mk_buf_release(&exact);
        mk_result_table_cell(result, table, i, 2, expected_text(query, &items[i], arena),
                             expected_data(&items[i], arena));
        mk_result_table_cell(result, table, i, 3, mk_show_share(arena, items[i].position),
                             mk_show_exact(arena, items[i].position));
        mk_result_table_cell(result, table, i, 4, mk_show_share(arena, items[i].surprise),
                             mk_show_exact(arena, items[i].surprise));
    }
}

/* Who has been seen with whom: each target with the evidence, fewest people first for each. */
static void pair_nodes(const MkQuery *query, MkNode *root, MkResult *result)
{
    MkNode *list = mk_node_array(result, root, "co_observed");
    for (size_t t = 0; t < query->n_targets; t++) {
        for (size_t i = 0; i < query->evidence.n; i++) {
            const size_t j = query->evidence.known[i].attribute;
            if (j == query->targets[t]) {
                continue;
            }
            MkNode *node = mk_node_object(result, list, NULL);
            (void)mk_node_string(result, node, "attribute",
                                 mk_show_attribute(query->model, query->targets[t])->name);
            (void)mk_node_string(result, node, "with", mk_show_attribute(query->model, j)->name);
            (void)mk_node_number(result, node, "people",
                                 (double)mk_model_co_observed(query->model, query->targets[t], j));
        }
    }
}

MkStatus mk_query_support(const MkQuery *query, MkResult *result, MkError *err)
{
    MkMix mix;
    double percentile = 1;
    MkArena *arena = result->arena;
    const size_t n = query->evidence.n;
    Item *items = mk_arena_zeros(arena, n, sizeof *items);
    if (items == NULL) {
        return mk_fail(err, MK_ENOMEM, "out of memory for support");
    }
    MK_TRY(
        mk_mix_make(query->model, query->evidence, query->seed, query->cancel, arena, &mix, err));
    MK_TRY(mk_mix_support(query->model, &mix, arena, &percentile, err));
    for (size_t i = 0; i < n; i++) {
        MK_TRY(expect(query, i, arena, &items[i], err));
    }
    qsort(items, n, sizeof *items, by_surprise);
    MkNode *root = mk_node_object(result, NULL, NULL);
    (void)mk_node_string(result, root, "model", mk_model_card(query->model)->name);
    mk_show_given(result, root, "given", query->model, query->evidence);
    MkNode *support = mk_node_object(result, root, "support");
    (void)mk_node_number(result, support, "percentile", percentile);
    MkNode *list = mk_node_array(result, root, "evidence");
    for (size_t i = 0; i < n; i++) {
        item_node(query, &items[i], list, result);
    }
    pair_nodes(query, root, result);
    item_table(query, items, n, percentile, result);
    mk_note_support(result, "", percentile);
    mk_note_outside(result, query->model, query->evidence);
    mk_note_mix(result, query->model, &mix);
    mk_note_linkage(result, query->model, query->evidence, query->targets, query->n_targets);
    if (n == 0) {
        mk_result_note(result, "Nothing is known, so nothing is unusual.");
    }
    return mk_result_status(result, err);
}
