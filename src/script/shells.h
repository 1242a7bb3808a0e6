/* shells.h - completion in shells. Private to src/script. */
#ifndef MK_SCRIPT_SHELLS_H
#define MK_SCRIPT_SHELLS_H

#include "src/base/buf.h"
#include "src/base/status.h"
#include "src/script/session.h"

/* The completion script for "bash", "zsh" or "fish". */
MK_NODISCARD MkStatus mk_shells_print(const char *shell, MkBuf *buf, MkError *err);
/* What the last word of a line could become, as those scripts ask for it: a line each, the word, a
 * tab, what it is. */
MK_NODISCARD MkStatus mk_shells_complete(MkSession *session, const char *line, MkBuf *buf,
                                         MkError *err);

#endif
