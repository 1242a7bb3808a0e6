/* mutate.h - a sample changed here and there, as fuzzers do it; the same seed, the same change. */
#ifndef MK_TESTS_MUTATE_H
#define MK_TESTS_MUTATE_H

#include <stddef.h>
#include <stdint.h>

#include "src/base/rng.h"

typedef struct MkSample {
    uint8_t *bytes;
    size_t len;
} MkSample;

/* One of the samples with a few changes: bits, numbers, pieces taken out, repeated, put elsewhere
 * or taken from another sample. out has room bytes; returns how many are used. */
size_t mk_mutate(MkRng *rng, const MkSample *samples, size_t n, uint8_t *out, size_t room);

#endif
