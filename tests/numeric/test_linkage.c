/* Two sources that share one attribute: what is said of those that nobody has both of. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "tests/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/model.h"
#include "model/nn/blas.h"
#include "model/train.h"
#include "src/base/rng.h"
#include "src/data/cohort.h"
#include "src/query/linkage.h"
#include "src/query/query.h"
#include "src/render/render.h"

enum { Z, X, W, Y, N_ATTRIBUTES, PEOPLE = 1500 };

/* Z is asked of all, X and W on the left, Y on the right. */
static const char schema_text[] = "name\ttype\tlabel\tunit\tlevels\tmin\tmax\tcategory\n"
                                  "z\treal\tZ\t\t\t\t\tShared\n"
                                  "x\treal\tX\tkg\t\t\t\tLeft\n"
                                  "w\tordinal\tW\t\t0=low|1=middle|2=high\t\t\tLeft\n"
                                  "y\treal\tY\tcm\t\t\t\tRight\n";
static const double x_z = 0.7, y_z = 0.6, x_y_rest = 0.5; /* truth: the last given z */
static char folder[400], files[2][480], model_path[480];

static double fake_clock(void)
{
    static double now;
    now += 0.3;
    return now;
}

static void write_source(size_t side)
{
    FILE *out = fopen(files[side], "w");
    assert_non_null(out);
    fprintf(out, side == 0 ? "person,source,z,x,w\n" : "person,source,z,y\n");
    for (size_t i = 0; i < PEOPLE; i++) {
        MkRng rng = mk_rng(19, MK_RNG_TEST, i + side * PEOPLE);
        const double z = mk_rng_normal(&rng), u = mk_rng_normal(&rng);
        const double v = x_y_rest * u + sqrt(1 - x_y_rest * x_y_rest) * mk_rng_normal(&rng);
        const double x = x_z * z + sqrt(1 - x_z * x_z) * u;
        const double y = y_z * z + sqrt(1 - y_z * y_z) * v;
        if (side == 0) {
            fprintf(out, "l%zu,left,%.5f,%.5f,%s\n", i, z, x,
                    u + z > 1    ? "high"
                    : u + z > -1 ? "middle"
                                 : "low");
        } else {
            fprintf(out, "r%zu,right,%.5f,%.5f\n", i, z, y);
        }
    }
    assert_int_equal(fclose(out), 0);
}

static int open_model(void **state)
{
    const char *const at = getenv("TMPDIR");
    const MkTrainHooks hooks = {.clock = fake_clock};
    MkTrainConfig config;
    MkSchema *schema = NULL;
    MkCohort *cohort = NULL;
    MkModel *model = NULL;
    MkError err = {0};
    snprintf(folder, sizeof folder, "%s/linkage-XXXXXX", at != NULL ? at : "/tmp");
    assert_non_null(mkdtemp(folder));
    snprintf(files[0], sizeof files[0], "%s/left.csv", folder);
    snprintf(files[1], sizeof files[1], "%s/right.csv", folder);
    snprintf(model_path, sizeof model_path, "%s/two.safetensors", folder);
    write_source(0);
    write_source(1);
    mk_blas_init();
    mk_train_config_init(&config);
    config.expand = false;
    config.threads = 1;
    assert_int_equal(mk_train_config_set(&config, "kind", "copula", NULL), MK_OK);
    assert_int_equal(mk_train_config_set(&config, "name", "two", NULL), MK_OK);
    if (mk_schema_parse(schema_text, strlen(schema_text), "schema", &schema, &err) != MK_OK ||
        mk_cohort_read(folder, schema, MK_OTHER_DROP, &cohort, &err) != MK_OK ||
        mk_train(&config, cohort, model_path, &hooks, &err) != MK_OK ||
        mk_model_open(model_path, &model, &err) != MK_OK) {
        fail_msg("%s", err.text);
    }
    mk_cohort_free(cohort);
    mk_schema_free(schema);
    *state = model;
    return 0;
}

static int close_model(void **state)
{
    mk_model_free(*state);
    remove(files[0]);
    remove(files[1]);
    remove(model_path);
    remove(folder);
    return 0;
}

/* ---- the model ---- */

static void test_the_range_is_the_closed_form_and_holds_the_truth(void **state)
{
    const MkModel *model = *state;
    MkArena *arena = mk_arena_new(0);
    MkLinkage found;
    assert_int_equal(mk_model_co_observed(model, X, Y), 0);
    assert_int_equal(mk_model_identified(model, X, Y, arena, &found, NULL), MK_OK);
    const double xz = mk_model_correlation(model, X, Z), yz = mk_model_correlation(model, Y, Z);
    const double half = sqrt((1 - xz * xz) * (1 - yz * yz));
    assert_close(xz, x_z, 0.05, 0);
    assert_close(yz, y_z, 0.05, 0);
    assert_int_equal(found.n_shared, 1);
    assert_close(found.centre, xz * yz, 1e-6, 0);
    assert_close(found.low, xz * yz - half, 1e-6, 0);
    assert_close(found.high, xz * yz + half, 1e-6, 0);
    const double truth = x_z * y_z + x_y_rest * sqrt((1 - x_z * x_z) * (1 - y_z * y_z));
    assert_true(found.low < truth && truth < found.high);
    assert_close(found.value, mk_model_correlation(model, X, Y), 1e-6, 0);
    assert_true(found.low <= found.value && found.value <= found.high);
    MkLinkage other;
    assert_int_equal(mk_model_identified(model, Y, X, arena, &other, NULL), MK_OK);
    assert_close(other.low, found.low, 1e-9, 0);
    MkError err = {0};
    assert_int_equal(mk_model_identified(model, X, X, arena, &other, &err), MK_EINVAL);
    assert_int_equal(mk_model_identified(model, X, N_ATTRIBUTES, arena, &other, &err), MK_EINVAL);
    mk_arena_free(arena);
}

static void test_at_its_own_correlation_the_base_answers_as_ever(void **state)
{
    const MkModel *model = *state;
    MkArena *arena = mk_arena_new(0);
    const MkPoint known[] = {{Z, 0.4}, {X, 1.5}};
    const size_t targets[] = {Y};
    const double at[] = {mk_model_correlation(model, X, Y), 0.9, 2, -2};
    MkDistribution plain, moved[4];
    assert_int_equal(
        mk_model_posterior(mk_model_raw(model), known, 2, targets, 1, arena, &plain, NULL), MK_OK);
    assert_int_equal(mk_model_relinked(model, known, 2, 1, Y, at, 4, arena, moved, NULL), MK_OK);
    for (double q = 0.05; q < 1; q += 0.15) {
        assert_close(mk_dist_quantile(&moved[0], q), mk_dist_quantile(&plain, q), 1e-4, 0);
    }
    /* given z, x = 1.5 is (1.5 - 0.28) / 0.714 = 1.7 sd up: y goes up by as much of its own rest */
    assert_close(mk_dist_quantile(&moved[2], 0.5), 0.24 + 0.8 * 1.708, 0.15, 0);
    assert_close(mk_dist_quantile(&moved[3], 0.5), 0.24 - 0.8 * 1.708, 0.15, 0);
    assert_true(mk_dist_sd(&moved[2]) < 0.3 * mk_dist_sd(&plain));
    assert_true(mk_dist_quantile(&moved[1], 0.5) > mk_dist_quantile(&moved[0], 0.5));
    MkError err = {0};
    assert_int_equal(mk_model_relinked(model, known, 2, 2, Y, at, 1, arena, moved, &err),
                     MK_EINVAL);
    assert_int_equal(mk_model_relinked(model, known, 2, 1, X, at, 1, arena, moved, &err),
                     MK_EINVAL);
    mk_arena_free(arena);
}

/* ---- answers ---- */

static MkKnown point(size_t attribute, double x)
{
    return (MkKnown){attribute, {.kind = MK_VALUE_POINT, .point = x}};
}

static MkQuery ask(const MkModel *model, const MkKnown *known, size_t n, const size_t *targets,
                   size_t n_targets)
{
    return (MkQuery){.model = model,
                     .evidence = {.n = n, .known = known},
                     .targets = targets,
                     .n_targets = n_targets,
                     .level = 0.9,
                     .seed = 7};
}

/* As JSON, with every number as #. */
static char *shape_of(const MkResult *r)
{
    MkBuf buf;
    mk_buf_init(&buf);
    assert_int_equal(mk_render(r, &(MkRenderOptions){.format = MK_FORMAT_JSON}, &buf, NULL), MK_OK);
    char *text = mk_buf_take(&buf), *out = text;
    assert_non_null(text);
    bool in_string = false;
    for (const char *c = text; *c != '\0';) {
        in_string = *c == '"' ? !in_string : in_string;
        if (in_string || strchr("-0123456789", *c) == NULL) {
            *out++ = *c++;
            continue;
        }
        c += strspn(c, "-+.eE0123456789");
        *out++ = '#';
    }
    *out = '\0';
    return text;
}

static void assert_has(const char *text, const char *part)
{
    if (strstr(text, part) == NULL) {
        fail_msg("no '%s' in:\n%s", part, text);
    }
}

static size_t count(const char *text, const char *part)
{
    size_t n = 0;
    for (const char *at = strstr(text, part); at != NULL; at = strstr(at + 1, part)) {
        n++;
    }
    return n;
}

static const MkNode *member(const MkNode *node, const char *key)
{
    assert_non_null(node);
    const MkNode *child = node->first;
    while (child != NULL && strcmp(child->key, key) != 0) {
        child = child->next;
    }
    if (child == NULL) {
        fail_msg("no member %s", key);
    }
    return child;
}

static size_t count_notes(const MkResult *r, const char *part)
{
    size_t n = 0;
    for (size_t i = 0; i < r->n_notes; i++) {
        n += strstr(r->notes[i], part) != NULL ? 1 : 0;
    }
    return n;
}

#define ASSOCIATION                                                                                \
    "\"association\": {\"value\": #, \"centre\": #, \"low\": #, \"high\": #, \"shared\": #}"

static void test_estimate_names_what_was_never_seen_together(void **state)
{
    const MkModel *model = *state;
    const MkKnown known[] = {point(Z, 0.4), point(X, 1.5), point(W, 2)};
    const size_t targets[] = {Y};
    const MkQuery q = ask(model, known, 3, targets, 1);
    MkResult *r = mk_result_new("estimate");
    assert_int_equal(mk_query_estimate(&q, r, NULL), MK_OK);
    char *json = shape_of(r);
    assert_has(
        json,
        "\"co_observed\": #, \"linkage\": [{\"attribute\": \"x\", \"co_observed\": #, " ASSOCIATION
        ", \"sensitivity\": {\"answer\": \"median\", \"now\": #, \"low\": #, "
        "\"high\": #}}, {\"attribute\": \"w\", \"co_observed\": #, " ASSOCIATION);
    const MkNode *first = member(member(r->data, "estimates")->first, "linkage")->first;
    const MkNode *moves = member(first, "sensitivity");
    assert_close(member(first, "co_observed")->number, 0, 0, 0);
    assert_true(member(moves, "low")->number < member(moves, "now")->number);
    assert_true(member(moves, "now")->number < member(moves, "high")->number);
    assert_int_equal(count_notes(r, "Never observed in the same people: y with x (r 0."), 1);
    assert_int_equal(count_notes(r, ", y with w (r 0."), 1);
    assert_int_equal(count_notes(r, "with x, the median of y would move by −"), 1);
    free(json);
    mk_result_free(r);
}

static void test_levels_and_ranges_are_told_too(void **state)
{
    const MkModel *model = *state;
    const MkKnown level[] = {point(Y, 1.5)};
    const MkKnown wide[] = {{Y, {.kind = MK_VALUE_RANGE, .low = 1, .high = 2}}};
    const size_t targets[] = {W, Z};
    const MkQuery q = ask(model, level, 1, targets, 2);
    MkResult *r = mk_result_new("estimate");
    assert_int_equal(mk_query_estimate(&q, r, NULL), MK_OK);
    char *json = shape_of(r);
    assert_int_equal(count(json, "\"linkage\""), 1); /* z was seen with y */
    assert_has(json, "\"sensitivity\": {\"answer\": \"probability\", \"level\": \"middle\", "
                     "\"now\": #, \"low\": #, \"high\": #}");
    assert_int_equal(count_notes(r, "with y, the probability of w middle would move by −"), 1);
    free(json);
    mk_result_free(r);
    const MkQuery ranged = ask(model, wide, 1, targets, 1); /* the range, but no sensitivity */
    r = mk_result_new("estimate");
    assert_int_equal(mk_query_estimate(&ranged, r, NULL), MK_OK);
    json = shape_of(r);
    assert_has(json, "\"linkage\": [{\"attribute\": \"y\", \"co_observed\": #, " ASSOCIATION "}]");
    free(json);
    mk_result_free(r);
}

static void test_nothing_is_said_of_what_was_seen_together(void **state)
{
    const MkModel *model = *state;
    const MkKnown known[] = {point(Z, 0.4), point(X, 1.5)};
    const size_t targets[] = {W, X};
    const MkQuery q = ask(model, known, 2, targets, 2);
    MkResult *r = mk_result_new("estimate");
    assert_int_equal(mk_query_estimate(&q, r, NULL), MK_OK);
    char *json = shape_of(r);
    assert_int_equal(count(json, "\"linkage\""), 0);
    assert_int_equal(count_notes(r, "Never observed"), 0);
    free(json);
    mk_result_free(r);
    r = mk_result_new("support");
    assert_int_equal(mk_query_support(&q, r, NULL), MK_OK);
    json = shape_of(r);
    assert_int_equal(count(json, "\"linkage\""), 0);
    free(json);
    mk_result_free(r);
}

static void test_support_lists_pairs_of_both_kinds(void **state)
{
    const MkModel *model = *state;
    const MkKnown known[] = {point(X, 1.5), point(Y, -1)};
    const size_t targets[] = {W};
    const MkQuery q = ask(model, known, 2, targets, 1);
    MkResult *r = mk_result_new("support");
    assert_int_equal(mk_query_support(&q, r, NULL), MK_OK);
    char *json = shape_of(r);
    assert_has(json, "\"linkage\": [{\"attribute\": \"w\", \"with\": \"y\", \"co_observed\": #, "
                     "\"rests\": \"answer\", " ASSOCIATION
                     "}, {\"attribute\": \"x\", \"with\": \"y\", \"co_observed\": #, "
                     "\"rests\": \"support\", " ASSOCIATION "}]");
    free(json);
    MkBuf text;
    mk_buf_init(&text);
    assert_int_equal(mk_render(r, &(MkRenderOptions){.format = MK_FORMAT_TEXT}, &text, NULL),
                     MK_OK);
    assert_has(text.data, "w          y        never  0.");
    assert_has(text.data, "  the support");
    mk_buf_release(&text);
    mk_result_free(r);
}

static void test_explore_and_pairs_mark_them(void **state)
{
    const MkModel *model = *state;
    const size_t targets[] = {Y, X, Z};
    const MkQuery q = ask(model, NULL, 0, targets, 1);
    MkResult *r = mk_result_new("explore");
    assert_int_equal(mk_query_explore(&q, r, NULL), MK_OK);
    char *json = shape_of(r);
    assert_int_equal(count(json, "\"co_observed\": #, " ASSOCIATION ", \"exact\": true"), 2);
    assert_int_equal(count_notes(r, "never: 2 of the attributes shown"), 1);
    assert_int_equal(count_notes(r, "not on data: x r 0."), 1);
    free(json);
    mk_result_free(r);
    const MkQuery three = ask(model, NULL, 0, targets, 3);
    r = mk_result_new("pairs");
    assert_int_equal(mk_query_pairs(&three, r, NULL), MK_OK);
    json = shape_of(r);
    assert_int_equal(count(json, "\"co_observed\": #, " ASSOCIATION), 1);
    assert_int_equal(count_notes(r, "Never observed in the same people"), 1);
    free(json);
    mk_result_free(r);
    const MkQuery one = ask(model, NULL, 0, targets, 1);
    r = mk_result_new("plot");
    assert_int_equal(mk_query_plot_versus(&one, X, r, NULL), MK_OK);
    assert_int_equal(count_notes(r, "Never observed in the same people: y with x (r 0."), 1);
    mk_result_free(r);
}

static void test_of_many_only_some_get_a_range(void **state)
{
    const MkModel *model = *state;
    MkArena *arena = mk_arena_new(0);
    const MkKnown known[] = {point(X, 1.5), point(W, 2)};
    const size_t targets[] = {Y, Z, Y, X};
    MkLinks links;
    mk_links_find(model, (MkEvidence){.n = 2, .known = known}, targets, 4, 3, true, arena, &links);
    assert_int_equal(links.n, 4);
    assert_int_equal(links.begin[1], 2);
    assert_int_equal(links.begin[2], 2);
    assert_int_equal(links.begin[4], 4);
    size_t n = 0;
    for (size_t i = 0; i < links.n; i++) {
        n += links.items[i].has_range ? 1 : 0;
    }
    assert_int_equal(n, 2); /* one of each */
    mk_links_find(model, (MkEvidence){.n = 0}, targets, 4, 3, true, arena, &links);
    assert_int_equal(links.n, 0);
    assert_null(links.begin);
    mk_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_range_is_the_closed_form_and_holds_the_truth),
        cmocka_unit_test(test_at_its_own_correlation_the_base_answers_as_ever),
        cmocka_unit_test(test_estimate_names_what_was_never_seen_together),
        cmocka_unit_test(test_levels_and_ranges_are_told_too),
        cmocka_unit_test(test_nothing_is_said_of_what_was_seen_together),
        cmocka_unit_test(test_support_lists_pairs_of_both_kinds),
        cmocka_unit_test(test_explore_and_pairs_mark_them),
        cmocka_unit_test(test_of_many_only_some_get_a_range),
    };
    return cmocka_run_group_tests(tests, open_model, close_model);
}
