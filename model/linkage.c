/* linkage.c - what is known of two attributes that too few people show both of. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "model/model.h"

#include <math.h>

#include "model/kind.h"
#include "model/nn/blas.h"

/* Of the room that an association has, how much is used: at the end of it the target would be
 * known for sure. */
static const double most_explained = 0.9999;

static MkStatus check_pair(const MkModel *m, size_t a, size_t b, MkError *err)
{
    if (a >= m->schema->n || b >= m->schema->n || a == b) {
        return mk_fail(err, MK_EINVAL, "attributes number %zu and %zu of %zu are no pair", a, b,
                       m->schema->n);
    }
    return MK_OK;
}

MkStatus mk_model_identified(const MkModel *m, size_t a, size_t b, MkArena *arena, MkLinkage *out,
                             MkError *err)
{
    MkIdentified found;
    MK_TRY(check_pair(m, a, b, err));
    const MkMark mark = mk_arena_mark(arena);
    MK_TRY(mk_copula_identified(&m->copula, m->pairs, a, b, arena, &found, err));
    mk_arena_rewind(arena, mark);
    *out = (MkLinkage){.value = fmin(fmax(found.estimate, found.low), found.high),
                       .centre = found.centre,
                       .low = found.low,
                       .high = found.high,
                       .n_shared = found.n_shared};
    return MK_OK;
}

/* Target a and linked attribute b given the other known values o. */
typedef struct Rest {
    double mean_a, mean_b;           /* of the scores */
    double explained_a, explained_b; /* shares of their variance */
    double between;                  /* R_ao R_oo^-1 R_ob */
} Rest;

static MkStatus given_others(const MkCopula *c, const MkEncoded *o, uint32_t a, uint32_t b,
                             MkArena *arena, Rest *out, MkError *err)
{
    const size_t n = o->n;
    *out = (Rest){0};
    if (n == 0) {
        return MK_OK;
    }
    double *const chol = mk_arena_array(arena, n * n, sizeof *chol);
    double *const rhs = mk_arena_array(arena, 3 * n, sizeof *rhs); /* R_oa | R_ob | e */
    if (chol == NULL || rhs == NULL) {
        return mk_fail(err, MK_ENOMEM, "out of memory");
    }
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k <= i; k++) {
            chol[i * n + k] = (double)mk_copula_r(c, o->ids[i], o->ids[k]);
        }
        rhs[3 * i] = (double)mk_copula_r(c, o->ids[i], a);
        rhs[3 * i + 1] = (double)mk_copula_r(c, o->ids[i], b);
        rhs[3 * i + 2] = (double)o->values[i];
    }
    if (!mk_dpotrf(n, chol, n)) {
        return mk_fail(err, MK_ENUMERIC, "correlations of %zu known features are singular", n);
    }
    mk_dtrsm_lower(false, n, 3, chol, n, rhs, 3);
    for (size_t i = 0; i < n; i++) {
        const double *const row = rhs + 3 * i;
        out->mean_a += row[0] * row[2];
        out->mean_b += row[1] * row[2];
        out->explained_a += row[0] * row[0];
        out->explained_b += row[1] * row[1];
        out->between += row[0] * row[1];
    }
    return MK_OK;
}

/* The score of a given all, with correlation r of a and b: a regression on b after the others. */
static MkStatus answer(const MkModel *m, const Rest *rest, double score_b, double r, size_t target,
                       MkArena *arena, MkDistribution *out, MkError *err)
{
    const double left_b = fmax(1 - rest->explained_b, 1e-9);
    const double room = sqrt(fmax(1 - rest->explained_a, 0) * left_b) * most_explained;
    const double extra = fmin(fmax(r - rest->between, -room), room);
    const double mean = rest->mean_a + extra / left_b * (score_b - rest->mean_b);
    const MkMarginal *const marginal = &m->marginals[target];
    float at, sd, logits[MK_CELLS_MAX];
    double p[MK_CELLS_MAX], total = 0;
    mk_copula_link(rest->explained_a + extra * extra / left_b, (double)m->copula.rho[target], mean,
                   &at, &sd);
    mk_copula_logits(marginal, (double)at, (double)sd, logits);
    for (size_t k = 0; k < marginal->n_cells; k++) {
        p[k] = exp((double)logits[k]);
        total += p[k];
    }
    for (size_t k = 0; k < marginal->n_cells; k++) {
        p[k] /= total;
    }
    return mk_model_from_cells(marginal, p, arena, out, err);
}

MkStatus mk_model_relinked(const MkModel *m, const MkPoint *known, size_t n_known, size_t which,
                           size_t target, const double *correlations, size_t n, MkArena *arena,
                           MkDistribution *out, MkError *err)
{
    if (which >= n_known) {
        return mk_fail(err, MK_EINVAL, "known value number %zu of %zu", which, n_known);
    }
    MK_TRY(check_pair(m, target, known[which].attribute, err));
    MkPoint *const others = mk_arena_array(arena, n_known, sizeof *others);
    if (others == NULL) {
        return mk_fail(err, MK_ENOMEM, "out of memory");
    }
    size_t n_others = 0;
    for (size_t i = 0; i < n_known; i++) {
        if (i != which && known[i].attribute != target) {
            others[n_others++] = known[i];
        }
    }
    MkEncoded rest, linked;
    Rest given;
    MK_TRY(mk_model_encode(&m->copula, others, n_others, arena, &rest, err));
    MK_TRY(mk_model_encode(&m->copula, &known[which], 1, arena, &linked, err));
    const uint32_t a = (uint32_t)target, b = (uint32_t)known[which].attribute;
    MK_TRY(given_others(&m->copula, &rest, a, b, arena, &given, err));
    for (size_t i = 0; i < n; i++) { /* the first feature of a value is its score */
        MK_TRY(answer(m, &given, (double)linked.values[0], correlations[i], target, arena, &out[i],
                      err));
    }
    return MK_OK;
}
