#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "tests/check.h"

#include <string.h>

#include "src/base/rng.h"

/* Known answers of the Random123 distribution (kat_vectors, philox4x32 10). */
static void test_philox_gives_the_known_answers(void **state)
{
    (void)state;
    static const struct {
        uint32_t counter[4], key[2], want[4];
    } cases[] = {
        {{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
        {{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
         {0xffffffff, 0xffffffff},
         {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
        {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
         {0xa4093822, 0x299f31d0},
         {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
    };
    for (size_t i = 0; i < 3; i++) {
        uint32_t out[4];
        mk_philox4x32(cases[i].counter, cases[i].key, out);
        assert_memory_equal(out, cases[i].want, sizeof out);
    }
}

static void test_streams_are_values_and_differ(void **state)
{
    (void)state;
    MkRng a = mk_rng(5, MK_RNG_SAMPLE, 10);
    MkRng b = mk_rng(5, MK_RNG_SAMPLE, 10);
    MkRng other[3] = {mk_rng(6, MK_RNG_SAMPLE, 10), mk_rng(5, MK_RNG_MASK, 10),
                      mk_rng(5, MK_RNG_SAMPLE, UINT64_C(10) + (UINT64_C(1) << 32))};
    for (int i = 0; i < 100; i++) {
        const uint32_t x = mk_rng_u32(&a);
        assert_int_equal(x, mk_rng_u32(&b));
        for (size_t j = 0; j < 3; j++) {
            assert_int_not_equal(x, mk_rng_u32(&other[j]));
        }
    }
}

static void test_uniform_and_normal_have_their_moments(void **state)
{
    (void)state;
    enum { N = 200000 };
    MkRng rng = mk_rng(3, MK_RNG_TEST, 1);
    double u1 = 0;
    double u2 = 0;
    double z1 = 0;
    double z2 = 0;
    double z4 = 0;
    for (int i = 0; i < N; i++) {
        const double u = mk_rng_uniform(&rng);
        const double z = mk_rng_normal(&rng);
        assert_true(u >= 0 && u < 1);
        assert_true(isfinite(z));
        u1 += u;
        u2 += u * u;
        z1 += z;
        z2 += z * z;
        z4 += z * z * z * z;
    }
    assert_close(u1 / N, 0.5, 0.003, 0);
    assert_close(u2 / N, 1.0 / 3, 0.003, 0);
    assert_close(z1 / N, 0, 0.01, 0);
    assert_close(z2 / N, 1, 0.015, 0);
    assert_close(z4 / N, 3, 0.12, 0);
}

static void test_below_is_even(void **state)
{
    (void)state;
    size_t count[7] = {0};
    MkRng rng = mk_rng(3, MK_RNG_TEST, 2);
    for (int i = 0; i < 70000; i++) {
        const size_t k = mk_rng_below(&rng, 7);
        assert_true(k < 7);
        count[k]++;
    }
    for (size_t k = 0; k < 7; k++) {
        assert_close((double)count[k], 10000, 400, 0);
    }
    assert_int_equal(mk_rng_below(&rng, 1), 0);
}

static void test_shuffle_is_a_permutation(void **state)
{
    (void)state;
    size_t items[100];
    bool seen[100] = {false};
    for (size_t i = 0; i < 100; i++) {
        items[i] = i;
    }
    MkRng rng = mk_rng(3, MK_RNG_TEST, 3);
    mk_rng_shuffle(&rng, items, 100);
    size_t n_fixed = 0;
    for (size_t i = 0; i < 100; i++) {
        assert_false(seen[items[i]]);
        seen[items[i]] = true;
        n_fixed += items[i] == i;
    }
    assert_true(n_fixed < 10);
    mk_rng_shuffle(&rng, items, 0);
}

static void test_hash_is_stable_and_spreads(void **state)
{
    (void)state;
    /* The value is part of the contract: splits by id must not move. */
    const uint64_t h = mk_hash64("person 1", 8, 0);
    assert_true(h == mk_hash64("person 1", 8, 0));
    assert_true(h != mk_hash64("person 2", 8, 0));
    assert_true(h != mk_hash64("person 1", 8, 1));
    size_t low = 0;
    for (int i = 0; i < 10000; i++) {
        char id[16];
        const int n = snprintf(id, sizeof id, "%d", i);
        low += mk_hash64(id, (size_t)n, 42) < UINT64_MAX / 10;
    }
    assert_close((double)low, 1000, 120, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_philox_gives_the_known_answers),
        cmocka_unit_test(test_streams_are_values_and_differ),
        cmocka_unit_test(test_uniform_and_normal_have_their_moments),
        cmocka_unit_test(test_below_is_even),
        cmocka_unit_test(test_shuffle_is_a_permutation),
        cmocka_unit_test(test_hash_is_stable_and_spreads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
