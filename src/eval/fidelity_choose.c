/* fidelity_choose.c - which pairs of attributes are most strongly associated in training people.
 *
 * By normalised mutual information, 2 I(x; y) / (H(x) + H(y)), of numbers in 15 quantile bins and
 * levels, less what as few people of independent attributes would show (Miller 1955). An attribute
 * is in at most three pairs, so that one family does not fill the list; a pair that says the same
 * twice (above 0.95: one value in two units) is none. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/eval/fidelity_choose.h"

enum { BINS = 15, CODES = 64, NONE = CODES, LEAST = 100, EACH_MOST = 3 };
enum { STEPS = 1000, LOOKED_AT = 20000 }; /* pairs that are sorted, about */
static const double weakest = 0.02, strongest = 0.95;

typedef struct Scan {
    const MkCancel *cancel;
    const MkSchema *schema;
    const MkCrowd *people;
    size_t n;        /* attributes that can be one of a pair */
    size_t *ids;     /* (n) */
    uint8_t *codes;  /* (n, people) NONE: missing */
    size_t *n_codes; /* (n) */
    double *xlogx;   /* (people + 1) */
    float *score;    /* lower triangle */
} Scan;

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static size_t encode(const Scan *c, size_t j, double *room, uint8_t *codes)
{
    const double *const x = mk_crowd_column(c->people, j);
    const MkAttribute *const attribute = &c->schema->attributes[j];
    double edges[BINS];
    size_t n = 0, n_edges = 0;
    for (size_t i = 0; i < c->people->n; i++) {
        codes[i] = NONE;
        if (!isnan(x[i])) {
            room[n++] = x[i];
        }
    }
    if (n < LEAST || attribute->n_levels > CODES) {
        return 0;
    }
    qsort(room, n, sizeof *room, ascending);
    for (size_t k = 1; k < BINS; k++) {
        const double edge = room[(k * n + BINS - 1) / BINS - 1];
        if (edge < room[n - 1] && (n_edges == 0 || edge > edges[n_edges - 1])) {
            edges[n_edges++] = edge;
        }
    }
    const bool is_number = mk_type_is_number(attribute->type);
    for (size_t i = 0; i < c->people->n; i++) {
        size_t k = 0;
        while (is_number && k < n_edges && !isnan(x[i]) && x[i] > edges[k]) {
            k++;
        }
        if (!isnan(x[i])) {
            codes[i] = (uint8_t)(is_number ? k : (size_t)x[i]);
        }
    }
    return is_number ? n_edges + 1 : attribute->n_levels;
}

static double score_pair(const Scan *c, size_t a, size_t b, uint32_t *joint)
{
    const size_t n = c->people->n, wide = CODES + 1;
    const size_t na = c->n_codes[a], nb = c->n_codes[b];
    const uint8_t *const x = c->codes + a * n, *const y = c->codes + b * n;
    uint32_t of_a[CODES] = {0}, of_b[CODES] = {0};
    double both = 0.0, ha = 0.0, hb = 0.0, hab = 0.0, total = 0.0;
    size_t cells = 0, ka = 0, kb = 0;
    for (size_t i = 0; i < na; i++) {
        memset(joint + i * wide, 0, nb * sizeof *joint);
    }
    for (size_t i = 0; i < n; i++) {
        joint[x[i] * wide + y[i]]++;
    }
    for (size_t i = 0; i < na; i++) {
        for (size_t k = 0; k < nb; k++) {
            const uint32_t count = joint[i * wide + k];
            of_a[i] += count;
            of_b[k] += count;
            hab += c->xlogx[count];
            cells += count > 0 ? 1 : 0;
        }
        total += of_a[i];
        ha += c->xlogx[of_a[i]];
        ka += of_a[i] > 0 ? 1 : 0;
    }
    for (size_t k = 0; k < nb; k++) {
        hb += c->xlogx[of_b[k]];
        kb += of_b[k] > 0 ? 1 : 0;
    }
    if (total < LEAST) {
        return 0.0;
    }
    both = log(total) - hab / total;
    ha = log(total) - ha / total;
    hb = log(total) - hb / total;
    /* Miller: entropies of k cells are (k - 1) / 2 n too small */
    const double bias = ((double)cells - (double)ka - (double)kb + 1.0) / (2.0 * total);
    return ha + hb > 0.0 ? 2.0 * (ha + hb - both - fmax(bias, 0.0)) / (ha + hb) : 0.0;
}

static void score_task(void *ctx, size_t a, size_t worker)
{
    (void)worker;
    const Scan *const c = ctx;
    uint32_t joint[(CODES + 1) * (CODES + 1)] = {0};
    for (size_t b = 0; b < a; b++) {
        if (mk_cancelled(c->cancel)) {
            return;
        }
        c->score[a * (a - 1) / 2 + b] = (float)score_pair(c, a, b, joint);
    }
}

/* ---- the strongest ---- */

static int stronger(const void *a, const void *b)
{
    const MkChosenPair *const x = a, *const y = b;
    if (x->score != y->score) {
        return x->score < y->score ? 1 : -1;
    }
    return x->a != y->a ? (x->a > y->a) - (x->a < y->a) : (x->b > y->b) - (x->b < y->b);
}

static bool have_both(const MkCrowd *p, size_t a, size_t b)
{
    const double *const x = mk_crowd_column(p, a), *const y = mk_crowd_column(p, b);
    const size_t least = p->n / 4 < MK_CHOICE_JUDGED ? p->n / 4 : MK_CHOICE_JUDGED;
    size_t n = 0;
    for (size_t i = 0; i < p->n; i++) {
        n += !isnan(x[i]) && !isnan(y[i]) ? 1 : 0;
    }
    return n >= least;
}

static bool may_count(float score, double least)
{
    return (double)score > least && (double)score <= strongest;
}

/* A score above which about LOOKED_AT pairs lie. */
static double cutoff(const Scan *c)
{
    size_t count[STEPS + 1] = {0}, n = 0, k = STEPS;
    for (size_t i = 0; i < c->n * (c->n - 1) / 2; i++) {
        if (may_count(c->score[i], weakest)) {
            count[(size_t)((double)c->score[i] * STEPS)]++;
        }
    }
    for (; k > 0 && n < LOOKED_AT; k--) {
        n += count[k];
    }
    return fmax((double)k / STEPS, weakest);
}

static MkStatus take(const Scan *c, const MkChoice *choice, MkArena *arena, MkChosenPair **out,
                     size_t *n_out, MkError *err)
{
    const double least = c->n > 1 ? cutoff(c) : 0.0;
    size_t all = 0;
    for (size_t i = 0; c->n > 1 && i < c->n * (c->n - 1) / 2; i++) {
        all += may_count(c->score[i], least) ? 1 : 0;
    }
    MkChosenPair *const pairs = mk_arena_array(arena, all + 1, sizeof *pairs);
    uint8_t *const used = mk_arena_zeros(arena, choice->schema->n + 1, sizeof *used);
    size_t n = 0, kept = 0;
    if (pairs == NULL || used == NULL) {
        return mk_fail(err, MK_ENOMEM, "out of memory for pairs");
    }
    for (size_t a = 1; a < c->n; a++) {
        for (size_t b = 0; b < a; b++) {
            const float score = c->score[a * (a - 1) / 2 + b];
            if (may_count(score, least)) {
                pairs[n++] = (MkChosenPair){.a = c->ids[a], .b = c->ids[b], .score = (double)score};
            }
        }
    }
    qsort(pairs, n, sizeof *pairs, stronger);
    for (size_t k = 0; k < n && kept < choice->most; k++) {
        const MkChosenPair pair = pairs[k];
        if (used[pair.a] < EACH_MOST && used[pair.b] < EACH_MOST &&
            have_both(choice->judged, pair.a, pair.b)) {
            used[pair.a]++;
            used[pair.b]++;
            pairs[kept++] = pair;
        }
    }
    *out = pairs;
    *n_out = kept;
    return MK_OK;
}

MkStatus mk_fidelity_choose(const MkChoice *choice, MkArena *arena, MkChosenPair **out,
                            size_t *n_out, MkError *err)
{
    const size_t d = choice->schema->n, n = choice->people->n;
    Scan c = {.cancel = choice->cancel, .schema = choice->schema, .people = choice->people};
    double *const room = mk_arena_array(arena, n + 1, sizeof *room);
    c.ids = mk_arena_array(arena, d + 1, sizeof *c.ids);
    c.codes = mk_arena_array(arena, d * n + 1, sizeof *c.codes);
    c.n_codes = mk_arena_array(arena, d + 1, sizeof *c.n_codes);
    c.xlogx = mk_arena_array(arena, n + 1, sizeof *c.xlogx);
    c.score = mk_arena_zeros(arena, d * d / 2 + 1, sizeof *c.score);
    if (room == NULL || c.ids == NULL || c.codes == NULL || c.n_codes == NULL || c.xlogx == NULL ||
        c.score == NULL) {
        return mk_fail(err, MK_ENOMEM, "out of memory for pairs");
    }
    for (size_t k = 0; k <= n; k++) {
        c.xlogx[k] = k > 0 ? (double)k * log((double)k) : 0.0;
    }
    for (size_t j = 0; j < d; j++) {
        if (choice->allowed[j]) {
            c.n_codes[c.n] = encode(&c, j, room, c.codes + c.n * n);
            c.ids[c.n] = j;
            c.n += c.n_codes[c.n] > 1 ? 1 : 0;
        }
    }
    mk_pool_run(choice->pool, c.n, score_task, &c);
    return take(&c, choice, arena, out, n_out, err);
}
