/* from.h - what `from X` starts with: a person, a scenario, or a row of a table. Private to
 * src/script.
 *
 *   estimate hba1c from ann given smoking=current
 *   given from people.csv row 3
 *
 * A name is looked for among the persons, then among the scenarios; a name with a slash or a
 * suffix, or one that `row N` follows, is a table. */
#ifndef MK_SCRIPT_FROM_H
#define MK_SCRIPT_FROM_H

#include <stdbool.h>
#include <stddef.h>

#include "src/script/inner.h"

typedef struct MkFrom {
    bool is_there;       /* the line has a `from` */
    bool is_over;        /* a scenario: it lies over what is given. Else it stands for itself */
    bool is_row;         /* a row of a table */
    MkEvidence evidence; /* what X itself says; in the call's arena or the state */
    const char *table;   /* TABLE without a row: nothing is read yet; else NULL */
} MkFrom;

MK_NODISCARD MkStatus mk_from_read(MkSession *session, const MkCall *call, const MkModel *model,
                                   MkFrom *out, MkError *err);
/* The same where one person is needed: a table without a row is an error. */
MK_NODISCARD MkStatus mk_from_read_one(MkSession *session, const MkCall *call, const MkModel *model,
                                       MkFrom *out, MkError *err);
/* What lies under the line's own values: X, over what is given when it is a scenario; without
 * `from` what is given. */
MK_NODISCARD MkStatus mk_from_under(MkSession *session, const MkCall *call, const MkFrom *from,
                                    MkEvidence *out, MkError *err);
/* Reads a whole table for `from TABLE`; columns that the model does not know become a note. Gives
 * *out. */
MK_NODISCARD MkStatus mk_from_table(MkSession *session, const MkCall *call, const MkModel *model,
                                    const char *path, MkTable **out, MkError *err);
/* "head A=V A=V": a line that says the evidence by itself, for the journal of a line whose row may
 * be another one tomorrow. */
MK_NODISCARD MkStatus mk_from_spell(MkSession *session, const MkCall *call, const MkSchema *schema,
                                    const char *head, MkEvidence evidence, MkError *err);

#endif
