#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "src/eval/scoreboard.h"

#include <math.h>

#include "src/eval/put.h"

static size_t count(const MkScoreboard *board, MkVerdict verdict)
{
    size_t n = 0;
    for (size_t i = 0; i < board->n_bars; i++) {
        n += board->bars[i].verdict == verdict ? 1U : 0U;
    }
    return n;
}

static void put_bar(const MkBar *bar, MkResult *result, MkResultTable *table, size_t row)
{
    const bool is_measured = bar->verdict != MK_BAR_UNMEASURED;
    mk_result_table_cell(result, table, row, 0, mk_verdict_name(bar->verdict), NULL);
    mk_result_table_cell(result, table, row, 1, bar->label, bar->name);
    mk_result_table_cell(result, table, row, 2, mk_bar_words(result->arena, bar), NULL);
    if (is_measured) {
        mk_put_number(result, table, row, 3, bar->value, 4);
        mk_put_number(result, table, row, 4, bar->error, 4);
    }
}

static void put_bar_node(const MkBar *bar, MkResult *result, MkNode *list)
{
    MkNode *const node = mk_node_object(result, list, NULL);
    const bool is_measured = bar->verdict != MK_BAR_UNMEASURED;
    (void)mk_node_string(result, node, "statistic", bar->name);
    (void)mk_node_string(result, node, "label", bar->label);
    mk_put_node(result, node, "value", bar->value);
    mk_put_node(result, node, "standard_error", bar->error);
    mk_put_node(result, node, "low", bar->low);
    mk_put_node(result, node, "high", bar->high);
    (void)mk_node_bool(result, node, "measured", is_measured);
    if (is_measured) {
        (void)mk_node_bool(result, node, "decided", bar->verdict != MK_BAR_UNDECIDED);
    }
    if (bar->verdict == MK_BAR_HOLDS || bar->verdict == MK_BAR_FAILS) {
        (void)mk_node_bool(result, node, "holds", bar->verdict == MK_BAR_HOLDS);
    }
}

/* A line more of what did not hold. */
static void add_failure(const MkBar *bar, MkResult *result)
{
    const char *const before = result->failed_check;
    result->failed_check = mk_arena_printf(
        result->arena, "%s%s%s: %.4f, expected %s", before != NULL ? before : "",
        before != NULL ? "\n" : "", bar->label, bar->value, mk_bar_words(result->arena, bar));
    result->failed = result->failed || result->failed_check == NULL;
}

/* Bars in the order in which they matter: those that fail first. */
static void put_bars(const MkScoreboard *board, MkResult *result, MkResultTable *table,
                     MkNode *list)
{
    static const MkVerdict order[] = {MK_BAR_FAILS, MK_BAR_UNDECIDED, MK_BAR_HOLDS,
                                      MK_BAR_UNMEASURED};
    size_t row = 0;
    for (size_t v = 0; v < sizeof order / sizeof *order; v++) {
        for (size_t i = 0; i < board->n_bars; i++) {
            const MkBar *const bar = &board->bars[i];
            if (bar->verdict != order[v]) {
                continue;
            }
            put_bar(bar, result, table, row++);
            put_bar_node(bar, result, list);
            if (bar->verdict == MK_BAR_FAILS) {
                add_failure(bar, result);
            }
        }
    }
}

MkStatus mk_scoreboard_make(const MkScoreboard *board, MkResult *result, MkNode *root, MkError *err)
{
    static const MkPutHeader headers[] = {{"verdict", "Verdict"},
                                          {"statistic", "What"},
                                          {"bar", "Threshold"},
                                          {"value", "Reached"},
                                          {"standard_error", "±"}};
    MkResultTable *const table = mk_put_table(result, "Scoreboard", headers,
                                              sizeof headers / sizeof *headers, 3, board->n_bars);
    put_bars(board, result, table, mk_node_array(result, root, "bars"));
    (void)mk_node_string(result, root, "thresholds",
                         board->thresholds->is_declared ? "model" : "program");
    const size_t n_undecided = count(board, MK_BAR_UNDECIDED);
    (void)mk_node_bool(result, root, "holds", count(board, MK_BAR_FAILS) + n_undecided == 0);
    mk_result_note(result, "%zu of %zu thresholds hold, %zu %s, %zu %s not measured.",
                   count(board, MK_BAR_HOLDS), board->n_bars, count(board, MK_BAR_FAILS),
                   count(board, MK_BAR_FAILS) == 1 ? "fails" : "fail",
                   count(board, MK_BAR_UNMEASURED),
                   count(board, MK_BAR_UNMEASURED) == 1 ? "was" : "were");
    if (n_undecided > 0) {
        mk_result_note(result,
                       "%zu %s not decided: this quick run asks too few people to tell (two "
                       "standard errors reach over the threshold); without --quick all are.",
                       n_undecided, n_undecided == 1 ? "was" : "were");
    }
    if (!board->thresholds->is_declared) {
        mk_result_note(result,
                       "%s declares no thresholds: it is held against those of the program "
                       "(manikin(1)).",
                       mk_model_card(board->model)->name);
    }
    return mk_result_status(result, err);
}

/* ---- the card ---- */

static void put_value(double value, double error, MkBuf *out)
{
    mk_buf_printf(out, "%.4f", value);
    if (!isnan(error)) {
        mk_buf_printf(out, " ± %.4f", error);
    }
}

void mk_scoreboard_markdown(const MkScoreboard *board, const MkFigureOfMerit *figures,
                            size_t n_figures, MkBuf *out)
{
    MkArena *const arena = mk_arena_new(0);
    if (arena == NULL) {
        out->failed = true;
        return;
    }
    mk_buf_puts(out, "\n\n| what | threshold | reached | holds |\n| --- | --- | --- | --- |\n");
    for (size_t i = 0; i < board->n_bars; i++) {
        const MkBar *const bar = &board->bars[i];
        mk_buf_puts(out, "| ");
        mk_put_markdown(out, bar->label);
        mk_put_markdown(out, mk_bar_words(arena, bar));
        if (bar->verdict == MK_BAR_UNMEASURED) {
            mk_buf_puts(out, "– | not measured |\n");
        } else {
            put_value(bar->value, bar->error, out);
            mk_buf_puts(out, bar->verdict == MK_BAR_HOLDS   ? " | yes |\n"
                             : bar->verdict == MK_BAR_FAILS ? " | no |\n"
                                                            : " | undecided |\n");
        }
    }
    mk_buf_puts(out, "\n| figure | value |\n| --- | --- |\n");
    for (size_t i = 0; i < n_figures; i++) {
        mk_buf_puts(out, "| ");
        mk_put_markdown(out, figures[i].label);
        put_value(figures[i].value, figures[i].error, out);
        mk_buf_puts(out, " |\n");
    }
    mk_arena_free(arena);
}
