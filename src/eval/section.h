/* section.h - a part of an evaluation: what it is given, and where it puts what it measured.
 *
 *   MkStatus mk_fidelity_section(const MkTrial *trial, MkSection *out, MkError *err);
 *
 * A section shows its tables, figures and notes in a result of its own, its data in an object of
 * the report's JSON, and says its headline figures with their names: a figure that the model's
 * declared thresholds name is a bar of the scoreboard. */
#ifndef MK_EVAL_SECTION_H
#define MK_EVAL_SECTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/model.h"
#include "src/base/arena.h"
#include "src/base/pool.h"
#include "src/base/status.h"
#include "src/data/cohort.h"
#include "src/eval/yard.h"
#include "src/result/result.h"

/* What is evaluated, on whom. */
typedef struct MkTrial {
    const MkModel *model;
    const MkModel *against; /* another release that it stands beside, or NULL */
    const char *path;       /* of the model's file */
    const MkCohort *judged; /* has the people that the model has not seen */
    const size_t *rows;     /* (n_rows) who is judged, ascending */
    size_t n_rows;
    const size_t *held; /* (n_held) all that it has not seen, ascending: rows are some of them */
    size_t n_held;
    const MkCohort *train;    /* has the people it was trained on; NULL: they are not at hand */
    const size_t *train_rows; /* (n_train) them, ascending */
    size_t n_train;
    const MkYard *yards; /* (schema->n) */
    double level;        /* of intervals */
    uint64_t seed;
    bool is_quick; /* within a minute for all sections together: fewer people, fewer draws */
    MkPool *pool;  /* may be NULL */
    const MkCancel *cancel;
    void (*progress)(void *ctx, double fraction); /* of this section, 0 .. 1; may be NULL */
    void *progress_ctx;
} MkTrial;

/* A figure that a threshold can name. */
typedef struct MkFigureOfMerit {
    const char *name;  /* stable: "shapes", "membership_auc" */
    const char *label; /* for people */
    double value;
    double error;        /* standard error over people; NaN when not known */
    size_t n_drawn;      /* 0: not known */
    const double *drawn; /* (n_drawn) the same of people drawn anew; the same draws for all models
                            that are judged on the same people with the same seed */
} MkFigureOfMerit;

typedef struct MkSection {
    MkArena *arena;   /* of the whole evaluation */
    MkResult *result; /* of this section: its tables, figures, notes */
    MkNode *node;     /* its object in the JSON */
    size_t n_figures;
    MkFigureOfMerit *figures; /* in arena */
} MkSection;

/* Says one figure; text is copied; a value that is NaN is left out. */
MK_NODISCARD MkStatus mk_section_figure(MkSection *section, const char *name, const char *label,
                                        double value, double error, MkError *err);

/* What the figure said of that name is of people drawn anew: values (n, stride), copied. Nothing
 * where it was left out. */
MK_NODISCARD MkStatus mk_section_drawn(MkSection *section, const char *name, const double *values,
                                       size_t n, size_t stride, MkError *err);

/* Reports the share that is done, and MK_ECANCEL when the user wants an end. */
MK_NODISCARD MkStatus mk_trial_goes_on(const MkTrial *trial, double fraction, MkError *err);

#endif
