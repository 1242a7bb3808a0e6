/* Likelihoods: gradients by finite differences, sums to one, and the densities of GSL. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "tests/check.h"

#include <string.h>

#include <gsl/gsl_randist.h>

#include "model/likelihood/likelihood.h"
#include "model/marginal_fit.h"
#include "src/base/rng.h"

enum { MOST = 12 };

typedef double Family(const float *parameters, size_t n, double y, float *gradient);

static double gaussian(const float *p, size_t n, double y, float *g)
{
    (void)n;
    return mk_gaussian(p, y, g);
}

static double poisson(const float *p, size_t n, double y, float *g)
{
    (void)n;
    return mk_poisson(p, y, g);
}

static double categorical(const float *p, size_t n, double y, float *g)
{
    return mk_categorical(p, n, (size_t)y, g);
}

static double ordinal(const float *p, size_t n, double y, float *g)
{
    return mk_ordinal(p, n, (size_t)y, g);
}

/* Fourth-order central difference; the step is a power of two, so that it is exact in float. */
static double difference(Family *family, const float *parameters, size_t n, double y, size_t i)
{
    const float h = 0.0078125F;
    float p[MOST];
    double f[4];
    const float at[4] = {-2.0F * h, -h, h, 2.0F * h};
    for (size_t k = 0; k < 4; k++) {
        memcpy(p, parameters, n * sizeof *p);
        p[i] = parameters[i] + at[k];
        f[k] = family(p, n, y, NULL);
    }
    return (f[0] - 8.0 * f[1] + 8.0 * f[2] - f[3]) / (12.0 * (double)h);
}

static void check_gradient(Family *family, const float *parameters, size_t n, double y)
{
    float gradient[MOST];
    const double with = family(parameters, n, y, gradient);
    assert_close(family(parameters, n, y, NULL), with, 0, 0);
    for (size_t i = 0; i < n; i++) {
        const double want = difference(family, parameters, n, y, i);
        assert_close((double)gradient[i], want, 2e-6, 2e-5);
    }
}

/* Parameters on a grid of 1/64, so that the steps above lose nothing. */
static void draw(MkRng *rng, double sd, float *parameters, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        parameters[i] = (float)(round(64.0 * sd * mk_rng_normal(rng)) / 64.0);
    }
}

static void test_gradients_are_those_of_finite_differences(void **state)
{
    MkRng rng = mk_rng(1, MK_RNG_TEST, 0);
    float p[MOST];
    (void)state;
    for (int round = 0; round < 200; round++) {
        draw(&rng, 1.5, p, 2);
        check_gradient(gaussian, p, 2, 2.0 * mk_rng_normal(&rng));
        draw(&rng, 2.0, p, 1);
        check_gradient(poisson, p, 1, floor(40.0 * mk_rng_uniform(&rng)));
        for (size_t n = 2; n <= MOST; n += 5) {
            draw(&rng, 1.5, p, n);
            check_gradient(categorical, p, n, (double)mk_rng_below(&rng, n));
        }
        for (size_t n = 2; n <= 8; n += 3) {
            draw(&rng, 1.0, p, n);
            check_gradient(ordinal, p, n, (double)mk_rng_below(&rng, n));
        }
    }
}

static void test_gaussian_is_the_density_of_gsl(void **state)
{
    (void)state;
    for (double raw = -12.0; raw <= 45.0; raw += 0.5) {
        const float p[2] = {0.25F, (float)raw};
        const double sd = log1p(exp(-fabs(raw))) + fmax(raw, 0.0) + 1e-3;
        for (double y = -2.0; y <= 2.0; y += 0.5) {
            const double z = (y - 0.25) / sd;
            if (fabs(z) < 30.0) { /* the density itself is 0 beyond */
                assert_close(mk_gaussian(p, y, NULL), log(gsl_ran_gaussian_pdf(y - 0.25, sd)), 1e-9,
                             1e-9);
            }
        }
    }
}

static void test_poisson_is_the_mass_of_gsl_and_keeps_its_bounds(void **state)
{
    float gradient = 1.0F;
    (void)state;
    for (double raw = -5.0; raw <= 5.0; raw += 0.25) {
        const float p = (float)raw;
        double sum = 0.0;
        for (unsigned y = 0; y < 400; y++) {
            const double log_p = mk_poisson(&p, y, NULL);
            sum += exp(log_p);
            assert_close(exp(log_p), gsl_ran_poisson_pdf(y, exp(raw)), 1e-15, 1e-9);
        }
        assert_close(sum, 1.0, 1e-9, 0);
    }
    const float low = -100.0F, high = 100.0F;
    assert_close(mk_poisson(&low, 3.0, &gradient), log(gsl_ran_poisson_pdf(3, 1e-6)), 1e-9, 0);
    assert_close((double)gradient, 0.0, 0, 0);
    assert_true(isfinite(mk_poisson(&high, 3.0, &gradient)));
    assert_close((double)gradient, 0.0, 0, 0);
}

static void test_levels_sum_to_one_and_agree_with_their_logs(void **state)
{
    MkRng rng = mk_rng(2, MK_RNG_TEST, 0);
    float parameters[MOST];
    double p[MOST];
    (void)state;
    for (int round = 0; round < 100; round++) {
        for (size_t n = 2; n <= MOST; n++) {
            double sum = 0.0;
            draw(&rng, 3.0, parameters, n);
            mk_categorical_p(parameters, n, p);
            for (size_t k = 0; k < n; k++) {
                assert_close(log(p[k]), mk_categorical(parameters, n, k, NULL), 1e-12, 1e-12);
                sum += p[k];
            }
            assert_close(sum, 1.0, 1e-12, 0);
            sum = 0.0;
            mk_ordinal_p(parameters, n, p);
            for (size_t k = 0; k < n; k++) {
                /* p is divided by its sum, which the floor of 1e-6 may lift a little */
                assert_close(log(p[k]), mk_ordinal(parameters, n, k, NULL), 2e-5, 0);
                assert_true(p[k] > 0.0);
                sum += p[k];
            }
            assert_close(sum, 1.0, 1e-12, 0);
        }
    }
}

static void test_ordinal_follows_its_cumulative_logits(void **state)
{
    /* thresholds 0.5, 0.5 + log 2, 0.5 + log 2 + softplus(1) */
    const float parameters[4] = {0.75F, 0.5F, 0.0F, 1.0F};
    const double t[3] = {0.5, 0.5 + log(2.0), 0.5 + log(2.0) + log1p(exp(1.0))};
    double before = 0.0;
    (void)state;
    for (size_t k = 0; k < 4; k++) {
        const double here = k < 3 ? 1.0 / (1.0 + exp(0.75 - t[k])) : 1.0;
        assert_close(mk_ordinal(parameters, 4, k, NULL), log(here - before), 1e-12, 0);
        before = here;
    }
}

static void test_extreme_parameters_stay_finite(void **state)
{
    const float wild[4] = {-300.0F, 300.0F, 200.0F, -200.0F};
    const float far[4] = {500.0F, -400.0F, 3.0F, 3.0F};
    float gradient[4];
    (void)state;
    for (size_t k = 0; k < 4; k++) {
        assert_true(isfinite(mk_categorical(wild, 4, k, gradient)));
        assert_true(isfinite(mk_ordinal(wild, 4, k, gradient)));
        assert_true(isfinite(mk_ordinal(far, 4, k, gradient)));
        for (size_t i = 0; i < 4; i++) {
            assert_true(isfinite(gradient[i]));
        }
    }
    const float narrow[2] = {0.0F, -300.0F};
    assert_true(isfinite(mk_gaussian(narrow, 1.0, gradient)));
    assert_true(isfinite(gradient[0]) && isfinite(gradient[1]));
}

/* ---- families of attributes ---- */

static const MkLevel three[3] = {{"0", "none"}, {"1", "some"}, {"2", "much"}};

static MkMarginal marginal_of(const MkAttribute *attribute, MkArena *arena)
{
    double values[400];
    MkRng rng = mk_rng(3, MK_RNG_TEST, (uint64_t)attribute->type);
    for (size_t i = 0; i < 400; i++) {
        const double z = mk_rng_normal(&rng);
        values[i] = attribute->type == MK_REAL       ? 5.0 + 2.0 * z
                    : attribute->type == MK_POSITIVE ? exp(2.0 + 0.5 * z)
                    : attribute->type == MK_COUNT    ? floor(6.0 * mk_rng_uniform(&rng))
                                                     : (double)mk_rng_below(&rng, 3);
    }
    MkMarginal m = {0};
    const MkMarginalFit fit = {.n_cells = 16, .min_people = 12};
    assert_int_equal(mk_marginal_fit(attribute, values, NULL, 400, NULL, &fit, arena, &m, NULL),
                     MK_OK);
    return m;
}

/* The distribution made from parameters has the density that training scores. */
static void test_a_distribution_has_the_scored_density(void **state)
{
    MkArena *const arena = mk_arena_new(0);
    const float parameters[3] = {0.5F, 0.25F, 0.75F};
    (void)state;
    for (int type = MK_REAL; type <= MK_ORDINAL; type++) {
        const bool number = mk_type_is_number((MkType)type);
        const MkAttribute a = {.name = "a",
                               .type = (MkType)type,
                               .min = type == MK_REAL ? -INFINITY : 0.0,
                               .max = INFINITY,
                               .n_levels = number ? 0 : 3,
                               .levels = number ? NULL : three};
        const MkMarginal m = marginal_of(&a, arena);
        assert_int_equal(mk_likelihood_outputs(&a), type == MK_COUNT ? 1 : number ? 2 : 3);
        MkDistribution d;
        assert_int_equal(mk_likelihood_distribution(&m, parameters, arena, &d, NULL), MK_OK);
        for (double x = 0.0; x <= 2.0; x += 1.0) {
            const double scaled = mk_likelihood_scale(&m, x);
            const double p = exp(mk_likelihood_log(&m, parameters, scaled, NULL));
            if (type == MK_REAL || type == MK_POSITIVE) {
                const double h = 1e-4, v = x + 3.0;
                const double density =
                    exp(mk_likelihood_log(&m, parameters, mk_likelihood_scale(&m, v), NULL));
                const double slope =
                    (mk_likelihood_scale(&m, v + h) - mk_likelihood_scale(&m, v - h)) / (2.0 * h);
                assert_close((mk_dist_cdf(&d, v + h) - mk_dist_cdf(&d, v - h)) / (2.0 * h),
                             density * slope, 0, 1e-6);
            } else if (type == MK_COUNT) {
                assert_close(mk_dist_mass(&d, x, x), p, 1e-12, 1e-9);
            } else {
                assert_close(mk_dist_level(&d, (size_t)x), p, 1e-12, 1e-5);
            }
        }
    }
    mk_arena_free(arena);
}

/* Real and positive values have mean 0 and sd 1 on their family's scale. */
static void test_probabilities_of_cells_sum_to_one(void **state)
{
    MkArena *const arena = mk_arena_new(0);
    const float parameters[3] = {0.3F, -0.2F, 0.4F};
    (void)state;
    for (int type = MK_REAL; type <= MK_ORDINAL; type++) {
        const bool number = mk_type_is_number((MkType)type);
        const MkAttribute a = {.name = "a",
                               .type = (MkType)type,
                               .min = type == MK_REAL ? -INFINITY : 0.0,
                               .max = INFINITY,
                               .n_levels = number ? 0 : 3,
                               .levels = number ? NULL : three};
        const MkMarginal m = marginal_of(&a, arena);
        double sum = 0.0;
        for (size_t k = 0; k < m.n_cells; k++) {
            const double log_p = mk_likelihood_cell(&m, parameters, k);
            assert_true(isfinite(log_p) && log_p <= 0.0);
            sum += exp(log_p);
        }
        assert_close(sum, 1.0, 0, 1e-9);
    }
    mk_arena_free(arena);
}

static void test_numbers_are_standardised_for_their_family(void **state)
{
    MkArena *const arena = mk_arena_new(0);
    (void)state;
    for (int type = MK_REAL; type <= MK_POSITIVE; type++) {
        const MkAttribute a = {
            .name = "a", .type = (MkType)type, .min = -INFINITY, .max = INFINITY};
        const MkMarginal m = marginal_of(&a, arena);
        MkRng rng = mk_rng(3, MK_RNG_TEST, (uint64_t)type);
        double sum = 0.0, squares = 0.0;
        for (size_t i = 0; i < 400; i++) {
            const double z = mk_rng_normal(&rng);
            const double y =
                mk_likelihood_scale(&m, type == MK_REAL ? 5.0 + 2.0 * z : exp(2.0 + 0.5 * z));
            sum += y;
            squares += y * y;
        }
        assert_close(sum / 400.0, 0.0, 0.02, 0);
        assert_close(squares / 400.0, 1.0, 0.05, 0);
    }
    mk_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gradients_are_those_of_finite_differences),
        cmocka_unit_test(test_gaussian_is_the_density_of_gsl),
        cmocka_unit_test(test_poisson_is_the_mass_of_gsl_and_keeps_its_bounds),
        cmocka_unit_test(test_levels_sum_to_one_and_agree_with_their_logs),
        cmocka_unit_test(test_ordinal_follows_its_cumulative_logits),
        cmocka_unit_test(test_extreme_parameters_stay_finite),
        cmocka_unit_test(test_a_distribution_has_the_scored_density),
        cmocka_unit_test(test_probabilities_of_cells_sum_to_one),
        cmocka_unit_test(test_numbers_are_standardised_for_their_family),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
