#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "model/draw.h"

#include "model/kind.h"
#include "model/settle.h"

struct MkDrawer {
    MkModel part; /* of the model, when it is not drawn by its kind */
    const MkJoint *joint;
    void *state;
    MkArena *arena;
    MkSettler *settler; /* NULL: no rule concerns what is drawn */
};

/* The model as one of kind copula or marginal, which need no more than every model has. */
static const MkModel *part_of(MkDrawer *d, const MkModel *model, MkDrawBy by)
{
    if (by == MK_DRAW_BY_KIND) {
        return model;
    }
    d->part = *model;
    d->part.net = NULL;
    d->part.state = NULL;
    d->part.tilts = NULL;
    d->part.kind = mk_kind_find(by == MK_DRAW_BY_BASE ? "copula" : "marginal");
    return &d->part;
}

bool mk_model_is_joint(const MkModel *model)
{
    return model->kind->joint(model)->is_joint;
}

MkStatus mk_drawer_new(const MkModel *model, const MkDrawOrder *order, MkDrawer **out, MkError *err)
{
    MkArena *const arena = mk_arena_new(0);
    MkDrawer *const d = arena != NULL ? mk_arena_zeros(arena, 1, sizeof *d) : NULL;
    if (d == NULL) {
        mk_arena_free(arena);
        return mk_fail(err, MK_ENOMEM, "out of memory for joint draws");
    }
    d->arena = arena;
    const MkModel *const by = part_of(d, model, order->by);
    d->joint = by->kind->joint(by);
    MkStatus st = mk_settler_new(model, order, arena, &d->settler, err);
    if (st == MK_OK) {
        st = d->joint->open(by, order, &d->state, err);
    }
    if (st != MK_OK) {
        mk_arena_free(arena);
        return st;
    }
    *out = d;
    return MK_OK;
}

void mk_drawer_free(MkDrawer *drawer)
{
    if (drawer != NULL) {
        drawer->joint->close(drawer->state);
        mk_arena_free(drawer->arena);
    }
}

MkStatus mk_drawer_run(const MkDrawer *drawer, const double *known, size_t n, MkRng *streams,
                       const double *given, MkArena *arena, double *out, double *log_p,
                       double *log_mass, MkError *err)
{
    for (size_t b = 0; b < n; b++) {
        if (log_p != NULL) {
            log_p[b] = 0.0;
        }
        if (log_mass != NULL) {
            log_mass[b] = 0.0;
        }
    }
    MK_TRY(drawer->joint->run(drawer->state, known, n, streams, given, arena, out, log_p, log_mass,
                              err));
    return drawer->settler != NULL && given == NULL
               ? mk_settler_run(drawer->settler, known, n, arena, out, err)
               : MK_OK;
}
