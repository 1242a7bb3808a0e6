/* The joint log density and the energy score of whole people, held against a normal distribution
 * that is known, in any order; and by marginals and base alone. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "tests/check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/eval/energy.h"
#include "src/eval/orders.h"
#include "tests/numeric/people.h"

enum { ROWS = 6000, HELD = 300 };

static const char schema_text[] = "name\ttype\tlabel\tunit\tlevels\tmin\tmax\tresolution\n"
                                  "x\treal\tX\t\t\t-1e6\t1e6\t0.1\n"
                                  "y\treal\tY\t\t\t-1e6\t1e6\t0.1\n"
                                  "z\treal\tZ\t\t\t-1e6\t1e6\t0.1\n"
                                  "lone\treal\tLone\t\t\t-1e6\t1e6\t0.1\n";

/* y follows x by 0.8, z by -0.5; few have lone. */
static void draw(void *ctx, size_t row, MkRng *rng, double *values)
{
    (void)ctx;
    const double x = mk_rng_normal(rng), y = 0.8 * x + 0.6 * mk_rng_normal(rng);
    const double z = -0.5 * x + sqrt(0.75) * mk_rng_normal(rng);
    values[0] = round(10.0 * (50.0 + 30.0 * x)) / 10.0;
    values[1] = round(10.0 * (50.0 + 10.0 * y)) / 10.0;
    values[2] = round(10.0 * (50.0 + 10.0 * z)) / 10.0;
    values[3] = row % 10 == 0 ? round(10.0 * mk_rng_normal(rng)) / 10.0 : NAN;
}

typedef struct Fixture {
    People people, held;
    char path[512];
    MkModel *model;
} Fixture;

static int open_fixture(void **state)
{
    static Fixture f;
    MkError err = {0};
    const char *const folder = getenv("TMPDIR");
    snprintf(f.path, sizeof f.path, "%s/orders.safetensors", folder != NULL ? folder : "/tmp");
    people_make(&f.people, schema_text, ROWS, 3, draw, NULL);
    people_fit(&f.people, true, 10, NULL);
    people_make(&f.held, schema_text, HELD, 4, draw, NULL);
    people_write(&f.people, NULL, f.path);
    if (mk_model_open(f.path, &f.model, &err) != MK_OK) {
        fail_msg("%s", err.text);
    }
    *state = &f;
    return 0;
}

static int close_fixture(void **state)
{
    Fixture *const f = *state;
    remove(f->path);
    mk_model_free(f->model);
    people_free(&f->people);
    people_free(&f->held);
    return 0;
}

static MkOrders judge(const Fixture *f, MkPool *pool, const MkCancel *cancel, MkStatus want)
{
    MkOrders out = {0};
    MkError err = {0};
    MkArena *const arena = mk_arena_new(0);
    const MkOrdersJob job = {.model = f->model,
                             .cohort = f->held.cohort,
                             .rows = f->held.rows,
                             .n_rows = HELD,
                             .pool = pool,
                             .cancel = cancel};
    assert_int_equal(mk_orders_judge(&job, arena, &out, &err), want);
    mk_arena_free(arena);
    return out;
}

/* Mean log density of the first 200 people, and what they lose as independent attributes. */
static void truth(const Fixture *f, double *joint, double *gain)
{
    const double r = 0.8, s = -0.5;
    *joint = *gain = 0.0;
    for (size_t i = 0; i < MK_ORDERS_PEOPLE; i++) {
        const double x = (mk_table_get(f->held.table, i, 0) - 50.0) / 30.0;
        const double y = (mk_table_get(f->held.table, i, 1) - 50.0) / 10.0;
        const double z = (mk_table_get(f->held.table, i, 2) - 50.0) / 10.0;
        const double e = (y - r * x) / 0.6, g = (z - s * x) / sqrt(0.75);
        const double steps = log(0.1 / 30.0) + 2.0 * log(0.1 / 10.0);
        const double whole = steps - 1.5 * log(2.0 * acos(-1.0));
        const double together = -0.5 * (x * x + e * e + g * g) - log(0.6 * sqrt(0.75));
        *joint += (whole + together) / (3.0 * MK_ORDERS_PEOPLE);
        *gain += (together + 0.5 * (x * x + y * y + z * z)) / (3.0 * MK_ORDERS_PEOPLE);
    }
}

static void near(double x, double wanted, double within)
{
    if (!(fabs(x - wanted) <= within)) {
        fail_msg("%g, wanted %g within %g", x, wanted, within);
    }
}

static void test_a_normal_distribution_has_its_density_in_every_order(void **state)
{
    const Fixture *const f = *state;
    const MkOrders o = judge(f, NULL, NULL, MK_OK);
    double joint = 0.0, gain = 0.0;
    truth(f, &joint, &gain);
    assert_int_equal(o.n_people, MK_ORDERS_PEOPLE);
    near(o.n_attributes, 3.0, 1e-9); /* too few have the fourth */
    near(o.joint.value, joint, 0.1); /* steps of the distribution function rest on few people */
    near(o.gain.value, gain, 0.02);
    near(o.base.value, o.joint.value, 0.005); /* a copula is its base */
    assert_true(o.spread.value < 0.005);
    near(o.share.value, o.spread.value / o.gain.value, 1e-9);
    assert_true(o.share.value < 0.02);
    assert_true(o.joint.error > 0.0 && o.joint.error < 0.2);
}

/* Two draws 0 and 2 beside 1: mean distance 1, half of that between the draws 1. Levels count by
 * rank or as a whole, what is missing as a whole. */
static void test_an_energy_score_is_that_worked_out_by_hand(void **state)
{
    (void)state;
    MkSchema *schema = NULL;
    static const char text[] = "name\ttype\tlabel\tlevels\n"
                               "x\treal\tX\t\n"
                               "o\tordinal\tO\t0=a|1=b|2=c\n"
                               "c\tcategorical\tC\t0=a|1=b|2=c\n";
    assert_int_equal(mk_schema_parse(text, strlen(text), "s", &schema, NULL), MK_OK);
    const MkYard yards[] = {{.n = 9, .sd = 2.0}, {.n = 9}, {.n = 9}};
    const size_t ids[] = {0, 1, 2};
    const double one[] = {0, 4}, at = 2;
    near(mk_energy_score(schema, yards, ids, 1, one, 2, &at), 0.0, 1e-12);
    const double away = 6; /* 3 and 1 sd off, 1 between them */
    near(mk_energy_score(schema, yards, ids, 1, one, 2, &away), 1.0, 1e-12);
    const double two[] = {0, 0, 0, 0, 2, NAN}, value[] = {2, 1, 2};
    const double first = sqrt(1.0 + 0.25 + 1.0), second = sqrt(1.0 + 0.25 + 1.0);
    near(mk_energy_score(schema, yards, ids, 3, two, 2, value),
         0.5 * (first + second) - 0.5 * sqrt(0.0 + 1.0 + 1.0), 1e-12);
    mk_schema_free(schema);
}

/* x and y go together by 0.8: the score is that of draws from the truth, and better than that of
 * draws without dependence. */
static void test_draws_of_a_normal_distribution_have_its_energy_score(void **state)
{
    enum { N = 200 };
    const Fixture *const f = *state;
    static const size_t ids[] = {0, 1};
    MkArena *const arena = mk_arena_new(0);
    MkYard *yards = NULL;
    MkError err = {0};
    MkEnergyScore scores[N];
    double values[N][2], truth_score = 0.0, joint = 0.0, shuffled = 0.0;
    assert_int_equal(mk_yards_from_model(f->model, arena, &yards, &err), MK_OK);
    MkRng rng = mk_rng(5, MK_RNG_TEST, 0);
    for (size_t i = 0; i < N; i++) {
        values[i][0] = mk_table_get(f->held.table, i, 0);
        values[i][1] = mk_table_get(f->held.table, i, 1);
        double draws[MK_ENERGY_DRAWS][2];
        for (size_t a = 0; a < MK_ENERGY_DRAWS; a++) {
            const double x = mk_rng_normal(&rng), y = 0.8 * x + 0.6 * mk_rng_normal(&rng);
            draws[a][0] = 50.0 + 30.0 * x;
            draws[a][1] = 50.0 + 10.0 * y;
        }
        truth_score += mk_energy_score(mk_model_schema(f->model), yards, ids, 2, draws[0],
                                       MK_ENERGY_DRAWS, values[i]);
    }
    const MkEnergyJob job = {.model = f->model,
                             .yards = yards,
                             .targets = ids,
                             .n_targets = 2,
                             .values = values[0],
                             .n = N,
                             .seed = 1};
    assert_int_equal(mk_energy_scores(&job, arena, scores, &err), MK_OK);
    for (size_t i = 0; i < N; i++) {
        joint += scores[i].joint / N;
        shuffled += scores[i].shuffled / N;
    }
    near(joint, truth_score / N, 0.03);
    assert_true(shuffled - joint > 0.02);
    mk_arena_free(arena);
}

static void test_threads_do_not_matter(void **state)
{
    const Fixture *const f = *state;
    MkPool *pool = NULL;
    assert_int_equal(mk_pool_new(3, &pool, NULL), MK_OK);
    const MkOrders one = judge(f, NULL, NULL, MK_OK), three = judge(f, pool, NULL, MK_OK);
    mk_pool_free(pool);
    near(one.joint.value, three.joint.value, 0.0);
    near(one.spread.value, three.spread.value, 0.0);
}

static void test_it_can_be_interrupted(void **state)
{
    MkCancel cancel;
    atomic_init(&cancel.stop, true);
    (void)judge(*state, NULL, &cancel, MK_ECANCEL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_normal_distribution_has_its_density_in_every_order),
        cmocka_unit_test(test_an_energy_score_is_that_worked_out_by_hand),
        cmocka_unit_test(test_draws_of_a_normal_distribution_have_its_energy_score),
        cmocka_unit_test(test_threads_do_not_matter),
        cmocka_unit_test(test_it_can_be_interrupted),
    };
    return cmocka_run_group_tests(tests, open_fixture, close_fixture);
}
