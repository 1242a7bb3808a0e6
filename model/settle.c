#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "model/settle.h"

#include <math.h>

#include "model/kind.h"
#include "src/data/value.h"

/* Where an attribute's values are. */
typedef struct Slot {
    size_t column;
    bool is_known;
    bool is_fixed; /* known, or held to a limit, or solved for */
} Slot;

typedef struct Task {
    const MkRule *rule;
    Slot result, inputs[MK_RULE_INPUTS];
    size_t solves; /* the input that gives way; n_inputs: the result */
} Task;

struct MkSettler {
    const MkModel *model;
    size_t n_known, n_targets, n;
    Task *tasks; /* (n) those that solve first */
};

/* ---- which rules ---- */

typedef struct Places {
    size_t *at; /* (schema->n) 0: nowhere, 1 + column, known ones before targets */
    bool *fixed;
    size_t n_known;
} Places;

static bool find_slot(const Places *p, size_t attribute, Slot *out)
{
    const size_t at = p->at[attribute];
    if (at == 0) {
        return false;
    }
    out->is_known = at <= p->n_known;
    out->column = out->is_known ? at - 1 : at - 1 - p->n_known;
    out->is_fixed = p->fixed[attribute];
    return true;
}

/* Whether a rule has to be seen to, and by what gives way. */
static bool make_task(const MkRule *rule, Places *p, Task *out)
{
    *out = (Task){.rule = rule, .solves = rule->n_inputs};
    if (!find_slot(p, rule->attribute, &out->result)) {
        return false;
    }
    for (size_t i = 0; i < rule->n_inputs; i++) {
        if (!find_slot(p, rule->inputs[i], &out->inputs[i])) {
            return false;
        }
    }
    if (!out->result.is_fixed) {
        return true;
    }
    for (size_t i = 0; i < rule->n_inputs; i++) {
        if (!out->inputs[i].is_fixed) {
            out->solves = i;
            p->fixed[rule->inputs[i]] = true;
            return true;
        }
    }
    return false;
}

static MkStatus find_places(const MkModel *model, const MkDrawOrder *order, MkArena *arena,
                            Places *p, MkError *err)
{
    *p = (Places){.at = mk_arena_zeros(arena, model->schema->n + 1, sizeof *p->at),
                  .fixed = mk_arena_zeros(arena, model->schema->n + 1, sizeof *p->fixed),
                  .n_known = order->n_known};
    if (p->at == NULL || p->fixed == NULL) {
        return mk_fail(err, MK_ENOMEM, "out of memory for rules");
    }
    for (size_t i = 0; i < order->n_known; i++) {
        p->at[order->known[i]] = 1 + i;
        p->fixed[order->known[i]] = true;
    }
    for (size_t t = 0; t < order->n_targets; t++) {
        p->at[order->targets[t]] = 1 + order->n_known + t;
        p->fixed[order->targets[t]] = order->limits != NULL && order->limits[t].is_limited;
    }
    return MK_OK;
}

MkStatus mk_settler_new(const MkModel *model, const MkDrawOrder *order, MkArena *arena,
                        MkSettler **out, MkError *err)
{
    const MkRules *const rules = &model->rules;
    Places places;
    *out = NULL;
    if (rules->n == 0) {
        return MK_OK;
    }
    MkSettler *const s = mk_arena_zeros(arena, 1, sizeof *s);
    Task *const tasks = mk_arena_array(arena, rules->n, sizeof *tasks);
    if (s == NULL || tasks == NULL) {
        return mk_fail(err, MK_ENOMEM, "out of memory for rules");
    }
    MK_TRY(find_places(model, order, arena, &places, err));
    *s = (MkSettler){
        .model = model, .n_known = order->n_known, .n_targets = order->n_targets, .tasks = tasks};
    for (size_t pass = 0; pass < 2; pass++) {
        for (size_t r = 0; r < rules->n; r++) {
            Task task;
            const bool told = places.fixed[rules->rules[r].attribute];
            if (told == (pass == 0) && make_task(&rules->rules[r], &places, &task)) {
                tasks[s->n++] = task;
            }
        }
    }
    *out = s->n > 0 ? s : NULL;
    return MK_OK;
}

/* ---- persons ---- */

/* As recorded, in the domain. */
static double fit(const MkModel *model, size_t attribute, double x)
{
    const MkMarginal *const m = &model->marginals[attribute];
    const double y = mk_value_recorded(m->attribute, mk_marginal_step(m), x);
    return fmin(fmax(y, m->attribute->min), m->attribute->max);
}

static void settle_one(const MkSettler *s, const Task *task, const MkFormula *formula,
                       const double *known, double *drawn)
{
    double inputs[MK_RULE_INPUTS];
    const MkRule *const rule = task->rule;
    for (size_t i = 0; i < rule->n_inputs; i++) {
        const Slot *const slot = &task->inputs[i];
        inputs[i] = slot->is_known ? known[slot->column] : drawn[slot->column];
    }
    if (task->solves == rule->n_inputs) {
        const double x = mk_formula_value(formula, inputs);
        if (isfinite(x)) {
            drawn[task->result.column] = fit(s->model, rule->attribute, x);
        }
        return;
    }
    const size_t id = rule->inputs[task->solves];
    const MkMarginal *const m = &s->model->marginals[id];
    const double value =
        task->result.is_known ? known[task->result.column] : drawn[task->result.column];
    const double low = (double)m->knots[0][0];
    const double high = (double)m->knots[m->n_cells - 1][MK_CELL_KNOTS - 1];
    const double x = mk_formula_solve(formula, inputs, task->solves, value, low, high);
    if (isfinite(x)) {
        drawn[task->inputs[task->solves].column] = fit(s->model, id, x);
    }
}

MkStatus mk_settler_run(const MkSettler *s, const double *known, size_t n, MkArena *arena,
                        double *drawn, MkError *err)
{
    const MkMark mark = mk_arena_mark(arena);
    for (size_t t = 0; t < s->n; t++) {
        MkFormula formula;
        MK_TRY(mk_formula_open(s->tasks[t].rule, s->model->schema, arena, &formula, err));
        for (size_t b = 0; b < n; b++) {
            settle_one(s, &s->tasks[t], &formula, known + b * s->n_known, drawn + b * s->n_targets);
        }
        mk_arena_rewind(arena, mark);
    }
    return MK_OK;
}
