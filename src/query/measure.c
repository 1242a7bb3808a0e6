/* measure.c - one number of an answer, and how it is said. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "src/query/measure.h"

#include <math.h>

#include "src/base/text.h"
#include "src/query/show.h"

static double levels_mass(const MkValue *event, const MkDistribution *d)
{
    double sum = 0;
    for (size_t k = 0; k < d->attribute->n_levels; k++) {
        const bool is_in = event->kind == MK_VALUE_SET ? ((event->levels >> k) & 1U) != 0
                           : event->kind == MK_VALUE_RANGE
                               ? (double)k >= event->low && (double)k <= event->high
                               : (double)k == event->point;
        sum += is_in ? mk_dist_level(d, k) : 0;
    }
    return sum;
}

static double number_mass(const MkMeasure *measure, const MkDistribution *d)
{
    const MkValue *event = &measure->event;
    if (event->kind == MK_VALUE_POINT) {
        return mk_dist_cdf(d, event->point) - mk_dist_cdf_below(d, event->point);
    }
    double below = 0, to = 1;
    if (isfinite(event->low)) {
        below =
            measure->low_is_open ? mk_dist_cdf(d, event->low) : mk_dist_cdf_below(d, event->low);
    }
    if (isfinite(event->high)) {
        to =
            measure->high_is_open ? mk_dist_cdf_below(d, event->high) : mk_dist_cdf(d, event->high);
    }
    return to - below;
}

double mk_measure_of(const MkMeasure *measure, const MkDistribution *d)
{
    if (!measure->is_probability) {
        return mk_dist_quantile(d, 0.5);
    }
    const double p = mk_type_is_number(d->attribute->type) ? number_mass(measure, d)
                                                           : levels_mass(&measure->event, d);
    return fmin(fmax(p, 0), 1);
}

/* " ≥ 6.5", " in 5.7–6.5", " = former or current" */
static const char *event_text(MkArena *arena, const MkAttribute *attribute,
                              const MkMeasure *measure)
{
    const MkValue *event = &measure->event;
    const bool is_range = event->kind == MK_VALUE_RANGE;
    const bool has_low = is_range && isfinite(event->low);
    const bool has_high = is_range && isfinite(event->high);
    if (!is_range || has_low == has_high) {
        return mk_text_or_empty(mk_arena_printf(arena, " %s %s", is_range ? "in" : "=",
                                                mk_show_value(arena, attribute, event, false)));
    }
    const bool is_open = has_low ? measure->low_is_open : measure->high_is_open;
    const MkValue bound = {.kind = MK_VALUE_POINT, .point = has_low ? event->low : event->high};
    const char *sign = has_low ? (is_open ? ">" : "≥") : (is_open ? "<" : "≤");
    return mk_text_or_empty(
        mk_arena_printf(arena, " %s %s", sign, mk_show_value(arena, attribute, &bound, false)));
}

const char *mk_measure_text(MkArena *arena, const MkModel *model, const MkMeasure *measure)
{
    const MkAttribute *attribute = mk_show_attribute(model, measure->attribute);
    if (!measure->is_probability) {
        return mk_text_or_empty(mk_arena_printf(arena, "median of %s", attribute->name));
    }
    return mk_text_or_empty(
        mk_arena_printf(arena, "P(%s%s)", attribute->name, event_text(arena, attribute, measure)));
}

const char *mk_measure_value(MkArena *arena, const MkModel *model, const MkMeasure *measure,
                             double value)
{
    if (measure->is_probability) {
        return mk_show_share(arena, value);
    }
    const MkAttribute *attribute = mk_show_attribute(model, measure->attribute);
    const char *text = mk_show_number(arena, value, mk_show_step(model, measure->attribute));
    return attribute->unit[0] == '\0'
               ? text
               : mk_text_or_empty(mk_arena_printf(arena, "%s %s", text, attribute->unit));
}

bool mk_relation_holds(double left, MkRelationSign sign, double right)
{
    switch (sign) {
    case MK_BELOW:
        return left < right;
    case MK_AT_MOST:
        return left <= right;
    case MK_ABOVE:
        return left > right;
    case MK_AT_LEAST:
        return left >= right;
    }
    return false;
}
