#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "model/copula_file.h"

#include <math.h>

bool mk_copula_add(const MkCopula *c, MkArena *arena, MkWeightsOut *out)
{
    const size_t n = c->n_attributes, p = c->n_features, triangle = p * (p + 1) / 2;
    int32_t *const ids = mk_arena_array(arena, 3 * p, sizeof *ids);
    float *const scale = mk_arena_array(arena, 2 * p, sizeof *scale);
    if (ids == NULL || scale == NULL) {
        return false;
    }
    for (size_t f = 0; f < p; f++) {
        ids[3 * f] = (int32_t)c->features[f].attribute;
        ids[3 * f + 1] = c->features[f].kind;
        ids[3 * f + 2] = c->features[f].level;
        scale[2 * f] = c->features[f].mean;
        scale[2 * f + 1] = c->features[f].sd;
    }
    mk_weights_out_tensor(out, "copula.features", MK_I32, 2, (const size_t[]){p, 3}, ids);
    mk_weights_out_tensor(out, "copula.scale", MK_F32, 2, (const size_t[]){p, 2}, scale);
    mk_weights_out_tensor(out, "copula.rho", MK_F32, 1, &n, c->rho);
    mk_weights_out_tensor(out, "copula.r", MK_F32, 1, &triangle, c->r);
    return true;
}

static MkStatus bad_base(const MkWeights *weights, const char *what, MkError *err)
{
    return mk_fail(err, MK_EFORMAT, "%s: base: %s", mk_weights_path(weights), what);
}

static MkStatus read_features(const MkWeights *weights, size_t n, MkFeature *features,
                              uint32_t *begin, const int32_t *ids, const float *scale, size_t p,
                              MkError *err)
{
    for (size_t f = 0; f < p; f++) {
        const int32_t *const id = ids + 3 * f; /* attribute, kind, level */
        const bool fits = id[0] >= 0 && (size_t)id[0] < n && id[1] >= 0 &&
                          id[1] <= MK_FEATURE_LEVEL && id[2] >= 0 && id[2] < MK_CELLS_MAX &&
                          (f >= n || ((size_t)id[0] == f && id[1] == MK_FEATURE_SCORE)) &&
                          (f <= n || id[0] >= id[-3]);
        if (!fits || !isfinite(scale[2 * f]) || !(scale[2 * f + 1] > 0.0F)) {
            return bad_base(weights, "a feature is impossible", err);
        }
        features[f] = (MkFeature){.attribute = (uint32_t)id[0],
                                  .kind = (uint16_t)id[1],
                                  .level = (uint16_t)id[2],
                                  .mean = scale[2 * f],
                                  .sd = scale[2 * f + 1]};
    }
    size_t at = n;
    for (size_t j = 0; j < n; j++) {
        begin[j] = (uint32_t)at;
        while (at < p && features[at].attribute == j) {
            at++;
        }
        if (at - begin[j] >= MK_FEATURES_PER_ATTRIBUTE) {
            return bad_base(weights, "too many features of one attribute", err);
        }
    }
    begin[n] = (uint32_t)at;
    return MK_OK;
}

static MkStatus check_numbers(const MkWeights *weights, const float *rho, size_t n, const float *r,
                              size_t triangle, MkError *err)
{
    for (size_t j = 0; j < n; j++) {
        if (!(rho[j] > 0.0F) || rho[j] > 1.0F) {
            return bad_base(weights, "rho is not in 0 .. 1", err);
        }
    }
    for (size_t i = 0; i < triangle; i++) {
        if (!(fabsf(r[i]) <= 1.0001F)) {
            return bad_base(weights, "a correlation is not in -1 .. 1", err);
        }
    }
    return MK_OK;
}

MkStatus mk_copula_read(const MkWeights *weights, const MkMarginal *marginals, size_t n,
                        MkArena *arena, MkCopula *out, MkError *err)
{
    const MkTensor *ids = mk_weights_find(weights, "copula.features");
    const MkTensor *scale = NULL, *rho = NULL, *r = NULL;
    if (ids == NULL || ids->rank != 2 || ids->shape[0] < n) {
        return bad_base(weights, "copula.features is missing or too short", err);
    }
    const size_t p = ids->shape[0], triangle = p * (p + 1) / 2;
    MK_TRY(
        mk_weights_need(weights, "copula.features", MK_I32, 2, (const size_t[]){p, 3}, &ids, err));
    MK_TRY(
        mk_weights_need(weights, "copula.scale", MK_F32, 2, (const size_t[]){p, 2}, &scale, err));
    MK_TRY(mk_weights_need(weights, "copula.rho", MK_F32, 1, &n, &rho, err));
    MK_TRY(mk_weights_need(weights, "copula.r", MK_F32, 1, &triangle, &r, err));
    MK_TRY(check_numbers(weights, rho->data, n, r->data, triangle, err));
    MkFeature *const features = mk_arena_zeros(arena, p, sizeof *features);
    uint32_t *const begin = mk_arena_zeros(arena, n + 1, sizeof *begin);
    if (features == NULL || begin == NULL) {
        return mk_fail(err, MK_ENOMEM, "out of memory");
    }
    MK_TRY(read_features(weights, n, features, begin, ids->data, scale->data, p, err));
    *out = (MkCopula){.n_attributes = n,
                      .marginals = marginals,
                      .n_features = p,
                      .features = features,
                      .extra_begin = begin,
                      .r = r->data,
                      .rho = rho->data};
    return MK_OK;
}
