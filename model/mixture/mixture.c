#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "model/mixture/mixture.h"

#include <string.h>

bool mk_mixture_lay_out(MkMixture *x, const MkMarginal *marginals, size_t n_attributes,
                        MkArena *arena)
{
    x->marginals = marginals;
    x->n_attributes = n_attributes;
    x->n_cells = 0;
    x->begin = mk_arena_array(arena, n_attributes, sizeof *x->begin);
    for (size_t j = 0; x->begin != NULL && j < n_attributes; j++) {
        x->begin[j] = x->n_cells;
        x->n_cells += marginals[j].n_cells;
    }
    return x->begin != NULL;
}

bool mk_mixture_init(MkMixture *x, size_t n, const MkMarginal *marginals, size_t n_attributes,
                     MkArena *arena)
{
    *x = (MkMixture){.n = n};
    if (!mk_mixture_lay_out(x, marginals, n_attributes, arena)) {
        return false;
    }
    x->weight = mk_arena_zeros(arena, n, sizeof *x->weight);
    x->p = mk_arena_zeros(arena, x->n_cells * n, sizeof *x->p);
    return x->weight != NULL && x->p != NULL;
}

void mk_mixture_copy(MkMixture *to, const MkMixture *from)
{
    memcpy(to->weight, from->weight, to->n * sizeof *to->weight);
    memcpy(to->p, from->p, to->n_cells * to->n * sizeof *to->p);
}
