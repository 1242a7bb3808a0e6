#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "src/eval/yard.h"

#include <math.h>
#include <stdlib.h>

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

/* Values of attribute j, table by table. */
static size_t gather(const MkCohort *c, const size_t *people, size_t n_people, size_t j,
                     double *out)
{
    size_t n = 0, at = 0;
    for (size_t t = 0; t < c->n_tables; t++) {
        const bool has = c->tables[t]->column_of[j] != MK_NO_COLUMN;
        for (; at < n_people && people[at] < c->first[t + 1]; at++) {
            const double x = has ? mk_table_get(c->tables[t], people[at] - c->first[t], j) : NAN;
            if (!isnan(x)) {
                out[n++] = x;
            }
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

MkStatus mk_yards_from_people(const MkCohort *train, const size_t *people, size_t n_people,
                              MkArena *arena, MkYard **out, MkError *err)
{
    const size_t n = train->schema->n;
    MkYard *const yards = mk_arena_zeros(arena, n, sizeof *yards);
    double *const x = mk_heap_array(n_people + 1, sizeof *x);
    if (yards == NULL || x == NULL) {
        free(x);
        return no_memory(err);
    }
    for (size_t j = 0; j < n; j++) {
        const size_t n_seen = gather(train, people, n_people, j, x);
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
