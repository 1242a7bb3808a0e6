/* Two attributes together: overlap with people, plots, pairs, comparisons of all, asked of a
 * model with closed-form answers (fake_model.h): age and cholesterol are normal with correlation
 * 0.8, sex and smoking a table. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "tests/check.h"

#include <stdlib.h>
#include <string.h>

#include "model/normal.h"
#include "src/query/bivariate.h"
#include "src/query/joint.h"
#include "src/query/query.h"
#include "src/query/training.h"
#include "src/render/render.h"
#include "src/stats/association.h"
#include "src/stats/contour.h"
#include "tests/unit/fake_model.h"

static const double pi = 3.14159265358979;

static const MkNode *member(const MkNode *node, const char *key)
{
    assert_non_null(node);
    for (const MkNode *child = node->first; child != NULL; child = child->next) {
        if (strcmp(child->key, key) == 0) {
            return child;
        }
    }
    print_error("no member '%s'\n", key);
    fail();
    return NULL;
}

static bool has_note(const MkResult *r, const char *part)
{
    for (size_t i = 0; i < r->n_notes; i++) {
        if (strstr(r->notes[i], part) != NULL) {
            return true;
        }
    }
    return false;
}

/* ---- beside the training people ---- */

enum { CELLS = 8 };

typedef struct People {
    double edges_age[CELLS + 1], edges_chol[CELLS + 1], share[CELLS * CELLS];
    MkPairCells cells;
} People;

/* Cells of the normal pair with correlation rho, at its eighths; edges between recorded values. */
static void make_people(People *p, double rho)
{
    enum { FINE = 400 };
    for (size_t k = 0; k <= CELLS; k++) {
        const double z = k == 0 ? -6 : k == CELLS ? 6 : mk_normal_quantile((double)k / CELLS);
        p->edges_age[k] = floor(50 + 10 * z) + 0.5;
        p->edges_chol[k] = floor(200 + 25 * z) + 0.5;
    }
    for (size_t i = 0; i < CELLS; i++) {
        const double from = mk_normal_cdf((p->edges_age[i] - 50) / 10);
        const double to = mk_normal_cdf((p->edges_age[i + 1] - 50) / 10);
        for (size_t k = 0; k < CELLS; k++) {
            double sum = 0;
            for (size_t f = 0; f < FINE; f++) {
                const double u = from + (to - from) * ((double)f + 0.5) / FINE;
                const double mean = rho * mk_normal_quantile(u), sd = sqrt(1 - rho * rho);
                sum += mk_normal_cdf(((p->edges_chol[k + 1] - 200) / 25 - mean) / sd) -
                       mk_normal_cdf(((p->edges_chol[k] - 200) / 25 - mean) / sd);
            }
            p->share[i * CELLS + k] = (to - from) * sum / FINE;
        }
    }
    p->cells = (MkPairCells){.n_a = CELLS,
                             .n_b = CELLS,
                             .edges_a = p->edges_age,
                             .edges_b = p->edges_chol,
                             .share = p->share,
                             .n_people = 600};
    fake_people = &p->cells;
}

static MkResult *plot_chol_by_age(const MkKnown *known, size_t n)
{
    const size_t target = CHOL;
    const MkQuery q = ask(known, n, &target, 1);
    MkResult *r = mk_result_new("plot");
    assert_int_equal(mk_query_plot_versus(&q, AGE, r, NULL), MK_OK);
    return r;
}

static const MkNode *survey_of(const MkResult *r)
{
    const MkNode *together = member(member(r->data, "targets")->first, "together");
    return member(together, "survey");
}

static void test_people_like_the_model_overlap_wholly(void **state)
{
    (void)state;
    People people;
    make_people(&people, 0.8);
    MkResult *r = plot_chol_by_age(NULL, 0);
    const MkNode *survey = survey_of(r);
    assert_true(member(survey, "overlap")->number > 0.985);
    assert_close(member(survey, "people")->number, 600, 0, 0);
    assert_close(member(member(survey, "model"), "rank_correlation")->number,
                 member(survey, "rank_correlation")->number, 0.01, 0);
    assert_true(has_note(r, "600 training people that have both overlap by "));
    mk_result_free(r);
    fake_people = NULL;
}

static void test_people_unlike_the_model_overlap_by_what_they_share(void **state)
{
    (void)state;
    People people;
    make_people(&people, 0.8);
    double model_share[CELLS * CELLS], expected = 0;
    memcpy(model_share, people.share, sizeof model_share);
    make_people(&people, 0);
    for (size_t i = 0; i < CELLS * CELLS; i++) {
        expected += fmin(model_share[i], people.share[i]);
    }
    MkResult *r = plot_chol_by_age(NULL, 0);
    assert_true(expected < 0.65);
    assert_close(member(survey_of(r), "overlap")->number, expected, 0.02, 0);
    assert_close(member(survey_of(r), "rank_correlation")->number, 0, 1e-6, 0);
    mk_result_free(r);
    fake_people = NULL;
}

static void test_evidence_makes_people_and_model_not_comparable(void **state)
{
    (void)state;
    People people;
    make_people(&people, 0.8);
    const MkKnown known[] = {point(SEX, 1)};
    MkResult *r = plot_chol_by_age(known, 1);
    assert_true(has_note(r, "all 600 that have both, not only"));
    assert_string_equal(r->figures[1].series[0].name, "all training people");
    for (const MkNode *n = survey_of(r)->first; n != NULL; n = n->next) {
        assert_string_not_equal(n->key, "overlap");
    }
    mk_result_free(r);
    fake_people = NULL;
}

/* ---- plot vs ---- */

static const MkSeries *series_of(const MkFigure *f, MkSeriesKind kind, MkSeriesRole role)
{
    for (size_t i = 0; i < f->n_series; i++) {
        if (f->series[i].kind == kind && f->series[i].role == role) {
            return &f->series[i];
        }
    }
    return NULL;
}

static double area_of(const MkSeries *s)
{
    double sum = 0;
    for (size_t i = 0; i < s->n; i++) {
        const size_t k = (i + 1) % s->n;
        sum += s->x[i] * s->y[k] - s->x[k] * s->y[i];
    }
    return fabs(sum) / 2;
}

static void test_two_numbers_are_drawn_as_contours_people_and_cells(void **state)
{
    (void)state;
    People people;
    make_people(&people, 0.8);
    MkResult *r = plot_chol_by_age(NULL, 0);
    assert_int_equal(r->n_figures, 2);
    const MkFigure *f = &r->figures[1];
    const MkSeries *half = series_of(f, MK_SERIES_CONTOUR, MK_ROLE_BAND50);
    const MkSeries *wide = series_of(f, MK_SERIES_CONTOUR, MK_ROLE_BAND90);
    const MkSeries *cells = series_of(f, MK_SERIES_CELLS, MK_ROLE_SURVEY);
    assert_non_null(half);
    assert_non_null(wide);
    assert_non_null(cells);
    assert_non_null(series_of(f, MK_SERIES_POINTS, MK_ROLE_DRAWS));
    /* det^(1/2) = 10 * 25 * 0.6; smoothing widens them somewhat */
    const double area = -2 * log(0.5) * pi * 150, area90 = -2 * log(0.1) * pi * 150;
    assert_true(area_of(half) > 0.97 * area && area_of(half) < 1.15 * area);
    assert_true(area_of(wide) > 0.97 * area90 && area_of(wide) < 1.25 * area90);
    assert_int_equal(cells->n, CELLS * CELLS);
    assert_close(cells->x[CELLS], people.edges_age[1], 1e-12, 0);
    assert_close(cells->high[0], people.edges_chol[1], 1e-12, 0);
    assert_close(cells->y[0], people.share[0], 1e-12, 0);
    /* what was counted, on the first figure: the median of cholesterol in each eighth of age */
    const MkSeries *medians = series_of(&r->figures[0], MK_SERIES_POINTS, MK_ROLE_SURVEY);
    assert_non_null(medians);
    for (size_t i = 1; i + 1 < CELLS; i++) {
        assert_close(medians->y[i], 200 + 2 * (medians->x[i] - 50), 2.5, 0);
    }
    mk_result_free(r);
    fake_people = NULL;
}

static void test_numbers_by_levels_are_a_curve_a_level(void **state)
{
    (void)state;
    const size_t target = CHOL;
    const MkKnown known[] = {point(CHOL, 150), point(AGE, 60)};
    const MkQuery q = ask(known, 2, &target, 1);
    MkResult *r = mk_result_new("plot");
    assert_int_equal(mk_query_plot_versus(&q, SMOKING, r, NULL), MK_OK);
    assert_int_equal(r->n_figures, 2);
    assert_int_equal(r->figures[1].n_series, 3);
    assert_string_equal(r->figures[1].series[2].name, "current");
    assert_true(has_note(r, "cholesterol is known; here it is left free."));
    mk_result_free(r);
}

static void test_a_narrow_axis_is_told_and_the_evidence_not_blamed(void **state)
{
    (void)state;
    const size_t target = SMOKING;
    const MkKnown known[] = {point(CHOL, 200)};
    const MkQuery q = ask(known, 1, &target, 1);
    MkResult *r = mk_result_new("plot");
    assert_int_equal(mk_query_plot_versus(&q, AGE, r, NULL), MK_OK);
    assert_false(has_note(r, "With what is known")); /* 60 % of the axis */
    mk_result_free(r);
    const MkKnown old[] = {point(AGE, 95), point(SEX, 0)};
    const MkQuery rare = ask(old, 2, &target, 1);
    r = mk_result_new("plot");
    assert_int_equal(mk_query_plot_versus(&rare, AGE, r, NULL), MK_OK);
    assert_false(has_note(r, "rare")); /* the age that is rare is not held */
    mk_result_free(r);
}

/* ---- pairs ---- */

static void test_pairs_ranks_every_two_by_what_they_tell(void **state)
{
    (void)state;
    const size_t targets[] = {SEX, AGE, SMOKING, CHOL};
    const MkQuery q = ask(NULL, 0, targets, 4);
    MkResult *r = mk_result_new("pairs");
    assert_int_equal(mk_query_pairs(&q, r, NULL), MK_OK);
    assert_int_equal(r->n_figures, 6);
    const MkNode *first = member(r->data, "pairs")->first;
    assert_string_equal(member(first, "a")->string, "age");
    assert_string_equal(member(first, "b")->string, "cholesterol");
    assert_close(member(first, "rank_correlation")->number, 6 / pi * asin(0.4), 0.004, 0);
    /* -log(1 - 0.64) / 2 = 0.51; sixteenths tell less */
    const double nats = member(first, "information")->number;
    assert_true(nats > 0.44 && nats < 0.511);
    assert_close(member(first, "co_observed")->number, 600, 0, 0);
    const MkNode *second = first->next;
    assert_string_equal(member(second, "a")->string, "sex");
    assert_close(member(second, "information")->number, mk_assoc_information(&joint[0][0], 2, 3),
                 0.001, 0);
    for (const MkNode *n = second->next; n != NULL; n = n->next) {
        assert_true(member(n, "information")->number < 0.01);
        assert_string_not_equal(member(n, "a")->string, "age"); /* levels come first */
    }
    assert_true(has_note(r, "Never observed in the same people"));
    assert_true(has_note(r, "not causation"));
    MkBuf text;
    mk_buf_init(&text);
    assert_int_equal(mk_render(r, &(MkRenderOptions){.format = MK_FORMAT_TEXT}, &text, NULL),
                     MK_OK);
    assert_non_null(strstr(text.data, "age        cholesterol  0.79"));
    mk_buf_release(&text);
    mk_result_free(r);
}

static void test_pairs_needs_two_and_can_be_interrupted(void **state)
{
    (void)state;
    const size_t targets[] = {AGE, CHOL};
    MkQuery q = ask(NULL, 0, targets, 1);
    MkResult *r = mk_result_new("pairs");
    assert_int_equal(mk_query_pairs(&q, r, NULL), MK_EINVAL);
    MkCancel cancel = {true};
    q.n_targets = 2;
    q.cancel = &cancel;
    assert_int_equal(mk_query_pairs(&q, r, NULL), MK_ECANCEL);
    mk_result_free(r);
}

static void test_pairs_leaves_free_what_is_known_of_them(void **state)
{
    (void)state;
    const size_t targets[] = {AGE, CHOL};
    const MkKnown known[] = {point(AGE, 70), point(SEX, 1)};
    const MkQuery q = ask(known, 2, targets, 2);
    MkResult *r = mk_result_new("pairs");
    assert_int_equal(mk_query_pairs(&q, r, NULL), MK_OK);
    assert_close(member(member(r->data, "pairs")->first, "rank_correlation")->number,
                 6 / pi * asin(0.4), 0.004, 0);
    assert_true(has_note(r, "age is known; here it is left free."));
    mk_result_free(r);
}

/* ---- compare ---- */

typedef struct Counted {
    size_t lines;
} Counted;

static void count_line(void *ctx, const char *line)
{
    (void)line;
    ((Counted *)ctx)->lines++;
}

static void test_compare_puts_the_largest_change_first(void **state)
{
    (void)state;
    const MkKnown never[] = {point(SMOKING, 0), point(AGE, 50)};
    const MkKnown current[] = {point(SMOKING, 2), point(AGE, 51)};
    const MkScenario scenarios[] = {{"never", {.n = 2, .known = never}},
                                    {"current", {.n = 2, .known = current}}};
    const size_t targets[] = {SMOKING, CHOL, SEX};
    const MkQuery q = ask(NULL, 0, targets, 3);
    MkResult *r = mk_result_new("compare");
    assert_int_equal(mk_query_compare(&q, scenarios, 2, 0, r, NULL), MK_OK);
    const MkNode *target = member(r->data, "targets")->first;
    assert_string_equal(member(target, "attribute")->string, "sex");
    const MkNode *d = member(target, "differences")->first;
    const double distance = 0.75 - 0.20 / 0.55;
    assert_close(member(d, "distance")->number, distance, 1e-6, 0);
    assert_close(member(d, "size")->number, 2 * mk_normal_quantile(0.5 + distance / 2), 1e-6, 0);
    target = target->next;
    assert_string_equal(member(target, "attribute")->string, "cholesterol");
    assert_close(member(member(target, "differences")->first, "size")->number, 2.0 / 25, 1e-6, 0);
    assert_string_equal(member(target->next, "attribute")->string, "smoking");
    assert_true(member(target->next, "set")->number > 0);
    const MkFigure *changes = &r->figures[r->n_figures - 1];
    assert_int_equal(changes->series[0].n, 2); /* what is set is no answer */
    assert_string_equal(changes->series[0].labels[1], "cholesterol");
    mk_result_free(r);
}

static void test_compare_of_all_leaves_out_what_one_side_is_not_asked(void **state)
{
    (void)state;
    MkSchema *asked = fake_asked("age>=50");
    const MkKnown young = point(AGE, 40), old = point(AGE, 60);
    const MkScenario scenarios[] = {{"young", {.n = 1, .known = &young}},
                                    {"old", {.n = 1, .known = &old}}};
    const MkQuery q = ask(NULL, 0, NULL, 0);
    MkResult *r = mk_result_new("compare");
    fake_schema = asked;
    assert_int_equal(mk_query_compare_all(&q, scenarios, 2, 0, 5, r, NULL), MK_OK);
    fake_schema = &schema;
    for (const MkNode *t = member(r->data, "targets")->first; t != NULL; t = t->next) {
        assert_string_not_equal(member(t, "attribute")->string, "smoking");
    }
    assert_close(member(r->data, "not_asked")->number, 1, 0, 0);
    assert_true(has_note(r, "1 attribute is left out: not asked of people of each scenario."));
    mk_result_free(r);
    mk_schema_free(asked);
}

static void test_compare_of_all_leaves_out_what_is_given(void **state)
{
    (void)state;
    const MkKnown young[] = {point(AGE, 40), point(SEX, 0)};
    const MkKnown old[] = {point(AGE, 60), point(SEX, 0)};
    const MkScenario scenarios[] = {{"young", {.n = 2, .known = young}},
                                    {"old", {.n = 2, .known = old}}};
    Counted counted = {0};
    MkQuery q = ask(NULL, 0, NULL, 0);
    q.progress = count_line;
    q.ctx = &counted;
    MkResult *r = mk_result_new("compare");
    assert_int_equal(mk_query_compare_all(&q, scenarios, 2, 0, 1, r, NULL), MK_OK);
    const MkNode *target = member(r->data, "targets")->first;
    assert_string_equal(member(target, "attribute")->string, "cholesterol");
    assert_close(member(member(target, "differences")->first, "size")->number, 40.0 / 25, 1e-6, 0);
    assert_string_equal(member(target->next, "attribute")->string, "smoking");
    assert_null(target->next->next);
    assert_string_equal(member(r->data, "left_out")->first->string, "age");
    assert_true(has_note(r, "Left out, as they are given: age, sex."));
    assert_int_equal(r->n_figures, 1);
    assert_int_equal(r->figures[0].series[0].n, 1); /* the most different one is drawn */
    assert_close(r->figures[0].series[0].y[0], 1.6, 1e-6, 0);
    assert_false(r->is_cut);
    assert_int_equal(counted.lines, 0); /* few attributes are there at once */
    mk_result_free(r);
}

static const MkResultTable *table_of(const MkResult *r, const char *title)
{
    for (size_t i = 0; i < r->n_tables; i++) {
        if (strcmp(r->tables[i].title, title) == 0) {
            return &r->tables[i];
        }
    }
    return NULL;
}

static void test_training_people_stand_in_a_table_beside_the_model(void **state)
{
    (void)state;
    People people;
    make_people(&people, 0);
    MkResult *r = plot_chol_by_age(NULL, 0);
    const MkResultTable *t =
        table_of(r, "Training people, median (of the model in the same cells)");
    assert_non_null(t);
    assert_int_equal(t->n_rows, CELLS);
    assert_string_equal(t->headers[1], "cholesterol");
    char first[32];
    (void)snprintf(first, sizeof first, "\u2264 %.0f", floor(people.edges_age[1]));
    assert_string_equal(t->cells[0], first);
    (void)snprintf(first, sizeof first, "%.0f \u2013 %.0f", ceil(people.edges_age[1]),
                   floor(people.edges_age[2]));
    assert_string_equal(t->cells[2], first);
    double before = 0;
    for (size_t i = 0; i < CELLS; i++) {
        double counted = 0, expected = 0;
        assert_int_equal(sscanf(t->cells[2 * i + 1], "%lf (%lf)", &counted, &expected), 2);
        assert_close(counted, 200, 1.01, 0); /* these do not depend on age; the model's do */
        assert_true(expected > before);
        before = expected;
    }
    assert_close(before, 200 + 25 * 0.8 * 1.65, 4, 0); /* of the oldest eighth */
    mk_result_free(r);
    const MkKnown known[] = {point(SEX, 1)};
    r = plot_chol_by_age(known, 1);
    assert_null(table_of(r, "Training people, median (of the model in the same cells)"));
    mk_result_free(r);
    fake_people = NULL;
}

static void test_many_scenarios_have_their_medians_beside_each_other(void **state)
{
    (void)state;
    const MkKnown known[] = {point(AGE, 60)};
    const MkScenario scenarios[] = {{"normal", {0}},
                                    {"sixty", {.n = 1, .known = known}},
                                    {"as_sixty_with_a_long_name", {.n = 1, .known = known}},
                                    {"another_one_that_is_long", {0}},
                                    {"and_one_more_of_the_sort", {0}}};
    const size_t targets[] = {CHOL, SMOKING};
    const MkQuery q = ask(NULL, 0, targets, 2);
    MkResult *r = mk_result_new("compare");
    assert_int_equal(mk_query_compare(&q, scenarios, 5, 0, r, NULL), MK_OK);
    const MkResultTable *medians = table_of(r, "Median, or share of a level");
    const MkResultTable *intervals = table_of(r, "90 % interval");
    assert_non_null(medians);
    assert_non_null(intervals);
    assert_int_equal(medians->n_rows, 5); /* smoking, its three levels, and cholesterol */
    assert_int_equal(intervals->n_rows, 1);
    assert_string_equal(intervals->cells[0], "cholesterol");
    assert_string_equal(intervals->cells[1], "159–241");
    assert_string_equal(intervals->cells[2], "195–245");
    mk_result_free(r);
    r = mk_result_new("compare");
    assert_int_equal(mk_query_compare(&q, scenarios, 2, 0, r, NULL), MK_OK);
    assert_non_null(table_of(r, "Median (90 % interval), or share of a level"));
    assert_null(table_of(r, "90 % interval"));
    mk_result_free(r);
}

enum { WIDE = 700 };

typedef struct Stopper {
    MkCancel cancel;
    size_t after, lines, partials; /* stops at that many lines */
} Stopper;

static void stop_at_line(void *ctx, const char *line)
{
    Stopper *s = ctx;
    assert_non_null(strstr(line, " of 700 attributes"));
    s->lines++;
    s->cancel.stop = s->lines >= s->after;
}

static void take_partial(void *ctx, MkResult *so_far)
{
    Stopper *s = ctx;
    s->partials++;
    assert_true(has_note(so_far, " of 700 attributes are compared so far."));
    mk_result_free(so_far);
}

static MkStatus compare_wide(Stopper *s, MkResult *r)
{
    static MkAttribute many[WIDE];
    for (size_t j = 0; j < WIDE; j++) {
        many[j] = attributes[j % N_ATTRIBUTES];
    }
    const MkSchema wide = {.n = WIDE, .attributes = many};
    fake_schema = &wide;
    const MkScenario scenarios[] = {{"all", {0}}, {"again", {0}}};
    MkQuery q = ask(NULL, 0, NULL, 0);
    q.cancel = &s->cancel;
    q.progress = stop_at_line;
    q.partial = take_partial;
    q.ctx = s;
    const MkStatus st = mk_query_compare_all(&q, scenarios, 2, 0, 3, r, NULL);
    fake_schema = &schema;
    return st;
}

static size_t children(const MkNode *node)
{
    size_t n = 0;
    for (const MkNode *child = node->first; child != NULL; child = child->next) {
        n++;
    }
    return n;
}

static void test_compare_of_all_that_is_interrupted_gives_what_there_is(void **state)
{
    (void)state;
    const struct {
        size_t after, lines, partials, targets;
    } cases[] = {{1, 1, 1, 256}, {2, 2, 2, 512}, {9, 3, 2, WIDE}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        Stopper s = {.after = cases[i].after};
        MkResult *r = mk_result_new("compare");
        assert_int_equal(compare_wide(&s, r), MK_OK);
        const bool is_cut = cases[i].targets < WIDE;
        assert_int_equal(r->is_cut, is_cut);
        assert_int_equal(has_note(r, " of 700 attributes are compared so far."), is_cut);
        assert_int_equal(children(member(r->data, "targets")), cases[i].targets);
        assert_int_equal(s.lines, cases[i].lines);
        assert_int_equal(s.partials, cases[i].partials);
        mk_result_free(r);
    }
    Stopper at_once = {.cancel = {.stop = true}, .after = 9};
    MkResult *r = mk_result_new("compare");
    assert_int_equal(compare_wide(&at_once, r), MK_ECANCEL); /* there is nothing yet */
    mk_result_free(r);
}

/* ---- the training people of one attribute ---- */

enum { BINS = 20 };

/* Twentieths of a normal cholesterol about `mean`. */
static void count_people(double mean, double *edges, double *share, MkCells *cells)
{
    for (size_t k = 0; k <= BINS; k++) {
        edges[k] = 100.5 + 10 * (double)k;
    }
    for (size_t k = 0; k < BINS; k++) {
        share[k] =
            mk_normal_cdf((edges[k + 1] - mean) / 25) - mk_normal_cdf((edges[k] - mean) / 25);
    }
    *cells = (MkCells){.n = BINS, .edges = edges, .share = share, .n_people = 800};
    fake_cells[CHOL] = cells;
}

static double area_under(const MkSeries *s)
{
    double sum = 0;
    for (size_t i = 1; i < s->n; i++) {
        sum += 0.5 * (s->y[i] + s->y[i - 1]) * (s->x[i] - s->x[i - 1]);
    }
    return sum;
}

static void test_a_plot_of_nothing_known_has_the_training_people_behind(void **state)
{
    (void)state;
    double edges[BINS + 1], share[BINS];
    MkCells cells;
    const size_t targets[] = {CHOL, AGE};
    const MkQuery q = ask(NULL, 0, targets, 2);
    for (double shift = 0; shift < 50; shift += 25) {
        count_people(200 + shift, edges, share, &cells);
        MkResult *r = mk_result_new("plot");
        assert_int_equal(mk_query_plot(&q, r, NULL), MK_OK);
        const MkFigure *f = &r->figures[0];
        const MkSeries *people = series_of(f, MK_SERIES_FILL, MK_ROLE_SURVEY);
        assert_non_null(people);
        assert_string_equal(series_of(f, MK_SERIES_LINE, MK_ROLE_POSTERIOR)->name, "model");
        /* steps of ten: the axis does not show all people */
        const double seen = mk_normal_cdf((f->x_max - 200 - shift) / 25) -
                            mk_normal_cdf((f->x_min - 200 - shift) / 25);
        assert_close(area_under(people), seen, 0.01, 0);
        for (size_t i = 1; i < people->n; i++) {
            assert_true(people->x[i] >= people->x[i - 1]);
        }
        const MkNode *survey = member(r->data, "survey")->first;
        assert_string_equal(member(survey, "attribute")->string, "cholesterol");
        assert_null(survey->next); /* none is kept of age */
        assert_close(member(survey, "overlap")->number, 2 * mk_normal_cdf(-shift / 50), 0.02, 0);
        assert_true(has_note(r, "training people: cholesterol "));
        assert_null(series_of(&r->figures[1], MK_SERIES_FILL, MK_ROLE_SURVEY));
        assert_string_equal(series_of(&r->figures[1], MK_SERIES_LINE, MK_ROLE_POSTERIOR)->name,
                            "population");
        mk_result_free(r);
    }
    const MkKnown known[] = {point(SEX, 0)};
    const MkQuery given = ask(known, 1, targets, 1);
    MkResult *r = mk_result_new("plot");
    assert_int_equal(mk_query_plot(&given, r, NULL), MK_OK);
    assert_null(series_of(&r->figures[0], MK_SERIES_FILL, MK_ROLE_SURVEY));
    assert_non_null(series_of(&r->figures[0], MK_SERIES_FILL, MK_ROLE_POPULATION));
    assert_false(has_note(r, "training people"));
    mk_result_free(r);
    fake_cells[CHOL] = NULL;
}

static void test_levels_that_too_few_people_have_are_gaps(void **state)
{
    (void)state;
    const double share[] = {0.65, 0.35, NAN};
    const MkCells cells = {.n = 3, .share = share, .n_people = 700};
    const size_t target = SMOKING;
    const MkQuery q = ask(NULL, 0, &target, 1);
    fake_cells[SMOKING] = &cells;
    MkResult *r = mk_result_new("plot");
    assert_int_equal(mk_query_plot(&q, r, NULL), MK_OK);
    const MkSeries *people = series_of(&r->figures[0], MK_SERIES_BARS, MK_ROLE_SURVEY);
    const MkSeries *here = series_of(&r->figures[0], MK_SERIES_BARS, MK_ROLE_POSTERIOR);
    assert_non_null(people);
    assert_close(here->y[2], 0.2, 1e-12, 0);
    assert_close(people->y[0], 0.65, 1e-12, 0);
    assert_true(isnan(people->y[2]));
    /* of the two levels that are told the model has 0.55 and 0.25 of 0.8 */
    assert_close(member(member(r->data, "survey")->first, "overlap")->number, 0.65 + 0.3125, 1e-9,
                 0);
    mk_result_free(r);
    fake_cells[SMOKING] = NULL;
}

static void test_training_people_in_bars_and_heaps(void **state)
{
    (void)state;
    const double edges[] = {-0.5, 0.5, 2.5, 3.5}, share[] = {0.5, 0.3, 0.2};
    const double mass[] = {0.4, 0.4, 0.2};
    const MkTraining t = {.model = &model,
                          .attribute = AGE,
                          .cells = {.n = 3, .edges = edges, .share = share, .n_people = 50},
                          .mass = mass};
    MkResult *r = mk_result_new("plot");
    MkFigure *f = mk_result_add_figure(r, "");
    mk_training_bars(&t, 0, 3, f, r);
    const double bars[] = {0.5, 0.15, 0.35}; /* the last one has all above it */
    for (size_t i = 0; i < 3; i++) {
        assert_close(f->series[0].y[i], bars[i], 1e-12, 0);
    }
    /* A cell that is mostly the zeros, which the curve leaves out, is left out too. */
    MkTrainingAxis axis = {.low = 0, .high = 3, .atom = 0.39};
    mk_training_steps(&t, &axis, f, r);
    assert_close(area_under(&f->series[1]), 0.3 + 0.1, 1e-12, 0);
    axis.atom = 0;
    mk_training_steps(&t, &axis, f, r);
    assert_close(area_under(&f->series[2]), 0.25 + 0.3 + 0.1, 1e-12, 0);
    axis.least = 3; /* the first two would be one, and what is left is too narrow for another */
    mk_training_steps(&t, &axis, f, r);
    assert_close(f->series[3].y[1], 1.0 / 4, 1e-12, 0);
    assert_close(mk_training_share_at(&t, 0, 0.399), 0.5, 1e-12, 0);
    assert_true(isnan(mk_training_share_at(&t, 0, 0.3))); /* more than zeros is in the cell */
    mk_result_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_people_like_the_model_overlap_wholly),
        cmocka_unit_test(test_people_unlike_the_model_overlap_by_what_they_share),
        cmocka_unit_test(test_evidence_makes_people_and_model_not_comparable),
        cmocka_unit_test(test_two_numbers_are_drawn_as_contours_people_and_cells),
        cmocka_unit_test(test_numbers_by_levels_are_a_curve_a_level),
        cmocka_unit_test(test_a_narrow_axis_is_told_and_the_evidence_not_blamed),
        cmocka_unit_test(test_pairs_ranks_every_two_by_what_they_tell),
        cmocka_unit_test(test_pairs_needs_two_and_can_be_interrupted),
        cmocka_unit_test(test_pairs_leaves_free_what_is_known_of_them),
        cmocka_unit_test(test_compare_puts_the_largest_change_first),
        cmocka_unit_test(test_compare_of_all_leaves_out_what_one_side_is_not_asked),
        cmocka_unit_test(test_compare_of_all_leaves_out_what_is_given),
        cmocka_unit_test(test_training_people_stand_in_a_table_beside_the_model),
        cmocka_unit_test(test_many_scenarios_have_their_medians_beside_each_other),
        cmocka_unit_test(test_compare_of_all_that_is_interrupted_gives_what_there_is),
        cmocka_unit_test(test_a_plot_of_nothing_known_has_the_training_people_behind),
        cmocka_unit_test(test_levels_that_too_few_people_have_are_gaps),
        cmocka_unit_test(test_training_people_in_bars_and_heaps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
