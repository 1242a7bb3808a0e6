/* net_priv.h - what the whole pass (net_pass.c) and the cached one (net_cache.c) share. */
#ifndef MK_MODEL_MAE_NET_PRIV_H
#define MK_MODEL_MAE_NET_PRIV_H

#include "model/mae/net.h"

/* out (n,m) = x (n,k) w (k,m) + b */
void mk_net_linear(const float *x, size_t n, size_t k, const float *w, const float *b, size_t m,
                   float *out);
float mk_net_attention_scale(const MkNetConfig *config);
/* out (d): the token of a value, or the one that is always there; a query with its link (3). */
void mk_net_embed_token(const MkNet *net, const float *parameters, uint32_t attribute, uint8_t cell,
                        float score, float *out);
void mk_net_embed_query(const MkNet *net, const float *parameters, uint32_t attribute,
                        const float *link, float *out);

#endif
