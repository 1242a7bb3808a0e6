/* The explore screen, with results made by hand. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "tests/screen/fixture.h"

#include <string.h>

#include "ui/view/explore.h"

/* Verbs that keys stand for, and no others: their list grows elsewhere. */
static const MkVerb verbs[] = {
    {.name = "given", .usage = "given A=V ...", .help = "", .manual = "", .keys = ""},
    {.name = "target", .usage = "target A ...", .help = "", .manual = "", .keys = ""},
    {.name = "plot", .usage = "plot TARGET", .help = "", .manual = "", .keys = ""},
    {.name = "explore", .usage = "explore TARGET", .help = "", .manual = "", .keys = ""},
    {.name = "export", .usage = "export FILE", .help = "", .manual = "", .keys = ""},
    {.name = "undo", .usage = "undo", .help = "", .manual = "", .keys = ""},
    {.name = "help", .usage = "help", .help = "", .manual = "", .keys = ""},
};

enum { POINTS = 8 };

typedef struct Relation {
    const char *attribute;
    double strength, effect;
    const char *form;
    double at[POINTS]; /* NaN ends them; levels: their index */
    double shape[POINTS];
    double people;
    double low, high, distance; /* the reverse */
    const char *level;
} Relation;

static const Relation relations[] = {
    {"glucose_fasting",
     0.242,
     0.34,
     "rising",
     {82, 91, 95, 98, 102, 106, 113, 151},
     {5.2, 5.3, 5.3, 5.4, 5.4, 5.5, 5.7, 6.8},
     2920,
     93,
     119,
     0.75,
     NULL},
    {"age",
     0.128,
     0.17,
     "rising",
     {22, 29, 36, 43, 51, 59, 66, 77},
     {5.2, 5.2, 5.4, 5.4, 5.5, 5.6, 5.8, 5.8},
     6147,
     31,
     65,
     0.69,
     NULL},
    {"waist",
     0.060,
     0.11,
     "rising",
     {75, 84, 91, 97, 102, 108, 115, 132},
     {5.3, 5.4, 5.4, 5.4, 5.5, 5.5, 5.6, 5.8},
     5848,
     89.9,
     108.2,
     0.46,
     NULL},
    {"insulin",
     0.041,
     0.10,
     "rising",
     {2.9, 4.6, 6.2, 8.1, 10.4, 13.5, 18.2, 34.1},
     {5.3, 5.3, 5.4, 5.4, 5.5, 5.5, 5.6, 5.7},
     2860,
     6.1,
     14.2,
     0.44,
     NULL},
    {"education",
     0.016,
     0.06,
     "falling",
     {0, 1, 2, 3, 4, NAN},
     {5.7, 5.6, 5.5, 5.5, 5.4},
     6140,
     0.14,
     0.21,
     0.16,
     "below_12th"},
    {"sleep_hours",
     0.009,
     0.04,
     "dip",
     {4.5, 6, 6.5, 7, 7.5, 8, 8.5, 10},
     {5.6, 5.5, 5.4, 5.4, 5.4, 5.4, 5.5, 5.6},
     5980,
     7.5,
     7.4,
     0.08,
     NULL},
    {"smoking",
     0.006,
     0.03,
     "levels",
     {0, 1, 2, NAN},
     {5.4, 5.6, 5.5},
     6120,
     0.62,
     0.51,
     0.12,
     "never"},
    {"fiber_g",
     0.003,
     0.02,
     "mixed",
     {5.1, 8.4, 10.8, 13.2, 15.9, 19.3, 24.2, 36.8},
     {5.5, 5.4, 5.5, 5.4, 5.5, 5.4, 5.5, 5.4},
     0,
     15.1,
     14.2,
     0.05,
     NULL},
    {"height",
     0.0002,
     0.003,
     "none",
     {152, 157, 161, 165, 169, 173, 177, 184},
     {5.46, 5.46, 5.46, 5.46, 5.45, 5.45, 5.45, 5.45},
     6010,
     167.2,
     166.8,
     0.02,
     NULL},
};
enum { N_RELATIONS = sizeof relations / sizeof *relations };

static const MkAttribute *attribute_of(const Fixture *fixture, const char *name)
{
    return &fixture->schema->attributes[fixture_id(fixture, name)];
}

static void put_value(MkResult *r, MkNode *parent, const char *key, const MkAttribute *attribute,
                      double x)
{
    if (attribute->n_levels > 0) {
        mk_node_string(r, parent, key, attribute->levels[(size_t)x].name);
    } else {
        mk_node_number(r, parent, key, x);
    }
}

/* Answers are numbers of hba1c; scaled into shares for an event. */
static void put_relation(const Fixture *fixture, MkResult *r, MkNode *list, const Relation *from,
                         bool is_event, bool is_exact)
{
    const MkAttribute *attribute = attribute_of(fixture, from->attribute);
    MkNode *node = mk_node_object(r, list, NULL);
    mk_node_string(r, node, "attribute", from->attribute);
    mk_node_number(r, node, "strength", from->strength);
    mk_node_number(r, node, "effect", from->effect);
    mk_node_number(r, node, "direction", strcmp(from->form, "rising") == 0 ? 1 : 0);
    mk_node_string(r, node, "form", from->form);
    MkNode *at = mk_node_array(r, node, "at"), *shape = mk_node_array(r, node, "shape");
    MkNode *share = mk_node_array(r, node, "share");
    size_t n = 0;
    while (n < POINTS && !isnan(from->at[n])) {
        n++;
    }
    for (size_t i = 0; i < n; i++) {
        put_value(r, at, NULL, attribute, from->at[i]);
        mk_node_number(r, shape, NULL, is_event ? (from->shape[i] - 5) / 4 : from->shape[i]);
        mk_node_number(r, share, NULL, 1.0 / (double)n);
    }
    mk_node_number(r, node, "co_observed", from->people);
    if (!(from->people > 0)) {
        MkNode *range = mk_node_object(r, node, "association");
        mk_node_number(r, range, "low", -0.21);
        mk_node_number(r, range, "high", 0.48);
    }
    mk_node_bool(r, node, "exact", is_exact);
    if (from->strength > 0.2) {
        mk_node_bool(r, node, "restates", true);
    }
}

static void put_moved(const Fixture *fixture, MkResult *r, MkNode *list, const Relation *from)
{
    const bool is_level = attribute_of(fixture, from->attribute)->n_levels > 0;
    MkNode *node = mk_node_object(r, list, NULL);
    mk_node_string(r, node, "attribute", from->attribute);
    mk_node_string(r, node, is_level ? "level" : "answer", is_level ? from->level : "median");
    mk_node_number(r, node, "low", from->low);
    mk_node_number(r, node, "high", from->high);
    mk_node_number(r, node, "difference", from->high - from->low);
    mk_node_number(r, node, "shift", from->high > from->low ? from->distance : -from->distance);
    mk_node_number(r, node, "distance", from->distance);
    mk_node_number(r, node, "co_observed", from->people);
}

static MkResult *make_result(const Fixture *fixture, bool is_event, size_t n_exact)
{
    MkResult *r = mk_result_new("explore");
    MkNode *root = mk_node_object(r, NULL, NULL);
    mk_node_string(r, root, "target", "hba1c");
    mk_node_string(r, root, "label", "Glycohemoglobin (HbA1c)");
    if (is_event) {
        mk_node_string(r, root, "event", "hba1c ≥ 6.5");
    }
    mk_node_string(r, root, "unit", "%");
    mk_node_string(r, root, "answer", is_event ? "probability" : "median");
    mk_node_number(r, root, "now", is_event ? 0.1 : 5.5);
    if (!is_event) {
        mk_node_number(r, root, "sd", 1.0);
    }
    MkNode *given = mk_node_object(r, root, "given");
    mk_node_number(r, given, "bmi", 31);
    MkNode *list = mk_node_array(r, root, "relations");
    for (size_t i = 0; i < N_RELATIONS; i++) {
        put_relation(fixture, r, list, &relations[i], is_event, i < n_exact);
    }
    MkNode *reverse = mk_node_object(r, root, "reverse");
    put_value(r, reverse, "low", attribute_of(fixture, "hba1c"), 4.8);
    put_value(r, reverse, "high", attribute_of(fixture, "hba1c"), 7.5);
    list = mk_node_array(r, reverse, "relations");
    for (size_t i = 0; i < N_RELATIONS; i++) {
        put_moved(fixture, r, list, &relations[i]);
    }
    MkFigure *figure = mk_result_add_figure(r, "Related to hba1c");
    figure->caption = "altair · given bmi 31 kg/m²";
    mk_result_note(r, "This is association in the data, not causation.");
    assert_int_equal(mk_result_status(r, NULL), MK_OK);
    return r;
}

static void give(Fixture *fixture, MkMsgKind kind, const char *line, MkResult *r)
{
    const MkMsg msg = {.kind = kind, .line = line, .text = "", .result = r};
    mk_app_update(fixture->app, &msg, &fixture->effects);
    mk_result_free(r);
}

/* A person with a known bmi, and the answer to `explore hba1c`. */
static Fixture *explored(size_t columns, size_t rows, bool ascii, bool is_event)
{
    Fixture *fixture = fixture_new(columns, rows, ascii);
    fixture->app->config.verbs = verbs;
    fixture->app->config.n_verbs = sizeof verbs / sizeof *verbs;
    fixture_given(fixture, (const char *const[]){"bmi", "31", NULL},
                  (const char *const[]){"hba1c", NULL});
    fixture_answers(fixture);
    give(fixture, MK_MSG_RESULT, is_event ? "explore P(hba1c>=6.5)" : "explore hba1c",
         make_result(fixture, is_event, N_RELATIONS));
    assert_int_equal(mk_app_screen(fixture->app), MK_SCREEN_EXPLORE);
    return fixture;
}

static void screens(const char *name, const char *keys, bool is_event)
{
    static const struct {
        size_t columns, rows;
    } sizes[] = {{120, 36}, {80, 24}, {60, 16}};
    char full[64];
    for (size_t i = 0; i < 3; i++) {
        Fixture *fixture = explored(sizes[i].columns, sizes[i].rows, false, is_event);
        fixture_keys(fixture, keys);
        if (sizes[i].columns == 120) {
            fixture_plot(fixture);
        }
        snprintf(full, sizeof full, "%s-%zux%zu", name, sizes[i].columns, sizes[i].rows);
        assert_screen(fixture, full);
        fixture_free(fixture);
    }
    Fixture *fixture = explored(80, 24, false, is_event);
    fixture_keys(fixture, keys);
    snprintf(full, sizeof full, "%s-mono", name);
    assert_mono_screen(fixture, full);
    fixture_free(fixture);
}

static void test_what_is_related_stands_strongest_first(void **state)
{
    (void)state;
    screens("explore", "j", false);
}

static void test_a_relation_that_nobody_shows_is_marked(void **state)
{
    (void)state;
    screens("explore-linked", "jjjjjjj", false);
}

static void test_tab_shows_what_moves(void **state)
{
    (void)state;
    screens("explore-moved", "\tjj", false);
}

static void test_an_event_has_shares(void **state)
{
    (void)state;
    screens("explore-event", "jjjjjj", true);
}

static void test_it_reads_without_more_than_ascii(void **state)
{
    (void)state;
    Fixture *fixture = explored(80, 24, true, false);
    assert_screen(fixture, "explore-80x24-ascii");
    fixture_free(fixture);
}

static void test_marks_order_and_filter_are_the_lists(void **state)
{
    (void)state;
    Fixture *fixture = explored(80, 24, false, false);
    fixture_keys(fixture, "  S");
    assert_int_equal(mk_explored(fixture->app)->sheets[0].n_marks, 2);
    fixture_keys(fixture, "/cat:blood\r");
    assert_screen(fixture, "explore-filtered-80x24");
    fixture_keys(fixture, "\033");
    assert_int_equal(mk_explored(fixture->app)->sheets[0].n_shown, N_RELATIONS);
    fixture_free(fixture);
}

static const char *name_here(const Fixture *fixture)
{
    const MkExplored *explored_state = mk_explored(fixture->app);
    const MkSheetRow *row = mk_sheet_here(&explored_state->sheets[explored_state->tab]);
    assert_non_null(row);
    return fixture->schema->attributes[row->attribute].name;
}

static void test_the_list_fills_while_the_cursor_stays(void **state)
{
    (void)state;
    Fixture *fixture = fixture_new(80, 24, false);
    fixture->app->config.verbs = verbs;
    fixture->app->config.n_verbs = sizeof verbs / sizeof *verbs;
    const MkMsg busy = {.kind = MK_MSG_BUSY, .text = "explore hba1c: 3 of 9 attributes"};
    mk_app_update(fixture->app, &busy, &fixture->effects);
    give(fixture, MK_MSG_PARTIAL, "explore hba1c", make_result(fixture, false, 3));
    fixture_keys(fixture, "jjj");
    assert_string_equal(name_here(fixture), "insulin");
    assert_screen(fixture, "explore-partial-80x24");
    fixture_key(fixture, MK_KEY_CTRL('C'));
    assert_int_equal(fixture->effects.asks[0].kind, MK_ASK_INTERRUPT);
    give(fixture, MK_MSG_PARTIAL, "explore hba1c", make_result(fixture, false, 6));
    give(fixture, MK_MSG_RESULT, "explore hba1c", make_result(fixture, false, N_RELATIONS));
    assert_string_equal(name_here(fixture), "insulin");
    fixture_free(fixture);
}

static void assert_asks(const Fixture *fixture, const char *line)
{
    assert_int_equal(fixture->effects.n, 1);
    assert_int_equal(fixture->effects.asks[0].kind, MK_ASK_RUN);
    assert_string_equal(fixture->effects.asks[0].text, line);
}

static void test_keys_are_lines(void **state)
{
    (void)state;
    Fixture *fixture = explored(120, 36, false, false);
    fixture_keys(fixture, "jb");
    assert_asks(fixture, "plot hba1c vs age");
    fixture_keys(fixture, "x");
    assert_asks(fixture, "explore age");
    fixture_keys(fixture, "t");
    assert_asks(fixture, "target age");
    fixture_keys(fixture, "R");
    assert_asks(fixture, "explore hba1c");
    fixture_keys(fixture, "\r");
    assert_int_equal(mk_app_screen(fixture->app), MK_SCREEN_FIGURE);
    const MkPlotWish wish = mk_app_plot_wish(fixture->app);
    assert_int_equal(wish.target, fixture_id(fixture, "hba1c"));
    assert_int_equal(wish.versus, fixture_id(fixture, "age"));
    fixture_keys(fixture, "\033");
    assert_int_equal(mk_app_screen(fixture->app), MK_SCREEN_EXPLORE);
    fixture_keys(fixture, "\033");
    assert_int_equal(mk_app_screen(fixture->app), MK_SCREEN_MAIN);
    fixture_keys(fixture, "x"); /* on the attribute of the main list */
    assert_int_equal(fixture->effects.n > 0 ? fixture->effects.asks[0].kind : MK_ASK_RUN,
                     MK_ASK_RUN);
    fixture_free(fixture);
}

static void test_an_answer_to_other_evidence_says_so(void **state)
{
    (void)state;
    Fixture *fixture = explored(80, 24, false, false);
    fixture_given(fixture, (const char *const[]){"bmi", "24", NULL},
                  (const char *const[]){"hba1c", NULL});
    assert_screen(fixture, "explore-old-80x24");
    give(fixture, MK_MSG_RESULT, "explore hba1c given bmi=31",
         make_result(fixture, false, N_RELATIONS)); /* it said its own evidence: it is not old */
    fixture_keys(fixture, "\r"); /* but the session's picture would be another one */
    assert_asks(fixture, "plot hba1c vs glucose_fasting given bmi=31");
    fixture_free(fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_related_stands_strongest_first),
        cmocka_unit_test(test_a_relation_that_nobody_shows_is_marked),
        cmocka_unit_test(test_tab_shows_what_moves),
        cmocka_unit_test(test_an_event_has_shares),
        cmocka_unit_test(test_it_reads_without_more_than_ascii),
        cmocka_unit_test(test_marks_order_and_filter_are_the_lists),
        cmocka_unit_test(test_the_list_fills_while_the_cursor_stays),
        cmocka_unit_test(test_keys_are_lines),
        cmocka_unit_test(test_an_answer_to_other_evidence_says_so),
    };
    return cmocka_run_group_tests_name("explore screen", tests, NULL, NULL);
}
