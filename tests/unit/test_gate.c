/* test_gate.c - what lets a new release pass, and what does not. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "tests/check.h"

#include <math.h>
#include <string.h>

#include "src/eval/gate.h"
#include "tests/arena.h"

static MkThreshold ends[] = {{"better", NULL, 0.9, INFINITY, false},
                             {"ece", NULL, -INFINITY, 0.02, false},
                             {"coverage", NULL, 0.87, 0.93, false},
                             {"error_against", NULL, -INFINITY, 0.0, true},
                             {"unmeasured", NULL, 0.5, INFINITY, false}};
static const MkThresholds thresholds = {.n = 5, .items = ends};

static MkGate judge(void **state, const char *rules, const double now[4], double error)
{
    const char *const names[] = {"better", "ece", "coverage", "error_against"};
    const double last[] = {0.95, 0.010, 0.90, 0.0};
    MkFigureOfMerit a[4], b[3];
    MkGate gate = {0};
    MkError err = {0};
    for (size_t i = 0; i < 4; i++) {
        a[i] =
            (MkFigureOfMerit){.name = names[i], .label = names[i], .value = now[i], .error = error};
    }
    for (size_t i = 0; i < 3; i++) {
        b[i] = (MkFigureOfMerit){
            .name = names[i], .label = names[i], .value = last[i], .error = error};
    }
    if (mk_gate_judge(&thresholds, rules, a, 4, b, 3, *state, &gate, &err) != MK_OK) {
        fail_msg("%s", err.text);
    }
    assert_int_equal(gate.n, 4);
    return gate;
}

static void test_a_better_one_passes(void **state)
{
    const MkGate gate = judge(state, "", (double[]){0.97, 0.005, 0.901, -0.01}, 0.001);
    assert_true(gate.is_open);
    for (size_t i = 0; i < gate.n; i++) {
        assert_false(gate.rows[i].is_regression);
    }
    assert_true(gate.rows[0].worse < 0.0 && gate.rows[1].worse < 0.0 && gate.rows[3].worse < 0.0);
    assert_close(gate.rows[2].worse, 0.001, 1e-12, 0); /* a little off the middle */
}

static void test_a_worse_one_is_refused_in_each_direction(void **state)
{
    const double bad[4][4] = {{0.90, 0.010, 0.90, 0.0},
                              {0.95, 0.050, 0.90, 0.0},
                              {0.95, 0.010, 0.86, 0.0},
                              {0.95, 0.010, 0.90, 0.02}};
    for (size_t i = 0; i < 4; i++) {
        const MkGate gate = judge(state, "", bad[i], 0.001);
        assert_false(gate.is_open);
        for (size_t k = 0; k < 4; k++) {
            assert_int_equal(gate.rows[k].is_regression, k == i);
        }
    }
    assert_false(judge(state, "", (double[]){0.95, 0.010, 0.94, 0.0}, 0.001).is_open);
}

static void test_what_chance_gives_is_no_regression(void **state)
{
    const double bad[4] = {0.90, 0.010, 0.90, 0.0}; /* 0.05 worse, standard error of it 0.042 */
    assert_true(judge(state, "", bad, 0.03).is_open);
    assert_false(judge(state, "", bad, NAN).is_open); /* not known: what is seen counts */
    const MkGate gate = judge(state, "", bad, 0.01);
    assert_close(gate.rows[0].error, 0.01 * sqrt(2.0), 1e-12, 0);
    assert_close(gate.rows[3].error, 0.01, 0, 0); /* paired already */
}

/* Both move together with who is drawn: what is left of the difference is its standard error. */
static void test_the_same_people_are_paired(void **state)
{
    const double now[] = {0.85, 0.90, 0.95, 0.90}, last[] = {0.90, 0.95, 1.00, 0.95};
    MkFigureOfMerit a = {.name = "better", .label = "", .value = 0.90, .error = 0.04},
                    b = {.name = "better", .label = "", .value = 0.95, .error = 0.04};
    MkGate gate = {0};
    assert_int_equal(mk_gate_judge(&thresholds, "", &a, 1, &b, 1, *state, &gate, NULL), MK_OK);
    assert_true(gate.is_open); /* 0.05 within twice 0.057 */
    a.n_drawn = b.n_drawn = 4;
    a.drawn = now;
    b.drawn = last;
    assert_int_equal(mk_gate_judge(&thresholds, "", &a, 1, &b, 1, *state, &gate, NULL), MK_OK);
    assert_close(gate.rows[0].error, 0.0, 1e-12, 0);
    assert_false(gate.is_open);
    b.n_drawn = 3; /* not of the same draws */
    assert_int_equal(mk_gate_judge(&thresholds, "", &a, 1, &b, 1, *state, &gate, NULL), MK_OK);
    assert_true(gate.is_open);
}

static void test_what_is_not_measured_any_more_is_refused(void **state)
{
    const MkFigureOfMerit both[] = {
        {.name = "ece", .label = "ece", .value = 0.01, .error = NAN},
        {.name = "better", .label = "better", .value = 0.95, .error = NAN}};
    MkGate gate = {0};
    assert_int_equal(mk_gate_judge(&thresholds, "", both, 1, both, 2, *state, &gate, NULL), MK_OK);
    assert_int_equal(gate.n, 2);
    assert_false(gate.is_open);
    assert_true(gate.rows[0].is_regression && isnan(gate.rows[0].now));
    assert_int_equal(mk_gate_judge(&thresholds, "regression_reason\tbetter no numbers\n", both, 1,
                                   both, 2, *state, &gate, NULL),
                     MK_OK);
    assert_true(gate.is_open);
    MkBuf text;
    mk_buf_init(&text);
    mk_gate_markdown(&gate, &text);
    assert_string_equal(text.data,
                        "- better: not measured, 0.9500 in the last release. no numbers\n");
    mk_buf_release(&text);
}

static void test_a_recipe_tolerates_more_or_gives_a_reason(void **state)
{
    const double bad[4] = {0.90, 0.010, 0.90, 0.0};
    assert_true(judge(state, "tolerance\tbetter 0.06\n", bad, 0.001).is_open);
    assert_false(
        judge(state, "tolerance\tbetter 0.06\ntolerance\tbetter 0.04\n", bad, 0.001).is_open);
    assert_false(judge(state, "regression_reason\tece no\n", bad, 0.001).is_open);
    MkGate gate = judge(state, "regression_reason\tbetter half as large\n", bad, 0.001);
    assert_true(gate.is_open && gate.rows[0].is_regression);
    MkBuf text;
    mk_buf_init(&text);
    mk_gate_markdown(&gate, &text);
    assert_non_null(strstr(text.data, "better: worse by 0.0500"));
    assert_non_null(strstr(text.data, "half as large"));
    mk_buf_release(&text);
    MkError err = {0};
    const MkFigureOfMerit one = {.name = "ece", .label = "ece", .value = 0.1, .error = NAN};
    assert_int_equal(
        mk_gate_judge(&thresholds, "tolerance\tece much\n", &one, 1, &one, 1, *state, &gate, &err),
        MK_EFORMAT);
    assert_int_equal(mk_gate_judge(&thresholds, "", &one, 1, &one, 0, *state, &gate, &err),
                     MK_EINVAL);
}

static void test_the_result_says_which(void **state)
{
    MkResult *const result = mk_result_new("evaluate");
    MkNode *const root = mk_node_object(result, NULL, NULL);
    const MkGate gate = judge(state, "", (double[]){0.90, 0.010, 0.90, 0.0}, 0.001);
    result->failed_check = "a bar";
    assert_int_equal(mk_gate_show(&gate, result, root, NULL), MK_OK);
    assert_non_null(strstr(result->failed_check, "better"));
    const MkGate open = judge(state, "", (double[]){0.95, 0.010, 0.90, 0.0}, 0.001);
    assert_int_equal(mk_gate_show(&open, result, root, NULL), MK_OK);
    assert_null(result->failed_check);
    mk_result_free(result);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_better_one_passes),
        cmocka_unit_test(test_a_worse_one_is_refused_in_each_direction),
        cmocka_unit_test(test_what_chance_gives_is_no_regression),
        cmocka_unit_test(test_the_same_people_are_paired),
        cmocka_unit_test(test_what_is_not_measured_any_more_is_refused),
        cmocka_unit_test(test_a_recipe_tolerates_more_or_gives_a_reason),
        cmocka_unit_test(test_the_result_says_which),
    };
    return cmocka_run_group_tests(tests, open_arena, close_arena);
}
