#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "tests/check.h"

#include <stdlib.h>
#include <string.h>

#include "src/base/text.h"
#include "src/render/render.h"
#include "src/result/result.h"

static MkResult *sample(void)
{
    MkResult *r = mk_result_new("estimate");
    MkResultTable *t = mk_result_add_table(r, "altair · given age 45 years", 4, 2);
    mk_result_table_header(r, t, 0, "attribute", "Attribute", MK_ALIGN_LEFT);
    mk_result_table_header(r, t, 1, "median", "Median", MK_ALIGN_RIGHT);
    mk_result_table_header(r, t, 2, "shift", "Shift", MK_ALIGN_LEFT);
    mk_result_table_header(r, t, 3, "label", "Label", MK_ALIGN_LEFT);
    mk_result_table_cell(r, t, 0, 0, "hba1c", NULL);
    mk_result_table_cell(r, t, 0, 1, "5.6", "5.6123");
    mk_result_table_cell(r, t, 0, 2, "+0.1 ▲", "0.1");
    mk_result_table_cell(r, t, 0, 3, "Glycohemoglobin, \"HbA1c\"", NULL);
    mk_result_table_cell(r, t, 1, 0, "bmi", NULL);
    mk_result_table_cell(r, t, 1, 1, "28", NULL);
    mk_result_table_cell(r, t, 1, 3, "Body | mass\033[31m", NULL);
    MkNode *root = mk_node_object(r, NULL, NULL);
    (void)mk_node_string(r, root, "model", "altair");
    MkNode *list = mk_node_array(r, root, "estimates");
    (void)mk_node_number(r, list, NULL, 1234567);
    (void)mk_node_number(r, list, NULL, 0.12345678);
    (void)mk_node_bool(r, list, NULL, false);
    mk_result_note(r, "an association in the data, not a cause");
    return r;
}

static char *rendered(const MkResult *r, MkRenderOptions options)
{
    MkBuf buf;
    mk_buf_init(&buf);
    assert_int_equal(mk_render(r, &options, &buf, NULL), MK_OK);
    char *text = mk_buf_take(&buf);
    assert_non_null(text);
    return text;
}

static void expect(MkResult *r, MkRenderOptions options, const char *want)
{
    char *got = rendered(r, options);
    assert_string_equal(got, want);
    free(got);
    mk_result_free(r);
}

static void test_text_is_aligned_and_free_of_control_characters(void **state)
{
    (void)state;
    expect(sample(), (MkRenderOptions){.format = MK_FORMAT_TEXT},
           "altair · given age 45 years\n"
           "Attribute  Median  Shift   Label\n"
           "hba1c         5.6  +0.1 ▲  Glycohemoglobin, \"HbA1c\"\n"
           "bmi            28          Body | mass[31m\n"
           "\n"
           "note: an association in the data, not a cause\n");
}

static void test_ascii_text_has_stand_ins(void **state)
{
    (void)state;
    MkResult *r = sample();
    char *got = rendered(r, (MkRenderOptions){.format = MK_FORMAT_TEXT, .ascii = true});
    for (const char *p = got; *p != '\0'; p++) {
        assert_true((unsigned char)*p < 0x80);
    }
    assert_non_null(strstr(got, "+0.1 ^"));
    free(got);
    mk_result_free(r);
}

static void test_text_fits_the_width(void **state)
{
    (void)state;
    for (size_t width = 24; width < 60; width++) {
        MkResult *r = sample();
        char *got = rendered(r, (MkRenderOptions){.format = MK_FORMAT_TEXT, .width = width});
        const char *line = strchr(got, '\n') + 1; /* the title is not cut */
        while (*line != '\0') {
            const char *end = strchr(line, '\n');
            char one[256];
            (void)snprintf(one, sizeof one, "%.*s", (int)(end - line), line);
            assert_true(mk_utf8_width(one) <= width);
            line = end + 1;
        }
        free(got);
        mk_result_free(r);
    }
}

static void test_each_part_of_a_wide_table_says_what_its_rows_are(void **state)
{
    (void)state;
    static const char *const cells[2][5] = {{"1-3", "before", "0.891", "0.0104", "long words"},
                                            {"1-3", "after", "0.900", "0.0089", "last"}};
    static const char *const heads[5] = {"Known", "Answers", "Coverage", "PIT error", "What"};
    MkResult *r = mk_result_new("evaluate");
    MkResultTable *t = mk_result_add_table(r, "", 5, 2);
    for (size_t c = 0; c < 5; c++) {
        mk_result_table_header(r, t, c, heads[c], heads[c],
                               c == 2 || c == 3 ? MK_ALIGN_RIGHT : MK_ALIGN_LEFT);
        mk_result_table_cell(r, t, 0, c, cells[0][c], NULL);
        mk_result_table_cell(r, t, 1, c, cells[1][c], NULL);
    }
    expect(r, (MkRenderOptions){.format = MK_FORMAT_TEXT, .width = 34},
           "Known  Answers  Coverage\n"
           "1-3    before      0.891\n"
           "1-3    after       0.900\n"
           "\n"
           "Known  Answers  PIT error\n"
           "1-3    before      0.0104\n"
           "1-3    after       0.0089\n"
           "\n"
           "Known  Answers  What\n"
           "1-3    before   long words\n"
           "1-3    after    last\n");
}

static void test_the_widest_words_give_way(void **state)
{
    (void)state;
    MkResult *r = mk_result_new("evaluate");
    MkResultTable *t = mk_result_add_table(r, "", 3, 1);
    static const char *const cells[3] = {"holds", "a sentence of many words", "at most 0.42"};
    for (size_t c = 0; c < 3; c++) {
        mk_result_table_header(r, t, c, "", "", MK_ALIGN_LEFT);
        mk_result_table_cell(r, t, 0, c, cells[c], NULL);
    }
    expect(r, (MkRenderOptions){.format = MK_FORMAT_TEXT, .width = 36},
           "holds  a sentence of …  at most 0.42\n");
}

static void test_colour_only_when_asked(void **state)
{
    (void)state;
    MkResult *r = sample();
    char *plain = rendered(r, (MkRenderOptions){.format = MK_FORMAT_TEXT});
    char *color = rendered(r, (MkRenderOptions){.format = MK_FORMAT_TEXT, .color = true});
    assert_null(strchr(plain, '\033'));
    assert_non_null(strstr(color, "\033[33m▲\033[0m"));
    free(plain);
    free(color);
    mk_result_free(r);
}

static void test_csv_quotes_and_has_full_precision(void **state)
{
    (void)state;
    expect(sample(), (MkRenderOptions){.format = MK_FORMAT_CSV},
           "attribute,median,shift,label\n"
           "hba1c,5.6123,0.1,\"Glycohemoglobin, \"\"HbA1c\"\"\"\n"
           "bmi,28,,Body | mass\033[31m\n");
}

static void test_json_has_the_data_and_the_notes(void **state)
{
    (void)state;
    expect(sample(), (MkRenderOptions){.format = MK_FORMAT_JSON},
           "{\"model\": \"altair\", \"estimates\": [1234567, 0.123457, false], "
           "\"notes\": [\"an association in the data, not a cause\"]}\n");
}

static void test_linear_text_is_a_line_a_row_with_words_for_signs(void **state)
{
    (void)state;
    static const char *const heads[] = {"", "Median", "90 % interval", "Shape", "Shift", "Unit"};
    static const char *const cells[] = {"hba1c", "5.6", "5.1 – 6.8", "▁▃█▅", "+0.1 ▲", ""};
    MkResult *r = mk_result_new("estimate");
    MkResultTable *table = mk_result_add_table(r, "altair · given 2", 6, 1);
    for (size_t j = 0; j < 6; j++) {
        mk_result_table_header(r, table, j, heads[j], heads[j], MK_ALIGN_LEFT);
        mk_result_table_cell(r, table, 0, j, cells[j], NULL);
    }
    char *got = rendered(
        r, (MkRenderOptions){.format = MK_FORMAT_TEXT, .ascii = true, .linear = true, .width = 20});
    assert_string_equal(got, "altair, given 2\n"
                             "hba1c: Median 5.6; 90 % interval 5.1 to 6.8; Shift +0.1 up\n");
    free(got);
    mk_result_free(r);
}

static void test_markdown_is_a_pipe_table(void **state)
{
    (void)state;
    expect(sample(), (MkRenderOptions){.format = MK_FORMAT_MARKDOWN},
           "**altair · given age 45 years**\n\n"
           "| Attribute | Median | Shift | Label |\n"
           "| --- | ---: | --- | --- |\n"
           "| hba1c | 5.6 | +0.1 ▲ | Glycohemoglobin, \"HbA1c\" |\n"
           "| bmi | 28 |  | Body \\| mass\\[31m |\n"
           "\n> an association in the data, not a cause\n");
}

static void test_tables_for_people_and_for_programs_go_their_ways(void **state)
{
    (void)state;
    MkResult *r = mk_result_new("x");
    MkResultTable *a = mk_result_add_table(r, "", 1, 0);
    mk_result_table_header(r, a, 0, "key_a", "People", MK_ALIGN_LEFT);
    a->use = MK_TABLE_PEOPLE;
    MkResultTable *b = mk_result_add_table(r, "", 1, 0);
    mk_result_table_header(r, b, 0, "key_b", "Programs", MK_ALIGN_LEFT);
    b->use = MK_TABLE_DATA;
    char *text = rendered(r, (MkRenderOptions){.format = MK_FORMAT_TEXT});
    char *csv = rendered(r, (MkRenderOptions){.format = MK_FORMAT_CSV});
    assert_string_equal(text, "People\n");
    assert_string_equal(csv, "key_b\n");
    free(text);
    free(csv);
    mk_result_free(r);
}

/* A title above the tables has no columns; it is no line of CSV. */
static void test_a_title_alone_is_no_line_of_csv(void **state)
{
    (void)state;
    MkResult *r = mk_result_new("x");
    (void)mk_result_add_table(r, "altair · nothing known", 0, 0);
    MkResultTable *b = mk_result_add_table(r, "", 1, 0);
    mk_result_table_header(r, b, 0, "key_b", "Programs", MK_ALIGN_LEFT);
    b->use = MK_TABLE_DATA;
    char *csv = rendered(r, (MkRenderOptions){.format = MK_FORMAT_CSV});
    assert_string_equal(csv, "key_b\n");
    free(csv);
    mk_result_free(r);
}

static void test_an_empty_result_prints_nothing(void **state)
{
    (void)state;
    for (int f = MK_FORMAT_TEXT; f <= MK_FORMAT_MARKDOWN; f++) {
        expect(mk_result_new("given"), (MkRenderOptions){.format = (MkFormat)f}, "");
    }
}

static void test_a_stream_is_csv_as_it_is_and_json_by_cells(void **state)
{
    (void)state;
    static const char csv[] = "age;name\n1,5;\"a;\"\"b\"\n;007\n";
    MkResult *r = mk_result_new("impute");
    r->stream = csv;
    r->table_is_data = true;
    r->n_stream = sizeof csv - 1;
    r->stream_kinds = "nt";
    r->stream_separator = ';';
    char *same = rendered(r, (MkRenderOptions){.format = MK_FORMAT_CSV});
    assert_string_equal(same, csv);
    free(same);
    expect(r, (MkRenderOptions){.format = MK_FORMAT_JSON},
           "{\"table\": {\"columns\": [\"age\", \"name\"], \"rows\": [[1.5, \"a;\\\"b\"], "
           "[null, \"007\"]]}, \"notes\": []}\n");
}

static void test_formats_by_name_and_suffix(void **state)
{
    (void)state;
    MkFormat f = MK_FORMAT_TEXT;
    assert_true(mk_format_of_name("json", &f) && f == MK_FORMAT_JSON);
    assert_true(mk_format_of_name("markdown", &f) && f == MK_FORMAT_MARKDOWN);
    assert_false(mk_format_of_name("js", &f));
    assert_true(mk_format_of_suffix("a/b.csv.gz", &f) && f == MK_FORMAT_CSV);
    assert_true(mk_format_of_suffix("r.md", &f) && f == MK_FORMAT_MARKDOWN);
    assert_true(mk_format_of_suffix("out.txt", &f) && f == MK_FORMAT_TEXT);
    assert_false(mk_format_of_suffix("csv", &f));
    assert_false(mk_format_of_suffix("a.csv/b", &f));
    assert_false(mk_format_of_suffix("", &f));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text_is_aligned_and_free_of_control_characters),
        cmocka_unit_test(test_ascii_text_has_stand_ins),
        cmocka_unit_test(test_text_fits_the_width),
        cmocka_unit_test(test_each_part_of_a_wide_table_says_what_its_rows_are),
        cmocka_unit_test(test_the_widest_words_give_way),
        cmocka_unit_test(test_colour_only_when_asked),
        cmocka_unit_test(test_csv_quotes_and_has_full_precision),
        cmocka_unit_test(test_json_has_the_data_and_the_notes),
        cmocka_unit_test(test_linear_text_is_a_line_a_row_with_words_for_signs),
        cmocka_unit_test(test_markdown_is_a_pipe_table),
        cmocka_unit_test(test_tables_for_people_and_for_programs_go_their_ways),
        cmocka_unit_test(test_a_title_alone_is_no_line_of_csv),
        cmocka_unit_test(test_an_empty_result_prints_nothing),
        cmocka_unit_test(test_a_stream_is_csv_as_it_is_and_json_by_cells),
        cmocka_unit_test(test_formats_by_name_and_suffix),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
