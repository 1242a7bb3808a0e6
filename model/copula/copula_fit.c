#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/copula/copula.h"
#include "model/nn/blas.h"

enum { CHUNKS = 8 }; /* fixed blocks of rows, whatever the number of threads */

/* ---- features ---- */

typedef struct Design {  /* standardised features of every row */
    size_t n_rows, n;    /* n features */
    double *x;           /* (n_rows, n), 0 where missing */
    unsigned char *seen; /* (n_rows, n) */
} Design;

static double raw_feature(const MkCopulaFit *fit, const MkFeature *f, size_t row)
{
    const size_t at = row * fit->n_attributes + f->attribute;
    const double z = (double)fit->scores[at];
    switch (f->kind) {
    case MK_FEATURE_SQUARE:
        return z * z;
    case MK_FEATURE_CUBE:
        return z * z * z - 3.0 * z;
    case MK_FEATURE_LEVEL: {
        const MkMarginal *const m = &fit->marginals[f->attribute];
        const size_t cell = fit->cells[at];
        if (isnan(z)) {
            return NAN;
        }
        return (m->knots != NULL ? cell : m->level_of[cell]) == f->level ? 1.0 : 0.0;
    }
    default:
        return z;
    }
}

/* Mean and sd of a feature; sd 0 means that it does not vary. */
static void measure_feature(const MkCopulaFit *fit, MkFeature *f)
{
    double n = 0.0, sum = 0.0, squares = 0.0;
    for (size_t i = 0; i < fit->n_rows; i++) {
        const double v = raw_feature(fit, f, i);
        const double w = fit->weights != NULL ? fit->weights[i] : 1.0;
        if (!isnan(v)) {
            n += w;
            sum += w * v;
            squares += w * v * v;
        }
    }
    const double mean = n > 0.0 ? sum / n : 0.0;
    const double variance = n > 0.0 ? squares / n - mean * mean : 0.0;
    f->mean = (float)mean;
    f->sd = variance > 1e-10 ? (float)sqrt(variance) : 0.0F;
}

static double feature_value(const MkCopulaFit *fit, const MkFeature *f, size_t row)
{
    return (raw_feature(fit, f, row) - (double)f->mean) / (double)f->sd;
}

typedef struct Candidate {
    MkFeature feature;
    double gain;
} Candidate;

static int by_gain(const void *a, const void *b)
{
    const Candidate *const x = a, *const y = b;
    if (x->gain != y->gain) {
        return x->gain < y->gain ? 1 : -1;
    }
    return (x->feature.attribute > y->feature.attribute) -
           (x->feature.attribute < y->feature.attribute);
}

static int by_place(const void *a, const void *b)
{
    const Candidate *const x = a, *const y = b;
    const MkFeature *const f = &x->feature, *const g = &y->feature;
    if (f->attribute != g->attribute) {
        return f->attribute < g->attribute ? -1 : 1;
    }
    if (f->kind != g->kind) {
        return f->kind < g->kind ? -1 : 1;
    }
    return (f->level > g->level) - (f->level < g->level);
}

static bool is_atom(const MkMarginal *m, size_t k)
{
    return m->knots[k][0] == m->knots[k][MK_CELL_KNOTS - 1];
}

static size_t list_candidates(const MkCopulaFit *fit, Candidate *out)
{
    size_t n = 0;
    for (size_t j = 0; j < fit->n_attributes; j++) {
        const MkMarginal *const m = &fit->marginals[j];
        const MkFeature base = {.attribute = (uint32_t)j};
        if (m->n_cells < 3) {
            continue;
        }
        if (m->attribute->type == MK_CATEGORICAL) {
            /* All but two: the score and the constant carry the rest. */
            for (size_t k = 1; k + 1 < m->n_cells; k++) {
                out[n] = (Candidate){.feature = base};
                out[n].feature.kind = MK_FEATURE_LEVEL;
                out[n++].feature.level = m->level_of[k];
            }
        } else {
            for (int kind = MK_FEATURE_SQUARE; kind <= MK_FEATURE_CUBE; kind++) {
                out[n] = (Candidate){.feature = base};
                out[n++].feature.kind = (uint16_t)kind;
            }
            for (size_t k = 0; m->knots != NULL && k < m->n_cells; k++) {
                if (is_atom(m, k) && m->share[k] > 0.1 && m->share[k] < 0.98) {
                    out[n] = (Candidate){.feature = base};
                    out[n].feature.kind = MK_FEATURE_LEVEL;
                    out[n++].feature.level = (uint16_t)k;
                }
            }
        }
    }
    return n;
}

/* Standardised columns of features as float, 0 where missing: out (n_rows, n).
 * Only rows i * stride are used. */
static void fill_columns(const MkCopulaFit *fit, const MkFeature *const *features, size_t n,
                         size_t n_rows, size_t stride, float *out)
{
    for (size_t i = 0; i < n_rows; i++) {
        for (size_t k = 0; k < n; k++) {
            const double v = feature_value(fit, features[k], i * stride);
            out[i * n + k] = isnan(v) ? 0.0F : (float)v;
        }
    }
}

typedef struct Gain { /* products of columns over the rows looked at */
    size_t n_rows, stride, n, n_candidates;
    float *scores; /* (n_rows, n), reused for the pattern of observed cells */
    float *extras; /* (n_rows, n_candidates) */
    float *pairs;  /* (n, n) people with both */
    float *own;    /* (n, n) score by score */
    float *cross;  /* (n_candidates, n) extra by score */
} Gain;

static bool gain_products(const MkCopulaFit *fit, const MkFeature *scores,
                          const Candidate *candidates, Gain *g)
{
    const size_t n = g->n, m = g->n_candidates;
    const MkFeature **const list = mk_heap_array(n + m, sizeof *list);
    g->scores = mk_heap_array(g->n_rows * n, sizeof *g->scores);
    g->extras = mk_heap_array(g->n_rows * m, sizeof *g->extras);
    g->pairs = mk_heap_array(n * n, sizeof *g->pairs);
    g->own = mk_heap_array(n * n, sizeof *g->own);
    g->cross = mk_heap_array(m * n, sizeof *g->cross);
    if (list == NULL || g->scores == NULL || g->extras == NULL || g->pairs == NULL ||
        g->own == NULL || g->cross == NULL) {
        free(list);
        return false;
    }
    for (size_t j = 0; j < n; j++) {
        list[j] = &scores[j];
    }
    for (size_t c = 0; c < m; c++) {
        list[n + c] = &candidates[c].feature;
    }
    fill_columns(fit, list, n, g->n_rows, g->stride, g->scores);
    fill_columns(fit, list + n, m, g->n_rows, g->stride, g->extras);
    free(list);
    mk_sgemm(true, false, n, n, g->n_rows, 1.0F, g->scores, n, g->scores, n, 0.0F, g->own, n);
    mk_sgemm(true, false, m, n, g->n_rows, 1.0F, g->extras, m, g->scores, n, 0.0F, g->cross, n);
    for (size_t i = 0; i < g->n_rows; i++) {
        for (size_t j = 0; j < n; j++) {
            const size_t row = i * g->stride;
            g->scores[i * n + j] = isnan(fit->scores[row * n + j]) ? 0.0F : 1.0F;
        }
    }
    mk_sgemm(true, false, n, n, g->n_rows, 1.0F, g->scores, n, g->scores, n, 0.0F, g->pairs, n);
    return true;
}

/* How much of the other attributes' scores an extra feature explains beyond its own score: the mean
 * squared partial correlation above what chance gives. */
static double feature_gain(const Gain *g, const MkFeature *f, size_t candidate)
{
    const size_t n = g->n, own = f->attribute;
    const double people = fmax((double)g->pairs[own * n + own], 1.0);
    const double with_own = (double)g->cross[candidate * n + own] / people;
    const double rest = 1.0 - with_own * with_own;
    double gain = 0.0;
    if (rest < 0.05) {
        return 0.0;
    }
    for (size_t j = 0; j < n; j++) {
        const double m = (double)g->pairs[own * n + j];
        if (j == own || m < 100.0) {
            continue;
        }
        const double part =
            ((double)g->cross[candidate * n + j] - with_own * (double)g->own[own * n + j]) / m;
        gain += part * part / rest - 1.0 / m;
    }
    return gain / (double)n;
}

/* The extras worth having: a mean gain above 4e-4 of the others' variance (age, race, smoking:
 * well above; noise: below), at most 16 plus one for every eight attributes. */
static MkStatus choose_extras(const MkCopulaFit *fit, const MkFeature *scores,
                              Candidate *candidates, size_t *chosen, MkError *err)
{
    enum { ROWS = 8192 };
    const double least = 4e-4;
    size_t n = list_candidates(fit, candidates);
    for (size_t c = 0; c < n; c++) {
        measure_feature(fit, &candidates[c].feature);
        if (candidates[c].feature.sd <= 0.0F) { /* does not vary */
            candidates[c--] = candidates[--n];
        }
    }
    Gain g = {.n = fit->n_attributes, .n_candidates = n, .stride = 1 + (fit->n_rows - 1) / ROWS};
    g.n_rows = fit->n_rows / g.stride;
    const bool good = gain_products(fit, scores, candidates, &g);
    for (size_t c = 0; good && c < n; c++) {
        candidates[c].gain = feature_gain(&g, &candidates[c].feature, c);
    }
    free(g.scores);
    free(g.extras);
    free(g.pairs);
    free(g.own);
    free(g.cross);
    if (!good) {
        return mk_fail(err, MK_ENOMEM, "out of memory");
    }
    qsort(candidates, n, sizeof *candidates, by_gain);
    const size_t most = 16 + fit->n_attributes / 8;
    n = n < most ? n : most;
    while (n > 0 && candidates[n - 1].gain < least) {
        n--;
    }
    qsort(candidates, n, sizeof *candidates, by_place);
    *chosen = n;
    return MK_OK;
}

static MkStatus build_features(const MkCopulaFit *fit, MkArena *arena, MkCopula *out, MkError *err)
{
    const size_t n = fit->n_attributes;
    size_t room = 0;
    for (size_t j = 0; j < n; j++) {
        room += fit->marginals[j].n_cells + 2;
    }
    MkFeature *const features = mk_arena_zeros(arena, n + room, sizeof *features);
    Candidate *const candidates = mk_heap_array(room + 1, sizeof *candidates);
    uint32_t *const begin = mk_arena_array(arena, n + 1, sizeof *begin);
    float *const rho = mk_arena_array(arena, n, sizeof *rho);
    if (features == NULL || candidates == NULL || begin == NULL || rho == NULL) {
        free(candidates);
        return mk_fail(err, MK_ENOMEM, "out of memory");
    }
    for (size_t j = 0; j < n; j++) {
        features[j].attribute = (uint32_t)j;
        measure_feature(fit, &features[j]);
        const double sd = fmin((double)features[j].sd, 1.0);
        rho[j] = (float)sqrt(fmax(sd, 0.05));
        if (features[j].sd <= 0.0F) { /* one value only: no information either way */
            features[j].sd = 1.0F;
        }
    }
    size_t extras = 0, at = 0;
    if (fit->expand) {
        const MkStatus st = choose_extras(fit, features, candidates, &extras, err);
        if (st != MK_OK) {
            free(candidates);
            return st;
        }
    }
    for (size_t j = 0; j < n; j++) {
        begin[j] = (uint32_t)(n + at);
        while (at < extras && candidates[at].feature.attribute == j) {
            features[n + at] = candidates[at].feature;
            at++;
        }
    }
    begin[n] = (uint32_t)(n + extras);
    free(candidates);
    *out = (MkCopula){.n_attributes = n,
                      .marginals = fit->marginals,
                      .n_features = n + extras,
                      .features = features,
                      .extra_begin = begin,
                      .rho = rho};
    return MK_OK;
}

static MkStatus build_design(const MkCopulaFit *fit, const MkCopula *c, Design *d, MkError *err)
{
    d->n_rows = fit->n_rows;
    d->n = c->n_features;
    d->x = mk_heap_array(d->n_rows * d->n, sizeof *d->x);
    d->seen = mk_heap_array(d->n_rows * d->n, 1);
    if (d->x == NULL || d->seen == NULL) {
        return mk_fail(err, MK_ENOMEM, "out of memory for %zu people and %zu features", d->n_rows,
                       d->n);
    }
    for (size_t i = 0; i < d->n_rows; i++) {
        for (size_t f = 0; f < d->n; f++) {
            const double v = feature_value(fit, &c->features[f], i);
            d->seen[i * d->n + f] = (unsigned char)(isnan(v) ? 0 : 1);
            d->x[i * d->n + f] = isnan(v) ? 0.0 : v;
        }
    }
    return MK_OK;
}

/* ---- start: available-case correlations, made positive definite ---- */

static bool in_fold(const MkCopulaFit *fit, size_t row, size_t fold)
{
    return fold < fit->n_folds && fit->fold[row] == fold;
}

static MkStatus positive_definite(double *r, size_t n, MkError *err)
{
    const double least = 1e-3;
    MkStatus st = MK_OK;
    double *const v = mk_heap_array(n * n, sizeof *v);
    double *const w = mk_heap_array(n, sizeof *w);
    if (v == NULL || w == NULL) {
        st = mk_fail(err, MK_ENOMEM, "out of memory");
        goto done;
    }
    memcpy(v, r, n * n * sizeof *v);
    MK_TRY_GOTO(mk_dsyevd(n, v, w, err));
    for (size_t i = 0; i < n; i++) {
        const double root = sqrt(fmax(w[i], least));
        for (size_t k = 0; k < n; k++) {
            v[i * n + k] *= root;
        }
    }
    mk_dgemm_tn(n, n, v, v, r);
    for (size_t i = 0; i < n; i++) {
        w[i] = 1.0 / sqrt(r[i * n + i]);
    }
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < n; k++) {
            r[i * n + k] *= w[i] * w[k];
        }
    }
done:
    free(v);
    free(w);
    return st;
}

static MkStatus start(const MkCopulaFit *fit, const Design *d, size_t fold, double *r, MkError *err)
{
    const double shrink = 100.0; /* people */
    const size_t n = d->n;
    MkStatus st = MK_OK;
    double *const x = mk_heap_array(d->n_rows * n, sizeof *x);
    double *const w = mk_heap_array(d->n_rows * n, sizeof *w);
    double *const pairs = mk_heap_array(n * n, sizeof *pairs);
    if (x == NULL || w == NULL || pairs == NULL) {
        st = mk_fail(err, MK_ENOMEM, "out of memory");
        goto done;
    }
    size_t used = 0;
    for (size_t i = 0; i < d->n_rows; i++) {
        if (in_fold(fit, i, fold)) {
            continue;
        }
        const double root = sqrt(fit->weights != NULL ? fit->weights[i] : 1.0);
        for (size_t f = 0; f < n; f++) {
            x[used * n + f] = root * d->x[i * n + f];
            w[used * n + f] = d->seen[i * n + f] ? root : 0.0;
        }
        used++;
    }
    mk_dgemm_tn(n, used, x, x, r);
    mk_dgemm_tn(n, used, w, w, pairs);
    for (size_t a = 0; a < n; a++) {
        for (size_t b = 0; b < n; b++) {
            r[a * n + b] = a == b ? 1.0 : r[a * n + b] / (pairs[a * n + b] + shrink);
        }
    }
    st = positive_definite(r, n, err);
done:
    free(x);
    free(w);
    free(pairs);
    return st;
}

/* ---- one round of EM ---- */

typedef struct Round {
    const MkCopulaFit *fit;
    const Design *design;
    size_t fold;
    const double *precision; /* (n, n) full */
    double *sum[CHUNKS];     /* (n, n) lower */
    double *filled;          /* (n_rows, n) completed rows */
    double *work[CHUNKS];    /* 2 (n, n) and 2 n */
    double weight[CHUNKS];
    bool failed[CHUNKS];
} Round;

/* Expected values of the missing features of one row and their conditional covariance:
 * with precision K, cov = K_uu^-1 and mean = -K_uu^-1 K_uo x_o. */
static bool complete_row(const Round *round, double *x, const unsigned char *seen, double weight,
                         double *sum, double *work, size_t *missing)
{
    const size_t n = round->design->n;
    size_t u = 0;
    for (size_t f = 0; f < n; f++) {
        if (!seen[f]) {
            missing[u++] = f;
        }
    }
    if (u == 0) {
        return true;
    }
    double *const cov = work, *const mean = work + u * u;
    for (size_t a = 0; a < u; a++) {
        const double *const k = round->precision + missing[a] * n;
        double dot = 0.0;
        for (size_t f = 0; f < n; f++) {
            dot += k[f] * x[f];
        }
        mean[a] = -dot;
        for (size_t b = 0; b <= a; b++) {
            cov[a * u + b] = k[missing[b]];
        }
    }
    if (!mk_dpotrf(u, cov, u)) {
        return false;
    }
    mk_dpotrs(u, cov, u, mean);
    /* cov = L^-T L^-1; the library's own inverse (dpotri) is three times slower at these sizes */
    double *const inverse = mean + u;
    memset(inverse, 0, u * u * sizeof *inverse);
    for (size_t a = 0; a < u; a++) {
        inverse[a * u + a] = 1.0;
    }
    mk_dtrsm_lower(u, u, cov, u, inverse, u);
    memset(cov, 0, u * u * sizeof *cov);
    mk_dsyrk_add(u, u, inverse, u, cov, u);
    for (size_t a = 0; a < u; a++) {
        double *const row = sum + missing[a] * n;
        x[missing[a]] = mean[a];
        for (size_t b = 0; b <= a; b++) {
            row[missing[b]] += weight * cov[a * u + b];
        }
    }
    return true;
}

static void round_task(void *ctx, size_t chunk, size_t worker)
{
    (void)worker;
    Round *const round = ctx;
    const Design *const d = round->design;
    const size_t n = d->n;
    const size_t first = chunk * d->n_rows / CHUNKS, last = (chunk + 1) * d->n_rows / CHUNKS;
    double *const sum = round->sum[chunk];
    size_t *const missing = (size_t *)(void *)(round->work[chunk] + 2 * n * n + n);
    size_t used = first;
    memset(sum, 0, n * n * sizeof *sum);
    round->weight[chunk] = 0.0;
    for (size_t i = first; i < last; i++) {
        const double weight = round->fit->weights != NULL ? round->fit->weights[i] : 1.0;
        if (in_fold(round->fit, i, round->fold) || !(weight > 0.0) ||
            mk_cancelled(round->fit->cancel)) {
            continue;
        }
        double *const x = round->filled + used * n;
        memcpy(x, d->x + i * n, n * sizeof *x);
        if (!complete_row(round, x, d->seen + i * n, weight, sum, round->work[chunk], missing)) {
            round->failed[chunk] = true;
            return;
        }
        const double root = sqrt(weight);
        for (size_t f = 0; f < n; f++) {
            x[f] *= root;
        }
        round->weight[chunk] += weight;
        used++;
    }
    mk_dsyrk_add(n, used - first, round->filled + first * n, n, sum, n);
}

static MkStatus invert(double *r, size_t n, double *precision, MkError *err)
{
    memcpy(precision, r, n * n * sizeof *r);
    if (!mk_dpotrf(n, precision, n) || !mk_dpotri(n, precision, n)) {
        return mk_fail(err, MK_ENUMERIC, "the correlation matrix is not positive definite");
    }
    for (size_t a = 0; a < n; a++) {
        for (size_t b = 0; b < a; b++) {
            precision[b * n + a] = precision[a * n + b];
        }
    }
    return MK_OK;
}

/* r = correlation of (sum of the chunks + prior * I) */
static void maximise(const Round *round, double prior, double *r)
{
    const size_t n = round->design->n;
    double *const scale = round->work[0];
    for (size_t a = 0; a < n; a++) {
        for (size_t b = 0; b <= a; b++) {
            double s = a == b ? prior : 0.0;
            for (size_t c = 0; c < CHUNKS; c++) {
                s += round->sum[c][a * n + b];
            }
            r[a * n + b] = s;
        }
        scale[a] = 1.0 / sqrt(r[a * n + a]);
    }
    for (size_t a = 0; a < n; a++) {
        for (size_t b = 0; b <= a; b++) {
            r[a * n + b] *= scale[a] * scale[b];
            r[b * n + a] = r[a * n + b];
        }
    }
}

typedef struct Steps {
    size_t done, total;
} Steps;

/* The folds' matrices serve the network's training only and need not converge as far. */
static size_t rounds_of(const MkCopulaFit *fit, size_t fold)
{
    return fold < fit->n_folds ? (fit->iterations + 1) / 2 : fit->iterations;
}

static MkStatus expectation_maximisation(const MkCopulaFit *fit, const Design *d, size_t fold,
                                         double *r, Steps *steps, MkError *err)
{
    const size_t n = d->n;
    MkStatus st = MK_OK;
    Round round = {.fit = fit, .design = d, .fold = fold};
    double *const precision = mk_heap_array(n * n, sizeof *precision);
    round.filled = mk_heap_array(d->n_rows * n, sizeof *round.filled);
    bool had_memory = precision != NULL && round.filled != NULL;
    for (size_t c = 0; c < CHUNKS; c++) {
        round.sum[c] = mk_heap_array(n * n, sizeof *round.sum[c]);
        round.work[c] = mk_heap_array(2 * n * n + 2 * n, sizeof *round.work[c]);
        had_memory = had_memory && round.sum[c] != NULL && round.work[c] != NULL;
    }
    if (!had_memory) {
        st = mk_fail(err, MK_ENOMEM, "out of memory");
        goto done;
    }
    round.precision = precision;
    const size_t rounds = rounds_of(fit, fold);
    for (size_t i = 0; i < rounds; i++) {
        MK_TRY_GOTO(invert(r, n, precision, err));
        mk_pool_run(fit->pool, CHUNKS, round_task, &round);
        for (size_t c = 0; c < CHUNKS; c++) {
            if (round.failed[c]) {
                st = mk_fail(err, MK_ENUMERIC, "a conditional covariance is singular");
                goto done;
            }
        }
        if (mk_cancelled(fit->cancel)) {
            st = mk_fail(err, MK_ECANCEL, "cancelled");
            goto done;
        }
        maximise(&round, fit->prior, r);
        steps->done++;
        if (fit->progress != NULL) {
            fit->progress(fit->progress_ctx, steps->done, steps->total);
        }
    }
done:
    for (size_t c = 0; c < CHUNKS; c++) {
        free(round.sum[c]);
        free(round.work[c]);
    }
    free(round.filled);
    free(precision);
    return st;
}

static MkStatus fit_one(const MkCopulaFit *fit, const Design *d, size_t fold, double *r,
                        Steps *steps, MkError *err)
{
    MK_TRY(start(fit, d, fold, r, err));
    return expectation_maximisation(fit, d, fold, r, steps, err);
}

MkStatus mk_copula_fit(const MkCopulaFit *fit, MkArena *arena, MkCopula *out, float **fold_r,
                       MkError *err)
{
    MkStatus st = MK_OK;
    Design design = {0};
    MkCopula copula = {0};
    double *r = NULL;
    Steps steps = {.total = fit->iterations + rounds_of(fit, 0) * fit->n_folds};
    for (size_t f = 0; f < fit->n_folds; f++) {
        fold_r[f] = NULL;
    }
    MK_TRY(build_features(fit, arena, &copula, err));
    MK_TRY_GOTO(build_design(fit, &copula, &design, err));
    const size_t n = copula.n_features;
    r = mk_heap_array(n * n, sizeof *r);
    float *const packed = mk_arena_array(arena, n * (n + 1) / 2, sizeof *packed);
    if (r == NULL || packed == NULL) {
        st = mk_fail(err, MK_ENOMEM, "out of memory");
        goto done;
    }
    for (size_t f = 0; f < fit->n_folds; f++) {
        MK_TRY_GOTO(fit_one(fit, &design, f, r, &steps, err));
        fold_r[f] = mk_heap_array(n * n, sizeof *fold_r[f]);
        if (fold_r[f] == NULL) {
            st = mk_fail(err, MK_ENOMEM, "out of memory");
            goto done;
        }
        for (size_t i = 0; i < n * n; i++) {
            fold_r[f][i] = (float)r[i];
        }
    }
    MK_TRY_GOTO(fit_one(fit, &design, fit->n_folds, r, &steps, err));
    for (size_t a = 0; a < n; a++) {
        for (size_t b = 0; b <= a; b++) {
            packed[a * (a + 1) / 2 + b] = (float)r[a * n + b];
        }
    }
    copula.r = packed;
    *out = copula;
done:
    free(r);
    free(design.x);
    free(design.seen);
    for (size_t f = 0; st != MK_OK && f < fit->n_folds; f++) {
        free(fold_r[f]);
        fold_r[f] = NULL;
    }
    return st;
}
