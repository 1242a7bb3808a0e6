/* fuzz_rules.c - any text as the rule of an attribute and what makes it eligible, and as rows of
 * the schema after it: rules that can be evaluated and solved, conditions that can be applied, or
 * an error with a story. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/buf.h"
#include "src/data/eligible.h"
#include "src/data/rules.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char text_schema[] = "name\ttype\tlabel\tlevels\tmin\tmax\trule\teligible\n"
                                  "weight\tpositive\tWeight\t\t20\t400\n"
                                  "height\tpositive\tHeight\t\t100\t230\n"
                                  "age\tcount\tAge\t\t0\t100\n"
                                  "sex\tcategorical\tSex\t1=male|2=female\n"
                                  "bmi\tpositive\tBMI\t\t5\t100\t";

static void evaluate(const MkRule *rule, const MkSchema *schema, MkArena *arena)
{
    static const double values[] = {0.0, 70.0, 1e300, NAN};
    MkFormula formula;
    MkError err = {0};
    if (mk_formula_open(rule, schema, arena, &formula, &err) != MK_OK) {
        if (err.text[0] == '\0') {
            abort();
        }
        return;
    }
    for (size_t k = 0; k < sizeof values / sizeof *values; k++) {
        double inputs[MK_RULE_INPUTS];
        for (size_t i = 0; i < rule->n_inputs; i++) {
            inputs[i] = values[(i + k) % (sizeof values / sizeof *values)];
        }
        volatile double x = mk_formula_value(&formula, inputs);
        (void)x;
        for (size_t i = 0; i < rule->n_inputs; i++) {
            const double at = mk_formula_solve(&formula, inputs, i, 25.0, 20.0, 400.0);
            if (!isnan(at) && !(at >= 20.0 && at <= 400.0)) {
                abort();
            }
        }
    }
}

static void apply(const MkSchema *schema, MkArena *arena)
{
    enum { MOST = 64 };
    MkEligibility *eligibility = NULL;
    MkEvidence evidence = {0};
    MkError err = {0};
    double values[MOST];
    if (schema->n > MOST) {
        return;
    }
    if (mk_eligibility_new(schema, arena, &eligibility, &err) != MK_OK) {
        if (err.text[0] == '\0') {
            abort();
        }
        return;
    }
    MkKnown known[2] = {{3, {.kind = MK_VALUE_POINT, .point = 0}},
                        {4, {.kind = MK_VALUE_POINT, .point = 25}}};
    evidence = (MkEvidence){2, known};
    for (size_t j = 0; j < schema->n; j++) {
        size_t about = 0;
        values[j] = j % 3 == 2 ? (double)NAN : (double)j;
        (void)mk_eligible(schema, j, evidence);
        for (size_t i = 0; mk_eligibility_need(eligibility, j, i, &about); i++) {
            if (about >= schema->n) {
                abort();
            }
        }
    }
    if (mk_eligibility_imply(eligibility, schema, evidence, arena, &evidence, &err) == MK_OK &&
        evidence.n > schema->n) {
        abort();
    }
    if (mk_eligibility_apply(eligibility, values) > schema->n) {
        abort();
    }
}

static void check(const MkSchema *schema, MkArena *arena)
{
    MkRules rules = {0};
    MkError err = {0};
    if (mk_rules_new(schema, arena, &rules, &err) != MK_OK) {
        if (err.text[0] == '\0') {
            abort();
        }
        return;
    }
    for (size_t r = 0; r < rules.n; r++) {
        evaluate(&rules.rules[r], schema, arena);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    MkArena *arena = mk_arena_new(0);
    MkSchema *schema = NULL;
    MkError err = {0};
    MkBuf text;
    mk_buf_init(&text);
    mk_buf_puts(&text, text_schema);
    mk_buf_add(&text, data, size);
    if (arena != NULL && mk_schema_parse(text.data, text.len, "s.tsv", &schema, &err) == MK_OK) {
        check(schema, arena);
        apply(schema, arena);
    } else if (err.text[0] == '\0') {
        abort();
    }
    mk_schema_free(schema);
    mk_buf_release(&text);
    mk_arena_free(arena);
    return 0;
}
