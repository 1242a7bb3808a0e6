/* impute.c - mk_query_impute: fills the gaps of a table, row by row.
 *
 * A row's known cells are its evidence; only its missing cells are asked. With draws, the missing
 * cells of a row are drawn together from their joint distribution given the known ones
 * (model/draw.h), so that cells that go together still do, by the random stream of (row, draw): the
 * same numbers whatever the thread count. A model without a joint distribution draws each on its
 * own. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/draw.h"
#include "src/base/buf.h"
#include "src/query/each_row.h"
#include "src/query/query.h"
#include "src/query/show.h"

enum {
    DRAW_BITS = 20,
    GROUPS = 16,
    TOGETHER = 8 /* draws, always: what is added up does not depend on how many are wanted */
};

typedef struct Impute {
    const MkQuery *query;
    const MkTable *table;
    size_t draws;    /* 0: points */
    size_t n_copies; /* draws, or 1 */
    size_t *begin;   /* (n_rows + 1) place of a row's first gap */
    double *filled;  /* (gaps, n_copies) */
    size_t *gaps_of; /* (n_columns) */
} Impute;

static bool is_gap(const MkTable *table, size_t row, size_t column)
{
    return table->columns[column].attribute >= 0 &&
           isnan(table->cells[column * table->n_rows + row]);
}

/* ---- one row ---- */

/* A value as it would have been recorded: on the attribute's step and inside its domain. */
static double recorded(const MkAttribute *attribute, double x)
{
    const double whole = attribute->type == MK_COUNT ? 1 : 0;
    return mk_value_recorded(attribute, attribute->resolution > 0 ? attribute->resolution : whole,
                             x);
}

static double fill_point(const MkDistribution *d)
{
    if (!mk_type_is_number(d->attribute->type)) {
        return mk_dist_mode(d);
    }
    return recorded(d->attribute, mk_dist_quantile(d, 0.5));
}

static double fill_draw(const MkDistribution *d, MkRng *rng)
{
    const double x = mk_dist_draw(d, rng);
    return mk_type_is_number(d->attribute->type) ? recorded(d->attribute, x) : x;
}

static MkRng stream_of(const Impute *im, size_t row, size_t draw)
{
    return mk_rng(im->query->seed, MK_RNG_IMPUTE, ((uint64_t)row << DRAW_BITS) + draw);
}

/* The gaps of a row together: out (targets, n_copies). */
static MkStatus draw_row(const Impute *im, size_t row, const MkPoint *known, size_t n_known,
                         const size_t *targets, size_t n_targets, MkArena *arena, double *out,
                         MkError *err)
{
    MkDrawer *drawer = NULL;
    size_t *const ids = mk_arena_array(arena, n_known + 1, sizeof *ids);
    double *const values = mk_arena_array(arena, TOGETHER * n_known + 1, sizeof *values);
    double *const drawn = mk_arena_array(arena, TOGETHER * n_targets, sizeof *drawn);
    if (ids == NULL || values == NULL || drawn == NULL) {
        return mk_fail(err, MK_ENOMEM, "out of memory for a row of the table");
    }
    for (size_t i = 0; i < n_known; i++) {
        ids[i] = known[i].attribute;
    }
    for (size_t i = 0; i < TOGETHER * n_known; i++) {
        values[i] = known[i % n_known].value;
    }
    const MkDrawOrder order = {.known = ids,
                               .n_known = n_known,
                               .targets = targets,
                               .n_targets = n_targets,
                               .n_groups = GROUPS,
                               .seed = im->query->seed + row};
    MK_TRY(mk_drawer_new(im->query->model, &order, &drawer, err));
    MkStatus st = MK_OK;
    for (size_t first = 0; st == MK_OK && first < im->draws; first += TOGETHER) {
        const size_t left = im->draws - first, n = left < TOGETHER ? left : TOGETHER;
        MkRng streams[TOGETHER];
        for (size_t m = 0; m < TOGETHER; m++) {
            streams[m] = stream_of(im, row, first + m);
        }
        st = mk_drawer_run(drawer, values, TOGETHER, streams, NULL, arena, drawn, NULL, NULL, err);
        for (size_t i = 0; st == MK_OK && i < n * n_targets; i++) {
            out[i % n_targets * im->n_copies + first + i / n_targets] = drawn[i];
        }
    }
    mk_drawer_free(drawer);
    return st;
}

static MkStatus fill_row(void *ctx, size_t row, MkArena *arena, MkError *err)
{
    const Impute *im = ctx;
    const MkTable *table = im->table;
    const size_t n_gaps = im->begin[row + 1] - im->begin[row];
    if (n_gaps == 0) {
        return MK_OK;
    }
    MkPoint *known = mk_arena_array(arena, table->n_columns, sizeof *known);
    size_t *targets = mk_arena_array(arena, n_gaps, sizeof *targets);
    MkDistribution *posterior = mk_arena_zeros(arena, n_gaps, sizeof *posterior);
    if (known == NULL || targets == NULL || posterior == NULL) {
        return mk_fail(err, MK_ENOMEM, "out of memory for a row of the table");
    }
    size_t n_known = 0, n_targets = 0;
    for (size_t c = 0; c < table->n_columns; c++) {
        if (table->columns[c].attribute < 0) {
            continue;
        }
        const size_t j = (size_t)table->columns[c].attribute;
        const double x = table->cells[c * table->n_rows + row];
        if (isnan(x)) {
            targets[n_targets++] = j;
        } else {
            known[n_known++] = (MkPoint){j, x};
        }
    }
    double *out = im->filled + im->begin[row] * im->n_copies;
    if (im->draws > 0 && mk_model_is_joint(im->query->model)) {
        return draw_row(im, row, known, n_known, targets, n_targets, arena, out, err);
    }
    MK_TRY(mk_model_posterior(im->query->model, known, n_known, targets, n_targets, arena,
                              posterior, err));
    for (size_t m = 0; m < im->n_copies; m++) {
        MkRng rng = stream_of(im, row, m);
        for (size_t g = 0; g < n_targets; g++) {
            out[g * im->n_copies + m] =
                im->draws > 0 ? fill_draw(&posterior[g], &rng) : fill_point(&posterior[g]);
        }
    }
    return MK_OK;
}

/* ---- all rows ---- */

static MkStatus prepare(Impute *im, MkArena *arena, MkError *err)
{
    const MkTable *table = im->table;
    im->begin = mk_arena_zeros(arena, table->n_rows + 1, sizeof *im->begin);
    im->gaps_of = mk_arena_zeros(arena, table->n_columns, sizeof *im->gaps_of);
    if (im->begin == NULL || im->gaps_of == NULL) {
        return mk_fail(err, MK_ENOMEM, "out of memory for a table");
    }
    for (size_t i = 0; i < table->n_rows; i++) {
        im->begin[i + 1] = im->begin[i];
        for (size_t c = 0; c < table->n_columns; c++) {
            const bool gap = is_gap(table, i, c);
            im->begin[i + 1] += gap ? 1 : 0;
            im->gaps_of[c] += gap ? 1 : 0;
        }
    }
    const size_t n_gaps = im->begin[table->n_rows];
    if (n_gaps > SIZE_MAX / sizeof(double) / im->n_copies) {
        return mk_fail(err, MK_ENOMEM, "out of memory for %zu draws", im->draws);
    }
    im->filled = mk_heap_array(n_gaps * im->n_copies + 1, sizeof *im->filled);
    if (im->filled == NULL) {
        return mk_fail(err, MK_ENOMEM, "out of memory for %zu filled cells", n_gaps * im->n_copies);
    }
    return MK_OK;
}

/* Copy m of the table: its gaps are filled in a shadow of the cells, then every row is printed. */
static void print_copy(const Impute *im, size_t m, double *cells, MkBuf *out)
{
    const MkTable *table = im->table;
    MkTable shadow = *table;
    shadow.cells = cells;
    for (size_t i = 0; i < table->n_rows; i++) {
        size_t at = im->begin[i];
        for (size_t c = 0; c < table->n_columns; c++) {
            if (is_gap(table, i, c)) {
                cells[c * table->n_rows + i] = im->filled[at++ * im->n_copies + m];
            }
        }
        if (im->draws > 0) {
            mk_buf_printf(out, "%zu%c%zu%c", i + 1, table->separator, m + 1, table->separator);
        }
        mk_table_print_row(&shadow, i, out);
    }
}

/* Which columns of the stream are numbers; row and draw come first. */
static const char *column_kinds(const Impute *im, MkArena *arena)
{
    const MkTable *table = im->table;
    const size_t first = im->draws > 0 ? 2 : 0;
    char *kinds = mk_arena_zeros(arena, first + table->n_columns + 1, 1);
    if (kinds == NULL) {
        return NULL;
    }
    memset(kinds, 'n', first);
    for (size_t c = 0; c < table->n_columns; c++) {
        const long j = table->columns[c].attribute;
        const bool is_number =
            j == MK_COLUMN_WEIGHT || (j >= 0 && mk_show_is_number(im->query->model, (size_t)j));
        kinds[first + c] = is_number ? 'n' : 't';
    }
    return kinds;
}

static MkStatus print_all(const Impute *im, MkResult *result, MkError *err)
{
    const MkTable *table = im->table;
    MkBuf out;
    const size_t n_cells = table->n_rows * table->n_columns;
    double *cells = mk_heap_array(n_cells + 1, sizeof *cells);
    if (cells == NULL) {
        return mk_fail(err, MK_ENOMEM, "out of memory for a table");
    }
    if (n_cells > 0) {
        memcpy(cells, table->cells, n_cells * sizeof *cells);
    }
    mk_buf_init(&out);
    if (im->draws > 0) {
        mk_buf_printf(&out, "row%cdraw%c", table->separator, table->separator);
    }
    mk_table_print_header(table, &out);
    for (size_t m = 0; m < im->n_copies; m++) {
        print_copy(im, m, cells, &out);
    }
    free(cells);
    const MkStatus st = mk_buf_status(&out, err);
    if (st == MK_OK) {
        result->stream = mk_arena_strndup(result->arena, out.data, out.len);
        result->n_stream = out.len;
        result->table_is_data = true;
        result->stream_kinds = column_kinds(im, result->arena);
        result->stream_separator = table->separator;
        result->failed = result->failed || result->stream == NULL || result->stream_kinds == NULL;
    }
    mk_buf_release(&out);
    return st;
}

/* ---- what was done ---- */

static void tell(const Impute *im, MkResult *result)
{
    const MkTable *table = im->table;
    const size_t n_gaps = im->begin[table->n_rows];
    size_t n_columns = 0;
    MkArena *arena = result->arena;
    MkNode *root = mk_node_object(result, NULL, NULL);
    (void)mk_node_string(result, root, "model", mk_model_card(im->query->model)->name);
    (void)mk_node_number(result, root, "rows", (double)table->n_rows);
    (void)mk_node_number(result, root, "draws", (double)im->draws);
    (void)mk_node_number(result, root, "filled", (double)n_gaps);
    MkNode *list = mk_node_array(result, root, "attributes");
    for (size_t c = 0; c < table->n_columns; c++) {
        n_columns += im->gaps_of[c] > 0 ? 1 : 0;
    }
    const char *title =
        mk_arena_printf(arena, "%s · %zu gaps filled in %zu rows",
                        mk_model_card(im->query->model)->name, n_gaps, table->n_rows);
    MkResultTable *out = mk_result_add_table(result, title == NULL ? "" : title, 3, n_columns);
    mk_result_table_header(result, out, 0, "attribute", "Attribute", MK_ALIGN_LEFT);
    mk_result_table_header(result, out, 1, "filled", "Filled", MK_ALIGN_RIGHT);
    mk_result_table_header(result, out, 2, "share", "Of rows", MK_ALIGN_RIGHT);
    size_t row = 0;
    for (size_t c = 0; c < table->n_columns; c++) {
        if (im->gaps_of[c] == 0) {
            continue;
        }
        const double share = (double)im->gaps_of[c] / (double)table->n_rows;
        const char *name =
            mk_show_attribute(im->query->model, (size_t)table->columns[c].attribute)->name;
        MkNode *node = mk_node_object(result, list, NULL);
        (void)mk_node_string(result, node, "attribute", name);
        (void)mk_node_number(result, node, "filled", (double)im->gaps_of[c]);
        mk_result_table_cell(result, out, row, 0, name, NULL);
        mk_result_table_cell(result, out, row, 1, mk_show_exact(arena, (double)im->gaps_of[c]),
                             NULL);
        mk_result_table_cell(result, out, row++, 2, mk_show_share(arena, share), NULL);
    }
    if (im->draws > 0 && n_gaps > 0 && !mk_model_is_joint(im->query->model)) {
        mk_result_note(result, "Each missing cell is drawn on its own given the row's known "
                               "cells; draws of one row are not joint.");
    }
    if (im->draws == 0 && n_gaps > 0) {
        mk_result_note(result, "Filled cells are medians and likeliest levels: good guesses, too "
                               "even for estimating spread. Use --draws for that.");
    }
    mk_note_association(result);
}

MkStatus mk_query_impute(const MkQuery *query, const MkTable *table, size_t draws,
                         void (*progress)(void *ctx, size_t done, size_t total), void *progress_ctx,
                         MkResult *result, MkError *err)
{
    if (draws >= (size_t)1 << DRAW_BITS) {
        return mk_fail(err, MK_EINVAL, "%zu draws: at most %d", draws, (1 << DRAW_BITS) - 1);
    }
    if (table->schema != mk_model_schema(query->model)) {
        return mk_fail(err, MK_EINVAL, "the table was not read with the schema of the model");
    }
    Impute im = {.query = query, .table = table, .draws = draws};
    im.n_copies = draws > 0 ? draws : 1;
    const MkEachRow work = {.query = query,
                            .n_rows = table->n_rows,
                            .row = fill_row,
                            .ctx = &im,
                            .progress = progress,
                            .progress_ctx = progress_ctx};
    size_t n_done = 0;
    MkStatus st = MK_OK;
    MK_TRY_GOTO(prepare(&im, result->arena, err));
    MK_TRY_GOTO(mk_each_row(&work, &n_done, err));
    MK_TRY_GOTO(print_all(&im, result, err));
    tell(&im, result);
    st = mk_result_status(result, err);
done:
    free(im.filled);
    return st;
}
