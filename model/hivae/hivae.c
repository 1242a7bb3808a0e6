#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "model/hivae/hivae.h"

#include <math.h>
#include <string.h>

#include "model/latent/latent.h"
#include "model/nn/blas.h"
#include "model/train_priv.h"

static MkStatus no_memory(MkError *err)
{
    return mk_fail(err, MK_ENOMEM, "out of memory");
}

static const char *const modes[] = {"repaired", "faithful", NULL};

/* As the mode has it (repaired, faithful): hivae_z 0: 32, 2; hivae_s 0: 1, 10; hivae_rate 0: 0.003,
 * 0.001; hivae_beta -1: 0.2, 0.5; hivae_mask -1: 0.3, 0.8. hivae_hidden: repaired mode alone.
 * hivae_beta: share of the training over which the weight of the KL terms rises from 0 to 1.
 * hivae_mask: share of values hidden. */
static const MkKindSetting settings[MK_HIVAE_SETTINGS] = {
    [MK_HIVAE_MODE] = {.key = "hivae_mode", .standard = 0, .words = modes},
    [MK_HIVAE_Z] = {.key = "hivae_z", .standard = 0, .low = 0, .high = 256, .is_whole = true},
    [MK_HIVAE_Y] = {.key = "hivae_y", .standard = 5, .low = 1, .high = 64, .is_whole = true},
    [MK_HIVAE_S] = {.key = "hivae_s", .standard = 0, .low = 0, .high = 256, .is_whole = true},
    [MK_HIVAE_HIDDEN] =
        {.key = "hivae_hidden", .standard = 128, .low = 0, .high = 1024, .is_whole = true},
    [MK_HIVAE_EPOCHS] =
        {.key = "hivae_epochs", .standard = 200, .low = 1, .high = 100000, .is_whole = true},
    [MK_HIVAE_BATCH] =
        {.key = "hivae_batch", .standard = 100, .low = 2, .high = 10000, .is_whole = true},
    [MK_HIVAE_RATE] = {.key = "hivae_rate", .standard = 0, .low = 0, .high = 1},
    [MK_HIVAE_BETA] = {.key = "hivae_beta", .standard = -1, .low = -1, .high = 1},
    [MK_HIVAE_MASK] = {.key = "hivae_mask", .standard = -1, .low = -1, .high = 0.99},
};

/* ---- files ---- */

enum { SIZES = 5 };

static MkStatus hivae_save(const void *learned, MkArena *arena, MkWeightsOut *out, MkError *err)
{
    const MkHivae *const net = learned;
    const MkHivaeConfig *const c = &net->config;
    int32_t *const sizes = mk_arena_array(arena, SIZES, sizeof *sizes);
    if (sizes == NULL) {
        return no_memory(err);
    }
    sizes[0] = c->faithful ? 1 : 0;
    sizes[1] = (int32_t)c->z;
    sizes[2] = (int32_t)c->y;
    sizes[3] = (int32_t)c->s;
    sizes[4] = (int32_t)c->hidden;
    mk_weights_out_tensor(out, "kind.sizes", MK_I32, 1, (const size_t[]){SIZES}, sizes);
    mk_weights_out_tensor(out, "kind.center", MK_F32, 1, &c->n, net->center);
    mk_weights_out_tensor(out, "kind.scale", MK_F32, 1, &c->n, net->scale);
    mk_weights_out_tensor(out, "kind.parameters", MK_F32, 1, &net->parameters.n,
                          net->parameters.value);
    return MK_OK;
}

static MkStatus read_config(const MkModel *model, MkHivaeConfig *out, MkError *err)
{
    static const int32_t least[SIZES] = {0, 1, 1, 1, 0}, most[SIZES] = {1, 256, 64, 256, 1024};
    const MkTensor *t = NULL;
    MK_TRY(
        mk_weights_need(model->weights, "kind.sizes", MK_I32, 1, (const size_t[]){SIZES}, &t, err));
    const int32_t *const sizes = t->data;
    for (size_t i = 0; i < SIZES; i++) {
        if (sizes[i] < least[i] || sizes[i] > most[i]) {
            return mk_fail(err, MK_EFORMAT, "%s: kind.sizes: number %zu is %d, expected %d to %d",
                           mk_weights_path(model->weights), i, (int)sizes[i], (int)least[i],
                           (int)most[i]);
        }
    }
    *out = (MkHivaeConfig){.faithful = sizes[0] == 1,
                           .n = model->schema->n,
                           .z = (size_t)sizes[1],
                           .y = (size_t)sizes[2],
                           .s = (size_t)sizes[3],
                           .hidden = (size_t)sizes[4]};
    return MK_OK;
}

static MkStatus read_floats(const MkModel *model, const char *name, size_t n, double least,
                            float *out, MkError *err)
{
    const MkTensor *t = NULL;
    MK_TRY(mk_weights_need(model->weights, name, MK_F32, 1, &n, &t, err));
    memcpy(out, t->data, n * sizeof *out);
    for (size_t i = 0; i < n; i++) {
        if (!isfinite(out[i]) || (double)out[i] < least) {
            return mk_fail(err, MK_EFORMAT, "%s: %s: number %zu is %g",
                           mk_weights_path(model->weights), name, i, (double)out[i]);
        }
    }
    return MK_OK;
}

static MkStatus hivae_open(MkModel *model, MkError *err)
{
    MkHivaeConfig config;
    MkHivae *net = NULL;
    MK_TRY(read_config(model, &config, err));
    MK_TRY(mk_hivae_new(&config, model->marginals, model->arena, &net, err));
    MK_TRY(read_floats(model, "kind.center", config.n, -INFINITY, net->center, err));
    MK_TRY(read_floats(model, "kind.scale", config.n, 1e-12, net->scale, err));
    MK_TRY(read_floats(model, "kind.parameters", net->parameters.n, -INFINITY,
                       net->parameters.value, err));
    model->state = net;
    return MK_OK;
}

/* ---- states ---- */

typedef struct Drawn {
    size_t *s;       /* (n) */
    float *features; /* (n, features) */
} Drawn;

/* Where states are drawn from: for each s a normal. */
typedef struct Proposal {
    double *p;       /* (S) */
    float *mean;     /* (S, z) */
    double *factor;  /* (S, z, z) lower Cholesky factor of the precision */
    double *log_det; /* (S) of the factor */
    double wider;    /* factor on the sd */
    float *prior;    /* (S, z) mean of z in s */
} Proposal;

/* A little wider than Laplace's approximation, so that no state has a large weight. */
static const double wider = 1.1;

static void factor_of_diagonal(const float *log_v, size_t n, double *out)
{
    for (size_t k = 0; k < n; k++) {
        out[k * n + k] = exp(-0.5 * (double)log_v[k]);
    }
}

/* q(z | known, s) for every s, and, repaired, from there to the posterior. */
static MkStatus propose_known(const MkHivae *net, const MkPoint *known, size_t n, MkArena *arena,
                              Proposal *out, MkError *err)
{
    const size_t n_s = net->config.s, n_z = net->config.z;
    float *const x = mk_arena_zeros(arena, net->n_input + 1, sizeof *x);
    float *const moments = mk_arena_array(arena, 2 * n_s * n_z, sizeof *moments);
    float *const s = mk_arena_zeros(arena, n_s, sizeof *s);
    size_t *const ids = mk_arena_array(arena, n, sizeof *ids);
    double *const targets = mk_arena_array(arena, n, sizeof *targets);
    if (x == NULL || moments == NULL || s == NULL || ids == NULL || targets == NULL) {
        return no_memory(err);
    }
    for (size_t i = 0; i < n; i++) {
        const size_t j = ids[i] = known[i].attribute;
        const MkMarginal *const m = &net->marginals[j];
        const double v = known[i].value, center = (double)net->center[j];
        const double scale = (double)net->scale[j];
        mk_hivae_see(net, j, v, mk_marginal_normal(m, v), center, scale, x);
        targets[i] = mk_hivae_target(net, j, v, mk_marginal_cell(m, v), center, scale);
    }
    MK_TRY(mk_hivae_recognise(net, x, arena, out->p, moments, err));
    for (size_t c = 0; c < n_s; c++) {
        memcpy(out->mean + c * n_z, moments + 2 * c * n_z, n_z * sizeof *out->mean);
        factor_of_diagonal(moments + (2 * c + 1) * n_z, n_z, out->factor + c * n_z * n_z);
        if (!net->config.faithful && out->p[c] > 1e-4) {
            s[c] = 1.0F;
            MK_TRY(mk_hivae_sharpen(net, ids, targets, n, s, out->prior + c * n_z, arena,
                                    out->mean + c * n_z, out->factor + c * n_z * n_z, err));
            s[c] = 0.0F;
        }
    }
    out->wider = net->config.faithful ? 1.0 : wider;
    return MK_OK;
}

/* Of what is known, or the prior when that is nothing. */
static MkStatus propose(const MkHivae *net, const MkPoint *known, size_t n_known, MkArena *arena,
                        Proposal *out, MkError *err)
{
    const size_t n_s = net->config.s, n_z = net->config.z;
    *out = (Proposal){.wider = 1.0};
    out->p = mk_arena_array(arena, n_s, sizeof *out->p);
    out->mean = mk_arena_array(arena, n_s * n_z, sizeof *out->mean);
    out->prior = mk_arena_array(arena, n_s * n_z, sizeof *out->prior);
    out->factor = mk_arena_zeros(arena, n_s * n_z * n_z, sizeof *out->factor);
    out->log_det = mk_arena_zeros(arena, n_s, sizeof *out->log_det);
    if (out->p == NULL || out->mean == NULL || out->prior == NULL || out->factor == NULL ||
        out->log_det == NULL) {
        return no_memory(err);
    }
    mk_hivae_prior(net, out->prior);
    memcpy(out->mean, out->prior, n_s * n_z * sizeof *out->mean);
    for (size_t i = 0; i < n_s * n_z; i++) {
        out->p[i / n_z] = 1.0 / (double)n_s;
        out->factor[i * n_z + i % n_z] = 1.0;
    }
    if (n_known > 0) {
        MK_TRY(propose_known(net, known, n_known, arena, out, err));
    }
    for (size_t i = 0; i < n_s * n_z; i++) {
        out->log_det[i / n_z] += log(out->factor[i * n_z + i % n_z] / out->wider);
    }
    return MK_OK;
}

/* z of a state in component c, and log p(s, z) - log q(s, z); e (z) is room. */
static double draw_z(const MkHivae *net, const Proposal *q, size_t c, MkRng *rng, double *e,
                     float *z)
{
    const size_t n_z = net->config.z;
    double weight = -log((double)net->config.s) - log(fmax(q->p[c], 1e-300)) - q->log_det[c];
    for (size_t k = 0; k < n_z; k++) {
        e[k] = q->wider * mk_rng_normal(rng);
        weight += 0.5 * e[k] * e[k] / (q->wider * q->wider);
    }
    mk_dtrsm_lower(true, n_z, 1, q->factor + c * n_z * n_z, n_z, e, 1);
    for (size_t k = 0; k < n_z; k++) {
        z[k] = q->mean[c * n_z + k] + (float)e[k];
        const double r = (double)(z[k] - q->prior[c * n_z + k]);
        weight -= 0.5 * r * r;
    }
    return weight;
}

/* s by systematic draws from q(s | known): each s comes about as often as it is likely. */
static MkStatus hivae_states(const MkModel *model, const MkPoint *known, size_t n_known, size_t n,
                             MkRng *rng, MkArena *arena, MkStates *out, MkError *err)
{
    const MkHivae *const net = model->state;
    Proposal q;
    MK_TRY(propose(net, known, n_known, arena, &q, err));
    Drawn *const drawn = mk_arena_array(arena, 1, sizeof *drawn);
    double *const log_weight = mk_arena_array(arena, n, sizeof *log_weight);
    float *const z = mk_arena_array(arena, n * net->config.z, sizeof *z);
    double *const e = mk_arena_array(arena, net->config.z, sizeof *e);
    if (drawn == NULL || log_weight == NULL || z == NULL || e == NULL) {
        return no_memory(err);
    }
    drawn->s = mk_arena_array(arena, n, sizeof *drawn->s);
    drawn->features = mk_arena_array(arena, n * mk_hivae_features(net), sizeof *drawn->features);
    if (drawn->s == NULL || drawn->features == NULL) {
        return no_memory(err);
    }
    const double start = mk_rng_uniform(rng);
    double below = q.p[0];
    for (size_t i = 0, c = 0; i < n; i++) {
        while (c + 1 < net->config.s && ((double)i + start) / (double)n >= below) {
            below += q.p[++c];
        }
        drawn->s[i] = c;
        log_weight[i] = draw_z(net, &q, c, rng, e, z + i * net->config.z);
    }
    mk_hivae_decode(net, z, n, drawn->features);
    *out = (MkStates){.n = n, .log_weight = log_weight, .own = drawn};
    return MK_OK;
}

static MkStatus hivae_heads(const MkModel *model, const MkStates *states, size_t first, size_t n,
                            size_t j, MkArena *arena, MkDistribution *out, MkError *err)
{
    const MkHivae *const net = model->state;
    const Drawn *const drawn = states->own;
    float mean[MK_HIVAE_HEAD], spread[MK_HIVAE_HEAD];
    float *const y = mk_arena_array(arena, n * net->config.y, sizeof *y);
    float *const s = mk_arena_zeros(arena, net->config.s, sizeof *s);
    if (y == NULL || s == NULL) {
        return no_memory(err);
    }
    mk_hivae_slice(net, j, drawn->features + first * mk_hivae_features(net), n, y);
    for (size_t i = 0; i < n; i++) {
        s[drawn->s[first + i]] = 1.0F;
        mk_hivae_head(net, j, y + i * net->config.y, s, mean, spread);
        s[drawn->s[first + i]] = 0.0F;
        MK_TRY(mk_hivae_head_distribution(net, j, mean, spread, arena, &out[i], err));
    }
    return MK_OK;
}

static const MkLatent latent = {
    .n_answer = 300, .n_person = 48, .states = hivae_states, .heads = hivae_heads};

const MkKind mk_kind_hivae = {
    .name = "hivae",
    .about = "a variational autoencoder of typed attributes with gaps (HI-VAE: Nazabal, Olmos, "
             "Ghahramani, Valera 2020)",
    .settings = settings,
    .n_settings = MK_HIVAE_SETTINGS,
    .train = mk_hivae_train,
    .save = hivae_save,
    .open = hivae_open,
    .posterior = mk_latent_posterior,
    .joint = mk_latent_joint,
    .samples = true,
    .latent = &latent};
