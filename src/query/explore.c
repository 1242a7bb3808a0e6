/* explore.c - the two passes of explore.h; explore_show.c makes the result. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "src/query/explore.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/query/explore_inner.h"
#include "src/query/show.h"

enum { CHUNK = 32, FIRST_PARTIAL = 64 };

/* Work of the second pass, in questions about one target with hardly any evidence. */
static const double work_usual = 80000;
static const double known_a_question = 6; /* known values that cost as much again */

static const double end_low = 0.05, end_high = 0.95;

static MkStatus no_memory(MkError *err)
{
    return mk_fail(err, MK_ENOMEM, "out of memory for the relations of a target");
}

/* ---- first pass: all attributes at each slice of the target ---- */

/* What a slice of the target says of its answer. */
static double answer_in(const MkExplore *e, const MkSlice *slice)
{
    const MkDistribution at = {.kind = MK_DIST_POINT,
                               .attribute = e->attribute,
                               .marginal = mk_model_marginal(e->query->model, e->target),
                               .a = slice->value};
    switch (e->answer) {
    case MK_EXPLORE_MEDIAN:
    case MK_EXPLORE_MEAN:
        return slice->value;
    case MK_EXPLORE_LEVEL:
        return (size_t)slice->value == e->level ? 1 : 0;
    case MK_EXPLORE_POSITION:
        return slice->value + 1;
    case MK_EXPLORE_EVENT:
        break;
    }
    return mk_measure_of(e->choice->event, &at);
}

/* Of a number's slice the share in which the event happened. */
static double event_in(const MkExplore *e, const MkSlice *slice)
{
    const MkValue *event = &e->choice->event->event;
    const MkDistribution *now = &e->now[e->target];
    const double mass = mk_slice_mass(slice, now);
    if (!mk_type_is_number(e->attribute->type) || event->kind == MK_VALUE_POINT || !(mass > 0)) {
        return answer_in(e, slice);
    }
    const MkSlice both = {.low = fmax(slice->low, event->low),
                          .high = fmin(slice->high, event->high)};
    return both.low < both.high ? fmin(mk_slice_mass(&both, now) / mass, 1) : 0;
}

typedef struct First {
    const MkSlices *slices; /* of the target */
    MkDistribution *found;  /* (slices->n, n_all) */
    double answers[MK_SLICES_MAX];
} First;

/* p(target's slice | slice of the attribute) by Bayes, as shares of the target's slices or of the
 * event. */
static void turn_round(const MkExplore *e, const First *first, size_t j, double *shares,
                       double *answers, size_t *n)
{
    const MkSlices *slices = &e->slices[j];
    const bool is_event = e->choice->event != NULL;
    *n = is_event ? 2 : first->slices->n;
    for (size_t i = 0; i < slices->n; i++) {
        double p[MK_SLICES_MAX], total = 0, sum = 0;
        for (size_t k = 0; k < first->slices->n; k++) {
            p[k] = first->slices->items[k].weight *
                   mk_slice_mass(&slices->items[i], &first->found[k * e->n_all + j]);
            total += p[k];
        }
        for (size_t k = 0; k < first->slices->n; k++) {
            p[k] = total > 0 ? p[k] / total : first->slices->items[k].weight;
            sum += p[k] * first->answers[k];
            shares[i * *n + k * (is_event ? 0 : 1)] = p[k];
        }
        if (is_event) {
            shares[2 * i] = sum;
            shares[2 * i + 1] = 1 - sum;
        }
        answers[i] = sum;
    }
}

static MkStatus first_pass(MkExplore *e, MkError *err)
{
    First *first = mk_arena_zeros(e->arena, 1, sizeof *first);
    double *shares = mk_arena_array(e->arena, MK_SLICES_MAX * MK_SLICES_MAX, sizeof *shares);
    if (first == NULL || shares == NULL) {
        return no_memory(err);
    }
    first->slices = &e->slices[e->target];
    first->found = mk_arena_zeros(e->arena, first->slices->n * e->n_all, sizeof *first->found);
    if (first->found == NULL) {
        return no_memory(err);
    }
    for (size_t k = 0; k < first->slices->n; k++) {
        if (mk_cancelled(e->query->cancel)) {
            return mk_fail(err, MK_ECANCEL, "interrupted");
        }
        const MkSlice *slice = &first->slices->items[k];
        MK_TRY(mk_explore_ask(e, e->target, slice, e->all, e->n_all, e->arena,
                              first->found + k * e->n_all, err));
        first->answers[k] = e->choice->event != NULL ? event_in(e, slice) : answer_in(e, slice);
    }
    for (size_t i = 0; i < e->n; i++) {
        double answers[MK_SLICES_MAX];
        size_t n = 0;
        MkExploreRelation *r = &e->relations[i];
        turn_round(e, first, r->attribute, shares, answers, &n);
        mk_explore_relate(e, &e->slices[r->attribute], shares, n, answers, r);
    }
    return MK_OK;
}

/* ---- the reverse ---- */

/* Values of the target for low and high; false when there are no two. */
static bool choose_ends(MkExplore *e)
{
    static const double wider[] = {0, 0.04, 0.049, 0.0499};
    const MkDistribution *d = &e->now[e->target];
    const double step = mk_show_step(e->query->model, e->target).finest;
    if (e->answer == MK_EXPLORE_LEVEL) {
        size_t best[2] = {e->level, e->level == 0 ? 1 : 0};
        for (size_t k = 0; k < e->attribute->n_levels; k++) {
            const bool is_more = mk_dist_level(d, k) > mk_dist_level(d, best[1]);
            best[1] = k != e->level && is_more ? k : best[1];
        }
        e->end_value[0] = (double)best[1];
        e->end_value[1] = (double)best[0];
        return e->attribute->n_levels > 1;
    }
    for (size_t i = 0; i < sizeof wider / sizeof wider[0]; i++) {
        const double at[] = {end_low - wider[i], end_high + wider[i]};
        for (size_t s = 0; s < 2; s++) {
            const double x = mk_dist_quantile(d, at[s]);
            e->end_value[s] = step > 0 ? round(x / step) * step : x;
        }
        if (e->end_value[0] < e->end_value[1]) {
            return true;
        }
    }
    return false;
}

/* Everybody in whom the event happened (s = 1) or not, mixed of the slices of the target. */
static MkStatus ask_event(MkExplore *e, size_t s, MkError *err)
{
    const MkSlices *slices = &e->slices[e->target];
    double weights[MK_SLICES_MAX], total = 0;
    MkDistribution *found = mk_arena_zeros(e->arena, slices->n * e->n_all, sizeof *found);
    MkDistribution gathered[MK_SLICES_MAX];
    size_t n = 0, at[MK_SLICES_MAX];
    if (found == NULL) {
        return no_memory(err);
    }
    for (size_t k = 0; k < slices->n; k++) {
        const double p = event_in(e, &slices->items[k]);
        const double w = slices->items[k].weight * (s == 1 ? p : 1 - p);
        if (w > 1e-9) {
            weights[n] = w;
            at[n++] = k;
            total += w;
        }
    }
    for (size_t i = 0; i < n; i++) {
        weights[i] /= total;
        MK_TRY(mk_explore_ask(e, e->target, &slices->items[at[i]], e->all, e->n_all, e->arena,
                              found + i * e->n_all, err));
    }
    for (size_t j = 0; j < e->n_all && n > 0; j++) {
        for (size_t i = 0; i < n; i++) {
            gathered[i] = found[i * e->n_all + j];
        }
        e->end[s][j] = gathered[0];
        if (n > 1 && gathered[0].kind != MK_DIST_POINT) {
            MK_TRY(mk_dist_mix(gathered, weights, n, e->arena, &e->end[s][j], err));
        }
    }
    e->has_reverse = e->has_reverse && n > 0;
    return MK_OK;
}

static MkStatus ask_reverse(MkExplore *e, MkError *err)
{
    const bool is_event = e->choice->event != NULL;
    e->has_reverse = is_event || choose_ends(e);
    for (size_t s = 0; s < 2 && e->has_reverse; s++) {
        e->end[s] = mk_arena_zeros(e->arena, e->n_all, sizeof *e->end[s]);
        if (e->end[s] == NULL) {
            return no_memory(err);
        }
        if (is_event) {
            MK_TRY(ask_event(e, s, err));
            continue;
        }
        const double x = e->end_value[s];
        const double step = mk_show_step(e->query->model, e->target).finest;
        const double half = step > 0 ? step / 2 : fabs(e->unit) / 20;
        const MkSlice slice = {.value = x, .weight = 1, .low = x - half, .high = x + half};
        MK_TRY(mk_explore_ask(e, e->target, &slice, e->all, e->n_all, e->arena, e->end[s], err));
    }
    return MK_OK;
}

/* ---- order ---- */

typedef struct MkExploreRank {
    double strength;
    size_t at;
} Rank;

static int by_strength(const void *a, const void *b)
{
    const Rank *x = a;
    const Rank *y = b;
    if (x->strength != y->strength) {
        return x->strength < y->strength ? 1 : -1;
    }
    return x->at < y->at ? -1 : x->at > y->at;
}

static void sort_order(MkExplore *e)
{
    Rank *ranks = e->ranks;
    for (size_t i = 0; i < e->n; i++) {
        ranks[i] = (Rank){e->relations[i].strength, i};
    }
    qsort(ranks, e->n, sizeof *ranks, by_strength);
    for (size_t i = 0; i < e->n; i++) {
        e->order[i] = ranks[i].at;
    }
}

/* ---- second pass: the target at each slice of each attribute ---- */

typedef struct Second {
    MkExplore *e;
    const size_t *order; /* relations, in the first pass's order */
    size_t first;
    MkArena **arenas; /* one a worker */
    MkStatus *status; /* (n), of a relation; MK_ECANCEL when it was not asked */
    MkError *errors;  /* one a worker: its first */
} Second;

static MkStatus ask_relation(const MkExplore *e, MkExploreRelation *r, MkArena *arena, MkError *err)
{
    const MkSlices *slices = &e->slices[r->attribute];
    const size_t room = slices->n * MK_SHARES_MAX;
    double *shares = mk_arena_array(arena, room, sizeof *shares);
    double answers[MK_SLICES_MAX];
    size_t n = 0;
    if (shares == NULL) {
        return no_memory(err);
    }
    for (size_t i = 0; i < slices->n; i++) {
        MkDistribution d;
        if (mk_cancelled(e->query->cancel)) {
            return MK_ECANCEL;
        }
        MK_TRY(mk_explore_ask(e, r->attribute, &slices->items[i], &e->target, 1, arena, &d, err));
        n = e->choice->event != NULL ? 2 : e->bins.n;
        (void)mk_explore_share(e, &d, shares + i * n);
        answers[i] = mk_explore_answer(e, &d);
    }
    mk_explore_relate(e, slices, shares, n, answers, r);
    r->is_exact = true;
    return MK_OK;
}

static void second_task(void *ctx, size_t index, size_t worker)
{
    Second *second = ctx;
    MkArena *arena = second->arenas[worker];
    const size_t at = second->order[second->first + index];
    const MkMark mark = mk_arena_mark(arena);
    MkError story = {0};
    const MkStatus st = ask_relation(second->e, &second->e->relations[at], arena, &story);
    mk_arena_rewind(arena, mark);
    second->status[at] = st;
    if (st != MK_OK && second->errors[worker].status == MK_OK) {
        second->errors[worker] = story;
        second->errors[worker].status = st;
    }
}

/* How many relations can be asked within the work allowed. */
static size_t affordable(const MkExplore *e)
{
    const double each = (double)e->n_parts * (1 + (double)e->mix.n_known / known_a_question);
    const double most = e->choice->work > 0 ? e->choice->work : work_usual;
    double work = 0;
    size_t n = 0;
    while (n < e->n) {
        work += each * (double)e->slices[e->relations[e->order[n]].attribute].n;
        if (work > most) {
            break;
        }
        n++;
    }
    return n;
}

static MkStatus hand_partial(const MkExplore *e, MkError *err)
{
    if (e->query->partial == NULL) {
        return MK_OK;
    }
    MkResult *so_far = mk_result_new("explore");
    if (so_far == NULL) {
        return no_memory(err);
    }
    so_far->is_cut = true;
    const MkStatus st = mk_explore_show(e, so_far, err);
    if (st != MK_OK) {
        mk_result_free(so_far);
        return st;
    }
    e->query->partial(e->query->ctx, so_far);
    return MK_OK;
}

static void tell(const MkExplore *e, size_t done, size_t all)
{
    char line[128];
    if (e->query->progress != NULL) {
        snprintf(line, sizeof line, "explore %.60s: %zu of %zu attributes", e->attribute->name,
                 done, all);
        e->query->progress(e->query->ctx, line);
    }
}

static MkStatus run_chunks(Second *second, size_t n, MkError *err)
{
    MkExplore *e = second->e;
    size_t next_partial = FIRST_PARTIAL;
    for (size_t done = 0; done < n && !mk_cancelled(e->query->cancel);) {
        const size_t left = n - done;
        const size_t chunk = left < CHUNK ? left : CHUNK;
        second->first = done;
        mk_pool_run(e->query->pool, chunk, second_task, second);
        for (size_t w = 0; w < mk_pool_size(e->query->pool); w++) {
            const MkError *story = &second->errors[w];
            if (story->status != MK_OK && story->status != MK_ECANCEL) {
                return mk_fail(err, story->status, "%s", story->text);
            }
        }
        for (size_t i = done; i < done + chunk; i++) {
            e->n_exact += second->status[second->order[i]] == MK_OK ? 1 : 0;
        }
        done += chunk;
        tell(e, e->n_exact, n);
        if (done >= next_partial && done < n && !mk_cancelled(e->query->cancel)) {
            next_partial *= 2;
            sort_order(e);
            MK_TRY(hand_partial(e, err));
        }
    }
    return MK_OK;
}

static MkStatus second_pass(MkExplore *e, MkError *err)
{
    MkStatus st = MK_OK;
    const size_t workers = mk_pool_size(e->query->pool);
    Second second = {.e = e};
    size_t *order = mk_arena_array(e->arena, e->n, sizeof *order);
    second.order = order;
    second.arenas = mk_arena_zeros(e->arena, workers, sizeof(MkArena *));
    second.errors = mk_arena_zeros(e->arena, workers, sizeof *second.errors);
    second.status = mk_arena_zeros(e->arena, e->n, sizeof *second.status);
    if (order == NULL || second.arenas == NULL || second.errors == NULL || second.status == NULL) {
        return no_memory(err);
    }
    memcpy(order, e->order, e->n * sizeof *order);
    for (size_t w = 0; w < workers; w++) {
        second.arenas[w] = mk_arena_new(0);
        if (second.arenas[w] == NULL) {
            st = no_memory(err);
            goto done;
        }
    }
    st = run_chunks(&second, affordable(e), err);
done:
    for (size_t w = 0; w < workers; w++) {
        mk_arena_free(second.arenas[w]);
    }
    return st;
}

/* ---- all of it ---- */

static bool is_held(const MkExplore *e, size_t j)
{
    return j == e->target || mk_evidence_find(e->held, j) != NULL;
}

/* Whether people of what is known are asked for attribute j, and for two slices of the target. */
static bool is_asked(const MkExplore *e, size_t j)
{
    const MkSchema *schema = mk_model_schema(e->query->model);
    const MkSlices *slices = &e->slices[e->target];
    size_t n = 0;
    if (schema->attributes[j].eligible[0] == '\0') {
        return true;
    }
    for (size_t i = 0; i < slices->n && n < 2; i++) {
        n += mk_explore_is_asked(e, j, slices->items[i].value) ? 1 : 0;
    }
    return n >= 2 || (slices->n == 1 && n == 1);
}

static MkStatus list_relations(MkExplore *e, MkError *err)
{
    e->relations = mk_arena_zeros(e->arena, e->n_all, sizeof *e->relations);
    e->order = mk_arena_zeros(e->arena, e->n_all, sizeof *e->order);
    e->ranks = mk_arena_zeros(e->arena, e->n_all, sizeof *e->ranks);
    if (e->relations == NULL || e->order == NULL || e->ranks == NULL) {
        return no_memory(err);
    }
    for (size_t j = 0; j < e->n_all; j++) {
        if (is_held(e, j)) {
            continue;
        }
        if (!is_asked(e, j)) {
            e->n_left_out++;
            continue;
        }
        MkExploreRelation *r = &e->relations[e->n];
        r->attribute = j;
        r->co_observed = mk_model_co_observed(e->query->model, e->target, j);
        r->points = mk_arena_zeros(e->arena, MK_SLICES_MAX, sizeof *r->points);
        if (r->points == NULL) {
            return no_memory(err);
        }
        e->order[e->n] = e->n;
        e->n++;
    }
    return MK_OK;
}

static MkStatus run(MkExplore *e, MkResult *result, MkError *err)
{
    MK_TRY(mk_explore_begin(e, err));
    MK_TRY(list_relations(e, err));
    mk_explore_choose(e);
    mk_bins_make(&e->now[e->target], &e->bins);
    MK_TRY(first_pass(e, err));
    MK_TRY(ask_reverse(e, err));
    sort_order(e);
    MK_TRY(hand_partial(e, err));
    MK_TRY(second_pass(e, err));
    sort_order(e);
    result->is_cut = mk_cancelled(e->query->cancel);
    return mk_explore_show(e, result, err);
}

MkStatus mk_query_explore_chosen(const MkQuery *query, const MkExploreChoice *choice,
                                 MkResult *result, MkError *err)
{
    if (query->n_targets != 1) {
        return mk_fail(err, MK_EINVAL, "explore looks at one target, found %zu", query->n_targets);
    }
    MkArena *arena = mk_arena_new((size_t)1 << 20);
    MkExplore *e = arena != NULL ? mk_arena_zeros(arena, 1, sizeof *e) : NULL;
    if (e == NULL) {
        mk_arena_free(arena);
        return no_memory(err);
    }
    e->query = query;
    e->choice = choice;
    e->arena = arena;
    e->target = query->targets[0];
    e->attribute = mk_show_attribute(query->model, e->target);
    const MkStatus st = run(e, result, err);
    mk_arena_free(arena);
    return st;
}

MkStatus mk_query_explore(const MkQuery *query, MkResult *result, MkError *err)
{
    const MkExploreChoice choice = {.most = MK_EXPLORE_MOST};
    return mk_query_explore_chosen(query, &choice, result, err);
}
