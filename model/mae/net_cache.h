/* net_cache.h - the network read as a chain grows: keys and values of what was read are kept.
 *
 * A prefix is encoded both ways, then tokens are appended, each seeing what stands before it and
 * itself, and attributes are asked for given all that was read so far: the numbers of one whole
 * pass over prefix and tail (net.h), but a token costs its own projections and one look at those
 * before it. All persons of a cache know and ask the same attributes, each with values of their
 * own. */
#ifndef MK_MODEL_MAE_NET_CACHE_H
#define MK_MODEL_MAE_NET_CACHE_H

#include <stddef.h>
#include <stdint.h>

#include "model/mae/net.h"
#include "src/base/arena.h"

typedef struct MkNetCache MkNetCache;

/* `count` tokens of every person of a cache, as the network takes them (mk_net_token). */
typedef struct MkNetTokens {
    size_t count;
    const uint32_t *attributes; /* (count) */
    const uint8_t *cells;       /* (persons, count) */
    const float *scores;        /* (persons, count) */
} MkNetTokens;

/* Room for so many persons of at most max_tokens values; borrows net, lives in arena. NULL when out
 * of memory. */
MkNetCache *mk_net_cache_new(const MkNet *net, size_t persons, size_t max_tokens, MkArena *arena);
/* Forgets what was read, then reads the token that is always there and these, both ways. */
void mk_net_cache_prefix(MkNetCache *cache, const MkNetTokens *tokens);
void mk_net_cache_append(MkNetCache *cache, const MkNetTokens *tokens);
/* hidden (persons, count, d) of queries with links (persons, count, 3). */
void mk_net_cache_ask(MkNetCache *cache, const uint32_t *attributes, size_t count,
                      const float *links, float *hidden);

#endif
