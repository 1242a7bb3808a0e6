#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "model/draw.h"

#include <stdlib.h>

#include "model/kind.h"

struct MkDrawer {
    const MkJoint *joint;
    void *state;
};

bool mk_model_is_joint(const MkModel *model)
{
    return model->kind->joint(model)->is_joint;
}

MkStatus mk_drawer_new(const MkModel *model, const MkDrawOrder *order, MkDrawer **out, MkError *err)
{
    MkDrawer *const d = mk_heap_array(1, sizeof *d);
    if (d == NULL) {
        return mk_fail(err, MK_ENOMEM, "out of memory for joint draws");
    }
    *d = (MkDrawer){.joint = model->kind->joint(model)};
    const MkStatus st = d->joint->open(model, order, &d->state, err);
    if (st != MK_OK) {
        free(d);
        return st;
    }
    *out = d;
    return MK_OK;
}

void mk_drawer_free(MkDrawer *drawer)
{
    if (drawer != NULL) {
        drawer->joint->close(drawer->state);
        free(drawer);
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
    return drawer->joint->run(drawer->state, known, n, streams, given, arena, out, log_p, log_mass,
                              err);
}
