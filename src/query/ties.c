/* ties.c - values of inputs that people do not have together: cigarettes a day of somebody who
 * never smoked, a weight that the given height and BMI rule out.
 *
 * An input is tied down by the others when its value, common enough among people with what
 * stays of the evidence, is one that fewer than one in two hundred have when the other inputs'
 * values are known too. The model is asked, not the cells of the training people: a cell that is
 * not told may hide some people for the sake of others. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <math.h>

#include "src/query/search.h"

static const double rare = 0.005;

void mk_search_usual(MkInput *input, const MkDistribution *like)
{
    if (input->is_number) {
        input->usual_low = mk_dist_quantile(like, rare);
        input->usual_high = mk_dist_quantile(like, 1 - rare);
        return;
    }
    for (size_t k = 0; k < input->about->n_levels; k++) {
        input->usual_levels |= mk_dist_level(like, k) >= rare ? UINT64_C(1) << k : 0;
    }
}

/* What is not usual by itself is not for the other inputs to forbid. */
static bool fits(const MkInput *input, const MkDistribution *d, double x)
{
    if (!input->is_number) {
        const bool is_usual = ((input->usual_levels >> (size_t)x) & 1U) != 0;
        return !is_usual || mk_dist_level(d, (size_t)x) >= rare;
    }
    const double slack = 0.5 * input->step;
    const bool is_usual = x >= input->usual_low - slack && x <= input->usual_high + slack;
    return !is_usual ||
           (x >= mk_dist_quantile(d, rare) - slack && x <= mk_dist_quantile(d, 1 - rare) + slack);
}

/* Whether an input has one value in a trial. */
static bool has_value(const MkInput *input, const MkTrial *trial, size_t i, double *x)
{
    *x = trial->is_on[i] ? trial->x[i] : input->given != NULL ? input->given->point : NAN;
    return trial->is_on[i] || (input->given != NULL && input->given->kind == MK_VALUE_POINT);
}

/* p(input | what stays, the other inputs): the points of it, for ranges tie nothing down.
 * `levels_only`: of the others the levels alone. */
static MkStatus given_others(const MkSearch *search, const MkTrial *trial, size_t i,
                             bool levels_only, MkArena *arena, MkDistribution *out, MkError *err)
{
    MkPoint *points = mk_arena_array(arena, search->base.n + search->n, sizeof *points);
    size_t n = 0;
    if (points == NULL) {
        return mk_fail(err, MK_ENOMEM, "out of memory for a search");
    }
    for (size_t k = 0; k < search->base.n; k++) {
        const MkKnown *known = &search->base.known[k];
        if (known->value.kind == MK_VALUE_POINT) {
            points[n++] = (MkPoint){known->attribute, known->value.point};
        }
    }
    for (size_t k = 0; k < search->n; k++) {
        const MkInput *other = &search->inputs[k];
        double x = 0;
        if (k != i && has_value(other, trial, k, &x) && !(levels_only && other->is_number)) {
            points[n++] = (MkPoint){other->attribute, x};
        }
    }
    return mk_model_posterior(search->query->model, points, n, &search->inputs[i].attribute, 1,
                              arena, out, err);
}

static MkStatus ask_fit(const MkSearch *search, const MkTrial *trial, size_t i, MkArena *arena,
                        bool *out, MkError *err)
{
    const MkMark mark = mk_arena_mark(arena);
    MkDistribution d;
    double x = 0;
    *out = true;
    if (has_value(&search->inputs[i], trial, i, &x)) {
        MK_TRY(given_others(search, trial, i, false, arena, &d, err));
        *out = fits(&search->inputs[i], &d, x);
        mk_arena_rewind(arena, mark);
    }
    return MK_OK;
}

MkStatus mk_search_find_odd(MkSearch *search, MkArena *arena, const MkTrial *base, MkError *err)
{
    for (size_t i = 0; i < search->n; i++) {
        bool is_fit = true;
        MK_TRY(ask_fit(search, base, i, arena, &is_fit, err));
        search->inputs[i].is_odd = !is_fit;
    }
    return MK_OK;
}

MkStatus mk_search_check(const MkSearch *search, MkArena *arena, MkTrial *trial, MkError *err)
{
    bool any = false;
    for (size_t i = 0; i < search->n; i++) {
        any = any || trial->is_on[i];
    }
    for (size_t i = 0; any && i < search->n; i++) {
        bool is_fit = true;
        if (trial->is_on[i] || !search->inputs[i].is_odd) {
            MK_TRY(ask_fit(search, trial, i, arena, &is_fit, err));
            trial->violation += is_fit ? 0 : 1;
        }
    }
    return MK_OK;
}

/* To the nearest value that the conditional has; false when that is not allowed. */
static bool bring(const MkInput *input, const MkDistribution *d, double to, MkTrial *trial,
                  size_t i)
{
    const double x = mk_search_snap(input, to);
    if (!fits(input, d, x)) {
        return false;
    }
    trial->x[i] = x;
    trial->is_on[i] = mk_search_is_change(input, x);
    return true;
}

MkStatus mk_search_follow(const MkSearch *search, MkArena *arena, MkTrial *trial, MkError *err)
{
    for (size_t i = 0; i < search->n; i++) {
        const MkInput *input = &search->inputs[i];
        const MkMark mark = mk_arena_mark(arena);
        double x = 0;
        MkDistribution d;
        if (!input->is_number || !has_value(input, trial, i, &x)) {
            continue;
        }
        MK_TRY(given_others(search, trial, i, true, arena, &d, err));
        if (!fits(input, &d, x) && input->given == NULL) {
            trial->is_on[i] = false;
        } else if (!fits(input, &d, x)) {
            (void)bring(input, &d, mk_dist_quantile(&d, 0.5), trial, i);
        }
        mk_arena_rewind(arena, mark);
    }
    return MK_OK;
}

MkStatus mk_search_pull_in(const MkSearch *search, MkArena *arena, MkTrial *trial, MkError *err)
{
    for (size_t i = 0; i < search->n; i++) {
        const MkInput *input = &search->inputs[i];
        const MkMark mark = mk_arena_mark(arena);
        MkDistribution d;
        if (!trial->is_on[i]) {
            continue;
        }
        MK_TRY(given_others(search, trial, i, false, arena, &d, err));
        if (!fits(input, &d, trial->x[i])) {
            const double low = mk_dist_quantile(&d, rare);
            const double high = mk_dist_quantile(&d, 1 - rare);
            const double to = fmin(fmax(trial->x[i], low), high);
            if (!input->is_number || !bring(input, &d, to, trial, i)) {
                trial->is_on[i] = false;
            }
        }
        mk_arena_rewind(arena, mark);
    }
    return MK_OK;
}
