/* schema_check_table.c - a table of people against a schema: every cell, all problems. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "src/base/buf.h"
#include "src/base/file.h"
#include "src/base/map.h"
#include "src/base/text.h"
#include "src/data/csv.h"
#include "src/data/schema_check.h"
#include "src/data/table.h"
#include "src/data/tsv.h"

static const size_t table_bytes = (size_t)8 << 30;
enum { N_FAULTS = 6, MOST_RAGGED = 5 };

typedef enum Fault {
    FAULT_NONE,
    FAULT_NUMBER,
    FAULT_DOMAIN,
    FAULT_WHOLE,
    FAULT_LEVEL,
    FAULT_WEIGHT
} Fault;

/* One column of the file. */
typedef struct Column {
    const char *name;
    long attribute; /* or MK_COLUMN_* */
    size_t n_seen;
    struct {
        size_t n, line;
        const char *found; /* the first one */
    } faults[N_FAULTS];
} Column;

typedef struct Reader {
    MkCheck *check;
    const MkSchema *schema;
    MkCsv csv;
    Column *columns;
    size_t n_columns, cap;
    size_t n_ragged;
    MkMap *people;
    MkBuf key; /* person and source of the row being read */
} Reader;

static MkStatus no_memory(const Reader *r, MkError *err)
{
    return mk_fail(err, MK_ENOMEM, "%s: out of memory", r->csv.origin);
}

static void add_error(Reader *r, size_t line, const char *column, const char *text)
{
    mk_check_add(
        r->check,
        &(MkProblem){.is_error = true, .file = r->csv.origin, .line = line, .column = column}, "%s",
        text);
}

static long special(const char *name)
{
    if (strcmp(name, "person") == 0) {
        return MK_COLUMN_PERSON;
    }
    if (strcmp(name, "source") == 0) {
        return MK_COLUMN_SOURCE;
    }
    return strcmp(name, "survey_weight") == 0 ? MK_COLUMN_WEIGHT : MK_COLUMN_OTHER;
}

static void judge_name(Reader *r, Column *c)
{
    size_t id = 0;
    c->attribute = special(c->name);
    for (size_t k = 0; k < r->n_columns; k++) {
        if (strcmp(r->columns[k].name, c->name) == 0) {
            add_error(r, r->csv.line, c->name, "this column is there twice");
            c->attribute = MK_COLUMN_OTHER;
            return;
        }
    }
    if (c->attribute == MK_COLUMN_OTHER && mk_schema_find(r->schema, c->name, &id)) {
        c->attribute = (long)id;
    } else if (c->attribute == MK_COLUMN_OTHER) {
        MkError nearest = {MK_OK, ""};
        const bool is_prefix = mk_schema_resolve(r->schema, c->name, &id, &nearest) == MK_OK;
        const char *const hint = strstr(nearest.text, ", nearest: ");
        mk_check_add(r->check,
                     &(MkProblem){.file = r->csv.origin,
                                  .line = r->csv.line,
                                  .column = c->name,
                                  .kind = "column without an attribute"},
                     "not in the schema, training leaves it out%s%s",
                     is_prefix ? "; nearest: " : "",
                     is_prefix ? r->schema->attributes[id].name : mk_text_or_empty(hint));
    }
}

static MkStatus read_header(Reader *r, MkError *err)
{
    size_t n_breaks = 0;
    do {
        MkCsvCell cell;
        MK_TRY(mk_csv_cell(&r->csv, &cell, &n_breaks, err));
        if (r->n_columns == r->cap) {
            const size_t cap = r->cap == 0 ? 64 : 2 * r->cap;
            Column *const grown = mk_arena_zeros(r->check->arena, cap, sizeof *grown);
            if (grown == NULL) {
                return no_memory(r, err);
            }
            if (r->n_columns > 0) {
                memcpy(grown, r->columns, r->n_columns * sizeof *grown);
            }
            r->columns = grown;
            r->cap = cap;
        }
        Column *const c = &r->columns[r->n_columns];
        *c = (Column){.name = mk_arena_strndup(r->check->arena, cell.text, cell.len)};
        if (c->name == NULL) {
            return no_memory(r, err);
        }
        judge_name(r, c);
        r->n_columns++;
    } while (!r->csv.row_done);
    r->csv.line += 1 + n_breaks;
    return MK_OK;
}

static Fault judge_number(const Reader *r, const MkAttribute *a, const MkCsvCell *cell)
{
    double x;
    if (!mk_csv_number(&r->csv, cell, &x)) {
        return FAULT_NUMBER;
    }
    if (x < a->min || x > a->max) {
        return FAULT_DOMAIN;
    }
    return a->type == MK_COUNT && x != floor(x) ? FAULT_WHOLE : FAULT_NONE;
}

static Fault judge_cell(const Reader *r, const Column *c, const MkCsvCell *cell)
{
    double x;
    size_t level;
    if (c->attribute >= 0) {
        const MkAttribute *const a = &r->schema->attributes[c->attribute];
        if (a->n_levels == 0) {
            return judge_number(r, a, cell);
        }
        return mk_attribute_level(a, cell->text, cell->len, &level) ? FAULT_NONE : FAULT_LEVEL;
    }
    if (c->attribute == MK_COLUMN_WEIGHT) {
        return mk_csv_number(&r->csv, cell, &x) && x >= 0.0 ? FAULT_NONE : FAULT_WEIGHT;
    }
    return FAULT_NONE;
}

static MkStatus read_cell(Reader *r, Column *c, const MkCsvCell *cell, MkError *err)
{
    if (c->attribute == MK_COLUMN_PERSON || c->attribute == MK_COLUMN_SOURCE) {
        mk_buf_add(&r->key, cell->text, cell->len);
        mk_buf_putc(&r->key, '\n');
    }
    if (cell->len == 0) {
        return MK_OK;
    }
    c->n_seen++;
    const Fault fault = judge_cell(r, c, cell);
    if (fault != FAULT_NONE && c->faults[fault].n++ == 0) {
        char shown[MK_SHOWN];
        c->faults[fault].line = r->csv.line;
        c->faults[fault].found =
            mk_arena_strdup(r->check->arena, mk_shown(cell->text, cell->len, shown));
        return c->faults[fault].found == NULL ? no_memory(r, err) : MK_OK;
    }
    return MK_OK;
}

/* The same person a second time. */
static MkStatus judge_person(Reader *r, bool has_person, MkError *err)
{
    size_t line;
    if (!has_person) {
        return MK_OK;
    }
    if (mk_map_get(r->people, r->key.data, &line)) {
        char text[80];
        snprintf(text, sizeof text, "the person of line %zu again", line);
        add_error(r, r->csv.line, "person", text);
        return MK_OK;
    }
    return mk_map_put(r->people, r->key.data, r->csv.line) == MK_OK ? MK_OK : no_memory(r, err);
}

static MkStatus read_rows(Reader *r, bool has_person, MkError *err)
{
    while (mk_csv_find_row(&r->csv)) {
        size_t n_breaks = 0, c = 0;
        mk_buf_clear(&r->key);
        do {
            MkCsvCell cell;
            MK_TRY(mk_csv_cell(&r->csv, &cell, &n_breaks, err));
            if (c < r->n_columns) {
                MK_TRY(read_cell(r, &r->columns[c], &cell, err));
            }
            c++;
        } while (!r->csv.row_done);
        if (c != r->n_columns && r->n_ragged++ < MOST_RAGGED) {
            char text[80];
            snprintf(text, sizeof text, "found %zu cells, expected %zu", c, r->n_columns);
            add_error(r, r->csv.line, "", text);
        }
        MK_TRY(judge_person(r, has_person, err));
        r->check->n_people++;
        r->csv.line += 1 + n_breaks;
    }
    return MK_OK;
}

static void say_expected(const Reader *r, const Column *c, Fault fault, char *out, size_t cap)
{
    static const char *const plain[N_FAULTS] = {
        "", "a number", "", "a whole number", "", "a weight of 0 or more"};
    char low[24], high[24];
    const MkAttribute *const a = c->attribute >= 0 ? &r->schema->attributes[c->attribute] : NULL;
    snprintf(out, cap, "%s", plain[fault]);
    if (fault == FAULT_DOMAIN && a != NULL) {
        snprintf(out, cap, "%s to %s %s", mk_text_number(a->min, 6, low),
                 mk_text_number(a->max, 6, high), a->unit);
    }
    size_t n = 0;
    for (size_t k = 0; fault == FAULT_LEVEL && a != NULL && k < a->n_levels && n < cap; k++) {
        const int put = snprintf(out + n, cap - n, "%s%s", k > 0 ? ", " : "", a->levels[k].name);
        n += put > 0 ? (size_t)put : 0;
    }
}

static void tell_columns(Reader *r)
{
    for (size_t i = 0; i < r->n_columns; i++) {
        const Column *const c = &r->columns[i];
        for (int f = FAULT_NUMBER; f < N_FAULTS; f++) {
            char expected[200];
            if (c->faults[f].n == 0) {
                continue;
            }
            say_expected(r, c, (Fault)f, expected, sizeof expected);
            mk_check_add(r->check,
                         &(MkProblem){.is_error = true,
                                      .file = r->csv.origin,
                                      .line = c->faults[f].line,
                                      .column = c->name,
                                      .about = c->name,
                                      .n = c->faults[f].n},
                         "found '%s', expected %s", c->faults[f].found, expected);
        }
        if (c->n_seen == 0 && c->attribute >= 0) {
            mk_check_add(r->check,
                         &(MkProblem){.file = r->csv.origin,
                                      .line = 1,
                                      .column = c->name,
                                      .about = c->name,
                                      .kind = "empty column"},
                         "nobody has a value");
        }
    }
    if (r->n_ragged > MOST_RAGGED) {
        mk_check_add(r->check, &(MkProblem){.is_error = true, .file = r->csv.origin},
                     "%zu more rows have another number of cells than the header",
                     r->n_ragged - MOST_RAGGED);
    }
}

/* Attributes that no column has. */
static MkStatus tell_absent(Reader *r, MkError *err)
{
    bool *const is_there = mk_arena_zeros(r->check->arena, r->schema->n, sizeof *is_there);
    if (is_there == NULL) {
        return no_memory(r, err);
    }
    for (size_t i = 0; i < r->n_columns; i++) {
        if (r->columns[i].attribute >= 0) {
            is_there[r->columns[i].attribute] = true;
        }
    }
    for (size_t j = 0; j < r->schema->n; j++) {
        if (!is_there[j]) {
            mk_check_add(r->check,
                         &(MkProblem){.file = r->csv.origin,
                                      .line = 1,
                                      .about = r->schema->attributes[j].name,
                                      .kind = "no column"},
                         "the table has no column %s", r->schema->attributes[j].name);
        }
    }
    return MK_OK;
}

static MkStatus judge(Reader *r, MkBuf *text, const char *path, MkError *err)
{
    bool has_person = false;
    MK_TRY(mk_csv_begin(&r->csv, text->data, text->len, path, err));
    MK_TRY(read_header(r, err));
    for (size_t i = 0; i < r->n_columns; i++) {
        has_person = has_person || r->columns[i].attribute == MK_COLUMN_PERSON;
    }
    MK_TRY(read_rows(r, has_person, err));
    tell_columns(r);
    MK_TRY(tell_absent(r, err));
    return r->check->has_failed ? no_memory(r, err) : MK_OK;
}

MkStatus mk_check_table(MkCheck *check, const char *path, const MkSchema *schema, MkError *err)
{
    Reader r = {.check = check, .schema = schema, .people = mk_map_new()};
    MkBuf text;
    mk_buf_init(&text);
    mk_buf_init(&r.key);
    r.csv.origin = path;
    MkStatus st =
        r.people == NULL ? no_memory(&r, err) : mk_file_read(path, table_bytes, &text, err);
    if (st == MK_OK) {
        st = judge(&r, &text, path, err);
    }
    mk_buf_release(&r.key);
    mk_buf_release(&text);
    mk_map_free(r.people);
    return st;
}
