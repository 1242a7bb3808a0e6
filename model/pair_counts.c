#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "model/pair_counts.h"

#include <string.h>

enum { EXACT = 32768, STEP = 32 };

static const char *const name = "pairs";

static uint16_t code_of(int32_t people)
{
    const int32_t more = (people - EXACT) / STEP, most = UINT16_MAX - EXACT;
    return (uint16_t)(people < EXACT ? people : EXACT + (more < most ? more : most));
}

static int32_t people_of(uint16_t code)
{
    return code < EXACT ? code : EXACT + (code - EXACT) * STEP;
}

size_t mk_count_told(size_t people, size_t least)
{
    return least > 1 ? people - people % least : people;
}

static MkStatus add(const int32_t *pairs, size_t triangle, size_t least, MkArena *arena,
                    MkWeightsOut *out, MkError *err)
{
    uint16_t *const codes = mk_arena_array(arena, triangle, sizeof *codes);
    if (codes == NULL) {
        return mk_fail(err, MK_ENOMEM, "out of memory");
    }
    for (size_t i = 0; i < triangle; i++) {
        codes[i] = code_of((int32_t)mk_count_told((size_t)pairs[i], least));
    }
    mk_weights_out_tensor(out, name, MK_U16, 1, &triangle, codes);
    return MK_OK;
}

MkStatus mk_pair_counts_add(const int32_t *pairs, size_t n, size_t least, MkArena *arena,
                            MkWeightsOut *out, MkError *err)
{
    return add(pairs, n * (n + 1) / 2, least, arena, out, err);
}

MkStatus mk_pair_counts_copy(const MkTensor *t, MkArena *arena, MkWeightsOut *out, MkError *err)
{
    if (strcmp(t->name, name) == 0 && t->dtype == MK_I32) {
        return add(t->data, t->n, 0, arena, out, err);
    }
    mk_weights_out_tensor(out, t->name, t->dtype, t->rank, t->shape, t->data);
    return MK_OK;
}

static MkStatus read_wide(const MkWeights *weights, size_t triangle, const int32_t **out,
                          MkError *err)
{
    const MkTensor *t = NULL;
    MK_TRY(mk_weights_need(weights, name, MK_I32, 1, &triangle, &t, err));
    const int32_t *const pairs = t->data;
    for (size_t i = 0; i < triangle; i++) {
        if (pairs[i] < 0) {
            return mk_fail(err, MK_EFORMAT, "%s: pairs: a negative number of people",
                           mk_weights_path(weights));
        }
    }
    *out = pairs;
    return MK_OK;
}

MkStatus mk_pair_counts_read(const MkWeights *weights, size_t n, MkArena *arena,
                             const int32_t **out, MkError *err)
{
    const size_t triangle = n * (n + 1) / 2;
    const MkTensor *t = mk_weights_find(weights, name);
    if (t == NULL || t->dtype != MK_U16) {
        return read_wide(weights, triangle, out, err);
    }
    MK_TRY(mk_weights_need(weights, name, MK_U16, 1, &triangle, &t, err));
    const uint16_t *const codes = t->data;
    int32_t *const pairs = mk_arena_array(arena, triangle, sizeof *pairs);
    if (pairs == NULL) {
        return mk_fail(err, MK_ENOMEM, "out of memory");
    }
    for (size_t i = 0; i < triangle; i++) {
        pairs[i] = people_of(codes[i]);
    }
    *out = pairs;
    return MK_OK;
}
