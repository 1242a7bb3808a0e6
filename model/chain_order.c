/* The order of the attributes, and what each is drawn from. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/chain.h"
#include "model/kind.h"
#include "model/mae/net.h"
#include "model/nn/blas.h"
#include "src/data/eligible.h"

enum {
    TOKENS = 128,     /* that the network sees when it begins */
    ALL_TOKENS = 256, /* with its tail */
    NEAR = 64,        /* attributes that the base conditions on */
    ALL_KNOWN = 32    /* so many known ones always among them */
};

static MkStatus no_memory(MkError *err)
{
    return mk_fail(err, MK_ENOMEM, "out of memory for joint draws");
}

/* ---- the order ---- */

static size_t add_place(MkChain *d, size_t at, size_t attribute, size_t column)
{
    const MkCopula *const c = &d->model->copula;
    MkChainPlace *const p = &d->places[at];
    *p = (MkChainPlace){.attribute = attribute,
                        .column = column,
                        .begin = d->n_features,
                        .step = mk_marginal_step(&d->model->marginals[attribute])};
    d->attributes[at] = attribute;
    d->features[d->n_features++] = (uint32_t)attribute;
    for (size_t f = c->extra_begin[attribute]; f < c->extra_begin[attribute + 1]; f++) {
        d->features[d->n_features++] = (uint32_t)f;
    }
    p->end = d->n_features;
    return at + 1;
}

/* Limited targets are groups of their own. The others' groups grow: the first holds one part of
 * 1 + 2 + .. n, the last n parts. */
static void cut_groups(MkChain *d, size_t n_limited, size_t n_groups)
{
    const size_t rest = d->n_targets - n_limited, n = n_groups < rest ? n_groups : rest;
    const double parts = 0.5 * (double)n * (double)(n + 1);
    size_t at = d->n_known;
    d->n_groups = 0;
    for (size_t i = 0; i < n_limited; i++, at++) {
        d->groups[d->n_groups++] = (MkChainGroup){.first = at, .end = at + 1};
    }
    for (size_t g = 0, done = 0; g < n; g++) {
        const double share = 0.5 * (double)(g + 1) * (double)(g + 2) / parts;
        size_t end = (size_t)floor(share * (double)rest + 0.5);
        end = g + 1 == n ? rest : end > done ? end : done + 1;
        if (end > done && end <= rest) {
            d->groups[d->n_groups++] = (MkChainGroup){.first = at + done, .end = at + end};
            done = end;
        }
    }
}

static bool is_limited(const MkDrawOrder *order, size_t target)
{
    return order->limits != NULL && order->limits[target].is_limited;
}

/* The free targets in an order in which who is asked stands before what is asked. */
typedef struct Sorting {
    const MkEligibility *eligibility;
    size_t *target_of; /* (schema->n) 1 + place in targets of one that is still to come; 0: not */
    size_t *sorted, n;
} Sorting;

static void sort_in(Sorting *s, size_t attribute)
{
    size_t need = 0;
    const size_t target = s->target_of[attribute];
    if (target == 0) {
        return;
    }
    s->target_of[attribute] = 0;
    for (size_t i = 0; mk_eligibility_need(s->eligibility, attribute, i, &need); i++) {
        sort_in(s, need);
    }
    s->sorted[s->n++] = target - 1;
}

static MkStatus sort_free(const MkChain *d, const MkDrawOrder *order, size_t *free_ones, size_t n,
                          MkError *err)
{
    const MkSchema *const schema = d->model->schema;
    MkEligibility *eligibility = NULL;
    Sorting s = {0};
    s.target_of = mk_arena_zeros(d->arena, schema->n + 1, sizeof *s.target_of);
    s.sorted = mk_arena_array(d->arena, n + 1, sizeof *s.sorted);
    if (s.target_of == NULL || s.sorted == NULL) {
        return no_memory(err);
    }
    MK_TRY(mk_eligibility_new(schema, d->arena, &eligibility, err));
    s.eligibility = eligibility;
    for (size_t i = 0; i < n; i++) {
        s.target_of[order->targets[free_ones[i]]] = 1 + free_ones[i];
    }
    for (size_t i = 0; i < n; i++) {
        sort_in(&s, order->targets[free_ones[i]]);
    }
    memcpy(free_ones, s.sorted, n * sizeof *free_ones);
    return MK_OK;
}

static MkStatus set_order(MkChain *d, const MkDrawOrder *order, MkError *err)
{
    size_t *const free_ones = mk_arena_array(d->arena, order->n_targets + 1, sizeof *free_ones);
    if (free_ones == NULL) {
        return no_memory(err);
    }
    MkRng rng = mk_rng(order->seed, MK_RNG_ORDER, 0);
    size_t at = 0, n_free = 0;
    for (size_t i = 0; i < order->n_known; i++) {
        at = add_place(d, at, order->known[i], i);
    }
    for (size_t i = 0; i < order->n_targets; i++) {
        if (is_limited(order, i)) {
            at = add_place(d, at, order->targets[i], i);
            d->places[at - 1].limit = order->limits[i];
        } else {
            free_ones[n_free++] = i;
        }
    }
    mk_rng_shuffle(&rng, free_ones, n_free);
    MK_TRY(sort_free(d, order, free_ones, n_free, err));
    for (size_t i = 0; i < n_free; i++) {
        at = add_place(d, at, order->targets[free_ones[i]], free_ones[i]);
    }
    cut_groups(d, order->n_targets - n_free, order->n_groups > 0 ? order->n_groups : 1);
    return MK_OK;
}

/* ---- what is nearest ---- */

static int by_number(const void *a, const void *b)
{
    const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

/* ---- the base ---- */

/* Room for the links of a drawer. */
typedef struct Work {
    MkRanked *ranked;    /* (n) */
    double *system;      /* (widest, widest) */
    double *rhs, *right; /* (widest) */
    uint32_t *features;  /* (widest) */
} Work;

/* Features of the places before `end` that are nearest to a place, ascending: work->features. */
static size_t choose_near(const MkChain *d, const MkChainPlace *p, size_t end, Work *work)
{
    const size_t kept = d->n_known <= ALL_KNOWN ? d->n_known : 0;
    const size_t near = mk_copula_related(&d->model->copula, d->attributes + kept, end - kept,
                                          &p->attribute, 1, NEAR - kept, work->ranked);
    uint32_t *const chosen = work->features;
    size_t n = 0;
    for (size_t i = 0; i < kept + near; i++) {
        const size_t at = i < kept ? i : kept + work->ranked[i - kept].place;
        for (size_t f = d->places[at].begin; f < d->places[at].end; f++) {
            chosen[n++] = (uint32_t)f;
        }
    }
    qsort(chosen, n, sizeof *chosen, by_number);
    return n;
}

static MkStatus make_link(MkChain *d, const MkChainPlace *p, size_t end, Work *work,
                          MkChainLink *out, MkError *err)
{
    const MkCopula *const c = &d->model->copula;
    const size_t n = choose_near(d, p, end, work);
    double explained = 0.0;
    out->n = n;
    out->features = mk_arena_array(d->arena, n + 1, sizeof *out->features);
    out->weights = mk_arena_array(d->arena, n + 1, sizeof *out->weights);
    if (out->features == NULL || out->weights == NULL) {
        return no_memory(err);
    }
    for (size_t i = 0; i < n; i++) {
        const uint32_t a = d->features[work->features[i]];
        out->features[i] = work->features[i];
        for (size_t k = 0; k <= i; k++) {
            work->system[i * n + k] = (double)mk_copula_r(c, a, d->features[work->features[k]]);
        }
        work->rhs[i] = work->right[i] = (double)mk_copula_r(c, a, p->attribute);
    }
    if (n > 0 && !mk_dpotrf(n, work->system, n)) {
        return mk_fail(err, MK_ENUMERIC, "correlations of %zu features are singular", n);
    }
    if (n > 0) {
        mk_dpotrs(n, work->system, n, work->rhs);
    }
    for (size_t i = 0; i < n; i++) {
        out->weights[i] = (float)work->rhs[i];
        explained += work->rhs[i] * work->right[i];
    }
    mk_copula_link(explained, (double)c->rho[p->attribute], 1.0, &out->scale, &out->spread);
    return MK_OK;
}

/* How much of a place follows from what was drawn, rather than known, before it. */
static double pull_of(const MkChain *d, const MkChainLink *link)
{
    const size_t known = d->n_known > 0 ? d->places[d->n_known - 1].end : 0;
    size_t drawn = 0;
    for (size_t i = 0; i < link->n; i++) {
        drawn += link->features[i] >= known ? 1 : 0;
    }
    const double spread = (double)link->spread;
    return link->n > 0 ? (1.0 - spread * spread) * (double)drawn / (double)link->n : 0.0;
}

static size_t widest_system(const MkChain *d)
{
    size_t most = 1;
    for (size_t i = 0; i < d->n; i++) {
        most = d->places[i].end - d->places[i].begin > most ? d->places[i].end - d->places[i].begin
                                                            : most;
    }
    const size_t all = most * NEAR;
    return all < d->n_features ? all : d->n_features;
}

static MkStatus make_links(MkChain *d, MkError *err)
{
    const size_t n = widest_system(d);
    MkStatus st = MK_OK;
    Work work = {.ranked = mk_heap_array(d->n + 1, sizeof *work.ranked),
                 .system = mk_heap_array(n * n + 1, sizeof *work.system),
                 .rhs = mk_heap_array(n + 1, sizeof *work.rhs),
                 .right = mk_heap_array(n + 1, sizeof *work.right),
                 .features = mk_heap_array(n + 1, sizeof *work.features)};
    if (work.ranked == NULL || work.system == NULL || work.rhs == NULL || work.right == NULL ||
        work.features == NULL) {
        st = no_memory(err);
        goto done;
    }
    for (size_t g = 0; g < d->n_groups; g++) {
        const MkChainGroup *const group = &d->groups[g];
        for (size_t i = group->first; i < group->end; i++) {
            MkChainPlace *const p = &d->places[i];
            MK_TRY_GOTO(make_link(d, p, i, &work, &p->link, err));
            p->pull = pull_of(d, &p->link);
            if (d->model->net != NULL && i > group->first) {
                MK_TRY_GOTO(make_link(d, p, group->first, &work, &p->before, err));
            } else {
                p->before = p->link;
            }
        }
    }
done:
    free(work.ranked);
    free(work.system);
    free(work.rhs);
    free(work.right);
    free(work.features);
    return st;
}

/* ---- what the network sees ---- */

/* End of the groups from `first` on that the network reads in one go: what they add after each
 * other leaves room for all that stands before them, or for TOKENS of it. */
static size_t end_of_reading(const MkChain *d, size_t first)
{
    const size_t before = d->groups[first].first, most = before < TOKENS ? before : TOKENS;
    size_t end = first + 1;
    if (!d->model->net->config.has_tails) {
        return end;
    }
    while (end < d->n_groups && most + d->groups[end].first - before <= ALL_TOKENS) {
        end++;
    }
    return end;
}

static MkStatus take_tokens(MkChain *d, MkChainGroup *group, size_t n, MkError *err)
{
    group->n_tokens = n;
    group->tokens = mk_arena_array(d->arena, n + 1, sizeof *group->tokens);
    return group->tokens != NULL ? MK_OK : no_memory(err);
}

/* Reads what stands before group `first`, for the groups to `end`; when it is too much, what is
 * most related to their attributes. After it, what each group adds. */
static MkStatus plan_reading(MkChain *d, size_t first, size_t end, MkRanked *ranked, MkError *err)
{
    MkChainGroup *const group = &d->groups[first];
    const size_t begin = group->first, last = d->groups[end - 1].end;
    const size_t tail = d->groups[end - 1].first - begin;
    const size_t most = d->model->net->config.has_tails ? ALL_TOKENS - tail : TOKENS;
    const size_t n = mk_copula_related(&d->model->copula, d->attributes, begin,
                                       d->attributes + begin, last - begin, most, ranked);
    MK_TRY(take_tokens(d, group, n, err));
    group->begins = true;
    for (size_t i = 0; i < n; i++) {
        group->tokens[i] = (uint32_t)ranked[i].place;
    }
    qsort(group->tokens, n, sizeof *group->tokens, by_number);
    d->max_tokens = n + tail > d->max_tokens ? n + tail : d->max_tokens;
    for (size_t g = first + 1; g < end; g++) {
        const MkChainGroup *const before = &d->groups[g - 1];
        MK_TRY(take_tokens(d, &d->groups[g], before->end - before->first, err));
        for (size_t i = 0; i < d->groups[g].n_tokens; i++) {
            d->groups[g].tokens[i] = (uint32_t)(before->first + i);
        }
    }
    return MK_OK;
}

static MkStatus plan_readings(MkChain *d, MkRanked *ranked, MkError *err)
{
    for (size_t g = 0, end = 0; d->model->net != NULL && g < d->n_groups; g = end) {
        end = end_of_reading(d, g);
        MK_TRY(plan_reading(d, g, end, ranked, err));
    }
    return MK_OK;
}

static MkStatus make_drawer(MkChain *d, const MkDrawOrder *order, MkError *err)
{
    const size_t n = d->n;
    MkRanked *const ranked = mk_arena_array(d->arena, n + 1, sizeof *ranked);
    d->places = mk_arena_array(d->arena, n + 1, sizeof *d->places);
    d->attributes = mk_arena_array(d->arena, n + 1, sizeof *d->attributes);
    d->features = mk_arena_array(d->arena, d->model->copula.n_features + 1, sizeof *d->features);
    d->groups = mk_arena_array(d->arena, order->n_targets + 1, sizeof *d->groups);
    if (ranked == NULL || d->places == NULL || d->attributes == NULL || d->features == NULL ||
        d->groups == NULL) {
        return no_memory(err);
    }
    MK_TRY(set_order(d, order, err));
    MK_TRY(make_links(d, err));
    return plan_readings(d, ranked, err);
}

static void close_chain(void *state)
{
    MkChain *const d = state;
    mk_arena_free(d->arena);
}

static MkStatus open_chain(const MkModel *model, const MkDrawOrder *order, void **out, MkError *err)
{
    MkArena *const arena = mk_arena_new(0);
    MkChain *const d = arena != NULL ? mk_arena_zeros(arena, 1, sizeof *d) : NULL;
    if (d == NULL) {
        mk_arena_free(arena);
        return no_memory(err);
    }
    d->model = model;
    d->arena = arena;
    d->n_known = order->n_known;
    d->n_targets = order->n_targets;
    d->n = order->n_known + order->n_targets;
    const MkStatus st = make_drawer(d, order, err);
    if (st != MK_OK) {
        close_chain(d);
        return st;
    }
    *out = d;
    return MK_OK;
}

const MkJoint mk_joint_chain = {
    .is_joint = true, .open = open_chain, .run = mk_chain_run, .close = close_chain};
