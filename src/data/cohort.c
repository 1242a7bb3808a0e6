#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "src/data/cohort.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/file.h"
#include "src/data/table_priv.h"

static MkStatus out_of_memory(MkError *err)
{
    return mk_fail(err, MK_ENOMEM, "out of memory");
}

/* ---- the tables, one a source ---- */

typedef struct Part {
    MkTable *table;
    const char *name;   /* of the source */
    const char *origin; /* file, or "" */
} Part;

typedef struct Parts {
    Part *items;
    size_t n, room;
    MkArena *arena;
} Parts;

static const char *source_of(const MkTable *t, size_t row)
{
    return t->source != NULL ? t->source[row] : "";
}

/* Takes the table over. */
static MkStatus add_part(Parts *parts, MkTable *table, const char *origin, MkError *err)
{
    if (parts->n == parts->room) {
        const size_t room = 2 * parts->room + 16;
        Part *const items = mk_arena_array(parts->arena, room, sizeof *items);
        if (items == NULL) {
            mk_table_free(table);
            return out_of_memory(err);
        }
        if (parts->n > 0) {
            memcpy(items, parts->items, parts->n * sizeof *items);
        }
        parts->items = items;
        parts->room = room;
    }
    const char *const name = mk_arena_strdup(parts->arena, source_of(table, 0));
    if (name == NULL) {
        mk_table_free(table);
        return out_of_memory(err);
    }
    mk_table_link_source(table);
    parts->items[parts->n++] = (Part){table, name, origin};
    return MK_OK;
}

static bool copy_rows(const MkTable *t, const size_t *rows, size_t n, MkTable *out)
{
    for (size_t c = 0; c < t->n_columns; c++) {
        const MkColumn *const from = &t->columns[c];
        if (!mk_table_set_column(out, c, from->name, from->attribute)) {
            return false;
        }
        for (size_t i = 0; i < n; i++) {
            out->cells[c * n + i] = t->cells[c * t->n_rows + rows[i]];
            if (from->text != NULL && from->text[rows[i]][0] != '\0') {
                out->columns[c].text[i] = mk_arena_strdup(out->arena, from->text[rows[i]]);
                if (out->columns[c].text[i] == NULL) {
                    return false;
                }
            }
        }
    }
    out->separator = t->separator;
    return true;
}

/* The people of the source that `first` is of; they are marked as done. */
static MkStatus take_source(const MkTable *t, size_t first, bool *done, size_t *rows,
                            const char *origin, Parts *parts, MkError *err)
{
    size_t n = 0;
    for (size_t i = first; i < t->n_rows; i++) {
        if (!done[i] && strcmp(source_of(t, i), source_of(t, first)) == 0) {
            done[i] = true;
            rows[n++] = i;
        }
    }
    MkTable *const part = mk_table_alloc(t->schema, n, t->n_columns);
    if (part == NULL || !copy_rows(t, rows, n, part)) {
        mk_table_free(part);
        return out_of_memory(err);
    }
    return add_part(parts, part, origin, err);
}

static bool is_mixed(const MkTable *t)
{
    for (size_t i = 1; i < t->n_rows; i++) {
        if (strcmp(source_of(t, i), source_of(t, 0)) != 0) {
            return true;
        }
    }
    return false;
}

/* Adds a table, by source when it has several. Takes it over. */
static MkStatus add_table(Parts *parts, MkTable *t, const char *origin, MkError *err)
{
    if (t->n_rows == 0) {
        mk_table_free(t);
        return MK_OK;
    }
    if (!is_mixed(t)) {
        return add_part(parts, t, origin, err);
    }
    bool *const done = mk_heap_array(t->n_rows, sizeof *done);
    size_t *const rows = mk_heap_array(t->n_rows, sizeof *rows);
    MkStatus st = done != NULL && rows != NULL ? MK_OK : out_of_memory(err);
    for (size_t i = 0; st == MK_OK && i < t->n_rows; i++) {
        if (!done[i]) {
            st = take_source(t, i, done, rows, origin, parts, err);
        }
    }
    free(done);
    free(rows);
    mk_table_free(t);
    return st;
}

/* ---- the cohort ---- */

static int by_name(const void *a, const void *b)
{
    return strcmp(((const Part *)a)->name, ((const Part *)b)->name);
}

static MkStatus check_names(const Part *items, size_t n, MkError *err)
{
    for (size_t t = 1; t < n; t++) {
        const Part *const a = &items[t - 1], *const b = &items[t];
        if (strcmp(a->name, b->name) != 0) {
            continue;
        }
        const char *const what = a->name[0] != '\0' ? a->name : "without a name";
        if (a->origin[0] == '\0') {
            return mk_fail(err, MK_EFORMAT, "source %s: found in two tables, expected one", what);
        }
        const bool first = strcmp(a->origin, b->origin) <= 0;
        return mk_fail(err, MK_EFORMAT,
                       "%s: found people of source %s, who are in %s too, expected a source in "
                       "one file",
                       first ? b->origin : a->origin, what,
                       mk_file_base_name(first ? a->origin : b->origin));
    }
    return MK_OK;
}

static MkStatus fill(MkCohort *c, const Parts *parts, MkError *err)
{
    c->tables = mk_arena_array(c->arena, parts->n, sizeof(MkTable *));
    c->names = mk_arena_array(c->arena, parts->n, sizeof *c->names);
    c->first = mk_arena_zeros(c->arena, parts->n + 1, sizeof *c->first);
    if (c->tables == NULL || c->names == NULL || c->first == NULL) {
        return out_of_memory(err);
    }
    for (size_t t = 0; t < parts->n; t++) {
        c->names[t] = mk_arena_strdup(c->arena, parts->items[t].name);
        c->first[t + 1] = c->first[t] + parts->items[t].table->n_rows;
        if (c->names[t] == NULL) {
            return out_of_memory(err);
        }
    }
    for (size_t t = 0; t < parts->n; t++) {
        c->tables[t] = parts->items[t].table;
    }
    c->n_tables = parts->n;
    c->n_rows = c->first[parts->n];
    return MK_OK;
}

static void free_parts(Parts *parts)
{
    for (size_t t = 0; t < parts->n; t++) {
        mk_table_free(parts->items[t].table);
    }
    mk_arena_free(parts->arena);
}

/* Takes the tables of the parts over when it succeeds. */
static MkStatus make_cohort(const MkSchema *schema, Parts *parts, MkCohort **out, MkError *err)
{
    if (parts->n > 0) {
        qsort(parts->items, parts->n, sizeof *parts->items, by_name);
    }
    MK_TRY(check_names(parts->items, parts->n, err));
    MkArena *const arena = mk_arena_new(0);
    MkCohort *const c = arena != NULL ? mk_arena_zeros(arena, 1, sizeof *c) : NULL;
    if (c == NULL) {
        mk_arena_free(arena);
        return out_of_memory(err);
    }
    *c = (MkCohort){.schema = schema, .arena = arena};
    const MkStatus st = fill(c, parts, err);
    if (st != MK_OK) {
        mk_arena_free(arena);
        return st;
    }
    parts->n = 0;
    *out = c;
    return MK_OK;
}

MkStatus mk_cohort_new(const MkSchema *schema, MkTable **tables, size_t n_tables, MkCohort **out,
                       MkError *err)
{
    Parts parts = {.arena = mk_arena_new(0)};
    MkStatus st = parts.arena != NULL ? MK_OK : out_of_memory(err);
    for (size_t t = 0; t < n_tables; t++) {
        if (st == MK_OK) {
            st = add_table(&parts, tables[t], "", err);
        } else {
            mk_table_free(tables[t]);
        }
    }
    if (st == MK_OK) {
        st = make_cohort(schema, &parts, out, err);
    }
    free_parts(&parts);
    return st;
}

void mk_cohort_free(MkCohort *c)
{
    if (c != NULL) {
        for (size_t t = 0; t < c->n_tables; t++) {
            mk_table_free(c->tables[t]);
        }
        mk_arena_free(c->arena);
    }
}

size_t mk_cohort_table(const MkCohort *c, size_t *row)
{
    size_t t = 0;
    while (t + 1 < c->n_tables && *row >= c->first[t + 1]) {
        t++;
    }
    *row -= c->first[t];
    return t;
}

double mk_cohort_get(const MkCohort *c, size_t row, size_t attribute)
{
    const size_t t = mk_cohort_table(c, &row);
    return mk_table_get(c->tables[t], row, attribute);
}

/* ---- files ---- */

static bool is_table_file(const char *name)
{
    static const char *const suffixes[] = {".csv", ".csv.gz", ".csv.xz"};
    const size_t len = strlen(name);
    for (size_t s = 0; name[0] != '.' && s < sizeof suffixes / sizeof *suffixes; s++) {
        const size_t n = strlen(suffixes[s]);
        if (len > n && strcmp(name + len - n, suffixes[s]) == 0) {
            return true;
        }
    }
    return false;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Paths of the tables in a folder, ascending. */
static MkStatus list_tables(const char *folder, MkArena *arena, const char ***out, size_t *n_out,
                            MkError *err)
{
    enum { MOST = 1024 };
    const char **const paths = mk_arena_array(arena, MOST, sizeof *paths);
    DIR *const dir = opendir(folder);
    size_t n = 0;
    MkStatus st = paths != NULL ? MK_OK : out_of_memory(err);
    if (dir == NULL) {
        return mk_fail(err, MK_EIO, "%s: cannot read this folder: %s", folder, strerror(errno));
    }
    for (const struct dirent *e = readdir(dir); e != NULL && st == MK_OK; e = readdir(dir)) {
        if (!is_table_file(e->d_name)) {
            continue;
        }
        const char *const path = mk_arena_printf(arena, "%s/%s", folder, e->d_name);
        if (path == NULL) {
            st = out_of_memory(err);
        } else if (n == MOST) {
            st = mk_fail(err, MK_EFORMAT, "%s: more than %d tables", folder, (int)MOST);
        } else {
            paths[n++] = path;
        }
    }
    closedir(dir);
    if (st == MK_OK && n == 0) {
        st = mk_fail(err, MK_EFORMAT, "%s: found no table, expected .csv, .csv.gz or .csv.xz files",
                     folder);
    }
    if (st == MK_OK) {
        qsort(paths, n, sizeof *paths, by_text);
    }
    *out = paths;
    *n_out = n;
    return st;
}

static MkStatus read_files(const char **paths, size_t n, const MkSchema *schema, MkOther other,
                           Parts *parts, MkError *err)
{
    for (size_t i = 0; i < n; i++) {
        MkTable *table = NULL;
        MK_TRY(mk_table_read(paths[i], schema, other, &table, err));
        MK_TRY(add_table(parts, table, paths[i], err));
    }
    return MK_OK;
}

MkStatus mk_cohort_read(const char *path, const MkSchema *schema, MkOther other, MkCohort **out,
                        MkError *err)
{
    Parts parts = {.arena = mk_arena_new(0)};
    const char *single[] = {path}, **paths = single;
    size_t n = 1;
    MkStatus st = parts.arena != NULL ? MK_OK : out_of_memory(err);
    if (st == MK_OK && mk_file_is_folder(path)) {
        st = list_tables(path, parts.arena, &paths, &n, err);
    }
    if (st == MK_OK) {
        st = read_files(paths, n, schema, other, &parts, err);
    }
    if (st == MK_OK && parts.n == 0) {
        st = mk_fail(err, MK_EFORMAT, "%s: found nobody, expected people", path);
    }
    if (st == MK_OK) {
        st = make_cohort(schema, &parts, out, err);
    }
    free_parts(&parts);
    return st;
}

/* ---- fewer attributes ---- */

static bool narrow_table(MkTable *t, const MkSchema *part)
{
    size_t *const column_of = mk_arena_array(t->arena, part->n, sizeof *column_of);
    if (column_of == NULL) {
        return false;
    }
    for (size_t j = 0; j < part->n; j++) {
        size_t old = 0;
        const bool known = mk_schema_find(t->schema, part->attributes[j].name, &old);
        column_of[j] = known ? t->column_of[old] : MK_NO_COLUMN;
    }
    for (size_t c = 0; c < t->n_columns; c++) {
        if (t->columns[c].attribute >= 0) {
            t->columns[c].attribute = MK_COLUMN_OTHER;
        }
    }
    for (size_t j = 0; j < part->n; j++) {
        if (column_of[j] != MK_NO_COLUMN && t->columns[column_of[j]].attribute == MK_COLUMN_OTHER) {
            t->columns[column_of[j]].attribute = (long)j;
        }
    }
    t->column_of = column_of;
    t->schema = part;
    return true;
}

bool mk_cohort_has(const MkCohort *c, size_t attribute)
{
    for (size_t t = 0; t < c->n_tables; t++) {
        const MkTable *const table = c->tables[t];
        for (size_t i = 0; table->column_of[attribute] != MK_NO_COLUMN && i < table->n_rows; i++) {
            const double v = mk_table_get(table, i, attribute);
            if (v == v) {
                return true;
            }
        }
    }
    return false;
}

MkStatus mk_cohort_narrow(MkCohort *c, const MkSchema *part, MkError *err)
{
    for (size_t t = 0; t < c->n_tables; t++) {
        if (!narrow_table(c->tables[t], part)) {
            return out_of_memory(err);
        }
    }
    c->schema = part;
    return MK_OK;
}
