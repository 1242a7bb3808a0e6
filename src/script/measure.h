/* measure.h - words into measures and relations, with errors that point at the word. Private to
 * src/script.
 *
 *   fibre   smoking=current   smoking={former,current}   hba1c=6.5..   P(hba1c >= 6.5)
 *
 * A list of words that holds relations is first cut into terms: a sign is a term of its own however
 * it was written (`bmi<=30`, `bmi <= 30`), what stands in P(...) is one term however many blanks
 * are in it, commas end a term and vanish, and after P(...) a new term begins.
 *
 *   MkTerms terms;
 *   MK_TRY(mk_terms(call, MK_LIST_TO, &terms, err));             // P(hba1c>=6.5)  <=  0.1
 *   MK_TRY(mk_measure_parse(call, schema, &terms.items[0].word, &measure, err));
 *   MK_TRY(mk_measure_bound(call, schema, &measure, &terms.items[2].word, &bound, err)); */
#ifndef MK_SCRIPT_MEASURE_H
#define MK_SCRIPT_MEASURE_H

#include <stdbool.h>
#include <stddef.h>

#include "src/query/measure.h"
#include "src/script/call.h"

typedef struct MkTerm {
    MkWord word;
    bool is_sign; /* < <= > >= and the mathematical signs for them */
    MkRelationSign sign;
} MkTerm;

typedef struct MkTerms {
    size_t n;
    const MkTerm *items;
} MkTerms;

/* In the call's arena. Fails: MK_EINVAL for P( or { that is not closed. */
MK_NODISCARD MkStatus mk_terms(const MkCall *call, MkList list, MkTerms *out, MkError *err);
MK_NODISCARD MkStatus mk_measure_parse(const MkCall *call, const MkSchema *schema,
                                       const MkWord *word, MkMeasure *out, MkError *err);
/* What a measure is compared with: a number in the attribute's unit (or one that converts), or a
 * probability, 0.1 or 10%. */
MK_NODISCARD MkStatus mk_measure_bound(const MkCall *call, const MkSchema *schema,
                                       const MkMeasure *measure, const MkWord *word, double *out,
                                       MkError *err);
/* The measure as it can be typed, in arena; NULL when out of memory. */
const char *mk_measure_print(MkArena *arena, const MkSchema *schema, const MkMeasure *measure);
const char *mk_relation_print(MkRelationSign sign); /* "<=" */

#endif
