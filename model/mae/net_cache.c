#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "model/mae/net_cache.h"

#include <string.h>

#include "model/mae/net_priv.h"
#include "model/nn/blas.h"
#include "model/nn/kernels.h"

enum {
    ROWS = 512,    /* that go through a layer together: their activations stay near the processor */
    ONE_BY_ONE = 4 /* below so many rows of a person a matrix product does not pay */
};

struct MkNetCache {
    const MkNet *net;
    size_t persons, max_tokens;   /* the token that is always there included */
    size_t n_tokens;              /* of every person so far */
    float *kv[MK_NET_LAYERS_MAX]; /* (persons, max_tokens, 2d) keys, values */
    /* one round, of at most `rows` rows */
    size_t rows;
    float *x, *normed, *q, *mixed; /* (rows, d) */
    float *stats;                  /* (rows, 2) */
    float *fresh;                  /* (rows, 2d) keys and values of new tokens */
    float *wide;                   /* (rows, mlp d) */
    float *weights;                /* (rows, max_tokens) of one head of a person */
};

MkNetCache *mk_net_cache_new(const MkNet *net, size_t persons, size_t max_tokens, MkArena *arena)
{
    const MkNetConfig *const c = &net->config;
    const size_t d = c->dim, tokens = max_tokens + 1, rows = tokens > ROWS ? tokens : ROWS;
    MkNetCache *const k = mk_arena_zeros(arena, 1, sizeof *k);
    if (k == NULL) {
        return NULL;
    }
    bool good = true;
    k->net = net;
    k->persons = persons;
    k->max_tokens = tokens;
    k->rows = rows;
    for (size_t l = 0; l < c->encoder_layers + c->decoder_layers; l++) {
        k->kv[l] = mk_arena_array(arena, persons * tokens + 1, 2 * d * sizeof **k->kv);
        good = good && k->kv[l] != NULL;
    }
    k->x = mk_arena_array(arena, rows * d, sizeof *k->x);
    k->normed = mk_arena_array(arena, rows * d, sizeof *k->normed);
    k->q = mk_arena_array(arena, rows * d, sizeof *k->q);
    k->mixed = mk_arena_array(arena, rows * d, sizeof *k->mixed);
    k->stats = mk_arena_array(arena, rows * 2, sizeof *k->stats);
    k->fresh = mk_arena_array(arena, rows * 2 * d, sizeof *k->fresh);
    k->wide = mk_arena_array(arena, rows * c->mlp * d, sizeof *k->wide);
    k->weights = mk_arena_array(arena, rows * tokens, sizeof *k->weights);
    good = good && k->x != NULL && k->normed != NULL && k->q != NULL && k->mixed != NULL &&
           k->stats != NULL && k->fresh != NULL && k->wide != NULL && k->weights != NULL;
    return good ? k : NULL;
}

/* One round: `count` rows each of the persons first .. first + persons. */
typedef struct Round {
    size_t first, persons, count;
    size_t seen;    /* tokens that every row sees */
    bool is_causal; /* row i sees i + 1 more, which are the rows' own */
} Round;

static void attend(const MkNetCache *k, size_t layer, const Round *r)
{
    const MkNetConfig *const c = &k->net->config;
    const size_t d = c->dim, width = d / c->heads, n = r->count;
    const size_t m = r->seen + (r->is_causal ? n : 0);
    const float scale = mk_net_attention_scale(c);
    for (size_t b = 0; b < r->persons; b++) {
        for (size_t h = 0; h < c->heads; h++) {
            const size_t own = b * n * d + h * width;
            const float *const keys =
                k->kv[layer] + (r->first + b) * k->max_tokens * 2 * d + h * width;
            if (n < ONE_BY_ONE) {
                for (size_t i = 0; i < n; i++) {
                    mk_attend(k->q + own + i * d, keys, keys + d,
                              r->seen + (r->is_causal ? i + 1 : 0), 2 * d, width, scale, k->weights,
                              k->mixed + own + i * d);
                }
                continue;
            }
            mk_sgemm(false, true, n, m, width, 1.0F, k->q + own, d, keys, 2 * d, 0.0F, k->weights,
                     m);
            for (size_t i = 0; r->is_causal && i < n; i++) {
                const size_t seen = r->seen + i + 1;
                mk_softmax(k->weights + i * m, 1, seen, scale);
                memset(k->weights + i * m + seen, 0, (m - seen) * sizeof *k->weights);
            }
            if (!r->is_causal) {
                mk_softmax(k->weights, n, m, scale);
            }
            mk_sgemm(false, false, n, width, m, 1.0F, k->weights, m, keys + d, 2 * d, 0.0F,
                     k->mixed + own, d);
        }
    }
}

/* Keys and values of the round's new tokens, made of rows x, into a layer's. */
static void keep(MkNetCache *k, size_t layer, const Round *r, const float *x)
{
    const float *const p = k->net->parameters;
    const MkNetLayer *const y = &k->net->layers[layer];
    const size_t d = k->net->config.dim, n = r->count;
    mk_net_linear(x, r->persons * n, d, p + y->wkv, p + y->bkv, 2 * d, k->fresh);
    for (size_t b = 0; b < r->persons; b++) {
        const size_t at = (r->first + b) * k->max_tokens + k->n_tokens;
        memcpy(k->kv[layer] + at * 2 * d, k->fresh + b * n * 2 * d, n * 2 * d * sizeof *k->fresh);
    }
}

/* k->x through one layer, as in net_pass.c. */
static void block(MkNetCache *k, size_t layer, const Round *r)
{
    const float *const p = k->net->parameters;
    const MkNetConfig *const c = &k->net->config;
    const MkNetLayer *const y = &k->net->layers[layer];
    const size_t d = c->dim, wide = c->mlp * d, rows = r->persons * r->count;
    mk_layernorm(k->x, rows, d, p + y->norm1, p + y->norm1 + d, k->normed, k->stats);
    mk_net_linear(k->normed, rows, d, p + y->wq, p + y->bq, d, k->q);
    if (layer < c->encoder_layers) {
        keep(k, layer, r, k->normed);
    }
    attend(k, layer, r);
    mk_net_linear(k->mixed, rows, d, p + y->wo, p + y->bo, d, k->normed);
    mk_axpy(rows * d, 1.0F, k->normed, k->x);
    mk_layernorm(k->x, rows, d, p + y->norm2, p + y->norm2 + d, k->normed, k->stats);
    mk_net_linear(k->normed, rows, d, p + y->w1, p + y->b1, wide, k->wide);
    mk_gelu(k->wide, rows * wide, k->wide);
    mk_net_linear(k->wide, rows, wide, p + y->w2, p + y->b2, d, k->normed);
    mk_axpy(rows * d, 1.0F, k->normed, k->x);
}

/* Persons of a round of `count` rows each, from `first` on. */
static size_t persons_at_once(const MkNetCache *k, size_t count, size_t first)
{
    const size_t most = k->rows / count, left = k->persons - first;
    return most < left ? most : left;
}

/* Reads tokens, with the one that is always there first when they are a prefix. */
static void read_tokens(MkNetCache *k, const MkNetTokens *tokens, bool is_prefix)
{
    const MkNet *const net = k->net;
    const float *const p = net->parameters;
    const MkNetConfig *const c = &net->config;
    const size_t d = c->dim, more = is_prefix ? 1 : 0, count = tokens->count + more;
    for (size_t first = 0; count > 0 && first < k->persons;) {
        const Round r = {.first = first,
                         .persons = persons_at_once(k, count, first),
                         .count = count,
                         .seen = k->n_tokens + (is_prefix ? count : 0),
                         .is_causal = !is_prefix};
        for (size_t b = 0; b < r.persons; b++) {
            float *const x = k->x + b * count * d;
            const size_t at = (first + b) * tokens->count;
            if (is_prefix) {
                mk_net_embed_token(net, p, MK_TOKEN_ALWAYS, 0, 0.0F, x);
            }
            for (size_t i = 0; i < tokens->count; i++) {
                mk_net_embed_token(net, p, tokens->attributes[i], tokens->cells[at + i],
                                   tokens->scores[at + i], x + (i + more) * d);
            }
        }
        for (size_t l = 0; l < c->encoder_layers; l++) {
            block(k, l, &r);
        }
        mk_layernorm(k->x, r.persons * count, d, p + net->memory_norm, p + net->memory_norm + d,
                     k->normed, k->stats);
        for (size_t l = c->encoder_layers; l < c->encoder_layers + c->decoder_layers; l++) {
            keep(k, l, &r, k->normed);
        }
        first += r.persons;
    }
    k->n_tokens += count;
}

void mk_net_cache_prefix(MkNetCache *cache, const MkNetTokens *tokens)
{
    cache->n_tokens = 0;
    read_tokens(cache, tokens, true);
}

void mk_net_cache_append(MkNetCache *cache, const MkNetTokens *tokens)
{
    read_tokens(cache, tokens, false);
}

/* Answers to the round's queries: links (persons, count, 3), hidden (persons, count, d). */
static void ask_round(MkNetCache *k, const Round *r, const uint32_t *attributes, const float *links,
                      float *hidden)
{
    const MkNet *const net = k->net;
    const float *const p = net->parameters;
    const MkNetConfig *const c = &net->config;
    const size_t d = c->dim, rows = r->persons * r->count;
    for (size_t i = 0; i < rows; i++) {
        mk_net_embed_query(net, p, attributes[i % r->count], links + i * MK_NET_LINK, k->x + i * d);
    }
    for (size_t l = c->encoder_layers; l < c->encoder_layers + c->decoder_layers; l++) {
        block(k, l, r);
    }
    mk_layernorm(k->x, rows, d, p + net->final_norm, p + net->final_norm + d, hidden, k->stats);
}

void mk_net_cache_ask(MkNetCache *k, const uint32_t *attributes, size_t count, const float *links,
                      float *hidden)
{
    const size_t d = k->net->config.dim;
    Round r = {.seen = k->n_tokens};
    if (count > k->rows) { /* a person alone is too many for a round */
        r.persons = 1;
        for (r.first = 0; r.first < k->persons; r.first++) {
            for (size_t q = 0; q < count; q += r.count) {
                const size_t at = r.first * count + q;
                r.count = count - q < k->rows ? count - q : k->rows;
                ask_round(k, &r, attributes + q, links + at * MK_NET_LINK, hidden + at * d);
            }
        }
        return;
    }
    r.count = count;
    for (; count > 0 && r.first < k->persons; r.first += r.persons) {
        const size_t at = r.first * count;
        r.persons = persons_at_once(k, count, r.first);
        ask_round(k, &r, attributes, links + at * MK_NET_LINK, hidden + at * d);
    }
}
