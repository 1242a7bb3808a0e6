#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/chain.h"
#include "model/dataset.h"
#include "model/likelihood/likelihood.h"
#include "model/mae/net.h"
#include "model/separate.h"
#include "model/train_priv.h"

enum { MAX_TOKENS = 256, QUERIES_AT_ONCE = 128 };

static MkStatus out_of_memory(MkError *err)
{
    return mk_fail(err, MK_ENOMEM, "out of memory");
}

static MkStatus mae_open(MkModel *model, MkError *err)
{
    return mk_net_load(model->weights, model->marginals, model->schema->n, &model->net, err);
}

static void mae_close(MkModel *model)
{
    mk_net_free(model->net);
}

/* ---- which known values the network sees, when there are more than it takes ---- */

/* Those that it sees: *n_known at most MAX_TOKENS places in `known`. */
static MkStatus choose_tokens(const MkModel *model, const MkPoint *known, size_t *n_known,
                              const size_t *targets, size_t n_targets, MkArena *arena,
                              size_t **chosen, MkError *err)
{
    const size_t n = *n_known;
    size_t *const from = mk_arena_array(arena, n + 1, sizeof *from);
    MkRanked *const ranked = mk_arena_array(arena, n + 1, sizeof *ranked);
    *chosen = mk_arena_array(arena, n + 1, sizeof **chosen);
    if (*chosen == NULL || from == NULL || ranked == NULL) {
        return out_of_memory(err);
    }
    for (size_t i = 0; i < n; i++) {
        from[i] = known[i].attribute;
    }
    *n_known = mk_copula_related(&model->copula, from, n, targets, n_targets, MAX_TOKENS, ranked);
    for (size_t i = 0; i < *n_known; i++) {
        (*chosen)[i] = ranked[i].place;
    }
    return MK_OK;
}

/* ---- one question ---- */

typedef struct Question {
    const MkModel *model;
    MkNetBatch batch;
    uint32_t token_begin[2], query_begin[2];
    uint32_t *token, *query;
    uint8_t *cell;
    float *score, *link;
    float *m, *s; /* (n_targets) base */
    MkTape *tape;
} Question;

static bool has_base(const MkModel *model)
{
    return model->net->config.head == MK_HEAD_CELLS;
}

static MkStatus make_question(const MkModel *model, size_t n_tokens, size_t n_targets,
                              MkArena *arena, Question *q, MkError *err)
{
    const size_t queries = n_targets < QUERIES_AT_ONCE ? n_targets : QUERIES_AT_ONCE;
    *q = (Question){.model = model};
    q->token = mk_arena_array(arena, n_tokens + 1, sizeof *q->token);
    q->cell = mk_arena_array(arena, n_tokens + 1, sizeof *q->cell);
    q->score = mk_arena_array(arena, n_tokens + 1, sizeof *q->score);
    q->query = mk_arena_array(arena, n_targets + 1, sizeof *q->query);
    q->link = mk_arena_zeros(arena, n_targets * MK_NET_LINK + 1, sizeof *q->link);
    q->m = mk_arena_zeros(arena, n_targets + 1, sizeof *q->m);
    q->s = mk_arena_zeros(arena, n_targets + 1, sizeof *q->s);
    q->tape = mk_tape_new(&model->net->config, 1, n_tokens + 1, queries, false, arena);
    if (q->token == NULL || q->cell == NULL || q->score == NULL || q->query == NULL ||
        q->link == NULL || q->m == NULL || q->s == NULL || q->tape == NULL) {
        return out_of_memory(err);
    }
    return MK_OK;
}

static void add_tokens(Question *q, const MkPoint *known, const size_t *chosen, size_t n)
{
    const MkModel *const model = q->model;
    q->token[0] = MK_TOKEN_ALWAYS;
    q->cell[0] = MK_CELL_MISSING;
    q->score[0] = 0.0F;
    for (size_t i = 0; i < n; i++) {
        const MkPoint *const point = &known[chosen[i]];
        const MkMarginal *const m = &model->marginals[point->attribute];
        const size_t cell = mk_marginal_cell(m, point->value);
        q->token[i + 1] = (uint32_t)point->attribute;
        mk_net_token(has_base(model), m, (uint8_t)cell, (float)mk_marginal_normal(m, point->value),
                     (float)point->value, &q->cell[i + 1], &q->score[i + 1]);
    }
    q->token_begin[1] = (uint32_t)(n + 1);
    q->batch = (MkNetBatch){.n_rows = 1,
                            .n_tokens = n + 1,
                            .token_begin = q->token_begin,
                            .token = q->token,
                            .token_cell = q->cell,
                            .token_score = q->score,
                            .query_begin = q->query_begin};
}

static MkStatus add_base(Question *q, const MkPoint *known, size_t n_known, size_t n_targets,
                         MkArena *arena, MkError *err)
{
    MkEncoded e;
    MK_TRY(mk_model_encode(&q->model->copula, known, n_known, arena, &e, err));
    MK_TRY(mk_copula_condition(&q->model->copula, e.ids, e.values, e.n, q->query, n_targets, arena,
                               q->m, q->s, NULL, err));
    for (size_t t = 0; t < n_targets; t++) {
        mk_net_link(q->m[t], q->s[t], q->link + t * MK_NET_LINK);
    }
    return MK_OK;
}

static MkStatus answer(const Question *q, size_t t, const float *hidden, MkArena *arena,
                       MkDistribution *out, MkError *err)
{
    const MkNet *const net = q->model->net;
    const size_t j = q->query[t], n = mk_net_outputs(net, j);
    const MkMarginal *const m = &q->model->marginals[j];
    float parameters[MK_CELLS_MAX], base[MK_CELLS_MAX];
    if (!has_base(q->model)) {
        mk_net_head(net, net->parameters, j, hidden, NULL, parameters);
        return mk_likelihood_distribution(m, parameters, arena, out, err);
    }
    double p[MK_CELLS_MAX];
    mk_copula_logits(m, (double)q->m[t], (double)q->s[t], base);
    mk_net_head(net, net->parameters, j, hidden, base, parameters);
    for (size_t k = 0; k < n; k++) {
        parameters[k] = base[k] + net->trust[j] * (parameters[k] - base[k]);
    }
    mk_categorical_p(parameters, n, p);
    return mk_model_from_cells(m, p, arena, out, err);
}

static MkStatus mae_posterior(const MkModel *model, const MkPoint *known, size_t n_known,
                              const size_t *targets, size_t n_targets, MkArena *arena,
                              MkDistribution *out, MkError *err)
{
    Question q;
    size_t n_tokens = n_known, *chosen = NULL;
    if (n_targets == 0) {
        return MK_OK;
    }
    MK_TRY(choose_tokens(model, known, &n_tokens, targets, n_targets, arena, &chosen, err));
    MK_TRY(make_question(model, n_tokens, n_targets, arena, &q, err));
    for (size_t t = 0; t < n_targets; t++) {
        q.query[t] = (uint32_t)targets[t];
    }
    add_tokens(&q, known, chosen, n_tokens);
    if (has_base(model)) {
        MK_TRY(add_base(&q, known, n_known, n_targets, arena, err));
    }
    const size_t d = model->net->config.dim;
    mk_net_encode(model->net, model->net->parameters, &q.batch, 0.0F, 0, q.tape);
    for (size_t first = 0; first < n_targets; first += QUERIES_AT_ONCE) {
        const size_t left = n_targets - first;
        q.batch.n_queries = left < QUERIES_AT_ONCE ? left : QUERIES_AT_ONCE;
        q.batch.query = q.query + first;
        q.batch.query_link = q.link + first * MK_NET_LINK;
        q.query_begin[1] = (uint32_t)q.batch.n_queries;
        mk_net_decode(model->net, model->net->parameters, &q.batch, q.tape);
        for (size_t i = 0; i < q.batch.n_queries; i++) {
            MK_TRY(
                answer(&q, first + i, mk_tape_hidden(q.tape) + i * d, arena, &out[first + i], err));
        }
    }
    return MK_OK;
}

static MkStatus mae_save(const void *learned, MkArena *arena, MkWeightsOut *out, MkError *err)
{
    (void)arena;
    return mk_net_save(learned, out, err);
}

static const MkJoint *mae_joint(const MkModel *model)
{
    return has_base(model) ? &mk_joint_chain : &mk_joint_separate;
}

const MkKind mk_kind_mae = {.name = "mae",
                            .about = "masked autoencoder over a Gaussian copula",
                            .train = mk_train_mae,
                            .save = mae_save,
                            .open = mae_open,
                            .close = mae_close,
                            .posterior = mae_posterior,
                            .joint = mae_joint};
