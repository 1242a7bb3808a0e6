/* What correlations are likely to be that nobody, or hardly anybody, shows.
 *
 * Conditional independence given the attributes that (nearly) everybody is asked - the core Z -
 * takes c_ab = B_a B_b, B_a = S_zz^-1/2 S_za, and leaves out all that two attributes share beyond
 * Z: it pulls towards zero. What is left, e_ab = r_ab - c_ab, is known for pairs seen together,
 * and alike for attributes that are alike: of one category, related to Z in the same way, related
 * to the categories in the same way (mean e over the members of each category). With such a kernel
 * k between attributes,
 *
 *   e_ab = sum_st k_as alpha_st k_tb,   alpha minimises sum_seen w_ab (e_ab - ..)^2 + lambda |.|^2
 *
 * by conjugate gradients: kernel ridge regression on pairs (the product kernel of a bilinear
 * model), fitted to pairs seen, used for pairs not seen. No person is needed who has both. How well
 * it does where the truth is known: doc/linkage.md. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "model/copula/copula_priv.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/nn/blas.h"

enum {
    CORE_MOST = 256, /* attributes in Z */
    ROUNDS = 80,     /* conjugate gradients, at most */
    ROW_BLOCK = 64   /* rows of a product that are one task */
};

static const double seen_least = 50.0;   /* people that make a pair seen */
static const double core_share = 0.9;    /* of all features that one of Z was seen with */
static const double core_ridge = 0.2;    /* added to the diagonal of S_zz */
static const double spread = 0.1;        /* sd of the prediction's error */
static const double profile_floor = 0.1; /* squared length of a profile that says nothing */
static const double residual = 3e-3;     /* share of the right-hand side left by the gradients */

typedef struct Completion {
    const MkDesign *design;
    const double *known; /* (n, n) */
    const float *people; /* (n, n) */
    MkPool *pool;
    size_t n, n_core, m, n_categories;
    uint32_t *core, *active; /* (n_core), (m) */
    int32_t *place;          /* (n) number among the active, -1: none */
    float *b;                /* (n, n_core) */
    float *kernel;           /* (m, m) */
    float *root;             /* (m, m) of the weights of pairs */
    float *e;                /* (m, m) what is left, then its prediction */
    bool halved;             /* pairs across the halves of the active ones are hidden */
    double scale[2];         /* of conditional independence and of what is left */
} Completion;

static bool is_seen(const Completion *c, size_t a, size_t b)
{
    return a == b || (double)c->people[a * c->n + b] >= seen_least;
}

/* The active ones are dealt to two halves as two sources would be. */
static size_t half_of(size_t i)
{
    return (i * 2654435761U >> 7) & 1U;
}

/* Whether a pair of active features is fitted to. */
static bool is_used(const Completion *c, size_t i, size_t j)
{
    return i != j && is_seen(c, c->active[i], c->active[j]) &&
           !(c->halved && half_of(i) != half_of(j));
}

/* The correlation shrunk by its standard error; 0 when not seen. */
static double shrunk(const Completion *c, size_t a, size_t b)
{
    const double people = (double)c->people[a * c->n + b];
    if (a == b) {
        return 1.0;
    }
    return is_seen(c, a, b) ? c->known[a * c->n + b] * people / (people + 50.0) : 0.0;
}

/* ---- Z ---- */

typedef struct Rank {
    double value;
    uint32_t id;
} Rank;

static int by_value(const void *a, const void *b)
{
    const Rank *const x = a, *const y = b;
    if (x->value != y->value) {
        return x->value < y->value ? 1 : -1;
    }
    return (x->id > y->id) - (x->id < y->id);
}

static int by_id(const void *a, const void *b)
{
    const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

/* Features seen with nearly all others (when there are none: the most widely seen), the most
 * related ones, and all seen with each other. */
static void choose_core(Completion *c, Rank *ranks)
{
    const size_t n = c->n;
    size_t asked = 0;
    for (size_t a = 0; a < n; a++) {
        double share = 0.0, strength = 0.0;
        for (size_t b = 0; b < n; b++) {
            const double r = shrunk(c, a, b);
            share += is_seen(c, a, b) ? 1.0 / (double)n : 0.0;
            strength += r * r / (double)n;
        }
        const bool wide = share >= core_share && !c->design->of_source[a];
        asked += wide;
        /* wide ones before others */
        ranks[a] = (Rank){wide ? 2.0 + strength : share, (uint32_t)a};
    }
    qsort(ranks, n, sizeof *ranks, by_value);
    const size_t from = asked > 0 ? asked : n;
    for (size_t i = 0; i < from && c->n_core < CORE_MOST; i++) {
        const uint32_t a = ranks[i].id;
        bool fits = !c->design->of_source[a];
        for (size_t k = 0; fits && k < c->n_core; k++) {
            fits = is_seen(c, a, c->core[k]);
        }
        if (fits) {
            c->core[c->n_core++] = a;
        }
    }
    qsort(c->core, c->n_core, sizeof *c->core, by_id);
}

/* B_a of the features of Z that a was seen with: L' (S_oo^-1 S_oa), S_zz = L L'. */
static bool profile_of(const Completion *c, size_t a, const double *s, const double *chol,
                       double *part, double *beta, float *out)
{
    const size_t k = c->n_core;
    size_t o = 0;
    size_t *const at = (size_t *)(void *)(beta + k);
    for (size_t i = 0; i < k; i++) {
        if (is_seen(c, a, c->core[i])) {
            at[o++] = i;
        }
    }
    for (size_t i = 0; i < o; i++) {
        beta[i] = shrunk(c, a, c->core[at[i]]);
    }
    if (o == k) { /* L' S^-1 = L^-1 */
        mk_dtrsm_lower(false, k, 1, chol, k, beta, 1);
        for (size_t i = 0; i < k; i++) {
            out[i] = (float)beta[i];
        }
        return true;
    }
    for (size_t i = 0; i < o; i++) {
        for (size_t j = 0; j <= i; j++) {
            part[i * o + j] = s[at[i] * k + at[j]];
        }
    }
    if (o > 0) {
        if (!mk_dpotrf(o, part, o)) {
            return false;
        }
        mk_dpotrs(o, part, o, beta);
    }
    for (size_t j = 0; j < k; j++) {
        double sum = 0.0;
        for (size_t i = 0; i < o; i++) {
            sum += at[i] >= j ? chol[at[i] * k + j] * beta[i] : 0.0;
        }
        out[j] = (float)sum;
    }
    return true;
}

static MkStatus make_profiles(Completion *c, MkError *err)
{
    const size_t k = c->n_core;
    MkStatus st = MK_OK;
    double *const s = mk_heap_array(k * k, sizeof *s), *const chol =
                                                           mk_heap_array(k * k, sizeof *s);
    double *const part = mk_heap_array(k * k, sizeof *part);
    double *const beta = mk_heap_array(2 * k + 1, sizeof *beta);
    c->b = mk_heap_array(c->n * k, sizeof *c->b);
    if (s == NULL || chol == NULL || part == NULL || beta == NULL || c->b == NULL) {
        st = mk_fail(err, MK_ENOMEM, "out of memory");
        goto done;
    }
    for (size_t i = 0; i < k; i++) {
        for (size_t j = 0; j < k; j++) {
            s[i * k + j] = shrunk(c, c->core[i], c->core[j]);
        }
    }
    MK_TRY_GOTO(mk_copula_definite(s, k, err));
    for (size_t i = 0; i < k; i++) {
        s[i * k + i] += core_ridge;
    }
    memcpy(chol, s, k * k * sizeof *s);
    bool good = mk_dpotrf(k, chol, k);
    for (size_t a = 0; good && a < c->n; a++) {
        good = profile_of(c, a, s, chol, part, beta, c->b + a * k);
    }
    if (!good) {
        st = mk_fail(err, MK_ENUMERIC, "correlations of %zu shared features are singular", k);
    }
done:
    free(s);
    free(chol);
    free(part);
    free(beta);
    return st;
}

/* ---- products of matrices, a block of rows a task ---- */

typedef struct Product {
    const float *a, *b; /* a (m, k); b (k, n), or (n, k) when `transposed` */
    float *out;         /* (m, n) */
    size_t m, n, k;
    bool transposed;
} Product;

static void product_task(void *ctx, size_t index, size_t worker)
{
    (void)worker;
    const Product *const p = ctx;
    const size_t first = index * ROW_BLOCK;
    const size_t rows = p->m - first < ROW_BLOCK ? p->m - first : ROW_BLOCK;
    mk_sgemm(false, p->transposed, rows, p->n, p->k, 1.0F, p->a + first * p->k, p->k, p->b,
             p->transposed ? p->k : p->n, 0.0F, p->out + first * p->n, p->n);
}

static void multiply(MkPool *pool, const Product *p)
{
    Product copy = *p;
    if (p->m > 0 && p->n > 0 && p->k > 0) {
        mk_pool_run(pool, (p->m + ROW_BLOCK - 1) / ROW_BLOCK, product_task, &copy);
    }
}

/* ---- what is left, and the kernel ---- */

static void unit_rows(float *x, size_t n, size_t k)
{
    for (size_t i = 0; i < n; i++) {
        double squares = profile_floor;
        for (size_t j = 0; j < k; j++) {
            squares += (double)x[i * k + j] * (double)x[i * k + j];
        }
        for (size_t j = 0; j < k; j++) {
            x[i * k + j] *= (float)(1.0 / sqrt(squares));
        }
    }
}

/* Mean of what is left with the members of each category: out (m, n_categories). */
static bool category_profiles(const Completion *c, float *out)
{
    const size_t m = c->m, k = c->n_categories;
    double *const sum = mk_heap_array(2 * k + 2, sizeof *sum);
    double *const people = sum + k;
    if (sum == NULL) {
        return false;
    }
    for (size_t i = 0; i < m; i++) {
        memset(sum, 0, 2 * k * sizeof *sum);
        for (size_t j = 0; j < m; j++) {
            const int32_t category = c->design->category[c->active[j]];
            if (category >= 0 && is_used(c, i, j)) {
                sum[category] += (double)c->e[i * m + j];
                people[category] += 1.0;
            }
        }
        for (size_t j = 0; j < k; j++) {
            out[i * k + j] = people[j] > 0.0 ? (float)(sum[j] / people[j]) : 0.0F;
        }
    }
    free(sum);
    return true;
}

static void drop_kernel(Completion *c)
{
    free(c->kernel);
    free(c->root);
    free(c->e);
    c->kernel = c->root = c->e = NULL;
}

static MkStatus make_kernel(Completion *c, MkError *err)
{
    const size_t m = c->m, k = c->n_core, g = c->n_categories, width = k + g;
    MkStatus st = MK_OK;
    float *const b = mk_heap_array(m * k + 1, sizeof *b), *const p = mk_heap_array(m * g + 1, 4);
    float *const both = mk_heap_array(m * width + 1, sizeof *both);
    c->kernel = mk_heap_array(m * m, sizeof *c->kernel);
    c->root = mk_heap_array(m * m, sizeof *c->root);
    c->e = mk_heap_array(m * m, sizeof *c->e);
    if (b == NULL || p == NULL || both == NULL || c->kernel == NULL || c->root == NULL ||
        c->e == NULL) {
        st = mk_fail(err, MK_ENOMEM, "out of memory");
        goto done;
    }
    for (size_t i = 0; i < m; i++) {
        memcpy(b + i * k, c->b + c->active[i] * k, k * sizeof *b);
    }
    multiply(c->pool, &(Product){b, b, c->e, m, m, k, true}); /* conditional independence */
    for (size_t i = 0; i < m; i++) {
        for (size_t j = 0; j < m; j++) {
            const size_t a = c->active[i], d = c->active[j];
            const double people = (double)c->people[a * c->n + d];
            const bool use = is_used(c, i, j);
            c->root[i * m + j] = use ? (float)sqrt(people / (people + 100.0)) : 0.0F;
            c->e[i * m + j] = use ? (float)c->known[a * c->n + d] - c->e[i * m + j] : 0.0F;
        }
    }
    if (!category_profiles(c, p)) {
        st = mk_fail(err, MK_ENOMEM, "out of memory");
        goto done;
    }
    unit_rows(b, m, k);
    unit_rows(p, m, g);
    for (size_t i = 0; i < m; i++) {
        memcpy(both + i * width, b + i * k, k * sizeof *b);
        memcpy(both + i * width + k, p + i * g, g * sizeof *p);
    }
    multiply(c->pool, &(Product){both, both, c->kernel, m, m, width, true});
    for (size_t i = 0; i < m; i++) {
        for (size_t j = 0; j < m; j++) {
            const int32_t category = c->design->category[c->active[i]];
            const bool same = category >= 0 && category == c->design->category[c->active[j]];
            c->kernel[i * m + j] = (0.1F + c->kernel[i * m + j]) * (same ? 1.5F : 0.5F);
        }
    }
done:
    free(b);
    free(p);
    free(both);
    return st;
}

/* ---- the regression ---- */

static double dot(const float *a, const float *b, size_t n)
{
    double sum = 0.0;
    for (size_t i = 0; i < n; i++) {
        sum += (double)a[i] * (double)b[i];
    }
    return sum;
}

/* out = kernel (root * x) kernel; work (m, m) */
static void smooth(const Completion *c, const float *x, float *work, float *out)
{
    const size_t m = c->m;
    for (size_t i = 0; i < m * m; i++) {
        out[i] = c->root[i] * x[i];
    }
    multiply(c->pool, &(Product){c->kernel, out, work, m, m, m, false});
    multiply(c->pool, &(Product){work, c->kernel, out, m, m, m, false});
}

/* e becomes its prediction everywhere. */
static MkStatus regress(Completion *c, MkError *err)
{
    const size_t m = c->m, all = m * m;
    float *const u = mk_heap_array(all, sizeof *u), *const r = mk_heap_array(all, sizeof *r);
    float *const d = mk_heap_array(all, sizeof *d), *const q = mk_heap_array(all, sizeof *q);
    float *const work = mk_heap_array(all, sizeof *work);
    MkStatus st = MK_OK;
    if (u == NULL || r == NULL || d == NULL || q == NULL || work == NULL) {
        st = mk_fail(err, MK_ENOMEM, "out of memory");
        goto done;
    }
    double trace = 0.0;
    for (size_t i = 0; i < m; i++) {
        trace += (double)c->kernel[i * m + i] / (double)m;
    }
    const float ridge = (float)(trace * trace);
    for (size_t i = 0; i < all; i++) {
        r[i] = d[i] = c->root[i] * c->e[i];
    }
    const double begin = dot(r, r, all);
    double left = begin;
    for (size_t k = 0; k < ROUNDS && left > residual * residual * begin; k++) {
        smooth(c, d, work, q);
        for (size_t i = 0; i < all; i++) {
            q[i] = c->root[i] * q[i] + ridge * d[i];
        }
        const float step = (float)(left / dot(d, q, all));
        for (size_t i = 0; i < all; i++) {
            u[i] += step * d[i];
            r[i] -= step * q[i];
        }
        const double now = dot(r, r, all);
        const float again = (float)(now / left);
        for (size_t i = 0; i < all; i++) {
            d[i] = r[i] + again * d[i];
        }
        left = now;
    }
    smooth(c, u, work, c->e);
done:
    free(u);
    free(r);
    free(d);
    free(q);
    free(work);
    return st;
}

/* Both parts are a little small, being regressions. How much is learned from pairs that are hidden
 * and then seen: r = scale[0] c + scale[1] e by least squares. Halves have fewer attributes alike
 * than the whole: below 1 is not believed. */
static MkStatus learn_scale(Completion *c, const float *independent, MkError *err)
{
    double cc = 0.0, ce = 0.0, ee = 0.0, cr = 0.0, er = 0.0;
    c->halved = true;
    MkStatus st = make_kernel(c, err);
    if (st == MK_OK) {
        st = regress(c, err);
    }
    for (size_t i = 0; st == MK_OK && i < c->m; i++) {
        for (size_t j = 0; j < c->m; j++) {
            const size_t at = c->active[i] * c->n + c->active[j];
            if (half_of(i) == half_of(j) || !is_seen(c, c->active[i], c->active[j])) {
                continue;
            }
            const double people = (double)c->people[at], w = people / (people + 100.0);
            const double x = (double)independent[at], y = (double)c->e[i * c->m + j];
            cc += w * x * x;
            ce += w * x * y;
            ee += w * y * y;
            cr += w * x * c->known[at];
            er += w * y * c->known[at];
        }
    }
    c->halved = false;
    drop_kernel(c);
    const double determinant = cc * ee - ce * ce;
    if (st == MK_OK && determinant > 1e-6 * cc * ee) {
        c->scale[0] = fmin(fmax((cr * ee - er * ce) / determinant, 1.0), 1.3);
        c->scale[1] = fmin(fmax((er * cc - cr * ce) / determinant, 1.0), 1.3);
    }
    return st;
}

/* ---- */

static MkStatus prepare(Completion *c, MkError *err)
{
    Rank *const ranks = mk_heap_array(c->n, sizeof *ranks);
    uint8_t *const in_core = mk_heap_array(c->n, 1);
    c->core = mk_heap_array(CORE_MOST, sizeof *c->core);
    c->active = mk_heap_array(c->n, sizeof *c->active);
    c->place = mk_heap_array(c->n, sizeof *c->place);
    const bool good = ranks != NULL && in_core != NULL && c->core != NULL && c->active != NULL &&
                      c->place != NULL;
    if (good) {
        choose_core(c, ranks);
        for (size_t i = 0; i < c->n_core; i++) {
            in_core[c->core[i]] = 1;
        }
        for (size_t a = 0; a < c->n; a++) {
            c->place[a] = -1;
            if (!in_core[a] && !c->design->of_source[a]) {
                c->place[a] = (int32_t)c->m;
                c->active[c->m++] = (uint32_t)a;
            }
            const size_t category = (size_t)(c->design->category[a] + 1);
            c->n_categories = category > c->n_categories ? category : c->n_categories;
        }
    }
    free(ranks);
    free(in_core);
    return good ? MK_OK : mk_fail(err, MK_ENOMEM, "out of memory");
}

static void blend(const Completion *c, const float *independent, double *out)
{
    const size_t n = c->n;
    float *const left = c->e;
    const int32_t *const place = c->place;
    for (size_t a = 0; a < n; a++) {
        for (size_t b = 0; b < n; b++) {
            const double people = (double)c->people[a * n + b];
            double guess = (double)independent[a * n + b];
            if (place[a] >= 0 && place[b] >= 0) {
                guess = c->scale[0] * guess +
                        c->scale[1] * (double)left[(size_t)place[a] * c->m + (size_t)place[b]];
            }
            guess = fmin(fmax(guess, -0.98), 0.98);
            const double r = people > 0.0 ? c->known[a * n + b] : 0.0;
            /* people that say as much as the prediction: var(r) = (1 - r^2)^2 / people */
            const double trust = fmax((1.0 - r * r) * (1.0 - r * r), 0.01) / (spread * spread);
            out[a * n + b] = a == b ? 1.0 : (people * r + trust * guess) / (people + trust);
        }
    }
    for (size_t a = 0; a < n; a++) { /* products in float are not symmetric to the last bit */
        for (size_t b = 0; b < a; b++) {
            out[a * n + b] = out[b * n + a] = 0.5 * (out[a * n + b] + out[b * n + a]);
        }
    }
}

static void release(Completion *c)
{
    free(c->core);
    free(c->active);
    free(c->place);
    free(c->b);
    drop_kernel(c);
}

MkStatus mk_copula_independent(const MkDesign *design, const double *known, const float *people,
                               MkPool *pool, double *out, MkError *err)
{
    MkStatus st = MK_OK;
    const size_t n = design->n;
    Completion c = {.design = design, .known = known, .people = people, .pool = pool, .n = n};
    float *const independent = mk_heap_array(n * n, sizeof *independent);
    if (independent == NULL) {
        return mk_fail(err, MK_ENOMEM, "out of memory");
    }
    MK_TRY_GOTO(prepare(&c, err));
    MK_TRY_GOTO(make_profiles(&c, err));
    multiply(pool, &(Product){c.b, c.b, independent, n, n, c.n_core, true});
    for (size_t a = 0; a < n; a++) {
        for (size_t b = 0; b < n; b++) {
            const double both =
                0.5 * ((double)independent[a * n + b] + (double)independent[b * n + a]);
            out[a * n + b] = a == b ? 1.0 : both;
        }
    }
done:
    free(independent);
    release(&c);
    return st;
}

MkStatus mk_copula_complete(const MkDesign *design, const double *known, const float *people,
                            MkPool *pool, double *out, MkError *err)
{
    MkStatus st = MK_OK;
    const size_t n = design->n;
    Completion c = {.design = design,
                    .known = known,
                    .people = people,
                    .pool = pool,
                    .n = n,
                    .scale = {1.0, 1.0}};
    float *const independent = mk_heap_array(n * n, sizeof *independent);
    if (independent == NULL) {
        return mk_fail(err, MK_ENOMEM, "out of memory");
    }
    MK_TRY_GOTO(prepare(&c, err));
    MK_TRY_GOTO(make_profiles(&c, err));
    multiply(pool, &(Product){c.b, c.b, independent, n, n, c.n_core, true});
    if (c.m > 0) {
        MK_TRY_GOTO(learn_scale(&c, independent, err));
        MK_TRY_GOTO(make_kernel(&c, err));
        MK_TRY_GOTO(regress(&c, err));
    }
    blend(&c, independent, out);
done:
    free(independent);
    release(&c);
    return st;
}

MkStatus mk_copula_project(double *r, size_t n, MkError *err)
{
    const double least = 0.003;
    MkStatus st = MK_OK;
    double *const v = mk_heap_array(n * n, sizeof *v);
    double *const w = mk_heap_array(n + 1, sizeof *w);
    if (v == NULL || w == NULL) {
        st = mk_fail(err, MK_ENOMEM, "out of memory");
        goto done;
    }
    memcpy(v, r, n * n * sizeof *v);
    MK_TRY_GOTO(mk_dsyevd(n, v, w, err));
    for (size_t i = 0; i < n; i++) {
        const double root = sqrt(fmax(w[i], least));
        for (size_t k = 0; k < n; k++) {
            v[i * n + k] *= root;
        }
    }
    mk_dgemm_tn(n, n, v, v, r);
done:
    free(v);
    free(w);
    return st;
}

MkStatus mk_copula_definite(double *r, size_t n, MkError *err)
{
    double *const w = mk_heap_array(n + 1, sizeof *w);
    if (w == NULL) {
        return mk_fail(err, MK_ENOMEM, "out of memory");
    }
    const MkStatus st = mk_copula_project(r, n, err);
    for (size_t i = 0; st == MK_OK && i < n; i++) {
        w[i] = 1.0 / sqrt(r[i * n + i]);
    }
    for (size_t i = 0; st == MK_OK && i < n; i++) {
        for (size_t k = 0; k < n; k++) {
            r[i * n + k] *= w[i] * w[k];
        }
    }
    free(w);
    return st;
}
