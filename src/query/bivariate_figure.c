/* bivariate_figure.c - figures of two attributes together. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/text.h"
#include "src/query/bivariate.h"
#include "src/query/curve.h"
#include "src/query/show.h"
#include "src/stats/contour.h"
#include "src/stats/density.h"

enum { GRID = 96, CURVES = 6, SURVEY_CURVES = 3, PIECES = 12 };

static const double smooth = 0.2; /* in sd of what is left of b when a is known */
static const double many = 0.01;
static const double least_piece = 0.01; /* of the largest piece of a contour */

/* Golden ratios of two dimensions: what they spread is even, and has no pattern in common with the
 * people. */
static const double ratio_x = 0.7548776662466927, ratio_y = 0.5698402909980532;

static MkStatus no_memory(MkError *err)
{
    return mk_fail(err, MK_ENOMEM, "out of memory for a figure of two attributes");
}

static const MkAttribute *attribute_of(const MkBivariate *pair, size_t j)
{
    return mk_show_attribute(pair->query->model, j);
}

/* ---- one axis of the density ---- */

typedef struct Axis {
    const MkAttribute *attribute;
    bool is_log;
    double floor;     /* of a logarithmic axis */
    double low, high; /* of the grid; logarithms when is_log */
    double sigma;     /* of the smoothing, in grid steps */
    bool at_low;      /* the grid begins where the attribute does */
    bool at_high;     /* and ends where it does */
} Axis;

static double even(const Axis *axis, double x)
{
    return axis->is_log ? log10(fmax(x, axis->floor)) : x;
}

static double width(const Axis *axis)
{
    return (axis->high - axis->low) / GRID;
}

/* Value of a place on the grid. */
static double value_at(const Axis *axis, double step)
{
    const double x = axis->low + (step + 0.5) * width(axis);
    return axis->is_log ? pow(10, x) : x;
}

/* A recorded value stands for its step: `share` of the way through it. */
static double spread(const Axis *axis, double x, double share)
{
    const double step = axis->attribute->resolution;
    const double at = even(axis, step > 0 ? x + (share - 0.5) * step : x);
    if (axis->at_low && at < axis->low) {
        return 2 * axis->low - at;
    }
    return axis->at_high && at > axis->high ? 2 * axis->high - at : at;
}

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : (x > y ? 1 : 0);
}

/* The density does not smear beyond what can be, nor beyond a value that many share at an end
 * (80 stands for all who are older). */
static void use_ends(const MkModel *model, size_t j, double step, Axis *axis)
{
    const MkDistribution *d = mk_model_population(model, j);
    const double first = mk_dist_quantile(d, 0), last = mk_dist_quantile(d, 1);
    if (axis->is_log) {
        axis->at_low = axis->low < log10(axis->floor);
        axis->low = fmax(axis->low, log10(axis->floor));
        return;
    }
    const bool many_low = mk_dist_cdf(d, first + 0.5 * step) > many;
    const bool many_high = 1 - mk_dist_cdf_below(d, last - 0.5 * step) > many;
    const double low = (many_low ? first : axis->attribute->min) - 0.5 * step;
    const double high = (many_high ? last : axis->attribute->max) + 0.5 * step;
    if (axis->low < low) {
        axis->low = low;
        axis->at_low = true;
    }
    if (axis->high > high) {
        axis->high = high;
        axis->at_high = true;
    }
}

/* 0.7 - 99.3 % of the people and room for smoothing. */
static MkStatus make_axis(const MkBivariate *pair, size_t j, const double *values, double left,
                          MkArena *arena, Axis *axis, MkError *err)
{
    const MkModel *model = pair->query->model;
    const size_t n = pair->n;
    *axis = (Axis){.attribute = mk_show_attribute(model, j), .is_log = mk_curve_is_log(model, j)};
    axis->floor = axis->is_log ? mk_curve_log_floor(model, j) : 0;
    const MkMark mark = mk_arena_mark(arena);
    double *sorted = mk_arena_array(arena, n, sizeof *sorted);
    if (sorted == NULL) {
        return no_memory(err);
    }
    for (size_t i = 0; i < n; i++) {
        sorted[i] = even(axis, values[i]);
    }
    qsort(sorted, n, sizeof *sorted, ascending);
    const double low = sorted[n / 150], high = sorted[n - 1 - n / 150];
    const double iqr = sorted[3 * n / 4] - sorted[n / 4];
    const double sd = iqr > 0 ? iqr / 1.349 : (high - low) / 6;
    mk_arena_rewind(arena, mark);
    const double step = axis->is_log ? 0 : axis->attribute->resolution;
    double sigma = fmax(fmax(smooth * left, 0.06) * sd, 0.5 * step);
    sigma = fmax(sigma, axis->is_log ? 0 : 0.5 * mk_curve_heaps(mk_model_marginal(model, j)));
    sigma = sigma > 0 ? sigma : 0.5;
    axis->low = low - 3 * sigma;
    axis->high = high + 3 * sigma;
    use_ends(model, j, step, axis);
    axis->sigma = fmax(sigma / width(axis), 1);
    return MK_OK;
}

/* ---- the density on a grid ---- */

static size_t bin_of(const Axis *axis, double at)
{
    const double k = floor((at - axis->low) / width(axis));
    return k >= 0 && k < GRID ? (size_t)k : GRID;
}

static double part(size_t i, double ratio)
{
    double whole = 0;
    return modf(0.5 + ratio * (double)i, &whole);
}

typedef struct Density {
    Axis x, y;
    double *rough; /* (GRID, GRID) people */
    double *grid;  /* (GRID, GRID) smoothed */
    double inside; /* share of the people on the grid */
} Density;

static MkStatus make_density(const MkBivariate *pair, MkArena *arena, Density *d, MkError *err)
{
    const double left = sqrt(fmax(1 - pair->model.rank * pair->model.rank, 0));
    MK_TRY(make_axis(pair, pair->a, pair->x, left, arena, &d->x, err));
    MK_TRY(make_axis(pair, pair->b, pair->y, left, arena, &d->y, err));
    d->rough = mk_arena_zeros(arena, (size_t)GRID * GRID, sizeof *d->rough);
    d->grid = mk_arena_zeros(arena, (size_t)GRID * GRID, sizeof *d->grid);
    if (d->rough == NULL || d->grid == NULL) {
        return no_memory(err);
    }
    size_t n = 0;
    for (size_t i = 0; i < pair->n; i++) {
        const size_t bx = bin_of(&d->x, spread(&d->x, pair->x[i], part(i, ratio_x)));
        const size_t by = bin_of(&d->y, spread(&d->y, pair->y[i], part(i, ratio_y)));
        if (bx < GRID && by < GRID) {
            d->rough[bx * GRID + by] += 1;
            n++;
        }
    }
    d->inside = (double)n / (double)pair->n;
    return MK_OK;
}

/* What would leave at an end where the attribute ends comes back. */
static void smooth_line(const Axis *axis, double blur, const double *in, double *out)
{
    double wide[3 * GRID] = {0}, smoothed[3 * GRID];
    for (size_t i = 0; i < GRID; i++) {
        wide[GRID - 1 - i] = axis->at_low ? in[i] : 0;
        wide[GRID + i] = in[i];
        wide[3 * GRID - 1 - i] = axis->at_high ? in[i] : 0;
    }
    mk_density_smooth(wide, sizeof wide / sizeof wide[0], blur * axis->sigma, false, smoothed);
    memcpy(out, smoothed + GRID, GRID * sizeof *out);
}

static void smooth_density(Density *d, double blur)
{
    double line[GRID], smoothed[GRID];
    for (size_t i = 0; i < GRID; i++) {
        smooth_line(&d->y, blur, d->rough + i * GRID, d->grid + i * GRID);
    }
    for (size_t k = 0; k < GRID; k++) {
        for (size_t i = 0; i < GRID; i++) {
            line[i] = d->grid[i * GRID + k];
        }
        smooth_line(&d->x, blur, line, smoothed);
        for (size_t i = 0; i < GRID; i++) {
            d->grid[i * GRID + k] = smoothed[i];
        }
    }
}

/* ---- number and number ---- */

/* Where few people are the smoothing is wider. */
static MkStatus add_contour(Density *d, double share, double blur, MkSeriesRole role,
                            const char *name, MkFigure *figure, MkResult *result, MkError *err)
{
    double height = 0;
    MkContour contour;
    share = fmin(share / fmax(d->inside, 0.5), 1);
    smooth_density(d, blur);
    MK_TRY(mk_contour_height(d->grid, GRID, GRID, share, result->arena, &height, err));
    MK_TRY(mk_contour_trace(d->grid, GRID, GRID, height, result->arena, &contour, err));
    for (size_t i = 0; i < contour.n_pieces && i < PIECES; i++) {
        const MkContourPiece *piece = &contour.pieces[i];
        if (piece->area < least_piece * contour.pieces[0].area) {
            break;
        }
        MkSeries *line = mk_figure_add_series(result, figure, MK_SERIES_CONTOUR, role,
                                              i == 0 ? name : "", piece->n);
        for (size_t k = 0; k < piece->n; k++) {
            mk_series_point(line, k, value_at(&d->x, piece->x[k]), value_at(&d->y, piece->y[k]));
        }
    }
    return MK_OK;
}

static double edge_of(const Axis *axis, double edge)
{
    return axis->is_log ? fmax(edge, axis->floor) : edge;
}

static void add_cells(const MkBivariate *pair, const Axis *x, const Axis *y, MkFigure *figure,
                      MkResult *result)
{
    const MkPairCells *s = &pair->survey;
    if (!pair->has_survey || s->edges_a == NULL || s->edges_b == NULL) {
        return;
    }
    MkSeries *cells = mk_figure_add_series(
        result, figure, MK_SERIES_CELLS, MK_ROLE_SURVEY,
        pair->evidence.n > 0 ? "all training people" : "training people", s->n_a * s->n_b);
    for (size_t i = 0; i < s->n_a; i++) {
        for (size_t k = 0; k < s->n_b; k++) {
            mk_series_cell(cells, i * s->n_b + k, edge_of(x, s->edges_a[i]),
                           edge_of(x, s->edges_a[i + 1]), edge_of(y, s->edges_b[k]),
                           edge_of(y, s->edges_b[k + 1]), s->share[i * s->n_b + k]);
        }
    }
}

static void add_draws(const MkBivariate *pair, const Axis *x, const Axis *y, MkFigure *figure,
                      MkResult *result)
{
    MkSeries *points = mk_figure_add_series(result, figure, MK_SERIES_POINTS, MK_ROLE_DRAWS,
                                            "drawn from the model", pair->n_draws);
    for (size_t i = 0; i < pair->n_draws; i++) {
        const double at_x = spread(x, pair->draw_x[i], part(i, ratio_x));
        const double at_y = spread(y, pair->draw_y[i], part(i, ratio_y));
        if (bin_of(x, at_x) < GRID && bin_of(y, at_y) < GRID) {
            mk_series_point(points, i, x->is_log ? pow(10, at_x) : at_x,
                            y->is_log ? pow(10, at_y) : at_y);
        }
    }
}

static MkStatus density_figure(const MkBivariate *pair, MkFigure *figure, MkResult *result,
                               MkError *err)
{
    Density d;
    MK_TRY(make_density(pair, result->arena, &d, err));
    figure->x_label = mk_show_axis(result->arena, d.x.attribute);
    figure->y_label = mk_show_axis(result->arena, d.y.attribute);
    figure->x_is_log = d.x.is_log;
    figure->y_is_log = d.y.is_log;
    add_cells(pair, &d.x, &d.y, figure, result);
    add_draws(pair, &d.x, &d.y, figure, result);
    MK_TRY(add_contour(&d, 0.5, 1, MK_ROLE_BAND50, "model, 50 %", figure, result, err));
    return add_contour(&d, 0.9, 1.8, MK_ROLE_BAND90, "model, 90 %", figure, result, err);
}

/* ---- number by level ---- */

/* The levels to be drawn, likeliest first and then in their order. Returns their number. */
static size_t likely_levels(const MkBivariate *pair, size_t *levels)
{
    const size_t n = attribute_of(pair, pair->a)->n_levels;
    double share[MK_MAX_LEVELS] = {0};
    for (size_t i = 0; i < pair->n; i++) {
        share[(size_t)pair->x[i]] += 1 / (double)pair->n;
    }
    bool is_in[MK_MAX_LEVELS] = {false};
    for (size_t k = 0; k < CURVES && k < n; k++) {
        size_t best = n;
        for (size_t i = 0; i < n; i++) {
            if (!is_in[i] && share[i] >= 0.002 && (best == n || share[i] > share[best])) {
                best = i;
            }
        }
        if (best < n) {
            is_in[best] = true;
        }
    }
    size_t n_levels = 0;
    for (size_t i = 0; i < n; i++) {
        if (is_in[i]) {
            levels[n_levels++] = i;
        }
    }
    return n_levels;
}

/* The survey's density at one level as steps. */
static void add_steps(const MkBivariate *pair, size_t level, size_t index, bool is_log, double low,
                      double high, MkFigure *figure, MkResult *result)
{
    const MkPairCells *s = &pair->survey;
    const double *share = s->share + level * s->n_b;
    double total = 0;
    for (size_t k = 0; k < s->n_b; k++) {
        total += isfinite(share[k]) ? share[k] : 0;
    }
    if (!(total > 0)) {
        return;
    }
    MkSeries *steps = mk_figure_add_series(result, figure, MK_SERIES_LINE, MK_ROLE_SURVEY,
                                           index == 0 ? "training people" : "", 2 * s->n_b);
    if (steps == NULL) {
        return;
    }
    steps->index = index;
    for (size_t k = 0; k < s->n_b; k++) {
        const double from = fmax(s->edges_b[k], is_log ? low : -INFINITY);
        const double to = s->edges_b[k + 1];
        const double wide = is_log ? log10(to / from) : to - from;
        const double height = share[k] / total / wide;
        if (wide > 0 && isfinite(height) && from < high && to > low) {
            mk_series_point(steps, 2 * k, fmax(from, low), height);
            mk_series_point(steps, 2 * k + 1, fmin(to, high), height);
        }
    }
}

static void curves_figure(const MkBivariate *pair, MkFigure *figure, MkResult *result)
{
    const MkModel *model = pair->query->model;
    MkArena *arena = result->arena;
    const MkAttribute *along = attribute_of(pair, pair->a);
    size_t levels[MK_MAX_LEVELS];
    const size_t n = likely_levels(pair, levels);
    MkDistribution shown[CURVES];
    for (size_t i = 0; i < n; i++) {
        shown[i] = pair->by_level[levels[i]];
    }
    double low = 0, high = 1;
    mk_curve_axis(model, pair->b, shown, n, &low, &high);
    const size_t n_values = mk_curve_values(model, pair->b, low, high);
    figure->x_label = mk_show_axis(arena, attribute_of(pair, pair->b));
    figure->x_is_label = n_values > 0;
    figure->x_is_log = n_values == 0 && mk_curve_is_log(model, pair->b);
    figure->y_label = n_values > 0       ? "probability"
                      : figure->x_is_log ? "density per factor of 10"
                                         : "density";
    for (size_t i = 0; i < n; i++) {
        const char *name = along->levels[levels[i]].name;
        MkSeries *series = NULL;
        if (n_values > 0) {
            series =
                mk_curve_bars(result, figure, &shown[i], low, n_values, MK_ROLE_SCENARIO, name);
        } else {
            MkCurve curve;
            figure->x_min = low;
            figure->x_max = high;
            mk_curve_make(model, pair->b, &shown[i], low, high, &curve);
            series = mk_curve_series(result, figure, &curve, MK_SERIES_LINE, MK_ROLE_SCENARIO, name,
                                     -INFINITY, INFINITY);
        }
        if (series != NULL) {
            series->index = i;
        }
    }
    for (size_t i = 0; i < n && n <= SURVEY_CURVES && n_values == 0; i++) {
        if (pair->has_survey && pair->survey.edges_b != NULL && pair->evidence.n == 0) {
            add_steps(pair, levels[i], i, figure->x_is_log, low, high, figure, result);
        }
    }
}

/* ---- levels by levels ---- */

/* Share of level k of b among the people with level i of a, in a table. */
double mk_bivariate_row_share(const double *cells, size_t n_b, size_t i, size_t k)
{
    double total = 0;
    for (size_t c = 0; c < n_b; c++) {
        total += isfinite(cells[i * n_b + c]) ? cells[i * n_b + c] : 0;
    }
    return total > 0 ? cells[i * n_b + k] / total : NAN;
}

static void shares_figure(const MkBivariate *pair, MkFigure *figure, MkResult *result)
{
    MkArena *arena = result->arena;
    const MkAttribute *along = attribute_of(pair, pair->a);
    const MkAttribute *upright = attribute_of(pair, pair->b);
    const bool both = pair->has_survey && pair->evidence.n == 0;
    const size_t each = both ? 2 : 1;
    figure->x_is_label = true;
    figure->x_label = along->label;
    figure->y_label = mk_text_or_empty(mk_arena_printf(arena, "%s: probability", upright->label));
    for (size_t k = 0; k < upright->n_levels; k++) {
        MkSeries *bars = mk_figure_add_series(result, figure, MK_SERIES_BARS, MK_ROLE_SCENARIO,
                                              upright->levels[k].name, along->n_levels * each);
        if (bars == NULL) {
            return;
        }
        bars->index = k;
        for (size_t i = 0; i < along->n_levels; i++) {
            const char *name = along->levels[i].name;
            mk_series_label(result, bars, i * each, name);
            mk_series_point(bars, i * each, 0, mk_dist_level(&pair->by_level[i], k));
            if (both) {
                const char *counted = mk_arena_printf(arena, "%s, training people", name);
                mk_series_label(result, bars, i * each + 1, mk_text_or_empty(counted));
                mk_series_point(bars, i * each + 1, 0,
                                mk_bivariate_row_share(pair->survey.share, pair->survey.n_b, i, k));
            }
        }
    }
}

/* ---- together ---- */

MkStatus mk_bivariate_figure(const MkBivariate *pair, MkResult *result, MkError *err)
{
    const MkAttribute *a = attribute_of(pair, pair->a);
    const MkAttribute *b = attribute_of(pair, pair->b);
    const bool is_number_a = mk_type_is_number(a->type);
    const bool is_number_b = mk_type_is_number(b->type);
    if (is_number_a && !is_number_b) {
        return MK_OK;
    }
    const char *title = is_number_a
                            ? mk_arena_printf(result->arena, "%s and %s", a->label, b->label)
                            : mk_arena_printf(result->arena, "%s by %s", b->label, a->label);
    MkFigure *figure = mk_result_add_figure(result, mk_text_or_empty(title));
    if (figure == NULL) {
        return no_memory(err);
    }
    figure->caption = mk_show_title(result->arena, pair->query->model, pair->evidence);
    if (is_number_a) {
        return density_figure(pair, figure, result, err);
    }
    if (is_number_b) {
        curves_figure(pair, figure, result);
    } else {
        shares_figure(pair, figure, result);
    }
    return MK_OK;
}

/* ---- what was counted, along an axis ---- */

/* The value that `part` of the people in cell k of b are below, as the model has them there: the
 * outer cells are wide and most people of them are at their inner edge. */
static double inside_cell(const MkBivariate *pair, size_t k, double part)
{
    const MkDistribution *d = mk_model_population(pair->query->model, pair->b);
    const double *edges = pair->survey.edges_b;
    const double low = mk_dist_cdf(d, edges[k]), high = mk_dist_cdf(d, edges[k + 1]);
    const double x = mk_dist_quantile(d, fmin(fmax(low + part * (high - low), 0), 1));
    return fmin(fmax(x, edges[k]), edges[k + 1]);
}

double mk_bivariate_row_median(const MkBivariate *pair, const double *cells, size_t i)
{
    const size_t n = pair->survey.n_b;
    const double *share = cells + i * n;
    double total = 0, sum = 0;
    size_t n_told = 0;
    for (size_t k = 0; k < n; k++) {
        total += isfinite(share[k]) ? share[k] : 0;
        n_told += isfinite(share[k]) ? 1 : 0;
    }
    for (size_t k = 0; k < n && 2 * n_told > n; k++) {
        const double p = isfinite(share[k]) ? share[k] / total : 0;
        if (p > 0 && sum + p >= 0.5) {
            return inside_cell(pair, k, (0.5 - sum) / p);
        }
        sum += p;
    }
    return NAN;
}

/* Where a cell of a stands: the median of the model's people in it. */
static double middle_of(const MkBivariate *pair, size_t i)
{
    const MkDistribution *d = mk_model_population(pair->query->model, pair->a);
    const double low = mk_dist_cdf(d, pair->survey.edges_a[i]);
    const double high = mk_dist_cdf(d, pair->survey.edges_a[i + 1]);
    return mk_dist_quantile(d, fmin(fmax(0.5 * (low + high), 0), 1));
}

/* Few levels are named each, as a terminal without colour tells them by their signs. */
static const char *points_name(const MkBivariate *pair, size_t k, MkArena *arena)
{
    const MkAttribute *b = attribute_of(pair, pair->b);
    if (pair->survey.edges_b != NULL) {
        return "training people, median";
    }
    if (b->n_levels > SURVEY_CURVES) {
        return k == 0 ? "training people" : "";
    }
    return mk_text_or_empty(mk_arena_printf(arena, "training people: %s", b->levels[k].name));
}

void mk_bivariate_points(const MkBivariate *pair, MkFigure *figure, MkResult *result)
{
    const MkPairCells *s = &pair->survey;
    const MkAttribute *b = attribute_of(pair, pair->b);
    if (!pair->has_survey || pair->evidence.n > 0 || s->edges_a == NULL) {
        return;
    }
    const size_t n_series = s->edges_b != NULL ? 1 : b->n_levels;
    for (size_t k = 0; k < n_series; k++) {
        const char *name = points_name(pair, k, result->arena);
        MkSeries *points =
            mk_figure_add_series(result, figure, MK_SERIES_POINTS, MK_ROLE_SURVEY, name, s->n_a);
        if (points == NULL) {
            return;
        }
        points->index = s->edges_b != NULL ? 0 : k;
        for (size_t i = 0; i < s->n_a; i++) {
            mk_series_point(points, i, middle_of(pair, i),
                            s->edges_b != NULL ? mk_bivariate_row_median(pair, s->share, i)
                                               : mk_bivariate_row_share(s->share, s->n_b, i, k));
        }
    }
}
