#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "tests/check.h"

#include <float.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/rng.h"
#include "src/base/text.h"

static bool parse(const char *text, double *x)
{
    return mk_text_double(text, strlen(text), '.', x);
}

static void test_numbers_are_read_strictly(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        double want;
    } good[] = {
        {"0", 0},
        {"-0", 0},
        {"+5", 5},
        {"5.", 5},
        {".5", 0.5},
        {"007", 7},
        {"1e3", 1000},
        {"1E-3", 0.001},
        {"-12.50", -12.5},
        {"0.1", 0.1},
        {"1e22", 1e22},
        {"1e23", 1e23},
        {"123456789012345678", 123456789012345678.0},
        {"1e-400", 0},
        {"0e999999999999", 0},
        {"4.9e-324", 4.9e-324},
        {"1.7976931348623157e308", DBL_MAX},
        {"9007199254740993", 9007199254740992.0},
        {"9007199254740993.00000000000000000000000001", 9007199254740994.0},
        {"0.000000000000000000000000000000000000000123", 1.23e-40},
    };
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        double x = 77;
        assert_true(parse(good[i].text, &x));
        assert_true(x == good[i].want);
    }
    static const char *const bad[] = {"",     " 1",  "1 ",    "nan", "inf", "0x10",  "1e",
                                      "e5",   ".",   "-",     "+.",  "1,5", "1.2.3", "1e+",
                                      "1e5.", "--1", "1e999", "1_0", "١"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        double x = 77;
        assert_false(parse(bad[i], &x));
        assert_true(x == 77);
    }
    double x = 0;
    assert_true(mk_text_double("1,5", 3, ',', &x) && x == 1.5);
    assert_false(mk_text_double("1.5", 3, ',', &x));
    assert_true(mk_text_double("12345", 2, '.', &x) && x == 12);
}

static void test_very_long_numbers_are_read_exactly(void **state)
{
    (void)state;
    static char text[5000];
    memset(text, '0', sizeof text);
    text[0] = '1';
    memcpy(text + 4000, "e-3999", 6); /* 1 with 3999 zeros and e-3999 */
    double x = 0;
    assert_true(mk_text_double(text, 4006, '.', &x));
    assert_true(x == 1.0);
    /* Just above half-way between two doubles, by a digit far to the right. */
    memset(text, '0', sizeof text);
    memcpy(text, "9007199254740993.", 17);
    text[3000] = '1';
    assert_true(mk_text_double(text, 4000, '.', &x));
    assert_true(x == 9007199254740994.0);
    text[3000] = '0';
    assert_true(mk_text_double(text, 4000, '.', &x));
    assert_true(x == 9007199254740992.0);
}

static void test_every_double_comes_back_from_its_text(void **state)
{
    (void)state;
    MkRng rng = mk_rng(1, MK_RNG_TEST, 5);
    for (int i = 0; i < 20000; i++) {
        const uint64_t bits = ((uint64_t)mk_rng_u32(&rng) << 32) | mk_rng_u32(&rng);
        double x = 0;
        memcpy(&x, &bits, sizeof x);
        if (i % 2 == 0) {
            x = nearbyint(mk_rng_normal(&rng) * 1e5) / 1e3;
        }
        char text[32];
        const size_t len = mk_text_shortest(x, text);
        assert_int_equal(strlen(text), len);
        double back = 0;
        if (isfinite(x)) {
            assert_true(mk_text_double(text, len, '.', &back));
            assert_true(back == x);
            assert_true(strtod(text, NULL) == x);
        }
    }
}

static void test_shortest_text_is_short(void **state)
{
    (void)state;
    static const struct {
        double x;
        const char *want;
    } cases[] = {
        {0, "0"},
        {-0.0, "-0"},
        {1, "1"},
        {-12.5, "-12.5"},
        {0.1, "0.1"},
        {100, "100"},
        {1e15, "1000000000000000"},
        {1e17, "1e17"},
        {1e-5, "0.00001"},
        {1e-6, "1e-6"},
        {0.3, "0.3"},
        {0.1 + 0.2, "0.30000000000000004"},
        {5e-324, "5e-324"},
        {1.0 / 3, "0.3333333333333333"},
        {123456.789, "123456.789"},
        {1.5e300, "1.5e300"},
        {DBL_MAX, "1.7976931348623157e308"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[32];
        (void)mk_text_shortest(cases[i].x, text);
        assert_string_equal(text, cases[i].want);
    }
}

static void test_numbers_for_people(void **state)
{
    (void)state;
    static const struct {
        double x;
        int digits;
        const char *want;
    } cases[] = {
        {0, 3, "0"},
        {5.6789, 3, "5.68"},
        {123456, 3, "123000"},
        {0.0001234, 2, "0.00012"},
        {0.00001234, 2, "1.2e-5"},
        {1234567890, 4, "1.235e9"},
        {999999999.9, 3, "1e9"},
        {-0.5, 3, "-0.5"},
        {99.96, 3, "100"},
        {1e-320, 3, "1e-320"},
        {5, 0, "5"},
        {1.0 / 3, 99, "0.333333333333333"},
        {-1.23456789012345e-300, 15, "-1.23456789012345e-300"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[24];
        assert_string_equal(mk_text_number(cases[i].x, cases[i].digits, text), cases[i].want);
    }
    char text[24];
    assert_string_equal(mk_text_number((double)NAN, 3, text), "nan");
    assert_string_equal(mk_text_number(-(double)INFINITY, 3, text), "-inf");
}

static void test_numbers_at_a_step(void **state)
{
    (void)state;
    static const struct {
        double x, step;
        const char *want;
    } cases[] = {
        {5.64, 0.1, "5.6"},
        {5, 0.1, "5.0"},
        {31.7, 1, "32"},
        {-0.04, 0.1, "0.0"},
        {5.1, 0.25, "5.00"},
        {5.13, 0.25, "5.25"},
        {12345, 100, "12300"},
        {-3.26, 0.01, "-3.26"},
        {5.6789, 0, "5.68"},
        {1e300, 1, "1e300"},
        {1.23456e-7, 1e-9, "0.000000123"},
        {2.5, 1, "3"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[24];
        assert_string_equal(mk_text_at(cases[i].x, cases[i].step, text), cases[i].want);
    }
}

static void test_numbers_do_not_follow_the_locale(void **state)
{
    (void)state;
    static const char *const names[] = {"de_DE.UTF-8", "fr_FR.UTF-8", "de_DE", "nl_NL.UTF-8"};
    const char *set = NULL;
    for (size_t i = 0; i < 4 && set == NULL; i++) {
        set = setlocale(LC_ALL, names[i]);
    }
    char text[32];
    (void)mk_text_shortest(1234.5678901234567, text);
    double x = 0;
    const bool is_read = parse("0.1234567890123456789", &x);
    char people[24];
    (void)mk_text_number(2.5, 3, people);
    (void)setlocale(LC_ALL, "C");
    assert_string_equal(text, "1234.5678901234567");
    assert_true(is_read && x == 0.1234567890123456789);
    assert_string_equal(people, "2.5");
    if (set == NULL) {
        skip(); /* no locale with a decimal comma on this machine: only the C locale was tried */
    }
}

static void test_integers_are_read_whole(void **state)
{
    (void)state;
    size_t n = 9;
    assert_true(mk_text_size("0", &n) && n == 0);
    assert_true(mk_text_size("18446744073709551615", &n) && n == SIZE_MAX);
    assert_false(mk_text_size("18446744073709551616", &n));
    assert_false(mk_text_size("", &n));
    assert_false(mk_text_size("-1", &n));
    assert_false(mk_text_size("1 ", &n));
    uint64_t u = 0;
    assert_true(mk_text_u64("12", &u) && u == 12);
}

static void test_words(void **state)
{
    (void)state;
    assert_true(mk_text_has_prefix("smoking", "smo"));
    assert_false(mk_text_has_prefix("smo", "smoking"));
    assert_true(mk_text_has_suffix("people.csv.gz", 13, ".gz"));
    assert_true(mk_text_has_suffix("people.csv.gz", 10, ".csv"));
    assert_false(mk_text_has_suffix(".gz", 3, ".gz"));
    assert_false(mk_text_has_suffix("people.csv", 10, ".gz"));
    assert_true(mk_text_same_nocase("mEq/L", "MEQ/l"));
    assert_false(mk_text_same_nocase("mg", "mg/dL"));
    assert_false(mk_text_same_nocase("mg/dL", "mg"));
    assert_string_equal(mk_text_or_empty(NULL), "");
    assert_string_equal(mk_text_or_empty("a"), "a");
    char text[32];
    assert_string_equal(mk_text_count(0, text), "0");
    assert_string_equal(mk_text_count(711, text), "711");
    assert_string_equal(mk_text_count(12345, text), "12,345");
    assert_string_equal(mk_text_count(1000000, text), "1,000,000");
    assert_string_equal(mk_text_count(SIZE_MAX, text), "18,446,744,073,709,551,615");
    assert_true(mk_text_find_nocase("Glycated HEMOGLOBIN", "hemo"));
    assert_true(mk_text_find_nocase("abc", ""));
    assert_true(mk_text_find_nocase("aab", "ab"));
    assert_false(mk_text_find_nocase("abc", "abcd"));
}

static void test_utf8_is_decoded_strictly(void **state)
{
    (void)state;
    uint32_t cp = 1;
    assert_int_equal(mk_utf8_next("", &cp), 0);
    static const uint32_t there_and_back[] = {'a',   0x7F,   0x80,    0x7FF,
                                              0x800, 0xFFFF, 0x10000, 0x10FFFF};
    for (size_t i = 0; i < sizeof there_and_back / sizeof *there_and_back; i++) {
        char bytes[5];
        const size_t n = mk_utf8_encode(there_and_back[i], bytes);
        assert_int_equal(strlen(bytes), n);
        assert_int_equal(mk_utf8_next(bytes, &cp), n);
        assert_int_equal(cp, there_and_back[i]);
    }
    assert_int_equal(mk_utf8_next("\xC3\xA9", &cp), 2);
    assert_int_equal(cp, 0xE9);
    assert_int_equal(mk_utf8_next("\xF0\x9F\x98\x80x", &cp), 4);
    assert_int_equal(cp, 0x1F600);
    static const char *const bad[] = {
        "\x80", "\xC0\x80", "\xE0\x80\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80",
        "\xC3", "\xE2\x96", "\xFF"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(mk_utf8_next(bad[i], &cp), 1);
        assert_int_equal(cp, 0xFFFD);
        assert_false(mk_utf8_valid(bad[i], strlen(bad[i])));
    }
    assert_true(mk_utf8_valid("a\xE2\x96\x88", 4));
    assert_false(mk_utf8_valid("a\xE2\x96\x88", 3));
}

static void test_control_characters_are_what_a_terminal_obeys(void **state)
{
    (void)state;
    static const uint32_t bad[] = {0,      0x1B,   0x7F,   0x80,   0x9B,  0x9F,
                                   0x2028, 0x202A, 0x202E, 0x2066, 0x2069};
    static const uint32_t good[] = {' ', '~', 0xA0, 0xE9, 0x200B, 0x2026, 0x202F, 0x2265, 0x1F600};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_true(mk_utf8_is_control(bad[i]));
    }
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        assert_false(mk_utf8_is_control(good[i]));
    }
}

static void test_width_counts_cells(void **state)
{
    (void)state;
    assert_int_equal(mk_utf8_width("kg/m\xC2\xB2"), 5);
    assert_int_equal(mk_utf8_width("e\xCC\x81"), 1);                /* combining accent */
    assert_int_equal(mk_utf8_width("\xE4\xBD\x93\xE9\x87\x8D"), 4); /* two ideographs */
    assert_int_equal(mk_utf8_width("\xE2\x96\x81\xE2\x96\x83\xE2\xA3\xBF\xE2\x94\x82"), 4);
    assert_int_equal(mk_utf8_width("\x1b\t"), 0);
    assert_int_equal(mk_utf8_width_cp(0x1F600), 2);
    size_t used = 9;
    assert_int_equal(mk_utf8_clip("a\xE4\xBD\x93z", 2, &used), 1);
    assert_int_equal(used, 1);
    assert_int_equal(mk_utf8_clip("a\xE4\xBD\x93z", 3, &used), 4);
    assert_int_equal(used, 3);
    assert_int_equal(mk_utf8_clip("abc", 10, NULL), 3);
}

static void test_distance_counts_edits(void **state)
{
    (void)state;
    assert_int_equal(mk_text_distance("hba1c", "hba1c", 3), 0);
    assert_int_equal(mk_text_distance("hba1c", "hab1c", 3), 1);
    assert_int_equal(mk_text_distance("glucose", "glucse", 3), 1);
    assert_int_equal(mk_text_distance("kitten", "sitting", 5), 3);
    assert_int_equal(mk_text_distance("kitten", "sitting", 2), 3);
    assert_int_equal(mk_text_distance("", "abc", 3), 3);
    assert_int_equal(mk_text_distance("", "abcd", 3), 4);
    char big[400];
    memset(big, 'a', sizeof big - 1);
    big[sizeof big - 1] = '\0';
    assert_int_equal(mk_text_distance(big, big + 1, 3), 4);
}

static void test_blanks_are_cut_off_both_ends(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *want;
    } cases[] = {{"  a b ", "a b"}, {"a", "a"}, {"   ", ""}, {"", ""}, {"\ta ", "\ta"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *text = cases[i].text;
        size_t len = strlen(text);
        mk_text_trim(&text, &len);
        assert_int_equal(len, strlen(cases[i].want));
        assert_memory_equal(text, cases[i].want, len);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers_are_read_strictly),
        cmocka_unit_test(test_blanks_are_cut_off_both_ends),
        cmocka_unit_test(test_very_long_numbers_are_read_exactly),
        cmocka_unit_test(test_every_double_comes_back_from_its_text),
        cmocka_unit_test(test_shortest_text_is_short),
        cmocka_unit_test(test_numbers_for_people),
        cmocka_unit_test(test_numbers_at_a_step),
        cmocka_unit_test(test_numbers_do_not_follow_the_locale),
        cmocka_unit_test(test_integers_are_read_whole),
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_utf8_is_decoded_strictly),
        cmocka_unit_test(test_control_characters_are_what_a_terminal_obeys),
        cmocka_unit_test(test_width_counts_cells),
        cmocka_unit_test(test_distance_counts_edits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
