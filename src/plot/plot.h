/* plot.h - figures drawn by gnuplot: one long-lived child behind pipes, or a script on its own.
 *
 *   MkPlot *plot;
 *   MK_TRY(mk_plot_open(&(MkPlotConfig){.program = "gnuplot", .timeout_ms = 3000}, &plot, err));
 *   MK_TRY(mk_plot_draw_text(plot, figure, 70, 20, MK_TEXT_ANSI256, &text, err));
 *
 * Text from users goes only into single quotes, doubled, without control characters; numbers go
 * into data blocks. Every request ends with a numbered acknowledgement; no answer in time: the
 * child is killed and started again once. A broken pipe is an error, never a signal. Not
 * thread-safe; one thread owns it. */
#ifndef MK_PLOT_PLOT_H
#define MK_PLOT_PLOT_H

#include <stdbool.h>
#include <stddef.h>

#include "src/base/buf.h"
#include "src/base/pool.h"
#include "src/base/status.h"
#include "src/result/result.h"

typedef struct MkPlot MkPlot;

typedef struct MkPlotConfig {
    const char *program; /* looked up in PATH by exec; "gnuplot" */
    int timeout_ms;      /* for one request; 0 = 5000 */
    bool ascii;          /* no characters beyond ASCII in text plots */
    const MkCancel
        *cancel; /* kept; once it is set, requests end at once with MK_ECANCEL; or NULL */
} MkPlotConfig;

typedef enum MkTextPlot { MK_TEXT_MONO, MK_TEXT_ANSI256 } MkTextPlot;

/* Starts gnuplot and probes what it can (terminals, version). MK_EIO when it is not installed; the
 * text says how to get it. */
MK_NODISCARD MkStatus mk_plot_open(const MkPlotConfig *config, MkPlot **out, MkError *err);
void mk_plot_close(MkPlot *plot); /* NULL is allowed */
/* "gnuplot 5.4 patchlevel 4" into out[64]; "gnuplot" when it does not say. */
void mk_plot_version(MkPlot *plot, char *out);

/* The figure as rows of text (UTF-8, '\n' after each), columns x rows cells. In colour only SGR
 * sequences occur. `block braille` where gnuplot has it, else `dumb`. */
MK_NODISCARD MkStatus mk_plot_draw_text(MkPlot *plot, const MkFigure *figure, size_t columns,
                                        size_t rows, MkTextPlot mode, MkBuf *out, MkError *err);
/* To a file, by its suffix: .svg .png .pdf .gp (the script itself, with its data). Written
 * atomically; gnuplot never hears the file's name. plot may be NULL for .gp. Takes up to four times
 * timeout_ms. */
MK_NODISCARD MkStatus mk_plot_draw_file(MkPlot *plot, const MkFigure *figure, const char *path,
                                        MkError *err);

/* As SVG text for a page among other text, in letters that are still read on a narrow screen. */
MK_NODISCARD MkStatus mk_plot_draw_svg(MkPlot *plot, const MkFigure *figure, MkBuf *out,
                                       MkError *err);

/* A picture for a terminal that shows images, in dots. `scale` 1: letters of 15 dots. */
typedef enum MkImageKind { MK_IMAGE_SIXEL, MK_IMAGE_PNG } MkImageKind;

bool mk_plot_has_image(const MkPlot *plot, MkImageKind kind); /* gnuplot can make it */
/* The bytes of the image alone: a sixel sequence from its introducer to its end, or a PNG file. */
MK_NODISCARD MkStatus mk_plot_draw_image(MkPlot *plot, const MkFigure *figure, MkImageKind kind,
                                         size_t width, size_t height, double scale, MkBuf *out,
                                         MkError *err);

/* Pure: the commands that draw the figure in a report (without terminal and output lines); tests
 * read these. mono: greys, hatching and dashes only. ascii: no characters beyond ASCII. Areas are
 * drawn first, then lines, then marks and points, each in the order of the series. Bars lie: labels
 * on the left, values to the right, so y_label is written below and x_label beside. Nothing to
 * draw: nothing. */
void mk_plot_script(const MkFigure *figure, bool mono, bool ascii, MkBuf *out);
/* 'text' for gnuplot: single quotes doubled, control characters and newlines removed. */
void mk_plot_quote(const char *text, MkBuf *out);

#endif
