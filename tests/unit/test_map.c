#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "tests/check.h"

#include "src/base/map.h"
#include "src/base/rng.h"

static void test_put_adds_and_replaces(void **state)
{
    (void)state;
    MkMap *map = mk_map_new();
    size_t value = 99;
    assert_false(mk_map_get(map, "a", &value));
    assert_int_equal(value, 99);
    char key[] = "a";
    assert_int_equal(mk_map_put(map, key, 1), MK_OK);
    key[0] = 'b'; /* keys are copied */
    assert_true(mk_map_get(map, "a", &value));
    assert_int_equal(value, 1);
    assert_false(mk_map_get(map, "b", &value));
    assert_int_equal(mk_map_put(map, "a", 2), MK_OK);
    assert_int_equal(mk_map_put(map, "", 3), MK_OK);
    assert_int_equal(mk_map_size(map), 2);
    assert_true(mk_map_get(map, "a", &value));
    assert_int_equal(value, 2);
    assert_true(mk_map_get(map, "", &value));
    assert_int_equal(value, 3);
    mk_map_free(map);
    mk_map_free(NULL);
}

static void test_many_keys_match_a_plain_table(void **state)
{
    (void)state;
    enum { N = 4000 };
    static size_t twin[N];
    static bool is_in[N];
    MkMap *map = mk_map_new();
    MkRng rng = mk_rng(7, MK_RNG_TEST, 0);
    size_t n_in = 0;
    for (size_t i = 0; i < 10000; i++) {
        const size_t k = mk_rng_below(&rng, N);
        char key[24];
        (void)snprintf(key, sizeof key, "attribute_%zu", k);
        assert_int_equal(mk_map_put(map, key, i), MK_OK);
        n_in += !is_in[k];
        is_in[k] = true;
        twin[k] = i;
    }
    assert_int_equal(mk_map_size(map), n_in);
    for (size_t k = 0; k < N; k++) {
        char key[24];
        size_t value = 0;
        (void)snprintf(key, sizeof key, "attribute_%zu", k);
        assert_int_equal(mk_map_get(map, key, &value), is_in[k]);
        if (is_in[k]) {
            assert_int_equal(value, twin[k]);
        }
    }
    mk_map_free(map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_put_adds_and_replaces),
        cmocka_unit_test(test_many_keys_match_a_plain_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
