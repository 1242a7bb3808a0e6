/* people.h - who is judged and who was trained on: the split that a model's manifest remembers. */
#ifndef MK_EVAL_PEOPLE_H
#define MK_EVAL_PEOPLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "src/base/arena.h"
#include "src/base/status.h"
#include "src/data/cohort.h"

typedef struct MkHeldOut {
    uint64_t seed;
    double valid, test; /* shares */
} MkHeldOut;

/* The split of a manifest (JSON of model/train.h); false when it does not say. */
bool mk_held_out_read(const char *manifest, MkHeldOut *out);

typedef enum MkWho { MK_WHO_AUTO, MK_WHO_ALL, MK_WHO_TRAIN, MK_WHO_VALID, MK_WHO_TEST } MkWho;

typedef struct MkWhom {
    const MkHeldOut *split; /* of the model; NULL: not known */
    size_t n_others;
    const MkHeldOut *others; /* (n_others) of other models that must not have seen them either */
    MkWho who;
    size_t most; /* people of a source, those with the smallest hash; 0: all of them */
} MkWhom;

typedef struct MkPeople {
    size_t n_judged, n_held, n_train;
    size_t *judged; /* people of the cohort, ascending */
    size_t *held;   /* (n_held) who could be judged: they and those over `most` */
    size_t *train;  /* people of the same cohort that the model was trained on; none when all are
                       judged */
    size_t *first;  /* (n_tables + 1) where the judged people of a table begin */
    size_t n_left;  /* who could be judged and are over `most` */
    bool is_split;  /* the manifest's split was used */
} MkPeople;

/* Who of a cohort is judged. AUTO: the held-out people where the tables have both them and others
 * (and name people), else everybody. A split that is not known is an error for TRAIN, VALID and
 * TEST. Fails: MK_EINVAL when nobody is left. People in arena. */
MK_NODISCARD MkStatus mk_people_choose(const MkCohort *cohort, const MkWhom *whom, MkArena *arena,
                                       MkPeople *out, MkError *err);

/* Of ascending people at most `most` of each table, evenly over it: out (n). Gives how many. */
size_t mk_people_thin(const MkCohort *cohort, const size_t *people, size_t n, size_t most,
                      size_t *out);

#endif
