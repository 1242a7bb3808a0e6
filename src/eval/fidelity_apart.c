/* fidelity_apart.c - whether persons drawn are told apart from people (two_sample.h, fidelity.h).
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <math.h>

#include "src/eval/fidelity_priv.h"
#include "src/eval/put.h"
#include "src/eval/trees.h"
#include "src/eval/two_sample.h"

enum { JUDGES = 2, SIDES = 2 };

typedef struct Apart {
    MkFidelity *f;
    MkContest contests[JUDGES][SIDES]; /* by whom; persons drawn, training people */
    double folds[JUDGES][SIDES][MK_CONTEST_FOLDS];
    MkStatus statuses[JUDGES * SIDES * MK_CONTEST_FOLDS];
    MkError errors[JUDGES * SIDES * MK_CONTEST_FOLDS];
} Apart;

static void task(void *ctx, size_t index, size_t worker)
{
    (void)worker;
    Apart *const a = ctx;
    const size_t fold = index % MK_CONTEST_FOLDS, by = index / MK_CONTEST_FOLDS % JUDGES,
                 side = index / MK_CONTEST_FOLDS / JUDGES;
    const MkContest *const contest = &a->contests[by][side];
    a->folds[by][side][fold] = NAN;
    if (contest->made == NULL || (contest->by == MK_BY_TREES && !mk_trees_available())) {
        return;
    }
    if (mk_cancelled(a->f->trial->cancel)) {
        a->statuses[index] = mk_fail(&a->errors[index], MK_ECANCEL, "interrupted");
        return;
    }
    a->statuses[index] =
        mk_contest_fold(contest, fold, &a->folds[by][side][fold], &a->errors[index]);
}

static MkMeasured score_of(const double folds[MK_CONTEST_FOLDS])
{
    double mean = 0.0, squares = 0.0;
    for (size_t k = 0; k < MK_CONTEST_FOLDS; k++) {
        mean += folds[k] / MK_CONTEST_FOLDS;
    }
    for (size_t k = 0; k < MK_CONTEST_FOLDS; k++) {
        squares += (folds[k] - mean) * (folds[k] - mean);
    }
    return (MkMeasured){1.0 - mean,
                        sqrt(squares / (MK_CONTEST_FOLDS - 1.0) / (double)MK_CONTEST_FOLDS)};
}

static MkStatus show(const Apart *a, MkError *err)
{
    static const MkPutHeader headers[] = {
        {"by", "By"}, {"drawn", "Persons drawn"}, {"train", "Training people"}};
    static const char *const names[JUDGES] = {"two_sample_trees", "two_sample_logistic"};
    static const char *const words[JUDGES] = {"not told apart by boosted trees",
                                              "not told apart by logistic regression"};
    static const char *const labels[JUDGES] = {"boosted trees", "logistic regression"};
    MkResult *const result = a->f->out->result;
    MkResultTable *const table =
        mk_put_table(result, "Two-sample score (1: not to be told apart)", headers, 3, 1, JUDGES);
    for (size_t by = 0; by < JUDGES; by++) {
        const MkMeasured drawn = score_of(a->folds[by][0]);
        mk_result_table_cell(result, table, by, 0, labels[by], NULL);
        mk_put_measured(result, table, by, 1, drawn, 3);
        mk_put_measured(result, table, by, 2, score_of(a->folds[by][1]), 3);
        MK_TRY(mk_fidelity_figure(a->f, names[by], words[by], drawn, err));
    }
    return MK_OK;
}

MkStatus mk_fidelity_apart(MkFidelity *f, MkError *err)
{
    Apart a = {.f = f};
    MkCrowd real, made, train;
    const size_t n = f->real.n < f->size.persons ? f->real.n : f->size.persons;
    MK_TRY(mk_crowd_pick(&f->real, n, f->trial->seed, f->arena, &real, err));
    MK_TRY(mk_crowd_pick(&f->made, n, f->trial->seed, f->arena, &made, err));
    MK_TRY(mk_crowd_pick(&f->train, n, f->trial->seed, f->arena, &train, err));
    made.n_sets = 0; /* drawn from the weighted population: each counts one */
    for (size_t by = 0; by < JUDGES; by++) {
        for (size_t side = 0; side < SIDES; side++) {
            a.contests[by][side] = (MkContest){.real = &real,
                                               .made = side == 0     ? &made
                                                       : train.n > 0 ? &train
                                                                     : NULL,
                                               .schema = f->schema,
                                               .left_out = f->left_out,
                                               .by = by == 0 ? MK_BY_TREES : MK_BY_LOGISTIC,
                                               .cancel = f->trial->cancel};
        }
    }
    /* a quick look does not ask what training people reach */
    const size_t sides = f->trial->is_quick ? 1 : SIDES;
    for (size_t k = 0; k < JUDGES * MK_CONTEST_FOLDS; k++) {
        a.folds[k / MK_CONTEST_FOLDS][1][k % MK_CONTEST_FOLDS] = NAN;
    }
    mk_pool_run(f->trial->pool, sides * JUDGES * MK_CONTEST_FOLDS, task, &a);
    for (size_t k = 0; k < sides * JUDGES * MK_CONTEST_FOLDS; k++) {
        if (a.statuses[k] != MK_OK) {
            *err = a.errors[k];
            return a.statuses[k];
        }
    }
    return show(&a, err);
}
