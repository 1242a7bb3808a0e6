/* live.h - the estimates beside the attributes, answered on a thread of their own: first those on
 * the screen.
 *
 * A question is a copy of the evidence. A newer one cancels the one before. */
#ifndef MK_UI_TERM_LIVE_H
#define MK_UI_TERM_LIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/model.h"
#include "src/base/status.h"
#include "src/query/query.h"

typedef struct MkLive MkLive;

typedef struct MkLiveQuestion {
    uint64_t revision;
    MkEvidence evidence; /* copied */
    double level;
    const size_t *first; /* attributes to answer first; the others follow */
    size_t n_first;
} MkLiveQuestion;

typedef struct MkLiveAnswer {
    uint64_t revision;
    size_t n;                   /* answered since the last take */
    const size_t *ids;          /* (n) */
    const MkSummary *summaries; /* (n), beside ids */
    bool has_support;
    double support;
    MkError error; /* status MK_OK when all went well */
} MkLiveAnswer;

/* `wake` is called from the thread when there is something to take. The model is kept. Gives *out.
 */
MK_NODISCARD MkStatus mk_live_open(const MkModel *model, void (*wake)(void), MkLive **out,
                                   MkError *err);
void mk_live_close(MkLive *live); /* NULL is allowed; waits for the thread */
MK_NODISCARD MkStatus mk_live_ask(MkLive *live, const MkLiveQuestion *question, MkError *err);
/* Waits at most `ms` until the first attributes of the last question are answered. */
void mk_live_wait(MkLive *live, int ms);
/* What came since the last take; valid until the next call. False when nothing came. */
bool mk_live_take(MkLive *live, MkLiveAnswer *answer);

#endif
