#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "tests/check.h"

#include <string.h>

#include "src/script/call.h"

static int set_up(void **state)
{
    *state = mk_arena_new(0);
    return *state == NULL;
}

static int tear_down(void **state)
{
    mk_arena_free(*state);
    return 0;
}

static MkCall parse(void **state, const char *text)
{
    MkCall call = {0};
    MkError err = {0};
    if (mk_parse_line(*state, text, MK_DOOR_SCRIPT, &call, NULL, &err) != MK_OK) {
        print_error("%s: %s\n", text, err.text);
        fail();
    }
    return call;
}

static void refuse(void **state, const char *text, size_t column, const char *part)
{
    MkCall call = {0};
    MkError err = {0};
    size_t at = 0;
    assert_int_equal(mk_parse_line(*state, text, MK_DOOR_SCRIPT, &call, &at, &err), MK_EINVAL);
    if (strstr(err.text, part) == NULL || at != column) {
        print_error("%s\n  got %zu: %s\n  want %zu: %s\n", text, at, err.text, column, part);
        fail();
    }
}

static void assert_list(const MkCall *call, MkList list, size_t n, const char *const *texts)
{
    assert_int_equal(call->lists[list].n, n);
    for (size_t i = 0; i < n; i++) {
        assert_string_equal(call->lists[list].items[i].text, texts[i]);
    }
}

static void test_a_line_is_a_verb_and_its_lists(void **state)
{
    const MkCall call = parse(state, "estimate hba1c bmi given age=45 sex=male");
    assert_string_equal(call.verb->name, "estimate");
    assert_list(&call, MK_LIST_WORDS, 2, (const char *const[]){"hba1c", "bmi"});
    assert_list(&call, MK_LIST_GIVEN, 2, (const char *const[]){"age=45", "sex=male"});
    assert_int_equal(call.lists[MK_LIST_GIVEN].items[1].column, 33);
}

static void test_given_takes_only_words_with_an_equals_sign(void **state)
{
    const MkCall call = parse(state, "estimate given age=45 hba1c");
    assert_list(&call, MK_LIST_WORDS, 1, (const char *const[]){"hba1c"});
    assert_list(&call, MK_LIST_GIVEN, 1, (const char *const[]){"age=45"});
}

static void test_a_keyword_ends_the_list_before_it(void **state)
{
    const MkCall call = parse(state, "compare fibre across a b given age=45");
    assert_list(&call, MK_LIST_WORDS, 1, (const char *const[]){"fibre"});
    assert_list(&call, MK_LIST_ACROSS, 2, (const char *const[]){"a", "b"});
    assert_list(&call, MK_LIST_GIVEN, 1, (const char *const[]){"age=45"});
}

static void test_options_stand_anywhere(void **state)
{
    static const char *const lines[] = {
        "--level 0.5 --json estimate hba1c -m x given age=45",
        "estimate --level 0.5 hba1c --json given -mx age=45",
        "estimate hba1c given age=45 --level=0.5 --json --model x",
    };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        const MkCall call = parse(state, lines[i]);
        assert_string_equal(mk_call_option(&call, "level"), "0.5");
        assert_string_equal(mk_call_option(&call, "model"), "x");
        assert_string_equal(mk_call_option(&call, "json"), "");
        assert_null(mk_call_option(&call, "seed"));
        assert_list(&call, MK_LIST_WORDS, 1, (const char *const[]){"hba1c"});
        assert_list(&call, MK_LIST_GIVEN, 1, (const char *const[]){"age=45"});
    }
}

static void test_the_last_of_an_option_counts(void **state)
{
    const MkCall call = parse(state, "--level 0.5 estimate hba1c --level 0.8");
    assert_string_equal(mk_call_option(&call, "level"), "0.8");
}

static void test_quotes_keep_a_word_together(void **state)
{
    const MkCall call = parse(state, "given 'region=north west' 'a=it''s' site='x, y' crohn's=1");
    assert_list(&call, MK_LIST_WORDS, 4,
                (const char *const[]){"region=north west", "a=it's", "site=x, y", "crohn's=1"});
    size_t n = 0;
    const MkAssign *assigns = NULL;
    assert_int_equal(mk_call_assigns(&call, MK_LIST_WORDS, &n, &assigns, NULL), MK_OK);
    assert_int_equal(n, 4);
    assert_string_equal(assigns[2].value, "x, y");
}

static void test_a_quoted_word_is_no_keyword_and_no_option(void **state)
{
    const MkCall call = parse(state, "estimate 'given' '--json'");
    assert_list(&call, MK_LIST_WORDS, 2, (const char *const[]){"given", "--json"});
    const MkCall after = parse(state, "estimate -- --json");
    assert_list(&after, MK_LIST_WORDS, 1, (const char *const[]){"--json"});
}

static void test_lists_of_names_are_cut_at_commas_and_blanks(void **state)
{
    const char *const words[] = {"estimate", "hba1c,bmi, ,age", "sex waist"};
    MkCall call = {0};
    MkWords names = {0};
    assert_int_equal(mk_parse_words(*state, words, 3, MK_DOOR_SHELL, &call, NULL, NULL), MK_OK);
    assert_int_equal(mk_call_names(&call, MK_LIST_WORDS, &names, NULL), MK_OK);
    static const char *const want[] = {"hba1c", "bmi", "age", "sex", "waist"};
    assert_int_equal(names.n, 5);
    for (size_t i = 0; i < 5; i++) {
        assert_string_equal(names.items[i].text, want[i]);
    }
}

static void test_sets_and_ranges_stay_whole(void **state)
{
    const MkCall call = parse(state, "given smoking={never,former},age=40..50,bmi=31,5");
    size_t n = 0;
    const MkAssign *assigns = NULL;
    assert_int_equal(mk_call_assigns(&call, MK_LIST_WORDS, &n, &assigns, NULL), MK_OK);
    assert_int_equal(n, 3);
    assert_string_equal(assigns[0].value, "{never,former}");
    assert_string_equal(assigns[1].value, "40..50");
    assert_string_equal(assigns[2].value, "31,5");
}

static void test_comments_and_empty_lines_are_nothing(void **state)
{
    static const char *const lines[] = {"", "   ", "# given age=45", "  # x", "\t"};
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        const MkCall call = parse(state, lines[i]);
        assert_null(call.verb);
        assert_int_equal(call.n_options, 0);
    }
    const MkCall call = parse(state, "given age=45 # years");
    assert_list(&call, MK_LIST_WORDS, 1, (const char *const[]){"age=45"});
    const MkCall hash = parse(state, "given a#b=1");
    assert_list(&hash, MK_LIST_WORDS, 1, (const char *const[]){"a#b=1"});
}

static void test_negative_numbers_are_no_options(void **state)
{
    const MkCall call = parse(state, "attributes -3 -.5");
    assert_list(&call, MK_LIST_WORDS, 2, (const char *const[]){"-3", "-.5"});
}

static void test_a_verb_may_be_shortened(void **state)
{
    assert_string_equal(parse(state, "est hba1c").verb->name, "estimate");
    refuse(state, "s x", 1, "several verbs");
}

static void test_wrong_words_are_named_with_their_column(void **state)
{
    refuse(state, "estimat_ hba1c", 1, "nearest: estimate");
    refuse(state, "  frobnicate", 3, "no verb 'frobnicate'");
    refuse(state, "estimate hba1c --levl 0.5", 16, "nearest: --level");
    refuse(state, "estimate hba1c -x", 16, "no such option");
    refuse(state, "estimate hba1c --level", 16, "needs a value");
    refuse(state, "estimate hba1c --json=1", 16, "takes no value");
    refuse(state, "estimate hba1c --draws 5", 16, "does not belong");
    refuse(state, "estimate hba1c vs bmi", 16, "does not belong");
    refuse(state, "estimate hba1c given", 16, "nothing after 'given'");
    refuse(state, "given 'a=1", 7, "not closed");
    refuse(state, "given \xC3\xA4=1 \x01", 11, "control character");
    refuse(state, "given a\xFF", 8, "not UTF-8");
}

static void test_words_of_the_shell_become_a_line_again(void **state)
{
    const char *const words[] = {"estimate", "hba1c", "given", "region=north west", "-o", "a b.md"};
    MkCall call = {0};
    assert_int_equal(mk_parse_words(*state, words, 6, MK_DOOR_SHELL, &call, NULL, NULL), MK_OK);
    assert_string_equal(call.text, "estimate hba1c given region='north west' -o 'a b.md'");
    const MkCall again = parse(state, call.text);
    assert_string_equal(again.lists[MK_LIST_GIVEN].items[0].text, "region=north west");
    assert_string_equal(mk_call_option(&again, "output"), "a b.md");
}

static void test_an_option_means_the_same_with_every_verb(void **state)
{
    (void)state;
    size_t n = 0;
    const MkVerb *verbs = mk_verbs(&n);
    for (size_t v = 0; v < n; v++) {
        for (size_t i = 0; i < verbs[v].n_options; i++) {
            const MkOption *mine = &verbs[v].options[i];
            const MkOption *found = mk_option_find(mine->name);
            assert_non_null(found);
            assert_int_equal(found->argument == NULL, mine->argument == NULL);
        }
        assert_true(strncmp(verbs[v].usage, verbs[v].name, strlen(verbs[v].name)) == 0);
        assert_non_null(verbs[v].run);
    }
}

static void test_nearest_names_come_nearest_first(void **state)
{
    static const char *const names[] = {"smoking", "sleep_hours", "smoked", "sex"};
    assert_string_equal(mk_nearest(*state, "smokng", names, 4), "smoking, smoked");
    assert_string_equal(mk_nearest(*state, "zzzzzz", names, 4), "");
}

static void test_a_word_is_as_long_in_every_reader(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        size_t length;
    } cases[] = {{"hba1c given", 5},
                 {"pain='a b' c", 10},
                 {"'two words' c", 11},
                 {"crohn's -o x", 7},
                 {"pain='crohn''s or so' c", 21},
                 {"pain={'a b','c d'} e", 18},
                 {"'open and on", 12},
                 {"", 0}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(mk_word_length(cases[i].line), cases[i].length);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_line_is_a_verb_and_its_lists),
        cmocka_unit_test(test_given_takes_only_words_with_an_equals_sign),
        cmocka_unit_test(test_a_keyword_ends_the_list_before_it),
        cmocka_unit_test(test_options_stand_anywhere),
        cmocka_unit_test(test_the_last_of_an_option_counts),
        cmocka_unit_test(test_quotes_keep_a_word_together),
        cmocka_unit_test(test_a_quoted_word_is_no_keyword_and_no_option),
        cmocka_unit_test(test_lists_of_names_are_cut_at_commas_and_blanks),
        cmocka_unit_test(test_sets_and_ranges_stay_whole),
        cmocka_unit_test(test_comments_and_empty_lines_are_nothing),
        cmocka_unit_test(test_negative_numbers_are_no_options),
        cmocka_unit_test(test_a_verb_may_be_shortened),
        cmocka_unit_test(test_wrong_words_are_named_with_their_column),
        cmocka_unit_test(test_words_of_the_shell_become_a_line_again),
        cmocka_unit_test(test_an_option_means_the_same_with_every_verb),
        cmocka_unit_test(test_nearest_names_come_nearest_first),
        cmocka_unit_test(test_a_word_is_as_long_in_every_reader),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
