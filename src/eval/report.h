/* report.h - how good the answers about hidden cells are, as a result: by type, statistics, bands,
 * sources, attributes, masks; and the JSON of it.
 *
 * JSON of the imputation with ten known: {"source_known", "types": [{type, cells, error or
 * accuracy, standard_error, sd, rmse, r_squared, base, against}], "statistics": {name: {value,
 * standard_error, count}}, "against": {model, kind, common, statistics, change}, "others": [as
 * against], "sources":
 * [{source, people, attributes, error, accuracy, coverage, crps, brier, pit_error, against}],
 * "bands": [...], "attributes": [...]}; of masks {"masks": [{mask, model, statistics}]}; of the
 * joint density {people, attributes, orders, log_density, standard_error, marginals, base, gain,
 * spread, spread_share} (nats an attribute; orders.h). */
#ifndef MK_EVAL_REPORT_H
#define MK_EVAL_REPORT_H

#include <stddef.h>

#include "model/model.h"
#include "src/base/buf.h"
#include "src/base/status.h"
#include "src/eval/board.h"
#include "src/eval/orders.h"
#include "src/eval/section.h"
#include "src/eval/unconditional.h"
#include "src/result/result.h"

enum { MK_REPORT_RARE = 3000 };  /* people of the other model's training below which it is rare */
enum { MK_REPORT_PEOPLE = 100 }; /* of a source whose coverage counts */

/* One set of answers that was judged. */
typedef struct MkReportPart {
    const char *name;      /* of the mask; "" for the ten-most-related protocol */
    const MkBoard *boards; /* (1 + n_others) of the model and of the others */
} MkReportPart;

typedef struct MkReport {
    const MkModel *model;
    size_t n_others;
    const MkModel *const *others; /* (n_others) other models, asked the same */
    const MkYard *yards;
    size_t n_people;
    size_t most, n_left;     /* people of a source at most, and how many that left out */
    size_t n_common, n_rare; /* attributes that are compared; that few of the first other's people
                                had */
    bool has_source, source_known;
    size_t n_sources;
    const MkBoardSource *sources; /* (n_sources) of the first part */
    double level;
    size_t n_parts;
    const MkReportPart *parts;
} MkReport;

/* The imputation with ten known: parts[0]. */
MK_NODISCARD MkStatus mk_report_imputation(const MkReport *report, MkSection *out, MkError *err);
/* Who was judged, and what was reached for each source, as Markdown for the model's card. */
void mk_report_card(const MkReport *report, MkBuf *out);
/* Cells hidden by masks: all parts. */
MK_NODISCARD MkStatus mk_report_masks(const MkReport *report, MkSection *out, MkError *err);
/* The joint density, and the answer with nothing known. */
MK_NODISCARD MkStatus mk_report_joint(const MkOrders *orders, MkSection *out, MkError *err);
MK_NODISCARD MkStatus mk_report_unconditional(const MkModel *model, const MkUnconditional *nothing,
                                              MkSection *out, MkError *err);

#endif
