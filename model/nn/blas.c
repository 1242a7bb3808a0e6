#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "model/nn/blas.h"

#include <cblas.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "src/base/arena.h"
#include "src/base/cpu.h"

/* LAPACK is column-major: a row-major lower triangle is its upper one. */
extern void spotrf_(const char *uplo, const int *n, float *a, const int *lda, int *info);
extern void dpotrf_(const char *uplo, const int *n, double *a, const int *lda, int *info);
extern void dsyevd_(const char *jobz, const char *uplo, const int *n, double *a, const int *lda,
                    double *w, double *work, const int *lwork, int *iwork, const int *liwork,
                    int *info);
extern void dpotri_(const char *uplo, const int *n, double *a, const int *lda, int *info);

void mk_blas_init(void)
{
    openblas_set_num_threads(1);
}

const char *mk_blas_corename(void)
{
    return openblas_get_corename();
}

const char *mk_blas_config(void)
{
    return openblas_get_config();
}

const char *mk_blas_wide_core(void)
{
    return "SkylakeX";
}

bool mk_blas_is_narrow(void)
{
    static const char *const wide[] = {"SkylakeX", "Cooperlake", "SapphireRapids", "Icelake"};
    const char *const core = openblas_get_corename();
    for (size_t i = 0; i < sizeof wide / sizeof *wide; i++) {
        if (strcasecmp(core, wide[i]) == 0) {
            return false;
        }
    }
    return mk_cpu_has_avx512();
}

void mk_sgemm(bool transpose_a, bool transpose_b, size_t m, size_t n, size_t k, float alpha,
              const float *a, size_t lda, const float *b, size_t ldb, float beta, float *c,
              size_t ldc)
{
    cblas_sgemm(CblasRowMajor, transpose_a ? CblasTrans : CblasNoTrans,
                transpose_b ? CblasTrans : CblasNoTrans, (int)m, (int)n, (int)k, alpha, a, (int)lda,
                b, (int)ldb, beta, c, (int)ldc);
}

bool mk_spotrf(size_t n, float *a, size_t lda)
{
    const int size = (int)n, ld = (int)lda;
    int info = 0;
    spotrf_("U", &size, a, &ld, &info);
    return info == 0;
}

bool mk_dpotrf(size_t n, double *a, size_t lda)
{
    const int size = (int)n, ld = (int)lda;
    int info = 0;
    dpotrf_("U", &size, a, &ld, &info);
    return info == 0;
}

bool mk_dpotri(size_t n, double *a, size_t lda)
{
    const int size = (int)n, ld = (int)lda;
    int info = 0;
    dpotri_("U", &size, a, &ld, &info);
    return info == 0;
}

void mk_strsm_lower(size_t n, size_t m, const float *l, size_t ldl, float *b, size_t ldb)
{
    cblas_strsm(CblasRowMajor, CblasLeft, CblasLower, CblasNoTrans, CblasNonUnit, (int)n, (int)m,
                1.0F, l, (int)ldl, b, (int)ldb);
}

void mk_strsv_lower(bool transposed, size_t n, const float *l, size_t ldl, float *x)
{
    cblas_strsv(CblasRowMajor, CblasLower, transposed ? CblasTrans : CblasNoTrans, CblasNonUnit,
                (blasint)n, l, (blasint)ldl, x, 1);
}

void mk_dtrsm_lower(bool transposed, size_t n, size_t m, const double *l, size_t ldl, double *b,
                    size_t ldb)
{
    cblas_dtrsm(CblasRowMajor, CblasLeft, CblasLower, transposed ? CblasTrans : CblasNoTrans,
                CblasNonUnit, (int)n, (int)m, 1.0, l, (int)ldl, b, (int)ldb);
}

void mk_dpotrs(size_t n, const double *l, size_t ldl, double *x)
{
    cblas_dtrsv(CblasRowMajor, CblasLower, CblasNoTrans, CblasNonUnit, (int)n, l, (int)ldl, x, 1);
    cblas_dtrsv(CblasRowMajor, CblasLower, CblasTrans, CblasNonUnit, (int)n, l, (int)ldl, x, 1);
}

MkStatus mk_dsyevd(size_t n, double *a, double *values, MkError *err)
{
    const int size = (int)n, lwork = (int)(1 + 6 * n + 2 * n * n), liwork = (int)(3 + 5 * n);
    double *const work = mk_heap_array((size_t)lwork, sizeof *work);
    int *const iwork = mk_heap_array((size_t)liwork, sizeof *iwork);
    int info = 0;
    if (work != NULL && iwork != NULL) {
        dsyevd_("V", "U", &size, a, &size, values, work, &lwork, iwork, &liwork, &info);
    }
    const bool had_memory = work != NULL && iwork != NULL;
    free(work);
    free(iwork);
    if (!had_memory) {
        return mk_fail(err, MK_ENOMEM, "out of memory");
    }
    return info == 0 ? MK_OK : mk_fail(err, MK_ENUMERIC, "eigenvalues did not converge");
}

void mk_dgemm_tn(size_t n, size_t k, const double *a, const double *b, double *c)
{
    cblas_dgemm(CblasRowMajor, CblasTrans, CblasNoTrans, (int)n, (int)n, (int)k, 1.0, a, (int)n, b,
                (int)n, 0.0, c, (int)n);
}

void mk_dgemm_part(size_t m, size_t n, size_t k, const double *a, size_t lda, const double *b,
                   size_t ldb, double *c, size_t ldc)
{
    cblas_dgemm(CblasRowMajor, CblasTrans, CblasNoTrans, (int)m, (int)n, (int)k, 1.0, a, (int)lda,
                b, (int)ldb, 0.0, c, (int)ldc);
}

void mk_dsyrk_add(size_t n, size_t k, const double *a, size_t lda, double *c, size_t ldc)
{
    cblas_dsyrk(CblasRowMajor, CblasLower, CblasTrans, (int)n, (int)k, 1.0, a, (int)lda, 1.0, c,
                (int)ldc);
}

/* ---- measured speed ---- */

enum { BENCH_M = 4096, BENCH_N = 256, BENCH_K = 256 };

typedef struct BenchJob {
    float *a, *b, *c; /* per worker */
    size_t repeats;
} BenchJob;

static void bench_task(void *ctx, size_t index, size_t worker)
{
    (void)worker;
    const BenchJob *const job = ctx;
    const float *const a = job->a + index * BENCH_M * BENCH_K;
    const float *const b = job->b + index * BENCH_K * BENCH_N;
    float *const c = job->c + index * BENCH_M * BENCH_N;
    for (size_t r = 0; r < job->repeats; r++) {
        mk_sgemm(false, false, BENCH_M, BENCH_N, BENCH_K, 1.0F, a, BENCH_K, b, BENCH_N, 0.0F, c,
                 BENCH_N);
    }
}

static double seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

MkStatus mk_blas_bench(size_t n_threads, double seconds, double *gflops, MkError *err)
{
    MkStatus st = MK_OK;
    MkPool *pool = NULL;
    BenchJob job = {.repeats = 2};
    MK_TRY(mk_pool_new(n_threads, &pool, err));
    n_threads = mk_pool_size(pool);
    mk_blas_init();
    job.a = mk_heap_array(n_threads * BENCH_M * BENCH_K, sizeof *job.a);
    job.b = mk_heap_array(n_threads * BENCH_K * BENCH_N, sizeof *job.b);
    job.c = mk_heap_array(n_threads * BENCH_M * BENCH_N, sizeof *job.c);
    if (job.a == NULL || job.b == NULL || job.c == NULL) {
        st = mk_fail(err, MK_ENOMEM, "out of memory");
        goto done;
    }
    double best = 0.0;
    const double flops = 2.0 * BENCH_M * BENCH_N * BENCH_K * (double)(job.repeats * n_threads);
    const double start = seconds_now();
    double before = start;
    do {
        mk_pool_run(pool, n_threads, bench_task, &job);
        const double now = seconds_now();
        const double rate = flops / (now - before) * 1e-9;
        best = rate > best ? rate : best;
        before = now;
    } while (before - start < seconds);
    *gflops = best;
done:
    free(job.a);
    free(job.b);
    free(job.c);
    mk_pool_free(pool);
    return st;
}
