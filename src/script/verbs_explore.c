/* verbs_explore.c - explore: what is related to a target. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <stdint.h>
#include <string.h>

#include "src/query/explore.h"
#include "src/script/inner.h"
#include "src/script/measure.h"

/* smoking=current, P(hba1c >= 6.5): an event is looked at, not the attribute itself. */
static bool is_event(const MkWords words)
{
    for (size_t i = 0; i < words.n; i++) {
        if (strpbrk(words.items[i].text, "=<>(") != NULL) {
            return true;
        }
    }
    return false;
}

static MkStatus read_event(const MkCall *call, MkQuery *query, MkMeasure *event, size_t *target,
                           MkError *err)
{
    MkTerms terms = {0};
    MK_TRY(mk_terms(call, MK_LIST_WORDS, &terms, err));
    if (terms.n != 1) {
        mk_call_at(call, &terms.items[terms.n > 1 ? 1 : 0].word);
        return mk_fail(err, MK_EINVAL,
                       "explore looks at one event, such as smoking=current or 'P(hba1c>=6.5)'");
    }
    mk_call_at(call, &terms.items[0].word);
    MK_TRY(mk_measure_parse(call, mk_model_schema(query->model), &terms.items[0].word, event, err));
    *target = event->attribute;
    query->targets = target;
    query->n_targets = 1;
    return MK_OK;
}

MkStatus mk_verb_explore(MkSession *session, const MkCall *call, MkResult *result, MkError *err)
{
    MkQuery query;
    MkMeasure event = {0};
    size_t target = 0, most = MK_EXPLORE_MOST;
    MkExploreChoice choice = {.event = NULL};
    MK_TRY(mk_call_query(session, call, &query, err));
    MK_TRY(mk_call_size(call, "most", 1, 100000, &most, err));
    if (is_event(call->lists[MK_LIST_WORDS])) {
        MK_TRY(read_event(call, &query, &event, &target, err));
        choice.event = event.is_probability ? &event : NULL;
    } else {
        MK_TRY(mk_call_need_targets(session, call, &query, err));
    }
    if (query.n_targets > 1) {
        return mk_fail(err, MK_EINVAL, "explore looks at one target, found %zu: %s and %s",
                       query.n_targets,
                       mk_model_schema(query.model)->attributes[query.targets[0]].name,
                       mk_model_schema(query.model)->attributes[query.targets[1]].name);
    }
    choice.most = mk_call_option(call, "all") != NULL ? SIZE_MAX : most;
    return mk_query_explore_chosen(&query, &choice, result, err);
}
