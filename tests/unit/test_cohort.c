/* People of several sources: tables are taken apart by source and numbered through. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "tests/check.h"

#include <math.h>
#include <string.h>

#include "src/data/cohort.h"
#include "src/data/split.h"

static const char schema_text[] = "name\ttype\tlabel\tlevels\n"
                                  "age\treal\tAge\t\n"
                                  "bmi\treal\tBMI\t\n"
                                  "source\tcategorical\tSource\t1=north|2=south|3=west\n"
                                  "hair\treal\tHair\t\n";

static MkSchema *schema_of(const char *text)
{
    MkSchema *schema = NULL;
    assert_int_equal(mk_schema_parse(text, strlen(text), "test.tsv", &schema, NULL), MK_OK);
    return schema;
}

static MkTable *table_of(const MkSchema *schema, const char *csv)
{
    char text[600];
    MkTable *table = NULL;
    MkError err = {0};
    snprintf(text, sizeof text, "%s", csv);
    if (mk_table_parse(text, strlen(text), "test.csv", schema, MK_OTHER_ERROR, &table, &err) !=
        MK_OK) {
        fail_msg("%s", err.text);
    }
    return table;
}

static void test_a_table_of_several_sources_is_taken_apart(void **state)
{
    (void)state;
    MkSchema *const schema = schema_of(schema_text);
    MkTable *tables[] = {
        table_of(schema, "person,source,age,survey_weight\np1,west,50,1\np2,north,40,2\n"
                         "p3,west,60,3\n"),
        table_of(schema, "person,source,age,bmi\np1,south,30,22\n"),
    };
    MkCohort *cohort = NULL;
    assert_int_equal(mk_cohort_new(schema, tables, 2, &cohort, NULL), MK_OK);
    assert_int_equal(cohort->n_tables, 3);
    assert_int_equal(cohort->n_rows, 4);
    assert_string_equal(cohort->names[0], "north");
    assert_string_equal(cohort->names[1], "south");
    assert_string_equal(cohort->names[2], "west");
    assert_int_equal(cohort->first[2], 2);
    assert_int_equal(cohort->tables[2]->n_rows, 2);
    assert_string_equal(cohort->tables[2]->person[1], "p3");
    assert_close(cohort->tables[2]->weight[1], 3.0, 0, 0);
    assert_close(mk_cohort_get(cohort, 0, 0), 40.0, 0, 0);
    assert_close(mk_cohort_get(cohort, 1, 1), 22.0, 0, 0);
    assert_true(isnan(mk_cohort_get(cohort, 3, 1)));
    assert_close(mk_cohort_get(cohort, 3, 0), 60.0, 0, 0);
    size_t row = 3;
    assert_int_equal(mk_cohort_table(cohort, &row), 2);
    assert_int_equal(row, 1);
    mk_cohort_free(cohort);
    mk_schema_free(schema);
}

static void test_the_attribute_source_is_the_name_of_the_source(void **state)
{
    (void)state;
    MkSchema *const schema = schema_of(schema_text);
    MkTable *tables[] = {table_of(schema, "source,age\nsouth,1\n"),
                         table_of(schema, "source,age\nelsewhere,2\n")};
    MkCohort *cohort = NULL;
    MkBuf text;
    mk_buf_init(&text);
    assert_int_equal(mk_cohort_new(schema, tables, 2, &cohort, NULL), MK_OK);
    assert_true(isnan(mk_cohort_get(cohort, 0, 2))); /* no level of that name */
    assert_close(mk_cohort_get(cohort, 1, 2), 1.0, 0, 0);
    mk_table_print_row(cohort->tables[1], 0, &text);
    assert_string_equal(text.data, "south,1\n");
    MkArena *const arena = mk_arena_new(0);
    MkEvidence known;
    assert_int_equal(mk_table_evidence(cohort->tables[1], 0, arena, &known, NULL), MK_OK);
    assert_int_equal(known.n, 2); /* the source is known too */
    mk_arena_free(arena);
    mk_buf_release(&text);
    mk_cohort_free(cohort);
    mk_schema_free(schema);
}

static void test_a_source_in_two_tables_is_an_error(void **state)
{
    (void)state;
    MkSchema *const schema = schema_of(schema_text);
    MkTable *tables[] = {table_of(schema, "source,age\nsouth,1\nnorth,2\n"),
                         table_of(schema, "source,age\nsouth,2\n")};
    MkCohort *cohort = NULL;
    MkError err = {0};
    assert_int_equal(mk_cohort_new(schema, tables, 2, &cohort, &err), MK_EFORMAT);
    assert_non_null(strstr(err.text, "south"));
    assert_null(cohort);
    mk_schema_free(schema);
}

static void test_a_cohort_can_speak_of_fewer_attributes(void **state)
{
    (void)state;
    MkSchema *const schema = schema_of(schema_text);
    MkSchema *part = NULL;
    MkTable *tables[] = {table_of(schema, "source,hair,age,bmi\nsouth,7,1,\n")};
    MkCohort *cohort = NULL;
    const size_t ids[] = {2, 3};
    assert_int_equal(mk_cohort_new(schema, tables, 1, &cohort, NULL), MK_OK);
    assert_true(mk_cohort_has(cohort, 0));
    assert_false(mk_cohort_has(cohort, 1));
    assert_int_equal(mk_schema_subset(schema, ids, 2, &part, NULL), MK_OK);
    assert_int_equal(mk_cohort_narrow(cohort, part, NULL), MK_OK);
    assert_close(mk_cohort_get(cohort, 0, 0), 1.0, 0, 0); /* source */
    assert_close(mk_cohort_get(cohort, 0, 1), 7.0, 0, 0); /* hair */
    mk_cohort_free(cohort);
    mk_schema_free(part);
    mk_schema_free(schema);
}

static void test_people_are_split_alike_alone_and_among_others(void **state)
{
    (void)state;
    MkSchema *const schema = schema_of(schema_text);
    MkTable *tables[] = {table_of(schema, "person,source,age\na,south,1\nb,south,2\nc,south,3\n"),
                         table_of(schema, "person,source,age\na,north,1\nb,north,2\n")};
    MkCohort *cohort = NULL;
    MkPart alone[3], all[5];
    mk_split_table(tables[0], 5, 0.3, 0.3, alone);
    assert_int_equal(mk_cohort_new(schema, tables, 2, &cohort, NULL), MK_OK);
    mk_split_cohort(cohort, 5, 0.3, 0.3, all);
    assert_memory_equal(alone, all + 2, sizeof alone);
    mk_cohort_free(cohort);
    mk_schema_free(schema);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_table_of_several_sources_is_taken_apart),
        cmocka_unit_test(test_the_attribute_source_is_the_name_of_the_source),
        cmocka_unit_test(test_a_source_in_two_tables_is_an_error),
        cmocka_unit_test(test_a_cohort_can_speak_of_fewer_attributes),
        cmocka_unit_test(test_people_are_split_alike_alone_and_among_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
