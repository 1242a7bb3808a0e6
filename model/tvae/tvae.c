/* tvae.c - kind tvae: the variational autoencoder for tables of Xu, Skoularidou, Cuesta-Infante and
 * Veeramachaneni (2019), section 4.4. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <math.h>
#include <string.h>

#include "model/latent/latent.h"
#include "model/train_priv.h"
#include "model/tvae/tvae_net.h"

enum {
    TVAE_EPOCHS,
    TVAE_BATCH,
    TVAE_HIDDEN,
    TVAE_LATENT,
    TVAE_FACTOR,
    TVAE_RATE,
    TVAE_DECAY,
    TVAE_MISSING,
    TVAE_DECODE
};
enum { MISSING_MODE, MISSING_MEAN };
enum { DECODE_DRAW, DECODE_LIKELIEST };

static const char *const missing_words[] = {"mode", "mean", NULL};
static const char *const decode_words[] = {"draw", "likeliest", NULL};

static const MkKindSetting settings[] = {
    [TVAE_EPOCHS] = {"tvae_epochs", 300.0, 1.0, 1e6, true, NULL},
    [TVAE_BATCH] = {"tvae_batch", 500.0, 2.0, 1e5, true, NULL},
    [TVAE_HIDDEN] = {"tvae_hidden", 128.0, 1.0, 4096.0, true, NULL},
    [TVAE_LATENT] = {"tvae_latent", 128.0, 1.0, 4096.0, true, NULL},
    [TVAE_FACTOR] = {"tvae_factor", 2.0, 1e-3, 1e3, false, NULL},
    [TVAE_RATE] = {"tvae_rate", 1e-3, 1e-7, 1.0, false, NULL},
    [TVAE_DECAY] = {"tvae_decay", 1e-5, 0.0, 1.0, false, NULL},
    [TVAE_MISSING] = {"tvae_missing", MISSING_MODE, 0.0, 1.0, true, missing_words},
    [TVAE_DECODE] = {"tvae_decode", DECODE_DRAW, 0.0, 1.0, true, decode_words},
};

static MkStatus no_memory(MkError *err)
{
    return mk_fail(err, MK_ENOMEM, "out of memory for tvae");
}

/* ---- what is learned, and what a model keeps of it ---- */

typedef struct Tvae {
    MkRecords records;
    MkTvaeNet net;
    const float *value; /* (net.n) */
    bool sharp;
} Tvae;

typedef struct Training {
    Tvae *tvae;
    MkParameters p;
    MkCoded people;
    MkTvaeTape tape;
    float *x, *noise;
    size_t *rows, batch;
} Training;

static MkStatus begin(MkTrainRun *run, MkArena *scratch, Training *t, MkError *err)
{
    Tvae *const tvae = mk_arena_zeros(run->arena, 1, sizeof *tvae);
    const size_t n = run->people.n_rows;
    const double batch = mk_train_setting(run, TVAE_BATCH);
    if (tvae == NULL) {
        return no_memory(err);
    }
    MK_TRY(mk_records_fit(&run->people, run->cohort->schema,
                          mk_train_setting(run, TVAE_MISSING) > 0.5, run->arena, &tvae->records,
                          err));
    MK_TRY(
        mk_records_code(&tvae->records, &run->people, run->config->seed, scratch, &t->people, err));
    tvae->net = mk_tvae_net(&tvae->records, (size_t)mk_train_setting(run, TVAE_HIDDEN),
                            (size_t)mk_train_setting(run, TVAE_LATENT));
    tvae->sharp = mk_train_setting(run, TVAE_DECODE) > 0.5;
    t->tvae = tvae;
    t->batch = batch < (double)n ? (size_t)batch : n;
    t->x = mk_arena_array(scratch, t->batch * tvae->records.width, sizeof *t->x);
    t->noise = mk_arena_array(scratch, t->batch * tvae->net.latent, sizeof *t->noise);
    t->rows = mk_arena_array(scratch, n, sizeof *t->rows);
    if (t->x == NULL || t->noise == NULL || t->rows == NULL ||
        !mk_tvae_tape(&tvae->net, t->batch, scratch, &t->tape) ||
        !mk_parameters_init(&t->p, tvae->net.n, run->arena)) {
        return no_memory(err);
    }
    mk_tvae_init(&tvae->net, run->config->seed, &t->p);
    tvae->value = t->p.value;
    return MK_OK;
}

/* One step with the people rows[0..n) of the epoch. */
static double step(const MkTrainRun *run, Training *t, const size_t *rows, size_t n, size_t number)
{
    const MkTvaeNet *const net = &t->tvae->net;
    const float decay = (float)mk_train_setting(run, TVAE_DECAY);
    const MkDenseAdam adam = {mk_train_setting(run, TVAE_RATE), 0.9, 0.999, 1e-8, 0.0, 0.0};
    MkRng rng = mk_rng(run->config->seed, MK_RNG_DROPOUT, number);
    for (size_t i = 0; i < n * net->latent; i++) {
        t->noise[i] = (float)mk_rng_normal(&rng);
    }
    mk_records_write(&t->tvae->records, &t->people, rows, n, t->x);
    mk_parameters_zero_gradient(&t->p);
    const double loss = mk_tvae_loss(net, t->p.value, t->x, t->noise, n,
                                     mk_train_setting(run, TVAE_FACTOR), &t->tape, t->p.gradient);
    for (size_t i = 0; i < t->p.n; i++) { /* decay is part of the gradient, as in the reference */
        t->p.gradient[i] += decay * t->p.value[i];
    }
    mk_parameters_step(&t->p, &adam);
    mk_tvae_hold(net, t->p.value);
    return loss;
}

static MkStatus learn(MkTrainRun *run, Training *t, MkError *err)
{
    const size_t n = run->people.n_rows;
    const size_t batches = (n + t->batch - 1) / t->batch;
    const size_t epochs = (size_t)mk_train_setting(run, TVAE_EPOCHS);
    double fraction = 0.0;
    for (size_t e = 0; e < epochs && fraction < 1.0; e++) {
        mk_records_epoch(&t->people, run->config->seed, e, t->rows);
        for (size_t b = 0; b < batches && fraction < 1.0; b++) {
            const size_t first = b * t->batch;
            const size_t count = n - first < t->batch ? n - first : t->batch;
            const double loss = step(run, t, t->rows + first, count, e * batches + b);
            if (!isfinite(loss)) {
                return mk_fail(err, MK_ENUMERIC, "the loss of tvae is not finite in epoch %zu", e);
            }
            run->progress.loss = loss;
            MK_TRY(mk_train_goes_on(run, e * batches + b + 1, epochs * batches, &fraction, err));
        }
    }
    return MK_OK;
}

static MkStatus tvae_train(MkTrainRun *run, MkError *err)
{
    MkArena *const scratch = mk_arena_new(0);
    Training t = {0};
    MkStatus st = scratch != NULL ? begin(run, scratch, &t, err) : no_memory(err);
    if (st == MK_OK) {
        st = learn(run, &t, err);
    }
    mk_arena_free(scratch);
    run->learned = st == MK_OK ? t.tvae : NULL;
    return st;
}

/* ---- files ---- */

static MkStatus tvae_save(const void *learned, MkArena *arena, MkWeightsOut *out, MkError *err)
{
    const Tvae *const t = learned;
    int32_t *const sizes = mk_arena_array(arena, 3, sizeof *sizes);
    if (sizes == NULL) {
        return no_memory(err);
    }
    sizes[0] = (int32_t)t->net.hidden;
    sizes[1] = (int32_t)t->net.latent;
    sizes[2] = (int32_t)t->sharp;
    mk_weights_out_tensor(out, "kind.sizes", MK_I32, 1, (const size_t[]){3}, sizes);
    mk_weights_out_tensor(out, "kind.network", MK_F32, 1, (const size_t[]){t->net.n}, t->value);
    return mk_records_save(&t->records, arena, out, err);
}

static MkStatus tvae_open(MkModel *model, MkError *err)
{
    Tvae *const t = mk_arena_zeros(model->arena, 1, sizeof *t);
    const MkTensor *sizes = NULL, *network = NULL;
    if (t == NULL) {
        return no_memory(err);
    }
    MK_TRY(mk_records_open(model->weights, model->schema, model->arena, &t->records, err));
    MK_TRY(
        mk_weights_need(model->weights, "kind.sizes", MK_I32, 1, (const size_t[]){3}, &sizes, err));
    const int32_t *const size = sizes->data;
    if (size[0] < 1 || size[0] > 4096 || size[1] < 1 || size[1] > 4096) {
        return mk_fail(err, MK_EFORMAT, "kind.sizes: %d and %d are no sizes of layers", size[0],
                       size[1]);
    }
    t->net = mk_tvae_net(&t->records, (size_t)size[0], (size_t)size[1]);
    t->sharp = size[2] != 0;
    MK_TRY(mk_weights_need(model->weights, "kind.network", MK_F32, 1, (const size_t[]){t->net.n},
                           &network, err));
    t->value = network->data;
    for (size_t i = 0; i < t->net.n; i++) {
        if (!isfinite(t->value[i]) || (i >= t->net.sigma && !(t->value[i] > 0.0F))) {
            return mk_fail(err, MK_EFORMAT, "kind.network: number %zu is %g", i,
                           (double)t->value[i]);
        }
    }
    model->state = t;
    return MK_OK;
}

/* ---- answers ---- */

/* log density of a state, up to a constant that both share: normal with mean and log variance; the
 * prior has none of them. */
static double log_normal(const float *z, const float *mean, const float *log_variance, size_t n)
{
    double sum = 0.0;
    for (size_t k = 0; k < n; k++) {
        const double apart = (double)z[k] - (mean != NULL ? (double)mean[k] : 0.0);
        const double lv = log_variance != NULL ? (double)log_variance[k] : 0.0;
        sum -= 0.5 * (apart * apart * exp(-lv) + lv);
    }
    return sum;
}

/* Draws n states z by halves from what the encoder makes of the known values (the rest missing)
 * and from the prior, and weighs them by prior over this mixture (Hesterberg 1995). */
static MkStatus propose(const Tvae *t, const MkPoint *known, size_t n_known, size_t n, MkRng *rng,
                        MkArena *arena, float *z, double *log_weight, MkError *err)
{
    const size_t latent = t->net.latent;
    float *const x = mk_arena_array(arena, t->records.width, sizeof *x);
    MkTvaeTape tape;
    if (x == NULL || !mk_tvae_tape(&t->net, 1, arena, &tape)) {
        return no_memory(err);
    }
    mk_records_known(&t->records, known, n_known, x);
    mk_tvae_encode(&t->net, t->value, x, 1, &tape);
    for (size_t s = 0; s < n; s++) {
        float *const state = z + s * latent;
        const bool told = s % 2 == 0;
        for (size_t k = 0; k < latent; k++) {
            const float noise = (float)mk_rng_normal(rng);
            state[k] = told ? tape.mean[k] + expf(0.5F * tape.log_variance[k]) * noise : noise;
        }
        const double prior = log_normal(state, NULL, NULL, latent);
        const double other = log_normal(state, tape.mean, tape.log_variance, latent);
        const double most = fmax(prior, other);
        log_weight[s] = prior - (most + log(0.5 * exp(prior - most) + 0.5 * exp(other - most)));
    }
    return MK_OK;
}

static MkStatus tvae_states(const MkModel *model, const MkPoint *known, size_t n_known, size_t n,
                            MkRng *rng, MkArena *arena, MkStates *out, MkError *err)
{
    const Tvae *const t = model->state;
    float *const z = mk_arena_array(arena, n * t->net.latent, sizeof *z);
    float *const a = mk_arena_array(arena, n * t->net.hidden, sizeof *a);
    float *const b = mk_arena_array(arena, n * t->net.hidden, sizeof *b);
    float *const said = mk_arena_array(arena, n * t->records.width, sizeof *said);
    double *const log_weight = mk_arena_zeros(arena, n, sizeof *log_weight);
    if (z == NULL || a == NULL || b == NULL || said == NULL || log_weight == NULL) {
        return no_memory(err);
    }
    if (n_known > 0) {
        MK_TRY(propose(t, known, n_known, n, rng, arena, z, log_weight, err));
    } else {
        for (size_t i = 0; i < n * t->net.latent; i++) {
            z[i] = (float)mk_rng_normal(rng);
        }
    }
    mk_tvae_decode(&t->net, t->value, z, n, a, b, said);
    *out = (MkStates){.n = n, .log_weight = log_weight, .own = said};
    return MK_OK;
}

/* A state alone says what it says; of many the cells of numbers, which mix. */
static MkStatus tvae_heads(const MkModel *model, const MkStates *states, size_t first, size_t n,
                           size_t j, MkArena *arena, MkDistribution *out, MkError *err)
{
    const Tvae *const t = model->state;
    for (size_t s = 0; s < n; s++) {
        const MkSaid said = {.raw = (const float *)states->own + (first + s) * t->records.width,
                             .sigma = t->value + t->net.sigma,
                             .sharp = t->sharp};
        MK_TRY(n == 1 ? mk_records_head(&t->records, &model->marginals[j], j, &said, arena, &out[s],
                                        err)
                      : mk_records_cells(&t->records, &model->marginals[j], j, &said, arena,
                                         &out[s], err));
    }
    return MK_OK;
}

static const MkLatent latent = {
    .n_answer = 1000, .n_person = 200, .states = tvae_states, .heads = tvae_heads};

const MkKind mk_kind_tvae = {.name = "tvae",
                             .about = "variational autoencoder for tables, after Xu et al. 2019",
                             .settings = settings,
                             .n_settings = sizeof settings / sizeof *settings,
                             .train = tvae_train,
                             .save = tvae_save,
                             .open = tvae_open,
                             .posterior = mk_latent_posterior,
                             .joint = mk_latent_joint,
                             .samples = true,
                             .latent = &latent};
