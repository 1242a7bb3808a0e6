/* mask.h - what is hidden of a person in training: a mix of the situations in which a model is
 * asked.
 *
 *   ratio       every cell hidden with one probability, drawn from U(0, 1)
 *   block       whole categories (questionnaires, laboratories) hidden, each with one drawn
 *               probability
 *   few         one to two dozen cells known, the rest hidden (as the paper's "ten known")
 *   related     three to two dozen of the attributes most related to one that is asked are known
 *   anchor      only the first category (demographics) known, sometimes with one or two more
 *   source      what another source has too is known, all of it or a drawn share; the rest hidden
 *
 * The attribute `source`, when there is one, is no target: it is known with one probability,
 * whatever else is; of sources that stand apart always.
 *
 * A person of a source with many attributes has more hidden cells than are asked. Every target
 * carries the number of hidden cells that it stands for, so that the mean over targets is that over
 * all hidden cells, and a source with few attributes weighs no more on what it shares with others
 * than its people do. */
#ifndef MK_MODEL_MAE_MASK_H
#define MK_MODEL_MAE_MASK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/dataset.h"
#include "src/base/rng.h"
#include "src/base/status.h"
#include "src/data/schema.h"

typedef enum MkMaskKind {
    MK_MASK_RATIO,
    MK_MASK_BLOCK,
    MK_MASK_FEW,
    MK_MASK_RELATED,
    MK_MASK_ANCHOR,
    MK_MASK_SOURCE,
    MK_MASK_KINDS
} MkMaskKind;

enum { MK_MASK_NEIGHBOURS = 40, MK_MASK_ATTRIBUTES = 8192 /* at most */ };

typedef struct MkMasker {
    size_t n; /* attributes */
    size_t n_groups;
    uint16_t *group;   /* (n) category of an attribute; 0 = the anchor (demographics) */
    uint16_t *related; /* (n, MK_MASK_NEIGHBOURS) most related first; NULL until set */
    size_t n_related;
    double share[MK_MASK_KINDS]; /* probabilities, sum 1 */
    size_t max_known, max_targets;
    size_t source;        /* the attribute `source`; n: there is none */
    double source_known;  /* how often it is known */
    size_t n_sources;     /* 0 until set */
    uint32_t *sources;    /* (n_sources) tables of the cohort */
    unsigned char *asked; /* (n_sources, n) whether a source has an attribute */
    unsigned char
        *apart;     /* (n_sources) whether its people are always told as such; all 0 at first */
    double near;    /* weight of a neighbour that is asked (`related`); 1 until set */
    double ordered; /* share of the rows whose targets are asked one after the other, each given the
                       known values and the targets before it; 0 at first */
} MkMasker;

/* The anchor is the category named Demographics (any case), else that of the first attribute. */
MK_NODISCARD MkStatus mk_masker_init(MkMasker *masker, const MkSchema *schema, size_t max_known,
                                     size_t max_targets, MkError *err);
/* Sets the neighbours from strengths of relation: strength(ctx, a, b) >= 0. Needed for `related`.
 */
MK_NODISCARD MkStatus mk_masker_relate(MkMasker *masker,
                                       double (*strength)(const void *ctx, size_t a, size_t b),
                                       const void *ctx, MkError *err);
void mk_masker_release(MkMasker *masker);
/* Values of a row that may become tokens, at most. */
size_t mk_masker_tokens(const MkMasker *masker);

/* Sets what each source has, from the groups of the training people (needed for `source`), and the
 * weight of neighbours: that of the other targets of a person of the widest source. */
MK_NODISCARD MkStatus mk_masker_sources(MkMasker *masker, const MkDataset *people, MkError *err);

/* Whether the targets of a row are asked in an order; then shuffles them with their weights. */
bool mk_masker_order(const MkMasker *masker, MkRng *rng, uint32_t *targets, float *weight,
                     size_t n_targets);

/* Splits what is observed of a person (a row of a group) into known and hidden targets by `kind`
 * (MK_MASK_KINDS: drawn from share), as columns of the group. known has room for max_known, targets
 * for max_targets, weight too: of each target; scratch for 3 n, of which the last n are zero and
 * are left so. known comes in ascending order. */
void mk_masker_draw(const MkMasker *masker, MkMaskKind kind, const MkGroup *group, size_t row,
                    MkRng *rng, uint32_t *scratch, uint32_t *known, size_t *n_known,
                    uint32_t *targets, float *weight, size_t *n_targets);

#endif
