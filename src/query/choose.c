/* choose.c - from all that a search has found to a few solutions that differ. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <math.h>
#include <string.h>

#include "src/query/search.h"

typedef struct Pick {
    const MkSearch *search;
    MkArena *arena;
    const MkTrial *base; /* nothing changed */
    const MkTrial *best;
    const MkTrial *found;
    size_t n_found;
} Pick;

static double distance(const Pick *pick, const MkTrial *trial)
{
    return mk_search_distance(pick->search, trial->value);
}

/* Share of the way from the start to the wanted value, or to the best one. */
static double reach_of(const Pick *pick, const MkTrial *trial, const MkTrial *best)
{
    const bool is_value = pick->search->ask->goal == MK_GOAL_VALUE;
    const double from = distance(pick, pick->base);
    const double way = from - (is_value ? 0 : distance(pick, best));
    const double gone = from - distance(pick, trial);
    if (is_value && distance(pick, trial) * pick->search->scale <= pick->search->tolerance) {
        return 1;
    }
    return way > 1e-9 ? fmin(fmax(gone / way, 0), 1) : trial->merit <= best->merit + 1e-9;
}

static size_t count_changes(const Pick *pick, const MkTrial *trial)
{
    size_t n = 0;
    for (size_t i = 0; i < pick->search->n; i++) {
        n += trial->is_on[i] ? 1 : 0;
    }
    return n;
}

/* Share of the inputs of both that only one of them changes. */
static double unlike(const Pick *pick, const MkTrial *a, const MkTrial *b)
{
    size_t any = 0, both = 0;
    for (size_t i = 0; i < pick->search->n; i++) {
        any += a->is_on[i] || b->is_on[i] ? 1 : 0;
        both += a->is_on[i] && b->is_on[i] ? 1 : 0;
    }
    return any > 0 ? 1 - (double)both / (double)any : 0;
}

/* On the grid, and without changes that are none; judged again when that moved it. */
static MkStatus settle(const Pick *pick, MkTrial *trial, MkError *err)
{
    const MkTrial before = *trial;
    for (size_t i = 0; i < pick->search->n; i++) {
        const MkInput *input = &pick->search->inputs[i];
        if (trial->is_on[i] && input->is_number) {
            trial->x[i] = mk_search_snap(input, trial->x[i]);
        }
        trial->is_on[i] = trial->is_on[i] && mk_search_is_change(input, trial->x[i]);
        trial->x[i] = trial->is_on[i] ? trial->x[i] : input->start;
    }
    if (memcmp(before.is_on, trial->is_on, sizeof before.is_on) == 0 &&
        memcmp(before.x, trial->x, sizeof before.x) == 0) {
        return MK_OK;
    }
    MK_TRY(mk_search_judge(pick->search, pick->arena, trial, err));
    return mk_search_check(pick->search, pick->arena, trial, err);
}

/* Trials that hold and help, settled; when none holds, the one that comes nearest to it. */
static MkStatus candidates(const Pick *pick, MkTrial *out, size_t *n, bool *holds, MkError *err)
{
    static const double least_gain = 0.02; /* in the goal's scale */
    *n = 0;
    for (size_t f = 0; f < pick->n_found; f++) {
        MkTrial trial = pick->found[f];
        MK_TRY(settle(pick, &trial, err));
        const bool helps = pick->base->violation > 0 ||
                           distance(pick, &trial) < distance(pick, pick->base) - least_gain;
        if (trial.violation <= 0 && helps && count_changes(pick, &trial) > 0) {
            out[(*n)++] = trial;
        }
    }
    *holds = *n > 0 || pick->base->violation <= 0;
    if (!*holds) {
        out[0] = *pick->best;
        MK_TRY(settle(pick, &out[0], err));
        *n = 1;
    }
    return MK_OK;
}

/* The one to begin with. A value: met, or nearly so, with the least effort. Else nearest to the
 * goal with the fewest inputs: one that adds less than 2 % of the way is left alone. */
static bool is_rather(const Pick *pick, const MkTrial *a, const MkTrial *b, const MkTrial *best)
{
    const bool is_value = pick->search->ask->goal == MK_GOAL_VALUE;
    const double enough = mk_search_merit_at(pick->base, best, MK_SEARCH_KEPT) + 1e-9;
    const double most = reach_of(pick, best, best);
    const bool fits = is_value ? reach_of(pick, a, best) >= most : a->merit <= enough;
    if (!fits) {
        return false;
    }
    if (is_value) {
        return a->effort < b->effort - 1e-9;
    }
    const size_t n_a = count_changes(pick, a), n_b = count_changes(pick, b);
    return n_a != n_b ? n_a < n_b : mk_search_better(a, b);
}

static size_t find_main(const Pick *pick, const MkTrial *trials, size_t n)
{
    size_t best = 0;
    for (size_t i = 1; i < n; i++) {
        best = mk_search_better(&trials[i], &trials[best]) ? i : best;
    }
    size_t at = best;
    for (size_t i = 0; i < n; i++) {
        at = is_rather(pick, &trials[i], &trials[at], &trials[best]) ? i : at;
    }
    return at;
}

/* Whether another one goes as far with no more effort and no other input. */
static bool is_dominated(const Pick *pick, const MkTrial *a, const MkTrial *b, const MkTrial *best)
{
    bool is_inside = true;
    for (size_t i = 0; i < pick->search->n; i++) {
        is_inside = is_inside && (a->is_on[i] || !b->is_on[i]);
    }
    return is_inside && reach_of(pick, b, best) >= reach_of(pick, a, best) - 0.01 &&
           b->effort <= a->effort + 0.02;
}

/* How much a trial adds to those already chosen. */
static double novelty(const Pick *pick, const MkTrial *trial, const MkChosen *chosen,
                      const MkTrial *best)
{
    double least = INFINITY;
    for (size_t c = 0; c < chosen->n; c++) {
        const MkTrial *other = &chosen->trials[c];
        const double way = fabs(reach_of(pick, trial, best) - reach_of(pick, other, best));
        const double effort =
            fabs(trial->effort - other->effort) / fmax(fmax(trial->effort, other->effort), 1e-9);
        least = fmin(least, unlike(pick, trial, other) + 0.5 * way + 0.25 * effort);
        if (is_dominated(pick, trial, other, best)) {
            return 0;
        }
    }
    return least;
}

static void choose(const Pick *pick, const MkTrial *trials, size_t n, MkChosen *chosen)
{
    static const double least_new = 0.2, least_reach = 0.1;
    if (n == 0) {
        return;
    }
    const MkTrial main = trials[find_main(pick, trials, n)];
    const bool is_value = pick->search->ask->goal == MK_GOAL_VALUE;
    const double main_reach = reach_of(pick, &main, &main);
    const size_t most = pick->search->ask->n_solutions > 0 ? pick->search->ask->n_solutions : 5;
    chosen->trials[chosen->n++] = main;
    while (chosen->n < most) {
        size_t at = n;
        double top = 0;
        for (size_t i = 0; i < n; i++) {
            const double reach = reach_of(pick, &trials[i], &main);
            const double fresh = novelty(pick, &trials[i], chosen, &main);
            const double worth = is_value ? main.effort / fmax(trials[i].effort, 1e-9)
                                          : 0.3 + reach - 0.05 * trials[i].effort;
            const bool is_fit = fresh >= least_new && reach >= least_reach &&
                                (!is_value || reach >= (main_reach < 1 ? 0.5 : 1) * main_reach);
            if (is_fit && fresh * fmax(worth, 0.01) > top) {
                top = fresh * fmax(worth, 0.01);
                at = i;
            }
        }
        if (at == n) {
            return;
        }
        chosen->trials[chosen->n++] = trials[at];
    }
}

static void by_effort(MkChosen *chosen)
{
    chosen->main = 0; /* it was chosen first */
    for (size_t a = 1; a < chosen->n; a++) {
        const MkTrial moving = chosen->trials[a];
        size_t b = a;
        for (; b > 0 && moving.effort < chosen->trials[b - 1].effort; b--) {
            chosen->trials[b] = chosen->trials[b - 1];
            chosen->main += chosen->main == b - 1 ? 1 : 0;
        }
        chosen->trials[b] = moving;
    }
}

/* What each change of a solution is worth: how much of the measure goes when it is taken back. */
static MkStatus find_worth(const Pick *pick, MkChosen *chosen, MkError *err)
{
    for (size_t c = 0; c < chosen->n; c++) {
        for (size_t i = 0; i < pick->search->n; i++) {
            MkTrial without = chosen->trials[c];
            if (!without.is_on[i]) {
                continue;
            }
            without.is_on[i] = false;
            MK_TRY(mk_search_judge(pick->search, pick->arena, &without, err));
            chosen->worth[c][i] = chosen->trials[c].value - without.value;
        }
    }
    return MK_OK;
}

double mk_search_merit_at(const MkTrial *base, const MkTrial *trial, double share)
{
    const double gain = base->merit - trial->merit;
    return base->violation > 0 || gain <= 0 ? trial->merit + (1 - share) * 0.5
                                            : trial->merit + (1 - share) * gain;
}

static MkStatus make_room(size_t n, MkArena *arena, MkChosen *out, MkError *err)
{
    *out = (MkChosen){.trials = mk_arena_array(arena, n, sizeof *out->trials),
                      .reach = mk_arena_zeros(arena, n, sizeof *out->reach),
                      .worth = mk_arena_zeros(arena, n, sizeof *out->worth)};
    return out->trials != NULL && out->reach != NULL && out->worth != NULL
               ? MK_OK
               : mk_fail(err, MK_ENOMEM, "out of memory for solutions");
}

MkStatus mk_search_choose(const MkSearch *search, MkArena *arena, const MkTrial *base,
                          const MkTrial *best, const MkTrial *found, size_t n_found, MkChosen *out,
                          MkError *err)
{
    const Pick pick = {search, arena, base, best, found, n_found};
    MkTrial *trials = mk_arena_array(arena, n_found + 1, sizeof *trials);
    size_t n = 0;
    if (trials == NULL) {
        return mk_fail(err, MK_ENOMEM, "out of memory for solutions");
    }
    MK_TRY(make_room(n_found + 1, arena, out, err));
    MK_TRY(candidates(&pick, trials, &n, &out->holds, err));
    choose(&pick, trials, n, out);
    by_effort(out);
    for (size_t c = 0; c < out->n; c++) {
        out->reach[c] = reach_of(&pick, &out->trials[c], &out->trials[out->main]);
    }
    return find_worth(&pick, out, err);
}
