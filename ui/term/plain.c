#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "ui/term/plain.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/plot/plot.h"
#include "src/render/render.h"
#include "ui/term/job.h"

enum { COLUMNS = 72, ROWS = 20 };

typedef struct Plain {
    MkSession *session;
    const MkWorkbenchConfig *config;
    MkPlot *plot;
    bool is_over;
} Plain;

static MkStatus draw(Plain *plain, const MkResult *result, const MkEffect *effect, MkError *err)
{
    if (plain->plot == NULL) {
        const MkPlotConfig config = {
            .program = plain->config->gnuplot != NULL ? plain->config->gnuplot : "gnuplot",
            .ascii = plain->config->is_ascii};
        MK_TRY(mk_plot_open(&config, &plain->plot, err));
    }
    const MkFigure *figure = &result->figures[effect->figure];
    if (effect->path != NULL) {
        return mk_plot_draw_file(plain->plot, figure, effect->path, err);
    }
    MkBuf text;
    mk_buf_init(&text);
    const MkStatus st =
        mk_plot_draw_text(plain->plot, figure, COLUMNS, ROWS, MK_TEXT_MONO, &text, err);
    (void)fputs(text.data, stdout);
    mk_buf_release(&text);
    return st;
}

static MkStatus perform(Plain *plain, const MkResult *result, MkError *err)
{
    MkBuf text;
    mk_buf_init(&text);
    MkStatus st = mk_job_write(result, &text, err);
    if (st == MK_OK && result->stream != NULL) {
        mk_buf_add(&text, result->stream, result->n_stream);
    } else if (st == MK_OK) {
        const MkRenderOptions options = {
            .format = MK_FORMAT_TEXT, .width = COLUMNS + 8, .ascii = plain->config->is_ascii};
        st = mk_render(result, &options, &text, err);
    }
    (void)fwrite(text.data, 1, text.len, stdout);
    mk_buf_release(&text);
    for (size_t i = 0; i < result->n_effects && st == MK_OK; i++) {
        const MkEffect *effect = &result->effects[i];
        if (effect->kind == MK_EFFECT_DRAW && effect->figure < result->n_figures) {
            st = draw(plain, result, effect, err);
        }
        plain->is_over = plain->is_over || effect->kind == MK_EFFECT_QUIT;
    }
    return st;
}

static void run_line(Plain *plain, const char *line)
{
    MkResult *result = NULL;
    MkError err = {0};
    if (plain->config->cancel != NULL) {
        atomic_store(&plain->config->cancel->stop, false);
    }
    MkStatus st = mk_session_run(plain->session, MK_DOOR_PROMPT, line, "", 0, &result, &err);
    if (st == MK_OK && result != NULL) {
        st = perform(plain, result, &err);
    }
    (void)fflush(stdout);
    if (st != MK_OK) {
        fprintf(stderr, "error: %s\n", err.text);
    }
    mk_result_free(result);
}

int mk_plain_run(MkSession *session, const MkWorkbenchConfig *config)
{
    Plain plain = {.session = session, .config = config};
    char *line = NULL;
    size_t size = 0;
    puts("manikin, line by line. help lists the commands, quit leaves.");
    while (!plain.is_over) {
        (void)fputs("manikin> ", stdout);
        (void)fflush(stdout);
        errno = 0;
        ssize_t n = getline(&line, &size, stdin);
        if (n < 0 && errno == EINTR && !feof(stdin)) {
            clearerr(stdin);
            putchar('\n');
            continue;
        }
        if (n < 0) {
            putchar('\n');
            break;
        }
        line[strcspn(line, "\r\n")] = '\0';
        run_line(&plain, line);
    }
    free(line);
    mk_plot_close(plain.plot);
    return ferror(stdout) ? 1 : 0;
}
