/* report.h - an evaluation as a result: scoreboard, statistics, bands, attributes; and its JSON.
 *
 * JSON: {"model", "kind", "digest", "protocol", "people", "level", "holds", "bars": [{statistic,
 * label, value, low, high, holds}], "statistics": {name: {value, standard_error, count}},
 * "against": {model, common, statistics}, "source_known", "sources": [{source, people, attributes,
 * error, accuracy, coverage, crps, brier, pit_error, against}], "masks": [{mask, statistics}],
 * "joint": {people, attributes, orders, log_density, standard_error, marginals, base, gain, spread,
 * spread_share} (nats an attribute; orders.h), "bands": [...], "attributes": [...]}. */
#ifndef MK_EVAL_REPORT_H
#define MK_EVAL_REPORT_H

#include <stddef.h>

#include "model/model.h"
#include "src/base/buf.h"
#include "src/base/status.h"
#include "src/eval/board.h"
#include "src/eval/orders.h"
#include "src/result/result.h"

enum { MK_REPORT_RARE = 3000 }; /* people of the other model's training below which it is rare */

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
    size_t most, n_left;     /* people of a source at most, and how many that left out */
    size_t n_common, n_rare; /* attributes that are compared; that few of the other's people had */
    bool has_source, source_known;
    size_t n_sources;
    const MkBoardSource *sources; /* (n_sources) of the first part */
    double level;
    const MkUnconditional *unconditional; /* NULL: not asked */
    const MkOrders *orders;               /* NULL: not asked */
    double max_error;                     /* infinite: no bar */
    size_t n_parts;
    const MkReportPart *parts;
} MkReport;

/* Fills the result; when a bar does not hold, result->failed_check says which. */
MK_NODISCARD MkStatus mk_report_make(const MkReport *report, MkResult *result, MkError *err);
/* Bars and statistics as Markdown for the model's card (model/recard.h). */
void mk_report_quality(const MkReport *report, MkBuf *out);

#endif
