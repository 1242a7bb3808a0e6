/* Kind tvae: the modes of numbers, the gradient of its loss, and what it learns of a population
 * that is known. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "tests/check.h"

#include <stdlib.h>
#include <string.h>

#include "model/nn/blas.h"
#include "model/tvae/tvae_net.h"
#include "tests/numeric/tabular.h"

enum { PEOPLE = 3000, PERSONS = 4000 };

static char path[512], other_path[512];
static People people;

static const char *const settings[] = {
    "tvae_epochs", "150", "tvae_batch", "200", "tvae_hidden", "64", "tvae_latent", "16", NULL};

static int open_model(void **state)
{
    MkModel *model = NULL;
    const char *const at = getenv("TMPDIR") != NULL ? getenv("TMPDIR") : "/tmp";
    mk_blas_init();
    snprintf(path, sizeof path, "%s/tvae.safetensors", at);
    snprintf(other_path, sizeof other_path, "%s/tvae2.safetensors", at);
    tabular_people(&people, PEOPLE, 11);
    tabular_train(&people, "tvae", settings, path);
    assert_int_equal(mk_model_open(path, &model, NULL), MK_OK);
    *state = model;
    return 0;
}

static int close_model(void **state)
{
    mk_model_free(*state);
    remove(path);
    remove(other_path);
    people_free(&people);
    return 0;
}

/* ---- modes ---- */

static void draw_modes(double *x, double *weight, size_t n)
{
    MkRng rng = mk_rng(2, MK_RNG_TEST, 0);
    for (size_t i = 0; i < n; i++) {
        const double u = mk_rng_uniform(&rng), z = mk_rng_normal(&rng);
        x[i] = u < 0.5 ? 2.0 + z : u < 0.8 ? 30.0 + 3.0 * z : 100.0 + 0.5 * z;
        weight[i] = 1.0;
    }
}

static void test_the_mixture_finds_the_modes_that_are_there(void **state)
{
    enum { N = 6000 };
    static double x[N], weight[N];
    static const double mean[] = {2.0, 30.0, 100.0}, sd[] = {1.0, 3.0, 0.5};
    MkArena *const arena = mk_arena_new(0);
    MkModes modes;
    (void)state;
    draw_modes(x, weight, N);
    assert_int_equal(mk_modes_fit(x, weight, N, 0.005, arena, &modes, NULL), MK_OK);
    assert_in_range(modes.n, 3, MK_MODES_MAX);
    for (size_t k = 0; k < 3; k++) { /* what a mode covers may be shared by several */
        double p[MK_MODES_MAX], near = 0.0, middle = 0.0, count = 0.0;
        for (size_t i = 0; i < N; i++) {
            if (fabs(x[i] - mean[k]) < 5.0 * sd[k]) {
                mk_modes_of(&modes, x[i], p);
                for (size_t m = 0; m < modes.n; m++) {
                    const double share = fabs(modes.mean[m] - mean[k]) < 4.0 * sd[k] ? p[m] : 0.0;
                    near += share;
                    middle += share * modes.mean[m];
                }
                count += 1.0;
            }
        }
        /* the prior has the mean and variance of all, 30 and 1375, and counts as one person
         * (Bishop 10.60 to 10.62) */
        const double pull = mean[k] - 30.0;
        const double wide = sqrt(sd[k] * sd[k] + (1375.0 + pull * pull) / count);
        const size_t here = mk_modes_likeliest(&modes, mean[k]);
        assert_true(near / count > 0.998);
        assert_close(middle / near, mean[k], 0.1 * wide, 0);
        assert_close(modes.mean[here], mean[k], wide, 0);
        assert_close(modes.sd[here], wide, 0, 0.05);
    }
    mk_arena_free(arena);
}

static void test_a_single_value_is_one_mode(void **state)
{
    const double x[3] = {7.0, 7.0, 7.0}, weight[3] = {1.0, 2.0, 0.5};
    MkArena *const arena = mk_arena_new(0);
    MkModes modes;
    (void)state;
    assert_int_equal(mk_modes_fit(x, weight, 3, 0.005, arena, &modes, NULL), MK_OK);
    assert_true(modes.n >= 1);
    for (size_t m = 0; m < modes.n; m++) {
        assert_close(modes.mean[m], 7.0, 1e-4, 0);
    }
    mk_arena_free(arena);
}

static void test_a_value_comes_back_from_its_mode(void **state)
{
    const MkModes modes = {2, {10.0, 50.0}, {2.0, 5.0}, {0.5, 0.5}};
    (void)state;
    for (double x = 3.0; x < 69.0; x += 0.37) {
        const size_t mode = mk_modes_likeliest(&modes, x);
        const double scalar = mk_modes_scalar(&modes, mode, x);
        assert_true(fabs(scalar) <= 0.99);
        if (fabs(scalar) < 0.99) {
            assert_close(mk_modes_value(&modes, mode, scalar), x, 1e-12, 0);
        }
    }
    assert_close(mk_modes_scalar(&modes, 0, 1e9), 0.99, 0, 0);
    assert_close(mk_modes_value(&modes, 0, 7.0), 18.0, 1e-12, 0);
}

static void test_people_come_back_from_their_records(void **state)
{
    MkArena *const arena = mk_arena_new(0);
    MkRecords r;
    MkCoded coded;
    (void)state;
    assert_int_equal(mk_records_fit(&people.data, people.schema, false, arena, &r, NULL), MK_OK);
    assert_int_equal(mk_records_code(&r, &people.data, 3, arena, &coded, NULL), MK_OK);
    float *const row = mk_arena_array(arena, r.width, sizeof *row);
    for (size_t i = 0; i < 500; i++) {
        mk_records_write(&r, &coded, &i, 1, row);
        for (size_t j = 0; j < r.n; j++) {
            const MkCoding *const c = &r.columns[j];
            const double value = mk_cohort_get(people.cohort, i, j);
            const float *const share = row + mk_coding_shares(c);
            float sum = 0.0F;
            size_t code = 0;
            for (size_t k = 0; k < c->n; k++) {
                sum += share[k];
                code = share[k] > 0.5F ? k : code;
            }
            assert_close((double)sum, 1.0, 0, 0);
            assert_int_equal(isnan(value), c->n > c->n_values && code == c->n_values);
            if (!isnan(value) && !c->is_number) {
                assert_int_equal(code, (size_t)value);
            } else if (!isnan(value) && fabsf(row[c->at]) < 0.99F) {
                assert_close(mk_modes_value(&c->modes, code, (double)row[c->at]), value, 1e-4,
                             1e-6);
            }
        }
    }
    mk_arena_free(arena);
}

/* ---- gradient ---- */

enum { ROWS = 8 };

typedef struct Bench {
    MkTvaeNet net;
    MkTvaeTape tape;
    float *x, *noise, *gradient;
} Bench;

static double loss_at(void *ctx, const float *value)
{
    Bench *const b = ctx;
    return mk_tvae_loss(&b->net, value, b->x, b->noise, ROWS, 2.0, &b->tape, b->gradient);
}

static void test_the_gradient_of_the_loss_is_that_of_differences(void **state)
{
    MkArena *const arena = mk_arena_new(0);
    MkRecords r;
    MkCoded coded;
    MkParameters p;
    Bench b;
    size_t rows[ROWS];
    MkRng rng = mk_rng(5, MK_RNG_TEST, 0);
    (void)state;
    assert_int_equal(mk_records_fit(&people.data, people.schema, false, arena, &r, NULL), MK_OK);
    assert_int_equal(mk_records_code(&r, &people.data, 3, arena, &coded, NULL), MK_OK);
    b.net = mk_tvae_net(&r, 6, 3);
    assert_true(mk_parameters_init(&p, b.net.n, arena));
    assert_true(mk_tvae_tape(&b.net, ROWS, arena, &b.tape));
    b.x = mk_arena_array(arena, ROWS * r.width, sizeof *b.x);
    b.noise = mk_arena_array(arena, ROWS * b.net.latent, sizeof *b.noise);
    b.gradient = mk_arena_zeros(arena, b.net.n, sizeof *b.gradient);
    float *const direction = mk_arena_array(arena, b.net.n, sizeof *direction);
    mk_tvae_init(&b.net, 4, &p);
    for (size_t i = 0; i < r.n_scalars; i++) {
        p.value[b.net.sigma + i] = 0.6F;
    }
    for (size_t i = 0; i < ROWS; i++) {
        rows[i] = i;
    }
    mk_records_write(&r, &coded, rows, ROWS, b.x);
    for (size_t i = 0; i < ROWS * b.net.latent; i++) {
        b.noise[i] = (float)mk_rng_normal(&rng);
    }
    loss_at(&b, p.value);
    memcpy(p.gradient, b.gradient, b.net.n * sizeof *b.gradient);
    const size_t begin[] = {0,
                            b.net.encode[1].weight,
                            b.net.mean.weight,
                            b.net.log_variance.weight,
                            b.net.decode[0].weight,
                            b.net.decode[1].weight,
                            b.net.out.weight,
                            b.net.sigma,
                            b.net.n};
    for (size_t part = 0; part + 1 < sizeof begin / sizeof *begin; part++) {
        double slope = 0.0;
        for (size_t i = 0; i < b.net.n; i++) {
            const bool inside = i >= begin[part] && i < begin[part + 1];
            direction[i] = inside ? (float)mk_rng_normal(&rng) : 0.0F;
            slope += (double)(direction[i] * p.gradient[i]);
        }
        assert_close(tabular_slope(loss_at, &b, p.value, direction, b.net.n, 2e-3), slope, 2e-3,
                     0.01);
    }
    mk_arena_free(arena);
}

/* ---- what is learned ---- */

static void test_persons_are_as_people_are(void **state)
{
    double *const v = tabular_draw(*state, NULL, NULL, 0, PERSONS);
    bool *const lower = malloc(PERSONS * sizeof *lower);
    assert_non_null(lower);
    for (size_t i = 0; i < PERSONS; i++) {
        lower[i] = v[i * TABULAR_N + TABULAR_Y] < 50.0;
    }
    assert_close(tabular_mean(v, PERSONS, TABULAR_X), 50.0, 1.5, 0);
    assert_close(tabular_mean(v, PERSONS, TABULAR_Y), 30.0, 5.0, 0);
    assert_close(tabular_mean(v, PERSONS, TABULAR_S), 0.3, 0.05, 0);
    assert_true(tabular_correlation(v, PERSONS, TABULAR_Y, TABULAR_S, NULL) > 0.85);
    assert_close(tabular_correlation(v, PERSONS, TABULAR_X, TABULAR_Y, lower), 0.8, 0.25, 0);
    assert_true(tabular_correlation(v, PERSONS, TABULAR_X, TABULAR_T, NULL) > 0.6);
    free(lower);
    free(v);
}

static void test_what_is_known_moves_the_rest(void **state)
{
    const MkModel *const model = *state;
    const MkPoint upper = {TABULAR_Y, 104.0}, high = {TABULAR_X, 65.0};
    const size_t s = TABULAR_S, y = TABULAR_Y;
    MkArena *const arena = mk_arena_new(0);
    MkDistribution d;
    assert_int_equal(mk_model_posterior(model, &upper, 1, &s, 1, arena, &d, NULL), MK_OK);
    assert_true(mk_dist_level(&d, 1) > 0.8);
    assert_int_equal(mk_model_posterior(model, &high, 1, &y, 1, arena, &d, NULL), MK_OK);
    assert_close(mk_dist_quantile(&d, 0.35), 6.0, 4.0, 0); /* inside the lower mode */
    const size_t known[1] = {TABULAR_S};
    const double yes[1] = {1.0};
    double *const v = tabular_draw(model, known, yes, 1, 500);
    assert_close(tabular_mean(v, 500, TABULAR_Y), 100.0, 10.0, 0);
    free(v);
    mk_arena_free(arena);
}

static void test_the_same_seed_gives_the_same_file(void **state)
{
    const char *const quick[] = {"tvae_epochs", "3", "tvae_hidden", "8", "tvae_latent", "4", NULL};
    char third[600];
    (void)state;
    snprintf(third, sizeof third, "%s.again", other_path);
    tabular_train(&people, "tvae", quick, other_path);
    tabular_train(&people, "tvae", quick, third);
    people_same_tensors(other_path, third);
    remove(third);
}

static void test_broken_files_are_refused(void **state)
{
    const float not_finite = NAN;
    const double negative = -1.0;
    const int32_t none = 0, huge = 1 << 20;
    (void)state;
    tabular_refuses(path, other_path, "kind.network", 40, &not_finite, sizeof not_finite);
    tabular_refuses(path, other_path, "kind.modes", 8, &negative, sizeof negative);
    tabular_refuses(path, other_path, "kind.codes", 0, &none, sizeof none);
    tabular_refuses(path, other_path, "kind.codes", 4, &huge, sizeof huge);
    tabular_refuses(path, other_path, "kind.sizes", 0, &huge, sizeof huge);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_mixture_finds_the_modes_that_are_there),
        cmocka_unit_test(test_a_single_value_is_one_mode),
        cmocka_unit_test(test_a_value_comes_back_from_its_mode),
        cmocka_unit_test(test_people_come_back_from_their_records),
        cmocka_unit_test(test_the_gradient_of_the_loss_is_that_of_differences),
        cmocka_unit_test(test_persons_are_as_people_are),
        cmocka_unit_test(test_what_is_known_moves_the_rest),
        cmocka_unit_test(test_the_same_seed_gives_the_same_file),
        cmocka_unit_test(test_broken_files_are_refused),
    };
    return cmocka_run_group_tests(tests, open_model, close_model);
}
