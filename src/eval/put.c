#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "src/eval/put.h"

#include <math.h>

#include "src/base/text.h"

static const char *exact(MkResult *result, double x)
{
    char text[32] = "";
    if (!isnan(x)) {
        (void)mk_text_shortest((double)(float)x, text);
    }
    const char *copy = mk_arena_strdup(result->arena, text);
    return copy != NULL ? copy : "";
}

MkResultTable *mk_put_table(MkResult *result, const char *title, const MkPutHeader *headers,
                            size_t n_columns, size_t n_left, size_t n_rows)
{
    MkResultTable *const table = mk_result_add_table(result, title, n_columns, n_rows);
    for (size_t c = 0; c < n_columns; c++) {
        mk_result_table_header(result, table, c, headers[c].key, headers[c].text,
                               c < n_left ? MK_ALIGN_LEFT : MK_ALIGN_RIGHT);
    }
    return table;
}

void mk_put_number(MkResult *result, MkResultTable *table, size_t row, size_t column, double x,
                   int digits)
{
    const char *text = isnan(x) ? "–" : mk_arena_printf(result->arena, "%.*f", digits, x);
    mk_result_table_cell(result, table, row, column, text != NULL ? text : "", exact(result, x));
}

void mk_put_measured(MkResult *result, MkResultTable *table, size_t row, size_t column,
                     MkMeasured x, int digits)
{
    if (isnan(x.value) || isnan(x.error)) {
        mk_put_number(result, table, row, column, x.value, digits);
        return;
    }
    const char *const text =
        mk_arena_printf(result->arena, "%.*f ± %.*f", digits, x.value, digits, x.error);
    mk_result_table_cell(result, table, row, column, text != NULL ? text : "",
                         exact(result, x.value));
}

void mk_put_rounded(MkResult *result, MkResultTable *table, size_t row, size_t column, double x)
{
    const char *text = isnan(x) ? "–" : mk_arena_printf(result->arena, "%.4g", x);
    mk_result_table_cell(result, table, row, column, text != NULL ? text : "", exact(result, x));
}

void mk_put_count(MkResult *result, MkResultTable *table, size_t row, size_t column, size_t n)
{
    const char *text = mk_arena_printf(result->arena, "%zu", n);
    mk_result_table_cell(result, table, row, column, text != NULL ? text : "", NULL);
}

void mk_put_node(MkResult *result, MkNode *parent, const char *key, double x)
{
    if (isfinite(x)) {
        (void)mk_node_number(result, parent, key, x);
    }
}

void mk_put_measured_node(MkResult *result, MkNode *parent, const char *key, MkMeasured x)
{
    const char *const error = mk_arena_printf(result->arena, "%s_standard_error", key);
    mk_put_node(result, parent, key, x.value);
    mk_put_node(result, parent, error != NULL ? error : "", x.error);
}

void mk_put_markdown(MkBuf *out, const char *text)
{
    for (; *text != '\0'; text++) {
        mk_buf_puts(out, *text == '|' ? "\\" : "");
        mk_buf_putc(out, *text);
    }
    mk_buf_puts(out, " | ");
}

void mk_put_markdown_number(MkBuf *out, double x, int digits)
{
    if (isnan(x)) {
        mk_buf_puts(out, "– | ");
    } else {
        mk_buf_printf(out, "%.*f | ", digits, x);
    }
}
