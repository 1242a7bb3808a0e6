/* verbs_train.c - train: options and a recipe become a configuration, a table becomes a model file.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "model/model.h"
#include "model/train.h"
#include "src/base/buf.h"
#include "src/base/file.h"
#include "src/base/text.h"
#include "src/data/cohort.h"
#include "src/data/schema.h"
#include "src/script/inner.h"
#include "src/script/signed.h"

static MkStatus no_memory(MkError *err)
{
    return mk_fail(err, MK_ENOMEM, "out of memory");
}

/* ---- configuration ---- */

static MkStatus set_option(const MkCall *call, const char *name, MkTrainConfig *config,
                           MkError *err)
{
    const char *value = mk_call_option(call, name);
    char key[32];
    if (value == NULL) {
        return MK_OK;
    }
    mk_call_at_option(call, name);
    snprintf(key, sizeof key, "%s", name);
    for (char *dash = strchr(key, '-'); dash != NULL; dash = strchr(dash, '-')) {
        *dash = '_';
    }
    const MkStatus st = mk_train_config_set(config, key, value, err);
    if (st != MK_OK) {
        mk_error_prefix(err, "--%s", name);
    }
    return st;
}

/* Whoever says something of privacy means to have it. */
static MkStatus check_private(const MkCall *call, const MkTrainConfig *config, MkError *err)
{
    static const char *const options[] = {"dp-epsilon", "dp-delta"};
    for (size_t i = 0; config->dp_epsilon <= 0.0 && i < 2; i++) {
        if (mk_call_option(call, options[i]) != NULL) {
            mk_call_at_option(call, options[i]);
            return mk_fail(err, MK_EINVAL,
                           "--%s: dp_epsilon is 0, so the training would not be private; say "
                           "--dp-epsilon E above 0, such as 2, or leave --%s out",
                           options[i], options[i]);
        }
    }
    return MK_OK;
}

static MkStatus read_config(const MkSession *session, const MkCall *call, MkTrainConfig *config,
                            MkError *err)
{
    static const char *const options[] = {"table", "schema",  "kind",       "minutes", "steps",
                                          "seed",  "threads", "dp-epsilon", "dp-delta"};
    const MkWords words = call->lists[MK_LIST_WORDS];
    mk_train_config_init(config);
    config->threads = session->config.threads;
    MK_TRY(mk_call_count(call, MK_LIST_WORDS, 0, 1, err));
    if (words.n == 1) {
        mk_call_at(call, &words.items[0]);
        MK_TRY(mk_train_recipe_read(words.items[0].text, config, err));
    }
    for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
        MK_TRY(set_option(call, options[i], config, err));
    }
    MK_TRY(check_private(call, config, err));
    if (mk_call_option(call, "minutes") != NULL && mk_call_option(call, "steps") == NULL) {
        config->steps = 0; /* a recipe's number of steps gives way to the time */
    }
    return MK_OK;
}

static MkStatus check_files(const MkCall *call, const MkTrainConfig *config, MkError *err)
{
    const bool has_recipe = call->lists[MK_LIST_WORDS].n > 0;
    if (has_recipe && config->table[0] == '\0') {
        return mk_fail(err, MK_EINVAL,
                       "the recipe names no table: add --table FILE, "
                       "such as 'import' makes it");
    }
    if (config->table[0] == '\0' || config->schema[0] == '\0') {
        return mk_fail(err, MK_EINVAL,
                       "train needs a recipe, or --table FILE and --schema FILE: %s",
                       call->verb->usage);
    }
    return MK_OK;
}

static MkStatus check_output(const MkCall *call, MkArena *arena, MkTrainConfig *config,
                             const char **path, MkError *err)
{
    static const char suffix[] = ".safetensors";
    const char *said = mk_call_option(call, "output");
    const size_t len = said != NULL ? strlen(said) : 0;
    mk_call_at_option(call, "output");
    if (len < sizeof suffix || strcmp(said + len - (sizeof suffix - 1), suffix) != 0) {
        return mk_fail(err, MK_EINVAL, "train needs the model's file: -o NAME%s", suffix);
    }
    if (strcmp(config->name, "unnamed") == 0) {
        const char *name = mk_model_base_name(arena, said);
        if (name == NULL) {
            return no_memory(err);
        }
        MK_TRY(mk_train_config_set(config, "name", name, err));
    }
    *path = said;
    return MK_OK;
}

/* ---- people ---- */

/* Leaves out the attributes of the schema that nobody has a value of, unless the model that is
 * extended (or NULL) has them, and tells it. */
static MkStatus leave_out(const MkTrainConfig *config, const MkModel *model, MkResult *result,
                          MkSchema **schema, MkCohort *cohort, MkError *err)
{
    const MkSchema *const full = *schema;
    size_t n = 0, id = 0;
    size_t *const ids = mk_arena_array(result->arena, full->n, sizeof *ids);
    if (ids == NULL) {
        return no_memory(err);
    }
    for (size_t j = 0; j < full->n; j++) {
        const bool known =
            model != NULL && mk_schema_find(mk_model_schema(model), full->attributes[j].name, &id);
        if (known || mk_cohort_has(cohort, j)) {
            ids[n++] = j;
        }
    }
    if (n == full->n) {
        return MK_OK;
    }
    if (n == 0) {
        return mk_fail(err, MK_EFORMAT, "%s: no column is an attribute of %s", config->table,
                       config->schema);
    }
    MkSchema *part = NULL;
    mk_result_note(result, "%zu attributes of the schema have no value in %s.", full->n - n,
                   config->table);
    MK_TRY(mk_schema_subset(full, ids, n, &part, err));
    const MkStatus st = mk_cohort_narrow(cohort, part, err);
    mk_schema_free(*schema); /* the cohort speaks of the part now, or is given up */
    *schema = part;
    return st;
}

/* Reads the people with the attributes of the schema that they have. */
static MkStatus read_people(const MkTrainConfig *config, const char *extend, MkResult *result,
                            MkSchema **schema, MkCohort **cohort, MkError *err)
{
    MkSchema *read = NULL;
    MkCohort *people = NULL;
    MkModel *model = NULL;
    MK_TRY(mk_schema_read(config->schema, &read, err));
    MkStatus st = extend != NULL ? mk_model_open(extend, &model, err) : MK_OK;
    if (st == MK_OK) {
        st = mk_cohort_read(config->table, read, MK_OTHER_DROP, &people, err);
    }
    if (st == MK_OK && config->dp_epsilon > 0.0) { /* which attributes there are is public */
        if (config->dp_delta * (double)people->n_rows >= 1.0) {
            mk_result_note(result,
                           "dp_delta %g is not below one over the number of people (%zu): such a "
                           "guarantee allows to give somebody away whole.",
                           config->dp_delta, people->n_rows);
        }
    } else if (st == MK_OK) {
        st = leave_out(config, model, result, &read, people, err);
    }
    mk_model_free(model);
    if (st != MK_OK) {
        mk_cohort_free(people);
        mk_schema_free(read);
        return st;
    }
    *schema = read;
    *cohort = people;
    return MK_OK;
}

/* The model to go on from: a name or a file. */
static MkStatus find_extended(MkSession *session, const MkCall *call, const char **path,
                              MkError *err)
{
    const char *const said = mk_call_option(call, "extend");
    if (said == NULL) {
        return MK_OK;
    }
    mk_call_at_option(call, "extend");
    if (mk_call_option(call, "renew") != NULL) {
        return mk_fail(err, MK_EINVAL, "--extend does not go with --renew");
    }
    MK_TRY(mk_models_find(session, said, call->arena, path, err));
    return mk_signed_open(session, *path, err);
}

/* ---- progress ---- */

static void add_number(MkBuf *buf, const char *name, double x, int digits)
{
    char text[24];
    if (isfinite(x)) {
        mk_buf_printf(buf, "  %s %s", name, mk_text_number(x, digits, text));
    }
}

static void show_progress(void *ctx, const MkTrainProgress *p)
{
    MkBuf buf;
    mk_buf_init(&buf);
    mk_buf_printf(&buf, "train: %s %3.0f %%", p->phase, 100.0 * p->fraction);
    if (p->step > 0) {
        mk_buf_printf(&buf, "  step %zu", p->step);
    }
    if (p->steps > 0) {
        mk_buf_printf(&buf, "/%zu", p->steps);
    }
    add_number(&buf, "loss", p->loss, 4);
    add_number(&buf, "(base", p->base_loss, 4);
    mk_buf_puts(&buf, isfinite(p->base_loss) ? ")" : "");
    add_number(&buf, "validation", p->valid_loss, 4);
    add_number(&buf, "(base", p->valid_base_loss, 4);
    mk_buf_puts(&buf, isfinite(p->valid_base_loss) ? ")" : "");
    add_number(&buf, "rows/s", p->rows_per_s, 3);
    if (isfinite(p->gflops) && isfinite(p->peak_gflops) && p->peak_gflops > 0) {
        mk_buf_printf(&buf, "  %.0f %% of peak", 100.0 * p->gflops / p->peak_gflops);
    }
    if (isfinite(p->seconds_left)) {
        const double s = p->seconds_left;
        mk_buf_printf(&buf, "  %d:%02d left", (int)(s / 60), (int)fmod(s, 60));
    }
    if (!buf.failed) {
        mk_session_progress(ctx, buf.data);
    }
    mk_buf_release(&buf);
}

/* ---- the verb ---- */

/* What became of a model's attributes when it was extended. */
static void add_moved(const char *manifest, MkNode *root, MkResult *result)
{
    static const char *const keys[] = {"category", "attributes", "cells", "before", "after"};
    json_t *const json = json_loads(manifest, 0, NULL);
    const json_t *const moved = json_object_get(json, "moved");
    const size_t n = json_array_size(moved);
    MkResultTable *const table =
        n > 0 ? mk_result_add_table(result, "Loss of hidden cells before and after", 5, n) : NULL;
    MkNode *const list = n > 0 ? mk_node_array(result, root, "moved") : NULL;
    for (size_t c = 0; table != NULL && c < 5; c++) {
        mk_result_table_header(result, table, c, keys[c], keys[c],
                               c == 0 ? MK_ALIGN_LEFT : MK_ALIGN_RIGHT);
    }
    for (size_t i = 0; table != NULL && i < n; i++) {
        const json_t *const row = json_array_get(moved, i);
        const char *const category = json_string_value(json_object_get(row, keys[0]));
        MkNode *const node = mk_node_object(result, list, NULL);
        mk_node_string(result, node, keys[0], category);
        mk_result_table_cell(result, table, i, 0, category, category);
        for (size_t c = 1; c < 5; c++) {
            char text[24], raw[24];
            const double x = json_number_value(json_object_get(row, keys[c]));
            mk_text_number(x, c < 3 ? 9 : 4, text);
            mk_text_number(x, 9, raw);
            mk_result_table_cell(result, table, i, c, text, raw);
            mk_node_number(result, node, keys[c], x);
        }
    }
    json_decref(json);
}

/* A model of few people, without a guarantee, and what measures how far it gives them away. */
static void warn_of_few(const MkTrainConfig *config, const char *path, size_t n, MkResult *result)
{
    if (n >= MK_TRAIN_FEW || config->dp_epsilon > 0.0) {
        return;
    }
    const char *const table = config->table[0] != '\0' ? config->table : "TABLE";
    const char *const who =
        config->test > 0.0 ? mk_arena_printf(result->arena, "--holdout %s", table)
                           : mk_arena_printf(result->arena, "--holdout OTHERS --train %s", table);
    mk_result_note(result,
                   "Fewer than 5,000 people: the file can tell who they were. 'manikin evaluate %s "
                   "%s --sections privacy' measures it; --dp-epsilon trains with a guarantee.",
                   path, who != NULL ? who : "");
}

static MkStatus report(const MkTrainConfig *config, const char *path, MkResult *result,
                       MkError *err)
{
    MkModel *model = NULL;
    MK_TRY(mk_model_open(path, &model, err)); /* what was written can be read */
    const MkCard *card = mk_model_card(model);
    const size_t n = mk_model_schema(model)->n;
    MkNode *root = mk_node_object(result, NULL, NULL);
    mk_node_string(result, root, "model", card->name);
    mk_node_string(result, root, "kind", card->kind);
    mk_node_number(result, root, "attributes", (double)n);
    mk_node_number(result, root, "people", (double)card->n_people);
    mk_node_number(result, root, "parameters", (double)card->n_parameters);
    mk_node_string(result, root, "path", path);
    mk_result_note(result, "%s: kind %s, %zu attributes, %zu people, %zu parameters.", path,
                   card->kind, n, card->n_people, card->n_parameters);
    warn_of_few(config, path, card->n_people, result);
    add_moved(card->manifest, root, result);
    mk_model_free(model);
    return mk_result_status(result, err);
}

MkStatus mk_verb_train(MkSession *session, const MkCall *call, MkResult *result, MkError *err)
{
    MkTrainConfig config;
    MkSchema *schema = NULL;
    MkCohort *cohort = NULL;
    const char *path = NULL, *extend = NULL;
    if (session->config.clock == NULL) {
        return mk_fail(err, MK_EUNSUPPORTED, "this program trains no models: it has no clock");
    }
    MK_TRY(read_config(session, call, &config, err));
    MK_TRY(check_output(call, call->arena, &config, &path, err));
    MK_TRY(check_files(call, &config, err));
    MK_TRY(find_extended(session, call, &extend, err));
    MK_TRY(read_people(&config, extend, result, &schema, &cohort, err));
    const char *checkpoint = mk_arena_printf(call->arena, "%s.checkpoint", path);
    const MkTrainHooks hooks = {.clock = session->config.clock,
                                .progress = show_progress,
                                .ctx = session,
                                .cancel = session->config.cancel,
                                .checkpoint = checkpoint,
                                .extend = extend,
                                .resume = mk_call_option(call, "resume") != NULL,
                                .base = mk_call_option(call, "keep-base"),
                                .renew = mk_call_option(call, "renew") != NULL};
    MkStatus st = MK_OK;
    if (checkpoint == NULL) {
        st = no_memory(err);
    } else if (hooks.resume && !mk_file_exists(checkpoint)) {
        mk_call_at_option(call, "resume");
        st = mk_fail(err, MK_EIO, "%s: no checkpoint to go on from", checkpoint);
    } else {
        st = mk_train(&config, cohort, path, &hooks, err);
    }
    mk_cohort_free(cohort);
    mk_schema_free(schema);
    if (st == MK_ECANCEL && mk_file_exists(checkpoint)) {
        return mk_fail(err, st, "interrupted; the same line with --resume goes on from %s",
                       checkpoint);
    }
    MK_TRY(st);
    return report(&config, path, result, err);
}

MkStatus mk_recipe_gate(const char *path, MkArena *arena, const char **out, MkError *err)
{
    MkTrainConfig *const config = mk_heap_array(1, sizeof *config);
    if (config == NULL) {
        return mk_fail(err, MK_ENOMEM, "out of memory");
    }
    mk_train_config_init(config);
    MkStatus st = mk_train_recipe_read(path, config, err);
    const char *const rules = st == MK_OK ? mk_arena_strdup(arena, config->gate) : NULL;
    free(config);
    if (st == MK_OK && rules == NULL) {
        st = mk_fail(err, MK_ENOMEM, "out of memory");
    }
    *out = st == MK_OK ? rules : *out;
    return st;
}
