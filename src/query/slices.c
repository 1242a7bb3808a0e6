#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "src/query/slices.h"

#include <math.h>
#include <string.h>

/* Slices of a number: where they end, where the value of each stands, the eighth they are in. */
static const struct {
    double to, value;
    size_t group;
} CUTS[] = {{0.02, 0.007740, 0},  {0.06, 0.038560, 0}, {0.125, 0.091050, 0}, {0.25, 0.185290, 1},
            {0.375, 0.311590, 2}, {0.5, 0.437240, 3},  {0.625, 0.562760, 4}, {0.75, 0.688410, 5},
            {0.875, 0.814710, 6}, {0.94, 0.908950, 7}, {0.98, 0.961440, 7},  {1, 0.992260, 7}};
enum { N_CUTS = sizeof CUTS / sizeof CUTS[0] };

static const double atom_least = 0.2;    /* probability of a value that is a slice of its own */
static const double rest_least = 1e-6;   /* of what is cut beside it */
static const double share_least = 1e-12; /* of a bin, in a logarithm */

static double at_step(double x, double step)
{
    return step > 0 ? round(x / step) * step : x;
}

/* A slice that stands at the value of the one before widens it. */
static void add_slice(MkSlices *slices, MkSlice slice)
{
    MkSlice *last = slices->n > 0 ? &slices->items[slices->n - 1] : NULL;
    if (last != NULL && last->value == slice.value) {
        last->weight += slice.weight;
        last->high = slice.high;
        return;
    }
    slices->items[slices->n++] = slice;
}

/* Groups without gaps in their numbers; one a slice when they are few. */
static void number_groups(MkSlices *slices)
{
    size_t group = 0, before = 0;
    for (size_t i = 0; i < slices->n; i++) {
        const size_t said = slices->items[i].group;
        group += i > 0 && (slices->n <= MK_SLICES_GROUPS || said != before) ? 1 : 0;
        before = said;
        slices->items[i].group = group;
    }
    slices->n_groups = slices->n > 0 ? group + 1 : 0;
}

static void number_slices(const MkDistribution *d, double step, MkSlices *out)
{
    const double lowest = mk_dist_quantile(d, 1e-9);
    const double found = mk_dist_cdf(d, lowest) - mk_dist_cdf_below(d, lowest);
    const double atom = found >= atom_least ? found : 0;
    const double rest = 1 - atom;
    double low = -INFINITY;
    if (atom > 0) {
        add_slice(out, (MkSlice){at_step(lowest, step), fmin(atom, 1), low, lowest, 0});
        low = lowest;
    }
    for (size_t i = 0; i < N_CUTS && rest > rest_least; i++) {
        const double from = i > 0 ? CUTS[i - 1].to : 0;
        const double high =
            i + 1 < N_CUTS ? mk_dist_quantile(d, atom + rest * CUTS[i].to) : INFINITY;
        const double value = mk_dist_quantile(d, atom + rest * CUTS[i].value);
        add_slice(out, (MkSlice){at_step(value, step), rest * (CUTS[i].to - from), low, high,
                                 CUTS[i].group + (atom > 0 ? 1 : 0)});
        low = high;
    }
}

void mk_slices_make(const MkDistribution *d, double step, MkSlices *out)
{
    out->n = out->n_groups = 0;
    if (d->kind == MK_DIST_POINT) {
        add_slice(out, (MkSlice){d->a, 1, -INFINITY, INFINITY, 0});
    } else if (mk_type_is_number(d->attribute->type)) {
        number_slices(d, step, out);
    } else {
        for (size_t k = 0; k < d->attribute->n_levels; k++) {
            const double x = (double)k;
            out->items[out->n++] = (MkSlice){x, mk_dist_level(d, k), x, x, k};
        }
        out->n_groups = out->n;
        return;
    }
    number_groups(out);
}

void mk_slices_group(const MkSlices *slices, size_t group, double *at, double *share)
{
    double sum = 0, total = 0, plain = 0;
    size_t n = 0;
    for (size_t i = 0; i < slices->n; i++) {
        if (slices->items[i].group == group) {
            sum += slices->items[i].weight * slices->items[i].value;
            total += slices->items[i].weight;
            plain += slices->items[i].value;
            n++;
        }
    }
    *share = total;
    *at = total > 0 ? sum / total : plain / (double)(n > 0 ? n : 1);
}

double mk_slice_mass(const MkSlice *slice, const MkDistribution *d)
{
    if (!mk_type_is_number(d->attribute->type)) {
        return mk_dist_level(d, (size_t)slice->value);
    }
    const double below = isfinite(slice->low) ? mk_dist_cdf(d, slice->low) : 0;
    const double to = isfinite(slice->high) ? mk_dist_cdf(d, slice->high) : 1;
    return fmax(to - below, 0);
}

/* ---- bins ---- */

void mk_bins_make(const MkDistribution *reference, MkBins *out)
{
    *out = (MkBins){.reference = reference};
    if (!mk_type_is_number(reference->attribute->type)) {
        out->n = reference->attribute->n_levels;
        return;
    }
    if (reference->kind == MK_DIST_CELLS && reference->n <= MK_SHARES_MAX) {
        out->n = reference->n;
        return;
    }
    double last = -INFINITY;
    for (size_t i = 1; i < MK_SHARES_MAX; i++) {
        const double edge = mk_dist_quantile(reference, (double)i / MK_SHARES_MAX);
        if (edge > last) {
            out->edges[++out->n] = edge;
            last = edge;
        }
    }
    out->n++;
}

void mk_bins_share(const MkBins *bins, const MkDistribution *d, double *out)
{
    const MkDistribution *reference = bins->reference;
    if (!mk_type_is_number(reference->attribute->type)) {
        for (size_t k = 0; k < bins->n; k++) {
            out[k] = mk_dist_level(d, k);
        }
        return;
    }
    if (reference->kind == MK_DIST_CELLS && d->kind == MK_DIST_CELLS && d->n == bins->n) {
        memcpy(out, d->p, bins->n * sizeof *out);
        return;
    }
    double below = 0;
    for (size_t i = 0; i < bins->n; i++) {
        const bool is_last = i + 1 == bins->n;
        const bool is_cells = reference->kind == MK_DIST_CELLS;
        const double edge = is_cells ? (double)reference->marginal->knots[i][MK_CELL_KNOTS - 1]
                                     : bins->edges[i + 1];
        const double to = is_last ? 1 : mk_dist_cdf(d, edge);
        out[i] = fmax(to - below, 0);
        below = to;
    }
}

double mk_information(const double *shares, const double *weights, size_t n_rows, size_t n)
{
    double total = 0, sum = 0;
    double mean[MK_SHARES_MAX] = {0};
    for (size_t i = 0; i < n_rows; i++) {
        total += weights[i];
        for (size_t b = 0; b < n; b++) {
            mean[b] += weights[i] * shares[i * n + b];
        }
    }
    for (size_t i = 0; i < n_rows && total > 0; i++) {
        for (size_t b = 0; b < n; b++) {
            const double p = shares[i * n + b];
            if (p > share_least && weights[i] > 0) {
                sum += weights[i] * p * log(p * total / mean[b]);
            }
        }
    }
    return total > 0 ? fmax(sum / total, 0) : 0;
}

double mk_distance(const double *a, const double *b, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        sum += fabs(a[i] - b[i]);
    }
    return 0.5 * sum;
}
