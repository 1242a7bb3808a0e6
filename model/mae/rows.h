/* rows.h - a block of people with their masks: what goes into the network, and what comes back. */
#ifndef MK_MODEL_MAE_ROWS_H
#define MK_MODEL_MAE_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/mae/trainer.h"

typedef struct MkRows MkRows; /* one block, kept until the tables have their gradient */
typedef struct MkRowsScratch MkRowsScratch; /* one worker */

/* Room for `rows` people under a masker's limits. */
MkRows *mk_rows_new(const MkNet *net, size_t rows, const MkMasker *masker);
void mk_rows_free(MkRows *rows); /* NULL is allowed */
MkRowsScratch *mk_rows_scratch_new(const MkNet *net, const MkCopula *copula, size_t rows,
                                   const MkMasker *masker);
void mk_rows_scratch_free(MkRowsScratch *scratch);

void mk_rows_clear(MkRows *rows);
/* Adds a person: draws the mask, conditions the base by r (P, P; NULL without a base). Of a share
 * of the people (masker->ordered; kind MK_MASK_KINDS only) the targets are a chain: tokens of the
 * tail in a random order, each asked given what stands before it. */
void mk_rows_add(MkRows *rows, MkRowsScratch *scratch, const MkTrainerData *data,
                 const MkDataset *people, size_t person, MkMaskKind kind, const float *r,
                 MkRng *rng);
/* Forward, loss, backward: fills the sums and gradients below; dense (n_dense) +=. */
void mk_rows_gradient(MkRows *rows, MkRowsScratch *scratch, const MkNet *net,
                      const float *parameters, const MkTrainerData *data, float dropout,
                      uint64_t seed, float *dense);
/* Forward and loss only. */
void mk_rows_loss(MkRows *rows, MkRowsScratch *scratch, const MkNet *net, const float *parameters,
                  const MkTrainerData *data);

/* Loss of every target when only a share of the network's correction of the base is taken:
 * sums (N, MK_TRUST_STEPS) += at shares 0, 1/4, .. 1, and cells (N) += the hidden cells that they
 * stand for. */
enum { MK_TRUST_STEPS = 5 };
void mk_rows_trust(MkRows *rows, MkRowsScratch *scratch, const MkNet *net, const float *parameters,
                   double *sums, double *cells);

typedef struct MkRowsSum {
    double loss, base_loss; /* summed over targets, each times the hidden cells it stands for */
    double cells;           /* hidden cells that the targets stand for */
    double flops;
    size_t targets;
    bool failed; /* the base was singular */
} MkRowsSum;

const MkRowsSum *mk_rows_sum(const MkRows *rows);
const MkNetBatch *mk_rows_batch(const MkRows *rows);
const float *mk_rows_hidden(const MkRows *rows);      /* (n_queries, d) */
const float *mk_rows_output_grad(const MkRows *rows); /* (n_queries, MK_CELLS_MAX) */
const float *mk_rows_factor_grad(const MkRows *rows); /* (n_queries) with respect to alpha */
const float *mk_rows_token_grad(const MkRows *rows);  /* (n_tokens, d) */
const float *mk_rows_query_grad(const MkRows *rows);  /* (n_queries, d) */

#endif
