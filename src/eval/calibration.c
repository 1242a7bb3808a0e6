/* calibration.c - calibration as a section: tables, figures, data. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "src/eval/calibration.h"

#include <math.h>

#include "src/eval/put.h"

enum { BANDS = MK_BOARD_BANDS, STRATA = MK_CALIBRATED_STRATA };

static const char *const whichs[2] = {"before", "after"};
static const char *const bands[BANDS + 1] = {"0", "1-3", "4-10", "11-50", "> 50", "all"};
static const char *const strata[STRATA] = {"below 1 %", "1-5 %", "5-20 %", "20-100 %"};

/* ---- tables ---- */

/* Rows of a table of two: by what, and whether recalibrated. */
static size_t begin_row(MkResult *result, MkResultTable *table, size_t i, size_t which,
                        const char *name, bool is_recalibrated)
{
    const size_t row = is_recalibrated ? 2 * i + which : i;
    mk_result_table_cell(result, table, row, 0, name, NULL);
    mk_result_table_cell(result, table, row, 1, is_recalibrated ? whichs[which] : "none", NULL);
    return row;
}

/* Figures from `first` on, a band and kind of answer a row. */
static void show_bands(const MkCalibratedBoard *b, bool is_recalibrated, const char *title,
                       const MkPutHeader *headers, size_t n_columns, size_t first, MkResult *result)
{
    const size_t n_which = is_recalibrated ? 2 : 1;
    MkResultTable *const t =
        mk_put_table(result, title, headers, n_columns, 2, n_which * (BANDS + 1));
    for (size_t i = 0; i <= BANDS; i++) {
        const MkCalibratedBand *const band = &b->bands[i];
        for (size_t w = 0; w < n_which; w++) {
            const size_t row = begin_row(result, t, i, w, bands[i], is_recalibrated);
            mk_put_count(result, t, row, 2,
                         first == MK_CALIBRATED_COVER ? band->n_numbers : band->n_levels);
            for (size_t c = 3; c < n_columns; c++) {
                const size_t figure = first + c - 3;
                const bool is_small = figure == MK_CALIBRATED_PIT || figure == MK_CALIBRATED_ECE;
                mk_put_measured(result, t, row, c, band->figures[w][figure], is_small ? 4 : 3);
            }
        }
    }
}

static void show_numbers(const MkCalibratedBoard *b, bool is_recalibrated, MkResult *result)
{
    static const MkPutHeader headers[] = {{"known", "Known"},   {"recalibration", "Recalibration"},
                                          {"values", "Values"}, {"cover_50", "50 %"},
                                          {"cover_80", "80 %"}, {"cover_90", "90 %"},
                                          {"cover_95", "95 %"}, {"width", "Width / sd"},
                                          {"pit", "PIT error"}, {"crps", "CRPS / sd"},
                                          {"loss", "-log p"},   {"skill", "Skill (nats)"}};
    show_bands(b, is_recalibrated,
               "Numbers: how often intervals hold the value, by how much is known", headers,
               sizeof headers / sizeof *headers, MK_CALIBRATED_COVER, result);
}

static void show_levels(const MkCalibratedBoard *b, bool is_recalibrated, MkResult *result)
{
    static const MkPutHeader headers[] = {
        {"known", "Known"},       {"recalibration", "Recalibration"},
        {"values", "Values"},     {"ece", "ECE"},
        {"brier", "Brier"},       {"loss", "-log p"},
        {"skill", "Skill (nats)"}};
    show_bands(b, is_recalibrated, "Levels: whether probabilities are shares, by how much is known",
               headers, sizeof headers / sizeof *headers, MK_CALIBRATED_ECE, result);
}

static void show_strata(const MkCalibratedBoard *b, bool is_recalibrated, MkResult *result)
{
    static const MkPutHeader headers[] = {{"support", "People like this"},
                                          {"recalibration", "Recalibration"},
                                          {"people", "People"},
                                          {"values", "Values"},
                                          {"cover_90", "90 %"},
                                          {"width", "Width"},
                                          {"error", "Error"}};
    const size_t n_which = is_recalibrated ? 2 : 1;
    MkResultTable *const t = mk_put_table(
        result, "Rare evidence: 90 % intervals, their width and the median's error over the last's",
        headers, sizeof headers / sizeof *headers, 2, n_which * STRATA);
    for (size_t i = 0; i < STRATA; i++) {
        const MkCalibratedStratum *const s = &b->strata[i];
        for (size_t w = 0; w < n_which; w++) {
            const size_t row = begin_row(result, t, i, w, strata[i], is_recalibrated);
            mk_put_count(result, t, row, 2, s->n_people);
            mk_put_count(result, t, row, 3, s->n);
            mk_put_measured(result, t, row, 4, s->cover[w], 3);
            mk_put_measured(result, t, row, 5, s->width[w], 3);
            mk_put_measured(result, t, row, 6, s->error[w], 3);
        }
    }
}

/* ---- figures ---- */

static void draw_pit(const MkCalibratedBoard *b, size_t n_which, MkResult *result)
{
    enum { BINS = MK_CALIBRATED_STEPS };
    MkFigure *const f =
        mk_result_add_figure(result, "Where values of numbers stand in the answers");
    if (f == NULL) {
        return;
    }
    f->x_label = "randomised PIT";
    f->y_label = "density";
    for (size_t w = 0; w < n_which; w++) {
        MkSeries *const s = mk_figure_add_series(
            result, f, MK_SERIES_LINE, n_which == 1 || w == 1 ? MK_ROLE_POSTERIOR : MK_ROLE_SURVEY,
            n_which == 1 ? "answers" : whichs[w], BINS);
        for (size_t k = 0; k < BINS; k++) {
            mk_series_point(s, k, ((double)k + 0.5) / BINS, b->pit[w][k] * BINS);
        }
    }
    MkSeries *const even =
        mk_figure_add_series(result, f, MK_SERIES_LINE, MK_ROLE_POPULATION, "calibrated", 2);
    mk_series_point(even, 0, 0.0, 1.0);
    mk_series_point(even, 1, 1.0, 1.0);
}

static void draw_reliability(const MkCalibratedBoard *b, size_t n_which, MkResult *result)
{
    MkFigure *const f =
        mk_result_add_figure(result, "How often the likeliest level is the right one");
    if (f == NULL) {
        return;
    }
    f->x_label = "probability of the likeliest level";
    f->y_label = "share right";
    MkSeries *const even =
        mk_figure_add_series(result, f, MK_SERIES_LINE, MK_ROLE_POPULATION, "calibrated", 2);
    mk_series_point(even, 0, 0.0, 0.0);
    mk_series_point(even, 1, 1.0, 1.0);
    for (size_t w = 0; w < n_which; w++) {
        MkSeries *const s =
            mk_figure_add_series(result, f, MK_SERIES_POINTS,
                                 n_which == 1 || w == 1 ? MK_ROLE_POSTERIOR : MK_ROLE_SURVEY,
                                 n_which == 1 ? "answers" : whichs[w], MK_CALIBRATED_BINS);
        for (size_t k = 0; k < MK_CALIBRATED_BINS; k++) {
            mk_series_point(s, k, b->confidence[w][k], b->accuracy[w][k]);
        }
    }
}

static void draw_attributes(const MkCalibratedBoard *b, size_t n_which, MkResult *result)
{
    MkFigure *const f = mk_result_add_figure(
        result, "Coverage of 90 % intervals, attribute by attribute, ascending");
    if (f == NULL) {
        return;
    }
    f->x_label = "share of attributes";
    f->y_label = "coverage";
    MkSeries *const aim =
        mk_figure_add_series(result, f, MK_SERIES_LINE, MK_ROLE_POPULATION, "0.90", 2);
    mk_series_point(aim, 0, 0.0, 0.9);
    mk_series_point(aim, 1, 1.0, 0.9);
    for (size_t w = 0; w < n_which; w++) {
        MkSeries *const s = mk_figure_add_series(
            result, f, MK_SERIES_LINE, n_which == 1 || w == 1 ? MK_ROLE_POSTERIOR : MK_ROLE_SURVEY,
            n_which == 1 ? "answers" : whichs[w], b->n_attributes);
        for (size_t k = 0; k < b->n_attributes; k++) {
            mk_series_point(s, k, ((double)k + 0.5) / (double)b->n_attributes,
                            w == 0 ? b->cover[k][0] : b->sorted[k]);
        }
    }
}

/* ---- data ---- */

static void put_band(MkResult *result, MkNode *parent, const MkCalibratedBand *band, size_t w)
{
    static const char *const keys[MK_N_CALIBRATED] = {
        "cover_50", "cover_80", "cover_90", "cover_95", "width",      "pit",        "crps",
        "loss",     "skill",    "ece",      "brier",    "level_loss", "level_skill"};
    for (size_t k = 0; k < MK_N_CALIBRATED; k++) {
        mk_put_measured_node(result, parent, keys[k], band->figures[w][k]);
    }
}

static void put_data(const MkCalibratedBoard *b, bool is_recalibrated, MkResult *result,
                     MkNode *node)
{
    mk_node_bool(result, node, "recalibrated", is_recalibrated);
    mk_node_number(result, node, "attributes", (double)b->n_attributes);
    MkNode *const list = mk_node_array(result, node, "bands");
    MkNode *const rare = mk_node_array(result, node, "strata");
    for (size_t w = 0; w < 2; w++) {
        mk_put_measured_node(result, node, w == 0 ? "within_before" : "within", b->within[w]);
    }
    for (size_t i = 0; i <= BANDS; i++) {
        MkNode *const o = mk_node_object(result, list, NULL);
        mk_node_string(result, o, "known", bands[i]);
        mk_node_number(result, o, "numbers", (double)b->bands[i].n_numbers);
        mk_node_number(result, o, "levels", (double)b->bands[i].n_levels);
        for (size_t w = 0; w < 2; w++) {
            put_band(result, mk_node_object(result, o, whichs[w]), &b->bands[i], w);
        }
    }
    for (size_t s = 0; s < STRATA; s++) {
        MkNode *const o = mk_node_object(result, rare, NULL);
        mk_node_string(result, o, "support", strata[s]);
        mk_node_number(result, o, "people", (double)b->strata[s].n_people);
        mk_node_number(result, o, "values", (double)b->strata[s].n);
        for (size_t w = 0; w < 2; w++) {
            MkNode *const figures = mk_node_object(result, o, whichs[w]);
            mk_put_measured_node(result, figures, "cover_90", b->strata[s].cover[w]);
            mk_put_measured_node(result, figures, "width", b->strata[s].width[w]);
            mk_put_measured_node(result, figures, "error", b->strata[s].error[w]);
        }
    }
}

/* ---- the section ---- */

static MkStatus say_figures(const MkCalibratedBoard *b, MkSection *out, MkError *err)
{
    static const struct {
        const char *name, *label;
    } cover[BANDS] = {{"coverage_0", "90 % intervals, nothing known"},
                      {"coverage_1_3", "90 % intervals, 1-3 known"},
                      {"coverage_4_10", "90 % intervals, 4-10 known"},
                      {"coverage_11_50", "90 % intervals, 11-50 known"},
                      {"coverage_51", "90 % intervals, more than 50 known"}};
    const MkMeasured *const all = b->bands[BANDS].figures[1];
    MK_TRY(mk_section_figure(out, "calibration_within", "attributes whose 90 % intervals hold",
                             b->within[1].value, b->within[1].error, err));
    for (size_t i = 0; i < BANDS; i++) {
        const MkMeasured m = b->bands[i].figures[1][MK_CALIBRATED_COVER + 2];
        MK_TRY(mk_section_figure(out, cover[i].name, cover[i].label, m.value, m.error, err));
    }
    MK_TRY(mk_section_figure(out, "ece", "calibration error of levels",
                             all[MK_CALIBRATED_ECE].value, all[MK_CALIBRATED_ECE].error, err));
    MK_TRY(mk_section_figure(out, "pit", "PIT error of numbers", all[MK_CALIBRATED_PIT].value,
                             all[MK_CALIBRATED_PIT].error, err));
    return mk_section_figure(out, "coverage_rare", "90 % intervals, rare evidence", b->rare.value,
                             b->rare.error, err);
}

MkStatus mk_calibration_section(const MkTrial *trial, MkSection *out, MkError *err)
{
    const bool is_recalibrated = mk_model_is_recalibrated(trial->model);
    const size_t n_which = is_recalibrated ? 2 : 1;
    MkCalibratedCells cells;
    MkCalibratedBoard board;
    MK_TRY(mk_calibrated_ask(trial, out->arena, &cells, err));
    MK_TRY(mk_calibrated_board(&cells, mk_model_schema(trial->model)->n, trial->seed, out->arena,
                               &board, err));
    show_numbers(&board, is_recalibrated, out->result);
    show_levels(&board, is_recalibrated, out->result);
    show_strata(&board, is_recalibrated, out->result);
    draw_pit(&board, n_which, out->result);
    draw_reliability(&board, n_which, out->result);
    draw_attributes(&board, n_which, out->result);
    put_data(&board, is_recalibrated, out->result, out->node);
    mk_result_note(out->result,
                   "90 %% intervals of %.0f %% of %zu numbers with %d answers or more are within "
                   "0.02 and two standard errors of 0.90%s.",
                   100.0 * board.within[1].value, board.n_attributes, (int)MK_CALIBRATED_LEAST,
                   is_recalibrated ? "" : "; the file holds no recalibration");
    if (is_recalibrated) {
        mk_result_note(out->result, "Before recalibration: %.0f %% of them.",
                       100.0 * board.within[0].value);
    }
    MK_TRY(say_figures(&board, out, err));
    MK_TRY(mk_trial_goes_on(trial, 1.0, err));
    return mk_result_status(out->result, err);
}
