/* Queries asked of a model with closed-form answers (fake_model.h). */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "tests/check.h"

#include <stdlib.h>
#include <string.h>

#include "model/normal.h"
#include "src/query/curve.h"
#include "src/query/mix.h"
#include "src/query/query.h"
#include "src/query/show.h"
#include "src/render/render.h"
#include "src/stats/density.h"
#include "src/stats/difference.h"
#include "tests/unit/fake_model.h"

/* ---- small helpers ---- */

static MkKnown range(size_t attribute, double low, double high)
{
    return (MkKnown){attribute, {.kind = MK_VALUE_RANGE, .low = low, .high = high}};
}

static MkKnown set(size_t attribute, uint64_t levels)
{
    return (MkKnown){attribute, {.kind = MK_VALUE_SET, .levels = levels}};
}

static char *rendered(const MkResult *r, MkFormat format)
{
    MkBuf buf;
    mk_buf_init(&buf);
    assert_int_equal(mk_render(r, &(MkRenderOptions){.format = format}, &buf, NULL), MK_OK);
    char *text = mk_buf_take(&buf);
    assert_non_null(text);
    return text;
}

static void assert_has(const char *text, const char *part)
{
    if (strstr(text, part) == NULL) {
        print_error("no '%s' in:\n%s\n", part, text);
        fail();
    }
}

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

static size_t count_notes(const MkResult *r, const char *part)
{
    size_t n = 0;
    for (size_t i = 0; i < r->n_notes; i++) {
        n += strstr(r->notes[i], part) != NULL ? 1 : 0;
    }
    return n;
}

/* ---- ranges and sets ---- */

static void test_a_range_mixes_over_the_conditional_inside_it(void **state)
{
    (void)state;
    MkArena *arena = mk_arena_new(0);
    const MkKnown known[] = {range(AGE, 60, INFINITY)};
    const size_t targets[] = {CHOL, AGE};
    const MkQuery q = ask(known, 1, targets, 2);
    MkDistribution d[2];
    assert_int_equal(mk_query_posterior(&q, arena, d, NULL), MK_OK);
    /* normal beyond one sd: mean 1.5251, variance 0.1991 */
    assert_close(mk_dist_mean(&d[0]), 200 + 20 * 1.5251, 1.0, 0);
    assert_close(mk_dist_sd(&d[0]), sqrt(225 + 400 * 0.1991), 1.0, 0);
    assert_close(mk_dist_quantile(&d[1], 0.5), 50 + 10 * mk_normal_quantile(1 - 0.158655 / 2), 0.3,
                 0);
    assert_true(mk_dist_quantile(&d[1], 0.001) >= 60);
    mk_arena_free(arena);
}

static void test_a_set_is_answered_exactly(void **state)
{
    (void)state;
    MkArena *arena = mk_arena_new(0);
    const MkKnown known[] = {set(SMOKING, 5)}; /* never or current */
    const size_t targets[] = {SEX, SMOKING};
    const MkQuery q = ask(known, 1, targets, 2);
    MkDistribution d[2];
    assert_int_equal(mk_query_posterior(&q, arena, d, NULL), MK_OK);
    assert_close(mk_dist_level(&d[0], 0), (0.20 + 0.15) / 0.75, 1e-12, 0);
    assert_close(mk_dist_level(&d[1], 0), 0.55 / 0.75, 1e-12, 0);
    assert_close(mk_dist_level(&d[1], 1), 0, 0, 0);
    mk_arena_free(arena);
}

static void test_two_ranges_multiply_by_the_chain_rule(void **state)
{
    (void)state;
    MkArena *arena = mk_arena_new(0);
    const MkKnown known[] = {set(SMOKING, 3), set(SEX, 3), range(AGE, 50, 50)};
    const size_t targets[] = {SEX, CHOL};
    const MkQuery q = ask(known, 3, targets, 2);
    MkDistribution d[2];
    MkMix mix;
    assert_int_equal(mk_mix_make(&model, q.evidence, 1, NULL, arena, &mix, NULL), MK_OK);
    assert_int_equal(mix.n, 4);
    assert_int_equal(mix.n_ranges, 2); /* 50..50 is a point */
    assert_false(mix.is_drawn);
    assert_int_equal(mk_query_posterior(&q, arena, d, NULL), MK_OK);
    assert_close(mk_dist_level(&d[0], 0), 0.35 / 0.80, 1e-12, 0);
    assert_close(mk_dist_mean(&d[1]), 200, 1e-9, 0);
    mk_arena_free(arena);
}

static void test_many_ranges_are_drawn_and_seeded(void **state)
{
    (void)state;
    MkArena *arena = mk_arena_new(0);
    const MkKnown known[] = {range(AGE, 40, 60), set(SMOKING, 7), set(SEX, 3), range(CHOL, 0, 400)};
    const MkEvidence e = {.n = 4, .known = known};
    MkMix a, b, c;
    assert_int_equal(mk_mix_make(&model, e, 1, NULL, arena, &a, NULL), MK_OK);
    assert_int_equal(mk_mix_make(&model, e, 1, NULL, arena, &b, NULL), MK_OK);
    assert_int_equal(mk_mix_make(&model, e, 2, NULL, arena, &c, NULL), MK_OK);
    assert_true(a.is_drawn);
    assert_int_equal(a.n, MK_MIX_MAX);
    assert_memory_equal(a.known, b.known, a.n * a.n_known * sizeof *a.known);
    assert_memory_not_equal(a.known, c.known, a.n * a.n_known * sizeof *a.known);
    double sum = 0, male = 0;
    for (size_t i = 0; i < a.n; i++) {
        sum += a.weights[i];
        male += a.known[i * 4 + 2].value == 0 ? a.weights[i] : 0;
        assert_in_range((long)a.known[i * 4].value, 40, 60);
    }
    assert_close(sum, 1, 1e-12, 0);
    assert_close(male, 0.5, 0.05, 0);
    mk_arena_free(arena);
}

static void test_an_empty_range_is_an_error_and_an_unseen_one_is_told(void **state)
{
    (void)state;
    MkArena *arena = mk_arena_new(0);
    MkError err = {0};
    MkMix mix;
    const MkKnown empty[] = {set(SMOKING, 0)};
    MkEvidence e = {.n = 1, .known = empty};
    assert_int_equal(mk_mix_make(&model, e, 1, NULL, arena, &mix, &err), MK_EINVAL);
    assert_has(err.text, "smoking");
    const MkKnown far[] = {range(AGE, 115, 118)};
    e.known = far;
    assert_int_equal(mk_mix_make(&model, e, 1, NULL, arena, &mix, &err), MK_OK);
    assert_true(mix.is_unseen);
    for (size_t i = 0; i < mix.n; i++) {
        assert_true(mix.known[i].value >= 115 && mix.known[i].value <= 118);
    }
    mk_arena_free(arena);
}

/* ---- estimate ---- */

static void test_estimate_fills_the_json_contract(void **state)
{
    (void)state;
    const MkKnown known[] = {point(AGE, 60), set(SMOKING, 3), range(CHOL, 100, INFINITY)};
    const size_t targets[] = {CHOL, SEX, SMOKING};
    const MkQuery q = ask(known, 2, targets, 3);
    MkResult *r = mk_result_new("estimate");
    assert_int_equal(mk_query_estimate(&q, r, NULL), MK_OK);
    char *json = rendered(r, MK_FORMAT_JSON);
    assert_has(json, "{\"model\": \"fake\", \"given\": {\"age\": 60, \"smoking\": [\"never\", "
                     "\"former\"]}, \"support\": {\"percentile\": 0.4}, \"estimates\": [{");
    assert_has(json, "\"notes\": [");
    const MkNode *first = member(r->data, "estimates")->first;
    assert_string_equal(member(first, "attribute")->string, "cholesterol");
    assert_close(member(first, "median")->number, 220, 1e-6, 0);
    assert_close(member(member(first, "interval"), "low")->number, 220 - 15 * 1.644854, 1e-3, 0);
    assert_close(member(member(first, "quantiles"), "0.75")->number, 220 + 15 * 0.67449, 1e-3, 0);
    assert_close(member(member(first, "population"), "median")->number, 200, 1e-9, 0);
    assert_close(member(first, "shift")->number, 20.0 / 25, 1e-9, 0);
    assert_close(member(first, "co_observed")->number, 12, 0, 0);
    const MkNode *third = first->next->next;
    assert_string_equal(member(third, "median")->string, "never");
    assert_close(member(member(third, "levels"), "current")->number, 0, 0, 0);
    free(json);
    mk_result_free(r);
}

static void test_estimate_reads_well(void **state)
{
    (void)state;
    const MkKnown known[] = {point(AGE, 60)};
    const size_t targets[] = {CHOL, SMOKING};
    const MkQuery q = ask(known, 1, targets, 2);
    MkResult *r = mk_result_new("estimate");
    assert_int_equal(mk_query_estimate(&q, r, NULL), MK_OK);
    char *text = rendered(r, MK_FORMAT_TEXT);
    assert_string_equal(
        text, "fake · given age 60 years\n"
              "\n"
              "Attribute    Median  90 % interval  Unit   Population  Shift  Label\n"
              "cholesterol     220  195 – 245      mg/dL         200  +20 ▲  Total cholesterol\n"
              "\n"
              "smoking: Smoking | status; median: never\n"
              "Level    Share               Population  Shift, points\n"
              "never     55 %  ███████████        55 %\n"
              "former    25 %  █████              25 %\n"
              "current   20 %  ████               20 %\n"
              "\n"
              "note: This is association in the data, not causation; not a medical device.\n");
    char *csv = rendered(r, MK_FORMAT_CSV);
    assert_has(csv, "attribute,type,unit,level,share,median,low,high,interval,");
    assert_has(csv, "\ncholesterol,positive,mg/dL,,,220,195.327,244.673,0.9,220,15,220,");
    assert_has(csv, "\nsmoking,ordinal,,former,0.25,never,");
    free(csv);
    free(text);
    mk_result_free(r);
}

static void test_a_note_tells_of_what_such_people_are_not_asked(void **state)
{
    (void)state;
    MkSchema *asked = fake_asked("sex=female");
    const size_t targets[] = {SMOKING, CHOL};
    fake_schema = asked;
    for (size_t sex = 0; sex < 2; sex++) {
        const MkKnown known[] = {point(SEX, (double)sex)};
        const bool is_female = strcmp(attributes[SEX].levels[sex].name, "female") == 0;
        const MkQuery q = ask(known, 1, targets, 2);
        MkResult *r = mk_result_new("estimate");
        assert_int_equal(mk_query_estimate(&q, r, NULL), MK_OK);
        assert_int_equal(
            count_notes(r, "Nobody like this was asked: smoking (only where sex=female)."),
            is_female ? 0 : 1);
        mk_result_free(r);
    }
    fake_schema = &schema;
    mk_schema_free(asked);
}

static void test_notes_warn_once_of_what_is_rare_or_never_seen_together(void **state)
{
    (void)state;
    const MkKnown known[] = {point(AGE, 95), point(SEX, 0), point(SMOKING, 1)};
    const size_t targets[] = {CHOL, CHOL};
    const MkQuery q = ask(known, 3, targets, 2);
    MkResult *r = mk_result_new("estimate");
    assert_int_equal(mk_query_estimate(&q, r, NULL), MK_OK);
    assert_int_equal(count_notes(r, "very rare"), 1);
    assert_int_equal(count_notes(r, "Never observed in the same people: cholesterol with sex"), 1);
    assert_int_equal(count_notes(r, "fewer than 50 people: cholesterol with smoking"), 1);
    assert_int_equal(count_notes(r, "not causation"), 1);
    mk_result_free(r);
    const MkQuery plain = ask(NULL, 0, targets, 1);
    r = mk_result_new("estimate");
    assert_int_equal(mk_query_estimate(&plain, r, NULL), MK_OK);
    assert_int_equal(r->n_notes, 1);
    assert_close(member(member(r->data, "support"), "percentile")->number, 1, 0, 0);
    mk_result_free(r);
}

static void test_questions_without_targets_are_refused(void **state)
{
    (void)state;
    const MkQuery q = ask(NULL, 0, NULL, 0);
    MkResult *r = mk_result_new("x");
    assert_int_equal(mk_query_estimate(&q, r, NULL), MK_EINVAL);
    assert_int_equal(mk_query_plot(&q, r, NULL), MK_EINVAL);
    assert_int_equal(mk_query_plot_versus(&q, AGE, r, NULL), MK_EINVAL);
    assert_int_equal(mk_query_compare(&q, NULL, 0, 0, r, NULL), MK_EINVAL);
    mk_result_free(r);
}

/* ---- plots ---- */

static double area(const MkSeries *s)
{
    double sum = 0;
    for (size_t i = 1; i < s->n; i++) {
        sum += 0.5 * (s->y[i] + s->y[i - 1]) * (s->x[i] - s->x[i - 1]);
    }
    return sum;
}

/* A log-normal of two natural units: 99 % lies at 105 times the median. */
static void test_a_skewed_attribute_has_a_logarithmic_axis(void **state)
{
    (void)state;
    const MkDistribution even = populations[CHOL];
    populations[CHOL] = (MkDistribution){
        .kind = MK_DIST_LOGNORMAL, .attribute = &attributes[CHOL], .a = log(50), .b = 2};
    const MkKnown known[] = {point(AGE, 60)};
    const size_t targets[] = {CHOL};
    const MkQuery q = ask(known, 1, targets, 1);
    MkResult *r = mk_result_new("plot");
    assert_true(mk_curve_is_log(&model, CHOL));
    assert_int_equal(mk_query_plot(&q, r, NULL), MK_OK);
    const MkFigure *f = &r->figures[0];
    assert_true(f->x_is_log && f->x_min > 0);
    assert_has(f->y_label, "factor of 10");
    double sum = 0;
    for (size_t i = 1; i < f->series[0].n; i++) {
        const MkSeries *s = &f->series[0];
        sum += 0.5 * (s->y[i] + s->y[i - 1]) * log10(s->x[i] / s->x[i - 1]);
    }
    assert_close(sum, 0.99, 0.02, 0);
    const MkNode *node = member(r->data, "figures")->first;
    assert_string_equal(member(node, "x_scale")->string, "log");
    mk_result_free(r);
    r = mk_result_new("plot");
    assert_int_equal(mk_query_plot_versus(&q, AGE, r, NULL), MK_OK);
    assert_true(r->figures[0].y_is_log && !r->figures[0].x_is_log);
    mk_result_free(r);
    populations[CHOL] = even;
    assert_false(mk_curve_is_log(&model, CHOL));
}

/* What a damaged model may say: everybody far below the least value that there is. */
static void test_an_axis_goes_upwards_whatever_the_model_says(void **state)
{
    (void)state;
    const MkDistribution below = {
        .attribute = mk_show_attribute(&model, AGE), .kind = MK_DIST_POINT, .a = -1e9};
    const MkDistribution far = {
        .attribute = mk_show_attribute(&model, AGE), .kind = MK_DIST_POINT, .a = 1e30};
    const MkDistribution *const odd[] = {&below, &far};
    for (size_t i = 0; i < 2; i++) {
        double low = 0, high = 0;
        MkCurve curve;
        mk_curve_axis(&model, AGE, odd[i], 1, &low, &high);
        assert_true(high > low);
        mk_curve_make(&model, AGE, odd[i], low, high, &curve);
        mk_curve_make(&model, AGE, odd[i], high, low, &curve); /* and writes nowhere else */
        assert_true(mk_curve_values(&model, AGE, high, low) <= MK_CURVE_VALUES_MAX);
    }
    assert_int_equal(mk_curve_values(&model, AGE, 50, 20), 0);
}

static void test_a_plot_has_population_bands_curve_and_median(void **state)
{
    (void)state;
    const MkKnown known[] = {point(AGE, 60)};
    const size_t targets[] = {CHOL, SMOKING, AGE};
    const MkQuery q = ask(known, 1, targets, 3);
    MkResult *r = mk_result_new("plot");
    assert_int_equal(mk_query_plot(&q, r, NULL), MK_OK);
    assert_int_equal(r->n_figures, 3);
    const MkFigure *f = &r->figures[0];
    assert_string_equal(f->x_label, "Total cholesterol (mg/dL)");
    assert_has(f->caption, "given age 60 years");
    assert_int_equal(f->n_series, 5);
    assert_int_equal(f->series[0].role, MK_ROLE_POPULATION);
    assert_int_equal(f->series[3].role, MK_ROLE_POSTERIOR);
    assert_close(area(&f->series[0]), 0.985, 0.02, 0);
    assert_close(area(&f->series[1]), 0.90, 0.02, 0);
    assert_close(area(&f->series[2]), 0.50, 0.02, 0);
    assert_close(area(&f->series[3]), 1, 0.02, 0);
    assert_close(f->series[4].x[0], 220, 1e-6, 0);
    assert_true(r->figures[1].x_is_label);
    assert_string_equal(r->figures[1].series[1].labels[2], "current");
    assert_int_equal(r->figures[2].series[1].role, MK_ROLE_KNOWN); /* the target is known */
    char *json = rendered(r, MK_FORMAT_JSON);
    assert_has(json, "\"figures\": [{\"title\": ");
    assert_null(strstr(json, "null"));
    free(json);
    mk_result_free(r);
}

static void test_versus_follows_the_other_attribute(void **state)
{
    (void)state;
    const MkKnown known[] = {point(AGE, 60), point(SEX, 1)};
    const size_t targets[] = {CHOL, SMOKING};
    const MkQuery q = ask(known, 2, targets, 2);
    MkResult *r = mk_result_new("plot");
    assert_int_equal(mk_query_plot_versus(&q, AGE, r, NULL), MK_OK);
    const MkFigure *f = &r->figures[0];
    assert_int_equal(f->n_series, 4); /* two bands, the median, what is known of age */
    const MkSeries *line = &f->series[2];
    assert_true(line->n > 30 && line->n <= 41);
    for (size_t i = 0; i < line->n; i++) {
        assert_close(line->y[i], 200 + 2 * (line->x[i] - 50), 1e-9, 0);
    }
    assert_close(f->series[3].x[0], 60, 0, 0);
    assert_int_equal(r->figures[1].n_series, 4);
    assert_string_equal(r->figures[1].series[0].name, "never");
    assert_int_equal(count_notes(r, "not causation"), 1);
    mk_result_free(r);
    r = mk_result_new("plot");
    assert_int_equal(mk_query_plot_versus(&q, SMOKING, r, NULL), MK_EINVAL);
    const MkQuery one = ask(known, 1, targets, 1);
    assert_int_equal(mk_query_plot_versus(&one, SEX, r, NULL), MK_OK);
    assert_true(r->figures[0].x_is_label);
    assert_close(r->figures[0].series[0].y[1], 220, 1e-9, 0);
    mk_result_free(r);
}

/* ---- compare ---- */

static void test_compare_gives_differences_of_independent_people(void **state)
{
    (void)state;
    const MkKnown young[] = {point(SEX, 0), point(AGE, 40)};
    const MkKnown old[] = {point(SEX, 0), point(AGE, 60)};
    const MkScenario scenarios[] = {{"young", {.n = 2, .known = young}},
                                    {"old", {.n = 2, .known = old}}};
    const size_t targets[] = {CHOL, SMOKING};
    const MkQuery q = ask(NULL, 0, targets, 2);
    MkResult *r = mk_result_new("compare");
    assert_int_equal(mk_query_compare(&q, scenarios, 2, 0, r, NULL), MK_OK);
    const MkNode *target = member(r->data, "targets")->first;
    const MkNode *change = member(target, "differences")->first;
    assert_string_equal(member(change, "scenario")->string, "old");
    assert_close(member(change, "difference")->number, 40, 1e-6, 0);
    const double sd = 15 * sqrt(2.0);
    assert_close(member(member(change, "interval"), "low")->number, 40 - 1.644854 * sd, 0.3, 0);
    assert_close(member(member(change, "interval"), "high")->number, 40 + 1.644854 * sd, 0.3, 0);
    assert_string_equal(member(change, "direction")->string, "higher");
    assert_close(member(change, "probability")->number, mk_normal_cdf(40 / sd), 0.002, 0);
    assert_int_equal(r->n_figures, 3);
    assert_int_equal(r->figures[1].series[1].index, 1);
    assert_int_equal(count_notes(r, "not causation"), 1);
    char *text = rendered(r, MK_FORMAT_TEXT);
    assert_has(text, "fake · 2 scenarios, all given sex male\n\nMedian (90 % interval)");
    assert_has(text, "What the scenarios differ in\nGiven  Unit   young  old\n"
                     "age    years     40   60\n");
    assert_has(text, "cholesterol  180 (155–205)  220 (195–245)\n");
    assert_has(text, "+40");
    free(text);
    mk_result_free(r);
}

static void test_differences_of_lists_are_exact(void **state)
{
    (void)state;
    const double a[] = {1, 2, 3};
    const double b[] = {2, 2, 10};
    assert_close(mk_difference_higher(a, 3, b, 3), (2 + 1 + 3) / 9.0, 1e-12, 0); /* two ties */
    assert_close(mk_difference_quantile(a, 3, b, 3, 0), -1, 1e-9, 0);
    assert_close(mk_difference_quantile(a, 3, b, 3, 0.5), 1, 1e-9, 0);
    assert_close(mk_difference_quantile(a, 3, b, 3, 1), 9, 1e-9, 0);
}

static void test_smoothing_keeps_mass(void **state)
{
    (void)state;
    double mass[100] = {0}, out[100];
    mass[0] = 0.25;
    mass[50] = 0.75;
    mk_density_smooth(mass, 100, 3, true, out);
    double sum = 0;
    for (size_t i = 0; i < 100; i++) {
        sum += out[i];
    }
    assert_close(sum, 1, 1e-12, 0);
    assert_close(out[48], out[52], 1e-15, 0);
}

/* ---- lists ---- */

static void test_attributes_are_found_by_name_label_and_category(void **state)
{
    (void)state;
    MkResult *r = mk_result_new("attributes");
    assert_int_equal(mk_query_attributes(&model, "HABIT", r, NULL), MK_OK);
    char *json = rendered(r, MK_FORMAT_JSON);
    assert_string_equal(
        json,
        "{\"model\": \"fake\", \"attributes\": [{\"name\": \"smoking\", \"label\": \"Smoking | "
        "status\", \"type\": \"ordinal\", \"unit\": \"\", \"levels\": [\"never\", \"former\", "
        "\"current\"], \"category\": \"Habits\", \"modifiable\": false, \"observed\": 0.7}], "
        "\"notes\": []}\n");
    free(json);
    mk_result_free(r);
    r = mk_result_new("attributes");
    assert_int_equal(mk_query_attributes(&model, NULL, r, NULL), MK_OK);
    char *csv = rendered(r, MK_FORMAT_CSV);
    assert_has(csv, "name,type,unit,observed,category,label,levels\nage,real,years,0.9,");
    assert_has(csv, "never|former|current\n");
    free(csv);
    char *text = rendered(r, MK_FORMAT_TEXT);
    assert_has(text, "fake · 4 of 4 attributes\n\nName           Label ");
    assert_has(text, "\nBlood\n  cholesterol  Total cholesterol  mg/dL  positive");
    free(text);
    mk_result_free(r);
    r = mk_result_new("attributes");
    assert_int_equal(mk_query_attributes(&model, "zzz", r, NULL), MK_OK);
    assert_int_equal(count_notes(r, "zzz"), 1);
    mk_result_free(r);
}

static void test_support_puts_the_most_surprising_value_first(void **state)
{
    (void)state;
    const MkKnown known[] = {point(SEX, 0), point(CHOL, 300), point(AGE, 50)};
    const size_t targets[] = {SMOKING};
    const MkQuery q = ask(known, 3, targets, 1);
    MkResult *r = mk_result_new("support");
    assert_int_equal(mk_query_support(&q, r, NULL), MK_OK);
    const MkNode *first = member(r->data, "evidence")->first;
    assert_string_equal(member(first, "attribute")->string, "cholesterol");
    assert_close(member(first, "percentile")->number, 1, 1e-6, 0);
    assert_string_equal(member(first->next->next, "attribute")->string, "sex");
    assert_string_equal(member(member(r->data, "co_observed")->first, "with")->string, "sex");
    mk_result_free(r);
}

static void test_support_tells_what_pulls_it_down(void **state)
{
    (void)state;
    const MkKnown known[] = {point(SEX, 0), point(CHOL, 300), point(AGE, 95)};
    const MkQuery q = ask(known, 3, NULL, 0);
    MkResult *r = mk_result_new("support");
    assert_int_equal(mk_query_support(&q, r, NULL), MK_OK);
    assert_close(member(member(r->data, "support"), "percentile")->number, 0.001, 0, 0);
    const MkNode *first = member(r->data, "evidence")->first;
    assert_string_equal(member(first, "attribute")->string, "age");
    assert_close(member(first, "without")->number, 0.4, 0, 0);
    assert_close(member(first, "pull")->number, 0.399, 1e-12, 0);
    assert_close(member(first->next, "pull")->number, 0, 1e-12, 0);
    assert_int_equal(count_notes(r, "age 95 years pulls most: of all people one expects"), 1);
    mk_result_free(r);
    /* the value that contradicts it is named: cholesterol at 30 is 160 on average, sd 15 */
    const MkKnown against[] = {point(AGE, 91), point(CHOL, 150)};
    const MkQuery two = ask(against, 2, NULL, 0);
    r = mk_result_new("support");
    assert_int_equal(mk_query_support(&two, r, NULL), MK_OK);
    assert_int_equal(count_notes(r, "age 91 years pulls most: with cholesterol 150"), 1);
    mk_result_free(r);
}

static void test_typical_evidence_is_not_pulled_down(void **state)
{
    (void)state;
    const MkKnown known[] = {point(SEX, 0), point(CHOL, 300), point(AGE, 50)};
    const MkQuery q = ask(known, 3, NULL, 0);
    MkResult *r = mk_result_new("support");
    assert_int_equal(mk_query_support(&q, r, NULL), MK_OK); /* 0.4 */
    assert_int_equal(count_notes(r, "pulls"), 0);
    mk_result_free(r);
}

/* The number in the title of the workbench: a range counts, and it is what the verb says. */
static void test_the_percentile_alone_is_that_of_support(void **state)
{
    (void)state;
    const MkKnown known[] = {point(SEX, 0), range(AGE, 85, 95)};
    const MkQuery q = ask(known, 2, NULL, 0);
    MkResult *r = mk_result_new("support");
    double percentile = -1;
    assert_int_equal(mk_query_support(&q, r, NULL), MK_OK);
    assert_int_equal(mk_query_percentile(&q, r->arena, &percentile, NULL), MK_OK);
    assert_true(percentile > 0.002 && percentile < 0.399); /* ages on both sides of 90 */
    assert_close(member(member(r->data, "support"), "percentile")->number, percentile, 0, 1e-12);
    mk_result_free(r);
}

static void test_summaries_are_those_of_the_posterior(void **state)
{
    (void)state;
    MkArena *arena = mk_arena_new(0);
    const MkKnown known[] = {point(AGE, 70)};
    const size_t targets[] = {CHOL, SMOKING};
    const MkQuery q = ask(known, 1, targets, 2);
    MkSummary s[2];
    assert_int_equal(mk_query_summaries(&q, arena, s, NULL), MK_OK);
    assert_close(s[0].median, 240, 1e-9, 0);
    assert_close(s[0].high, 240 + 15 * 1.644854, 1e-3, 0);
    assert_close(s[0].shift, 40.0 / 25, 1e-9, 0);
    assert_close((double)s[0].spark[4], 1, 0, 0);
    assert_true(s[0].spark[0] < 0.01F);
    assert_close(s[1].median, 0, 0, 0);
    assert_close(s[1].mode_share, 0.55, 1e-12, 0);
    assert_close(s[1].shift, 0, 1e-12, 0);
    assert_close((double)s[1].spark[1], 0.25 / 0.55, 1e-6, 0);
    assert_close((double)s[1].spark[3], 0, 0, 0);
    mk_arena_free(arena);
}

/* ---- impute ---- */

static MkTable *gaps(void)
{
    const size_t ids[] = {AGE, CHOL, SMOKING};
    MkTable *t = NULL;
    assert_int_equal(mk_table_new(&schema, 3, ids, 3, false, false, false, &t, NULL), MK_OK);
    const double age[] = {40, 60, NAN};
    const double chol[] = {NAN, 210, 250};
    const double smoking[] = {1, NAN, 2};
    memcpy(t->cells, age, sizeof age);
    memcpy(t->cells + 3, chol, sizeof chol);
    memcpy(t->cells + 6, smoking, sizeof smoking);
    return t;
}

static void count_progress(void *ctx, size_t done, size_t total)
{
    *(size_t *)ctx = done * 1000 + total;
}

static void test_impute_fills_only_the_gaps(void **state)
{
    (void)state;
    MkTable *t = gaps();
    const MkQuery q = ask(NULL, 0, NULL, 0);
    MkResult *r = mk_result_new("impute");
    size_t progress = 0;
    assert_int_equal(mk_query_impute(&q, t, 0, count_progress, &progress, r, NULL), MK_OK);
    assert_string_equal(r->stream, "age,cholesterol,smoking\n40,180,former\n60,210,never\n"
                                   "66,250,current\n");
    assert_int_equal(r->n_stream, strlen(r->stream));
    assert_true(r->table_is_data);
    assert_int_equal(progress, 3003);
    assert_close(member(r->data, "filled")->number, 3, 0, 0);
    assert_true(isnan(t->cells[2])); /* the table itself is not touched */
    mk_result_free(r);
    mk_table_free(t);
}

static void test_draws_do_not_depend_on_threads_or_their_number(void **state)
{
    (void)state;
    MkTable *t = gaps();
    MkQuery q = ask(NULL, 0, NULL, 0);
    MkPool *pool = NULL;
    assert_int_equal(mk_pool_new(3, &pool, NULL), MK_OK);
    MkResult *one = mk_result_new("impute");
    MkResult *two = mk_result_new("impute");
    assert_int_equal(mk_query_impute(&q, t, 2, NULL, NULL, one, NULL), MK_OK);
    q.pool = pool;
    assert_int_equal(mk_query_impute(&q, t, 5, NULL, NULL, two, NULL), MK_OK);
    assert_has(one->stream, "row,draw,age,cholesterol,smoking\n1,1,40,");
    assert_has(one->stream, "\n3,2,");
    assert_memory_equal(one->stream, two->stream, one->n_stream);
    assert_int_equal(count_notes(one, "not joint"), 1);
    mk_result_free(one);
    mk_result_free(two);
    mk_pool_free(pool);
    mk_table_free(t);
}

static void test_a_cancelled_query_says_so(void **state)
{
    (void)state;
    MkTable *t = gaps();
    MkCancel cancel;
    atomic_init(&cancel.stop, true);
    const size_t targets[] = {CHOL};
    MkQuery q = ask(NULL, 0, targets, 1);
    q.cancel = &cancel;
    MkResult *r = mk_result_new("x");
    assert_int_equal(mk_query_impute(&q, t, 0, NULL, NULL, r, NULL), MK_ECANCEL);
    assert_int_equal(mk_query_estimate(&q, r, NULL), MK_ECANCEL);
    mk_result_free(r);
    mk_table_free(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_range_mixes_over_the_conditional_inside_it),
        cmocka_unit_test(test_a_set_is_answered_exactly),
        cmocka_unit_test(test_two_ranges_multiply_by_the_chain_rule),
        cmocka_unit_test(test_many_ranges_are_drawn_and_seeded),
        cmocka_unit_test(test_an_empty_range_is_an_error_and_an_unseen_one_is_told),
        cmocka_unit_test(test_estimate_fills_the_json_contract),
        cmocka_unit_test(test_estimate_reads_well),
        cmocka_unit_test(test_a_note_tells_of_what_such_people_are_not_asked),
        cmocka_unit_test(test_notes_warn_once_of_what_is_rare_or_never_seen_together),
        cmocka_unit_test(test_questions_without_targets_are_refused),
        cmocka_unit_test(test_a_skewed_attribute_has_a_logarithmic_axis),
        cmocka_unit_test(test_an_axis_goes_upwards_whatever_the_model_says),
        cmocka_unit_test(test_a_plot_has_population_bands_curve_and_median),
        cmocka_unit_test(test_versus_follows_the_other_attribute),
        cmocka_unit_test(test_compare_gives_differences_of_independent_people),
        cmocka_unit_test(test_differences_of_lists_are_exact),
        cmocka_unit_test(test_smoothing_keeps_mass),
        cmocka_unit_test(test_attributes_are_found_by_name_label_and_category),
        cmocka_unit_test(test_support_puts_the_most_surprising_value_first),
        cmocka_unit_test(test_support_tells_what_pulls_it_down),
        cmocka_unit_test(test_the_percentile_alone_is_that_of_support),
        cmocka_unit_test(test_typical_evidence_is_not_pulled_down),
        cmocka_unit_test(test_summaries_are_those_of_the_posterior),
        cmocka_unit_test(test_impute_fills_only_the_gaps),
        cmocka_unit_test(test_draws_do_not_depend_on_threads_or_their_number),
        cmocka_unit_test(test_a_cancelled_query_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
