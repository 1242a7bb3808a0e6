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
 * What is known may be rare: people far from others have values that lie farther from what their
 * evidence says, too. So a second map, or factor of the sharpness, follows by how far the known
 * features lie from their mean, (d^2 - n) / sqrt(2 n) with d the Mahalanobis distance of n features
 * under the base. It is shared by all attributes.
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
    MK_CALIBRATION_BANDS = 5,   /* 0, 1-3, 4-10, 11-50, more known values */
    MK_CALIBRATION_KNOTS = 33,  /* where a map is kept; it goes from 0 to 0 and from 1 to 1 */
    MK_CALIBRATION_ONE = 65535, /* the code of probability 1 */
    MK_CALIBRATION_STRATA = 4   /* how rare what is known is: of 80, 15, 4, 1 % of people */
};
extern const double mk_calibration_knots[MK_CALIBRATION_KNOTS];

/* How well calibration people's values lay where the answers said, for the card. */
typedef struct MkCalibrationBand {
    float n;             /* answers about numbers */
    float before, after; /* share of values in the central 90 % interval, randomised */
    float n_levels;
    float loss_before, loss_after; /* mean negative log probability of the level, nats */
} MkCalibrationBand;

typedef struct MkRecalibration {
    size_t n;                     /* attributes; 0: answers stay as they are */
    const uint32_t *map_of;       /* (n) row of maps; n_maps: none */
    const uint32_t *sharpness_of; /* (n) row of sharpness; n_levels: none */
    size_t n_maps, n_levels;
    const uint16_t *maps;        /* (n_maps, BANDS, KNOTS) codes, ascending */
    const float *sharpness;      /* (n_levels, BANDS) */
    const int32_t *people;       /* (n) calibration people behind an attribute's own maps */
    const float *rarity;         /* (BANDS, STRATA - 1) where the rarer strata begin, ascending */
    const uint16_t *rare_maps;   /* (BANDS, STRATA, KNOTS) codes */
    const float *rare_sharpness; /* (BANDS, STRATA) factors */
    const MkCalibrationBand *bands; /* (BANDS) */
} MkRecalibration;

size_t mk_calibration_band(size_t n_known);
/* Words for a band: "1-3". */
const char *mk_calibration_band_name(size_t band);
/* G(f) of a row of codes. */
double mk_calibration_map(const uint16_t *codes, double f);
/* Rows of all attributes of a schema; false when out of memory. */
bool mk_calibration_rows(const MkSchema *schema, MkArena *arena, MkRecalibration *out);

/* The raw answer in cells (numbers) or levels, whatever its kind; points stay. */
MK_NODISCARD MkStatus mk_calibration_cells(const MkMarginal *marginal, MkArena *arena,
                                           MkDistribution *d, MkError *err);
/* How rare what is known is, -sqrt(n / 2) and up; 0 when the base cannot tell. */
MK_NODISCARD MkStatus mk_calibration_rarity(const struct MkModel *model,
                                            const struct MkPoint *known, size_t n_known,
                                            MkArena *arena, double *out, MkError *err);
size_t mk_calibration_stratum(const MkRecalibration *c, size_t band, double rarity);
/* Turns a raw answer of attribute j into the recalibrated one. An attribute that needs no change is
 * not touched. */
MK_NODISCARD MkStatus mk_recalibrate(const MkRecalibration *c, const MkMarginal *marginal, size_t j,
                                     size_t band, size_t stratum, MkArena *arena, MkDistribution *d,
                                     MkError *err);

/* As tensors of a file, borrowed until it is written; an empty one adds none. */
void mk_calibration_add(const MkRecalibration *c, MkWeightsOut *out);
/* Reads and checks them; a file without any has none. */
MK_NODISCARD MkStatus mk_calibration_read(const MkWeights *weights, const MkSchema *schema,
                                          MkArena *arena, MkRecalibration *out, MkError *err);

#endif
