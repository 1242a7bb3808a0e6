/* train_extend.c - a training that goes on from a model: what it knows is kept, new attributes are
 * learned beside it.
 *
 * Cells of the model's attributes stay as they are, so that its network still fits. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/kind.h"
#include "model/train_priv.h"

static MkStatus out_of_memory(MkError *err)
{
    return mk_fail(err, MK_ENOMEM, "out of memory");
}

/* ---- which attributes are the model's ---- */

/* Level of attribute `a` with the name of another's level; a->n_levels: none. */
static size_t same_level(const MkAttribute *a, const char *name)
{
    size_t level = 0;
    while (level < a->n_levels && strcmp(a->levels[level].name, name) != 0) {
        level++;
    }
    return level;
}

/* Levels may come in another order; a categorical one may have more than before. */
static bool is_compatible(const MkAttribute *before, const MkAttribute *now)
{
    bool good = before->type == now->type && now->n_levels >= before->n_levels &&
                now->n_levels <= MK_CELLS_MAX &&
                (now->type == MK_CATEGORICAL || now->n_levels == before->n_levels);
    for (size_t k = 0; good && k < before->n_levels; k++) {
        const size_t level = same_level(now, before->levels[k].name);
        good = level < now->n_levels && (now->type != MK_ORDINAL || level == k);
    }
    return good;
}

static MkStatus match(MkTrainRun *run, MkError *err)
{
    MkTrainOld *const old = run->old;
    const MkSchema *const now = run->cohort->schema, *const before = old->model->schema;
    for (size_t j = 0; j < now->n; j++) {
        old->old_of[j] = before->n;
    }
    for (size_t i = 0; i < before->n; i++) {
        const MkAttribute *const a = &before->attributes[i];
        size_t id = 0;
        if (!mk_schema_find(now, a->name, &id) || !is_compatible(a, &now->attributes[id])) {
            return mk_fail(err, MK_EINVAL,
                           "%s knows %s, which the schema has not, or otherwise: a model is "
                           "extended by a schema with all of its attributes",
                           old->model->card.name, a->name);
        }
        old->old_of[id] = i;
        old->kept[id] = true;
    }
    return MK_OK;
}

/* The model's cells with the levels of the new schema; new levels have cells after the others. */
static const MkMarginal *keep_marginal(const MkTrainRun *run, size_t j)
{
    const MkMarginal *const before = &run->old->model->marginals[run->old->old_of[j]];
    const MkAttribute *const now = &run->cohort->schema->attributes[j];
    MkMarginal *const m = mk_arena_array(run->arena, 1, sizeof *m);
    if (m == NULL) {
        return NULL;
    }
    *m = *before;
    m->attribute = now;
    if (m->knots != NULL) {
        return m;
    }
    bool taken[MK_CELLS_MAX] = {false};
    for (size_t k = 0; k < before->n_cells; k++) {
        const char *const name = before->attribute->levels[before->level_of[k]].name;
        const size_t level = same_level(now, name);
        m->level_of[k] = (unsigned char)level;
        taken[level] = true;
    }
    for (size_t level = 0; level < now->n_levels; level++) {
        if (!taken[level]) { /* half a person, as at the first training */
            m->share[m->n_cells] = 0.5 / (double)(before->n_observed + 1);
            m->level_of[m->n_cells++] = (unsigned char)level;
        }
    }
    double total = 0.0;
    for (size_t k = 0; k < m->n_cells; k++) {
        m->cell_of[m->level_of[k]] = (unsigned char)k;
        total += m->share[k];
    }
    for (size_t k = 0; k < m->n_cells; k++) {
        m->share[k] /= total;
    }
    if (m->n_cells > before->n_cells) {
        mk_marginal_finish(m);
    }
    return m;
}

MkStatus mk_train_extend_open(MkTrainRun *run, MkError *err)
{
    const size_t n = run->cohort->schema->n;
    MkTrainOld *const old = mk_arena_zeros(run->arena, 1, sizeof *old);
    MkTrainConfig *const config = mk_arena_array(run->arena, 1, sizeof *config);
    if (old == NULL || config == NULL) {
        return out_of_memory(err);
    }
    run->old = old;
    old->old_of = mk_arena_zeros(run->arena, n, sizeof *old->old_of);
    old->kept = mk_arena_zeros(run->arena, n, sizeof *old->kept);
    old->given = mk_arena_zeros(run->arena, n, sizeof *old->given);
    old->trust = mk_arena_zeros(run->arena, n, sizeof *old->trust);
    if (old->old_of == NULL || old->kept == NULL || old->given == NULL || old->trust == NULL) {
        return out_of_memory(err);
    }
    MK_TRY(mk_model_open(run->hooks->extend, &old->model, err));
    MK_TRY(match(run, err));
    for (size_t j = 0; j < n; j++) {
        if (old->kept[j] && (old->given[j] = keep_marginal(run, j)) == NULL) {
            return out_of_memory(err);
        }
    }
    *config = *run->config;
    if (old->model->net != NULL) { /* a network goes on as it was made */
        const MkNetConfig *const net = &old->model->net->config;
        config->dim = net->dim;
        config->heads = net->heads;
        config->encoder_layers = net->encoder_layers;
        config->decoder_layers = net->decoder_layers;
        config->mlp = net->mlp;
        config->published = net->head == MK_HEAD_PUBLISHED;
    }
    run->config = config;
    return MK_OK;
}

void mk_train_extend_free(MkTrainRun *run)
{
    if (run->old != NULL) {
        mk_model_free(run->old->model);
    }
}

/* ---- counts ---- */

void mk_train_extend_counts(MkTrainRun *run, int32_t *pairs)
{
    const MkTrainOld *const old = run->old;
    const size_t n = run->cohort->schema->n;
    for (size_t a = 0; a < n; a++) {
        for (size_t b = 0; b <= a; b++) {
            int32_t *const now = &pairs[mk_train_packed(a, b)];
            const int32_t before = mk_train_old_pair(old, a, b);
            *now = old->has_people ? (before > *now ? before : *now) : before + *now;
        }
        run->marginals[a].n_observed = (size_t)pairs[mk_train_packed(a, a)];
    }
}

size_t mk_train_extend_people(const MkTrainRun *run)
{
    const size_t before = run->old->model->n_people;
    if (!run->old->has_people) {
        return before + run->n_train;
    }
    return before > run->n_train ? before : run->n_train;
}

/* ---- the network ---- */

/* Rows of one attribute from the model's block of parameters. */
static void copy_rows(MkNet *net, size_t to, const MkNet *from, size_t at, size_t n)
{
    memcpy(net->parameters + to, from->parameters + at, n * sizeof *net->parameters);
}

void mk_train_extend_net(MkTrainRun *run)
{
    const MkTrainOld *const old = run->old;
    const MkNet *const from = old->model->net;
    MkNet *const net = run->net;
    const size_t d = net->config.dim;
    if (from == NULL) {
        return;
    }
    copy_rows(net, 0, from, 0, net->n_dense);
    for (size_t j = 0; j < net->config.n_attributes; j++) {
        if (!old->kept[j]) {
            continue;
        }
        const size_t i = old->old_of[j], outputs = mk_net_outputs(from, i);
        const size_t cells = from->cell_begin[i + 1] - from->cell_begin[i];
        copy_rows(net, net->token_a + j * d, from, from->token_a + i * d, d);
        copy_rows(net, net->token_v + j * d, from, from->token_v + i * d, d);
        copy_rows(net, net->query + j * d, from, from->query + i * d, d);
        copy_rows(net, net->alpha + j, from, from->alpha + i, 1);
        copy_rows(net, net->token_e + net->cell_begin[j] * d, from,
                  from->token_e + from->cell_begin[i] * d, cells * d);
        copy_rows(net, net->head_w + net->out_begin[j] * d, from,
                  from->head_w + from->out_begin[i] * d, outputs * d);
        copy_rows(net, net->head_c + net->out_begin[j], from, from->head_c + from->out_begin[i],
                  outputs);
        net->trust[j] = old->trust[j] = from->trust[i];
    }
}

/* ---- what moved ---- */

/* The judges with what the model knew of them. */
static MkStatus view_judges(MkTrainRun *run, MkError *err)
{
    MkTrainOld *const old = run->old;
    old->judges = run->judges;
    old->judges.groups =
        mk_arena_array(run->arena, run->judges.n_groups, sizeof *old->judges.groups);
    for (size_t g = 0; old->judges.groups != NULL && g < run->judges.n_groups; g++) {
        const MkGroup *const all = &run->judges.groups[g];
        MkGroup *const some = &old->judges.groups[g];
        *some = *all;
        some->attributes = mk_arena_array(run->arena, all->n, sizeof *some->attributes);
        some->cells = mk_arena_array(run->arena, all->n_rows * all->n, 1);
        some->scores = mk_arena_array(run->arena, all->n_rows * all->n, sizeof *some->scores);
        some->values = mk_arena_array(run->arena, all->n_rows * all->n, sizeof *some->values);
        if (some->attributes == NULL || some->cells == NULL || some->scores == NULL ||
            some->values == NULL) {
            return out_of_memory(err);
        }
        size_t n = 0, at = 0;
        for (size_t c = 0; c < all->n; c++) {
            if (old->kept[all->attributes[c]]) {
                some->attributes[n++] = all->attributes[c];
            }
        }
        some->n = n;
        for (size_t i = 0; i < all->n_rows * all->n; i++) {
            if (old->kept[all->attributes[i % all->n]]) {
                some->cells[at] = all->cells[i];
                some->scores[at] = all->scores[i];
                some->values[at++] = all->values[i];
            }
        }
    }
    return old->judges.groups != NULL ? MK_OK : out_of_memory(err);
}

/* Loss of each attribute's hidden cells as the answers are given: sums (n). */
static MkStatus ask(MkTrainRun *run, const float *r, const float *trust, double **out, MkError *err)
{
    MkTrainOld *const old = run->old;
    const size_t n = run->cohort->schema->n;
    double *const steps = mk_arena_zeros(run->arena, n * MK_TRUST_STEPS, sizeof *steps);
    *out = mk_arena_zeros(run->arena, n, sizeof **out);
    old->count = mk_arena_zeros(run->arena, n, sizeof *old->count);
    if (steps == NULL || *out == NULL || old->count == NULL) {
        return out_of_memory(err);
    }
    MK_TRY(mk_trainer_losses(run->trainer, &old->judges, r, steps, old->count, err));
    for (size_t j = 0; j < n; j++) {
        const size_t step = (size_t)lroundf(trust[j] * (MK_TRUST_STEPS - 1));
        (*out)[j] = steps[j * MK_TRUST_STEPS + step];
    }
    return MK_OK;
}

MkStatus mk_train_extend_before(MkTrainRun *run, MkError *err)
{
    if (run->config->published || run->judges.n_rows == 0 || run->old->model->net == NULL) {
        return MK_OK;
    }
    MK_TRY(view_judges(run, err));
    return ask(run, run->old->r, run->old->trust, &run->old->before, err);
}

static int by_category(const void *a, const void *b)
{
    return strcmp(((const MkTrainMoved *)a)->category, ((const MkTrainMoved *)b)->category);
}

/* Joins neighbours of one category; gives how many are left. */
static size_t join_categories(MkTrainMoved *moved, size_t n)
{
    size_t used = 0;
    for (size_t i = 1; i < n; i++) {
        if (strcmp(moved[i].category, moved[used].category) == 0) {
            moved[used].n_attributes++;
            moved[used].cells += moved[i].cells;
            moved[used].before += moved[i].before;
            moved[used].after += moved[i].after;
        } else {
            moved[++used] = moved[i];
        }
    }
    return n > 0 ? used + 1 : 0;
}

MkStatus mk_train_extend_after(MkTrainRun *run, MkError *err)
{
    MkTrainOld *const old = run->old;
    MkTrainOutcome *const o = &run->outcome;
    const size_t n = run->cohort->schema->n;
    double *after = NULL;
    if (old->before == NULL) {
        return MK_OK;
    }
    MK_TRY(ask(run, run->full_r, run->net->trust, &after, err));
    o->moved = mk_arena_zeros(run->arena, n, sizeof *o->moved);
    if (o->moved == NULL) {
        return out_of_memory(err);
    }
    size_t used = 0;
    for (size_t j = 0; j < n; j++) {
        if (old->count[j] > 0.0) {
            o->moved[used++] =
                (MkTrainMoved){.category = run->cohort->schema->attributes[j].category,
                               .n_attributes = 1,
                               .cells = old->count[j],
                               .before = old->before[j],
                               .after = after[j]};
        } else if (old->kept[j]) {
            run->net->trust[j] = old->trust[j]; /* nobody to choose it by */
        }
    }
    qsort(o->moved, used, sizeof *o->moved, by_category);
    o->n_moved = join_categories(o->moved, used);
    for (size_t i = 0; i < o->n_moved; i++) {
        o->moved[i].before /= o->moved[i].cells;
        o->moved[i].after /= o->moved[i].cells;
    }
    return MK_OK;
}
