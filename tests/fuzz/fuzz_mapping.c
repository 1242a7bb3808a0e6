/* fuzz_mapping.c - any text as mapping.tsv, as source.tsv and as an expression: read, evaluated, or
 * an error. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/arena.h"
#include "src/base/buf.h"
#include "src/data/mapping.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char text_schema[] = "name\ttype\tlabel\tlevels\tmin\tmax\n"
                                  "age\tcount\tAge\t\t20\t100\n"
                                  "sex\tcategorical\tSex\t1=male|2=female\n"
                                  "z\treal\tZ\n";

/* Every variable is there, at three rows: a number, zero, missing. */
static void evaluate(MkExpr *e)
{
    static const double column[] = {2.5, 0.0, NAN};
    static const double *const columns[] = {column, column};
    for (size_t i = 0; i < e->n_variables; i++) {
        e->variables[i].columns = columns;
        e->variables[i].n_columns = e->variables[i].is_pattern ? 2 : 1;
    }
    for (size_t row = 0; row < 3; row++) {
        volatile double x = mk_expr_eval(e, row);
        (void)x;
    }
}

static void check_mapping(MkMapping *mapping)
{
    for (size_t i = 0; i < mapping->n_rows; i++) {
        MkMappingRow *row = &mapping->rows[i];
        evaluate(row->value);
        for (size_t k = 0; k < row->n_skips; k++) {
            evaluate(row->skips[k].condition);
        }
        for (size_t v = 0; v < row->value->n_variables; v++) {
            (void)mk_mapping_missing(row, row->value->variables[v].table,
                                     row->value->variables[v].name);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    MkSchema *schema = NULL;
    MkArena *arena = mk_arena_new(0);
    MkBuf text;
    mk_buf_init(&text);
    mk_buf_add(&text, data, size);
    if (arena != NULL &&
        mk_schema_parse(text_schema, strlen(text_schema), "s", &schema, NULL) == MK_OK) {
        MkMapping mapping;
        MkSourceInfo info;
        MkExpr *e = NULL;
        if (mk_mapping_parse(text.data, text.len, "m", "", schema, arena, &mapping, NULL) ==
            MK_OK) {
            check_mapping(&mapping);
        }
        if (mk_source_info_parse(text.data, text.len, "i", arena, &info, NULL) == MK_OK &&
            info.include != NULL) {
            evaluate(info.include);
        }
        if (mk_expr_parse(arena, text.data, "e", &e, NULL) == MK_OK) {
            evaluate(e);
        }
    }
    mk_buf_release(&text);
    mk_schema_free(schema);
    mk_arena_free(arena);
    return 0;
}
