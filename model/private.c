#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "model/private.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "src/base/arena.h"

/* ---- accounting ---- */

static double log_sum(double a, double b)
{
    const double most = fmax(a, b), least = fmin(a, b);
    return isinf(most) ? most : most + log1p(exp(least - most));
}

/* A = sum_i C(alpha, i) (1 - q)^(alpha - i) q^i exp((i^2 - i) / (2 sigma^2)), in logarithms. */
double mk_private_renyi(const MkMechanism *m, int alpha)
{
    const double a = (double)alpha, variance = 2.0 * m->sigma * m->sigma;
    double log_a = -INFINITY;
    if (m->steps == 0 || m->rate <= 0.0) {
        return 0.0;
    }
    if (!(m->sigma > 0.0)) {
        return INFINITY;
    }
    if (m->rate >= 1.0) { /* everybody, each time: the Gaussian mechanism */
        return (double)m->steps * a / variance;
    }
    for (int k = 0; k <= alpha; k++) {
        const double i = (double)k;
        const double binomial = lgamma(a + 1.0) - lgamma(i + 1.0) - lgamma(a - i + 1.0);
        log_a = log_sum(log_a, binomial + (a - i) * log1p(-m->rate) + i * log(m->rate) +
                                   (i * i - i) / variance);
    }
    return (double)m->steps * fmax(log_a, 0.0) / (a - 1.0);
}

double mk_private_epsilon(const MkMechanism *mechanisms, size_t n, double delta, int *order)
{
    double best = INFINITY;
    for (int alpha = 2; alpha <= MK_PRIVATE_ORDER_MOST; alpha++) {
        const double a = (double)alpha;
        double renyi = 0.0;
        for (size_t i = 0; i < n; i++) {
            renyi += mk_private_renyi(&mechanisms[i], alpha);
        }
        const double epsilon = renyi + log1p(-1.0 / a) - (log(delta) + log(a)) / (a - 1.0);
        if (epsilon < best) {
            best = epsilon;
            if (order != NULL) {
                *order = alpha;
            }
        }
    }
    return fmax(best, 0.0);
}

bool mk_private_sigma(MkMechanism *mechanisms, size_t n, size_t which, double epsilon, double delta)
{
    enum { HALVINGS = 60 };
    double low = 1e-3, high = 1e5; /* too little noise, enough noise; as logarithms halved */
    double *const sigma = &mechanisms[which].sigma;
    *sigma = high;
    if (mk_private_epsilon(mechanisms, n, delta, NULL) > epsilon) {
        return false;
    }
    for (int i = 0; i < HALVINGS && high / low > 1.0 + 1e-6; i++) {
        *sigma = sqrt(low * high);
        if (mk_private_epsilon(mechanisms, n, delta, NULL) > epsilon) {
            low = *sigma;
        } else {
            high = *sigma;
        }
    }
    *sigma = high;
    return true;
}

/* ---- noise ---- */

void mk_noise_init(MkNoise *noise, uint64_t seed)
{
    *noise = (MkNoise){.is_seeded = seed != 0, .rng = mk_rng(seed, MK_RNG_PRIVATE, 0)};
}

static void refill(MkNoise *noise)
{
    unsigned char *const bytes = (unsigned char *)noise->words;
    size_t done = 0;
    while (done < sizeof noise->words) {
        const ssize_t got = getrandom(bytes + done, sizeof noise->words - done, 0);
        if (got < 0 && errno != EINTR) {
            noise->has_failed = true;
            memset(noise->words, 0, sizeof noise->words);
            break;
        }
        done += got > 0 ? (size_t)got : 0;
    }
    noise->left = sizeof noise->words / sizeof *noise->words;
}

double mk_noise_uniform(MkNoise *noise)
{
    if (noise->is_seeded) {
        return mk_rng_uniform(&noise->rng);
    }
    if (noise->left == 0) {
        refill(noise);
    }
    return (double)(noise->words[--noise->left] >> 11U) * 0x1p-53;
}

double mk_noise_normal(MkNoise *noise) /* Box and Muller 1958 */
{
    const double radius = sqrt(-2.0 * log1p(-mk_noise_uniform(noise)));
    return radius * cos(6.28318530717958647692 * mk_noise_uniform(noise));
}

MkStatus mk_noise_status(const MkNoise *noise, MkError *err)
{
    return noise->has_failed
               ? mk_fail(err, MK_EIO, "the system has no random numbers for a private training")
               : MK_OK;
}

/* ---- releases ---- */

double mk_private_clip(float *x, size_t n, double most)
{
    double squares = 0.0;
    for (size_t i = 0; i < n; i++) {
        squares += (double)x[i] * (double)x[i];
    }
    const double norm = sqrt(squares);
    if (!isfinite(norm)) {
        memset(x, 0, n * sizeof *x);
    } else if (norm > most) {
        const float share = (float)(most / norm * (1.0 - 1e-6)); /* rounding stays below */
        for (size_t i = 0; i < n; i++) {
            x[i] *= share;
        }
    }
    return norm;
}

void mk_private_add_noise(MkNoise *noise, double sd, double *x, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        x[i] += sd * mk_noise_normal(noise);
    }
}

static int by_size_down(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x < y) - (x > y);
}

bool mk_private_project(double *x, size_t n, double total)
{
    double *const sorted = mk_heap_array(n + 1, sizeof *sorted);
    double sum = 0.0, take = 0.0;
    if (sorted == NULL) {
        return false;
    }
    memcpy(sorted, x, n * sizeof *x);
    qsort(sorted, n, sizeof *sorted, by_size_down);
    for (size_t i = 0; i < n; i++) {
        sum += sorted[i];
        const double level = (sum - total) / (double)(i + 1);
        take = sorted[i] > level ? level : take;
    }
    for (size_t i = 0; i < n; i++) {
        x[i] = fmax(x[i] - take, 0.0);
    }
    free(sorted);
    return true;
}
