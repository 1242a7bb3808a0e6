/* compare_tables.c - what a comparison says: values, differences, what the scenarios differ in. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <math.h>

#include "src/base/text.h"
#include "src/query/compare_inner.h"
#include "src/query/show.h"

enum { GAP = 2, WIDEST = 100 }; /* blanks between columns; cells of a table of values */

static bool has_order(const MkAttribute *attribute)
{
    return attribute->type != MK_CATEGORICAL;
}

/* Is this value part of every scenario? */
static bool is_common(const MkCompare *c, const MkKnown *known)
{
    for (size_t s = 0; s < c->n; s++) {
        const MkValue *said = mk_evidence_find(c->scenarios[s].evidence, known->attribute);
        if (said == NULL || !mk_value_equal(said, &known->value)) {
            return false;
        }
    }
    return true;
}

static const char *common_evidence(const MkCompare *c, MkArena *arena)
{
    const MkEvidence all = c->scenarios[0].evidence;
    MkKnown *kept = mk_arena_array(arena, all.n, sizeof *kept);
    size_t n = 0;
    for (size_t i = 0; kept != NULL && i < all.n; i++) {
        if (is_common(c, &all.known[i])) {
            kept[n++] = all.known[i];
        }
    }
    return mk_show_evidence(arena, c->query->model, (MkEvidence){.n = n, .known = kept});
}

const char *mk_compare_title(const MkCompare *c, MkArena *arena)
{
    const char *common = common_evidence(c, arena);
    const char *name = mk_model_card(c->query->model)->name;
    return mk_text_or_empty(
        common[0] == '\0'
            ? mk_arena_printf(arena, "%s · %zu scenarios", name, c->n)
            : mk_arena_printf(arena, "%s · %zu scenarios, all given %s", name, c->n, common));
}

static void heading(const MkCompare *c, MkResult *result)
{
    MkResultTable *head = mk_result_add_table(result, mk_compare_title(c, result->arena), 0, 0);
    if (head != NULL) {
        head->use = MK_TABLE_PEOPLE;
    }
}

static const MkValue *value_in(const MkCompare *c, size_t s, size_t attribute)
{
    return mk_evidence_find(c->scenarios[s].evidence, attribute);
}

/* The attributes in which scenarios differ, in the order they are first said; returns their
 * number. */
static size_t differing(const MkCompare *c, size_t *attributes)
{
    size_t n = 0;
    for (size_t s = 0; s < c->n; s++) {
        const MkEvidence e = c->scenarios[s].evidence;
        for (size_t i = 0; i < e.n; i++) {
            bool is_new = !is_common(c, &e.known[i]);
            for (size_t k = 0; k < n && is_new; k++) {
                is_new = attributes[k] != e.known[i].attribute;
            }
            if (is_new) {
                attributes[n++] = e.known[i].attribute;
            }
        }
    }
    return n;
}

/* What the scenarios differ in stands after the answers, an attribute a row. */
static void legend_table(const MkCompare *c, MkResult *result)
{
    MkArena *arena = result->arena;
    size_t most = 0;
    for (size_t s = 0; s < c->n; s++) {
        most += c->scenarios[s].evidence.n;
    }
    size_t *attributes = mk_arena_array(arena, most, sizeof *attributes);
    const size_t n = attributes != NULL ? differing(c, attributes) : 0;
    MkResultTable *table =
        n > 0 ? mk_result_add_table(result, "What the scenarios differ in", 2 + c->n, n) : NULL;
    if (table == NULL) {
        return;
    }
    table->use = MK_TABLE_PEOPLE;
    mk_result_table_header(result, table, 0, "given", "Given", MK_ALIGN_LEFT);
    mk_result_table_header(result, table, 1, "unit", "Unit", MK_ALIGN_LEFT);
    for (size_t s = 0; s < c->n; s++) {
        mk_result_table_header(result, table, 2 + s, c->scenarios[s].name, c->scenarios[s].name,
                               MK_ALIGN_RIGHT);
    }
    for (size_t i = 0; i < n; i++) {
        const MkAttribute *attribute = mk_show_attribute(c->query->model, attributes[i]);
        mk_result_table_cell(result, table, i, 0, attribute->name, NULL);
        mk_result_table_cell(result, table, i, 1, attribute->unit, NULL);
        for (size_t s = 0; s < c->n; s++) {
            const MkValue *value = value_in(c, s, attributes[i]);
            mk_result_table_cell(
                result, table, i, 2 + s,
                value != NULL ? mk_show_value(arena, attribute, value, false) : "–", NULL);
        }
    }
}

static size_t rows_of(const MkCompare *c, size_t t)
{
    const MkAttribute *attribute = mk_compare_target(c, t);
    return mk_type_is_number(attribute->type) ? 1 : attribute->n_levels;
}

/* What a table of values says of a number. */
typedef enum Part { WHOLE, MEDIANS, INTERVALS } Part;

static const char *value_cell(const MkCompare *c, size_t s, size_t t, size_t k, Part part,
                              MkArena *arena)
{
    const MkDistribution *d = mk_compare_answer(c, s, t);
    if (!mk_type_is_number(mk_compare_target(c, t)->type)) {
        return mk_show_share(arena, mk_dist_level(d, k));
    }
    const MkShowStep step = mk_show_step(c->query->model, c->targets[t]);
    const double end = 0.5 * (1 - c->query->level);
    const char *median = mk_show_number(arena, mk_dist_quantile(d, 0.5), step);
    const char *low = mk_show_number(arena, mk_dist_quantile(d, end), step);
    const char *high = mk_show_number(arena, mk_dist_quantile(d, 1 - end), step);
    switch (part) {
    case MEDIANS:
        return median;
    case INTERVALS:
        return mk_text_or_empty(mk_arena_printf(arena, "%s–%s", low, high));
    case WHOLE:
        break;
    }
    return mk_text_or_empty(mk_arena_printf(arena, "%s (%s–%s)", median, low, high));
}

/* Rows for people: a number has one; levels stand indented under the name of their attribute. */
static size_t lines_of(const MkCompare *c, size_t t)
{
    return mk_type_is_number(mk_compare_target(c, t)->type) ? 1
                                                            : 1 + mk_compare_target(c, t)->n_levels;
}

static bool is_heading(const MkCompare *c, size_t t, size_t line)
{
    return line == 0 && !mk_type_is_number(mk_compare_target(c, t)->type);
}

static const char *row_name(const MkCompare *c, size_t t, size_t line, MkArena *arena)
{
    const MkAttribute *attribute = mk_compare_target(c, t);
    if (line == 0) {
        return c->is_set[t] ? mk_text_or_empty(mk_arena_printf(arena, "%s (set)", attribute->name))
                            : attribute->name;
    }
    return mk_text_or_empty(mk_arena_printf(arena, "  %s", attribute->levels[line - 1].name));
}

/* Lines of a target in a table of values: levels have no intervals. */
static size_t lines_in(const MkCompare *c, size_t t, Part part)
{
    return part != INTERVALS                                  ? lines_of(c, t)
           : mk_type_is_number(mk_compare_target(c, t)->type) ? 1
                                                              : 0;
}

static const char *value_title(const MkCompare *c, Part part, MkArena *arena)
{
    const char *level = mk_show_level(arena, c->query->level);
    switch (part) {
    case MEDIANS:
        return "Median, or share of a level";
    case INTERVALS:
        return mk_text_or_empty(mk_arena_printf(arena, "%s interval", level));
    case WHOLE:
        break;
    }
    return mk_text_or_empty(
        mk_arena_printf(arena, "Median (%s interval), or share of a level", level));
}

static void value_line(const MkCompare *c, size_t t, size_t line, Part part, MkResultTable *table,
                       size_t row, MkResult *result)
{
    MkArena *arena = result->arena;
    mk_result_table_cell(result, table, row, 0, row_name(c, t, line, arena), NULL);
    for (size_t s = 0; s < c->n && !is_heading(c, t, line); s++) {
        mk_result_table_cell(result, table, row, 1 + s,
                             value_cell(c, s, t, line > 0 ? line - 1 : 0, part, arena), NULL);
    }
}

/* Units stand in the table of differences; without them three scenarios fit into 80 columns. */
static void value_table(const MkCompare *c, Part part, MkResult *result)
{
    size_t n_rows = 0;
    for (size_t i = 0; i < c->n_done; i++) {
        n_rows += lines_in(c, c->order[i], part);
    }
    if (n_rows == 0) {
        return;
    }
    const char *title = value_title(c, part, result->arena);
    MkResultTable *table = mk_result_add_table(result, title, 1 + c->n, n_rows);
    if (table == NULL) {
        return;
    }
    table->use = MK_TABLE_PEOPLE;
    mk_result_table_header(result, table, 0, "attribute", "Attribute", MK_ALIGN_LEFT);
    for (size_t s = 0; s < c->n; s++) {
        mk_result_table_header(result, table, 1 + s, c->scenarios[s].name, c->scenarios[s].name,
                               MK_ALIGN_RIGHT);
    }
    size_t row = 0;
    for (size_t i = 0; i < c->n_done; i++) {
        const size_t t = c->order[i];
        for (size_t k = 0; k < lines_in(c, t, part); k++) {
            value_line(c, t, k, part, table, row++, result);
        }
    }
}

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

/* Cells beside each other when intervals stand with their medians. */
static size_t whole_width(const MkCompare *c, MkArena *arena)
{
    size_t total = 0;
    for (size_t i = 0; i < c->n_done; i++) {
        for (size_t k = 0; k < lines_of(c, i); k++) {
            total = larger(total, mk_utf8_width(row_name(c, i, k, arena)));
        }
    }
    for (size_t s = 0; s < c->n; s++) {
        size_t widest = mk_utf8_width(c->scenarios[s].name);
        for (size_t t = 0; t < c->n_done; t++) {
            widest = larger(widest, mk_utf8_width(value_cell(c, s, t, 0, WHOLE, arena)));
        }
        total += GAP + widest;
    }
    return total;
}

/* Many scenarios: their medians beside each other, the intervals after them. */
static void value_tables(const MkCompare *c, MkResult *result)
{
    if (whole_width(c, result->arena) <= WIDEST) {
        value_table(c, WHOLE, result);
        return;
    }
    value_table(c, MEDIANS, result);
    value_table(c, INTERVALS, result);
}

static const char *chance_text(const MkDifference *d, MkArena *arena)
{
    const double p = fmax(d->higher, 1 - d->higher);
    if (p < 0.505) {
        return "even";
    }
    const char *arrow = p < 0.55 ? "" : d->higher > 0.5 ? " ▲" : " ▼";
    return mk_text_or_empty(mk_arena_printf(arena, "%s %s%s", mk_compare_direction(d->higher),
                                            mk_show_share(arena, p), arrow));
}

static void difference_row(const MkCompare *c, size_t s, size_t t, size_t k, MkResultTable *table,
                           size_t row, MkResult *result)
{
    MkArena *arena = result->arena;
    const MkAttribute *attribute = mk_compare_target(c, t);
    const MkDifference *d = mk_compare_difference(c, s, t);
    mk_result_table_cell(result, table, row, 0, row_name(c, t, k, arena), NULL);
    mk_result_table_cell(result, table, row, 1, c->scenarios[s].name, NULL);
    if (mk_type_is_number(attribute->type)) {
        const MkShowStep step = mk_show_step(c->query->model, c->targets[t]);
        const char *shift = mk_show_shift(arena, d->median, 0, step);
        mk_result_table_cell(result, table, row, 2, shift[0] == '\0' ? "0" : shift, NULL);
        mk_result_table_cell(result, table, row, 3, attribute->unit, NULL);
        mk_result_table_cell(result, table, row, 4, mk_show_interval(arena, d->low, d->high, step),
                             NULL);
    } else if (k > 0) {
        const double change = mk_dist_level(mk_compare_answer(c, s, t), k - 1) -
                              mk_dist_level(mk_compare_answer(c, c->base, t), k - 1);
        const char *points = mk_show_points(arena, change);
        mk_result_table_cell(result, table, row, 2, points[0] == '\0' ? "0" : points, NULL);
        mk_result_table_cell(result, table, row, 3, "points", NULL);
    }
    if (has_order(attribute) && k == 0) {
        mk_result_table_cell(result, table, row, 5, chance_text(d, arena), NULL);
    }
}

static void difference_table(const MkCompare *c, MkResult *result)
{
    static const struct {
        const char *text;
        MkAlign align;
    } headers[] = {{"Attribute", MK_ALIGN_LEFT}, {"Scenario", MK_ALIGN_LEFT},
                   {"Change", MK_ALIGN_RIGHT},   {"Unit", MK_ALIGN_LEFT},
                   {"Interval", MK_ALIGN_LEFT},  {"Direction", MK_ALIGN_LEFT}};
    enum { COLUMNS = sizeof headers / sizeof headers[0] };
    size_t n_rows = 0;
    for (size_t i = 0; i < c->n_done; i++) {
        const size_t t = c->order[i];
        n_rows += lines_of(c, t) * (c->n - 1);
    }
    const char *title = mk_arena_printf(
        result->arena,
        "Against %s: change of the median; %s interval and direction for two people, one of each",
        c->scenarios[c->base].name, mk_show_level(result->arena, c->query->level));
    MkResultTable *table = mk_result_add_table(result, mk_text_or_empty(title), COLUMNS, n_rows);
    if (table == NULL) {
        return;
    }
    table->use = MK_TABLE_PEOPLE;
    for (size_t i = 0; i < COLUMNS; i++) {
        mk_result_table_header(result, table, i, headers[i].text, headers[i].text,
                               headers[i].align);
    }
    size_t row = 0;
    for (size_t i = 0; i < c->n_done; i++) {
        const size_t t = c->order[i];
        for (size_t s = 0; s < c->n; s++) {
            for (size_t k = 0; s != c->base && k < lines_of(c, t); k++) {
                difference_row(c, s, t, k, table, row++, result);
            }
        }
    }
}

static const char *const data_keys[] = {
    "scenario", "attribute", "unit",       "level",          "share",           "median",
    "low",      "high",      "difference", "difference_low", "difference_high", "higher"};
enum { DATA_COLUMNS = sizeof data_keys / sizeof data_keys[0] };

static void data_row(const MkCompare *c, size_t s, size_t t, size_t k, MkResultTable *table,
                     size_t row, MkResult *result)
{
    MkArena *arena = result->arena;
    const MkAttribute *attribute = mk_compare_target(c, t);
    const MkDistribution *d = mk_compare_answer(c, s, t);
    const MkDifference *change = mk_compare_difference(c, s, t);
    const double end = 0.5 * (1 - c->query->level);
    const char *cells[DATA_COLUMNS] = {c->scenarios[s].name, attribute->name, attribute->unit};
    if (mk_type_is_number(attribute->type)) {
        cells[5] = mk_show_exact(arena, mk_dist_quantile(d, 0.5));
        cells[6] = mk_show_exact(arena, mk_dist_quantile(d, end));
        cells[7] = mk_show_exact(arena, mk_dist_quantile(d, 1 - end));
        cells[8] = mk_show_exact(arena, change->median);
        cells[9] = mk_show_exact(arena, change->low);
        cells[10] = mk_show_exact(arena, change->high);
    } else {
        const double p = mk_dist_level(d, k);
        cells[3] = attribute->levels[k].name;
        cells[4] = mk_show_exact(arena, p);
        cells[8] = mk_show_exact(arena, p - mk_dist_level(mk_compare_answer(c, c->base, t), k));
    }
    cells[11] = has_order(attribute) ? mk_show_exact(arena, change->higher) : "";
    for (size_t i = 0; i < DATA_COLUMNS; i++) {
        mk_result_table_cell(result, table, row, i, mk_text_or_empty(cells[i]), NULL);
    }
}

static void data_table(const MkCompare *c, MkResult *result)
{
    size_t n_rows = 0;
    for (size_t i = 0; i < c->n_done; i++) {
        const size_t t = c->order[i];
        n_rows += rows_of(c, t) * c->n;
    }
    MkResultTable *table = mk_result_add_table(result, "", DATA_COLUMNS, n_rows);
    if (table == NULL) {
        return;
    }
    table->use = MK_TABLE_DATA;
    for (size_t i = 0; i < DATA_COLUMNS; i++) {
        mk_result_table_header(result, table, i, data_keys[i], data_keys[i], MK_ALIGN_LEFT);
    }
    size_t row = 0;
    for (size_t i = 0; i < c->n_done; i++) {
        const size_t t = c->order[i];
        for (size_t s = 0; s < c->n; s++) {
            for (size_t k = 0; k < rows_of(c, t); k++) {
                data_row(c, s, t, k, table, row++, result);
            }
        }
    }
}

/* ---- the most different of all ---- */

static const char *most_change(const MkCompare *c, const MkDifference *d, size_t t, MkArena *arena)
{
    if (!mk_type_is_number(mk_compare_target(c, t)->type)) {
        const char *points = mk_show_points(arena, d->step);
        return points[0] == '\0' ? "0" : points;
    }
    const MkShowStep step = mk_show_step(c->query->model, c->targets[t]);
    const double sd = mk_model_marginal(c->query->model, c->targets[t])->sd;
    if (!d->is_mean) {
        const char *shift = mk_show_shift(arena, d->median, sd, step);
        return shift[0] == '\0' ? "0" : shift;
    }
    const MkShowStep finer = {step.usual / 10, 0};
    const char *shift = mk_show_shift(arena, d->mean, sd, finer);
    return shift[0] == '\0' ? "0" : mk_text_or_empty(mk_arena_printf(arena, "mean %s", shift));
}

/* "waist (cm)", "smoking: current" */
static const char *most_name(const MkCompare *c, size_t t, size_t level, MkArena *arena)
{
    const MkAttribute *attribute = mk_compare_target(c, t);
    if (!mk_type_is_number(attribute->type)) {
        return mk_text_or_empty(
            mk_arena_printf(arena, "%s: %s", attribute->name, attribute->levels[level].name));
    }
    return attribute->unit[0] == '\0' ? attribute->name
                                      : mk_text_or_empty(mk_arena_printf(
                                            arena, "%s (%s)", attribute->name, attribute->unit));
}

static void most_row(const MkCompare *c, size_t row, MkResultTable *table, MkResult *result)
{
    MkArena *arena = result->arena;
    const size_t t = c->order[row], widest = mk_compare_widest(c, t);
    const MkDifference *d = mk_compare_difference(c, widest, t);
    size_t column = 0;
    mk_result_table_cell(result, table, row, column++, most_name(c, t, d->level, arena), NULL);
    for (size_t s = 0; s < c->n; s++) {
        mk_result_table_cell(result, table, row, column++,
                             value_cell(c, s, t, d->level, MEDIANS, arena), NULL);
    }
    if (c->n > 2) {
        mk_result_table_cell(result, table, row, column++, c->scenarios[widest].name, NULL);
    }
    mk_result_table_cell(result, table, row, column++, most_change(c, d, t, arena), NULL);
    mk_result_table_cell(result, table, row, column++,
                         mk_text_or_empty(mk_arena_printf(arena, "%.2f", d->size)), NULL);
    if (c->n == 2 && has_order(mk_compare_target(c, t))) {
        mk_result_table_cell(result, table, row, column,
                             mk_show_share(arena, fmax(d->higher, 1 - d->higher)), NULL);
    }
}

/* Without intervals, so that what differs most is seen at once; `compare NAME` and the data have
 * them. */
static void most_table(const MkCompare *c, MkResult *result)
{
    const size_t n_rows = mk_compare_shown(c);
    const char *title = mk_arena_printf(
        result->arena,
        "The %zu of %zu attributes that differ most from %s: median or share of a level; size of "
        "the change in population sd%s",
        n_rows, c->n_done, c->scenarios[c->base].name,
        c->n == 2 ? "; chance that two people, one of each, differ so" : "");
    MkResultTable *table = mk_result_add_table(result, mk_text_or_empty(title), 4 + c->n, n_rows);
    if (table == NULL) {
        return;
    }
    table->use = MK_TABLE_PEOPLE;
    size_t column = 0;
    mk_result_table_header(result, table, column++, "attribute", "Attribute", MK_ALIGN_LEFT);
    for (size_t s = 0; s < c->n; s++) {
        mk_result_table_header(result, table, column++, c->scenarios[s].name, c->scenarios[s].name,
                               MK_ALIGN_RIGHT);
    }
    if (c->n > 2) {
        mk_result_table_header(result, table, column++, "scenario", "Most in", MK_ALIGN_LEFT);
    }
    mk_result_table_header(result, table, column++, "change", "Change", MK_ALIGN_RIGHT);
    mk_result_table_header(result, table, column++, "size", "Size", MK_ALIGN_RIGHT);
    if (c->n == 2) {
        mk_result_table_header(result, table, column, "chance", "Chance", MK_ALIGN_RIGHT);
    }
    for (size_t row = 0; row < n_rows; row++) {
        most_row(c, row, table, result);
    }
}

void mk_compare_tables(const MkCompare *c, MkResult *result)
{
    heading(c, result);
    if (c->is_all) {
        most_table(c, result);
    } else {
        value_tables(c, result);
        if (c->n > 1) {
            difference_table(c, result);
        }
    }
    legend_table(c, result);
    data_table(c, result);
}
