/* Studies in CSV files: rounds that share a mapping, words as codes, people without a name, several
 * rows a person. All numbers are invented. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "tests/check.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "src/base/file.h"
#include "src/data/source.h"

static const char text_schema[] = "name\ttype\tlabel\tunit\tlevels\tmin\tmax\n"
                                  "age\tcount\tAge\tyears\t\t20\t100\n"
                                  "sex\tcategorical\tSex\t\t1=male|2=female\n"
                                  "sugar\tordinal\tTold of sugar\t\t2=no|3=borderline|1=yes\n"
                                  "children\tordinal\tChildren\t\t0=none|1=one|2=two_or_more\n"
                                  "minutes\tpositive\tMinutes a day\tmin\t\t0\t1440\n"
                                  "source\tcategorical\tStudy\t\t0=first|1=second\n";

static const char text_source[] = "key\tvalue\n"
                                  "name\tfirst\n"
                                  "person\tID\n"
                                  "base\tPEOPLE\n";

#define HEAD "attribute\tcycles\tfile\tvalue\tcodes\tmissing\tskip\teligible\n"
#define PLAIN "attribute\tfile\tvalue\tcodes\tmissing\tskip\teligible\n"

typedef struct Fixture {
    char folder[3000], source[3100], shared[3100], files[3100];
    MkSchema *schema;
    MkTable *table;
    MkImportReport report;
    MkError err;
} Fixture;

static void write_in(const char *folder, const char *name, const char *text)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    assert_int_equal(mk_file_write(path, text, strlen(text), NULL), MK_OK);
}

static int set_up(void **state)
{
    Fixture *f = calloc(1, sizeof *f);
    const char *top = getenv("TMPDIR") != NULL ? getenv("TMPDIR") : "/tmp";
    if (f == NULL) {
        return -1;
    }
    *state = f;
    snprintf(f->folder, sizeof f->folder, "%.2900s/manikin-study-XXXXXX", top);
    if (mkdtemp(f->folder) == NULL) {
        return -1;
    }
    snprintf(f->source, sizeof f->source, "%s/first", f->folder);
    snprintf(f->shared, sizeof f->shared, "%s/shared", f->folder);
    snprintf(f->files, sizeof f->files, "%s/files", f->folder);
    if (mkdir(f->source, 0700) != 0 || mkdir(f->shared, 0700) != 0 || mkdir(f->files, 0700) != 0) {
        return -1;
    }
    write_in(f->source, "source.tsv", text_source);
    return mk_schema_parse(text_schema, strlen(text_schema), "s.tsv", &f->schema, NULL) == MK_OK
               ? 0
               : -1;
}

static int tear_down(void **state)
{
    static const char *const names[] = {"source.tsv",   "mapping.tsv",    "PEOPLE.csv", "DAYS.csv",
                                        "PEOPLE_D.csv", "p_people_e.CSV", "BODY_D.csv"};
    Fixture *f = *state;
    const char *const folders[] = {f->source, f->shared, f->files};
    for (size_t k = 0; k < 3; k++) {
        for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
            char path[4096];
            snprintf(path, sizeof path, "%s/%s", folders[k], names[i]);
            (void)unlink(path);
        }
        (void)rmdir(folders[k]);
    }
    (void)rmdir(f->folder);
    mk_table_free(f->table);
    mk_schema_free(f->schema);
    free(f);
    return 0;
}

static MkStatus import(Fixture *f)
{
    const char *const paths[] = {f->files};
    const MkImportJob job = {
        .source_dir = f->source, .schema = f->schema, .paths = paths, .n_paths = 1, .reader = ""};
    mk_table_free(f->table);
    f->table = NULL;
    return mk_source_import(&job, &f->table, &f->report, &f->err);
}

static void assert_imports(Fixture *f, const char *want)
{
    MkBuf buf;
    mk_buf_init(&buf);
    if (import(f) != MK_OK) {
        fail_msg("%s", f->err.text);
    }
    mk_table_print_header(f->table, &buf);
    for (size_t i = 0; i < f->table->n_rows; i++) {
        mk_table_print_row(f->table, i, &buf);
    }
    assert_string_equal(buf.data, want);
    mk_buf_release(&buf);
}

static void assert_fails(Fixture *f, const char *story)
{
    const MkStatus st = import(f);
    if (st != MK_EFORMAT || strstr(f->err.text, story) == NULL) {
        fail_msg("status %d, '%s' is not in '%s'", (int)st, story, f->err.text);
    }
    assert_null(f->table);
}

/* ---- rounds ---- */

static const char shared_mapping[] = HEAD "age\t\tPEOPLE\tAGE\n"
                                          "sex\tD\tPEOPLE\tSEX\t1=male|2=female\n"
                                          "sex\tEF\tPEOPLE\tGENDER\t0=male|1=female\n"
                                          "minutes\tD\tBODY\tHOURS*60\t\t99\t\tPEOPLE.AGE>=40\n";

static void write_round(const Fixture *f, const char *cycle, const char *table)
{
    char text[512];
    snprintf(text, sizeof text,
             "key\tvalue\nname\tfirst\nperson\tID\nbase\tPEOPLE\ninclude\tAGE>=20\nweight\tW\n"
             "mapping\t../shared/mapping.tsv\ncycle\t%s\ntable\t%s\nurl\thttps://a.org/{file}\n",
             cycle, table);
    write_in(f->source, "source.tsv", text);
}

static void set_rounds(const Fixture *f)
{
    write_in(f->shared, "mapping.tsv", shared_mapping);
    write_in(f->files, "PEOPLE_D.csv", "ID,AGE,SEX,W\n7,45,2,1.5\n8,30,1,0.5\n9,19,1,1\n");
    write_in(f->files, "BODY_D.csv", "ID,HOURS\n8,2\n7,1.5\n");
    write_in(f->files, "p_people_e.CSV", "GENDER,ID,AGE,W\n0,a1,60,1\n1,a2,61,2\n");
}

static void test_rounds_share_a_mapping(void **state)
{
    Fixture *f = *state;
    set_rounds(f);
    write_round(f, "D", "{}_D");
    assert_imports(f, "person,source,survey_weight,age,sex,minutes\n"
                      "7,first,1.5,45,female,90\n"
                      "8,first,0.5,30,male,\n");
    assert_int_equal(f->report.n_files, 2);
    assert_int_equal(f->report.n_left_out, 1);
    write_round(f, "E", "P_{}_E");
    assert_imports(f, "person,source,survey_weight,age,sex\n"
                      "a1,first,1,60,male\n"
                      "a2,first,2,61,female\n");
}

static void test_a_file_of_a_round_that_is_missing_is_named_as_it_is_called(void **state)
{
    Fixture *f = *state;
    set_rounds(f);
    write_round(f, "F", "{}_F");
    assert_int_equal(import(f), MK_EIO);
    assert_non_null(strstr(f->err.text, "PEOPLE_F"));
    assert_non_null(strstr(f->err.text, "https://a.org/PEOPLE_F"));
}

typedef struct Bad {
    const char *text, *story;
} Bad;

static void test_what_is_wrong_with_rounds_is_named(void **state)
{
    static const Bad bad[] = {
        {HEAD "age\tD\tPEOPLE\tAGE\nage\tED\tPEOPLE\tAGE\n",
         "mapping.tsv:3: column attribute: found 'age' again (first on line 2)"},
        {HEAD "age\td\tPEOPLE\tAGE\n",
         "mapping.tsv:2: column cycles: found 'd', expected capital letters, each once"},
        {HEAD "age\tDD\tPEOPLE\tAGE\n", "mapping.tsv:2: column cycles: found 'DD'"},
        {HEAD "age\tE\tPEOPLE\tAGE\n", "mapping.tsv: found no attributes"},
    };
    Fixture *f = *state;
    set_rounds(f);
    write_round(f, "D", "{}_D");
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        write_in(f->shared, "mapping.tsv", bad[i].text);
        assert_fails(f, bad[i].story);
    }
    write_in(f->shared, "mapping.tsv", shared_mapping);
    write_round(f, "", "{}_D");
    assert_fails(f, "mapping.tsv:3: column cycles: found 'D', expected none, as source.tsv names");
    write_round(f, "DE", "{}_D");
    assert_fails(f, "source.tsv:8: key cycle: found 'DE', expected a capital letter");
    write_round(f, "D", "PEOPLE_D");
    assert_fails(f, "source.tsv:9: key table: found 'PEOPLE_D', expected a name with {} in it");
}

/* ---- words ---- */

static void test_words_are_codes(void **state)
{
    Fixture *f = *state;
    write_in(f->source, "mapping.tsv",
             PLAIN "age\tPEOPLE\tAGE\n"
                   "sex\tPEOPLE\tSEX\tMan=male|Woman, married=female|Woman=female\n"
                   "sugar\tPEOPLE\tSUGAR\tNo=no|Nearly=borderline|Yes=yes\t\tPEOPLE.AGE<40:no\n"
                   "children\tPEOPLE\tCHILDREN\t0=none|1=one|2 or more=two_or_more\n");
    write_in(f->files, "PEOPLE.csv",
             "ID,AGE,SEX,SUGAR,CHILDREN\n"
             "1,33,Man,,2 or more\n"
             "2,53,\"Woman, married\",Nearly,0\n"
             "3,54,Woman,NA,1\n");
    assert_imports(f, "person,source,age,sex,sugar,children\n"
                      "1,first,33,male,no,two_or_more\n"
                      "2,first,53,female,borderline,none\n"
                      "3,first,54,female,,one\n");
}

static void test_what_is_wrong_with_words_is_named(void **state)
{
    static const Bad bad[] = {
        {PLAIN "sex\tPEOPLE\tif(AGE>40,SEX,SEX)\tMan=male|Woman=female\n",
         "mapping.tsv:2: column codes: found 'Man=male|Woman=female', expected numbers as codes, "
         "or one variable as value"},
        {PLAIN "sex\tPEOPLE\tSEX\tMan=male|Man=female\n",
         "mapping.tsv:2: column codes: found 'Man', expected every code once"},
        {PLAIN "sex\tPEOPLE\tSEX\tMan=male\n", "mapping.tsv:2: attribute sex: "},
        {PLAIN "sex\tPEOPLE\tAGE\tMan=male|Woman=female\n", "variable AGE holds numbers"},
        {PLAIN "sex\tPEOPLE\tSEX\t1=male|2=female\n", "variable SEX holds text"},
    };
    Fixture *f = *state;
    write_in(f->files, "PEOPLE.csv", "ID,AGE,SEX\n1,33,Man\n2,53,Woman\n");
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        write_in(f->source, "mapping.tsv", bad[i].text);
        assert_fails(f, bad[i].story);
    }
}

/* ---- people ---- */

static void test_rows_are_people_where_nothing_names_them(void **state)
{
    Fixture *f = *state;
    write_in(f->source, "source.tsv", "key\tvalue\nname\tsecond\nbase\tPEOPLE\ninclude\tAGE>=20\n");
    write_in(f->source, "mapping.tsv", PLAIN "age\tPEOPLE\tAGE\nminutes\tPEOPLE\tMIN\n");
    write_in(f->files, "PEOPLE.csv", "AGE;MIN\n40;1,5\n18;2\n41;\n");
    assert_imports(f, "person,source,age,minutes\n"
                      "1,second,40,1.5\n"
                      "3,second,41,\n");
    write_in(f->source, "mapping.tsv", PLAIN "age\tPEOPLE\tAGE\nminutes\tDAYS\tMIN\n");
    assert_fails(f, "source.tsv: the key person is missing, but the mapping also reads DAYS "
                    "(line 3): files are put together by person");
}

static void test_several_rows_of_a_person_have_a_mean(void **state)
{
    Fixture *f = *state;
    write_in(f->files, "PEOPLE.csv", "ID,AGE\n1,33\n2,53\n3,54\n4,55\n");
    write_in(f->files, "DAYS.csv", "ID,MIN,WORN\n2,10,1\n1,30,1\n2,20,1\n2,999,1\n3,999,1\n2,,0\n");
    write_in(f->source, "mapping.tsv",
             PLAIN "age\tPEOPLE\tAGE\n"
                   "minutes\tPEOPLE\trows_mean(DAYS.MIN)*2\t\tDAYS.MIN:999\tAGE==55:7\t"
                   "isna(rows_mean(DAYS.WORN))||rows_mean(DAYS.WORN)>0.5\n");
    assert_imports(f, "person,source,age,minutes\n"
                      "1,first,33,60\n"
                      "2,first,53,30\n"
                      "3,first,54,\n"
                      "4,first,55,7\n");
    write_in(f->source, "mapping.tsv", PLAIN "minutes\tDAYS\tMIN\n");
    assert_fails(f, "person 2 is in rows 1 and 3, expected one row a person; only "
                    "first(DAYS.VARIABLE) and rows_mean(DAYS.VARIABLE)");
    write_in(f->source, "mapping.tsv", PLAIN "minutes\tPEOPLE\trows_mean(DAYS.MIN+1)\n");
    assert_fails(f, "mapping.tsv:2: column value: ");
}

static void test_what_is_wrong_with_a_csv_file_is_named(void **state)
{
    static const Bad bad[] = {
        {"ID,AGE\n1,40\n2\n", "PEOPLE.csv:3: found 1 cells, expected 2 as in the header"},
        {"ID,AGE,AGE\n1,40,41\n", "PEOPLE.csv:1: column AGE: found twice (columns 2 and 3)"},
        {"ID,AEG\n1,40\n", "PEOPLE.csv has no variable AGE"},
        {"NR,AGE\n1,40\n", "PEOPLE.csv: no variable ID, which names the person"},
        {"ID,AGE\n1,40\n,41\n", "PEOPLE.csv: row 2: variable ID: found no person"},
        {"ID,AGE\n1,forty\n", "variable AGE holds text, expected numbers"},
        {"ID,AGE\n1,40\n1,41\n", "person 1 is in rows 1 and 2"},
        {"ID,AGE\n1,200\n", "person 1: found 200, expected 20 to 100 years"},
    };
    Fixture *f = *state;
    write_in(f->source, "mapping.tsv", PLAIN "age\tPEOPLE\tAGE\n");
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        write_in(f->files, "PEOPLE.csv", bad[i].text);
        assert_fails(f, bad[i].story);
    }
    write_in(f->files, "PEOPLE.csv", "ID,AGE\n1,40\n");
    assert_imports(f, "person,source,age\n1,first,40\n");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_rounds_share_a_mapping),
        TEST(test_a_file_of_a_round_that_is_missing_is_named_as_it_is_called),
        TEST(test_what_is_wrong_with_rounds_is_named),
        TEST(test_words_are_codes),
        TEST(test_what_is_wrong_with_words_is_named),
        TEST(test_rows_are_people_where_nothing_names_them),
        TEST(test_several_rows_of_a_person_have_a_mean),
        TEST(test_what_is_wrong_with_a_csv_file_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
