/* releases.h - what the registry says of a model's file. For src/script only. */
#ifndef MK_SCRIPT_RELEASES_H
#define MK_SCRIPT_RELEASES_H

#include "src/data/registry.h"
#include "src/script/inner.h"

typedef enum MkListed {
    MK_LISTED_NOT,    /* no release of this name and version */
    MK_LISTED_SAME,   /* the very file that was registered */
    MK_LISTED_CHANGED /* another file than the one registered under this name and version */
} MkListed;

/* The shipped releases, then those of the user's own registry that it has not. In arena. */
MK_NODISCARD MkStatus mk_releases_read(const MkSession *session, MkArena *arena, MkRegistry *out,
                                       MkError *err);
/* What a file is, as a row: all but parent. Strings in arena. */
MK_NODISCARD MkStatus mk_release_of(const char *path, const MkModel *model, MkArena *arena,
                                    MkRelease *out, MkError *err);
/* *release (may be NULL) gets the row, NULL when there is none. */
MkListed mk_release_state(const MkRegistry *registry, const MkCard *card, const char *digest,
                          const MkRelease **release);
const char *mk_listed_text(MkListed listed); /* "unlisted", "registered", "changed" */

MkVerbRun mk_model_list, mk_model_history, mk_model_register; /* verbs_model_list.c */
MkVerbRun mk_model_compare;                                   /* verbs_model_compare.c */

#endif
