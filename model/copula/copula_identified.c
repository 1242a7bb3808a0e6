#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "model/copula/copula.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/nn/blas.h"

typedef struct Shared { /* an attribute seen with both */
    uint32_t attribute;
    double relation;
} Shared;

static int by_relation(const void *a, const void *b)
{
    const Shared *const x = a, *const y = b;
    if (x->relation != y->relation) {
        return x->relation < y->relation ? 1 : -1;
    }
    return (x->attribute > y->attribute) - (x->attribute < y->attribute);
}

static bool seen(const int32_t *pairs, size_t a, size_t b)
{
    return pairs[a >= b ? a * (a + 1) / 2 + b : b * (b + 1) / 2 + a] >= MK_IDENTIFIED_PEOPLE;
}

static size_t list_shared(const MkCopula *c, const int32_t *pairs, size_t a, size_t b, Shared *out)
{
    size_t n = 0;
    for (size_t j = 0; j < c->n_attributes; j++) {
        if (j == a || j == b || !seen(pairs, a, j) || !seen(pairs, b, j)) {
            continue;
        }
        const double with_a = (double)mk_copula_r(c, a, j), with_b = (double)mk_copula_r(c, b, j);
        out[n++] = (Shared){(uint32_t)j, with_a * with_a + with_b * with_b};
    }
    qsort(out, n, sizeof *out, by_relation);
    return n < MK_IDENTIFIED_SHARED ? n : MK_IDENTIFIED_SHARED;
}

MkStatus mk_copula_identified(const MkCopula *c, const int32_t *pairs, size_t a, size_t b,
                              MkArena *arena, MkIdentified *out, MkError *err)
{
    Shared *const shared = mk_arena_array(arena, c->n_attributes, sizeof *shared);
    if (shared == NULL) {
        return mk_fail(err, MK_ENOMEM, "out of memory");
    }
    *out = (MkIdentified){.n_shared = list_shared(c, pairs, a, b, shared),
                          .estimate = (double)mk_copula_r(c, a, b)};
    size_t n = 0;
    for (size_t i = 0; i < out->n_shared; i++) {
        const uint32_t j = shared[i].attribute;
        n += 1 + c->extra_begin[j + 1] - c->extra_begin[j];
    }
    uint32_t *const ids = mk_arena_array(arena, n, sizeof *ids);
    double *const chol = mk_arena_array(arena, n * n, sizeof *chol);
    double *const rhs = mk_arena_array(arena, 2 * n, sizeof *rhs);
    if (ids == NULL || chol == NULL || rhs == NULL) {
        return mk_fail(err, MK_ENOMEM, "out of memory");
    }
    size_t at = 0;
    for (size_t i = 0; i < out->n_shared; i++) {
        const uint32_t j = shared[i].attribute;
        ids[at++] = j;
        for (uint32_t f = c->extra_begin[j]; f < c->extra_begin[j + 1]; f++) {
            ids[at++] = f;
        }
    }
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k <= i; k++) {
            chol[i * n + k] = (double)mk_copula_r(c, ids[i], ids[k]);
        }
        rhs[2 * i] = (double)mk_copula_r(c, ids[i], a);
        rhs[2 * i + 1] = (double)mk_copula_r(c, ids[i], b);
    }
    if (n > 0) {
        if (!mk_dpotrf(n, chol, n)) {
            return mk_fail(err, MK_ENUMERIC, "correlations of %zu features are singular", n);
        }
        mk_dtrsm_lower(false, n, 2, chol, n, rhs, 2);
    }
    for (size_t i = 0; i < n; i++) {
        out->centre += rhs[2 * i] * rhs[2 * i + 1];
        out->explained_a += rhs[2 * i] * rhs[2 * i];
        out->explained_b += rhs[2 * i + 1] * rhs[2 * i + 1];
    }
    const double half = sqrt(fmax(1.0 - out->explained_a, 0.0) * fmax(1.0 - out->explained_b, 0.0));
    out->low = fmax(out->centre - half, -1.0);
    out->high = fmin(out->centre + half, 1.0);
    return MK_OK;
}
