/* help.h - the `?` screen: keys of the place it was asked from, then the other keys, then the
 * verbs. Made from the key table and the verb table; searchable; Enter runs the entry. */
#ifndef MK_UI_VIEW_HELP_H
#define MK_UI_VIEW_HELP_H

#include <stdbool.h>
#include <stddef.h>

#include "src/script/verb.h"
#include "ui/view/field.h"
#include "ui/view/grid.h"
#include "ui/view/keys.h"

typedef struct MkHelpEntry {
    const char *section;      /* heading when not NULL; then nothing else */
    const MkBinding *binding; /* a key, or */
    const MkVerb *verb;       /* a verb */
} MkHelpEntry;

enum { MK_HELP_MAX = 256 };

typedef struct MkHelp {
    const MkVerb *verbs; /* kept */
    size_t n_verbs;
    unsigned from; /* where the keys were when help was asked for */
    char filter[MK_FIELD_BYTES];
    MkHelpEntry entries[MK_HELP_MAX];
    size_t n;
    size_t cursor, top;
} MkHelp;

void mk_help_open(MkHelp *help, const MkVerb *verbs, size_t n_verbs, unsigned from);
void mk_help_filter(MkHelp *help, const char *filter);
void mk_help_move(MkHelp *help, long entries);        /* headings are passed over */
const MkHelpEntry *mk_help_entry(const MkHelp *help); /* NULL when nothing is listed */
void mk_help_scroll(MkHelp *help, size_t height);
/* A key row is left out when its verb is not in the table. */
bool mk_help_has(const MkVerb *verbs, size_t n_verbs, const MkBinding *binding);
void mk_help_view(const MkHelp *help, MkGrid *grid, MkRect list, MkRect story);

#endif
