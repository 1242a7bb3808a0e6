/* contrast_report.c - two models side by side, for people and for programs. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/eval/contrast.h"
#include "src/eval/put.h"

#define SMALLEST 0.0005 /* a difference that is shown */

/* What a report is put into. */
typedef struct Report {
    const MkContrast *c;
    const MkAttribute *attributes; /* of the later model */
    size_t most;
    MkResult *result;
    MkNode *root;
} Report;

/* A list as one table for both when it is short, else one for people that is cut and one for
 * programs. `fill` puts row i of the list. */
typedef void FillRow(const Report *r, MkResultTable *table, size_t row, const void *list);

static void put_list(const Report *r, const char *title, const MkPutHeader *headers,
                     size_t n_columns, size_t n_left, size_t n, FillRow *fill, const void *list)
{
    const size_t n_shown = n < r->most ? n : r->most;
    for (size_t part = 0; part < (n_shown < n ? 2U : 1U) && n > 0; part++) {
        const size_t rows = part == 0 ? n_shown : n;
        MkResultTable *const table =
            mk_put_table(r->result, title, headers, n_columns, n_left, rows);
        if (table == NULL) {
            return;
        }
        table->use = n_shown == n ? MK_TABLE_BOTH : part == 0 ? MK_TABLE_PEOPLE : MK_TABLE_DATA;
        for (size_t i = 0; i < rows; i++) {
            fill(r, table, i, list);
        }
    }
}

static const char *name_of(const Report *r, size_t j)
{
    return r->attributes[j].name;
}

static void put_names(const Report *r, MkNode *node, size_t a, size_t b)
{
    MkNode *const names = mk_node_array(r->result, node, "attributes");
    mk_node_string(r->result, names, NULL, name_of(r, a));
    mk_node_string(r->result, names, NULL, name_of(r, b));
}

/* ---- schemas ---- */

static void put_ids(const Report *r, const char *key, const MkSchema *schema, const size_t *ids,
                    size_t n)
{
    MkNode *const list = mk_node_array(r->result, r->root, key);
    for (size_t i = 0; i < n; i++) {
        mk_node_string(r->result, list, NULL, schema->attributes[ids[i]].name);
    }
}

static void fill_change(const Report *r, MkResultTable *table, size_t row, const void *list)
{
    const MkChange *const change = (const MkChange *)list + row;
    mk_result_table_cell(r->result, table, row, 0, name_of(r, change->attribute), NULL);
    mk_result_table_cell(r->result, table, row, 1, change->what, NULL);
    mk_result_table_cell(r->result, table, row, 2, change->before, NULL);
    mk_result_table_cell(r->result, table, row, 3, change->after, NULL);
}

static void put_schemas(const Report *r)
{
    static const MkPutHeader headers[] = {{"attribute", "Attribute"},
                                          {"what", "What changed"},
                                          {"before", "Before"},
                                          {"after", "After"}};
    const MkContrast *const c = r->c;
    put_ids(r, "gained", mk_model_schema(c->models[1]), c->gained, c->n_gained);
    put_ids(r, "lost", mk_model_schema(c->models[0]), c->lost, c->n_lost);
    mk_node_number(r->result, r->root, "common", (double)c->n_common);
    MkNode *const list = mk_node_array(r->result, r->root, "changed");
    for (size_t i = 0; i < c->n_changes; i++) {
        MkNode *const node = mk_node_object(r->result, list, NULL);
        mk_node_string(r->result, node, "attribute", name_of(r, c->changes[i].attribute));
        mk_node_string(r->result, node, "what", c->changes[i].what);
        mk_node_string(r->result, node, "before", c->changes[i].before);
        mk_node_string(r->result, node, "after", c->changes[i].after);
    }
    put_list(r, "Schema", headers, 4, 4, c->n_changes, fill_change, c->changes);
    mk_result_note(r->result,
                   "Attributes: %zu in both as they were, %zu gained, %zu lost, %zu changes of "
                   "others or of how one is asked.",
                   c->n_common, c->n_gained, c->n_lost, c->n_changes);
}

/* ---- what the files have ---- */

static void fill_shift(const Report *r, MkResultTable *table, size_t row, const void *list)
{
    const MkShift *const s = (const MkShift *)list + row;
    const MkAttribute *const a = &r->attributes[s->attribute];
    mk_result_table_cell(r->result, table, row, 0, a->name, NULL);
    mk_result_table_cell(r->result, table, row, 1, mk_type_is_number(a->type) ? "median" : "share",
                         NULL);
    mk_put_rounded(r->result, table, row, 2, s->before);
    mk_put_rounded(r->result, table, row, 3, s->after);
    mk_put_number(r->result, table, row, 4, s->distance, 3);
}

static void fill_pair_shift(const Report *r, MkResultTable *table, size_t row, const void *list)
{
    const MkPairShift *const p = (const MkPairShift *)list + row;
    mk_result_table_cell(r->result, table, row, 0, name_of(r, p->a), NULL);
    mk_result_table_cell(r->result, table, row, 1, name_of(r, p->b), NULL);
    mk_put_number(r->result, table, row, 2, p->before, 3);
    mk_put_number(r->result, table, row, 3, p->after, 3);
    mk_put_number(r->result, table, row, 4, p->change, 3);
    mk_put_count(r->result, table, row, 5, p->seen[0]);
    mk_put_count(r->result, table, row, 6, p->seen[1]);
}

static void put_population(const Report *r)
{
    static const MkPutHeader headers[] = {{"attribute", "Population"},
                                          {"what", "Of what"},
                                          {"before", "Before"},
                                          {"after", "After"},
                                          {"distance", "Distance"}};
    const MkContrast *const c = r->c;
    MkNode *const list = mk_node_array(r->result, r->root, "population");
    for (size_t i = 0; i < c->n_common; i++) {
        const MkShift *const s = &c->shifts[i];
        MkNode *const node = mk_node_object(r->result, list, NULL);
        mk_node_string(r->result, node, "attribute", name_of(r, s->attribute));
        mk_put_node(r->result, node, "before", s->before);
        mk_put_node(r->result, node, "after", s->after);
        mk_put_node(r->result, node, "distance", s->distance);
    }
    size_t n = 0;
    while (n < c->n_common && c->shifts[n].distance >= SMALLEST) {
        n++;
    }
    put_list(r, "Population, farthest first", headers, 5, 2, n, fill_shift, c->shifts);
}

static void put_correlations(const Report *r)
{
    static const MkPutHeader headers[] = {{"a", "Correlation of"},
                                          {"b", "and"},
                                          {"before", "Before"},
                                          {"after", "After"},
                                          {"change", "Change"},
                                          {"people_before", "People before"},
                                          {"people_after", "People after"}};
    const MkContrast *const c = r->c;
    MkNode *const list = mk_node_array(r->result, r->root, "correlations");
    for (size_t i = 0; i < c->n_pair_shifts; i++) {
        const MkPairShift *const p = &c->pair_shifts[i];
        MkNode *const node = mk_node_object(r->result, list, NULL);
        put_names(r, node, p->a, p->b);
        mk_put_node(r->result, node, "before", p->before);
        mk_put_node(r->result, node, "after", p->after);
        mk_put_node(r->result, node, "change", p->change);
        MkNode *const seen = mk_node_array(r->result, node, "co_observed");
        mk_node_number(r->result, seen, NULL, (double)p->seen[0]);
        mk_node_number(r->result, seen, NULL, (double)p->seen[1]);
    }
    MkNode *const pairs = mk_node_object(r->result, r->root, "pairs_seen");
    mk_node_number(r->result, pairs, "pairs", (double)c->n_pairs);
    mk_node_number(r->result, pairs, "joined", (double)c->n_joined);
    mk_node_number(r->result, pairs, "parted", (double)c->n_parted);
    size_t n = 0;
    while (n < c->n_pair_shifts && fabs(c->pair_shifts[n].change) >= SMALLEST) {
        n++;
    }
    put_list(r, "Correlations of the bases that differ most", headers, 7, 2, n, fill_pair_shift,
             c->pair_shifts);
    mk_result_note(r->result,
                   "Of %zu pairs of common attributes %zu are seen together in %d people or more "
                   "by the later model alone, %zu by the earlier one alone.",
                   c->n_pairs, c->n_joined, (int)MK_SEEN_TOGETHER, c->n_parted);
}

/* ---- what people tell ---- */

static void put_gain(const Report *r, MkNode *node, const MkGain *g, const char *of)
{
    mk_node_number(r->result, node, of, (double)g->n);
    mk_put_node(r->result, node, "before", g->before);
    mk_put_node(r->result, node, "after", g->after);
    mk_put_node(r->result, node, "gain", g->gain);
    mk_put_node(r->result, node, "standard_error", g->error);
    mk_node_string(r->result, node, "verdict", mk_contrast_verdict(g->verdict));
}

static void put_gain_cells(const Report *r, MkResultTable *table, size_t row, size_t column,
                           const MkGain *g)
{
    mk_put_count(r->result, table, row, column, g->n);
    mk_put_number(r->result, table, row, column + 1, g->before, 4);
    mk_put_number(r->result, table, row, column + 2, g->after, 4);
    mk_put_number(r->result, table, row, column + 3, g->gain, 4);
    mk_put_number(r->result, table, row, column + 4, g->error, 4);
    mk_result_table_cell(r->result, table, row, column + 5, mk_contrast_verdict(g->verdict), NULL);
}

static void put_counts(const Report *r, const char *key, const size_t counts[4])
{
    static const MkContrastVerdict verdicts[] = {MK_CONTRAST_BETTER, MK_CONTRAST_WORSE,
                                                 MK_CONTRAST_SAME, MK_CONTRAST_FEW};
    MkNode *const node = mk_node_object(r->result, r->root, key);
    for (size_t i = 0; i < 4; i++) {
        mk_node_number(r->result, node, mk_contrast_verdict(verdicts[i]),
                       (double)counts[verdicts[i]]);
    }
}

/* An attribute and what was found of it. */
typedef struct Gained {
    size_t attribute;
    MkGain gain;
} Gained;

/* Those that few answered come last. */
static int by_gain(const void *a, const void *b)
{
    const Gained *const x = a, *const y = b;
    const bool few_x = x->gain.verdict == MK_CONTRAST_FEW,
               few_y = y->gain.verdict == MK_CONTRAST_FEW;
    if (few_x != few_y) {
        return few_x ? 1 : -1;
    }
    if (fabs(x->gain.gain - y->gain.gain) > 0.0) {
        return x->gain.gain > y->gain.gain ? -1 : 1;
    }
    return (x->attribute > y->attribute) - (x->attribute < y->attribute);
}

static void fill_gained(const Report *r, MkResultTable *table, size_t row, const void *list)
{
    const Gained *const g = (const Gained *)list + row;
    mk_result_table_cell(r->result, table, row, 0, name_of(r, g->attribute), NULL);
    put_gain_cells(r, table, row, 1, &g->gain);
}

/* Row 0 upwards from the end: what became worst first. */
typedef struct Turned {
    const Gained *end;
} Turned;

static void fill_lost(const Report *r, MkResultTable *table, size_t row, const void *list)
{
    const Gained *const g = ((const Turned *)list)->end - 1 - row;
    mk_result_table_cell(r->result, table, row, 0, name_of(r, g->attribute), NULL);
    put_gain_cells(r, table, row, 1, &g->gain);
}

static void draw_gains(const Report *r, const Gained *list, size_t n)
{
    MkFigure *const figure = mk_result_add_figure(r->result, "What the later model does better");
    if (figure == NULL || n == 0) {
        return;
    }
    figure->x_label = "attributes, by their gain";
    figure->y_label = "gain of the score (CRPS/sd, Brier)";
    figure->x_min = 1.0;
    figure->x_max = (double)n;
    MkSeries *const band = mk_figure_add_series(r->result, figure, MK_SERIES_BAND, MK_ROLE_BAND90,
                                                "2 standard errors", n);
    for (size_t i = 0; band != NULL && i < n; i++) {
        const MkGain *const g = &list[i].gain;
        mk_series_point(band, i, (double)(i + 1), g->gain);
        mk_series_span(band, i, g->gain - MK_CONTRAST_ERRORS * g->error,
                       g->gain + MK_CONTRAST_ERRORS * g->error);
    }
    MkSeries *const zero = mk_figure_add_series(r->result, figure, MK_SERIES_LINE,
                                                MK_ROLE_POPULATION, "no difference", 2);
    mk_series_point(zero, 0, 1.0, 0.0);
    mk_series_point(zero, 1, (double)n, 0.0);
    MkSeries *const line =
        mk_figure_add_series(r->result, figure, MK_SERIES_LINE, MK_ROLE_POSTERIOR, "gain", n);
    for (size_t i = 0; i < n; i++) {
        mk_series_point(line, i, (double)(i + 1), list[i].gain.gain);
    }
}

static MkStatus put_gains(const Report *r, size_t n_people, MkError *err)
{
    static const MkPutHeader headers[] = {{"attribute", "Better and worse"},
                                          {"answers", "People"},
                                          {"before", "Before"},
                                          {"after", "After"},
                                          {"gain", "Gain"},
                                          {"standard_error", "±"},
                                          {"verdict", "Verdict"}};
    static const MkPutHeader worst[] = {
        {"attribute", "Worst first"}, {"answers", "People"}, {"before", "Before"},
        {"after", "After"},           {"gain", "Gain"},      {"standard_error", "±"},
        {"verdict", "Verdict"}};
    const MkContrast *const c = r->c;
    Gained *const list = mk_arena_array(r->result->arena, c->n + 1, sizeof *list);
    size_t n = 0;
    if (list == NULL) {
        return mk_fail(err, MK_ENOMEM, "out of memory");
    }
    for (size_t j = 0; j < c->n; j++) {
        if (c->gains[j].n > 0) {
            list[n++] = (Gained){j, c->gains[j]};
        }
    }
    qsort(list, n, sizeof *list, by_gain);
    const size_t n_told = n - c->counts[MK_CONTRAST_FEW];
    MkNode *const judged = mk_node_object(r->result, r->root, "judged");
    mk_node_number(r->result, judged, "people", (double)n_people);
    put_gain(r, judged, &c->all, "attributes");
    put_counts(r, "attribute_counts", c->counts);
    MkNode *const nodes = mk_node_array(r->result, r->root, "attributes");
    for (size_t i = 0; i < n; i++) {
        MkNode *const node = mk_node_object(r->result, nodes, NULL);
        mk_node_string(r->result, node, "attribute", name_of(r, list[i].attribute));
        put_gain(r, node, &list[i].gain, "people");
    }
    put_list(r, "Attributes, best first", headers, 7, 1, n, fill_gained, list);
    if (n_told > r->most) {
        const Turned turned = {list + n_told};
        MkResultTable *const table =
            mk_put_table(r->result, "Attributes, worst first", worst, 7, 1, r->most);
        for (size_t i = 0; table != NULL && i < r->most; i++) {
            table->use = MK_TABLE_PEOPLE;
            fill_lost(r, table, i, &turned);
        }
    }
    draw_gains(r, list, n_told);
    mk_result_note(r->result,
                   "%zu people new to both models, %zu attributes: %zu better, %zu worse, %zu "
                   "within %.0f standard errors. Mean score %.4f before, %.4f after: gain %.4f ± "
                   "%.4f. By chance alone about 2 in 100 attributes would be better and 2 worse.",
                   n_people, n_told, c->counts[MK_CONTRAST_BETTER], c->counts[MK_CONTRAST_WORSE],
                   c->counts[MK_CONTRAST_SAME], MK_CONTRAST_ERRORS, c->all.before, c->all.after,
                   c->all.gain, c->all.error);
    return MK_OK;
}

static void fill_pair(const Report *r, MkResultTable *table, size_t row, const void *list)
{
    const MkPairGain *const p = (const MkPairGain *)list + row;
    mk_result_table_cell(r->result, table, row, 0, name_of(r, p->a), NULL);
    mk_result_table_cell(r->result, table, row, 1, name_of(r, p->b), NULL);
    mk_put_number(r->result, table, row, 2, p->association, 3);
    put_gain_cells(r, table, row, 3, &p->gain);
}

static void put_pairs(const Report *r)
{
    static const MkPutHeader headers[] = {{"a", "One given the other"},
                                          {"b", "and"},
                                          {"association", "|Spearman|"},
                                          {"people", "People"},
                                          {"before", "Before"},
                                          {"after", "After"},
                                          {"gain", "Gain"},
                                          {"standard_error", "±"},
                                          {"verdict", "Verdict"}};
    const MkContrast *const c = r->c;
    MkNode *const list = mk_node_array(r->result, r->root, "pairs");
    put_counts(r, "pair_counts", c->pair_counts);
    for (size_t i = 0; i < c->n_pair_gains; i++) {
        const MkPairGain *const p = &c->pair_gains[i];
        MkNode *const node = mk_node_object(r->result, list, NULL);
        put_names(r, node, p->a, p->b);
        mk_put_node(r->result, node, "association", p->association);
        put_gain(r, node, &p->gain, "people");
    }
    put_list(r, "Pairs, most associated first: log score of one given the other, nats", headers, 9,
             2, c->n_pair_gains, fill_pair, c->pair_gains);
    mk_result_note(r->result,
                   "The %zu most associated pairs: %zu better, %zu worse, %zu within %.0f standard "
                   "errors.",
                   c->n_pair_gains, c->pair_counts[MK_CONTRAST_BETTER],
                   c->pair_counts[MK_CONTRAST_WORSE], c->pair_counts[MK_CONTRAST_SAME],
                   MK_CONTRAST_ERRORS);
}

MkStatus mk_contrast_report(const MkContrast *c, size_t most, size_t n_people, MkResult *result,
                            MkNode *root, MkError *err)
{
    const Report r = {.c = c,
                      .attributes = mk_model_schema(c->models[1])->attributes,
                      .most = most,
                      .result = result,
                      .root = root};
    if (c->gains != NULL) {
        MK_TRY(put_gains(&r, n_people, err));
    }
    if (c->n_pair_gains > 0) {
        put_pairs(&r);
    }
    put_population(&r);
    put_correlations(&r);
    put_schemas(&r);
    return mk_result_status(result, err);
}
