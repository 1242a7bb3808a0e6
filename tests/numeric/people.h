/* people.h - invented people for tests: a schema, rows drawn by a function, and what models need.
 */
#ifndef MK_TESTS_NUMERIC_PEOPLE_H
#define MK_TESTS_NUMERIC_PEOPLE_H

#include "model/copula/copula.h"
#include "model/dataset.h"
#include "model/mae/trainer.h"
#include "model/weights.h"
#include "src/base/rng.h"
#include "src/data/cohort.h"

/* values (schema->n): numbers or level indices, NaN missing. */
typedef void PeopleDraw(void *ctx, size_t row, MkRng *rng, double *values);

enum { PEOPLE_FOLDS = 2 };

typedef struct People {
    MkArena *arena;
    MkSchema *schema;
    MkCohort *cohort;
    MkTable *table; /* the cohort's only one */
    size_t *rows;
    MkMarginal *marginals;
    MkDataset data;
    uint8_t *fold;
    MkCopula copula;
    float *fold_r[PEOPLE_FOLDS];
    int32_t *pairs; /* packed lower triangle of co-observation counts */
} People;

/* Draws, fits marginals and encodes; a failure ends the test. */
void people_make(People *people, const char *schema, size_t n_rows, uint64_t seed, PeopleDraw *draw,
                 void *ctx);
/* Fits the base with two folds. */
void people_fit(People *people, bool expand, size_t iterations, MkPool *pool);
void people_free(People *people);

/* Eight attributes of all types with gaps, driven by two hidden normals. */
extern const char people_mixed_schema[];
void people_mixed_draw(void *ctx, size_t row, MkRng *rng, double *values);

/* Trains a network on `people` (base fitted when the head is MK_HEAD_CELLS) for some steps and
 * writes a model file of kind mae (net NULL: of kind copula). */
typedef struct PeopleTraining {
    MkNetConfig net; /* n_attributes is filled in */
    size_t steps, batch;
    double rate;
    uint64_t seed;
} PeopleTraining;
MkNet *people_train(const People *people, const PeopleTraining *training);
/* Fails unless two files have the same tensors. */
void people_same_tensors(const char *a, const char *b);
size_t people_bytes(const MkTensor *tensor);
void people_write(const People *people, const MkNet *net, const char *path);

#endif
