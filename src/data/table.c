/* table.c - tables in memory and as CSV text; table_read.c reads them. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "src/data/table.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "src/base/file.h"
#include "src/data/table_priv.h"

enum { FLUSH_BYTES = 1 << 18 };

void mk_table_free(MkTable *table)
{
    if (table != NULL) {
        mk_arena_free(table->arena); /* the table itself lies in it */
    }
}

MkTable *mk_table_alloc(const MkSchema *schema, size_t n_rows, size_t n_columns)
{
    MkArena *arena = mk_arena_new(1 << 20);
    MkTable *t = arena == NULL ? NULL : mk_arena_zeros(arena, 1, sizeof *t);
    if (t == NULL || (n_columns > 0 && n_rows > SIZE_MAX / n_columns)) {
        mk_arena_free(arena);
        return NULL;
    }
    *t = (MkTable){.schema = schema, .n_rows = n_rows, .n_columns = n_columns, .separator = ','};
    t->arena = arena;
    t->columns = mk_arena_zeros(arena, n_columns, sizeof *t->columns);
    t->cells = mk_arena_array(arena, n_rows * n_columns, sizeof *t->cells);
    t->column_of = mk_arena_array(arena, schema->n, sizeof *t->column_of);
    if (t->columns == NULL || t->cells == NULL || t->column_of == NULL) {
        mk_arena_free(arena);
        return NULL;
    }
    for (size_t i = 0; i < n_rows * n_columns; i++) {
        t->cells[i] = NAN;
    }
    for (size_t j = 0; j < schema->n; j++) {
        t->column_of[j] = MK_NO_COLUMN;
    }
    return t;
}

bool mk_table_set_column(MkTable *t, size_t c, const char *name, long attribute)
{
    MkColumn *column = &t->columns[c];
    *column = (MkColumn){.name = mk_arena_strdup(t->arena, name), .attribute = attribute};
    if (column->name == NULL) {
        return false;
    }
    if (attribute >= 0) {
        t->column_of[(size_t)attribute] = c;
        return true;
    }
    if (attribute == MK_COLUMN_WEIGHT) {
        t->weight = t->cells + c * t->n_rows;
        return true;
    }
    column->text = mk_arena_array(t->arena, t->n_rows, sizeof *column->text);
    for (size_t i = 0; column->text != NULL && i < t->n_rows; i++) {
        column->text[i] = "";
    }
    if (attribute == MK_COLUMN_PERSON) {
        t->person = column->text;
    } else if (attribute == MK_COLUMN_SOURCE) {
        t->source = column->text;
    }
    return column->text != NULL;
}

void mk_table_link_source(MkTable *t)
{
    size_t id = 0, c = 0;
    if (t->source == NULL || !mk_schema_find(t->schema, "source", &id)) {
        return;
    }
    const MkAttribute *const a = &t->schema->attributes[id];
    if (a->n_levels == 0) {
        return;
    }
    while (c < t->n_columns && t->columns[c].text != t->source) {
        c++;
    }
    for (size_t i = 0; i < t->n_rows; i++) {
        size_t level = 0;
        const bool known = mk_attribute_level(a, t->source[i], strlen(t->source[i]), &level);
        t->cells[c * t->n_rows + i] = known ? (double)level : (double)NAN;
    }
    t->column_of[id] = c;
}

MkStatus mk_table_new(const MkSchema *schema, size_t n_rows, const size_t *ids, size_t n_ids,
                      bool with_person, bool with_source, bool with_weight, MkTable **out,
                      MkError *err)
{
    const size_t n_extra = (size_t)with_person + (size_t)with_source + (size_t)with_weight;
    MkTable *t = mk_table_alloc(schema, n_rows, n_ids + n_extra);
    bool ok = t != NULL;
    size_t c = 0;
    if (ok && with_person) {
        ok = mk_table_set_column(t, c++, "person", MK_COLUMN_PERSON);
    }
    if (ok && with_source) {
        ok = mk_table_set_column(t, c++, "source", MK_COLUMN_SOURCE);
    }
    if (ok && with_weight) {
        ok = mk_table_set_column(t, c++, "survey_weight", MK_COLUMN_WEIGHT);
    }
    for (size_t i = 0; ok && i < n_ids; i++) {
        ok = mk_table_set_column(t, c++, schema->attributes[ids[i]].name, (long)ids[i]);
    }
    if (!ok) {
        mk_table_free(t);
        return mk_fail(err, MK_ENOMEM, "out of memory for a table of %zu rows and %zu columns",
                       n_rows, n_ids + n_extra);
    }
    *out = t;
    return MK_OK;
}

/* Attribute of a column, that of its texts too when they are levels; schema->n: none. */
static size_t attribute_of(const MkTable *table, size_t c)
{
    size_t id = 0;
    if (table->columns[c].attribute >= 0) {
        return (size_t)table->columns[c].attribute;
    }
    const bool is_source = table->columns[c].attribute == MK_COLUMN_SOURCE &&
                           mk_schema_find(table->schema, "source", &id) &&
                           table->column_of[id] == c;
    return is_source ? id : table->schema->n;
}

MkStatus mk_table_evidence(const MkTable *table, size_t row, MkArena *arena, MkEvidence *out,
                           MkError *err)
{
    MkKnown *known = mk_arena_zeros(arena, table->n_columns, sizeof *known);
    if (known == NULL) {
        return mk_fail(err, MK_ENOMEM, "out of memory for a row of a table");
    }
    size_t n = 0;
    for (size_t c = 0; c < table->n_columns; c++) {
        const double x = table->cells[c * table->n_rows + row];
        const size_t id = attribute_of(table, c);
        if (id < table->schema->n && !isnan(x)) {
            known[n++] = (MkKnown){.attribute = id, .value = {.kind = MK_VALUE_POINT, .point = x}};
        }
    }
    *out = (MkEvidence){n, known};
    return MK_OK;
}

double mk_table_get(const MkTable *table, size_t row, size_t attribute)
{
    const size_t c = table->column_of[attribute];
    return c == MK_NO_COLUMN ? (double)NAN : table->cells[c * table->n_rows + row];
}

/* In the header both separators are quoted: by them a reader tells which of the two it is. */
static void print_text(const MkTable *table, const char *text, bool is_name, MkBuf *buf)
{
    const size_t len = strlen(text);
    const char other = (char)(table->separator == ',' ? ';' : ',');
    const char specials[] = {table->separator, '"', '\r', '\n', is_name ? other : '"', '\0'};
    const bool has_mark = strncmp(text, "\xEF\xBB\xBF", 3) == 0; /* would be the file's own */
    const bool is_plain = strpbrk(text, specials) == NULL && !has_mark && text[0] != ' ' &&
                          (len == 0 || text[len - 1] != ' ');
    if (is_plain) {
        mk_buf_add(buf, text, len);
        return;
    }
    mk_buf_putc(buf, '"');
    for (const char *p = text; *p != '\0'; p++) {
        if (*p == '"') {
            mk_buf_putc(buf, '"');
        }
        mk_buf_putc(buf, *p);
    }
    mk_buf_putc(buf, '"');
}

static void print_number(double x, char mark, MkBuf *buf)
{
    const size_t start = buf->len;
    mk_buf_double(buf, x);
    for (size_t i = start; mark != '.' && i < buf->len; i++) {
        if (buf->data[i] == '.') {
            buf->data[i] = mark;
        }
    }
}

static void print_cell(const MkTable *table, size_t row, size_t c, MkBuf *buf)
{
    const MkColumn *column = &table->columns[c];
    if (column->text != NULL) {
        print_text(table, column->text[row], false, buf);
        return;
    }
    const double x = table->cells[c * table->n_rows + row];
    if (isnan(x)) {
        return;
    }
    if (column->attribute >= 0) {
        const MkAttribute *a = &table->schema->attributes[(size_t)column->attribute];
        if (a->n_levels > 0) {
            print_text(table, a->levels[(size_t)x].name, false, buf);
            return;
        }
    }
    print_number(x, table->separator == ';' ? ',' : '.', buf);
}

void mk_table_print_header(const MkTable *table, MkBuf *buf)
{
    for (size_t c = 0; c < table->n_columns; c++) {
        if (c > 0) {
            mk_buf_putc(buf, table->separator);
        }
        print_text(table, table->columns[c].name, true, buf);
    }
    mk_buf_putc(buf, '\n');
}

void mk_table_print_row(const MkTable *table, size_t row, MkBuf *buf)
{
    const size_t start = buf->len;
    for (size_t c = 0; c < table->n_columns; c++) {
        if (c > 0) {
            mk_buf_putc(buf, table->separator);
        }
        print_cell(table, row, c, buf);
    }
    if (buf->len == start) {
        mk_buf_puts(buf, "\"\""); /* a row of one gap is no blank line */
    }
    mk_buf_putc(buf, '\n');
}

static MkStatus flush(MkFileOut *out, MkBuf *buf, MkError *err)
{
    MK_TRY(mk_buf_status(buf, err));
    MK_TRY(mk_file_out_write(out, buf->data, buf->len, err));
    mk_buf_clear(buf);
    return MK_OK;
}

MkStatus mk_table_write(const MkTable *table, const char *path, MkError *err)
{
    MkFileOut *out = NULL;
    MkStatus st = MK_OK;
    MkBuf buf;
    mk_buf_init(&buf);
    MK_TRY_GOTO(mk_file_out_open(path, &out, err));
    mk_table_print_header(table, &buf);
    for (size_t i = 0; i < table->n_rows; i++) {
        mk_table_print_row(table, i, &buf);
        if (buf.len >= FLUSH_BYTES) {
            MK_TRY_GOTO(flush(out, &buf, err));
        }
    }
    MK_TRY_GOTO(flush(out, &buf, err));
    st = mk_file_out_commit(out, err);
    out = NULL;
done:
    mk_file_out_abort(out);
    mk_buf_release(&buf);
    return st;
}
