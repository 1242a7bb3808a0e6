/* tvae_net.h - the network of tvae (Xu et al. 2019, section 4.4) and its loss.
 *
 * Encoder: two hidden layers to mean and log variance of the latent state; decoder: two hidden
 * layers to a record (records.h): tanh of a scalar, softmax of the rest, and a learned sd of each
 * scalar. */
#ifndef MK_MODEL_TVAE_TVAE_NET_H
#define MK_MODEL_TVAE_TVAE_NET_H

#include "model/nn/dense.h"
#include "model/tvae/records.h"

typedef struct MkTvaeNet {
    const MkRecords *records;
    size_t hidden, latent;
    MkLinear encode[2], mean, log_variance; /* encoder */
    MkLinear decode[2], out;
    size_t sigma; /* (n_scalars) among the parameters */
    size_t n;     /* parameters */
} MkTvaeNet;

/* Lays the layers out. */
MkTvaeNet mk_tvae_net(const MkRecords *records, size_t hidden, size_t latent);
void mk_tvae_init(const MkTvaeNet *net, uint64_t seed, MkParameters *p);
/* Keeps the sd in 0.01 .. 1. */
void mk_tvae_hold(const MkTvaeNet *net, float *value);

/* What one batch of at most n records needs. */
typedef struct MkTvaeTape {
    float *hidden[4]; /* (n, hidden) encoder, decoder */
    float *mean, *log_variance, *state, *d_state, *d_log_variance; /* (n, latent) */
    float *said, *d_said;                                          /* (n, width) */
    float *d_hidden[2];
} MkTvaeTape;
bool mk_tvae_tape(const MkTvaeNet *net, size_t n, MkArena *arena, MkTvaeTape *out);

/* Means and log variances of the states of n records x (n, width), into the tape. */
void mk_tvae_encode(const MkTvaeNet *net, const float *value, const float *x, size_t n,
                    MkTvaeTape *tape);
/* What the decoder says of n states (n, latent): said (n, width), before tanh and softmax; a, b (n,
 * hidden) scratch. */
void mk_tvae_decode(const MkTvaeNet *net, const float *value, const float *state, size_t n,
                    float *a, float *b, float *said);
/* Mean loss of a batch x (n, width): factor * reconstruction + KL, with the states drawn by
 * noise (n, latent); its gradient is added to `gradient`. */
double mk_tvae_loss(const MkTvaeNet *net, const float *value, const float *x, const float *noise,
                    size_t n, double factor, MkTvaeTape *tape, float *gradient);

#endif
