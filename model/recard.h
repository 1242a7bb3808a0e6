/* recard.h - puts measured quality into the card of a model file, or says anew which release it is;
 * weights stay as they are. */
#ifndef MK_MODEL_RECARD_H
#define MK_MODEL_RECARD_H

#include "src/base/status.h"

/* Rewrites the file at `path` with the section "## `section`" of its card replaced by `text`
 * (Markdown without heading), or added before "## Limits". Atomic.
 * Fails: MK_EFORMAT when it is no model. */
MK_NODISCARD MkStatus mk_model_recard(const char *path, const char *section, const char *text,
                                      MkError *err);

/* Which release a file is, in words of its recipe. An empty text leaves the file's. */
typedef struct MkLabel {
    const char *version, *changes, *limits;
    const char *thresholds; /* lines "name\tlow\thigh" */
    const char *recipe;     /* whose lines of description replace those in the manifest */
} MkLabel;

/* Rewrites the file at `path` with its version, the head and the sections Changes and Limits of its
 * card, its thresholds and the description in its manifest. Atomic. Fails as mk_model_recard. */
MK_NODISCARD MkStatus mk_model_relabel(const char *path, const MkLabel *label, MkError *err);

#endif
