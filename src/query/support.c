/* support.c - mk_query_support: how typical the evidence is, and what the answers rest on. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/buf.h"
#include "src/base/text.h"
#include "src/query/answer.h"
#include "src/query/linkage.h"
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
    double without;  /* support of the others alone */
    double pull;     /* how much it takes from that */
} Item;

enum { PULL_STEPS = 100 };               /* pulls that differ by less are alike */
static const double told_below = 0.25;   /* support from which on nothing is pulled down */
static const double told_pull = 0.05;    /* least pull of a value that is named */
static const double told_surprise = 0.1; /* what a value alone must be to be named a reason */

static bool is_point_number(const Item *item)
{
    return item->known->value.kind == MK_VALUE_POINT &&
           mk_type_is_number(item->expected.attribute->type);
}

/* Where the value lies in what is expected, and how surprising that is. */
static void find_place(Item *item)
{
    const MkDistribution *d = &item->expected;
    const MkValue *value = &item->known->value;
    item->position = item->surprise = 1;
    if (is_point_number(item)) {
        const double below = mk_dist_cdf_below(d, value->point);
        const double to = mk_dist_cdf(d, value->point);
        item->position = 0.5 * (below + to);
        item->surprise = fmin(2 * fmin(to, 1 - below), 1);
    } else if (value->kind == MK_VALUE_POINT) {
        item->position = item->surprise = mk_dist_level(d, (size_t)value->point);
    } else if (mk_type_is_number(d->attribute->type)) {
        item->position = item->surprise = mk_dist_mass(d, value->low, value->high);
    }
}

/* What `others` let expect of a known value, and their own support when `without` is wanted. */
static MkStatus expect(const MkQuery *query, const MkKnown *known, MkEvidence others,
                       MkArena *arena, Item *item, double *without, MkError *err)
{
    MkMix mix;
    item->known = known;
    MK_TRY(mk_mix_make(query->model, others, query->seed, query->cancel, arena, &mix, err));
    MK_TRY(mk_mix_posterior(query->model, &mix, &known->attribute, 1, query->cancel, arena,
                            &item->expected, err));
    find_place(item);
    return without != NULL ? mk_mix_support(query->model, &mix, arena, without, err) : MK_OK;
}

static MkStatus expect_from_others(const MkQuery *query, size_t i, double percentile,
                                   MkArena *arena, Item *item, MkError *err)
{
    const MkKnown *known = &query->evidence.known[i];
    MkEvidence others;
    MK_TRY(mk_evidence_without(arena, query->evidence, &known->attribute, 1, &others, err));
    MK_TRY(expect(query, known, others, arena, item, &item->without, err));
    item->pull = item->without - percentile;
    return MK_OK;
}

/* The strongest pull first; alike ones by surprise. */
static int by_pull(const void *a, const void *b)
{
    const Item *x = a;
    const Item *y = b;
    const double p = round(x->pull * PULL_STEPS), q = round(y->pull * PULL_STEPS);
    if (p != q) {
        return p > q ? -1 : 1;
    }
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
    (void)mk_node_number(result, node, "without", item->without);
    (void)mk_node_number(result, node, "pull", item->pull);
}

static const char *expected_text(const MkQuery *query, const Item *item, MkArena *arena)
{
    const MkDistribution *d = &item->expected;
    const size_t j = item->known->attribute;
    if (!mk_type_is_number(d->attribute->type)) {
        const size_t mode = (size_t)mk_dist_mode(d);
        return mk_text_or_empty(mk_arena_printf(arena, "%s %s", d->attribute->levels[mode].name,
                                                mk_show_share(arena, mk_dist_level(d, mode))));
    }
    const MkShowStep step = mk_show_step(query->model, j);
    const double end = 0.5 * (1 - query->level);
    return mk_text_or_empty(mk_arena_printf(
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

/* Support is found among 512 people; what is rarer than one of them is told as that. */
static const char *support_text(MkArena *arena, double percentile)
{
    return percentile < 1.0 / 512 ? "<0.2 %" : mk_show_share(arena, percentile);
}

typedef struct Column {
    const char *key, *text;
    MkAlign align;
} Column;

static MkResultTable *add_table(MkResult *result, const Column *columns, size_t n_columns,
                                size_t n_rows, MkTableUse use)
{
    MkResultTable *table = mk_result_add_table(result, "", n_columns, n_rows);
    for (size_t c = 0; table != NULL && c < n_columns; c++) {
        table->use = use;
        mk_result_table_header(result, table, c, columns[c].key, columns[c].text, columns[c].align);
    }
    return table;
}

static void people_table(const MkQuery *query, const Item *items, size_t n, MkResult *result)
{
    static const Column columns[] = {{"attribute", "Known", MK_ALIGN_LEFT},
                                     {"value", "Value", MK_ALIGN_LEFT},
                                     {"expected", "Expected from the others", MK_ALIGN_LEFT},
                                     {"percentile", "Place in it", MK_ALIGN_RIGHT},
                                     {"without", "Support without it", MK_ALIGN_RIGHT}};
    MkArena *arena = result->arena;
    MkResultTable *table =
        add_table(result, columns, sizeof columns / sizeof *columns, n, MK_TABLE_PEOPLE);
    for (size_t i = 0; table != NULL && i < n; i++) {
        const Item *item = &items[i];
        const MkAttribute *attribute = mk_show_attribute(query->model, item->known->attribute);
        mk_result_table_cell(result, table, i, 0, attribute->name, NULL);
        mk_result_table_cell(result, table, i, 1,
                             mk_show_value(arena, attribute, &item->known->value, true), NULL);
        mk_result_table_cell(result, table, i, 2, expected_text(query, item, arena), NULL);
        mk_result_table_cell(result, table, i, 3, mk_show_share(arena, item->position), NULL);
        mk_result_table_cell(result, table, i, 4, n > 1 ? support_text(arena, item->without) : "",
                             NULL);
    }
}

static void data_table(const MkQuery *query, const Item *items, size_t n, MkResult *result)
{
    static const Column columns[] = {
        {"attribute", "Known", MK_ALIGN_LEFT},    {"value", "Value", MK_ALIGN_LEFT},
        {"expected", "Expected", MK_ALIGN_LEFT},  {"percentile", "Place", MK_ALIGN_RIGHT},
        {"surprise", "Surprise", MK_ALIGN_RIGHT}, {"without", "Without", MK_ALIGN_RIGHT},
        {"pull", "Pull", MK_ALIGN_RIGHT}};
    MkArena *arena = result->arena;
    MkResultTable *table =
        add_table(result, columns, sizeof columns / sizeof *columns, n, MK_TABLE_DATA);
    for (size_t i = 0; table != NULL && i < n; i++) {
        const Item *item = &items[i];
        const MkAttribute *attribute = mk_show_attribute(query->model, item->known->attribute);
        const double numbers[] = {item->position, item->surprise, item->without, item->pull};
        MkBuf exact;
        mk_buf_init(&exact);
        mk_value_print(attribute, &item->known->value, &exact);
        mk_result_table_cell(result, table, i, 0, attribute->name, NULL);
        mk_result_table_cell(result, table, i, 1, exact.data, NULL);
        mk_result_table_cell(result, table, i, 2, expected_data(item, arena), NULL);
        for (size_t c = 0; c < 4; c++) {
            mk_result_table_cell(result, table, i, 3 + c, mk_show_exact(arena, numbers[c]), NULL);
        }
        mk_buf_release(&exact);
    }
}

static void tables(const MkQuery *query, const Item *items, size_t n, double percentile,
                   MkResult *result)
{
    const char *title =
        mk_arena_printf(result->arena,
                        "%s · support %s: the share of people who are as typical as these values "
                        "together, or less",
                        mk_model_card(query->model)->name, support_text(result->arena, percentile));
    MkResultTable *head = mk_result_add_table(result, mk_text_or_empty(title), 0, 0);
    if (head != NULL) {
        head->use = MK_TABLE_PEOPLE;
    }
    if (n > 0) {
        people_table(query, items, n, result);
        data_table(query, items, n, result);
    }
}

/* ---- what pulls it down, in a sentence ---- */

static const char *known_text(const MkQuery *query, const MkKnown *known, MkArena *arena)
{
    const MkAttribute *attribute = mk_show_attribute(query->model, known->attribute);
    return mk_text_or_empty(mk_arena_printf(arena, "%s %s", attribute->name,
                                            mk_show_value(arena, attribute, &known->value, true)));
}

/* "42 – 56 (90 %)", or the likeliest level "never (98 %)". */
static const char *usual_text(const MkQuery *query, const Item *item, MkArena *arena)
{
    const MkDistribution *d = &item->expected;
    if (!mk_type_is_number(d->attribute->type)) {
        const size_t mode = (size_t)mk_dist_mode(d);
        return mk_text_or_empty(mk_arena_printf(arena, "%s (%s)", d->attribute->levels[mode].name,
                                                mk_show_share(arena, mk_dist_level(d, mode))));
    }
    const double end = 0.5 * (1 - query->level);
    const MkShowStep step = mk_show_step(query->model, item->known->attribute);
    const double low = mk_dist_quantile(d, end), high = mk_dist_quantile(d, 1 - end);
    return mk_text_or_empty(mk_arena_printf(
        arena, "%s%s%s (%s)",
        low < high ? mk_show_interval(arena, low, high, step) : mk_show_number(arena, low, step),
        d->attribute->unit[0] != '\0' ? " " : "", d->attribute->unit,
        mk_show_level(arena, query->level)));
}

/* The one other value that contradicts the item most, with what it lets expect of it; found gives
 * the population's expectation and NULL when the value is rare by itself. */
static MkStatus find_reason(const MkQuery *query, const Item *item, MkArena *arena, Item *found,
                            const MkKnown **reason, MkError *err)
{
    const MkEvidence nothing = {.n = 0};
    *reason = NULL;
    MK_TRY(expect(query, item->known, nothing, arena, found, NULL, err));
    const double alone = found->surprise;
    for (size_t k = 0; k < query->evidence.n; k++) {
        const MkKnown *other = &query->evidence.known[k];
        const MkEvidence evidence = {.n = 1, .known = other};
        Item with = {.known = NULL};
        if (other == item->known) {
            continue;
        }
        MK_TRY(expect(query, item->known, evidence, arena, &with, NULL, err));
        if (with.surprise < 0.5 * alone && with.surprise < found->surprise) {
            *found = with;
            *reason = other;
        }
    }
    return MK_OK;
}

static MkStatus note_pull(const MkQuery *query, const Item *items, size_t n, double percentile,
                          MkResult *result, MkError *err)
{
    MkArena *arena = result->arena;
    const Item *top = items;
    Item found = {.known = NULL};
    const MkKnown *reason = NULL;
    if (n == 0 || !(percentile < told_below)) {
        return MK_OK;
    }
    if (top->pull < told_pull && top->surprise > told_surprise) {
        mk_result_note(result,
                       "No single value pulls the support down: it is all of them together.");
        return MK_OK;
    }
    MK_TRY(find_reason(query, top, arena, &found, &reason, err));
    const char *value = known_text(query, top->known, arena);
    if (found.surprise > told_surprise && n > 2) {
        mk_result_note(result, "%s pulls most: with the other values one expects %s.", value,
                       usual_text(query, top, arena));
    } else if (reason != NULL) {
        mk_result_note(result, "%s pulls most: with %s one expects %s.", value,
                       known_text(query, reason, arena), usual_text(query, &found, arena));
    } else {
        mk_result_note(result, "%s pulls most: of all people one expects %s.", value,
                       usual_text(query, &found, arena));
    }
    return MK_OK;
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

MkStatus mk_query_percentile(const MkQuery *query, MkArena *arena, double *percentile, MkError *err)
{
    MkMix mix;
    MK_TRY(
        mk_mix_make(query->model, query->evidence, query->seed, query->cancel, arena, &mix, err));
    return mk_mix_support(query->model, &mix, arena, percentile, err);
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
        MK_TRY(expect_from_others(query, i, percentile, arena, &items[i], err));
    }
    qsort(items, n, sizeof *items, by_pull);
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
    tables(query, items, n, percentile, result);
    MK_TRY(note_pull(query, items, n, percentile, result, err));
    mk_note_support(result, "", percentile);
    mk_note_outside(result, query->model, query->evidence);
    mk_note_mix(result, query->model, &mix);
    mk_links_support(query->model, query->evidence, query->targets, query->n_targets, root, result);
    if (n == 0) {
        mk_result_note(result, "Nothing is known, so nothing is unusual.");
    }
    mk_note_association(result);
    return mk_result_status(result, err);
}
