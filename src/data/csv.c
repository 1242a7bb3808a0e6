#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "src/data/csv.h"

#include <stdint.h>
#include <string.h>

#include "src/base/text.h"

static char *skip_line_break(char *p, const char *end)
{
    if (p < end && *p == '\r') {
        p++;
    }
    if (p < end && *p == '\n') {
        p++;
    }
    return p;
}

/* Ends a cell at p, which is a separator, a line break or the end of the text. */
static bool end_cell(MkCsv *r, char *p)
{
    r->row_done = p >= r->end || *p != r->separator;
    if (r->row_done && p < r->end && *p != '\r' && *p != '\n') {
        return false;
    }
    r->next = r->row_done ? skip_line_break(p, r->end) : p + 1;
    return true;
}

static bool take_quoted(MkCsv *r, MkCsvCell *cell, size_t *n_breaks)
{
    char *p = r->next + 1, *to = p;
    cell->text = to;
    for (;; p++) {
        if (p >= r->end) {
            return false;
        }
        if (*p == '"') {
            if (p + 1 >= r->end || p[1] != '"') {
                break;
            }
            p++;
        }
        *n_breaks += *p == '\n';
        *to++ = *p;
    }
    cell->len = (size_t)(to - cell->text);
    cell->is_quoted = true;
    for (p++; p < r->end && *p == ' '; p++) {
    }
    return end_cell(r, p);
}

static void take_plain(MkCsv *r, MkCsvCell *cell)
{
    char *p = r->next;
    while (p < r->end && *p == ' ') {
        p++;
    }
    cell->text = p;
    cell->is_quoted = false;
    while (p < r->end && *p != r->separator && *p != '\n' && *p != '\r') {
        p++;
    }
    (void)end_cell(r, p);
    while (p > cell->text && p[-1] == ' ') {
        p--;
    }
    cell->len = (size_t)(p - cell->text);
}

MkStatus mk_csv_cell(MkCsv *r, MkCsvCell *cell, size_t *n_breaks, MkError *err)
{
    if (r->next < r->end && *r->next == '"') {
        if (!take_quoted(r, cell, n_breaks)) {
            return mk_fail(
                err, MK_EFORMAT,
                "%s:%zu: found a quoted cell without its closing quote or with text behind it",
                r->origin, r->line);
        }
        return MK_OK;
    }
    take_plain(r, cell);
    return MK_OK;
}

bool mk_csv_find_row(MkCsv *r)
{
    while (r->next < r->end && (*r->next == '\n' || *r->next == '\r')) {
        r->next = skip_line_break(r->next, r->end);
        r->line++;
    }
    return r->next < r->end;
}

/* Follows mk_csv_cell: a quote counts at a cell's start. */
size_t mk_csv_count_rows(const MkCsv *r)
{
    const char *p = r->next, *const end = r->end;
    enum { START, PLAIN, QUOTED, CLOSED } state = START;
    size_t n = 0;
    bool is_blank = true;
    for (; p < end; p++) {
        const char c = *p;
        if (state == QUOTED) {
            state = c == '"' ? CLOSED : QUOTED;
        } else if (c == '\n' || c == '\r') {
            n += !is_blank;
            is_blank = true;
            state = START;
        } else {
            is_blank = false;
            if (c == '"' && (state == START || state == CLOSED)) {
                state = QUOTED;
            } else {
                state = c == r->separator ? START : PLAIN;
            }
        }
    }
    return n + !is_blank;
}

/* ; when the header has more of them than commas outside quotes. */
static char guess_separator(const char *p, const char *end)
{
    size_t n_comma = 0, n_semicolon = 0;
    bool is_quoted = false;
    for (; p < end && (is_quoted || (*p != '\n' && *p != '\r')); p++) {
        is_quoted = is_quoted != (*p == '"');
        n_comma += !is_quoted && *p == ',';
        n_semicolon += !is_quoted && *p == ';';
    }
    return n_semicolon > n_comma ? ';' : ',';
}

/* Plain decimals of up to 15 digits: both parts are exact, so one division rounds correctly. */
static bool quick_number(const char *text, size_t len, char mark, double *out)
{
    static const double powers[] = {1.0, 10.0, 100.0, 1e3,  1e4,  1e5,  1e6,  1e7,
                                    1e8, 1e9,  1e10,  1e11, 1e12, 1e13, 1e14, 1e15};
    uint64_t digits = 0;
    size_t n_digits = 0, n_after = 0, i = 0;
    bool has_mark = false;
    const bool is_negative = len > 0 && text[0] == '-';
    for (i = is_negative ? 1 : 0; i < len; i++) {
        const char c = text[i];
        if (c >= '0' && c <= '9') {
            digits = digits * 10 + (uint64_t)(c - '0');
            n_digits++;
            n_after += has_mark;
        } else if (c == mark && !has_mark && n_digits > 0) {
            has_mark = true;
        } else {
            return false;
        }
        if (n_digits > 15) {
            return false;
        }
    }
    if (n_digits == 0 || (has_mark && n_after == 0)) {
        return false;
    }
    const double x = (double)digits / powers[n_after];
    *out = is_negative ? -x : x;
    return true;
}

bool mk_csv_number(const MkCsv *r, const MkCsvCell *cell, double *out)
{
    return quick_number(cell->text, cell->len, r->mark, out) ||
           mk_text_double(cell->text, cell->len, r->mark, out);
}

MkStatus mk_csv_begin(MkCsv *r, char *text, size_t len, const char *origin, MkError *err)
{
    const bool has_bom = len >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0;
    *r = (MkCsv){.origin = origin, .next = text + (has_bom ? 3 : 0), .end = text + len, .line = 1};
    const char *nul = memchr(r->next, '\0', (size_t)(r->end - r->next));
    if (nul != NULL) {
        return mk_fail(err, MK_EFORMAT, "%s: found a zero byte at offset %zu, expected text",
                       origin, (size_t)(nul - r->next));
    }
    if (!mk_csv_find_row(r)) {
        return mk_fail(err, MK_EFORMAT, "%s: found no header line", origin);
    }
    r->separator = guess_separator(r->next, r->end);
    r->mark = r->separator == ';' ? ',' : '.';
    return MK_OK;
}
