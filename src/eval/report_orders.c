/* report_orders.c - the joint log density, and the answer with nothing known. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <math.h>

#include "src/eval/put.h"
#include "src/eval/report_priv.h"

enum { N_ROWS = 6 };

typedef struct Row {
    const char *key, *label;
    double value;
} Row;

static void rows_of(const MkOrders *o, Row out[N_ROWS])
{
    const Row rows[N_ROWS] = {{"log_density", "joint log density", o->joint},
                              {"marginals", "of independent attributes", o->marginals},
                              {"base", "of the base", o->base},
                              {"gain", "gain over independent attributes", o->joint - o->marginals},
                              {"spread", "spread over orders", o->spread},
                              {"spread_share", "spread as a share of the gain", o->share}};
    for (size_t i = 0; i < N_ROWS; i++) {
        out[i] = rows[i];
    }
}

MkStatus mk_report_joint(const MkOrders *o, MkSection *out, MkError *err)
{
    static const MkPutHeader headers[] = {
        {"statistic", "Of whole people"}, {"value", "Nats an attribute"}, {"standard_error", "±"}};
    MkResult *const result = out->result;
    MkNode *const node = out->node;
    Row rows[N_ROWS];
    if (o->n_people == 0) {
        mk_result_note(result, "Joint density: nobody has enough attributes.");
        return mk_result_status(result, err);
    }
    rows_of(o, rows);
    MkResultTable *const table = mk_put_table(result, "Joint density", headers, 3, 1, N_ROWS);
    (void)mk_node_number(result, node, "people", (double)o->n_people);
    mk_put_node(result, node, "attributes", o->n_attributes);
    (void)mk_node_number(result, node, "orders", (double)MK_ORDERS);
    for (size_t i = 0; i < N_ROWS; i++) {
        mk_result_table_cell(result, table, i, 0, rows[i].label, rows[i].key);
        mk_put_number(result, table, i, 1, rows[i].value, 4);
        mk_put_number(result, table, i, 2, i == 0 ? o->error : NAN, 4);
        mk_put_node(result, node, rows[i].key, rows[i].value);
    }
    mk_put_node(result, node, "standard_error", o->error);
    mk_result_note(result,
                   "Joint density: %zu people with %.0f attributes each that all of their source "
                   "have, by the chain rule in %d random orders; the spread is the sd over orders "
                   "of one person.",
                   o->n_people, o->n_attributes, MK_ORDERS);
    MK_TRY(mk_section_figure(out, "joint_log_density", "joint log density, nats an attribute",
                             o->joint, o->error, err));
    MK_TRY(mk_section_figure(out, "joint_gain", "joint log density over independent attributes",
                             o->joint - o->marginals, NAN, err));
    MK_TRY(mk_section_figure(out, "joint_spread", "spread over orders, nats an attribute",
                             o->spread, NAN, err));
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
