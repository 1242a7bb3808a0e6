/* judge.h - asks a model about people it has not seen and scores every answer.
 *
 *   MkJudge judge = {.model = model, .cohort = people, .rows = rows, .n_rows = n, .yards = yards};
 *   MkScores scores;
 *   MK_TRY(mk_judge_masked(&judge, mask, arena, &scores, err));
 *
 * A cell is scored when it is hidden from the model and its value is known:
 *
 *   numbers   loss = CRPS / sd     miss = |x - median| / sd            base = |x - m| / sd
 *   levels    loss = Brier score = sum over levels of (p - 1{level})^2
 *             miss = 1 when the likeliest level is not the person's    base = same of level m
 *
 * with sd and m (median, commonest level) of the training people. [low, high] is where the value
 * stands in the answer, [F(x below), F(x)], where x stands for x -+ half of the recorded
 * resolution: a random point of it is the randomised PIT. Coverage is of the central interval of
 * the answer: `inside` is 0 or 1 by its ends; `cover` is the expected coverage of the randomised
 * interval, the share of [low, high] that lies in [(1 - level) / 2, (1 + level) / 2]. An atom that
 * carries more than the interval makes `inside` 1 whatever the model does; `cover` is fair to it.
 */
#ifndef MK_EVAL_JUDGE_H
#define MK_EVAL_JUDGE_H

#include <stddef.h>
#include <stdint.h>

#include "model/model.h"
#include "src/base/arena.h"
#include "src/base/pool.h"
#include "src/base/status.h"
#include "src/data/cohort.h"
#include "src/eval/yard.h"

typedef struct MkScore {
    float loss;
    float miss;
    float base;
    float cover, inside, low, high; /* NaN for levels of nominal attributes */
    float log_prob;
    float place, guess; /* of value and point answer: numbers (x - m) / sd, levels their number */
    uint32_t n_known;   /* values of the person that the model was told */
} MkScore;

typedef struct MkScores {
    size_t n_rows, n;     /* people, attributes */
    const size_t *first;  /* (n_rows + 1) a person's first cell */
    uint32_t *attributes; /* of each cell, ascending within a person */
    MkScore *cells;
} MkScores;

/* People begin .. end - 1 of the scores. */
MkScores mk_scores_slice(const MkScores *scores, size_t begin, size_t end);
/* NULL: not scored. */
const MkScore *mk_scores_at(const MkScores *scores, size_t row, size_t attribute);

#define MK_JUDGE_NONE ((size_t)-1)

typedef struct MkJudge {
    const MkModel *model;
    const size_t *ids;      /* (schema->n of the cohort) the model's id of an attribute, or
                               MK_JUDGE_NONE when it has none (never told); NULL: the same */
    const bool *asked;      /* (schema->n) attributes that are asked; NULL: all */
    const MkCohort *cohort; /* people */
    const size_t *rows;     /* (n_rows) people of the cohort that are judged, ascending */
    size_t n_rows;
    const MkYard *yards; /* (schema->n) */
    bool tells_source;   /* the attribute `source`, which is never asked, is told always; else
                            never */
    double level;        /* of intervals, 0.9 */
    MkPool *pool;        /* may be NULL */
    const MkCancel *cancel;
    void (*progress)(void *ctx, size_t done, size_t total); /* may be NULL */
    void *progress_ctx;
} MkJudge;

/* One answer against the value; `yard` must have n > 0, and for numbers sd > 0. */
MkScore mk_judge_answer(const MkDistribution *answer, const MkYard *yard, double x, double level);

/* Cells hidden by a rule (mask.h). */
struct MkMaskRule;
MK_NODISCARD MkStatus mk_judge_ruled(const MkJudge *judge, const struct MkMaskRule *rule,
                                     MkArena *arena, MkScores *out, MkError *err);
/* Cells hidden by a mask: 1 hides and scores, 0 shows; mask row i belongs to person i. Columns
 * that the mask has not are shown. out in arena; same result whatever the number of threads. */
MK_NODISCARD MkStatus mk_judge_masked(const MkJudge *judge, const MkTable *mask, MkArena *arena,
                                      MkScores *out, MkError *err);
/* Each attribute alone hidden, with those of its related attributes known that the person has:
 * related (n_tables, schema->n, MK_RELATED) of mk_yards_related. */
MK_NODISCARD MkStatus mk_judge_related(const MkJudge *judge, const uint32_t *related,
                                       MkArena *arena, MkScores *out, MkError *err);

/* Reads a mask: CSV of 0 and 1 with a header of attribute names, an empty cell is 0. Gives *out,
 * whose schema (*schema, given too) has the ids of `attributes`. */
MK_NODISCARD MkStatus mk_mask_read(const char *path, const MkSchema *attributes, MkSchema **schema,
                                   MkTable **out, MkError *err);

#endif
