#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "src/render/layout.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/text.h"

enum {
    GAP = 2,         /* blanks between columns */
    CUT_TO = 10,     /* text columns are not cut below this */
    LAST_LEAST = 14, /* the last of many is left out rather than cut below this */
    MANY = 5,
    FIRST_CUT_TO = 16,
    WIDTH_DEFAULT = 80,
    WRAP_MIN = 20
};

#define SGR_BOLD "\033[1m"
#define SGR_DIM "\033[2m"
#define SGR_UP "\033[33m"
#define SGR_DOWN "\033[36m"
#define SGR_OFF "\033[0m"

enum { CP_UP = 0x25B2, CP_DOWN = 0x25BC };

/* Stand-ins of what our own texts and the units of schemas use. */
typedef struct StandIn {
    uint32_t cp;
    const char *ascii;
} StandIn;

static const StandIn stand_ins[] = {
    {0x00A0, " "},    {0x00B0, "deg"},   {0x00B1, "+-"}, {0x00B2, "2"},  {0x00B3, "3"},
    {0x00B5, "u"},    {0x00B7, "-"},     {0x00B9, "1"},  {0x00D7, "x"},  {0x03B1, "alpha"},
    {0x03B2, "beta"}, {0x03B3, "gamma"}, {0x03BC, "u"},  {0x2009, " "},  {0x2010, "-"},
    {0x2011, "-"},    {0x2012, "-"},     {0x2013, "-"},  {0x2014, "-"},  {0x2018, "'"},
    {0x2019, "'"},    {0x201C, "\""},    {0x201D, "\""}, {0x2022, "*"},  {0x2026, "~"},
    {0x202F, " "},    {0x2192, "->"},    {0x2212, "-"},  {0x2248, "~"},  {0x2264, "<="},
    {0x2265, ">="},   {0x2581, "_"},     {0x2582, "."},  {0x2583, ","},  {0x2584, ":"},
    {0x2585, "-"},    {0x2586, "="},     {0x2587, "*"},  {0x2588, "#"},  {0x2589, "#"},
    {0x258A, "#"},    {0x258B, "#"},     {0x258C, "#"},  {0x258D, "-"},  {0x258E, "-"},
    {0x258F, "-"},    {0x2591, "."},     {CP_UP, "^"},   {CP_DOWN, "v"}, {0x25CF, "*"},
    {0x2605, "*"},    {0x2713, "+"},     {0x2717, "x"},
};

static const char *stand_in(uint32_t cp)
{
    for (size_t i = 0; i < sizeof stand_ins / sizeof stand_ins[0]; i++) {
        if (stand_ins[i].cp == cp) {
            return stand_ins[i].ascii;
        }
    }
    return "?";
}

void mk_layout_clean_lines(const char *text, bool ascii, MkBuf *out)
{
    while (*text != '\0') {
        const size_t len = strcspn(text, "\n\t");
        char *line = strndup(text, len);
        out->failed = out->failed || line == NULL;
        mk_layout_clean(line != NULL ? line : "", ascii, out);
        free(line);
        text += len;
        if (*text != '\0') {
            mk_buf_putc(out, *text++);
        }
    }
}

void mk_layout_clean(const char *text, bool ascii, MkBuf *out)
{
    uint32_t cp = 0;
    for (size_t len = mk_utf8_next(text, &cp); len > 0; len = mk_utf8_next(text, &cp)) {
        if (cp == '\n' || cp == '\t') {
            mk_buf_putc(out, ' ');
        } else if (mk_utf8_is_control(cp)) {
            /* dropped */
        } else if (cp >= 0x80 && ascii) {
            mk_buf_puts(out, stand_in(cp));
        } else if (cp == 0xFFFD && len == 1) {
            mk_buf_putc(out, '?');
        } else {
            mk_buf_add(out, text, len);
        }
        text += len;
    }
}

/* A table ready to be laid out: clean texts, their widths, the column widths. */
typedef struct Grid {
    const MkResultTable *table;
    const char **texts; /* (n_rows + 1, n_columns): the header is row 0 */
    size_t *columns;    /* n_columns widths */
    size_t *natural;    /* those that everything would fit in */
    size_t n_columns;   /* that are shown */
    size_t n_lead;      /* that say what a row is: they stand in each part */
    size_t width;       /* of the screen */
    bool ascii;
    bool color;
} Grid;

static const char *clean_copy(const char *text, bool ascii, MkBuf *scratch, MkArena *arena)
{
    mk_buf_clear(scratch);
    mk_layout_clean(text, ascii, scratch);
    return scratch->failed ? NULL : mk_arena_strndup(arena, scratch->data, scratch->len);
}

static MkStatus grid_make(Grid *grid, MkArena *arena, MkError *err)
{
    const MkResultTable *t = grid->table;
    const size_t n_texts = (t->n_rows + 1) * t->n_columns;
    grid->texts = mk_arena_zeros(arena, n_texts, sizeof *grid->texts);
    grid->columns = mk_arena_zeros(arena, t->n_columns, sizeof *grid->columns);
    grid->natural = mk_arena_zeros(arena, t->n_columns, sizeof *grid->natural);
    if (grid->texts == NULL || grid->columns == NULL || grid->natural == NULL) {
        return mk_fail(err, MK_ENOMEM, "out of memory for a table of text");
    }
    MkBuf scratch;
    mk_buf_init(&scratch);
    MkStatus st = MK_OK;
    for (size_t i = 0; i < n_texts && st == MK_OK; i++) {
        const size_t column = i % t->n_columns;
        const char *text = i < t->n_columns ? t->headers[column] : t->cells[i - t->n_columns];
        grid->texts[i] = clean_copy(text, grid->ascii, &scratch, arena);
        if (grid->texts[i] == NULL) {
            st = mk_fail(err, MK_ENOMEM, "out of memory for a table of text");
            break;
        }
        const size_t width = mk_utf8_width(grid->texts[i]);
        grid->columns[column] = width > grid->columns[column] ? width : grid->columns[column];
    }
    mk_buf_release(&scratch);
    return st;
}

static size_t total_width(const Grid *grid)
{
    size_t total = 0;
    for (size_t c = 0; c < grid->n_columns; c++) {
        total += grid->columns[c] + (c > 0 ? GAP : 0);
    }
    return total;
}

/* A last column of words that would be cut to pieces only takes room from the others. */
static void drop_last(Grid *grid)
{
    const size_t last = grid->n_columns - 1;
    const size_t total = total_width(grid);
    const size_t wanted = grid->columns[last];
    if (grid->n_columns < MANY || grid->table->aligns[last] != MK_ALIGN_LEFT ||
        wanted <= LAST_LEAST || total < grid->width + wanted - LAST_LEAST + 1) {
        return;
    }
    grid->n_columns--;
}

/* The widest column of words after the first, of those still wider than `least`; n_columns: none.
 */
static size_t widest_text(const Grid *grid, size_t least)
{
    size_t widest = grid->n_columns;
    for (size_t c = 1; c < grid->n_columns; c++) {
        const size_t width = grid->columns[c];
        if (grid->table->aligns[c] == MK_ALIGN_LEFT && width > least &&
            (widest == grid->n_columns || width >= grid->columns[widest])) {
            widest = c;
        }
    }
    return widest;
}

/* The table is shown in parts: the first columns of words, as far as they leave room, stand in each
 * of them, and the others have all that is beside them. */
static void grid_part(Grid *grid)
{
    size_t taken = grid->columns[0] + GAP;
    grid->n_lead = 1;
    while (grid->n_lead < grid->n_columns && grid->table->aligns[grid->n_lead] == MK_ALIGN_LEFT &&
           taken + grid->natural[grid->n_lead] + GAP <= grid->width / 2) {
        grid->columns[grid->n_lead] = grid->natural[grid->n_lead];
        taken += grid->natural[grid->n_lead++] + GAP;
    }
    const size_t room = grid->width > taken + CUT_TO ? grid->width - taken : CUT_TO;
    for (size_t c = grid->n_lead; c < grid->n_columns; c++) {
        grid->columns[c] = grid->natural[c] < room ? grid->natural[c] : room;
    }
}

/* The widest columns of words give way to the others, the first one last. */
static void grid_fit(Grid *grid)
{
    drop_last(grid);
    size_t *const natural = grid->natural;
    memcpy(natural, grid->columns, grid->n_columns * sizeof *natural);
    size_t total = total_width(grid);
    for (size_t c = widest_text(grid, CUT_TO); total > grid->width && c < grid->n_columns;
         c = widest_text(grid, CUT_TO)) {
        grid->columns[c]--;
        total--;
    }
    if (total > grid->width && grid->table->aligns[0] == MK_ALIGN_LEFT) {
        const size_t third = grid->width / 3;
        const size_t least = third > FIRST_CUT_TO ? third : FIRST_CUT_TO;
        const size_t excess = total - grid->width, now = grid->columns[0];
        if (now > least) {
            grid->columns[0] = now - least > excess ? now - excess : least;
            total -= now - grid->columns[0];
        }
    }
    if (total > grid->width) {
        grid_part(grid);
    }
}

static void put_blanks(MkBuf *out, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        mk_buf_putc(out, ' ');
    }
}

/* Arrows in colour, everything else as it is. */
static void put_text(MkBuf *out, const char *text, size_t len, bool color)
{
    const char *end = text + len;
    while (text < end) {
        uint32_t cp = 0;
        const size_t n = mk_utf8_next(text, &cp);
        const bool is_arrow = cp == CP_UP || cp == CP_DOWN;
        if (n == 0) {
            break;
        }
        if (color && is_arrow) {
            mk_buf_puts(out, cp == CP_UP ? SGR_UP : SGR_DOWN);
        }
        mk_buf_add(out, text, n);
        if (color && is_arrow) {
            mk_buf_puts(out, SGR_OFF);
        }
        text += n;
    }
}

/* One cell in `width` cells; `is_last` leaves out the blanks after it. */
static void put_cell(const Grid *grid, MkBuf *out, const char *text, size_t width, MkAlign align,
                     bool is_last)
{
    size_t used = mk_utf8_width(text);
    size_t len = strlen(text);
    bool is_cut = false;
    if (used > width) {
        is_cut = width > 0;
        len = mk_utf8_clip(text, width > 0 ? width - 1 : 0, &used);
        used += is_cut ? 1 : 0;
    }
    if (align == MK_ALIGN_RIGHT) {
        put_blanks(out, width - used);
    }
    put_text(out, text, len, grid->color);
    if (is_cut) {
        mk_buf_puts(out, grid->ascii ? "~" : "…");
    }
    if (align == MK_ALIGN_LEFT && !is_last) {
        put_blanks(out, width - used);
    }
}

static void put_row(const Grid *grid, MkBuf *out, size_t row, size_t first, size_t end)
{
    const MkResultTable *t = grid->table;
    const char **texts = grid->texts + row * t->n_columns;
    const size_t line = out->len;
    for (size_t c = 0; first > 0 && c < grid->n_lead; c++) {
        put_cell(grid, out, texts[c], grid->columns[c], t->aligns[c], false);
        put_blanks(out, GAP);
    }
    for (size_t c = first; c < end; c++) {
        put_cell(grid, out, texts[c], grid->columns[c], t->aligns[c], c + 1 == end);
        put_blanks(out, c + 1 < end ? GAP : 0);
    }
    while (out->len > line && out->data[out->len - 1] == ' ') {
        out->data[--out->len] = '\0';
    }
    mk_buf_putc(out, '\n');
}

static bool has_header(const Grid *grid)
{
    for (size_t c = 0; c < grid->table->n_columns; c++) {
        if (grid->texts[c][0] != '\0') {
            return true;
        }
    }
    return false;
}

static void put_block(const Grid *grid, MkBuf *out, size_t first, size_t end)
{
    if (has_header(grid)) {
        mk_buf_puts(out, grid->color ? SGR_DIM : "");
        put_row(grid, out, 0, first, end);
        if (grid->color && out->len > 0) {
            out->len--; /* the colour ends before the line does */
            mk_buf_puts(out, SGR_OFF "\n");
        }
    }
    for (size_t r = 1; r <= grid->table->n_rows; r++) {
        put_row(grid, out, r, first, end);
    }
}

/* Words of clean text in lines of `width` cells; the first begins at `indent`, as do the others. */
static void put_wrapped(const char *text, size_t indent, size_t width, MkBuf *out)
{
    size_t column = indent;
    for (const char *p = text; *p != '\0';) {
        const size_t len = strcspn(p, " ");
        char word[128];
        const size_t kept = len < sizeof word ? len : sizeof word - 1;
        memcpy(word, p, kept);
        word[kept] = '\0';
        const size_t cells = len < sizeof word ? mk_utf8_width(word) : width;
        if (column > indent && column + 1 + cells > width) {
            mk_buf_putc(out, '\n');
            put_blanks(out, indent);
            column = indent;
        } else if (column > indent) {
            mk_buf_putc(out, ' ');
            column++;
        }
        mk_buf_add(out, p, len);
        column += cells;
        p += len;
        p += strspn(p, " ");
    }
}

static void put_paragraph(const char *text, const char *lead, const char *sgr,
                          const MkRenderOptions *options, MkBuf *out)
{
    const size_t asked = options->width == 0 ? WIDTH_DEFAULT : options->width;
    const size_t width = asked < WRAP_MIN ? WRAP_MIN : asked;
    MkBuf clean;
    mk_buf_init(&clean);
    mk_layout_clean(text, options->ascii, &clean);
    mk_buf_puts(out, options->color ? sgr : "");
    mk_buf_puts(out, lead);
    put_wrapped(clean.data, strlen(lead), width, out);
    mk_buf_puts(out, options->color ? SGR_OFF "\n" : "\n");
    out->failed = out->failed || clean.failed;
    mk_buf_release(&clean);
}

void mk_layout_note(const char *note, const MkRenderOptions *options, MkBuf *out)
{
    put_paragraph(note, "note: ", SGR_DIM, options, out);
}

/* ---- for ears and fingers ---- */

/* Bars and curves made of characters say nothing there. */
static bool is_drawing(const char *text)
{
    bool has_block = false;
    uint32_t cp = 0;
    for (size_t len = mk_utf8_next(text, &cp); len > 0; len = mk_utf8_next(text, &cp)) {
        const bool is_block = (cp >= 0x2580 && cp <= 0x259F) || (cp >= 0x2800 && cp <= 0x28FF);
        if (!is_block && cp != ' ') {
            return false;
        }
        has_block = has_block || is_block;
        text += len;
    }
    return has_block;
}

/* Signs as words: "5.1 – 6.8" is read as a difference, "▼" not at all. */
static void put_spoken(const char *text, bool ascii, MkBuf *out)
{
    static const struct {
        const char *sign, *word;
    } words[] = {{" – ", " to "},     {"▲", "up"},        {"▼", "down"},
                 {"≥ ", "at least "}, {"≥", "at least "}, {"≤ ", "at most "},
                 {"≤", "at most "},   {"★", "(best)"},    {" · ", ", "}};
    while (*text != '\0') {
        size_t i = 0;
        const size_t n = sizeof words / sizeof *words;
        while (i < n && strncmp(text, words[i].sign, strlen(words[i].sign)) != 0) {
            i++;
        }
        if (i < n) {
            mk_buf_puts(out, words[i].word);
            text += strlen(words[i].sign);
        } else {
            uint32_t cp = 0;
            char one[8] = "";
            const size_t len = mk_utf8_next(text, &cp);
            memcpy(one, text, len < sizeof one ? len : 0);
            mk_layout_clean(one, ascii, out);
            text += len;
        }
    }
}

/* "hba1c: Median 5.6; 90 % interval 5.1 to 6.8; Unit %" */
static void put_lines(const MkResultTable *table, const MkRenderOptions *options, MkBuf *out)
{
    if (table->title[0] != '\0') {
        put_spoken(table->title, options->ascii, out);
        mk_buf_putc(out, '\n');
    }
    for (size_t i = 0; i < table->n_rows && table->n_columns > 0; i++) {
        const char **cells = &table->cells[i * table->n_columns];
        const char *lead = ": ";
        put_spoken(cells[0], options->ascii, out);
        for (size_t j = 1; j < table->n_columns; j++) {
            const char *head = table->headers[j];
            if (cells[j][0] == '\0' || is_drawing(cells[j])) {
                continue;
            }
            mk_buf_puts(out, lead);
            put_spoken(head, options->ascii, out);
            mk_buf_puts(out, head[0] != '\0' ? " " : "");
            put_spoken(cells[j], options->ascii, out);
            lead = "; ";
        }
        mk_buf_putc(out, '\n');
    }
}

MkStatus mk_layout_table(const MkResultTable *table, const MkRenderOptions *options, MkArena *arena,
                         MkBuf *out, MkError *err)
{
    Grid grid = {.table = table,
                 .width = options->width == 0 ? WIDTH_DEFAULT : options->width,
                 .ascii = options->ascii,
                 .color = options->color};
    if (options->linear) {
        put_lines(table, options, out);
        return MK_OK;
    }
    if (table->title[0] != '\0') {
        put_paragraph(table->title, "", SGR_BOLD, options, out);
    }
    if (table->n_columns == 0) {
        return MK_OK;
    }
    MK_TRY(grid_make(&grid, arena, err));
    grid.n_columns = table->n_columns;
    grid_fit(&grid);
    for (size_t first = 0; first < grid.n_columns;) {
        size_t used = grid.columns[first];
        for (size_t c = 0; first > 0 && c < grid.n_lead; c++) {
            used += grid.columns[c] + GAP;
        }
        size_t end = first + 1;
        while (end < grid.n_columns && used + GAP + grid.columns[end] <= grid.width) {
            used += GAP + grid.columns[end++];
        }
        if (first > 0) {
            mk_buf_putc(out, '\n');
        }
        put_block(&grid, out, first, end);
        first = end;
    }
    return MK_OK;
}
