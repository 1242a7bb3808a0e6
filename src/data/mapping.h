/* mapping.h - what the text files of a source say (sources/README.md), read and checked against the
 * schema. */
#ifndef MK_DATA_MAPPING_H
#define MK_DATA_MAPPING_H

#include <stddef.h>

#include "src/base/arena.h"
#include "src/base/status.h"
#include "src/data/expr.h"
#include "src/data/schema.h"

/* A raw code and what it becomes: a level's index or a number. */
typedef struct MkRecode {
    double code, value;
} MkRecode;

/* Codes that are missing for one variable, or for every variable without an entry of its own. */
typedef struct MkMissing {
    const char *table;    /* "" = any */
    const char *variable; /* NULL = the general list */
    const double *codes;
    size_t n_codes;
    const char *const *words; /* texts that are missing, of a variable that holds texts */
    size_t n_words;
} MkMissing;

typedef struct MkSkip {
    MkExpr *condition;
    double value;
} MkSkip;

typedef struct MkMappingRow {
    size_t line;
    size_t attribute; /* schema id */
    const char *file; /* table of plain variable names */
    MkExpr *value;
    MkRecode *codes;
    size_t n_codes;
    const char **words; /* codes that are texts: code i + 1 is words[i] */
    size_t n_words;
    MkMissing *missing;
    size_t n_missing;
    MkSkip *skips;
    size_t n_skips;
    MkExpr *eligible; /* NULL = everyone */
} MkMappingRow;

typedef struct MkMapping {
    const char *origin; /* path of mapping.tsv */
    MkMappingRow *rows; /* one an attribute, in file order */
    size_t n_rows;
} MkMapping;

typedef struct MkSourceInfo {
    const char *origin; /* path of source.tsv */
    const char *name, *label, *base, *licence;
    const char *person;  /* "": a row of the base file is a person, by its number */
    const char *mapping; /* file, seen from the source's folder */
    const char *cycle;   /* letter that chooses rows of the mapping, or "" */
    const char *table;   /* how a table's file is called: {} stands for the mapping's name of it */
    const char *url;     /* where to get a file; {file} stands for its table; "" when unknown */
    MkExpr *include;     /* NULL = everyone */
    MkExpr *weight;      /* NULL = no weights */
    size_t include_line, weight_line;
} MkSourceInfo;

/* From memory: the rows that hold in `cycle` (a letter, or ""). Everything lives in `arena`, which
 * also keeps `origin`. Errors name line and column. */
MK_NODISCARD MkStatus mk_mapping_parse(const char *text, size_t len, const char *origin,
                                       const char *cycle, const MkSchema *schema, MkArena *arena,
                                       MkMapping *out, MkError *err);
MK_NODISCARD MkStatus mk_source_info_parse(const char *text, size_t len, const char *origin,
                                           MkArena *arena, MkSourceInfo *out, MkError *err);
/* The missing codes that hold for a variable of the row (in the row's own file when table is "");
 * NULL: none. */
const MkMissing *mk_mapping_missing(const MkMappingRow *row, const char *table, const char *name);

#endif
