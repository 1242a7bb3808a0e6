/* logistic.h - a ridge logistic regression on people with gaps. */
#ifndef MK_EVAL_LOGISTIC_H
#define MK_EVAL_LOGISTIC_H

#include "src/data/schema.h"
#include "src/eval/trees.h"

/* Learns yes or no from the attributes ids (d) of people as rows of a task (trees.h), by the
 * columns of design.h; penalty: half of the squared slopes. out (m) log odds. */
MK_NODISCARD MkStatus mk_logistic_learn(const MkSchema *schema, const size_t *ids,
                                        const MkTreesTask *task, float *out, MkError *err);

#endif
