/* gan_net.h - the two networks of ctgan (Xu et al. 2019, sections 4.3 and 4.4) and their losses.
 *
 * Generator: two residual layers (linear, batch normalisation, rectifier; what came in is put
 * behind what goes out) and a linear one to a record (records.h): tanh of a scalar, Gumbel-softmax
 * of the rest. Critic: two hidden layers with leaky rectifier and dropout over `pac` people at
 * once (Lin et al. 2018), held to gradients of norm 1 (Gulrajani et al. 2017). */
#ifndef MK_MODEL_CTGAN_GAN_NET_H
#define MK_MODEL_CTGAN_GAN_NET_H

#include "model/nn/dense.h"
#include "model/tvae/records.h"

typedef struct MkGenerator {
    const MkRecords *records;
    size_t noise, condition, hidden; /* widths; what comes in: noise, condition */
    MkLinear layer[2], out;
    MkBatchNorm norm[2];
    size_t n; /* parameters */
} MkGenerator;

/* Lays the layers out; running means and variances are zeros and ones in `arena`; false when out of
 * memory. */
bool mk_generator(const MkRecords *records, size_t noise, size_t condition, size_t hidden,
                  MkArena *arena, MkGenerator *out);
void mk_generator_init(const MkGenerator *g, uint64_t seed, MkParameters *p);

typedef struct MkGeneratorTape {
    float *in[3]; /* (n, what comes in), (n, hidden + that), (n, 2 hidden + that) */
    float *linear[2], *normal[2], *inverse[2], *on[2]; /* (n, hidden); inverse (hidden) */
    float *said, *d_said;                              /* (n, width) */
    float *d_in[2];                                    /* (n, 2 hidden + what comes in) */
} MkGeneratorTape;
bool mk_generator_tape(const MkGenerator *g, size_t n, MkArena *arena, MkGeneratorTape *out);
/* tape->in[0] (n, noise + condition) to tape->said (n, width), before tanh and softmax; normalised
 * by the batch, or (asks) by the running moments. */
void mk_generator_pass(MkGenerator *g, const float *value, size_t n, bool asks, MkGeneratorTape *t);
/* From tape->d_said; added to `gradient`. */
void mk_generator_back(const MkGenerator *g, const float *value, size_t n, MkGeneratorTape *t,
                       float *gradient);

/* Gumbel-softmax (Jang et al. 2017) of what is said, tanh of scalars: record (n, width). `gumbel`
 * (n, width): its noise. */
void mk_gan_record(const MkRecords *records, const float *said, const float *gumbel, size_t n,
                   float *record);
/* d_said (n, width) in place of d_record. */
void mk_gan_record_back(const MkRecords *records, const float *record, size_t n, float *d_record);
/* Gumbel noise of a seed. */
void mk_gan_gumbel(float *out, size_t n, uint64_t seed);
/* Cross entropy of what is said of attribute[i] with level[i], mean over n people; its gradient is
 * added to d_said. */
double mk_gan_condition_loss(const MkRecords *records, const size_t *attribute, const size_t *level,
                             const float *said, size_t n, float *d_said);

typedef struct MkCritic {
    size_t width, hidden; /* pac records with their conditions */
    MkLinear layer[2], out;
    size_t n;
} MkCritic;
MkCritic mk_critic(size_t width, size_t hidden);
void mk_critic_init(const MkCritic *c, uint64_t seed, MkParameters *p);

/* What the critic says of x (n, width), and back. slope (n, hidden): derivative of each unit,
 * dropout included: set by `masks` (n, hidden) that are 0 or 1 / (1 - p). */
typedef struct MkCriticTape {
    float *mask[2], *on[2], *slope[2], *d_on[2], *up[2]; /* (n, hidden) */
    float *said, *d_said;                                /* (n) */
    float *input, *d_input;                              /* (n, width) for the penalty */
} MkCriticTape;
bool mk_critic_tape(const MkCritic *c, size_t n, MkArena *arena, MkCriticTape *out);
/* Draws the masks of n rows. */
void mk_critic_drop(const MkCritic *c, size_t n, double p, uint64_t seed, MkCriticTape *t);
void mk_critic_pass(const MkCritic *c, const float *value, const float *x, size_t n,
                    MkCriticTape *t);
/* From tape->d_said; gradient NULL: only dx is wanted; dx (n, width) or NULL. */
void mk_critic_back(const MkCritic *c, const float *value, const float *x, size_t n,
                    MkCriticTape *t, float *gradient, float *dx);
/* factor * mean (|d said / d x| - 1)^2 at x (n, width), after mk_critic_pass of it; its gradient is
 * added. */
double mk_critic_penalty(const MkCritic *c, const float *value, size_t n, double factor,
                         MkCriticTape *t, float *gradient);

#endif
