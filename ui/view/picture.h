/* picture.h - a text plot with colour sequences (SGR only) into the grid.
 *
 * gnuplot's colours become a few roles by their hue, so that the theme decides how they look. Any
 * other escape sequence is skipped. */
#ifndef MK_UI_VIEW_PICTURE_H
#define MK_UI_VIEW_PICTURE_H

#include "ui/view/grid.h"

/* Rows of `text` (each ended by a newline) into rect, cut at its edges. Returns the rows used. */
size_t mk_picture_put(MkGrid *grid, MkRect rect, const char *text);

#endif
