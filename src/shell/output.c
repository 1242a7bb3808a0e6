/* output.c - what a result asks for: text, files, figures. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "src/shell/shell.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "src/base/buf.h"
#include "src/base/file.h"
#include "src/render/layout.h"
#include "src/render/render.h"

enum { WIDTH_OF_PIPES = 10000, PLOT_ROWS = 20, QUIET_SECONDS = 5 };

/* ---- streams ---- */

void mk_shell_clear_progress(MkShell *shell)
{
    if (shell->progress_due) {
        (void)fputs("\r\033[K", stderr);
        shell->progress_due = false;
    }
}

/* A line for standard error. What it quotes (names, cells of a table) is no command for the
 * terminal. */
static void put_line(const char *head, const char *text, const char *end)
{
    MkBuf clean;
    mk_buf_init(&clean);
    mk_layout_clean_lines(text, false, &clean);
    (void)fprintf(stderr, "%s%s%s", head, clean.failed ? "out of memory" : clean.data, end);
    mk_buf_release(&clean);
}

void mk_shell_say(MkShell *shell, const char *text)
{
    if (shell->has_screen) {
        return;
    }
    mk_shell_clear_progress(shell);
    put_line("", text, "\n");
}

void mk_shell_complain(MkShell *shell, const MkError *err)
{
    mk_shell_clear_progress(shell);
    const bool is_bare = shell->has_place || err->text[0] == '\0';
    put_line(is_bare ? "" : "manikin: ", err->text, "\n");
}

/* To standard output at once. A reader that went away is a silent failure, as with other tools. */
MkStatus mk_shell_put(MkShell *shell, const char *bytes, size_t len, MkError *err)
{
    mk_shell_clear_progress(shell);
    while (len > 0 && !shell->out_failed) {
        const ssize_t n = write(STDOUT_FILENO, bytes, len);
        if (n < 0 && errno == EINTR) {
            if (mk_cancelled(shell->cancel)) {
                return mk_fail(err, MK_ECANCEL, "interrupted");
            }
            continue;
        }
        if (n < 0) {
            shell->out_failed = true;
            if (errno == EPIPE) {
                return mk_fail(err, MK_EIO, "%s", "");
            }
            return mk_fail(err, MK_EIO, "standard output: %s", strerror(errno));
        }
        bytes += n;
        len -= (size_t)n;
    }
    return shell->out_failed ? mk_fail(err, MK_EIO, "%s", "") : MK_OK;
}

MkStatus mk_shell_stream(void *ctx, const char *text, size_t len, MkError *err)
{
    MkShell *shell = ctx;
    return shell->is_quiet ? MK_OK : mk_shell_put(shell, text, len, err);
}

/* On a terminal the line replaces itself; elsewhere one line now and then. */
void mk_shell_progress(void *ctx, const char *line)
{
    MkShell *shell = ctx;
    if (isatty(STDERR_FILENO) && !shell->plain) {
        put_line("\r\033[K", line, "");
        shell->progress_due = true;
        return;
    }
    const time_t now = time(NULL);
    if (now - shell->progress_at >= QUIET_SECONDS) {
        shell->progress_at = now;
        put_line("", line, "\n");
    }
}

/* ---- how results look ---- */

static size_t terminal_width(void)
{
    struct winsize size;
    if (!isatty(STDOUT_FILENO)) {
        return WIDTH_OF_PIPES;
    }
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
        return size.ws_col;
    }
    return 80;
}

bool mk_shell_wants_color(const MkShell *shell)
{
    const char *none = getenv("NO_COLOR");
    const char *term = getenv("TERM");
    if (shell->color != MK_COLOR_AUTO) {
        return shell->color == MK_COLOR_ALWAYS;
    }
    return isatty(STDOUT_FILENO) && (none == NULL || none[0] == '\0') && term != NULL &&
           strcmp(term, "dumb") != 0;
}

static MkRenderOptions render_options(const MkShell *shell, MkFormat format)
{
    return (MkRenderOptions){.format = format,
                             .width = terminal_width(),
                             .color = mk_shell_wants_color(shell),
                             .ascii = shell->ascii,
                             .linear = shell->plain};
}

static MkFormat format_of(const MkShell *shell, const MkResult *result)
{
    MkFormat format = result->table_is_data ? MK_FORMAT_CSV : MK_FORMAT_TEXT;
    (void)mk_format_of_name(mk_session_format(shell->session), &format);
    return format;
}

/* ---- effects ---- */

static MkStatus need_plot(MkShell *shell, MkError *err)
{
    if (!shell->plot_tried) {
        shell->plot_tried = true;
        const MkPlotConfig config = {.program = "gnuplot", .ascii = shell->ascii};
        if (mk_plot_open(&config, &shell->plot, &shell->plot_error) != MK_OK) {
            shell->plot = NULL;
        }
    }
    if (shell->plot == NULL) {
        return mk_fail(err, shell->plot_error.status, "%s", shell->plot_error.text);
    }
    return MK_OK;
}

/* A figure of a report. */
static MkStatus draw_svg(void *ctx, const MkFigure *figure, MkBuf *svg, MkError *err)
{
    MkShell *shell = ctx;
    MK_TRY(need_plot(shell, err));
    return mk_plot_draw_svg(shell->plot, figure, svg, err);
}

static MkStatus write_rendered(MkShell *shell, const MkResult *result, const char *path,
                               MkError *err)
{
    MkFormat format = format_of(shell, result);
    const MkRenderOptions options = {.format = format, .draw = draw_svg, .draw_ctx = shell};
    MK_TRY(mk_render_file(result, path, &options, err));
    (void)mk_format_of_suffix(path, &format);
    for (size_t i = 0; format == MK_FORMAT_CSV && i < result->n_notes; i++) {
        mk_shell_say(shell, result->notes[i]);
    }
    return MK_OK;
}

static MkStatus draw_file(MkShell *shell, const MkResult *result, const MkEffect *effect,
                          MkError *err)
{
    const size_t len = strlen(effect->path);
    const bool is_script = len > 3 && strcmp(effect->path + len - 3, ".gp") == 0;
    if (!is_script) {
        MK_TRY(need_plot(shell, err));
    }
    return mk_plot_draw_file(shell->plot, &result->figures[effect->figure], effect->path, err);
}

/* Width of a plot on the screen; in a pipe that of an ordinary terminal. */
static size_t plot_width(void)
{
    const size_t width = terminal_width();
    return width < 40 || width > 120 ? 80 : width;
}

static MkStatus draw_screen(MkShell *shell, const MkResult *result, const MkEffect *effect,
                            MkError *err)
{
    MK_TRY(need_plot(shell, err));
    MkBuf buf;
    mk_buf_init(&buf);
    MkStatus st =
        mk_plot_draw_text(shell->plot, &result->figures[effect->figure], plot_width(), PLOT_ROWS,
                          mk_shell_wants_color(shell) ? MK_TEXT_ANSI256 : MK_TEXT_MONO, &buf, err);
    if (st == MK_OK) {
        mk_buf_putc(&buf, '\n');
        st = mk_buf_status(&buf, err);
    }
    if (st == MK_OK) {
        st = mk_shell_put(shell, buf.data, buf.len, err);
    }
    mk_buf_release(&buf);
    return st;
}

/* Files first. *to_file: the result went to one, so not to standard output too. */
static MkStatus perform(MkShell *shell, const MkResult *result, bool *to_file, MkError *err)
{
    for (size_t i = 0; i < result->n_effects; i++) {
        const MkEffect *effect = &result->effects[i];
        if (effect->kind == MK_EFFECT_QUIT) {
            shell->quit = true;
        } else if (effect->kind == MK_EFFECT_WRITE && effect->bytes != NULL) {
            MK_TRY(mk_file_write(effect->path, effect->bytes, effect->n_bytes, err));
        } else if (effect->kind == MK_EFFECT_WRITE) {
            *to_file = true;
            MK_TRY(write_rendered(shell, result, effect->path, err));
        } else if (effect->path != NULL) {
            *to_file = true;
            MK_TRY(draw_file(shell, result, effect, err));
        }
    }
    return MK_OK;
}

/* A picture made of characters is noise where lines are read aloud: its name stands for it. */
static MkStatus name_figure(MkShell *shell, const MkFigure *figure, MkError *err)
{
    MkBuf line;
    mk_buf_init(&line);
    mk_buf_puts(&line, "figure: ");
    mk_layout_clean(figure->title, shell->ascii, &line);
    mk_buf_puts(&line, "; -o FILE.svg draws it\n");
    MkStatus st = mk_buf_status(&line, err);
    if (st == MK_OK) {
        st = mk_shell_put(shell, line.data, line.len, err);
    }
    mk_buf_release(&line);
    return st;
}

/* Figures for the screen belong to the text form only. A plotter that is missing does not hide the
 * numbers. */
static MkStatus draw_all(MkShell *shell, const MkResult *result, MkError *err)
{
    MkStatus st = MK_OK;
    for (size_t i = 0; i < result->n_effects && st == MK_OK; i++) {
        const MkEffect *effect = &result->effects[i];
        if (effect->kind == MK_EFFECT_DRAW && effect->path == NULL) {
            st = shell->plain ? name_figure(shell, &result->figures[effect->figure], err)
                              : draw_screen(shell, result, effect, err);
        }
    }
    return st;
}

/* Columns of a table that came in as they are go out as they are, but not to a terminal. */
static MkStatus put_rendered(MkShell *shell, const MkBuf *text, bool is_raw, MkError *err)
{
    if (!is_raw || !isatty(STDOUT_FILENO)) {
        return mk_shell_put(shell, text->data, text->len, err);
    }
    MkBuf clean;
    mk_buf_init(&clean);
    mk_layout_clean_lines(text->data, false, &clean);
    MkStatus st = mk_buf_status(&clean, err);
    if (st == MK_OK) {
        st = mk_shell_put(shell, clean.data, clean.len, err);
    }
    mk_buf_release(&clean);
    return st;
}

static MkStatus show(MkShell *shell, const MkResult *result, MkError *err)
{
    const MkFormat format = format_of(shell, result);
    const MkRenderOptions options = render_options(shell, format);
    MkStatus drawn = MK_OK;
    MkError story = {0};
    if (format == MK_FORMAT_TEXT) {
        drawn = draw_all(shell, result, &story);
    }
    MkBuf buf;
    mk_buf_init(&buf);
    MkStatus st = mk_render(result, &options, &buf, err);
    if (st == MK_OK) {
        const bool is_raw = format == MK_FORMAT_CSV || result->stream != NULL;
        st = put_rendered(shell, &buf, is_raw, err);
    }
    for (size_t i = 0; st == MK_OK && format == MK_FORMAT_CSV && i < result->n_notes; i++) {
        mk_shell_say(shell, result->notes[i]);
    }
    mk_buf_release(&buf);
    if (st == MK_OK && drawn != MK_OK) {
        return mk_fail(err, drawn, "%s", story.text);
    }
    return st;
}

/* A check that did not hold is told at once; what comes after it runs all the same. */
static void tell_check(MkShell *shell, const char *text)
{
    shell->check_failed = true;
    mk_shell_clear_progress(shell);
    if (!shell->has_screen) {
        put_line(shell->has_place ? "" : "manikin: ", text, "\n");
    }
}

MkStatus mk_shell_emit(void *ctx, struct MkSession *session, const MkResult *result, MkError *err)
{
    (void)session;
    MkShell *shell = ctx;
    bool to_file = false;
    MK_TRY(perform(shell, result, &to_file, err));
    if ((!to_file || result->is_shown_too) && !shell->is_quiet && !shell->has_screen) {
        MK_TRY(show(shell, result, err));
    }
    if (result->failed_check != NULL) {
        tell_check(shell, result->failed_check);
    }
    if (result->bad_contents != NULL) {
        return mk_fail(err, MK_EFORMAT, "%s", result->bad_contents);
    }
    if (result->is_cut) {
        return mk_fail(err, MK_ECANCEL, "interrupted; this is what there was");
    }
    return MK_OK;
}

void mk_shell_describe_plotter(void *ctx, char *out)
{
    MkShell *shell = ctx;
    if (need_plot(shell, NULL) == MK_OK) {
        mk_plot_version(shell->plot, out);
    }
}
