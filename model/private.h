/* private.h - differential privacy: what releases cost together, and the noise that they get.
 *
 * Two tables are neighbours when one has an empty row in the place of a person of the other: the
 * zero-out adjacency of Kairouz and others 2021, "Practical and private (deep) learning without
 * sampling or shuffling", definition 1.1. It costs what a person more or less does, and leaves how
 * many rows there are, and which of them train, public.
 * Every release is a Gaussian mechanism: a sum over people, of whom each moves it by at most S in
 * Euclidean norm, plus normal noise of sd sigma * S. A release may be repeated, each time on people
 * who were drawn independently with probability `rate` (Poisson sampling): steps of a training. */
#ifndef MK_MODEL_PRIVATE_H
#define MK_MODEL_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "src/base/rng.h"
#include "src/base/status.h"

enum { MK_PRIVATE_MOST = 4, MK_PRIVATE_ORDER_MOST = 256 };

typedef struct MkMechanism {
    const char *what; /* for card and manifest */
    double rate;      /* with which a person takes part, 0 .. 1 */
    double sigma;     /* noise, in units of what one person can move */
    size_t steps;     /* how often it is released */
} MkMechanism;

/* Renyi divergence of whole order alpha >= 2 that all releases of a mechanism cost: Mironov, Talwar
 * and Zhang 2019, "Renyi differential privacy of the sampled Gaussian mechanism", eq. (3). */
double mk_private_renyi(const MkMechanism *mechanism, int alpha);
/* Epsilon of n mechanisms together at delta, over the orders 2 .. MK_PRIVATE_ORDER_MOST (*order:
 * the best one; may be NULL): Canonne, Kamath and Steinke 2020, proposition 12. */
double mk_private_epsilon(const MkMechanism *mechanisms, size_t n, double delta, int *order);
/* Sets the noise of one of n mechanisms so that all together cost `epsilon`, at most; false when
 * no noise is enough, as the others cost too much. */
bool mk_private_sigma(MkMechanism *mechanisms, size_t n, size_t which, double epsilon,
                      double delta);

/* ---- noise ---- */

/* Random numbers that nobody can know afterwards: of the operating system, as they are. With a seed
 * (other than 0), for tests: the same each time, and no protection from those who know it. */
typedef struct MkNoise {
    bool is_seeded, has_failed; /* the system gave none: what was drawn must not be used */
    MkRng rng;
    uint64_t words[512];
    size_t left;
} MkNoise;

void mk_noise_init(MkNoise *noise, uint64_t seed);
double mk_noise_uniform(MkNoise *noise); /* [0, 1), 53 bits */
double mk_noise_normal(MkNoise *noise);
MK_NODISCARD MkStatus mk_noise_status(const MkNoise *noise, MkError *err);

/* ---- releases ---- */

/* Scales x (n) to a Euclidean norm of at most `most`; gives the norm that it had. What is not
 * finite becomes zero, so that one person cannot spoil a sum. */
double mk_private_clip(float *x, size_t n, double most);
/* Adds noise of standard deviation sd to x (n). */
void mk_private_add_noise(MkNoise *noise, double sd, double *x, size_t n);
/* The nearest vector without a negative part that sums to `total` (Duchi and others 2008). False:
 * out of memory. */
bool mk_private_project(double *x, size_t n, double total);

#endif
