#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "model/support.h"

#include <math.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "model/nn/blas.h"
#include "model/normal.h"
#include "src/base/rng.h"

enum { SUPPORT_DRAWS = 512, CACHED = 24 };

/* One known attribute: its features follow those of the attributes before it. */
typedef struct Step {
    size_t attribute;
    size_t first, n_features; /* rows of the factor; the first is the score */
    double gain, s, log_s;    /* latent: mean = gain * conditional mean of the score, sd */
} Step;

/* People drawn with the same attributes known. */
typedef struct Crowd {
    MkArena *arena;
    const MkCopula *copula;
    size_t n, n_features;
    Step *steps;    /* (n), numbers first, then by id */
    double *factor; /* (n_features, n_features) Cholesky factor of R_oo */
    double *likely; /* (SUPPORT_DRAWS) log densities, ascending */
    uint64_t used;  /* when it was last asked */
} Crowd;

struct MkSupportCache {
    pthread_mutex_t lock;
    Crowd *crowds[CACHED];
    uint64_t clock;
};

static MkStatus out_of_memory(MkError *err)
{
    return mk_fail(err, MK_ENOMEM, "out of memory");
}

/* ---- the density ---- */

static bool is_atom(const MkMarginal *m, size_t cell)
{
    return m->knots != NULL && m->knots[cell][0] == m->knots[cell][MK_CELL_KNOTS - 1];
}

/* Log density (up to a constant) of a cell and score when the latent is N(mean, s^2). */
static double log_density(const MkMarginal *m, const Step *step, double mean, size_t cell,
                          double score)
{
    if (m->knots != NULL && !is_atom(m, cell)) {
        const double e = (score - mean) / step->s;
        return -0.5 * e * e - step->log_s;
    }
    const double mass = mk_normal_log_mass((m->tau[cell] - mean) / step->s,
                                           (m->tau[cell + 1] - mean) / step->s, -1e4);
    if (m->knots == NULL) {
        return mass;
    }
    return mass - log(fmax(m->share[cell], 1e-12)) - 0.5 * m->score[cell] * m->score[cell];
}

/* Values of a step's features and what they add to the solved right side, for one person;
 * solved (n_features) with `stride` between features. */
static void solve(const Crowd *c, const Step *step, size_t cell, double score, double *solved,
                  size_t stride)
{
    uint32_t ids[MK_FEATURES_PER_ATTRIBUTE];
    float values[MK_FEATURES_PER_ATTRIBUTE];
    const size_t n = mk_copula_encode_score(c->copula, step->attribute, cell, score, ids, values);
    for (size_t i = 0; i < n; i++) {
        const size_t f = step->first + i;
        const double *const row = c->factor + f * c->n_features;
        double sum = (double)values[i] - solved[f * stride];
        for (size_t k = step->first; k < f; k++) {
            sum -= row[k] * solved[k * stride];
        }
        solved[f * stride] = sum / row[f];
    }
}

/* Log density of values in the order of the steps; solved (n_features). */
static double log_density_of(const Crowd *c, const double *values, double *solved)
{
    double total = 0.0;
    for (size_t i = 0; i < c->n; i++) {
        const Step *const step = &c->steps[i];
        const MkMarginal *const m = &c->copula->marginals[step->attribute];
        for (size_t f = step->first; f < step->first + step->n_features; f++) {
            const double *const row = c->factor + f * c->n_features;
            solved[f] = 0.0;
            for (size_t k = 0; k < step->first; k++) {
                solved[f] += row[k] * solved[k];
            }
        }
        const size_t cell = mk_marginal_cell(m, values[i]);
        const double score = mk_marginal_normal(m, values[i]);
        total += log_density(m, step, step->gain * solved[step->first], cell, score);
        solve(c, step, cell, score, solved, 1);
    }
    return total;
}

/* ---- the crowd ---- */

static size_t cell_of_latent(const MkMarginal *m, double z)
{
    size_t low = 0, high = m->n_cells;
    while (high - low > 1) {
        const size_t mid = (low + high) / 2;
        if (m->tau[mid] <= z) {
            low = mid;
        } else {
            high = mid;
        }
    }
    return low;
}

/* Draws the step's value for everybody; solved (n_features, SUPPORT_DRAWS). */
static void draw_step(const Crowd *c, size_t i, const double *normals, size_t *order,
                      double *solved, double *likely)
{
    const Step *const step = &c->steps[i];
    const MkMarginal *const m = &c->copula->marginals[step->attribute];
    const double edge = mk_normal_quantile(1.0 - 0.5 / (double)(m->n_observed + 1));
    MkRng rng = mk_rng(1, MK_RNG_SUPPORT, i);
    mk_rng_shuffle(&rng, order, SUPPORT_DRAWS);
    for (size_t f = step->first; f < step->first + step->n_features; f++) {
        const double *const row = c->factor + f * c->n_features;
        double *const sum = solved + f * SUPPORT_DRAWS;
        memset(sum, 0, SUPPORT_DRAWS * sizeof *sum);
        for (size_t k = 0; k < step->first; k++) {
            const double *const from = solved + k * SUPPORT_DRAWS;
            const double r = row[k];
            for (size_t d = 0; d < SUPPORT_DRAWS; d++) {
                sum[d] += r * from[d];
            }
        }
    }
    for (size_t d = 0; d < SUPPORT_DRAWS; d++) {
        const double mean = step->gain * solved[step->first * SUPPORT_DRAWS + d];
        const double z = mean + step->s * normals[order[d]];
        const size_t cell = cell_of_latent(m, z);
        const bool whole = m->knots == NULL || is_atom(m, cell);
        const double score = whole ? m->score[cell] : fmin(fmax(z, -edge), edge);
        likely[d] += log_density(m, step, mean, cell, score);
        solve(c, step, cell, score, solved + d, SUPPORT_DRAWS);
    }
}

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static MkStatus draw_crowd(Crowd *c, MkArena *scratch, MkError *err)
{
    double *const normals = mk_arena_array(scratch, SUPPORT_DRAWS, sizeof *normals);
    size_t *const order = mk_arena_array(scratch, SUPPORT_DRAWS, sizeof *order);
    double *const solved = mk_arena_array(scratch, c->n_features * SUPPORT_DRAWS, sizeof *solved);
    c->likely = mk_arena_zeros(c->arena, SUPPORT_DRAWS, sizeof *c->likely);
    if (normals == NULL || order == NULL || solved == NULL || c->likely == NULL) {
        return out_of_memory(err);
    }
    for (size_t d = 0; d < SUPPORT_DRAWS; d++) {
        normals[d] = mk_normal_quantile(((double)d + 0.5) / SUPPORT_DRAWS);
        order[d] = d;
    }
    for (size_t i = 0; i < c->n; i++) {
        draw_step(c, i, normals, order, solved, c->likely);
    }
    qsort(c->likely, SUPPORT_DRAWS, sizeof *c->likely, by_value);
    return MK_OK;
}

static MkStatus factorise(Crowd *c, MkError *err)
{
    const size_t n = c->n_features;
    uint32_t *const ids = mk_arena_array(c->arena, n, sizeof *ids);
    c->factor = mk_arena_zeros(c->arena, n * n, sizeof *c->factor);
    if (ids == NULL || c->factor == NULL) {
        return out_of_memory(err);
    }
    size_t f = 0;
    for (size_t i = 0; i < c->n; i++) {
        const size_t j = c->steps[i].attribute;
        ids[f++] = (uint32_t)j;
        for (uint32_t extra = c->copula->extra_begin[j]; extra < c->copula->extra_begin[j + 1];
             extra++) {
            ids[f++] = extra;
        }
    }
    for (size_t a = 0; a < n; a++) {
        for (size_t b = 0; b <= a; b++) {
            c->factor[a * n + b] = (double)mk_copula_r(c->copula, ids[a], ids[b]);
        }
    }
    return mk_dpotrf(n, c->factor, n)
               ? MK_OK
               : mk_fail(err, MK_ENUMERIC, "correlations of %zu known features are singular", n);
}

static MkStatus fill_crowd(Crowd *c, const size_t *attributes, MkError *err)
{
    MkStatus st = MK_OK;
    MkArena *const scratch = mk_arena_new(0);
    c->steps = mk_arena_zeros(c->arena, c->n, sizeof *c->steps);
    if (scratch == NULL || c->steps == NULL) {
        st = out_of_memory(err);
        goto done;
    }
    for (size_t i = 0; i < c->n; i++) {
        const size_t j = attributes[i];
        Step *const step = &c->steps[i];
        *step = (Step){.attribute = j, .first = c->n_features};
        step->n_features = 1 + c->copula->extra_begin[j + 1] - c->copula->extra_begin[j];
        c->n_features += step->n_features;
    }
    MK_TRY_GOTO(factorise(c, err));
    for (size_t i = 0; i < c->n; i++) {
        Step *const step = &c->steps[i];
        const double *const row = c->factor + step->first * c->n_features;
        double explained = 0.0;
        float gain = 0.0F, s = 0.0F;
        for (size_t k = 0; k < step->first; k++) {
            explained += row[k] * row[k];
        }
        mk_copula_link(explained, (double)c->copula->rho[step->attribute], 1.0, &gain, &s);
        step->gain = (double)gain;
        step->s = (double)s;
        step->log_s = log(step->s);
    }
    st = draw_crowd(c, scratch, err);
done:
    mk_arena_free(scratch);
    return st;
}

static void free_crowd(Crowd *c)
{
    if (c != NULL) {
        mk_arena_free(c->arena);
    }
}

static MkStatus make_crowd(const MkCopula *copula, const size_t *attributes, size_t n, Crowd **out,
                           MkError *err)
{
    MkArena *const arena = mk_arena_new(0);
    Crowd *const c = arena != NULL ? mk_arena_zeros(arena, 1, sizeof *c) : NULL;
    if (c == NULL) {
        mk_arena_free(arena);
        return out_of_memory(err);
    }
    *c = (Crowd){.arena = arena, .copula = copula, .n = n};
    const MkStatus st = fill_crowd(c, attributes, err);
    if (st != MK_OK) {
        free_crowd(c);
        return st;
    }
    *out = c;
    return MK_OK;
}

/* Beyond the rarest of the crowd the tail falls like the density, as a normal's nearly does; so
 * what is very rare still has an order. Far out the logarithm is pressed together: a double has an
 * end. */
static double beyond(double log_ratio)
{
    static const double far = -400, rest = -100;
    const double pressed = log_ratio < far ? far + rest * (1 - far / log_ratio) : log_ratio;
    return exp(pressed) / SUPPORT_DRAWS;
}

/* How many of the crowd are at most that likely. */
static size_t count_below(const Crowd *c, double limit)
{
    size_t low = 0, high = SUPPORT_DRAWS;
    while (low < high) {
        const size_t mid = (low + high) / 2;
        if (c->likely[mid] <= limit) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    return low;
}

/* Share of the crowd that is as likely or less; *below: that is less likely (may be NULL). */
static double place(const Crowd *c, double likely, double *below)
{
    const double margin = 1e-7 * (1.0 + fabs(likely));
    const size_t n = count_below(c, likely + margin);
    const double share = n > 0 ? (double)n / SUPPORT_DRAWS : beyond(likely - c->likely[0]);
    if (below != NULL) {
        *below = n > 0 ? (double)count_below(c, likely - margin) / SUPPORT_DRAWS : share;
    }
    return share;
}

/* ---- the map ---- */

const double mk_support_marks[MK_SUPPORT_MARKS] = {0.01, 0.05, 0.2, 0.5};

/* Marks of a kind at a position 0 .. MK_SUPPORT_KINDS - 1 between kinds. */
static void marks_of_kind(const float *z, double at, double *marks)
{
    const size_t k = at < 1.0 ? 0U : 1U;
    for (size_t i = 0; i < MK_SUPPORT_MARKS; i++) {
        const double a = (double)z[k * MK_SUPPORT_MARKS + i];
        const double b = (double)z[(k + 1) * MK_SUPPORT_MARKS + i];
        marks[i] = a + (at - (double)k) * (b - a);
    }
}

/* Marks for a number of known attributes: linear in its logarithm, from none moved at 1, and on
 * beyond the last. */
static void marks_of(const MkSupportMap *map, size_t n_known, double kind, double *marks)
{
    enum { ONE = MK_SUPPORT_KINDS * MK_SUPPORT_MARKS, LAST = MK_SUPPORT_MARKS - 1 };
    double low[MK_SUPPORT_MARKS], from = 0.0;
    size_t s = 0;
    while (s + 1 < map->n_sizes && (double)map->sizes[s] < (double)n_known) {
        s++;
    }
    if (s > 0) {
        marks_of_kind(map->z + (s - 1) * ONE, kind, low);
        from = log((double)map->sizes[s - 1]);
    } else {
        for (size_t i = 0; i < MK_SUPPORT_MARKS; i++) {
            low[i] = mk_normal_quantile(mk_support_marks[i]);
        }
    }
    marks_of_kind(map->z + s * ONE, kind, marks);
    const double part = (log((double)n_known) - from) / (log((double)map->sizes[s]) - from);
    for (size_t i = 0; i < MK_SUPPORT_MARKS; i++) {
        marks[i] = fmin(low[i] + part * (marks[i] - low[i]), 0.0);
    }
    for (size_t i = LAST; i-- > 0;) { /* beyond the last they might meet */
        marks[i] = fmin(marks[i], marks[i + 1] - 0.01);
    }
}

double mk_support_share(const MkSupportMap *map, size_t n_known, size_t n_numbers, double place)
{
    const size_t last = MK_SUPPORT_MARKS - 1;
    double marks[MK_SUPPORT_MARKS] = {0.0};
    if (map == NULL || map->n_sizes == 0 || n_known == 0) {
        return place;
    }
    marks_of(map, n_known, (MK_SUPPORT_KINDS - 1.0) * (double)n_numbers / (double)n_known, marks);
    const double middle = mk_normal_cdf(marks[last]), half = mk_support_marks[last];
    if (place >= middle) {
        return fmax(half + (1.0 - half) * (place - middle) / (1.0 - middle), place);
    }
    const double z = mk_normal_quantile(place);
    size_t i = 0;
    while (i + 1 < last && z > marks[i + 1]) {
        i++;
    }
    const double a = mk_normal_quantile(mk_support_marks[i]);
    const double b = mk_normal_quantile(mk_support_marks[i + 1]);
    const double slope = (b - a) / (marks[i + 1] - marks[i]);
    return fmax(mk_normal_cdf(a + (z < marks[0] ? fmin(slope, 1.0) : slope) * (z - marks[i])),
                place);
}

/* ---- the cache ---- */

MkSupportCache *mk_support_cache_new(void)
{
    MkSupportCache *const cache = calloc(1, sizeof *cache);
    if (cache != NULL && pthread_mutex_init(&cache->lock, NULL) != 0) {
        free(cache);
        return NULL;
    }
    return cache;
}

void mk_support_cache_free(MkSupportCache *cache)
{
    if (cache != NULL) {
        for (size_t i = 0; i < CACHED; i++) {
            free_crowd(cache->crowds[i]);
        }
        pthread_mutex_destroy(&cache->lock);
        free(cache);
    }
}

static bool is_of(const Crowd *c, const size_t *attributes, size_t n)
{
    if (c == NULL || c->n != n) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        if (c->steps[i].attribute != attributes[i]) {
            return false;
        }
    }
    return true;
}

/* With the lock held: asks the crowd of these attributes when there is one. */
static bool ask(MkSupportCache *cache, const size_t *attributes, size_t n, const double *values,
                double *solved, double *percentile)
{
    for (size_t i = 0; i < CACHED; i++) {
        Crowd *const c = cache->crowds[i];
        if (is_of(c, attributes, n)) {
            c->used = ++cache->clock;
            *percentile = place(c, log_density_of(c, values, solved), NULL);
            return true;
        }
    }
    return false;
}

/* With the lock held: takes the place of the one that was not asked for longest. */
static void keep(MkSupportCache *cache, Crowd *c)
{
    size_t at = 0;
    for (size_t i = 0; i < CACHED && cache->crowds[at] != NULL; i++) {
        if (cache->crowds[i] == NULL || cache->crowds[i]->used < cache->crowds[at]->used) {
            at = i;
        }
    }
    free_crowd(cache->crowds[at]);
    c->used = ++cache->clock;
    cache->crowds[at] = c;
}

/* ---- asking ---- */

/* Numbers first: between them the base is normal. */
static bool comes_before(const MkCopula *copula, size_t a, size_t b)
{
    const bool x = copula->marginals[a].knots != NULL, y = copula->marginals[b].knots != NULL;
    return x != y ? x : a < b;
}

static void put_in_order(const MkCopula *copula, const MkPoint *known, size_t n, size_t *attributes,
                         double *values)
{
    for (size_t i = 0; i < n; i++) {
        size_t at = i;
        while (at > 0 && comes_before(copula, known[i].attribute, attributes[at - 1])) {
            attributes[at] = attributes[at - 1];
            values[at] = values[at - 1];
            at--;
        }
        attributes[at] = known[i].attribute;
        values[at] = known[i].value;
    }
}

/* What is known in the order of the steps, and room to solve. */
typedef struct Question {
    size_t *attributes;
    double *values, *solved;
    size_t n_numbers;
} Question;

static MkStatus prepare(const MkCopula *copula, const MkPoint *known, size_t n_known,
                        MkArena *arena, Question *q, MkError *err)
{
    size_t n_features = n_known;
    q->n_numbers = 0;
    for (size_t i = 0; i < n_known; i++) {
        const size_t j = known[i].attribute;
        n_features += copula->extra_begin[j + 1] - copula->extra_begin[j];
        q->n_numbers += copula->marginals[j].knots != NULL ? 1U : 0U;
    }
    q->attributes = mk_arena_array(arena, n_known, sizeof *q->attributes);
    q->values = mk_arena_array(arena, n_known, sizeof *q->values);
    q->solved = mk_arena_array(arena, n_features, sizeof *q->solved);
    if (q->attributes == NULL || q->values == NULL || q->solved == NULL) {
        return out_of_memory(err);
    }
    put_in_order(copula, known, n_known, q->attributes, q->values);
    return MK_OK;
}

MkStatus mk_support_place(const MkCopula *copula, const MkPoint *known, size_t n_known,
                          MkArena *arena, double *low, double *high, MkError *err)
{
    Question q;
    Crowd *c = NULL;
    MK_TRY(prepare(copula, known, n_known, arena, &q, err));
    MK_TRY(make_crowd(copula, q.attributes, n_known, &c, err));
    *high = place(c, log_density_of(c, q.values, q.solved), low);
    free_crowd(c);
    return MK_OK;
}

MkStatus mk_support(MkSupportCache *cache, const MkCopula *copula, const MkSupportMap *map,
                    const MkPoint *known, size_t n_known, MkArena *arena, double *percentile,
                    MkError *err)
{
    Question q;
    double at = 1.0;
    MK_TRY(prepare(copula, known, n_known, arena, &q, err));
    pthread_mutex_lock(&cache->lock);
    const bool found = ask(cache, q.attributes, n_known, q.values, q.solved, &at);
    pthread_mutex_unlock(&cache->lock);
    if (!found) {
        Crowd *c = NULL;
        MK_TRY(make_crowd(copula, q.attributes, n_known, &c, err));
        at = place(c, log_density_of(c, q.values, q.solved), NULL);
        pthread_mutex_lock(&cache->lock);
        keep(cache, c);
        pthread_mutex_unlock(&cache->lock);
    }
    *percentile = mk_support_share(map, n_known, q.n_numbers, at);
    return MK_OK;
}
