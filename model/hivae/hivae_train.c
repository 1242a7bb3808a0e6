#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <math.h>
#include <string.h>

#include "model/hivae/hivae.h"
#include "model/train_priv.h"
#include "src/base/rng.h"

enum { JUDGED = 600, JUDGED_AT_ONCE = 64, JUDGE_TIMES = 40 };

static const double sharp = 1e-3; /* temperature at which a relaxed s is one of S */
static const double soft = 0.1;   /* repaired: below it the gradients are mostly noise */

typedef struct Learner {
    MkTrainRun *run;
    MkHivae *net;
    MkHivaeWork *work;
    MkHivaeBatch batch;
    size_t room;
    double mask;
    float *center, *scale; /* (n) of the batch */
    double *sums;          /* (n, 3) number, sum and squares */
    float *best;           /* parameters with the least loss on the judges */
    double least;
} Learner;

/* A setting, or, when it is negative, what its mode has. */
static double told(const MkTrainRun *run, size_t setting, double repaired, double faithful)
{
    const double x = mk_train_setting(run, setting);
    return x >= 0.0 ? x : mk_train_setting(run, MK_HIVAE_MODE) > 0.5 ? faithful : repaired;
}

/* ---- a batch ---- */

typedef struct Row {
    const MkGroup *group;
    size_t row;
} Row;

static Row find_row(const MkDataset *data, size_t person)
{
    Row r = {NULL, person};
    r.group = &data->groups[mk_dataset_group(data, &r.row)];
    return r;
}

static void add_moments(const Learner *l, const Row *r)
{
    const MkGroup *const g = r->group;
    for (size_t c = 0; c < g->n; c++) {
        const size_t j = g->attributes[c];
        const float v = g->values[r->row * g->n + c];
        if (!isnan(v) && mk_hivae_is_normalised(&l->net->heads[j])) {
            const double x = mk_hivae_raw(&l->net->marginals[j], (double)v);
            double *const sum = l->sums + 3 * j;
            sum[0] += 1.0;
            sum[1] += x;
            sum[2] += x * x;
        }
    }
}

/* Moments of the observed values of these people; faithful mode alone has any that are normalised
 * so. Where the people have too few values, those of all training people. */
static void set_moments(const Learner *l, const MkDataset *data, const size_t *rows, size_t n,
                        float *center, float *scale)
{
    const MkHivae *const net = l->net;
    const size_t all = net->config.n;
    memcpy(center, net->center, all * sizeof *center);
    memcpy(scale, net->scale, all * sizeof *scale);
    if (!net->config.faithful) {
        return;
    }
    memset(l->sums, 0, 3 * all * sizeof *l->sums);
    for (size_t i = 0; i < n; i++) {
        const Row r = find_row(data, rows[i]);
        add_moments(l, &r);
    }
    for (size_t j = 0; j < all; j++) {
        const double *const sum = l->sums + 3 * j;
        const double mean = sum[1] / fmax(sum[0], 1.0);
        const double variance = sum[2] / fmax(sum[0], 1.0) - mean * mean;
        if (sum[0] >= 2.0 && variance > 1e-6 * fmax(mean * mean, 1e-6)) {
            center[j] = (float)mean;
            scale[j] = (float)sqrt(variance);
        }
    }
}

/* Share of a person's values that is hidden: the setting itself, or, repaired, of this mean and
 * spread over all of 0 .. 1. */
static double hidden_share(const Learner *l, MkRng *rng)
{
    if (l->net->config.faithful || !(l->mask > 0.0)) {
        return l->mask;
    }
    return pow(mk_rng_uniform(rng), (1.0 - l->mask) / l->mask);
}

static void fill_row(const Learner *l, const Row *r, MkRng *rng, float *x, float *target)
{
    const MkHivae *const net = l->net;
    const MkGroup *const g = r->group;
    const double share = hidden_share(l, rng);
    for (size_t c = 0; c < g->n; c++) {
        const size_t j = g->attributes[c], at = r->row * g->n + c;
        if (g->cells[at] == MK_CELL_MISSING) {
            continue;
        }
        const bool hides = mk_rng_uniform(rng) < share;
        const double value = (double)g->values[at];
        if (!hides) {
            mk_hivae_see(net, j, value, (double)g->scores[at], (double)l->center[j],
                         (double)l->scale[j], x);
        }
        if (!hides || net->config.faithful) {
            target[j] = (float)mk_hivae_target(net, j, value, g->cells[at], (double)l->center[j],
                                               (double)l->scale[j]);
        }
    }
}

/* People rows[0..n) with masks and noise of streams first .. first + n. */
static void fill_batch(Learner *l, const MkDataset *data, const size_t *rows, size_t n,
                       uint64_t seed, uint64_t first)
{
    const MkHivae *const net = l->net;
    MkHivaeBatch *const b = &l->batch;
    b->n = n;
    set_moments(l, data, rows, n, l->center, l->scale);
    memset(b->x, 0, n * net->n_input * sizeof *b->x);
    for (size_t i = 0; i < n * net->config.n; i++) {
        b->target[i] = NAN;
    }
    for (size_t i = 0; i < n; i++) {
        const Row r = find_row(data, rows[i]);
        MkRng mask = mk_rng(seed, MK_RNG_MASK, first + i);
        MkRng noise = mk_rng(seed, MK_RNG_SAMPLE, first + i);
        b->weight[i] = data->weights[rows[i]];
        fill_row(l, &r, &mask, b->x + i * net->n_input, b->target + i * net->config.n);
        for (size_t k = 0; k < net->config.s; k++) {
            const double u = fmax(mk_rng_uniform(&noise), 1e-12);
            b->gumbel[i * net->config.s + k] = (float)-log(-log(u));
        }
        for (size_t k = 0; k < net->config.z; k++) {
            b->noise[i * net->config.z + k] = (float)mk_rng_normal(&noise);
        }
    }
}

/* ---- schedule ---- */

/* Temperature of the relaxed s: max(1 - 0.01 epoch, 0.001), as published. */
static void set_schedule(Learner *l, double fraction)
{
    const MkTrainRun *const run = l->run;
    const double epoch = fraction * mk_train_setting(run, MK_HIVAE_EPOCHS);
    const double rise = told(run, MK_HIVAE_BETA, 0.2, 0.5);
    l->batch.temperature = fmax(1.0 - 0.01 * epoch, l->net->config.faithful ? sharp : soft);
    l->batch.beta = rise > 0.0 ? fmin(fraction / rise, 1.0) : 1.0;
}

/* The published rate is constant; repaired mode lets it fall along a cosine. */
static double rate_at(const Learner *l, double fraction)
{
    const double pi = 3.14159265358979323846;
    const double rate = mk_train_setting(l->run, MK_HIVAE_RATE);
    if (l->net->config.faithful) {
        return rate > 0.0 ? rate : 1e-3;
    }
    return (rate > 0.0 ? rate : 3e-3) * (0.01 + 0.495 * (1.0 + cos(pi * fraction)));
}

/* Mean loss of the judges with noise that is always the same and the whole KL. */
static double judge(Learner *l)
{
    const MkDataset *const data = &l->run->judges;
    const double beta = l->batch.beta, temperature = l->batch.temperature;
    const size_t n = data->n_rows < JUDGED ? data->n_rows : JUDGED;
    double sum = 0.0, total = 0.0;
    const size_t most = l->room < JUDGED_AT_ONCE ? l->room : JUDGED_AT_ONCE;
    l->batch.beta = 1.0;
    l->batch.temperature = sharp;
    for (size_t at = 0; at < n; at += most) {
        size_t rows[JUDGED_AT_ONCE];
        const size_t here = n - at < most ? n - at : most;
        for (size_t i = 0; i < here; i++) {
            rows[i] = (at + i) * data->n_rows / n;
        }
        fill_batch(l, data, rows, here, 1, at);
        sum += mk_hivae_loss(l->net, &l->batch, l->work, false) * (double)here;
        total += (double)here;
    }
    l->batch.beta = beta;
    l->batch.temperature = temperature;
    return total > 0.0 ? sum / total : NAN;
}

/* Repaired: the parameters that are best for the judges are kept. */
static void watch(Learner *l)
{
    const double loss = judge(l);
    l->run->progress.valid_loss = loss;
    if (!l->net->config.faithful && loss < l->least) {
        l->least = loss;
        memcpy(l->best, l->net->parameters.value, l->net->parameters.n * sizeof *l->best);
    }
}

static MkStatus learn(Learner *l, size_t *order, MkError *err)
{
    MkTrainRun *const run = l->run;
    MkParameters *const p = &l->net->parameters;
    const size_t n = run->people.n_rows, per_epoch = (n + l->room - 1) / l->room;
    const size_t epochs = (size_t)mk_train_setting(run, MK_HIVAE_EPOCHS);
    const size_t steps = epochs * per_epoch, every = steps / JUDGE_TIMES + 1;
    double fraction = 0.0;
    for (size_t step = 0; step < steps && fraction < 1.0; step++) {
        if (step % per_epoch == 0) {
            MkRng rng = mk_rng(run->config->seed, MK_RNG_ORDER, step / per_epoch);
            mk_rng_shuffle(&rng, order, n);
        }
        if (step % 20 == 0) {
            MK_TRY(mk_train_goes_on(run, step, steps, &fraction, err));
        }
        const size_t at = step % per_epoch * l->room;
        const size_t here = n - at < l->room ? n - at : l->room;
        set_schedule(l, fraction);
        fill_batch(l, &run->people, order + at, here, run->config->seed, (uint64_t)step * l->room);
        mk_parameters_zero_gradient(p);
        const double loss = mk_hivae_loss(l->net, &l->batch, l->work, true);
        if (!isfinite(loss)) {
            return mk_fail(err, MK_ENUMERIC, "the loss is no number at step %zu", step);
        }
        run->progress.loss = step == 0 ? loss : 0.98 * run->progress.loss + 0.02 * loss;
        mk_parameters_step(p, &(MkDenseAdam){.rate = rate_at(l, fraction),
                                             .beta1 = 0.9,
                                             .beta2 = 0.999,
                                             .eps = 1e-8,
                                             .clip_value = l->net->config.faithful ? 0.0 : 1.0});
        if ((step + 1) % every == 0) {
            watch(l);
        }
    }
    watch(l);
    return mk_train_goes_on(run, steps, steps, &fraction, err);
}

/* ---- the whole ---- */

static MkStatus no_memory(MkError *err)
{
    return mk_fail(err, MK_ENOMEM, "out of memory for training");
}

static MkHivaeConfig config_of(const MkTrainRun *run)
{
    const bool faithful = mk_train_setting(run, MK_HIVAE_MODE) > 0.5;
    const size_t z = (size_t)mk_train_setting(run, MK_HIVAE_Z);
    const size_t s = (size_t)mk_train_setting(run, MK_HIVAE_S);
    return (MkHivaeConfig){.faithful = faithful,
                           .n = run->cohort->schema->n,
                           .z = z > 0      ? z
                                : faithful ? 2
                                           : 24,
                           .y = (size_t)mk_train_setting(run, MK_HIVAE_Y),
                           .s = s > 0      ? s
                                : faithful ? 10
                                           : 1,
                           .hidden = faithful ? 0 : (size_t)mk_train_setting(run, MK_HIVAE_HIDDEN)};
}

static MkStatus prepare(Learner *l, size_t **order, MkError *err)
{
    MkTrainRun *const run = l->run;
    const MkHivaeConfig config = config_of(run);
    MK_TRY(mk_hivae_new(&config, run->marginals, run->arena, &l->net, err));
    const size_t n = run->people.n_rows;
    l->room = (size_t)mk_train_setting(run, MK_HIVAE_BATCH);
    l->mask = told(run, MK_HIVAE_MASK, 0.3, 0.8);
    l->least = INFINITY;
    l->work = mk_hivae_work(l->net, l->room, run->arena);
    l->batch = mk_hivae_batch(l->net, l->room, run->arena);
    l->center = mk_arena_array(run->arena, config.n, sizeof *l->center);
    l->scale = mk_arena_array(run->arena, config.n, sizeof *l->scale);
    l->sums = mk_arena_array(run->arena, 3 * config.n, sizeof *l->sums);
    l->best = mk_arena_array(run->arena, l->net->parameters.n, sizeof *l->best);
    *order = mk_arena_array(run->arena, n + 1, sizeof **order);
    if (l->work == NULL || l->batch.x == NULL || l->center == NULL || l->scale == NULL ||
        l->sums == NULL || l->best == NULL || *order == NULL) {
        return no_memory(err);
    }
    for (size_t i = 0; i < n; i++) {
        (*order)[i] = i;
    }
    set_moments(l, &run->people, *order, n, l->net->center, l->net->scale);
    return MK_OK;
}

MkStatus mk_hivae_train(MkTrainRun *run, MkError *err)
{
    Learner l = {.run = run};
    size_t *order = NULL;
    MK_TRY(prepare(&l, &order, err));
    mk_hivae_init(l.net, run->config->seed);
    MK_TRY(learn(&l, order, err));
    MkParameters *const p = &l.net->parameters;
    if (isfinite(l.least)) {
        memcpy(p->value, l.best, p->n * sizeof *p->value);
    }
    for (size_t i = 0; i < p->n; i++) {
        if (!isfinite(p->value[i])) {
            return mk_fail(err, MK_ENUMERIC, "training did not converge: a weight is no number");
        }
    }
    run->learned = l.net;
    return MK_OK;
}
