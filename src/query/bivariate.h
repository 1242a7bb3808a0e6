/* bivariate.h - two attributes together: what the model draws, what the training people are, how
 * well the two agree, and their figures.
 *
 * The model's side are people spread evenly over its joint distribution (joint.h). The training
 * people are the cells kept in the model file (model/summary.h); where a pair is kept, the model's
 * people are counted in the same cells, so that each number has its equal beside it. Evidence
 * restricts the model's people and not the cells: an overlap is told only without evidence. */
#ifndef MK_QUERY_BIVARIATE_H
#define MK_QUERY_BIVARIATE_H

#include <stdbool.h>
#include <stddef.h>

#include "model/summary.h"
#include "src/base/arena.h"
#include "src/query/joint.h"
#include "src/query/linkage.h"
#include "src/query/query.h"
#include "src/result/result.h"

enum { MK_BIVARIATE_PEOPLE = 8192, MK_BIVARIATE_DRAWS = 400 };

/* How strongly the two go together. */
typedef struct MkAssociation {
    bool has_rank;      /* both are numbers or ordinal */
    double rank;        /* Spearman's correlation */
    double information; /* mutual information, nats */
} MkAssociation;

typedef struct MkBivariate {
    const MkQuery *query;
    MkEvidence evidence; /* without a and b */
    size_t a, b;         /* along the axis, upright */
    size_t n, n_draws;
    const double *x, *y;            /* (n) people spread evenly */
    const double *draw_x, *draw_y;  /* (n_draws) people drawn independently */
    const MkDistribution *by_level; /* (levels of a) p(b | a) when a has levels, else NULL */
    MkAssociation model;            /* of the people; information in sixteenths or levels */
    bool has_survey;
    MkPairCells survey;
    const double *cells;     /* (n_a, n_b) of survey: the model's share */
    MkAssociation in_cells;  /* of the model in the survey's cells */
    MkAssociation in_survey; /* of the survey */
    double overlap;          /* of the two in the cells that are told, 0 .. 1 */
    size_t people;           /* training people with both */
    bool is_linked;          /* hardly anybody was seen with both */
    MkLink link;
} MkBivariate;

/* From the joint that starts with a (`target` is b's place in it), and, when not NULL, half of the
 * people from the one that starts with b. Lives in arena, and in `joint`, which must stay. */
MK_NODISCARD MkStatus mk_bivariate_make(const MkQuery *query, MkEvidence evidence,
                                        const MkJoint *joint, size_t target, size_t b,
                                        const MkJoint *other, size_t other_target, MkArena *arena,
                                        MkBivariate *out, MkError *err);

/* Number and number: cells of the training people, people drawn, contours that hold half and 90 %.
 * Levels and number: a curve a level. Levels and levels: shares, those of the training people in
 * rows of their own. Number along, levels upright: nothing. */
MK_NODISCARD MkStatus mk_bivariate_figure(const MkBivariate *pair, MkResult *result, MkError *err);
/* The survey's median of b (numbers) or shares of its levels in each of its cells of a, onto a
 * figure of b along a; only without evidence. */
void mk_bivariate_points(const MkBivariate *pair, MkFigure *figure, MkResult *result);
/* Of the people in row i of cells (n_a, n_b), those of the survey or the model's: the share of
 * level k of b, or the median of b; NaN when little is told. */
double mk_bivariate_row_share(const double *cells, size_t n_b, size_t i, size_t k);
double mk_bivariate_row_median(const MkBivariate *pair, const double *cells, size_t i);
/* A table of these for people, a row a cell of a; only without evidence. */
void mk_bivariate_table(const MkBivariate *pair, MkResult *result);
/* "survey": {"people", "overlap", "rank_correlation", ..} into an object; nothing when the model
 * does not keep the pair. */
void mk_bivariate_node(const MkBivariate *pair, MkNode *object, MkResult *result);
/* How well they agree, or why that cannot be said. */
void mk_bivariate_note(const MkBivariate *pair, MkResult *result);

#endif
