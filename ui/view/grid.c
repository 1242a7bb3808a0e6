#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "ui/view/grid.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/arena.h"
#include "src/base/text.h"

static const char role_letters[] = ".TpFbcnvsrktmSoMKhP|fGWBud?123456";

char mk_cell_role_letter(MkCellRole role)
{
    return role == MK_CELL_TEXT ? ' ' : role_letters[role < MK_CELL_ROLES ? role : 0];
}

MkGrid *mk_grid_new(size_t columns, size_t rows, bool ascii)
{
    MkGrid *grid = calloc(1, sizeof *grid);
    if (grid == NULL) {
        return NULL;
    }
    const size_t n = rows > 0 && columns > SIZE_MAX / rows ? SIZE_MAX : columns * rows;
    grid->cells = mk_heap_array(n > 0 ? n : 1, sizeof *grid->cells);
    if (grid->cells == NULL) {
        free(grid);
        return NULL;
    }
    grid->columns = columns;
    grid->rows = rows;
    grid->ascii = ascii;
    mk_grid_clear(grid);
    return grid;
}

void mk_grid_free(MkGrid *grid)
{
    if (grid != NULL) {
        free(grid->cells);
        free(grid);
    }
}

static MkCell *cell_at(MkGrid *grid, size_t x, size_t y)
{
    return &grid->cells[y * grid->columns + x];
}

static void set_blank(MkCell *cell, MkCellRole role)
{
    cell->text[0] = ' ';
    cell->text[1] = '\0';
    cell->width = 1;
    cell->role = (unsigned char)role;
}

void mk_grid_clear(MkGrid *grid)
{
    for (size_t i = 0; i < grid->columns * grid->rows; i++) {
        set_blank(&grid->cells[i], MK_CELL_TEXT);
    }
    grid->point_x = grid->columns;
    grid->point_y = 0;
}

/* Stand-ins for a terminal without UTF-8, each one cell wide. */
static char ascii_of(uint32_t cp)
{
    static const struct {
        uint32_t first, last;
        const char *text; /* one character for the range, or one for each member */
    } table[] = {
        {0x00A0, 0x00A0, " "},  {0x00B0, 0x00B0, "o"},        {0x00B1, 0x00B1, "~"},
        {0x00B2, 0x00B3, "23"}, {0x00B5, 0x00B5, "u"},        {0x00B7, 0x00B7, "-"},
        {0x00B9, 0x00B9, "1"},  {0x00D7, 0x00D7, "x"},        {0x03BC, 0x03BC, "u"},
        {0x0394, 0x0394, "D"},  {0x03C3, 0x03C3, "s"},        {0x2010, 0x2015, "-"},
        {0x2018, 0x2019, "'"},  {0x201C, 0x201D, "\""},       {0x2022, 0x2022, "*"},
        {0x2026, 0x2026, "~"},  {0x2190, 0x2193, "<^>v"},     {0x2212, 0x2212, "-"},
        {0x2260, 0x2260, "#"},  {0x2264, 0x2265, "<>"},       {0x2500, 0x2501, "-"},
        {0x2502, 0x2503, "|"},  {0x2504, 0x250B, "-"},        {0x250C, 0x254B, "+"},
        {0x254C, 0x257F, "-"},  {0x2581, 0x2588, "_.,:-=*#"}, {0x2589, 0x258F, "#"},
        {0x2590, 0x2595, "#"},  {0x25A0, 0x25A1, "#"},        {0x25B2, 0x25B2, "^"},
        {0x25B4, 0x25B4, "^"},  {0x25B6, 0x25B8, ">"},        {0x25BC, 0x25BE, "v"},
        {0x25C6, 0x25C7, "*"},  {0x25CB, 0x25CB, "o"},        {0x25CF, 0x25CF, "="},
        {0x2713, 0x2714, "+"},  {0x2717, 0x2718, "x"},        {0x2800, 0x2800, " "},
        {0x2801, 0x28FF, "."},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        if (cp >= table[i].first && cp <= table[i].last) {
            const size_t at = cp - table[i].first;
            return table[i].text[at < strlen(table[i].text) ? at : 0];
        }
    }
    return '?';
}

/* Overwriting half of a wide character blanks its other half. */
static void release_halves(MkGrid *grid, size_t x, size_t y)
{
    MkCell *cell = cell_at(grid, x, y);
    if (cell->width == 0 && x > 0) {
        set_blank(cell_at(grid, x - 1, y), (MkCellRole)cell->role);
    }
    if (cell->width == 2 && x + 1 < grid->columns) {
        set_blank(cell_at(grid, x + 1, y), (MkCellRole)cell->role);
    }
}

static void set_cell(MkGrid *grid, size_t x, size_t y, MkCellRole role, const char *bytes,
                     size_t len, int width)
{
    release_halves(grid, x, y);
    MkCell *cell = cell_at(grid, x, y);
    const size_t kept = len < MK_CELL_BYTES ? len : 0;
    memcpy(cell->text, bytes, kept);
    cell->text[kept] = '\0';
    cell->width = (unsigned char)width;
    cell->role = (unsigned char)role;
    if (width == 2) {
        release_halves(grid, x + 1, y);
        MkCell *half = cell_at(grid, x + 1, y);
        half->text[0] = '\0';
        half->width = 0;
        half->role = (unsigned char)role;
    }
}

/* A combining mark joins the character before it, as long as there is room. */
static void add_mark(MkGrid *grid, size_t x, size_t y, const char *bytes, size_t len)
{
    if (grid->ascii || x == 0) {
        return;
    }
    MkCell *cell = cell_at(grid, x - 1, y);
    if (cell->width == 0 && x > 1) {
        cell = cell_at(grid, x - 2, y);
    }
    const size_t have = strlen(cell->text);
    if (have + len < MK_CELL_BYTES) {
        memcpy(cell->text + have, bytes, len);
        cell->text[have + len] = '\0';
    }
}

/* Writes one character; returns its cells. *stop when there is no room for it. */
static size_t put_character(MkGrid *grid, size_t x, size_t y, size_t end, MkCellRole role,
                            const char *bytes, size_t len, uint32_t cp, bool *stop)
{
    if (mk_utf8_is_control(cp)) {
        bytes = " ";
        len = 1;
        cp = ' ';
    } else if (cp == 0xFFFD && len == 1) {
        bytes = "?";
        cp = '?';
    }
    const int width = mk_utf8_width_cp(cp);
    if (width <= 0) {
        add_mark(grid, x, y, bytes, len);
        return 0;
    }
    if (x + (size_t)width > end) {
        *stop = true;
        return 0;
    }
    if (grid->ascii && cp >= 0x80) {
        const char stand_in = ascii_of(cp);
        for (int i = 0; i < width; i++) {
            set_cell(grid, x + (size_t)i, y, role, &stand_in, 1, 1);
        }
    } else {
        set_cell(grid, x, y, role, bytes, len, width);
    }
    return (size_t)width;
}

static size_t put_bytes(MkGrid *grid, size_t x, size_t y, size_t end, MkCellRole role,
                        const char *text, size_t n_bytes)
{
    const size_t start = x;
    bool stop = false;
    for (size_t at = 0; at < n_bytes && !stop;) {
        uint32_t cp = 0;
        const size_t len = mk_utf8_next(text + at, &cp);
        if (len == 0) {
            break;
        }
        x += put_character(grid, x, y, end, role, text + at, len, cp, &stop);
        at += len;
    }
    return x - start;
}

size_t mk_grid_put(MkGrid *grid, size_t x, size_t y, size_t room, MkCellRole role, const char *text)
{
    if (y >= grid->rows || x >= grid->columns || room == 0) {
        return 0;
    }
    const size_t left = grid->columns - x;
    const size_t cells = room < left ? room : left;
    const size_t len = strlen(text);
    if (mk_utf8_width(text) <= cells) {
        return put_bytes(grid, x, y, x + cells, role, text, len);
    }
    size_t used = 0;
    const size_t cut = mk_utf8_clip(text, cells - 1, &used);
    const size_t n = put_bytes(grid, x, y, x + cells - 1, role, text, cut);
    return n + put_bytes(grid, x + n, y, x + cells, role, "…", strlen("…"));
}

size_t mk_grid_put_right(MkGrid *grid, size_t x, size_t y, size_t room, MkCellRole role,
                         const char *text)
{
    const size_t width = mk_utf8_width(text);
    const size_t first = width < room ? x + room - width : x;
    mk_grid_put(grid, first, y, room - (first - x), role, text);
    return first;
}

size_t mk_grid_printf(MkGrid *grid, size_t x, size_t y, size_t room, MkCellRole role,
                      const char *fmt, ...)
{
    char text[1024];
    va_list args;
    va_start(args, fmt);
    const int n = vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    return n < 0 ? 0 : mk_grid_put(grid, x, y, room, role, text);
}

/* Bytes of the next line of at most `cells` cells; *next is where the following one begins. */
static size_t next_line(const char *text, size_t cells, size_t *next)
{
    const char *newline = strchr(text, '\n');
    const size_t len = newline != NULL ? (size_t)(newline - text) : strlen(text);
    size_t used = 0;
    size_t cut = mk_utf8_clip(text, cells, &used);
    if (cut >= len) {
        *next = len + (newline != NULL ? 1 : 0);
        return len;
    }
    size_t blank = cut;
    while (blank > 0 && text[blank] != ' ') {
        blank--;
    }
    if (blank > 0) {
        *next = blank + 1;
        return blank;
    }
    cut = cut > 0 ? cut : 1;
    *next = cut;
    return cut;
}

size_t mk_grid_wrap(MkGrid *grid, MkRect rect, MkCellRole role, const char *text)
{
    size_t line = 0;
    while (*text != '\0' && line < rect.h && rect.w > 0) {
        size_t next = 0;
        const size_t n = next_line(text, rect.w, &next);
        if (rect.y + line < grid->rows && rect.x < grid->columns) {
            const size_t left = grid->columns - rect.x;
            const size_t end = rect.x + (rect.w < left ? rect.w : left);
            put_bytes(grid, rect.x, rect.y + line, end, role, text, n);
        }
        text += next;
        line++;
    }
    return line;
}

void mk_grid_fill(MkGrid *grid, MkRect rect, MkCellRole role, const char *character)
{
    for (size_t y = rect.y; y < rect.y + rect.h && y < grid->rows; y++) {
        for (size_t x = rect.x; x < rect.x + rect.w && x < grid->columns; x++) {
            mk_grid_put(grid, x, y, 1, role, character);
        }
    }
}

void mk_grid_paint(MkGrid *grid, MkRect rect, MkCellRole role)
{
    for (size_t y = rect.y; y < rect.y + rect.h && y < grid->rows; y++) {
        for (size_t x = rect.x; x < rect.x + rect.w && x < grid->columns; x++) {
            cell_at(grid, x, y)->role = (unsigned char)role;
        }
    }
}

void mk_grid_frame(MkGrid *grid, MkRect rect, MkCellRole role, const char *title)
{
    if (rect.w < 2 || rect.h < 2) {
        return;
    }
    const size_t right = rect.x + rect.w - 1, bottom = rect.y + rect.h - 1;
    mk_grid_fill(grid, rect, MK_CELL_TEXT, " ");
    mk_grid_fill(grid, (MkRect){rect.x, rect.y, rect.w, 1}, role, "─");
    mk_grid_fill(grid, (MkRect){rect.x, bottom, rect.w, 1}, role, "─");
    mk_grid_fill(grid, (MkRect){rect.x, rect.y, 1, rect.h}, role, "│");
    mk_grid_fill(grid, (MkRect){right, rect.y, 1, rect.h}, role, "│");
    mk_grid_put(grid, rect.x, rect.y, 1, role, "┌");
    mk_grid_put(grid, right, rect.y, 1, role, "┐");
    mk_grid_put(grid, rect.x, bottom, 1, role, "└");
    mk_grid_put(grid, right, bottom, 1, role, "┘");
    if (title[0] != '\0' && rect.w > 6) {
        const size_t used =
            mk_grid_put(grid, rect.x + 2, rect.y, rect.w - 4, MK_CELL_PANE_FOCUS, " ");
        const size_t text =
            mk_grid_put(grid, rect.x + 2 + used, rect.y, rect.w - 6, MK_CELL_PANE_FOCUS, title);
        mk_grid_put(grid, rect.x + 2 + used + text, rect.y, 1, MK_CELL_PANE_FOCUS, " ");
    }
}

void mk_grid_print(const MkGrid *grid, const char *theme, MkBuf *out)
{
    mk_buf_printf(out, "screen %zux%zu theme=%s\n", grid->columns, grid->rows, theme);
    for (size_t y = 0; y < grid->rows; y++) {
        mk_buf_putc(out, '|');
        for (size_t x = 0; x < grid->columns; x++) {
            mk_buf_puts(out, grid->cells[y * grid->columns + x].text);
        }
        mk_buf_puts(out, "|\n");
    }
    mk_buf_puts(out, "roles\n");
    for (size_t y = 0; y < grid->rows; y++) {
        mk_buf_putc(out, '|');
        for (size_t x = 0; x < grid->columns; x++) {
            const MkCell *cell = &grid->cells[y * grid->columns + x];
            mk_buf_putc(out, mk_cell_role_letter((MkCellRole)cell->role));
        }
        mk_buf_puts(out, "|\n");
    }
}
