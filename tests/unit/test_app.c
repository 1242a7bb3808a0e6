#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "tests/screen/fixture.h"

#include <stdlib.h>
#include <string.h>

#include "src/script/verb.h"
#include "ui/view/keys.h"
#include "ui/view/view.h"

static const char *const three[] = {"age", "45", "bmi", "31", "smoking", "{never,former}", NULL};
static const char *const one[] = {"hba1c", NULL};
static const char *const none[] = {NULL};

static int start(void **state)
{
    Fixture *fixture = fixture_new(120, 36, false);
    fixture_given(fixture, three, one);
    fixture_answers(fixture);
    *state = fixture;
    return 0;
}

static int stop(void **state)
{
    fixture_free(*state);
    return 0;
}

static void assert_ask(const Fixture *fixture, MkAskKind kind, const char *text)
{
    assert_int_equal(fixture->effects.n, 1);
    assert_int_equal(fixture->effects.asks[0].kind, kind);
    assert_string_equal(fixture->effects.asks[0].text, text);
}

static const char *under_cursor(const Fixture *fixture)
{
    const size_t id = mk_app_attribute(fixture->app);
    return id == MK_NO_ATTRIBUTE ? "" : fixture->schema->attributes[id].name;
}

static void test_every_action_is_a_line_of_the_language(void **state)
{
    Fixture *fixture = *state;
    fixture_keys(fixture, "/insulin\r");
    fixture_keys(fixture, "t");
    assert_ask(fixture, MK_ASK_RUN, "target insulin");
    fixture_keys(fixture, "p");
    assert_ask(fixture, MK_ASK_RUN, "plot insulin");
    fixture_keys(fixture, "b");
    assert_ask(fixture, MK_ASK_PROMPT, "plot insulin vs ");
    fixture_keys(fixture, "E");
    assert_ask(fixture, MK_ASK_RUN, "estimate insulin");
    fixture_keys(fixture, "e"); /* what is seen: the plot */
    assert_ask(fixture, MK_ASK_PROMPT, "plot insulin -o insulin.svg");
    fixture_keys(fixture, "u");
    assert_ask(fixture, MK_ASK_RUN, "undo");
    fixture_keys(fixture, ":");
    assert_ask(fixture, MK_ASK_PROMPT, "");
    fixture_keys(fixture, "\r12.5\r");
    assert_ask(fixture, MK_ASK_RUN, "given insulin=12.5");
    fixture_keys(fixture, "f"); /* not known: said, not run */
    assert_int_equal(fixture->effects.n, 0);
    fixture_keys(fixture, "\033/hba1c\rt");
    assert_ask(fixture, MK_ASK_RUN, "target hba1c --drop");
}

static void test_known_pane_edits_and_forgets(void **state)
{
    Fixture *fixture = *state;
    fixture_keys(fixture, "\tj");
    assert_string_equal(under_cursor(fixture), "bmi");
    fixture_keys(fixture, "f");
    assert_ask(fixture, MK_ASK_RUN, "forget bmi");
    fixture_keys(fixture, "\r");
    assert_string_equal(fixture->app->editor.field.text, "31");
    fixture_key(fixture, MK_KEY_CTRL('U'));
    fixture_keys(fixture, "25..30\r");
    assert_ask(fixture, MK_ASK_RUN, "given bmi=25..30");
    fixture_keys(fixture, "\r");
    fixture_key(fixture, MK_KEY_CTRL('U'));
    fixture_keys(fixture, "\r"); /* an emptied value is forgotten */
    assert_ask(fixture, MK_ASK_RUN, "forget bmi");
}

static void test_wrong_values_never_leave_the_editor(void **state)
{
    Fixture *fixture = *state;
    static const char *const wrong[] = {"1", "999", "abc", "40..", "..", "{1,2}"};
    fixture_keys(fixture, "/height\r");
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        fixture_keys(fixture, "\r");
        fixture_keys(fixture, wrong[i]);
        fixture_keys(fixture, "\r");
        if (fixture->effects.n > 0) {
            print_error("%s was taken: %s\n", wrong[i], fixture->effects.asks[0].text);
        }
        assert_int_equal(fixture->effects.n, 0);
        assert_int_equal(fixture->app->popup, MK_POPUP_EDIT);
        assert_string_not_equal(fixture->app->editor.says, "");
        fixture_keys(fixture, "\033");
    }
}

static void test_levels_are_picked_or_marked(void **state)
{
    Fixture *fixture = *state;
    fixture_keys(fixture, "/education\r\rg\r");
    assert_ask(fixture, MK_ASK_RUN, "given education=below_9th");
    fixture_keys(fixture, "\rg  \r");
    assert_ask(fixture, MK_ASK_RUN, "given education={below_9th,below_12th}");
    fixture_keys(fixture, "\rgjj \r"); /* one mark is one level */
    assert_ask(fixture, MK_ASK_RUN, "given education=high_school");
    fixture_keys(fixture, "\033/smoking\r\r"); /* the set that is known is marked */
    assert_int_equal(fixture->app->editor.marked, 3);
}

static void test_escape_goes_back_one_level_and_never_leaves(void **state)
{
    Fixture *fixture = *state;
    fixture_keys(fixture, "/hba1c\r");
    assert_string_equal(fixture->app->tree.filter, "hba1c");
    fixture_keys(fixture, "\033");
    assert_string_equal(fixture->app->tree.filter, "");
    assert_string_equal(under_cursor(fixture), "hba1c");
    fixture_keys(fixture, "\t\033");
    assert_int_equal(fixture->app->focus, MK_PANE_TREE);
    for (int i = 0; i < 5; i++) {
        fixture_keys(fixture, "\033");
        assert_int_equal(fixture->effects.n, 0);
    }
}

static void test_q_asks_only_when_something_is_unsaved(void **state)
{
    Fixture *fixture = *state;
    fixture_keys(fixture, "q");
    assert_int_equal(fixture->app->popup, MK_POPUP_QUIT);
    fixture_keys(fixture, "w");
    assert_ask(fixture, MK_ASK_PROMPT, "save ");
    fixture_keys(fixture, "qq");
    assert_ask(fixture, MK_ASK_QUIT, "");
    Fixture *clean = fixture_new(80, 24, false);
    fixture_keys(clean, "q");
    assert_ask(clean, MK_ASK_QUIT, "");
    fixture_free(clean);
}

static void test_search_walks_through_folded_categories(void **state)
{
    Fixture *fixture = *state;
    fixture_keys(fixture, "z"); /* close all */
    assert_int_equal(fixture->app->tree.n_rows, fixture->app->tree.n_categories);
    fixture_keys(fixture, "/hdl\r\033");
    fixture_keys(fixture, "g");
    fixture_keys(fixture, "n");
    assert_string_equal(under_cursor(fixture), "hdl_cholesterol");
    fixture_keys(fixture, "/g/dl\r\033gn"); /* units are no names */
    assert_string_equal(under_cursor(fixture), "");
    fixture_keys(fixture, "/sleep\r\033zznN");
    assert_string_equal(under_cursor(fixture), "sleep_hours");
}

static void test_categories_fold_with_left_and_right(void **state)
{
    Fixture *fixture = *state;
    fixture_keys(fixture, "gj");
    assert_string_equal(under_cursor(fixture), "age");
    fixture_keys(fixture, "h");
    assert_string_equal(under_cursor(fixture), "");
    assert_false(fixture->app->tree.open[0]);
    fixture_keys(fixture, "ll");
    assert_string_equal(under_cursor(fixture), "age");
}

static void test_answers_to_old_questions_are_dropped(void **state)
{
    Fixture *fixture = *state;
    const size_t id = fixture_id(fixture, "waist");
    fixture_given(fixture, none, none);
    assert_int_equal(fixture->app->fresh[id], MK_FRESH_OLD);
    const MkSummary summary = {.median = 1};
    MkMsg msg = {.kind = MK_MSG_SUMMARIES,
                 .revision = fixture->app->revision - 1,
                 .ids = &id,
                 .n = 1,
                 .summaries = &summary};
    mk_app_update(fixture->app, &msg, &fixture->effects);
    assert_int_equal(fixture->app->fresh[id], MK_FRESH_OLD);
    msg.revision++;
    mk_app_update(fixture->app, &msg, &fixture->effects);
    assert_int_equal(fixture->app->fresh[id], MK_FRESH_NOW);
    assert_close(fixture->app->summary[id].median, 1, 0, 0);
}

static void test_visible_rows_are_asked_for_first(void **state)
{
    Fixture *fixture = *state;
    size_t ids[64];
    assert_int_equal(mk_app_visible(fixture->app, ids, 64), 0); /* all are current */
    fixture_given(fixture, none, one);
    const size_t n = mk_app_visible(fixture->app, ids, 64);
    assert_int_equal(n, fixture->schema->n);
    assert_int_equal(mk_app_visible(fixture->app, ids, 3), 3);
    assert_int_equal(ids[0], fixture_id(fixture, "age"));
}

static void test_the_plot_follows_the_cursor_until_it_is_kept(void **state)
{
    Fixture *fixture = *state;
    fixture_keys(fixture, "/insulin\r");
    assert_int_equal(mk_app_plot_wish(fixture->app).target, fixture_id(fixture, "insulin"));
    const MkMsg show = {.kind = MK_MSG_SHOW,
                        .target = fixture_id(fixture, "hba1c"),
                        .versus = fixture_id(fixture, "bmi")};
    mk_app_update(fixture->app, &show, &fixture->effects);
    fixture_keys(fixture, "\033gj");
    assert_int_equal(mk_app_plot_wish(fixture->app).target, fixture_id(fixture, "hba1c"));
    assert_int_equal(mk_app_plot_wish(fixture->app).versus, fixture_id(fixture, "bmi"));
    fixture_keys(fixture, "\033");
    assert_int_equal(mk_app_plot_wish(fixture->app).target, fixture_id(fixture, "age"));
}

static void test_help_runs_the_entry(void **state)
{
    Fixture *fixture = *state;
    fixture_keys(fixture, "?/take back\r\r");
    assert_ask(fixture, MK_ASK_RUN, "undo");
    fixture_keys(fixture, "?/lists attr\r\r"); /* a verb opens the prompt */
    assert_ask(fixture, MK_ASK_PROMPT, "attributes ");
    assert_int_equal(mk_app_screen(fixture->app), MK_SCREEN_MAIN);
}

/* `s` belongs to scenario and compare: a key may stand for verbs that go together. */
static bool has_key(const char *key)
{
    size_t n = 0;
    const MkBinding *bindings = mk_bindings(&n);
    for (size_t i = 0; i < n; i++) {
        if (bindings[i].verb[0] != '\0' && strstr(bindings[i].show, key) != NULL) {
            return true;
        }
    }
    return false;
}

static void test_verb_table_and_key_table_agree(void **state)
{
    (void)state;
    size_t n_verbs = 0;
    const MkVerb *verbs = mk_verbs(&n_verbs);
    for (size_t i = 0; i < n_verbs; i++) {
        char keys[64];
        snprintf(keys, sizeof keys, "%s", verbs[i].keys);
        char *rest = NULL;
        for (char *key = strtok_r(keys, " ,", &rest); key != NULL;
             key = strtok_r(NULL, " ,", &rest)) {
            if (!has_key(key) && strcmp(verbs[i].name, "quit") != 0) {
                print_error("%s: the key %s is not in the key table\n", verbs[i].name, key);
                fail();
            }
        }
    }
    size_t n = 0;
    const MkBinding *bindings = mk_bindings(&n);
    for (size_t i = 0; i < n; i++) {
        assert_true(mk_help_has(verbs, n_verbs, &bindings[i]));
    }
}

static void test_no_place_has_a_key_twice(void **state)
{
    (void)state;
    size_t n = 0;
    const MkBinding *bindings = mk_bindings(&n);
    for (size_t i = 0; i < n; i++) {
        for (size_t j = i + 1; j < n; j++) {
            if ((bindings[i].where & bindings[j].where) == 0) {
                continue;
            }
            for (size_t a = 0; a < MK_KEYS_EACH && bindings[i].keys[a] != 0; a++) {
                for (size_t b = 0; b < MK_KEYS_EACH && bindings[j].keys[b] != 0; b++) {
                    if (bindings[i].keys[a] == bindings[j].keys[b]) {
                        print_error("%s: %s and %s\n", bindings[i].show, bindings[i].help,
                                    bindings[j].help);
                    }
                    assert_int_not_equal(bindings[i].keys[a], bindings[j].keys[b]);
                }
            }
        }
    }
}

#define app_test(f) cmocka_unit_test_setup_teardown(f, start, stop)

static void test_a_search_stands_on_the_name_that_was_meant(void **state)
{
    (void)state;
    Fixture *fixture = fixture_new(120, 36, false);
    fixture_keys(fixture, "/c"); /* income_ratio comes first and has a c */
    assert_int_equal(mk_tree_attribute(&fixture->app->tree), fixture_id(fixture, "creatinine"));
    fixture_keys(fixture, "h"); /* nothing begins with it, but a word does */
    assert_int_equal(mk_tree_attribute(&fixture->app->tree),
                     fixture_id(fixture, "hdl_cholesterol"));
    fixture_free(fixture);
}

static void test_what_nobody_like_this_is_asked_has_no_shift(void **state)
{
    (void)state;
    static const char *const known[] = {"sex", "male", NULL};
    Fixture *fixture = fixture_new(80, 24, false);
    const size_t id = fixture_id(fixture, "energy_kcal");
    MkAttribute *attribute = (MkAttribute *)(uintptr_t)&fixture->schema->attributes[id];
    const char *const everybody = attribute->eligible;
    attribute->eligible = "sex=female";
    fixture_given(fixture, none, none);
    fixture_answers(fixture);
    assert_false(fixture->app->is_not_asked[id]);
    assert_true(fixture->app->shift[id] > 0);
    fixture_given(fixture, known, none);
    fixture_answers(fixture);
    assert_true(fixture->app->is_not_asked[id]);
    assert_true(fixture->app->shift[id] <= 0);
    fixture_keys(fixture, "/cat:diet\r");
    assert_screen(fixture, "not-asked-80x24");
    attribute->eligible = everybody;
    fixture_free(fixture);
}

static void test_keys_act_on_all_that_is_marked(void **state)
{
    Fixture *fixture = *state;
    fixture_keys(fixture, "/cat:blood\r  "); /* hba1c, a target already, and glucose_fasting */
    assert_int_equal(fixture->app->n_marks, 2);
    fixture_keys(fixture, "t");
    assert_ask(fixture, MK_ASK_RUN, "target glucose_fasting");
    fixture_keys(fixture, "E");
    assert_ask(fixture, MK_ASK_RUN, "estimate hba1c glucose_fasting");
    fixture_keys(fixture, "p");
    assert_ask(fixture, MK_ASK_RUN, "pairs hba1c glucose_fasting");
    fixture_keys(fixture, "e");
    assert_ask(fixture, MK_ASK_PROMPT, "estimate hba1c glucose_fasting -o ");
    fixture_keys(fixture, "f");
    assert_int_equal(fixture->effects.n, 0);    /* neither is known */
    fixture_keys(fixture, "\033/waist\r\033o"); /* the marks stay, the cursor is elsewhere */
    assert_ask(fixture, MK_ASK_PROMPT, "optimize waist min over hba1c glucose_fasting");
    fixture_keys(fixture, "\033"); /* marks go before anything else does */
    assert_int_equal(fixture->app->n_marks, 0);
    fixture_keys(fixture, "E");
    assert_ask(fixture, MK_ASK_RUN, "estimate waist");
    fixture_keys(fixture, "/age\r /bmi\r f");
    assert_ask(fixture, MK_ASK_RUN, "forget age bmi");
}

static void test_all_marked_targets_are_dropped_together(void **state)
{
    Fixture *fixture = *state;
    static const char *const both[] = {"hba1c", "waist", NULL};
    fixture_given(fixture, three, both);
    fixture_keys(fixture, "/hba1c\r /waist\r t");
    assert_ask(fixture, MK_ASK_RUN, "target hba1c waist --drop");
}

static void test_shifts_are_against_the_pinned_state(void **state)
{
    Fixture *fixture = *state;
    const size_t waist = fixture_id(fixture, "waist"), sex = fixture_id(fixture, "sex");
    const size_t age = fixture_id(fixture, "age");
    assert_close(fixture->app->shift[waist], 0.52, 0, 1e-9);
    fixture_keys(fixture, "P");
    assert_close(fixture->app->shift[waist], 0, 0, 1e-9);
    fixture_given(fixture, three, one);
    fixture_other_answers(fixture);
    assert_close(fixture->app->shift[waist], 0.8, 0, 1e-9);
    assert_close(fixture->app->shift[age], 0, 0, 0); /* what is known does not move */
    assert_true(fixture->app->shift[sex] > 0.01);
    fixture_keys(fixture, "P");
    assert_null(fixture->app->pin);
    assert_close(fixture->app->shift[waist], 1.32, 0, 1e-9);
    fixture_given(fixture, three, one);
    fixture_keys(fixture, "P"); /* answers are still to come: nothing to hold yet */
    assert_null(fixture->app->pin);
}

static void test_orders_go_around_and_turn(void **state)
{
    Fixture *fixture = *state;
    fixture_given(fixture, three, one);
    fixture_other_answers(fixture);
    fixture_keys(fixture, "SS"); /* what is left of the spread */
    const double most = fixture->app->spread[mk_app_attribute(fixture->app)];
    for (size_t j = 0; j < fixture->schema->n; j++) {
        assert_true(fixture->app->spread[j] <= most);
    }
    fixture_keys(fixture, "I"); /* least first: what is known has none left */
    assert_close(fixture->app->spread[mk_app_attribute(fixture->app)], 0, 0, 0);
    fixture_keys(fixture, "S");
    assert_string_equal(under_cursor(fixture), "age"); /* by name */
    fixture_keys(fixture, "I");
    assert_string_equal(under_cursor(fixture), "weight");
    fixture_keys(fixture, "S");
    assert_int_equal(fixture->app->tree.sort, MK_SORT_CATEGORY);
}

static void test_a_line_too_long_is_not_run_in_part(void **state)
{
    static char line[MK_ASK_BYTES + 1];
    Fixture *fixture = *state;
    memset(line, 'x', sizeof line - 1);
    fixture->effects = (MkEffects){0};
    mk_app_update(fixture->app, &(MkMsg){.kind = MK_MSG_PROMPT_DONE, .text = line},
                  &fixture->effects);
    assert_int_equal(fixture->effects.n, 1);
    assert_int_equal(fixture->effects.asks[0].kind, MK_ASK_TOO_LONG);
    line[MK_ASK_BYTES - 1] = '\0';
    fixture->effects = (MkEffects){0};
    mk_app_update(fixture->app, &(MkMsg){.kind = MK_MSG_PROMPT_DONE, .text = line},
                  &fixture->effects);
    assert_ask(fixture, MK_ASK_RUN, line);
}

static void test_screens_lie_on_a_stack(void **state)
{
    Fixture *fixture = *state;
    fixture_keys(fixture, "L");
    fixture_keys(fixture, "s");
    fixture_keys(fixture, "L"); /* it lies there: what is above it goes */
    assert_int_equal(mk_app_screen(fixture->app), MK_SCREEN_LOG);
    fixture_keys(fixture, "?q");
    assert_int_equal(mk_app_screen(fixture->app), MK_SCREEN_LOG);
    fixture_keys(fixture, "q");
    assert_int_equal(mk_app_screen(fixture->app), MK_SCREEN_MAIN);
    fixture_keys(fixture, "L");
    fixture_key(fixture, MK_KEY_CTRL('C'));
    assert_int_equal(mk_app_screen(fixture->app), MK_SCREEN_MAIN);
    const MkMsg busy = {.kind = MK_MSG_BUSY, .text = "explore: 12 %"};
    mk_app_update(fixture->app, &busy, &fixture->effects);
    fixture_keys(fixture, "L");
    fixture_key(fixture, MK_KEY_CTRL('C'));
    assert_ask(fixture, MK_ASK_INTERRUPT, "");
    assert_int_equal(mk_app_screen(fixture->app), MK_SCREEN_LOG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        app_test(test_every_action_is_a_line_of_the_language),
        app_test(test_known_pane_edits_and_forgets),
        app_test(test_wrong_values_never_leave_the_editor),
        app_test(test_levels_are_picked_or_marked),
        app_test(test_escape_goes_back_one_level_and_never_leaves),
        app_test(test_q_asks_only_when_something_is_unsaved),
        app_test(test_search_walks_through_folded_categories),
        app_test(test_categories_fold_with_left_and_right),
        app_test(test_answers_to_old_questions_are_dropped),
        app_test(test_visible_rows_are_asked_for_first),
        app_test(test_the_plot_follows_the_cursor_until_it_is_kept),
        app_test(test_help_runs_the_entry),
        cmocka_unit_test(test_what_nobody_like_this_is_asked_has_no_shift),
        app_test(test_keys_act_on_all_that_is_marked),
        app_test(test_all_marked_targets_are_dropped_together),
        app_test(test_shifts_are_against_the_pinned_state),
        app_test(test_orders_go_around_and_turn),
        app_test(test_screens_lie_on_a_stack),
        app_test(test_a_line_too_long_is_not_run_in_part),
        cmocka_unit_test(test_verb_table_and_key_table_agree),
        cmocka_unit_test(test_no_place_has_a_key_twice),
        cmocka_unit_test(test_a_search_stands_on_the_name_that_was_meant),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
