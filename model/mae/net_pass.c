#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/dataset.h"
#include "model/likelihood/likelihood.h"
#include "model/mae/net.h"
#include "model/mae/net_priv.h"
#include "model/nn/blas.h"
#include "model/nn/kernels.h"
#include "src/base/arena.h"

/* Activations of one layer. "Own" rows are tokens in the encoder, queries in the decoder. */
typedef struct LayerTape {
    float *input;   /* (own, d) before the layer */
    float *normed1; /* (own, d) */
    float *stats1;  /* (own, 2) */
    float *q;       /* (own, d) */
    float *kv;      /* (tokens, 2d) */
    float *weights; /* attention, for every row of the batch: heads x (own, tokens) */
    float *mixed;   /* (own, d) attention output before wo */
    float *middle;  /* (own, d) after attention */
    float *normed2, *stats2;
    float *wide;   /* (own, mlp d) before GELU */
    float *active; /* (own, mlp d) after */
} LayerTape;

struct MkTape {
    LayerTape layers[MK_NET_LAYERS_MAX];
    float *tokens; /* (tokens, d) after the encoder, before its norm */
    float *memory; /* (tokens, d) normed */
    float *memory_stats;
    float *last;   /* (queries, d) after the decoder, before its norm */
    float *hidden; /* (queries, d) */
    float *hidden_stats;
    float *hidden_grad, *token_grad, *query_grad, *memory_grad;  /* (., d) */
    float *grad_a, *grad_q, *grad_kv, *grad_wide, *grad_weights; /* scratch of a layer */
    float dropout;
    uint64_t seed;
    MkArena *arena;
    bool failed;
};

/* ---- tape ---- */

static float *room(MkTape *tape, size_t n, size_t m)
{
    float *const p = mk_arena_array(tape->arena, n * m + 16, sizeof *p);
    tape->failed = tape->failed || p == NULL;
    return p;
}

static void make_layer(MkTape *tape, LayerTape *l, const MkNetConfig *c, size_t rows, size_t own,
                       size_t tokens)
{
    const size_t d = c->dim;
    l->input = room(tape, rows * own, d);
    l->normed1 = room(tape, rows * own, d);
    l->stats1 = room(tape, rows * own, 2);
    l->q = room(tape, rows * own, d);
    l->kv = room(tape, rows * tokens, 2 * d);
    l->weights = room(tape, rows * c->heads * own, tokens);
    l->mixed = room(tape, rows * own, d);
    l->middle = room(tape, rows * own, d);
    l->normed2 = room(tape, rows * own, d);
    l->stats2 = room(tape, rows * own, 2);
    l->wide = room(tape, rows * own, c->mlp * d);
    l->active = room(tape, rows * own, c->mlp * d);
}

static void make_gradients(MkTape *tape, const MkNetConfig *c, size_t rows, size_t tokens,
                           size_t queries)
{
    const size_t d = c->dim, most = tokens > queries ? tokens : queries;
    tape->hidden_grad = room(tape, rows * queries, d);
    tape->token_grad = room(tape, rows * tokens, d);
    tape->query_grad = room(tape, rows * queries, d);
    tape->memory_grad = room(tape, rows * tokens, d);
    tape->grad_a = room(tape, rows * most, d);
    tape->grad_q = room(tape, rows * most, d);
    tape->grad_kv = room(tape, rows * tokens, 2 * d);
    tape->grad_wide = room(tape, rows * most, c->mlp * d);
    tape->grad_weights = room(tape, most, tokens);
}

MkTape *mk_tape_new(const MkNetConfig *c, size_t rows, size_t tokens, size_t queries, bool backward,
                    MkArena *arena)
{
    MkTape *const tape = mk_arena_zeros(arena, 1, sizeof *tape);
    if (tape == NULL) {
        return NULL;
    }
    const size_t d = c->dim;
    tape->arena = arena;
    for (size_t l = 0; l < c->encoder_layers + c->decoder_layers; l++) {
        const bool encoder = l < c->encoder_layers;
        const size_t own = encoder ? tokens : queries;
        if (backward || l == 0 || l == c->encoder_layers) {
            make_layer(tape, &tape->layers[l], c, rows, own, tokens);
        } else { /* only the input of a layer must outlive the one before */
            tape->layers[l] = tape->layers[l - 1];
            tape->layers[l].input = room(tape, rows * own, d);
        }
    }
    tape->tokens = room(tape, rows * tokens, d);
    tape->memory = room(tape, rows * tokens, d);
    tape->memory_stats = room(tape, rows * tokens, 2);
    tape->last = room(tape, rows * queries, d);
    tape->hidden = room(tape, rows * queries, d);
    tape->hidden_stats = room(tape, rows * queries, 2);
    if (backward) {
        make_gradients(tape, c, rows, tokens, queries);
    }
    return tape->failed ? NULL : tape;
}

const float *mk_tape_hidden(const MkTape *tape)
{
    return tape->hidden;
}

float *mk_tape_hidden_grad(MkTape *tape)
{
    return tape->hidden_grad;
}

const float *mk_tape_token_grad(const MkTape *tape)
{
    return tape->token_grad;
}

const float *mk_tape_query_grad(const MkTape *tape)
{
    return tape->query_grad;
}

/* ---- linear: out (n,m) = x (n,k) w (k,m) + b ---- */

void mk_net_linear(const float *x, size_t n, size_t k, const float *w, const float *b, size_t m,
                   float *out)
{
    mk_sgemm(false, false, n, m, k, 1.0F, x, k, w, m, 0.0F, out, m);
    mk_add_bias(out, n, m, b);
}

/* dw (k,m) += x' dout;  db (m) += ;  dx (n,k) = dout w' (+ dx when `add`) */
static void linear_back(const float *x, size_t n, size_t k, const float *w, const float *dout,
                        size_t m, float *dw, float *db, float *dx, bool add)
{
    mk_sgemm(true, false, k, m, n, 1.0F, x, k, dout, m, 1.0F, dw, m);
    mk_add_bias_back(dout, n, m, db);
    mk_sgemm(false, true, n, k, m, 1.0F, dout, m, w, m, add ? 1.0F : 0.0F, dx, k);
}

/* ---- attention: own rows attend to tokens of the same person ---- */

typedef struct Spans { /* which own rows and tokens belong to a person */
    size_t n_rows;
    const uint32_t *own, *token;
    const uint32_t *prefix; /* (n_rows) own rows are tokens: those of the prefix; NULL: all */
    const uint32_t *seen;   /* (own rows) tokens that an own row sees; NULL: all, or by prefix */
} Spans;

/* How many of a person's m tokens own row k of person i sees: the first ones. */
static size_t seen_by(const Spans *s, size_t i, size_t k, size_t m)
{
    if (s->seen != NULL) {
        return s->seen[s->own[i] + k];
    }
    if (s->prefix != NULL) {
        return k < s->prefix[i] ? s->prefix[i] : k + 1;
    }
    return m;
}

/* Softmax of what each of person i's n own rows sees; what it does not see weighs nothing, which is
 * all that the way back needs to know. */
static void weigh(const Spans *s, size_t i, float *weights, size_t n, size_t m, float scale)
{
    if (s->seen == NULL && s->prefix == NULL) {
        mk_softmax(weights, n, m, scale);
        return;
    }
    for (size_t k = 0; k < n; k++) {
        const size_t seen = seen_by(s, i, k, m);
        mk_softmax(weights + k * m, 1, seen, scale);
        memset(weights + k * m + seen, 0, (m - seen) * sizeof *weights);
    }
}

float mk_net_attention_scale(const MkNetConfig *c)
{
    return 1.0F / sqrtf((float)(c->dim / c->heads));
}

static void attend(const MkNetConfig *c, const Spans *s, LayerTape *l)
{
    const size_t d = c->dim, width = d / c->heads;
    float *weights = l->weights;
    for (size_t i = 0; i < s->n_rows; i++) {
        const size_t n = s->own[i + 1] - s->own[i], m = s->token[i + 1] - s->token[i];
        for (size_t h = 0; h < c->heads && n > 0; h++) {
            const float *const q = l->q + s->own[i] * d + h * width;
            const float *const k = l->kv + s->token[i] * 2 * d + h * width;
            mk_sgemm(false, true, n, m, width, 1.0F, q, d, k, 2 * d, 0.0F, weights, m);
            weigh(s, i, weights, n, m, mk_net_attention_scale(c));
            mk_sgemm(false, false, n, width, m, 1.0F, weights, m, k + d, 2 * d, 0.0F,
                     l->mixed + s->own[i] * d + h * width, d);
            weights += n * m;
        }
    }
}

/* dq (own, d) = ;  dkv (tokens, 2d) = ;  from dmixed (own, d) */
static void attend_back(const MkNetConfig *c, const Spans *s, const LayerTape *l,
                        const float *dmixed, float *dq, float *dkv, float *dweights)
{
    const size_t d = c->dim, width = d / c->heads;
    const float *weights = l->weights;
    for (size_t i = 0; i < s->n_rows; i++) {
        const size_t n = s->own[i + 1] - s->own[i], m = s->token[i + 1] - s->token[i];
        for (size_t h = 0; h < c->heads; h++) {
            const size_t own = s->own[i] * d + h * width, token = s->token[i] * 2 * d + h * width;
            if (n == 0) {
                for (size_t t = 0; t < m; t++) {
                    memset(dkv + token + t * 2 * d, 0, width * sizeof *dkv);
                    memset(dkv + token + t * 2 * d + d, 0, width * sizeof *dkv);
                }
                continue;
            }
            mk_sgemm(true, false, m, width, n, 1.0F, weights, m, dmixed + own, d, 0.0F,
                     dkv + token + d, 2 * d);
            mk_sgemm(false, true, n, m, width, 1.0F, dmixed + own, d, l->kv + token + d, 2 * d,
                     0.0F, dweights, m);
            mk_softmax_back(weights, dweights, n, m, mk_net_attention_scale(c));
            mk_sgemm(false, false, n, width, m, 1.0F, dweights, m, l->kv + token, 2 * d, 0.0F,
                     dq + own, d);
            mk_sgemm(true, false, m, width, n, 1.0F, dweights, m, l->q + own, d, 0.0F, dkv + token,
                     2 * d);
            weights += n * m;
        }
    }
}

/* ---- one block: x += attention(norm(x)); x += mlp(norm(x)) ----
 * memory NULL: self-attention; else (tokens, d) that keys and values are made of. */

static uint64_t dropout_seed(const MkTape *tape, size_t layer, size_t branch)
{
    return tape->seed * 1024U + layer * 2U + branch;
}

static void block(const MkNet *net, const float *p, size_t layer, const Spans *s,
                  const float *memory, MkTape *tape, float *out)
{
    const MkNetConfig *const c = &net->config;
    const MkNetLayer *const y = &net->layers[layer];
    LayerTape *const l = &tape->layers[layer];
    const size_t d = c->dim, wide = c->mlp * d;
    const size_t n = s->own[s->n_rows], m = s->token[s->n_rows];
    mk_layernorm(l->input, n, d, p + y->norm1, p + y->norm1 + d, l->normed1, l->stats1);
    mk_net_linear(l->normed1, n, d, p + y->wq, p + y->bq, d, l->q);
    mk_net_linear(memory != NULL ? memory : l->normed1, m, d, p + y->wkv, p + y->bkv, 2 * d, l->kv);
    attend(c, s, l);
    mk_net_linear(l->mixed, n, d, p + y->wo, p + y->bo, d, l->middle);
    if (tape->dropout > 0.0F) {
        mk_dropout(l->middle, n * d, dropout_seed(tape, layer, 0), tape->dropout);
    }
    mk_axpy(n * d, 1.0F, l->input, l->middle);
    mk_layernorm(l->middle, n, d, p + y->norm2, p + y->norm2 + d, l->normed2, l->stats2);
    mk_net_linear(l->normed2, n, d, p + y->w1, p + y->b1, wide, l->wide);
    mk_gelu(l->wide, n * wide, l->active);
    mk_net_linear(l->active, n, wide, p + y->w2, p + y->b2, d, out);
    if (tape->dropout > 0.0F) {
        mk_dropout(out, n * d, dropout_seed(tape, layer, 1), tape->dropout);
    }
    mk_axpy(n * d, 1.0F, l->middle, out);
}

/* dx (own, d): gradient of the block's output on entry, of its input on return. dmemory (tokens, d)
 * += when memory is given. */
static void block_back(const MkNet *net, const float *p, size_t layer, const Spans *s,
                       const float *memory, MkTape *tape, float *dx, float *dmemory, float *g)
{
    const MkNetConfig *const c = &net->config;
    const MkNetLayer *const y = &net->layers[layer];
    const LayerTape *const l = &tape->layers[layer];
    const size_t d = c->dim, wide = c->mlp * d;
    const size_t n = s->own[s->n_rows], m = s->token[s->n_rows];
    float *const branch = tape->grad_a;
    memcpy(branch, dx, n * d * sizeof *dx);
    if (tape->dropout > 0.0F) {
        mk_dropout(branch, n * d, dropout_seed(tape, layer, 1), tape->dropout);
    }
    linear_back(l->active, n, wide, p + y->w2, branch, d, g + y->w2, g + y->b2, tape->grad_wide,
                false);
    mk_gelu_back(l->wide, tape->grad_wide, n * wide, tape->grad_wide);
    linear_back(l->normed2, n, d, p + y->w1, tape->grad_wide, wide, g + y->w1, g + y->b1, branch,
                false);
    mk_layernorm_back(branch, l->middle, l->stats2, n, d, p + y->norm2, dx, g + y->norm2,
                      g + y->norm2 + d);
    float *const dmixed = tape->grad_wide; /* free again, wide enough */
    memcpy(branch, dx, n * d * sizeof *dx);
    if (tape->dropout > 0.0F) {
        mk_dropout(branch, n * d, dropout_seed(tape, layer, 0), tape->dropout);
    }
    linear_back(l->mixed, n, d, p + y->wo, branch, d, g + y->wo, g + y->bo, dmixed, false);
    attend_back(c, s, l, dmixed, tape->grad_q, tape->grad_kv, tape->grad_weights);
    linear_back(l->normed1, n, d, p + y->wq, tape->grad_q, d, g + y->wq, g + y->bq, branch, false);
    if (memory == NULL) {
        linear_back(l->normed1, m, d, p + y->wkv, tape->grad_kv, 2 * d, g + y->wkv, g + y->bkv,
                    branch, true);
    } else {
        linear_back(memory, m, d, p + y->wkv, tape->grad_kv, 2 * d, g + y->wkv, g + y->bkv, dmemory,
                    true);
    }
    mk_layernorm_back(branch, l->input, l->stats1, n, d, p + y->norm1, dx, g + y->norm1,
                      g + y->norm1 + d);
}

/* ---- whole network ---- */

void mk_net_embed_token(const MkNet *net, const float *p, uint32_t j, uint8_t cell, float score,
                        float *out)
{
    const size_t d = net->config.dim;
    if (j == MK_TOKEN_ALWAYS) {
        memcpy(out, p + net->always, d * sizeof *out);
        return;
    }
    memcpy(out, p + net->token_a + j * d, d * sizeof *out);
    mk_axpy(d, score, p + net->token_v + j * d, out);
    if (cell != MK_CELL_MISSING) {
        mk_axpy(d, 1.0F, p + net->token_e + (net->cell_begin[j] + cell) * d, out);
    }
}

void mk_net_embed_query(const MkNet *net, const float *p, uint32_t j, const float *link, float *out)
{
    const size_t d = net->config.dim;
    memcpy(out, p + net->query + j * d, d * sizeof *out);
    for (size_t i = 0; i < MK_NET_LINK; i++) {
        mk_axpy(d, link[i], p + net->link + i * d, out);
    }
}

static void embed(const MkNet *net, const float *p, const MkNetBatch *b, float *x)
{
    for (size_t t = 0; t < b->n_tokens; t++) {
        mk_net_embed_token(net, p, b->token[t], b->token_cell[t], b->token_score[t],
                           x + t * net->config.dim);
    }
}

static void embed_queries(const MkNet *net, const float *p, const MkNetBatch *b, float *x)
{
    for (size_t q = 0; q < b->n_queries; q++) {
        mk_net_embed_query(net, p, b->query[q], b->query_link + q * MK_NET_LINK,
                           x + q * net->config.dim);
    }
}

/* Where the output of a layer goes: the next layer's input, or what follows the stack. */
static float *after(MkTape *tape, const MkNetConfig *c, size_t layer)
{
    if (layer + 1 == c->encoder_layers) {
        return tape->tokens;
    }
    return layer + 1 == c->encoder_layers + c->decoder_layers ? tape->last
                                                              : tape->layers[layer + 1].input;
}

static Spans self_spans(const MkNetBatch *b)
{
    return (Spans){
        .n_rows = b->n_rows, .own = b->token_begin, .token = b->token_begin, .prefix = b->prefix};
}

static Spans cross_spans(const MkNetBatch *b)
{
    return (Spans){
        .n_rows = b->n_rows, .own = b->query_begin, .token = b->token_begin, .seen = b->position};
}

void mk_net_encode(const MkNet *net, const float *p, const MkNetBatch *b, float dropout,
                   uint64_t seed, MkTape *tape)
{
    const MkNetConfig *const c = &net->config;
    const Spans self = self_spans(b);
    tape->dropout = dropout;
    tape->seed = seed;
    embed(net, p, b, c->encoder_layers > 0 ? tape->layers[0].input : tape->tokens);
    for (size_t l = 0; l < c->encoder_layers; l++) {
        block(net, p, l, &self, NULL, tape, after(tape, c, l));
    }
    mk_layernorm(tape->tokens, b->n_tokens, c->dim, p + net->memory_norm,
                 p + net->memory_norm + c->dim, tape->memory, tape->memory_stats);
}

void mk_net_decode(const MkNet *net, const float *p, const MkNetBatch *b, MkTape *tape)
{
    const MkNetConfig *const c = &net->config;
    const Spans cross = cross_spans(b);
    embed_queries(net, p, b, tape->layers[c->encoder_layers].input);
    for (size_t l = c->encoder_layers; l < c->encoder_layers + c->decoder_layers; l++) {
        block(net, p, l, &cross, tape->memory, tape, after(tape, c, l));
    }
    mk_layernorm(tape->last, b->n_queries, c->dim, p + net->final_norm,
                 p + net->final_norm + c->dim, tape->hidden, tape->hidden_stats);
}

void mk_net_forward(const MkNet *net, const float *p, const MkNetBatch *b, float dropout,
                    uint64_t seed, MkTape *tape)
{
    mk_net_encode(net, p, b, dropout, seed, tape);
    mk_net_decode(net, p, b, tape);
}

void mk_net_backward(const MkNet *net, const float *p, const MkNetBatch *b, MkTape *tape, float *g)
{
    const MkNetConfig *const c = &net->config;
    const size_t d = c->dim, layers = c->encoder_layers + c->decoder_layers;
    const Spans self = self_spans(b);
    const Spans cross = cross_spans(b);
    float *const dq = tape->query_grad, *const dt = tape->token_grad;
    memset(dq, 0, b->n_queries * d * sizeof *dq);
    memset(dt, 0, b->n_tokens * d * sizeof *dt);
    memset(tape->memory_grad, 0, b->n_tokens * d * sizeof *dt);
    mk_layernorm_back(tape->hidden_grad, tape->last, tape->hidden_stats, b->n_queries, d,
                      p + net->final_norm, dq, g + net->final_norm, g + net->final_norm + d);
    for (size_t l = layers; l-- > c->encoder_layers;) {
        block_back(net, p, l, &cross, tape->memory, tape, dq, tape->memory_grad, g);
    }
    for (size_t q = 0; q < b->n_queries; q++) {
        for (size_t i = 0; i < MK_NET_LINK; i++) {
            mk_axpy(d, b->query_link[q * MK_NET_LINK + i], dq + q * d, g + net->link + i * d);
        }
    }
    mk_layernorm_back(tape->memory_grad, tape->tokens, tape->memory_stats, b->n_tokens, d,
                      p + net->memory_norm, dt, g + net->memory_norm, g + net->memory_norm + d);
    for (size_t l = c->encoder_layers; l-- > 0;) {
        block_back(net, p, l, &self, NULL, tape, dt, NULL, g);
    }
    for (size_t t = 0; t < b->n_tokens; t++) {
        if (b->token[t] == MK_TOKEN_ALWAYS) {
            mk_axpy(d, 1.0F, dt + t * d, g + net->always);
        }
    }
}

double mk_net_flops(const MkNet *net, const MkNetBatch *b)
{
    const MkNetConfig *const c = &net->config;
    const double d = (double)c->dim, wide = (double)c->mlp;
    const double tokens = (double)b->n_tokens, queries = (double)b->n_queries;
    double self = 0.0, cross = 0.0; /* pairs that attend */
    for (size_t i = 0; i < b->n_rows; i++) {
        const double m = (double)(b->token_begin[i + 1] - b->token_begin[i]);
        const double n = (double)(b->query_begin[i + 1] - b->query_begin[i]);
        const double prefix = b->prefix != NULL ? (double)b->prefix[i] : m;
        self += prefix * prefix + 0.5 * (m - prefix) * (m + prefix + 1.0);
        cross += b->position == NULL ? m * n : 0.0;
        for (uint32_t q = b->query_begin[i]; b->position != NULL && q < b->query_begin[i + 1];
             q++) {
            cross += (double)b->position[q];
        }
    }
    const double encoder = tokens * (8.0 + 4.0 * wide) * d * d + 4.0 * self * d;
    const double decoder =
        queries * (4.0 + 4.0 * wide) * d * d + tokens * 4.0 * d * d + 4.0 * cross * d;
    return (double)c->encoder_layers * encoder + (double)c->decoder_layers * decoder;
}

void mk_net_link(float m, float s, float *link)
{
    link[0] = m;
    link[1] = logf(s);
    link[2] = fminf(fmaxf(m / s, -8.0F), 8.0F);
}

void mk_net_token(bool has_base, const MkMarginal *marginal, uint8_t cell, float score, float value,
                  uint8_t *token_cell, float *token_score)
{
    const bool level = marginal->knots == NULL;
    if (has_base || level) {
        *token_cell = cell;
        *token_score = has_base ? score : 0.0F;
    } else {
        *token_cell = MK_CELL_MISSING;
        *token_score = (float)((marginal->attribute->type == MK_POSITIVE)
                                   ? mk_likelihood_scale(marginal, (double)value)
                                   : ((double)value - marginal->mean) / fmax(marginal->sd, 1e-9));
    }
}

float mk_net_head(const MkNet *net, const float *p, size_t attribute, const float *hidden,
                  const float *base, float *out)
{
    const size_t d = net->config.dim, first = net->out_begin[attribute];
    const size_t n = mk_net_outputs(net, attribute);
    float factor = 1.0F;
    for (size_t k = 0; k < n; k++) {
        out[k] = mk_dot(d, p + net->head_w + (first + k) * d, hidden) + p[net->head_c + first + k];
    }
    if (base != NULL) {
        const float exponent = p[net->alpha + attribute] + mk_dot(d, p + net->gate, hidden);
        factor = fminf(fmaxf(expf(exponent), MK_NET_FACTOR_MIN), MK_NET_FACTOR_MAX);
        mk_axpy(n, factor, base, out);
    }
    return factor;
}
