#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "tests/check.h"

#include <stdlib.h>
#include <string.h>

#include "src/data/split.h"

static void test_shares_are_met(void **state)
{
    (void)state;
    size_t n[3] = {0, 0, 0};
    for (int i = 0; i < 20000; i++) {
        char id[16];
        snprintf(id, sizeof id, "%d", 100000 + i);
        n[mk_split_part(id, 1, 0.1, 0.2)]++;
    }
    assert_close((double)n[MK_PART_TEST] / 20000, 0.2, 0.01, 0);
    assert_close((double)n[MK_PART_VALID] / 20000, 0.1, 0.01, 0);
}

static void test_the_part_of_a_person_is_fixed_and_nested(void **state)
{
    (void)state;
    for (int i = 0; i < 1000; i++) {
        char id[16];
        snprintf(id, sizeof id, "p%d", i);
        const MkPart part = mk_split_part(id, 7, 0.1, 0.1);
        assert_int_equal(mk_split_part(id, 7, 0.1, 0.1), part);
        /* who is tested with a share of 0.1 is tested with 0.2 too */
        if (part == MK_PART_TEST) {
            assert_int_equal(mk_split_part(id, 7, 0.1, 0.2), MK_PART_TEST);
        }
    }
}

static void test_seeds_split_differently_and_shares_of_zero_hold_nobody_out(void **state)
{
    (void)state;
    size_t n_same = 0;
    for (int i = 0; i < 1000; i++) {
        char id[16];
        snprintf(id, sizeof id, "%d", i);
        n_same += mk_split_part(id, 1, 0, 0.5) == mk_split_part(id, 2, 0, 0.5);
        assert_int_equal(mk_split_part(id, 1, 0, 0), MK_PART_TRAIN);
        assert_int_equal(mk_split_part(id, 1, 0, 1), MK_PART_TEST);
    }
    assert_in_range(n_same, 400, 600);
}

static void test_a_table_is_split_by_person_and_not_by_row(void **state)
{
    (void)state;
    static const char schema_text[] = "name\ttype\tlabel\nx\treal\tX\n";
    char a[] = "person,x\na,1\nb,2\nc,3\nd,4\ne,5\nf,6\n",
         b[] = "person,x\nf,6\ne,5\nd,4\nc,3\nb,2\na,1\n";
    char c[] = "x\n1\n2\n3\n4\n5\n6\n";
    MkSchema *s = NULL;
    MkTable *ta = NULL, *tb = NULL, *tc = NULL;
    MkPart pa[6], pb[6], pc[6];
    assert_int_equal(mk_schema_parse(schema_text, strlen(schema_text), "s", &s, NULL), MK_OK);
    assert_int_equal(mk_table_parse(a, strlen(a), "a", s, MK_OTHER_ERROR, &ta, NULL), MK_OK);
    assert_int_equal(mk_table_parse(b, strlen(b), "b", s, MK_OTHER_ERROR, &tb, NULL), MK_OK);
    assert_int_equal(mk_table_parse(c, strlen(c), "c", s, MK_OTHER_ERROR, &tc, NULL), MK_OK);
    mk_split_table(ta, 3, 0.25, 0.25, pa);
    mk_split_table(tb, 3, 0.25, 0.25, pb);
    mk_split_table(tc, 3, 0.25, 0.25, pc);
    for (size_t i = 0; i < 6; i++) {
        const char row[2] = {(char)('1' + i), '\0'};
        assert_int_equal(pa[i], pb[5 - i]);
        assert_int_equal(pc[i], mk_split_part(row, 3, 0.25, 0.25));
    }
    mk_table_free(ta);
    mk_table_free(tb);
    mk_table_free(tc);
    mk_schema_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shares_are_met),
        cmocka_unit_test(test_the_part_of_a_person_is_fixed_and_nested),
        cmocka_unit_test(test_seeds_split_differently_and_shares_of_zero_hold_nobody_out),
        cmocka_unit_test(test_a_table_is_split_by_person_and_not_by_row),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
