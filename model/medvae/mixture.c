/* mixture.c - normals fitted to people's latent states, so that what is drawn is nobody's own. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "model/medvae/medvae.h"

#include <math.h>
#include <string.h>

#include "model/nn/blas.h"

enum { L = MK_MEDVAE_LATENT, ROUNDS = 40, PEOPLE_MOST = 20000, PEOPLE_EACH = 100 };

/* Covariances get this share of the overall variance on their diagonal. */
static const double ridge = 1e-3;

typedef struct Fit {
    const float *z;
    size_t n, k;
    double *share;      /* (k) */
    double *mean;       /* (k, L) */
    double *factor;     /* (k, L, L) Cholesky, lower */
    double *part;       /* (k, n) responsibilities */
    double variance[L]; /* of all */
} Fit;

static double log_normal(const Fit *f, size_t c, const float *z)
{
    const double *const mean = f->mean + c * L, *const l = f->factor + c * L * L;
    double x[L], sum = 0.0;
    for (size_t i = 0; i < L; i++) {
        double r = (double)z[i] - mean[i];
        for (size_t k = 0; k < i; k++) {
            r -= l[i * L + k] * x[k];
        }
        x[i] = r / l[i * L + i];
        sum += 0.5 * x[i] * x[i] + log(l[i * L + i]);
    }
    return log(f->share[c]) - sum;
}

static void expect(Fit *f)
{
    for (size_t i = 0; i < f->n; i++) {
        double most = -INFINITY, all = 0.0;
        for (size_t c = 0; c < f->k; c++) {
            f->part[c * f->n + i] = log_normal(f, c, f->z + i * L);
            most = fmax(most, f->part[c * f->n + i]);
        }
        for (size_t c = 0; c < f->k; c++) {
            f->part[c * f->n + i] = exp(f->part[c * f->n + i] - most);
            all += f->part[c * f->n + i];
        }
        for (size_t c = 0; c < f->k; c++) {
            f->part[c * f->n + i] /= all;
        }
    }
}

/* Mean and factor of a component from its people; as it was when that fails. */
static void maximise(Fit *f, size_t c)
{
    const double *const part = f->part + c * f->n;
    double sum = 1e-9, mean[L] = {0}, cov[L * L] = {0};
    for (size_t i = 0; i < f->n; i++) {
        sum += part[i];
        for (size_t k = 0; k < L; k++) {
            mean[k] += part[i] * (double)f->z[i * L + k];
        }
    }
    for (size_t k = 0; k < L; k++) {
        mean[k] /= sum;
    }
    for (size_t i = 0; i < f->n; i++) {
        double r[L];
        if (part[i] < 1e-6) {
            continue;
        }
        for (size_t k = 0; k < L; k++) {
            r[k] = (double)f->z[i * L + k] - mean[k];
            for (size_t m = 0; m <= k; m++) {
                cov[k * L + m] += part[i] * r[k] * r[m];
            }
        }
    }
    for (size_t k = 0; k < L; k++) {
        for (size_t m = 0; m <= k; m++) {
            cov[k * L + m] /= sum;
        }
        cov[k * L + k] += ridge * f->variance[k] + 1e-9;
    }
    if (mk_dpotrf(L, cov, L)) {
        f->share[c] = sum / (double)f->n;
        memcpy(f->mean + c * L, mean, sizeof mean);
        memcpy(f->factor + c * L * L, cov, sizeof cov);
    }
}

/* Means of k people drawn at random, covariances diagonal. */
static void start(Fit *f, MkRng *rng)
{
    double mean[L] = {0};
    for (size_t i = 0; i < f->n * L; i++) {
        mean[i % L] += (double)f->z[i] / (double)f->n;
    }
    for (size_t i = 0; i < f->n * L; i++) {
        const double r = (double)f->z[i] - mean[i % L];
        f->variance[i % L] += r * r / (double)f->n;
    }
    for (size_t c = 0; c < f->k; c++) {
        const size_t person = mk_rng_below(rng, f->n);
        f->share[c] = 1.0 / (double)f->k;
        for (size_t i = 0; i < L; i++) {
            f->mean[c * L + i] = (double)f->z[person * L + i];
            f->factor[(c * L + i) * L + i] = sqrt(f->variance[i] + 1e-9);
        }
    }
}

size_t mk_medvae_mixture_fit(const float *z, size_t n, size_t most, MkRng *rng, MkArena *arena,
                             float *out)
{
    Fit f = {.z = z, .n = n < PEOPLE_MOST ? n : PEOPLE_MOST};
    f.k = f.n / PEOPLE_EACH < most ? f.n / PEOPLE_EACH : most;
    f.k = f.k > 0 ? f.k : 1;
    f.share = mk_arena_array(arena, f.k, sizeof *f.share);
    f.mean = mk_arena_array(arena, f.k * L, sizeof *f.mean);
    f.factor = mk_arena_zeros(arena, f.k * L * L, sizeof *f.factor);
    f.part = mk_arena_array(arena, f.k * f.n, sizeof *f.part);
    if (f.share == NULL || f.mean == NULL || f.factor == NULL || f.part == NULL) {
        return 0;
    }
    start(&f, rng);
    for (size_t round = 0; round < ROUNDS; round++) {
        expect(&f);
        for (size_t c = 0; c < f.k; c++) {
            maximise(&f, c);
        }
    }
    for (size_t c = 0; c < f.k; c++) {
        float *const row = out + c * MK_MEDVAE_NORMAL;
        row[0] = (float)f.share[c];
        for (size_t i = 0; i < L; i++) {
            row[1 + i] = (float)f.mean[c * L + i];
        }
        for (size_t i = 0; i < L * L; i++) {
            const bool is_kept = i % L <= i / L;
            row[1 + L + i] = is_kept ? (float)f.factor[c * L * L + i] : 0.0F;
        }
    }
    return f.k;
}
