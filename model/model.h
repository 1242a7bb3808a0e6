/* model.h - one interface to every kind of model: open, ask, draw.
 *
 *   MkModel *model;
 *   MK_TRY(mk_model_open("model/altair.safetensors", &model, err));
 *   const MkPoint known[] = {{age, 45.0}, {sex, 0.0}};
 *   MkDistribution out[1];
 *   MK_TRY(mk_model_posterior(model, known, 2, &hba1c, 1, arena, out, err));
 *
 * A model does not change after opening; asking is safe from several threads, each with its own
 * arena.
 */
#ifndef MK_MODEL_MODEL_H
#define MK_MODEL_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/distribution.h"
#include "src/base/arena.h"
#include "src/base/status.h"
#include "src/data/schema.h"

typedef struct MkModel MkModel;

typedef struct MkPoint {
    size_t attribute; /* schema id */
    double value;     /* number in the schema's unit, or level index */
} MkPoint;

/* The card: what the model is and how good it is; strings are never NULL. */
typedef struct MkCard {
    const char *name;     /* "altair" */
    const char *version;  /* "1.0" */
    const char *kind;     /* "mae", "copula" */
    const char *text;     /* the whole card, Markdown */
    const char *manifest; /* how it was trained, JSON; "" when the file does not say */
    const char
        *thresholds;      /* how good it is to be: lines "name\tlow\thigh"; "" when it says none */
    size_t n_people;      /* trained on */
    size_t smallest_cell; /* fewer people are nowhere told apart; 0: the file does not say */
    size_t n_parameters;
} MkCard;

/* Maps and checks a safetensors file (weights.h); MK_EFORMAT for anything wrong. Gives *out. */
MK_NODISCARD MkStatus mk_model_open(const char *path, MkModel **out, MkError *err);
void mk_model_free(MkModel *model); /* NULL is allowed */

const MkSchema *mk_model_schema(const MkModel *model);
const MkCard *mk_model_card(const MkModel *model);
/* Whether its manifest says that the training was differentially private. */
bool mk_model_is_private(const MkModel *model);

/* p(target | known) for each target, one by one (not their joint). `known` has each attribute at
 * most once; a target that is known comes back as MK_DIST_POINT. Levels of nominal attributes come
 * as MK_DIST_LEVELS in schema order. out (n_targets); what they point to lives in `arena` and the
 * model. Does not depend on which other targets are asked, unless more than 256 values are known:
 * then kind mae sees the 256 most related to all targets together. */
MK_NODISCARD MkStatus mk_model_posterior(const MkModel *model, const MkPoint *known, size_t n_known,
                                         const size_t *targets, size_t n_targets, MkArena *arena,
                                         MkDistribution *out, MkError *err);
/* The same model, answering as its kind does, without the recalibration (calibrate.h) that its file
 * may hold; lives as long as the model. Persons are drawn alike from both. */
const MkModel *mk_model_raw(const MkModel *model);
bool mk_model_is_recalibrated(const MkModel *model);
/* Turns answers of mk_model_raw to the same question into the model's. */
MK_NODISCARD MkStatus mk_model_recalibrate(const MkModel *model, const MkPoint *known,
                                           size_t n_known, const size_t *targets, size_t n_targets,
                                           MkArena *arena, MkDistribution *answers, MkError *err);
/* The population's distribution (training marginal) of attribute j; lives in the model. */
const MkDistribution *mk_model_population(const MkModel *model, size_t j);
const MkMarginal *mk_model_marginal(const MkModel *model, size_t j);

double mk_model_observed(const MkModel *model, size_t j); /* share observed in training, 0 .. 1 */
/* Training people in whom both were observed, down to a multiple of the card's smallest_cell: 0 may
 * be a few. */
size_t mk_model_co_observed(const MkModel *model, size_t a, size_t b);
/* How typical the known values are together: the share of people, with values of the same
 * attributes, whose values are as likely as these or less (support.h); above 0 .. 1 (nothing is
 * likelier), and below about 0.002 by the density: an order more than a share. Of people that the
 * model has not seen it is uniform: below 0.05 lie 5 % of them (fewer when few different answers
 * are possible). Always the same for the same values. */
MK_NODISCARD MkStatus mk_model_support(const MkModel *model, const MkPoint *known, size_t n_known,
                                       MkArena *arena, double *percentile, MkError *err);
/* Correlation of normal scores, -1 .. 1, of the base (shrunk, implied where never co-observed). */
double mk_model_correlation(const MkModel *model, size_t a, size_t b);

/* ---- what no data can tell (linkage.c) ---- */

enum { MK_SEEN_TOGETHER = 50 }; /* people, for the data to tell how two attributes go together */

/* Correlation of the normal scores of two attributes that fewer people show both of: every value
 * between `low` and `high` agrees with all that has been seen of each with others. `value` is that
 * of the base, `centre` what would hold if nothing but the shared attributes linked the two. */
typedef struct MkLinkage {
    double value, centre, low, high;
    size_t n_shared; /* attributes that link them: each seen with both */
} MkLinkage;

/* MK_ENUMERIC when the shared attributes tell it in a contradicting way. About a millisecond. */
MK_NODISCARD MkStatus mk_model_identified(const MkModel *model, size_t a, size_t b, MkArena *arena,
                                          MkLinkage *out, MkError *err);
/* What the base (not a network over it, nor recalibrated) answers of `target` when its correlation
 * with known[which] is put to each of `correlations` (n), as far as the others leave room for it;
 * all else stays. Of a value that is a level its place in the order counts. out (n), as for
 * mk_model_posterior; the values are taken as valid. */
MK_NODISCARD MkStatus mk_model_relinked(const MkModel *model, const MkPoint *known, size_t n_known,
                                        size_t which, size_t target, const double *correlations,
                                        size_t n, MkArena *arena, MkDistribution *out,
                                        MkError *err);

#endif
