/* sheet.h - a list of rows in columns: a cursor, an order, a filter, marks. No screen knows how.
 *
 *   mk_sheet_columns(&sheet, columns, n);          once, or when they change
 *   mk_sheet_begin(&sheet);                        the rows so far go, cursor and marks stay
 *   mk_sheet_row(&sheet, attribute, "more words to search");
 *   mk_sheet_put(&sheet, 0, MK_CELL_NAME, NAN, "%s", name);
 *   mk_sheet_put(&sheet, 1, MK_CELL_VALUE, 5.6, "5.6 %%");
 *   mk_sheet_bar(&sheet, 2, MK_CELL_SPARK, 0.4);
 *   mk_sheet_end(&sheet);                          sorted, filtered, the cursor on the same row
 *
 * A row is known again by its id. The cursor stays on its row when the order or the rows change,
 * unless nobody has moved it yet: then it stays on the first row. Work over all rows is done at
 * mk_sheet_end and at a change of order or filter, never for a move or a picture. */
#ifndef MK_UI_VIEW_SHEET_H
#define MK_UI_VIEW_SHEET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "src/base/arena.h"
#include "src/data/schema.h"
#include "src/result/result.h"
#include "ui/view/field.h"
#include "ui/view/grid.h"
#include "ui/view/keys.h"

enum { MK_SHEET_COLUMNS = 24, MK_SHEET_SPARK = 12 };

#define MK_SHEET_NONE ((size_t)-1)

typedef struct MkSheetColumn {
    char title[48];
    MkAlign align;
    size_t min, wish; /* cells; wish 0: as wide as what stands in it, at most 20 */
    size_t weight;    /* of what is left over; 0: fixed */
    bool is_number;   /* ordered largest first */
    bool is_fixed;    /* stays when the others scroll sideways */
    size_t rank;      /* where there is no room, columns of high rank go first; 0 stays longest */
} MkSheetColumn;

typedef struct MkSheetCell {
    const char *text;
    MkCellRole role;
    double key;   /* the order of numbers; NaN: by the text, after all numbers */
    double share; /* 0 .. 1: a bar over the column; NaN: none */
    size_t n_spark;
    float spark[MK_SHEET_SPARK]; /* 0 .. 1 heights */
} MkSheetCell;

typedef struct MkSheetRow {
    size_t id;        /* attribute, or what else tells rows apart */
    size_t attribute; /* MK_SHEET_NONE: the row stands for no attribute */
    const char *more; /* searched too */
    MkSheetCell *cells;
    bool is_marked;
} MkSheetRow;

typedef struct MkSheet {
    const MkSchema *schema; /* kept: filters like cat:diet; NULL: words only */
    MkArena *arena;         /* of the rows */
    size_t n_columns;
    MkSheetColumn columns[MK_SHEET_COLUMNS];
    size_t widest[MK_SHEET_COLUMNS]; /* cells of the widest text of each column */
    size_t n, room;
    MkSheetRow *rows; /* (room) as they came */
    size_t *order;    /* (room) rows that are shown, in their order */
    size_t n_shown;
    size_t sorted; /* column, MK_SHEET_NONE: as the rows came */
    bool is_turned;
    char filter[MK_FIELD_BYTES];
    size_t cursor, top, left; /* of the shown rows; first scrolling column */
    size_t height;            /* rows that can be seen, without the heading */
    size_t here;              /* id under the cursor while the rows are made anew */
    bool was_moved;
    size_t *marks; /* (n_marks) ids, in the order they were marked */
    size_t n_marks, marks_room;
    bool failed; /* out of memory: rows are missing */
} MkSheet;

/* All zero is an empty sheet that has never had an order; mk_sheet_release makes it so again. */
void mk_sheet_release(MkSheet *sheet);
/* Forgets order and scroll when the number of columns changes. */
void mk_sheet_columns(MkSheet *sheet, const MkSheetColumn *columns, size_t n);

void mk_sheet_begin(MkSheet *sheet);
/* The next row; id and attribute are the same for rows of attributes. */
void mk_sheet_row(MkSheet *sheet, size_t attribute, const char *more);
void mk_sheet_row_id(MkSheet *sheet, size_t id, const char *more);
/* Cells of the last row. */
void mk_sheet_put(MkSheet *sheet, size_t column, MkCellRole role, double key, const char *fmt, ...)
    MK_PRINTF(5, 6);
void mk_sheet_spark(MkSheet *sheet, size_t column, MkCellRole role, double key,
                    const float *heights, size_t n);
void mk_sheet_bar(MkSheet *sheet, size_t column, MkCellRole role, double share);
void mk_sheet_end(MkSheet *sheet);

const MkSheetRow *mk_sheet_here(const MkSheet *sheet); /* under the cursor; NULL when empty */
const MkSheetRow *mk_sheet_shown(const MkSheet *sheet, size_t i);
bool mk_sheet_select(MkSheet *sheet, size_t id); /* false when it is not shown */
void mk_sheet_move(MkSheet *sheet, long rows);
/* To the first row, where the cursor stays until it is moved: the rows to come answer something
 * else. */
void mk_sheet_home(MkSheet *sheet);
void mk_sheet_sort(MkSheet *sheet, size_t column, bool is_turned);
void mk_sheet_filter(MkSheet *sheet, const char *filter);
/* The next (or previous) shown row with the words, around the end. */
bool mk_sheet_find(MkSheet *sheet, const char *pattern, bool forward);
void mk_sheet_mark(MkSheet *sheet); /* the row under the cursor, or not any more; moves down */
void mk_sheet_unmark_all(MkSheet *sheet);

/* Moves, pages, order (S next column, I the other way round), marks, sideways; false: not its
 * business. `says` is told what the order is now ("" else). */
bool mk_sheet_act(MkSheet *sheet, MkAction action, size_t height, char *says, size_t size);
/* Keeps the cursor within the rows that `height` cells show, the heading not counted. */
void mk_sheet_scroll(MkSheet *sheet, size_t height);
/* "3 of 711 · 2 marked" */
void mk_sheet_position(const MkSheet *sheet, char *out, size_t size);
/* The heading in the first row of rect, the rows below. */
void mk_sheet_view(const MkSheet *sheet, MkGrid *grid, MkRect rect, bool has_keys);

#endif
