/* Rules of a schema: read, evaluated, solved for an input, refused. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "tests/check.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "src/data/rules.h"

static const char head[] = "name\ttype\tlabel\tlevels\trule\n";

static MkStatus read(const char *rows, MkArena *arena, MkSchema **schema, MkRules *out,
                     MkError *err)
{
    char text[1024];
    snprintf(text, sizeof text, "%s%s", head, rows);
    assert_int_equal(mk_schema_parse(text, strlen(text), "schema.tsv", schema, NULL), MK_OK);
    return mk_rules_new(*schema, arena, out, err);
}

static void test_a_rule_is_evaluated_and_solved(void **state)
{
    (void)state;
    MkArena *const arena = mk_arena_new(0);
    MkSchema *schema = NULL;
    MkRules rules;
    MkFormula f;
    assert_int_equal(read("weight\tpositive\tW\t\t\nheight\tpositive\tH\t\t\n"
                          "bmi\tpositive\tB\t\t10000*weight/height/height\n",
                          arena, &schema, &rules, NULL),
                     MK_OK);
    assert_int_equal(rules.n, 1);
    assert_int_equal(rules.rules[0].attribute, 2);
    assert_int_equal(rules.rules[0].n_inputs, 2); /* height stands twice */
    assert_int_equal(mk_formula_open(&rules.rules[0], schema, arena, &f, NULL), MK_OK);
    const double inputs[] = {81.0, 180.0}, missing[] = {81.0, NAN};
    assert_close(mk_formula_value(&f, inputs), 25.0, 1e-9, 0.0);
    assert_true(isnan(mk_formula_value(&f, missing)));
    assert_close(mk_formula_solve(&f, inputs, 0, 30.0, 20.0, 300.0), 97.2, 1e-6, 0.0);
    assert_close(mk_formula_solve(&f, inputs, 1, 30.0, 100.0, 250.0), 100.0 * sqrt(2.7), 1e-6, 0.0);
    /* no height in the range gives it: the nearer end */
    assert_close(mk_formula_solve(&f, inputs, 1, 100.0, 150.0, 200.0), 150.0, 0.0, 0.0);
    mk_schema_free(schema);
    mk_arena_free(arena);
}

static void test_rules_stand_after_what_they_need(void **state)
{
    (void)state;
    MkArena *const arena = mk_arena_new(0);
    MkSchema *schema = NULL;
    MkRules rules;
    assert_int_equal(read("a\treal\tA\t\t2*b\nb\treal\tB\t\tc + 1\nc\treal\tC\t\t\n", arena,
                          &schema, &rules, NULL),
                     MK_OK);
    assert_int_equal(rules.n, 2);
    assert_int_equal(rules.rules[0].attribute, 1);
    assert_int_equal(rules.rules[1].attribute, 0);
    mk_schema_free(schema);
    mk_arena_free(arena);
}

static void test_what_is_no_rule_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *rows, *found;
    } cases[] = {
        {"a\treal\tA\t\t2*nobody\n", "nobody is no number"},
        {"a\treal\tA\t\t2*s\ns\tcategorical\tS\t0=x|1=y\t\n", "s is no number"},
        {"a\treal\tA\t\t2*\n", "attribute a: rule"},
        {"a\treal\tA\t\t7\n", "names no attribute"},
        {"a\treal\tA\t\tb\nb\treal\tB\t\ta\n", "follows from itself"},
        {"a\treal\tA\t\ta + 1\n", "follows from itself"},
        {"s\tcategorical\tS\t0=x|1=y\tb\nb\treal\tB\t\t\n", "only numbers"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        MkArena *const arena = mk_arena_new(0);
        MkSchema *schema = NULL;
        MkRules rules;
        MkError err = {0};
        assert_int_equal(read(cases[i].rows, arena, &schema, &rules, &err), MK_EFORMAT);
        if (strstr(err.text, cases[i].found) == NULL) {
            fail_msg("%s: no \"%s\" in it", err.text, cases[i].found);
        }
        mk_schema_free(schema);
        mk_arena_free(arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_rule_is_evaluated_and_solved),
        cmocka_unit_test(test_rules_stand_after_what_they_need),
        cmocka_unit_test(test_what_is_no_rule_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
