/* Thresholds: those that are none; bars that a quick run leaves open, and what the scoreboard says
 * of them. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "tests/check.h"

#include <math.h>
#include <string.h>

#include "src/eval/scoreboard.h"
#include "src/result/node.h"

/* Two standard errors over an end leave a quick run undecided, on either side of it; farther off,
 * without an error, and in a whole run the figure decides. */
static void test_quick_runs_leave_undecided_what_few_people_cannot_tell(void **state)
{
    (void)state;
    static const MkFigureOfMerit figures[] = {
        {"a", "A", 0.54, 0.006, 0, NULL}, {"b", "B", 0.52, 0.006, 0, NULL},
        {"c", "C", 0.55, 0.006, 0, NULL}, {"d", "D", 0.51, 0.006, 0, NULL},
        {"e", "E", 0.54, NAN, 0, NULL},   {"f", "F", 0.0, 0.0, 0, NULL}};
    static const MkVerdict wanted[][2] = {
        {MK_BAR_FAILS, MK_BAR_UNDECIDED}, {MK_BAR_HOLDS, MK_BAR_UNDECIDED},
        {MK_BAR_FAILS, MK_BAR_FAILS},     {MK_BAR_HOLDS, MK_BAR_HOLDS},
        {MK_BAR_FAILS, MK_BAR_FAILS},     {MK_BAR_HOLDS, MK_BAR_HOLDS}};
    MkArena *arena = mk_arena_new(0);
    MkThresholds t;
    MkBar *bars = NULL;
    size_t n = 0;
    assert_int_equal(mk_thresholds_parse("a\t-\t0.53\nb\t-\t0.53\nc\t-\t0.53\nd\t-\t0.53\n"
                                         "e\t-\t0.53\nf\t-\t0\n",
                                         "m", arena, &t, NULL),
                     MK_OK);
    for (size_t quick = 0; quick < 2; quick++) {
        assert_int_equal(mk_thresholds_bars(&t, figures, 6, quick == 1, arena, &bars, &n, NULL),
                         MK_OK);
        for (size_t i = 0; i < 6; i++) {
            assert_int_equal(bars[i].verdict, wanted[i][quick]);
        }
    }
    MkResult *const result = mk_result_new("evaluate");
    MkNode *const root = mk_node_object(result, NULL, NULL);
    const MkScoreboard board = {.thresholds = &t, .n_bars = 2, .bars = bars};
    assert_int_equal(mk_scoreboard_make(&board, result, root, NULL), MK_OK);
    assert_null(result->failed_check); /* no failure, and nothing that holds */
    assert_string_equal(result->notes[0], "0 of 2 thresholds hold, 0 fail, 0 were not measured.");
    assert_non_null(strstr(result->notes[1], "2 were not decided"));
    const MkNode *const bar = mk_node_first(root, "bars");
    assert_true(mk_node_is_true(bar, "measured"));
    assert_non_null(mk_node_member(bar, "decided"));
    assert_null(mk_node_member(bar, "holds"));
    assert_false(mk_node_is_true(root, "holds"));
    mk_result_free(result);
    mk_arena_free(arena);
}

static void test_thresholds_that_are_none_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {"coverage\t0.9",        "coverage\t0.9\t0.8\n",
                                      "coverage\tlow\t0.9\n", "\t0.1\t0.2\n",
                                      "coverage\t0\t1\t2\n",  "coverage\tnan\t1\n"};
    MkArena *arena = mk_arena_new(0);
    MkThresholds t;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(mk_thresholds_parse(bad[i], "m", arena, &t, NULL), MK_EFORMAT);
    }
    mk_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_quick_runs_leave_undecided_what_few_people_cannot_tell),
        cmocka_unit_test(test_thresholds_that_are_none_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
