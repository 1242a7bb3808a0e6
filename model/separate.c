#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "model/separate.h"

#include <math.h>
#include <string.h>

#include "src/data/value.h"

static MkStatus no_memory(MkError *err)
{
    return mk_fail(err, MK_ENOMEM, "out of memory for persons");
}

/* ---- one value ---- */

double mk_separate_log(const MkDistribution *d, double step, double x)
{
    if (d->kind == MK_DIST_LEVELS) {
        return log(fmax(mk_dist_level(d, (size_t)x), 1e-12));
    }
    const double half = 0.5 * (step > 0.0 ? step : 1e-6 * fmax(1.0, fabs(x)));
    return log(fmax(mk_dist_cdf(d, x + half) - mk_dist_cdf_below(d, x - half), 1e-13));
}

double mk_separate_mass(const MkDistribution *d, const MkDrawLimit *limit)
{
    double mass = 0.0;
    if (d->kind != MK_DIST_LEVELS) {
        return mk_dist_mass(d, limit->low, limit->high);
    }
    for (size_t k = 0; k < d->n; k++) {
        mass += (limit->levels >> k & 1U) != 0 ? d->p[k] : 0.0;
    }
    return mass;
}

double mk_separate_draw(const MkDistribution *d, const MkDrawLimit *limit, double step, MkRng *rng)
{
    if (d->kind == MK_DIST_LEVELS) {
        const bool all = !limit->is_limited || !(mk_separate_mass(d, limit) > 0.0);
        double left = mk_rng_uniform(rng) * (all ? 1.0 : mk_separate_mass(d, limit));
        size_t last = 0;
        for (size_t k = 0; k < d->n; k++) {
            if (limit->is_limited && (limit->levels >> k & 1U) == 0) {
                continue;
            }
            last = k;
            left -= d->p[k];
            if (left < 0.0) {
                break;
            }
        }
        return (double)last;
    }
    double a = 0.0, b = 1.0;
    if (limit->is_limited) {
        a = isfinite(limit->low) ? mk_dist_cdf_below(d, limit->low) : 0.0;
        b = isfinite(limit->high) ? mk_dist_cdf(d, limit->high) : 1.0;
    }
    const double u = a + (b - a) * mk_rng_uniform(rng);
    double x = mk_value_recorded(d->attribute, step,
                                 d->kind == MK_DIST_POINT ? d->a : mk_dist_quantile(d, u));
    x = fmin(fmax(x, d->attribute->min), d->attribute->max);
    return limit->is_limited ? fmin(fmax(x, limit->low), limit->high) : x;
}

/* ---- persons ---- */

typedef struct Separate {
    const MkModel *model;
    MkArena *arena;
    size_t n_known, n_targets;
    size_t *known, *targets;
    MkDrawLimit *limits; /* (n_targets) */
    double *steps;       /* (n_targets) */
} Separate;

static void close_separate(void *state)
{
    Separate *const s = state;
    mk_arena_free(s->arena);
}

static MkStatus open_separate(const MkModel *model, const MkDrawOrder *order, void **out,
                              MkError *err)
{
    MkArena *const arena = mk_arena_new(0);
    Separate *const s = arena != NULL ? mk_arena_zeros(arena, 1, sizeof *s) : NULL;
    if (s == NULL) {
        mk_arena_free(arena);
        return no_memory(err);
    }
    *s = (Separate){
        .model = model, .arena = arena, .n_known = order->n_known, .n_targets = order->n_targets};
    s->known = mk_arena_array(arena, order->n_known + 1, sizeof *s->known);
    s->targets = mk_arena_array(arena, order->n_targets + 1, sizeof *s->targets);
    s->limits = mk_arena_zeros(arena, order->n_targets + 1, sizeof *s->limits);
    s->steps = mk_arena_array(arena, order->n_targets + 1, sizeof *s->steps);
    if (s->known == NULL || s->targets == NULL || s->limits == NULL || s->steps == NULL) {
        close_separate(s);
        return no_memory(err);
    }
    for (size_t i = 0; i < order->n_known; i++) {
        s->known[i] = order->known[i];
    }
    for (size_t t = 0; t < order->n_targets; t++) {
        s->targets[t] = order->targets[t];
        s->steps[t] = mk_marginal_step(&model->marginals[order->targets[t]]);
        if (order->limits != NULL) {
            s->limits[t] = order->limits[t];
        }
    }
    *out = s;
    return MK_OK;
}

static double one_value(const Separate *s, const MkDistribution *d, size_t t, double given,
                        MkRng *rng, double *log_p, double *log_mass)
{
    if (log_mass != NULL && s->limits[t].is_limited) {
        *log_mass += log(fmax(mk_separate_mass(d, &s->limits[t]), 1e-300));
    }
    const double x = isnan(given) ? mk_separate_draw(d, &s->limits[t], s->steps[t], rng) : given;
    if (log_p != NULL) {
        *log_p += mk_separate_log(d, s->steps[t], x);
    }
    return x;
}

static MkStatus run_separate(const void *state, const double *known, size_t n, MkRng *streams,
                             const double *given, MkArena *arena, double *out, double *log_p,
                             double *log_mass, MkError *err)
{
    const Separate *const s = state;
    const size_t k = s->n_targets;
    MkPoint *const points = mk_arena_array(arena, s->n_known + 1, sizeof *points);
    MkDistribution *const answers = mk_arena_array(arena, k + 1, sizeof *answers);
    if (points == NULL || answers == NULL) {
        return no_memory(err);
    }
    const MkMark mark = mk_arena_mark(arena);
    for (size_t b = 0; b < n; b++) {
        const double *const row = known + b * s->n_known;
        if (b == 0 ||
            (s->n_known > 0 && memcmp(row, row - s->n_known, s->n_known * sizeof *row) != 0)) {
            mk_arena_rewind(arena, mark);
            for (size_t i = 0; i < s->n_known; i++) {
                points[i] = (MkPoint){s->known[i], row[i]};
            }
            MK_TRY(mk_model_posterior(mk_model_raw(s->model), points, s->n_known, s->targets, k,
                                      arena, answers, err));
        }
        for (size_t t = 0; t < k; t++) {
            out[b * k + t] =
                one_value(s, &answers[t], t, given != NULL ? given[b * k + t] : NAN, &streams[b],
                          log_p != NULL ? &log_p[b] : NULL, log_mass != NULL ? &log_mass[b] : NULL);
        }
    }
    return MK_OK;
}

const MkJoint mk_joint_separate = {
    .open = open_separate, .run = run_separate, .close = close_separate};
