#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "tests/check.h"

#include "src/base/buf.h"
#include "tests/unit/small_session.h"

static void collect(void *ctx, const char *word, const char *help)
{
    MkBuf *buf = ctx;
    assert_non_null(help);
    mk_buf_printf(buf, "%s%s", buf->len > 0 ? " " : "", word);
}

/* Completes at the | of the line; `want` is everything offered. */
static void offers(void **state, const char *line, const char *want)
{
    Small *small = *state;
    char text[256];
    MkBuf buf;
    const char *bar = strchr(line, '|');
    assert_non_null(bar);
    snprintf(text, sizeof text, "%.*s%s", (int)(bar - line), line, bar + 1);
    mk_buf_init(&buf);
    mk_session_complete(small->session, text, (size_t)(bar - line), collect, &buf);
    if (strcmp(buf.data, want) != 0) {
        print_error("%s\n  got  %s\n  want %s\n", line, buf.data, want);
        fail();
    }
    mk_buf_release(&buf);
}

static void does(void **state, const char *line)
{
    Small *small = *state;
    MkResult *result = NULL;
    assert_int_equal(
        mk_session_run(small->session, MK_DOOR_PROMPT, line, "", 0, &result, &small->err), MK_OK);
    mk_result_free(result);
}

static void test_verbs_complete_first(void **state)
{
    offers(state, "est|", "estimate");
    offers(state, "  un|", "undo");
    offers(state, "--json es|", "estimate");
    offers(state, "help re|", "redo");
    offers(state, "zz|", "");
}

static void test_attributes_complete_by_name_and_then_by_label(void **state)
{
    offers(state, "estimate smo|", "smoking smoking_days");
    offers(state, "estimate body|", "bmi");
    offers(state, "estimate hba1c,b|", "hba1c,bmi");
    offers(state, "estimate b| hba1c", "bmi");
}

static void test_keywords_are_offered_where_the_verb_knows_them(void **state)
{
    offers(state, "estimate hba1c gi|", "given");
    offers(state, "plot hba1c v|", "vs");
    offers(state, "estimate hba1c v|", "");
    offers(state, "compare hba1c ac|", "across");
}

static void test_goals_of_optimize_complete(void **state)
{
    offers(state, "optimize hb|", "hba1c");
    offers(state, "optimize P(hb|", "P(hba1c");
    offers(state, "optimize smoking=n|", "smoking=never");
    offers(state, "optimize hba1c m|", "min max");
    offers(state, "optimize hba1c min ov|", "over");
    offers(state, "optimize hba1c min over bmi={a,smo|", "");
    offers(state, "optimize hba1c min over bmi subject to hb|", "hba1c");
}

static void test_values_complete_to_levels(void **state)
{
    offers(state, "given sm|", "smoking= smoking_days=");
    offers(state, "given smoking=n|", "smoking=never");
    offers(state, "given smoking={never,f|", "smoking={never,former");
    offers(state, "estimate hba1c given sex=|", "sex=male sex=female");
    offers(state, "given age=4|", "");
}

static void test_options_and_their_values_complete(void **state)
{
    offers(state, "impute --dr|", "--draws");
    offers(state, "estimate --dr|", "");
    offers(state, "estimate --format m|", "markdown");
    offers(state, "estimate -m sm|", "small");
    offers(state, "model sh|", "show");
    offers(state, "model show s|", "small");
}

static void test_scenarios_and_what_is_known_complete(void **state)
{
    does(state, "scenario lean bmi=22");
    does(state, "scenario heavy bmi=35");
    does(state, "given age=45 sex=male");
    does(state, "target bmi");
    offers(state, "compare hba1c across |", "lean heavy given from");
    offers(state, "compare hba1c across h|", "heavy");
    offers(state, "scenario old from l|", "lean");
    offers(state, "scenario old from lean se|", "sex=");
    offers(state, "forget |", "age sex");
    offers(state, "target --drop |", "bmi");
    does(state, "person lea age=30");
    offers(state, "estimate hba1c from le|", "lea lean");
    offers(state, "estimate hba1c from lea gi|", "given");
    offers(state, "estimate hba1c from lea h|", "hba1c");
    offers(state, "given from ./people.csv r|", "row");
    offers(state, "given from ./people.csv row |", "");
    offers(state, "given from ./people.csv row 3 hba|", "hba1c=");
    offers(state, "person l|", "lea");
    offers(state, "person new se|", "sex=");
    offers(state, "compare hba1c across le|", "lea lean");
    offers(state, "expect hb|", "hba1c");
    offers(state, "expect P(hb|", "P(hba1c");
    offers(state, "expect smoking=n|", "smoking=never");
    offers(state, "expect hba1c le|", "lea lean");
    offers(state, "expect hba1c lea < h|", "heavy");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, small_open, small_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_verbs_complete_first),
        TEST(test_attributes_complete_by_name_and_then_by_label),
        TEST(test_keywords_are_offered_where_the_verb_knows_them),
        TEST(test_goals_of_optimize_complete),
        TEST(test_values_complete_to_levels),
        TEST(test_options_and_their_values_complete),
        TEST(test_scenarios_and_what_is_known_complete),
    };
    return cmocka_run_group_tests(tests, small_set_up, small_tear_down);
}
