/* Imports from a source made for the test: three small files, a mapping, a schema. All numbers are
 * invented. */
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
#include "src/data/survey.h"
#include "tests/unit/xport.h"

static const char text_schema[] = "name\ttype\tlabel\tunit\tlevels\tmin\tmax\n"
                                  "age\tcount\tAge\tyears\t\t20\t100\n"
                                  "sex\tcategorical\tSex\t\t1=male|2=female\n"
                                  "weight\tpositive\tWeight\tkg\t\t20\t400\n"
                                  "smoking\tcategorical\tSmoking\t\t0=never|1=former|2=current\n"
                                  "cigarettes\tcount\tCigarettes\tcigarettes/day\t\t0\t95\n"
                                  "bedtime\tpositive\tBedtime\th\t\t0\t24\n"
                                  "medicines\tcount\tMedicines\n"
                                  "teeth_bad\tcount\tBad teeth\n"
                                  "zero\treal\tOften zero\n"
                                  "unused\treal\tNot mapped\n";

static const char text_source[] = "key\tvalue\n"
                                  "name\ttiny\n"
                                  "person\tSEQN\n"
                                  "base\tDEMO\n"
                                  "include\tAGE>=20\n"
                                  "weight\tWT\n"
                                  "url\thttps://example.org/{file}.xpt\n";

#define HEAD "attribute\tfile\tvalue\tcodes\tmissing\tskip\teligible\tnote\n"
static const char text_mapping[] =
    HEAD "# comment\n"
         "age\tDEMO\tAGE\t\t\t\t\t80 = 80 and over\n"
         "sex\tDEMO\tSEX\t1=male|2=female\n"
         "weight\tBODY\tLBS*0.45359237\t\t7777|9999\t\tDEMO.SEX==2||DEMO.AGE>30\n"
         "smoking\tBODY\tif(SMK==2,0,if(NOW<=2,2,1))\t0=never|1=former|2=current\t7|9\n"
         "cigarettes\tBODY\tCIGS\t666=1\tCIGS:777|999;SMK:9\tSMK==2:0;NOW==3:0\n"
         "bedtime\tBODY\thours(BED)\t\t77777|99999\n"
         "medicines\tRX\tfirst(RX.NUM)\t\t99\tisna(first(RX.NUM)):0\n"
         "teeth_bad\tBODY\ttally(T??,Z,K)\n"
         "zero\tBODY\tZERO\n";

typedef struct Fixture {
    char folder[3000], source[3100], files[3100], reader[3200];
    MkSchema *schema;
    MkTable *table;
    MkImportReport report;
    MkError err;
} Fixture;

static void write_text(const Fixture *f, const char *name, const char *text)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", f->source, name);
    assert_int_equal(mk_file_write(path, text, strlen(text), NULL), MK_OK);
}

static void write_demo(const Fixture *f, double last_person, double last_sex)
{
    char path[4096];
    Xport x = xport_begin("DEMO");
    xport_variable(&x, "SEQN", 0, "Person");
    xport_variable(&x, "AGE", 0, "Age");
    xport_variable(&x, "SEX", 0, "Sex");
    xport_variable(&x, "WT", 0, "Weight of the interview");
    xport_rows(&x);
    const double rows[][4] = {{101, 40, 1, 1.5},
                              {102, 19, 2, 1},
                              {103, 80, 2, 0},
                              {104, 25, 1, 1234.0625},
                              {last_person, 33, last_sex, 2}};
    for (size_t i = 0; i < 5; i++) {
        for (size_t k = 0; k < 4; k++) {
            xport_number(&x, rows[i][k]);
        }
    }
    snprintf(path, sizeof path, "%s/DEMO.xpt", f->files);
    assert_int_equal(xport_end(&x, path), 0);
}

typedef struct Body {
    double person, lbs, smk, now, cigs;
    const char *bed, *t01, *t02;
    double zero;
} Body;

/* The name of the weight can be changed; a second row of a person can be added. */
static void write_body(const Fixture *f, const char *weight_name, const char *bed, bool twice)
{
    const Body rows[] = {{105, 150, 2, NAN, NAN, "", "", "", 0},
                         {101, 200, 1, 1, 666, "22:30", "Z", "K", -0.5},
                         {104, 180, 9, NAN, 777, "99999", "E", "", NAN},
                         {103, 7777, 1, 3, NAN, bed, "", "", 1e-12},
                         {twice ? 104 : 999, 1, 1, 1, 1, "01:00", "", "", 0}};
    char path[4096];
    Xport x = xport_begin("BODY");
    xport_variable(&x, "SEQN", 0, "Person");
    xport_variable(&x, weight_name, 0, "Pounds");
    xport_variable(&x, "SMK", 0, "Ever smoked");
    xport_variable(&x, "NOW", 0, "Smokes now");
    xport_variable(&x, "CIGS", 0, "Cigarettes");
    xport_variable(&x, "BED", 5, "Bedtime");
    xport_variable(&x, "T01", 1, "Tooth 1");
    xport_variable(&x, "T02", 1, "Tooth 2");
    xport_variable(&x, "ZERO", 0, "Zero");
    xport_rows(&x);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const Body *b = &rows[i];
        const double numbers[] = {b->person, b->lbs, b->smk, b->now, b->cigs};
        for (size_t k = 0; k < 5; k++) {
            xport_number(&x, numbers[k]);
        }
        xport_text(&x, b->bed, 5);
        xport_text(&x, b->t01, 1);
        xport_text(&x, b->t02, 1);
        xport_number(&x, b->zero);
    }
    snprintf(path, sizeof path, "%s/BODY.XPT", f->files);
    assert_int_equal(xport_end(&x, path), 0);
}

static void write_rx(const Fixture *f)
{
    const double rows[][2] = {{101, 99}, {103, 5}, {101, 3}, {101, 4}};
    char path[4096];
    Xport x = xport_begin("RX");
    xport_variable(&x, "SEQN", 0, "Person");
    xport_variable(&x, "NUM", 0, "Number of medicines");
    xport_rows(&x);
    for (size_t i = 0; i < 4; i++) {
        xport_number(&x, rows[i][0]);
        xport_number(&x, rows[i][1]);
    }
    snprintf(path, sizeof path, "%s/rx.xpt", f->files);
    assert_int_equal(xport_end(&x, path), 0);
}

static int set_up(void **state)
{
    Fixture *f = calloc(1, sizeof *f);
    const char *top = getenv("TMPDIR") != NULL ? getenv("TMPDIR") : "/tmp";
    const char *build = getenv("MK_BUILDDIR") != NULL ? getenv("MK_BUILDDIR") : ".";
    if (f == NULL) {
        return -1;
    }
    *state = f;
    snprintf(f->folder, sizeof f->folder, "%.2900s/manikin-source-XXXXXX", top);
    if (mkdtemp(f->folder) == NULL) {
        return -1;
    }
    snprintf(f->source, sizeof f->source, "%s/tiny", f->folder);
    snprintf(f->files, sizeof f->files, "%s/files", f->folder);
    snprintf(f->reader, sizeof f->reader, "%.2900s/manikin-readsurvey", build);
    if (mkdir(f->source, 0700) != 0 || mkdir(f->files, 0700) != 0) {
        return -1;
    }
    write_text(f, "source.tsv", text_source);
    write_text(f, "mapping.tsv", text_mapping);
    write_demo(f, 105, 2);
    write_body(f, "LBS", "00:15", false);
    write_rx(f);
    return mk_schema_parse(text_schema, strlen(text_schema), "s.tsv", &f->schema, NULL) == MK_OK
               ? 0
               : -1;
}

static void remove_in(const char *folder, const char *name)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    (void)unlink(path);
}

static int tear_down(void **state)
{
    static const char *const names[] = {"DEMO.xpt",    "BODY.XPT",  "rx.xpt",
                                        "BODY.xpt.gz", "other.xpt", "reader"};
    Fixture *f = *state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        remove_in(f->files, names[i]);
    }
    remove_in(f->source, "source.tsv");
    remove_in(f->source, "mapping.tsv");
    (void)rmdir(f->source);
    (void)rmdir(f->files);
    (void)rmdir(f->folder);
    mk_table_free(f->table);
    mk_schema_free(f->schema);
    free(f);
    return 0;
}

static MkStatus import_paths(Fixture *f, const char *const *paths, size_t n)
{
    const MkImportJob job = {.source_dir = f->source,
                             .schema = f->schema,
                             .paths = paths,
                             .n_paths = n,
                             .reader = f->reader};
    mk_table_free(f->table);
    f->table = NULL;
    return mk_source_import(&job, &f->table, &f->report, &f->err);
}

static MkStatus import_folder(Fixture *f)
{
    const char *const paths[] = {f->files};
    return import_paths(f, paths, 1);
}

/* The import fails and its story holds all of the words. */
static void assert_fails(Fixture *f, MkStatus want, const char *const *words)
{
    const MkStatus st = import_folder(f);
    if (st != want) {
        fail_msg("status %d, want %d: %s", (int)st, (int)want, f->err.text);
    }
    for (; *words != NULL; words++) {
        if (strstr(f->err.text, *words) == NULL) {
            fail_msg("'%s' is not in '%s'", *words, f->err.text);
        }
    }
    assert_null(f->table);
}

#define ASSERT_FAILS(f, status, ...)                                                               \
    assert_fails(f, status, (const char *const[]){__VA_ARGS__, NULL})

static void test_files_become_a_table(void **state)
{
    Fixture *f = *state;
    MkBuf buf;
    mk_buf_init(&buf);
    if (import_folder(f) != MK_OK) {
        fail_msg("%s", f->err.text);
    }
    mk_table_print_header(f->table, &buf);
    for (size_t i = 0; i < f->table->n_rows; i++) {
        mk_table_print_row(f->table, i, &buf);
    }
    assert_string_equal(
        buf.data,
        "person,source,survey_weight,age,sex,weight,smoking,cigarettes,bedtime,medicines,teeth_bad,"
        "zero\n"
        "101,tiny,1.5,40,male,90.718474,current,1,22.5,3,2,-0.5\n"
        "103,tiny,0,80,female,,former,0,0.25,5,,1e-12\n"
        "104,tiny,1234.0625,25,male,,,,,0,0,\n"
        "105,tiny,2,33,female,68.0388555,never,0,,0,,0\n");
    mk_buf_release(&buf);
    assert_int_equal(f->report.n_people, 4);
    assert_int_equal(f->report.n_left_out, 1);
    assert_int_equal(f->report.n_attributes, 9);
    assert_int_equal(f->report.n_files, 3);
    assert_int_equal(f->report.n_notes, 0);
    assert_close(f->report.missing_share, 9.0 / 36.0, 1e-12, 0);
}

static void test_files_are_given_one_by_one_too(void **state)
{
    Fixture *f = *state;
    char demo[4096], body[4096], rx[4096], other[4096];
    snprintf(demo, sizeof demo, "%s/DEMO.xpt", f->files);
    snprintf(body, sizeof body, "%s/BODY.XPT", f->files);
    snprintf(rx, sizeof rx, "%s/rx.xpt", f->files);
    snprintf(other, sizeof other, "%s/other.xpt", f->files);
    assert_int_equal(mk_file_write(other, "", 0, NULL), MK_OK);
    const char *const paths[] = {body, other, demo, rx}, *const nowhere[] = {"/nowhere.xpt"};
    assert_int_equal(import_paths(f, paths, 4), MK_OK);
    assert_int_equal(f->report.n_notes, 1);
    assert_non_null(strstr(f->report.notes[0], "other.xpt is no file of source tiny"));
    assert_int_equal(import_paths(f, nowhere, 1), MK_EIO);
    assert_non_null(strstr(f->err.text, "/nowhere.xpt: no such file"));
}

static void test_packed_files_are_read_and_doubles_noted(void **state)
{
    Fixture *f = *state;
    char packed[4096], plain[4096];
    MkBuf buf;
    MkFileOut *out = NULL;
    snprintf(plain, sizeof plain, "%s/BODY.XPT", f->files);
    snprintf(packed, sizeof packed, "%s/BODY.xpt.gz", f->files);
    mk_buf_init(&buf);
    assert_int_equal(mk_file_read(plain, 0, &buf, NULL), MK_OK);
    assert_int_equal(mk_file_out_open(packed, &out, NULL), MK_OK);
    assert_int_equal(mk_file_out_write(out, buf.data, buf.len, NULL), MK_OK);
    assert_int_equal(mk_file_out_commit(out, NULL), MK_OK);
    mk_buf_release(&buf);
    assert_int_equal(import_folder(f), MK_OK);
    assert_int_equal(f->report.n_notes, 1);
    assert_non_null(strstr(f->report.notes[0], "BODY is there twice"));
    assert_int_equal(unlink(plain), 0);
    assert_int_equal(import_folder(f), MK_OK);
    assert_int_equal(f->report.n_notes, 0);
    assert_close(mk_table_get(f->table, 0, 2), 90.718474, 0, 1e-12);
}

static void test_a_missing_file_says_who_needs_it_and_where_it_is(void **state)
{
    Fixture *f = *state;
    remove_in(f->files, "BODY.XPT");
    ASSERT_FAILS(f, MK_EIO,
                 "BODY.xpt (or .csv): no such file among those given, needed by weight, smoking, "
                 "cigarettes, "
                 "bedtime and 2 more; get it from https://example.org/BODY.xpt");
    remove_in(f->files, "rx.xpt");
    ASSERT_FAILS(f, MK_EIO, "BODY.xpt (or .csv): no such file", "missing too: RX");
    remove_in(f->files, "DEMO.xpt");
    ASSERT_FAILS(f, MK_EIO, "DEMO.xpt (or .csv): no such file");
}

static void test_a_person_twice_in_a_file_is_named(void **state)
{
    Fixture *f = *state;
    write_body(f, "LBS", "00:15", true);
    ASSERT_FAILS(f, MK_EFORMAT, "mapping.tsv:5: attribute weight",
                 "BODY.XPT: person 104 is in rows 3 and 5", "only first(BODY.VARIABLE)");
    write_body(f, "LBS", "00:15", false);
    write_demo(f, 101, 1);
    ASSERT_FAILS(f, MK_EFORMAT, "DEMO.xpt: person 101 is in rows 1 and 5");
    write_demo(f, NAN, 1);
    ASSERT_FAILS(f, MK_EFORMAT, "DEMO.xpt: row 5: variable SEQN: found no person");
}

static void test_a_variable_that_is_gone_is_named_with_its_nearest(void **state)
{
    Fixture *f = *state;
    write_body(f, "LBZ", "00:15", false);
    ASSERT_FAILS(f, MK_EFORMAT,
                 "mapping.tsv:5: attribute weight: ", "BODY.XPT has no variable LBS");
    write_text(f, "mapping.tsv", HEAD "teeth_bad\tBODY\ttally(X??,Z)\n");
    ASSERT_FAILS(f, MK_EFORMAT, "mapping.tsv:2: attribute teeth_bad: ", "has no variable X??");
}

static void test_a_variable_that_has_changed_its_codes_is_named(void **state)
{
    Fixture *f = *state;
    write_demo(f, 105, 3);
    ASSERT_FAILS(f, MK_EFORMAT, "mapping.tsv:4: attribute sex: file DEMO, person 105: found 3",
                 "has the variable changed?");
}

static void test_a_variable_that_has_changed_its_kind_is_named(void **state)
{
    Fixture *f = *state;
    write_text(f, "mapping.tsv", HEAD "zero\tBODY\tBED\n");
    ASSERT_FAILS(f, MK_EFORMAT, "mapping.tsv:2: attribute zero",
                 "variable BED holds text, expected numbers");
    write_text(f, "mapping.tsv", HEAD "bedtime\tBODY\thours(LBS)\n");
    ASSERT_FAILS(f, MK_EFORMAT, "variable LBS holds numbers, expected text");
    write_text(f, "mapping.tsv", text_mapping);
    write_body(f, "LBS", "25:99", false);
    ASSERT_FAILS(f, MK_EFORMAT, "attribute bedtime", "person 103: BED is '25:99', expected HH:MM");
}

static void test_values_outside_the_domain_are_named(void **state)
{
    Fixture *f = *state;
    write_text(f, "mapping.tsv", HEAD "weight\tBODY\tLBS\t7777=70\n");
    assert_int_equal(import_folder(f), MK_OK);
    write_text(f, "mapping.tsv", HEAD "weight\tBODY\tLBS*10\n");
    ASSERT_FAILS(f, MK_EFORMAT,
                 "attribute weight: file BODY, person 101: found 2000, expected 20 to 400 kg");
    write_text(f, "mapping.tsv", HEAD "cigarettes\tBODY\tZERO\n");
    ASSERT_FAILS(f, MK_EFORMAT, "attribute cigarettes: file BODY, person 101: found -0.5");
    write_text(f, "mapping.tsv", HEAD "cigarettes\tBODY\tZERO+0.75\n");
    ASSERT_FAILS(f, MK_EFORMAT, "person 101: found 0.25, expected a whole number");
}

typedef struct Bad {
    const char *text, *story;
} Bad;

static void test_what_is_wrong_in_a_mapping_is_named_with_line_and_column(void **state)
{
    static const Bad bad[] = {
        {"attribute\tfile\n", "mapping.tsv:1: column value: not found"},
        {"attribute\tfile\tvalue\tcolour\n", "mapping.tsv:1: column colour: found, but"},
        {HEAD, "mapping.tsv: found no attributes"},
        {HEAD "aeg\tDEMO\tAGE\n",
         "mapping.tsv:2: column attribute: found 'aeg', which is not in the "
         "schema, nearest: age"},
        {HEAD "age\tDEMO\tAGE\nage\tDEMO\tAGE\n",
         "mapping.tsv:3: column attribute: found 'age' again (first on line 2)"},
        {HEAD "age\t\tAGE\n", "mapping.tsv:2: column file: found an empty cell"},
        {HEAD "age\tDEMO\tAGE+\n", "mapping.tsv:2: column value: found '' at character 5"},
        {HEAD "sex\tDEMO\tSEX\t1=man\n",
         "mapping.tsv:2: column codes: found 'man', expected the name"},
        {HEAD "sex\tDEMO\tSEX\tmale=1\n",
         "mapping.tsv:2: column codes: found '1', expected the name of a level"},
        {HEAD "sex\tDEMO\tSEX\t1=male|1=female\n", "mapping.tsv:2: column codes: found '1=female'"},
        {HEAD "age\tDEMO\tAGE\t1=10\n",
         "mapping.tsv:2: column codes: found '10', expected a number that"},
        {HEAD "age\tDEMO\tAGE\t\tx\n", "mapping.tsv:2: column missing: found 'x', expected a code"},
        {HEAD "age\tDEMO\tAGE\t\tAGF:7\n",
         "mapping.tsv:2: column missing: found 'AGF', expected a variable that the row uses"},
        {HEAD "age\tDEMO\tAGE\t\t7;9\n",
         "mapping.tsv:2: column missing: found '7;9', expected one"},
        {HEAD "age\tDEMO\tAGE\t\t\tSEX==1\n", "mapping.tsv:2: column skip: found 'SEX==1'"},
        {HEAD "age\tDEMO\tAGE\t\t\tSEX=1:20\n",
         "mapping.tsv:2: column skip: found '=1' at character 4"},
        {HEAD "age\tDEMO\tAGE\t\t\tSEX==1:5\n", "mapping.tsv:2: column skip: found '5'"},
        {HEAD "age\tDEMO\tAGE\t\t\t\t(\n", "mapping.tsv:2: column eligible: found ''"},
    };
    Fixture *f = *state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        write_text(f, "mapping.tsv", bad[i].text);
        ASSERT_FAILS(f, MK_EFORMAT, bad[i].story);
    }
}

static void test_what_is_wrong_in_a_source_is_named(void **state)
{
    static const Bad bad[] = {
        {"name\ttiny\n", "source.tsv:1: expected the columns key and value"},
        {"key\tvalue\nname\tx\n", "source.tsv: the key base is missing"},
        {"key\tvalue\nnmae\tx\n", "source.tsv:2: column key: found 'nmae', expected name"},
        {"key\tvalue\nname\tx\nname\ty\n", "source.tsv:3: column key: found 'name' again"},
        {"key\tvalue\nname\tx\nperson\tSEQN\nbase\tDEMO\ninclude\tAGE>>20\n",
         "source.tsv:5: key include: found '>20' at character 5"},
        {"key\tvalue\nname\tx\nperson\tSEQX\nbase\tDEMO\n", "DEMO.xpt: no variable SEQX"},
        {"key\tvalue\nname\tx\nperson\tSEQN\nbase\tDEMO\ninclude\tAGE>200\n",
         "found nobody to include"},
        {"key\tvalue\nname\tx\nperson\tSEQN\nbase\tDEMO\nweight\tWT-1\n",
         "source.tsv:5: key weight: person 103: found no weight of 0 or more"},
    };
    Fixture *f = *state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        write_text(f, "source.tsv", bad[i].text);
        ASSERT_FAILS(f, MK_EFORMAT, bad[i].story);
    }
    remove_in(f->source, "source.tsv");
    ASSERT_FAILS(f, MK_EIO, "source.tsv");
}

/* Replaces a survey file by its first n bytes, or by other bytes. */
static void spoil(const Fixture *f, const char *bytes, size_t len)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/DEMO.xpt", f->files);
    assert_int_equal(mk_file_write(path, bytes, len, NULL), MK_OK);
}

static void test_damaged_files_are_refused(void **state)
{
    Fixture *f = *state;
    char path[4096];
    MkBuf buf;
    mk_buf_init(&buf);
    snprintf(path, sizeof path, "%s/DEMO.xpt", f->files);
    assert_int_equal(mk_file_read(path, 0, &buf, NULL), MK_OK);
    spoil(f, buf.data, buf.len - 7);
    ASSERT_FAILS(f, MK_EFORMAT, "DEMO.xpt: the file is cut off");
    spoil(f, buf.data, 800);
    ASSERT_FAILS(f, MK_EFORMAT, "DEMO.xpt: ");
    spoil(f, "", 0);
    ASSERT_FAILS(f, MK_EFORMAT, "DEMO.xpt: ");
    for (size_t i = 0; i < 80; i++) {
        buf.data[i] = 'x';
    }
    spoil(f, buf.data, buf.len);
    ASSERT_FAILS(f, MK_EFORMAT, "DEMO.xpt: ");
    mk_buf_release(&buf);
}

static void write_reader(Fixture *f, const char *script)
{
    snprintf(f->reader, sizeof f->reader, "%s/reader", f->files);
    assert_int_equal(mk_file_write(f->reader, script, strlen(script), NULL), MK_OK);
    assert_int_equal(chmod(f->reader, 0700), 0);
}

static void test_a_reader_that_dies_or_lies_is_an_error(void **state)
{
    Fixture *f = *state;
    write_reader(f, "#!/bin/sh\nkill -SEGV $$\n");
    ASSERT_FAILS(f, MK_EFORMAT, "DEMO.xpt: the survey reader was ended by signal 11");
    write_reader(f, "#!/bin/sh\nexit 0\n");
    ASSERT_FAILS(f, MK_EFORMAT, "DEMO.xpt: the survey reader's answer is damaged: no beginning");
    write_reader(f, "#!/bin/sh\nprintf 'MKSURV1\\nV\\377\\377\\377\\377'\n");
    ASSERT_FAILS(f, MK_EFORMAT, "no list of variables");
    write_reader(f, "#!/bin/sh\nexec cat /dev/zero\n");
    ASSERT_FAILS(f, MK_EFORMAT, "found more data than a file of its size can hold");
    write_reader(f, "#!/nowhere/sh\n");
    ASSERT_FAILS(f, MK_EIO, "cannot be run");
    remove_in(f->files, "reader");
    ASSERT_FAILS(f, MK_EIO, "cannot be run");
}

static void test_a_cancelled_import_ends_at_once(void **state)
{
    Fixture *f = *state;
    write_reader(f, "#!/bin/sh\nexec sleep 60\n");
    MkCancel cancel = {true};
    const char *const paths[] = {f->files};
    const MkImportJob job = {.source_dir = f->source,
                             .schema = f->schema,
                             .paths = paths,
                             .n_paths = 1,
                             .reader = f->reader,
                             .cancel = &cancel};
    assert_int_equal(mk_source_import(&job, &f->table, &f->report, &f->err), MK_ECANCEL);
}

static void test_a_broken_stream_is_refused_wherever_it_is_cut(void **state)
{
    (void)state;
    static const char stream[] = "MKSURV1\nV\2\0\0\0N\1A\2\0aaT\1B\0\0"
                                 "R\0\0\0\0\0\0\xF0\x3F\1\0x"
                                 "R\0\0\0\0\0\0\xF8\x7F\0\0E\2\0\0\0\0\0\0\0";
    const size_t len = sizeof stream - 1;
    MkArena *arena = mk_arena_new(0);
    MkSurvey survey = {.table = "T"};
    MkError err = {0};
    for (size_t n = 0; n < len; n++) {
        assert_int_equal(mk_survey_parse(stream, n, "t", arena, &survey, &err), MK_EFORMAT);
        assert_null(survey.variables);
    }
    assert_int_equal(mk_survey_parse(stream, len, "t", arena, &survey, &err), MK_OK);
    assert_int_equal(survey.n_rows, 2);
    assert_string_equal(survey.variables[0].label, "aa");
    assert_close(survey.variables[0].number[0], 1, 0, 0);
    assert_true(isnan(survey.variables[0].number[1]));
    assert_string_equal(survey.variables[1].text[0], "x");
    assert_string_equal(survey.variables[1].text[1], "");
    assert_int_equal(mk_survey_parse("MKSURV1\nX\3\0bad", 14, "t", arena, &survey, &err),
                     MK_EFORMAT);
    assert_string_equal(err.text, "t: bad");
    mk_arena_free(arena);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
/* Without the survey reader's library these remain. */
#define TESTS_WITHOUT_READER                                                                       \
    cmocka_unit_test(test_a_broken_stream_is_refused_wherever_it_is_cut),                          \
        TEST(test_what_is_wrong_in_a_mapping_is_named_with_line_and_column),                       \
        TEST(test_a_reader_that_dies_or_lies_is_an_error),                                         \
        TEST(test_a_cancelled_import_ends_at_once)

#ifdef HAVE_READSTAT
static const bool has_reader = true;
#else
static const bool has_reader = false;
#endif

int main(void)
{
    const struct CMUnitTest some[] = {TESTS_WITHOUT_READER};
    const struct CMUnitTest all[] = {
        TESTS_WITHOUT_READER,
        TEST(test_files_become_a_table),
        TEST(test_files_are_given_one_by_one_too),
        TEST(test_packed_files_are_read_and_doubles_noted),
        TEST(test_a_missing_file_says_who_needs_it_and_where_it_is),
        TEST(test_a_person_twice_in_a_file_is_named),
        TEST(test_a_variable_that_is_gone_is_named_with_its_nearest),
        TEST(test_a_variable_that_has_changed_its_codes_is_named),
        TEST(test_a_variable_that_has_changed_its_kind_is_named),
        TEST(test_values_outside_the_domain_are_named),
        TEST(test_what_is_wrong_in_a_source_is_named),
        TEST(test_damaged_files_are_refused),
    };
    return has_reader ? cmocka_run_group_tests(all, NULL, NULL)
                      : cmocka_run_group_tests(some, NULL, NULL);
}
