#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "ui/term/job.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "src/base/file.h"
#include "src/plot/plot.h"
#include "src/render/render.h"

struct MkJob {
    MkSession *session;
    void (*wake)(void);
    pthread_t thread;
    bool is_running; /* the caller's side */
    pthread_mutex_t lock;
    pthread_cond_t ended;
    bool has_ended; /* under the lock */
    size_t width;
    bool ascii;
    MkJobDone done;
};

/* Figures of a report: a gnuplot of their own, for the workbench's belongs to another thread. */
typedef struct Painter {
    MkPlot *plot;
    bool is_tried;
    MkError why;
} Painter;

static MkStatus paint(void *ctx, const MkFigure *figure, MkBuf *svg, MkError *err)
{
    Painter *painter = ctx;
    if (!painter->is_tried) {
        painter->is_tried = true;
        const MkPlotConfig config = {.program = "gnuplot"};
        if (mk_plot_open(&config, &painter->plot, &painter->why) != MK_OK) {
            painter->plot = NULL;
        }
    }
    if (painter->plot == NULL) {
        return mk_fail(err, painter->why.status, "%s", painter->why.text);
    }
    return mk_plot_draw_svg(painter->plot, figure, svg, err);
}

static MkStatus write_rendered(const MkResult *result, const char *path, MkError *err)
{
    Painter painter = {0};
    const MkRenderOptions options = {.format = MK_FORMAT_TEXT, .draw = paint, .draw_ctx = &painter};
    const MkStatus st = mk_render_file(result, path, &options, err);
    mk_plot_close(painter.plot);
    return st;
}

MkStatus mk_job_write(const MkResult *result, MkBuf *notice, MkError *err)
{
    for (size_t i = 0; i < result->n_effects; i++) {
        const MkEffect *effect = &result->effects[i];
        if (effect->kind == MK_EFFECT_WRITE) {
            MK_TRY(effect->bytes != NULL
                       ? mk_file_write(effect->path, effect->bytes, effect->n_bytes, err)
                       : write_rendered(result, effect->path, err));
            mk_buf_printf(notice, "wrote %s\n", effect->path);
        }
    }
    return MK_OK;
}

/* Tables and notes as text; ready text (a CSV stream) as it is. What is drawn or went into a file
 * is not said again. */
static MkStatus result_text(const MkJob *job, const MkResult *result, MkBuf *out, MkError *err)
{
    bool is_drawn = false;
    for (size_t i = 0; i < result->n_effects; i++) {
        const MkEffect *effect = &result->effects[i];
        if (effect->kind == MK_EFFECT_WRITE && effect->bytes == NULL) {
            return MK_OK;
        }
        is_drawn = is_drawn || effect->kind == MK_EFFECT_DRAW;
    }
    if (is_drawn) {
        for (size_t i = 0; i < result->n_notes && i < 1; i++) {
            mk_buf_puts(out, result->notes[i]);
        }
        return MK_OK;
    }
    if (result->stream != NULL) {
        mk_buf_add(out, result->stream, result->n_stream);
        return MK_OK;
    }
    const MkRenderOptions options = {
        .format = MK_FORMAT_TEXT, .width = job->width, .ascii = job->ascii};
    return mk_render(result, &options, out, err);
}

static void run(MkJob *job)
{
    MkJobDone *done = &job->done;
    MkBuf text;
    mk_buf_init(&text);
    done->status = mk_session_run(job->session, MK_DOOR_PROMPT, done->line, "", 0, &done->result,
                                  &done->error);
    if (done->status == MK_OK && done->result != NULL) {
        done->status = mk_job_write(done->result, &text, &done->error);
        if (done->status == MK_OK) {
            done->status = result_text(job, done->result, &text, &done->error);
        }
        for (size_t i = 0; i < done->result->n_effects; i++) {
            done->is_quit = done->is_quit || done->result->effects[i].kind == MK_EFFECT_QUIT;
        }
    }
    done->text = mk_buf_take(&text);
    mk_buf_release(&text);
}

static void *work(void *argument)
{
    MkJob *job = argument;
    run(job);
    pthread_mutex_lock(&job->lock);
    job->has_ended = true;
    pthread_cond_broadcast(&job->ended);
    pthread_mutex_unlock(&job->lock);
    job->wake();
    return NULL;
}

MkStatus mk_job_new(MkSession *session, void (*wake)(void), MkJob **out, MkError *err)
{
    MkJob *job = calloc(1, sizeof *job);
    if (job == NULL) {
        return mk_fail(err, MK_ENOMEM, "no memory for the workbench");
    }
    job->session = session;
    job->wake = wake;
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_mutex_init(&job->lock, NULL);
    pthread_cond_init(&job->ended, &monotonic);
    pthread_condattr_destroy(&monotonic);
    *out = job;
    return MK_OK;
}

static void release_done(MkJobDone *done)
{
    free(done->line);
    free(done->text);
    mk_result_free(done->result);
    *done = (MkJobDone){0};
}

void mk_job_free(MkJob *job)
{
    if (job == NULL) {
        return;
    }
    if (job->is_running) {
        pthread_join(job->thread, NULL);
    }
    release_done(&job->done);
    pthread_cond_destroy(&job->ended);
    pthread_mutex_destroy(&job->lock);
    free(job);
}

MkStatus mk_job_start(MkJob *job, const char *line, size_t width, bool ascii, MkError *err)
{
    if (job->is_running) {
        return mk_fail(err, MK_EINVAL, "still running: %s (Ctrl-C stops it)", job->done.line);
    }
    release_done(&job->done);
    job->done.line = strdup(line);
    job->width = width;
    job->ascii = ascii;
    job->has_ended = false;
    if (job->done.line == NULL || pthread_create(&job->thread, NULL, work, job) != 0) {
        return mk_fail(err, MK_EIO, "no thread for %s", line);
    }
    job->is_running = true;
    return MK_OK;
}

bool mk_job_is_running(const MkJob *job)
{
    return job->is_running;
}

const char *mk_job_line(const MkJob *job)
{
    return job->done.line != NULL ? job->done.line : "";
}

bool mk_job_wait(MkJob *job, int ms)
{
    struct timespec until;
    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += (long)(ms % 1000) * 1000000L;
    until.tv_sec += ms / 1000 + until.tv_nsec / 1000000000L;
    until.tv_nsec %= 1000000000L;
    pthread_mutex_lock(&job->lock);
    while (job->is_running && !job->has_ended &&
           pthread_cond_timedwait(&job->ended, &job->lock, &until) == 0) {
    }
    const bool has_ended = job->has_ended;
    pthread_mutex_unlock(&job->lock);
    return has_ended;
}

bool mk_job_take(MkJob *job, MkJobDone *done)
{
    if (!job->is_running) {
        return false;
    }
    pthread_mutex_lock(&job->lock);
    const bool has_ended = job->has_ended;
    pthread_mutex_unlock(&job->lock);
    if (!has_ended) {
        return false;
    }
    pthread_join(job->thread, NULL);
    job->is_running = false;
    *done = job->done;
    job->done = (MkJobDone){0};
    return true;
}
