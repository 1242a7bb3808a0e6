/* structure.h - whether persons obey what their schema knows: rules, domains, recorded steps. */
#ifndef MK_QUERY_STRUCTURE_H
#define MK_QUERY_STRUCTURE_H

#include "model/model.h"
#include "src/base/arena.h"
#include "src/data/rules.h"

/* Counts over persons; what was checked and what was not right. */
typedef struct MkStructureCounts {
    size_t rules_checked, rules_broken; /* off by more than the step at which it is recorded */
    size_t values, outside,
        off_step; /* numbers; beyond the domain; between two steps, and no atom */
} MkStructureCounts;

typedef struct MkStructure {
    const MkModel *model;
    const MkSchema *schema;
    MkRules rules;
    MkFormula *formulas; /* (rules.n) */
    double *steps;       /* (schema->n) 0: anywhere */
} MkStructure;

/* Lives in `arena`; for one thread. */
MK_NODISCARD MkStatus mk_structure_new(const MkModel *model, MkArena *arena, MkStructure *out,
                                       MkError *err);
/* Adds a person's values (schema->n; NaN: not there) to the counts. */
void mk_structure_check(const MkStructure *structure, const double *values,
                        MkStructureCounts *counts);

#endif
