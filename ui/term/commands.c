/* commands.c - a line of the language from the workbench: run as a job, its result to the screen.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "ui/term/workbench_priv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ui/view/figure.h"
#include "ui/view/view.h"

enum { JOB_WAIT_MS = 120 /* a shorter command is not worth a status line */ };

static const double PARTIAL_SECONDS = 0.1; /* at most ten a second */

/* `plot A` and `plot A vs B` with the session's own evidence become the plot that is kept and
 * renewed. */
static bool keep_plot(MkBench *bench, const MkJobDone *done)
{
    MkMsg msg = {.kind = MK_MSG_SHOW};
    if (!mk_figure_is_live(bench->app, done->line, done->result, &msg.target, &msg.versus)) {
        return false;
    }
    mk_bench_update(bench, &msg);
    return true;
}

static void draw_result(MkBench *bench, MkJobDone *done)
{
    bool has_drawing = false;
    for (size_t i = 0; i < done->result->n_effects; i++) {
        has_drawing = has_drawing || done->result->effects[i].kind == MK_EFFECT_DRAW;
    }
    const bool is_shown =
        done->result->n_figures > 1 && mk_app_screen(bench->app) == MK_SCREEN_FIGURE;
    if (!has_drawing || keep_plot(bench, done) || is_shown) {
        return;
    }
    bench->figure_room = mk_figure_inside(bench->app);
    mk_draw_result(bench->draw, done->result, bench->figure_room.w, bench->figure_room.h);
    done->result = NULL;
}

void mk_bench_release_done(MkJobDone *done)
{
    free(done->line);
    free(done->text);
    mk_result_free(done->result);
}

/* What the line answers; where it only goes back or forth in time, what that was. */
static void tell_result(MkBench *bench, const MkJobDone *done, const char *undone)
{
    const bool is_undo = strcmp(done->line, "undo") == 0;
    const char *text = done->text != NULL ? done->text : "";
    char story[300];
    if (text[0] == '\0' && (is_undo || strcmp(done->line, "redo") == 0)) {
        (void)snprintf(story, sizeof story, "%s: %.250s", is_undo ? "taken back" : "done again",
                       is_undo ? undone : bench->app->undo);
        text = story;
    }
    mk_bench_update(
        bench,
        &(MkMsg){.kind = MK_MSG_RESULT, .line = done->line, .result = done->result, .text = text});
}

void mk_bench_finish_job(MkBench *bench)
{
    MkJobDone done;
    MkError err = {0};
    if (!mk_job_take(bench->job, &done)) {
        return;
    }
    mk_bench_update(bench, &(MkMsg){.kind = MK_MSG_BUSY, .text = ""});
    if (mk_bench_adopt_model(bench, &err) != MK_OK) {
        fprintf(stderr, "manikin: %s\n", err.text);
        bench->is_over = true;
        bench->code = mk_status_exit_code(err.status);
        mk_bench_release_done(&done);
        return;
    }
    const bool is_bad = done.status != MK_OK;
    mk_bench_update(bench, &(MkMsg){.kind = MK_MSG_LINE,
                                    .line = done.line,
                                    .text = is_bad ? done.error.text : "",
                                    .mood = is_bad ? MK_MOOD_BAD : MK_MOOD_ECHO});
    char story[256];
    (void)snprintf(story, sizeof story, "%s", bench->app->undo);
    mk_bench_send_session(bench);
    if (done.status != MK_OK) {
        free(bench->lines); /* the rest was meant to come after this one */
        bench->lines = NULL;
        mk_bench_say(bench, MK_MOOD_BAD, done.error.text);
    } else {
        mk_bench_note_taken(bench, done.line);
        tell_result(bench, &done, story);
        if (done.result != NULL && done.result->is_cut) {
            mk_bench_say(bench, MK_MOOD_WARN, "stopped; this is what was found until then");
        }
        if (done.result != NULL) {
            draw_result(bench, &done);
        }
        if (done.is_quit) {
            mk_bench_update(bench, &(MkMsg){.kind = MK_MSG_KEY, .key = 'q'});
        }
    }
    mk_bench_release_done(&done);
}

/* Nothing of the work before is shown with the next. */
static void clear_status(MkBench *bench)
{
    MkWorkbenchStatus *status = bench->config->status;
    if (status == NULL) {
        return;
    }
    pthread_mutex_lock(&status->lock);
    MkResult *old = status->partial;
    status->partial = NULL;
    status->line[0] = '\0';
    pthread_mutex_unlock(&status->lock);
    mk_result_free(old);
}

void mk_bench_start_job(MkBench *bench, const char *line)
{
    MkError err = {0};
    if (bench->config->cancel != NULL && !mk_job_is_running(bench->job)) {
        atomic_store(&bench->config->cancel->stop, false);
    }
    if (!mk_job_is_running(bench->job)) {
        clear_status(bench);
        bench->job_started = mk_bench_now();
    }
    const size_t width = bench->app->columns > 2 ? bench->app->columns - 2 : 78;
    if (mk_job_start(bench->job, line, width, bench->config->is_ascii, &err) != MK_OK) {
        mk_bench_say(bench, MK_MOOD_BAD, err.text);
        return;
    }
    if (mk_job_wait(bench->job, JOB_WAIT_MS)) {
        mk_bench_finish_job(bench);
    }
}

void mk_bench_run_lines(MkBench *bench, const char *text)
{
    free(bench->lines);
    bench->lines = text != NULL ? strdup(text) : NULL;
    bench->at_line = 0;
}

void mk_bench_next_line(MkBench *bench)
{
    if (bench->lines == NULL || bench->app == NULL || mk_job_is_running(bench->job)) {
        return;
    }
    char *line = bench->lines + bench->at_line;
    if (*line == '\0') {
        free(bench->lines);
        bench->lines = NULL;
        return;
    }
    const size_t length = strcspn(line, "\n");
    bench->at_line += length + (line[length] == '\n' ? 1 : 0);
    line[length] = '\0';
    line += strspn(line, " ");
    if (*line != '\0' && *line != '#') {
        mk_prompt_remember(bench->prompt, line);
        mk_bench_start_job(bench, line);
    }
}

/* How much of the work a progress line tells of: "12 of 40", "30 %"; 0 when it does not. */
static double share_done(const char *line)
{
    for (const char *c = line; *c != '\0'; c++) {
        if (*c < '0' || *c > '9') {
            continue;
        }
        char *end = NULL, *stop = NULL;
        const double done = strtod(c, &end);
        double all = 0;
        if (strncmp(end, " of ", 4) == 0) {
            all = strtod(end + 4, &stop);
        } else if (strncmp(end, " %", 2) == 0 || *end == '%') {
            all = 100;
        }
        if (all > 0 && done > 0 && done <= all) {
            return done / all;
        }
        c = end - 1;
    }
    return 0;
}

static void put_time(char *out, size_t size, double seconds)
{
    const unsigned long s = (unsigned long)(seconds + 0.5);
    if (s < 60) {
        (void)snprintf(out, size, "%lu s", s);
    } else if (s < 3600) {
        (void)snprintf(out, size, "%lu min %02lu s", s / 60, s % 60);
    } else {
        (void)snprintf(out, size, "%lu h %02lu min", s / 3600, s / 60 % 60);
    }
}

/* "explore hba1c: 340 of 711 · 12 s, about 9 s left · Esc stops" */
static void busy_line(const MkBench *bench, const char *progress, char *out, size_t size)
{
    const double spent = mk_bench_now() - bench->job_started;
    const double share = share_done(progress);
    char so_far[32], left[48] = "";
    put_time(so_far, sizeof so_far, spent);
    if (share > 0.02 && spent > 1 && strstr(progress, "left") == NULL) {
        char time[32];
        put_time(time, sizeof time, spent * (1 - share) / share);
        (void)snprintf(left, sizeof left, ", about %s left", time);
    }
    (void)snprintf(out, size, "%.150s · %s%s · Esc stops",
                   progress[0] != '\0' ? progress : mk_job_line(bench->job), so_far, left);
}

void mk_bench_show_busy(MkBench *bench)
{
    char text[256];
    char line[sizeof bench->config->status->line] = "";
    MkWorkbenchStatus *status = bench->config->status;
    MkResult *partial = NULL;
    if (status != NULL) {
        pthread_mutex_lock(&status->lock);
        memcpy(line, status->line, sizeof line);
        if (mk_bench_now() - bench->partial_at > PARTIAL_SECONDS) {
            partial = status->partial;
            status->partial = NULL;
        }
        pthread_mutex_unlock(&status->lock);
    }
    if (partial != NULL) {
        bench->partial_at = mk_bench_now();
        mk_bench_update(bench, &(MkMsg){.kind = MK_MSG_PARTIAL,
                                        .line = mk_job_line(bench->job),
                                        .text = "",
                                        .result = partial});
        mk_result_free(partial);
    }
    busy_line(bench, line, text, sizeof text);
    mk_bench_update(bench, &(MkMsg){.kind = MK_MSG_BUSY, .text = text});
}
