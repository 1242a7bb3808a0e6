/* The joint log density of whole people, held against a normal distribution that is known, in any
 * order; and by marginals and base alone. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "tests/check.h"

#include <math.h>
#include <stdlib.h>

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
    near(o.joint, joint, 0.1);       /* steps of the distribution function rest on few people */
    near(o.joint - o.marginals, gain, 0.02);
    near(o.base, o.joint, 0.005); /* a copula is its base */
    assert_true(o.spread < 0.005);
    near(o.share, o.spread / (o.joint - o.marginals), 1e-9);
    assert_true(o.share < 0.02);
    assert_true(o.error > 0.0 && o.error < 0.2);
}

static void test_threads_do_not_matter(void **state)
{
    const Fixture *const f = *state;
    MkPool *pool = NULL;
    assert_int_equal(mk_pool_new(3, &pool, NULL), MK_OK);
    const MkOrders one = judge(f, NULL, NULL, MK_OK), three = judge(f, pool, NULL, MK_OK);
    mk_pool_free(pool);
    near(one.joint, three.joint, 0.0);
    near(one.spread, three.spread, 0.0);
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
        cmocka_unit_test(test_threads_do_not_matter),
        cmocka_unit_test(test_it_can_be_interrupted),
    };
    return cmocka_run_group_tests(tests, open_fixture, close_fixture);
}
