/* Kind hivae: gradients by finite differences, the bound below its importance-weighted estimate,
 * conditionals of populations that are known, files. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "tests/check.h"

#include <stdlib.h>
#include <string.h>

#include "model/draw.h"
#include "model/hivae/hivae.h"
#include "model/kind.h"
#include "model/latent/latent.h"
#include "model/model.h"
#include "model/nn/blas.h"
#include "model/train.h"
#include "model/weights.h"
#include "src/base/buf.h"
#include "src/base/file.h"
#include "tests/numeric/people.h"

static char model_path[512], other_path[512];
static double fake_time;

static double fake_clock(void)
{
    fake_time += 1e-4;
    return fake_time;
}

static int make_paths(void **state)
{
    const char *const folder = getenv("TMPDIR");
    const char *const at = folder != NULL ? folder : "/tmp";
    snprintf(model_path, sizeof model_path, "%s/hivae.safetensors", at);
    snprintf(other_path, sizeof other_path, "%s/hivae2.safetensors", at);
    mk_blas_init();
    *state = NULL;
    return 0;
}

static int remove_paths(void **state)
{
    (void)state;
    remove(model_path);
    remove(other_path);
    return 0;
}

/* ---- gradients ---- */

enum { ROWS = 7 };

typedef struct Small {
    MkHivae *net;
    MkHivaeBatch batch;
    MkHivaeWork *work;
} Small;

/* A network with wild weights and a batch of people with gaps, hidden values and fixed noise. */
static Small make_small(const People *people, bool faithful, MkArena *arena)
{
    Small s;
    const MkHivaeConfig config = {.faithful = faithful,
                                  .n = people->schema->n,
                                  .z = 3,
                                  .y = 2,
                                  .s = 3,
                                  .hidden = faithful ? 0 : 6};
    const MkGroup *const g = &people->data.groups[0];
    MkRng rng = mk_rng(4, MK_RNG_TEST, 0);
    assert_int_equal(mk_hivae_new(&config, people->marginals, arena, &s.net, NULL), MK_OK);
    mk_hivae_init(s.net, 9);
    for (size_t i = 0; i < s.net->parameters.n; i++) {
        s.net->parameters.value[i] += (float)(0.3 * mk_rng_normal(&rng));
    }
    s.work = mk_hivae_work(s.net, ROWS, arena);
    s.batch = mk_hivae_batch(s.net, ROWS, arena);
    assert_non_null(s.work);
    assert_non_null(s.batch.x);
    s.batch.n = ROWS;
    s.batch.beta = 0.7;
    s.batch.temperature = 0.8;
    memset(s.batch.x, 0, ROWS * s.net->n_input * sizeof *s.batch.x);
    for (size_t i = 0; i < ROWS; i++) {
        s.batch.weight[i] = 0.5 + mk_rng_uniform(&rng);
        for (size_t j = 0; j < config.n; j++) {
            const size_t at = i * g->n + j;
            const double center = faithful ? 2.0 : 0.0, scale = faithful ? 3.0 : 1.0;
            float *const target = &s.batch.target[i * config.n + j];
            *target = NAN;
            if (g->cells[at] == MK_CELL_MISSING) {
                continue;
            }
            *target = (float)mk_hivae_target(s.net, j, (double)g->values[at], g->cells[at], center,
                                             scale);
            if (mk_rng_uniform(&rng) < 0.6) {
                mk_hivae_see(s.net, j, (double)g->values[at], (double)g->scores[at], center, scale,
                             s.batch.x + i * s.net->n_input);
            }
        }
    }
    for (size_t i = 0; i < ROWS * config.s; i++) {
        s.batch.gumbel[i] = (float)-log(-log(fmax(mk_rng_uniform(&rng), 1e-9)));
    }
    for (size_t i = 0; i < ROWS * config.z; i++) {
        s.batch.noise[i] = (float)mk_rng_normal(&rng);
    }
    return s;
}

/* Fourth-order difference of the loss in parameter i. */
static double difference(const Small *s, size_t i)
{
    static const float at[4] = {-2.0F, -1.0F, 1.0F, 2.0F};
    const float h = 0.00390625F, was = s->net->parameters.value[i];
    double f[4];
    for (size_t k = 0; k < 4; k++) {
        s->net->parameters.value[i] = was + at[k] * h;
        f[k] = mk_hivae_loss(s->net, &s->batch, s->work, false);
    }
    s->net->parameters.value[i] = was;
    return (f[0] - 8.0 * f[1] + 8.0 * f[2] - f[3]) / (12.0 * (double)h);
}

static void test_the_gradient_is_that_of_finite_differences(void **state)
{
    People people;
    (void)state;
    people_make(&people, people_mixed_schema, 200, 5, people_mixed_draw, NULL);
    for (int faithful = 0; faithful < 2; faithful++) {
        MkArena *const arena = mk_arena_new(0);
        const Small s = make_small(&people, faithful == 1, arena);
        MkParameters *const p = &s.net->parameters;
        size_t wrong = 0;
        mk_parameters_zero_gradient(p);
        const double loss = mk_hivae_loss(s.net, &s.batch, s.work, true);
        assert_close(mk_hivae_loss(s.net, &s.batch, s.work, false), loss, 0, 0);
        for (size_t i = 0; i < p->n; i++) {
            const double want = difference(&s, i);
            const double error = fabs((double)p->gradient[i] - want);
            /* a rectifier may bend inside the step of a few parameters */
            wrong += error > 2e-3 + 1e-2 * fabs(want) ? 1 : 0;
            assert_true(error < 0.05 + 0.1 * fabs(want));
        }
        assert_true(wrong <= p->n / 100);
        mk_arena_free(arena);
    }
    people_free(&people);
}

/* Gradients of each head on its own, of all families, in both modes. */
static void test_heads_have_the_gradients_of_finite_differences(void **state)
{
    People people;
    (void)state;
    people_make(&people, people_mixed_schema, 200, 6, people_mixed_draw, NULL);
    for (int faithful = 0; faithful < 2; faithful++) {
        MkArena *const arena = mk_arena_new(0);
        const Small s = make_small(&people, faithful == 1, arena);
        MkRng rng = mk_rng(5, MK_RNG_TEST, 0);
        for (int round = 0; round < 400; round++) {
            const size_t j = mk_rng_below(&rng, s.net->config.n);
            const size_t row = mk_rng_below(&rng, ROWS);
            const MkHivaeHead *const h = &s.net->heads[j];
            const float target = s.batch.target[row * s.net->config.n + j];
            float v[2][MK_HIVAE_HEAD], d[2][MK_HIVAE_HEAD];
            if (isnan(target)) {
                continue;
            }
            for (size_t k = 0; k < h->n_mean + h->n_spread; k++) {
                float *const to = k < h->n_mean ? &v[0][k] : &v[1][k - h->n_mean];
                *to = (float)mk_rng_normal(&rng);
            }
            mk_hivae_head_log(s.net, j, v[0], v[1], (double)target, d[0], d[1]);
            for (size_t k = 0; k < h->n_mean + h->n_spread; k++) {
                const size_t side = k < h->n_mean ? 0 : 1, at = side == 0 ? k : k - h->n_mean;
                const float was = v[side][at], step = 0.0009765625F;
                v[side][at] = was + step;
                const double up =
                    mk_hivae_head_log(s.net, j, v[0], v[1], (double)target, NULL, NULL);
                v[side][at] = was - step;
                const double down =
                    mk_hivae_head_log(s.net, j, v[0], v[1], (double)target, NULL, NULL);
                v[side][at] = was;
                /* a variance at its bound has no gradient beyond it */
                assert_close((double)d[side][at], (up - down) / (2.0 * (double)step), 2e-3, 1e-2);
            }
        }
        mk_arena_free(arena);
    }
    people_free(&people);
}

/* ---- training ---- */

static void set(MkTrainConfig *config, const char *key, const char *value)
{
    MkError err = {0};
    if (mk_train_config_set(config, key, value, &err) != MK_OK) {
        fail_msg("%s %s: %s", key, value, err.text);
    }
}

static void train(const People *people, const char *mode, const char *epochs, const char *path)
{
    const MkTrainHooks hooks = {.clock = fake_clock};
    MkTrainConfig config;
    MkError err = {0};
    mk_train_config_init(&config);
    config.threads = 1;
    set(&config, "kind", "hivae");
    set(&config, "name", "small");
    set(&config, "hivae_mode", mode);
    set(&config, "hivae_z", "3");
    set(&config, "hivae_hidden", "24");
    set(&config, "hivae_mask", "0.5");
    set(&config, "hivae_beta", "0.5");
    set(&config, "hivae_rate", "0.005");
    set(&config, "hivae_epochs", epochs);
    if (mk_train(&config, people->cohort, path, &hooks, &err) != MK_OK) {
        fail_msg("%s", err.text);
    }
}

static MkModel *open_model(const char *path)
{
    MkModel *model = NULL;
    MkError err = {0};
    if (mk_model_open(path, &model, &err) != MK_OK) {
        fail_msg("%s", err.text);
    }
    return model;
}

static void ask(const MkModel *model, const MkPoint *known, size_t n_known, size_t target,
                MkArena *arena, MkDistribution *out)
{
    MkError err = {0};
    if (mk_model_posterior(mk_model_raw(model), known, n_known, &target, 1, arena, out, &err) !=
        MK_OK) {
        fail_msg("%s", err.text);
    }
}

static const char linked_schema[] = "name\ttype\tlabel\tunit\tlevels\tmin\tmax\tcategory\n"
                                    "x\treal\tX\t\t\t\t\ta\n"
                                    "y\treal\tY\t\t\t\t\ta\n"
                                    "high\tcategorical\tHigh\t\t0=no|1=yes\t\t\ta\n";

/* Two normals of correlation 0.8, and a level that follows x. */
static void linked_draw(void *ctx, size_t row, MkRng *rng, double *values)
{
    const double x = mk_rng_normal(rng);
    (void)ctx, (void)row;
    values[0] = 50.0 + 10.0 * x;
    values[1] = 50.0 + 10.0 * (0.8 * x + 0.6 * mk_rng_normal(rng));
    values[2] = x + 0.5 * mk_rng_normal(rng) > 0.0 ? 1.0 : 0.0;
}

/* Faithful mode shrinks what it says of numbers towards the population: wider bounds. */
static void test_conditionals_of_linked_normals_approach_the_truth(void **state)
{
    static const char *const modes[] = {"repaired", "faithful"};
    People people;
    (void)state;
    people_make(&people, linked_schema, 2500, 7, linked_draw, NULL);
    for (int mode = 0; mode < 2; mode++) {
        MkArena *const arena = mk_arena_new(0);
        MkDistribution d;
        train(&people, modes[mode], "100", model_path);
        MkModel *const model = open_model(model_path);
        double before = -INFINITY;
        for (double x = -1.5; x <= 1.5; x += 1.0) {
            const MkPoint known = {0, 50.0 + 10.0 * x};
            ask(model, &known, 1, 1, arena, &d);
            assert_close(mk_dist_mean(&d), 50.0 + 8.0 * x, mode == 0 ? 2.5 : 7.0, 0);
            assert_true(mk_dist_mean(&d) > before);
            before = mk_dist_mean(&d);
            assert_close(mk_dist_sd(&d), 6.0, mode == 0 ? 1.2 : 5.0, 0);
            ask(model, &known, 1, 2, arena, &d);
            assert_close(mk_dist_level(&d, 1), 0.5 * erfc(-2.0 * x / sqrt(2.0)),
                         mode == 0 ? 0.18 : 0.35, 0);
        }
        ask(model, NULL, 0, 1, arena, &d);
        assert_close(mk_dist_mean(&d), 50.0, 1.5, 0);
        assert_close(mk_dist_sd(&d), 10.0, 1.5, 0);
        mk_model_free(model);
        mk_arena_free(arena);
    }
    people_free(&people);
}

static const char clusters_schema[] = "name\ttype\tlabel\tunit\tlevels\tmin\tmax\tcategory\n"
                                      "a\treal\tA\t\t\t\t\ta\n"
                                      "b\tpositive\tB\t\t\t0\t\ta\n"
                                      "c\tcount\tC\t\t\t0\t\ta\n"
                                      "d\tordinal\tD\t\t0=low|1=middle|2=top\t\t\ta\n"
                                      "e\tcategorical\tE\t\t0=red|1=green|2=blue\t\t\ta\n";

static size_t draw_level(MkRng *rng, double p0, double p1)
{
    const double u = mk_rng_uniform(rng);
    return u < p0 ? 0 : u < p0 + p1 ? 1 : 2;
}

/* Two clusters, all types, nothing else that links them. */
static void clusters_draw(void *ctx, size_t row, MkRng *rng, double *values)
{
    const bool second = mk_rng_uniform(rng) < 0.4;
    (void)ctx, (void)row;
    values[0] = (second ? 5.0 : 0.0) + mk_rng_normal(rng);
    values[1] = exp((second ? 2.0 : 1.0) + 0.3 * mk_rng_normal(rng));
    values[2] = 0.0;
    for (int k = 0; k < 12; k++) {
        values[2] += mk_rng_uniform(rng) < (second ? 0.6 : 0.15) ? 1.0 : 0.0;
    }
    values[3] = (double)draw_level(rng, second ? 0.1 : 0.6, 0.3);
    values[4] = (double)draw_level(rng, second ? 0.1 : 0.7, second ? 0.8 : 0.1);
    for (size_t j = 0; j < 5; j++) {
        values[j] = mk_rng_uniform(rng) < 0.1 ? NAN : values[j];
    }
}

static void check_cluster(const MkModel *model, bool second, double loose, MkArena *arena)
{
    const MkPoint known = {0, second ? 5.5 : -0.5};
    MkDistribution d;
    ask(model, &known, 1, 1, arena, &d);
    assert_close(mk_dist_quantile(&d, 0.5), exp(second ? 2.0 : 1.0), loose * (second ? 1.0 : 0.4),
                 0);
    ask(model, &known, 1, 2, arena, &d);
    assert_close(mk_dist_mean(&d), second ? 7.2 : 1.8, loose * 0.8, 0);
    ask(model, &known, 1, 3, arena, &d);
    assert_close(mk_dist_level(&d, 0), second ? 0.1 : 0.6, loose * 0.1, 0);
    ask(model, &known, 1, 4, arena, &d);
    assert_close(mk_dist_level(&d, 1), second ? 0.8 : 0.1, loose * 0.1, 0);
}

static void test_conditionals_of_two_clusters_approach_the_truth(void **state)
{
    static const char *const modes[] = {"repaired", "faithful"};
    People people;
    (void)state;
    people_make(&people, clusters_schema, 2000, 8, clusters_draw, NULL);
    for (int mode = 0; mode < 2; mode++) {
        MkArena *const arena = mk_arena_new(0);
        train(&people, modes[mode], "100", model_path);
        MkModel *const model = open_model(model_path);
        check_cluster(model, false, mode == 0 ? 1.4 : 2.0, arena);
        check_cluster(model, true, mode == 0 ? 1.4 : 2.0, arena);
        mk_model_free(model);
        mk_arena_free(arena);
    }
    people_free(&people);
}

/* ---- the bound ---- */

/* Mean over draws of the latent state of the bound for one person of levels alone, s sharp. */
static double bound_of(const MkModel *model, const double *values, MkArena *arena)
{
    enum { DRAWS = 400 };
    MkHivae *const net = model->state;
    MkHivaeWork *const work = mk_hivae_work(net, DRAWS, arena);
    MkHivaeBatch b = mk_hivae_batch(net, DRAWS, arena);
    MkRng rng = mk_rng(3, MK_RNG_TEST, 1);
    assert_non_null(work);
    assert_non_null(b.x);
    b.n = DRAWS;
    b.temperature = 1e-3;
    memset(b.x, 0, DRAWS * net->n_input * sizeof *b.x);
    for (size_t i = 0; i < DRAWS; i++) {
        b.weight[i] = 1.0;
        for (size_t j = 0; j < net->config.n; j++) {
            const double score = mk_marginal_normal(&model->marginals[j], values[j]);
            mk_hivae_see(net, j, values[j], score, 0.0, 1.0, b.x + i * net->n_input);
            b.target[i * net->config.n + j] = (float)values[j];
        }
    }
    for (size_t i = 0; i < DRAWS * net->config.s; i++) {
        b.gumbel[i] = (float)-log(-log(fmax(mk_rng_uniform(&rng), 1e-12)));
    }
    for (size_t i = 0; i < DRAWS * net->config.z; i++) {
        b.noise[i] = (float)mk_rng_normal(&rng);
    }
    return -mk_hivae_loss(net, &b, work, false);
}

static const char levels_schema[] = "name\ttype\tlabel\tunit\tlevels\tmin\tmax\tcategory\n"
                                    "a\tcategorical\tA\t\t0=x|1=y|2=z\t\t\ta\n"
                                    "b\tordinal\tB\t\t0=x|1=y|2=z\t\t\ta\n"
                                    "c\tcategorical\tC\t\t0=x|1=y\t\t\ta\n"
                                    "d\tordinal\tD\t\t0=x|1=y|2=z\t\t\ta\n";

static void levels_draw(void *ctx, size_t row, MkRng *rng, double *values)
{
    const bool second = mk_rng_uniform(rng) < 0.5;
    (void)ctx, (void)row;
    values[0] = (double)draw_level(rng, second ? 0.2 : 0.6, 0.2);
    values[1] = (double)draw_level(rng, second ? 0.1 : 0.6, 0.3);
    values[2] = mk_rng_uniform(rng) < (second ? 0.8 : 0.2) ? 1.0 : 0.0;
    values[3] = (double)draw_level(rng, second ? 0.5 : 0.1, 0.3);
}

/* log of the mean of p(x, state) / q(state) over states drawn from q: Burda, Grosse, Salakhutdinov
 * 2016. */
static double estimate_of(const MkModel *model, const double *values, MkArena *arena)
{
    enum { STATES = 2000 };
    const MkLatent *const latent = model->kind->latent;
    MkRng rng = mk_rng(6, MK_RNG_TEST, 0);
    MkPoint known[4];
    MkStates states;
    double sum = 0.0;
    for (size_t j = 0; j < 4; j++) {
        known[j] = (MkPoint){j, values[j]};
    }
    MkDistribution *const heads = mk_arena_array(arena, STATES, sizeof *heads);
    assert_int_equal(latent->states(model, known, 4, STATES, &rng, arena, &states, NULL), MK_OK);
    for (size_t j = 0; j < 4; j++) {
        assert_int_equal(latent->heads(model, &states, 0, STATES, j, arena, heads, NULL), MK_OK);
        for (size_t i = 0; i < STATES; i++) {
            states.log_weight[i] += log(mk_dist_level(&heads[i], (size_t)values[j]));
        }
    }
    for (size_t i = 0; i < STATES; i++) {
        sum += exp(states.log_weight[i]) / STATES;
    }
    return log(sum);
}

static void test_the_bound_is_below_the_importance_weighted_estimate(void **state)
{
    People people;
    (void)state;
    people_make(&people, levels_schema, 800, 9, levels_draw, NULL);
    train(&people, "repaired", "12", model_path);
    MkModel *const model = open_model(model_path);
    double bounds = 0.0, estimates = 0.0;
    for (size_t i = 0; i < 24; i++) {
        MkArena *const arena = mk_arena_new(0);
        MkRng rng = mk_rng(2, MK_RNG_TEST, i);
        double values[4];
        levels_draw(NULL, i, &rng, values);
        const double bound = bound_of(model, values, arena);
        const double estimate = estimate_of(model, values, arena);
        assert_true(bound <= estimate + 0.15); /* noise of the mean of 400 */
        assert_true(bound >= estimate - 2.0);
        bounds += bound, estimates += estimate;
        mk_arena_free(arena);
    }
    assert_true(bounds <= estimates);
    mk_model_free(model);
    people_free(&people);
}

/* Probabilities of all persons that there can be sum to one, by states drawn from the prior. */
static void test_densities_of_all_persons_sum_to_one(void **state)
{
    enum { ALL = 54 };
    static const size_t all[4] = {0, 1, 2, 3};
    People people;
    (void)state;
    people_make(&people, levels_schema, 800, 9, levels_draw, NULL);
    train(&people, "repaired", "12", model_path);
    MkModel *const model = open_model(model_path);
    const MkDrawOrder order = {.targets = all, .n_targets = 4, .n_groups = 1};
    MkArena *const arena = mk_arena_new(0);
    MkDrawer *drawer = NULL;
    MkRng streams[ALL];
    double given[ALL][4], out[ALL][4], log_p[ALL], sum = 0.0;
    for (size_t i = 0; i < ALL; i++) {
        given[i][0] = (double)(i % 3);
        given[i][1] = (double)(i / 3 % 3);
        given[i][2] = (double)(i / 9 % 2);
        given[i][3] = (double)(i / 18);
        streams[i] = mk_rng(1, MK_RNG_SAMPLE, i);
    }
    assert_int_equal(mk_drawer_new(model, &order, &drawer, NULL), MK_OK);
    assert_int_equal(
        mk_drawer_run(drawer, NULL, ALL, streams, given[0], arena, out[0], log_p, NULL, NULL),
        MK_OK);
    for (size_t i = 0; i < ALL; i++) {
        sum += exp(log_p[i]);
    }
    assert_close(sum, 1.0, 0.1, 0);
    mk_drawer_free(drawer);
    mk_arena_free(arena);
    mk_model_free(model);
    people_free(&people);
}

/* Newton steps to the mode with the covariance there: nearly all states count (Kong 1992). */
static void test_sharpened_proposals_make_most_states_count(void **state)
{
    enum { STATES = 300 };
    People people;
    (void)state;
    people_make(&people, clusters_schema, 800, 8, clusters_draw, NULL);
    train(&people, "repaired", "40", model_path);
    MkModel *const model = open_model(model_path);
    const MkLatent *const latent = model->kind->latent;
    const MkGroup *const g = &people.data.groups[0];
    for (size_t row = 0; row < 10; row++) {
        MkArena *const arena = mk_arena_new(0);
        MkPoint known[5];
        size_t n = 0;
        for (size_t j = 0; j < 5; j++) {
            const float v = g->values[row * 5 + j];
            if (!isnan(v)) {
                known[n++] = (MkPoint){j, (double)v};
            }
        }
        MkRng rng = mk_rng(8, MK_RNG_TEST, row);
        MkStates states;
        double sum = 0.0, squares = 0.0;
        MkDistribution *const heads = mk_arena_array(arena, STATES, sizeof *heads);
        assert_int_equal(latent->states(model, known, n, STATES, &rng, arena, &states, NULL),
                         MK_OK);
        for (size_t i = 0; i < n; i++) {
            const size_t j = known[i].attribute;
            assert_int_equal(latent->heads(model, &states, 0, STATES, j, arena, heads, NULL),
                             MK_OK);
            for (size_t k = 0; k < STATES; k++) {
                const MkDistribution *const d = &heads[k];
                const size_t at = mk_marginal_cell(&model->marginals[j], known[i].value);
                states.log_weight[k] +=
                    log(d->kind == MK_DIST_CELLS ? d->p[at] : d->p[(size_t)known[i].value]);
            }
        }
        for (size_t k = 0; k < STATES; k++) {
            const double w = exp(states.log_weight[k]);
            sum += w;
            squares += w * w;
        }
        assert_true(sum * sum / squares > 0.6 * STATES); /* effective number of states */
        mk_arena_free(arena);
    }
    mk_model_free(model);
    people_free(&people);
}

/* ---- persons and files ---- */

static void test_a_person_drawn_inside_a_range_is_in_it(void **state)
{
    enum { PERSONS = 40 };
    static const size_t all[5] = {0, 1, 2, 3, 4};
    People people;
    (void)state;
    people_make(&people, clusters_schema, 600, 8, clusters_draw, NULL);
    train(&people, "repaired", "100", model_path);
    MkModel *const model = open_model(model_path);
    MkArena *const arena = mk_arena_new(0);
    const MkDrawLimit limits[5] = {{.is_limited = true, .low = 4.0, .high = 6.0},
                                   {0},
                                   {0},
                                   {0},
                                   {.is_limited = true, .levels = 6}};
    MkDrawer *drawer = NULL;
    MkRng streams[PERSONS];
    double out[PERSONS * 5], mass[PERSONS] = {0};
    const MkDrawOrder order = {.targets = all, .n_targets = 5, .n_groups = 1, .limits = limits};
    assert_int_equal(mk_drawer_new(model, &order, &drawer, NULL), MK_OK);
    for (size_t i = 0; i < PERSONS; i++) {
        streams[i] = mk_rng(1, MK_RNG_SAMPLE, i);
    }
    assert_int_equal(
        mk_drawer_run(drawer, NULL, PERSONS, streams, NULL, arena, out, NULL, mass, NULL), MK_OK);
    double b = 0.0;
    for (size_t i = 0; i < PERSONS; i++) {
        assert_true(out[5 * i] >= 4.0 && out[5 * i] <= 6.0);
        assert_true(out[5 * i + 4] >= 1.0 && mass[i] < 0.0);
        b += log(out[5 * i + 1]) / PERSONS;
    }
    assert_true(b > 1.6); /* they are of the second cluster */
    mk_drawer_free(drawer);
    mk_arena_free(arena);
    mk_model_free(model);
    people_free(&people);
}

static void test_the_same_seed_gives_the_same_file(void **state)
{
    People people;
    MkBuf a, b;
    (void)state;
    mk_buf_init(&a);
    mk_buf_init(&b);
    people_make(&people, clusters_schema, 300, 8, clusters_draw, NULL);
    for (int mode = 0; mode < 2; mode++) {
        fake_time = 0.0;
        train(&people, mode == 0 ? "repaired" : "faithful", "4", model_path);
        fake_time = 0.0;
        train(&people, mode == 0 ? "repaired" : "faithful", "4", other_path);
        assert_int_equal(mk_file_read(model_path, 1 << 26, &a, NULL), MK_OK);
        assert_int_equal(mk_file_read(other_path, 1 << 26, &b, NULL), MK_OK);
        assert_int_equal(a.len, b.len);
        assert_memory_equal(a.data, b.data, a.len);
        mk_buf_clear(&a);
        mk_buf_clear(&b);
    }
    mk_buf_release(&a);
    mk_buf_release(&b);
    people_free(&people);
}

/* Opens the file with `len` bytes, which are there once, replaced. */
static void refuse(const MkBuf *file, const void *old, const void *new, size_t len,
                   const char *text)
{
    MkModel *model = NULL;
    MkError err = {0};
    char *const bytes = malloc(file->len);
    assert_non_null(bytes);
    memcpy(bytes, file->data, file->len);
    size_t at = 0;
    while (at + len < file->len && memcmp(bytes + at, old, len) != 0) {
        at++;
    }
    assert_true(at + len < file->len);
    memcpy(bytes + at, new, len);
    assert_int_equal(mk_file_write(other_path, bytes, file->len, NULL), MK_OK);
    assert_int_equal(mk_model_open(other_path, &model, &err), MK_EFORMAT);
    if (strstr(err.text, text) == NULL) {
        fail_msg("%s: nothing of %s", err.text, text);
    }
    free(bytes);
}

static void test_a_damaged_file_is_refused(void **state)
{
    People people;
    MkBuf file;
    MkWeights *weights = NULL;
    float numbers[8];
    int32_t sizes[5];
    (void)state;
    people_make(&people, clusters_schema, 300, 8, clusters_draw, NULL);
    train(&people, "repaired", "2", model_path);
    mk_buf_init(&file);
    assert_int_equal(mk_file_read(model_path, 1 << 26, &file, NULL), MK_OK);
    assert_int_equal(mk_weights_open(model_path, &weights, NULL), MK_OK);
    refuse(&file, "kind.parameters", "kind.parametres", 15, "kind.parameters");
    refuse(&file, "kind.sizes", "kind.sixes", 10, "kind.sizes");
    refuse(&file, "kind.scale", "kind.skale", 10, "kind.scale");
    const MkTensor *const p = mk_weights_find(weights, "kind.parameters");
    memcpy(numbers, p->data, sizeof numbers);
    numbers[3] = NAN;
    refuse(&file, p->data, numbers, sizeof numbers, "kind.parameters: number 3");
    const MkTensor *const t = mk_weights_find(weights, "kind.sizes");
    for (size_t i = 0; i < 5; i++) {
        memcpy(sizes, t->data, sizeof sizes);
        sizes[i] = 1 << 20;
        refuse(&file, t->data, sizes, sizeof sizes, "kind.sizes: number");
    }
    memcpy(sizes, t->data, sizeof sizes);
    sizes[1]++;
    refuse(&file, t->data, sizes, sizeof sizes, "kind.parameters");
    mk_weights_close(weights);
    mk_buf_release(&file);
    people_free(&people);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_gradient_is_that_of_finite_differences),
        cmocka_unit_test(test_heads_have_the_gradients_of_finite_differences),
        cmocka_unit_test(test_conditionals_of_linked_normals_approach_the_truth),
        cmocka_unit_test(test_conditionals_of_two_clusters_approach_the_truth),
        cmocka_unit_test(test_the_bound_is_below_the_importance_weighted_estimate),
        cmocka_unit_test(test_densities_of_all_persons_sum_to_one),
        cmocka_unit_test(test_sharpened_proposals_make_most_states_count),
        cmocka_unit_test(test_a_person_drawn_inside_a_range_is_in_it),
        cmocka_unit_test(test_the_same_seed_gives_the_same_file),
        cmocka_unit_test(test_a_damaged_file_is_refused),
    };
    return cmocka_run_group_tests(tests, make_paths, remove_paths);
}
