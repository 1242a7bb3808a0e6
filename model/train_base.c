/* train_base.c - the base of a training: fitted, or read from where it was kept. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <stdio.h>
#include <string.h>

#include "model/base_cache.h"
#include "model/train_priv.h"
#include "src/base/file.h"

static MkStatus out_of_memory(MkError *err)
{
    return mk_fail(err, MK_ENOMEM, "out of memory");
}

static void base_progress(void *ctx, size_t done, size_t total)
{
    MkTrainRun *const run = ctx;
    run->progress.step = done;
    run->progress.steps = total;
    mk_train_tell(run, false);
}

/* The base beside a checkpoint, so that a resume does not fit it again. */
static const char *beside_checkpoint(const MkTrainRun *run)
{
    return mk_arena_printf(run->arena, "%s-base", run->hooks->checkpoint);
}

void mk_train_base_remove(MkTrainRun *run)
{
    const char *const path = run->hooks->base == NULL ? beside_checkpoint(run) : NULL;
    if (path != NULL) {
        remove(path);
    }
}

/* *found when the base came from a file. One that the user named has to fit; one beside a
 * checkpoint is taken when it does. */
static MkStatus read_base(MkTrainRun *run, const MkCopulaFit *fit, const char *path,
                          const char *digest, bool *found, MkError *err)
{
    const bool named = run->hooks->base != NULL;
    *found = false;
    if (path == NULL || !mk_file_exists(path) || !(named || run->hooks->resume)) {
        return MK_OK;
    }
    run->progress.phase = "base as kept";
    mk_train_tell(run, true);
    const MkStatus st =
        mk_base_read(path, digest, run->marginals, run->people.n_attributes, fit->n_folds,
                     run->arena, &run->copula, run->fold_r, named ? err : NULL);
    *found = st == MK_OK;
    return named ? st : MK_OK;
}

static MkStatus read_or_fit(MkTrainRun *run, const MkCopulaFit *fit, MkError *err)
{
    const char *path = run->hooks->base;
    char digest[MK_BASE_DIGEST];
    bool found = false;
    if (path == NULL && run->hooks->checkpoint != NULL) {
        path = beside_checkpoint(run);
    }
    mk_base_digest(fit, run->config->folds, digest);
    MK_TRY(read_base(run, fit, path, digest, &found, err));
    if (found) {
        return MK_OK;
    }
    run->progress.phase = "base";
    MK_TRY(mk_copula_fit(fit, run->arena, &run->copula, run->fold_r, err));
    return path == NULL ? MK_OK
                        : mk_base_write(&run->copula, run->fold_r, fit->n_folds, digest, path, err);
}

/* R as a full matrix, for judging. */
static MkStatus unpack(MkTrainRun *run, MkError *err)
{
    const size_t p = run->copula.n_features;
    run->full_r = mk_arena_array(run->arena, p * p, sizeof *run->full_r);
    if (run->full_r == NULL) {
        return out_of_memory(err);
    }
    for (size_t a = 0; a < p; a++) {
        for (size_t b = 0; b < p; b++) {
            run->full_r[a * p + b] = mk_copula_r(&run->copula, a, b);
        }
    }
    return MK_OK;
}

static void set_identity(float *r, size_t p)
{
    memset(r, 0, p * p * sizeof *r);
    for (size_t i = 0; i < p; i++) {
        r[i * p + i] = 1.0F;
    }
}

MkStatus mk_train_forget_base(MkTrainRun *run, MkError *err)
{
    const size_t p = run->copula.n_features;
    float *const r = mk_arena_zeros(run->arena, p * (p + 1) / 2, sizeof *r);
    if (r == NULL) {
        return out_of_memory(err);
    }
    for (size_t i = 0; i < p; i++) {
        r[i * (i + 1) / 2 + i] = 1.0F;
    }
    run->copula.r = r;
    set_identity(run->full_r, p);
    for (size_t f = 0; f < MK_TRAIN_FOLDS && run->fold_r[f] != NULL; f++) {
        set_identity(run->fold_r[f], p);
    }
    return MK_OK;
}

MkStatus mk_train_base(MkTrainRun *run, MkError *err)
{
    const MkTrainConfig *const c = run->config;
    const bool network = strcmp(c->kind, "mae") == 0;
    const MkCopulaFit fit = {.marginals = run->marginals,
                             .data = &run->people,
                             .n_folds = network && !c->published ? c->folds : 0,
                             .fold = run->fold,
                             .iterations = c->iterations,
                             .prior = c->prior,
                             .expand = c->expand,
                             .pool = run->pool,
                             .cancel = run->hooks->cancel,
                             .progress = base_progress,
                             .progress_ctx = run};
    MK_TRY(read_or_fit(run, &fit, err));
    return unpack(run, err);
}
