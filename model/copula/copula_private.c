#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "model/copula/copula_private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/nn/blas.h"

enum { BLOCK = 256 };

static const double least_eigenvalue = 0.05;

static MkStatus no_memory(MkError *err)
{
    return mk_fail(err, MK_ENOMEM, "out of memory for correlations");
}

/* Standardised scores of a person, at most sqrt(n) long: e (n). */
static void person(const MkCopula *c, const MkGroup *g, size_t row, double *e)
{
    double squares = 0.0;
    memset(e, 0, c->n_attributes * sizeof *e);
    for (size_t k = 0; k < g->n; k++) {
        const size_t j = g->attributes[k];
        const double z = (double)g->scores[row * g->n + k];
        if (!isnan(z)) {
            e[j] = z / (double)c->features[j].sd;
            squares += e[j] * e[j];
        }
    }
    const double share = fmin(1.0, sqrt((double)c->n_attributes / fmax(squares, 1e-12)));
    for (size_t j = 0; j < c->n_attributes; j++) {
        e[j] *= share;
    }
}

/* Sums of products over people, lower triangle of s (n, n); block (BLOCK, n) is scratch. */
static void add_products(const MkCopula *c, const MkDataset *people, double *block, double *s)
{
    const size_t n = c->n_attributes;
    for (size_t i = 0, m = 0; i < people->n_rows; i++) {
        size_t row = i;
        const MkGroup *const g = &people->groups[mk_dataset_group(people, &row)];
        person(c, g, row, block + m++ * n);
        if (m == BLOCK || i + 1 == people->n_rows) {
            mk_dsyrk_add(n, m, block, n, s, n);
            m = 0;
        }
    }
}

static double observed(const MkCopula *c, size_t j, double n_people)
{
    return fmax((double)c->marginals[j].n_observed / n_people, 0.02);
}

/* s: noised sums to correlations times the root of both shares of people with a value, diagonal 0.
 * Gives the noise's sd on that scale. */
static double to_correlations(const MkCopula *c, double n_people, double sd, double *s)
{
    const size_t n = c->n_attributes;
    double sum = 0.0;
    for (size_t a = 0; a < n; a++) {
        s[a * n + a] = 0.0;
        for (size_t b = 0; b < a; b++) {
            const double scale =
                n_people * sqrt(observed(c, a, n_people) * observed(c, b, n_people));
            s[a * n + b] /= scale;
            s[b * n + a] = s[a * n + b];
            sum += sd * sd / (scale * scale);
        }
    }
    return n > 1 ? sqrt(sum / ((double)n * (double)(n - 1) / 2.0)) : 0.0;
}

/* s = sum over k of keep(value k) v_k v_k', symmetric; v (n, n) eigenvectors in rows. */
static void compose(size_t n, const double *v, const double *values, double *s)
{
    memset(s, 0, n * n * sizeof *s);
    for (size_t k = 0; k < n; k++) {
        for (size_t a = 0; values[k] != 0.0 && a < n; a++) {
            for (size_t b = 0; b < n; b++) {
                s[a * n + b] += values[k] * v[k * n + a] * v[k * n + b];
            }
        }
    }
}

/* The nearest that noise of sd t leaves of s. */
static MkStatus without_noise(size_t n, double t, double *s, double *v, double *values,
                              MkError *err)
{
    memcpy(v, s, n * n * sizeof *v);
    MK_TRY(mk_dsyevd(n, v, values, err));
    for (size_t k = 0; k < n; k++) {
        const double left = values[k] * values[k] - 4.0 * (double)n * t * t;
        values[k] = left > 0.0 ? copysign(sqrt(left), values[k]) : 0.0;
    }
    compose(n, v, values, s);
    return MK_OK;
}

/* Correlations of the scores themselves, positive definite with diagonal 1, packed into r. */
static MkStatus to_base(const MkCopula *c, double n_people, double *s, double *v, double *values,
                        float *r, MkError *err)
{
    const size_t n = c->n_attributes;
    for (size_t a = 0; a < n; a++) {
        for (size_t b = 0; b < n; b++) {
            const double scale = sqrt(observed(c, a, n_people) * observed(c, b, n_people));
            const double x = fmin(fmax(s[a * n + b] / scale, -0.98), 0.98);
            v[a * n + b] = a == b ? 1.0 : x;
        }
    }
    MK_TRY(mk_dsyevd(n, v, values, err));
    for (size_t k = 0; k < n; k++) {
        values[k] = fmax(values[k], least_eigenvalue);
    }
    compose(n, v, values, s);
    for (size_t a = 0; a < n; a++) {
        for (size_t b = 0; b <= a; b++) {
            r[a * (a + 1) / 2 + b] =
                a == b ? 1.0F : (float)(s[a * n + b] / sqrt(s[a * n + a] * s[b * n + b]));
        }
    }
    return MK_OK;
}

MkStatus mk_copula_private(const MkCopula *c, const MkDataset *people, double sigma, MkNoise *noise,
                           float *r, MkError *err)
{
    const size_t n = c->n_attributes;
    const double sd = sigma * (double)n / sqrt(2.0), n_people = (double)people->n_rows;
    MkStatus st = MK_OK;
    double *const s = mk_heap_array(n * n, sizeof *s), *const v = mk_heap_array(n * n, sizeof *v);
    double *const block = mk_heap_array(BLOCK * n, sizeof *block);
    double *const values = mk_heap_array(n, sizeof *values);
    if (s == NULL || v == NULL || block == NULL || values == NULL) {
        st = no_memory(err);
        goto done;
    }
    memset(s, 0, n * n * sizeof *s);
    add_products(c, people, block, s);
    for (size_t a = 0; a < n; a++) {
        mk_private_add_noise(noise, sd, s + a * n, a);
    }
    const double t = to_correlations(c, n_people, sd, s);
    MK_TRY_GOTO(without_noise(n, t, s, v, values, err));
    MK_TRY_GOTO(to_base(c, n_people, s, v, values, r, err));
    st = mk_noise_status(noise, err);
done:
    free(s);
    free(v);
    free(block);
    free(values);
    return st;
}
