/* rng.h - Philox 4x32-10 counter-based random numbers (Salmon et al., SC 2011).
 *
 * A value is a function of (seed, purpose, index, position): the same numbers whatever the thread
 * count or order. A stream is a small struct by value; make one per row, step or person:
 *
 *   MkRng rng = mk_rng(seed, MK_RNG_MASK, step * batch + row);
 *   double u = mk_rng_uniform(&rng);
 */
#ifndef MK_BASE_RNG_H
#define MK_BASE_RNG_H

#include <stddef.h>
#include <stdint.h>

/* What the numbers are for; distinct purposes never share a stream. Append only. */
typedef enum MkPurpose {
    MK_RNG_TEST = 0,
    MK_RNG_INIT,  /* initial weights */
    MK_RNG_ORDER, /* which row is drawn at a step */
    MK_RNG_MASK,  /* which cells are hidden */
    MK_RNG_DROPOUT,
    MK_RNG_TIES, /* spreading of ties in ranks */
    MK_RNG_SPLIT,
    MK_RNG_SAMPLE, /* synthetic persons */
    MK_RNG_IMPUTE,
    MK_RNG_QUERY, /* drawing from ranges and sets of evidence */
    MK_RNG_BENCH,
    MK_RNG_BOOTSTRAP,
    MK_RNG_SUPPORT,     /* people that known values are compared with */
    MK_RNG_GAPS,        /* what synthetic persons lack */
    MK_RNG_RAKE,        /* persons that the population is held to */
    MK_RNG_CALIBRATION, /* what calibration people are asked */
    MK_RNG_PRIVATE      /* noise of a private training, for tests */
} MkPurpose;

typedef struct MkRng {
    uint32_t key[2];
    uint32_t counter[4];
    uint32_t out[4];
    unsigned used; /* words of `out` already handed out; 4 = none left */
} MkRng;

/* The raw block function (known-answer vectors of the Random123 distribution apply). */
void mk_philox4x32(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]);

MkRng mk_rng(uint64_t seed, MkPurpose purpose, uint64_t index);
uint32_t mk_rng_u32(MkRng *rng);
double mk_rng_uniform(MkRng *rng); /* [0, 1), 53 bits */
double mk_rng_normal(MkRng *rng);
size_t mk_rng_below(MkRng *rng, size_t n); /* 0 .. n-1, unbiased; n > 0 */
void mk_rng_shuffle(MkRng *rng, size_t *items, size_t n);
/* FNV-1a with a final mix, for splits by id and digests of text: stable across machines. */
uint64_t mk_hash64(const void *bytes, size_t len, uint64_t seed);

#endif
