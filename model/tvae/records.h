/* records.h - people as tvae and ctgan see them (Xu et al. 2019, section 4.2): a number as a mode
 * and where it lies in it, levels as one of n.
 *
 * A missing value, and one of an attribute that the person's source does not have, is one more
 * level; of a number one more mode, or (fills) the mean in its place as SDV does before it. */
#ifndef MK_MODEL_TVAE_RECORDS_H
#define MK_MODEL_TVAE_RECORDS_H

#include <stdbool.h>

#include "model/dataset.h"
#include "model/kind.h"
#include "model/tvae/modes.h"

typedef struct MkCoding {
    bool is_number;
    size_t n_values; /* modes or levels */
    size_t n;        /* the same, and one when there are missing ones: code n_values */
    size_t at;       /* place in a record; of a number its scalar, which the modes follow */
    size_t scalar;   /* of a number: its place among the scalars */
    double fill;     /* mean of a number */
    MkModes modes;
} MkCoding;

typedef struct MkRecords {
    size_t n;                /* attributes */
    size_t width, n_scalars; /* of a record */
    MkCoding *columns;       /* (n) */
} MkRecords;

/* Place of the first of a column's n shares in a record. */
static inline size_t mk_coding_shares(const MkCoding *c)
{
    return c->at + (c->is_number ? 1 : 0);
}

/* People, one row each; weights as of their dataset. */
typedef struct MkCoded {
    size_t n_rows, n_attributes;
    uint8_t *code; /* (n_rows, n) */
    float *scalar; /* (n_rows, n_scalars) */
    const double *weights;
} MkCoded;

/* What people look like; lives in `arena`. `fills`: gaps of numbers become the mean. */
MK_NODISCARD MkStatus mk_records_fit(const MkDataset *people, const MkSchema *schema, bool fills,
                                     MkArena *arena, MkRecords *out, MkError *err);
/* Codes people; the mode of a value is drawn by what the modes say of it. */
MK_NODISCARD MkStatus mk_records_code(const MkRecords *records, const MkDataset *people,
                                      uint64_t seed, MkArena *arena, MkCoded *out, MkError *err);
/* Records of n people rows[0..n): out (n, width). */
void mk_records_write(const MkRecords *records, const MkCoded *people, const size_t *rows, size_t n,
                      float *out);
/* One record of which only some values are known: out (width). */
void mk_records_known(const MkRecords *records, const MkPoint *known, size_t n_known, float *out);
/* The people of an epoch, each as often as its weight says on average, in random order: out
 * (n_rows). All weights 1: everybody once. */
void mk_records_epoch(const MkCoded *people, uint64_t seed, size_t epoch, size_t *out);

/* What a network says of attribute j; `raw` (width) before tanh and softmax. sigma (n_scalars): sd
 * of the scalars; NULL: they are sure. `sharp`: the likeliest mode or level alone. */
typedef struct MkSaid {
    const float *raw, *sigma;
    bool sharp;
} MkSaid;
/* As it is: numbers as a mixture of normals or points, levels. */
MK_NODISCARD MkStatus mk_records_head(const MkRecords *records, const MkMarginal *marginal,
                                      size_t j, const MkSaid *said, MkArena *arena,
                                      MkDistribution *out, MkError *err);
/* Numbers as the mass in each of the marginal's cells: for many states, as these mix. */
MK_NODISCARD MkStatus mk_records_cells(const MkRecords *records, const MkMarginal *marginal,
                                       size_t j, const MkSaid *said, MkArena *arena,
                                       MkDistribution *out, MkError *err);

/* Tensors kind.codes (n, 2) and kind.modes (of all numbers one after the other, 3). */
MK_NODISCARD MkStatus mk_records_save(const MkRecords *records, MkArena *arena, MkWeightsOut *out,
                                      MkError *err);
MK_NODISCARD MkStatus mk_records_open(const MkWeights *weights, const MkSchema *schema,
                                      MkArena *arena, MkRecords *out, MkError *err);

#endif
