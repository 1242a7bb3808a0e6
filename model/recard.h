/* recard.h - puts measured quality into the card of a model file; weights stay as they are. */
#ifndef MK_MODEL_RECARD_H
#define MK_MODEL_RECARD_H

#include "src/base/status.h"

/* Rewrites the file at `path` with the section "## `section`" of its card replaced by `text`
 * (Markdown without heading), or added before "## Limits". Atomic.
 * Fails: MK_EFORMAT when it is no model. */
MK_NODISCARD MkStatus mk_model_recard(const char *path, const char *section, const char *text,
                                      MkError *err);

#endif
