#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "src/eval/report.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/eval/report_priv.h"
#include "src/eval/put.h"

enum { WORST_SHOWN = 10 };
#define HEADERS(h) (h), sizeof(h) / sizeof *(h)

static const MkCard *card_of(const MkReport *report, size_t o)
{
    return mk_model_card(o > 0 ? report->others[o - 1] : report->model);
}

const char *mk_report_name(const MkReport *report, size_t o, MkArena *arena)
{
    const MkCard *const card = card_of(report, o);
    bool same_name = false, same_version = false;
    for (size_t k = 0; k <= report->n_others; k++) {
        const MkCard *const other = card_of(report, k);
        const bool is_alike = k != o && strcmp(other->name, card->name) == 0;
        same_name |= is_alike;
        same_version |= is_alike && strcmp(other->version, card->version) == 0;
    }
    const char *name = card->name;
    if (same_name && !same_version) {
        name = mk_arena_printf(arena, "%s %s", card->name, card->version);
    } else if (same_version && o > 0) {
        name = mk_arena_printf(arena, "%s (%zu)", card->name, o + 1);
    }
    return name != NULL ? name : "";
}

MkResultTable *mk_report_table(const MkReport *report, MkResult *result, const char *title,
                               const MkPutHeader *headers, size_t n_columns, size_t n_left,
                               size_t n_rows)
{
    MkPutHeader *const all =
        mk_arena_array(result->arena, n_columns + report->n_others, sizeof *all);
    if (all == NULL) {
        result->failed = true;
        return NULL;
    }
    memcpy(all, headers, n_columns * sizeof *all);
    for (size_t o = 0; o < report->n_others; o++) {
        const char *const key = mk_arena_printf(result->arena, "other_%zu", o + 1);
        all[n_columns + o] = (MkPutHeader){o == 0        ? "other"
                                           : key != NULL ? key
                                                         : "",
                                           mk_report_name(report, o + 1, result->arena)};
    }
    return mk_put_table(result, title, all, n_columns + report->n_others, n_left, n_rows);
}

static const MkAttribute *attribute_of(const MkReport *report, size_t j)
{
    return &mk_model_schema(report->model)->attributes[j];
}

/* ---- statistics ---- */

void mk_report_statistics(MkResult *result, MkNode *parent, const MkBoard *board)
{
    MkNode *const all = mk_node_object(result, parent, "statistics");
    for (int k = 0; k < MK_N_STATS; k++) {
        if (!isnan(board->stats[k])) {
            MkNode *const node = mk_node_object(result, all, mk_stat_name((MkStat)k));
            (void)mk_node_number(result, node, "value", board->stats[k]);
            mk_put_node(result, node, "standard_error", board->errors[k]);
            (void)mk_node_number(result, node, "count", (double)board->counts[k]);
        }
    }
}

/* The table for programs: every statistic. */
static void report_statistics(const MkReport *report, MkResult *result)
{
    static const MkPutHeader headers[] = {
        {"statistic", "Statistic"}, {"value", "Value"}, {"standard_error", "±"}, {"count", "Of"}};
    enum { COLUMNS = sizeof headers / sizeof *headers };
    const MkBoard *const boards = report->parts[0].boards;
    size_t n = 0, row = 0;
    for (size_t k = 0; k < MK_N_STATS; k++) {
        n += isnan(boards[0].stats[k]) ? 0U : 1U;
    }
    MkResultTable *const table =
        mk_report_table(report, result, "Statistics", headers, COLUMNS, 1, n);
    if (table != NULL) {
        table->use = MK_TABLE_DATA;
    }
    for (int k = 0; k < MK_N_STATS; k++) {
        if (isnan(boards[0].stats[k])) {
            continue;
        }
        mk_result_table_cell(result, table, row, 0, mk_stat_label((MkStat)k),
                             mk_stat_name((MkStat)k));
        mk_put_number(result, table, row, 1, boards[0].stats[k], 4);
        mk_put_number(result, table, row, 2, boards[0].errors[k], 4);
        mk_put_count(result, table, row, 3, boards[0].counts[k]);
        for (size_t o = 0; o < report->n_others; o++) {
            mk_put_number(result, table, row, COLUMNS + o, boards[1 + o].stats[k], 4);
        }
        row++;
    }
}

/* ---- bands ---- */

static const char *band_words(MkResult *result, const MkBoardBand *band)
{
    const char *text = NULL;
    if (band->high == SIZE_MAX) {
        text = mk_arena_printf(result->arena, "over %zu", band->low - 1);
    } else if (band->low == band->high) {
        text = mk_arena_printf(result->arena, "%zu", band->low);
    } else {
        text = mk_arena_printf(result->arena, "%zu–%zu", band->low, band->high);
    }
    return text != NULL ? text : "";
}

static void report_bands(const MkBoard *board, MkResult *result, MkNode *root)
{
    static const MkPutHeader headers[] = {{"known", "Known"},       {"numbers", "Numbers"},
                                          {"crps", "CRPS/sd"},      {"error", "|error|/sd"},
                                          {"coverage", "Coverage"}, {"levels", "Levels"},
                                          {"brier", "Brier"},       {"accuracy", "Accuracy"}};
    size_t n = 0;
    for (size_t b = 0; b < MK_BOARD_BANDS; b++) {
        n += board->bands[b].n_numbers + board->bands[b].n_levels > 0 ? 1U : 0U;
    }
    MkResultTable *const table =
        mk_put_table(result, "By how much was known", HEADERS(headers), 1, n);
    MkNode *const list = mk_node_array(result, root, "bands");
    size_t row = 0;
    for (size_t b = 0; b < MK_BOARD_BANDS; b++) {
        const MkBoardBand *const band = &board->bands[b];
        if (band->n_numbers + band->n_levels == 0) {
            continue;
        }
        const MkMeasured values[] = {band->crps, band->error, band->cover, band->brier,
                                     band->accuracy};
        static const size_t columns[] = {2, 3, 4, 6, 7};
        MkNode *const node = mk_node_object(result, list, NULL);
        (void)mk_node_string(result, node, "known", band_words(result, band));
        (void)mk_node_number(result, node, "numbers", (double)band->n_numbers);
        (void)mk_node_number(result, node, "levels", (double)band->n_levels);
        mk_result_table_cell(result, table, row, 0, band_words(result, band), NULL);
        mk_put_count(result, table, row, 1, band->n_numbers);
        mk_put_count(result, table, row, 5, band->n_levels);
        for (size_t k = 0; k < sizeof values / sizeof *values; k++) {
            mk_put_measured(result, table, row, columns[k], values[k], 3);
            mk_put_measured_node(result, node, headers[columns[k]].key, values[k]);
        }
        row++;
    }
}

/* ---- attributes ---- */

/* Score of the point against that of the training median or mode: |error|/sd, or share wrong. */
static void report_attributes(const MkReport *report, MkResult *result, MkNode *root)
{
    static const MkPutHeader headers[] = {{"attribute", "Attribute"},    {"type", "Type"},
                                          {"people", "People"},          {"loss", "CRPS/sd, Brier"},
                                          {"miss", "|error|/sd, wrong"}, {"base", "Median, mode"},
                                          {"other", "Other model"},      {"coverage", "Coverage"},
                                          {"log_prob", "Log prob."},     {"common", "Commonest"}};
    const size_t n = mk_model_schema(report->model)->n;
    const MkBoard *const board = &report->parts[0].boards[0], *const other =
                                                                  report->n_others > 0
                                                                      ? &report->parts[0].boards[1]
                                                                      : NULL;
    MkResultTable *const table = mk_put_table(result, "Attributes", HEADERS(headers), 2, n);
    MkNode *const list = mk_node_array(result, root, "attributes");
    if (table != NULL) {
        table->use = MK_TABLE_DATA;
    }
    for (size_t j = 0; j < n; j++) {
        const MkAttribute *const a = attribute_of(report, j);
        const MkBoardRow *const r = &board->rows[j];
        const double values[] = {r->loss,
                                 r->miss,
                                 r->base,
                                 other != NULL ? other->rows[j].miss : NAN,
                                 r->cover,
                                 r->log_prob,
                                 report->yards[j].common};
        MkNode *const node = mk_node_object(result, list, NULL);
        (void)mk_node_string(result, node, "attribute", a->name);
        (void)mk_node_string(result, node, "type", mk_type_name(a->type));
        (void)mk_node_number(result, node, "people", (double)r->n);
        mk_result_table_cell(result, table, j, 0, a->name, NULL);
        mk_result_table_cell(result, table, j, 1, mk_type_name(a->type), NULL);
        mk_put_count(result, table, j, 2, r->n);
        for (size_t k = 0; k < sizeof values / sizeof *values; k++) {
            mk_put_number(result, table, j, 3 + k, values[k], 4);
            mk_put_node(result, node, headers[3 + k].key, values[k]);
        }
        mk_put_node(result, node, "loss_standard_error", r->loss_error);
        mk_put_node(result, node, "miss_standard_error", r->miss_error);
        mk_put_node(result, node, "coverage_standard_error", r->cover_error);
    }
}

typedef struct Behind {
    size_t j;
    double by;
} Behind;

static int by_distance(const void *a, const void *b)
{
    const Behind *const x = a, *const y = b;
    if (x->by > y->by || x->by < y->by) {
        return x->by < y->by ? 1 : -1;
    }
    return (x->j > y->j) - (x->j < y->j);
}

/* The attributes for which knowing nothing would have been better, for people. */
static void report_worst(const MkReport *report, MkResult *result)
{
    static const MkPutHeader headers[] = {{"attribute", "Attribute"},
                                          {"people", "People"},
                                          {"miss", "|error|/sd, wrong"},
                                          {"base", "Median, mode"},
                                          {"common", "Commonest"}};
    const size_t n = mk_model_schema(report->model)->n;
    Behind *const all = mk_arena_array(result->arena, n, sizeof *all);
    size_t n_behind = 0;
    for (size_t j = 0; j < n && all != NULL; j++) {
        const MkBoardRow *const r = &report->parts[0].boards[0].rows[j];
        if (r->n >= MK_BOARD_CELLS && r->miss > r->base + 1e-6) {
            all[n_behind++] = (Behind){j, r->miss - r->base};
        }
    }
    if (n_behind == 0) {
        return;
    }
    qsort(all, n_behind, sizeof *all, by_distance);
    const size_t shown = n_behind < WORST_SHOWN ? n_behind : WORST_SHOWN;
    const char *const title = mk_arena_printf(
        result->arena, "Behind the training median or mode: %zu, the furthest", n_behind);
    MkResultTable *const table =
        mk_put_table(result, title != NULL ? title : "", HEADERS(headers), 1, shown);
    if (table != NULL) {
        table->use = MK_TABLE_PEOPLE;
    }
    for (size_t i = 0; i < shown; i++) {
        const MkBoardRow *const r = &report->parts[0].boards[0].rows[all[i].j];
        mk_result_table_cell(result, table, i, 0, attribute_of(report, all[i].j)->name, NULL);
        mk_put_count(result, table, i, 1, r->n);
        mk_put_number(result, table, i, 2, r->miss, 4);
        mk_put_number(result, table, i, 3, r->base, 4);
        mk_put_number(result, table, i, 4, report->yards[all[i].j].common, 2);
    }
}

/* ---- by type ---- */

static const char *const type_names[MK_BOARD_TYPES] = {"real", "positive", "count", "categorical",
                                                       "ordinal"};

static void type_node(const MkReport *report, size_t t, MkResult *result, MkNode *list)
{
    const MkBoardType *const b = &report->parts[0].boards[0].types[t];
    const bool is_number = mk_type_is_number((MkType)t);
    MkNode *const node = mk_node_object(result, list, NULL);
    (void)mk_node_string(result, node, "type", type_names[t]);
    (void)mk_node_number(result, node, "cells", (double)b->n);
    mk_put_measured_node(result, node, is_number ? "error" : "accuracy", b->error);
    mk_put_measured_node(result, node, "base", b->base);
    mk_put_measured_node(result, node, "sd", b->sd);
    mk_put_measured_node(result, node, "rmse", b->rmse);
    mk_put_measured_node(result, node, "r_squared", b->r2);
    if (report->n_others > 0) {
        mk_put_measured_node(result, node, "against", report->parts[0].boards[1].types[t].error);
    }
}

/* Tables 6 (numbers) and 7 (levels) of the paper. */
static void report_types(const MkReport *report, bool is_number, MkResult *result, MkNode *list)
{
    static const MkPutHeader numbers[] = {
        {"type", "Numbers"}, {"cells", "Cells"},  {"error", "|error|/sd"}, {"sd", "SD of it"},
        {"rmse", "RMSE/sd"}, {"r_squared", "R²"}, {"base", "Median"}};
    static const MkPutHeader levels[] = {{"type", "Levels"},       {"cells", "Cells"},
                                         {"accuracy", "Accuracy"}, {"rank_error", "|rank error|"},
                                         {"kappa", "Kappa"},       {"base", "Mode"}};
    enum { NUMBERS = sizeof numbers / sizeof *numbers, LEVELS = sizeof levels / sizeof *levels };
    const MkBoard *const boards = report->parts[0].boards;
    const size_t n_columns = is_number ? NUMBERS : LEVELS;
    size_t n = 0, row = 0;
    for (size_t t = 0; t < MK_BOARD_TYPES; t++) {
        n += mk_type_is_number((MkType)t) == is_number && boards[0].types[t].n > 0 ? 1U : 0U;
    }
    if (n == 0) {
        return;
    }
    MkResultTable *const table = mk_report_table(
        report, result,
        is_number ? "Error by type, pooled over people and attributes, ten known"
                  : "Accuracy by type, pooled over people and attributes, ten known",
        is_number ? numbers : levels, n_columns, 1, n);
    for (size_t t = 0; t < MK_BOARD_TYPES; t++) {
        const MkBoardType *const b = &boards[0].types[t];
        if (mk_type_is_number((MkType)t) != is_number || b->n == 0) {
            continue;
        }
        mk_result_table_cell(result, table, row, 0, type_names[t], NULL);
        mk_put_count(result, table, row, 1, b->n);
        mk_put_measured(result, table, row, 2, b->error, 4);
        if (is_number) {
            mk_put_measured(result, table, row, 3, b->sd, 4);
            mk_put_measured(result, table, row, 4, b->rmse, 4);
            mk_put_measured(result, table, row, 5, b->r2, 4);
        } else if (t == MK_ORDINAL) {
            mk_put_measured(result, table, row, 3, mk_board_stat(&boards[0], MK_STAT_RANK), 4);
            mk_put_measured(result, table, row, 4, mk_board_stat(&boards[0], MK_STAT_KAPPA), 4);
        }
        mk_put_measured(result, table, row, n_columns - 1, b->base, 4);
        for (size_t o = 0; o < report->n_others; o++) {
            mk_put_measured(result, table, row, n_columns + o, boards[1 + o].types[t].error, 4);
        }
        type_node(report, t, result, list);
        row++;
    }
}

/* ---- all of it ---- */

static void node_model(MkResult *result, MkNode *node, const MkModel *model)
{
    const MkCard *const card = mk_model_card(model);
    (void)mk_node_string(result, node, "model", card->name);
    (void)mk_node_string(result, node, "version", card->version);
    (void)mk_node_string(result, node, "kind", card->kind);
}

static void note_protocol(const MkReport *report, MkResult *result)
{
    mk_result_note(
        result,
        "%zu people judged, each attribute asked with the ten known that are most related "
        "to it. Errors are in sd of the training people; ± is the standard error over "
        "people.",
        report->n_people);
    if (report->n_left > 0) {
        mk_result_note(result,
                       "At most %zu people of a source were judged, chosen by the hash of their "
                       "id; %zu were left out (--people).",
                       report->most, report->n_left);
    }
    if (report->n_others > 0) {
        mk_result_note(result,
                       "Compared in the %zu attributes that all models know in the same way; of "
                       "them %zu are rare: fewer than %d people had them when %s was trained.",
                       report->n_common, report->n_rare, MK_REPORT_RARE,
                       mk_report_name(report, 1, result->arena));
    }
    if (report->has_source) {
        mk_result_note(result, report->source_known
                                   ? "Which source a person is from was told in every question."
                                   : "Which source a person is from was not told (--source-known "
                                     "tells it).");
    }
}

static void other_node(const MkReport *report, size_t o, MkResult *result, MkNode *node)
{
    const MkBoard *const boards = report->parts[0].boards;
    double error = NAN;
    node_model(result, node, report->others[o]);
    (void)mk_node_number(result, node, "common", (double)report->n_common);
    MkNode *const change = mk_node_object(result, node, "change");
    (void)mk_node_string(result, change, "statistic", mk_stat_name(MK_STAT_ERROR_POOLED));
    mk_put_node(result, change, "value",
                mk_board_change(&boards[0], &boards[1 + o], MK_STAT_ERROR_POOLED, &error));
    mk_put_node(result, change, "standard_error", error);
    mk_report_statistics(result, node, &boards[1 + o]);
}

static void report_others(const MkReport *report, MkResult *result, MkNode *root)
{
    if (report->n_others > 0) {
        other_node(report, 0, result, mk_node_object(result, root, "against"));
    }
    MkNode *const list = report->n_others > 1 ? mk_node_array(result, root, "others") : NULL;
    for (size_t o = 1; o < report->n_others; o++) {
        other_node(report, o, result, mk_node_object(result, list, NULL));
    }
}

/* ---- figures of merit ---- */

/* The source whose coverage is farthest from what it promises. */
static MkStatus say_worst_source(const MkReport *report, MkSection *out, MkError *err)
{
    const MkBoardSource *worst = NULL;
    double by = -1.0;
    for (size_t s = 0; s < report->n_sources && report->n_sources > 1; s++) {
        const double off = fabs(report->sources[s].board.stats[MK_STAT_COVER] - report->level);
        if (report->sources[s].n_people >= MK_REPORT_PEOPLE && off > by) {
            worst = &report->sources[s];
            by = off;
        }
    }
    if (worst == NULL) {
        return MK_OK;
    }
    const char *const label = mk_arena_printf(
        out->arena, "interval coverage, numbers, the source farthest off: %s", worst->name);
    return mk_section_figure(out, "coverage_by_source", label != NULL ? label : "",
                             worst->board.stats[MK_STAT_COVER], worst->board.errors[MK_STAT_COVER],
                             err);
}

/* Of several other models the one that is ahead the most. */
static MkStatus say_change(const MkReport *report, MkStat stat, const char *name, const char *what,
                           MkSection *out, MkError *err)
{
    const MkBoard *const boards = report->parts[0].boards;
    double most = NAN, most_error = NAN;
    size_t at = 0;
    for (size_t o = 0; o < report->n_others; o++) {
        double error = NAN;
        const double change = mk_board_change(&boards[0], &boards[1 + o], stat, &error);
        if (!isnan(change) && !(change <= most)) {
            most = change;
            most_error = error;
            at = o;
        }
    }
    if (isnan(most)) {
        return MK_OK;
    }
    const char *const label = mk_arena_printf(out->arena, "%s, less that of %s", what,
                                              mk_report_name(report, at + 1, out->arena));
    return mk_section_figure(out, name, label != NULL ? label : "", most, most_error, err);
}

static MkStatus say_figures(const MkReport *report, MkSection *out, MkError *err)
{
    const MkBoard *const board = &report->parts[0].boards[0];
    for (int k = 0; k < MK_N_STATS; k++) {
        MK_TRY(mk_section_figure(out, mk_stat_name((MkStat)k), mk_stat_label((MkStat)k),
                                 board->stats[k], board->errors[k], err));
        MK_TRY(mk_section_drawn(out, mk_stat_name((MkStat)k), &board->drawn[0][k], MK_RESAMPLES,
                                MK_N_STATS, err));
    }
    MK_TRY(say_worst_source(report, out, err));
    MK_TRY(say_change(report, MK_STAT_ERROR_POOLED, "error_against",
                      "|error|/sd, real and positive, pooled", out, err));
    return say_change(report, MK_STAT_ERROR_RARE, "error_rare_against",
                      "|error|/sd of what is rare in the other model", out, err);
}

MkStatus mk_report_imputation(const MkReport *report, MkSection *out, MkError *err)
{
    MkResult *const result = out->result;
    MkNode *const root = out->node;
    (void)mk_node_bool(result, root, "source_known", report->source_known);
    MkNode *const types = mk_node_array(result, root, "types");
    report_types(report, true, result, types);
    report_types(report, false, result, types);
    report_statistics(report, result);
    mk_report_statistics(result, root, &report->parts[0].boards[0]);
    report_others(report, result, root);
    mk_report_sources(report, result, root);
    report_bands(&report->parts[0].boards[0], result, root);
    report_worst(report, result);
    report_attributes(report, result, root);
    mk_report_imputation_figures(report, result);
    note_protocol(report, result);
    MK_TRY(say_figures(report, out, err));
    return mk_result_status(result, err);
}
