/* train_extend_base.c - the base of an extended model, from the model's and the new people's.
 *
 * Correlations of features that only the model has seen stay; those that only the new people show
 * are theirs; those of both are weighed by people, or are the new people's when the model's seem to
 * be among them. What the two know about apart follows from what they share (conditional
 * independence). */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/copula/copula_priv.h"
#include "model/kind.h"
#include "model/nn/blas.h"
#include "model/train_priv.h"

static MkStatus out_of_memory(MkError *err)
{
    return mk_fail(err, MK_ENOMEM, "out of memory");
}

size_t mk_train_packed(size_t a, size_t b)
{
    return a >= b ? a * (a + 1) / 2 + b : b * (b + 1) / 2 + a;
}

int32_t mk_train_old_pair(const MkTrainOld *old, size_t a, size_t b)
{
    return old->kept[a] && old->kept[b]
               ? old->model->pairs[mk_train_packed(old->old_of[a], old->old_of[b])]
               : 0;
}

/* Whether the model's people seem to be among the new ones: of most values at least half as many.
 */
static bool has_people(const MkTrainRun *run, const int32_t *pairs)
{
    double common = 0.0, all = 0.0;
    for (size_t j = 0; j < run->cohort->schema->n; j++) {
        const double before = mk_train_old_pair(run->old, j, j), now = pairs[mk_train_packed(j, j)];
        common += fmin(before, now);
        all += before;
    }
    return common >= 0.5 * all;
}

/* Features of the extended base, with their places in the two that it comes from. */
typedef struct Merge {
    const MkTrainRun *run;
    const MkCopula *old, *now;
    size_t n, none; /* none: no place */
    MkFeature *features;
    uint32_t *extra_begin;
    float *rho;
    size_t *old_at, *now_at; /* (n) */
    const int32_t *pairs;    /* of the new people */
    size_t *both, *left, *right;
    size_t n_both, n_left, n_right; /* features of both; of the model alone; of the new alone */
} Merge;

/* Place of a feature among the extras of its attribute; none when there is no such one. */
static size_t find_extra(const MkCopula *c, size_t attribute, unsigned kind, unsigned level,
                         size_t none)
{
    for (size_t f = c->extra_begin[attribute]; f < c->extra_begin[attribute + 1]; f++) {
        if (c->features[f].kind == kind && c->features[f].level == level) {
            return f;
        }
    }
    return none;
}

static void add_feature(Merge *m, const MkFeature *f, size_t attribute, size_t old_at,
                        size_t now_at)
{
    enum { LEAST = 30 }; /* people who show it */
    m->features[m->n] = *f;
    m->features[m->n].attribute = (uint32_t)attribute;
    m->old_at[m->n] = old_at;
    m->now_at[m->n] = m->pairs[mk_train_packed(attribute, attribute)] < LEAST && old_at != m->none
                          ? m->none
                          : now_at;
    m->n++;
}

/* Extras of one attribute: the model's for its own, the new ones for new attributes. */
static void add_extras(Merge *m, size_t j)
{
    const MkTrainOld *const old = m->run->old;
    if (!old->kept[j]) {
        for (size_t f = m->now->extra_begin[j]; f < m->now->extra_begin[j + 1]; f++) {
            add_feature(m, &m->now->features[f], j, m->none, f);
        }
        return;
    }
    const size_t i = old->old_of[j];
    const MkMarginal *const before = &old->model->marginals[i];
    for (size_t f = m->old->extra_begin[i]; f < m->old->extra_begin[i + 1]; f++) {
        MkFeature feature = m->old->features[f];
        if (feature.kind == MK_FEATURE_LEVEL && before->knots == NULL) {
            const size_t cell = before->cell_of[feature.level];
            feature.level = m->run->marginals[j].level_of[cell];
        }
        add_feature(m, &feature, j, f, find_extra(m->now, j, feature.kind, feature.level, m->none));
    }
}

static MkStatus list_features(Merge *m, MkError *err)
{
    const MkTrainRun *const run = m->run;
    const size_t n = run->cohort->schema->n, room = m->old->n_features + m->now->n_features;
    m->none = SIZE_MAX;
    m->features = mk_arena_array(run->arena, room, sizeof *m->features);
    m->extra_begin = mk_arena_array(run->arena, n + 1, sizeof *m->extra_begin);
    m->rho = mk_arena_array(run->arena, n, sizeof *m->rho);
    m->old_at = mk_arena_array(run->arena, 5 * room, sizeof *m->old_at);
    if (m->features == NULL || m->extra_begin == NULL || m->rho == NULL || m->old_at == NULL) {
        return out_of_memory(err);
    }
    m->now_at = m->old_at + room;
    m->both = m->now_at + room;
    m->left = m->both + room;
    m->right = m->left + room;
    for (size_t j = 0; j < n; j++) {
        const size_t i = run->old->old_of[j];
        const bool kept = run->old->kept[j];
        add_feature(m, kept ? &m->old->features[i] : &m->now->features[j], j, kept ? i : m->none,
                    j);
        m->rho[j] = kept ? m->old->rho[i] : m->now->rho[j];
    }
    for (size_t j = 0; j < n; j++) {
        m->extra_begin[j] = (uint32_t)m->n;
        add_extras(m, j);
    }
    m->extra_begin[n] = (uint32_t)m->n;
    for (size_t f = 0; f < m->n; f++) {
        if (m->old_at[f] != m->none && m->now_at[f] != m->none) {
            m->both[m->n_both++] = f;
        } else if (m->old_at[f] != m->none) {
            m->left[m->n_left++] = f;
        } else {
            m->right[m->n_right++] = f;
        }
    }
    return MK_OK;
}

static double old_r(const Merge *m, size_t f, size_t g)
{
    return (double)mk_copula_r(m->old, m->old_at[f], m->old_at[g]);
}

/* now_r (P, P) of the new people's features */
static double merged_r(const Merge *m, const float *now_r, size_t f, size_t g)
{
    const bool in_old = m->old_at[f] != m->none && m->old_at[g] != m->none;
    const bool in_now = m->now_at[f] != m->none && m->now_at[g] != m->none;
    const double now =
        in_now ? (double)now_r[m->now_at[f] * m->now->n_features + m->now_at[g]] : 0.0;
    if (!in_old) {
        return now;
    }
    const size_t a = m->features[f].attribute, b = m->features[g].attribute;
    const double people = m->pairs[mk_train_packed(a, b)],
                 before = mk_train_old_pair(m->run->old, a, b);
    if (!in_now || !(people > 0.0)) {
        return old_r(m, f, g);
    }
    return people >= 0.5 * before ? now
                                  : (people * now + before * old_r(m, f, g)) / (people + before);
}

/* Left with right through both: R_lb R_bb^-1 R_br. */
static MkStatus join_apart(const Merge *m, double *r, MkError *err)
{
    const size_t n = m->n, s = m->n_both, w = m->n_left + m->n_right;
    MkStatus st = MK_OK;
    double *const l = mk_heap_array(s * s + 1, sizeof *l);
    double *const x = mk_heap_array(s * w + 1, sizeof *x);
    if (l == NULL || x == NULL) {
        st = out_of_memory(err);
        goto done;
    }
    for (size_t a = 0; a < s; a++) {
        for (size_t b = 0; b < s; b++) { /* a little less sure, so that it is definite */
            l[a * s + b] = r[m->both[a] * n + m->both[b]] * (a == b ? 1.02 : 1.0);
        }
        for (size_t b = 0; b < w; b++) {
            const size_t g = b < m->n_left ? m->left[b] : m->right[b - m->n_left];
            x[a * w + b] = r[m->both[a] * n + g];
        }
    }
    if (s > 0 && !mk_dpotrf(s, l, s)) {
        MK_TRY_GOTO(mk_fail(err, MK_ENUMERIC, "the correlations of both are not definite"));
    }
    if (s > 0 && w > 0) {
        mk_dtrsm_lower(false, s, w, l, s, x, w);
    }
    for (size_t a = 0; a < m->n_left; a++) {
        for (size_t b = 0; b < m->n_right; b++) {
            double sum = 0.0;
            for (size_t k = 0; k < s; k++) {
                sum += x[k * w + a] * x[k * w + m->n_left + b];
            }
            r[m->left[a] * n + m->right[b]] = r[m->right[b] * n + m->left[a]] = sum;
        }
    }
done:
    free(l);
    free(x);
    return st;
}

static MkStatus merge_r(const Merge *m, const float *now_r, double *r, MkError *err)
{
    const size_t n = m->n;
    for (size_t f = 0; f < n; f++) {
        for (size_t g = 0; g <= f; g++) {
            r[f * n + g] = r[g * n + f] = f == g ? 1.0 : merged_r(m, now_r, f, g);
        }
    }
    if (m->n_left > 0 && m->n_right > 0) {
        /* what both know is made definite first: the rest rests on it */
        MK_TRY(mk_copula_definite(r, n, err));
        MK_TRY(join_apart(m, r, err));
    }
    return mk_copula_definite(r, n, err);
}

static MkStatus merge_folds(MkTrainRun *run, const Merge *m, double *r, MkError *err)
{
    for (size_t f = 0; f < MK_TRAIN_FOLDS && run->fold_r[f] != NULL; f++) {
        float *const fold = mk_heap_array(m->n * m->n, sizeof *fold);
        if (fold == NULL) {
            return out_of_memory(err);
        }
        const MkStatus st = merge_r(m, run->fold_r[f], r, err);
        for (size_t i = 0; st == MK_OK && i < m->n * m->n; i++) {
            fold[i] = (float)r[i];
        }
        free(run->fold_r[f]);
        run->fold_r[f] = fold;
        MK_TRY(st);
    }
    return MK_OK;
}

/* R of the model in the places of the extended one, for judging as it was; 0 with what it has not.
 */
static MkStatus place_old_r(MkTrainRun *run, const Merge *m, MkError *err)
{
    run->old->r = mk_arena_zeros(run->arena, m->n * m->n, sizeof *run->old->r);
    if (run->old->r == NULL) {
        return out_of_memory(err);
    }
    for (size_t f = 0; f < m->n; f++) {
        for (size_t g = 0; g < m->n; g++) {
            const bool known = m->old_at[f] != m->none && m->old_at[g] != m->none;
            run->old->r[f * m->n + g] = f == g ? 1.0F : known ? (float)old_r(m, f, g) : 0.0F;
        }
    }
    return MK_OK;
}

MkStatus mk_train_extend_base(MkTrainRun *run, MkError *err)
{
    MkStatus st = MK_OK;
    Merge m = {.run = run, .old = &run->old->model->copula, .now = &run->copula};
    double *r = NULL;
    m.pairs = mk_train_count_pairs(run);
    if (m.pairs == NULL) {
        return out_of_memory(err);
    }
    run->old->has_people = has_people(run, m.pairs);
    MK_TRY(list_features(&m, err));
    const size_t n = m.n;
    float *const triangle = mk_arena_array(run->arena, n * (n + 1) / 2, sizeof *triangle);
    float *const full = mk_arena_array(run->arena, n * n, sizeof *full);
    r = mk_heap_array(n * n, sizeof *r);
    if (triangle == NULL || full == NULL || r == NULL) {
        st = out_of_memory(err);
        goto done;
    }
    MK_TRY_GOTO(merge_folds(run, &m, r, err));
    MK_TRY_GOTO(merge_r(&m, run->full_r, r, err));
    MK_TRY_GOTO(place_old_r(run, &m, err));
    for (size_t a = 0; a < n; a++) {
        for (size_t b = 0; b < n; b++) {
            full[a * n + b] = (float)r[a * n + b];
            if (b <= a) {
                triangle[mk_train_packed(a, b)] = full[a * n + b];
            }
        }
    }
    run->full_r = full;
    run->copula = (MkCopula){.n_attributes = run->cohort->schema->n,
                             .marginals = run->marginals,
                             .n_features = n,
                             .features = m.features,
                             .extra_begin = m.extra_begin,
                             .r = triangle,
                             .rho = m.rho};
done:
    free(r);
    return st;
}
