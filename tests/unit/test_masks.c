/* Which cells a rule hides, counted. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "tests/check.h"

#include "src/eval/mask.h"

static void test_masks_hide_by_rule(void **state)
{
    (void)state;
    enum { PEOPLE = 2000 };
    MkArena *arena = mk_arena_new(0);
    static const MkAttribute four[] = {{.name = "a", .label = "a", .category = "one"},
                                       {.name = "b", .label = "b", .category = "one"},
                                       {.name = "c", .label = "c", .category = "two"}};
    const MkSchema small = {.n = 3, .attributes = four};
    const MkCohort cohort = {.schema = &small, .n_tables = 1};
    MkMaskRule random = {.kind = MK_MASK_RULE_RANDOM, .seed = 1, .cohort = &cohort};
    MkMaskRule block = {.kind = MK_MASK_RULE_BLOCK, .seed = 1, .cohort = &cohort};
    MkMaskRule source = {.kind = MK_MASK_RULE_SOURCE, .seed = 1, .cohort = &cohort};
    assert_int_equal(mk_mask_prepare(&random, arena, NULL), MK_OK);
    assert_int_equal(mk_mask_prepare(&block, arena, NULL), MK_OK);
    size_t n_random = 0, n_block = 0, n_apart = 0;
    for (size_t i = 0; i < PEOPLE; i++) {
        n_random += mk_mask_hides(&random, i, 0, 0) ? 1U : 0U;
        n_block += mk_mask_hides(&block, i, 0, 2) ? 1U : 0U;
        n_apart += mk_mask_hides(&random, i, 0, 0) != mk_mask_hides(&random, i, 0, 1) ? 1U : 0U;
        assert_int_equal(mk_mask_hides(&block, i, 0, 0), mk_mask_hides(&block, i, 0, 1));
        assert_false(mk_mask_hides(&source, i, 0, 0)); /* there is no other source */
    }
    assert_close((double)n_random / PEOPLE, 0.3, 0.04, 0); /* four standard errors */
    assert_close((double)n_block / PEOPLE, 0.3, 0.04, 0);
    assert_close((double)n_apart / PEOPLE, 0.42, 0.045, 0);
    mk_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_masks_hide_by_rule),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
