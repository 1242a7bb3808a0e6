/* text_priv.h - a text plot on its way: what text_plan.c decides and text.c draws. */
#ifndef MK_PLOT_TEXT_PRIV_H
#define MK_PLOT_TEXT_PRIV_H

#include <stdbool.h>
#include <stddef.h>

#include "src/base/buf.h"
#include "src/base/status.h"
#include "src/plot/canvas.h"
#include "src/plot/plot_priv.h"
#include "src/result/result.h"

enum { MIN_COLUMNS = 24, MIN_ROWS = 7, N_PENS = 7, N_STAMPS = 26, MAX_LEGEND_ROWS = 2 };

enum { GREY = 244, BLUE = 32, SKY = 74, DEEP = 25, ORANGE = 172, GREEN = 71, VIOLET = 133 };

typedef struct Glyph {
    const char *fancy;
    const char *plain; /* ASCII */
    short color;
} Glyph;

typedef struct Text {
    const MkPlotTextJob *job;
    const MkFigure *figure;
    MkCanvas canvas;
    MkPlotBounds bounds;
    size_t title_rows, legend_rows, label_row, x_label_rows, caption_rows;
    size_t left, top, width, height; /* the inner rectangle */
    MkPlotTics tics_x, tics_y;
    Glyph pens[N_PENS];     /* what gnuplot draws as lines */
    Glyph stamps[N_STAMPS]; /* what it draws as points */
    size_t n_pens, n_stamps;
    size_t *slot_of; /* of each series, among the pens or the stamps */
    /* bars */
    const MkSeries *bars; /* the first; NULL for curves */
    size_t *rows_of;      /* row of the first bar of each label; SIZE_MAX: not shown */
    size_t n_hidden;
    size_t thick; /* rows of one bar */
    bool compact; /* one row a label: the first series as a bar, the others as points in it */
    MkBuf hint;   /* what the caption adds */
} Text;

/* Layout, characters and colours; t->job, figure, bounds, canvas and hint are there already. */
MK_NODISCARD MkStatus mk_text_prepare(Text *t, MkError *err);
/* Draws the legend into rows from y on, or only measures it. Returns the rows it needs. */
size_t mk_text_legend(Text *t, size_t y, bool draw);
/* True for what gnuplot draws as points: marks, too, as there are more letters than line
 * characters. */
bool mk_text_is_stamp(const Text *t, const MkSeries *s);
bool mk_text_is_area(const MkSeries *s);
/* People drawn would hide the cells behind them. */
bool mk_text_is_left_out(const Text *t, const MkSeries *s);
Glyph mk_text_glyph(const Text *t, size_t series);
const char *mk_text_sign(const Text *t, const char *fancy, const char *plain);

#endif
