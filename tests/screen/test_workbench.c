#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "tests/screen/fixture.h"

#include <string.h>

#include "ui/view/view.h"

static const char *const five[] = {"age",     "45",      "sex",         "male", "bmi", "31",
                                   "smoking", "current", "sleep_hours", "5",    NULL};
static const char *const two[] = {"hba1c", "energy_kcal", NULL};
static const char *const none[] = {NULL};

/* The screen of the design: five known values, two targets, the cursor on hba1c. */
static Fixture *working(size_t columns, size_t rows, bool ascii)
{
    Fixture *fixture = fixture_new(columns, rows, ascii);
    fixture_given(fixture, five, two);
    fixture_answers(fixture);
    fixture_keys(fixture, "/hba1c\r\033");
    fixture_plot(fixture);
    return fixture;
}

static void test_first_screen_has_estimates_and_says_what_to_do(void **state)
{
    (void)state;
    Fixture *fixture = fixture_new(120, 36, false);
    fixture_answers(fixture);
    assert_screen(fixture, "first-120x36");
    fixture_free(fixture);
}

static void test_main_screen_shows_known_values_targets_and_the_plot(void **state)
{
    (void)state;
    Fixture *fixture = working(120, 36, false);
    assert_screen(fixture, "main-120x36");
    fixture_free(fixture);
    fixture = working(80, 24, false);
    assert_screen(fixture, "main-80x24");
    fixture_free(fixture);
    fixture = working(60, 16, false);
    assert_screen(fixture, "main-60x16");
    fixture_keys(fixture, "\t\t\t");
    fixture_plot(fixture);
    assert_screen(fixture, "main-60x16-plot");
    fixture_free(fixture);
}

static void test_ascii_screen_says_the_same(void **state)
{
    (void)state;
    Fixture *fixture = working(80, 24, true);
    assert_screen(fixture, "main-80x24-ascii");
    fixture_free(fixture);
}

static void test_estimates_being_renewed_look_so(void **state)
{
    (void)state;
    Fixture *fixture = working(80, 24, false);
    static const char *const other[] = {"age", "46", NULL};
    fixture_given(fixture, other, two);
    assert_screen(fixture, "renewing-80x24");
    fixture_free(fixture);
}

static void test_order_by_shift_puts_the_largest_first(void **state)
{
    (void)state;
    Fixture *fixture = working(120, 36, false);
    fixture_keys(fixture, "S");
    assert_screen(fixture, "shift-120x36");
    fixture_free(fixture);
}

static void test_search_narrows_the_list_while_typing(void **state)
{
    (void)state;
    Fixture *fixture = working(80, 24, false);
    fixture_keys(fixture, "/gluc");
    assert_screen(fixture, "search-80x24");
    fixture_keys(fixture, "zzz");
    assert_screen(fixture, "search-nothing-80x24");
    fixture_free(fixture);
}

static void test_number_editor_checks_while_typing(void **state)
{
    (void)state;
    Fixture *fixture = working(80, 24, false);
    fixture_keys(fixture, "\r7.1");
    assert_screen(fixture, "editor-number-80x24");
    fixture_keys(fixture, "9999");
    assert_screen(fixture, "editor-number-wrong-80x24");
    fixture_keys(fixture, "?");
    assert_screen(fixture, "definition-80x24");
    fixture_free(fixture);
    fixture = working(60, 16, false);
    fixture_keys(fixture, "\r7.1");
    assert_screen(fixture, "editor-number-60x16");
    fixture_free(fixture);
}

static void test_level_picker_marks_several(void **state)
{
    (void)state;
    Fixture *fixture = fixture_new(80, 24, false);
    fixture_answers(fixture);
    fixture_keys(fixture, "/education\r");
    fixture_plot(fixture);
    fixture_keys(fixture, "\r");
    assert_screen(fixture, "editor-levels-80x24");
    fixture_keys(fixture, " ");
    fixture_keys(fixture, " ");
    assert_screen(fixture, "editor-levels-marked-80x24");
    fixture_free(fixture);
}

static void test_help_lists_keys_and_commands(void **state)
{
    (void)state;
    Fixture *fixture = working(120, 36, false);
    fixture_keys(fixture, "?");
    assert_screen(fixture, "help-120x36");
    fixture_keys(fixture, "/script");
    assert_screen(fixture, "help-search-120x36");
    fixture_free(fixture);
    fixture = working(60, 16, false);
    fixture_keys(fixture, "?");
    assert_screen(fixture, "help-60x16");
    fixture_free(fixture);
}

static void test_result_is_read_like_a_page(void **state)
{
    (void)state;
    Fixture *fixture = working(80, 24, false);
    char text[4096] = "";
    for (int i = 1; i <= 60; i++) {
        char line[64];
        snprintf(line, sizeof line, "line %d of the comparison\n", i);
        strcat(text, line);
    }
    const MkMsg result = {.kind = MK_MSG_RESULT, .line = "compare hba1c", .text = text};
    mk_app_update(fixture->app, &result, &fixture->effects);
    fixture_keys(fixture, " j/line 4\r");
    assert_screen(fixture, "result-80x24");
    fixture_free(fixture);
}

static void test_prompt_shows_what_can_come_next(void **state)
{
    (void)state;
    Fixture *fixture = working(80, 24, false);
    static const MkCandidate words[] = {{"height", "Height, cm"},
                                        {"hba1c", "Glycohemoglobin (HbA1c), %"},
                                        {"hdl_cholesterol", "HDL cholesterol, mg/dL"}};
    const MkMsg prompt = {
        .kind = MK_MSG_PROMPT, .text = "plot h", .point = 6, .candidates = words, .n = 3};
    mk_app_update(fixture->app, &prompt, &fixture->effects);
    assert_screen(fixture, "prompt-80x24");
    fixture_free(fixture);
}

static void test_errors_stand_above_the_hints(void **state)
{
    (void)state;
    Fixture *fixture = working(80, 24, false);
    const MkMsg msg = {
        .kind = MK_MSG_NOTICE, .text = "no attribute hba1x; nearest: hba1c", .mood = MK_MOOD_BAD};
    mk_app_update(fixture->app, &msg, &fixture->effects);
    assert_screen(fixture, "error-80x24");
    fixture_free(fixture);
}

static void test_leaving_with_unsaved_work_asks(void **state)
{
    (void)state;
    Fixture *fixture = working(80, 24, false);
    fixture_keys(fixture, "q");
    assert_int_equal(fixture->effects.n, 0);
    assert_screen(fixture, "quit-80x24");
    fixture_free(fixture);
}

static void test_missing_gnuplot_is_said_in_the_pane(void **state)
{
    (void)state;
    Fixture *fixture = working(80, 24, false);
    const MkPlotWish wish = mk_app_plot_wish(fixture->app);
    const MkMsg msg = {.kind = MK_MSG_PLOT,
                       .wish = &wish,
                       .text = "gnuplot is not installed: apt install gnuplot-nox",
                       .mood = MK_MOOD_BAD};
    mk_app_update(fixture->app, &msg, &fixture->effects);
    assert_screen(fixture, "no-gnuplot-80x24");
    fixture_free(fixture);
}

static void test_small_terminals_are_told_what_is_needed(void **state)
{
    (void)state;
    Fixture *fixture = working(40, 10, false);
    assert_screen(fixture, "too-small-40x10");
    fixture_free(fixture);
}

static void test_no_size_breaks_a_screen(void **state)
{
    (void)state;
    static const char *const keys[] = {"", "\r", "?", "/a", "i", "S", "q", "\t", "\t\t", "\t\t\t"};
    for (size_t columns = 0; columns <= 130; columns += columns < 12 ? 1 : 7) {
        for (size_t rows = 0; rows <= 40; rows += rows < 6 ? 1 : 3) {
            for (size_t k = 0; k < sizeof keys / sizeof *keys; k++) {
                Fixture *fixture = fixture_new(120, 36, k % 2 == 0);
                fixture_given(fixture, k % 3 == 0 ? none : five, two);
                fixture_answers(fixture);
                fixture_keys(fixture, keys[k]);
                const MkMsg resize = {.kind = MK_MSG_RESIZE, .columns = columns, .rows = rows};
                mk_app_update(fixture->app, &resize, &fixture->effects);
                MkGrid *grid = mk_grid_new(columns, rows, k % 2 == 0);
                assert_non_null(grid);
                mk_app_view(fixture->app, grid);
                mk_grid_free(grid);
                fixture_free(fixture);
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_first_screen_has_estimates_and_says_what_to_do),
        cmocka_unit_test(test_main_screen_shows_known_values_targets_and_the_plot),
        cmocka_unit_test(test_ascii_screen_says_the_same),
        cmocka_unit_test(test_estimates_being_renewed_look_so),
        cmocka_unit_test(test_order_by_shift_puts_the_largest_first),
        cmocka_unit_test(test_search_narrows_the_list_while_typing),
        cmocka_unit_test(test_number_editor_checks_while_typing),
        cmocka_unit_test(test_level_picker_marks_several),
        cmocka_unit_test(test_help_lists_keys_and_commands),
        cmocka_unit_test(test_result_is_read_like_a_page),
        cmocka_unit_test(test_prompt_shows_what_can_come_next),
        cmocka_unit_test(test_errors_stand_above_the_hints),
        cmocka_unit_test(test_leaving_with_unsaved_work_asks),
        cmocka_unit_test(test_missing_gnuplot_is_said_in_the_pane),
        cmocka_unit_test(test_small_terminals_are_told_what_is_needed),
        cmocka_unit_test(test_no_size_breaks_a_screen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
