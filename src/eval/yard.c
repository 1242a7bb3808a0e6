#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "src/eval/yard.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static MkStatus no_memory(MkError *err)
{
    return mk_fail(err, MK_ENOMEM, "out of memory");
}

static int by_number(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* ---- what knows nothing ---- */

static size_t gather(const MkTable *t, const size_t *rows, size_t n_rows, size_t j, double *out)
{
    size_t n = 0;
    for (size_t i = 0; i < n_rows; i++) {
        const double x = mk_table_get(t, rows[i], j);
        if (!isnan(x)) {
            out[n++] = x;
        }
    }
    return n;
}

static double sd_of(const double *x, size_t n)
{
    double sum = 0.0, squares = 0.0;
    for (size_t i = 0; i < n; i++) {
        sum += x[i];
    }
    const double mean = sum / (double)n;
    for (size_t i = 0; i < n; i++) {
        squares += (x[i] - mean) * (x[i] - mean);
    }
    return sqrt(squares / (double)n);
}

/* x ascending: the commonest value (the smallest of several) and how many people have it. */
static size_t commonest(const double *x, size_t n, double *value)
{
    size_t most = 0;
    for (size_t i = 0; i < n;) {
        size_t end = i + 1;
        while (end < n && !(x[end] > x[i])) {
            end++;
        }
        if (end - i > most) {
            most = end - i;
            *value = x[i];
        }
        i = end;
    }
    return most;
}

static MkYard yard_of(double *x, size_t n, bool is_number)
{
    MkYard yard = {.n = n};
    if (n > 0) {
        qsort(x, n, sizeof *x, by_number);
        yard.common = (double)commonest(x, n, &yard.point) / (double)n;
        if (is_number) {
            yard.sd = sd_of(x, n);
            yard.point = 0.5 * (x[(n - 1) / 2] + x[n / 2]);
        }
    }
    return yard;
}

MkStatus mk_yards_from_table(const MkTable *train, const size_t *rows, size_t n_rows,
                             MkArena *arena, MkYard **out, MkError *err)
{
    const size_t n = train->schema->n;
    MkYard *const yards = mk_arena_zeros(arena, n, sizeof *yards);
    double *const x = mk_heap_array(n_rows + 1, sizeof *x);
    if (yards == NULL || x == NULL) {
        free(x);
        return no_memory(err);
    }
    for (size_t j = 0; j < n; j++) {
        const size_t n_seen = gather(train, rows, n_rows, j, x);
        yards[j] = yard_of(x, n_seen, mk_type_is_number(train->schema->attributes[j].type));
    }
    free(x);
    *out = yards;
    return MK_OK;
}

MkStatus mk_yards_from_model(const MkModel *model, MkArena *arena, MkYard **out, MkError *err)
{
    const size_t n = mk_model_schema(model)->n;
    MkYard *const yards = mk_arena_zeros(arena, n, sizeof *yards);
    if (yards == NULL) {
        return no_memory(err);
    }
    for (size_t j = 0; j < n; j++) {
        const MkMarginal *const m = mk_model_marginal(model, j);
        const MkDistribution *const d = mk_model_population(model, j);
        const bool is_number = mk_type_is_number(mk_model_schema(model)->attributes[j].type);
        double common = 0.0;
        for (size_t k = 0; k < m->n_cells; k++) {
            const bool is_atom = !is_number || !(m->knots[k][MK_CELL_KNOTS - 1] > m->knots[k][0]);
            common = is_atom ? fmax(common, m->share[k]) : common;
        }
        yards[j] = (MkYard){.n = m->n_observed,
                            .sd = is_number ? m->sd : 0.0,
                            .point = is_number ? mk_dist_quantile(d, 0.5) : mk_dist_mode(d),
                            .common = common};
    }
    *out = yards;
    return MK_OK;
}

/* ---- which goes with which ---- */

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

double mk_spearman_codes(const uint16_t *a, size_t n_codes_a, const uint16_t *b, size_t n_codes_b,
                         size_t n_rows, double *count, size_t *n_pairs)
{
    double *const of_a = count, *const of_b = count + n_codes_a;
    size_t n = 0;
    memset(count, 0, (n_codes_a + n_codes_b) * sizeof *count);
    for (size_t i = 0; i < n_rows; i++) {
        if (a[i] != MK_CODE_NONE && b[i] != MK_CODE_NONE) {
            of_a[a[i]] += 1.0;
            of_b[b[i]] += 1.0;
            n++;
        }
    }
    *n_pairs = n;
    const double squares =
        ranks_of_counts(of_a, n_codes_a, n) * ranks_of_counts(of_b, n_codes_b, n);
    double sum = 0.0;
    for (size_t i = 0; i < n_rows; i++) {
        if (a[i] != MK_CODE_NONE && b[i] != MK_CODE_NONE) {
            sum += of_a[a[i]] * of_b[b[i]];
        }
    }
    return squares > 0.0 ? sum / sqrt(squares) : NAN;
}

typedef struct Codes {
    const MkRelated *job;
    size_t n, n_rows;
    uint16_t *codes;  /* (n, n_rows) */
    size_t *n_codes;  /* (n) */
    float *strength;  /* (n, n) |correlation|, NaN when not known; the lower triangle is filled */
    double **scratch; /* a worker */
    size_t done;
} Codes;

/* Values as codes in their order: levels in the model's order of cells. */
static size_t encode(const MkRelated *job, size_t j, double *x, uint16_t *codes)
{
    const MkMarginal *const m = mk_model_marginal(job->model, j);
    size_t n = 0;
    for (size_t i = 0; i < job->n_rows; i++) {
        const double v = mk_table_get(job->table, job->rows[i], j);
        if (!isnan(v)) {
            x[n++] = m->knots == NULL ? (double)m->cell_of[(size_t)v] : v;
        }
    }
    qsort(x, n, sizeof *x, by_number);
    size_t n_codes = 0;
    for (size_t i = 0; i < n; i++) {
        if (i == 0 || x[i] > x[n_codes - 1]) {
            x[n_codes++] = x[i];
        }
    }
    for (size_t i = 0; i < job->n_rows; i++) {
        double v = mk_table_get(job->table, job->rows[i], j);
        codes[i] = MK_CODE_NONE;
        if (!isnan(v)) {
            v = m->knots == NULL ? (double)m->cell_of[(size_t)v] : v;
            const double *const at = bsearch(&v, x, n_codes, sizeof *x, by_number);
            codes[i] = (uint16_t)(at - x);
        }
    }
    return n_codes;
}

static void correlate_one(void *ctx, size_t a, size_t worker)
{
    Codes *const c = ctx;
    for (size_t b = 0; b < a && !mk_cancelled(c->job->cancel); b++) {
        size_t n_pairs = 0;
        const double r =
            mk_spearman_codes(c->codes + a * c->n_rows, c->n_codes[a], c->codes + b * c->n_rows,
                              c->n_codes[b], c->n_rows, c->scratch[worker], &n_pairs);
        c->strength[a * c->n + b] = n_pairs >= MK_RELATED_PAIRS ? (float)fabs(r) : NAN;
    }
    if (worker == 0 && c->job->progress != NULL) {
        c->job->progress(c->job->progress_ctx, a * (a + 1) / 2, c->n * (c->n + 1) / 2);
    }
}

static MkStatus correlate_table(Codes *c, MkError *err)
{
    const MkRelated *const job = c->job;
    const size_t n_workers = job->pool != NULL ? mk_pool_size(job->pool) : 1;
    MkStatus st = MK_OK;
    if (job->n_rows >= MK_CODE_NONE) {
        return mk_fail(err, MK_EINVAL, "%zu training people, at most %d can be ranked", job->n_rows,
                       MK_CODE_NONE - 1);
    }
    double *const x = mk_heap_array(job->n_rows + 1, sizeof *x);
    double *const counts = mk_heap_array(n_workers * 2 * (job->n_rows + 1), sizeof *counts);
    c->scratch = mk_heap_array(n_workers, sizeof *c->scratch);
    c->codes = mk_heap_array(c->n * job->n_rows + 1, sizeof *c->codes);
    c->n_codes = mk_heap_array(c->n, sizeof *c->n_codes);
    if (x == NULL || counts == NULL || c->scratch == NULL || c->codes == NULL ||
        c->n_codes == NULL) {
        st = no_memory(err);
        goto done;
    }
    for (size_t w = 0; w < n_workers; w++) {
        c->scratch[w] = counts + w * 2 * (job->n_rows + 1);
    }
    for (size_t j = 0; j < c->n; j++) {
        c->n_codes[j] = encode(job, j, x, c->codes + j * job->n_rows);
    }
    mk_pool_run(job->pool, c->n, correlate_one, c);
    if (mk_cancelled(job->cancel)) {
        st = mk_fail(err, MK_ECANCEL, "interrupted");
    }
done:
    free(x);
    free(counts);
    free(c->scratch);
    free(c->codes);
    free(c->n_codes);
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

/* The ten strongest of attribute j; of equals the first. */
static void choose(const Codes *c, size_t j, uint32_t *out)
{
    float kept[MK_RELATED];
    size_t n = 0;
    for (size_t k = 0; k < MK_RELATED; k++) {
        out[k] = MK_RELATED_NONE;
    }
    for (size_t a = 0; a < c->n; a++) {
        const float r = a == j ? NAN : c->strength[a > j ? a * c->n + j : j * c->n + a];
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

MkStatus mk_yards_related(const MkRelated *job, MkArena *arena, uint32_t **out, MkError *err)
{
    Codes c = {.job = job, .n = mk_model_schema(job->model)->n, .n_rows = job->n_rows};
    uint32_t *const ids = mk_arena_array(arena, c.n * MK_RELATED, sizeof *ids);
    c.strength = mk_heap_array(c.n * c.n, sizeof *c.strength);
    if (ids == NULL || c.strength == NULL) {
        free(c.strength);
        return no_memory(err);
    }
    MkStatus st = MK_OK;
    if (job->table != NULL) {
        st = correlate_table(&c, err);
    } else {
        correlate_model(&c);
    }
    for (size_t j = 0; j < c.n && st == MK_OK; j++) {
        choose(&c, j, ids + j * MK_RELATED);
    }
    free(c.strength);
    if (st == MK_OK) {
        *out = ids;
    }
    return st;
}
