#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "tests/check.h"

#include <stdlib.h>
#include <string.h>

#include "src/base/buf.h"
#include "src/data/schema.h"

static const char sample[] =
    "# invented\n"
    "name\ttype\tlabel\tunit\tlevels\tcategory\tdescription\tmin\tmax\tresolution\tmodifiable\t"
    "eligible\tclass\trule\n"
    "age\tcount\tAge\tyears\t\tDemographics\tAge at the interview.\t20\t100\t1\tno\t\tinterview\t\n"
    "sex\tcategorical\tSex\t\t1=male|2=female\tDemographics\t\t\t\t\tno\n"
    "\n"
    "bmi\tpositive\tBody mass "
    "index\tkg/m\xC2\xB2\t\tBody\t\t10\t90\t0.1\tyes\tage>=20\texamination\n"
    "z_score\treal\tBone density, Z\t\t\tBody\n"
    "eats\tordinal\tEats out\t\t0=never|3=rarely|1=often\tDiet\t\t\t\t\tyes\n";

static MkSchema *parse(const char *text)
{
    MkSchema *schema = NULL;
    MkError err = {0};
    if (mk_schema_parse(text, strlen(text), "s.tsv", &schema, &err) != MK_OK) {
        fail_msg("%s", err.text);
    }
    return schema;
}

static void test_a_schema_has_its_attributes_in_order(void **state)
{
    (void)state;
    MkSchema *s = parse(sample);
    assert_int_equal(s->n, 5);
    const MkAttribute *age = &s->attributes[0], *sex = &s->attributes[1], *bmi = &s->attributes[2];
    assert_string_equal(age->name, "age");
    assert_int_equal(age->type, MK_COUNT);
    assert_string_equal(age->unit, "years");
    assert_string_equal(age->class_name, "interview");
    assert_close(age->max, 100, 0, 0);
    assert_int_equal(sex->n_levels, 2);
    assert_string_equal(sex->levels[1].name, "female");
    assert_string_equal(sex->levels[1].code, "2");
    assert_true(bmi->modifiable);
    assert_string_equal(bmi->eligible, "age>=20");
    assert_close(bmi->resolution, 0.1, 0, 0);
    mk_schema_free(s);
}

static void test_an_open_domain_is_infinite_and_positive_starts_at_zero(void **state)
{
    (void)state;
    MkSchema *s = parse("name\ttype\tlabel\nz\treal\tZ\np\tpositive\tP\nc\tcount\tC\n");
    assert_true(isinf(s->attributes[0].min) && s->attributes[0].min < 0);
    assert_true(isinf(s->attributes[1].max));
    assert_close(s->attributes[1].min, 0, 0, 0);
    assert_close(s->attributes[2].min, 0, 0, 0);
    mk_schema_free(s);
}

static void test_columns_come_in_any_order_with_mark_and_carriage_returns(void **state)
{
    (void)state;
    MkSchema *s = parse("\xEF\xBB\xBFlabel\tunit\ttype\tname\r\nWeight\tkg\tpositive\tweight\r\n");
    assert_string_equal(s->attributes[0].name, "weight");
    assert_string_equal(s->attributes[0].label, "Weight");
    mk_schema_free(s);
}

static void test_printed_text_reads_back_as_the_same_schema(void **state)
{
    (void)state;
    MkSchema *s = parse(sample);
    MkBuf first, second;
    mk_buf_init(&first);
    mk_buf_init(&second);
    mk_schema_print(s, &first);
    MkSchema *again = parse(first.data);
    mk_schema_print(again, &second);
    assert_string_equal(first.data, second.data);
    assert_int_equal(again->n, s->n);
    assert_string_equal(again->attributes[4].levels[1].name, "rarely");
    mk_buf_release(&first);
    mk_buf_release(&second);
    mk_schema_free(again);
    mk_schema_free(s);
}

static void test_a_subset_keeps_the_order_asked_for_and_owns_its_texts(void **state)
{
    (void)state;
    MkSchema *s = parse(sample), *part = NULL;
    const size_t ids[] = {4, 1}, twice[] = {1, 1};
    MkError err = {0};
    size_t id;
    assert_int_equal(mk_schema_subset(s, twice, 2, &part, &err), MK_EINVAL);
    assert_int_equal(mk_schema_subset(s, ids, 2, &part, &err), MK_OK);
    mk_schema_free(s);
    assert_int_equal(part->n, 2);
    assert_string_equal(part->attributes[0].levels[2].name, "often");
    assert_true(mk_schema_find(part, "sex", &id));
    assert_int_equal(id, 1);
    assert_false(mk_schema_find(part, "age", &id));
    mk_schema_free(part);
}

static void test_words_resolve_by_name_and_by_unique_beginning(void **state)
{
    (void)state;
    MkSchema *s =
        parse("name\ttype\tlabel\nglucose_fasting\treal\tGlucose\nglucose_serum\treal\tG\n"
              "hba1c\treal\tGlycohemoglobin\nbmi\treal\tB\nbmi_wish\treal\tC\n");
    MkError err = {0};
    size_t id = 99;
    assert_int_equal(mk_schema_resolve(s, "hba", &id, &err), MK_OK);
    assert_int_equal(id, 2);
    assert_int_equal(mk_schema_resolve(s, "bmi", &id, &err), MK_OK);
    assert_int_equal(id, 3);
    assert_int_equal(mk_schema_resolve(s, "gluc", &id, &err), MK_ENOTFOUND);
    assert_string_equal(err.text,
                        "attribute 'gluc' can mean 2 attributes: glucose_fasting, glucose_serum");
    assert_int_equal(mk_schema_resolve(s, "hbalc", &id, &err), MK_ENOTFOUND);
    assert_string_equal(err.text, "no attribute 'hbalc', nearest: hba1c");
    assert_int_equal(mk_schema_resolve(s, "glycohemo", &id, &err), MK_ENOTFOUND);
    assert_non_null(strstr(err.text, "hba1c"));
    assert_int_equal(mk_schema_resolve(s, "", &id, &err), MK_ENOTFOUND);
    mk_schema_free(s);
}

static void test_levels_are_found_by_name_before_code(void **state)
{
    (void)state;
    MkSchema *s = parse("name\ttype\tlabel\tlevels\nx\tordinal\tX\t1=2|2=1|3=three\n");
    const MkAttribute *a = &s->attributes[0];
    size_t level = 99;
    assert_true(mk_attribute_level(a, "2", 1, &level));
    assert_int_equal(level, 0);
    assert_true(mk_attribute_level(a, "three", 5, &level));
    assert_int_equal(level, 2);
    assert_true(mk_attribute_level(a, "3", 1, &level));
    assert_int_equal(level, 2);
    assert_false(mk_attribute_level(a, "thre", 4, &level));
    assert_false(mk_attribute_level(a, "three\0", 6, &level));
    assert_false(mk_attribute_level(a, "", 0, &level));
    mk_schema_free(s);
}

typedef struct Bad {
    const char *text, *story;
} Bad;

#define HEAD "name\ttype\tlabel\tunit\tlevels\tmin\tmax\tresolution\tmodifiable\n"

static void test_what_is_wrong_is_named_with_line_and_column(void **state)
{
    (void)state;
    static const Bad bad[] = {
        {"", "s.tsv: found no header line"},
        {"name\ttype\n", "s.tsv:1: column label: not found"},
        {"name\ttype\tlabel\tcolour\n", "s.tsv:1: column colour: found, but a schema has no such"},
        {"name\ttype\tlabel\tname\n", "s.tsv:1: column name: found twice"},
        {HEAD, "s.tsv: found no attributes"},
        {HEAD "9a\treal\tA\n", "s.tsv:2: column name: found '9a', expected a name"},
        {HEAD "nan\treal\tA\n", "s.tsv:2: column name: found 'nan'"},
        {HEAD "person\treal\tA\n", "s.tsv:2: column name: found 'person'"},
        {HEAD "a\treal\tA\n\na\treal\tB\n", "s.tsv:4: column name: found 'a'"},
        {HEAD "a\treal\n", "s.tsv:2: column label: found ''"},
        {HEAD "a\tint\tA\n", "s.tsv:2: column type: found 'int', expected real, positive"},
        {HEAD "a\tordinal\tA\n", "s.tsv:2: column levels: found ''"},
        {HEAD "a\tordinal\tA\t\t1=x\n", "s.tsv:2: column levels: found '1=x'"},
        {HEAD "a\tordinal\tA\t\t1=x|1=y\n", "s.tsv:2: column levels: found code '1' twice"},
        {HEAD "a\tordinal\tA\t\t1=x|2=x\n", "s.tsv:2: column levels: found level 'x' twice"},
        {HEAD "a\tordinal\tA\t\t1=x|=y\n", "s.tsv:2: column levels"},
        {HEAD "a\tordinal\tA\t\t1=x|2=na\n", "s.tsv:2: column levels"},
        {HEAD "a\tordinal\tA\t\t1=x|2=y\t1\n", "s.tsv:2: column min: found '1', expected an empty"},
        {HEAD "a\treal\tA\t\t1=x|2=y\n",
         "s.tsv:2: column levels: found '1=x|2=y', expected an empty"},
        {HEAD "a\treal\tA\t\t\tlow\n", "s.tsv:2: column min: found 'low', expected a number"},
        {HEAD "a\treal\tA\t\t\t5\t5\n", "s.tsv:2: column max: found '5', expected more"},
        {HEAD "a\tpositive\tA\t\t\t-1\n", "s.tsv:2: column min: found '-1', expected 0 or more"},
        {HEAD "a\treal\tA\t\t\t0\t1\t-1\n", "s.tsv:2: column resolution: found '-1'"},
        {HEAD "a\treal\tA\t\t\t0\t1\t1\tmaybe\n", "s.tsv:2: column modifiable: found 'maybe'"},
        {HEAD "a\treal\tA\t\t\t0\t1\t1\tno\t\n", "s.tsv:2: found more than the 9 cells"},
        {HEAD "a\treal\tA\xFF\n", "s.tsv:2: found bytes that are not UTF-8"},
        {HEAD "a\treal\tA\x1B[31m\n", "s.tsv:2: found the control character 0x1b"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        MkSchema *schema = NULL;
        MkError err = {0};
        const MkStatus st =
            mk_schema_parse(bad[i].text, strlen(bad[i].text), "s.tsv", &schema, &err);
        if (st != MK_EFORMAT || strstr(err.text, bad[i].story) != err.text) {
            fail_msg("case %zu: got '%s', want '%s'", i, err.text, bad[i].story);
        }
        assert_null(schema);
    }
}

static void test_more_than_64_levels_are_refused(void **state)
{
    (void)state;
    MkBuf text;
    mk_buf_init(&text);
    for (int n = 64; n <= 65; n++) {
        mk_buf_clear(&text);
        mk_buf_puts(&text, "name\ttype\tlabel\tlevels\na\tordinal\tA\t0=l0");
        for (int i = 1; i < n; i++) {
            mk_buf_printf(&text, "|%d=l%d", i, i);
        }
        MkSchema *schema = NULL;
        MkError err = {0};
        const MkStatus st = mk_schema_parse(text.data, text.len, "s.tsv", &schema, &err);
        assert_int_equal(st, n == 64 ? MK_OK : MK_EFORMAT);
        mk_schema_free(schema);
    }
    mk_buf_release(&text);
}

static void test_a_file_that_is_not_there_is_named(void **state)
{
    (void)state;
    MkSchema *schema = NULL;
    MkError err = {0};
    assert_int_equal(mk_schema_read("/nowhere/schema.tsv", &schema, &err), MK_EIO);
    assert_non_null(strstr(err.text, "/nowhere/schema.tsv"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_schema_has_its_attributes_in_order),
        cmocka_unit_test(test_an_open_domain_is_infinite_and_positive_starts_at_zero),
        cmocka_unit_test(test_columns_come_in_any_order_with_mark_and_carriage_returns),
        cmocka_unit_test(test_printed_text_reads_back_as_the_same_schema),
        cmocka_unit_test(test_a_subset_keeps_the_order_asked_for_and_owns_its_texts),
        cmocka_unit_test(test_words_resolve_by_name_and_by_unique_beginning),
        cmocka_unit_test(test_levels_are_found_by_name_before_code),
        cmocka_unit_test(test_what_is_wrong_is_named_with_line_and_column),
        cmocka_unit_test(test_more_than_64_levels_are_refused),
        cmocka_unit_test(test_a_file_that_is_not_there_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
