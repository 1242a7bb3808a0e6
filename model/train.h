/* train.h - from tables of people to a model file: split, marginals, base, network, card.
 *
 *   MkTrainConfig config;
 *   mk_train_config_init(&config);
 *   MK_TRY(mk_train_config_set(&config, "kind", "mae", err));
 *   MK_TRY(mk_train(&config, cohort, "mine.safetensors", &hooks, err));
 *
 * The result depends on tables, configuration and machine kernels only, not on the number of
 * threads; with `minutes` the number of steps depends on the machine's speed and is written into
 * the manifest. */
#ifndef MK_MODEL_TRAIN_H
#define MK_MODEL_TRAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/mae/mask.h"
#include "src/base/pool.h"
#include "src/base/status.h"
#include "src/data/cohort.h"

enum {
    MK_TRAIN_TEXT = 1024,
    MK_TRAIN_FEW = 5000, /* people; a file of fewer can tell who they were (doc/privacy.md) */
    MK_TRAIN_STUDIES = 64,
    MK_TRAIN_OF_KINDS = 96,
    MK_TRAIN_GATE = 4096,
    MK_TRAIN_THRESHOLDS = 4096
};

/* A line `study FOLDER DATA [weight FACTOR] [apart]` of a recipe. */
typedef struct MkTrainStudy {
    char folder[256]; /* of source.tsv and mapping, relative to the recipe's folder when read */
    char data[128];   /* folder of its files in the folder of all data */
    char name[64];    /* of its people's source: the last part of `folder`, - as _ */
    double weight;    /* factor on the source's weight, 1 */
    bool apart;       /* no sample of the population (patients): the network is always told */
} MkTrainStudy;

typedef struct MkTrainConfig {
    /* words for card and file; a recipe may set them */
    char name[64], version[32], kind[16];
    char population[MK_TRAIN_TEXT], source[MK_TRAIN_TEXT];
    char licence[MK_TRAIN_TEXT], limits[MK_TRAIN_TEXT];
    char changes[MK_TRAIN_TEXT], linkage[MK_TRAIN_TEXT];
    /* where a recipe finds its data (used by the verb, not by mk_train) */
    char table[MK_TRAIN_TEXT], schema[MK_TRAIN_TEXT];
    uint64_t seed, split_seed;
    double valid, test;  /* shares of people kept for progress and for judging */
    bool survey_weights; /* train for the population that the survey_weight column describes */
    double source_power; /* a source of n people weighs as n^power together */
    double draw_power;   /* the same for drawing the people of a step; negative: source_power */
    size_t n_studies;
    MkTrainStudy studies[MK_TRAIN_STUDIES];
    char gate[MK_TRAIN_GATE]; /* `tolerance` and `regression_reason` lines: "key\tvalue\n" each; no
                                 setting of the training: of eval/gate.h */
    char thresholds[MK_TRAIN_THRESHOLDS]; /* of `threshold` lines: "name\tlow\thigh\n" each */
    /* marginals */
    size_t cells, people_per_cell;
    size_t smallest_cell; /* nothing in the file is told of fewer people */
    /* base */
    size_t iterations, folds;
    double prior;
    bool expand;
    bool base;        /* no: the network alone, over the marginals */
    bool calibration; /* answers are recalibrated by people who do not train (calibrate.h) */
    /* network */
    size_t dim, heads, encoder_layers, decoder_layers, mlp;
    bool published; /* published heads, no base */
    /* schedule */
    size_t steps;   /* 0: by work or minutes */
    double work;    /* of all steps in 10^12 floating-point operations; 0: by minutes */
    double minutes; /* of the whole training */
    size_t batch, block;
    double rate, warmup, decay, clip, beta2, dropout, average;
    size_t max_known, max_targets;
    double masks[MK_MASK_KINDS];
    double ordered;      /* share of people whose targets are asked one after the other */
    double source_known; /* how often the attribute `source` is known */
    double stage_one;    /* share of the steps that take people of one source each; 0: none */
    double keep_rate;    /* of an extended model's weights, as a share of the learning rate */
    size_t threads;      /* 0: all */
    /* differential privacy (train_private.c); dp_epsilon 0: none */
    double dp_epsilon, dp_delta;
    double dp_clip;      /* norm of a person's gradient, at most */
    double dp_marginals; /* share of epsilon for the shares of cells */
    double dp_residuals; /* share of epsilon for the spread around a decoder */
    uint64_t dp_seed;    /* of the noise, for tests; 0: of the system. Never written to a file */
    /* settings of kinds (kind.h), in the order of kinds and of their tables; NaN: the standard */
    double of_kinds[MK_TRAIN_OF_KINDS];
} MkTrainConfig;

void mk_train_config_init(MkTrainConfig *config);
/* One setting by its recipe name; MK_EINVAL names key, value and what was expected. */
MK_NODISCARD MkStatus mk_train_config_set(MkTrainConfig *config, const char *key, const char *value,
                                          MkError *err);
/* Reads a recipe: lines `key value`, `#` comments; errors name file and line. table and schema
 * become relative to the recipe's folder. */
MK_NODISCARD MkStatus mk_train_recipe_read(const char *path, MkTrainConfig *config, MkError *err);
/* All settings as recipe text (for the manifest). */
void mk_train_config_print(const MkTrainConfig *config, MkBuf *out);

/* Names of all kinds of model, NULL at the end. */
const char *const *mk_train_kinds(void);

struct MkKind;
/* Value of setting i of a kind. */
double mk_train_config_kind(const MkTrainConfig *config, const struct MkKind *kind, size_t i);
/* Sets it, when nobody has. */
void mk_train_config_set_kind(MkTrainConfig *config, const struct MkKind *kind, size_t i,
                              double value);

typedef struct MkTrainProgress {
    const char *phase;                      /* "base", "network" or the kind, "support" */
    size_t step, steps;                     /* steps 0: not known (by minutes) */
    double fraction;                        /* of the whole, 0 .. 1 */
    double loss, base_loss;                 /* running means, nats a hidden cell; NaN until known */
    double valid_loss, valid_base_loss;     /* last judged; NaN until known */
    double rows_per_s, gflops, peak_gflops; /* NaN until known */
    double seconds_left;
} MkTrainProgress;

struct MkTrainOutcome; /* train_card.h */

typedef struct MkTrainHooks {
    double (*clock)(void); /* seconds, monotonic; must be given */
    void (*progress)(void *ctx,
                     const MkTrainProgress *progress); /* about every second; may be NULL */
    /* What came out of it, when all is done; may be NULL. */
    void (*judged)(void *ctx, const struct MkTrainOutcome *outcome);
    void *ctx;
    const MkCancel *cancel; /* may be NULL */
    const char *checkpoint; /* file for checkpoints, or NULL for none */
    const char *extend; /* model to go on from, or NULL; its attributes are part of the schema */
    bool resume;        /* go on from it when it is there */
    /* File of the fitted base (model/base_cache.h), or NULL: when it is there, it is read instead
     * of fitting (MK_EINVAL when it is of other people or settings), else written. Without it the
     * base is kept beside the checkpoint, for a resume. */
    const char *base;
    bool renew; /* the model at `path` stays, only what is kept of its people is computed anew */
} MkTrainHooks;

/* Writes the model to `path`, atomically; NULL: none is written. Renewed: base, network and card of
 * the file stay, its summaries, the ends of its numbers and its support come from the table;
 * MK_EINVAL when it was trained on other people. Cancelled: a checkpoint is written (when asked
 * for) and MK_ECANCEL comes back; the model file is not touched. The checkpoint is removed when the
 * model is complete. */
MK_NODISCARD MkStatus mk_train(const MkTrainConfig *config, const MkCohort *cohort,
                               const char *path, const MkTrainHooks *hooks, MkError *err);

#endif
