/* explore_ask.c - the evidence of explore, and the questions asked of the model. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "src/query/explore_inner.h"

#include <string.h>

#include "src/data/eligible.h"
#include "src/query/show.h"

static MkStatus no_memory(MkError *err)
{
    return mk_fail(err, MK_ENOMEM, "out of memory for the relations of a target");
}

/* ---- evidence ---- */

static MkStatus hold_others(MkExplore *e, MkError *err)
{
    MK_TRY(mk_evidence_without(e->arena, e->query->evidence, &e->target, 1, &e->held, err));
    e->was_known = e->held.n < e->query->evidence.n;
    MK_TRY(mk_mix_make(e->query->model, e->held, e->query->seed, e->query->cancel, e->arena,
                       &e->mix, err));
    return mk_mix_support(e->query->model, &e->mix, e->arena, &e->support, err);
}

/* All parts of the evidence, or those at the middles of equal shares of the weight. */
static MkStatus choose_parts(MkExplore *e, MkError *err)
{
    const size_t room = e->mix.n_known + 1; /* one more point is asked with them */
    e->n_parts = e->mix.n < MK_EXPLORE_PARTS ? e->mix.n : MK_EXPLORE_PARTS;
    e->parts = mk_arena_array(e->arena, e->n_parts, sizeof *e->parts);
    MkPoint *points = mk_arena_zeros(e->arena, e->n_parts * room, sizeof *points);
    if (e->parts == NULL || points == NULL) {
        return no_memory(err);
    }
    size_t at = 0;
    double below = 0;
    for (size_t i = 0; i < e->n_parts; i++) {
        const double wanted = ((double)i + 0.5) / (double)e->n_parts;
        while (e->mix.n > e->n_parts && at + 1 < e->mix.n && below + e->mix.weights[at] < wanted) {
            below += e->mix.weights[at++];
        }
        const size_t from = e->mix.n > e->n_parts ? at : i;
        memcpy(points + i * room, e->mix.known + from * e->mix.n_known,
               e->mix.n_known * sizeof *points);
        e->parts[i] = points + i * room;
        e->part_weights[i] = e->mix.n > e->n_parts ? 1.0 / (double)e->n_parts : e->mix.weights[i];
    }
    return MK_OK;
}

static MkStatus ask_now(MkExplore *e, MkError *err)
{
    const MkModel *model = e->query->model;
    e->n_all = mk_model_schema(model)->n;
    e->all = mk_arena_array(e->arena, e->n_all, sizeof *e->all);
    e->now = mk_arena_zeros(e->arena, e->n_all, sizeof *e->now);
    e->slices = mk_arena_array(e->arena, e->n_all, sizeof *e->slices);
    e->part_now = mk_arena_zeros(e->arena, e->n_parts * e->n_all, sizeof *e->part_now);
    MkDistribution gathered[MK_EXPLORE_PARTS];
    if (e->all == NULL || e->now == NULL || e->slices == NULL || e->part_now == NULL) {
        return no_memory(err);
    }
    for (size_t j = 0; j < e->n_all; j++) {
        e->all[j] = j;
    }
    for (size_t i = 0; i < e->n_parts; i++) {
        MK_TRY(mk_model_posterior(model, e->parts[i], e->mix.n_known, e->all, e->n_all, e->arena,
                                  e->part_now + i * e->n_all, err));
    }
    for (size_t j = 0; j < e->n_all; j++) {
        for (size_t i = 0; i < e->n_parts; i++) {
            gathered[i] = e->part_now[i * e->n_all + j];
        }
        e->now[j] = gathered[0];
        if (e->n_parts > 1) {
            MK_TRY(mk_dist_mix(gathered, e->part_weights, e->n_parts, e->arena, &e->now[j], err));
        }
        mk_slices_make(&e->now[j], mk_show_step(model, j).finest, &e->slices[j]);
    }
    return MK_OK;
}

MkStatus mk_explore_ask(const MkExplore *e, size_t attribute, const MkSlice *slice,
                        const size_t *targets, size_t n_targets, MkArena *arena,
                        MkDistribution *out, MkError *err)
{
    const size_t n_known = e->mix.n_known;
    MkPoint *known = mk_arena_array(arena, n_known + 1, sizeof *known);
    MkDistribution *found = mk_arena_zeros(arena, e->n_parts * n_targets, sizeof *found);
    double weights[MK_EXPLORE_PARTS], total = 0;
    MkDistribution gathered[MK_EXPLORE_PARTS];
    if (known == NULL || found == NULL) {
        return no_memory(err);
    }
    for (size_t i = 0; i < e->n_parts; i++) {
        memcpy(known, e->parts[i], n_known * sizeof *known);
        known[n_known] = (MkPoint){attribute, slice->value};
        MK_TRY(mk_model_posterior(e->query->model, known, n_known + 1, targets, n_targets, arena,
                                  found + i * n_targets, err));
        weights[i] =
            e->part_weights[i] * mk_slice_mass(slice, &e->part_now[i * e->n_all + attribute]);
        total += weights[i];
    }
    for (size_t i = 0; i < e->n_parts; i++) {
        weights[i] = total > 0 ? weights[i] / total : e->part_weights[i];
    }
    for (size_t t = 0; t < n_targets; t++) {
        out[t] = found[t];
        for (size_t i = 0; i < e->n_parts; i++) {
            gathered[i] = found[i * n_targets + t];
        }
        if (e->n_parts > 1 && out[t].kind != MK_DIST_POINT) {
            MK_TRY(mk_dist_mix(gathered, weights, e->n_parts, arena, &out[t], err));
        }
    }
    return MK_OK;
}

bool mk_explore_is_asked(const MkExplore *e, size_t j, double target)
{
    const MkSchema *schema = mk_model_schema(e->query->model);
    const MkKnown set = {e->target, {.kind = MK_VALUE_POINT, .point = target}};
    return mk_eligible(schema, j, e->held) &&
           mk_eligible(schema, j, (MkEvidence){.n = 1, .known = &set});
}

MkStatus mk_explore_begin(MkExplore *e, MkError *err)
{
    MK_TRY(hold_others(e, err));
    MK_TRY(choose_parts(e, err));
    return ask_now(e, err);
}
