/* Kind mixture: EM never falls, known components are found again, answers are those of Bayes' rule
 * written out, the same file on any number of threads, and broken files are refused. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "tests/check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/draw.h"
#include "model/kind.h"
#include "model/latent/latent.h"
#include "model/mixture/mixture.h"
#include "model/nn/blas.h"
#include "model/normal.h"
#include "model/train.h"
#include "tests/numeric/people.h"

enum { N = 4, TRUE_COMPONENTS = 3 };

/* Three kinds of people: of each a share, two means, and levels. */
static const char schema[] = "name\ttype\tlabel\tlevels\tmin\tmax\tresolution\n"
                             "x\treal\tX\t\t\t\t0.1\n"
                             "y\treal\tY\t\t\t\t0.1\n"
                             "h\tcategorical\tH\t0=no|1=yes\t\t\t\n"
                             "o\tordinal\tO\t0=low|1=mid|2=high\t\t\t\n";

static const double share[TRUE_COMPONENTS] = {0.5, 0.3, 0.2};
static const double mean_x[TRUE_COMPONENTS] = {40.0, 60.0, 80.0};
static const double mean_y[TRUE_COMPONENTS] = {20.0, 80.0, 30.0};
static const double sd = 5.0;
static const double yes[TRUE_COMPONENTS] = {0.1, 0.8, 0.5};
static const double level[TRUE_COMPONENTS][3] = {{0.7, 0.2, 0.1}, {0.1, 0.6, 0.3}, {0.2, 0.1, 0.7}};

static size_t pick(double u, const double *p, size_t n)
{
    size_t k = 0;
    while (k + 1 < n && u >= p[k]) {
        u -= p[k++];
    }
    return k;
}

/* A fifth of all cells is missing. */
static void draw_person(void *ctx, size_t row, MkRng *rng, double *v)
{
    const size_t k = pick(mk_rng_uniform(rng), share, TRUE_COMPONENTS);
    (void)ctx, (void)row;
    v[0] = round(10.0 * (mean_x[k] + sd * mk_rng_normal(rng))) / 10.0;
    v[1] = round(10.0 * (mean_y[k] + sd * mk_rng_normal(rng))) / 10.0;
    v[2] = mk_rng_uniform(rng) < yes[k] ? 1.0 : 0.0;
    v[3] = (double)pick(mk_rng_uniform(rng), level[k], 3);
    for (size_t j = 0; j < N; j++) {
        v[j] = mk_rng_uniform(rng) < 0.2 ? NAN : v[j];
    }
}

static char path[512], other_path[512];

/* ---- what the mixture is ---- */

static double fake_clock(void)
{
    return 0.0;
}

static MkTrainConfig config_of(const char *components, size_t threads)
{
    MkTrainConfig config;
    MkError err = {0};
    mk_train_config_init(&config);
    config.threads = threads;
    config.iterations = 0;
    if (mk_train_config_set(&config, "kind", "mixture", &err) != MK_OK ||
        mk_train_config_set(&config, "mixture_components", components, &err) != MK_OK ||
        mk_train_config_set(&config, "mixture_prior_cells", "50", &err) != MK_OK) {
        fail_msg("%s", err.text);
    }
    return config;
}

static void assert_trains(const People *people, const MkTrainConfig *config, const char *at)
{
    const MkTrainHooks hooks = {.clock = fake_clock};
    MkError err = {0};
    if (mk_train(config, people->cohort, at, &hooks, &err) != MK_OK) {
        fail_msg("%s", err.text);
    }
}

typedef struct Fixture {
    People people;
    MkModel *model;
} Fixture;

static int open_fixture(void **state)
{
    static Fixture f;
    MkError err = {0};
    const char *const at = getenv("TMPDIR") != NULL ? getenv("TMPDIR") : "/tmp";
    mk_blas_init();
    snprintf(path, sizeof path, "%s/mixture.safetensors", at);
    snprintf(other_path, sizeof other_path, "%s/mixture2.safetensors", at);
    people_make(&f.people, schema, 4000, 11, draw_person, NULL);
    const MkTrainConfig config = config_of("3", 1);
    assert_trains(&f.people, &config, path);
    if (mk_model_open(path, &f.model, &err) != MK_OK) {
        fail_msg("%s", err.text);
    }
    *state = &f;
    return 0;
}

static int close_fixture(void **state)
{
    Fixture *const f = *state;
    mk_model_free(f->model);
    people_free(&f->people);
    remove(path);
    remove(other_path);
    return 0;
}

/* ---- the fit ---- */

static void assert_never_falls(const People *people, size_t components, MkPool *pool)
{
    const MkMixturePrior prior = {
        .outlier = 0.02, .levels = 1.5, .mean = 0.5, .people = 4.0, .variance = 0.3};
    MkArena *const arena = mk_arena_new(0);
    MkMixture mixture;
    MkMixtureFit *fit = NULL;
    double before = -INFINITY, first = 0.0, told = 0.0;
    assert_true(
        mk_mixture_init(&mixture, components, people->marginals, people->data.n_attributes, arena));
    assert_int_equal(mk_mixture_fit_new(&mixture, &prior, &people->data, 3, pool, NULL, &fit, NULL),
                     MK_OK);
    for (int pass = 0; pass < 30; pass++) {
        double log_prior = 0.0;
        told = mk_mixture_fit_pass(fit, &log_prior);
        first = pass == 0 ? told : first;
        assert_true(told + log_prior >= before - 1e-5 * fabs(before));
        before = told + log_prior;
    }
    assert_true(told > first + 0.01);
    mk_mixture_fit_free(fit);
    mk_arena_free(arena);
}

static void test_no_pass_of_em_falls(void **state)
{
    Fixture *const f = *state;
    People mixed;
    MkPool *pool = NULL;
    assert_int_equal(mk_pool_new(2, &pool, NULL), MK_OK);
    people_make(&mixed, people_mixed_schema, 700, 17, people_mixed_draw, NULL);
    for (size_t components = 1; components <= 12; components += 11) {
        assert_never_falls(&f->people, components + 1, pool);
        assert_never_falls(&mixed, components + 1, pool);
    }
    people_free(&mixed);
    mk_pool_free(pool);
}

/* p(k | x in the cell where `x` is) of the three true components. */
static void true_posterior(const MkMarginal *m, double x, double *p)
{
    const size_t cell = mk_marginal_cell(m, x);
    const double low = (double)m->knots[cell][0], high = (double)m->knots[cell][MK_CELL_KNOTS - 1];
    double sum = 0.0;
    for (size_t k = 0; k < TRUE_COMPONENTS; k++) {
        p[k] = share[k] *
               (mk_normal_cdf((high - mean_x[k]) / sd) - mk_normal_cdf((low - mean_x[k]) / sd));
        sum += p[k];
    }
    for (size_t k = 0; k < TRUE_COMPONENTS; k++) {
        p[k] /= sum;
    }
}

static MkDistribution ask(const MkModel *model, const MkPoint *known, size_t n, size_t target,
                          MkArena *arena)
{
    MkDistribution d;
    MkError err = {0};
    if (mk_model_posterior(mk_model_raw(model), known, n, &target, 1, arena, &d, &err) != MK_OK) {
        fail_msg("%s", err.text);
    }
    return d;
}

static void test_known_components_are_found_again(void **state)
{
    const Fixture *const f = *state;
    const MkTensor *const weight = mk_weights_find(f->model->weights, "kind.weight");
    assert_non_null(weight);
    assert_int_equal(weight->n, TRUE_COMPONENTS);
    const double *const w = weight->data;
    double all[3] = {w[0], w[1], w[2]};
    for (size_t a = 0; a < 3; a++) { /* descending */
        for (size_t b = a + 1; b < 3; b++) {
            const double swap = all[a];
            all[a] = fmax(all[a], all[b]);
            all[b] = fmin(swap, all[b]);
        }
    }
    for (size_t k = 0; k < TRUE_COMPONENTS; k++) {
        assert_close(all[k], share[k], 0.03, 0);
    }
    for (double x = 40.0; x <= 80.0; x += 5.0) { /* conditionals against the closed form */
        MkArena *const arena = mk_arena_new(0);
        const MkPoint known = {0, x};
        double p[TRUE_COMPONENTS], want_yes = 0.0, want_y = 0.0, want_o = 0.0;
        true_posterior(&f->model->marginals[0], x, p);
        for (size_t k = 0; k < TRUE_COMPONENTS; k++) {
            want_yes += p[k] * yes[k];
            want_y += p[k] * mean_y[k];
            want_o += p[k] * level[k][2];
        }
        const MkDistribution y = ask(f->model, &known, 1, 1, arena);
        const MkDistribution h = ask(f->model, &known, 1, 2, arena);
        const MkDistribution o = ask(f->model, &known, 1, 3, arena);
        assert_close(mk_dist_level(&h, 1), want_yes, 0.08, 0);
        assert_close(mk_dist_level(&o, 2), want_o, 0.08, 0);
        assert_close(mk_dist_mean(&y), want_y, 6.0, 0); /* of 60 between components */
        mk_arena_free(arena);
    }
}

/* ---- exact evidence ---- */

/* The distributions of an attribute in all components, and their log weights. */
static MkDistribution *components(const MkModel *model, size_t j, MkArena *arena, MkStates *states)
{
    MkRng rng = mk_rng(1, MK_RNG_TEST, 0);
    const MkLatent *const latent = model->kind->latent;
    assert_int_equal(latent->states(model, NULL, 0, 0, &rng, arena, states, NULL), MK_OK);
    MkDistribution *const out = mk_arena_array(arena, states->n, sizeof *out);
    assert_non_null(out);
    assert_int_equal(latent->heads(model, states, 0, states->n, j, arena, out, NULL), MK_OK);
    return out;
}

/* P(h = yes | x in low .. high, o in levels) by Bayes' rule over the components. */
static double by_hand(const MkModel *model, double low, double high, unsigned levels)
{
    MkArena *const arena = mk_arena_new(0);
    MkStates states;
    const MkDistribution *const x = components(model, 0, arena, &states);
    const MkDistribution *const h = components(model, 2, arena, &states);
    const MkDistribution *const o = components(model, 3, arena, &states);
    double both = 0.0, alone = 0.0;
    for (size_t k = 0; k < states.n; k++) {
        double in = 0.0;
        for (size_t l = 0; l < 3; l++) {
            in += (levels >> l & 1U) != 0 ? o[k].p[l] : 0.0;
        }
        const double w = exp(states.log_weight[k]) * mk_dist_mass(&x[k], low, high) * in;
        both += w * h[k].p[1];
        alone += w;
    }
    mk_arena_free(arena);
    return both / alone;
}

static void test_points_are_exact(void **state)
{
    const Fixture *const f = *state;
    for (double v = 30.0; v <= 90.0; v += 7.3) {
        MkArena *const arena = mk_arena_new(0);
        const MkPoint known[2] = {{0, v}, {3, 1.0}};
        const MkDistribution h = ask(f->model, known, 2, 2, arena);
        assert_close(mk_dist_level(&h, 1), by_hand(f->model, v - 0.05, v + 0.05, 2U), 1e-9, 1e-7);
        mk_arena_free(arena);
    }
}

/* A value beyond all people is still evidence for the nearest of them. */
static void test_a_point_where_nobody_is_speaks_for_the_nearest(void **state)
{
    const Fixture *const f = *state;
    MkArena *const arena = mk_arena_new(0);
    const MkDistribution h = ask(f->model, &(MkPoint){0, 140.0}, 1, 2, arena);
    assert_close(mk_dist_level(&h, 1), yes[2], 0.06, 0);
    mk_arena_free(arena);
}

enum { PERSONS = 6400 };

/* PERSONS of all attributes with x in 55 .. 72 and o not low. */
static double *draw_limited(const MkModel *model, double *log_mass)
{
    static const size_t all[N] = {0, 1, 2, 3};
    static const MkDrawLimit limits[N] = {{.is_limited = true, .low = 55.0, .high = 72.0},
                                          {0},
                                          {0},
                                          {.is_limited = true, .levels = 6}};
    double *const out = malloc(PERSONS * N * sizeof *out);
    MkDrawer *drawer = NULL;
    assert_non_null(out);
    assert_int_equal(mk_drawer_new(model,
                                   &(MkDrawOrder){.targets = all, .n_targets = N, .limits = limits},
                                   &drawer, NULL),
                     MK_OK);
    for (size_t first = 0; first < PERSONS; first += MK_DRAW_PERSONS) {
        MkArena *const arena = mk_arena_new(0);
        MkRng streams[MK_DRAW_PERSONS];
        for (size_t b = 0; b < MK_DRAW_PERSONS; b++) {
            streams[b] = mk_rng(3, MK_RNG_TEST, first + b);
        }
        assert_int_equal(mk_drawer_run(drawer, NULL, MK_DRAW_PERSONS, streams, NULL, arena,
                                       out + first * N, NULL, log_mass + first, NULL),
                         MK_OK);
        mk_arena_free(arena);
    }
    mk_drawer_free(drawer);
    return out;
}

static void test_persons_under_a_range_and_a_set(void **state)
{
    const Fixture *const f = *state;
    double *const mass = malloc(PERSONS * sizeof *mass);
    assert_non_null(mass);
    double *const v = draw_limited(f->model, mass);
    double n_yes = 0.0;
    for (size_t i = 0; i < PERSONS; i++) {
        assert_true(v[i * N] >= 55.0 && v[i * N] <= 72.0 && v[i * N + 3] >= 1.0);
        assert_close(mass[i], mass[0], 1e-12, 0);
        n_yes += v[i * N + 2] / PERSONS;
    }
    assert_close(n_yes, by_hand(f->model, 55.0, 72.0, 6U), 0.02, 0);
    MkArena *const arena = mk_arena_new(0); /* the mass of both limits together, by hand */
    MkStates states;
    const MkDistribution *const x = components(f->model, 0, arena, &states);
    const MkDistribution *const o = components(f->model, 3, arena, &states);
    double want = 0.0;
    for (size_t k = 0; k < states.n; k++) {
        want +=
            exp(states.log_weight[k]) * mk_dist_mass(&x[k], 55.0, 72.0) * (o[k].p[1] + o[k].p[2]);
    }
    assert_close(exp(mass[0]), want, 1e-9, 1e-7);
    mk_arena_free(arena);
    free(mass);
    free(v);
}

static void test_the_density_is_that_of_the_mixture(void **state)
{
    const Fixture *const f = *state;
    static const size_t targets[3] = {0, 1, 2};
    const double person[3] = {58.3, 71.0, 1.0};
    double out[3], log_p = 0.0, want = 0.0;
    MkArena *const arena = mk_arena_new(0);
    MkDrawer *drawer = NULL;
    MkRng stream = mk_rng(1, MK_RNG_TEST, 0);
    MkStates states;
    assert_int_equal(
        mk_drawer_new(f->model, &(MkDrawOrder){.targets = targets, .n_targets = 3}, &drawer, NULL),
        MK_OK);
    assert_int_equal(
        mk_drawer_run(drawer, NULL, 1, &stream, person, arena, out, &log_p, NULL, NULL), MK_OK);
    const MkDistribution *const x = components(f->model, 0, arena, &states);
    const MkDistribution *const y = components(f->model, 1, arena, &states);
    const MkDistribution *const h = components(f->model, 2, arena, &states);
    for (size_t k = 0; k < states.n; k++) {
        want += exp(states.log_weight[k]) * mk_dist_mass(&x[k], 58.25, 58.35) *
                mk_dist_mass(&y[k], 70.95, 71.05) * h[k].p[1];
    }
    assert_close(log_p, log(want), 1e-9, 0);
    mk_drawer_free(drawer);
    mk_arena_free(arena);
}

/* ---- files ---- */

static void test_the_file_is_the_same_on_two_threads(void **state)
{
    Fixture *const f = *state;
    static const size_t size[] = {
        [MK_F32] = 4, [MK_F16] = 2, [MK_F64] = 8, [MK_I32] = 4, [MK_U8] = 1, [MK_U16] = 2};
    MkWeights *y = NULL;
    const MkTrainConfig config = config_of("3", 2);
    assert_trains(&f->people, &config, other_path);
    assert_int_equal(mk_weights_open(other_path, &y, NULL), MK_OK);
    assert_int_equal(mk_weights_count(f->model->weights), mk_weights_count(y));
    for (size_t i = 0; i < mk_weights_count(y); i++) {
        const MkTensor *const t = mk_weights_at(y, i);
        const MkTensor *const u = mk_weights_find(f->model->weights, t->name);
        assert_non_null(u);
        assert_int_equal(t->n, u->n);
        assert_memory_equal(t->data, u->data, t->n * size[t->dtype]);
    }
    mk_weights_close(y);
}

/* Writes the fixture's model with another mixture; what is said when it is opened. */
static void assert_refused(const Fixture *f, const MkMixture *mixture, const char *why)
{
    MkError err = {0};
    MkModel *model = NULL;
    const MkModel *const old = f->model;
    const MkModelParts parts = {.kind = old->kind,
                                .name = "broken",
                                .version = "1.0",
                                .card = "# broken\n",
                                .manifest = "{}",
                                .schema = old->schema,
                                .marginals = old->marginals,
                                .copula = &old->copula,
                                .pairs = old->pairs,
                                .n_people = old->n_people,
                                .learned = mixture};
    assert_int_equal(mk_model_write(&parts, other_path, NULL), MK_OK);
    assert_int_equal(mk_model_open(other_path, &model, &err), why != NULL ? MK_EFORMAT : MK_OK);
    if (why != NULL && strstr(err.text, why) == NULL) {
        fail_msg("said: %s", err.text);
    }
    mk_model_free(model);
}

static void test_a_broken_file_is_refused(void **state)
{
    const Fixture *const f = *state;
    MkArena *const arena = mk_arena_new(0);
    MkMixture x;
    assert_true(mk_mixture_init(&x, 2, f->model->marginals, N, arena));
    x.weight[0] = x.weight[1] = 0.5;
    for (size_t j = 0; j < N; j++) {
        const size_t n_cells = f->model->marginals[j].n_cells;
        for (size_t i = 0; i < 2 * n_cells; i++) {
            x.p[x.begin[j] * 2 + i] = 1.0F / (float)n_cells;
        }
    }
    assert_refused(f, &x, NULL);
    x.weight[0] = 0.6;
    assert_refused(f, &x, "do not sum to 1");
    x.weight[0] = NAN;
    assert_refused(f, &x, "not 0 or more");
    x.weight[0] = 0.5;
    for (size_t i = 0; i < 2; i++) {
        static const float wrong[] = {NAN, -0.5F, 0.9F, INFINITY};
        for (size_t w = 0; w < sizeof wrong / sizeof *wrong; w++) {
            const size_t at = i == 0 ? 3 : 2 * x.begin[3] + 1;
            const float right = x.p[at];
            x.p[at] = wrong[w];
            assert_refused(f, &x, "cells do not sum to 1");
            x.p[at] = right;
        }
    }
    x.n_cells--; /* a table of another shape */
    assert_refused(f, &x, "kind.p");
    mk_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_pass_of_em_falls),
        cmocka_unit_test(test_known_components_are_found_again),
        cmocka_unit_test(test_points_are_exact),
        cmocka_unit_test(test_a_point_where_nobody_is_speaks_for_the_nearest),
        cmocka_unit_test(test_persons_under_a_range_and_a_set),
        cmocka_unit_test(test_the_density_is_that_of_the_mixture),
        cmocka_unit_test(test_the_file_is_the_same_on_two_threads),
        cmocka_unit_test(test_a_broken_file_is_refused),
    };
    return cmocka_run_group_tests(tests, open_fixture, close_fixture);
}
