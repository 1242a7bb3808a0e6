#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <math.h>
#include <string.h>

#include "model/hivae/hivae.h"
#include "model/nn/blas.h"
#include "model/nn/kernels.h"

static const float most_log_v = 15.0F; /* log variances of z are kept inside +- this */

struct MkHivaeWork {
    float *a1, *a2;                 /* (n, hidden) */
    float *logits, *p, *s, *ds;     /* (n, S) */
    float *joined, *djoined;        /* (n, encoded + S) */
    float *moments, *dmoments;      /* (n, 2 z) */
    float *z, *dz, *prior, *dprior; /* (n, z) */
    float *hidden, *dhidden;        /* (n, hidden) */
    float *features, *dfeatures;    /* (n, features) */
    float *y, *dy;                  /* (n, attributes y) */
    float *dencoded;                /* (n, encoded) */
};

/* ---- layout ---- */

static MkHivaeFamily family_of(const MkHivaeConfig *c, const MkAttribute *a)
{
    switch (a->type) {
    case MK_REAL:
        return c->faithful ? MK_HIVAE_REAL : MK_HIVAE_CELLS;
    case MK_POSITIVE:
        return c->faithful ? MK_HIVAE_POSITIVE : MK_HIVAE_CELLS;
    case MK_COUNT:
        return c->faithful ? MK_HIVAE_COUNT : MK_HIVAE_CELLS;
    case MK_ORDINAL:
        return MK_HIVAE_ORDINAL;
    case MK_CATEGORICAL:
        break;
    }
    return MK_HIVAE_LEVELS;
}

static void lay_head(MkHivae *net, size_t j)
{
    const MkMarginal *const m = &net->marginals[j];
    MkHivaeHead *const h = &net->heads[j];
    h->family = family_of(&net->config, m->attribute);
    h->n_mean = 1;
    h->n_spread = h->family == MK_HIVAE_COUNT ? 0 : 1;
    h->n_input = net->config.faithful ? 1 : 2;
    if (h->family == MK_HIVAE_LEVELS) {
        h->n_mean = m->n_cells - 1;
        h->n_spread = 0;
        h->n_input = m->n_cells;
    } else if (h->family == MK_HIVAE_ORDINAL) {
        h->n_spread = m->n_cells - 1;
        h->n_input = net->config.faithful ? m->n_cells : 2;
    }
    h->input = net->n_input;
    net->n_input += h->n_input;
}

/* Takes every place in the vector of parameters; the same calls count them before there is room. */
static void lay_out(MkHivae *net)
{
    const MkHivaeConfig *const c = &net->config;
    MkParameters *const p = &net->parameters;
    net->n_encoded = c->hidden > 0 ? c->hidden : net->n_input;
    if (c->hidden > 0) {
        net->encode1 = mk_linear_take(p, net->n_input, c->hidden);
        net->encode2 = mk_linear_take(p, c->hidden, c->hidden);
        net->decode = mk_linear_take(p, c->z, c->hidden);
    }
    net->to_s = mk_linear_take(p, net->n_encoded, c->s);
    net->to_z = mk_linear_take(p, net->n_encoded + c->s, 2 * c->z);
    net->prior = mk_linear_take(p, c->s, c->z);
    net->to_y = mk_linear_take(p, mk_hivae_features(net), c->n * c->y);
    for (size_t j = 0; j < c->n; j++) {
        net->heads[j].mean = mk_parameters_take(p, (c->y + c->s) * net->heads[j].n_mean);
        net->heads[j].spread = mk_parameters_take(p, c->s * net->heads[j].n_spread);
    }
}

size_t mk_hivae_features(const MkHivae *net)
{
    return net->config.z + net->config.hidden;
}

MkStatus mk_hivae_new(const MkHivaeConfig *config, const MkMarginal *marginals, MkArena *arena,
                      MkHivae **out, MkError *err)
{
    MkHivae *const net = mk_arena_zeros(arena, 1, sizeof *net);
    if (net == NULL) {
        return mk_fail(err, MK_ENOMEM, "out of memory");
    }
    net->config = *config;
    net->marginals = marginals;
    net->heads = mk_arena_zeros(arena, config->n + 1, sizeof *net->heads);
    net->center = mk_arena_zeros(arena, config->n + 1, sizeof *net->center);
    net->scale = mk_arena_zeros(arena, config->n + 1, sizeof *net->scale);
    if (net->heads == NULL || net->center == NULL || net->scale == NULL) {
        return mk_fail(err, MK_ENOMEM, "out of memory");
    }
    for (size_t j = 0; j < config->n; j++) {
        net->scale[j] = 1.0F;
        lay_head(net, j);
    }
    lay_out(net);
    const size_t room = net->parameters.n;
    if (!mk_parameters_init(&net->parameters, room, arena)) {
        return mk_fail(err, MK_ENOMEM, "out of memory for %zu parameters", room);
    }
    lay_out(net);
    *out = net;
    return MK_OK;
}

/* ---- first weights ---- */

/* Every s begins with the attribute's marginal. */
static void init_marginal(MkHivae *net, size_t j)
{
    const MkHivaeHead *const h = &net->heads[j];
    const MkMarginal *const m = &net->marginals[j];
    float *const value = net->parameters.value;
    double below = 0.0, before = 0.0;
    for (size_t c = 0; c < net->config.s; c++) {
        float *const mean = value + h->mean + (net->config.y + c) * h->n_mean;
        float *const spread = value + h->spread + c * h->n_spread;
        below = 0.0;
        if (h->family == MK_HIVAE_CELLS) {
            spread[0] = 0.51F; /* softplus to an sd of 1 */
        }
        for (size_t k = 1; h->family == MK_HIVAE_LEVELS && k < m->n_cells; k++) {
            mean[k - 1] = (float)(log(m->share[m->cell_of[k]]) - log(m->share[m->cell_of[0]]));
        }
        for (size_t k = 0; h->family == MK_HIVAE_ORDINAL && k + 1 < m->n_cells; k++) {
            below += m->share[m->cell_of[k]];
            const double t = log(below) - log(fmax(1.0 - below, 1e-6));
            spread[k] = (float)(k == 0 ? t : log(expm1(fmin(fmax(t - before, 1e-3), 30.0))));
            before = t;
        }
    }
}

static void init_normal(MkHivae *net, size_t at, size_t n, double sd, MkRng *rng)
{
    for (size_t i = 0; i < n; i++) {
        net->parameters.value[at + i] = (float)(sd * mk_rng_normal(rng));
    }
}

static void init_faithful(MkHivae *net, MkRng *rng)
{
    const MkLinear *const layers[] = {&net->to_s, &net->to_z, &net->prior, &net->to_y};
    for (size_t i = 0; i < sizeof layers / sizeof *layers; i++) {
        init_normal(net, layers[i]->weight, layers[i]->from * layers[i]->to, 0.05, rng);
    }
    for (size_t j = 0; j < net->config.n; j++) {
        const MkHivaeHead *const h = &net->heads[j];
        init_normal(net, h->mean, (net->config.y + net->config.s) * h->n_mean, 0.05, rng);
        init_normal(net, h->spread, net->config.s * h->n_spread, 0.05, rng);
    }
}

void mk_hivae_init(MkHivae *net, uint64_t seed)
{
    MkRng rng = mk_rng(seed, MK_RNG_INIT, 0);
    if (net->config.faithful) {
        init_faithful(net, &rng);
        return;
    }
    MkParameters *const p = &net->parameters;
    if (net->config.hidden > 0) {
        mk_linear_init(p, &net->encode1, MK_INIT_HE, &rng);
        mk_linear_init(p, &net->encode2, MK_INIT_HE, &rng);
        mk_linear_init(p, &net->decode, MK_INIT_HE, &rng);
    }
    mk_linear_init(p, &net->to_s, MK_INIT_GLOROT, &rng);
    mk_linear_init(p, &net->to_z, MK_INIT_GLOROT, &rng);
    init_normal(net, net->prior.weight, net->prior.from * net->prior.to, 0.3, &rng);
    mk_linear_init(p, &net->to_y, MK_INIT_GLOROT, &rng);
    for (size_t j = 0; j < net->config.n; j++) {
        const MkHivaeHead *const h = &net->heads[j];
        init_normal(net, h->mean, net->config.y * h->n_mean, 0.5 / sqrt((double)net->config.y),
                    &rng);
        init_marginal(net, j);
    }
}

/* ---- room ---- */

MkHivaeWork *mk_hivae_work(const MkHivae *net, size_t room, MkArena *arena)
{
    const MkHivaeConfig *const c = &net->config;
    MkHivaeWork *const w = mk_arena_zeros(arena, 1, sizeof *w);
    if (w == NULL) {
        return NULL;
    }
    const struct {
        float **at;
        size_t columns;
    } all[] = {{&w->a1, c->hidden},
               {&w->a2, c->hidden},
               {&w->logits, c->s},
               {&w->p, c->s},
               {&w->s, c->s},
               {&w->ds, c->s},
               {&w->joined, net->n_encoded + c->s},
               {&w->djoined, net->n_encoded + c->s},
               {&w->moments, 2 * c->z},
               {&w->dmoments, 2 * c->z},
               {&w->z, c->z},
               {&w->dz, c->z},
               {&w->prior, c->z},
               {&w->dprior, c->z},
               {&w->hidden, c->hidden},
               {&w->dhidden, c->hidden},
               {&w->features, mk_hivae_features(net)},
               {&w->dfeatures, mk_hivae_features(net)},
               {&w->y, c->n * c->y},
               {&w->dy, c->n * c->y},
               {&w->dencoded, net->n_encoded}};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        *all[i].at = mk_arena_array(arena, room * all[i].columns + 1, sizeof **all[i].at);
        if (*all[i].at == NULL) {
            return NULL;
        }
    }
    return w;
}

MkHivaeBatch mk_hivae_batch(const MkHivae *net, size_t room, MkArena *arena)
{
    const MkHivaeConfig *const c = &net->config;
    MkHivaeBatch b = {.beta = 1.0, .temperature = 1.0};
    b.target = mk_arena_array(arena, room * c->n + 1, sizeof *b.target);
    b.weight = mk_arena_array(arena, room + 1, sizeof *b.weight);
    b.gumbel = mk_arena_array(arena, room * c->s + 1, sizeof *b.gumbel);
    b.noise = mk_arena_array(arena, room * c->z + 1, sizeof *b.noise);
    if (b.target != NULL && b.weight != NULL && b.gumbel != NULL && b.noise != NULL) {
        b.x = mk_arena_array(arena, room * net->n_input + 1, sizeof *b.x);
    }
    return b;
}

/* ---- forward ---- */

static void join(const float *a, size_t n_a, const float *b, size_t n_b, size_t n, float *out)
{
    for (size_t i = 0; i < n; i++) {
        memcpy(out + i * (n_a + n_b), a + i * n_a, n_a * sizeof *out);
        memcpy(out + i * (n_a + n_b) + n_a, b + i * n_b, n_b * sizeof *out);
    }
}

/* What the recognition layers see; x itself without hidden layers. */
static const float *encode(const MkHivae *net, const float *x, size_t n, float *a1, float *a2)
{
    const float *const value = net->parameters.value;
    if (net->config.hidden == 0) {
        return x;
    }
    mk_linear(value, &net->encode1, x, n, a1);
    mk_leaky(a1, n * net->config.hidden, MK_HIVAE_SLOPE);
    mk_linear(value, &net->encode2, a1, n, a2);
    mk_leaky(a2, n * net->config.hidden, MK_HIVAE_SLOPE);
    return a2;
}

static void features_of(const MkHivae *net, const float *z, size_t n, float *hidden, float *out)
{
    if (net->config.hidden == 0) {
        memcpy(out, z, n * net->config.z * sizeof *out);
        return;
    }
    mk_linear(net->parameters.value, &net->decode, z, n, hidden);
    mk_leaky(hidden, n * net->config.hidden, MK_HIVAE_SLOPE);
    join(z, net->config.z, hidden, net->config.hidden, n, out);
}

/* s and z of every row; KL of both from their priors, by weight. */
static double draw_latent(const MkHivae *net, const MkHivaeBatch *b, const float *encoded,
                          MkHivaeWork *w)
{
    const MkHivaeConfig *const c = &net->config;
    const float *const value = net->parameters.value;
    double kl = 0.0;
    mk_linear(value, &net->to_s, encoded, b->n, w->logits);
    memcpy(w->p, w->logits, b->n * c->s * sizeof *w->p);
    mk_softmax(w->p, b->n, c->s, 1.0F);
    for (size_t i = 0; i < b->n * c->s; i++) {
        w->s[i] = w->logits[i] + b->gumbel[i];
    }
    mk_softmax(w->s, b->n, c->s, (float)(1.0 / b->temperature));
    join(encoded, net->n_encoded, w->s, c->s, b->n, w->joined);
    mk_linear(value, &net->to_z, w->joined, b->n, w->moments);
    mk_linear(value, &net->prior, w->s, b->n, w->prior);
    for (size_t i = 0; i < b->n; i++) {
        double of_row = log((double)c->s);
        const float *const p = w->p + i * c->s;
        for (size_t k = 0; k < c->s; k++) {
            of_row += p[k] > 0.0F ? (double)p[k] * log((double)p[k]) : 0.0;
        }
        const float *const mean = w->moments + i * 2 * c->z, *const log_v = mean + c->z;
        for (size_t k = 0; k < c->z; k++) {
            const float lv = fminf(fmaxf(log_v[k], -most_log_v), most_log_v);
            const double r = (double)(mean[k] - w->prior[i * c->z + k]);
            w->z[i * c->z + k] = mean[k] + expf(0.5F * lv) * b->noise[i * c->z + k];
            of_row += 0.5 * (exp((double)lv) + r * r - 1.0 - (double)lv);
        }
        kl += b->weight[i] * of_row;
    }
    return kl;
}

/* Minus log p of the scored values by weight; with `back` into dy and ds, divided by `total`. */
static double score_heads(MkHivae *net, const MkHivaeBatch *b, MkHivaeWork *w, double total,
                          bool back)
{
    const MkHivaeConfig *const c = &net->config;
    float mean[MK_HIVAE_HEAD], spread[MK_HIVAE_HEAD];
    float dmean[MK_HIVAE_HEAD], dspread[MK_HIVAE_HEAD];
    double loss = 0.0;
    for (size_t j = 0; j < c->n; j++) {
        const MkHivaeHead *const h = &net->heads[j];
        for (size_t i = 0; i < b->n; i++) {
            const float target = b->target[i * c->n + j];
            if (isnan(target)) {
                continue;
            }
            const float *const y = w->y + (i * c->n + j) * c->y, *const s = w->s + i * c->s;
            mk_hivae_head(net, j, y, s, mean, spread);
            loss -= b->weight[i] * mk_hivae_head_log(net, j, mean, spread, (double)target,
                                                     back ? dmean : NULL, dspread);
            if (!back) {
                continue;
            }
            const float scale = (float)(-b->weight[i] / total);
            for (size_t k = 0; k < h->n_mean; k++) {
                dmean[k] *= scale;
            }
            for (size_t k = 0; k < h->n_spread; k++) {
                dspread[k] *= scale;
            }
            mk_hivae_head_back(net, j, y, s, dmean, dspread, w->dy + (i * c->n + j) * c->y,
                               w->ds + i * c->s);
        }
    }
    return loss;
}

/* ---- back ---- */

/* dz from dy through the decoder. */
static void decode_back(MkHivae *net, const MkHivaeBatch *b, MkHivaeWork *w)
{
    const size_t n_z = net->config.z, n_h = net->config.hidden, n = b->n;
    float *const gradient = net->parameters.gradient;
    const float *const value = net->parameters.value;
    mk_linear_back(value, gradient, &net->to_y, w->features, w->dy, n, w->dfeatures);
    if (n_h == 0) {
        memcpy(w->dz, w->dfeatures, n * n_z * sizeof *w->dz);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        memcpy(w->dhidden + i * n_h, w->dfeatures + i * (n_z + n_h) + n_z,
               n_h * sizeof *w->dhidden);
    }
    mk_leaky_back(w->hidden, w->dhidden, n * n_h, MK_HIVAE_SLOPE);
    mk_linear_back(value, gradient, &net->decode, w->z, w->dhidden, n, w->dz);
    for (size_t i = 0; i < n; i++) {
        mk_axpy(n_z, 1.0F, w->dfeatures + i * (n_z + n_h), w->dz + i * n_z);
    }
}

/* dmoments and dprior from dz and the KL of z. */
static void latent_back(const MkHivae *net, const MkHivaeBatch *b, double total, MkHivaeWork *w)
{
    const size_t n_z = net->config.z;
    for (size_t i = 0; i < b->n; i++) {
        const float kl = (float)(b->beta * b->weight[i] / total);
        const float *const mean = w->moments + i * 2 * n_z, *const log_v = mean + n_z;
        float *const dmean = w->dmoments + i * 2 * n_z, *const dlog_v = dmean + n_z;
        for (size_t k = 0; k < n_z; k++) {
            const size_t at = i * n_z + k;
            const float lv = fminf(fmaxf(log_v[k], -most_log_v), most_log_v);
            const float r = kl * (mean[k] - w->prior[at]);
            dmean[k] = w->dz[at] + r;
            w->dprior[at] = -r;
            dlog_v[k] =
                lv != log_v[k]
                    ? 0.0F
                    : 0.5F * (w->dz[at] * b->noise[at] * expf(0.5F * lv) + kl * (expf(lv) - 1.0F));
        }
    }
}

/* ds becomes the gradient of the logits: through the relaxed sample and the KL of s. */
static void choice_back(const MkHivae *net, const MkHivaeBatch *b, double total, MkHivaeWork *w)
{
    const size_t n_s = net->config.s;
    for (size_t i = 0; i < b->n; i++) {
        const float *const s = w->s + i * n_s, *const p = w->p + i * n_s;
        float *const ds = w->ds + i * n_s;
        const double kl = b->beta * b->weight[i] / total;
        double along = 0.0, entropy = 0.0;
        for (size_t k = 0; k < n_s; k++) {
            along += (double)(s[k] * ds[k]);
            entropy += p[k] > 0.0F ? (double)p[k] * log((double)p[k]) : 0.0;
        }
        for (size_t k = 0; k < n_s; k++) {
            const double q = (double)p[k];
            const double of_kl = q > 0.0 ? kl * q * (log(q) - entropy) : 0.0;
            ds[k] = (float)((double)s[k] * ((double)ds[k] - along) / b->temperature + of_kl);
        }
    }
}

static void recognise_back(MkHivae *net, const MkHivaeBatch *b, const float *encoded, double total,
                           MkHivaeWork *w)
{
    const MkHivaeConfig *const c = &net->config;
    const float *const value = net->parameters.value;
    float *const gradient = net->parameters.gradient;
    const size_t n = b->n, wide = net->n_encoded + c->s;
    mk_linear_back(value, gradient, &net->to_z, w->joined, w->dmoments, n, w->djoined);
    for (size_t i = 0; i < n; i++) {
        mk_axpy(c->s, 1.0F, w->djoined + i * wide + net->n_encoded, w->ds + i * c->s);
    }
    /* logits serve as room: what came through the prior's layer */
    mk_linear_back(value, gradient, &net->prior, w->s, w->dprior, n, w->logits);
    mk_axpy(n * c->s, 1.0F, w->logits, w->ds);
    choice_back(net, b, total, w);
    mk_linear_back(value, gradient, &net->to_s, encoded, w->ds, n,
                   c->hidden > 0 ? w->dencoded : NULL);
    if (c->hidden == 0) {
        return;
    }
    for (size_t i = 0; i < n; i++) {
        mk_axpy(net->n_encoded, 1.0F, w->djoined + i * wide, w->dencoded + i * net->n_encoded);
    }
    mk_leaky_back(w->a2, w->dencoded, n * c->hidden, MK_HIVAE_SLOPE);
    mk_linear_back(value, gradient, &net->encode2, w->a1, w->dencoded, n, w->dhidden);
    mk_leaky_back(w->a1, w->dhidden, n * c->hidden, MK_HIVAE_SLOPE);
    mk_linear_back(value, gradient, &net->encode1, b->x, w->dhidden, n, NULL);
}

double mk_hivae_loss(MkHivae *net, const MkHivaeBatch *b, MkHivaeWork *w, bool back)
{
    const MkHivaeConfig *const c = &net->config;
    double total = 0.0;
    for (size_t i = 0; i < b->n; i++) {
        total += b->weight[i];
    }
    const float *const encoded = encode(net, b->x, b->n, w->a1, w->a2);
    const double kl = draw_latent(net, b, encoded, w);
    features_of(net, w->z, b->n, w->hidden, w->features);
    mk_linear(net->parameters.value, &net->to_y, w->features, b->n, w->y);
    if (back) {
        memset(w->dy, 0, b->n * c->n * c->y * sizeof *w->dy);
        memset(w->ds, 0, b->n * c->s * sizeof *w->ds);
    }
    const double loss = score_heads(net, b, w, total, back);
    if (back) {
        decode_back(net, b, w);
        latent_back(net, b, total, w);
        recognise_back(net, b, encoded, total, w);
    }
    return (loss + b->beta * kl) / total;
}

/* ---- asking ---- */

MkStatus mk_hivae_recognise(const MkHivae *net, const float *x, MkArena *arena, double *p,
                            float *moments, MkError *err)
{
    const MkHivaeConfig *const c = &net->config;
    const float *const value = net->parameters.value;
    const size_t wide = net->n_encoded + c->s;
    float *const a1 = mk_arena_array(arena, c->hidden + 1, sizeof *a1);
    float *const a2 = mk_arena_array(arena, c->hidden + 1, sizeof *a2);
    float *const logits = mk_arena_array(arena, c->s, sizeof *logits);
    float *const joined = mk_arena_zeros(arena, c->s * wide, sizeof *joined);
    if (a1 == NULL || a2 == NULL || logits == NULL || joined == NULL) {
        return mk_fail(err, MK_ENOMEM, "out of memory");
    }
    const float *const encoded = encode(net, x, 1, a1, a2);
    mk_linear(value, &net->to_s, encoded, 1, logits);
    mk_softmax(logits, 1, c->s, 1.0F);
    for (size_t k = 0; k < c->s; k++) {
        p[k] = (double)logits[k];
        memcpy(joined + k * wide, encoded, net->n_encoded * sizeof *joined);
        joined[k * wide + net->n_encoded + k] = 1.0F;
    }
    mk_linear(value, &net->to_z, joined, c->s, moments);
    for (size_t i = 0; i < c->s * c->z; i++) {
        float *const log_v = moments + i / c->z * 2 * c->z + c->z + i % c->z;
        *log_v = fminf(fmaxf(*log_v, -most_log_v), most_log_v);
    }
    return MK_OK;
}

void mk_hivae_prior(const MkHivae *net, float *out)
{
    const float *const value = net->parameters.value;
    for (size_t i = 0; i < net->config.s * net->config.z; i++) {
        out[i] = value[net->prior.weight + i] + value[net->prior.bias + i % net->config.z];
    }
}

/* `out` has hidden columns behind z: they are computed in place, row by row. */
void mk_hivae_decode(const MkHivae *net, const float *z, size_t n, float *out)
{
    const size_t n_z = net->config.z, wide = mk_hivae_features(net);
    for (size_t i = 0; i < n; i++) {
        float *const row = out + i * wide;
        memcpy(row, z + i * n_z, n_z * sizeof *row);
        if (net->config.hidden > 0) {
            mk_linear(net->parameters.value, &net->decode, z + i * n_z, 1, row + n_z);
            mk_leaky(row + n_z, net->config.hidden, MK_HIVAE_SLOPE);
        }
    }
}

void mk_hivae_slice(const MkHivae *net, size_t j, const float *features, size_t n, float *out)
{
    const size_t n_y = net->config.y, wide = mk_hivae_features(net);
    const float *const value = net->parameters.value;
    for (size_t i = 0; i < n; i++) {
        memcpy(out + i * n_y, value + net->to_y.bias + j * n_y, n_y * sizeof *out);
    }
    mk_sgemm(false, false, n, n_y, wide, 1.0F, features, wide, value + net->to_y.weight + j * n_y,
             net->to_y.to, 1.0F, out, n_y);
}
