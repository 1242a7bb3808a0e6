/* mask.h - which cells of which person are hidden, by rule and seed.
 *
 *   MkMaskRule rule = {.kind = MK_MASK_RULE_RANDOM, .seed = 1, .cohort = people};
 *   MK_TRY(mk_mask_prepare(&rule, arena, err));
 *   mk_mask_hides(&rule, person, table, attribute)
 *
 * random   each cell with probability MK_MASK_SHARE, whatever the others are (missing completely at
 *          random)
 * block    whole categories of attributes (a questionnaire, a laboratory panel), each with
 *          probability MK_MASK_SHARE
 * source   what another source of the cohort does not have: of each person one of the other
 *          sources is drawn, and the person shows what that one asks
 *
 * The same person and attribute are hidden under the same seed whatever else is judged. */
#ifndef MK_EVAL_MASK_H
#define MK_EVAL_MASK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "src/base/arena.h"
#include "src/base/status.h"
#include "src/data/cohort.h"

#define MK_MASK_SHARE 0.3

typedef enum MkMaskKind {
    MK_MASK_RULE_RANDOM,
    MK_MASK_RULE_BLOCK,
    MK_MASK_RULE_SOURCE,
    MK_N_MASK_RULES
} MkMaskKind;

typedef struct MkMaskRule {
    MkMaskKind kind;
    uint64_t seed;
    const MkCohort *cohort;
    uint64_t *block; /* (schema->n) hash of the attribute's category */
    bool *asks;      /* (n_tables, schema->n) whether anybody of the table has the attribute */
} MkMaskRule;

/* Fills what the kind needs, in arena. */
MK_NODISCARD MkStatus mk_mask_prepare(MkMaskRule *rule, MkArena *arena, MkError *err);
/* Whether attribute j of a person (its number in the cohort, and its table) is hidden. */
bool mk_mask_hides(const MkMaskRule *rule, size_t person, size_t table, size_t attribute);
/* Stable name: "random", "block", "source". */
const char *mk_mask_name(MkMaskKind kind);

#endif
