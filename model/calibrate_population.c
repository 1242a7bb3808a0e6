/* calibrate_population.c - answers with nothing known become the population's own; all of a
 * calibration. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <math.h>
#include <string.h>

#include "model/calibrate_fit.h"
#include "model/kind.h"

enum { BANDS = MK_CALIBRATION_BANDS, KNOTS = MK_CALIBRATION_KNOTS, STEPS = 20 };

static const double near_enough = 0.002; /* between distribution functions */

static MkStatus no_memory(MkError *err)
{
    return mk_fail(err, MK_ENOMEM, "out of memory");
}

/* The largest difference of two distribution functions over the same cells. */
static double apart(const double *p, const double *q, size_t n)
{
    double sum = 0.0, most = 0.0;
    for (size_t k = 0; k < n; k++) {
        sum += p[k] - q[k];
        most = fmax(most, fabs(sum));
    }
    return most;
}

/* G with G(F of the answer) = F of the population at the ends of cells, linear between them. */
static void match_cells(const double *answer, const double *population, size_t n, uint16_t *codes)
{
    double at = 0.0, to = 0.0; /* of the answer and of the population, below cell i */
    size_t i = 0;
    for (size_t k = 0; k < KNOTS; k++) {
        const double f = mk_calibration_knots[k];
        while (i + 1 < n && at + answer[i] < f) {
            at += answer[i];
            to += population[i++];
        }
        const double part = answer[i] > 0.0 ? fmin((f - at) / answer[i], 1.0) : 1.0;
        const long code = lround((to + part * population[i]) * MK_CALIBRATION_ONE);
        const long least = k > 0 ? (long)codes[k - 1] + 1 : 1;
        const long most = MK_CALIBRATION_ONE - (long)(KNOTS - k);
        codes[k] = (uint16_t)(code < least ? least : code > most ? most : code);
    }
}

/* Sharpness that brings an answer nearest to the population: sum q log p least, by halving. */
static double match_levels(const double *answer, const double *population, size_t n)
{
    double low = -1.5, high = 1.5;
    for (int step = 0; step < STEPS; step++) {
        const double at = 0.5 * (low + high), s = exp(at);
        double z = 0.0, mean = 0.0, own = 0.0;
        for (size_t k = 0; k < n; k++) {
            const double x = log(fmax(answer[k], 1e-6)), e = exp(s * x);
            z += e;
            mean += e * x;
            own += population[k] * x;
        }
        if (mean / z > own) {
            high = at;
        } else {
            low = at;
        }
    }
    return exp(0.5 * (low + high));
}

static MkStatus hold_to_population(const MkModel *model, const MkRecalibration *c, uint16_t *maps,
                                   float *sharpness, MkError *err)
{
    const size_t n = model->schema->n;
    MkStatus st = MK_OK;
    MkArena *const arena = mk_arena_new(0);
    size_t *const targets = arena != NULL ? mk_arena_array(arena, n, sizeof *targets) : NULL;
    MkDistribution *const out = arena != NULL ? mk_arena_array(arena, n, sizeof *out) : NULL;
    if (targets == NULL || out == NULL) {
        mk_arena_free(arena);
        return no_memory(err);
    }
    for (size_t j = 0; j < n; j++) {
        targets[j] = j;
    }
    MK_TRY_GOTO(mk_model_posterior(model, NULL, 0, targets, n, arena, out, err));
    for (size_t j = 0; j < n; j++) {
        const double *const population = model->population[j].p;
        MK_TRY_GOTO(mk_calibration_cells(&model->marginals[j], arena, &out[j], err));
        if (out[j].kind == MK_DIST_POINT || apart(out[j].p, population, out[j].n) <= near_enough) {
            continue;
        }
        if (out[j].kind == MK_DIST_CELLS) {
            match_cells(out[j].p, population, out[j].n,
                        maps + (size_t)c->map_of[j] * BANDS * KNOTS);
        } else {
            sharpness[(size_t)c->sharpness_of[j] * BANDS] =
                (float)match_levels(out[j].p, population, out[j].n);
        }
    }
done:
    mk_arena_free(arena);
    return st;
}

MkStatus mk_calibration_fit(const MkCalibrationFit *fit, MkArena *arena, MkRecalibration *out,
                            MkError *err)
{
    const MkModel *const raw = mk_model_raw(fit->model);
    MkAnswers answers;
    MK_TRY(mk_calibration_ask(fit, &answers, err));
    const MkStatus st =
        mk_calibration_learn(raw->schema, &answers, fit->weights, fit->pool, arena, out, err);
    mk_answers_free(&answers);
    MK_TRY(st);
    const size_t codes = out->n_maps * BANDS * KNOTS, sharp = out->n_levels * BANDS;
    uint16_t *const maps = mk_arena_array(arena, codes + 1, sizeof *maps);
    float *const sharpness = mk_arena_array(arena, sharp + 1, sizeof *sharpness);
    if (maps == NULL || sharpness == NULL) {
        return no_memory(err);
    }
    memcpy(maps, out->maps, codes * sizeof *maps);
    memcpy(sharpness, out->sharpness, sharp * sizeof *sharpness);
    out->maps = maps;
    out->sharpness = sharpness;
    return hold_to_population(raw, out, maps, sharpness, err);
}
