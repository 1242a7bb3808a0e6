/* summary_fit.h - what a model keeps of its training people beyond the model: histograms of
 * attributes and of pairs (summary.h), computed from the table and laid out as in the file. For
 * model/ only.
 *
 * Which pairs are kept: every attribute ranks its partners three times, by the base's correlation,
 * by mutual information of the cells (which sees relations that are not monotone or not ordered),
 * and by the latter among the demographic attributes alone. A pair's place is the best of its six;
 * the first MK_SUMMARY_PAIRS are kept, so that each attribute has its strongest ones. Two that are
 * demographic or in every shipped schema are always kept. */
#ifndef MK_MODEL_SUMMARY_FIT_H
#define MK_MODEL_SUMMARY_FIT_H

#include <stddef.h>
#include <stdint.h>

#include "model/copula/copula.h"
#include "model/summary.h"
#include "src/base/arena.h"
#include "src/base/pool.h"
#include "src/base/status.h"
#include "src/data/cohort.h"

enum { MK_SUMMARY_UNTOLD = 65535, MK_SUMMARY_WHOLE = 65534 }; /* codes of a share */

/* The tensors; manikin-model(7). */
typedef struct MkSummaries {
    size_t n;             /* attributes */
    uint8_t *cells;       /* (n) 0: nothing is told */
    int32_t *people;      /* (n) with a value */
    float *edges;         /* numbers: cells + 1 each */
    uint16_t *share;      /* cells each; code */
    uint8_t *sides;       /* (n) cells of one side of a pair; 0: in no pair */
    float *side_edges;    /* numbers: sides + 1 each */
    int32_t *pairs;       /* (n_pairs, 3) b, a < b, people with both; ascending by b, then a */
    uint16_t *pair_share; /* (sides of b, sides of a) each; code */
    size_t n_edges, n_share, n_side_edges, n_pairs, n_pair_share;
} MkSummaries;

typedef struct MkSummaryFit {
    const MkCohort *cohort;
    const size_t *rows; /* (n_rows) the training people, ascending */
    size_t n_rows;
    size_t least;          /* people in a cell that is told, at least 1 */
    const double *weights; /* (n_rows) weights or NULL; who has none does not count */
    const MkCopula *copula;
    MkPool *pool; /* may be NULL */
} MkSummaryFit;

/* The same whatever the number of threads. What *out points to lives in arena. */
MK_NODISCARD MkStatus mk_summaries_fit(const MkSummaryFit *fit, MkArena *arena, MkSummaries *out,
                                       MkError *err);

/* Values of a number that were recorded, with those who have them. */
typedef struct MkSeen {
    double value, weight;
    size_t people;
} MkSeen;
/* Sorts and joins equal values; gives how many different ones there are. */
size_t mk_summary_sort(MkSeen *seen, size_t n);
/* Where the cells of sorted values begin and end: at most `most` cells, edges (most + 1), inside
 * the domain min .. max, each with `least` people; of about equal mass when `width` is 0, of equal
 * width when it is 1. Gives their number, 0 when there are fewer people than that. */
size_t mk_summary_cut(const MkSeen *seen, size_t n, double min, double max, size_t least,
                      size_t most, double width, float *edges);
/* Cell of a value; beyond the outer edges it is in the end cell. */
size_t mk_summary_cell(const float *edges, size_t n_cells, double value);

#endif
