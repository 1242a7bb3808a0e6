#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "model/train.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <gsl/gsl_errno.h>

#include "model/checkpoint.h"
#include "model/kind.h"
#include "model/nn/blas.h"
#include "model/train_priv.h"
#include "src/base/file.h"
#include "src/base/rng.h"

enum { JUDGE_EVERY_S = 30, CHECKPOINT_EVERY_S = 60, SUPPORT_PEOPLE = 200 };

static double elapsed(const MkTrainRun *run)
{
    return run->hooks->clock() - run->start;
}

void mk_train_tell(MkTrainRun *run, bool now)
{
    if (run->hooks->progress != NULL && (now || elapsed(run) - run->told >= 0.5)) {
        run->told = elapsed(run);
        run->hooks->progress(run->hooks->ctx, &run->progress);
    }
}

static MkStatus out_of_memory(MkError *err)
{
    return mk_fail(err, MK_ENOMEM, "out of memory");
}

/* ---- network ---- */

static double strength(const void *ctx, size_t a, size_t b)
{
    return fabs((double)mk_copula_r(ctx, a, b));
}

static bool extends_net(const MkTrainRun *run)
{
    return run->old != NULL && run->old->model->net != NULL;
}

static MkStatus make_trainer(MkTrainRun *run, MkError *err)
{
    const MkTrainConfig *const c = run->config;
    const size_t n = run->cohort->schema->n;
    const MkNetConfig net = {.n_attributes = n,
                             .dim = c->dim,
                             .heads = c->heads,
                             .encoder_layers = c->encoder_layers,
                             .decoder_layers = c->decoder_layers,
                             .mlp = c->mlp,
                             .head = c->published ? MK_HEAD_PUBLISHED : MK_HEAD_CELLS};
    const MkTrainerConfig config = {.seed = c->seed,
                                    .batch = c->batch,
                                    .block_rows = c->block,
                                    .rate = c->rate,
                                    .decay = c->decay,
                                    .clip = c->clip,
                                    .beta1 = 0.9,
                                    .beta2 = c->beta2,
                                    .dropout = c->dropout,
                                    .average = c->average,
                                    .kept = extends_net(run) ? run->old->kept : NULL,
                                    .keep_rate = c->keep_rate,
                                    .survey_weights = c->survey_weights};
    const bool alone = run->people.n_groups < 2;
    double total = 0.0;
    MK_TRY(mk_masker_init(&run->masker, run->cohort->schema, c->max_known < n ? c->max_known : n,
                          c->max_targets < n ? c->max_targets : n, err));
    MK_TRY(mk_masker_relate(&run->masker, strength, &run->copula, err));
    MK_TRY(mk_masker_sources(&run->masker, &run->people, err));
    for (int k = 0; k < MK_MASK_KINDS; k++) {
        run->masker.share[k] = k == MK_MASK_SOURCE && alone ? 0.0 : c->masks[k];
        total += run->masker.share[k];
    }
    run->masker.source_known = c->source_known;
    for (size_t g = 0; g < run->masker.n_sources; g++) {
        run->masker.apart[g] = mk_train_is_apart(c, run->cohort->names[run->masker.sources[g]]);
    }
    if (!(total > 0.0)) {
        return mk_fail(err, MK_EINVAL, "the mask_ shares sum to zero");
    }
    for (int k = 0; k < MK_MASK_KINDS; k++) {
        run->masker.share[k] /= total;
    }
    run->drawn = run->people;
    MK_TRY(mk_train_draw_weights(run, &run->drawn.weights, err));
    if (!c->base) {
        MK_TRY(mk_train_forget_base(run, err));
    }
    const MkTrainerData data = {.data = &run->drawn,
                                .marginals = run->marginals,
                                .copula = c->published ? NULL : &run->copula,
                                .fold_r = (const float *const *)run->fold_r,
                                .fold = run->fold,
                                .masker = &run->masker};
    MK_TRY(mk_net_new(&net, run->marginals, &run->net, err));
    mk_net_init(run->net, c->seed);
    if (run->old != NULL) {
        mk_train_extend_net(run);
    }
    MK_TRY(mk_trainer_new(&config, &data, run->net, run->pool, &run->trainer, err));
    return run->old != NULL ? mk_train_extend_before(run, err) : MK_OK;
}

static MkStatus save_checkpoint(const MkTrainRun *run, uint64_t step, double spent, MkError *err)
{
    const MkCheckpoint state = {.digest = run->outcome.digest,
                                .step = step,
                                .spent = spent,
                                .flops = run->outcome.flops,
                                .busy = run->outcome.step_seconds,
                                .n = run->net->n_parameters,
                                .parameters = run->net->parameters,
                                .m = mk_trainer_m(run->trainer),
                                .v = mk_trainer_v(run->trainer),
                                .average = mk_trainer_average(run->trainer)};
    return mk_checkpoint_write(&state, run->hooks->checkpoint, err);
}

static MkStatus load_checkpoint(MkTrainRun *run, uint64_t *step, double *spent, MkError *err)
{
    MkCheckpoint state = {.digest = run->outcome.digest,
                          .n = run->net->n_parameters,
                          .parameters = run->net->parameters,
                          .m = mk_trainer_m(run->trainer),
                          .v = mk_trainer_v(run->trainer),
                          .average = mk_trainer_average(run->trainer)};
    if (!run->hooks->resume || run->hooks->checkpoint == NULL) {
        return MK_OK;
    }
    if (!mk_file_exists(run->hooks->checkpoint)) {
        return mk_fail(err, MK_EIO, "%s: no checkpoint to resume from", run->hooks->checkpoint);
    }
    MK_TRY(mk_checkpoint_read(&state, run->hooks->checkpoint, err));
    *step = state.step;
    *spent = state.spent;
    run->outcome.spent = state.spent;
    run->outcome.flops = state.flops;
    run->outcome.step_seconds = state.busy;
    return MK_OK;
}

/* Steps of stage one take people of one source each. */
static double stage_one(const MkTrainRun *run)
{
    return run->people.n_groups > 1 ? run->config->stage_one : 0.0;
}

/* Cosine from 1 to 0 over x = 0 .. 1. */
static double fall(double x)
{
    return 0.5 * (1.0 + cos(3.14159265358979323846 * fmin(fmax(x, 0.0), 1.0)));
}

/* Share of the learning rate: linear warm-up, then cosine to zero; with two stages cosine to a
 * third in the first and from there to zero in the second. */
static double schedule(const MkTrainRun *run, double fraction)
{
    const double third = 1.0 / 3.0, warmup = run->config->warmup, one = stage_one(run);
    if (fraction < warmup) {
        return fraction / warmup + 1e-3;
    }
    if (!(one > warmup)) {
        return fall((fraction - warmup) / (1.0 - warmup));
    }
    if (fraction < one) {
        return third + (1.0 - third) * fall((fraction - warmup) / (one - warmup));
    }
    return third * fall((fraction - one) / (1.0 - one));
}

static double running(double before, double now, double share)
{
    return isnan(before) ? now : before + share * (now - before);
}

static void note_step(MkTrainRun *run, const MkStepReport *report, double seconds)
{
    MkTrainProgress *const p = &run->progress;
    p->loss = running(p->loss, report->loss, 0.02);
    p->base_loss = running(p->base_loss, report->base_loss, 0.02);
    p->rows_per_s = running(p->rows_per_s, (double)run->config->batch / seconds, 0.05);
    p->gflops = running(p->gflops, report->flops / seconds * 1e-9, 0.05);
    run->outcome.flops += report->flops;
    run->outcome.step_seconds += seconds;
}

/* Best sgemm rate seen so far: measured before and after the steps, as other work may be running.
 */
static MkStatus measure_peak(MkTrainRun *run, MkError *err)
{
    double rate = 0.0;
    MK_TRY(mk_blas_bench(mk_pool_size(run->pool), 0.5, &rate, err));
    run->outcome.peak_gflops = fmax(run->outcome.peak_gflops, rate);
    run->progress.peak_gflops = run->outcome.peak_gflops;
    return MK_OK;
}

/* Share of the schedule that is done, by steps, work or time. */
static double done(const MkTrainRun *run, uint64_t step, double of_time)
{
    const MkTrainConfig *const c = run->config;
    if (c->steps > 0) {
        return (double)step / (double)c->steps;
    }
    return c->work > 0.0 ? run->outcome.flops * 1e-12 / c->work : of_time;
}

static MkStatus train_network(MkTrainRun *run, bool writes, MkError *err)
{
    const MkTrainConfig *const c = run->config;
    uint64_t step = 0;
    double spent = 0.0; /* seconds of training before a resume */
    MK_TRY(load_checkpoint(run, &step, &spent, err));
    run->progress.phase = "network";
    MK_TRY(measure_peak(run, err));
    const double begin = elapsed(run), budget = c->minutes * 60.0 - begin - 1.0;
    double judged = begin, judging = 0.0, saved = begin;
    for (;;) {
        const double before = elapsed(run);
        const double used = spent + before - begin;
        const double fraction = done(run, step, used / fmax(budget, 1.0));
        if (fraction >= 1.0) {
            break;
        }
        if (mk_cancelled(run->hooks->cancel)) {
            if (run->hooks->checkpoint != NULL) {
                MK_TRY(save_checkpoint(run, step, used, err));
            }
            return mk_fail(err, MK_ECANCEL, "interrupted at step %llu", (unsigned long long)step);
        }
        MkStepReport report;
        MK_TRY(mk_trainer_step(run->trainer, step, schedule(run, fraction),
                               fraction < stage_one(run), &report, err));
        step++;
        const double now = elapsed(run);
        note_step(run, &report, now - before);
        run->progress.step = (size_t)step;
        run->progress.steps = c->steps;
        run->progress.fraction = fraction;
        run->progress.seconds_left =
            fraction > 0.005 ? (spent + now - begin) * (1.0 - fraction) / fraction : NAN;
        if (now - judged > fmax(JUDGE_EVERY_S, 25.0 * judging)) {
            MK_TRY(mk_train_judge(run, err));
            judged = elapsed(run);
            judging = judged - now;
        }
        if (run->hooks->checkpoint != NULL && now - saved > CHECKPOINT_EVERY_S) {
            MK_TRY(save_checkpoint(run, step, spent + now - begin, err));
            saved = elapsed(run);
        }
        mk_train_tell(run, false);
    }
    MK_TRY(measure_peak(run, err));
    MK_TRY(mk_train_judge(run, err));
    MK_TRY(mk_train_judge_sources(run, err));
    if (writes && run->n_valid > 0 && !c->published) {
        MK_TRY(mk_trainer_trust(run->trainer, &run->judges, run->full_r, err));
    }
    if (run->old != NULL) {
        MK_TRY(mk_train_extend_after(run, err));
    }
    run->outcome.steps = step;
    run->outcome.n_network = run->net->n_parameters;
    memcpy(run->net->parameters, mk_trainer_average(run->trainer),
           run->net->n_parameters * sizeof *run->net->parameters);
    run->progress.fraction = 1.0;
    mk_train_tell(run, true);
    return MK_OK;
}

/* ---- result ---- */

static MkStatus fit_summaries(MkTrainRun *run, const MkCopula *copula, MkSummaries *out,
                              MkError *err)
{
    const MkSummaryFit fit = {.cohort = run->cohort,
                              .rows = run->train,
                              .n_rows = run->n_train,
                              .weights = run->people.weights,
                              .copula = copula,
                              .pool = run->pool};
    return mk_summaries_fit(&fit, run->arena, out, err);
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

static MkStatus write_model(MkTrainRun *run, const char *path, MkError *err)
{
    MkStatus st = MK_OK;
    MkBuf card, manifest;
    MkSummaries summaries;
    MkSupportMap support;
    mk_buf_init(&card);
    mk_buf_init(&manifest);
    MK_TRY_GOTO(fit_summaries(run, &run->copula, &summaries, err));
    MK_TRY_GOTO(fit_support(run, &run->copula, &support, err));
    int32_t *const pairs = mk_train_count_pairs(run);
    if (pairs != NULL && run->old != NULL) {
        mk_train_extend_counts(run, pairs);
    }
    MkTrainOutcome *const o = &run->outcome;
    o->seconds = elapsed(run) + o->spent;
    o->n_train = run->n_train;
    o->n_valid = run->n_valid;
    o->n_test = run->n_test;
    o->n_attributes = run->cohort->schema->n;
    o->n_features = run->copula.n_features;
    o->n_pairs = summaries.n_pairs;
    o->threads = mk_pool_size(run->pool);
    o->core = mk_blas_corename();
    mk_train_card(run->config, o, &card);
    mk_train_manifest(run->config, o, &manifest);
    if (pairs == NULL || card.failed || manifest.failed) {
        st = out_of_memory(err);
        goto done;
    }
    const MkModelParts parts = {.kind = run->config->kind,
                                .name = run->config->name,
                                .version = run->config->version,
                                .card = card.data,
                                .manifest = manifest.data,
                                .schema = run->cohort->schema,
                                .marginals = run->marginals,
                                .copula = &run->copula,
                                .pairs = pairs,
                                .n_people =
                                    run->old != NULL ? mk_train_extend_people(run) : run->n_train,
                                .net = run->net,
                                .summaries = &summaries,
                                .support = &support};
    st = mk_model_write(&parts, path, err);
done:
    mk_buf_release(&card);
    mk_buf_release(&manifest);
    return st;
}

/* Settings and data in 16 hex digits: a checkpoint goes on only with the same ones. */
static void make_digest(MkTrainRun *run)
{
    MkBuf text;
    MkTrainConfig c = *run->config;
    c.threads = 0;
    mk_buf_init(&text);
    mk_train_config_print(&c, &text);
    uint64_t hash = mk_hash64(text.data, text.len, 0);
    if (run->old != NULL) {
        const char *const manifest = run->old->model->card.manifest;
        hash = mk_hash64(manifest, strlen(manifest), hash);
    }
    for (size_t g = 0; g < run->people.n_groups; g++) {
        const MkGroup *const group = &run->people.groups[g];
        hash = mk_hash64(group->attributes, group->n * sizeof *group->attributes, hash);
        hash = mk_hash64(group->cells, group->n_rows * group->n, hash);
        hash = mk_hash64(group->scores, group->n_rows * group->n * sizeof(float), hash);
    }
    snprintf(run->outcome.digest, sizeof run->outcome.digest, "%016llx", (unsigned long long)hash);
    mk_buf_release(&text);
}

/* ---- renewing ---- */

/* Whether the knots differ at most at the two ends. */
static bool is_same(const MkMarginal *a, const MkMarginal *b)
{
    if (a->n_cells != b->n_cells || a->n_observed != b->n_observed ||
        (a->knots == NULL) != (b->knots == NULL) ||
        strcmp(a->attribute->name, b->attribute->name) != 0) {
        return false;
    }
    const size_t last = a->n_cells * MK_CELL_KNOTS - 1;
    for (size_t i = 1; a->knots != NULL && i < last; i++) {
        const size_t cell = i / MK_CELL_KNOTS, k = i % MK_CELL_KNOTS;
        if (a->knots[cell][k] != b->knots[cell][k]) {
            return false;
        }
    }
    return a->knots != NULL || memcmp(a->level_of, b->level_of, a->n_cells) == 0;
}

/* Gives the model the knots of this run. */
static MkStatus take_knots(const MkTrainRun *run, MkModel *model, const char *path, MkError *err)
{
    bool same = model->schema->n == run->cohort->schema->n && model->n_people == run->n_train;
    for (size_t j = 0; same && j < model->schema->n; j++) {
        same = is_same(&model->marginals[j], &run->marginals[j]);
        if (same && run->marginals[j].knots != NULL) {
            memcpy(model->marginals[j].knots, run->marginals[j].knots,
                   run->marginals[j].n_cells * sizeof *run->marginals[j].knots);
        }
    }
    return same ? MK_OK
                : mk_fail(err, MK_EINVAL,
                          "%s: it was trained on other people or with other settings", path);
}

static MkStatus renew(MkTrainRun *run, const char *path, MkError *err)
{
    MkStatus st = MK_OK;
    run->progress.fraction = 1.0;
    MkModel *model = NULL;
    MkSummaries summaries;
    MkSupportMap support;
    MK_TRY_GOTO(mk_model_open(path, &model, err));
    MK_TRY_GOTO(take_knots(run, model, path, err));
    MK_TRY_GOTO(fit_summaries(run, &model->copula, &summaries, err));
    MK_TRY_GOTO(fit_support(run, &model->copula, &support, err));
    st = mk_model_rewrite(model, &summaries, &support, path, err);
done:
    mk_model_free(model);
    return st;
}

static MkStatus run_all(MkTrainRun *run, const char *path, MkError *err)
{
    MK_TRY(mk_pool_new(run->config->threads, &run->pool, err));
    if (run->hooks->extend != NULL) {
        MK_TRY(mk_train_extend_open(run, err));
        run->outcome.extended = run->old->model->card.name;
    }
    MK_TRY(mk_train_split(run, err));
    MK_TRY(mk_train_encode(run, err));
    if (run->hooks->renew) {
        return renew(run, path, err);
    }
    MK_TRY(mk_train_sources(run, err));
    make_digest(run);
    MK_TRY(mk_train_base(run, err));
    if (run->old != NULL) {
        MK_TRY(mk_train_extend_base(run, err));
    }
    if (strcmp(run->config->kind, "mae") == 0) {
        MK_TRY(make_trainer(run, err));
        MK_TRY(train_network(run, path != NULL, err));
    }
    if (path != NULL) {
        MK_TRY(write_model(run, path, err));
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
                      .start = hooks->clock(),
                      .progress = {.loss = NAN,
                                   .base_loss = NAN,
                                   .valid_loss = NAN,
                                   .valid_base_loss = NAN,
                                   .rows_per_s = NAN,
                                   .gflops = NAN,
                                   .peak_gflops = NAN,
                                   .seconds_left = NAN}};
    if (strcmp(config->kind, "mae") != 0 && strcmp(config->kind, "copula") != 0) {
        return mk_fail(err, MK_EINVAL, "kind is %s, expected mae or copula", config->kind);
    }
    run.arena = mk_arena_new(0);
    if (run.arena == NULL) {
        return out_of_memory(err);
    }
    mk_blas_init();
    gsl_set_error_handler_off();
    const MkStatus st = run_all(&run, path, err);
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
