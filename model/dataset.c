#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "model/dataset.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

size_t mk_group_observed(const MkGroup *group, size_t row)
{
    size_t n = 0;
    for (size_t c = 0; c < group->n; c++) {
        n += group->cells[row * group->n + c] != MK_CELL_MISSING ? 1 : 0;
    }
    return n;
}

size_t mk_dataset_group(const MkDataset *data, size_t *row)
{
    size_t g = 0;
    while (g + 1 < data->n_groups && *row >= data->groups[g + 1].first) {
        g++;
    }
    *row -= data->groups[g].first;
    return g;
}

/* ---- order of nominal levels: first optimal-scaling score ---- */

enum { ORDER_PEOPLE = 20000, ORDER_LEAST = 3000 }; /* of all sources, of one at least */

/* Column of an attribute in a group; g->n: none. */
static size_t column_of(const MkGroup *g, size_t attribute)
{
    size_t low = 0, high = g->n;
    while (low < high) {
        const size_t mid = (low + high) / 2;
        if (g->attributes[mid] < attribute) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    return low < g->n && g->attributes[low] == attribute ? low : g->n;
}

/* Adds the standardised scores of one group's people by level of attribute j. */
static void add_level_sums(const MkGroup *g, const double *mean, const double *sd, size_t j,
                           size_t n_attributes, double *b, double *count, double *share)
{
    const size_t n = g->n, own = column_of(g, j);
    for (size_t i = 0; own < n && i < g->n_rows; i++) {
        const uint8_t level = g->cells[i * n + own];
        if (level == MK_CELL_MISSING) {
            continue;
        }
        share[level] += 1.0;
        for (size_t c = 0; c < n; c++) {
            const size_t k = g->attributes[c];
            const float z = g->scores[i * n + c];
            if (c != own && !isnan(z) && sd[k] > 0.0) {
                b[level * n_attributes + k] += ((double)z - mean[k]) / sd[k];
                count[level * n_attributes + k] += 1.0;
            }
        }
    }
}

/* Mean standardised score of every other attribute among the people of each level, less the overall
 * mean: b (n_levels, n). share (n_levels) is filled with the levels' shares. */
static void level_means(const MkDataset *d, const double *mean, const double *sd, size_t j,
                        size_t n_levels, double *b, double *count, double *share)
{
    const size_t n = d->n_attributes;
    double total = 0.0;
    memset(b, 0, n_levels * n * sizeof *b);
    memset(count, 0, n_levels * n * sizeof *count);
    memset(share, 0, n_levels * sizeof *share);
    for (size_t g = 0; g < d->n_groups; g++) {
        add_level_sums(&d->groups[g], mean, sd, j, n, b, count, share);
    }
    for (size_t c = 0; c < n_levels; c++) {
        total += share[c];
    }
    for (size_t c = 0; c < n_levels; c++) {
        share[c] /= fmax(total, 1.0);
    }
    for (size_t k = 0; k < n; k++) {
        double overall = 0.0;
        for (size_t c = 0; c < n_levels; c++) {
            /* five people of prior weight keep a rare level near the middle */
            b[c * n + k] /= count[c * n + k] + 5.0;
            overall += share[c] * b[c * n + k];
        }
        for (size_t c = 0; c < n_levels; c++) {
            b[c * n + k] -= overall;
        }
    }
}

/* First right singular vector of diag(sqrt(share)) b by power iteration; score of a level = b v. */
static void first_scores(const double *b, const double *share, size_t n_levels, size_t n, double *v,
                         double *scores)
{
    for (size_t k = 0; k < n; k++) {
        v[k] = 1.0 + 1e-3 * (double)(k % 17);
    }
    for (int round = 0; round < 50; round++) {
        double norm = 0.0;
        for (size_t c = 0; c < n_levels; c++) {
            scores[c] = 0.0;
            for (size_t k = 0; k < n; k++) {
                scores[c] += b[c * n + k] * v[k];
            }
        }
        memset(v, 0, n * sizeof *v);
        for (size_t c = 0; c < n_levels; c++) {
            for (size_t k = 0; k < n; k++) {
                v[k] += share[c] * scores[c] * b[c * n + k];
            }
        }
        for (size_t k = 0; k < n; k++) {
            norm += v[k] * v[k];
        }
        for (size_t k = 0; k < n && norm > 0.0; k++) {
            v[k] /= sqrt(norm);
        }
    }
}

static void rank_levels(const double *scores, size_t n_levels, unsigned char *order)
{
    for (size_t a = 0; a < n_levels; a++) {
        unsigned char before = 0;
        for (size_t b = 0; b < n_levels; b++) {
            before = (unsigned char)(before +
                                     (scores[b] < scores[a] || (scores[b] == scores[a] && b < a)));
        }
        order[a] = before;
    }
}

typedef struct Moments {
    double count, sum, squares;
} Moments;

static void score_moments(const MkDataset *d, Moments *moments, double *mean, double *sd)
{
    memset(moments, 0, d->n_attributes * sizeof *moments);
    for (size_t g = 0; g < d->n_groups; g++) {
        const MkGroup *const group = &d->groups[g];
        for (size_t at = 0; at < group->n_rows * group->n; at++) {
            const double z = (double)group->scores[at];
            Moments *const m = &moments[group->attributes[at % group->n]];
            if (!isnan(z)) {
                m->count += 1.0;
                m->sum += z;
                m->squares += z * z;
            }
        }
    }
    for (size_t k = 0; k < d->n_attributes; k++) {
        const Moments *const m = &moments[k];
        mean[k] = m->count > 0.0 ? m->sum / m->count : 0.0;
        sd[k] = m->count > 0.0 ? sqrt(fmax(m->squares / m->count - mean[k] * mean[k], 0.0)) : 0.0;
    }
}

/* orders (n, MK_CELLS_MAX) for nominal attributes with three levels and more */
static MkStatus nominal_orders(const MkDataset *d, const MkMarginal *marginals,
                               unsigned char *orders, MkError *err)
{
    const size_t n = d->n_attributes;
    MkStatus st = MK_OK;
    double *const b = mk_heap_array(MK_CELLS_MAX * n, sizeof *b);
    double *const count = mk_heap_array(MK_CELLS_MAX * n, sizeof *count);
    double *const work = mk_heap_array(3 * n + 2 * MK_CELLS_MAX, sizeof *work);
    Moments *const moments = mk_heap_array(n, sizeof *moments);
    if (b == NULL || count == NULL || work == NULL || moments == NULL) {
        st = mk_fail(err, MK_ENOMEM, "out of memory");
        goto done;
    }
    double *const mean = work, *const sd = work + n, *const v = work + 2 * n;
    double *const share = work + 3 * n, *const scores = share + MK_CELLS_MAX;
    score_moments(d, moments, mean, sd);
    for (size_t j = 0; j < n; j++) {
        const size_t levels = marginals[j].n_cells;
        if (marginals[j].attribute->type == MK_CATEGORICAL && levels > 2) {
            level_means(d, mean, sd, j, levels, b, count, share);
            first_scores(b, share, levels, n, v, scores);
            rank_levels(scores, levels, orders + j * MK_CELLS_MAX);
        }
    }
done:
    free(b);
    free(count);
    free(work);
    free(moments);
    return st;
}

/* ---- marginals ---- */

/* Number of the people, ascending, who are in the tables before t. */
static size_t first_of(const MkCohort *cohort, const size_t *rows, size_t n_rows, size_t t)
{
    size_t low = 0, high = n_rows;
    while (low < high) {
        const size_t mid = (low + high) / 2;
        if (rows[mid] < cohort->first[t]) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    return low;
}

typedef struct Values { /* of one attribute, of those who have one */
    double *values, *weights;
    size_t n;
} Values;

static void gather(const MkCohort *cohort, const size_t *rows, size_t n_rows, const double *weights,
                   size_t attribute, Values *out)
{
    out->n = 0;
    for (size_t t = 0; t < cohort->n_tables; t++) {
        const MkTable *const table = cohort->tables[t];
        const size_t c = table->column_of[attribute];
        if (c == MK_NO_COLUMN) {
            continue;
        }
        const double *const column = table->cells + c * table->n_rows;
        const size_t last = first_of(cohort, rows, n_rows, t + 1);
        for (size_t i = first_of(cohort, rows, n_rows, t); i < last; i++) {
            const double v = column[rows[i] - cohort->first[t]];
            if (!isnan(v)) {
                out->values[out->n] = v;
                out->weights[out->n++] = weights != NULL ? weights[i] : 1.0;
            }
        }
    }
}

static bool is_nominal(const MkAttribute *a)
{
    return a->type == MK_CATEGORICAL && a->n_levels > 2;
}

/* orders NULL: all attributes, in the schema's order; else the nominal ones alone. */
static MkStatus fit_all(const MkCohort *cohort, const size_t *rows, size_t n_rows,
                        const double *weights, const MkMarginal *const *given,
                        const unsigned char *orders, const MkMarginalFit *fit, MkArena *arena,
                        MkMarginal *out, MkError *err)
{
    MkStatus st = MK_OK;
    Values v = {.values = mk_heap_array(n_rows + 1, sizeof *v.values),
                .weights = mk_heap_array(n_rows + 1, sizeof *v.weights)};
    if (v.values == NULL || v.weights == NULL) {
        st = mk_fail(err, MK_ENOMEM, "out of memory");
    }
    for (size_t j = 0; j < cohort->schema->n && st == MK_OK; j++) {
        const MkAttribute *const a = &cohort->schema->attributes[j];
        const bool is_given = given != NULL && given[j] != NULL;
        if (is_given) {
            out[j] = *given[j];
        }
        if (is_given || (orders != NULL && !is_nominal(a))) {
            continue;
        }
        gather(cohort, rows, n_rows, weights, j, &v);
        st = mk_marginal_fit(a, v.values, v.weights, v.n,
                             orders != NULL ? orders + j * MK_CELLS_MAX : NULL, fit, arena, &out[j],
                             err);
    }
    free(v.values);
    free(v.weights);
    return st;
}

/* Some of the people, evenly spaced, so that no source makes the order of levels take long. */
static size_t thin(const MkCohort *cohort, const size_t *rows, size_t n_rows, size_t *out)
{
    const size_t even = ORDER_PEOPLE / cohort->n_tables;
    const size_t most = even > ORDER_LEAST ? even : ORDER_LEAST;
    size_t n = 0;
    for (size_t t = 0; t < cohort->n_tables; t++) {
        const size_t first = first_of(cohort, rows, n_rows, t);
        const size_t last = first_of(cohort, rows, n_rows, t + 1);
        const size_t stride = last > first ? 1 + (last - first - 1) / most : 1;
        for (size_t i = first; i < last; i += stride) {
            out[n++] = rows[i];
        }
    }
    return n;
}

MkStatus mk_dataset_marginals(const MkCohort *cohort, const size_t *rows, size_t n_rows,
                              const double *weights, const MkMarginal *const *given,
                              const MkMarginalFit *fit, MkArena *arena, MkMarginal **out,
                              MkError *err)
{
    const size_t n = cohort->schema->n;
    MkStatus st = MK_OK;
    MkArena *const scratch = mk_arena_new(0);
    MkMarginal *const marginals = mk_arena_zeros(arena, n, sizeof *marginals);
    unsigned char *const orders = mk_heap_array(n * MK_CELLS_MAX, 1);
    size_t *const some = mk_heap_array(n_rows + 1, sizeof *some);
    if (scratch == NULL || marginals == NULL || orders == NULL || some == NULL) {
        st = mk_fail(err, MK_ENOMEM, "out of memory");
        goto done;
    }
    MK_TRY_GOTO(fit_all(cohort, rows, n_rows, weights, given, NULL, fit, arena, marginals, err));
    MkDataset first;
    const size_t n_some = thin(cohort, rows, n_rows, some);
    MK_TRY_GOTO(mk_dataset_encode(cohort, some, n_some, NULL, marginals, scratch, &first, err));
    MK_TRY_GOTO(nominal_orders(&first, marginals, orders, err));
    MK_TRY_GOTO(fit_all(cohort, rows, n_rows, weights, given, orders, fit, arena, marginals, err));
    *out = marginals;
done:
    free(orders);
    free(some);
    mk_arena_free(scratch);
    return st;
}

/* ---- encoding ---- */

/* The attributes of a table that any of the people has a value of. */
static size_t list_attributes(const MkTable *table, const size_t *rows, size_t n_rows, size_t first,
                              uint32_t *out)
{
    size_t n = 0;
    for (size_t j = 0; j < table->schema->n; j++) {
        const size_t c = table->column_of[j];
        bool any = false;
        for (size_t i = 0; c != MK_NO_COLUMN && i < n_rows && !any; i++) {
            any = !isnan(table->cells[c * table->n_rows + rows[i] - first]);
        }
        if (any) {
            out[n++] = (uint32_t)j;
        }
    }
    return n;
}

static void encode_column(const MkTable *table, const size_t *rows, size_t first,
                          const MkMarginal *m, size_t c, size_t begin, size_t end, MkGroup *g)
{
    const double *const column = table->cells + table->column_of[g->attributes[c]] * table->n_rows;
    for (size_t i = begin; i < end; i++) {
        const double v = column[rows[i] - first];
        const size_t at = i * g->n + c;
        g->values[at] = (float)v;
        g->cells[at] = isnan(v) ? MK_CELL_MISSING : (uint8_t)mk_marginal_cell(m, v);
        g->scores[at] = isnan(v) ? NAN : (float)mk_marginal_normal(m, v);
    }
}

/* rows (n_rows): the group's people in the cohort. */
static MkStatus encode_group(const MkCohort *cohort, size_t t, const size_t *rows, size_t n_rows,
                             const MkMarginal *marginals, MkArena *arena, MkGroup *g, MkError *err)
{
    enum { AT_ONCE = 64 }; /* people: their cells lie row by row, the table's column by column */
    const MkTable *const table = cohort->tables[t];
    g->n_rows = n_rows;
    g->table = t;
    g->attributes = mk_arena_array(arena, table->schema->n, sizeof *g->attributes);
    if (g->attributes != NULL) {
        g->n = list_attributes(table, rows, n_rows, cohort->first[t], g->attributes);
        g->cells = mk_arena_array(arena, n_rows * g->n, sizeof *g->cells);
        g->scores = mk_arena_array(arena, n_rows * g->n, sizeof *g->scores);
        g->values = mk_arena_array(arena, n_rows * g->n, sizeof *g->values);
    }
    if (g->attributes == NULL || g->cells == NULL || g->scores == NULL || g->values == NULL) {
        return mk_fail(err, MK_ENOMEM, "out of memory for %zu people", n_rows);
    }
    for (size_t begin = 0; begin < n_rows; begin += AT_ONCE) {
        const size_t end = begin + AT_ONCE < n_rows ? begin + AT_ONCE : n_rows;
        for (size_t c = 0; c < g->n; c++) {
            encode_column(table, rows, cohort->first[t], &marginals[g->attributes[c]], c, begin,
                          end, g);
        }
    }
    return MK_OK;
}

MkStatus mk_dataset_encode(const MkCohort *cohort, const size_t *rows, size_t n_rows,
                           double *weights, const MkMarginal *marginals, MkArena *arena,
                           MkDataset *out, MkError *err)
{
    MkDataset d = {.n_rows = n_rows, .n_attributes = cohort->schema->n, .weights = weights};
    d.groups = mk_arena_zeros(arena, cohort->n_tables, sizeof *d.groups);
    d.rows = mk_arena_array(arena, n_rows, sizeof *d.rows);
    if (weights == NULL) {
        d.weights = mk_arena_array(arena, n_rows, sizeof *d.weights);
    }
    if (d.groups == NULL || d.rows == NULL || d.weights == NULL) {
        return mk_fail(err, MK_ENOMEM, "out of memory for %zu people", n_rows);
    }
    for (size_t i = 0; i < n_rows; i++) {
        d.rows[i] = rows[i];
        d.weights[i] = weights != NULL ? weights[i] : 1.0;
    }
    for (size_t t = 0; t < cohort->n_tables; t++) {
        const size_t first = first_of(cohort, rows, n_rows, t);
        const size_t n = first_of(cohort, rows, n_rows, t + 1) - first;
        if (n > 0) {
            MkGroup *const g = &d.groups[d.n_groups++];
            g->first = first;
            MK_TRY(encode_group(cohort, t, rows + first, n, marginals, arena, g, err));
        }
    }
    *out = d;
    return MK_OK;
}
