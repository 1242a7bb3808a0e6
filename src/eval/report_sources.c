/* report_sources.c - what was reached for each source. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "src/eval/put.h"
#include "src/eval/report_priv.h"

enum { N_VALUES = 6 };

static const char *const keys[N_VALUES] = {"error", "accuracy", "coverage",
                                           "crps",  "brier",    "pit_error"};

static void values_of(const MkBoardSource *s, const MkBoard *board, double out[N_VALUES])
{
    out[0] = board->stats[MK_STAT_ERROR_NUMBERS];
    out[1] = board->stats[MK_STAT_ACCURACY];
    out[2] = board->stats[MK_STAT_COVER];
    out[3] = board->stats[MK_STAT_CRPS];
    out[4] = board->stats[MK_STAT_BRIER];
    out[5] = s->calibration.pit;
}

static void source_node(const MkReport *report, const MkBoardSource *s, MkResult *result,
                        MkNode *list)
{
    double values[N_VALUES];
    MkNode *const node = mk_node_object(result, list, NULL);
    (void)mk_node_string(result, node, "source", s->name);
    (void)mk_node_number(result, node, "people", (double)s->n_people);
    (void)mk_node_number(result, node, "attributes", (double)s->n_attributes);
    values_of(s, &s->board, values);
    for (size_t k = 0; k < N_VALUES; k++) {
        mk_put_node(result, node, keys[k], values[k]);
    }
    mk_put_node(result, node, "coverage_standard_error", s->board.errors[MK_STAT_COVER]);
    if (report->against != NULL) {
        MkNode *const other = mk_node_object(result, node, "against");
        values_of(s, &s->against, values);
        for (size_t k = 0; k + 1 < N_VALUES; k++) {
            mk_put_node(result, other, keys[k], values[k]);
        }
    }
}

/* Sources that say too little of themselves to be held against a bar. */
static void note_small(const MkReport *report, MkResult *result)
{
    MkBuf names;
    size_t n = 0;
    mk_buf_init(&names);
    for (size_t i = 0; i < report->n_sources && report->n_sources > 1; i++) {
        const MkBoardSource *const s = &report->sources[i];
        if (s->n_people < MK_BARS_PEOPLE) {
            mk_buf_printf(&names, "%s%s", n++ > 0 ? ", " : "", s->name);
        }
    }
    if (n > 0 && !names.failed) {
        mk_result_note(result,
                       "Fewer than %d people judged, so the coverage of these sources is not held "
                       "against the bar: %s.",
                       MK_BARS_PEOPLE, names.data);
    }
    result->failed = result->failed || names.failed;
    mk_buf_release(&names);
}

void mk_report_sources(const MkReport *report, MkResult *result, MkNode *root)
{
    static const MkPutHeader headers[] = {{"source", "Source"},
                                          {"people", "People"},
                                          {"attributes", "Attributes"},
                                          {"error", "|error|/sd"},
                                          {"accuracy", "Accuracy"},
                                          {"coverage", "Coverage"},
                                          {"crps", "CRPS/sd"},
                                          {"brier", "Brier"},
                                          {"pit_error", "PIT error"},
                                          {"other_error", "Other |error|/sd"},
                                          {"other_coverage", "Other coverage"}};
    const size_t n_columns = report->against != NULL ? 11 : 9;
    MkNode *const list = mk_node_array(result, root, "sources");
    MkResultTable *const table =
        mk_put_table(result, "By source", headers, n_columns, 1, report->n_sources);
    for (size_t i = 0; i < report->n_sources; i++) {
        const MkBoardSource *const s = &report->sources[i];
        double values[N_VALUES];
        mk_result_table_cell(result, table, i, 0, s->name[0] != '\0' ? s->name : "–", s->name);
        mk_put_count(result, table, i, 1, s->n_people);
        mk_put_count(result, table, i, 2, s->n_attributes);
        values_of(s, &s->board, values);
        for (size_t k = 0; k < N_VALUES; k++) {
            mk_put_number(result, table, i, 3 + k, values[k], 4);
        }
        if (report->against != NULL) {
            mk_put_number(result, table, i, 9, s->against.stats[MK_STAT_ERROR_NUMBERS], 4);
            mk_put_number(result, table, i, 10, s->against.stats[MK_STAT_COVER], 4);
        }
        source_node(report, s, result, list);
    }
    note_small(report, result);
}

void mk_report_sources_markdown(const MkReport *report, MkBuf *out)
{
    if (report->n_sources < 2) {
        return;
    }
    mk_buf_puts(out, "\n| source | people | attributes | \\|error\\|/sd | accuracy | coverage |\n"
                     "| --- | --- | --- | --- | --- | --- |\n");
    for (size_t i = 0; i < report->n_sources; i++) {
        const MkBoardSource *const s = &report->sources[i];
        double values[N_VALUES];
        mk_buf_puts(out, "| ");
        mk_put_markdown(out, s->name);
        mk_buf_printf(out, "%zu | %zu | ", s->n_people, s->n_attributes);
        values_of(s, &s->board, values);
        for (size_t k = 0; k < 3; k++) {
            mk_put_markdown_number(out, values[k], 4);
        }
        mk_buf_puts(out, "\n");
    }
}
