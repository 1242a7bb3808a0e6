/* Support: how typical known values are together. Against chi-squared tails where they are exact,
 * against shares where everything is levels, and on people that the model has not seen. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "tests/check.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <gsl/gsl_cdf.h>

#include "model/model.h"
#include "model/nn/blas.h"
#include "model/support_fit.h"
#include "tests/numeric/people.h"

static MkModel *model_of(People *p, const char *schema, size_t n_rows, PeopleDraw *draw,
                         bool expand)
{
    char path[512];
    const char *const folder = getenv("TMPDIR");
    MkModel *model = NULL;
    MkError err = {0};
    snprintf(path, sizeof path, "%s/support.safetensors", folder != NULL ? folder : "/tmp");
    mk_blas_init();
    people_make(p, schema, n_rows, 11, draw, NULL);
    people_fit(p, expand, 4, NULL);
    people_write(p, NULL, path);
    if (mk_model_open(path, &model, &err) != MK_OK) {
        fail_msg("%s", err.text);
    }
    remove(path);
    return model;
}

static double support(const MkModel *model, const MkPoint *known, size_t n)
{
    MkArena *const arena = mk_arena_new(0);
    MkError err = {0};
    double percentile = -1.0;
    if (mk_model_support(model, known, n, arena, &percentile, &err) != MK_OK) {
        fail_msg("%s", err.text);
    }
    mk_arena_free(arena);
    assert_true(percentile >= 0.0 && percentile <= 1.0);
    return percentile;
}

/* ---- normal numbers: exact ---- */

enum { NORMALS = 4 };
static const char normal_schema[] = "name\ttype\tlabel\n"
                                    "a\treal\tA\n"
                                    "b\treal\tB\n"
                                    "c\tpositive\tC\n"
                                    "d\treal\tD\n";

static void draw_normals(void *ctx, size_t row, MkRng *rng, double *values)
{
    const double shared = mk_rng_normal(rng);
    (void)ctx;
    (void)row;
    values[0] = 10.0 + 2.0 * shared;
    values[1] = 0.8 * shared + 0.6 * mk_rng_normal(rng);
    values[2] = exp(0.5 * (-0.6 * shared + 0.8 * mk_rng_normal(rng)));
    values[3] = mk_rng_normal(rng);
}

/* e' R^-1 e of normal scores by Gaussian elimination. */
static double distance(const MkModel *model, const MkPoint *known, size_t n)
{
    double a[NORMALS][NORMALS + 1], sum = 0.0, e[NORMALS];
    for (size_t i = 0; i < n; i++) {
        const size_t j = known[i].attribute;
        for (size_t k = 0; k < n; k++) {
            a[i][k] = i == k ? 1.0 : mk_model_correlation(model, j, known[k].attribute);
        }
        e[i] = a[i][n] = mk_marginal_normal(mk_model_marginal(model, j), known[i].value);
    }
    for (size_t i = 0; i < n; i++) {
        for (size_t k = i + 1; k < n; k++) {
            const double factor = a[k][i] / a[i][i];
            for (size_t l = i; l <= n; l++) {
                a[k][l] -= factor * a[i][l];
            }
        }
    }
    for (size_t i = n; i-- > 0;) {
        for (size_t k = i + 1; k < n; k++) {
            a[i][n] -= a[i][k] * a[k][n];
        }
        a[i][n] /= a[i][i];
        sum += a[i][n] * e[i];
    }
    return sum;
}

static void test_normal_numbers_have_a_chi_squared_tail(void **state)
{
    People p;
    double values[NORMALS];
    MkModel *const model = model_of(&p, normal_schema, 4000, draw_normals, false);
    (void)state;
    for (size_t i = 0; i < 400; i++) {
        MkRng rng = mk_rng(99, MK_RNG_TEST, i);
        MkPoint known[NORMALS];
        const size_t n = 1 + i % NORMALS;
        draw_normals(NULL, i, &rng, values);
        for (size_t k = 0; k < n; k++) {
            known[k] = (MkPoint){k, values[k]};
        }
        assert_close(support(model, known, n),
                     gsl_cdf_chisq_Q(distance(model, known, n), (double)n), 0.03, 0);
    }
    mk_model_free(model);
    people_free(&p);
}

/* Where nobody of those drawn is rarer there is still an order, for a search to go by. */
static void test_the_very_rare_has_an_order(void **state)
{
    People p;
    MkModel *const model = model_of(&p, normal_schema, 4000, draw_normals, false);
    double before = 1.0 / 512;
    (void)state;
    for (double z = 2.0; z <= 3.2; z += 0.05) {
        const MkPoint known[] = {{0, 10.0 + 2.0 * z}, {1, -z}, {2, exp(0.5 * z)}, {3, z}};
        const double now = support(model, known, NORMALS);
        const double chi = gsl_cdf_chisq_Q(distance(model, known, NORMALS), (double)NORMALS);
        assert_true(now > 0.0 && now < before);
        assert_true(fabs(log(now / chi)) < 0.35 * -log(chi)); /* of the right size */
        before = now;
    }
    mk_model_free(model);
    people_free(&p);
}

static void test_what_does_not_go_together_is_rare(void **state)
{
    People p;
    MkModel *const model = model_of(&p, normal_schema, 4000, draw_normals, false);
    const MkPoint together[] = {{0, 13.5}, {1, 1.4}}, against[] = {{0, 13.5}, {1, -1.4}};
    const MkPoint middle[] = {{0, 10.0}, {1, 0.0}, {2, 1.0}, {3, 0.0}};
    (void)state;
    assert_true(support(model, &against[0], 1) > 0.05);
    assert_true(support(model, &against[1], 1) > 0.05);
    assert_true(support(model, together, 2) > 0.15);
    assert_true(support(model, against, 2) < 0.005);
    assert_true(support(model, middle, 4) > 0.95);
    mk_model_free(model);
    people_free(&p);
}

/* ---- levels: shares ---- */

static const char level_schema[] = "name\ttype\tlabel\tunit\tlevels\n"
                                   "three\tcategorical\tThree\t\t0=x|1=y|2=z\n"
                                   "two\tordinal\tTwo\t\t0=no|1=yes\n";

static void draw_levels(void *ctx, size_t row, MkRng *rng, double *values)
{
    (void)ctx;
    values[0] = row % 10 < 3 ? 0.0 : row % 10 < 9 ? 1.0 : 2.0; /* 0.3 0.6 0.1 */
    values[1] = (double)(mk_rng_uniform(rng) < 0.2);
}

static void test_levels_count_who_is_as_likely_or_less(void **state)
{
    People p;
    MkModel *const model = model_of(&p, level_schema, 3000, draw_levels, true);
    const double shares[] = {0.4, 1.0, 0.1};
    (void)state;
    for (size_t level = 0; level < 3; level++) {
        const MkPoint known = {0, (double)level};
        assert_close(support(model, &known, 1), shares[level], 0.01, 0);
    }
    /* probabilities: no 0.24 0.48 0.08, yes 0.06 0.12 0.02 */
    const double both[2][3] = {{0.52, 1.0, 0.16}, {0.08, 0.28, 0.02}};
    for (size_t i = 0; i < 6; i++) {
        const MkPoint known[] = {{1, (double)(i / 3)}, {0, (double)(i % 3)}};
        assert_close(support(model, known, 2), both[i / 3][i % 3], 0.03, 0);
    }
    mk_model_free(model);
    people_free(&p);
}

/* ---- unseen people ---- */

enum { UNSEEN = 500 };

/* Share of unseen people at or below alpha, with what is known of `set` (0 .. n_set). */
static void below(const MkModel *model, const size_t *set, size_t n_set, const double *alpha,
                  size_t n_alpha, double *share)
{
    size_t people = 0;
    double values[8];
    memset(share, 0, n_alpha * sizeof *share);
    for (size_t i = 0; i < UNSEEN; i++) {
        MkRng rng = mk_rng(1234, MK_RNG_TEST, i);
        MkPoint known[8];
        size_t n = 0;
        people_mixed_draw(NULL, i, &rng, values);
        for (size_t k = 0; k < n_set; k++) {
            if (!isnan(values[set[k]])) {
                known[n++] = (MkPoint){set[k], values[set[k]]};
            }
        }
        if (n == n_set) { /* the same attributes of everybody */
            const double percentile = support(model, known, n);
            people++;
            for (size_t k = 0; k < n_alpha; k++) {
                share[k] += percentile <= alpha[k];
            }
        }
    }
    assert_true(people > UNSEEN / 4);
    for (size_t k = 0; k < n_alpha; k++) {
        share[k] /= (double)people;
    }
}

static void test_unseen_people_are_as_typical_as_anybody(void **state)
{
    People p;
    MkModel *const model = model_of(&p, people_mixed_schema, 3000, people_mixed_draw, true);
    const double alpha[] = {0.05, 0.1, 0.25, 0.5, 0.75, 0.9};
    const size_t numbers[] = {0, 3}, all[] = {0, 1, 2, 3, 5, 6, 7}, levels[] = {1, 2, 6};
    double share[6];
    (void)state;
    below(model, numbers, 2, alpha, 6, share);
    for (size_t k = 0; k < 6; k++) { /* three standard errors */
        assert_close(share[k], alpha[k], 0.02 + 3.0 * sqrt(alpha[k] * (1 - alpha[k]) / UNSEEN), 0);
    }
    below(model, all, 7, alpha, 6, share);
    for (size_t k = 0; k < 6; k++) {
        assert_close(share[k], alpha[k], 0.04 + 3.0 * sqrt(alpha[k] * (1 - alpha[k]) / UNSEEN), 0);
    }
    below(model, levels, 3, alpha, 6, share);
    for (size_t k = 0; k < 6; k++) { /* few different answers: never more than alpha */
        assert_true(share[k] <= alpha[k] + 0.06);
    }
    mk_model_free(model);
    people_free(&p);
}

/* ---- people with heavier tails than the base ---- */

enum { WIDE = 40, KEPT = 600 };

/* Everything about a person is drawn out by the same factor: the base's normal cannot know. */
static void draw_wide(void *ctx, size_t row, MkRng *rng, double *values)
{
    const double factor = exp(0.35 * mk_rng_normal(rng)), shared = mk_rng_normal(rng);
    (void)ctx;
    (void)row;
    for (size_t j = 0; j < WIDE; j++) {
        const double x = factor * (0.5 * shared + 0.87 * mk_rng_normal(rng));
        values[j] = j % 2 == 0 ? x : (double)((x > -1.0) + (x > 1.0));
    }
}

/* Share of people row .. row + KEPT below alpha, who know the first numbers and levels. */
static double wide_below(const People *p, const MkSupportMap *map, size_t row, size_t n_numbers,
                         size_t n_levels, double alpha)
{
    MkArena *const arena = mk_arena_new(0);
    double share = 0.0, low = 0.0, high = 0.0, values[WIDE];
    for (size_t i = 0; i < KEPT; i++) {
        MkRng rng = mk_rng(321, MK_RNG_TEST, row + i);
        MkPoint known[WIDE];
        size_t n = 0;
        draw_wide(NULL, i, &rng, values);
        for (size_t j = 0; j < WIDE; j++) {
            if (j / 2 < (j % 2 == 0 ? n_numbers : n_levels)) {
                known[n++] = (MkPoint){j, values[j]};
            }
        }
        const MkMark top = mk_arena_mark(arena);
        assert_int_equal(mk_support_place(&p->copula, known, n, arena, &low, &high, NULL), MK_OK);
        mk_arena_rewind(arena, top);
        share += mk_support_share(map, n, n_numbers, high) < alpha ? 1.0 / KEPT : 0.0;
    }
    mk_arena_free(arena);
    return share;
}

static void test_the_map_makes_unseen_people_as_rare_as_they_are(void **state)
{
    char schema[WIDE * 40] = "name\ttype\tlabel\tunit\tlevels\n";
    People p, others;
    MkSupportMap map, again;
    MkPool *pool = NULL;
    MkArena *const arena = mk_arena_new(0);
    (void)state;
    for (size_t j = 0; j < WIDE; j++) {
        const size_t len = strlen(schema);
        snprintf(schema + len, sizeof schema - len, "a%zu\t%s\tA\t\t%s\n", j,
                 j % 2 == 0 ? "real" : "ordinal", j % 2 == 0 ? "" : "0=a|1=b|2=c");
    }
    mk_blas_init();
    people_make(&p, schema, 2500, 5, draw_wide, NULL);
    people_fit(&p, false, 3, NULL);
    people_make(&others, schema, KEPT, 6, draw_wide, NULL);
    MkSupportFit fit = {
        .cohort = others.cohort, .rows = others.rows, .n_rows = KEPT, .copula = &p.copula};
    assert_int_equal(mk_support_fit(&fit, arena, &map, NULL), MK_OK);
    assert_int_equal(map.n_sizes, 4); /* 5, 10, 20, 40 */
    assert_int_equal(mk_pool_new(3, &pool, NULL), MK_OK);
    fit.pool = pool;
    assert_int_equal(mk_support_fit(&fit, arena, &again, NULL), MK_OK);
    assert_memory_equal(map.z, again.z, 4 * MK_SUPPORT_KINDS * MK_SUPPORT_MARKS * sizeof *map.z);
    assert_true(wide_below(&p, NULL, 0, 20, 0, 0.05) > 0.12); /* what it is for */
    assert_true(wide_below(&p, NULL, 0, 20, 20, 0.05) > 0.12);
    const size_t known[][2] = {{5, 0}, {0, 5}, {5, 5}, {7, 3}, {20, 0}, {0, 20}, {20, 20}, {15, 8}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) { /* three standard errors of both */
        const double share = wide_below(&p, &map, i * KEPT, known[i][0], known[i][1], 0.05);
        assert_close(share, 0.05, 0.035, 0);
    }
    fit.n_rows = MK_SUPPORT_LEAST - 1; /* too few to tell */
    assert_int_equal(mk_support_fit(&fit, arena, &again, NULL), MK_OK);
    assert_int_equal(again.n_sizes, 0);
    mk_pool_free(pool);
    mk_arena_free(arena);
    people_free(&others);
    people_free(&p);
}

/* Marks by hand: 5 known, then 20; the three kinds moved by different amounts. */
static const int32_t hand_sizes[] = {5, 20};
static const float hand_z[] = {-2.4F, -1.7F, -0.9F, -0.1F, -2.6F, -1.9F, -1.0F, -0.1F,
                               -3.0F, -2.0F, -1.0F, 0.0F,  -3.4F, -2.7F, -1.4F, -0.3F,
                               -3.6F, -2.9F, -1.5F, -0.4F, -5.0F, -3.0F, -1.5F, -0.2F};
static const MkSupportMap by_hand = {.n_sizes = 2, .sizes = hand_sizes, .z = hand_z};

static void test_shares_are_read_off_the_map(void **state)
{
    (void)state;
    for (size_t i = 0; i < MK_SUPPORT_MARKS; i++) { /* at the marks themselves */
        const double numbers = gsl_cdf_ugaussian_P((double)hand_z[8 + i]);
        const double levels = gsl_cdf_ugaussian_P((double)hand_z[12 + i]);
        const double between = gsl_cdf_ugaussian_P(0.5 * (double)(hand_z[8 + i] + hand_z[20 + i]));
        assert_close(mk_support_share(&by_hand, 5, 5, numbers), mk_support_marks[i], 1e-6, 0);
        assert_close(mk_support_share(&by_hand, 20, 0, levels), mk_support_marks[i], 1e-6, 0);
        assert_close(mk_support_share(&by_hand, 10, 10, between), mk_support_marks[i], 1e-6, 0);
    }
    for (size_t n = 1; n <= 300; n = n < 30 ? n + 1 : 2 * n) {
        for (size_t numbers = 0; numbers <= n; numbers += n < 4 ? 1 : n / 4) {
            double before = 0.0;
            for (double z = -37.0; z < 8.0; z += 0.01) {
                const double place = gsl_cdf_ugaussian_P(z);
                const double share = mk_support_share(&by_hand, n, numbers, place);
                assert_true(share >= place && share >= before && share <= 1.0);
                assert_true(z > 7.0 || share > before || n == 1);
                before = share;
            }
            assert_close(mk_support_share(&by_hand, n, numbers, 1.0), 1.0, 0, 0);
        }
    }
    assert_close(mk_support_share(&by_hand, 1, 1, 0.03), 0.03, 1e-9, 0);
    assert_close(mk_support_share(NULL, 40, 40, 0.03), 0.03, 0, 0);
}

static MkStatus write_and_read(const int32_t *sizes, const float *z, size_t n, MkError *err)
{
    char path[512];
    const char *const folder = getenv("TMPDIR");
    MkWeightsOut *const out = mk_weights_out_new();
    MkWeights *w = NULL;
    const MkSupportMap map = {.n_sizes = n, .sizes = sizes, .z = z};
    MkSupportMap back = {0};
    snprintf(path, sizeof path, "%s/map.safetensors", folder != NULL ? folder : "/tmp");
    mk_weights_out_tensor(out, "other", MK_F32, 1, (const size_t[]){1}, hand_z);
    mk_support_add(&map, out);
    assert_int_equal(mk_weights_out_write(out, path, err), MK_OK);
    assert_int_equal(mk_weights_open(path, &w, err), MK_OK);
    const MkStatus st = mk_support_read(w, &back, err);
    if (st == MK_OK) {
        assert_int_equal(back.n_sizes, n);
        assert_true(n == 0 || memcmp(back.z, z, n * 12 * sizeof *z) == 0);
    }
    mk_weights_close(w);
    mk_weights_out_free(out);
    remove(path);
    return st;
}

static void test_a_map_that_cannot_be_is_refused(void **state)
{
    static const struct {
        size_t at;
        float z;
    } bad[] = {{0, NAN}, {1, -1.5F}, {0, -50.0F}, {1, -3.0F}, {23, 0.5F}};
    float z[24];
    MkError err = {0};
    (void)state;
    assert_int_equal(write_and_read(hand_sizes, hand_z, 0, &err), MK_OK); /* older files */
    assert_int_equal(write_and_read(hand_sizes, hand_z, 2, &err), MK_OK);
    assert_int_equal(write_and_read((const int32_t[]){5, 5}, hand_z, 2, &err), MK_EFORMAT);
    assert_int_equal(write_and_read((const int32_t[]){1, 5}, hand_z, 2, &err), MK_EFORMAT);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        memcpy(z, hand_z, sizeof z);
        z[bad[i].at] = bad[i].z;
        assert_int_equal(write_and_read(hand_sizes, z, 2, &err), MK_EFORMAT);
        assert_non_null(strstr(err.text, "support"));
    }
}

/* ---- the same answer whoever asks, and when ---- */

typedef struct Asker {
    const MkModel *model;
    double found[60];
} Asker;

static double ask(const MkModel *model, size_t i)
{
    const MkPoint known[] = {{i % 8, i % 8 == 2 ? 1.0 : 0.0}, {(i + 3) % 8, 0.0}};
    return support(model, known, 1 + i % 2);
}

static void *ask_all(void *argument)
{
    Asker *const asker = argument;
    for (size_t i = 0; i < 60; i++) {
        asker->found[i] = ask(asker->model, i);
    }
    return NULL;
}

static void test_answers_do_not_depend_on_order_or_threads(void **state)
{
    People p;
    MkModel *const model = model_of(&p, people_mixed_schema, 600, people_mixed_draw, true);
    const MkPoint one[] = {{0, 45.0}, {1, 1.0}, {3, 80.0}},
                  other[] = {{3, 80.0}, {0, 45.0}, {1, 1.0}};
    Asker askers[3] = {{.model = model}, {.model = model}, {.model = model}};
    pthread_t threads[3];
    double alone[60];
    (void)state;
    const double first = support(model, one, 3);
    assert_close(support(model, other, 3), first, 0, 0);
    for (size_t t = 0; t < 3; t++) {
        assert_int_equal(pthread_create(&threads[t], NULL, ask_all, &askers[t]), 0);
    }
    for (size_t t = 0; t < 3; t++) {
        pthread_join(threads[t], NULL);
    }
    for (size_t i = 0; i < 60; i++) {
        alone[i] = ask(model, i);
        for (size_t t = 0; t < 3; t++) {
            assert_close(askers[t].found[i], alone[i], 0, 0);
        }
    }
    assert_close(support(model, one, 3), first, 0, 0); /* others were asked in between */
    mk_model_free(model);
    people_free(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_normal_numbers_have_a_chi_squared_tail),
        cmocka_unit_test(test_the_very_rare_has_an_order),
        cmocka_unit_test(test_what_does_not_go_together_is_rare),
        cmocka_unit_test(test_levels_count_who_is_as_likely_or_less),
        cmocka_unit_test(test_unseen_people_are_as_typical_as_anybody),
        cmocka_unit_test(test_the_map_makes_unseen_people_as_rare_as_they_are),
        cmocka_unit_test(test_shares_are_read_off_the_map),
        cmocka_unit_test(test_a_map_that_cannot_be_is_refused),
        cmocka_unit_test(test_answers_do_not_depend_on_order_or_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
