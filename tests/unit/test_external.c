/* Overlaps against numbers worked out by hand, and a survey beside a model with closed-form answers
 * (fake_model.h). */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "tests/check.h"

#include <stdlib.h>
#include <string.h>

#include "src/eval/external.h"
#include "src/eval/overlap.h"
#include "src/stats/association.h"
#include "tests/unit/fake_model.h"

/* ---- bins ---- */

static void test_bins_are_whole_steps_between_two_limits(void **state)
{
    (void)state;
    enum { PEOPLE = 1000 };
    static double x[PEOPLE], w[PEOPLE];
    for (size_t i = 0; i < PEOPLE; i++) { /* 0 .. 999, quartiles 250 apart twice */
        x[i] = (double)i;
        w[i] = 2.0;
    }
    /* 2 * 500 / 10 = 100 wide, so ten bins: clipped to 20 of 50 */
    MkOverlapGrid g = mk_overlap_grid(x, w, PEOPLE, 1.0, MK_OVERLAP_MOST);
    assert_int_equal(g.n_cells, 20 + 2);
    assert_close(g.low, -0.5, 0, 0);
    assert_close(g.width, 50, 0, 0);
    /* one person far away: as many bins as there may be */
    x[PEOPLE - 1] = 1e6;
    g = mk_overlap_grid(x, w, PEOPLE, 1.0, MK_OVERLAP_MOST);
    assert_int_equal(g.n_cells, 100 + 2);
    assert_close(g.width, 10001, 0, 0); /* 1000001 / 100, in whole steps upwards */
    g = mk_overlap_grid(x, w, PEOPLE, 1.0, MK_OVERLAP_LEAST);
    assert_int_equal(g.n_cells, 20 + 2);
    /* seven values: a bin each */
    for (size_t i = 0; i < PEOPLE; i++) {
        x[i] = (double)(i / 150);
    }
    g = mk_overlap_grid(x, w, PEOPLE, 1.0, MK_OVERLAP_MOST);
    assert_int_equal(g.n_cells, 7 + 2);
    assert_close(g.width, 1, 0, 0);
    /* everybody the same */
    for (size_t i = 0; i < PEOPLE; i++) {
        x[i] = 4.0;
    }
    g = mk_overlap_grid(x, w, PEOPLE, 0.0, MK_OVERLAP_MOST);
    double p[MK_OVERLAP_CELLS];
    mk_overlap_people(&g, x, w, PEOPLE, p);
    assert_close(p[1], 1, 0, 0);
}

static void test_people_and_answers_fall_into_the_same_cells(void **state)
{
    (void)state;
    const MkOverlapGrid g = {.n_cells = 4, .low = 40, .width = 10}; /* 40 .. 50 .. 60 */
    const double x[] = {30, 40, 49, 50, 60, 61}, w[] = {1, 1, 2, 3, 1, 2};
    double p[4], q[4];
    mk_overlap_people(&g, x, w, 6, p);
    assert_close(p[0], 0.1, 1e-12, 0);
    assert_close(p[1], 0.3, 1e-12, 0);
    assert_close(p[2], 0.4, 1e-12, 0); /* the last edge belongs to the last bin */
    assert_close(p[3], 0.2, 1e-12, 0);
    mk_overlap_answer(&g, &populations[AGE], q); /* normal(50, 10) */
    assert_close(q[0], 0.1586552539, 1e-9, 0);
    assert_close(q[1], 0.3413447461, 1e-9, 0);
    assert_close(q[2], 0.3413447461, 1e-9, 0);
    assert_close(q[3], 0.1586552539, 1e-9, 0);
    assert_close(mk_assoc_overlap(p, q, 4),
                 0.1 + 0.3 + 2 * 0.25 - (0.5 - 0.3413447461 - 0.1586552539), 1e-9, 0);
    const MkOverlapGrid levels = mk_overlap_levels(3);
    const double answers[] = {0, 2, 2, 2}, ones[] = {1, 1, 1, 1};
    mk_overlap_people(&levels, answers, ones, 4, p);
    mk_overlap_answer(&levels, &populations[SMOKING], q);
    assert_close(mk_assoc_overlap(p, q, 3), 0.25 + 0.20, 1e-12, 0);
}

static void test_normal_overlap_is_the_area_under_the_lower_curve(void **state)
{
    (void)state;
    assert_close(mk_overlap_normal(3, 2, 3, 2), 1, 1e-12, 0);
    assert_close(mk_overlap_normal(0, 1, 2, 1), 0.3173105079, 1e-9, 0); /* 2 Phi(-1) */
    double sum = 0;                                                     /* by small steps */
    for (int i = -20000; i < 20000; i++) {
        const double x = 0.001 * i;
        const double a = exp(-0.5 * x * x), b = exp(-0.5 * (x - 1) * (x - 1) / 4) / 2;
        sum += 0.001 * (a < b ? a : b) / sqrt(2 * acos(-1));
    }
    assert_close(mk_overlap_normal(0, 1, 1, 2), sum, 1e-6, 0);
    assert_close(mk_overlap_normal(1, 2, 0, 1), sum, 1e-6, 0);
}

/* ---- the list ---- */

static MkStatus list_of(const char *text, MkArena *arena, MkExternalList *list, MkError *err)
{
    const char *const folder = getenv("TMPDIR");
    char path[512];
    snprintf(path, sizeof path, "%s/external.tsv", folder != NULL ? folder : "/tmp");
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
    const MkStatus st = mk_external_list_read(path, arena, list, err);
    remove(path);
    return st;
}

static void test_a_list_names_attributes_in_groups(void **state)
{
    (void)state;
    MkArena *arena = mk_arena_new(0);
    MkExternalList list;
    MkError err;
    assert_int_equal(list_of("# x\nattribute\tgroup\nage\tbody\nsex\t\n", arena, &list, &err),
                     MK_OK);
    assert_int_equal(list.n, 2);
    assert_string_equal(list.items[0].group, "body");
    assert_string_equal(list.items[1].name, "sex");
    assert_string_equal(list.items[1].group, "listed");
    assert_int_equal(list_of("attribute\nage\nage\n", arena, &list, &err), MK_EFORMAT);
    assert_non_null(strstr(err.text, "twice"));
    assert_int_equal(list_of("name\nage\n", arena, &list, &err), MK_EFORMAT);
    assert_int_equal(list_of("attribute\n", arena, &list, &err), MK_EFORMAT);
    assert_int_equal(mk_external_list_read("nosuch.tsv", arena, &list, &err), MK_EIO);
    mk_arena_free(arena);
}

/* ---- a survey ---- */

static MkCohort *survey_of(const char *csv)
{
    char *text = strdup(csv);
    MkTable *table = NULL;
    MkCohort *cohort = NULL;
    assert_int_equal(
        mk_table_parse(text, strlen(text), "survey", fake_schema, MK_OTHER_ERROR, &table, NULL),
        MK_OK);
    assert_int_equal(mk_cohort_new(fake_schema, &table, 1, &cohort, NULL), MK_OK);
    free(text);
    return cohort;
}

static void test_a_survey_is_compared_by_its_weights(void **state)
{
    (void)state;
    MkSchema *const asked = fake_asked("");
    fake_schema = asked;
    /* age: mean 50, sd 10 by weights; a survey weight of 0 does not count */
    MkCohort *survey = survey_of("person,source,survey_weight,age,smoking\n"
                                 "a,x_2021,1,40,never\nb,x_2021,1,60,never\nc,x_2021,0,90,current\n"
                                 "d,x_2021,2,,former\n");
    MkCohort *own = survey_of("person,source,age\na,x_2017,45\nb,x_2017,75\n");
    MkArena *arena = mk_arena_new(0);
    MkListed items[] = {
        {"age", "body"}, {"smoking", "habits"}, {"cholesterol", "body"}, {"none", "body"}};
    const MkExternalList list = {4, items};
    MkDistribution given[N_ATTRIBUTES];
    memcpy(given, populations, sizeof given);
    given[AGE].a = 55;
    const MkExternal job = {.model = &model, .survey = survey, .own = own, .given = given};
    MkExternalRow *rows = NULL;
    size_t n = 0;
    assert_int_equal(mk_external_compare(&job, &list, arena, &rows, &n, NULL), MK_OK);
    assert_int_equal(n, 2); /* nobody of the survey has cholesterol */
    assert_int_equal(rows[0].n, 2);
    assert_close(rows[0].mean, 50, 1e-12, 0);
    assert_close(rows[0].sd, 10, 1e-12, 0);
    const MkAgreement *const population = &rows[0].sides[MK_SIDE_POPULATION];
    assert_close(population->figures[MK_AGREE_Z].value, 0, 1e-9, 0);
    assert_close(population->figures[MK_AGREE_NORMAL].value, 1, 1e-9, 0);
    assert_close(rows[0].sides[MK_SIDE_GIVEN].figures[MK_AGREE_Z].value, 0.5, 1e-9, 0);
    assert_close(rows[0].sides[MK_SIDE_GIVEN].figures[MK_AGREE_NORMAL].value, 0.8025873486, 1e-9,
                 0); /* 2 Phi(-1/4) */
    assert_close(rows[0].sides[MK_SIDE_SURVEY].figures[MK_AGREE_Z].value, 1, 1e-12, 0);
    assert_close(rows[0].sides[MK_SIDE_SURVEY].figures[MK_AGREE_OVERLAP].value, 0, 1e-12, 0);
    /* never and former by half, the model 0.55 and 0.25 */
    assert_close(rows[1].sides[MK_SIDE_POPULATION].figures[MK_AGREE_OVERLAP].value, 0.75, 1e-12, 0);
    /* of four people, two of whom smoke or smoked */
    assert_in_range((int)(1000 * rows[1].sides[MK_SIDE_POPULATION].figures[MK_AGREE_OVERLAP].error),
                    20, 250);
    assert_true(isnan(rows[1].mean));
    assert_true(isnan(rows[1].sides[MK_SIDE_SURVEY].figures[MK_AGREE_OVERLAP].value));

    const MkExternalGroup group = {
        "body", {.n = 2, .cover = {0.9, 0.1}, .pit = {0.01, 0.001}, .error = {0.5, 0.1}}};
    const MkExternalReport report = {.model = &model,
                                     .survey = "x_2021",
                                     .given = "source x_2017",
                                     .own = "x_2017",
                                     .n_survey = 4,
                                     .n_judged = 4,
                                     .list = &list,
                                     .n_rows = n,
                                     .rows = rows,
                                     .n_groups = 1,
                                     .groups = &group,
                                     .level = 0.9};
    MkResult *result = mk_result_new("evaluate");
    MkSection section = {.arena = arena, .result = result};
    section.node = mk_node_object(result, NULL, NULL);
    assert_int_equal(mk_external_report(&report, &section, NULL), MK_OK);
    assert_int_equal(result->n_tables, 3);
    assert_int_equal(result->n_figures, 2);
    assert_string_equal(section.figures[0].name, "external_overlap");
    MkBuf text;
    mk_buf_init(&text);
    mk_external_quality(&report, &text);
    assert_non_null(strstr(text.data, "| body | 1 | "));
    mk_buf_release(&text);
    mk_result_free(result);
    mk_arena_free(arena);
    mk_cohort_free(survey);
    mk_cohort_free(own);
    fake_schema = &schema;
    mk_schema_free(asked);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bins_are_whole_steps_between_two_limits),
        cmocka_unit_test(test_people_and_answers_fall_into_the_same_cells),
        cmocka_unit_test(test_normal_overlap_is_the_area_under_the_lower_curve),
        cmocka_unit_test(test_a_list_names_attributes_in_groups),
        cmocka_unit_test(test_a_survey_is_compared_by_its_weights),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
