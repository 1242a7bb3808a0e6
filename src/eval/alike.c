#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "src/eval/alike.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/rng.h"

enum { LEVELS = MK_ALIKE_LEVELS, LEAST = MK_ALIKE_LEAST, LOOKED_AT = 4 };

static MkStatus no_memory(MkError *err)
{
    return mk_fail(err, MK_ENOMEM, "out of memory for pairs");
}

/* ---- cells ---- */

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Values that are there, ascending: out (p->n). */
static size_t sorted(const MkCrowd *p, size_t j, double *out)
{
    const double *const x = mk_crowd_column(p, j);
    size_t n = 0;
    for (size_t i = 0; i < p->n; i++) {
        if (!isnan(x[i])) {
            out[n++] = x[i];
        }
    }
    if (n > 0) {
        qsort(out, n, sizeof *out, ascending);
    }
    return n;
}

/* Edges above which a tenth more of the people lies, each once: a value on an edge is below it. */
static size_t quantile_edges(const double *x, size_t n, double *edges)
{
    size_t n_edges = 0;
    for (size_t k = 1; k < MK_ALIKE_BINS && n > 0; k++) {
        const double edge = x[(k * n + MK_ALIKE_BINS - 1) / MK_ALIKE_BINS - 1];
        if (edge < x[n - 1] && (n_edges == 0 || edge > edges[n_edges - 1])) {
            edges[n_edges++] = edge;
        }
    }
    return n_edges;
}

MkStatus mk_coders_new(const MkSchema *schema, const MkCrowd *people, MkBins bins, MkArena *arena,
                       MkCoder **out, MkError *err)
{
    MkCoder *const coders = mk_arena_zeros(arena, schema->n + 1, sizeof *coders);
    double *const x = mk_arena_array(arena, people->n + 1, sizeof *x);
    double *const edges = mk_arena_array(arena, schema->n * MK_ALIKE_BINS + 1, sizeof *edges);
    if (coders == NULL || x == NULL || edges == NULL) {
        return no_memory(err);
    }
    for (size_t j = 0; j < schema->n; j++) {
        const MkAttribute *const attribute = &schema->attributes[j];
        MkCoder *const c = &coders[j];
        *c = (MkCoder){.is_number = mk_type_is_number(attribute->type), .width = 1.0};
        c->n = c->is_number ? MK_ALIKE_BINS : attribute->n_levels;
        if (!c->is_number) {
            continue;
        }
        const size_t n = sorted(people, j, x);
        if (n > 0 && bins == MK_BINS_EQUAL) {
            c->low = x[0];
            c->width = fmax((x[n - 1] - x[0]) / MK_ALIKE_BINS, 1e-12);
        } else if (bins == MK_BINS_QUANTILE) {
            c->within = edges + j * MK_ALIKE_BINS;
            c->n = 1 + quantile_edges(x, n, edges + j * MK_ALIKE_BINS);
        }
    }
    *out = coders;
    return MK_OK;
}

size_t mk_code(const MkCoder *c, double value)
{
    if (!c->is_number) {
        return (size_t)value;
    }
    if (c->within != NULL) {
        size_t k = 0;
        while (k + 1 < c->n && value > c->within[k]) {
            k++;
        }
        return k;
    }
    const double at = floor((value - c->low) / c->width);
    return at < 0.0 ? 0 : at >= (double)c->n ? c->n - 1 : (size_t)at;
}

/* ---- shapes ---- */

/* A person's place among the values. */
typedef struct Place {
    double x;
    size_t person;
} Place;

static int by_value(const void *a, const void *b)
{
    const double x = ((const Place *)a)->x, y = ((const Place *)b)->x;
    return (x > y) - (x < y);
}

static size_t places(const MkCrowd *p, size_t j, Place *out)
{
    const double *const x = mk_crowd_column(p, j);
    size_t n = 0;
    for (size_t i = 0; i < p->n; i++) {
        if (!isnan(x[i])) {
            out[n++] = (Place){x[i], i};
        }
    }
    if (n > 0) {
        qsort(out, n, sizeof *out, by_value);
    }
    return n;
}

static double weight_of(const double *w, size_t person)
{
    return w != NULL ? w[person] : 1.0;
}

static double sum_of(const Place *p, size_t n, const double *w)
{
    double sum = 0.0;
    for (size_t i = 0; i < n; i++) {
        sum += weight_of(w, p[i].person);
    }
    return sum;
}

static double shape_number(const Place *a, size_t n, const double *wa, const Place *b, size_t m,
                           const double *wb)
{
    const double all_a = sum_of(a, n, wa), all_b = sum_of(b, m, wb);
    double most = 0.0, below_a = 0.0, below_b = 0.0;
    if (!(all_b > 0.0)) {
        return 0.0;
    }
    for (size_t i = 0, k = 0; i < n || k < m;) {
        const double at = k >= m || (i < n && a[i].x <= b[k].x) ? a[i].x : b[k].x;
        for (; i < n && a[i].x <= at; i++) {
            below_a += weight_of(wa, a[i].person);
        }
        for (; k < m && b[k].x <= at; k++) {
            below_b += weight_of(wb, b[k].person);
        }
        most = fmax(most, fabs(below_a / all_a - below_b / all_b));
    }
    return 1.0 - most;
}

static double shape_levels(size_t n_levels, const Place *a, size_t n, const double *wa,
                           const Place *b, size_t m, const double *wb)
{
    const double all_a = sum_of(a, n, wa), all_b = sum_of(b, m, wb);
    double share[LEVELS] = {0}, apart = 0.0;
    if (!(all_b > 0.0)) {
        return 0.0;
    }
    for (size_t i = 0; i < n; i++) {
        share[(size_t)a[i].x] += weight_of(wa, a[i].person) / all_a;
    }
    for (size_t i = 0; i < m; i++) {
        share[(size_t)b[i].x] -= weight_of(wb, b[i].person) / all_b;
    }
    for (size_t k = 0; k < n_levels; k++) {
        apart += fabs(share[k]);
    }
    return 1.0 - 0.5 * apart;
}

MkStatus mk_alike_shape(const MkCoder *coder, const MkCrowd *real, const MkCrowd *made, size_t j,
                        size_t n_sets, double *out, MkError *err)
{
    Place *const a = malloc((real->n + made->n + 1) * sizeof *a);
    if (a == NULL) {
        return no_memory(err);
    }
    Place *const b = a + real->n;
    const size_t n = places(real, j, a), m = places(made, j, b);
    for (size_t k = 0; k < n_sets; k++) {
        const double *const wa = mk_crowd_weights(real, k), *const wb = mk_crowd_weights(made, k);
        out[k] = n < LEAST          ? NAN
                 : m == 0           ? 0.0
                 : coder->is_number ? shape_number(a, n, wa, b, m, wb)
                                    : shape_levels(coder->n, a, n, wa, b, m, wb);
    }
    free(a);
    return MK_OK;
}

/* ---- pairs ---- */

/* Those who have both: their two values and who they are. */
typedef struct Both {
    size_t n;
    double *x, *y;
    size_t *person;
} Both;

/* Room for n people from `room`, which moves on. */
static Both both_of(const MkCrowd *p, size_t a, size_t b, void **room)
{
    const double *const x = mk_crowd_column(p, a), *const y = mk_crowd_column(p, b);
    double *const values = *room;
    Both both = {.x = values, .y = values + p->n, .person = (size_t *)(void *)(values + 2 * p->n)};
    *room = both.person + p->n;
    for (size_t i = 0; i < p->n; i++) {
        both.x[both.n] = x[i];
        both.y[both.n] = y[i];
        both.person[both.n] = i;
        both.n += !isnan(x[i]) && !isnan(y[i]) ? 1 : 0;
    }
    return both;
}

static size_t room_of(const MkCrowd *p)
{
    return p->n * (2 * sizeof(double) + sizeof(size_t)) + 64;
}

static double pearson(const Both *p, const double *w)
{
    double n = 0, sa = 0, sb = 0, saa = 0, sbb = 0, sab = 0;
    for (size_t i = 0; i < p->n; i++) {
        const double v = weight_of(w, p->person[i]);
        n += v, sa += v * p->x[i], sb += v * p->y[i];
    }
    const double ma = sa / n, mb = sb / n;
    for (size_t i = 0; i < p->n; i++) {
        const double v = weight_of(w, p->person[i]), x = p->x[i] - ma, y = p->y[i] - mb;
        saa += v * x * x, sbb += v * y * y, sab += v * x * y;
    }
    const double s = sqrt(saa * sbb);
    return s > 0.0 ? sab / s : 0.0;
}

/* Values become cells. */
static void encode(const MkCoder *a, const MkCoder *b, Both *p)
{
    for (size_t i = 0; i < p->n; i++) {
        p->x[i] = (double)(mk_code(a, p->x[i]) * b->n + mk_code(b, p->y[i]));
    }
}

static double tabulate(const Both *p, const double *w, size_t cells, double *out)
{
    double n = 0.0;
    memset(out, 0, cells * sizeof *out);
    for (size_t i = 0; i < p->n; i++) {
        const double v = weight_of(w, p->person[i]);
        out[(size_t)p->x[i]] += v;
        n += v;
    }
    for (size_t k = 0; k < cells && n > 0.0; k++) {
        out[k] /= n;
    }
    return n;
}

static double cramer(const double *t, size_t na, size_t nb)
{
    double pa[LEVELS] = {0}, pb[LEVELS] = {0}, chi = 0.0;
    size_t ka = 0, kb = 0;
    for (size_t i = 0; i < na; i++) {
        for (size_t k = 0; k < nb; k++) {
            pa[i] += t[i * nb + k];
            pb[k] += t[i * nb + k];
        }
    }
    for (size_t i = 0; i < na; i++) {
        ka += pa[i] > 0.0;
        for (size_t k = 0; k < nb; k++) {
            const double e = pa[i] * pb[k];
            chi += e > 0.0 ? (t[i * nb + k] - e) * (t[i * nb + k] - e) / e : 0.0;
        }
    }
    for (size_t k = 0; k < nb; k++) {
        kb += pb[k] > 0.0;
    }
    const size_t least = ka < kb ? ka : kb;
    return least > 1 ? sqrt(chi / (double)(least - 1)) : 0.0;
}

static double trend_numbers(const Both *real, const Both *made, const double *wr, const double *wm)
{
    double n = 0.0;
    for (size_t i = 0; i < made->n; i++) {
        n += weight_of(wm, made->person[i]);
    }
    return n > 0.0 ? 1.0 - 0.5 * fabs(pearson(real, wr) - pearson(made, wm)) : 0.0;
}

static double trend_cells(const Both *real, const Both *made, const double *wr, const double *wm,
                          size_t cells, double *t, double *u)
{
    double apart = 0.0;
    (void)tabulate(real, wr, cells, t);
    if (!(tabulate(made, wm, cells, u) > 0.0)) {
        return 0.0;
    }
    for (size_t k = 0; k < cells; k++) {
        apart += fabs(t[k] - u[k]);
    }
    return 1.0 - 0.5 * apart;
}

MkStatus mk_alike_trend(const MkTrend *trend, size_t a, size_t b, size_t n_sets, double *out,
                        MkError *err)
{
    const MkCoder *const ca = &trend->real_coders[a], *const cb = &trend->real_coders[b];
    const size_t cells = ca->n * cb->n;
    char *const all =
        malloc(room_of(trend->real) + room_of(trend->made) + 2 * cells * sizeof(double));
    if (all == NULL) {
        return no_memory(err);
    }
    void *room = (double *)(void *)all + 2 * cells;
    double *const t = (double *)(void *)all;
    Both real = both_of(trend->real, a, b, &room), made = both_of(trend->made, a, b, &room);
    const bool is_numbers = ca->is_number && cb->is_number;
    if (!is_numbers) {
        encode(ca, cb, &real);
        encode(&trend->made_coders[a], &trend->made_coders[b], &made);
    }
    for (size_t k = 0; k < n_sets; k++) {
        const double *const wr = mk_crowd_weights(trend->real, k);
        const double *const wm = mk_crowd_weights(trend->made, k);
        out[k] = real.n < LEAST ? NAN
                 : is_numbers   ? trend_numbers(&real, &made, wr, wm)
                                : trend_cells(&real, &made, wr, wm, cells, t, t + cells);
    }
    free(all);
    return MK_OK;
}

/* ---- which pairs ---- */

static MkStatus is_related(const MkCoder *coders, const MkCrowd *real, MkPair *pair, MkError *err)
{
    const MkCoder *const a = &coders[pair->a], *const b = &coders[pair->b];
    char *const all = malloc(room_of(real) + a->n * b->n * sizeof(double));
    if (all == NULL) {
        return no_memory(err);
    }
    double *const t = (double *)(void *)all;
    void *room = t + a->n * b->n;
    Both both = both_of(real, pair->a, pair->b, &room);
    const double *const w = mk_crowd_weights(real, 0);
    if (both.n >= LEAST && a->is_number && b->is_number) {
        pair->is_related = fabs(pearson(&both, w)) > 0.2;
    } else if (both.n >= LEAST) {
        encode(a, b, &both);
        (void)tabulate(&both, w, a->n * b->n, t);
        pair->is_related = cramer(t, a->n, b->n) > 0.1;
    }
    free(all);
    return MK_OK;
}

typedef struct Relating {
    const MkCoder *coders;
    const MkCrowd *real;
    MkPair *pairs;
    MkStatus *statuses;
} Relating;

static void relate_task(void *ctx, size_t index, size_t worker)
{
    (void)worker;
    const Relating *const r = ctx;
    r->statuses[index] = is_related(r->coders, r->real, &r->pairs[index], NULL);
}

static void list_all(size_t d, MkPair *pairs)
{
    size_t n = 0;
    for (size_t a = 0; a < d; a++) {
        for (size_t b = 0; b < a; b++) {
            pairs[n++] = (MkPair){.a = (uint32_t)a, .b = (uint32_t)b};
        }
    }
}

/* Random ones; two may be the same pair, which counts twice. */
static void list_some(size_t d, size_t n, uint64_t seed, MkPair *pairs)
{
    MkRng rng = mk_rng(seed, MK_RNG_BOOTSTRAP, 0x9A125);
    for (size_t k = 0; k < n; k++) {
        const size_t a = mk_rng_below(&rng, d), other = mk_rng_below(&rng, d - 1);
        const size_t b = other < a ? other : other + 1;
        pairs[k] = (MkPair){.a = (uint32_t)(a > b ? a : b), .b = (uint32_t)(a > b ? b : a)};
    }
}

MkStatus mk_pairs_choose(const MkCoder *coders, const MkCrowd *real, size_t most, uint64_t seed,
                         MkPool *pool, MkArena *arena, MkPairs *out, MkError *err)
{
    const size_t d = real->d, all = d * (d - 1) / 2;
    const bool is_some = most > 0 && all > most;
    const size_t n = is_some ? (1 + LOOKED_AT) * most : all;
    MkPair *const pairs = mk_arena_zeros(arena, n + 1, sizeof *pairs);
    MkStatus *const statuses = mk_arena_zeros(arena, n + 1, sizeof *statuses);
    if (pairs == NULL || statuses == NULL) {
        return no_memory(err);
    }
    if (is_some) {
        list_some(d, n, seed, pairs);
    } else {
        list_all(d, pairs);
    }
    Relating relating = {coders, real, pairs, statuses};
    mk_pool_run(pool, n, relate_task, &relating);
    for (size_t k = 0; k < n; k++) {
        if (statuses[k] != MK_OK) {
            return no_memory(err);
        }
    }
    *out = (MkPairs){.n = is_some ? most : n, .pairs = pairs, .n_random = is_some ? most : n};
    for (size_t k = out->n; is_some && k < n && out->n < 2 * most; k++) {
        if (pairs[k].is_related) {
            pairs[out->n++] = pairs[k];
        }
    }
    return MK_OK;
}

/* ---- means ---- */

static bool is_out(const bool *left_out, size_t j)
{
    return left_out != NULL && left_out[j];
}

MkStatus mk_alike(const MkCoder *coders, const MkPairs *pairs, const MkCrowd *real,
                  const MkCrowd *made, const bool *left_out, MkAlike *out, MkError *err)
{
    const MkTrend trend = {coders, coders, real, made};
    double shapes = 0.0, trends = 0.0, related = 0.0, n = 0.0, m = 0.0, counted = 0.0, score = 0.0;
    for (size_t j = 0; j < real->d; j++) {
        if (!is_out(left_out, j)) {
            MK_TRY(mk_alike_shape(&coders[j], real, made, j, 1, &score, err));
            shapes += isnan(score) ? 0.0 : score;
            counted += isnan(score) ? 0.0 : 1.0;
        }
    }
    for (size_t k = 0; k < pairs->n; k++) {
        const MkPair *const pair = &pairs->pairs[k];
        if (is_out(left_out, pair->a) || is_out(left_out, pair->b)) {
            continue;
        }
        MK_TRY(mk_alike_trend(&trend, pair->a, pair->b, 1, &score, err));
        if (!isnan(score)) {
            trends += k < pairs->n_random ? score : 0.0;
            n += k < pairs->n_random ? 1.0 : 0.0;
            related += pair->is_related ? score : 0.0;
            m += pair->is_related ? 1.0 : 0.0;
        }
    }
    *out = (MkAlike){.shapes = shapes / fmax(counted, 1.0),
                     .trends = trends / fmax(n, 1.0),
                     .related = related / fmax(m, 1.0)};
    return MK_OK;
}
