/* search.h - the search behind `optimize`: trials of inputs, judged; one task improves one trial.
 *
 * A trial says which inputs are changed and to what; an input that is not changed is not known, or
 * known as it was given. Numbers are moved by COBYLA (NLopt, linear models of goal and constraints
 * without derivatives), levels by trying their combinations, and both are polished on the grid of
 * values that are shown, so that what is reported is what these very values give. A task depends on
 * its own start only: tasks run in any order and on any thread, with the same end. */
#ifndef MK_QUERY_SEARCH_H
#define MK_QUERY_SEARCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "src/query/optimize.h"

typedef struct MkInput {
    size_t attribute;
    const MkAttribute *about;
    bool is_number;
    const MkValue *given;         /* NULL: not part of the evidence */
    double start;                 /* where the person is expected: number or level index */
    double low, high, step;       /* numbers: what is allowed, and the grid, above 0 */
    uint64_t levels;              /* levels: what is allowed, a bit each */
    bool is_odd;                  /* does not go with the other given inputs */
    bool is_said;                 /* what is allowed was asked for */
    double usual_low, usual_high; /* what all but 1 in 1,000 of people like this one are within */
    uint64_t usual_levels;        /* levels: those that at least 1 in 1,000 of them have */
    double unit; /* of effort: population sd; nominal levels: 0, each change counts 1 */
} MkInput;

typedef struct MkTrial {
    bool is_on[MK_OPTIMIZE_FREE];
    double x[MK_OPTIMIZE_FREE];
    double value, smooth; /* the measure; the same without the steps of a median */
    double limits[MK_OPTIMIZE_CONSTRAINTS];
    double support;
    double violation; /* of constraints and floor together; 0: all hold */
    double merit;     /* the goal in its scale: lower is better */
    double effort;
} MkTrial;

typedef struct MkSearch {
    const MkQuery *query;
    const MkOptimize *ask;
    MkEvidence base; /* what stays whatever is tried */
    size_t n;
    MkInput inputs[MK_OPTIMIZE_FREE];
    size_t n_targets; /* of the goal, first, and the constraints */
    size_t targets[1 + MK_OPTIMIZE_CONSTRAINTS];
    size_t limit_target[MK_OPTIMIZE_CONSTRAINTS];
    double limit_scale[MK_OPTIMIZE_CONSTRAINTS];
    double floor;
    double scale;     /* of the goal */
    double tolerance; /* of MK_GOAL_VALUE, in the measure's unit */
    double until;     /* on ask->clock; infinite: no cap */
} MkSearch;

typedef struct MkSearchTask {
    bool may[MK_OPTIMIZE_FREE]; /* which inputs may be changed */
    MkTrial at;                 /* in: where to begin; out: the best found */
    bool is_light;              /* least effort whose merit is not above `enough` */
    double enough;
    size_t budget;   /* of questions to the model */
    size_t n_asked;  /* out */
    bool was_cut;    /* out: by cancel or the clock */
    MkStatus status; /* out */
    MkError err;
} MkSearchTask;

/* The evidence of a trial, in arena; NULL when out of memory. */
const MkKnown *mk_search_evidence(const MkSearch *search, const MkTrial *trial, MkArena *arena,
                                  size_t *n);
/* Asks the model and fills value .. effort. */
MK_NODISCARD MkStatus mk_search_judge(const MkSearch *search, MkArena *arena, MkTrial *trial,
                                      MkError *err);
/* ---- ties.c: values that people do not have together ---- */
/* What people like this one have, for the others to be held against. */
void mk_search_usual(MkInput *input, const MkDistribution *like);
/* Which given values people with the other ones do not have even now: they are not held against a
 * trial that leaves them. */
MK_NODISCARD MkStatus mk_search_find_odd(MkSearch *search, MkArena *arena, const MkTrial *base,
                                         MkError *err);
/* Adds 1 to the violation for each input whose value people with the other inputs' values do not
 * have. */
MK_NODISCARD MkStatus mk_search_check(const MkSearch *search, MkArena *arena, MkTrial *trial,
                                      MkError *err);
/* Numbers that the levels of a trial rule out follow them: back to unknown, or, when given, to what
 * people with these levels have. */
MK_NODISCARD MkStatus mk_search_follow(const MkSearch *search, MkArena *arena, MkTrial *trial,
                                       MkError *err);
/* Brings each changed input to where people with the other values are, one after the other. */
MK_NODISCARD MkStatus mk_search_pull_in(const MkSearch *search, MkArena *arena, MkTrial *trial,
                                        MkError *err);
/* Whether a is better than b when the goal is what counts. */
bool mk_search_better(const MkTrial *a, const MkTrial *b);
bool mk_search_stopped(const MkSearch *search);
void mk_search_run(const MkSearch *search, MkArena *arena, MkSearchTask *task);
/* x on the grid of an input, inside what is allowed. */
double mk_search_snap(const MkInput *input, double x);
/* Whether x is another value than the start: by a step where the start is given; where it is only
 * expected by a fifth of a population sd, for to say what is expected anyway changes nothing. */
bool mk_search_is_change(const MkInput *input, double x);
/* Effort of a change of one input to x. */
double mk_search_effort(const MkInput *input, double x);
/* Distance of a value of the measure from the goal, in its scale: lower is better. */
double mk_search_distance(const MkSearch *search, double value);

#define MK_SEARCH_KEPT 0.98 /* of the way, when needless changes are dropped */
/* The merit that a share of the way from `base` to `trial` has. */
double mk_search_merit_at(const MkTrial *base, const MkTrial *trial, double share);

/* A few solutions, least effort first. */
typedef struct MkChosen {
    size_t n;
    MkTrial *trials;                   /* on the grid, judged */
    double *reach;                     /* (n) share of the way to the goal, or to the main one */
    double (*worth)[MK_OPTIMIZE_FREE]; /* (n) of the measure, lost when an input goes back */
    size_t main;                       /* the one that goes farthest */
    bool holds;                        /* some trial keeps all constraints and the floor */
} MkChosen;

/* From all that was found: the one that goes farthest, then those that differ most from it in what
 * they change and how far; dominated and alike ones are left out. In arena. */
MK_NODISCARD MkStatus mk_search_choose(const MkSearch *search, MkArena *arena, const MkTrial *base,
                                       const MkTrial *best, const MkTrial *found, size_t n_found,
                                       MkChosen *out, MkError *err);

/* What a search came to, for its tables and figures. */
typedef struct MkOutcome {
    const MkSearch *search;
    MkTrial base; /* nothing changed */
    MkChosen chosen;
    size_t n_asked;
    bool was_cancelled, was_late;
    bool floor_is_lower; /* the person as given is rarer than the floor that was asked for */
    size_t forgotten;    /* attribute of the goal, when its given value was put aside; else n of the
                            schema */
} MkOutcome;

/* Tables, data, figures, notes. */
MK_NODISCARD MkStatus mk_outcome_show(const MkOutcome *outcome, MkResult *result, MkError *err);

#endif
