/* copula.h - Gaussian copula over all types with missing cells: exact conditionals in closed form.
 *
 * Every attribute has a score: the normal score of its mid-rank (numbers inside a bin) or the mean
 * normal score of its cell (atoms, levels), standardised. A few attributes that carry curvature
 * (age, nominal levels) have extra features: Hermite polynomials of the score, indicators of
 * levels. R is the correlation of all features; evidence is used as it was observed (no latent
 * value is made up for a level), and a target j is the latent normal z_j behind its cells:
 *
 *   score of j given the evidence   mu = R_jo R_oo^-1 e_o   explained x = R_jo R_oo^-1 R_oj
 *   latent                          m = mu rho^(3x - 1)     s^2 = max(1 - x / rho^2, rho^4 (1 - x))
 *   P(cell k) = Phi((tau_k+1 - m) / s) - Phi((tau_k - m) / s)
 *
 * rho_j^2 is the sd of the normal score: 1 for a continuous attribute, where both lines are the
 * exact conditional of a normal; less for a coarse one, where they go from half of the polyserial
 * correction (little explained) to the score itself (all explained). In words: manikin-model(7);
 * measured: doc/base.md. EM for a normal with missing cells: Dempster, Laird, Rubin 1977. */
#ifndef MK_MODEL_COPULA_COPULA_H
#define MK_MODEL_COPULA_COPULA_H

#include <stddef.h>
#include <stdint.h>

#include "model/dataset.h"
#include "model/marginal.h"
#include "src/base/arena.h"
#include "src/base/pool.h"
#include "src/base/status.h"

typedef enum MkFeatureKind {
    MK_FEATURE_SCORE = 0,
    MK_FEATURE_SQUARE = 1, /* z^2 */
    MK_FEATURE_CUBE = 2,   /* z^3 - 3z */
    MK_FEATURE_LEVEL = 3   /* 1 when the level is `level`; numbers: when the cell is (an atom) */
} MkFeatureKind;

typedef struct MkFeature {
    uint32_t attribute;
    uint16_t kind; /* MkFeatureKind */
    uint16_t level;
    float mean, sd; /* of the raw feature among training people */
} MkFeature;

typedef struct MkCopula {
    size_t n_attributes;
    const MkMarginal *marginals; /* (n_attributes) */
    size_t n_features;
    const MkFeature *features;   /* (n_features): the first n_attributes are the scores, then extras
                                    by attribute */
    const uint32_t *extra_begin; /* (n_attributes + 1): extras of j are extra_begin[j] ..
                                    extra_begin[j + 1] - 1 */
    const float *r;              /* packed lower triangle: (i, k <= i) at i (i + 1) / 2 + k */
    const float *rho;            /* (n_attributes) */
} MkCopula;

#define MK_COPULA_MIN_SD 0.02F  /* s_j is never below */
#define MK_COPULA_FLOOR (-30.0) /* log probability of a cell is never below */

enum { MK_FEATURES_PER_ATTRIBUTE = 1 + MK_CELLS_MAX }; /* bound on 1 + extras of one attribute */

float mk_copula_r(const MkCopula *copula, size_t a, size_t b);

/* One of several attributes, and how related it is. */
typedef struct MkRanked {
    size_t place;
    double strength;
} MkRanked;
/* The `most` of the attributes from[0..n) that are most related to the targets, by the sum of their
 * scores' squared correlations, strongest first; all of them as they come when there are no more.
 * items (n): the first ones are their places in `from`. Gives how many. */
size_t mk_copula_related(const MkCopula *copula, const size_t *from, size_t n,
                         const size_t *targets, size_t n_targets, size_t most, MkRanked *items);

/* Features of one observed value: ids and standardised values, at most MK_FEATURES_PER_ATTRIBUTE.
 * Gives how many. */
size_t mk_copula_encode(const MkCopula *copula, size_t attribute, double value, uint32_t *ids,
                        float *values);
/* The same for a value whose cell and normal score are known. */
size_t mk_copula_encode_score(const MkCopula *copula, size_t attribute, size_t cell, double score,
                              uint32_t *ids, float *values);

/* Conditional of targets given encoded evidence.
 *   r (ld, ld) symmetric, row-major      ids, values (n_known)     targets (n_targets)
 *   scratch: mk_copula_scratch(n_known, n_targets) floats
 *   m, s (n_targets)
 * Fails (MK_ENUMERIC) when R_oo is not positive definite. */
size_t mk_copula_scratch(size_t n_known, size_t n_targets);
MK_NODISCARD MkStatus mk_copula_condition_dense(const float *r, size_t ld, const float *rho,
                                                const uint32_t *ids, const float *values,
                                                size_t n_known, const uint32_t *targets,
                                                size_t n_targets, float *scratch, float *m,
                                                float *s, MkError *err);
/* The same from the packed R of a model, in double, with the evidence's squared Mahalanobis
 * distance
 * (*distance, may be NULL). */
MK_NODISCARD MkStatus mk_copula_condition(const MkCopula *copula, const uint32_t *ids,
                                          const float *values, size_t n_known,
                                          const uint32_t *targets, size_t n_targets, MkArena *arena,
                                          float *m, float *s, double *distance, MkError *err);

/* Conditionals of a chain: of each target given all that stands before it in an order of features,
 * known ones and earlier targets. With R = L L' over the order and y = L^-1 e, the score at place a
 * has mean sum_k<a L_ak y_k, of which sum_k<a L_ak^2 is explained. One factorisation for all.
 *   ids, values (n) in the order     at (n_targets) places of the targets' scores
 *   scratch: mk_copula_scratch(n, 0) floats     m, s (n_targets) */
MK_NODISCARD MkStatus mk_copula_chain_dense(const float *r, size_t ld, const float *rho,
                                            const uint32_t *ids, const float *values, size_t n,
                                            const uint32_t *at, size_t n_targets, float *scratch,
                                            float *m, float *s, MkError *err);

/* Latent normal of a target: `mean` of its score given the evidence, share `explained` of it. */
void mk_copula_link(double explained, double rho, double mean, float *m, float *s);

/* Log probabilities of the marginal's cells under N(m, s): b (n_cells), floor MK_COPULA_FLOOR. */
void mk_copula_logits(const MkMarginal *marginal, double m, double s, float *b);

/* ---- fitting ---- */

typedef struct MkCopulaFit {
    const MkMarginal *marginals; /* kept by the result */
    const MkDataset *data;
    size_t n_folds;      /* 0: none; else R of each fold is fitted on the people of the others */
    const uint8_t *fold; /* (data->n_rows) 0 .. n_folds - 1, when n_folds > 0 */
    size_t iterations;   /* of EM, 10 */
    double prior;        /* people of prior weight on independence, 20 */
    bool expand;         /* extra features */
    MkPool *pool;        /* may be NULL */
    const MkCancel *cancel;
    void (*progress)(void *ctx, size_t done, size_t total); /* may be NULL */
    void *progress_ctx;
} MkCopulaFit;

/* Fits R to people of several sources. Start: conditional independence given what nearly everybody
 * is asked. EM completes each person within the attributes of the own source, and composes R of
 * regressions that are learned from the sources that ask (copula_compose.c). Pairs that no source
 * asks together come from what the sources show of similar attributes (copula_complete.c). *out
 * lives in `arena`; fold_r (n_folds arrays of n_features^2 floats, each from malloc, caller frees)
 * may be NULL when n_folds is 0. Same result whatever the number of threads. */
MK_NODISCARD MkStatus mk_copula_fit(const MkCopulaFit *fit, MkArena *arena, MkCopula *out,
                                    float **fold_r, MkError *err);

/* ---- what no data can tell ---- */

enum {
    MK_IDENTIFIED_SHARED = 64, /* attributes taken as known, at most */
    MK_IDENTIFIED_PEOPLE = 50  /* who show a pair, at least */
};

/* Correlation of the scores of two attributes that were never seen together: all values between
 * `low` and `high` agree with everything that the sources show. With Z the attributes co-observed
 * with both (the most related ones), c = R_az R_zz^-1 R_zb and x_a = R_az R_zz^-1 R_za:
 *   low, high = c -+ sqrt((1 - x_a) (1 - x_b))
 * Kiesl and Raessler 2006, "How valid can data fusion be?". `centre` c is conditional independence;
 * `estimate` is the R of the model, which may lie anywhere between. */
typedef struct MkIdentified {
    double centre, low, high, estimate;
    double explained_a, explained_b; /* x_a, x_b */
    size_t n_shared;                 /* attributes in Z */
} MkIdentified;

/* `pairs`: people who have both, packed lower triangle over attributes (as a model stores it). */
MK_NODISCARD MkStatus mk_copula_identified(const MkCopula *copula, const int32_t *pairs, size_t a,
                                           size_t b, MkArena *arena, MkIdentified *out,
                                           MkError *err);

#endif
