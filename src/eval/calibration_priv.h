/* calibration_priv.h - the parts of calibration.h. Private to src/eval. */
#ifndef MK_EVAL_CALIBRATION_PRIV_H
#define MK_EVAL_CALIBRATION_PRIV_H

#include "src/eval/calibration.h"

/* Adds the share of [low, high] that lies in each of n equal steps. */
void mk_calibrated_add_pit(const MkScore *s, size_t n, double *out);
/* Figures of one band (MK_BOARD_BANDS: all); of all, the reliability diagram too. */
MK_NODISCARD MkStatus mk_calibrated_band(const MkCalibratedCells *cells, size_t band, uint64_t seed,
                                         MkCalibratedBoard *board, MkError *err);
/* Strata by how rare the evidence is; n attributes. */
MK_NODISCARD MkStatus mk_calibrated_rare(const MkCalibratedCells *cells, size_t n, uint64_t seed,
                                         MkCalibratedBoard *board, MkError *err);

#endif
