/* support.h - how typical known values are together: the place of their log density among people.
 * For model/ only; asked through mk_model_support.
 *
 * The log density is the base's, by the chain rule over the known attributes, numbers first: a
 * number counts with the density of its normal score (an atom with the mean of that density over
 * the atom), a level with its probability. Its place is found among SUPPORT_DRAWS people drawn from
 * the base with the same attributes (a fixed Latin hypercube, so answers are always the same): the
 * share of them that is as likely or less; beyond the rarest of them 1/512 of the ratio of the
 * densities, so that never two that differ are alike. Numbers without atoms alone give a
 * chi-squared tail.
 *
 * Real people have heavier tails than those drawn, the more so the more is known; a map that
 * training fits on people (support_fit.h) moves the place to where theirs is. */
#ifndef MK_MODEL_SUPPORT_H
#define MK_MODEL_SUPPORT_H

#include <stdint.h>

#include "model/copula/copula.h"
#include "model/model.h"
#include "src/base/status.h"

/* People drawn for the latest sets of attributes that were asked about; safe from several threads.
 */
typedef struct MkSupportCache MkSupportCache;
MkSupportCache *mk_support_cache_new(void); /* NULL when out of memory */
void mk_support_cache_free(MkSupportCache *cache);

enum {
    MK_SUPPORT_KINDS = 3, /* levels alone, as many numbers as levels, numbers alone */
    MK_SUPPORT_MARKS = 4  /* places below which lie the first 1, 5, 20, 50 % of people */
};
extern const double mk_support_marks[MK_SUPPORT_MARKS];

/* Where people's places lie among those drawn: for a number of known attributes and a kind the
 * normal scores of the places of the first 1, 5, 20 and 50 % of people; ascending, none above the
 * mark's own. */
typedef struct MkSupportMap {
    size_t n_sizes;       /* 0: places are left as they are */
    const int32_t *sizes; /* (n_sizes) numbers of known attributes, ascending, from 2 on */
    const float *z;       /* (n_sizes, MK_SUPPORT_KINDS, MK_SUPPORT_MARKS) */
} MkSupportMap;

/* The share of people that belongs to a place, when `n_numbers` of `n_known` attributes are
 * numbers. Never lower than the place, and ascending in it. */
double mk_support_share(const MkSupportMap *map, size_t n_known, size_t n_numbers, double place);

/* The place of one person among those drawn, without a map: 0 .. *low are less likely, to *high
 * as likely. No cache. */
MK_NODISCARD MkStatus mk_support_place(const MkCopula *copula, const MkPoint *known, size_t n_known,
                                       MkArena *arena, double *low, double *high, MkError *err);

/* `known` is checked: each attribute once, values in their domains. Fails: MK_ENUMERIC when the
 * correlations of the known features are singular. */
MK_NODISCARD MkStatus mk_support(MkSupportCache *cache, const MkCopula *copula,
                                 const MkSupportMap *map, const MkPoint *known, size_t n_known,
                                 MkArena *arena, double *percentile, MkError *err);

#endif
