/* Joint draws, association and contours, of a model with closed-form answers (fake_model.h): age
 * and cholesterol are normal with correlation 0.8, sex and smoking a table. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "tests/check.h"

#include <stdlib.h>
#include <string.h>

#include "model/normal.h"
#include "src/query/bivariate.h"
#include "src/query/joint.h"
#include "src/query/query.h"
#include "src/stats/association.h"
#include "src/stats/contour.h"
#include "tests/unit/fake_model.h"

static const double pi = 3.14159265358979;

static double mean_of(const double *x, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        sum += x[i];
    }
    return sum / (double)n;
}

static double correlation_of(const double *a, const double *b, size_t n)
{
    const double ma = mean_of(a, n), mb = mean_of(b, n);
    double ab = 0, aa = 0, bb = 0;
    for (size_t i = 0; i < n; i++) {
        ab += (a[i] - ma) * (b[i] - mb);
        aa += (a[i] - ma) * (a[i] - ma);
        bb += (b[i] - mb) * (b[i] - mb);
    }
    return ab / sqrt(aa * bb);
}

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : (x > y ? 1 : 0);
}

static double quantile_of(const double *x, size_t n, double q)
{
    double *sorted = malloc(n * sizeof *sorted);
    assert_non_null(sorted);
    memcpy(sorted, x, n * sizeof *sorted);
    qsort(sorted, n, sizeof *sorted, ascending);
    const double out = sorted[(size_t)(q * (double)n)];
    free(sorted);
    return out;
}

/* ---- joint draws ---- */

enum { EVEN = 8192, DRAWS = 4000 };

static void test_joint_people_of_a_normal_pair_have_its_correlation(void **state)
{
    (void)state;
    static double a[EVEN], b[EVEN];
    const size_t sides[][2] = {{AGE, CHOL}, {CHOL, AGE}};
    const MkQuery q = ask(NULL, 0, NULL, 0);
    for (size_t side = 0; side < 2; side++) {
        MkJoint joint_of;
        assert_int_equal(
            mk_joint_make(&q, q.evidence, sides[side][0], &sides[side][1], 1, &joint_of, NULL),
            MK_OK);
        mk_joint_even(&joint_of, 0, EVEN, a, b);
        const double *const age = side == 0 ? a : b, *const chol = side == 0 ? b : a;
        /* rounding to whole years takes 0.1 % of the variance */
        assert_close(correlation_of(a, b, EVEN), 0.8, 0.004, 0);
        for (double p = 0.05; p < 1; p += 0.15) {
            const double z = mk_normal_quantile(p);
            assert_close(quantile_of(age, EVEN, p), 50 + 10 * z, 0.7, 0);
            assert_close(quantile_of(chol, EVEN, p), 200 + 25 * z, 0.9, 0);
        }
        mk_joint_draws(&joint_of, 0, 3, DRAWS, a, b);
        assert_close(correlation_of(a, b, DRAWS), 0.8, 3 * 0.36 / sqrt(DRAWS), 0);
        mk_joint_release(&joint_of);
    }
}

static void test_joint_people_follow_the_conditional(void **state)
{
    (void)state;
    static double a[EVEN], b[EVEN];
    const size_t target = CHOL;
    const MkQuery q = ask(NULL, 0, NULL, 0);
    MkJoint joint_of;
    assert_int_equal(mk_joint_make(&q, q.evidence, AGE, &target, 1, &joint_of, NULL), MK_OK);
    mk_joint_even(&joint_of, 0, EVEN, a, b);
    for (double age = 35; age < 66; age += 5) {
        double sum = 0, squares = 0;
        size_t n = 0;
        for (size_t i = 0; i < EVEN; i++) {
            if (fabs(a[i] - age) < 0.5) {
                sum += b[i];
                squares += b[i] * b[i];
                n++;
            }
        }
        const double mean = sum / (double)n;
        assert_close(mean, 200 + 2 * (age - 50), 0.6, 0);
        assert_close(sqrt(squares / (double)n - mean * mean), 15, 1, 0);
    }
    mk_joint_release(&joint_of);
}

static void test_joint_people_of_a_table_have_its_shares(void **state)
{
    (void)state;
    static double a[EVEN], b[EVEN];
    const size_t sides[][2] = {{SEX, SMOKING}, {SMOKING, SEX}};
    const MkQuery q = ask(NULL, 0, NULL, 0);
    for (size_t side = 0; side < 2; side++) {
        MkJoint joint_of;
        assert_int_equal(
            mk_joint_make(&q, q.evidence, sides[side][0], &sides[side][1], 1, &joint_of, NULL),
            MK_OK);
        mk_joint_even(&joint_of, 0, EVEN, a, b);
        double share[2][3] = {{0}};
        for (size_t i = 0; i < EVEN; i++) {
            share[(size_t)(side == 0 ? a : b)[i]][(size_t)(side == 0 ? b : a)[i]] += 1.0 / EVEN;
        }
        for (size_t sex = 0; sex < 2; sex++) {
            for (size_t k = 0; k < 3; k++) {
                assert_close(share[sex][k], joint[sex][k], 0.002, 0);
            }
        }
        mk_joint_release(&joint_of);
    }
}

static void test_joint_people_keep_to_the_evidence(void **state)
{
    (void)state;
    static double a[EVEN], b[EVEN];
    const MkKnown known[] = {{AGE, {.kind = MK_VALUE_RANGE, .low = 60, .high = INFINITY}}};
    const MkQuery q = ask(known, 1, NULL, 0);
    const size_t target = AGE;
    MkJoint joint_of;
    assert_int_equal(mk_joint_make(&q, q.evidence, CHOL, &target, 1, &joint_of, NULL), MK_OK);
    mk_joint_even(&joint_of, 0, EVEN, a, b);
    assert_close(mean_of(a, EVEN), 200 + 20 * 1.5251, 1.5, 0); /* normal beyond one sd */
    assert_true(quantile_of(b, EVEN, 0) >= 60);
    mk_joint_release(&joint_of);
}

static void test_draws_depend_on_the_seed_and_not_on_threads(void **state)
{
    (void)state;
    static double a[3][DRAWS], b[3][DRAWS];
    const size_t targets[] = {SMOKING, CHOL};
    MkPool *pool = NULL;
    assert_int_equal(mk_pool_new(3, &pool, NULL), MK_OK);
    for (size_t i = 0; i < 3; i++) {
        MkQuery q = ask(NULL, 0, NULL, 0);
        q.pool = i == 1 ? pool : NULL;
        MkJoint joint_of;
        assert_int_equal(mk_joint_make(&q, q.evidence, AGE, targets, 2, &joint_of, NULL), MK_OK);
        mk_joint_draws(&joint_of, 1, i == 2 ? 8 : 7, DRAWS, a[i], b[i]);
        mk_joint_release(&joint_of);
    }
    assert_memory_equal(a[0], a[1], sizeof a[0]);
    assert_memory_equal(b[0], b[1], sizeof b[0]);
    assert_memory_not_equal(b[0], b[2], sizeof b[0]);
    mk_pool_free(pool);
}

/* ---- association, contours ---- */

static void test_association_of_tables_is_exact(void **state)
{
    (void)state;
    const double same[] = {0.5, 0, 0, 0.5}, none[] = {0.06, 0.14, 0.24, 0.56};
    const double turned[] = {0, 0.25, 0.25, 0}, gap[] = {0.5, NAN, NAN, 0.25};
    assert_close(mk_assoc_information(same, 2, 2), log(2), 1e-12, 0);
    assert_close(mk_assoc_rank(same, 2, 2), 1, 1e-12, 0);
    assert_close(mk_assoc_information(none, 2, 2), 0, 1e-12, 0);
    assert_close(mk_assoc_rank(none, 2, 2), 0, 1e-12, 0);
    assert_close(mk_assoc_rank(turned, 2, 2), -1, 1e-12, 0);
    assert_close(mk_assoc_information(&joint[0][0], 2, 3),
                 0.20 * log(0.20 / 0.275) + 0.15 * log(0.15 / 0.125) + 0.15 * log(0.15 / 0.1) +
                     0.35 * log(0.35 / 0.275) + 0.10 * log(0.10 / 0.125) + 0.05 * log(0.05 / 0.1),
                 1e-12, 0);
    assert_close(mk_assoc_overlap(same, same, 4), 1, 1e-12, 0);
    assert_close(mk_assoc_overlap(same, none, 4), 0.06 + 0.5, 1e-12, 0);
    assert_close(mk_assoc_overlap(same, gap, 4), 0.5 + 1.0 / 3, 1e-12, 0); /* gap: 2/3 and 1/3 */
    assert_close(mk_assoc_overlap(turned, gap, 4), 0, 1e-12, 0);
}

enum { SIDE = 81 };

static void test_contours_of_a_normal_hold_their_share(void **state)
{
    (void)state;
    static double z[SIDE * SIDE];
    MkArena *arena = mk_arena_new(0);
    const double sd = 9;
    for (size_t x = 0; x < SIDE; x++) {
        for (size_t y = 0; y < SIDE; y++) {
            const double dx = ((double)x - 40) / sd, dy = ((double)y - 40) / sd;
            z[x * SIDE + y] = exp(-0.5 * (dx * dx + dy * dy));
        }
    }
    const double shares[] = {0.5, 0.9};
    for (size_t i = 0; i < 2; i++) {
        double height = 0;
        MkContour contour;
        assert_int_equal(mk_contour_height(z, SIDE, SIDE, shares[i], arena, &height, NULL), MK_OK);
        assert_close(height, 1 - shares[i], 0.02, 0); /* of a normal's two dimensions */
        assert_int_equal(mk_contour_trace(z, SIDE, SIDE, height, arena, &contour, NULL), MK_OK);
        assert_int_equal(contour.n_pieces, 1);
        const double area = -2 * log(1 - shares[i]) * pi * sd * sd;
        assert_close(contour.pieces[0].area, area, 0.02 * area, 0);
        for (size_t k = 0; k < contour.pieces[0].n; k++) {
            const double r = hypot(contour.pieces[0].x[k] - 40, contour.pieces[0].y[k] - 40);
            assert_close(r, sqrt(-2 * log(height)) * sd, 0.2, 0);
        }
    }
    mk_arena_free(arena);
}

static void test_contours_close_at_the_edge_and_around_each_peak(void **state)
{
    (void)state;
    enum { N = 9 };
    double z[N * N] = {0};
    MkArena *arena = mk_arena_new(0);
    MkContour contour;
    z[0] = 1;         /* in a corner */
    z[4 * N + 4] = 2; /* alone */
    z[6 * N + 6] = 2; /* two that touch at a corner */
    z[7 * N + 7] = 2;
    assert_int_equal(mk_contour_trace(z, N, N, 0.5, arena, &contour, NULL), MK_OK);
    assert_int_equal(contour.n_pieces, 3);
    assert_true(contour.pieces[0].n == 8); /* joined through the middle: (2 + 2) / 4 >= 0.5 */
    for (size_t i = 0; i < contour.n_pieces; i++) {
        for (size_t k = 0; k < contour.pieces[i].n; k++) {
            assert_true(contour.pieces[i].x[k] >= 0 && contour.pieces[i].x[k] <= N - 1);
        }
    }
    assert_int_equal(mk_contour_trace(z, N, N, 1.5, arena, &contour, NULL), MK_OK);
    assert_int_equal(contour.n_pieces, 3); /* apart: the middle of the two is 1 */
    assert_int_equal(mk_contour_trace(z, N, N, 3, arena, &contour, NULL), MK_OK);
    assert_int_equal(contour.n_pieces, 0);
    mk_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_joint_people_of_a_normal_pair_have_its_correlation),
        cmocka_unit_test(test_joint_people_follow_the_conditional),
        cmocka_unit_test(test_joint_people_of_a_table_have_its_shares),
        cmocka_unit_test(test_joint_people_keep_to_the_evidence),
        cmocka_unit_test(test_draws_depend_on_the_seed_and_not_on_threads),
        cmocka_unit_test(test_association_of_tables_is_exact),
        cmocka_unit_test(test_contours_of_a_normal_hold_their_share),
        cmocka_unit_test(test_contours_close_at_the_edge_and_around_each_peak),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
