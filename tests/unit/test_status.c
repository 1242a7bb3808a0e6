#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "tests/check.h"

#include <stdlib.h>
#include <string.h>

#include "src/base/status.h"

static void test_failure_tells_its_story(void **state)
{
    (void)state;
    MkError err = {0};
    assert_int_equal(mk_fail(&err, MK_EFORMAT, "%s:%d: bad", "a.csv", 3), MK_EFORMAT);
    assert_int_equal(err.status, MK_EFORMAT);
    assert_string_equal(err.text, "a.csv:3: bad");
    assert_int_equal(mk_fail(NULL, MK_EIO, "x"), MK_EIO);
}

static void test_prefix_goes_before_the_text(void **state)
{
    (void)state;
    MkError err = {0};
    (void)mk_fail(&err, MK_EINVAL, "unknown attribute");
    mk_error_prefix(&err, "scenario %s", "a");
    assert_string_equal(err.text, "scenario a: unknown attribute");
    mk_error_prefix(&err, "%s", err.text); /* arguments may point into the error itself */
    assert_string_equal(err.text, "scenario a: unknown attribute: scenario a: unknown attribute");
    mk_error_prefix(NULL, "x");
}

static void test_long_text_is_cut_between_characters(void **state)
{
    (void)state;
    for (int lead = 0; lead < 4; lead++) {
        char text[2 * MK_ERROR_TEXT + 8];
        text[0] = '\0';
        for (int i = 0; i < lead; i++) {
            strcat(text, "x");
        }
        while (strlen(text) < MK_ERROR_TEXT + 20) {
            strcat(text, "\xE2\x96\x88");
        }
        MkError err;
        (void)mk_fail(&err, MK_EIO, "%s", text);
        assert_true(strlen(err.text) >= MK_ERROR_TEXT - 4);
        assert_true(strlen(err.text) < MK_ERROR_TEXT);
        assert_int_equal((strlen(err.text) - (size_t)lead) % 3, 0);
        mk_error_prefix(&err, "p");
        assert_true(strlen(err.text) < MK_ERROR_TEXT);
        assert_int_equal((strlen(err.text) - (size_t)lead) % 3, 0);
    }
}

static void test_every_status_has_its_exit_code(void **state)
{
    (void)state;
    assert_int_equal(mk_status_exit_code(MK_OK), 0);
    assert_int_equal(mk_status_exit_code(MK_EINVAL), 2);
    assert_int_equal(mk_status_exit_code(MK_ENOMEM), 1);
    assert_int_equal(mk_status_exit_code(MK_EIO), 1);
    assert_int_equal(mk_status_exit_code(MK_EFORMAT), 3);
    assert_int_equal(mk_status_exit_code(MK_ESHAPE), 3);
    assert_int_equal(mk_status_exit_code(MK_ENUMERIC), 1);
    assert_int_equal(mk_status_exit_code(MK_ENOTFOUND), 2);
    assert_int_equal(mk_status_exit_code(MK_EUNSUPPORTED), 2);
    assert_int_equal(mk_status_exit_code(MK_ECHECK), 4);
    assert_int_equal(mk_status_exit_code(MK_ECANCEL), 130);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_failure_tells_its_story),
        cmocka_unit_test(test_prefix_goes_before_the_text),
        cmocka_unit_test(test_long_text_is_cut_between_characters),
        cmocka_unit_test(test_every_status_has_its_exit_code),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
