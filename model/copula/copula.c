#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "model/copula/copula.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/nn/blas.h"
#include "model/nn/kernels.h"
#include "model/normal.h"

float mk_copula_r(const MkCopula *c, size_t a, size_t b)
{
    return a >= b ? c->r[a * (a + 1) / 2 + b] : c->r[b * (b + 1) / 2 + a];
}

static int stronger(const void *a, const void *b)
{
    const MkRanked *const x = a, *const y = b;
    if (x->strength != y->strength) {
        return x->strength < y->strength ? 1 : -1;
    }
    return (x->place > y->place) - (x->place < y->place);
}

size_t mk_copula_related(const MkCopula *c, const size_t *from, size_t n, const size_t *targets,
                         size_t n_targets, size_t most, MkRanked *items)
{
    for (size_t i = 0; i < n; i++) {
        items[i] = (MkRanked){.place = i};
        for (size_t t = 0; n > most && t < n_targets; t++) {
            const double r = (double)mk_copula_r(c, from[i], targets[t]);
            items[i].strength += r * r;
        }
    }
    if (n > most) {
        qsort(items, n, sizeof *items, stronger);
    }
    return n < most ? n : most;
}

static float raw_feature(const MkFeature *f, double score, size_t cell, const MkMarginal *m)
{
    switch (f->kind) {
    case MK_FEATURE_SQUARE:
        return (float)(score * score);
    case MK_FEATURE_CUBE:
        return (float)(score * score * score - 3.0 * score);
    case MK_FEATURE_LEVEL:
        return (m->knots != NULL ? cell : m->level_of[cell]) == f->level ? 1.0F : 0.0F;
    default:
        return (float)score;
    }
}

size_t mk_copula_encode_score(const MkCopula *c, size_t attribute, size_t cell, double score,
                              uint32_t *ids, float *values)
{
    const MkMarginal *const m = &c->marginals[attribute];
    size_t n = 0;
    ids[n++] = (uint32_t)attribute;
    for (uint32_t f = c->extra_begin[attribute]; f < c->extra_begin[attribute + 1]; f++) {
        ids[n++] = f;
    }
    for (size_t i = 0; i < n; i++) {
        const MkFeature *const f = &c->features[ids[i]];
        values[i] = (raw_feature(f, score, cell, m) - f->mean) / f->sd;
    }
    return n;
}

size_t mk_copula_encode(const MkCopula *c, size_t attribute, double value, uint32_t *ids,
                        float *values)
{
    const MkMarginal *const m = &c->marginals[attribute];
    return mk_copula_encode_score(c, attribute, mk_marginal_cell(m, value),
                                  mk_marginal_normal(m, value), ids, values);
}

size_t mk_copula_scratch(size_t n_known, size_t n_targets)
{
    return n_known * n_known + n_known * (n_targets + 1);
}

/* From the standardised score's conditional mean and explained variance x to the latent normal:
 * with little explained a coarse score is attenuated (m / rho, 1 - x / rho^2), with all explained
 * the score itself is known (m sd, sd^2 (1 - x), sd = rho^2). The scale is the geometric mean of
 * both ends. Without the second end a heaped zero that other zeros betray had almost no spread
 * left. */
void mk_copula_link(double explained, double rho, double mean, float *m, float *s)
{
    const double x = fmin(explained, 1.0), square = rho * rho;
    const double left = fmax(1.0 - x / square, square * square * (1.0 - x));
    const double least = (double)MK_COPULA_MIN_SD;
    *m = (float)(mean * pow(rho, 3.0 * x - 1.0));
    *s = (float)(left > least * least ? sqrt(left) : least);
}

MkStatus mk_copula_condition_dense(const float *r, size_t ld, const float *rho, const uint32_t *ids,
                                   const float *values, size_t n_known, const uint32_t *targets,
                                   size_t n_targets, float *scratch, float *m, float *s,
                                   MkError *err)
{
    const size_t n = n_known, width = n_targets + 1;
    float *const chol = scratch;        /* (n, n) */
    float *const rhs = scratch + n * n; /* (n, n_targets + 1): R_ot | e */
    for (size_t i = 0; i < n; i++) {
        const float *const row = r + (size_t)ids[i] * ld;
        for (size_t k = 0; k <= i; k++) {
            chol[i * n + k] = row[ids[k]];
        }
        for (size_t t = 0; t < n_targets; t++) {
            rhs[i * width + t] = row[targets[t]];
        }
        rhs[i * width + n_targets] = values[i];
    }
    if (n > 0) {
        if (!mk_spotrf(n, chol, n)) {
            return mk_fail(err, MK_ENUMERIC, "correlations of %zu known features are singular", n);
        }
        mk_strsm_lower(n, width, chol, n, rhs, width);
    }
    memset(m, 0, n_targets * sizeof *m);
    memset(s, 0, n_targets * sizeof *s);
    for (size_t i = 0; i < n; i++) {
        const float *const row = rhs + i * width;
        const float e = row[n_targets];
        for (size_t t = 0; t < n_targets; t++) {
            m[t] += row[t] * e;
            s[t] += row[t] * row[t];
        }
    }
    for (size_t t = 0; t < n_targets; t++) {
        mk_copula_link((double)s[t], (double)rho[targets[t]], (double)m[t], &m[t], &s[t]);
    }
    return MK_OK;
}

MkStatus mk_copula_chain_dense(const float *r, size_t ld, const float *rho, const uint32_t *ids,
                               const float *values, size_t n, const uint32_t *at, size_t n_targets,
                               float *scratch, float *m, float *s, MkError *err)
{
    float *const chol = scratch;      /* (n, n) */
    float *const y = scratch + n * n; /* (n) */
    for (size_t i = 0; i < n; i++) {
        const float *const row = r + (size_t)ids[i] * ld;
        for (size_t k = 0; k <= i; k++) {
            chol[i * n + k] = row[ids[k]];
        }
        y[i] = values[i];
    }
    if (n > 0) {
        if (!mk_spotrf(n, chol, n)) {
            return mk_fail(err, MK_ENUMERIC, "correlations of %zu features are singular", n);
        }
        mk_strsv_lower(false, n, chol, n, y);
    }
    for (size_t t = 0; t < n_targets; t++) {
        const float *const row = chol + (size_t)at[t] * n;
        const float mean = mk_dot(at[t], row, y), explained = mk_dot(at[t], row, row);
        mk_copula_link((double)explained, (double)rho[ids[at[t]]], (double)mean, &m[t], &s[t]);
    }
    return MK_OK;
}

MkStatus mk_copula_condition(const MkCopula *c, const uint32_t *ids, const float *values,
                             size_t n_known, const uint32_t *targets, size_t n_targets,
                             MkArena *arena, float *m, float *s, double *distance, MkError *err)
{
    const size_t n = n_known, width = n_targets + 1;
    double *const chol = mk_arena_zeros(arena, n * n + 1, sizeof *chol);
    double *const rhs = mk_arena_array(arena, n * width + 1, sizeof *rhs); /* R_ot | e */
    double *const sums = mk_arena_zeros(arena, 2 * width, sizeof *sums);
    if (chol == NULL || rhs == NULL || sums == NULL) {
        return mk_fail(err, MK_ENOMEM, "out of memory");
    }
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k <= i; k++) {
            chol[i * n + k] = (double)mk_copula_r(c, ids[i], ids[k]);
        }
        for (size_t t = 0; t < n_targets; t++) {
            rhs[i * width + t] = (double)mk_copula_r(c, ids[i], targets[t]);
        }
        rhs[i * width + n_targets] = (double)values[i];
    }
    if (n > 0) {
        if (!mk_dpotrf(n, chol, n)) {
            return mk_fail(err, MK_ENUMERIC, "correlations of %zu known features are singular", n);
        }
        mk_dtrsm_lower(false, n, width, chol, n, rhs, width);
    }
    double *const mean = sums, *const explained = sums + width;
    for (size_t i = 0; i < n; i++) {
        const double *const row = rhs + i * width;
        for (size_t t = 0; t < width; t++) {
            mean[t] += row[t] * row[n_targets];
            explained[t] += row[t] * row[t];
        }
    }
    if (distance != NULL) {
        *distance = explained[n_targets];
    }
    for (size_t t = 0; t < n_targets; t++) {
        mk_copula_link(explained[t], (double)c->rho[targets[t]], mean[t], &m[t], &s[t]);
    }
    return MK_OK;
}

void mk_copula_logits(const MkMarginal *marginal, double m, double s, float *b)
{
    const double scale = 1.0 / s;
    double before = (marginal->tau[0] - m) * scale;
    for (size_t k = 0; k < marginal->n_cells; k++) {
        const double after = (marginal->tau[k + 1] - m) * scale;
        b[k] = (float)mk_normal_log_mass(before, after, MK_COPULA_FLOOR);
        before = after;
    }
}
