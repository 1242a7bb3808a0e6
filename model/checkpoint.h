/* checkpoint.h - the state of a training between two steps, as a safetensors file of F32. */
#ifndef MK_MODEL_CHECKPOINT_H
#define MK_MODEL_CHECKPOINT_H

#include <stddef.h>
#include <stdint.h>

#include "src/base/status.h"

typedef struct MkCheckpoint {
    const char *digest; /* of settings and data; must match when reading */
    uint64_t step;      /* steps done */
    double spent;       /* seconds of training so far */
    double flops;       /* operations of its steps */
    double busy;        /* seconds of its steps alone */
    size_t n;           /* parameters */
    float *parameters, *m, *v,
        *average; /* (n) borrowed: read from when writing, filled when reading */
} MkCheckpoint;

MK_NODISCARD MkStatus mk_checkpoint_write(const MkCheckpoint *state, const char *path,
                                          MkError *err);
/* digest and n say what is expected; MK_EFORMAT when the file is of another training. */
MK_NODISCARD MkStatus mk_checkpoint_read(MkCheckpoint *state, const char *path, MkError *err);

#endif
