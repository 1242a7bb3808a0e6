/* report_priv.h - the parts of an evaluation's report. Private to src/eval. */
#ifndef MK_EVAL_REPORT_PRIV_H
#define MK_EVAL_REPORT_PRIV_H

#include "src/eval/put.h"
#include "src/eval/report.h"

/* What model o is called, 0 the one that is judged: its name, with its version where several models
 * share the name, and its number where they share that too. In arena. */
const char *mk_report_name(const MkReport *report, size_t o, MkArena *arena);
/* A table with a column more for each other model. */
MkResultTable *mk_report_table(const MkReport *report, MkResult *result, const char *title,
                               const MkPutHeader *headers, size_t n_columns, size_t n_left,
                               size_t n_rows);
/* "statistics" of a board. */
void mk_report_statistics(MkResult *result, MkNode *parent, const MkBoard *board);
/* Table and JSON of what was reached for each source, when there are several. */
void mk_report_sources(const MkReport *report, MkResult *result, MkNode *root);
/* Error by type beside the baseline; coverage by source. */
void mk_report_imputation_figures(const MkReport *report, MkResult *result);

#endif
