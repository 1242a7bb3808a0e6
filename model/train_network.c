/* train_network.c - the training of kind mae: its trainer, schedule, checkpoints, judging. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <math.h>
#include <string.h>

#include "model/checkpoint.h"
#include "model/nn/blas.h"
#include "model/train_priv.h"
#include "src/base/file.h"

enum { JUDGE_EVERY_S = 30, CHECKPOINT_EVERY_S = 60 };

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
                             .head = c->published ? MK_HEAD_PUBLISHED : MK_HEAD_CELLS,
                             .has_tails = c->ordered > 0.0};
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
    run->masker.ordered = c->ordered;
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

static MkStatus train_network(MkTrainRun *run, MkError *err)
{
    const MkTrainConfig *const c = run->config;
    uint64_t step = 0;
    double spent = 0.0; /* seconds of training before a resume */
    MK_TRY(load_checkpoint(run, &step, &spent, err));
    run->progress.phase = "network";
    MK_TRY(measure_peak(run, err));
    const double begin = mk_train_elapsed(run), budget = c->minutes * 60.0 - begin - 1.0;
    double judged = begin, judging = 0.0, saved = begin;
    for (;;) {
        const double before = mk_train_elapsed(run);
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
        const double now = mk_train_elapsed(run);
        note_step(run, &report, now - before);
        run->progress.step = (size_t)step;
        run->progress.steps = c->steps;
        run->progress.fraction = fraction;
        run->progress.seconds_left =
            fraction > 0.005 ? (spent + now - begin) * (1.0 - fraction) / fraction : NAN;
        if (now - judged > fmax(JUDGE_EVERY_S, 25.0 * judging)) {
            MK_TRY(mk_train_judge(run, err));
            judged = mk_train_elapsed(run);
            judging = judged - now;
        }
        if (run->hooks->checkpoint != NULL && now - saved > CHECKPOINT_EVERY_S) {
            MK_TRY(save_checkpoint(run, step, spent + now - begin, err));
            saved = mk_train_elapsed(run);
        }
        mk_train_tell(run, false);
    }
    MK_TRY(measure_peak(run, err));
    MK_TRY(mk_train_judge(run, err));
    MK_TRY(mk_train_judge_sources(run, err));
    if (run->writes && run->n_valid > 0 && !c->published) {
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

MkStatus mk_train_mae(MkTrainRun *run, MkError *err)
{
    MK_TRY(make_trainer(run, err));
    MK_TRY(train_network(run, err));
    run->learned = run->net;
    return MK_OK;
}
