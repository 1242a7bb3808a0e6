/* plot.c - mk_query_plot: the distribution of each target with the population behind it. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <math.h>
#include <string.h>

#include "src/query/answer.h"
#include "src/query/curve.h"
#include "src/query/figure_data.h"
#include "src/query/query.h"
#include "src/query/show.h"

static const char *posterior_name(const MkQuery *query)
{
    return query->evidence.n > 0 ? "given the known" : "population";
}

static const char *text_of(const char *text)
{
    return text == NULL ? "" : text;
}

/* "median 5.6 · 50 % 5.3 – 5.9 · 90 % 5.1 – 6.8 · given age 45 years · altair" */
static const char *caption(const MkQuery *query, const MkDistribution *d, size_t j, MkArena *arena)
{
    const char *title = mk_show_title(arena, query->model, query->evidence);
    if (!mk_show_is_number(query->model, j)) {
        return title;
    }
    const MkShowStep step = mk_show_step(query->model, j);
    const double end = 0.5 * (1 - query->level);
    return text_of(mk_arena_printf(
        arena, "median %s · 50 %% %s · %s %s · %s",
        mk_show_number(arena, mk_dist_quantile(d, 0.5), step),
        mk_show_interval(arena, mk_dist_quantile(d, 0.25), mk_dist_quantile(d, 0.75), step),
        mk_show_level(arena, query->level),
        mk_show_interval(arena, mk_dist_quantile(d, end), mk_dist_quantile(d, 1 - end), step),
        title));
}

static void draw_levels(const MkQuery *query, const MkDistribution *d, size_t j, MkFigure *figure,
                        MkResult *result)
{
    figure->x_is_label = true;
    figure->y_label = "probability";
    (void)mk_curve_levels(result, figure, mk_model_population(query->model, j), MK_ROLE_POPULATION,
                          "population");
    if (query->evidence.n > 0) {
        (void)mk_curve_levels(result, figure, d, MK_ROLE_POSTERIOR, posterior_name(query));
    }
}

static void draw_values(const MkQuery *query, const MkDistribution *d, size_t j, double low,
                        size_t n, MkFigure *figure, MkResult *result)
{
    figure->x_is_label = true;
    figure->y_label = "probability";
    (void)mk_curve_bars(result, figure, mk_model_population(query->model, j), low, n,
                        MK_ROLE_POPULATION, "population");
    if (query->evidence.n > 0) {
        (void)mk_curve_bars(result, figure, d, low, n, MK_ROLE_POSTERIOR, posterior_name(query));
    }
}

/* Exactly at the domain's end: said in words, since a density has no room for it. */
static void note_atom(const MkQuery *query, const MkCurve *curve, const MkCurve *usual, size_t j,
                      MkResult *result)
{
    if (curve->atom <= 0 && usual->atom <= 0) {
        return;
    }
    MkArena *arena = result->arena;
    const MkAttribute *attribute = mk_show_attribute(query->model, j);
    mk_result_note(result,
                   "%s is exactly %s with probability %s (population %s); the curve shows "
                   "the others.",
                   attribute->name, mk_show_exact(arena, attribute->min),
                   mk_show_share(arena, curve->atom), mk_show_share(arena, usual->atom));
}

static void draw_curve(const MkQuery *query, const MkDistribution *d, size_t j, double low,
                       double high, MkFigure *figure, MkResult *result)
{
    MkArena *arena = result->arena;
    MkCurve usual, curve;
    const MkShowStep step = mk_show_step(query->model, j);
    const double median = mk_dist_quantile(d, 0.5);
    const double end = 0.5 * (1 - query->level);
    figure->x_min = low;
    figure->x_max = high;
    figure->x_is_log = mk_curve_is_log(query->model, j);
    figure->y_label = figure->x_is_log ? "density per factor of 10" : "density";
    mk_curve_make(query->model, j, mk_model_population(query->model, j), low, high, &usual);
    if (query->evidence.n > 0) {
        (void)mk_curve_series(result, figure, &usual, MK_SERIES_FILL, MK_ROLE_POPULATION,
                              "population", -INFINITY, INFINITY);
    }
    const char *at = mk_show_number(arena, median, step);
    if (mk_dist_quantile(d, 0.999) - mk_dist_quantile(d, 0.001) <= 0) {
        MkSeries *mark = mk_figure_add_series(
            result, figure, MK_SERIES_MARK, MK_ROLE_KNOWN,
            text_of(mk_arena_printf(arena, "known: %s", mk_show_exact(arena, median))), 1);
        mk_series_point(mark, 0, median, 0);
        return;
    }
    mk_curve_make(query->model, j, d, low, high, &curve);
    (void)mk_curve_series(result, figure, &curve, MK_SERIES_FILL, MK_ROLE_BAND90,
                          text_of(mk_arena_printf(arena, "%s", mk_show_level(arena, query->level))),
                          mk_dist_quantile(d, end), mk_dist_quantile(d, 1 - end));
    (void)mk_curve_series(result, figure, &curve, MK_SERIES_FILL, MK_ROLE_BAND50, "50 %",
                          mk_dist_quantile(d, 0.25), mk_dist_quantile(d, 0.75));
    (void)mk_curve_series(result, figure, &curve, MK_SERIES_LINE, MK_ROLE_POSTERIOR,
                          posterior_name(query), -INFINITY, INFINITY);
    MkSeries *mark = mk_figure_add_series(result, figure, MK_SERIES_MARK, MK_ROLE_MEDIAN,
                                          text_of(mk_arena_printf(arena, "median %s", at)), 1);
    mk_series_point(mark, 0, median, 0);
    note_atom(query, &curve, &usual, j, result);
}

static void draw_target(const MkQuery *query, const MkDistribution *d, size_t j, MkResult *result)
{
    const MkAttribute *attribute = mk_show_attribute(query->model, j);
    const char *axis = mk_show_axis(result->arena, attribute);
    MkFigure *figure = mk_result_add_figure(result, attribute->label);
    if (figure == NULL) {
        return;
    }
    figure->x_label = axis;
    figure->caption = caption(query, d, j, result->arena);
    if (!mk_type_is_number(attribute->type)) {
        draw_levels(query, d, j, figure, result);
        return;
    }
    double low = 0, high = 1;
    mk_curve_axis(query->model, j, d, 1, &low, &high);
    const size_t n = mk_curve_values(query->model, j, low, high);
    if (n > 0) {
        draw_values(query, d, j, low, n, figure, result);
    } else {
        draw_curve(query, d, j, low, high, figure, result);
    }
}

MkStatus mk_query_plot(const MkQuery *query, MkResult *result, MkError *err)
{
    if (query->n_targets == 0) {
        return mk_fail(err, MK_EINVAL, "no target to plot");
    }
    MkAnswer answer;
    MK_TRY(mk_answer_ask(query, result, &answer, err));
    MkNode *root = mk_answer_root(query, &answer, result);
    mk_answer_estimates(query, &answer, root, result);
    for (size_t t = 0; t < query->n_targets; t++) {
        draw_target(query, &answer.posterior[t], query->targets[t], result);
    }
    mk_figure_nodes(result, root, "figures");
    mk_answer_notes(query, &answer, result);
    return mk_result_status(result, err);
}
