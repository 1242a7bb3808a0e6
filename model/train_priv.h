/* train_priv.h - the state of one training, which the train_*.c files share. */
#ifndef MK_MODEL_TRAIN_PRIV_H
#define MK_MODEL_TRAIN_PRIV_H

#include <stddef.h>
#include <stdint.h>

#include "model/copula/copula.h"
#include "model/dataset.h"
#include "model/kind.h"
#include "model/mae/net.h"
#include "model/mae/rows.h"
#include "model/mae/trainer.h"
#include "model/private.h"
#include "model/summary_fit.h"
#include "model/support_fit.h"
#include "model/train.h"
#include "model/train_card.h"

enum { MK_TRAIN_FOLDS = 16 };

/* The model that a training goes on from. */
typedef struct MkTrainOld {
    MkModel *model;
    size_t *old_of;           /* (n) its id of an attribute; model->schema->n: a new one */
    bool *kept;               /* (n) whether it has the attribute */
    const MkMarginal **given; /* (n) its cells; NULL: new */
    bool has_people;          /* its people seem to be among the new ones */
    float *trust;             /* (n) */
    float *r;                 /* (P, P) its R in the places of the extended base */
    MkDataset judges;         /* with its attributes alone */
    double *before, *count;   /* (n) loss of hidden cells, and how many; NULL: not judged */
} MkTrainOld;

/* A private training (train_private.c): everything that is released of its people. */
typedef struct MkPrivacy {
    MkNoise noise;
    MkTrainConfig *settings; /* the run's own copy */
    size_t n;
    MkMechanism mechanisms[MK_PRIVATE_MOST]; /* the marginals, then the kind's own */
    double epsilon;                          /* of all together */
    int order;                               /* of the divergence that tells it */
} MkPrivacy;

typedef struct MkTrainRun {
    const MkTrainConfig *config;
    const MkKind *kind;
    const MkSchema *schema; /* with what the people show of it; NULL: not yet */
    MkPrivacy *privacy;     /* NULL: the training is not private */
    bool writes;            /* a model file comes of it */
    void *learned;          /* by the kind */
    double learning;        /* of the clock since the kind learns; 0: not yet */
    const MkCohort *cohort;
    const MkTrainHooks *hooks;
    MkArena *arena;
    MkPool *pool;
    size_t *train, *valid; /* people of the cohort, ascending */
    size_t n_train, n_valid, n_test;
    MkMarginal *marginals;
    MkDataset people, judges; /* judges: of the validation people those who are asked */
    MkDataset drawn;          /* people, with the weights by which steps draw them */
    size_t *asked;            /* (judges.n_rows) judges, sources by turns */
    uint8_t *fold;
    MkCopula copula;
    float *fold_r[MK_TRAIN_FOLDS];
    float *full_r; /* (P, P), for judging */
    MkMasker masker;
    MkNet *net;
    MkTrainer *trainer;
    MkTrainOld *old; /* NULL: from nothing */
    MkTrainProgress progress;
    MkTrainOutcome outcome;
    double start; /* of the clock */
    double told;  /* when progress was last told */
} MkTrainRun;

/* ---- train.c ---- */

/* Tells the progress, about twice a second or now. */
void mk_train_tell(MkTrainRun *run, bool now);

/* Seconds since the start. */
double mk_train_elapsed(const MkTrainRun *run);
/* Before step `step` of `steps` of a kind's training: tells the progress, and the share of the
 * schedule that is done by steps or minutes (1: stop). MK_ECANCEL when the user wants an end. */
MK_NODISCARD MkStatus mk_train_goes_on(MkTrainRun *run, size_t step, size_t steps, double *fraction,
                                       MkError *err);
/* Value of setting i of the run's kind. */
double mk_train_setting(const MkTrainRun *run, size_t i);

/* ---- train_network.c ---- */

/* What kind mae trains by. */
MK_NODISCARD MkStatus mk_train_mae(MkTrainRun *run, MkError *err);

/* ---- train_base.c ---- */

/* The base and R of its folds: as kept by hooks->base or beside the checkpoint to resume from, else
 * fitted, and kept there. */
MK_NODISCARD MkStatus mk_train_base(MkTrainRun *run, MkError *err);
/* Leaves of the base the marginals alone: nothing tells of anything else. */
MK_NODISCARD MkStatus mk_train_forget_base(MkTrainRun *run, MkError *err);
/* Removes the base that was kept beside the checkpoint. */
void mk_train_base_remove(MkTrainRun *run);

/* ---- train_people.c ---- */

/* Who trains, who watches progress, who is held out. */
MK_NODISCARD MkStatus mk_train_split(MkTrainRun *run, MkError *err);
/* Weights, marginals, cells and scores, folds. */
MK_NODISCARD MkStatus mk_train_encode(MkTrainRun *run, MkError *err);
/* What n people of table t weigh together, on any scale. */
double mk_train_source_weight(const MkTrainRun *run, size_t t, size_t n);
/* Weights by which steps draw people, (n_train), by draw_power. */
MK_NODISCARD MkStatus mk_train_draw_weights(MkTrainRun *run, double **out, MkError *err);
/* Whether a recipe says that a source's people are no sample of the population. */
bool mk_train_is_apart(const MkTrainConfig *config, const char *source);
/* The sources with their people, attributes and weights, into the outcome. */
MK_NODISCARD MkStatus mk_train_sources(MkTrainRun *run, MkError *err);
/* Co-observation counts as a packed lower triangle; NULL when out of memory. */
int32_t *mk_train_count_pairs(const MkTrainRun *run);
/* At most `most` of people rows[0..n), ascending, sources by the root of their size, each source
 * evenly; out (n). Gives their number. */
size_t mk_train_pick(const MkCohort *cohort, const size_t *rows, size_t n, size_t most,
                     size_t *out);

/* ---- train_calibrate.c ---- */

/* Fits the recalibration of the model in a finished file, and writes it there and into the card; or
 * takes it away, when the settings say so or nobody is kept for progress. */
MK_NODISCARD MkStatus mk_train_calibrate(MkTrainRun *run, const char *path, MkError *err);

/* ---- train_private.c ---- */

/* Before anything is read: whether this can be private, and the settings (held) that make it so;
 * they become run->config. */
MK_NODISCARD MkStatus mk_train_private_check(MkTrainRun *run, MkTrainConfig *held, MkError *err);
/* Once the number of people is known: how much noise each release gets. */
MK_NODISCARD MkStatus mk_train_private_plan(MkTrainRun *run, MkError *err);
/* In the place of what is fitted to people: run->marginals from noised shares of public cells. */
MK_NODISCARD MkStatus mk_train_private_marginals(MkTrainRun *run, MkError *err);
/* A base of independent attributes, from the marginals alone. */
MK_NODISCARD MkStatus mk_train_private_base(MkTrainRun *run, MkError *err);
/* Pairs as they would be if gaps were independent, from the marginals; NULL when out of memory. */
int32_t *mk_train_private_pairs(const MkTrainRun *run);

/* ---- train_judge.c ---- */

/* Mean loss on some of the judges, for progress and card. */
MK_NODISCARD MkStatus mk_train_judge(MkTrainRun *run, MkError *err);
/* The same with the source of nobody and of everybody told, and for each source, into the outcome.
 */
MK_NODISCARD MkStatus mk_train_judge_sources(MkTrainRun *run, MkError *err);

/* ---- train_extend.c ---- */

/* Opens the model, before people are encoded; the network's sizes become its own. */
MK_NODISCARD MkStatus mk_train_extend_open(MkTrainRun *run, MkError *err);
void mk_train_extend_free(MkTrainRun *run);
/* After first weights: the model's for its attributes. */
void mk_train_extend_net(MkTrainRun *run);
/* Judges the model as it is, and what became of it. */
MK_NODISCARD MkStatus mk_train_extend_before(MkTrainRun *run, MkError *err);
MK_NODISCARD MkStatus mk_train_extend_after(MkTrainRun *run, MkError *err);
/* Adds what the model counted. */
void mk_train_extend_counts(MkTrainRun *run, int32_t *pairs);
size_t mk_train_extend_people(const MkTrainRun *run);

/* ---- train_extend_base.c ---- */

/* Place in a packed lower triangle. */
size_t mk_train_packed(size_t a, size_t b);
/* People who showed both attributes to the model. */
int32_t mk_train_old_pair(const MkTrainOld *old, size_t a, size_t b);
/* After the base is fitted to the new people: joins the two. */
MK_NODISCARD MkStatus mk_train_extend_base(MkTrainRun *run, MkError *err);

#endif
