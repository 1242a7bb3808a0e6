/* calibration.h - whether probabilities are what they say, before and after recalibration.
 *
 * Held-out people are asked with nothing known, and with some of their values, chosen at random, as
 * many as each band of known values holds. Each answer is judged as the model gives it and as its
 * kind does without the recalibration of its file (mk_model_raw):
 *
 *   numbers  coverage of central 50, 80, 90 and 95 % intervals (randomised, judge.h), width of the
 *            90 % interval / sd, PIT error = integral |ECDF(u) - u| du, CRPS / sd, negative log
 *            probability at the recorded resolution, skill = that of the population less it
 *   levels   ECE = sum over bins of share x |accuracy - confidence| of the likeliest level, 15 bins
 *            of equal mass, pooled over attributes; Brier score, negative log probability, skill
 *
 * An attribute is within the bar when the coverage of its 90 % intervals is within 0.02 plus two
 * standard errors (people are drawn, a person's answers go together) of 0.90; those with
 * MK_CALIBRATED_LEAST answers or more count. Errors of figures: bootstrap over people.
 *
 * Deep strata: the same by how rare the known values are together (mk_model_support), with width
 * and error of the median over those of the same attribute and band where they are common. */
#ifndef MK_EVAL_CALIBRATION_H
#define MK_EVAL_CALIBRATION_H

#include "src/eval/board.h"
#include "src/eval/section.h"

enum {
    MK_CALIBRATED_LEAST = 200,
    MK_CALIBRATED_BINS = 15,
    MK_CALIBRATED_LEVELS = 4, /* 50, 80, 90, 95 % */
    MK_CALIBRATED_STRATA = 4, /* support below 1, 5, 20, 100 % */
    MK_CALIBRATED_STEPS = 20
};
extern const double mk_calibrated_levels[MK_CALIBRATED_LEVELS];
extern const double mk_calibrated_strata[MK_CALIBRATED_STRATA];

/* One answer of each kind about one value. */
typedef struct MkCalibrated {
    uint32_t attribute, person; /* person: place among those asked */
    uint8_t band, stratum;      /* stratum: MK_CALIBRATED_STRATA when not known */
    bool is_number;
    float base;       /* negative log probability by the population */
    MkScore score[2]; /* raw, recalibrated */
    float width[2];   /* numbers: of the 90 % interval / sd; levels: probability of the likeliest */
} MkCalibrated;

typedef struct MkCalibratedCells {
    size_t n, n_people;
    MkCalibrated *cells; /* by person */
} MkCalibratedCells;

typedef enum MkCalibratedFigure {
    MK_CALIBRATED_COVER = 0, /* of numbers: shares in intervals, one for each level; */
    MK_CALIBRATED_WIDTH = MK_CALIBRATED_LEVELS,
    MK_CALIBRATED_PIT,
    MK_CALIBRATED_CRPS,
    MK_CALIBRATED_LOSS,
    MK_CALIBRATED_SKILL,
    MK_CALIBRATED_ECE, /* of levels, with what follows */
    MK_CALIBRATED_BRIER,
    MK_CALIBRATED_LEVEL_LOSS,
    MK_CALIBRATED_LEVEL_SKILL,
    MK_N_CALIBRATED
} MkCalibratedFigure;

/* Figures of some cells, [0] raw, [1] recalibrated; NaN where there are none. */
typedef struct MkCalibratedBand {
    size_t n_numbers, n_levels;
    MkMeasured figures[2][MK_N_CALIBRATED];
} MkCalibratedBand;

typedef struct MkCalibratedStratum {
    size_t n_people, n;
    MkMeasured cover[2], width[2], error[2]; /* width and error: over those of the last stratum */
} MkCalibratedStratum;

typedef struct MkCalibratedBoard {
    MkCalibratedBand bands[MK_BOARD_BANDS + 1]; /* the last: all */
    size_t n_attributes;                        /* numbers with enough answers */
    MkMeasured within[2];                       /* share of them within the bar */
    double (*cover)[2];                         /* (n_attributes) of each, raw ascending; and */
    double *sorted;                             /* (n_attributes) recalibrated, ascending */
    double pit[2][MK_CALIBRATED_STEPS];         /* shares of the PIT */
    double confidence[2][MK_CALIBRATED_BINS], accuracy[2][MK_CALIBRATED_BINS];
    MkCalibratedStratum strata[MK_CALIBRATED_STRATA];
    MkMeasured rare; /* coverage where support is below 5 %, recalibrated */
} MkCalibratedBoard;

/* Asks the people of a trial. Cells in arena; the same whatever the number of threads. */
MK_NODISCARD MkStatus mk_calibrated_ask(const MkTrial *trial, MkArena *arena,
                                        MkCalibratedCells *out, MkError *err);
/* What they say together; n attributes. */
MK_NODISCARD MkStatus mk_calibrated_board(const MkCalibratedCells *cells, size_t n, uint64_t seed,
                                          MkArena *arena, MkCalibratedBoard *out, MkError *err);
/* Both, shown. Figures: calibration_within (share of attributes within the bar), coverage_0,
 * coverage_1_3, coverage_4_10, coverage_11_50, coverage_51 (of 90 % intervals, pooled), ece, pit;
 * coverage_rare (support below 5 %). */
MK_NODISCARD MkStatus mk_calibration_section(const MkTrial *trial, MkSection *out, MkError *err);

#endif
