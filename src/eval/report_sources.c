/* report_sources.c - what was reached for each source. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "src/eval/put.h"
#include "src/eval/report_priv.h"

enum { N_VALUES = 6 };

static const char *const keys[N_VALUES] = {"error", "accuracy", "coverage",
                                           "crps",  "brier",    "pit_error"};

static void values_of(const MkBoardSource *s, const MkBoard *board, MkMeasured out[N_VALUES])
{
    out[0] = mk_board_stat(board, MK_STAT_ERROR_NUMBERS);
    out[1] = mk_board_stat(board, MK_STAT_ACCURACY);
    out[2] = mk_board_stat(board, MK_STAT_COVER);
    out[3] = mk_board_stat(board, MK_STAT_CRPS);
    out[4] = mk_board_stat(board, MK_STAT_BRIER);
    out[5] = s->calibration.pit;
}

static void source_node(const MkReport *report, const MkBoardSource *s, MkResult *result,
                        MkNode *list)
{
    MkMeasured values[N_VALUES];
    MkNode *const node = mk_node_object(result, list, NULL);
    (void)mk_node_string(result, node, "source", s->name);
    (void)mk_node_number(result, node, "people", (double)s->n_people);
    (void)mk_node_number(result, node, "attributes", (double)s->n_attributes);
    values_of(s, &s->board, values);
    for (size_t k = 0; k < N_VALUES; k++) {
        mk_put_measured_node(result, node, keys[k], values[k]);
    }
    if (report->n_others > 0) {
        MkNode *const other = mk_node_object(result, node, "against");
        values_of(s, &s->against, values);
        for (size_t k = 0; k + 1 < N_VALUES; k++) {
            mk_put_measured_node(result, other, keys[k], values[k]);
        }
    }
}

/* Sources that say too little of themselves to be held against a bar. */
static void note_small(const MkReport *report, MkResult *result)
{
    MkBuf names;
    size_t n = 0;
    mk_buf_init(&names);
    for (size_t i = 0; i < report->n_sources && report->n_sources > 1; i++) {
        const MkBoardSource *const s = &report->sources[i];
        if (s->n_people < MK_REPORT_PEOPLE) {
            mk_buf_printf(&names, "%s%s", n++ > 0 ? ", " : "", s->name);
        }
    }
    if (n > 0 && !names.failed) {
        mk_result_note(result,
                       "Fewer than %d people judged, so the coverage of these sources is not held "
                       "against the bar: %s.",
                       MK_REPORT_PEOPLE, names.data);
    }
    result->failed = result->failed || names.failed;
    mk_buf_release(&names);
}

void mk_report_sources(const MkReport *report, MkResult *result, MkNode *root)
{
    static const MkPutHeader headers[] = {{"source", "Source"},
                                          {"people", "People"},
                                          {"attributes", "Attributes"},
                                          {"error", "|error|/sd"},
                                          {"accuracy", "Accuracy"},
                                          {"coverage", "Coverage"},
                                          {"crps", "CRPS/sd"},
                                          {"brier", "Brier"},
                                          {"pit_error", "PIT error"},
                                          {"other_error", "Other |error|/sd"},
                                          {"other_coverage", "Other coverage"}};
    const size_t n_columns = report->n_others > 0 ? 11 : 9;
    MkNode *const list = mk_node_array(result, root, "sources");
    MkResultTable *const table =
        mk_put_table(result, "By source", headers, n_columns, 1, report->n_sources);
    for (size_t i = 0; i < report->n_sources; i++) {
        const MkBoardSource *const s = &report->sources[i];
        MkMeasured values[N_VALUES];
        mk_result_table_cell(result, table, i, 0, s->name[0] != '\0' ? s->name : "–", s->name);
        mk_put_count(result, table, i, 1, s->n_people);
        mk_put_count(result, table, i, 2, s->n_attributes);
        values_of(s, &s->board, values);
        for (size_t k = 0; k < N_VALUES; k++) {
            mk_put_measured(result, table, i, 3 + k, values[k], k + 1 < N_VALUES ? 3 : 4);
        }
        if (report->n_others > 0) {
            mk_put_measured(result, table, i, 9, mk_board_stat(&s->against, MK_STAT_ERROR_NUMBERS),
                            4);
            mk_put_measured(result, table, i, 10, mk_board_stat(&s->against, MK_STAT_COVER), 3);
        }
        source_node(report, s, result, list);
    }
    note_small(report, result);
}

void mk_report_card(const MkReport *report, MkBuf *out)
{
    mk_buf_printf(out,
                  "%zu people that were not trained on; each attribute asked with the ten known "
                  "that are most related to it. Errors in sd of the training people, ± standard "
                  "error over people.",
                  report->n_people);
    for (size_t o = 0; o < report->n_others; o++) {
        const MkCard *const card = mk_model_card(report->others[o]);
        mk_buf_printf(out, " Beside it: %s, kind %s.", card->name, card->kind);
    }
    if (report->n_sources < 2) {
        return;
    }
    mk_buf_puts(out, "\n\n| source | people | attributes | \\|error\\|/sd | accuracy | coverage |\n"
                     "| --- | --- | --- | --- | --- | --- |\n");
    for (size_t i = 0; i < report->n_sources; i++) {
        const MkBoardSource *const s = &report->sources[i];
        MkMeasured values[N_VALUES];
        mk_buf_puts(out, "| ");
        mk_put_markdown(out, s->name);
        mk_buf_printf(out, "%zu | %zu | ", s->n_people, s->n_attributes);
        values_of(s, &s->board, values);
        for (size_t k = 0; k < 3; k++) {
            mk_put_markdown_number(out, values[k].value, 4);
        }
        mk_buf_puts(out, "\n");
    }
}

/* ---- figures ---- */

static void type_figure(const MkReport *report, bool is_number, MkResult *result)
{
    static const char *const names[MK_BOARD_TYPES] = {"real", "positive", "count", "categorical",
                                                      "ordinal"};
    const MkBoard *const boards = report->parts[0].boards;
    size_t types[MK_BOARD_TYPES], n = 0;
    for (size_t t = 0; t < MK_BOARD_TYPES; t++) {
        if (mk_type_is_number((MkType)t) == is_number && boards[0].types[t].n > 0) {
            types[n++] = t;
        }
    }
    if (n == 0) {
        return;
    }
    MkFigure *const figure = mk_result_add_figure(
        result, is_number ? "Error by type, ten known" : "Accuracy by type, ten known");
    if (figure == NULL) {
        return;
    }
    figure->x_is_label = true;
    figure->y_label = is_number ? "|error| / sd" : "accuracy";
    for (size_t o = 0; o <= report->n_others + 1; o++) {
        const bool is_base = o == report->n_others + 1;
        const char *const base = is_number ? "training median" : "training mode";
        const char *const name = is_base ? base : mk_report_name(report, o, result->arena);
        MkSeries *const s =
            mk_figure_add_series(result, figure, MK_SERIES_BARS,
                                 is_base ? MK_ROLE_POPULATION : MK_ROLE_SCENARIO, name, n);
        if (s == NULL) {
            return;
        }
        s->index = o;
        for (size_t i = 0; i < n; i++) {
            const MkBoardType *const b = &boards[is_base ? 0 : o].types[types[i]];
            mk_series_label(result, s, i, names[types[i]]);
            const MkMeasured m = is_base ? b->base : b->error;
            mk_series_point(s, i, 0.0, m.value);
            mk_series_span(s, i, m.value - 2.0 * m.error, m.value + 2.0 * m.error);
        }
    }
}

/* Coverage of each source with twice its standard error; the line is what is promised. */
static void cover_figure(const MkReport *report, MkResult *result)
{
    if (report->n_sources < 2) {
        return;
    }
    MkFigure *const figure = mk_result_add_figure(result, "Interval coverage by source");
    if (figure == NULL) {
        return;
    }
    figure->x_is_label = true;
    figure->y_label = "coverage";
    figure->caption = mk_arena_printf(
        result->arena, "Central %.0f %% intervals, numbers; boxes: twice the standard error",
        100.0 * report->level);
    figure->caption = figure->caption != NULL ? figure->caption : "";
    MkSeries *const s = mk_figure_add_series(result, figure, MK_SERIES_BARS, MK_ROLE_MEDIAN,
                                             mk_model_card(report->model)->name, report->n_sources);
    for (size_t i = 0; i < report->n_sources && s != NULL; i++) {
        const MkBoard *const b = &report->sources[i].board;
        const double cover = b->stats[MK_STAT_COVER], margin = 2.0 * b->errors[MK_STAT_COVER];
        mk_series_label(result, s, i, report->sources[i].name);
        mk_series_point(s, i, 0.0, cover);
        mk_series_span(s, i, cover - margin, cover + margin);
    }
}

void mk_report_imputation_figures(const MkReport *report, MkResult *result)
{
    type_figure(report, true, result);
    type_figure(report, false, result);
    cover_figure(report, result);
}
