/* copula_priv.h - the parts of a fit: features, people by block, start, rounds. */
#ifndef MK_MODEL_COPULA_COPULA_PRIV_H
#define MK_MODEL_COPULA_COPULA_PRIV_H

#include "model/copula/copula.h"

/* Standardised features of the people of one source, in the columns that it has. */
typedef struct MkBlock {
    size_t n_rows, n; /* people, features */
    uint32_t *ids;    /* (n) features, ascending */
    float *x;         /* (n_rows, n), NaN missing; people with the same gaps follow each other */
    float *weights;   /* (n_rows) */
    uint8_t *fold;    /* (n_rows), 0 when there are none */
} MkBlock;

typedef struct MkDesign {
    size_t n; /* features */
    size_t n_blocks;
    MkBlock *blocks;
    int32_t *category;  /* (n) number of the attribute's category; -1: an extra, or no category */
    uint8_t *of_source; /* (n) 1: the same for all people of a source, in every source */
} MkDesign;

/* copula_features.c: scores and extras of every attribute. */
MK_NODISCARD MkStatus mk_copula_features(const MkCopulaFit *fit, MkArena *arena, MkCopula *out,
                                         MkError *err);
MK_NODISCARD MkStatus mk_copula_design(const MkCopulaFit *fit, const MkCopula *copula,
                                       MkDesign *out, MkError *err);
void mk_copula_design_free(MkDesign *design);

/* copula_complete.c: what correlations never or hardly seen are likely to be.
 *   known (n, n) correlations      people (n, n) who show them, 0: never together
 *   out (n, n), diagonal 1; not necessarily positive definite. May be `known`. */
MK_NODISCARD MkStatus mk_copula_complete(const MkDesign *design, const double *known,
                                         const float *people, MkPool *pool, double *out,
                                         MkError *err);
/* The same of all pairs, if nothing but what (nearly) everybody is asked joined two of them;
 * positive definite where |B_a| < 1. */
MK_NODISCARD MkStatus mk_copula_independent(const MkDesign *design, const double *known,
                                            const float *people, MkPool *pool, double *out,
                                            MkError *err);
/* Nearest with eigenvalues of at least 0.003; `definite` also gives it a unit diagonal, which makes
 * all correlations a little smaller. */
MK_NODISCARD MkStatus mk_copula_project(double *r, size_t n, MkError *err);
MK_NODISCARD MkStatus mk_copula_definite(double *r, size_t n, MkError *err);

/* copula_compose.c: second moments of the people of a source. */
typedef struct MkMoments {
    float *sum;          /* (n, n), completed in every feature, symmetric */
    double mass, people; /* their weight, their number */
} MkMoments;

/* sum (n, n) from `asked` (m, m), lower triangle, moments of the features of the block: the others
 * are expected from them by r (n, n), whose block has the inverse `precision` (m, m). */
MK_NODISCARD MkStatus mk_copula_extend(const MkBlock *b, size_t n, const double *r,
                                       const double *precision, const double *asked, double mass,
                                       float *sum, MkError *err);
/* r (n, n): correlations, positive definite, from the moments of all blocks; `prior` people of
 * each source stand for independence. */
MK_NODISCARD MkStatus mk_copula_compose(const MkDesign *design, const MkMoments *moments,
                                        double prior, double *r, MkError *err);

/* copula_em.c: R of the people outside of `fold` (fit->n_folds: of all), r (n, n).
 * `step` is called after each round. */
MK_NODISCARD MkStatus mk_copula_em(const MkCopulaFit *fit, const MkDesign *design, size_t fold,
                                   double *r, void (*step)(void *ctx), void *ctx, MkError *err);

#endif
