/* compare.c - mk_query_compare: named what-ifs side by side.
 *
 * A difference between two scenarios is that of two independent people, one of each: its interval
 * and the probability of its direction come from all pairs of 200 quantiles (stats/difference.h),
 * so they are exact up to that grid and need no draws. The difference shown first is that of the
 * medians. Targets are asked in batches, so that the comparison of all attributes tells how far it
 * is, can be interrupted, and shows what it has. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/normal.h"
#include "src/data/eligible.h"
#include "src/query/answer.h"
#include "src/query/compare_inner.h"
#include "src/query/figure_data.h"
#include "src/query/show.h"
#include "src/stats/difference.h"

/* Of targets; a chunk is asked at once. Beyond KNOWN_MOST values a model may look at all targets
 * together, and they are asked so. */
enum { BATCH = 256, CHUNK = 64, KNOWN_MOST = 256 };

static const double distance_most = 0.999; /* 6.6 sd */
static const double mean_moved = 0.02;     /* sd; medians that moved less give way to the means */

static MkStatus no_memory(MkError *err)
{
    return mk_fail(err, MK_ENOMEM, "out of memory for a comparison");
}

const MkAttribute *mk_compare_target(const MkCompare *c, size_t t)
{
    return mk_show_attribute(c->query->model, c->targets[t]);
}

size_t mk_compare_widest(const MkCompare *c, size_t t)
{
    size_t widest = c->base;
    for (size_t s = 0; s < c->n; s++) {
        if (s != c->base && (widest == c->base || mk_compare_difference(c, s, t)->size >
                                                      mk_compare_difference(c, widest, t)->size)) {
            widest = s;
        }
    }
    return widest;
}

size_t mk_compare_shown(const MkCompare *c)
{
    return c->most < c->n_done ? c->most : c->n_done;
}

const char *mk_compare_direction(double higher)
{
    if (higher == 0.5) {
        return "none";
    }
    return higher > 0.5 ? "higher" : "lower";
}

/* ---- asking ---- */

typedef struct Batch {
    MkCompare *c;
    size_t first, n; /* targets */
    size_t chunk;    /* targets asked at once */
    size_t n_chunks;
    MkArena **arenas; /* (n_chunks, scenarios) */
    MkStatus *status;
    MkError *errors;
    double *scratch; /* (workers, scenarios, MK_COMPARE_GRID) */
} Batch;

/* A distribution without what its making left in the arena: a mixture of 64 parts leaves much. */
static bool copy(const MkDistribution *d, MkArena *arena, MkDistribution *out)
{
    *out = *d;
    if (d->p != NULL && d->n > 0) {
        double *p = mk_arena_array(arena, d->n, sizeof *p);
        if (p == NULL) {
            return false;
        }
        memcpy(p, d->p, d->n * sizeof *p);
        out->p = p;
    }
    if (d->kind == MK_DIST_MIXTURE) {
        MkDistribution *parts = mk_arena_array(arena, d->n, sizeof *parts);
        bool good = parts != NULL;
        for (size_t i = 0; good && i < d->n; i++) {
            good = copy(&d->parts[i], arena, &parts[i]);
        }
        out->parts = parts;
        return good;
    }
    return true;
}

static MkStatus ask_into(const Batch *b, size_t s, size_t from, size_t n, MkArena *work,
                         MkArena *kept, MkError *err)
{
    const MkCompare *c = b->c;
    MkDistribution *out = mk_arena_zeros(work, n, sizeof *out);
    if (out == NULL) {
        return no_memory(err);
    }
    MK_TRY(mk_mix_posterior(c->query->model, &c->mixes[s], c->targets + from, n, c->query->cancel,
                            work, out, err));
    for (size_t t = 0; t < n; t++) {
        if (!copy(&out[t], kept, &c->posterior[(from + t) * c->n + s])) {
            return no_memory(err);
        }
    }
    return MK_OK;
}

static MkStatus ask_chunk(const Batch *b, size_t i, MkError *err)
{
    const size_t s = i / b->n_chunks;
    const size_t from = b->first + i % b->n_chunks * b->chunk;
    const size_t left = b->first + b->n - from;
    const size_t n = left < b->chunk ? left : b->chunk;
    MkArena *work = mk_arena_new(0);
    b->arenas[i] = mk_arena_new(0);
    const MkStatus st = work != NULL && b->arenas[i] != NULL
                            ? ask_into(b, s, from, n, work, b->arenas[i], err)
                            : no_memory(err);
    mk_arena_free(work);
    return st;
}

static void chunk_task(void *ctx, size_t i, size_t worker)
{
    const Batch *b = ctx;
    (void)worker;
    b->status[i] = ask_chunk(b, i, &b->errors[i]);
}

/* The levels' side of a difference: what moved in all, and what moved most. */
static void level_difference(const MkCompare *c, size_t s, size_t t, MkDifference *d)
{
    const size_t n = mk_compare_target(c, t)->n_levels;
    double sum = 0;
    for (size_t k = 0; k < n; k++) {
        const double change = mk_dist_level(mk_compare_answer(c, s, t), k) -
                              mk_dist_level(mk_compare_answer(c, c->base, t), k);
        sum += 0.5 * fabs(change);
        if (k == 0 || fabs(change) > fabs(d->step)) {
            d->step = change;
            d->level = k;
        }
    }
    d->step = mk_show_clean(d->step);
    d->distance = mk_show_clean(sum);
    d->size = 2 * mk_normal_quantile(0.5 * (1 + fmin(d->distance, distance_most)));
}

static void number_difference(const MkCompare *c, size_t s, size_t t, const double *base,
                              const double *mine, MkDifference *d)
{
    const double end = 0.5 * (1 - c->query->level);
    const double sd = mk_model_marginal(c->query->model, c->targets[t])->sd;
    const MkDistribution *answer = mk_compare_answer(c, s, t);
    const MkDistribution *against = mk_compare_answer(c, c->base, t);
    d->median = mk_dist_quantile(answer, 0.5) - mk_dist_quantile(against, 0.5);
    d->mean = mk_dist_mean(answer) - mk_dist_mean(against);
    d->low = mk_difference_quantile(base, MK_COMPARE_GRID, mine, MK_COMPARE_GRID, end);
    d->high = mk_difference_quantile(base, MK_COMPARE_GRID, mine, MK_COMPARE_GRID, 1 - end);
    if (sd > 0) {
        d->step = d->median / sd;
        d->is_mean =
            fabs(d->step) < mean_moved && isfinite(d->mean) && fabs(d->mean) / sd > fabs(d->step);
        d->step = d->is_mean ? d->mean / sd : d->step;
        d->size = fabs(d->step);
    }
}

static void difference_task(void *ctx, size_t i, size_t worker)
{
    const Batch *b = ctx;
    MkCompare *c = b->c;
    const size_t t = b->first + i;
    const MkAttribute *attribute = mk_compare_target(c, t);
    double *quantiles = b->scratch + worker * c->n * MK_COMPARE_GRID;
    const bool has_order = attribute->type != MK_CATEGORICAL;
    for (size_t s = 0; s < c->n && has_order; s++) {
        for (size_t k = 0; k < MK_COMPARE_GRID; k++) {
            quantiles[s * MK_COMPARE_GRID + k] =
                mk_dist_quantile(mk_compare_answer(c, s, t), ((double)k + 0.5) / MK_COMPARE_GRID);
        }
    }
    const double *base = quantiles + c->base * MK_COMPARE_GRID;
    for (size_t s = 0; s < c->n; s++) {
        const double *mine = quantiles + s * MK_COMPARE_GRID;
        MkDifference *d = &c->differences[t * c->n + s];
        *d = (MkDifference){.mean = NAN};
        if (has_order) {
            d->higher = mk_difference_higher(base, MK_COMPARE_GRID, mine, MK_COMPARE_GRID);
        }
        if (mk_type_is_number(attribute->type)) {
            number_difference(c, s, t, base, mine, d);
        } else {
            level_difference(c, s, t, d);
        }
    }
}

static MkStatus run_batch(Batch *b, MkError *err)
{
    MkCompare *c = b->c;
    const size_t n_tasks = c->n * b->n_chunks;
    mk_pool_run(c->query->pool, n_tasks, chunk_task, b);
    for (size_t i = 0; i < n_tasks; i++) {
        if (b->status[i] != MK_OK) {
            return mk_fail(err, b->status[i], "%s", b->errors[i].text);
        }
    }
    mk_pool_run(c->query->pool, b->n, difference_task, b);
    c->n_done = b->first + b->n;
    return MK_OK;
}

static MkStatus ask_batch(MkCompare *c, size_t first, size_t n, MkArena **arenas, MkArena *arena,
                          MkError *err)
{
    const size_t n_workers = c->query->pool != NULL ? mk_pool_size(c->query->pool) : 1;
    bool is_much = false;
    for (size_t s = 0; s < c->n; s++) {
        is_much = is_much || c->mixes[s].n_known > KNOWN_MOST;
    }
    Batch b = {.c = c, .first = first, .n = n, .chunk = is_much ? n : CHUNK, .arenas = arenas};
    b.n_chunks = (n + b.chunk - 1) / b.chunk;
    const MkMark mark = mk_arena_mark(arena);
    b.status = mk_arena_zeros(arena, c->n * b.n_chunks, sizeof *b.status);
    b.errors = mk_arena_zeros(arena, c->n * b.n_chunks, sizeof *b.errors);
    b.scratch = mk_arena_array(arena, n_workers * c->n * MK_COMPARE_GRID, sizeof *b.scratch);
    if (b.status == NULL || b.errors == NULL || b.scratch == NULL) {
        return no_memory(err);
    }
    const MkStatus st = run_batch(&b, err);
    mk_arena_rewind(arena, mark);
    return st;
}

/* ---- order ---- */

typedef struct Place {
    double size;
    size_t t;
    bool is_set;
} Place;

static int wider_first(const void *a, const void *b)
{
    const Place *p = a, *q = b;
    if (p->is_set != q->is_set) {
        return p->is_set ? 1 : -1;
    }
    if (p->size < q->size || p->size > q->size) {
        return p->size < q->size ? 1 : -1;
    }
    return p->t < q->t ? -1 : 1;
}

static MkStatus put_in_order(MkCompare *c, MkArena *arena, MkError *err)
{
    const MkMark mark = mk_arena_mark(arena);
    Place *places = mk_arena_array(arena, c->n_done, sizeof *places);
    if (places == NULL) {
        return no_memory(err);
    }
    for (size_t t = 0; t < c->n_done; t++) {
        const double size = mk_compare_difference(c, mk_compare_widest(c, t), t)->size;
        places[t] = (Place){size, t, c->is_set[t]};
    }
    qsort(places, c->n_done, sizeof *places, wider_first);
    for (size_t i = 0; i < c->n_done; i++) {
        c->order[i] = places[i].t;
    }
    mk_arena_rewind(arena, mark);
    return MK_OK;
}

/* ---- JSON ---- */

static void scenario_nodes(const MkCompare *c, MkNode *root, MkResult *result)
{
    MkNode *list = mk_node_array(result, root, "scenarios");
    for (size_t s = 0; s < c->n; s++) {
        MkNode *node = mk_node_object(result, list, NULL);
        (void)mk_node_string(result, node, "name", c->scenarios[s].name);
        mk_show_given(result, node, "given", c->query->model, c->scenarios[s].evidence);
        MkNode *support = mk_node_object(result, node, "support");
        (void)mk_node_number(result, support, "percentile", c->support[s]);
    }
    (void)mk_node_string(result, root, "base", c->scenarios[c->base].name);
}

static void difference_node(const MkCompare *c, size_t s, size_t t, MkNode *list, MkResult *result)
{
    const MkAttribute *attribute = mk_compare_target(c, t);
    const bool is_number = mk_type_is_number(attribute->type);
    const MkDifference *d = mk_compare_difference(c, s, t);
    MkNode *node = mk_node_object(result, list, NULL);
    (void)mk_node_string(result, node, "scenario", c->scenarios[s].name);
    (void)mk_node_string(result, node, "against", c->scenarios[c->base].name);
    if (is_number) {
        (void)mk_node_number(result, node, "difference", d->median);
        if (isfinite(d->mean)) {
            (void)mk_node_number(result, node, "mean_difference", d->mean);
        }
        mk_show_interval_node(result, node, c->query->level, d->low, d->high);
    } else {
        MkNode *levels = mk_node_object(result, node, "levels");
        for (size_t k = 0; k < attribute->n_levels; k++) {
            const double change = mk_dist_level(mk_compare_answer(c, s, t), k) -
                                  mk_dist_level(mk_compare_answer(c, c->base, t), k);
            (void)mk_node_number(result, levels, attribute->levels[k].name, change);
        }
        (void)mk_node_number(result, node, "distance", d->distance);
    }
    (void)mk_node_number(result, node, "size", d->size);
    if (attribute->type != MK_CATEGORICAL) {
        (void)mk_node_string(result, node, "direction", mk_compare_direction(d->higher));
        (void)mk_node_number(result, node, "probability", fmax(d->higher, 1 - d->higher));
    }
}

static void target_node(const MkCompare *c, size_t t, MkNode *list, MkResult *result)
{
    const MkAttribute *attribute = mk_compare_target(c, t);
    MkNode *node = mk_node_object(result, list, NULL);
    (void)mk_node_string(result, node, "attribute", attribute->name);
    (void)mk_node_string(result, node, "label", attribute->label);
    (void)mk_node_string(result, node, "type", mk_type_name(attribute->type));
    if (attribute->unit[0] != '\0') {
        (void)mk_node_string(result, node, "unit", attribute->unit);
    }
    if (c->is_set[t]) {
        (void)mk_node_bool(result, node, "set", true);
    }
    MkNode *values = mk_node_array(result, node, "values");
    for (size_t s = 0; s < c->n; s++) {
        MkNode *value = mk_node_object(result, values, NULL);
        (void)mk_node_string(result, value, "scenario", c->scenarios[s].name);
        if (mk_type_is_number(attribute->type)) {
            mk_answer_number(result, value, mk_compare_answer(c, s, t),
                             mk_dist_mode(mk_compare_answer(c, s, t)), c->query->level);
        } else {
            mk_answer_levels(result, value, mk_compare_answer(c, s, t));
        }
    }
    MkNode *differences = mk_node_array(result, node, "differences");
    for (size_t s = 0; s < c->n; s++) {
        if (s != c->base) {
            difference_node(c, s, t, differences, result);
        }
    }
}

static void left_out_nodes(const MkCompare *c, MkNode *root, MkResult *result)
{
    MkNode *list = mk_node_array(result, root, "left_out");
    for (size_t i = 0; i < c->n_left_out; i++) {
        (void)mk_node_string(result, list, NULL,
                             mk_show_attribute(c->query->model, c->left_out[i])->name);
    }
}

/* ---- notes ---- */

static void note_left_out(const MkCompare *c, MkResult *result)
{
    if (c->n_not_asked > 0) {
        mk_result_note(result, "%zu attribute%s left out: not asked of people of each scenario.",
                       c->n_not_asked, c->n_not_asked == 1 ? " is" : "s are");
    }
    if (c->n_left_out == 0) {
        return;
    }
    const char *names = "";
    for (size_t i = 0; i < c->n_left_out && names != NULL; i++) {
        names = mk_arena_printf(result->arena, "%s%s%s", names, i > 0 ? ", " : "",
                                mk_show_attribute(c->query->model, c->left_out[i])->name);
    }
    mk_result_note(result, "Left out, as they are given: %s.", names == NULL ? "" : names);
}

/* The targets that people see, for notes about them. */
static size_t seen_targets(const MkCompare *c, size_t *seen)
{
    const size_t n = mk_compare_shown(c);
    for (size_t i = 0; i < n; i++) {
        seen[i] = c->targets[c->order[i]];
    }
    return n;
}

static void notes(const MkCompare *c, MkResult *result)
{
    size_t *seen = mk_arena_array(result->arena, c->n_done, sizeof *seen);
    const size_t n_seen = seen != NULL ? seen_targets(c, seen) : 0;
    if (c->n_done < c->n_targets) {
        mk_result_note(result, "%zu of %zu attributes are compared so far.", c->n_done,
                       c->n_targets);
    }
    note_left_out(c, result);
    for (size_t s = 0; s < c->n; s++) {
        const MkScenario *scenario = &c->scenarios[s];
        mk_note_support(result, scenario->name, c->support[s]);
        mk_note_outside(result, c->query->model, scenario->evidence);
        mk_note_mix(result, c->query->model, &c->mixes[s]);
        mk_note_linkage(result, c->query->model, scenario->evidence, seen, n_seen);
    }
    mk_note_association(result);
}

/* ---- together ---- */

static MkStatus fill(MkCompare *c, MkResult *result, MkError *err)
{
    MK_TRY(put_in_order(c, result->arena, err));
    MkNode *root = mk_node_object(result, NULL, NULL);
    (void)mk_node_string(result, root, "model", mk_model_card(c->query->model)->name);
    scenario_nodes(c, root, result);
    (void)mk_node_string(result, root, "method", "independent people, 200 quantiles each");
    if (c->is_all) {
        left_out_nodes(c, root, result);
        (void)mk_node_number(result, root, "not_asked", (double)c->n_not_asked);
    }
    MkNode *targets = mk_node_array(result, root, "targets");
    for (size_t i = 0; i < c->n_done; i++) {
        target_node(c, c->order[i], targets, result);
    }
    mk_compare_figures(c, result);
    mk_compare_tables(c, result);
    mk_figure_nodes(result, root, "figures");
    notes(c, result);
    return mk_result_status(result, err);
}

/* Progress, and what there is so far. */
static void tell(MkCompare *c)
{
    const MkQuery *q = c->query;
    char line[96];
    if (q->progress != NULL && c->n_targets > BATCH) {
        (void)snprintf(line, sizeof line, "compare: %zu of %zu attributes", c->n_done,
                       c->n_targets);
        q->progress(q->ctx, line);
    }
    if (q->partial == NULL || c->n_done == c->n_targets) {
        return;
    }
    MkResult *so_far = mk_result_new("compare");
    if (so_far != NULL && fill(c, so_far, NULL) == MK_OK) {
        q->partial(q->ctx, so_far);
    } else {
        mk_result_free(so_far);
    }
}

/* All batches; interrupted after the first one, a comparison of all attributes is cut and no
 * failure. */
static MkStatus ask_all(MkCompare *c, MkArena **arenas, size_t per_batch, MkResult *result,
                        MkError *err)
{
    for (size_t s = 0; s < c->n; s++) {
        MK_TRY(mk_mix_make(c->query->model, c->scenarios[s].evidence, c->query->seed,
                           c->query->cancel, result->arena, &c->mixes[s], err));
        MK_TRY(mk_mix_support(c->query->model, &c->mixes[s], result->arena, &c->support[s], err));
    }
    for (size_t first = 0, i = 0; first < c->n_targets; first += BATCH, i++) {
        const size_t left = c->n_targets - first;
        const MkStatus st = mk_cancelled(c->query->cancel)
                                ? mk_fail(err, MK_ECANCEL, "interrupted")
                                : ask_batch(c, first, left < BATCH ? left : BATCH,
                                            arenas + i * per_batch, result->arena, err);
        if (st == MK_ECANCEL && c->is_all && c->n_done > 0) {
            result->is_cut = true;
            break;
        }
        MK_TRY(st);
        tell(c);
    }
    return MK_OK;
}

static bool is_set_by_any(const MkCompare *c, size_t attribute)
{
    for (size_t s = 0; s < c->n; s++) {
        if (mk_evidence_find(c->scenarios[s].evidence, attribute) != NULL) {
            return true;
        }
    }
    return false;
}

/* Whether people of every scenario may have an answer. */
static bool is_asked_of_all(const MkCompare *c, size_t attribute)
{
    for (size_t s = 0; s < c->n; s++) {
        if (!mk_eligible(mk_model_schema(c->query->model), attribute, c->scenarios[s].evidence)) {
            return false;
        }
    }
    return true;
}

static MkStatus room(MkCompare *c, MkArena *arena, MkError *err)
{
    c->posterior = mk_arena_zeros(arena, c->n * c->n_targets, sizeof *c->posterior);
    c->differences = mk_arena_zeros(arena, c->n * c->n_targets, sizeof *c->differences);
    c->is_set = mk_arena_zeros(arena, c->n_targets, sizeof *c->is_set);
    c->order = mk_arena_zeros(arena, c->n_targets, sizeof *c->order);
    c->mixes = mk_arena_zeros(arena, c->n, sizeof *c->mixes);
    c->support = mk_arena_zeros(arena, c->n, sizeof *c->support);
    if (c->posterior == NULL || c->differences == NULL || c->is_set == NULL || c->order == NULL ||
        c->mixes == NULL || c->support == NULL) {
        return no_memory(err);
    }
    for (size_t t = 0; t < c->n_targets; t++) {
        c->is_set[t] = is_set_by_any(c, c->targets[t]);
    }
    return MK_OK;
}

static MkStatus compare(MkCompare *c, MkResult *result, MkError *err)
{
    MK_TRY(room(c, result->arena, err));
    const size_t per_batch = c->n * BATCH; /* chunks are not smaller than one target */
    const size_t n_arenas = per_batch * ((c->n_targets + BATCH - 1) / BATCH);
    MkArena **arenas = mk_heap_array(n_arenas, sizeof *arenas);
    if (arenas == NULL) {
        return no_memory(err);
    }
    MkStatus st = ask_all(c, arenas, per_batch, result, err);
    if (st == MK_OK) {
        st = fill(c, result, err);
    }
    for (size_t i = 0; i < n_arenas; i++) {
        mk_arena_free(arenas[i]);
    }
    free(arenas);
    return st;
}

MkStatus mk_query_compare(const MkQuery *query, const MkScenario *scenarios, size_t n, size_t base,
                          MkResult *result, MkError *err)
{
    if (n == 0 || base >= n) {
        return mk_fail(err, MK_EINVAL, "no scenario to compare");
    }
    if (query->n_targets == 0) {
        return mk_fail(err, MK_EINVAL, "no target to compare");
    }
    MkCompare c = {.query = query,
                   .scenarios = scenarios,
                   .n = n,
                   .base = base,
                   .most = query->n_targets,
                   .n_targets = query->n_targets,
                   .targets = query->targets};
    return compare(&c, result, err);
}

MkStatus mk_query_compare_all(const MkQuery *query, const MkScenario *scenarios, size_t n,
                              size_t base, size_t most, MkResult *result, MkError *err)
{
    if (n < 2 || base >= n) {
        return mk_fail(err, MK_EINVAL, "no scenarios to compare");
    }
    const size_t n_all = mk_model_schema(query->model)->n;
    size_t *targets = mk_arena_array(result->arena, n_all, sizeof *targets);
    size_t *left_out = mk_arena_array(result->arena, n_all, sizeof *left_out);
    if (targets == NULL || left_out == NULL) {
        return no_memory(err);
    }
    MkCompare c = {.query = query,
                   .scenarios = scenarios,
                   .n = n,
                   .base = base,
                   .is_all = true,
                   .most = most > 0 ? most : MK_COMPARE_MOST,
                   .targets = targets,
                   .left_out = left_out};
    for (size_t j = 0; j < n_all; j++) {
        if (is_set_by_any(&c, j)) {
            left_out[c.n_left_out++] = j;
        } else if (!is_asked_of_all(&c, j)) {
            c.n_not_asked++;
        } else {
            targets[c.n_targets++] = j;
        }
    }
    return compare(&c, result, err);
}
