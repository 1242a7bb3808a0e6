/* Training over several sources: weights, two stages, the source as an attribute. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "tests/check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <jansson.h>

#include "model/kind.h"
#include "model/model.h"
#include "model/train.h"
#include "model/weights.h"
#include "src/base/file.h"
#include "tests/numeric/people.h"
#include "tests/numeric/sources.h"

static char model_path[512], other_path[512], checkpoint_path[512], folder[512];
static double fake_time;

static double fake_clock(void)
{
    fake_time += 0.3;
    return fake_time;
}

static int open_sources(void **state)
{
    static Sources sources;
    const char *const at = getenv("TMPDIR") != NULL ? getenv("TMPDIR") : "/tmp";
    snprintf(model_path, sizeof model_path, "%s/sources.safetensors", at);
    snprintf(other_path, sizeof other_path, "%s/sources2.safetensors", at);
    snprintf(checkpoint_path, sizeof checkpoint_path, "%s/sources.checkpoint", at);
    snprintf(folder, sizeof folder, "%s/sources-tables", at);
    sources_make(&sources, SOURCE_ALPHA | SOURCE_BETA | SOURCE_GAMMA);
    *state = &sources;
    return 0;
}

static int close_sources(void **state)
{
    remove(model_path);
    remove(other_path);
    remove(checkpoint_path);
    sources_free(*state);
    return 0;
}

static MkTrainConfig small_config(void)
{
    MkTrainConfig config;
    mk_train_config_init(&config);
    config.steps = 20;
    config.dim = 8;
    config.heads = 2;
    config.encoder_layers = config.decoder_layers = 1;
    config.mlp = 2;
    config.batch = 24;
    config.block = 4;
    config.iterations = 4;
    config.folds = 2;
    config.valid = 0.1;
    config.test = 0.1;
    config.survey_weights = true;
    config.threads = 1;
    return config;
}

static void assert_trains(const MkCohort *cohort, const MkTrainConfig *config, const char *path,
                          const MkTrainHooks *hooks)
{
    MkError err = {0};
    if (mk_train(config, cohort, path, hooks, &err) != MK_OK) {
        fail_msg("%s", err.text);
    }
}

static void test_the_file_is_the_same_on_any_number_of_threads(void **state)
{
    const Sources *const s = *state;
    MkTrainConfig config = small_config();
    const MkTrainHooks hooks = {.clock = fake_clock};
    assert_trains(s->cohort, &config, model_path, &hooks);
    config.threads = 3;
    assert_trains(s->cohort, &config, other_path, &hooks);
    people_same_tensors(model_path, other_path);
}

typedef struct Interruption {
    MkCancel cancel;
    size_t at;
} Interruption;

static void interrupt(void *ctx, const MkTrainProgress *progress)
{
    Interruption *const i = ctx;
    if (strcmp(progress->phase, "network") == 0 && progress->step >= i->at) {
        atomic_store(&i->cancel.stop, true);
    }
}

static void test_a_resume_in_either_stage_gives_the_same_numbers(void **state)
{
    const Sources *const s = *state;
    const MkTrainConfig config = small_config(); /* the second stage begins with step 16 */
    Interruption i = {.at = 7};
    MkTrainHooks hooks = {.clock = fake_clock};
    assert_trains(s->cohort, &config, model_path, &hooks);
    hooks = (MkTrainHooks){.clock = fake_clock,
                           .progress = interrupt,
                           .ctx = &i,
                           .cancel = &i.cancel,
                           .checkpoint = checkpoint_path};
    atomic_init(&i.cancel.stop, false);
    assert_int_equal(mk_train(&config, s->cohort, other_path, &hooks, NULL), MK_ECANCEL);
    hooks.resume = true;
    atomic_store(&i.cancel.stop, false);
    i.at = 18;
    assert_int_equal(mk_train(&config, s->cohort, other_path, &hooks, NULL), MK_ECANCEL);
    atomic_store(&i.cancel.stop, false);
    i.at = 99;
    assert_trains(s->cohort, &config, other_path, &hooks);
    people_same_tensors(model_path, other_path);
}

static void test_one_stage_is_another_training(void **state)
{
    const Sources *const s = *state;
    MkTrainConfig config = small_config();
    const MkTrainHooks hooks = {.clock = fake_clock};
    MkWeights *x = NULL, *y = NULL;
    assert_trains(s->cohort, &config, model_path, &hooks);
    config.stage_one = 0.0;
    assert_trains(s->cohort, &config, other_path, &hooks);
    assert_int_equal(mk_weights_open(model_path, &x, NULL), MK_OK);
    assert_int_equal(mk_weights_open(other_path, &y, NULL), MK_OK);
    const MkTensor *const a = mk_weights_find(x, "net.query");
    const MkTensor *const b = mk_weights_find(y, "net.query");
    assert_memory_not_equal(a->data, b->data, a->n * 2);
    mk_weights_close(x);
    mk_weights_close(y);
}

/* Weight of a source in the manifest. */
static double weight_of(const MkModel *model, const char *name)
{
    json_t *const root = json_loads(mk_model_card(model)->manifest, 0, NULL);
    const json_t *const list = json_object_get(root, "sources");
    double weight = NAN;
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *const row = json_array_get(list, i);
        if (strcmp(json_string_value(json_object_get(row, "name")), name) == 0) {
            weight = json_number_value(json_object_get(row, "weight"));
        }
    }
    json_decref(root);
    return weight;
}

static void test_sources_weigh_as_roots_of_their_people_times_the_factor(void **state)
{
    const Sources *const s = *state;
    MkTrainConfig config = small_config();
    const MkTrainHooks hooks = {.clock = fake_clock};
    MkModel *model = NULL;
    snprintf(config.kind, sizeof config.kind, "copula");
    config.test = config.valid = 0.0;
    assert_int_equal(mk_train_config_set(&config, "study", "here/beta here weight 2", NULL), MK_OK);
    assert_trains(s->cohort, &config, model_path, &hooks);
    assert_int_equal(mk_model_open(model_path, &model, NULL), MK_OK);
    const double total = sqrt(300.0) + 2.0 * sqrt(250.0) + sqrt(900.0);
    assert_close(weight_of(model, "alpha"), sqrt(300.0) / total, 1e-9, 0);
    assert_close(weight_of(model, "beta"), 2.0 * sqrt(250.0) / total, 1e-9, 0);
    assert_close(weight_of(model, "gamma"), sqrt(900.0) / total, 1e-9, 0);
    assert_non_null(strstr(mk_model_card(model)->text, "| beta | 250 | 5 | "));
    mk_model_free(model);
}

static double mean_of_w(const MkModel *model, double source)
{
    MkArena *const arena = mk_arena_new(0);
    const MkPoint known = {.attribute = 0, .value = source};
    MkDistribution d;
    size_t w = 0;
    assert_true(mk_schema_find(mk_model_schema(model), "w", &w));
    assert_int_equal(mk_model_posterior(model, &known, 1, &w, 1, arena, &d, NULL), MK_OK);
    const double mean = mk_dist_mean(&d);
    mk_arena_free(arena);
    return mean;
}

static void test_a_known_source_tells_how_it_measures(void **state)
{
    const Sources *const s = *state;
    MkTrainConfig config = small_config();
    const MkTrainHooks hooks = {.clock = fake_clock};
    MkModel *model = NULL;
    config.steps = 60;
    assert_trains(s->cohort, &config, model_path, &hooks);
    assert_int_equal(mk_model_open(model_path, &model, NULL), MK_OK);
    assert_close(mean_of_w(model, 1.0) - mean_of_w(model, 0.0), 8.0, 3.0, 0);
    assert_close(mean_of_w(model, 2.0) - mean_of_w(model, 0.0), 0.0, 2.0, 0);
    mk_model_free(model);
}

static void test_a_folder_of_tables_is_read_source_by_source(void **state)
{
    const Sources *const s = *state;
    MkCohort *cohort = NULL;
    MkError err = {0};
    char path[600];
    (void)mkdir(folder, 0700);
    for (size_t t = 0; t < s->cohort->n_tables; t++) {
        snprintf(path, sizeof path, "%s/%s.csv%s", folder, s->cohort->names[t],
                 t == 1 ? ".gz" : "");
        assert_int_equal(mk_table_write(s->cohort->tables[t], path, NULL), MK_OK);
    }
    if (mk_cohort_read(folder, s->schema, MK_OTHER_ERROR, &cohort, &err) != MK_OK) {
        fail_msg("%s", err.text);
    }
    assert_int_equal(cohort->n_tables, 3);
    assert_int_equal(cohort->n_rows, s->cohort->n_rows);
    for (size_t i = 0; i < cohort->n_rows; i += 97) {
        for (size_t j = 0; j < s->schema->n; j++) {
            const double a = mk_cohort_get(cohort, i, j), b = mk_cohort_get(s->cohort, i, j);
            assert_true(a == b || (isnan(a) && isnan(b)));
        }
    }
    mk_cohort_free(cohort);
    cohort = NULL;
    snprintf(path, sizeof path, "%s/again.csv", folder);
    assert_int_equal(mk_table_write(s->cohort->tables[0], path, NULL), MK_OK);
    assert_int_equal(mk_cohort_read(folder, s->schema, MK_OTHER_ERROR, &cohort, &err), MK_EFORMAT);
    assert_non_null(strstr(err.text, "alpha"));
    assert_non_null(strstr(err.text, "again.csv"));
    assert_null(cohort);
    remove(path);
    for (size_t t = 0; t < s->cohort->n_tables; t++) {
        snprintf(path, sizeof path, "%s/%s.csv%s", folder, s->cohort->names[t],
                 t == 1 ? ".gz" : "");
        remove(path);
    }
    assert_int_equal(mk_cohort_read(folder, s->schema, MK_OTHER_ERROR, &cohort, &err), MK_EFORMAT);
    (void)rmdir(folder);
}

static void test_a_source_without_a_level_is_an_error(void **state)
{
    const Sources *const s = *state;
    const MkTrainConfig config = small_config();
    const MkTrainHooks hooks = {.clock = fake_clock};
    const char *const kept = s->cohort->names[1];
    MkError err = {0};
    s->cohort->names[1] = "omega";
    assert_int_equal(mk_train(&config, s->cohort, other_path, &hooks, &err), MK_EFORMAT);
    assert_non_null(strstr(err.text, "omega"));
    s->cohort->names[1] = kept;
}

static void test_studies_of_a_recipe_are_checked(void **state)
{
    static const char *const bad[] = {"alone",       "a b weight",        "a b weight -1",
                                      "a b often 3", "a b weight 2 more", "a b apart more"};
    MkTrainConfig config;
    (void)state;
    mk_train_config_init(&config);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        MkError err = {0};
        assert_int_equal(mk_train_config_set(&config, "study", bad[i], &err), MK_EINVAL);
        assert_non_null(strstr(err.text, "study"));
    }
    assert_int_equal(config.n_studies, 0);
    assert_int_equal(
        mk_train_config_set(&config, "study", "x/one-two/ data weight 0.5 apart", NULL), MK_OK);
    assert_string_equal(config.studies[0].folder, "x/one-two");
    assert_string_equal(config.studies[0].name, "one_two");
    assert_string_equal(config.studies[0].data, "data");
    assert_close(config.studies[0].weight, 0.5, 0, 0);
    assert_true(config.studies[0].apart);
    assert_int_equal(mk_train_config_set(&config, "study", "one-two data", NULL), MK_EINVAL);
}

/* Loss of the model's own attributes in one category, before and after it was extended. */
static void moved(const MkModel *model, const char *category, double *before, double *after)
{
    json_t *const root = json_loads(mk_model_card(model)->manifest, 0, NULL);
    const json_t *const list = json_object_get(root, "moved");
    *before = *after = NAN;
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *const row = json_array_get(list, i);
        if (strcmp(json_string_value(json_object_get(row, "category")), category) == 0) {
            *before = json_number_value(json_object_get(row, "before"));
            *after = json_number_value(json_object_get(row, "after"));
        }
    }
    json_decref(root);
}

static void ask(const MkModel *model, const char *target, const char *known, double value,
                double *mean, double *sd)
{
    MkArena *const arena = mk_arena_new(0);
    MkPoint point = {.value = value};
    MkDistribution d;
    size_t id = 0;
    assert_true(mk_schema_find(mk_model_schema(model), target, &id));
    assert_true(mk_schema_find(mk_model_schema(model), known, &point.attribute));
    assert_int_equal(mk_model_posterior(model, &point, 1, &id, 1, arena, &d, NULL), MK_OK);
    *mean = mk_dist_mean(&d);
    *sd = mk_dist_sd(&d);
    mk_arena_free(arena);
}

/* A model of three sources is extended by a fourth with one new attribute, v, whose only links to
 * w, y and z are age, sex and x. */
static void extend(const Sources *first, unsigned with, MkModel **before, MkModel **after)
{
    MkTrainConfig config = small_config();
    MkTrainHooks hooks = {.clock = fake_clock};
    Sources more;
    MkError err = {0};
    config.steps = 150;
    assert_trains(first->cohort, &config, model_path, &hooks);
    sources_make_in(&more, with, SOURCE_ALPHA | SOURCE_BETA | SOURCE_GAMMA | SOURCE_DELTA);
    hooks.extend = model_path;
    assert_trains(more.cohort, &config, other_path, &hooks);
    sources_free(&more);
    if (mk_model_open(model_path, before, &err) != MK_OK ||
        mk_model_open(other_path, after, &err) != MK_OK) {
        fail_msg("%s", err.text);
    }
}

static void check_extended(const MkModel *before, const MkModel *after)
{
    double old_mean, old_sd, mean, sd, was, is;
    assert_int_equal(mk_model_schema(after)->n, mk_model_schema(before)->n + 1);
    ask(before, "y", "x", 62.0, &old_mean, &old_sd); /* kept */
    ask(after, "y", "x", 62.0, &mean, &sd);
    assert_close(mean, old_mean, 0.15 * old_sd, 0);
    assert_close(sd, old_sd, 0.15 * old_sd, 0);
    ask(after, "v", "x", 62.0, &mean, &sd); /* learned */
    ask(after, "v", "x", 38.0, &was, &sd);
    assert_true(mean < was - 2.0);
    ask(after, "v", "y", 38.0, &is, &sd); /* through what both have */
    ask(after, "v", "y", 62.0, &was, &sd);
    assert_true(is < was - 0.5);
    moved(after, "Body", &was, &is);
    assert_true(is < was + 0.06); /* of a hundred cells */
    assert_non_null(strstr(mk_model_card(after)->text, "## What moved"));
}

static void test_a_model_learns_more_and_keeps_what_it_knows(void **state)
{
    MkModel *before = NULL, *after = NULL;
    extend(*state, SOURCE_ALPHA | SOURCE_BETA | SOURCE_GAMMA | SOURCE_DELTA, &before, &after);
    check_extended(before, after);
    assert_true(mk_model_card(after)->n_people > mk_model_card(before)->n_people);
    mk_model_free(before);
    mk_model_free(after);
}

static void test_also_when_its_people_are_not_there_any_more(void **state)
{
    MkModel *before = NULL, *after = NULL;
    size_t y = 0, old_y = 0;
    extend(*state, SOURCE_DELTA, &before, &after);
    check_extended(before, after);
    assert_true(mk_model_card(after)->n_people > mk_model_card(before)->n_people);
    assert_true(mk_schema_find(mk_model_schema(after), "y", &y));
    assert_true(mk_schema_find(mk_model_schema(before), "y", &old_y));
    assert_int_equal(mk_model_co_observed(after, y, y), mk_model_co_observed(before, old_y, old_y));
    mk_model_free(before);
    mk_model_free(after);
}

static void test_an_interrupted_extension_resumes_to_the_same_numbers(void **state)
{
    const Sources *const s = *state;
    const MkTrainConfig config = small_config();
    MkTrainHooks hooks = {.clock = fake_clock};
    Interruption i = {.at = 6};
    Sources more;
    char third[600];
    snprintf(third, sizeof third, "%s-third", other_path);
    assert_trains(s->cohort, &config, model_path, &hooks);
    sources_make_in(&more, SOURCE_DELTA, SOURCE_ALPHA | SOURCE_BETA | SOURCE_GAMMA | SOURCE_DELTA);
    hooks.extend = model_path;
    assert_trains(more.cohort, &config, other_path, &hooks);
    hooks.progress = interrupt;
    hooks.ctx = &i;
    hooks.cancel = &i.cancel;
    hooks.checkpoint = checkpoint_path;
    atomic_init(&i.cancel.stop, false);
    assert_int_equal(mk_train(&config, more.cohort, third, &hooks, NULL), MK_ECANCEL);
    atomic_store(&i.cancel.stop, false);
    i.at = 99;
    hooks.resume = true;
    assert_trains(more.cohort, &config, third, &hooks);
    people_same_tensors(other_path, third);
    remove(third);
    sources_free(&more);
}

static void test_a_model_is_extended_by_a_schema_that_has_its_attributes(void **state)
{
    const Sources *const s = *state;
    MkTrainConfig config = small_config();
    MkTrainHooks hooks = {.clock = fake_clock};
    MkError err = {0};
    Sources other;
    snprintf(config.kind, sizeof config.kind, "copula");
    assert_trains(s->cohort, &config, model_path, &hooks);
    sources_make(&other, SOURCE_GAMMA | SOURCE_DELTA);
    hooks.extend = model_path;
    assert_int_equal(mk_train(&config, other.cohort, other_path, &hooks, &err), MK_EINVAL);
    assert_non_null(strstr(err.text, "extended"));
    sources_free(&other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_file_is_the_same_on_any_number_of_threads),
        cmocka_unit_test(test_a_resume_in_either_stage_gives_the_same_numbers),
        cmocka_unit_test(test_one_stage_is_another_training),
        cmocka_unit_test(test_sources_weigh_as_roots_of_their_people_times_the_factor),
        cmocka_unit_test(test_a_known_source_tells_how_it_measures),
        cmocka_unit_test(test_a_folder_of_tables_is_read_source_by_source),
        cmocka_unit_test(test_a_source_without_a_level_is_an_error),
        cmocka_unit_test(test_studies_of_a_recipe_are_checked),
        cmocka_unit_test(test_a_model_learns_more_and_keeps_what_it_knows),
        cmocka_unit_test(test_also_when_its_people_are_not_there_any_more),
        cmocka_unit_test(test_an_interrupted_extension_resumes_to_the_same_numbers),
        cmocka_unit_test(test_a_model_is_extended_by_a_schema_that_has_its_attributes),
    };
    return cmocka_run_group_tests(tests, open_sources, close_sources);
}
