/* table_read.c - CSV text into a table, every cell checked. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "src/base/file.h"
#include "src/base/map.h"
#include "src/base/text.h"
#include "src/data/csv.h"
#include "src/data/table.h"
#include "src/data/table_priv.h"
#include "src/data/tsv.h"

enum { MAX_COLUMNS = 1 << 20 };
static const size_t table_bytes = (size_t)8 << 30;

typedef struct Reader {
    MkCsv csv;
    const MkSchema *schema;
    MkOther other;
    MkTable *table;
    size_t *target; /* column of the table for each column of the file; MK_NO_COLUMN: dropped */
    size_t n_file_columns;
    size_t only;  /* the row that is wanted, from 1; 0: all */
    size_t *last; /* per table column: the level seen last, tried first */
} Reader;

static MkStatus no_memory(const Reader *r, MkError *err)
{
    return mk_fail(err, MK_ENOMEM, "%s: out of memory", r->csv.origin);
}

static MkStatus fail_cell(const Reader *r, const char *column, const MkCsvCell *cell,
                          const char *expected, MkError *err)
{
    char shown[MK_SHOWN];
    return mk_fail(err, MK_EFORMAT, "%s:%zu: column %s: found '%s', expected %s", r->csv.origin,
                   r->csv.line, column, mk_shown(cell->text, cell->len, shown), expected);
}

typedef struct Header {
    const char **names;
    size_t n, cap;
} Header;

static MkStatus take_name(Reader *r, MkArena *scratch, Header *h, MkMap *seen, MkError *err)
{
    MkCsvCell cell;
    size_t n_breaks = 0, other;
    char shown[MK_SHOWN];
    MK_TRY(mk_csv_cell(&r->csv, &cell, &n_breaks, err));
    char *name = mk_arena_strndup(scratch, cell.text, cell.len);
    if (h->n == h->cap) {
        const size_t cap = h->cap == 0 ? 256 : 2 * h->cap;
        const char **names = mk_arena_array(scratch, cap, sizeof *names);
        if (names != NULL && h->n > 0) {
            memcpy(names, h->names, h->n * sizeof *names);
        }
        h->names = names;
        h->cap = cap;
    }
    if (name == NULL || h->names == NULL) {
        return no_memory(r, err);
    }
    if (n_breaks > 0 || !mk_utf8_valid(name, cell.len) || h->n >= MAX_COLUMNS) {
        return mk_fail(err, MK_EFORMAT, "%s:%zu: column %zu: found '%s', expected a name",
                       r->csv.origin, r->csv.line, h->n + 1, mk_shown(name, cell.len, shown));
    }
    if (*name != '\0' && mk_map_get(seen, name, &other)) {
        return mk_fail(err, MK_EFORMAT, "%s:%zu: column %s: found twice (columns %zu and %zu)",
                       r->csv.origin, r->csv.line, mk_shown(name, cell.len, shown), other + 1,
                       h->n + 1);
    }
    if (mk_map_put(seen, name, h->n) != MK_OK) {
        return no_memory(r, err);
    }
    h->names[h->n++] = name;
    return MK_OK;
}

static MkStatus read_header(Reader *r, MkArena *scratch, Header *h, MkError *err)
{
    MkMap *seen = mk_map_new();
    MkStatus st = seen == NULL ? no_memory(r, err) : MK_OK;
    do {
        if (st == MK_OK) {
            st = take_name(r, scratch, h, seen, err);
        }
    } while (st == MK_OK && !r->csv.row_done);
    mk_map_free(seen);
    return st;
}

static MkStatus column_kind(const Reader *r, const char *name, size_t position, long *kind,
                            MkError *err)
{
    static const char *const special[] = {"person", "source", "survey_weight"};
    size_t id;
    for (long s = 0; s < 3; s++) {
        if (strcmp(name, special[s]) == 0) {
            *kind = -1 - s;
            return MK_OK;
        }
    }
    *kind = MK_COLUMN_OTHER;
    if (mk_schema_find(r->schema, name, &id)) {
        *kind = (long)id;
    } else if (r->other == MK_OTHER_ERROR) {
        MkError nearest = {MK_OK, ""};
        char shown[MK_SHOWN];
        const char *hint = mk_schema_resolve(r->schema, name, &id, &nearest) == MK_OK
                               ? NULL
                               : strstr(nearest.text, ", nearest: ");
        if (name[0] == '\0') {
            return mk_fail(err, MK_EFORMAT,
                           "%s:%zu: column %zu: found no name, expected an attribute",
                           r->csv.origin, r->csv.line, position + 1);
        }
        return mk_fail(err, MK_EFORMAT,
                       "%s:%zu: column %s: found, but the schema has no such attribute%s",
                       r->csv.origin, r->csv.line, mk_shown(name, strlen(name), shown),
                       hint == NULL ? "" : hint);
    }
    return MK_OK;
}

/* Makes the table and decides where every column of the file goes. */
static MkStatus make_table(Reader *r, MkArena *scratch, const Header *h, MkError *err)
{
    long *kinds = mk_arena_array(scratch, h->n, sizeof *kinds);
    r->target = mk_arena_array(scratch, h->n, sizeof *r->target);
    r->last = mk_arena_zeros(scratch, h->n, sizeof *r->last);
    if (kinds == NULL || r->target == NULL || r->last == NULL) {
        return no_memory(r, err);
    }
    size_t n_kept = 0;
    for (size_t i = 0; i < h->n; i++) {
        MK_TRY(column_kind(r, h->names[i], i, &kinds[i], err));
        const bool is_dropped = kinds[i] == MK_COLUMN_OTHER && r->other == MK_OTHER_DROP;
        r->target[i] = is_dropped ? MK_NO_COLUMN : n_kept++;
    }
    r->n_file_columns = h->n;
    const size_t n_rows = mk_csv_count_rows(&r->csv);
    if (r->only > n_rows) {
        return mk_fail(err, MK_EINVAL, "%s: row %zu is asked for, the table has %zu row%s",
                       r->csv.origin, r->only, n_rows, n_rows == 1 ? "" : "s");
    }
    r->table = mk_table_alloc(r->schema, r->only > 0 ? 1 : n_rows, n_kept);
    if (r->table == NULL) {
        return mk_fail(err, MK_ENOMEM, "%s: out of memory for %zu rows and %zu columns",
                       r->csv.origin, n_rows, n_kept);
    }
    r->table->separator = r->csv.separator;
    for (size_t i = 0; i < h->n; i++) {
        if (r->target[i] != MK_NO_COLUMN &&
            !mk_table_set_column(r->table, r->target[i], h->names[i], kinds[i])) {
            return no_memory(r, err);
        }
    }
    return MK_OK;
}

static MkStatus fail_number(const Reader *r, const MkAttribute *a, const MkCsvCell *cell,
                            MkError *err)
{
    char low[24], high[24], expected[160];
    const char *what = a->type == MK_COUNT ? "a whole number" : "a number";
    const char *comma = r->csv.mark == ',' ? " with a decimal comma" : "";
    mk_text_number(a->min, 6, low);
    mk_text_number(a->max, 6, high);
    if (isfinite(a->min) && isfinite(a->max)) {
        snprintf(expected, sizeof expected, "%s%s from %s to %s or an empty cell", what, comma, low,
                 high);
    } else if (isfinite(a->min) || isfinite(a->max)) {
        snprintf(expected, sizeof expected, "%s%s of %s or %s or an empty cell", what, comma,
                 isfinite(a->min) ? low : high, isfinite(a->min) ? "more" : "less");
    } else {
        snprintf(expected, sizeof expected, "%s%s or an empty cell", what, comma);
    }
    return fail_cell(r, a->name, cell, expected, err);
}

static MkStatus fail_level(const Reader *r, const MkAttribute *a, const MkCsvCell *cell,
                           MkError *err)
{
    MkBuf expected;
    mk_buf_init(&expected);
    for (size_t i = 0; i < a->n_levels && i < 8; i++) {
        mk_buf_printf(&expected, "%s%s", i > 0 ? ", " : "", a->levels[i].name);
    }
    mk_buf_puts(&expected, a->n_levels > 8 ? ", ... or an empty cell" : " or an empty cell");
    (void)fail_cell(r, a->name, cell, expected.data, err);
    mk_buf_release(&expected);
    return MK_EFORMAT;
}

static bool is_level(const MkAttribute *a, size_t level, const MkCsvCell *cell)
{
    const char *name = a->levels[level].name;
    return strncmp(name, cell->text, cell->len) == 0 && name[cell->len] == '\0';
}

static MkStatus read_attribute(Reader *r, size_t c, const MkAttribute *a, const MkCsvCell *cell,
                               double *out, MkError *err)
{
    if (cell->len == 0) {
        return MK_OK; /* stays missing */
    }
    if (a->n_levels > 0) {
        size_t level = r->last[c];
        if (!is_level(a, level, cell) && !mk_attribute_level(a, cell->text, cell->len, &level)) {
            return fail_level(r, a, cell, err);
        }
        r->last[c] = level;
        *out = (double)level;
        return MK_OK;
    }
    double x;
    if (!mk_csv_number(&r->csv, cell, &x) || x < a->min || x > a->max ||
        (a->type == MK_COUNT && x != floor(x))) {
        return fail_number(r, a, cell, err);
    }
    *out = x;
    return MK_OK;
}

static MkStatus read_text(Reader *r, size_t c, size_t row, const MkCsvCell *cell, MkError *err)
{
    const MkColumn *column = &r->table->columns[c];
    if (!mk_utf8_valid(cell->text, cell->len)) {
        return fail_cell(r, column->name, cell, "UTF-8 text", err);
    }
    if (cell->len == 0 && column->attribute == MK_COLUMN_PERSON) {
        return fail_cell(r, column->name, cell, "the id of a person", err);
    }
    column->text[row] =
        cell->len == 0 ? "" : mk_arena_strndup(r->table->arena, cell->text, cell->len);
    return column->text[row] == NULL ? no_memory(r, err) : MK_OK;
}

static MkStatus store(Reader *r, size_t c, size_t row, const MkCsvCell *cell, MkError *err)
{
    const MkColumn *column = &r->table->columns[c];
    double *place = r->table->cells + c * r->table->n_rows + row;
    if (column->text != NULL) {
        return read_text(r, c, row, cell, err);
    }
    if (column->attribute == MK_COLUMN_WEIGHT) {
        if (!mk_csv_number(&r->csv, cell, place) || *place < 0.0) {
            return fail_cell(r, column->name, cell, "a number of 0 or more", err);
        }
        return MK_OK;
    }
    return read_attribute(r, c, &r->schema->attributes[(size_t)column->attribute], cell, place,
                          err);
}

static MkStatus read_row(Reader *r, size_t row, MkError *err)
{
    size_t n_breaks = 0;
    for (size_t i = 0;; i++) {
        MkCsvCell cell;
        MK_TRY(mk_csv_cell(&r->csv, &cell, &n_breaks, err));
        if (i >= r->n_file_columns || (r->csv.row_done && i + 1 < r->n_file_columns)) {
            const bool is_long = i >= r->n_file_columns;
            return mk_fail(err, MK_EFORMAT,
                           "%s:%zu: found %s %zu cells, expected %zu as in the header",
                           r->csv.origin, r->csv.line, is_long ? "more than" : "only",
                           is_long ? i : i + 1, r->n_file_columns);
        }
        if (r->target[i] != MK_NO_COLUMN) {
            MK_TRY(store(r, r->target[i], row, &cell, err));
        }
        if (r->csv.row_done) {
            break;
        }
    }
    r->csv.line += 1 + n_breaks;
    return MK_OK;
}

/* Moves over a row without a look at its cells. */
static MkStatus skip_row(Reader *r, MkError *err)
{
    size_t n_breaks = 0;
    MkCsvCell cell;
    (void)mk_csv_find_row(&r->csv);
    do {
        MK_TRY(mk_csv_cell(&r->csv, &cell, &n_breaks, err));
    } while (!r->csv.row_done);
    r->csv.line += 1 + n_breaks;
    return MK_OK;
}

static MkStatus read_rows(Reader *r, size_t *lines, MkError *err)
{
    r->csv.line++; /* past the header */
    for (size_t row = 1; row < r->only; row++) {
        MK_TRY(skip_row(r, err));
    }
    for (size_t row = 0; row < r->table->n_rows; row++) {
        if (!mk_csv_find_row(&r->csv)) {
            return mk_fail(err, MK_EFORMAT, "%s:%zu: found %zu rows, expected %zu", r->csv.origin,
                           r->csv.line, row, r->table->n_rows);
        }
        lines[row] = r->csv.line;
        MK_TRY(read_row(r, row, err));
    }
    if (r->only == 0 && mk_csv_find_row(&r->csv)) {
        return mk_fail(err, MK_EFORMAT, "%s:%zu: found a quote inside a cell that is not quoted",
                       r->csv.origin, r->csv.line);
    }
    return MK_OK;
}

/* A person occurs once, or once a source. */
static MkStatus check_people(Reader *r, const size_t *lines, MkError *err)
{
    const MkTable *t = r->table;
    MkMap *seen = t->person == NULL ? NULL : mk_map_new();
    MkStatus st = t->person != NULL && seen == NULL ? no_memory(r, err) : MK_OK;
    MkBuf key;
    mk_buf_init(&key);
    for (size_t i = 0; t->person != NULL && st == MK_OK && i < t->n_rows; i++) {
        size_t other;
        mk_buf_clear(&key);
        mk_buf_printf(&key, "%s\x1f%s", t->source == NULL ? "" : t->source[i], t->person[i]);
        if (mk_map_get(seen, key.data, &other)) {
            char shown[MK_SHOWN];
            st = mk_fail(err, MK_EFORMAT,
                         "%s:%zu: column person: found '%s' again (first on line %zu), expected a "
                         "person once%s",
                         r->csv.origin, lines[i],
                         mk_shown(t->person[i], strlen(t->person[i]), shown), lines[other],
                         t->source == NULL ? "" : " in a source");
        } else if (key.failed || mk_map_put(seen, key.data, i) != MK_OK) {
            st = no_memory(r, err);
        }
    }
    mk_buf_release(&key);
    mk_map_free(seen);
    return st;
}

static MkStatus read_all(Reader *r, MkArena *scratch, MkError *err)
{
    Header header = {0};
    MK_TRY(read_header(r, scratch, &header, err));
    MK_TRY(make_table(r, scratch, &header, err));
    size_t *lines = mk_arena_array(scratch, r->table->n_rows, sizeof *lines);
    if (lines == NULL) {
        return no_memory(r, err);
    }
    MK_TRY(read_rows(r, lines, err));
    mk_table_link_source(r->table);
    return check_people(r, lines, err);
}

static MkStatus parse(char *text, size_t len, Reader r, MkTable **out, MkError *err)
{
    MK_TRY(mk_csv_begin(&r.csv, text, len, r.csv.origin, err));
    MkArena *scratch = mk_arena_new(0);
    MkStatus st = scratch == NULL ? no_memory(&r, err) : read_all(&r, scratch, err);
    mk_arena_free(scratch);
    if (st != MK_OK) {
        mk_table_free(r.table);
        return st;
    }
    *out = r.table;
    return MK_OK;
}

MkStatus mk_table_parse(char *text, size_t len, const char *origin, const MkSchema *schema,
                        MkOther other, MkTable **out, MkError *err)
{
    const Reader r = {.csv.origin = origin, .schema = schema, .other = other};
    return parse(text, len, r, out, err);
}

static MkStatus read_file(Reader r, MkTable **out, MkError *err)
{
    MkBuf buf;
    mk_buf_init(&buf);
    MkStatus st = mk_file_read(r.csv.origin, table_bytes, &buf, err);
    if (st == MK_OK) {
        st = parse(buf.data, buf.len, r, out, err);
    }
    mk_buf_release(&buf);
    return st;
}

MkStatus mk_table_read(const char *path, const MkSchema *schema, MkOther other, MkTable **out,
                       MkError *err)
{
    return read_file((Reader){.csv.origin = path, .schema = schema, .other = other}, out, err);
}

MkStatus mk_table_read_row(const char *path, const MkSchema *schema, MkOther other, size_t row,
                           MkTable **out, MkError *err)
{
    const Reader r = {
        .csv.origin = path, .schema = schema, .other = other, .only = row > 0 ? row : 1};
    return read_file(r, out, err);
}
