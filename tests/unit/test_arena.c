#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "tests/check.h"

#include <stdlib.h>
#include <string.h>

#include "src/base/arena.h"
#include "src/base/rng.h"

static void test_alignment_follows_the_size(void **state)
{
    (void)state;
    MkArena *arena = mk_arena_new(1024);
    for (size_t n = 0; n < 3000; n += 7) {
        char *p = mk_arena_alloc(arena, n);
        assert_non_null(p);
        assert_int_equal((uintptr_t)p % (n >= 64 ? 64 : 16), 0);
        memset(p, 0x5A, n);
    }
    mk_arena_free(arena);
}

static void test_sizes_that_overflow_are_refused(void **state)
{
    (void)state;
    MkArena *arena = mk_arena_new(0);
    assert_null(mk_arena_array(arena, SIZE_MAX / 2, 3));
    assert_null(mk_arena_zeros(arena, SIZE_MAX, 8));
    assert_null(mk_arena_alloc(arena, SIZE_MAX));
    assert_null(mk_heap_array(SIZE_MAX / 4, 8));
    assert_null(mk_heap_grow(NULL, SIZE_MAX / 4, 8));
    assert_non_null(mk_arena_array(arena, 0, 8));
    mk_arena_free(arena);
    mk_arena_free(NULL);
}

static void test_memory_keeps_what_was_written(void **state)
{
    (void)state;
    enum { N = 500 };
    MkArena *arena = mk_arena_new(256);
    unsigned char *parts[N];
    size_t sizes[N];
    MkRng rng = mk_rng(1, MK_RNG_TEST, 0);
    for (size_t i = 0; i < N; i++) {
        sizes[i] = mk_rng_below(&rng, 700);
        parts[i] = mk_arena_alloc(arena, sizes[i]);
        memset(parts[i], (int)(i & 0xFF), sizes[i]);
    }
    for (size_t i = 0; i < N; i++) {
        for (size_t j = 0; j < sizes[i]; j++) {
            assert_int_equal(parts[i][j], i & 0xFF);
        }
    }
    mk_arena_free(arena);
}

static void test_rewind_gives_back_and_reuses(void **state)
{
    (void)state;
    MkArena *arena = mk_arena_new(256);
    const MkMark empty = mk_arena_mark(arena);
    assert_int_equal(mk_arena_used(arena), 0);
    char *kept = mk_arena_strdup(arena, "kept");
    const size_t used = mk_arena_used(arena);
    assert_true(used >= 5);
    const MkMark mark = mk_arena_mark(arena);
    void *first = mk_arena_alloc(arena, 5000);
    (void)mk_arena_alloc(arena, 100);
    for (int i = 0; i < 10; i++) {
        mk_arena_rewind(arena, mark);
        assert_int_equal(mk_arena_used(arena), used);
        assert_ptr_equal(mk_arena_alloc(arena, 5000), first);
        assert_int_equal(mk_arena_used(arena), used + 5000);
    }
    mk_arena_rewind(arena, mark);
    assert_string_equal(kept, "kept");
    mk_arena_rewind(arena, empty);
    assert_int_equal(mk_arena_used(arena), 0);
    assert_non_null(mk_arena_alloc(arena, 10));
    mk_arena_free(arena);
}

static void test_text_is_copied_and_formatted(void **state)
{
    (void)state;
    MkArena *arena = mk_arena_new(0);
    assert_string_equal(mk_arena_strndup(arena, "abcdef", 3), "abc");
    assert_string_equal(mk_arena_strndup(arena, NULL, 0), "");
    assert_string_equal(mk_arena_printf(arena, "%s=%d", "a", 5), "a=5");
    mk_arena_free(arena);
}

static void test_zeros_and_heap_arrays_are_zero(void **state)
{
    (void)state;
    MkArena *arena = mk_arena_new(0);
    const MkMark mark = mk_arena_mark(arena);
    memset(mk_arena_alloc(arena, 4000), 0xFF, 4000);
    mk_arena_rewind(arena, mark);
    const unsigned char *zeros = mk_arena_zeros(arena, 1000, 4);
    unsigned char *heap = mk_heap_array(1000, 4);
    assert_int_equal((uintptr_t)heap % 64, 0);
    for (size_t i = 0; i < 4000; i++) {
        assert_int_equal(zeros[i], 0);
        assert_int_equal(heap[i], 0);
    }
    heap = mk_heap_grow(heap, 2000, 4);
    assert_non_null(heap);
    free(heap);
    mk_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_alignment_follows_the_size),
        cmocka_unit_test(test_sizes_that_overflow_are_refused),
        cmocka_unit_test(test_memory_keeps_what_was_written),
        cmocka_unit_test(test_rewind_gives_back_and_reuses),
        cmocka_unit_test(test_text_is_copied_and_formatted),
        cmocka_unit_test(test_zeros_and_heap_arrays_are_zero),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
