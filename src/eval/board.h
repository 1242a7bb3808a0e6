/* board.h - what the scores of many cells say together.
 *
 * Averages over attributes ("macro") are means over the attribute's scored cells first, then over
 * attributes, leaving out those with fewer than MK_BOARD_CELLS cells; "pooled" is over cells. The
 * standard error is that of drawing people anew (bootstrap over people, seeded). */
#ifndef MK_EVAL_BOARD_H
#define MK_EVAL_BOARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "src/base/arena.h"
#include "src/base/pool.h"
#include "src/base/status.h"
#include "src/data/schema.h"
#include "src/eval/judge.h"
#include "src/eval/resample.h"
#include "src/eval/yard.h"

enum { MK_BOARD_CELLS = 10, MK_BOARD_TYPES = MK_ORDINAL + 1 };

typedef enum MkStat {
    MK_STAT_CRPS = 0,          /* macro, numbers, CRPS / sd */
    MK_STAT_ERROR,             /* macro, numbers, |error| / sd of the median */
    MK_STAT_BRIER,             /* macro, levels */
    MK_STAT_ACCURACY,          /* macro, levels */
    MK_STAT_ERROR_POOLED,      /* pooled, real and positive */
    MK_STAT_ERROR_POOLED_BASE, /* the same of the training median */
    MK_STAT_ERROR_REAL,        /* pooled by type */
    MK_STAT_ERROR_POSITIVE,
    MK_STAT_ERROR_COUNT,
    MK_STAT_ERROR_NUMBERS, /* pooled, all numbers */
    MK_STAT_ERROR_RARE,    /* pooled, real and positive that are rare (MkBoardJob) */
    MK_STAT_ACCURACY_CATEGORICAL,
    MK_STAT_ACCURACY_ORDINAL,
    MK_STAT_COVER,    /* pooled, numbers, randomised (judge.h) */
    MK_STAT_INSIDE,   /* pooled, numbers, by the ends of the interval */
    MK_STAT_LOG_PROB, /* macro, all, nats */
    MK_STAT_RMSE,     /* pooled, real and positive: root of the mean square, / sd */
    MK_STAT_R2,       /* macro, numbers: 1 - squares about the median answer / about the mean */
    MK_STAT_RANK,     /* macro, ordinal: |rank of the answer - rank| / (levels - 1) */
    MK_STAT_KAPPA,    /* macro, ordinal: Cohen's kappa with quadratic weights */
    /* shares of attributes */
    MK_STAT_NO_WORSE, /* numbers: mean |error| not above the training median's */
    MK_STAT_BETTER,   /* numbers whose commonest value covers < 50 %: below it */
    MK_STAT_LEVELS,   /* levels whose commonest covers < 90 %: accuracy above it */
    MK_N_STATS
} MkStat;

/* Sums of one attribute. */
typedef struct MkBoardRow {
    size_t n;                                         /* scored cells */
    double loss, miss, base, cover, inside, log_prob; /* means over them; NaN when none */
    double loss_error, miss_error, cover_error;       /* standard errors; NaN of a single one */
} MkBoardRow;

/* Cells by how much was known of the person. */
enum { MK_BOARD_BANDS = 5 };
typedef struct MkBoardBand {
    size_t low, high; /* values known */
    size_t n_numbers, n_levels;
    MkMeasured crps, error, cover; /* pooled, numbers */
    MkMeasured brier, accuracy;    /* pooled, levels */
} MkBoardBand;

/* Cells of one type, pooled: the paper's Tables 6 and 7. */
typedef struct MkBoardType {
    size_t n;
    MkMeasured error;    /* numbers: mean |error| / sd; levels: accuracy */
    MkMeasured sd;       /* of |error| / sd over cells */
    MkMeasured rmse, r2; /* numbers; r2 against the training median */
    MkMeasured base;     /* the same as `error` of the training median or mode */
} MkBoardType;

typedef struct MkBoard {
    double stats[MK_N_STATS];  /* NaN where there is nothing to average */
    double errors[MK_N_STATS]; /* standard errors over people; NaN when not known */
    size_t counts[MK_N_STATS]; /* cells (pooled) or attributes (macro, shares) behind it */
    MkBoardRow *rows;          /* (n attributes) */
    MkBoardBand bands[MK_BOARD_BANDS];
    MkBoardType types[MK_BOARD_TYPES]; /* by MkType */
    double (*drawn)[MK_N_STATS];       /* (MK_RESAMPLES) statistics of people drawn anew */
} MkBoard;

typedef struct MkBoardJob {
    const MkScores *scores;
    const MkSchema *schema;
    const MkYard *yards;
    const bool *is_rare; /* (n attributes) few people in training; NULL: none */
    uint64_t seed;
    MkPool *pool; /* may be NULL */
} MkBoardJob;

/* Everything from the scores; out's rows in arena. Same result whatever the number of threads. */
MK_NODISCARD MkStatus mk_board_make(const MkBoardJob *job, MkArena *arena, MkBoard *out,
                                    MkError *err);
/* Its parts: bands (MK_BOARD_BANDS), types (MK_BOARD_TYPES). */
MK_NODISCARD MkStatus mk_board_bands(const MkBoardJob *job, MkBoardBand *bands, MkError *err);
MK_NODISCARD MkStatus mk_board_types(const MkBoardJob *job, MkBoardType *types, MkError *err);
/* Stable name ("error_pooled") and words for people. */
const char *mk_stat_name(MkStat stat);
const char *mk_stat_label(MkStat stat);

/* How well the answers about some numbers are calibrated. */
typedef struct MkCalibration {
    size_t n;         /* cells */
    MkMeasured cover; /* pooled; NaN when there is none, as the others */
    MkMeasured pit;   /* area between the distribution of the PIT and the uniform one */
    MkMeasured error; /* pooled |error| / sd */
} MkCalibration;
/* Of the numbers that `members` marks (n attributes; NULL: all). */
MK_NODISCARD MkStatus mk_board_calibration(const MkBoardJob *job, const bool *members,
                                           MkCalibration *out, MkError *err);

MkMeasured mk_board_stat(const MkBoard *board, MkStat stat);
/* A statistic of one board less that of another of the same people, and its standard error: the
 * same people are drawn for both. */
double mk_board_change(const MkBoard *board, const MkBoard *other, MkStat stat, double *error);

/* One source of several. */
typedef struct MkBoardSource {
    const char *name;
    size_t n_people, n_attributes; /* judged */
    MkBoard board, against;        /* against: only with another model */
    MkCalibration calibration;
} MkBoardSource;

#endif
