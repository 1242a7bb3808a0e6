#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "model/mae/mask.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "src/base/arena.h"

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
        group[j] = (uint16_t)g;
    }
    free(names);
    *masker = (MkMasker){.n = n,
                         .n_groups = n_groups,
                         .group = group,
                         .share = {0.35, 0.20, 0.10, 0.25, 0.10},
                         .max_known = max_known,
                         .max_targets = max_targets};
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
    masker->group = NULL;
    masker->related = NULL;
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

/* Marks in `role` (n, zeros) what is known (1) and what is asked first (2): neighbours of one
 * attribute. */
static void draw_related(const MkMasker *masker, const uint32_t *seen, size_t n_seen,
                         const uint8_t *cells, MkRng *rng, unsigned char *role)
{
    const size_t asked = seen[mk_rng_below(rng, n_seen)];
    const size_t want = (size_t)exp(log(3.0) + log(8.0) * mk_rng_uniform(rng)); /* 3 .. 24 */
    size_t known = 0;
    role[asked] = 2;
    for (size_t i = 0; i < masker->n_related; i++) {
        const size_t j = masker->related[asked * MK_MASK_NEIGHBOURS + i];
        if (cells[j] == MK_CELL_MISSING) {
            continue;
        }
        const bool keep = known < want && mk_rng_uniform(rng) < 0.7;
        role[j] = keep ? 1 : 2;
        known += keep ? 1 : 0;
    }
}

void mk_masker_draw(const MkMasker *masker, MkMaskKind kind, const uint8_t *cells, MkRng *rng,
                    uint32_t *scratch, uint32_t *known, size_t *n_known, uint32_t *targets,
                    size_t *n_targets)
{
    unsigned char hidden[1024] = {0}, role[MK_MASK_ATTRIBUTES] = {0};
    size_t seen = 0, few = 0;
    if (kind == MK_MASK_KINDS) {
        kind = draw_kind(masker, rng);
    }
    for (size_t j = 0; j < masker->n; j++) {
        if (cells[j] != MK_CELL_MISSING) {
            scratch[seen++] = (uint32_t)j;
        }
    }
    const double ratio = mk_rng_uniform(rng);
    if (kind == MK_MASK_FEW) {
        few = (size_t)exp(log(24.0) * mk_rng_uniform(rng) + 0.3);
        few = few < seen ? few : seen;
    } else if (kind == MK_MASK_RELATED && seen > 0) {
        draw_related(masker, scratch, seen, cells, rng, role);
    } else if (kind != MK_MASK_RATIO) {
        draw_groups(masker, kind, rng, hidden);
    }
    uint32_t *const rest = scratch + masker->n; /* hidden ones */
    size_t front = 0, back = 0;
    for (size_t i = 0; i < seen; i++) {
        bool keep;
        if (kind == MK_MASK_FEW) { /* selection sampling: `few` of `seen` */
            keep = mk_rng_uniform(rng) * (double)(seen - i) < (double)(few - front);
        } else if (kind == MK_MASK_RATIO) {
            keep = mk_rng_uniform(rng) >= ratio;
        } else if (kind == MK_MASK_RELATED) {
            keep = role[scratch[i]] == 1;
        } else {
            keep = !hidden[masker->group[scratch[i]] % sizeof hidden];
        }
        if (keep) {
            scratch[front++] = scratch[i];
        } else {
            rest[back++] = scratch[i];
        }
    }
    size_t first = 0; /* neighbours are asked whatever the limit */
    for (size_t i = 0; kind == MK_MASK_RELATED && i < back; i++) {
        if (role[rest[i]] == 2) {
            const uint32_t t = rest[first];
            rest[first++] = rest[i];
            rest[i] = t;
        }
    }
    first = first < masker->max_targets ? first : masker->max_targets;
    *n_known = limit(scratch, front, masker->max_known, rng);
    memcpy(known, scratch, *n_known * sizeof *known);
    *n_targets = first + limit(rest + first, back - first, masker->max_targets - first, rng);
    memcpy(targets, rest, *n_targets * sizeof *targets);
}
