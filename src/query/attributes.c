/* attributes.c - mk_query_attributes: what the model knows about. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <math.h>
#include <string.h>

#include "src/base/buf.h"
#include "src/base/text.h"
#include "src/query/query.h"
#include "src/query/show.h"

typedef struct Header {
    const char *key;
    const char *text;
    MkAlign align;
} Header;

/* For people the category is a line above its attributes. */
static const Header people_headers[] = {{"name", "Name", MK_ALIGN_LEFT},
                                        {"label", "Label", MK_ALIGN_LEFT},
                                        {"unit", "Unit", MK_ALIGN_LEFT},
                                        {"type", "Type", MK_ALIGN_LEFT},
                                        {"people", "People", MK_ALIGN_RIGHT}};
static const Header data_headers[] = {
    {"name", "Name", MK_ALIGN_LEFT},         {"type", "Type", MK_ALIGN_LEFT},
    {"unit", "Unit", MK_ALIGN_LEFT},         {"observed", "Observed", MK_ALIGN_RIGHT},
    {"category", "Category", MK_ALIGN_LEFT}, {"label", "Label", MK_ALIGN_LEFT},
    {"levels", "Levels", MK_ALIGN_LEFT}};
enum {
    N_FOR_PEOPLE = sizeof people_headers / sizeof people_headers[0],
    N_FOR_DATA = sizeof data_headers / sizeof data_headers[0]
};

static bool matches(const MkAttribute *attribute, const char *pattern)
{
    if (pattern != NULL && strcmp(pattern, "modifiable") == 0) {
        return attribute->modifiable;
    }
    return pattern == NULL || pattern[0] == '\0' || mk_text_find_nocase(attribute->name, pattern) ||
           mk_text_find_nocase(attribute->label, pattern) ||
           mk_text_find_nocase(attribute->category, pattern);
}

static const char *levels_text(const MkAttribute *attribute, MkArena *arena)
{
    MkBuf buf;
    mk_buf_init(&buf);
    for (size_t k = 0; k < attribute->n_levels; k++) {
        mk_buf_printf(&buf, "%s%s", k > 0 ? "|" : "", attribute->levels[k].name);
    }
    const char *out = buf.failed ? NULL : mk_arena_strdup(arena, buf.data);
    mk_buf_release(&buf);
    return out == NULL ? "" : out;
}

static void node_of(const MkModel *model, size_t j, MkNode *list, MkResult *result)
{
    const MkAttribute *attribute = mk_show_attribute(model, j);
    MkNode *node = mk_node_object(result, list, NULL);
    (void)mk_node_string(result, node, "name", attribute->name);
    (void)mk_node_string(result, node, "label", attribute->label);
    (void)mk_node_string(result, node, "type", mk_type_name(attribute->type));
    (void)mk_node_string(result, node, "unit", attribute->unit);
    if (attribute->n_levels > 0) {
        MkNode *levels = mk_node_array(result, node, "levels");
        for (size_t k = 0; k < attribute->n_levels; k++) {
            (void)mk_node_string(result, levels, NULL, attribute->levels[k].name);
        }
    } else if (isfinite(attribute->min) || isfinite(attribute->max)) {
        MkNode *range = mk_node_object(result, node, "range");
        if (isfinite(attribute->min)) {
            (void)mk_node_number(result, range, "low", attribute->min);
        }
        if (isfinite(attribute->max)) {
            (void)mk_node_number(result, range, "high", attribute->max);
        }
    }
    (void)mk_node_string(result, node, "category", attribute->category);
    (void)mk_node_bool(result, node, "modifiable", attribute->modifiable);
    (void)mk_node_number(result, node, "observed", mk_model_observed(model, j));
}

static void data_row(const MkModel *model, size_t j, MkResultTable *table, size_t row,
                     MkResult *result)
{
    MkArena *arena = result->arena;
    const MkAttribute *attribute = mk_show_attribute(model, j);
    const char *const cells[N_FOR_DATA] = {attribute->name,
                                           mk_type_name(attribute->type),
                                           attribute->unit,
                                           mk_show_exact(arena, mk_model_observed(model, j)),
                                           attribute->category,
                                           attribute->label,
                                           levels_text(attribute, arena)};
    for (size_t c = 0; c < N_FOR_DATA; c++) {
        mk_result_table_cell(result, table, row, c, cells[c], NULL);
    }
}

static void people_row(const MkModel *model, size_t j, MkResultTable *table, size_t row,
                       MkResult *result)
{
    MkArena *arena = result->arena;
    const MkAttribute *attribute = mk_show_attribute(model, j);
    const char *name = mk_arena_printf(arena, "  %s", attribute->name);
    char people[32];
    mk_text_count(mk_model_co_observed(model, j, j), people);
    const char *const shown = mk_arena_strdup(arena, people);
    const char *const cells[N_FOR_PEOPLE] = {name == NULL ? "" : name, attribute->label,
                                             attribute->unit, mk_type_name(attribute->type),
                                             shown == NULL ? "" : shown};
    for (size_t c = 0; c < N_FOR_PEOPLE; c++) {
        mk_result_table_cell(result, table, row, c, cells[c], NULL);
    }
}

static MkResultTable *add_table(MkResult *result, const char *title, MkTableUse use,
                                const Header *headers, size_t n_columns, size_t n_rows)
{
    MkResultTable *table = mk_result_add_table(result, title, n_columns, n_rows);
    if (table == NULL) {
        return NULL;
    }
    table->use = use;
    for (size_t c = 0; c < n_columns; c++) {
        mk_result_table_header(result, table, c, headers[c].key, headers[c].text, headers[c].align);
    }
    return table;
}

/* The attributes that match, in the order of the schema. */
static void people_table(const MkModel *model, const size_t *found, size_t n, MkResult *result)
{
    const MkSchema *schema = mk_model_schema(model);
    const char *title = mk_arena_printf(result->arena, "%s · %zu of %zu attributes",
                                        mk_model_card(model)->name, n, schema->n);
    MkResultTable *head = mk_result_add_table(result, title == NULL ? "" : title, 0, 0);
    if (head != NULL) {
        head->use = MK_TABLE_PEOPLE;
    }
    size_t n_rows = n;
    for (size_t i = 0; i < n; i++) {
        n_rows += i == 0 || strcmp(schema->attributes[found[i]].category,
                                   schema->attributes[found[i - 1]].category) != 0;
    }
    MkResultTable *table =
        n > 0 ? add_table(result, "", MK_TABLE_PEOPLE, people_headers, N_FOR_PEOPLE, n_rows) : NULL;
    size_t row = 0;
    for (size_t i = 0; i < n && table != NULL; i++) {
        const char *category = schema->attributes[found[i]].category;
        if (i == 0 || strcmp(category, schema->attributes[found[i - 1]].category) != 0) {
            mk_result_table_cell(result, table, row++, 0, category, NULL);
        }
        people_row(model, found[i], table, row++, result);
    }
}

MkStatus mk_query_attributes(const MkModel *model, const char *pattern, MkResult *result,
                             MkError *err)
{
    const MkSchema *schema = mk_model_schema(model);
    size_t *found = mk_arena_array(result->arena, schema->n, sizeof *found);
    size_t n = 0;
    if (found == NULL) {
        return mk_fail(err, MK_ENOMEM, "out of memory for a list");
    }
    for (size_t j = 0; j < schema->n; j++) {
        if (matches(&schema->attributes[j], pattern)) {
            found[n++] = j;
        }
    }
    MkNode *root = mk_node_object(result, NULL, NULL);
    (void)mk_node_string(result, root, "model", mk_model_card(model)->name);
    MkNode *list = mk_node_array(result, root, "attributes");
    people_table(model, found, n, result);
    MkResultTable *data = add_table(result, "", MK_TABLE_DATA, data_headers, N_FOR_DATA, n);
    for (size_t i = 0; i < n && data != NULL; i++) {
        data_row(model, found[i], data, i, result);
        node_of(model, found[i], list, result);
    }
    if (n == 0) {
        mk_result_note(result, "No attribute has '%s' in its name, label or category.", pattern);
    }
    return mk_result_status(result, err);
}
