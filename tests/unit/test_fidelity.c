/* Scores of synthetic people against numbers worked out by hand, and the whole section on small
 * models. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "tests/check.h"

#include <stdlib.h>
#include <string.h>

#include "model/train.h"
#include "src/eval/alike.h"
#include "src/eval/fidelity.h"
#include "src/eval/fidelity_choose.h"
#include "src/eval/fidelity_priv.h"
#include "src/eval/precision.h"
#include "src/eval/ridge.h"
#include "src/eval/trees.h"
#include "src/eval/two_sample.h"
#include "tests/numeric/people.h"

enum { X, Y, S, D };

static const MkLevel levels[] = {{"0", "no"}, {"1", "yes"}};
static const MkAttribute attributes[D] = {
    {.name = "x", .label = "X", .unit = "", .type = MK_REAL},
    {.name = "y", .label = "Y", .unit = "", .type = MK_REAL},
    {.name = "s",
     .label = "S",
     .unit = "",
     .type = MK_CATEGORICAL,
     .n_levels = 2,
     .levels = levels},
};
static const MkSchema schema = {.n = D, .attributes = attributes};

static MkArena *arena;

static int open_arena(void **state)
{
    (void)state;
    arena = mk_arena_new(0);
    return arena == NULL;
}

static int close_arena(void **state)
{
    (void)state;
    mk_arena_free(arena);
    return 0;
}

/* n people: x = first + step * i, y = slope * x, s = the upper half. */
static MkCrowd crowd(size_t n, double first, double step, double slope)
{
    MkCrowd p = {0};
    assert_int_equal(mk_crowd_new(n, D, arena, &p, NULL), MK_OK);
    for (size_t i = 0; i < n; i++) {
        p.x[X * n + i] = first + step * (double)i;
        p.x[Y * n + i] = slope * p.x[X * n + i];
        p.x[S * n + i] = 2 * i >= n ? 1.0 : 0.0;
    }
    return p;
}

static MkCoder *coders_of(const MkCrowd *p, MkBins bins)
{
    MkCoder *coders = NULL;
    assert_int_equal(mk_coders_new(&schema, p, bins, arena, &coders, NULL), MK_OK);
    return coders;
}

static double shape(const MkCrowd *real, const MkCrowd *made, size_t j)
{
    double out = 0;
    const MkCoder *const coders = coders_of(real, MK_BINS_EQUAL);
    assert_int_equal(mk_alike_shape(&coders[j], real, made, j, 1, &out, NULL), MK_OK);
    return out;
}

/* ---- shapes and trends ---- */

static void test_shapes_are_the_distances_worked_out_by_hand(void **state)
{
    (void)state;
    const MkCrowd real = crowd(20, 1, 1, 1), made = crowd(20, 11, 1, 1);
    MkCrowd odd = crowd(20, 1, 1, 1), few = crowd(19, 1, 1, 1);
    for (size_t i = 5; i < 10; i++) {
        odd.x[S * 20 + i] = 1.0; /* 15 of 20 instead of 10 */
    }
    assert_close(shape(&real, &made, X), 0.5, 1e-12, 0); /* at 10: a half against nobody */
    assert_close(shape(&real, &real, X), 1.0, 1e-12, 0);
    assert_close(shape(&real, &odd, S), 0.75, 1e-12, 0);
    assert_true(isnan(shape(&few, &real, X))); /* fewer than 20 real people */
}

static void test_weights_count_in_shapes(void **state)
{
    (void)state;
    MkCrowd real = crowd(20, 1, 1, 1);
    const MkCrowd made = crowd(20, 1, 1, 1);
    double w[20];
    for (size_t i = 0; i < 20; i++) {
        w[i] = i < 10 ? 1.5 : 0.5; /* three quarters are the lower half */
    }
    real.n_sets = 1;
    real.w = w;
    assert_close(shape(&real, &made, X), 0.75, 1e-12, 0);
    assert_close(shape(&real, &made, S), 0.75, 1e-12, 0);
}

static double trend(const MkCrowd *real, const MkCrowd *made, const MkCoder *a, const MkCoder *b,
                    size_t i, size_t j)
{
    const MkTrend t = {a, b, real, made};
    double out = 0;
    assert_int_equal(mk_alike_trend(&t, i, j, 1, &out, NULL), MK_OK);
    return out;
}

static void test_trends_are_the_distances_worked_out_by_hand(void **state)
{
    (void)state;
    const MkCrowd real = crowd(20, 0, 1, 1), made = crowd(20, 100, 2, -1);
    const MkCoder *const of_real = coders_of(&real, MK_BINS_EQUAL);
    const MkCoder *const of_made = coders_of(&made, MK_BINS_EQUAL);
    const MkCoder *const tenths = coders_of(&real, MK_BINS_QUANTILE);
    /* correlations 1 and -1 */
    assert_close(trend(&real, &made, of_real, of_made, X, Y), 0.0, 1e-12, 0);
    assert_close(trend(&real, &real, of_real, of_real, X, Y), 1.0, 1e-12, 0);
    /* edges of each by itself: the same table, though nobody has the same value */
    assert_close(trend(&real, &made, of_real, of_made, X, S), 1.0, 1e-12, 0);
    /* shared edges: all drawn persons are in the last bin; apart by 0.5 + 0.4 + 0.4 + 0.5 */
    assert_close(trend(&real, &made, of_real, of_real, X, S), 0.1, 1e-12, 0);
    assert_close(trend(&real, &made, tenths, tenths, X, S), 0.1, 1e-12, 0);
}

static void test_pairs_are_all_or_some_and_related_ones_are_known(void **state)
{
    (void)state;
    const MkCrowd real = crowd(40, 0, 1, 1);
    const MkCoder *const coders = coders_of(&real, MK_BINS_EQUAL);
    MkPairs pairs;
    assert_int_equal(mk_pairs_choose(coders, &real, 0, 1, NULL, arena, &pairs, NULL), MK_OK);
    assert_int_equal(pairs.n, 3);
    for (size_t k = 0; k < 3; k++) {
        assert_true(pairs.pairs[k].is_related);
        assert_true(pairs.pairs[k].b < pairs.pairs[k].a);
    }
    assert_int_equal(mk_pairs_choose(coders, &real, 2, 1, NULL, arena, &pairs, NULL), MK_OK);
    assert_int_equal(pairs.n_random, 2);
    assert_int_equal(pairs.n, 4);
}

static void test_replicates_of_weights_have_mean_one(void **state)
{
    (void)state;
    MkCrowd p = crowd(4000, 0, 1, 1);
    double sum = 0, squares = 0;
    assert_int_equal(mk_crowd_replicate(&p, 3, 1, arena, NULL), MK_OK);
    for (size_t i = 0; i < p.n; i++) {
        assert_close(mk_crowd_weights(&p, 0)[i], 1.0, 0, 0);
        sum += mk_crowd_weights(&p, 2)[i] / (double)p.n;
        squares += pow(mk_crowd_weights(&p, 2)[i] - 1.0, 2) / (double)p.n;
    }
    assert_close(sum, 1.0, 0.06, 0);
    assert_close(squares, 1.0, 0.15, 0); /* a Poisson variable of mean 1 */
}

/* ---- two samples ---- */

static void test_area_under_the_curve_counts_ties_half(void **state)
{
    (void)state;
    MkScored scored[] = {{0.3F, 1, true}, {0.1F, 1, false}, {0.2F, 1, true}, {0.2F, 1, false}};
    assert_close(mk_auc(scored, 4), 3.5 / 4, 1e-12, 0);
    scored[0] = (MkScored){0.3F, 3, true}; /* sorted: this replaces the lowest */
    assert_close(mk_auc(scored, 1), 0.5, 0, 0);
}

static double contest(const MkCrowd *a, const MkCrowd *b, MkContestBy by)
{
    const MkContest c = {.real = a, .made = b, .schema = &schema, .by = by};
    double out = 0;
    assert_int_equal(mk_contest(&c, &out, NULL), MK_OK);
    return out;
}

static void test_crowds_apart_are_told_apart_and_halves_are_not(void **state)
{
    (void)state;
    const MkCrowd all = crowd(1200, 0, 1, 1), far = crowd(600, 5000, 1, 1);
    MkCrowd a, b;
    assert_int_equal(mk_crowd_halves(&all, 1, arena, &a, &b, NULL), MK_OK);
    assert_true(contest(&a, &b, MK_BY_LOGISTIC) > 0.85);
    assert_true(contest(&a, &far, MK_BY_LOGISTIC) < 0.01);
    if (mk_trees_available()) {
        assert_true(contest(&a, &b, MK_BY_TREES) > 0.85);
        assert_true(contest(&a, &far, MK_BY_TREES) < 0.01);
    } else {
        const MkContest c = {.real = &a, .made = &b, .schema = &schema, .by = MK_BY_TREES};
        double out = 0;
        assert_int_equal(mk_contest(&c, &out, NULL), MK_EUNSUPPORTED);
    }
}

/* ---- precision, recall, authenticity ---- */

static void test_precision_and_recall_are_those_worked_out_by_hand(void **state)
{
    (void)state;
    const float real[] = {0, 1, 2, 3, 4}, middle[] = {2, 2, 2}, away[] = {10, 20};
    MkPrecision p;
    double off = 0, all = 0;
    /* distances from the middle 2 1 0 1 2: within the a-quantile lie a fifth, three fifths, all */
    for (size_t s = 0; s < 30; s++) {
        const double a = (double)s / 29, at = 4 * a;
        off += fabs(a - (at < 1 ? 0.2 : at < 3 ? 0.6 : 1.0));
        all += a;
    }
    assert_int_equal(mk_precision_points(real, 5, real, 5, 1, arena, &p, NULL), MK_OK);
    assert_close(p.precision.value, 1 - off / all, 1e-9, 0);
    assert_close(p.recall.value, 1 - off / all, 1e-9, 0);
    assert_close(p.authenticity.value, 0, 0, 0); /* copies */
    assert_int_equal(mk_precision_points(real, 5, middle, 3, 1, arena, &p, NULL), MK_OK);
    assert_close(p.precision.value, 0, 1e-9, 0); /* always all of them: off by 1 - a, 15 of 15 */
    assert_close(p.precision.error, 0, 1e-12, 0);
    assert_int_equal(mk_precision_points(real, 5, away, 2, 1, arena, &p, NULL), MK_OK);
    assert_close(p.precision.value, 0, 1e-9, 0);
    assert_close(p.recall.value, 0, 1e-9, 0);
    assert_close(p.authenticity.value, 1, 0, 0);
}

/* ---- ridge ---- */

static void test_a_ridge_regression_shrinks_by_its_penalty(void **state)
{
    (void)state;
    enum { N = 50 };
    static const size_t ids[] = {X, Y};
    float x[2 * N];
    const float test[] = {10, NAN, 30, NAN, NAN, NAN};
    float out[3];
    MkRidge ridge;
    for (size_t i = 0; i < N; i++) {
        x[2 * i] = (float)i;
        x[2 * i + 1] = (float)(2 * i + 1);
    }
    assert_int_equal(mk_ridge_new(&schema, ids, x, N, 2, arena, &ridge, NULL), MK_OK);
    assert_int_equal(mk_ridge_learn(&ridge, 1, test, 3, out, NULL), MK_OK);
    /* standardised x: sum of squares 50, penalty 1; the mean of x is 24.5, of y 50 */
    assert_close(out[0], 50 + 2 * (10 - 24.5) * 50 / 51, 1e-3, 0);
    assert_close(out[1], 50 + 2 * (30 - 24.5) * 50 / 51, 1e-3, 0);
    assert_close(out[2], 50, 1e-3, 0); /* a gap is the mean */
}

static void test_who_lacks_the_outcome_teaches_nothing_of_it(void **state)
{
    (void)state;
    enum { N = 60 };
    static const size_t ids[] = {X, Y};
    float x[2 * N], out[1];
    const float test[] = {20, NAN};
    MkRidge ridge;
    MkError err;
    for (size_t i = 0; i < N; i++) {
        x[2 * i] = (float)(i % 30);
        x[2 * i + 1] = i < 30 ? 3.0F * (float)i : NAN; /* the same values of x again */
    }
    assert_int_equal(mk_ridge_new(&schema, ids, x, N, 2, arena, &ridge, NULL), MK_OK);
    assert_int_equal(mk_ridge_learn(&ridge, 1, test, 1, out, NULL), MK_OK);
    assert_close(out[0], 43.5 + 3 * (20 - 14.5) * 30 / 31, 1e-3, 0);
    for (size_t i = 0; i < N; i++) {
        x[2 * i + 1] = NAN;
    }
    assert_int_equal(mk_ridge_new(&schema, ids, x, N, 2, arena, &ridge, NULL), MK_OK);
    assert_int_equal(mk_ridge_learn(&ridge, 1, test, 1, out, &err), MK_EINVAL);
}

/* ---- which pairs ---- */

static void test_the_strongest_pair_comes_first_and_a_copy_is_none(void **state)
{
    (void)state;
    enum { N = 900 };
    MkCrowd p = crowd(N, 0, 1, 1);
    bool allowed[D] = {true, true, true};
    MkChosenPair *pairs = NULL;
    size_t n = 0;
    const MkChoice choice = {
        .schema = &schema, .people = &p, .judged = &p, .allowed = allowed, .most = 70};
    for (size_t i = 0; i < N; i++) {
        p.x[Y * N + i] = (double)(i * 7919 % N); /* nothing to do with x */
    }
    assert_int_equal(mk_fidelity_choose(&choice, arena, &pairs, &n, NULL), MK_OK);
    assert_true(n >= 1);
    assert_true(pairs[0].a == S && pairs[0].b == X);
    /* s is a half of x: I = ln 2, H(s) = ln 2, H(x) = ln 15; the middle bin is cut in two */
    assert_close(pairs[0].score, 2 * log(2) / (log(2) + log(15)), 0.03, 0);
    for (size_t i = 0; i < N; i++) {
        p.x[Y * N + i] = 2.54 * p.x[X * N + i];
    }
    assert_int_equal(mk_fidelity_choose(&choice, arena, &pairs, &n, NULL), MK_OK);
    for (size_t k = 0; k < n; k++) {
        assert_false(pairs[k].a == Y && pairs[k].b == X); /* the same in another unit */
    }
}

/* ---- the section ---- */

static const char small_schema[] = "name\ttype\tlabel\tunit\tlevels\n"
                                   "age\treal\tAge\tyears\t\n"
                                   "pressure\treal\tPressure\tmmHg\t\n"
                                   "weight\tpositive\tWeight\tkg\t\n"
                                   "waist\tpositive\tWaist\tcm\t\n"
                                   "ill\tcategorical\tIll\t\t0=no|1=yes\n";

static void draw_small(void *ctx, size_t row, MkRng *rng, double *values)
{
    (void)ctx, (void)row;
    const double a = mk_rng_normal(rng), b = mk_rng_normal(rng), c = mk_rng_normal(rng);
    values[0] = 55 + 12 * a;
    values[1] = 120 + 15 * (0.8 * a + 0.6 * c);
    values[2] = 75 + 12 * b;
    values[3] = 90 + 10 * (0.9 * b + 0.4 * mk_rng_normal(rng));
    values[4] = a + 0.5 * c > 0.8 ? 1 : 0;
    if (mk_rng_uniform(rng) < 0.1) {
        values[2] = NAN;
        values[3] = NAN;
    }
}

static double still(void)
{
    return 0;
}

static MkModel *train_small(const People *people, const char *kind, const char *path)
{
    MkTrainConfig config;
    MkError err = {0};
    const MkTrainHooks hooks = {.clock = still};
    MkModel *model = NULL;
    mk_train_config_init(&config);
    config.threads = 1;
    assert_int_equal(mk_train_config_set(&config, "kind", kind, &err), MK_OK);
    assert_int_equal(mk_train_config_set(&config, "name", "small", &err), MK_OK);
    if (mk_train(&config, people->cohort, path, &hooks, &err) != MK_OK ||
        mk_model_open(path, &model, &err) != MK_OK) {
        fail_msg("%s", err.text);
    }
    return model;
}

static double figure(const MkSection *section, const char *name)
{
    for (size_t k = 0; k < section->n_figures; k++) {
        if (strcmp(section->figures[k].name, name) == 0) {
            return section->figures[k].value;
        }
    }
    return (double)NAN;
}

static MkSection run_section(const MkTrial *trial, MkStatus want)
{
    MkSection out = {.arena = arena, .result = mk_result_new("evaluate")};
    MkError err = {0};
    out.node = mk_node_object(out.result, NULL, NULL);
    const MkStatus st = mk_fidelity_section(trial, &out, &err);
    if (st != want) {
        fail_msg("%s", err.text);
    }
    return out;
}

typedef struct Stop {
    MkCancel cancel;
    double at;
} Stop;

static void stop_at(void *ctx, double fraction)
{
    Stop *const stop = ctx;
    if (fraction >= stop->at) {
        atomic_store(&stop->cancel.stop, true);
    }
}

static void test_the_section_tells_a_model_from_one_without_dependence(void **state)
{
    (void)state;
    People train, judged;
    people_make(&train, small_schema, 900, 1, draw_small, NULL);
    people_make(&judged, small_schema, 500, 2, draw_small, NULL);
    MkModel *const joint = train_small(&train, "copula", "fidelity-joint.safetensors");
    MkModel *const apart = train_small(&train, "marginal", "fidelity-apart.safetensors");
    MkTrial trial = {.model = joint,
                     .against = apart,
                     .path = "fidelity-joint.safetensors",
                     .judged = judged.cohort,
                     .rows = judged.rows,
                     .n_rows = 500,
                     .train = train.cohort,
                     .train_rows = train.rows,
                     .n_train = 900,
                     .level = 0.9,
                     .seed = 1,
                     .is_quick = true};
    const MkSection good = run_section(&trial, MK_OK);
    trial.model = apart;
    trial.against = NULL;
    trial.train = NULL;
    trial.n_train = 0;
    const MkSection bad = run_section(&trial, MK_OK);

    assert_true(figure(&good, "overlap_univariate") > 0.85);
    assert_true(figure(&bad, "overlap_univariate") > 0.85); /* shapes alone tell nothing */
    assert_true(figure(&good, "trends_shared_related") > 0.88);
    assert_true(figure(&bad, "trends_shared_related") < 0.78);
    assert_true(figure(&good, "trends_related") > figure(&bad, "trends_related") + 0.1);
    assert_true(figure(&good, "overlap_pairs_direct") > figure(&bad, "overlap_pairs_direct") + 0.1);
    assert_true(figure(&good, "overlap_pairs_sampled") >
                figure(&bad, "overlap_pairs_sampled") + 0.1);
    assert_true(figure(&good, "overlap_pairs_gain") > 0.1);
    assert_true(figure(&good, "utility_ridge_share") > 0.9);
    assert_true(figure(&bad, "utility_ridge_share") < 0.1);
    assert_true(isnan(figure(&bad, "overlap_pairs_gain")));
    assert_int_equal(isnan(figure(&good, "two_sample_trees")), !mk_trees_available());
    if (mk_trees_available()) {
        assert_true(figure(&good, "two_sample_trees") > 0.7);
        assert_true(figure(&bad, "two_sample_trees") < 0.5);
        assert_true(fabs(figure(&good, "age60_gap")) < 0.06);
    }
    assert_true(good.result->n_figures >= 4);
    mk_result_free(good.result);
    mk_result_free(bad.result);

    trial.n_rows = 20;
    mk_result_free(run_section(&trial, MK_EINVAL).result);
    trial.n_rows = 500;
    trial.progress = stop_at;
    for (double at = 0; at < 1; at += 0.16) { /* in every part */
        Stop stop = {.at = at};
        trial.cancel = &stop.cancel;
        trial.progress_ctx = &stop;
        mk_result_free(run_section(&trial, MK_ECANCEL).result);
    }
    mk_model_free(joint);
    mk_model_free(apart);
    people_free(&train);
    people_free(&judged);
    remove("fidelity-joint.safetensors");
    remove("fidelity-apart.safetensors");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shapes_are_the_distances_worked_out_by_hand),
        cmocka_unit_test(test_weights_count_in_shapes),
        cmocka_unit_test(test_trends_are_the_distances_worked_out_by_hand),
        cmocka_unit_test(test_pairs_are_all_or_some_and_related_ones_are_known),
        cmocka_unit_test(test_replicates_of_weights_have_mean_one),
        cmocka_unit_test(test_area_under_the_curve_counts_ties_half),
        cmocka_unit_test(test_crowds_apart_are_told_apart_and_halves_are_not),
        cmocka_unit_test(test_precision_and_recall_are_those_worked_out_by_hand),
        cmocka_unit_test(test_a_ridge_regression_shrinks_by_its_penalty),
        cmocka_unit_test(test_who_lacks_the_outcome_teaches_nothing_of_it),
        cmocka_unit_test(test_the_strongest_pair_comes_first_and_a_copy_is_none),
        cmocka_unit_test(test_the_section_tells_a_model_from_one_without_dependence),
    };
    return cmocka_run_group_tests(tests, open_arena, close_arena);
}
