/* value.h - what is known of one attribute: a point, a range, or a set of levels.
 *
 * Texts: `31`, `180lb` (unit converted), `40..50`, `40..`, `..50`, `male`, `{never,former}`. */
#ifndef MK_DATA_VALUE_H
#define MK_DATA_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "src/base/arena.h"
#include "src/base/buf.h"
#include "src/base/status.h"
#include "src/data/schema.h"

typedef enum MkValueKind { MK_VALUE_POINT, MK_VALUE_RANGE, MK_VALUE_SET } MkValueKind;

enum { MK_MAX_LEVELS = 64 }; /* of an attribute; checked by the schema reader */

typedef struct MkValue {
    MkValueKind kind;
    double point;     /* number in the schema's unit, or level index */
    double low, high; /* range; infinite when open */
    uint64_t levels;  /* set: bit per level */
} MkValue;

/* Parses and checks against the attribute's domain; MK_EINVAL names attribute, what was found and
 * what was expected (range or level names). */
MK_NODISCARD MkStatus mk_value_parse(const MkAttribute *attribute, const char *text, MkValue *out,
                                     MkError *err);
/* Text that parses back to the same value (level names, no unit). */
void mk_value_print(const MkAttribute *attribute, const MkValue *value, MkBuf *buf);
/* For people: with unit ("31 kg/m²", "40–50 years", "never or former"). */
void mk_value_show(const MkAttribute *attribute, const MkValue *value, MkBuf *buf);
bool mk_value_equal(const MkValue *a, const MkValue *b);

/* Factor and offset from a unit word to the attribute's unit (lb -> kg, in -> cm, mmol/L -> mg/dL
 * only where the attribute fixes the molar mass). False when unknown. */
bool mk_unit_convert(const char *from, const MkAttribute *attribute, double x, double *out);

/* A number as it is recorded: at the nearest multiple of `step`, as the decimal that it is, or at
 * six digits when there is no step (0); within the attribute's domain. */
double mk_value_recorded(const MkAttribute *attribute, double step, double x);

/* Evidence: what is known, in the order in which it was given; one entry an attribute. */
typedef struct MkKnown {
    size_t attribute;
    MkValue value;
} MkKnown;

typedef struct MkEvidence {
    size_t n;
    const MkKnown *known;
} MkEvidence;

/* "age=45 sex=male" as it is typed: a word each, a blank between them. */
void mk_evidence_print(const MkSchema *schema, MkEvidence evidence, MkBuf *buf);
/* What is known of an attribute, borrowed from the evidence; NULL when nothing is. */
const MkValue *mk_evidence_find(MkEvidence evidence, size_t attribute);
/* Both, in arena; what `over` says of an attribute replaces what `under` says, at its place. */
MK_NODISCARD MkStatus mk_evidence_merge(MkArena *arena, MkEvidence under, MkEvidence over,
                                        MkEvidence *out, MkError *err);
/* All but these attributes, in arena. */
MK_NODISCARD MkStatus mk_evidence_without(MkArena *arena, MkEvidence all, const size_t *attributes,
                                          size_t n, MkEvidence *out, MkError *err);

#endif
