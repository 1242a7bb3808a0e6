#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "src/data/schema.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/arena.h"
#include "src/base/file.h"
#include "src/base/map.h"
#include "src/base/text.h"
#include "src/data/tsv.h"
#include "src/data/value.h"

enum { SCHEMA_BYTES = 64 << 20, NEAREST = 4, N_COLUMNS = 14 };

struct MkSchemaPrivate {
    MkArena *arena;
    MkMap *by_name;
};

/* Columns in the order in which they are written; the first three are required. */
enum {
    C_NAME,
    C_TYPE,
    C_LABEL,
    C_UNIT,
    C_LEVELS,
    C_CATEGORY,
    C_DESCRIPTION,
    C_MIN,
    C_MAX,
    C_RESOLUTION,
    C_MODIFIABLE,
    C_ELIGIBLE,
    C_CLASS,
    C_RULE
};
static const char *const column_names[N_COLUMNS] = {
    "name", "type", "label",      "unit",       "levels",   "category", "description",
    "min",  "max",  "resolution", "modifiable", "eligible", "class",    "rule"};

static const char *const type_names[] = {"real", "positive", "count", "categorical", "ordinal"};

/* Where the reader is, for messages. */
typedef struct Row {
    const MkTsv *tsv;
    const size_t *columns; /* position of each known column, or MK_NO_CELL */
} Row;

const char *mk_type_name(MkType type)
{
    return type_names[type];
}

bool mk_type_is_number(MkType type)
{
    return type == MK_REAL || type == MK_POSITIVE || type == MK_COUNT;
}

static const char *cell(const Row *row, int column)
{
    const size_t at = row->columns[column];
    return at == MK_NO_CELL ? "" : row->tsv->cells[at];
}

static MkStatus fail_cell(const Row *row, int column, const char *expected, MkError *err)
{
    char shown[MK_SHOWN];
    const char *text = cell(row, column);
    return mk_fail(err, MK_EFORMAT, "%s:%zu: column %s: found '%s', expected %s", row->tsv->origin,
                   row->tsv->line, column_names[column], mk_shown(text, strlen(text), shown),
                   expected);
}

static bool is_word(const char *const *words, size_t n, const char *text)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(words[i], text) == 0) {
            return true;
        }
    }
    return false;
}

/* Words that mean a gap to other programs; never a name. */
static bool means_missing(const char *text)
{
    static const char *const words[] = {"na", "nan", "null", "NA", "NaN", "NULL"};
    return is_word(words, sizeof words / sizeof *words, text);
}

static bool is_reserved(const char *text)
{
    static const char *const words[] = {"person", "survey_weight", "given",   "of", "vs",
                                        "across", "over",          "subject", "to", "from"};
    return is_word(words, sizeof words / sizeof *words, text);
}

/* A letter or _, then letters, digits, _ . - (shipped schemas keep to [a-z][a-z0-9_]*). */
static bool is_attribute_name(const char *text)
{
    for (size_t i = 0; text[i] != '\0'; i++) {
        const char c = text[i];
        const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
        const bool is_inner = (c >= '0' && c <= '9') || c == '.' || c == '-';
        if (!is_letter && !(i > 0 && is_inner)) {
            return false;
        }
    }
    return text[0] != '\0' && strstr(text, "..") == NULL;
}

static MkStatus read_name(const Row *row, MkAttribute *a, MkError *err)
{
    a->name = cell(row, C_NAME);
    if (!is_attribute_name(a->name)) {
        return fail_cell(row, C_NAME, "a name of letters, digits and _", err);
    }
    if (means_missing(a->name) || is_reserved(a->name)) {
        return fail_cell(row, C_NAME, "a name that is not a reserved word", err);
    }
    a->label = cell(row, C_LABEL);
    if (a->label[0] == '\0') {
        return fail_cell(row, C_LABEL, "a text", err);
    }
    return MK_OK;
}

static MkStatus read_type(const Row *row, MkAttribute *a, MkError *err)
{
    const char *text = cell(row, C_TYPE);
    for (size_t i = 0; i < sizeof type_names / sizeof *type_names; i++) {
        if (strcmp(type_names[i], text) == 0) {
            a->type = (MkType)i;
            return a->type == MK_CATEGORICAL || strcmp(a->name, "source") != 0
                       ? MK_OK
                       : fail_cell(row, C_TYPE, "categorical: the levels of source are studies",
                                   err);
        }
    }
    return fail_cell(row, C_TYPE, "real, positive, count, categorical or ordinal", err);
}

/* One "code=name" of text[0..len); a text without = is both code and name. */
static MkStatus read_level(const Row *row, MkArena *arena, const char *text, size_t len,
                           MkLevel *level, MkError *err)
{
    const char *eq = memchr(text, '=', len);
    size_t n_code = eq == NULL ? len : (size_t)(eq - text);
    const char *name = eq == NULL ? text : eq + 1;
    size_t n_name = eq == NULL ? len : len - n_code - 1;
    mk_text_trim(&text, &n_code);
    mk_text_trim(&name, &n_name);
    if (n_code == 0 || n_name == 0) {
        return fail_cell(row, C_LEVELS, "code=name|code=name", err);
    }
    *level =
        (MkLevel){mk_arena_strndup(arena, text, n_code), mk_arena_strndup(arena, name, n_name)};
    if (level->code == NULL || level->name == NULL) {
        return mk_fail(err, MK_ENOMEM, "%s: out of memory", row->tsv->origin);
    }
    if (means_missing(level->name)) {
        return fail_cell(row, C_LEVELS, "level names other than na, nan and null", err);
    }
    return MK_OK;
}

static MkStatus check_levels(const Row *row, const MkLevel *levels, size_t n, MkError *err)
{
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < i; k++) {
            const bool same_code = strcmp(levels[i].code, levels[k].code) == 0;
            if (same_code || strcmp(levels[i].name, levels[k].name) == 0) {
                char shown[MK_SHOWN];
                const char *what = same_code ? levels[i].code : levels[i].name;
                return mk_fail(err, MK_EFORMAT,
                               "%s:%zu: column levels: found %s '%s' twice, expected it once",
                               row->tsv->origin, row->tsv->line, same_code ? "code" : "level",
                               mk_shown(what, strlen(what), shown));
            }
        }
    }
    return MK_OK;
}

static MkStatus read_levels(const Row *row, MkArena *arena, MkAttribute *a, MkError *err)
{
    const char *text = cell(row, C_LEVELS);
    if (mk_type_is_number(a->type)) {
        return text[0] == '\0'
                   ? MK_OK
                   : fail_cell(row, C_LEVELS, "an empty cell, as the type is a number", err);
    }
    size_t n = 1;
    for (const char *p = text; *p != '\0'; p++) {
        n += *p == '|';
    }
    if (n < 2 || n > MK_MAX_LEVELS) {
        return fail_cell(row, C_LEVELS, "2 to 64 levels as code=name|code=name", err);
    }
    MkLevel *levels = mk_arena_zeros(arena, n, sizeof *levels);
    if (levels == NULL) {
        return mk_fail(err, MK_ENOMEM, "%s: out of memory", row->tsv->origin);
    }
    for (size_t i = 0; i < n; i++) {
        const size_t len = strcspn(text, "|");
        MK_TRY(read_level(row, arena, text, len, &levels[i], err));
        text += len + (text[len] == '|');
    }
    MK_TRY(check_levels(row, levels, n, err));
    a->levels = levels;
    a->n_levels = n;
    return MK_OK;
}

/* A number, or the fallback when the cell is empty. */
static MkStatus read_number(const Row *row, int column, double fallback, double *out, MkError *err)
{
    const char *text = cell(row, column);
    if (text[0] == '\0') {
        *out = fallback;
        return MK_OK;
    }
    if (!mk_text_double(text, strlen(text), '.', out)) {
        return fail_cell(row, column, "a number", err);
    }
    return MK_OK;
}

static MkStatus read_domain(const Row *row, MkAttribute *a, MkError *err)
{
    const bool is_signed = a->type == MK_REAL;
    MK_TRY(read_number(row, C_MIN, is_signed ? -INFINITY : 0.0, &a->min, err));
    MK_TRY(read_number(row, C_MAX, INFINITY, &a->max, err));
    MK_TRY(read_number(row, C_RESOLUTION, 0.0, &a->resolution, err));
    if (!mk_type_is_number(a->type)) {
        for (int c = C_MIN; c <= C_RESOLUTION; c++) {
            if (cell(row, c)[0] != '\0') {
                return fail_cell(row, c, "an empty cell, as the type has levels", err);
            }
        }
        a->min = 0.0;
        a->max = (double)(a->n_levels - 1);
        return MK_OK;
    }
    if (!is_signed && a->min < 0.0) {
        return fail_cell(row, C_MIN, "0 or more for this type", err);
    }
    if (a->max <= a->min) {
        return fail_cell(row, C_MAX, "more than the minimum", err);
    }
    if (a->resolution < 0.0) {
        return fail_cell(row, C_RESOLUTION, "0 or more", err);
    }
    return MK_OK;
}

static MkStatus read_modifiable(const Row *row, MkAttribute *a, MkError *err)
{
    const char *text = cell(row, C_MODIFIABLE);
    a->modifiable = strcmp(text, "yes") == 0;
    if (!a->modifiable && text[0] != '\0' && strcmp(text, "no") != 0) {
        return fail_cell(row, C_MODIFIABLE, "yes, no or an empty cell", err);
    }
    return MK_OK;
}

static MkStatus read_attribute(const Row *row, MkArena *arena, MkAttribute *a, MkError *err)
{
    *a = (MkAttribute){.unit = cell(row, C_UNIT),
                       .category = cell(row, C_CATEGORY),
                       .description = cell(row, C_DESCRIPTION),
                       .eligible = cell(row, C_ELIGIBLE),
                       .class_name = cell(row, C_CLASS),
                       .rule = cell(row, C_RULE)};
    MK_TRY(read_name(row, a, err));
    MK_TRY(read_type(row, a, err));
    MK_TRY(read_levels(row, arena, a, err));
    MK_TRY(read_domain(row, a, err));
    return read_modifiable(row, a, err);
}

static MkStatus find_columns(const MkTsv *tsv, size_t *columns, MkError *err)
{
    for (int c = 0; c < N_COLUMNS; c++) {
        columns[c] = mk_tsv_column(tsv, column_names[c]);
        if (columns[c] == MK_NO_CELL && c <= C_LABEL) {
            return mk_fail(err, MK_EFORMAT,
                           "%s:%zu: column %s: not found, expected at least name, type and label",
                           tsv->origin, tsv->line, column_names[c]);
        }
    }
    for (size_t i = 0; i < tsv->n_columns; i++) {
        if (!is_word(column_names, N_COLUMNS, tsv->columns[i])) {
            char shown[MK_SHOWN];
            return mk_fail(err, MK_EFORMAT,
                           "%s:%zu: column %s: found, but a schema has no such column", tsv->origin,
                           tsv->line, mk_shown(tsv->columns[i], strlen(tsv->columns[i]), shown));
        }
    }
    return MK_OK;
}

static MkSchema *schema_new(void)
{
    MkSchema *schema = calloc(1, sizeof *schema);
    struct MkSchemaPrivate *priv = calloc(1, sizeof *priv);
    if (schema == NULL || priv == NULL) {
        free(schema);
        free(priv);
        return NULL;
    }
    schema->priv = priv;
    priv->arena = mk_arena_new(0);
    priv->by_name = mk_map_new();
    if (priv->arena == NULL || priv->by_name == NULL) {
        mk_schema_free(schema);
        return NULL;
    }
    return schema;
}

void mk_schema_free(MkSchema *schema)
{
    if (schema == NULL) {
        return;
    }
    mk_map_free(schema->priv->by_name);
    mk_arena_free(schema->priv->arena);
    free(schema->priv);
    free(schema);
}

/* Reads all rows into an array of `cap` attributes; the caller has counted the lines. */
static MkStatus read_rows(MkSchema *schema, MkTsv *tsv, MkAttribute *attributes, MkError *err)
{
    size_t columns[N_COLUMNS];
    MK_TRY(find_columns(tsv, columns, err));
    const Row row = {tsv, columns};
    for (;;) {
        bool more;
        size_t other;
        MK_TRY(mk_tsv_next(tsv, &more, err));
        if (!more) {
            break;
        }
        MkAttribute *a = &attributes[schema->n];
        MK_TRY(read_attribute(&row, schema->priv->arena, a, err));
        if (mk_map_get(schema->priv->by_name, a->name, &other)) {
            return fail_cell(&row, C_NAME, "a name that is not in the schema yet", err);
        }
        if (mk_map_put(schema->priv->by_name, a->name, schema->n) != MK_OK) {
            return mk_fail(err, MK_ENOMEM, "%s: out of memory", tsv->origin);
        }
        schema->n++;
    }
    if (schema->n == 0) {
        return mk_fail(err, MK_EFORMAT, "%s: found no attributes", tsv->origin);
    }
    return MK_OK;
}

MkStatus mk_schema_parse(const char *text, size_t len, const char *origin, MkSchema **out,
                         MkError *err)
{
    MkStatus st;
    MkSchema *schema = schema_new();
    if (schema == NULL) {
        return mk_fail(err, MK_ENOMEM, "%s: out of memory", origin);
    }
    MkTsv tsv;
    MK_TRY_GOTO(mk_tsv_begin(&tsv, schema->priv->arena, text, len, origin, err));
    size_t cap = 1;
    for (size_t i = 0; i < len; i++) {
        cap += text[i] == '\n';
    }
    MkAttribute *attributes = mk_arena_zeros(schema->priv->arena, cap, sizeof *attributes);
    if (attributes == NULL) {
        st = mk_fail(err, MK_ENOMEM, "%s: out of memory", origin);
        goto done;
    }
    schema->attributes = attributes;
    MK_TRY_GOTO(read_rows(schema, &tsv, attributes, err));
    *out = schema;
    return MK_OK;
done:
    mk_schema_free(schema);
    return st;
}

MkStatus mk_schema_read(const char *path, MkSchema **out, MkError *err)
{
    MkBuf buf;
    mk_buf_init(&buf);
    MkStatus st = mk_file_read(path, SCHEMA_BYTES, &buf, err);
    if (st == MK_OK) {
        st = mk_schema_parse(buf.data, buf.len, path, out, err);
    }
    mk_buf_release(&buf);
    return st;
}

static void print_number(MkBuf *buf, double x)
{
    if (isfinite(x)) {
        mk_buf_double(buf, x);
    }
}

static void print_domain(const MkAttribute *a, MkBuf *buf)
{
    const bool is_number = mk_type_is_number(a->type);
    mk_buf_putc(buf, '\t');
    print_number(buf, is_number ? a->min : NAN);
    mk_buf_putc(buf, '\t');
    print_number(buf, is_number ? a->max : NAN);
    mk_buf_putc(buf, '\t');
    print_number(buf, is_number && a->resolution > 0.0 ? a->resolution : NAN);
}

static void print_attribute(const MkAttribute *a, MkBuf *buf)
{
    mk_buf_printf(buf, "%s\t%s\t%s\t%s\t", a->name, mk_type_name(a->type), a->label, a->unit);
    for (size_t i = 0; i < a->n_levels; i++) {
        mk_buf_printf(buf, "%s%s=%s", i > 0 ? "|" : "", a->levels[i].code, a->levels[i].name);
    }
    mk_buf_printf(buf, "\t%s\t%s", a->category, a->description);
    print_domain(a, buf);
    mk_buf_printf(buf, "\t%s\t%s\t%s\t%s\n", a->modifiable ? "yes" : "no", a->eligible,
                  a->class_name, a->rule);
}

void mk_schema_print(const MkSchema *schema, MkBuf *buf)
{
    for (int c = 0; c < N_COLUMNS; c++) {
        mk_buf_printf(buf, "%s%s", c > 0 ? "\t" : "", column_names[c]);
    }
    mk_buf_putc(buf, '\n');
    for (size_t j = 0; j < schema->n; j++) {
        print_attribute(&schema->attributes[j], buf);
    }
}

static bool copy_text(MkArena *arena, const char **text)
{
    *text = mk_arena_strdup(arena, *text);
    return *text != NULL;
}

static bool copy_attribute(MkArena *arena, MkAttribute *a)
{
    MkLevel *levels = mk_arena_zeros(arena, a->n_levels, sizeof *levels);
    bool ok = levels != NULL;
    for (size_t i = 0; ok && i < a->n_levels; i++) {
        levels[i] = a->levels[i];
        ok = copy_text(arena, &levels[i].code) && copy_text(arena, &levels[i].name);
    }
    a->levels = levels;
    return ok && copy_text(arena, &a->name) && copy_text(arena, &a->label) &&
           copy_text(arena, &a->unit) && copy_text(arena, &a->category) &&
           copy_text(arena, &a->description) && copy_text(arena, &a->eligible) &&
           copy_text(arena, &a->class_name) && copy_text(arena, &a->rule);
}

MkStatus mk_schema_subset(const MkSchema *schema, const size_t *ids, size_t n, MkSchema **out,
                          MkError *err)
{
    MkSchema *part = schema_new();
    MkAttribute *attributes =
        part == NULL ? NULL : mk_arena_zeros(part->priv->arena, n, sizeof *attributes);
    bool ok = attributes != NULL;
    for (size_t i = 0; ok && i < n; i++) {
        size_t other;
        attributes[i] = schema->attributes[ids[i]];
        if (mk_map_get(part->priv->by_name, attributes[i].name, &other)) {
            mk_schema_free(part);
            return mk_fail(err, MK_EINVAL, "attribute %s is chosen twice",
                           schema->attributes[ids[i]].name);
        }
        ok = copy_attribute(part->priv->arena, &attributes[i]) &&
             mk_map_put(part->priv->by_name, attributes[i].name, i) == MK_OK;
    }
    if (!ok) {
        mk_schema_free(part);
        return mk_fail(err, MK_ENOMEM, "out of memory for a schema of %zu attributes", n);
    }
    part->attributes = attributes;
    part->n = n;
    *out = part;
    return MK_OK;
}

bool mk_schema_find(const MkSchema *schema, const char *name, size_t *id)
{
    return mk_map_get(schema->priv->by_name, name, id);
}

/* Names that begin with the word: their number, and the first few as text. */
static size_t list_prefixed(const MkSchema *schema, const char *word, size_t *first, MkBuf *list)
{
    size_t n = 0;
    for (size_t j = 0; j < schema->n; j++) {
        const char *name = schema->attributes[j].name;
        if (!mk_text_has_prefix(name, word)) {
            continue;
        }
        if (n == 0) {
            *first = j;
        }
        if (n < NEAREST) {
            mk_buf_printf(list, "%s%s", n > 0 ? ", " : "", name);
        }
        n++;
    }
    return n;
}

/* How far a wrong word is from an attribute: edits of the name; 2 when name or label contain the
 * word. */
static size_t nearness(const MkAttribute *a, const char *word, size_t limit)
{
    const size_t edits = mk_text_distance(a->name, word, limit);
    const bool is_inside = strlen(word) >= 3 && (mk_text_find_nocase(a->name, word) ||
                                                 mk_text_find_nocase(a->label, word));
    return is_inside && edits > 2 ? 2 : edits;
}

static void list_nearest(const MkSchema *schema, const char *word, MkBuf *list)
{
    const size_t limit = strlen(word) < 6 ? 2 : 3;
    size_t n = 0;
    for (size_t distance = 0; distance <= limit && n < NEAREST; distance++) {
        for (size_t j = 0; j < schema->n && n < NEAREST; j++) {
            if (nearness(&schema->attributes[j], word, limit) == distance) {
                mk_buf_printf(list, "%s%s", n > 0 ? ", " : "", schema->attributes[j].name);
                n++;
            }
        }
    }
}

MkStatus mk_schema_resolve(const MkSchema *schema, const char *word, size_t *id, MkError *err)
{
    if (mk_schema_find(schema, word, id)) {
        return MK_OK;
    }
    char shown[MK_SHOWN];
    mk_shown(word, strlen(word), shown);
    MkBuf list;
    mk_buf_init(&list);
    size_t first = 0;
    const size_t n = word[0] == '\0' ? 0 : list_prefixed(schema, word, &first, &list);
    MkStatus st = MK_OK;
    if (n == 1) {
        *id = first;
    } else if (n > 1) {
        st = mk_fail(err, MK_ENOTFOUND, "attribute '%s' can mean %zu attributes: %s%s", shown, n,
                     list.data, n > NEAREST ? ", ..." : "");
    } else {
        list_nearest(schema, word, &list);
        st = mk_fail(err, MK_ENOTFOUND, "no attribute '%s'%s%s", shown,
                     list.len > 0 ? ", nearest: " : "", list.data);
    }
    mk_buf_release(&list);
    return st;
}

bool mk_attribute_level(const MkAttribute *attribute, const char *text, size_t len, size_t *level)
{
    for (size_t i = 0; i < attribute->n_levels; i++) {
        const char *name = attribute->levels[i].name;
        if (strlen(name) == len && memcmp(name, text, len) == 0) {
            *level = i;
            return true;
        }
    }
    for (size_t i = 0; i < attribute->n_levels; i++) {
        const char *code = attribute->levels[i].code;
        if (strlen(code) == len && memcmp(code, text, len) == 0) {
            *level = i;
            return true;
        }
    }
    return false;
}
