#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "src/result/result.h"

#include <math.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "src/result/page.h"

enum { FIRST_SLOTS = 8 };

MkResult *mk_result_new(const char *verb)
{
    MkResult *result = calloc(1, sizeof *result);
    if (result == NULL) {
        return NULL;
    }
    result->arena = mk_arena_new(0);
    if (result->arena == NULL) {
        free(result);
        return NULL;
    }
    result->verb = mk_arena_strdup(result->arena, verb);
    result->failed = result->verb == NULL;
    atomic_init(&result->owners, 1);
    return result;
}

MkResult *mk_result_keep(MkResult *result)
{
    atomic_fetch_add(&result->owners, 1);
    return result;
}

void mk_result_free(MkResult *result)
{
    if (result != NULL && atomic_fetch_sub(&result->owners, 1) == 1) {
        for (size_t i = 0; result->page != NULL && i < result->page->n_parts; i++) {
            mk_result_free(result->page->parts[i].answer);
            mk_result_free(result->page->parts[i].pictures);
        }
        mk_arena_free(result->arena);
        free(result);
    }
}

MkStatus mk_result_status(const MkResult *result, MkError *err)
{
    if (result == NULL || result->failed) {
        return mk_fail(err, MK_ENOMEM, "out of memory while the result was made");
    }
    return MK_OK;
}

/* Room for one more item after `n` of them: the array doubles whenever it is full, so its capacity
 * follows from n alone. Old arrays stay in the arena. Returns the array, NULL when out of memory.
 */
static void *grow(MkResult *result, void *items, size_t n, size_t size)
{
    const bool full = n == 0 || (n >= FIRST_SLOTS && (n & (n - 1)) == 0);
    if (!full) {
        return items;
    }
    void *more = mk_arena_zeros(result->arena, n == 0 ? FIRST_SLOTS : 2 * n, size);
    if (more == NULL) {
        result->failed = true;
        return NULL;
    }
    if (n > 0) {
        memcpy(more, items, n * size);
    }
    return more;
}

static const char *copy(MkResult *result, const char *text)
{
    if (text == NULL || text[0] == '\0') {
        return "";
    }
    const char *out = mk_arena_strdup(result->arena, text);
    if (out == NULL) {
        result->failed = true;
        return "";
    }
    return out;
}

static const char **empty_texts(MkResult *result, size_t n)
{
    const char **texts = mk_arena_array(result->arena, n, sizeof *texts);
    if (texts == NULL) {
        result->failed = true;
        return NULL;
    }
    for (size_t i = 0; i < n; i++) {
        texts[i] = "";
    }
    return texts;
}

MkResultTable *mk_result_add_table(MkResult *result, const char *title, size_t n_columns,
                                   size_t n_rows)
{
    if (result == NULL || (n_columns != 0 && n_rows > SIZE_MAX / n_columns)) {
        return NULL;
    }
    MkResultTable table = {
        .title = copy(result, title),
        .n_columns = n_columns,
        .headers = empty_texts(result, n_columns),
        .keys = empty_texts(result, n_columns),
        .aligns = mk_arena_zeros(result->arena, n_columns, sizeof(MkAlign)),
        .n_rows = n_rows,
        .cells = empty_texts(result, n_rows * n_columns),
        .raw = mk_arena_zeros(result->arena, n_rows * n_columns, sizeof(const char *))};
    if (table.headers == NULL || table.keys == NULL || table.aligns == NULL ||
        table.cells == NULL || table.raw == NULL) {
        result->failed = true;
        return NULL;
    }
    MkResultTable *tables = grow(result, result->tables, result->n_tables, sizeof *tables);
    if (tables == NULL) {
        return NULL;
    }
    result->tables = tables;
    tables[result->n_tables] = table;
    return &tables[result->n_tables++];
}

void mk_result_table_header(MkResult *result, MkResultTable *table, size_t column, const char *key,
                            const char *header, MkAlign align)
{
    if (result == NULL || table == NULL || column >= table->n_columns) {
        return;
    }
    table->keys[column] = copy(result, key);
    table->headers[column] = copy(result, header);
    table->aligns[column] = align;
}

void mk_result_table_cell(MkResult *result, MkResultTable *table, size_t row, size_t column,
                          const char *text, const char *raw)
{
    if (result == NULL || table == NULL || row >= table->n_rows || column >= table->n_columns) {
        return;
    }
    const size_t at = row * table->n_columns + column;
    table->cells[at] = copy(result, text);
    table->raw[at] = raw == NULL ? NULL : copy(result, raw);
}

MkFigure *mk_result_add_figure(MkResult *result, const char *title)
{
    if (result == NULL) {
        return NULL;
    }
    MkFigure *figures = grow(result, result->figures, result->n_figures, sizeof *figures);
    if (figures == NULL) {
        return NULL;
    }
    result->figures = figures;
    figures[result->n_figures] = (MkFigure){.title = copy(result, title),
                                            .x_label = "",
                                            .y_label = "",
                                            .caption = "",
                                            .x_min = NAN,
                                            .x_max = NAN};
    return &figures[result->n_figures++];
}

size_t mk_result_n_pictures(const MkResult *result)
{
    size_t n = 0;
    while (n < result->n_figures && !result->figures[n].is_for_screen) {
        n++;
    }
    return n;
}

static double *gaps(MkResult *result, size_t n)
{
    double *out = mk_arena_array(result->arena, n, sizeof *out);
    if (out == NULL) {
        result->failed = true;
        return NULL;
    }
    for (size_t i = 0; i < n; i++) {
        out[i] = NAN;
    }
    return out;
}

/* Gives the arrays that the kind uses. */
static void series_arrays(MkResult *result, MkSeries *series)
{
    const size_t n = series->n;
    if (series->kind == MK_SERIES_BARS) {
        series->labels = empty_texts(result, n);
        series->y = gaps(result, n);
        series->low = gaps(result, n);
        series->high = gaps(result, n);
        return;
    }
    series->x = gaps(result, n);
    if (series->kind == MK_SERIES_CELLS) {
        series->x_end = gaps(result, n);
        series->y = gaps(result, n);
    }
    if (series->kind == MK_SERIES_BAND || series->kind == MK_SERIES_CELLS) {
        series->low = gaps(result, n);
        series->high = gaps(result, n);
    } else if (series->kind != MK_SERIES_MARK) {
        series->y = gaps(result, n);
    }
}

MkSeries *mk_figure_add_series(MkResult *result, MkFigure *figure, MkSeriesKind kind,
                               MkSeriesRole role, const char *name, size_t n)
{
    if (result == NULL || figure == NULL) {
        return NULL;
    }
    MkSeries made = {.kind = kind, .role = role, .name = copy(result, name), .n = n};
    series_arrays(result, &made);
    MkSeries *series = grow(result, figure->series, figure->n_series, sizeof *series);
    if (series == NULL || result->failed) {
        return NULL;
    }
    figure->series = series;
    series[figure->n_series] = made;
    return &series[figure->n_series++];
}

/* The arrays of a series are the arena's and were made writable; they are const for everybody else.
 */
static void put(const double *array, size_t i, double x)
{
    if (array != NULL) {
        ((double *)(uintptr_t)array)[i] = x;
    }
}

void mk_series_point(MkSeries *series, size_t i, double x, double y)
{
    if (series != NULL && i < series->n) {
        put(series->x, i, x);
        put(series->y, i, y);
    }
}

void mk_series_span(MkSeries *series, size_t i, double low, double high)
{
    if (series != NULL && i < series->n) {
        put(series->low, i, low);
        put(series->high, i, high);
    }
}

void mk_series_cell(MkSeries *series, size_t i, double x, double x_end, double low, double high,
                    double share)
{
    mk_series_point(series, i, x, share);
    mk_series_span(series, i, low, high);
    if (series != NULL && i < series->n) {
        put(series->x_end, i, x_end);
    }
}

void mk_series_label(MkResult *result, MkSeries *series, size_t i, const char *label)
{
    if (series != NULL && i < series->n && series->labels != NULL) {
        series->labels[i] = copy(result, label);
    }
}

void mk_result_note(MkResult *result, const char *fmt, ...)
{
    if (result == NULL) {
        return;
    }
    va_list args;
    va_start(args, fmt);
    const char *note = mk_arena_vprintf(result->arena, fmt, args);
    va_end(args);
    const char **notes =
        note == NULL ? NULL : grow(result, result->notes, result->n_notes, sizeof *notes);
    if (notes == NULL) {
        result->failed = true;
        return;
    }
    result->notes = notes;
    for (size_t i = 0; i < result->n_notes; i++) {
        if (strcmp(notes[i], note) == 0) {
            return;
        }
    }
    notes[result->n_notes++] = note;
}

MkEffect *mk_result_add_effect(MkResult *result, MkEffectKind kind, const char *path)
{
    if (result == NULL) {
        return NULL;
    }
    MkEffect *effects = grow(result, result->effects, result->n_effects, sizeof *effects);
    if (effects == NULL) {
        return NULL;
    }
    result->effects = effects;
    effects[result->n_effects] =
        (MkEffect){.kind = kind, .path = path == NULL ? NULL : copy(result, path)};
    return &effects[result->n_effects++];
}

static MkNode *add_node(MkResult *result, MkNode *parent, const char *key, MkNodeKind kind)
{
    if (result == NULL) {
        return NULL;
    }
    const bool is_root = parent == NULL && result->data == NULL && !result->failed;
    if (parent == NULL && !is_root) {
        return NULL;
    }
    MkNode *node = mk_arena_zeros(result->arena, 1, sizeof *node);
    if (node == NULL) {
        result->failed = true;
        return NULL;
    }
    node->kind = kind;
    node->key = key == NULL ? NULL : copy(result, key);
    if (is_root) {
        result->data = node;
        return node;
    }
    if (parent->last == NULL) {
        parent->first = node;
    } else {
        parent->last->next = node;
    }
    parent->last = node;
    return node;
}

MkNode *mk_node_object(MkResult *result, MkNode *parent, const char *key)
{
    return add_node(result, parent, key, MK_NODE_OBJECT);
}

MkNode *mk_node_array(MkResult *result, MkNode *parent, const char *key)
{
    return add_node(result, parent, key, MK_NODE_ARRAY);
}

MkNode *mk_node_string(MkResult *result, MkNode *parent, const char *key, const char *text)
{
    MkNode *node = parent == NULL ? NULL : add_node(result, parent, key, MK_NODE_STRING);
    if (node != NULL) {
        node->string = copy(result, text);
    }
    return node;
}

MkNode *mk_node_number(MkResult *result, MkNode *parent, const char *key, double x)
{
    const MkNodeKind kind = isfinite(x) ? MK_NODE_NUMBER : MK_NODE_NULL;
    MkNode *node = parent == NULL ? NULL : add_node(result, parent, key, kind);
    if (node != NULL && kind == MK_NODE_NUMBER) {
        node->number = x;
    }
    return node;
}

MkNode *mk_node_bool(MkResult *result, MkNode *parent, const char *key, bool x)
{
    MkNode *node = parent == NULL ? NULL : add_node(result, parent, key, MK_NODE_BOOL);
    if (node != NULL) {
        node->number = x ? 1 : 0;
    }
    return node;
}
