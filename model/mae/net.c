#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "model/mae/net.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "model/likelihood/likelihood.h"
#include "model/nn/kernels.h"
#include "src/base/arena.h"
#include "src/base/rng.h"

static size_t take(size_t *at, size_t n)
{
    const size_t begin = *at;
    *at += (n + 15) / 16 * 16; /* every tensor starts on a cache line */
    return begin;
}

static void lay_out_layer(MkNetLayer *l, size_t d, size_t mlp, size_t *at)
{
    l->norm1 = take(at, 2 * d);
    l->wq = take(at, d * d);
    l->bq = take(at, d);
    l->wkv = take(at, 2 * d * d);
    l->bkv = take(at, 2 * d);
    l->wo = take(at, d * d);
    l->bo = take(at, d);
    l->norm2 = take(at, 2 * d);
    l->w1 = take(at, mlp * d * d);
    l->b1 = take(at, mlp * d);
    l->w2 = take(at, mlp * d * d);
    l->b2 = take(at, d);
}

static void lay_out(MkNet *net)
{
    const MkNetConfig *const c = &net->config;
    const size_t d = c->dim, n = c->n_attributes;
    size_t at = 0;
    for (size_t l = 0; l < c->encoder_layers + c->decoder_layers; l++) {
        lay_out_layer(&net->layers[l], d, c->mlp, &at);
    }
    net->memory_norm = take(&at, 2 * d);
    net->final_norm = take(&at, 2 * d);
    net->always = take(&at, d);
    net->link = take(&at, MK_NET_LINK * d);
    net->gate = take(&at, d);
    net->n_dense = at;
    net->token_a = take(&at, n * d);
    net->token_v = take(&at, n * d);
    net->token_e = take(&at, net->cell_begin[n] * d);
    net->query = take(&at, n * d);
    net->head_w = take(&at, net->out_begin[n] * d);
    net->head_c = take(&at, net->out_begin[n]);
    net->alpha = take(&at, n);
    net->n_parameters = at;
}

MkStatus mk_net_new(const MkNetConfig *config, const MkMarginal *marginals, MkNet **out,
                    MkError *err)
{
    const size_t n = config->n_attributes;
    if (config->dim == 0 || config->heads == 0 || config->dim % config->heads != 0 ||
        config->dim > 1024 || config->mlp == 0 || config->mlp > 8 || config->decoder_layers == 0 ||
        config->encoder_layers + config->decoder_layers > MK_NET_LAYERS_MAX) {
        return mk_fail(err, MK_EINVAL,
                       "network of width %zu, %zu heads, %zu + %zu layers, MLP x %zu: expected a "
                       "width divisible by the heads and at most %d layers",
                       config->dim, config->heads, config->encoder_layers, config->decoder_layers,
                       config->mlp, (int)MK_NET_LAYERS_MAX);
    }
    MkNet *const net = calloc(1, sizeof *net);
    if (net == NULL) {
        return mk_fail(err, MK_ENOMEM, "out of memory");
    }
    net->config = *config;
    net->cell_begin = mk_heap_array(n + 1, sizeof *net->cell_begin);
    net->out_begin = mk_heap_array(n + 1, sizeof *net->out_begin);
    net->trust = mk_heap_array(n, sizeof *net->trust);
    if (net->cell_begin != NULL && net->out_begin != NULL && net->trust != NULL) {
        for (size_t j = 0; j < n; j++) {
            net->trust[j] = 1.0F;
            const size_t outputs = config->head == MK_HEAD_CELLS
                                       ? marginals[j].n_cells
                                       : mk_likelihood_outputs(marginals[j].attribute);
            net->cell_begin[j + 1] = net->cell_begin[j] + (uint32_t)marginals[j].n_cells;
            net->out_begin[j + 1] = net->out_begin[j] + (uint32_t)outputs;
        }
        lay_out(net);
        net->parameters = mk_heap_array(net->n_parameters, sizeof *net->parameters);
    }
    if (net->parameters == NULL) {
        mk_net_free(net);
        return mk_fail(err, MK_ENOMEM, "out of memory");
    }
    *out = net;
    return MK_OK;
}

void mk_net_free(MkNet *net)
{
    if (net != NULL) {
        free(net->cell_begin);
        free(net->out_begin);
        free(net->parameters);
        free(net->trust);
        free(net);
    }
}

size_t mk_net_outputs(const MkNet *net, size_t attribute)
{
    return net->out_begin[attribute + 1] - net->out_begin[attribute];
}

/* ---- names ---- */

void mk_net_visit(const MkNet *net, MkNetVisit *visit, void *ctx)
{
    const MkNetConfig *const c = &net->config;
    const size_t d = c->dim, n = c->n_attributes, wide = c->mlp * d;
    char name[64];
    for (size_t l = 0; l < c->encoder_layers + c->decoder_layers; l++) {
        const MkNetLayer *const y = &net->layers[l];
        const bool encoder = l < c->encoder_layers;
        const struct {
            const char *name;
            size_t offset, rows, columns;
        } rows[] = {{"norm1", y->norm1, 2, d}, {"wq", y->wq, d, d},       {"bq", y->bq, d, 1},
                    {"wkv", y->wkv, d, 2 * d}, {"bkv", y->bkv, 2 * d, 1}, {"wo", y->wo, d, d},
                    {"bo", y->bo, d, 1},       {"norm2", y->norm2, 2, d}, {"w1", y->w1, d, wide},
                    {"b1", y->b1, wide, 1},    {"w2", y->w2, wide, d},    {"b2", y->b2, d, 1}};
        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
            snprintf(name, sizeof name, "net.%s.%zu.%s", encoder ? "encoder" : "decoder",
                     encoder ? l : l - c->encoder_layers, rows[i].name);
            visit(ctx, name, rows[i].offset, rows[i].rows, rows[i].columns, rows[i].name[0] == 'w');
        }
    }
    visit(ctx, "net.memory_norm", net->memory_norm, 2, d, false);
    visit(ctx, "net.final_norm", net->final_norm, 2, d, false);
    visit(ctx, "net.always", net->always, d, 1, false);
    visit(ctx, "net.link", net->link, MK_NET_LINK, d, false);
    visit(ctx, "net.gate", net->gate, d, 1, true);
    visit(ctx, "net.token_a", net->token_a, n, d, false);
    visit(ctx, "net.token_v", net->token_v, n, d, true);
    visit(ctx, "net.token_e", net->token_e, net->cell_begin[n], d, true);
    visit(ctx, "net.query", net->query, n, d, false);
    visit(ctx, "net.head_w", net->head_w, net->out_begin[n], d, true);
    visit(ctx, "net.head_c", net->head_c, net->out_begin[n], 1, false);
    visit(ctx, "net.alpha", net->alpha, n, 1, false);
}

/* ---- initial weights ---- */

typedef struct Init {
    MkNet *net;
    uint64_t seed;
    uint64_t tensor;
} Init;

static void init_tensor(void *ctx, const char *name, size_t offset, size_t rows, size_t columns,
                        bool decay)
{
    Init *const init = ctx;
    float *const p = init->net->parameters + offset;
    const MkNetConfig *const c = &init->net->config;
    const char *const last = strrchr(name, '.') + 1;
    double sd = 0.0;
    (void)decay;
    if (strstr(last, "norm") != NULL) {
        for (size_t k = 0; k < columns; k++) {
            p[k] = 1.0F;
        }
    } else if (strcmp(last, "wo") == 0 || strcmp(last, "w2") == 0) {
        const double depth = (double)(c->encoder_layers + c->decoder_layers);
        sd = 1.0 / sqrt((double)rows * 2.0 * depth); /* residual branches start small */
    } else if (last[0] == 'w') {
        sd = 1.0 / sqrt((double)rows);
    } else if (strcmp(last, "token_a") == 0 || strcmp(last, "token_v") == 0 ||
               strcmp(last, "query") == 0 || strcmp(last, "always") == 0) {
        sd = 0.5;
    } else if (strcmp(last, "token_e") == 0 || strcmp(last, "link") == 0) {
        sd = 0.1;
    } else if (strcmp(last, "head_w") == 0) {
        sd = c->head == MK_HEAD_CELLS ? 0.0 : 0.02; /* with a base: start as the base */
    }
    MkRng rng = mk_rng(init->seed, MK_RNG_INIT, init->tensor++);
    for (size_t i = 0; sd > 0.0 && i < rows * columns; i++) {
        p[i] = (float)(sd * mk_rng_normal(&rng));
    }
}

void mk_net_init(MkNet *net, uint64_t seed)
{
    Init init = {.net = net, .seed = seed};
    memset(net->parameters, 0, net->n_parameters * sizeof *net->parameters);
    mk_net_visit(net, init_tensor, &init);
}

/* ---- files ---- */

typedef struct Save {
    const MkNet *net;
    MkWeightsOut *out;
} Save;

static void save_tensor(void *ctx, const char *name, size_t offset, size_t rows, size_t columns,
                        bool decay)
{
    const Save *const save = ctx;
    (void)decay;
    mk_weights_out_half(save->out, name, columns == 1 ? 1 : 2, (const size_t[]){rows, columns},
                        save->net->parameters + offset);
}

MkStatus mk_net_save(const MkNet *net, MkWeightsOut *out, MkError *err)
{
    const MkNetConfig *const c = &net->config;
    char text[200];
    (void)err;
    snprintf(text, sizeof text,
             "{\"dim\": %zu, \"heads\": %zu, \"encoder_layers\": %zu, \"decoder_layers\": %zu, "
             "\"mlp\": %zu, \"head\": \"%s\"%s}",
             c->dim, c->heads, c->encoder_layers, c->decoder_layers, c->mlp,
             c->head == MK_HEAD_CELLS ? "cells" : "published",
             c->has_tails ? ", \"tails\": true" : "");
    mk_weights_out_meta(out, "net.config", text);
    mk_weights_out_tensor(out, "net.trust", MK_F32, 1, &c->n_attributes, net->trust);
    Save save = {.net = net, .out = out};
    mk_net_visit(net, save_tensor, &save);
    return MK_OK;
}

static MkStatus read_config(const MkWeights *weights, MkNetConfig *c, MkError *err)
{
    const char *const text = mk_weights_meta(weights, "net.config");
    json_t *const json = text != NULL ? json_loads(text, JSON_REJECT_DUPLICATES, NULL) : NULL;
    const char *head = NULL;
    json_int_t dim = 0, heads = 0, encoder = 0, decoder = 0, mlp = 0;
    int tails = 0;
    const int bad = json_unpack(json, "{s:I, s:I, s:I, s:I, s:I, s:s, s?b}", "dim", &dim, "heads",
                                &heads, "encoder_layers", &encoder, "decoder_layers", &decoder,
                                "mlp", &mlp, "head", &head, "tails", &tails);
    const bool fits = bad == 0 && dim > 0 && dim <= 1024 && heads > 0 && dim % heads == 0 &&
                      encoder >= 0 && encoder <= MK_NET_LAYERS_MAX && decoder > 0 &&
                      decoder <= MK_NET_LAYERS_MAX && encoder + decoder <= MK_NET_LAYERS_MAX &&
                      mlp > 0 && mlp <= 8 &&
                      (strcmp(head, "cells") == 0 || strcmp(head, "published") == 0);
    if (fits) {
        c->dim = (size_t)dim;
        c->heads = (size_t)heads;
        c->encoder_layers = (size_t)encoder;
        c->decoder_layers = (size_t)decoder;
        c->mlp = (size_t)mlp;
        c->head = strcmp(head, "cells") == 0 ? MK_HEAD_CELLS : MK_HEAD_PUBLISHED;
        c->has_tails = tails != 0;
    }
    json_decref(json);
    return fits ? MK_OK
                : mk_fail(err, MK_EFORMAT, "%s: net.config is missing or impossible",
                          mk_weights_path(weights));
}

/* A file cannot make us reserve room for a network that it does not hold. */
static MkStatus check_held(const MkWeights *weights, const MkNetConfig *c, MkError *err)
{
    size_t held = 0;
    for (size_t i = 0; i < mk_weights_count(weights); i++) {
        const MkTensor *const t = mk_weights_at(weights, i);
        held += strncmp(t->name, "net.", 4) == 0 ? t->n : 0;
    }
    const size_t layers = c->encoder_layers + c->decoder_layers;
    const size_t least = layers * c->dim * c->dim * (4 + 2 * c->mlp) + 3 * c->n_attributes * c->dim;
    return held >= least
               ? MK_OK
               : mk_fail(err, MK_EFORMAT, "%s: %zu weights of a network, its net.config needs %zu",
                         mk_weights_path(weights), held, least);
}

typedef struct Load {
    MkNet *net;
    const MkWeights *weights;
    MkStatus status;
    MkError *err;
} Load;

static void load_tensor(void *ctx, const char *name, size_t offset, size_t rows, size_t columns,
                        bool decay)
{
    Load *const load = ctx;
    const MkTensor *t = NULL;
    (void)decay;
    if (load->status != MK_OK) {
        return;
    }
    load->status = mk_weights_need(load->weights, name, MK_F16, columns == 1 ? 1 : 2,
                                   (const size_t[]){rows, columns}, &t, load->err);
    if (load->status != MK_OK) {
        return;
    }
    float *const p = load->net->parameters + offset;
    mk_half_to_float(t->data, p, t->n);
    if (!isfinite(mk_sum_squares(t->n, p))) {
        load->status = mk_fail(load->err, MK_EFORMAT, "%s: tensor %s: a weight is not a number",
                               mk_weights_path(load->weights), name);
    }
}

static void load_trust(Load *load)
{
    const size_t n = load->net->config.n_attributes;
    const MkTensor *t = NULL;
    if (load->status == MK_OK) {
        load->status = mk_weights_need(load->weights, "net.trust", MK_F32, 1, &n, &t, load->err);
    }
    for (size_t j = 0; load->status == MK_OK && j < n; j++) {
        const float trust = ((const float *)t->data)[j];
        load->net->trust[j] = trust;
        if (!(trust >= 0.0F) || trust > 1.0F) {
            load->status = mk_fail(load->err, MK_EFORMAT, "%s: tensor net.trust: not in 0 .. 1",
                                   mk_weights_path(load->weights));
        }
    }
}

MkStatus mk_net_load(const MkWeights *weights, const MkMarginal *marginals, size_t n, MkNet **out,
                     MkError *err)
{
    MkNetConfig config = {.n_attributes = n};
    MkNet *net = NULL;
    MK_TRY(read_config(weights, &config, err));
    MK_TRY(check_held(weights, &config, err));
    MK_TRY(mk_net_new(&config, marginals, &net, err));
    Load load = {.net = net, .weights = weights, .err = err};
    mk_net_visit(net, load_tensor, &load);
    load_trust(&load);
    if (load.status != MK_OK) {
        mk_net_free(net);
        return load.status;
    }
    *out = net;
    return MK_OK;
}
