/* Exact answers: models trained on people drawn from a known Gaussian and a known network of levels
 * give the conditionals of the closed form, through the model file.
 *
 * Stated tolerances, the mean over questions: a probability of a level within 0.02 (within 0.2 for
 * every question that one person in twenty could put), a mean within 0.03 and an sd within 4 % with
 * the base (0.25 at worst), within 0.1 and 6 % for published heads, in sds of the population and
 * for evidence within 2.5 of them. Training takes seconds, so that is what seconds give. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "tests/check.h"

#include <stdlib.h>
#include <string.h>

#include "model/model.h"
#include "model/nn/blas.h"
#include "tests/numeric/people.h"

#define LEVEL_MEAN 0.02
#define LEVEL_WORST 0.2
#define BASE_MEAN 0.03
#define BASE_SPREAD 0.04
#define BASE_WORST 0.25
#define PUBLISHED_MEAN 0.1
#define PUBLISHED_SPREAD 0.06

/* ---- a network of levels: A -> B -> C, and D from A and C together ---- */

enum { LEVELS = 4 };

static const char levels_schema[] = "name\ttype\tlabel\tlevels\n"
                                    "a\tcategorical\tA\t0=no|1=yes\n"
                                    "b\tordinal\tB\t0=low|1=mid|2=high\n"
                                    "c\tcategorical\tC\t0=no|1=yes\n"
                                    "d\tcategorical\tD\t0=x|1=y|2=z\n";
static const size_t sizes[LEVELS] = {2, 3, 2, 3};

static double p_a(size_t a)
{
    return a == 0 ? 0.6 : 0.4;
}

static double p_b(size_t a, size_t b)
{
    static const double table[2][3] = {{0.6, 0.3, 0.1}, {0.15, 0.25, 0.6}};
    return table[a][b];
}

static double p_c(size_t b, size_t c)
{
    static const double yes[3] = {0.1, 0.5, 0.85};
    return c == 1 ? yes[b] : 1.0 - yes[b];
}

static double p_d(size_t a, size_t c, size_t d)
{
    /* A matters only where C is yes: more than pairs of attributes tell */
    static const double no[3] = {0.7, 0.2, 0.1}, yes[2][3] = {{0.1, 0.8, 0.1}, {0.1, 0.1, 0.8}};
    return c == 0 ? no[d] : yes[a][d];
}

static double joint(const size_t *v)
{
    return p_a(v[0]) * p_b(v[0], v[1]) * p_c(v[1], v[2]) * p_d(v[0], v[2], v[3]);
}

static size_t pick(double u, const double *p, size_t n)
{
    size_t k = 0;
    while (k + 1 < n && u >= p[k]) {
        u -= p[k++];
    }
    return k;
}

static void draw_levels(void *ctx, size_t row, MkRng *rng, double *values)
{
    size_t v[LEVELS] = {0};
    (void)ctx;
    (void)row;
    for (size_t j = 0; j < LEVELS; j++) {
        double p[3];
        for (size_t k = 0; k < sizes[j]; k++) {
            p[k] = j == 0   ? p_a(k)
                   : j == 1 ? p_b(v[0], k)
                   : j == 2 ? p_c(v[1], k)
                            : p_d(v[0], v[2], k);
        }
        v[j] = pick(mk_rng_uniform(rng), p, sizes[j]);
    }
    for (size_t j = 0; j < LEVELS; j++) {
        values[j] = mk_rng_uniform(rng) < 0.1 ? NAN : (double)v[j];
    }
}

/* p(target | known) by summing the joint; known[j] < 0: not known. Gives p(known). */
static double exact_levels(const int *known, size_t target, double *p)
{
    size_t v[LEVELS];
    double total = 0.0;
    memset(p, 0, 3 * sizeof *p);
    for (v[0] = 0; v[0] < 2; v[0]++) {
        for (v[1] = 0; v[1] < 3; v[1]++) {
            for (v[2] = 0; v[2] < 2; v[2]++) {
                for (v[3] = 0; v[3] < 3; v[3]++) {
                    bool fits = true;
                    for (size_t j = 0; j < LEVELS; j++) {
                        fits = fits && (known[j] < 0 || (size_t)known[j] == v[j]);
                    }
                    p[v[target]] += fits ? joint(v) : 0.0;
                    total += fits ? joint(v) : 0.0;
                }
            }
        }
    }
    for (size_t k = 0; k < 3; k++) {
        p[k] /= total;
    }
    return total;
}

typedef struct Miss {
    double mean, worst; /* |p - exact|, mean weighted by the probability of the evidence */
} Miss;

/* Every question there is: each target, each evidence. */
static Miss ask_all_levels(const MkModel *model)
{
    MkArena *const arena = mk_arena_new(0);
    Miss miss = {0};
    double weight = 0.0;
    for (size_t code = 0; code < 3 * 4 * 3 * 4; code++) { /* a level or unknown, each */
        const int known[LEVELS] = {(int)(code % 3) - 1, (int)(code / 3 % 4) - 1,
                                   (int)(code / 12 % 3) - 1, (int)(code / 36) - 1};
        MkPoint points[LEVELS];
        size_t n = 0;
        for (size_t j = 0; j < LEVELS; j++) {
            if (known[j] >= 0) {
                points[n++] = (MkPoint){j, known[j]};
            }
        }
        for (size_t target = 0; target < LEVELS; target++) {
            double p[3];
            MkDistribution d;
            MkError err = {0};
            if (known[target] >= 0) {
                continue;
            }
            const double w = exact_levels(known, target, p);
            if (mk_model_posterior(model, points, n, &target, 1, arena, &d, &err) != MK_OK) {
                fail_msg("%s", err.text);
            }
            double sum = 0.0;
            for (size_t k = 0; k < sizes[target]; k++) {
                const double e = fabs(mk_dist_level(&d, k) - p[k]);
                miss.mean += w * e / (double)sizes[target];
                miss.worst = w > 0.05 ? fmax(miss.worst, e) : miss.worst;
                sum += mk_dist_level(&d, k);
            }
            assert_close(sum, 1.0, 1e-9, 0);
            weight += w;
        }
    }
    miss.mean /= weight;
    mk_arena_free(arena);
    return miss;
}

/* ---- a Gaussian ---- */

enum { N = 5 };

static const char numbers_schema[] = "name\ttype\tlabel\n"
                                     "a\treal\tA\nb\treal\tB\nc\treal\tC\nd\treal\tD\ne\treal\tE\n";
/* each from earlier ones: x_j = sum w_jk x_k + own_j e_j, unit variances not needed */
static const double weights[N][N] = {
    {0}, {0.8}, {-0.5, 0.6}, {0.0, 0.5, 0.5}, {0.7, 0.0, 0.0, 0.4}};
static const double own[N] = {1.0, 0.6, 0.7, 0.6, 0.8};
static const double unit[N] = {12.0, 0.5, 3.0, 40.0, 1.0},
                    centre[N] = {50.0, 4.0, 0.0, 200.0, -7.0};

static void draw_numbers(void *ctx, size_t row, MkRng *rng, double *values)
{
    double x[N];
    const bool *const whole = ctx;
    (void)row;
    for (size_t j = 0; j < N; j++) {
        x[j] = own[j] * mk_rng_normal(rng);
        for (size_t k = 0; k < j; k++) {
            x[j] += weights[j][k] * x[k];
        }
    }
    for (size_t j = 0; j < N; j++) {
        const bool away = mk_rng_uniform(rng) < 0.1 && !*whole;
        values[j] = away ? NAN : centre[j] + unit[j] * x[j];
    }
}

/* Covariance on the scale of the units. */
static void covariance(double c[N][N])
{
    double b[N][N] = {{0}}; /* x = b e */
    for (size_t j = 0; j < N; j++) {
        b[j][j] = own[j];
        for (size_t k = 0; k < j; k++) {
            for (size_t e = 0; e < N; e++) {
                b[j][e] += weights[j][k] * b[k][e];
            }
        }
    }
    for (size_t j = 0; j < N; j++) {
        for (size_t k = 0; k < N; k++) {
            c[j][k] = 0.0;
            for (size_t e = 0; e < N; e++) {
                c[j][k] += unit[j] * unit[k] * b[j][e] * b[k][e];
            }
        }
    }
}

/* Mean and sd of a target given known ones: sweeps the known out of the covariance, one by one. */
static void exact_numbers(const MkPoint *known, size_t n, size_t target, double *mean, double *sd)
{
    double c[N][N], m[N];
    covariance(c);
    memcpy(m, centre, sizeof m);
    for (size_t i = 0; i < n; i++) {
        const size_t q = known[i].attribute;
        const double pivot = c[q][q], off = known[i].value - m[q];
        double column[N];
        for (size_t j = 0; j < N; j++) {
            column[j] = c[j][q];
        }
        for (size_t j = 0; j < N; j++) {
            m[j] += column[j] / pivot * off;
            for (size_t k = 0; k < N; k++) {
                c[j][k] -= column[j] * column[k] / pivot;
            }
        }
    }
    *mean = m[target];
    *sd = sqrt(c[target][target]);
}

typedef struct MissNumber {
    double mean, spread,
        worst; /* |mean - exact|, |log(sd / exact)| on average, largest |mean - .| */
} MissNumber;

/* Questions drawn from the truth, errors in sds of the population. */
static MissNumber ask_numbers(const MkModel *model, size_t rounds)
{
    MkArena *const arena = mk_arena_new(0);
    MissNumber miss = {0};
    double c[N][N];
    bool whole = true;
    covariance(c);
    for (uint64_t round = 0; round < rounds; round++) {
        MkRng rng = mk_rng(99, MK_RNG_TEST, round);
        double x[N], mean, sd;
        MkPoint known[N];
        MkDistribution d;
        MkError err = {0};
        size_t n = 0;
        const size_t target = mk_rng_below(&rng, N);
        draw_numbers(&whole, 0, &rng, x);
        for (size_t j = 0; j < N; j++) {
            const double z = (x[j] - centre[j]) / sqrt(c[j][j]);
            if (j != target && fabs(z) < 2.5 && mk_rng_uniform(&rng) < 0.6) {
                known[n++] = (MkPoint){j, x[j]};
            }
        }
        exact_numbers(known, n, target, &mean, &sd);
        if (mk_model_posterior(model, known, n, &target, 1, arena, &d, &err) != MK_OK) {
            fail_msg("%s", err.text);
        }
        const double off = fabs(mk_dist_mean(&d) - mean) / sqrt(c[target][target]);
        miss.mean += off / (double)rounds;
        miss.worst = fmax(miss.worst, off);
        miss.spread += fabs(log(mk_dist_sd(&d) / sd)) / (double)rounds;
    }
    mk_arena_free(arena);
    return miss;
}

/* ---- training and asking through a file ---- */

static MkModel *model_of(const People *people, const PeopleTraining *training)
{
    char path[512];
    const char *const folder = getenv("TMPDIR");
    MkNet *const net = training != NULL ? people_train(people, training) : NULL;
    MkModel *model = NULL;
    MkError err = {0};
    snprintf(path, sizeof path, "%s/exact.safetensors", folder != NULL ? folder : "/tmp");
    people_write(people, net, path);
    mk_net_free(net);
    if (mk_model_open(path, &model, &err) != MK_OK) {
        fail_msg("%s", err.text);
    }
    remove(path); /* mapped all the same */
    return model;
}

static bool sanitized(void)
{
    return getenv("MK_SANITIZED") != NULL;
}

static PeopleTraining training_of(MkHead head, size_t steps)
{
    /* under sanitizers only the way is walked; the tolerances then do not apply */
    return (PeopleTraining){.net = {.dim = 16,
                                    .heads = 2,
                                    .encoder_layers = 1,
                                    .decoder_layers = 1,
                                    .mlp = 2,
                                    .head = head},
                            .steps = sanitized() ? 20 : steps,
                            .batch = 256,
                            .rate = 3e-3,
                            .seed = 3};
}

static void report(const char *what, double a, double b, double c)
{
    print_message("# %s: %.4f %.4f %.4f\n", what, a, b, c);
}

static void test_networks_learn_the_tables(void **state)
{
    People people;
    (void)state;
    people_make(&people, levels_schema, 20000, 5, draw_levels, NULL);
    people_fit(&people, true, 8, NULL);
    MkModel *const copula = model_of(&people, NULL);
    const Miss base = ask_all_levels(copula);
    report("levels, copula: mean, worst", base.mean, base.worst, 0.0);
    assert_string_equal(mk_model_card(copula)->kind, "copula");
    mk_model_free(copula);
    for (int head = MK_HEAD_CELLS; head <= MK_HEAD_PUBLISHED; head++) {
        const PeopleTraining training = training_of((MkHead)head, 2000);
        MkModel *const model = model_of(&people, &training);
        const Miss miss = ask_all_levels(model);
        report("levels, network: mean, worst", miss.mean, miss.worst, 0.0);
        assert_string_equal(mk_model_card(model)->kind, "mae");
        assert_true(sanitized() || (miss.mean < LEVEL_MEAN));
        assert_true(sanitized() || (miss.worst < LEVEL_WORST));
        assert_true(
            sanitized() ||
            (miss.mean < 0.6 * base.mean)); /* what D says of A and C together is no copula */
        mk_model_free(model);
    }
    people_free(&people);
}

static void test_models_learn_the_gaussian(void **state)
{
    People people;
    bool whole = false;
    (void)state;
    people_make(&people, numbers_schema, 8000, 6, draw_numbers, &whole);
    people_fit(&people, true, 8, NULL);
    MkModel *model = model_of(&people, NULL);
    MissNumber miss = ask_numbers(model, 400);
    report("numbers, copula: mean, sd, worst", miss.mean, miss.spread, miss.worst);
    assert_true(miss.mean < BASE_MEAN && miss.spread < BASE_SPREAD && miss.worst < BASE_WORST);
    mk_model_free(model);
    PeopleTraining training = training_of(MK_HEAD_CELLS, 500);
    training.rate = 2e-3;
    model = model_of(&people, &training);
    miss = ask_numbers(model, 400);
    report("numbers, base and network: mean, sd, worst", miss.mean, miss.spread, miss.worst);
    assert_true(miss.mean < BASE_MEAN && miss.spread < BASE_SPREAD && miss.worst < BASE_WORST);
    mk_model_free(model);
    training = training_of(MK_HEAD_PUBLISHED, 2000);
    training.batch = 128;
    model = model_of(&people, &training);
    miss = ask_numbers(model, 400);
    report("numbers, published heads: mean, sd, worst", miss.mean, miss.spread, miss.worst);
    assert_true(sanitized() || (miss.mean < PUBLISHED_MEAN && miss.spread < PUBLISHED_SPREAD));
    mk_model_free(model);
    people_free(&people);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_networks_learn_the_tables),
        cmocka_unit_test(test_models_learn_the_gaussian),
    };
    mk_blas_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
