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

static void show_numbers(const MkCalibratedBoard *b, bool is_recalibrated, MkResult *result)
{
    static const MkPutHeader headers[] = {
        {"known", "Known"},       {"recalibration", "Recalibration"},
        {"values", "Values"},     {"cover_50", "50 %"},
        {"cover_80", "80 %"},     {"cover_90", "90 %"},
        {"cover_90_error", "±"},  {"cover_95", "95 %"},
        {"width", "Width / sd"},  {"pit", "PIT error"},
        {"crps", "CRPS / sd"},    {"loss", "-log p"},
        {"skill", "Skill (nats)"}};
    const size_t n_which = is_recalibrated ? 2 : 1;
    MkResultTable *const t =
        mk_put_table(result, "Numbers: how often intervals hold the value, by how much is known",
                     headers, sizeof headers / sizeof *headers, 2, n_which * (BANDS + 1));
    for (size_t i = 0; i <= BANDS; i++) {
        for (size_t w = 0; w < n_which; w++) {
            const MkCalibratedBand *const band = &b->bands[i];
            const size_t row = i * n_which + w;
            mk_result_table_cell(result, t, row, 0, bands[i], NULL);
            mk_result_table_cell(result, t, row, 1, is_recalibrated ? whichs[w] : "none", NULL);
            mk_put_count(result, t, row, 2, band->n_numbers);
            mk_put_number(result, t, row, 3, band->cover[w][0], 3);
            mk_put_number(result, t, row, 4, band->cover[w][1], 3);
            mk_put_number(result, t, row, 5, band->cover[w][2], 3);
            mk_put_number(result, t, row, 6, band->cover_error[w], 3);
            mk_put_number(result, t, row, 7, band->cover[w][3], 3);
            mk_put_number(result, t, row, 8, band->width[w], 3);
            mk_put_number(result, t, row, 9, band->pit[w], 4);
            mk_put_number(result, t, row, 10, band->crps[w], 4);
            mk_put_number(result, t, row, 11, band->loss[w], 4);
            mk_put_number(result, t, row, 12, band->skill[w], 4);
        }
    }
}

static void show_levels(const MkCalibratedBoard *b, bool is_recalibrated, MkResult *result)
{
    static const MkPutHeader headers[] = {
        {"known", "Known"},       {"recalibration", "Recalibration"},
        {"values", "Values"},     {"ece", "ECE"},
        {"brier", "Brier"},       {"loss", "-log p"},
        {"skill", "Skill (nats)"}};
    const size_t n_which = is_recalibrated ? 2 : 1;
    MkResultTable *const t =
        mk_put_table(result, "Levels: whether probabilities are shares, by how much is known",
                     headers, sizeof headers / sizeof *headers, 2, n_which * (BANDS + 1));
    for (size_t i = 0; i <= BANDS; i++) {
        for (size_t w = 0; w < n_which; w++) {
            const MkCalibratedBand *const band = &b->bands[i];
            const size_t row = i * n_which + w;
            mk_result_table_cell(result, t, row, 0, bands[i], NULL);
            mk_result_table_cell(result, t, row, 1, is_recalibrated ? whichs[w] : "none", NULL);
            mk_put_count(result, t, row, 2, band->n_levels);
            mk_put_number(result, t, row, 3, band->ece[w], 4);
            mk_put_number(result, t, row, 4, band->brier[w], 4);
            mk_put_number(result, t, row, 5, band->level_loss[w], 4);
            mk_put_number(result, t, row, 6, band->level_skill[w], 4);
        }
    }
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
    for (size_t s = 0; s < STRATA; s++) {
        for (size_t w = 0; w < n_which; w++) {
            const size_t row = s * n_which + w;
            mk_result_table_cell(result, t, row, 0, strata[s], NULL);
            mk_result_table_cell(result, t, row, 1, is_recalibrated ? whichs[w] : "none", NULL);
            mk_put_count(result, t, row, 2, b->strata[s].n_people);
            mk_put_count(result, t, row, 3, b->strata[s].n);
            mk_put_number(result, t, row, 4, b->strata[s].cover[w], 3);
            mk_put_number(result, t, row, 5, b->strata[s].width[w], 3);
            mk_put_number(result, t, row, 6, b->strata[s].error[w], 3);
        }
    }
}

/* ---- figures ---- */

static void draw_pit(const MkCalibratedBoard *b, size_t n_which, MkResult *result)
{
    enum { BINS = MK_CALIBRATED_PIT };
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
    static const char *const keys[] = {"cover_50", "cover_80", "cover_90", "cover_95"};
    for (size_t l = 0; l < MK_CALIBRATED_LEVELS; l++) {
        mk_put_node(result, parent, keys[l], band->cover[w][l]);
    }
    mk_put_node(result, parent, "cover_90_error", band->cover_error[w]);
    mk_put_node(result, parent, "width", band->width[w]);
    mk_put_node(result, parent, "pit", band->pit[w]);
    mk_put_node(result, parent, "crps", band->crps[w]);
    mk_put_node(result, parent, "loss", band->loss[w]);
    mk_put_node(result, parent, "skill", band->skill[w]);
    mk_put_node(result, parent, "ece", band->ece[w]);
    mk_put_node(result, parent, "brier", band->brier[w]);
    mk_put_node(result, parent, "level_loss", band->level_loss[w]);
    mk_put_node(result, parent, "level_skill", band->level_skill[w]);
}

static void put_data(const MkCalibratedBoard *b, bool is_recalibrated, MkResult *result,
                     MkNode *node)
{
    mk_node_bool(result, node, "recalibrated", is_recalibrated);
    mk_node_number(result, node, "attributes", (double)b->n_attributes);
    MkNode *const list = mk_node_array(result, node, "bands");
    MkNode *const rare = mk_node_array(result, node, "strata");
    for (size_t w = 0; w < 2; w++) {
        mk_put_node(result, node, w == 0 ? "within_before" : "within", b->within[w]);
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
            mk_put_node(result, figures, "cover_90", b->strata[s].cover[w]);
            mk_put_node(result, figures, "width", b->strata[s].width[w]);
            mk_put_node(result, figures, "error", b->strata[s].error[w]);
        }
    }
}

/* ---- the section ---- */

/* Coverage where what is known is rarer than 5 %. */
static double rare_coverage(const MkCalibratedBoard *b)
{
    const MkCalibratedStratum *const s = b->strata;
    const double n = (double)(s[0].n + s[1].n);
    double sum = 0.0;
    for (size_t k = 0; k < 2; k++) {
        sum += s[k].n > 0 ? s[k].cover[1] * (double)s[k].n : 0.0;
    }
    return n > 0.0 ? sum / n : NAN;
}

static MkStatus say_figures(const MkCalibratedBoard *b, MkSection *out, MkError *err)
{
    static const struct {
        const char *name, *label;
    } cover[BANDS] = {{"coverage_0", "90 % intervals, nothing known"},
                      {"coverage_1_3", "90 % intervals, 1-3 known"},
                      {"coverage_4_10", "90 % intervals, 4-10 known"},
                      {"coverage_11_50", "90 % intervals, 11-50 known"},
                      {"coverage_51", "90 % intervals, more than 50 known"}};
    MK_TRY(mk_section_figure(out, "calibration_within", "attributes whose 90 % intervals hold",
                             b->within[1], b->within_error[1], err));
    for (size_t i = 0; i < BANDS; i++) {
        MK_TRY(mk_section_figure(out, cover[i].name, cover[i].label, b->bands[i].cover[1][2],
                                 b->bands[i].cover_error[1], err));
    }
    MK_TRY(mk_section_figure(out, "ece", "calibration error of levels", b->bands[BANDS].ece[1],
                             b->ece_error[1], err));
    MK_TRY(mk_section_figure(out, "pit", "PIT error of numbers", b->bands[BANDS].pit[1], NAN, err));
    return mk_section_figure(out, "coverage_rare", "90 % intervals, rare evidence",
                             rare_coverage(b), NAN, err);
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
                   100.0 * board.within[1], board.n_attributes, (int)MK_CALIBRATED_LEAST,
                   is_recalibrated ? "" : "; the file holds no recalibration");
    if (is_recalibrated) {
        mk_result_note(out->result, "Before recalibration: %.0f %% of them.",
                       100.0 * board.within[0]);
    }
    MK_TRY(say_figures(&board, out, err));
    MK_TRY(mk_trial_goes_on(trial, 1.0, err));
    return mk_result_status(out->result, err);
}
