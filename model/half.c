#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <string.h>

#include "model/weights.h"
#include "src/base/cpu.h"

static inline uint32_t bits_of(float x)
{
    uint32_t u;
    memcpy(&u, &x, sizeof u);
    return u;
}

static inline float float_of(uint32_t u)
{
    float x;
    memcpy(&x, &u, sizeof x);
    return x;
}

void mk_half_from_float(const float *in, uint16_t *out, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const uint32_t u = bits_of(in[i]);
        const uint32_t sign = (u >> 16) & 0x8000U, magnitude = u & 0x7FFFFFFFU;
        uint32_t half;
        if (magnitude >= 0x47800000U) { /* 65536 and more, infinity, NaN */
            half = magnitude > 0x7F800000U ? 0x7E00U : 0x7C00U;
        } else if (magnitude < 0x38800000U) { /* subnormal half: let float addition round */
            half = bits_of(float_of(magnitude) + 0.5F) - 0x3F000000U;
        } else {
            half = (magnitude - 0x38000000U + 0xFFFU + ((magnitude >> 13) & 1U)) >> 13;
        }
        out[i] = (uint16_t)(sign | half);
    }
}

/* Subnormal halves become floats by one multiplication; infinity and NaN keep their meaning. */
MK_KERNEL void mk_half_to_float(const uint16_t *in, float *out, size_t n)
{
    const float scale = 5.192296858534828e33F; /* 2^112 */
    for (size_t i = 0; i < n; i++) {
        const uint32_t h = in[i];
        const float value = float_of((h & 0x7FFFU) << 13) * scale;
        const uint32_t magnitude = bits_of(value);
        const uint32_t special = (h & 0x7C00U) == 0x7C00U ? 0x7F800000U : 0U;
        out[i] = float_of(magnitude | special | (h & 0x8000U) << 16);
    }
}
