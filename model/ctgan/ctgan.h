/* ctgan.h - what kind ctgan learns and keeps (ctgan.c), and how it learns (ctgan_train.c). */
#ifndef MK_MODEL_CTGAN_CTGAN_H
#define MK_MODEL_CTGAN_CTGAN_H

#include "model/ctgan/conditions.h"
#include "model/ctgan/gan_net.h"

/* Its settings, by place. */
enum {
    MK_CTGAN_EPOCHS,
    MK_CTGAN_BATCH,
    MK_CTGAN_PAC,
    MK_CTGAN_HIDDEN,
    MK_CTGAN_NOISE,
    MK_CTGAN_DROPOUT,
    MK_CTGAN_PENALTY,
    MK_CTGAN_RATE,
    MK_CTGAN_DECAY,
    MK_CTGAN_CRITIC_STEPS,
    MK_CTGAN_MISSING
};

typedef struct MkCtgan {
    MkRecords records;
    MkConditions conditions;
    MkGenerator generator;
    const float *value; /* (generator.n) */
} MkCtgan;

struct MkTrainRun;
/* MkKind.train of the kind. */
MK_NODISCARD MkStatus mk_train_ctgan(struct MkTrainRun *run, MkError *err);

#endif
