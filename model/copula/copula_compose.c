/* One matrix from what several sources show, each about what it asks.
 *
 * Features that the same sources ask are a group, and the groups are put in order, the most widely
 * asked first. The likelihood factors into that of the first group, that of the second given the
 * first, and so on (for monotone gaps: Anderson 1957; Rubin 1974; Little and Rubin 2019, ch. 7).
 * A factor is a regression, learned from the sources that ask the group and from no others: they
 * need not be large to be heard, and whatever they show, the product of the factors is a
 * distribution, so that its matrix is positive definite. Two groups that no source asks together
 * are independent given what stands before them. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "model/copula/copula_priv.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/nn/blas.h"

static const double least_ridge = 0.002; /* no correlation is above 0.998 */

typedef struct Feature {
    const uint8_t *asked; /* (n_blocks) */
    size_t n_blocks;
    double mass; /* of the sources that ask it */
    uint32_t id;
    bool last; /* of the source itself: given all others */
} Feature;

typedef struct Compose {
    const MkDesign *design;
    const MkMoments *moments; /* (n_blocks) */
    double prior;
    double *r;         /* (n, n) */
    Feature *features; /* (n) in order */
    uint8_t *asked;    /* (n, n_blocks) */
    double *system;    /* (n, n) second moments of a group and what stands before it */
    double *known;     /* (n, n) correlations of what stands before it */
    double *beta;      /* (n, n) */
    double *cross;     /* (n, n) */
    uint32_t *before;  /* (n) */
} Compose;

static int by_breadth(const void *a, const void *b)
{
    const Feature *const x = a, *const y = b;
    if (x->last != y->last) {
        return x->last ? 1 : -1;
    }
    if (x->mass != y->mass) {
        return x->mass < y->mass ? 1 : -1;
    }
    const int order = memcmp(y->asked, x->asked, x->n_blocks);
    return order != 0 ? order : (x->id > y->id) - (x->id < y->id);
}

static bool same_group(const Feature *a, const Feature *b)
{
    return a->last == b->last && memcmp(a->asked, b->asked, a->n_blocks) == 0;
}

static void order_features(Compose *c)
{
    const MkDesign *const d = c->design;
    for (size_t g = 0; g < d->n_blocks; g++) {
        for (size_t k = 0; k < d->blocks[g].n; k++) {
            c->asked[d->blocks[g].ids[k] * d->n_blocks + g] = 1;
        }
    }
    for (size_t a = 0; a < d->n; a++) {
        const uint8_t *const asked = c->asked + a * d->n_blocks;
        double mass = 0.0;
        for (size_t g = 0; g < d->n_blocks; g++) {
            mass += asked[g] ? c->moments[g].mass : 0.0;
        }
        c->features[a] = (Feature){asked, d->n_blocks, mass, (uint32_t)a, d->of_source[a] != 0};
    }
    qsort(c->features, d->n, sizeof *c->features, by_breadth);
}

/* Features before `first` that one of the sources that ask it asks too, into c->before. */
static size_t list_before(Compose *c, size_t first)
{
    const Feature *const group = &c->features[first];
    size_t p = 0;
    for (size_t i = 0; i < first; i++) {
        bool shared = false;
        for (size_t g = 0; g < group->n_blocks && !shared; g++) {
            shared = group->asked[g] && c->features[i].asked[g];
        }
        if (shared) {
            c->before[p++] = (uint32_t)i;
        }
    }
    return p;
}

/* Second moments in the sources that ask a group, with the prior, lower triangle: the p features
 * before it, then its own q. */
static void make_system(Compose *c, size_t first, size_t q, size_t p)
{
    const Feature *const group = &c->features[first];
    const size_t n = c->design->n, m = p + q;
    double mass = 0.0, people = 0.0;
    memset(c->system, 0, m * m * sizeof *c->system);
    for (size_t k = 0; k < q; k++) {
        c->before[p + k] = (uint32_t)(first + k);
    }
    for (size_t g = 0; g < group->n_blocks; g++) {
        if (!group->asked[g]) {
            continue;
        }
        mass += c->moments[g].mass;
        people += c->moments[g].people;
        for (size_t i = 0; i < m; i++) {
            const float *const row = c->moments[g].sum + c->features[c->before[i]].id * n;
            for (size_t k = 0; k <= i; k++) {
                c->system[i * m + k] += (double)row[c->features[c->before[k]].id];
            }
        }
    }
    const double ridge = people > 0.0 ? fmax(c->prior / people, least_ridge) : 1.0;
    for (size_t i = 0; i < m; i++) {
        for (size_t k = 0; k <= i && mass > 0.0; k++) {
            c->system[i * m + k] /= mass;
        }
        c->system[i * m + i] += ridge;
    }
}

/* From the factor of the system [L_pp 0; L_qp L_qq]: beta (p, q) = L_pp^-T L_qp'. */
static void regress(Compose *c, size_t p, size_t q)
{
    const size_t m = p + q;
    for (size_t i = 0; i < p; i++) {
        for (size_t k = 0; k < q; k++) {
            c->beta[i * q + k] = c->system[(p + k) * m + i];
        }
    }
    mk_dtrsm_lower(true, p, q, c->system, m, c->beta, q);
}

/* Correlations of a group with all before it, and within it. */
static void compose_group(Compose *c, size_t first, size_t q, size_t p)
{
    const size_t n = c->design->n, m = p + q;
    double *const r = c->r;
    for (size_t i = 0; i < p; i++) {
        const double *const row = r + c->features[c->before[i]].id * n;
        for (size_t k = 0; k < first; k++) {
            c->known[i * first + k] = row[c->features[k].id];
        }
    }
    if (p > 0) { /* cross (first, q) = R beta */
        mk_dgemm_part(first, q, p, c->known, first, c->beta, q, c->cross, q);
    } else {
        memset(c->cross, 0, first * q * sizeof *c->cross);
    }
    for (size_t i = 0; i < p; i++) {
        memcpy(c->known + i * q, c->cross + c->before[i] * q, q * sizeof *c->known);
    }
    for (size_t i = 0; i < q; i++) { /* L_qq' under it: rest L_qq L_qq' */
        for (size_t k = 0; k < q; k++) {
            c->known[(p + i) * q + k] = k >= i ? c->system[(p + k) * m + p + i] : 0.0;
            c->beta[(p + i) * q + k] = c->known[(p + i) * q + k];
        }
    }
    double *const variance = c->system; /* which has served */
    mk_dgemm_part(q, q, m, c->beta, q, c->known, q, variance, q);
    for (size_t i = 0; i < q; i++) {
        const uint32_t a = c->features[first + i].id;
        const double scale = 1.0 / sqrt(variance[i * q + i]);
        for (size_t k = 0; k < first; k++) {
            const uint32_t b = c->features[k].id;
            r[a * n + b] = r[b * n + a] = c->cross[k * q + i] * scale;
        }
        for (size_t k = 0; k < i; k++) {
            const uint32_t b = c->features[first + k].id;
            r[a * n + b] = r[b * n + a] = variance[i * q + k] * scale / sqrt(variance[k * q + k]);
        }
        r[a * n + a] = 1.0;
    }
}

static MkStatus compose(Compose *c, MkError *err)
{
    const size_t n = c->design->n;
    for (size_t first = 0, end = 0; first < n; first = end) {
        for (end = first + 1; end < n && same_group(&c->features[first], &c->features[end]);) {
            end++;
        }
        const size_t q = end - first, p = list_before(c, first);
        make_system(c, first, q, p);
        if (!mk_dpotrf(p + q, c->system, p + q)) {
            return mk_fail(err, MK_ENUMERIC,
                           "the moments of %zu features are not positive definite", p + q);
        }
        regress(c, p, q);
        compose_group(c, first, q, p);
    }
    return MK_OK;
}

MkStatus mk_copula_compose(const MkDesign *design, const MkMoments *moments, double prior,
                           double *r, MkError *err)
{
    MkStatus st = MK_OK;
    const size_t n = design->n;
    Compose c = {.design = design, .moments = moments, .prior = prior, .r = r};
    c.features = mk_heap_array(n, sizeof *c.features);
    c.asked = mk_heap_array(n * design->n_blocks, sizeof *c.asked);
    c.system = mk_heap_array(n * n, sizeof *c.system);
    c.known = mk_heap_array(n * n, sizeof *c.known);
    c.beta = mk_heap_array(n * n, sizeof *c.beta);
    c.cross = mk_heap_array(n * n, sizeof *c.cross);
    c.before = mk_heap_array(n, sizeof *c.before);
    if (c.features == NULL || c.asked == NULL || c.system == NULL || c.known == NULL ||
        c.beta == NULL || c.cross == NULL || c.before == NULL) {
        st = mk_fail(err, MK_ENOMEM, "out of memory for %zu features", n);
        goto done;
    }
    memset(c.asked, 0, n * design->n_blocks);
    order_features(&c);
    st = compose(&c, err);
done:
    free(c.features);
    free(c.asked);
    free(c.system);
    free(c.known);
    free(c.beta);
    free(c.cross);
    free(c.before);
    return st;
}

/* ---- what a source does not ask ---- */

/* to (rows, m) = from at rows `row_ids`, columns `ids`. */
static void take(const double *from, size_t n, const uint32_t *row_ids, size_t rows,
                 const uint32_t *ids, size_t m, float *to)
{
    for (size_t i = 0; i < rows; i++) {
        for (size_t k = 0; k < m; k++) {
            to[i * m + k] = (float)from[row_ids[i] * n + ids[k]];
        }
    }
}

/* sum at rows `row_ids`, columns `ids` = from (rows, m), and the other way round. */
static void put(const float *from, const uint32_t *row_ids, size_t rows, const uint32_t *ids,
                size_t m, float *sum, size_t n)
{
    for (size_t i = 0; i < rows; i++) {
        for (size_t k = 0; k < m; k++) {
            sum[row_ids[i] * n + ids[k]] = sum[ids[k] * n + row_ids[i]] = from[i * m + k];
        }
    }
}

static size_t list_others(const MkBlock *b, size_t n, uint32_t *others)
{
    size_t o = 0;
    for (size_t a = 0, k = 0; a < n; a++) {
        if (k < b->n && b->ids[k] == a) {
            k++;
        } else {
            others[o++] = (uint32_t)a;
        }
    }
    return o;
}

MkStatus mk_copula_extend(const MkBlock *b, size_t n, const double *r, const double *precision,
                          const double *asked, double mass, float *sum, MkError *err)
{
    MkStatus st = MK_OK;
    const size_t m = b->n, o = n - m;
    uint32_t *const others = mk_heap_array(o, sizeof *others);
    float *const square = mk_heap_array(m * m, sizeof *square);
    float *const cross = mk_heap_array(o * m, sizeof *cross);
    float *const beta = mk_heap_array(o * m, sizeof *beta);
    float *const product = mk_heap_array(o * m, sizeof *product);
    float *const rest = mk_heap_array(o * o, sizeof *rest);
    if (others == NULL || square == NULL || cross == NULL || beta == NULL || product == NULL ||
        rest == NULL) {
        st = mk_fail(err, MK_ENOMEM, "out of memory for %zu features", n);
        goto done;
    }
    list_others(b, n, others);
    for (size_t i = 0; i < m * m; i++) {
        square[i] = (float)precision[i];
    }
    take(r, n, others, o, b->ids, m, cross);
    take(r, n, others, o, others, o, rest);
    /* beta = R_om K_mm; rest = beta M_mm beta' + mass (R_oo - beta R_mo - R_om beta' + beta R_mm
     * beta'): in this form an error of beta counts by its square (Joseph) */
    if (o > 0) {
        mk_sgemm(false, false, o, m, m, 1.0F, cross, m, square, m, 0.0F, beta, m);
    }
    for (size_t i = 0; i < m * m; i++) {
        const size_t a = i / m, k = i % m;
        square[i] = (float)(a >= k ? asked[i] : asked[k * m + a]);
    }
    put(square, b->ids, m, b->ids, m, sum, n);
    if (o > 0) {
        mk_sgemm(false, false, o, m, m, 1.0F, beta, m, square, m, 0.0F, product, m);
        put(product, others, o, b->ids, m, sum, n);
        for (size_t i = 0; i < m * m; i++) {
            square[i] += (float)(mass * r[b->ids[i / m] * n + b->ids[i % m]]);
        }
        memcpy(product, cross, o * m * sizeof *product);
        mk_sgemm(false, false, o, m, m, 1.0F, beta, m, square, m, (float)-mass, product, m);
        mk_sgemm(false, true, o, o, m, 1.0F, product, m, beta, m, (float)mass, rest, o);
        mk_sgemm(false, true, o, o, m, (float)-mass, beta, m, cross, m, 1.0F, rest, o);
        put(rest, others, o, others, o, sum, n);
    }
done:
    free(others);
    free(square);
    free(cross);
    free(beta);
    free(product);
    free(rest);
    return st;
}
