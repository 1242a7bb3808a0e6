/* verbs_relate.c - pairs: attributes against each other. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "src/query/query.h"
#include "src/script/inner.h"

MkStatus mk_verb_pairs(MkSession *session, const MkCall *call, MkResult *result, MkError *err)
{
    MkQuery query;
    MK_TRY(mk_call_query(session, call, &query, err));
    MK_TRY(mk_call_need_targets(session, call, &query, err));
    MK_TRY(mk_query_pairs(&query, result, err));
    for (size_t i = 0; i < result->n_figures; i++) {
        MkEffect *effect = mk_result_add_effect(result, MK_EFFECT_DRAW, NULL);
        if (effect == NULL) {
            return mk_fail(err, MK_ENOMEM, "out of memory");
        }
        effect->figure = i;
    }
    return MK_OK;
}
