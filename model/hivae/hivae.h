/* hivae.h - kind hivae: the heterogeneous incomplete variational autoencoder (Nazabal, Olmos,
 * Ghahramani, Valera: Handling incomplete heterogeneous data using VAEs, Pattern Recognition 107,
 * 2020), which the first virtual human generative model built on.
 *
 * Generative model (their eq. 9 to 12): s ~ uniform over S; z | s ~ N(linear(s), I); y = linear(z)
 * in slices y_j; attribute j ~ its family with means from (y_j, s), spreads from s alone.
 * Recognition: q(s | x) and q(z | x, s) with the values that are missing or hidden left out of x
 * (input dropout). s is relaxed by Gumbel-softmax while training (Jang, Gu, Poole 2017).
 *
 * Two modes. Faithful: one linear layer each way; Gaussian, log-normal, Poisson, softmax and
 * cumulative logit; every batch is normalised by its own moments; input without signs of what is
 * missing; hidden values are scored, as the first virtual human generative model had it.
 * Repaired, and why:
 *   - input and heads use the training marginals, so that an answer does not depend on who else is
 *     asked about;
 *   - a number is a normal on the scale of normal scores, read off at the cells of its marginal
 *     (an ordered probit with fixed thresholds): heaped numbers and over-dispersed counts, which
 *     Gaussian and Poisson cannot follow, are right from the first step;
 *   - hidden layers on both sides, and the input says what is missing;
 *   - one s unless asked for: the relaxed s of S > 1 costs more by the noise of its gradients than
 *     a mixture gains beside a decoder with a hidden layer;
 *   - an answer's proposal is q(z | x, s) moved to the mode of the posterior by Newton steps, with
 *     the full covariance there: with many values known the diagonal q lies too far beside it for
 *     importance weights to repair;
 *   - hidden values are not scored: then q learns p(z | what is seen) for every set of seen values
 *     (partial VAE: Ma et al., EDDI, ICML 2019). When they are, q(z | seen) is driven to the
 *     geometric mean of the posteriors given everything, which is too narrow. */
#ifndef MK_MODEL_HIVAE_HIVAE_H
#define MK_MODEL_HIVAE_HIVAE_H

#include <stdbool.h>
#include <stddef.h>

#include "model/distribution.h"
#include "model/marginal.h"
#include "model/nn/dense.h"
#include "src/base/arena.h"
#include "src/base/status.h"

typedef struct MkHivaeConfig {
    bool faithful;
    size_t n; /* attributes */
    size_t z, y, s;
    size_t hidden; /* width of the hidden layers; 0: none */
} MkHivaeConfig;

typedef enum MkHivaeFamily {
    MK_HIVAE_CELLS,    /* normal score of the mean's normal, at the marginal's cells */
    MK_HIVAE_REAL,     /* normal */
    MK_HIVAE_POSITIVE, /* log(1 + x) is normal */
    MK_HIVAE_COUNT,    /* Poisson */
    MK_HIVAE_LEVELS,   /* softmax, the first logit is 0 */
    MK_HIVAE_ORDINAL   /* cumulative logit */
} MkHivaeFamily;

typedef struct MkHivaeHead {
    MkHivaeFamily family;
    size_t n_mean, n_spread;
    size_t mean;   /* place of (y + s, n_mean) */
    size_t spread; /* place of (s, n_spread) */
    size_t input, n_input;
} MkHivaeHead;

typedef struct MkHivae {
    MkHivaeConfig config;
    const MkMarginal *marginals; /* borrowed */
    float *center, *scale;       /* (n) of values on their family's scale; repaired: 0 and 1 */
    MkHivaeHead *heads;          /* (n) */
    size_t n_input, n_encoded;   /* columns of x, and of what the recognition layers see */
    MkLinear encode1, encode2;   /* with hidden layers */
    MkLinear to_s, to_z;         /* to_z: (encoded, s) to mean and log variance */
    MkLinear prior;              /* s to the mean of z */
    MkLinear decode;             /* with hidden layers: z to features beside z */
    MkLinear to_y;
    MkParameters parameters;
} MkHivae;

enum { MK_HIVAE_HEAD = 64 }; /* outputs of a head, at most */
#define MK_HIVAE_SLOPE 0.1F  /* of the leaky rectifiers */

/* Layout and places; parameters zero, center 0, scale 1. All in `arena`. */
MK_NODISCARD MkStatus mk_hivae_new(const MkHivaeConfig *config, const MkMarginal *marginals,
                                   MkArena *arena, MkHivae **out, MkError *err);
/* First weights. Faithful: normal with sd 0.05; repaired: heads give the marginals. */
void mk_hivae_init(MkHivae *net, uint64_t seed);

/* ---- hivae_heads.c ---- */

/* A value where faithful mode normalises: log(1 + x) of positive numbers and counts. */
double mk_hivae_raw(const MkMarginal *marginal, double value);
/* Whether batches normalise the attribute. */
bool mk_hivae_is_normalised(const MkHivaeHead *head);
/* Puts a value into x (n_input, zero before). score: mk_marginal_normal; center and scale: of the
 * batch. */
void mk_hivae_see(const MkHivae *net, size_t j, double value, double score, double center,
                  double scale, float *x);
/* What a head is scored on. */
double mk_hivae_target(const MkHivae *net, size_t j, double value, size_t cell, double center,
                       double scale);
/* log p(target) and its gradient with respect to means and spreads (NULL: none). */
double mk_hivae_head_log(const MkHivae *net, size_t j, const float *mean, const float *spread,
                         double target, float *dmean, float *dspread);
MK_NODISCARD MkStatus mk_hivae_head_distribution(const MkHivae *net, size_t j, const float *mean,
                                                 const float *spread, MkArena *arena,
                                                 MkDistribution *out, MkError *err);
/* Means and spreads of head j from y_j (y) and s (S). */
void mk_hivae_head(const MkHivae *net, size_t j, const float *y, const float *s, float *mean,
                   float *spread);
/* The way back: adds to the gradient, dy and ds. */
void mk_hivae_head_back(MkHivae *net, size_t j, const float *y, const float *s, const float *dmean,
                        const float *dspread, float *dy, float *ds);

/* ---- hivae_net.c ---- */

typedef struct MkHivaeBatch {
    size_t n;
    float *x;              /* (n, n_input) */
    float *target;         /* (n, attributes), NaN: not scored */
    double *weight;        /* (n) */
    float *gumbel, *noise; /* (n, S) and (n, z) */
    double beta;           /* weight of both KL terms */
    double temperature;
} MkHivaeBatch;

typedef struct MkHivaeWork MkHivaeWork; /* room for a batch */
MkHivaeWork *mk_hivae_work(const MkHivae *net, size_t room, MkArena *arena);
MkHivaeBatch mk_hivae_batch(const MkHivae *net, size_t room, MkArena *arena); /* x NULL: memory */

/* Negative evidence lower bound of a batch, mean by weight; with `back` its gradient is added. */
double mk_hivae_loss(MkHivae *net, const MkHivaeBatch *batch, MkHivaeWork *work, bool back);

/* q(s | x) (S) and q(z | x, s): moments (S, 2 z), mean and log variance, of one x. */
MK_NODISCARD MkStatus mk_hivae_recognise(const MkHivae *net, const float *x, MkArena *arena,
                                         double *p, float *moments, MkError *err);
/* Mean of z in each s: out (S, z). */
void mk_hivae_prior(const MkHivae *net, float *out);
size_t mk_hivae_features(const MkHivae *net); /* columns of what y is linear in */
/* What y is linear in: z (n, z) to out (n, features). */
void mk_hivae_decode(const MkHivae *net, const float *z, size_t n, float *out);
/* y_j (n, y) of n rows of features. */
void mk_hivae_slice(const MkHivae *net, size_t j, const float *features, size_t n, float *out);

/* ---- hivae_sharpen.c ---- */

/* Newton steps from the mean of q(z | x, s) to the mode of p(z | known, s): mean (z) moves there,
 * factor (z, z) is the lower Cholesky factor of the precision (Laplace's approximation). targets
 * (n) as of mk_hivae_target, s (S) one of them, prior (z) the mean of z in it. */
MK_NODISCARD MkStatus mk_hivae_sharpen(const MkHivae *net, const size_t *ids, const double *targets,
                                       size_t n, const float *s, const float *prior, MkArena *arena,
                                       float *mean, double *factor, MkError *err);

/* ---- hivae_train.c ---- */

struct MkTrainRun;
MK_NODISCARD MkStatus mk_hivae_train(struct MkTrainRun *run, MkError *err);

/* Settings, in the order of their table in hivae.c. */
enum {
    MK_HIVAE_MODE, /* 0 repaired, 1 faithful */
    MK_HIVAE_Z,
    MK_HIVAE_Y,
    MK_HIVAE_S,
    MK_HIVAE_HIDDEN,
    MK_HIVAE_EPOCHS,
    MK_HIVAE_BATCH,
    MK_HIVAE_RATE,
    MK_HIVAE_BETA,
    MK_HIVAE_MASK,
    MK_HIVAE_SETTINGS
};

#endif
