/* draw.h - persons from the joint distribution given what is known, and its log density.
 *
 *   MkDrawer *drawer;
 *   MK_TRY(mk_drawer_new(model, &(MkDrawOrder){known, n_known, targets, n_targets, 16, seed},
 *                        &drawer, err));
 *   MK_TRY(mk_drawer_run(drawer, values, 32, streams, NULL, arena, persons, log_p, err));
 *
 * Attributes are gone through in a random order, in groups that grow. Each is drawn from its
 * conditional given what is known and what was drawn before it (the chain rule, so that the product
 * is a joint distribution whatever the order). The base conditions each on the 64 attributes before
 * it that are most related to it, known ones first (Vecchia 1988; exact with fewer): a regression
 * that all persons of an order share, so that a person costs no system to solve. The network sees
 * what stands before a group once, and its reading of each attribute of the group is held to the
 * base as it goes on inside the group. One group: dependence inside it is the base's; as many
 * groups as attributes: any-order autoregression (Uria, Murray, Larochelle 2014).
 *
 * Numbers lie inside their cell where the base's latent normal puts them, and are rounded as they
 * are recorded. Kinds: mae with a base, and copula. */
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

typedef struct MkDrawOrder {
    const size_t *known; /* (n_known) attributes whose values every person brings */
    size_t n_known;
    const size_t *targets; /* (n_targets) attributes to draw; none of them known */
    size_t n_targets;
    size_t n_groups; /* passes of the network, 1 or more; more than targets: as many as they */
    uint64_t seed;   /* of the order */
    const MkDrawLimit *limits; /* (n_targets), or NULL: targets may be anything */
} MkDrawOrder;

typedef struct MkDrawer MkDrawer;

/* Whether a model gives a joint distribution: one without a base does not. */
bool mk_model_is_joint(const MkModel *model);
/* Fails: MK_EUNSUPPORTED for a model that gives none, MK_ENUMERIC. The model must outlive it. */
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
