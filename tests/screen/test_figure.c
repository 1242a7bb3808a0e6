/* The plot on the whole screen, and the question about pasted lines. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "tests/screen/fixture.h"

#include <stdlib.h>
#include <string.h>

#include "ui/view/figure.h"

/* Known values, answers, and the whole-screen plot of an attribute. */
static Fixture *whole(size_t columns, size_t rows, const char *name)
{
    Fixture *fixture = fixture_new(columns, rows, false);
    static const char *const given[] = {"age", "45", "sex", "male", "bmi", "31", NULL};
    static const char *const targets[] = {"hba1c", NULL};
    char keys[64];
    fixture_given(fixture, given, targets);
    fixture_answers(fixture);
    (void)snprintf(keys, sizeof keys, "/%s\rZ", name);
    fixture_keys(fixture, keys);
    fixture_plot(fixture);
    return fixture;
}

static void put_cells(MkResult *result, MkResultTable *table, size_t row, const char *const *cells)
{
    for (size_t j = 0; j < 4; j++) {
        mk_result_table_cell(result, table, row, j, cells[j], NULL);
    }
}

/* What `plot hba1c vs bmi` finds: two pictures and a table. */
static MkResult *against_bmi(void)
{
    static const char *const heads[] = {"bmi", "Median", "50 % interval", "90 % interval"};
    static const char *const cells[][4] = {
        {"18.2", "5.2", "5.0 – 5.5", "4.7 – 5.8"}, {"22.6", "5.3", "5.1 – 5.6", "4.8 – 6.1"},
        {"27", "5.4", "5.2 – 5.7", "4.9 – 6.4"},   {"31.3", "5.5", "5.3 – 5.8", "4.9 – 6.8"},
        {"35.7", "5.5", "5.3 – 5.8", "5.0 – 7.3"}, {"40.1", "5.6", "5.4 – 5.9", "5.0 – 7.6"},
        {"44.5", "5.6", "5.4 – 6.0", "5.1 – 7.9"}, {"48.9", "5.7", "5.4 – 6.1", "5.1 – 8.3"},
        {"53.3", "5.7", "5.4 – 6.2", "5.1 – 8.5"},
    };
    MkResult *result = mk_result_new("plot");
    MkResultTable *table = mk_result_add_table(result, "", 4, 9);
    for (size_t j = 0; j < 4; j++) {
        mk_result_table_header(result, table, j, heads[j], heads[j],
                               j < 2 ? MK_ALIGN_RIGHT : MK_ALIGN_LEFT);
    }
    for (size_t i = 0; i < 9; i++) {
        put_cells(result, table, i, cells[i]);
    }
    (void)mk_result_add_figure(result, "band");
    (void)mk_result_add_figure(result, "joint");
    MkNode *root = mk_node_object(result, NULL, NULL);
    mk_node_string(result, root, "versus", "bmi");
    MkNode *target = mk_node_object(result, mk_node_array(result, root, "targets"), NULL);
    mk_node_string(result, target, "attribute", "hba1c");
    return result;
}

/* The typed line comes back as the plot that is kept, and the plot with its numbers. */
static void show_against(Fixture *fixture)
{
    MkMsg show = {.kind = MK_MSG_SHOW};
    MkResult *result = against_bmi();
    assert_true(
        mk_figure_is_live(fixture->app, "plot hba1c vs bmi", result, &show.target, &show.versus));
    mk_app_update(fixture->app, &show, &fixture->effects);
    fixture_plot(fixture);
    const MkPlotWish wish = mk_app_plot_wish(fixture->app);
    const MkMsg plot = {
        .kind = MK_MSG_PLOT, .wish = &wish, .text = fixture->app->plot, .result = result};
    char *text = strdup(fixture->app->plot);
    MkMsg copy = plot;
    copy.text = text;
    mk_app_update(fixture->app, &copy, &fixture->effects);
    free(text);
    mk_result_free(result);
}

static void assert_ask(Fixture *fixture, MkAskKind kind, const char *text)
{
    assert_int_equal(fixture->effects.n, 1);
    assert_int_equal(fixture->effects.asks[0].kind, kind);
    assert_string_equal(fixture->effects.asks[0].text, text);
}

static void test_a_number_stands_with_all_its_numbers(void **state)
{
    (void)state;
    static const struct {
        size_t columns, rows;
        const char *name;
    } sizes[] = {{120, 36, "figure-120x36"}, {80, 24, "figure-80x24"}, {60, 16, "figure-60x16"}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        Fixture *fixture = whole(sizes[i].columns, sizes[i].rows, "hba1c");
        assert_screen(fixture, sizes[i].name);
        if (i == 1) {
            assert_mono_screen(fixture, "figure-mono");
        }
        fixture_free(fixture);
    }
}

static void test_what_the_answer_rests_on_is_told(void **state)
{
    (void)state;
    Fixture *fixture = whole(120, 36, "hba1c");
    fixture_linked_plot(fixture);
    assert_screen(fixture, "figure-linked-120x36");
    fixture_free(fixture);
    fixture = whole(80, 24, "smoking");
    fixture_linked_plot(fixture);
    assert_screen(fixture, "figure-linked-80x24");
    fixture_free(fixture);
}

static void test_levels_stand_with_their_shares(void **state)
{
    (void)state;
    Fixture *fixture = whole(120, 36, "smoking");
    assert_screen(fixture, "figure-levels-120x36");
    fixture_free(fixture);
    fixture = whole(80, 24, "smoking");
    assert_screen(fixture, "figure-levels-80x24");
    fixture_free(fixture);
}

/* A known value is told, and where people are; no distribution of a single number. */
static void test_a_known_number_stands_against_the_population(void **state)
{
    (void)state;
    Fixture *fixture = whole(60, 16, "bmi");
    assert_screen(fixture, "figure-known-60x16");
    fixture_free(fixture);
}

static void test_one_against_another_has_a_table(void **state)
{
    (void)state;
    static const struct {
        size_t columns, rows;
        const char *name;
    } sizes[] = {{120, 36, "versus-120x36"}, {80, 24, "versus-80x24"}, {60, 16, "versus-60x16"}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        Fixture *fixture = whole(sizes[i].columns, sizes[i].rows, "hba1c");
        show_against(fixture);
        assert_screen(fixture, sizes[i].name);
        if (i == 1) {
            assert_mono_screen(fixture, "versus-mono");
        }
        fixture_free(fixture);
    }
}

static void test_keys_swap_and_look_and_go_on(void **state)
{
    (void)state;
    Fixture *fixture = whole(120, 36, "hba1c");
    const size_t hba1c = fixture_id(fixture, "hba1c");
    fixture_keys(fixture, "a"); /* nothing to swap with yet */
    assert_int_equal(fixture->effects.n, 0);
    fixture_keys(fixture, "\033"); /* the search is over: all attributes again */
    fixture_keys(fixture, "\033Z");
    assert_int_equal(mk_app_plot_wish(fixture->app).target, hba1c);
    fixture_keys(fixture, "n");
    const size_t next = mk_app_plot_wish(fixture->app).target;
    assert_int_not_equal(next, hba1c);
    fixture_keys(fixture, "p");
    assert_int_equal(mk_app_plot_wish(fixture->app).target, hba1c);
    fixture_keys(fixture, "b");
    assert_ask(fixture, MK_ASK_PROMPT, "plot hba1c vs ");
    show_against(fixture);
    assert_int_equal(mk_app_screen(fixture->app), MK_SCREEN_FIGURE); /* the screen stays */
    fixture_keys(fixture, "e");
    assert_ask(fixture, MK_ASK_PROMPT, "plot hba1c vs bmi -o hba1c-bmi.svg");
    fixture_keys(fixture, "a");
    assert_ask(fixture, MK_ASK_RUN, "plot bmi vs hba1c");
    assert_int_equal(mk_app_plot_wish(fixture->app).figure, 0);
    fixture_keys(fixture, "v");
    assert_int_equal(mk_app_plot_wish(fixture->app).figure, 1);
    fixture_keys(fixture, "v");
    assert_int_equal(mk_app_plot_wish(fixture->app).figure, 0);
    fixture_keys(fixture, "n"); /* the next one that it stands against */
    assert_int_equal(fixture->effects.n, 1);
    assert_memory_equal(fixture->effects.asks[0].text, "plot hba1c vs ", 14);
    assert_string_not_equal(fixture->effects.asks[0].text, "plot hba1c vs bmi");
    assert_string_not_equal(fixture->effects.asks[0].text, "plot hba1c vs hba1c");
    fixture_keys(fixture, "\033");
    assert_int_equal(mk_app_screen(fixture->app), MK_SCREEN_MAIN);
    assert_int_equal(mk_app_plot_wish(fixture->app).versus, fixture_id(fixture, "bmi"));
    fixture_free(fixture);
}

/* As `pairs` gives them: a line over all, what is read, what machines read. */
static void add_pair_tables(MkResult *result)
{
    static const char *const cells[][3] = {
        {"age", "bmi", "0.21"}, {"sex", "bmi", "\u2013"}, {"age", "sex", "\u2013"}};
    static const char *const heads[] = {"Attribute", "With", "Rank"};
    mk_result_add_table(result, "tiny · nothing known", 0, 0)->use = MK_TABLE_PEOPLE;
    for (size_t t = 0; t < 2; t++) {
        MkResultTable *table = mk_result_add_table(result, "", 3, 3);
        table->use = t == 0 ? MK_TABLE_PEOPLE : MK_TABLE_DATA;
        for (size_t c = 0; c < 3; c++) {
            mk_result_table_header(result, table, c, heads[c], heads[c],
                                   c < 2 ? MK_ALIGN_LEFT : MK_ALIGN_RIGHT);
            for (size_t r = 0; r < 3; r++) {
                mk_result_table_cell(result, table, r, c, t == 0 ? cells[r][c] : "", NULL);
            }
        }
    }
}

/* The figures of a result, one after another, around their end; its table stands with each. */
static void test_several_figures_are_looked_at_in_turn(void **state)
{
    (void)state;
    Fixture *fixture = fixture_new(80, 24, false);
    MkResult *result = mk_result_new("pairs");
    (void)mk_result_add_figure(result, "Age and Body mass index");
    (void)mk_result_add_figure(result, "Age by Sex");
    (void)mk_result_add_figure(result, "Body mass index by Sex");
    add_pair_tables(result);
    fixture_result(fixture, result, "pairs age bmi sex");
    assert_int_equal(mk_app_screen(fixture->app), MK_SCREEN_FIGURE);
    assert_int_equal(mk_app_plot_wish(fixture->app).figure, 0);
    fixture_keys(fixture, "nn");
    assert_int_equal(mk_app_plot_wish(fixture->app).figure, 2);
    fixture_plot(fixture);
    assert_screen(fixture, "figure-pairs-80x24");
    fixture_keys(fixture, "n");
    assert_int_equal(mk_app_plot_wish(fixture->app).figure, 0);
    fixture_keys(fixture, "p");
    assert_int_equal(mk_app_plot_wish(fixture->app).figure, 2);
    fixture_keys(fixture, "e"); /* of a result: the result */
    assert_ask(fixture, MK_ASK_PROMPT, "export ");
    fixture_keys(fixture, "\033");
    assert_int_equal(mk_app_screen(fixture->app), MK_SCREEN_MAIN);
    fixture_free(fixture);
}

static void test_an_image_has_blank_cells_and_only_there(void **state)
{
    (void)state;
    Fixture *fixture = whole(80, 24, "hba1c");
    const MkMsg cells = {.kind = MK_MSG_CELLS, .columns = 10, .rows = 20};
    mk_app_update(fixture->app, &cells, &fixture->effects);
    assert_int_equal(mk_app_plot_wish(fixture->app).cell_height, 20);
    fixture_plot(fixture);
    assert_screen(fixture, "figure-image-80x24");
    const MkRect place = mk_figure_place(fixture->app);
    assert_int_equal(place.w, mk_app_plot_wish(fixture->app).columns);
    fixture_keys(fixture, "\033");
    assert_int_equal(mk_app_plot_wish(fixture->app).cell_height, 0); /* panes are text */
    assert_int_equal(mk_figure_place(fixture->app).w, 0);
    fixture_free(fixture);
}

static void test_pasted_lines_are_seen_before_they_run(void **state)
{
    (void)state;
    Fixture *fixture = fixture_new(80, 24, false);
    const MkMsg paste = {.kind = MK_MSG_PASTE,
                         .text = "given age=45 sex=male\n# what if he smoked less?\n"
                                 "scenario less smoking=former\ncompare hba1c"};
    mk_app_update(fixture->app, &paste, &fixture->effects);
    assert_screen(fixture, "pasted-80x24");
    assert_mono_screen(fixture, "pasted-mono");
    fixture_keys(fixture, "x"); /* no key runs them but Enter */
    assert_int_equal(fixture->effects.n, 0);
    fixture_keys(fixture, "\r");
    assert_ask(fixture, MK_ASK_LINES, "");
    MkBuf many;
    mk_buf_init(&many);
    for (int i = 0; i < 60; i++) {
        mk_buf_printf(&many, "given age=%d\n", 20 + i);
    }
    const MkMsg long_paste = {.kind = MK_MSG_PASTE, .text = many.data};
    mk_app_update(fixture->app, &long_paste, &fixture->effects);
    assert_screen(fixture, "pasted-many-80x24");
    fixture_keys(fixture, "\033");
    assert_int_equal(fixture->effects.n, 0);
    mk_buf_release(&many);
    fixture_free(fixture);
}

static void test_escape_stops_what_runs(void **state)
{
    (void)state;
    Fixture *fixture = fixture_new(80, 24, false);
    const MkMsg busy = {.kind = MK_MSG_BUSY, .text = "explore hba1c: 12 of 40"};
    mk_app_update(fixture->app, &busy, &fixture->effects);
    fixture_keys(fixture, "\033");
    assert_ask(fixture, MK_ASK_INTERRUPT, "");
    fixture_keys(fixture, "?\033"); /* a text that is read meanwhile is left first */
    assert_int_equal(fixture->effects.n, 0);
    assert_int_equal(mk_app_screen(fixture->app), MK_SCREEN_MAIN);
    fixture_free(fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_number_stands_with_all_its_numbers),
        cmocka_unit_test(test_what_the_answer_rests_on_is_told),
        cmocka_unit_test(test_levels_stand_with_their_shares),
        cmocka_unit_test(test_a_known_number_stands_against_the_population),
        cmocka_unit_test(test_one_against_another_has_a_table),
        cmocka_unit_test(test_keys_swap_and_look_and_go_on),
        cmocka_unit_test(test_several_figures_are_looked_at_in_turn),
        cmocka_unit_test(test_an_image_has_blank_cells_and_only_there),
        cmocka_unit_test(test_pasted_lines_are_seen_before_they_run),
        cmocka_unit_test(test_escape_stops_what_runs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
