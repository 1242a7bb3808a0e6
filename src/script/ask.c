/* ask.c - the question of a line: every verb that asks the model gets it here. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "src/script/from.h"
#include "src/script/inner.h"

static void tell_progress(void *ctx, const char *line)
{
    mk_session_progress(ctx, line);
}

static void hand_partial(void *ctx, MkResult *so_far)
{
    MkSession *session = ctx;
    if (session->config.partial != NULL) {
        session->config.partial(session->config.partial_ctx, session, so_far);
    } else {
        mk_result_free(so_far);
    }
}

/* The question with the line's `given` over what lies under it. */
static MkStatus ask_over(MkSession *session, const MkCall *call, const MkModel *model,
                         MkEvidence under, MkQuery *out, MkError *err)
{
    MkEvidence said = {0};
    *out = (MkQuery){.model = model,
                     .level = session->line.level,
                     .seed = session->line.seed,
                     .pool = mk_session_pool(session),
                     .cancel = session->config.cancel,
                     .progress = session->config.progress != NULL ? tell_progress : NULL,
                     .partial = session->config.partial != NULL ? hand_partial : NULL,
                     .ctx = session};
    MK_TRY(mk_name_evidence(call, mk_model_schema(model), MK_LIST_GIVEN, &said, err));
    return mk_evidence_merge(call->arena, under, said, &out->evidence, err);
}

MkStatus mk_call_query(MkSession *session, const MkCall *call, MkQuery *out, MkError *err)
{
    const MkModel *model = NULL;
    MkFrom from = {0};
    MkEvidence under = {0};
    MK_TRY(mk_session_need_model(session, &model, err));
    MK_TRY(mk_from_read_one(session, call, model, &from, err));
    MK_TRY(mk_from_under(session, call, &from, &under, err));
    return ask_over(session, call, model, under, out, err);
}

MkStatus mk_call_query_rows(MkSession *session, const MkCall *call, MkQuery *out,
                            const char **table, MkError *err)
{
    const MkModel *model = NULL;
    MkFrom from = {0};
    MK_TRY(mk_session_need_model(session, &model, err));
    MK_TRY(mk_from_read(session, call, model, &from, err));
    if (from.table == NULL) {
        MkEvidence under = {0};
        MK_TRY(mk_from_under(session, call, &from, &under, err));
        MK_TRY(ask_over(session, call, model, under, out, err));
    } else {
        MK_TRY(ask_over(session, call, model, (MkEvidence){0}, out, err));
    }
    *table = from.table;
    return MK_OK;
}

MkStatus mk_call_named(MkSession *session, const MkCall *call, const MkQuery *query, MkNamed who,
                       MkScenario *out, MkError *err)
{
    const MkState *state = session->state;
    if (!who.is_person) {
        out->name = state->own[who.at].name;
        return mk_evidence_merge(call->arena, query->evidence, state->own[who.at].evidence,
                                 &out->evidence, err);
    }
    MkEvidence said = {0};
    MK_TRY(mk_name_evidence(call, mk_model_schema(query->model), MK_LIST_GIVEN, &said, err));
    out->name = state->persons[who.at].name;
    return mk_evidence_merge(call->arena, state->persons[who.at].evidence, said, &out->evidence,
                             err);
}

MkStatus mk_call_targets(MkSession *session, const MkCall *call, MkQuery *query, MkError *err)
{
    size_t n = 0;
    size_t *ids = NULL;
    MK_TRY(mk_name_attributes(call, mk_model_schema(query->model), MK_LIST_WORDS, &n, &ids, err));
    query->targets = ids;
    query->n_targets = n;
    if (n == 0) {
        query->n_targets = mk_session_targets(session, &query->targets);
    }
    return MK_OK;
}

MkStatus mk_call_need_targets(MkSession *session, const MkCall *call, MkQuery *query, MkError *err)
{
    MK_TRY(mk_call_targets(session, call, query, err));
    if (query->n_targets == 0) {
        return mk_fail(err, MK_EINVAL, "no target: %s", call->verb->usage);
    }
    return MK_OK;
}
