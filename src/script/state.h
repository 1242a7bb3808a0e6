/* state.h - what undo takes back: evidence, targets, scenarios and persons as one immutable
 * snapshot. Private to src/script.
 *
 * A state is made from the one before it, changed while it is new, then published and never changed
 * again; undo keeps references. Attribute ids are those of one model's schema. */
#ifndef MK_SCRIPT_STATE_H
#define MK_SCRIPT_STATE_H

#include <stddef.h>

#include "src/base/arena.h"
#include "src/base/status.h"
#include "src/data/schema.h"
#include "src/data/value.h"
#include "src/query/query.h"

typedef struct MkState {
    size_t n_references;
    MkArena *arena;         /* owns all below and the state itself */
    const MkSchema *schema; /* whose ids these are; NULL while there are none */
    size_t n_known;
    MkKnown *known;
    size_t n_targets;
    size_t *targets;
    size_t n_scenarios;
    MkScenario *own;    /* what was said of each scenario */
    MkScenario *merged; /* with the evidence under it; made by mk_state_publish */
    size_t n_persons;
    MkScenario *persons; /* whole evidence, with nothing under it */
} MkState;

MkState *mk_state_new(void);                  /* empty; NULL when out of memory */
MkState *mk_state_copy(const MkState *state); /* unpublished deep copy */
MkState *mk_state_keep(MkState *state);       /* one more reference */
void mk_state_drop(MkState *state);           /* one less; NULL is allowed */

/* Changes of a state that is not published yet. */
MK_NODISCARD MkStatus mk_state_give(MkState *state, size_t attribute, const MkValue *value,
                                    MkError *err);
void mk_state_forget(MkState *state, size_t attribute);
MK_NODISCARD MkStatus mk_state_target(MkState *state, size_t attribute, MkError *err);
void mk_state_untarget(MkState *state, size_t attribute);
/* Adds or replaces. */
MK_NODISCARD MkStatus mk_state_scenario(MkState *state, const char *name, MkEvidence evidence,
                                        MkError *err);
void mk_state_remove_scenario(MkState *state, size_t i);
/* The same for persons. */
MK_NODISCARD MkStatus mk_state_person(MkState *state, const char *name, MkEvidence evidence,
                                      MkError *err);
void mk_state_remove_person(MkState *state, size_t i);
/* Makes the merged scenarios. */
MK_NODISCARD MkStatus mk_state_publish(MkState *state, MkError *err);

/* Index of a scenario by name; n_scenarios when there is none. */
size_t mk_state_find_scenario(const MkState *state, const char *name);
size_t mk_state_find_person(const MkState *state, const char *name);
/* The same state in the ids of another schema; fails when a name or value has no place there. Gives
 * *out, published. */
MK_NODISCARD MkStatus mk_state_translate(const MkState *state, const MkSchema *to, MkState **out,
                                         MkError *err);

#endif
