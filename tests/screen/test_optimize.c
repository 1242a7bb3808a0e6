/* The optimize screen, with results made by hand. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "tests/screen/fixture.h"

#include <string.h>

/* Verbs that keys stand for, and no others: their list grows elsewhere. */
static const MkVerb verbs[] = {
    {.name = "given", .usage = "given A=V ...", .help = "", .manual = "", .keys = ""},
    {.name = "optimize", .usage = "optimize MEASURE", .help = "", .manual = "", .keys = ""},
    {.name = "export", .usage = "export FILE", .help = "", .manual = "", .keys = ""},
    {.name = "undo", .usage = "undo", .help = "", .manual = "", .keys = ""},
    {.name = "help", .usage = "help", .help = "", .manual = "", .keys = ""},
};

typedef struct Change {
    const char *attribute;
    double from, to, effort, worth;
    const char *level_from, *level_to;
} Change;

typedef struct Solution {
    double value, low, high, reach, effort, support;
    const char *line;
    size_t n;
    Change changes[3];
    double waist;
    bool fails;
} Solution;

static const Solution solutions[] = {
    {5.5,
     5.0,
     6.6,
     0.36,
     0.5,
     0.62,
     "given fiber_g=24.0",
     1,
     {{"fiber_g", 15.8, 24, 0.5, -0.1, NULL, NULL}},
     106.2,
     false},
    {5.4,
     4.9,
     6.4,
     0.71,
     1.1,
     0.41,
     "given bmi=24.5",
     1,
     {{"bmi", 31, 24.5, 1.1, -0.2, NULL, NULL}},
     89.4,
     false},
    {5.3,
     4.8,
     6.2,
     1,
     2.6,
     0.07,
     "given bmi=24.0 smoking=former fiber_g=24.0",
     3,
     {{"bmi", 31, 24, 1.2, -0.2, NULL, NULL},
      {"smoking", 0, 0, 1, -0.05, "current", "former"},
      {"fiber_g", 15.8, 24, 0.4, -0.04, NULL, NULL}},
     88.1,
     false},
};
enum { N_SOLUTIONS = sizeof solutions / sizeof *solutions };

static void put_change(MkResult *r, MkNode *list, const Change *change)
{
    MkNode *node = mk_node_object(r, list, NULL);
    (void)mk_node_string(r, node, "attribute", change->attribute);
    if (change->level_from != NULL) {
        (void)mk_node_string(r, node, "from", change->level_from);
        (void)mk_node_string(r, node, "to", change->level_to);
    } else {
        (void)mk_node_number(r, node, "from", change->from);
        (void)mk_node_number(r, node, "to", change->to);
    }
    (void)mk_node_number(r, node, "effort", change->effort);
    (void)mk_node_number(r, node, "worth", change->worth);
}

static void put_limit(MkResult *r, MkNode *parent, double waist)
{
    MkNode *node = mk_node_object(r, mk_node_array(r, parent, "limits"), NULL);
    (void)mk_node_string(r, node, "text", "median of waist ≤ 100 cm");
    (void)mk_node_number(r, node, "value", waist);
    (void)mk_node_number(r, node, "bound", 100);
    (void)mk_node_number(r, node, "slack", 100 - waist);
    (void)mk_node_bool(r, node, "holds", waist <= 100);
}

static void put_interval(MkResult *r, MkNode *parent, double low, double high)
{
    MkNode *interval = mk_node_object(r, parent, "interval");
    (void)mk_node_number(r, interval, "level", 0.9);
    (void)mk_node_number(r, interval, "low", low);
    (void)mk_node_number(r, interval, "high", high);
}

static void put_solution(MkResult *r, MkNode *list, const Solution *solution)
{
    MkNode *node = mk_node_object(r, list, NULL);
    (void)mk_node_number(r, node, "value", solution->value);
    put_interval(r, node, solution->low, solution->high);
    (void)mk_node_number(r, node, "change", solution->value - 5.6);
    (void)mk_node_number(r, node, "reach", solution->reach);
    (void)mk_node_number(r, node, "effort", solution->effort);
    (void)mk_node_number(r, node, "support", solution->support);
    (void)mk_node_bool(r, node, "holds", solution->waist <= 100);
    (void)mk_node_string(r, node, "line", solution->line);
    MkNode *given = mk_node_object(r, node, "given");
    (void)mk_node_number(r, given, "age", 48);
    MkNode *range = mk_node_object(r, given, "sleep_hours");
    (void)mk_node_number(r, range, "low", 6.5);
    MkNode *set = mk_node_array(r, given, "smoking");
    (void)mk_node_string(r, set, NULL, "never");
    (void)mk_node_string(r, set, NULL, "former");
    (void)mk_node_number(r, given, "bmi", 24.5);
    MkNode *changes = mk_node_array(r, node, "changes");
    for (size_t i = 0; i < solution->n; i++) {
        put_change(r, changes, &solution->changes[i]);
    }
    put_limit(r, node, solution->waist);
}

static void put_inputs(MkResult *r, MkNode *root)
{
    static const struct {
        const char *name;
        double low, high;
    } numbers[] = {{"bmi", 19.7, 38.2}, {"fiber_g", 6, 41}};
    MkNode *list = mk_node_array(r, root, "inputs");
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        MkNode *node = mk_node_object(r, list, NULL);
        (void)mk_node_string(r, node, "attribute", numbers[i].name);
        (void)mk_node_number(r, node, "low", numbers[i].low);
        (void)mk_node_number(r, node, "high", numbers[i].high);
    }
    MkNode *node = mk_node_object(r, list, NULL);
    (void)mk_node_string(r, node, "attribute", "smoking");
    MkNode *levels = mk_node_array(r, node, "levels");
    (void)mk_node_string(r, levels, NULL, "never");
    (void)mk_node_string(r, levels, NULL, "former");
}

static MkResult *make(size_t n)
{
    MkResult *r = mk_result_new("optimize");
    assert_non_null(r);
    (void)mk_result_add_table(
        r, "altair · given age 48 years, bmi 31 kg/m² · median of hba1c as low as it gets", 0, 0);
    (void)mk_result_add_figure(r, "before and after");
    (void)mk_result_add_figure(r, "changes");
    for (size_t i = 1; i < n; i++) {
        (void)mk_result_add_figure(r, "another one");
    }
    MkNode *root = mk_node_object(r, NULL, NULL);
    MkNode *goal = mk_node_object(r, root, "goal");
    (void)mk_node_string(r, goal, "attribute", "hba1c");
    (void)mk_node_string(r, goal, "text", "median of hba1c");
    (void)mk_node_bool(r, goal, "is_probability", false);
    (void)mk_node_string(r, goal, "aim", "min");
    (void)mk_node_number(r, root, "floor", 0.05);
    MkNode *start = mk_node_object(r, root, "start");
    (void)mk_node_number(r, start, "value", 5.6);
    put_interval(r, start, 5.1, 6.8);
    (void)mk_node_number(r, start, "support", 0.58);
    put_inputs(r, root);
    MkNode *list = mk_node_array(r, root, "solutions");
    for (size_t i = 0; i < n; i++) {
        put_solution(r, list, &solutions[i]);
    }
    (void)mk_node_number(r, root, "best", (double)n - 1);
    (void)mk_node_number(r, root, "evaluations", 5200);
    if (n > 0) {
        mk_result_note(r, "What ends the way of solution %zu: support is down to 7 %%.", n);
    } else {
        mk_result_note(r, "No allowed values of these inputs move median of hba1c.");
    }
    mk_result_note(r, "Effort is the sum of the changes in population sd.");
    mk_result_note(r, "This is association in the data, not causation.");
    return r;
}

static void send(Fixture *fixture, MkMsgKind kind, const char *line, MkResult *result)
{
    const MkMsg msg = {.kind = kind, .line = line, .result = result, .text = ""};
    mk_app_update(fixture->app, &msg, &fixture->effects);
    mk_result_free(result);
}

static const char LINE[] = "optimize hba1c min over bmi, fiber_g, smoking subject to waist<=100";

static Fixture *workbench(size_t columns, size_t rows)
{
    Fixture *fixture = fixture_new(columns, rows, false);
    fixture->app->config.verbs = verbs;
    fixture->app->config.n_verbs = sizeof verbs / sizeof *verbs;
    fixture_answers(fixture);
    return fixture;
}

static void pictured(Fixture *fixture)
{
    const MkPlotWish wish = mk_app_plot_wish(fixture->app);
    const MkMsg plot = {.kind = MK_MSG_PLOT, .wish = &wish, .text = "(the plot)\n"};
    mk_app_update(fixture->app, &plot, &fixture->effects);
}

static void test_solutions_are_rows_and_the_chosen_one_stands_below(void **state)
{
    (void)state;
    static const struct {
        size_t columns, rows;
        const char *name;
    } sizes[] = {
        {120, 36, "optimize-120x36"}, {80, 24, "optimize-80x24"}, {60, 16, "optimize-60x16"}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        Fixture *fixture = workbench(sizes[i].columns, sizes[i].rows);
        send(fixture, MK_MSG_RESULT, LINE, make(N_SOLUTIONS));
        fixture_keys(fixture, "jj");
        pictured(fixture);
        assert_screen(fixture, sizes[i].name);
        fixture_free(fixture);
    }
}

static void test_without_colours_it_says_the_same(void **state)
{
    (void)state;
    Fixture *fixture = workbench(80, 24);
    send(fixture, MK_MSG_RESULT, LINE, make(N_SOLUTIONS));
    fixture_keys(fixture, "jj");
    assert_mono_screen(fixture, "optimize-mono");
    fixture_free(fixture);
}

static void test_what_there_is_so_far_is_shown(void **state)
{
    (void)state;
    Fixture *fixture = workbench(80, 24);
    send(fixture, MK_MSG_PARTIAL, LINE, make(1));
    const MkMsg busy = {.kind = MK_MSG_BUSY, .text = "optimize: median of hba1c 5.5 %"};
    mk_app_update(fixture->app, &busy, &fixture->effects);
    assert_screen(fixture, "optimize-running-80x24");
    fixture_keys(fixture, "j");
    send(fixture, MK_MSG_PARTIAL, LINE, make(2));
    send(fixture, MK_MSG_RESULT, LINE, make(3));
    assert_int_equal(mk_app_screen(fixture->app), MK_SCREEN_OPTIMIZE);
    fixture_free(fixture);
}

static void test_a_screen_that_was_left_stays_closed_while_results_come(void **state)
{
    (void)state;
    Fixture *fixture = workbench(80, 24);
    send(fixture, MK_MSG_PARTIAL, LINE, make(1));
    assert_int_equal(mk_app_screen(fixture->app), MK_SCREEN_OPTIMIZE);
    fixture_keys(fixture, "\033");
    send(fixture, MK_MSG_PARTIAL, LINE, make(2));
    assert_int_equal(mk_app_screen(fixture->app), MK_SCREEN_MAIN);
    send(fixture, MK_MSG_RESULT, LINE, make(3));
    assert_int_equal(mk_app_screen(fixture->app), MK_SCREEN_MAIN);
    assert_non_null(strstr(fixture->app->message, "is done; its screen was left"));
    send(fixture, MK_MSG_RESULT, LINE, make(3)); /* asked again */
    assert_int_equal(mk_app_screen(fixture->app), MK_SCREEN_OPTIMIZE);
    fixture_free(fixture);
}

/* A screen over it is not taken away either; and work that failed leaves nothing behind. */
static void test_a_screen_over_it_stays_on_top_while_results_come(void **state)
{
    (void)state;
    Fixture *fixture = workbench(80, 24);
    send(fixture, MK_MSG_PARTIAL, LINE, make(1));
    fixture_keys(fixture, "?");
    send(fixture, MK_MSG_PARTIAL, LINE, make(2));
    assert_int_equal(mk_app_screen(fixture->app), MK_SCREEN_HELP);
    fixture_line(fixture, LINE, "interrupted");
    fixture_keys(fixture, "\033\033");
    assert_int_equal(mk_app_screen(fixture->app), MK_SCREEN_MAIN);
    send(fixture, MK_MSG_PARTIAL, LINE, make(1));
    assert_int_equal(mk_app_screen(fixture->app), MK_SCREEN_OPTIMIZE);
    fixture_free(fixture);
}

static void test_no_solution_says_why(void **state)
{
    (void)state;
    Fixture *fixture = workbench(80, 24);
    send(fixture, MK_MSG_RESULT, LINE, make(0));
    assert_screen(fixture, "optimize-nothing-80x24");
    fixture_keys(fixture, "\r");
    assert_int_equal(fixture->effects.n, 0);
    fixture_free(fixture);
}

static void assert_asked(const Fixture *fixture, MkAskKind kind, const char *text)
{
    assert_int_equal(fixture->effects.n, 1);
    assert_int_equal(fixture->effects.asks[0].kind, kind);
    assert_string_equal(fixture->effects.asks[0].text, text);
}

static void test_keys_are_lines(void **state)
{
    (void)state;
    Fixture *fixture = workbench(80, 24);
    send(fixture, MK_MSG_RESULT, LINE, make(N_SOLUTIONS));
    fixture_keys(fixture, "j\r");
    assert_asked(fixture, MK_ASK_RUN, "given bmi=24.5");
    fixture_keys(fixture, "o");
    assert_asked(fixture, MK_ASK_PROMPT, LINE);
    fixture_keys(fixture, "R");
    assert_asked(fixture, MK_ASK_RUN, LINE);
    fixture_free(fixture);
}

static void test_evidence_of_the_line_is_applied_with_the_solution(void **state)
{
    (void)state;
    Fixture *fixture = workbench(80, 24);
    send(fixture, MK_MSG_RESULT, "optimize hba1c min over bmi given age=48", make(N_SOLUTIONS));
    fixture_keys(fixture, "j\r");
    assert_asked(fixture, MK_ASK_RUN,
                 "given age=48 sleep_hours=6.5.. smoking={never,former} bmi=24.5");
    fixture_free(fixture);
}

static void test_the_picture_is_of_the_row_and_tab_shows_the_changes(void **state)
{
    (void)state;
    Fixture *fixture = workbench(120, 36);
    send(fixture, MK_MSG_RESULT, LINE, make(N_SOLUTIONS));
    assert_int_equal(mk_app_plot_wish(fixture->app).figure, 2); /* the third is the best: 0 */
    fixture_keys(fixture, "j");
    assert_int_equal(mk_app_plot_wish(fixture->app).figure, 3);
    fixture_keys(fixture, "j");
    assert_int_equal(mk_app_plot_wish(fixture->app).figure, 0);
    fixture_keys(fixture, "\t");
    assert_int_equal(mk_app_plot_wish(fixture->app).figure, 1);
    fixture_keys(fixture, "k");
    assert_int_equal(mk_app_plot_wish(fixture->app).figure, 1);
    fixture_keys(fixture, "\t");
    assert_int_equal(mk_app_plot_wish(fixture->app).figure, 3);
    fixture_free(fixture);
}

static void test_a_goal_that_is_known_is_forgotten_with_the_solution(void **state)
{
    (void)state;
    Fixture *fixture = workbench(80, 24);
    const char *const none[] = {NULL};
    const char *const known[] = {"age", "48", "hba1c", "6.1", NULL};
    fixture_given(fixture, known, none);
    send(fixture, MK_MSG_RESULT, LINE, make(N_SOLUTIONS));
    fixture_keys(fixture, "j\r");
    assert_asked(fixture, MK_ASK_RUN,
                 "given --only age=48 sleep_hours=6.5.. smoking={never,former} bmi=24.5");
    fixture_free(fixture);
}

static void test_o_begins_the_line_with_what_is_known_or_marked(void **state)
{
    (void)state;
    Fixture *fixture = workbench(120, 36);
    const char *const none[] = {NULL};
    const char *const known[] = {"age", "48", "bmi", "31", NULL};
    fixture_given(fixture, known, none);
    fixture_keys(fixture, "/hba1c\ro");
    assert_asked(fixture, MK_ASK_PROMPT, "optimize hba1c min over ");
    fixture_keys(fixture, "\033/bmi\r \033/hba1c\ro");
    assert_asked(fixture, MK_ASK_PROMPT, "optimize hba1c min over bmi");
    fixture_keys(fixture, "\033");
    fixture_free(fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_solutions_are_rows_and_the_chosen_one_stands_below),
        cmocka_unit_test(test_without_colours_it_says_the_same),
        cmocka_unit_test(test_what_there_is_so_far_is_shown),
        cmocka_unit_test(test_a_screen_that_was_left_stays_closed_while_results_come),
        cmocka_unit_test(test_a_screen_over_it_stays_on_top_while_results_come),
        cmocka_unit_test(test_no_solution_says_why),
        cmocka_unit_test(test_keys_are_lines),
        cmocka_unit_test(test_evidence_of_the_line_is_applied_with_the_solution),
        cmocka_unit_test(test_the_picture_is_of_the_row_and_tab_shows_the_changes),
        cmocka_unit_test(test_a_goal_that_is_known_is_forgotten_with_the_solution),
        cmocka_unit_test(test_o_begins_the_line_with_what_is_known_or_marked),
    };
    return cmocka_run_group_tests_name("optimize screen", tests, NULL, NULL);
}
