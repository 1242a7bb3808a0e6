/* test_signature.c - signatures made by minisign 0.11 with a key for tests. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "tests/check.h"

#include <stdlib.h>
#include <string.h>

#include "src/data/signature.h"

static const char FILE_TEXT[] = "A small file that is signed.\n";
static const char KEY[] = "untrusted comment: minisign public key 5B01FF4BCD929D85\n"
                          "RWSFnZLNS/8BW32jcCoIc+Gy2RQhIsqF49Hr1ZH3DArl5yE4enuFHREM\n";
#define SIGNATURE_1 "untrusted comment: signature of a test key\n"
#define PREHASHED_2                                                                                \
    "RUSFnZLNS/8BWxH3M3W3I72oj5mzw3aH5slwIOnXr08EwLB1k8pej6hI9SSTAjvi6cNm0hG43/x5xBLBj5n+zocbX4i"  \
    "T+b4iGw4=\n"
#define PREHASHED_3 "trusted comment: prehashed, for tests\n"
#define PREHASHED_4                                                                                \
    "vBlmMT6yv5eHwc5EE5r7LbbdOqsbupd+n5yzPidGSNXDeST+nzFtN2wyEhIfClsEAj8o29bvyA9xf6+aLM9qBA==\n"
static const char PREHASHED[] = SIGNATURE_1 PREHASHED_2 PREHASHED_3 PREHASHED_4;
static const char LEGACY[] = SIGNATURE_1
    "RWSFnZLNS/8BW5sgj/WTpm7FyVUwuX8PzoWuOhcyzj36fDVwcH/f6P5ogwy/BoXJ1ARyWZ/XcdBOeKYuykx4OTMGY+l"
    "NAQ5YtQ8=\n"
    "trusted comment: legacy, for tests\n"
    "PomEXfg5ZJNxMK/tA05nt+ueKVx2aLiCHltA7Y1H1PiD1KJMSALiHARdxlo7fZWZlRE5AsvSJx0Oa1JTamZrCg==\n";

static void setup(const char *text, MkArena **arena, MkSignature *signature, MkSigningKey *key)
{
    MkError err = {0};
    *arena = mk_arena_new(0);
    assert_non_null(*arena);
    assert_int_equal(mk_signature_parse(text, strlen(text), "f.minisig", *arena, signature, &err),
                     MK_OK);
    assert_int_equal(mk_signing_key_parse(KEY, strlen(KEY), "k.pub", key, &err), MK_OK);
}

static void test_both_algorithms_vouch_for_their_file_alone(void **state)
{
    (void)state;
    const char *const texts[] = {PREHASHED, LEGACY};
    const char *const comments[] = {"prehashed, for tests", "legacy, for tests"};
    for (size_t i = 0; i < 2; i++) {
        MkArena *arena;
        MkSignature signature;
        MkSigningKey key;
        char id[MK_KEY_ID_TEXT];
        MkError err = {0};
        setup(texts[i], &arena, &signature, &key);
        assert_int_equal(signature.is_prehashed, i == 0);
        assert_string_equal(signature.comment, comments[i]);
        assert_string_equal(mk_key_id_text(signature.key_id, id), "5B01FF4BCD929D85");
        assert_true(mk_signature_is_by(&signature, &key));
        const size_t n = sizeof FILE_TEXT - 1;
        assert_int_equal(mk_signature_check(&signature, &key, FILE_TEXT, n, &err), MK_OK);
        assert_int_equal(mk_signature_check(&signature, &key, FILE_TEXT, n - 1, &err), MK_ECHECK);
        assert_non_null(strstr(err.text, "not of this file"));
        char *const other = strdup(FILE_TEXT);
        other[3] ^= 1;
        assert_int_equal(mk_signature_check(&signature, &key, other, n, NULL), MK_ECHECK);
        free(other);
        mk_arena_free(arena);
    }
}

static void test_a_comment_that_was_changed_and_another_key_do_not_pass(void **state)
{
    (void)state;
    static const char text[] =
        SIGNATURE_1 PREHASHED_2 "trusted comment: prehashed, for all\n" PREHASHED_4;
    MkArena *arena;
    MkSignature signature;
    MkSigningKey key;
    MkError err = {0};
    setup(text, &arena, &signature, &key);
    const size_t n = sizeof FILE_TEXT - 1;
    assert_int_equal(mk_signature_check(&signature, &key, FILE_TEXT, n, &err), MK_ECHECK);
    assert_non_null(strstr(err.text, "trusted comment"));
    mk_arena_free(arena);
    setup(PREHASHED, &arena, &signature, &key);
    key.bytes[5] ^= 1; /* the same id */
    assert_int_equal(mk_signature_check(&signature, &key, FILE_TEXT, n, &err), MK_ECHECK);
    key.id[0] ^= 1;
    assert_false(mk_signature_is_by(&signature, &key));
    assert_int_equal(mk_signature_check(&signature, &key, FILE_TEXT, n, &err), MK_ECHECK);
    assert_non_null(strstr(err.text, "another one"));
    mk_arena_free(arena);
}

static void expect_line(const char *text, const char *place)
{
    MkArena *const arena = mk_arena_new(0);
    MkSignature signature;
    MkError err = {0};
    assert_int_equal(mk_signature_parse(text, strlen(text), "f.minisig", arena, &signature, &err),
                     MK_EFORMAT);
    assert_ptr_equal(strstr(err.text, place), err.text);
    mk_arena_free(arena);
}

static void test_what_is_no_signature_is_told_with_its_line(void **state)
{
    (void)state;
    expect_line("", "f.minisig:1:");
    expect_line("hello\n", "f.minisig:1:");
    expect_line(SIGNATURE_1, "f.minisig:2:");
    expect_line(SIGNATURE_1 "RUSFnZLNS/8B\n", "f.minisig:2:");
    expect_line(SIGNATURE_1 "R!SF\n", "f.minisig:2:");
    expect_line(SIGNATURE_1 PREHASHED_2, "f.minisig:3:");
    expect_line(SIGNATURE_1 PREHASHED_2 "comment: x\n" PREHASHED_4, "f.minisig:3:");
    expect_line(SIGNATURE_1 PREHASHED_2 "trusted comment: \033[2J\n" PREHASHED_4, "f.minisig:3:");
    expect_line(SIGNATURE_1 PREHASHED_2 "trusted comment: \377\n" PREHASHED_4, "f.minisig:3:");
    expect_line(SIGNATURE_1 PREHASHED_2 PREHASHED_3, "f.minisig:4:");
    expect_line(SIGNATURE_1 PREHASHED_2 PREHASHED_3 "abcd\n", "f.minisig:4:");
    expect_line(SIGNATURE_1 PREHASHED_2 PREHASHED_3 PREHASHED_4 "more\n", "f.minisig:5:");
}

static void test_keys_alone_and_in_files_and_what_is_none(void **state)
{
    (void)state;
    static const char alone[] = "RWSFnZLNS/8BW32jcCoIc+Gy2RQhIsqF49Hr1ZH3DArl5yE4enuFHREM";
    static const char crlf[] = "untrusted comment: a\r\n"
                               "RWSFnZLNS/8BW32jcCoIc+Gy2RQhIsqF49Hr1ZH3DArl5yE4enuFHREM\r\n";
    MkSigningKey a, b, c;
    MkError err = {0};
    assert_int_equal(mk_signing_key_parse(KEY, strlen(KEY), "k.pub", &a, &err), MK_OK);
    assert_int_equal(mk_signing_key_parse(alone, strlen(alone), "--key", &b, &err), MK_OK);
    assert_int_equal(mk_signing_key_parse(crlf, strlen(crlf), "k.pub", &c, &err), MK_OK);
    assert_memory_equal(&a, &b, sizeof a);
    assert_memory_equal(&a, &c, sizeof a);
    assert_int_equal(mk_signing_key_parse(alone, 40, "k.pub", &a, &err), MK_EFORMAT);
    assert_int_equal(mk_signing_key_parse(PREHASHED, strlen(PREHASHED), "k.pub", &a, &err),
                     MK_EFORMAT);
    assert_ptr_equal(strstr(err.text, "k.pub:2:"), err.text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_both_algorithms_vouch_for_their_file_alone),
        cmocka_unit_test(test_a_comment_that_was_changed_and_another_key_do_not_pass),
        cmocka_unit_test(test_what_is_no_signature_is_told_with_its_line),
        cmocka_unit_test(test_keys_alone_and_in_files_and_what_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
