/* orders.h - the joint log density of people a model has not seen, and whether it depends on the
 * order in which their values are gone through.
 *
 *   MkOrders orders;
 *   MK_TRY(mk_orders_judge(&(MkOrdersJob){.model = model, .cohort = people, .rows = rows,
 *                                         .n_rows = n}, arena, &orders, err));
 *
 * By the chain rule a joint density is the product of conditionals, p(x1) p(x2 | x1) .., in any
 * order. A model that learned the conditionals apart need not give the same product in each: the
 * spread over orders says how far its conditionals are from fitting one joint distribution
 * (Uria, Murray, Larochelle 2014, section 4, average over orders for that reason).
 *
 * Of each source, attributes that most of its people have are taken by chance, so that enough
 * people have all of them, and none that follows from others by a rule; a number counts with the
 * probability of the step at which it is recorded. Beside it stand the same people by the marginals
 * (independent attributes) and by the base, and the energy score (energy.h) of the later half of
 * the attributes drawn together given the first half. */
#ifndef MK_EVAL_ORDERS_H
#define MK_EVAL_ORDERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/model.h"
#include "src/base/arena.h"
#include "src/base/pool.h"
#include "src/base/status.h"
#include "src/data/cohort.h"
#include "src/eval/resample.h"
#include "src/eval/yard.h"

enum { MK_ORDERS = 8, MK_ORDERS_PEOPLE = 200, MK_ORDERS_ATTRIBUTES = 32 };

typedef struct MkOrders {
    size_t n_people;      /* at most MK_ORDERS_PEOPLE; 0: nobody has enough */
    double n_attributes;  /* of a person, the mean */
    MkMeasured joint;     /* nats an attribute, mean over people and orders */
    MkMeasured marginals; /* the same of independent attributes */
    MkMeasured base;      /* the same of the base */
    MkMeasured gain;      /* joint less marginals */
    MkMeasured spread;    /* sd over orders, nats an attribute, mean over people */
    MkMeasured share;     /* spread as a share of the gain; NaN: nothing is gained */
    double n_block;       /* attributes of a person that are drawn together */
    MkMeasured energy;    /* their energy score; NaN without yards, as the others */
    MkMeasured shuffled;  /* the same of draws without dependence */
    MkMeasured together;  /* shuffled less energy: what the dependence is worth */
} MkOrders;

typedef struct MkOrdersJob {
    const MkModel *model;
    const MkCohort *cohort; /* read with the model's schema */
    const size_t *rows;     /* (n_rows) people of it, ascending */
    size_t n_rows;
    const MkYard *yards; /* by attribute; NULL: no energy score */
    bool tells_source;   /* the attribute `source` is known, as it is when answers are judged */
    uint64_t seed;
    MkPool *pool;           /* may be NULL */
    const MkCancel *cancel; /* may be NULL */
} MkOrdersJob;

/* The same whatever the number of threads. Fails: MK_ECANCEL, what drawing gives. */
MK_NODISCARD MkStatus mk_orders_judge(const MkOrdersJob *job, MkArena *arena, MkOrders *out,
                                      MkError *err);

#endif
