/* medvae.h - kind medvae: the variational autoencoder of Med-VAE (Hogg and Sainsbury) for tables of
 * patients, as its notebook has it and repaired. For this folder and its test; doc/medvae.md.
 *
 * Every attribute is a column: numbers and ordinals are scaled to 0 .. 1, two levels are 0 or 1,
 * other levels an index whose input is a learned vector. Gaps are filled before training.
 *
 * A model whose settings are `medvae_latent library` holds something of each of up to 2,000
 * training people: the mean and log variance of their latent state, from which the decoder gives a
 * blurred copy of them. With `medvae_decode argmax` it holds their levels too, as they were filled
 * (not their numbers), since conditions are published as a choice among these people. */
#ifndef MK_MODEL_MEDVAE_MEDVAE_H
#define MK_MODEL_MEDVAE_MEDVAE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/dataset.h"
#include "model/kind.h"
#include "model/nn/dense.h"

enum {
    MK_MEDVAE_WIDE = 88, /* units of the layer beside the table */
    MK_MEDVAE_NARROW = 60,
    MK_MEDVAE_LATENT = 32,
    MK_MEDVAE_EMBEDDING = 3, /* numbers of a level's vector */
    MK_MEDVAE_NORMS = 4,
    MK_MEDVAE_RUNNING = 4 * (MK_MEDVAE_WIDE + MK_MEDVAE_NARROW) /* running means and variances */
};

/* ---- settings, in the order of the kind's table ---- */

enum {
    MK_MEDVAE_KL_GRAD,    /* off, on */
    MK_MEDVAE_OUTPUT,     /* sigmoid, linear */
    MK_MEDVAE_STATES,     /* `latent`: library, prior, mixture */
    MK_MEDVAE_DECODE,     /* argmax, draw */
    MK_MEDVAE_FILL,       /* median, chained */
    MK_MEDVAE_NORM,       /* batch, fixed */
    MK_MEDVAE_KL_SCALE,   /* weight of the KL at the end */
    MK_MEDVAE_EPOCHS,     /* passes over the people */
    MK_MEDVAE_BATCH,      /* people of a step */
    MK_MEDVAE_RATE,       /* of Adam */
    MK_MEDVAE_LIBRARY,    /* people kept, at most */
    MK_MEDVAE_COMPONENTS, /* normals of the mixture, at most */
    MK_MEDVAE_SETTINGS
};
enum { MK_MEDVAE_SIGMOID, MK_MEDVAE_LINEAR };
enum { MK_MEDVAE_OF_LIBRARY, MK_MEDVAE_OF_PRIOR, MK_MEDVAE_OF_MIXTURE };
enum { MK_MEDVAE_ARGMAX, MK_MEDVAE_DRAW };
enum { MK_MEDVAE_MEDIAN, MK_MEDVAE_CHAINED };
enum { MK_MEDVAE_BATCH_NORM, MK_MEDVAE_FIXED_NORM };

/* ---- net.c ---- */

typedef enum MkMedvaeHead {
    MK_MEDVAE_NUMBER,
    MK_MEDVAE_ORDINAL, /* a number: its place among the levels */
    MK_MEDVAE_BINARY,
    MK_MEDVAE_LEVELS
} MkMedvaeHead;

typedef struct MkMedvaeColumn {
    MkMedvaeHead head;
    size_t n_levels;   /* 0 for numbers */
    size_t input;      /* first of its inputs */
    size_t output;     /* first of its outputs */
    size_t n_outputs;  /* levels: one each; else 1 */
    size_t level;      /* levels: first row of the table of vectors */
    size_t met_column; /* attributes with levels: which of them it is */
} MkMedvaeColumn;

typedef struct MkMedvaeLayout {
    size_t n; /* attributes */
    MkMedvaeColumn *columns;
    size_t n_inputs, n_outputs;
    size_t n_vectors; /* rows of the table of vectors */
    size_t n_scaled;  /* numbers and ordinals */
    size_t n_met;     /* attributes with levels */
} MkMedvaeLayout;

typedef struct MkMedvaeNet {
    MkMedvaeLayout layout;
    bool is_linear;                 /* numbers leave without sigmoid */
    bool is_fixed;                  /* norms are gain and bias alone: nobody's loss depends on who
                                       else is in the batch; running moments stay 0 and 1 */
    MkParameters p;                 /* vectors, encoder, decoder */
    size_t vectors;                 /* (n_vectors, MK_MEDVAE_EMBEDDING) */
    MkLinear in[2], mean, variance; /* variance: its log */
    MkLinear out[3];
    MkBatchNorm norm[MK_MEDVAE_NORMS];
    float *running; /* (MK_MEDVAE_RUNNING), which the norms point into */
} MkMedvaeNet;

/* Places for all parameters, all zero; lives in `arena`. */
MK_NODISCARD MkStatus mk_medvae_net_init(MkMedvaeNet *net, const MkSchema *schema, bool is_linear,
                                         MkArena *arena, MkError *err);
/* First weights as Keras has them. */
void mk_medvae_net_start(MkMedvaeNet *net, MkRng *rng);

/* What a step needs to remember of a batch of at most `room` people; lives in `arena`. */
typedef struct MkMedvaeTape MkMedvaeTape;
MkMedvaeTape *mk_medvae_tape_new(const MkMedvaeNet *net, size_t room, MkArena *arena);

typedef struct MkMedvaeLoss {
    double reconstruction; /* 100 mean squared error of numbers + cross entropies of the others */
    double kl;             /* of a person's latent state against the prior, nats, unweighted */
} MkMedvaeLoss;

/* Loss of a batch as the mean over its people, and its gradient added to net->p.gradient.
 *   x (n, columns) as filled    noise (n, MK_MEDVAE_LATENT) standard normal
 * kl_weight multiplies the KL's gradient; 0 as published. Running moments move. */
MkMedvaeLoss mk_medvae_step(MkMedvaeNet *net, MkMedvaeTape *tape, const float *x, size_t n,
                            const float *noise, double kl_weight);

/* With the running moments, in blocks of the tape's room.
 *   x (n, columns)   mean, log_variance (n, MK_MEDVAE_LATENT) */
void mk_medvae_encode(const MkMedvaeNet *net, MkMedvaeTape *tape, const float *x, size_t n,
                      float *mean, float *log_variance);
/* The last hidden layer: z (n, MK_MEDVAE_LATENT), narrow (n, MK_MEDVAE_NARROW) scratch, hidden
 * (n, MK_MEDVAE_WIDE). */
void mk_medvae_decode(const MkMedvaeNet *net, const float *z, size_t n, float *narrow,
                      float *hidden);
/* What column j says of each: out (n, n_outputs) scaled number, probability of the second level, or
 * probabilities. */
void mk_medvae_say(const MkMedvaeNet *net, const float *hidden, size_t n, size_t j, float *out);
/* KL of normals with these parameters against the standard normal, (MK_MEDVAE_LATENT) each. */
double mk_medvae_kl(const float *mean, const float *log_variance);

/* ---- fill.c ---- */

/* People as the network sees them. */
typedef struct MkMedvaeTable {
    size_t n_rows, n;
    float *x;          /* (n_rows, n) scaled and filled */
    uint8_t *observed; /* (n_rows, n) whether it is a value of the person */
    double *scale;     /* (n, 2) what 0 and 1 are, in the attribute's unit or place of a level */
} MkMedvaeTable;

/* Asked now and then while gaps are filled; *stop ends it early. MK_ECANCEL. May be NULL. */
typedef MkStatus MkMedvaeGoesOn(void *ctx, bool *stop, MkError *err);

/* Numbers are cut above their 99th percentile and below the marginal's end (is_private: outside the
 * marginal's own half and 99th percentile), scaled to 0 .. 1; gaps get the median or likeliest
 * level (is_private: the marginal's), or (is_chained) what regressions on all other columns say
 * after ten rounds. Lives in `arena`. */
MK_NODISCARD MkStatus mk_medvae_fill(const MkDataset *people, const MkSchema *schema,
                                     const MkMarginal *marginals, bool is_private, bool is_chained,
                                     MkMedvaeGoesOn *goes_on, void *ctx, MkArena *arena,
                                     MkMedvaeTable *out, MkError *err);

/* ---- mixture.c ---- */

enum { MK_MEDVAE_NORMAL = 1 + MK_MEDVAE_LATENT + MK_MEDVAE_LATENT * MK_MEDVAE_LATENT };

/* Normals with full covariances fitted to z (n, MK_MEDVAE_LATENT) by EM; each is its share, its
 * mean, and the Cholesky factor of its covariance: out (at most `most`, MK_MEDVAE_NORMAL). Gives
 * their number, 0: out of memory. */
size_t mk_medvae_mixture_fit(const float *z, size_t n, size_t most, MkRng *rng, MkArena *arena,
                             float *out);

/* ---- medvae.c ---- */

enum { MK_MEDVAE_REPORT = 4 };

/* A model: what training gives, what a file holds, what answers. */
typedef struct MkMedvae {
    MkMedvaeNet net;
    int latent, decode; /* MK_MEDVAE_OF_..., MK_MEDVAE_ARGMAX or _DRAW */
    double *scale;      /* (n, 2) */
    float *sd;          /* (n) of a number or ordinal around its output, scaled */
    size_t n_library;
    float *library; /* (n_library, 2, MK_MEDVAE_LATENT) means, log variances */
    uint8_t *met;   /* (n_library, n_met) levels of its person; NULL: not kept */
    size_t n_components;
    float *mixture;                  /* (n_components, MK_MEDVAE_NORMAL) */
    double report[MK_MEDVAE_REPORT]; /* KL after the first epoch and at the end, nats a person;
                                        loss of reconstruction at the end; epochs */
    /* when opened */
    MkAttribute *attributes; /* (n) held to what was learned */
    double *step;            /* (n) at whose multiples a number is recorded */
    float *gap;              /* (n) what the encoder sees of what is not known */
} MkMedvae;

/* ---- medvae_file.c ---- */

MK_NODISCARD MkStatus mk_medvae_save(const void *learned, MkArena *arena, MkWeightsOut *out,
                                     MkError *err);
/* Into model->state. */
MK_NODISCARD MkStatus mk_medvae_open(MkModel *model, MkError *err);

/* ---- proposal.c ---- */

/* Fills m->gap from the population. */
MK_NODISCARD MkStatus mk_medvae_gaps(const MkModel *model, MkMedvae *m, MkError *err);
/* Of n > 1 states z (n, MK_MEDVAE_LATENT), drawn from the prior or the mixture, every second one
 * is drawn anew from the encoder's normal for what is known; log_weight (n) makes up for it: prior
 * over the mixture of both ways (balance heuristic, Veach and Guibas 1995). */
MK_NODISCARD MkStatus mk_medvae_propose(const MkMedvae *m, const MkPoint *known, size_t n_known,
                                        size_t n, MkRng *rng, MkArena *arena, float *z,
                                        double *log_weight, MkError *err);

/* ---- private.c ---- */

/* Where a private step happens: gradients of a batch, as a sum over its people. */
typedef struct MkMedvaePrivate {
    double *sum; /* (parameters) */
    size_t *who; /* (n_rows) people of the step */
    double clip, rate, sigma;
    MkNoise *noise;
} MkMedvaePrivate;

/* MkKind.make_private */
MK_NODISCARD MkStatus mk_medvae_make_private(MkTrainConfig *config, size_t n_people,
                                             MkMechanism *own, double *share, size_t *n_own,
                                             MkError *err);
/* Who takes part in a step: each person with probability `rate`, on their own. Gives how many. */
size_t mk_medvae_draw_people(MkMedvaePrivate *p, size_t n_rows);
/* Adds a person's gradient, scaled to a norm of at most `clip`, to p->sum; gives the norm it had.
 *   x (columns) as filled    noise (MK_MEDVAE_LATENT) standard normal */
double mk_medvae_add_person(MkMedvaeNet *net, MkMedvaeTape *tape, const float *x,
                            const float *noise, double kl_weight, MkMedvaePrivate *p);
/* net's gradient becomes p->sum with noise of sd sigma * clip, over the number of people that a
 * step has on average of n_rows (Abadi and others 2016, algorithm 1); p->sum becomes zero. */
void mk_medvae_release(MkMedvaeNet *net, MkMedvaePrivate *p, size_t n_rows);

/* ---- trainer.c ---- */

MK_NODISCARD MkStatus mk_medvae_train(struct MkTrainRun *run, MkError *err);

#endif
