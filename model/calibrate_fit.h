/* calibrate_fit.h - the maps of calibrate.h, from people whom the weights never saw. For model/
 * only.
 *
 * Every person is asked several times, with the masks of training (mae/mask.h): a share at random,
 * whole categories, few, related ones, demographics, what another source has. For a number, and an
 * ordinal level, the value stands at [F(x below), F(x)] of the answer; if answers are calibrated,
 * such places are spread evenly over 0 .. 1 (Czado, Gneiting and Held 2009). The map is the
 * distribution of the places, by maximum likelihood of interval-censored data (Turnbull 1976): it
 * makes the recalibrated answers' probabilities of the values as high as it can. A map counts a
 * person once, however often asked.
 *
 * No map rests on few people: that of an attribute and band is shrunk towards
 *   (type x band) x (attribute),
 * as the mean of a Dirichlet process (Ferguson 1973, theorem 1) whose prior counts come from how
 * far the attributes' maps lie apart. The map of type and band is shrunk towards the identity.
 * Prior counts stay, so the k-th of n places is at k / (n + 1): the central intervals are those of
 * split-conformal prediction (Lei et al. 2018), with that coverage for a further person, whatever
 * the model. Temperatures are shrunk alike, by normal priors whose variance is found from the
 * attributes (DerSimonian and Laird 1986).
 *
 * Half of the people are told at most 256 values, the others all that a mask leaves, so both of the
 * upper bands are asked.
 *
 * What all attributes share (calibrate.h) is fitted alike to what is left, of each band and stratum
 * of an aspect: first by how much is explained, in quarters of the answers, then by rarity, in
 * 80, 15, 4 and 1 % of them. Here every answer counts alike, not by the weight of its person:
 * intervals are to hold for whoever is asked, and a stratum of few must not be that of its heaviest
 * person. How far a map is trusted goes by people.
 *
 * With nothing known an answer is made the population's own: band 0 needs no people. */
#ifndef MK_MODEL_CALIBRATE_FIT_H
#define MK_MODEL_CALIBRATE_FIT_H

#include <stddef.h>
#include <stdint.h>

#include "model/calibrate.h"
#include "model/model.h"
#include "src/base/arena.h"
#include "src/base/pool.h"
#include "src/base/status.h"
#include "src/data/cohort.h"

/* One answer beside the value. */
typedef struct MkAnswer {
    uint32_t key;    /* attribute x MK_CALIBRATION_BANDS + band */
    uint32_t person; /* number among those asked */
    float low, high; /* numbers, ordinal levels: [F(x below), F(x)] */
    uint32_t first;  /* levels: where their probabilities begin */
    uint32_t level;  /* which it was */
    MkCalibrationEvidence evidence;
} MkAnswer;

typedef struct MkAnswers {
    size_t n, n_p;
    MkAnswer *cells;
    float *p; /* (n_p) probabilities of levels */
} MkAnswers;

typedef struct MkCalibrationFit {
    const MkModel *model;
    const MkCohort *cohort;
    const size_t *rows; /* (n_rows) people whom the weights never saw, ascending */
    size_t n_rows;
    const double *weights; /* (n_rows) what they count; NULL: all alike */
    double source_known;   /* how often a person's source is told */
    const bool *apart;     /* (cohort->n_tables) sources that are always told; NULL: none */
    uint64_t seed;
    MkPool *pool; /* may be NULL */
    const MkCancel *cancel;
    void (*progress)(void *ctx, size_t done, size_t total); /* may be NULL */
    void *progress_ctx;
} MkCalibrationFit;

/* Asks everybody; free *out with mk_answers_free. The same whatever the number of threads. */
MK_NODISCARD MkStatus mk_calibration_ask(const MkCalibrationFit *fit, MkAnswers *out, MkError *err);
void mk_answers_free(MkAnswers *answers);

/* Maps of bands 1 and on from answers; weights of the people, or NULL. Sorts the answers. What *out
 * points to lives in arena. */
MK_NODISCARD MkStatus mk_calibration_learn(const MkSchema *schema, MkAnswers *answers,
                                           const double *weights, MkPool *pool, MkArena *arena,
                                           MkRecalibration *out, MkError *err);
/* Both, and band 0. */
MK_NODISCARD MkStatus mk_calibration_fit(const MkCalibrationFit *fit, MkArena *arena,
                                         MkRecalibration *out, MkError *err);

#endif
