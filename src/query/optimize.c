/* optimize.c - mk_query_optimize: the plan of a search over inputs.
 *
 * Each input alone; all together from several starts; the best one with fewer inputs, and without
 * each of its main ones; then, of what was found, the least effort that keeps most of it, or half.
 * What is left when dominated and alike ones are dropped are the solutions. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "src/query/optimize.h"

#include <math.h>
#include <string.h>

#include "src/base/rng.h"
#include "src/query/mix.h"
#include "src/query/search.h"
#include "src/query/show.h"

enum {
    TOGETHER = 12, /* inputs that are moved at a time */
    STARTS = 8,    /* of the search over all */
    AT_ONCE = 4,   /* tasks between two looks at the clock of the screen */
    TASKS_MAX = 64,
    POOL_MAX = 256,
    BUDGET_ALONE = 60,
    BUDGET_ALL = 400,
    BUDGET_FEWER = 250,
    BUDGET_LIGHT = 250
};

static const double rare_level = 0.02;

typedef struct Plan {
    MkSearch search;
    MkQuery query; /* that of the search */
    MkArena *arena;
    MkArena **arenas; /* (n_workers) */
    size_t n_workers;
    MkSearchTask *tasks; /* (TASKS_MAX) */
    size_t n_tasks;
    MkTrial *found; /* (POOL_MAX) */
    size_t n_found;
    MkTrial base, best;
    bool has_best;
    size_t order[MK_OPTIMIZE_FREE]; /* inputs, the most useful first */
    size_t n_asked;
    bool was_cancelled, was_late, floor_is_lower;
    size_t forgotten;
    double told;      /* when partial results were handed over last */
    double told_cost; /* seconds that it took */
} Plan;

static MkStatus no_memory(MkError *err)
{
    return mk_fail(err, MK_ENOMEM, "out of memory for a search");
}

static double now(const Plan *plan)
{
    return plan->search.ask->clock != NULL ? plan->search.ask->clock() : 0;
}

/* ---- what is asked ---- */

static MkStatus check_free(const MkModel *model, const MkOptimize *ask, size_t i, MkError *err)
{
    const size_t j = ask->free[i].attribute;
    const MkAttribute *attribute = mk_show_attribute(model, j);
    if (j == ask->measure.attribute) {
        return mk_fail(err, MK_EINVAL, "%s is the goal and cannot be an input too",
                       attribute->name);
    }
    for (size_t k = 0; k < i; k++) {
        if (ask->free[k].attribute == j) {
            return mk_fail(err, MK_EINVAL, "%s stands twice after 'over'", attribute->name);
        }
    }
    if (!attribute->modifiable && !ask->takes_any) {
        return mk_fail(err, MK_EINVAL,
                       "%s is nothing that a person can change; 'attributes modifiable' lists what "
                       "is, --any takes it all the same",
                       attribute->name);
    }
    return MK_OK;
}

static MkStatus check(const MkQuery *query, const MkOptimize *ask, MkError *err)
{
    if (ask->n_free == 0 || ask->n_free > MK_OPTIMIZE_FREE) {
        return mk_fail(err, MK_EINVAL, "%zu inputs to change, expected 1 to %d", ask->n_free,
                       MK_OPTIMIZE_FREE);
    }
    if (ask->n_constraints > MK_OPTIMIZE_CONSTRAINTS) {
        return mk_fail(err, MK_EINVAL, "%zu constraints, expected at most %d", ask->n_constraints,
                       MK_OPTIMIZE_CONSTRAINTS);
    }
    for (size_t i = 0; i < ask->n_free; i++) {
        MK_TRY(check_free(query->model, ask, i, err));
    }
    return MK_OK;
}

/* ---- the inputs ---- */

/* What such people have: `like` is the answer given what stays. */
static void number_input(const MkModel *model, const MkFree *free, const MkDistribution *d,
                         const MkDistribution *like, MkInput *out)
{
    const size_t j = free->attribute;
    const MkShowStep show = mk_show_step(model, j);
    const bool has_range = free->has_allowed && free->allowed.kind == MK_VALUE_RANGE;
    const double sd = mk_model_marginal(model, j)->sd;
    const double low = mk_dist_quantile(like, 0.025);
    const double high = mk_dist_quantile(like, 0.975);
    out->unit = sd > 0 ? sd : 1;
    out->low = has_range && isfinite(free->allowed.low) ? free->allowed.low : low;
    out->high = has_range && isfinite(free->allowed.high) ? free->allowed.high : high;
    out->high = fmax(out->high, out->low);
    const double width = out->high - out->low;
    const double fine = show.finest > 0 ? show.finest : show.usual / 10;
    out->step = show.usual > 0 && show.usual <= width / 20 ? show.usual : fine;
    out->step = out->step > 0 ? out->step : fmax(width, 1) / 1000;
    const bool is_point = out->given != NULL && out->given->kind == MK_VALUE_POINT;
    const double median = mk_dist_quantile(d, 0.5);
    MkInput wide = *out;
    wide.low = out->about->min;
    wide.high = out->about->max;
    out->start = is_point ? out->given->point : mk_search_snap(&wide, median);
    if (!has_range) { /* ends on the grid, and where the person is belongs to what is allowed */
        out->low = fmin(mk_search_snap(&wide, out->low), out->start);
        out->high = fmax(mk_search_snap(&wide, out->high), out->start);
    }
}

static void level_input(const MkModel *model, const MkFree *free, const MkDistribution *d,
                        const MkDistribution *like, MkInput *out)
{
    const MkDistribution *population = mk_model_population(model, free->attribute);
    const bool is_point = out->given != NULL && out->given->kind == MK_VALUE_POINT;
    double mean = 0, square = 0;
    out->start = is_point ? out->given->point : mk_dist_mode(d);
    for (size_t k = 0; k < out->about->n_levels; k++) {
        const double p = mk_dist_level(population, k);
        const bool is_set = free->has_allowed && free->allowed.kind == MK_VALUE_SET;
        const bool is_in = is_set              ? ((free->allowed.levels >> k) & 1U) != 0
                           : free->has_allowed ? (double)k == free->allowed.point
                                               : mk_dist_level(like, k) >= rare_level;
        out->levels |= is_in ? UINT64_C(1) << k : 0;
        mean += p * (double)k;
        square += p * (double)k * (double)k;
    }
    const double variance = square - mean * mean;
    out->unit = out->about->type == MK_ORDINAL && variance > 0 ? sqrt(variance) : 0;
}

static size_t free_ids(const MkOptimize *ask, size_t ids[MK_OPTIMIZE_FREE])
{
    for (size_t i = 0; i < ask->n_free; i++) {
        ids[i] = ask->free[i].attribute;
    }
    return ask->n_free;
}

/* The answers about the inputs given some evidence; out (n_free). */
static MkStatus ask_inputs(Plan *plan, const MkQuery *query, MkEvidence evidence,
                           MkDistribution *out, MkError *err)
{
    const MkOptimize *ask = plan->search.ask;
    MkMix mix;
    size_t ids[MK_OPTIMIZE_FREE];
    (void)free_ids(ask, ids);
    MK_TRY(mk_mix_make(query->model, evidence, query->seed, query->cancel, plan->arena, &mix, err));
    return mk_mix_posterior(query->model, &mix, ids, ask->n_free, query->cancel, plan->arena, out,
                            err);
}

/* Where the person is says all evidence, what is allowed what stays of it. */
static MkStatus make_inputs(Plan *plan, const MkQuery *query, MkEvidence all, MkError *err)
{
    const MkOptimize *ask = plan->search.ask;
    MkDistribution now_at[MK_OPTIMIZE_FREE], like[MK_OPTIMIZE_FREE];
    MK_TRY(ask_inputs(plan, query, all, now_at, err));
    MK_TRY(ask_inputs(plan, query, plan->search.base, like, err));
    plan->search.n = ask->n_free;
    for (size_t i = 0; i < ask->n_free; i++) {
        const size_t j = ask->free[i].attribute;
        MkInput *input = &plan->search.inputs[i];
        *input = (MkInput){.attribute = j,
                           .about = mk_show_attribute(query->model, j),
                           .is_number = mk_show_is_number(query->model, j),
                           .given = mk_evidence_find(query->evidence, j),
                           .is_said = ask->free[i].has_allowed};
        if (input->is_number) {
            number_input(query->model, &ask->free[i], &now_at[i], &like[i], input);
        } else {
            level_input(query->model, &ask->free[i], &now_at[i], &like[i], input);
        }
        mk_search_usual(input, &like[i]);
        plan->order[i] = i;
    }
    return MK_OK;
}

/* What stays whatever is tried: neither an input nor the goal, whose given value would be the
 * answer. */
static MkStatus make_base(Plan *plan, const MkQuery *query, MkError *err)
{
    const MkOptimize *ask = plan->search.ask;
    const size_t goal = ask->measure.attribute;
    MkEvidence all;
    size_t ids[MK_OPTIMIZE_FREE];
    MK_TRY(mk_evidence_without(plan->arena, query->evidence, &goal, 1, &all, err));
    MK_TRY(mk_evidence_without(plan->arena, all, ids, free_ids(ask, ids), &plan->search.base, err));
    plan->forgotten =
        mk_evidence_find(query->evidence, goal) != NULL ? goal : mk_model_schema(query->model)->n;
    return make_inputs(plan, query, all, err);
}

static double scale_of(const MkModel *model, const MkMeasure *measure)
{
    const double sd = mk_model_marginal(model, measure->attribute)->sd;
    return measure->is_probability ? 0.1 : sd > 0 ? sd : 1;
}

static size_t target_at(MkSearch *search, size_t attribute)
{
    size_t t = 0;
    while (t < search->n_targets && search->targets[t] != attribute) {
        t++;
    }
    search->targets[t] = attribute;
    search->n_targets += t == search->n_targets ? 1 : 0;
    return t;
}

static void make_targets(MkSearch *search, const MkModel *model)
{
    const MkOptimize *ask = search->ask;
    (void)target_at(search, ask->measure.attribute);
    for (size_t c = 0; c < ask->n_constraints; c++) {
        search->limit_target[c] = target_at(search, ask->constraints[c].measure.attribute);
        search->limit_scale[c] = scale_of(model, &ask->constraints[c].measure);
    }
    search->scale = scale_of(model, &ask->measure);
    const MkShowStep step = mk_show_step(model, ask->measure.attribute);
    search->tolerance = ask->measure.is_probability
                            ? 0.005
                            : fmax(0.5 * fmax(step.usual, step.finest), 0.01 * search->scale);
}

/* A person who is rarer than the floor already only must not get rarer. */
static MkStatus make_start(Plan *plan, MkError *err)
{
    MkSearch *search = &plan->search;
    plan->base = (MkTrial){.value = 0};
    for (size_t i = 0; i < search->n; i++) {
        plan->base.x[i] = search->inputs[i].start;
    }
    search->floor = fmin(fmax(search->ask->floor, 0), 1);
    MK_TRY(mk_search_judge(search, plan->arena, &plan->base, err));
    if (plan->base.support < search->floor) {
        plan->floor_is_lower = true;
        search->floor = plan->base.support;
        MK_TRY(mk_search_judge(search, plan->arena, &plan->base, err));
    }
    return mk_search_find_odd(search, plan->arena, &plan->base, err);
}

/* ---- tasks ---- */

static MkSearchTask *add_task(Plan *plan, const MkTrial *at, size_t budget)
{
    if (plan->n_tasks == TASKS_MAX) {
        return NULL;
    }
    MkSearchTask *task = &plan->tasks[plan->n_tasks++];
    *task = (MkSearchTask){.at = *at, .budget = budget};
    return task;
}

/* The inputs that are moved together: all, or the most useful of many. */
static void may_all(const Plan *plan, MkSearchTask *task)
{
    for (size_t k = 0; task != NULL && k < plan->search.n && k < TOGETHER; k++) {
        task->may[plan->order[k]] = true;
    }
}

typedef struct Batch {
    Plan *plan;
    size_t first;
} Batch;

static void run_task(void *ctx, size_t index, size_t worker)
{
    const Batch *batch = ctx;
    mk_search_run(&batch->plan->search, batch->plan->arenas[worker],
                  &batch->plan->tasks[batch->first + index]);
}

static void keep(Plan *plan, const MkTrial *trial)
{
    if (plan->n_found < POOL_MAX) {
        plan->found[plan->n_found++] = *trial;
    }
    if (!plan->has_best || mk_search_better(trial, &plan->best)) {
        plan->best = *trial;
        plan->has_best = true;
    }
}

static void tell(Plan *plan)
{
    const MkQuery *query = &plan->query;
    const MkMeasure *measure = &plan->search.ask->measure;
    if (query->progress == NULL || !plan->has_best) {
        return;
    }
    const MkMark mark = mk_arena_mark(plan->arena);
    const char *line = mk_arena_printf(
        plan->arena, "optimize: %s %s (now %s), %zu tries",
        mk_measure_text(plan->arena, query->model, measure),
        mk_measure_value(plan->arena, query->model, measure, plan->best.value),
        mk_measure_value(plan->arena, query->model, measure, plan->base.value), plan->n_asked);
    if (line != NULL) {
        query->progress(query->ctx, line);
    }
    mk_arena_rewind(plan->arena, mark);
}

static MkStatus finish(Plan *plan, MkResult *result, MkError *err);

/* What there is so far, not oftener than a person can read, and for a fifth of the time at most. */
static void hand_over(Plan *plan)
{
    static const double pause = 0.25;
    const double at = now(plan);
    const double least = fmax(pause, 4 * plan->told_cost);
    if (plan->query.partial == NULL || !plan->has_best || at - plan->told < least) {
        return;
    }
    MkResult *so_far = mk_result_new("optimize");
    if (so_far != NULL && finish(plan, so_far, NULL) == MK_OK) {
        plan->query.partial(plan->query.ctx, so_far);
    } else {
        mk_result_free(so_far);
    }
    plan->told = now(plan);
    plan->told_cost = plan->told - at;
}

static MkStatus gather(Plan *plan, size_t first, size_t n, MkError *err)
{
    for (size_t t = first; t < first + n; t++) {
        const MkSearchTask *task = &plan->tasks[t];
        plan->n_asked += task->n_asked;
        if (task->status != MK_OK) {
            return mk_fail(err, task->status, "%s", task->err.text);
        }
        if (task->n_asked > 0) {
            keep(plan, &task->at);
        }
        if (task->was_cut) {
            plan->was_cancelled = mk_cancelled(plan->query.cancel);
            plan->was_late = !plan->was_cancelled;
        }
    }
    return MK_OK;
}

/* Runs the tasks that were added; their ends go to `found`. */
static MkStatus run_all(Plan *plan, MkError *err)
{
    size_t first = 0;
    while (first < plan->n_tasks && !plan->was_cancelled && !plan->was_late) {
        const size_t left = plan->n_tasks - first;
        const size_t n = left < AT_ONCE ? left : AT_ONCE;
        Batch batch = {plan, first};
        mk_pool_run(plan->query.pool, n, run_task, &batch);
        MK_TRY(gather(plan, first, n, err));
        tell(plan);
        hand_over(plan);
        first += n;
    }
    plan->n_tasks = 0;
    return MK_OK;
}

static bool is_over(const Plan *plan)
{
    return plan->was_cancelled || plan->was_late;
}

/* ---- the plan ---- */

/* Each input alone: which are useful, and solutions of one change. */
static MkStatus search_alone(Plan *plan, MkError *err)
{
    const size_t n = plan->search.n;
    for (size_t i = 0; i < n; i++) {
        add_task(plan, &plan->base, BUDGET_ALONE)->may[i] = true;
    }
    const size_t before = plan->n_found;
    MK_TRY(run_all(plan, err));
    if (plan->n_found - before < n) {
        return MK_OK;
    }
    const MkTrial *alone = plan->found + before;
    for (size_t a = 1; a < n; a++) { /* insertion keeps equals in their order */
        const size_t moving = plan->order[a];
        size_t b = a;
        for (; b > 0 && mk_search_better(&alone[moving], &alone[plan->order[b - 1]]); b--) {
            plan->order[b] = plan->order[b - 1];
        }
        plan->order[b] = moving;
    }
    return MK_OK;
}

/* Where input i stood best alone, a share of the way; or anywhere. */
static void place_start(const Plan *plan, size_t s, size_t i, const MkTrial *alone, MkTrial *out)
{
    static const double shares[] = {0, 1, 0.5, 0.25};
    enum { N_SHARES = sizeof shares / sizeof shares[0] };
    const MkInput *input = &plan->search.inputs[i];
    MkRng rng = mk_rng(plan->query.seed, MK_RNG_QUERY, s * MK_OPTIMIZE_FREE + i);
    const double u = mk_rng_uniform(&rng);
    const double to = alone->is_on[i] ? alone->x[i] : input->start;
    if (s < N_SHARES && input->is_number) {
        out->x[i] = input->start + shares[s] * (to - input->start);
    } else if (s < N_SHARES) {
        out->x[i] = s == 1 ? to : input->start;
    } else if (input->is_number) {
        out->x[i] = input->low + u * (input->high - input->low);
    } else {
        size_t k = (size_t)(u * (double)input->about->n_levels);
        while (k > 0 && ((input->levels >> k) & 1U) == 0) {
            k--;
        }
        out->x[i] = ((input->levels >> k) & 1U) != 0 ? (double)k : input->start;
    }
    out->is_on[i] = mk_search_is_change(input, out->x[i]);
}

static MkStatus search_together(Plan *plan, MkError *err)
{
    if (plan->search.n < 2) {
        return MK_OK;
    }
    for (size_t s = 0; s < STARTS; s++) {
        MkTrial at = plan->base;
        for (size_t k = 0; k < plan->search.n && k < TOGETHER; k++) {
            const size_t i = plan->order[k];
            place_start(plan, s, i, &plan->found[i], &at);
        }
        may_all(plan, add_task(plan, &at, BUDGET_ALL));
    }
    return run_all(plan, err);
}

/* Inputs of the best trial, the most needed first; gives their number. */
static MkStatus rank_needed(Plan *plan, size_t *out, size_t *n, MkError *err)
{
    double loss[MK_OPTIMIZE_FREE];
    *n = 0;
    for (size_t i = 0; i < plan->search.n; i++) {
        MkTrial without = plan->best;
        if (!plan->best.is_on[i]) {
            continue;
        }
        without.is_on[i] = false;
        MK_TRY(mk_search_judge(&plan->search, plan->arena, &without, err));
        plan->n_asked++;
        const double lost =
            without.merit - plan->best.merit + 10 * (without.violation - plan->best.violation);
        size_t b = (*n)++;
        for (; b > 0 && lost > loss[b - 1]; b--) {
            loss[b] = loss[b - 1];
            out[b] = out[b - 1];
        }
        loss[b] = lost;
        out[b] = i;
    }
    return MK_OK;
}

/* The best one with its k most needed inputs only; and all inputs but one of its main ones. */
static MkStatus search_fewer(Plan *plan, MkError *err)
{
    enum { WITHOUT = 6 };
    size_t needed[MK_OPTIMIZE_FREE];
    size_t n = 0;
    MK_TRY(rank_needed(plan, needed, &n, err));
    for (size_t k = n; k > 0; k--) {
        MkTrial at = plan->best;
        for (size_t d = k; d < n; d++) {
            at.is_on[needed[d]] = false;
        }
        MkSearchTask *task = add_task(plan, &at, BUDGET_FEWER);
        for (size_t d = 0; task != NULL && d < k; d++) {
            task->may[needed[d]] = true;
        }
    }
    for (size_t d = 0; d < n && d < WITHOUT && plan->search.n > 1; d++) {
        MkTrial at = plan->best;
        at.is_on[needed[d]] = false;
        MkSearchTask *task = add_task(plan, &at, BUDGET_FEWER);
        may_all(plan, task);
        if (task != NULL) {
            task->may[needed[d]] = false;
        }
    }
    return run_all(plan, err);
}

static void add_light(Plan *plan, const MkTrial *from, double share)
{
    MkSearchTask *task = add_task(plan, from, BUDGET_LIGHT);
    may_all(plan, task);
    if (task == NULL) {
        return;
    }
    for (size_t i = 0; i < plan->search.n; i++) {
        task->may[i] = share < MK_SEARCH_KEPT ? task->may[i] : from->is_on[i];
    }
    task->is_light = true;
    task->enough = mk_search_merit_at(&plan->base, from, share);
}

/* What was found with less effort; and half-way solutions. */
static MkStatus search_light(Plan *plan, MkError *err)
{
    static const double shares[] = {0.75, 0.5, 0.25};
    const bool has_way = plan->search.ask->goal != MK_GOAL_VALUE && plan->base.violation <= 0;
    const size_t n = plan->n_found;
    const MkTrial best = plan->best;
    add_light(plan, &best, MK_SEARCH_KEPT);
    for (size_t s = 0; has_way && s < sizeof shares / sizeof shares[0]; s++) {
        add_light(plan, &best, shares[s]);
    }
    if (!has_way) { /* any input may help to reach it with less */
        MkSearchTask *task = add_task(plan, &best, BUDGET_LIGHT * 2);
        may_all(plan, task);
        if (task != NULL) {
            task->is_light = true;
            task->enough = mk_search_merit_at(&plan->base, &best, MK_SEARCH_KEPT);
        }
    }
    const size_t first = plan->search.n < n ? plan->search.n : 0; /* those alone are light enough */
    for (size_t f = first; f < n; f++) {
        const bool is_start = f < plan->search.n + STARTS;
        if (plan->found[f].violation <= 0 && !is_start) {
            add_light(plan, &plan->found[f], MK_SEARCH_KEPT);
        }
    }
    return run_all(plan, err);
}

static MkStatus search_all(Plan *plan, MkError *err)
{
    static MkStatus (*const stages[])(Plan *, MkError *) = {search_alone, search_together,
                                                            search_fewer, search_light};
    for (size_t s = 0; s < sizeof stages / sizeof stages[0] && !is_over(plan); s++) {
        MK_TRY(stages[s](plan, err));
    }
    return MK_OK;
}

/* ---- what is told ---- */

static MkStatus finish(Plan *plan, MkResult *result, MkError *err)
{
    const MkMark mark = mk_arena_mark(plan->arena);
    MkOutcome outcome = {.search = &plan->search,
                         .base = plan->base,
                         .n_asked = plan->n_asked,
                         .was_cancelled = plan->was_cancelled,
                         .was_late = plan->was_late,
                         .floor_is_lower = plan->floor_is_lower,
                         .forgotten = plan->forgotten};
    MK_TRY(mk_search_choose(&plan->search, plan->arena, &plan->base, &plan->best, plan->found,
                            plan->n_found, &outcome.chosen, err));
    const MkStatus st = mk_outcome_show(&outcome, result, err);
    mk_arena_rewind(plan->arena, mark);
    return st;
}

/* ---- all of it ---- */

static MkStatus make_room(Plan *plan, MkError *err)
{
    plan->n_workers = plan->query.pool != NULL ? mk_pool_size(plan->query.pool) : 1;
    plan->arenas = mk_arena_zeros(plan->arena, plan->n_workers, sizeof(MkArena *));
    plan->tasks = mk_arena_zeros(plan->arena, TASKS_MAX, sizeof *plan->tasks);
    plan->found = mk_arena_zeros(plan->arena, POOL_MAX, sizeof *plan->found);
    if (plan->arenas == NULL || plan->tasks == NULL || plan->found == NULL) {
        return no_memory(err);
    }
    for (size_t w = 0; w < plan->n_workers; w++) {
        plan->arenas[w] = mk_arena_new(0);
        if (plan->arenas[w] == NULL) {
            return no_memory(err);
        }
    }
    return MK_OK;
}

static MkStatus run_plan(Plan *plan, const MkQuery *query, MkResult *result, MkError *err)
{
    const MkOptimize *ask = plan->search.ask;
    MK_TRY(make_room(plan, err));
    make_targets(&plan->search, query->model);
    MK_TRY(make_base(plan, query, err));
    MK_TRY(make_start(plan, err));
    plan->told = now(plan);
    plan->search.until = ask->seconds > 0 ? plan->told + ask->seconds : INFINITY;
    keep(plan, &plan->base);
    plan->n_found = 0; /* no change is no solution */
    MK_TRY(search_all(plan, err));
    plan->query.cancel = NULL; /* what there is is told to the end */
    result->is_cut = plan->was_cancelled;
    return finish(plan, result, err);
}

MkStatus mk_query_optimize(const MkQuery *query, const MkOptimize *ask, MkResult *result,
                           MkError *err)
{
    MK_TRY(check(query, ask, err));
    MkArena *arena = mk_arena_new(0);
    Plan *plan = arena != NULL ? mk_arena_zeros(arena, 1, sizeof *plan) : NULL;
    MkStatus st = MK_OK;
    if (plan == NULL) {
        mk_arena_free(arena);
        return no_memory(err);
    }
    plan->arena = arena;
    plan->query = *query;
    plan->search.query = &plan->query;
    plan->search.ask = ask;
    st = run_plan(plan, query, result, err);
    for (size_t w = 0; plan->arenas != NULL && w < plan->n_workers; w++) {
        mk_arena_free(plan->arenas[w]);
    }
    mk_arena_free(arena);
    return st;
}
