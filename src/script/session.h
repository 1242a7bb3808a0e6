/* session.h - what the analyst has said so far: evidence, targets, scenarios, persons, options; and
 * how a line changes it.
 *
 * One line of the language goes through mk_session_run, whatever door it came from (shell, prompt,
 * script, key). The session is plain data; only mk_session_* changes it, every change of evidence,
 * targets and scenarios is undoable. */
#ifndef MK_SCRIPT_SESSION_H
#define MK_SCRIPT_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/model.h"
#include "src/base/buf.h"
#include "src/base/pool.h"
#include "src/base/status.h"
#include "src/data/value.h"
#include "src/query/query.h"
#include "src/result/result.h"

typedef enum MkDoor { MK_DOOR_SHELL, MK_DOOR_PROMPT, MK_DOOR_SCRIPT } MkDoor;

typedef struct MkPaths {
    const char *model_dir;      /* where shipped models lie */
    const char *user_model_dir; /* the user's own; may not exist */
    const char *sources_dir;
    const char *scenarios_dir;
    const char *reader; /* manikin-readsurvey */
    /* Told by `version`, read and written by the doors; NULL without a home folder. */
    const char *settings; /* the settings file, a script */
    const char *history;  /* lines typed at the prompt of the workbench */
} MkPaths;

struct MkSession;

typedef struct MkSessionConfig {
    MkPaths paths;
    const char *model; /* name or file; NULL: newest release */
    double level;      /* 0.9 */
    uint64_t seed;
    size_t threads;   /* 0: all */
    MkCancel *cancel; /* kept; may be NULL */
    void (*progress)(
        void *ctx,
        const char *line); /* one status line of long work, for standard error or the screen */
    void *progress_ctx;
    /* What long work has so far, as a result of its own: given to the callee (mk_result_free).
     * Called from the thread that runs the line; may be NULL. */
    void (*partial)(void *ctx, struct MkSession *session, MkResult *so_far);
    void *partial_ctx;
    /* `run` hands over the result of each line as it comes; a failure stops the script, a check
     * that did not hold (result->failed_check) does not. Without it, or with keep_last, the result
     * of `run` is that of the last line that gave one, and its failed_check has all of them. */
    MkStatus (*emit)(void *ctx, struct MkSession *session, const MkResult *result, MkError *err);
    void *emit_ctx;
    /* Text for standard output as it comes (sample), before the result of its line; with emit_ctx.
     * NULL: it is kept, and handed over with the result. */
    MkStatus (*stream)(void *ctx, const char *text, size_t len, MkError *err);
    bool keep_last;
    double (*clock)(void); /* seconds, monotonic; `train` needs it */
    /* What `version` says of gnuplot, into out[64]; may be NULL. */
    void (*plotter)(void *ctx, char *out);
    void *plotter_ctx;
} MkSessionConfig;

typedef struct MkSession MkSession;

/* The model is opened at the first verb that needs it. Gives *out. */
MK_NODISCARD MkStatus mk_session_new(const MkSessionConfig *config, MkSession **out, MkError *err);
void mk_session_free(MkSession *session);

/* Parses and runs one line (comments and empty lines do nothing). *result is given also for verbs
 * without output (empty); on failure *result is NULL and the session is unchanged. `origin` names
 * the script and `line` its line for errors ("" and 0 otherwise). */
MK_NODISCARD MkStatus mk_session_run(MkSession *session, MkDoor door, const char *text,
                                     const char *origin, size_t line, MkResult **result,
                                     MkError *err);
/* The same from words already split (the shell's argv). */
MK_NODISCARD MkStatus mk_session_run_words(MkSession *session, MkDoor door,
                                           const char *const *words, size_t n, MkResult **result,
                                           MkError *err);

/* A whole script, line by line through mk_session_run and config.emit; stops at the first failure
 * ("FILE:LINE:COLUMN: ...") or at `quit`, which sets *quit (may be NULL). On failure the session is
 * as it was before. */
MK_NODISCARD MkStatus mk_session_run_file(MkSession *session, const char *path, bool *quit,
                                          MkError *err);
/* The format that the last line asked for ("json"), else the session's; "" when neither was said.
 */
const char *mk_session_format(const MkSession *session);
/* How the workbench is to look, in the words of --theme and --images; "" when not said. */
const char *mk_session_theme(const MkSession *session);
const char *mk_session_images(const MkSession *session);
/* What was done so far is the ground that undo, save and dirty count from (after the settings
 * file). */
void mk_session_settle(MkSession *session);

/* Reading, for screens. Pointers stay valid until the next change. */
MK_NODISCARD MkStatus mk_session_model(MkSession *session, const MkModel **model,
                                       MkError *err); /* opens it when needed */
MkEvidence mk_session_evidence(const MkSession *session);
size_t mk_session_targets(const MkSession *session, const size_t **ids);
size_t mk_session_n_scenarios(const MkSession *session);
const MkScenario *mk_session_scenario(const MkSession *session, size_t i);
/* What was said of each scenario, without what is given; (n_scenarios). */
const MkScenario *mk_session_own_scenarios(const MkSession *session);
size_t mk_session_n_persons(const MkSession *session);
const MkScenario *mk_session_person(const MkSession *session, size_t i);
double mk_session_level(const MkSession *session);
bool mk_session_is_read_only(const MkSession *session); /* what writes files is refused */
MkPool *mk_session_pool(MkSession *session);
uint64_t mk_session_revision(const MkSession *session); /* grows with every change */
bool mk_session_dirty(const MkSession *session);        /* changed since the last save */
size_t mk_session_history(const MkSession *session,
                          const char *const **lines); /* lines that were run */
/* The session as a script that replays it: what `save` writes. Saves nothing. */
MK_NODISCARD MkStatus mk_session_script(const MkSession *session, MkBuf *out, MkError *err);
const char *
mk_session_undo_text(const MkSession *session); /* what undo would take back; "" when nothing */

/* Completion of the word at `point` of a line: calls add(ctx, candidate, help) for each. A
 * candidate stands for the whole word from the blank before it ("hba1c,bmi", "smoking=current");
 * those found by their label do not begin like it. */
void mk_session_complete(MkSession *session, const char *line, size_t point,
                         void (*add)(void *ctx, const char *word, const char *help), void *ctx);

#endif
