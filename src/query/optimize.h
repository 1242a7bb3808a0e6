/* optimize.h - inputs that give a wanted output: a search over evidence.
 *
 * Over chosen attributes and their allowed values, to bring a measure to a minimum, a maximum or a
 * value, under constraints, staying plausible (support of the whole evidence not below a floor).
 * Several solutions that differ, ranked by effort: the distance from where the person is expected
 * to be without the change, in population sd (of the positions of levels that have an order; levels
 * without one count 1), summed over what is changed. Numbers are searched by NLopt, levels by a
 * search over their combinations around it. */
#ifndef MK_QUERY_OPTIMIZE_H
#define MK_QUERY_OPTIMIZE_H

#include <stddef.h>

#include "src/query/measure.h"
#include "src/query/query.h"

typedef enum MkGoal { MK_GOAL_MIN, MK_GOAL_MAX, MK_GOAL_VALUE } MkGoal;

typedef struct MkFree {
    size_t attribute;
    /* Else what such people have, given the evidence without inputs and goal: the middle 95 %, or
     * levels of at least 2 %; and where the person is. */
    bool has_allowed;
    MkValue allowed; /* a range or a set */
} MkFree;

typedef struct MkConstraint {
    MkMeasure measure;
    MkRelationSign sign;
    double bound;
} MkConstraint;

typedef struct MkOptimize {
    MkMeasure measure;
    MkGoal goal;
    double wanted; /* MK_GOAL_VALUE */
    const MkFree *free;
    size_t n_free;
    const MkConstraint *constraints;
    size_t n_constraints;
    bool takes_any;     /* also attributes that the schema does not call modifiable */
    double floor;       /* of support, 0 .. 1; 0.05 when not said */
    size_t n_solutions; /* at most; 5 when not said */
    double seconds;     /* of search; 5 when not said */
    double (*clock)(void);
} MkOptimize;

/* Starts from query->evidence. The free attributes must be modifiable ones (schema) and may be part
 * of the evidence: then that is where the person starts. MK_EINVAL names what is wrong. When
 * query->cancel is set meanwhile the best so far is the result, with result->is_cut. The search
 * ends by its budget of questions and is the same whatever the number of threads; `seconds` are a
 * cap, and a note says when they cut it.
 *
 * JSON: given, goal {attribute, text, unit, is_probability, aim: "min" | "max" | "value", wanted},
 * floor, start {value, interval, support, holds, limits}, inputs [{attribute, label, unit, start,
 * is_given, is_said (what is allowed was), low, high | levels}], solutions [{value, interval,
 * change, reach, effort, support, holds, reached, given {the whole evidence}, line, changes
 * [{attribute, from, to, effort, worth}], limits [{text, value, bound, slack, holds}]}] with the
 * least effort first, best (index), stops [texts], evaluations, figures. */
enum { MK_OPTIMIZE_FREE = 32, MK_OPTIMIZE_CONSTRAINTS = 16 }; /* at most */
MK_NODISCARD MkStatus mk_query_optimize(const MkQuery *query, const MkOptimize *ask,
                                        MkResult *result, MkError *err);

#endif
