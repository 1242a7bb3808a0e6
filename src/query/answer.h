/* answer.h - the part that estimate and plot share: posteriors as tables, JSON and notes. */
#ifndef MK_QUERY_ANSWER_H
#define MK_QUERY_ANSWER_H

#include "model/model.h"
#include "src/query/linkage.h"
#include "src/query/mix.h"
#include "src/query/query.h"
#include "src/result/result.h"

typedef struct MkAnswer {
    MkMix mix;
    MkDistribution *posterior; /* (n_targets) */
    double *modes;             /* (n_targets) */
    double support;            /* percentile of the evidence */
    MkLinks links;             /* targets that were never seen with some of the evidence */
} MkAnswer;

/* Asks the model; lives in result->arena. */
MK_NODISCARD MkStatus mk_answer_ask(const MkQuery *query, MkResult *result, MkAnswer *out,
                                    MkError *err);
/* Root object with "model", "given" and "support". */
MkNode *mk_answer_root(const MkQuery *query, const MkAnswer *answer, MkResult *result);
/* "estimates" in `root`, tables for people and for CSV. */
void mk_answer_estimates(const MkQuery *query, const MkAnswer *answer, MkNode *root,
                         MkResult *result);
/* Support, ranges, values outside training, linkage, and association where something is known. */
void mk_answer_notes(const MkQuery *query, const MkAnswer *answer, MkResult *result);

/* Members of one number or level distribution inside an object: median, interval, ... or levels. */
void mk_answer_number(MkResult *result, MkNode *object, const MkDistribution *d, double mode,
                      double level);
void mk_answer_levels(MkResult *result, MkNode *object, const MkDistribution *d);

#endif
