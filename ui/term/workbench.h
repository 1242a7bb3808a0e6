/* workbench.h - the interactive program on the full screen.
 *
 *   MkWorkbenchStatus status;
 *   mk_workbench_status_init(&status);
 *   session_config.progress = mk_workbench_progress;
 *   session_config.progress_ctx = &status;
 *   session_config.partial = mk_workbench_partial;
 *   session_config.partial_ctx = &status;
 *   session_config.cancel = &cancel;
 *   ... mk_session_new ...
 *   return mk_workbench_run(session, &(MkWorkbenchConfig){.status = &status, .cancel = &cancel,
 * ...});
 *
 * The session must not print by itself: `emit` of its config is NULL or writes nowhere on the
 * terminal while the workbench is up. The caller has set the locale (LC_CTYPE) and takes SIGINT
 * back afterwards. */
#ifndef MK_UI_TERM_WORKBENCH_H
#define MK_UI_TERM_WORKBENCH_H

#include <pthread.h>
#include <stdbool.h>

#include "src/base/pool.h"
#include "src/script/session.h"

/* What long work has so far, written by the thread that does it and read by the screen: a line,
 * and a result of which the newest counts. The thread never waits. */
typedef struct MkWorkbenchStatus {
    pthread_mutex_t lock;
    char line[256];
    MkResult *partial; /* owned; NULL = nothing new */
} MkWorkbenchStatus;

void mk_workbench_status_init(MkWorkbenchStatus *status);
void mk_workbench_status_release(MkWorkbenchStatus *status);
void mk_workbench_progress(void *status, const char *line); /* MkSessionConfig.progress */
/* MkSessionConfig.partial */
void mk_workbench_partial(void *status, struct MkSession *session, MkResult *so_far);

typedef struct MkWorkbenchConfig {
    bool is_ascii;            /* no characters beyond ASCII */
    bool has_colors;          /* false: monochrome (--color never, NO_COLOR) */
    const char *gnuplot;      /* program; NULL: "gnuplot" */
    const char *history_file; /* of the prompt; NULL: none */
    const char *rescue_file; /* where unsaved work goes when the program is killed; NULL: nowhere */
    MkWorkbenchStatus *status; /* may be NULL */
    MkCancel *cancel;          /* the one in the session's config; may be NULL */
} MkWorkbenchConfig;

/* Returns the exit code: 0, or 128 + the signal that ended it; trouble at the start is told on
 * standard error. */
int mk_workbench_run(MkSession *session, const MkWorkbenchConfig *config);

#endif
