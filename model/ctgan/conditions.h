/* conditions.h - training by sampling (Xu et al. 2019, section 4.3): one level of one attribute is
 * asked for, rare levels nearly as often as common ones, and real people who have it are shown. */
#ifndef MK_MODEL_CTGAN_CONDITIONS_H
#define MK_MODEL_CTGAN_CONDITIONS_H

#include "model/tvae/records.h"

/* Attributes with levels; missing is a level of those that have gaps. */
typedef struct MkConditions {
    size_t n, width;   /* attributes; all their levels */
    size_t *attribute; /* (n) schema ids */
    size_t *at;        /* (n + 1) place of the attribute's levels in a condition */
    double *share;     /* (width) of the people, by weight; sums to 1 by attribute */
} MkConditions;

MK_NODISCARD MkStatus mk_conditions_new(const MkRecords *records, MkArena *arena, MkConditions *out,
                                        MkError *err);
/* Place of an attribute among those with levels; n: it is a number. */
size_t mk_conditions_find(const MkConditions *c, size_t attribute);

/* Who has which level. */
typedef struct MkHolders {
    const MkConditions *conditions;
    const MkCoded *people;
    uint32_t *row;   /* (conditions->n, people) by level */
    size_t *first;   /* (width + 1 by attribute: at[i] + i + level) its holders in `row` */
    double *chance;  /* (width) of a level in training, given its attribute: by log (1 + number) */
    double heaviest; /* weight of a person */
} MkHolders;

/* Counts who has what, and sets conditions->share. */
MK_NODISCARD MkStatus mk_holders_new(MkConditions *conditions, const MkCoded *people,
                                     MkArena *arena, MkHolders *out, MkError *err);
/* A condition (place of an attribute, and level) as in training. */
void mk_holders_condition(const MkHolders *h, MkRng *rng, size_t *place, size_t *level);
/* Somebody with the level, heavier people more often; place n: anybody. */
size_t mk_holders_person(const MkHolders *h, size_t place, size_t level, MkRng *rng);
/* A level of an attribute as often as people have it, or as in training. */
size_t mk_conditions_level(const MkConditions *c, size_t place, MkRng *rng);

#endif
