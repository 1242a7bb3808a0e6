#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "model/small_cells.h"

#include <math.h>
#include <string.h>

#include "model/kind.h"

static size_t few_of(const MkModel *m, const char *tensor, size_t from, size_t step, size_t least)
{
    const MkTensor *const t = mk_weights_find(m->weights, tensor);
    const int32_t *const people = t != NULL && t->dtype == MK_I32 ? t->data : NULL;
    size_t few = 0;
    for (size_t i = from; people != NULL && i < t->n; i += step) {
        few += people[i] > 0 && (size_t)people[i] < least ? 1 : 0;
    }
    return few;
}

static size_t untold_of(const MkModel *m, const char *tensor)
{
    const MkTensor *const t = mk_weights_find(m->weights, tensor);
    const uint16_t *const share = t != NULL && t->dtype == MK_U16 ? t->data : NULL;
    size_t n = 0;
    for (size_t i = 0; share != NULL && i < t->n; i++) {
        n += share[i] == MK_SUMMARY_UNTOLD ? 1 : 0;
    }
    return n;
}

/* Cells of 1 to least - 1 people that are not alike; levels have half a person each as prior. How
 * many people have the attribute is told in steps: at most so many are taken. */
static size_t told_apart(const MkMarginal *m, size_t least)
{
    const double prior = m->knots == NULL ? 0.5 : 0.0;
    const double people = (double)(m->n_observed + least - 1) + prior * (double)m->n_cells;
    size_t few = 0;
    double first = NAN;
    bool alike = true;
    for (size_t k = 0; k < m->n_cells; k++) {
        const double own = m->share[k] * people - prior;
        if (own > 0.2 && own < (double)least - 0.5) {
            first = few++ == 0 ? own : first;
            alike = alike && fabs(own - first) < 1e-3 * first;
        }
    }
    const bool is_half = few == 1 && fabs(first - 0.5 * (double)least) < 0.08 * (double)least;
    return (alike && few > 1) || is_half ? 0 : few;
}

MkSmallCells mk_model_small_cells(const MkModel *m, size_t least, bool is_weighted)
{
    const size_t n = m->schema->n;
    MkSmallCells out = {.counts = few_of(m, "marginal.observed", 0, 1, least) +
                                  few_of(m, "summary.people", 0, 1, least) +
                                  few_of(m, "summary.pairs", 2, 3, least)};
    for (size_t i = 0; i < n * (n + 1) / 2; i++) {
        out.counts += m->pairs[i] > 0 && (size_t)m->pairs[i] < least ? 1 : 0;
    }
    for (size_t s = 0; m->gaps != NULL && s < m->gaps->n; s++) {
        out.counts += m->gaps->sources[s].n_people < least ? 1 : 0;
    }
    for (size_t j = 0; j < n && !is_weighted; j++) {
        out.cells += told_apart(&m->marginals[j], least);
    }
    out.untold = untold_of(m, "summary.share") + untold_of(m, "summary.pair_share");
    return out;
}
