/* train_judge.c - how well a network in training knows people that it does not train on. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "model/train_priv.h"

enum { JUDGE_PEOPLE = 512, SOURCE_PEOPLE = 200 };

static const double HALF = 0.5; /* of the judges tell their source */

/* Kinds of masks that people are judged with: another source's only when there is one. */
static int judged_kinds(const MkTrainRun *run)
{
    return run->people.n_groups > 1 ? MK_MASK_KINDS : MK_MASK_SOURCE;
}

/* Losses (kinds) of the averaged network and of the base on some judges. How often they tell their
 * source does not depend on how often it is told in training: trainings compare. */
static MkStatus ask(MkTrainRun *run, const size_t *rows, size_t n, double told, double *loss,
                    double *base, MkError *err)
{
    const double trained = run->masker.source_known;
    MkStatus st = MK_OK;
    run->masker.source_known = told;
    for (int k = 0; st == MK_OK && k < judged_kinds(run); k++) {
        st = mk_trainer_validate(run->trainer, &run->judges, rows, n, run->full_r, (MkMaskKind)k,
                                 &loss[k], &base[k], err);
    }
    run->masker.source_known = trained;
    return st;
}

static double mean(const MkTrainRun *run, const double *loss)
{
    double sum = 0.0;
    for (int k = 0; k < judged_kinds(run); k++) {
        sum += loss[k] / judged_kinds(run);
    }
    return sum;
}

MkStatus mk_train_judge(MkTrainRun *run, MkError *err)
{
    const size_t n = run->judges.n_rows < JUDGE_PEOPLE ? run->judges.n_rows : JUDGE_PEOPLE;
    if (n == 0) {
        return MK_OK;
    }
    MK_TRY(ask(run, run->asked, n, HALF, run->outcome.valid, run->outcome.valid_base, err));
    run->progress.valid_loss = mean(run, run->outcome.valid);
    run->progress.valid_base_loss = mean(run, run->outcome.valid_base);
    return MK_OK;
}

/* With the source of nobody told, and of everybody. */
static MkStatus judge_told(MkTrainRun *run, MkError *err)
{
    const size_t n = run->judges.n_rows < JUDGE_PEOPLE ? run->judges.n_rows : JUDGE_PEOPLE;
    for (int told = 0; n > 0 && told < 2; told++) {
        double loss[MK_MASK_KINDS], base[MK_MASK_KINDS];
        MK_TRY(ask(run, run->asked, n, told, loss, base, err));
        run->outcome.told[told] = mean(run, loss);
        run->outcome.told_base[told] = mean(run, base);
    }
    return MK_OK;
}

MkStatus mk_train_judge_sources(MkTrainRun *run, MkError *err)
{
    if (run->masker.source < run->masker.n) {
        MK_TRY(judge_told(run, err));
    }
    for (size_t g = 0; g < run->judges.n_groups; g++) {
        const MkGroup *const group = &run->judges.groups[g];
        const size_t n = group->n_rows < SOURCE_PEOPLE ? group->n_rows : SOURCE_PEOPLE;
        MkTrainSource *const source = &run->outcome.sources[group->table];
        double loss[MK_MASK_KINDS], base[MK_MASK_KINDS];
        size_t rows[SOURCE_PEOPLE];
        for (size_t i = 0; i < n; i++) {
            rows[i] = group->first + i * group->n_rows / n;
        }
        MK_TRY(ask(run, rows, n, HALF, loss, base, err));
        source->loss = mean(run, loss);
        source->base = mean(run, base);
        source->n_judged = n;
    }
    return MK_OK;
}
