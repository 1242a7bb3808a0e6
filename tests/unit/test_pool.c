#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "tests/check.h"

#include <stdlib.h>

#include "src/base/cpu.h"
#include "src/base/pool.h"

enum { N = 1000, WORKERS = 4 };

typedef struct Counts {
    int index[N];
    atomic_int worker[WORKERS];
} Counts;

static void count_task(void *ctx, size_t index, size_t worker)
{
    Counts *counts = ctx;
    counts->index[index]++;
    atomic_fetch_add(&counts->worker[worker], 1);
}

static void test_every_index_runs_once(void **state)
{
    (void)state;
    for (size_t n_threads = 1; n_threads <= WORKERS; n_threads++) {
        MkPool *pool = NULL;
        assert_int_equal(mk_pool_new(n_threads, &pool, NULL), MK_OK);
        assert_int_equal(mk_pool_size(pool), n_threads);
        for (size_t run = 0; run < 50; run++) {
            Counts counts = {0};
            const size_t n = run == 0 ? 0 : run * 20;
            mk_pool_run(pool, n, count_task, &counts);
            int total = 0;
            for (size_t i = 0; i < N; i++) {
                assert_int_equal(counts.index[i], i < n);
            }
            for (size_t w = 0; w < WORKERS; w++) {
                total += counts.worker[w];
                assert_true(w < n_threads || counts.worker[w] == 0);
            }
            assert_int_equal(total, n);
        }
        mk_pool_free(pool);
    }
}

static void test_without_a_pool_the_caller_works(void **state)
{
    (void)state;
    Counts counts = {0};
    mk_pool_run(NULL, 10, count_task, &counts);
    assert_int_equal(counts.worker[0], 10);
    assert_int_equal(mk_pool_size(NULL), 1);
    mk_pool_free(NULL);
}

static void test_zero_threads_means_the_usable_processors(void **state)
{
    (void)state;
    MkPool *pool = NULL;
    MkError err;
    assert_int_equal(mk_pool_new(0, &pool, &err), MK_OK);
    assert_true(mk_cpu_count() >= 1);
    assert_int_equal(mk_pool_size(pool), mk_cpu_count());
    mk_pool_free(pool);
    assert_int_equal(mk_pool_new(1000000, &pool, &err), MK_EINVAL);
}

static void test_processor_levels_are_ordered(void **state)
{
    (void)state;
    assert_true(!mk_cpu_has_avx512() || mk_cpu_has_avx2());
}

static void test_cancel_is_seen(void **state)
{
    (void)state;
    MkCancel cancel = {0};
    assert_false(mk_cancelled(NULL));
    assert_false(mk_cancelled(&cancel));
    atomic_store(&cancel.stop, true);
    assert_true(mk_cancelled(&cancel));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_index_runs_once),
        cmocka_unit_test(test_without_a_pool_the_caller_works),
        cmocka_unit_test(test_zero_threads_means_the_usable_processors),
        cmocka_unit_test(test_processor_levels_are_ordered),
        cmocka_unit_test(test_cancel_is_seen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
