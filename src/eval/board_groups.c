/* board_groups.c - scores by how much was known, by type of attribute, and how calibrated they are:
 * figures made of sums over people (resample.h). */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <math.h>
#include <stdlib.h>

#include "src/eval/board.h"

/* What is made of the scored cells: what a cell adds to the sums of its person, and the figures. */
typedef struct Group {
    size_t n_sums, n_figures;
    void (*add)(const MkScore *c, MkType type, double *own);
    void (*make)(const double *sums, double *figures);
} Group;

/* Of the attributes that `members` marks; NULL: all. */
static MkStatus measure(const MkBoardJob *job, const Group *group, const bool *members,
                        MkMeasured *figures, MkError *err)
{
    const MkScores *const scores = job->scores;
    double *const people = mk_heap_array(scores->n_rows + 1, group->n_sums * sizeof *people);
    if (people == NULL) {
        return mk_fail(err, MK_ENOMEM, "out of memory");
    }
    for (size_t i = 0; i < scores->n_rows; i++) {
        for (size_t k = scores->first[i]; k < scores->first[i + 1]; k++) {
            const uint32_t j = scores->attributes[k];
            if (members == NULL || members[j]) {
                group->add(&scores->cells[k], job->schema->attributes[j].type,
                           people + i * group->n_sums);
            }
        }
    }
    const MkResampled all = {people,           scores->n_rows, group->n_sums,
                             group->n_figures, group->make,    job->seed};
    const MkStatus st = mk_resample(&all, figures, err);
    free(people);
    return st;
}

/* ---- by how much was known ---- */

enum { N_NUMBERS, CRPS, ERROR, COVER, N_LEVELS, BRIER, RIGHT, BAND_SUMS };
enum { BAND_FIGURES = 7 };

static const size_t band_ends[MK_BOARD_BANDS][2] = {
    {0, 0}, {1, 3}, {4, 10}, {11, 50}, {51, SIZE_MAX}};

static void band_add(const MkScore *c, MkType type, double *bands)
{
    size_t b = 0;
    while (c->n_known > band_ends[b][1]) {
        b++;
    }
    double *const s = bands + b * BAND_SUMS;
    if (mk_type_is_number(type)) {
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
        f[5] = s[N_NUMBERS];
        f[6] = s[N_LEVELS];
    }
}

MkStatus mk_board_bands(const MkBoardJob *job, MkBoardBand *bands, MkError *err)
{
    static const Group group = {MK_BOARD_BANDS * BAND_SUMS, MK_BOARD_BANDS * BAND_FIGURES, band_add,
                                band_figures};
    MkMeasured figures[MK_BOARD_BANDS * BAND_FIGURES];
    MK_TRY(measure(job, &group, NULL, figures, err));
    for (size_t b = 0; b < MK_BOARD_BANDS; b++) {
        const MkMeasured *const f = figures + b * BAND_FIGURES;
        bands[b] = (MkBoardBand){.low = band_ends[b][0],
                                 .high = band_ends[b][1],
                                 .n_numbers = (size_t)f[5].value,
                                 .n_levels = (size_t)f[6].value,
                                 .crps = f[0],
                                 .error = f[1],
                                 .cover = f[2],
                                 .brier = f[3],
                                 .accuracy = f[4]};
    }
    return MK_OK;
}

/* ---- by type ---- */

enum { N, MISS, BASE, OFF2, PLACE2, TYPE_SUMS };
enum { TYPE_FIGURES = 6 };

static void type_add(const MkScore *c, MkType type, double *types)
{
    const double place = (double)c->place, off = place - (double)c->guess;
    double *const s = types + (size_t)type * TYPE_SUMS;
    s[N] += 1.0;
    s[MISS] += (double)c->miss;
    s[BASE] += (double)c->base;
    s[OFF2] += off * off;
    s[PLACE2] += place * place;
}

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
        f[5] = s[N];
    }
}

MkStatus mk_board_types(const MkBoardJob *job, MkBoardType *types, MkError *err)
{
    static const Group group = {MK_BOARD_TYPES * TYPE_SUMS, MK_BOARD_TYPES * TYPE_FIGURES, type_add,
                                type_figures};
    MkMeasured figures[MK_BOARD_TYPES * TYPE_FIGURES];
    MK_TRY(measure(job, &group, NULL, figures, err));
    for (size_t t = 0; t < MK_BOARD_TYPES; t++) {
        const MkMeasured *const f = figures + t * TYPE_FIGURES;
        types[t] = (MkBoardType){.n = (size_t)f[5].value,
                                 .error = f[0],
                                 .base = f[1],
                                 .sd = f[2],
                                 .rmse = f[3],
                                 .r2 = f[4]};
    }
    return MK_OK;
}

/* ---- calibration ---- */

enum { PIT_STEPS = 50, PIT_FIRST = 3, PIT_SUMS = PIT_FIRST + PIT_STEPS + 1, PIT_FIGURES = 4 };

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

/* Sums: cells, coverage, error, the steps; of numbers. */
static void pit_add(const MkScore *c, MkType type, double *own)
{
    if (mk_type_is_number(type)) {
        own[0] += 1.0;
        own[1] += (double)c->cover;
        own[2] += (double)c->miss;
        add_pit((double)c->low, (double)c->high, own + PIT_FIRST);
    }
}

/* The third figure is the area between the mean of the steps and the diagonal, by trapezia. */
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
    out[3] = n;
}

MkStatus mk_board_calibration(const MkBoardJob *job, const bool *members, MkCalibration *out,
                              MkError *err)
{
    static const Group group = {PIT_SUMS, PIT_FIGURES, pit_add, pit_figures};
    MkMeasured f[PIT_FIGURES];
    MK_TRY(measure(job, &group, members, f, err));
    *out = (MkCalibration){.n = (size_t)f[3].value, .cover = f[0], .pit = f[2], .error = f[1]};
    return MK_OK;
}
