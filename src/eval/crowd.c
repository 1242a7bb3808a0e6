#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "src/eval/crowd.h"

#include <math.h>
#include <string.h>

#include "src/base/rng.h"

static MkStatus no_memory(MkError *err)
{
    return mk_fail(err, MK_ENOMEM, "out of memory for people");
}

MkStatus mk_crowd_new(size_t n, size_t d, MkArena *arena, MkCrowd *out, MkError *err)
{
    MkCrowd p = {.n = n, .d = d, .stride = n};
    p.x = mk_arena_array(arena, n * d + 1, sizeof *p.x);
    if (p.x == NULL) {
        return no_memory(err);
    }
    for (size_t k = 0; k < n * d; k++) {
        p.x[k] = NAN;
    }
    *out = p;
    return MK_OK;
}

/* ---- weights ---- */

/* One set of weights, all 1. */
static double *add_weights(MkCrowd *p, MkArena *arena)
{
    double *const w = mk_arena_array(arena, p->n + 1, sizeof *w);
    for (size_t i = 0; w != NULL && i < p->n; i++) {
        w[i] = 1.0;
    }
    p->n_sets = w != NULL ? 1 : 0;
    p->w = w;
    return w;
}

static void mean_one(double *w, size_t n)
{
    double sum = 0.0;
    for (size_t i = 0; i < n; i++) {
        sum += w[i];
    }
    for (size_t i = 0; i < n && sum > 0.0; i++) {
        w[i] *= (double)n / sum;
    }
}

static bool has_weights(const MkCohort *cohort)
{
    bool has = false;
    for (size_t t = 0; t < cohort->n_tables; t++) {
        has = has || cohort->tables[t]->weight != NULL;
    }
    return has;
}

/* Each table keeps the share of its people: weights of different surveys have different sums. */
static void weigh(const MkCohort *cohort, const size_t *rows, size_t n, double *w)
{
    for (size_t i = 0; i < n;) {
        size_t row = rows[i], end = i;
        const size_t t = mk_cohort_table(cohort, &row);
        const double *const weight = cohort->tables[t]->weight;
        while (end < n && rows[end] >= cohort->first[t] && rows[end] < cohort->first[t + 1]) {
            w[end] = weight != NULL ? weight[rows[end] - cohort->first[t]] : 1.0;
            end++;
        }
        mean_one(w + i, end - i);
        i = end;
    }
}

MkStatus mk_crowd_replicate(MkCrowd *p, size_t n_sets, uint64_t seed, MkArena *arena, MkError *err)
{
    const double *const own = mk_crowd_weights(p, 0);
    double *const w = mk_arena_array(arena, n_sets * p->n + 1, sizeof *w);
    if (w == NULL) {
        return no_memory(err);
    }
    for (size_t k = 0; k < n_sets; k++) {
        MkRng rng = mk_rng(seed, MK_RNG_BOOTSTRAP, k);
        for (size_t i = 0; i < p->n; i++) {
            double times = 1.0;
            if (k > 0) { /* Poisson of mean 1 by multiplying uniforms (Knuth 1969) */
                times = -1.0;
                for (double product = 1.0; product > exp(-1.0); times += 1.0) {
                    product *= mk_rng_uniform(&rng);
                }
            }
            w[k * p->n + i] = times * (own != NULL ? own[i] : 1.0);
        }
    }
    p->n_sets = n_sets;
    p->w = w;
    return MK_OK;
}

/* ---- people of others ---- */

MkStatus mk_crowd_people(const MkCrowdOf *of, MkArena *arena, MkCrowd *out, MkError *err)
{
    const size_t d = of->ids != NULL ? of->n_ids : of->cohort->schema->n;
    MkCrowd p;
    MK_TRY(mk_crowd_new(of->n, d, arena, &p, err));
    for (size_t i = 0; i < of->n; i++) {
        size_t row = of->rows[i];
        const MkTable *const table = of->cohort->tables[mk_cohort_table(of->cohort, &row)];
        for (size_t j = 0; j < d; j++) {
            p.x[j * p.stride + i] = mk_table_get(table, row, of->ids != NULL ? of->ids[j] : j);
        }
    }
    if (of->weighted && has_weights(of->cohort)) {
        double *const w = add_weights(&p, arena);
        if (w == NULL) {
            return no_memory(err);
        }
        weigh(of->cohort, of->rows, of->n, w);
    }
    *out = p;
    return MK_OK;
}

MkStatus mk_crowd_rows(const MkCrowd *p, const size_t *rows, size_t n, MkArena *arena, MkCrowd *out,
                       MkError *err)
{
    MkCrowd q;
    MK_TRY(mk_crowd_new(n, p->d, arena, &q, err));
    for (size_t j = 0; j < p->d; j++) {
        const double *const from = mk_crowd_column(p, j);
        for (size_t i = 0; i < n; i++) {
            q.x[j * n + i] = from[rows[i]];
        }
    }
    if (p->n_sets > 0) {
        double *const w = add_weights(&q, arena);
        if (w == NULL) {
            return no_memory(err);
        }
        for (size_t i = 0; i < n; i++) {
            w[i] = p->w[rows[i]];
        }
    }
    *out = q;
    return MK_OK;
}

MkStatus mk_crowd_pick(const MkCrowd *p, size_t n, uint64_t seed, MkArena *arena, MkCrowd *out,
                       MkError *err)
{
    size_t *const order = mk_arena_array(arena, p->n + 1, sizeof *order);
    MkRng rng = mk_rng(seed, MK_RNG_BENCH, 0);
    if (order == NULL) {
        return no_memory(err);
    }
    for (size_t i = 0; i < p->n; i++) {
        order[i] = i;
    }
    mk_rng_shuffle(&rng, order, p->n);
    return mk_crowd_rows(p, order, n < p->n ? n : p->n, arena, out, err);
}

MkCrowd mk_crowd_part(const MkCrowd *p, size_t begin, size_t n)
{
    return (MkCrowd){.n = n, .d = p->d, .stride = p->stride, .x = p->x + begin};
}

MkStatus mk_crowd_both(const MkCrowd *a, const MkCrowd *b, MkArena *arena, MkCrowd *out,
                       MkError *err)
{
    MkCrowd q;
    MK_TRY(mk_crowd_new(a->n + b->n, a->d, arena, &q, err));
    for (size_t j = 0; j < q.d; j++) {
        memcpy(q.x + j * q.stride, mk_crowd_column(a, j), a->n * sizeof *q.x);
        memcpy(q.x + j * q.stride + a->n, mk_crowd_column(b, j), b->n * sizeof *q.x);
    }
    if (a->n_sets > 0 || b->n_sets > 0) {
        double *const w = add_weights(&q, arena);
        if (w == NULL) {
            return no_memory(err);
        }
        for (size_t i = 0; i < a->n && a->n_sets > 0; i++) {
            w[i] = a->w[i];
        }
        for (size_t i = 0; i < b->n && b->n_sets > 0; i++) {
            w[a->n + i] = b->w[i];
        }
    }
    *out = q;
    return MK_OK;
}

MkStatus mk_crowd_halves(const MkCrowd *p, uint64_t seed, MkArena *arena, MkCrowd *a, MkCrowd *b,
                         MkError *err)
{
    MkCrowd all;
    MK_TRY(mk_crowd_pick(p, p->n, seed, arena, &all, err));
    *a = mk_crowd_part(&all, 0, p->n / 2);
    *b = mk_crowd_part(&all, p->n / 2, p->n / 2);
    return MK_OK;
}

void mk_crowd_copy_gaps(MkCrowd *p, const MkCrowd *real)
{
    MkRng rng = mk_rng(5, MK_RNG_BENCH, 1);
    for (size_t j = 0; j < p->d; j++) {
        for (size_t i = 0; i < p->n; i++) {
            if (isnan(p->x[j * p->stride + i])) {
                return;
            }
        }
    }
    for (size_t i = 0; i < p->n; i++) {
        const size_t from = mk_rng_below(&rng, real->n);
        for (size_t j = 0; j < p->d; j++) {
            if (isnan(real->x[j * real->stride + from])) {
                p->x[j * p->stride + i] = NAN;
            }
        }
    }
}
