/* Kind ctgan: the gradients of its losses, the gradient penalty included, and what it learns of a
 * population that is known. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "tests/check.h"

#include <stdlib.h>
#include <string.h>

#include "model/ctgan/conditions.h"
#include "model/ctgan/gan_net.h"
#include "model/nn/blas.h"
#include "tests/numeric/tabular.h"

enum { PEOPLE = 3000, PERSONS = 4000 };

static char path[512], other_path[512];
static People people;

static const char *const settings[] = {"ctgan_epochs", "1000", "ctgan_hidden", "64", "ctgan_noise",
                                       "16",           NULL};

static int open_model(void **state)
{
    MkModel *model = NULL;
    const char *const at = getenv("TMPDIR") != NULL ? getenv("TMPDIR") : "/tmp";
    mk_blas_init();
    snprintf(path, sizeof path, "%s/ctgan.safetensors", at);
    snprintf(other_path, sizeof other_path, "%s/ctgan2.safetensors", at);
    tabular_people(&people, PEOPLE, 11);
    tabular_train(&people, "ctgan", settings, path);
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

static void fill(float *x, size_t n, uint64_t index)
{
    MkRng rng = mk_rng(21, MK_RNG_TEST, index);
    for (size_t i = 0; i < n; i++) {
        x[i] = (float)mk_rng_normal(&rng);
    }
}

/* The slope by `gradient` along random directions in each of the parts between begin[] is that of
 * differences. */
static void assert_slopes(double (*loss)(void *ctx, const float *value), void *ctx,
                          const float *value, const float *gradient, const size_t *begin,
                          size_t n_parts)
{
    const size_t n = begin[n_parts];
    float *const direction = malloc(n * sizeof *direction);
    assert_non_null(direction);
    for (size_t part = 0; part < n_parts; part++) {
        double slope = 0.0;
        fill(direction, n, 100 + part);
        for (size_t i = 0; i < n; i++) {
            direction[i] = i >= begin[part] && i < begin[part + 1] ? direction[i] : 0.0F;
            slope += (double)(direction[i] * gradient[i]);
        }
        assert_close(tabular_slope(loss, ctx, value, direction, n, 1e-3), slope, 1e-3, 0.01);
    }
    free(direction);
}

/* ---- critic ---- */

enum { ROWS = 5, WIDE = 12, UNITS = 9 };

typedef struct Critic {
    MkCritic net;
    MkCriticTape tape;
    float x[ROWS * WIDE], value[WIDE * UNITS + UNITS * UNITS + 3 * UNITS + 1];
    float gradient[WIDE * UNITS + UNITS * UNITS + 3 * UNITS + 1];
} Critic;

static void open_critic(Critic *c, MkArena *arena)
{
    c->net = mk_critic(WIDE, UNITS);
    assert_int_equal(c->net.n, sizeof c->value / sizeof *c->value);
    assert_true(mk_critic_tape(&c->net, ROWS, arena, &c->tape));
    mk_critic_drop(&c->net, ROWS, 0.3, 77, &c->tape);
    fill(c->value, c->net.n, 1);
    fill(c->x, ROWS * WIDE, 2);
    memset(c->gradient, 0, sizeof c->gradient);
}

static double said(void *ctx, const float *value)
{
    Critic *const c = ctx;
    double sum = 0.0;
    mk_critic_pass(&c->net, value, c->x, ROWS, &c->tape);
    for (size_t i = 0; i < ROWS; i++) {
        c->tape.d_said[i] = 0.5F + (float)i;
        sum += (double)(c->tape.d_said[i] * c->tape.said[i]);
    }
    return sum;
}

static double said_of(void *ctx, const float *x)
{
    Critic *const c = ctx;
    memcpy(c->x, x, sizeof c->x);
    return said(c, c->value);
}

static double penalty(void *ctx, const float *value)
{
    Critic *const c = ctx;
    float lost[sizeof c->gradient / sizeof *c->gradient] = {0.0F};
    mk_critic_pass(&c->net, value, c->x, ROWS, &c->tape);
    return mk_critic_penalty(&c->net, value, ROWS, 0.7, &c->tape, lost);
}

static void test_the_gradients_of_the_critic_are_those_of_differences(void **state)
{
    MkArena *const arena = mk_arena_new(0);
    Critic c;
    float dx[ROWS * WIDE], again[ROWS * WIDE], x[ROWS * WIDE];
    (void)state;
    open_critic(&c, arena);
    const size_t begin[] = {0, c.net.layer[0].bias, c.net.layer[1].weight, c.net.out.weight,
                            c.net.n};
    const size_t all[] = {0, ROWS * WIDE};
    said(&c, c.value);
    mk_critic_back(&c.net, c.value, c.x, ROWS, &c.tape, c.gradient, dx);
    mk_critic_back(&c.net, c.value, c.x, ROWS, &c.tape, NULL, again);
    assert_all_close_f(again, dx, ROWS * WIDE, 1e-6, 1e-6);
    assert_slopes(said, &c, c.value, c.gradient, begin, 4);
    memcpy(x, c.x, sizeof x);
    assert_slopes(said_of, &c, x, dx, all, 1);
    mk_arena_free(arena);
}

/* The penalty itself from differences of what is said; then its gradient, a second derivative. */
static void test_the_gradient_of_the_penalty_is_that_of_differences(void **state)
{
    MkArena *const arena = mk_arena_new(0);
    Critic c;
    double want = 0.0;
    (void)state;
    open_critic(&c, arena);
    const size_t begin[] = {0, c.net.layer[0].bias, c.net.layer[1].weight, c.net.out.weight,
                            c.net.n};
    mk_critic_pass(&c.net, c.value, c.x, ROWS, &c.tape);
    const double got = mk_critic_penalty(&c.net, c.value, ROWS, 0.7, &c.tape, c.gradient);
    for (size_t i = 0; i < ROWS; i++) {
        double squares = 0.0;
        for (size_t k = 0; k < WIDE; k++) {
            double side[2];
            for (int s = 0; s < 2; s++) {
                const float kept = c.x[i * WIDE + k];
                c.x[i * WIDE + k] += s == 0 ? 1e-3F : -1e-3F;
                mk_critic_pass(&c.net, c.value, c.x, ROWS, &c.tape);
                side[s] = (double)c.tape.said[i];
                c.x[i * WIDE + k] = kept;
            }
            squares += pow((side[0] - side[1]) / 2e-3, 2.0);
        }
        want += 0.7 * pow(sqrt(squares) - 1.0, 2.0) / ROWS;
    }
    assert_close(got, want, 1e-3, 5e-3);
    assert_slopes(penalty, &c, c.value, c.gradient, begin, 4);
    mk_arena_free(arena);
}

/* ---- generator ---- */

enum { BATCH = 12 };

typedef struct Maker {
    MkRecords records;
    MkGenerator net;
    MkGeneratorTape tape;
    float *in, *gumbel, *record, *pull;
    size_t attribute[BATCH], level[BATCH];
} Maker;

/* A random linear function of the records, and the cross entropy of the conditions. */
static double made(void *ctx, const float *value)
{
    Maker *const m = ctx;
    const size_t n = BATCH * m->records.width;
    memcpy(m->tape.in[0], m->in, BATCH * (m->net.noise + m->net.condition) * sizeof *m->in);
    mk_generator_pass(&m->net, value, BATCH, false, &m->tape);
    mk_gan_record(&m->records, m->tape.said, m->gumbel, BATCH, m->record);
    double sum = 0.0;
    for (size_t i = 0; i < n; i++) {
        sum += (double)(m->pull[i] * m->record[i]);
    }
    memcpy(m->tape.d_said, m->pull, n * sizeof *m->pull);
    mk_gan_record_back(&m->records, m->record, BATCH, m->tape.d_said);
    return sum + mk_gan_condition_loss(&m->records, m->attribute, m->level, m->tape.said, BATCH,
                                       m->tape.d_said);
}

static void test_the_gradient_of_the_generator_is_that_of_differences(void **state)
{
    MkArena *const arena = mk_arena_new(0);
    Maker m;
    MkParameters p;
    (void)state;
    assert_int_equal(mk_records_fit(&people.data, people.schema, false, arena, &m.records, NULL),
                     MK_OK);
    const size_t n = BATCH * m.records.width;
    assert_true(mk_generator(&m.records, 4, 5, 6, arena, &m.net));
    assert_true(mk_generator_tape(&m.net, BATCH, arena, &m.tape));
    assert_true(mk_parameters_init(&p, m.net.n, arena));
    m.in = mk_arena_array(arena, BATCH * 9, sizeof *m.in);
    m.gumbel = mk_arena_array(arena, n, sizeof *m.gumbel);
    m.record = mk_arena_array(arena, n, sizeof *m.record);
    m.pull = mk_arena_array(arena, n, sizeof *m.pull);
    mk_generator_init(&m.net, 3, &p);
    fill(m.in, BATCH * 9, 5);
    fill(m.pull, n, 6);
    mk_gan_gumbel(m.gumbel, n, 9);
    for (size_t i = 0; i < BATCH; i++) {
        m.attribute[i] = i % 2 == 0 ? TABULAR_S : TABULAR_T;
        m.level[i] = i % 2;
    }
    made(&m, p.value);
    mk_generator_back(&m.net, p.value, BATCH, &m.tape, p.gradient);
    const size_t begin[] = {
        0,      m.net.norm[0].gain, m.net.layer[1].weight, m.net.norm[1].gain, m.net.out.weight,
        m.net.n};
    assert_slopes(made, &m, p.value, p.gradient, begin, 5);
    mk_arena_free(arena);
}

static void test_gumbel_noise_has_its_mean_and_variance(void **state)
{
    enum { N = 200000 };
    static float g[N];
    double sum = 0.0, squares = 0.0;
    (void)state;
    mk_gan_gumbel(g, N, 4);
    for (size_t i = 0; i < N; i++) {
        sum += (double)g[i] / N;
        squares += (double)g[i] * (double)g[i] / N;
    }
    assert_close(sum, 0.57721566, 0.01, 0);
    assert_close(squares - sum * sum, 1.64493407, 0.03, 0); /* pi^2 / 6 */
}

static void test_conditions_come_by_log_frequency_with_people_who_have_them(void **state)
{
    MkArena *const arena = mk_arena_new(0);
    MkRecords r;
    MkCoded coded;
    MkConditions c;
    MkHolders h;
    size_t count[TABULAR_N][3] = {{0}};
    (void)state;
    assert_int_equal(mk_records_fit(&people.data, people.schema, false, arena, &r, NULL), MK_OK);
    assert_int_equal(mk_records_code(&r, &people.data, 3, arena, &coded, NULL), MK_OK);
    assert_int_equal(mk_conditions_new(&r, arena, &c, NULL), MK_OK);
    assert_int_equal(mk_holders_new(&c, &coded, arena, &h, NULL), MK_OK);
    assert_int_equal(c.n, 2);
    assert_close(c.share[0] + c.share[1], 1.0, 1e-9, 0);
    assert_close(c.share[1], 0.3, 0.03, 0);
    MkRng rng = mk_rng(8, MK_RNG_TEST, 0);
    for (size_t i = 0; i < 20000; i++) {
        size_t place = 0, level = 0;
        mk_holders_condition(&h, &rng, &place, &level);
        const size_t person = mk_holders_person(&h, place, level, &rng);
        assert_int_equal((size_t)mk_cohort_get(people.cohort, person, c.attribute[place]), level);
        count[c.attribute[place]][level]++;
    }
    const double upper = log(1.0 + c.share[1] * PEOPLE), lower = log(1.0 + c.share[0] * PEOPLE);
    assert_close((double)count[TABULAR_S][1] / 10000.0, upper / (upper + lower), 0.02, 0);
    mk_arena_free(arena);
}

/* ---- what is learned ---- */

static void test_persons_are_as_people_are(void **state)
{
    double *const v = tabular_draw(*state, NULL, NULL, 0, PERSONS);
    assert_close(tabular_mean(v, PERSONS, TABULAR_X), 50.0, 4.0, 0);
    assert_close(tabular_mean(v, PERSONS, TABULAR_Y), 30.0, 10.0, 0);
    assert_close(tabular_mean(v, PERSONS, TABULAR_S), 0.3, 0.1, 0);
    assert_true(tabular_correlation(v, PERSONS, TABULAR_Y, TABULAR_S, NULL) > 0.8);
    assert_true(tabular_correlation(v, PERSONS, TABULAR_X, TABULAR_T, NULL) > 0.5);
    free(v);
}

static void test_levels_can_be_told_and_numbers_cannot(void **state)
{
    const MkModel *const model = *state;
    const size_t s = TABULAR_S, x = TABULAR_X, y = TABULAR_Y;
    const double yes = 1.0;
    MkArena *const arena = mk_arena_new(0);
    MkDistribution d;
    MkError err = {0};
    double *const v = tabular_draw(model, &s, &yes, 1, 500);
    assert_close(tabular_mean(v, 500, TABULAR_Y), 100.0, 12.0, 0);
    free(v);
    const MkPoint told = {TABULAR_S, 1.0}, number = {TABULAR_X, 60.0};
    assert_int_equal(mk_model_posterior(model, &told, 1, &y, 1, arena, &d, NULL), MK_OK);
    assert_close(mk_dist_mean(&d), 100.0, 12.0, 0);
    assert_int_equal(mk_model_posterior(model, &number, 1, &y, 1, arena, &d, &err),
                     MK_EUNSUPPORTED);
    assert_non_null(strstr(err.text, "'x'"));
    const MkDrawLimit limit = {.is_limited = true, .low = 50.0, .high = INFINITY};
    MkDrawer *drawer = NULL;
    assert_int_equal(
        mk_drawer_new(
            model, &(MkDrawOrder){.targets = &x, .n_targets = 1, .n_groups = 1, .limits = &limit},
            &drawer, &err),
        MK_EUNSUPPORTED);
    mk_arena_free(arena);
}

static void test_the_same_seed_gives_the_same_file(void **state)
{
    const char *const quick[] = {
        "ctgan_epochs", "2", "ctgan_hidden", "8", "ctgan_noise", "4", NULL};
    char third[600];
    (void)state;
    snprintf(third, sizeof third, "%s.again", other_path);
    tabular_train(&people, "ctgan", quick, other_path);
    tabular_train(&people, "ctgan", quick, third);
    people_same_tensors(other_path, third);
    remove(third);
}

static void test_broken_files_are_refused(void **state)
{
    const float not_finite = NAN, negative = -1.0F;
    const double much = 1.5;
    const int32_t huge = 1 << 20;
    (void)state;
    tabular_refuses(path, other_path, "kind.network", 40, &not_finite, sizeof not_finite);
    tabular_refuses(path, other_path, "kind.variance.1", 4, &negative, sizeof negative);
    tabular_refuses(path, other_path, "kind.mean.0", 4, &not_finite, sizeof not_finite);
    tabular_refuses(path, other_path, "kind.shares", 0, &much, sizeof much);
    tabular_refuses(path, other_path, "kind.sizes", 4, &huge, sizeof huge);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_gradients_of_the_critic_are_those_of_differences),
        cmocka_unit_test(test_the_gradient_of_the_penalty_is_that_of_differences),
        cmocka_unit_test(test_the_gradient_of_the_generator_is_that_of_differences),
        cmocka_unit_test(test_gumbel_noise_has_its_mean_and_variance),
        cmocka_unit_test(test_conditions_come_by_log_frequency_with_people_who_have_them),
        cmocka_unit_test(test_persons_are_as_people_are),
        cmocka_unit_test(test_levels_can_be_told_and_numbers_cannot),
        cmocka_unit_test(test_the_same_seed_gives_the_same_file),
        cmocka_unit_test(test_broken_files_are_refused),
    };
    return cmocka_run_group_tests(tests, open_model, close_model);
}
