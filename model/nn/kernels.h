/* kernels.h - elementwise and row kernels, forward beside backward; no allocation, no threads.
 *
 * Matrices are row-major float. "+=" in a comment means that the result is added to what is there.
 */
#ifndef MK_MODEL_NN_KERNELS_H
#define MK_MODEL_NN_KERNELS_H

#include <stddef.h>
#include <stdint.h>

/* out (n,d) = (x - mean) / sd * gain + bias by row.   x (n,d)  gain, bias (d)  stats (n,2): mean,
 * 1/sd */
void mk_layernorm(const float *x, size_t n, size_t d, const float *gain, const float *bias,
                  float *out, float *stats);
/* dx (n,d) += ; dgain, dbias (d) += */
void mk_layernorm_back(const float *dout, const float *x, const float *stats, size_t n, size_t d,
                       const float *gain, float *dx, float *dgain, float *dbias);

/* GELU, tanh form (Hendrycks and Gimpel 2016). out (n) may be x. */
void mk_gelu(const float *x, size_t n, float *out);
/* dx (n) = dout * gelu'(x); dx may be dout. */
void mk_gelu_back(const float *x, const float *dout, size_t n, float *dx);

/* Rows of s (n,m) become softmax(scale * s). */
void mk_softmax(float *s, size_t n, size_t m, float scale);
/* ds (n,m) in place of dp: scale * p * (dp - sum(p dp)) by row. */
void mk_softmax_back(const float *p, float *dp, size_t n, size_t m, float scale);

/* One query (width) over n keys and values, `ld` apart: out (width) = softmax(scale q k') v.
 * weights (n) are scratch. */
void mk_attend(const float *q, const float *k, const float *v, size_t n, size_t ld, size_t width,
               float scale, float *weights, float *out);

/* x (n,m) += bias (m) by row;   dbias (m) += column sums of dx (n,m) */
void mk_add_bias(float *x, size_t n, size_t m, const float *bias);
void mk_add_bias_back(const float *dx, size_t n, size_t m, float *dbias);

/* y (n) += a * x (n) */
void mk_axpy(size_t n, float a, const float *x, float *y);
float mk_dot(size_t n, const float *a, const float *b);
double mk_sum_squares(size_t n, const float *x);

/* x (n) *= keep / (1 - p), keep chosen by a hash of (seed, i): the same mask forward and back. */
void mk_dropout(float *x, size_t n, uint64_t seed, float p);

/* One AdamW step (Loshchilov and Hutter 2019) on n parameters. gradient is scaled by `clip`.
 *   m, v (n) moments */
typedef struct MkAdam {
    float rate, beta1, beta2, eps, decay, clip;
    float correction1, correction2; /* 1 - beta^t */
} MkAdam;
void mk_adamw(const MkAdam *adam, size_t n, const float *gradient, float *parameters, float *m,
              float *v);
/* average (n) += share * (parameters - average) */
void mk_average(size_t n, float share, const float *parameters, float *average);

#endif
