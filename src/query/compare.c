/* compare.c - mk_query_compare: named what-ifs side by side.
 *
 * A difference between two scenarios is that of two independent people, one of each: its interval
 * and the probability of its direction come from all pairs of 200 quantiles (stats/difference.h),
 * so they are exact up to that grid and need no draws. The difference shown first is that of the
 * medians. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <math.h>
#include <string.h>

#include "src/base/buf.h"
#include "src/query/answer.h"
#include "src/query/curve.h"
#include "src/query/figure_data.h"
#include "src/query/query.h"
#include "src/query/show.h"
#include "src/stats/difference.h"

enum { GRID = 200 };

typedef struct Difference {
    double median;    /* of the medians */
    double mean;      /* of the means; NaN when there is none */
    double low, high; /* of the difference of two people */
    double higher;    /* probability that the scenario's person is higher */
} Difference;

typedef struct Compare {
    const MkQuery *query;
    const MkScenario *scenarios;
    size_t n;
    size_t base;
    MkDistribution *posterior; /* (n, n_targets) */
    MkMix *mixes;              /* (n) */
    double *support;           /* (n) */
    double (*quantiles)[GRID]; /* (n) of the target at hand */
    Difference *differences;   /* (n, n_targets); numbers and ordinals */
} Compare;

static const char *text_of(const char *text)
{
    return text == NULL ? "" : text;
}

static const MkDistribution *answer_of(const Compare *c, size_t s, size_t t)
{
    return &c->posterior[s * c->query->n_targets + t];
}

static const MkAttribute *target_of(const Compare *c, size_t t)
{
    return mk_show_attribute(c->query->model, c->query->targets[t]);
}

static bool has_order(const MkAttribute *attribute)
{
    return attribute->type != MK_CATEGORICAL;
}

/* ---- asking ---- */

static MkStatus ask(Compare *c, MkArena *arena, MkError *err)
{
    const MkQuery *q = c->query;
    c->posterior = mk_arena_zeros(arena, c->n * q->n_targets, sizeof *c->posterior);
    c->differences = mk_arena_zeros(arena, c->n * q->n_targets, sizeof *c->differences);
    c->mixes = mk_arena_zeros(arena, c->n, sizeof *c->mixes);
    c->support = mk_arena_zeros(arena, c->n, sizeof *c->support);
    c->quantiles = mk_arena_zeros(arena, c->n, sizeof *c->quantiles);
    if (c->posterior == NULL || c->differences == NULL || c->mixes == NULL || c->support == NULL ||
        c->quantiles == NULL) {
        return mk_fail(err, MK_ENOMEM, "out of memory for a comparison");
    }
    for (size_t s = 0; s < c->n; s++) {
        MK_TRY(mk_mix_make(q->model, c->scenarios[s].evidence, q->seed, q->cancel, arena,
                           &c->mixes[s], err));
        MK_TRY(mk_mix_posterior(q->model, &c->mixes[s], q->targets, q->n_targets, q->cancel, arena,
                                c->posterior + s * q->n_targets, err));
        MK_TRY(mk_mix_support(q->model, &c->mixes[s], arena, &c->support[s], err));
    }
    return MK_OK;
}

static void find_differences(Compare *c, size_t t)
{
    for (size_t s = 0; s < c->n; s++) {
        for (size_t i = 0; i < GRID; i++) {
            c->quantiles[s][i] = mk_dist_quantile(answer_of(c, s, t), ((double)i + 0.5) / GRID);
        }
    }
    const double end = 0.5 * (1 - c->query->level);
    const double *base = c->quantiles[c->base];
    for (size_t s = 0; s < c->n; s++) {
        const double *mine = c->quantiles[s];
        c->differences[s * c->query->n_targets + t] = (Difference){
            .median = mk_dist_quantile(answer_of(c, s, t), 0.5) -
                      mk_dist_quantile(answer_of(c, c->base, t), 0.5),
            .mean = mk_dist_mean(answer_of(c, s, t)) - mk_dist_mean(answer_of(c, c->base, t)),
            .low = mk_difference_quantile(base, GRID, mine, GRID, end),
            .high = mk_difference_quantile(base, GRID, mine, GRID, 1 - end),
            .higher = mk_difference_higher(base, GRID, mine, GRID)};
    }
}

static const Difference *difference_of(const Compare *c, size_t s, size_t t)
{
    return &c->differences[s * c->query->n_targets + t];
}

/* ---- JSON ---- */

static const char *direction(double higher)
{
    if (higher == 0.5) {
        return "none";
    }
    return higher > 0.5 ? "higher" : "lower";
}

static void scenario_nodes(const Compare *c, MkNode *root, MkResult *result)
{
    MkNode *list = mk_node_array(result, root, "scenarios");
    for (size_t s = 0; s < c->n; s++) {
        MkNode *node = mk_node_object(result, list, NULL);
        (void)mk_node_string(result, node, "name", c->scenarios[s].name);
        mk_show_given(result, node, "given", c->query->model, c->scenarios[s].evidence);
        MkNode *support = mk_node_object(result, node, "support");
        (void)mk_node_number(result, support, "percentile", c->support[s]);
    }
    (void)mk_node_string(result, root, "base", c->scenarios[c->base].name);
}

static void difference_node(const Compare *c, size_t s, size_t t, MkNode *list, MkResult *result)
{
    const MkAttribute *attribute = target_of(c, t);
    const bool is_number = mk_type_is_number(attribute->type);
    const Difference *d = difference_of(c, s, t);
    MkNode *node = mk_node_object(result, list, NULL);
    (void)mk_node_string(result, node, "scenario", c->scenarios[s].name);
    (void)mk_node_string(result, node, "against", c->scenarios[c->base].name);
    if (is_number) {
        (void)mk_node_number(result, node, "difference", d->median);
        if (isfinite(d->mean)) {
            (void)mk_node_number(result, node, "mean_difference", d->mean);
        }
        MkNode *interval = mk_node_object(result, node, "interval");
        (void)mk_node_number(result, interval, "level", c->query->level);
        (void)mk_node_number(result, interval, "low", d->low);
        (void)mk_node_number(result, interval, "high", d->high);
    } else {
        MkNode *levels = mk_node_object(result, node, "levels");
        double distance = 0;
        for (size_t k = 0; k < attribute->n_levels; k++) {
            const double change =
                mk_dist_level(answer_of(c, s, t), k) - mk_dist_level(answer_of(c, c->base, t), k);
            (void)mk_node_number(result, levels, attribute->levels[k].name, change);
            distance += 0.5 * fabs(change);
        }
        (void)mk_node_number(result, node, "distance", distance);
    }
    if (has_order(attribute)) {
        (void)mk_node_string(result, node, "direction", direction(d->higher));
        (void)mk_node_number(result, node, "probability", fmax(d->higher, 1 - d->higher));
    }
}

static void target_node(const Compare *c, size_t t, MkNode *list, MkResult *result)
{
    const MkAttribute *attribute = target_of(c, t);
    MkNode *node = mk_node_object(result, list, NULL);
    (void)mk_node_string(result, node, "attribute", attribute->name);
    (void)mk_node_string(result, node, "label", attribute->label);
    (void)mk_node_string(result, node, "type", mk_type_name(attribute->type));
    if (attribute->unit[0] != '\0') {
        (void)mk_node_string(result, node, "unit", attribute->unit);
    }
    MkNode *values = mk_node_array(result, node, "values");
    for (size_t s = 0; s < c->n; s++) {
        MkNode *value = mk_node_object(result, values, NULL);
        (void)mk_node_string(result, value, "scenario", c->scenarios[s].name);
        if (mk_type_is_number(attribute->type)) {
            mk_answer_number(result, value, answer_of(c, s, t), mk_dist_mode(answer_of(c, s, t)),
                             c->query->level);
        } else {
            mk_answer_levels(result, value, answer_of(c, s, t));
        }
    }
    MkNode *differences = mk_node_array(result, node, "differences");
    for (size_t s = 0; s < c->n; s++) {
        if (s != c->base) {
            difference_node(c, s, t, differences, result);
        }
    }
}

/* ---- tables ---- */

/* Is this value part of every scenario? */
static bool is_common(const Compare *c, const MkKnown *known)
{
    for (size_t s = 0; s < c->n; s++) {
        const MkEvidence e = c->scenarios[s].evidence;
        bool is_there = false;
        for (size_t i = 0; i < e.n && !is_there; i++) {
            is_there = e.known[i].attribute == known->attribute &&
                       mk_value_equal(&e.known[i].value, &known->value);
        }
        if (!is_there) {
            return false;
        }
    }
    return true;
}

static const char *common_evidence(const Compare *c, MkArena *arena)
{
    const MkEvidence all = c->scenarios[0].evidence;
    MkKnown *kept = mk_arena_array(arena, all.n, sizeof *kept);
    size_t n = 0;
    for (size_t i = 0; kept != NULL && i < all.n; i++) {
        if (is_common(c, &all.known[i])) {
            kept[n++] = all.known[i];
        }
    }
    return mk_show_evidence(arena, c->query->model, (MkEvidence){.n = n, .known = kept});
}

/* What they share: the heading of all tables, the caption of all figures. */
static const char *title_of(const Compare *c, MkArena *arena)
{
    const char *common = common_evidence(c, arena);
    const char *name = mk_model_card(c->query->model)->name;
    return text_of(common[0] == '\0' ? mk_arena_printf(arena, "%s · %zu scenarios", name, c->n)
                                     : mk_arena_printf(arena, "%s · %zu scenarios, all given %s",
                                                       name, c->n, common));
}

static void heading(const Compare *c, MkResult *result)
{
    MkResultTable *head = mk_result_add_table(result, title_of(c, result->arena), 0, 0);
    if (head != NULL) {
        head->use = MK_TABLE_PEOPLE;
    }
}

static const MkValue *value_in(const Compare *c, size_t s, size_t attribute)
{
    const MkEvidence e = c->scenarios[s].evidence;
    for (size_t i = 0; i < e.n; i++) {
        if (e.known[i].attribute == attribute) {
            return &e.known[i].value;
        }
    }
    return NULL;
}

/* The attributes in which scenarios differ, in the order they are first said; returns their
 * number. */
static size_t differing(const Compare *c, size_t *attributes)
{
    size_t n = 0;
    for (size_t s = 0; s < c->n; s++) {
        const MkEvidence e = c->scenarios[s].evidence;
        for (size_t i = 0; i < e.n; i++) {
            bool is_new = !is_common(c, &e.known[i]);
            for (size_t k = 0; k < n && is_new; k++) {
                is_new = attributes[k] != e.known[i].attribute;
            }
            if (is_new) {
                attributes[n++] = e.known[i].attribute;
            }
        }
    }
    return n;
}

/* What the scenarios differ in stands after the answers, an attribute a row. */
static void legend_table(const Compare *c, MkResult *result)
{
    MkArena *arena = result->arena;
    size_t most = 0;
    for (size_t s = 0; s < c->n; s++) {
        most += c->scenarios[s].evidence.n;
    }
    size_t *attributes = mk_arena_array(arena, most, sizeof *attributes);
    const size_t n = attributes != NULL ? differing(c, attributes) : 0;
    MkResultTable *table =
        n > 0 ? mk_result_add_table(result, "What the scenarios differ in", 2 + c->n, n) : NULL;
    if (table == NULL) {
        return;
    }
    table->use = MK_TABLE_PEOPLE;
    mk_result_table_header(result, table, 0, "given", "Given", MK_ALIGN_LEFT);
    mk_result_table_header(result, table, 1, "unit", "Unit", MK_ALIGN_LEFT);
    for (size_t s = 0; s < c->n; s++) {
        mk_result_table_header(result, table, 2 + s, c->scenarios[s].name, c->scenarios[s].name,
                               MK_ALIGN_RIGHT);
    }
    for (size_t i = 0; i < n; i++) {
        const MkAttribute *attribute = mk_show_attribute(c->query->model, attributes[i]);
        mk_result_table_cell(result, table, i, 0, attribute->name, NULL);
        mk_result_table_cell(result, table, i, 1, attribute->unit, NULL);
        for (size_t s = 0; s < c->n; s++) {
            const MkValue *value = value_in(c, s, attributes[i]);
            mk_result_table_cell(
                result, table, i, 2 + s,
                value != NULL ? mk_show_value(arena, attribute, value, false) : "–", NULL);
        }
    }
}

static size_t rows_of(const Compare *c, size_t t)
{
    const MkAttribute *attribute = target_of(c, t);
    return mk_type_is_number(attribute->type) ? 1 : attribute->n_levels;
}

static const char *value_cell(const Compare *c, size_t s, size_t t, size_t k, MkArena *arena)
{
    const MkDistribution *d = answer_of(c, s, t);
    if (!mk_type_is_number(target_of(c, t)->type)) {
        return mk_show_share(arena, mk_dist_level(d, k));
    }
    const MkShowStep step = mk_show_step(c->query->model, c->query->targets[t]);
    const double end = 0.5 * (1 - c->query->level);
    return text_of(mk_arena_printf(arena, "%s (%s–%s)",
                                   mk_show_number(arena, mk_dist_quantile(d, 0.5), step),
                                   mk_show_number(arena, mk_dist_quantile(d, end), step),
                                   mk_show_number(arena, mk_dist_quantile(d, 1 - end), step)));
}

/* Rows for people: a number has one; levels stand indented under the name of their attribute. */
static size_t lines_of(const Compare *c, size_t t)
{
    return mk_type_is_number(target_of(c, t)->type) ? 1 : 1 + target_of(c, t)->n_levels;
}

static bool is_heading(const Compare *c, size_t t, size_t line)
{
    return line == 0 && !mk_type_is_number(target_of(c, t)->type);
}

static const char *row_name(const Compare *c, size_t t, size_t line, MkArena *arena)
{
    const MkAttribute *attribute = target_of(c, t);
    if (line == 0) {
        return attribute->name;
    }
    return text_of(mk_arena_printf(arena, "  %s", attribute->levels[line - 1].name));
}

/* Units stand in the table of differences; without them three scenarios fit into 80 columns. */
static void value_table(const Compare *c, MkResult *result)
{
    MkArena *arena = result->arena;
    size_t n_rows = 0;
    for (size_t t = 0; t < c->query->n_targets; t++) {
        n_rows += lines_of(c, t);
    }
    const char *title = mk_arena_printf(arena, "Median (%s interval), or share of a level",
                                        mk_show_level(arena, c->query->level));
    MkResultTable *table = mk_result_add_table(result, text_of(title), 1 + c->n, n_rows);
    if (table == NULL) {
        return;
    }
    table->use = MK_TABLE_PEOPLE;
    mk_result_table_header(result, table, 0, "attribute", "Attribute", MK_ALIGN_LEFT);
    for (size_t s = 0; s < c->n; s++) {
        mk_result_table_header(result, table, 1 + s, c->scenarios[s].name, c->scenarios[s].name,
                               MK_ALIGN_RIGHT);
    }
    size_t row = 0;
    for (size_t t = 0; t < c->query->n_targets; t++) {
        for (size_t k = 0; k < lines_of(c, t); k++, row++) {
            mk_result_table_cell(result, table, row, 0, row_name(c, t, k, arena), NULL);
            for (size_t s = 0; s < c->n && !is_heading(c, t, k); s++) {
                mk_result_table_cell(result, table, row, 1 + s,
                                     value_cell(c, s, t, k > 0 ? k - 1 : 0, arena), NULL);
            }
        }
    }
}

static const char *chance_text(const Difference *d, MkArena *arena)
{
    const double p = fmax(d->higher, 1 - d->higher);
    if (p < 0.505) {
        return "even";
    }
    const char *arrow = p < 0.55 ? "" : d->higher > 0.5 ? " ▲" : " ▼";
    return text_of(
        mk_arena_printf(arena, "%s %s%s", direction(d->higher), mk_show_share(arena, p), arrow));
}

static void difference_row(const Compare *c, size_t s, size_t t, size_t k, MkResultTable *table,
                           size_t row, MkResult *result)
{
    MkArena *arena = result->arena;
    const MkAttribute *attribute = target_of(c, t);
    const Difference *d = difference_of(c, s, t);
    mk_result_table_cell(result, table, row, 0, row_name(c, t, k, arena), NULL);
    mk_result_table_cell(result, table, row, 1, c->scenarios[s].name, NULL);
    if (mk_type_is_number(attribute->type)) {
        const MkShowStep step = mk_show_step(c->query->model, c->query->targets[t]);
        const char *shift = mk_show_shift(arena, d->median, 0, step);
        mk_result_table_cell(result, table, row, 2, shift[0] == '\0' ? "0" : shift, NULL);
        mk_result_table_cell(result, table, row, 3, attribute->unit, NULL);
        mk_result_table_cell(result, table, row, 4, mk_show_interval(arena, d->low, d->high, step),
                             NULL);
    } else if (k > 0) {
        const double change = mk_dist_level(answer_of(c, s, t), k - 1) -
                              mk_dist_level(answer_of(c, c->base, t), k - 1);
        const char *points = mk_show_points(arena, change);
        mk_result_table_cell(result, table, row, 2, points[0] == '\0' ? "0" : points, NULL);
        mk_result_table_cell(result, table, row, 3, "points", NULL);
    }
    if (has_order(attribute) && k == 0) {
        mk_result_table_cell(result, table, row, 5, chance_text(d, arena), NULL);
    }
}

static void difference_table(const Compare *c, MkResult *result)
{
    static const struct {
        const char *text;
        MkAlign align;
    } headers[] = {{"Attribute", MK_ALIGN_LEFT}, {"Scenario", MK_ALIGN_LEFT},
                   {"Change", MK_ALIGN_RIGHT},   {"Unit", MK_ALIGN_LEFT},
                   {"Interval", MK_ALIGN_LEFT},  {"Direction", MK_ALIGN_LEFT}};
    enum { COLUMNS = sizeof headers / sizeof headers[0] };
    size_t n_rows = 0;
    for (size_t t = 0; t < c->query->n_targets; t++) {
        n_rows += lines_of(c, t) * (c->n - 1);
    }
    const char *title = mk_arena_printf(
        result->arena,
        "Against %s: change of the median; %s interval and direction for two people, one of each",
        c->scenarios[c->base].name, mk_show_level(result->arena, c->query->level));
    MkResultTable *table = mk_result_add_table(result, text_of(title), COLUMNS, n_rows);
    if (table == NULL) {
        return;
    }
    table->use = MK_TABLE_PEOPLE;
    for (size_t i = 0; i < COLUMNS; i++) {
        mk_result_table_header(result, table, i, headers[i].text, headers[i].text,
                               headers[i].align);
    }
    size_t row = 0;
    for (size_t t = 0; t < c->query->n_targets; t++) {
        for (size_t s = 0; s < c->n; s++) {
            for (size_t k = 0; s != c->base && k < lines_of(c, t); k++) {
                difference_row(c, s, t, k, table, row++, result);
            }
        }
    }
}

static const char *const data_keys[] = {
    "scenario", "attribute", "unit",       "level",          "share",           "median",
    "low",      "high",      "difference", "difference_low", "difference_high", "higher"};
enum { DATA_COLUMNS = sizeof data_keys / sizeof data_keys[0] };

static void data_row(const Compare *c, size_t s, size_t t, size_t k, MkResultTable *table,
                     size_t row, MkResult *result)
{
    MkArena *arena = result->arena;
    const MkAttribute *attribute = target_of(c, t);
    const MkDistribution *d = answer_of(c, s, t);
    const Difference *change = difference_of(c, s, t);
    const double end = 0.5 * (1 - c->query->level);
    const char *cells[DATA_COLUMNS] = {c->scenarios[s].name, attribute->name, attribute->unit};
    if (mk_type_is_number(attribute->type)) {
        cells[5] = mk_show_exact(arena, mk_dist_quantile(d, 0.5));
        cells[6] = mk_show_exact(arena, mk_dist_quantile(d, end));
        cells[7] = mk_show_exact(arena, mk_dist_quantile(d, 1 - end));
        cells[8] = mk_show_exact(arena, change->median);
        cells[9] = mk_show_exact(arena, change->low);
        cells[10] = mk_show_exact(arena, change->high);
    } else {
        const double p = mk_dist_level(d, k);
        cells[3] = attribute->levels[k].name;
        cells[4] = mk_show_exact(arena, p);
        cells[8] = mk_show_exact(arena, p - mk_dist_level(answer_of(c, c->base, t), k));
    }
    cells[11] = has_order(attribute) ? mk_show_exact(arena, change->higher) : "";
    for (size_t i = 0; i < DATA_COLUMNS; i++) {
        mk_result_table_cell(result, table, row, i, text_of(cells[i]), NULL);
    }
}

static void data_table(const Compare *c, MkResult *result)
{
    size_t n_rows = 0;
    for (size_t t = 0; t < c->query->n_targets; t++) {
        n_rows += rows_of(c, t) * c->n;
    }
    MkResultTable *table = mk_result_add_table(result, "", DATA_COLUMNS, n_rows);
    if (table == NULL) {
        return;
    }
    table->use = MK_TABLE_DATA;
    for (size_t i = 0; i < DATA_COLUMNS; i++) {
        mk_result_table_header(result, table, i, data_keys[i], data_keys[i], MK_ALIGN_LEFT);
    }
    size_t row = 0;
    for (size_t t = 0; t < c->query->n_targets; t++) {
        for (size_t s = 0; s < c->n; s++) {
            for (size_t k = 0; k < rows_of(c, t); k++) {
                data_row(c, s, t, k, table, row++, result);
            }
        }
    }
}

/* ---- figures ---- */

static void number_figure(const Compare *c, size_t t, MkFigure *figure, MkResult *result)
{
    const MkModel *model = c->query->model;
    const size_t j = c->query->targets[t];
    MkDistribution *all = mk_arena_array(result->arena, c->n, sizeof *all);
    double low = 0, high = 1;
    if (all == NULL) {
        return;
    }
    for (size_t s = 0; s < c->n; s++) {
        all[s] = *answer_of(c, s, t);
    }
    mk_curve_axis(model, j, all, c->n, &low, &high);
    const size_t n_values = mk_curve_values(model, j, low, high);
    MkCurve curve;
    figure->x_is_log = mk_curve_is_log(model, j);
    figure->y_label = n_values > 0       ? "probability"
                      : figure->x_is_log ? "density per factor of 10"
                                         : "density";
    figure->x_is_label = n_values > 0;
    if (n_values == 0) {
        figure->x_min = low;
        figure->x_max = high;
        mk_curve_make(model, j, mk_model_population(model, j), low, high, &curve);
        (void)mk_curve_series(result, figure, &curve, MK_SERIES_FILL, MK_ROLE_POPULATION,
                              "population", -INFINITY, INFINITY);
    }
    for (size_t s = 0; s < c->n; s++) {
        MkSeries *series = NULL;
        if (n_values > 0) {
            series = mk_curve_bars(result, figure, &all[s], low, n_values, MK_ROLE_SCENARIO,
                                   c->scenarios[s].name);
        } else {
            const char *name =
                mk_arena_printf(result->arena, "%s, median %s", c->scenarios[s].name,
                                mk_show_number(result->arena, mk_dist_quantile(&all[s], 0.5),
                                               mk_show_step(model, j)));
            mk_curve_make(model, j, &all[s], low, high, &curve);
            series = mk_curve_series(result, figure, &curve, MK_SERIES_LINE, MK_ROLE_SCENARIO,
                                     text_of(name), -INFINITY, INFINITY);
        }
        if (series != NULL) {
            series->index = s;
        }
    }
}

static void target_figure(const Compare *c, size_t t, MkResult *result)
{
    const MkAttribute *attribute = target_of(c, t);
    const char *axis = mk_show_axis(result->arena, attribute);
    MkFigure *figure = mk_result_add_figure(result, attribute->label);
    if (figure == NULL) {
        return;
    }
    figure->x_label = axis;
    figure->caption = title_of(c, result->arena);
    if (mk_type_is_number(attribute->type)) {
        number_figure(c, t, figure, result);
        return;
    }
    figure->x_is_label = true;
    figure->y_label = "probability";
    for (size_t s = 0; s < c->n; s++) {
        MkSeries *series = mk_curve_levels(result, figure, answer_of(c, s, t), MK_ROLE_SCENARIO,
                                           c->scenarios[s].name);
        if (series != NULL) {
            series->index = s;
        }
    }
}

/* All number targets in one picture: change of the median in standard deviations of the population.
 */
static void change_figure(const Compare *c, MkResult *result)
{
    size_t n = 0;
    for (size_t t = 0; t < c->query->n_targets; t++) {
        n += mk_type_is_number(target_of(c, t)->type) ? 1 : 0;
    }
    if (n == 0 || c->n < 2) {
        return;
    }
    const char *title =
        mk_arena_printf(result->arena, "Changes against %s", c->scenarios[c->base].name);
    MkFigure *figure = mk_result_add_figure(result, text_of(title));
    if (figure == NULL) {
        return;
    }
    figure->x_is_label = true;
    figure->y_label = "change of the median (population sd)";
    figure->caption = text_of(mk_arena_printf(
        result->arena, "bar: change of the median; whisker: %s interval for two people · %s",
        mk_show_level(result->arena, c->query->level), title_of(c, result->arena)));
    for (size_t s = 0; s < c->n; s++) {
        if (s == c->base) {
            continue;
        }
        MkSeries *bars = mk_figure_add_series(result, figure, MK_SERIES_BARS, MK_ROLE_SCENARIO,
                                              c->scenarios[s].name, n);
        if (bars == NULL) {
            return;
        }
        bars->index = s;
        size_t i = 0;
        for (size_t t = 0; t < c->query->n_targets; t++) {
            if (mk_type_is_number(target_of(c, t)->type)) {
                const double sd = mk_model_marginal(c->query->model, c->query->targets[t])->sd;
                const Difference *change = difference_of(c, s, t);
                const double unit = sd > 0 ? sd : 1;
                mk_series_label(result, bars, i, target_of(c, t)->name);
                mk_series_span(bars, i, change->low / unit, change->high / unit);
                mk_series_point(bars, i++, 0, sd > 0 ? change->median / sd : 0);
            }
        }
    }
}

static void notes(const Compare *c, MkResult *result)
{
    for (size_t s = 0; s < c->n; s++) {
        const MkScenario *scenario = &c->scenarios[s];
        mk_note_support(result, scenario->name, c->support[s]);
        mk_note_outside(result, c->query->model, scenario->evidence);
        mk_note_mix(result, c->query->model, &c->mixes[s]);
        mk_note_linkage(result, c->query->model, scenario->evidence, c->query->targets,
                        c->query->n_targets);
    }
    mk_note_association(result);
}

MkStatus mk_query_compare(const MkQuery *query, const MkScenario *scenarios, size_t n, size_t base,
                          MkResult *result, MkError *err)
{
    if (n == 0 || base >= n) {
        return mk_fail(err, MK_EINVAL, "no scenario to compare");
    }
    if (query->n_targets == 0) {
        return mk_fail(err, MK_EINVAL, "no target to compare");
    }
    Compare c = {.query = query, .scenarios = scenarios, .n = n, .base = base};
    MK_TRY(ask(&c, result->arena, err));
    MkNode *root = mk_node_object(result, NULL, NULL);
    (void)mk_node_string(result, root, "model", mk_model_card(query->model)->name);
    scenario_nodes(&c, root, result);
    (void)mk_node_string(result, root, "method", "independent people, 200 quantiles each");
    MkNode *targets = mk_node_array(result, root, "targets");
    for (size_t t = 0; t < query->n_targets; t++) {
        if (has_order(target_of(&c, t))) {
            find_differences(&c, t);
        }
        target_node(&c, t, targets, result);
        target_figure(&c, t, result);
    }
    change_figure(&c, result);
    heading(&c, result);
    value_table(&c, result);
    if (n > 1) {
        difference_table(&c, result);
    }
    legend_table(&c, result);
    data_table(&c, result);
    mk_figure_nodes(result, root, "figures");
    notes(&c, result);
    return mk_result_status(result, err);
}
