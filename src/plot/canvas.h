/* canvas.h - a small grid of cells for text plots: gnuplot's curves and our words meet here. */
#ifndef MK_PLOT_CANVAS_H
#define MK_PLOT_CANVAS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "src/base/buf.h"
#include "src/base/status.h"

enum { MK_CANVAS_PLAIN = -1, MK_CANVAS_BOLD = -2 };

typedef struct MkCanvasCell {
    char text[5]; /* one character; "" in the second cell of a wide one */
    short color;  /* of the 256; MK_CANVAS_PLAIN or MK_CANVAS_BOLD */
} MkCanvasCell;

typedef struct MkCanvas {
    size_t columns, rows;
    bool ascii;
    MkCanvasCell *cells; /* (rows, columns) */
} MkCanvas;

MK_NODISCARD MkStatus mk_canvas_init(MkCanvas *canvas, size_t columns, size_t rows, bool ascii,
                                     MkError *err);
void mk_canvas_release(MkCanvas *canvas);
/* One character of width 1; outside the canvas nothing happens. */
void mk_canvas_put(MkCanvas *canvas, size_t x, size_t y, short color, const char *character);
/* Words from x on, cut at `cells`. Returns the cells used. */
size_t mk_canvas_words(MkCanvas *canvas, size_t x, size_t y, size_t cells, short color,
                       const char *text);
/* Width the words take when they may use `cells`. */
size_t mk_canvas_width(const MkCanvas *canvas, const char *text, size_t cells);
bool mk_canvas_is_blank(const MkCanvas *canvas, size_t x, size_t y);
/* The braille character of a cell; 0x2800 (no dots) for others. */
uint32_t mk_canvas_braille(const MkCanvas *canvas, size_t x, size_t y);
void mk_canvas_write(const MkCanvas *canvas, bool color, MkBuf *out);

#endif
