/* support_fit.h - where real people's places lie among those drawn from the base, for the map of
 * support.h; computed from people, of whom nothing is kept but a few quantiles. For model/ only.
 *
 * For each number of known attributes and each kind of them every person is asked once to four
 * times with that many of their values, chosen at random. The places become normal scores; where
 * people are at most as often rare as those drawn the mark stays where it is; neighbouring sizes
 * are averaged.
 */
#ifndef MK_MODEL_SUPPORT_FIT_H
#define MK_MODEL_SUPPORT_FIT_H

#include <stddef.h>
#include <stdint.h>

#include "model/support.h"
#include "model/weights.h"
#include "src/base/arena.h"
#include "src/base/pool.h"
#include "src/base/status.h"
#include "src/data/cohort.h"

enum {
    MK_SUPPORT_LEAST = 100,  /* people that a mark is found from, at least */
    MK_SUPPORT_PEOPLE = 2000 /* who are asked, at most: the first ones */
};

typedef struct MkSupportFit {
    const MkCohort *cohort;
    const size_t *rows; /* (n_rows) people that the base was not fitted to, each counts alike */
    size_t n_rows;
    const MkCopula *copula;
    MkPool *pool; /* may be NULL */
    const MkCancel *cancel;
} MkSupportFit;

/* The same whatever the number of threads. What *out points to lives in arena; no sizes when there
 * are too few people. */
MK_NODISCARD MkStatus mk_support_fit(const MkSupportFit *fit, MkArena *arena, MkSupportMap *out,
                                     MkError *err);

/* The map as tensors of a file; a map without sizes adds none. It is borrowed until the file is
 * written. */
void mk_support_add(const MkSupportMap *map, MkWeightsOut *out);
/* Reads and checks them; a file without any has no map. */
MK_NODISCARD MkStatus mk_support_read(const MkWeights *weights, MkSupportMap *out, MkError *err);

#endif
