#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "src/query/show.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "src/base/buf.h"
#include "src/base/text.h"
#include "src/data/eligible.h"
#include "src/query/linkage.h"

enum { PAIRS_SHOWN = 3 };

static const double support_rare = 0.01;
static const double support_unusual = 0.05;

const MkAttribute *mk_show_attribute(const MkModel *model, size_t j)
{
    return &mk_model_schema(model)->attributes[j];
}

bool mk_show_is_number(const MkModel *model, size_t j)
{
    return mk_type_is_number(mk_show_attribute(model, j)->type);
}

/* ---- numbers ---- */

MkShowStep mk_show_step(const MkModel *model, size_t j)
{
    const MkAttribute *attribute = mk_show_attribute(model, j);
    const MkDistribution *population = mk_model_population(model, j);
    const double finest = attribute->resolution > 0     ? attribute->resolution
                          : attribute->type == MK_COUNT ? 1
                                                        : 0;
    const double spread =
        (mk_dist_quantile(population, 0.95) - mk_dist_quantile(population, 0.05)) / 3.29;
    if (!(spread > 0)) {
        return (MkShowStep){finest, finest};
    }
    return (MkShowStep){fmax(finest, pow(10, floor(log10(spread / 20)))), finest};
}

/* Near zero the step shrinks until the number has a significant digit, at most to the finest. */
static double step_for(double x, MkShowStep step)
{
    double at = step.usual;
    while (at > 0 && x != 0 && fabs(x) < at && at > step.finest * 1.01 && at > step.usual * 1e-4) {
        at = fmax(at / 10, step.finest);
    }
    return at;
}

const char *mk_show_number(MkArena *arena, double x, MkShowStep step)
{
    char text[24];
    const double fine = step_for(x, step);
    const double at = fine > 1 ? round(x / fine) * fine : x;
    return mk_text_or_empty(mk_arena_strdup(arena, mk_text_at(at, fine > 1 ? 1 : fine, text)));
}

const char *mk_show_exact(MkArena *arena, double x)
{
    char text[24];
    return isfinite(x) ? mk_text_or_empty(mk_arena_strdup(arena, mk_text_number(x, 6, text))) : "";
}

const char *mk_show_interval(MkArena *arena, double low, double high, MkShowStep step)
{
    return mk_text_or_empty(mk_arena_printf(arena, "%s – %s", mk_show_number(arena, low, step),
                                            mk_show_number(arena, high, step)));
}

static const char *arrow(double standard)
{
    if (fabs(standard) < 0.1) {
        return "";
    }
    return standard > 0 ? " ▲" : " ▼";
}

const char *mk_show_shift(MkArena *arena, double difference, double sd, MkShowStep step)
{
    const char *text = mk_show_number(arena, difference, (MkShowStep){step.usual, step.usual});
    if (strspn(text, "-0.") == strlen(text)) {
        return "";
    }
    const double standard = sd > 0 ? difference / sd : 0;
    return mk_text_or_empty(
        mk_arena_printf(arena, "%s%s%s", difference > 0 ? "+" : "", text, arrow(standard)));
}

const char *mk_show_share(MkArena *arena, double p)
{
    const double percent = 100 * p;
    if (percent > 0 && percent < 0.05) {
        return "<0.1 %";
    }
    if (percent < 100 && percent >= 99.95) {
        return ">99.9 %";
    }
    const double step = percent < 9.95 || (percent > 99 && percent < 100) ? 0.1 : 1;
    return mk_text_or_empty(
        mk_arena_printf(arena, "%s %%", mk_show_number(arena, percent, (MkShowStep){step, step})));
}

const char *mk_show_points(MkArena *arena, double difference)
{
    const double points = 100 * difference;
    const double step = fabs(points) < 9.95 ? 0.1 : 1;
    const char *text = mk_show_number(arena, points, (MkShowStep){step, step});
    if (strspn(text, "-0.") == strlen(text)) {
        return "";
    }
    return mk_text_or_empty(
        mk_arena_printf(arena, "%s%s%s", points > 0 ? "+" : "", text, arrow(points / 50)));
}

const char *mk_show_bar(MkArena *arena, double p, size_t cells)
{
    static const char *const parts[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
    const double share = fmin(fmax(p, 0), 1);
    size_t eighths = (size_t)lround(share * 8 * (double)cells);
    if (eighths == 0 && share > 0) {
        eighths = 1;
    }
    char *out = mk_arena_zeros(arena, 3 * cells + 4, 1);
    if (out == NULL) {
        return "";
    }
    for (size_t i = 0; i < eighths / 8; i++) {
        memcpy(out + 3 * i, "█", 3);
    }
    const char *part = parts[eighths % 8];
    memcpy(out + 3 * (eighths / 8), part, strlen(part));
    return out;
}

const char *mk_show_axis(MkArena *arena, const MkAttribute *attribute)
{
    const char *label = attribute->label[0] != '\0' ? attribute->label : attribute->name;
    if (attribute->unit[0] == '\0') {
        return label;
    }
    return mk_text_or_empty(mk_arena_printf(arena, "%s (%s)", label, attribute->unit));
}

const char *mk_show_level(MkArena *arena, double level)
{
    char text[24];
    return mk_text_or_empty(mk_arena_printf(arena, "%s %%", mk_text_number(100 * level, 4, text)));
}

/* ---- evidence ---- */

/* Four digits, and never less than the whole number: 180lb is 81.65 kg to a reader. */
static double for_people(double x)
{
    if (!isfinite(x) || x == 0 || fabs(x) >= 1000) {
        return isfinite(x) ? round(x) : x;
    }
    const double scale = pow(10, 3 - floor(log10(fabs(x))));
    return round(x * scale) / scale;
}

const char *mk_show_value(MkArena *arena, const MkAttribute *attribute, const MkValue *value,
                          bool with_unit)
{
    MkAttribute shown = *attribute;
    MkValue rounded = *value;
    shown.unit = with_unit ? attribute->unit : "";
    if (mk_type_is_number(attribute->type)) {
        rounded.point = for_people(value->point);
        rounded.low = for_people(value->low);
        rounded.high = for_people(value->high);
    }
    MkBuf buf;
    mk_buf_init(&buf);
    mk_value_show(&shown, &rounded, &buf);
    const char *out = buf.failed ? "" : mk_text_or_empty(mk_arena_strdup(arena, buf.data));
    mk_buf_release(&buf);
    return out;
}

const char *mk_show_evidence(MkArena *arena, const MkModel *model, MkEvidence evidence)
{
    MkBuf buf;
    mk_buf_init(&buf);
    for (size_t i = 0; i < evidence.n; i++) {
        const MkAttribute *attribute = mk_show_attribute(model, evidence.known[i].attribute);
        mk_buf_printf(&buf, "%s%s %s", i > 0 ? ", " : "", attribute->name,
                      mk_show_value(arena, attribute, &evidence.known[i].value, true));
    }
    const char *out = buf.failed ? "" : mk_text_or_empty(mk_arena_strdup(arena, buf.data));
    mk_buf_release(&buf);
    return out;
}

const char *mk_show_title(MkArena *arena, const MkModel *model, MkEvidence evidence)
{
    const char *name = mk_model_card(model)->name;
    if (evidence.n == 0) {
        return mk_text_or_empty(mk_arena_printf(arena, "%s · nothing known", name));
    }
    return mk_text_or_empty(
        mk_arena_printf(arena, "%s · given %s", name, mk_show_evidence(arena, model, evidence)));
}

static void given_range(MkResult *result, MkNode *given, const MkAttribute *attribute,
                        const MkValue *value)
{
    MkNode *range = mk_node_object(result, given, attribute->name);
    if (isfinite(value->low)) {
        (void)mk_node_number(result, range, "low", value->low);
    }
    if (isfinite(value->high)) {
        (void)mk_node_number(result, range, "high", value->high);
    }
}

static void given_set(MkResult *result, MkNode *given, const MkAttribute *attribute,
                      const MkValue *value)
{
    MkNode *set = mk_node_array(result, given, attribute->name);
    for (size_t k = 0; k < attribute->n_levels; k++) {
        const bool is_in = value->kind == MK_VALUE_SET
                               ? ((value->levels >> k) & 1U) != 0
                               : (double)k >= value->low && (double)k <= value->high;
        if (is_in) {
            (void)mk_node_string(result, set, NULL, attribute->levels[k].name);
        }
    }
}

void mk_show_given(MkResult *result, MkNode *parent, const char *key, const MkModel *model,
                   MkEvidence evidence)
{
    MkNode *given = mk_node_object(result, parent, key);
    for (size_t i = 0; i < evidence.n; i++) {
        const MkAttribute *attribute = mk_show_attribute(model, evidence.known[i].attribute);
        const MkValue *value = &evidence.known[i].value;
        const bool is_number = mk_type_is_number(attribute->type);
        if (value->kind == MK_VALUE_POINT && is_number) {
            (void)mk_node_number(result, given, attribute->name, value->point);
        } else if (value->kind == MK_VALUE_POINT) {
            (void)mk_node_string(result, given, attribute->name,
                                 attribute->levels[(size_t)value->point].name);
        } else if (is_number) {
            given_range(result, given, attribute, value);
        } else {
            given_set(result, given, attribute, value);
        }
    }
}

void mk_show_value_node(MkResult *result, MkNode *parent, const char *key,
                        const MkAttribute *attribute, double x)
{
    if (mk_type_is_number(attribute->type)) {
        (void)mk_node_number(result, parent, key, x);
    } else {
        (void)mk_node_string(result, parent, key, attribute->levels[(size_t)x].name);
    }
}

void mk_show_interval_node(MkResult *result, MkNode *parent, double level, double low, double high)
{
    MkNode *interval = mk_node_object(result, parent, "interval");
    const struct {
        const char *key;
        double x;
    } members[] = {{"level", level}, {"low", low}, {"high", high}};
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        if (isfinite(members[i].x)) {
            (void)mk_node_number(result, interval, members[i].key, members[i].x);
        }
    }
}

/* ---- notes ---- */

void mk_note_association(MkResult *result)
{
    mk_result_note(result, "This is association in the data, not causation; not a medical device.");
}

void mk_note_mix(MkResult *result, const MkModel *model, const MkMix *mix)
{
    if (mix->is_drawn) {
        mk_result_note(result,
                       "Several ranges are answered by %d weighted draws from them; the numbers "
                       "carry a small sampling error.",
                       MK_MIX_MAX);
    }
    if (mix->is_unseen && mix->n_ranges > 0) {
        mk_result_note(result,
                       "The model gives no people to the range of %s with the other values; it is "
                       "answered as if spread evenly.",
                       mk_show_attribute(model, mix->ranges[0].attribute)->name);
    }
}

void mk_note_support(MkResult *result, const char *who, double percentile)
{
    if (!(percentile < support_unusual)) {
        return;
    }
    const char *share = mk_show_share(result->arena, percentile);
    const char *name = who[0] != '\0' ? mk_arena_printf(result->arena, "%s: these", who) : "These";
    mk_result_note(result,
                   "%s known values are %s together: %s of the training people are less "
                   "typical. Read the answers with care.",
                   mk_text_or_empty(name), percentile < support_rare ? "very rare" : "unusual",
                   percentile > 0 ? share : "none");
}

void mk_note_outside(MkResult *result, const MkModel *model, MkEvidence evidence)
{
    for (size_t i = 0; i < evidence.n; i++) {
        const size_t j = evidence.known[i].attribute;
        const MkValue *value = &evidence.known[i].value;
        if (value->kind != MK_VALUE_POINT || !mk_show_is_number(model, j)) {
            continue;
        }
        const MkDistribution *population = mk_model_population(model, j);
        const double low = mk_dist_quantile(population, 0);
        const double high = mk_dist_quantile(population, 1);
        const double slack = 1e-6 * fmax(fabs(low), fabs(high));
        if (value->point < low - slack || value->point > high + slack) {
            MkArena *arena = result->arena;
            mk_result_note(result, "%s %s lies outside what training has seen (%s – %s).",
                           mk_show_attribute(model, j)->name, mk_show_exact(arena, value->point),
                           mk_show_exact(arena, low), mk_show_exact(arena, high));
        }
    }
}

size_t mk_show_co_observed(const MkModel *model, MkEvidence evidence, size_t target)
{
    size_t least = SIZE_MAX;
    for (size_t i = 0; i < evidence.n; i++) {
        const size_t j = evidence.known[i].attribute;
        const size_t n = j == target ? SIZE_MAX : mk_model_co_observed(model, target, j);
        least = n < least ? n : least;
    }
    return least == SIZE_MAX ? mk_model_marginal(model, target)->n_observed : least;
}

void mk_note_left_free(MkResult *result, const MkModel *model, MkEvidence evidence,
                       const size_t *targets, size_t n_targets)
{
    for (size_t t = 0; t < n_targets; t++) {
        if (mk_evidence_find(evidence, targets[t]) != NULL) {
            mk_result_note(result, "%s is known; here it is left free.",
                           mk_show_attribute(model, targets[t])->name);
        }
    }
}

/* Collects targets that people with this evidence are not asked for. */
static size_t not_asked_text(const MkModel *model, MkEvidence evidence, const size_t *targets,
                             size_t n_targets, MkBuf *buf)
{
    size_t n = 0;
    for (size_t t = 0; t < n_targets; t++) {
        const MkAttribute *attribute = mk_show_attribute(model, targets[t]);
        if (attribute->eligible[0] == '\0' || mk_evidence_find(evidence, targets[t]) != NULL ||
            mk_eligible(mk_model_schema(model), targets[t], evidence)) {
            continue;
        }
        if (n++ < PAIRS_SHOWN) {
            mk_buf_printf(buf, "%s%s (only where %s)", n > 1 ? ", " : "", attribute->name,
                          attribute->eligible);
        }
    }
    if (n > PAIRS_SHOWN) {
        mk_buf_printf(buf, " and %zu more", n - PAIRS_SHOWN);
    }
    return n;
}

void mk_note_not_asked(MkResult *result, const MkModel *model, MkEvidence evidence,
                       const size_t *targets, size_t n_targets)
{
    MkBuf buf;
    mk_buf_init(&buf);
    if (not_asked_text(model, evidence, targets, n_targets, &buf) > 0) {
        mk_result_note(result, "Nobody like this was asked: %s. These answers rest on nothing.",
                       buf.data);
    }
    mk_buf_release(&buf);
}

void mk_note_linkage(MkResult *result, const MkModel *model, MkEvidence evidence,
                     const size_t *targets, size_t n_targets)
{
    MkLinks links;
    mk_note_not_asked(result, model, evidence, targets, n_targets);
    mk_links_find(model, evidence, targets, n_targets, MK_LINKS_NAMED, false, result->arena,
                  &links);
    mk_note_links(result, model, &links);
}

const char *mk_show_correlation(MkArena *arena, double r)
{
    return mk_text_or_empty(mk_arena_printf(arena, "%s%.2f", r < -0.005 ? "−" : "", fabs(r)));
}

double mk_show_clean(double x)
{
    return fabs(x) < 5e-7 ? 0 : x;
}

double mk_show_standard_shift(const MkModel *model, size_t j, const MkDistribution *d)
{
    const MkDistribution *population = mk_model_population(model, j);
    const MkAttribute *attribute = mk_show_attribute(model, j);
    if (mk_type_is_number(attribute->type)) {
        const double sd = mk_model_marginal(model, j)->sd;
        const double difference = mk_dist_quantile(d, 0.5) - mk_dist_quantile(population, 0.5);
        return sd > 0 && isfinite(difference) ? difference / sd : 0;
    }
    double sum = 0;
    for (size_t k = 0; k < attribute->n_levels; k++) {
        sum += fabs(mk_dist_level(d, k) - mk_dist_level(population, k));
    }
    return mk_show_clean(0.5 * sum);
}
