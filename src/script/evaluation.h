/* evaluation.h - what the verb `evaluate` asks of whom. For src/script only. */
#ifndef MK_SCRIPT_EVALUATION_H
#define MK_SCRIPT_EVALUATION_H

#include "src/eval/board.h"
#include "src/eval/judge.h"
#include "src/eval/people.h"
#include "src/eval/report.h"
#include "src/eval/yard.h"
#include "src/script/inner.h"

typedef struct MkEvaluation {
    MkSession *session;
    const MkCall *call;
    MkArena *arena;
    const MkModel *model, *against;
    const char *path;    /* of the model */
    size_t *against_ids; /* (n) of an attribute in the other model, MK_JUDGE_NONE: not the same */
    bool *asked;         /* (n) attributes of both; NULL: all */
    bool *is_rare;       /* (n) few people of the other model had it; NULL without another */
    size_t n_common, n_rare;
    MkCohort *judged, *other; /* other: --train */
    MkPeople people;
    size_t most; /* people of a source; --people, else what it is before (0: all of one source) */
    bool tells_source;
    const MkCohort *train; /* whichever has the training people; NULL: the model remembers */
    const size_t *train_people;
    size_t n_train;
    MkYard *yards;
    uint32_t *related;
    const char *phase;
} MkEvaluation;

/* Models, people, what is measured against; `table` is the option that names the people, and
 * `is_whole` judges everybody. */
MK_NODISCARD MkStatus mk_evaluation_begin(MkEvaluation *e, const char *table, bool is_whole,
                                          MkError *err);
void mk_evaluation_end(MkEvaluation *e);
/* Finds the ten known of each attribute. */
MK_NODISCARD MkStatus mk_evaluation_relate(MkEvaluation *e, MkError *err);
/* Scores of one model under a mask, or with the ten most related known when mask is NULL. */
MK_NODISCARD MkStatus mk_evaluation_judge(MkEvaluation *e, bool is_other, const MkTable *mask,
                                          MkArena *arena, MkScores *out, MkError *err);
/* report.json, .html, .md and .csv into a folder. */
MK_NODISCARD MkStatus mk_evaluation_write(const char *folder, const char *title, MkResult *result,
                                          MkError *err);
/* A section of the card in the model's file; the file that is open stays as it is. Takes what is
 * written out of `text`. */
MK_NODISCARD MkStatus mk_evaluation_tell(const MkEvaluation *e, const char *section, MkBuf *text,
                                         MkResult *result, MkError *err);

/* ---- evaluate_external.c ---- */
/* `evaluate --external`: another survey's people. */
MK_NODISCARD MkStatus mk_evaluate_external(MkEvaluation *e, MkResult *result, MkError *err);

#endif
