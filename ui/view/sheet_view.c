/* sheet_view.c - a sheet into the grid: which columns there is room for, heading, rows. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "src/base/text.h"
#include "ui/view/layout.h"
#include "ui/view/sheet.h"
#include "ui/view/view.h"

enum { GUTTER = 2, BETWEEN = 2 }; /* cells before the first column and between columns */

typedef struct Place {
    size_t column, x, w;
} Place;

typedef struct Places {
    size_t n;
    Place items[MK_SHEET_COLUMNS];
    bool has_more_left, has_more_right;
} Places;

static size_t wish_of(const MkSheet *sheet, size_t c)
{
    const MkSheetColumn *column = &sheet->columns[c];
    enum { MOST = 20 };
    const size_t widest = sheet->widest[c] < MOST ? sheet->widest[c] : MOST;
    const size_t wish = column->wish > 0 ? column->wish : widest;
    return wish > column->min ? wish : column->min;
}

/* The columns that could be seen: the fixed ones and those that are not scrolled out. */
static void candidates(const MkSheet *sheet, Places *out)
{
    size_t scrolling = 0;
    for (size_t c = 0; c < sheet->n_columns; c++) {
        if (!sheet->columns[c].is_fixed && scrolling++ < sheet->left) {
            out->has_more_left = true;
        } else {
            out->items[out->n++].column = c;
        }
    }
}

static size_t least_width(const MkSheet *sheet, const Places *places)
{
    size_t w = 0;
    for (size_t i = 0; i < places->n; i++) {
        w += sheet->columns[places->items[i].column].min + (i > 0 ? BETWEEN : 0);
    }
    return w;
}

/* The column that is missed least: the highest rank, of equals the last. */
static void drop_one(const MkSheet *sheet, Places *places)
{
    size_t worst = 0;
    for (size_t i = 0; i < places->n; i++) {
        const size_t rank = sheet->columns[places->items[i].column].rank;
        worst = rank >= sheet->columns[places->items[worst].column].rank ? i : worst;
    }
    places->has_more_right =
        places->has_more_right || !sheet->columns[places->items[worst].column].is_fixed;
    places->n--;
    memmove(&places->items[worst], &places->items[worst + 1],
            (places->n - worst) * sizeof *places->items);
}

/* Columns that are as wide as what stands in them come before those that wish for more than they
 * need: rather a shorter name than a number without its end. */
static void widen(const MkSheet *sheet, const Places *places, size_t room, MkPart *parts)
{
    enum { MOST = 4 };
    size_t used = 0;
    for (size_t i = 0; i < places->n; i++) {
        used += parts[i].min;
    }
    for (size_t i = 0; i < places->n && used < room; i++) {
        const size_t wish = parts[i].wish - parts[i].min;
        size_t more = wish < MOST ? wish : MOST;
        more = more < room - used ? more : room - used;
        if (sheet->columns[places->items[i].column].wish == 0) {
            parts[i].min += more;
            used += more;
        }
    }
}

/* The sign that there is more stands beside a heading at the right end, where there is room. */
static size_t sign_width(const MkSheet *sheet, const Places *places, size_t room)
{
    if (places->n == 0) {
        return 0;
    }
    const MkSheetColumn *last = &sheet->columns[places->items[places->n - 1].column];
    const bool is_wanted = places->has_more_right && last->align == MK_ALIGN_RIGHT;
    return is_wanted && least_width(sheet, places) + BETWEEN <= room ? BETWEEN : 0;
}

static void place_columns(const MkSheet *sheet, MkRect rect, Places *out)
{
    *out = (Places){0};
    candidates(sheet, out);
    const size_t room = rect.w > GUTTER ? rect.w - GUTTER : 0;
    while (out->n > 1 && least_width(sheet, out) > room) {
        drop_one(sheet, out);
    }
    const size_t sign = sign_width(sheet, out, room);
    MkPart parts[MK_SHEET_COLUMNS] = {{0}};
    size_t sizes[MK_SHEET_COLUMNS] = {0};
    for (size_t i = 0; i < out->n; i++) {
        const MkSheetColumn *column = &sheet->columns[out->items[i].column];
        const size_t min = column->min < room ? column->min : room;
        parts[i] = (MkPart){min, wish_of(sheet, out->items[i].column), column->weight};
    }
    const size_t gaps = out->n > 0 ? (out->n - 1) * BETWEEN : 0;
    const size_t left = room > gaps + sign ? room - gaps - sign : 0;
    widen(sheet, out, left, parts);
    mk_layout_sizes(left, parts, out->n, sizes);
    size_t x = rect.x + GUTTER;
    for (size_t i = 0; i < out->n; i++) {
        out->items[i].x = x;
        out->items[i].w = sizes[i];
        x += sizes[i] + BETWEEN;
    }
}

static void put_aligned(MkGrid *grid, const Place *place, size_t y, MkAlign align, MkCellRole role,
                        const char *text)
{
    if (align == MK_ALIGN_RIGHT) {
        (void)mk_grid_put_right(grid, place->x, y, place->w, role, text);
    } else {
        (void)mk_grid_put(grid, place->x, y, place->w, role, text);
    }
}

static void heading(const MkSheet *sheet, const Places *places, MkGrid *grid, MkRect rect,
                    bool has_keys)
{
    const MkCellRole role = has_keys ? MK_CELL_PANE_FOCUS : MK_CELL_PANE;
    mk_grid_fill(grid, (MkRect){rect.x, rect.y, rect.w, 1}, role, " ");
    for (size_t i = 0; i < places->n; i++) {
        const Place *place = &places->items[i];
        const MkSheetColumn *column = &sheet->columns[place->column];
        char title[64];
        const bool is_falling = column->is_number != sheet->is_turned;
        const char *arrow = is_falling ? "▼" : "▲";
        snprintf(title, sizeof title, "%s%s", place->column == sheet->sorted ? arrow : "",
                 column->title);
        put_aligned(grid, place, rect.y, column->align, role, title);
    }
    if (places->has_more_left) {
        mk_grid_put(grid, rect.x, rect.y, 1, role, "‹");
    }
    if (places->has_more_right) {
        mk_grid_put(grid, rect.x + rect.w - 1, rect.y, 1, role, "›");
    }
}

static void view_cell(const MkSheetCell *cell, const MkSheetColumn *column, MkGrid *grid,
                      const Place *place, size_t y)
{
    if (cell->n_spark > 0) {
        char spark[MK_SHOWN];
        mk_grid_put(grid, place->x, y, place->w, cell->role,
                    mk_view_spark(cell->spark, cell->n_spark, spark));
    } else if (isfinite(cell->share)) {
        const double share = cell->share < 0 ? 0 : (cell->share > 1 ? 1 : cell->share);
        const size_t cells = (size_t)(share * (double)place->w + 0.5);
        mk_grid_fill(grid, (MkRect){place->x, y, cells, 1}, cell->role, "█");
    } else {
        put_aligned(grid, place, y, column->align, cell->role, cell->text);
    }
}

static void view_row(const MkSheet *sheet, const Places *places, const MkSheetRow *row,
                     MkGrid *grid, size_t y)
{
    for (size_t i = 0; i < places->n; i++) {
        const Place *place = &places->items[i];
        view_cell(&row->cells[place->column], &sheet->columns[place->column], grid, place, y);
    }
}

void mk_sheet_view(const MkSheet *sheet, MkGrid *grid, MkRect rect, bool has_keys)
{
    if (rect.w <= GUTTER || rect.h == 0) {
        return;
    }
    Places places;
    place_columns(sheet, rect, &places);
    heading(sheet, &places, grid, rect, has_keys);
    for (size_t i = 0; i + 1 < rect.h && sheet->top + i < sheet->n_shown; i++) {
        const MkSheetRow *row = mk_sheet_shown(sheet, sheet->top + i);
        const MkRect line = {rect.x, rect.y + 1 + i, rect.w, 1};
        view_row(sheet, &places, row, grid, line.y);
        if (sheet->top + i == sheet->cursor) {
            mk_grid_paint(grid, line, has_keys ? MK_CELL_SELECTED : MK_CELL_SELECTED_OFF);
        }
        if (row->is_marked) {
            mk_grid_put(grid, line.x, line.y, 1, MK_CELL_KEY, "*");
        }
    }
    if (sheet->n_shown == 0 && rect.h > 1 && sheet->n > 0) {
        mk_grid_put(grid, rect.x + GUTTER, rect.y + 1, rect.w - GUTTER, MK_CELL_MUTED,
                    "nothing matches: Esc shows all");
    }
}
