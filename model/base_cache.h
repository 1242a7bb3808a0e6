/* base_cache.h - a fitted base in a file, so that it is fitted once for many trainings.
 *
 * A safetensors file: the tensors of the copula, R of every fold, and a digest of what they were
 * fitted to. With the same digest it is what a fit would give, to the last bit. */
#ifndef MK_MODEL_BASE_CACHE_H
#define MK_MODEL_BASE_CACHE_H

#include "model/copula/copula.h"
#include "src/base/arena.h"
#include "src/base/status.h"

enum { MK_BASE_DIGEST = 17 };

/* People, weights, marginals, folds and settings of a fit, and the version of the program, in 16
 * hex digits. `n_folds` are those of fit->fold, whether the fit has need of them or not. */
void mk_base_digest(const MkCopulaFit *fit, size_t n_folds, char out[MK_BASE_DIGEST]);

/* Atomic. fold_r (n_folds): (P, P) each. */
MK_NODISCARD MkStatus mk_base_write(const MkCopula *copula, float *const *fold_r, size_t n_folds,
                                    const char *digest, const char *path, MkError *err);
/* *out lives in `arena`; fold_r (n_folds arrays of P^2 floats, each from malloc, caller frees) as
 * by mk_copula_fit. MK_EINVAL when the file is of another fit or has too few folds, MK_EFORMAT when
 * anything is wrong in it. */
MK_NODISCARD MkStatus mk_base_read(const char *path, const char *digest,
                                   const MkMarginal *marginals, size_t n_attributes, size_t n_folds,
                                   MkArena *arena, MkCopula *out, float **fold_r, MkError *err);

#endif
