#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "src/eval/design.h"

#include <math.h>

static double term_of(const MkTerm *t, float value)
{
    return t->level < 0.0 ? (double)value : (double)value == t->level ? 1.0 : 0.0;
}

static void standardise(MkTerm *t, const float *x, size_t n, size_t d)
{
    double seen = 0.0, sum = 0.0, squares = 0.0;
    for (size_t i = 0; i < n; i++) {
        const float value = x[i * d + t->from];
        seen += isnan(value) ? 0.0 : 1.0;
        sum += isnan(value) ? 0.0 : term_of(t, value);
    }
    t->mean = sum / fmax(seen, 1.0);
    for (size_t i = 0; i < n; i++) {
        const float value = x[i * d + t->from];
        const double off = isnan(value) ? 0.0 : term_of(t, value) - t->mean;
        squares += off * off;
    }
    const double sd = sqrt(squares / fmax(seen, 1.0));
    t->scale = sd > 0.0 ? sd : INFINITY; /* does not vary: says nothing */
}

/* Columns of an attribute. */
static size_t columns_of(const MkAttribute *attribute)
{
    return attribute->type == MK_CATEGORICAL ? attribute->n_levels : 1;
}

MkStatus mk_design_new(const MkSchema *schema, const size_t *ids, const float *x, size_t n,
                       size_t d, MkArena *arena, MkDesign *out, MkError *err)
{
    size_t terms = 0;
    for (size_t j = 0; j < d; j++) {
        terms += columns_of(&schema->attributes[ids[j]]);
    }
    MkDesign design = {.terms = mk_arena_array(arena, terms + 1, sizeof *design.terms)};
    if (design.terms == NULL) {
        return mk_fail(err, MK_ENOMEM, "out of memory for a regression");
    }
    for (size_t j = 0; j < d; j++) {
        const MkAttribute *const attribute = &schema->attributes[ids[j]];
        for (size_t k = 0; k < columns_of(attribute); k++) {
            MkTerm *const t = &design.terms[design.n_terms++];
            *t = (MkTerm){.from = j, .level = attribute->type == MK_CATEGORICAL ? (double)k : -1.0};
            standardise(t, x, n, d);
        }
    }
    *out = design;
    return MK_OK;
}

void mk_design_row(const MkDesign *design, const float *x, float *out)
{
    for (size_t k = 0; k < design->n_terms; k++) {
        const MkTerm *const t = &design->terms[k];
        const float value = x[t->from];
        out[k] = isnan(value) ? 0.0F : (float)((term_of(t, value) - t->mean) / t->scale);
    }
}
