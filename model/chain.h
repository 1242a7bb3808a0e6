/* chain.h - persons by the chain rule over a base, with a network's reading where there is one.
 *
 * Attributes are gone through in a random order, in groups that grow. Each is drawn from its
 * conditional given what is known and what was drawn before it (the chain rule, so that the product
 * is a joint distribution whatever the order). The base conditions each on the 64 attributes before
 * it that are most related to it, known ones first (Vecchia 1988; exact with fewer): a regression
 * that all persons of an order share, so that a person costs no system to solve. The network sees
 * what stands before a group once, and its reading of each attribute of the group is held to the
 * base as it goes on inside the group. One group: dependence inside it is the base's; as many
 * groups as attributes: any-order autoregression (Uria, Murray, Larochelle 2014).
 *
 * A network that was trained on chains reads the known values as a prefix and what is drawn as the
 * tail (net_cache.h): a value is read once, however many groups there are. When there are more
 * values than it takes, it begins again, with those before as prefix that are most related to what
 * comes next. Others read what stands before a group anew for each.
 *
 * Numbers lie inside their cell where the base's latent normal puts them, and are rounded as they
 * are recorded. */
#ifndef MK_MODEL_CHAIN_H
#define MK_MODEL_CHAIN_H

#include "model/draw.h"
#include "model/kind.h"
#include "src/base/arena.h"

/* How the latent normal of a place follows from features before it: m = scale w'x, s = spread. */
typedef struct MkChainLink {
    size_t n;
    uint32_t *features; /* (n) rows of Draw.x */
    float *weights;     /* (n) */
    float scale, spread;
} MkChainLink;

/* One attribute in the order. */
typedef struct MkChainPlace {
    size_t attribute;
    size_t column;     /* of known or of targets */
    size_t begin, end; /* its features: the score, then its extras */
    double step;       /* at whose multiples a number is recorded; 0: anywhere */
    MkDrawLimit limit;
    MkChainLink link;   /* given what stands before it */
    MkChainLink before; /* given what stands before its group */
} MkChainPlace;

typedef struct MkChainGroup {
    size_t first, end; /* places */
    bool begins;       /* the network begins anew with the tokens as prefix */
    size_t n_tokens;   /* else they come after what it has read */
    uint32_t *tokens;  /* (n_tokens) places */
} MkChainGroup;

typedef struct MkChain {
    const MkModel *model;
    MkArena *arena;
    size_t n_known, n_targets, n; /* places: known ones first */
    MkChainPlace *places;
    size_t *attributes; /* (n) of the places */
    size_t n_features;
    uint32_t *features; /* (n_features) in the order of the places */
    size_t n_groups;
    MkChainGroup *groups;
    size_t max_tokens; /* that the network reads before it begins anew */
} MkChain;

extern const MkJoint mk_joint_chain;
/* Its `run` (kind.h). */
MK_NODISCARD MkStatus mk_chain_run(const void *state, const double *known, size_t n, MkRng *streams,
                                   const double *given, MkArena *arena, double *out, double *log_p,
                                   double *log_mass, MkError *err);

#endif
