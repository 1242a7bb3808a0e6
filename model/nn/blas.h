/* blas.h - the linear algebra library: which kernels, how many threads, how fast; and thin LAPACK
 * calls.
 *
 * Everything above runs one BLAS thread per worker; call mk_blas_init once before any worker
 * exists. Matrices are row-major unless said otherwise. */
#ifndef MK_MODEL_NN_BLAS_H
#define MK_MODEL_NN_BLAS_H

#include <stdbool.h>
#include <stddef.h>

#include "src/base/pool.h"
#include "src/base/status.h"

/* One thread inside BLAS. Idempotent. */
void mk_blas_init(void);
/* Kernel name as OpenBLAS reports it ("SkylakeX", "Haswell"), and its configuration line. */
const char *mk_blas_corename(void);
const char *mk_blas_config(void);
/* Whether the CPU has AVX-512 but the library runs narrower kernels. */
bool mk_blas_is_narrow(void);
/* The value of OPENBLAS_CORETYPE that gives the wide kernels here. */
const char *mk_blas_wide_core(void);
/* Best measured GFLOP/s of sgemm (4096x256x256) on `n_threads` threads for `seconds`. */
MK_NODISCARD MkStatus mk_blas_bench(size_t n_threads, double seconds, double *gflops, MkError *err);

/* c (m,n) = alpha * op(a) * op(b) + beta * c, with leading dimensions. */
void mk_sgemm(bool transpose_a, bool transpose_b, size_t m, size_t n, size_t k, float alpha,
              const float *a, size_t lda, const float *b, size_t ldb, float beta, float *c,
              size_t ldc);

/* Cholesky in place of the symmetric a (n,n), row-major, lower triangle; false when not positive
 * definite. */
bool mk_spotrf(size_t n, float *a, size_t lda);
bool mk_dpotrf(size_t n, double *a, size_t lda);
/* Inverse in place from mk_dpotrf's factor; the lower triangle is valid. */
bool mk_dpotri(size_t n, double *a, size_t lda);
/* b (n, m) = L^-1 b  with L (n,n) lower, row-major. */
void mk_strsm_lower(size_t n, size_t m, const float *l, size_t ldl, float *b, size_t ldb);
void mk_dtrsm_lower(bool transposed, size_t n, size_t m, const double *l, size_t ldl, double *b,
                    size_t ldb);
/* x = L^-1 x, or L^-T x when transposed, with L (n,n) lower, row-major. */
void mk_strsv_lower(bool transposed, size_t n, const float *l, size_t ldl, float *x);
/* x = A^-1 x from mk_dpotrf's factor. */
void mk_dpotrs(size_t n, const double *l, size_t ldl, double *x);
/* Eigenvalues (ascending) and vectors of the symmetric a (n,n), in place: row i of a becomes vector
 * i. MK_ENOMEM or MK_ENUMERIC. */
MK_NODISCARD MkStatus mk_dsyevd(size_t n, double *a, double *values, MkError *err);
/* c (n,n) = a' b  for a, b (k,n), row-major. */
void mk_dgemm_tn(size_t n, size_t k, const double *a, const double *b, double *c);
/* c (m,n) = a' b  for a (k,m), b (k,n), row-major, with leading dimensions. */
void mk_dgemm_part(size_t m, size_t n, size_t k, const double *a, size_t lda, const double *b,
                   size_t ldb, double *c, size_t ldc);
/* c (n,n) lower += a (k,n)' a, row-major. */
void mk_dsyrk_add(size_t n, size_t k, const double *a, size_t lda, double *c, size_t ldc);

#endif
