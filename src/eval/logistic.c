#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "src/eval/logistic.h"

#include <math.h>
#include <nlopt.h>
#include <stdlib.h>

#include "src/eval/design.h"

enum { EVALUATIONS = 60 };

typedef struct Fit {
    const MkTreesTask *task;
    MkDesign design;
    float *x; /* (n, n_terms) */
    nlopt_opt opt;
    double *slope; /* (1 + n_terms) intercept first */
} Fit;

/* Penalised mean log loss and its gradient. */
static double loss(unsigned n_slopes, const double *slope, double *gradient, void *ctx)
{
    const Fit *const f = ctx;
    const MkTreesTask *const task = f->task;
    double sum = 0.0, all = 0.0;
    if (mk_cancelled(task->cancel)) {
        (void)nlopt_force_stop(f->opt);
    }
    for (size_t k = 0; gradient != NULL && k < n_slopes; k++) {
        gradient[k] = 0.0;
    }
    for (size_t i = 0; i < task->n; i++) {
        const float *const x = f->x + i * f->design.n_terms;
        const double w = task->w != NULL ? (double)task->w[i] : 1.0;
        double odds = slope[0];
        for (size_t k = 0; k < f->design.n_terms; k++) {
            odds += slope[1 + k] * (double)x[k];
        }
        const double p = 1.0 / (1.0 + exp(-odds)), y = (double)task->y[i];
        sum += w * (fmax(odds, 0.0) - odds * y + log1p(exp(-fabs(odds))));
        all += w;
        if (gradient != NULL) {
            const double pull = w * (p - y);
            gradient[0] += pull;
            for (size_t k = 0; k < f->design.n_terms; k++) {
                gradient[1 + k] += pull * (double)x[k];
            }
        }
    }
    for (size_t k = 1; k < n_slopes; k++) {
        sum += 0.5 * slope[k] * slope[k];
        if (gradient != NULL) {
            gradient[k] += slope[k];
        }
    }
    for (size_t k = 0; gradient != NULL && k < n_slopes; k++) {
        gradient[k] /= all;
    }
    return sum / all;
}

static MkStatus find_slopes(Fit *f, MkError *err)
{
    const unsigned n = (unsigned)(1 + f->design.n_terms);
    double best = 0.0;
    nlopt_opt opt = nlopt_create(NLOPT_LD_LBFGS, n);
    f->opt = opt;
    if (opt == NULL) {
        return mk_fail(err, MK_ENOMEM, "out of memory for a regression");
    }
    (void)nlopt_set_min_objective(opt, loss, f);
    (void)nlopt_set_ftol_rel(opt, 1e-6);
    (void)nlopt_set_maxeval(opt, EVALUATIONS);
    (void)nlopt_optimize(opt, f->slope, &best); /* the best so far, however it ended */
    nlopt_destroy(opt);
    if (mk_cancelled(f->task->cancel)) {
        return mk_fail(err, MK_ECANCEL, "interrupted");
    }
    return isfinite(best) ? MK_OK : mk_fail(err, MK_ENUMERIC, "a regression did not converge");
}

static MkStatus open_fit(const MkSchema *schema, const size_t *ids, MkArena *arena, Fit *f,
                         MkError *err)
{
    const MkTreesTask *const task = f->task;
    MK_TRY(mk_design_new(schema, ids, task->x, task->n, task->d, arena, &f->design, err));
    const size_t n = f->design.n_terms;
    f->x = mk_arena_array(arena, (task->n + 1) * n + 1, sizeof *f->x);
    f->slope = mk_arena_zeros(arena, n + 1, sizeof *f->slope);
    if (f->x == NULL || f->slope == NULL) {
        return mk_fail(err, MK_ENOMEM, "out of memory for a regression");
    }
    for (size_t i = 0; i < task->n; i++) {
        mk_design_row(&f->design, task->x + i * task->d, f->x + i * n);
    }
    return MK_OK;
}

MkStatus mk_logistic_learn(const MkSchema *schema, const size_t *ids, const MkTreesTask *task,
                           float *out, MkError *err)
{
    MkArena *const arena = mk_arena_new(0);
    Fit f = {.task = task};
    MkStatus st = arena != NULL ? open_fit(schema, ids, arena, &f, err)
                                : mk_fail(err, MK_ENOMEM, "out of memory for a regression");
    if (st == MK_OK) {
        st = find_slopes(&f, err);
    }
    for (size_t i = 0; st == MK_OK && i < task->m; i++) {
        float *const row = f.x + task->n * f.design.n_terms;
        double odds = f.slope[0];
        mk_design_row(&f.design, task->test + i * task->d, row);
        for (size_t k = 0; k < f.design.n_terms; k++) {
            odds += f.slope[1 + k] * (double)row[k];
        }
        out[i] = (float)odds;
    }
    mk_arena_free(arena);
    return st;
}
