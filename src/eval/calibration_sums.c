/* calibration_sums.c - figures of bands and of deep strata, with standard errors over people: each
 * is made of sums over people (resample.h). */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/eval/calibration_priv.h"

enum {
    BANDS = MK_BOARD_BANDS,
    BINS = MK_CALIBRATED_BINS,
    LEVELS = MK_CALIBRATED_LEVELS,
    STRATA = MK_CALIBRATED_STRATA,
    FINE = 100 /* steps of the distribution of the PIT */
};

static MkStatus no_memory(MkError *err)
{
    return mk_fail(err, MK_ENOMEM, "out of memory");
}

/* ---- a band ---- */

/* What a person adds: answers and their loss by the population; then, raw and recalibrated, of
 * numbers COVER .., of levels BRIER .. */
enum { N_NUMBERS, NUMBERS_BASE, N_LEVELS, LEVELS_BASE, HEAD };
enum {
    COVER,
    WIDTH = COVER + LEVELS,
    CRPS,
    LOSS,
    STEPS,
    BRIER = STEPS + FINE,
    LEVEL_LOSS,
    CONFIDENCE,
    RIGHT = CONFIDENCE + BINS,
    WHICH = RIGHT + BINS
};
enum { BAND_SUMS = HEAD + 2 * WHICH };

/* Share of [low, high] in the central interval; as judge.c, for any level. */
static double covered(const MkScore *s, double level)
{
    const double from = 0.5 * (1.0 - level), to = 0.5 * (1.0 + level);
    const double low = (double)s->low, high = (double)s->high;
    if (!(high - low > 1e-12)) {
        return low >= from && low <= to ? 1.0 : 0.0;
    }
    return fmax(fmin(high, to) - fmax(low, from), 0.0) / (high - low);
}

static void add_number(const MkCalibrated *c, double *own)
{
    own[N_NUMBERS] += 1.0;
    own[NUMBERS_BASE] += (double)c->base;
    for (size_t w = 0; w < 2; w++) {
        double *const sums = own + HEAD + w * WHICH;
        for (size_t l = 0; l < LEVELS; l++) {
            sums[COVER + l] += covered(&c->score[w], mk_calibrated_levels[l]);
        }
        sums[WIDTH] += (double)c->width[w];
        sums[CRPS] += (double)c->score[w].loss;
        sums[LOSS] -= (double)c->score[w].log_prob;
        mk_calibrated_add_pit(&c->score[w], FINE, sums + STEPS);
    }
}

static size_t bin_of(const float *ends, float x)
{
    size_t k = 0;
    while (k + 1 < BINS && x > ends[k]) {
        k++;
    }
    return k;
}

static void add_level(const MkCalibrated *c, float ends[2][BINS], double *own)
{
    own[N_LEVELS] += 1.0;
    own[LEVELS_BASE] += (double)c->base;
    for (size_t w = 0; w < 2; w++) {
        double *const sums = own + HEAD + w * WHICH;
        const size_t k = bin_of(ends[w], c->width[w]);
        sums[BRIER] += (double)c->score[w].loss;
        sums[LEVEL_LOSS] -= (double)c->score[w].log_prob;
        sums[CONFIDENCE + k] += (double)c->width[w];
        sums[RIGHT + k] += 1.0 - (double)c->score[w].miss;
    }
}

/* Area between the distribution of the PIT and the uniform one. */
static double pit_error(const double *steps, double n)
{
    double below = 0.0, area = 0.0;
    for (size_t k = 0; k < FINE; k++) {
        below += steps[k] / n;
        area += fabs(below - ((double)k + 1.0) / FINE) / FINE;
    }
    return n > 0.0 ? area : NAN;
}

/* figures (2, MK_N_CALIBRATED) */
static void band_figures(const double *sums, double *figures)
{
    const double n = sums[N_NUMBERS], m = sums[N_LEVELS];
    for (size_t w = 0; w < 2; w++) {
        const double *const s = sums + HEAD + w * WHICH;
        double *const f = figures + w * MK_N_CALIBRATED;
        double off = 0.0;
        for (size_t l = 0; l < LEVELS; l++) {
            f[MK_CALIBRATED_COVER + l] = s[COVER + l] / n;
        }
        f[MK_CALIBRATED_WIDTH] = s[WIDTH] / n;
        f[MK_CALIBRATED_PIT] = pit_error(s + STEPS, n);
        f[MK_CALIBRATED_CRPS] = s[CRPS] / n;
        f[MK_CALIBRATED_LOSS] = s[LOSS] / n;
        f[MK_CALIBRATED_SKILL] = (sums[NUMBERS_BASE] - s[LOSS]) / n;
        for (size_t k = 0; k < BINS; k++) {
            off += fabs(s[CONFIDENCE + k] - s[RIGHT + k]);
        }
        f[MK_CALIBRATED_ECE] = off / m;
        f[MK_CALIBRATED_BRIER] = s[BRIER] / m;
        f[MK_CALIBRATED_LEVEL_LOSS] = s[LEVEL_LOSS] / m;
        f[MK_CALIBRATED_LEVEL_SKILL] = (sums[LEVELS_BASE] - s[LEVEL_LOSS]) / m;
    }
}

static int by_size(const void *a, const void *b)
{
    const float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

static bool is_in(const MkCalibrated *c, size_t band)
{
    return band == BANDS || c->band == band;
}

/* Upper ends of bins of equal mass. */
static MkStatus find_ends(const MkCalibratedCells *cells, size_t band, size_t which, float *ends,
                          MkError *err)
{
    float *const sorted = mk_heap_array(cells->n + 1, sizeof *sorted);
    size_t n = 0;
    if (sorted == NULL) {
        return no_memory(err);
    }
    for (size_t i = 0; i < cells->n; i++) {
        const MkCalibrated *const c = &cells->cells[i];
        if (!c->is_number && is_in(c, band)) {
            sorted[n++] = c->width[which];
        }
    }
    qsort(sorted, n, sizeof *sorted, by_size);
    for (size_t k = 0; k < BINS; k++) {
        ends[k] = n > 0 ? sorted[((k + 1) * n - 1) / BINS] : 1.0F;
    }
    free(sorted);
    return MK_OK;
}

static void add_cells(const MkCalibratedCells *cells, size_t band, float ends[2][BINS],
                      double *people, MkCalibratedBand *out)
{
    for (size_t i = 0; i < cells->n; i++) {
        const MkCalibrated *const c = &cells->cells[i];
        double *const own = people + c->person * BAND_SUMS;
        if (!is_in(c, band)) {
            continue;
        }
        if (c->is_number) {
            add_number(c, own);
            out->n_numbers++;
        } else {
            add_level(c, ends, own);
            out->n_levels++;
        }
    }
}

/* Mean confidence and share right in each bin. */
static void set_diagram(const MkCalibratedCells *cells, float ends[2][BINS], MkCalibratedBoard *out)
{
    for (size_t w = 0; w < 2; w++) {
        double n[BINS] = {0.0};
        for (size_t i = 0; i < cells->n; i++) {
            const MkCalibrated *const c = &cells->cells[i];
            if (!c->is_number) {
                const size_t k = bin_of(ends[w], c->width[w]);
                n[k] += 1.0;
                out->confidence[w][k] += (double)c->width[w];
                out->accuracy[w][k] += 1.0 - (double)c->score[w].miss;
            }
        }
        for (size_t k = 0; k < BINS; k++) {
            out->confidence[w][k] /= n[k];
            out->accuracy[w][k] /= n[k];
        }
    }
}

MkStatus mk_calibrated_band(const MkCalibratedCells *cells, size_t band, uint64_t seed,
                            MkCalibratedBoard *board, MkError *err)
{
    float ends[2][BINS];
    MkCalibratedBand *const out = &board->bands[band];
    double *const people = mk_heap_array(cells->n_people + 1, BAND_SUMS * sizeof *people);
    MkStatus st = people != NULL ? MK_OK : no_memory(err);
    const MkResampled all = {people, cells->n_people, BAND_SUMS, 2 * MK_N_CALIBRATED, band_figures,
                             seed};
    if (st == MK_OK) {
        MK_TRY_GOTO(find_ends(cells, band, 0, ends[0], err));
        MK_TRY_GOTO(find_ends(cells, band, 1, ends[1], err));
        add_cells(cells, band, ends, people, out);
        MK_TRY_GOTO(mk_resample(&all, out->figures[0], err));
        if (band == BANDS) {
            set_diagram(cells, ends, board);
        }
    }
done:
    free(people);
    return st;
}

/* ---- deep strata ---- */

typedef struct Common { /* sums of an attribute and band where what is known is common */
    double n, width[2], error[2];
} Common;

static void sum_common(const MkCalibratedCells *cells, Common *common)
{
    for (size_t i = 0; i < cells->n; i++) {
        const MkCalibrated *const c = &cells->cells[i];
        if (c->is_number && c->stratum == STRATA - 1) {
            Common *const m = &common[(size_t)c->attribute * BANDS + c->band];
            m->n += 1.0;
            for (size_t w = 0; w < 2; w++) {
                m->width[w] += (double)c->width[w];
                m->error[w] += (double)c->score[w].miss;
            }
        }
    }
}

/* Of each stratum: answers; raw and recalibrated, what is covered, widths and errors, and those
 * that the same attributes have where what is known is common. */
enum { S_N, S_WHICH };
enum { S_COVER, S_WIDTH, S_WIDTH_COMMON, S_ERROR, S_ERROR_COMMON, S_SUMS };
enum { STRATUM_SUMS = S_WHICH + 2 * S_SUMS };
enum { STRATA_FIGURES = STRATA * 6 + 1 };

static void add_rare(const MkCalibrated *c, const Common *m, double *own)
{
    own[S_N] += 1.0;
    for (size_t w = 0; w < 2; w++) {
        double *const s = own + S_WHICH + w * S_SUMS;
        s[S_COVER] += (double)c->score[w].cover;
        if (m->n > 0.0) {
            s[S_WIDTH] += (double)c->width[w];
            s[S_WIDTH_COMMON] += m->width[w] / m->n;
            s[S_ERROR] += (double)c->score[w].miss;
            s[S_ERROR_COMMON] += m->error[w] / m->n;
        }
    }
}

static void strata_figures(const double *sums, double *figures)
{
    double rare = 0.0, n_rare = 0.0;
    for (size_t k = 0; k < STRATA; k++) {
        const double *const own = sums + k * STRATUM_SUMS;
        for (size_t w = 0; w < 2; w++) {
            const double *const s = own + S_WHICH + w * S_SUMS;
            double *const f = figures + k * 6 + w * 3;
            f[0] = s[S_COVER] / own[S_N];
            f[1] = s[S_WIDTH] / s[S_WIDTH_COMMON];
            f[2] = s[S_ERROR] / s[S_ERROR_COMMON];
        }
        rare += k < 2 ? own[S_WHICH + S_SUMS + S_COVER] : 0.0;
        n_rare += k < 2 ? own[S_N] : 0.0;
    }
    figures[STRATA_FIGURES - 1] = rare / n_rare;
}

static void set_strata(const MkMeasured *f, MkCalibratedBoard *board)
{
    for (size_t k = 0; k < STRATA; k++) {
        MkCalibratedStratum *const s = &board->strata[k];
        for (size_t w = 0; w < 2; w++) {
            s->cover[w] = f[k * 6 + w * 3];
            s->width[w] = f[k * 6 + w * 3 + 1];
            s->error[w] = f[k * 6 + w * 3 + 2];
        }
    }
    board->rare = f[STRATA_FIGURES - 1];
}

MkStatus mk_calibrated_rare(const MkCalibratedCells *cells, size_t n, uint64_t seed,
                            MkCalibratedBoard *board, MkError *err)
{
    enum { SUMS = STRATA * STRATUM_SUMS };
    Common *const common = mk_heap_array(n * BANDS + 1, sizeof *common);
    double *const people = mk_heap_array(cells->n_people + 1, SUMS * sizeof *people);
    uint32_t last[STRATA];
    MkMeasured figures[STRATA_FIGURES];
    MkStatus st = MK_OK;
    if (common == NULL || people == NULL) {
        st = no_memory(err);
        goto done;
    }
    memset(last, 0xFF, sizeof last);
    sum_common(cells, common);
    for (size_t i = 0; i < cells->n; i++) {
        const MkCalibrated *const c = &cells->cells[i];
        if (c->is_number && c->stratum < STRATA) {
            MkCalibratedStratum *const s = &board->strata[c->stratum];
            s->n++;
            s->n_people += last[c->stratum] != c->person ? 1 : 0;
            last[c->stratum] = c->person;
            add_rare(c, &common[(size_t)c->attribute * BANDS + c->band],
                     people + c->person * SUMS + c->stratum * STRATUM_SUMS);
        }
    }
    const MkResampled all = {people, cells->n_people, SUMS, STRATA_FIGURES, strata_figures, seed};
    MK_TRY_GOTO(mk_resample(&all, figures, err));
    set_strata(figures, board);
done:
    free(common);
    free(people);
    return st;
}
