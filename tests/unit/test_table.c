#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "tests/check.h"

#include <stdlib.h>
#include <string.h>

#include "src/base/file.h"
#include "src/data/table.h"

static const char text_schema[] = "name\ttype\tlabel\tunit\tlevels\tmin\tmax\n"
                                  "age\tcount\tAge\tyears\t\t20\t100\n"
                                  "sex\tcategorical\tSex\t\t1=male|2=female\n"
                                  "weight\tpositive\tWeight\tkg\t\t20\t400\n"
                                  "z\treal\tZ\n"
                                  "eats\tordinal\tEats\t\t0=never|1=a \"lot\", or so\n";

static int open_schema(void **state)
{
    MkSchema *s = NULL;
    const MkStatus st = mk_schema_parse(text_schema, strlen(text_schema), "s.tsv", &s, NULL);
    *state = s;
    return st == MK_OK ? 0 : -1;
}

static int close_schema(void **state)
{
    mk_schema_free(*state);
    return 0;
}

static MkStatus parse(void **state, const char *text, MkOther other, MkTable **out, MkError *err)
{
    char *copy = strdup(text);
    const MkStatus st = mk_table_parse(copy, strlen(text), "t.csv", *state, other, out, err);
    free(copy); /* the table keeps nothing of it */
    return st;
}

static MkTable *table_of(void **state, const char *text, MkOther other)
{
    MkTable *t = NULL;
    MkError err = {0};
    if (parse(state, text, other, &t, &err) != MK_OK) {
        fail_msg("%s", err.text);
    }
    return t;
}

static void assert_prints(const MkTable *t, const char *want)
{
    MkBuf buf;
    mk_buf_init(&buf);
    mk_table_print_header(t, &buf);
    for (size_t i = 0; i < t->n_rows; i++) {
        mk_table_print_row(t, i, &buf);
    }
    assert_string_equal(buf.data, want);
    mk_buf_release(&buf);
}

static void test_cells_are_numbers_levels_and_gaps(void **state)
{
    MkTable *t =
        table_of(state, "person,sex,weight,survey_weight,age\n7,female,70.25,12.5,40\n08,1,,0,\n",
                 MK_OTHER_ERROR);
    assert_int_equal(t->n_rows, 2);
    assert_int_equal(t->n_columns, 5);
    assert_close(mk_table_get(t, 0, 1), 1, 0, 0);
    assert_close(mk_table_get(t, 1, 1), 0, 0, 0);
    assert_close(mk_table_get(t, 0, 2), 70.25, 0, 0);
    assert_true(isnan(mk_table_get(t, 1, 2)));
    assert_true(isnan(mk_table_get(t, 0, 3))); /* no such column */
    assert_string_equal(t->person[1], "08");
    assert_null(t->source);
    assert_close(t->weight[0], 12.5, 0, 0);
    assert_int_equal(t->column_of[3], MK_NO_COLUMN);
    assert_prints(t, "person,sex,weight,survey_weight,age\n7,female,70.25,12.5,40\n08,male,,0,\n");
    mk_table_free(t);
}

static void test_marks_breaks_and_quotes_of_other_programs_are_read(void **state)
{
    MkTable *t = table_of(
        state,
        "\xEF\xBB\xBF\"age\", eats ,person\r\n\"40\" ,\"a \"\"lot\"\", or so\",\"x\ny\"\r\n"
        "\r\n 41 ,never,z",
        MK_OTHER_ERROR);
    assert_int_equal(t->n_rows, 2);
    assert_close(mk_table_get(t, 0, 0), 40, 0, 0);
    assert_close(mk_table_get(t, 0, 4), 1, 0, 0);
    assert_close(mk_table_get(t, 1, 0), 41, 0, 0);
    assert_string_equal(t->person[0], "x\ny");
    assert_prints(t, "age,eats,person\n40,\"a \"\"lot\"\", or so\",\"x\ny\"\n41,never,z\n");
    mk_table_free(t);
}

static void test_semicolons_mean_decimal_commas_both_ways(void **state)
{
    MkTable *t = table_of(state, "age;weight;z\n40;70,5;-0,125\n41;;1e-7\n", MK_OTHER_ERROR);
    assert_int_equal(t->separator, ';');
    assert_close(mk_table_get(t, 0, 2), 70.5, 0, 0);
    assert_close(mk_table_get(t, 0, 3), -0.125, 0, 0);
    assert_prints(t, "age;weight;z\n40;70,5;-0,125\n41;;1e-7\n");
    mk_table_free(t);
}

static void test_unknown_columns_are_kept_or_dropped_as_asked(void **state)
{
    static const char text[] = "note,age,other\n\"a,b\",40,\n,41,  x y \n";
    MkTable *kept = table_of(state, text, MK_OTHER_KEEP),
            *dropped = table_of(state, text, MK_OTHER_DROP);
    assert_prints(kept, "note,age,other\n\"a,b\",40,\n,41,x y\n");
    assert_prints(dropped, "age\n40\n41\n");
    assert_int_equal(kept->columns[0].attribute, MK_COLUMN_OTHER);
    mk_table_free(kept);
    mk_table_free(dropped);
}

static void test_a_row_of_one_gap_survives(void **state)
{
    MkTable *t = table_of(state, "age\n40\n\"\"\n\n41\n", MK_OTHER_ERROR);
    assert_int_equal(t->n_rows, 3);
    assert_true(isnan(mk_table_get(t, 1, 0)));
    assert_prints(t, "age\n40\n\"\"\n41\n");
    mk_table_free(t);
}

static void test_a_person_may_recur_in_another_source(void **state)
{
    MkTable *t = table_of(state, "person,source\n1,a\n1,b\n", MK_OTHER_ERROR);
    assert_string_equal(t->source[1], "b");
    mk_table_free(t);
}

static void test_a_table_without_rows_is_a_table(void **state)
{
    MkTable *t = table_of(state, "age,sex\n", MK_OTHER_ERROR);
    assert_int_equal(t->n_rows, 0);
    assert_prints(t, "age,sex\n");
    mk_table_free(t);
}

typedef struct Bad {
    const char *text, *story;
} Bad;

static void test_what_is_wrong_is_named_with_line_and_column(void **state)
{
    static const Bad bad[] = {
        {"", "t.csv: found no header line"},
        {"\n\n", "t.csv: found no header line"},
        {"age,wieght\n",
         "t.csv:1: column wieght: found, but the schema has no such attribute, nearest: weight"},
        {"age,\n", "t.csv:1: column 2: found no name"},
        {"age,sex,age\n", "t.csv:1: column age: found twice (columns 1 and 3)"},
        {"age\n40\n19\n",
         "t.csv:3: column age: found '19', expected a whole number from 20 to 100"},
        {"age\n40.5\n", "t.csv:2: column age: found '40.5'"},
        {"age\nNA\n", "t.csv:2: column age: found 'NA'"},
        {"age\n4\xFF\n", "t.csv:2: column age: found '4?'"},
        {"weight\n400.01\n",
         "t.csv:2: column weight: found '400.01', expected a number from 20 to 400"},
        {"weight\n1e999\n", "t.csv:2: column weight"},
        {"weight\n70,5\n", "t.csv:2: found more than 1 cells, expected 1"},
        {"weight;z\n70.5;1\n",
         "t.csv:2: column weight: found '70.5', expected a number with a decimal comma"},
        {"z\nx\n", "t.csv:2: column z: found 'x', expected a number or an empty cell"},
        {"sex\nman\n", "t.csv:2: column sex: found 'man', expected male, female or an empty cell"},
        {"sex\n3\n", "t.csv:2: column sex: found '3'"},
        {"age,sex\n40\n", "t.csv:2: found only 1 cells, expected 2 as in the header"},
        {"age,sex\n\n\n40,male,\n",
         "t.csv:4: found more than 2 cells, expected 2 as in the header"},
        {"person,age\n1,40\n2,41\n1,42\n",
         "t.csv:4: column person: found '1' again (first on line 2), expected a person once"},
        {"person,source\n1,a\n1,a\n", "t.csv:3: column person: found '1' again"},
        {"person,age\n,40\n", "t.csv:2: column person: found '', expected the id of a person"},
        {"survey_weight\n-1\n", "t.csv:2: column survey_weight: found '-1'"},
        {"survey_weight,age\n,40\n", "t.csv:2: column survey_weight: found ''"},
        {"person,age\n\"1\n2\",40\n3,200\n", "t.csv:4: column age: found '200'"},
        {"age\n\"40\n", "t.csv:2: found a quoted cell without its closing quote"},
        {"age\n\"40\"x\n", "t.csv:2: found a quoted cell without its closing quote or with text"},
        {"person\n\xC3\n", "t.csv:2: column person: found '?', expected UTF-8 text"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        MkTable *t = NULL;
        MkError err = {0};
        const MkStatus st = parse(state, bad[i].text, MK_OTHER_ERROR, &t, &err);
        if (st != MK_EFORMAT || strstr(err.text, bad[i].story) != err.text) {
            fail_msg("case %zu: got '%s', want '%s'", i, err.text, bad[i].story);
        }
        assert_null(t);
    }
    char zero[] = "age\n4\0000\n";
    MkTable *t = NULL;
    MkError err = {0};
    assert_int_equal(
        mk_table_parse(zero, sizeof zero - 1, "t.csv", *state, MK_OTHER_ERROR, &t, &err),
        MK_EFORMAT);
    assert_non_null(strstr(err.text, "zero byte at offset 5"));
}

/* Awkward numbers: what is written comes back to the last bit. */
static const double awkward[] = {0.1,
                                 1.0 / 3.0,
                                 1e-300,
                                 -0.0,
                                 123456789.125,
                                 2e15,
                                 5e-324,
                                 0.30000000000000004,
                                 -1.7976931348623157e308,
                                 999999999.999999,
                                 1e9};
enum { N_AWKWARD = sizeof awkward / sizeof *awkward };

static void test_written_tables_read_back_to_the_last_bit(void **state)
{
    static const char *const names[] = {"t.csv", "t.csv.gz"};
    const size_t ids[] = {3, 4};
    MkTable *t = NULL;
    MkError err = {0};
    const char *folder = getenv("TMPDIR") != NULL ? getenv("TMPDIR") : "/tmp";
    assert_int_equal(mk_table_new(*state, N_AWKWARD, ids, 2, true, true, true, &t, &err), MK_OK);
    for (size_t i = 0; i < N_AWKWARD; i++) {
        char *id = mk_arena_printf(t->arena, "p \"%zu\"", i);
        t->person[i] = id;
        t->weight[i] = fabs(awkward[i]);
        t->cells[t->column_of[3] * t->n_rows + i] = awkward[i];
        t->cells[t->column_of[4] * t->n_rows + i] = i % 3 == 2 ? (double)NAN : (double)(i % 2);
    }
    for (size_t k = 0; k < 2; k++) {
        char path[4096];
        MkTable *back = NULL;
        snprintf(path, sizeof path, "%s/%s", folder, names[k]);
        assert_int_equal(mk_table_write(t, path, &err), MK_OK);
        if (mk_table_read(path, *state, MK_OTHER_ERROR, &back, &err) != MK_OK) {
            fail_msg("%s", err.text);
        }
        for (size_t i = 0; i < N_AWKWARD; i++) {
            assert_string_equal(back->person[i], t->person[i]);
            assert_true(back->weight[i] == t->weight[i]);
            assert_true(mk_table_get(back, i, 3) == awkward[i]);
            assert_close(mk_table_get(back, i, 4), mk_table_get(t, i, 4), 0, 0);
        }
        mk_table_free(back);
        remove(path);
    }
    mk_table_free(t);
}

static void test_files_that_cannot_be_read_or_written_are_named(void **state)
{
    MkTable *t = NULL;
    MkError err = {0};
    assert_int_equal(mk_table_read("/nowhere/t.csv", *state, MK_OTHER_ERROR, &t, &err), MK_EIO);
    assert_non_null(strstr(err.text, "/nowhere/t.csv"));
    assert_int_equal(mk_table_new(*state, 0, NULL, 0, true, false, false, &t, &err), MK_OK);
    assert_int_equal(mk_table_write(t, "/nowhere/t.csv", &err), MK_EIO);
    mk_table_free(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cells_are_numbers_levels_and_gaps),
        cmocka_unit_test(test_marks_breaks_and_quotes_of_other_programs_are_read),
        cmocka_unit_test(test_semicolons_mean_decimal_commas_both_ways),
        cmocka_unit_test(test_unknown_columns_are_kept_or_dropped_as_asked),
        cmocka_unit_test(test_a_row_of_one_gap_survives),
        cmocka_unit_test(test_a_person_may_recur_in_another_source),
        cmocka_unit_test(test_a_table_without_rows_is_a_table),
        cmocka_unit_test(test_what_is_wrong_is_named_with_line_and_column),
        cmocka_unit_test(test_written_tables_read_back_to_the_last_bit),
        cmocka_unit_test(test_files_that_cannot_be_read_or_written_are_named),
    };
    return cmocka_run_group_tests(tests, open_schema, close_schema);
}
