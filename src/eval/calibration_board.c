/* calibration_board.c - what the answers of calibration.h say together: coverage attribute by
 * attribute; the figures of bands and strata are those of calibration_sums.c. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/rng.h"
#include "src/eval/calibration_priv.h"

enum { BANDS = MK_BOARD_BANDS };

const double mk_calibrated_levels[MK_CALIBRATED_LEVELS] = {0.5, 0.8, 0.9, 0.95};
static const double target = 0.9, slack = 0.02;

static MkStatus no_memory(MkError *err)
{
    return mk_fail(err, MK_ENOMEM, "out of memory");
}

void mk_calibrated_add_pit(const MkScore *s, size_t n, double *out)
{
    const double low = (double)s->low * (double)n, high = (double)s->high * (double)n;
    const size_t first = low < (double)n ? (size_t)fmax(low, 0.0) : n - 1;
    if (!(high - low > 1e-9)) {
        out[first] += 1.0;
        return;
    }
    for (size_t k = first; k < n && (double)k < high; k++) {
        out[k] += (fmin(high, (double)k + 1.0) - fmax(low, (double)k)) / (high - low);
    }
}

/* ---- attributes ---- */

typedef struct Cover { /* of one attribute */
    size_t n;
    double sum[2], bar[2]; /* bar: how far it may lie from the target */
} Cover;

/* Coverage of each attribute and its standard error over people: a ratio of sums over people. */
static MkStatus cover_attributes(const MkCalibratedCells *cells, size_t n, Cover *out, MkError *err)
{
    double(*const squares)[2][3] = mk_heap_array(n, sizeof *squares); /* of s, s m, m */
    double(*const own)[3] = mk_heap_array(n, sizeof *own);            /* of one person */
    if (squares == NULL || own == NULL) {
        free(squares);
        free(own);
        return no_memory(err);
    }
    for (size_t i = 0, to = 0; i < cells->n; i = to) {
        const MkCalibrated *const first = &cells->cells[i];
        while (to < cells->n && cells->cells[to].person == first->person) {
            const MkCalibrated *const c = &cells->cells[to++];
            double *const o = own[c->attribute];
            o[0] += c->is_number ? (double)c->score[0].cover : 0.0;
            o[1] += c->is_number ? (double)c->score[1].cover : 0.0;
            o[2] += c->is_number ? 1.0 : 0.0;
        }
        for (size_t k = i; k < to; k++) {
            const size_t j = cells->cells[k].attribute;
            double *const o = own[j];
            for (size_t w = 0; w < 2; w++) {
                out[j].sum[w] += o[w];
                squares[j][w][0] += o[w] * o[w];
                squares[j][w][1] += o[w] * o[2];
                squares[j][w][2] += o[2] * o[2];
            }
            out[j].n += (size_t)o[2];
            memset(o, 0, sizeof own[j]);
        }
    }
    for (size_t j = 0; j < n; j++) {
        for (size_t w = 0; w < 2 && out[j].n > 0; w++) {
            const double m = (double)out[j].n, c = out[j].sum[w] / m;
            const double *const q = squares[j][w];
            const double error = sqrt(fmax(q[0] - 2.0 * c * q[1] + c * c * q[2], 0.0)) / m;
            out[j].bar[w] = slack + 2.0 * error;
        }
    }
    free(squares);
    free(own);
    return MK_OK;
}

static int by_raw(const void *a, const void *b)
{
    const double *const x = a, *const y = b;
    return (x[0] > y[0]) - (x[0] < y[0]);
}

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static MkStatus list_attributes(const Cover *covers, size_t n, MkArena *arena,
                                MkCalibratedBoard *out, MkError *err)
{
    out->cover = mk_arena_array(arena, n + 1, sizeof *out->cover);
    out->sorted = mk_arena_array(arena, n + 1, sizeof *out->sorted);
    if (out->cover == NULL || out->sorted == NULL) {
        return no_memory(err);
    }
    size_t good[2] = {0};
    for (size_t j = 0; j < n; j++) {
        if (covers[j].n < MK_CALIBRATED_LEAST) {
            continue;
        }
        for (size_t w = 0; w < 2; w++) {
            const double c = covers[j].sum[w] / (double)covers[j].n;
            out->cover[out->n_attributes][w] = c;
            good[w] += fabs(c - target) <= covers[j].bar[w] ? 1 : 0;
        }
        out->sorted[out->n_attributes] = out->cover[out->n_attributes][1];
        out->n_attributes++;
    }
    qsort(out->cover, out->n_attributes, sizeof *out->cover, by_raw);
    qsort(out->sorted, out->n_attributes, sizeof *out->sorted, by_value);
    for (size_t w = 0; w < 2; w++) {
        out->within[w].value =
            out->n_attributes > 0 ? (double)good[w] / (double)out->n_attributes : NAN;
    }
    return MK_OK;
}

/* ---- errors of the share within the bar ---- */

/* Shares of one draw of people; cover (n): raw, recalibrated, weight. */
static void draw_once(const MkCalibratedCells *cells, const Cover *covers, size_t n,
                      const double *weights, double (*cover)[3], double out[2])
{
    size_t good[2] = {0}, all = 0;
    memset(cover, 0, n * sizeof *cover);
    for (size_t i = 0; i < cells->n; i++) {
        const MkCalibrated *const c = &cells->cells[i];
        const double w = weights[c->person];
        if (c->is_number && w > 0.0) {
            cover[c->attribute][0] += w * (double)c->score[0].cover;
            cover[c->attribute][1] += w * (double)c->score[1].cover;
            cover[c->attribute][2] += w;
        }
    }
    for (size_t j = 0; j < n; j++) {
        if (covers[j].n >= MK_CALIBRATED_LEAST && cover[j][2] > 0.0) {
            for (size_t k = 0; k < 2; k++) {
                good[k] += fabs(cover[j][k] / cover[j][2] - target) <= covers[j].bar[k] ? 1 : 0;
            }
            all++;
        }
    }
    out[0] = (double)good[0] / (double)all;
    out[1] = (double)good[1] / (double)all;
}

static MkStatus find_errors(const MkCalibratedCells *cells, const Cover *covers, size_t n,
                            uint64_t seed, MkCalibratedBoard *out, MkError *err)
{
    double drawn[MK_RESAMPLES][2];
    double *const weights = mk_heap_array(cells->n_people + 1, sizeof *weights);
    double(*const cover)[3] = mk_heap_array(n + 1, sizeof *cover);
    const MkStatus st = weights != NULL && cover != NULL ? MK_OK : no_memory(err);
    for (size_t r = 0; st == MK_OK && r < MK_RESAMPLES; r++) {
        MkRng rng = mk_rng(seed, MK_RNG_BOOTSTRAP, r);
        memset(weights, 0, cells->n_people * sizeof *weights);
        for (size_t i = 0; i < cells->n_people; i++) {
            weights[mk_rng_below(&rng, cells->n_people)] += 1.0;
        }
        draw_once(cells, covers, n, weights, cover, drawn[r]);
    }
    for (size_t k = 0; st == MK_OK && k < 2; k++) {
        out->within[k].error = mk_resample_spread(&drawn[0][k], MK_RESAMPLES, 2);
    }
    free(weights);
    free(cover);
    return st;
}

MkStatus mk_calibrated_board(const MkCalibratedCells *cells, size_t n, uint64_t seed,
                             MkArena *arena, MkCalibratedBoard *out, MkError *err)
{
    Cover *const covers = mk_arena_zeros(arena, n, sizeof *covers);
    *out = (MkCalibratedBoard){.n_attributes = 0};
    if (covers == NULL) {
        return no_memory(err);
    }
    for (size_t b = 0; b <= BANDS; b++) {
        MK_TRY(mk_calibrated_band(cells, b, seed, out, err));
    }
    for (size_t i = 0; i < cells->n; i++) {
        for (size_t w = 0; w < 2 && cells->cells[i].is_number; w++) {
            mk_calibrated_add_pit(&cells->cells[i].score[w], MK_CALIBRATED_STEPS, out->pit[w]);
        }
    }
    for (size_t k = 0; k < MK_CALIBRATED_STEPS; k++) {
        out->pit[0][k] /= (double)out->bands[BANDS].n_numbers;
        out->pit[1][k] /= (double)out->bands[BANDS].n_numbers;
    }
    MK_TRY(cover_attributes(cells, n, covers, err));
    MK_TRY(list_attributes(covers, n, arena, out, err));
    MK_TRY(find_errors(cells, covers, n, seed, out, err));
    return mk_calibrated_rare(cells, n, seed, out, err);
}
