/* explore_relate.c - what is said of a relation, from the target's answers along an attribute. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "src/query/explore_inner.h"

#include <math.h>

#include "src/query/curve.h"
#include "src/query/show.h"

static const double strength_least = 5e-4; /* nats, below which a shape says nothing */
static const double monotone_least = 0.6;
static const double share_least = 0.002;   /* of a group, to count for direction and form */
static const double restated_number = 1.6; /* nats: as a correlation of 0.98 */
static const double restated_level = 0.9;  /* share of the target's entropy */
static const double bend_least = 0.4;      /* of the answers' range, for a peak or a dip */

/* ---- the target's answer ---- */

double mk_explore_answer(const MkExplore *e, const MkDistribution *d)
{
    switch (e->answer) {
    case MK_EXPLORE_MEDIAN:
        return mk_dist_quantile(d, 0.5);
    case MK_EXPLORE_MEAN:
        return mk_dist_mean(d);
    case MK_EXPLORE_LEVEL:
        return mk_dist_level(d, e->level);
    case MK_EXPLORE_EVENT:
        return mk_measure_of(e->choice->event, d);
    case MK_EXPLORE_POSITION:
        break;
    }
    double sum = 0;
    for (size_t k = 0; k < e->attribute->n_levels; k++) {
        sum += (double)(k + 1) * mk_dist_level(d, k);
    }
    return sum;
}

bool mk_explore_has_few_values(const MkModel *model, size_t j)
{
    const MkDistribution *population = mk_model_population(model, j);
    double low = 0, high = 0;
    mk_curve_axis(model, j, population, 1, &low, &high);
    const double q[] = {mk_dist_quantile(population, 0.25), mk_dist_quantile(population, 0.5),
                        mk_dist_quantile(population, 0.75)};
    return !(q[0] < q[1] && q[1] < q[2]) || mk_curve_values(model, j, low, high) > 0;
}

void mk_explore_choose(MkExplore *e)
{
    const MkModel *model = e->query->model;
    const MkDistribution *d = &e->now[e->target];
    e->unit = 1;
    if (e->choice->event != NULL) {
        e->answer = MK_EXPLORE_EVENT;
    } else if (mk_type_is_number(e->attribute->type)) {
        const double sd = mk_model_marginal(model, e->target)->sd;
        e->answer =
            mk_explore_has_few_values(model, e->target) ? MK_EXPLORE_MEAN : MK_EXPLORE_MEDIAN;
        e->unit = sd > 0 ? sd : 1;
    } else if (e->attribute->type == MK_ORDINAL && e->attribute->n_levels > 2) {
        e->answer = MK_EXPLORE_POSITION;
    } else {
        e->answer = MK_EXPLORE_LEVEL;
        e->level = (size_t)mk_dist_mode(d);
        if (e->attribute->n_levels == 2) {
            e->level = mk_dist_level(d, 1) > mk_dist_level(d, 0) ? 0 : 1;
        }
    }
}

/* ---- one relation ---- */

static bool is_ordered(const MkAttribute *attribute)
{
    return mk_type_is_number(attribute->type) || attribute->type == MK_ORDINAL;
}

bool mk_explore_counts(const MkExplorePoint *point)
{
    return point->share >= share_least;
}

void mk_explore_span(const MkExploreRelation *r, double *low, double *high)
{
    *low = INFINITY;
    *high = -INFINITY;
    for (size_t i = 0; i < r->n_points; i++) {
        if (mk_explore_counts(&r->points[i])) {
            *low = fmin(*low, r->points[i].answer);
            *high = fmax(*high, r->points[i].answer);
        }
    }
    if (*low > *high) {
        *low = *high = r->n_points > 0 ? r->points[0].answer : 0;
    }
}

/* Direction and form of the points that hold enough people. */
static void see_form(const MkExplore *e, MkExploreRelation *r)
{
    const MkAttribute *attribute = mk_show_attribute(e->query->model, r->attribute);
    double first = NAN, last = NAN, low = INFINITY, high = -INFINITY, path = 0;
    for (size_t i = 0; i < r->n_points; i++) {
        const double y = r->points[i].answer;
        if (!mk_explore_counts(&r->points[i])) {
            continue;
        }
        first = isnan(first) ? y : first;
        path += isnan(last) ? 0 : fabs(y - last);
        last = y;
        low = fmin(low, y);
        high = fmax(high, y);
    }
    r->has_direction = is_ordered(attribute) && path > 0;
    r->direction = r->has_direction ? (last - first) / path : 0;
    r->form = MK_FORM_NONE;
    if (r->strength < strength_least || !(path > 0)) {
        return;
    }
    const double hill = high - fmax(first, last), valley = fmin(first, last) - low;
    if (!is_ordered(attribute)) {
        r->form = MK_FORM_LEVELS;
    } else if (fabs(r->direction) >= monotone_least) {
        r->form = r->direction > 0 ? MK_FORM_RISING : MK_FORM_FALLING;
    } else if (fmax(hill, valley) >= bend_least * (high - low)) {
        r->form = hill > valley ? MK_FORM_PEAK : MK_FORM_DIP;
    } else {
        r->form = MK_FORM_MIXED;
    }
}

static double entropy(const double *p, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        sum -= p[i] > 0 ? p[i] * log(p[i]) : 0;
    }
    return sum;
}

static bool restates(const MkExplore *e, double strength)
{
    double p[MK_SHARES_MAX];
    if (e->choice->event == NULL && mk_type_is_number(e->attribute->type)) {
        return strength >= restated_number;
    }
    size_t n = e->attribute->n_levels;
    if (e->choice->event != NULL) {
        p[0] = mk_measure_of(e->choice->event, &e->now[e->target]);
        p[1] = 1 - p[0];
        n = 2;
    } else {
        mk_bins_share(&e->bins, &e->now[e->target], p);
    }
    return strength >= restated_level * entropy(p, n) && strength > 0.01;
}

size_t mk_explore_share(const MkExplore *e, const MkDistribution *d, double *out)
{
    if (e->choice->event != NULL) {
        out[0] = mk_measure_of(e->choice->event, d);
        out[1] = 1 - out[0];
        return 2;
    }
    mk_bins_share(&e->bins, d, out);
    return e->bins.n;
}

/* Expected change of the target: of its answer, or of all its levels. */
static double effect_of(const MkExplore *e, const double *shares, size_t n, const double *answers,
                        const MkSlices *slices)
{
    const bool is_number = e->answer == MK_EXPLORE_MEDIAN || e->answer == MK_EXPLORE_MEAN;
    double mean[MK_SHARES_MAX] = {0}, centre = 0, total = 0, sum = 0;
    for (size_t i = 0; i < slices->n; i++) {
        const double w = slices->items[i].weight;
        total += w;
        centre += w * answers[i];
        for (size_t b = 0; b < n; b++) {
            mean[b] += w * shares[i * n + b];
        }
    }
    if (!(total > 0)) {
        return 0;
    }
    for (size_t b = 0; b < n; b++) {
        mean[b] /= total;
    }
    for (size_t i = 0; i < slices->n; i++) {
        const double change = is_number ? fabs(answers[i] - centre / total) / e->unit
                                        : mk_distance(shares + i * n, mean, n);
        sum += slices->items[i].weight * change;
    }
    return sum / total;
}

void mk_explore_relate(const MkExplore *e, const MkSlices *slices, const double *shares, size_t n,
                       const double *answers, MkExploreRelation *r)
{
    double weights[MK_SLICES_MAX], sums[MK_SLICES_MAX] = {0}, counts[MK_SLICES_MAX] = {0};
    for (size_t i = 0; i < slices->n; i++) {
        const MkSlice *slice = &slices->items[i];
        const double w = fmax(slice->weight, 1e-12);
        weights[i] = slice->weight;
        sums[slice->group] += w * answers[i];
        counts[slice->group] += w;
    }
    r->strength = mk_information(shares, weights, slices->n, n);
    r->effect = effect_of(e, shares, n, answers, slices);
    r->n_points = slices->n_groups;
    for (size_t g = 0; g < slices->n_groups; g++) {
        mk_slices_group(slices, g, &r->points[g].at, &r->points[g].share);
        r->points[g].answer = sums[g] / counts[g];
    }
    r->is_restatement = restates(e, r->strength);
    see_form(e, r);
}
