/* The whole network: its gradient against finite differences of the loss, tensor by tensor, and the
 * same numbers whatever the number of threads. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "tests/check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/nn/blas.h"
#include "tests/numeric/people.h"

typedef struct Bench { /* a network under its trainer */
    const People *people;
    MkMasker masker;
    MkTrainerData data;
    const float *fold_r[PEOPLE_FOLDS];
    MkNet *net;
    MkTrainer *trainer;
    float *gradient;
} Bench;

typedef struct Shape {
    MkHead head;
    size_t encoder_layers, decoder_layers;
    double dropout;
    size_t max_known, max_targets;
    double ordered;
} Shape;

/* Parameters away from their start, so that nothing is zero by symmetry. */
static void stir(MkNet *net, const People *people)
{
    MkRng rng = mk_rng(5, MK_RNG_TEST, 0);
    mk_net_init(net, 9);
    for (size_t i = 0; i < net->n_parameters; i++) {
        net->parameters[i] += (float)(0.15 * mk_rng_normal(&rng));
    }
    for (size_t j = 0; net->config.head == MK_HEAD_PUBLISHED && j < people->data.n_attributes;
         j++) {
        const MkType type = people->schema->attributes[j].type;
        if (type == MK_REAL || type == MK_POSITIVE) { /* wide, so that no gradient is cut at 20 */
            net->parameters[net->head_c + net->out_begin[j] + 1] = 2.0F;
        }
    }
}

static void open_bench(Bench *b, const People *people, const Shape *shape, size_t rows,
                       MkPool *pool)
{
    const MkNetConfig config = {.n_attributes = people->data.n_attributes,
                                .dim = 8,
                                .heads = 2,
                                .encoder_layers = shape->encoder_layers,
                                .decoder_layers = shape->decoder_layers,
                                .mlp = 3,
                                .head = shape->head};
    const MkTrainerConfig how = {.seed = 3,
                                 .batch = rows,
                                 .block_rows = 4,
                                 .rate = 0.01,
                                 .decay = 0.05,
                                 .clip = 1.0,
                                 .beta1 = 0.9,
                                 .beta2 = 0.95,
                                 .dropout = shape->dropout,
                                 .average = 0.9};
    *b = (Bench){.people = people};
    assert_int_equal(mk_net_new(&config, people->marginals, &b->net, NULL), MK_OK);
    stir(b->net, people);
    assert_int_equal(
        mk_masker_init(&b->masker, people->schema, shape->max_known, shape->max_targets, NULL),
        MK_OK);
    b->masker.ordered = shape->ordered;
    for (size_t f = 0; f < PEOPLE_FOLDS; f++) {
        b->fold_r[f] = people->fold_r[f];
    }
    b->data = (MkTrainerData){.data = &people->data,
                              .marginals = people->marginals,
                              .copula = shape->head == MK_HEAD_CELLS ? &people->copula : NULL,
                              .fold_r = b->fold_r,
                              .fold = people->fold,
                              .masker = &b->masker};
    assert_int_equal(mk_trainer_new(&how, &b->data, b->net, pool, &b->trainer, NULL), MK_OK);
    b->gradient = mk_heap_array(b->net->n_parameters, sizeof *b->gradient);
    assert_non_null(b->gradient);
}

static void close_bench(Bench *b)
{
    mk_trainer_free(b->trainer);
    mk_net_free(b->net);
    mk_masker_release(&b->masker);
    free(b->gradient);
}

static double loss_of(Bench *b, float *scratch)
{
    double loss = 0.0;
    assert_int_equal(mk_trainer_gradient(b->trainer, 0, scratch, &loss, NULL), MK_OK);
    return loss;
}

/* ---- finite differences ---- */

typedef struct Check {
    Bench *bench;
    float *scratch;
    size_t tensors, silent;
} Check;

/* Slope of the loss along `direction` (n) of one tensor, by Richardson's rule on two steps. */
static double slope(const Check *c, size_t offset, const float *direction, size_t n, double h)
{
    float *const p = c->bench->net->parameters + offset;
    float *const kept = mk_heap_array(n, sizeof *kept);
    double f[4];
    const double at[4] = {-2.0 * h, -h, h, 2.0 * h};
    assert_non_null(kept);
    memcpy(kept, p, n * sizeof *p);
    for (size_t k = 0; k < 4; k++) {
        for (size_t i = 0; i < n; i++) {
            p[i] = (float)((double)kept[i] + at[k] * (double)direction[i]);
        }
        f[k] = loss_of(c->bench, c->scratch);
    }
    memcpy(p, kept, n * sizeof *p);
    free(kept);
    return (f[0] - 8.0 * f[1] + 8.0 * f[2] - f[3]) / (12.0 * h);
}

static void check_direction(const Check *c, const char *name, size_t offset, const float *g,
                            const float *direction, size_t n, double scale)
{
    double want = 0.0;
    for (size_t i = 0; i < n; i++) {
        want += (double)g[i] * (double)direction[i];
    }
    const double got = slope(c, offset, direction, n, 0.004);
    /* float noise of the loss over the step: about 1e-5, more without fused multiply and add */
    if (!(fabs(got - want) <= 5e-5 + 3e-3 * scale)) {
        fail_msg("%s: slope %.8g, gradient %.8g (length %.3g)", name, got, want, scale);
    }
}

static void check_tensor(void *ctx, const char *name, size_t offset, size_t rows, size_t columns,
                         bool decay)
{
    enum { ENTRIES = 3 };
    Check *const c = ctx;
    const size_t n = rows * columns;
    const float *const g = c->bench->gradient + offset;
    float *const direction = mk_heap_array(n, sizeof *direction);
    double length = 0.0;
    (void)decay;
    assert_non_null(direction);
    for (size_t i = 0; i < n; i++) {
        length += (double)g[i] * (double)g[i];
    }
    length = sqrt(length);
    c->tensors++;
    c->silent += !(length > 1e-3);
    MkRng rng = mk_rng(6, MK_RNG_TEST, offset);
    for (size_t i = 0; i < n; i++) { /* along the gradient */
        direction[i] = length > 0.0 ? (float)((double)g[i] / length) : 0.0F;
    }
    check_direction(c, name, offset, g, direction, n, length);
    for (size_t i = 0; i < n; i++) { /* along a random unit vector */
        direction[i] = (float)(mk_rng_normal(&rng) / sqrt((double)n));
    }
    check_direction(c, name, offset, g, direction, n, length);
    for (size_t k = 0; k < ENTRIES; k++) { /* single entries: the largest, then any */
        size_t at = mk_rng_below(&rng, n);
        for (size_t i = 0; k == 0 && i < n; i++) {
            at = fabsf(g[i]) > fabsf(g[at]) ? i : at;
        }
        memset(direction, 0, n * sizeof *direction);
        direction[at] = 1.0F;
        check_direction(c, name, offset, g, direction, n, fabs((double)g[at]));
    }
    free(direction);
}

static void check_network(const People *people, const Shape *shape, size_t expected_silent)
{
    Bench bench;
    double loss = 0.0;
    open_bench(&bench, people, shape, 16, NULL);
    assert_int_equal(mk_trainer_gradient(bench.trainer, 0, bench.gradient, &loss, NULL), MK_OK);
    assert_true(loss > 0.1 && loss < 10.0);
    Check c = {.bench = &bench,
               .scratch = mk_heap_array(bench.net->n_parameters, sizeof *c.scratch)};
    assert_non_null(c.scratch);
    mk_net_visit(bench.net, check_tensor, &c);
    assert_int_equal(c.tensors, 12 * (shape->encoder_layers + shape->decoder_layers) + 12);
    assert_int_equal(c.silent, expected_silent); /* every tensor has a say */
    free(c.scratch);
    close_bench(&bench);
}

static void test_gradient_with_a_base_is_that_of_the_loss(void **state)
{
    check_network(*state, &(Shape){MK_HEAD_CELLS, 1, 1, 0.0, 8, 8, 0.0}, 0);
}

static void test_gradient_of_a_deeper_network_with_dropout(void **state)
{
    check_network(*state, &(Shape){MK_HEAD_CELLS, 2, 2, 0.2, 3, 4, 0.0}, 0);
}

static void test_gradient_of_chains_is_that_of_the_loss(void **state)
{
    check_network(*state, &(Shape){MK_HEAD_CELLS, 2, 2, 0.0, 5, 8, 1.0}, 0);
    check_network(*state, &(Shape){MK_HEAD_CELLS, 2, 1, 0.2, 8, 4, 0.5}, 0);
    check_network(*state, &(Shape){MK_HEAD_PUBLISHED, 1, 1, 0.0, 8, 8, 1.0}, 3);
}

static void test_gradient_without_an_encoder(void **state)
{
    check_network(*state, &(Shape){MK_HEAD_CELLS, 0, 1, 0.1, 8, 8, 0.0}, 0);
}

static void test_gradient_of_published_heads_is_that_of_the_loss(void **state)
{
    /* without a base link, gate and alpha have no part */
    check_network(*state, &(Shape){MK_HEAD_PUBLISHED, 2, 1, 0.0, 8, 8, 0.0}, 3);
    check_network(*state, &(Shape){MK_HEAD_PUBLISHED, 1, 1, 0.3, 8, 8, 0.0}, 3);
}

/* ---- threads ---- */

typedef struct Run {
    size_t n;
    float *parameters, *average;
    double loss[8], valid;
} Run;

static void run_with(const People *people, const Shape *shape, size_t threads, Run *run)
{
    Bench b;
    MkPool *pool = NULL;
    double base = 0.0;
    if (threads > 0) {
        assert_int_equal(mk_pool_new(threads, &pool, NULL), MK_OK);
    }
    open_bench(&b, people, shape, 28, pool);
    for (size_t step = 0; step < 8; step++) {
        MkStepReport report;
        assert_int_equal(mk_trainer_step(b.trainer, step, 1.0, false, &report, NULL), MK_OK);
        assert_true(report.flops > 0.0 && report.targets > 0);
        run->loss[step] = report.loss;
    }
    assert_int_equal(mk_trainer_validate(b.trainer, &people->data, NULL, 100, people->fold_r[0],
                                         MK_MASK_RATIO, &run->valid, &base, NULL),
                     MK_OK);
    run->n = b.net->n_parameters;
    run->parameters = mk_heap_array(run->n, sizeof *run->parameters);
    run->average = mk_heap_array(run->n, sizeof *run->average);
    assert_true(run->parameters != NULL && run->average != NULL);
    memcpy(run->parameters, b.net->parameters, run->n * sizeof *run->parameters);
    memcpy(run->average, mk_trainer_average(b.trainer), run->n * sizeof *run->average);
    close_bench(&b);
    mk_pool_free(pool);
}

static void release_run(Run *run)
{
    free(run->parameters);
    free(run->average);
}

static void test_steps_are_the_same_bits_on_any_number_of_threads(void **state)
{
    const Shape shapes[] = {{MK_HEAD_CELLS, 2, 1, 0.1, 8, 8, 0.0},
                            {MK_HEAD_PUBLISHED, 1, 2, 0.1, 6, 5, 0.0},
                            {MK_HEAD_CELLS, 2, 1, 0.1, 4, 8, 0.5}};
    for (size_t s = 0; s < 3; s++) {
        Run one, other;
        run_with(*state, &shapes[s], 1, &one);
        assert_true(one.loss[0] != one.loss[7]);
        for (size_t threads = 0; threads <= 3; threads++) { /* 0: without a pool */
            run_with(*state, &shapes[s], threads, &other);
            assert_memory_equal(one.loss, other.loss, sizeof one.loss);
            assert_memory_equal(&one.valid, &other.valid, sizeof one.valid);
            assert_memory_equal(one.parameters, other.parameters, one.n * sizeof *one.parameters);
            assert_memory_equal(one.average, other.average, one.n * sizeof *one.average);
            release_run(&other);
        }
        release_run(&one);
    }
}

/* ---- the start ---- */

static void test_a_network_with_a_base_begins_as_the_base(void **state)
{
    const People *const people = *state;
    Bench b;
    MkStepReport report;
    open_bench(&b, people, &(Shape){MK_HEAD_CELLS, 1, 1, 0.0, 8, 8, 0.0}, 16, NULL);
    mk_net_init(b.net, 4);
    assert_int_equal(mk_trainer_step(b.trainer, 0, 1.0, false, &report, NULL), MK_OK);
    assert_close(report.loss, report.base_loss, 1e-6, 1e-6);
    close_bench(&b);
}

static double strength(const void *ctx, size_t a, size_t b)
{
    return fabs((double)mk_copula_r(ctx, a, b));
}

static void test_training_lowers_the_loss(void **state)
{
    const People *const people = *state;
    const PeopleTraining training = {.net = {.dim = 16,
                                             .heads = 2,
                                             .encoder_layers = 1,
                                             .decoder_layers = 1,
                                             .mlp = 2,
                                             .head = MK_HEAD_CELLS},
                                     .steps = 150,
                                     .batch = 32,
                                     .rate = 5e-3,
                                     .seed = 1};
    MkNet *const net = people_train(people, &training);
    MkMasker masker;
    MkTrainer *trainer = NULL;
    double loss = 0.0, base = 0.0;
    assert_int_equal(mk_masker_init(&masker, people->schema, 8, 8, NULL), MK_OK);
    assert_int_equal(mk_masker_relate(&masker, strength, &people->copula, NULL), MK_OK);
    const float *const fold_r[PEOPLE_FOLDS] = {people->fold_r[0], people->fold_r[1]};
    const MkTrainerData data = {.data = &people->data,
                                .marginals = people->marginals,
                                .copula = &people->copula,
                                .fold_r = fold_r,
                                .fold = people->fold,
                                .masker = &masker};
    const MkTrainerConfig how = {.seed = 2, .batch = 16, .block_rows = 8, .average = 0.9};
    assert_int_equal(mk_trainer_new(&how, &data, net, NULL, &trainer, NULL), MK_OK);
    for (int kind = 0; kind < MK_MASK_KINDS; kind++) {
        assert_int_equal(mk_trainer_validate(trainer, &people->data, NULL, 400, people->fold_r[0],
                                             (MkMaskKind)kind, &loss, &base, NULL),
                         MK_OK);
        assert_true(isfinite(loss) && loss < base); /* z = a b is beyond the base */
    }
    mk_trainer_free(trainer);
    mk_masker_release(&masker);
    mk_net_free(net);
}

static int open_people(void **state)
{
    static People people;
    mk_blas_init();
    people_make(&people, people_mixed_schema, 600, 21, people_mixed_draw, NULL);
    people_fit(&people, true, 6, NULL);
    *state = &people;
    return 0;
}

static int close_people(void **state)
{
    people_free(*state);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gradient_with_a_base_is_that_of_the_loss),
        cmocka_unit_test(test_gradient_of_a_deeper_network_with_dropout),
        cmocka_unit_test(test_gradient_of_chains_is_that_of_the_loss),
        cmocka_unit_test(test_gradient_without_an_encoder),
        cmocka_unit_test(test_gradient_of_published_heads_is_that_of_the_loss),
        cmocka_unit_test(test_steps_are_the_same_bits_on_any_number_of_threads),
        cmocka_unit_test(test_a_network_with_a_base_begins_as_the_base),
        cmocka_unit_test(test_training_lowers_the_loss),
    };
    return cmocka_run_group_tests(tests, open_people, close_people);
}
