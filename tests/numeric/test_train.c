/* Training from a table to a file: the same weights whatever the number of threads, and the same
 * after an interruption and a resume. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "tests/check.h"

#include <stdlib.h>
#include <string.h>

#include "model/kind.h"
#include "model/model.h"
#include "model/nn/blas.h"
#include "model/train.h"
#include "model/train_card.h"
#include "model/weights.h"
#include "src/base/file.h"
#include "tests/numeric/people.h"

static char model_path[512], other_path[512], checkpoint_path[512], base_path[512];
static double fake_time;

static double fake_clock(void) /* every look takes a while */
{
    fake_time += 0.3;
    return fake_time;
}

static int open_people(void **state)
{
    static People people;
    const char *const folder = getenv("TMPDIR");
    const char *const at = folder != NULL ? folder : "/tmp";
    snprintf(model_path, sizeof model_path, "%s/train.safetensors", at);
    snprintf(other_path, sizeof other_path, "%s/train2.safetensors", at);
    snprintf(checkpoint_path, sizeof checkpoint_path, "%s/train.checkpoint", at);
    snprintf(base_path, sizeof base_path, "%s/train.checkpoint-base", at);
    mk_blas_init();
    people_make(&people, people_mixed_schema, 300, 41, people_mixed_draw, NULL);
    *state = &people;
    return 0;
}

static int close_people(void **state)
{
    remove(model_path);
    remove(other_path);
    remove(checkpoint_path);
    remove(base_path);
    people_free(*state);
    return 0;
}

static void set(MkTrainConfig *config, const char *key, const char *value)
{
    MkError err = {0};
    if (mk_train_config_set(config, key, value, &err) != MK_OK) {
        fail_msg("%s %s: %s", key, value, err.text);
    }
}

static MkTrainConfig small_config(const char *kind, bool published)
{
    MkTrainConfig config;
    mk_train_config_init(&config);
    config.steps = 12;
    config.dim = 8;
    config.heads = 2;
    config.encoder_layers = config.decoder_layers = 1;
    config.mlp = 2;
    config.batch = 24;
    config.block = 4;
    config.dropout = 0.1;
    config.iterations = 3;
    config.published = published;
    config.threads = 1;
    set(&config, "kind", kind);
    set(&config, "name", "small");
    return config;
}

static void assert_trains(const People *people, const MkTrainConfig *config, const char *path)
{
    const MkTrainHooks hooks = {.clock = fake_clock};
    MkError err = {0};
    if (mk_train(config, people->cohort, path, &hooks, &err) != MK_OK) {
        fail_msg("%s", err.text);
    }
}

static void test_the_file_is_the_same_on_any_number_of_threads(void **state)
{
    for (int kind = 0; kind < 3; kind++) {
        MkTrainConfig config = small_config(kind == 0 ? "copula" : "mae", kind == 2);
        assert_trains(*state, &config, model_path);
        for (config.threads = 2; config.threads <= 3; config.threads++) {
            assert_trains(*state, &config, other_path);
            people_same_tensors(model_path, other_path);
        }
    }
}

typedef struct Interruption {
    MkCancel cancel;
    size_t at, fits;
} Interruption;

static void interrupt(void *ctx, const MkTrainProgress *progress)
{
    Interruption *const i = ctx;
    i->fits += strcmp(progress->phase, "base") == 0;
    if (strcmp(progress->phase, "network") == 0 && progress->step >= i->at) {
        atomic_store(&i->cancel.stop, true);
    }
}

static void test_an_interrupted_training_resumes_to_the_same_numbers(void **state)
{
    const People *const people = *state;
    const MkTrainConfig config = small_config("mae", false);
    Interruption i = {.at = 5};
    MkError err = {0};
    MkTrainHooks hooks = {.clock = fake_clock,
                          .progress = interrupt,
                          .ctx = &i,
                          .cancel = &i.cancel,
                          .checkpoint = checkpoint_path};
    atomic_init(&i.cancel.stop, false);
    assert_trains(people, &config, model_path);
    remove(other_path);
    remove(checkpoint_path);
    assert_int_equal(mk_train(&config, people->cohort, other_path, &hooks, &err), MK_ECANCEL);
    assert_true(mk_file_exists(checkpoint_path));
    assert_true(mk_file_exists(base_path));
    assert_false(mk_file_exists(other_path)); /* complete or absent */
    atomic_store(&i.cancel.stop, false);
    i.fits = 0;
    i.at = 9; /* once more */
    hooks.resume = true;
    assert_int_equal(mk_train(&config, people->cohort, other_path, &hooks, &err), MK_ECANCEL);
    atomic_store(&i.cancel.stop, false);
    i.at = 99;
    if (mk_train(&config, people->cohort, other_path, &hooks, &err) != MK_OK) {
        fail_msg("%s", err.text);
    }
    assert_int_equal(i.fits, 0);                   /* the base was kept beside the checkpoint */
    assert_false(mk_file_exists(checkpoint_path)); /* done with */
    assert_false(mk_file_exists(base_path));
    people_same_tensors(model_path, other_path);
}

/* How often the base was fitted. */
static void count_fits(void *ctx, const MkTrainProgress *progress)
{
    *(size_t *)ctx += strcmp(progress->phase, "base") == 0;
}

static void test_a_kept_base_gives_the_same_numbers(void **state)
{
    const People *const people = *state;
    size_t fits = 0;
    const MkTrainHooks hooks = {
        .clock = fake_clock, .progress = count_fits, .ctx = &fits, .base = base_path};
    for (int kind = 0; kind < 3; kind++) {
        MkTrainConfig config = small_config(kind == 0   ? "mae"
                                            : kind == 1 ? "copula"
                                                        : "mae",
                                            kind == 2);
        MkError err = {0};
        assert_trains(people, &config, model_path);
        for (int again = 0; again < 2; again++) { /* the others take what the first kept */
            fits = 0;
            if (mk_train(&config, people->cohort, other_path, &hooks, &err) != MK_OK) {
                fail_msg("%s", err.text);
            }
            assert_true(mk_file_exists(base_path));
            assert_int_equal(fits > 0, kind == 0 && again == 0);
            people_same_tensors(model_path, other_path);
        }
    }
    remove(base_path);
}

static void test_a_kept_base_of_something_else_is_refused(void **state)
{
    const People *const people = *state;
    const MkTrainHooks hooks = {.clock = fake_clock, .base = base_path};
    MkTrainConfig config = small_config("copula", false);
    MkError err = {0};
    remove(base_path);
    assert_int_equal(mk_train(&config, people->cohort, other_path, &hooks, &err), MK_OK);
    remove(other_path);
    config.steps++; /* of the network: nothing to the base */
    config.seed++;
    assert_int_equal(mk_train(&config, people->cohort, other_path, &hooks, &err), MK_OK);
    remove(other_path);
    config.prior += 1.0;
    assert_int_equal(mk_train(&config, people->cohort, other_path, &hooks, &err), MK_EINVAL);
    assert_non_null(strstr(err.text, base_path));
    config.prior -= 1.0;
    config.split_seed++;
    assert_int_equal(mk_train(&config, people->cohort, other_path, &hooks, &err), MK_EINVAL);
    config.split_seed--;
    config = small_config("mae", false); /* has need of folds, which a copula has not */
    assert_int_equal(mk_train(&config, people->cohort, other_path, &hooks, &err), MK_EINVAL);
    assert_non_null(strstr(err.text, "folds"));
    assert_int_equal(mk_file_write(base_path, "nonsense", 8, NULL), MK_OK);
    assert_int_equal(mk_train(&config, people->cohort, other_path, &hooks, &err), MK_EFORMAT);
    assert_false(mk_file_exists(other_path));
    remove(base_path);
}

static void test_a_checkpoint_of_another_training_is_refused(void **state)
{
    const People *const people = *state;
    MkTrainConfig config = small_config("mae", false);
    Interruption i = {.at = 3};
    MkError err = {0};
    MkTrainHooks hooks = {.clock = fake_clock,
                          .progress = interrupt,
                          .ctx = &i,
                          .cancel = &i.cancel,
                          .checkpoint = checkpoint_path};
    atomic_init(&i.cancel.stop, false);
    remove(checkpoint_path);
    assert_int_equal(mk_train(&config, people->cohort, other_path, &hooks, &err), MK_ECANCEL);
    atomic_store(&i.cancel.stop, false);
    hooks.resume = true;
    config.seed++;
    assert_int_equal(mk_train(&config, people->cohort, other_path, &hooks, &err), MK_EFORMAT);
    assert_non_null(strstr(err.text, checkpoint_path));
    config.seed--;
    assert_int_equal(mk_file_write(checkpoint_path, "nonsense", 8, NULL), MK_OK);
    assert_int_equal(mk_train(&config, people->cohort, other_path, &hooks, &err), MK_EFORMAT);
    remove(checkpoint_path);
    assert_int_equal(mk_train(&config, people->cohort, other_path, &hooks, &err), MK_EIO);
}

static void keep_outcome(void *ctx, const MkTrainOutcome *outcome)
{
    *(MkTrainOutcome *)ctx = *outcome;
}

static MkTrainOutcome judged(const People *people, const MkTrainConfig *config)
{
    MkTrainOutcome outcome = {0};
    MkError err = {0};
    const MkTrainHooks hooks = {.clock = fake_clock, .judged = keep_outcome, .ctx = &outcome};
    if (mk_train(config, people->cohort, NULL, &hooks, &err) != MK_OK) {
        fail_msg("%s", err.text);
    }
    return outcome;
}

static void test_a_training_goes_by_work(void **state)
{
    MkTrainConfig config = small_config("mae", false);
    const MkTrainOutcome by_steps = judged(*state, &config);
    assert_int_equal(by_steps.steps, 12);
    assert_true(by_steps.flops > 0.0 && by_steps.n_network > 0 && by_steps.valid[0] > 0.0);
    config.steps = 0;
    config.work = by_steps.flops * 1e-12 * (1.0 - 1e-9);
    const MkTrainOutcome by_work = judged(*state, &config);
    assert_int_equal(by_work.steps, 12);
    config.work *= 0.5;
    assert_in_range(judged(*state, &config).steps, 4, 8);
}

static void
test_a_network_without_base_and_one_of_families_are_judged_by_the_same_cells(void **state)
{
    MkTrainConfig config = small_config("mae", false);
    config.base = false;
    const MkTrainOutcome alone = judged(*state, &config);
    config = small_config("mae", true);
    const MkTrainOutcome families = judged(*state, &config);
    config = small_config("mae", false);
    const MkTrainOutcome based = judged(*state, &config);
    /* with related values known, the marginals alone are worse than the base */
    assert_true(alone.valid_base[MK_MASK_RELATED] > based.valid_base[MK_MASK_RELATED]);
    for (int k = 0; k < MK_MASK_SOURCE; k++) {
        assert_true(families.valid[k] > based.valid[k] && families.valid[k] < 10.0);
    }
}

static void test_another_seed_gives_another_network(void **state)
{
    MkTrainConfig config = small_config("mae", false);
    MkWeights *x = NULL, *y = NULL;
    assert_trains(*state, &config, model_path);
    config.seed++;
    assert_trains(*state, &config, other_path);
    assert_int_equal(mk_weights_open(model_path, &x, NULL), MK_OK);
    assert_int_equal(mk_weights_open(other_path, &y, NULL), MK_OK);
    const MkTensor *const a = mk_weights_find(x, "net.query"), *const b =
                                                                   mk_weights_find(y, "net.query");
    assert_true(a != NULL && b != NULL);
    assert_memory_not_equal(a->data, b->data, a->n * 2);
    mk_weights_close(x);
    mk_weights_close(y);
}

static void test_a_trained_file_is_a_model(void **state)
{
    const MkTrainConfig config = small_config("mae", false);
    MkModel *model = NULL;
    MkError err = {0};
    assert_trains(*state, &config, model_path);
    if (mk_model_open(model_path, &model, &err) != MK_OK) {
        fail_msg("%s", err.text);
    }
    const MkCard *const card = mk_model_card(model);
    assert_string_equal(card->name, "small");
    assert_true(strlen(card->text) > 100);
    assert_in_range(card->n_people, 150, 300); /* some are kept for judging */
    assert_int_equal(mk_model_schema(model)->n, 8);
    mk_model_free(model);
}

static size_t elements(const char *path, const char *tensor)
{
    MkWeights *w = NULL;
    assert_int_equal(mk_weights_open(path, &w, NULL), MK_OK);
    const MkTensor *const t = mk_weights_find(w, tensor);
    const size_t n = t != NULL ? t->n : 0;
    mk_weights_close(w);
    return n;
}

/* Leaves out what a renewal adds, as an older file does. */
static void make_old(const char *path)
{
    MkModel *model = NULL;
    const MkSupportMap none = {.n_sizes = 0};
    assert_int_equal(mk_model_open(path, &model, NULL), MK_OK);
    model->marginals[0].knots[0][0] -= 1.0F;
    assert_int_equal(mk_model_rewrite(model, &(MkRenewal){.support = &none}, path, NULL), MK_OK);
    mk_model_free(model);
}

static void test_settings_of_all_kinds_have_room(void **state)
{
    (void)state;
    MkTrainConfig config;
    size_t n = 0;
    mk_train_config_init(&config);
    for (size_t k = 0; k < mk_kind_count(); k++) {
        const MkKind *const kind = mk_kind_at(k);
        for (size_t i = 0; i < kind->n_settings; i++, n++) {
            const MkKindSetting *const s = &kind->settings[i];
            assert_true(n < MK_TRAIN_OF_KINDS);
            assert_true(strncmp(s->key, kind->name, strlen(kind->name)) == 0);
            assert_close(mk_train_config_kind(&config, kind, i), s->standard, 0.0, 0.0);
            char low[40];
            snprintf(low, sizeof low, "%.17g", s->low);
            set(&config, s->key, s->words != NULL ? s->words[0] : low);
            assert_close(mk_train_config_kind(&config, kind, i), s->words != NULL ? 0.0 : s->low,
                         0.0, 0.0);
        }
    }
}

static void test_a_model_is_renewed_from_its_people(void **state)
{
    const People *const people = *state;
    MkTrainHooks hooks = {.clock = fake_clock, .renew = true};
    MkTrainConfig config = small_config("mae", false);
    MkError err = {0};
    assert_trains(people, &config, model_path);
    assert_trains(people, &config, other_path);
    assert_true(elements(model_path, "support.marks") > 0);
    make_old(other_path);
    assert_int_equal(elements(other_path, "support.marks"), 0);
    if (mk_train(&config, people->cohort, other_path, &hooks, &err) != MK_OK) {
        fail_msg("%s", err.text);
    }
    people_same_tensors(model_path, other_path);
    /* with another version in the recipe it is another release, and keeps how it was made */
    set(&config, "version", "7.1");
    set(&config, "changes", "Since 1.0: renewed");
    set(&config, "table", "/somewhere/apart/people.csv");
    if (mk_train(&config, people->cohort, other_path, &hooks, &err) != MK_OK) {
        fail_msg("%s", err.text);
    }
    MkModel *model = NULL;
    assert_int_equal(mk_model_open(other_path, &model, &err), MK_OK);
    const MkCard *const card = mk_model_card(model);
    assert_string_equal(card->version, "7.1");
    assert_int_equal(strncmp(card->text, "# small 7.1\n", 12), 0);
    assert_non_null(strstr(card->text, "\n## Changes\n\nSince 1.0: renewed\n"));
    assert_non_null(strstr(card->manifest, "\\nversion 7.1\\n"));
    assert_null(strstr(card->manifest, "version 1.0"));
    assert_non_null(strstr(card->manifest, "recipe_digest"));
    assert_null(strstr(card->manifest, "somewhere"));
    assert_non_null(strstr(card->manifest, "\\ntable people.csv\\n"));
    mk_model_free(model);
    people_same_tensors(model_path, other_path);
    config.split_seed++; /* other people */
    assert_int_equal(mk_train(&config, people->cohort, other_path, &hooks, &err), MK_EINVAL);
    assert_non_null(strstr(err.text, "other people"));
    people_same_tensors(model_path, other_path); /* untouched */
    remove(other_path);
    assert_int_equal(mk_train(&config, people->cohort, other_path, &hooks, &err), MK_EIO);
}

static void test_settings_that_make_no_sense_are_errors(void **state)
{
    static const char *const rows[][2] = {
        {"kind", "magic"}, {"steps", "-3"},   {"dim", "wide"},     {"batch", ""},
        {"no_such", "1"},  {"rate", "nan"},   {"dropout", "1.5"},  {"valid", "2"},
        {"seed", "1.5"},   {"average", "-1"}, {"minutes", "soon"},
    };
    MkTrainConfig config;
    (void)state;
    mk_train_config_init(&config);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        MkError err = {0};
        assert_int_equal(mk_train_config_set(&config, rows[i][0], rows[i][1], &err), MK_EINVAL);
        assert_non_null(strstr(err.text, rows[i][0]));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_file_is_the_same_on_any_number_of_threads),
        cmocka_unit_test(test_an_interrupted_training_resumes_to_the_same_numbers),
        cmocka_unit_test(test_a_kept_base_gives_the_same_numbers),
        cmocka_unit_test(test_a_kept_base_of_something_else_is_refused),
        cmocka_unit_test(test_a_checkpoint_of_another_training_is_refused),
        cmocka_unit_test(test_a_training_goes_by_work),
        cmocka_unit_test(
            test_a_network_without_base_and_one_of_families_are_judged_by_the_same_cells),
        cmocka_unit_test(test_another_seed_gives_another_network),
        cmocka_unit_test(test_a_trained_file_is_a_model),
        cmocka_unit_test(test_settings_of_all_kinds_have_room),
        cmocka_unit_test(test_a_model_is_renewed_from_its_people),
        cmocka_unit_test(test_settings_that_make_no_sense_are_errors),
    };
    return cmocka_run_group_tests(tests, open_people, close_people);
}
