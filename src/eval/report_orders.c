/* report_orders.c - the joint log density, and the answer with nothing known. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <math.h>

#include "src/eval/energy.h"
#include "src/eval/put.h"
#include "src/eval/report_priv.h"

typedef struct Row {
    const char *key, *label;
    MkMeasured x;
} Row;

/* A table of rows, and members of the section's node. */
static void put_rows(const Row *rows, size_t n, const char *title, const MkPutHeader headers[2],
                     MkSection *out)
{
    MkResultTable *const table = mk_put_table(out->result, title, headers, 2, 1, n);
    for (size_t i = 0; i < n; i++) {
        mk_result_table_cell(out->result, table, i, 0, rows[i].label, rows[i].key);
        mk_put_measured(out->result, table, i, 1, rows[i].x, 4);
        mk_put_measured_node(out->result, out->node, rows[i].key, rows[i].x);
    }
}

static MkStatus say_energy(const MkOrders *o, MkSection *out, MkError *err)
{
    static const MkPutHeader headers[] = {{"statistic", "Drawn together"},
                                          {"value", "Energy score"}};
    const Row rows[] = {{"energy", "as drawn", o->energy},
                        {"energy_shuffled", "each attribute alone", o->shuffled},
                        {"energy_gain", "gain of drawing together", o->together}};
    put_rows(rows, sizeof rows / sizeof *rows, "Energy score, lower is better", headers, out);
    mk_result_note(out->result,
                   "Energy score: of these people, %.0f attributes drawn %d times given the "
                   "others; numbers in sd, levels 0 to 1. Each attribute alone: the same draws, "
                   "shuffled.",
                   o->n_block, MK_ENERGY_DRAWS);
    MK_TRY(mk_section_figure(out, "energy", "energy score of attributes drawn together",
                             o->energy.value, o->energy.error, err));
    return mk_section_figure(out, "energy_gain", "energy score gained by drawing together",
                             o->together.value, o->together.error, err);
}

MkStatus mk_report_joint(const MkOrders *o, MkSection *out, MkError *err)
{
    static const MkPutHeader headers[] = {{"statistic", "Of whole people"},
                                          {"value", "Nats an attribute"}};
    MkResult *const result = out->result;
    MkNode *const node = out->node;
    if (o->n_people == 0) {
        mk_result_note(result, "Joint density: nobody has enough attributes.");
        return mk_result_status(result, err);
    }
    const Row rows[] = {{"log_density", "joint log density", o->joint},
                        {"marginals", "of independent attributes", o->marginals},
                        {"base", "of the base", o->base},
                        {"gain", "gain over independent attributes", o->gain},
                        {"spread", "spread over orders", o->spread},
                        {"spread_share", "spread as a share of the gain", o->share}};
    (void)mk_node_number(result, node, "people", (double)o->n_people);
    mk_put_node(result, node, "attributes", o->n_attributes);
    (void)mk_node_number(result, node, "orders", (double)MK_ORDERS);
    put_rows(rows, sizeof rows / sizeof *rows, "Joint density", headers, out);
    mk_result_note(result,
                   "Joint density: %zu people with %.0f attributes each that all of their source "
                   "have, by the chain rule in %d random orders; the spread is the sd over orders "
                   "of one person.",
                   o->n_people, o->n_attributes, MK_ORDERS);
    MK_TRY(mk_section_figure(out, "joint_log_density", "joint log density, nats an attribute",
                             o->joint.value, o->joint.error, err));
    MK_TRY(mk_section_figure(out, "joint_gain", "joint log density over independent attributes",
                             o->gain.value, o->gain.error, err));
    MK_TRY(mk_section_figure(out, "joint_spread", "spread over orders, nats an attribute",
                             o->spread.value, o->spread.error, err));
    if (!isnan(o->energy.value)) {
        MK_TRY(say_energy(o, out, err));
    }
    return mk_result_status(result, err);
}

MkStatus mk_report_unconditional(const MkModel *model, const MkUnconditional *u, MkSection *out,
                                 MkError *err)
{
    static const MkPutHeader headers[] = {{"statistic", "Nothing known"}, {"value", "Value"}};
    MkResult *const result = out->result;
    const char *const farthest = mk_model_schema(model)->attributes[u->attribute].name;
    const char *const last = mk_arena_printf(result->arena, "the largest: %s", farthest);
    MkResultTable *const table =
        mk_put_table(result, "Distance of the answer from the population", headers, 2, 1, 3);
    mk_result_table_cell(result, table, 0, 0, "attributes within 0.05", "within");
    mk_result_table_cell(result, table, 1, 0, "mean distance", "mean");
    mk_result_table_cell(result, table, 2, 0, last != NULL ? last : "", "farthest");
    mk_put_number(result, table, 0, 1, u->within, 4);
    mk_put_number(result, table, 1, 1, u->mean, 4);
    mk_put_number(result, table, 2, 1, u->farthest, 4);
    (void)mk_node_number(result, out->node, "attributes", (double)u->n);
    mk_put_node(result, out->node, "within", u->within);
    mk_put_node(result, out->node, "mean", u->mean);
    mk_put_node(result, out->node, "farthest", u->farthest);
    (void)mk_node_string(result, out->node, "attribute", farthest);
    const char *const label = mk_arena_printf(
        out->arena, "nothing known: attributes within 0.05 of their population; farthest %s",
        farthest);
    MK_TRY(
        mk_section_figure(out, "unconditional", label != NULL ? label : "", u->within, NAN, err));
    return mk_result_status(result, err);
}
