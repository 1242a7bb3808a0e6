/* external.h - a model's population beside that of another survey.
 *
 * For each attribute of a list: mean and sd of the survey's people (weighted) and of the model,
 * z = (mean of the model - mean of the survey) / sd of the survey, the overlap of the two
 * distributions in 20 bins and in finer ones (overlap.h), and that of two normal ones with these
 * means and sd. */
#ifndef MK_EVAL_EXTERNAL_H
#define MK_EVAL_EXTERNAL_H

#include <stdbool.h>
#include <stddef.h>

#include "model/model.h"
#include "src/base/arena.h"
#include "src/base/buf.h"
#include "src/base/status.h"
#include "src/data/cohort.h"
#include "src/eval/board.h"
#include "src/eval/section.h"
#include "src/result/result.h"

/* What is listed: attributes in groups. */
typedef struct MkListed {
    const char *name, *group;
} MkListed;
typedef struct MkExternalList {
    size_t n;
    MkListed *items;
} MkExternalList;

/* A TSV with the columns attribute and group (else "listed"); the same attribute twice is an
 * error. In arena. */
MK_NODISCARD MkStatus mk_external_list_read(const char *path, MkArena *arena, MkExternalList *out,
                                            MkError *err);

/* Who is compared with the survey. */
typedef enum MkSide {
    MK_SIDE_POPULATION, /* the model's population */
    MK_SIDE_GIVEN,      /* the model, given what is known of everybody in the survey */
    MK_SIDE_SURVEY,     /* people of the model's own survey */
    MK_N_SIDES
} MkSide;

typedef enum MkAgree {
    MK_AGREE_Z = 0,
    MK_AGREE_OVERLAP, /* in 20 bins, or by level */
    MK_AGREE_FINE,    /* in 20 to 100 bins */
    MK_AGREE_NORMAL,  /* of two normal densities */
    MK_N_AGREE
} MkAgree;

/* NaN: not known; levels have the overlaps only. */
typedef struct MkAgreement {
    double mean, sd;
    MkMeasured figures[MK_N_AGREE]; /* errors: the survey's people drawn anew */
    double (*drawn)[MK_RESAMPLES];  /* (MK_N_AGREE) figures of each draw */
} MkAgreement;

typedef struct MkExternalRow {
    size_t attribute; /* of the model */
    const char *group;
    size_t n;        /* people of the survey with a value */
    double mean, sd; /* theirs */
    MkAgreement sides[MK_N_SIDES];
} MkExternalRow;

typedef struct MkExternal {
    const MkModel *model;
    const MkCohort *survey;
    const MkCohort *own;         /* people of the model's own survey; NULL: none */
    const char *own_name;        /* only of this source; NULL: all of them */
    const MkDistribution *given; /* (schema->n) by attribute; NULL: nothing is given */
    uint64_t seed;               /* of the people drawn anew */
} MkExternal;

/* A row for each attribute of the list that the model knows and somebody of the survey has:
 * *out (*n) in arena. */
MK_NODISCARD MkStatus mk_external_compare(const MkExternal *job, const MkExternalList *list,
                                          MkArena *arena, MkExternalRow **out, size_t *n,
                                          MkError *err);

/* The newest source of the same survey that the model was trained on ("nhanes_2017" for
 * "nhanes_2021"): level of the attribute `source`. False when there is none. */
bool mk_external_newest(const MkModel *model, const char *survey, size_t *source, size_t *level);

/* ---- the report ---- */

typedef struct MkExternalGroup {
    const char *name; /* as in the list; "all attributes" */
    MkCalibration calibration;
} MkExternalGroup;

typedef struct MkExternalReport {
    const MkModel *model;
    const char *survey;        /* its name */
    const char *given;         /* what is given, in words; "" when nothing */
    const char *own;           /* the model's own survey; "" when not compared */
    size_t n_survey, n_judged; /* people: all, and those asked one by one */
    const MkExternalList *list;
    size_t n_rows;
    const MkExternalRow *rows;
    size_t n_groups;
    const MkExternalGroup *groups;
    double level;
} MkExternalReport;

/* Tables, figures, JSON. */
MK_NODISCARD MkStatus mk_external_report(const MkExternalReport *report, MkSection *out,
                                         MkError *err);
/* The same in short as Markdown for the model's card (model/recard.h). */
void mk_external_quality(const MkExternalReport *report, MkBuf *out);

#endif
