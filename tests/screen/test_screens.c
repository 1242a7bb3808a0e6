/* test_screens.c - the screens over the main one, each in three sizes and without colours. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "tests/screen/fixture.h"
#include "tests/screen/results.h"

#include <stdio.h>
#include <string.h>

#include "ui/view/screen.h"
#include "ui/view/view.h"

static const char *const three[] = {"age", "45", "sex", "male", "sleep_hours", "5", NULL};
static const char *const one[] = {"hba1c", NULL};

static void open_in(const char *name, size_t columns, size_t rows, bool is_mono,
                    void (*enter)(Fixture *fixture))
{
    Fixture *fixture = fixture_new(columns, rows, false);
    char file[96];
    fixture_given(fixture, three, one);
    fixture_answers(fixture);
    enter(fixture);
    if (is_mono) {
        snprintf(file, sizeof file, "%s-mono", name);
        assert_mono_screen(fixture, file);
    } else {
        snprintf(file, sizeof file, "%s-%zux%zu", name, columns, rows);
        assert_screen(fixture, file);
    }
    fixture_free(fixture);
}

static void assert_all(const char *name, void (*enter)(Fixture *fixture))
{
    open_in(name, 120, 36, false, enter);
    open_in(name, 80, 24, false, enter);
    open_in(name, 60, 16, false, enter);
    open_in(name, 80, 24, true, enter);
}

static void assert_ask(const Fixture *fixture, MkAskKind kind, const char *text)
{
    assert_int_equal(fixture->effects.n, 1);
    assert_int_equal(fixture->effects.asks[0].kind, kind);
    assert_string_equal(fixture->effects.asks[0].text, text);
}

static Fixture *start(void)
{
    Fixture *fixture = fixture_new(120, 36, false);
    fixture_given(fixture, three, one);
    fixture_answers(fixture);
    return fixture;
}

static void read_card(Fixture *fixture)
{
    fixture_keys(fixture, "m");
    fixture_result(fixture, result_card(), "model card");
}

/* ---- scenarios ---- */

static void compared(Fixture *fixture, size_t n)
{
    fixture_scenarios(fixture, n);
    fixture_keys(fixture, "s");
    fixture_result(fixture, result_compare(n), fixture->effects.asks[0].text);
    fixture_plot(fixture);
}

static void compare_three(Fixture *fixture)
{
    compared(fixture, 3);
}

static void compare_two(Fixture *fixture)
{
    compared(fixture, 2);
    fixture_keys(fixture, "\tjB"); /* the list has the keys */
}

static void open_without_scenarios(Fixture *fixture)
{
    fixture_keys(fixture, "s");
}

static void edit_value(Fixture *fixture)
{
    compared(fixture, 3);
    fixture_keys(fixture, "\tj\tjj\r");
}

static void test_scenarios_stand_side_by_side(void **state)
{
    (void)state;
    assert_all("scenarios", compare_three);
    assert_all("scenarios-two", compare_two);
    assert_all("scenarios-none", open_without_scenarios);
    assert_all("scenarios-value", edit_value);
}

static void assert_ascii(const char *name, void (*enter)(Fixture *fixture))
{
    Fixture *fixture = fixture_new(80, 24, true);
    fixture_given(fixture, three, one);
    fixture_answers(fixture);
    enter(fixture);
    assert_screen(fixture, name);
    fixture_free(fixture);
}

static void test_ascii_screens_say_the_same(void **state)
{
    (void)state;
    assert_ascii("scenarios-two-80x24-ascii", compare_two);
    assert_ascii("card-80x24-ascii", read_card);
}

/* Scenarios, unsaved work and support stand whole in the title. */
static void test_the_state_comes_before_the_count_of_attributes(void **state)
{
    (void)state;
    Fixture *fixture = fixture_new(80, 24, false);
    fixture_given(fixture, three, one);
    fixture_answers(fixture);
    fixture_scenarios(fixture, 3);
    fixture_answers(fixture);
    assert_screen(fixture, "state-80x24");
    fixture_free(fixture);
}

static void test_scenario_keys_are_lines(void **state)
{
    (void)state;
    Fixture *fixture = start();
    fixture_scenarios(fixture, 3);
    fixture_keys(fixture, "s");
    assert_ask(fixture, MK_ASK_RUN, "compare across normal unhealthy walker");
    fixture_result(fixture, result_compare(3), "compare");
    assert_int_equal(mk_app_screen(fixture->app), MK_SCREEN_SCENARIOS);
    fixture_keys(fixture, "A");
    assert_ask(fixture, MK_ASK_RUN, "compare --all across normal unhealthy walker");
    fixture_keys(fixture, "A\tj\r");
    assert_ask(fixture, MK_ASK_PROMPT, "scenario unhealthy bmi=34 smoking=current");
    fixture_keys(fixture, "B");
    assert_ask(fixture, MK_ASK_RUN, "compare across unhealthy normal walker");
    fixture_keys(fixture, "c");
    assert_ask(fixture, MK_ASK_PROMPT, "scenario unhealthy_2 from unhealthy ");
    fixture_keys(fixture, "f");
    assert_ask(fixture, MK_ASK_RUN, "scenario unhealthy --drop");
    fixture_keys(fixture, "a");
    assert_ask(fixture, MK_ASK_PROMPT, "scenario ");
    fixture_keys(fixture, "\tgjjj\r27\r"); /* bmi of the chosen scenario */
    assert_ask(fixture, MK_ASK_RUN, "scenario unhealthy from unhealthy bmi=27");
    fixture_keys(fixture, "\r");
    fixture_key(fixture, MK_KEY_CTRL('F'));
    assert_ask(fixture, MK_ASK_RUN, "scenario unhealthy smoking=current");
    fixture_keys(fixture, "p"); /* bmi has no figure yet */
    assert_ask(fixture, MK_ASK_RUN, "compare bmi across unhealthy normal walker");
    fixture_keys(fixture, "t");
    assert_ask(fixture, MK_ASK_RUN, "target bmi");
    fixture_free(fixture);
}

static void test_two_marked_scenarios_are_told_apart(void **state)
{
    (void)state;
    Fixture *fixture = start();
    compared(fixture, 3);
    const size_t first = mk_app_attribute(fixture->app);
    fixture_keys(fixture, "jj\tj  d");
    assert_ask(fixture, MK_ASK_RUN, "compare --all across unhealthy walker");
    fixture_result(fixture, result_compare(3), "compare --all across unhealthy walker");
    assert_int_equal(mk_app_attribute(fixture->app), first); /* what differs most */
    fixture_keys(fixture, "\033"); /* back to all of them, not off the screen */
    assert_ask(fixture, MK_ASK_RUN, "compare across normal unhealthy walker");
    assert_int_equal(mk_app_screen(fixture->app), MK_SCREEN_SCENARIOS);
    fixture_keys(fixture, "\033");
    assert_int_equal(mk_app_screen(fixture->app), MK_SCREEN_MAIN);
    fixture_free(fixture);
}

static void test_the_only_two_need_no_marks(void **state)
{
    (void)state;
    Fixture *fixture = start();
    compared(fixture, 2);
    fixture_keys(fixture, "d");
    assert_ask(fixture, MK_ASK_RUN, "compare --all across normal unhealthy");
    fixture_free(fixture);
}

static void test_a_changed_scenario_is_compared_anew(void **state)
{
    (void)state;
    Fixture *fixture = start();
    compared(fixture, 3);
    fixture_scenarios(fixture, 2);
    assert_ask(fixture, MK_ASK_RUN, "compare across normal unhealthy");
    fixture_scenarios(fixture, 1);
    assert_int_equal(fixture->effects.n, 0); /* one alone is no comparison */
    fixture_free(fixture);
}

static void test_the_chosen_row_keeps_the_cursor_when_more_comes_in(void **state)
{
    (void)state;
    Fixture *fixture = start();
    compared(fixture, 2);
    fixture_keys(fixture, "j");
    assert_int_equal(mk_app_attribute(fixture->app), fixture_id(fixture, "hdl_cholesterol"));
    MkResult *more = result_compare(2);
    const MkMsg msg = {.kind = MK_MSG_PARTIAL, .line = "compare", .text = "", .result = more};
    mk_app_update(fixture->app, &msg, &fixture->effects);
    mk_result_free(more);
    assert_int_equal(mk_app_attribute(fixture->app), fixture_id(fixture, "hdl_cholesterol"));
    fixture_keys(fixture, "/cat:body\r");
    assert_int_equal(mk_app_attribute(fixture->app), fixture_id(fixture, "bmi"));
    fixture_keys(fixture, "\033SSS"); /* the second column of numbers */
    fixture_keys(fixture, "I");
    assert_int_equal(mk_app_screen(fixture->app), MK_SCREEN_SCENARIOS);
    fixture_free(fixture);
}

/* ---- the session's lines ---- */

static void read_log(Fixture *fixture)
{
    fixture_line(fixture, "given age=45 sex=male", "");
    fixture_line(fixture, "estimate hba1x", "no attribute hba1x; nearest: hba1c");
    fixture_line(fixture, "estimate hba1c", "");
    fixture_line(fixture, "scenario unhealthy from normal smoking=current bmi=34 sleep_hours=5",
                 "");
    fixture_keys(fixture, "Lkk");
}

static void test_log_gives_lines_the_room_of_errors_that_are_none(void **state)
{
    (void)state;
    Fixture *fixture = fixture_new(60, 16, false);
    fixture_line(fixture, "scenario unhealthy smoking=current bmi=34 sleep=5", "");
    fixture_keys(fixture, "L");
    assert_screen(fixture, "log-fine-60x16");
    fixture_free(fixture);
}

static void test_log_shows_what_was_run_and_what_failed(void **state)
{
    (void)state;
    assert_all("log", read_log);
    Fixture *fixture = start();
    read_log(fixture);
    fixture_keys(fixture, "e");
    assert_ask(fixture, MK_ASK_PROMPT, "estimate hba1x");
    fixture_keys(fixture, "j\r");
    assert_ask(fixture, MK_ASK_RUN, "estimate hba1c");
    fixture_keys(fixture, "/failed\r\r");
    assert_ask(fixture, MK_ASK_RUN, "estimate hba1x");
    fixture_free(fixture);
}

/* ---- the model's card ---- */

static void test_card_is_read_like_a_page(void **state)
{
    (void)state;
    assert_all("card", read_card);
    Fixture *fixture = start();
    fixture_keys(fixture, "m");
    assert_ask(fixture, MK_ASK_RUN, "model card");
    read_card(fixture);
    assert_int_equal(mk_app_screen(fixture->app), MK_SCREEN_CARD);
    fixture_keys(fixture, "q");
    assert_int_equal(mk_app_screen(fixture->app), MK_SCREEN_MAIN);
    fixture_free(fixture);
}

/* ---- the main screen's lists ---- */

static void order_by_spread(Fixture *fixture)
{
    fixture_given(fixture, three, one);
    fixture_other_answers(fixture);
    fixture_keys(fixture, "SS");
}

static void pin(Fixture *fixture)
{
    static const char *const more[] = {"age", "45",     "sex", "male", "sleep_hours",
                                       "5",   "weight", "120", NULL};
    fixture_keys(fixture, "PS");
    fixture_given(fixture, more, one);
    fixture_other_answers(fixture);
}

static void mark(Fixture *fixture)
{
    fixture_keys(fixture, "/cat:blood type:positive -mg\r   ");
}

static void begin_search(Fixture *fixture)
{
    fixture_keys(fixture, "/");
}

static void test_main_list_orders_pins_and_marks(void **state)
{
    (void)state;
    assert_all("spread", order_by_spread);
    assert_all("pin", pin);
    assert_all("marks", mark);
    assert_all("search-words", begin_search);
}

static void test_what_went_into_a_file_is_told_and_not_shown(void **state)
{
    (void)state;
    Fixture *fixture = start();
    fixture_scenarios(fixture, 3);
    MkResult *result = result_compare(3);
    (void)mk_result_add_effect(result, MK_EFFECT_WRITE, "c.csv");
    const MkMsg msg = {.kind = MK_MSG_RESULT,
                       .line = "compare -o c.csv",
                       .text = "wrote c.csv\n",
                       .result = result};
    mk_app_update(fixture->app, &msg, &fixture->effects);
    mk_result_free(result);
    assert_int_equal(mk_app_screen(fixture->app), MK_SCREEN_MAIN);
    assert_string_equal(fixture->app->message, ":compare -o c.csv   wrote c.csv");
    fixture_free(fixture);
}

static void test_results_without_a_screen_are_text(void **state)
{
    (void)state;
    Fixture *fixture = start();
    MkResult *list = mk_result_new("model"); /* `model list`: no card */
    (void)mk_node_object(list, NULL, NULL);
    fixture_result(fixture, list, "model list");
    assert_int_equal(mk_app_screen(fixture->app), MK_SCREEN_MAIN); /* one line: above the hints */
    const MkMsg msg = {.kind = MK_MSG_RESULT, .line = "support", .text = "a\nb\n"};
    mk_app_update(fixture->app, &msg, &fixture->effects);
    assert_int_equal(mk_app_screen(fixture->app), MK_SCREEN_RESULT);
    fixture_free(fixture);
}

static void test_no_size_breaks_a_screen(void **state)
{
    (void)state;
    static void (*const enter[])(Fixture *) = {compare_three, compare_two, open_without_scenarios,
                                               edit_value,    read_log,    read_card,
                                               pin,           mark};
    for (size_t columns = 0; columns <= 200; columns += columns < 70 ? 9 : 23) {
        for (size_t rows = 0; rows <= 50; rows += rows < 20 ? 3 : 11) {
            for (size_t k = 0; k < sizeof enter / sizeof *enter; k++) {
                Fixture *fixture = start();
                enter[k](fixture);
                const MkMsg resize = {.kind = MK_MSG_RESIZE, .columns = columns, .rows = rows};
                mk_app_update(fixture->app, &resize, &fixture->effects);
                fixture_keys(fixture, "jk\t\tlh");
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
        cmocka_unit_test(test_scenarios_stand_side_by_side),
        cmocka_unit_test(test_ascii_screens_say_the_same),
        cmocka_unit_test(test_the_state_comes_before_the_count_of_attributes),
        cmocka_unit_test(test_scenario_keys_are_lines),
        cmocka_unit_test(test_two_marked_scenarios_are_told_apart),
        cmocka_unit_test(test_the_only_two_need_no_marks),
        cmocka_unit_test(test_a_changed_scenario_is_compared_anew),
        cmocka_unit_test(test_the_chosen_row_keeps_the_cursor_when_more_comes_in),
        cmocka_unit_test(test_log_gives_lines_the_room_of_errors_that_are_none),
        cmocka_unit_test(test_log_shows_what_was_run_and_what_failed),
        cmocka_unit_test(test_card_is_read_like_a_page),
        cmocka_unit_test(test_main_list_orders_pins_and_marks),
        cmocka_unit_test(test_what_went_into_a_file_is_told_and_not_shown),
        cmocka_unit_test(test_results_without_a_screen_are_text),
        cmocka_unit_test(test_no_size_breaks_a_screen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
