/* optimize_show.h - what the tables of a search and its data and figures share. */
#ifndef MK_QUERY_OPTIMIZE_SHOW_H
#define MK_QUERY_OPTIMIZE_SHOW_H

#include "src/query/search.h"

/* An outcome with the answers behind it: the start, then the solutions. */
typedef struct MkOutcomeShow {
    const MkOutcome *o;
    const MkSearch *search;
    const MkModel *model;
    const MkOptimize *ask;
    MkResult *result;
    MkArena *arena;
    MkDistribution *answers; /* (1 + n) of the goal's attribute */
    const char *goal;        /* "median of hba1c" */
} MkOutcomeShow;

/* "given bmi=24 sodium=1800": what a solution changes, to be typed. */
const char *mk_outcome_line(const MkOutcomeShow *s, const MkTrial *trial);
const char *mk_outcome_aim(const MkOutcomeShow *s); /* "median of hba1c as low as it gets" */
const char *mk_outcome_limit(const MkOutcomeShow *s, size_t c); /* "median of bmi ≤ 30 kg/m²" */
/* How far a constraint is from its bound; negative: it does not hold. */
double mk_outcome_slack(const MkOutcomeShow *s, const MkTrial *trial, size_t c);
bool mk_outcome_limit_holds(const MkOutcomeShow *s, const MkTrial *trial, size_t c);
bool mk_outcome_is_reached(const MkOutcomeShow *s, const MkTrial *trial);
bool mk_outcome_is_used(const MkOutcomeShow *s, size_t input); /* some solution changes it */

/* ---- optimize_data.c ---- */
/* Members of `root`: goal, floor, start, inputs, solutions, best. */
void mk_outcome_data(const MkOutcomeShow *s, MkNode *root);
/* The goal's distribution before and after the main solution; how far each input moves; and, for
 * the screen, before and after each other solution in their order. */
void mk_outcome_figures(const MkOutcomeShow *s);

#endif
