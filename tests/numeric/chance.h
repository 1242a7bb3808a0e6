/* chance.h - schemas, people and lines of the language by chance: right ones, nearly right ones and
 * nonsense; the same seed, the same of all. */
#ifndef MK_TESTS_CHANCE_H
#define MK_TESTS_CHANCE_H

#include <stddef.h>

#include "src/base/buf.h"
#include "src/base/rng.h"
#include "src/data/schema.h"
#include "src/data/table.h"

typedef struct MkChance {
    MkRng rng;
    const MkSchema *schema;
    const char
        *folder; /* of people.csv, mask.csv, schema.tsv, some.scenario and what lines write */
} MkChance;

/* 4 to 16 attributes of all types, with levels, units, ends, steps, one rule, one that not everyone
 * is asked. */
void mk_chance_schema(MkChance *c, MkBuf *out);
/* People with a common factor behind their values, and gaps. */
MK_NODISCARD MkStatus mk_chance_people(MkChance *c, size_t n, MkTable **out, MkError *err);
/* A line of any verb. */
void mk_chance_line(MkChance *c, MkBuf *out);

#endif
