#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "src/eval/nearest.h"

#include <math.h>
#include <string.h>

enum { WHOLE = 254, MISSING = 255 };

static bool is_number(const MkNearestSpace *space, size_t i)
{
    return mk_type_is_number(mk_model_schema(space->model)->attributes[space->attributes[i]].type);
}

uint8_t mk_nearest_code(const MkNearestSpace *space, size_t i, double value)
{
    const MkMarginal *const marginal = mk_model_marginal(space->model, space->attributes[i]);
    if (isnan(value)) {
        return MISSING;
    }
    const size_t cell = mk_marginal_cell(marginal, value);
    if (!is_number(space, i)) {
        return (uint8_t)cell;
    }
    double below = 0.0;
    for (size_t k = 0; k < cell; k++) {
        below += marginal->share[k];
    }
    below += marginal->share[cell] * mk_marginal_inside(marginal, cell, value);
    return (uint8_t)lrint(WHOLE * fmin(fmax(below, 0.0), 1.0));
}

static void add_number(uint32_t code, const uint8_t *others, size_t n, uint32_t *restrict sum,
                       uint32_t *restrict shared)
{
    for (size_t i = 0; i < n; i++) {
        const uint32_t x = others[i], off = x > code ? x - code : code - x;
        const uint32_t there = x != MISSING;
        sum[i] += there * off;
        shared[i] += there;
    }
}

static void add_level(uint32_t code, const uint8_t *others, size_t n, uint32_t *restrict sum,
                      uint32_t *restrict shared)
{
    for (size_t i = 0; i < n; i++) {
        const uint32_t x = others[i], there = x != MISSING;
        sum[i] += x != code ? there * WHOLE : 0;
        shared[i] += there;
    }
}

void mk_nearest_distances(const MkNearestSpace *space, const uint8_t *person, const uint8_t *others,
                          size_t n_others, uint32_t *sum, uint32_t *shared, float *out)
{
    size_t had = 0;
    memset(sum, 0, n_others * sizeof *sum);
    memset(shared, 0, n_others * sizeof *shared);
    for (size_t a = 0; a < space->n; a++) {
        if (person[a] == MISSING) {
            continue;
        }
        had++;
        const uint8_t *const column = others + a * n_others;
        if (is_number(space, a)) {
            add_number(person[a], column, n_others, sum, shared);
        } else {
            add_level(person[a], column, n_others, sum, shared);
        }
    }
    for (size_t i = 0; i < n_others; i++) {
        const bool enough = had > 0 && 2 * shared[i] >= had;
        out[i] = enough ? (float)sum[i] / (float)(WHOLE * shared[i]) : INFINITY;
    }
}

void mk_nearest_few(const float *distances, size_t n, float out[MK_NEAREST])
{
    for (size_t k = 0; k < MK_NEAREST; k++) {
        out[k] = INFINITY;
    }
    for (size_t i = 0; i < n; i++) {
        size_t k = MK_NEAREST;
        for (; k > 0 && distances[i] < out[k - 1]; k--) {
            if (k < MK_NEAREST) {
                out[k] = out[k - 1];
            }
        }
        if (k < MK_NEAREST) {
            out[k] = distances[i];
        }
    }
}
