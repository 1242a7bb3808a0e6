/* verbs_state.c - given, forget, target: what is known now, and what is asked for. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <string.h>

#include "src/base/buf.h"
#include "src/base/text.h"
#include "src/query/show.h"
#include "src/script/from.h"
#include "src/script/inner.h"

/* ---- showing ---- */

static const char *shown_value(MkResult *result, const MkModel *model, const MkKnown *known)
{
    return mk_show_value(result->arena, &mk_model_schema(model)->attributes[known->attribute],
                         &known->value, true);
}

static const char *raw_value(MkResult *result, const MkModel *model, const MkKnown *known)
{
    MkBuf buf;
    mk_buf_init(&buf);
    mk_value_print(&mk_model_schema(model)->attributes[known->attribute], &known->value, &buf);
    const char *text = mk_arena_strdup(result->arena, buf.data);
    mk_buf_release(&buf);
    return text != NULL ? text : "";
}

static void show_evidence(MkResult *result, const MkModel *model, MkEvidence evidence,
                          const char *title)
{
    MkResultTable *table = mk_result_add_table(result, title, 3, evidence.n);
    mk_result_table_header(result, table, 0, "attribute", "Attribute", MK_ALIGN_LEFT);
    mk_result_table_header(result, table, 1, "value", "Value", MK_ALIGN_LEFT);
    mk_result_table_header(result, table, 2, "label", "Label", MK_ALIGN_LEFT);
    for (size_t i = 0; i < evidence.n; i++) {
        const MkAttribute *a = &mk_model_schema(model)->attributes[evidence.known[i].attribute];
        mk_result_table_cell(result, table, i, 0, a->name, NULL);
        mk_result_table_cell(result, table, i, 1, shown_value(result, model, &evidence.known[i]),
                             raw_value(result, model, &evidence.known[i]));
        mk_result_table_cell(result, table, i, 2, a->label, NULL);
    }
}

static void show_known(MkSession *session, const MkModel *model, MkResult *result)
{
    const MkEvidence evidence = mk_session_evidence(session);
    MkNode *root = mk_node_object(result, NULL, NULL);
    mk_show_given(result, root, "given", model, evidence);
    if (evidence.n == 0) {
        mk_result_note(result, "Nothing is given.");
    } else {
        show_evidence(result, model, evidence, "");
    }
}

static void show_targets(MkSession *session, const MkModel *model, MkResult *result)
{
    const MkState *state = session->state;
    MkNode *list = mk_node_array(result, mk_node_object(result, NULL, NULL), "targets");
    if (state->n_targets == 0) {
        mk_result_note(result, "There are no targets.");
        return;
    }
    MkResultTable *table = mk_result_add_table(result, "", 3, state->n_targets);
    mk_result_table_header(result, table, 0, "attribute", "Target", MK_ALIGN_LEFT);
    mk_result_table_header(result, table, 1, "label", "Label", MK_ALIGN_LEFT);
    mk_result_table_header(result, table, 2, "unit", "Unit", MK_ALIGN_LEFT);
    for (size_t i = 0; i < state->n_targets; i++) {
        const MkAttribute *a = &mk_model_schema(model)->attributes[state->targets[i]];
        mk_node_string(result, list, NULL, a->name);
        mk_result_table_cell(result, table, i, 0, a->name, NULL);
        mk_result_table_cell(result, table, i, 1, a->label, NULL);
        mk_result_table_cell(result, table, i, 2, a->unit, NULL);
    }
}

/* ---- the verbs ---- */

/* What is given becomes what `from` says (all of it, or a scenario over it), then the line's own
 * values lie over that. */
static MkStatus give(MkSession *session, const MkCall *call, const MkFrom *from, MkEvidence said,
                     MkState *next, MkError *err)
{
    MkEvidence under = {0};
    MkEvidence all = {0};
    const bool is_only = mk_call_option(call, "only") != NULL;
    if (is_only && (from->is_over || !from->is_there)) {
        under = from->evidence;
    } else {
        MK_TRY(mk_from_under(session, call, from, &under, err));
    }
    MK_TRY(mk_evidence_merge(call->arena, under, said, &all, err));
    next->n_known = 0;
    for (size_t i = 0; i < all.n; i++) {
        MK_TRY(mk_state_give(next, all.known[i].attribute, &all.known[i].value, err));
    }
    return from->is_row ? mk_from_spell(session, call, next->schema, "given --only", all, err)
                        : MK_OK;
}

MkStatus mk_verb_given(MkSession *session, const MkCall *call, MkResult *result, MkError *err)
{
    const MkModel *model = NULL;
    MkEvidence said = {0};
    MkFrom from = {0};
    MkState *next = NULL;
    MK_TRY(mk_session_need_model(session, &model, err));
    if (call->lists[MK_LIST_WORDS].n == 0 && call->lists[MK_LIST_FROM].n == 0) {
        if (mk_call_option(call, "only") != NULL) {
            mk_call_at_option(call, "only");
            return mk_fail(err, MK_EINVAL,
                           "--only needs what is given from now on; "
                           "'forget --all' leaves nothing");
        }
        show_known(session, model, result);
        return MK_OK;
    }
    MK_TRY(mk_from_read_one(session, call, model, &from, err));
    MK_TRY(mk_name_evidence(call, mk_model_schema(model), MK_LIST_WORDS, &said, err));
    MK_TRY(mk_session_draft(session, &next, err));
    const MkStatus st = give(session, call, &from, said, next, err);
    if (st != MK_OK) {
        mk_state_drop(next);
        return st;
    }
    mk_note_outside(result, model, from.is_there ? (MkEvidence){next->n_known, next->known} : said);
    return mk_session_change(session, call, next, err);
}

static MkStatus forget_all(MkSession *session, const MkCall *call, MkError *err)
{
    MkState *next = NULL;
    MK_TRY(mk_call_count(call, MK_LIST_WORDS, 0, 0, err));
    MK_TRY(mk_session_draft(session, &next, err));
    next->n_known = 0;
    return mk_session_change(session, call, next, err);
}

MkStatus mk_verb_forget(MkSession *session, const MkCall *call, MkResult *result, MkError *err)
{
    (void)result;
    const MkModel *model = NULL;
    size_t n = 0;
    size_t *ids = NULL;
    MK_TRY(mk_session_need_model(session, &model, err));
    if (mk_call_option(call, "all") != NULL) {
        return forget_all(session, call, err);
    }
    MK_TRY(mk_name_attributes(call, mk_model_schema(model), MK_LIST_WORDS, &n, &ids, err));
    if (n == 0) {
        return mk_fail(err, MK_EINVAL, "forget what? forget A ... or forget --all");
    }
    for (size_t i = 0; i < n; i++) {
        if (mk_evidence_find(mk_session_evidence(session), ids[i]) == NULL) {
            return mk_fail(err, MK_EINVAL, "%s is not given",
                           mk_model_schema(model)->attributes[ids[i]].name);
        }
    }
    MkState *next = NULL;
    MK_TRY(mk_session_draft(session, &next, err));
    for (size_t i = 0; i < n; i++) {
        mk_state_forget(next, ids[i]);
    }
    return mk_session_change(session, call, next, err);
}

MkStatus mk_verb_target(MkSession *session, const MkCall *call, MkResult *result, MkError *err)
{
    const MkModel *model = NULL;
    size_t n = 0;
    size_t *ids = NULL;
    const bool is_drop = mk_call_option(call, "drop") != NULL;
    MK_TRY(mk_session_need_model(session, &model, err));
    MK_TRY(mk_name_attributes(call, mk_model_schema(model), MK_LIST_WORDS, &n, &ids, err));
    if (n == 0 && !is_drop) {
        show_targets(session, model, result);
        return MK_OK;
    }
    MkState *next = NULL;
    MK_TRY(mk_session_draft(session, &next, err));
    if (n == 0) {
        next->n_targets = 0;
    }
    for (size_t i = 0; i < n; i++) {
        MkStatus st = MK_OK;
        if (is_drop) {
            mk_state_untarget(next, ids[i]);
        } else {
            st = mk_state_target(next, ids[i], err);
        }
        if (st != MK_OK) {
            mk_state_drop(next);
            return st;
        }
    }
    return mk_session_change(session, call, next, err);
}
