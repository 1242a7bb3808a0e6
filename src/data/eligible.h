/* eligible.h - whom an attribute is asked of, and whether what is known rules that out.
 *
 * The schema says it in words that it shares with the studies' mappings: `sex=female,age>=50`, all
 * of which must hold. A model answers for everybody; such an answer of people who are never asked
 * (the menopause of men) rests on nothing. */
#ifndef MK_DATA_ELIGIBLE_H
#define MK_DATA_ELIGIBLE_H

#include <stdbool.h>
#include <stddef.h>

#include "src/base/arena.h"
#include "src/base/status.h"
#include "src/data/schema.h"
#include "src/data/value.h"

/* False when a known value contradicts what attribute j needs; what is not known rules nothing out,
 * of a range or set one value that fits is enough. */
bool mk_eligible(const MkSchema *schema, size_t j, MkEvidence evidence);

/* The same of all attributes for many whole persons: the words are read once. */
typedef struct MkEligibility MkEligibility;
MK_NODISCARD MkStatus mk_eligibility_new(const MkSchema *schema, MkArena *arena,
                                         MkEligibility **out, MkError *err);
/* Marks in `member` (schema->n) what decides over whether the members are asked, and what decides
 * over that. */
void mk_eligibility_close(const MkEligibility *eligibility, bool *member);
/* Attribute that the condition `i` of attribute j is about; false when it has no more. */
bool mk_eligibility_need(const MkEligibility *eligibility, size_t j, size_t i, size_t *attribute);
/* What is known and what follows for those who decide over being asked: who has a value was asked
 * for it (cigarettes a day are known: smokes). Adds sets and ranges for attributes of which nothing
 * is known, narrows those that are there; in `arena`. */
MK_NODISCARD MkStatus mk_eligibility_imply(const MkEligibility *eligibility, const MkSchema *schema,
                                           MkEvidence evidence, MkArena *arena, MkEvidence *out,
                                           MkError *err);
/* Empties (NaN) what a person with these values (schema->n; NaN: not there) is not asked: when a
 * value rules it out, or what decides over it was itself not asked. Gives how many. */
size_t mk_eligibility_apply(const MkEligibility *eligibility, double *values);
/* Whether a person with these values is not asked attribute j: a value rules it out, or is not
 * there although `asked` (schema->n) says that this person is asked for it. */
bool mk_eligibility_rules_out(const MkEligibility *eligibility, size_t j, const double *values,
                              const bool *asked);

#endif
