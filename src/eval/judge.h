/* judge.h - asks a model about people it has not seen and scores every answer.
 *
 *   MkJudge judge = {.model = model, .table = people, .rows = rows, .n_rows = n, .yards = yards};
 *   MkScores scores;
 *   MK_TRY(mk_judge_masked(&judge, mask, arena, &scores, err));
 *
 * A cell is scored when it is hidden from the model and its value is known:
 *
 *   numbers   loss = CRPS / sd     miss = |x - median| / sd            base = |x - m| / sd
 *   levels    loss = Brier score = sum over levels of (p - 1{level})^2
 *             miss = 1 when the likeliest level is not the person's    base = same of level m
 *
 * with sd and m (median, commonest level) of the training people. Coverage is of the central
 * interval of the answer: `inside` is 0 or 1 by its ends; `cover` is the expected coverage of the
 * randomised interval, the share of [F(x below), F(x)] that lies in [(1 - level) / 2,
 * (1 + level) / 2], where x stands for x -+ half of the recorded resolution. An atom that carries
 * more than the interval makes `inside` 1 whatever the model does; `cover` is fair to it. */
#ifndef MK_EVAL_JUDGE_H
#define MK_EVAL_JUDGE_H

#include <stddef.h>
#include <stdint.h>

#include "model/model.h"
#include "src/base/arena.h"
#include "src/base/pool.h"
#include "src/base/status.h"
#include "src/data/table.h"
#include "src/eval/yard.h"

typedef struct MkScore {
    float loss; /* NaN: not scored */
    float miss;
    float base;
    float cover, inside; /* NaN for levels of nominal attributes */
    float log_prob;
    uint32_t n_known; /* values of the person that the model was told */
} MkScore;

typedef struct MkScores {
    size_t n_rows, n; /* people, attributes */
    MkScore *cells;   /* (n_rows, n) */
} MkScores;

typedef struct MkJudge {
    const MkModel *model;
    const size_t *ids;    /* (table's schema->n) the model's id of an attribute; NULL: the same */
    const MkTable *table; /* people */
    const size_t *rows;   /* (n_rows) rows of the table that are judged */
    size_t n_rows;
    const MkYard *yards; /* (table's schema->n) */
    double level;        /* of intervals, 0.9 */
    MkPool *pool;        /* may be NULL */
    const MkCancel *cancel;
    void (*progress)(void *ctx, size_t done, size_t total); /* may be NULL */
    void *progress_ctx;
} MkJudge;

/* One answer against the value; `yard` must have n > 0, and for numbers sd > 0. */
MkScore mk_judge_answer(const MkDistribution *answer, const MkYard *yard, double x, double level);

/* Cells hidden by a mask: 1 hides and scores, 0 shows; mask row i belongs to table row i. Columns
 * that the mask has not are shown. out in arena; same result whatever the number of threads. */
MK_NODISCARD MkStatus mk_judge_masked(const MkJudge *judge, const MkTable *mask, MkArena *arena,
                                      MkScores *out, MkError *err);
/* Each attribute alone hidden, with those of its related attributes known that the person has:
 * related (schema->n, MK_RELATED) of mk_yards_related. */
MK_NODISCARD MkStatus mk_judge_related(const MkJudge *judge, const uint32_t *related,
                                       MkArena *arena, MkScores *out, MkError *err);

/* Reads a mask: CSV of 0 and 1 with a header of attribute names, an empty cell is 0. Gives *out,
 * whose schema (*schema, given too) has the ids of `attributes`. */
MK_NODISCARD MkStatus mk_mask_read(const char *path, const MkSchema *attributes, MkSchema **schema,
                                   MkTable **out, MkError *err);

#endif
