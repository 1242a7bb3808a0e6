/* plot_priv.h - what the files of src/plot share: the child, the geometry, the text picture.
 *
 * A figure becomes commands in one of two ways: script.c writes what a person reads in a report
 * (and can edit), text.c asks gnuplot for the bare curves and writes every word around them itself,
 * because gnuplot counts characters where a terminal counts cells. Files come back through the pipe
 * too: no file name ever reaches gnuplot. */
#ifndef MK_PLOT_PRIV_H
#define MK_PLOT_PRIV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "src/base/arena.h"
#include "src/base/buf.h"
#include "src/base/pool.h"
#include "src/base/status.h"
#include "src/plot/plot.h"
#include "src/result/result.h"

/* ---- child.c: one process behind two pipes and a socket pair ---- */
typedef struct MkPlotChild {
    pid_t pid; /* 0: none */
    int to;    /* its standard input: a socket, so that a broken pipe is an error and no signal */
    int from;  /* its standard output */
    int errors;
    uint64_t nonce;         /* in every acknowledgement, so that no picture can contain one */
    uint64_t serial;        /* of the last request */
    char said[512];         /* end of the last thing on its standard error */
    const MkCancel *cancel; /* NULL: nobody interrupts */
} MkPlotChild;

typedef enum MkPlotAnswer {
    MK_ANSWER_DONE,
    MK_ANSWER_REFUSED, /* gnuplot reports an error and goes on; child->said has it */
    MK_ANSWER_DEAD,    /* ended, or closed its output */
    MK_ANSWER_LATE,    /* nothing in time */
    MK_ANSWER_TOO_LONG,
    MK_ANSWER_STOPPED, /* by child->cancel */
    MK_ANSWER_NO_MEMORY
} MkPlotAnswer;

MK_NODISCARD MkStatus mk_plot_child_start(const char *program, MkPlotChild *child, MkError *err);
/* Sends commands and collects what comes before the acknowledgement. Appends to reply. */
MkPlotAnswer mk_plot_child_ask(MkPlotChild *child, const char *commands, size_t len, int timeout_ms,
                               MkBuf *reply);
void mk_plot_child_kill(MkPlotChild *child); /* at once; a child that is gone is allowed */
void mk_plot_child_end(MkPlotChild *child);  /* closes its input, waits shortly, then kills */

/* ---- geometry.c ---- */
typedef struct MkPlotBounds {
    double x_lo, x_hi, y_lo,
        y_hi; /* finite, lo < hi; for bars x is the value axis, y is not used */
} MkPlotBounds;

/* False when the figure has nothing finite to draw. */
bool mk_plot_bounds(const MkFigure *figure, MkPlotBounds *out);
bool mk_plot_has_bars(const MkFigure *figure);
const MkSeries *mk_plot_first_bars(const MkFigure *figure); /* NULL when none */
size_t mk_plot_n_bars(const MkFigure *figure);              /* bar series */
/* Bars of MK_ROLE_MEDIAN reach from low to high with a dot at y: their axis need not have zero. */
bool mk_plot_is_spans(const MkSeries *s);
/* 1, 2 or 5 times a power of ten, so that at most `most` steps cover the span. */
double mk_plot_step(double span, size_t most);
/* A tic label at the precision of its step; proper minus unless ascii. */
void mk_plot_tic_text(double x, double step, bool ascii, char out[32]);
/* Where an axis has its numbers, and what they are. */
enum { MK_PLOT_TICS = 24 };
typedef struct MkPlotTics {
    size_t n;
    double at[MK_PLOT_TICS];
    char texts[MK_PLOT_TICS][32];
    size_t widest; /* cells */
} MkPlotTics;
/* At most `most` steps over lo .. hi, or on an axis of factors of ten (lo, hi are logarithms) as
 * many of 1, 2, 5, 10, ... as that allows, at least powers of ten. */
void mk_plot_tics(double lo, double hi, size_t most, bool is_log, bool ascii, MkPlotTics *out);
/* The figure with decimal logarithms in place of what its logarithmic axes show, so that all that
 * follows is even; the figure itself when it has none. In arena; NULL when out of memory. */
const MkFigure *mk_plot_even(const MkFigure *figure, MkArena *arena);
/* Density of the densest cell of MK_SERIES_CELLS (share by area, on even axes), and the shade
 * 1 .. n of cell i; 0 where nobody is or too few to tell. */
double mk_plot_densest(const MkSeries *s);
size_t mk_plot_shade(const MkSeries *s, size_t i, double densest, size_t n);
size_t mk_plot_cell_at(const MkSeries *s, double x, double y); /* s->n: none */
/* The number of a bar: two digits of the longest one. */
void mk_plot_bar_number(double x, const MkPlotBounds *bounds, bool ascii, char out[32]);
double mk_plot_at(const double *values, size_t i); /* NaN when values is NULL */
/* The line through (x, y) at position at; NaN outside and in gaps. x grows. */
double mk_plot_interpolate(const double *x, const double *y, size_t n, double at);

/* ---- words.c ---- */
/* Valid UTF-8 without control characters; with ascii common signs are spelled out, others are '?'.
 */
void mk_plot_words(const char *text, bool ascii, MkBuf *out);
/* The same, at most `cells` wide with an ellipsis when cut. */
void mk_plot_words_clipped(const char *text, bool ascii, size_t cells, MkBuf *out);

/* ---- text.c ---- */
typedef MkStatus (*MkPlotAsk)(void *ctx, const MkBuf *commands, MkBuf *reply, MkError *err);

typedef struct MkPlotTextJob {
    const MkFigure *figure;
    size_t columns, rows;
    bool color;
    bool ascii;
    bool block; /* terminal `block braille` instead of `dumb` */
} MkPlotTextJob;

MK_NODISCARD MkStatus mk_plot_text(const MkPlotTextJob *job, MkPlotAsk ask, void *ctx, MkBuf *out,
                                   MkError *err);

/* ---- script.c ---- */
/* Size a picture wants, in points at 96 a inch. */
/* mk_plot_script for a picture of a page: fewer names fit beside each other in the legend. */
void mk_plot_page_script(const MkFigure *figure, MkBuf *out);
void mk_plot_picture_size(const MkFigure *figure, size_t *width, size_t *height);

#endif
