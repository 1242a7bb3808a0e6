#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "src/eval/trees.h"

#ifdef HAVE_XGBOOST

#include <math.h>
#include <stdio.h>
#include <string.h>

#include <xgboost/c_api.h>

bool mk_trees_available(void)
{
    return true;
}

typedef struct Forest {
    DMatrixHandle train, test;
    BoosterHandle model;
} Forest;

static MkStatus checked(int code, MkError *err)
{
    return code == 0 ? MK_OK : mk_fail(err, MK_ENUMERIC, "xgboost: %.400s", XGBGetLastError());
}

static MkStatus set_number(const Forest *f, const char *name, double value, MkError *err)
{
    char text[32];
    snprintf(text, sizeof text, "%g", value);
    return checked(XGBoosterSetParam(f->model, name, text), err);
}

static MkStatus set_all(const Forest *f, const MkTrees *trees, MkError *err)
{
    const char *const objective = trees->classes == 0   ? "reg:squarederror"
                                  : trees->classes == 1 ? "binary:logistic"
                                                        : "multi:softprob";
    MK_TRY(checked(XGBoosterSetParam(f->model, "tree_method", "hist"), err));
    MK_TRY(checked(XGBoosterSetParam(f->model, "objective", objective), err));
    MK_TRY(set_number(f, "max_depth", trees->depth, err));
    MK_TRY(set_number(f, "eta", trees->rate, err));
    MK_TRY(set_number(f, "subsample", trees->subsample, err));
    MK_TRY(set_number(f, "seed", 1, err));
    MK_TRY(set_number(f, "nthread", 1, err));
    return trees->classes > 1 ? set_number(f, "num_class", (double)trees->classes, err) : MK_OK;
}

static MkStatus grow(Forest *f, const MkTrees *trees, const MkTreesTask *task, float *out,
                     MkError *err)
{
    bst_ulong len = 0;
    const float *answer = NULL;
    MK_TRY(checked(XGDMatrixCreateFromMat(task->x, task->n, task->d, NAN, &f->train), err));
    MK_TRY(checked(XGDMatrixSetFloatInfo(f->train, "label", task->y, task->n), err));
    if (task->w != NULL) {
        MK_TRY(checked(XGDMatrixSetFloatInfo(f->train, "weight", task->w, task->n), err));
    }
    MK_TRY(checked(XGDMatrixCreateFromMat(task->test, task->m, task->d, NAN, &f->test), err));
    MK_TRY(checked(XGBoosterCreate(&f->train, 1, &f->model), err));
    MK_TRY(set_all(f, trees, err));
    for (int r = 0; r < trees->rounds; r++) {
        if (mk_cancelled(task->cancel)) {
            return mk_fail(err, MK_ECANCEL, "interrupted");
        }
        MK_TRY(checked(XGBoosterUpdateOneIter(f->model, r, f->train), err));
    }
    MK_TRY(checked(XGBoosterPredict(f->model, f->test, 0, 0, 0, &len, &answer), err));
    memcpy(out, answer, len * sizeof *out);
    return MK_OK;
}

MkStatus mk_trees_learn(const MkTrees *trees, const MkTreesTask *task, float *out, MkError *err)
{
    Forest f = {0};
    const MkStatus st = grow(&f, trees, task, out, err);
    if (f.model != NULL) {
        (void)XGBoosterFree(f.model);
    }
    if (f.train != NULL) {
        (void)XGDMatrixFree(f.train);
    }
    if (f.test != NULL) {
        (void)XGDMatrixFree(f.test);
    }
    return st;
}

#else

bool mk_trees_available(void)
{
    return false;
}

MkStatus mk_trees_learn(const MkTrees *trees, const MkTreesTask *task, float *out, MkError *err)
{
    (void)trees;
    (void)task;
    (void)out;
    return mk_fail(err, MK_EUNSUPPORTED,
                   "this build has no boosted trees: it was configured "
                   "without xgboost (Debian: libxgboost-dev)");
}

#endif
