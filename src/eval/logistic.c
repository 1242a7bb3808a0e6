#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "src/eval/logistic.h"

#include <math.h>
#include <nlopt.h>
#include <stdlib.h>

#include "src/base/arena.h"

enum { EVALUATIONS = 60 };

/* A column of the regression: a number, or one level. */
typedef struct Term {
    size_t from;  /* column of the task */
    double level; /* < 0: a number */
    double mean, scale;
} Term;

typedef struct Fit {
    const MkTreesTask *task;
    size_t n_terms;
    Term *terms;
    float *x;      /* (n, n_terms) */
    double *slope; /* (1 + n_terms) intercept first */
} Fit;

static float term_value(const Term *t, float value)
{
    if (isnan(value)) {
        return 0.0F;
    }
    const double x = t->level < 0.0 ? (double)value : ((double)value == t->level ? 1.0 : 0.0);
    return (float)((x - t->mean) / t->scale);
}

static void standardise(const MkTreesTask *task, Term *t)
{
    double n = 0.0, sum = 0.0, squares = 0.0;
    for (size_t pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < task->n; i++) {
            const float value = task->x[i * task->d + t->from];
            if (isnan(value)) {
                continue;
            }
            const double x = t->level < 0.0 ? (double)value : (double)value == t->level;
            n += pass == 0 ? 1.0 : 0.0;
            sum += pass == 0 ? x : 0.0;
            squares += pass == 1 ? (x - t->mean) * (x - t->mean) : 0.0;
        }
        t->mean = sum / fmax(n, 1.0);
    }
    const double sd = sqrt(squares / fmax(n, 1.0));
    t->scale = sd > 0.0 ? sd : INFINITY; /* does not vary: says nothing */
}

/* Penalised mean log loss and its gradient. */
static double loss(unsigned n_slopes, const double *slope, double *gradient, void *ctx)
{
    const Fit *const f = ctx;
    const MkTreesTask *const task = f->task;
    double sum = 0.0, all = 0.0;
    for (size_t k = 0; gradient != NULL && k < n_slopes; k++) {
        gradient[k] = 0.0;
    }
    for (size_t i = 0; i < task->n; i++) {
        const float *const x = f->x + i * f->n_terms;
        const double w = task->w != NULL ? (double)task->w[i] : 1.0;
        double odds = slope[0];
        for (size_t k = 0; k < f->n_terms; k++) {
            odds += slope[1 + k] * (double)x[k];
        }
        const double p = 1.0 / (1.0 + exp(-odds)), y = (double)task->y[i];
        sum += w * (fmax(odds, 0.0) - odds * y + log1p(exp(-fabs(odds))));
        all += w;
        if (gradient != NULL) {
            const double pull = w * (p - y);
            gradient[0] += pull;
            for (size_t k = 0; k < f->n_terms; k++) {
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
    const unsigned n = (unsigned)(1 + f->n_terms);
    nlopt_opt opt = nlopt_create(NLOPT_LD_LBFGS, n);
    double best = 0.0;
    if (opt == NULL) {
        return mk_fail(err, MK_ENOMEM, "out of memory for a regression");
    }
    (void)nlopt_set_min_objective(opt, loss, f);
    (void)nlopt_set_ftol_rel(opt, 1e-6);
    (void)nlopt_set_maxeval(opt, EVALUATIONS);
    (void)nlopt_optimize(opt, f->slope, &best); /* the best so far, however it ended */
    nlopt_destroy(opt);
    return isfinite(best) ? MK_OK : mk_fail(err, MK_ENUMERIC, "a regression did not converge");
}

static MkStatus open_fit(const MkSchema *schema, const size_t *ids, MkArena *arena, Fit *f,
                         MkError *err)
{
    size_t n = 0;
    for (size_t j = 0; j < f->task->d; j++) {
        n += schema->attributes[ids[j]].n_levels > 0 ? schema->attributes[ids[j]].n_levels : 1;
    }
    f->terms = mk_arena_array(arena, n + 1, sizeof *f->terms);
    f->x = mk_arena_array(arena, f->task->n * n + 1, sizeof *f->x);
    f->slope = mk_arena_zeros(arena, n + 1, sizeof *f->slope);
    if (f->terms == NULL || f->x == NULL || f->slope == NULL) {
        return mk_fail(err, MK_ENOMEM, "out of memory for a regression");
    }
    for (size_t j = 0; j < f->task->d; j++) {
        const size_t levels = schema->attributes[ids[j]].n_levels;
        for (size_t k = 0; k < (levels > 0 ? levels : 1); k++) {
            Term *const t = &f->terms[f->n_terms++];
            *t = (Term){.from = j, .level = levels > 0 ? (double)k : -1.0};
            standardise(f->task, t);
        }
    }
    for (size_t i = 0; i < f->task->n; i++) {
        for (size_t k = 0; k < n; k++) {
            f->x[i * n + k] =
                term_value(&f->terms[k], f->task->x[i * f->task->d + f->terms[k].from]);
        }
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
        double odds = f.slope[0];
        for (size_t k = 0; k < f.n_terms; k++) {
            const Term *const t = &f.terms[k];
            odds += f.slope[1 + k] * (double)term_value(t, task->test[i * task->d + t->from]);
        }
        out[i] = (float)odds;
    }
    mk_arena_free(arena);
    return st;
}
