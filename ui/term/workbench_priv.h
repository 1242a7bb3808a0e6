/* workbench_priv.h - what the files of the workbench share: its state, and who does what with it.
 *
 * workbench.c has the loop, answers.c the estimates and plots, commands.c the verbs, typing.c the :
 * line, rescue.c what is left of a session that was cut off. All of it runs on the main thread. */
#ifndef MK_UI_TERM_WORKBENCH_PRIV_H
#define MK_UI_TERM_WORKBENCH_PRIV_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "ui/term/draw.h"
#include "ui/term/job.h"
#include "ui/term/live.h"
#include "ui/term/prompt.h"
#include "ui/term/terminal.h"
#include "ui/term/workbench.h"
#include "ui/view/app.h"

enum { MK_RESCUE_BYTES = 4096 };

/* Unsaved work that is kept beside (rescue.c). */
typedef struct MkRescue {
    char own[MK_RESCUE_BYTES], old[MK_RESCUE_BYTES]; /* ours, and what an earlier session left */
    int own_lock, old_lock;                          /* -1: none */
    bool is_kept;                                    /* our file is there */
    bool was_taken;                                  /* what was left has been brought back */
    bool is_due, has_failed;
    uint64_t kept_revision, due_revision;
    double first, last; /* changes since it was kept */
} MkRescue;

typedef struct MkBench {
    MkSession *session;
    const MkWorkbenchConfig *config;
    MkTerminal *terminal;
    MkPrompt *prompt;
    MkJob *job;
    const MkModel *model;
    size_t *observed;
    MkApp *app;
    MkHistory history; /* while there is no app */
    MkLive *live;
    MkDraw *draw;
    MkGrid *grid;
    MkPlotWish wished; /* last wish that was passed on */
    bool has_wished;
    MkTerminalImage image; /* the last plot that was drawn as one */
    char *image_bytes;     /* owned */
    MkPlotWish image_wish;
    MkRect figure_room; /* what the last figure of a command was drawn for */
    uint64_t asked;     /* revision of the last question */
    bool has_asked;
    double job_started, partial_at; /* seconds, of mk_bench_now */
    double population_level;        /* of the intervals that the app has of the population */
    char *lines;                    /* owned: lines that wait; NULL = none */
    size_t at_line;
    bool is_over;
    MkRescue rescue;
    int code;
    int saved_stderr; /* -1: not moved */
    FILE *stray;      /* what libraries wrote to standard error meanwhile */
} MkBench;

/* ---- workbench.c ---- */
/* A message to the app, and what it asks for done. */
void mk_bench_update(MkBench *bench, const MkMsg *msg);
void mk_bench_say(MkBench *bench, MkMood mood, const char *text);
void mk_bench_send_session(MkBench *bench);
double mk_bench_now(void); /* seconds, monotonic */
/* Takes up the session's model: at the start, and when a command has changed it. */
MK_NODISCARD MkStatus mk_bench_adopt_model(MkBench *bench, MkError *err);

/* ---- answers.c ---- */
/* New evidence: asks, and gives the rows on the screen the rest of the frame's time. */
void mk_bench_renew_estimates(MkBench *bench);
void mk_bench_renew_plot(MkBench *bench);
void mk_bench_take_live(MkBench *bench);
void mk_bench_take_drawn(MkBench *bench);
/* The image that is to be seen now; NULL: none. */
const MkTerminalImage *mk_bench_image(MkBench *bench);
void mk_bench_renew_cells(MkBench *bench);

/* ---- commands.c ---- */
void mk_bench_start_job(MkBench *bench, const char *line);
void mk_bench_finish_job(MkBench *bench);
/* Lines to run one after another, until one fails; and the next of them, when nothing runs. */
void mk_bench_run_lines(MkBench *bench, const char *text);
void mk_bench_next_line(MkBench *bench);
void mk_bench_show_busy(MkBench *bench);
void mk_bench_release_done(MkJobDone *done);

/* ---- typing.c ---- */
void mk_bench_open_prompt(MkBench *bench, const char *text);
void mk_bench_prompt_key(MkBench *bench, uint32_t key);
/* Pasted text is never taken as keys: it goes where text is typed, or is shown and asked about. */
void mk_bench_paste(MkBench *bench, const char *text);
/* For the prompt; the owner is the workbench. */
void mk_bench_complete(void *owner, const char *line, size_t point,
                       void (*add)(void *ctx, const char *word, const char *help), void *ctx);

/* ---- rescue.c ---- */
void mk_bench_open_rescue(MkBench *bench);
void mk_bench_close_rescue(MkBench *bench);
/* Keeps unsaved work when it is time. Milliseconds until it is time next; -1: nothing to keep. */
int mk_bench_autosave(MkBench *bench);
/* At once, when a signal ends the program. */
void mk_bench_rescue(MkBench *bench);
/* The first words: work left by an earlier session is offered once, and set aside after an orderly
 * end or when it has been brought back. */
void mk_bench_tell_rescued(MkBench *bench);
void mk_bench_note_taken(MkBench *bench, const char *line); /* a line has run */
void mk_bench_set_aside_rescued(MkBench *bench);

#endif
