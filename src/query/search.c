/* search.c - one task of `optimize`: numbers by COBYLA, levels by their combinations, both polished
 * on the grid. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "src/query/search.h"

#include <math.h>
#include <nlopt.h>
#include <string.h>

#include "src/data/eligible.h"
#include "src/query/mix.h"

static const double holds_within = 1e-9;
static const double support_least = 1e-250; /* below it the logarithm says nothing more */

static MkStatus no_memory(MkError *err)
{
    return mk_fail(err, MK_ENOMEM, "out of memory for a search");
}

/* ---- judging a trial ---- */

double mk_search_effort(const MkInput *input, double x)
{
    if (x == input->start) {
        return 0;
    }
    return input->unit > 0 ? fabs(x - input->start) / input->unit : 1;
}

double mk_search_distance(const MkSearch *search, double value)
{
    switch (search->ask->goal) {
    case MK_GOAL_MIN:
        return value / search->scale;
    case MK_GOAL_MAX:
        return -value / search->scale;
    case MK_GOAL_VALUE:
        break;
    }
    return fabs(value - search->ask->wanted) / search->scale;
}

const MkKnown *mk_search_evidence(const MkSearch *search, const MkTrial *trial, MkArena *arena,
                                  size_t *n)
{
    MkKnown *known = mk_arena_array(arena, search->base.n + search->n, sizeof *known);
    if (known == NULL) {
        return NULL;
    }
    memcpy(known, search->base.known, search->base.n * sizeof *known);
    size_t at = search->base.n;
    for (size_t i = 0; i < search->n; i++) {
        const MkInput *input = &search->inputs[i];
        const MkValue value = {.kind = MK_VALUE_POINT, .point = trial->x[i]};
        if (trial->is_on[i] || input->given != NULL) {
            known[at++] = (MkKnown){input->attribute, trial->is_on[i] ? value : *input->given};
        }
    }
    *n = at;
    return known;
}

/* The middle of the middle: a median of recorded values moves in steps, this does not. */
static double smooth_median(const MkDistribution *d)
{
    enum { POINTS = 9 };
    double sum = 0;
    for (int i = 0; i < POINTS; i++) {
        sum += mk_dist_quantile(d, 0.42 + 0.02 * i);
    }
    return sum / POINTS;
}

/* How far a constraint is from holding, in its scale; at most 0 when it holds. */
static double excess(const MkSearch *search, const MkTrial *trial, size_t c)
{
    const MkConstraint *limit = &search->ask->constraints[c];
    const bool is_upper = limit->sign == MK_BELOW || limit->sign == MK_AT_MOST;
    const double over = trial->limits[c] - limit->bound;
    const double x = (is_upper ? over : -over) / search->limit_scale[c];
    const bool holds = mk_relation_holds(trial->limits[c], limit->sign, limit->bound);
    return holds ? fmin(x, 0) : fmax(x, 1e-6);
}

static double support_excess(const MkSearch *search, const MkTrial *trial)
{
    if (!(search->floor > 0)) {
        return -1;
    }
    return 0.2 * (log(search->floor) - log(fmax(trial->support, support_least)));
}

/* Inputs that are not asked of such a person: what they say rests on nothing. */
static size_t count_strange(const MkSearch *search, const MkTrial *trial, MkEvidence evidence)
{
    size_t n = 0;
    for (size_t i = 0; i < search->n; i++) {
        const MkInput *input = &search->inputs[i];
        n += trial->is_on[i] && input->about->eligible[0] != '\0' &&
             !mk_eligible(mk_model_schema(search->query->model), input->attribute, evidence);
    }
    return n;
}

static void sum_up(const MkSearch *search, MkEvidence evidence, MkTrial *trial)
{
    const double exact = mk_search_distance(search, trial->value);
    const double smooth = mk_search_distance(search, trial->smooth);
    trial->violation =
        fmax(support_excess(search, trial), 0) + (double)count_strange(search, trial, evidence);
    for (size_t c = 0; c < search->ask->n_constraints; c++) {
        trial->violation += fmax(excess(search, trial, c), 0);
    }
    trial->effort = 0;
    for (size_t i = 0; i < search->n; i++) {
        trial->effort += trial->is_on[i] ? mk_search_effort(&search->inputs[i], trial->x[i]) : 0;
    }
    trial->merit = search->ask->goal == MK_GOAL_VALUE
                       ? fmax(exact - search->tolerance / search->scale, 0) + 0.01 * smooth
                       : 0.5 * (exact + smooth);
}

MkStatus mk_search_judge(const MkSearch *search, MkArena *arena, MkTrial *trial, MkError *err)
{
    MkMix mix;
    MkDistribution d[1 + MK_OPTIMIZE_CONSTRAINTS];
    const MkModel *model = search->query->model;
    const MkMark mark = mk_arena_mark(arena);
    MkEvidence evidence = {0};
    evidence.known = mk_search_evidence(search, trial, arena, &evidence.n);
    if (evidence.known == NULL) {
        return no_memory(err);
    }
    MK_TRY(mk_mix_make(model, evidence, search->query->seed, NULL, arena, &mix, err));
    MK_TRY(mk_mix_posterior(model, &mix, search->targets, search->n_targets, NULL, arena, d, err));
    MK_TRY(mk_mix_support(model, &mix, arena, &trial->support, err));
    const MkMeasure *measure = &search->ask->measure;
    trial->value = mk_measure_of(measure, &d[0]);
    trial->smooth = measure->is_probability ? trial->value : smooth_median(&d[0]);
    for (size_t c = 0; c < search->ask->n_constraints; c++) {
        trial->limits[c] =
            mk_measure_of(&search->ask->constraints[c].measure, &d[search->limit_target[c]]);
    }
    sum_up(search, evidence, trial);
    mk_arena_rewind(arena, mark);
    return MK_OK;
}

bool mk_search_better(const MkTrial *a, const MkTrial *b)
{
    if (a->violation > holds_within || b->violation > holds_within) {
        return a->violation < b->violation - 1e-12;
    }
    if (fabs(a->merit - b->merit) > 1e-9) {
        return a->merit < b->merit;
    }
    return a->effort < b->effort - 1e-12;
}

bool mk_search_stopped(const MkSearch *search)
{
    return mk_cancelled(search->query->cancel) ||
           (search->ask->clock != NULL && search->ask->clock() > search->until);
}

/* ---- a task ---- */

typedef struct Run {
    const MkSearch *search;
    MkArena *arena;
    MkSearchTask *task;
    size_t limit; /* of task->n_asked in this stage */
    /* COBYLA */
    nlopt_opt opt;
    size_t n_moved;
    size_t moved[MK_OPTIMIZE_FREE];
    MkTrial now; /* at the point that was asked last */
    double z[MK_OPTIMIZE_FREE];
    bool has_now;
} Run;

static double goal_excess(const Run *run, const MkTrial *trial)
{
    if (run->search->ask->goal == MK_GOAL_VALUE) {
        return mk_search_distance(run->search, trial->value) -
               run->search->tolerance / run->search->scale;
    }
    return trial->merit - run->task->enough;
}

/* Least effort: a goal that is not met is a violation like others. */
static bool is_better(const Run *run, const MkTrial *a, const MkTrial *b)
{
    if (!run->task->is_light) {
        return mk_search_better(a, b);
    }
    const double va = a->violation + fmax(goal_excess(run, a), 0);
    const double vb = b->violation + fmax(goal_excess(run, b), 0);
    if (va > holds_within || vb > holds_within) {
        return va < vb - 1e-12;
    }
    return fabs(a->effort - b->effort) > 1e-9 ? a->effort < b->effort : a->merit < b->merit;
}

/* Judges a trial and keeps it when it is the best. False: stop. */
static bool ask_model(Run *run, MkTrial *trial)
{
    MkSearchTask *task = run->task;
    if (task->status != MK_OK || task->was_cut || task->n_asked >= run->limit) {
        return false;
    }
    if (mk_search_stopped(run->search)) {
        task->was_cut = true;
        return false;
    }
    task->n_asked++;
    task->status = mk_search_judge(run->search, run->arena, trial, &task->err);
    return task->status == MK_OK;
}

/* Without the check of ties, which is for what is kept. */
static bool try_roughly(Run *run, MkTrial *trial)
{
    if (!ask_model(run, trial)) {
        return false;
    }
    if (is_better(run, trial, &run->task->at)) {
        run->task->at = *trial;
        return true;
    }
    return false;
}

static bool check(Run *run, MkTrial *trial)
{
    MkSearchTask *task = run->task;
    task->status = mk_search_check(run->search, run->arena, trial, &task->err);
    return task->status == MK_OK;
}

static bool try_it(Run *run, MkTrial *trial)
{
    MkSearchTask *task = run->task;
    if (!ask_model(run, trial) || !is_better(run, trial, &task->at) || !check(run, trial) ||
        !is_better(run, trial, &task->at)) {
        return false;
    }
    task->at = *trial;
    return true;
}

static bool is_over(const Run *run)
{
    return run->task->status != MK_OK || run->task->was_cut || run->task->n_asked >= run->limit;
}

/* ---- numbers ---- */

static double to_unit(const MkInput *input, double x)
{
    return (fmin(fmax(x, input->low), input->high) - input->low) / (input->high - input->low);
}

/* The trial at a point of COBYLA; kept for the constraints, which are asked at the same point. */
static const MkTrial *trial_at(Run *run, const double *z)
{
    if (run->has_now && memcmp(z, run->z, run->n_moved * sizeof *z) == 0) {
        return &run->now;
    }
    memcpy(run->z, z, run->n_moved * sizeof *z);
    for (size_t k = 0; k < run->n_moved; k++) {
        const MkInput *input = &run->search->inputs[run->moved[k]];
        const double at = fmin(fmax(z[k], 0), 1);
        run->now.x[run->moved[k]] = input->low + at * (input->high - input->low);
    }
    run->has_now = true;
    if (is_over(run)) {
        (void)nlopt_force_stop(run->opt);
        return &run->now;
    }
    (void)try_roughly(run, &run->now);
    if (run->task->status != MK_OK || run->task->was_cut) {
        (void)nlopt_force_stop(run->opt);
    }
    return &run->now;
}

static double objective(unsigned n, const double *z, double *gradient, void *ctx)
{
    (void)n;
    (void)gradient;
    Run *run = ctx;
    const MkTrial *trial = trial_at(run, z);
    if (run->task->is_light) {
        return trial->effort;
    }
    return run->search->ask->goal == MK_GOAL_VALUE ? mk_search_distance(run->search, trial->smooth)
                                                   : trial->merit;
}

/* Support, the constraints, and for least effort the goal: all at most 0. */
static void limits(unsigned m, double *out, unsigned n, const double *z, double *gradient,
                   void *ctx)
{
    (void)n;
    (void)gradient;
    Run *run = ctx;
    const MkTrial *trial = trial_at(run, z);
    const size_t n_limits = run->search->ask->n_constraints;
    out[0] = support_excess(run->search, trial);
    for (size_t c = 0; c < n_limits; c++) {
        out[1 + c] = excess(run->search, trial, c);
    }
    if (m > 1 + n_limits) {
        out[1 + n_limits] = goal_excess(run, trial);
    }
}

/* What COBYLA found, brought to where people are; else what it began with. */
static void pull_in(Run *run, const MkTrial *before)
{
    MkSearchTask *task = run->task;
    MkTrial trial = task->at;
    task->at = *before;
    if (task->status != MK_OK || !check(run, &trial)) {
        return;
    }
    if (is_better(run, &trial, before)) {
        task->at = trial;
        return;
    }
    task->status = mk_search_pull_in(run->search, run->arena, &trial, &task->err);
    (void)try_it(run, &trial);
}

static void move_numbers(Run *run, size_t budget, double first_step)
{
    const MkSearch *search = run->search;
    double z[MK_OPTIMIZE_FREE], tolerances[2 + MK_OPTIMIZE_CONSTRAINTS] = {0};
    const MkTrial before = run->task->at;
    run->now = run->task->at;
    run->has_now = false;
    run->n_moved = 0;
    for (size_t i = 0; i < search->n; i++) {
        const MkInput *input = &search->inputs[i];
        if (run->task->may[i] && input->is_number && input->high > input->low) {
            z[run->n_moved] = to_unit(input, run->now.is_on[i] ? run->now.x[i] : input->start);
            run->now.is_on[i] = true;
            run->moved[run->n_moved++] = i;
        }
    }
    const unsigned n = (unsigned)run->n_moved;
    run->opt = n > 0 && !is_over(run) ? nlopt_create(NLOPT_LN_COBYLA, n) : NULL;
    if (run->opt == NULL) {
        return;
    }
    const unsigned m = 1 + (unsigned)search->ask->n_constraints + (run->task->is_light ? 1 : 0);
    run->limit =
        run->task->n_asked + budget < run->limit ? run->task->n_asked + budget : run->limit;
    (void)nlopt_set_lower_bounds1(run->opt, 0);
    (void)nlopt_set_upper_bounds1(run->opt, 1);
    (void)nlopt_set_min_objective(run->opt, objective, run);
    (void)nlopt_add_inequality_mconstraint(run->opt, m, limits, run, tolerances);
    (void)nlopt_set_initial_step1(run->opt, first_step);
    (void)nlopt_set_xtol_abs1(run->opt, 1e-3);
    (void)nlopt_set_maxeval(run->opt, (int)budget);
    double best = 0;
    (void)nlopt_optimize(run->opt, z, &best); /* every trial was looked at on the way */
    nlopt_destroy(run->opt);
    run->opt = NULL;
    run->limit = run->task->budget;
    pull_in(run, &before);
}

/* ---- levels ---- */

/* Level input i to its option: 0 is no change, then the allowed levels. False: there is none. */
static bool set_option(const MkSearch *search, size_t i, size_t option, MkTrial *trial)
{
    const MkInput *input = &search->inputs[i];
    trial->is_on[i] = false;
    trial->x[i] = input->start;
    if (option == 0) {
        return true;
    }
    for (size_t k = 0; k < input->about->n_levels; k++) {
        if (((input->levels >> k) & 1U) != 0 && (double)k != input->start && --option == 0) {
            trial->is_on[i] = true;
            trial->x[i] = (double)k;
            return true;
        }
    }
    return false;
}

static size_t count_options(const MkSearch *search, size_t i)
{
    MkTrial scratch = {.value = 0};
    size_t n = 0;
    while (set_option(search, i, n, &scratch)) {
        n++;
    }
    return n;
}

/* A trial with new levels; numbers follow them. */
static bool try_levels(Run *run, MkTrial *trial)
{
    MkSearchTask *task = run->task;
    if (is_over(run)) {
        return false;
    }
    task->status = mk_search_follow(run->search, run->arena, trial, &task->err);
    return try_it(run, trial);
}

static void every_combination(Run *run, const size_t *which, const size_t *options, size_t n,
                              size_t total)
{
    const MkTrial from = run->task->at;
    for (size_t c = 0; c < total && !is_over(run); c++) {
        MkTrial trial = from;
        size_t rest = c;
        for (size_t k = 0; k < n; k++) {
            (void)set_option(run->search, which[k], rest % options[k], &trial);
            rest /= options[k];
        }
        (void)try_levels(run, &trial);
    }
}

/* One level after the other, then two at a time, until nothing gets better. */
static void by_turns(Run *run, const size_t *which, const size_t *options, size_t n)
{
    bool is_moving = true;
    while (is_moving && !is_over(run)) {
        is_moving = false;
        for (size_t k = 0; k < n; k++) {
            for (size_t o = 0; o < options[k]; o++) {
                MkTrial trial = run->task->at;
                (void)set_option(run->search, which[k], o, &trial);
                is_moving = try_levels(run, &trial) || is_moving;
            }
        }
    }
    for (size_t a = 0; a < n; a++) {
        for (size_t b = a + 1; b < n && !is_over(run); b++) {
            const size_t pair[] = {which[a], which[b]};
            const size_t both[] = {options[a], options[b]};
            every_combination(run, pair, both, 2, both[0] * both[1]);
        }
    }
}

static void move_levels(Run *run)
{
    enum { WITH_NUMBERS = 64, ALONE = 4096 };
    size_t which[MK_OPTIMIZE_FREE], options[MK_OPTIMIZE_FREE];
    size_t n = 0;
    double total = 1;
    bool has_numbers = false;
    for (size_t i = 0; i < run->search->n; i++) {
        const bool is_number = run->search->inputs[i].is_number;
        has_numbers = has_numbers || (run->task->may[i] && is_number);
        if (run->task->may[i] && !is_number) {
            which[n] = i;
            options[n] = count_options(run->search, i);
            total *= (double)options[n++];
        }
    }
    if (n == 0) {
        return;
    }
    if (total <= (has_numbers ? WITH_NUMBERS : ALONE)) {
        every_combination(run, which, options, n, (size_t)total);
    } else {
        by_turns(run, which, options, n);
    }
}

/* ---- the grid ---- */

/* Steps below 1 are divided by, so that 24.1 is the number that is read from "24.1". */
double mk_search_snap(const MkInput *input, double x)
{
    const double parts = round(1 / input->step);
    const bool is_part = input->step < 1 && fabs(parts * input->step - 1) < 1e-9;
    const double at = is_part ? round(x * parts) / parts : round(x / input->step) * input->step;
    return fmin(fmax(at, input->low), input->high);
}

bool mk_search_is_change(const MkInput *input, double x)
{
    static const double least = 0.2; /* population sd */
    if (!input->is_number) {
        return x != input->start;
    }
    const double from = input->given != NULL ? 0.5 * input->step : least * input->unit;
    return fabs(x - input->start) > from;
}

/* The best trial found between the grid's points, brought onto it. */
static void snap_all(Run *run)
{
    MkTrial trial = run->task->at;
    for (size_t i = 0; i < run->search->n; i++) {
        const MkInput *input = &run->search->inputs[i];
        if (trial.is_on[i] && input->is_number) {
            trial.x[i] = mk_search_snap(input, trial.x[i]);
            trial.is_on[i] = mk_search_is_change(input, trial.x[i]);
        }
    }
    run->limit = run->task->n_asked + 1; /* this one is always asked */
    if (ask_model(run, &trial) && check(run, &trial)) {
        run->task->at = trial;
    }
    run->limit = run->task->budget;
}

static bool step_input(Run *run, size_t i, double step)
{
    const MkInput *input = &run->search->inputs[i];
    bool moved = false;
    for (int sign = -1; sign <= 1 && !is_over(run); sign += 2) {
        MkTrial trial = run->task->at;
        const double from = trial.is_on[i] ? trial.x[i] : input->start;
        trial.x[i] = mk_search_snap(input, from + sign * step);
        trial.is_on[i] = mk_search_is_change(input, trial.x[i]);
        const bool is_new = trial.is_on[i] != run->task->at.is_on[i] ||
                            (trial.is_on[i] && trial.x[i] != run->task->at.x[i]);
        moved = (is_new && try_it(run, &trial)) || moved;
    }
    return moved;
}

static bool leave_out(Run *run, size_t i)
{
    MkTrial trial = run->task->at;
    trial.is_on[i] = false;
    return run->task->at.is_on[i] && !is_over(run) && try_it(run, &trial);
}

/* Steps of each number, long ones first; inputs that are better left alone are. */
static void polish(Run *run)
{
    snap_all(run);
    for (size_t part = 8; part <= 512; part *= 2) {
        bool is_moving = true;
        bool is_finest = true;
        while (is_moving && !is_over(run)) {
            is_moving = false;
            for (size_t i = 0; i < run->search->n; i++) {
                const MkInput *input = &run->search->inputs[i];
                if (!run->task->may[i]) {
                    continue;
                }
                is_moving = leave_out(run, i) || is_moving;
                const double length = (input->high - input->low) / (double)part;
                const double step = fmax(round(length / input->step), 1) * input->step;
                if (input->is_number && input->high > input->low) {
                    is_finest = is_finest && step <= input->step;
                    is_moving = step_input(run, i, step) || is_moving;
                }
            }
        }
        if (is_finest) {
            break;
        }
    }
}

void mk_search_run(const MkSearch *search, MkArena *arena, MkSearchTask *task)
{
    enum { ROUNDS = 3 };
    Run run = {.search = search, .arena = arena, .task = task, .limit = task->budget};
    task->n_asked = 0;
    task->was_cut = false;
    task->status = MK_OK;
    if (!ask_model(&run, &task->at) || !check(&run, &task->at)) {
        return;
    }
    for (size_t r = 0; r < ROUNDS && !is_over(&run); r++) {
        const MkTrial before = task->at;
        move_numbers(&run, task->budget / (r == 0 ? 2 : 6), r == 0 ? 0.25 : 0.05);
        const MkTrial moved = task->at;
        move_levels(&run);
        const bool has_new_levels = memcmp(moved.is_on, task->at.is_on, sizeof moved.is_on) != 0 ||
                                    memcmp(moved.x, task->at.x, sizeof moved.x) != 0;
        if (!has_new_levels || !is_better(&run, &task->at, &before)) {
            break;
        }
    }
    if (!task->was_cut && task->status == MK_OK) {
        polish(&run);
    }
}
