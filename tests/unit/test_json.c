#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "tests/check.h"

#include <jansson.h>
#include <string.h>

#include "src/base/json.h"

static void test_commas_and_keys_are_its_business(void **state)
{
    (void)state;
    MkBuf buf;
    MkJson json;
    mk_buf_init(&buf);
    mk_json_init(&json, &buf);
    mk_json_object_begin(&json);
    mk_json_kstring(&json, "model", "altair");
    mk_json_key(&json, "given");
    mk_json_object_begin(&json);
    mk_json_ksize(&json, "age", 45);
    mk_json_object_end(&json);
    mk_json_key(&json, "list");
    mk_json_array_begin(&json);
    mk_json_double(&json, 0.1);
    mk_json_null(&json);
    mk_json_array_begin(&json);
    mk_json_array_end(&json);
    mk_json_bool(&json, true);
    mk_json_array_end(&json);
    mk_json_kbool(&json, "done", false);
    mk_json_kstring(&json, "none", NULL);
    mk_json_object_end(&json);
    assert_string_equal(buf.data, "{\"model\": \"altair\", \"given\": {\"age\": 45}, \"list\": "
                                  "[0.1, null, [], true], \"done\": false, \"none\": null}");
    mk_buf_release(&buf);
}

static void test_numbers_are_finite_and_rounded(void **state)
{
    (void)state;
    MkBuf buf;
    MkJson json;
    mk_buf_init(&buf);
    mk_json_init(&json, &buf);
    mk_json_array_begin(&json);
    mk_json_double(&json, (double)NAN);
    mk_json_number6(&json, -(double)INFINITY);
    mk_json_number6(&json, 1.0 / 3);
    mk_json_number6(&json, 1234567.0);
    mk_json_number6(&json, 1.7976931348623157e308);
    mk_json_array_end(&json);
    assert_string_equal(buf.data, "[null, null, 0.333333, 1234570, 1.79769e308]");
    assert_int_equal(json.n_nonfinite, 2);
    mk_buf_release(&buf);
}

static void test_any_text_comes_back_through_a_reader(void **state)
{
    (void)state;
    char all[256];
    for (int i = 1; i < 256; i++) {
        all[i - 1] = (char)i;
    }
    all[255] = '\0';
    MkBuf buf;
    MkJson json;
    mk_buf_init(&buf);
    mk_json_init(&json, &buf);
    mk_json_array_begin(&json);
    mk_json_string(&json, all);
    mk_json_string(&json, "kg/m\xC2\xB2 \"\\\n");
    mk_json_string(&json, "\xC2\x9B\x1B\xE2\x80\xAE");
    mk_json_array_end(&json);
    assert_non_null(strstr(buf.data, "\"\\u009b\\u001b\\u202e\"")); /* harmless on a terminal */
    json_error_t problem;
    json_t *root = json_loads(buf.data, 0, &problem);
    assert_non_null(root);
    const char *back = json_string_value(json_array_get(root, 0));
    assert_memory_equal(back, all, 127);
    assert_string_equal(back + 127 + 3 * 127, "\xEF\xBF\xBD");
    assert_string_equal(json_string_value(json_array_get(root, 1)), "kg/m\xC2\xB2 \"\\\n");
    json_decref(root);
    mk_buf_release(&buf);
}

static void test_too_deep_fails_instead_of_writing_nonsense(void **state)
{
    (void)state;
    MkBuf buf;
    MkJson json;
    mk_buf_init(&buf);
    mk_json_init(&json, &buf);
    for (int i = 0; i < MK_JSON_DEPTH + 5; i++) {
        mk_json_array_begin(&json);
    }
    MkError err;
    assert_int_equal(mk_buf_status(&buf, &err), MK_ENOMEM);
    mk_buf_release(&buf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_commas_and_keys_are_its_business),
        cmocka_unit_test(test_numbers_are_finite_and_rounded),
        cmocka_unit_test(test_any_text_comes_back_through_a_reader),
        cmocka_unit_test(test_too_deep_fails_instead_of_writing_nonsense),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
