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

static const struct {
    const char *key;
    const char *text;
    MkAlign align;
} headers[] = {{"name", "Name", MK_ALIGN_LEFT},         {"type", "Type", MK_ALIGN_LEFT},
               {"unit", "Unit", MK_ALIGN_LEFT},         {"observed", "Observed", MK_ALIGN_RIGHT},
               {"category", "Category", MK_ALIGN_LEFT}, {"label", "Label", MK_ALIGN_LEFT},
               {"levels", "Levels", MK_ALIGN_LEFT}};
enum { N_COLUMNS = sizeof headers / sizeof headers[0], N_FOR_PEOPLE = N_COLUMNS - 1 };

static bool matches(const MkAttribute *attribute, const char *pattern)
{
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
    (void)mk_node_number(result, node, "observed", mk_model_observed(model, j));
}

static void row_of(const MkModel *model, size_t j, MkResultTable *people, MkResultTable *data,
                   size_t row, MkResult *result)
{
    MkArena *arena = result->arena;
    const MkAttribute *attribute = mk_show_attribute(model, j);
    const double observed = mk_model_observed(model, j);
    const char *const cells[N_COLUMNS] = {attribute->name,
                                          mk_type_name(attribute->type),
                                          attribute->unit,
                                          mk_show_share(arena, observed),
                                          attribute->category,
                                          attribute->label,
                                          levels_text(attribute, arena)};
    for (size_t c = 0; c < N_COLUMNS; c++) {
        const bool is_share = strcmp(headers[c].key, "observed") == 0;
        if (c < N_FOR_PEOPLE) {
            mk_result_table_cell(result, people, row, c, cells[c], NULL);
        }
        mk_result_table_cell(result, data, row, c,
                             is_share ? mk_show_exact(arena, observed) : cells[c], NULL);
    }
}

MkStatus mk_query_attributes(const MkModel *model, const char *pattern, MkResult *result,
                             MkError *err)
{
    const MkSchema *schema = mk_model_schema(model);
    size_t n = 0;
    for (size_t j = 0; j < schema->n; j++) {
        n += matches(&schema->attributes[j], pattern) ? 1 : 0;
    }
    const char *title = mk_arena_printf(result->arena, "%s · %zu of %zu attributes",
                                        mk_model_card(model)->name, n, schema->n);
    MkNode *root = mk_node_object(result, NULL, NULL);
    (void)mk_node_string(result, root, "model", mk_model_card(model)->name);
    MkNode *list = mk_node_array(result, root, "attributes");
    (void)mk_result_add_table(result, title == NULL ? "" : title, N_FOR_PEOPLE, n);
    (void)mk_result_add_table(result, "", N_COLUMNS, n);
    MK_TRY(mk_result_status(result, err));
    MkResultTable *people = &result->tables[result->n_tables - 2];
    MkResultTable *data = people + 1;
    people->use = MK_TABLE_PEOPLE;
    data->use = MK_TABLE_DATA;
    for (size_t c = 0; c < N_COLUMNS; c++) {
        mk_result_table_header(result, people, c, headers[c].key, headers[c].text,
                               headers[c].align);
        mk_result_table_header(result, data, c, headers[c].key, headers[c].text, headers[c].align);
    }
    size_t row = 0;
    for (size_t j = 0; j < schema->n; j++) {
        if (matches(&schema->attributes[j], pattern)) {
            row_of(model, j, people, data, row++, result);
            node_of(model, j, list, result);
        }
    }
    if (n == 0) {
        mk_result_note(result, "No attribute has '%s' in its name, label or category.", pattern);
    }
    return mk_result_status(result, err);
}
