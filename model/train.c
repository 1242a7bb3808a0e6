#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "model/train.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <gsl/gsl_errno.h>

#include "model/kind.h"
#include "model/chain.h"
#include "model/copula_file.h"
#include "model/derive.h"
#include "model/nn/blas.h"
#include "model/pair_counts.h"
#include "model/rake.h"
#include "model/recard.h"
#include "model/skips.h"
#include "model/train_priv.h"
#include "src/base/file.h"
#include "src/base/rng.h"

enum { SUPPORT_PEOPLE = 200 };

double mk_train_elapsed(const MkTrainRun *run)
{
    return run->hooks->clock() - run->start;
}

void mk_train_tell(MkTrainRun *run, bool now)
{
    if (run->hooks->progress != NULL && (now || mk_train_elapsed(run) - run->told >= 0.5)) {
        run->told = mk_train_elapsed(run);
        run->hooks->progress(run->hooks->ctx, &run->progress);
    }
}

static MkStatus out_of_memory(MkError *err)
{
    return mk_fail(err, MK_ENOMEM, "out of memory");
}

/* ---- while a kind learns ---- */

MkStatus mk_train_goes_on(MkTrainRun *run, size_t step, size_t steps, double *fraction,
                          MkError *err)
{
    const MkTrainConfig *const c = run->config;
    if (run->privacy != NULL) {
        MK_TRY(mk_noise_status(&run->privacy->noise, err));
    }
    if (mk_cancelled(run->hooks->cancel)) {
        return mk_fail(err, MK_ECANCEL, "interrupted at step %zu of %zu", step, steps);
    }
    if (run->learning <= 0.0) {
        run->learning = mk_train_elapsed(run);
    }
    const double used = mk_train_elapsed(run) - run->learning;
    const double of_steps = (double)step / (double)(steps > 0 ? steps : 1);
    const double of_time = used / fmax(c->minutes * 60.0 - run->learning, 1.0);
    *fraction = fmin(fmax(of_steps, run->privacy != NULL ? 0.0 : of_time), 1.0);
    run->progress.phase = c->kind;
    run->progress.step = step;
    run->progress.steps = steps;
    run->progress.fraction = *fraction;
    run->progress.seconds_left = *fraction > 0.005 ? used * (1.0 - *fraction) / *fraction : NAN;
    mk_train_tell(run, *fraction >= 1.0);
    return MK_OK;
}

/* ---- result ---- */

static MkStatus fit_summaries(MkTrainRun *run, const MkCopula *copula, MkSummaries *out,
                              MkError *err)
{
    const MkSummaryFit fit = {.cohort = run->cohort,
                              .rows = run->train,
                              .n_rows = run->n_train,
                              .least = run->config->smallest_cell,
                              .weights = run->people.weights,
                              .copula = copula,
                              .pool = run->pool};
    return mk_summaries_fit(&fit, run->arena, out, err);
}

/* What the people show of who is asked and what follows from what joins the schema. */
static MkStatus learn_schema(MkTrainRun *run, MkError *err)
{
    const MkSchema *asked = NULL;
    size_t n_learned = 0;
    run->progress.phase = "rules";
    mk_train_tell(run, true);
    MK_TRY(mk_skips_learn(&run->people, run->marginals, run->cohort->schema, run->arena, &asked,
                          &n_learned, err));
    return mk_derive_learn(&run->people, run->marginals, asked, run->arena, &run->schema,
                           &n_learned, err);
}

/* Adds what the old model tells of sources that are not here. */
static MkStatus join_gaps(const MkTrainRun *run, MkGaps *gaps, MkError *err)
{
    const MkModel *const old = run->old != NULL ? run->old->model : NULL;
    if (old == NULL || old->gaps == NULL) {
        return MK_OK;
    }
    int32_t *const now = mk_arena_zeros(run->arena, old->schema->n, sizeof *now);
    if (now == NULL) {
        return out_of_memory(err);
    }
    for (size_t j = 0; j < run->cohort->schema->n; j++) {
        if (run->old->kept[j]) {
            now[run->old->old_of[j]] = (int32_t)j;
        }
    }
    return mk_gaps_join(gaps, old->gaps, now, run->arena, err);
}

static MkStatus fit_gaps(MkTrainRun *run, MkGaps *out, MkError *err)
{
    const MkGapFit fit = {.schema = run->schema,
                          .cohort = run->cohort,
                          .people = &run->people,
                          .marginals = run->marginals,
                          .least = run->config->smallest_cell,
                          .cancel = run->hooks->cancel};
    run->progress.phase = "gaps";
    mk_train_tell(run, true);
    MK_TRY(mk_gaps_fit(&fit, run->arena, out, err));
    return join_gaps(run, out, err);
}

/* Where people lie among those drawn from the base: of the people kept for progress, to whom the
 * base was not fitted; where they are few, of the training people too. */
static MkStatus fit_support(MkTrainRun *run, const MkCopula *copula, MkSupportMap *out,
                            MkError *err)
{
    size_t *const rows = mk_arena_array(run->arena, run->n_valid + run->n_train, sizeof *rows);
    size_t n = run->n_valid;
    if (rows == NULL) {
        return out_of_memory(err);
    }
    n = mk_train_pick(run->cohort, run->valid, n, MK_SUPPORT_PEOPLE, rows);
    if (n < SUPPORT_PEOPLE) {
        memcpy(rows + n, run->train, run->n_train * sizeof *rows);
        n += run->n_train;
    }
    const MkSupportFit fit = {.cohort = run->cohort,
                              .rows = rows,
                              .n_rows = n,
                              .copula = copula,
                              .pool = run->pool,
                              .cancel = run->hooks->cancel};
    run->progress.phase = "support";
    mk_train_tell(run, true);
    return mk_support_fit(&fit, run->arena, out, err);
}

/* What a file tells of the people beyond the model itself; of a private training nothing. */
typedef struct Told {
    MkSummaries summaries;
    MkSupportMap support;
    MkGaps gaps;
    int32_t *pairs;
} Told;

static MkStatus tell_people(MkTrainRun *run, Told *told, MkError *err)
{
    if (run->privacy != NULL) {
        run->schema = run->cohort->schema;
        told->pairs = mk_train_private_pairs(run);
        return told->pairs != NULL ? MK_OK : out_of_memory(err);
    }
    MK_TRY(fit_summaries(run, &run->copula, &told->summaries, err));
    MK_TRY(fit_support(run, &run->copula, &told->support, err));
    MK_TRY(learn_schema(run, err));
    MK_TRY(fit_gaps(run, &told->gaps, err));
    told->pairs = mk_train_count_pairs(run);
    if (told->pairs == NULL) {
        return out_of_memory(err);
    }
    if (run->old != NULL) {
        mk_train_extend_counts(run, told->pairs);
    }
    return MK_OK;
}

static MkStatus write_model(MkTrainRun *run, const char *path, MkError *err)
{
    MkStatus st = MK_OK;
    MkBuf card, manifest;
    Told told = {0};
    const bool is_private = run->privacy != NULL;
    mk_buf_init(&card);
    mk_buf_init(&manifest);
    MK_TRY_GOTO(tell_people(run, &told, err));
    MkTrainOutcome *const o = &run->outcome;
    o->seconds = mk_train_elapsed(run) + o->spent;
    o->n_train = run->n_train;
    o->n_valid = run->n_valid;
    o->n_test = run->n_test;
    o->n_attributes = run->cohort->schema->n;
    o->n_features = run->copula.n_features;
    o->n_pairs = told.summaries.n_pairs;
    o->threads = mk_pool_size(run->pool);
    o->core = mk_blas_corename();
    mk_train_card(run->config, o, &card);
    mk_train_manifest(run->config, o, &manifest);
    if (card.failed || manifest.failed) {
        st = out_of_memory(err);
        goto done;
    }
    const MkModelParts parts = {.kind = run->kind,
                                .name = run->config->name,
                                .version = run->config->version,
                                .card = card.data,
                                .manifest = manifest.data,
                                .thresholds = run->config->thresholds,
                                .schema = run->schema,
                                .marginals = run->marginals,
                                .copula = &run->copula,
                                .pairs = told.pairs,
                                .n_people =
                                    run->old != NULL ? mk_train_extend_people(run) : run->n_train,
                                .least = run->config->smallest_cell,
                                .learned = run->learned,
                                .summaries = is_private ? NULL : &told.summaries,
                                .support = is_private ? NULL : &told.support,
                                .gaps = is_private ? NULL : &told.gaps};
    st = mk_model_write(&parts, path, err);
done:
    mk_buf_release(&card);
    mk_buf_release(&manifest);
    return st;
}

static void write_digest(uint64_t hash, char out[17])
{
    snprintf(out, 17, "%016llx", (unsigned long long)hash);
}

/* The people as cells and scores. A digest of them would tell who they may be: of a private
 * training it is of the settings alone. */
static uint64_t hash_people(const MkTrainRun *run, uint64_t hash)
{
    for (size_t g = 0; run->privacy == NULL && g < run->people.n_groups; g++) {
        const MkGroup *const group = &run->people.groups[g];
        hash = mk_hash64(group->attributes, group->n * sizeof *group->attributes, hash);
        hash = mk_hash64(group->cells, group->n_rows * group->n, hash);
        hash = mk_hash64(group->scores, group->n_rows * group->n * sizeof(float), hash);
    }
    return hash;
}

/* Settings, data and both in 16 hex digits: a checkpoint goes on only with the same ones. */
static void make_digest(MkTrainRun *run)
{
    MkBuf text, schema;
    MkTrainConfig c = *run->config;
    MkTrainOutcome *const o = &run->outcome;
    c.threads = 0;
    mk_buf_init(&text);
    mk_buf_init(&schema);
    mk_train_config_print(&c, &text);
    mk_schema_print(run->cohort->schema, &schema);
    uint64_t hash = mk_hash64(text.data, text.len, 0);
    write_digest(hash, o->recipe_digest);
    write_digest(mk_hash64(schema.data, schema.len, 0), o->schema_digest);
    write_digest(hash_people(run, 0), o->data_digest);
    if (run->old != NULL) {
        const char *const manifest = run->old->model->card.manifest;
        hash = mk_hash64(manifest, strlen(manifest), hash);
    }
    write_digest(hash_people(run, hash), o->digest);
    mk_buf_release(&text);
    mk_buf_release(&schema);
}

/* What persons obey, in the card of the file. */
static MkStatus tell_structure(const MkTrainRun *run, const char *path, MkError *err)
{
    MkBuf text;
    mk_buf_init(&text);
    mk_train_card_structure(run->cohort->schema, run->schema, &text);
    MkStatus st = mk_buf_status(&text, err);
    if (st == MK_OK) {
        st = mk_model_recard(path, "Structure of persons", text.data, err);
    }
    mk_buf_release(&text);
    return st;
}

/* Persons of the model in the file are held to the population (rake.h). */
static MkStatus rake(MkTrainRun *run, const char *path, MkError *err)
{
    MkStatus st = MK_OK;
    MkModel *model = NULL;
    MkRenewal renewal = {0};
    float *tilts = NULL;
    run->progress.phase = "persons";
    mk_train_tell(run, true);
    MK_TRY(mk_model_open(path, &model, err));
    if (model->kind->joint(model) == &mk_joint_chain) {
        MK_TRY_GOTO(mk_rake(model, run->pool, run->hooks->cancel, run->arena, &tilts, err));
        renewal.tilts = tilts;
        st = mk_model_rewrite(model, &renewal, path, err);
    }
done:
    mk_model_free(model);
    return st;
}

/* ---- renewing ---- */

/* Whether two marginals can be of the same people, with the same settings; shares and knots may be
 * told otherwise. Adds to *cells those of numbers, to *equal those with the same knots. */
static bool is_same(const MkMarginal *a, const MkMarginal *b, size_t least, size_t *cells,
                    size_t *equal)
{
    if (a->n_cells != b->n_cells || (a->knots == NULL) != (b->knots == NULL) ||
        mk_count_told(a->n_observed, least) != b->n_observed ||
        strcmp(a->attribute->name, b->attribute->name) != 0) {
        return false;
    }
    if (a->knots == NULL) {
        return memcmp(a->level_of, b->level_of, a->n_cells) == 0;
    }
    for (size_t k = 0; k < a->n_cells; k++) {
        *equal += memcmp(a->knots[k], b->knots[k], sizeof a->knots[k]) == 0;
    }
    *cells += a->n_cells;
    return true;
}

/* Shares and knots as they will be read from the file. */
static void take_marginal(const MkMarginal *now, MkMarginal *own)
{
    double total = 0.0;
    for (size_t k = 0; k < own->n_cells; k++) {
        own->share[k] = (double)(float)now->share[k];
        total += own->share[k];
    }
    for (size_t k = 0; k < own->n_cells; k++) {
        own->share[k] /= total;
    }
    if (now->knots != NULL) {
        memcpy(own->knots, now->knots, now->n_cells * sizeof *now->knots);
    }
    mk_marginal_finish(own);
}

/* Gives the model the marginals of this run. */
static MkStatus take_marginals(const MkTrainRun *run, MkModel *model, const char *path,
                               MkError *err)
{
    bool same = model->schema->n == run->cohort->schema->n && model->n_people == run->n_train;
    size_t cells = 0, equal = 0;
    for (size_t j = 0; same && j < model->schema->n; j++) {
        const MkMarginal *const now = &run->marginals[j];
        MkMarginal *const own = &model->marginals[j];
        same = is_same(own, now, run->config->smallest_cell, &cells, &equal);
        if (same) {
            take_marginal(now, own);
        }
    }
    if (!same || equal < cells / 2) { /* the knots of most cells stay */
        return mk_fail(err, MK_EINVAL, "%s: it was trained on other people or with other settings",
                       path);
    }
    return mk_copula_read(model->weights, model->marginals, model->schema->n, model->arena,
                          &model->copula, err);
}

static MkStatus renew(MkTrainRun *run, const char *path, const char *draft, MkError *err)
{
    MkStatus st = MK_OK;
    run->progress.fraction = 1.0;
    MkModel *model = NULL;
    MkSummaries summaries;
    MkSupportMap support;
    MkGaps gaps;
    MK_TRY_GOTO(mk_model_open(path, &model, err));
    if (mk_model_is_private(model)) {
        MK_TRY_GOTO(mk_fail(err, MK_EUNSUPPORTED,
                            "%s is of a private training: it keeps nothing of its people that "
                            "could be computed anew; train it again with dp_epsilon",
                            path));
    }
    MK_TRY_GOTO(take_marginals(run, model, path, err));
    MK_TRY_GOTO(fit_summaries(run, &model->copula, &summaries, err));
    MK_TRY_GOTO(fit_support(run, &model->copula, &support, err));
    MK_TRY_GOTO(learn_schema(run, err));
    MK_TRY_GOTO(fit_gaps(run, &gaps, err));
    const MkRenewal renewal = {.marginals = run->marginals,
                               .least = run->config->smallest_cell,
                               .schema = run->schema,
                               .summaries = &summaries,
                               .support = &support,
                               .gaps = &gaps};
    st = mk_model_rewrite(model, &renewal, draft, err);
done:
    mk_model_free(model);
    return st;
}

/* A file that was renewed is another release of its name. */
static MkStatus relabel(const MkTrainRun *run, const char *path, MkError *err)
{
    const MkTrainConfig *const c = run->config;
    MkModel *model = NULL;
    MkBuf recipe;
    mk_buf_init(&recipe);
    mk_train_recipe(c, &recipe);
    MkStatus st = mk_buf_status(&recipe, err);
    if (st == MK_OK) {
        st = mk_model_open(path, &model, err);
    }
    if (st == MK_OK && strcmp(mk_model_card(model)->name, c->name) == 0) {
        st = mk_model_relabel(path,
                              &(MkLabel){.version = c->version,
                                         .changes = c->changes,
                                         .limits = c->limits,
                                         .thresholds = c->thresholds,
                                         .recipe = recipe.data},
                              err);
    }
    mk_model_free(model);
    mk_buf_release(&recipe);
    return st;
}

double mk_train_setting(const MkTrainRun *run, size_t i)
{
    return mk_train_config_kind(run->config, run->kind, i);
}

/* The model is written several times, each time with more in it: beside the file of that name, so
 * that it has all of it or is the one before. */
static MkStatus write_whole(MkTrainRun *run, const char *path, MkError *err)
{
    char *const target = realpath(path, NULL); /* of a link; NULL: there is none yet */
    const char *const whole = target != NULL ? target : path;
    const char *const draft = mk_arena_printf(run->arena, "%s.draft", whole);
    MkStatus st = MK_OK;
    if (draft == NULL) {
        MK_TRY_GOTO(mk_fail(err, MK_ENOMEM, "out of memory"));
    }
    MK_TRY_GOTO(run->hooks->renew ? renew(run, whole, draft, err) : write_model(run, draft, err));
    if (run->hooks->renew) {
        MK_TRY_GOTO(relabel(run, draft, err));
    }
    if (run->privacy == NULL) {
        MK_TRY_GOTO(tell_structure(run, draft, err));
        MK_TRY_GOTO(rake(run, draft, err));
        MK_TRY_GOTO(mk_train_calibrate(run, draft, err));
    }
    MK_TRY_GOTO(mk_file_move(draft, whole, err));
done:
    if (st != MK_OK && draft != NULL) {
        remove(draft);
    }
    free(target);
    return st;
}

static MkStatus run_all(MkTrainRun *run, const char *path, MkError *err)
{
    MkRules rules; /* a schema that cannot be read says so before the work */
    MK_TRY(mk_rules_new(run->cohort->schema, run->arena, &rules, err));
    MK_TRY(mk_pool_new(run->config->threads, &run->pool, err));
    if (run->hooks->extend != NULL) {
        MK_TRY(mk_train_extend_open(run, err));
        run->outcome.extended = run->old->model->card.name;
    }
    MK_TRY(mk_train_split(run, err));
    if (run->privacy != NULL) {
        MK_TRY(mk_train_private_plan(run, err));
    }
    MK_TRY(mk_train_encode(run, err));
    if (run->hooks->renew) {
        return write_whole(run, path, err);
    }
    MK_TRY(mk_train_sources(run, err));
    make_digest(run);
    MK_TRY(run->privacy != NULL ? mk_train_private_base(run, err) : mk_train_base(run, err));
    if (run->old != NULL) {
        MK_TRY(mk_train_extend_base(run, err));
    }
    if (run->kind->train != NULL) {
        MK_TRY(run->kind->train(run, err));
    }
    if (path != NULL) {
        MK_TRY(write_whole(run, path, err));
    }
    if (run->hooks->judged != NULL) {
        run->hooks->judged(run->hooks->ctx, &run->outcome);
    }
    if (run->hooks->checkpoint != NULL) {
        remove(run->hooks->checkpoint);
        mk_train_base_remove(run);
    }
    return MK_OK;
}

MkStatus mk_train(const MkTrainConfig *config, const MkCohort *cohort, const char *path,
                  const MkTrainHooks *hooks, MkError *err)
{
    MkTrainRun run = {.config = config,
                      .cohort = cohort,
                      .hooks = hooks,
                      .writes = path != NULL,
                      .start = hooks->clock(),
                      .progress = {.loss = NAN,
                                   .base_loss = NAN,
                                   .valid_loss = NAN,
                                   .valid_base_loss = NAN,
                                   .rows_per_s = NAN,
                                   .gflops = NAN,
                                   .peak_gflops = NAN,
                                   .seconds_left = NAN}};
    run.kind = mk_kind_find(config->kind);
    if (run.kind == NULL) {
        return mk_fail(err, MK_EINVAL, "kind %s is not known", config->kind);
    }
    if (hooks->extend != NULL && run.kind != mk_kind_find("mae") &&
        run.kind != mk_kind_find("copula")) {
        return mk_fail(err, MK_EUNSUPPORTED, "kind %s cannot be extended; mae and copula can",
                       config->kind);
    }
    run.arena = mk_arena_new(0);
    if (run.arena == NULL) {
        return out_of_memory(err);
    }
    mk_blas_init();
    gsl_set_error_handler_off();
    MkTrainConfig held;
    MkStatus st = config->dp_epsilon > 0.0 ? mk_train_private_check(&run, &held, err) : MK_OK;
    if (st == MK_OK) {
        st = run_all(&run, path, err);
    }
    if (run.kind->forget != NULL && run.learned != NULL) {
        run.kind->forget(run.learned);
    }
    mk_trainer_free(run.trainer);
    mk_net_free(run.net);
    mk_masker_release(&run.masker);
    for (size_t f = 0; f < MK_TRAIN_FOLDS; f++) {
        free(run.fold_r[f]);
    }
    mk_train_extend_free(&run);
    mk_pool_free(run.pool);
    mk_arena_free(run.arena);
    return st;
}
