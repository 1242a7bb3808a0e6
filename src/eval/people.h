/* people.h - who is judged and who was trained on: the split that a model's manifest remembers. */
#ifndef MK_EVAL_PEOPLE_H
#define MK_EVAL_PEOPLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "src/base/arena.h"
#include "src/base/status.h"
#include "src/data/table.h"

typedef struct MkHeldOut {
    uint64_t seed;
    double valid, test; /* shares */
} MkHeldOut;

/* The split of a manifest (JSON of model/train.h); false when it does not say. */
bool mk_held_out_read(const char *manifest, MkHeldOut *out);

typedef enum MkWho { MK_WHO_AUTO, MK_WHO_ALL, MK_WHO_TRAIN, MK_WHO_VALID, MK_WHO_TEST } MkWho;

typedef struct MkPeople {
    size_t n_judged, n_train;
    size_t *judged; /* rows of the table */
    size_t *train;  /* rows of the same table that the model was trained on; none when all are
                       judged */
    bool is_split;  /* the manifest's split was used */
} MkPeople;

/* Who of a table is judged. AUTO: the held-out people where the table has both them and others
 * (and names people), else everybody. split NULL: not known, which is an error for TRAIN, VALID and
 * TEST. Fails: MK_EINVAL when nobody is left. Rows in arena. */
MK_NODISCARD MkStatus mk_people_choose(const MkTable *table, const MkHeldOut *split, MkWho who,
                                       MkArena *arena, MkPeople *out, MkError *err);

#endif
