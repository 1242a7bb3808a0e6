#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <math.h>
#include <stdio.h>

#include "src/base/arena.h"
#include "src/base/text.h"
#include "src/plot/plot_priv.h"

double mk_plot_at(const double *values, size_t i)
{
    return values != NULL ? values[i] : NAN;
}

const MkSeries *mk_plot_first_bars(const MkFigure *figure)
{
    for (size_t i = 0; i < figure->n_series; i++) {
        if (figure->series[i].kind == MK_SERIES_BARS) {
            return &figure->series[i];
        }
    }
    return NULL;
}

bool mk_plot_has_bars(const MkFigure *figure)
{
    return mk_plot_first_bars(figure) != NULL;
}

size_t mk_plot_n_bars(const MkFigure *figure)
{
    size_t n = 0;
    for (size_t i = 0; i < figure->n_series; i++) {
        n += figure->series[i].kind == MK_SERIES_BARS;
    }
    return n;
}

bool mk_plot_is_spans(const MkSeries *s)
{
    return s->kind == MK_SERIES_BARS && s->role == MK_ROLE_MEDIAN;
}

typedef struct Span {
    double lo, hi;
} Span;

static void span_add(Span *span, double x)
{
    if (isfinite(x)) {
        span->lo = x < span->lo ? x : span->lo;
        span->hi = x > span->hi ? x : span->hi;
    }
}

static bool span_is_set(const Span *span)
{
    return span->lo <= span->hi;
}

/* Room around a single value. */
static void span_open(Span *span)
{
    if (span->hi - span->lo <= 1e-9 * (fabs(span->lo) + fabs(span->hi))) {
        const double pad = span->lo != 0 ? 0.1 * fabs(span->lo) : 1;
        span->lo -= pad;
        span->hi += pad;
    }
}

/* A closed line that touched the axes would look cut off. */
static void span_pad(Span *span)
{
    const double pad = 0.02 * (span->hi - span->lo);
    span->lo -= pad;
    span->hi += pad;
}

static void bar_bounds(const MkSeries *s, Span *value)
{
    for (size_t i = 0; i < s->n; i++) {
        span_add(value, mk_plot_at(s->y, i));
        if (isfinite(mk_plot_at(s->y, i))) {
            span_add(value, mk_plot_at(s->low, i));
            span_add(value, mk_plot_at(s->high, i));
        }
    }
}

static void curve_bounds(const MkFigure *figure, const MkSeries *s, Span *x, Span *y)
{
    for (size_t i = 0; i < s->n; i++) {
        const double at = mk_plot_at(s->x, i);
        if (!isfinite(at) || (isfinite(figure->x_min) && at < figure->x_min) ||
            (isfinite(figure->x_max) && at > figure->x_max)) {
            continue;
        }
        Span here = {INFINITY, -INFINITY};
        if (s->kind != MK_SERIES_BAND) {
            span_add(&here, mk_plot_at(s->y, i));
        } else if (isfinite(mk_plot_at(s->low, i)) && isfinite(mk_plot_at(s->high, i))) {
            span_add(&here, s->low[i]);
            span_add(&here, s->high[i]);
        }
        if (span_is_set(&here)) {
            span_add(x, at);
            span_add(y, here.lo);
            span_add(y, here.hi);
        }
    }
    if (s->kind == MK_SERIES_FILL && s->n > 0) {
        span_add(y, 0);
    }
}

static void cell_bounds(const MkSeries *s, Span *x, Span *y)
{
    for (size_t i = 0; i < s->n; i++) {
        if (isfinite(mk_plot_at(s->y, i))) {
            span_add(x, mk_plot_at(s->x, i));
            span_add(x, mk_plot_at(s->x_end, i));
            span_add(y, mk_plot_at(s->low, i));
            span_add(y, mk_plot_at(s->high, i));
        }
    }
}

static void use_limits(const MkFigure *figure, Span *x)
{
    x->lo = isfinite(figure->x_min) ? figure->x_min : x->lo;
    x->hi = isfinite(figure->x_max) ? figure->x_max : x->hi;
}

static bool bounds_of_bars(const MkFigure *figure, MkPlotBounds *out)
{
    Span value = {INFINITY, -INFINITY};
    bool has_bars = false;
    for (size_t i = 0; i < figure->n_series; i++) {
        const MkSeries *s = &figure->series[i];
        if (s->kind == MK_SERIES_BARS) {
            has_bars = has_bars || !mk_plot_is_spans(s);
            bar_bounds(s, &value);
        } else if (s->kind == MK_SERIES_MARK && s->n > 0 && span_is_set(&value)) {
            span_add(&value, mk_plot_at(s->x, 0));
        }
    }
    if (!span_is_set(&value)) {
        return false;
    }
    if (!has_bars) {
        span_open(&value);
        span_pad(&value);
    } else {
        span_add(&value, 0);
        value.hi = value.hi <= value.lo ? 1 : value.hi;
    }
    *out = (MkPlotBounds){value.lo, value.hi, 0, 1};
    return true;
}

bool mk_plot_bounds(const MkFigure *figure, MkPlotBounds *out)
{
    if (mk_plot_has_bars(figure)) {
        return bounds_of_bars(figure, out);
    }
    Span x = {INFINITY, -INFINITY};
    Span y = {INFINITY, -INFINITY};
    bool filled = false, contoured = false;
    for (size_t i = 0; i < figure->n_series; i++) {
        const MkSeries *s = &figure->series[i];
        filled = filled || s->kind == MK_SERIES_FILL;
        contoured = contoured || s->kind == MK_SERIES_CONTOUR;
        if (s->kind != MK_SERIES_MARK && s->kind != MK_SERIES_CELLS) {
            curve_bounds(figure, s, &x, &y);
        }
    }
    /* Cells lie behind: their outer edges go far out and decide only when they are alone. */
    for (size_t i = 0; i < figure->n_series && !span_is_set(&y); i++) {
        if (figure->series[i].kind == MK_SERIES_CELLS) {
            cell_bounds(&figure->series[i], &x, &y);
        }
    }
    if (!span_is_set(&x)) {
        return false;
    }
    /* A mark outside the curves widens the axis unless the figure fixes it. */
    for (size_t i = 0; i < figure->n_series; i++) {
        const MkSeries *s = &figure->series[i];
        if (s->kind == MK_SERIES_MARK && s->n > 0) {
            span_add(&x, mk_plot_at(s->x, 0));
        }
    }
    use_limits(figure, &x);
    if (!(x.lo <= x.hi)) {
        return false;
    }
    span_open(&x);
    span_open(&y);
    if (contoured) {
        span_pad(&x);
        span_pad(&y);
    } else if (!filled && !figure->y_is_log && y.lo > 0 && y.lo < 0.25 * y.hi) {
        y.lo = 0;
    }
    *out = (MkPlotBounds){x.lo, x.hi, y.lo, y.hi};
    return true;
}

double mk_plot_step(double span, size_t most)
{
    static const double nice[] = {1, 2, 5, 10};
    const double least = span / (double)(most > 0 ? most : 1);
    const double ten = pow(10, floor(log10(least)));
    for (size_t i = 0; i < 4; i++) {
        if (nice[i] * ten >= least * (1 - 1e-9)) {
            return nice[i] * ten;
        }
    }
    return 10 * ten;
}

void mk_plot_tic_text(double x, double step, bool ascii, char out[32])
{
    char text[24];
    const double at = fabs(x) < step / 2 ? 0 : x;
    if (fmax(fabs(x), step) >= 1e7 || step < 1e-5) {
        (void)mk_text_number(at, 3, text);
    } else {
        (void)mk_text_at(at, step < 1 ? step : 1, text);
    }
    const bool minus = text[0] == '-';
    (void)snprintf(out, 32, "%s%s", minus ? (ascii ? "-" : "\u2212") : "", text + (minus ? 1 : 0));
}

static void add_tic(MkPlotTics *tics, double at, double value, double step, bool ascii)
{
    if (tics->n < MK_PLOT_TICS) {
        char *text = tics->texts[tics->n];
        tics->at[tics->n++] = at;
        mk_plot_tic_text(value, step, ascii, text);
        const size_t width = mk_utf8_width(text);
        tics->widest = width > tics->widest ? width : tics->widest;
    }
}

/* 1, 2, 5 of every power of ten, or powers alone, every so many of them. */
static void log_tics(double lo, double hi, size_t most, bool ascii, MkPlotTics *out)
{
    static const double inner[] = {1, 2, 5};
    const double room = (double)(most > 0 ? most : 1);
    const bool has_inner = 3 * (hi - lo) <= room;
    const double step = fmax(1, ceil((hi - lo) / room - 1e-9));
    for (double k = floor(lo / step) * step; k <= hi + 1e-9; k += step) {
        for (size_t i = 0; i < (has_inner ? 3U : 1U); i++) {
            const double at = k + log10(inner[i]);
            if (at >= lo - 1e-9 && at <= hi + 1e-9) {
                add_tic(out, at, inner[i] * pow(10, k), fmin(pow(10, k), 1), ascii);
            }
        }
    }
}

void mk_plot_tics(double lo, double hi, size_t most, bool is_log, bool ascii, MkPlotTics *out)
{
    *out = (MkPlotTics){0};
    if (is_log) {
        log_tics(lo, hi, most, ascii, out);
        return;
    }
    const double step = mk_plot_step(hi - lo, most);
    const double first = ceil(lo / step - 1e-9) * step;
    for (size_t k = 0; k < MK_PLOT_TICS && first + (double)k * step <= hi + 1e-9 * step; k++) {
        const double at = first + (double)k * step;
        add_tic(out, at, at, step, ascii);
    }
}

static double log_of(double x)
{
    return x > 0 ? log10(x) : NAN;
}

static const double *logs(const double *values, size_t n, MkArena *arena, bool *failed)
{
    double *out = values != NULL ? mk_arena_array(arena, n, sizeof *out) : NULL;
    *failed = *failed || (values != NULL && out == NULL);
    for (size_t i = 0; out != NULL && i < n; i++) {
        out[i] = log_of(values[i]);
    }
    return out;
}

const MkFigure *mk_plot_even(const MkFigure *figure, MkArena *arena)
{
    if ((!figure->x_is_log && !figure->y_is_log) || mk_plot_has_bars(figure)) {
        return figure;
    }
    MkFigure *even = mk_arena_zeros(arena, 1, sizeof *even);
    MkSeries *all = mk_arena_array(arena, figure->n_series, sizeof *all);
    bool failed = even == NULL || all == NULL;
    for (size_t i = 0; i < figure->n_series && !failed; i++) {
        all[i] = figure->series[i];
        MkSeries *s = &all[i];
        s->x = figure->x_is_log ? logs(s->x, s->n, arena, &failed) : s->x;
        s->x_end = figure->x_is_log ? logs(s->x_end, s->n, arena, &failed) : s->x_end;
        if (figure->y_is_log) {
            s->y = s->kind == MK_SERIES_CELLS ? s->y : logs(s->y, s->n, arena, &failed);
            s->low = logs(s->low, s->n, arena, &failed);
            s->high = logs(s->high, s->n, arena, &failed);
        }
    }
    if (failed) {
        return NULL;
    }
    *even = *figure;
    even->series = all;
    even->x_min = figure->x_is_log ? log_of(figure->x_min) : figure->x_min;
    even->x_max = figure->x_is_log ? log_of(figure->x_max) : figure->x_max;
    return even;
}

/* ---- cells ---- */

static double area(const MkSeries *s, size_t i)
{
    return (mk_plot_at(s->x_end, i) - mk_plot_at(s->x, i)) *
           (mk_plot_at(s->high, i) - mk_plot_at(s->low, i));
}

static double cell_density(const MkSeries *s, size_t i)
{
    const double share = mk_plot_at(s->y, i);
    const double a = area(s, i);
    return isfinite(share) && a > 0 ? share / a : NAN;
}

double mk_plot_densest(const MkSeries *s)
{
    double most = 0;
    for (size_t i = 0; i < s->n; i++) {
        most = fmax(most, cell_density(s, i)); /* a NaN is passed over */
    }
    return most;
}

size_t mk_plot_shade(const MkSeries *s, size_t i, double densest, size_t n)
{
    const double d = cell_density(s, i);
    if (!(d > 0) || !(densest > 0)) {
        return 0;
    }
    /* By the root: where few people are must still be seen. */
    const size_t shade = (size_t)ceil(sqrt(d / densest) * (double)n - 1e-9);
    return shade < 1 ? 1 : shade > n ? n : shade;
}

size_t mk_plot_cell_at(const MkSeries *s, double x, double y)
{
    for (size_t i = 0; i < s->n; i++) {
        if (x >= mk_plot_at(s->x, i) && x < mk_plot_at(s->x_end, i) && y >= mk_plot_at(s->low, i) &&
            y < mk_plot_at(s->high, i)) {
            return i;
        }
    }
    return s->n;
}

void mk_plot_bar_number(double x, const MkPlotBounds *bounds, bool ascii, char out[32])
{
    const double most = fmax(fabs(bounds->x_lo), fabs(bounds->x_hi));
    /* Two digits of what the axis ends at, three up to a leading 2: shares in hundredths, though
     * their axis goes on beyond 1 for the numbers beside the bars. */
    const double step = most > 0 ? fmin(1, pow(10, floor(log10(most / 2) + 1e-9) - 1)) : 0.01;
    char text[24];
    if (x > 0 && x < step / 2) {
        (void)mk_text_at(step, step, text);
        (void)snprintf(out, 32, "<%s", text);
        return;
    }
    (void)mk_text_at(x, step, text);
    const bool minus = text[0] == '-';
    (void)snprintf(out, 32, "%s%s", minus ? (ascii ? "-" : "\u2212") : "", text + minus);
}

double mk_plot_interpolate(const double *x, const double *y, size_t n, double at)
{
    if (n == 0 || x == NULL || y == NULL || !(at >= x[0]) || !(at <= x[n - 1])) {
        return NAN;
    }
    size_t lo = 0, hi = n - 1;
    while (hi - lo > 1) {
        const size_t mid = lo + (hi - lo) / 2;
        if (x[mid] <= at) {
            lo = mid;
        } else {
            hi = mid;
        }
    }
    if (n == 1 || x[hi] <= x[lo]) {
        return y[lo];
    }
    const double share = (at - x[lo]) / (x[hi] - x[lo]);
    return share <= 0 ? y[lo] : share >= 1 ? y[hi] : y[lo] + share * (y[hi] - y[lo]);
}
