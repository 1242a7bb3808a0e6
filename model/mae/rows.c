#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "model/mae/rows.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/likelihood/likelihood.h"
#include "model/nn/kernels.h"
#include "src/base/arena.h"

struct MkRows {
    MkNetBatch batch; /* points to the arrays below */
    uint32_t *token_begin, *query_begin;
    uint32_t *prefix, *position; /* (rows), (queries) */
    uint32_t *token, *query;
    uint8_t *cell;
    float *score, *link;
    uint8_t *answer; /* (queries) cell */
    float *weight;   /* (queries) hidden cells that a target stands for */
    float *scaled;   /* (queries) value on the family's scale (published heads) */
    float *base;     /* (queries, MK_CELLS_MAX) */
    float *hidden, *output_grad, *factor_grad, *token_grad, *query_grad;
    MkRowsSum sum;
};

struct MkRowsScratch {
    MkArena *arena;
    MkTape *tape;
    float *condition;          /* mk_copula_scratch */
    uint32_t *mask;            /* (3 N) */
    uint32_t *known, *targets; /* columns of the person's group */
    uint32_t *asked;           /* (targets) attributes */
    uint32_t *ids, *at;
    float *values, *m, *s;
};

/* ---- making ---- */

MkRows *mk_rows_new(const MkNet *net, size_t rows, const MkMasker *masker)
{
    MkRows *const r = calloc(1, sizeof *r);
    if (r == NULL) {
        return NULL;
    }
    const size_t d = net->config.dim, tokens = rows * (mk_masker_tokens(masker) + 1);
    const size_t queries = rows * masker->max_targets;
    r->token_begin = mk_heap_array(rows + 1, sizeof *r->token_begin);
    r->query_begin = mk_heap_array(rows + 1, sizeof *r->query_begin);
    r->prefix = mk_heap_array(rows + 1, sizeof *r->prefix);
    r->position = mk_heap_array(queries, sizeof *r->position);
    r->token = mk_heap_array(tokens, sizeof *r->token);
    r->query = mk_heap_array(queries, sizeof *r->query);
    r->cell = mk_heap_array(tokens, 1);
    r->score = mk_heap_array(tokens, sizeof *r->score);
    r->link = mk_heap_array(queries * MK_NET_LINK, sizeof *r->link);
    r->answer = mk_heap_array(queries, 1);
    r->weight = mk_heap_array(queries, sizeof *r->weight);
    r->scaled = mk_heap_array(queries, sizeof *r->scaled);
    r->base = mk_heap_array(queries * MK_CELLS_MAX, sizeof *r->base);
    r->hidden = mk_heap_array(queries * d, sizeof *r->hidden);
    r->output_grad = mk_heap_array(queries * MK_CELLS_MAX, sizeof *r->output_grad);
    r->factor_grad = mk_heap_array(queries, sizeof *r->factor_grad);
    r->token_grad = mk_heap_array(tokens * d, sizeof *r->token_grad);
    r->query_grad = mk_heap_array(queries * d, sizeof *r->query_grad);
    if (r->token_begin == NULL || r->query_begin == NULL || r->token == NULL || r->query == NULL ||
        r->cell == NULL || r->score == NULL || r->link == NULL || r->answer == NULL ||
        r->weight == NULL || r->scaled == NULL || r->base == NULL || r->hidden == NULL ||
        r->output_grad == NULL || r->factor_grad == NULL || r->token_grad == NULL ||
        r->query_grad == NULL || r->prefix == NULL || r->position == NULL) {
        mk_rows_free(r);
        return NULL;
    }
    r->batch = (MkNetBatch){.token_begin = r->token_begin,
                            .token = r->token,
                            .token_cell = r->cell,
                            .token_score = r->score,
                            .query_begin = r->query_begin,
                            .query = r->query,
                            .query_link = r->link,
                            .prefix = r->prefix,
                            .position = r->position};
    return r;
}

void mk_rows_free(MkRows *r)
{
    if (r == NULL) {
        return;
    }
    void *const blocks[] = {
        r->token_begin, r->query_begin, r->token,      r->query,      r->cell,   r->score,
        r->link,        r->answer,      r->weight,     r->scaled,     r->base,   r->hidden,
        r->output_grad, r->factor_grad, r->token_grad, r->query_grad, r->prefix, r->position};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++) {
        free(blocks[i]);
    }
    free(r);
}

/* Features of at most `most` attributes: the scores and every extra there is. */
static size_t max_features(const MkCopula *copula, size_t most)
{
    return copula == NULL ? 0 : most + copula->n_features - copula->n_attributes;
}

MkRowsScratch *mk_rows_scratch_new(const MkNet *net, const MkCopula *copula, size_t rows,
                                   const MkMasker *masker)
{
    const size_t max_known = masker->max_known, max_targets = masker->max_targets;
    const size_t tokens = mk_masker_tokens(masker);
    MkRowsScratch *const s = calloc(1, sizeof *s);
    if (s == NULL) {
        return NULL;
    }
    const size_t features = max_features(copula, tokens);
    s->arena = mk_arena_new(0);
    s->tape = s->arena == NULL
                  ? NULL
                  : mk_tape_new(&net->config, rows, tokens + 1, max_targets, true, s->arena);
    s->condition =
        mk_heap_array(mk_copula_scratch(features, max_targets) + 1, sizeof *s->condition);
    s->mask = mk_heap_array(3 * net->config.n_attributes, sizeof *s->mask);
    s->known = mk_heap_array(max_known + 1, sizeof *s->known);
    s->targets = mk_heap_array(max_targets + 1, sizeof *s->targets);
    s->asked = mk_heap_array(max_targets + 1, sizeof *s->asked);
    s->ids = mk_heap_array(features + 1, sizeof *s->ids);
    s->at = mk_heap_array(max_targets + 1, sizeof *s->at);
    s->values = mk_heap_array(features + 1, sizeof *s->values);
    s->m = mk_heap_array(max_targets + 1, sizeof *s->m);
    s->s = mk_heap_array(max_targets + 1, sizeof *s->s);
    if (s->tape == NULL || s->condition == NULL || s->mask == NULL || s->known == NULL ||
        s->targets == NULL || s->asked == NULL || s->ids == NULL || s->at == NULL ||
        s->values == NULL || s->m == NULL || s->s == NULL) {
        mk_rows_scratch_free(s);
        return NULL;
    }
    return s;
}

void mk_rows_scratch_free(MkRowsScratch *s)
{
    if (s != NULL) {
        mk_arena_free(s->arena);
        free(s->condition);
        free(s->mask);
        free(s->known);
        free(s->targets);
        free(s->asked);
        free(s->ids);
        free(s->at);
        free(s->values);
        free(s->m);
        free(s->s);
        free(s);
    }
}

/* ---- filling ---- */

void mk_rows_clear(MkRows *r)
{
    r->batch.n_rows = r->batch.n_tokens = r->batch.n_queries = 0;
    r->token_begin[0] = r->query_begin[0] = 0;
    r->sum = (MkRowsSum){0};
}

/* A person: one row of a group. */
typedef struct Person {
    const MkGroup *group;
    size_t row; /* in it */
    const uint8_t *cells;
    const float *scores, *values;
} Person;

static Person find_person(const MkDataset *people, size_t row)
{
    const MkGroup *const g = &people->groups[mk_dataset_group(people, &row)];
    const size_t at = row * g->n; /* the row in the group now */
    return (Person){.group = g,
                    .row = row,
                    .cells = g->cells + at,
                    .scores = g->scores + at,
                    .values = g->values + at};
}

/* How a person is asked: what is known, what is asked of it, and whether as a chain. */
typedef struct Asked {
    size_t n_known, n_targets;
    bool ordered;
} Asked;

/* Features of a person's column behind the n that there are; gives how many there are then. */
static size_t add_features(MkRowsScratch *s, const MkTrainerData *data, const Person *person,
                           size_t c, size_t n)
{
    return n + mk_copula_encode_score(data->copula, person->group->attributes[c], person->cells[c],
                                      (double)person->scores[c], s->ids + n, s->values + n);
}

static MkStatus condition(MkRows *r, MkRowsScratch *s, const MkTrainerData *data,
                          const Person *person, const float *corr, const Asked *asked)
{
    const MkCopula *const c = data->copula;
    const size_t n_targets = asked->n_targets;
    size_t n = 0;
    for (size_t i = 0; i < asked->n_known; i++) {
        n = add_features(s, data, person, s->known[i], n);
    }
    for (size_t i = 0; asked->ordered && i < n_targets; i++) {
        s->at[i] = (uint32_t)n;
        n = add_features(s, data, person, s->targets[i], n);
    }
    const double nk = (double)n, nt = (double)n_targets;
    if (asked->ordered) {
        r->sum.flops += nk * nk * nk / 3.0 + nk * nk + 4.0 * nk * nt;
        return mk_copula_chain_dense(corr, c->n_features, c->rho, s->ids, s->values, n, s->at,
                                     n_targets, s->condition, s->m, s->s, NULL);
    }
    r->sum.flops += nk * nk * nk / 3.0 + nk * nk * (nt + 1.0) + 4.0 * nk * nt;
    return mk_copula_condition_dense(corr, c->n_features, c->rho, s->ids, s->values, n, s->asked,
                                     n_targets, s->condition, s->m, s->s, NULL);
}

static void add_base(MkRows *r, MkRowsScratch *s, const MkTrainerData *data, const Person *person,
                     const float *corr, const Asked *asked)
{
    const size_t first = r->batch.n_queries, n_targets = asked->n_targets;
    if (condition(r, s, data, person, corr, asked) != MK_OK) {
        r->sum.failed = true;
        return;
    }
    for (size_t i = 0; i < n_targets; i++) {
        mk_copula_logits(&data->marginals[s->asked[i]], (double)s->m[i], (double)s->s[i],
                         r->base + (first + i) * MK_CELLS_MAX);
        mk_net_link(s->m[i], s->s[i], r->link + (first + i) * MK_NET_LINK);
    }
}

static void add_token(MkRows *r, const MkTrainerData *data, const Person *person, size_t c)
{
    const size_t t = r->batch.n_tokens++, j = person->group->attributes[c];
    r->token[t] = (uint32_t)j;
    mk_net_token(data->copula != NULL, &data->marginals[j], person->cells[c], person->scores[c],
                 person->values[c], &r->cell[t], &r->score[t]);
}

/* Known ones, then the targets of a chain but for the last, that nothing is asked after. */
static void add_tokens(MkRows *r, const MkRowsScratch *s, const MkTrainerData *data,
                       const Person *person, const Asked *asked)
{
    const size_t t = r->batch.n_tokens++, first = r->batch.n_queries;
    r->token[t] = MK_TOKEN_ALWAYS;
    r->cell[t] = MK_CELL_MISSING;
    r->score[t] = 0.0F;
    for (size_t i = 0; i < asked->n_known; i++) {
        add_token(r, data, person, s->known[i]);
    }
    for (size_t i = 0; asked->ordered && i + 1 < asked->n_targets; i++) {
        add_token(r, data, person, s->targets[i]);
    }
    r->prefix[r->batch.n_rows] = (uint32_t)(asked->n_known + 1);
    for (size_t i = 0; i < asked->n_targets; i++) {
        r->position[first + i] = (uint32_t)(asked->n_known + 1 + (asked->ordered ? i : 0));
    }
}

void mk_rows_add(MkRows *r, MkRowsScratch *s, const MkTrainerData *data, const MkDataset *people,
                 size_t row, MkMaskKind kind, const float *corr, MkRng *rng)
{
    const Person person = find_person(people, row);
    MkNetBatch *const b = &r->batch;
    Asked asked = {.ordered = false};
    mk_masker_draw(data->masker, kind, person.group, person.row, rng, s->mask, s->known,
                   &asked.n_known, s->targets, r->weight + b->n_queries, &asked.n_targets);
    const size_t n_targets = asked.n_targets;
    asked.ordered = kind == MK_MASK_KINDS && mk_masker_order(data->masker, rng, s->targets,
                                                             r->weight + b->n_queries, n_targets);
    for (size_t i = 0; i < n_targets; i++) {
        s->asked[i] = person.group->attributes[s->targets[i]];
    }
    add_tokens(r, s, data, &person, &asked);
    if (data->copula != NULL) {
        add_base(r, s, data, &person, corr, &asked);
    } else {
        memset(r->link + b->n_queries * MK_NET_LINK, 0, n_targets * MK_NET_LINK * sizeof *r->link);
    }
    for (size_t i = 0; i < n_targets; i++) {
        const size_t c = s->targets[i], j = s->asked[i], q = b->n_queries + i;
        r->sum.cells += (double)r->weight[q];
        r->query[q] = (uint32_t)j;
        r->answer[q] = person.cells[c];
        r->scaled[q] = data->copula != NULL ? 0.0F
                                            : (float)mk_likelihood_scale(&data->marginals[j],
                                                                         (double)person.values[c]);
    }
    b->n_queries += n_targets;
    b->n_rows++;
    r->token_begin[b->n_rows] = (uint32_t)b->n_tokens;
    r->query_begin[b->n_rows] = (uint32_t)b->n_queries;
    r->sum.targets += n_targets;
}

/* ---- loss ---- */

/* Negative log-likelihood of one target times its weight; gradient (outputs) of it, and of alpha.
 */
static double target_loss(MkRows *r, const MkNet *net, const float *p, const MkTrainerData *data,
                          size_t q, const float *hidden, float *gradient, float *factor_grad)
{
    const size_t j = r->query[q], n = mk_net_outputs(net, j);
    const MkMarginal *const m = &data->marginals[j];
    const float weight = r->weight[q];
    float out[MK_CELLS_MAX];
    *factor_grad = 0.0F;
    if (data->copula == NULL) {
        mk_net_head(net, p, j, hidden, NULL, out);
        const double log_p = mk_likelihood_log(m, out, (double)r->scaled[q], gradient);
        for (size_t k = 0; k < n; k++) {
            gradient[k] = -weight * fminf(fmaxf(gradient[k], -20.0F), 20.0F);
        }
        return -(double)weight * log_p;
    }
    const float *const base = r->base + q * MK_CELLS_MAX;
    const float factor = mk_net_head(net, p, j, hidden, base, out);
    r->sum.base_loss -= (double)weight * mk_categorical(base, n, r->answer[q], NULL);
    const double log_p = mk_categorical(out, n, r->answer[q], gradient);
    for (size_t k = 0; k < n; k++) {
        gradient[k] *= -weight;
    }
    const bool clamped = factor <= MK_NET_FACTOR_MIN || factor >= MK_NET_FACTOR_MAX;
    *factor_grad = clamped ? 0.0F : factor * mk_dot(n, gradient, base);
    return -(double)weight * log_p;
}

static double head_flops(const MkRows *r, const MkNet *net)
{
    double flops = 0.0;
    for (size_t q = 0; q < r->batch.n_queries; q++) {
        flops += 2.0 * (double)(mk_net_outputs(net, r->query[q]) * net->config.dim);
    }
    return flops;
}

void mk_rows_gradient(MkRows *r, MkRowsScratch *s, const MkNet *net, const float *p,
                      const MkTrainerData *data, float dropout, uint64_t seed, float *dense)
{
    const size_t d = net->config.dim;
    if (r->sum.failed) {
        return;
    }
    mk_net_forward(net, p, &r->batch, dropout, seed, s->tape);
    const float *const hidden = mk_tape_hidden(s->tape);
    float *const dh = mk_tape_hidden_grad(s->tape);
    for (size_t q = 0; q < r->batch.n_queries; q++) {
        const size_t j = r->query[q];
        float *const gradient = r->output_grad + q * MK_CELLS_MAX;
        const float *const w = p + net->head_w + (size_t)net->out_begin[j] * d;
        r->sum.loss +=
            target_loss(r, net, p, data, q, hidden + q * d, gradient, &r->factor_grad[q]);
        memset(dh + q * d, 0, d * sizeof *dh);
        for (size_t k = 0; k < mk_net_outputs(net, j); k++) {
            mk_axpy(d, gradient[k], w + k * d, dh + q * d);
        }
        mk_axpy(d, r->factor_grad[q], p + net->gate, dh + q * d);
        mk_axpy(d, r->factor_grad[q], hidden + q * d, dense + net->gate);
    }
    mk_net_backward(net, p, &r->batch, s->tape, dense);
    memcpy(r->hidden, hidden, r->batch.n_queries * d * sizeof *hidden);
    memcpy(r->token_grad, mk_tape_token_grad(s->tape),
           r->batch.n_tokens * d * sizeof *r->token_grad);
    memcpy(r->query_grad, mk_tape_query_grad(s->tape),
           r->batch.n_queries * d * sizeof *r->query_grad);
    r->sum.flops += 3.0 * (mk_net_flops(net, &r->batch) + head_flops(r, net));
}

void mk_rows_loss(MkRows *r, MkRowsScratch *s, const MkNet *net, const float *p,
                  const MkTrainerData *data)
{
    const size_t d = net->config.dim;
    if (r->sum.failed) {
        return;
    }
    mk_net_forward(net, p, &r->batch, 0.0F, 0, s->tape);
    for (size_t q = 0; q < r->batch.n_queries; q++) {
        float gradient[MK_CELLS_MAX], factor = 0.0F;
        const float *const hidden = mk_tape_hidden(s->tape) + q * d;
        if (data->copula == NULL) { /* families: as likely as they make the cell, to compare */
            mk_net_head(net, p, r->query[q], hidden, NULL, gradient);
            r->sum.loss -= (double)r->weight[q] * mk_likelihood_cell(&data->marginals[r->query[q]],
                                                                     gradient, r->answer[q]);
        } else {
            r->sum.loss += target_loss(r, net, p, data, q, hidden, gradient, &factor);
        }
    }
}

void mk_rows_trust(MkRows *r, MkRowsScratch *s, const MkNet *net, const float *p, double *sums,
                   double *cells)
{
    const size_t d = net->config.dim;
    if (r->sum.failed) {
        return;
    }
    mk_net_forward(net, p, &r->batch, 0.0F, 0, s->tape);
    for (size_t q = 0; q < r->batch.n_queries; q++) {
        const size_t j = r->query[q], n = mk_net_outputs(net, j);
        const float *const base = r->base + q * MK_CELLS_MAX;
        float out[MK_CELLS_MAX], mixed[MK_CELLS_MAX];
        mk_net_head(net, p, j, mk_tape_hidden(s->tape) + q * d, base, out);
        for (size_t step = 0; step < MK_TRUST_STEPS; step++) {
            const float share = (float)step / (MK_TRUST_STEPS - 1);
            for (size_t k = 0; k < n; k++) {
                mixed[k] = base[k] + share * (out[k] - base[k]);
            }
            sums[j * MK_TRUST_STEPS + step] -=
                (double)r->weight[q] * mk_categorical(mixed, n, r->answer[q], NULL);
        }
        cells[j] += (double)r->weight[q];
    }
}

const MkRowsSum *mk_rows_sum(const MkRows *r)
{
    return &r->sum;
}

const MkNetBatch *mk_rows_batch(const MkRows *r)
{
    return &r->batch;
}

const float *mk_rows_hidden(const MkRows *r)
{
    return r->hidden;
}

const float *mk_rows_output_grad(const MkRows *r)
{
    return r->output_grad;
}

const float *mk_rows_factor_grad(const MkRows *r)
{
    return r->factor_grad;
}

const float *mk_rows_token_grad(const MkRows *r)
{
    return r->token_grad;
}

const float *mk_rows_query_grad(const MkRows *r)
{
    return r->query_grad;
}
