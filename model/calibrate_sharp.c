/* calibrate_sharp.c - temperatures of levels (calibrate_fit.h). */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <math.h>
#include <string.h>

#include "model/calibrate_learn.h"

enum {
    BANDS = MK_CALIBRATION_BANDS,
    STRATA = MK_CALIBRATION_STRATA,
    TYPES = MK_CALIBRATION_TYPES,
    NEWTON = MK_CALIBRATION_NEWTON
};

static MkStatus no_memory(MkError *err)
{
    return mk_fail(err, MK_ENOMEM, "out of memory");
}

static bool has_levels(const MkAttribute *a)
{
    return !mk_type_is_number(a->type);
}

size_t mk_calibration_part(const MkCalibrationLearn *l, const MkAnswer *a,
                           MkCalibrationAspect aspect)
{
    const float *const from = l->parts[aspect].from[a->key % BANDS];
    size_t s = 0;
    while (s < STRATA - 1 && a->evidence.aspect[aspect] > from[s]) {
        s++;
    }
    return s;
}

/* Adds what one answer of weight w says. */
static void add_slope(const MkCalibrationLearn *l, const MkAnswer *a, double log_sharp, double w,
                      double *slope, double *curve)
{
    const size_t n = l->schema->attributes[a->key / BANDS].n_levels;
    const float *const p = l->answers->p + a->first;
    const double s = exp(log_sharp);
    double z = 0.0, mean = 0.0, square = 0.0, own = 0.0;
    for (size_t k = 0; k < n; k++) {
        const double x = log(fmax((double)p[k], MK_CALIBRATION_LEAST_P)), e = exp(s * x);
        z += e;
        mean += e * x;
        square += e * x * x;
        own = k == a->level ? x : own;
    }
    mean /= z;
    *slope += w * s * (mean - own);
    *curve += w * s * s * fmax(square / z - mean * mean, 0.0);
}

double mk_calibration_slope(const MkCalibrationLearn *l, const MkCalibrationKey *key,
                            double log_sharp, int half, double *slope, double *curve)
{
    double sum = 0.0;
    for (size_t i = key->begin; i < key->end; i++) {
        const MkAnswer *const a = &l->answers->cells[i];
        if (half < 0 || (int)(a->person & 1U) != half) {
            add_slope(l, a, log_sharp, (double)l->weights[i], slope, curve);
            sum += (double)l->weights[i];
        }
    }
    return sum;
}

void mk_calibration_part_slope(const MkCalibrationLearn *l, const MkCalibrationKey *key,
                               double log_sharp, size_t stratum, double *slope, double *curve)
{
    for (size_t i = key->begin; i < key->end; i++) {
        const MkAnswer *const a = &l->answers->cells[i];
        double at = log_sharp;
        if (mk_calibration_part(l, a, l->aspect) != stratum) {
            continue;
        }
        for (size_t e = 0; e < (size_t)l->aspect; e++) {
            at += l->parts[e]
                      .log_sharp[a->key % BANDS][mk_calibration_part(l, a, (MkCalibrationAspect)e)];
        }
        add_slope(l, a, at, 1.0, slope, curve);
    }
}

/* Adds what n keys say of a common shift of their log sharpness, beginning at `from` (n): the shift
 * with the prior variance `spread`, and what it is known to, 1 / variance. */
static double shift_of(const MkCalibrationLearn *l, const MkCalibrationKey *const *keys,
                       const double *from, size_t n, double spread, int half, double *known)
{
    const double prior = spread > 0.0 ? 1.0 / (spread * spread) : 1e9;
    double shift = 0.0;
    for (int i = 0; i < NEWTON; i++) {
        double slope = 0.0, curve = 0.0;
        for (size_t k = 0; k < n; k++) {
            double own_slope = 0.0, own_curve = 0.0;
            if (keys[k]->people > 0.0) {
                (void)mk_calibration_slope(l, keys[k], from[k] + shift, half, &own_slope,
                                           &own_curve);
                slope += own_slope * keys[k]->people / keys[k]->sum;
                curve += own_curve * keys[k]->people / keys[k]->sum;
            }
        }
        *known = curve;
        const double step = (slope + prior * shift) / (curve + prior + 1e-9);
        shift = fmin(fmax(shift - fmin(fmax(step, -0.5), 0.5), -MK_CALIBRATION_MOST_LOG),
                     MK_CALIBRATION_MOST_LOG);
    }
    return shift;
}

static MkCalibrationShift attribute_shift(const MkCalibrationLearn *l, size_t j, double spread)
{
    const size_t type = (size_t)l->schema->attributes[j].type;
    const MkCalibrationKey *keys[BANDS];
    double from[BANDS];
    MkCalibrationShift s = {0};
    for (size_t b = 1; b < BANDS; b++) {
        keys[b] = &l->keys[j * BANDS + b];
        from[b] = l->type_sharp[type][b];
    }
    s.value = shift_of(l, keys + 1, from + 1, BANDS - 1, spread, -1, &s.known);
    return s;
}

MkCalibrationShift mk_calibration_shift(const MkCalibrationLearn *l, size_t j, size_t b,
                                        double spread, int half)
{
    const MkCalibrationKey *const key = &l->keys[j * BANDS + b];
    const double from = l->type_sharp[(size_t)l->schema->attributes[j].type][b] + l->log_sharp[j];
    MkCalibrationShift s = {0};
    s.value = shift_of(l, &key, &from, 1, spread, half, &s.known);
    return s;
}

typedef struct Shifting {
    const MkCalibrationLearn *l;
    MkCalibrationShift *shifts; /* (n) or (n, BANDS) */
    bool of_bands;
} Shifting;

static void shift_task(void *ctx, size_t j, size_t worker)
{
    const Shifting *const s = ctx;
    (void)worker;
    if (!has_levels(&s->l->schema->attributes[j])) {
        return;
    }
    if (!s->of_bands) {
        s->shifts[j] = attribute_shift(s->l, j, 1.0);
    }
    for (size_t b = 1; s->of_bands && b < BANDS; b++) {
        s->shifts[j * BANDS + b] = mk_calibration_shift(s->l, j, b, 1.0, -1);
    }
}

/* Standard deviation of shifts beyond what chance makes of them, by moments. */
static double spread_of(const MkCalibrationShift *shifts, size_t n)
{
    double over = 0.0, known = 0.0;
    for (size_t i = 0; i < n; i++) {
        if (shifts[i].known > 1.0) {
            over += shifts[i].known * shifts[i].value * shifts[i].value - 1.0;
            known += shifts[i].known;
        }
    }
    return known > 0.0 && over > 0.0 ? fmin(sqrt(over / known), 0.5) : 0.0;
}

static void type_sharp_task(void *ctx, size_t index, size_t worker)
{
    MkCalibrationLearn *const l = ctx;
    const size_t type = index / BANDS, band = index % BANDS;
    double at = 0.0;
    (void)worker;
    for (int i = 0; i < NEWTON; i++) {
        double slope = 0.0, curve = MK_CALIBRATION_PRIOR;
        for (size_t j = 0; j < l->schema->n; j++) {
            const MkAttribute *const a = &l->schema->attributes[j];
            const MkCalibrationKey *const key = &l->keys[j * BANDS + band];
            if ((size_t)a->type == type && has_levels(a) && key->people > 0.0) {
                double own_slope = 0.0, own_curve = 0.0;
                (void)mk_calibration_slope(l, key, at, -1, &own_slope, &own_curve);
                slope += own_slope * key->people / key->sum;
                curve += own_curve * key->people / key->sum;
            }
        }
        at -= fmin(fmax((slope + MK_CALIBRATION_PRIOR * at) / curve, -0.5), 0.5);
        at = fmin(fmax(at, -MK_CALIBRATION_MOST_LOG), MK_CALIBRATION_MOST_LOG);
    }
    l->type_sharp[type][band] = at;
}

double mk_calibration_loss(const MkCalibrationLearn *l, const MkCalibrationKey *key,
                           double log_sharp, int half)
{
    const double s = exp(log_sharp);
    double sum = 0.0;
    for (size_t i = key->begin; i < key->end; i++) {
        const MkAnswer *const a = &l->answers->cells[i];
        const size_t n = l->schema->attributes[a->key / BANDS].n_levels;
        const float *const p = l->answers->p + a->first;
        double z = 0.0;
        if (half >= 0 && (int)(a->person & 1U) != half) {
            continue;
        }
        for (size_t k = 0; k < n; k++) {
            z += exp(s * log(fmax((double)p[k], MK_CALIBRATION_LEAST_P)));
        }
        sum += (double)l->weights[i] *
               (log(z) - s * log(fmax((double)p[a->level], MK_CALIBRATION_LEAST_P)));
    }
    return sum;
}

MkStatus mk_calibration_sharpness(MkCalibrationLearn *l, MkPool *pool, MkArena *arena, MkError *err)
{
    const size_t n = l->schema->n;
    Shifting s = {.l = l, .shifts = mk_arena_zeros(arena, n * BANDS, sizeof *s.shifts)};
    if (s.shifts == NULL) {
        return no_memory(err);
    }
    mk_pool_run(pool, (size_t)TYPES * BANDS, type_sharp_task, l);
    mk_pool_run(pool, n, shift_task, &s);
    l->sharp_spread[0] = spread_of(s.shifts, n);
    for (size_t j = 0; j < n; j++) {
        /* normal prior, normal likelihood */
        const double v = l->sharp_spread[0] * l->sharp_spread[0];
        l->log_sharp[j] = s.shifts[j].value * v * s.shifts[j].known / (v * s.shifts[j].known + 1.0);
    }
    memset(s.shifts, 0, n * BANDS * sizeof *s.shifts);
    s.of_bands = true;
    mk_pool_run(pool, n, shift_task, &s);
    l->sharp_spread[1] = spread_of(s.shifts, n * BANDS);
    return MK_OK;
}
