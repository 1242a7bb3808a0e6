/* gaps_fit.h - what gaps.h tells, found from people and laid out in a model's file. For model/
 * only.
 */
#ifndef MK_MODEL_GAPS_FIT_H
#define MK_MODEL_GAPS_FIT_H

#include <stddef.h>
#include <stdint.h>

#include "model/dataset.h"
#include "model/gaps.h"
#include "model/weights.h"
#include "src/base/pool.h"

enum { MK_GAPS_WHOLE = 65535 }; /* code of the share 1 */

/* One source; shares are codes. */
typedef struct MkGapSource {
    const char *name;
    size_t n_people, n, n_blocks, n_anchors, n_classes;
    const int32_t *attributes; /* (n) schema ids */
    const uint16_t *block;     /* (n) of each attribute */
    const uint16_t *within;    /* (n, 2) who has the attribute, of people without and with its
                                  block */
    const uint16_t *share;     /* (n_classes) */
    const uint16_t *there;     /* (n_classes, n_blocks) who has the block */
    const int32_t *anchors;    /* (n_anchors) schema ids */
    const uint16_t *places;    /* (n_classes, n_anchors, MK_GAPS_PLACES) */
} MkGapSource;

typedef struct MkGaps {
    size_t n;
    MkGapSource *sources; /* (n) */
} MkGaps;

/* Place of an anchor's value: cells of its marginal, MK_GAPS_PLACES at most. */
size_t mk_gap_place(const MkMarginal *marginal, size_t cell);

typedef struct MkGapFit {
    const MkSchema *schema; /* who is asked */
    const MkCohort *cohort;
    const MkDataset *people;
    const MkMarginal *marginals;
    size_t least;           /* people that a class, a block or a share rests on, at least 1 */
    const MkCancel *cancel; /* may be NULL */
} MkGapFit;

/* One source a group of the people. What *out points to lives in `arena`. Fails: MK_ECANCEL. */
MK_NODISCARD MkStatus mk_gaps_fit(const MkGapFit *fit, MkArena *arena, MkGaps *out, MkError *err);
/* Adds the sources of another model that are not among those of `gaps`; its attribute i has the id
 * now[i] here. */
MK_NODISCARD MkStatus mk_gaps_join(MkGaps *gaps, const MkGaps *old, const int32_t *now,
                                   MkArena *arena, MkError *err);

/* Adds the tensors; what is made lives in `arena`. */
MK_NODISCARD MkStatus mk_gaps_add(const MkGaps *gaps, MkArena *arena, MkWeightsOut *out,
                                  MkError *err);

#endif
