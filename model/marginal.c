#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "model/marginal.h"

#include <math.h>

#include "model/normal.h"

enum { FEW = 10, MANY_CELLS = 8 };

size_t mk_marginal_cell(const MkMarginal *m, double value)
{
    if (m->knots == NULL) {
        return m->cell_of[(size_t)value];
    }
    /* The last cell whose lower end is not above the value. */
    size_t low = 0, high = m->n_cells;
    while (high - low > 1) {
        const size_t mid = (low + high) / 2;
        if ((double)m->knots[mid][0] <= value) {
            low = mid;
        } else {
            high = mid;
        }
    }
    /* A value in the gap above an atom belongs to the nearer cell. */
    const double top = (double)m->knots[low][MK_CELL_KNOTS - 1];
    if (low + 1 < m->n_cells && value > top &&
        (double)m->knots[low + 1][0] - value <= value - top) {
        low++;
    }
    return low;
}

double mk_marginal_inside(const MkMarginal *m, size_t cell, double value)
{
    if (m->knots == NULL) {
        return 0.5;
    }
    const float *const knot = m->knots[cell];
    const double v = (double)(float)value;
    size_t first = 0, last = 0; /* knots <= v, knots < v */
    while (first < MK_CELL_KNOTS && (double)knot[first] < v) {
        first++;
    }
    last = first;
    while (last < MK_CELL_KNOTS && (double)knot[last] <= v) {
        last++;
    }
    const double steps = MK_CELL_KNOTS - 1;
    if (last > first) { /* equal knots: the middle of the flat stretch */
        return 0.5 * (double)(first + last - 1) / steps;
    }
    if (first == 0) {
        return 0.0;
    }
    if (first == MK_CELL_KNOTS) {
        return 1.0;
    }
    const double a = (double)knot[first - 1], b = (double)knot[first];
    return ((double)(first - 1) + (v - a) / (b - a)) / steps;
}

double mk_marginal_normal(const MkMarginal *m, double value)
{
    const size_t cell = mk_marginal_cell(m, value);
    if (m->knots == NULL || m->knots[cell][0] == m->knots[cell][MK_CELL_KNOTS - 1]) {
        return m->score[cell];
    }
    const double below = mk_normal_cdf(m->tau[cell]);
    const double margin = 0.5 / (double)(m->n_observed + 1);
    const double u = below + m->share[cell] * mk_marginal_inside(m, cell, value);
    return mk_normal_quantile(fmin(fmax(u, margin), 1.0 - margin));
}

double mk_marginal_value(const MkMarginal *m, size_t cell, double t)
{
    if (m->knots == NULL) {
        return (double)m->level_of[cell];
    }
    const double at = fmin(fmax(t, 0.0), 1.0) * (MK_CELL_KNOTS - 1);
    const size_t k = at >= MK_CELL_KNOTS - 1 ? MK_CELL_KNOTS - 2 : (size_t)at;
    const double a = (double)m->knots[cell][k], b = (double)m->knots[cell][k + 1];
    return a + (b - a) * (at - (double)k);
}

/* Whether the knots of a cell are recorded values (marginal_fit.h rounds those of few people). */
static bool is_recorded(const MkMarginal *m, size_t cell)
{
    const bool is_end = cell == 0 || cell + 1 == m->n_cells;
    return m->share[cell] * (double)m->n_observed >= FEW && !(is_end && m->n_cells >= MANY_CELLS);
}

double mk_marginal_step(const MkMarginal *m)
{
    static const double steps[] = {10.0, 5.0, 1.0, 0.5, 0.1, 0.05, 0.01, 0.001};
    if (m->knots == NULL || m->attribute->resolution > 0.0) {
        return m->knots != NULL ? m->attribute->resolution : 0.0;
    }
    for (size_t s = 0; s < sizeof steps / sizeof *steps; s++) {
        size_t n = 0, on = 0;
        for (size_t cell = 0; cell < m->n_cells; cell++) {
            for (size_t k = 1; is_recorded(m, cell) && k + 1 < MK_CELL_KNOTS; k++) {
                const double at = (double)m->knots[cell][k] / steps[s];
                on += fabs(at - round(at)) < 1e-4 + 1e-6 * fabs(at) ? 1 : 0;
                n++;
            }
        }
        if (on == n && n > 0) {
            return m->attribute->type == MK_COUNT ? fmax(steps[s], 1.0) : steps[s];
        }
    }
    return m->attribute->type == MK_COUNT ? 1.0 : 0.0;
}
