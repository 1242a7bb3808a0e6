/* shell.h - the shell door: lines from the command line and standard input; results to standard
 * output, everything else to standard error; files and figures that a result asks for.
 *
 *   MkShell shell = {.arena = arena, .cancel = &cancel};
 *   MkSessionConfig config = {.paths = mk_shell_find_paths(&shell), .emit = mk_shell_emit,
 *                             .emit_ctx = &shell, ...};
 *   MK_TRY(mk_session_new(&config, &shell.session, err));
 *   MK_TRY(mk_shell_run_settings(&shell, err));
 *   MK_TRY(mk_shell_run_input(&shell, err)); */
#ifndef MK_SHELL_SHELL_H
#define MK_SHELL_SHELL_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "src/base/arena.h"
#include "src/base/pool.h"
#include "src/base/status.h"
#include "src/plot/plot.h"
#include "src/script/call.h"
#include "src/script/session.h"

#ifdef HAVE_UI
#include "ui/term/workbench.h"
#endif

typedef enum MkColorWhen { MK_COLOR_AUTO, MK_COLOR_ALWAYS, MK_COLOR_NEVER } MkColorWhen;

typedef struct MkShell {
    MkSession *session; /* owned by main */
    MkArena *arena;
    MkCancel *cancel; /* what a signal sets */
    MkPlot *plot;     /* opened when the first figure is drawn */
    bool plot_tried;
    MkError plot_error;
    MkColorWhen color;
    bool plain;
    bool ascii;
    bool no_config;
    bool out_failed;   /* standard output is gone; nothing more is said there */
    bool is_quiet;     /* results are dropped: the settings file */
    bool has_place;    /* the failure names its script and line */
    bool check_failed; /* a check did not hold: exit code 4 when all else is well */
    bool has_screen;   /* the workbench is up: nothing is said beside it */
    bool progress_due; /* a progress line stands on the terminal */
    time_t progress_at;
    bool quit;
    int code; /* of the workbench */
#ifdef HAVE_UI
    MkWorkbenchStatus status;
#endif
} MkShell;

/* ---- output.c ---- */
void mk_shell_say(MkShell *shell, const char *text); /* a line to standard error */
void mk_shell_complain(MkShell *shell, const MkError *err);
/* To standard output at once. A reader that went away is a silent failure, as with other tools. */
MK_NODISCARD MkStatus mk_shell_put(MkShell *shell, const char *bytes, size_t len, MkError *err);
void mk_shell_progress(void *ctx, const char *line); /* MkSessionConfig.progress */
MK_NODISCARD MkStatus mk_shell_stream(void *ctx, const char *text, size_t len,
                                      MkError *err); /* MkSessionConfig.stream */
void mk_shell_clear_progress(MkShell *shell);
bool mk_shell_wants_color(const MkShell *shell);
/* MkSessionConfig.emit: performs the effects of a result, shows it, and tells of a check that did
 * not hold. Fails with MK_ECANCEL for a result that was cut. */
MK_NODISCARD MkStatus mk_shell_emit(void *ctx, struct MkSession *session, const MkResult *result,
                                    MkError *err);
void mk_shell_describe_plotter(void *ctx, char *out); /* MkSessionConfig.plotter */

/* ---- places.c ---- */
MkPaths mk_shell_find_paths(MkShell *shell);
/* $VARIABLE/manikin/NAME, or the same under the home folder; NULL without a home. */
const char *mk_shell_xdg_path(MkShell *shell, const char *variable, const char *fallback,
                              const char *name);

/* ---- lines.c ---- */
MK_NODISCARD MkStatus mk_shell_run_words(MkShell *shell, const char *const *words, size_t n,
                                         MkError *err);
/* Every -e in its order; one may hold several lines. Without a verb after them -o is for the last
 * one. *n counts them. */
MK_NODISCARD MkStatus mk_shell_run_executes(MkShell *shell, const MkCall *call, size_t *n,
                                            MkError *err);
/* Verbs from standard input. At a terminal there is a prompt and a mistake is no end; elsewhere the
 * first failing line is. */
MK_NODISCARD MkStatus mk_shell_run_input(MkShell *shell, MkError *err);
MK_NODISCARD MkStatus mk_shell_run_settings(MkShell *shell, MkError *err);

#endif
