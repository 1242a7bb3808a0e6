/* test_small_cells.c - a model of people with rare values, looked at for what it tells of few of
 * them. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "tests/check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "model/kind.h"
#include "model/small_cells.h"
#include "model/train.h"
#include "tests/numeric/people.h"

enum { ROWS = 1007, LEAST = 10 };

static const char schema_text[] = "name\ttype\tlabel\tunit\tlevels\tmin\tmax\n"
                                  "age\treal\tAge\tyears\t\t\t\n"
                                  "visits\tcount\tVisits\t\t\t0\t50\n"
                                  "lone\tcount\tLone\t\t\t0\t50\n"
                                  "state\tcategorical\tState\t\t0=a|1=b|2=c|3=d|4=e\t\t\n"
                                  "rare\tcategorical\tRare\t\t0=no|1=yes\t\t\n"
                                  "seldom\tpositive\tSeldom asked\t\t\t0\t\n"
                                  "apart\treal\tApart\t\t\t\t\n";
enum { AGE, VISITS, LONE, STATE, RARE, SELDOM, APART, ATTRIBUTES };

static void draw(void *ctx, size_t row, MkRng *rng, double *values)
{
    (void)ctx;
    values[AGE] = 20.0 + 60.0 * mk_rng_uniform(rng);
    values[VISITS] = row < 3 ? 17.0 : row < 10 ? 9.0 : row < 19 ? 8.0 : (double)(row % 5);
    values[LONE] = row == 500 ? 31.0 : (double)(row % 4);
    values[STATE] = row < 4 ? 3.0 : row < 12 ? 4.0 : (double)(row % 3);
    values[RARE] = row == 7 ? 1.0 : 0.0;
    values[SELDOM] = row < 40 ? exp(mk_rng_normal(rng)) : NAN;
    values[APART] = row > 33 ? mk_rng_normal(rng) : NAN; /* six people show both */
}

typedef struct Fixture {
    People people;
    char path[512];
} Fixture;

static double fake_clock(void)
{
    return 0.0;
}

static MkModel *train(Fixture *f, size_t least)
{
    const MkTrainHooks hooks = {.clock = fake_clock};
    MkTrainConfig config;
    MkModel *model = NULL;
    MkError err = {0};
    mk_train_config_init(&config);
    config.valid = 0.0;
    config.threads = 1;
    config.smallest_cell = least;
    assert_int_equal(mk_train_config_set(&config, "kind", "copula", &err), MK_OK);
    if (mk_train(&config, f->people.cohort, f->path, &hooks, &err) != MK_OK ||
        mk_model_open(f->path, &model, &err) != MK_OK) {
        fail_msg("%s", err.text);
    }
    return model;
}

static int open_fixture(void **state)
{
    static Fixture f;
    const char *const folder = getenv("TMPDIR");
    snprintf(f.path, sizeof f.path, "%s/small_cells.safetensors", folder != NULL ? folder : "/tmp");
    people_make(&f.people, schema_text, ROWS, 11, draw, NULL);
    *state = &f;
    return 0;
}

static int close_fixture(void **state)
{
    Fixture *const f = *state;
    remove(f->path);
    people_free(&f->people);
    return 0;
}

static double value_of(const Fixture *f, size_t row, size_t j)
{
    return mk_table_get(f->people.table, row, j);
}

static void test_no_count_is_of_few_people(void **state)
{
    Fixture *const f = *state;
    MkModel *const m = train(f, LEAST);
    assert_int_equal(mk_model_card(m)->smallest_cell, LEAST);
    for (size_t a = 0; a < ATTRIBUTES; a++) {
        for (size_t b = 0; b <= a; b++) {
            size_t people = 0;
            for (size_t i = 0; i < ROWS; i++) {
                people += !isnan(value_of(f, i, a)) && !isnan(value_of(f, i, b)) ? 1 : 0;
            }
            assert_int_equal(mk_model_co_observed(m, a, b), people - people % LEAST);
        }
        assert_int_equal(mk_model_marginal(m, a)->n_observed % LEAST, 0);
    }
    assert_int_equal(mk_model_co_observed(m, SELDOM, APART), 0); /* six */
    const MkSmallCells left = mk_model_small_cells(m, LEAST, false);
    assert_int_equal(left.counts, 0);
    assert_int_equal(left.cells, 0);
    assert_true(left.untold > 0);
    mk_model_free(m);
}

/* No share of a cell, nor what is missing to the whole, gives the number of its people. */
static void test_no_share_is_of_few_people(void **state)
{
    Fixture *const f = *state;
    MkModel *const m = train(f, LEAST);
    for (size_t j = 0; j < ATTRIBUTES; j++) {
        const MkMarginal *const d = mk_model_marginal(m, j);
        size_t people[MK_CELLS_MAX] = {0}, all = 0;
        MkCells c;
        for (size_t i = 0; i < ROWS; i++) {
            if (!isnan(value_of(f, i, j))) {
                people[mk_marginal_cell(d, value_of(f, i, j))]++;
                all++;
            }
        }
        for (size_t k = 0; k < d->n_cells; k++) {
            const double prior = d->knots == NULL ? 0.5 : 0.0;
            const double told = d->share[k] * ((double)all + prior * (double)d->n_cells) - prior;
            if (people[k] > 0 && people[k] < LEAST) {
                assert_true(fabs(told - (double)people[k]) > 0.3);
            }
        }
        if (!mk_model_cells(m, j, f->people.arena, &c)) {
            continue;
        }
        double missing = 1.0;
        for (size_t k = 0; k < c.n; k++) {
            missing -= isnan(c.share[k]) ? 0.0 : c.share[k];
            assert_true(isnan(c.share[k]) || c.share[k] * (double)all > LEAST - 0.5);
        }
        for (size_t few = 1; few < LEAST; few++) {
            assert_true(fabs(missing * (double)all - (double)few) > 0.3);
        }
    }
    mk_model_free(m);
}

/* Of the nine outermost people at either end no value is told that others do not share. */
static void test_no_end_is_a_persons_value(void **state)
{
    Fixture *const f = *state;
    MkModel *const m = train(f, LEAST);
    for (size_t j = 0; j < ATTRIBUTES; j++) {
        const MkMarginal *const d = mk_model_marginal(m, j);
        for (size_t i = 0; d->knots != NULL && i < ROWS; i++) {
            const double v = value_of(f, i, j);
            size_t below = 0, above = 0;
            for (size_t p = 0; p < ROWS; p++) {
                below += value_of(f, p, j) <= v ? 1 : 0;
                above += value_of(f, p, j) >= v ? 1 : 0;
            }
            if (isnan(v) || (below >= LEAST && above >= LEAST)) {
                continue;
            }
            for (size_t k = 0; k < d->n_cells * MK_CELL_KNOTS; k++) {
                assert_true(d->knots[k / MK_CELL_KNOTS][k % MK_CELL_KNOTS] != (float)v);
            }
        }
    }
    mk_model_free(m);
}

/* A level of two people beside one of `ctx` people. */
static void draw_few(void *ctx, size_t row, MkRng *rng, double *values)
{
    const size_t *const n = ctx;
    values[0] = 50.0 + 10.0 * mk_rng_normal(rng);
    values[1] = row < 2 ? 2.0 : row < 2 + *n ? 1.0 : 0.0;
}

/* What is blurred of the smallest level never makes shares of more than everybody. */
static void test_few_people_can_be_trained_on(void **state)
{
    static const char few_schema[] = "name\ttype\tlabel\tlevels\n"
                                     "x\treal\tX\t\n"
                                     "state\tcategorical\tState\t0=a|1=b|2=c\n";
    const Fixture *const f = *state;
    for (size_t n = 10; n < 20; n++) {
        Fixture few;
        snprintf(few.path, sizeof few.path, "%s", f->path);
        people_make(&few.people, few_schema, 60, 3, draw_few, &n);
        mk_model_free(train(&few, LEAST));
        people_free(&few.people);
    }
}

static void test_the_check_finds_what_is_told(void **state)
{
    MkModel *const m = train(*state, 1);
    const MkSmallCells left = mk_model_small_cells(m, LEAST, false);
    assert_int_equal(mk_model_co_observed(m, SELDOM, APART), 6);
    assert_true(left.counts >= 1);
    assert_in_range(left.cells, 4, 40);
    mk_model_free(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_count_is_of_few_people),
        cmocka_unit_test(test_no_share_is_of_few_people),
        cmocka_unit_test(test_no_end_is_a_persons_value),
        cmocka_unit_test(test_few_people_can_be_trained_on),
        cmocka_unit_test(test_the_check_finds_what_is_told),
    };
    return cmocka_run_group_tests(tests, open_fixture, close_fixture);
}
