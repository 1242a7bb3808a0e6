/* draw_priv.h - how persons are drawn, made once for an order of the attributes. */
#ifndef MK_MODEL_DRAW_PRIV_H
#define MK_MODEL_DRAW_PRIV_H

#include "model/draw.h"
#include "src/base/arena.h"

/* How the latent normal of a place follows from features before it: m = scale w'x, s = spread. */
typedef struct MkDrawLink {
    size_t n;
    uint32_t *features; /* (n) rows of Draw.x */
    float *weights;     /* (n) */
    float scale, spread;
} MkDrawLink;

/* One attribute in the order. */
typedef struct MkDrawPlace {
    size_t attribute;
    size_t column;     /* of known or of targets */
    size_t begin, end; /* its features: the score, then its extras */
    double step;       /* at whose multiples a number is recorded; 0: anywhere */
    MkDrawLimit limit;
    MkDrawLink link;   /* given what stands before it */
    MkDrawLink before; /* given what stands before its group */
} MkDrawPlace;

typedef struct MkDrawGroup {
    size_t first, end; /* places */
    size_t n_tokens;
    uint32_t *tokens; /* (n_tokens) places that the network sees */
} MkDrawGroup;

struct MkDrawer {
    const MkModel *model;
    MkArena *arena;
    size_t n_known, n_targets, n; /* places: known ones first */
    MkDrawPlace *places;
    size_t *attributes; /* (n) of the places */
    size_t n_features;
    uint32_t *features; /* (n_features) in the order of the places */
    size_t n_groups;
    MkDrawGroup *groups;
};

#endif
