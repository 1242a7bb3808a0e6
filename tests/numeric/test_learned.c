/* What a training finds in people beside their distribution: who was not asked, what follows from
 * what; and persons drawn from the model obey it and keep the population's shares. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "tests/check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/derive.h"
#include "model/draw.h"
#include "model/kind.h"
#include "model/skips.h"
#include "model/train.h"
#include "tests/numeric/people.h"

enum { ROWS = 3000 };

/* day: cigarettes of those who smoke now; now: asked of those who ever smoked. ldl and bmi follow;
 * near only nearly. */
static const char schema_text[] = "name\ttype\tlabel\tunit\tlevels\tresolution\n"
                                  "ever\tcategorical\tEver\t\t1=yes|2=no\t\n"
                                  "now\tordinal\tNow\t\t1=daily|2=some_days|3=no\t\n"
                                  "day\tcount\tCigarettes\t\t\t1\n"
                                  "total\tpositive\tTotal\tmg/dL\t\t1\n"
                                  "hdl\tpositive\tHDL\tmg/dL\t\t1\n"
                                  "fat\tpositive\tTriglycerides\tmg/dL\t\t1\n"
                                  "ldl\tpositive\tLDL\tmg/dL\t\t1\n"
                                  "weight\tpositive\tWeight\tkg\t\t0.1\n"
                                  "height\tpositive\tHeight\tcm\t\t0.1\n"
                                  "bmi\tpositive\tBMI\tkg/m2\t\t0.1\n"
                                  "near\treal\tNear\t\t\t1\n";
enum { EVER, NOW, DAY, TOTAL, HDL, FAT, LDL, WEIGHT, HEIGHT, BMI, NEAR, ATTRIBUTES };

static double at_step(double x, double step)
{
    return round(x / step) * step;
}

static void draw(void *ctx, size_t row, MkRng *rng, double *values)
{
    (void)ctx;
    const double z = mk_rng_normal(rng), y = mk_rng_normal(rng);
    values[EVER] = mk_rng_uniform(rng) < 0.4 ? 0.0 : 1.0;
    const double now = floor(3.0 * mk_rng_uniform(rng));
    values[NOW] = values[EVER] == 0.0 ? now : NAN;
    values[DAY] = values[EVER] == 0.0 && now < 2.0 ? floor(1.0 + exp(2.0 + 0.5 * y)) : NAN;
    values[TOTAL] = at_step(190.0 + 35.0 * z, 1.0);
    values[HDL] = at_step(55.0 + 10.0 * mk_rng_normal(rng), 1.0);
    values[FAT] = at_step(exp(4.6 + 0.3 * z + 0.4 * y), 1.0);
    values[LDL] = at_step(values[TOTAL] - values[HDL] - 0.2 * values[FAT], 1.0);
    values[HEIGHT] = at_step(170.0 + 9.0 * mk_rng_normal(rng), 0.1);
    const double bmi = exp(3.3 + 0.2 * mk_rng_normal(rng));
    values[WEIGHT] = at_step(bmi * values[HEIGHT] * values[HEIGHT] / 1e4, 0.1);
    values[BMI] = at_step(1e4 * values[WEIGHT] / values[HEIGHT] / values[HEIGHT], 0.1);
    values[NEAR] = at_step(values[TOTAL] + 4.0 * mk_rng_normal(rng), 1.0);
    values[LDL] = row % 3 == 0 ? NAN : values[LDL];
}

static void test_who_was_not_asked_is_found(void **state)
{
    const People *const p = *state;
    const MkSchema *learned = NULL;
    size_t n = 0;
    assert_int_equal(
        mk_skips_learn(&p->data, p->marginals, p->schema, p->arena, &learned, &n, NULL), MK_OK);
    assert_int_equal(n, 2);
    assert_string_equal(learned->attributes[NOW].eligible, "ever!=no");
    assert_string_equal(learned->attributes[DAY].eligible, "now!=no");
    for (size_t j = TOTAL; j < ATTRIBUTES; j++) {
        assert_string_equal(learned->attributes[j].eligible, "");
    }
}

static void test_what_follows_is_found(void **state)
{
    const People *const p = *state;
    const MkSchema *learned = NULL;
    size_t n = 0;
    assert_int_equal(
        mk_derive_learn(&p->data, p->marginals, p->schema, p->arena, &learned, &n, NULL), MK_OK);
    assert_int_equal(n, 2);
    assert_string_equal(learned->attributes[LDL].rule, "total - hdl - 0.2*fat");
    assert_string_equal(learned->attributes[BMI].rule, "10000*weight/height/height");
    assert_string_equal(learned->attributes[NEAR].rule, "");
}

/* ---- a whole model ---- */

static double fake_clock(void)
{
    static double now;
    return now += 0.1;
}

static MkModel *train(const People *p, const char *kind)
{
    char path[512];
    const char *const folder = getenv("TMPDIR");
    const MkTrainHooks hooks = {.clock = fake_clock};
    MkTrainConfig config;
    MkModel *model = NULL;
    MkError err = {0};
    snprintf(path, sizeof path, "%s/learned.safetensors", folder != NULL ? folder : "/tmp");
    mk_train_config_init(&config);
    config.threads = 1;
    config.valid = 0.02;
    config.iterations = 3;
    assert_int_equal(mk_train_config_set(&config, "kind", kind, NULL), MK_OK);
    if (mk_train(&config, p->cohort, path, &hooks, &err) != MK_OK ||
        mk_model_open(path, &model, &err) != MK_OK) {
        fail_msg("%s", err.text);
    }
    remove(path);
    return model;
}

enum { PERSONS = 2048 };

static double *draw_persons(const MkModel *model, const MkPoint *known, size_t n_known,
                            MkArena *arena)
{
    double *const out = mk_arena_array(arena, PERSONS * ATTRIBUTES, sizeof *out);
    size_t targets[ATTRIBUTES], ids[ATTRIBUTES], n_targets = 0;
    double values[MK_DRAW_PERSONS * ATTRIBUTES], drawn[MK_DRAW_PERSONS * ATTRIBUTES];
    for (size_t i = 0; i < n_known; i++) {
        ids[i] = known[i].attribute;
    }
    for (size_t j = 0; j < ATTRIBUTES; j++) {
        bool is_known = false;
        for (size_t i = 0; i < n_known; i++) {
            is_known = is_known || ids[i] == j;
        }
        if (!is_known) {
            targets[n_targets++] = j;
        }
    }
    const MkDrawOrder order = {.known = ids,
                               .n_known = n_known,
                               .targets = targets,
                               .n_targets = n_targets,
                               .n_groups = 4,
                               .seed = 5};
    MkDrawer *drawer = NULL;
    assert_int_equal(mk_drawer_new(model, &order, &drawer, NULL), MK_OK);
    for (size_t i = 0; i < MK_DRAW_PERSONS * n_known; i++) {
        values[i] = known[i % n_known].value;
    }
    for (size_t first = 0; first < PERSONS; first += MK_DRAW_PERSONS) {
        MkRng streams[MK_DRAW_PERSONS];
        for (size_t b = 0; b < MK_DRAW_PERSONS; b++) {
            streams[b] = mk_rng(3, MK_RNG_TEST, first + b);
        }
        assert_int_equal(mk_drawer_run(drawer, values, MK_DRAW_PERSONS, streams, NULL, arena, drawn,
                                       NULL, NULL, NULL),
                         MK_OK);
        for (size_t b = 0; b < MK_DRAW_PERSONS; b++) {
            for (size_t i = 0; i < n_known; i++) {
                out[(first + b) * ATTRIBUTES + ids[i]] = known[i].value;
            }
            for (size_t t = 0; t < n_targets; t++) {
                out[(first + b) * ATTRIBUTES + targets[t]] = drawn[b * n_targets + t];
            }
        }
    }
    mk_drawer_free(drawer);
    return out;
}

static void assert_rules_hold(const double *persons)
{
    for (size_t i = 0; i < PERSONS; i++) {
        const double *const x = persons + i * ATTRIBUTES;
        assert_close(x[BMI], 1e4 * x[WEIGHT] / x[HEIGHT] / x[HEIGHT], 0.1, 0.0);
        assert_close(x[LDL], fmax(x[TOTAL] - x[HDL] - 0.2 * x[FAT], 0.0), 1.0, 0.0);
    }
}

static void test_persons_obey_the_rules(void **state)
{
    static const char *const kinds[] = {"copula", "marginal"};
    MkArena *const arena = mk_arena_new(0);
    for (size_t k = 0; k < 2; k++) {
        MkModel *const model = train(*state, kinds[k]);
        /* free; the result told; one input told beside it */
        assert_rules_hold(draw_persons(model, NULL, 0, arena));
        assert_rules_hold(draw_persons(model, (const MkPoint[]){{BMI, 27.0}}, 1, arena));
        assert_rules_hold(
            draw_persons(model, (const MkPoint[]){{HEIGHT, 175.0}, {BMI, 27.0}}, 2, arena));
        mk_model_free(model);
    }
    mk_arena_free(arena);
}

static void test_persons_keep_the_shares(void **state)
{
    MkArena *const arena = mk_arena_new(0);
    MkModel *const model = train(*state, "copula");
    const double *const persons = draw_persons(model, NULL, 0, arena);
    double smokers = 0.0, now[3] = {0};
    for (size_t i = 0; i < PERSONS; i++) {
        const double *const x = persons + i * ATTRIBUTES;
        smokers += x[EVER] == 0.0 ? 1.0 : 0.0;
        now[(size_t)x[NOW]] += x[EVER] == 0.0 ? 1.0 : 0.0;
    }
    assert_close(smokers / PERSONS, 0.4, 0.04, 0.0);
    for (size_t v = 0; v < 3; v++) {
        assert_close(now[v] / smokers, 1.0 / 3.0, 0.06, 0.0);
    }
    mk_model_free(model);
    mk_arena_free(arena);
}

static int open_people(void **state)
{
    static People people;
    people_make(&people, schema_text, ROWS, 7, draw, NULL);
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
        cmocka_unit_test(test_who_was_not_asked_is_found),
        cmocka_unit_test(test_what_follows_is_found),
        cmocka_unit_test(test_persons_obey_the_rules),
        cmocka_unit_test(test_persons_keep_the_shares),
    };
    return cmocka_run_group_tests(tests, open_people, close_people);
}
