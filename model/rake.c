#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "model/rake.h"

#include <math.h>
#include <string.h>

#include "model/chain.h"

enum { BLOCKS = 8, BATCHES = 16, GROUPS = 16 };

static const double MOST = 8.0, LEAST_PULL = 0.1;

static MkStatus no_memory(MkError *err)
{
    return mk_fail(err, MK_ENOMEM, "out of memory for persons");
}

static size_t count_cells(const MkModel *model)
{
    size_t n = 0;
    for (size_t j = 0; j < model->schema->n; j++) {
        n += model->marginals[j].n_cells;
    }
    return n;
}

static MkStatus point_tilts(MkModel *model, const float *tilts, MkArena *arena, MkError *err)
{
    const float **const at = mk_arena_array(arena, model->schema->n + 1, sizeof *at);
    if (at == NULL) {
        return no_memory(err);
    }
    for (size_t j = 0, begin = 0; j < model->schema->n; j++) {
        at[j] = tilts + begin;
        begin += model->marginals[j].n_cells;
    }
    model->tilts = at;
    return MK_OK;
}

MkStatus mk_rake_open(MkModel *model, MkError *err)
{
    const size_t n = count_cells(model);
    const MkTensor *t = NULL;
    if (mk_weights_find(model->weights, "draw.tilt") == NULL) {
        return MK_OK;
    }
    MK_TRY(mk_weights_need(model->weights, "draw.tilt", MK_F32, 1, &n, &t, err));
    for (size_t i = 0; i < n; i++) {
        const float x = ((const float *)t->data)[i];
        if (!(fabsf(x) <= (float)MOST)) {
            return mk_fail(err, MK_EFORMAT, "%s: a tilt is not in -%g .. %g",
                           mk_weights_path(model->weights), MOST, MOST);
        }
    }
    return point_tilts(model, t->data, model->arena, err);
}

/* ---- persons ---- */

typedef struct Rake {
    const MkModel *model;
    MkEligibility *eligibility;
    const MkCancel *cancel;
    size_t n_cells, batch;
    size_t *targets; /* (schema->n) */
    void *chain;
    MkRakeBlock blocks[BLOCKS];
    MkStatus statuses[BLOCKS];
    MkError errors[BLOCKS];
    float *tilts; /* (n_cells) */
} Rake;

static MkStatus draw_block(const Rake *r, MkRakeBlock *block, size_t index, MkArena *arena,
                           MkError *err)
{
    const size_t n = r->model->schema->n;
    double *const out = mk_arena_array(arena, MK_DRAW_PERSONS * n, sizeof *out);
    MkRng streams[MK_DRAW_PERSONS];
    if (out == NULL) {
        return no_memory(err);
    }
    for (size_t b = 0; b < MK_DRAW_PERSONS; b++) {
        streams[b] = mk_rng(r->batch, MK_RNG_RAKE, index * MK_DRAW_PERSONS + b);
    }
    for (size_t i = 0; i < MK_DRAW_PERSONS * n; i++) {
        block->people[i] = NAN;
    }
    memset(block->asked, 0, n * sizeof *block->asked);
    memset(block->sum, 0, r->n_cells * sizeof *block->sum);
    memset(block->pull, 0, n * sizeof *block->pull);
    memset(block->weight, 0, n * sizeof *block->weight);
    return mk_chain_rake(r->chain, MK_DRAW_PERSONS, streams, block, arena, out, err);
}

static void block_task(void *ctx, size_t index, size_t worker)
{
    (void)worker;
    Rake *const r = ctx;
    MkError *const err = &r->errors[index];
    MkArena *const arena = mk_arena_new(0);
    MkStatus st = arena != NULL ? MK_OK : no_memory(err);
    if (st == MK_OK && mk_cancelled(r->cancel)) {
        st = mk_fail(err, MK_ECANCEL, "interrupted");
    }
    r->statuses[index] = st == MK_OK ? draw_block(r, &r->blocks[index], index, arena, err) : st;
    mk_arena_free(arena);
}

/* Moves the tilts by what a batch showed. */
static void learn(Rake *r)
{
    const double rate = r->batch < 3 ? 1.0 : 3.0 / (double)(r->batch + 1);
    for (size_t j = 0, begin = 0; j < r->model->schema->n; j++) {
        const MkMarginal *const m = &r->model->marginals[j];
        double weight = 0.0, pull = 0.0, sum[MK_CELLS_MAX] = {0};
        for (size_t b = 0; b < BLOCKS; b++) {
            weight += r->blocks[b].weight[j];
            pull += r->blocks[b].pull[j];
            for (size_t k = 0; k < m->n_cells; k++) {
                sum[k] += r->blocks[b].sum[begin + k];
            }
        }
        if (weight >= MK_DRAW_PERSONS) {
            const double power = rate / fmax(pull / weight, LEAST_PULL);
            for (size_t k = 0; k < m->n_cells; k++) {
                const double want = m->share[k] + 1e-3, is = sum[k] / weight + 1e-3;
                const double next = (double)r->tilts[begin + k] + 0.7 * power * log(want / is);
                r->tilts[begin + k] = (float)fmin(fmax(next, -MOST), MOST);
            }
        }
        begin += m->n_cells;
    }
}

static MkStatus run_batch(Rake *r, MkPool *pool, MkError *err)
{
    const MkDrawOrder order = {.targets = r->targets,
                               .n_targets = r->model->schema->n,
                               .n_groups = GROUPS,
                               .seed = r->batch};
    MK_TRY(mk_joint_chain.open(r->model, &order, &r->chain, err));
    mk_pool_run(pool, BLOCKS, block_task, r);
    mk_joint_chain.close(r->chain);
    for (size_t b = 0; b < BLOCKS; b++) {
        if (r->statuses[b] != MK_OK) {
            *err = r->errors[b];
            return r->statuses[b];
        }
    }
    learn(r);
    return MK_OK;
}

static MkStatus open_rake(Rake *r, MkModel *model, MkArena *arena, MkError *err)
{
    const size_t n = model->schema->n;
    MK_TRY(mk_eligibility_new(model->schema, arena, &r->eligibility, err));
    r->targets = mk_arena_array(arena, n + 1, sizeof *r->targets);
    r->tilts = mk_arena_zeros(arena, r->n_cells + 1, sizeof *r->tilts);
    if (r->targets == NULL || r->tilts == NULL) {
        return no_memory(err);
    }
    for (size_t j = 0; j < n; j++) {
        r->targets[j] = j;
    }
    for (size_t b = 0; b < BLOCKS; b++) {
        MkRakeBlock *const k = &r->blocks[b];
        *k = (MkRakeBlock){.eligibility = r->eligibility,
                           .n_attributes = n,
                           .people = mk_arena_array(arena, MK_DRAW_PERSONS * n, sizeof *k->people),
                           .asked = mk_arena_array(arena, n, sizeof *k->asked),
                           .sum = mk_arena_array(arena, r->n_cells, sizeof *k->sum),
                           .pull = mk_arena_array(arena, n, sizeof *k->pull),
                           .weight = mk_arena_array(arena, n, sizeof *k->weight)};
        if (k->people == NULL || k->asked == NULL || k->sum == NULL || k->pull == NULL ||
            k->weight == NULL) {
            return no_memory(err);
        }
    }
    return point_tilts(model, r->tilts, arena, err);
}

MkStatus mk_rake(MkModel *model, MkPool *pool, const MkCancel *cancel, MkArena *arena, float **out,
                 MkError *err)
{
    Rake r = {.model = model, .cancel = cancel, .n_cells = count_cells(model)};
    MkStatus st = open_rake(&r, model, arena, err);
    for (r.batch = 0; st == MK_OK && r.batch < BATCHES; r.batch++) {
        st = run_batch(&r, pool, err);
    }
    *out = r.tilts;
    return st;
}
