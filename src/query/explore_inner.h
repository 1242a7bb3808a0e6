/* explore_inner.h - what the passes of explore find and the result shows. Private to explore*.c. */
#ifndef MK_QUERY_EXPLORE_INNER_H
#define MK_QUERY_EXPLORE_INNER_H

#include <stdbool.h>
#include <stddef.h>

#include "model/model.h"
#include "src/base/arena.h"
#include "src/query/explore.h"
#include "src/query/linkage.h"
#include "src/query/mix.h"
#include "src/query/slices.h"

enum { MK_EXPLORE_PARTS = 8, MK_EXPLORE_LINKS = 40 /* relations with a range, at most */ };

/* What of the target is looked at. */
typedef enum MkExploreAnswer {
    MK_EXPLORE_MEDIAN,
    MK_EXPLORE_MEAN,
    MK_EXPLORE_LEVEL,    /* probability of `level` */
    MK_EXPLORE_POSITION, /* mean position of an ordinal's level, from 1 */
    MK_EXPLORE_EVENT
} MkExploreAnswer;

typedef enum MkExploreForm {
    MK_FORM_NONE, /* too weak to have one */
    MK_FORM_RISING,
    MK_FORM_FALLING,
    MK_FORM_PEAK,
    MK_FORM_DIP,
    MK_FORM_MIXED,
    MK_FORM_LEVELS /* the attribute has no order */
} MkExploreForm;

typedef struct MkExplorePoint {
    double at;     /* value of the attribute (mean of the group), or level index */
    double share;  /* probability of the group */
    double answer; /* of the target */
} MkExplorePoint;

typedef struct MkExploreRelation {
    size_t attribute;
    double strength, effect;
    bool has_direction;
    double direction;
    MkExploreForm form;
    size_t n_points;
    MkExplorePoint *points;
    size_t co_observed;
    bool is_linked; /* hardly anybody was seen with both, and `link` tells what that leaves open */
    MkLink link;
    bool is_exact;       /* asked in the second pass */
    bool is_restatement; /* tells nearly all of the target */
} MkExploreRelation;

typedef struct MkExplore {
    const MkQuery *query;
    const MkExploreChoice *choice;
    MkArena *arena;
    size_t target;
    const MkAttribute *attribute; /* of the target */
    MkExploreAnswer answer;
    size_t level;
    double unit;    /* of the effect: the population's sd, or 1 */
    bool was_known; /* the evidence held the target; it is set aside */

    MkEvidence held;
    MkMix mix;
    double support;
    size_t n_parts;        /* of the evidence, at most MK_EXPLORE_PARTS */
    const MkPoint **parts; /* (n_parts) mix.n_known points each */
    double part_weights[MK_EXPLORE_PARTS];
    MkDistribution *part_now; /* (n_parts, n_all) */

    size_t n_all; /* attributes of the schema */
    size_t *all;
    MkDistribution *now; /* (n_all) given the evidence */
    MkSlices *slices;    /* (n_all) */
    MkBins bins;         /* of the target */

    size_t n;          /* attributes that are looked at */
    size_t n_left_out; /* attributes that such people are not asked for */
    size_t n_exact;
    MkExploreRelation *relations; /* (n), by attribute */
    size_t *order;                /* (n) strongest first */
    struct MkExploreRank *ranks;  /* (n) room to sort in */

    bool has_reverse;
    double end_value[2];    /* low, high: number or level; not for an event */
    MkDistribution *end[2]; /* (n_all) each */
} MkExplore;

/* What an attribute does between the two ends of the target. */
typedef struct MkExploreMoved {
    size_t attribute;
    size_t level; /* of levels: the one that changes most; of two the rarer one */
    bool is_mean;
    double at[2]; /* median or mean; probability of the level */
    double shift; /* in population sd; probability */
    double distance;
} MkExploreMoved;

typedef struct MkExploreMovedList {
    size_t n;
    MkExploreMoved *items; /* (n) the most apart first */
} MkExploreMovedList;

/* ---- explore_ask.c ---- */
/* Evidence, its parts, and all attributes given it. */
MkStatus mk_explore_begin(MkExplore *e, MkError *err);
/* The targets' answers when `attribute` has the slice's value too; out (n_targets). Each part of
 * the evidence counts as much as it expects the slice. */
MkStatus mk_explore_ask(const MkExplore *e, size_t attribute, const MkSlice *slice,
                        const size_t *targets, size_t n_targets, MkArena *arena,
                        MkDistribution *out, MkError *err);
/* Whether people of the evidence, with this value of the target, are asked for attribute j. */
bool mk_explore_is_asked(const MkExplore *e, size_t j, double target);

/* ---- explore_relate.c ---- */
/* Chooses answer, level and unit; e->now is there. */
void mk_explore_choose(MkExplore *e);
double mk_explore_answer(const MkExplore *e, const MkDistribution *d);
/* Shares that strength is counted of: the target's bins, or the event and its opposite. Gives how
 * many. */
size_t mk_explore_share(const MkExplore *e, const MkDistribution *d, double *out);
/* Fills a relation from the target's shares (slices->n, n) and answers (slices->n) at each slice of
 * the attribute; r->points has room. */
void mk_explore_relate(const MkExplore *e, const MkSlices *slices, const double *shares, size_t n,
                       const double *answers, MkExploreRelation *r);
/* Whether a group holds enough people to count for direction, form and span. */
bool mk_explore_counts(const MkExplorePoint *point);
/* Lowest and highest answer of the groups that count. */
void mk_explore_span(const MkExploreRelation *r, double *low, double *high);
/* A median that jumps between few values would hide how the number moves: its mean is shown. */
bool mk_explore_has_few_values(const MkModel *model, size_t j);

/* ---- explore_data.c ---- */
/* What moves, the most apart first; none when there are no two ends. Lives in arena. */
MkStatus mk_explore_list_moved(const MkExplore *e, MkArena *arena, MkExploreMovedList *out,
                               MkError *err);
int mk_explore_by_distance(const void *a, const void *b); /* of MkExploreMoved, for qsort */
/* The members of the JSON root but model and figures. */
void mk_explore_nodes(const MkExplore *e, const MkExploreMovedList *moved, MkNode *root,
                      MkResult *result);
/* "hba1c", "smoking = current": what the answers are of. */
const char *mk_explore_name(const MkExplore *e, MkArena *arena);
const char *mk_explore_form_name(MkExploreForm form);
bool mk_explore_has_number(const MkExplore *e); /* answers are in the target's unit */

/* ---- explore_show.c ---- */
/* Fills a new, empty result with what there is. */
MkStatus mk_explore_show(const MkExplore *e, MkResult *result, MkError *err);

#endif
