#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "ui/view/sheet.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "src/base/text.h"
#include "ui/view/filter.h"

enum { FIRST_ROWS = 64 };

void mk_sheet_release(MkSheet *sheet)
{
    mk_arena_free(sheet->arena);
    free(sheet->rows);
    free(sheet->order);
    free(sheet->marks);
    *sheet = (MkSheet){0};
}

void mk_sheet_columns(MkSheet *sheet, const MkSheetColumn *columns, size_t n)
{
    n = n < MK_SHEET_COLUMNS ? n : MK_SHEET_COLUMNS;
    if (n != sheet->n_columns) {
        sheet->sorted = MK_SHEET_NONE;
        sheet->is_turned = false;
        sheet->left = 0;
    }
    sheet->n_columns = n;
    memcpy(sheet->columns, columns, n * sizeof *columns);
}

/* ---- rows ---- */

void mk_sheet_begin(MkSheet *sheet)
{
    const MkSheetRow *row = mk_sheet_here(sheet);
    sheet->here = row != NULL ? row->id : MK_SHEET_NONE;
    mk_arena_free(sheet->arena);
    sheet->arena = mk_arena_new(0);
    sheet->failed = sheet->arena == NULL;
    sheet->n = 0;
    sheet->n_shown = 0;
}

static bool make_room(MkSheet *sheet)
{
    if (sheet->failed) {
        return false;
    }
    if (sheet->n < sheet->room) {
        return true;
    }
    const size_t room = sheet->room > 0 ? 2 * sheet->room : FIRST_ROWS;
    MkSheetRow *rows = mk_heap_grow(sheet->rows, room, sizeof *rows);
    sheet->rows = rows != NULL ? rows : sheet->rows;
    size_t *order = mk_heap_grow(sheet->order, room, sizeof *order);
    sheet->order = order != NULL ? order : sheet->order;
    sheet->failed = rows == NULL || order == NULL;
    sheet->room = sheet->failed ? sheet->room : room;
    return !sheet->failed;
}

static void add_row(MkSheet *sheet, size_t id, size_t attribute, const char *more)
{
    if (!make_room(sheet)) {
        return;
    }
    MkSheetCell *cells = mk_arena_zeros(sheet->arena, sheet->n_columns, sizeof *cells);
    const char *text = mk_arena_strdup(sheet->arena, more);
    if (cells == NULL || text == NULL) {
        sheet->failed = true;
        return;
    }
    for (size_t i = 0; i < sheet->n_columns; i++) {
        cells[i] = (MkSheetCell){.text = "", .key = NAN, .share = NAN};
    }
    sheet->rows[sheet->n++] =
        (MkSheetRow){.id = id, .attribute = attribute, .more = text, .cells = cells};
}

void mk_sheet_row(MkSheet *sheet, size_t attribute, const char *more)
{
    add_row(sheet, attribute, attribute, more);
}

void mk_sheet_row_id(MkSheet *sheet, size_t id, const char *more)
{
    add_row(sheet, id, MK_SHEET_NONE, more);
}

static MkSheetCell *cell_of(MkSheet *sheet, size_t column)
{
    return sheet->failed || sheet->n == 0 || column >= sheet->n_columns
               ? NULL
               : &sheet->rows[sheet->n - 1].cells[column];
}

void mk_sheet_put(MkSheet *sheet, size_t column, MkCellRole role, double key, const char *fmt, ...)
{
    MkSheetCell *cell = cell_of(sheet, column);
    if (cell == NULL) {
        return;
    }
    va_list args;
    va_start(args, fmt);
    const char *text = mk_arena_vprintf(sheet->arena, fmt, args);
    va_end(args);
    sheet->failed = text == NULL;
    cell->text = text != NULL ? text : "";
    cell->role = role;
    cell->key = key;
}

void mk_sheet_spark(MkSheet *sheet, size_t column, MkCellRole role, double key,
                    const float *heights, size_t n)
{
    MkSheetCell *cell = cell_of(sheet, column);
    if (cell != NULL) {
        cell->role = role;
        cell->key = key;
        cell->n_spark = n < MK_SHEET_SPARK ? n : MK_SHEET_SPARK;
        memcpy(cell->spark, heights, cell->n_spark * sizeof *heights);
    }
}

void mk_sheet_bar(MkSheet *sheet, size_t column, MkCellRole role, double share)
{
    MkSheetCell *cell = cell_of(sheet, column);
    if (cell != NULL) {
        cell->role = role;
        cell->key = share;
        cell->share = share;
    }
}

/* ---- order and filter ---- */

static bool word_occurs(const MkSheet *sheet, const MkSheetRow *row, const char *word)
{
    bool found = mk_text_find_nocase(row->more, word);
    for (size_t i = 0; i < sheet->n_columns && !found; i++) {
        found = mk_text_find_nocase(row->cells[i].text, word);
    }
    return found;
}

static bool row_passes(const MkSheet *sheet, const MkSheetRow *row, const char *pattern)
{
    if (sheet->schema != NULL && row->attribute < sheet->schema->n &&
        mk_filter_matches(&sheet->schema->attributes[row->attribute], pattern)) {
        return true;
    }
    while (*pattern != '\0') {
        pattern += strspn(pattern, " ");
        char word[MK_FIELD_BYTES];
        const size_t len = strcspn(pattern, " ");
        snprintf(word, sizeof word, "%.*s", (int)len, pattern);
        if (len > 0 && !word_occurs(sheet, row, word)) {
            return false;
        }
        pattern += len;
    }
    return true;
}

typedef struct Keyed {
    size_t at; /* row: ties stay as they came */
    double key;
    const char *text;
    int sign;
} Keyed;

static int by_key(const void *a, const void *b)
{
    const Keyed *x = a, *y = b;
    const bool x_has = !isnan(x->key), y_has = !isnan(y->key);
    if (x_has != y_has) {
        return x_has ? -1 : 1; /* what has no number comes last, whatever the direction */
    }
    if (x_has && (x->key < y->key || x->key > y->key)) {
        return x->key < y->key ? -x->sign : x->sign;
    }
    const int words = x_has ? 0 : strcasecmp(x->text, y->text);
    if (words != 0) {
        return words * x->sign;
    }
    return (x->at > y->at) - (x->at < y->at);
}

static void sort_shown(MkSheet *sheet)
{
    const size_t column = sheet->sorted;
    if (column >= sheet->n_columns) {
        for (size_t i = 0, n = sheet->n_shown; sheet->is_turned && i < n / 2; i++) {
            const size_t other = sheet->order[n - 1 - i];
            sheet->order[n - 1 - i] = sheet->order[i];
            sheet->order[i] = other;
        }
        return;
    }
    Keyed *list = mk_heap_array(sheet->n_shown > 0 ? sheet->n_shown : 1, sizeof *list);
    if (list == NULL) {
        return;
    }
    const int sign = sheet->columns[column].is_number != sheet->is_turned ? -1 : 1;
    for (size_t i = 0; i < sheet->n_shown; i++) {
        const MkSheetCell *cell = &sheet->rows[sheet->order[i]].cells[column];
        list[i] = (Keyed){sheet->order[i], cell->key, cell->text, sign};
    }
    qsort(list, sheet->n_shown, sizeof *list, by_key);
    for (size_t i = 0; i < sheet->n_shown; i++) {
        sheet->order[i] = list[i].at;
    }
    free(list);
}

/* The shown rows anew; the cursor goes to the row with this id, or stays where it is. */
static void renew_order(MkSheet *sheet, size_t id)
{
    sheet->n_shown = 0;
    for (size_t i = 0; i < sheet->n; i++) {
        if (row_passes(sheet, &sheet->rows[i], sheet->filter)) {
            sheet->order[sheet->n_shown++] = i;
        }
    }
    sort_shown(sheet);
    if (!mk_sheet_select(sheet, id) && sheet->cursor >= sheet->n_shown) {
        sheet->cursor = sheet->n_shown > 0 ? sheet->n_shown - 1 : 0;
    }
}

static void measure_columns(MkSheet *sheet)
{
    for (size_t c = 0; c < sheet->n_columns; c++) {
        sheet->widest[c] = mk_utf8_width(sheet->columns[c].title);
        for (size_t i = 0; i < sheet->n; i++) {
            const MkSheetCell *cell = &sheet->rows[i].cells[c];
            const size_t width = cell->n_spark > 0 ? cell->n_spark : mk_utf8_width(cell->text);
            sheet->widest[c] = width > sheet->widest[c] ? width : sheet->widest[c];
        }
    }
}

void mk_sheet_end(MkSheet *sheet)
{
    measure_columns(sheet);
    for (size_t i = 0; i < sheet->n_marks; i++) {
        for (size_t k = 0; k < sheet->n; k++) {
            if (sheet->rows[k].id == sheet->marks[i]) {
                sheet->rows[k].is_marked = true;
                break;
            }
        }
    }
    if (!sheet->was_moved) {
        sheet->cursor = 0;
    }
    renew_order(sheet, sheet->was_moved ? sheet->here : MK_SHEET_NONE);
}

static size_t id_here(const MkSheet *sheet)
{
    const MkSheetRow *row = mk_sheet_here(sheet);
    return row != NULL ? row->id : MK_SHEET_NONE;
}

void mk_sheet_sort(MkSheet *sheet, size_t column, bool is_turned)
{
    sheet->sorted = column;
    sheet->is_turned = is_turned;
    renew_order(sheet, MK_SHEET_NONE);
    sheet->cursor = 0; /* the largest first is what was asked for */
    sheet->top = 0;
}

void mk_sheet_filter(MkSheet *sheet, const char *filter)
{
    const size_t id = id_here(sheet);
    snprintf(sheet->filter, sizeof sheet->filter, "%s", filter);
    renew_order(sheet, id);
}

bool mk_sheet_find(MkSheet *sheet, const char *pattern, bool forward)
{
    const size_t n = sheet->n_shown;
    for (size_t step = 1; step <= n; step++) {
        const size_t at = (sheet->cursor + (forward ? step : 2 * n - step)) % n;
        if (row_passes(sheet, mk_sheet_shown(sheet, at), pattern)) {
            sheet->cursor = at;
            sheet->was_moved = true;
            return true;
        }
    }
    return false;
}

/* ---- cursor and marks ---- */

const MkSheetRow *mk_sheet_shown(const MkSheet *sheet, size_t i)
{
    return i < sheet->n_shown ? &sheet->rows[sheet->order[i]] : NULL;
}

const MkSheetRow *mk_sheet_here(const MkSheet *sheet)
{
    return mk_sheet_shown(sheet, sheet->cursor);
}

bool mk_sheet_select(MkSheet *sheet, size_t id)
{
    for (size_t i = 0; i < sheet->n_shown && id != MK_SHEET_NONE; i++) {
        if (mk_sheet_shown(sheet, i)->id == id) {
            sheet->cursor = i;
            return true;
        }
    }
    return false;
}

void mk_sheet_move(MkSheet *sheet, long rows)
{
    const size_t last = sheet->n_shown > 0 ? sheet->n_shown - 1 : 0;
    const size_t by = (size_t)(rows < 0 ? -rows : rows);
    if (rows < 0) {
        sheet->cursor = by < sheet->cursor ? sheet->cursor - by : 0;
    } else {
        sheet->cursor = by < last - sheet->cursor ? sheet->cursor + by : last;
    }
    sheet->was_moved = true;
}

void mk_sheet_home(MkSheet *sheet)
{
    sheet->cursor = 0;
    sheet->was_moved = false;
}

static bool add_mark(MkSheet *sheet, size_t id)
{
    if (sheet->n_marks == sheet->marks_room) {
        const size_t room = sheet->marks_room > 0 ? 2 * sheet->marks_room : 16;
        size_t *marks = mk_heap_grow(sheet->marks, room, sizeof *marks);
        if (marks == NULL) {
            return false;
        }
        sheet->marks = marks;
        sheet->marks_room = room;
    }
    sheet->marks[sheet->n_marks++] = id;
    return true;
}

static void drop_mark(MkSheet *sheet, size_t id)
{
    size_t kept = 0;
    for (size_t i = 0; i < sheet->n_marks; i++) {
        if (sheet->marks[i] != id) {
            sheet->marks[kept++] = sheet->marks[i];
        }
    }
    sheet->n_marks = kept;
}

void mk_sheet_mark(MkSheet *sheet)
{
    if (sheet->cursor >= sheet->n_shown) {
        return;
    }
    MkSheetRow *row = &sheet->rows[sheet->order[sheet->cursor]];
    if (row->is_marked) {
        drop_mark(sheet, row->id);
        row->is_marked = false;
    } else {
        row->is_marked = add_mark(sheet, row->id);
    }
    mk_sheet_move(sheet, 1);
}

void mk_sheet_unmark_all(MkSheet *sheet)
{
    sheet->n_marks = 0;
    for (size_t i = 0; i < sheet->n; i++) {
        sheet->rows[i].is_marked = false;
    }
}

/* ---- keys ---- */

static void next_order(MkSheet *sheet)
{
    size_t column = sheet->sorted < sheet->n_columns ? sheet->sorted + 1 : 0;
    mk_sheet_sort(sheet, column < sheet->n_columns ? column : MK_SHEET_NONE, false);
}

static void say_order(const MkSheet *sheet, char *says, size_t size)
{
    if (sheet->sorted >= sheet->n_columns) {
        snprintf(says, size, "in the order of the answer%s",
                 sheet->is_turned ? ", the other way round" : "");
    } else {
        const bool is_falling = sheet->columns[sheet->sorted].is_number != sheet->is_turned;
        snprintf(says, size, "ordered by %s, %s first", sheet->columns[sheet->sorted].title,
                 sheet->columns[sheet->sorted].is_number ? (is_falling ? "largest" : "smallest")
                                                         : (is_falling ? "last" : "first letters"));
    }
}

/* Sideways, as long as there is a column left to see. */
static void shift_columns(MkSheet *sheet, bool right)
{
    size_t scrolling = 0;
    for (size_t i = 0; i < sheet->n_columns; i++) {
        scrolling += sheet->columns[i].is_fixed ? 0 : 1;
    }
    if (right && sheet->left + 1 < scrolling) {
        sheet->left++;
    } else if (!right && sheet->left > 0) {
        sheet->left--;
    }
}

/* flat switch */
bool mk_sheet_act(MkSheet *sheet, MkAction action, size_t height, char *says, size_t size)
{
    const long page = height > 1 ? (long)height - 1 : 1;
    if (size > 0) {
        says[0] = '\0';
    }
    switch (action) {
    case MK_ACT_UP:
        mk_sheet_move(sheet, -1);
        return true;
    case MK_ACT_DOWN:
        mk_sheet_move(sheet, 1);
        return true;
    case MK_ACT_PAGE_UP:
        mk_sheet_move(sheet, -page);
        sheet->top = sheet->top > (size_t)page ? sheet->top - (size_t)page : 0;
        return true;
    case MK_ACT_PAGE_DOWN:
        mk_sheet_move(sheet, page);
        sheet->top += (size_t)page; /* scrolling puts it right at the end */
        return true;
    case MK_ACT_FIRST:
        mk_sheet_move(sheet, -(long)sheet->n_shown);
        return true;
    case MK_ACT_LAST:
        mk_sheet_move(sheet, (long)sheet->n_shown);
        return true;
    case MK_ACT_LEFT:
    case MK_ACT_RIGHT:
        shift_columns(sheet, action == MK_ACT_RIGHT);
        return true;
    case MK_ACT_SORT:
        next_order(sheet);
        say_order(sheet, says, size);
        return true;
    case MK_ACT_INVERT:
        mk_sheet_sort(sheet, sheet->sorted, !sheet->is_turned);
        say_order(sheet, says, size);
        return true;
    case MK_ACT_MARK:
        mk_sheet_mark(sheet);
        return true;
    default:
        return false;
    }
}

void mk_sheet_scroll(MkSheet *sheet, size_t height)
{
    const size_t last = sheet->n_shown > height ? sheet->n_shown - height : 0;
    if (sheet->cursor < sheet->top) {
        sheet->top = sheet->cursor;
    } else if (height > 0 && sheet->cursor >= sheet->top + height) {
        sheet->top = sheet->cursor - height + 1;
    }
    sheet->top = sheet->top < last ? sheet->top : last;
}

void mk_sheet_position(const MkSheet *sheet, char *out, size_t size)
{
    int n = snprintf(out, size, "%zu of %zu", sheet->n_shown > 0 ? sheet->cursor + 1 : 0,
                     sheet->n_shown);
    if (sheet->n_shown < sheet->n && n > 0 && (size_t)n < size) {
        n += snprintf(out + n, size - (size_t)n, " (all: %zu)", sheet->n);
    }
    if (sheet->n_marks > 0 && n > 0 && (size_t)n < size) {
        snprintf(out + n, size - (size_t)n, " · %zu marked", sheet->n_marks);
    }
}
