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
    [MK_STAT_RMSE] = {"rmse", "root of the mean square error/sd, real and positive, pooled"},
    [MK_STAT_R2] = {"r_squared", "R², numbers, mean over attributes"},
    [MK_STAT_RANK] = {"rank_error", "|rank error|/(levels - 1), ordinal, mean over attributes"},
    [MK_STAT_KAPPA] = {"kappa", "quadratic kappa, ordinal, mean over attributes"},
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
    double place, place2, guess, guess2, off2,
        rank; /* of places and guesses; squares, differences */
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
            const double place = (double)c->place, guess = (double)c->guess;
            s->place += w * place;
            s->place2 += w * place * place;
            s->guess += w * guess;
            s->guess2 += w * guess * guess;
            s->off2 += w * (place - guess) * (place - guess);
            s->rank += w * fabs(place - guess);
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

static double r_squared(const Sum *s)
{
    const double about_mean = s->place2 - s->place * s->place / s->n;
    return about_mean > 1e-9 * s->n ? 1.0 - s->off2 / about_mean : NAN;
}

/* 1 - mean square difference of ranks / what it would be if answer and value were independent
 * (Cohen 1968, weighted kappa with squared weights). */
static double kappa(const Sum *s)
{
    const double mean_place = s->place / s->n, mean_guess = s->guess / s->n;
    const double apart = s->place2 / s->n + s->guess2 / s->n - 2.0 * mean_place * mean_guess;
    return apart > 1e-9 ? 1.0 - s->off2 / s->n / apart : NAN;
}

/* A value that is not known is left out of a mean over attributes. */
static void add_known(Mean *m, double x)
{
    if (!isnan(x)) {
        add(m, x, 1.0);
    }
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
        add(&means[MK_STAT_RMSE], s->off2, s->n);
        add(&means[type == MK_REAL ? MK_STAT_ERROR_REAL : MK_STAT_ERROR_POSITIVE], s->miss, s->n);
    } else {
        add(&means[MK_STAT_ERROR_COUNT], s->miss, s->n);
    }
    add(&means[MK_STAT_COVER], s->cover, s->n);
    add(&means[MK_STAT_INSIDE], s->inside, s->n);
    if (is_enough) {
        add(&means[MK_STAT_CRPS], s->loss / s->n, 1.0);
        add(&means[MK_STAT_ERROR], s->miss / s->n, 1.0);
        add_known(&means[MK_STAT_R2], r_squared(s));
        add(&means[MK_STAT_NO_WORSE], s->miss <= s->base + SAME * s->n ? 1.0 : 0.0, 1.0);
        if (yard->common < 0.5) {
            add(&means[MK_STAT_BETTER], s->miss < s->base - SAME * s->n ? 1.0 : 0.0, 1.0);
        }
    }
}

static void add_level(const Sum *s, const MkYard *yard, MkType type, size_t n_levels,
                      bool is_enough, Mean *means)
{
    const MkStat pooled =
        type == MK_ORDINAL ? MK_STAT_ACCURACY_ORDINAL : MK_STAT_ACCURACY_CATEGORICAL;
    add(&means[pooled], s->n - s->miss, s->n);
    if (is_enough) {
        add(&means[MK_STAT_BRIER], s->loss / s->n, 1.0);
        add(&means[MK_STAT_ACCURACY], 1.0 - s->miss / s->n, 1.0);
        if (type == MK_ORDINAL && n_levels > 1) {
            add(&means[MK_STAT_RANK], s->rank / s->n / (double)(n_levels - 1), 1.0);
            add_known(&means[MK_STAT_KAPPA], kappa(s));
        }
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
            add_level(&sums[j], &job->yards[j], type, schema->attributes[j].n_levels, is_enough,
                      means);
        }
        if (is_enough) {
            add(&means[MK_STAT_LOG_PROB], sums[j].log_prob / sums[j].n, 1.0);
        }
    }
    for (size_t k = 0; k < MK_N_STATS; k++) {
        stats[k] = means[k].n > 0.0 ? means[k].sum / means[k].n : NAN;
        stats[k] = k == MK_STAT_RMSE ? sqrt(stats[k]) : stats[k];
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

/* stats (MK_RESAMPLES) gets the statistics of each draw, errors what they say. */
static MkStatus find_errors(Resample *r, double *errors, MkError *err)
{
    const MkScores *const scores = r->job->scores;
    MkPool *const pool = r->job->pool;
    const size_t n_workers = pool != NULL ? mk_pool_size(pool) : 1;
    MkStatus st = MK_OK;
    r->weights = mk_heap_array(n_workers * scores->n_rows, sizeof *r->weights);
    r->sums = mk_heap_array(n_workers * scores->n, sizeof *r->sums);
    if (r->weights == NULL || r->sums == NULL) {
        st = mk_fail(err, MK_ENOMEM, "out of memory");
    } else {
        mk_pool_run(pool, MK_RESAMPLES, resample_once, r);
        for (size_t k = 0; k < MK_N_STATS; k++) {
            errors[k] = mk_resample_spread(&r->stats[0][k], MK_RESAMPLES, MK_N_STATS);
        }
    }
    free(r->weights);
    free(r->sums);
    return st;
}

/* ---- attributes ---- */

/* Standard errors of an attribute's means: each of its cells is of another person. */
static void row_errors(const MkScores *scores, MkBoardRow *rows)
{
    for (size_t k = scores->first[0]; k < scores->first[scores->n_rows]; k++) {
        const MkScore *const c = &scores->cells[k];
        MkBoardRow *const row = &rows[scores->attributes[k]];
        const double loss = (double)c->loss - row->loss, miss = (double)c->miss - row->miss;
        const double cover = (double)c->cover - row->cover;
        row->loss_error += loss * loss;
        row->miss_error += miss * miss;
        row->cover_error += cover * cover;
    }
    for (size_t j = 0; j < scores->n; j++) {
        MkBoardRow *const row = &rows[j];
        const double n = (double)row->n;
        row->loss_error = n > 1.0 ? sqrt(row->loss_error / (n - 1.0) / n) : NAN;
        row->miss_error = n > 1.0 ? sqrt(row->miss_error / (n - 1.0) / n) : NAN;
        row->cover_error = n > 1.0 ? sqrt(row->cover_error / (n - 1.0) / n) : NAN;
    }
}

MkStatus mk_board_make(const MkBoardJob *job, MkArena *arena, MkBoard *out, MkError *err)
{
    const MkScores *const scores = job->scores;
    MkBoard board = {.rows = mk_arena_zeros(arena, scores->n, sizeof *board.rows),
                     .drawn = mk_arena_array(arena, MK_RESAMPLES, sizeof *board.drawn)};
    Sum *const sums = mk_arena_array(arena, scores->n, sizeof *sums);
    size_t *const n_cells = mk_arena_array(arena, scores->n, sizeof *n_cells);
    if (board.rows == NULL || board.drawn == NULL || sums == NULL || n_cells == NULL) {
        return mk_fail(err, MK_ENOMEM, "out of memory");
    }
    add_up(scores, NULL, sums);
    for (size_t j = 0; j < scores->n; j++) {
        const Sum *const s = &sums[j];
        n_cells[j] = (size_t)s->n;
        board.rows[j] = (MkBoardRow){.n = n_cells[j],
                                     .loss = s->loss / s->n,
                                     .miss = s->miss / s->n,
                                     .base = s->base / s->n,
                                     .cover = s->cover / s->n,
                                     .inside = s->inside / s->n,
                                     .log_prob = s->log_prob / s->n};
    }
    row_errors(scores, board.rows);
    all_stats(job, sums, n_cells, board.stats, board.counts);
    MK_TRY(mk_board_bands(job, board.bands, err));
    MK_TRY(mk_board_types(job, board.types, err));
    Resample r = {.job = job, .n_cells = n_cells, .stats = board.drawn};
    MK_TRY(find_errors(&r, board.errors, err));
    *out = board;
    return MK_OK;
}

MkMeasured mk_board_stat(const MkBoard *board, MkStat stat)
{
    return (MkMeasured){board->stats[stat], board->errors[stat]};
}

double mk_board_change(const MkBoard *board, const MkBoard *other, MkStat stat, double *error)
{
    double sum = 0.0, squares = 0.0;
    for (size_t b = 0; b < MK_RESAMPLES; b++) {
        const double change = board->drawn[b][stat] - other->drawn[b][stat];
        sum += change;
        squares += change * change;
    }
    const double mean = sum / MK_RESAMPLES;
    *error = sqrt(fmax(squares / MK_RESAMPLES - mean * mean, 0.0));
    return board->stats[stat] - other->stats[stat];
}
