#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "src/query/training.h"

#include <math.h>

#include "src/base/text.h"
#include "src/query/show.h"
#include "src/stats/association.h"

static const char *const people_name = "training people";
static const double most_of_cell = 0.5, all_of_cell = 0.98;

static double population_mass(const MkTraining *t, size_t k)
{
    const MkDistribution *d = mk_model_population(t->model, t->attribute);
    if (t->cells.edges == NULL) {
        return mk_dist_level(d, k);
    }
    /* Whoever is beyond the outer edges counts in the end cells. */
    const double below = k > 0 ? mk_dist_cdf(d, t->cells.edges[k]) : 0;
    const double to = k + 1 < t->cells.n ? mk_dist_cdf(d, t->cells.edges[k + 1]) : 1;
    return fmax(to - below, 0);
}

bool mk_training_make(const MkModel *model, size_t j, MkArena *arena, MkTraining *out)
{
    MkCells cells;
    if (!mk_model_cells(model, j, arena, &cells)) {
        return false;
    }
    double *mass = mk_arena_array(arena, cells.n, sizeof *mass);
    if (mass == NULL) {
        return false;
    }
    *out = (MkTraining){.model = model, .attribute = j, .cells = cells, .mass = mass};
    for (size_t k = 0; k < cells.n; k++) {
        mass[k] = isfinite(cells.share[k]) ? population_mass(out, k) : NAN;
    }
    out->overlap = mk_assoc_overlap(mass, cells.share, cells.n);
    return true;
}

static bool is_in(const MkTraining *t, size_t k, double x)
{
    const double *edges = t->cells.edges;
    return (k == 0 || x >= edges[k]) && (k + 1 == t->cells.n || x < edges[k + 1]);
}

double mk_training_share_at(const MkTraining *t, double x, double model_share)
{
    for (size_t k = 0; k < t->cells.n && t->cells.edges != NULL; k++) {
        if (is_in(t, k, x)) {
            return model_share > all_of_cell * t->mass[k] ? t->cells.share[k] : NAN;
        }
    }
    return NAN;
}

/* Whether cell k can be drawn between low and high. */
static bool is_drawn(const MkTraining *t, const MkTrainingAxis *axis, size_t k)
{
    const double from = fmax(t->cells.edges[k], axis->low), to = t->cells.edges[k + 1];
    const bool is_atom =
        axis->atom > 0 && is_in(t, k, axis->atom_at) && axis->atom > most_of_cell * t->mass[k];
    return !is_atom && isfinite(t->cells.share[k]) && from < axis->high && to > from;
}

/* Between two edges along the axis; a logarithmic one begins above zero, the first cell may not. */
static double width_of(const MkTrainingAxis *axis, double from, double to)
{
    return axis->is_log ? log10(to / fmax(from, axis->low)) : to - from;
}

/* Cells k up to the end that is returned are one step, at least as wide as the axis wants; what
 * would be left over at the end goes with the last one. */
static size_t step_end(const MkTraining *t, const MkTrainingAxis *axis, size_t k)
{
    const double *edges = t->cells.edges;
    size_t end = k + 1;
    while (end < t->cells.n && is_drawn(t, axis, end) &&
           (width_of(axis, edges[k], edges[end]) < axis->least ||
            width_of(axis, edges[end], edges[t->cells.n]) < axis->least)) {
        end++;
    }
    return end;
}

/* Two points a step; an upright line joins one to the next. */
void mk_training_steps(const MkTraining *t, const MkTrainingAxis *axis, MkFigure *figure,
                       MkResult *result)
{
    const size_t n = t->cells.n;
    const double *edges = t->cells.edges;
    MkSeries *steps = mk_figure_add_series(result, figure, MK_SERIES_FILL, MK_ROLE_SURVEY,
                                           people_name, 2 * n + 2);
    size_t used = 0;
    double at = axis->low;
    mk_series_point(steps, used++, at, 0);
    for (size_t k = 0, end = 0; k < n; k = end) {
        end = k + 1;
        double height = 0;
        if (is_drawn(t, axis, k)) {
            end = step_end(t, axis, k);
            for (size_t i = k; i < end; i++) {
                height += t->cells.share[i];
            }
            height /= width_of(axis, edges[k], edges[end]);
        }
        const double to = fmin(fmax(edges[end], at), axis->high);
        mk_series_point(steps, used++, fmin(fmax(edges[k], at), axis->high), height);
        mk_series_point(steps, used++, to, height);
        at = to;
    }
    while (used < 2 * n + 2) {
        mk_series_point(steps, used++, at, 0);
    }
}

/* Share of the people between two places, each cell spread evenly over its recorded values. */
static double share_between(const MkTraining *t, double from, double to)
{
    double sum = 0;
    bool is_told = false;
    for (size_t k = 0; k < t->cells.n; k++) {
        const double a = k == 0 ? fmin(from, t->cells.edges[0]) : t->cells.edges[k];
        const double b =
            k + 1 == t->cells.n ? fmax(to, t->cells.edges[k + 1]) : t->cells.edges[k + 1];
        const double both = fmin(b, to) - fmax(a, from);
        if (both > 0 && isfinite(t->cells.share[k])) {
            sum += t->cells.share[k] * both / (b - a);
            is_told = true;
        }
    }
    return is_told ? sum : NAN;
}

void mk_training_bars(const MkTraining *t, double low, size_t n, MkFigure *figure, MkResult *result)
{
    const MkAttribute *attribute = mk_show_attribute(t->model, t->attribute);
    const double step = attribute->resolution > 0 ? attribute->resolution : 1;
    const double first = round(low / step) * step;
    const double *edges = t->cells.edges;
    MkSeries *bars =
        mk_figure_add_series(result, figure, MK_SERIES_BARS, MK_ROLE_SURVEY, people_name, n);
    for (size_t i = 0; i < n; i++) {
        const double x = first + (double)i * step;
        const double from = i == 0 ? fmin(edges[0], x - 0.5 * step) : x - 0.5 * step;
        const double to = i + 1 == n ? fmax(edges[t->cells.n], x + 0.5 * step) : x + 0.5 * step;
        mk_series_point(bars, i, 0, share_between(t, from, to));
    }
}

void mk_training_levels(const MkTraining *t, MkFigure *figure, MkResult *result)
{
    const MkAttribute *attribute = mk_show_attribute(t->model, t->attribute);
    MkSeries *bars = mk_figure_add_series(result, figure, MK_SERIES_BARS, MK_ROLE_SURVEY,
                                          people_name, t->cells.n);
    for (size_t k = 0; k < t->cells.n; k++) {
        mk_series_label(result, bars, k, attribute->levels[k].name);
        mk_series_point(bars, k, 0, t->cells.share[k]);
    }
}

void mk_training_node(const MkTraining *t, MkNode *list, MkResult *result)
{
    MkNode *node = mk_node_object(result, list, NULL);
    (void)mk_node_string(result, node, "attribute",
                         mk_show_attribute(t->model, t->attribute)->name);
    (void)mk_node_number(result, node, "people", (double)t->cells.n_people);
    (void)mk_node_number(result, node, "cells", (double)t->cells.n);
    (void)mk_node_number(result, node, "overlap", t->overlap);
}

const char *mk_training_text(const MkTraining *t, MkArena *arena)
{
    return mk_text_or_empty(mk_arena_printf(arena, "%s %s (%zu people)",
                                            mk_show_attribute(t->model, t->attribute)->name,
                                            mk_show_share(arena, t->overlap), t->cells.n_people));
}
