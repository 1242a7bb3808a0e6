#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "src/data/schema_check.h"

#include <ctype.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "src/base/buf.h"
#include "src/base/file.h"
#include "src/base/map.h"
#include "src/base/text.h"
#include "src/data/mapping.h"
#include "src/data/rules.h"
#include "src/data/tsv.h"

enum { TEXT_BYTES = 64 << 20, MOST_COLUMNS = 32, COLUMN_BYTES = 64 };

static MkStatus no_memory(const char *path, MkError *err)
{
    return mk_fail(err, MK_ENOMEM, "%s: out of memory", path);
}

void mk_check_init(MkCheck *check, MkArena *arena)
{
    *check = (MkCheck){.arena = arena};
}

void mk_check_add(MkCheck *check, const MkProblem *problem, const char *fmt, ...)
{
    if (check->n_problems == check->cap_problems) {
        const size_t cap = check->cap_problems == 0 ? 64 : 2 * check->cap_problems;
        MkProblem *const grown = mk_arena_array(check->arena, cap, sizeof *grown);
        if (grown == NULL) {
            check->has_failed = true;
            return;
        }
        if (check->n_problems > 0) {
            memcpy(grown, check->problems, check->n_problems * sizeof *grown);
        }
        check->problems = grown;
        check->cap_problems = cap;
    }
    MkProblem p = *problem;
    va_list args;
    va_start(args, fmt);
    p.text = mk_arena_vprintf(check->arena, fmt, args);
    va_end(args);
    p.file = mk_arena_strdup(check->arena, mk_text_or_empty(p.file));
    p.column = mk_arena_strdup(check->arena, mk_text_or_empty(p.column));
    p.about = mk_arena_strdup(check->arena, mk_text_or_empty(p.about));
    p.kind = mk_text_or_empty(p.kind);
    p.n = p.n == 0 ? 1 : p.n;
    check->has_failed = check->has_failed || p.text == NULL || p.file == NULL || p.column == NULL ||
                        p.about == NULL;
    if (!check->has_failed) {
        check->problems[check->n_problems++] = p;
        check->n_errors += p.is_error;
        check->n_doubts += !p.is_error;
    }
}

/* What a reader said of a text of two lines, without its place: the column goes to *column. */
static const char *read_story(const char *story, char column[COLUMN_BYTES])
{
    static const char mark[] = "column ";
    column[0] = '\0';
    const char *text = strstr(story, ": ");
    text = text == NULL ? story : text + 2;
    if (strncmp(text, mark, strlen(mark)) != 0) {
        return text;
    }
    const char *const name = text + strlen(mark);
    const size_t n = strcspn(name, ": ");
    if (n < COLUMN_BYTES && strncmp(name + n, ": ", 2) == 0) {
        memcpy(column, name, n);
        column[n] = '\0';
        return name + n + 2;
    }
    return text;
}

/* A header of names and one row of cells as text. */
static void put_row(MkBuf *buf, const char *const *cells, size_t n)
{
    for (size_t c = 0; c < n; c++) {
        mk_buf_printf(buf, "%s%s", c > 0 ? "\t" : "", cells[c]);
    }
    mk_buf_putc(buf, '\n');
}

static size_t place_of(const char *const *names, size_t n, const char *name)
{
    size_t c = 0;
    while (c < n && strcmp(names[c], name) != 0) {
        c++;
    }
    return c;
}

/* ---- one file with rows ---- */

typedef struct File {
    MkCheck *check;
    const char *path;
    MkTsv tsv;
    const char *const *known; /* columns that it may have */
    size_t n_known, n_required;
    size_t n; /* columns of the file that are known */
    const char *names[MOST_COLUMNS];
    size_t from[MOST_COLUMNS]; /* their place in the file */
    const char *cells[MOST_COLUMNS];
} File;

/* Header: all unknown and all missing columns. False: no row can be read. */
static bool read_header(File *f)
{
    bool is_usable = true;
    for (size_t c = 0; c < f->tsv.n_columns; c++) {
        const char *const name = f->tsv.columns[c];
        if (place_of(f->known, f->n_known, name) == f->n_known || f->n == MOST_COLUMNS) {
            mk_check_add(
                f->check,
                &(MkProblem){
                    .is_error = true, .file = f->path, .line = f->tsv.line, .column = name},
                "there is no such column");
            continue;
        }
        f->names[f->n] = name;
        f->from[f->n++] = c;
    }
    for (size_t k = 0; k < f->n_required; k++) {
        if (place_of(f->names, f->n, f->known[k]) == f->n) {
            mk_check_add(
                f->check,
                &(MkProblem){
                    .is_error = true, .file = f->path, .line = f->tsv.line, .column = f->known[k]},
                "not found in the header");
            is_usable = false;
        }
    }
    return is_usable;
}

/* The next row; one that cannot be cut into cells is a problem. False at the end. */
static bool next_row(File *f)
{
    bool more = true;
    char column[COLUMN_BYTES];
    MkError err = {MK_OK, ""};
    while (mk_tsv_next(&f->tsv, &more, &err) != MK_OK) {
        mk_check_add(f->check, &(MkProblem){.is_error = true, .file = f->path, .line = f->tsv.line},
                     "%s", read_story(err.text, column));
    }
    for (size_t c = 0; c < f->n && more; c++) {
        f->cells[c] = f->tsv.cells[f->from[c]];
    }
    return more;
}

static const char *cell_of(const File *f, const char *name)
{
    const size_t c = place_of(f->names, f->n, name);
    return c == f->n ? "" : f->cells[c];
}

static void set_cell(File *f, const char *name, const char *text)
{
    const size_t c = place_of(f->names, f->n, name);
    if (c < f->n) {
        f->cells[c] = text;
    }
}

/* Opens a file; false when its bytes already are wrong, which is in the list then. */
static MkStatus begin(File *f, MkArena *arena, const MkBuf *text, bool *is_open)
{
    MkError err = {MK_OK, ""};
    char column[COLUMN_BYTES];
    const MkStatus st = mk_tsv_begin(&f->tsv, arena, text->data, text->len, f->path, &err);
    *is_open = st == MK_OK;
    if (st == MK_EFORMAT) {
        const char *const colon = strchr(err.text + strlen(f->path), ':');
        size_t line = 0;
        if (colon != NULL) {
            (void)sscanf(colon + 1, "%zu", &line);
        }
        mk_check_add(f->check, &(MkProblem){.is_error = true, .file = f->path, .line = line}, "%s",
                     read_story(err.text, column));
        return MK_OK;
    }
    return st;
}

/* ---- the schema ---- */

static const char *const schema_columns[] = {
    "name", "type", "label",      "unit",       "levels",   "category", "description",
    "min",  "max",  "resolution", "modifiable", "eligible", "class",    "rule"};

/* Something in place of a bad cell, so that the others can be judged. */
static const char *neutral(const File *f, const char *column)
{
    const char *const type = cell_of(f, "type");
    const bool has_levels = strcmp(type, "categorical") == 0 || strcmp(type, "ordinal") == 0;
    if (strcmp(column, "name") == 0 || strcmp(column, "label") == 0) {
        return "x";
    }
    if (strcmp(column, "type") == 0) {
        return cell_of(f, "levels")[0] != '\0' ? "categorical" : "real";
    }
    return strcmp(column, "levels") == 0 && has_levels ? "a|b" : "";
}

/* All that is wrong with a row; true when nothing is. */
static bool judge_attribute(File *f)
{
    const char *const name = cell_of(f, "name");
    bool is_good = true;
    for (size_t round = 0; round < 14; round++) {
        MkSchema *schema = NULL;
        MkError err = {MK_OK, ""};
        char column[COLUMN_BYTES];
        MkBuf text;
        mk_buf_init(&text);
        put_row(&text, f->names, f->n);
        put_row(&text, f->cells, f->n);
        const MkStatus st = mk_schema_parse(text.data, text.len, "row", &schema, &err);
        mk_buf_release(&text);
        mk_schema_free(schema);
        if (st == MK_OK) {
            return is_good;
        }
        const char *const story = read_story(err.text, column);
        is_good = false;
        mk_check_add(f->check,
                     &(MkProblem){.is_error = true,
                                  .file = f->path,
                                  .line = f->tsv.line,
                                  .column = column,
                                  .about = name},
                     "%s", story);
        if (column[0] == '\0' || st != MK_EFORMAT) {
            return false;
        }
        set_cell(f, column, neutral(f, column));
    }
    return false;
}

/* One doubt about an attribute. */
static void doubt(MkCheck *check, const char *path, size_t line, const char *column,
                  const char *about, const char *kind, const char *text)
{
    mk_check_add(
        check,
        &(MkProblem){.file = path, .line = line, .column = column, .about = about, .kind = kind},
        "%s", text);
}

static bool same_levels_but_case(const MkAttribute *a, const char **name)
{
    for (size_t i = 0; i < a->n_levels; i++) {
        for (size_t k = 0; k < i; k++) {
            if (mk_text_same_nocase(a->levels[i].name, a->levels[k].name)) {
                *name = a->levels[i].name;
                return true;
            }
        }
    }
    return false;
}

static bool is_plain_name(const char *name)
{
    for (const char *p = name; *p != '\0'; p++) {
        const bool is_inner = *p == '_' || isdigit((unsigned char)*p);
        if (!(*p >= 'a' && *p <= 'z') && !(p > name && is_inner)) {
            return false;
        }
    }
    return true;
}

/* Names of `eligible` that the schema does not have. */
static void judge_eligible(MkCheck *check, const char *path, size_t line, const MkSchema *schema,
                           const MkAttribute *a)
{
    const char *p = a->eligible;
    while (*p != '\0') {
        char name[COLUMN_BYTES];
        size_t id;
        p += strspn(p, " ,");
        const size_t n = strcspn(p, "=!<> ,");
        snprintf(name, sizeof name, "%.*s", (int)(n < sizeof name ? n : sizeof name - 1), p);
        if (n > 0 && !mk_schema_find(schema, name, &id)) {
            mk_check_add(check,
                         &(MkProblem){.file = path,
                                      .line = line,
                                      .column = "eligible",
                                      .about = a->name,
                                      .kind = "eligible by an unknown attribute"},
                         "'%s' is no attribute of the schema", name);
        }
        p += strcspn(p, ",");
    }
}

/* A rule that cannot be read. */
static void judge_rule(MkCheck *check, const char *path, size_t line, const MkSchema *schema,
                       size_t j)
{
    MkRule rule;
    MkError err = {MK_OK, ""};
    if (schema->attributes[j].rule[0] != '\0' &&
        mk_rule_read(schema, j, check->arena, &rule, &err) != MK_OK) {
        const char *const story = strstr(err.text, "rule: ");
        mk_check_add(check,
                     &(MkProblem){.is_error = true,
                                  .file = path,
                                  .line = line,
                                  .column = "rule",
                                  .about = schema->attributes[j].name},
                     "%s", story != NULL ? story + strlen("rule: ") : err.text);
    }
}

static void judge_number(MkCheck *check, const char *path, size_t line, const MkAttribute *a)
{
    if (a->unit[0] == '\0') {
        doubt(check, path, line, "unit", a->name, "no unit", "a number without a unit");
    }
    const bool is_open = !isfinite(a->max) || (a->type == MK_REAL && !isfinite(a->min));
    if (is_open) {
        doubt(check, path, line, isfinite(a->max) ? "min" : "max", a->name, "open domain",
              "any number will be taken");
    }
}

/* What is doubtful about each attribute by itself, and labels that two have. */
static MkStatus judge_doubts(MkCheck *check, const char *path, const MkSchema *schema,
                             const size_t *lines, const bool *is_unsaid, MkError *err)
{
    MkMap *const labels = mk_map_new();
    MkStatus st = labels == NULL ? no_memory(path, err) : MK_OK;
    for (size_t j = 0; j < schema->n && st == MK_OK; j++) {
        const MkAttribute *const a = &schema->attributes[j];
        const char *level = "";
        size_t other;
        if (mk_map_get(labels, a->label, &other)) {
            mk_check_add(check,
                         &(MkProblem){.file = path,
                                      .line = lines[j],
                                      .column = "label",
                                      .about = a->name,
                                      .kind = "same label"},
                         "'%s' is also the label of %s (line %zu)", a->label,
                         schema->attributes[other].name, lines[other]);
        } else {
            st = mk_map_put(labels, a->label, j) == MK_OK ? MK_OK : no_memory(path, err);
        }
        if (strcmp(a->label, a->name) == 0) {
            doubt(check, path, lines[j], "label", a->name, "no label",
                  "the label only repeats the name");
        }
        if (!is_plain_name(a->name)) {
            doubt(check, path, lines[j], "name", a->name, "unusual name",
                  "not of small letters, digits and _");
        }
        if (mk_type_is_number(a->type)) {
            judge_number(check, path, lines[j], a);
        } else if (same_levels_but_case(a, &level)) {
            mk_check_add(check,
                         &(MkProblem){.file = path,
                                      .line = lines[j],
                                      .column = "levels",
                                      .about = a->name,
                                      .kind = "levels that differ by case"},
                         "'%s' differs from another level only by its letters' case", level);
        }
        if (is_unsaid[j]) {
            doubt(check, path, lines[j], "modifiable", a->name, "modifiable not said",
                  "neither yes nor no");
        }
        judge_eligible(check, path, lines[j], schema, a);
        judge_rule(check, path, lines[j], schema, j);
    }
    mk_map_free(labels);
    return st;
}

static MkStatus count_attributes(MkCheck *check, const char *path, const MkSchema *schema,
                                 const size_t *lines, MkError *err)
{
    check->n_attributes = schema->n;
    check->categories = mk_arena_zeros(check->arena, schema->n, sizeof *check->categories);
    size_t *const first = mk_arena_zeros(check->arena, schema->n, sizeof *first);
    if (check->categories == NULL || first == NULL) {
        return no_memory(path, err);
    }
    for (size_t j = 0; j < schema->n; j++) {
        const MkAttribute *const a = &schema->attributes[j];
        size_t c = 0;
        while (c < check->n_categories && strcmp(check->categories[c].name, a->category) != 0) {
            c++;
        }
        if (c == check->n_categories) {
            check->n_categories++;
            check->categories[c].name = mk_arena_strdup(check->arena, a->category);
            if (check->categories[c].name == NULL) {
                return no_memory(path, err);
            }
            first[c] = j;
        }
        check->categories[c].n++;
        check->categories[c].n_types[a->type]++;
        check->n_types[a->type]++;
    }
    for (size_t c = 0; c < check->n_categories; c++) {
        const MkCheckCategory *const category = &check->categories[c];
        const MkAttribute *const a = &schema->attributes[first[c]];
        if (category->name[0] == '\0') {
            mk_check_add(check,
                         &(MkProblem){.file = path,
                                      .line = lines[first[c]],
                                      .column = "category",
                                      .about = a->name,
                                      .kind = "no category",
                                      .n = category->n},
                         "%zu attribute%s without one", category->n, category->n == 1 ? "" : "s");
        } else if (category->n == 1 && schema->n > 1) {
            mk_check_add(check,
                         &(MkProblem){.file = path,
                                      .line = lines[first[c]],
                                      .column = "category",
                                      .about = a->name,
                                      .kind = "category of one attribute"},
                         "nothing else is in '%s'", category->name);
        }
    }
    return MK_OK;
}

/* The good rows as a text, with the line that each came from. */
typedef struct Good {
    MkBuf text;
    size_t n;
    size_t *lines;
    bool *is_unsaid; /* modifiable is neither yes nor no */
    MkMap *names;    /* of good and bad rows */
} Good;

static MkStatus judge_schema_rows(File *f, Good *good, MkError *err)
{
    put_row(&good->text, f->names, f->n);
    while (next_row(f)) {
        size_t line;
        const char *const name = cell_of(f, "name");
        if (mk_map_get(good->names, name, &line)) {
            mk_check_add(f->check,
                         &(MkProblem){.is_error = true,
                                      .file = f->path,
                                      .line = f->tsv.line,
                                      .column = "name",
                                      .about = name},
                         "found '%s' again (first on line %zu)", name, line);
            continue;
        }
        if (mk_map_put(good->names, name, f->tsv.line) != MK_OK) {
            return no_memory(f->path, err);
        }
        const bool is_unsaid = cell_of(f, "modifiable")[0] == '\0';
        const char *cells[MOST_COLUMNS];
        memcpy(cells, f->cells, sizeof cells);
        if (judge_attribute(f)) {
            put_row(&good->text, cells, f->n);
            good->is_unsaid[good->n] = is_unsaid;
            good->lines[good->n++] = f->tsv.line;
        } else {
            f->check->bad[f->check->n_bad++] = name;
        }
    }
    return MK_OK;
}

static MkStatus judge_schema(File *f, Good *good, MkSchema **out, MkError *err)
{
    MK_TRY(judge_schema_rows(f, good, err));
    if (good->n == 0) {
        if (f->check->n_errors == 0) {
            mk_check_add(f->check, &(MkProblem){.is_error = true, .file = f->path},
                         "found no attributes");
        }
        return MK_OK;
    }
    MkSchema *schema = NULL;
    MK_TRY(mk_buf_status(&good->text, err));
    MK_TRY(mk_schema_parse(good->text.data, good->text.len, f->path, &schema, err));
    MkStatus st = judge_doubts(f->check, f->path, schema, good->lines, good->is_unsaid, err);
    if (st == MK_OK) {
        st = count_attributes(f->check, f->path, schema, good->lines, err);
    }
    if (st != MK_OK) {
        mk_schema_free(schema);
        return st;
    }
    *out = schema;
    return MK_OK;
}

MkStatus mk_check_schema(MkCheck *check, const char *path, MkSchema **out, MkError *err)
{
    File f = {.check = check,
              .path = path,
              .known = schema_columns,
              .n_known = sizeof schema_columns / sizeof *schema_columns,
              .n_required = 3};
    MkBuf text;
    Good good = {.names = mk_map_new()};
    bool is_open = false;
    *out = NULL;
    mk_buf_init(&text);
    mk_buf_init(&good.text);
    MkStatus st = good.names == NULL ? no_memory(path, err) : MK_OK;
    if (st == MK_OK) {
        st = mk_file_read(path, TEXT_BYTES, &text, err);
    }
    size_t cap = 1;
    for (size_t i = 0; i < text.len; i++) {
        cap += text.data[i] == '\n' || text.data[i] == '\r';
    }
    good.lines = mk_arena_array(check->arena, cap, sizeof *good.lines);
    good.is_unsaid = mk_arena_array(check->arena, cap, sizeof *good.is_unsaid);
    check->bad = mk_arena_array(check->arena, cap, sizeof *check->bad);
    if (st == MK_OK && (good.lines == NULL || good.is_unsaid == NULL || check->bad == NULL)) {
        st = no_memory(path, err);
    }
    if (st == MK_OK) {
        st = begin(&f, check->arena, &text, &is_open);
    }
    if (st == MK_OK && is_open && read_header(&f)) {
        st = judge_schema(&f, &good, out, err);
    }
    if (st == MK_OK && check->has_failed) {
        st = no_memory(path, err);
    }
    mk_map_free(good.names);
    mk_buf_release(&good.text);
    mk_buf_release(&text);
    return st;
}

/* ---- source and mapping ---- */

static const char *const mapping_columns[] = {"attribute", "file",     "value", "codes", "missing",
                                              "skip",      "eligible", "note",  "cycles"};

static bool is_bad_name(const MkCheck *check, const char *name)
{
    size_t i = 0;
    while (i < check->n_bad && strcmp(check->bad[i], name) != 0) {
        i++;
    }
    return i < check->n_bad;
}

/* One row of the mapping by itself; after a bad cell that the others do not need, the next. */
static bool judge_mapping_row(File *f, const MkSchema *schema, MkArena *scratch)
{
    const char *const name = cell_of(f, "attribute");
    const char *const cycles = cell_of(f, "cycles");
    const char cycle[2] = {cycles[0], '\0'};
    bool is_good = true;
    for (size_t round = 0; round < 6; round++) {
        const MkMark mark = mk_arena_mark(scratch);
        MkMapping mapping;
        MkError err = {MK_OK, ""};
        char column[COLUMN_BYTES];
        MkBuf text;
        mk_buf_init(&text);
        put_row(&text, f->names, f->n);
        put_row(&text, f->cells, f->n);
        const MkStatus st =
            mk_mapping_parse(text.data, text.len, "row", cycle, schema, scratch, &mapping, &err);
        mk_buf_release(&text);
        mk_arena_rewind(scratch, mark);
        if (st == MK_OK) {
            return is_good;
        }
        const char *const story = read_story(err.text, column);
        is_good = false;
        if (strcmp(column, "attribute") == 0 && is_bad_name(f->check, name)) {
            return false; /* its row of the schema has been told of */
        }
        mk_check_add(f->check,
                     &(MkProblem){.is_error = true,
                                  .file = f->path,
                                  .line = f->tsv.line,
                                  .column = column,
                                  .about = name},
                     "%s", story);
        const bool goes_on = strcmp(column, "missing") == 0 || strcmp(column, "skip") == 0 ||
                             strcmp(column, "eligible") == 0;
        if (!goes_on) {
            return false;
        }
        set_cell(f, column, "");
    }
    return false;
}

/* The same attribute twice in a cycle. */
static MkStatus judge_repeated(File *f, MkMap *seen, MkError *err)
{
    const char *const name = cell_of(f, "attribute");
    const char *const cycles = cell_of(f, "cycles");
    const char *p = cycles;
    do {
        char key[256];
        size_t line;
        snprintf(key, sizeof key, "%.200s/%.1s", name, p);
        if (mk_map_get(seen, key, &line)) {
            mk_check_add(f->check,
                         &(MkProblem){.is_error = true,
                                      .file = f->path,
                                      .line = f->tsv.line,
                                      .column = "attribute",
                                      .about = name},
                         "found '%s' again (first on line %zu)", name, line);
            return MK_OK;
        }
        if (mk_map_put(seen, key, f->tsv.line) != MK_OK) {
            return no_memory(f->path, err);
        }
        p += *p != '\0';
    } while (*p != '\0');
    return MK_OK;
}

static MkStatus judge_mapping(File *f, const MkSchema *schema, const MkSourceInfo *info,
                              MkArena *scratch, MkError *err)
{
    MkMap *const seen = mk_map_new();
    MkStatus st = seen == NULL ? no_memory(f->path, err) : MK_OK;
    size_t n_here = 0;
    while (st == MK_OK && next_row(f)) {
        st = judge_repeated(f, seen, err);
        const char *const cycles = cell_of(f, "cycles");
        n_here +=
            cycles[0] == '\0' || (info->cycle[0] != '\0' && strchr(cycles, info->cycle[0]) != NULL);
        if (judge_mapping_row(f, schema, scratch)) {
            f->check->n_mapped++;
        }
    }
    if (st == MK_OK && n_here == 0) {
        mk_check_add(f->check, &(MkProblem){.is_error = true, .file = f->path},
                     "found no row for this source");
    }
    mk_map_free(seen);
    return st;
}

/* source.tsv; false when it has an error. */
static MkStatus read_info(MkCheck *check, const char *path, MkSourceInfo *info, bool *is_good,
                          MkError *err)
{
    MkBuf text;
    MkError own = {MK_OK, ""};
    mk_buf_init(&text);
    MkStatus st = mk_file_read(path, TEXT_BYTES, &text, err);
    *is_good = false;
    if (st == MK_OK) {
        const MkStatus read =
            mk_source_info_parse(text.data, text.len, path, check->arena, info, &own);
        *is_good = read == MK_OK;
        if (read == MK_EFORMAT) {
            size_t line = 0;
            const char *story = own.text + strlen(path);
            (void)sscanf(story, ":%zu", &line);
            story = strstr(story, ": ");
            mk_check_add(check, &(MkProblem){.is_error = true, .file = path, .line = line}, "%s",
                         story == NULL ? own.text : story + 2);
        } else if (read != MK_OK) {
            st = mk_fail(err, read, "%s", own.text);
        }
    }
    mk_buf_release(&text);
    return st;
}

MkStatus mk_check_source(MkCheck *check, const char *folder, const MkSchema *schema, MkError *err)
{
    MkSourceInfo info;
    bool is_good = false, is_open = false;
    const char *const path = mk_arena_printf(check->arena, "%s/source.tsv", folder);
    if (path == NULL) {
        return no_memory(folder, err);
    }
    MK_TRY(read_info(check, path, &info, &is_good, err));
    if (!is_good || schema == NULL) {
        return MK_OK;
    }
    File f = {.check = check,
              .path = mk_arena_printf(check->arena, "%s/%s", folder, info.mapping),
              .known = mapping_columns,
              .n_known = sizeof mapping_columns / sizeof *mapping_columns,
              .n_required = 3};
    MkBuf text;
    mk_buf_init(&text);
    MkArena *const scratch = mk_arena_new(1 << 16);
    MkStatus st = f.path == NULL || scratch == NULL ? no_memory(folder, err) : MK_OK;
    if (st == MK_OK) {
        st = mk_file_read(f.path, TEXT_BYTES, &text, err);
    }
    if (st == MK_OK) {
        st = begin(&f, check->arena, &text, &is_open);
    }
    if (st == MK_OK && is_open && read_header(&f)) {
        st = judge_mapping(&f, schema, &info, scratch, err);
    }
    if (st == MK_OK && check->has_failed) {
        st = no_memory(folder, err);
    }
    mk_arena_free(scratch);
    mk_buf_release(&text);
    return st;
}
