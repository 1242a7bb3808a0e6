/* measure.h - one number of an answer: the median of a number, or the probability of an event.
 *
 *   fibre               the median of fibre
 *   smoking=current     the probability of a level; {former,current} of several
 *   P(hba1c>=6.5)       the probability of a range
 *
 * `expect` compares measures, `optimize` moves them. The words are parsed in src/script. */
#ifndef MK_QUERY_MEASURE_H
#define MK_QUERY_MEASURE_H

#include <stdbool.h>
#include <stddef.h>

#include "model/model.h"
#include "src/base/arena.h"
#include "src/data/value.h"

typedef struct MkMeasure {
    size_t attribute;
    bool is_probability;
    MkValue event;                  /* a range, a set, or a point; used by a probability */
    bool low_is_open, high_is_open; /* P(a>6), P(a<6): the bound itself is outside */
} MkMeasure;

typedef enum MkRelationSign { MK_BELOW, MK_AT_MOST, MK_ABOVE, MK_AT_LEAST } MkRelationSign;

double mk_measure_of(const MkMeasure *measure, const MkDistribution *d);
/* "P(hba1c ≥ 6.5)", "median of fibre"; in arena, "" when out of memory. */
const char *mk_measure_text(MkArena *arena, const MkModel *model, const MkMeasure *measure);
/* The value as people read it: "5.6 %" of HbA1c, "12 %" of a probability. */
const char *mk_measure_value(MkArena *arena, const MkModel *model, const MkMeasure *measure,
                             double value);
bool mk_relation_holds(double left, MkRelationSign sign, double right);

#endif
