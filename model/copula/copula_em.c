/* EM over people of several sources.
 *
 * A round completes each person within the attributes of the own source, with R of the block exact:
 * what the source never asks costs nothing. The moments of a source are extended to what it does
 * not ask once for all its people, and R is composed of those of all sources (copula_compose.c):
 * each group of attributes is learned from the sources that ask it. (One regression for all, as
 * plain EM of one big sample would have it, shrinks a step by the share of people who were asked: a
 * group of one source of ten would hardly move in ten rounds, and the sources that do not ask it
 * would speak all the louder for being large.) These are conditional maximisations with less
 * missing data in each: AECM, Meng and van Dyk 1997. Pairs that no source asks together are
 * completed from the others at the end.
 *
 * Where many cells are missing, in a pattern of one's own, a few draws of what is left beyond the
 * expectation stand for its covariance, which costs several times more (stochastic EM; Celeux and
 * Diebolt 1985); over thousands of people the noise of the draws is small beside that of the
 * people. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "model/copula/copula_priv.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/nn/blas.h"
#include "src/base/rng.h"

enum {
    CHUNKS = 16,       /* blocks of people, whatever the number of threads */
    BATCH = 128,       /* completed people that are added at once */
    INVERSE_STEP = 64, /* columns of an inverse at once */
    TURNS = 10,        /* of projections */
    LIKENESS = 20,     /* features from which on likeness is learned from */
    PASSES = 3,        /* of them, each giving back what the one before took from the guesses */
    DRAWN = 256,       /* missing features from which on those of a single person are drawn */
    DRAWS = 8          /* so many times */
};

typedef struct Task { /* one block of people, worked off in chunks */
    const MkCopulaFit *fit;
    const MkBlock *block;
    size_t fold;
    uint64_t round;          /* counts rounds and blocks */
    double *precision;       /* (n, n) of the block, full */
    double *sum[CHUNKS];     /* (n, n) lower: second moments */
    float *shown[CHUNKS][3]; /* (n, n): products, weights, people of pairs seen */
    double **work;           /* a worker: see work_size */
    bool failed[CHUNKS];
} Task;

static bool is_used(const Task *t, size_t row)
{
    const MkBlock *const b = t->block;
    return !(t->fit->n_folds > 0 && b->fold[row] == t->fold) && b->weights[row] > 0.0F;
}

static size_t work_size(size_t n)
{
    return 3 * n * n + (BATCH + 2) * n + 2 * BATCH * n; /* the start: 3 batches in float */
}

static size_t chunk_begin(const MkBlock *b, size_t chunk)
{
    return chunk * b->n_rows / CHUNKS;
}

/* ---- start: what people who have both show ---- */

static void add_shown(const float *batch, size_t rows, size_t n, float *const out[3])
{
    const float *const x = batch, *const w = batch + BATCH * n, *const one = batch + 2 * BATCH * n;
    mk_sgemm(true, false, n, n, rows, 1.0F, x, n, x, n, 1.0F, out[0], n);
    mk_sgemm(true, false, n, n, rows, 1.0F, w, n, w, n, 1.0F, out[1], n);
    mk_sgemm(true, false, n, n, rows, 1.0F, one, n, one, n, 1.0F, out[2], n);
}

static void shown_task(void *ctx, size_t chunk, size_t worker)
{
    Task *const t = ctx;
    const MkBlock *const b = t->block;
    const size_t n = b->n;
    float *const batch = (float *)(void *)t->work[worker];
    size_t rows = 0;
    for (int k = 0; k < 3; k++) {
        memset(t->shown[chunk][k], 0, n * n * sizeof(float));
    }
    for (size_t i = chunk_begin(b, chunk); i < chunk_begin(b, chunk + 1); i++) {
        if (!is_used(t, i) || mk_cancelled(t->fit->cancel)) {
            continue;
        }
        const float root = sqrtf(b->weights[i]);
        for (size_t f = 0; f < n; f++) {
            const float x = b->x[i * n + f];
            const bool known = !isnan(x);
            batch[rows * n + f] = known ? root * x : 0.0F;
            batch[(BATCH + rows) * n + f] = known ? root : 0.0F;
            batch[(2 * BATCH + rows) * n + f] = known ? 1.0F : 0.0F;
        }
        if (++rows == BATCH) {
            add_shown(batch, rows, n, t->shown[chunk]);
            rows = 0;
        }
    }
    add_shown(batch, rows, n, t->shown[chunk]);
}

/* ---- one round ---- */

/* Lower triangle of the inverse of a = L L' from L: L^-1 in place of `inverse`, then L^-T L^-1 into
 * `out`; both in steps that leave out the zeros. */
static void invert_factor(size_t u, const double *l, double *inverse, double *out)
{
    for (size_t j = 0; j < u; j += INVERSE_STEP) {
        const size_t width = u - j < INVERSE_STEP ? u - j : INVERSE_STEP;
        for (size_t i = j; i < u; i++) {
            for (size_t k = 0; k < width; k++) {
                inverse[i * u + j + k] = i == j + k ? 1.0 : 0.0;
            }
        }
        mk_dtrsm_lower(false, u - j, width, l + j * u + j, u, inverse + j * u + j, u);
    }
    for (size_t j = 0; j < u; j += INVERSE_STEP) {
        const size_t width = u - j < INVERSE_STEP ? u - j : INVERSE_STEP;
        for (size_t i = 0; i < width; i++) { /* right of the diagonal: not set above */
            memset(inverse + (j + i) * u + j + i + 1, 0, (width - i - 1) * sizeof *inverse);
        }
        mk_dgemm_part(width, j + width, u - j, inverse + j * u + j, u, inverse + j * u, u,
                      out + j * u, u);
    }
}

/* Conditional covariance K_uu^-1 of the missing features of one pattern: full, cov (u, u). */
static bool pattern_covariance(const Task *t, const size_t *missing, size_t u, double *work,
                               double *cov)
{
    const size_t n = t->block->n;
    double *const factor = work, *const inverse = work + u * u;
    for (size_t a = 0; a < u; a++) {
        const double *const k = t->precision + missing[a] * n;
        for (size_t b = 0; b <= a; b++) {
            factor[a * u + b] = k[missing[b]];
        }
    }
    if (!mk_dpotrf(u, factor, u)) {
        return false;
    }
    invert_factor(u, factor, inverse, cov);
    for (size_t a = 0; a < u; a++) {
        for (size_t b = 0; b < a; b++) {
            cov[b * u + a] = cov[a * u + b];
        }
    }
    return true;
}

/* Expected values of the missing features of one person: -K_uu^-1 K_uo x_o; x has zeros there. */
static void fill_person(const Task *t, const size_t *missing, size_t u, const double *cov,
                        double *given, double *x)
{
    const size_t n = t->block->n;
    for (size_t a = 0; a < u; a++) {
        const double *const k = t->precision + missing[a] * n;
        double dot = 0.0;
        for (size_t f = 0; f < n; f++) {
            dot += k[f] * x[f];
        }
        given[a] = dot;
    }
    for (size_t a = 0; a < u; a++) {
        double dot = 0.0;
        for (size_t b = 0; b < u; b++) {
            dot += cov[a * u + b] * given[b];
        }
        x[missing[a]] = -dot;
    }
}

/* The same by the factor of K_uu alone, in float; factor (u, u) is filled, given (u) is room. */
static bool factor_person(const Task *t, const size_t *missing, size_t u, float *factor,
                          float *given, double *x)
{
    const size_t n = t->block->n;
    for (size_t a = 0; a < u; a++) {
        const double *const k = t->precision + missing[a] * n;
        double dot = 0.0;
        for (size_t f = 0; f < n; f++) {
            dot += k[f] * x[f];
        }
        given[a] = (float)-dot;
        for (size_t b = 0; b <= a; b++) {
            factor[a * u + b] = (float)k[missing[b]];
        }
    }
    if (!mk_spotrf(u, factor, u)) {
        return false;
    }
    mk_strsv_lower(false, u, factor, u, given);
    mk_strsv_lower(true, u, factor, u, given);
    for (size_t a = 0; a < u; a++) {
        x[missing[a]] = (double)given[a];
    }
    return true;
}

/* A draw of what the missing features may differ from their expectation: x (n), zero elsewhere. */
static void draw_rest(const float *factor, const size_t *missing, size_t u, size_t n, MkRng *rng,
                      float *drawn, double *x)
{
    memset(x, 0, n * sizeof *x);
    for (size_t a = 0; a < u; a++) {
        drawn[a] = (float)mk_rng_normal(rng);
    }
    mk_strsv_lower(true, u, factor, u, drawn);
    for (size_t a = 0; a < u; a++) {
        x[missing[a]] = (double)drawn[a];
    }
}

static bool same_gaps(const float *a, const float *b, size_t n)
{
    for (size_t f = 0; f < n; f++) {
        if (isnan(a[f]) != isnan(b[f])) {
            return false;
        }
    }
    return true;
}

static size_t list_missing(const float *x, size_t n, size_t *missing)
{
    size_t u = 0;
    for (size_t f = 0; f < n; f++) {
        if (isnan(x[f])) {
            missing[u++] = f;
        }
    }
    return u;
}

static void add_covariance(double *sum, size_t n, const size_t *missing, size_t u, double weight,
                           const double *cov)
{
    for (size_t a = 0; a < u && weight > 0.0; a++) {
        double *const row = sum + missing[a] * n;
        for (size_t b = 0; b <= a; b++) {
            row[missing[b]] += weight * cov[a * u + b];
        }
    }
}

/* A chunk while it is worked off. */
typedef struct Chunk {
    double *sum;         /* (n, n) lower */
    double *cov, *given; /* (n, n), (n) */
    double *batch;       /* (BATCH, n) completed people */
    size_t *missing;     /* (n) */
    double *scratch;     /* 2 (n, n) */
    size_t rows;         /* in the batch */
} Chunk;

static void add_batch(Chunk *c, size_t n)
{
    mk_dsyrk_add(n, c->rows, c->batch, n, c->sum, n);
    c->rows = 0;
}

static void load_person(const MkBlock *b, size_t i, double *x)
{
    for (size_t f = 0; f < b->n; f++) {
        const float known = b->x[i * b->n + f];
        x[f] = isnan(known) ? 0.0 : (double)known;
    }
}

static void scale_row(double *x, size_t n, double factor)
{
    for (size_t f = 0; f < n; f++) {
        x[f] *= factor;
    }
}

/* One person with many gaps: expectation, and draws of what is left in place of its covariance. */
static bool complete_one(const Task *t, Chunk *c, size_t i, size_t u)
{
    const MkBlock *const b = t->block;
    const size_t n = b->n;
    float *const factor = (float *)(void *)c->scratch, *const room = factor + u * u;
    const double root = sqrt((double)b->weights[i]);
    MkRng rng = mk_rng(1, MK_RNG_IMPUTE, t->round << 32 | i);
    if (c->rows + 1 + DRAWS > BATCH) {
        add_batch(c, n);
    }
    double *x = c->batch + c->rows * n;
    load_person(b, i, x);
    if (!factor_person(t, c->missing, u, factor, room, x)) {
        return false;
    }
    scale_row(x, n, root);
    for (size_t d = 0; d < DRAWS; d++) {
        x += n;
        draw_rest(factor, c->missing, u, n, &rng, room, x);
        scale_row(x, n, root / sqrt((double)DRAWS));
    }
    c->rows += 1 + DRAWS;
    if (c->rows == BATCH) {
        add_batch(c, n);
    }
    return true;
}

/* Completes people first .. end - 1, who have the same gaps, and adds them to the chunk's sum. */
static bool complete_pattern(const Task *t, Chunk *c, size_t first, size_t end)
{
    const MkBlock *const b = t->block;
    const size_t n = b->n, u = list_missing(b->x + first * n, n, c->missing);
    double weight = 0.0;
    if (end - first == 1 && u >= DRAWN) {
        return complete_one(t, c, first, u);
    }
    if (u > 0 && !pattern_covariance(t, c->missing, u, c->scratch, c->cov)) {
        return false;
    }
    for (size_t i = first; i < end; i++) {
        if (!is_used(t, i)) {
            continue;
        }
        double *const x = c->batch + c->rows * n;
        load_person(b, i, x);
        fill_person(t, c->missing, u, c->cov, c->given, x);
        scale_row(x, n, sqrt((double)b->weights[i]));
        weight += (double)b->weights[i];
        if (++c->rows == BATCH) {
            add_batch(c, n);
        }
    }
    add_covariance(c->sum, n, c->missing, u, weight, c->cov);
    return true;
}

static void round_task(void *ctx, size_t chunk, size_t worker)
{
    Task *const t = ctx;
    const MkBlock *const b = t->block;
    const size_t n = b->n, last = chunk_begin(b, chunk + 1);
    Chunk c = {.sum = t->sum[chunk], .cov = t->work[worker]};
    c.batch = c.cov + n * n;
    c.given = c.batch + BATCH * n;
    c.missing = (size_t *)(void *)(c.given + n);
    c.scratch = c.given + 2 * n;
    memset(c.sum, 0, n * n * sizeof *c.sum);
    for (size_t i = chunk_begin(b, chunk); i < last && !mk_cancelled(t->fit->cancel);) {
        size_t end = i + 1;
        bool used = is_used(t, i);
        for (; end < last && same_gaps(b->x + i * n, b->x + end * n, n); end++) {
            used = used || is_used(t, end);
        }
        if (used && !complete_pattern(t, &c, i, end)) {
            t->failed[chunk] = true;
            return;
        }
        i = end;
    }
    add_batch(&c, n);
}

/* Precision of a block of r. */
static MkStatus block_precision(const double *r, size_t n_all, const MkBlock *b, double *out,
                                MkError *err)
{
    const size_t n = b->n;
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < n; k++) {
            out[i * n + k] = r[b->ids[i] * n_all + b->ids[k]];
        }
    }
    if (!mk_dpotrf(n, out, n) || !mk_dpotri(n, out, n)) {
        return mk_fail(err, MK_ENUMERIC, "the correlation matrix is not positive definite");
    }
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < i; k++) {
            out[k * n + i] = out[i * n + k];
        }
    }
    return MK_OK;
}

/* ---- all rounds ---- */

typedef struct Rounds {
    const MkCopulaFit *fit;
    const MkDesign *design;
    size_t n;
    double *r;          /* (n, n) */
    double *moment;     /* (n, n): weighted sums at the start, then room */
    double *mass;       /* (n, n): their weight, 0: never asked together */
    double *shown;      /* (n, n): correlations of people who show both */
    float *people;      /* (n, n): who show a pair */
    double all;         /* weight of everybody */
    MkMoments *moments; /* (n_blocks) */
    Task task;
} Rounds;

static MkStatus open_rounds(Rounds *s, MkError *err)
{
    const size_t n = s->n, workers = s->fit->pool != NULL ? mk_pool_size(s->fit->pool) : 1;
    size_t widest = 1;
    for (size_t g = 0; g < s->design->n_blocks; g++) {
        widest = s->design->blocks[g].n > widest ? s->design->blocks[g].n : widest;
    }
    Task *const t = &s->task;
    s->moment = mk_heap_array(n * n, sizeof *s->moment);
    s->mass = mk_heap_array(n * n, sizeof *s->mass);
    s->shown = mk_heap_array(n * n, sizeof *s->shown);
    s->people = mk_heap_array(n * n, sizeof *s->people);
    t->precision = mk_heap_array(widest * widest, sizeof *t->precision);
    t->work = mk_heap_array(workers, sizeof *t->work);
    bool good = s->moment != NULL && s->mass != NULL && s->shown != NULL && s->people != NULL &&
                t->precision != NULL && t->work != NULL;
    for (size_t w = 0; good && w < workers; w++) {
        t->work[w] = mk_heap_array(work_size(widest), sizeof **t->work);
        good = t->work[w] != NULL;
    }
    s->moments = mk_heap_array(s->design->n_blocks, sizeof *s->moments);
    good = good && s->moments != NULL;
    for (size_t g = 0; good && g < s->design->n_blocks; g++) {
        s->moments[g].sum = mk_heap_array(n * n, sizeof *s->moments[g].sum);
        good = s->moments[g].sum != NULL;
    }
    for (size_t c = 0; good && c < CHUNKS; c++) {
        /* the floats of the start and the sums of the rounds are never needed together */
        t->sum[c] = mk_heap_array(2 * widest * widest, sizeof **t->sum);
        good = t->sum[c] != NULL;
    }
    return good ? MK_OK : mk_fail(err, MK_ENOMEM, "out of memory for %zu features", n);
}

static void close_rounds(Rounds *s)
{
    const size_t workers = s->fit->pool != NULL ? mk_pool_size(s->fit->pool) : 1;
    for (size_t w = 0; s->task.work != NULL && w < workers; w++) {
        free(s->task.work[w]);
    }
    for (size_t c = 0; c < CHUNKS; c++) {
        free(s->task.sum[c]);
    }
    free(s->task.work);
    free(s->task.precision);
    free(s->moment);
    free(s->mass);
    free(s->shown);
    free(s->people);
    for (size_t g = 0; s->moments != NULL && g < s->design->n_blocks; g++) {
        free(s->moments[g].sum);
    }
    free(s->moments);
}

static MkStatus run_chunks(Rounds *s, void (*work)(void *, size_t, size_t), MkError *err)
{
    Task *const t = &s->task;
    mk_pool_run(s->fit->pool, CHUNKS, work, t);
    if (mk_cancelled(s->fit->cancel)) {
        return mk_fail(err, MK_ECANCEL, "cancelled");
    }
    for (size_t c = 0; c < CHUNKS; c++) {
        if (t->failed[c]) {
            return mk_fail(err, MK_ENUMERIC, "a conditional covariance is singular");
        }
    }
    return MK_OK;
}

static void count_used(const Task *t, MkMoments *out)
{
    for (size_t i = 0; i < t->block->n_rows; i++) {
        out->mass += is_used(t, i) ? (double)t->block->weights[i] : 0.0;
        out->people += is_used(t, i) ? 1.0 : 0.0;
    }
}

/* Known correlations of pairs seen into moment, who shows them, and which sources ask both. */
static MkStatus show_pairs(Rounds *s, double *weights, MkError *err)
{
    const size_t all = s->n;
    Task *const t = &s->task;
    s->all = 0.0;
    for (size_t g = 0; g < s->design->n_blocks; g++) {
        const MkBlock *const b = t->block = &s->design->blocks[g];
        const size_t n = b->n;
        for (size_t c = 0; c < CHUNKS; c++) {
            float *const room = (float *)(void *)t->sum[c];
            for (size_t k = 0; k < 3; k++) {
                t->shown[c][k] = room + k * n * n;
            }
        }
        MK_TRY(run_chunks(s, shown_task, err));
        count_used(t, &s->moments[g]);
        const double mass = s->moments[g].mass;
        s->all += mass;
        for (size_t i = 0; i < n; i++) {
            for (size_t k = 0; k < n; k++) {
                const size_t from = i * n + k, to = b->ids[i] * all + b->ids[k];
                s->mass[to] += mass;
                for (size_t c = 0; c < CHUNKS; c++) {
                    s->moment[to] += (double)t->shown[c][0][from];
                    weights[to] += (double)t->shown[c][1][from];
                    s->people[to] += t->shown[c][2][from];
                }
            }
        }
    }
    return MK_OK;
}

/* Guesses, put together pair by pair, need not be the correlations of any people. */
static MkStatus keep_definite(Rounds *s, MkError *err)
{
    const size_t n = s->n;
    double *const factor = s->moment;
    memcpy(factor, s->r, n * n * sizeof *factor);
    return mk_dpotrf(n, factor, n) ? MK_OK : mk_copula_definite(s->r, n, err);
}

/* Conditional independence, which is definite, whoever is asked what: the rounds bring in what
 * people show. (What they show of each pair alone is far from definite where few are asked both,
 * and those few are not like the others.) */
static MkStatus start(Rounds *s, MkError *err)
{
    const size_t n = s->n;
    double *const weights = mk_heap_array(n * n, sizeof *weights);
    if (weights == NULL) {
        return mk_fail(err, MK_ENOMEM, "out of memory");
    }
    memset(s->moment, 0, n * n * sizeof *s->moment);
    memset(weights, 0, n * n * sizeof *weights);
    MkStatus st = show_pairs(s, weights, err);
    for (size_t a = 0; st == MK_OK && a < n; a++) {
        for (size_t b = 0; b < n; b++) {
            const size_t at = a * n + b;
            double known = weights[at] > 0.0 ? s->moment[at] / weights[at] : 0.0;
            if (s->design->of_source[a] || s->design->of_source[b]) {
                /* who is not asked has the mean: the source tells nothing of them */
                known *= s->mass[at] / s->all;
            }
            s->shown[at] = a == b ? 1.0 : fmin(fmax(known, -1.0), 1.0);
        }
    }
    free(weights);
    if (st == MK_OK) {
        st = mk_copula_independent(s->design, s->shown, s->people, s->fit->pool, s->r, err);
    }
    return st == MK_OK ? keep_definite(s, err) : st;
}

/* Second moments of the people of a block, completed in all features. */
static MkStatus gather(Rounds *s, size_t g, MkError *err)
{
    const Task *const t = &s->task;
    const size_t n = t->block->n;
    double *const sum = t->sum[0];
    for (size_t c = 1; c < CHUNKS; c++) {
        for (size_t i = 0; i < n * n; i++) {
            sum[i] += t->sum[c][i];
        }
    }
    return mk_copula_extend(t->block, s->n, s->r, t->precision, sum, s->moments[g].mass,
                            s->moments[g].sum, err);
}

static MkStatus one_round(Rounds *s, MkError *err)
{
    Task *const t = &s->task;
    for (size_t g = 0; g < s->design->n_blocks; g++) {
        t->block = &s->design->blocks[g];
        t->round++;
        MK_TRY(block_precision(s->r, s->n, t->block, t->precision, err));
        MK_TRY(run_chunks(s, round_task, err));
        MK_TRY(gather(s, g, err));
    }
    return mk_copula_compose(s->design, s->moments, s->fit->prior, s->r, err);
}

/* Projections in turn: onto the definite matrices, and back to what is known of pairs that were
 * asked together (the completion of a matrix; Higham 2002 for projections of correlations, Dykstra
 * 1983 for taking back the last turn's change). The diagonal is set back too, so that guesses do
 * not shrink by it. change: (n, n) of room. */
static MkStatus project_in_turn(const Rounds *s, double *whole, double *change, MkError *err)
{
    const size_t all = s->n * s->n;
    memset(change, 0, all * sizeof *change);
    for (int turn = 1; turn < TURNS; turn++) {
        for (size_t i = 0; i < all; i++) {
            whole[i] -= change[i];
            change[i] = -whole[i];
        }
        MK_TRY(mk_copula_project(whole, s->n, err));
        for (size_t i = 0; i < all; i++) {
            change[i] += whole[i];
            whole[i] = s->mass[i] > 0.0 ? s->r[i] : whole[i];
        }
    }
    return MK_OK;
}

/* Pairs that no source asks together are completed from what people show of the others. Making the
 * whole definite takes a share of these guesses; the share is measured, and given back before the
 * projections are made again. */
static MkStatus complete_apart(Rounds *s, MkError *err)
{
    const size_t all = s->n * s->n;
    double *const whole = s->moment, *const change = s->shown;
    float *const guess = s->people; /* have served */
    double scale = 1.0;
    MK_TRY(mk_copula_complete(s->design, s->r, s->people, s->fit->pool, whole, err));
    for (size_t i = 0; i < all; i++) {
        guess[i] = (float)whole[i];
    }
    for (int pass = 0; pass < PASSES; pass++) {
        double kept = 0.0, square = 0.0;
        for (size_t i = 0; i < all; i++) {
            whole[i] = s->mass[i] > 0.0 ? s->r[i] : scale * (double)guess[i];
        }
        MK_TRY(project_in_turn(s, whole, change, err));
        for (size_t i = 0; i < all; i++) {
            kept += s->mass[i] > 0.0 ? 0.0 : whole[i] * (double)guess[i];
            square += s->mass[i] > 0.0 ? 0.0 : (double)guess[i] * (double)guess[i];
        }
        scale *= square > 0.0 ? 1.0 / fmin(fmax(kept / square, 0.8), 1.0) : 1.0;
    }
    memcpy(s->r, whole, all * sizeof *whole);
    return MK_OK;
}

/* With few features there is nothing to learn likeness from: what was composed stays. */
static MkStatus finish(Rounds *s, MkError *err)
{
    bool apart = false;
    for (size_t i = 0; i < s->n * s->n && s->n >= LIKENESS && !apart; i++) {
        apart = !(s->mass[i] > 0.0);
    }
    if (apart) {
        MK_TRY(complete_apart(s, err));
    }
    return keep_definite(s, err);
}

MkStatus mk_copula_em(const MkCopulaFit *fit, const MkDesign *design, size_t fold, double *r,
                      void (*step)(void *ctx), void *ctx, MkError *err)
{
    MkStatus st = MK_OK;
    Rounds s = {
        .fit = fit, .design = design, .n = design->n, .r = r, .task = {.fit = fit, .fold = fold}};
    MK_TRY_GOTO(open_rounds(&s, err));
    MK_TRY_GOTO(start(&s, err));
    for (size_t i = 0; i < fit->iterations; i++) {
        MK_TRY_GOTO(one_round(&s, err));
        step(ctx);
    }
    if (fold >= fit->n_folds) { /* a fold answers for people of one source at a time */
        MK_TRY_GOTO(finish(&s, err));
    }
done:
    close_rounds(&s);
    return st;
}
