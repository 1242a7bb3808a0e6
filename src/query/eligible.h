/* eligible.h - whom an attribute is asked of, and whether what is known rules that out.
 *
 * The schema says it in words that it shares with the studies' mappings: `sex=female,age>=50`, all
 * of which must hold. A model answers for everybody; such an answer of people who are never asked
 * (the menopause of men) rests on nothing. */
#ifndef MK_QUERY_ELIGIBLE_H
#define MK_QUERY_ELIGIBLE_H

#include <stdbool.h>
#include <stddef.h>

#include "model/model.h"
#include "src/data/value.h"

/* False when a known value contradicts what attribute j needs; what is not known rules nothing out,
 * of a range or set one value that fits is enough. */
bool mk_eligible(const MkSchema *schema, size_t j, MkEvidence evidence);

#endif
