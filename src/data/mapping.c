#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "src/data/mapping.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "src/base/text.h"
#include "src/data/tsv.h"

enum { N_COLUMNS = 9, MAX_CODES = 4096, MAX_ENTRIES = 256 };

enum { C_ATTRIBUTE, C_FILE, C_VALUE, C_CODES, C_MISSING, C_SKIP, C_ELIGIBLE, C_NOTE, C_CYCLES };
static const char *const column_names[N_COLUMNS] = {
    "attribute", "file", "value", "codes", "missing", "skip", "eligible", "note", "cycles"};

/* Where the reader is. */
typedef struct Row {
    const MkTsv *tsv;
    const size_t *columns;
    MkArena *arena;
    const MkAttribute *attribute;
} Row;

static const char *cell(const Row *row, int column)
{
    const size_t at = row->columns[column];
    return at == MK_NO_CELL ? "" : row->tsv->cells[at];
}

static MkStatus no_memory(const Row *row, MkError *err)
{
    return mk_fail(err, MK_ENOMEM, "%s: out of memory", row->tsv->origin);
}

static MkStatus fail_part(const Row *row, int column, const char *text, size_t len,
                          const char *expected, MkError *err)
{
    char shown[MK_SHOWN];
    return mk_fail(err, MK_EFORMAT, "%s:%zu: column %s: found '%s', expected %s", row->tsv->origin,
                   row->tsv->line, column_names[column], mk_shown(text, len, shown), expected);
}

/* Cuts the part before the next separator off *text; false when nothing is left. */
static bool take_part(const char **text, char separator, const char **part, size_t *len)
{
    if (*text == NULL) {
        return false;
    }
    const char *end = strchr(*text, separator);
    *part = *text;
    *len = end == NULL ? strlen(*text) : (size_t)(end - *text);
    *text = end == NULL ? NULL : end + 1;
    mk_text_trim(part, len);
    return true;
}

static size_t count_parts(const char *text, char separator)
{
    size_t n = 1;
    for (; *text != '\0'; text++) {
        n += *text == separator;
    }
    return n;
}

static MkStatus parse_expr(const Row *row, int column, const char *text, MkExpr **out, MkError *err)
{
    char *where = mk_arena_printf(row->arena, "%s:%zu: column %s", row->tsv->origin, row->tsv->line,
                                  column_names[column]);
    if (where == NULL) {
        return no_memory(row, err);
    }
    return mk_expr_parse(row->arena, text, where, out, err);
}

/* A value as the attribute has it: a level's name, or a number of its domain. */
static MkStatus parse_value(const Row *row, int column, const char *text, size_t len, double *out,
                            MkError *err)
{
    const MkAttribute *a = row->attribute;
    size_t level;
    double x;
    if (a->n_levels > 0) {
        for (level = 0; level < a->n_levels; level++) {
            const char *name = a->levels[level].name;
            if (strlen(name) == len && memcmp(name, text, len) == 0) {
                *out = (double)level;
                return MK_OK;
            }
        }
        return fail_part(row, column, text, len, "the name of a level of this attribute", err);
    }
    if (!mk_text_double(text, len, '.', &x)) {
        return fail_part(row, column, text, len, "a number", err);
    }
    if (x < a->min || x > a->max || (a->type == MK_COUNT && x != floor(x))) {
        return fail_part(row, column, text, len, "a number that the attribute can have", err);
    }
    *out = x;
    return MK_OK;
}

/* A code that is a text: its number is its place among the words of the row. */
static MkStatus add_word(const Row *row, MkMappingRow *out, const char *text, size_t len,
                         double *code, MkError *err)
{
    if (out->words == NULL) {
        out->words =
            mk_arena_array(row->arena, count_parts(cell(row, C_CODES), '|'), sizeof *out->words);
    }
    char *word = mk_arena_strndup(row->arena, text, len);
    if (out->words == NULL || word == NULL) {
        return no_memory(row, err);
    }
    for (size_t i = 0; i < out->n_words; i++) {
        if (strcmp(out->words[i], word) == 0) {
            return fail_part(row, C_CODES, text, len, "every code once", err);
        }
    }
    out->words[out->n_words++] = word;
    *code = (double)out->n_words;
    return MK_OK;
}

/* Is a code of the list no number? Then all of them are words: `0`, `1`, `2 or more`. */
static bool codes_are_words(const char *text)
{
    const char *part;
    size_t len;
    double x;
    while (take_part(&text, '|', &part, &len)) {
        const char *const eq = memchr(part, '=', len);
        size_t n = eq == NULL ? 0 : (size_t)(eq - part);
        mk_text_trim(&part, &n);
        if (n > 0 && !mk_text_double(part, n, '.', &x)) {
            return true;
        }
    }
    return false;
}

/* code=value|code=value */
static MkStatus read_codes(const Row *row, MkMappingRow *out, MkError *err)
{
    const char *text = cell(row, C_CODES), *part;
    size_t len;
    const bool has_words = codes_are_words(text);
    const size_t n = count_parts(text, '|');
    out->codes = mk_arena_array(row->arena, n, sizeof *out->codes);
    if (out->codes == NULL) {
        return no_memory(row, err);
    }
    if (text[0] == '\0') {
        return MK_OK;
    }
    if (n > MAX_CODES) {
        return fail_part(row, C_CODES, text, strlen(text), "fewer codes", err);
    }
    while (take_part(&text, '|', &part, &len)) {
        const char *eq = memchr(part, '=', len);
        MkRecode *code = &out->codes[out->n_codes];
        const char *left = part, *right = eq == NULL ? part : eq + 1;
        size_t n_left = eq == NULL ? 0 : (size_t)(eq - part);
        size_t n_right = eq == NULL ? 0 : len - n_left - 1;
        mk_text_trim(&left, &n_left);
        mk_text_trim(&right, &n_right);
        if (eq == NULL || n_left == 0) {
            return fail_part(row, C_CODES, part, len, "code=value", err);
        }
        if (has_words || !mk_text_double(left, n_left, '.', &code->code)) {
            MK_TRY(add_word(row, out, left, n_left, &code->code, err));
        }
        for (size_t i = 0; i < out->n_codes; i++) {
            if (out->codes[i].code == code->code) {
                return fail_part(row, C_CODES, part, len, "every code once", err);
            }
        }
        MK_TRY(parse_value(row, C_CODES, right, n_right, &code->value, err));
        out->n_codes++;
    }
    return MK_OK;
}

/* Words as codes read the text of the one variable that is the row's value. */
static MkStatus use_words(const Row *row, const MkMappingRow *out, MkError *err)
{
    if (out->n_words == 0) {
        return MK_OK;
    }
    if (!mk_expr_is_variable(out->value)) {
        return fail_part(row, C_CODES, cell(row, C_CODES), strlen(cell(row, C_CODES)),
                         "numbers as codes, or one variable as value, whose words they are", err);
    }
    MkExprVariable *variable = &out->value->variables[0];
    variable->use = MK_EXPR_WORD;
    variable->words = out->words;
    variable->n_words = out->n_words;
    return MK_OK;
}

/* Without codes of its own, a row means the codes of the schema. */
static MkStatus default_codes(const Row *row, MkMappingRow *out, MkError *err)
{
    const MkAttribute *a = row->attribute;
    if (a->n_levels == 0 || out->n_codes > 0) {
        return MK_OK;
    }
    out->codes = mk_arena_array(row->arena, a->n_levels, sizeof *out->codes);
    if (out->codes == NULL) {
        return no_memory(row, err);
    }
    for (size_t i = 0; i < a->n_levels; i++) {
        MkRecode *code = &out->codes[i];
        const char *text = a->levels[i].code;
        if (!mk_text_double(text, strlen(text), '.', &code->code)) {
            return fail_part(row, C_CODES, "", 0,
                             "code=level, as the schema's codes are no numbers", err);
        }
        code->value = (double)i;
    }
    out->n_codes = a->n_levels;
    return MK_OK;
}

/* Does the row read a variable that holds texts? Then words can be missing codes. */
static bool reads_text(const MkMappingRow *row)
{
    bool is_text = row->n_words > 0;
    for (size_t i = 0; i < row->value->n_variables; i++) {
        const MkExprUse use = row->value->variables[i].use;
        is_text = is_text || use == MK_EXPR_PARSED || use == MK_EXPR_WORD || use == MK_EXPR_HOURS;
    }
    return is_text;
}

/* code|code */
static MkStatus read_missing_codes(const Row *row, const char *list, bool with_words,
                                   MkMissing *out, MkError *err)
{
    const size_t n = count_parts(list, '|');
    double *const numbers = mk_arena_array(row->arena, n, sizeof *numbers);
    const char **const words = mk_arena_array(row->arena, n, sizeof *words);
    const char *part;
    size_t len;
    if (numbers == NULL || words == NULL) {
        return no_memory(row, err);
    }
    while (take_part(&list, '|', &part, &len)) {
        if (mk_text_double(part, len, '.', &numbers[out->n_codes])) {
            out->n_codes++;
        } else if (!with_words || len == 0) {
            return fail_part(row, C_MISSING, part, len, "a code (a number)", err);
        } else {
            words[out->n_words] = mk_arena_strndup(row->arena, part, len);
            if (words[out->n_words++] == NULL) {
                return no_memory(row, err);
            }
        }
    }
    out->codes = numbers;
    out->words = words;
    return MK_OK;
}

/* [VARIABLE:]code|code */
static MkStatus read_missing_entry(const Row *row, const char *text, size_t len, bool with_words,
                                   MkMissing *out, MkError *err)
{
    const char *colon = memchr(text, ':', len);
    *out = (MkMissing){.table = ""};
    const char *codes = text;
    if (colon != NULL) {
        const char *name = text, *dot = memchr(text, '.', (size_t)(colon - text));
        size_t n_name = (size_t)(colon - text);
        if (dot != NULL) {
            out->table = mk_arena_strndup(row->arena, text, (size_t)(dot - text));
            name = dot + 1;
            n_name = (size_t)(colon - name);
        }
        mk_text_trim(&name, &n_name);
        out->variable = mk_arena_strndup(row->arena, name, n_name);
        if (out->variable == NULL || out->table == NULL) {
            return no_memory(row, err);
        }
        codes = colon + 1;
    }
    const char *const list = mk_arena_strndup(row->arena, codes, len - (size_t)(codes - text));
    return list == NULL ? no_memory(row, err) : read_missing_codes(row, list, with_words, out, err);
}

static const char *last_colon(const char *text, size_t len)
{
    while (len > 0) {
        if (text[--len] == ':') {
            return text + len;
        }
    }
    return NULL;
}

/* CONDITION:value */
static MkStatus read_skip(const Row *row, const char *text, size_t len, MkSkip *out, MkError *err)
{
    const char *colon = last_colon(text, len);
    if (colon == NULL) {
        return fail_part(row, C_SKIP, text, len, "CONDITION:value", err);
    }
    const char *value = colon + 1;
    size_t n_value = len - (size_t)(value - text);
    char *condition = mk_arena_strndup(row->arena, text, (size_t)(colon - text));
    if (condition == NULL) {
        return no_memory(row, err);
    }
    mk_text_trim(&value, &n_value);
    MK_TRY(parse_expr(row, C_SKIP, condition, &out->condition, err));
    return parse_value(row, C_SKIP, value, n_value, &out->value, err);
}

/* Entries of a cell, cut at semicolons, into missing codes or skips. */
static MkStatus read_entries(const Row *row, int column, MkMappingRow *out, MkError *err)
{
    const char *text = cell(row, column), *part;
    size_t len;
    const bool is_skip = column == C_SKIP;
    const size_t n = count_parts(text, ';');
    void *list = mk_arena_array(row->arena, n, is_skip ? sizeof *out->skips : sizeof *out->missing);
    if (list == NULL) {
        return no_memory(row, err);
    }
    if (n > MAX_ENTRIES) {
        return fail_part(row, column, text, strlen(text), "fewer entries", err);
    }
    out->skips = is_skip ? list : out->skips;
    out->missing = is_skip ? out->missing : list;
    while (take_part(&text, ';', &part, &len)) {
        if (len > 0 && is_skip) {
            MK_TRY(read_skip(row, part, len, &out->skips[out->n_skips], err));
            out->n_skips++;
        } else if (len > 0) {
            MK_TRY(read_missing_entry(row, part, len, reads_text(out),
                                      &out->missing[out->n_missing], err));
            out->n_missing++;
        }
    }
    return MK_OK;
}

/* An entry without a table means the variable of that name wherever it lies. */
static bool same_table(const MkMissing *m, const char *table, const char *file)
{
    return m->table[0] == '\0' || strcmp(m->table, table[0] == '\0' ? file : table) == 0;
}

const MkMissing *mk_mapping_missing(const MkMappingRow *row, const char *table, const char *name)
{
    const MkMissing *general = NULL;
    for (size_t i = 0; i < row->n_missing; i++) {
        const MkMissing *m = &row->missing[i];
        if (m->variable == NULL) {
            general = m;
        } else if (strcmp(m->variable, name) == 0 && same_table(m, table, row->file)) {
            return m;
        }
    }
    return general;
}

static bool expr_uses(const MkExpr *expr, const MkMissing *m, const char *file)
{
    for (size_t i = 0; expr != NULL && i < expr->n_variables; i++) {
        const MkExprVariable *v = &expr->variables[i];
        if (mk_expr_match(v->name, m->variable) && same_table(m, v->table, file)) {
            return true;
        }
    }
    return false;
}

/* An entry for a variable that the row does not use is a slip of the pen. */
static MkStatus check_missing(const Row *row, const MkMappingRow *out, MkError *err)
{
    size_t n_general = 0;
    for (size_t i = 0; i < out->n_missing; i++) {
        const MkMissing *m = &out->missing[i];
        n_general += m->variable == NULL;
        bool is_used = m->variable == NULL || expr_uses(out->value, m, out->file) ||
                       expr_uses(out->eligible, m, out->file);
        for (size_t k = 0; !is_used && k < out->n_skips; k++) {
            is_used = expr_uses(out->skips[k].condition, m, out->file);
        }
        if (!is_used) {
            return fail_part(row, C_MISSING, m->variable, strlen(m->variable),
                             "a variable that the row uses", err);
        }
    }
    if (n_general > 1) {
        return fail_part(row, C_MISSING, cell(row, C_MISSING), strlen(cell(row, C_MISSING)),
                         "one general list", err);
    }
    return MK_OK;
}

static MkStatus check_required(const Row *row, MkError *err)
{
    for (int c = C_ATTRIBUTE; c <= C_VALUE; c++) {
        if (cell(row, c)[0] == '\0') {
            return mk_fail(err, MK_EFORMAT,
                           "%s:%zu: column %s: found an empty cell, expected a text",
                           row->tsv->origin, row->tsv->line, column_names[c]);
        }
    }
    return MK_OK;
}

static MkStatus find_attribute(const Row *row, const MkSchema *schema, size_t *id, MkError *err)
{
    const char *name = cell(row, C_ATTRIBUTE);
    if (mk_schema_find(schema, name, id)) {
        return MK_OK;
    }
    MkError nearest = {MK_OK, ""};
    const bool is_prefix = mk_schema_resolve(schema, name, id, &nearest) == MK_OK;
    const char *hint = is_prefix ? NULL : strstr(nearest.text, ", nearest: ");
    char shown[MK_SHOWN];
    return mk_fail(err, MK_EFORMAT,
                   "%s:%zu: column attribute: found '%s', which is not in the schema%s",
                   row->tsv->origin, row->tsv->line, mk_shown(name, strlen(name), shown),
                   hint == NULL ? "" : hint);
}

static MkStatus read_row(Row *row, const MkSchema *schema, MkMappingRow *out, MkError *err)
{
    MK_TRY(check_required(row, err));
    *out = (MkMappingRow){.line = row->tsv->line, .file = cell(row, C_FILE)};
    MK_TRY(find_attribute(row, schema, &out->attribute, err));
    row->attribute = &schema->attributes[out->attribute];
    MK_TRY(parse_expr(row, C_VALUE, cell(row, C_VALUE), &out->value, err));
    MK_TRY(read_codes(row, out, err));
    MK_TRY(use_words(row, out, err));
    MK_TRY(default_codes(row, out, err));
    MK_TRY(read_entries(row, C_MISSING, out, err));
    MK_TRY(read_entries(row, C_SKIP, out, err));
    if (cell(row, C_ELIGIBLE)[0] != '\0') {
        MK_TRY(parse_expr(row, C_ELIGIBLE, cell(row, C_ELIGIBLE), &out->eligible, err));
    }
    return check_missing(row, out, err);
}

static MkStatus find_columns(const MkTsv *tsv, size_t *columns, MkError *err)
{
    for (int c = 0; c < N_COLUMNS; c++) {
        columns[c] = mk_tsv_column(tsv, column_names[c]);
        if (columns[c] == MK_NO_CELL && c <= C_VALUE) {
            return mk_fail(err, MK_EFORMAT, "%s:%zu: column %s: not found in the header",
                           tsv->origin, tsv->line, column_names[c]);
        }
    }
    for (size_t i = 0; i < tsv->n_columns; i++) {
        bool is_known = false;
        for (int c = 0; c < N_COLUMNS; c++) {
            is_known = is_known || columns[c] == i;
        }
        if (!is_known) {
            char shown[MK_SHOWN];
            return mk_fail(
                err, MK_EFORMAT, "%s:%zu: column %s: found, but a mapping has no such column",
                tsv->origin, tsv->line, mk_shown(tsv->columns[i], strlen(tsv->columns[i]), shown));
        }
    }
    return MK_OK;
}

/* Does the row hold in this cycle? Rows that name none hold in all. */
static MkStatus holds(const Row *row, const char *cycle, bool *out, MkError *err)
{
    const char *const cycles = cell(row, C_CYCLES);
    for (const char *c = cycles; *c != '\0'; c++) {
        if (*c < 'A' || *c > 'Z' || strchr(c + 1, *c) != NULL) {
            return fail_part(row, C_CYCLES, cycles, strlen(cycles), "capital letters, each once",
                             err);
        }
    }
    if (*cycles != '\0' && cycle[0] == '\0') {
        return fail_part(row, C_CYCLES, cycles, strlen(cycles),
                         "none, as source.tsv names no cycle", err);
    }
    *out = *cycles == '\0' || strchr(cycles, cycle[0]) != NULL;
    return MK_OK;
}

MkStatus mk_mapping_parse(const char *text, size_t len, const char *origin, const char *cycle,
                          const MkSchema *schema, MkArena *arena, MkMapping *out, MkError *err)
{
    MkTsv tsv;
    size_t columns[N_COLUMNS];
    MK_TRY(mk_tsv_begin(&tsv, arena, text, len, origin, err));
    MK_TRY(find_columns(&tsv, columns, err));
    Row row = {.tsv = &tsv, .columns = columns, .arena = arena};
    MkMapping mapping = {.origin = origin};
    mapping.rows = mk_arena_array(arena, schema->n, sizeof *mapping.rows);
    size_t *seen = mk_arena_zeros(arena, schema->n, sizeof *seen);
    if (mapping.rows == NULL || seen == NULL) {
        return no_memory(&row, err);
    }
    for (;;) {
        bool more;
        MkMappingRow read;
        MK_TRY(mk_tsv_next(&tsv, &more, err));
        if (!more) {
            break;
        }
        bool is_meant = false;
        MK_TRY(holds(&row, cycle, &is_meant, err));
        if (!is_meant) {
            continue;
        }
        MK_TRY(read_row(&row, schema, &read, err));
        if (seen[read.attribute] != 0) {
            return mk_fail(err, MK_EFORMAT,
                           "%s:%zu: column attribute: found '%s' again (first on line %zu)", origin,
                           read.line, row.attribute->name, seen[read.attribute]);
        }
        seen[read.attribute] = read.line;
        mapping.rows[mapping.n_rows++] = read;
    }
    if (mapping.n_rows == 0) {
        return mk_fail(err, MK_EFORMAT, "%s: found no attributes", origin);
    }
    *out = mapping;
    return MK_OK;
}

/* --- source.tsv
 * ----------------------------------------------------------------------------------- */

enum {
    K_NAME,
    K_BASE,
    K_PERSON,
    K_LABEL,
    K_INCLUDE,
    K_WEIGHT,
    K_LICENCE,
    K_URL,
    K_FILES,
    K_MAPPING,
    K_CYCLE,
    K_TABLE,
    N_KEYS
};
static const char *const key_names[N_KEYS] = {"name",    "base",    "person",  "label",
                                              "include", "weight",  "licence", "url",
                                              "files",   "mapping", "cycle",   "table"};

typedef struct Keys {
    const char *values[N_KEYS];
    size_t lines[N_KEYS];
} Keys;

static MkStatus read_key(const MkTsv *tsv, size_t key, size_t value, Keys *keys, MkError *err)
{
    const char *name = tsv->cells[key];
    char shown[MK_SHOWN];
    for (size_t k = 0; k < N_KEYS; k++) {
        if (strcmp(name, key_names[k]) == 0) {
            if (keys->lines[k] != 0) {
                return mk_fail(err, MK_EFORMAT, "%s:%zu: column key: found '%s' again", tsv->origin,
                               tsv->line, name);
            }
            keys->values[k] = tsv->cells[value];
            keys->lines[k] = tsv->line;
            return MK_OK;
        }
    }
    return mk_fail(err, MK_EFORMAT,
                   "%s:%zu: column key: found '%s', expected name, label, person, base, include, "
                   "weight, licence, url, files, mapping, cycle or table",
                   tsv->origin, tsv->line, mk_shown(name, strlen(name), shown));
}

static MkStatus read_keys(MkTsv *tsv, Keys *keys, MkError *err)
{
    const size_t key = mk_tsv_column(tsv, "key"), value = mk_tsv_column(tsv, "value");
    if (key == MK_NO_CELL || value == MK_NO_CELL) {
        return mk_fail(err, MK_EFORMAT, "%s:%zu: expected the columns key and value", tsv->origin,
                       tsv->line);
    }
    for (;;) {
        bool more;
        MK_TRY(mk_tsv_next(tsv, &more, err));
        if (!more) {
            break;
        }
        MK_TRY(read_key(tsv, key, value, keys, err));
    }
    for (size_t k = K_NAME; k <= K_BASE; k++) { /* the others may be left out */
        if (keys->values[k][0] == '\0') {
            return mk_fail(err, MK_EFORMAT, "%s: the key %s is missing", tsv->origin, key_names[k]);
        }
    }
    return MK_OK;
}

static MkStatus key_expr(const Keys *keys, size_t k, const char *origin, MkArena *arena,
                         MkExpr **out, MkError *err)
{
    if (keys->values[k][0] == '\0') {
        return MK_OK;
    }
    char *where = mk_arena_printf(arena, "%s:%zu: key %s", origin, keys->lines[k], key_names[k]);
    if (where == NULL) {
        return mk_fail(err, MK_ENOMEM, "%s: out of memory", origin);
    }
    return mk_expr_parse(arena, keys->values[k], where, out, err);
}

MkStatus mk_source_info_parse(const char *text, size_t len, const char *origin, MkArena *arena,
                              MkSourceInfo *out, MkError *err)
{
    MkTsv tsv;
    Keys keys = {.lines = {0}};
    for (size_t k = 0; k < N_KEYS; k++) {
        keys.values[k] = "";
    }
    MK_TRY(mk_tsv_begin(&tsv, arena, text, len, origin, err));
    MK_TRY(read_keys(&tsv, &keys, err));
    MkSourceInfo info = {.origin = origin,
                         .name = keys.values[K_NAME],
                         .label = keys.values[K_LABEL],
                         .person = keys.values[K_PERSON],
                         .base = keys.values[K_BASE],
                         .licence = keys.values[K_LICENCE],
                         .url = keys.values[K_URL],
                         .include_line = keys.lines[K_INCLUDE],
                         .mapping = keys.values[K_MAPPING][0] != '\0' ? keys.values[K_MAPPING]
                                                                      : "mapping.tsv",
                         .cycle = keys.values[K_CYCLE],
                         .table = keys.values[K_TABLE][0] != '\0' ? keys.values[K_TABLE] : "{}",
                         .weight_line = keys.lines[K_WEIGHT]};
    if (strlen(info.cycle) > 1 ||
        (info.cycle[0] != '\0' && strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZ", info.cycle[0]) == NULL)) {
        return mk_fail(err, MK_EFORMAT, "%s:%zu: key cycle: found '%s', expected a capital letter",
                       origin, keys.lines[K_CYCLE], info.cycle);
    }
    if (strstr(info.table, "{}") == NULL) {
        return mk_fail(err, MK_EFORMAT,
                       "%s:%zu: key table: found '%s', expected a name with {} in it", origin,
                       keys.lines[K_TABLE], info.table);
    }
    MK_TRY(key_expr(&keys, K_INCLUDE, origin, arena, &info.include, err));
    MK_TRY(key_expr(&keys, K_WEIGHT, origin, arena, &info.weight, err));
    *out = info;
    return MK_OK;
}
