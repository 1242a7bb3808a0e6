/* copula_file.h - the tensors of a base in a safetensors file: features, correlations, rho. */
#ifndef MK_MODEL_COPULA_FILE_H
#define MK_MODEL_COPULA_FILE_H

#include "model/copula/copula.h"
#include "model/weights.h"
#include "src/base/arena.h"
#include "src/base/status.h"

/* Adds copula.features, copula.scale, copula.rho, copula.r; what is made lives in `arena`, which
 * must outlive the writing. False when out of memory. */
bool mk_copula_add(const MkCopula *copula, MkArena *arena, MkWeightsOut *out);

/* Reads and checks them. *out keeps `marginals` (n) and points into the file: r and rho live as
 * long as it is open. */
MK_NODISCARD MkStatus mk_copula_read(const MkWeights *weights, const MkMarginal *marginals,
                                     size_t n, MkArena *arena, MkCopula *out, MkError *err);

#endif
