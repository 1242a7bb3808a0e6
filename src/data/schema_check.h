/* schema_check.h - all that is wrong or doubtful in a schema, a source's mapping or a table, at
 * once.
 *
 *   MkCheck check;
 *   mk_check_init(&check, arena);
 *   MK_TRY(mk_check_schema(&check, "schema.tsv", &schema, err));   good rows only; may be NULL
 *   MK_TRY(mk_check_source(&check, "sources/own", schema, err));
 *   MK_TRY(mk_check_table(&check, "people.csv", schema, err));
 *   mk_schema_free(schema);
 *
 * What is wrong with the contents is a problem in the list; the status tells only of files that
 * cannot be read and of memory. */
#ifndef MK_DATA_SCHEMA_CHECK_H
#define MK_DATA_SCHEMA_CHECK_H

#include <stdbool.h>
#include <stddef.h>

#include "src/base/arena.h"
#include "src/base/status.h"
#include "src/data/schema.h"

typedef struct MkProblem {
    bool is_error; /* else a doubt */
    const char *file;
    size_t line;        /* 0: the file as a whole */
    const char *column; /* "" when none */
    const char *about;  /* attribute, "" when none */
    const char *kind;   /* which sort of doubt: "no unit"; "" for errors */
    const char *text;
    size_t n; /* how often, from this line on */
} MkProblem;

typedef struct MkCheckCategory {
    const char *name; /* "" for attributes without one */
    size_t n;
    size_t n_types[5]; /* by MkType */
} MkCheckCategory;

typedef struct MkCheck {
    MkArena *arena; /* kept */
    size_t n_problems, cap_problems;
    MkProblem *problems; /* in the order of the files */
    size_t n_errors, n_doubts;
    size_t n_attributes; /* without an error */
    size_t n_bad;        /* rows of the schema with one */
    const char **bad;    /* their names */
    size_t n_types[5];
    size_t n_categories;
    MkCheckCategory *categories; /* in the order in which they appear */
    size_t n_mapped;             /* rows of the mapping without an error */
    size_t n_people;             /* rows of the table */
    bool has_failed;             /* out of memory */
} MkCheck;

void mk_check_init(MkCheck *check, MkArena *arena);
/* Gives *good: the schema of all rows without an error, NULL when there are none. */
MK_NODISCARD MkStatus mk_check_schema(MkCheck *check, const char *path, MkSchema **good,
                                      MkError *err);
/* source.tsv in the folder, and the mapping that it names, against the schema. */
MK_NODISCARD MkStatus mk_check_source(MkCheck *check, const char *folder, const MkSchema *schema,
                                      MkError *err);
/* A CSV of people against the schema. */
MK_NODISCARD MkStatus mk_check_table(MkCheck *check, const char *path, const MkSchema *schema,
                                     MkError *err);

/* Adds a problem: for mk_check_*. The texts are copied. */
void mk_check_add(MkCheck *check, const MkProblem *problem, const char *fmt, ...) MK_PRINTF(3, 4);

#endif
