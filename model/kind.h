/* kind.h - what a kind of model must provide, and what all kinds share. For model/ only.
 *
 * To add a kind: a folder with its functions, one row in kinds[] of model.c, its training in
 * train.c. */
#ifndef MK_MODEL_KIND_H
#define MK_MODEL_KIND_H

#include <stdint.h>

#include "model/copula/copula.h"
#include "model/model.h"
#include "model/summary_fit.h"
#include "model/support_fit.h"
#include "model/weights.h"

struct MkNet;

typedef struct MkKind {
    const char *name;
    /* Reads what the kind keeps beyond marginals, base and pair counts. */
    MkStatus (*open)(struct MkModel *model, MkError *err);
    /* mk_model_posterior for targets that are not known; `known` is checked. */
    MkStatus (*posterior)(const struct MkModel *model, const MkPoint *known, size_t n_known,
                          const size_t *targets, size_t n_targets, MkArena *arena,
                          MkDistribution *out, MkError *err);
    void (*close)(struct MkModel *model);
} MkKind;

struct MkModel {
    MkArena *arena;
    MkWeights *weights;
    MkSchema *schema;
    MkCard card;
    const MkKind *kind;
    MkMarginal *marginals;      /* (schema->n) */
    MkDistribution *population; /* (schema->n) */
    MkCopula copula;
    const int32_t *pairs; /* packed lower triangle of co-observation counts */
    size_t n_people;
    struct MkNet *net;                /* kind mae */
    struct MkSummaryIndex *summaries; /* NULL: the file has none */
    MkSupportMap support_map;
    struct MkSupportCache *support; /* the one thing that changes; it has a lock */
};

/* Reads and checks the summary tensors; a file without any has none. */
MK_NODISCARD MkStatus mk_summaries_open(struct MkModel *model, MkError *err);

extern const MkKind mk_kind_copula;
extern const MkKind mk_kind_mae;

/* Everything of a model that is written to a file; the pointers are borrowed. */
typedef struct MkModelParts {
    const char *kind, *name, *version;
    const char *card;     /* Markdown */
    const char *manifest; /* JSON text: recipe, seed, steps, library, digests */
    const MkSchema *schema;
    const MkMarginal *marginals;
    const MkCopula *copula;
    const int32_t *pairs;
    size_t n_people;
    const struct MkNet *net;      /* NULL for kind copula */
    const MkSummaries *summaries; /* NULL: none are kept */
    const MkSupportMap *support;  /* NULL: none is kept */
} MkModelParts;

/* Adds the tensors of summaries to a file that is to be written; s is borrowed until then. */
void mk_summaries_add(const MkSummaries *s, MkWeightsOut *out);

MK_NODISCARD MkStatus mk_model_write(const MkModelParts *parts, const char *path, MkError *err);

/* Writes an open model to `path` with its knots as they are now and with these summaries (NULL:
 * none) and this support; everything else as in its file. The model stays on the file that it was
 * opened from. */
MK_NODISCARD MkStatus mk_model_rewrite(const MkModel *model, const MkSummaries *summaries,
                                       const MkSupportMap *support, const char *path, MkError *err);

/* Encoded evidence of a query: feature ids and values of all known points. */
typedef struct MkEncoded {
    size_t n;
    uint32_t *ids;
    float *values;
} MkEncoded;
MK_NODISCARD MkStatus mk_model_encode(const MkCopula *copula, const MkPoint *known, size_t n_known,
                                      MkArena *arena, MkEncoded *out, MkError *err);
/* Turns probabilities over a marginal's cells, p (n_cells), into a distribution (levels in schema
 * order). */
MK_NODISCARD MkStatus mk_model_from_cells(const MkMarginal *marginal, const double *p,
                                          MkArena *arena, MkDistribution *out, MkError *err);

#endif
