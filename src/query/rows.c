/* rows.c - mk_query_estimate_rows: an answer for every row of a table.
 *
 * Rows are answered in parallel (each_row.h); of each answer three numbers stay.
 * The same numbers whatever the thread count: ranges of the evidence are drawn from the seed of the
 * question, as for one person. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "src/query/each_row.h"
#include "src/query/query.h"
#include "src/query/show.h"

/* median, low and high of a number; likeliest level and its share. */
typedef struct Cell {
    double value;
    double low, high;
} Cell;

typedef struct Rows {
    const MkQuery *query;
    const MkTable *table;
    Cell *cells; /* (n_rows, n_targets) */
    size_t n_done;
} Rows;

static MkStatus no_memory(MkError *err)
{
    return mk_fail(err, MK_ENOMEM, "out of memory for the rows of a table");
}

/* ---- one row ---- */

static MkStatus answer_row(void *ctx, size_t row, MkArena *arena, MkError *err)
{
    const Rows *r = ctx;
    MkQuery query = *r->query;
    query.pool = NULL; /* the rows are what runs in parallel */
    MkDistribution *posterior = mk_arena_zeros(arena, query.n_targets, sizeof *posterior);
    if (posterior == NULL) {
        return no_memory(err);
    }
    MkEvidence own;
    MK_TRY(mk_table_evidence(r->table, row, arena, &own, err));
    MK_TRY(mk_evidence_merge(arena, own, query.evidence, &query.evidence, err));
    MK_TRY(mk_query_posterior(&query, arena, posterior, err));
    Cell *cells = r->cells + row * query.n_targets;
    for (size_t t = 0; t < query.n_targets; t++) {
        const MkDistribution *d = &posterior[t];
        if (mk_show_is_number(query.model, query.targets[t])) {
            cells[t] = (Cell){.value = mk_dist_quantile(d, 0.5),
                              .low = mk_dist_quantile(d, 0.5 * (1 - query.level)),
                              .high = mk_dist_quantile(d, 0.5 * (1 + query.level))};
        } else {
            const double mode = mk_dist_mode(d);
            cells[t] = (Cell){.value = mode, .low = mk_dist_level(d, (size_t)mode)};
        }
    }
    return MK_OK;
}

/* ---- all rows ---- */

static void tell_progress(void *ctx, size_t done, size_t total)
{
    const MkQuery *query = ctx;
    char line[96];
    if (done == total) {
        return; /* the answer says so */
    }
    (void)snprintf(line, sizeof line, "estimate: %zu of %zu rows", done, total);
    query->progress(query->ctx, line);
}

/* When cancelled, what is done is an answer too. */
static MkStatus answer_all(Rows *r, MkError *err)
{
    MkQuery query = *r->query; /* whose context the progress needs */
    const size_t n_rows = r->table->n_rows;
    const MkEachRow work = {.query = &query,
                            .n_rows = n_rows,
                            .row = answer_row,
                            .ctx = r,
                            .progress = query.progress != NULL ? tell_progress : NULL,
                            .progress_ctx = &query};
    if (n_rows > SIZE_MAX / sizeof(Cell) / query.n_targets) {
        return no_memory(err);
    }
    r->cells = mk_heap_array(n_rows * query.n_targets + 1, sizeof *r->cells);
    if (r->cells == NULL) {
        return no_memory(err);
    }
    const MkStatus st = mk_each_row(&work, &r->n_done, err);
    return st == MK_ECANCEL && r->n_done > 0 ? MK_OK : st;
}

/* ---- the result ---- */

static const char *row_text(MkResult *result, size_t row)
{
    const char *text = mk_arena_printf(result->arena, "%zu", row + 1);
    return text != NULL ? text : "";
}

/* A column a target; the interval beside the median. */
static void people_table(const Rows *r, MkResult *result)
{
    const MkQuery *query = r->query;
    const bool has_person = r->table->person != NULL;
    const size_t first = has_person ? 2 : 1;
    MkArena *arena = result->arena;
    const char *over = mk_show_evidence(arena, query->model, query->evidence);
    const char *line =
        mk_arena_printf(arena, "%s · %zu row%s%s%s", mk_model_card(query->model)->name, r->n_done,
                        r->n_done == 1 ? "" : "s", over[0] != '\0' ? ", all given " : "", over);
    const char *title = mk_arena_printf(arena, "Median (%s interval), or likeliest level",
                                        mk_show_level(arena, query->level));
    (void)mk_result_add_table(result, line != NULL ? line : "", 0, 0);
    MkResultTable *table = mk_result_add_table(result, title != NULL ? title : "",
                                               first + query->n_targets, r->n_done);
    if (table == NULL) {
        return;
    }
    table->use = MK_TABLE_PEOPLE;
    mk_result_table_header(result, table, 0, "row", "Row", MK_ALIGN_RIGHT);
    if (has_person) {
        mk_result_table_header(result, table, 1, "person", "Person", MK_ALIGN_LEFT);
    }
    for (size_t t = 0; t < query->n_targets; t++) {
        const MkAttribute *a = mk_show_attribute(query->model, query->targets[t]);
        const MkShowStep step = mk_show_step(query->model, query->targets[t]);
        const bool is_number = mk_type_is_number(a->type);
        const char *header =
            a->unit[0] != '\0' ? mk_arena_printf(arena, "%s (%s)", a->name, a->unit) : a->name;
        mk_result_table_header(result, table, first + t, a->name, header != NULL ? header : "",
                               is_number ? MK_ALIGN_RIGHT : MK_ALIGN_LEFT);
        for (size_t i = 0; i < r->n_done; i++) {
            const Cell *cell = &r->cells[i * query->n_targets + t];
            const char *text =
                is_number
                    ? mk_arena_printf(arena, "%s (%s)", mk_show_number(arena, cell->value, step),
                                      mk_show_interval(arena, cell->low, cell->high, step))
                    : mk_arena_printf(arena, "%s %s", a->levels[(size_t)cell->value].name,
                                      mk_show_share(arena, cell->low));
            mk_result_table_cell(result, table, i, first + t, text != NULL ? text : "", NULL);
        }
    }
    for (size_t i = 0; i < r->n_done; i++) {
        mk_result_table_cell(result, table, i, 0, row_text(result, i), NULL);
        if (has_person) {
            mk_result_table_cell(result, table, i, 1, r->table->person[i], NULL);
        }
    }
}

static size_t data_header(MkResult *result, MkResultTable *table, size_t column,
                          const MkAttribute *a, const char *tail)
{
    const char *name = mk_arena_printf(result->arena, "%s%s", a->name, tail);
    mk_result_table_header(result, table, column, name != NULL ? name : "",
                           name != NULL ? name : "", MK_ALIGN_RIGHT);
    return column + 1;
}

static size_t data_columns(const MkQuery *query)
{
    size_t n = 0;
    for (size_t t = 0; t < query->n_targets; t++) {
        n += mk_show_is_number(query->model, query->targets[t]) ? 3 : 2;
    }
    return n;
}

/* row,person,hba1c,hba1c_low,hba1c_high,smoking,smoking_share */
static void data_table(const Rows *r, MkResult *result)
{
    const MkQuery *query = r->query;
    const bool has_person = r->table->person != NULL;
    size_t column = has_person ? 2 : 1;
    MkArena *arena = result->arena;
    MkResultTable *table = mk_result_add_table(result, "", column + data_columns(query), r->n_done);
    if (table == NULL) {
        return;
    }
    table->use = MK_TABLE_DATA;
    mk_result_table_header(result, table, 0, "row", "row", MK_ALIGN_RIGHT);
    if (has_person) {
        mk_result_table_header(result, table, 1, "person", "person", MK_ALIGN_LEFT);
    }
    for (size_t i = 0; i < r->n_done; i++) {
        mk_result_table_cell(result, table, i, 0, row_text(result, i), NULL);
        if (has_person) {
            mk_result_table_cell(result, table, i, 1, r->table->person[i], NULL);
        }
    }
    for (size_t t = 0; t < query->n_targets; t++) {
        const MkAttribute *a = mk_show_attribute(query->model, query->targets[t]);
        const bool is_number = mk_type_is_number(a->type);
        for (size_t i = 0; i < r->n_done; i++) {
            const Cell *cell = &r->cells[i * query->n_targets + t];
            const char *value =
                is_number ? mk_show_exact(arena, cell->value) : a->levels[(size_t)cell->value].name;
            mk_result_table_cell(result, table, i, column, value, NULL);
            mk_result_table_cell(result, table, i, column + 1, mk_show_exact(arena, cell->low),
                                 NULL);
            if (is_number) {
                mk_result_table_cell(result, table, i, column + 2, mk_show_exact(arena, cell->high),
                                     NULL);
            }
        }
        column = data_header(result, table, column, a, "");
        column = data_header(result, table, column, a, is_number ? "_low" : "_share");
        column = is_number ? data_header(result, table, column, a, "_high") : column;
    }
}

static void row_node(const Rows *r, size_t row, MkNode *list, MkResult *result)
{
    const MkQuery *query = r->query;
    MkNode *node = mk_node_object(result, list, NULL);
    (void)mk_node_number(result, node, "row", (double)(row + 1));
    if (r->table->person != NULL) {
        (void)mk_node_string(result, node, "person", r->table->person[row]);
    }
    MkNode *estimates = mk_node_array(result, node, "estimates");
    for (size_t t = 0; t < query->n_targets; t++) {
        const MkAttribute *a = mk_show_attribute(query->model, query->targets[t]);
        const Cell *cell = &r->cells[row * query->n_targets + t];
        MkNode *one = mk_node_object(result, estimates, NULL);
        (void)mk_node_string(result, one, "attribute", a->name);
        if (!mk_type_is_number(a->type)) {
            (void)mk_node_string(result, one, "mode", a->levels[(size_t)cell->value].name);
            (void)mk_node_number(result, one, "share", cell->low);
            continue;
        }
        (void)mk_node_number(result, one, "median", cell->value);
        mk_show_interval_node(result, one, query->level, cell->low, cell->high);
    }
}

/* Rows that know the target themselves: their answer is what they say. */
static void note_known(const Rows *r, MkResult *result)
{
    const MkTable *table = r->table;
    for (size_t t = 0; t < r->query->n_targets; t++) {
        const size_t j = r->query->targets[t];
        size_t n = 0;
        const bool is_said = mk_evidence_find(r->query->evidence, j) != NULL;
        for (size_t i = 0; i < r->n_done && !is_said; i++) {
            n += isnan(mk_table_get(table, i, j)) ? 0 : 1;
        }
        if (n > 0) {
            mk_result_note(result,
                           "%s is known in %zu of %zu rows: there the answer is what is "
                           "known.",
                           mk_show_attribute(r->query->model, j)->name, n, r->n_done);
        }
    }
}

static void tell(const Rows *r, MkResult *result)
{
    const MkQuery *query = r->query;
    MkNode *root = mk_node_object(result, NULL, NULL);
    (void)mk_node_string(result, root, "model", mk_model_card(query->model)->name);
    mk_show_given(result, root, "given", query->model, query->evidence);
    MkNode *list = mk_node_array(result, root, "rows");
    for (size_t i = 0; i < r->n_done; i++) {
        row_node(r, i, list, result);
    }
    people_table(r, result);
    data_table(r, result);
    note_known(r, result);
    if (r->n_done < r->table->n_rows) {
        result->is_cut = true;
        mk_result_note(result, "Interrupted: %zu of %zu rows.", r->n_done, r->table->n_rows);
    }
    mk_note_outside(result, query->model, query->evidence);
    mk_note_association(result);
}

MkStatus mk_query_estimate_rows(const MkQuery *query, const MkTable *table, MkResult *result,
                                MkError *err)
{
    if (query->n_targets == 0) {
        return mk_fail(err, MK_EINVAL, "no target to estimate");
    }
    if (table->schema != mk_model_schema(query->model)) {
        return mk_fail(err, MK_EINVAL, "the table was not read with the schema of the model");
    }
    Rows r = {.query = query, .table = table};
    MkStatus st = MK_OK;
    MK_TRY_GOTO(answer_all(&r, err));
    tell(&r, result);
    st = mk_result_status(result, err);
done:
    free(r.cells);
    return st;
}
