#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "tests/check.h"

#include <string.h>

#include "src/script/measure.h"

static const char SCHEMA[] =
    "name\ttype\tlabel\tunit\tlevels\tmin\tmax\tresolution\n"
    "hba1c\tpositive\tHbA1c\t%\t\t3\t20\t0.1\n"
    "weight\tpositive\tBody weight\tkg\t\t20\t350\t0.1\n"
    "binges\tcount\tBinges\t\t\t0\t31\t1\n"
    "smoking\tcategorical\tSmoking\t\t0=never|1=former|2=current\t\t\t\n"
    "health\tordinal\tGeneral health\t\t1=poor|2=fair|3=good|4=excellent\t\t\t\n";
enum { HBA1C, WEIGHT, BINGES, SMOKING, HEALTH };

typedef struct World {
    MkArena *arena;
    MkSchema *schema;
    MkCall call;
    size_t column;
} World;

static int set_up(void **state)
{
    static World world;
    world = (World){.arena = mk_arena_new(0)};
    *state = &world;
    return mk_schema_parse(SCHEMA, strlen(SCHEMA), "test.tsv", &world.schema, NULL) != MK_OK;
}

static int tear_down(void **state)
{
    World *world = *state;
    mk_schema_free(world->schema);
    mk_arena_free(world->arena);
    return 0;
}

/* The words after `across` of a line that takes any there. */
static MkTerms cut(World *world, const char *text, MkStatus expected, MkError *err)
{
    MkTerms terms = {0};
    const char *line = mk_arena_printf(world->arena, "compare across %s", text);
    world->column = 0;
    assert_int_equal(
        mk_parse_line(world->arena, line, MK_DOOR_SCRIPT, &world->call, &world->column, err),
        MK_OK);
    assert_int_equal(mk_terms(&world->call, MK_LIST_ACROSS, &terms, err), expected);
    return terms;
}

static MkMeasure read(World *world, const char *text)
{
    MkError err = {0};
    MkMeasure measure = {0};
    const MkTerms terms = cut(world, text, MK_OK, &err);
    assert_int_equal(terms.n, 1);
    if (mk_measure_parse(&world->call, world->schema, &terms.items[0].word, &measure, &err) !=
        MK_OK) {
        print_error("%s: %s\n", text, err.text);
        fail();
    }
    return measure;
}

enum { BEFORE = 15 }; /* characters of "compare across " */

static void refuse(World *world, const char *text, size_t column, const char *part)
{
    MkError err = {0};
    MkMeasure measure = {0};
    const MkTerms terms = cut(world, text, MK_OK, &err);
    assert_int_equal(terms.n, 1);
    assert_int_not_equal(
        mk_measure_parse(&world->call, world->schema, &terms.items[0].word, &measure, &err), MK_OK);
    if (strstr(err.text, part) == NULL || *world->call.column != column + BEFORE) {
        print_error("%s\n  got %zu: %s\n  want %zu: %s\n", text, *world->call.column - BEFORE,
                    err.text, column, part);
        fail();
    }
}

static void test_a_number_is_its_median(void **state)
{
    const MkMeasure m = read(*state, "hba1c");
    assert_int_equal(m.attribute, HBA1C);
    assert_false(m.is_probability);
}

static void test_a_value_is_a_probability(void **state)
{
    MkMeasure m = read(*state, "smoking=current");
    assert_true(m.is_probability && m.event.kind == MK_VALUE_POINT && m.event.point == 2);
    m = read(*state, "P(smoking={former,current})");
    assert_true(m.is_probability && m.event.kind == MK_VALUE_SET && m.event.levels == 6);
    m = read(*state, "smoking={former, current}");
    assert_true(m.event.kind == MK_VALUE_SET && m.event.levels == 6);
    m = read(*state, "hba1c=6.5..");
    assert_true(m.event.kind == MK_VALUE_RANGE && m.event.low == 6.5 && isinf(m.event.high));
    m = read(*state, "binges=0");
    assert_true(m.is_probability && m.event.kind == MK_VALUE_POINT && m.event.point == 0);
}

static void test_a_relation_in_a_probability_keeps_its_sign(void **state)
{
    static const struct {
        const char *text;
        double low, high;
        bool low_is_open, high_is_open;
    } cases[] = {{"P(hba1c>=6.5)", 6.5, INFINITY, false, false},
                 {"P( hba1c > 6.5 )", 6.5, INFINITY, true, false},
                 {"P(hba1c ≤6.5)", -INFINITY, 6.5, false, false},
                 {"p(hba1c<6.5)", -INFINITY, 6.5, false, true}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const MkMeasure m = read(*state, cases[i].text);
        assert_int_equal(m.event.kind, MK_VALUE_RANGE);
        assert_true(m.event.low == cases[i].low && m.event.high == cases[i].high);
        assert_true(m.low_is_open == cases[i].low_is_open);
        assert_true(m.high_is_open == cases[i].high_is_open);
    }
    const MkMeasure m = read(*state, "P(health>=good)");
    assert_true(m.event.kind == MK_VALUE_SET && m.event.levels == 12);
}

static void test_units_are_converted(void **state)
{
    const MkMeasure m = read(*state, "P(weight > 200 lb)");
    assert_close(m.event.low, 90.718474, 1e-6, 0);
}

static void test_terms_part_at_signs_and_commas(void **state)
{
    World *world = *state;
    MkError err = {0};
    const MkTerms terms =
        cut(world, "hba1c<=6, P( health >= good )>0.5 weight < 80kg,binges ≥2", MK_OK, &err);
    static const char *const texts[] = {"hba1c", "<=",     "6",      "P( health >= good )",
                                        ">",     "0.5",    "weight", "<",
                                        "80kg",  "binges", "≥",      "2"};
    static const size_t columns[] = {1, 6, 8, 11, 30, 31, 35, 42, 44, 49, 56, 57};
    assert_int_equal(terms.n, sizeof texts / sizeof *texts);
    for (size_t i = 0; i < terms.n; i++) {
        assert_string_equal(terms.items[i].word.text, texts[i]);
        assert_int_equal(terms.items[i].word.column, columns[i] + BEFORE);
        assert_true(terms.items[i].is_sign == (i % 3 == 1));
    }
    assert_int_equal(terms.items[4].sign, MK_ABOVE);
    assert_int_equal(terms.items[10].sign, MK_AT_LEAST);
}

static void test_a_goal_may_stand_at_the_measure(void **state)
{
    MkError err = {0};
    const MkTerms terms = cut(*state, "P(hba1c>=6.5)=0.2", MK_OK, &err);
    assert_int_equal(terms.n, 2);
    assert_string_equal(terms.items[1].word.text, "=0.2");
}

static void test_what_is_open_is_told(void **state)
{
    MkError err = {0};
    cut(*state, "P(hba1c>=6.5", MK_EINVAL, &err);
    assert_non_null(strstr(err.text, "a ( is opened"));
    cut(*state, "smoking={former", MK_EINVAL, &err);
    assert_non_null(strstr(err.text, "a { is opened"));
}

static void test_errors_point_at_the_word_and_say_what_to_write(void **state)
{
    refuse(*state, "smoking", 1, "write smoking=LEVEL, one of never, former, current");
    refuse(*state, "health", 1, "write health=LEVEL");
    refuse(*state, "hba1d", 1, "nearest: hba1c");
    refuse(*state, "P(hba1d>6)", 3, "nearest: hba1c");
    refuse(*state, "P(hba1c>x)", 9, "hba1c: found 'x'");
    refuse(*state, "P(hba1c)", 1, "expected NAME");
    refuse(*state, "P()", 1, "expected NAME");
    refuse(*state, "P(hba1c>=)", 1, "expected NAME");
    refuse(*state, "hba1c=6.5", 7, "write P(hba1c>=6.5)");
    refuse(*state, "P(smoking>never)", 11, "have no order");
    refuse(*state, "P(health>excellent)", 10, "no level > excellent");
    refuse(*state, "smoking=some", 9, "expected never, former, current");
}

static void test_bounds_are_numbers_of_the_measure(void **state)
{
    World *world = *state;
    MkError err = {0};
    double x = 0;
    const MkTerms terms = cut(world, "12% 0.4 180lb 2.5 1.2", MK_OK, &err);
    const MkMeasure p = {.attribute = HBA1C, .is_probability = true};
    const MkMeasure weight = {.attribute = WEIGHT};
    const MkMeasure binges = {.attribute = BINGES};
    const MkCall *call = &world->call;
    assert_int_equal(mk_measure_bound(call, world->schema, &p, &terms.items[0].word, &x, &err),
                     MK_OK);
    assert_close(x, 0.12, 1e-12, 0);
    assert_int_equal(mk_measure_bound(call, world->schema, &p, &terms.items[1].word, &x, &err),
                     MK_OK);
    assert_close(x, 0.4, 0, 0);
    assert_int_equal(mk_measure_bound(call, world->schema, &weight, &terms.items[2].word, &x, &err),
                     MK_OK);
    assert_close(x, 81.6466266, 1e-6, 0);
    assert_int_equal(mk_measure_bound(call, world->schema, &binges, &terms.items[3].word, &x, &err),
                     MK_OK);
    assert_close(x, 2.5, 0, 0);
    assert_int_equal(mk_measure_bound(call, world->schema, &p, &terms.items[4].word, &x, &err),
                     MK_EINVAL);
    assert_non_null(strstr(err.text, "from 0 to 1"));
}

static void test_a_measure_is_printed_as_it_is_typed(void **state)
{
    World *world = *state;
    static const char *const texts[] = {
        "hba1c",         "P(hba1c>=6.5)",    "P(hba1c<7)",
        "P(hba1c=5..6)", "P(smoking=never)", "P(smoking={never,former})"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        const MkMeasure m = read(world, texts[i]);
        assert_string_equal(mk_measure_print(world->arena, world->schema, &m), texts[i]);
    }
    assert_string_equal(mk_relation_print(MK_AT_MOST), "<=");
    assert_string_equal(mk_relation_print(MK_ABOVE), ">");
}

static void test_the_value_of_a_measure_is_that_of_its_distribution(void **state)
{
    const World *world = *state;
    static const double p[] = {0.5, 0.3, 0.2};
    const MkDistribution normal = {
        .kind = MK_DIST_NORMAL, .attribute = &world->schema->attributes[HBA1C], .a = 6, .b = 0.5};
    const MkDistribution levels = {
        .kind = MK_DIST_LEVELS, .attribute = &world->schema->attributes[SMOKING], .n = 3, .p = p};
    MkMeasure m = read(*state, "hba1c");
    assert_close(mk_measure_of(&m, &normal), 6, 1e-9, 0);
    m = read(*state, "P(hba1c>=6.5)");
    assert_close(mk_measure_of(&m, &normal), 0.158655254, 1e-6, 0);
    m = read(*state, "hba1c=5.5..6.5");
    assert_close(mk_measure_of(&m, &normal), 0.682689492, 1e-6, 0);
    m = read(*state, "P(smoking={former,current})");
    assert_close(mk_measure_of(&m, &levels), 0.5, 1e-12, 0);
    const MkDistribution known = {.kind = MK_DIST_POINT, .attribute = normal.attribute, .a = 6.5};
    m = read(*state, "P(hba1c>6.5)");
    assert_close(mk_measure_of(&m, &known), 0, 0, 0);
    m = read(*state, "P(hba1c>=6.5)");
    assert_close(mk_measure_of(&m, &known), 1, 0, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_number_is_its_median, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_value_is_a_probability, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_relation_in_a_probability_keeps_its_sign, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_units_are_converted, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_terms_part_at_signs_and_commas, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_goal_may_stand_at_the_measure, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_what_is_open_is_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_errors_point_at_the_word_and_say_what_to_write, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_bounds_are_numbers_of_the_measure, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_measure_is_printed_as_it_is_typed, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_the_value_of_a_measure_is_that_of_its_distribution,
                                        set_up, tear_down),
    };
    return cmocka_run_group_tests_name("measure", tests, NULL, NULL);
}
