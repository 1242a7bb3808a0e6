/* contrast_scores.c - paired scores of two models, attribute by attribute and pair by pair. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "src/eval/contrast.h"

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include <gsl/gsl_statistics_double.h>

enum { SHORTLIST = 600, PAIR_PEOPLE = 200 };

static MkStatus no_memory(MkError *err)
{
    return mk_fail(err, MK_ENOMEM, "out of memory");
}

static MkContrastVerdict verdict_of(const MkGain *gain, size_t least)
{
    if (gain->n < least) {
        return MK_CONTRAST_FEW;
    }
    const double bound = MK_CONTRAST_ERRORS * gain->error;
    return gain->gain > bound    ? MK_CONTRAST_BETTER
           : gain->gain < -bound ? MK_CONTRAST_WORSE
                                 : MK_CONTRAST_SAME;
}

/* ---- attributes ---- */

/* One answer of both. */
typedef struct Cell {
    size_t row, attribute;
    double before, after;
} Cell;

typedef struct Resample {
    size_t n_rows, n_attributes, n_cells;
    const Cell *cells;
    const MkGain *gains;
    uint64_t seed;
    double *weights; /* (workers, n_rows) */
    double *sums;    /* (workers, 2, n_attributes) */
    double *gain;    /* (MK_CONTRAST_RESAMPLES, n_attributes + 1): the last is the mean of all */
} Resample;

static void resample_once(void *ctx, size_t index, size_t worker)
{
    const Resample *const r = ctx;
    double *const weights = r->weights + worker * r->n_rows;
    double *const sums = r->sums + worker * 2 * r->n_attributes;
    double *const weighed = sums + r->n_attributes;
    double *const gain = r->gain + index * (r->n_attributes + 1);
    MkRng rng = mk_rng(r->seed, MK_RNG_BOOTSTRAP, index);
    memset(weights, 0, r->n_rows * sizeof *weights);
    memset(sums, 0, 2 * r->n_attributes * sizeof *sums);
    for (size_t i = 0; i < r->n_rows; i++) {
        weights[mk_rng_below(&rng, r->n_rows)] += 1.0;
    }
    for (size_t i = 0; i < r->n_cells; i++) {
        const Cell *const cell = &r->cells[i];
        sums[cell->attribute] += weights[cell->row] * (cell->before - cell->after);
        weighed[cell->attribute] += weights[cell->row];
    }
    double all = 0.0;
    size_t n = 0;
    for (size_t j = 0; j < r->n_attributes; j++) {
        gain[j] = weighed[j] > 0.0 ? sums[j] / weighed[j] : NAN;
        if (r->gains[j].n >= MK_CONTRAST_CELLS && isfinite(gain[j])) {
            all += gain[j];
            n++;
        }
    }
    gain[r->n_attributes] = n > 0 ? all / (double)n : NAN;
}

/* Standard deviation over the resamples that have the attribute. */
static double spread(const Resample *r, size_t j)
{
    double sum = 0.0, squares = 0.0;
    size_t n = 0;
    for (size_t k = 0; k < MK_CONTRAST_RESAMPLES; k++) {
        const double x = r->gain[k * (r->n_attributes + 1) + j];
        if (isfinite(x)) {
            n++;
            const double step = x - sum;
            sum += step / (double)n;
            squares += step * (x - sum);
        }
    }
    return n > 1 ? sqrt(squares / (double)(n - 1)) : NAN;
}

static MkStatus find_errors(Resample *r, MkPool *pool, MkGain *gains, MkGain *all, MkError *err)
{
    const size_t n_workers = pool != NULL ? mk_pool_size(pool) : 1;
    const size_t n_all = MK_CONTRAST_RESAMPLES * (r->n_attributes + 1);
    MkStatus st = MK_OK;
    r->weights = calloc(n_workers * r->n_rows + 1, sizeof *r->weights);
    r->sums = calloc(2 * n_workers * r->n_attributes + 1, sizeof *r->sums);
    r->gain = calloc(n_all, sizeof *r->gain);
    if (r->weights == NULL || r->sums == NULL || r->gain == NULL) {
        st = no_memory(err);
    } else {
        mk_pool_run(pool, MK_CONTRAST_RESAMPLES, resample_once, r);
        for (size_t j = 0; j < r->n_attributes; j++) {
            gains[j].error = gains[j].n > 0 ? spread(r, j) : NAN;
        }
        all->error = spread(r, r->n_attributes);
    }
    free(r->weights);
    free(r->sums);
    free(r->gain);
    return st;
}

/* Cells that both answered; gains get their sums. Gives how many. */
static size_t pair_cells(const MkScores *before, const MkScores *after, Cell *cells, MkGain *gains)
{
    size_t n = 0;
    for (size_t row = 0; row < after->n_rows; row++) {
        for (size_t i = after->first[row]; i < after->first[row + 1]; i++) {
            const size_t j = after->attributes[i];
            const MkScore *const a = mk_scores_at(before, row, j), *const b = &after->cells[i];
            if (a == NULL || !isfinite(a->loss) || !isfinite(b->loss)) {
                continue;
            }
            cells[n++] = (Cell){row, j, (double)a->loss, (double)b->loss};
            gains[j].n++;
            gains[j].before += (double)a->loss;
            gains[j].after += (double)b->loss;
        }
    }
    return n;
}

static void make_means(MkContrast *c)
{
    MkGain all = {0};
    for (size_t j = 0; j < c->n; j++) {
        MkGain *const g = &c->gains[j];
        if (g->n == 0) {
            continue;
        }
        g->before /= (double)g->n;
        g->after /= (double)g->n;
        g->gain = g->before - g->after;
        if (g->n >= MK_CONTRAST_CELLS) {
            all.n++;
            all.before += g->before;
            all.after += g->after;
        }
    }
    const double n = (double)all.n;
    c->all = (MkGain){.n = all.n,
                      .before = all.n > 0 ? all.before / n : NAN,
                      .after = all.n > 0 ? all.after / n : NAN,
                      .error = NAN};
    c->all.gain = c->all.before - c->all.after;
}

MkStatus mk_contrast_gains(MkContrast *c, const MkScores *before, const MkScores *after,
                           MkPool *pool, MkArena *arena, MkError *err)
{
    const size_t most = after->first[after->n_rows];
    c->gains = mk_arena_zeros(arena, c->n + 1, sizeof *c->gains);
    Cell *const cells = malloc((most + 1) * sizeof *cells);
    if (c->gains == NULL || cells == NULL) {
        free(cells);
        return no_memory(err);
    }
    Resample resample = {.n_rows = after->n_rows,
                         .n_attributes = c->n,
                         .n_cells = pair_cells(before, after, cells, c->gains),
                         .cells = cells,
                         .gains = c->gains,
                         .seed = c->seed};
    make_means(c);
    const MkStatus st = find_errors(&resample, pool, c->gains, &c->all, err);
    free(cells);
    for (size_t j = 0; j < c->n; j++) {
        c->gains[j].verdict = verdict_of(&c->gains[j], MK_CONTRAST_CELLS);
        c->counts[c->gains[j].verdict] += c->gains[j].n > 0 ? 1U : 0U;
    }
    c->all.verdict = verdict_of(&c->all, 1);
    return st;
}

/* ---- which pairs ---- */

static int by_association(const void *a, const void *b)
{
    const MkPairGain *const x = a, *const y = b;
    if (fabs(x->association - y->association) > 0.0) {
        return x->association > y->association ? -1 : 1;
    }
    return x->a != y->a ? (x->a > y->a) - (x->a < y->a) : (x->b > y->b) - (x->b < y->b);
}

/* The pairs that either base takes for strongest, in a list of 2 SHORTLIST. Gives how many. */
static size_t shortlist(const MkContrast *c, const MkYard *yards, MkPairGain *list)
{
    const MkAttribute *const attributes = mk_model_schema(c->models[1])->attributes;
    size_t n = 0;
    for (size_t a = 0; a < c->n; a++) {
        if (!c->is_common[a] || yards[a].n == 0 || strcmp(attributes[a].name, "source") == 0) {
            continue;
        }
        for (size_t b = 0; b < a; b++) {
            if (!c->is_common[b] || yards[b].n == 0 || strcmp(attributes[b].name, "source") == 0) {
                continue;
            }
            const double r = fabs(mk_model_correlation(c->models[1], a, b)) +
                             fabs(mk_model_correlation(c->models[0], c->ids[a], c->ids[b]));
            list[n++] = (MkPairGain){.a = b, .b = a, .association = r};
            if (n == 2 * (size_t)SHORTLIST) {
                qsort(list, n, sizeof *list, by_association);
                n = SHORTLIST;
            }
        }
    }
    qsort(list, n, sizeof *list, by_association);
    return n < SHORTLIST ? n : SHORTLIST;
}

/* |Spearman correlation| over the people who have both; 0 when they are few. Levels stand in the
 * order that the later model gives them. */
static double associate(const MkContrast *c, const MkContrastPeople *p, const MkPairGain *pair,
                        double *scratch)
{
    const MkMarginal *const a = mk_model_marginal(c->models[1], pair->a);
    const MkMarginal *const b = mk_model_marginal(c->models[1], pair->b);
    double *const x = scratch, *const y = scratch + p->n_choose;
    size_t n = 0;
    for (size_t i = 0; i < p->n_choose; i++) {
        const double u = mk_cohort_get(p->cohort, p->choose[i], pair->a);
        const double v = mk_cohort_get(p->cohort, p->choose[i], pair->b);
        if (!isnan(u) && !isnan(v)) {
            x[n] = mk_marginal_normal(a, u);
            y[n++] = mk_marginal_normal(b, v);
        }
    }
    if (n < PAIR_PEOPLE) {
        return 0.0;
    }
    const double r = gsl_stats_spearman(x, 1, y, 1, n, scratch + 2 * p->n_choose);
    return isfinite(r) ? fabs(r) : 0.0;
}

static MkStatus choose_pairs(MkContrast *c, const MkContrastPeople *p, MkArena *arena, MkError *err)
{
    MkPairGain *const list = mk_arena_array(arena, 2 * (size_t)SHORTLIST, sizeof *list);
    double *const scratch = malloc((4 * p->n_choose + 1) * sizeof *scratch);
    if (list == NULL || scratch == NULL) {
        free(scratch);
        return no_memory(err);
    }
    const size_t n = shortlist(c, p->yards, list);
    for (size_t i = 0; i < n; i++) {
        list[i].association = associate(c, p, &list[i], scratch);
    }
    free(scratch);
    qsort(list, n, sizeof *list, by_association);
    c->pair_gains = list;
    c->n_pair_gains = 0;
    while (c->n_pair_gains < n && c->n_pair_gains < MK_CONTRAST_PAIRS &&
           list[c->n_pair_gains].association > 0.0) {
        c->n_pair_gains++;
    }
    return MK_OK;
}

/* ---- one given the other ---- */

typedef struct PairWork {
    MkContrast *c;
    const MkContrastPeople *people;
    atomic_bool failed;
} PairWork;

/* log p(y | x) of model m. */
static bool log_score(const MkContrast *c, size_t m, const size_t ids[2], const double values[2],
                      MkArena *arena, double *out)
{
    const size_t x = m == 0 ? c->ids[ids[0]] : ids[0], y = m == 0 ? c->ids[ids[1]] : ids[1];
    const MkPoint known = {x, values[0]};
    MkDistribution answer;
    const MkMark mark = mk_arena_mark(arena);
    const bool ok =
        mk_model_posterior(c->models[m], &known, 1, &y, 1, arena, &answer, NULL) == MK_OK;
    if (ok) {
        const double score = mk_dist_log_prob(&answer, values[1]);
        *out = score > MK_CONTRAST_FLOOR ? score : MK_CONTRAST_FLOOR;
    }
    mk_arena_rewind(arena, mark);
    return ok;
}

/* Both directions for one person, both models. */
static bool score_person(const PairWork *w, const MkPairGain *pair, const double values[2],
                         MkArena *arena, double out[2])
{
    const size_t ids[] = {pair->a, pair->b}, turned[] = {pair->b, pair->a};
    const double back[] = {values[1], values[0]};
    for (size_t m = 0; m < 2; m++) {
        double there, again;
        if (!log_score(w->c, m, ids, values, arena, &there) ||
            !log_score(w->c, m, turned, back, arena, &again)) {
            return false;
        }
        out[m] = 0.5 * (there + again);
    }
    return true;
}

/* Mean and standard error of the difference. */
static void finish_pair(MkGain *gain, const double *differences)
{
    const double n = (double)gain->n;
    double squares = 0.0;
    gain->before /= n;
    gain->after /= n;
    gain->gain = gain->after - gain->before;
    for (size_t i = 0; i < gain->n; i++) {
        squares += (differences[i] - gain->gain) * (differences[i] - gain->gain);
    }
    gain->error = gain->n > 1 ? sqrt(squares / (n - 1.0) / n) : NAN;
}

static void score_pair(void *ctx, size_t index, size_t worker)
{
    PairWork *const w = ctx;
    const MkContrastPeople *const p = w->people;
    MkPairGain *const pair = &w->c->pair_gains[index];
    double differences[MK_CONTRAST_PEOPLE];
    size_t n_both = 0;
    MkArena *const arena = mk_arena_new(0);
    bool ok = arena != NULL;
    for (size_t i = 0; i < p->n_rows; i++) {
        n_both += !isnan(mk_cohort_get(p->cohort, p->rows[i], pair->a)) &&
                          !isnan(mk_cohort_get(p->cohort, p->rows[i], pair->b))
                      ? 1U
                      : 0U;
    }
    const size_t want = n_both < MK_CONTRAST_PEOPLE ? n_both : MK_CONTRAST_PEOPLE;
    MkGain gain = {.error = NAN};
    for (size_t i = 0, at = 0; ok && i < p->n_rows && !mk_cancelled(w->c->cancel); i++) {
        const double values[] = {mk_cohort_get(p->cohort, p->rows[i], pair->a),
                                 mk_cohort_get(p->cohort, p->rows[i], pair->b)};
        if (isnan(values[0]) || isnan(values[1])) {
            continue;
        }
        double scores[2];
        if (gain.n < want && at == gain.n * n_both / want) { /* evenly over them */
            ok = score_person(w, pair, values, arena, scores);
            gain.before += ok ? scores[0] : 0.0;
            gain.after += ok ? scores[1] : 0.0;
            differences[gain.n] = ok ? scores[1] - scores[0] : 0.0;
            gain.n += ok ? 1U : 0U;
        }
        at++;
    }
    mk_arena_free(arena);
    if (gain.n > 0) {
        finish_pair(&gain, differences);
    }
    gain.verdict = verdict_of(&gain, MK_CONTRAST_CELLS);
    pair->gain = gain;
    if (!ok) {
        w->failed = true;
    }
    if (worker == 0 && p->progress != NULL) {
        p->progress(p->progress_ctx, index, w->c->n_pair_gains);
    }
}

MkStatus mk_contrast_pairs(MkContrast *c, const MkContrastPeople *people, MkArena *arena,
                           MkError *err)
{
    PairWork work = {.c = c, .people = people};
    MK_TRY(choose_pairs(c, people, arena, err));
    mk_pool_run(people->pool, c->n_pair_gains, score_pair, &work);
    if (mk_cancelled(c->cancel)) {
        return mk_fail(err, MK_ECANCEL, "interrupted");
    }
    if (work.failed) {
        return mk_fail(err, MK_ENUMERIC, "a pair of attributes has no answer");
    }
    for (size_t i = 0; i < c->n_pair_gains; i++) {
        c->pair_counts[c->pair_gains[i].gain.verdict]++;
    }
    return MK_OK;
}
