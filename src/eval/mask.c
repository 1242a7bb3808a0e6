#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "src/eval/mask.h"

#include <math.h>
#include <string.h>

#include "src/base/rng.h"

static bool is_there(const MkTable *table, size_t j)
{
    bool found = false;
    for (size_t i = 0; i < table->n_rows && !found && table->column_of[j] != MK_NO_COLUMN; i++) {
        found = !isnan(mk_table_get(table, i, j));
    }
    return found;
}

MkStatus mk_mask_prepare(MkMaskRule *rule, MkArena *arena, MkError *err)
{
    const MkSchema *const schema = rule->cohort->schema;
    const size_t n_tables = rule->cohort->n_tables;
    rule->block = mk_arena_array(arena, schema->n, sizeof *rule->block);
    rule->asks = mk_arena_zeros(arena, n_tables * schema->n, sizeof *rule->asks);
    if (rule->block == NULL || rule->asks == NULL) {
        return mk_fail(err, MK_ENOMEM, "out of memory");
    }
    for (size_t j = 0; j < schema->n; j++) {
        const char *const category = schema->attributes[j].category;
        rule->block[j] = mk_hash64(category, strlen(category), rule->seed);
        for (size_t t = 0; t < n_tables && rule->kind == MK_MASK_RULE_SOURCE; t++) {
            rule->asks[t * schema->n + j] = is_there(rule->cohort->tables[t], j);
        }
    }
    return MK_OK;
}

/* A number of [0, 1) that belongs to a person and a thing. */
static double draw(const MkMaskRule *rule, size_t person, uint64_t thing)
{
    const uint64_t key[3] = {(uint64_t)person, thing, (uint64_t)rule->kind};
    return (double)(mk_hash64(key, sizeof key, rule->seed) >> 11) * 0x1p-53;
}

bool mk_mask_hides(const MkMaskRule *rule, size_t person, size_t table, size_t attribute)
{
    const size_t n_tables = rule->cohort->n_tables;
    switch (rule->kind) {
    case MK_MASK_RULE_RANDOM:
        return draw(rule, person, attribute) < MK_MASK_SHARE;
    case MK_MASK_RULE_BLOCK:
        return draw(rule, person, rule->block[attribute]) < MK_MASK_SHARE;
    case MK_MASK_RULE_SOURCE:
    case MK_N_MASK_RULES:
        break;
    }
    if (n_tables < 2) {
        return false;
    }
    size_t other = (size_t)(draw(rule, person, 0) * (double)(n_tables - 1));
    other += other >= table ? 1U : 0U;
    return !rule->asks[other * rule->cohort->schema->n + attribute];
}

const char *mk_mask_name(MkMaskKind kind)
{
    static const char *const names[MK_N_MASK_RULES] = {"random", "block", "source"};
    return names[kind];
}
