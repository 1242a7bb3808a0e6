/* mixture_fit.c - EM: who belongs where (over blocks of people), then each attribute's parameters
 * (over attributes). Sums run in the same order whatever the number of threads. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <gsl/gsl_sf_psi.h>

#include "model/mixture/mixture.h"
#include "model/normal.h"
#include "src/base/rng.h"

enum {
    CHUNK = 2048,    /* people whose memberships are held at once */
    BLOCK = 32,      /* people of a task */
    COLUMNS = 8,     /* attributes of a task */
    FLOAT_TERMS = 32 /* log probabilities that are summed in float */
};

static const float TOWARDS = 0.7F; /* of a beginning component towards its person */
static const double LEAST = 1e-7;  /* a membership below this is none */

/* Memberships of a chunk of one group's people. */
typedef struct Chunk {
    const MkGroup *group;
    const double *weights; /* of the dataset; by person of it */
    size_t first, n;       /* rows of the group */
    bool keeps;            /* memberships; else likelihoods alone */
    size_t *count;         /* (CHUNK) components of a person */
    uint32_t *who;         /* (CHUNK, n) */
    float *share;          /* (CHUNK, n) */
    double *sum;           /* (CHUNK / BLOCK) weighted log likelihood */
} Chunk;

struct MkMixtureFit {
    MkMixture *mixture;
    MkMixturePrior *priors; /* (n_attributes) */
    const MkDataset *people;
    MkPool *pool;
    const MkCancel *cancel;
    MkArena *arena;
    size_t *place;                /* (n_attributes) row in mean and sd; numbers */
    float *mean, *sd;             /* (numbers, n) of the normals */
    float *log_p;                 /* (n_cells, n) of the mixture as it is */
    float *count;                 /* (n_cells, n) people by weight */
    double *members, *log_weight; /* (n) */
    double *prior_of;             /* (n_attributes) log prior */
    double *scratch;              /* (workers, 2, n) */
    double total;                 /* weight of all people */
    Chunk chunk;
};

/* ---- who belongs where ---- */

/* log weight + log p of what a person shows, for every component: out (n). */
static void weigh_person(const MkMixtureFit *f, const MkGroup *g, size_t row, float *part,
                         double *out)
{
    const size_t n = f->mixture->n;
    const uint8_t *const cells = g->cells + row * g->n;
    size_t terms = 0;
    memcpy(out, f->log_weight, n * sizeof *out);
    memset(part, 0, n * sizeof *part);
    for (size_t c = 0; c < g->n; c++) {
        if (cells[c] == MK_CELL_MISSING) {
            continue;
        }
        const float *const log_p = f->log_p + (f->mixture->begin[g->attributes[c]] + cells[c]) * n;
        for (size_t k = 0; k < n; k++) {
            part[k] += log_p[k];
        }
        if (++terms % FLOAT_TERMS == 0) {
            for (size_t k = 0; k < n; k++) {
                out[k] += (double)part[k];
                part[k] = 0.0F;
            }
        }
    }
    for (size_t k = 0; k < n; k++) {
        out[k] += (double)part[k];
    }
}

/* Turns log weights into memberships; gives the log of their sum. */
static double share_out(Chunk *chunk, size_t at, size_t n, double *x)
{
    double most = -INFINITY, sum = 0.0, kept = 0.0;
    for (size_t k = 0; k < n; k++) {
        most = x[k] > most ? x[k] : most;
    }
    for (size_t k = 0; k < n; k++) {
        x[k] = x[k] - most > -40.0 ? exp(x[k] - most) : 0.0;
        sum += x[k];
    }
    if (chunk->keeps) {
        size_t used = 0;
        for (size_t k = 0; k < n; k++) {
            if (x[k] > LEAST * sum) {
                chunk->who[at * n + used] = (uint32_t)k;
                chunk->share[at * n + used++] = (float)x[k];
                kept += x[k];
            }
        }
        for (size_t i = 0; i < used; i++) {
            chunk->share[at * n + i] /= (float)kept;
        }
        chunk->count[at] = used;
    }
    return most + log(sum);
}

static void expect(void *ctx, size_t block, size_t worker)
{
    MkMixtureFit *const f = ctx;
    Chunk *const chunk = &f->chunk;
    const size_t n = f->mixture->n, end = (block + 1) * BLOCK;
    double *const x = f->scratch + worker * 2 * n;
    double sum = 0.0;
    for (size_t i = block * BLOCK; i < end && i < chunk->n; i++) {
        const size_t row = chunk->first + i;
        weigh_person(f, chunk->group, row, (float *)(void *)(x + n), x);
        sum += chunk->weights[chunk->group->first + row] * share_out(chunk, i, n, x);
    }
    chunk->sum[block] = sum;
}

/* ---- people of every component and cell ---- */

static void add_column(MkMixtureFit *f, size_t c)
{
    const Chunk *const chunk = &f->chunk;
    const MkGroup *const g = chunk->group;
    const size_t n = f->mixture->n;
    float *const count = f->count + f->mixture->begin[g->attributes[c]] * n;
    for (size_t i = 0; i < chunk->n; i++) {
        const uint8_t cell = g->cells[(chunk->first + i) * g->n + c];
        if (cell == MK_CELL_MISSING) {
            continue;
        }
        const float weight = (float)chunk->weights[g->first + chunk->first + i];
        for (size_t s = 0; s < chunk->count[i]; s++) {
            count[(size_t)cell * n + chunk->who[i * n + s]] += weight * chunk->share[i * n + s];
        }
    }
}

static void add_columns(void *ctx, size_t task, size_t worker)
{
    MkMixtureFit *const f = ctx;
    (void)worker;
    for (size_t c = task * COLUMNS; c < (task + 1) * COLUMNS && c < f->chunk.group->n; c++) {
        add_column(f, c);
    }
}

static void add_members(MkMixtureFit *f)
{
    const Chunk *const chunk = &f->chunk;
    for (size_t i = 0; i < chunk->n; i++) {
        const double weight = chunk->weights[chunk->group->first + chunk->first + i];
        for (size_t s = 0; s < chunk->count[i]; s++) {
            const size_t at = i * f->mixture->n + s;
            f->members[chunk->who[at]] += weight * (double)chunk->share[at];
        }
    }
}

/* Weighted mean log likelihood; with `keeps`, people are counted too. */
static double expect_all(MkMixtureFit *f, const MkDataset *people, bool keeps)
{
    double sum = 0.0, total = 0.0;
    Chunk *const chunk = &f->chunk;
    chunk->weights = people->weights;
    chunk->keeps = keeps;
    for (size_t g = 0; g < people->n_groups; g++) {
        const MkGroup *const group = &people->groups[g];
        chunk->group = group;
        for (chunk->first = 0; chunk->first < group->n_rows; chunk->first += CHUNK) {
            if (mk_cancelled(f->cancel)) {
                return 0.0;
            }
            const size_t left = group->n_rows - chunk->first;
            chunk->n = left < CHUNK ? left : CHUNK;
            const size_t blocks = (chunk->n + BLOCK - 1) / BLOCK;
            mk_pool_run(f->pool, blocks, expect, f);
            for (size_t b = 0; b < blocks; b++) {
                sum += chunk->sum[b];
            }
            if (keeps) {
                mk_pool_run(f->pool, (group->n + COLUMNS - 1) / COLUMNS, add_columns, f);
                add_members(f);
            }
        }
    }
    for (size_t i = 0; i < people->n_rows; i++) {
        total += people->weights[i];
    }
    return sum / fmax(total, 1e-300);
}

/* ---- parameters from counts ---- */

/* Probabilities of a number's cells by the normals alone, into the mixture. */
static void take_normals(MkMixtureFit *f, size_t j)
{
    const MkMarginal *const m = &f->mixture->marginals[j];
    const size_t n = f->mixture->n;
    const double outlier = f->priors[j].outlier;
    const float *const mean = f->mean + f->place[j] * n, *const sd = f->sd + f->place[j] * n;
    float *const p = f->mixture->p + f->mixture->begin[j] * n;
    for (size_t k = 0; k < n; k++) {
        double below = 0.0;
        for (size_t c = 0; c < m->n_cells; c++) {
            const bool last = c + 1 == m->n_cells;
            const double upto =
                last ? 1.0 : mk_normal_cdf((m->tau[c + 1] - (double)mean[k]) / (double)sd[k]);
            p[c * n + k] = (float)((1.0 - outlier) * (upto - below) + outlier * m->share[c]);
            below = upto;
        }
    }
}

static void take_logs(MkMixtureFit *f, size_t j)
{
    const size_t n = f->mixture->n, begin = f->mixture->begin[j] * n;
    for (size_t i = begin; i < begin + f->mixture->marginals[j].n_cells * n; i++) {
        f->log_p[i] = logf(fmaxf(f->mixture->p[i], 1e-30F));
    }
}

/* Strength of a Dirichlet prior with the means that are in the mixture: one step of the fixed point
 * of Minka (2000, "Estimating a Dirichlet distribution", section 3.2). */
static double learn_strength(const MkMixtureFit *f, size_t j, double strength)
{
    const size_t n = f->mixture->n, begin = f->mixture->begin[j] * n;
    const float *const count = f->count + begin, *const base = f->mixture->p + begin;
    double up = 0.0, down = 0.0;
    for (size_t k = 0; k < n; k++) {
        double all = 0.0;
        for (size_t c = 0; c < f->mixture->marginals[j].n_cells; c++) {
            const double here = (double)count[c * n + k], mean = (double)base[c * n + k];
            if (here > 1e-6 && mean > 0.0) {
                up += mean * (gsl_sf_psi(here + strength * mean) - gsl_sf_psi(strength * mean));
            }
            all += here;
        }
        down += all > 1e-6 ? gsl_sf_psi(all + strength) - gsl_sf_psi(strength) : 0.0;
    }
    return down > 0.0 ? fmin(fmax(strength * up / down, 0.01), 1e4) : strength;
}

/* Cells as their people and the prior's, whose means are in the mixture, show them together. */
static void fit_cells(MkMixtureFit *f, size_t j, double strength)
{
    const size_t n = f->mixture->n, n_cells = f->mixture->marginals[j].n_cells;
    const float *const count = f->count + f->mixture->begin[j] * n;
    float *const p = f->mixture->p + f->mixture->begin[j] * n;
    for (size_t k = 0; k < n; k++) {
        double all = strength;
        for (size_t c = 0; c < n_cells; c++) {
            all += (double)count[c * n + k];
        }
        for (size_t c = 0; c < n_cells; c++) {
            const double mean = (double)p[c * n + k];
            p[c * n + k] = (float)(((double)count[c * n + k] + strength * mean) / all);
        }
    }
}

static void fit_levels(MkMixtureFit *f, size_t j)
{
    const MkMarginal *const m = &f->mixture->marginals[j];
    float *const p = f->mixture->p + f->mixture->begin[j] * f->mixture->n;
    MkMixturePrior *const prior = &f->priors[j];
    for (size_t i = 0; i < m->n_cells * f->mixture->n; i++) {
        p[i] = (float)m->share[i / f->mixture->n];
    }
    if (prior->is_learned) {
        prior->levels = learn_strength(f, j, prior->levels);
    }
    fit_cells(f, j, prior->levels);
}

/* Moments of the normal inside a cell, by standardised ends: its mass, mean and mean square. */
typedef struct Inside {
    double mass, first, second;
} Inside;

static Inside inside(double a, double b)
{
    /* the far tail from the other side, where the difference keeps its digits */
    const double mass =
        a > 0.0 ? mk_normal_cdf(-a) - mk_normal_cdf(-b) : mk_normal_cdf(b) - mk_normal_cdf(a);
    const double fa = isinf(a) ? 0.0 : mk_normal_density(a);
    const double fb = isinf(b) ? 0.0 : mk_normal_density(b);
    if (!(mass > 1e-14)) {
        return (Inside){0.0, 0.0, 0.0};
    }
    const double second = 1.0 + ((isinf(a) ? 0.0 : a * fa) - (isinf(b) ? 0.0 : b * fb)) / mass;
    return (Inside){mass, (fa - fb) / mass, second};
}

/* What a component's people say of a number: how many, sum and sum of squares of normal scores. */
typedef struct Moments {
    double people, first, second;
} Moments;

/* Expected under the normal as it is, known by cells (Dempster, Laird and Rubin 1977, section 4.2);
 * without the share of people who are of the population. */
static Moments expected(const MkMixtureFit *f, size_t j, size_t k)
{
    const MkMixture *const x = f->mixture;
    const MkMarginal *const m = &x->marginals[j];
    const float *const count = f->count + x->begin[j] * x->n + k;
    const double mean = (double)f->mean[f->place[j] * x->n + k];
    const double sd = (double)f->sd[f->place[j] * x->n + k];
    const double outlier = f->priors[j].outlier;
    Moments sum = {0.0, 0.0, 0.0};
    for (size_t c = 0; c < m->n_cells; c++) {
        const double here = (double)count[c * x->n];
        if (here > 0.0) {
            const Inside z = inside((m->tau[c] - mean) / sd, (m->tau[c + 1] - mean) / sd);
            const double own = (1.0 - outlier) * z.mass;
            const double w = here * own / (own + outlier * m->share[c] + 1e-300);
            sum.people += w;
            sum.first += w * (mean + sd * z.first);
            sum.second += w * (mean * mean + 2.0 * mean * sd * z.first + sd * sd * z.second);
        }
    }
    return sum;
}

/* Mean and variance at their posterior mode; when the prior is learned, the mean has drawn the
 * variance of its own uncertainty, so that it predicts. */
static void fit_normals(MkMixtureFit *f, size_t j)
{
    MkMixture *const x = f->mixture;
    MkMixturePrior *const prior = &f->priors[j];
    float *const mean = f->mean + f->place[j] * x->n, *const sd = f->sd + f->place[j] * x->n;
    const double least = 0.5 / (double)x->marginals[j].n_cells; /* a fifth of a cell's width */
    double people = 0.0, within = 0.0, used = 0.0, between = 0.0;
    for (size_t k = 0; k < x->n; k++) {
        const Moments z = expected(f, j, k);
        const double m = z.first / (z.people + prior->mean);
        const double square = z.second - 2.0 * m * z.first + m * m * z.people;
        const double v = (square + m * m * prior->mean + prior->people * prior->variance) /
                         (z.people + prior->people);
        const double unsure = prior->is_learned ? prior->variance / (z.people + prior->mean) : 0.0;
        mean[k] = (float)m;
        sd[k] = (float)sqrt(fmax(v + unsure, least * least));
        people += z.people;
        within += square + z.people * unsure;
        between += f->members[k] > 0.5 ? m * m + unsure : 0.0;
        used += f->members[k] > 0.5 ? 1.0 : 0.0;
    }
    if (prior->is_learned && people > 0.0 && used > 0.0) {
        prior->variance = fmax((within + 1.0) / (people + 1.0), least * least);
        prior->mean = fmin(prior->variance / fmax(between / used, 1e-6), 1e4);
    }
}

static double log_prior(const MkMixtureFit *f, size_t j)
{
    const MkMixture *const x = f->mixture;
    const MkMarginal *const m = &x->marginals[j];
    const MkMixturePrior *const prior = &f->priors[j];
    double sum = 0.0;
    for (size_t k = 0; m->knots != NULL && k < x->n; k++) {
        const size_t at = f->place[j] * x->n + k;
        const double mean = (double)f->mean[at], v = (double)f->sd[at] * (double)f->sd[at];
        sum -= 0.5 * prior->people * (log(v) + prior->variance / v) +
               0.5 * prior->mean * mean * mean / v;
    }
    for (size_t i = 0; m->knots == NULL && i < m->n_cells * x->n; i++) {
        const double share = prior->levels * m->share[i / x->n];
        sum += share > 0.0 ? share * (double)f->log_p[x->begin[j] * x->n + i] : 0.0;
    }
    return sum;
}

static void maximise(void *ctx, size_t j, size_t worker)
{
    MkMixtureFit *const f = ctx;
    const double cells = f->priors[j].cells;
    (void)worker;
    f->prior_of[j] = log_prior(f, j);
    if (f->mixture->marginals[j].knots == NULL) {
        fit_levels(f, j);
    } else {
        fit_normals(f, j);
        take_normals(f, j);
        if (cells > 0.0) {
            fit_cells(f, j, cells);
        }
    }
    take_logs(f, j);
}

double mk_mixture_fit_judge(MkMixtureFit *f, const MkDataset *people)
{
    return expect_all(f, people, false);
}

static void take_weights(MkMixtureFit *f)
{
    MkMixture *const x = f->mixture;
    for (size_t k = 0; k < x->n; k++) {
        f->log_weight[k] = log(fmax(x->weight[k], 1e-30));
    }
}

double mk_mixture_fit_pass(MkMixtureFit *f, double *prior)
{
    MkMixture *const x = f->mixture;
    double sum = 0.0;
    memset(f->count, 0, x->n_cells * x->n * sizeof *f->count);
    memset(f->members, 0, x->n * sizeof *f->members);
    const double found = expect_all(f, f->people, true);
    if (mk_cancelled(f->cancel)) {
        *prior = 0.0;
        return 0.0;
    }
    mk_pool_run(f->pool, x->n_attributes, maximise, f);
    for (size_t k = 0; k < x->n; k++) {
        x->weight[k] = f->members[k] / f->total;
    }
    take_weights(f);
    for (size_t j = 0; j < x->n_attributes; j++) {
        sum += f->prior_of[j];
    }
    *prior = sum / f->total;
    return found;
}

/* ---- beginning ---- */

/* Every component is the population moved towards one person. */
static void begin_component(MkMixtureFit *f, size_t k, size_t person)
{
    MkMixture *const x = f->mixture;
    size_t row = person;
    const MkGroup *const g = &f->people->groups[mk_dataset_group(f->people, &row)];
    for (size_t c = 0; c < g->n; c++) {
        const size_t j = g->attributes[c], cell = g->cells[row * g->n + c];
        const MkMarginal *const m = &x->marginals[j];
        float *const p = x->p + x->begin[j] * x->n + k;
        if (cell == MK_CELL_MISSING) {
            continue;
        }
        if (m->knots != NULL) {
            f->mean[f->place[j] * x->n + k] = TOWARDS * (float)m->score[cell];
            f->sd[f->place[j] * x->n + k] = TOWARDS;
            continue;
        }
        for (size_t l = 0; l < m->n_cells; l++) {
            p[l * x->n] *= TOWARDS;
        }
        p[cell * x->n] += 1.0F - TOWARDS;
    }
}

static void begin_population(MkMixtureFit *f)
{
    MkMixture *const x = f->mixture;
    for (size_t j = 0; j < x->n_attributes; j++) {
        const MkMarginal *const m = &x->marginals[j];
        for (size_t i = 0; i < m->n_cells * x->n; i++) {
            x->p[x->begin[j] * x->n + i] = (float)m->share[i / x->n];
        }
        for (size_t k = 0; m->knots != NULL && k < x->n; k++) {
            f->mean[f->place[j] * x->n + k] = 0.0F;
            f->sd[f->place[j] * x->n + k] = 1.0F;
        }
    }
}

/* People drawn by weight, at even steps of the weights added up. */
static void begin(MkMixtureFit *f, uint64_t seed)
{
    MkMixture *const x = f->mixture;
    MkRng rng = mk_rng(seed, MK_RNG_INIT, 0);
    const double offset = mk_rng_uniform(&rng);
    double below = 0.0;
    begin_population(f);
    for (size_t i = 0, k = 0; i < f->people->n_rows && k < x->n; i++) {
        below += f->people->weights[i];
        while (k < x->n && ((double)k + offset) / (double)x->n * f->total < below) {
            begin_component(f, k++, i);
        }
    }
    for (size_t k = 0; k < x->n; k++) {
        x->weight[k] = 1.0 / (double)x->n;
    }
    take_weights(f);
    for (size_t j = 0; j < x->n_attributes; j++) {
        if (x->marginals[j].knots != NULL) {
            take_normals(f, j);
        }
        take_logs(f, j);
    }
}

MkStatus mk_mixture_fit_new(MkMixture *mixture, const MkMixturePrior *prior,
                            const MkDataset *people, uint64_t seed, MkPool *pool,
                            const MkCancel *cancel, MkMixtureFit **out, MkError *err)
{
    MkArena *const arena = mk_arena_new(0);
    MkMixtureFit *const f = arena != NULL ? mk_arena_zeros(arena, 1, sizeof *f) : NULL;
    const size_t n = mixture->n, workers = pool != NULL ? mk_pool_size(pool) : 1;
    if (f == NULL) {
        mk_arena_free(arena);
        return mk_fail(err, MK_ENOMEM, "out of memory for %zu components", n);
    }
    *f = (MkMixtureFit){
        .mixture = mixture, .people = people, .pool = pool, .cancel = cancel, .arena = arena};
    size_t numbers = 0;
    f->place = mk_arena_array(arena, mixture->n_attributes, sizeof *f->place);
    for (size_t j = 0; f->place != NULL && j < mixture->n_attributes; j++) {
        f->place[j] = numbers;
        numbers += mixture->marginals[j].knots != NULL ? 1 : 0;
    }
    f->mean = mk_arena_array(arena, numbers * n, sizeof *f->mean);
    f->sd = mk_arena_array(arena, numbers * n, sizeof *f->sd);
    f->log_p = mk_arena_array(arena, mixture->n_cells * n, sizeof *f->log_p);
    f->count = mk_arena_array(arena, mixture->n_cells * n, sizeof *f->count);
    f->members = mk_arena_array(arena, n, sizeof *f->members);
    f->log_weight = mk_arena_array(arena, n, sizeof *f->log_weight);
    f->prior_of = mk_arena_array(arena, mixture->n_attributes, sizeof *f->prior_of);
    f->priors = mk_arena_array(arena, mixture->n_attributes, sizeof *f->priors);
    f->scratch = mk_arena_array(arena, workers * 2 * n, sizeof *f->scratch);
    f->chunk.count = mk_arena_array(arena, CHUNK, sizeof *f->chunk.count);
    f->chunk.who = mk_arena_array(arena, CHUNK * n, sizeof *f->chunk.who);
    f->chunk.share = mk_arena_array(arena, CHUNK * n, sizeof *f->chunk.share);
    f->chunk.sum = mk_arena_array(arena, CHUNK / BLOCK, sizeof *f->chunk.sum);
    if (f->place == NULL || f->mean == NULL || f->sd == NULL || f->log_p == NULL ||
        f->count == NULL || f->members == NULL || f->log_weight == NULL || f->prior_of == NULL ||
        f->priors == NULL || f->scratch == NULL || f->chunk.count == NULL || f->chunk.who == NULL ||
        f->chunk.share == NULL || f->chunk.sum == NULL) {
        mk_mixture_fit_free(f);
        return mk_fail(err, MK_ENOMEM, "out of memory for %zu components", n);
    }
    for (size_t j = 0; j < mixture->n_attributes; j++) {
        f->priors[j] = *prior;
    }
    for (size_t i = 0; i < people->n_rows; i++) {
        f->total += people->weights[i];
    }
    begin(f, seed);
    *out = f;
    return MK_OK;
}

void mk_mixture_fit_free(MkMixtureFit *f)
{
    if (f != NULL) {
        mk_arena_free(f->arena);
    }
}
