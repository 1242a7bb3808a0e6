#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "model/tvae/tvae_net.h"

#include <math.h>
#include <string.h>

#include "model/nn/kernels.h"

static const float first_sigma = 0.1F, least_sigma = 0.01F, most_sigma = 1.0F;

/* ---- parameters ---- */

MkTvaeNet mk_tvae_net(const MkRecords *records, size_t hidden, size_t latent)
{
    MkParameters p = {0};
    MkTvaeNet net = {.records = records, .hidden = hidden, .latent = latent};
    net.encode[0] = mk_linear_take(&p, records->width, hidden);
    net.encode[1] = mk_linear_take(&p, hidden, hidden);
    net.mean = mk_linear_take(&p, hidden, latent);
    net.log_variance = mk_linear_take(&p, hidden, latent);
    net.decode[0] = mk_linear_take(&p, latent, hidden);
    net.decode[1] = mk_linear_take(&p, hidden, hidden);
    net.out = mk_linear_take(&p, hidden, records->width);
    net.sigma = mk_parameters_take(&p, records->n_scalars);
    net.n = p.n;
    return net;
}

void mk_tvae_init(const MkTvaeNet *net, uint64_t seed, MkParameters *p)
{
    const MkLinear *const layers[] = {&net->encode[0],    &net->encode[1], &net->mean,
                                      &net->log_variance, &net->decode[0], &net->decode[1],
                                      &net->out};
    p->n = net->n;
    for (size_t i = 0; i < sizeof layers / sizeof *layers; i++) {
        MkRng rng = mk_rng(seed, MK_RNG_INIT, i);
        mk_linear_init(p, layers[i], MK_INIT_TORCH, &rng);
    }
    for (size_t i = 0; i < net->records->n_scalars; i++) {
        p->value[net->sigma + i] = first_sigma;
    }
}

void mk_tvae_hold(const MkTvaeNet *net, float *value)
{
    for (size_t i = 0; i < net->records->n_scalars; i++) {
        float *const s = &value[net->sigma + i];
        *s = *s < least_sigma ? least_sigma : *s > most_sigma ? most_sigma : *s;
    }
}

bool mk_tvae_tape(const MkTvaeNet *net, size_t n, MkArena *arena, MkTvaeTape *out)
{
    const size_t hidden = n * net->hidden, latent = n * net->latent;
    const size_t width = n * net->records->width;
    float **const parts[] = {&out->hidden[0], &out->hidden[1],      &out->hidden[2],
                             &out->hidden[3], &out->d_hidden[0],    &out->d_hidden[1],
                             &out->mean,      &out->log_variance,   &out->state,
                             &out->d_state,   &out->d_log_variance, &out->said,
                             &out->d_said};
    bool is_there = true;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        *parts[i] = mk_arena_array(arena,
                                   i < 6    ? hidden
                                   : i < 11 ? latent
                                            : width,
                                   sizeof **parts[i]);
        is_there = is_there && *parts[i] != NULL;
    }
    return is_there;
}

/* ---- passes ---- */

static void rectified(const float *value, const MkLinear *l, const float *x, size_t n, float *out)
{
    mk_linear(value, l, x, n, out);
    mk_leaky(out, n * l->to, 0.0F);
}

void mk_tvae_encode(const MkTvaeNet *net, const float *value, const float *x, size_t n,
                    MkTvaeTape *t)
{
    rectified(value, &net->encode[0], x, n, t->hidden[0]);
    rectified(value, &net->encode[1], t->hidden[0], n, t->hidden[1]);
    mk_linear(value, &net->mean, t->hidden[1], n, t->mean);
    mk_linear(value, &net->log_variance, t->hidden[1], n, t->log_variance);
}

void mk_tvae_decode(const MkTvaeNet *net, const float *value, const float *state, size_t n,
                    float *a, float *b, float *said)
{
    rectified(value, &net->decode[0], state, n, a);
    rectified(value, &net->decode[1], a, n, b);
    mk_linear(value, &net->out, b, n, said);
}

/* ---- loss ---- */

/* Of the scalar of one person: - log of a normal around tanh of what is said (without the
 * constant), and its gradients. */
static double scalar_loss(float x, float said, float sigma, float scale, float *d_said,
                          float *d_sigma)
{
    const float y = tanhf(said), apart = x - y, inverse = 1.0F / (sigma * sigma);
    *d_said = -scale * apart * inverse * (1.0F - y * y);
    *d_sigma += scale * (1.0F / sigma - apart * apart * inverse / sigma);
    return 0.5 * (double)(apart * apart * inverse) + log((double)sigma);
}

/* Cross entropy of what is said with x, one of n; and scale times its gradient. */
static double shares_loss(const float *x, const float *said, size_t n, float scale, float *d_said)
{
    double loss = 0.0;
    memcpy(d_said, said, n * sizeof *d_said);
    mk_softmax(d_said, 1, n, 1.0F);
    for (size_t k = 0; k < n; k++) {
        if (x[k] > 0.5F) {
            loss = -log(fmax((double)d_said[k], 1e-30));
        }
        d_said[k] = scale * (d_said[k] - x[k]);
    }
    return loss;
}

/* Reconstruction of one record; a missing number has no scalar. */
static double record_loss(const MkTvaeNet *net, const float *value, const float *x,
                          const float *said, float scale, float *d_said, float *gradient)
{
    double loss = 0.0;
    for (size_t j = 0; j < net->records->n; j++) {
        const MkCoding *const c = &net->records->columns[j];
        const size_t first = mk_coding_shares(c);
        if (c->is_number) {
            const size_t s = net->sigma + c->scalar;
            const bool is_missing = c->n > c->n_values && x[first + c->n_values] > 0.5F;
            d_said[c->at] = 0.0F;
            loss += is_missing ? 0.0
                               : scalar_loss(x[c->at], said[c->at], value[s], scale, &d_said[c->at],
                                             &gradient[s]);
        }
        loss += shares_loss(x + first, said + first, c->n, scale, d_said + first);
    }
    return loss;
}

static double draw_states(const float *noise, size_t n, MkTvaeTape *t)
{
    double kl = 0.0;
    for (size_t i = 0; i < n; i++) {
        const float half = expf(0.5F * t->log_variance[i]);
        t->state[i] = t->mean[i] + half * noise[i];
        kl -= 0.5 * (double)(1.0F + t->log_variance[i] - t->mean[i] * t->mean[i] - half * half);
    }
    return kl;
}

/* From d_state the gradients of mean (into d_state) and log variance, KL included. */
static void states_back(const float *noise, size_t n, float scale, MkTvaeTape *t)
{
    for (size_t i = 0; i < n; i++) {
        const float half = expf(0.5F * t->log_variance[i]);
        t->d_log_variance[i] =
            0.5F * t->d_state[i] * noise[i] * half + 0.5F * scale * (half * half - 1.0F);
        t->d_state[i] += scale * t->mean[i];
    }
}

static void back(const MkTvaeNet *net, const float *value, const float *x, const float *noise,
                 size_t n, MkTvaeTape *t, float *g)
{
    const size_t hidden = n * net->hidden;
    float *const a = t->d_hidden[0], *const b = t->d_hidden[1];
    mk_linear_back(value, g, &net->out, t->hidden[3], t->d_said, n, a);
    mk_leaky_back(t->hidden[3], a, hidden, 0.0F);
    mk_linear_back(value, g, &net->decode[1], t->hidden[2], a, n, b);
    mk_leaky_back(t->hidden[2], b, hidden, 0.0F);
    mk_linear_back(value, g, &net->decode[0], t->state, b, n, t->d_state);
    states_back(noise, n * net->latent, 1.0F / (float)n, t);
    mk_linear_back(value, g, &net->mean, t->hidden[1], t->d_state, n, a);
    mk_linear_back(value, g, &net->log_variance, t->hidden[1], t->d_log_variance, n, b);
    mk_axpy(hidden, 1.0F, b, a);
    mk_leaky_back(t->hidden[1], a, hidden, 0.0F);
    mk_linear_back(value, g, &net->encode[1], t->hidden[0], a, n, b);
    mk_leaky_back(t->hidden[0], b, hidden, 0.0F);
    mk_linear_back(value, g, &net->encode[0], x, b, n, NULL);
}

double mk_tvae_loss(const MkTvaeNet *net, const float *value, const float *x, const float *noise,
                    size_t n, double factor, MkTvaeTape *t, float *gradient)
{
    const size_t width = net->records->width;
    const float scale = (float)(factor / (double)n);
    double loss = 0.0;
    mk_tvae_encode(net, value, x, n, t);
    const double kl = draw_states(noise, n * net->latent, t);
    mk_tvae_decode(net, value, t->state, n, t->hidden[2], t->hidden[3], t->said);
    for (size_t i = 0; i < n; i++) {
        loss += record_loss(net, value, x + i * width, t->said + i * width, scale,
                            t->d_said + i * width, gradient);
    }
    back(net, value, x, noise, n, t, gradient);
    return (factor * loss + kl) / (double)n;
}
