/* external_report.c - another survey beside the model: tables, figures, JSON. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <math.h>
#include <string.h>

#include "src/eval/external.h"
#include "src/eval/put.h"

#define HEADERS(h) (h), sizeof(h) / sizeof *(h)

static const char *const side_keys[MK_N_SIDES] = {"population", "given", "own_survey"};

/* The side that is held against the bar: what is given counts when something is. */
static MkSide main_side(const MkExternalReport *report)
{
    return report->given[0] != '\0' ? MK_SIDE_GIVEN : MK_SIDE_POPULATION;
}

static const MkAttribute *attribute_of(const MkExternalReport *report, const MkExternalRow *row)
{
    return &mk_model_schema(report->model)->attributes[row->attribute];
}

/* ---- groups of the list ---- */

/* Mean of a figure over the attributes of a group that have it, with its standard error: the same
 * people are drawn for all of them. Of |z| when is_size. */
static MkMeasured mean_of(const MkExternalReport *report, const char *group, MkSide side,
                          MkAgree figure, bool is_size)
{
    double sum = 0.0, n = 0.0, drawn[MK_RESAMPLES] = {0.0};
    for (size_t i = 0; i < report->n_rows; i++) {
        const MkAgreement *const a = &report->rows[i].sides[side];
        const double x = a->figures[figure].value;
        if (strcmp(report->rows[i].group, group) == 0 && !isnan(x)) {
            sum += is_size ? fabs(x) : x;
            n += 1.0;
            for (size_t b = 0; b < MK_RESAMPLES; b++) {
                drawn[b] += is_size ? fabs(a->drawn[figure][b]) : a->drawn[figure][b];
            }
        }
    }
    for (size_t b = 0; b < MK_RESAMPLES; b++) {
        drawn[b] /= n;
    }
    return (MkMeasured){sum / n, mk_resample_spread(drawn, MK_RESAMPLES, 1)};
}

static size_t size_of(const MkExternalReport *report, const char *group)
{
    size_t n = 0;
    for (size_t i = 0; i < report->n_rows; i++) {
        n += strcmp(report->rows[i].group, group) == 0 ? 1U : 0U;
    }
    return n;
}

/* Whether row i is the first of its group. */
static bool begins_group(const MkExternalReport *report, size_t i)
{
    for (size_t k = 0; k < i; k++) {
        if (strcmp(report->rows[k].group, report->rows[i].group) == 0) {
            return false;
        }
    }
    return true;
}

static void group_node(const MkExternalReport *report, const char *group, MkResult *result,
                       MkNode *list)
{
    const MkSide side = main_side(report);
    MkNode *const node = mk_node_object(result, list, NULL);
    (void)mk_node_string(result, node, "group", group);
    (void)mk_node_number(result, node, "attributes", (double)size_of(report, group));
    mk_put_measured_node(result, node, "overlap",
                         mean_of(report, group, side, MK_AGREE_OVERLAP, false));
    mk_put_measured_node(result, node, "overlap_fine",
                         mean_of(report, group, side, MK_AGREE_FINE, false));
    for (size_t s = 0; s < MK_N_SIDES; s++) {
        const char *const key = mk_arena_printf(result->arena, "overlap_%s", side_keys[s]);
        const char *const fine = mk_arena_printf(result->arena, "fine_%s", side_keys[s]);
        mk_put_measured_node(result, node, key != NULL ? key : "",
                             mean_of(report, group, (MkSide)s, MK_AGREE_OVERLAP, false));
        mk_put_measured_node(result, node, fine != NULL ? fine : "",
                             mean_of(report, group, (MkSide)s, MK_AGREE_FINE, false));
    }
    mk_put_measured_node(result, node, "normal_overlap",
                         mean_of(report, group, side, MK_AGREE_NORMAL, false));
    mk_put_measured_node(result, node, "mean_abs_z",
                         mean_of(report, group, side, MK_AGREE_Z, true));
}

static void report_groups(const MkExternalReport *report, MkResult *result, MkNode *root)
{
    static const MkPutHeader headers[] = {
        {"group", "Group"},
        {"attributes", "Attributes"},
        {"overlap", "Overlap"},
        {"overlap_population", "Population"},
        {"overlap_own_survey", "Two surveys"},
        {"overlap_fine", "Finer bins"},
        {"fine_own_survey", "Finer, two surveys"},
        {"normal_overlap", "Normal"},
        {"mean_abs_z", "Mean |z|"},
    };
    size_t n = 0, at = 0;
    for (size_t i = 0; i < report->n_rows; i++) {
        n += begins_group(report, i) ? 1U : 0U;
    }
    const MkSide side = main_side(report);
    MkResultTable *const table =
        mk_put_table(result, "Agreement, mean over attributes", HEADERS(headers), 1, n);
    MkNode *const list = mk_node_array(result, root, "groups");
    for (size_t i = 0; i < report->n_rows; i++) {
        if (!begins_group(report, i)) {
            continue;
        }
        const char *const group = report->rows[i].group;
        const struct {
            MkSide side;
            MkAgree figure;
        } shown[] = {{side, MK_AGREE_OVERLAP},
                     {MK_SIDE_POPULATION, MK_AGREE_OVERLAP},
                     {MK_SIDE_SURVEY, MK_AGREE_OVERLAP},
                     {side, MK_AGREE_FINE},
                     {MK_SIDE_SURVEY, MK_AGREE_FINE},
                     {side, MK_AGREE_NORMAL},
                     {side, MK_AGREE_Z}};
        mk_result_table_cell(result, table, at, 0, group, NULL);
        mk_put_count(result, table, at, 1, size_of(report, group));
        for (size_t k = 0; k < sizeof shown / sizeof *shown; k++) {
            const bool is_z = shown[k].figure == MK_AGREE_Z;
            mk_put_measured(result, table, at, 2 + k,
                            mean_of(report, group, shown[k].side, shown[k].figure, is_z), 3);
        }
        group_node(report, group, result, list);
        at++;
    }
}

/* The mean overlap of the first group of the list. */
static MkStatus say_overlap(const MkExternalReport *report, MkSection *out, MkError *err)
{
    const char *const group = report->rows[0].group;
    const MkMeasured mean = mean_of(report, group, main_side(report), MK_AGREE_OVERLAP, false);
    const char *const label =
        mk_arena_printf(out->arena, "overlap with %s, mean of %s", report->survey, group);
    return mk_section_figure(out, "external_overlap", label != NULL ? label : "", mean.value,
                             mean.error, err);
}

/* ---- attributes ---- */

static void attribute_node(const MkExternalReport *report, const MkExternalRow *row,
                           MkResult *result, MkNode *list)
{
    MkNode *const node = mk_node_object(result, list, NULL);
    (void)mk_node_string(result, node, "attribute", attribute_of(report, row)->name);
    (void)mk_node_string(result, node, "group", row->group);
    (void)mk_node_number(result, node, "people", (double)row->n);
    mk_put_node(result, node, "mean", row->mean);
    mk_put_node(result, node, "sd", row->sd);
    for (size_t s = 0; s < MK_N_SIDES; s++) {
        const MkAgreement *const a = &row->sides[s];
        if (isnan(a->figures[MK_AGREE_OVERLAP].value)) {
            continue;
        }
        MkNode *const side = mk_node_object(result, node, side_keys[s]);
        mk_put_node(result, side, "mean", a->mean);
        mk_put_node(result, side, "sd", a->sd);
        mk_put_measured_node(result, side, "z", a->figures[MK_AGREE_Z]);
        mk_put_measured_node(result, side, "overlap", a->figures[MK_AGREE_OVERLAP]);
        mk_put_measured_node(result, side, "overlap_fine", a->figures[MK_AGREE_FINE]);
        mk_put_measured_node(result, side, "normal_overlap", a->figures[MK_AGREE_NORMAL]);
    }
}

static void report_attributes(const MkExternalReport *report, MkResult *result, MkNode *root)
{
    static const MkPutHeader headers[] = {{"attribute", "Attribute"},
                                          {"unit", "Unit"},
                                          {"people", "People"},
                                          {"mean", "Mean"},
                                          {"sd", "sd"},
                                          {"model_mean", "Model mean"},
                                          {"model_sd", "Model sd"},
                                          {"z", "z"},
                                          {"overlap", "Overlap"},
                                          {"overlap_population", "Population"},
                                          {"overlap_own_survey", "Two surveys"},
                                          {"overlap_fine", "Finer bins"},
                                          {"fine_own_survey", "Finer, two surveys"},
                                          {"normal_overlap", "Normal"}};
    const MkSide side = main_side(report);
    MkNode *const list = mk_node_array(result, root, "attributes");
    MkResultTable *const table =
        mk_put_table(result, "Attributes", HEADERS(headers), 2, report->n_rows);
    for (size_t i = 0; i < report->n_rows; i++) {
        const MkExternalRow *const row = &report->rows[i];
        const MkAgreement *const a = &row->sides[side];
        mk_result_table_cell(result, table, i, 0, attribute_of(report, row)->name, NULL);
        mk_result_table_cell(result, table, i, 1, attribute_of(report, row)->unit, NULL);
        mk_put_count(result, table, i, 2, row->n);
        mk_put_rounded(result, table, i, 3, row->mean);
        mk_put_rounded(result, table, i, 4, row->sd);
        mk_put_rounded(result, table, i, 5, a->mean);
        mk_put_rounded(result, table, i, 6, a->sd);
        const MkMeasured *const population = row->sides[MK_SIDE_POPULATION].figures;
        const MkMeasured *const own = row->sides[MK_SIDE_SURVEY].figures;
        const MkMeasured shown[] = {a->figures[MK_AGREE_Z],       a->figures[MK_AGREE_OVERLAP],
                                    population[MK_AGREE_OVERLAP], own[MK_AGREE_OVERLAP],
                                    a->figures[MK_AGREE_FINE],    own[MK_AGREE_FINE],
                                    a->figures[MK_AGREE_NORMAL]};
        for (size_t k = 0; k < sizeof shown / sizeof *shown; k++) {
            mk_put_measured(result, table, i, 7 + k, shown[k], 3);
        }
        attribute_node(report, row, result, list);
    }
}

/* ---- figures ---- */

static void bars_of(const MkExternalReport *report, const char *group, MkSide side, size_t index,
                    const char *name, MkFigure *figure, MkResult *result)
{
    const size_t n = size_of(report, group);
    MkSeries *const bars =
        mk_figure_add_series(result, figure, MK_SERIES_BARS, MK_ROLE_SCENARIO, name, n);
    size_t at = 0;
    if (bars == NULL || n == 0) {
        return;
    }
    bars->index = index;
    for (size_t i = 0; i < report->n_rows; i++) {
        const MkExternalRow *const row = &report->rows[i];
        if (strcmp(row->group, group) == 0) {
            mk_series_label(result, bars, at, attribute_of(report, row)->name);
            const MkMeasured m = row->sides[side].figures[MK_AGREE_OVERLAP];
            mk_series_point(bars, at, 0.0, m.value);
            mk_series_span(bars, at++, m.value - 2.0 * m.error, m.value + 2.0 * m.error);
        }
    }
}

static void report_figure(const MkExternalReport *report, const char *group, MkResult *result)
{
    const char *const title =
        mk_arena_printf(result->arena, "Overlap with %s: %s", report->survey, group);
    MkFigure *const figure = mk_result_add_figure(result, title != NULL ? title : "");
    const MkSide side = main_side(report);
    const char *const name = mk_model_card(report->model)->name;
    if (figure == NULL) {
        return;
    }
    figure->x_is_label = true;
    figure->y_label = "overlap";
    figure->caption = side == MK_SIDE_GIVEN
                          ? mk_arena_printf(result->arena, "%s given %s", name, report->given)
                          : "";
    bars_of(report, group, side, 0, name, figure, result);
    if (report->own[0] != '\0') {
        bars_of(report, group, MK_SIDE_SURVEY, 1, report->own, figure, result);
    }
}

/* ---- people one by one ---- */

static void report_calibration(const MkExternalReport *report, MkResult *result, MkNode *root)
{
    static const MkPutHeader headers[] = {{"group", "Group"},
                                          {"cells", "Answers"},
                                          {"coverage", "Coverage"},
                                          {"pit_error", "PIT error"},
                                          {"error", "|error|/sd"}};
    MkNode *const list = mk_node_array(result, root, "calibration");
    MkResultTable *const table =
        mk_put_table(result, "People one by one, numbers, ten most related known", HEADERS(headers),
                     1, report->n_groups);
    for (size_t i = 0; i < report->n_groups; i++) {
        const MkCalibration *const c = &report->groups[i].calibration;
        MkNode *const node = mk_node_object(result, list, NULL);
        (void)mk_node_string(result, node, "group", report->groups[i].name);
        (void)mk_node_number(result, node, "cells", (double)c->n);
        mk_put_measured_node(result, node, "coverage", c->cover);
        mk_put_measured_node(result, node, "pit", c->pit);
        mk_put_measured_node(result, node, "error", c->error);
        mk_result_table_cell(result, table, i, 0, report->groups[i].name, NULL);
        mk_put_count(result, table, i, 1, c->n);
        mk_put_measured(result, table, i, 2, c->cover, 4);
        mk_put_measured(result, table, i, 3, c->pit, 4);
        mk_put_measured(result, table, i, 4, c->error, 4);
    }
}

/* ---- all of it ---- */

/* Attributes of the list that are not in it: "a, b". */
static void note_missing(const MkExternalReport *report, MkResult *result)
{
    MkBuf names;
    size_t n = 0;
    mk_buf_init(&names);
    for (size_t i = 0; i < report->list->n; i++) {
        bool is_there = false;
        for (size_t k = 0; k < report->n_rows && !is_there; k++) {
            is_there = strcmp(attribute_of(report, &report->rows[k])->name,
                              report->list->items[i].name) == 0;
        }
        if (!is_there) {
            mk_buf_printf(&names, "%s%s", n++ > 0 ? ", " : "", report->list->items[i].name);
        }
    }
    if (n > 0 && !names.failed) {
        mk_result_note(result, "Not compared, unknown to the model or nobody in the survey: %s.",
                       names.data);
    }
    result->failed = result->failed || names.failed;
    mk_buf_release(&names);
}

static void note_all(const MkExternalReport *report, MkResult *result)
{
    mk_result_note(
        result,
        "%zu people of %s, weighted as the survey weights them. z = (mean of the model - "
        "mean of the survey) / sd of the survey. Overlap: what the two distributions share in 20 "
        "bins over the range of the survey's people; finer bins: as many as Freedman and Diaconis "
        "say, 20 to 100, in which chance alone takes more.",
        report->n_survey, report->survey);
    if (report->given[0] != '\0') {
        mk_result_note(result, "The model is asked given %s; Population: with nothing given.",
                       report->given);
    }
    if (report->own[0] != '\0') {
        mk_result_note(result,
                       "The two surveys: people of %s against those of %s, which no model can be "
                       "expected to better by much.",
                       report->own, report->survey);
    }
    mk_result_note(result,
                   "One by one: %zu people; each attribute asked with the ten known that are most "
                   "related to it; coverage of the central %.0f %% interval; PIT error is the area "
                   "between the distribution of the PIT and the uniform one.",
                   report->n_judged, 100.0 * report->level);
}

MkStatus mk_external_report(const MkExternalReport *report, MkSection *out, MkError *err)
{
    MkResult *const result = out->result;
    MkNode *const root = out->node;
    (void)mk_node_string(result, root, "survey", report->survey);
    (void)mk_node_string(result, root, "given", report->given);
    (void)mk_node_string(result, root, "own_survey", report->own);
    (void)mk_node_number(result, root, "people", (double)report->n_survey);
    (void)mk_node_number(result, root, "judged", (double)report->n_judged);
    report_groups(report, result, root);
    report_attributes(report, result, root);
    report_calibration(report, result, root);
    for (size_t i = 0; i < report->n_rows; i++) {
        if (begins_group(report, i)) {
            report_figure(report, report->rows[i].group, result);
        }
    }
    note_missing(report, result);
    note_all(report, result);
    const MkCalibration *const all = &report->groups[report->n_groups - 1].calibration;
    MK_TRY(say_overlap(report, out, err));
    MK_TRY(mk_section_figure(out, "external_coverage",
                             "interval coverage, numbers, people of another survey",
                             all->cover.value, all->cover.error, err));
    return mk_result_status(result, err);
}

void mk_external_quality(const MkExternalReport *report, MkBuf *out)
{
    const MkSide side = main_side(report);
    mk_buf_printf(out, "Against %s, %zu people who were not trained on", report->survey,
                  report->n_survey);
    if (side == MK_SIDE_GIVEN) {
        mk_buf_printf(out, "; the model is asked given %s", report->given);
    }
    mk_buf_puts(
        out,
        ". Overlap of the distributions in 20 bins, mean over attributes; the two surveys: that of "
        "the people trained on.\n\n| group | attributes | overlap | the two surveys | "
        "mean \\|z\\| |\n| --- | --- | --- | --- | --- |\n");
    for (size_t i = 0; i < report->n_rows; i++) {
        if (begins_group(report, i)) {
            const char *const group = report->rows[i].group;
            const MkMeasured overlap = mean_of(report, group, side, MK_AGREE_OVERLAP, false);
            const MkMeasured own = mean_of(report, group, MK_SIDE_SURVEY, MK_AGREE_OVERLAP, false);
            mk_buf_puts(out, "| ");
            mk_put_markdown(out, group);
            mk_buf_printf(out, "%zu | ", size_of(report, group));
            mk_put_markdown_number(out, overlap.value, 4);
            mk_put_markdown_number(out, own.value, 4);
            mk_put_markdown_number(out, mean_of(report, group, side, MK_AGREE_Z, true).value, 3);
            mk_buf_puts(out, "\n");
        }
    }
    mk_buf_printf(out,
                  "\n%zu of them one by one, ten most related known:\n\n| numbers | answers | "
                  "coverage of %.0f %% | PIT error |\n| --- | --- | --- | --- |\n",
                  report->n_judged, 100.0 * report->level);
    for (size_t i = 0; i < report->n_groups; i++) {
        const MkCalibration *const c = &report->groups[i].calibration;
        mk_buf_puts(out, "| ");
        mk_put_markdown(out, report->groups[i].name);
        mk_buf_printf(out, "%zu | ", c->n);
        mk_put_markdown_number(out, c->cover.value, 4);
        mk_put_markdown_number(out, c->pit.value, 4);
        mk_buf_puts(out, "\n");
    }
}
