/* calibrate_learn.h - the state of one calibration, which the calibrate_*.c files share. */
#ifndef MK_MODEL_CALIBRATE_LEARN_H
#define MK_MODEL_CALIBRATE_LEARN_H

#include <stdbool.h>
#include <stddef.h>

#include "model/calibrate_fit.h"

enum {
    MK_CALIBRATION_BINS = MK_CALIBRATION_KNOTS + 1, /* between knots */
    MK_CALIBRATION_TYPES = 5,                       /* of attributes */
    MK_CALIBRATION_NEWTON = 8                       /* steps */
};

/* Counts, or curvature, of the identity in what is shared by many attributes. */
#define MK_CALIBRATION_PRIOR 30.0
#define MK_CALIBRATION_LEAST_P 1e-6
#define MK_CALIBRATION_MOST_LOG 1.5 /* of sharpness */

/* The answers of one attribute and band, and what is learned from them. */
typedef struct MkCalibrationKey {
    size_t begin, end;
    double sum, people; /* of weights; how many people they are worth */
    double seen[2][MK_CALIBRATION_BINS],
        sums[2];                     /* places of either half of the people, sums of weights */
    double map[MK_CALIBRATION_BINS]; /* shares of places */
    double log_sharp;
} MkCalibrationKey;

/* What all attributes share, by an aspect of the evidence. */
typedef struct MkCalibrationParts {
    float from[MK_CALIBRATION_BANDS][MK_CALIBRATION_STRATA - 1];
    uint16_t maps[MK_CALIBRATION_BANDS][MK_CALIBRATION_STRATA][MK_CALIBRATION_KNOTS];
    double log_sharp[MK_CALIBRATION_BANDS][MK_CALIBRATION_STRATA];
} MkCalibrationParts;

typedef struct MkCalibrationLearn {
    const MkSchema *schema;
    MkAnswers *answers;
    float *weights;         /* (answers->n) */
    MkCalibrationKey *keys; /* (n, MK_CALIBRATION_BANDS) */
    double type_map[MK_CALIBRATION_TYPES][MK_CALIBRATION_BANDS][MK_CALIBRATION_BINS];
    double type_sharp[MK_CALIBRATION_TYPES][MK_CALIBRATION_BANDS];
    double (*ratio)[MK_CALIBRATION_BINS]; /* (n) of an attribute's maps to those of its type */
    MkCalibrationKey *own; /* (n) places of all bands; in map those expected of the type */
    double *log_sharp;     /* (n) of an attribute */
    bool *by_map;          /* (n) numbers; ordinal levels whose map is better than a temperature */
    double ratio_prior, map_prior;
    MkCalibrationParts parts[MK_CALIBRATION_ASPECTS];
    bool *people; /* (BANDS, STRATA, n_people) who was asked */
    size_t n_people;
    MkCalibrationAspect aspect;  /* which is being fitted, after those before it */
    const MkRecalibration *made; /* without what is shared; for fitting that */
    double sharp_spread[2];      /* sd of log sharpness: of attributes, of their bands */
} MkCalibrationLearn;

typedef struct MkCalibrationShift {
    double value, known;
} MkCalibrationShift;

/* The stratum of an answer's evidence in its band. */
size_t mk_calibration_part(const MkCalibrationLearn *l, const MkAnswer *answer,
                           MkCalibrationAspect aspect);
/* Slope and curvature of the weighted negative log-likelihood of a key in log sharpness; sum of
 * weights. `half` of the people (0, 1; -1: nobody) is left out. */
double mk_calibration_slope(const MkCalibrationLearn *l, const MkCalibrationKey *key,
                            double log_sharp, int half, double *slope, double *curve);
/* The same of one stratum of the aspect that is being fitted, beside what the aspects before it
 * say; every answer counts alike. */
void mk_calibration_part_slope(const MkCalibrationLearn *l, const MkCalibrationKey *key,
                               double log_sharp, size_t stratum, double *slope, double *curve);
/* What a band adds to the log sharpness of an attribute, with the prior's standard deviation
 * `spread`. */
MkCalibrationShift mk_calibration_shift(const MkCalibrationLearn *l, size_t j, size_t b,
                                        double spread, int half);
/* Weighted negative log-likelihood of a half of the people (-1: all). */
double mk_calibration_loss(const MkCalibrationLearn *l, const MkCalibrationKey *key,
                           double log_sharp, int half);
/* Sharpness of types, of attributes, and how far the bands' lie apart. */
MK_NODISCARD MkStatus mk_calibration_sharpness(MkCalibrationLearn *l, MkPool *pool, MkArena *arena,
                                               MkError *err);

#endif
