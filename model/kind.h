/* kind.h - what a kind of model must provide, and what all kinds share. For model/ only.
 *
 * Every model has marginals, a base (copula/) by which `support`, `explore` and the report of links
 * work, and counts of pairs; a kind answers and draws. To add one: a folder with an MkKind, a row
 * in kinds.c (doc/adding-a-model.md). */
#ifndef MK_MODEL_KIND_H
#define MK_MODEL_KIND_H

#include <stdint.h>

#include "model/calibrate.h"
#include "model/copula/copula.h"
#include "model/draw.h"
#include "model/gaps_fit.h"
#include "model/model.h"
#include "model/private.h"
#include "model/summary_fit.h"
#include "model/support_fit.h"
#include "model/train.h"
#include "model/weights.h"
#include "src/data/rules.h"

struct MkTrainRun;
struct MkLatent;

/* How persons are drawn (draw.h); `run` is safe from several threads, and has log_p and log_mass
 * zeroed when they are asked. */
typedef struct MkJoint {
    bool is_joint; /* values of a person keep their relations */
    MkStatus (*open)(const MkModel *model, const MkDrawOrder *order, void **state, MkError *err);
    MkStatus (*run)(const void *state, const double *known, size_t n, MkRng *streams,
                    const double *given, MkArena *arena, double *out, double *log_p,
                    double *log_mass, MkError *err);
    void (*close)(void *state);
} MkJoint;

/* A setting of a kind in recipes; its key begins with the kind's name: "hivae_latent". */
typedef struct MkKindSetting {
    const char *key;
    double standard, low, high; /* of a number */
    bool is_whole;
    const char *const *words; /* its values by name, NULL at the end; the number is the place; or
                                 NULL: a number */
} MkKindSetting;

typedef struct MkKind {
    const char *name;
    const char *about; /* a line for cards: what it is, and after whom */
    const MkKindSetting *settings;
    size_t n_settings;
    /* Learns from run->people (train_priv.h); keeps what it learned in run->learned. Cancel,
     * progress, minutes: mk_train_goes_on. NULL: marginals and base are all. */
    MkStatus (*train)(struct MkTrainRun *run, MkError *err);
    /* What `train` releases of the people when its training is private (private.h), beyond the
     * marginals: own (MK_PRIVATE_MOST - 1), shares of epsilon beside them, the last one takes what
     * is left. Settings of its own become what a private training needs; MK_EINVAL: somebody said
     * otherwise. NULL: the kind has no private training. */
    MkStatus (*make_private)(MkTrainConfig *config, size_t n_people, MkMechanism *own,
                             double *share, size_t *n_own, MkError *err);
    /* Adds what was learned to a file; what is added must live until the file is written (arena).
     */
    MkStatus (*save)(const void *learned, MkArena *arena, MkWeightsOut *out, MkError *err);
    void (*forget)(void *learned); /* frees it; NULL: it lives in run->arena */
    /* Reads what the kind keeps beyond marginals, base and pair counts, into model->state; checks
     * every shape and number. */
    MkStatus (*open)(MkModel *model, MkError *err);
    void (*close)(MkModel *model); /* NULL: all lives in model->arena */
    /* mk_model_posterior for targets that are not known; `known` is checked. Always the same for
     * the same question. */
    MkStatus (*posterior)(const MkModel *model, const MkPoint *known, size_t n_known,
                          const size_t *targets, size_t n_targets, MkArena *arena,
                          MkDistribution *out, MkError *err);
    const MkJoint *(*joint)(const MkModel *model);
    bool samples; /* an answer under what is known is drawn, at length: it is not recalibrated */
    const struct MkLatent *latent; /* latent/latent.h; NULL: another kind of kind */
} MkKind;

size_t mk_kind_count(void);
const MkKind *mk_kind_at(size_t i);
const MkKind *mk_kind_find(const char *name); /* NULL: there is none */

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
    void *state;                      /* the other kinds' own */
    struct MkSummaryIndex *summaries; /* NULL: the file has none */
    const MkGaps *gaps;               /* NULL: the file has none */
    MkSupportMap support_map;
    MkRules rules;
    MkRecalibration calibration;
    struct MkModel *raw;            /* the same without it; NULL: it has none */
    const float *const *tilts;      /* (schema->n) of cells' logits in draws (rake.h); NULL: none */
    struct MkSupportCache *support; /* the one thing that changes; it has a lock */
};

/* Reads and checks the summary tensors; a file without any has none. */
MK_NODISCARD MkStatus mk_summaries_open(struct MkModel *model, MkError *err);
/* The same of gaps. */
MK_NODISCARD MkStatus mk_gaps_open(struct MkModel *model, MkError *err);

/* Everything of a model that is written to a file; the pointers are borrowed. */
typedef struct MkModelParts {
    const MkKind *kind;
    const char *name, *version;
    const char *card;       /* Markdown */
    const char *manifest;   /* JSON text: recipe, seed, steps, library, digests */
    const char *thresholds; /* lines "name\tlow\thigh"; NULL or "": none are declared */
    const MkSchema *schema;
    const MkMarginal *marginals;
    const MkCopula *copula;
    const int32_t *pairs;
    size_t n_people;
    size_t least;                 /* counts of people are told in such steps */
    const void *learned;          /* by the kind; NULL: nothing */
    const MkSummaries *summaries; /* NULL: none are kept */
    const MkSupportMap *support;  /* NULL: none is kept */
    const MkGaps *gaps;           /* NULL: none are kept */
} MkModelParts;

/* Adds the tensors of summaries to a file that is to be written, with counts told in steps of
 * `least` (pair_counts.h); s is borrowed until then, what is made lives in `arena`. */
MK_NODISCARD MkStatus mk_summaries_add(const MkSummaries *s, size_t least, MkArena *arena,
                                       MkWeightsOut *out, MkError *err);

MK_NODISCARD MkStatus mk_model_write(const MkModelParts *parts, const char *path, MkError *err);

/* What of a model's file is made anew; NULL: as it was. */
typedef struct MkRenewal {
    const MkMarginal *marginals; /* with the same cells */
    size_t least;                /* all counts are told in such steps, with marginals */
    const MkSchema *schema;      /* the same attributes; who is asked and what follows may differ */
    const MkSummaries *summaries;
    const MkSupportMap *support;
    const MkGaps *gaps;
    const float *tilts;                 /* (all cells) */
    const MkRecalibration *calibration; /* of no attributes: it has none from now on */
} MkRenewal;

/* Writes an open model to `path` with what is renewed; everything else as in its file. The model
 * stays on the file that it was opened from. */
MK_NODISCARD MkStatus mk_model_rewrite(const MkModel *model, const MkRenewal *renewal,
                                       const char *path, MkError *err);

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
