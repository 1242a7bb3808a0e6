/* trainer.c - epochs of the autoencoder, and what is kept of the people for asking. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "model/medvae/medvae.h"

#include <math.h>
#include <string.h>

#include "model/train_priv.h"
#include "src/base/rng.h"

/* A person's squared residual on a column of 0 .. 1 counts at most this in a private training. */
static const double square_most = 0.0625;

enum { BLOCK = 256, TELL_EVERY = 50, STATES_MOST = 20000 };

typedef struct Trainer {
    MkTrainRun *run;
    MkMedvae *out;
    MkMedvaeTable table;
    MkMedvaeTape *tape;
    size_t batch;
    size_t *order; /* (n_order) people of an epoch; room for twice the people */
    size_t n_order, room;
    float *x, *noise;           /* of a batch */
    float *mean, *log_variance; /* (n_rows, MK_MEDVAE_LATENT) at the end */
    MkMedvaePrivate shield;     /* of a private training */
} Trainer;

static MkStatus no_memory(MkError *err)
{
    return mk_fail(err, MK_ENOMEM, "out of memory for the training of an autoencoder");
}

static size_t setting(const MkTrainRun *run, size_t i)
{
    return (size_t)mk_train_setting(run, i);
}

/* ---- epochs ---- */

/* People of an epoch in a random order: each once, or as often as the weight says on average. */
static void draw_order(Trainer *t, size_t epoch)
{
    const MkDataset *const people = &t->run->people;
    MkRng rng = mk_rng(t->run->config->seed, MK_RNG_ORDER, epoch);
    t->n_order = 0;
    for (size_t i = 0; i < people->n_rows; i++) {
        double left = people->weights[i] + mk_rng_uniform(&rng);
        for (; left >= 1.0 && t->n_order < t->room; left -= 1.0) {
            t->order[t->n_order++] = i;
        }
    }
    mk_rng_shuffle(&rng, t->order, t->n_order);
}

static void one_batch(Trainer *t, size_t epoch, size_t first, size_t n)
{
    const size_t d = t->table.n;
    MkRng rng = mk_rng(t->run->config->seed, MK_RNG_DROPOUT, epoch << 32U | first);
    for (size_t i = 0; i < n; i++) {
        memcpy(t->x + i * d, t->table.x + t->order[first + i] * d, d * sizeof *t->x);
    }
    for (size_t i = 0; i < n * MK_MEDVAE_LATENT; i++) {
        t->noise[i] = (float)mk_rng_normal(&rng);
    }
}

static MkDenseAdam adam_of(const Trainer *t, double clip_value)
{
    return (MkDenseAdam){.rate = mk_train_setting(t->run, MK_MEDVAE_RATE),
                         .beta1 = 0.9,
                         .beta2 = 0.999,
                         .eps = 1e-7,
                         .clip_value = clip_value};
}

/* The KL's weight grows with the share of the schedule that is done. */
static MkStatus one_epoch(Trainer *t, size_t epoch, size_t epochs, double *fraction, MkError *err)
{
    const bool has_gradient = setting(t->run, MK_MEDVAE_KL_GRAD) != 0;
    const double scale = mk_train_setting(t->run, MK_MEDVAE_KL_SCALE);
    const MkDenseAdam adam = adam_of(t, 1.0);
    MkMedvaeLoss sum = {0};
    size_t n = 0, steps = 0;
    draw_order(t, epoch);
    for (size_t first = 0; first + 2 <= t->n_order; first += t->batch, steps++) {
        const size_t left = t->n_order - first, m = left < t->batch ? left : t->batch;
        if (steps % TELL_EVERY == 0) {
            const size_t at = epoch * t->n_order + first, all = epochs * t->n_order;
            MK_TRY(mk_train_goes_on(t->run, at, all, fraction, err));
            if (*fraction >= 1.0) {
                break;
            }
        }
        one_batch(t, epoch, first, m);
        mk_parameters_zero_gradient(&t->out->net.p);
        const MkMedvaeLoss loss = mk_medvae_step(&t->out->net, t->tape, t->x, m, t->noise,
                                                 has_gradient ? scale * *fraction : 0.0);
        mk_parameters_step(&t->out->net.p, &adam);
        sum.reconstruction += (double)m * loss.reconstruction;
        sum.kl += (double)m * loss.kl;
        n += m;
    }
    if (n > 0) {
        t->out->report[2] = t->run->progress.loss = sum.reconstruction / (double)n;
        t->out->report[epoch == 0 ? 0 : 1] = sum.kl / (double)n;
        t->out->report[3] = (double)(epoch + 1);
    }
    return isfinite(sum.reconstruction)
               ? MK_OK
               : mk_fail(err, MK_ENUMERIC, "the loss is not a number after %zu epochs", epoch + 1);
}

static MkStatus all_epochs(Trainer *t, MkError *err)
{
    const size_t epochs = setting(t->run, MK_MEDVAE_EPOCHS);
    double fraction = 0.0;
    for (size_t epoch = 0; epoch < epochs && fraction < 1.0; epoch++) {
        MK_TRY(one_epoch(t, epoch, epochs, &fraction, err));
    }
    return mk_train_goes_on(t->run, 1, 1, &fraction, err);
}

/* ---- private steps ---- */

/* Mechanisms of a private training, after the marginals (mk_medvae_make_private). */
enum { RESIDUALS = 1, STEPS = 2 };

static MkStatus open_shield(Trainer *t, MkError *err)
{
    MkArena *const arena = t->run->arena;
    MkPrivacy *const privacy = t->run->privacy;
    t->shield =
        (MkMedvaePrivate){.sum = mk_arena_zeros(arena, t->out->net.p.n, sizeof *t->shield.sum),
                          .who = mk_arena_array(arena, t->table.n_rows, sizeof *t->shield.who),
                          .clip = t->run->config->dp_clip,
                          .rate = privacy->mechanisms[STEPS].rate,
                          .sigma = privacy->mechanisms[STEPS].sigma,
                          .noise = &privacy->noise};
    return t->shield.sum != NULL && t->shield.who != NULL ? MK_OK : no_memory(err);
}

/* As many steps as the accountant was told; the time does not end them. Latent noise is of the
 * system too: that of a known seed, by place in the step, would let a person who takes part change
 * the gradients of those after. */
static MkStatus all_steps(Trainer *t, MkError *err)
{
    const size_t steps = t->run->privacy->mechanisms[STEPS].steps, d = t->table.n;
    const double scale = mk_train_setting(t->run, MK_MEDVAE_KL_SCALE);
    const bool has_gradient = setting(t->run, MK_MEDVAE_KL_GRAD) != 0;
    const MkDenseAdam adam = adam_of(t, 0.0);
    double fraction = 0.0;
    MK_TRY(open_shield(t, err));
    for (size_t step = 0; step < steps; step++) {
        const size_t n = mk_medvae_draw_people(&t->shield, t->table.n_rows);
        MK_TRY(mk_train_goes_on(t->run, step, steps, &fraction, err));
        for (size_t i = 0; i < n; i++) {
            for (size_t k = 0; k < MK_MEDVAE_LATENT; k++) {
                t->noise[k] = (float)mk_noise_normal(t->shield.noise);
            }
            mk_medvae_add_person(&t->out->net, t->tape, t->table.x + t->shield.who[i] * d, t->noise,
                                 has_gradient ? scale * fraction : 0.0, &t->shield);
        }
        mk_medvae_release(&t->out->net, &t->shield, t->table.n_rows);
        mk_parameters_step(&t->out->net.p, &adam);
    }
    for (size_t i = 0; i < t->out->net.p.n; i++) {
        if (!isfinite(t->out->net.p.value[i])) {
            return mk_fail(err, MK_ENUMERIC, "a weight is not a number after %zu steps", steps);
        }
    }
    return mk_train_goes_on(t->run, 1, 1, &fraction, err);
}

/* ---- what is kept ---- */

/* Latent states of everybody, and the mean of their KL. */
static MkStatus encode_all(Trainer *t, MkError *err)
{
    const size_t n = t->table.n_rows;
    const double *const weight = t->run->people.weights;
    double sum = 0.0, all = 0.0;
    t->mean = mk_arena_array(t->run->arena, n * MK_MEDVAE_LATENT, sizeof *t->mean);
    t->log_variance = mk_arena_array(t->run->arena, n * MK_MEDVAE_LATENT, sizeof *t->mean);
    if (t->mean == NULL || t->log_variance == NULL) {
        return no_memory(err);
    }
    mk_medvae_encode(&t->out->net, t->tape, t->table.x, n, t->mean, t->log_variance);
    for (size_t i = 0; i < n; i++) {
        const size_t at = i * MK_MEDVAE_LATENT;
        sum += weight[i] * mk_medvae_kl(t->mean + at, t->log_variance + at);
        all += weight[i];
    }
    t->out->report[1] = sum / all;
    return isfinite(sum) ? MK_OK : mk_fail(err, MK_ENUMERIC, "a latent state is not a number");
}

/* A latent state of each of rows[0..n); in a private training of noise that nobody knows. */
static void draw_states(const Trainer *t, const size_t *rows, size_t n, size_t stream, float *z)
{
    MkNoise *const hidden = t->run->privacy != NULL ? &t->run->privacy->noise : NULL;
    for (size_t i = 0; i < n; i++) {
        MkRng rng = mk_rng(t->run->config->seed, MK_RNG_SAMPLE, stream << 40U | i);
        for (size_t k = 0; k < MK_MEDVAE_LATENT; k++) {
            const size_t at = rows[i] * MK_MEDVAE_LATENT + k;
            const double sd = exp(0.5 * (double)t->log_variance[at]);
            const double e = hidden != NULL ? mk_noise_normal(hidden) : mk_rng_normal(&rng);
            z[i * MK_MEDVAE_LATENT + k] = (float)((double)t->mean[at] + sd * e);
        }
    }
}

/* Adds weighted squares of what is left of a block's numbers, of those that people have. */
static void add_residuals(const Trainer *t, size_t first, size_t n, const float *hidden, float *say,
                          double *squares, double *counts)
{
    const double most = t->run->privacy != NULL ? square_most : INFINITY;
    const MkMedvaeLayout *const l = &t->out->net.layout;
    for (size_t j = 0; j < l->n; j++) {
        if (l->columns[j].head != MK_MEDVAE_NUMBER && l->columns[j].head != MK_MEDVAE_ORDINAL) {
            continue;
        }
        mk_medvae_say(&t->out->net, hidden, n, j, say);
        for (size_t i = 0; i < n; i++) {
            const size_t at = (first + i) * l->n + j;
            const double w = t->table.observed[at] ? t->run->people.weights[first + i] : 0.0;
            const double r = (double)t->table.x[at] - (double)say[i];
            squares[j] += w * fmin(r * r, most);
            counts[j] += w;
        }
    }
}

/* A person adds at most square_most to each of the scaled columns: one release. Counts are those of
 * the marginals. */
static void noise_residuals(const Trainer *t, double *squares, double *counts)
{
    MkPrivacy *const privacy = t->run->privacy;
    const double norm = square_most * sqrt((double)t->out->net.layout.n_scaled);
    const double sd = privacy->mechanisms[RESIDUALS].sigma * norm;
    mk_private_add_noise(&privacy->noise, sd, squares, t->table.n);
    for (size_t j = 0; j < t->table.n; j++) {
        counts[j] = (double)t->run->marginals[j].n_observed;
        squares[j] = fmin(fmax(squares[j], 1e-4 * counts[j]), square_most * counts[j]);
    }
}

/* How far numbers lie from what the decoder says of a state of their person. */
static MkStatus measure_residuals(Trainer *t, MkError *err)
{
    MkArena *const arena = t->run->arena;
    const size_t d = t->table.n;
    size_t rows[BLOCK];
    float *const z = mk_arena_array(arena, BLOCK * MK_MEDVAE_LATENT, sizeof *z);
    float *const narrow = mk_arena_array(arena, BLOCK * MK_MEDVAE_NARROW, sizeof *narrow);
    float *const hidden = mk_arena_array(arena, BLOCK * MK_MEDVAE_WIDE, sizeof *hidden);
    float *const say = mk_arena_array(arena, BLOCK, sizeof *say);
    double *const squares = mk_arena_zeros(arena, d, sizeof *squares);
    double *const counts = mk_arena_zeros(arena, d, sizeof *counts);
    t->out->sd = mk_arena_zeros(arena, d, sizeof *t->out->sd);
    if (z == NULL || narrow == NULL || hidden == NULL || say == NULL || squares == NULL ||
        counts == NULL || t->out->sd == NULL) {
        return no_memory(err);
    }
    for (size_t first = 0; first < t->table.n_rows; first += BLOCK) {
        const size_t left = t->table.n_rows - first, n = left < BLOCK ? left : BLOCK;
        for (size_t i = 0; i < n; i++) {
            rows[i] = first + i;
        }
        draw_states(t, rows, n, 1 + first / BLOCK, z);
        mk_medvae_decode(&t->out->net, z, n, narrow, hidden);
        add_residuals(t, first, n, hidden, say, squares, counts);
    }
    if (t->run->privacy != NULL) {
        noise_residuals(t, squares, counts);
    }
    for (size_t j = 0; j < d; j++) {
        t->out->sd[j] = counts[j] > 0.0 ? (float)sqrt(squares[j] / counts[j]) : 0.0F;
    }
    return MK_OK;
}

/* n people by their weights, at even steps through all: with equal weights nobody twice. */
static size_t *choose_people(const Trainer *t, size_t n)
{
    const double *const weight = t->run->people.weights;
    size_t *const rows = mk_arena_array(t->run->arena, n, sizeof *rows);
    MkRng rng = mk_rng(t->run->config->seed, MK_RNG_SAMPLE, 0);
    double all = 0.0, below = 0.0;
    for (size_t i = 0; i < t->table.n_rows; i++) {
        all += weight[i];
    }
    const double step = all / (double)n, start = mk_rng_uniform(&rng);
    for (size_t i = 0, k = 0; rows != NULL && k < n; k++) {
        const double at = step * ((double)k + start);
        while (i + 1 < t->table.n_rows && below + weight[i] <= at) {
            below += weight[i++];
        }
        rows[k] = i;
    }
    return rows;
}

/* Levels of a person as they were filled. */
static void keep_met(const Trainer *t, size_t row, uint8_t *met)
{
    const MkMedvaeLayout *const l = &t->out->net.layout;
    for (size_t j = 0; j < l->n; j++) {
        const MkMedvaeColumn *const c = &l->columns[j];
        const double x = (double)t->table.x[row * l->n + j];
        if (c->head != MK_MEDVAE_NUMBER) {
            met[c->met_column] =
                (uint8_t)lround(c->head == MK_MEDVAE_ORDINAL ? x * ((double)c->n_levels - 1.0) : x);
        }
    }
}

static MkStatus keep_library(Trainer *t, MkError *err)
{
    enum { BYTES = MK_MEDVAE_LATENT * sizeof(float) };
    MkMedvae *const out = t->out;
    MkArena *const arena = t->run->arena;
    const size_t most = setting(t->run, MK_MEDVAE_LIBRARY), n_met = out->net.layout.n_met;
    out->n_library = t->table.n_rows < most ? t->table.n_rows : most;
    const size_t *const rows = choose_people(t, out->n_library);
    out->library = mk_arena_array(arena, out->n_library * 2 * MK_MEDVAE_LATENT, sizeof(float));
    const bool keeps_met = out->decode == MK_MEDVAE_ARGMAX && n_met > 0;
    out->met = keeps_met ? mk_arena_array(arena, out->n_library * n_met, 1) : NULL;
    if (rows == NULL || out->library == NULL || (keeps_met && out->met == NULL)) {
        return no_memory(err);
    }
    for (size_t i = 0; i < out->n_library; i++) {
        float *const entry = out->library + i * 2 * MK_MEDVAE_LATENT;
        memcpy(entry, t->mean + rows[i] * MK_MEDVAE_LATENT, BYTES);
        memcpy(entry + MK_MEDVAE_LATENT, t->log_variance + rows[i] * MK_MEDVAE_LATENT, BYTES);
        if (keeps_met) {
            keep_met(t, rows[i], out->met + i * n_met);
        }
    }
    return MK_OK;
}

static MkStatus keep_mixture(Trainer *t, MkError *err)
{
    MkMedvae *const out = t->out;
    MkArena *const arena = t->run->arena;
    const size_t most = setting(t->run, MK_MEDVAE_COMPONENTS);
    const size_t n = t->table.n_rows < STATES_MOST ? t->table.n_rows : STATES_MOST;
    MkRng rng = mk_rng(t->run->config->seed, MK_RNG_INIT, 1);
    const size_t *const rows = choose_people(t, n);
    float *const z = mk_arena_array(arena, n * MK_MEDVAE_LATENT, sizeof *z);
    out->mixture = mk_arena_array(arena, most * MK_MEDVAE_NORMAL, sizeof *out->mixture);
    if (rows == NULL || z == NULL || out->mixture == NULL) {
        return no_memory(err);
    }
    draw_states(t, rows, n, 0, z);
    out->n_components = mk_medvae_mixture_fit(z, n, most, &rng, arena, out->mixture);
    return out->n_components > 0 ? MK_OK : no_memory(err);
}

/* ---- the whole ---- */

static MkStatus fill_goes_on(void *ctx, bool *stop, MkError *err)
{
    double fraction = 0.0;
    MK_TRY(mk_train_goes_on(ctx, 0, 1, &fraction, err));
    *stop = fraction >= 1.0;
    return MK_OK;
}

static MkStatus open_trainer(Trainer *t, MkError *err)
{
    MkTrainRun *const run = t->run;
    const MkSchema *const schema = run->cohort->schema;
    MkArena *const arena = run->arena;
    MkRng rng = mk_rng(run->config->seed, MK_RNG_INIT, 0);
    t->batch = setting(run, MK_MEDVAE_BATCH);
    t->room = 2 * run->people.n_rows + 1;
    t->out->latent = (int)setting(run, MK_MEDVAE_STATES);
    t->out->decode = (int)setting(run, MK_MEDVAE_DECODE);
    MK_TRY(mk_medvae_fill(&run->people, schema, run->marginals, run->privacy != NULL,
                          setting(run, MK_MEDVAE_FILL) == MK_MEDVAE_CHAINED, fill_goes_on, run,
                          arena, &t->table, err));
    t->out->scale = t->table.scale;
    MK_TRY(mk_medvae_net_init(&t->out->net, schema,
                              setting(run, MK_MEDVAE_OUTPUT) == MK_MEDVAE_LINEAR, arena, err));
    t->out->net.is_fixed = setting(run, MK_MEDVAE_NORM) == MK_MEDVAE_FIXED_NORM;
    mk_medvae_net_start(&t->out->net, &rng);
    t->tape = mk_medvae_tape_new(&t->out->net, t->batch, arena);
    t->order = mk_arena_array(arena, t->room, sizeof *t->order);
    t->x = mk_arena_array(arena, t->batch * schema->n, sizeof *t->x);
    t->noise = mk_arena_array(arena, t->batch * MK_MEDVAE_LATENT, sizeof *t->noise);
    return t->tape != NULL && t->order != NULL && t->x != NULL && t->noise != NULL ? MK_OK
                                                                                   : no_memory(err);
}

MkStatus mk_medvae_train(MkTrainRun *run, MkError *err)
{
    Trainer t = {.run = run, .out = mk_arena_zeros(run->arena, 1, sizeof *t.out)};
    if (t.out == NULL) {
        return no_memory(err);
    }
    MK_TRY(open_trainer(&t, err));
    MK_TRY(run->privacy != NULL ? all_steps(&t, err) : all_epochs(&t, err));
    MK_TRY(encode_all(&t, err));
    MK_TRY(measure_residuals(&t, err));
    if (run->privacy != NULL) { /* means over people are not for the file */
        memset(t.out->report, 0, sizeof t.out->report);
        t.out->report[3] = (double)setting(run, MK_MEDVAE_EPOCHS);
        MK_TRY(mk_noise_status(&run->privacy->noise, err));
    }
    if (t.out->latent == MK_MEDVAE_OF_LIBRARY) {
        MK_TRY(keep_library(&t, err));
    } else if (t.out->latent == MK_MEDVAE_OF_MIXTURE) {
        MK_TRY(keep_mixture(&t, err));
    }
    run->learned = t.out;
    return MK_OK;
}
