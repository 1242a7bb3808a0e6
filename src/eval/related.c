/* related.c - which attributes go with which: rank correlations over people of several sources. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/eval/people.h"
#include "src/eval/yard.h"

enum { PEOPLE_MOST = 10000 }; /* of a source, whose ranks are compared */

static MkStatus no_memory(MkError *err)
{
    return mk_fail(err, MK_ENOMEM, "out of memory");
}

static int by_number(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* ---- two columns ---- */

/* Counts of the people who have both become mid-ranks less their mean; gives the sum of squares. */
static double ranks_of_counts(double *count, size_t n_codes, size_t n_pairs)
{
    const double middle = 0.5 * ((double)n_pairs + 1.0);
    double below = 0.0, squares = 0.0;
    for (size_t c = 0; c < n_codes; c++) {
        const double here = count[c];
        count[c] = below + 0.5 * (here + 1.0) - middle;
        squares += here * count[c] * count[c];
        below += here;
    }
    return squares;
}

/* The codes of people who have both, two by two, from both[2 * n] on; gives how many there are
 * then. Without a branch: whether somebody has both cannot be foreseen. */
static size_t take_both(const MkCodePair *p, uint16_t *both, size_t n)
{
    for (size_t i = 0; i < p->n_rows; i++) {
        both[2 * n] = p->a[i];
        both[2 * n + 1] = p->b[i];
        n += (size_t)((p->a[i] != MK_CODE_NONE) & (p->b[i] != MK_CODE_NONE));
    }
    return n;
}

double mk_spearman_codes(const MkCodePair *pairs, size_t n, size_t n_codes_a, size_t n_codes_b,
                         double *count, uint16_t *both, size_t *n_pairs)
{
    double *const of_a = count, *const of_b = count + n_codes_a;
    size_t n_both = 0;
    for (size_t k = 0; k < n; k++) {
        n_both = take_both(&pairs[k], both, n_both);
    }
    memset(count, 0, (n_codes_a + n_codes_b) * sizeof *count);
    for (size_t i = 0; i < n_both; i++) {
        of_a[both[2 * i]] += 1.0;
        of_b[both[2 * i + 1]] += 1.0;
    }
    *n_pairs = n_both;
    const double squares =
        ranks_of_counts(of_a, n_codes_a, n_both) * ranks_of_counts(of_b, n_codes_b, n_both);
    double sum = 0.0;
    for (size_t i = 0; i < n_both; i++) {
        sum += of_a[both[2 * i]] * of_b[both[2 * i + 1]];
    }
    return squares > 0.0 ? sum / sqrt(squares) : NAN;
}

/* ---- people as codes ---- */

/* People of one source. */
typedef struct Block {
    const MkTable *table;
    size_t n_rows;
    size_t *rows;     /* (n_rows) of the table */
    uint16_t **codes; /* (n) column of an attribute, NULL when nobody has it */
} Block;

typedef struct Codes {
    const MkRelated *job;
    size_t n, n_blocks, n_people;
    Block *blocks;
    size_t *n_codes;    /* (n) */
    bool *is_wanted;    /* (n) attributes that somebody is asked or knows */
    float *strength;    /* (n, n) |correlation|, NaN when not known; the lower triangle is filled */
    double **counts;    /* a worker: scratch */
    uint16_t **both;    /* the same */
    MkCodePair **pairs; /* a worker: (n_blocks) */
} Codes;

static bool is_allowed(const MkRelated *job, size_t j)
{
    return job->allowed == NULL || job->allowed[j];
}

/* Somebody of the table has attribute j. */
static bool table_has(const MkTable *t, size_t j)
{
    for (size_t i = 0; t->column_of[j] != MK_NO_COLUMN && i < t->n_rows; i++) {
        if (!isnan(mk_table_get(t, i, j))) {
            return true;
        }
    }
    return false;
}

/* v is not NaN. */
static double place_of(const MkMarginal *m, double v)
{
    return m->knots == NULL ? (double)m->cell_of[(size_t)v] : v;
}

/* Values of attribute j over all blocks, ascending and each once: x. Gives how many. */
static size_t list_values(const Codes *c, size_t j, double *x)
{
    const MkMarginal *const m = mk_model_marginal(c->job->model, j);
    size_t n = 0, n_values = 0;
    for (size_t b = 0; b < c->n_blocks; b++) {
        const Block *const block = &c->blocks[b];
        for (size_t i = 0; block->codes[j] != NULL && i < block->n_rows; i++) {
            const double v = mk_table_get(block->table, block->rows[i], j);
            if (!isnan(v)) {
                x[n++] = place_of(m, v);
            }
        }
    }
    if (n > 0) {
        qsort(x, n, sizeof *x, by_number);
    }
    for (size_t i = 0; i < n; i++) {
        if (i == 0 || x[i] > x[n_values - 1]) {
            x[n_values++] = x[i];
        }
    }
    return n_values;
}

/* Values as codes in their order: levels in the model's order of cells. More values than codes
 * share them with their neighbours. */
static void encode(Codes *c, size_t j, double *x)
{
    const MkMarginal *const m = mk_model_marginal(c->job->model, j);
    const size_t n_values = list_values(c, j, x);
    const size_t n_codes = n_values < MK_CODE_NONE ? n_values : MK_CODE_NONE;
    for (size_t b = 0; b < c->n_blocks; b++) {
        const Block *const block = &c->blocks[b];
        for (size_t i = 0; block->codes[j] != NULL && i < block->n_rows; i++) {
            const double v = mk_table_get(block->table, block->rows[i], j);
            block->codes[j][i] = MK_CODE_NONE;
            if (!isnan(v)) {
                const double key = place_of(m, v);
                const double *const at = bsearch(&key, x, n_values, sizeof *x, by_number);
                block->codes[j][i] = (uint16_t)((size_t)(at - x) * n_codes / n_values);
            }
        }
    }
    c->n_codes[j] = n_codes;
}

static MkStatus fill_block(Codes *c, const size_t *people, size_t n_people, size_t t,
                           MkArena *arena, MkError *err)
{
    const MkCohort *const train = c->job->train;
    Block *const block = &c->blocks[c->n_blocks++];
    *block = (Block){.table = train->tables[t], .n_rows = n_people};
    block->rows = mk_arena_array(arena, n_people, sizeof *block->rows);
    block->codes = mk_arena_zeros(arena, c->n, sizeof *block->codes);
    if (block->rows == NULL || block->codes == NULL) {
        return no_memory(err);
    }
    for (size_t i = 0; i < n_people; i++) {
        block->rows[i] = people[i] - train->first[t];
    }
    for (size_t j = 0; j < c->n; j++) {
        if (c->is_wanted[j] && table_has(block->table, j)) {
            block->codes[j] = mk_arena_array(arena, n_people, sizeof **block->codes);
            if (block->codes[j] == NULL) {
                return no_memory(err);
            }
        }
    }
    return MK_OK;
}

static MkStatus make_blocks(Codes *c, MkArena *arena, MkError *err)
{
    const MkRelated *const job = c->job;
    size_t *const people = mk_arena_array(arena, job->n_people + 1, sizeof *people);
    c->blocks = mk_arena_zeros(arena, job->train->n_tables, sizeof *c->blocks);
    c->is_wanted = mk_arena_zeros(arena, c->n, sizeof *c->is_wanted);
    c->n_codes = mk_arena_zeros(arena, c->n, sizeof *c->n_codes);
    if (people == NULL || c->blocks == NULL || c->is_wanted == NULL || c->n_codes == NULL) {
        return no_memory(err);
    }
    c->n_people = mk_people_thin(job->train, job->people, job->n_people, PEOPLE_MOST, people);
    for (size_t j = 0; j < c->n; j++) {
        c->is_wanted[j] = is_allowed(job, j) && mk_cohort_has(job->judged, j);
    }
    for (size_t t = 0, at = 0; t < job->train->n_tables; t++) {
        const size_t begin = at;
        while (at < c->n_people && people[at] < job->train->first[t + 1]) {
            at++;
        }
        if (at > begin) {
            MK_TRY(fill_block(c, people + begin, at - begin, t, arena, err));
        }
    }
    double *const x = mk_arena_array(arena, c->n_people + 1, sizeof *x);
    if (x == NULL) {
        return no_memory(err);
    }
    for (size_t j = 0; j < c->n; j++) {
        if (c->is_wanted[j]) {
            encode(c, j, x);
        }
    }
    return MK_OK;
}

/* ---- all pairs ---- */

static void correlate_one(void *ctx, size_t a, size_t worker)
{
    Codes *const c = ctx;
    MkCodePair *const pairs = c->pairs[worker];
    for (size_t b = 0; c->is_wanted[a] && b < a && !mk_cancelled(c->job->cancel); b++) {
        size_t n = 0, n_pairs = 0;
        for (size_t k = 0; c->is_wanted[b] && k < c->n_blocks; k++) {
            const Block *const block = &c->blocks[k];
            if (block->codes[a] != NULL && block->codes[b] != NULL) {
                pairs[n++] = (MkCodePair){block->codes[a], block->codes[b], block->n_rows};
            }
        }
        if (n > 0) {
            const double r = mk_spearman_codes(pairs, n, c->n_codes[a], c->n_codes[b],
                                               c->counts[worker], c->both[worker], &n_pairs);
            c->strength[a * c->n + b] = n_pairs >= MK_RELATED_PAIRS ? (float)fabs(r) : NAN;
        }
    }
    if (worker == 0 && c->job->progress != NULL) {
        c->job->progress(c->job->progress_ctx, a * (a + 1) / 2, c->n * (c->n + 1) / 2);
    }
}

/* What each worker needs of its own. */
static MkStatus make_scratch(Codes *c, size_t n_workers, MkArena *arena, MkError *err)
{
    c->counts = mk_arena_zeros(arena, n_workers, sizeof *c->counts);
    c->both = mk_arena_zeros(arena, n_workers, sizeof *c->both);
    c->pairs = mk_arena_zeros(arena, n_workers, sizeof *c->pairs);
    if (c->counts == NULL || c->both == NULL || c->pairs == NULL) {
        return no_memory(err);
    }
    for (size_t w = 0; w < n_workers; w++) {
        c->counts[w] = mk_arena_array(arena, 2 * (c->n_people + 1), sizeof **c->counts);
        c->both[w] = mk_arena_array(arena, 2 * (c->n_people + 1), sizeof **c->both);
        c->pairs[w] = mk_arena_array(arena, c->n_blocks + 1, sizeof **c->pairs);
        if (c->counts[w] == NULL || c->both[w] == NULL || c->pairs[w] == NULL) {
            return no_memory(err);
        }
    }
    return MK_OK;
}

static MkStatus correlate_people(Codes *c, MkError *err)
{
    const MkRelated *const job = c->job;
    const size_t n_workers = job->pool != NULL ? mk_pool_size(job->pool) : 1;
    MkArena *const arena = mk_arena_new(0);
    MkStatus st = arena != NULL ? make_blocks(c, arena, err) : no_memory(err);
    if (st == MK_OK) {
        st = make_scratch(c, n_workers, arena, err);
    }
    if (st == MK_OK) {
        mk_pool_run(job->pool, c->n, correlate_one, c);
    }
    if (st == MK_OK && mk_cancelled(job->cancel)) {
        st = mk_fail(err, MK_ECANCEL, "interrupted");
    }
    mk_arena_free(arena);
    return st;
}

static void correlate_model(Codes *c)
{
    for (size_t a = 0; a < c->n; a++) {
        for (size_t b = 0; b < a; b++) {
            c->strength[a * c->n + b] =
                mk_model_co_observed(c->job->model, a, b) >= MK_RELATED_PAIRS
                    ? (float)fabs(mk_model_correlation(c->job->model, a, b))
                    : NAN;
        }
    }
}

/* ---- the ten ---- */

/* The ten strongest of attribute j among those that `has` marks; of equals the first. */
static void choose(const Codes *c, const bool *has, size_t j, uint32_t *out)
{
    float kept[MK_RELATED];
    size_t n = 0;
    for (size_t k = 0; k < MK_RELATED; k++) {
        out[k] = MK_RELATED_NONE;
    }
    for (size_t a = 0; a < c->n && has[j]; a++) {
        const float r = a == j || !has[a] ? NAN : c->strength[a > j ? a * c->n + j : j * c->n + a];
        if (isnan(r) || (n == MK_RELATED && !(r > kept[n - 1]))) {
            continue;
        }
        size_t at = n < MK_RELATED ? n++ : n - 1;
        while (at > 0 && r > kept[at - 1]) {
            kept[at] = kept[at - 1];
            out[at] = out[at - 1];
            at--;
        }
        kept[at] = r;
        out[at] = (uint32_t)a;
    }
}

static void choose_all(const Codes *c, bool *has, uint32_t *ids)
{
    const MkCohort *const judged = c->job->judged;
    for (size_t t = 0; t < judged->n_tables; t++) {
        for (size_t j = 0; j < c->n; j++) {
            has[j] = is_allowed(c->job, j) && table_has(judged->tables[t], j);
        }
        for (size_t j = 0; j < c->n; j++) {
            choose(c, has, j, ids + (t * c->n + j) * MK_RELATED);
        }
    }
}

MkStatus mk_yards_related(const MkRelated *job, MkArena *arena, uint32_t **out, MkError *err)
{
    Codes c = {.job = job, .n = mk_model_schema(job->model)->n};
    uint32_t *const ids =
        mk_arena_array(arena, job->judged->n_tables * c.n * MK_RELATED, sizeof *ids);
    bool *const has = mk_arena_array(arena, c.n, sizeof *has);
    c.strength = mk_heap_array(c.n * c.n, sizeof *c.strength);
    MkStatus st = MK_OK;
    if (ids == NULL || has == NULL || c.strength == NULL) {
        free(c.strength);
        return no_memory(err);
    }
    for (size_t i = 0; i < c.n * c.n; i++) {
        c.strength[i] = NAN;
    }
    if (job->train != NULL) {
        st = correlate_people(&c, err);
    } else {
        correlate_model(&c);
    }
    if (st == MK_OK) {
        choose_all(&c, has, ids);
        *out = ids;
    }
    free(c.strength);
    return st;
}
