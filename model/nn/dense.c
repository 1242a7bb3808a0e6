#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "model/nn/dense.h"

#include <math.h>
#include <string.h>

#include "model/nn/blas.h"
#include "model/nn/kernels.h"

/* ---- parameters ---- */

bool mk_parameters_init(MkParameters *p, size_t room, MkArena *arena)
{
    *p = (MkParameters){.room = room,
                        .value = mk_arena_zeros(arena, room + 1, sizeof *p->value),
                        .gradient = mk_arena_zeros(arena, room + 1, sizeof *p->gradient),
                        .m = mk_arena_zeros(arena, room + 1, sizeof *p->m),
                        .v = mk_arena_zeros(arena, room + 1, sizeof *p->v)};
    return p->value != NULL && p->gradient != NULL && p->m != NULL && p->v != NULL;
}

size_t mk_parameters_take(MkParameters *p, size_t n)
{
    const size_t at = p->n;
    p->n += n;
    return at;
}

void mk_parameters_zero_gradient(MkParameters *p)
{
    memset(p->gradient, 0, p->n * sizeof *p->gradient);
}

void mk_parameters_step(MkParameters *p, const MkDenseAdam *adam)
{
    p->t++;
    if (adam->clip_value > 0.0) {
        const float most = (float)adam->clip_value;
        for (size_t i = 0; i < p->n; i++) {
            p->gradient[i] = fminf(fmaxf(p->gradient[i], -most), most);
        }
    }
    const MkAdam step = {.rate = (float)adam->rate,
                         .beta1 = (float)adam->beta1,
                         .beta2 = (float)adam->beta2,
                         .eps = (float)adam->eps,
                         .decay = (float)adam->decay,
                         .clip = 1.0F,
                         .correction1 = (float)(1.0 - pow(adam->beta1, (double)p->t)),
                         .correction2 = (float)(1.0 - pow(adam->beta2, (double)p->t))};
    mk_adamw(&step, p->n, p->gradient, p->value, p->m, p->v);
}

/* ---- linear ---- */

MkLinear mk_linear_take(MkParameters *p, size_t from, size_t to)
{
    MkLinear l = {.from = from, .to = to};
    l.weight = mk_parameters_take(p, from * to);
    l.bias = mk_parameters_take(p, to);
    return l;
}

void mk_linear_init(MkParameters *p, const MkLinear *l, int how, MkRng *rng)
{
    const double glorot = sqrt(6.0 / (double)(l->from + l->to)), he = sqrt(2.0 / (double)l->from);
    const double torch = 1.0 / sqrt((double)l->from);
    for (size_t i = 0; i < l->from * l->to; i++) {
        const double u = 2.0 * mk_rng_uniform(rng) - 1.0;
        p->value[l->weight + i] = (float)(how == MK_INIT_HE       ? he * mk_rng_normal(rng)
                                          : how == MK_INIT_GLOROT ? glorot * u
                                                                  : torch * u);
    }
    for (size_t i = 0; i < l->to; i++) {
        const double u = 2.0 * mk_rng_uniform(rng) - 1.0;
        p->value[l->bias + i] = how == MK_INIT_TORCH ? (float)(torch * u) : 0.0F;
    }
}

void mk_linear(const float *value, const MkLinear *l, const float *x, size_t n, float *out)
{
    for (size_t i = 0; i < n; i++) {
        memcpy(out + i * l->to, value + l->bias, l->to * sizeof *out);
    }
    mk_sgemm(false, false, n, l->to, l->from, 1.0F, x, l->from, value + l->weight, l->to, 1.0F, out,
             l->to);
}

void mk_linear_back(const float *value, float *gradient, const MkLinear *l, const float *x,
                    const float *dout, size_t n, float *dx)
{
    mk_sgemm(true, false, l->from, l->to, n, 1.0F, x, l->from, dout, l->to, 1.0F,
             gradient + l->weight, l->to);
    mk_add_bias_back(dout, n, l->to, gradient + l->bias);
    if (dx != NULL) {
        mk_sgemm(false, true, n, l->from, l->to, 1.0F, dout, l->to, value + l->weight, l->to, 0.0F,
                 dx, l->from);
    }
}

/* ---- batch normalisation ---- */

bool mk_batchnorm_take(MkParameters *p, size_t d, float momentum, float eps, MkArena *arena,
                       MkBatchNorm *out)
{
    *out = (MkBatchNorm){.d = d,
                         .mean = mk_arena_zeros(arena, d, sizeof *out->mean),
                         .variance = mk_arena_zeros(arena, d, sizeof *out->variance),
                         .momentum = momentum,
                         .eps = eps};
    if (out->mean == NULL || out->variance == NULL) {
        return false;
    }
    out->gain = mk_parameters_take(p, d);
    out->bias = mk_parameters_take(p, d);
    for (size_t j = 0; j < d; j++) {
        p->value[out->gain + j] = 1.0F;
        out->variance[j] = 1.0F;
    }
    return true;
}

static void column_moments(const float *x, size_t n, size_t d, size_t j, double *mean,
                           double *variance)
{
    double sum = 0.0, squares = 0.0;
    for (size_t i = 0; i < n; i++) {
        sum += (double)x[i * d + j];
    }
    *mean = sum / (double)n;
    for (size_t i = 0; i < n; i++) {
        const double r = (double)x[i * d + j] - *mean;
        squares += r * r;
    }
    *variance = squares / (double)n;
}

void mk_batchnorm(const float *value, MkBatchNorm *b, const float *x, size_t n, float *normal,
                  float *inverse, float *out)
{
    for (size_t j = 0; j < b->d; j++) {
        double mean = 0.0, variance = 0.0;
        column_moments(x, n, b->d, j, &mean, &variance);
        b->mean[j] = b->momentum * b->mean[j] + (1.0F - b->momentum) * (float)mean;
        b->variance[j] = b->momentum * b->variance[j] + (1.0F - b->momentum) * (float)variance;
        inverse[j] = (float)(1.0 / sqrt(variance + (double)b->eps));
        for (size_t i = 0; i < n; i++) {
            const size_t at = i * b->d + j;
            normal[at] = (float)((double)x[at] - mean) * inverse[j];
            out[at] = normal[at] * value[b->gain + j] + value[b->bias + j];
        }
    }
}

void mk_batchnorm_back(const float *value, float *gradient, const MkBatchNorm *b,
                       const float *normal, const float *inverse, const float *dout, size_t n,
                       float *dx)
{
    for (size_t j = 0; j < b->d; j++) {
        double sum = 0.0, along = 0.0;
        for (size_t i = 0; i < n; i++) {
            const size_t at = i * b->d + j;
            sum += (double)dout[at];
            along += (double)dout[at] * (double)normal[at];
        }
        gradient[b->gain + j] += (float)along;
        gradient[b->bias + j] += (float)sum;
        const float scale = value[b->gain + j] * inverse[j];
        const float mean = (float)(sum / (double)n), slope = (float)(along / (double)n);
        for (size_t i = 0; i < n; i++) {
            const size_t at = i * b->d + j;
            dx[at] = scale * (dout[at] - mean - normal[at] * slope);
        }
    }
}

void mk_batchnorm_ask(const float *value, const MkBatchNorm *b, const float *x, size_t n,
                      float *out)
{
    for (size_t j = 0; j < b->d; j++) {
        const float scale = value[b->gain + j] / sqrtf(b->variance[j] + b->eps);
        for (size_t i = 0; i < n; i++) {
            const size_t at = i * b->d + j;
            out[at] = (x[at] - b->mean[j]) * scale + value[b->bias + j];
        }
    }
}

void mk_batchnorm_ask_back(const float *value, float *gradient, const MkBatchNorm *b,
                           const float *x, const float *dout, size_t n, float *dx)
{
    for (size_t j = 0; j < b->d; j++) {
        const float inverse = 1.0F / sqrtf(b->variance[j] + b->eps);
        double sum = 0.0, along = 0.0;
        for (size_t i = 0; i < n; i++) {
            const size_t at = i * b->d + j;
            sum += (double)dout[at];
            along += (double)dout[at] * (double)((x[at] - b->mean[j]) * inverse);
            dx[at] = dout[at] * value[b->gain + j] * inverse;
        }
        gradient[b->gain + j] += (float)along;
        gradient[b->bias + j] += (float)sum;
    }
}

/* ---- leaky rectifier ---- */

void mk_leaky(float *x, size_t n, float slope)
{
    for (size_t i = 0; i < n; i++) {
        x[i] = x[i] < 0.0F ? slope * x[i] : x[i];
    }
}

void mk_leaky_back(const float *out, float *dout, size_t n, float slope)
{
    for (size_t i = 0; i < n; i++) {
        dout[i] = out[i] < 0.0F ? slope * dout[i] : out[i] == 0.0F ? 0.0F : dout[i];
    }
}
