/* cohort.h - people of several sources: one table a source, with the columns that the source has.
 *
 * People are numbered through: person `row` is row - first[t] of table t. */
#ifndef MK_DATA_COHORT_H
#define MK_DATA_COHORT_H

#include <stdbool.h>
#include <stddef.h>

#include "src/base/status.h"
#include "src/data/schema.h"
#include "src/data/table.h"

typedef struct MkCohort {
    const MkSchema *schema;
    size_t n_tables;
    MkTable **tables;   /* (n_tables) owned, by name of the source; each has people of one source */
    const char **names; /* (n_tables) name of the source; "" when the table does not say */
    size_t *first;      /* (n_tables + 1) number of the table's first person */
    size_t n_rows;      /* first[n_tables] */
    MkArena *arena;
} MkCohort;

/* Reads a table, or a folder of tables (every .csv, .csv.gz, .csv.xz in it), as mk_table_read does;
 * a table with several sources is taken apart. A person id twice within a source, and a source in
 * two files, are errors. When the schema has an attribute `source`, it is filled from the column of
 * that name. Gives *out (mk_cohort_free). */
MK_NODISCARD MkStatus mk_cohort_read(const char *path, const MkSchema *schema, MkOther other,
                                     MkCohort **out, MkError *err);
/* Takes tables over (also when it fails). Gives *out. */
MK_NODISCARD MkStatus mk_cohort_new(const MkSchema *schema, MkTable **tables, size_t n_tables,
                                    MkCohort **out, MkError *err);
void mk_cohort_free(MkCohort *cohort); /* NULL is allowed */

/* Whether anybody has a value. */
bool mk_cohort_has(const MkCohort *cohort, size_t attribute);
/* From now on the cohort speaks of the attributes of `part` (kept), a part of its schema by name;
 * columns of others become unknown ones. */
MK_NODISCARD MkStatus mk_cohort_narrow(MkCohort *cohort, const MkSchema *part, MkError *err);

/* Table of a person; *row becomes the row in it. */
size_t mk_cohort_table(const MkCohort *cohort, size_t *row);
/* Cell of attribute j of a person; NaN when unknown. */
double mk_cohort_get(const MkCohort *cohort, size_t row, size_t attribute);

#endif
