#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <math.h>
#include <string.h>

#include "src/base/buf.h"
#include "src/base/file.h"
#include "src/base/text.h"
#include "src/data/csv.h"
#include "src/data/survey.h"
#include "src/data/tsv.h"

enum { MAX_VARIABLES = 1 << 16 };
static const size_t file_bytes = (size_t)4 << 30;

typedef struct Reader {
    MkCsv csv;
    MkArena *arena;
    MkSurvey *out;
    MkSurveyVariable **column; /* per column of the file, NULL: not kept */
    size_t n_columns, cap;
} Reader;

static MkStatus no_memory(const Reader *r, MkError *err)
{
    return mk_fail(err, MK_ENOMEM, "%s: out of memory", r->csv.origin);
}

bool mk_survey_is_csv(const char *path)
{
    static const char *const suffixes[] = {".csv", ".csv.gz", ".csv.xz"};
    const size_t len = strlen(path);
    for (size_t s = 0; s < sizeof suffixes / sizeof *suffixes; s++) {
        const size_t n = strlen(suffixes[s]);
        if (len > n && mk_text_same_nocase(path + len - n, suffixes[s])) {
            return true;
        }
    }
    return false;
}

static bool is_kept(const char *name, const char *const *keep, size_t n_keep)
{
    bool found = keep == NULL;
    for (size_t i = 0; i < n_keep && !found; i++) {
        found = strcmp(keep[i], name) == 0;
    }
    return found;
}

static MkStatus add_column(Reader *r, const MkCsvCell *cell, const char *const *keep, size_t n_keep,
                           MkError *err)
{
    char shown[MK_SHOWN];
    char *const name = mk_arena_strndup(r->arena, cell->text, cell->len);
    if (r->n_columns == r->cap) {
        r->cap = r->cap == 0 ? 64 : 2 * r->cap;
        MkSurveyVariable **const grown = mk_arena_array(r->arena, r->cap, sizeof *grown);
        if (grown != NULL && r->n_columns > 0) {
            memcpy(grown, r->column, r->n_columns * sizeof *grown);
        }
        r->column = grown;
    }
    if (name == NULL || r->column == NULL) {
        return no_memory(r, err);
    }
    if (!mk_utf8_valid(name, cell->len) || r->n_columns >= MAX_VARIABLES) {
        return mk_fail(err, MK_EFORMAT, "%s:%zu: column %zu: found '%s', expected a name",
                       r->csv.origin, r->csv.line, r->n_columns + 1,
                       mk_shown(cell->text, cell->len, shown));
    }
    MkSurveyVariable *v = NULL;
    for (size_t c = 0; c < r->n_columns; c++) {
        if (*name != '\0' && r->column[c] != NULL && strcmp(r->column[c]->name, name) == 0) {
            return mk_fail(err, MK_EFORMAT, "%s:%zu: column %s: found twice (columns %zu and %zu)",
                           r->csv.origin, r->csv.line, name, c + 1, r->n_columns + 1);
        }
    }
    if (*name != '\0' && is_kept(name, keep, n_keep)) {
        v = mk_arena_zeros(r->arena, 1, sizeof *v);
        if (v == NULL) {
            return no_memory(r, err);
        }
        *v = (MkSurveyVariable){.name = name, .label = ""};
        r->out->n_variables++;
    }
    r->column[r->n_columns++] = v;
    return MK_OK;
}

static MkStatus read_header(Reader *r, const char *const *keep, size_t n_keep, MkError *err)
{
    size_t n_breaks = 0;
    do {
        MkCsvCell cell;
        MK_TRY(mk_csv_cell(&r->csv, &cell, &n_breaks, err));
        MK_TRY(add_column(r, &cell, keep, n_keep, err));
    } while (!r->csv.row_done);
    r->csv.line += 1 + n_breaks;
    r->out->n_rows = mk_csv_count_rows(&r->csv);
    for (size_t c = 0; c < r->n_columns; c++) {
        if (r->column[c] != NULL) {
            r->column[c]->number =
                mk_arena_array(r->arena, r->out->n_rows + 1, sizeof *r->column[c]->number);
            if (r->column[c]->number == NULL) {
                return no_memory(r, err);
            }
        }
    }
    return MK_OK;
}

static bool is_missing(const MkCsvCell *cell)
{
    return cell->len == 0 || (cell->len == 2 && memcmp(cell->text, "NA", 2) == 0);
}

/* A variable that held numbers so far, and meets a text: the numbers become the texts they were. */
static MkStatus turn_to_text(Reader *r, MkSurveyVariable *v, MkError *err)
{
    v->text = mk_arena_array(r->arena, r->out->n_rows + 1, sizeof *v->text);
    return v->text == NULL ? no_memory(r, err) : MK_OK;
}

/* The cell's text; a number among texts with a decimal point, whatever the file's mark. */
static const char *copy_text(Reader *r, const MkCsvCell *cell)
{
    double x;
    char *const text = mk_arena_strndup(r->arena, cell->text, cell->len);
    if (text != NULL && r->csv.mark != '.' && mk_csv_number(&r->csv, cell, &x) &&
        strchr(text, r->csv.mark) != NULL) {
        *strchr(text, r->csv.mark) = '.';
    }
    return text;
}

static MkStatus read_cell(Reader *r, MkSurveyVariable *v, size_t row, const MkCsvCell *cell,
                          bool as_text, MkError *err)
{
    if (as_text) {
        if (!mk_utf8_valid(cell->text, cell->len)) {
            char shown[MK_SHOWN];
            return mk_fail(err, MK_EFORMAT, "%s:%zu: column %s: found '%s', expected UTF-8 text",
                           r->csv.origin, r->csv.line, v->name,
                           mk_shown(cell->text, cell->len, shown));
        }
        v->text[row] = is_missing(cell) ? "" : copy_text(r, cell);
        return v->text[row] == NULL ? no_memory(r, err) : MK_OK;
    }
    v->number[row] = (double)NAN;
    if (!is_missing(cell) && !mk_csv_number(&r->csv, cell, &v->number[row])) {
        return turn_to_text(r, v, err);
    }
    return MK_OK;
}

/* One look at all rows: the first finds out which variables are text, the second reads those. */
static MkStatus read_rows(Reader *r, bool as_text, MkError *err)
{
    for (size_t row = 0; row < r->out->n_rows; row++) {
        size_t n_breaks = 0, c = 0;
        if (!mk_csv_find_row(&r->csv)) {
            return mk_fail(err, MK_EFORMAT, "%s:%zu: found %zu rows, expected %zu", r->csv.origin,
                           r->csv.line, row, r->out->n_rows);
        }
        do {
            MkCsvCell cell;
            MK_TRY(mk_csv_cell(&r->csv, &cell, &n_breaks, err));
            MkSurveyVariable *const v = c < r->n_columns ? r->column[c] : NULL;
            c++;
            if (v != NULL && as_text == (v->text != NULL)) {
                MK_TRY(read_cell(r, v, row, &cell, as_text, err));
            }
        } while (!r->csv.row_done);
        if (c != r->n_columns) {
            return mk_fail(err, MK_EFORMAT,
                           "%s:%zu: found %zu cells, expected %zu as in the header", r->csv.origin,
                           r->csv.line, c, r->n_columns);
        }
        r->csv.line += 1 + n_breaks;
    }
    return MK_OK;
}

static MkStatus gather(Reader *r, MkError *err)
{
    size_t n = 0;
    r->out->variables =
        mk_arena_array(r->arena, r->out->n_variables + 1, sizeof *r->out->variables);
    if (r->out->variables == NULL) {
        return no_memory(r, err);
    }
    for (size_t c = 0; c < r->n_columns; c++) {
        if (r->column[c] != NULL) {
            r->column[c]->number = r->column[c]->text != NULL ? NULL : r->column[c]->number;
            r->out->variables[n++] = *r->column[c];
        }
    }
    return MK_OK;
}

static MkStatus parse(Reader *r, MkBuf *buf, const char *path, const char *const *keep,
                      size_t n_keep, MkError *err)
{
    bool has_text = false;
    MK_TRY(mk_csv_begin(&r->csv, buf->data, buf->len, path, err));
    MK_TRY(read_header(r, keep, n_keep, err));
    MK_TRY(read_rows(r, false, err));
    for (size_t c = 0; c < r->n_columns; c++) {
        has_text = has_text || (r->column[c] != NULL && r->column[c]->text != NULL);
    }
    if (has_text) { /* quotes were resolved in place: the text is read again */
        mk_buf_clear(buf);
        MK_TRY(mk_file_read(path, file_bytes, buf, err));
        MK_TRY(mk_csv_begin(&r->csv, buf->data, buf->len, path, err));
        size_t n_breaks = 0;
        do {
            MkCsvCell cell;
            MK_TRY(mk_csv_cell(&r->csv, &cell, &n_breaks, err));
        } while (!r->csv.row_done);
        r->csv.line += 1 + n_breaks;
        MK_TRY(read_rows(r, true, err));
    }
    return gather(r, err);
}

MkStatus mk_survey_csv_read(const char *path, const char *const *keep, size_t n_keep,
                            MkArena *arena, MkSurvey *out, MkError *err)
{
    MkBuf buf;
    Reader r = {.arena = arena, .out = out};
    mk_buf_init(&buf);
    MkStatus st = mk_file_read(path, file_bytes, &buf, err);
    if (st == MK_OK) {
        st = parse(&r, &buf, path, keep, n_keep, err);
    }
    mk_buf_release(&buf);
    return st;
}
