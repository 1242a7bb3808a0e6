#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "src/eval/board.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/rng.h"

/* Means that differ by less are the same: values inside a model are floats. */
#define SAME 1e-6

static const struct {
    const char *name, *label;
} words[MK_N_STATS] = {
    [MK_STAT_CRPS] = {"crps", "CRPS/sd, numbers, mean over attributes"},
    [MK_STAT_ERROR] = {"error", "|error|/sd of the median, numbers, mean over attributes"},
    [MK_STAT_BRIER] = {"brier", "Brier score, levels, mean over attributes"},
    [MK_STAT_ACCURACY] = {"accuracy", "accuracy, levels, mean over attributes"},
    [MK_STAT_ERROR_POOLED] = {"error_pooled",
                              "|error|/sd of the median, real and positive, pooled"},
    [MK_STAT_ERROR_POOLED_BASE] = {"error_pooled_base", "the same of the training median"},
    [MK_STAT_ERROR_REAL] = {"error_real", "|error|/sd, real, pooled"},
    [MK_STAT_ERROR_POSITIVE] = {"error_positive", "|error|/sd, positive, pooled"},
    [MK_STAT_ERROR_COUNT] = {"error_count", "|error|/sd, count, pooled"},
    [MK_STAT_ERROR_NUMBERS] = {"error_numbers", "|error|/sd, all numbers, pooled"},
    [MK_STAT_ERROR_RARE] = {"error_rare",
                            "|error|/sd, real and positive, rare in the other model, pooled"},
    [MK_STAT_ACCURACY_CATEGORICAL] = {"accuracy_categorical", "accuracy, categorical, pooled"},
    [MK_STAT_ACCURACY_ORDINAL] = {"accuracy_ordinal", "accuracy, ordinal, pooled"},
    [MK_STAT_COVER] = {"coverage", "interval coverage, numbers, pooled, randomised at atoms"},
    [MK_STAT_INSIDE] = {"inside", "values inside the interval or on its ends, numbers, pooled"},
    [MK_STAT_LOG_PROB] = {"log_prob", "log probability at the recorded resolution, nats"},
    [MK_STAT_NO_WORSE] = {"no_worse", "numeric attributes no worse than the training median"},
    [MK_STAT_BETTER] = {"better", "numeric attributes better than it, commonest value below 50 %"},
    [MK_STAT_LEVELS] = {"levels_better",
                        "categorical and ordinal above the training mode, mode below 90 %"},
};

const char *mk_stat_name(MkStat stat)
{
    return words[stat].name;
}

const char *mk_stat_label(MkStat stat)
{
    return words[stat].label;
}

/* ---- sums ---- */

typedef struct Sum {
    double n, loss, miss, base, cover, inside, log_prob;
} Sum;

/* sums (n attributes); weights (n_rows) people, NULL: 1 each */
static void add_up(const MkScores *scores, const double *weights, Sum *sums)
{
    memset(sums, 0, scores->n * sizeof *sums);
    for (size_t i = 0; i < scores->n_rows; i++) {
        const double w = weights != NULL ? weights[i] : 1.0;
        for (size_t k = scores->first[i]; k < scores->first[i + 1] && w > 0.0; k++) {
            const MkScore *const c = &scores->cells[k];
            Sum *const s = &sums[scores->attributes[k]];
            s->n += w;
            s->loss += w * (double)c->loss;
            s->miss += w * (double)c->miss;
            s->base += w * (double)c->base;
            s->cover += w * (double)c->cover;
            s->inside += w * (double)c->inside;
            s->log_prob += w * (double)c->log_prob;
        }
    }
}

/* A mean that grows. */
typedef struct Mean {
    double sum, n;
    size_t count;
} Mean;

static void add(Mean *m, double sum, double n)
{
    m->sum += sum;
    m->n += n;
    m->count += n > 0.0 ? (size_t)(n + 0.5) : 0;
}

static void add_number(const Sum *s, const MkYard *yard, MkType type, bool is_enough, bool is_rare,
                       Mean *means)
{
    add(&means[MK_STAT_ERROR_NUMBERS], s->miss, s->n);
    if (type != MK_COUNT) {
        if (is_rare) {
            add(&means[MK_STAT_ERROR_RARE], s->miss, s->n);
        }
        add(&means[MK_STAT_ERROR_POOLED], s->miss, s->n);
        add(&means[MK_STAT_ERROR_POOLED_BASE], s->base, s->n);
        add(&means[type == MK_REAL ? MK_STAT_ERROR_REAL : MK_STAT_ERROR_POSITIVE], s->miss, s->n);
    } else {
        add(&means[MK_STAT_ERROR_COUNT], s->miss, s->n);
    }
    add(&means[MK_STAT_COVER], s->cover, s->n);
    add(&means[MK_STAT_INSIDE], s->inside, s->n);
    if (is_enough) {
        add(&means[MK_STAT_CRPS], s->loss / s->n, 1.0);
        add(&means[MK_STAT_ERROR], s->miss / s->n, 1.0);
        add(&means[MK_STAT_NO_WORSE], s->miss <= s->base + SAME * s->n ? 1.0 : 0.0, 1.0);
        if (yard->common < 0.5) {
            add(&means[MK_STAT_BETTER], s->miss < s->base - SAME * s->n ? 1.0 : 0.0, 1.0);
        }
    }
}

static void add_level(const Sum *s, const MkYard *yard, MkType type, bool is_enough, Mean *means)
{
    const MkStat pooled =
        type == MK_ORDINAL ? MK_STAT_ACCURACY_ORDINAL : MK_STAT_ACCURACY_CATEGORICAL;
    add(&means[pooled], s->n - s->miss, s->n);
    if (is_enough) {
        add(&means[MK_STAT_BRIER], s->loss / s->n, 1.0);
        add(&means[MK_STAT_ACCURACY], 1.0 - s->miss / s->n, 1.0);
        if (yard->common < 0.9) {
            add(&means[MK_STAT_LEVELS], s->miss < s->base - SAME * s->n ? 1.0 : 0.0, 1.0);
        }
    }
}

/* n_cells (n attributes): scored cells without weights, which decide who is left out. */
static void all_stats(const MkBoardJob *job, const Sum *sums, const size_t *n_cells, double *stats,
                      size_t *counts)
{
    const MkSchema *const schema = job->schema;
    Mean means[MK_N_STATS] = {{0}};
    for (size_t j = 0; j < schema->n; j++) {
        const bool is_enough = n_cells[j] >= MK_BOARD_CELLS && sums[j].n > 0.0;
        const MkType type = schema->attributes[j].type;
        if (!(sums[j].n > 0.0)) {
            continue;
        }
        if (mk_type_is_number(type)) {
            add_number(&sums[j], &job->yards[j], type, is_enough,
                       job->is_rare != NULL && job->is_rare[j], means);
        } else {
            add_level(&sums[j], &job->yards[j], type, is_enough, means);
        }
        if (is_enough) {
            add(&means[MK_STAT_LOG_PROB], sums[j].log_prob / sums[j].n, 1.0);
        }
    }
    for (size_t k = 0; k < MK_N_STATS; k++) {
        stats[k] = means[k].n > 0.0 ? means[k].sum / means[k].n : NAN;
        if (counts != NULL) {
            counts[k] = means[k].count;
        }
    }
}

/* ---- people drawn anew ---- */

typedef struct Resample {
    const MkBoardJob *job;
    const size_t *n_cells;
    double *weights; /* (workers, n_rows) */
    Sum *sums;       /* (workers, n) */
    double (*stats)[MK_N_STATS];
} Resample;

static void resample_once(void *ctx, size_t index, size_t worker)
{
    const Resample *const r = ctx;
    const MkScores *const scores = r->job->scores;
    double *const weights = r->weights + worker * scores->n_rows;
    Sum *const sums = r->sums + worker * scores->n;
    MkRng rng = mk_rng(r->job->seed, MK_RNG_BOOTSTRAP, index);
    memset(weights, 0, scores->n_rows * sizeof *weights);
    for (size_t i = 0; i < scores->n_rows; i++) {
        weights[mk_rng_below(&rng, scores->n_rows)] += 1.0;
    }
    add_up(scores, weights, sums);
    all_stats(r->job, sums, r->n_cells, r->stats[index], NULL);
}

static double spread(double (*stats)[MK_N_STATS], size_t stat)
{
    double sum = 0.0, squares = 0.0;
    for (size_t b = 0; b < MK_BOARD_RESAMPLES; b++) {
        sum += stats[b][stat] / MK_BOARD_RESAMPLES;
    }
    for (size_t b = 0; b < MK_BOARD_RESAMPLES; b++) {
        squares += (stats[b][stat] - sum) * (stats[b][stat] - sum);
    }
    return sqrt(squares / (MK_BOARD_RESAMPLES - 1));
}

static MkStatus find_errors(Resample *r, double *errors, MkError *err)
{
    const MkScores *const scores = r->job->scores;
    MkPool *const pool = r->job->pool;
    const size_t n_workers = pool != NULL ? mk_pool_size(pool) : 1;
    MkStatus st = MK_OK;
    r->weights = mk_heap_array(n_workers * scores->n_rows, sizeof *r->weights);
    r->sums = mk_heap_array(n_workers * scores->n, sizeof *r->sums);
    r->stats = mk_heap_array(MK_BOARD_RESAMPLES, sizeof *r->stats);
    if (r->weights == NULL || r->sums == NULL || r->stats == NULL) {
        st = mk_fail(err, MK_ENOMEM, "out of memory");
    } else {
        mk_pool_run(pool, MK_BOARD_RESAMPLES, resample_once, r);
        for (size_t k = 0; k < MK_N_STATS; k++) {
            errors[k] = spread(r->stats, k);
        }
    }
    free(r->weights);
    free(r->sums);
    free(r->stats);
    return st;
}

/* ---- by how much was known ---- */

static void make_bands(const MkScores *scores, const MkSchema *schema, MkBoardBand *bands)
{
    static const size_t ends[MK_BOARD_BANDS][2] = {
        {0, 0}, {1, 3}, {4, 10}, {11, 50}, {51, SIZE_MAX}};
    for (size_t b = 0; b < MK_BOARD_BANDS; b++) {
        bands[b] = (MkBoardBand){.low = ends[b][0], .high = ends[b][1]};
    }
    for (size_t i = scores->first[0]; i < scores->first[scores->n_rows]; i++) {
        const MkScore *const c = &scores->cells[i];
        MkBoardBand *band = bands;
        while (c->n_known > band->high) {
            band++;
        }
        if (mk_type_is_number(schema->attributes[scores->attributes[i]].type)) {
            band->n_numbers++;
            band->crps += (double)c->loss;
            band->error += (double)c->miss;
            band->cover += (double)c->cover;
        } else {
            band->n_levels++;
            band->brier += (double)c->loss;
            band->accuracy += 1.0 - (double)c->miss;
        }
    }
    for (size_t b = 0; b < MK_BOARD_BANDS; b++) {
        const double numbers = (double)bands[b].n_numbers, levels = (double)bands[b].n_levels;
        bands[b].crps /= numbers;
        bands[b].error /= numbers;
        bands[b].cover /= numbers;
        bands[b].brier /= levels;
        bands[b].accuracy /= levels;
    }
}

MkStatus mk_board_make(const MkBoardJob *job, MkArena *arena, MkBoard *out, MkError *err)
{
    const MkScores *const scores = job->scores;
    MkBoard board = {.rows = mk_arena_zeros(arena, scores->n, sizeof *board.rows)};
    Sum *const sums = mk_arena_array(arena, scores->n, sizeof *sums);
    size_t *const n_cells = mk_arena_array(arena, scores->n, sizeof *n_cells);
    if (board.rows == NULL || sums == NULL || n_cells == NULL) {
        return mk_fail(err, MK_ENOMEM, "out of memory");
    }
    add_up(scores, NULL, sums);
    for (size_t j = 0; j < scores->n; j++) {
        const Sum *const s = &sums[j];
        n_cells[j] = (size_t)s->n;
        board.rows[j] =
            (MkBoardRow){n_cells[j],      s->loss / s->n,   s->miss / s->n,    s->base / s->n,
                         s->cover / s->n, s->inside / s->n, s->log_prob / s->n};
    }
    all_stats(job, sums, n_cells, board.stats, board.counts);
    make_bands(scores, job->schema, board.bands);
    Resample r = {.job = job, .n_cells = n_cells};
    MK_TRY(find_errors(&r, board.errors, err));
    *out = board;
    return MK_OK;
}

/* ---- calibration ---- */

enum { PIT_STEPS = 50 };

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

/* Area between the mean of the steps and the diagonal, by trapezia. */
static double pit_area(const double *at, size_t n)
{
    double area = 0.0;
    for (size_t k = 0; k <= PIT_STEPS; k++) {
        const double off = fabs(at[k] / (double)n - (double)k / PIT_STEPS);
        area += (k == 0 || k == PIT_STEPS ? 0.5 : 1.0) * off / PIT_STEPS;
    }
    return area;
}

MkCalibration mk_board_calibration(const MkScores *scores, const MkSchema *schema,
                                   const bool *members)
{
    MkCalibration c = {.cover = 0.0};
    double at[PIT_STEPS + 1] = {0.0};
    for (size_t k = scores->first[0]; k < scores->first[scores->n_rows]; k++) {
        const uint32_t j = scores->attributes[k];
        const MkScore *const s = &scores->cells[k];
        if (mk_type_is_number(schema->attributes[j].type) && (members == NULL || members[j])) {
            c.n++;
            c.cover += (double)s->cover;
            c.error += (double)s->miss;
            add_pit((double)s->low, (double)s->high, at);
        }
    }
    c.cover = c.n > 0 ? c.cover / (double)c.n : NAN;
    c.error = c.n > 0 ? c.error / (double)c.n : NAN;
    c.pit = c.n > 0 ? pit_area(at, c.n) : NAN;
    return c;
}

/* ---- bars ---- */

/* A bar without a value or without ends is none. */
static size_t put_bar(MkBar bar, MkBar *out)
{
    if (isnan(bar.value) || (isinf(bar.low) && isinf(bar.high))) {
        return 0;
    }
    bar.holds = bar.value >= bar.low && bar.value <= bar.high;
    *out = bar;
    return 1;
}

static MkBar bar_of(const MkBoard *board, MkStat stat, double low, double high, const char *reason)
{
    return (MkBar){.name = mk_stat_name(stat),
                   .label = mk_stat_label(stat),
                   .low = low,
                   .high = high,
                   .value = board->stats[stat],
                   .error = board->errors[stat],
                   .reason = reason,
                   .source = ""};
}

/* The source whose coverage is farthest from what it promises. */
static MkBar bar_of_sources(const MkBarred *barred)
{
    MkBar bar = {.name = "coverage_by_source",
                 .label = "interval coverage, numbers, the source farthest from 90 %",
                 .low = 0.88,
                 .high = 0.92,
                 .value = NAN,
                 .error = NAN,
                 .reason = "each source between",
                 .source = ""};
    for (size_t s = 0; s < barred->n_sources; s++) {
        const MkBoardSource *const source = &barred->sources[s];
        const double cover = source->board.stats[MK_STAT_COVER];
        if (source->n_people >= MK_BARS_PEOPLE && !isnan(cover) &&
            !(fabs(cover - 0.9) <= fabs(bar.value - 0.9))) {
            bar.value = cover;
            bar.error = source->board.errors[MK_STAT_COVER];
            bar.source = source->name;
        }
    }
    return bar;
}

static MkBar bar_of_nothing_known(const MkBarred *barred)
{
    return (MkBar){.name = "unconditional",
                   .label = "nothing known: attributes within 0.05 of their population; farthest",
                   .low = 0.99,
                   .high = INFINITY,
                   .value = barred->unconditional != NULL ? barred->unconditional->within : NAN,
                   .error = NAN,
                   .reason = "at least",
                   .source = barred->farthest};
}

size_t mk_board_bars(const MkBarred *barred, MkBar out[MK_BARS_MAX])
{
    const MkBoard *const board = barred->board, *const other = barred->other;
    static const char against[] = "no worse than the other model";
    size_t n = 0;
    n += put_bar(bar_of(board, MK_STAT_ERROR_POOLED, -INFINITY, barred->max_error, "at most"),
                 out + n);
    if (other != NULL) {
        n += put_bar(bar_of(board, MK_STAT_ERROR_POOLED, -INFINITY,
                            other->stats[MK_STAT_ERROR_POOLED], against),
                     out + n);
        n += put_bar(
            bar_of(board, MK_STAT_ERROR_RARE, -INFINITY, other->stats[MK_STAT_ERROR_RARE], against),
            out + n);
    }
    n += put_bar(bar_of(board, MK_STAT_NO_WORSE, 0.95, INFINITY, "at least"), out + n);
    n += put_bar(bar_of(board, MK_STAT_BETTER, 0.90, INFINITY, "at least"), out + n);
    n += put_bar(bar_of(board, MK_STAT_LEVELS, 0.90, INFINITY, "at least"), out + n);
    n += put_bar(bar_of(board, MK_STAT_COVER, 0.87, 0.93, "between"), out + n);
    n += put_bar(bar_of_sources(barred), out + n);
    n += put_bar(bar_of_nothing_known(barred), out + n);
    return n;
}
