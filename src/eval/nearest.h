/* nearest.h - how far people are from each other: Gower's distance over what both have.
 *
 * The mean over the attributes that both have of |difference of the shares of the population below
 * the value| (numbers; ties at their middle) and of 0 or 1 (levels: the same or not); Gower 1971,
 * with ranks for his range, which one extreme value would set. Shares are kept to 1/254. */
#ifndef MK_EVAL_NEAREST_H
#define MK_EVAL_NEAREST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/model.h"

enum { MK_NEAREST = 10 }; /* neighbours that are looked at */

/* What people are compared in. */
typedef struct MkNearestSpace {
    const MkModel *model; /* its population */
    size_t n;
    const size_t *attributes; /* (n) */
} MkNearestSpace;

/* Code of a value of the space's attribute i; NaN: missing. */
uint8_t mk_nearest_code(const MkNearestSpace *space, size_t i, double value);
/* Distance of a person, codes (n), from n_others: others (space->n, n_others), attribute by
 * attribute. sum and shared (n_others) are scratch; out (n_others), infinite where they share fewer
 * than half of the person's values. */
void mk_nearest_distances(const MkNearestSpace *space, const uint8_t *person, const uint8_t *others,
                          size_t n_others, uint32_t *sum, uint32_t *shared, float *out);
/* The smallest MK_NEAREST of n distances, ascending; infinite where there are fewer. */
void mk_nearest_few(const float *distances, size_t n, float out[MK_NEAREST]);

#endif
