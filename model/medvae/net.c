/* net.c - the autoencoder: 88, 60, 32, 60, 88 units, forward beside backward. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "model/medvae/medvae.h"

#include <math.h>
#include <string.h>

#include "model/nn/blas.h"

/* The notebook's: Keras' standards of leaky rectifier and batch normalisation. */
static const float slope = 0.3F, momentum = 0.99F, norm_eps = 1e-3F;
static const double mse_weight = 100.0;
/* Beyond these a log variance is taken as the bound; exp stays finite. */
static const float low_variance = -60.0F, high_variance = 40.0F;

static const size_t norm_size[MK_MEDVAE_NORMS] = {MK_MEDVAE_WIDE, MK_MEDVAE_NARROW,
                                                  MK_MEDVAE_NARROW, MK_MEDVAE_WIDE};

/* ---- places ---- */

static MkMedvaeHead head_of(const MkAttribute *attribute)
{
    if (mk_type_is_number(attribute->type)) {
        return MK_MEDVAE_NUMBER;
    }
    if (attribute->n_levels == 2) {
        return MK_MEDVAE_BINARY;
    }
    return attribute->type == MK_ORDINAL ? MK_MEDVAE_ORDINAL : MK_MEDVAE_LEVELS;
}

static void place_columns(const MkSchema *schema, MkMedvaeLayout *layout)
{
    for (size_t j = 0; j < schema->n; j++) {
        MkMedvaeColumn *const c = &layout->columns[j];
        c->head = head_of(&schema->attributes[j]);
        c->n_levels = schema->attributes[j].n_levels;
        c->n_outputs = c->head == MK_MEDVAE_LEVELS ? c->n_levels : 1;
        c->input = layout->n_inputs;
        c->output = layout->n_outputs;
        c->level = layout->n_vectors;
        c->met_column = layout->n_met;
        layout->n_inputs += c->head == MK_MEDVAE_LEVELS ? MK_MEDVAE_EMBEDDING : 1;
        layout->n_outputs += c->n_outputs;
        layout->n_vectors += c->head == MK_MEDVAE_LEVELS ? c->n_levels : 0;
        layout->n_scaled += c->head == MK_MEDVAE_NUMBER || c->head == MK_MEDVAE_ORDINAL;
        layout->n_met += c->head != MK_MEDVAE_NUMBER;
    }
}

/* Norms keep their running moments in one vector, so that a file can. */
static void join_running(MkMedvaeNet *net)
{
    float *at = net->running;
    for (size_t i = 0; i < MK_MEDVAE_NORMS; i++) {
        MkBatchNorm *const b = &net->norm[i];
        b->mean = at;
        b->variance = at + b->d;
        for (size_t k = 0; k < b->d; k++) {
            b->variance[k] = 1.0F;
        }
        at += 2 * b->d;
    }
}

MkStatus mk_medvae_net_init(MkMedvaeNet *net, const MkSchema *schema, bool is_linear,
                            MkArena *arena, MkError *err)
{
    enum { W = MK_MEDVAE_WIDE, N = MK_MEDVAE_NARROW, L = MK_MEDVAE_LATENT };
    *net = (MkMedvaeNet){.is_linear = is_linear};
    net->layout.n = schema->n;
    net->layout.columns = mk_arena_zeros(arena, schema->n, sizeof *net->layout.columns);
    net->running = mk_arena_zeros(arena, MK_MEDVAE_RUNNING, sizeof *net->running);
    if (net->layout.columns == NULL || net->running == NULL) {
        return mk_fail(err, MK_ENOMEM, "out of memory for an autoencoder");
    }
    place_columns(schema, &net->layout);
    const MkMedvaeLayout *const l = &net->layout;
    const size_t room = l->n_vectors * MK_MEDVAE_EMBEDDING + (l->n_inputs + 1) * W +
                        2 * (W + 1) * (N + 1) + 3 * (L + 1) * (N + 1) + 4 * (W + N) +
                        (W + 1) * l->n_outputs;
    bool good = mk_parameters_init(&net->p, room, arena);
    net->vectors = mk_parameters_take(&net->p, l->n_vectors * MK_MEDVAE_EMBEDDING);
    net->in[0] = mk_linear_take(&net->p, l->n_inputs, W);
    net->in[1] = mk_linear_take(&net->p, W, N);
    net->mean = mk_linear_take(&net->p, N, L);
    net->variance = mk_linear_take(&net->p, N, L);
    net->out[0] = mk_linear_take(&net->p, L, N);
    net->out[1] = mk_linear_take(&net->p, N, W);
    net->out[2] = mk_linear_take(&net->p, W, l->n_outputs);
    for (size_t i = 0; i < MK_MEDVAE_NORMS && good; i++) {
        good = mk_batchnorm_take(&net->p, norm_size[i], momentum, norm_eps, arena, &net->norm[i]);
    }
    if (!good) {
        return mk_fail(err, MK_ENOMEM, "out of memory for an autoencoder");
    }
    join_running(net);
    return MK_OK;
}

void mk_medvae_net_start(MkMedvaeNet *net, MkRng *rng)
{
    const MkLinear *const layers[] = {&net->in[0],  &net->in[1],  &net->mean,  &net->variance,
                                      &net->out[0], &net->out[1], &net->out[2]};
    for (size_t i = 0; i < net->layout.n_vectors * MK_MEDVAE_EMBEDDING; i++) {
        net->p.value[net->vectors + i] = (float)(0.1 * mk_rng_uniform(rng) - 0.05);
    }
    for (size_t i = 0; i < sizeof layers / sizeof *layers; i++) {
        mk_linear_init(&net->p, layers[i], MK_INIT_GLOROT, rng);
    }
}

/* ---- inputs ---- */

static void embed(const MkMedvaeNet *net, const float *x, size_t n, float *out)
{
    const MkMedvaeLayout *const l = &net->layout;
    for (size_t i = 0; i < n; i++) {
        float *const row = out + i * l->n_inputs;
        for (size_t j = 0; j < l->n; j++) {
            const MkMedvaeColumn *const c = &l->columns[j];
            const float v = x[i * l->n + j];
            if (c->head != MK_MEDVAE_LEVELS) {
                row[c->input] = v;
                continue;
            }
            memcpy(row + c->input,
                   net->p.value + net->vectors + (c->level + (size_t)v) * MK_MEDVAE_EMBEDDING,
                   MK_MEDVAE_EMBEDDING * sizeof *row);
        }
    }
}

static void embed_back(MkMedvaeNet *net, const float *x, size_t n, const float *dout)
{
    const MkMedvaeLayout *const l = &net->layout;
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < l->n; j++) {
            const MkMedvaeColumn *const c = &l->columns[j];
            if (c->head != MK_MEDVAE_LEVELS) {
                continue;
            }
            float *const g = net->p.gradient + net->vectors +
                             (c->level + (size_t)x[i * l->n + j]) * MK_MEDVAE_EMBEDDING;
            for (size_t k = 0; k < MK_MEDVAE_EMBEDDING; k++) {
                g[k] += dout[i * l->n_inputs + c->input + k];
            }
        }
    }
}

/* ---- outputs ---- */

static float sigmoid(float x)
{
    return 1.0F / (1.0F + expf(-x));
}

static void softmax(float *x, size_t n)
{
    float most = x[0], sum = 0.0F;
    for (size_t k = 1; k < n; k++) {
        most = fmaxf(most, x[k]);
    }
    for (size_t k = 0; k < n; k++) {
        x[k] = expf(x[k] - most);
        sum += x[k];
    }
    for (size_t k = 0; k < n; k++) {
        x[k] /= sum;
    }
}

/* What a column's outputs mean, in place. */
static void activate(const MkMedvaeNet *net, const MkMedvaeColumn *c, float *x)
{
    if (c->head == MK_MEDVAE_LEVELS) {
        softmax(x, c->n_levels);
    } else if (c->head == MK_MEDVAE_BINARY || !net->is_linear) {
        x[0] = sigmoid(x[0]);
    }
}

/* Loss of one value, times the number of people; out becomes the gradient of what came in. */
static double judge(const MkMedvaeNet *net, const MkMedvaeColumn *c, float x, float *out,
                    float share)
{
    const float floor_p = 1e-7F; /* Keras' */
    double loss = 0.0;
    if (c->head == MK_MEDVAE_LEVELS) {
        loss = -log((double)fmaxf(out[(size_t)x], floor_p));
        out[(size_t)x] -= 1.0F;
        for (size_t k = 0; k < c->n_levels; k++) {
            out[k] *= share;
        }
        return loss;
    }
    if (c->head == MK_MEDVAE_BINARY) {
        loss = -log((double)fmaxf(x > 0.5F ? out[0] : 1.0F - out[0], floor_p));
        out[0] = share * (out[0] - x);
        return loss;
    }
    const float weight = (float)(mse_weight / (double)net->layout.n_scaled);
    const float apart = out[0] - x, inner = net->is_linear ? 1.0F : out[0] * (1.0F - out[0]);
    out[0] = share * weight * 2.0F * apart * inner;
    return (double)weight * (double)apart * (double)apart;
}

/* ---- a step ---- */

struct MkMedvaeTape {
    size_t room;
    float *input, *dinput;
    float *a[MK_MEDVAE_NORMS], *normal[MK_MEDVAE_NORMS], *inverse[MK_MEDVAE_NORMS];
    float *mean, *variance, *sd, *z; /* variance: its log */
    float *dmean, *dvariance, *dz;
    float *output;
    float *d[2]; /* (room, MK_MEDVAE_WIDE) */
};

MkMedvaeTape *mk_medvae_tape_new(const MkMedvaeNet *net, size_t room, MkArena *arena)
{
    const MkMedvaeLayout *const l = &net->layout;
    MkMedvaeTape *const t = mk_arena_zeros(arena, 1, sizeof *t);
    if (t == NULL) {
        return NULL;
    }
    struct {
        float **at;
        size_t width;
    } const all[] = {{&t->input, l->n_inputs},          {&t->dinput, l->n_inputs},
                     {&t->output, l->n_outputs},        {&t->mean, MK_MEDVAE_LATENT},
                     {&t->variance, MK_MEDVAE_LATENT},  {&t->sd, MK_MEDVAE_LATENT},
                     {&t->z, MK_MEDVAE_LATENT},         {&t->dmean, MK_MEDVAE_LATENT},
                     {&t->dvariance, MK_MEDVAE_LATENT}, {&t->dz, MK_MEDVAE_LATENT},
                     {&t->d[0], MK_MEDVAE_WIDE},        {&t->d[1], MK_MEDVAE_WIDE}};
    bool good = true;
    for (size_t i = 0; good && i < sizeof all / sizeof *all; i++) {
        *all[i].at = mk_arena_array(arena, room * (all[i].width + 1), sizeof(float));
        good = *all[i].at != NULL;
    }
    for (size_t i = 0; good && i < MK_MEDVAE_NORMS; i++) {
        t->a[i] = mk_arena_array(arena, room * norm_size[i], sizeof(float));
        t->normal[i] = mk_arena_array(arena, room * norm_size[i], sizeof(float));
        t->inverse[i] = mk_arena_array(arena, norm_size[i], sizeof(float));
        good = t->a[i] != NULL && t->normal[i] != NULL && t->inverse[i] != NULL;
    }
    if (!good) {
        return NULL;
    }
    t->room = room;
    return t;
}

/* linear, norm, leaky rectifier: x to tape->a[which]. */
static void layer(MkMedvaeNet *net, MkMedvaeTape *t, const MkLinear *l, size_t which,
                  const float *x, size_t n)
{
    mk_linear(net->p.value, l, x, n, t->d[0]);
    if (net->is_fixed) {
        mk_batchnorm_ask(net->p.value, &net->norm[which], t->d[0], n, t->a[which]);
        memcpy(t->normal[which], t->d[0], n * norm_size[which] * sizeof *t->d[0]);
        mk_leaky(t->a[which], n * norm_size[which], slope);
        return;
    }
    mk_batchnorm(net->p.value, &net->norm[which], t->d[0], n, t->normal[which], t->inverse[which],
                 t->a[which]);
    mk_leaky(t->a[which], n * norm_size[which], slope);
}

/* d[0], the gradient of a[which], goes on to dx through scratch d[1]. */
static void layer_back(MkMedvaeNet *net, MkMedvaeTape *t, const MkLinear *l, size_t which,
                       const float *x, size_t n, float *dx)
{
    mk_leaky_back(t->a[which], t->d[0], n * norm_size[which], slope);
    if (net->is_fixed) {
        mk_batchnorm_ask_back(net->p.value, net->p.gradient, &net->norm[which], t->normal[which],
                              t->d[0], n, t->d[1]);
    } else {
        mk_batchnorm_back(net->p.value, net->p.gradient, &net->norm[which], t->normal[which],
                          t->inverse[which], t->d[0], n, t->d[1]);
    }
    mk_linear_back(net->p.value, net->p.gradient, l, x, t->d[1], n, dx);
}

static float bounded(float log_variance)
{
    return fminf(fmaxf(log_variance, low_variance), high_variance);
}

double mk_medvae_kl(const float *mean, const float *log_variance)
{
    double sum = 0.0;
    for (size_t k = 0; k < MK_MEDVAE_LATENT; k++) {
        const double m = (double)mean[k], v = (double)bounded(log_variance[k]);
        sum += 0.5 * (m * m + exp(v) - 1.0 - v);
    }
    return sum;
}

static void forward(MkMedvaeNet *net, MkMedvaeTape *t, const float *x, size_t n, const float *noise)
{
    embed(net, x, n, t->input);
    layer(net, t, &net->in[0], 0, t->input, n);
    layer(net, t, &net->in[1], 1, t->a[0], n);
    mk_linear(net->p.value, &net->mean, t->a[1], n, t->mean);
    mk_linear(net->p.value, &net->variance, t->a[1], n, t->variance);
    for (size_t i = 0; i < n * MK_MEDVAE_LATENT; i++) {
        t->sd[i] = expf(0.5F * bounded(t->variance[i]));
        t->z[i] = t->mean[i] + t->sd[i] * noise[i];
    }
    layer(net, t, &net->out[0], 2, t->z, n);
    layer(net, t, &net->out[1], 3, t->a[2], n);
    mk_linear(net->p.value, &net->out[2], t->a[3], n, t->output);
}

/* Gradients of mean and log variance from that of z and from the KL (Kingma and Welling 2014, eq.
 * 10 and appendix B). */
static void latent_back(MkMedvaeTape *t, size_t n, const float *noise, double kl_weight)
{
    const float w = (float)(kl_weight / (double)n);
    for (size_t i = 0; i < n * MK_MEDVAE_LATENT; i++) {
        const bool is_free = t->variance[i] > low_variance && t->variance[i] < high_variance;
        t->dmean[i] = t->dz[i] + w * t->mean[i];
        t->dvariance[i] = is_free ? 0.5F * t->dz[i] * noise[i] * t->sd[i] +
                                        0.5F * w * (t->sd[i] * t->sd[i] - 1.0F)
                                  : 0.0F;
    }
}

static void backward(MkMedvaeNet *net, MkMedvaeTape *t, const float *x, size_t n,
                     const float *noise, double kl_weight)
{
    float *const g = net->p.gradient;
    const float *const v = net->p.value;
    mk_linear_back(v, g, &net->out[2], t->a[3], t->output, n, t->d[0]);
    layer_back(net, t, &net->out[1], 3, t->a[2], n, t->d[0]);
    layer_back(net, t, &net->out[0], 2, t->z, n, t->dz);
    latent_back(t, n, noise, kl_weight);
    mk_linear_back(v, g, &net->mean, t->a[1], t->dmean, n, t->d[0]);
    mk_linear_back(v, g, &net->variance, t->a[1], t->dvariance, n, t->d[1]);
    for (size_t i = 0; i < n * MK_MEDVAE_NARROW; i++) {
        t->d[0][i] += t->d[1][i];
    }
    layer_back(net, t, &net->in[1], 1, t->a[0], n, t->d[0]);
    layer_back(net, t, &net->in[0], 0, t->input, n, t->dinput);
    embed_back(net, x, n, t->dinput);
}

MkMedvaeLoss mk_medvae_step(MkMedvaeNet *net, MkMedvaeTape *t, const float *x, size_t n,
                            const float *noise, double kl_weight)
{
    const MkMedvaeLayout *const l = &net->layout;
    MkMedvaeLoss loss = {0};
    forward(net, t, x, n, noise);
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < l->n; j++) {
            float *const out = t->output + i * l->n_outputs + l->columns[j].output;
            activate(net, &l->columns[j], out);
            loss.reconstruction +=
                judge(net, &l->columns[j], x[i * l->n + j], out, 1.0F / (float)n) / (double)n;
        }
        loss.kl +=
            mk_medvae_kl(t->mean + i * MK_MEDVAE_LATENT, t->variance + i * MK_MEDVAE_LATENT) /
            (double)n;
    }
    backward(net, t, x, n, noise, kl_weight);
    return loss;
}

/* ---- asking ---- */

static void ask_layer(const MkMedvaeNet *net, const MkLinear *l, size_t which, const float *x,
                      size_t n, float *out)
{
    mk_linear(net->p.value, l, x, n, out);
    mk_batchnorm_ask(net->p.value, &net->norm[which], out, n, out);
    mk_leaky(out, n * norm_size[which], slope);
}

void mk_medvae_encode(const MkMedvaeNet *net, MkMedvaeTape *t, const float *x, size_t n,
                      float *mean, float *log_variance)
{
    for (size_t first = 0; first < n; first += t->room) {
        const size_t m = n - first < t->room ? n - first : t->room, at = first * MK_MEDVAE_LATENT;
        embed(net, x + first * net->layout.n, m, t->input);
        ask_layer(net, &net->in[0], 0, t->input, m, t->a[0]);
        ask_layer(net, &net->in[1], 1, t->a[0], m, t->a[1]);
        mk_linear(net->p.value, &net->mean, t->a[1], m, mean + at);
        mk_linear(net->p.value, &net->variance, t->a[1], m, log_variance + at);
        for (size_t i = 0; i < m * MK_MEDVAE_LATENT; i++) {
            log_variance[at + i] = bounded(log_variance[at + i]);
        }
    }
}

void mk_medvae_decode(const MkMedvaeNet *net, const float *z, size_t n, float *narrow,
                      float *hidden)
{
    ask_layer(net, &net->out[0], 2, z, n, narrow);
    ask_layer(net, &net->out[1], 3, narrow, n, hidden);
}

void mk_medvae_say(const MkMedvaeNet *net, const float *hidden, size_t n, size_t j, float *out)
{
    const MkMedvaeColumn *const c = &net->layout.columns[j];
    const MkLinear *const l = &net->out[2];
    for (size_t i = 0; i < n; i++) {
        memcpy(out + i * c->n_outputs, net->p.value + l->bias + c->output,
               c->n_outputs * sizeof *out);
    }
    mk_sgemm(false, false, n, c->n_outputs, l->from, 1.0F, hidden, l->from,
             net->p.value + l->weight + c->output, l->to, 1.0F, out, c->n_outputs);
    for (size_t i = 0; i < n; i++) {
        activate(net, c, out + i * c->n_outputs);
    }
}
