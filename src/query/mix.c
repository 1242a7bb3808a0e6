#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "src/query/mix.h"

#include <math.h>
#include <string.h>

#include "src/base/rng.h"

static const double mass_least = 1e-12; /* weight of a range the model gives no mass */
static const double mass_unseen = 1e-9;

static MkStatus no_memory(MkError *err)
{
    return mk_fail(err, MK_ENOMEM, "out of memory for ranges of evidence");
}

static const MkAttribute *attribute_of(const MkModel *model, size_t j)
{
    return &mk_model_schema(model)->attributes[j];
}

/* ---- one range ---- */

static bool level_is_in(const MkValue *value, size_t level)
{
    if (value->kind == MK_VALUE_SET) {
        return level < MK_MAX_LEVELS && ((value->levels >> level) & 1U) != 0;
    }
    return (double)level >= value->low && (double)level <= value->high;
}

static size_t levels_in(const MkAttribute *attribute, const MkValue *value)
{
    size_t n = 0;
    for (size_t k = 0; k < attribute->n_levels; k++) {
        n += level_is_in(value, k) ? 1 : 0;
    }
    return n;
}

/* The level at share u of the set's mass, by the conditional or evenly when there is none. */
static double place_level(const MkDistribution *d, const MkValue *value, double u, double *mass)
{
    const size_t n = d->attribute->n_levels;
    double total = 0;
    for (size_t k = 0; k < n; k++) {
        total += level_is_in(value, k) ? mk_dist_level(d, k) : 0;
    }
    const bool is_even = !(total > mass_least);
    const double all = is_even ? (double)levels_in(d->attribute, value) : total;
    double sum = 0;
    double last = 0;
    for (size_t k = 0; k < n; k++) {
        if (!level_is_in(value, k)) {
            continue;
        }
        sum += is_even ? 1 : mk_dist_level(d, k);
        last = (double)k;
        if (sum >= u * all && sum > 0) {
            break;
        }
    }
    *mass = total;
    return last;
}

/* Evenly over the part of the range between the ends of training; the nearer end of the range when
 * they do not meet. */
static double place_even(const MkModel *model, const MkDistribution *d, size_t j,
                         const MkValue *value, double u)
{
    const MkDistribution *population = mk_model_population(model, j);
    const double first = mk_dist_quantile(population, 0.0005);
    const double last = mk_dist_quantile(population, 0.9995);
    const double low = fmax(fmax(value->low, first), d->attribute->min);
    const double high = fmin(fmin(value->high, last), d->attribute->max);
    if (low <= high) {
        return low + u * (high - low);
    }
    return value->low > last ? value->low : value->high;
}

static double place_number(const MkModel *model, const MkDistribution *d, size_t j,
                           const MkValue *value, double u, double *mass)
{
    const double below = mk_dist_cdf_below(d, value->low);
    const double to = mk_dist_cdf(d, value->high);
    *mass = fmax(to - below, 0);
    if (*mass <= mass_least) {
        return place_even(model, d, j, value, u);
    }
    const double x = mk_dist_quantile(d, below + u * *mass);
    return fmin(fmax(x, value->low), value->high);
}

/* Value at share u of the range's conditional mass; *mass is that of the whole range. */
static double place(const MkModel *model, const MkDistribution *d, const MkKnown *range, double u,
                    double *mass)
{
    if (!mk_type_is_number(d->attribute->type)) {
        return place_level(d, &range->value, u, mass);
    }
    return place_number(model, d, range->attribute, &range->value, u, mass);
}

/* ---- several ranges ---- */

typedef struct Walk {
    const MkModel *model;
    const MkCancel *cancel;
    MkArena *arena;
    const MkKnown *ranges;
    size_t n_ranges;
    size_t n_points;
    MkPoint *current; /* (n_known) the path so far */
    MkPoint *known;   /* (MK_MIX_MAX, n_known) */
    double *weights;
    size_t n;
} Walk;

static MkStatus conditional(const Walk *walk, size_t depth, MkDistribution *out, MkError *err)
{
    if (mk_cancelled(walk->cancel)) {
        return mk_fail(err, MK_ECANCEL, "interrupted");
    }
    return mk_model_posterior(walk->model, walk->current, walk->n_points + depth,
                              &walk->ranges[depth].attribute, 1, walk->arena, out, err);
}

static void walk_keep(Walk *walk, double weight)
{
    const size_t n_known = walk->n_points + walk->n_ranges;
    memcpy(walk->known + walk->n * n_known, walk->current, n_known * sizeof *walk->known);
    walk->weights[walk->n++] = weight;
}

/* One branch a node; the nodes of a level are slices of the conditional at that level. */
static MkStatus expand(Walk *walk, size_t depth, double weight, MkError *err)
{
    if (depth == walk->n_ranges) {
        walk_keep(walk, weight);
        return MK_OK;
    }
    const MkKnown *range = &walk->ranges[depth];
    const MkMark mark = mk_arena_mark(walk->arena);
    MkDistribution d;
    MK_TRY(conditional(walk, depth, &d, err));
    double x[MK_MAX_LEVELS];
    double w[MK_MAX_LEVELS];
    size_t n = 0;
    if (mk_type_is_number(d.attribute->type)) {
        for (size_t i = 0; i < MK_MIX_SLICES; i++) {
            double mass = 0;
            const double at =
                place(walk->model, &d, range, ((double)i + 0.5) / MK_MIX_SLICES, &mass);
            const double part = fmax(mass, mass_least) / MK_MIX_SLICES;
            if (n > 0 && x[n - 1] == at) {
                w[n - 1] += part;
            } else {
                x[n] = at;
                w[n++] = part;
            }
        }
    } else {
        for (size_t k = 0; k < d.attribute->n_levels; k++) {
            if (level_is_in(&range->value, k)) {
                x[n] = (double)k;
                w[n++] = fmax(mk_dist_level(&d, k), mass_least);
            }
        }
    }
    mk_arena_rewind(walk->arena, mark);
    for (size_t i = 0; i < n; i++) {
        walk->current[walk->n_points + depth] = (MkPoint){range->attribute, x[i]};
        MK_TRY(expand(walk, depth + 1, weight * w[i], err));
    }
    return MK_OK;
}

/* The root of x^(n + 1) = x + 1: its powers space n-dimensional points evenly, as the golden ratio
 * does in one dimension. */
static double spacing(size_t n)
{
    double x = 2;
    for (int round = 0; round < 60; round++) {
        x = pow(1 + x, 1 / (double)(n + 1));
    }
    return x;
}

/* Paths at points spread evenly over the ranges (a lattice with irrational steps: Niederreiter
 * 1992), moved by chance (Cranley, Patterson 1976). Answers of two seeds differ by 0.4 (three
 * ranges) to 0.7 (six) of what they did with independent points. */
static MkStatus draw_paths(Walk *walk, uint64_t seed, MkError *err)
{
    const double step = 1 / spacing(walk->n_ranges);
    for (size_t s = 0; s < MK_MIX_MAX; s++) {
        MkRng rng = mk_rng(seed, MK_RNG_QUERY, 0);
        double weight = 1, each = 1, whole = 0;
        for (size_t r = 0; r < walk->n_ranges; r++) {
            const MkMark mark = mk_arena_mark(walk->arena);
            MkDistribution d;
            MK_TRY(conditional(walk, r, &d, err));
            each *= step;
            const double u = modf(mk_rng_uniform(&rng) + (double)s * each, &whole);
            double mass = 0;
            const double x = place(walk->model, &d, &walk->ranges[r], u, &mass);
            mk_arena_rewind(walk->arena, mark);
            walk->current[walk->n_points + r] = (MkPoint){walk->ranges[r].attribute, x};
            weight *= fmax(mass, mass_least);
        }
        walk_keep(walk, weight);
    }
    return MK_OK;
}

/* ---- evidence ---- */

/* A value that is one point after all; MK_EINVAL when nothing is left of it. */
static MkStatus as_point(const MkAttribute *attribute, const MkValue *value, bool *is_point,
                         double *point, MkError *err)
{
    *is_point = true;
    *point = value->point;
    if (value->kind == MK_VALUE_POINT) {
        return MK_OK;
    }
    if (mk_type_is_number(attribute->type)) {
        if (value->kind != MK_VALUE_RANGE || !(value->low <= value->high)) {
            return mk_fail(err, MK_EINVAL, "%s: an empty range", attribute->name);
        }
        *is_point = value->low == value->high;
        *point = value->low;
        return MK_OK;
    }
    const size_t n = levels_in(attribute, value);
    if (n == 0) {
        return mk_fail(err, MK_EINVAL, "%s: an empty set of levels", attribute->name);
    }
    *is_point = n == 1;
    for (size_t k = 0; n == 1 && k < attribute->n_levels; k++) {
        *point = level_is_in(value, k) ? (double)k : *point;
    }
    return MK_OK;
}

static MkStatus split(const MkModel *model, MkEvidence evidence, MkPoint *points, size_t *n_points,
                      MkKnown *ranges, size_t *n_ranges, MkError *err)
{
    for (size_t i = 0; i < evidence.n; i++) {
        const MkKnown *known = &evidence.known[i];
        bool is_point = false;
        double x = 0;
        MK_TRY(as_point(attribute_of(model, known->attribute), &known->value, &is_point, &x, err));
        if (is_point) {
            points[(*n_points)++] = (MkPoint){known->attribute, x};
        } else {
            ranges[(*n_ranges)++] = *known;
        }
    }
    return MK_OK;
}

static double parts_of_tree(const MkModel *model, const MkKnown *ranges, size_t n_ranges)
{
    double n = 1;
    for (size_t r = 0; r < n_ranges; r++) {
        const MkAttribute *attribute = attribute_of(model, ranges[r].attribute);
        n *= mk_type_is_number(attribute->type) ? (double)MK_MIX_SLICES
                                                : (double)levels_in(attribute, &ranges[r].value);
    }
    return n;
}

static void normalise(double *weights, size_t n, double *total)
{
    *total = 0;
    for (size_t i = 0; i < n; i++) {
        *total += weights[i];
    }
    for (size_t i = 0; i < n; i++) {
        weights[i] = *total > 0 ? weights[i] / *total : 1.0 / (double)n;
    }
}

MkStatus mk_mix_make(const MkModel *model, MkEvidence evidence, uint64_t seed,
                     const MkCancel *cancel, MkArena *arena, MkMix *out, MkError *err)
{
    MkPoint *points = mk_arena_array(arena, evidence.n, sizeof *points);
    MkKnown *ranges = mk_arena_array(arena, evidence.n, sizeof *ranges);
    if (points == NULL || ranges == NULL) {
        return no_memory(err);
    }
    size_t n_points = 0, n_ranges = 0;
    MK_TRY(split(model, evidence, points, &n_points, ranges, &n_ranges, err));
    double *weights = mk_arena_zeros(arena, MK_MIX_MAX, sizeof *weights);
    if (weights == NULL) {
        return no_memory(err);
    }
    *out = (MkMix){.n = 1,
                   .n_known = n_points + n_ranges,
                   .known = points,
                   .weights = weights,
                   .n_points = n_points,
                   .n_ranges = n_ranges,
                   .ranges = ranges};
    weights[0] = 1;
    if (n_ranges == 0) {
        return MK_OK;
    }
    MkPoint *parts = mk_arena_array(arena, MK_MIX_MAX * out->n_known, sizeof *parts);
    if (parts == NULL) {
        return no_memory(err);
    }
    Walk walk = {.model = model,
                 .cancel = cancel,
                 .arena = arena,
                 .ranges = ranges,
                 .n_ranges = n_ranges,
                 .n_points = n_points,
                 .current = points, /* has room for all evidence */
                 .known = parts,
                 .weights = weights};
    out->is_drawn = parts_of_tree(model, ranges, n_ranges) > MK_MIX_MAX;
    MK_TRY(out->is_drawn ? draw_paths(&walk, seed, err) : expand(&walk, 0, 1, err));
    double total = 0;
    normalise(weights, walk.n, &total);
    out->n = walk.n;
    out->known = parts;
    out->is_unseen = total < mass_unseen;
    return MK_OK;
}

/* ---- answers ---- */

static long range_of(const MkMix *mix, size_t attribute)
{
    for (size_t r = 0; r < mix->n_ranges; r++) {
        if (mix->ranges[r].attribute == attribute) {
            return (long)r;
        }
    }
    return -1;
}

/* A level target under a set: its weights are the answer. */
static MkStatus cut_levels(const MkMix *mix, size_t range, const MkAttribute *attribute,
                           MkArena *arena, MkDistribution *out, MkError *err)
{
    double *p = mk_arena_zeros(arena, attribute->n_levels, sizeof *p);
    if (p == NULL) {
        return no_memory(err);
    }
    for (size_t i = 0; i < mix->n; i++) {
        p[(size_t)mix->known[i * mix->n_known + mix->n_points + range].value] += mix->weights[i];
    }
    *out = (MkDistribution){
        .kind = MK_DIST_LEVELS, .attribute = attribute, .n = attribute->n_levels, .p = p};
    return MK_OK;
}

/* A number target under a range: with one range its conditional in many points, else the parts'. */
static MkStatus cut_number(const MkModel *model, const MkMix *mix, size_t range, MkArena *arena,
                           MkDistribution *out, MkError *err)
{
    MkDistribution d = {.kind = MK_DIST_POINT};
    if (mix->n_ranges == 1) {
        MK_TRY(mk_model_posterior(model, mix->known, mix->n_points, &mix->ranges[0].attribute, 1,
                                  arena, &d, err));
    }
    const bool is_single = mix->n_ranges == 1;
    const size_t n = is_single ? MK_MIX_CUT_POINTS : mix->n;
    MkDistribution *parts = mk_arena_zeros(arena, n, sizeof *parts);
    double *weights = mk_arena_array(arena, n, sizeof *weights);
    if (parts == NULL || weights == NULL) {
        return no_memory(err);
    }
    const size_t j = mix->ranges[range].attribute;
    for (size_t i = 0; i < n; i++) {
        double mass = 0;
        const double u = ((double)i + 0.5) / (double)n;
        const double x = is_single ? place(model, &d, &mix->ranges[0], u, &mass)
                                   : mix->known[i * mix->n_known + mix->n_points + range].value;
        parts[i] = (MkDistribution){.kind = MK_DIST_POINT,
                                    .attribute = attribute_of(model, j),
                                    .marginal = mk_model_marginal(model, j),
                                    .a = x};
        weights[i] = is_single ? 1.0 / (double)n : mix->weights[i];
    }
    return mk_dist_mix(parts, weights, n, arena, out, err);
}

static MkStatus mix_target(const MkModel *model, const MkMix *mix, size_t target,
                           const MkDistribution *parts, size_t stride, MkDistribution *gathered,
                           MkArena *arena, MkDistribution *out, MkError *err)
{
    const long range = range_of(mix, target);
    const MkAttribute *attribute = attribute_of(model, target);
    if (range >= 0 && mk_type_is_number(attribute->type)) {
        return cut_number(model, mix, (size_t)range, arena, out, err);
    }
    if (range >= 0) {
        return cut_levels(mix, (size_t)range, attribute, arena, out, err);
    }
    for (size_t i = 0; i < mix->n; i++) {
        gathered[i] = parts[i * stride];
    }
    if (parts->kind == MK_DIST_POINT) { /* a known target is the same in all parts */
        *out = parts[0];
        return MK_OK;
    }
    return mk_dist_mix(gathered, mix->weights, mix->n, arena, out, err);
}

MkStatus mk_mix_posterior(const MkModel *model, const MkMix *mix, const size_t *targets,
                          size_t n_targets, const MkCancel *cancel, MkArena *arena,
                          MkDistribution *out, MkError *err)
{
    if (mk_cancelled(cancel)) {
        return mk_fail(err, MK_ECANCEL, "interrupted");
    }
    if (mix->n_ranges == 0) {
        return mk_model_posterior(model, mix->known, mix->n_known, targets, n_targets, arena, out,
                                  err);
    }
    MkDistribution *parts = mk_arena_zeros(arena, mix->n * n_targets, sizeof *parts);
    MkDistribution *gathered = mk_arena_array(arena, mix->n, sizeof *gathered);
    if (parts == NULL || gathered == NULL) {
        return no_memory(err);
    }
    for (size_t i = 0; i < mix->n; i++) {
        if (mk_cancelled(cancel)) {
            return mk_fail(err, MK_ECANCEL, "interrupted");
        }
        MK_TRY(mk_model_posterior(model, mix->known + i * mix->n_known, mix->n_known, targets,
                                  n_targets, arena, parts + i * n_targets, err));
    }
    for (size_t t = 0; t < n_targets; t++) {
        MK_TRY(mix_target(model, mix, targets[t], parts + t, n_targets, gathered, arena, &out[t],
                          err));
    }
    return MK_OK;
}

MkStatus mk_mix_support(const MkModel *model, const MkMix *mix, MkArena *arena, double *percentile,
                        MkError *err)
{
    if (mix->n_known == 0) {
        *percentile = 1;
        return MK_OK;
    }
    double sum = 0;
    for (size_t i = 0; i < mix->n; i++) {
        const MkMark mark = mk_arena_mark(arena);
        double one = 0;
        MK_TRY(
            mk_model_support(model, mix->known + i * mix->n_known, mix->n_known, arena, &one, err));
        mk_arena_rewind(arena, mark);
        sum += mix->weights[i] * one;
    }
    *percentile = fmin(fmax(sum, 0), 1);
    return MK_OK;
}
