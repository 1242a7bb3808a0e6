/* support_links.c - what `support` says of values and targets that were never seen together. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "src/base/text.h"
#include "src/query/linkage.h"
#include "src/query/show.h"

enum { ROWS_SHOWN = 12 };

/* Pairs among what is known; the first ones get a range. */
static void find_among(const MkModel *model, MkEvidence evidence, MkArena *arena, MkLinks *out)
{
    const size_t n = evidence.n;
    *out = (MkLinks){.n = 0};
    out->items = n > 1 ? mk_arena_array(arena, n * (n - 1) / 2, sizeof *out->items) : NULL;
    for (size_t i = 0; i < n && out->items != NULL; i++) {
        for (size_t k = i + 1; k < n; k++) {
            const size_t a = evidence.known[i].attribute, b = evidence.known[k].attribute;
            MkLink link = {.target = a, .other = b, .people = mk_model_co_observed(model, a, b)};
            if (link.people >= MK_SEEN_TOGETHER) {
                continue;
            }
            if (out->n < MK_LINKS_DETAILED) {
                (void)mk_link_pair(model, a, b, arena, &link);
            }
            out->items[out->n++] = link;
        }
    }
}

static void nodes(const MkModel *model, const MkLinks *links, const char *rests, MkNode *list,
                  MkResult *result)
{
    for (size_t i = 0; i < links->n; i++) {
        const MkLink *link = &links->items[i];
        MkNode *node = mk_node_object(result, list, NULL);
        (void)mk_node_string(result, node, "attribute",
                             mk_show_attribute(model, link->target)->name);
        (void)mk_node_string(result, node, "with", mk_show_attribute(model, link->other)->name);
        (void)mk_node_number(result, node, "co_observed", (double)link->people);
        (void)mk_node_string(result, node, "rests", rests);
        mk_link_association(link, node, result);
    }
}

static size_t rows(const MkModel *model, const MkLinks *links, bool is_target, size_t first,
                   MkResultTable *table, MkResult *result)
{
    MkArena *arena = result->arena;
    size_t row = first;
    for (size_t i = 0; i < links->n && row < table->n_rows; i++, row++) {
        const MkLink *link = &links->items[i];
        const MkLinkage *r = &link->range;
        const char *const cells[] = {
            mk_show_attribute(model, link->target)->name,
            mk_show_attribute(model, link->other)->name,
            link->people == 0 ? "never"
                              : mk_text_or_empty(mk_arena_printf(arena, "%zu", link->people)),
            link->has_range ? mk_show_correlation(arena, r->value) : "",
            link->has_range ? mk_text_or_empty(mk_arena_printf(arena, "%s to %s",
                                                               mk_show_correlation(arena, r->low),
                                                               mk_show_correlation(arena, r->high)))
                            : "",
            is_target ? "the answer" : "the support"};
        for (size_t c = 0; c < table->n_columns; c++) {
            mk_result_table_cell(result, table, row, c, cells[c], NULL);
        }
    }
    return row;
}

static void people_table(const MkModel *model, const MkLinks *asked, const MkLinks *known,
                         MkResult *result)
{
    static const struct {
        const char *key, *text;
        MkAlign align;
    } headers[] = {
        {"attribute", "Attribute", MK_ALIGN_LEFT},   {"with", "With", MK_ALIGN_LEFT},
        {"co_observed", "Together", MK_ALIGN_RIGHT}, {"value", "r", MK_ALIGN_RIGHT},
        {"range", "May be", MK_ALIGN_LEFT},          {"rests", "Rests on it", MK_ALIGN_LEFT}};
    enum { COLUMNS = sizeof headers / sizeof headers[0] };
    const size_t n = asked->n + known->n, shown = n < ROWS_SHOWN ? n : ROWS_SHOWN;
    MkResultTable *table = mk_result_add_table(
        result, "Never, or hardly ever, observed in the same people", COLUMNS, shown);
    if (table == NULL) {
        return;
    }
    table->use = MK_TABLE_PEOPLE;
    for (size_t c = 0; c < COLUMNS; c++) {
        mk_result_table_header(result, table, c, headers[c].key, headers[c].text, headers[c].align);
    }
    (void)rows(model, known, false, rows(model, asked, true, 0, table, result), table, result);
    if (n > shown) {
        mk_result_note(result, "%zu more pairs were hardly ever observed in the same people.",
                       n - shown);
    }
}

void mk_links_support(const MkModel *model, MkEvidence evidence, const size_t *targets,
                      size_t n_targets, MkNode *root, MkResult *result)
{
    MkLinks asked, known;
    mk_links_find(model, evidence, targets, n_targets, MK_LINKS_DETAILED, false, result->arena,
                  &asked);
    find_among(model, evidence, result->arena, &known);
    mk_note_not_asked(result, model, evidence, targets, n_targets);
    if (asked.n + known.n == 0) {
        return;
    }
    MkNode *list = mk_node_array(result, root, "linkage");
    nodes(model, &asked, "answer", list, result);
    nodes(model, &known, "support", list, result);
    people_table(model, &asked, &known, result);
    mk_note_links(result, model, &asked);
    if (known.n > 0) {
        mk_result_note(result, "How likely these values are together rests, in part, on values "
                               "that were hardly ever observed in the same people.");
    }
}
