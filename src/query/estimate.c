/* estimate.c - mk_query_posterior and mk_query_estimate; answer.h for what plots share. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "src/query/answer.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "src/query/show.h"

enum { BAR_CELLS = 20, LEVEL_TABLES_MAX = 8 };

MkStatus mk_query_posterior(const MkQuery *query, MkArena *arena, MkDistribution *out, MkError *err)
{
    MkMix mix;
    MK_TRY(
        mk_mix_make(query->model, query->evidence, query->seed, query->cancel, arena, &mix, err));
    return mk_mix_posterior(query->model, &mix, query->targets, query->n_targets, query->cancel,
                            arena, out, err);
}

MkStatus mk_answer_ask(const MkQuery *query, MkResult *result, MkAnswer *out, MkError *err)
{
    MkAnswer answer = {0};
    answer.posterior = mk_arena_zeros(result->arena, query->n_targets, sizeof *answer.posterior);
    answer.modes = mk_arena_zeros(result->arena, query->n_targets, sizeof *answer.modes);
    if (answer.posterior == NULL || answer.modes == NULL) {
        return mk_fail(err, MK_ENOMEM, "out of memory for an estimate");
    }
    MK_TRY(mk_mix_make(query->model, query->evidence, query->seed, query->cancel, result->arena,
                       &answer.mix, err));
    MK_TRY(mk_mix_posterior(query->model, &answer.mix, query->targets, query->n_targets,
                            query->cancel, result->arena, answer.posterior, err));
    MK_TRY(mk_mix_support(query->model, &answer.mix, result->arena, &answer.support, err));
    for (size_t t = 0; t < query->n_targets; t++) {
        answer.modes[t] = mk_dist_mode(&answer.posterior[t]);
    }
    const bool is_long = query->n_targets > MK_LINKS_TARGETS;
    mk_links_find(query->model, query->evidence, query->targets, query->n_targets,
                  is_long ? MK_LINKS_NAMED : MK_LINKS_DETAILED, true, result->arena, &answer.links);
    *out = answer;
    return MK_OK;
}

/* ---- JSON ---- */

MkNode *mk_answer_root(const MkQuery *query, const MkAnswer *answer, MkResult *result)
{
    MkNode *root = mk_node_object(result, NULL, NULL);
    (void)mk_node_string(result, root, "model", mk_model_card(query->model)->name);
    mk_show_given(result, root, "given", query->model, query->evidence);
    MkNode *support = mk_node_object(result, root, "support");
    (void)mk_node_number(result, support, "percentile", answer->support);
    return root;
}

static void put_finite(MkResult *result, MkNode *object, const char *key, double x)
{
    if (isfinite(x)) {
        (void)mk_node_number(result, object, key, x);
    }
}

void mk_answer_number(MkResult *result, MkNode *object, const MkDistribution *d, double mode,
                      double level)
{
    static const struct {
        const char *key;
        double q;
    } quantiles[] = {{"0.05", 0.05}, {"0.25", 0.25}, {"0.5", 0.5}, {"0.75", 0.75}, {"0.95", 0.95}};
    put_finite(result, object, "mean", mk_dist_mean(d));
    put_finite(result, object, "sd", mk_dist_sd(d));
    put_finite(result, object, "median", mk_dist_quantile(d, 0.5));
    put_finite(result, object, "mode", mode);
    mk_show_interval_node(result, object, level, mk_dist_quantile(d, 0.5 * (1 - level)),
                          mk_dist_quantile(d, 0.5 * (1 + level)));
    MkNode *list = mk_node_object(result, object, "quantiles");
    for (size_t i = 0; i < sizeof quantiles / sizeof quantiles[0]; i++) {
        put_finite(result, list, quantiles[i].key, mk_dist_quantile(d, quantiles[i].q));
    }
}

void mk_answer_levels(MkResult *result, MkNode *object, const MkDistribution *d)
{
    const MkAttribute *attribute = d->attribute;
    (void)mk_node_string(result, object, "mode", attribute->levels[(size_t)mk_dist_mode(d)].name);
    if (attribute->type == MK_ORDINAL) {
        (void)mk_node_string(result, object, "median",
                             attribute->levels[(size_t)mk_dist_quantile(d, 0.5)].name);
    }
    MkNode *levels = mk_node_object(result, object, "levels");
    for (size_t k = 0; k < attribute->n_levels; k++) {
        (void)mk_node_number(result, levels, attribute->levels[k].name, mk_dist_level(d, k));
    }
}

static void estimate_node(const MkQuery *query, const MkAnswer *answer, size_t t, MkNode *list,
                          MkResult *result)
{
    const size_t j = query->targets[t];
    const MkAttribute *attribute = mk_show_attribute(query->model, j);
    const MkDistribution *d = &answer->posterior[t];
    const MkDistribution *population = mk_model_population(query->model, j);
    MkNode *node = mk_node_object(result, list, NULL);
    (void)mk_node_string(result, node, "attribute", attribute->name);
    (void)mk_node_string(result, node, "label", attribute->label);
    (void)mk_node_string(result, node, "type", mk_type_name(attribute->type));
    if (attribute->unit[0] != '\0') {
        (void)mk_node_string(result, node, "unit", attribute->unit);
    }
    MkNode *other = NULL;
    if (mk_type_is_number(attribute->type)) {
        mk_answer_number(result, node, d, answer->modes[t], query->level);
        other = mk_node_object(result, node, "population");
        put_finite(result, other, "median", mk_dist_quantile(population, 0.5));
        put_finite(result, node, "difference",
                   mk_dist_quantile(d, 0.5) - mk_dist_quantile(population, 0.5));
    } else {
        mk_answer_levels(result, node, d);
        other = mk_node_object(result, node, "population");
        mk_answer_levels(result, other, population);
    }
    (void)mk_node_number(result, node, "shift", mk_show_standard_shift(query->model, j, d));
    (void)mk_node_number(result, node, "co_observed",
                         (double)mk_show_co_observed(query->model, query->evidence, j));
    mk_links_nodes(query->model, &answer->links, t, node, result);
}

/* ---- tables for people ---- */

static size_t count_numbers(const MkQuery *query)
{
    size_t n = 0;
    for (size_t t = 0; t < query->n_targets; t++) {
        n += mk_show_is_number(query->model, query->targets[t]) ? 1 : 0;
    }
    return n;
}

static void number_row(const MkQuery *query, const MkDistribution *d, size_t j,
                       MkResultTable *table, size_t row, MkResult *result)
{
    MkArena *arena = result->arena;
    const MkAttribute *attribute = mk_show_attribute(query->model, j);
    const MkShowStep step = mk_show_step(query->model, j);
    const double median = mk_dist_quantile(d, 0.5);
    const double usual = mk_dist_quantile(mk_model_population(query->model, j), 0.5);
    const double low = mk_dist_quantile(d, 0.5 * (1 - query->level));
    const double high = mk_dist_quantile(d, 0.5 * (1 + query->level));
    const double sd = mk_model_marginal(query->model, j)->sd;
    const char *const cells[] = {attribute->name,
                                 mk_show_number(arena, median, step),
                                 mk_show_interval(arena, low, high, step),
                                 attribute->unit,
                                 mk_show_number(arena, usual, step),
                                 mk_show_shift(arena, median - usual, sd, step),
                                 attribute->label};
    for (size_t c = 0; c < sizeof cells / sizeof cells[0]; c++) {
        mk_result_table_cell(result, table, row, c, cells[c], NULL);
    }
}

typedef struct Header {
    const char *key;
    const char *text;
    MkAlign align;
} Header;

static void set_headers(MkResult *result, MkResultTable *table, const Header *headers, size_t n)
{
    for (size_t c = 0; c < n; c++) {
        mk_result_table_header(result, table, c, headers[c].key, headers[c].text, headers[c].align);
    }
}

static void number_table(const MkQuery *query, const MkAnswer *answer, MkResult *result)
{
    const char *interval =
        mk_arena_printf(result->arena, "%s interval", mk_show_level(result->arena, query->level));
    const Header headers[] = {{"attribute", "Attribute", MK_ALIGN_LEFT},
                              {"median", "Median", MK_ALIGN_RIGHT},
                              {"interval", interval, MK_ALIGN_LEFT},
                              {"unit", "Unit", MK_ALIGN_LEFT},
                              {"population", "Population", MK_ALIGN_RIGHT},
                              {"shift", "Shift", MK_ALIGN_LEFT},
                              {"label", "Label", MK_ALIGN_LEFT}};
    const size_t n_columns = sizeof headers / sizeof headers[0];
    const size_t n_rows = count_numbers(query);
    if (n_rows == 0) {
        return;
    }
    MkResultTable *table = mk_result_add_table(result, "", n_columns, n_rows);
    if (table == NULL) {
        return;
    }
    table->use = MK_TABLE_PEOPLE;
    set_headers(result, table, headers, n_columns);
    size_t row = 0;
    for (size_t t = 0; t < query->n_targets; t++) {
        if (mk_show_is_number(query->model, query->targets[t])) {
            number_row(query, &answer->posterior[t], query->targets[t], table, row++, result);
        }
    }
}

static const Header level_headers[] = {{"level", "Level", MK_ALIGN_LEFT},
                                       {"share", "Share", MK_ALIGN_RIGHT},
                                       {"bar", "", MK_ALIGN_LEFT},
                                       {"population", "Population", MK_ALIGN_RIGHT},
                                       {"shift", "Shift, points", MK_ALIGN_LEFT}};
enum { LEVEL_COLUMNS = sizeof level_headers / sizeof level_headers[0] };

static void level_row(const MkDistribution *d, const MkDistribution *population, size_t k,
                      MkResultTable *table, size_t row, size_t first, MkResult *result)
{
    MkArena *arena = result->arena;
    const double p = mk_dist_level(d, k);
    const double usual = mk_dist_level(population, k);
    const char *const cells[LEVEL_COLUMNS] = {
        d->attribute->levels[k].name, mk_show_share(arena, p), mk_show_bar(arena, p, BAR_CELLS),
        mk_show_share(arena, usual), mk_show_points(arena, p - usual)};
    for (size_t c = 0; c < LEVEL_COLUMNS; c++) {
        mk_result_table_cell(result, table, row, first + c, cells[c], NULL);
    }
}

/* One table a target: a row for each level. */
static void level_table(const MkQuery *query, const MkDistribution *d, size_t j, MkResult *result)
{
    const MkAttribute *attribute = mk_show_attribute(query->model, j);
    const char *median = "";
    if (attribute->type == MK_ORDINAL) {
        median = mk_arena_printf(result->arena, "; median: %s",
                                 attribute->levels[(size_t)mk_dist_quantile(d, 0.5)].name);
    }
    const char *title = mk_arena_printf(result->arena, "%s: %s%s", attribute->name,
                                        attribute->label, median == NULL ? "" : median);
    MkResultTable *table = mk_result_add_table(result, title, LEVEL_COLUMNS, attribute->n_levels);
    if (table == NULL) {
        return;
    }
    table->use = MK_TABLE_PEOPLE;
    set_headers(result, table, level_headers, LEVEL_COLUMNS);
    for (size_t k = 0; k < attribute->n_levels; k++) {
        level_row(d, mk_model_population(query->model, j), k, table, k, 0, result);
    }
}

/* Many level targets: one row each with its likeliest level. */
static void level_summary(const MkQuery *query, const MkAnswer *answer, size_t n_rows,
                          MkResult *result)
{
    MkResultTable *table = mk_result_add_table(result, "", LEVEL_COLUMNS + 1, n_rows);
    if (table == NULL) {
        return;
    }
    table->use = MK_TABLE_PEOPLE;
    mk_result_table_header(result, table, 0, "attribute", "Attribute", MK_ALIGN_LEFT);
    for (size_t c = 0; c < LEVEL_COLUMNS; c++) {
        mk_result_table_header(result, table, c + 1, level_headers[c].key,
                               c == 0 ? "Likeliest" : level_headers[c].text,
                               level_headers[c].align);
    }
    size_t row = 0;
    for (size_t t = 0; t < query->n_targets; t++) {
        const size_t j = query->targets[t];
        if (!mk_show_is_number(query->model, j)) {
            const MkDistribution *d = &answer->posterior[t];
            mk_result_table_cell(result, table, row, 0, d->attribute->name, NULL);
            level_row(d, mk_model_population(query->model, j), (size_t)mk_dist_mode(d), table,
                      row++, 1, result);
        }
    }
}

/* What is known stands alone above the tables. */
static void people_tables(const MkQuery *query, const MkAnswer *answer, MkResult *result)
{
    const char *title = mk_show_title(result->arena, query->model, query->evidence);
    MkResultTable *head = mk_result_add_table(result, title, 0, 0);
    const size_t n_levels = query->n_targets - count_numbers(query);
    if (head != NULL) {
        head->use = MK_TABLE_PEOPLE;
    }
    number_table(query, answer, result);
    if (n_levels > LEVEL_TABLES_MAX) {
        level_summary(query, answer, n_levels, result);
        return;
    }
    for (size_t t = 0; t < query->n_targets; t++) {
        if (!mk_show_is_number(query->model, query->targets[t])) {
            level_table(query, &answer->posterior[t], query->targets[t], result);
        }
    }
}

/* ---- the table for programs ---- */

static const Header data_headers[] = {{"attribute", "attribute", MK_ALIGN_LEFT},
                                      {"type", "type", MK_ALIGN_LEFT},
                                      {"unit", "unit", MK_ALIGN_LEFT},
                                      {"level", "level", MK_ALIGN_LEFT},
                                      {"share", "share", MK_ALIGN_RIGHT},
                                      {"median", "median", MK_ALIGN_RIGHT},
                                      {"low", "low", MK_ALIGN_RIGHT},
                                      {"high", "high", MK_ALIGN_RIGHT},
                                      {"interval", "interval", MK_ALIGN_RIGHT},
                                      {"mean", "mean", MK_ALIGN_RIGHT},
                                      {"sd", "sd", MK_ALIGN_RIGHT},
                                      {"mode", "mode", MK_ALIGN_RIGHT},
                                      {"q25", "q25", MK_ALIGN_RIGHT},
                                      {"q75", "q75", MK_ALIGN_RIGHT},
                                      {"population", "population", MK_ALIGN_RIGHT},
                                      {"shift", "shift", MK_ALIGN_RIGHT},
                                      {"co_observed", "co_observed", MK_ALIGN_RIGHT}};
enum { DATA_COLUMNS = sizeof data_headers / sizeof data_headers[0] };

static void put_row(MkResult *result, MkResultTable *table, size_t row,
                    const char *const cells[DATA_COLUMNS])
{
    for (size_t c = 0; c < DATA_COLUMNS; c++) {
        mk_result_table_cell(result, table, row, c, cells[c], NULL);
    }
}

static size_t data_rows(const MkQuery *query)
{
    size_t n = 0;
    for (size_t t = 0; t < query->n_targets; t++) {
        const MkAttribute *attribute = mk_show_attribute(query->model, query->targets[t]);
        n += mk_type_is_number(attribute->type) ? 1 : attribute->n_levels;
    }
    return n;
}

static void data_number(const MkQuery *query, const MkDistribution *d, double mode, size_t j,
                        MkResultTable *table, size_t row, MkResult *result)
{
    MkArena *a = result->arena;
    const MkAttribute *attribute = mk_show_attribute(query->model, j);
    const double usual = mk_dist_quantile(mk_model_population(query->model, j), 0.5);
    const double tail = 0.5 * (1 - query->level);
    const char *const cells[DATA_COLUMNS] = {
        attribute->name,
        mk_type_name(attribute->type),
        attribute->unit,
        "",
        "",
        mk_show_exact(a, mk_dist_quantile(d, 0.5)),
        mk_show_exact(a, mk_dist_quantile(d, tail)),
        mk_show_exact(a, mk_dist_quantile(d, 1 - tail)),
        mk_show_exact(a, query->level),
        mk_show_exact(a, mk_dist_mean(d)),
        mk_show_exact(a, mk_dist_sd(d)),
        mk_show_exact(a, mode),
        mk_show_exact(a, mk_dist_quantile(d, 0.25)),
        mk_show_exact(a, mk_dist_quantile(d, 0.75)),
        mk_show_exact(a, usual),
        mk_show_exact(a, mk_show_standard_shift(query->model, j, d)),
        mk_show_exact(a, (double)mk_show_co_observed(query->model, query->evidence, j))};
    put_row(result, table, row, cells);
}

static void data_level(const MkQuery *query, const MkDistribution *d, size_t j, size_t k,
                       MkResultTable *table, size_t row, MkResult *result)
{
    MkArena *a = result->arena;
    const MkAttribute *attribute = mk_show_attribute(query->model, j);
    const double usual = mk_dist_level(mk_model_population(query->model, j), k);
    const bool is_ordinal = attribute->type == MK_ORDINAL;
    const char *const cells[DATA_COLUMNS] = {
        attribute->name,
        mk_type_name(attribute->type),
        attribute->unit,
        attribute->levels[k].name,
        mk_show_exact(a, mk_dist_level(d, k)),
        is_ordinal ? attribute->levels[(size_t)mk_dist_quantile(d, 0.5)].name : "",
        "",
        "",
        "",
        "",
        "",
        attribute->levels[(size_t)mk_dist_mode(d)].name,
        "",
        "",
        mk_show_exact(a, usual),
        mk_show_exact(a, mk_show_clean(mk_dist_level(d, k) - usual)),
        mk_show_exact(a, (double)mk_show_co_observed(query->model, query->evidence, j))};
    put_row(result, table, row, cells);
}

static void data_table(const MkQuery *query, const MkAnswer *answer, MkResult *result)
{
    MkResultTable *table = mk_result_add_table(result, "", DATA_COLUMNS, data_rows(query));
    if (table == NULL) {
        return;
    }
    table->use = MK_TABLE_DATA;
    set_headers(result, table, data_headers, DATA_COLUMNS);
    size_t row = 0;
    for (size_t t = 0; t < query->n_targets; t++) {
        const size_t j = query->targets[t];
        const MkAttribute *attribute = mk_show_attribute(query->model, j);
        const MkDistribution *d = &answer->posterior[t];
        if (mk_type_is_number(attribute->type)) {
            data_number(query, d, answer->modes[t], j, table, row++, result);
            continue;
        }
        for (size_t k = 0; k < attribute->n_levels; k++) {
            data_level(query, d, j, k, table, row++, result);
        }
    }
}

/* ---- all of it ---- */

void mk_answer_estimates(const MkQuery *query, const MkAnswer *answer, MkNode *root,
                         MkResult *result)
{
    MkNode *list = mk_node_array(result, root, "estimates");
    for (size_t t = 0; t < query->n_targets; t++) {
        estimate_node(query, answer, t, list, result);
    }
    people_tables(query, answer, result);
    data_table(query, answer, result);
}

static void note_given(const MkQuery *query, MkResult *result)
{
    for (size_t t = 0; t < query->n_targets; t++) {
        if (mk_evidence_find(query->evidence, query->targets[t]) != NULL) {
            mk_result_note(result, "%s is itself given: the answer is what is known of it.",
                           mk_show_attribute(query->model, query->targets[t])->name);
        }
    }
}

void mk_answer_notes(const MkQuery *query, const MkAnswer *answer, MkResult *result)
{
    note_given(query, result);
    mk_note_support(result, "", answer->support);
    mk_note_outside(result, query->model, query->evidence);
    mk_note_mix(result, query->model, &answer->mix);
    mk_note_not_asked(result, query->model, query->evidence, query->targets, query->n_targets);
    mk_note_links(result, query->model, &answer->links);
    mk_note_association(result);
}

MkStatus mk_query_estimate(const MkQuery *query, MkResult *result, MkError *err)
{
    if (query->n_targets == 0) {
        return mk_fail(err, MK_EINVAL, "no target to estimate");
    }
    MkAnswer answer;
    MK_TRY(mk_answer_ask(query, result, &answer, err));
    MkNode *root = mk_answer_root(query, &answer, result);
    mk_answer_estimates(query, &answer, root, result);
    mk_answer_notes(query, &answer, result);
    return mk_result_status(result, err);
}
