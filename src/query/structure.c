#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "src/query/structure.h"

#include <math.h>

MkStatus mk_structure_new(const MkModel *model, MkArena *arena, MkStructure *out, MkError *err)
{
    const MkSchema *const schema = mk_model_schema(model);
    *out = (MkStructure){.model = model, .schema = schema};
    MK_TRY(mk_rules_new(schema, arena, &out->rules, err));
    out->formulas = mk_arena_array(arena, out->rules.n + 1, sizeof *out->formulas);
    out->steps = mk_arena_array(arena, schema->n + 1, sizeof *out->steps);
    if (out->formulas == NULL || out->steps == NULL) {
        return mk_fail(err, MK_ENOMEM, "out of memory for rules");
    }
    for (size_t r = 0; r < out->rules.n; r++) {
        MK_TRY(mk_formula_open(&out->rules.rules[r], schema, arena, &out->formulas[r], err));
    }
    for (size_t j = 0; j < schema->n; j++) {
        out->steps[j] = mk_marginal_step(mk_model_marginal(model, j));
    }
    return MK_OK;
}

static void check_rule(const MkStructure *s, size_t r, const double *values,
                       MkStructureCounts *counts)
{
    const MkRule *const rule = &s->rules.rules[r];
    double inputs[MK_RULE_INPUTS];
    const double is = values[rule->attribute], step = s->steps[rule->attribute];
    for (size_t i = 0; i < rule->n_inputs; i++) {
        inputs[i] = values[rule->inputs[i]];
    }
    const double want = mk_formula_value(&s->formulas[r], inputs);
    if (!isnan(is) && !isnan(want)) {
        const double slack = 1e-6 * fabs(want);
        counts->rules_checked++;
        counts->rules_broken += fabs(is - want) > step + slack ? 1 : 0;
    }
}

/* Many people have just this value, whatever the step (half of a detection limit). */
static bool is_atom(const MkMarginal *marginal, double x)
{
    const float *const knots = marginal->knots[mk_marginal_cell(marginal, x)];
    return knots[0] == knots[MK_CELL_KNOTS - 1];
}

void mk_structure_check(const MkStructure *s, const double *values, MkStructureCounts *counts)
{
    for (size_t r = 0; r < s->rules.n; r++) {
        check_rule(s, r, values, counts);
    }
    for (size_t j = 0; j < s->schema->n; j++) {
        const MkAttribute *const a = &s->schema->attributes[j];
        const double x = values[j], step = s->steps[j];
        if (isnan(x) || !mk_type_is_number(a->type)) {
            continue;
        }
        const double at = step > 0.0 ? x / step : 0.0;
        counts->values++;
        counts->outside += x < a->min || x > a->max ? 1 : 0;
        if (fabs(at - round(at)) > 1e-4 + 1e-6 * fabs(at)) {
            counts->off_step += is_atom(mk_model_marginal(s->model, j), x) ? 0 : 1;
        }
    }
}
