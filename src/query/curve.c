#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "src/query/curve.h"

#include <math.h>
#include <string.h>

#include "src/query/show.h"
#include "src/stats/density.h"

enum { PAD_MAX = 120, BINS_MAX = MK_CURVE_POINTS + 2 * PAD_MAX };

static const double beyond = 0.6;
static const double atom_least = 0.05;
static const double top_told = 0.01;
static const double smooth = 0.22;
static const double skewed = 20; /* 99 % against the median, from which an axis is log */
static const double few_zeros = 0.05;
static const double atom_told = 0.005; /* on a log axis, where zero has no place */

/* The ends that show a distribution: 0.5 and 99.5 %, but of a long tail only somewhat more than
 * half again of what lies between the median and the 5 or 95 %. */
static void ends(const MkDistribution *d, double *low, double *high)
{
    const double median = mk_dist_quantile(d, 0.5);
    const double below = mk_dist_quantile(d, 0.05);
    const double above = mk_dist_quantile(d, 0.95);
    const double a = fmax(mk_dist_quantile(d, 0.005), below - beyond * (median - below));
    const double b = fmin(mk_dist_quantile(d, 0.995), above + beyond * (above - median));
    *low = fmin(*low, a);
    *high = fmax(*high, b);
}

bool mk_curve_is_log(const MkModel *model, size_t j)
{
    const MkDistribution *d = mk_model_population(model, j);
    const double median = mk_dist_quantile(d, 0.5);
    return mk_show_attribute(model, j)->type == MK_POSITIVE && median > 0 &&
           mk_dist_quantile(d, 0.99) > skewed * median && mk_dist_cdf(d, 0) < few_zeros;
}

double mk_curve_log_floor(const MkModel *model, size_t j)
{
    const MkDistribution *d = mk_model_population(model, j);
    const double zero = mk_dist_cdf(d, 0);
    const double least = mk_dist_quantile(d, fmin(zero + 0.001, 1));
    const double step = mk_show_attribute(model, j)->resolution;
    const double floor_of = least > 0 ? least : mk_dist_quantile(d, 0.5) * 1e-3;
    return step > 0 ? fmax(floor_of - 0.5 * step, 0.5 * step) : floor_of;
}

/* 0.5 to 99.5 % of all that are to be seen, without the zeros. */
static void log_axis(const MkModel *model, size_t j, const MkDistribution *d, size_t n, double *low,
                     double *high)
{
    const double least = mk_curve_log_floor(model, j);
    const double step = mk_show_attribute(model, j)->resolution;
    double a = INFINITY;
    double b = -INFINITY;
    for (size_t i = 0; i <= n; i++) {
        const MkDistribution *one = i < n ? &d[i] : mk_model_population(model, j);
        a = fmin(a, mk_dist_quantile(one, 0.005) - 0.5 * step);
        b = fmax(b, mk_dist_quantile(one, 0.995));
    }
    *low = fmax(a, least);
    *high = fmax(b, 2 * *low);
}

void mk_curve_axis(const MkModel *model, size_t j, const MkDistribution *d, size_t n, double *low,
                   double *high)
{
    const MkAttribute *attribute = mk_show_attribute(model, j);
    double a = INFINITY;
    double b = -INFINITY;
    if (mk_curve_is_log(model, j)) {
        log_axis(model, j, d, n, low, high);
        return;
    }
    ends(mk_model_population(model, j), &a, &b);
    for (size_t i = 0; i < n; i++) {
        ends(&d[i], &a, &b);
    }
    if (!(b > a)) {
        const double half = attribute->resolution > 0 ? attribute->resolution : 0.5;
        a -= half;
        b += half;
    }
    if (a - 0.05 * (b - a) < attribute->min) {
        a = fmax(attribute->min, a - 0.05 * (b - a));
    }
    if (!(b > a)) { /* all of it below the least value: a model that is damaged */
        b = a + fmax(attribute->resolution, fmax(1, 1e-6 * fabs(a)));
    }
    *low = a;
    *high = b;
}

/* Standard deviation, of those above an atom at the lower end, that long tails do not blow up. */
static double robust_sd(const MkDistribution *d, double atom)
{
    const double sd = mk_dist_sd(d);
    const double q1 = mk_dist_quantile(d, atom + 0.25 * (1 - atom));
    const double q3 = mk_dist_quantile(d, atom + 0.75 * (1 - atom));
    const double iqr = (q3 - q1) / 1.34;
    return iqr > 0 && iqr < sd ? iqr : sd;
}

/* People round: values heap on whole numbers. Three quarters of the distance between neighbouring
 * heaps, where heaps hold most people; the curve is not to show them as peaks. */
double mk_curve_heaps(const MkMarginal *marginal)
{
    double mass = 0, sum = 0, weight = 0;
    long before = -1;
    for (size_t k = 0; marginal->knots != NULL && k < marginal->n_cells; k++) {
        const float *knots = marginal->knots[k];
        if (knots[0] < knots[MK_CELL_KNOTS - 1]) {
            continue;
        }
        mass += marginal->share[k];
        if (before >= 0) {
            const double gap = (double)knots[0] - (double)marginal->knots[before][0];
            const double both = marginal->share[k] + marginal->share[before];
            sum += both * gap;
            weight += both;
        }
        before = (long)k;
    }
    return mass > 0.5 && weight > 0 ? 0.75 * sum / weight : 0;
}

static double atom_at(const MkDistribution *d, double x)
{
    return isfinite(x) ? fmax(mk_dist_cdf(d, x) - mk_dist_cdf_below(d, x), 0) : 0;
}

/* Mass below x when each recorded value is spread evenly over its step. */
static double spread_cdf(const MkDistribution *d, double x, double step)
{
    if (!(step > 0)) {
        return mk_dist_cdf(d, x);
    }
    const double edge = (floor(x / step + 0.5) - 0.5) * step;
    const double below = mk_dist_cdf(d, edge);
    return below + (x - edge) / step * (mk_dist_cdf(d, edge + step) - below);
}

static void make_log(const MkModel *model, size_t j, const MkDistribution *d, MkCurve *out)
{
    const double step = mk_show_attribute(model, j)->resolution;
    const double first = log10(out->low);
    const double width = (log10(out->high) - first) / MK_CURVE_POINTS;
    const double q1 = fmax(mk_dist_quantile(d, 0.25), out->low);
    const double q3 = fmax(mk_dist_quantile(d, 0.75), q1);
    const double sd = fmin(log10(q3 / q1) / 1.34, 0.15 * MK_CURVE_POINTS * width);
    const double sigma = fmax(smooth * sd / width, MK_CURVE_POINTS / 80.0);
    double mass[MK_CURVE_POINTS];
    double before = spread_cdf(d, out->low, step);
    for (size_t i = 0; i < MK_CURVE_POINTS; i++) {
        const double to = spread_cdf(d, pow(10, first + width * (double)(i + 1)), step);
        mass[i] = fmax(to - before, 0);
        before = to;
    }
    const double zero = mk_dist_cdf(d, 0);
    out->atom = zero > atom_told ? zero : 0;
    out->sigma = fmin(sigma, PAD_MAX / 4.0) * width;
    mk_density_smooth(mass, MK_CURVE_POINTS, fmin(sigma, PAD_MAX / 4.0), true, out->y);
    for (size_t i = 0; i < MK_CURVE_POINTS; i++) {
        out->x[i] = pow(10, first + width * ((double)i + 0.5));
        out->y[i] /= width;
    }
}

/* Bins up to the end, and `pad` behind it that mirror them; the value at the end fell behind it. */
static void reflect(double *behind, size_t pad)
{
    for (size_t i = 0; i < pad; i++) {
        behind[-1] += behind[i];
    }
    for (size_t i = 0; i < pad; i++) {
        behind[i] = *(behind - 1 - i);
    }
}

/* Whether nobody is above `high`, a value that stands for all who are (80 years and older). */
static bool ends_at(const MkModel *model, size_t j, double high)
{
    const MkDistribution *d = mk_model_population(model, j);
    const double last = mk_dist_quantile(d, 1);
    return high >= last && 1 - mk_dist_cdf_below(d, last) > top_told;
}

void mk_curve_make(const MkModel *model, size_t j, const MkDistribution *d, double low, double high,
                   MkCurve *out)
{
    const MkAttribute *attribute = mk_show_attribute(model, j);
    out->low = low;
    out->high = high;
    out->is_log = mk_curve_is_log(model, j);
    if (out->is_log) {
        make_log(model, j, d, out);
        return;
    }
    const double width = (high - low) / MK_CURVE_POINTS;
    const double heaps = mk_curve_heaps(mk_model_marginal(model, j));
    const double finest = fmax(fmax(0.7 * attribute->resolution, heaps), (high - low) / 150);
    const bool at_end = low <= attribute->min;
    const double mass_at_end = at_end ? atom_at(d, attribute->min) : 0;
    const double atom = mass_at_end > atom_least ? mass_at_end : 0;
    const double sigma = fmin(fmax(smooth * robust_sd(d, atom), finest) / width, PAD_MAX / 4.0);
    const size_t pad = (size_t)fmin(fmax(ceil(4 * sigma), 0), PAD_MAX);
    const size_t before = at_end ? 0 : pad;
    const size_t n = before + MK_CURVE_POINTS + pad;
    double mass[BINS_MAX];
    double density[BINS_MAX];
    const double start = low - (double)before * width;
    mk_dist_bins(d, start, start + (double)n * width, n, mass);
    out->atom = atom;
    out->sigma = sigma * width;
    mass[0] = fmax(mass[0] - out->atom, 0);
    if (ends_at(model, j, high)) {
        reflect(mass + before + MK_CURVE_POINTS, pad);
    }
    mk_density_smooth(mass, n, sigma, at_end, density);
    for (size_t i = 0; i < MK_CURVE_POINTS; i++) {
        out->x[i] = low + ((double)i + 0.5) * width;
        out->y[i] = density[before + i] / width;
    }
}

static double height_at(const MkCurve *curve, double x)
{
    const double at = curve->is_log ? log(x / curve->x[0]) / log(curve->x[1] / curve->x[0])
                                    : (x - curve->x[0]) / (curve->x[1] - curve->x[0]);
    if (!(at > 0)) {
        return curve->y[0];
    }
    if (at >= MK_CURVE_POINTS - 1) {
        return curve->y[MK_CURVE_POINTS - 1];
    }
    const size_t i = (size_t)at;
    const double t = at - (double)i;
    return (1 - t) * curve->y[i] + t * curve->y[i + 1];
}

MkSeries *mk_curve_series(MkResult *result, MkFigure *figure, const MkCurve *curve,
                          MkSeriesKind kind, MkSeriesRole role, const char *name, double from,
                          double to)
{
    const double a = fmax(from, curve->low);
    const double b = fmin(to, curve->high);
    size_t first = 0, end = MK_CURVE_POINTS;
    while (first < end && curve->x[first] <= a) {
        first++;
    }
    while (end > first && curve->x[end - 1] >= b) {
        end--;
    }
    const size_t n = end - first + 2;
    MkSeries *series = mk_figure_add_series(result, figure, kind, role, name, n);
    mk_series_point(series, 0, a, height_at(curve, a));
    for (size_t i = first; i < end; i++) {
        mk_series_point(series, i - first + 1, curve->x[i], curve->y[i]);
    }
    mk_series_point(series, n - 1, b, height_at(curve, b));
    return series;
}

size_t mk_curve_values(const MkModel *model, size_t j, double low, double high)
{
    const MkAttribute *attribute = mk_show_attribute(model, j);
    if (mk_curve_is_log(model, j)) {
        return 0;
    }
    const double step = attribute->resolution > 0     ? attribute->resolution
                        : attribute->type == MK_COUNT ? 1
                                                      : 0;
    const double n = step > 0 ? round((high - low) / step) + 1 : INFINITY;
    return n >= 1 && n <= MK_CURVE_VALUES_MAX ? (size_t)n : 0;
}

MkSeries *mk_curve_bars(MkResult *result, MkFigure *figure, const MkDistribution *d, double low,
                        size_t n, MkSeriesRole role, const char *name)
{
    const double step = d->attribute->resolution > 0 ? d->attribute->resolution : 1;
    const double first = round(low / step) * step;
    MkSeries *series = mk_figure_add_series(result, figure, MK_SERIES_BARS, role, name, n);
    double before = 0;
    for (size_t i = 0; i < n; i++) {
        const double x = first + (double)i * step;
        const bool is_last = i + 1 == n;
        const double to = is_last ? 1 : mk_dist_cdf(d, x + 0.5 * step);
        const char *value = mk_show_number(result->arena, x, (MkShowStep){step, step});
        const bool is_open = is_last && 1 - mk_dist_cdf(d, x + 0.5 * step) > 1e-9;
        const char *label = is_open ? mk_arena_printf(result->arena, "%s+", value) : value;
        mk_series_label(result, series, i, label == NULL ? "" : label);
        mk_series_point(series, i, 0, fmax(to - before, 0));
        before = to;
    }
    return series;
}

MkSeries *mk_curve_levels(MkResult *result, MkFigure *figure, const MkDistribution *d,
                          MkSeriesRole role, const char *name)
{
    const MkAttribute *attribute = d->attribute;
    MkSeries *series =
        mk_figure_add_series(result, figure, MK_SERIES_BARS, role, name, attribute->n_levels);
    for (size_t k = 0; k < attribute->n_levels; k++) {
        mk_series_label(result, series, k, attribute->levels[k].name);
        mk_series_point(series, k, 0, mk_dist_level(d, k));
    }
    return series;
}
