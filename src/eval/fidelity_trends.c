/* fidelity_trends.c - shapes and trends of persons drawn (alike.h, fidelity.h). */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <math.h>

#include "src/eval/fidelity_priv.h"
#include "src/eval/put.h"

/* Bins of each crowd by itself, as the library has them; a tenth of the people each, shared. */
enum { OWN, SHARED, WAYS };
/* People who must have an attribute or both of a pair, a fourth of all when those are fewer: what
 * fewer show is their own noise. */
enum { SHAPE_LEAST = 50, TREND_LEAST = 100 };

typedef struct Trends {
    MkFidelity *f;
    MkPairs pairs;
    MkCoder *equal, *made_equal, *train_equal, *tenths;
    double *shapes, *trends[WAYS];             /* (d or pairs, n_sets) persons drawn */
    double *train_shapes, *train_trends[WAYS]; /* (d or pairs) training people */
    MkStatus *statuses;
} Trends;

static MkStatus no_memory(MkError *err)
{
    return mk_fail(err, MK_ENOMEM, "out of memory for trends");
}

static bool enough_have(const MkFidelity *f, size_t a, size_t b, size_t least)
{
    const double *const x = mk_crowd_column(&f->real, a), *const y = mk_crowd_column(&f->real, b);
    size_t n = 0;
    for (size_t i = 0; i < f->real.n; i++) {
        n += !isnan(x[i]) && !isnan(y[i]) ? 1 : 0;
    }
    return n >= least || 4 * n >= f->real.n;
}

static MkStatus shape_one(const Trends *t, size_t j)
{
    const MkFidelity *const f = t->f;
    const size_t sets = f->size.n_sets;
    if (f->left_out[j] || !enough_have(f, j, j, SHAPE_LEAST)) {
        return MK_OK;
    }
    MK_TRY(mk_alike_shape(&t->equal[j], &f->real, &f->made, j, sets, t->shapes + j * sets, NULL));
    if (f->train.n > 0) {
        return mk_alike_shape(&t->equal[j], &f->real, &f->train, j, 1, t->train_shapes + j, NULL);
    }
    return MK_OK;
}

static MkStatus trend_one(const Trends *t, size_t k)
{
    const MkFidelity *const f = t->f;
    const size_t sets = f->size.n_sets;
    const MkPair *const pair = &t->pairs.pairs[k];
    const MkTrend made[WAYS] = {{t->equal, t->made_equal, &f->real, &f->made},
                                {t->tenths, t->tenths, &f->real, &f->made}};
    const MkTrend train[WAYS] = {{t->equal, t->train_equal, &f->real, &f->train},
                                 {t->tenths, t->tenths, &f->real, &f->train}};
    if (f->left_out[pair->a] || f->left_out[pair->b] ||
        !enough_have(f, pair->a, pair->b, TREND_LEAST)) {
        return MK_OK;
    }
    for (size_t way = 0; way < WAYS; way++) {
        MK_TRY(mk_alike_trend(&made[way], pair->a, pair->b, sets, t->trends[way] + k * sets, NULL));
        if (f->train.n > 0) {
            MK_TRY(
                mk_alike_trend(&train[way], pair->a, pair->b, 1, t->train_trends[way] + k, NULL));
        }
    }
    return MK_OK;
}

static void task(void *ctx, size_t index, size_t worker)
{
    (void)worker;
    Trends *const t = ctx;
    const size_t d = t->f->schema->n;
    if (mk_cancelled(t->f->trial->cancel)) {
        return; /* the section ends after this part */
    }
    if (index < d) {
        t->statuses[index] = shape_one(t, index);
    } else {
        t->statuses[index] = trend_one(t, index - d);
    }
}

/* ---- shown ---- */

typedef struct Row {
    const char *name, *label, *words;
    const double *made, *train;
    size_t n;
    const bool *chosen;
} Row;

static MkStatus show_row(const Trends *t, const Row *row, size_t at, MkResultTable *table,
                         MkError *err)
{
    MkResult *const result = t->f->out->result;
    const MkMeasured made = mk_fidelity_mean(row->made, row->n, t->f->size.n_sets, row->chosen);
    const MkMeasured train = mk_fidelity_mean(row->train, row->n, 1, row->chosen);
    size_t n = 0;
    for (size_t i = 0; i < row->n; i++) {
        n += !isnan(row->made[i * t->f->size.n_sets]) && (row->chosen == NULL || row->chosen[i]);
    }
    mk_result_table_cell(result, table, at, 0, row->label, row->name);
    mk_put_count(result, table, at, 1, n);
    mk_put_measured(result, table, at, 2, made, 3);
    mk_put_number(result, table, at, 3, train.value, 3);
    return mk_fidelity_figure(t->f, row->name, row->words, made, err);
}

static MkStatus show(const Trends *t, MkError *err)
{
    static const MkPutHeader headers[] = {
        {"score", "Score"}, {"n", "Of"}, {"drawn", "Persons drawn"}, {"train", "Training people"}};
    const size_t d = t->f->schema->n, n = t->pairs.n;
    bool *const random = mk_arena_array(t->f->arena, n + 1, sizeof *random);
    bool *const related = mk_arena_array(t->f->arena, n + 1, sizeof *related);
    if (random == NULL || related == NULL) {
        return no_memory(err);
    }
    for (size_t k = 0; k < n; k++) {
        random[k] = k < t->pairs.n_random;
        related[k] = t->pairs.pairs[k].is_related;
    }
    const Row rows[] = {
        {"shapes", "Shapes", "shapes of single attributes", t->shapes, t->train_shapes, d, NULL},
        {"trends", "Trends, bins of each", "trends of pairs", t->trends[OWN], t->train_trends[OWN],
         n, random},
        {"trends_related", "Related pairs, bins of each", "trends of related pairs", t->trends[OWN],
         t->train_trends[OWN], n, related},
        {"trends_shared", "Trends, shared tenths", "trends of pairs, shared bins",
         t->trends[SHARED], t->train_trends[SHARED], n, random},
        {"trends_shared_related", "Related pairs, shared tenths",
         "trends of related pairs, shared bins", t->trends[SHARED], t->train_trends[SHARED], n,
         related}};
    MkResultTable *const table =
        mk_put_table(t->f->out->result, "Shapes and trends", headers, 4, 1, 5);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        MK_TRY(show_row(t, &rows[i], i, table, err));
    }
    const MkMeasured shapes = mk_fidelity_mean(t->shapes, d, t->f->size.n_sets, NULL);
    const MkMeasured trends = mk_fidelity_mean(t->trends[OWN], n, t->f->size.n_sets, random);
    return mk_fidelity_figure(
        t->f, "overall", "mean of shapes and trends",
        (MkMeasured){0.5 * (shapes.value + trends.value), 0.5 * hypot(shapes.error, trends.error)},
        err);
}

/* ---- all of it ---- */

static MkStatus open_scores(Trends *t, MkError *err)
{
    const size_t d = t->f->schema->n, sets = t->f->size.n_sets, n = t->pairs.n;
    double *const all = mk_arena_array(t->f->arena, (d + WAYS * n) * (sets + 1) + 1, sizeof *all);
    t->statuses = mk_arena_zeros(t->f->arena, d + n + 1, sizeof *t->statuses);
    if (all == NULL || t->statuses == NULL) {
        return no_memory(err);
    }
    for (size_t k = 0; k < (d + WAYS * n) * (sets + 1); k++) {
        all[k] = NAN;
    }
    t->shapes = all;
    t->train_shapes = t->shapes + d * sets;
    for (size_t way = 0; way < WAYS; way++) {
        t->trends[way] = t->train_shapes + d + way * n * (sets + 1);
        t->train_trends[way] = t->trends[way] + n * sets;
    }
    return MK_OK;
}

MkStatus mk_fidelity_trends(MkFidelity *f, MkError *err)
{
    Trends t = {.f = f};
    MkArena *const arena = f->arena;
    const size_t d = f->schema->n;
    MK_TRY(mk_coders_new(f->schema, &f->real, MK_BINS_EQUAL, arena, &t.equal, err));
    MK_TRY(mk_coders_new(f->schema, &f->made, MK_BINS_EQUAL, arena, &t.made_equal, err));
    MK_TRY(mk_coders_new(f->schema, &f->real, MK_BINS_QUANTILE, arena, &t.tenths, err));
    if (f->train.n > 0) {
        MK_TRY(mk_coders_new(f->schema, &f->train, MK_BINS_EQUAL, arena, &t.train_equal, err));
    }
    const size_t all = d * (d - 1) / 2, most = all > 2 * f->size.pairs ? f->size.pairs : 0;
    MK_TRY(mk_pairs_choose(t.equal, &f->real, most, f->trial->seed, f->trial->pool, arena, &t.pairs,
                           err));
    MK_TRY(open_scores(&t, err));
    mk_pool_run(f->trial->pool, d + t.pairs.n, task, &t);
    for (size_t k = 0; k < d + t.pairs.n; k++) {
        if (t.statuses[k] != MK_OK) {
            return no_memory(err);
        }
    }
    if (most > 0) {
        mk_result_note(f->out->result,
                       "Trends of %zu pairs at random out of %zu, and of %zu more that are "
                       "related, of those that "
                       "%d people have; related: |r| > 0.2 or V > 0.1 in the people judged.",
                       t.pairs.n_random, all, t.pairs.n - t.pairs.n_random, TREND_LEAST);
    } else {
        mk_result_note(f->out->result, "Related pairs: |r| > 0.2 or V > 0.1 in the people judged.");
    }
    mk_result_note(f->out->result, "Shapes, and trends of all pairs, are high of models without "
                                   "any dependence: read related pairs and the two-sample score.");
    return show(&t, err);
}
