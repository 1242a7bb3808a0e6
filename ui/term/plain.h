/* plain.h - the workbench without a screen: one line in, text out. For --plain, dumb terminals and
 * screen readers. */
#ifndef MK_UI_TERM_PLAIN_H
#define MK_UI_TERM_PLAIN_H

#include "src/script/session.h"
#include "ui/term/workbench.h"

/* Returns the exit code. */
int mk_plain_run(MkSession *session, const MkWorkbenchConfig *config);

#endif
