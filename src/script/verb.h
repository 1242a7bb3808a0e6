/* verb.h - the verb table: one row feeds parsing, help, completion, keys and the manual's list. */
#ifndef MK_SCRIPT_VERB_H
#define MK_SCRIPT_VERB_H

#include <stdbool.h>
#include <stddef.h>

#include "src/base/status.h"

struct MkSession;
struct MkResult;
struct MkCall; /* parsed line: private to src/script (call.h) */

enum { MK_VALID_SHELL = 1, MK_VALID_PROMPT = 2, MK_VALID_SCRIPT = 4, MK_VALID_ALL = 7 };

typedef struct MkOption {
    const char *name;     /* "draws" */
    const char *argument; /* "M", or NULL for a switch */
    const char *help;
} MkOption;

typedef struct MkVerb {
    const char *name;
    const char *usage;  /* "estimate TARGET... [given A=V ...]" */
    const char *help;   /* one line */
    const char *manual; /* a paragraph or more, plain text; examples start with two blanks */
    const char *keys;   /* workbench keys, "p" or "" */
    unsigned valid;     /* MK_VALID_* */
    bool undoable;
    const MkOption *options;
    size_t n_options;
    MkStatus (*run)(struct MkSession *session, const struct MkCall *call, struct MkResult *result,
                    MkError *err);
} MkVerb;

/* All verbs, in the order of the manual. */
const MkVerb *mk_verbs(size_t *n);
/* By name or unique prefix; MK_EINVAL with the nearest names. */
MK_NODISCARD MkStatus mk_verb_find(const char *word, const MkVerb **out, MkError *err);
/* Options valid for every verb (--level, --seed, --format, -o, ...). */
const MkOption *mk_common_options(size_t *n);

#endif
