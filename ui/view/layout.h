/* layout.h - rectangle arithmetic: fixed and stretching parts, no drawing.
 *
 * A row or column of parts is measured in three passes: every part its minimum, then up to its wish
 * while cells are left, then what remains by weight; parts that do not fit get nothing. */
#ifndef MK_UI_VIEW_LAYOUT_H
#define MK_UI_VIEW_LAYOUT_H

#include <stddef.h>

#include "ui/view/grid.h"

typedef struct MkPart {
    size_t min;    /* below this the part is left out */
    size_t wish;   /* at least min */
    size_t weight; /* share of what is left over; 0 = fixed */
} MkPart;

/* sizes[i] of n parts in `room` cells; parts earlier in the list are served first. */
void mk_layout_sizes(size_t room, const MkPart *parts, size_t n, size_t *sizes);
/* Side by side, with `gap` cells between parts that have a size. out (n) */
void mk_layout_columns(MkRect rect, size_t gap, const MkPart *parts, size_t n, MkRect *out);
/* One below the other. */
void mk_layout_rows(MkRect rect, size_t gap, const MkPart *parts, size_t n, MkRect *out);
/* A rectangle of at most w x h cells in the middle of `outer`. */
MkRect mk_layout_middle(MkRect outer, size_t w, size_t h);

#endif
