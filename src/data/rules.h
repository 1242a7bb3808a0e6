/* rules.h - attributes that follow exactly from others: the schema's column `rule`.
 *
 *   bmi   10000 * weight / height / height
 *
 * A rule is an expression (expr.h) of numbers of the same schema. Drawn persons obey it: the
 * attribute is computed from the others, or, when it is told, one of the others is solved for. */
#ifndef MK_DATA_RULES_H
#define MK_DATA_RULES_H

#include <stdbool.h>
#include <stddef.h>

#include "src/base/arena.h"
#include "src/base/status.h"
#include "src/data/schema.h"

enum { MK_RULE_INPUTS = 8 };

typedef struct MkRule {
    size_t attribute;
    size_t n_inputs;
    size_t inputs[MK_RULE_INPUTS]; /* in the order of the text, each once */
    const char *text;
} MkRule;

/* In an order in which a rule's inputs stand before it. */
typedef struct MkRules {
    const MkSchema *schema;
    size_t n;
    MkRule *rules;
} MkRules;

/* Reads all rules; lives in `arena`. MK_EFORMAT names the attribute: a name that is no number of
 * the schema, no expression, a circle, more than MK_RULE_INPUTS inputs. */
MK_NODISCARD MkStatus mk_rules_new(const MkSchema *schema, MkArena *arena, MkRules *out,
                                   MkError *err);

/* The rule of attribute j, which has one; the same errors but for circles. */
MK_NODISCARD MkStatus mk_rule_read(const MkSchema *schema, size_t j, MkArena *arena, MkRule *out,
                                   MkError *err);

/* A rule that can be evaluated; not shared between threads. */
typedef struct MkFormula {
    const MkRule *rule;
    struct MkExpr *expr;
    double *inputs;         /* (n_inputs) */
    const double **columns; /* of the expression's variables */
} MkFormula;
MK_NODISCARD MkStatus mk_formula_open(const MkRule *rule, const MkSchema *schema, MkArena *arena,
                                      MkFormula *out, MkError *err);
/* Value of the attribute; NaN when an input is missing. inputs (n_inputs) */
double mk_formula_value(const MkFormula *formula, const double *inputs);
/* Input `which` in low .. high for which the attribute is `value`, the others as they are in inputs
 * (n_inputs); when there is none, the end that comes nearest. */
double mk_formula_solve(const MkFormula *formula, const double *inputs, size_t which, double value,
                        double low, double high);

#endif
