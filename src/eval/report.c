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

static const MkAttribute *attribute_of(const MkReport *report, size_t j)
{
    return &mk_model_schema(report->model)->attributes[j];
}

/* ---- bars ---- */

static const char *bar_words(MkArena *arena, const MkBar *bar)
{
    const char *text = NULL;
    if (isinf(bar->low)) {
        text = mk_arena_printf(arena, "%s %.4g", bar->reason, bar->high);
    } else if (isinf(bar->high)) {
        text = mk_arena_printf(arena, "%s %.4g", bar->reason, bar->low);
    } else {
        text = mk_arena_printf(arena, "%s %.4g and %.4g", bar->reason, bar->low, bar->high);
    }
    return text != NULL ? text : "";
}

/* "interval coverage: brfss_2020" */
static const char *bar_label(MkArena *arena, const MkBar *bar)
{
    const char *const text = bar->source[0] != '\0'
                                 ? mk_arena_printf(arena, "%s: %s", bar->label, bar->source)
                                 : bar->label;
    return text != NULL ? text : "";
}

static size_t all_bars(const MkReport *report, MkBar *out)
{
    const MkReportPart *const part = &report->parts[0];
    const MkUnconditional *const nothing = report->unconditional;
    return mk_board_bars(
        &(MkBarred){.unconditional = nothing,
                    .farthest =
                        nothing != NULL ? attribute_of(report, nothing->attribute)->name : "",
                    .board = part->board,
                    .other = part->against,
                    .max_error = report->max_error,
                    .n_sources = report->n_sources > 1 ? report->n_sources : 0,
                    .sources = report->sources},
        out);
}

static void report_bars(const MkReport *report, MkResult *result, MkNode *root)
{
    static const MkPutHeader headers[] = {{"statistic", "What"},
                                          {"bar", "Bar"},
                                          {"holds", "Holds"},
                                          {"value", "Reached"},
                                          {"standard_error", "±"}};
    MkBar bars[MK_BARS_MAX];
    const size_t n = all_bars(report, bars);
    MkResultTable *const table = mk_put_table(result, "Scoreboard", HEADERS(headers), 3, n);
    MkNode *const list = mk_node_array(result, root, "bars");
    for (size_t i = 0; i < n; i++) {
        const MkBar *const bar = &bars[i];
        const char *const how = bar_words(result->arena, bar);
        const char *const label = bar_label(result->arena, bar);
        mk_result_table_cell(result, table, i, 0, label, bar->name);
        mk_result_table_cell(result, table, i, 1, how, NULL);
        mk_result_table_cell(result, table, i, 2, bar->holds ? "yes" : "NO", NULL);
        mk_put_number(result, table, i, 3, bar->value, 4);
        mk_put_number(result, table, i, 4, bar->error, 4);
        MkNode *const node = mk_node_object(result, list, NULL);
        (void)mk_node_string(result, node, "statistic", bar->name);
        (void)mk_node_string(result, node, "label", label);
        (void)mk_node_number(result, node, "value", bar->value);
        mk_put_node(result, node, "low", bar->low);
        mk_put_node(result, node, "high", bar->high);
        (void)mk_node_bool(result, node, "holds", bar->holds);
        if (!bar->holds && result->failed_check == NULL) {
            result->failed_check =
                mk_arena_printf(result->arena, "%s: %.4f, expected %s", label, bar->value, how);
        }
    }
    (void)mk_node_bool(result, root, "holds", result->failed_check == NULL);
}

/* ---- statistics ---- */

static void node_statistics(MkResult *result, MkNode *parent, const MkBoard *board)
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

static void report_statistics(const MkReport *report, MkResult *result)
{
    static const MkPutHeader headers[] = {{"statistic", "Statistic"},
                                          {"value", "Value"},
                                          {"standard_error", "±"},
                                          {"count", "Of"},
                                          {"other", "Other model"}};
    const MkReportPart *const part = &report->parts[0];
    size_t n = 0;
    for (size_t k = 0; k < MK_N_STATS; k++) {
        n += isnan(part->board->stats[k]) ? 0U : 1U;
    }
    MkResultTable *const table =
        mk_put_table(result, "Statistics", headers, part->against != NULL ? 5 : 4, 1, n);
    size_t row = 0;
    for (int k = 0; k < MK_N_STATS; k++) {
        if (isnan(part->board->stats[k])) {
            continue;
        }
        mk_result_table_cell(result, table, row, 0, mk_stat_label((MkStat)k),
                             mk_stat_name((MkStat)k));
        mk_put_number(result, table, row, 1, part->board->stats[k], 4);
        mk_put_number(result, table, row, 2, part->board->errors[k], 4);
        mk_put_count(result, table, row, 3, part->board->counts[k]);
        if (part->against != NULL) {
            mk_put_number(result, table, row, 4, part->against->stats[k], 4);
        }
        row++;
    }
}

static void mask_row(const MkReport *report, const MkReportPart *part, bool is_other,
                     MkResultTable *table, size_t row, MkResult *result, MkNode *list)
{
    static const MkStat shown[] = {MK_STAT_CRPS,  MK_STAT_ERROR,  MK_STAT_BRIER,   MK_STAT_ACCURACY,
                                   MK_STAT_COVER, MK_STAT_INSIDE, MK_STAT_LOG_PROB};
    const MkBoard *const board = is_other ? part->against : part->board;
    const char *const who = mk_model_card(is_other ? report->against : report->model)->name;
    mk_result_table_cell(result, table, row, 0, part->name, NULL);
    mk_result_table_cell(result, table, row, 1, who, NULL);
    for (size_t k = 0; k < sizeof shown / sizeof *shown; k++) {
        mk_put_number(result, table, row, 2 + k, board->stats[shown[k]], 4);
    }
    MkNode *const node = mk_node_object(result, list, NULL);
    (void)mk_node_string(result, node, "mask", part->name);
    (void)mk_node_string(result, node, "model", who);
    node_statistics(result, node, board);
}

static void report_masks(const MkReport *report, MkResult *result, MkNode *root)
{
    static const MkPutHeader headers[] = {
        {"mask", "Mask"},         {"model", "Model"},   {"crps", "CRPS/sd"},
        {"error", "|error|/sd"},  {"brier", "Brier"},   {"accuracy", "Accuracy"},
        {"coverage", "Coverage"}, {"inside", "Inside"}, {"log_prob", "Log prob."}};
    const size_t n = report->n_parts * (report->against != NULL ? 2 : 1);
    MkResultTable *const table = mk_put_table(result, "Hidden cells", HEADERS(headers), 2, n);
    MkNode *const list = mk_node_array(result, root, "masks");
    size_t row = 0;
    for (size_t i = 0; i < report->n_parts; i++) {
        mask_row(report, &report->parts[i], false, table, row++, result, list);
        if (report->against != NULL) {
            mask_row(report, &report->parts[i], true, table, row++, result, list);
        }
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
        const double values[] = {band->crps, band->error, band->cover, band->brier, band->accuracy};
        static const size_t columns[] = {2, 3, 4, 6, 7};
        MkNode *const node = mk_node_object(result, list, NULL);
        (void)mk_node_string(result, node, "known", band_words(result, band));
        (void)mk_node_number(result, node, "numbers", (double)band->n_numbers);
        (void)mk_node_number(result, node, "levels", (double)band->n_levels);
        mk_result_table_cell(result, table, row, 0, band_words(result, band), NULL);
        mk_put_count(result, table, row, 1, band->n_numbers);
        mk_put_count(result, table, row, 5, band->n_levels);
        for (size_t k = 0; k < sizeof values / sizeof *values; k++) {
            mk_put_number(result, table, row, columns[k], values[k], 4);
            mk_put_node(result, node, headers[columns[k]].key, values[k]);
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
    const MkBoard *const board = report->parts[0].board, *const other = report->parts[0].against;
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
        const MkBoardRow *const r = &report->parts[0].board->rows[j];
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
        const MkBoardRow *const r = &report->parts[0].board->rows[all[i].j];
        mk_result_table_cell(result, table, i, 0, attribute_of(report, all[i].j)->name, NULL);
        mk_put_count(result, table, i, 1, r->n);
        mk_put_number(result, table, i, 2, r->miss, 4);
        mk_put_number(result, table, i, 3, r->base, 4);
        mk_put_number(result, table, i, 4, report->yards[all[i].j].common, 2);
    }
}

/* ---- all of it ---- */

static void node_model(MkResult *result, MkNode *node, const MkModel *model)
{
    const MkCard *const card = mk_model_card(model);
    (void)mk_node_string(result, node, "model", card->name);
    (void)mk_node_string(result, node, "kind", card->kind);
}

static void note_protocol(const MkReport *report, MkResult *result)
{
    if (report->n_left > 0) {
        mk_result_note(result,
                       "At most %zu people of a source were judged, chosen by the hash of their "
                       "id; %zu were left out (--people).",
                       report->most, report->n_left);
    }
    if (report->against != NULL) {
        mk_result_note(result,
                       "Compared in the %zu attributes that both models know in the same way; of "
                       "them %zu are rare: fewer than %d people had them when %s was trained.",
                       report->n_common, report->n_rare, MK_REPORT_RARE,
                       mk_model_card(report->against)->name);
    }
    if (report->has_source) {
        mk_result_note(result, report->source_known
                                   ? "Which source a person is from was told in every question."
                                   : "Which source a person is from was not told (--source-known "
                                     "tells it).");
    }
}

MkStatus mk_report_make(const MkReport *report, MkResult *result, MkError *err)
{
    const bool is_masked = report->parts[0].name[0] != '\0';
    MkNode *const root = mk_node_object(result, NULL, NULL);
    node_model(result, root, report->model);
    (void)mk_node_string(result, root, "protocol", is_masked ? "masks" : "ten_most_related");
    (void)mk_node_number(result, root, "people", (double)report->n_people);
    (void)mk_node_number(result, root, "level", report->level);
    (void)mk_node_bool(result, root, "source_known", report->source_known);
    if (is_masked) {
        report_masks(report, result, root);
    } else {
        report_bars(report, result, root);
        report_statistics(report, result);
        node_statistics(result, root, report->parts[0].board);
        if (report->against != NULL) {
            MkNode *const node = mk_node_object(result, root, "against");
            node_model(result, node, report->against);
            (void)mk_node_number(result, node, "common", (double)report->n_common);
            node_statistics(result, node, report->parts[0].against);
        }
        mk_report_sources(report, result, root);
        mk_report_orders(report, result, root);
        report_bands(report->parts[0].board, result, root);
        report_worst(report, result);
        report_attributes(report, result, root);
    }
    mk_result_note(result,
                   "%zu people judged. Errors are in sd of the training people; ± is the "
                   "standard error over people.",
                   report->n_people);
    note_protocol(report, result);
    return mk_result_status(result, err);
}

void mk_report_quality(const MkReport *report, MkBuf *out)
{
    const MkBoard *const board = report->parts[0].board;
    MkBar bars[MK_BARS_MAX];
    MkArena *const arena = mk_arena_new(0);
    if (arena == NULL) {
        out->failed = true;
        return;
    }
    const size_t n = all_bars(report, bars);
    mk_buf_printf(out,
                  "%zu people that were not trained on; each attribute asked with the ten known "
                  "that are most related to it. Errors in sd of the training people, ± standard "
                  "error over people.",
                  report->n_people);
    if (report->against != NULL) {
        const MkCard *const card = mk_model_card(report->against);
        mk_buf_printf(out, " The other model: %s, kind %s.", card->name, card->kind);
    }
    mk_buf_puts(out, "\n\n| what | bar | reached | holds |\n| --- | --- | --- | --- |\n");
    for (size_t i = 0; i < n; i++) {
        mk_buf_puts(out, "| ");
        mk_put_markdown(out, bar_label(arena, &bars[i]));
        mk_put_markdown(out, bar_words(arena, &bars[i]));
        mk_buf_printf(out, "%.4f", bars[i].value);
        if (!isnan(bars[i].error)) {
            mk_buf_printf(out, " ± %.4f", bars[i].error);
        }
        mk_buf_puts(out, bars[i].holds ? " | yes |\n" : " | no |\n");
    }
    mk_report_sources_markdown(report, out);
    mk_report_orders_markdown(report, out);
    mk_buf_puts(out, "\n| statistic | value |\n| --- | --- |\n");
    for (int k = 0; k < MK_N_STATS; k++) {
        if (!isnan(board->stats[k])) {
            mk_buf_puts(out, "| ");
            mk_put_markdown(out, mk_stat_label((MkStat)k));
            mk_buf_printf(out, "%.4f ± %.4f |\n", board->stats[k], board->errors[k]);
        }
    }
    mk_arena_free(arena);
}
