/* schema.h - the list of attributes: names, types, units, levels, domains.
 *
 * Format: manikin-schema(5). A schema never changes once read; ids are positions 0 .. n-1.
 *
 *   MkSchema *schema;
 *   MK_TRY(mk_schema_read("schema.tsv", &schema, err));
 *   size_t j;
 *   if (mk_schema_find(schema, "hba1c", &j)) { ... schema->attributes[j].unit ... }
 *   mk_schema_free(schema);
 */
#ifndef MK_DATA_SCHEMA_H
#define MK_DATA_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>

#include "src/base/buf.h"
#include "src/base/status.h"

typedef enum MkType { MK_REAL, MK_POSITIVE, MK_COUNT, MK_CATEGORICAL, MK_ORDINAL } MkType;

typedef struct MkLevel {
    const char *code; /* as in the schema; accepted in tables, never written */
    const char *name;
} MkLevel;

typedef struct MkAttribute {
    const char *name;
    const char *label;
    const char *unit;        /* "" when none */
    const char *category;    /* "" when none */
    const char *description; /* "" when none */
    const char *eligible;    /* "" = everyone */
    const char *class_name;  /* "" when none */
    const char *rule;        /* "" when none */
    MkType type;
    bool modifiable;
    double min, max;   /* domain, inclusive; infinite when open (positive, count: min >= 0) */
    double resolution; /* recorded step; 0 when unknown */
    size_t n_levels;   /* 0 for numbers */
    const MkLevel *levels;
} MkAttribute;

typedef struct MkSchema {
    size_t n;
    const MkAttribute *attributes;
    struct MkSchemaPrivate *priv;
} MkSchema;

/* Reads a TSV; errors name file, line, column. Gives *out (mk_schema_free). */
MK_NODISCARD MkStatus mk_schema_read(const char *path, MkSchema **out, MkError *err);
/* The same from memory; `origin` is the name used in errors. */
MK_NODISCARD MkStatus mk_schema_parse(const char *text, size_t len, const char *origin,
                                      MkSchema **out, MkError *err);
/* Writes all columns as TSV text (what mk_schema_parse reads back to the same schema). */
void mk_schema_print(const MkSchema *schema, MkBuf *buf);
/* A schema of the attributes ids[0..n) of `schema`, in that order. Gives *out. */
MK_NODISCARD MkStatus mk_schema_subset(const MkSchema *schema, const size_t *ids, size_t n,
                                       MkSchema **out, MkError *err);
void mk_schema_free(MkSchema *schema); /* NULL is allowed */

bool mk_schema_find(const MkSchema *schema, const char *name, size_t *id);
/* Id of a name, a unique prefix, or MK_ENOTFOUND with the nearest names offered in the text. */
MK_NODISCARD MkStatus mk_schema_resolve(const MkSchema *schema, const char *word, size_t *id,
                                        MkError *err);
/* Level by name or code; false when neither. */
bool mk_attribute_level(const MkAttribute *attribute, const char *text, size_t len, size_t *level);
bool mk_type_is_number(MkType type); /* real, positive, count */
const char *mk_type_name(MkType type);

#endif
