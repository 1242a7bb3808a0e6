#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "model/ctgan/gan_net.h"

#include <math.h>
#include <string.h>

#include "model/nn/blas.h"
#include "model/nn/kernels.h"
#include "src/base/cpu.h"

static const float temperature = 0.2F, leak = 0.2F;

/* ---- generator ---- */

static size_t width_in(const MkGenerator *g, size_t layer)
{
    return g->noise + g->condition + layer * g->hidden;
}

bool mk_generator(const MkRecords *records, size_t noise, size_t condition, size_t hidden,
                  MkArena *arena, MkGenerator *out)
{
    MkParameters p = {0};
    MkGenerator g = {.records = records, .noise = noise, .condition = condition, .hidden = hidden};
    for (size_t l = 0; l < 2; l++) {
        g.layer[l] = mk_linear_take(&p, width_in(&g, l), hidden);
        g.norm[l] = (MkBatchNorm){.d = hidden, .momentum = 0.9F, .eps = 1e-5F};
        g.norm[l].gain = mk_parameters_take(&p, hidden);
        g.norm[l].bias = mk_parameters_take(&p, hidden);
        g.norm[l].mean = mk_arena_zeros(arena, hidden, sizeof(float));
        g.norm[l].variance = mk_arena_zeros(arena, hidden, sizeof(float));
        if (g.norm[l].mean == NULL || g.norm[l].variance == NULL) {
            return false;
        }
        for (size_t k = 0; k < hidden; k++) {
            g.norm[l].variance[k] = 1.0F;
        }
    }
    g.out = mk_linear_take(&p, width_in(&g, 2), records->width);
    g.n = p.n;
    *out = g;
    return true;
}

void mk_generator_init(const MkGenerator *g, uint64_t seed, MkParameters *p)
{
    const MkLinear *const layers[] = {&g->layer[0], &g->layer[1], &g->out};
    p->n = g->n;
    for (size_t l = 0; l < 3; l++) {
        MkRng rng = mk_rng(seed, MK_RNG_INIT, l);
        mk_linear_init(p, layers[l], MK_INIT_TORCH, &rng);
    }
    for (size_t l = 0; l < 2; l++) {
        for (size_t k = 0; k < g->hidden; k++) {
            p->value[g->norm[l].gain + k] = 1.0F;
        }
    }
}

bool mk_generator_tape(const MkGenerator *g, size_t n, MkArena *arena, MkGeneratorTape *t)
{
    const size_t hidden = n * g->hidden, wide = n * width_in(g, 2);
    struct {
        float **at;
        size_t n;
    } const parts[] = {{&t->in[0], n * width_in(g, 0)},
                       {&t->in[1], n * width_in(g, 1)},
                       {&t->in[2], wide},
                       {&t->linear[0], hidden},
                       {&t->linear[1], hidden},
                       {&t->normal[0], hidden},
                       {&t->normal[1], hidden},
                       {&t->inverse[0], g->hidden},
                       {&t->inverse[1], g->hidden},
                       {&t->on[0], hidden},
                       {&t->on[1], hidden},
                       {&t->said, n * g->records->width},
                       {&t->d_said, n * g->records->width},
                       {&t->d_in[0], wide},
                       {&t->d_in[1], wide}};
    bool is_there = true;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        *parts[i].at = mk_arena_array(arena, parts[i].n, sizeof(float));
        is_there = is_there && *parts[i].at != NULL;
    }
    return is_there;
}

void mk_generator_pass(MkGenerator *g, const float *value, size_t n, bool asks, MkGeneratorTape *t)
{
    for (size_t l = 0; l < 2; l++) {
        const size_t from = width_in(g, l), to = width_in(g, l + 1);
        mk_linear(value, &g->layer[l], t->in[l], n, t->linear[l]);
        if (asks) {
            mk_batchnorm_ask(value, &g->norm[l], t->linear[l], n, t->on[l]);
        } else {
            mk_batchnorm(value, &g->norm[l], t->linear[l], n, t->normal[l], t->inverse[l],
                         t->on[l]);
        }
        mk_leaky(t->on[l], n * g->hidden, 0.0F);
        for (size_t i = 0; i < n; i++) {
            float *const row = t->in[l + 1] + i * to;
            memcpy(row, t->on[l] + i * g->hidden, g->hidden * sizeof *row);
            memcpy(row + g->hidden, t->in[l] + i * from, from * sizeof *row);
        }
    }
    mk_linear(value, &g->out, t->in[2], n, t->said);
}

void mk_generator_back(const MkGenerator *g, const float *value, size_t n, MkGeneratorTape *t,
                       float *gradient)
{
    float *d = t->d_in[0], *next = t->d_in[1];
    mk_linear_back(value, gradient, &g->out, t->in[2], t->d_said, n, d);
    for (size_t l = 2; l-- > 0;) {
        const size_t from = width_in(g, l), to = width_in(g, l + 1);
        float *const d_on = t->linear[l]; /* no longer needed */
        for (size_t i = 0; i < n; i++) {
            memcpy(d_on + i * g->hidden, d + i * to, g->hidden * sizeof *d);
        }
        mk_leaky_back(t->on[l], d_on, n * g->hidden, 0.0F);
        mk_batchnorm_back(value, gradient, &g->norm[l], t->normal[l], t->inverse[l], d_on, n, d_on);
        mk_linear_back(value, gradient, &g->layer[l], t->in[l], d_on, n, l > 0 ? next : NULL);
        for (size_t i = 0; l > 0 && i < n; i++) { /* what was put behind */
            mk_axpy(from, 1.0F, d + i * to + g->hidden, next + i * from);
        }
        float *const other = d;
        d = next;
        next = other;
    }
}

/* ---- records ---- */

/* log(x) of a positive x to about 1e-6, branch-free. */
static inline float fast_log(float x)
{
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    const int32_t exponent = (int32_t)((bits - 0x3F3504F3U) >> 23);
    const int32_t signed_exponent = exponent >= 256 ? exponent - 512 : exponent;
    bits -= (uint32_t)signed_exponent << 23;
    float m;
    memcpy(&m, &bits, sizeof m);
    const float s = (m - 1.0F) / (m + 1.0F), s2 = s * s;
    const float series =
        2.0F * s * (1.0F + s2 * (1.0F / 3.0F + s2 * (0.2F + s2 * (1.0F / 7.0F + s2 / 9.0F))));
    return series + 0.69314718F * (float)signed_exponent;
}

MK_KERNEL void mk_gan_gumbel(float *out, size_t n, uint64_t seed)
{
    const uint32_t start = (uint32_t)seed ^ (uint32_t)(seed >> 32) * 0x9E3779B9U;
    for (size_t i = 0; i < n; i++) {
        uint32_t h = start + (uint32_t)i * 0x9E3779B1U; /* Murmur3 finaliser */
        h ^= h >> 16;
        h *= 0x85EBCA6BU;
        h ^= h >> 13;
        h *= 0xC2B2AE35U;
        h ^= h >> 16;
        const float u = ((float)(int32_t)(h >> 9) + 0.5F) * 0x1p-23F;
        out[i] = -fast_log(-fast_log(u));
    }
}

void mk_gan_record(const MkRecords *r, const float *said, const float *gumbel, size_t n,
                   float *record)
{
    memcpy(record, gumbel, n * r->width * sizeof *record);
    mk_axpy(n * r->width, 1.0F, said, record);
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < r->n; j++) {
            const MkCoding *const c = &r->columns[j];
            float *const at = record + i * r->width + mk_coding_shares(c);
            if (c->is_number) {
                record[i * r->width + c->at] = tanhf(said[i * r->width + c->at]);
            }
            mk_softmax(at, 1, c->n, 1.0F / temperature);
        }
    }
}

void mk_gan_record_back(const MkRecords *r, const float *record, size_t n, float *d)
{
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < r->n; j++) {
            const MkCoding *const c = &r->columns[j];
            const size_t scalar = i * r->width + c->at;
            const size_t at = i * r->width + mk_coding_shares(c);
            if (c->is_number) {
                d[scalar] *= 1.0F - record[scalar] * record[scalar];
            }
            mk_softmax_back(record + at, d + at, 1, c->n, 1.0F / temperature);
        }
    }
}

double mk_gan_condition_loss(const MkRecords *r, const size_t *attribute, const size_t *level,
                             const float *said, size_t n, float *d_said)
{
    double loss = 0.0;
    for (size_t i = 0; i < n; i++) {
        const MkCoding *const c = &r->columns[attribute[i]];
        const size_t at = i * r->width + mk_coding_shares(c);
        float p[256];
        memcpy(p, said + at, c->n * sizeof *p);
        mk_softmax(p, 1, c->n, 1.0F);
        loss -= log(fmax((double)p[level[i]], 1e-30)) / (double)n;
        p[level[i]] -= 1.0F;
        mk_axpy(c->n, 1.0F / (float)n, p, d_said + at);
    }
    return loss;
}

/* ---- critic ---- */

MkCritic mk_critic(size_t width, size_t hidden)
{
    MkParameters p = {0};
    MkCritic c = {.width = width, .hidden = hidden};
    c.layer[0] = mk_linear_take(&p, width, hidden);
    c.layer[1] = mk_linear_take(&p, hidden, hidden);
    c.out = mk_linear_take(&p, hidden, 1);
    c.n = p.n;
    return c;
}

void mk_critic_init(const MkCritic *c, uint64_t seed, MkParameters *p)
{
    const MkLinear *const layers[] = {&c->layer[0], &c->layer[1], &c->out};
    p->n = c->n;
    for (size_t l = 0; l < 3; l++) {
        MkRng rng = mk_rng(seed, MK_RNG_INIT, 3 + l);
        mk_linear_init(p, layers[l], MK_INIT_TORCH, &rng);
    }
}

bool mk_critic_tape(const MkCritic *c, size_t n, MkArena *arena, MkCriticTape *t)
{
    bool is_there = true;
    for (size_t l = 0; l < 2; l++) {
        float **const parts[] = {&t->mask[l], &t->on[l], &t->slope[l], &t->d_on[l], &t->up[l]};
        for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
            *parts[i] = mk_arena_array(arena, n * c->hidden, sizeof(float));
            is_there = is_there && *parts[i] != NULL;
        }
    }
    t->said = mk_arena_array(arena, n, sizeof(float));
    t->d_said = mk_arena_array(arena, n, sizeof(float));
    t->input = mk_arena_array(arena, n * c->width, sizeof(float));
    t->d_input = mk_arena_array(arena, n * c->width, sizeof(float));
    return is_there && t->said != NULL && t->d_said != NULL && t->input != NULL &&
           t->d_input != NULL;
}

void mk_critic_drop(const MkCritic *c, size_t n, double p, uint64_t seed, MkCriticTape *t)
{
    for (size_t l = 0; l < 2; l++) {
        for (size_t i = 0; i < n * c->hidden; i++) {
            t->mask[l][i] = 1.0F;
        }
        mk_dropout(t->mask[l], n * c->hidden, seed * 2 + l, (float)p);
    }
}

void mk_critic_pass(const MkCritic *c, const float *value, const float *x, size_t n,
                    MkCriticTape *t)
{
    const float *in = x;
    for (size_t l = 0; l < 2; l++) {
        mk_linear(value, &c->layer[l], in, n, t->on[l]);
        for (size_t i = 0; i < n * c->hidden; i++) {
            t->slope[l][i] = t->mask[l][i] * (t->on[l][i] < 0.0F ? leak : 1.0F);
            t->on[l][i] *= t->slope[l][i];
        }
        in = t->on[l];
    }
    mk_linear(value, &c->out, t->on[1], n, t->said);
}

static void times(float *x, const float *by, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        x[i] *= by[i];
    }
}

/* dx (n, from) of a linear layer alone. */
static void through(const float *value, const MkLinear *l, const float *dout, size_t n, float *dx)
{
    mk_sgemm(false, true, n, l->from, l->to, 1.0F, dout, l->to, value + l->weight, l->to, 0.0F, dx,
             l->from);
}

void mk_critic_back(const MkCritic *c, const float *value, const float *x, size_t n,
                    MkCriticTape *t, float *gradient, float *dx)
{
    const MkLinear *const layers[] = {&c->layer[0], &c->layer[1], &c->out};
    const float *const in[] = {x, t->on[0], t->on[1]};
    float *const d_in[] = {dx, t->d_on[0], t->d_on[1]};
    const float *d = t->d_said;
    for (size_t l = 3; l-- > 0;) {
        if (gradient != NULL) {
            mk_linear_back(value, gradient, layers[l], in[l], d, n, d_in[l]);
        } else if (d_in[l] != NULL) {
            through(value, layers[l], d, n, d_in[l]);
        }
        if (l > 0) {
            times(d_in[l], t->slope[l - 1], n * c->hidden);
            d = d_in[l];
        }
    }
}

/* The gradient of what is said by x is G = S1 W1' with S1 = s1 * (S2 W2'), S2 = s2 * w3' by rows,
 * s1 and s2 the slopes, which stay where x moves a little: G is linear in each of W1, W2, w3, and
 * the penalty's gradient goes back through these products (biases have none). */
double mk_critic_penalty(const MkCritic *c, const float *value, size_t n, double factor,
                         MkCriticTape *t, float *gradient)
{
    const size_t h = c->hidden;
    const MkLinear *const first = &c->layer[0], *const second = &c->layer[1];
    double penalty = 0.0;
    for (size_t i = 0; i < n * h; i++) {
        t->up[1][i] = t->slope[1][i] * value[c->out.weight + i % h];
    }
    through(value, second, t->up[1], n, t->up[0]);
    times(t->up[0], t->slope[0], n * h);
    through(value, first, t->up[0], n, t->d_input);
    for (size_t i = 0; i < n; i++) {
        float *const row = t->d_input + i * c->width;
        const double norm = sqrt(mk_sum_squares(c->width, row)), over = norm - 1.0;
        const float scale = (float)(2.0 * factor * over / (fmax(norm, 1e-12) * (double)n));
        penalty += factor * over * over / (double)n;
        for (size_t k = 0; k < c->width; k++) {
            row[k] *= scale;
        }
    }
    /* dW1 += D' S1;  dS1 = D W1;  times s1;  dW2 += dS1' S2;  dS2 = dS1 W2;  dw3 += sum s2 dS2 */
    mk_sgemm(true, false, c->width, h, n, 1.0F, t->d_input, c->width, t->up[0], h, 1.0F,
             gradient + first->weight, h);
    mk_sgemm(false, false, n, h, c->width, 1.0F, t->d_input, c->width, value + first->weight, h,
             0.0F, t->d_on[0], h);
    times(t->d_on[0], t->slope[0], n * h);
    mk_sgemm(true, false, h, h, n, 1.0F, t->d_on[0], h, t->up[1], h, 1.0F,
             gradient + second->weight, h);
    mk_sgemm(false, false, n, h, h, 1.0F, t->d_on[0], h, value + second->weight, h, 0.0F,
             t->d_on[1], h);
    times(t->d_on[1], t->slope[1], n * h);
    mk_add_bias_back(t->d_on[1], n, h, gradient + c->out.weight);
    return penalty;
}
