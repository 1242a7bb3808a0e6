/* put.h - numbers and counts as cells of tables, for the reports of src/eval. */
#ifndef MK_EVAL_PUT_H
#define MK_EVAL_PUT_H

#include <stddef.h>

#include "src/base/buf.h"
#include "src/eval/resample.h"
#include "src/result/result.h"

typedef struct MkPutHeader {
    const char *key, *text;
} MkPutHeader;

/* A table with these headers; the first n_left columns are text. */
MkResultTable *mk_put_table(MkResult *result, const char *title, const MkPutHeader *headers,
                            size_t n_columns, size_t n_left, size_t n_rows);
/* "–" for NaN. */
void mk_put_number(MkResult *result, MkResultTable *table, size_t row, size_t column, double x,
                   int digits);
/* "0.912 ± 0.003"; without the error where there is none. */
void mk_put_measured(MkResult *result, MkResultTable *table, size_t row, size_t column,
                     MkMeasured x, int digits);
/* Four digits, wherever the point is. */
void mk_put_rounded(MkResult *result, MkResultTable *table, size_t row, size_t column, double x);
void mk_put_count(MkResult *result, MkResultTable *table, size_t row, size_t column, size_t n);
/* A number that is not finite is left out. */
void mk_put_node(MkResult *result, MkNode *parent, const char *key, double x);
/* Members KEY and KEY_standard_error. */
void mk_put_measured_node(MkResult *result, MkNode *parent, const char *key, MkMeasured x);
/* A cell of a Markdown table and its end: a bar in the text would be one too. */
void mk_put_markdown(MkBuf *out, const char *text);
void mk_put_markdown_number(MkBuf *out, double x, int digits);

#endif
