/* calibration_board.c - what the answers of calibration.h say together. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "src/eval/calibration.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/rng.h"

enum {
    BANDS = MK_BOARD_BANDS,
    BINS = MK_CALIBRATED_BINS,
    STRATA = MK_CALIBRATED_STRATA,
    FINE = 200, /* steps of the ECDF of the PIT */
    RESAMPLES = MK_BOARD_RESAMPLES
};

const double mk_calibrated_levels[MK_CALIBRATED_LEVELS] = {0.5, 0.8, 0.9, 0.95};
static const double target = 0.9, slack = 0.02;

static MkStatus no_memory(MkError *err)
{
    return mk_fail(err, MK_ENOMEM, "out of memory");
}

/* ---- numbers and levels of a band ---- */

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

static bool is_in(const MkCalibrated *c, size_t band)
{
    return band == BANDS || c->band == band;
}

/* Adds the share of [low, high] that lies in each of n equal steps. */
static void add_pit(const MkScore *s, size_t n, double *out)
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

static void sum_numbers(const MkCalibratedCells *cells, size_t band, MkCalibratedBand *out)
{
    double steps[2][FINE] = {{0}}, base = 0.0;
    for (size_t i = 0; i < cells->n; i++) {
        const MkCalibrated *const c = &cells->cells[i];
        if (!c->is_number || !is_in(c, band)) {
            continue;
        }
        out->n_numbers++;
        base += (double)c->base;
        for (size_t w = 0; w < 2; w++) {
            for (size_t l = 0; l < MK_CALIBRATED_LEVELS; l++) {
                out->cover[w][l] += covered(&c->score[w], mk_calibrated_levels[l]);
            }
            add_pit(&c->score[w], FINE, steps[w]);
            out->width[w] += (double)c->width[w];
            out->crps[w] += (double)c->score[w].loss;
            out->loss[w] -= (double)c->score[w].log_prob;
        }
    }
    const double n = (double)out->n_numbers;
    for (size_t w = 0; w < 2; w++) {
        for (size_t l = 0; l < MK_CALIBRATED_LEVELS; l++) {
            out->cover[w][l] /= n;
        }
        out->width[w] /= n;
        out->crps[w] /= n;
        out->loss[w] /= n;
        out->skill[w] = base / n - out->loss[w];
        out->pit[w] = pit_error(steps[w], n);
    }
}

static void sum_levels(const MkCalibratedCells *cells, size_t band, MkCalibratedBand *out)
{
    double base = 0.0;
    for (size_t i = 0; i < cells->n; i++) {
        const MkCalibrated *const c = &cells->cells[i];
        if (c->is_number || !is_in(c, band)) {
            continue;
        }
        out->n_levels++;
        base += (double)c->base;
        for (size_t w = 0; w < 2; w++) {
            out->brier[w] += (double)c->score[w].loss;
            out->level_loss[w] -= (double)c->score[w].log_prob;
        }
    }
    const double n = (double)out->n_levels;
    for (size_t w = 0; w < 2; w++) {
        out->brier[w] /= n;
        out->level_loss[w] /= n;
        out->level_skill[w] = base / n - out->level_loss[w];
    }
}

/* ---- confidence ---- */

static int by_size(const void *a, const void *b)
{
    const float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
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

static size_t bin_of(const float *ends, float x)
{
    size_t k = 0;
    while (k + 1 < BINS && x > ends[k]) {
        k++;
    }
    return k;
}

typedef struct Bins {
    double n[BINS], confidence[BINS], right[BINS];
} Bins;

static void add_bin(Bins *bins, const float *ends, const MkCalibrated *c, size_t which, double w)
{
    const size_t k = bin_of(ends, c->width[which]);
    bins->n[k] += w;
    bins->confidence[k] += w * (double)c->width[which];
    bins->right[k] += w * (1.0 - (double)c->score[which].miss);
}

static double ece_of(const Bins *bins)
{
    double sum = 0.0, n = 0.0;
    for (size_t k = 0; k < BINS; k++) {
        sum += fabs(bins->confidence[k] - bins->right[k]);
        n += bins->n[k];
    }
    return n > 0.0 ? sum / n : NAN;
}

static MkStatus find_ece(const MkCalibratedCells *cells, size_t band, MkCalibratedBoard *board,
                         MkError *err)
{
    for (size_t w = 0; w < 2; w++) {
        float ends[BINS];
        Bins bins = {.n = {0}};
        MK_TRY(find_ends(cells, band, w, ends, err));
        for (size_t i = 0; i < cells->n; i++) {
            if (!cells->cells[i].is_number && is_in(&cells->cells[i], band)) {
                add_bin(&bins, ends, &cells->cells[i], w, 1.0);
            }
        }
        board->bands[band].ece[w] = ece_of(&bins);
        for (size_t k = 0; k < BINS && band == BANDS; k++) {
            board->confidence[w][k] = bins.confidence[k] / bins.n[k];
            board->accuracy[w][k] = bins.right[k] / bins.n[k];
        }
    }
    return MK_OK;
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
        out->within[w] = out->n_attributes > 0 ? (double)good[w] / (double)out->n_attributes : NAN;
    }
    return MK_OK;
}

/* ---- errors ---- */

enum { FIGURES = 2 * (BANDS + 1) + 2 + 2 }; /* coverage by band and of all, ECE, within */

typedef struct Drawn {
    double *weights;                    /* (n_people) */
    double (*cover)[3];                 /* (n) raw, recalibrated, weight */
    double figures[RESAMPLES][FIGURES]; /* coverage [w][band], ECE [w], within [w] */
} Drawn;

static void draw_once(const MkCalibratedCells *cells, const Cover *covers, size_t n,
                      float ends[2][BINS], Drawn *d, double *out)
{
    double band[BANDS + 1][3] = {{0}};
    Bins bins[2] = {{.n = {0}}};
    memset(d->cover, 0, n * sizeof *d->cover);
    for (size_t i = 0; i < cells->n; i++) {
        const MkCalibrated *const c = &cells->cells[i];
        const double w = d->weights[c->person];
        if (!(w > 0.0)) {
            continue;
        }
        for (size_t k = 0; k < 2; k++) {
            if (c->is_number) {
                const double cover = w * (double)c->score[k].cover;
                band[c->band][k] += cover;
                band[BANDS][k] += cover;
                d->cover[c->attribute][k] += cover;
            } else {
                add_bin(&bins[k], ends[k], c, k, w);
            }
        }
        band[c->band][2] += c->is_number ? w : 0.0;
        band[BANDS][2] += c->is_number ? w : 0.0;
        d->cover[c->attribute][2] += c->is_number ? w : 0.0;
    }
    for (size_t k = 0; k < 2; k++) {
        size_t good = 0, all = 0;
        for (size_t b = 0; b <= BANDS; b++) {
            out[k * (BANDS + 1) + b] = band[b][k] / band[b][2];
        }
        for (size_t j = 0; j < n; j++) {
            if (covers[j].n >= MK_CALIBRATED_LEAST && d->cover[j][2] > 0.0) {
                good += fabs(d->cover[j][k] / d->cover[j][2] - target) <= covers[j].bar[k] ? 1 : 0;
                all++;
            }
        }
        out[2 * (BANDS + 1) + k] = ece_of(&bins[k]);
        out[2 * (BANDS + 1) + 2 + k] = (double)good / (double)all;
    }
}

static double spread_of(const Drawn *d, size_t figure)
{
    double mean = 0.0, squares = 0.0;
    for (size_t r = 0; r < RESAMPLES; r++) {
        mean += d->figures[r][figure] / RESAMPLES;
    }
    for (size_t r = 0; r < RESAMPLES; r++) {
        squares += (d->figures[r][figure] - mean) * (d->figures[r][figure] - mean);
    }
    return sqrt(squares / (RESAMPLES - 1));
}

/* Bootstrap over people. */
static MkStatus find_errors(const MkCalibratedCells *cells, const Cover *covers, size_t n,
                            uint64_t seed, MkCalibratedBoard *out, MkError *err)
{
    float ends[2][BINS];
    MkStatus st = MK_OK;
    Drawn *const d = mk_heap_array(1, sizeof *d);
    if (d == NULL) {
        return no_memory(err);
    }
    d->weights = mk_heap_array(cells->n_people + 1, sizeof *d->weights);
    d->cover = mk_heap_array(n, sizeof *d->cover);
    if (d->weights == NULL || d->cover == NULL) {
        st = no_memory(err);
        goto done;
    }
    MK_TRY_GOTO(find_ends(cells, BANDS, 0, ends[0], err));
    MK_TRY_GOTO(find_ends(cells, BANDS, 1, ends[1], err));
    for (size_t r = 0; r < RESAMPLES; r++) {
        MkRng rng = mk_rng(seed, MK_RNG_BOOTSTRAP, r);
        memset(d->weights, 0, cells->n_people * sizeof *d->weights);
        for (size_t i = 0; i < cells->n_people; i++) {
            d->weights[mk_rng_below(&rng, cells->n_people)] += 1.0;
        }
        draw_once(cells, covers, n, ends, d, d->figures[r]);
    }
    for (size_t k = 0; k < 2; k++) {
        for (size_t b = 0; b <= BANDS; b++) {
            out->bands[b].cover_error[k] = spread_of(d, k * (BANDS + 1) + b);
        }
        out->ece_error[k] = spread_of(d, 2 * (BANDS + 1) + k);
        out->within_error[k] = spread_of(d, 2 * (BANDS + 1) + 2 + k);
    }
done:
    free(d->weights);
    free(d->cover);
    free(d);
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

/* Width and error of a stratum's cells over those that the same attributes have where what is known
 * is common. */
static void sum_stratum(const MkCalibratedCells *cells, size_t s, const Common *common,
                        MkCalibratedStratum *out)
{
    double width[2][2] = {{0}}, error[2][2] = {{0}};
    uint32_t last = UINT32_MAX;
    for (size_t i = 0; i < cells->n; i++) {
        const MkCalibrated *const c = &cells->cells[i];
        if (!c->is_number || c->stratum != s) {
            continue;
        }
        const Common *const m = &common[(size_t)c->attribute * BANDS + c->band];
        out->n_people += last != c->person ? 1 : 0;
        last = c->person;
        out->n++;
        for (size_t w = 0; w < 2; w++) {
            out->cover[w] += (double)c->score[w].cover;
            if (m->n > 0.0) {
                width[w][0] += (double)c->width[w];
                width[w][1] += m->width[w] / m->n;
                error[w][0] += (double)c->score[w].miss;
                error[w][1] += m->error[w] / m->n;
            }
        }
    }
    for (size_t w = 0; w < 2; w++) {
        out->cover[w] /= (double)out->n;
        out->width[w] = width[w][0] / width[w][1];
        out->error[w] = error[w][0] / error[w][1];
    }
}

static MkStatus find_strata(const MkCalibratedCells *cells, size_t n, MkCalibratedStratum *out,
                            MkError *err)
{
    Common *const common = mk_heap_array(n * BANDS, sizeof *common);
    if (common == NULL) {
        return no_memory(err);
    }
    sum_common(cells, common);
    for (size_t s = 0; s < STRATA; s++) {
        sum_stratum(cells, s, common, &out[s]);
    }
    free(common);
    return MK_OK;
}

MkStatus mk_calibrated_board(const MkCalibratedCells *cells, size_t n, uint64_t seed,
                             MkArena *arena, MkCalibratedBoard *out, MkError *err)
{
    Cover *const covers = mk_arena_zeros(arena, n, sizeof *covers);
    *out = (MkCalibratedBoard){0};
    if (covers == NULL) {
        return no_memory(err);
    }
    for (size_t b = 0; b <= BANDS; b++) {
        sum_numbers(cells, b, &out->bands[b]);
        sum_levels(cells, b, &out->bands[b]);
        MK_TRY(find_ece(cells, b, out, err));
    }
    for (size_t i = 0; i < cells->n; i++) {
        for (size_t w = 0; w < 2 && cells->cells[i].is_number; w++) {
            add_pit(&cells->cells[i].score[w], MK_CALIBRATED_PIT, out->pit[w]);
        }
    }
    for (size_t k = 0; k < MK_CALIBRATED_PIT; k++) {
        out->pit[0][k] /= (double)out->bands[BANDS].n_numbers;
        out->pit[1][k] /= (double)out->bands[BANDS].n_numbers;
    }
    MK_TRY(cover_attributes(cells, n, covers, err));
    MK_TRY(list_attributes(covers, n, arena, out, err));
    MK_TRY(find_errors(cells, covers, n, seed, out, err));
    return find_strata(cells, n, out->strata, err);
}
