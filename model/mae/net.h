/* net.h - the masked autoencoder: tokens of known attributes, an encoder, a read-out decoder that
 * decodes only what is asked.
 *
 *   token of a known value  x = A_j + z V_j + E_j[cell]   (one more token is always there)
 *   encoder                 L_e pre-norm blocks of self-attention and MLP over the tokens
 *   query of an asked one   q = Q_j + link (m_j, log s_j, clip(m_j / s_j, 8))
 *   decoder                 L_d pre-norm blocks of cross-attention to the encoder's output and MLP;
 *                           queries do not see each other
 *   head, cells             logits_k = exp(alpha_j + g.h) b_jk + W_jk.h + c_jk
 *   trust                   answer = b + t_j (logits - b), t_j in 0 .. 1 from validation people
 *   head, published         parameters of the attribute's family = W_j h + c_j (no base)
 *
 * The first tokens of a row, its prefix, attend to each other both ways; those after it, its tail,
 * to all before them and themselves. A query attends to the tokens before its position. All prefix
 * and every query at the end: a plain masked autoencoder. A tail in a random order: one pass gives
 * the conditionals of a whole chain (any-order autoregression: Uria, Murray, Larochelle 2014).
 *
 * b_jk, m_j, s_j are the base's (copula.h). Sources: VHGM-MAE (arXiv 2306.10656) for tokens, masked
 * training and families; manikin-model(7) for the rest. Rows of a batch are ragged and stored end
 * to end. */
#ifndef MK_MODEL_MAE_NET_H
#define MK_MODEL_MAE_NET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/marginal.h"
#include "model/weights.h"
#include "src/base/arena.h"
#include "src/base/status.h"

typedef enum MkHead { MK_HEAD_CELLS, MK_HEAD_PUBLISHED } MkHead;

enum { MK_NET_LAYERS_MAX = 12, MK_NET_LINK = 3 };

typedef struct MkNetConfig {
    size_t n_attributes;
    size_t dim, heads; /* dim is a multiple of heads */
    size_t encoder_layers, decoder_layers;
    size_t mlp; /* width of the MLP as a multiple of dim */
    MkHead head;
    bool has_tails; /* rows with a tail were among those it was trained on */
} MkNetConfig;

/* Offsets into the parameter block. */
typedef struct MkNetLayer {
    size_t norm1, norm2;   /* gain (d), bias (d) */
    size_t wq, bq;         /* (d, d), (d) */
    size_t wkv, bkv;       /* (d, 2d), (2d) */
    size_t wo, bo;         /* (d, d), (d) */
    size_t w1, b1, w2, b2; /* (d, mlp d), (mlp d), (mlp d, d), (d) */
} MkNetLayer;

typedef struct MkNet {
    MkNetConfig config;
    size_t n_parameters, n_dense;         /* the dense ones come first */
    MkNetLayer layers[MK_NET_LAYERS_MAX]; /* encoder, then decoder */
    size_t memory_norm, final_norm;       /* (2d) after the encoder, after the decoder */
    size_t always;                        /* (d) the token that is always there */
    size_t link;                          /* (3, d) */
    size_t gate;                          /* (d) */
    size_t token_a, token_v;              /* (N, d) */
    size_t token_e;                       /* (cells, d) */
    size_t query;                         /* (N, d) */
    size_t head_w, head_c;                /* (outputs, d), (outputs) */
    size_t alpha;                         /* (N) */
    uint32_t *cell_begin;                 /* (N + 1) first cell of an attribute */
    uint32_t *out_begin;                  /* (N + 1) first output of an attribute */
    float *parameters;                    /* (n_parameters), 64-byte aligned */
    float *trust; /* (N) how much of the correction of the base an answer takes, 0 .. 1; training
                     takes all of it */
} MkNet;

/* Layout for the marginals' cells; parameters zero. Gives *out (mk_net_free). */
MK_NODISCARD MkStatus mk_net_new(const MkNetConfig *config, const MkMarginal *marginals,
                                 MkNet **out, MkError *err);
void mk_net_free(MkNet *net); /* NULL is allowed */
void mk_net_init(MkNet *net, uint64_t seed);
size_t mk_net_outputs(const MkNet *net, size_t attribute);

/* Tensors "net.*" as F16 (masters in training are float) and the configuration "net.config". */
MK_NODISCARD MkStatus mk_net_save(const MkNet *net, MkWeightsOut *out, MkError *err);
MK_NODISCARD MkStatus mk_net_load(const MkWeights *weights, const MkMarginal *marginals, size_t n,
                                  MkNet **out, MkError *err);

/* Walks over all tensors in the order of the block: name, offset, rows, columns (1 = vector),
 * weight decay. */
typedef void MkNetVisit(void *ctx, const char *name, size_t offset, size_t rows, size_t columns,
                        bool decay);
void mk_net_visit(const MkNet *net, MkNetVisit *visit, void *ctx);

#define MK_TOKEN_ALWAYS UINT32_MAX

typedef struct MkNetBatch {
    size_t n_rows, n_tokens, n_queries;
    const uint32_t *token_begin; /* (n_rows + 1) */
    const uint32_t *token;       /* (n_tokens) attribute, or MK_TOKEN_ALWAYS */
    const uint8_t *token_cell;   /* (n_tokens) MK_CELL_MISSING = no cell term */
    const float *token_score;    /* (n_tokens) */
    const uint32_t *query_begin; /* (n_rows + 1) */
    const uint32_t *query;       /* (n_queries) attribute */
    const float *query_link;     /* (n_queries, 3) */
    const uint32_t *prefix;      /* (n_rows) tokens of a row's prefix; NULL: all */
    const uint32_t *position; /* (n_queries) tokens of its row that a query sees, 1 or more; NULL:
                                 all */
} MkNetBatch;

/* What a forward pass keeps for the backward pass; sized for at most so many tokens and queries. It
 * lives in `arena`. Without `backward` layers share their room. NULL when out of memory. */
typedef struct MkTape MkTape;
MkTape *mk_tape_new(const MkNetConfig *config, size_t max_rows, size_t max_tokens_row,
                    size_t max_queries_row, bool backward, MkArena *arena);
const float *mk_tape_hidden(const MkTape *tape); /* (n_queries, d) after a forward pass */
float *mk_tape_hidden_grad(MkTape *tape);        /* (n_queries, d) to fill before a backward pass */
const float *mk_tape_token_grad(const MkTape *tape); /* (n_tokens, d) after a backward pass */
const float *mk_tape_query_grad(const MkTape *tape); /* (n_queries, d) */

/* dropout 0: none; else masks by seed, the same in the backward pass of this tape. */
void mk_net_forward(const MkNet *net, const float *parameters, const MkNetBatch *batch,
                    float dropout, uint64_t seed, MkTape *tape);
/* The two halves of it: encode the tokens once, then decode any number of sets of queries. */
void mk_net_encode(const MkNet *net, const float *parameters, const MkNetBatch *batch,
                   float dropout, uint64_t seed, MkTape *tape);
void mk_net_decode(const MkNet *net, const float *parameters, const MkNetBatch *batch,
                   MkTape *tape);
/* dense (n_dense) += gradient of the dense parameters except gate; token and query gradients are in
 * the tape. */
void mk_net_backward(const MkNet *net, const float *parameters, const MkNetBatch *batch,
                     MkTape *tape, float *dense);
/* Useful floating-point operations of one forward pass (matrix products only). */
double mk_net_flops(const MkNet *net, const MkNetBatch *batch);

#define MK_NET_FACTOR_MIN 0.0497871F /* exp(-3), exp(3): bounds of the base's factor */
#define MK_NET_FACTOR_MAX 20.0855370F

/* A query's link (3) to its base: m, log s, m / s clipped to +-8. */
void mk_net_link(float m, float s, float *link);
/* Cell and score of a known value as the network sees it. With a base: cell and normal score;
 * published heads: levels by cell, numbers as the standardised value alone. */
void mk_net_token(bool has_base, const MkMarginal *marginal, uint8_t cell, float score, float value,
                  uint8_t *token_cell, float *token_score);

/* Output parameters of one query: logits over cells (base: b (cells)), or the family's parameters
 * (base NULL). out (outputs of the attribute). Gives the base's factor exp(alpha + g.h). */
float mk_net_head(const MkNet *net, const float *parameters, size_t attribute, const float *hidden,
                  const float *base, float *out);

#endif
