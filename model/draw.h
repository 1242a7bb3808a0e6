/* draw.h - persons from the joint distribution given what is known, and its log density.
 *
 *   MkDrawer *drawer;
 *   MK_TRY(mk_drawer_new(model, &(MkDrawOrder){known, n_known, targets, n_targets, 16, seed},
 *                        &drawer, err));
 *   MK_TRY(mk_drawer_run(drawer, values, 32, streams, NULL, arena, persons, log_p, err));
 *
 * How a kind draws is its own: chain.h (mae with a base, copula), latent.h (all whose attributes
 * are independent given a latent state). */
#ifndef MK_MODEL_DRAW_H
#define MK_MODEL_DRAW_H

#include <stdbool.h>
#include <stdint.h>

#include "model/model.h"
#include "src/base/rng.h"

enum { MK_DRAW_PERSONS = 64 }; /* at once, at most */

/* What a target is held to: a range of a number, a set of levels. */
typedef struct MkDrawLimit {
    bool is_limited;
    double low, high; /* numbers; both ends included, infinite when open */
    uint64_t levels;  /* bit per level */
} MkDrawLimit;

/* By what: the model's kind, or a part that every model has. */
typedef enum MkDrawBy { MK_DRAW_BY_KIND, MK_DRAW_BY_BASE, MK_DRAW_BY_MARGINALS } MkDrawBy;

typedef struct MkDrawOrder {
    const size_t *known; /* (n_known) attributes whose values every person brings */
    size_t n_known;
    const size_t *targets; /* (n_targets) attributes to draw; none of them known */
    size_t n_targets;
    size_t n_groups; /* chain: passes of the network, 1 or more; more than targets: as many */
    uint64_t seed;   /* of the order */
    const MkDrawLimit *limits; /* (n_targets), or NULL: targets may be anything */
    MkDrawBy by;
} MkDrawOrder;

typedef struct MkDrawer MkDrawer;

/* Whether drawn values of a person keep their relations; published heads of kind mae are drawn one
 * by one, as published. */
bool mk_model_is_joint(const MkModel *model);
/* Fails: MK_EUNSUPPORTED for evidence that the kind cannot take, MK_ENUMERIC. The model must
 * outlive it. */
MK_NODISCARD MkStatus mk_drawer_new(const MkModel *model, const MkDrawOrder *order, MkDrawer **out,
                                    MkError *err);
void mk_drawer_free(MkDrawer *drawer); /* NULL is allowed */

/* n <= MK_DRAW_PERSONS persons.
 *   known (n, n_known)       streams (n) one a person
 *   given (n, n_targets)     NULL: draw; else values whose density is asked, NaN: draw it
 *   out (n, n_targets)       log_p (n) at the recorded resolution, or NULL
 *   log_mass (n)             log of what the limits left of each conditional, summed: persons drawn
 *                            with several limits have this as importance weight; or NULL
 * Scratch comes from `arena`. Safe from several threads. */
MK_NODISCARD MkStatus mk_drawer_run(const MkDrawer *drawer, const double *known, size_t n,
                                    MkRng *streams, const double *given, MkArena *arena,
                                    double *out, double *log_p, double *log_mass, MkError *err);

#endif
