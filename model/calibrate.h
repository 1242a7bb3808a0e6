/* calibrate.h - answers recalibrated by what became of them for people whom the weights never saw.
 * For model/ only; applied by mk_model_posterior, left out by mk_model_raw.
 *
 * An answer F about a number becomes G(F): G is a monotone map of probability, one for each
 * attribute and number of known values (Kuleshov, Fenner and Ermon 2018, section 3.2). It is
 * piecewise linear between fixed knots and acts on the cumulative probabilities of the cells of the
 * marginal, so atoms keep their places and what is inside a cell keeps its shape. Levels get a
 * temperature, p^s / sum p^s (Guo, Pleiss, Sun and Weinberger 2017, section 4.2), those of ordinal
 * attributes perhaps a map instead, whichever is better.
 *
 * How far an answer can be trusted depends on what is known, too. So a second and a third map, or
 * factors of the sharpness, follow, each by an aspect of the evidence and shared by all attributes:
 *   explained  the share of the variance of the attribute's score that the known features explain
 *              under the base: whether what is hidden has kin among what is known (a mask that
 *              hides whole categories leaves none)
 *   rarity     how far the known features lie from their mean, (d^2 - n) / sqrt(2 n) with d the
 *              Mahalanobis distance of n features under the base: people far from others have
 *              values that lie farther from what their evidence says
 *
 * How the maps are fitted: calibrate_fit.h. */
#ifndef MK_MODEL_CALIBRATE_H
#define MK_MODEL_CALIBRATE_H

#include <stdint.h>

#include "model/distribution.h"
#include "model/weights.h"

struct MkModel;
struct MkPoint;

enum {
    MK_CALIBRATION_BANDS = 6,   /* 0, 1-3, 4-10, 11-50, 51-256, more known values */
    MK_CALIBRATION_KNOTS = 33,  /* where a map is kept; it goes from 0 to 0 and from 1 to 1 */
    MK_CALIBRATION_ONE = 65535, /* the code of probability 1 */
    MK_CALIBRATION_STRATA = 4   /* of an aspect of the evidence, in every band */
};
typedef enum MkCalibrationAspect {
    MK_CALIBRATION_EXPLAINED,
    MK_CALIBRATION_RARITY,
    MK_CALIBRATION_ASPECTS
} MkCalibrationAspect;
extern const double mk_calibration_knots[MK_CALIBRATION_KNOTS];

/* How well calibration people's values lay where the answers said, for the card. */
typedef struct MkCalibrationBand {
    float n;             /* answers about numbers */
    float before, after; /* share of values in the central 90 % interval, randomised */
    float n_levels;
    float loss_before, loss_after; /* mean negative log probability of the level, nats */
} MkCalibrationBand;

typedef struct MkCalibrationEvidence {
    float aspect[MK_CALIBRATION_ASPECTS];
} MkCalibrationEvidence;

/* Maps and factors that all attributes share, by an aspect of the evidence. */
typedef struct MkCalibrationShared {
    const float *from;      /* (n_bands, STRATA - 1) where the strata after the first begin,
                               ascending; NULL: an older file has none of this */
    const uint16_t *maps;   /* (n_bands, STRATA, KNOTS) codes */
    const float *sharpness; /* (n_bands, STRATA) factors */
} MkCalibrationShared;

typedef struct MkRecalibration {
    size_t n;                     /* attributes; 0: answers stay as they are */
    size_t n_bands;               /* BANDS; older files have five, the last for all above 50 */
    const uint32_t *map_of;       /* (n) row of maps; n_maps: none */
    const uint32_t *sharpness_of; /* (n) row of sharpness; n_levels: none */
    size_t n_maps, n_levels;
    const uint16_t *maps;   /* (n_maps, n_bands, KNOTS) codes, ascending */
    const float *sharpness; /* (n_levels, n_bands) */
    const int32_t *people;  /* (n) calibration people behind an attribute's own maps */
    MkCalibrationShared shared[MK_CALIBRATION_ASPECTS]; /* one after the other */
    const MkCalibrationBand *bands;                     /* (n_bands) */
} MkRecalibration;

/* Of a number of known values, among n_bands. */
size_t mk_calibration_band(size_t n_known, size_t n_bands);
/* Words for a band: "1-3". */
const char *mk_calibration_band_name(size_t band);
/* G(f) of a row of codes. */
double mk_calibration_map(const uint16_t *codes, double f);
/* Rows of all attributes of a schema; false when out of memory. */
bool mk_calibration_rows(const MkSchema *schema, MkArena *arena, MkRecalibration *out);

/* The raw answer in cells (numbers) or levels, whatever its kind; points stay. */
MK_NODISCARD MkStatus mk_calibration_cells(const MkMarginal *marginal, MkArena *arena,
                                           MkDistribution *d, MkError *err);
/* The aspects of the evidence of every target, out (n_targets); 0 when the base cannot tell. */
MK_NODISCARD MkStatus mk_calibration_evidence(const struct MkModel *model,
                                              const struct MkPoint *known, size_t n_known,
                                              const size_t *targets, size_t n_targets,
                                              MkArena *arena, MkCalibrationEvidence *out,
                                              MkError *err);
size_t mk_calibration_stratum(const MkCalibrationShared *shared, size_t band, float aspect);
/* Turns a raw answer of attribute j into the recalibrated one. An attribute that needs no change is
 * not touched. */
MK_NODISCARD MkStatus mk_recalibrate(const MkRecalibration *c, const MkMarginal *marginal, size_t j,
                                     size_t band, const MkCalibrationEvidence *evidence,
                                     MkArena *arena, MkDistribution *d, MkError *err);

/* As tensors of a file, borrowed until it is written; an empty one adds none. */
void mk_calibration_add(const MkRecalibration *c, MkWeightsOut *out);
/* Reads and checks them; a file without any has none. */
MK_NODISCARD MkStatus mk_calibration_read(const MkWeights *weights, const MkSchema *schema,
                                          MkArena *arena, MkRecalibration *out, MkError *err);

#endif
