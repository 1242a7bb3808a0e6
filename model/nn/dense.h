/* dense.h - layers of small dense networks, forward beside backward, and a store of their
 * parameters with Adam.
 *
 * Matrices are row-major float: n rows (people of a batch) by columns. Gradients of parameters are
 * added to what is there. No allocation, no threads. */
#ifndef MK_MODEL_NN_DENSE_H
#define MK_MODEL_NN_DENSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "src/base/arena.h"
#include "src/base/rng.h"

/* All parameters of a network in one vector, so that one call steps, stores or averages them. */
typedef struct MkParameters {
    size_t n, room;
    float *value, *gradient, *m, *v; /* (room) */
    size_t t;                        /* steps taken */
} MkParameters;

/* Room for `room` parameters, all zero, in `arena`; false when out of memory. */
bool mk_parameters_init(MkParameters *p, size_t room, MkArena *arena);
/* Place of `n` more; they must fit. */
size_t mk_parameters_take(MkParameters *p, size_t n);
void mk_parameters_zero_gradient(MkParameters *p);
/* One step of Adam (Kingma and Ba 2015), decay decoupled; clip_value > 0 bounds each component of
 * the gradient first. */
typedef struct MkDenseAdam {
    double rate, beta1, beta2, eps, decay, clip_value;
} MkDenseAdam;
void mk_parameters_step(MkParameters *p, const MkDenseAdam *adam);

/* A linear layer: out (n, to) = x (n, from) W + b. W (from, to) at `weight`, b (to) at `bias`. */
typedef struct MkLinear {
    size_t from, to, weight, bias;
} MkLinear;
enum { MK_INIT_GLOROT, MK_INIT_HE, MK_INIT_TORCH };
/* glorot: uniform +-sqrt(6 / (from + to)), bias 0 (Keras); he: normal sqrt(2 / from), bias 0;
 * torch: both uniform +-1 / sqrt(from) (PyTorch's nn.Linear). */
MkLinear mk_linear_take(MkParameters *p, size_t from, size_t to);
void mk_linear_init(MkParameters *p, const MkLinear *l, int how, MkRng *rng);
void mk_linear(const float *value, const MkLinear *l, const float *x, size_t n, float *out);
/* dx (n, from) is set, or NULL. */
void mk_linear_back(const float *value, float *gradient, const MkLinear *l, const float *x,
                    const float *dout, size_t n, float *dx);

/* Batch normalisation (Ioffe and Szegedy 2015) of columns. Running mean and variance are kept
 * beside the parameters and are not learned: running = momentum * running + (1 - momentum) * batch.
 */
typedef struct MkBatchNorm {
    size_t d, gain, bias;   /* parameters (d) each */
    float *mean, *variance; /* (d) running */
    float momentum, eps;
} MkBatchNorm;
/* gain 1, bias 0, mean 0, variance 1, in `arena`; false when out of memory. */
bool mk_batchnorm_take(MkParameters *p, size_t d, float momentum, float eps, MkArena *arena,
                       MkBatchNorm *out);
/* Of a batch: normal (n, d) and inverse (d) are kept for the way back; running ones move. */
void mk_batchnorm(const float *value, MkBatchNorm *b, const float *x, size_t n, float *normal,
                  float *inverse, float *out);
/* dx (n, d) is set; may be dout. */
void mk_batchnorm_back(const float *value, float *gradient, const MkBatchNorm *b,
                       const float *normal, const float *inverse, const float *dout, size_t n,
                       float *dx);
/* With the running ones, for asking. */
void mk_batchnorm_ask(const float *value, const MkBatchNorm *b, const float *x, size_t n,
                      float *out);

/* The way back of mk_batchnorm_ask from what came in, x (n, d); dx (n, d) is set. */
void mk_batchnorm_ask_back(const float *value, float *gradient, const MkBatchNorm *b,
                           const float *x, const float *dout, size_t n, float *dx);

/* x < 0 becomes slope * x (0: rectifier). In place; back from what came out. */
void mk_leaky(float *x, size_t n, float slope);
void mk_leaky_back(const float *out, float *dout, size_t n, float slope);

#endif
