/* report.h - an evaluation as a result: scoreboard, statistics, bands, attributes; and its JSON.
 *
 * JSON: {"model", "kind", "digest", "protocol", "people", "level", "holds", "bars": [{statistic,
 * label, value, low, high, holds}], "statistics": {name: {value, standard_error, count}},
 * "against": {model, statistics}, "masks": [{mask, statistics}], "bands": [...], "attributes":
 * [...]}. */
#ifndef MK_EVAL_REPORT_H
#define MK_EVAL_REPORT_H

#include <stddef.h>

#include "model/model.h"
#include "src/base/buf.h"
#include "src/base/status.h"
#include "src/eval/board.h"
#include "src/result/result.h"

/* One set of answers that was judged. */
typedef struct MkReportPart {
    const char *name; /* of the mask; "" for the ten-most-related protocol */
    const MkBoard *board;
    const MkBoard *against; /* of the other model, or NULL */
} MkReportPart;

typedef struct MkReport {
    const MkModel *model;
    const MkModel *against; /* NULL when there is none */
    const MkYard *yards;
    size_t n_people;
    double level;
    double max_error; /* infinite: no bar */
    size_t n_parts;
    const MkReportPart *parts;
} MkReport;

/* Fills the result; when a bar does not hold, result->failed_check says which. */
MK_NODISCARD MkStatus mk_report_make(const MkReport *report, MkResult *result, MkError *err);
/* Bars and statistics as Markdown for the model's card (model/recard.h). */
void mk_report_quality(const MkReport *report, MkBuf *out);

#endif
