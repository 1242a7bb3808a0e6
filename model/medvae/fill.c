/* fill.c - people as the network wants them: cut, scaled, without gaps. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "model/medvae/medvae.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/nn/blas.h"
#include "model/private_marginal.h"
#include "src/data/value.h"

enum { ROUNDS = 10 };                 /* of chained regressions, as published */
static const double cut_at = 0.99;    /* numbers above this quantile become it */
static const double lowest = 0.005;   /* of given marginals, below which they become it */
static const double ridge = 1e-4;     /* a person, on columns of 0 .. 1 */
static const double intercept = 1e-9; /* the same for the constant */

static MkStatus no_memory(MkError *err)
{
    return mk_fail(err, MK_ENOMEM, "out of memory for people without gaps");
}

/* ---- cutting and scaling ---- */

static int by_size(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Between the two nearest of sorted values. */
static double quantile(const double *sorted, size_t n, double q)
{
    const double at = q * (double)(n - 1);
    const size_t k = (size_t)at;
    const double next = sorted[k + 1 < n ? k + 1 : k];
    return sorted[k] + (at - (double)k) * (next - sorted[k]);
}

static void gather(const MkDataset *people, MkMedvaeTable *t)
{
    for (size_t i = 0; i < t->n_rows * t->n; i++) {
        t->x[i] = NAN;
    }
    for (size_t g = 0; g < people->n_groups; g++) {
        const MkGroup *const group = &people->groups[g];
        for (size_t i = 0; i < group->n_rows; i++) {
            for (size_t k = 0; k < group->n; k++) {
                t->x[(group->first + i) * t->n + group->attributes[k]] =
                    group->values[i * group->n + k];
            }
        }
    }
}

static size_t observed_of(const MkMedvaeTable *t, size_t j, double *out)
{
    size_t n = 0;
    for (size_t i = 0; i < t->n_rows; i++) {
        t->observed[i * t->n + j] = (uint8_t)!isnan(t->x[i * t->n + j]);
        if (t->observed[i * t->n + j]) {
            out[n++] = (double)t->x[i * t->n + j];
        }
    }
    return n;
}

/* Index of the level that most show. */
static double likeliest(const double *sorted, size_t n)
{
    double best = sorted[0];
    for (size_t first = 0, most = 0, i = 1; i <= n; i++) {
        if (i == n || sorted[i] > sorted[first]) {
            best = i - first > most ? sorted[first] : best;
            most = i - first > most ? i - first : most;
            first = i;
        }
    }
    return best;
}

/* The same as scale_column tells, from marginals alone. */
static double given_scale(const MkMarginal *m, bool is_number, bool is_scaled, double *scale)
{
    if (is_number) {
        const double step = mk_marginal_step(m);
        scale[0] = mk_value_recorded(m->attribute, step, mk_private_quantile(m, lowest));
        scale[1] = mk_value_recorded(m->attribute, step, mk_private_quantile(m, cut_at));
    }
    return is_scaled ? mk_private_quantile(m, 0.5) : (double)mk_private_likeliest(m);
}

/* Scale of a column, its values on it, and the median or likeliest level in its gaps. `values`
 * (n_rows) is scratch. */
static MkStatus scale_column(const MkMarginal *m, bool is_private, MkMedvaeTable *t, size_t j,
                             double *values, MkError *err)
{
    const MkAttribute *const a = m->attribute;
    const size_t n = observed_of(t, j, values), end = MK_CELL_KNOTS - 1;
    const bool is_number = mk_type_is_number(a->type);
    const bool is_scaled = is_number || (a->type == MK_ORDINAL && a->n_levels != 2);
    double *const scale = t->scale + 2 * j;
    if (n == 0 && !is_private) {
        return mk_fail(err, MK_EFORMAT, "attribute %s has no value", a->name);
    }
    double gap = 0.0;
    scale[0] = 0.0;
    scale[1] = is_scaled && !is_number ? (double)a->n_levels - 1.0 : 1.0;
    if (is_private) {
        gap = given_scale(m, is_number, is_scaled, scale);
    } else {
        qsort(values, n, sizeof *values, by_size);
        gap = is_scaled ? quantile(values, n, 0.5) : likeliest(values, n);
    }
    if (is_number && !is_private) { /* the ends that the marginal tells are nobody's value */
        scale[0] = (double)m->knots[0][0];
        scale[1] = fmin(quantile(values, n, cut_at), (double)m->knots[m->n_cells - 1][end]);
    }
    const double width = is_scaled && scale[1] > scale[0] ? scale[1] - scale[0] : 1.0;
    if (a->type == MK_ORDINAL || a->type == MK_COUNT) {
        gap = floor(gap);
    }
    for (size_t i = 0; i < t->n_rows; i++) {
        float *const x = &t->x[i * t->n + j];
        const double v = t->observed[i * t->n + j] ? (double)*x : gap;
        const double inside = is_number ? fmin(fmax(v, scale[0]), scale[1]) : v;
        *x = (float)((inside - scale[0]) / width);
    }
    return MK_OK;
}

/* ---- chained regressions ---- */

/* Levels take part by their index, as the coded columns of the publication do. */
typedef struct Chain {
    const MkSchema *schema;
    MkMedvaeTable *t;
    size_t d;              /* columns with the constant, which is the first */
    double *rows;          /* (n_rows, d) */
    double *products;      /* (d, d) rows' rows, lower triangle */
    double *some, *normal; /* (d, d) scratch */
    double *weight;        /* (d) */
    double *block;         /* (BLOCK, d) */
} Chain;

enum { BLOCK = 256 };

static double width_of(const MkAttribute *a)
{
    return mk_type_is_number(a->type) || a->n_levels < 2 ? 1.0 : (double)a->n_levels - 1.0;
}

/* Between a column of the table and one of 0 .. 1. */
static double to_chain(const Chain *c, size_t j)
{
    const MkAttribute *const a = &c->schema->attributes[j];
    return a->type == MK_CATEGORICAL && a->n_levels > 2 ? 1.0 / width_of(a) : 1.0;
}

static MkStatus open_chain(Chain *c, MkArena *arena, MkError *err)
{
    const MkMedvaeTable *const t = c->t;
    c->d = t->n + 1;
    c->rows = mk_arena_array(arena, t->n_rows * c->d, sizeof *c->rows);
    c->products = mk_arena_zeros(arena, c->d * c->d, sizeof *c->products);
    c->some = mk_arena_array(arena, c->d * c->d, sizeof *c->some);
    c->normal = mk_arena_array(arena, c->d * c->d, sizeof *c->normal);
    c->weight = mk_arena_array(arena, c->d, sizeof *c->weight);
    c->block = mk_arena_array(arena, BLOCK * c->d, sizeof *c->block);
    if (c->rows == NULL || c->products == NULL || c->some == NULL || c->normal == NULL ||
        c->weight == NULL || c->block == NULL) {
        return no_memory(err);
    }
    for (size_t i = 0; i < t->n_rows; i++) {
        double *const row = c->rows + i * c->d;
        row[0] = 1.0;
        for (size_t j = 0; j < t->n; j++) {
            row[j + 1] = (double)t->x[i * t->n + j] * to_chain(c, j);
        }
    }
    mk_dsyrk_add(c->d, t->n_rows, c->rows, c->d, c->products, c->d);
    return MK_OK;
}

static double *lower(double *a, size_t d, size_t i, size_t k)
{
    return i > k ? &a[i * d + k] : &a[k * d + i];
}

/* Products of the people who lack column j; gives their number. */
static size_t products_of_gaps(Chain *c, size_t j)
{
    const MkMedvaeTable *const t = c->t;
    size_t n = 0, all = 0;
    memset(c->some, 0, c->d * c->d * sizeof *c->some);
    for (size_t i = 0; i < t->n_rows; i++) {
        if (!t->observed[i * t->n + j]) {
            memcpy(c->block + n++ * c->d, c->rows + i * c->d, c->d * sizeof *c->block);
        }
        if (n == BLOCK || (n > 0 && i + 1 == t->n_rows)) {
            mk_dsyrk_add(c->d, n, c->block, c->d, c->some, c->d);
            all += n;
            n = 0;
        }
    }
    return all;
}

/* Ridge regression of column j on all others among the people who have it; false when it fails. */
static bool regress(Chain *c, size_t j, size_t n_observed)
{
    const size_t d = c->d, m = d - 1, target = j + 1;
    for (size_t i = 0; i < m; i++) {
        const size_t from = i < target ? i : i + 1;
        for (size_t k = 0; k <= i; k++) {
            const size_t to = k < target ? k : k + 1;
            c->normal[i * m + k] = *lower(c->products, d, from, to) - *lower(c->some, d, from, to);
        }
        c->normal[i * m + i] += (i == 0 ? intercept : ridge) * (double)n_observed;
        c->weight[i] = *lower(c->products, d, from, target) - *lower(c->some, d, from, target);
    }
    if (!mk_dpotrf(m, c->normal, m)) {
        return false;
    }
    mk_dpotrs(m, c->normal, m, c->weight);
    memmove(c->weight + target + 1, c->weight + target, (m - target) * sizeof *c->weight);
    c->weight[target] = 0.0;
    return true;
}

static void predict(Chain *c, size_t j)
{
    const MkMedvaeTable *const t = c->t;
    const size_t d = c->d;
    for (size_t i = 0; i < t->n_rows; i++) {
        double *const row = c->rows + i * d;
        if (t->observed[i * t->n + j]) {
            continue;
        }
        double sum = 0.0;
        for (size_t k = 0; k < d; k++) {
            sum += c->weight[k] * row[k];
        }
        row[j + 1] = fmin(fmax(sum, 0.0), 1.0);
    }
    for (size_t k = 0; k < d; k++) {
        *lower(c->products, d, k, j + 1) = 0.0;
    }
    for (size_t i = 0; i < t->n_rows; i++) {
        const double *const row = c->rows + i * d;
        for (size_t k = 0; k < d; k++) {
            *lower(c->products, d, k, j + 1) += row[k] * row[j + 1];
        }
    }
}

/* Back to the table: levels and counts are whole. */
static void close_chain(const Chain *c)
{
    const MkMedvaeTable *const t = c->t;
    for (size_t i = 0; i < t->n_rows * t->n; i++) {
        const size_t j = i % t->n;
        const MkAttribute *const a = &c->schema->attributes[j];
        const double low = t->scale[2 * j], width = t->scale[2 * j + 1] - low;
        if (t->observed[i]) {
            continue;
        }
        const double x = c->rows[i / t->n * c->d + j + 1] / to_chain(c, j);
        const double steps = a->type == MK_COUNT     ? width
                             : a->type == MK_ORDINAL ? width_of(a)
                                                     : 1.0;
        const bool is_whole = a->type == MK_COUNT || !mk_type_is_number(a->type);
        t->x[i] = (float)(is_whole && steps > 0.0 ? round(x * steps) / steps : x);
    }
}

static MkStatus chain_regressions(Chain *c, MkMedvaeGoesOn *goes_on, void *ctx, MkArena *arena,
                                  MkError *err)
{
    bool stop = false;
    MK_TRY(open_chain(c, arena, err));
    for (size_t round = 0; round < ROUNDS && !stop; round++) {
        for (size_t j = 0; j < c->t->n && !stop; j++) {
            const size_t n_gaps = products_of_gaps(c, j);
            if (n_gaps > 0 && regress(c, j, c->t->n_rows - n_gaps)) {
                predict(c, j);
            }
            if (goes_on != NULL) {
                MK_TRY(goes_on(ctx, &stop, err));
            }
        }
    }
    close_chain(c);
    return MK_OK;
}

MkStatus mk_medvae_fill(const MkDataset *people, const MkSchema *schema,
                        const MkMarginal *marginals, bool is_private, bool is_chained,
                        MkMedvaeGoesOn *goes_on, void *ctx, MkArena *arena, MkMedvaeTable *out,
                        MkError *err)
{
    MkMedvaeTable t = {.n_rows = people->n_rows, .n = schema->n};
    t.x = mk_arena_array(arena, t.n_rows * t.n, sizeof *t.x);
    t.observed = mk_arena_array(arena, t.n_rows * t.n, 1);
    t.scale = mk_arena_array(arena, 2 * t.n, sizeof *t.scale);
    double *const values = mk_arena_array(arena, t.n_rows + 1, sizeof *values);
    if (t.x == NULL || t.observed == NULL || t.scale == NULL || values == NULL) {
        return no_memory(err);
    }
    gather(people, &t);
    for (size_t j = 0; j < t.n; j++) {
        MK_TRY(scale_column(&marginals[j], is_private, &t, j, values, err));
    }
    if (is_chained) {
        Chain c = {.schema = schema, .t = &t};
        MK_TRY(chain_regressions(&c, goes_on, ctx, arena, err));
    }
    *out = t;
    return MK_OK;
}
