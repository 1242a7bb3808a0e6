#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "model/nn/kernels.h"

#include <math.h>
#include <string.h>

#include "src/base/cpu.h"

/* exp(x) to 4e-7 relative (x near 0; 3e-6 at the ends), branch-free so that loops over it
 * vectorise. Not rounded by adding 1.5 * 2^23 and taking it away: where sums may be reassociated
 * that is folded to nothing. */
static inline float fast_exp(float x)
{
    x = x < -87.0F ? -87.0F : x;
    x = x > 88.0F ? 88.0F : x;
    const float k = rintf(x * 1.44269504F);
    const float r = (x - k * 0.693359375F) + k * 2.12194440e-4F;
    float p = 1.9875691500e-4F;
    p = p * r + 1.3981999507e-3F;
    p = p * r + 8.3334519073e-3F;
    p = p * r + 4.1665795894e-2F;
    p = p * r + 1.6666665459e-1F;
    p = p * r + 5.0000001201e-1F;
    p = p * r * r + r + 1.0F;
    const int32_t exponent = ((int32_t)k + 127) << 23;
    float power;
    memcpy(&power, &exponent, sizeof power);
    return p * power;
}

MK_KERNEL void mk_layernorm(const float *x, size_t n, size_t d, const float *gain,
                            const float *bias, float *out, float *stats)
{
    for (size_t i = 0; i < n; i++) {
        const float *const in = x + i * d;
        float *const o = out + i * d;
        float sum = 0.0F, squares = 0.0F;
        for (size_t k = 0; k < d; k++) {
            sum += in[k];
        }
        const float mean = sum / (float)d;
        for (size_t k = 0; k < d; k++) {
            squares += (in[k] - mean) * (in[k] - mean);
        }
        const float rstd = 1.0F / sqrtf(squares / (float)d + 1e-5F);
        for (size_t k = 0; k < d; k++) {
            o[k] = (in[k] - mean) * rstd * gain[k] + bias[k];
        }
        stats[2 * i] = mean;
        stats[2 * i + 1] = rstd;
    }
}

MK_KERNEL void mk_layernorm_back(const float *dout, const float *x, const float *stats, size_t n,
                                 size_t d, const float *gain, float *dx, float *dgain, float *dbias)
{
    for (size_t i = 0; i < n; i++) {
        const float *const g = dout + i * d, *const in = x + i * d;
        float *const o = dx + i * d;
        const float mean = stats[2 * i], rstd = stats[2 * i + 1];
        float sum = 0.0F, dot = 0.0F;
        for (size_t k = 0; k < d; k++) {
            const float z = (in[k] - mean) * rstd, gz = g[k] * gain[k];
            sum += gz;
            dot += gz * z;
            dgain[k] += g[k] * z;
            dbias[k] += g[k];
        }
        sum /= (float)d;
        dot /= (float)d;
        for (size_t k = 0; k < d; k++) {
            const float z = (in[k] - mean) * rstd;
            o[k] += rstd * (g[k] * gain[k] - sum - z * dot);
        }
    }
}

MK_KERNEL void mk_gelu(const float *x, size_t n, float *out)
{
    for (size_t i = 0; i < n; i++) {
        const float v = x[i];
        const float u = 1.59576912F * (v + 0.044715F * v * v * v);
        out[i] = v / (1.0F + fast_exp(-u));
    }
}

MK_KERNEL void mk_gelu_back(const float *x, const float *dout, size_t n, float *dx)
{
    for (size_t i = 0; i < n; i++) {
        const float v = x[i];
        const float u = 1.59576912F * (v + 0.044715F * v * v * v);
        const float s = 1.0F / (1.0F + fast_exp(-u));
        const float du = 1.59576912F * (1.0F + 0.134145F * v * v);
        dx[i] = dout[i] * (s + v * s * (1.0F - s) * du);
    }
}

MK_KERNEL void mk_softmax(float *s, size_t n, size_t m, float scale)
{
    for (size_t i = 0; i < n; i++) {
        float *const row = s + i * m;
        float top = row[0];
        for (size_t k = 1; k < m; k++) {
            top = row[k] > top ? row[k] : top;
        }
        float sum = 0.0F;
        for (size_t k = 0; k < m; k++) {
            row[k] = fast_exp(scale * (row[k] - top));
            sum += row[k];
        }
        const float inverse = 1.0F / sum;
        for (size_t k = 0; k < m; k++) {
            row[k] *= inverse;
        }
    }
}

MK_KERNEL void mk_attend(const float *q, const float *k, const float *v, size_t n, size_t ld,
                         size_t width, float scale, float *weights, float *out)
{
    for (size_t t = 0; t < n; t++) {
        const float *const key = k + t * ld;
        float sum = 0.0F;
        for (size_t i = 0; i < width; i++) {
            sum += q[i] * key[i];
        }
        weights[t] = sum;
    }
    mk_softmax(weights, 1, n, scale);
    for (size_t i = 0; i < width; i++) {
        out[i] = 0.0F;
    }
    for (size_t t = 0; t < n; t++) {
        const float *const value = v + t * ld;
        for (size_t i = 0; i < width; i++) {
            out[i] += weights[t] * value[i];
        }
    }
}

MK_KERNEL void mk_softmax_back(const float *p, float *dp, size_t n, size_t m, float scale)
{
    for (size_t i = 0; i < n; i++) {
        const float *const q = p + i * m;
        float *const g = dp + i * m;
        float dot = 0.0F;
        for (size_t k = 0; k < m; k++) {
            dot += q[k] * g[k];
        }
        for (size_t k = 0; k < m; k++) {
            g[k] = scale * q[k] * (g[k] - dot);
        }
    }
}

MK_KERNEL void mk_add_bias(float *x, size_t n, size_t m, const float *bias)
{
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < m; k++) {
            x[i * m + k] += bias[k];
        }
    }
}

MK_KERNEL void mk_add_bias_back(const float *dx, size_t n, size_t m, float *dbias)
{
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < m; k++) {
            dbias[k] += dx[i * m + k];
        }
    }
}

MK_KERNEL void mk_axpy(size_t n, float a, const float *x, float *y)
{
    for (size_t i = 0; i < n; i++) {
        y[i] += a * x[i];
    }
}

MK_KERNEL float mk_dot(size_t n, const float *a, const float *b)
{
    float sum = 0.0F;
    for (size_t i = 0; i < n; i++) {
        sum += a[i] * b[i];
    }
    return sum;
}

MK_KERNEL double mk_sum_squares(size_t n, const float *x)
{
    double sum = 0.0;
    for (size_t i = 0; i < n; i++) {
        sum += (double)x[i] * (double)x[i];
    }
    return sum;
}

MK_KERNEL void mk_dropout(float *x, size_t n, uint64_t seed, float p)
{
    const uint32_t limit = (uint32_t)(p * 4294967040.0F);
    const uint32_t start = (uint32_t)seed ^ (uint32_t)(seed >> 32) * 0x9E3779B9U;
    const float scale = 1.0F / (1.0F - p);
    for (size_t i = 0; i < n; i++) {
        uint32_t h = start + (uint32_t)i * 0x9E3779B1U; /* Murmur3 finaliser */
        h ^= h >> 16;
        h *= 0x85EBCA6BU;
        h ^= h >> 13;
        h *= 0xC2B2AE35U;
        h ^= h >> 16;
        x[i] *= h >= limit ? scale : 0.0F;
    }
}

MK_KERNEL void mk_adamw(const MkAdam *adam, size_t n, const float *gradient, float *parameters,
                        float *m, float *v)
{
    const float step = adam->rate / adam->correction1, shrink = adam->rate * adam->decay;
    const float root = 1.0F / sqrtf(adam->correction2);
    for (size_t i = 0; i < n; i++) {
        const float g = gradient[i] * adam->clip;
        m[i] = adam->beta1 * m[i] + (1.0F - adam->beta1) * g;
        v[i] = adam->beta2 * v[i] + (1.0F - adam->beta2) * g * g;
        parameters[i] -= step * m[i] / (sqrtf(v[i]) * root + adam->eps) + shrink * parameters[i];
    }
}

MK_KERNEL void mk_average(size_t n, float share, const float *parameters, float *average)
{
    for (size_t i = 0; i < n; i++) {
        average[i] += share * (parameters[i] - average[i]);
    }
}
