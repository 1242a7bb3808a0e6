#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "src/base/rng.h"

#include <math.h>

/* Constants of Salmon, Moraes, Dror, Shaw: Parallel random numbers, as easy as 1, 2, 3 (SC 2011).
 */
#define PHILOX_M0 UINT32_C(0xD2511F53)
#define PHILOX_M1 UINT32_C(0xCD9E8D57)
#define PHILOX_W0 UINT32_C(0x9E3779B9)
#define PHILOX_W1 UINT32_C(0xBB67AE85)
enum { PHILOX_ROUNDS = 10 };

void mk_philox4x32(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4])
{
    uint32_t c0 = counter[0];
    uint32_t c1 = counter[1];
    uint32_t c2 = counter[2];
    uint32_t c3 = counter[3];
    uint32_t k0 = key[0];
    uint32_t k1 = key[1];
    for (int i = 0; i < PHILOX_ROUNDS; i++) {
        const uint64_t p0 = (uint64_t)PHILOX_M0 * c0;
        const uint64_t p1 = (uint64_t)PHILOX_M1 * c2;
        c0 = (uint32_t)(p1 >> 32) ^ c1 ^ k0;
        c1 = (uint32_t)p1;
        c2 = (uint32_t)(p0 >> 32) ^ c3 ^ k1;
        c3 = (uint32_t)p0;
        k0 += PHILOX_W0;
        k1 += PHILOX_W1;
    }
    out[0] = c0;
    out[1] = c1;
    out[2] = c2;
    out[3] = c3;
}

/* The seed is the key; purpose and index are the upper counter words, the block number the lowest:
 * 2^32 blocks of four words a stream. */
MkRng mk_rng(uint64_t seed, MkPurpose purpose, uint64_t index)
{
    return (MkRng){
        .key = {(uint32_t)seed, (uint32_t)(seed >> 32)},
        .counter = {0, (uint32_t)purpose, (uint32_t)index, (uint32_t)(index >> 32)},
        .used = 4,
    };
}

uint32_t mk_rng_u32(MkRng *rng)
{
    if (rng->used >= 4) {
        mk_philox4x32(rng->counter, rng->key, rng->out);
        rng->counter[0]++;
        rng->used = 0;
    }
    return rng->out[rng->used++];
}

static uint64_t rng_u64(MkRng *rng)
{
    const uint64_t high = mk_rng_u32(rng);
    return (high << 32) | mk_rng_u32(rng);
}

double mk_rng_uniform(MkRng *rng)
{
    return (double)(rng_u64(rng) >> 11) * 0x1p-53;
}

/* Box and Muller, the cosine half only: a fixed number of words a value keeps streams addressable.
 */
double mk_rng_normal(MkRng *rng)
{
    const double pi = 3.14159265358979323846;
    const double u = 1.0 - mk_rng_uniform(rng); /* (0, 1] */
    const double v = mk_rng_uniform(rng);
    return sqrt(-2.0 * log(u)) * cos(2.0 * pi * v);
}

size_t mk_rng_below(MkRng *rng, size_t n)
{
    /* Values below 2^64 mod n would make the first residues likelier: they are drawn again. */
    const uint64_t range = (uint64_t)n;
    const uint64_t reject = (0 - range) % range;
    uint64_t x = rng_u64(rng);
    while (x < reject) {
        x = rng_u64(rng);
    }
    return (size_t)(x % range);
}

void mk_rng_shuffle(MkRng *rng, size_t *items, size_t n)
{
    for (size_t i = n; i > 1; i--) {
        const size_t j = mk_rng_below(rng, i);
        const size_t item = items[i - 1];
        items[i - 1] = items[j];
        items[j] = item;
    }
}

/* FNV-1a (64 bits), then the finaliser of MurmurHash3 so that all bits depend on all bytes. */
uint64_t mk_hash64(const void *bytes, size_t len, uint64_t seed)
{
    const unsigned char *p = bytes;
    uint64_t h = UINT64_C(0xCBF29CE484222325) ^ (seed * UINT64_C(0x9E3779B97F4A7C15));
    for (size_t i = 0; i < len; i++) {
        h = (h ^ p[i]) * UINT64_C(0x00000100000001B3);
    }
    h = (h ^ (h >> 33)) * UINT64_C(0xFF51AFD7ED558CCD);
    h = (h ^ (h >> 33)) * UINT64_C(0xC4CEB9FE1A85EC53);
    return h ^ (h >> 33);
}
