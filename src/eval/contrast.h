/* contrast.h - two models side by side: what the later one knows that the earlier one did not, and
 * attribute by attribute and pair by pair which of them answers better.
 *
 *   MkContrast c = {.models = {before, after}};
 *   MK_TRY(mk_contrast_schemas(&c, arena, err));
 *   MK_TRY(mk_contrast_files(&c, arena, err));
 *   MK_TRY(mk_contrast_gains(&c, &scores[0], &scores[1], pool, arena, err));
 *   MK_TRY(mk_contrast_pairs(&c, &people, arena, err));
 *
 * Scores are paired: both models answer the same questions about the same people, who are new to
 * both. A gain is what the later model does better, its standard error that of drawing the people
 * anew; it is told as a gain or a loss beyond MK_CONTRAST_ERRORS of them. */
#ifndef MK_EVAL_CONTRAST_H
#define MK_EVAL_CONTRAST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/model.h"
#include "src/eval/judge.h"
#include "src/result/result.h"

enum {
    MK_CONTRAST_RESAMPLES = 200,
    MK_CONTRAST_PAIRS = 70,      /* the most associated ones are scored */
    MK_CONTRAST_FILE_MOST = 200, /* pairs whose correlation in the files differs most are kept */
    MK_CONTRAST_CELLS = 10,      /* fewer answers do not tell */
    MK_CONTRAST_PEOPLE = 100     /* of a pair, in each direction */
};
#define MK_CONTRAST_ERRORS 2.0
/* A log score is not lower: an answer that rules out what is there counts as one in a billion. */
#define MK_CONTRAST_FLOOR (-20.7232658369464)

typedef enum MkContrastVerdict {
    MK_CONTRAST_SAME,
    MK_CONTRAST_BETTER,
    MK_CONTRAST_WORSE,
    MK_CONTRAST_FEW
} MkContrastVerdict;
const char *mk_contrast_verdict(MkContrastVerdict verdict); /* "same", "better", "worse", "few" */

/* What an attribute of both models has become. */
typedef struct MkChange {
    size_t attribute; /* id in the later model */
    const char *what; /* "type", "unit", "levels", "rule", "eligible" */
    const char *before, *after;
} MkChange;

typedef struct MkGain {
    size_t n;             /* answers, each of another person */
    double before, after; /* means of the score */
    double gain, error;   /* what is better, with its standard error; NaN when not known */
    MkContrastVerdict verdict;
} MkGain;

typedef struct MkShift {
    size_t attribute;
    double before,
        after;       /* medians of numbers, share of the commonest level of `before` otherwise */
    double distance; /* of the two populations, 0 .. 1 (unconditional.h) */
} MkShift;

typedef struct MkPairGain {
    size_t a, b;
    double association; /* |Spearman| over people */
    MkGain gain;        /* of the log score of one given the other, mean of both directions */
} MkPairGain;

typedef struct MkPairShift {
    size_t a, b;
    double before, after, change; /* correlation of the bases */
    size_t seen[2];               /* people who show both, in each model */
} MkPairShift;

typedef struct MkContrast {
    const MkModel *models[2]; /* earlier, later; ids below are the later one's */
    uint64_t seed;
    const MkCancel *cancel;
    /* mk_contrast_schemas */
    size_t n;        /* attributes of the later one */
    size_t *ids;     /* (n) of an attribute in the earlier one, MK_JUDGE_NONE: not the same */
    bool *is_common; /* (n) */
    size_t n_common, n_gained, n_lost, n_changes;
    size_t *gained; /* ids of the later one */
    size_t *lost;   /* ids of the earlier one */
    MkChange *changes;
    /* mk_contrast_files */
    MkShift *shifts; /* (n_common), farthest first */
    size_t n_pair_shifts, n_pairs;
    MkPairShift *pair_shifts;  /* largest change first */
    size_t n_joined, n_parted; /* pairs that only the later, the earlier one saw together */
    /* mk_contrast_gains */
    MkGain *gains;    /* (n) of loss; n = 0 where nobody was asked */
    MkGain all;       /* mean over attributes */
    size_t counts[4]; /* attributes by verdict */
    /* mk_contrast_pairs */
    size_t n_pair_gains;
    MkPairGain *pair_gains; /* most associated first */
    size_t pair_counts[4];
} MkContrast;

MK_NODISCARD MkStatus mk_contrast_schemas(MkContrast *c, MkArena *arena, MkError *err);
/* Populations, correlations and people seen together, as the two files have them. */
MK_NODISCARD MkStatus mk_contrast_files(MkContrast *c, MkArena *arena, MkError *err);
/* From the scores of both models for the same questions. Same result whatever the number of
 * threads. */
MK_NODISCARD MkStatus mk_contrast_gains(MkContrast *c, const MkScores *before,
                                        const MkScores *after, MkPool *pool, MkArena *arena,
                                        MkError *err);

typedef struct MkContrastPeople {
    const MkCohort *cohort;
    const size_t *rows; /* (n_rows) judged */
    size_t n_rows;
    const size_t
        *choose; /* (n_choose) who tells which pairs are associated: trained on, or judged */
    size_t n_choose;
    const MkYard *yards;
    MkPool *pool;                                           /* may be NULL */
    void (*progress)(void *ctx, size_t done, size_t total); /* may be NULL */
    void *progress_ctx;
} MkContrastPeople;
MK_NODISCARD MkStatus mk_contrast_pairs(MkContrast *c, const MkContrastPeople *people,
                                        MkArena *arena, MkError *err);

/* Everything that was found as tables, JSON and a figure; `most` rows of a table for people. */
MK_NODISCARD MkStatus mk_contrast_report(const MkContrast *c, size_t most, size_t n_people,
                                         MkResult *result, MkNode *root, MkError *err);

#endif
