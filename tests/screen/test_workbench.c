#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "tests/screen/fixture.h"

#include <stdio.h>
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

/* The three forms of every screen; `enter` takes the working screen there. */
static void assert_three(const char *name, void (*enter)(Fixture *fixture))
{
    static const size_t sizes[][2] = {{80, 24}, {60, 16}};
    char file[96];
    for (size_t i = 0; i < 2; i++) {
        Fixture *fixture = working(sizes[i][0], sizes[i][1], false);
        enter(fixture);
        snprintf(file, sizeof file, "%s-%zux%zu", name, sizes[i][0], sizes[i][1]);
        assert_screen(fixture, file);
        if (i == 0) {
            snprintf(file, sizeof file, "%s-mono", name);
            assert_mono_screen(fixture, file);
        }
        fixture_free(fixture);
    }
}

static void test_first_screen_has_estimates_and_says_what_to_do(void **state)
{
    (void)state;
    Fixture *fixture = fixture_new(120, 36, false);
    fixture_answers(fixture);
    assert_screen(fixture, "first-120x36");
    fixture_free(fixture);
    fixture = fixture_new(80, 24, false);
    fixture_answers(fixture);
    assert_screen(fixture, "first-80x24");
    fixture_free(fixture);
}

static void stay(Fixture *fixture)
{
    (void)fixture;
}

static void test_main_screen_shows_known_values_targets_and_the_plot(void **state)
{
    (void)state;
    Fixture *fixture = working(120, 36, false);
    assert_screen(fixture, "main-120x36");
    fixture_free(fixture);
    assert_three("main", stay);
    fixture = working(60, 16, false);
    fixture_keys(fixture, "\t\t\t");
    fixture_plot(fixture);
    assert_screen(fixture, "main-60x16-plot");
    fixture_free(fixture);
}

static void test_what_was_never_seen_together_is_told_under_the_plot(void **state)
{
    (void)state;
    static const struct {
        size_t columns, rows;
        const char *keys, *name;
    } screens[] = {{120, 36, "", "linked-120x36"},
                   {80, 24, "", "linked-80x24"},
                   {60, 16, "\t\t\t", "linked-60x16-plot"}};
    for (size_t i = 0; i < sizeof screens / sizeof *screens; i++) {
        Fixture *fixture = working(screens[i].columns, screens[i].rows, false);
        fixture_keys(fixture, screens[i].keys);
        fixture_linked_plot(fixture);
        assert_screen(fixture, screens[i].name);
        fixture_free(fixture);
    }
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

static void search(Fixture *fixture)
{
    fixture_keys(fixture, "/gluc");
}

static void test_search_narrows_the_list_while_typing(void **state)
{
    (void)state;
    assert_three("search", search);
    Fixture *fixture = working(80, 24, false);
    fixture_keys(fixture, "/gluczzz");
    assert_screen(fixture, "search-nothing-80x24");
    fixture_free(fixture);
}

static void type_number(Fixture *fixture)
{
    fixture_keys(fixture, "\r7.1");
}

static void ask_definition(Fixture *fixture)
{
    fixture_keys(fixture, "\r?");
}

static void test_number_editor_checks_while_typing(void **state)
{
    (void)state;
    assert_three("editor-number", type_number);
    assert_three("definition", ask_definition);
    Fixture *fixture = working(80, 24, false);
    fixture_keys(fixture, "\r7.19999");
    assert_screen(fixture, "editor-number-wrong-80x24");
    fixture_free(fixture);
}

static void open_known(Fixture *fixture)
{
    fixture_keys(fixture, "/bmi\r\r");
}

static void test_typing_replaces_a_value_that_was_there(void **state)
{
    (void)state;
    Fixture *fixture = working(80, 24, false);
    open_known(fixture);
    assert_screen(fixture, "editor-known-80x24");
    assert_mono_screen(fixture, "editor-known-mono");
    assert_string_equal(fixture->app->editor.field.text, "31");
    fixture_keys(fixture, "27");
    assert_string_equal(fixture->app->editor.field.text, "27");
    fixture_free(fixture);
    fixture = working(80, 24, false);
    open_known(fixture);
    fixture_key(fixture, MK_KEY_LEFT);
    fixture_keys(fixture, "5");
    assert_string_equal(fixture->app->editor.field.text, "351");
    fixture_free(fixture);
}

static void mark_levels(Fixture *fixture)
{
    fixture_keys(fixture, "/education\r");
    fixture_plot(fixture);
    fixture_keys(fixture, "\r  ");
}

static void test_level_picker_marks_several(void **state)
{
    (void)state;
    assert_three("editor-levels-marked", mark_levels);
    Fixture *fixture = fixture_new(80, 24, false);
    fixture_answers(fixture);
    fixture_keys(fixture, "/education\r");
    fixture_plot(fixture);
    fixture_keys(fixture, "\r");
    assert_screen(fixture, "editor-levels-80x24");
    fixture_free(fixture);
}

static void open_help(Fixture *fixture)
{
    fixture_keys(fixture, "?");
}

static void test_help_lists_keys_and_commands(void **state)
{
    (void)state;
    assert_three("help", open_help);
    Fixture *fixture = working(120, 36, false);
    fixture_keys(fixture, "?");
    assert_screen(fixture, "help-120x36");
    fixture_keys(fixture, "/script");
    assert_screen(fixture, "help-search-120x36");
    fixture_free(fixture);
}

static void read_result(Fixture *fixture)
{
    char text[4096] = "";
    for (int i = 1; i <= 60; i++) {
        char line[64];
        snprintf(line, sizeof line, "line %d of the comparison\n", i);
        strcat(text, line);
    }
    const MkMsg result = {.kind = MK_MSG_RESULT, .line = "compare hba1c", .text = text};
    mk_app_update(fixture->app, &result, &fixture->effects);
    fixture_keys(fixture, " j/line 4\r");
}

static void test_result_is_read_like_a_page(void **state)
{
    (void)state;
    assert_three("result", read_result);
}

static void test_a_long_remark_can_be_read_whole(void **state)
{
    (void)state;
    Fixture *fixture = working(60, 16, false);
    const MkMsg result = {.kind = MK_MSG_RESULT,
                          .line = "plot hba1c vs bmi",
                          .text = "Parts of the axis are rare together with what is known.\n"};
    mk_app_update(fixture->app, &result, &fixture->effects);
    assert_int_equal(mk_app_screen(fixture->app), MK_SCREEN_MAIN);
    assert_screen(fixture, "remark-60x16");
    fixture_keys(fixture, "r");
    assert_int_equal(mk_app_screen(fixture->app), MK_SCREEN_RESULT);
    fixture_free(fixture);
}

static void type_command(Fixture *fixture)
{
    static const MkCandidate words[] = {{"height", "Height, cm"},
                                        {"hba1c", "Glycohemoglobin (HbA1c), %"},
                                        {"hdl_cholesterol", "HDL cholesterol, mg/dL"}};
    const MkMsg prompt = {
        .kind = MK_MSG_PROMPT, .text = "plot h", .point = 6, .candidates = words, .n = 3};
    mk_app_update(fixture->app, &prompt, &fixture->effects);
}

static void test_prompt_shows_what_can_come_next(void **state)
{
    (void)state;
    assert_three("prompt", type_command);
}

/* Tab goes through the ways: the one in the line is marked, and how many more there are is told. */
static void choose_command(Fixture *fixture)
{
    static const MkCandidate words[] = {{"height", "Height, cm"},
                                        {"hba1c", "Glycohemoglobin (HbA1c), %"}};
    const MkMsg prompt = {.kind = MK_MSG_PROMPT,
                          .text = "plot hba1c",
                          .point = 10,
                          .candidates = words,
                          .n = 2,
                          .n_more = 12,
                          .chosen = 2};
    mk_app_update(fixture->app, &prompt, &fixture->effects);
}

static void test_prompt_shows_which_way_tab_chose(void **state)
{
    (void)state;
    assert_three("chosen", choose_command);
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

static void leave(Fixture *fixture)
{
    fixture_keys(fixture, "q");
    assert_int_equal(fixture->effects.n, 0);
}

static void test_leaving_with_unsaved_work_asks(void **state)
{
    (void)state;
    assert_three("quit", leave);
}

static void test_leaving_while_a_command_runs_asks(void **state)
{
    (void)state;
    Fixture *fixture = fixture_new(80, 24, false);
    fixture_answers(fixture);
    const MkMsg busy = {.kind = MK_MSG_BUSY,
                        .text = "train: network  12 %  loss 2.268  3 min left"};
    mk_app_update(fixture->app, &busy, &fixture->effects);
    assert_screen(fixture, "busy-80x24");
    leave(fixture);
    assert_screen(fixture, "quit-busy-80x24");
    fixture_keys(fixture, "q");
    assert_int_equal(fixture->effects.n, 1);
    assert_int_equal(fixture->effects.asks[0].kind, MK_ASK_QUIT);
    fixture_free(fixture);
}

static void come_back(Fixture *fixture)
{
    const MkMsg msg = {.kind = MK_MSG_RESCUED, .text = "/home/ada/rescued.scenario"};
    mk_app_update(fixture->app, &msg, &fixture->effects);
}

static void test_work_that_was_cut_off_is_offered(void **state)
{
    (void)state;
    assert_three("rescued", come_back);
    Fixture *fixture = working(80, 24, false);
    come_back(fixture);
    fixture_keys(fixture, "\r");
    assert_int_equal(fixture->effects.n, 1);
    assert_string_equal(fixture->effects.asks[0].text, "run '/home/ada/rescued.scenario'");
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
        cmocka_unit_test(test_what_was_never_seen_together_is_told_under_the_plot),
        cmocka_unit_test(test_ascii_screen_says_the_same),
        cmocka_unit_test(test_estimates_being_renewed_look_so),
        cmocka_unit_test(test_order_by_shift_puts_the_largest_first),
        cmocka_unit_test(test_search_narrows_the_list_while_typing),
        cmocka_unit_test(test_number_editor_checks_while_typing),
        cmocka_unit_test(test_typing_replaces_a_value_that_was_there),
        cmocka_unit_test(test_level_picker_marks_several),
        cmocka_unit_test(test_help_lists_keys_and_commands),
        cmocka_unit_test(test_result_is_read_like_a_page),
        cmocka_unit_test(test_a_long_remark_can_be_read_whole),
        cmocka_unit_test(test_prompt_shows_what_can_come_next),
        cmocka_unit_test(test_prompt_shows_which_way_tab_chose),
        cmocka_unit_test(test_errors_stand_above_the_hints),
        cmocka_unit_test(test_leaving_with_unsaved_work_asks),
        cmocka_unit_test(test_leaving_while_a_command_runs_asks),
        cmocka_unit_test(test_work_that_was_cut_off_is_offered),
        cmocka_unit_test(test_missing_gnuplot_is_said_in_the_pane),
        cmocka_unit_test(test_small_terminals_are_told_what_is_needed),
        cmocka_unit_test(test_no_size_breaks_a_screen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
