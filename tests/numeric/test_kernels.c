/* Kernels: forward against a plain double twin, backward by finite differences of the twin. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "tests/check.h"

#include <stdlib.h>
#include <string.h>

#include "model/nn/blas.h"
#include "model/nn/kernels.h"
#include "src/base/rng.h"

enum { ROWS = 5, WIDTH = 19, SIZE = ROWS * WIDTH };

static void fill(uint64_t index, float *x, size_t n, double sd)
{
    MkRng rng = mk_rng(11, MK_RNG_TEST, index);
    for (size_t i = 0; i < n; i++) {
        x[i] = (float)(sd * mk_rng_normal(&rng));
    }
}

static void to_double(const float *x, double *out, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        out[i] = (double)x[i];
    }
}

static void to_float(const double *x, float *out, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        out[i] = (float)x[i];
    }
}

/* ---- twins in double ---- */

typedef void Twin(const double *x, double *out); /* (ROWS, WIDTH) both */

static double twin_gain[WIDTH], twin_bias[WIDTH], twin_scale = 0.7;

static void twin_layernorm(const double *x, double *out)
{
    for (size_t i = 0; i < ROWS; i++) {
        double mean = 0.0, variance = 0.0;
        for (size_t k = 0; k < WIDTH; k++) {
            mean += x[i * WIDTH + k] / WIDTH;
        }
        for (size_t k = 0; k < WIDTH; k++) {
            variance += pow(x[i * WIDTH + k] - mean, 2.0) / WIDTH;
        }
        for (size_t k = 0; k < WIDTH; k++) {
            out[i * WIDTH + k] =
                (x[i * WIDTH + k] - mean) / sqrt(variance + 1e-5) * twin_gain[k] + twin_bias[k];
        }
    }
}

static void twin_gelu(const double *x, double *out)
{
    const double root = sqrt(2.0 / 3.14159265358979323846);
    for (size_t i = 0; i < SIZE; i++) {
        out[i] = 0.5 * x[i] * (1.0 + tanh(root * (x[i] + 0.044715 * pow(x[i], 3.0))));
    }
}

static void twin_softmax(const double *x, double *out)
{
    for (size_t i = 0; i < ROWS; i++) {
        double top = -INFINITY, sum = 0.0;
        for (size_t k = 0; k < WIDTH; k++) {
            top = fmax(top, twin_scale * x[i * WIDTH + k]);
        }
        for (size_t k = 0; k < WIDTH; k++) {
            out[i * WIDTH + k] = exp(twin_scale * x[i * WIDTH + k] - top);
            sum += out[i * WIDTH + k];
        }
        for (size_t k = 0; k < WIDTH; k++) {
            out[i * WIDTH + k] /= sum;
        }
    }
}

/* gradient (SIZE) of sum(weight * twin(x)) with respect to x */
static void difference(Twin *twin, const float *x, const float *weight, float *gradient)
{
    const double h = 1e-5;
    double at[SIZE], out[SIZE], want[SIZE];
    to_double(x, at, SIZE);
    for (size_t i = 0; i < SIZE; i++) {
        const double kept = at[i];
        double sum = 0.0;
        for (int sign = -1; sign <= 1; sign += 2) {
            at[i] = kept + sign * h;
            twin(at, out);
            for (size_t k = 0; k < SIZE; k++) {
                sum += sign * (double)weight[k] * out[k];
            }
        }
        at[i] = kept;
        want[i] = sum / (2.0 * h);
    }
    to_float(want, gradient, SIZE);
}

/* The same for the gain or bias of the twin, (WIDTH). */
static void difference_of(double *parameter, const float *x, const float *weight, float *gradient)
{
    const double h = 1e-5;
    double at[SIZE], out[SIZE];
    to_double(x, at, SIZE);
    for (size_t i = 0; i < WIDTH; i++) {
        const double kept = parameter[i];
        double sum = 0.0;
        for (int sign = -1; sign <= 1; sign += 2) {
            parameter[i] = kept + sign * h;
            twin_layernorm(at, out);
            for (size_t k = 0; k < SIZE; k++) {
                sum += sign * (double)weight[k] * out[k];
            }
        }
        parameter[i] = kept;
        gradient[i] = (float)(sum / (2.0 * h));
    }
}

static void assert_twin(Twin *twin, const float *x, const float *got, double tolerance)
{
    double in[SIZE], out[SIZE];
    float want[SIZE];
    to_double(x, in, SIZE);
    twin(in, out);
    to_float(out, want, SIZE);
    assert_all_close_f(got, want, SIZE, tolerance, tolerance);
}

/* ---- tests ---- */

static void test_layernorm_and_its_gradients(void **state)
{
    float x[SIZE], gain[WIDTH], bias[WIDTH], out[SIZE], stats[2 * ROWS], dout[SIZE];
    float dx[SIZE], dgain[WIDTH], dbias[WIDTH], want[SIZE];
    (void)state;
    fill(1, x, SIZE, 2.0);
    fill(2, gain, WIDTH, 1.0);
    fill(3, bias, WIDTH, 1.0);
    fill(4, dout, SIZE, 1.0);
    to_double(gain, twin_gain, WIDTH);
    to_double(bias, twin_bias, WIDTH);
    mk_layernorm(x, ROWS, WIDTH, gain, bias, out, stats);
    assert_twin(twin_layernorm, x, out, 2e-6);
    for (size_t i = 0; i < SIZE; i++) { /* "+=": what is there stays */
        dx[i] = 1.0F;
        dgain[i % WIDTH] = 2.0F;
        dbias[i % WIDTH] = 3.0F;
    }
    mk_layernorm_back(dout, x, stats, ROWS, WIDTH, gain, dx, dgain, dbias);
    for (size_t i = 0; i < SIZE; i++) {
        dx[i] -= 1.0F;
    }
    for (size_t k = 0; k < WIDTH; k++) {
        dgain[k] -= 2.0F;
        dbias[k] -= 3.0F;
    }
    difference(twin_layernorm, x, dout, want);
    assert_all_close_f(dx, want, SIZE, 2e-6, 2e-5);
    difference_of(twin_gain, x, dout, want);
    assert_all_close_f(dgain, want, WIDTH, 4e-6, 2e-5);
    difference_of(twin_bias, x, dout, want);
    assert_all_close_f(dbias, want, WIDTH, 4e-6, 2e-5);
}

static void test_layernorm_of_a_constant_row_is_its_bias(void **state)
{
    float x[WIDTH], gain[WIDTH], bias[WIDTH], out[WIDTH], stats[2];
    (void)state;
    for (size_t k = 0; k < WIDTH; k++) {
        x[k] = 2.0F;
        gain[k] = 1.0F;
        bias[k] = (float)k;
    }
    mk_layernorm(x, 1, WIDTH, gain, bias, out, stats);
    assert_all_close_f(out, bias, WIDTH, 1e-3, 0);
}

static void test_gelu_and_its_gradient(void **state)
{
    float x[SIZE], out[SIZE], dout[SIZE], dx[SIZE], want[SIZE];
    (void)state;
    fill(5, x, SIZE, 2.5);
    fill(6, dout, SIZE, 1.0);
    x[0] = 60.0F;
    x[1] = -60.0F;
    x[2] = 0.0F;
    mk_gelu(x, SIZE, out);
    assert_twin(twin_gelu, x, out, 1e-6);
    difference(twin_gelu, x, dout, want);
    mk_gelu_back(x, dout, SIZE, dx);
    assert_all_close_f(dx, want, SIZE, 2e-6, 2e-5);
    mk_gelu_back(x, dout, SIZE, dout); /* in place */
    assert_memory_equal(dx, dout, sizeof dx);
}

static void test_softmax_and_its_gradient(void **state)
{
    float x[SIZE], p[SIZE], dp[SIZE], want[SIZE];
    (void)state;
    for (int round = 0; round < 2; round++) {
        fill(7, x, SIZE, round == 0 ? 2.0 : 40.0); /* flat and peaked rows */
        fill(8, dp, SIZE, 1.0);
        memcpy(p, x, sizeof p);
        mk_softmax(p, ROWS, WIDTH, (float)twin_scale);
        assert_twin(twin_softmax, x, p, 1e-6);
        difference(twin_softmax, x, dp, want);
        mk_softmax_back(p, dp, ROWS, WIDTH, (float)twin_scale);
        assert_all_close_f(dp, want, SIZE, 2e-6, 2e-5);
    }
}

static void test_sums_bias_and_products_are_those_of_loops(void **state)
{
    float x[SIZE], y[SIZE], bias[WIDTH], want[SIZE], sums[WIDTH];
    double dot = 0.0, squares = 0.0, columns[WIDTH] = {0};
    (void)state;
    fill(9, x, SIZE, 1.0);
    fill(10, y, SIZE, 1.0);
    fill(11, bias, WIDTH, 1.0);
    for (size_t i = 0; i < SIZE; i++) {
        dot += (double)x[i] * (double)y[i];
        squares += (double)x[i] * (double)x[i];
        columns[i % WIDTH] += (double)x[i];
        want[i] = (float)((double)y[i] + 0.3 * (double)x[i]);
    }
    assert_close((double)mk_dot(SIZE, x, y), dot, 1e-5, 1e-5);
    assert_close(mk_sum_squares(SIZE, x), squares, 0, 1e-12);
    assert_close((double)mk_dot(0, x, y), 0.0, 0, 0);
    mk_axpy(SIZE, 0.3F, x, y);
    assert_all_close_f(y, want, SIZE, 1e-6, 1e-6);
    for (size_t k = 0; k < WIDTH; k++) {
        sums[k] = 1.0F;
        columns[k] += 1.0;
    }
    mk_add_bias_back(x, ROWS, WIDTH, sums);
    to_float(columns, want, WIDTH);
    assert_all_close_f(sums, want, WIDTH, 1e-5, 1e-5);
    for (size_t i = 0; i < SIZE; i++) {
        want[i] = x[i] + bias[i % WIDTH];
    }
    mk_add_bias(x, ROWS, WIDTH, bias);
    assert_all_close_f(x, want, SIZE, 0, 0);
}

static void test_adamw_is_its_formula(void **state)
{
    enum { STEPS = 7 };
    float p[SIZE], m[SIZE] = {0}, v[SIZE] = {0}, g[SIZE];
    double p2[SIZE], m2[SIZE] = {0}, v2[SIZE] = {0};
    (void)state;
    fill(12, p, SIZE, 1.0);
    to_double(p, p2, SIZE);
    for (int t = 1; t <= STEPS; t++) {
        fill(20 + (uint64_t)t, g, SIZE, 0.1);
        const double b1 = 0.9, b2 = 0.95, c1 = 1.0 - pow(b1, t), c2 = 1.0 - pow(b2, t);
        const MkAdam adam = {.rate = 0.01F,
                             .beta1 = 0.9F,
                             .beta2 = 0.95F,
                             .eps = 1e-8F,
                             .decay = 0.1F,
                             .clip = 0.5F,
                             .correction1 = (float)c1,
                             .correction2 = (float)c2};
        mk_adamw(&adam, SIZE, g, p, m, v);
        for (size_t i = 0; i < SIZE; i++) {
            const double gi = 0.5 * (double)g[i];
            m2[i] = b1 * m2[i] + (1.0 - b1) * gi;
            v2[i] = b2 * v2[i] + (1.0 - b2) * gi * gi;
            p2[i] -= 0.01 * (m2[i] / c1 / (sqrt(v2[i] / c2) + 1e-8) + 0.1 * p2[i]);
        }
    }
    float want[SIZE];
    to_float(p2, want, SIZE);
    assert_all_close_f(p, want, SIZE, 2e-6, 2e-6);
    to_float(m2, want, SIZE);
    assert_all_close_f(m, want, SIZE, 1e-7, 1e-5);
    to_float(v2, want, SIZE);
    assert_all_close_f(v, want, SIZE, 1e-9, 1e-5);
}

static void test_an_average_moves_by_its_share(void **state)
{
    float p[3] = {1.0F, 2.0F, -4.0F}, a[3] = {0.0F, 2.0F, 4.0F};
    const float want[3] = {0.25F, 2.0F, 2.0F};
    (void)state;
    mk_average(3, 0.25F, p, a);
    assert_all_close_f(a, want, 3, 1e-7, 0);
}

static void test_dropout_hides_its_rate_and_repeats_itself(void **state)
{
    enum { N = 200000 };
    float *const x = malloc(N * sizeof *x), *const y = malloc(N * sizeof *y);
    (void)state;
    assert_non_null(x);
    assert_non_null(y);
    for (int round = 0; round < 4; round++) {
        const double p = 0.1 + 0.2 * round;
        size_t hidden = 0, pairs = 0, same = 0;
        for (size_t i = 0; i < N; i++) {
            x[i] = y[i] = 1.0F;
        }
        mk_dropout(x, N, 77, (float)p);
        mk_dropout(y, N, 77, (float)p);
        assert_memory_equal(x, y, N * sizeof *x);
        for (size_t i = 0; i < N; i++) {
            assert_true(x[i] == 0.0F || fabs((double)x[i] - 1.0 / (1.0 - p)) < 1e-6);
            hidden += x[i] == 0.0F;
            pairs += i > 0 && x[i] == 0.0F && x[i - 1] == 0.0F;
        }
        assert_close((double)hidden / N, p, 0.006, 0);
        assert_close((double)pairs / N, p * p, 0.006, 0); /* neighbours do not hang together */
        for (size_t i = 0; i < N; i++) {
            y[i] = 1.0F;
        }
        mk_dropout(y, N, 78, (float)p);
        for (size_t i = 0; i < N; i++) {
            same += x[i] == 0.0F && y[i] == 0.0F;
        }
        assert_close((double)same / N, p * p, 0.006, 0); /* nor do seeds */
    }
    free(x);
    free(y);
}

/* ---- linear algebra: thin calls with row-major matrices ---- */

enum { SIDE = 6 };

/* a (SIDE, SIDE) symmetric, positive definite */
static void make_symmetric(double *a)
{
    float x[SIDE * SIDE];
    fill(30, x, SIDE * SIDE, 1.0);
    for (size_t i = 0; i < SIDE; i++) {
        for (size_t k = 0; k < SIDE; k++) {
            double sum = i == k ? 0.5 : 0.0;
            for (size_t j = 0; j < SIDE; j++) {
                sum += (double)x[i * SIDE + j] * (double)x[k * SIDE + j];
            }
            a[i * SIDE + k] = sum;
        }
    }
}

static void test_cholesky_solves_and_inverts(void **state)
{
    double a[SIDE * SIDE], l[SIDE * SIDE], x[SIDE], b[SIDE * 2];
    (void)state;
    make_symmetric(a);
    memcpy(l, a, sizeof l);
    assert_true(mk_dpotrf(SIDE, l, SIDE));
    for (size_t i = 0; i < SIDE; i++) {
        for (size_t k = 0; k <= i; k++) {
            double sum = 0.0;
            for (size_t j = 0; j <= k; j++) {
                sum += l[i * SIDE + j] * l[k * SIDE + j];
            }
            assert_close(sum, a[i * SIDE + k], 1e-12, 1e-12);
        }
        x[i] = (double)i - 2.0;
        b[2 * i] = x[i];
        b[2 * i + 1] = 1.0;
    }
    mk_dpotrs(SIDE, l, SIDE, x);
    mk_dtrsm_lower(false, SIDE, 2, l, SIDE, b, 2);
    double quadratic = 0.0, product = 0.0;
    for (size_t i = 0; i < SIDE; i++) {
        double sum = 0.0;
        for (size_t k = 0; k < SIDE; k++) {
            sum += a[i * SIDE + k] * x[k];
        }
        assert_close(sum, (double)i - 2.0, 1e-10, 1e-10);
        quadratic += ((double)i - 2.0) * x[i];
        product += b[2 * i] * b[2 * i];
    }
    assert_close(product, quadratic, 1e-10, 1e-10);
    assert_true(mk_dpotri(SIDE, l, SIDE));
    for (size_t i = 0; i < SIDE; i++) {
        for (size_t k = 0; k < SIDE; k++) {
            double sum = 0.0;
            for (size_t j = 0; j < SIDE; j++) {
                sum += a[i * SIDE + j] * (j >= k ? l[j * SIDE + k] : l[k * SIDE + j]);
            }
            assert_close(sum, i == k ? 1.0 : 0.0, 1e-10, 0);
        }
    }
}

static void test_single_precision_agrees_and_says_when_it_cannot(void **state)
{
    double a[SIDE * SIDE], l[SIDE * SIDE];
    float f[SIDE * SIDE], b[SIDE], c[SIDE * SIDE], want[SIDE * SIDE];
    (void)state;
    make_symmetric(a);
    memcpy(l, a, sizeof l);
    to_float(a, f, SIDE * SIDE);
    assert_true(mk_dpotrf(SIDE, l, SIDE));
    assert_true(mk_spotrf(SIDE, f, SIDE));
    for (size_t i = 0; i < SIDE; i++) {
        for (size_t k = 0; k <= i; k++) {
            assert_close((double)f[i * SIDE + k], l[i * SIDE + k], 1e-5, 1e-5);
        }
        b[i] = 1.0F;
    }
    mk_strsm_lower(SIDE, 1, f, SIDE, b, 1);
    assert_close((double)b[0], 1.0 / l[0], 1e-6, 1e-6);
    /* c = 0.5 a' b + 2 c against loops, on rectangles inside larger matrices */
    float p[SIDE * SIDE], q[SIDE * SIDE];
    fill(31, p, SIDE * SIDE, 1.0);
    fill(32, q, SIDE * SIDE, 1.0);
    for (size_t i = 0; i < SIDE * SIDE; i++) {
        c[i] = want[i] = 1.0F;
    }
    for (size_t i = 0; i < 3; i++) {
        for (size_t k = 0; k < 4; k++) {
            double sum = 2.0;
            for (size_t j = 0; j < 5; j++) {
                sum += 0.5 * (double)p[j * SIDE + i] * (double)q[j * SIDE + k];
            }
            want[i * SIDE + k] = (float)sum;
        }
    }
    mk_sgemm(true, false, 3, 4, 5, 0.5F, p, SIDE, q, SIDE, 2.0F, c, SIDE);
    assert_all_close_f(c, want, SIDE * SIDE, 1e-5, 1e-5);
    a[0] = -1.0;
    assert_false(mk_dpotrf(SIDE, a, SIDE));
    f[0] = -1.0F;
    assert_false(mk_spotrf(SIDE, f, SIDE));
}

static void test_eigenvectors_make_the_matrix_again(void **state)
{
    double a[SIDE * SIDE], v[SIDE * SIDE], w[SIDE], c[SIDE * SIDE] = {0}, lower[SIDE * SIDE] = {0};
    (void)state;
    make_symmetric(a);
    memcpy(v, a, sizeof v);
    assert_int_equal(mk_dsyevd(SIDE, v, w, NULL), MK_OK);
    for (size_t i = 0; i < SIDE; i++) {
        assert_true(i == 0 || w[i] >= w[i - 1]);
        for (size_t k = 0; k < SIDE; k++) {
            v[i * SIDE + k] *= sqrt(w[i]);
        }
    }
    mk_dgemm_tn(SIDE, SIDE, v, v, c);
    mk_dsyrk_add(SIDE, SIDE, v, SIDE, lower, SIDE);
    for (size_t i = 0; i < SIDE; i++) {
        for (size_t k = 0; k < SIDE; k++) {
            assert_close(c[i * SIDE + k], a[i * SIDE + k], 1e-10, 1e-10);
            assert_close(lower[i * SIDE + k], k <= i ? a[i * SIDE + k] : 0.0, 1e-10, 1e-10);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_layernorm_and_its_gradients),
        cmocka_unit_test(test_layernorm_of_a_constant_row_is_its_bias),
        cmocka_unit_test(test_gelu_and_its_gradient),
        cmocka_unit_test(test_softmax_and_its_gradient),
        cmocka_unit_test(test_sums_bias_and_products_are_those_of_loops),
        cmocka_unit_test(test_adamw_is_its_formula),
        cmocka_unit_test(test_an_average_moves_by_its_share),
        cmocka_unit_test(test_dropout_hides_its_rate_and_repeats_itself),
        cmocka_unit_test(test_cholesky_solves_and_inverts),
        cmocka_unit_test(test_single_precision_agrees_and_says_when_it_cannot),
        cmocka_unit_test(test_eigenvectors_make_the_matrix_again),
    };
    mk_blas_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
