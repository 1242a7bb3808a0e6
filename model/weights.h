/* weights.h - safetensors files: 8-byte little-endian header length, JSON header, raw data.
 *
 * A file is opened by mmap and every number is checked before it is trusted: header length against
 * the file and a cap, offsets inside the data, tensors end to end, length = product of shape
 * times size with overflow checks. Names and shapes that a model needs are checked by
 * mk_weights_need. Data starts at a multiple of 64. */
#ifndef MK_MODEL_WEIGHTS_H
#define MK_MODEL_WEIGHTS_H

#include <stddef.h>
#include <stdint.h>

#include "src/base/status.h"

typedef enum MkDtype { MK_F32, MK_F16, MK_F64, MK_I32, MK_U8, MK_U16 } MkDtype;

enum { MK_TENSOR_RANK = 4 };

typedef struct MkTensor {
    const char *name;
    MkDtype dtype;
    size_t rank;
    size_t shape[MK_TENSOR_RANK];
    size_t n;         /* elements */
    const void *data; /* into the map; aligned to the element's size */
} MkTensor;

typedef struct MkWeights MkWeights;

/* Gives *out. MK_EIO when the file cannot be read, MK_EFORMAT for anything wrong in it. */
MK_NODISCARD MkStatus mk_weights_open(const char *path, MkWeights **out, MkError *err);
void mk_weights_close(MkWeights *weights); /* NULL is allowed */

size_t mk_weights_count(const MkWeights *weights);
const MkTensor *mk_weights_at(const MkWeights *weights, size_t i);
const MkTensor *mk_weights_find(const MkWeights *weights, const char *name); /* NULL when absent */
/* The tensor with this dtype and these sizes (rank of them), or MK_EFORMAT saying what was found.
 */
MK_NODISCARD MkStatus mk_weights_need(const MkWeights *weights, const char *name, MkDtype dtype,
                                      size_t rank, const size_t *shape, const MkTensor **out,
                                      MkError *err);
const char *mk_weights_meta(const MkWeights *weights, const char *key); /* NULL when absent */
size_t mk_weights_meta_count(const MkWeights *weights);
const char *mk_weights_meta_key(const MkWeights *weights, size_t i);
const char *mk_weights_path(const MkWeights *weights);

/* ---- writing ---- */
typedef struct MkWeightsOut MkWeightsOut;
MkWeightsOut *mk_weights_out_new(void); /* NULL when out of memory */
void mk_weights_out_free(MkWeightsOut *out);
void mk_weights_out_meta(MkWeightsOut *out, const char *key, const char *text);
/* data is borrowed until the file is written; */
void mk_weights_out_tensor(MkWeightsOut *out, const char *name, MkDtype dtype, size_t rank,
                           const size_t *shape, const void *data);
/* Stored as F16; converted while writing. */
void mk_weights_out_half(MkWeightsOut *out, const char *name, size_t rank, const size_t *shape,
                         const float *data);
/* Atomic: the file is complete or absent. */
MK_NODISCARD MkStatus mk_weights_out_write(MkWeightsOut *out, const char *path, MkError *err);

/* IEEE half precision, round to nearest even; n elements. */
void mk_half_from_float(const float *in, uint16_t *out, size_t n);
void mk_half_to_float(const uint16_t *in, float *out, size_t n);

#endif
