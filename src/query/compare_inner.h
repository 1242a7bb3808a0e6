/* compare_inner.h - what the files of compare share: the answers of all scenarios, their
 * differences, and the order in which targets are shown. For src/query/compare*.c. */
#ifndef MK_QUERY_COMPARE_INNER_H
#define MK_QUERY_COMPARE_INNER_H

#include "src/query/mix.h"
#include "src/query/query.h"

enum { MK_COMPARE_GRID = 200 };

/* Of one scenario and target against the base. */
typedef struct MkDifference {
    double median;    /* of the medians; numbers */
    double mean;      /* of the means; NaN when there is none */
    double low, high; /* of the difference of two people */
    double higher;    /* probability that the scenario's person is higher; numbers and ordinals */
    double step;      /* the change as one number: in population sd, or of the share of `level` */
    double distance;  /* total variation; levels */
    double size;      /* |step|; of levels the shift of a normal that has their distance, in sd */
    size_t level;     /* whose share changes most */
    bool is_mean;     /* `step` is that of the means, which moved where the medians did not */
} MkDifference;

typedef struct MkCompare {
    const MkQuery *query;
    const MkScenario *scenarios;
    size_t n;
    size_t base;
    bool is_all; /* of all attributes: the most different are shown */
    size_t most; /* targets shown */
    size_t n_targets;
    const size_t *targets;
    size_t n_done;             /* targets that have answers: the first so many */
    MkDistribution *posterior; /* (n_targets, n) */
    MkDifference *differences; /* (n_targets, n) */
    bool *is_set;              /* (n_targets) a scenario's evidence holds it */
    size_t *order;             /* (n_done) targets, the largest change first, set ones last */
    size_t n_left_out;         /* attributes that scenarios set, when is_all */
    const size_t *left_out;
    size_t n_not_asked; /* attributes that people of some scenario are not asked for, likewise */
    MkMix *mixes;       /* (n) */
    double *support;    /* (n) */
} MkCompare;

static inline const MkDistribution *mk_compare_answer(const MkCompare *c, size_t s, size_t t)
{
    return &c->posterior[t * c->n + s];
}

static inline const MkDifference *mk_compare_difference(const MkCompare *c, size_t s, size_t t)
{
    return &c->differences[t * c->n + s];
}

const MkAttribute *mk_compare_target(const MkCompare *c, size_t t);
/* The scenario whose change of target t is the largest. */
size_t mk_compare_widest(const MkCompare *c, size_t t);
size_t mk_compare_shown(const MkCompare *c); /* targets that people see */
/* What the scenarios share: the heading of all tables, the caption of all figures. */
const char *mk_compare_title(const MkCompare *c, MkArena *arena);
/* "higher", "lower" or "none". */
const char *mk_compare_direction(double higher);

void mk_compare_tables(const MkCompare *c, MkResult *result);
void mk_compare_figures(const MkCompare *c, MkResult *result);

#endif
