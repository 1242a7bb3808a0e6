/* report_priv.h - the parts of an evaluation's report. Private to src/eval. */
#ifndef MK_EVAL_REPORT_PRIV_H
#define MK_EVAL_REPORT_PRIV_H

#include "src/eval/report.h"

/* Table and JSON of what was reached for each source, when there are several. */
void mk_report_sources(const MkReport *report, MkResult *result, MkNode *root);
/* The same as Markdown. */
void mk_report_sources_markdown(const MkReport *report, MkBuf *out);
/* Table, JSON and Markdown of the joint density. */
void mk_report_orders(const MkReport *report, MkResult *result, MkNode *root);
void mk_report_orders_markdown(const MkReport *report, MkBuf *out);

#endif
