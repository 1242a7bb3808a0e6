/* table.h - people as rows, attributes as columns, with gaps.
 *
 * Cells are doubles: numbers in the schema's unit, levels as their index 0 .. n_levels-1, NaN
 * missing. Columns are stored one after another (column-major): cell (i, c) is cells[c * n_rows +
 * i]. */
#ifndef MK_DATA_TABLE_H
#define MK_DATA_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "src/base/arena.h"
#include "src/base/buf.h"
#include "src/base/status.h"
#include "src/data/schema.h"
#include "src/data/value.h"

enum { MK_COLUMN_PERSON = -1, MK_COLUMN_SOURCE = -2, MK_COLUMN_WEIGHT = -3, MK_COLUMN_OTHER = -4 };

typedef struct MkColumn {
    const char *name;  /* as in the header */
    long attribute;    /* schema id, or one of MK_COLUMN_* */
    const char **text; /* n_rows strings for person, source and other columns; else NULL */
} MkColumn;

typedef struct MkTable {
    const MkSchema *schema; /* kept */
    size_t n_rows;
    size_t n_columns;
    MkColumn *columns;   /* in file order */
    double *cells;       /* (n_columns, n_rows); NaN in text columns */
    const char **person; /* n_rows ids, or NULL when the table has no person column */
    const char **source; /* n_rows, or NULL */
    double *weight;      /* n_rows survey weights (>= 0), or NULL */
    size_t *column_of;   /* schema->n: column of an attribute, or MK_NO_COLUMN */
    char separator;      /* ',' or ';' (then decimal commas) */
    MkArena *arena;      /* owns everything above */
} MkTable;

#define MK_NO_COLUMN ((size_t)-1)

typedef enum MkOther { MK_OTHER_ERROR, MK_OTHER_KEEP, MK_OTHER_DROP } MkOther;

/* Reads CSV (.gz, .xz too): header of names; quotes, CRLF, BOM, semicolons with decimal commas.
 * Every cell is checked (type, level, domain); errors name file, line and column. Columns that the
 * schema does not know: an error, kept as text, or dropped, as `other` says. A duplicate column or
 * person id and a ragged row are errors. Gives *out (mk_table_free). Reads 8,000 x 1,000 in < 2 s.
 */
MK_NODISCARD MkStatus mk_table_read(const char *path, const MkSchema *schema, MkOther other,
                                    MkTable **out, MkError *err);
/* Row `row` (from 1, after the header) alone: a table of one row, the cells of other rows are not
 * looked at. Fails with MK_EINVAL when the file has fewer rows. Gives *out. */
MK_NODISCARD MkStatus mk_table_read_row(const char *path, const MkSchema *schema, MkOther other,
                                        size_t row, MkTable **out, MkError *err);
/* A whole table from memory; the text is changed (quotes are resolved in place). `origin` is the
 * name used in errors. */
MK_NODISCARD MkStatus mk_table_parse(char *text, size_t len, const char *origin,
                                     const MkSchema *schema, MkOther other, MkTable **out,
                                     MkError *err);
/* An empty table with person/source/weight columns as asked and all attributes of `ids`. Gives
 * *out. */
MK_NODISCARD MkStatus mk_table_new(const MkSchema *schema, size_t n_rows, const size_t *ids,
                                   size_t n_ids, bool with_person, bool with_source,
                                   bool with_weight, MkTable **out, MkError *err);
void mk_table_free(MkTable *table); /* NULL is allowed */

/* Cell of attribute j (schema id) in row i; NaN when there is no such column. */
double mk_table_get(const MkTable *table, size_t row, size_t attribute);

/* What row i knows: its filled cells as points, in the order of the columns; in arena. */
MK_NODISCARD MkStatus mk_table_evidence(const MkTable *table, size_t row, MkArena *arena,
                                        MkEvidence *out, MkError *err);

/* One header line / one row as CSV text, quoted where needed, level names, empty for missing. */
void mk_table_print_header(const MkTable *table, MkBuf *buf);
void mk_table_print_row(const MkTable *table, size_t row, MkBuf *buf);
/* Whole table through mk_file_out (.gz and .xz by suffix). */
MK_NODISCARD MkStatus mk_table_write(const MkTable *table, const char *path, MkError *err);

#endif
