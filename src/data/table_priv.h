/* table_priv.h - what table.c and table_read.c share. */
#ifndef MK_DATA_TABLE_PRIV_H
#define MK_DATA_TABLE_PRIV_H

#include <stdbool.h>
#include <stddef.h>

#include "src/data/table.h"

/* A table with every cell missing and no column described yet; NULL when out of memory. */
MkTable *mk_table_alloc(const MkSchema *schema, size_t n_rows, size_t n_columns);
/* Describes column c: a schema id or one of MK_COLUMN_*; text columns get empty strings. False when
 * out of memory. */
bool mk_table_set_column(MkTable *t, size_t c, const char *name, long attribute);
/* When the schema has an attribute `source` and the table a column of that name, the attribute gets
 * the level of each text (missing when it is none); the text stays. */
void mk_table_link_source(MkTable *t);

#endif
