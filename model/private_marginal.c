#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "model/private_marginal.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "model/marginal_fit.h"

/* Of an empty cell, so that no value is impossible: people in a cell of a number, of a level. */
static const double least_number = 0.05, least_level = 0.5;

static MkStatus no_memory(MkError *err)
{
    return mk_fail(err, MK_ENOMEM, "out of memory for marginals");
}

/* ---- public cells ---- */

static bool has_range(const MkAttribute *a)
{
    return !mk_type_is_number(a->type) || (isfinite(a->min) && isfinite(a->max) && a->min < a->max);
}

MkStatus mk_private_ranges(const MkSchema *schema, MkError *err)
{
    enum { NAMED = 8 };
    char names[400] = "";
    size_t n = 0;
    for (size_t j = 0; j < schema->n; j++) {
        const size_t len = strlen(names);
        if (!has_range(&schema->attributes[j]) && n++ < NAMED) {
            snprintf(names + len, sizeof names - len, "%s%s", n > 1 ? ", " : "",
                     schema->attributes[j].name);
        }
    }
    return n == 0 ? MK_OK
                  : mk_fail(err, MK_EINVAL,
                            "a private training takes the range of numbers from the schema, as the "
                            "people's own would tell of them: write min and max of %s%s",
                            names, n > NAMED ? " and others" : "");
}

/* Where equal widths are: x itself, or near-logarithmic. */
static double to_even(const MkAttribute *a, bool is_bent, double x)
{
    return is_bent ? asinh(1000.0 * x / fmax(fabs(a->min), fabs(a->max))) : x;
}

static double from_even(const MkAttribute *a, bool is_bent, double x)
{
    return is_bent ? sinh(x) * fmax(fabs(a->min), fabs(a->max)) / 1000.0 : x;
}

static void even_knots(const MkAttribute *a, size_t n, MkMarginal *m)
{
    const bool is_bent = a->type == MK_POSITIVE;
    const double low = to_even(a, is_bent, a->min);
    const double width = (to_even(a, is_bent, a->max) - low) / (double)(n * (MK_CELL_KNOTS - 1));
    for (size_t k = 0; k < n; k++) {
        for (size_t i = 0; i < MK_CELL_KNOTS; i++) {
            const double at = low + width * (double)(k * (MK_CELL_KNOTS - 1) + i);
            m->knots[k][i] = (float)fmin(fmax(from_even(a, is_bent, at), a->min), a->max);
        }
    }
}

static MkStatus place_cells(const MkAttribute *a, size_t n_cells, MkArena *arena, MkMarginal *m,
                            MkError *err)
{
    const double span = floor(a->max) - ceil(a->min) + 1.0;
    const bool is_whole = a->type == MK_COUNT && span >= 1.0 && span <= (double)n_cells;
    *m = (MkMarginal){.attribute = a, .n_cells = a->n_levels};
    if (!mk_type_is_number(a->type)) {
        for (size_t k = 0; k < m->n_cells; k++) {
            m->cell_of[k] = m->level_of[k] = (unsigned char)k;
        }
        return MK_OK;
    }
    m->n_cells = is_whole ? (size_t)span : n_cells;
    m->knots = mk_arena_array(arena, m->n_cells, sizeof *m->knots);
    if (m->knots == NULL) {
        return no_memory(err);
    }
    for (size_t k = 0; is_whole && k < m->n_cells; k++) {
        for (size_t i = 0; i < MK_CELL_KNOTS; i++) {
            m->knots[k][i] = (float)(ceil(a->min) + (double)k);
        }
    }
    if (!is_whole) {
        even_knots(a, n_cells, m);
    }
    return MK_OK;
}

/* ---- noised shares ---- */

static void moments(MkMarginal *m)
{
    double sum = 0.0, squares = 0.0;
    for (size_t k = 0; m->knots != NULL && k < m->n_cells; k++) {
        const double x = mk_marginal_value(m, k, 0.5);
        sum += m->share[k] * x;
        squares += m->share[k] * x * x;
    }
    m->mean = sum;
    m->sd = sqrt(fmax(squares - sum * sum, 0.0));
}

static MkStatus finish(double *counts, size_t n_people, MkMarginal *m, MkError *err)
{
    const double least = m->knots != NULL ? least_number : least_level;
    double total = 0.0, sum = 0.0;
    for (size_t k = 0; k < m->n_cells; k++) {
        total += counts[k];
    }
    total = fmin(fmax(round(total), 1.0), (double)n_people);
    if (!mk_private_project(counts, m->n_cells, total)) {
        return no_memory(err);
    }
    for (size_t k = 0; k < m->n_cells; k++) {
        counts[k] += least;
        sum += counts[k];
    }
    for (size_t k = 0; k < m->n_cells; k++) {
        m->share[k] = counts[k] / sum;
    }
    m->n_observed = (size_t)total;
    mk_marginal_finish(m);
    moments(m);
    return MK_OK;
}

MkStatus mk_private_marginals(const MkCohort *cohort, const size_t *rows, size_t n_rows,
                              size_t n_cells, double sigma, MkNoise *noise, MkArena *arena,
                              MkMarginal **out, MkError *err)
{
    const MkSchema *const schema = cohort->schema;
    const double sd = sigma * sqrt((double)schema->n);
    MkMarginal *const marginals = mk_arena_zeros(arena, schema->n, sizeof *marginals);
    if (marginals == NULL) {
        return no_memory(err);
    }
    for (size_t j = 0; j < schema->n; j++) {
        double counts[MK_CELLS_MAX] = {0};
        MkMarginal *const m = &marginals[j];
        MK_TRY(place_cells(&schema->attributes[j], n_cells, arena, m, err));
        for (size_t i = 0; i < n_rows; i++) {
            const double x = mk_cohort_get(cohort, rows[i], j);
            if (!isnan(x)) {
                counts[mk_marginal_cell(m, x)] += 1.0;
            }
        }
        mk_private_add_noise(noise, sd, counts, m->n_cells);
        MK_TRY(finish(counts, n_rows, m, err));
    }
    *out = marginals;
    return mk_noise_status(noise, err);
}

double mk_private_quantile(const MkMarginal *m, double q)
{
    size_t k = 0;
    while (k + 1 < m->n_cells && q > m->share[k]) {
        q -= m->share[k++];
    }
    return mk_marginal_value(m, k, m->share[k] > 0.0 ? q / m->share[k] : 0.5);
}

size_t mk_private_likeliest(const MkMarginal *m)
{
    size_t best = 0;
    for (size_t k = 1; k < m->n_cells; k++) {
        best = m->share[k] > m->share[best] ? k : best;
    }
    return m->level_of[best];
}
