#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "src/plot/plot.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/file.h"
#include "src/plot/plot_priv.h"

enum { DEFAULT_MS = 5000, FILE_FACTOR = 4 };

struct MkPlot {
    char *program;
    int timeout_ms;
    bool ascii;
    bool has_block, has_sixel, has_png;
    MkPlotChild child;
    bool given_up; /* it hung or died twice in a row: say so at once instead of waiting again */
    MkError reason;
};

/* ---- requests ---- */

/* The last line of what gnuplot complained about, for people. */
static MkStatus fail_refused(const MkPlot *plot, MkError *err)
{
    const char *said = plot->child.said;
    size_t end = strlen(said);
    while (end > 0 && isspace((unsigned char)said[end - 1])) {
        end--;
    }
    size_t start = end;
    while (start > 0 && said[start - 1] != '\n') {
        start--;
    }
    while (start < end && isspace((unsigned char)said[start])) {
        start++;
    }
    /* "line 813: ": a count since its start that tells nobody anything. */
    if (end - start > 5 && strncmp(said + start, "line ", 5) == 0) {
        const char *colon = memchr(said + start, ':', end - start);
        start = colon != NULL && said + end - colon > 2 ? (size_t)(colon + 2 - said) : start;
    }
    MkBuf words, line;
    mk_buf_init(&words);
    mk_buf_init(&line);
    mk_buf_add(&line, said + start, end - start);
    mk_plot_words_clipped(line.data, false, 200, &words);
    const MkStatus st = mk_fail(err, MK_EIO, "gnuplot refused the figure: %s",
                                words.len > 0 ? words.data : "it gave no reason");
    mk_buf_release(&words);
    mk_buf_release(&line);
    return st;
}

static MkStatus fail_answer(MkPlotAnswer answer, const char *program, int timeout_ms, MkError *err)
{
    switch (answer) {
    case MK_ANSWER_LATE:
        return mk_fail(err, MK_EIO, "%s did not answer within %d ms, also after a fresh start",
                       program, timeout_ms);
    case MK_ANSWER_TOO_LONG:
        return mk_fail(err, MK_EIO, "%s answers without end, also after a fresh start", program);
    case MK_ANSWER_NO_MEMORY:
        return mk_fail(err, MK_ENOMEM, "out of memory for a picture");
    case MK_ANSWER_STOPPED:
        return mk_fail(err, MK_ECANCEL, "the plot was interrupted");
    default:
        return mk_fail(err, MK_EIO, "%s ended unexpectedly, also after a fresh start", program);
    }
}

/* One request, with one fresh start when the child hangs, dies or talks nonsense. Fills reply from
 * its beginning. */
static MkStatus request(MkPlot *plot, const MkBuf *commands, int timeout_ms, MkBuf *reply,
                        MkError *err)
{
    MK_TRY(mk_buf_status(commands, err));
    MkPlotAnswer answer = MK_ANSWER_DEAD;
    for (int attempt = 0; attempt < 2; attempt++) {
        if (plot->child.pid <= 0) {
            MK_TRY(mk_plot_child_start(plot->program, &plot->child, err));
        }
        mk_buf_clear(reply);
        answer = mk_plot_child_ask(&plot->child, commands->data, commands->len, timeout_ms, reply);
        if (answer == MK_ANSWER_DONE) {
            return MK_OK;
        }
        if (answer == MK_ANSWER_REFUSED) {
            return fail_refused(plot, err);
        }
        mk_plot_child_kill(&plot->child);
        if (answer == MK_ANSWER_NO_MEMORY || answer == MK_ANSWER_STOPPED) {
            break;
        }
    }
    return fail_answer(answer, plot->program, timeout_ms, err);
}

/* ---- opening ---- */

static bool has_word(const char *text, const char *word)
{
    const size_t len = strlen(word);
    for (const char *at = strstr(text, word); at != NULL; at = strstr(at + 1, word)) {
        if ((at == text || isspace((unsigned char)at[-1])) &&
            (at[len] == '\0' || isspace((unsigned char)at[len]))) {
            return true;
        }
    }
    return false;
}

/* What it can is asked, never concluded from its version. */
static MkStatus probe(MkPlot *plot, MkError *err)
{
    MkBuf commands, reply;
    mk_buf_init(&commands);
    mk_buf_init(&reply);
    mk_buf_puts(&commands, "set print '-'\nprint GPVAL_TERMINALS\n");
    MkStatus st = request(plot, &commands, plot->timeout_ms, &reply, err);
    if (st == MK_OK && !has_word(reply.data, "dumb")) {
        st = mk_fail(err, MK_EIO, "%s does not answer like gnuplot: no terminal 'dumb'",
                     plot->program);
    }
    if (st == MK_OK) {
        plot->has_sixel = has_word(reply.data, "sixelgd");
        plot->has_png = has_word(reply.data, "pngcairo");
    }
    if (st == MK_OK && has_word(reply.data, "block")) {
        mk_buf_clear(&commands);
        mk_buf_puts(&commands, "set terminal block braille mono noenhanced size 20,10\n");
        plot->has_block = request(plot, &commands, plot->timeout_ms, &reply, NULL) == MK_OK;
    }
    mk_buf_release(&commands);
    mk_buf_release(&reply);
    return st;
}

MkStatus mk_plot_open(const MkPlotConfig *config, MkPlot **out, MkError *err)
{
    const char *program = config->program != NULL ? config->program : "gnuplot";
    MkPlot *plot = calloc(1, sizeof *plot);
    char *name = malloc(strlen(program) + 1);
    if (plot == NULL || name == NULL) {
        free(plot);
        free(name);
        return mk_fail(err, MK_ENOMEM, "out of memory for the plot driver");
    }
    strcpy(name, program);
    plot->program = name;
    plot->timeout_ms = config->timeout_ms > 0 ? config->timeout_ms : DEFAULT_MS;
    plot->ascii = config->ascii;
    plot->child.cancel = config->cancel;
    const MkStatus st = probe(plot, err);
    if (st != MK_OK) {
        mk_plot_close(plot);
        return st;
    }
    *out = plot;
    return MK_OK;
}

void mk_plot_close(MkPlot *plot)
{
    if (plot == NULL) {
        return;
    }
    mk_plot_child_end(&plot->child);
    free(plot->program);
    free(plot);
}

void mk_plot_version(MkPlot *plot, char *out)
{
    MkBuf commands, reply;
    mk_buf_init(&commands);
    mk_buf_init(&reply);
    mk_buf_puts(&commands, "set print '-'\nprint sprintf('gnuplot %.1f patchlevel %s', "
                           "GPVAL_VERSION, GPVAL_PATCHLEVEL)\n");
    strcpy(out, "gnuplot");
    if (request(plot, &commands, plot->timeout_ms, &reply, NULL) == MK_OK &&
        strncmp(reply.data, "gnuplot ", 8) == 0) {
        const size_t len = strcspn(reply.data, "\r\n");
        const size_t n = len < 63 ? len : 63;
        memcpy(out, reply.data, n);
        out[n] = '\0';
    }
    mk_buf_release(&commands);
    mk_buf_release(&reply);
}

/* ---- text ---- */

static MkStatus ask_text(void *ctx, const MkBuf *commands, MkBuf *reply, MkError *err)
{
    MkPlot *plot = ctx;
    if (plot->given_up) {
        return mk_fail(err, plot->reason.status, "%s", plot->reason.text);
    }
    MkError reason = {MK_OK, ""};
    const MkStatus st = request(plot, commands, plot->timeout_ms, reply, &reason);
    if (st != MK_OK) {
        plot->given_up = plot->child.pid <= 0;
        plot->reason = reason;
        return mk_fail(err, st, "%s", reason.text);
    }
    return MK_OK;
}

MkStatus mk_plot_draw_text(MkPlot *plot, const MkFigure *figure, size_t columns, size_t rows,
                           MkTextPlot mode, MkBuf *out, MkError *err)
{
    /* Without colour a braille picture shows no difference between an area and the line in it;
     * `dumb` has a character for each. */
    const bool color = mode == MK_TEXT_ANSI256;
    const MkPlotTextJob job = {.figure = figure,
                               .columns = columns,
                               .rows = rows,
                               .color = color,
                               .ascii = plot->ascii,
                               .block = plot->has_block && color && !plot->ascii &&
                                        !mk_plot_has_bars(figure)};
    return mk_plot_text(&job, ask_text, plot, out, err);
}

/* ---- images ---- */

bool mk_plot_has_image(const MkPlot *plot, MkImageKind kind)
{
    return kind == MK_IMAGE_SIXEL ? plot->has_sixel : plot->has_png;
}

/* The sequence without what stands before and after it: a terminal shows that as text. */
static MkStatus cut_sixel(const MkBuf *reply, MkBuf *out, MkError *err)
{
    const char *start = strstr(reply->data, "\033P");
    const char *end = start != NULL ? strstr(start, "\033\\") : NULL;
    if (end == NULL) {
        return mk_fail(err, MK_EIO, "gnuplot gave no sixel image");
    }
    mk_buf_add(out, start, (size_t)(end - start) + 2);
    return mk_buf_status(out, err);
}

static MkStatus cut_png(const MkBuf *reply, MkBuf *out, MkError *err)
{
    static const char magic[] = "\211PNG\r\n\032\n", tail[] = "IEND\256B`\202";
    size_t len = reply->len;
    while (len >= 8 && memcmp(reply->data + len - 8, tail, 8) != 0) {
        len--;
    }
    if (len < 16 || memcmp(reply->data, magic, 8) != 0) {
        return mk_fail(err, MK_EIO, "gnuplot gave no PNG image");
    }
    mk_buf_add(out, reply->data, len);
    return mk_buf_status(out, err);
}

MkStatus mk_plot_draw_image(MkPlot *plot, const MkFigure *figure, MkImageKind kind, size_t width,
                            size_t height, double scale, MkBuf *out, MkError *err)
{
    MkPlotBounds bounds;
    if (!mk_plot_has_image(plot, kind)) {
        return mk_fail(err, MK_EUNSUPPORTED, "this gnuplot makes no %s",
                       kind == MK_IMAGE_SIXEL ? "sixel images" : "PNG images");
    }
    if (!mk_plot_bounds(figure, &bounds)) {
        return mk_fail(err, MK_EINVAL, "the figure has nothing to draw");
    }
    MkBuf commands, reply;
    mk_buf_init(&commands);
    mk_buf_init(&reply);
    mk_buf_puts(&commands, "reset\nundefine $*\nset output\nset terminal ");
    mk_buf_puts(&commands, kind == MK_IMAGE_SIXEL ? "sixelgd truecolor" : "pngcairo");
    mk_buf_printf(&commands, " noenhanced size %zu,%zu font 'sans-serif,11' fontscale ", width,
                  height);
    mk_buf_double(&commands, scale);
    mk_buf_puts(&commands, " linewidth ");
    mk_buf_double(&commands, scale);
    mk_buf_puts(&commands, " background '#ffffff'\n");
    mk_plot_script(figure, false, false, &commands);
    mk_buf_puts(&commands, "set output\nset terminal dumb\n");
    MkStatus st = request(plot, &commands, plot->timeout_ms, &reply, err);
    if (st == MK_OK) {
        st = kind == MK_IMAGE_SIXEL ? cut_sixel(&reply, out, err) : cut_png(&reply, out, err);
    }
    mk_buf_release(&commands);
    mk_buf_release(&reply);
    return st;
}

/* ---- files ---- */

typedef enum FileKind {
    FILE_NONE,
    FILE_SVG,
    FILE_PNG,
    FILE_PDF,
    FILE_SCRIPT,
    FILE_PAGE /* SVG among the text of a page, also a narrow one */
} FileKind;

static FileKind kind_of(const char *path)
{
    static const struct {
        const char *suffix;
        FileKind kind;
    } kinds[] = {{".svg", FILE_SVG}, {".png", FILE_PNG}, {".pdf", FILE_PDF}, {".gp", FILE_SCRIPT}};
    const size_t len = strlen(path);
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        const size_t n = strlen(kinds[i].suffix);
        if (len > n && strcmp(path + len - n, kinds[i].suffix) == 0) {
            return kinds[i].kind;
        }
    }
    return FILE_NONE;
}

/* Sizes keep the same look: text of 11 points on a picture 800 wide, twice as many dots in PNG. */
static void put_terminal(FileKind kind, const MkFigure *figure, MkBuf *out)
{
    size_t w = 0, h = 0;
    mk_plot_picture_size(figure, &w, &h);
    if (kind == FILE_PAGE) {
        mk_buf_printf(out,
                      "set terminal svg noenhanced size 640,%zu dynamic font 'sans-serif,11' "
                      "fontscale 1.2 background '#ffffff'\n",
                      mk_plot_has_bars(figure) ? h : 420);
    } else if (kind == FILE_SVG) {
        mk_buf_printf(out,
                      "set terminal svg noenhanced size %zu,%zu dynamic font 'sans-serif,11' "
                      "background '#ffffff'\n",
                      w, h);
    } else if (kind == FILE_PDF) {
        mk_buf_printf(out,
                      "set terminal pdfcairo noenhanced size %zu.%02zuin,%zu.%02zuin "
                      "font 'sans-serif,11' fontscale 0.75 linewidth 0.75\n",
                      w / 96, w % 96 * 100 / 96, h / 96, h % 96 * 100 / 96);
    } else {
        mk_buf_printf(out,
                      "set terminal pngcairo noenhanced size %zu,%zu font 'sans-serif,11' "
                      "fontscale 2 linewidth 2 pointscale 2 background '#ffffff'\n",
                      2 * w, 2 * h);
    }
}

static void put_script_file(const MkFigure *figure, MkBuf *out)
{
    mk_buf_puts(out,
                "# A figure with its data. To draw it again:\n"
                "#     gnuplot FIGURE.gp > figure.png\n"
                "# For another format change the terminal (svg, pdfcairo), for the screen to qt or "
                "x11.\n"
                "# No output file is named here: the picture goes to standard output.\n\n");
    put_terminal(FILE_PNG, figure, out);
    mk_plot_script(figure, false, false, out);
}

static MkStatus draw_picture(MkPlot *plot, FileKind kind, const MkFigure *figure, MkBuf *picture,
                             MkError *err)
{
    MkBuf commands;
    mk_buf_init(&commands);
    mk_buf_puts(&commands, "reset\nundefine $*\nset output\n");
    put_terminal(kind, figure, &commands);
    if (kind == FILE_PAGE) {
        mk_plot_page_script(figure, &commands);
    } else {
        mk_plot_script(figure, false, false, &commands);
    }
    /* A PDF is complete only when its terminal is left. */
    mk_buf_puts(&commands, "set output\nset terminal dumb\n");
    MkStatus st = request(plot, &commands, FILE_FACTOR * plot->timeout_ms, picture, err);
    if (st == MK_OK && picture->len == 0) {
        st = mk_fail(err, MK_EIO, "gnuplot drew nothing");
    }
    mk_buf_release(&commands);
    return st;
}

MkStatus mk_plot_draw_svg(MkPlot *plot, const MkFigure *figure, MkBuf *out, MkError *err)
{
    MkPlotBounds bounds;
    if (!mk_plot_bounds(figure, &bounds)) {
        return mk_fail(err, MK_EINVAL, "the figure has nothing to draw");
    }
    return draw_picture(plot, FILE_PAGE, figure, out, err);
}

MkStatus mk_plot_draw_file(MkPlot *plot, const MkFigure *figure, const char *path, MkError *err)
{
    const FileKind kind = kind_of(path);
    MkPlotBounds bounds;
    if (kind == FILE_NONE) {
        return mk_fail(err, MK_EINVAL, "%s: figures are written as .svg, .png, .pdf or .gp", path);
    }
    if (!mk_plot_bounds(figure, &bounds)) {
        return mk_fail(err, MK_EINVAL, "%s: the figure has nothing to draw", path);
    }
    if (plot == NULL && kind != FILE_SCRIPT) {
        return mk_fail(err, MK_EIO, "%s: drawing needs gnuplot (Debian: apt install gnuplot-nox)",
                       path);
    }
    MkBuf bytes;
    mk_buf_init(&bytes);
    MkStatus st = MK_OK;
    if (kind == FILE_SCRIPT) {
        put_script_file(figure, &bytes);
        st = mk_buf_status(&bytes, err);
    } else {
        st = draw_picture(plot, kind, figure, &bytes, err);
        if (st != MK_OK) {
            mk_error_prefix(err, "%s", path);
        }
    }
    if (st == MK_OK) {
        st = mk_file_write(path, bytes.data, bytes.len, err);
    }
    mk_buf_release(&bytes);
    return st;
}
