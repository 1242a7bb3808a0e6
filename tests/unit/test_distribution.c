#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "tests/check.h"

#include <stdlib.h>
#include <string.h>

#include "model/distribution.h"
#include "model/marginal_fit.h"
#include "model/normal.h"
#include "src/base/arena.h"

enum { PEOPLE = 2000, KINDS = 9 };

static const MkLevel levels[4] = {{"0", "never"}, {"1", "some"}, {"2", "often"}, {"3", "always"}};
static const double level_p[4] = {0.1, 0.2, 0.45, 0.25};

static const MkAttribute real = {.name = "r", .type = MK_REAL, .min = -INFINITY, .max = INFINITY};
static const MkAttribute positive = {
    .name = "p", .type = MK_POSITIVE, .min = 0, .max = INFINITY, .resolution = 0.5};
static const MkAttribute count = {
    .name = "c", .type = MK_COUNT, .min = 0, .max = INFINITY, .resolution = 1};
static const MkAttribute ordinal = {
    .name = "o", .type = MK_ORDINAL, .n_levels = 4, .levels = levels};

/* Distributions of numbers of every kind; `slack`: how far an integral in steps may be off. */
typedef struct Fixture {
    MkArena *arena;
    MkMarginal smooth, heaped;
    MkDistribution numbers[KINDS];
} Fixture;

static MkDistribution cells_of(Fixture *f, const MkMarginal *m, double tilt)
{
    double *const p = mk_arena_array(f->arena, m->n_cells, sizeof *p);
    double total = 0.0;
    assert_non_null(p);
    for (size_t k = 0; k < m->n_cells; k++) { /* not the population's own shares */
        p[k] = m->share[k] * exp(tilt * m->score[k]);
        total += p[k];
    }
    for (size_t k = 0; k < m->n_cells; k++) {
        p[k] /= total;
    }
    return (MkDistribution){
        .kind = MK_DIST_CELLS, .attribute = m->attribute, .n = m->n_cells, .p = p, .marginal = m};
}

static MkMarginal marginal_of(Fixture *f, const MkAttribute *attribute, double zeros)
{
    static double values[PEOPLE];
    const MkMarginalFit fit = {.n_cells = 24, .min_people = 12};
    MkMarginal m = {0};
    MkRng rng = mk_rng(1, MK_RNG_TEST, (uint64_t)attribute->type);
    for (size_t i = 0; i < PEOPLE; i++) {
        const double x = exp(1.0 + 0.6 * mk_rng_normal(&rng));
        values[i] = mk_rng_uniform(&rng) < zeros ? 0.0
                    : attribute->type == MK_REAL ? x - 3.0
                                                 : 0.5 * round(2.0 * x);
    }
    assert_int_equal(
        mk_marginal_fit(attribute, values, NULL, PEOPLE, NULL, &fit, f->arena, &m, NULL), MK_OK);
    return m;
}

static int open_fixture(void **state)
{
    static Fixture f;
    static const double mix[3] = {0.5, 0.2, 0.3};
    f.arena = mk_arena_new(0);
    f.smooth = marginal_of(&f, &real, 0.0);
    f.heaped = marginal_of(&f, &positive, 0.3);
    f.numbers[0] = cells_of(&f, &f.smooth, 0.7);
    f.numbers[1] = cells_of(&f, &f.heaped, -0.3);
    f.numbers[2] =
        (MkDistribution){.kind = MK_DIST_NORMAL, .attribute = &real, .a = -1.5, .b = 2.25};
    f.numbers[3] = (MkDistribution){
        .kind = MK_DIST_LOGNORMAL, .attribute = &positive, .a = 2.0, .b = 0.35, .shift = 1.0};
    f.numbers[4] = (MkDistribution){.kind = MK_DIST_POISSON, .attribute = &count, .a = 3.7};
    f.numbers[5] = (MkDistribution){.kind = MK_DIST_POINT, .attribute = &count, .a = 4.0};
    /* mixtures: of families, of a family and a point, of cells with one shape */
    MkDistribution *const parts = mk_arena_array(f.arena, 3, sizeof *parts);
    parts[0] = f.numbers[0];
    parts[1] = f.numbers[2];
    parts[2] = (MkDistribution){.kind = MK_DIST_POINT, .attribute = &real, .a = 1.0};
    assert_int_equal(mk_dist_mix(parts, mix, 3, f.arena, &f.numbers[6], NULL), MK_OK);
    MkDistribution *const two = mk_arena_array(f.arena, 2, sizeof *two);
    two[0] = f.numbers[1];
    two[1] = cells_of(&f, &f.heaped, 1.0);
    assert_int_equal(mk_dist_mix(two, mix, 2, f.arena, &f.numbers[7], NULL), MK_OK);
    f.numbers[8] = (MkDistribution){.kind = MK_DIST_POISSON, .attribute = &count, .a = 45.0};
    *state = &f;
    return 0;
}

static int close_fixture(void **state)
{
    mk_arena_free(((Fixture *)*state)->arena);
    return 0;
}

/* ---- integrals by brute force, from the cdf alone ---- */

enum { STEPS = 200000 };

static void reach(const MkDistribution *d, double *low, double *high)
{
    *low = mk_dist_quantile(d, 1e-9) - 1.0;
    *high = mk_dist_quantile(d, 1.0 - 1e-9) + 1.0;
}

/* E[X] = high - integral of F; E[X^2] = high^2 - integral of 2 x F. */
static void brute_moments(const MkDistribution *d, double *mean, double *sd)
{
    double low, high, first = 0.0, second = 0.0;
    reach(d, &low, &high);
    const double h = (high - low) / STEPS;
    for (size_t i = 0; i < STEPS; i++) {
        const double x = low + h * ((double)i + 0.5), f = mk_dist_cdf(d, x);
        first += f * h;
        second += 2.0 * x * f * h;
    }
    *mean = high - first;
    *sd = sqrt(fmax(high * high - second - *mean * *mean, 0.0));
}

static double brute_crps(const MkDistribution *d, double x)
{
    double low, high, sum = 0.0;
    reach(d, &low, &high);
    low = fmin(low, x);
    high = fmax(high, x);
    const double h = (high - low) / STEPS;
    for (size_t i = 0; i < STEPS; i++) {
        const double t = low + h * ((double)i + 0.5);
        const double e = mk_dist_cdf(d, t) - (t >= x ? 1.0 : 0.0);
        sum += e * e * h;
    }
    return sum;
}

/* ---- tests ---- */

static void test_quantiles_invert_the_cdf(void **state)
{
    const Fixture *const f = *state;
    for (size_t k = 0; k < KINDS; k++) {
        const MkDistribution *const d = &f->numbers[k];
        double before = -INFINITY;
        for (double q = 0.001; q < 1.0; q += 0.007) {
            const double x = mk_dist_quantile(d, q);
            assert_true(x >= before);
            before = x;
            assert_true(mk_dist_cdf(d, x) >= q - 1e-6);
            assert_true(mk_dist_cdf_below(d, x) <= q + 1e-6);
            /* just below x the cdf has not reached q yet */
            assert_true(mk_dist_cdf(d, x - 1e-4) <= q + 1e-4);
        }
    }
}

static void test_cdfs_ascend_from_zero_to_one(void **state)
{
    const Fixture *const f = *state;
    for (size_t k = 0; k < KINDS; k++) {
        const MkDistribution *const d = &f->numbers[k];
        double low, high, before = 0.0;
        reach(d, &low, &high);
        assert_close(mk_dist_cdf(d, low - 1.0), 0.0, 1e-6, 0);
        assert_close(mk_dist_cdf(d, high + 1.0), 1.0, 1e-6, 0);
        for (int i = 0; i <= 4000; i++) {
            const double x = low + (high - low) * i / 4000.0;
            const double below = mk_dist_cdf_below(d, x), here = mk_dist_cdf(d, x);
            assert_true(below >= before - 1e-12 && here >= below - 1e-12 && here <= 1.0 + 1e-12);
            before = here;
        }
    }
}

static void test_atoms_stand_between_the_two_cdfs(void **state)
{
    const Fixture *const f = *state;
    const MkDistribution *const d = &f->numbers[1]; /* heaped at 0 */
    assert_close(mk_dist_cdf_below(d, 0.0), 0.0, 0, 0);
    assert_close(mk_dist_cdf(d, 0.0), d->p[0], 1e-12, 0);
    assert_close(mk_dist_mass(d, 0.0, 0.0), d->p[0], 1e-12, 0);
    assert_close(mk_dist_log_prob(d, 0.0), log(d->p[0]), 1e-9, 0);
    const MkDistribution *const mix = &f->numbers[6]; /* 0.3 at the point 1 */
    assert_close(mk_dist_mass(mix, 1.0, 1.0), 0.3, 1e-9, 0);
    assert_close(mk_dist_cdf(&f->numbers[5], 4.0), 1.0, 0, 0);
    assert_close(mk_dist_cdf_below(&f->numbers[5], 4.0), 0.0, 0, 0);
}

static void test_means_and_sds_are_those_of_the_integrals(void **state)
{
    const Fixture *const f = *state;
    for (size_t k = 0; k < KINDS; k++) {
        double mean, sd;
        brute_moments(&f->numbers[k], &mean, &sd);
        assert_close(mk_dist_mean(&f->numbers[k]), mean, 2e-3, 0);
        assert_close(mk_dist_sd(&f->numbers[k]), sd, k == 5 ? 0.1 : 4e-3, 0);
    }
    assert_close(mk_dist_sd(&f->numbers[5]), 0.0, 0, 0);
}

static void test_crps_is_the_integral_of_squares(void **state)
{
    const Fixture *const f = *state;
    const double at[] = {-4.0, 0.0, 0.5, 1.0, 3.25, 4.0, 9.0, 60.0};
    for (size_t k = 0; k < KINDS; k++) {
        for (size_t i = 0; i < sizeof at / sizeof *at; i++) {
            const double want = brute_crps(&f->numbers[k], at[i]);
            assert_close(mk_dist_crps(&f->numbers[k], at[i]), want, 2e-3, 1e-3);
        }
    }
}

static void test_bins_sum_to_the_mass_of_their_range(void **state)
{
    const Fixture *const f = *state;
    double bins[37];
    for (size_t k = 0; k < KINDS; k++) {
        const MkDistribution *const d = &f->numbers[k];
        const double ranges[3][2] = {{-2.0, 6.0}, {0.0, 4.0}, {1.0, 50.0}};
        for (size_t r = 0; r < 3; r++) {
            double sum = 0.0;
            mk_dist_bins(d, ranges[r][0], ranges[r][1], 37, bins);
            for (size_t i = 0; i < 37; i++) {
                assert_true(bins[i] >= 0.0);
                sum += bins[i];
            }
            assert_close(sum, mk_dist_mass(d, ranges[r][0], ranges[r][1]), 1e-9, 0);
        }
        double low, high, sum = 0.0;
        reach(d, &low, &high);
        mk_dist_bins(d, low, high, 37, bins);
        for (size_t i = 0; i < 37; i++) {
            sum += bins[i];
        }
        assert_close(sum, 1.0, 1e-6, 0);
    }
}

static void test_log_prob_is_the_mass_of_the_recorded_step(void **state)
{
    const Fixture *const f = *state;
    const MkDistribution *const heaped = &f->numbers[1];
    double sum = 0.0;
    for (double x = 0.0; x < 60.0; x += 0.5) { /* every value that can be recorded */
        sum += exp(mk_dist_log_prob(heaped, x));
    }
    assert_close(sum, 1.0, 1e-6, 0);
    sum = 0.0;
    for (double x = 0.0; x < 60.0; x += 1.0) {
        sum += exp(mk_dist_log_prob(&f->numbers[4], x));
    }
    assert_close(sum, 1.0, 1e-9, 0);
    assert_close(mk_dist_log_prob(&f->numbers[4], 2.0), 2.0 * log(3.7) - 3.7 - log(2.0), 1e-9, 0);
    assert_true(isfinite(mk_dist_log_prob(&f->numbers[5], 7.0))); /* impossible: a floor */
    assert_close(mk_dist_log_prob(&f->numbers[5], 4.0), 0.0, 1e-9, 0);
}

static void test_modes_are_where_most_is(void **state)
{
    const Fixture *const f = *state;
    assert_close(mk_dist_mode(&f->numbers[1]), 0.0, 0, 0); /* the heap */
    assert_close(mk_dist_mode(&f->numbers[2]), -1.5, 0, 0);
    assert_close(mk_dist_mode(&f->numbers[3]), exp(2.0 - 0.35 * 0.35) - 1.0, 1e-12, 0);
    assert_close(mk_dist_mode(&f->numbers[4]), 3.0, 0, 0);
    assert_close(mk_dist_mode(&f->numbers[5]), 4.0, 0, 0);
    assert_close(mk_dist_mode(&f->numbers[6]), 1.0, 0.2, 0); /* the point */
    /* cells: no window of the same width holds clearly more */
    const MkDistribution *const d = &f->numbers[0];
    const double low = mk_dist_quantile(d, 0.01), high = mk_dist_quantile(d, 0.99);
    const double half = 0.5 * (high - low) / 64.0, mode = mk_dist_mode(d);
    const double best = mk_dist_mass(d, mode - half, mode + half);
    for (double x = low; x < high; x += half) {
        assert_true(mk_dist_mass(d, x - half, x + half) < 1.5 * best);
    }
}

static void test_draws_have_the_moments_and_the_step(void **state)
{
    enum { DRAWS = 40000 };
    const Fixture *const f = *state;
    for (size_t k = 0; k < KINDS; k++) {
        const MkDistribution *const d = &f->numbers[k];
        MkRng rng = mk_rng(7, MK_RNG_SAMPLE, k);
        double sum = 0.0, squares = 0.0;
        for (size_t i = 0; i < DRAWS; i++) {
            const double x = mk_dist_draw(d, &rng);
            const double step = d->attribute->resolution;
            assert_true(isfinite(x) && x >= d->attribute->min);
            assert_true(step <= 0.0 || fabs(x / step - round(x / step)) < 1e-9);
            sum += x;
            squares += x * x;
        }
        const double mean = sum / DRAWS, sd = sqrt(fmax(squares / DRAWS - mean * mean, 0.0));
        const double error = mk_dist_sd(d) / sqrt((double)DRAWS);
        assert_close(mean, mk_dist_mean(d), 4.0 * error + 0.02, 0);
        assert_close(sd, mk_dist_sd(d), 0.03, 0.03);
    }
}

static void test_levels_are_their_probabilities(void **state)
{
    const MkDistribution d = {.kind = MK_DIST_LEVELS, .attribute = &ordinal, .n = 4, .p = level_p};
    MkRng rng = mk_rng(8, MK_RNG_SAMPLE, 0);
    double seen[4] = {0};
    (void)state;
    assert_true(isnan(mk_dist_mean(&d)) && isnan(mk_dist_sd(&d)));
    assert_close(mk_dist_mode(&d), 2.0, 0, 0);
    assert_close(mk_dist_cdf(&d, 1.0), 0.3, 1e-12, 0);
    assert_close(mk_dist_cdf_below(&d, 1.0), 0.1, 1e-12, 0);
    assert_close(mk_dist_cdf(&d, -1.0), 0.0, 0, 0);
    assert_close(mk_dist_cdf(&d, 3.0), 1.0, 1e-12, 0);
    assert_close(mk_dist_quantile(&d, 0.3), 1.0, 0, 0);
    assert_close(mk_dist_quantile(&d, 0.31), 2.0, 0, 0);
    assert_close(mk_dist_quantile(&d, 1.0), 3.0, 0, 0);
    for (size_t k = 0; k < 4; k++) {
        assert_close(mk_dist_level(&d, k), level_p[k], 0, 0);
        assert_close(mk_dist_log_prob(&d, (double)k), log(level_p[k]), 1e-12, 0);
    }
    assert_close(mk_dist_level(&d, 4), 0.0, 0, 0);
    for (int i = 0; i < 20000; i++) {
        seen[(size_t)mk_dist_draw(&d, &rng)] += 1.0 / 20000.0;
    }
    for (size_t k = 0; k < 4; k++) {
        assert_close(seen[k], level_p[k], 0.015, 0);
    }
}

static void test_mixtures_are_weighted_sums(void **state)
{
    Fixture *const f = *state;
    const double other_p[4] = {0.7, 0.1, 0.1, 0.1}, weights[2] = {1.0, 3.0};
    const MkDistribution parts[2] = {
        {.kind = MK_DIST_LEVELS, .attribute = &ordinal, .n = 4, .p = level_p},
        {.kind = MK_DIST_LEVELS, .attribute = &ordinal, .n = 4, .p = other_p}};
    MkDistribution d;
    assert_int_equal(mk_dist_mix(parts, weights, 2, f->arena, &d, NULL), MK_OK);
    assert_int_equal(d.kind, MK_DIST_LEVELS);
    for (size_t k = 0; k < 4; k++) {
        assert_close(d.p[k], 0.25 * level_p[k] + 0.75 * other_p[k], 1e-12, 0);
    }
    /* a level known for certain mixes with levels that are not */
    const MkDistribution sure[2] = {parts[0],
                                    {.kind = MK_DIST_POINT, .attribute = &ordinal, .a = 3.0}};
    assert_int_equal(mk_dist_mix(sure, weights, 2, f->arena, &d, NULL), MK_OK);
    assert_close(mk_dist_level(&d, 3), 0.25 * 0.25 + 0.75, 1e-12, 0);
    assert_close(mk_dist_level(&d, 2), 0.25 * 0.45, 1e-12, 0);
    assert_close(mk_dist_mode(&d), 3.0, 0, 0);
    assert_close(mk_dist_quantile(&d, 0.1), 2.0, 0, 0);
    assert_int_equal(f->numbers[6].kind, MK_DIST_MIXTURE);
    assert_int_equal(f->numbers[7].kind, MK_DIST_CELLS); /* one shape: merged */
    for (double x = -3.0; x < 8.0; x += 0.37) {
        assert_close(mk_dist_cdf(&f->numbers[6], x),
                     0.5 * mk_dist_cdf(&f->numbers[0], x) + 0.2 * mk_dist_cdf(&f->numbers[2], x) +
                         (x >= 1.0 ? 0.3 : 0.0),
                     1e-12, 0);
    }
    assert_int_equal(mk_dist_mix(parts, weights, 1, f->arena, &d, NULL), MK_OK);
    assert_ptr_equal(d.p, level_p);
    const double nothing[2] = {0.0, 0.0};
    assert_int_equal(mk_dist_mix(parts, nothing, 2, f->arena, &d, NULL), MK_ENUMERIC);
    assert_int_equal(mk_dist_mix(parts, weights, 0, f->arena, &d, NULL), MK_EINVAL);
}

/* Values of a positive attribute are never below zero, whatever the family's tail says. */
static void test_a_log_normal_near_zero_stays_positive(void **state)
{
    const MkDistribution d = {
        .kind = MK_DIST_LOGNORMAL, .attribute = &positive, .a = 0.2, .b = 0.9, .shift = 1.0};
    double mean, sd;
    (void)state;
    assert_close(mk_dist_cdf(&d, -0.01), 0.0, 0, 0);
    assert_close(mk_dist_cdf(&d, 0.0), mk_normal_cdf(-0.2 / 0.9), 1e-12, 0);
    assert_close(mk_dist_quantile(&d, 0.1), 0.0, 0, 0);
    brute_moments(&d, &mean, &sd);
    assert_close(mk_dist_mean(&d), mean, 2e-3, 0);
    assert_close(mk_dist_sd(&d), sd, 1e-2, 0);
    assert_close(mk_dist_crps(&d, 0.0), brute_crps(&d, 0.0), 3e-3, 1e-3);
    double sum = 0.0;
    for (double x = 0.0; x < 400.0; x += 0.5) {
        sum += exp(mk_dist_log_prob(&d, x));
    }
    assert_close(sum, 1.0, 1e-4, 0);
}

static void test_the_normal_is_the_normal(void **state)
{
    (void)state;
    for (double x = -8.0; x <= 8.0; x += 0.25) {
        const double p = mk_normal_cdf(x);
        assert_close(mk_normal_quantile(p), x, x > 5.0 ? 1e-1 : 1e-9, 0);
        assert_close((mk_normal_cdf(x + 1e-4) - mk_normal_cdf(x - 1e-4)) / 2e-4,
                     mk_normal_density(x), 1e-9, 1e-6);
    }
    assert_true(isinf(mk_normal_quantile(0.0)) && isinf(mk_normal_quantile(1.0)));
    assert_close(mk_normal_log_mass(-INFINITY, INFINITY, -30.0), 0.0, 1e-15, 0);
    assert_close(mk_normal_log_mass(-INFINITY, 0.0, -30.0), log(0.5), 1e-15, 0);
    assert_close(mk_normal_log_mass(50.0, 60.0, -30.0), -30.0, 0, 0);
    assert_close(mk_normal_log_mass(-60.0, -50.0, -30.0), -30.0, 0, 0);
    /* tails: log(density / x (1 - 1 / x^2 + 3 / x^4 - 15 / x^6)) */
    const double x = 9.0, tail = log(mk_normal_density(x) / x *
                                     (1.0 - 1.0 / 81.0 + 3.0 / 6561.0 - 15.0 / 531441.0));
    assert_close(mk_normal_log_mass(x, INFINITY, -100.0), tail, 1e-5, 0);
    assert_close(mk_normal_log_mass(-INFINITY, -x, -100.0), tail, 1e-5, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_quantiles_invert_the_cdf),
        cmocka_unit_test(test_cdfs_ascend_from_zero_to_one),
        cmocka_unit_test(test_atoms_stand_between_the_two_cdfs),
        cmocka_unit_test(test_means_and_sds_are_those_of_the_integrals),
        cmocka_unit_test(test_crps_is_the_integral_of_squares),
        cmocka_unit_test(test_bins_sum_to_the_mass_of_their_range),
        cmocka_unit_test(test_log_prob_is_the_mass_of_the_recorded_step),
        cmocka_unit_test(test_modes_are_where_most_is),
        cmocka_unit_test(test_draws_have_the_moments_and_the_step),
        cmocka_unit_test(test_levels_are_their_probabilities),
        cmocka_unit_test(test_mixtures_are_weighted_sums),
        cmocka_unit_test(test_a_log_normal_near_zero_stays_positive),
        cmocka_unit_test(test_the_normal_is_the_normal),
    };
    return cmocka_run_group_tests(tests, open_fixture, close_fixture);
}
