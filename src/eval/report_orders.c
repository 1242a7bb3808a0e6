/* report_orders.c - the joint log density in words, numbers and Markdown. */
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

static bool has_orders(const MkReport *report)
{
    return report->orders != NULL && report->orders->n_people > 0;
}

void mk_report_orders(const MkReport *report, MkResult *result, MkNode *root)
{
    static const MkPutHeader headers[] = {
        {"statistic", "Of whole people"}, {"value", "Nats an attribute"}, {"standard_error", "±"}};
    const MkOrders *const o = report->orders;
    Row rows[N_ROWS];
    if (!has_orders(report)) {
        return;
    }
    rows_of(o, rows);
    MkResultTable *const table = mk_put_table(result, "Joint density", headers, 3, 1, N_ROWS);
    MkNode *const node = mk_node_object(result, root, "joint");
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
}

void mk_report_orders_markdown(const MkReport *report, MkBuf *out)
{
    const MkOrders *const o = report->orders;
    Row rows[N_ROWS];
    if (!has_orders(report)) {
        return;
    }
    rows_of(o, rows);
    mk_buf_printf(out,
                  "\nJoint log density of %zu of these people, %.0f attributes each, by the chain "
                  "rule in %d random orders, nats an attribute.\n\n"
                  "| joint density | value |\n| --- | --- |\n",
                  o->n_people, o->n_attributes, MK_ORDERS);
    for (size_t i = 0; i < N_ROWS; i++) {
        mk_buf_puts(out, "| ");
        mk_put_markdown(out, rows[i].label);
        mk_put_markdown_number(out, rows[i].value, 4);
        mk_buf_puts(out, "\n");
    }
}
