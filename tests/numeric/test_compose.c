/* One matrix from the moments of several sources: regressions in closed form. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "tests/check.h"

#include <math.h>
#include <string.h>

#include "model/copula/copula_priv.h"
#include "model/nn/blas.h"

/* Two of four features are asked by both sources, the others by the first alone: the others given
 * the two are as in the first, the two as in both. */
static void test_composed_of_regressions(void **state)
{
    enum { F = 4 };
    const double mass[2] = {3000.0, 9000.0}, ridge = 0.002; /* the least that there is */
    const double first[F * F] = {1, .6, .5, .1, .6, 1, -.2, .3, .5, -.2, 1, .4, .1, .3, .4, 1};
    const double second[F * F] = {1, -.4, 0, 0, -.4, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1};
    uint32_t ids[F] = {0, 1, 2, 3};
    int32_t category[F] = {0};
    uint8_t of_source[F] = {0};
    float sums[2][F * F];
    MkBlock blocks[2] = {{.n = F, .ids = ids}, {.n = 2, .ids = ids}};
    const MkDesign design = {F, 2, blocks, category, of_source};
    const MkMoments moments[2] = {{sums[0], mass[0], mass[0]}, {sums[1], mass[1], mass[1]}};
    double r[F * F] = {0}, chol[F * F];
    (void)state;
    for (size_t i = 0; i < F * F; i++) {
        sums[0][i] = (float)(mass[0] * first[i]);
        sums[1][i] = (float)(mass[1] * second[i]);
    }
    assert_int_equal(mk_copula_compose(&design, moments, 1.0, r, NULL), MK_OK);
    const double both = (0.25 * 0.6 - 0.75 * 0.4) / (1.0 + ridge);
    assert_close(r[1], both, 1e-6, 0);
    const double own = 1.0 + ridge, det = own * own - 0.36;
    for (size_t k = 2; k < F; k++) {
        const double a = first[k], b = first[F + k];
        const double beta[2] = {(own * a - 0.6 * b) / det, (own * b - 0.6 * a) / det};
        const double variance = own - beta[0] * a - beta[1] * b + beta[0] * beta[0] +
                                beta[1] * beta[1] + 2.0 * beta[0] * beta[1] * both;
        assert_close(r[k], (beta[0] + beta[1] * both) / sqrt(variance), 1e-6, 0);
        assert_close(r[F + k], (beta[1] + beta[0] * both) / sqrt(variance), 1e-6, 0);
        assert_close(r[k * F], r[k], 0, 0);
    }
    memcpy(chol, r, sizeof chol);
    assert_true(mk_dpotrf(F, chol, F));
}

/* A source whose people are as r says says of the rest what r says. */
static void test_extended_by_what_is_expected(void **state)
{
    enum { F = 4, ASKED = 2 };
    const double mass = 500.0;
    const double r[F * F] = {1, .6, .5, .1, .6, 1, -.2, .3, .5, -.2, 1, .4, .1, .3, .4, 1};
    uint32_t ids[ASKED] = {0, 2};
    const MkBlock block = {.n = ASKED, .ids = ids};
    const double det = 1.0 - 0.5 * 0.5;
    const double precision[ASKED * ASKED] = {1.0 / det, -0.5 / det, -0.5 / det, 1.0 / det};
    double asked[ASKED * ASKED] = {mass, 0.0, 0.5 * mass, mass}; /* lower triangle */
    float sum[F * F] = {0};
    (void)state;
    assert_int_equal(mk_copula_extend(&block, F, r, precision, asked, mass, sum, NULL), MK_OK);
    for (size_t i = 0; i < F * F; i++) {
        assert_close((double)sum[i], mass * r[i], 1e-3, 0);
    }
    asked[0] = 2.0 * mass; /* twice the square of the first: more of what goes with it */
    assert_int_equal(mk_copula_extend(&block, F, r, precision, asked, mass, sum, NULL), MK_OK);
    const double beta = (0.6 - 0.5 * -0.2) / det; /* of feature 1 on feature 0 */
    assert_close((double)sum[1], mass * (0.6 + beta), 1e-3, 0);
    assert_close((double)sum[F + 1], mass * (1.0 + beta * beta), 1e-3, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_composed_of_regressions),
        cmocka_unit_test(test_extended_by_what_is_expected),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
