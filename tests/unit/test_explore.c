/* Explore, asked of a model with closed-form answers (explore_model.h). */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "tests/check.h"

#include <stdlib.h>
#include <string.h>

#include "model/normal.h"
#include "src/base/text.h"
#include "src/data/eligible.h"
#include "src/query/explore.h"
#include "src/query/slices.h"
#include "src/render/render.h"
#include "tests/unit/explore_model.h"

/* ---- small helpers ---- */

static MkQuery ask(const MkKnown *known, size_t n, const size_t *target)
{
    return (MkQuery){.model = &model,
                     .evidence = {.n = n, .known = known},
                     .targets = target,
                     .n_targets = 1,
                     .level = 0.9,
                     .seed = 7};
}

static MkResult *explored(const MkQuery *query, const MkMeasure *event)
{
    MkResult *r = mk_result_new("explore");
    MkError err = {0};
    const MkExploreChoice choice = {.event = event, .most = 8};
    if (mk_query_explore_chosen(query, &choice, r, &err) != MK_OK) {
        print_error("%s\n", err.text);
        fail();
    }
    return r;
}

static const MkNode *member(const MkNode *node, const char *key)
{
    assert_non_null(node);
    for (const MkNode *child = node->first; child != NULL; child = child->next) {
        if (strcmp(child->key, key) == 0) {
            return child;
        }
    }
    return NULL;
}

/* The entry of an attribute in a list of relations, and its place in it. */
static const MkNode *entry(const MkNode *list, size_t attribute, size_t *place)
{
    size_t i = 0;
    for (const MkNode *node = list->first; node != NULL; node = node->next, i++) {
        if (strcmp(member(node, "attribute")->string, attributes[attribute].name) == 0) {
            *place = i;
            return node;
        }
    }
    return NULL;
}

static const MkNode *relation(const MkResult *r, size_t attribute)
{
    size_t place = 0;
    return entry(member(r->data, "relations"), attribute, &place);
}

static double number(const MkNode *node, const char *key)
{
    const MkNode *child = member(node, key);
    assert_non_null(child);
    assert_int_equal(child->kind, MK_NODE_NUMBER);
    return child->number;
}

static double strength(const MkResult *r, size_t attribute)
{
    return number(relation(r, attribute), "strength");
}

static size_t rank(const MkResult *r, size_t attribute)
{
    size_t place = 0;
    assert_non_null(entry(member(r->data, "relations"), attribute, &place));
    return place;
}

static double item(const MkNode *node, const char *key, size_t i)
{
    const MkNode *child = member(node, key)->first;
    for (; i > 0 && child != NULL; i--) {
        child = child->next;
    }
    assert_non_null(child);
    return child->number;
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

static char *rendered(const MkResult *r, MkFormat format, size_t width)
{
    MkBuf buf;
    mk_buf_init(&buf);
    const MkRenderOptions options = {.format = format, .width = width};
    assert_int_equal(mk_render(r, &options, &buf, NULL), MK_OK);
    char *text = mk_buf_take(&buf);
    assert_non_null(text);
    return text;
}

/* ---- slices ---- */

static void test_slices_hold_all_of_a_normal_and_its_variance(void **state)
{
    (void)state;
    MkSlices slices;
    const MkDistribution d = {.kind = MK_DIST_NORMAL, .attribute = &attributes[A], .a = 0, .b = 1};
    mk_slices_make(&d, 0, &slices);
    double sum = 0, square = 0, mass = 0;
    for (size_t i = 0; i < slices.n; i++) {
        sum += slices.items[i].weight;
        square += slices.items[i].weight * slices.items[i].value * slices.items[i].value;
        mass += mk_slice_mass(&slices.items[i], &d);
    }
    assert_int_equal(slices.n, 12);
    assert_int_equal(slices.n_groups, MK_SLICES_GROUPS);
    assert_close(sum, 1, 1e-12, 0);
    assert_close(mass, 1, 1e-12, 0);
    assert_close(square, 0.983, 0.001, 0);
    for (size_t g = 0; g < slices.n_groups; g++) {
        double at = 0, share = 0;
        mk_slices_group(&slices, g, &at, &share);
        assert_close(share, 0.125, 1e-12, 0);
    }
}

static void test_a_heap_at_the_low_end_is_a_slice_of_its_own(void **state)
{
    (void)state;
    MkSlices slices;
    const MkDistribution parts[] = {
        {.kind = MK_DIST_POINT, .attribute = &attributes[A], .a = 0},
        {.kind = MK_DIST_LOGNORMAL, .attribute = &attributes[A], .a = 1, .b = 0.5}};
    const double weights[] = {0.6, 0.4};
    const MkDistribution d = {
        .kind = MK_DIST_MIXTURE, .attribute = &attributes[A], .n = 2, .p = weights, .parts = parts};
    mk_slices_make(&d, 0, &slices);
    assert_int_equal(slices.n, 13);
    assert_close(slices.items[0].value, 0, 0, 0);
    assert_close(slices.items[0].weight, 0.6, 1e-6, 0);
    assert_close(mk_slice_mass(&slices.items[0], &d), 0.6, 1e-6, 0);
    assert_int_equal(slices.n_groups, 9);
}

static void test_recorded_values_of_a_number_are_asked_once_each(void **state)
{
    (void)state;
    MkSlices slices;
    const MkDistribution d = {
        .kind = MK_DIST_NORMAL, .attribute = &attributes[A], .a = 4, .b = 0.8};
    mk_slices_make(&d, 1, &slices);
    double sum = 0;
    for (size_t i = 0; i < slices.n; i++) {
        sum += slices.items[i].weight;
        assert_close(slices.items[i].value, round(slices.items[i].value), 0, 0);
        assert_true(i == 0 || slices.items[i].value > slices.items[i - 1].value);
    }
    assert_close(sum, 1, 1e-12, 0);
    assert_int_equal(slices.n_groups, slices.n);
}

/* ---- strength ---- */

static void test_strength_of_normals_is_that_of_their_correlation(void **state)
{
    (void)state;
    const size_t target = T;
    const MkQuery query = ask(NULL, 0, &target);
    MkResult *r = explored(&query, NULL);
    static const struct {
        size_t attribute;
        double rho;
    } want[] = {{A, 0.8}, {B, -0.5}, {E, -0.35}};
    for (size_t i = 0; i < 3; i++) {
        const MkNode *node = relation(r, want[i].attribute);
        const double rho = want[i].rho;
        /* slices hold 98.3 % of the variance, 64 bins of the target a little less */
        assert_close(number(node, "strength"), -0.5 * log(1 - rho * rho), 0, 0.03);
        assert_close(number(node, "effect"), fabs(rho) * sqrt(2 / acos(-1)), 0, 0.02);
        assert_close(number(node, "direction"), rho > 0 ? 1 : -1, 1e-9, 0);
        assert_string_equal(member(node, "form")->string, rho > 0 ? "rising" : "falling");
        assert_int_equal(rank(r, want[i].attribute), i);
    }
    assert_close(strength(r, C), 0, 1e-9, 0);
    assert_close(strength(r, NOISE), 0, 1e-9, 0);
    assert_string_equal(member(relation(r, C), "form")->string, "none");
    assert_null(relation(r, T));
    mk_result_free(r);
}

static void test_evidence_explains_a_relation_away(void **state)
{
    (void)state;
    const size_t target = T;
    const MkKnown known = {B, {.kind = MK_VALUE_POINT, .point = 60}};
    const MkQuery query = ask(&known, 1, &target);
    MkResult *r = explored(&query, NULL);
    const double left = (0.8 - 0.2) / sqrt((1 - 0.25) * (1 - 0.16)); /* partial correlation */
    assert_close(strength(r, E), 0, 1e-6, 0);
    assert_close(strength(r, A), -0.5 * log(1 - left * left), 0, 0.03);
    assert_null(relation(r, B));
    mk_result_free(r);
}

static void test_a_range_of_evidence_explains_most_of_it_away(void **state)
{
    (void)state;
    const size_t target = T;
    const MkKnown known = {B, {.kind = MK_VALUE_RANGE, .low = 58, .high = 62}};
    const MkQuery query = ask(&known, 1, &target);
    MkResult *r = explored(&query, NULL);
    assert_true(strength(r, E) < 0.003);
    assert_true(strength(r, A) > 0.4);
    mk_result_free(r);
}

/* The information of bowl and steps by numbers. */
static double bowl_information(void)
{
    double sum = 0;
    const double dx = 0.001;
    for (double x = -8; x < 10; x += dx) {
        double mean = 0;
        for (size_t k = 0; k < 5; k++) {
            mean += 0.2 * mk_normal_density(x - bowl[k]);
        }
        for (size_t k = 0; k < 5; k++) {
            const double p = mk_normal_density(x - bowl[k]);
            sum += 0.2 * p * log(p / mean) * dx;
        }
    }
    return sum;
}

static void test_a_relation_that_falls_and_rises_is_seen(void **state)
{
    (void)state;
    const size_t target = BOWL;
    MkQuery query = ask(NULL, 0, &target);
    MkResult *r = explored(&query, NULL);
    const MkNode *node = relation(r, STEPS);
    assert_int_equal(rank(r, STEPS), 0);
    assert_close(number(node, "strength"), bowl_information(), 0, 0.01);
    assert_close(number(node, "direction"), 0, 1e-9, 0);
    assert_string_equal(member(node, "form")->string, "dip");
    for (size_t k = 0; k < 5; k++) {
        assert_close(item(node, "shape", k), bowl[k], 1e-6, 0);
    }
    mk_result_free(r);
    const size_t other = STEPS; /* and from the other side */
    query = ask(NULL, 0, &other);
    r = explored(&query, NULL);
    assert_int_equal(rank(r, BOWL), 0);
    assert_close(strength(r, BOWL), bowl_information(), 0, 0.03);
    mk_result_free(r);
}

static double table_information(void)
{
    double sum = 0;
    for (size_t k = 0; k < 3; k++) {
        for (size_t s = 0; s < 2; s++) {
            sum += joint[k][s] * log(joint[k][s] / (p_three[k] * p_two[s]));
        }
    }
    return sum;
}

static void test_levels_have_the_information_of_their_table(void **state)
{
    (void)state;
    const size_t target = LEVELS;
    const MkQuery query = ask(NULL, 0, &target);
    MkResult *r = explored(&query, NULL);
    const MkNode *node = relation(r, SIDES);
    double change = 0, entropy = 0;
    for (size_t s = 0; s < 2; s++) {
        double distance = 0;
        for (size_t k = 0; k < 3; k++) {
            distance += 0.5 * fabs(joint[k][s] / p_two[s] - p_three[k]);
        }
        change += p_two[s] * distance;
        assert_close(item(node, "shape", s), joint[0][s] / p_two[s], 1e-12, 0);
    }
    for (size_t k = 0; k < 3; k++) {
        entropy -= p_three[k] * log(p_three[k]);
    }
    assert_close(number(node, "strength"), table_information(), 1e-12, 0);
    assert_close(number(node, "effect"), change, 1e-12, 0);
    assert_null(member(node, "direction"));
    assert_string_equal(member(r->data, "level")->string, "never"); /* the likeliest */
    assert_close(strength(r, COPY), entropy, 1e-9, 0);
    assert_non_null(member(relation(r, COPY), "restates"));
    assert_null(member(node, "restates"));
    mk_result_free(r);
}

static void test_an_event_is_told_of_as_happening_or_not(void **state)
{
    (void)state;
    const size_t target = LEVELS;
    const MkQuery query = ask(NULL, 0, &target);
    const MkMeasure event = {
        .attribute = LEVELS, .is_probability = true, .event = {.kind = MK_VALUE_POINT, .point = 2}};
    MkResult *r = explored(&query, &event);
    const MkNode *node = relation(r, SIDES);
    double want = 0;
    for (size_t s = 0; s < 2; s++) {
        const double yes = joint[2][s], no = p_two[s] - yes;
        want +=
            yes * log(yes / (p_three[2] * p_two[s])) + no * log(no / ((1 - p_three[2]) * p_two[s]));
        assert_close(item(node, "shape", s), yes / p_two[s], 1e-12, 0);
    }
    assert_close(number(node, "strength"), want, 1e-12, 0);
    assert_string_equal(member(r->data, "event")->string, "levels = current");
    const MkNode *reverse = member(r->data, "reverse");
    size_t place = 0;
    const MkNode *moved = entry(member(reverse, "relations"), SIDES, &place);
    const double yes = joint[2][1] / p_three[2];
    const double no = (p_two[1] - joint[2][1]) / (1 - p_three[2]);
    assert_string_equal(member(moved, "level")->string, "yes"); /* the rarer one */
    assert_close(number(moved, "high"), yes, 1e-9, 0);
    assert_close(number(moved, "low"), no, 1e-9, 0);
    mk_result_free(r);
}

static void test_a_range_of_a_number_is_an_event_too(void **state)
{
    (void)state;
    const size_t target = T;
    const MkQuery query = ask(NULL, 0, &target);
    const MkMeasure event = {.attribute = T,
                             .is_probability = true,
                             .event = {.kind = MK_VALUE_RANGE, .low = 60, .high = INFINITY}};
    MkResult *r = explored(&query, &event);
    const double p = mk_normal_cdf(-1);
    double want = 0;
    for (double x = -8; x < 8; x += 0.001) { /* over the other attribute, standardised */
        const double y = mk_normal_cdf((0.8 * x - 1) / 0.6);
        const double w = mk_normal_density(x) * 0.001;
        want +=
            w * (y > 0 ? y * log(y / p) : 0) + w * (y < 1 ? (1 - y) * log((1 - y) / (1 - p)) : 0);
    }
    assert_close(strength(r, A), want, 0, 0.03);
    assert_string_equal(member(r->data, "answer")->string, "probability");
    assert_close(number(r->data, "now"), p, 1e-9, 0);
    mk_result_free(r);
}

/* ---- the reverse ---- */

static void test_the_reverse_sets_the_target_low_and_high(void **state)
{
    (void)state;
    const size_t target = T;
    const MkQuery query = ask(NULL, 0, &target);
    MkResult *r = explored(&query, NULL);
    const MkNode *reverse = member(r->data, "reverse");
    const double z = mk_normal_quantile(0.95);
    size_t place = 0;
    assert_close(number(reverse, "low"), mean_of - sd_of * z, 1e-6, 0);
    assert_close(number(reverse, "high"), mean_of + sd_of * z, 1e-6, 0);
    const MkNode *a = entry(member(reverse, "relations"), A, &place);
    assert_int_equal(place, 0);
    assert_close(number(a, "difference"), 2 * z * 0.8 * sd_of, 1e-6, 0);
    assert_close(number(a, "shift"), 2 * z * 0.8, 1e-6, 0);
    const double apart = 2 * z * 0.8 / 0.6; /* of two normals of sd 0.6 */
    assert_close(number(a, "distance"), 2 * mk_normal_cdf(apart / 2) - 1, 0, 0.02);
    const MkNode *b = entry(member(reverse, "relations"), B, &place);
    assert_int_equal(place, 1);
    assert_close(number(b, "difference"), -2 * z * 0.5 * sd_of, 1e-6, 0);
    mk_result_free(r);
}

/* ---- long work ---- */

typedef struct Watch {
    MkCancel cancel;
    size_t lines, partials, relations;
    bool was_cut;
    size_t stop_at; /* line */
} Watch;

static void watch_line(void *ctx, const char *line)
{
    Watch *watch = ctx;
    watch->lines++;
    assert_non_null(strstr(line, "explore target: "));
    if (watch->lines == watch->stop_at) {
        atomic_store(&watch->cancel.stop, true);
    }
}

static void watch_partial(void *ctx, MkResult *so_far)
{
    Watch *watch = ctx;
    watch->partials++;
    watch->was_cut = so_far->is_cut;
    watch->relations = 0;
    for (const MkNode *n = member(so_far->data, "relations")->first; n != NULL; n = n->next) {
        watch->relations++;
    }
    if (watch->partials == 1) { /* the first pass alone finds about the same */
        assert_close(strength(so_far, A), 0.51, 0.03, 0);
        assert_close(strength(so_far, B), 0.14, 0.02, 0);
        assert_int_equal(rank(so_far, A), 0);
        assert_int_equal(member(relation(so_far, A), "exact")->number, 0);
    }
    mk_result_free(so_far);
}

static void test_long_work_tells_how_far_it_is_and_what_it_has(void **state)
{
    (void)state;
    const size_t target = T;
    Watch watch = {.stop_at = 0};
    MkQuery query = ask(NULL, 0, &target);
    query.progress = watch_line;
    query.partial = watch_partial;
    query.ctx = &watch;
    MkResult *r = explored(&query, NULL);
    assert_int_equal(watch.lines, 3); /* 69 attributes by 32 */
    assert_int_equal(watch.partials, 2);
    assert_int_equal(watch.relations, N_ALL - 1);
    assert_true(watch.was_cut);
    assert_false(r->is_cut);
    assert_int_equal(member(r->data, "asked")->number, N_ALL - 1);
    mk_result_free(r);
}

static void test_interrupted_work_gives_what_there_is(void **state)
{
    (void)state;
    const size_t target = T;
    Watch watch = {.stop_at = 1};
    MkQuery query = ask(NULL, 0, &target);
    query.progress = watch_line;
    query.cancel = &watch.cancel;
    query.ctx = &watch;
    MkResult *r = explored(&query, NULL);
    assert_true(r->is_cut);
    assert_int_equal(member(r->data, "asked")->number, 32);
    assert_int_equal(member(relation(r, A), "exact")->number, 1); /* the strongest came first */
    assert_int_equal(member(relation(r, N_ALL - 1), "exact")->number, 0);
    assert_true(has_note(r, "are approximate"));
    mk_result_free(r);
    r = mk_result_new("explore"); /* before anything is there */
    assert_int_equal(mk_query_explore(&query, r, NULL), MK_ECANCEL);
    mk_result_free(r);
}

static void test_too_much_work_is_left_to_the_first_pass(void **state)
{
    (void)state;
    const size_t target = T;
    const MkQuery query = ask(NULL, 0, &target);
    const MkExploreChoice choice = {.most = 8, .work = 30};
    MkResult *r = mk_result_new("explore");
    assert_int_equal(mk_query_explore_chosen(&query, &choice, r, NULL), MK_OK);
    assert_int_equal(member(r->data, "asked")->number, 2); /* 12 questions each */
    assert_int_equal(member(relation(r, B), "exact")->number, 1);
    assert_int_equal(member(relation(r, E), "exact")->number, 0);
    assert_close(strength(r, E), -0.5 * log(1 - 0.35 * 0.35), 0, 0.1);
    assert_false(r->is_cut);
    assert_true(has_note(r, "are approximate"));
    mk_result_free(r);
}

static void test_answers_do_not_depend_on_threads(void **state)
{
    (void)state;
    const size_t target = T;
    const MkKnown known = {LEVELS, {.kind = MK_VALUE_SET, .levels = 3}};
    MkQuery query = ask(&known, 1, &target);
    MkResult *alone = explored(&query, NULL);
    assert_int_equal(mk_pool_new(4, &query.pool, NULL), MK_OK);
    MkResult *together = explored(&query, NULL);
    char *a = rendered(alone, MK_FORMAT_JSON, 0), *b = rendered(together, MK_FORMAT_JSON, 0);
    assert_string_equal(a, b);
    free(a);
    free(b);
    mk_result_free(alone);
    mk_result_free(together);
    mk_pool_free(query.pool);
}

/* ---- what is shown ---- */

static void test_a_known_target_is_set_aside(void **state)
{
    (void)state;
    const size_t target = T;
    const MkKnown known[] = {{T, {.kind = MK_VALUE_POINT, .point = 70}},
                             {C, {.kind = MK_VALUE_POINT, .point = 70}}};
    const MkQuery query = ask(known, 2, &target);
    MkResult *r = explored(&query, NULL);
    assert_close(strength(r, A), -0.5 * log(1 - 0.64), 0, 0.03);
    assert_true(has_note(r, "target is among what is known"));
    assert_null(relation(r, C));
    mk_result_free(r);
}

static void test_pairs_never_seen_together_are_marked(void **state)
{
    (void)state;
    const size_t target = T;
    const MkQuery query = ask(NULL, 0, &target);
    MkResult *r = explored(&query, NULL);
    assert_close(number(relation(r, E), "co_observed"), 0, 0, 0);
    assert_true(has_note(r, "never: 1 of the attributes shown"));
    assert_true(has_note(r, "not causation"));
    char *text = rendered(r, MK_FORMAT_TEXT, 80);
    for (const char *line = text; *line != '\0'; line += strcspn(line, "\n") + 1) {
        char copy[1024];
        snprintf(copy, sizeof copy, "%.*s", (int)strcspn(line, "\n"), line);
        assert_true(mk_utf8_width(copy) <= 80);
    }
    assert_non_null(strstr(text, "never"));
    assert_non_null(strstr(text, "▁"));
    free(text);
    char *csv = rendered(r, MK_FORMAT_CSV, 0);
    assert_int_equal(strncmp(csv, "target,attribute,label,category,strength,", 41), 0);
    size_t lines = 0;
    for (const char *c = csv; *c != '\0'; c++) {
        lines += *c == '\n' ? 1 : 0;
    }
    assert_int_equal(lines, N_ALL); /* a header and all but the target */
    free(csv);
    assert_int_equal(r->n_figures, 2);
    mk_result_free(r);
}

static void test_who_is_asked_for_an_attribute(void **state)
{
    (void)state;
    static const MkKnown yes = {SIDES, {.kind = MK_VALUE_POINT, .point = 1}};
    static const MkKnown no = {SIDES, {.kind = MK_VALUE_POINT, .point = 0}};
    static const MkKnown some = {LEVELS, {.kind = MK_VALUE_SET, .levels = 6}};
    static const MkKnown others = {LEVELS, {.kind = MK_VALUE_SET, .levels = 3}};
    static const MkKnown low = {T, {.kind = MK_VALUE_RANGE, .low = 40, .high = 49}};
    static const MkKnown wide = {T, {.kind = MK_VALUE_RANGE, .low = 40, .high = 50}};
    static const struct {
        size_t attribute;
        const MkKnown *known;
        bool is_asked;
    } cases[] = {{NOISE, &yes, true},         {NOISE, &no, false},
                 {NOISE, &some, true},        {NOISE + 1, &some, true},
                 {NOISE + 1, &others, false}, {NOISE + 2, &low, false},
                 {NOISE + 2, &wide, true},    {A, &no, true}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const MkEvidence evidence = {.n = 1, .known = cases[i].known};
        assert_int_equal(mk_eligible(schema, cases[i].attribute, evidence), cases[i].is_asked);
    }
}

/* d is asked where c is yes, c of smokers, e of everybody. */
static const char asked_text[] = "name\ttype\tlabel\tlevels\teligible\n"
                                 "age\treal\tAge\t\t\n"
                                 "smoking\tcategorical\tS\t0=never|1=current\t\n"
                                 "c\tcategorical\tC\t0=no|1=yes\tsmoking=current,age>=30\n"
                                 "d\treal\tD\t\tc=yes\n"
                                 "e\treal\tE\t\t\n";

static void test_persons_have_what_they_are_asked(void **state)
{
    (void)state;
    static const struct {
        double values[5];
        size_t emptied;
    } cases[] = {{{50, 1, 1, 7, 8}, 0},
                 {{50, 1, 0, 7, 8}, 1},
                 {{50, 0, 1, 7, 8}, 2},
                 {{20, 1, 1, 7, 8}, 2},
                 {{50, 1, NAN, 7, 8}, 1}};
    MkArena *const arena = mk_arena_new(0);
    MkSchema *small = NULL;
    MkEligibility *eligibility = NULL;
    bool member[5] = {false, false, false, true, false};
    assert_int_equal(mk_schema_parse(asked_text, sizeof asked_text - 1, "test", &small, NULL),
                     MK_OK);
    assert_int_equal(mk_eligibility_new(small, arena, &eligibility, NULL), MK_OK);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        double v[5];
        memcpy(v, cases[i].values, sizeof v);
        assert_int_equal(mk_eligibility_apply(eligibility, v), cases[i].emptied);
        assert_true(isnan(v[3]) == (cases[i].emptied > 0));
        assert_true(v[0] == cases[i].values[0] && v[4] == 8);
    }
    mk_eligibility_close(eligibility, member);
    assert_true(member[0] && member[1] && member[2] && member[3] && !member[4]);
    mk_schema_free(small);
    mk_arena_free(arena);
}

static void test_who_has_a_value_was_asked_for_it(void **state)
{
    (void)state;
    const MkKnown known[] = {{3, {.kind = MK_VALUE_POINT, .point = 7}},
                             {0, {.kind = MK_VALUE_RANGE, .low = 20, .high = 60}}};
    const MkKnown never = {1, {.kind = MK_VALUE_POINT, .point = 0}};
    MkArena *const arena = mk_arena_new(0);
    MkSchema *small = NULL;
    MkEligibility *eligibility = NULL;
    MkEvidence out;
    assert_int_equal(mk_schema_parse(asked_text, sizeof asked_text - 1, "test", &small, NULL),
                     MK_OK);
    assert_int_equal(mk_eligibility_new(small, arena, &eligibility, NULL), MK_OK);
    assert_int_equal(
        mk_eligibility_imply(eligibility, small, (MkEvidence){2, known}, arena, &out, NULL), MK_OK);
    assert_int_equal(out.n, 4);
    assert_true(mk_evidence_find(out, 2)->levels == 2); /* c is yes */
    assert_true(mk_evidence_find(out, 1)->levels == 2); /* so it is a smoker */
    assert_close(mk_evidence_find(out, 0)->low, 30.0, 0.0, 0.0);
    assert_close(mk_evidence_find(out, 0)->high, 60.0, 0.0, 0.0);
    assert_close(mk_evidence_find(out, 3)->point, 7.0, 0.0, 0.0);
    const MkKnown against[] = {known[0], never}; /* what contradicts stays */
    assert_int_equal(
        mk_eligibility_imply(eligibility, small, (MkEvidence){2, against}, arena, &out, NULL),
        MK_OK);
    assert_int_equal(mk_evidence_find(out, 1)->kind, MK_VALUE_POINT);
    assert_close(mk_evidence_find(out, 1)->point, 0.0, 0.0, 0.0);
    mk_schema_free(small);
    mk_arena_free(arena);
}

static void test_what_such_people_are_not_asked_for_is_left_out(void **state)
{
    (void)state;
    const size_t target = T, levels = LEVELS;
    const MkKnown known = {SIDES, {.kind = MK_VALUE_POINT, .point = 0}};
    MkQuery query = ask(&known, 1, &target);
    size_t place = 0;
    MkResult *r = explored(&query, NULL);
    const MkNode *reverse = member(member(r->data, "reverse"), "relations");
    assert_null(relation(r, NOISE));
    assert_non_null(relation(r, NOISE + 1));
    assert_non_null(relation(r, NOISE + 2));        /* asked of half of the people */
    assert_null(entry(reverse, NOISE + 2, &place)); /* not of those with a low target */
    assert_non_null(entry(reverse, NOISE + 1, &place));
    assert_close(number(r->data, "left_out"), 1, 0, 0);
    assert_true(has_note(r, "1 attribute is left out"));
    mk_result_free(r);
    query = ask(NULL, 0, &levels); /* asked of one level only: tells nothing between levels */
    r = explored(&query, NULL);
    assert_null(relation(r, NOISE + 1));
    assert_non_null(relation(r, NOISE));
    mk_result_free(r);
}

static void test_one_target_is_looked_at(void **state)
{
    (void)state;
    const size_t targets[] = {T, A};
    MkQuery query = ask(NULL, 0, targets);
    query.n_targets = 2;
    MkError err = {0};
    MkResult *r = mk_result_new("explore");
    assert_int_equal(mk_query_explore(&query, r, &err), MK_EINVAL);
    assert_non_null(strstr(err.text, "one target"));
    mk_result_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_slices_hold_all_of_a_normal_and_its_variance),
        cmocka_unit_test(test_a_heap_at_the_low_end_is_a_slice_of_its_own),
        cmocka_unit_test(test_recorded_values_of_a_number_are_asked_once_each),
        cmocka_unit_test(test_strength_of_normals_is_that_of_their_correlation),
        cmocka_unit_test(test_evidence_explains_a_relation_away),
        cmocka_unit_test(test_a_range_of_evidence_explains_most_of_it_away),
        cmocka_unit_test(test_a_relation_that_falls_and_rises_is_seen),
        cmocka_unit_test(test_levels_have_the_information_of_their_table),
        cmocka_unit_test(test_an_event_is_told_of_as_happening_or_not),
        cmocka_unit_test(test_a_range_of_a_number_is_an_event_too),
        cmocka_unit_test(test_the_reverse_sets_the_target_low_and_high),
        cmocka_unit_test(test_long_work_tells_how_far_it_is_and_what_it_has),
        cmocka_unit_test(test_interrupted_work_gives_what_there_is),
        cmocka_unit_test(test_too_much_work_is_left_to_the_first_pass),
        cmocka_unit_test(test_answers_do_not_depend_on_threads),
        cmocka_unit_test(test_a_known_target_is_set_aside),
        cmocka_unit_test(test_pairs_never_seen_together_are_marked),
        cmocka_unit_test(test_who_is_asked_for_an_attribute),
        cmocka_unit_test(test_persons_have_what_they_are_asked),
        cmocka_unit_test(test_who_has_a_value_was_asked_for_it),
        cmocka_unit_test(test_what_such_people_are_not_asked_for_is_left_out),
        cmocka_unit_test(test_one_target_is_looked_at),
    };
    return cmocka_run_group_tests_name("explore", tests, make_model, free_model);
}
