/* plot.c - mk_query_plot: the distribution of each target, with the population behind it when
 * something is known and the training people otherwise. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <math.h>
#include <string.h>

#include "src/base/text.h"
#include "src/query/answer.h"
#include "src/query/curve.h"
#include "src/query/figure_data.h"
#include "src/query/query.h"
#include "src/query/show.h"
#include "src/query/training.h"

static const double heap_part = 0.75; /* of their distance is what mk_curve_heaps gives */

/* A target being drawn. */
typedef struct Drawing {
    const MkQuery *query;
    size_t j;
    const MkDistribution *d;
    const MkTraining *people; /* NULL: none to stand beside what is asked */
    MkFigure *figure;
    MkResult *result;
} Drawing;

static const char *posterior_name(const Drawing *w)
{
    if (w->query->evidence.n > 0) {
        return "given the known";
    }
    return w->people != NULL ? "model" : "population";
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
    return mk_text_or_empty(mk_arena_printf(
        arena, "median %s · 50 %% %s · %s %s · %s",
        mk_show_number(arena, mk_dist_quantile(d, 0.5), step),
        mk_show_interval(arena, mk_dist_quantile(d, 0.25), mk_dist_quantile(d, 0.75), step),
        mk_show_level(arena, query->level),
        mk_show_interval(arena, mk_dist_quantile(d, end), mk_dist_quantile(d, 1 - end), step),
        title));
}

/* Bars stand beside each other: the model's with the population's when something is known, with
 * the training people's otherwise. */
static void draw_levels(const Drawing *w)
{
    const MkDistribution *usual = mk_model_population(w->query->model, w->j);
    w->figure->x_is_label = true;
    w->figure->y_label = "probability";
    if (w->query->evidence.n > 0 || w->people == NULL) {
        (void)mk_curve_levels(w->result, w->figure, usual, MK_ROLE_POPULATION, "population");
    }
    if (w->query->evidence.n > 0 || w->people != NULL) {
        (void)mk_curve_levels(w->result, w->figure, w->d, MK_ROLE_POSTERIOR, posterior_name(w));
    }
    if (w->people != NULL) {
        mk_training_levels(w->people, w->figure, w->result);
    }
}

static void draw_values(const Drawing *w, double low, size_t n)
{
    const MkDistribution *usual = mk_model_population(w->query->model, w->j);
    w->figure->x_is_label = true;
    w->figure->y_label = "probability";
    if (w->query->evidence.n > 0 || w->people == NULL) {
        (void)mk_curve_bars(w->result, w->figure, usual, low, n, MK_ROLE_POPULATION, "population");
    }
    if (w->query->evidence.n > 0 || w->people != NULL) {
        (void)mk_curve_bars(w->result, w->figure, w->d, low, n, MK_ROLE_POSTERIOR,
                            posterior_name(w));
    }
    if (w->people != NULL) {
        mk_training_bars(w->people, low, n, w->figure, w->result);
    }
}

/* Where a curve has no room for an atom: the end of the domain. */
static double atom_place(const Drawing *w, const MkCurve *curve)
{
    return curve->is_log ? 0 : mk_show_attribute(w->query->model, w->j)->min;
}

/* Exactly at the domain's end: said in words, since a density has no room for it. */
static void note_atom(const Drawing *w, const MkCurve *curve, const MkCurve *usual)
{
    if (curve->atom <= 0 && usual->atom <= 0) {
        return;
    }
    MkArena *arena = w->result->arena;
    const double at = atom_place(w, usual);
    const double counted =
        w->people != NULL ? mk_training_share_at(w->people, at, usual->atom) : NAN;
    const char *beside = "";
    if (w->query->evidence.n > 0) {
        beside = mk_arena_printf(arena, " (population %s)", mk_show_share(arena, usual->atom));
    } else if (isfinite(counted)) {
        beside = mk_arena_printf(arena, " (training people %s)", mk_show_share(arena, counted));
    }
    mk_result_note(w->result, "%s is exactly %s with probability %s%s; the curve shows the others.",
                   mk_show_attribute(w->query->model, w->j)->name, mk_show_exact(arena, at),
                   mk_show_share(arena, curve->atom), mk_text_or_empty(beside));
}

/* What the curve is seen against. */
static void draw_behind(const Drawing *w, const MkCurve *usual)
{
    if (w->query->evidence.n > 0) {
        (void)mk_curve_series(w->result, w->figure, usual, MK_SERIES_FILL, MK_ROLE_POPULATION,
                              "population", -INFINITY, INFINITY);
    } else if (w->people != NULL) {
        const double heaps = mk_curve_heaps(mk_model_marginal(w->query->model, w->j)) / heap_part;
        const MkTrainingAxis axis = {.low = usual->low,
                                     .high = usual->high,
                                     .is_log = usual->is_log,
                                     .atom_at = atom_place(w, usual),
                                     .atom = usual->atom,
                                     .least =
                                         usual->is_log ? usual->sigma : fmax(usual->sigma, heaps)};
        mk_training_steps(w->people, &axis, w->figure, w->result);
    }
}

static void draw_bands(const Drawing *w, const MkCurve *curve)
{
    const double level = w->query->level, end = 0.5 * (1 - level);
    (void)mk_curve_series(w->result, w->figure, curve, MK_SERIES_FILL, MK_ROLE_BAND90,
                          mk_show_level(w->result->arena, level), mk_dist_quantile(w->d, end),
                          mk_dist_quantile(w->d, 1 - end));
    (void)mk_curve_series(w->result, w->figure, curve, MK_SERIES_FILL, MK_ROLE_BAND50, "50 %",
                          mk_dist_quantile(w->d, 0.25), mk_dist_quantile(w->d, 0.75));
}

static void draw_mark(const Drawing *w, MkSeriesRole role, double at, const char *name)
{
    MkSeries *mark =
        mk_figure_add_series(w->result, w->figure, MK_SERIES_MARK, role, mk_text_or_empty(name), 1);
    mk_series_point(mark, 0, at, 0);
}

static void draw_curve(const Drawing *w, double low, double high)
{
    MkArena *arena = w->result->arena;
    const MkModel *model = w->query->model;
    MkCurve usual, curve;
    const double median = mk_dist_quantile(w->d, 0.5);
    w->figure->x_min = low;
    w->figure->x_max = high;
    w->figure->x_is_log = mk_curve_is_log(model, w->j);
    w->figure->y_label = w->figure->x_is_log ? "density per factor of 10" : "density";
    mk_curve_make(model, w->j, mk_model_population(model, w->j), low, high, &usual);
    draw_behind(w, &usual);
    if (mk_dist_quantile(w->d, 0.999) - mk_dist_quantile(w->d, 0.001) <= 0) {
        draw_mark(w, MK_ROLE_KNOWN, median,
                  mk_arena_printf(arena, "known: %s", mk_show_exact(arena, median)));
        return;
    }
    mk_curve_make(model, w->j, w->d, low, high, &curve);
    draw_bands(w, &curve);
    (void)mk_curve_series(w->result, w->figure, &curve, MK_SERIES_LINE, MK_ROLE_POSTERIOR,
                          posterior_name(w), -INFINITY, INFINITY);
    draw_mark(w, MK_ROLE_MEDIAN, median,
              mk_arena_printf(arena, "median %s",
                              mk_show_number(arena, median, mk_show_step(model, w->j))));
    note_atom(w, &curve, &usual);
}

static void draw_target(const MkQuery *query, const MkDistribution *d, size_t j,
                        const MkTraining *people, MkResult *result)
{
    const MkAttribute *attribute = mk_show_attribute(query->model, j);
    const char *axis = mk_show_axis(result->arena, attribute);
    MkFigure *figure = mk_result_add_figure(result, attribute->label);
    if (figure == NULL) {
        return;
    }
    const Drawing w = {query, j, d, people, figure, result};
    figure->x_label = axis;
    figure->caption = caption(query, d, j, result->arena);
    if (!mk_type_is_number(attribute->type)) {
        draw_levels(&w);
        return;
    }
    double low = 0, high = 1;
    mk_curve_axis(query->model, j, d, 1, &low, &high);
    const size_t n = mk_curve_values(query->model, j, low, high);
    if (n > 0) {
        draw_values(&w, low, n);
    } else {
        draw_curve(&w, low, high);
    }
}

/* The training people are all people: they are beside the model's only when nothing is known. */
static void draw_all(const MkQuery *query, const MkAnswer *answer, MkNode *root, MkResult *result)
{
    MkArena *arena = result->arena;
    MkNode *list = NULL;
    const char *overlaps = NULL;
    for (size_t t = 0; t < query->n_targets; t++) {
        const size_t j = query->targets[t];
        MkTraining people;
        const bool beside =
            query->evidence.n == 0 && mk_training_make(query->model, j, arena, &people);
        draw_target(query, &answer->posterior[t], j, beside ? &people : NULL, result);
        if (beside) {
            list = list != NULL ? list : mk_node_array(result, root, "survey");
            mk_training_node(&people, list, result);
            overlaps =
                mk_arena_printf(arena, "%s%s%s", mk_text_or_empty(overlaps),
                                overlaps != NULL ? ", " : "", mk_training_text(&people, arena));
        }
    }
    if (overlaps != NULL) {
        mk_result_note(result, "Overlap of the model and the training people: %s.", overlaps);
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
    draw_all(query, &answer, root, result);
    mk_figure_nodes(result, root, "figures");
    mk_answer_notes(query, &answer, result);
    return mk_result_status(result, err);
}
