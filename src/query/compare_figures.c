/* compare_figures.c - a comparison drawn: the distributions of each target, and the changes. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <math.h>

#include "src/base/text.h"
#include "src/query/compare_inner.h"
#include "src/query/curve.h"
#include "src/query/show.h"

/* Exactly at the domain's end: a density has no room for it. */
static void note_atoms(const MkCompare *c, size_t t, const double *atoms, MkResult *result)
{
    MkArena *arena = result->arena;
    const MkAttribute *attribute = mk_compare_target(c, t);
    const double at = mk_curve_is_log(c->query->model, c->targets[t]) ? 0 : attribute->min;
    const char *list = NULL;
    bool is_any = false;
    for (size_t s = 0; s < c->n; s++) {
        is_any = is_any || atoms[s] > 0;
        list = mk_arena_printf(arena, "%s%s%s %s", mk_text_or_empty(list), s > 0 ? ", " : "",
                               c->scenarios[s].name, mk_show_share(arena, atoms[s]));
    }
    if (is_any) {
        mk_result_note(result, "%s is exactly %s with probability: %s; the curves show the others.",
                       attribute->name, mk_show_exact(arena, at), mk_text_or_empty(list));
    }
}

static void number_figure(const MkCompare *c, size_t t, MkFigure *figure, MkResult *result)
{
    const MkModel *model = c->query->model;
    const size_t j = c->targets[t];
    MkDistribution *all = mk_arena_array(result->arena, c->n, sizeof *all);
    double *atoms = mk_arena_zeros(result->arena, c->n, sizeof *atoms);
    double low = 0, high = 1;
    if (all == NULL || atoms == NULL) {
        return;
    }
    for (size_t s = 0; s < c->n; s++) {
        all[s] = *mk_compare_answer(c, s, t);
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
            atoms[s] = curve.atom;
            series = mk_curve_series(result, figure, &curve, MK_SERIES_LINE, MK_ROLE_SCENARIO,
                                     mk_text_or_empty(name), -INFINITY, INFINITY);
        }
        if (series != NULL) {
            series->index = s;
        }
    }
    note_atoms(c, t, atoms, result);
}

static void target_figure(const MkCompare *c, size_t t, MkResult *result)
{
    const MkAttribute *attribute = mk_compare_target(c, t);
    const char *axis = mk_show_axis(result->arena, attribute);
    MkFigure *figure = mk_result_add_figure(result, attribute->label);
    if (figure == NULL) {
        return;
    }
    figure->x_label = axis;
    figure->caption = mk_compare_title(c, result->arena);
    if (mk_type_is_number(attribute->type)) {
        number_figure(c, t, figure, result);
        return;
    }
    figure->x_is_label = true;
    figure->y_label = "probability";
    for (size_t s = 0; s < c->n; s++) {
        MkSeries *series = mk_curve_levels(result, figure, mk_compare_answer(c, s, t),
                                           MK_ROLE_SCENARIO, c->scenarios[s].name);
        if (series != NULL) {
            series->index = s;
        }
    }
}

/* Changes in one picture, the largest above: of medians in standard deviations of the population,
 * of levels as large as all their shares moved, with the sign of the one that moved most. */
static const char *change_label(const MkCompare *c, size_t t, MkArena *arena)
{
    const MkAttribute *attribute = mk_compare_target(c, t);
    if (mk_type_is_number(attribute->type)) {
        return attribute->name;
    }
    const size_t level = mk_compare_difference(c, mk_compare_widest(c, t), t)->level;
    return mk_text_or_empty(
        mk_arena_printf(arena, "%s: %s", attribute->name, attribute->levels[level].name));
}

/* The change of the labelled thing in scenario s. */
static double change_of(const MkCompare *c, size_t s, size_t t)
{
    const MkDifference *widest = mk_compare_difference(c, mk_compare_widest(c, t), t);
    const MkDifference *mine = mk_compare_difference(c, s, t);
    if (mk_type_is_number(mk_compare_target(c, t)->type)) {
        const double sd = mk_model_marginal(c->query->model, c->targets[t])->sd;
        return sd > 0 ? (widest->is_mean ? mine->mean : mine->median) / sd : 0;
    }
    const double moved = mk_dist_level(mk_compare_answer(c, s, t), widest->level) -
                         mk_dist_level(mk_compare_answer(c, c->base, t), widest->level);
    return copysign(mine->size, moved);
}

/* What a scenario sets is no answer; such targets stand last. */
static size_t n_changes(const MkCompare *c)
{
    size_t n = mk_compare_shown(c);
    while (n > 0 && c->is_set[c->order[n - 1]]) {
        n--;
    }
    return n;
}

static void change_bars(const MkCompare *c, size_t s, MkFigure *figure, MkResult *result)
{
    const size_t n = n_changes(c);
    MkSeries *bars = mk_figure_add_series(result, figure, MK_SERIES_BARS, MK_ROLE_SCENARIO,
                                          c->scenarios[s].name, n);
    if (bars == NULL) {
        return;
    }
    bars->index = s;
    for (size_t i = 0; i < n; i++) {
        const size_t t = c->order[i];
        const double sd = mk_model_marginal(c->query->model, c->targets[t])->sd;
        const MkDifference *d = mk_compare_difference(c, s, t);
        mk_series_label(result, bars, i, change_label(c, t, result->arena));
        mk_series_point(bars, i, 0, change_of(c, s, t));
        /* Two people differ far more than two medians: of many attributes no bar would be seen. */
        if (mk_type_is_number(mk_compare_target(c, t)->type) && sd > 0 && !c->is_all) {
            mk_series_span(bars, i, d->low / sd, d->high / sd);
        }
    }
}

static void change_figure(const MkCompare *c, MkResult *result)
{
    MkArena *arena = result->arena;
    bool has_levels = false, has_numbers = false;
    for (size_t i = 0; i < n_changes(c); i++) {
        const bool is_number = mk_type_is_number(mk_compare_target(c, c->order[i])->type);
        has_levels = has_levels || !is_number;
        has_numbers = has_numbers || is_number;
    }
    if (c->n < 2 || n_changes(c) == 0) {
        return;
    }
    const char *title = mk_arena_printf(arena, "Changes against %s", c->scenarios[c->base].name);
    MkFigure *figure = mk_result_add_figure(result, mk_text_or_empty(title));
    if (figure == NULL) {
        return;
    }
    figure->x_is_label = true;
    figure->y_label =
        has_levels ? "size of the change (population sd)" : "change of the median (population sd)";
    const char *whisker = has_numbers && !c->is_all
                              ? mk_arena_printf(arena, "whisker: %s interval for two people · ",
                                                mk_show_level(arena, c->query->level))
                              : "";
    figure->caption = mk_text_or_empty(
        mk_arena_printf(arena, "%s%s", mk_text_or_empty(whisker), mk_compare_title(c, arena)));
    for (size_t s = 0; s < c->n; s++) {
        if (s != c->base) {
            change_bars(c, s, figure, result);
        }
    }
}

void mk_compare_figures(const MkCompare *c, MkResult *result)
{
    for (size_t i = 0; i < c->n_done && !c->is_all; i++) {
        target_figure(c, c->order[i], result);
    }
    change_figure(c, result);
}
