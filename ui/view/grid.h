/* grid.h - a screen as data: cells of text, width and role. Views write it, the terminal copies it.
 *
 *   MkGrid *grid = mk_grid_new(80, 24, false);
 *   mk_grid_put(grid, 0, 0, 80, MK_CELL_TITLE, "manikin");
 *
 * Text is UTF-8 and measured by mk_utf8_width; a wide character covers two cells, the second with
 * width 0. An ASCII grid replaces every other character by a stand-in of the same width. Writing
 * outside the grid does nothing. Control characters never reach a cell. */
#ifndef MK_UI_VIEW_GRID_H
#define MK_UI_VIEW_GRID_H

#include <stdbool.h>
#include <stddef.h>

#include "src/base/buf.h"

/* What a cell means; the theme gives it a look. Append only: the letter in golden files follows. */
typedef enum MkCellRole {
    MK_CELL_TEXT,
    MK_CELL_TITLE,
    MK_CELL_PANE,       /* title of a pane */
    MK_CELL_PANE_FOCUS, /* title of the pane that has the keys */
    MK_CELL_BORDER,
    MK_CELL_CATEGORY,
    MK_CELL_NAME,
    MK_CELL_VALUE,
    MK_CELL_SPARK,
    MK_CELL_RANGE,
    MK_CELL_KNOWN,
    MK_CELL_TARGET,
    MK_CELL_MUTED,
    MK_CELL_SELECTED,     /* the cursor's row in the pane that has the keys */
    MK_CELL_SELECTED_OFF, /* the cursor's row in another pane */
    MK_CELL_MATCH,
    MK_CELL_KEY,
    MK_CELL_HINT,
    MK_CELL_PROMPT,
    MK_CELL_POINT, /* where typed text goes */
    MK_CELL_FIELD,
    MK_CELL_GOOD,
    MK_CELL_WARN,
    MK_CELL_BAD,
    MK_CELL_UP,     /* above the population */
    MK_CELL_DOWN,   /* below the population */
    MK_CELL_STALE,  /* an estimate that is being renewed */
    MK_CELL_PLOT_A, /* colours inside a plot */
    MK_CELL_PLOT_B,
    MK_CELL_PLOT_C,
    MK_CELL_PLOT_D,
    MK_CELL_PLOT_MUTED,
    MK_CELL_ROLES
} MkCellRole;

enum { MK_CELL_BYTES = 14 };

typedef struct MkCell {
    char text[MK_CELL_BYTES]; /* one character with its combining marks, NUL-terminated */
    unsigned char width;      /* 1, 2, or 0 for the right half of a wide character */
    unsigned char role;
} MkCell;

typedef struct MkRect {
    size_t x, y, w, h;
} MkRect;

typedef struct MkGrid {
    size_t columns, rows;
    bool ascii;
    MkCell *cells;           /* (rows, columns) */
    size_t point_x, point_y; /* where the terminal's cursor stands; columns when hidden */
} MkGrid;

/* Blank cells of role TEXT. NULL when out of memory. */
MkGrid *mk_grid_new(size_t columns, size_t rows, bool ascii);
void mk_grid_free(MkGrid *grid); /* NULL is allowed */
void mk_grid_clear(MkGrid *grid);

/* Writes text into at most `room` cells from (x, y); what does not fit is cut with an ellipsis.
 * Returns the cells used. */
size_t mk_grid_put(MkGrid *grid, size_t x, size_t y, size_t room, MkCellRole role,
                   const char *text);
/* The same, flush right in `room` cells. Returns the first cell used. */
size_t mk_grid_put_right(MkGrid *grid, size_t x, size_t y, size_t room, MkCellRole role,
                         const char *text);
size_t mk_grid_printf(MkGrid *grid, size_t x, size_t y, size_t room, MkCellRole role,
                      const char *fmt, ...) MK_PRINTF(6, 7);
/* Text over several lines, broken at blanks; returns the lines used, at most rect.h. */
size_t mk_grid_wrap(MkGrid *grid, MkRect rect, MkCellRole role, const char *text);

void mk_grid_fill(MkGrid *grid, MkRect rect, MkCellRole role, const char *character);
/* Changes the role of cells, keeps their text. */
void mk_grid_paint(MkGrid *grid, MkRect rect, MkCellRole role);
/* A frame along the inside of rect, its inside blank, a title in the top edge. */
void mk_grid_frame(MkGrid *grid, MkRect rect, MkCellRole role, const char *title);

/* For golden files: a line of sizes, the rows between bars, then the roles, one letter a cell. */
void mk_grid_print(const MkGrid *grid, const char *theme, MkBuf *out);
char mk_cell_role_letter(MkCellRole role);

#endif
