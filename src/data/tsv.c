#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "src/data/tsv.h"

#include <string.h>

#include "src/base/text.h"

enum { SHOWN_BYTES = 40, MAX_COLUMNS = 1024 };

const char *mk_shown(const char *text, size_t len, char out[MK_SHOWN])
{
    size_t n = len < SHOWN_BYTES ? len : SHOWN_BYTES;
    if (n < len) {
        while (n > 0 && ((unsigned char)text[n] & 0xC0U) == 0x80U) {
            n--; /* never half a character */
        }
    }
    memcpy(out, text, n);
    out[n] = '\0';
    const bool is_utf8 = mk_utf8_valid(text, n);
    uint32_t cp = 0;
    for (size_t i = 0; i < n;) {
        const size_t length = is_utf8 && text[i] != '\0' ? mk_utf8_next(out + i, &cp) : 1;
        const unsigned char c = (unsigned char)text[i];
        const bool is_bad = is_utf8 ? c == '\0' || mk_utf8_is_control(cp) : c < 0x20 || c >= 0x7F;
        memset(out + i, '?', is_bad ? length : 0);
        i += length;
    }
    strcpy(out + n, n < len ? "..." : "");
    return out;
}

/* Cuts the next line out of the text; NULL at the end. */
static char *take_line(MkTsv *tsv)
{
    if (tsv->next >= tsv->end) {
        return NULL;
    }
    char *line = tsv->next;
    char *stop = memchr(line, '\n', (size_t)(tsv->end - line));
    if (stop == NULL) {
        stop = tsv->end;
    }
    tsv->next = stop + 1;
    if (stop > line && stop[-1] == '\r') {
        stop[-1] = '\0';
    }
    *stop = '\0';
    tsv->n_lines++;
    return line;
}

/* The next line that holds something; NULL at the end. */
static char *take_row(MkTsv *tsv)
{
    char *line = take_line(tsv);
    while (line != NULL && (line[0] == '#' || line[strspn(line, " \t")] == '\0')) {
        line = take_line(tsv);
    }
    tsv->line = tsv->n_lines;
    return line;
}

static char *trim(char *cell)
{
    while (*cell == ' ') {
        cell++;
    }
    size_t n = strlen(cell);
    while (n > 0 && cell[n - 1] == ' ') {
        cell[--n] = '\0';
    }
    return cell;
}

/* Cuts one cell off the line; *line becomes NULL after the last one. */
static char *take_cell(char **line)
{
    char *cell = *line;
    char *tab = strchr(cell, '\t');
    if (tab != NULL) {
        *tab = '\0';
    }
    *line = tab == NULL ? NULL : tab + 1;
    return trim(cell);
}

static MkStatus check_bytes(const char *text, size_t len, const char *origin, MkError *err)
{
    size_t line = 1;
    const char *start = text;
    for (size_t i = 0; i <= len; i++) {
        if (i == len || text[i] == '\n') {
            if (!mk_utf8_valid(start, (size_t)(text + i - start))) {
                return mk_fail(err, MK_EFORMAT, "%s:%zu: found bytes that are not UTF-8 text",
                               origin, line);
            }
            start = text + i + 1;
            line++;
            continue;
        }
        const unsigned char c = (unsigned char)text[i];
        const bool ends_line = c == '\r' && (i + 1 == len || text[i + 1] == '\n');
        if ((c < 0x20 && c != '\t' && !ends_line) || c == 0x7F) {
            return mk_fail(err, MK_EFORMAT,
                           "%s:%zu: found the control character 0x%02x, expected text", origin,
                           line, (unsigned)c);
        }
    }
    return MK_OK;
}

static MkStatus read_header(MkTsv *tsv, MkArena *arena, MkError *err)
{
    char *line = take_row(tsv);
    if (line == NULL) {
        return mk_fail(err, MK_EFORMAT, "%s: found no header line", tsv->origin);
    }
    size_t n = 1;
    for (const char *p = line; *p != '\0'; p++) {
        n += *p == '\t';
    }
    if (n > MAX_COLUMNS) {
        return mk_fail(err, MK_EFORMAT, "%s:%zu: found %zu columns, expected at most %d",
                       tsv->origin, tsv->line, n, (int)MAX_COLUMNS);
    }
    tsv->columns = mk_arena_zeros(arena, n, sizeof *tsv->columns);
    tsv->cells = mk_arena_zeros(arena, n, sizeof *tsv->cells);
    if (tsv->columns == NULL || tsv->cells == NULL) {
        return mk_fail(err, MK_ENOMEM, "%s: out of memory", tsv->origin);
    }
    while (line != NULL) {
        char *name = take_cell(&line);
        char shown[MK_SHOWN];
        if (*name == '\0') {
            return mk_fail(err, MK_EFORMAT, "%s:%zu: column %zu has no name", tsv->origin,
                           tsv->line, tsv->n_columns + 1);
        }
        if (mk_tsv_column(tsv, name) != MK_NO_CELL) {
            return mk_fail(err, MK_EFORMAT, "%s:%zu: column %s: found twice", tsv->origin,
                           tsv->line, mk_shown(name, strlen(name), shown));
        }
        tsv->columns[tsv->n_columns++] = name;
    }
    return MK_OK;
}

MkStatus mk_tsv_begin(MkTsv *tsv, MkArena *arena, const char *text, size_t len, const char *origin,
                      MkError *err)
{
    if (len >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0) {
        text += 3;
        len -= 3;
    }
    MK_TRY(check_bytes(text, len, origin, err));
    char *copy = mk_arena_strndup(arena, text, len);
    if (copy == NULL) {
        return mk_fail(err, MK_ENOMEM, "%s: out of memory", origin);
    }
    *tsv = (MkTsv){.origin = origin, .next = copy, .end = copy + len};
    return read_header(tsv, arena, err);
}

MkStatus mk_tsv_next(MkTsv *tsv, bool *more, MkError *err)
{
    char *line = take_row(tsv);
    *more = line != NULL;
    size_t n = 0;
    while (line != NULL && n < tsv->n_columns) {
        tsv->cells[n++] = take_cell(&line);
    }
    if (line != NULL) {
        return mk_fail(err, MK_EFORMAT, "%s:%zu: found more than the %zu cells of the header",
                       tsv->origin, tsv->line, tsv->n_columns);
    }
    while (*more && n < tsv->n_columns) {
        tsv->cells[n++] = "";
    }
    return MK_OK;
}

size_t mk_tsv_column(const MkTsv *tsv, const char *name)
{
    for (size_t i = 0; i < tsv->n_columns; i++) {
        if (strcmp(tsv->columns[i], name) == 0) {
            return i;
        }
    }
    return MK_NO_CELL;
}
