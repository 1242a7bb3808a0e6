#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "src/data/rules.h"

#include <math.h>
#include <string.h>

#include "src/data/expr.h"

static MkStatus no_memory(MkError *err)
{
    return mk_fail(err, MK_ENOMEM, "out of memory for rules");
}

/* ---- reading ---- */

static size_t place_of(const MkRule *rule, size_t attribute)
{
    size_t i = 0;
    while (i < rule->n_inputs && rule->inputs[i] != attribute) {
        i++;
    }
    return i;
}

static MkStatus parse(const MkAttribute *a, MkArena *arena, MkExpr **out, MkError *err)
{
    const char *const where = mk_arena_printf(arena, "attribute %s: rule", a->name);
    return where != NULL ? mk_expr_parse(arena, a->rule, where, out, err) : no_memory(err);
}

MkStatus mk_rule_read(const MkSchema *schema, size_t j, MkArena *arena, MkRule *out, MkError *err)
{
    const MkAttribute *const a = &schema->attributes[j];
    MkExpr *expr = NULL;
    *out = (MkRule){.attribute = j, .text = a->rule};
    if (!mk_type_is_number(a->type)) {
        return mk_fail(err, MK_EFORMAT, "attribute %s: rule: only numbers can have one", a->name);
    }
    MK_TRY(parse(a, arena, &expr, err));
    for (size_t v = 0; v < expr->n_variables; v++) {
        const MkExprVariable *const variable = &expr->variables[v];
        size_t id = 0;
        if (variable->use != MK_EXPR_NUMBER || variable->is_pattern || variable->table[0] != '\0' ||
            !mk_schema_find(schema, variable->name, &id) ||
            !mk_type_is_number(schema->attributes[id].type)) {
            return mk_fail(err, MK_EFORMAT,
                           "attribute %s: rule: %s is no number of the schema, expected an "
                           "expression of numbers",
                           a->name, variable->name);
        }
        if (place_of(out, id) == out->n_inputs) {
            if (out->n_inputs == MK_RULE_INPUTS) {
                return mk_fail(err, MK_EFORMAT, "attribute %s: rule: more than %d attributes",
                               a->name, (int)MK_RULE_INPUTS);
            }
            out->inputs[out->n_inputs++] = id;
        }
    }
    return out->n_inputs > 0
               ? MK_OK
               : mk_fail(err, MK_EFORMAT, "attribute %s: rule: it names no attribute", a->name);
}

/* Whether all inputs that have rules are among the first `done` of them. */
static bool is_ready(const MkRules *r, const MkRule *rule, size_t done)
{
    for (size_t i = 0; i < rule->n_inputs; i++) {
        for (size_t k = done; k < r->n; k++) {
            if (r->rules[k].attribute == rule->inputs[i]) {
                return false;
            }
        }
    }
    return true;
}

static MkStatus sort_rules(MkRules *r, MkError *err)
{
    for (size_t done = 0; done < r->n; done++) {
        size_t k = done;
        while (k < r->n && !is_ready(r, &r->rules[k], done)) {
            k++;
        }
        if (k == r->n) {
            return mk_fail(err, MK_EFORMAT, "attribute %s: rule: it follows from itself",
                           r->schema->attributes[r->rules[done].attribute].name);
        }
        const MkRule next = r->rules[k];
        r->rules[k] = r->rules[done];
        r->rules[done] = next;
    }
    return MK_OK;
}

MkStatus mk_rules_new(const MkSchema *schema, MkArena *arena, MkRules *out, MkError *err)
{
    size_t n = 0;
    for (size_t j = 0; j < schema->n; j++) {
        n += schema->attributes[j].rule[0] != '\0' ? 1 : 0;
    }
    *out = (MkRules){.schema = schema, .rules = mk_arena_array(arena, n + 1, sizeof *out->rules)};
    if (out->rules == NULL) {
        return no_memory(err);
    }
    for (size_t j = 0; j < schema->n; j++) {
        if (schema->attributes[j].rule[0] != '\0') {
            MK_TRY(mk_rule_read(schema, j, arena, &out->rules[out->n], err));
            out->n++;
        }
    }
    return sort_rules(out, err);
}

/* ---- evaluating ---- */

MkStatus mk_formula_open(const MkRule *rule, const MkSchema *schema, MkArena *arena, MkFormula *out,
                         MkError *err)
{
    *out = (MkFormula){.rule = rule,
                       .inputs = mk_arena_zeros(arena, rule->n_inputs, sizeof *out->inputs)};
    MK_TRY(parse(&schema->attributes[rule->attribute], arena, &out->expr, err));
    out->columns = mk_arena_array(arena, out->expr->n_variables, sizeof *out->columns);
    if (out->inputs == NULL || out->columns == NULL) {
        return no_memory(err);
    }
    for (size_t v = 0; v < out->expr->n_variables; v++) {
        size_t id = 0;
        (void)mk_schema_find(schema, out->expr->variables[v].name, &id);
        out->columns[v] = out->inputs + place_of(rule, id);
        out->expr->variables[v].columns = (const double *const *)&out->columns[v];
        out->expr->variables[v].n_columns = 1;
    }
    return MK_OK;
}

double mk_formula_value(const MkFormula *f, const double *inputs)
{
    memcpy(f->inputs, inputs, f->rule->n_inputs * sizeof *inputs);
    return mk_expr_eval(f->expr, 0);
}

double mk_formula_solve(const MkFormula *f, const double *inputs, size_t which, double value,
                        double low, double high)
{
    enum { HALVINGS = 60 };
    memcpy(f->inputs, inputs, f->rule->n_inputs * sizeof *inputs);
    f->inputs[which] = low;
    const double at_low = mk_expr_eval(f->expr, 0) - value;
    f->inputs[which] = high;
    const double at_high = mk_expr_eval(f->expr, 0) - value;
    if (!(at_low * at_high <= 0.0)) {
        return fabs(at_low) <= fabs(at_high) ? low : high;
    }
    for (int i = 0; i < HALVINGS; i++) {
        const double middle = 0.5 * (low + high);
        f->inputs[which] = middle;
        const double at = mk_expr_eval(f->expr, 0) - value;
        if ((at < 0.0) == (at_low < 0.0)) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return 0.5 * (low + high);
}
