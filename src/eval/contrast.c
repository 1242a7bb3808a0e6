/* contrast.c - what two models have, and what can be told from their files. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "src/eval/contrast.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/eval/unconditional.h"

static MkStatus no_memory(MkError *err)
{
    return mk_fail(err, MK_ENOMEM, "out of memory");
}

const char *mk_contrast_verdict(MkContrastVerdict verdict)
{
    static const char *const names[] = {[MK_CONTRAST_SAME] = "same",
                                        [MK_CONTRAST_BETTER] = "better",
                                        [MK_CONTRAST_WORSE] = "worse",
                                        [MK_CONTRAST_FEW] = "few"};
    return names[verdict];
}

/* ---- schemas ---- */

enum { N_ASPECTS = 5 };

static bool same_levels(const MkAttribute *a, const MkAttribute *b)
{
    bool same = a->n_levels == b->n_levels;
    for (size_t k = 0; same && k < a->n_levels; k++) {
        same = strcmp(a->levels[k].name, b->levels[k].name) == 0;
    }
    return same;
}

static const char *level_names(const MkAttribute *a, MkArena *arena)
{
    const char *text = "";
    for (size_t k = 0; k < a->n_levels && text != NULL; k++) {
        text = mk_arena_printf(arena, "%s%s%s", text, k > 0 ? ", " : "", a->levels[k].name);
    }
    return text;
}

static MkStatus add_change(MkContrast *c, size_t j, const char *what, const char *before,
                           const char *after, MkArena *arena, MkError *err)
{
    const MkChange change = {.attribute = j,
                             .what = what,
                             .before = mk_arena_strdup(arena, before != NULL ? before : ""),
                             .after = mk_arena_strdup(arena, after != NULL ? after : "")};
    if (before == NULL || after == NULL || change.before == NULL || change.after == NULL) {
        return no_memory(err);
    }
    c->changes[c->n_changes++] = change;
    return MK_OK;
}

static MkStatus add_changes(MkContrast *c, size_t j, const MkAttribute *a, const MkAttribute *b,
                            MkArena *arena, MkError *err)
{
    const struct {
        const char *what, *before, *after;
    } aspects[] = {{"type", mk_type_name(a->type), mk_type_name(b->type)},
                   {"unit", a->unit, b->unit},
                   {"rule", a->rule, b->rule},
                   {"eligible", a->eligible, b->eligible}};
    for (size_t i = 0; i < sizeof aspects / sizeof *aspects; i++) {
        if (strcmp(aspects[i].before, aspects[i].after) != 0) {
            MK_TRY(
                add_change(c, j, aspects[i].what, aspects[i].before, aspects[i].after, arena, err));
        }
    }
    return same_levels(a, b) ? MK_OK
                             : add_change(c, j, "levels", level_names(a, arena),
                                          level_names(b, arena), arena, err);
}

MkStatus mk_contrast_schemas(MkContrast *c, MkArena *arena, MkError *err)
{
    const MkSchema *const before = mk_model_schema(c->models[0]);
    const MkSchema *const after = mk_model_schema(c->models[1]);
    c->n = after->n;
    c->ids = mk_arena_array(arena, after->n, sizeof *c->ids);
    c->is_common = mk_arena_zeros(arena, after->n, sizeof *c->is_common);
    c->gained = mk_arena_array(arena, after->n, sizeof *c->gained);
    c->lost = mk_arena_array(arena, before->n, sizeof *c->lost);
    c->changes = mk_arena_array(arena, N_ASPECTS * after->n, sizeof *c->changes);
    if (c->ids == NULL || c->is_common == NULL || c->gained == NULL || c->lost == NULL ||
        c->changes == NULL) {
        return no_memory(err);
    }
    for (size_t j = 0; j < after->n; j++) {
        const MkAttribute *const b = &after->attributes[j];
        size_t id = 0;
        c->ids[j] = MK_JUDGE_NONE;
        if (!mk_schema_find(before, b->name, &id)) {
            c->gained[c->n_gained++] = j;
            continue;
        }
        const MkAttribute *const a = &before->attributes[id];
        MK_TRY(add_changes(c, j, a, b, arena, err));
        if (a->type == b->type && strcmp(a->unit, b->unit) == 0 && same_levels(a, b)) {
            c->ids[j] = id;
            c->is_common[j] = true;
            c->n_common++;
        }
    }
    for (size_t j = 0; j < before->n; j++) {
        size_t id = 0;
        if (!mk_schema_find(after, before->attributes[j].name, &id)) {
            c->lost[c->n_lost++] = j;
        }
    }
    return MK_OK;
}

/* ---- populations ---- */

static int by_distance(const void *a, const void *b)
{
    const MkShift *const x = a, *const y = b;
    if (fabs(x->distance - y->distance) > 0.0) {
        return x->distance > y->distance ? -1 : 1;
    }
    return (x->attribute > y->attribute) - (x->attribute < y->attribute);
}

static MkShift shift_of(const MkContrast *c, size_t j)
{
    const MkDistribution *const before = mk_model_population(c->models[0], c->ids[j]);
    const MkDistribution *const after = mk_model_population(c->models[1], j);
    MkShift shift = {.attribute = j, .distance = mk_unconditional_distance(after, before)};
    if (mk_type_is_number(after->attribute->type)) {
        shift.before = mk_dist_quantile(before, 0.5);
        shift.after = mk_dist_quantile(after, 0.5);
    } else {
        const size_t level = (size_t)mk_dist_mode(before);
        shift.before = mk_dist_level(before, level);
        shift.after = mk_dist_level(after, level);
    }
    return shift;
}

/* ---- correlations ---- */

static int by_change(const void *a, const void *b)
{
    const MkPairShift *const x = a, *const y = b;
    const double dx = fabs(x->change), dy = fabs(y->change);
    if (fabs(dx - dy) > 0.0) {
        return dx > dy ? -1 : 1;
    }
    return x->a != y->a ? (x->a > y->a) - (x->a < y->a) : (x->b > y->b) - (x->b < y->b);
}

/* The sign of a correlation with an attribute whose levels have no order means nothing. */
static bool is_signed(const MkAttribute *a)
{
    return a->type != MK_CATEGORICAL || a->n_levels == 2;
}

static void look_at_pair(MkContrast *c, size_t a, size_t b, MkPairShift *out)
{
    const MkAttribute *const attributes = mk_model_schema(c->models[1])->attributes;
    const bool has_sign = is_signed(&attributes[a]) && is_signed(&attributes[b]);
    const double before = mk_model_correlation(c->models[0], c->ids[a], c->ids[b]);
    const double after = mk_model_correlation(c->models[1], a, b);
    *out = (MkPairShift){.a = a,
                         .b = b,
                         .before = before,
                         .after = after,
                         .change = has_sign ? after - before : fabs(after) - fabs(before),
                         .seen = {mk_model_co_observed(c->models[0], c->ids[a], c->ids[b]),
                                  mk_model_co_observed(c->models[1], a, b)}};
    const bool was_seen = out->seen[0] >= MK_SEEN_TOGETHER,
               is_seen = out->seen[1] >= MK_SEEN_TOGETHER;
    c->n_pairs++;
    c->n_joined += is_seen && !was_seen ? 1U : 0U;
    c->n_parted += was_seen && !is_seen ? 1U : 0U;
}

/* Keeps those that change most, in a list of twice their number that is cut when it is full. */
static void keep_pair(MkContrast *c, const MkPairShift *pair)
{
    c->pair_shifts[c->n_pair_shifts++] = *pair;
    if (c->n_pair_shifts == 2 * (size_t)MK_CONTRAST_FILE_MOST) {
        qsort(c->pair_shifts, c->n_pair_shifts, sizeof *c->pair_shifts, by_change);
        c->n_pair_shifts = MK_CONTRAST_FILE_MOST;
    }
}

static bool is_source(const MkContrast *c, size_t j)
{
    return strcmp(mk_model_schema(c->models[1])->attributes[j].name, "source") == 0;
}

MkStatus mk_contrast_files(MkContrast *c, MkArena *arena, MkError *err)
{
    size_t n = 0;
    c->shifts = mk_arena_array(arena, c->n_common + 1, sizeof *c->shifts);
    c->pair_shifts =
        mk_arena_array(arena, 2 * (size_t)MK_CONTRAST_FILE_MOST, sizeof *c->pair_shifts);
    if (c->shifts == NULL || c->pair_shifts == NULL) {
        return no_memory(err);
    }
    for (size_t a = 0; a < c->n; a++) {
        if (mk_cancelled(c->cancel)) {
            return mk_fail(err, MK_ECANCEL, "interrupted");
        }
        if (!c->is_common[a]) {
            continue;
        }
        c->shifts[n++] = shift_of(c, a);
        for (size_t b = 0; b < a && !is_source(c, a); b++) {
            MkPairShift pair;
            if (c->is_common[b] && !is_source(c, b)) {
                look_at_pair(c, a, b, &pair);
                keep_pair(c, &pair);
            }
        }
    }
    qsort(c->shifts, n, sizeof *c->shifts, by_distance);
    qsort(c->pair_shifts, c->n_pair_shifts, sizeof *c->pair_shifts, by_change);
    c->n_pair_shifts =
        c->n_pair_shifts < MK_CONTRAST_FILE_MOST ? c->n_pair_shifts : MK_CONTRAST_FILE_MOST;
    return MK_OK;
}
