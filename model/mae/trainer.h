/* trainer.h - gradient steps of the masked autoencoder: data-parallel over fixed blocks of rows.
 *
 * A step draws rows and masks, conditions the base, runs the network forward and back block by
 * block, sums the tables' gradients attribute by attribute and takes one AdamW step. Every sum has
 * a fixed order: the same numbers whatever the number of threads. */
#ifndef MK_MODEL_MAE_TRAINER_H
#define MK_MODEL_MAE_TRAINER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/copula/copula.h"
#include "model/dataset.h"
#include "model/mae/mask.h"
#include "model/mae/net.h"
#include "src/base/pool.h"
#include "src/base/status.h"

typedef struct MkTrainerConfig {
    uint64_t seed;
    size_t batch,
        block_rows; /* rows of a step, rows of a block; batch is a multiple of block_rows */
    double rate, decay, clip, beta1, beta2;
    double dropout;
    double average;   /* decay of the averaged weights a step, 0.999 */
    const bool *kept; /* (n_attributes) or NULL: attributes of an extended model, whose weights,
                         with the dense ones, learn at keep_rate and do not decay */
    double keep_rate;
    bool survey_weights; /* rows are drawn by the data's weights; always with several sources */
} MkTrainerConfig;

typedef struct MkTrainerData {
    const MkDataset *data;
    const MkMarginal *marginals;
    const MkCopula *copula;     /* NULL: no base (published heads) */
    const float *const *fold_r; /* R of each fold, (P, P); row i uses fold_r[fold[i]] */
    const uint8_t *fold;
    const MkMasker *masker;
} MkTrainerData;

typedef struct MkTrainer MkTrainer;

/* Everything is borrowed and must outlive the trainer; net->parameters are the ones trained. */
MK_NODISCARD MkStatus mk_trainer_new(const MkTrainerConfig *config, const MkTrainerData *data,
                                     MkNet *net, MkPool *pool, MkTrainer **out, MkError *err);
void mk_trainer_free(MkTrainer *trainer);

typedef struct MkStepReport {
    double loss;      /* mean negative log-likelihood of a hidden cell, nats */
    double base_loss; /* of the base alone */
    double norm;      /* of the gradient before clipping */
    double flops; /* useful operations: products of forward (x 3 with backward) and of the base */
    double cells; /* hidden cells that the targets stand for (mask.h) */
    size_t targets;
} MkStepReport;

/* Step number `step` (from 0) at a share of the learning rate 0 .. 1. `alone`: its people are of
 * one source, by turns in proportion to the weights of the sources, the largest first; else of all.
 * Fails: MK_ENUMERIC when the loss is not a number (parameters are untouched). */
MK_NODISCARD MkStatus mk_trainer_step(MkTrainer *trainer, uint64_t step, double rate_share,
                                      bool alone, MkStepReport *report, MkError *err);

/* Mean loss of the averaged weights (and of the base alone) on people rows[0..n_rows) of others
 * (NULL: the first ones) under one kind of mask, the same masks each time. r (P, P) is the R to
 * use. */
MK_NODISCARD MkStatus mk_trainer_validate(MkTrainer *trainer, const MkDataset *people,
                                          const size_t *rows, size_t n_rows, const float *r,
                                          MkMaskKind kind, double *loss, double *base_loss,
                                          MkError *err);

/* Chooses net->trust on other people: for each attribute the share 0, 1/4 .. 1 of the averaged
 * network's correction with the least loss over all kinds of masks, with 300 cells of the loss of
 * all attributes as prior. Needs a base. */
MK_NODISCARD MkStatus mk_trainer_trust(MkTrainer *trainer, const MkDataset *people, const float *r,
                                       MkError *err);

/* Loss of every attribute's hidden cells, all kinds of masks, at the steps of trust (rows.h): sums
 * (N, MK_TRUST_STEPS) and count (N) of cells, both filled and scaled so that the count of all
 * attributes is that of the targets asked. Needs a base. */
MK_NODISCARD MkStatus mk_trainer_losses(MkTrainer *trainer, const MkDataset *people, const float *r,
                                        double *sums, double *count, MkError *err);

/* State for checkpoints, (n_parameters) each: parameters are net->parameters. */
float *mk_trainer_m(MkTrainer *trainer);
float *mk_trainer_v(MkTrainer *trainer);
float *mk_trainer_average(MkTrainer *trainer);

/* The gradient that a step would use, for tests: (n_parameters), and the loss that it is of. */
MK_NODISCARD MkStatus mk_trainer_gradient(MkTrainer *trainer, uint64_t step, float *gradient,
                                          double *loss, MkError *err);

#endif
