/* gaps_classes.h - latent classes of people by which blocks of attributes they have. For
 * gaps_fit.c. */
#ifndef MK_MODEL_GAPS_CLASSES_H
#define MK_MODEL_GAPS_CLASSES_H

#include <stddef.h>
#include <stdint.h>

#include "model/gaps.h"
#include "src/base/pool.h"

enum { MK_BLOCK_OFF, MK_BLOCK_ON, MK_BLOCK_OPEN, MK_PLACE_NONE = 255 };

typedef struct MkGapPeople {
    size_t n, n_blocks, n_anchors;
    size_t least;         /* people of a class */
    const uint8_t *state; /* (n, n_blocks) MK_BLOCK_*; open: not asked of this person */
    const uint8_t *place; /* (n, n_anchors) place of the value, MK_PLACE_NONE missing */
    const double *weight; /* (n) mean 1 */
} MkGapPeople;

/* Sums over people by how much they belong to a class; k runs fastest. */
typedef struct MkGapClasses {
    size_t n;
    double *weight;                            /* (n) */
    double *people;                            /* (n) without weights */
    double *on, *off, *people_on, *people_off; /* (n_blocks, n) */
    double *placed, *people_placed;            /* (n_anchors, MK_GAPS_PLACES, n) */
} MkGapClasses;

/* Expectation-maximisation from seeds among the people, for 1, 2, 4 .. MK_GAPS_CLASSES classes; the
 * number by Akaike's information criterion (1974). That of Schwarz (1978) left too few: pairs of
 * attributes that people have both of were off by half as much again. A class that loses its
 * people to fewer than `least` goes. Always the same for the same people. */
MK_NODISCARD MkStatus mk_gap_classes_fit(const MkGapPeople *people, const MkCancel *cancel,
                                         MkArena *arena, MkGapClasses *out, MkError *err);

#endif
