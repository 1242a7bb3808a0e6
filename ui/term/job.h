/* job.h - one line of the language run on a thread of its own, so that keys go on during long work.
 *
 * While a job runs nobody else touches the session. */
#ifndef MK_UI_TERM_JOB_H
#define MK_UI_TERM_JOB_H

#include <stdbool.h>
#include <stddef.h>

#include "src/base/buf.h"
#include "src/base/status.h"
#include "src/result/result.h"
#include "src/script/session.h"

typedef struct MkJob MkJob;

typedef struct MkJobDone {
    char *line; /* given: free() */
    MkStatus status;
    MkError error;
    MkResult *result; /* given: mk_result_free; NULL on failure */
    char *text;       /* given: free(); the result as text for the screen, "" when it has none */
    bool is_quit;     /* the line asks to leave */
} MkJobDone;

/* The session is kept. `wake` is called from the thread at the end. Gives *out. */
MK_NODISCARD MkStatus mk_job_new(MkSession *session, void (*wake)(void), MkJob **out, MkError *err);
void mk_job_free(MkJob *job); /* NULL is allowed; waits for what runs */
/* Runs a line and performs its WRITE effects. Fails while another one runs. */
MK_NODISCARD MkStatus mk_job_start(MkJob *job, const char *line, size_t width, bool ascii,
                                   MkError *err);
bool mk_job_is_running(const MkJob *job); /* started and not taken yet */
const char *mk_job_line(const MkJob *job);
bool mk_job_wait(MkJob *job, int ms);          /* true when it has ended */
bool mk_job_take(MkJob *job, MkJobDone *done); /* false while it runs, or when there is none */

/* The WRITE effects of a result; a line about each file into `notice`. */
MK_NODISCARD MkStatus mk_job_write(const MkResult *result, MkBuf *notice, MkError *err);

#endif
