#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "model/ctgan/conditions.h"

#include <math.h>

static MkStatus no_memory(MkError *err)
{
    return mk_fail(err, MK_ENOMEM, "out of memory for conditions");
}

MkStatus mk_conditions_new(const MkRecords *records, MkArena *arena, MkConditions *out,
                           MkError *err)
{
    MkConditions c = {0};
    c.attribute = mk_arena_array(arena, records->n + 1, sizeof *c.attribute);
    c.at = mk_arena_zeros(arena, records->n + 2, sizeof *c.at);
    if (c.attribute == NULL || c.at == NULL) {
        return no_memory(err);
    }
    for (size_t j = 0; j < records->n; j++) {
        if (!records->columns[j].is_number) {
            c.attribute[c.n] = j;
            c.at[c.n++] = c.width;
            c.width += records->columns[j].n;
            c.at[c.n] = c.width;
        }
    }
    c.share = mk_arena_zeros(arena, c.width + 1, sizeof *c.share);
    if (c.share == NULL) {
        return no_memory(err);
    }
    *out = c;
    return MK_OK;
}

size_t mk_conditions_find(const MkConditions *c, size_t attribute)
{
    for (size_t i = 0; i < c->n; i++) {
        if (c->attribute[i] == attribute) {
            return i;
        }
    }
    return c->n;
}

/* Sorts the people by their level of attribute `place`. */
static void sort_holders(MkHolders *h, MkConditions *c, size_t n_attributes, size_t place)
{
    const size_t n = h->people->n_rows, n_levels = c->at[place + 1] - c->at[place];
    size_t *const first = h->first + c->at[place] + place;
    uint32_t *const row = h->row + place * n;
    const uint8_t *const code = h->people->code + c->attribute[place];
    double total = 0.0, logs = 0.0;
    size_t next[256] = {0};
    for (size_t k = 0; k <= n_levels; k++) {
        first[k] = 0;
    }
    for (size_t i = 0; i < n; i++) {
        first[code[i * n_attributes] + 1]++;
        c->share[c->at[place] + code[i * n_attributes]] += h->people->weights[i];
        total += h->people->weights[i];
    }
    for (size_t k = 0; k < n_levels; k++) {
        const size_t at = c->at[place] + k;
        h->chance[at] = log1p((double)first[k + 1]);
        logs += h->chance[at];
        c->share[at] /= total;
        first[k + 1] += first[k];
        next[k] = first[k];
    }
    for (size_t k = 0; k < n_levels; k++) {
        h->chance[c->at[place] + k] /= logs;
    }
    for (size_t i = 0; i < n; i++) {
        row[next[code[i * n_attributes]]++] = (uint32_t)i;
    }
}

MkStatus mk_holders_new(MkConditions *c, const MkCoded *people, MkArena *arena, MkHolders *out,
                        MkError *err)
{
    MkHolders h = {.conditions = c, .people = people};
    h.row = mk_arena_array(arena, c->n * people->n_rows + 1, sizeof *h.row);
    h.first = mk_arena_array(arena, c->width + c->n + 1, sizeof *h.first);
    h.chance = mk_arena_zeros(arena, c->width + 1, sizeof *h.chance);
    if (h.row == NULL || h.first == NULL || h.chance == NULL) {
        return no_memory(err);
    }
    for (size_t i = 0; i < people->n_rows; i++) {
        h.heaviest = fmax(h.heaviest, people->weights[i]);
    }
    for (size_t place = 0; place < c->n; place++) {
        sort_holders(&h, c, people->n_attributes, place);
    }
    *out = h;
    return MK_OK;
}

static size_t choose(const double *p, size_t n, MkRng *rng)
{
    double left = mk_rng_uniform(rng);
    size_t last = 0;
    for (size_t k = 0; k < n; k++) {
        last = p[k] > 0.0 ? k : last;
        left -= p[k];
        if (left < 0.0 && p[k] > 0.0) {
            return k;
        }
    }
    return last;
}

void mk_holders_condition(const MkHolders *h, MkRng *rng, size_t *place, size_t *level)
{
    const MkConditions *const c = h->conditions;
    *place = mk_rng_below(rng, c->n);
    *level = choose(h->chance + c->at[*place], c->at[*place + 1] - c->at[*place], rng);
}

size_t mk_conditions_level(const MkConditions *c, size_t place, MkRng *rng)
{
    return choose(c->share + c->at[place], c->at[place + 1] - c->at[place], rng);
}

size_t mk_holders_person(const MkHolders *h, size_t place, size_t level, MkRng *rng)
{
    enum { TRIES = 100 }; /* people with hardly any weight come at last all the same */
    const MkConditions *const c = h->conditions;
    const size_t n = h->people->n_rows;
    const uint32_t *row = NULL;
    size_t count = n, person = 0;
    if (place < c->n) {
        const size_t *const first = h->first + c->at[place] + place + level;
        row = h->row + place * n + first[0];
        count = first[1] - first[0];
    }
    for (int i = 0; i < TRIES; i++) {
        const size_t k = mk_rng_below(rng, count);
        person = row != NULL ? row[k] : k;
        if (mk_rng_uniform(rng) * h->heaviest < h->people->weights[person]) {
            break;
        }
    }
    return person;
}
