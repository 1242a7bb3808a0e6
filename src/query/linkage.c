#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "src/query/linkage.h"

#include <math.h>
#include <stdlib.h>

#include "src/base/buf.h"
#include "src/base/text.h"
#include "src/query/show.h"

/* ---- finding ---- */

bool mk_link_pair(const MkModel *model, size_t a, size_t b, MkArena *arena, MkLink *out)
{
    const size_t people = a == b ? MK_SEEN_TOGETHER : mk_model_co_observed(model, a, b);
    *out = (MkLink){.target = a, .other = b, .people = people};
    if (people >= MK_SEEN_TOGETHER) {
        return false;
    }
    out->has_range = mk_model_identified(model, a, b, arena, &out->range, NULL) == MK_OK;
    return true;
}

typedef struct Finding {
    const MkModel *model;
    MkEvidence evidence;
    MkArena *arena;
    MkPoint *points; /* (evidence.n); NULL: not all are points */
} Finding;

static bool is_weak(const Finding *f, size_t target, size_t i)
{
    const size_t other = f->evidence.known[i].attribute;
    return other != target && mk_model_co_observed(f->model, target, other) < MK_SEEN_TOGETHER;
}

static size_t count_of(const Finding *f, size_t target)
{
    size_t n = 0;
    if (mk_evidence_find(f->evidence, target) == NULL) {
        for (size_t i = 0; i < f->evidence.n; i++) {
            n += is_weak(f, target, i) ? 1 : 0;
        }
    }
    return n;
}

static MkPoint *points_of(MkEvidence evidence, MkArena *arena)
{
    MkPoint *points = mk_arena_array(arena, evidence.n, sizeof *points);
    for (size_t i = 0; i < evidence.n && points != NULL; i++) {
        if (evidence.known[i].value.kind != MK_VALUE_POINT) {
            return NULL;
        }
        points[i] = (MkPoint){evidence.known[i].attribute, evidence.known[i].value.point};
    }
    return points;
}

static double answer_of(const MkLink *link, const MkDistribution *d)
{
    return mk_type_is_number(d->attribute->type) ? mk_dist_quantile(d, 0.5)
                                                 : mk_dist_level(d, link->level);
}

/* The base's answers at its own correlation and at both ends. */
static void ask_ends(const Finding *f, MkLink *link)
{
    const MkMark mark = mk_arena_mark(f->arena);
    const double at[] = {link->range.value, link->range.low, link->range.high};
    MkDistribution d[3];
    size_t which = 0;
    while (f->evidence.known[which].attribute != link->other) {
        which++;
    }
    if (mk_model_relinked(f->model, f->points, f->evidence.n, which, link->target, at, 3, f->arena,
                          d, NULL) == MK_OK) {
        link->level = mk_type_is_number(d[0].attribute->type) ? 0 : (size_t)mk_dist_mode(&d[0]);
        link->now = answer_of(link, &d[0]);
        link->at_low = answer_of(link, &d[1]);
        link->at_high = answer_of(link, &d[2]);
        link->has_answers =
            isfinite(link->now) && isfinite(link->at_low) && isfinite(link->at_high);
    }
    mk_arena_rewind(f->arena, mark);
}

/* Never seen before hardly ever; the widest move, then the widest range, first. */
static int by_influence(const void *a, const void *b)
{
    const MkLink *x = a, *y = b;
    const double moves[] = {x->has_answers ? fabs(x->at_high - x->at_low) : -1,
                            y->has_answers ? fabs(y->at_high - y->at_low) : -1};
    const double widths[] = {x->has_range ? x->range.high - x->range.low : -1,
                             y->has_range ? y->range.high - y->range.low : -1};
    if ((x->people == 0) != (y->people == 0)) {
        return x->people == 0 ? -1 : 1;
    }
    if (moves[0] != moves[1]) {
        return moves[0] > moves[1] ? -1 : 1;
    }
    if (widths[0] != widths[1]) {
        return widths[0] > widths[1] ? -1 : 1;
    }
    return x->other < y->other ? -1 : x->other > y->other;
}

/* The pairs that get a range, when not all can: never seen, then strongest in the base. */
static int by_strength(const void *a, const void *b)
{
    const MkLink *x = a, *y = b;
    if ((x->people == 0) != (y->people == 0)) {
        return x->people == 0 ? -1 : 1;
    }
    if (fabs(x->range.value) != fabs(y->range.value)) {
        return fabs(x->range.value) > fabs(y->range.value) ? -1 : 1;
    }
    return x->other < y->other ? -1 : x->other > y->other;
}

/* Links of one target into items; gives how many. */
static size_t list_target(const Finding *f, size_t target, MkLink *items)
{
    size_t n = 0;
    if (count_of(f, target) == 0) {
        return 0;
    }
    for (size_t i = 0; i < f->evidence.n; i++) {
        const size_t other = f->evidence.known[i].attribute;
        if (is_weak(f, target, i)) {
            items[n] = (MkLink){.target = target,
                                .other = other,
                                .people = mk_model_co_observed(f->model, target, other)};
            items[n++].range.value = mk_model_correlation(f->model, target, other);
        }
    }
    return n;
}

static void detail(const Finding *f, MkLink *items, size_t n, size_t most)
{
    qsort(items, n, sizeof *items, by_strength);
    for (size_t i = 0; i < n && i < most; i++) {
        (void)mk_link_pair(f->model, items[i].target, items[i].other, f->arena, &items[i]);
        if (items[i].has_range && f->points != NULL) {
            ask_ends(f, &items[i]);
        }
    }
    qsort(items, n, sizeof *items, by_influence);
}

void mk_links_find(const MkModel *model, MkEvidence evidence, const size_t *targets,
                   size_t n_targets, size_t n_ranges, bool has_answers, MkArena *arena,
                   MkLinks *out)
{
    Finding f = {.model = model, .evidence = evidence, .arena = arena};
    size_t total = 0, linked = 0;
    *out = (MkLinks){.n = 0};
    for (size_t t = 0; t < n_targets; t++) {
        const size_t n = count_of(&f, targets[t]);
        total += n;
        linked += n > 0 ? 1 : 0;
    }
    MkLink *items = total > 0 ? mk_arena_zeros(arena, total, sizeof *items) : NULL;
    size_t *begin = total > 0 ? mk_arena_zeros(arena, n_targets + 1, sizeof *begin) : NULL;
    if (items == NULL || begin == NULL) {
        return;
    }
    f.points = has_answers ? points_of(evidence, arena) : NULL;
    const size_t share = n_ranges / (linked < MK_LINKS_TARGETS ? linked : MK_LINKS_TARGETS);
    const size_t each = share < 1 ? 1 : (share > MK_LINKS_EACH ? MK_LINKS_EACH : share);
    out->items = items;
    out->begin = begin;
    for (size_t t = 0; t < n_targets; t++) {
        const size_t n = list_target(&f, targets[t], items + out->n);
        const size_t left = n < each ? n : each;
        const size_t most = left < n_ranges ? left : n_ranges;
        detail(&f, items + out->n, n, most);
        n_ranges -= most;
        out->n += n;
        begin[t + 1] = out->n;
    }
}

/* ---- JSON ---- */

void mk_link_association(const MkLink *link, MkNode *object, MkResult *result)
{
    if (!link->has_range) {
        return;
    }
    MkNode *node = mk_node_object(result, object, "association");
    (void)mk_node_number(result, node, "value", mk_show_clean(link->range.value));
    (void)mk_node_number(result, node, "centre", mk_show_clean(link->range.centre));
    (void)mk_node_number(result, node, "low", mk_show_clean(link->range.low));
    (void)mk_node_number(result, node, "high", mk_show_clean(link->range.high));
    (void)mk_node_number(result, node, "shared", (double)link->range.n_shared);
}

static void sensitivity(const MkModel *model, const MkLink *link, MkNode *object, MkResult *result)
{
    const MkAttribute *attribute = mk_show_attribute(model, link->target);
    if (!link->has_answers) {
        return;
    }
    MkNode *node = mk_node_object(result, object, "sensitivity");
    if (mk_type_is_number(attribute->type)) {
        (void)mk_node_string(result, node, "answer", "median");
    } else {
        (void)mk_node_string(result, node, "answer", "probability");
        (void)mk_node_string(result, node, "level", attribute->levels[link->level].name);
    }
    (void)mk_node_number(result, node, "now", link->now);
    (void)mk_node_number(result, node, "low", link->at_low);
    (void)mk_node_number(result, node, "high", link->at_high);
}

void mk_links_nodes(const MkModel *model, const MkLinks *links, size_t t, MkNode *object,
                    MkResult *result)
{
    if (links->begin == NULL || links->begin[t] == links->begin[t + 1]) {
        return;
    }
    MkNode *list = mk_node_array(result, object, "linkage");
    for (size_t i = links->begin[t]; i < links->begin[t + 1]; i++) {
        const MkLink *link = &links->items[i];
        MkNode *node = mk_node_object(result, list, NULL);
        (void)mk_node_string(result, node, "attribute",
                             mk_show_attribute(model, link->other)->name);
        (void)mk_node_number(result, node, "co_observed", (double)link->people);
        mk_link_association(link, node, result);
        sensitivity(model, link, node, result);
    }
}

/* ---- words ---- */

const char *mk_link_text(const MkLink *link, MkArena *arena)
{
    if (!link->has_range) {
        return "";
    }
    return mk_text_or_empty(mk_arena_printf(
        arena, "r %s, may be %s to %s", mk_show_correlation(arena, link->range.value),
        mk_show_correlation(arena, link->range.low), mk_show_correlation(arena, link->range.high)));
}

/* Names the first pairs that nobody has both of (or hardly anybody); counts the rest. */
static size_t pairs_text(const MkModel *model, const MkLinks *links, bool is_never, MkArena *arena,
                         MkBuf *buf)
{
    size_t n = 0;
    for (size_t i = 0; i < links->n; i++) {
        const MkLink *link = &links->items[i];
        if ((link->people == 0) != is_never || n++ >= MK_LINKS_NAMED) {
            continue;
        }
        mk_buf_printf(buf, "%s%s with %s", n > 1 ? ", " : "",
                      mk_show_attribute(model, link->target)->name,
                      mk_show_attribute(model, link->other)->name);
        if (is_never && link->has_range) {
            mk_buf_printf(buf, " (%s)", mk_link_text(link, arena));
        }
    }
    if (n > MK_LINKS_NAMED) {
        mk_buf_printf(buf, " and %zu more", n - MK_LINKS_NAMED);
    }
    return n;
}

/* "−0.3 to +0.4 %", "−12 to +3 points" */
static const char *move_text(const MkModel *model, const MkLink *link, MkArena *arena)
{
    const MkAttribute *attribute = mk_show_attribute(model, link->target);
    const bool is_number = mk_type_is_number(attribute->type);
    const double low = fmin(link->at_low, link->at_high) - link->now;
    const double high = fmax(link->at_low, link->at_high) - link->now;
    const MkShowStep step = is_number ? mk_show_step(model, link->target) : (MkShowStep){1, 1};
    const double unit = is_number ? 1 : 100;
    const char *ends[2];
    for (size_t i = 0; i < 2; i++) {
        const double x = unit * (i == 0 ? low : high);
        const char *text = mk_show_number(arena, fabs(x), step);
        ends[i] = mk_text_or_empty(mk_arena_printf(arena, "%s%s", x < 0 ? "−" : "+", text));
    }
    const char *word = is_number ? attribute->unit : "points";
    return mk_text_or_empty(
        mk_arena_printf(arena, "%s to %s%s%s", ends[0], ends[1], word[0] != '\0' ? " " : "", word));
}

/* What moves with the association that matters most to each of the first targets. */
static void note_moves(const MkModel *model, const MkLinks *links, MkResult *result)
{
    MkArena *arena = result->arena;
    size_t shown = 0;
    for (size_t i = 0; i < links->n && shown < MK_LINKS_NAMED; i++) {
        const MkLink *link = &links->items[i];
        const bool is_first = i == 0 || links->items[i - 1].target != link->target;
        if (!is_first || link->people > 0 || !link->has_answers) {
            continue;
        }
        const MkAttribute *attribute = mk_show_attribute(model, link->target);
        const bool is_number = mk_type_is_number(attribute->type);
        shown++;
        mk_result_note(
            result,
            "At the ends of that range of r with %s, the %s of %s would move by %s (in "
            "the model's base).",
            mk_show_attribute(model, link->other)->name, is_number ? "median" : "probability",
            is_number ? attribute->name
                      : mk_text_or_empty(mk_arena_printf(arena, "%s %s", attribute->name,
                                                         attribute->levels[link->level].name)),
            move_text(model, link, arena));
    }
}

void mk_note_links(MkResult *result, const MkModel *model, const MkLinks *links)
{
    MkBuf buf;
    mk_buf_init(&buf);
    if (pairs_text(model, links, true, result->arena, &buf) > 0) {
        mk_result_note(result,
                       "Never observed in the same people: %s. These answers rest on the linkage "
                       "through shared attributes, not on data.",
                       buf.data);
        note_moves(model, links, result);
    }
    mk_buf_clear(&buf);
    if (pairs_text(model, links, false, result->arena, &buf) > 0) {
        mk_result_note(result, "Observed together in fewer than %d people: %s.", MK_SEEN_TOGETHER,
                       buf.data);
    }
    mk_buf_release(&buf);
}
