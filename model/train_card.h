/* train_card.h - what a training writes into its model about itself. */
#ifndef MK_MODEL_TRAIN_CARD_H
#define MK_MODEL_TRAIN_CARD_H

#include <stddef.h>
#include <stdint.h>

#include "model/train.h"
#include "src/base/buf.h"

/* One source of the people. */
typedef struct MkTrainSource {
    const char *name;
    size_t n_train, n_valid, n_attributes;
    double share;      /* of the weight of all */
    double loss, base; /* nats a hidden cell of its validation people, all kinds of masks */
    size_t n_judged;   /* how many were asked; 0: loss and base say nothing */
} MkTrainSource;

/* Attributes of one category that a model had before it was extended. */
typedef struct MkTrainMoved {
    const char *category;
    size_t n_attributes;
    double cells;         /* judged */
    double before, after; /* nats a hidden cell */
} MkTrainMoved;

struct MkPrivacy;

typedef struct MkTrainOutcome {
    const struct MkPrivacy *privacy; /* NULL: the training was not private */
    const char *extended;            /* name and version of the model that was extended, or NULL */
    size_t n_moved;
    MkTrainMoved *moved;
    size_t n_sources;
    MkTrainSource *sources;
    size_t n_train, n_valid, n_test, n_attributes, n_features, n_network, n_pairs, n_skips,
        n_derived, threads;
    uint64_t steps;
    double spent; /* seconds before a resume */
    double seconds, step_seconds, flops, peak_gflops;
    double valid[MK_MASK_KINDS],
        valid_base[MK_MASK_KINDS]; /* nats a hidden cell; 0 when not judged */
    double told[2],
        told_base[2]; /* mean of all kinds, the source of nobody and of everybody told */
    char digest[17], recipe_digest[17], data_digest[17], schema_digest[17];
    const char *core;
} MkTrainOutcome;

/* Markdown. Measured quality is added by `manikin evaluate --write-card`. */
void mk_train_card(const MkTrainConfig *config, const MkTrainOutcome *outcome, MkBuf *out);
/* Its line on what is kept of the training people. */
void mk_train_card_summaries(size_t n_pairs, size_t least, MkBuf *out);
/* What drawn persons obey: a schema before and after the people were looked at. */
void mk_train_card_structure(const MkSchema *before, const MkSchema *after, MkBuf *out);
/* Settings as a recipe, as the manifest has them: tables by their names alone. */
void mk_train_recipe(const MkTrainConfig *config, MkBuf *out);
/* JSON: settings, seeds, split, digest of settings and data, kernel, threads, steps, speed. */
void mk_train_manifest(const MkTrainConfig *config, const MkTrainOutcome *outcome, MkBuf *out);

#endif
