/* Differential privacy: the accountant held against published values, noise, clipping, steps, and
 * what a private model's file has and has not. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "tests/check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/medvae/medvae.h"
#include "model/model.h"
#include "model/private.h"
#include "model/private_marginal.h"
#include "model/train.h"
#include "model/weights.h"
#include "src/base/file.h"

/* ---- accounting ---- */

static double epsilon_of(double people, double batch, double sigma, double epochs, double delta)
{
    const MkMechanism m = {
        .rate = batch / people, .sigma = sigma, .steps = (size_t)ceil(epochs * people / batch)};
    return mk_private_epsilon(&m, 1, delta, NULL);
}

/* TensorFlow Privacy, compute_dp_sgd_privacy_test.py: the same conversion, over orders that are not
 * whole too, so that ours may be above by a little and never below. The older conversion of
 * Abadi and others 2016 (q 0.01, sigma 4, 10,000 steps: 1.26) is above ours. */
static void test_published_values(void **state)
{
    (void)state;
    int order = 0;
    const double a = epsilon_of(60000, 150, 1.3, 15, 1e-5);
    const double b = epsilon_of(100000, 100, 1.0, 30, 1e-7);
    assert_true(a > 0.72422 && a < 0.72422 * 1.01);
    assert_true(b > 1.41549 && b < 1.41549 * 1.01);
    const MkMechanism abadi = {.rate = 0.01, .sigma = 4.0, .steps = 10000};
    const double c = mk_private_epsilon(&abadi, 1, 1e-5, &order);
    assert_true(c < 1.26 && c > 0.9);
    assert_true(order >= 2 && order <= MK_PRIVATE_ORDER_MOST);
    const MkMechanism all = {.rate = 1.0, .sigma = 2.0, .steps = 3};
    assert_true(fabs(mk_private_renyi(&all, 5) - 3.0 * 5.0 / 8.0) < 1e-12);
}

static void test_sigma_search(void **state)
{
    (void)state;
    MkMechanism m[2] = {{.rate = 1.0, .sigma = 8.0, .steps = 1},
                        {.rate = 0.1, .sigma = 0.0, .steps = 400}};
    assert_true(mk_private_sigma(m, 2, 1, 2.0, 1e-5));
    const double spent = mk_private_epsilon(m, 2, 1e-5, NULL);
    assert_true(spent <= 2.0 && spent > 1.999);
    m[0].sigma = 0.5; /* costs more than that alone */
    assert_false(mk_private_sigma(m, 2, 1, 2.0, 1e-5));
}

/* ---- releases ---- */

static void test_noise_and_clip(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 2; seed++) {
        MkNoise noise;
        double sum = 0.0, squares = 0.0;
        mk_noise_init(&noise, seed);
        for (int i = 0; i < 20000; i++) {
            const double x = mk_noise_normal(&noise);
            sum += x;
            squares += x * x;
        }
        assert_true(fabs(sum / 20000.0) < 0.04 && fabs(squares / 20000.0 - 1.0) < 0.05);
    }
    float x[3] = {3.0F, 0.0F, 4.0F}, bad[2] = {NAN, 1.0F}, small[2] = {0.3F, 0.4F};
    assert_true(fabs(mk_private_clip(x, 3, 1.0) - 5.0) < 1e-6);
    assert_true(fabs((double)x[0] - 0.6) < 1e-5 && fabs((double)x[2] - 0.8) < 1e-5);
    assert_true(hypot((double)x[0], (double)x[2]) <= 1.0);
    mk_private_clip(bad, 2, 1.0);
    assert_true(bad[0] == 0.0F && bad[1] == 0.0F);
    mk_private_clip(small, 2, 1.0);
    assert_true(small[0] == 0.3F && small[1] == 0.4F);
    double p[3] = {-5.0, 4.0, 8.0};
    assert_true(mk_private_project(p, 3, 10.0));
    assert_true(p[0] == 0.0 && fabs(p[1] - 3.0) < 1e-12 && fabs(p[2] - 7.0) < 1e-12);
}

static const char schema_text[] = "name\ttype\tlabel\tlevels\tmin\tmax\n"
                                  "x\treal\tX\t\t-50\t80\n"
                                  "y\tpositive\tY\t\t0\t200\n"
                                  "n\tcount\tN\t\t0\t12\n"
                                  "sex\tcategorical\tSex\t0=male|1=female\t\t\n"
                                  "place\tcategorical\tPlace\t0=north|1=east|2=west\t\t\n";

static void test_one_person(void **state)
{
    (void)state;
    enum { MOST = 40 };
    MkError err = {0};
    MkSchema *schema = NULL;
    MkArena *const arena = mk_arena_new(0);
    MkMedvaeNet net;
    MkRng rng = mk_rng(1, MK_RNG_TEST, 0);
    const float x[2][5] = {{0.2F, 0.9F, 0.5F, 1.0F, 2.0F}, {0.7F, 0.1F, 0.0F, 0.0F, 1.0F}};
    float e[2 * MK_MEDVAE_LATENT];
    assert_int_equal(MK_OK, mk_schema_parse(schema_text, strlen(schema_text), "s", &schema, &err));
    assert_int_equal(MK_OK, mk_medvae_net_init(&net, schema, false, arena, &err));
    net.is_fixed = true;
    mk_medvae_net_start(&net, &rng);
    MkMedvaeTape *const tape = mk_medvae_tape_new(&net, MOST, arena);
    MkNoise noise;
    mk_noise_init(&noise, 3);
    MkMedvaePrivate p = {.sum = mk_arena_zeros(arena, net.p.n, sizeof *p.sum),
                         .who = mk_arena_array(arena, 10000, sizeof *p.who),
                         .clip = 1e9,
                         .rate = 0.2,
                         .sigma = 0.0,
                         .noise = &noise};
    for (size_t k = 0; k < 2 * MK_MEDVAE_LATENT; k++) {
        e[k] = (float)mk_rng_normal(&rng);
    }
    /* without a bound the people's gradients are the batch's, and nobody's depends on the other */
    mk_medvae_add_person(&net, tape, x[0], e, 0.3, &p);
    mk_medvae_add_person(&net, tape, x[1], e + MK_MEDVAE_LATENT, 0.3, &p);
    mk_parameters_zero_gradient(&net.p);
    mk_medvae_step(&net, tape, x[0], 2, e, 0.3);
    for (size_t i = 0; i < net.p.n; i++) {
        const double batch = 2.0 * (double)net.p.gradient[i];
        assert_true(fabs(batch - p.sum[i]) < 1e-4 + 1e-4 * fabs(batch));
        p.sum[i] = 0.0;
    }
    /* with one, a person more moves the sum by that at most */
    double squares = 0.0;
    p.clip = 0.5;
    assert_true(mk_medvae_add_person(&net, tape, x[0], e, 0.3, &p) > 0.5);
    for (size_t i = 0; i < net.p.n; i++) {
        squares += p.sum[i] * p.sum[i];
    }
    assert_true(sqrt(squares) <= 0.5 && sqrt(squares) > 0.499);
    /* the sum over the people that a step has on average; one in five takes part */
    const double first = p.sum[0];
    mk_medvae_release(&net, &p, 10);
    assert_true(fabs((double)net.p.gradient[0] - first / 2.0) < 1e-7 && p.sum[0] == 0.0);
    const size_t n = mk_medvae_draw_people(&p, 10000);
    assert_true(n > 1840 && n < 2160);
    mk_schema_free(schema);
    mk_arena_free(arena);
}

/* ---- files ---- */

static MkCohort *make_people(const char *schema_of, MkSchema **schema)
{
    enum { PEOPLE = 1500 };
    MkError err = {0};
    MkCohort *cohort = NULL;
    MkRng rng = mk_rng(5, MK_RNG_TEST, 1);
    char path[512];
    snprintf(path, sizeof path, "%s/private.csv", getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
    FILE *const f = fopen(path, "w");
    assert_non_null(f);
    fputs("person,x,y,n,sex,place\n", f);
    for (int i = 0; i < PEOPLE; i++) {
        const double z = mk_rng_normal(&rng), y = exp(3.0 + 0.5 * z + 0.2 * mk_rng_normal(&rng));
        fprintf(f, "%d,%.1f,%.1f,%d,%d,%d\n", i, 10.0 + 10.0 * fmin(fmax(z, -4.0), 4.0),
                fmin(y, 200.0), (int)fmin(fabs(3.0 * z), 12.0), mk_rng_uniform(&rng) < 0.3,
                z < -0.5  ? 0
                : z < 0.8 ? 1
                          : 2);
    }
    fclose(f);
    assert_int_equal(MK_OK, mk_schema_parse(schema_of, strlen(schema_of), "s", schema, &err));
    assert_int_equal(MK_OK, mk_cohort_read(path, *schema, MK_OTHER_DROP, &cohort, &err));
    remove(path);
    return cohort;
}

static double still_clock(void)
{
    return 0.0;
}

static MkStatus train(const MkCohort *cohort, const char *kind, const char *path, MkError *err)
{
    const MkTrainHooks hooks = {.clock = still_clock};
    MkTrainConfig config;
    mk_train_config_init(&config);
    config.threads = 1;
    config.dp_epsilon = 4.0;
    config.dp_seed = 77777;
    assert_int_equal(MK_OK, mk_train_config_set(&config, "kind", kind, err));
    assert_int_equal(MK_OK, mk_train_config_set(&config, "medvae_epochs", "2", err));
    return mk_train(&config, cohort, path, &hooks, err);
}

static void check_file(const char *path)
{
    static const char *const forbidden[] = {"summary.",     "support.",     "gaps.",
                                            "draw.tilt",    "calibration.", "kind.library",
                                            "kind.mixture", "kind.met"};
    MkError err = {0};
    MkWeights *w = NULL;
    MkModel *model = NULL;
    assert_int_equal(MK_OK, mk_weights_open(path, &w, &err));
    for (size_t i = 0; i < mk_weights_count(w); i++) {
        for (size_t k = 0; k < sizeof forbidden / sizeof *forbidden; k++) {
            const char *const name = mk_weights_at(w, i)->name;
            assert_int_not_equal(0, strncmp(name, forbidden[k], strlen(forbidden[k])));
        }
    }
    mk_weights_close(w);
    assert_int_equal(MK_OK, mk_model_open(path, &model, &err));
    const MkCard *const card = mk_model_card(model);
    assert_non_null(strstr(card->text, "epsilon 4 and delta 1e-05"));
    assert_non_null(strstr(card->manifest, "\"privacy\""));
    assert_null(strstr(card->manifest, "77777"));
    assert_null(strstr(card->manifest, "\"sources\""));
    mk_model_free(model);
    remove(path);
}

static void test_files(void **state)
{
    (void)state;
    static const char *const kinds[] = {"marginal", "copula", "medvae"};
    MkError err = {0};
    MkSchema *schema = NULL;
    MkCohort *const cohort = make_people(schema_text, &schema);
    char path[512];
    snprintf(path, sizeof path, "%s/private.safetensors",
             getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
    for (size_t k = 0; k < 3; k++) {
        if (train(cohort, kinds[k], path, &err) != MK_OK) {
            fail_msg("%s", err.text);
        }
        check_file(path);
    }
    assert_int_equal(MK_EUNSUPPORTED, train(cohort, "tvae", path, &err));
    assert_non_null(strstr(err.text, "copula, medvae, marginal"));
    mk_cohort_free(cohort);
    mk_schema_free(schema);
}

static void test_open_ranges(void **state)
{
    (void)state;
    static const char open[] = "name\ttype\tlabel\tlevels\n"
                               "x\treal\tX\t\ny\tpositive\tY\t\nn\tcount\tN\t\n"
                               "sex\tcategorical\tSex\t0=male|1=female\n";
    MkError err = {0};
    MkSchema *schema = NULL;
    MkCohort *const cohort = make_people(open, &schema);
    assert_int_equal(MK_EINVAL, train(cohort, "marginal", "never.safetensors", &err));
    assert_non_null(strstr(err.text, "min and max of x, y, n"));
    mk_cohort_free(cohort);
    mk_schema_free(schema);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_published_values),
        cmocka_unit_test(test_sigma_search),
        cmocka_unit_test(test_noise_and_clip),
        cmocka_unit_test(test_one_person),
        cmocka_unit_test(test_files),
        cmocka_unit_test(test_open_ranges),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
