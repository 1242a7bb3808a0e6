/* summary_cut.c - where the cells of a number begin and end. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "model/marginal_fit.h"
#include "model/summary_fit.h"

static int by_value(const void *a, const void *b)
{
    const MkSeen *const x = a, *const y = b;
    return (x->value > y->value) - (x->value < y->value);
}

size_t mk_summary_sort(MkSeen *seen, size_t n)
{
    size_t used = 0;
    if (n == 0) {
        return 0;
    }
    qsort(seen, n, sizeof *seen, by_value);
    for (size_t i = 1; i < n; i++) {
        if (seen[i].value == seen[used].value) {
            seen[used].weight += seen[i].weight;
            seen[used].people += seen[i].people;
        } else {
            seen[++used] = seen[i];
        }
    }
    return used + 1;
}

/* An outer edge: beyond the value v of the `least`-th person from the end. Where at least that many
 * people share the value it is half a step of the record away, else a round number. */
static double outer(double v, bool is_shared, double gap, double span, double direction)
{
    if (is_shared) {
        return v + direction * 0.5 * gap;
    }
    const double step = pow(10.0, floor(log10(fmax(span, gap) / 20.0)));
    return direction > 0.0 ? (floor(v / step) + 1.0) * step : (ceil(v / step) - 1.0) * step;
}

typedef struct Range {
    double low, high; /* outer edges */
    double total;     /* weight */
    size_t people, least;
    double width; /* weight of width against people when places are told, 0 .. 1 */
    size_t end;   /* people in an end cell, with those beyond its edge */
} Range;

static Range find_range(const MkSeen *seen, size_t n, double min, double max, size_t least)
{
    Range r = {.least = least};
    double gap = INFINITY;
    size_t first = 0, last = n - 1, below = seen[0].people, above = seen[n - 1].people;
    for (size_t i = 0; i < n; i++) {
        r.total += seen[i].weight;
        r.people += seen[i].people;
        gap = i > 0 ? fmin(gap, seen[i].value - seen[i - 1].value) : gap;
    }
    if (r.people < least) {
        return r;
    }
    while (below < least) {
        below += seen[++first].people;
    }
    while (above < least) {
        above += seen[--last].people;
    }
    const double a = fmin(seen[first].value, seen[last].value);
    const double b = fmax(seen[first].value, seen[last].value);
    gap = isfinite(gap) ? gap : 0.0;
    gap = fmax(gap, 1e-3 * (b > a ? b - a : fmax(1.0, fabs(a))));
    r.low = fmax(outer(a, seen[first].people >= least, gap, b - a, -1.0), fmin(min, a));
    r.high = fmin(outer(b, seen[last].people >= least, gap, b - a, 1.0), fmax(max, b));
    return r;
}

/* Place of x in 0 .. 1: by people and by width, so that dense parts and tails both show. */
static double place(const Range *r, double below, double x)
{
    const double inside = fmin(fmax((x - r->low) / (r->high - r->low), 0.0), 1.0);
    return (1.0 - r->width) * below / r->total + r->width * inside;
}

/* Cells of at least `aim` of the places; heaped values begin and end a cell. */
static size_t cut(const MkSeen *seen, size_t n, const Range *r, double aim, size_t most,
                  float *edges)
{
    size_t used = 0, here = 0, left = r->people;
    double below = 0.0, begin = 0.0;
    const double heap = fmax(aim * r->total, 0.02 * r->total);
    edges[0] = (float)r->low;
    for (size_t i = 0; i + 1 < n; i++) {
        float edge = 0.0F;
        below += seen[i].weight;
        here += seen[i].people;
        left -= seen[i].people;
        const double at = place(r, below, 0.5 * (seen[i].value + seen[i + 1].value));
        const bool heaped = seen[i].weight > heap || seen[i + 1].weight > heap;
        if (here < (used == 0 ? r->end : r->least) || left < r->end ||
            (!heaped && at - begin < aim) ||
            !mk_marginal_round(seen[i].value, seen[i + 1].value, &edge) || edge <= edges[used] ||
            edge >= (float)r->high) {
            continue;
        }
        if (used + 2 > most) {
            return cut(seen, n, r, 1.1 * aim, most, edges);
        }
        edges[++used] = edge;
        here = 0;
        begin = at;
    }
    edges[++used] = (float)r->high;
    return used;
}

size_t mk_summary_cut(const MkSeen *seen, size_t n, double min, double max, size_t least,
                      size_t most, double width, float *edges)
{
    Range r = n > 0 ? find_range(seen, n, min, max, least) : (Range){.people = 0};
    if (r.people < least || !(r.total > 0.0)) {
        return 0;
    }
    if (!((float)r.low < (float)r.high)) { /* one value, at the end of its domain */
        const double half = fmax(fabs(r.low), 1.0) * 1e-3;
        r.low -= half;
        r.high += half;
    }
    r.width = width;
    r.end = r.people / most < 3 * least ? r.people / most : 3 * least;
    r.end = r.end < least ? least : r.end;
    return cut(seen, n, &r, 1.0 / (double)most, most, edges);
}

size_t mk_summary_cell(const float *edges, size_t n_cells, double value)
{
    size_t k = 0;
    while (k + 1 < n_cells && value >= (double)edges[k + 1]) {
        k++;
    }
    return k;
}
