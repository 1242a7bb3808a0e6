/* pair_counts.h - how many people show both of two attributes, in a model's file.
 *
 * A packed lower triangle of n attributes. The file has 16 bits a pair: up to 32,767 people as they
 * are, more in steps of 32. Older files have 32 bits. For model/ only.
 *
 * A count of people is told down to a multiple of `least`: fewer are none, and neither a count nor
 * the difference of two tells of fewer (rounding as disclosure control: Hundepool et al.,
 * Statistical Disclosure Control, 2012, section 5.4). */
#ifndef MK_MODEL_PAIR_COUNTS_H
#define MK_MODEL_PAIR_COUNTS_H

#include <stddef.h>
#include <stdint.h>

#include "model/weights.h"
#include "src/base/arena.h"
#include "src/base/status.h"

/* A count as a file tells it; least 0 or 1: as it is. */
size_t mk_count_told(size_t people, size_t least);
/* Adds the tensor of n attributes' pairs, told in steps of `least`; what is made lives in `arena`,
 * which must outlive the writing. MK_ENOMEM. */
MK_NODISCARD MkStatus mk_pair_counts_add(const int32_t *pairs, size_t n, size_t least,
                                         MkArena *arena, MkWeightsOut *out, MkError *err);
/* Reads and checks them; *out points into `arena` or into the file. */
MK_NODISCARD MkStatus mk_pair_counts_read(const MkWeights *weights, size_t n, MkArena *arena,
                                          const int32_t **out, MkError *err);
/* Adds a tensor of another file as it is, or pairs of 32 bits as pairs of 16. */
MK_NODISCARD MkStatus mk_pair_counts_copy(const MkTensor *tensor, MkArena *arena, MkWeightsOut *out,
                                          MkError *err);

#endif
