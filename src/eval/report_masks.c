/* report_masks.c - answers about cells hidden by masks. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "src/eval/put.h"
#include "src/eval/report_priv.h"

static const MkStat shown[] = {MK_STAT_CRPS,     MK_STAT_ERROR, MK_STAT_RMSE,    MK_STAT_BRIER,
                               MK_STAT_ACCURACY, MK_STAT_COVER, MK_STAT_LOG_PROB};
enum { N_SHOWN = sizeof shown / sizeof *shown };

/* Row of one model; o 0 is the model that is evaluated. */
static void mask_row(const MkReport *report, const MkReportPart *part, size_t o,
                     MkResultTable *table, size_t row, MkResult *result, MkNode *list)
{
    const MkBoard *const board = &part->boards[o];
    const char *const who = mk_report_name(report, o, result->arena);
    mk_result_table_cell(result, table, row, 0, part->name, NULL);
    mk_result_table_cell(result, table, row, 1, who, NULL);
    for (size_t k = 0; k < N_SHOWN; k++) {
        mk_put_measured(result, table, row, 2 + k, mk_board_stat(board, shown[k]), 3);
    }
    MkNode *const node = mk_node_object(result, list, NULL);
    (void)mk_node_string(result, node, "mask", part->name);
    (void)mk_node_string(result, node, "model", who);
    mk_report_statistics(result, node, board);
}

/* |error| / sd of the model and of the training median, a mask a group of bars. */
static void mask_figure(const MkReport *report, MkResult *result)
{
    MkFigure *const figure = mk_result_add_figure(result, "Error of hidden numbers by mask");
    if (figure == NULL) {
        return;
    }
    figure->x_is_label = true;
    figure->y_label = "|error| / sd";
    for (size_t o = 0; o <= report->n_others; o++) {
        MkSeries *const s =
            mk_figure_add_series(result, figure, MK_SERIES_BARS, MK_ROLE_SCENARIO,
                                 mk_report_name(report, o, result->arena), report->n_parts);
        if (s == NULL) {
            return;
        }
        s->index = o;
        for (size_t i = 0; i < report->n_parts; i++) {
            const MkBoard *const b = &report->parts[i].boards[o];
            const double error = b->stats[MK_STAT_ERROR_POOLED];
            const double margin = 2.0 * b->errors[MK_STAT_ERROR_POOLED];
            mk_series_label(result, s, i, report->parts[i].name);
            mk_series_point(s, i, 0.0, error);
            mk_series_span(s, i, error - margin, error + margin);
        }
    }
    MkSeries *const base = mk_figure_add_series(result, figure, MK_SERIES_BARS, MK_ROLE_POPULATION,
                                                "training median", report->n_parts);
    for (size_t i = 0; i < report->n_parts && base != NULL; i++) {
        mk_series_label(result, base, i, report->parts[i].name);
        mk_series_point(base, i, 0.0, report->parts[i].boards[0].stats[MK_STAT_ERROR_POOLED_BASE]);
    }
}

static MkStatus say_figures(const MkReport *report, MkSection *out, MkError *err)
{
    static const struct {
        MkStat stat;
        const char *suffix, *label;
    } told[] = {{MK_STAT_ERROR_POOLED, "error", "|error|/sd, real and positive"},
                {MK_STAT_ACCURACY, "accuracy", "accuracy, levels"},
                {MK_STAT_COVER, "coverage", "interval coverage, numbers"}};
    for (size_t i = 0; i < report->n_parts; i++) {
        const MkReportPart *const part = &report->parts[i];
        const MkBoard *const board = &part->boards[0];
        for (size_t k = 0; k < sizeof told / sizeof *told; k++) {
            const char *const name =
                mk_arena_printf(out->arena, "mask_%s_%s", part->name, told[k].suffix);
            const char *const label =
                mk_arena_printf(out->arena, "%s, mask %s", told[k].label, part->name);
            if (name == NULL || label == NULL) {
                return mk_fail(err, MK_ENOMEM, "out of memory");
            }
            MK_TRY(mk_section_figure(out, name, label, board->stats[told[k].stat],
                                     board->errors[told[k].stat], err));
            MK_TRY(mk_section_drawn(out, name, &board->drawn[0][told[k].stat], MK_RESAMPLES,
                                    MK_N_STATS, err));
        }
    }
    return MK_OK;
}

MkStatus mk_report_masks(const MkReport *report, MkSection *out, MkError *err)
{
    static const MkPutHeader headers[] = {
        {"mask", "Mask"},         {"model", "Model"},       {"crps", "CRPS/sd"},
        {"error", "|error|/sd"},  {"rmse", "RMSE/sd"},      {"brier", "Brier"},
        {"accuracy", "Accuracy"}, {"coverage", "Coverage"}, {"log_prob", "Log prob."}};
    MkResult *const result = out->result;
    const size_t n = report->n_parts * (1 + report->n_others);
    MkResultTable *const table =
        mk_put_table(result, "Hidden cells", headers, sizeof headers / sizeof *headers, 2, n);
    MkNode *const list = mk_node_array(result, out->node, "masks");
    size_t row = 0;
    for (size_t i = 0; i < report->n_parts; i++) {
        for (size_t o = 0; o <= report->n_others; o++) {
            mask_row(report, &report->parts[i], o, table, row++, result, list);
        }
    }
    mask_figure(report, result);
    MK_TRY(say_figures(report, out, err));
    return mk_result_status(result, err);
}
