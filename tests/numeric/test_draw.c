/* Joint draws: cells of a known joint distribution, correlations of a known normal, evidence met.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "tests/check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/draw.h"
#include "model/model.h"
#include "model/nn/blas.h"
#include "model/normal.h"
#include "tests/numeric/people.h"

enum { N = 4, PERSONS = 12800 };

/* x, y, z normal: r(x,y) = 0.8, r(x,z) = -0.5, r(y,z) = -0.4 given by z from x alone; h a level
 * that is yes where x is above 60 (a third of a sd over the mean), mostly. */
static const char schema[] = "name\ttype\tlabel\tlevels\tmin\tmax\tresolution\n"
                             "x\treal\tX\t\t\t\t0.1\n"
                             "y\treal\tY\t\t\t\t0.1\n"
                             "z\treal\tZ\t\t\t\t\n" /* as its people are */
                             "h\tcategorical\tH\t0=no|1=yes\t\t\t\n";

static void draw_person(void *ctx, size_t row, MkRng *rng, double *v)
{
    (void)ctx;
    (void)row;
    const double x = mk_rng_normal(rng), e = mk_rng_normal(rng), f = mk_rng_normal(rng);
    v[0] = round(500.0 + 300.0 * x) / 10.0;
    v[1] = round(500.0 + 100.0 * (0.8 * x + 0.6 * e)) / 10.0;
    v[2] = round(500.0 + 100.0 * (-0.5 * x + sqrt(0.75) * f)) / 10.0;
    v[3] = x + 0.5 * mk_rng_normal(rng) > 1.0 / 3.0 ? 1.0 : 0.0;
}

static char path[512];

static int open_model(void **state)
{
    static People people;
    MkModel *model = NULL;
    const char *const at = getenv("TMPDIR") != NULL ? getenv("TMPDIR") : "/tmp";
    mk_blas_init();
    snprintf(path, sizeof path, "%s/draw.safetensors", at);
    people_make(&people, schema, 6000, 5, draw_person, NULL);
    people_fit(&people, false, 5, NULL);
    people_write(&people, NULL, path);
    people_free(&people);
    assert_int_equal(mk_model_open(path, &model, NULL), MK_OK);
    *state = model;
    return 0;
}

static int close_model(void **state)
{
    mk_model_free(*state);
    remove(path);
    return 0;
}

static const size_t all[N] = {0, 1, 2, 3};

/* PERSONS rows of `order`'s targets. */
static double *draw_all(const MkModel *model, const MkDrawOrder *order, const double *known,
                        double *log_mass)
{
    double *const out = malloc(PERSONS * order->n_targets * sizeof *out);
    double *const values = malloc((MK_DRAW_PERSONS * order->n_known + 1) * sizeof *values);
    MkDrawer *drawer = NULL;
    assert_non_null(out);
    assert_non_null(values);
    for (size_t i = 0; i < MK_DRAW_PERSONS * order->n_known; i++) {
        values[i] = known[i % order->n_known];
    }
    assert_int_equal(mk_drawer_new(model, order, &drawer, NULL), MK_OK);
    for (size_t first = 0; first < PERSONS; first += MK_DRAW_PERSONS) {
        MkArena *const arena = mk_arena_new(0);
        MkRng streams[MK_DRAW_PERSONS];
        for (size_t b = 0; b < MK_DRAW_PERSONS; b++) {
            streams[b] = mk_rng(3, MK_RNG_TEST, first + b);
        }
        assert_int_equal(mk_drawer_run(drawer, values, MK_DRAW_PERSONS, streams, NULL, arena,
                                       out + first * order->n_targets, NULL,
                                       log_mass != NULL ? log_mass + first : NULL, NULL),
                         MK_OK);
        mk_arena_free(arena);
    }
    mk_drawer_free(drawer);
    free(values);
    return out;
}

static double correlation(const double *v, size_t n, size_t a, size_t b)
{
    double sa = 0, sb = 0, saa = 0, sbb = 0, sab = 0;
    for (size_t i = 0; i < PERSONS; i++) {
        const double x = v[i * n + a], y = v[i * n + b];
        sa += x / PERSONS, sb += y / PERSONS;
    }
    for (size_t i = 0; i < PERSONS; i++) {
        const double x = v[i * n + a] - sa, y = v[i * n + b] - sb;
        saa += x * x, sbb += y * y, sab += x * y;
    }
    return sab / sqrt(saa * sbb);
}

static double mean(const double *v, size_t n, size_t a)
{
    double sum = 0.0;
    for (size_t i = 0; i < PERSONS; i++) {
        sum += v[i * n + a] / PERSONS;
    }
    return sum;
}

static void test_persons_go_together_as_people_do(void **state)
{
    const MkModel *const model = *state;
    for (uint64_t seed = 0; seed < 3; seed++) { /* whatever the order */
        double *const v = draw_all(
            model, &(MkDrawOrder){.targets = all, .n_targets = N, .n_groups = 1, .seed = seed},
            NULL, NULL);
        assert_close(correlation(v, N, 0, 1), 0.8, 0.02, 0);
        assert_close(correlation(v, N, 0, 2), -0.5, 0.03, 0);
        assert_close(correlation(v, N, 1, 2), -0.4, 0.03, 0);
        assert_close(mean(v, N, 0), 50.0, 1.0, 0);
        assert_close(mean(v, N, 3), 0.383, 0.02, 0); /* P(N > 1/3 / sqrt(1.25)) */
        assert_true(correlation(v, N, 0, 3) > 0.55);
        for (size_t i = 0; i < PERSONS * N; i++) {
            const double tenths = v[i] * 10.0;
            assert_true(i % N == 3 || fabs(tenths - round(tenths)) < 1e-6);
        }
        free(v);
    }
}

static void test_what_is_known_moves_the_rest(void **state)
{
    const MkModel *const model = *state;
    const size_t known[1] = {0}, rest[2] = {1, 2};
    const double value[1] = {80.0}; /* one sd up */
    double *const v =
        draw_all(model,
                 &(MkDrawOrder){
                     .known = known, .n_known = 1, .targets = rest, .n_targets = 2, .n_groups = 1},
                 value, NULL);
    assert_close(mean(v, 2, 0), 58.0, 0.4, 0);
    assert_close(mean(v, 2, 1), 45.0, 0.5, 0);
    assert_close(correlation(v, 2, 0, 1), 0.0, 0.05, 0); /* nothing but x links them */
    free(v);
}

/* P(X > 1, Y > 1) of two normals with correlation 0.8, by the midpoint rule. */
static double both_high(void)
{
    double sum = 0.0;
    for (double x = 1.0005; x < 7.0; x += 0.001) {
        sum += 0.001 * mk_normal_density(x) * mk_normal_cdf((0.8 * x - 1.0) / 0.6);
    }
    return sum;
}

static void test_limits_hold_and_weigh(void **state)
{
    const MkModel *const model = *state;
    const size_t targets[3] = {0, 1, 3};
    const MkDrawLimit limits[3] = {{.is_limited = true, .low = 80.0, .high = INFINITY},
                                   {.is_limited = true, .low = 60.0, .high = INFINITY},
                                   {.is_limited = true, .levels = 2}};
    double *const mass = malloc(PERSONS * sizeof *mass);
    assert_non_null(mass);
    double *v = draw_all(
        model, &(MkDrawOrder){.targets = targets, .n_targets = 2, .n_groups = 2, .limits = limits},
        NULL, mass);
    double sum = 0.0;
    for (size_t i = 0; i < PERSONS; i++) {
        assert_true(v[2 * i] >= 80.0 && v[2 * i + 1] >= 60.0);
        sum += exp(mass[i]) / PERSONS;
    }
    assert_close(sum, both_high(), 0.01, 0);
    free(v);
    v = draw_all(
        model, &(MkDrawOrder){.targets = targets, .n_targets = 3, .n_groups = 3, .limits = limits},
        NULL, NULL);
    for (size_t i = 0; i < PERSONS; i++) {
        assert_close(v[3 * i + 2], 1.0, 0, 0);
    }
    free(v);
    free(mass);
}

/* The chain rule gives the same density in any order, for what is normal. */
static void test_density_does_not_depend_on_the_order(void **state)
{
    const MkModel *const model = *state;
    const size_t targets[3] = {0, 1, 2};
    const double person[3] = {62.0, 57.5, 41.0};
    double log_p[4], out[3];
    for (uint64_t seed = 0; seed < 4; seed++) {
        MkDrawer *drawer = NULL;
        MkArena *const arena = mk_arena_new(0);
        MkRng stream = mk_rng(1, MK_RNG_TEST, 0);
        assert_int_equal(
            mk_drawer_new(
                model,
                &(MkDrawOrder){.targets = targets, .n_targets = 3, .n_groups = 1, .seed = seed},
                &drawer, NULL),
            MK_OK);
        assert_int_equal(
            mk_drawer_run(drawer, NULL, 1, &stream, person, arena, out, &log_p[seed], NULL, NULL),
            MK_OK);
        assert_memory_equal(out, person, sizeof out);
        mk_drawer_free(drawer);
        mk_arena_free(arena);
        assert_close(log_p[seed], log_p[0], 0.05, 0);
    }
    /* log density of the normal at the person, times the steps: 0.1 / 30, 0.1 / 10, 0.1 / 10 */
    const double x = 0.4, y = 0.75, z = -0.9, r = 0.8, s = -0.5;
    const double e = (y - r * x) / 0.6, f = (z - s * x) / sqrt(0.75);
    const double want = -0.5 * (x * x + e * e + f * f) - 1.5 * log(2.0 * 3.14159265358979) -
                        log(0.6 * sqrt(0.75)) + log(0.1 / 30.0) + 2.0 * log(0.1 / 10.0);
    /* each of 256 steps of the distribution function rests on two dozen people */
    assert_close(log_p[0], want, 0.6, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_persons_go_together_as_people_do),
        cmocka_unit_test(test_what_is_known_moves_the_rest),
        cmocka_unit_test(test_limits_hold_and_weigh),
        cmocka_unit_test(test_density_does_not_depend_on_the_order),
    };
    return cmocka_run_group_tests(tests, open_model, close_model);
}
