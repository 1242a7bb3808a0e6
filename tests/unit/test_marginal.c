#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "tests/check.h"

#include <stdlib.h>
#include <string.h>

#include "model/marginal_fit.h"
#include "model/normal.h"
#include "src/base/rng.h"
#include "tests/arena.h"

enum { MANY = 3000 };

static const MkLevel levels[4] = {{"0", "never"}, {"1", "some"}, {"2", "often"}, {"3", "always"}};

static const MkAttribute real = {.name = "r", .type = MK_REAL, .min = -INFINITY, .max = INFINITY};
static const MkAttribute positive = {.name = "p", .type = MK_POSITIVE, .min = 0, .max = INFINITY};
static const MkAttribute count = {.name = "c", .type = MK_COUNT, .min = 0, .max = INFINITY};
static const MkAttribute ordinal = {
    .name = "o", .type = MK_ORDINAL, .n_levels = 4, .levels = levels};

/* Fewer than `least` people are not told apart. */
static MkMarginal told_of(void **state, const MkAttribute *attribute, const double *values,
                          const double *weights, size_t n, size_t cells, size_t least)
{
    const MkMarginalFit fit = {.n_cells = cells, .min_people = 12, .least = least};
    MkMarginal m = {0};
    MkError err = {0};
    if (mk_marginal_fit(attribute, values, weights, n, NULL, &fit, *state, &m, &err) != MK_OK) {
        fail_msg("%s", err.text);
    }
    return m;
}

static MkMarginal fit_of(void **state, const MkAttribute *attribute, const double *values,
                         const double *weights, size_t n, size_t cells)
{
    return told_of(state, attribute, values, weights, n, cells, 0);
}

/* What holds for every marginal. `exact`: a cell's share is the mass of the values in it. */
static void check_marginal(const MkMarginal *m, const double *values, const double *weights,
                           size_t n, bool exact)
{
    double share = 0.0, mass[MK_CELLS_MAX] = {0}, total = 0.0;
    assert_in_range(m->n_cells, 1, MK_CELLS_MAX);
    assert_true(isinf(m->tau[0]) && m->tau[0] < 0.0);
    assert_true(isinf(m->tau[m->n_cells]) && m->tau[m->n_cells] > 0.0);
    for (size_t i = 0; i < n; i++) {
        if (!isnan(values[i])) {
            const double w = weights != NULL ? weights[i] : 1.0;
            mass[mk_marginal_cell(m, values[i])] += w;
            total += w;
        }
    }
    for (size_t k = 0; k < m->n_cells; k++) {
        assert_true(m->share[k] > 0.0);
        share += m->share[k];
        assert_close(mk_normal_cdf(m->tau[k + 1]), share, 1e-12, 0);
        assert_true(m->score[k] > m->tau[k] && m->score[k] < m->tau[k + 1]);
        if (exact) {
            assert_close(m->share[k], mass[k] / total, 1e-9, 0);
        }
        for (size_t i = 0; m->knots != NULL && i + 1 < MK_CELL_KNOTS; i++) {
            assert_true(m->knots[k][i] <= m->knots[k][i + 1]);
        }
        if (m->knots != NULL && k > 0) {
            assert_true(m->knots[k][0] >= m->knots[k - 1][MK_CELL_KNOTS - 1]);
        }
    }
    assert_close(share, 1.0, 1e-12, 0);
}

/* Cell, position, value again, to the rounded ends; scores ascend with values. */
static void check_round_trips(const MkMarginal *m, const double *values, size_t n)
{
    const double low = (double)m->knots[0][0];
    const double high = (double)m->knots[m->n_cells - 1][MK_CELL_KNOTS - 1];
    double before = -INFINITY, before_value = -INFINITY;
    for (size_t i = 0; i < n; i++) { /* values ascend */
        if (isnan(values[i])) {
            continue;
        }
        const size_t cell = mk_marginal_cell(m, values[i]);
        const double inside = mk_marginal_inside(m, cell, values[i]);
        assert_true(inside >= 0.0 && inside <= 1.0);
        assert_close(mk_marginal_value(m, cell, inside), fmin(fmax(values[i], low), high), 1e-6,
                     1e-6);
        const double z = mk_marginal_normal(m, values[i]);
        assert_true(isfinite(z));
        assert_true(values[i] > before_value ? z >= before : z == before);
        assert_true(z >= m->tau[cell] - 1e-9 && z <= m->tau[cell + 1] + 1e-9);
        before = z;
        before_value = values[i];
    }
}

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void test_a_smooth_number_gets_bins_of_equal_mass(void **state)
{
    double values[MANY], sum = 0.0, squares = 0.0;
    MkRng rng = mk_rng(1, MK_RNG_TEST, 0);
    for (size_t i = 0; i < MANY; i++) {
        values[i] = 10.0 + 3.0 * mk_rng_normal(&rng);
        sum += values[i];
        squares += values[i] * values[i];
    }
    qsort(values, MANY, sizeof *values, ascending);
    const MkMarginal m = fit_of(state, &real, values, NULL, MANY, 32);
    assert_int_equal(m.n_cells, 32);
    assert_int_equal(m.n_observed, MANY);
    check_marginal(&m, values, NULL, MANY, true);
    check_round_trips(&m, values, MANY);
    for (size_t k = 0; k < 32; k++) {
        assert_close(m.share[k], 1.0 / 32.0, 0.003, 0);
        assert_true(k == 0 || m.knots[k][0] == m.knots[k - 1][MK_CELL_KNOTS - 1]);
    }
    assert_close(m.mean, sum / MANY, 1e-9, 0);
    assert_close(m.sd, sqrt(squares / MANY - m.mean * m.mean), 1e-9, 0);
    /* normal scores of a normal are its standardised values */
    for (double x = 5.0; x <= 15.0; x += 0.5) {
        assert_close(mk_marginal_normal(&m, x), (x - m.mean) / m.sd, 0.1, 0);
    }
    /* outside: the end cells, a finite score */
    assert_int_equal(mk_marginal_cell(&m, -1e9), 0);
    assert_int_equal(mk_marginal_cell(&m, 1e9), 31);
    assert_close(mk_marginal_normal(&m, 1e9), -mk_marginal_normal(&m, -1e9), 1e-9, 0);
    assert_true(mk_marginal_normal(&m, 1e9) < 4.0);
}

static void test_heaped_counts_get_cells_of_their_own(void **state)
{
    double values[MANY];
    MkRng rng = mk_rng(2, MK_RNG_TEST, 0);
    for (size_t i = 0; i < MANY; i++) { /* 0 .. 99; every third person says 10, 20 or 30 */
        values[i] = mk_rng_uniform(&rng) < 0.34 ? 10.0 * (1.0 + (double)mk_rng_below(&rng, 3))
                                                : (double)mk_rng_below(&rng, 100);
    }
    qsort(values, MANY, sizeof *values, ascending);
    const MkMarginal m = fit_of(state, &count, values, NULL, MANY, 32);
    check_marginal(&m, values, NULL, MANY, true);
    check_round_trips(&m, values, MANY);
    for (double heap = 10.0; heap <= 30.0; heap += 10.0) {
        const size_t k = mk_marginal_cell(&m, heap);
        assert_close(m.share[k], 0.12, 0.03, 0);
        assert_close(mk_marginal_value(&m, k, 0.0), heap, 0, 0);
        assert_close(mk_marginal_value(&m, k, 1.0), heap, 0, 0);
        assert_int_not_equal(mk_marginal_cell(&m, heap - 1.0), k);
        assert_int_not_equal(mk_marginal_cell(&m, heap + 1.0), k);
        assert_close(mk_marginal_normal(&m, heap), m.score[k], 0, 0);
    }
}

/* The ends lie among the outermost ten people, who do not show in them. */
static void test_no_single_person_is_an_end(void **state)
{
    double values[MANY];
    MkRng rng = mk_rng(8, MK_RNG_TEST, 0);
    for (size_t turn = 0; turn < 40; turn++) {
        for (size_t i = 0; i < MANY; i++) {
            values[i] = (turn % 2 == 0 ? 1.0 : 1e4) * exp(mk_rng_normal(&rng));
        }
        qsort(values, MANY, sizeof *values, ascending);
        const MkMarginal m = told_of(state, &real, values, NULL, MANY, 32, 10);
        const double low = (double)m.knots[0][0], high = (double)m.knots[31][MK_CELL_KNOTS - 1];
        check_marginal(&m, values, NULL, MANY, true);
        check_round_trips(&m, values, MANY);
        assert_true(low >= values[0] && low <= values[9]);
        assert_true(high <= values[MANY - 1] && high >= values[MANY - 10]);
        for (size_t i = 0; i < MANY; i++) {
            assert_true((float)values[i] != (float)low && (float)values[i] != (float)high);
        }
    }
    for (size_t i = 0; i < MANY; i++) { /* an end that ten people share is told */
        values[i] = i < 10 ? 3.5 : i < MANY - 10 ? 4.0 + (double)i / MANY : 9.25;
    }
    const MkMarginal m = told_of(state, &real, values, NULL, MANY, 32, 10);
    assert_close(m.knots[0][0], 3.5, 0, 0);
    assert_close(m.knots[m.n_cells - 1][MK_CELL_KNOTS - 1], 9.25, 0, 0);
}

/* Counts 0 .. 5 and of few people 6, 7, 11; with more than ten of them, and with fewer. */
static void test_rare_counts_are_told_together_and_rounded(void **state)
{
    for (size_t turn = 0; turn < 2; turn++) {
        const size_t people[9] = {1000, 800, 600, 400, 150, 26, turn == 0 ? 9 : 3, 7 - 4 * turn, 2};
        double values[MANY];
        size_t n = 0, few = 0;
        for (size_t v = 0; v < 9; v++) {
            few += v >= 6 ? people[v] : 0;
            for (size_t i = 0; i < people[v]; i++) {
                values[n++] = v == 8 ? 11.0 : (double)v;
            }
        }
        const MkMarginal m = told_of(state, &count, values, NULL, n, 32, 10);
        assert_int_equal(m.n_cells, 9);
        for (size_t v = 0; v < 9; v++) { /* each is still in its own cell */
            assert_int_equal(mk_marginal_cell(&m, v == 8 ? 11.0 : (double)v), v);
        }
        const double told = turn == 0 ? (double)few : 5.0, total = (double)n - (double)few + told;
        const double sixth = turn == 0 ? 26.0 : 30.0;
        for (size_t k = 6; k < 9; k++) {
            assert_close(m.share[k], m.share[6], 1e-12, 0);
            assert_close(m.share[k] * (total + sixth - 26.0), told / 3.0, 1e-9, 0);
        }
        assert_close(m.share[5] / m.share[0], sixth / 1000.0, 1e-9, 0);
        assert_close(m.knots[5][0], 5.0, 0, 0);
        assert_close(m.knots[6][0], 6.0, 0, 0);
        assert_close(m.knots[7][0], 7.0, 0, 0); /* no whole number lies between */
        assert_close(m.knots[8][0], 10.0, 0, 0);
        MkAttribute known = count; /* the schema tells of 11 itself */
        known.max = 11.0;
        const MkMarginal k = told_of(state, &known, values, NULL, n, 32, 10);
        assert_close(k.knots[8][0], 11.0, 0, 0);
    }
}

/* Knots outside the tenth person from an end are not those people's values. */
static void test_small_bins_show_nobody_at_the_ends(void **state)
{
    double values[60];
    MkRng rng = mk_rng(9, MK_RNG_TEST, 0);
    for (size_t i = 0; i < 60; i++) {
        values[i] = exp(mk_rng_normal(&rng));
    }
    qsort(values, 60, sizeof *values, ascending);
    const MkMarginal m = told_of(state, &real, values, NULL, 60, 32, 10);
    check_round_trips(&m, values, 60);
    for (size_t k = 0; k < m.n_cells; k++) {
        for (size_t i = 0; i < MK_CELL_KNOTS; i++) {
            for (size_t p = 0; p < 9; p++) {
                assert_true(m.knots[k][i] != (float)values[p]);
                assert_true(m.knots[k][i] != (float)values[59 - p]);
            }
        }
    }
}

static void test_rare_levels_are_told_together(void **state)
{
    const size_t people[2][4] = {{100, 7, 3, 90}, {100, 2, 0, 33}};
    for (size_t turn = 0; turn < 2; turn++) {
        double values[200];
        size_t n = 0;
        for (size_t v = 0; v < 4; v++) {
            for (size_t i = 0; i < people[turn][v]; i++) {
                values[n++] = (double)v;
            }
        }
        const MkMarginal m = told_of(state, &ordinal, values, NULL, n, 32, 10);
        const double unit = m.share[0] / 100.5;
        assert_close(m.share[1], 5.5 * unit, 1e-12, 0);
        assert_close(m.share[2], (turn == 0 ? 5.5 : 0.5) * unit, 1e-12, 0);
        assert_close(m.share[3], (turn == 0 ? 90.5 : 30.5) * unit, 1e-12, 0);
    }
}

static void test_too_few_people_are_an_error(void **state)
{
    const double values[12] = {1, 2, 3, 4, 5, 6, 7, 8, 9, NAN, NAN, NAN};
    const MkMarginalFit fit = {.n_cells = 32, .min_people = 12, .least = 10};
    MkMarginal m = {.n_cells = 77};
    MkError err = {0};
    assert_int_equal(mk_marginal_fit(&count, values, NULL, 12, NULL, &fit, *state, &m, &err),
                     MK_EINVAL);
    assert_string_equal(err.text,
                        "attribute c: 9 of the training people have a value, smallest_cell is 10");
    assert_int_equal(m.n_cells, 77);
}

static void test_zeros_of_a_positive_number_stand_alone(void **state)
{
    double values[MANY];
    MkRng rng = mk_rng(3, MK_RNG_TEST, 0);
    for (size_t i = 0; i < MANY; i++) {
        values[i] = i < 30 ? 0.0 : exp(0.3 * mk_rng_normal(&rng)); /* 1 % zeros */
    }
    qsort(values, MANY, sizeof *values, ascending);
    MkMarginal m = fit_of(state, &positive, values, NULL, MANY, 32);
    check_marginal(&m, values, NULL, MANY, true);
    check_round_trips(&m, values, MANY);
    assert_int_equal(mk_marginal_cell(&m, 0.0), 0);
    assert_close(m.share[0], 0.01, 1e-9, 0);
    assert_int_equal(mk_marginal_cell(&m, 0.001), 0);
    assert_int_equal(mk_marginal_cell(&m, values[30]), 1);
    for (size_t i = 0; i < MANY; i++) { /* two thirds zero */
        values[i] = i < 2000 ? 0.0 : values[i];
    }
    m = fit_of(state, &positive, values, NULL, MANY, 32);
    check_marginal(&m, values, NULL, MANY, true);
    check_round_trips(&m, values, MANY);
    assert_close(m.share[0], 2.0 / 3.0, 1e-9, 0);
    assert_in_range(m.n_cells, 9, 16);
}

static void test_few_distinct_values_are_all_atoms(void **state)
{
    double values[MANY];
    MkRng rng = mk_rng(4, MK_RNG_TEST, 0);
    for (size_t i = 0; i < MANY; i++) {
        const double u = mk_rng_uniform(&rng);
        values[i] = floor(8.0 * u * u) / 10.0; /* 0, 0.1 .. 0.7: no float is exactly 0.1 */
    }
    qsort(values, MANY, sizeof *values, ascending);
    const MkMarginal m = fit_of(state, &real, values, NULL, MANY, 32);
    assert_int_equal(m.n_cells, 8);
    check_marginal(&m, values, NULL, MANY, true);
    for (size_t k = 0; k < 8; k++) {
        const double v = (double)k / 10.0;
        assert_int_equal(mk_marginal_cell(&m, v), k);
        assert_int_equal(mk_marginal_cell(&m, v + 0.04), k); /* the nearer one */
        assert_int_equal(mk_marginal_cell(&m, v - 0.04), k);
        assert_close(mk_marginal_inside(&m, k, v), 0.5, 0, 0);
        assert_close(mk_marginal_value(&m, k, 0.3), v, 1e-7, 0);
    }
}

static void test_one_distinct_value_is_one_cell(void **state)
{
    double values[50];
    for (size_t i = 0; i < 50; i++) {
        values[i] = i % 5 == 0 ? NAN : 7.25;
    }
    const MkMarginal m = fit_of(state, &real, values, NULL, 50, 32);
    assert_int_equal(m.n_cells, 1);
    assert_int_equal(m.n_observed, 40);
    assert_close(m.share[0], 1.0, 0, 0);
    assert_close(m.mean, 7.25, 0, 0);
    assert_close(m.sd, 0.0, 1e-9, 0);
    assert_close(mk_marginal_normal(&m, 7.25), 0.0, 0, 0);
    assert_close(mk_marginal_value(&m, 0, 0.9), 7.25, 0, 0);
    assert_int_equal(mk_marginal_cell(&m, -3.0), 0);
    assert_true(isfinite(mk_marginal_normal(&m, 100.0)));
}

static void test_few_people_get_few_bins(void **state)
{
    double values[60];
    for (size_t i = 0; i < 60; i++) {
        values[i] = (double)i + 0.5;
    }
    MkMarginal m = fit_of(state, &real, values, NULL, 60, 32);
    assert_in_range(m.n_cells, 4, 6);
    check_marginal(&m, values, NULL, 60, true);
    check_round_trips(&m, values, 60);
    m = fit_of(state, &real, values, NULL, 17, 32);
    check_marginal(&m, values, NULL, 17, true);
    m = fit_of(state, &real, values, NULL, 1, 32);
    assert_int_equal(m.n_cells, 1);
}

static void test_weights_count_like_people(void **state)
{
    double values[2 * MANY], weights[MANY], twice[MANY];
    MkRng rng = mk_rng(5, MK_RNG_TEST, 0);
    size_t n = 0;
    for (size_t i = 0; i < MANY; i++) {
        twice[i] = mk_rng_uniform(&rng) < 0.3 ? 0.0 : mk_rng_normal(&rng);
        weights[i] = twice[i] > 0.5 ? 2.0 : 1.0;
        for (double k = 0.0; k < weights[i]; k += 1.0) {
            values[n++] = twice[i];
        }
    }
    const MkMarginal a = fit_of(state, &real, values, NULL, n, 32);
    const MkMarginal b = fit_of(state, &real, twice, weights, MANY, 32);
    check_marginal(&b, twice, weights, MANY, true);
    assert_int_equal(a.n_cells, b.n_cells);
    assert_int_equal(b.n_observed, MANY);
    assert_close(a.mean, b.mean, 1e-9, 0);
    assert_close(a.sd, b.sd, 1e-9, 0);
    for (size_t k = 0; k < a.n_cells; k++) {
        assert_close(a.share[k], b.share[k], 1e-9, 0);
        assert_memory_equal(a.knots[k], b.knots[k], sizeof a.knots[k]);
    }
    for (size_t i = 0; i < MANY; i++) { /* weights of 0 leave a person out */
        weights[i] = twice[i] == 0.0 ? 0.0 : 1.0;
    }
    const MkMarginal c = fit_of(state, &real, twice, weights, MANY, 32);
    assert_true(c.n_observed < MANY);
    assert_int_equal(c.n_cells, 32);
}

static void test_levels_keep_an_order_and_a_prior(void **state)
{
    const double values[6] = {0.0, 0.0, 0.0, 2.0, NAN, 2.0};
    const unsigned char order[4] = {2, 0, 3, 1}; /* cell of a level */
    const double want[4] = {0.5, 0.5, 3.5, 2.5};
    const MkMarginalFit fit = {.n_cells = 32, .min_people = 12};
    MkMarginal m = {0};
    assert_int_equal(mk_marginal_fit(&ordinal, values, NULL, 6, order, &fit, *state, &m, NULL),
                     MK_OK);
    assert_int_equal(m.n_cells, 4);
    assert_null(m.knots);
    check_marginal(&m, values, NULL, 6, false);
    for (size_t level = 0; level < 4; level++) {
        const size_t cell = mk_marginal_cell(&m, (double)level);
        assert_int_equal(cell, order[level]);
        assert_int_equal(m.level_of[cell], level);
        assert_close(mk_marginal_value(&m, cell, 0.1), (double)level, 0, 0);
        assert_close(mk_marginal_inside(&m, cell, (double)level), 0.5, 0, 0);
        assert_close(mk_marginal_normal(&m, (double)level), m.score[cell], 0, 0);
        assert_close(m.share[cell], want[cell] / 7.0, 1e-12, 0);
    }
    /* five times the weight on everyone is no more people */
    const double weights[6] = {5.0, 5.0, 5.0, 5.0, 5.0, 5.0};
    MkMarginal w = {0};
    assert_int_equal(mk_marginal_fit(&ordinal, values, weights, 6, order, &fit, *state, &w, NULL),
                     MK_OK);
    assert_memory_equal(m.share, w.share, 4 * sizeof *m.share);
}

static void test_scores_are_mean_normal_scores_of_their_cells(void **state)
{
    const double values[8] = {0, 0, 0, 1, 1, 2, 3, 3};
    const MkMarginal m = fit_of(state, &ordinal, values, NULL, 8, 32);
    double mean = 0.0;
    for (size_t k = 0; k < 4; k++) {
        double sum = 0.0, mass = 0.0;
        const double low = fmax(m.tau[k], -9.0), high = fmin(m.tau[k + 1], 9.0);
        enum { STEPS = 20000 };
        for (size_t i = 0; i < STEPS; i++) {
            const double z = low + (high - low) * ((double)i + 0.5) / STEPS;
            sum += z * mk_normal_density(z);
            mass += mk_normal_density(z);
        }
        assert_close(m.score[k], sum / mass, 1e-6, 0);
        mean += m.share[k] * m.score[k];
    }
    assert_close(mean, 0.0, 1e-12, 0);
}

static void test_an_attribute_without_values_is_an_error_with_its_name(void **state)
{
    const double values[3] = {NAN, NAN, NAN};
    const MkMarginalFit fit = {.n_cells = 32, .min_people = 12};
    MkMarginal m = {.n_cells = 77};
    MkError err = {0};
    assert_int_equal(mk_marginal_fit(&count, values, NULL, 3, NULL, &fit, *state, &m, &err),
                     MK_EINVAL);
    assert_non_null(strstr(err.text, "attribute c"));
    assert_int_equal(m.n_cells, 77);
    assert_int_equal(mk_marginal_fit(&count, values, NULL, 0, NULL, &fit, *state, &m, &err),
                     MK_EINVAL);
}

/* Any mixture of heaps, gaps and tails keeps the promises. */
static void test_odd_samples_keep_the_promises(void **state)
{
    double values[800], weights[800];
    for (uint64_t turn = 0; turn < 300; turn++) {
        MkRng rng = mk_rng(6, MK_RNG_TEST, turn);
        const size_t n = 20 + mk_rng_below(&rng, 780);
        const double grain = mk_rng_uniform(&rng) < 0.3 ? 0.0 : 0.05 * mk_rng_uniform(&rng);
        const double heap = mk_rng_uniform(&rng), heaps = 1.0 + (double)mk_rng_below(&rng, 40);
        for (size_t i = 0; i < n; i++) {
            const double x = exp(mk_rng_normal(&rng));
            values[i] = mk_rng_uniform(&rng) < heap ? floor(heaps * mk_rng_uniform(&rng)) / 4.0
                                                    : (grain > 0.0 ? grain * round(x / grain) : x);
            weights[i] = 0.2 + mk_rng_uniform(&rng);
        }
        qsort(values, n, sizeof *values, ascending);
        const double *const w = turn % 2 == 0 ? weights : NULL;
        const MkMarginal m =
            fit_of(state, turn % 3 == 0 ? &positive : &real, values, w, n, turn % 5 == 0 ? 64 : 32);
        check_marginal(&m, values, w, n, true);
        check_round_trips(&m, values, n);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_smooth_number_gets_bins_of_equal_mass),
        cmocka_unit_test(test_heaped_counts_get_cells_of_their_own),
        cmocka_unit_test(test_no_single_person_is_an_end),
        cmocka_unit_test(test_rare_counts_are_told_together_and_rounded),
        cmocka_unit_test(test_small_bins_show_nobody_at_the_ends),
        cmocka_unit_test(test_rare_levels_are_told_together),
        cmocka_unit_test(test_too_few_people_are_an_error),
        cmocka_unit_test(test_zeros_of_a_positive_number_stand_alone),
        cmocka_unit_test(test_few_distinct_values_are_all_atoms),
        cmocka_unit_test(test_one_distinct_value_is_one_cell),
        cmocka_unit_test(test_few_people_get_few_bins),
        cmocka_unit_test(test_weights_count_like_people),
        cmocka_unit_test(test_levels_keep_an_order_and_a_prior),
        cmocka_unit_test(test_scores_are_mean_normal_scores_of_their_cells),
        cmocka_unit_test(test_an_attribute_without_values_is_an_error_with_its_name),
        cmocka_unit_test(test_odd_samples_keep_the_promises),
    };
    return cmocka_run_group_tests(tests, open_arena, close_arena);
}
