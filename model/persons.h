/* persons.h - whole persons from the joint distribution, given what is known, who may lack what
 * people of a source lack.
 *
 *   MkPersons *persons;
 *   MK_TRY(mk_persons_new(&(MkPersonsJob){.model = model, .columns = ids, .n_columns = n,
 *                                         .n_groups = 16, .source = MK_PERSONS_COMPLETE,
 *                                         .seed = 1}, &persons, err));
 *   while (...) {
 *       MK_TRY(mk_persons_next(persons, MK_PERSONS_ORDER, &rows, err));
 *   }
 *   mk_persons_free(persons); */
#ifndef MK_MODEL_PERSONS_H
#define MK_MODEL_PERSONS_H

#include <stddef.h>
#include <stdint.h>

#include "model/model.h"
#include "src/base/pool.h"
#include "src/data/value.h"

enum { MK_PERSONS_ORDER = 1024 }; /* who are drawn in one order of attributes */
#define MK_PERSONS_COMPLETE ((size_t)-1)

typedef struct MkPersonsJob {
    const MkModel *model;
    MkEvidence evidence;   /* points, ranges and sets: met exactly */
    const size_t *columns; /* (n_columns) attributes that are wanted */
    size_t n_columns;
    size_t n_groups; /* passes of the network a person (draw.h) */
    size_t source;   /* whose gaps they have (gaps.h), or MK_PERSONS_COMPLETE */
    uint64_t seed;
    MkPool *pool; /* may be NULL */
    const MkCancel *cancel;
} MkPersonsJob;

typedef struct MkPersons MkPersons;

/* Fails: MK_EUNSUPPORTED for evidence that the kind cannot take, MK_ENUMERIC. Model, columns and
 * evidence must outlive it. */
MK_NODISCARD MkStatus mk_persons_new(const MkPersonsJob *job, MkPersons **out, MkError *err);
void mk_persons_free(MkPersons *persons); /* NULL is allowed */
/* The next n <= MK_PERSONS_ORDER persons, fewer only the last time; *rows (n, schema->n) until the
 * next call: NaN where nobody would have been asked, in a gap, or an attribute that is not wanted.
 * Person i is the same whatever n and the number of threads. Fails: MK_ECANCEL. */
MK_NODISCARD MkStatus mk_persons_next(MkPersons *persons, size_t n, const double **rows,
                                      MkError *err);
/* Wanted attributes that the source whose gaps they have never asks, and that are not known. */
size_t mk_persons_never(const MkPersons *persons);

#endif
