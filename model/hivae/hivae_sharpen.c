#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <math.h>
#include <string.h>

#include "model/hivae/hivae.h"
#include "model/nn/blas.h"

enum { ROUNDS = 8 };

static const double longest = 3.0; /* of a step, in sd of the prior */

typedef struct Slope {
    const MkHivae *net;
    const float *s;   /* (S) one of them */
    float *features;  /* (features) at z */
    float *along;     /* (features) derivative of a mean by the features */
    double *gradient; /* (z) */
    double *h;        /* (z, z) precision, lower triangle */
    double *j;        /* (z) derivative of a mean by z */
} Slope;

/* Derivative of mean k of head a by z, through y and the features: the rectifier's slope is read
 * off what came out. */
static void derive(const Slope *f, size_t a, size_t k)
{
    const MkHivae *const net = f->net;
    const MkHivaeHead *const head = &net->heads[a];
    const size_t n_z = net->config.z, n_h = net->config.hidden, n_y = net->config.y;
    const float *const value = net->parameters.value;
    for (size_t i = 0; i < n_z + n_h; i++) {
        const float *const to_y = value + net->to_y.weight + i * net->to_y.to + a * n_y;
        float sum = 0.0F;
        for (size_t r = 0; r < n_y; r++) {
            sum += to_y[r] * value[head->mean + r * head->n_mean + k];
        }
        f->along[i] = i >= n_z && f->features[i] < 0.0F ? sum * MK_HIVAE_SLOPE : sum;
    }
    for (size_t i = 0; i < n_z; i++) {
        const float *const row = value + net->decode.weight + i * n_h;
        float sum = f->along[i];
        for (size_t h = 0; h < n_h; h++) {
            sum += f->along[n_z + h] * row[h];
        }
        f->j[i] = (double)sum;
    }
}

/* Adds what one known value says: gradient, curvature (of each mean, never negative); gives its
 * log p. */
static double add_value(const Slope *f, size_t a, double target)
{
    const MkHivae *const net = f->net;
    const size_t n_z = net->config.z, n_mean = net->heads[a].n_mean;
    const float h = 0.03125F;
    float y[64], mean[MK_HIVAE_HEAD], spread[MK_HIVAE_HEAD], at[MK_HIVAE_HEAD];
    float up[MK_HIVAE_HEAD], down[MK_HIVAE_HEAD], other[MK_HIVAE_HEAD];
    mk_hivae_slice(net, a, f->features, 1, y);
    mk_hivae_head(net, a, y, f->s, mean, spread);
    const double log_p = mk_hivae_head_log(net, a, mean, spread, target, at, other);
    for (size_t k = 0; k < n_mean; k++) {
        const float was = mean[k];
        mean[k] = was + h;
        mk_hivae_head_log(net, a, mean, spread, target, up, other);
        mean[k] = was - h;
        mk_hivae_head_log(net, a, mean, spread, target, down, other);
        mean[k] = was;
        const double curve = fmax((double)(down[k] - up[k]) / (2.0 * (double)h), 0.0);
        derive(f, a, k);
        for (size_t i = 0; i < n_z; i++) {
            f->gradient[i] += (double)at[k] * f->j[i];
            for (size_t c = 0; c <= i; c++) {
                f->h[i * n_z + c] += curve * f->j[i] * f->j[c];
            }
        }
    }
    return log_p;
}

/* Log p(known, z | s) but for a constant; its gradient and precision at z. */
static double look(const Slope *f, const size_t *ids, const double *targets, size_t n,
                   const float *prior, const float *z)
{
    const size_t n_z = f->net->config.z;
    double sum = 0.0;
    mk_hivae_decode(f->net, z, 1, f->features);
    memset(f->h, 0, n_z * n_z * sizeof *f->h);
    for (size_t i = 0; i < n_z; i++) {
        f->gradient[i] = (double)(prior[i] - z[i]);
        f->h[i * n_z + i] = 1.0;
        sum -= 0.5 * f->gradient[i] * f->gradient[i];
    }
    for (size_t i = 0; i < n; i++) {
        sum += add_value(f, ids[i], targets[i]);
    }
    return sum;
}

MkStatus mk_hivae_sharpen(const MkHivae *net, const size_t *ids, const double *targets, size_t n,
                          const float *s, const float *prior, MkArena *arena, float *mean,
                          double *factor, MkError *err)
{
    const size_t n_z = net->config.z, wide = mk_hivae_features(net);
    Slope f = {.net = net,
               .s = s,
               .features = mk_arena_array(arena, wide, sizeof *f.features),
               .along = mk_arena_array(arena, wide, sizeof *f.along),
               .gradient = mk_arena_array(arena, n_z, sizeof *f.gradient),
               .h = mk_arena_array(arena, n_z * n_z, sizeof *f.h),
               .j = mk_arena_array(arena, n_z, sizeof *f.j)};
    float *const z = mk_arena_array(arena, n_z, sizeof *z);
    if (f.features == NULL || f.along == NULL || f.gradient == NULL || f.h == NULL || f.j == NULL ||
        z == NULL) {
        return mk_fail(err, MK_ENOMEM, "out of memory");
    }
    double best = -INFINITY, share = 1.0;
    double *const step = mk_arena_zeros(arena, n_z, sizeof *step);
    if (step == NULL) {
        return mk_fail(err, MK_ENOMEM, "out of memory");
    }
    for (int round = 0; round < ROUNDS; round++) {
        for (size_t i = 0; i < n_z; i++) {
            z[i] = mean[i] + (float)(share * step[i]);
        }
        const double here = look(&f, ids, targets, n, prior, z);
        if (!(here > best)) { /* too far: half the way */
            share *= 0.5;
            continue;
        }
        best = here;
        share = 1.0;
        memcpy(mean, z, n_z * sizeof *z);
        memcpy(factor, f.h, n_z * n_z * sizeof *factor);
        if (!mk_dpotrf(n_z, factor, n_z)) {
            return mk_fail(err, MK_ENUMERIC, "the precision of a latent state is not positive");
        }
        double length = 0.0;
        memcpy(step, f.gradient, n_z * sizeof *step);
        mk_dpotrs(n_z, factor, n_z, step);
        for (size_t i = 0; i < n_z; i++) {
            length += step[i] * step[i];
        }
        share = fmin(1.0, longest / fmax(sqrt(length), 1e-12));
    }
    return MK_OK;
}
