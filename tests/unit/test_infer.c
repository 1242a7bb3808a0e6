/* Drafts of schemas and mappings from made-up tables; every draft is imported as it is. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "tests/check.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "src/base/file.h"
#include "src/data/infer.h"
#include "src/data/schema_check.h"
#include "src/data/source.h"
#include "tests/unit/xport.h"

static const char known_text[] =
    "name\ttype\tlabel\tunit\tlevels\tcategory\tmin\tmax\tresolution\n"
    "age\tpositive\tAge\tyears\t\tDemographics\t18\t100\t1\n"
    "sex\tcategorical\tSex\t\t1=male|2=female\tDemographics\n"
    "height\tpositive\tStanding height\tcm\t\tBody\t100\t230\t0.1\n"
    "weight\tpositive\tBody weight\tkg\t\tBody\t20\t350\t0.1\n"
    "glucose_fasting\tpositive\tFasting glucose\tmg/dL\t\tBlood\t20\t800\t1\n"
    "total_cholesterol\tpositive\tTotal cholesterol\tmg/dL\t\tBlood\t30\t800\t1\n"
    "smoking\tcategorical\tCigarette smoking\t\t0=never|1=former|2=current\tHabits\n"
    "general_health\tordinal\tGeneral health\t\t"
    "5=poor|4=fair|3=good|2=very_good|1=excellent\tHealth\n";

enum { MOST_FILES = 3 };

typedef struct Fixture {
    char folder[3000];
    char paths[MOST_FILES][3200];
    size_t n_paths;
    MkArena *arena;
    MkSchema *known;
    MkDraft draft;
    MkError err;
} Fixture;

static int set_up(void **state)
{
    Fixture *f = calloc(1, sizeof *f);
    const char *top = getenv("TMPDIR") != NULL ? getenv("TMPDIR") : "/tmp";
    if (f == NULL) {
        return -1;
    }
    *state = f;
    f->arena = mk_arena_new(0);
    snprintf(f->folder, sizeof f->folder, "%.2900s/manikin-infer-XXXXXX", top);
    return mkdtemp(f->folder) == NULL || f->arena == NULL ||
                   mk_schema_parse(known_text, strlen(known_text), "known", &f->known, NULL) !=
                       MK_OK
               ? -1
               : 0;
}

static int tear_down(void **state)
{
    Fixture *f = *state;
    static const char *const names[] = {"schema.tsv", "mapping.tsv", "source.tsv", "people.csv"};
    char path[3300];
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        snprintf(path, sizeof path, "%s/%s", f->folder, names[i]);
        unlink(path);
    }
    for (size_t i = 0; i < f->n_paths; i++) {
        unlink(f->paths[i]);
    }
    rmdir(f->folder);
    mk_schema_free(f->known);
    mk_arena_free(f->arena);
    free(f);
    return 0;
}

static void add_file(Fixture *f, const char *name, const char *text)
{
    char path[3200];
    snprintf(path, sizeof path, "%.3000s/%s", f->folder, name);
    memcpy(f->paths[f->n_paths++], path, sizeof path);
    assert_int_equal(mk_file_write(path, text, strlen(text), NULL), MK_OK);
}

static MkStatus try_draft(Fixture *f)
{
    static const char *paths[MOST_FILES];
    for (size_t i = 0; i < f->n_paths; i++) {
        paths[i] = f->paths[i];
    }
    return mk_infer(&(MkInferJob){.paths = paths, .n_paths = f->n_paths, .known = f->known},
                    f->arena, &f->draft, &f->err);
}

static void print_file(const Fixture *f, const char *name,
                       void (*print)(const MkDraft *draft, MkBuf *buf))
{
    char path[3300];
    MkBuf buf;
    mk_buf_init(&buf);
    print(&f->draft, &buf);
    snprintf(path, sizeof path, "%s/%s", f->folder, name);
    assert_int_equal(mk_file_write(path, buf.data, buf.len, NULL), MK_OK);
    mk_buf_release(&buf);
}

/* Drafts, checks the draft, and imports with it; gives the table, its schema into *schema. */
static MkTable *import_draft(Fixture *f, MkSchema **schema)
{
    const char *paths[MOST_FILES];
    char path[3300];
    MkTable *table = NULL;
    MkImportReport report;
    MkCheck check;
    MkSchema *good = NULL;
    if (try_draft(f) != MK_OK) {
        fail_msg("draft: %s", f->err.text);
    }
    print_file(f, "schema.tsv", mk_draft_schema);
    print_file(f, "mapping.tsv", mk_draft_mapping);
    print_file(f, "source.tsv", mk_draft_source);
    snprintf(path, sizeof path, "%s/schema.tsv", f->folder);
    mk_check_init(&check, f->arena);
    assert_int_equal(mk_check_schema(&check, path, &good, &f->err), MK_OK);
    assert_int_equal(mk_check_source(&check, f->folder, good, &f->err), MK_OK);
    mk_schema_free(good);
    for (size_t i = 0; i < check.n_problems; i++) {
        if (check.problems[i].is_error) {
            fail_msg("%s:%zu: %s: %s", check.problems[i].file, check.problems[i].line,
                     check.problems[i].column, check.problems[i].text);
        }
    }
    if (mk_schema_read(path, schema, &f->err) != MK_OK) {
        fail_msg("schema: %s", f->err.text);
    }
    for (size_t i = 0; i < f->n_paths; i++) {
        paths[i] = f->paths[i];
    }
    const MkImportJob job = {
        .source_dir = f->folder, .schema = *schema, .paths = paths, .n_paths = f->n_paths};
    if (mk_source_import(&job, &table, &report, &f->err) != MK_OK) {
        fail_msg("import: %s", f->err.text);
    }
    return table;
}

static void check_import(Fixture *f)
{
    MkSchema *schema = NULL;
    MkTable *const table = import_draft(f, &schema);
    assert_int_equal(table->n_rows, f->draft.n_people);
    mk_table_free(table);
    mk_schema_free(schema);
}

static const MkDraftColumn *column_of(const Fixture *f, const char *variable)
{
    for (size_t i = 0; i < f->draft.n_columns; i++) {
        if (strcmp(f->draft.columns[i].variable, variable) == 0) {
            return &f->draft.columns[i];
        }
    }
    fail_msg("no column for %s", variable);
    return NULL;
}

static const char *why_left(const Fixture *f, const char *variable)
{
    for (size_t i = 0; i < f->draft.n_left; i++) {
        if (strcmp(f->draft.left[i].variable, variable) == 0) {
            return f->draft.left[i].why;
        }
    }
    return "";
}

static bool is_decided(const Fixture *f, const char *variable, const char *topic)
{
    for (size_t i = 0; i < f->draft.n_decisions; i++) {
        const MkDecision *const d = &f->draft.decisions[i];
        if (strcmp(d->variable, variable) == 0 && strcmp(d->topic, topic) == 0) {
            return true;
        }
    }
    return false;
}

/* "no, yes" */
static const char *levels_of(Fixture *f, const char *variable)
{
    MkBuf buf;
    mk_buf_init(&buf);
    mk_draft_values(column_of(f, variable), &buf);
    const char *const text = mk_arena_strdup(f->arena, buf.data);
    mk_buf_release(&buf);
    return text;
}

/* A CSV of one column beside an id; row i has words[i % n]. */
static void add_column_file(Fixture *f, const char *header, const char *const *words, size_t n,
                            size_t n_rows)
{
    MkBuf buf;
    mk_buf_init(&buf);
    mk_buf_printf(&buf, "id,filler,%s\n", header);
    for (size_t i = 0; i < n_rows; i++) {
        mk_buf_printf(&buf, "P%zu,%zu.5,%s\n", i, 10 + (i * 7) % 60, words[i % n]);
    }
    add_file(f, "own.csv", buf.data);
    mk_buf_release(&buf);
}

#define ADD_COLUMN(f, header, n_rows, ...)                                                         \
    do {                                                                                           \
        static const char *const words_[] = {__VA_ARGS__};                                         \
        add_column_file((f), (header), words_, sizeof words_ / sizeof *words_, (n_rows));          \
    } while (0)

static void test_words_become_levels_with_no_before_yes(void **state)
{
    Fixture *f = *state;
    ADD_COLUMN(f, "Treated", 40, "Yes", "No", "yes", "Unknown", "");
    check_import(f);
    assert_string_equal(levels_of(f, "Treated"), "no, yes");
    assert_string_equal(column_of(f, "Treated")->missing, "Unknown");
    assert_string_equal(f->draft.person, "id");
}

static void test_words_with_a_usual_order_are_ordinal(void **state)
{
    Fixture *f = *state;
    ADD_COLUMN(f, "Pain", 40, "often", "Never", "Rarely", "sometimes", "refused");
    check_import(f);
    assert_int_equal(column_of(f, "Pain")->attribute.type, MK_ORDINAL);
    assert_string_equal(levels_of(f, "Pain"), "never < rarely < sometimes < often");
}

static void test_ranges_of_ages_are_ordered_by_their_numbers(void **state)
{
    Fixture *f = *state;
    ADD_COLUMN(f, "AgeGroup", 40, "80 or older", "18-24", "<18", "25 - 79");
    check_import(f);
    assert_string_equal(levels_of(f, "AgeGroup"),
                        "under_18 < from_18_to_24 < from_25_to_79 < at_least_80");
}

static void test_words_without_an_order_are_categories(void **state)
{
    Fixture *f = *state;
    ADD_COLUMN(f, "Blood group", 40, "A", "B", "AB", "0");
    check_import(f);
    assert_int_equal(column_of(f, "Blood group")->attribute.type, MK_CATEGORICAL);
    assert_string_equal(column_of(f, "Blood group")->attribute.name, "blood_group");
    assert_string_equal(column_of(f, "Blood group")->value, "`Blood group`");
}

static void test_codes_that_stand_apart_are_missing(void **state)
{
    Fixture *f = *state;
    ADD_COLUMN(f, "answer", 60, "1", "2", "3", "7", "9", "2", "1");
    check_import(f);
    assert_string_equal(column_of(f, "answer")->missing, "7|9");
    assert_true(is_decided(f, "answer", "missing"));
    assert_string_equal(levels_of(f, "answer"), "1, 2, 3");
}

static void test_codes_next_to_the_others_are_kept(void **state)
{
    Fixture *f = *state;
    ADD_COLUMN(f, "group", 60, "1", "2", "3", "4", "5", "6", "7", "8", "9");
    check_import(f);
    assert_string_equal(column_of(f, "group")->missing, "");
    assert_int_equal(column_of(f, "group")->attribute.n_levels, 9);
}

static void test_numbers_have_a_domain_with_room_and_a_step(void **state)
{
    Fixture *f = *state;
    ADD_COLUMN(f, "marker_mg_dl", 60, "10.5", "11.5", "14.0", "12.5", "-9", "999", "20.0", "18.5");
    check_import(f);
    const MkDraftColumn *const c = column_of(f, "marker_mg_dl");
    assert_string_equal(c->missing, "-9|999");
    assert_string_equal(c->attribute.unit, "mg/dL");
    assert_int_equal(c->attribute.type, MK_POSITIVE);
    assert_close(c->attribute.resolution, 0.5, 1e-12, 0);
    assert_true(c->attribute.min < 10.5 && c->attribute.max > 20.0 && c->attribute.max < 100.0);
}

static void test_texts_among_numbers_are_missing(void **state)
{
    Fixture *f = *state;
    ADD_COLUMN(f, "ferritin", 200, "10", "11", "14", "12", "9", "20", "18", "31", "44", "17", "25",
               "28", "40", "63", "51", "71", "19", "22", "23", "24", "<5", "n/a");
    check_import(f);
    assert_string_equal(column_of(f, "ferritin")->value, "number(ferritin)");
    assert_non_null(strstr(column_of(f, "ferritin")->missing, "<5"));
    assert_true(column_of(f, "ferritin")->doubt >= MK_DOUBT_LOOK);
}

static void test_times_of_day_become_hours(void **state)
{
    Fixture *f = *state;
    ADD_COLUMN(f, "bedtime", 60, "22:30", "23:00", "0:15", "21:45", "23:30");
    check_import(f);
    assert_string_equal(column_of(f, "bedtime")->value, "hours(bedtime)");
    assert_string_equal(column_of(f, "bedtime")->attribute.unit, "h");
}

static void test_what_is_no_attribute_is_left_out_and_told(void **state)
{
    Fixture *f = *state;
    MkBuf buf;
    mk_buf_init(&buf);
    mk_buf_puts(&buf, "id,bmi,visit,centre,nothing,remark,bmi_again,strata\n");
    for (size_t i = 0; i < 100; i++) {
        const double bmi = 20.0 + (double)((i * 13) % 17);
        mk_buf_printf(&buf, "%zu,%g,2020-01-%02zu,north,,remark no %zu,%g,%zu\n", i + 1, bmi,
                      i % 28 + 1, i, 2.0 * bmi, i % 5);
    }
    add_file(f, "own.csv", buf.data);
    mk_buf_release(&buf);
    check_import(f);
    assert_string_equal(f->draft.person, "id");
    assert_int_equal(f->draft.n_columns, 1);
    assert_non_null(strstr(why_left(f, "visit"), "dates"));
    assert_string_equal(why_left(f, "centre"), "constant: north");
    assert_string_equal(why_left(f, "nothing"), "empty");
    assert_non_null(strstr(why_left(f, "remark"), "free text"));
    assert_non_null(strstr(why_left(f, "bmi_again"), "the same as bmi"));
    assert_non_null(strstr(why_left(f, "strata"), "design"));
}

static void test_known_attributes_are_linked_and_converted(void **state)
{
    Fixture *f = *state;
    MkSchema *schema = NULL;
    MkBuf buf;
    size_t age = 0, height = 0, weight = 0, glucose = 0, sex = 0;
    mk_buf_init(&buf);
    mk_buf_puts(&buf, "pid,Gender,Age (years),height,Weight_lbs,FBG,chol,GenHlth\n");
    for (size_t i = 0; i < 80; i++) {
        mk_buf_printf(&buf, "%zu,%c,%zu,%zu,%zu,%.1f,%zu,%zu\n", 1000 + i, "MF"[i % 2],
                      20 + (i * 11) % 60, 60 + i % 15, 120 + (i * 17) % 100,
                      4.5 + (double)(i % 30) / 10.0, i % 9 == 0 ? 0 : 150 + (i * 7) % 90,
                      i % 5 + 1);
    }
    add_file(f, "own.csv", buf.data);
    mk_buf_release(&buf);
    MkTable *const table = import_draft(f, &schema);
    assert_string_equal(column_of(f, "Gender")->attribute.name, "sex");
    assert_string_equal(column_of(f, "height")->value, "height*2.54");
    assert_string_equal(column_of(f, "chol")->missing, "0");
    assert_true(column_of(f, "height")->doubt >= MK_DOUBT_LOOK);
    assert_true(column_of(f, "GenHlth")->is_linked);
    assert_true(mk_schema_find(schema, "age", &age) && mk_schema_find(schema, "sex", &sex) &&
                mk_schema_find(schema, "height", &height) &&
                mk_schema_find(schema, "weight", &weight) &&
                mk_schema_find(schema, "glucose_fasting", &glucose));
    assert_close(mk_table_get(table, 1, age), 31, 0, 0);
    assert_close(mk_table_get(table, 1, sex), 1, 0, 0);
    assert_close(mk_table_get(table, 0, height), 152.4, 1e-6, 0);
    assert_close(mk_table_get(table, 0, weight), 120 * 0.45359237, 1e-6, 0);
    assert_close(mk_table_get(table, 0, glucose), 4.5 * 18.0156, 0.05, 0);
    mk_table_free(table);
    mk_schema_free(schema);
}

static void test_levels_that_do_not_fit_are_kept_apart(void **state)
{
    Fixture *f = *state;
    ADD_COLUMN(f, "Smoking", 40, "Yes", "No");
    check_import(f);
    assert_string_equal(column_of(f, "Smoking")->attribute.name, "smoking_own");
    assert_true(is_decided(f, "Smoking", "link"));
}

static void test_sex_as_0_and_1_is_a_guess(void **state)
{
    Fixture *f = *state;
    ADD_COLUMN(f, "sex", 40, "0", "1");
    check_import(f);
    assert_string_equal(column_of(f, "sex")->codes, "0=female|1=male");
    assert_true(column_of(f, "sex")->doubt > 80);
}

static void test_semicolons_and_decimal_commas_are_read(void **state)
{
    Fixture *f = *state;
    MkSchema *schema = NULL;
    MkBuf buf;
    mk_buf_init(&buf);
    mk_buf_puts(&buf, "Nummer;Gr\xC3\xB6\xC3\x9F"
                      "e;Wert\n");
    for (size_t i = 0; i < 60; i++) {
        mk_buf_printf(&buf, "%zu;%zu,5;", i + 1, 10 + (i * 7) % 40);
        if (i == 3) {
            mk_buf_puts(&buf, "unknown\n");
        } else {
            mk_buf_printf(&buf, "%zu,25\n", 1 + i % 20);
        }
    }
    add_file(f, "own.csv", buf.data);
    mk_buf_release(&buf);
    MkTable *const table = import_draft(f, &schema);
    assert_string_equal(column_of(f, "Gr\xC3\xB6\xC3\x9F"
                                     "e")
                            ->attribute.name,
                        "groesse");
    assert_string_equal(column_of(f, "Wert")->value, "number(Wert)");
    mk_table_free(table);
    mk_schema_free(schema);
}

static void test_files_are_joined_by_the_person(void **state)
{
    Fixture *f = *state;
    MkSchema *schema = NULL;
    MkBuf a, b;
    mk_buf_init(&a);
    mk_buf_init(&b);
    mk_buf_puts(&a, "subject,age,wt_final,sample_weight\n");
    mk_buf_puts(&b, "subject,pills,kind\n");
    for (size_t i = 0; i < 50; i++) {
        mk_buf_printf(&a, "S%zu,%zu,%zu,%g\n", i, 20 + i, i, 1.5 + (double)(i % 4));
        mk_buf_printf(&b, "S%zu,%zu.5,%s\n", 49 - i, i % 21, i % 2 ? "red" : "blue");
        if (i % 5 == 0) {
            mk_buf_printf(&b, "S%zu,%zu.25,red\n", 49 - i, i % 19);
        }
    }
    add_file(f, "people.part.csv", a.data);
    add_file(f, "drugs.csv", b.data);
    mk_buf_release(&a);
    mk_buf_release(&b);
    MkTable *const table = import_draft(f, &schema);
    assert_string_equal(f->draft.person, "subject");
    assert_string_equal(f->draft.base, "people.part");
    assert_string_equal(f->draft.weight, "sample_weight");
    assert_non_null(table->weight);
    assert_string_equal(column_of(f, "pills")->value, "rows_mean(pills)");
    assert_non_null(strstr(why_left(f, "kind"), "several rows"));
    mk_table_free(table);
    mk_schema_free(schema);
}

static void test_the_same_column_of_two_files_keeps_both(void **state)
{
    Fixture *f = *state;
    MkBuf a, b;
    mk_buf_init(&a);
    mk_buf_init(&b);
    mk_buf_puts(&a, "id,weight,mood\n");
    mk_buf_puts(&b, "id,weight,mood\n");
    for (size_t i = 0; i < 50; i++) {
        mk_buf_printf(&a, "%zu,%zu,%zu.5\n", 100 + i, 60 + (i * 7) % 40, (i * 3) % 20);
        mk_buf_printf(&b, "%zu,%zu,%zu.5\n", 100 + i, 60 + (i * 11) % 45, (i * 7) % 20);
    }
    add_file(f, "first.csv", a.data);
    add_file(f, "Second.csv", b.data);
    mk_buf_release(&a);
    mk_buf_release(&b);
    check_import(f);
    static const char *const names[] = {"weight", "mood", "weight_second", "mood_second"};
    assert_int_equal(f->draft.n_columns, 4);
    for (size_t i = 0; i < 4; i++) {
        assert_string_equal(f->draft.columns[i].attribute.name, names[i]);
    }
}

static void test_files_without_a_shared_person_are_refused(void **state)
{
    Fixture *f = *state;
    add_file(f, "a.csv", "x,y\n1,2\n2,3\n");
    add_file(f, "b.csv", "u,v\n1,2\n2,3\n");
    assert_int_equal(try_draft(f), MK_EFORMAT);
    assert_non_null(strstr(f->err.text, "share no variable that names the person"));
}

static void test_nothing_to_draft_is_an_error(void **state)
{
    Fixture *f = *state;
    add_file(f, "a.csv", "x\n");
    assert_int_equal(try_draft(f), MK_EFORMAT);
    assert_non_null(strstr(f->err.text, "no rows"));
    f->n_paths = 0;
    add_file(f, "a.csv", "x,y\n1,\n1,\n");
    assert_int_equal(try_draft(f), MK_EFORMAT);
    assert_non_null(strstr(f->err.text, "no column that can be an attribute"));
}

/* Cells of all sorts in columns of awkward names: whatever is drafted must import. */
static void test_drafts_of_random_tables_import(void **state)
{
    static const char *const cells[] = {
        "",      "0",     "1",   "-1",      "2.5", "NA",   "yes",  "No",   "999",   "1e3",
        "12:30", "a=b",   "x|y", "unknown", "7",   "9",    "77",   "-9",   "\"q\"", "<5",
        "1 2",   "5e-79", "3;4", "1e300",   "-0",  "good", "poor", "0.001"};
    static const char *const heads[] = {"id",  "a b", "of",   "1x",       "na", "sex", "mean",
                                        "age", "A.B", "x(y)", "weight_m", "?",  "Age", "x`y"};
    enum { N_CELLS = sizeof cells / sizeof *cells, N_HEADS = sizeof heads / sizeof *heads };
    Fixture *f = *state;
    uint32_t seed = 1;
    for (size_t round = 0; round < 60; round++) {
        MkBuf buf;
        mk_buf_init(&buf);
        for (size_t c = 0; c < N_HEADS; c++) {
            mk_buf_printf(&buf, "%s%s", c > 0 ? "," : "", heads[c]);
        }
        mk_buf_putc(&buf, '\n');
        uint32_t first[N_HEADS], width[N_HEADS];
        for (size_t c = 0; c < N_HEADS; c++) {
            seed = seed * 1664525u + 1013904223u;
            first[c] = (seed >> 8) % N_CELLS;
            width[c] = 1 + (seed >> 20) % 7;
        }
        for (size_t i = 0; i < 40; i++) {
            for (size_t c = 0; c < N_HEADS; c++) {
                seed = seed * 1664525u + 1013904223u;
                mk_buf_printf(&buf, "%s%s", c > 0 ? "," : "",
                              cells[(first[c] + (seed >> 16) % width[c]) % N_CELLS]);
            }
            mk_buf_putc(&buf, '\n');
        }
        f->n_paths = 0;
        add_file(f, "own.csv", buf.data);
        mk_buf_release(&buf);
        if (try_draft(f) == MK_OK) {
            check_import(f);
        }
    }
}

/* ---- transport files ---- */

#ifdef HAVE_READSTAT
static void test_transport_files_give_labels_and_units(void **state)
{
    Fixture *f = *state;
    char reader[3200];
    const char *build = getenv("MK_BUILDDIR") != NULL ? getenv("MK_BUILDDIR") : ".";
    snprintf(reader, sizeof reader, "%.2900s/manikin-readsurvey", build);
    snprintf(f->paths[0], sizeof f->paths[0], "%.3000s/LAB.xpt", f->folder);
    f->n_paths = 1;
    Xport x = xport_begin("LAB");
    xport_variable(&x, "SEQN", 0, "Respondent sequence number");
    xport_variable(&x, "LBXTC", 0, "Total Cholesterol (mg/dL)");
    xport_variable(&x, "LBDTCSI", 0, "Total Cholesterol (mmol/L)");
    xport_variable(&x, "XYQ010", 0, "Ever told you had weak bones?");
    xport_rows(&x);
    for (size_t i = 0; i < 60; i++) {
        xport_number(&x, 100.0 + (double)i);
        xport_number(&x, 150.0 + (double)((i * 7) % 60));
        xport_number(&x, (150.0 + (double)((i * 7) % 60)) * 0.02586);
        xport_number(&x, i % 20 == 0 ? 9.0 : 1.0 + (double)(i % 2));
    }
    assert_int_equal(xport_end(&x, f->paths[0]), 0);
    const char *paths[] = {f->paths[0]};
    const MkInferJob job = {.paths = paths, .n_paths = 1, .reader = reader, .known = f->known};
    if (mk_infer(&job, f->arena, &f->draft, &f->err) != MK_OK) {
        fail_msg("%s", f->err.text);
    }
    assert_string_equal(f->draft.person, "SEQN");
    assert_string_equal(column_of(f, "LBXTC")->attribute.name, "total_cholesterol");
    assert_non_null(strstr(why_left(f, "LBDTCSI"), "another unit"));
    assert_string_equal(column_of(f, "XYQ010")->attribute.name, "ever_told_had_weak_bones");
    assert_string_equal(levels_of(f, "XYQ010"), "no, yes");
    assert_string_equal(column_of(f, "XYQ010")->missing, "9");
}
#endif

/* ---- checks ---- */

static void test_all_problems_of_a_schema_are_told_at_once(void **state)
{
    static const char text[] = "name\ttype\tlabel\tlevels\tmin\tmax\tcolour\n"
                               "age\tcount\tAge\t\tx\t10\n"
                               "age\treal\tAge\n"
                               "9a\tfunny\t\n"
                               "sex\tcategorical\tSex\t1=male\n"
                               "pain\tordinal\tSex\ta|A\t\t\n"
                               "bmi\tpositive\tBody mass index\t\t3\t2\n";
    static const struct {
        size_t line;
        const char *column;
    } wanted[] = {{1, "colour"}, {2, "min"},  {3, "name"},   {4, "name"},
                  {4, "label"},  {4, "type"}, {5, "levels"}, {7, "max"}};
    Fixture *f = *state;
    MkSchema *schema = NULL;
    MkCheck check;
    add_file(f, "some.tsv", text);
    mk_check_init(&check, f->arena);
    assert_int_equal(mk_check_schema(&check, f->paths[0], &schema, &f->err), MK_OK);
    size_t n = 0;
    for (size_t i = 0; i < check.n_problems; i++) {
        const MkProblem *const p = &check.problems[i];
        if (p->is_error) {
            assert_true(n < sizeof wanted / sizeof *wanted);
            assert_int_equal(p->line, wanted[n].line);
            assert_string_equal(p->column, wanted[n].column);
            n++;
        } else {
            assert_string_not_equal(p->kind, "");
        }
    }
    assert_int_equal(n, sizeof wanted / sizeof *wanted);
    assert_int_equal(check.n_attributes, 1);
    assert_int_equal(check.n_doubts, 3); /* levels by case, modifiable, no category */
    mk_schema_free(schema);
}

static void test_a_table_is_held_against_a_schema(void **state)
{
    Fixture *f = *state;
    MkCheck check;
    add_file(f, "people.csv",
             "person,age,sex,height,colour\n"
             "a,30,male,170,red\n"
             "b,300,male,x,red\n"
             "a,40,2,,red\n"
             "c,1,neither\n");
    mk_check_init(&check, f->arena);
    assert_int_equal(mk_check_table(&check, f->paths[0], f->known, &f->err), MK_OK);
    assert_int_equal(check.n_people, 4);
    assert_int_equal(check.n_errors, 5); /* person, cells, age, sex, height */
    for (size_t i = 0; i < check.n_problems; i++) {
        const MkProblem *const p = &check.problems[i];
        if (p->is_error && strcmp(p->column, "age") == 0) {
            assert_int_equal(p->line, 3);
            assert_int_equal(p->n, 2);
        }
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_words_become_levels_with_no_before_yes),
        TEST(test_words_with_a_usual_order_are_ordinal),
        TEST(test_ranges_of_ages_are_ordered_by_their_numbers),
        TEST(test_words_without_an_order_are_categories),
        TEST(test_codes_that_stand_apart_are_missing),
        TEST(test_codes_next_to_the_others_are_kept),
        TEST(test_numbers_have_a_domain_with_room_and_a_step),
        TEST(test_texts_among_numbers_are_missing),
        TEST(test_times_of_day_become_hours),
        TEST(test_what_is_no_attribute_is_left_out_and_told),
        TEST(test_known_attributes_are_linked_and_converted),
        TEST(test_levels_that_do_not_fit_are_kept_apart),
        TEST(test_sex_as_0_and_1_is_a_guess),
        TEST(test_semicolons_and_decimal_commas_are_read),
        TEST(test_files_are_joined_by_the_person),
        TEST(test_the_same_column_of_two_files_keeps_both),
        TEST(test_files_without_a_shared_person_are_refused),
        TEST(test_nothing_to_draft_is_an_error),
        TEST(test_drafts_of_random_tables_import),
#ifdef HAVE_READSTAT
        TEST(test_transport_files_give_labels_and_units),
#endif
        TEST(test_all_problems_of_a_schema_are_told_at_once),
        TEST(test_a_table_is_held_against_a_schema),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
