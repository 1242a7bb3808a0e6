#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "src/eval/ridge.h"

#include <gsl/gsl_linalg.h>
#include <math.h>
#include <string.h>

static MkStatus no_memory(MkError *err)
{
    return mk_fail(err, MK_ENOMEM, "out of memory for a regression");
}

/* Adds `sign` times the cross products of a row; the lower triangle. */
static void add_products(const float *row, size_t wide, double sign, double *products)
{
    for (size_t a = 0; a < wide; a++) {
        const double here = sign * (double)row[a];
        double *const to = products + a * wide;
        for (size_t b = 0; here != 0.0 && b <= a; b++) {
            to[b] += here * (double)row[b];
        }
    }
}

MkStatus mk_ridge_new(const MkSchema *schema, const size_t *ids, const float *x, size_t n, size_t d,
                      MkArena *arena, MkRidge *out, MkError *err)
{
    MkRidge r = {.n = n, .d = d, .x = x};
    MK_TRY(mk_design_new(schema, ids, x, n, d, arena, &r.design, err));
    r.wide = 1 + r.design.n_terms;
    r.z = mk_arena_array(arena, n * r.wide + 1, sizeof *r.z);
    r.products = mk_arena_zeros(arena, r.wide * r.wide, sizeof *r.products);
    if (r.z == NULL || r.products == NULL) {
        return no_memory(err);
    }
    for (size_t i = 0; i < n; i++) {
        r.z[i * r.wide] = 1.0F;
        mk_design_row(&r.design, x + i * d, r.z + i * r.wide + 1);
        add_products(r.z + i * r.wide, r.wide, 1.0, r.products);
    }
    *out = r;
    return MK_OK;
}

/* ---- one attribute ---- */

typedef struct System {
    double *products; /* (wide, wide) of those who have y */
    double *right;    /* (wide) */
    double *slope;    /* (wide); that of y's own term is 0 */
} System;

static void gather(const MkRidge *r, size_t y, const System *s)
{
    memcpy(s->products, r->products, r->wide * r->wide * sizeof *s->products);
    for (size_t i = 0; i < r->n; i++) {
        const float *const row = r->z + i * r->wide;
        const float value = r->x[i * r->d + y];
        if (isnan(value)) {
            add_products(row, r->wide, -1.0, s->products);
            continue;
        }
        for (size_t k = 0; k < r->wide; k++) {
            s->right[k] += (double)row[k] * (double)value;
        }
    }
}

/* By Cholesky, y's own term held at zero. */
static MkStatus solve(const MkRidge *r, size_t own, const System *s, MkError *err)
{
    const size_t n = r->wide;
    for (size_t a = 0; a < n; a++) {
        s->products[a * n + a] += a == 0 ? 1e-9 : 1.0;
        for (size_t b = 0; b < a; b++) {
            s->products[a * n + b] = a == own || b == own ? 0.0 : s->products[a * n + b];
            s->products[b * n + a] = s->products[a * n + b];
        }
    }
    s->products[own * n + own] = 1.0;
    s->right[own] = 0.0;
    gsl_matrix_view matrix = gsl_matrix_view_array(s->products, n, n);
    gsl_vector_const_view right = gsl_vector_const_view_array(s->right, n);
    gsl_vector_view slope = gsl_vector_view_array(s->slope, n);
    if (gsl_linalg_cholesky_decomp1(&matrix.matrix) != 0 ||
        gsl_linalg_cholesky_solve(&matrix.matrix, &right.vector, &slope.vector) != 0) {
        return mk_fail(err, MK_ENUMERIC, "a regression has no solution");
    }
    return MK_OK;
}

static MkStatus learn(const MkRidge *r, size_t y, const float *test, size_t m, MkArena *arena,
                      float *out, MkError *err)
{
    const System s = {mk_arena_array(arena, r->wide * r->wide, sizeof *s.products),
                      mk_arena_zeros(arena, r->wide, sizeof *s.right),
                      mk_arena_zeros(arena, r->wide, sizeof *s.slope)};
    float *const row = mk_arena_array(arena, r->wide, sizeof *row);
    size_t own = 0;
    if (s.products == NULL || s.right == NULL || s.slope == NULL || row == NULL) {
        return no_memory(err);
    }
    while (r->design.terms[own].from != y) {
        own++;
    }
    gather(r, y, &s);
    if (s.products[0] < 1.0) {
        return mk_fail(err, MK_EINVAL, "nobody has the attribute that is learned");
    }
    MK_TRY(solve(r, own + 1, &s, err));
    for (size_t i = 0; i < m; i++) {
        double sum = s.slope[0];
        mk_design_row(&r->design, test + i * r->d, row);
        for (size_t k = 0; k < r->design.n_terms; k++) {
            sum += s.slope[k + 1] * (double)row[k];
        }
        out[i] = (float)sum;
    }
    return MK_OK;
}

MkStatus mk_ridge_learn(const MkRidge *ridge, size_t y, const float *test, size_t m, float *out,
                        MkError *err)
{
    MkArena *const arena = mk_arena_new(0);
    const MkStatus st = arena != NULL ? learn(ridge, y, test, m, arena, out, err) : no_memory(err);
    mk_arena_free(arena);
    return st;
}
