#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "model/base_cache.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/copula_file.h"
#include "model/weights.h"
#include "src/base/rng.h"

#ifndef PACKAGE_VERSION
#define PACKAGE_VERSION "0"
#endif

static const char format[] = "manikin-base-1";

/* ---- digest ---- */

static uint64_t add(uint64_t hash, const void *bytes, size_t len)
{
    return mk_hash64(bytes, len, hash);
}

static uint64_t add_text(uint64_t hash, const char *text)
{
    return add(hash, text, strlen(text) + 1);
}

static uint64_t add_marginal(uint64_t hash, const MkMarginal *m)
{
    const uint64_t sizes[] = {m->attribute->type, m->n_cells, m->knots != NULL};
    hash = add_text(hash, m->attribute->name);
    hash = add_text(hash, m->attribute->category != NULL ? m->attribute->category : "");
    hash = add(hash, sizes, sizeof sizes);
    hash = add(hash, m->share, m->n_cells * sizeof *m->share);
    return m->knots != NULL ? add(hash, m->knots, m->n_cells * sizeof *m->knots)
                            : add(hash, m->level_of, m->n_cells * sizeof *m->level_of);
}

static uint64_t add_people(uint64_t hash, const MkDataset *data)
{
    for (size_t g = 0; g < data->n_groups; g++) {
        const MkGroup *const group = &data->groups[g];
        const uint64_t sizes[] = {group->n_rows, group->n};
        hash = add(hash, sizes, sizeof sizes);
        hash = add(hash, group->attributes, group->n * sizeof *group->attributes);
        hash = add(hash, group->cells, group->n_rows * group->n);
        hash = add(hash, group->scores, group->n_rows * group->n * sizeof *group->scores);
    }
    return data->weights != NULL ? add(hash, data->weights, data->n_rows * sizeof *data->weights)
                                 : hash;
}

void mk_base_digest(const MkCopulaFit *fit, size_t n_folds, char out[MK_BASE_DIGEST])
{
    const uint64_t sizes[] = {fit->data->n_attributes, fit->iterations, n_folds, fit->expand};
    uint64_t hash = add_text(0, PACKAGE_VERSION);
    hash = add(hash, sizes, sizeof sizes);
    hash = add(hash, &fit->prior, sizeof fit->prior);
    for (size_t j = 0; j < fit->data->n_attributes; j++) {
        hash = add_marginal(hash, &fit->marginals[j]);
    }
    hash = add_people(hash, fit->data);
    if (n_folds > 0) {
        hash = add(hash, fit->fold, fit->data->n_rows);
    }
    snprintf(out, MK_BASE_DIGEST, "%016llx", (unsigned long long)hash);
}

/* ---- file ---- */

static const char *fold_name(size_t fold, char room[32])
{
    snprintf(room, 32, "fold.%zu", fold);
    return room;
}

MkStatus mk_base_write(const MkCopula *copula, float *const *fold_r, size_t n_folds,
                       const char *digest, const char *path, MkError *err)
{
    const size_t p = copula->n_features;
    MkStatus st = MK_OK;
    char name[32];
    MkArena *const arena = mk_arena_new(0);
    MkWeightsOut *const out = mk_weights_out_new();
    if (arena == NULL || out == NULL || !mk_copula_add(copula, arena, out)) {
        st = mk_fail(err, MK_ENOMEM, "out of memory");
        goto done;
    }
    mk_weights_out_meta(out, "format", format);
    mk_weights_out_meta(out, "digest", digest);
    for (size_t f = 0; f < n_folds; f++) {
        mk_weights_out_tensor(out, fold_name(f, name), MK_F32, 2, (const size_t[]){p, p},
                              fold_r[f]);
    }
    st = mk_weights_out_write(out, path, err);
done:
    mk_weights_out_free(out);
    mk_arena_free(arena);
    return st;
}

static MkStatus check_file(const MkWeights *w, const char *digest, size_t n_folds, MkError *err)
{
    const char *const said = mk_weights_meta(w, "format"), *const of = mk_weights_meta(w, "digest");
    char name[32];
    if (said == NULL || of == NULL || strcmp(said, format) != 0) {
        return mk_fail(err, MK_EFORMAT, "%s: not a base that was kept", mk_weights_path(w));
    }
    if (strcmp(of, digest) != 0) {
        return mk_fail(err, MK_EINVAL,
                       "%s: a base of other people, other settings or another version; remove it "
                       "or name another file",
                       mk_weights_path(w));
    }
    if (n_folds > 0 && mk_weights_find(w, fold_name(n_folds - 1, name)) == NULL) {
        return mk_fail(err, MK_EINVAL,
                       "%s: a base without the folds that a network needs; remove it or name "
                       "another file",
                       mk_weights_path(w));
    }
    return MK_OK;
}

/* r and rho in memory of their own: the file is closed. */
static MkStatus own_numbers(MkCopula *copula, MkArena *arena, MkError *err)
{
    const size_t p = copula->n_features, triangle = p * (p + 1) / 2;
    float *const r = mk_arena_array(arena, triangle, sizeof *r);
    float *const rho = mk_arena_array(arena, copula->n_attributes, sizeof *rho);
    if (r == NULL || rho == NULL) {
        return mk_fail(err, MK_ENOMEM, "out of memory");
    }
    memcpy(r, copula->r, triangle * sizeof *r);
    memcpy(rho, copula->rho, copula->n_attributes * sizeof *rho);
    copula->r = r;
    copula->rho = rho;
    return MK_OK;
}

static MkStatus read_fold(const MkWeights *w, size_t fold, size_t p, float **out, MkError *err)
{
    const MkTensor *t = NULL;
    char name[32];
    MK_TRY(mk_weights_need(w, fold_name(fold, name), MK_F32, 2, (const size_t[]){p, p}, &t, err));
    const float *const r = t->data;
    for (size_t i = 0; i < p * p; i++) {
        if (!(fabsf(r[i]) <= 1.0001F)) {
            return mk_fail(err, MK_EFORMAT, "%s: %s: a correlation is not in -1 .. 1",
                           mk_weights_path(w), name);
        }
    }
    *out = mk_heap_array(p * p, sizeof **out);
    if (*out == NULL) {
        return mk_fail(err, MK_ENOMEM, "out of memory");
    }
    memcpy(*out, r, p * p * sizeof **out);
    return MK_OK;
}

MkStatus mk_base_read(const char *path, const char *digest, const MkMarginal *marginals,
                      size_t n_attributes, size_t n_folds, MkArena *arena, MkCopula *out,
                      float **fold_r, MkError *err)
{
    MkStatus st = MK_OK;
    MkCopula copula = {0};
    MkWeights *w = NULL;
    for (size_t f = 0; f < n_folds; f++) {
        fold_r[f] = NULL;
    }
    MK_TRY(mk_weights_open(path, &w, err));
    MK_TRY_GOTO(check_file(w, digest, n_folds, err));
    MK_TRY_GOTO(mk_copula_read(w, marginals, n_attributes, arena, &copula, err));
    for (size_t f = 0; f < n_folds; f++) {
        MK_TRY_GOTO(read_fold(w, f, copula.n_features, &fold_r[f], err));
    }
    MK_TRY_GOTO(own_numbers(&copula, arena, err));
    *out = copula;
done:
    mk_weights_close(w);
    for (size_t f = 0; st != MK_OK && f < n_folds; f++) {
        free(fold_r[f]);
        fold_r[f] = NULL;
    }
    return st;
}
