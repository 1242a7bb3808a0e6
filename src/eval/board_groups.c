/* board_groups.c - scores by how much was known, by type of attribute, and how calibrated they are:
 * figures made of sums over people (resample.h). */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/eval/board.h"

static double *people_sums(const MkScores *scores, size_t n_sums, MkError *err)
{
    double *const people = mk_heap_array(scores->n_rows + 1, n_sums * sizeof *people);
    if (people == NULL) {
        (void)mk_fail(err, MK_ENOMEM, "out of memory");
    }
    return people;
}

/* ---- by how much was known ---- */

enum { N_NUMBERS, CRPS, ERROR, COVER, N_LEVELS, BRIER, RIGHT, BAND_SUMS };
enum { BAND_FIGURES = 5 };

static const size_t band_ends[MK_BOARD_BANDS][2] = {
    {0, 0}, {1, 3}, {4, 10}, {11, 50}, {51, SIZE_MAX}};

static void band_add(const MkScore *c, bool is_number, double *bands)
{
    size_t b = 0;
    while (c->n_known > band_ends[b][1]) {
        b++;
    }
    double *const s = bands + b * BAND_SUMS;
    if (is_number) {
        s[N_NUMBERS] += 1.0;
        s[CRPS] += (double)c->loss;
        s[ERROR] += (double)c->miss;
        s[COVER] += (double)c->cover;
    } else {
        s[N_LEVELS] += 1.0;
        s[BRIER] += (double)c->loss;
        s[RIGHT] += 1.0 - (double)c->miss;
    }
}

static void band_figures(const double *sums, double *out)
{
    for (size_t b = 0; b < MK_BOARD_BANDS; b++) {
        const double *const s = sums + b * BAND_SUMS;
        double *const f = out + b * BAND_FIGURES;
        f[0] = s[CRPS] / s[N_NUMBERS];
        f[1] = s[ERROR] / s[N_NUMBERS];
        f[2] = s[COVER] / s[N_NUMBERS];
        f[3] = s[BRIER] / s[N_LEVELS];
        f[4] = s[RIGHT] / s[N_LEVELS];
    }
}

static void band_set(const double *people, size_t n_people, const MkMeasured *f, MkBoardBand *bands)
{
    for (size_t b = 0; b < MK_BOARD_BANDS; b++, f += BAND_FIGURES) {
        MkBoardBand *const band = &bands[b];
        *band = (MkBoardBand){.low = band_ends[b][0],
                              .high = band_ends[b][1],
                              .crps = f[0],
                              .error = f[1],
                              .cover = f[2],
                              .brier = f[3],
                              .accuracy = f[4]};
        for (size_t i = 0; i < n_people; i++) {
            const double *const s = people + (i * MK_BOARD_BANDS + b) * BAND_SUMS;
            band->n_numbers += (size_t)s[N_NUMBERS];
            band->n_levels += (size_t)s[N_LEVELS];
        }
    }
}

MkStatus mk_board_bands(const MkBoardJob *job, MkBoardBand *bands, MkError *err)
{
    const MkScores *const scores = job->scores;
    enum { SUMS = MK_BOARD_BANDS * BAND_SUMS, FIGURES = MK_BOARD_BANDS * BAND_FIGURES };
    double *const people = people_sums(scores, SUMS, err);
    MkMeasured figures[FIGURES];
    if (people == NULL) {
        return MK_ENOMEM;
    }
    for (size_t i = 0; i < scores->n_rows; i++) {
        for (size_t k = scores->first[i]; k < scores->first[i + 1]; k++) {
            const MkType type = job->schema->attributes[scores->attributes[k]].type;
            band_add(&scores->cells[k], mk_type_is_number(type), people + i * SUMS);
        }
    }
    const MkResampled all = {people, scores->n_rows, SUMS, FIGURES, band_figures, job->seed};
    const MkStatus st = mk_resample(&all, figures, err);
    if (st == MK_OK) {
        band_set(people, scores->n_rows, figures, bands);
    }
    free(people);
    return st;
}

/* ---- by type ---- */

enum { N, MISS, BASE, OFF2, PLACE2, TYPE_SUMS };
enum { TYPE_FIGURES = 5 };

/* As of numbers; of levels `miss` and `base` are shares that are wrong. */
static void type_figures(const double *sums, double *out)
{
    for (size_t t = 0; t < MK_BOARD_TYPES; t++) {
        const double *const s = sums + t * TYPE_SUMS;
        double *const f = out + t * TYPE_FIGURES;
        const double miss = s[MISS] / s[N], square = s[OFF2] / s[N];
        const bool is_number = mk_type_is_number((MkType)t);
        f[0] = is_number ? miss : 1.0 - miss;
        f[1] = is_number ? s[BASE] / s[N] : 1.0 - s[BASE] / s[N];
        f[2] = is_number ? sqrt(square - miss * miss) : NAN;
        f[3] = is_number ? sqrt(square) : NAN;
        f[4] = is_number ? 1.0 - s[OFF2] / s[PLACE2] : NAN;
    }
}

MkStatus mk_board_types(const MkBoardJob *job, MkBoardType *types, MkError *err)
{
    const MkScores *const scores = job->scores;
    enum { SUMS = MK_BOARD_TYPES * TYPE_SUMS, FIGURES = MK_BOARD_TYPES * TYPE_FIGURES };
    double *const people = people_sums(scores, SUMS, err);
    MkMeasured figures[FIGURES];
    if (people == NULL) {
        return MK_ENOMEM;
    }
    memset(types, 0, MK_BOARD_TYPES * sizeof *types);
    for (size_t i = 0; i < scores->n_rows; i++) {
        for (size_t k = scores->first[i]; k < scores->first[i + 1]; k++) {
            const MkScore *const c = &scores->cells[k];
            const MkType type = job->schema->attributes[scores->attributes[k]].type;
            const double place = (double)c->place, off = place - (double)c->guess;
            double *const s = people + i * SUMS + (size_t)type * TYPE_SUMS;
            s[N] += 1.0;
            s[MISS] += (double)c->miss;
            s[BASE] += (double)c->base;
            s[OFF2] += off * off;
            s[PLACE2] += place * place;
            types[type].n++;
        }
    }
    const MkResampled all = {people, scores->n_rows, SUMS, FIGURES, type_figures, job->seed};
    const MkStatus st = mk_resample(&all, figures, err);
    for (size_t t = 0; st == MK_OK && t < MK_BOARD_TYPES; t++) {
        const MkMeasured *const f = figures + t * TYPE_FIGURES;
        types[t].error = f[0];
        types[t].base = f[1];
        types[t].sd = f[2];
        types[t].rmse = f[3];
        types[t].r2 = f[4];
    }
    free(people);
    return st;
}

/* ---- calibration ---- */

enum { PIT_STEPS = 50, PIT_FIRST = 3, PIT_SUMS = PIT_FIRST + PIT_STEPS + 1, PIT_FIGURES = 3 };

/* Adds to at[k] the share of [low, high] that lies below k / PIT_STEPS. */
static void add_pit(double low, double high, double *at)
{
    for (size_t k = 0; k <= PIT_STEPS; k++) {
        const double t = (double)k / PIT_STEPS;
        if (high - low > 1e-12) {
            at[k] += fmin(fmax((t - low) / (high - low), 0.0), 1.0);
        } else {
            at[k] += low <= t ? 1.0 : 0.0;
        }
    }
}

/* Sums: cells, coverage, error, the steps. The last figure is the area between the mean of the
 * steps and the diagonal, by trapezia. */
static void pit_figures(const double *sums, double *out)
{
    const double n = sums[0];
    out[0] = sums[1] / n;
    out[1] = sums[2] / n;
    out[2] = 0.0;
    for (size_t k = 0; k <= PIT_STEPS; k++) {
        const double off = fabs(sums[PIT_FIRST + k] / n - (double)k / PIT_STEPS);
        out[2] += (k == 0 || k == PIT_STEPS ? 0.5 : 1.0) * off / PIT_STEPS;
    }
}

MkStatus mk_board_calibration(const MkBoardJob *job, const bool *members, MkCalibration *out,
                              MkError *err)
{
    const MkScores *const scores = job->scores;
    double *const people = people_sums(scores, PIT_SUMS, err);
    MkMeasured figures[PIT_FIGURES];
    if (people == NULL) {
        return MK_ENOMEM;
    }
    *out = (MkCalibration){.n = 0};
    for (size_t i = 0; i < scores->n_rows; i++) {
        double *const own = people + i * PIT_SUMS;
        for (size_t k = scores->first[i]; k < scores->first[i + 1]; k++) {
            const uint32_t j = scores->attributes[k];
            const MkScore *const s = &scores->cells[k];
            if (mk_type_is_number(job->schema->attributes[j].type) &&
                (members == NULL || members[j])) {
                out->n++;
                own[0] += 1.0;
                own[1] += (double)s->cover;
                own[2] += (double)s->miss;
                add_pit((double)s->low, (double)s->high, own + PIT_FIRST);
            }
        }
    }
    const MkResampled all = {people, scores->n_rows, PIT_SUMS, PIT_FIGURES, pit_figures, job->seed};
    const MkStatus st = mk_resample(&all, figures, err);
    out->cover = figures[0];
    out->error = figures[1];
    out->pit = figures[2];
    free(people);
    return st;
}
