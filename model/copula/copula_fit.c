#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "model/copula/copula_priv.h"

#include <stdlib.h>

typedef struct Steps {
    const MkCopulaFit *fit;
    size_t done, total;
} Steps;

static void step_done(void *ctx)
{
    Steps *const steps = ctx;
    steps->done++;
    if (steps->fit->progress != NULL) {
        steps->fit->progress(steps->fit->progress_ctx, steps->done, steps->total);
    }
}

static MkStatus fit_fold(const MkCopulaFit *fit, const MkDesign *design, size_t fold, double *r,
                         Steps *steps, float **out, MkError *err)
{
    const size_t n = design->n;
    MK_TRY(mk_copula_em(fit, design, fold, r, step_done, steps, err));
    *out = mk_heap_array(n * n, sizeof **out);
    if (*out == NULL) {
        return mk_fail(err, MK_ENOMEM, "out of memory");
    }
    for (size_t i = 0; i < n * n; i++) {
        (*out)[i] = (float)r[i];
    }
    return MK_OK;
}

MkStatus mk_copula_fit(const MkCopulaFit *fit, MkArena *arena, MkCopula *out, float **fold_r,
                       MkError *err)
{
    MkStatus st = MK_OK;
    MkDesign design = {0};
    MkCopula copula = {0};
    double *r = NULL;
    Steps steps = {.fit = fit, .total = fit->iterations * (fit->n_folds + 1)};
    for (size_t f = 0; f < fit->n_folds; f++) {
        fold_r[f] = NULL;
    }
    MK_TRY(mk_copula_features(fit, arena, &copula, err));
    MK_TRY_GOTO(mk_copula_design(fit, &copula, &design, err));
    const size_t n = copula.n_features;
    r = mk_heap_array(n * n, sizeof *r);
    float *const packed = mk_arena_array(arena, n * (n + 1) / 2, sizeof *packed);
    if (r == NULL || packed == NULL) {
        st = mk_fail(err, MK_ENOMEM, "out of memory");
        goto done;
    }
    for (size_t f = 0; f < fit->n_folds; f++) {
        MK_TRY_GOTO(fit_fold(fit, &design, f, r, &steps, &fold_r[f], err));
    }
    MK_TRY_GOTO(mk_copula_em(fit, &design, fit->n_folds, r, step_done, &steps, err));
    for (size_t a = 0; a < n; a++) {
        for (size_t b = 0; b <= a; b++) {
            packed[a * (a + 1) / 2 + b] = (float)r[a * n + b];
        }
    }
    copula.r = packed;
    *out = copula;
done:
    free(r);
    mk_copula_design_free(&design);
    for (size_t f = 0; st != MK_OK && f < fit->n_folds; f++) {
        free(fold_r[f]);
        fold_r[f] = NULL;
    }
    return st;
}
