#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "model/latent/latent.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/separate.h"

static const double OUTSIDE = 1e-12; /* of a cell, at a value that nobody has */

static MkStatus no_memory(MkError *err)
{
    return mk_fail(err, MK_ENOMEM, "out of memory for latent states");
}

/* ---- weights of states ---- */

/* Where all states have probabilities of the same cells or levels, what is asked is a part of each
 * cell, the same in all states: share (MK_CELLS_MAX). False: they have not. */
static bool take_shares(const MkDistribution *heads, size_t n, const MkDrawLimit *limit,
                        double *share)
{
    const MkDistribution *const a = &heads[0];
    if ((a->kind != MK_DIST_CELLS && a->kind != MK_DIST_LEVELS) || a->n > MK_CELLS_MAX) {
        return false;
    }
    for (size_t s = 1; s < n; s++) {
        if (heads[s].kind != a->kind || heads[s].n != a->n || heads[s].marginal != a->marginal) {
            return false;
        }
    }
    double p[MK_CELLS_MAX] = {0.0};
    MkDistribution one = *a;
    one.p = p;
    for (size_t c = 0; c < a->n; c++) {
        p[c] = 1.0;
        share[c] = mk_separate_mass(&one, limit);
        p[c] = 0.0;
    }
    return true;
}

/* A known value as the interval that its recording stands for, or as a level. */
static MkDrawLimit as_limit(const MkDistribution *head, double step, double x)
{
    const double half = 0.5 * (step > 0.0 ? step : 1e-6 * fmax(1.0, fabs(x)));
    return head->kind == MK_DIST_LEVELS
               ? (MkDrawLimit){.is_limited = true, .levels = UINT64_C(1) << (unsigned)x}
               : (MkDrawLimit){.is_limited = true, .low = x - half, .high = x + half};
}

/* A number where nobody in training was, between two cells or beyond the last, says of a state what
 * the cell beside it says, and is rare in all states. */
static void give_to_nearest(const MkDistribution *head, double x, double *share)
{
    double sum = 0.0;
    for (size_t c = 0; c < head->n; c++) {
        sum += share[c];
    }
    if (head->kind == MK_DIST_CELLS && !(sum > 0.0)) {
        share[mk_marginal_cell(head->marginal, x)] = OUTSIDE;
    }
}

/* Adds what a known value (limit NULL) or a limit says of every state. */
static MkStatus weigh(const MkModel *model, const MkStates *states, const MkPoint *point,
                      const MkDrawLimit *limit, MkArena *arena, double *log_weight, MkError *err)
{
    if (model->kind->latent->weigh != NULL) {
        return model->kind->latent->weigh(model, states, point->attribute, point->value, limit,
                                          arena, log_weight, err);
    }
    const MkMark mark = mk_arena_mark(arena);
    MkDistribution *const heads = mk_arena_array(arena, states->n, sizeof *heads);
    const double step = mk_marginal_step(&model->marginals[point->attribute]);
    double share[MK_CELLS_MAX];
    MkStatus st = heads != NULL ? MK_OK : no_memory(err);
    if (st == MK_OK) {
        st = model->kind->latent->heads(model, states, 0, states->n, point->attribute, arena, heads,
                                        err);
    }
    if (st != MK_OK) {
        mk_arena_rewind(arena, mark);
        return st;
    }
    const MkDrawLimit here = limit != NULL ? *limit : as_limit(&heads[0], step, point->value);
    const bool by_shares = take_shares(heads, states->n, &here, share);
    if (by_shares && limit == NULL) {
        give_to_nearest(&heads[0], point->value, share);
    }
    for (size_t s = 0; s < states->n; s++) {
        double mass = 0.0;
        for (size_t c = 0; by_shares && c < heads[s].n; c++) {
            mass += share[c] * heads[s].p[c];
        }
        if (!by_shares && limit == NULL) {
            log_weight[s] += mk_separate_log(&heads[s], step, point->value);
            continue;
        }
        mass = by_shares ? mass : mk_separate_mass(&heads[s], limit);
        log_weight[s] += log(fmax(mass, 1e-300));
    }
    mk_arena_rewind(arena, mark);
    return MK_OK;
}

static double log_sum(const double *x, size_t n)
{
    double most = -INFINITY, sum = 0.0;
    for (size_t i = 0; i < n; i++) {
        most = fmax(most, x[i]);
    }
    for (size_t i = 0; i < n; i++) {
        sum += exp(x[i] - most);
    }
    return most + log(sum);
}

/* States for what is known, and their log weights with it; *out and *log_weight in `arena`. */
static MkStatus ask_states(const MkModel *model, const MkPoint *known, size_t n_known, size_t n,
                           MkRng *rng, MkArena *arena, MkStates *out, double **log_weight,
                           MkError *err)
{
    const MkLatent *const latent = model->kind->latent;
    MK_TRY(latent->states(model, known, n_known, n, rng, arena, out, err));
    *log_weight = mk_arena_array(arena, out->n, sizeof **log_weight);
    if (*log_weight == NULL) {
        return no_memory(err);
    }
    memcpy(*log_weight, out->log_weight, out->n * sizeof **log_weight);
    for (size_t i = 0; !latent->is_told && i < n_known; i++) {
        MK_TRY(weigh(model, out, &known[i], NULL, arena, *log_weight, err));
    }
    return MK_OK;
}

/* ---- the posterior ---- */

MkStatus mk_latent_posterior(const MkModel *model, const MkPoint *known, size_t n_known,
                             const size_t *targets, size_t n_targets, MkArena *arena,
                             MkDistribution *out, MkError *err)
{
    const MkLatent *const latent = model->kind->latent;
    MkRng rng = mk_rng(0, MK_RNG_QUERY, 0);
    MkStates states;
    double *weight = NULL;
    size_t *const ids = mk_arena_array(arena, n_known + 1, sizeof *ids);
    if (ids == NULL) {
        return no_memory(err);
    }
    for (size_t i = 0; i < n_known; i++) {
        ids[i] = known[i].attribute;
    }
    if (latent->check != NULL) {
        MK_TRY(latent->check(model, ids, n_known, NULL, 0, err));
    }
    MK_TRY(ask_states(model, known, n_known, latent->n_answer, &rng, arena, &states, &weight, err));
    const double all = log_sum(weight, states.n);
    MkDistribution *const heads = mk_arena_array(arena, states.n, sizeof *heads);
    MkDistribution *const kept = mk_arena_array(arena, states.n, sizeof *kept);
    double *const share = mk_arena_array(arena, states.n, sizeof *share);
    if (heads == NULL || kept == NULL || share == NULL) {
        return no_memory(err);
    }
    for (size_t t = 0; t < n_targets; t++) {
        size_t n = 0;
        MK_TRY(latent->heads(model, &states, 0, states.n, targets[t], arena, heads, err));
        for (size_t s = 0; s < states.n; s++) {
            const double p = exp(weight[s] - all);
            if (p > 1e-6) {
                kept[n] = heads[s];
                share[n++] = p;
            }
        }
        MK_TRY(mk_dist_mix(kept, share, n, arena, &out[t], err));
    }
    return MK_OK;
}

/* ---- persons ---- */

typedef struct Persons {
    const MkModel *model;
    MkArena *arena;
    size_t n_known, n_targets, n_limited;
    size_t *known, *targets;
    MkDrawLimit *limits; /* (n_targets) */
    double *steps;       /* (n_targets) */
} Persons;

/* What is known of one person, and the states for it. */
typedef struct Person {
    MkPoint *points; /* known, then given targets */
    size_t n_points;
    MkStates states;
    double *weight;
} Person;

static void close_persons(void *state)
{
    Persons *const p = state;
    mk_arena_free(p->arena);
}

static MkStatus take_order(Persons *p, const MkDrawOrder *order, MkError *err)
{
    p->known = mk_arena_array(p->arena, order->n_known + 1, sizeof *p->known);
    p->targets = mk_arena_array(p->arena, order->n_targets + 1, sizeof *p->targets);
    p->limits = mk_arena_zeros(p->arena, order->n_targets + 1, sizeof *p->limits);
    p->steps = mk_arena_array(p->arena, order->n_targets + 1, sizeof *p->steps);
    size_t *const limited = mk_arena_array(p->arena, order->n_targets + 1, sizeof *limited);
    if (p->known == NULL || p->targets == NULL || p->limits == NULL || p->steps == NULL ||
        limited == NULL) {
        return no_memory(err);
    }
    for (size_t i = 0; i < order->n_known; i++) {
        p->known[i] = order->known[i];
    }
    for (size_t i = 0; i < order->n_targets; i++) {
        p->targets[i] = order->targets[i];
        p->steps[i] = mk_marginal_step(&p->model->marginals[order->targets[i]]);
        if (order->limits != NULL && order->limits[i].is_limited) {
            p->limits[i] = order->limits[i];
            limited[p->n_limited++] = order->targets[i];
        }
    }
    const MkLatent *const latent = p->model->kind->latent;
    return latent->check == NULL
               ? MK_OK
               : latent->check(p->model, p->known, p->n_known, limited, p->n_limited, err);
}

static MkStatus open_persons(const MkModel *model, const MkDrawOrder *order, void **out,
                             MkError *err)
{
    MkArena *const arena = mk_arena_new(0);
    Persons *const p = arena != NULL ? mk_arena_zeros(arena, 1, sizeof *p) : NULL;
    if (p == NULL) {
        mk_arena_free(arena);
        return no_memory(err);
    }
    *p = (Persons){
        .model = model, .arena = arena, .n_known = order->n_known, .n_targets = order->n_targets};
    const MkStatus st = take_order(p, order, err);
    if (st != MK_OK) {
        close_persons(p);
        return st;
    }
    *out = p;
    return MK_OK;
}

static size_t choose(const double *weight, size_t n, MkRng *rng)
{
    const double all = log_sum(weight, n);
    double left = mk_rng_uniform(rng);
    for (size_t s = 0; s + 1 < n; s++) {
        left -= exp(weight[s] - all);
        if (left < 0.0) {
            return s;
        }
    }
    return n - 1;
}

/* log p of the points, by states of their own. */
static MkStatus log_density(const Persons *p, const MkPoint *points, size_t n_points, MkRng *rng,
                            MkArena *arena, double *out, MkError *err)
{
    const MkMark mark = mk_arena_mark(arena);
    MkStates states;
    double *weight = NULL;
    const MkStatus st = ask_states(p->model, points, n_points, p->model->kind->latent->n_person,
                                   rng, arena, &states, &weight, err);
    if (st == MK_OK) {
        *out = log_sum(weight, states.n) - log_sum(states.log_weight, states.n);
    }
    mk_arena_rewind(arena, mark);
    return st;
}

/* States of a person with their weights, limits included. */
static MkStatus open_person(const Persons *p, const double *known, const double *given, MkRng *rng,
                            MkArena *arena, Person *out, double *log_mass, MkError *err)
{
    const MkLatent *const latent = p->model->kind->latent;
    out->points = mk_arena_array(arena, p->n_known + p->n_targets + 1, sizeof *out->points);
    if (out->points == NULL) {
        return no_memory(err);
    }
    out->n_points = 0;
    for (size_t i = 0; i < p->n_known; i++) {
        out->points[out->n_points++] = (MkPoint){p->known[i], known[i]};
    }
    for (size_t t = 0; given != NULL && t < p->n_targets; t++) {
        if (!isnan(given[t])) {
            out->points[out->n_points++] = (MkPoint){p->targets[t], given[t]};
        }
    }
    const size_t n = out->n_points > 0 || p->n_limited > 0 ? latent->n_person : 1;
    MK_TRY(ask_states(p->model, out->points, out->n_points, n, rng, arena, &out->states,
                      &out->weight, err));
    const double before = p->n_limited > 0 ? log_sum(out->weight, out->states.n) : 0.0;
    for (size_t t = 0; t < p->n_targets; t++) {
        if (p->limits[t].is_limited && (given == NULL || isnan(given[t]))) {
            MK_TRY(weigh(p->model, &out->states, &(MkPoint){p->targets[t], NAN}, &p->limits[t],
                         arena, out->weight, err));
        }
    }
    *log_mass = p->n_limited > 0 ? log_sum(out->weight, out->states.n) - before : 0.0;
    return MK_OK;
}

static MkStatus draw_person(const Persons *p, const Person *person, const double *given, MkRng *rng,
                            MkArena *arena, double *out, MkError *err)
{
    const size_t s = choose(person->weight, person->states.n, rng);
    for (size_t t = 0; t < p->n_targets; t++) {
        const MkMark mark = mk_arena_mark(arena);
        MkDistribution head;
        if (given != NULL && !isnan(given[t])) {
            out[t] = given[t];
            continue;
        }
        MK_TRY(p->model->kind->latent->heads(p->model, &person->states, s, 1, p->targets[t], arena,
                                             &head, err));
        out[t] = mk_separate_draw(&head, &p->limits[t], p->steps[t], rng);
        mk_arena_rewind(arena, mark);
    }
    return MK_OK;
}

static MkStatus run_persons(const void *state, const double *known, size_t n, MkRng *streams,
                            const double *given, MkArena *arena, double *out, double *log_p,
                            double *log_mass, MkError *err)
{
    const Persons *const p = state;
    const bool exact = p->model->kind->latent->is_exact;
    Person person;
    double mass = 0.0;
    const MkMark start = mk_arena_mark(arena);
    for (size_t b = 0; b < n; b++) {
        const double *const row = known + b * p->n_known;
        const double *const goal = given != NULL ? given + b * p->n_targets : NULL;
        const bool again =
            exact && goal == NULL && b > 0 &&
            (p->n_known == 0 || memcmp(row, row - p->n_known, p->n_known * sizeof *row) == 0);
        if (!again) {
            mk_arena_rewind(arena, start);
            MK_TRY(open_person(p, row, goal, &streams[b], arena, &person, &mass, err));
        }
        if (log_mass != NULL) {
            log_mass[b] = mass;
        }
        if (log_p != NULL && goal != NULL) {
            double both = 0.0, before = 0.0;
            MK_TRY(log_density(p, person.points, person.n_points, &streams[b], arena, &both, err));
            MK_TRY(log_density(p, person.points, p->n_known, &streams[b], arena, &before, err));
            log_p[b] = both - before;
        }
        MK_TRY(draw_person(p, &person, goal, &streams[b], arena, out + b * p->n_targets, err));
    }
    return MK_OK;
}

static const MkJoint joint = {
    .is_joint = true, .open = open_persons, .run = run_persons, .close = close_persons};

const MkJoint *mk_latent_joint(const MkModel *model)
{
    (void)model;
    return &joint;
}
