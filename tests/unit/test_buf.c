#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "tests/check.h"

#include <stdlib.h>
#include <string.h>

#include "src/base/buf.h"

static void test_an_empty_buffer_is_an_empty_string(void **state)
{
    (void)state;
    MkBuf buf;
    mk_buf_init(&buf);
    assert_string_equal(buf.data, "");
    mk_buf_clear(&buf);
    mk_buf_add(&buf, NULL, 0);
    assert_string_equal(buf.data, "");
    char *text = mk_buf_take(&buf);
    assert_string_equal(text, "");
    free(text);
    mk_buf_release(&buf);
}

static void test_text_grows_and_stays_terminated(void **state)
{
    (void)state;
    MkBuf buf;
    mk_buf_init(&buf);
    for (size_t i = 0; i < 5000; i++) {
        mk_buf_putc(&buf, (char)('a' + (int)(i % 26)));
        assert_int_equal(buf.len, i + 1);
        assert_int_equal(buf.data[i + 1], 0);
    }
    mk_buf_clear(&buf);
    mk_buf_puts(&buf, "x");
    mk_buf_printf(&buf, "=%d%s", 7, " and a tail that is longer than the formatted beginning was");
    mk_buf_add(&buf, "\0z", 2);
    assert_int_equal(buf.len, 3 + 59 + 2);
    assert_memory_equal(buf.data, "x=7 and a tail", 14);
    assert_int_equal(buf.data[buf.len], 0);
    MkError err;
    assert_int_equal(mk_buf_status(&buf, &err), MK_OK);
    mk_buf_release(&buf);
}

static void test_failed_growth_is_told_at_the_end(void **state)
{
    (void)state;
    MkBuf buf;
    mk_buf_init(&buf);
    mk_buf_puts(&buf, "abc");
    mk_buf_add(&buf, "x", SIZE_MAX / 2);
    assert_true(buf.failed);
    mk_buf_puts(&buf, "dropped");
    assert_string_equal(buf.data, "abc");
    MkError err;
    assert_int_equal(mk_buf_status(&buf, &err), MK_ENOMEM);
    assert_null(mk_buf_take(&buf));
    mk_buf_release(&buf);
}

static void test_take_gives_the_string(void **state)
{
    (void)state;
    MkBuf buf;
    mk_buf_init(&buf);
    mk_buf_puts(&buf, "mine");
    char *text = mk_buf_take(&buf);
    assert_string_equal(text, "mine");
    assert_string_equal(buf.data, "");
    assert_int_equal(buf.len, 0);
    mk_buf_puts(&buf, "again");
    assert_string_equal(buf.data, "again");
    free(text);
    mk_buf_release(&buf);
}

static void test_doubles_are_short(void **state)
{
    (void)state;
    MkBuf buf;
    mk_buf_init(&buf);
    mk_buf_double(&buf, 0.1);
    mk_buf_putc(&buf, ' ');
    mk_buf_double(&buf, -5.0);
    mk_buf_putc(&buf, ' ');
    mk_buf_double(&buf, (double)NAN);
    assert_string_equal(buf.data, "0.1 -5 nan");
    mk_buf_release(&buf);
}

static void test_a_word_of_the_language_is_quoted_where_it_must_be(void **state)
{
    (void)state;
    static const struct {
        const char *text, *want;
    } cases[] = {{"age=45", "age=45"},
                 {"crohn", "crohn"},
                 {"", "''"},
                 {"a b", "'a b'"},
                 {"pain=none at all", "pain='none at all'"},
                 {"pain=crohn's", "pain='crohn''s'"},
                 {"two words=a", "'two words=a'"},
                 {"#1", "'#1'"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        MkBuf buf;
        mk_buf_init(&buf);
        mk_buf_word(&buf, cases[i].text);
        assert_string_equal(buf.data, cases[i].want);
        mk_buf_release(&buf);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_empty_buffer_is_an_empty_string),
        cmocka_unit_test(test_text_grows_and_stays_terminated),
        cmocka_unit_test(test_failed_growth_is_told_at_the_end),
        cmocka_unit_test(test_take_gives_the_string),
        cmocka_unit_test(test_doubles_are_short),
        cmocka_unit_test(test_a_word_of_the_language_is_quoted_where_it_must_be),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
