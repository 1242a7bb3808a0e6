#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "model/dataset.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- order of nominal levels: first optimal-scaling score ---- */

/* Mean standardised score of every other attribute among the people of each level, less the overall
 * mean: b (n_levels, n). share (n_levels) is filled with the levels' shares. */
static void level_means(const MkDataset *d, const double *mean, const double *sd, size_t j,
                        size_t n_levels, double *b, double *count, double *share)
{
    const size_t n = d->n;
    double total = 0.0;
    memset(b, 0, n_levels * n * sizeof *b);
    memset(count, 0, n_levels * n * sizeof *count);
    memset(share, 0, n_levels * sizeof *share);
    for (size_t i = 0; i < d->n_rows; i++) {
        const uint8_t level = d->cells[i * n + j];
        if (level == MK_CELL_MISSING) {
            continue;
        }
        share[level] += 1.0;
        total += 1.0;
        for (size_t k = 0; k < n; k++) {
            const float z = d->scores[i * n + k];
            if (k != j && !isnan(z) && sd[k] > 0.0) {
                b[level * n + k] += ((double)z - mean[k]) / sd[k];
                count[level * n + k] += 1.0;
            }
        }
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

static void score_moments(const MkDataset *d, double *mean, double *sd)
{
    for (size_t k = 0; k < d->n; k++) {
        double count = 0.0, sum = 0.0, squares = 0.0;
        for (size_t i = 0; i < d->n_rows; i++) {
            const double z = (double)d->scores[i * d->n + k];
            if (!isnan(z)) {
                count += 1.0;
                sum += z;
                squares += z * z;
            }
        }
        mean[k] = count > 0.0 ? sum / count : 0.0;
        sd[k] = count > 0.0 ? sqrt(fmax(squares / count - mean[k] * mean[k], 0.0)) : 0.0;
    }
}

/* orders (n, MK_CELLS_MAX) for nominal attributes with three levels and more */
static MkStatus nominal_orders(const MkDataset *d, const MkMarginal *marginals,
                               unsigned char *orders, MkError *err)
{
    const size_t n = d->n;
    MkStatus st = MK_OK;
    double *const b = mk_heap_array(MK_CELLS_MAX * n, sizeof *b);
    double *const count = mk_heap_array(MK_CELLS_MAX * n, sizeof *count);
    double *const work = mk_heap_array(3 * n + 2 * MK_CELLS_MAX, sizeof *work);
    if (b == NULL || count == NULL || work == NULL) {
        st = mk_fail(err, MK_ENOMEM, "out of memory");
        goto done;
    }
    double *const mean = work, *const sd = work + n, *const v = work + 2 * n;
    double *const share = work + 3 * n, *const scores = share + MK_CELLS_MAX;
    score_moments(d, mean, sd);
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
    return st;
}

/* ---- ---- */

static void gather(const MkTable *table, const size_t *rows, size_t n_rows, size_t attribute,
                   double *out)
{
    for (size_t i = 0; i < n_rows; i++) {
        out[i] = mk_table_get(table, rows[i], attribute);
    }
}

static MkStatus fit_all(const MkTable *table, const size_t *rows, size_t n_rows,
                        const double *weights, const unsigned char *orders,
                        const MkMarginalFit *fit, MkArena *arena, MkMarginal *out, MkError *err)
{
    MkStatus st = MK_OK;
    double *const values = mk_heap_array(n_rows + 1, sizeof *values);
    if (values == NULL) {
        return mk_fail(err, MK_ENOMEM, "out of memory");
    }
    for (size_t j = 0; j < table->schema->n && st == MK_OK; j++) {
        const MkAttribute *const a = &table->schema->attributes[j];
        const bool nominal = orders != NULL && a->type == MK_CATEGORICAL && a->n_levels > 2;
        gather(table, rows, n_rows, j, values);
        st = mk_marginal_fit(a, values, weights, n_rows, nominal ? orders + j * MK_CELLS_MAX : NULL,
                             fit, arena, &out[j], err);
    }
    free(values);
    return st;
}

MkStatus mk_dataset_marginals(const MkTable *table, const size_t *rows, size_t n_rows,
                              const double *weights, const MkMarginalFit *fit, MkArena *arena,
                              MkMarginal **out, MkError *err)
{
    const size_t n = table->schema->n;
    MkStatus st = MK_OK;
    MkArena *const scratch = mk_arena_new(0);
    MkMarginal *const marginals = mk_arena_zeros(arena, n, sizeof *marginals);
    unsigned char *const orders = mk_heap_array(n * MK_CELLS_MAX, 1);
    if (scratch == NULL || marginals == NULL || orders == NULL) {
        st = mk_fail(err, MK_ENOMEM, "out of memory");
        goto done;
    }
    MK_TRY_GOTO(fit_all(table, rows, n_rows, weights, NULL, fit, scratch, marginals, err));
    MkDataset first;
    MK_TRY_GOTO(mk_dataset_encode(table, rows, n_rows, NULL, marginals, scratch, &first, err));
    MK_TRY_GOTO(nominal_orders(&first, marginals, orders, err));
    MK_TRY_GOTO(fit_all(table, rows, n_rows, weights, orders, fit, arena, marginals, err));
    *out = marginals;
done:
    free(orders);
    mk_arena_free(scratch);
    return st;
}

MkStatus mk_dataset_encode(const MkTable *table, const size_t *rows, size_t n_rows, double *weights,
                           const MkMarginal *marginals, MkArena *arena, MkDataset *out,
                           MkError *err)
{
    const size_t n = table->schema->n;
    MkDataset d = {.n_rows = n_rows, .n = n, .weights = weights};
    d.cells = mk_arena_array(arena, n_rows * n, sizeof *d.cells);
    d.scores = mk_arena_array(arena, n_rows * n, sizeof *d.scores);
    d.values = mk_arena_array(arena, n_rows * n, sizeof *d.values);
    d.rows = mk_arena_array(arena, n_rows, sizeof *d.rows);
    if (d.cells == NULL || d.scores == NULL || d.values == NULL || d.rows == NULL) {
        return mk_fail(err, MK_ENOMEM, "out of memory for %zu people", n_rows);
    }
    for (size_t i = 0; i < n_rows; i++) {
        d.rows[i] = rows[i];
        for (size_t j = 0; j < n; j++) {
            const double v = mk_table_get(table, rows[i], j);
            const size_t at = i * n + j;
            d.values[at] = (float)v;
            d.cells[at] = isnan(v) ? MK_CELL_MISSING : (uint8_t)mk_marginal_cell(&marginals[j], v);
            d.scores[at] = isnan(v) ? NAN : (float)mk_marginal_normal(&marginals[j], v);
        }
    }
    *out = d;
    return MK_OK;
}
