#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "model/marginal_fit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/normal.h"

typedef struct Weighted {
    double value;
    double weight;
    size_t people;
} Weighted;

typedef struct Cut { /* a cell as a run of distinct values */
    size_t first, last;
    double mass;
    size_t people;
    bool atom;
} Cut;

static int by_value(const void *a, const void *b)
{
    const Weighted *const x = a, *const y = b;
    return (x->value > y->value) - (x->value < y->value);
}

void mk_marginal_finish(MkMarginal *m)
{
    double below = 0.0;
    m->tau[0] = -INFINITY;
    for (size_t k = 0; k < m->n_cells; k++) {
        below += m->share[k];
        m->tau[k + 1] = k + 1 == m->n_cells ? INFINITY : mk_normal_quantile(fmin(below, 1.0));
    }
    for (size_t k = 0; k < m->n_cells; k++) {
        const double low = k == 0 ? 0.0 : mk_normal_density(m->tau[k]);
        const double high = k + 1 == m->n_cells ? 0.0 : mk_normal_density(m->tau[k + 1]);
        m->score[k] = (low - high) / fmax(m->share[k], 1e-12);
    }
}

static void normalise(MkMarginal *m)
{
    double total = 0.0;
    for (size_t k = 0; k < m->n_cells; k++) {
        total += m->share[k];
    }
    for (size_t k = 0; k < m->n_cells; k++) {
        m->share[k] /= total;
    }
}

/* ---- few people ---- */

/* Weights of cells in which fewer than `least` people are no longer told apart; `person` is the
 * mean weight of one. That of all others together would follow from the sum when these are few:
 * then one cell more is told roughly. */
static void blur_shares(double *weight, const size_t *people, size_t n, size_t least, double person)
{
    size_t few = 0, cells = 0, smallest = n;
    double sum = 0.0;
    for (size_t k = 0; k < n; k++) {
        if (people[k] > 0 && people[k] < least) {
            few += people[k];
            sum += weight[k];
            cells++;
        } else if (people[k] > 0 && (smallest == n || people[k] < people[smallest])) {
            smallest = k;
        }
    }
    if (cells > 0 && few < least) {
        sum = 0.5 * (double)least * person;
        if (smallest < n) {
            const double of = (double)people[smallest], step = (double)least;
            weight[smallest] *= round(of / step) * step / of;
        }
    }
    for (size_t k = 0; k < n; k++) {
        if (people[k] > 0 && people[k] < least) {
            weight[k] = sum / (double)cells;
        }
    }
}

static void fit_levels(const Weighted *seen, size_t n, double total,
                       const unsigned char *level_order, size_t least, MkMarginal *m)
{
    m->n_cells = m->attribute->n_levels;
    const double scale = (double)n / total; /* weights to people */
    double weight[MK_CELLS_MAX] = {0};
    size_t people[MK_CELLS_MAX] = {0};
    for (size_t i = 0; i < n; i++) {
        weight[(size_t)seen[i].value] += seen[i].weight * scale;
        people[(size_t)seen[i].value]++;
    }
    blur_shares(weight, people, m->n_cells, least, 1.0);
    for (size_t level = 0; level < m->n_cells; level++) {
        const size_t cell = level_order != NULL ? level_order[level] : level;
        m->cell_of[level] = (unsigned char)cell;
        m->level_of[cell] = (unsigned char)level;
        m->share[cell] = 0.5 + weight[level];
    }
    normalise(m);
}

/* Joins equal values; returns how many distinct ones there are. */
static size_t join_equal(Weighted *seen, size_t n)
{
    size_t used = 0;
    for (size_t i = 1; i < n; i++) {
        if (seen[i].value == seen[used].value) {
            seen[used].weight += seen[i].weight;
            seen[used].people += seen[i].people;
        } else {
            seen[++used] = seen[i];
        }
    }
    return used + 1;
}

/* Cells as runs of distinct values: atoms alone, the rest in bins of about `aim`. Gives their
 * number, at most MK_CELLS_MAX (the aim is doubled until they fit). */
static size_t cut(const Weighted *seen, size_t n, double total, double aim, bool zero_is_atom,
                  Cut *cuts)
{
    size_t used = 0;
    bool open = false;
    for (size_t i = 0; i < n; i++) {
        const double w = seen[i].weight;
        const bool atom = w > 1.5 * aim || n <= MK_CELLS_MAX / 4 ||
                          (zero_is_atom && seen[i].value == 0.0 && w > 0.005 * total);
        if (open && !atom && cuts[used - 1].mass + 0.5 * w < aim) {
            cuts[used - 1].last = i;
            cuts[used - 1].mass += w;
            continue;
        }
        if (used == MK_CELLS_MAX) {
            return cut(seen, n, total, 2.0 * aim, zero_is_atom, cuts);
        }
        /* A sliver left before an atom joins the bin before it. */
        if (atom && used > 1 && open && cuts[used - 1].mass < 0.3 * aim && !cuts[used - 2].atom) {
            cuts[used - 2].last = cuts[used - 1].last;
            cuts[used - 2].mass += cuts[used - 1].mass;
            used--;
        }
        cuts[used++] = (Cut){.first = i, .last = i, .mass = w, .atom = atom};
        open = !atom;
    }
    if (used > 1 && open && cuts[used - 1].mass < 0.5 * aim && !cuts[used - 2].atom) {
        cuts[used - 2].last = cuts[used - 1].last;
        cuts[used - 2].mass += cuts[used - 1].mass;
        used--;
    }
    return used;
}

bool mk_marginal_round(double a, double b, float *out)
{
    const double middle = a + 0.5 * (b - a);
    const int top = (int)ceil(log10(fmax(fmax(fabs(a), fabs(b)), b - a)));
    for (int power = top; power > top - 12; power--) {
        const double step = pow(10.0, power);
        const float c = (float)(round(middle / step) * step);
        if ((float)a < c && c < (float)b) {
            *out = c;
            return true;
        }
    }
    *out = (float)middle;
    return (float)a < *out && *out < (float)b;
}

/* ---- ends of numbers ---- */

/* One end of all values, and its cells from outside in. */
typedef struct End {
    const Weighted *seen;
    const Cut *cuts;
    size_t n, least;
    bool upper;
} End;

static size_t cell_of(const End *e, size_t i)
{
    return e->upper ? e->n - 1 - i : i;
}

static double outermost(const End *e, const Cut *c)
{
    return e->seen[e->upper ? c->last : c->first].value;
}

static float between(double a, double b)
{
    float round = 0.0F;
    return mk_marginal_round(fmin(a, b), fmax(a, b), &round) ? round : (float)a;
}

/* Knots of the bin that the `least`-th person from the end is in: outside of that person's value
 * they lie evenly up to a round number below the outermost value; a value that so many share
 * stays. `beyond` people are in cells farther out. */
static void spread_knots(const End *e, const Cut *c, size_t beyond, float *knots)
{
    const size_t last = MK_CELL_KNOTS - 1, inner = e->upper ? c->first : c->last;
    size_t k = last, i = e->upper ? c->last : c->first, people = beyond + e->seen[i].people;
    while (people < e->least && i != inner) {
        i = e->upper ? i - 1 : i + 1;
        people += e->seen[i].people;
    }
    const double v = e->seen[i].value, most = outermost(e, c);
    const float told = (float)v, end = v == most ? told : between(v, most);
    knots[e->upper ? last : 0] = end;
    while (k > 0 && (e->upper ? knots[k] > told : knots[last - k] < told)) {
        k--;
    }
    const float from = knots[e->upper ? k : last - k];
    for (size_t m = k + 1; m < last; m++) {
        knots[e->upper ? m : last - m] = from + (end - from) * (float)(m - k) / (float)(last - k);
    }
}

/* What stands for the value `own` of few people, `inner` the next one: a number at the record's
 * step on its side of the middle. The end of the schema's own domain stays. Whole numbers without
 * room stay too, but for the largest, which becomes the next one. */
static float tell_rare(const End *e, const MkAttribute *a, const Cut *c, double inner, double own,
                       bool is_last)
{
    const double step = a->type == MK_COUNT ? fmax(1.0, a->resolution) : a->resolution;
    const double middle = 0.5 * (inner + own), low = fmin(middle, own), high = fmax(middle, own);
    if (c->atom && (e->upper ? own >= a->max : own <= a->min)) {
        return (float)own;
    }
    const double at = (double)between(middle, own);
    const double on = step > 0.0 ? round(at / step) * step : at;
    if (on > low && on < high) {
        return (float)on;
    }
    if (a->type != MK_COUNT) {
        return (float)at;
    }
    return (float)(e->upper && is_last && own + step <= a->max ? own + step : own);
}

/* Makes the knots of all cells (n) tell nothing of fewer than `least` people at an end. A cell that
 * has no more people is told by tell_rare. */
static void blur_end(const End *e, const MkAttribute *a, float (*knots)[MK_CELL_KNOTS])
{
    size_t i = 0, beyond = 0;
    while (i < e->n && beyond + e->cuts[cell_of(e, i)].people < e->least) {
        beyond += e->cuts[cell_of(e, i++)].people;
    }
    if (i == e->n) {
        return;
    }
    for (size_t m = i; m-- > 0;) {
        const Cut *const c = &e->cuts[cell_of(e, m)];
        const double own = outermost(e, c), inner = outermost(e, &e->cuts[cell_of(e, m + 1)]);
        const float told = tell_rare(e, a, c, inner, own, m == 0);
        for (size_t k = 0; k < MK_CELL_KNOTS; k++) {
            knots[cell_of(e, m)][k] = told;
        }
    }
    if (!e->cuts[cell_of(e, i)].atom) {
        spread_knots(e, &e->cuts[cell_of(e, i)], beyond, knots[cell_of(e, i)]);
    }
}

/* Training quantiles 0, 1/8 .. 1 of a bin; its ends meet those of neighbouring bins half-way. */
static void fill_knots(const Weighted *seen, const Cut *c, const Cut *before, const Cut *after,
                       float *knots)
{
    size_t i = c->first;
    double below = 0.0;
    for (size_t k = 0; k < MK_CELL_KNOTS; k++) {
        const double want = c->mass * (double)k / (MK_CELL_KNOTS - 1);
        while (i < c->last && below + seen[i].weight < want) {
            below += seen[i++].weight;
        }
        knots[k] = (float)seen[i].value;
    }
    if (before != NULL && !before->atom && !c->atom) {
        knots[0] = (float)(0.5 * (seen[before->last].value + seen[c->first].value));
    }
    if (after != NULL && !after->atom && !c->atom) {
        knots[MK_CELL_KNOTS - 1] = (float)(0.5 * (seen[c->last].value + seen[after->first].value));
    }
}

static MkStatus fit_number(Weighted *seen, size_t n, double total, const MkMarginalFit *fit,
                           MkArena *arena, MkMarginal *m, MkError *err)
{
    qsort(seen, n, sizeof *seen, by_value);
    const size_t by_people = n / (fit->min_people > 0 ? fit->min_people : 1);
    size_t cells = fit->n_cells < by_people ? fit->n_cells : by_people;
    cells = cells < 2 ? 2 : cells;
    const size_t distinct = join_equal(seen, n);
    Cut cuts[MK_CELLS_MAX];
    m->n_cells =
        cut(seen, distinct, total, total / (double)cells, m->attribute->type == MK_POSITIVE, cuts);
    m->knots = mk_arena_array(arena, m->n_cells, sizeof *m->knots);
    if (m->knots == NULL) {
        return mk_fail(err, MK_ENOMEM, "out of memory");
    }
    size_t people[MK_CELLS_MAX];
    for (size_t k = 0; k < m->n_cells; k++) {
        people[k] = 0;
        for (size_t i = cuts[k].first; i <= cuts[k].last; i++) {
            people[k] += seen[i].people;
        }
        cuts[k].people = people[k];
        m->share[k] = cuts[k].mass / total;
        fill_knots(seen, &cuts[k], k > 0 ? &cuts[k - 1] : NULL,
                   k + 1 < m->n_cells ? &cuts[k + 1] : NULL, m->knots[k]);
    }
    for (int upper = 0; upper < 2 && fit->least > 1; upper++) {
        const End end = {seen, cuts, m->n_cells, fit->least, upper == 1};
        blur_end(&end, m->attribute, m->knots);
    }
    blur_shares(m->share, people, m->n_cells, fit->least, 1.0 / (double)n);
    normalise(m);
    return MK_OK;
}

MkStatus mk_marginal_fit(const MkAttribute *attribute, const double *values, const double *weights,
                         size_t n, const unsigned char *level_order, const MkMarginalFit *fit,
                         MkArena *arena, MkMarginal *out, MkError *err)
{
    MkMarginal m = {.attribute = attribute};
    Weighted *const seen = mk_heap_array(n > 0 ? n : 1, sizeof *seen);
    if (seen == NULL) {
        return mk_fail(err, MK_ENOMEM, "out of memory");
    }
    size_t used = 0;
    double total = 0.0, sum = 0.0, squares = 0.0;
    for (size_t i = 0; i < n; i++) {
        const double w = weights != NULL ? weights[i] : 1.0;
        if (!isnan(values[i]) && w > 0.0) {
            seen[used++] = (Weighted){.value = values[i], .weight = w, .people = 1};
            total += w;
            sum += w * values[i];
            squares += w * values[i] * values[i];
        }
    }
    MkStatus st = MK_OK;
    if (used == 0) {
        st = mk_fail(err, MK_EINVAL, "attribute %s has no value in the training people",
                     attribute->name);
    } else if (used < fit->least) {
        st = mk_fail(err, MK_EINVAL,
                     "attribute %s: %zu of the training people have a value, smallest_cell is %zu",
                     attribute->name, used, fit->least);
    } else if (mk_type_is_number(attribute->type)) {
        m.mean = sum / total;
        m.sd = sqrt(fmax(squares / total - m.mean * m.mean, 0.0));
        st = fit_number(seen, used, total, fit, arena, &m, err);
    } else {
        fit_levels(seen, used, total, level_order, fit->least, &m);
    }
    free(seen);
    if (st == MK_OK) {
        m.n_observed = fit->least > 1 ? used - used % fit->least : used;
        mk_marginal_finish(&m);
        *out = m;
    }
    return st;
}
