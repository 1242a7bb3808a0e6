/* explore.h - which attributes are related to a target, how strongly, in which direction and shape.
 *
 *   MkExploreChoice choice = {.most = 25};
 *   MK_TRY(mk_query_explore_chosen(&query, &choice, result, err));
 *
 * For an attribute A the target's answer is asked at each slice of A's own distribution given the
 * evidence (slices.h). From these answers, with the slices' probabilities as weights:
 *
 *   strength   mutual information of target and A given the evidence, in nats: the expected
 *              divergence of the target's answer, when A's value becomes known, from the mean of
 *              these answers. (Not from the answer without A: that would count what it tells that
 *              A was asked at all - who is asked about hearing aids is old.) 0 for no relation;
 *              -1/2 ln(1 - r^2) for a linear one of correlation r; any shape counts.
 *   effect     expected change of the target's answer: numbers, of its median in standard
 *              deviations of the population (the mean's, where the number takes few values);
 *              levels, the total variation distance, 0 .. 1
 *   shape      the answer at each group of slices: eighths of A's probability, or levels
 *   direction  -1 .. 1: (last - first) / sum of |steps| of the shape; not for A without order
 *
 * The answer of a nominal target is the probability of its likeliest level (of two levels: the less
 * likely one), of an ordinal target the mean position of its level, of an event (`smoking=current`,
 * `P(hba1c>=6.5)`) its probability; for an event strength and effect are those of happening or not.
 *
 * Two passes. The first asks the other way round, all attributes at each slice of the target: a
 * dozen questions, which give every strength approximately. The second asks the target at each
 * slice of each attribute, in the order of the first; when that were too much work (very many
 * attributes, much evidence, ranges) the weakest relations keep the first pass's numbers, and say
 * so ("exact": false). Evidence with ranges is answered by at most 8 of its parts (mix.h), and each
 * part's weight follows the value of A. Same numbers whatever the number of threads.
 *
 * Attributes that people of the evidence are not asked for (eligible.h), or people of one slice of
 * the target only, are left out; so are, of the reverse, those that one of its ends rules out.
 *
 * The reverse: the target is set low and high (numbers: at 5 and 95 % of its distribution given the
 * evidence; ordinal levels likewise; nominal: the two likeliest levels; an event: it did not
 * happen, it happened) and every other attribute is asked for what it does between the two. */
#ifndef MK_QUERY_EXPLORE_H
#define MK_QUERY_EXPLORE_H

#include "src/query/measure.h"
#include "src/query/query.h"

enum { MK_EXPLORE_MOST = 25, MK_EXPLORE_FIGURE = 15 };

typedef struct MkExploreChoice {
    const MkMeasure *event; /* a probability of query->targets[0]; NULL: the target itself */
    size_t most;            /* rows of each table for people */
    double work; /* of the second pass, in questions without evidence; 0: 80,000, about a second */
} MkExploreChoice;

MK_NODISCARD MkStatus mk_query_explore_chosen(const MkQuery *query, const MkExploreChoice *choice,
                                              MkResult *result, MkError *err);

#endif
