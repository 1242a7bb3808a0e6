/* evaluation.h - what the verb `evaluate` asks of whom. For src/script only. */
#ifndef MK_SCRIPT_EVALUATION_H
#define MK_SCRIPT_EVALUATION_H

#include "src/base/buf.h"
#include "src/eval/board.h"
#include "src/eval/judge.h"
#include "src/eval/mask.h"
#include "src/eval/people.h"
#include "src/eval/report.h"
#include "src/eval/scoreboard.h"
#include "src/eval/section.h"
#include "src/eval/yard.h"
#include "src/script/inner.h"

enum { MK_RIVALS_MAX = 8 };

/* Another model that is asked the same. */
typedef struct MkRival {
    const MkModel *model;
    const char *path;
    size_t *ids; /* (n) of an attribute in it, MK_JUDGE_NONE: it has not the same */
} MkRival;

/* How far the sections are, for the line of progress. */
typedef struct MkPace {
    size_t at, n;             /* section, from 1 */
    const char *name;         /* of it */
    double cost, before, all; /* of this section, of those before it, of all of them */
    double began;             /* of the first, by the clock */
    double from, to;          /* part of the section that work now stands for */
} MkPace;

typedef struct MkEvaluation {
    MkSession *session;
    const MkCall *call;
    MkArena *arena;
    const MkModel *model;
    const char *path; /* of the model */
    size_t n_rivals;
    MkRival rivals[MK_RIVALS_MAX];
    bool *asked;   /* (n) attributes of all models; NULL: all */
    bool *is_rare; /* (n) few people of the first rival had it; NULL without one */
    size_t n_common, n_rare;
    MkCohort *judged, *other; /* other: --train */
    bool borrows_other;       /* it is somebody else's */
    MkPeople people;
    size_t most; /* people of a source; --people, else what it is before (0: all of one source) */
    bool tells_source, is_quick;
    const MkCohort *train; /* whichever has the training people; NULL: the model remembers */
    const size_t *train_people;
    size_t n_train;
    MkYard *yards;
    uint32_t *related;
    MkPace *pace;
    MkBuf card, survey_card; /* what is said for the model's card, and of another survey */
} MkEvaluation;

/* ---- evaluation.c ---- */
/* The models of the line. */
MK_NODISCARD MkStatus mk_evaluation_models(MkEvaluation *e, MkError *err);
/* The first rival as the model, and the model as its first rival. */
MK_NODISCARD MkStatus mk_evaluation_swapped(const MkEvaluation *e, MkEvaluation *out, MkError *err);
/* The people, and what is measured against; `table` is the option that names the people, and
 * `is_whole` judges everybody. */
MK_NODISCARD MkStatus mk_evaluation_people(MkEvaluation *e, const char *table, bool is_whole,
                                           MkError *err);
void mk_evaluation_end(MkEvaluation *e);
/* Finds the ten known of each attribute, once. */
MK_NODISCARD MkStatus mk_evaluation_relate(MkEvaluation *e, MkError *err);
/* How one model (rival r - 1; 0: the model itself) is asked. */
MkJudge mk_evaluation_judge(MkEvaluation *e, size_t r);
/* The same for sections of src/eval. */
MkTrial mk_evaluation_trial(MkEvaluation *e);
/* Work from now on stands for this part of the section. */
void mk_evaluation_part(MkEvaluation *e, double from, double to);
/* report.json, .html, .md and .csv into a folder. */
MK_NODISCARD MkStatus mk_evaluation_write(const char *folder, MkResult *result, MkError *err);
/* A section of the card in the model's file; the file that is open stays as it is. Takes what is
 * written out of `text`. */
MK_NODISCARD MkStatus mk_evaluation_tell(const MkEvaluation *e, const char *section, MkBuf *text,
                                         MkResult *result, MkError *err);

/* ---- sections of src/script ---- */
MK_NODISCARD MkStatus mk_evaluate_imputation(MkEvaluation *e, MkSection *out, MkError *err);
MK_NODISCARD MkStatus mk_evaluate_masks(MkEvaluation *e, MkSection *out, MkError *err);
MK_NODISCARD MkStatus mk_evaluate_joint(MkEvaluation *e, MkSection *out, MkError *err);
MK_NODISCARD MkStatus mk_evaluate_unconditional(MkEvaluation *e, MkSection *out, MkError *err);
MK_NODISCARD MkStatus mk_evaluate_scenarios(MkEvaluation *e, MkSection *out, MkError *err);
MK_NODISCARD MkStatus mk_evaluate_external(MkEvaluation *e, MkSection *out, MkError *err);

/* ---- evaluate_run.c ---- */
enum { MK_SECTIONS_MAX = 16 };

/* What a section needs. */
enum { MK_NEEDS_HELD_OUT = 1, MK_NEEDS_SURVEY = 2 };

/* A section of an evaluation: by `run`, or by `judge` (src/eval). */
typedef struct MkSectionKind {
    const char *name, *title;
    const char *prose; /* what it tells, for the page */
    double cost;       /* seconds that it takes with a shipped model, for the time left */
    unsigned needs;
    bool is_root; /* its JSON members are the report's own */
    MkStatus (*run)(MkEvaluation *e, MkSection *out, MkError *err);
    MkStatus (*judge)(const MkTrial *trial, MkSection *out, MkError *err);
} MkSectionKind;

/* One that is to be run, was run, or was not. */
typedef struct MkSectionRun {
    const MkSectionKind *kind;
    const char *why_not; /* NULL: it is run */
    bool is_done;
    MkSection section;
} MkSectionRun;

/* What an evaluation came to. */
typedef struct MkEvaluated {
    size_t n;
    MkSectionRun runs[MK_SECTIONS_MAX];
    bool is_cut;    /* the user wanted an end */
    bool is_chosen; /* --sections */
    MkThresholds thresholds;
    size_t n_figures, n_bars;
    MkFigureOfMerit *figures;
    MkBar *bars;
} MkEvaluated;

/* Runs the sections that are asked for; what was done before a cancel is kept. */
MK_NODISCARD MkStatus mk_evaluate_run(MkEvaluation *e, MkEvaluated *out, MkError *err);
void mk_evaluated_free(MkEvaluated *done);

/* ---- evaluate_gate.c ---- */
/* With --gate the first rival is the last release: it is evaluated too, and what became worse is in
 * the result; a closed gate is its failed check, and no other one. */
MK_NODISCARD MkStatus mk_evaluate_gate(MkEvaluation *e, const MkEvaluated *done, MkResult *result,
                                       MkError *err);

/* ---- evaluate_page.c ---- */
/* Scoreboard, sections, JSON and page into the result, which takes the sections' results. */
MK_NODISCARD MkStatus mk_evaluate_compose(MkEvaluation *e, MkEvaluated *done, MkResult *result,
                                          MkError *err);

#endif
