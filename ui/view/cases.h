/* cases.h - the scenarios and persons of the session, copied: who can be compared. */
#ifndef MK_UI_VIEW_CASES_H
#define MK_UI_VIEW_CASES_H

#include <stdbool.h>
#include <stddef.h>

#include "src/base/buf.h"
#include "src/data/schema.h"
#include "src/query/query.h"

typedef struct MkCase {
    const char *name;
    bool is_person;      /* it stands for itself; a scenario lies over what is given */
    MkEvidence evidence; /* what was said of it */
} MkCase;

typedef struct MkCases {
    struct MkArena *arena; /* owns all below; NULL while there are none */
    size_t n;
    MkCase *items; /* scenarios, then persons */
} MkCases;

/* Copies; out of memory leaves none. */
void mk_cases_set(MkCases *cases, const MkScenario *scenarios, size_t n_scenarios,
                  const MkScenario *persons, size_t n_persons);
void mk_cases_release(MkCases *cases);
/* Index by name; cases->n when there is none. */
size_t mk_cases_find(const MkCases *cases, const char *name);

#endif
