#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "model/mae/mask.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "src/base/arena.h"

enum { CATEGORIES_MAX = 1024 }; /* more share a place */

MkStatus mk_masker_init(MkMasker *masker, const MkSchema *schema, size_t max_known,
                        size_t max_targets, MkError *err)
{
    const size_t n = schema->n;
    if (n > MK_MASK_ATTRIBUTES) {
        return mk_fail(err, MK_EUNSUPPORTED, "%zu attributes, at most %d can be trained on", n,
                       (int)MK_MASK_ATTRIBUTES);
    }
    const char **const names = mk_heap_array(n + 1, sizeof *names);
    uint16_t *const group = mk_heap_array(n, sizeof *group);
    if (names == NULL || group == NULL) {
        free(names);
        free(group);
        return mk_fail(err, MK_ENOMEM, "out of memory");
    }
    size_t n_groups = 1;
    names[0] = schema->attributes[0].category;
    for (size_t j = 0; j < n; j++) {
        if (strcasecmp(schema->attributes[j].category, "demographics") == 0) {
            names[0] = schema->attributes[j].category;
        }
    }
    for (size_t j = 0; j < n; j++) {
        size_t g = 0;
        while (g < n_groups && strcmp(names[g], schema->attributes[j].category) != 0) {
            g++;
        }
        if (g == n_groups) {
            names[n_groups++] = schema->attributes[j].category;
        }
        group[j] = (uint16_t)(g < CATEGORIES_MAX ? g : 1 + g % (CATEGORIES_MAX - 1));
    }
    free(names);
    n_groups = n_groups < CATEGORIES_MAX ? n_groups : CATEGORIES_MAX;
    *masker = (MkMasker){.n = n,
                         .n_groups = n_groups,
                         .group = group,
                         .share = {0.35, 0.20, 0.10, 0.25, 0.10, 0.0},
                         .max_known = max_known,
                         .max_targets = max_targets,
                         .source = n,
                         .source_known = 0.5,
                         .near = 1.0};
    size_t id = 0;
    if (mk_schema_find(schema, "source", &id) && schema->attributes[id].type == MK_CATEGORICAL) {
        masker->source = id;
    }
    return MK_OK;
}

MkStatus mk_masker_relate(MkMasker *masker, double (*strength)(const void *ctx, size_t a, size_t b),
                          const void *ctx, MkError *err)
{
    const size_t n = masker->n, most = n - 1 < MK_MASK_NEIGHBOURS ? n - 1 : MK_MASK_NEIGHBOURS;
    masker->related = mk_heap_array(n * MK_MASK_NEIGHBOURS, sizeof *masker->related);
    if (masker->related == NULL) {
        return mk_fail(err, MK_ENOMEM, "out of memory");
    }
    masker->n_related = most;
    for (size_t a = 0; a < n; a++) {
        uint16_t *const list = masker->related + a * MK_MASK_NEIGHBOURS;
        double kept[MK_MASK_NEIGHBOURS];
        size_t used = 0;
        for (size_t b = 0; b < n; b++) { /* insertion into the short list */
            const double s = b == a ? -1.0 : strength(ctx, a, b);
            if (b == a || (used == most && s <= kept[used - 1])) {
                continue;
            }
            size_t at = used < most ? used++ : used - 1;
            for (; at > 0 && kept[at - 1] < s; at--) {
                kept[at] = kept[at - 1];
                list[at] = list[at - 1];
            }
            kept[at] = s;
            list[at] = (uint16_t)b;
        }
    }
    return MK_OK;
}

void mk_masker_release(MkMasker *masker)
{
    free(masker->group);
    free(masker->related);
    free(masker->sources);
    free(masker->asked);
    free(masker->apart);
    masker->group = NULL;
    masker->related = NULL;
    masker->sources = NULL;
    masker->asked = NULL;
    masker->apart = NULL;
}

size_t mk_masker_tokens(const MkMasker *masker)
{
    return masker->max_known + (masker->ordered > 0.0 ? masker->max_targets : 0);
}

bool mk_masker_order(const MkMasker *masker, MkRng *rng, uint32_t *targets, float *weight,
                     size_t n_targets)
{
    if (!(masker->ordered > 0.0) || mk_rng_uniform(rng) >= masker->ordered) {
        return false;
    }
    for (size_t i = 0; i + 1 < n_targets; i++) {
        const size_t k = i + mk_rng_below(rng, n_targets - i);
        const uint32_t target = targets[i];
        const float stands = weight[i];
        targets[i] = targets[k];
        targets[k] = target;
        weight[i] = weight[k];
        weight[k] = stands;
    }
    return true;
}

/* Mean number of values that a person of a group has. */
static double mean_observed(const MkGroup *group)
{
    size_t observed = 0;
    for (size_t i = 0; i < group->n_rows; i++) {
        observed += mk_group_observed(group, i);
    }
    return (double)observed / fmax((double)group->n_rows, 1.0);
}

MkStatus mk_masker_sources(MkMasker *masker, const MkDataset *people, MkError *err)
{
    masker->sources = mk_heap_array(people->n_groups, sizeof *masker->sources);
    masker->asked = mk_heap_array(people->n_groups * masker->n, sizeof *masker->asked);
    masker->apart = mk_heap_array(people->n_groups, sizeof *masker->apart);
    if (masker->sources == NULL || masker->asked == NULL || masker->apart == NULL) {
        return mk_fail(err, MK_ENOMEM, "out of memory");
    }
    masker->n_sources = people->n_groups;
    for (size_t g = 0; g < people->n_groups; g++) {
        const MkGroup *const group = &people->groups[g];
        masker->sources[g] = (uint32_t)group->table;
        for (size_t c = 0; c < group->n; c++) {
            masker->asked[g * masker->n + group->attributes[c]] = 1;
        }
        masker->near = fmax(masker->near, mean_observed(group) / (double)masker->max_targets);
    }
    return MK_OK;
}

static MkMaskKind draw_kind(const MkMasker *masker, MkRng *rng)
{
    double u = mk_rng_uniform(rng);
    for (int k = 0; k < MK_MASK_KINDS; k++) {
        u -= masker->share[k];
        if (u < 0.0) {
            return (MkMaskKind)k;
        }
    }
    return MK_MASK_RATIO;
}

/* Which groups are hidden: bit per group. */
static void draw_groups(const MkMasker *masker, MkMaskKind kind, MkRng *rng, unsigned char *hidden)
{
    const double p = 0.2 + 0.75 * mk_rng_uniform(rng);
    const bool keep_anchor = mk_rng_uniform(rng) < 0.7;
    for (size_t g = 0; g < masker->n_groups; g++) {
        hidden[g] = kind == MK_MASK_ANCHOR || mk_rng_uniform(rng) < p;
    }
    if (kind == MK_MASK_ANCHOR) {
        hidden[0] = 0;
        const double more = mk_rng_uniform(rng);
        for (int i = 0; masker->n_groups > 1 && i < (more < 0.5 ? 0 : more < 0.8 ? 1 : 2); i++) {
            hidden[1 + mk_rng_below(rng, masker->n_groups - 1)] = 0;
        }
    } else if (keep_anchor) {
        hidden[0] = 0;
    }
}

static int ascending(const void *a, const void *b)
{
    const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

/* Keeps `most` of n items at random, in ascending order. */
static size_t limit(uint32_t *items, size_t n, size_t most, MkRng *rng)
{
    if (n > most) {
        for (size_t i = 0; i < most; i++) {
            const size_t k = i + mk_rng_below(rng, n - i);
            const uint32_t t = items[i];
            items[i] = items[k];
            items[k] = t;
        }
        qsort(items, most, sizeof *items, ascending);
        n = most;
    }
    return n;
}

/* ---- one person ---- */

typedef enum Role { ROLE_NONE, ROLE_KNOWN, ROLE_ASKED } Role;

typedef struct Draw {
    const MkMasker *masker;
    MkMaskKind kind;
    const MkGroup *group;
    MkRng *rng;
    uint32_t *seen;  /* columns that are observed, ascending; `source` is none of them */
    uint32_t *rest;  /* room for the hidden ones */
    uint32_t *place; /* (n) by attribute: 1 + 4 column + role of an observed one; else 0 */
    size_t n_seen;
    unsigned char hidden[CATEGORIES_MAX]; /* block, anchor: categories */
    const unsigned char *shared;          /* source: (n) what the other source has */
    double ratio;                         /* how much is hidden */
    size_t few;
} Draw;

static void set_role(const Draw *d, size_t attribute, Role role)
{
    if (d->place[attribute] != 0) {
        d->place[attribute] = ((d->place[attribute] - 1) & ~3U) + 1 + (uint32_t)role;
    }
}

static Role role_of(const Draw *d, size_t column)
{
    return (Role)((d->place[d->group->attributes[column]] - 1) & 3U);
}

/* What is known and what is asked first: neighbours of one attribute. */
static void draw_related(const Draw *d)
{
    const MkMasker *const masker = d->masker;
    const size_t asked = d->group->attributes[d->seen[mk_rng_below(d->rng, d->n_seen)]];
    const size_t want = (size_t)exp(log(3.0) + log(8.0) * mk_rng_uniform(d->rng)); /* 3 .. 24 */
    size_t known = 0;
    set_role(d, asked, ROLE_ASKED);
    for (size_t i = 0; i < masker->n_related; i++) {
        const size_t j = masker->related[asked * MK_MASK_NEIGHBOURS + i];
        if (d->place[j] == 0) {
            continue;
        }
        const bool keep = known < want && mk_rng_uniform(d->rng) < 0.7;
        set_role(d, j, keep ? ROLE_KNOWN : ROLE_ASKED);
        known += keep ? 1 : 0;
    }
}

/* Number of a person's source; n_sources: it is none of them. */
static size_t find_source(const MkMasker *masker, const MkGroup *group)
{
    size_t own = masker->n_sources;
    for (size_t g = 0; g < masker->n_sources; g++) {
        own = masker->sources[g] == group->table ? g : own;
    }
    return own;
}

/* Another source than the person's; NULL when there is none. */
static const unsigned char *draw_source(const MkMasker *masker, const MkGroup *group, MkRng *rng)
{
    const size_t own = find_source(masker, group);
    const size_t others = masker->n_sources - (own < masker->n_sources ? 1 : 0);
    if (others == 0) {
        return NULL;
    }
    const size_t g = mk_rng_below(rng, others);
    return masker->asked + (g + (g >= own ? 1 : 0)) * masker->n;
}

static void find_seen(Draw *d, const uint8_t *cells)
{
    for (size_t c = 0; c < d->group->n; c++) {
        const size_t j = d->group->attributes[c];
        if (cells[c] != MK_CELL_MISSING && j != d->masker->source) {
            d->seen[d->n_seen++] = (uint32_t)c;
            d->place[j] = 1 + 4 * (uint32_t)c;
        }
    }
}

static void draw_plan(Draw *d)
{
    const MkMasker *const masker = d->masker;
    d->ratio = mk_rng_uniform(d->rng);
    if (d->kind == MK_MASK_SOURCE) {
        d->shared = draw_source(masker, d->group, d->rng);
        d->kind = d->shared != NULL ? d->kind : MK_MASK_RATIO;
        /* half of the time all that both have is known */
        d->ratio = d->shared != NULL ? fmax(2.0 * d->ratio - 1.0, 0.0) : d->ratio;
    } else if (d->kind == MK_MASK_FEW) {
        const size_t few = (size_t)exp(log(24.0) * mk_rng_uniform(d->rng) + 0.3);
        d->few = few < d->n_seen ? few : d->n_seen;
    } else if (d->kind == MK_MASK_RELATED && d->n_seen > 0) {
        draw_related(d);
    } else if (d->kind == MK_MASK_BLOCK || d->kind == MK_MASK_ANCHOR) {
        draw_groups(masker, d->kind, d->rng, d->hidden);
    }
}

/* Whether observed value number i is known; `known` are so far. */
static bool is_kept(const Draw *d, size_t i, size_t known)
{
    const size_t j = d->group->attributes[d->seen[i]];
    switch (d->kind) {
    case MK_MASK_FEW: /* selection sampling: `few` of `seen` */
        return mk_rng_uniform(d->rng) * (double)(d->n_seen - i) < (double)(d->few - known);
    case MK_MASK_RELATED:
        return role_of(d, d->seen[i]) == ROLE_KNOWN;
    case MK_MASK_BLOCK:
    case MK_MASK_ANCHOR:
        return !d->hidden[d->masker->group[j]];
    case MK_MASK_SOURCE:
        return d->shared[j] && mk_rng_uniform(d->rng) >= d->ratio;
    case MK_MASK_RATIO:
    case MK_MASK_KINDS:
        break;
    }
    return mk_rng_uniform(d->rng) >= d->ratio;
}

/* Puts neighbours first: they are asked whatever the limit. Gives their number. */
static size_t asked_first(const Draw *d, size_t n)
{
    size_t first = 0;
    for (size_t i = 0; d->kind == MK_MASK_RELATED && i < n; i++) {
        if (role_of(d, d->rest[i]) == ROLE_ASKED) {
            const uint32_t t = d->rest[first];
            d->rest[first++] = d->rest[i];
            d->rest[i] = t;
        }
    }
    return first < d->masker->max_targets ? first : d->masker->max_targets;
}

/* Whether the source of the person is told, and its column. */
static bool draw_told(const MkMasker *masker, const MkGroup *group, const uint8_t *cells,
                      MkRng *rng, uint32_t *column)
{
    const size_t own = find_source(masker, group);
    const bool apart = own < masker->n_sources && masker->apart[own];
    for (size_t c = 0; masker->source < masker->n && c < group->n; c++) {
        if (group->attributes[c] == masker->source) {
            *column = (uint32_t)c;
            const bool told = mk_rng_uniform(rng) < masker->source_known || apart;
            return told && cells[c] != MK_CELL_MISSING;
        }
    }
    return false;
}

void mk_masker_draw(const MkMasker *masker, MkMaskKind kind, const MkGroup *group, size_t row,
                    MkRng *rng, uint32_t *scratch, uint32_t *known, size_t *n_known,
                    uint32_t *targets, float *weight, size_t *n_targets)
{
    const uint8_t *const cells = group->cells + row * group->n;
    Draw d = {.masker = masker,
              .kind = kind == MK_MASK_KINDS ? draw_kind(masker, rng) : kind,
              .group = group,
              .rng = rng,
              .seen = scratch,
              .rest = scratch + masker->n,
              .place = scratch + 2 * masker->n};
    find_seen(&d, cells);
    draw_plan(&d);
    size_t front = 0, back = 0;
    uint32_t told = 0;
    for (size_t i = 0; i < d.n_seen; i++) {
        const uint32_t c = d.seen[i];
        if (is_kept(&d, i, front)) {
            d.seen[front++] = c;
        } else {
            d.rest[back++] = c;
        }
    }
    const size_t first = asked_first(&d, back);
    for (size_t c = 0; c < group->n; c++) {
        d.place[group->attributes[c]] = 0;
    }
    const bool is_told = draw_told(masker, group, cells, rng, &told);
    *n_known = limit(d.seen, front, masker->max_known - (is_told ? 1 : 0), rng);
    memcpy(known, d.seen, *n_known * sizeof *known);
    if (is_told) {
        known[(*n_known)++] = told;
        for (size_t i = *n_known - 1; i > 0 && known[i - 1] > told; i--) {
            known[i] = known[i - 1];
            known[i - 1] = told;
        }
    }
    const size_t others = limit(d.rest + first, back - first, masker->max_targets - first, rng);
    *n_targets = first + others;
    memcpy(targets, d.rest, *n_targets * sizeof *targets);
    for (size_t i = 0; i < *n_targets; i++) {
        weight[i] = (float)(i < first ? masker->near : (double)(back - first) / (double)others);
    }
}
