/* verbs_state.c - given, forget, target, scenario: what the analyst says. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <string.h>

#include "src/base/buf.h"
#include "src/base/text.h"
#include "src/query/show.h"
#include "src/script/inner.h"

static MkStatus no_memory(MkError *err)
{
    return mk_fail(err, MK_ENOMEM, "out of memory");
}

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

static void show_scenarios(const MkState *state, const MkModel *model, size_t first, size_t n,
                           MkResult *result)
{
    MkNode *list = mk_node_array(result, mk_node_object(result, NULL, NULL), "scenarios");
    if (n == 0) {
        mk_result_note(result, "There are no scenarios.");
        return;
    }
    MkResultTable *table = mk_result_add_table(result, "", 2, n);
    mk_result_table_header(result, table, 0, "scenario", "Scenario", MK_ALIGN_LEFT);
    mk_result_table_header(result, table, 1, "given", "Given", MK_ALIGN_LEFT);
    for (size_t i = 0; i < n; i++) {
        const MkScenario *scenario = &state->own[first + i];
        MkNode *object = mk_node_object(result, list, NULL);
        const char *text = "";
        mk_node_string(result, object, "name", scenario->name);
        mk_show_given(result, object, "given", model, scenario->evidence);
        for (size_t k = 0; k < scenario->evidence.n && text != NULL; k++) {
            const MkKnown *known = &scenario->evidence.known[k];
            text = mk_arena_printf(result->arena, "%s%s%s=%s", text, k > 0 ? " " : "",
                                   mk_model_schema(model)->attributes[known->attribute].name,
                                   raw_value(result, model, known));
        }
        mk_result_table_cell(result, table, i, 0, scenario->name, NULL);
        mk_result_table_cell(result, table, i, 1, text != NULL ? text : "", NULL);
    }
}

/* ---- the verbs ---- */

MkStatus mk_verb_given(MkSession *session, const MkCall *call, MkResult *result, MkError *err)
{
    const MkModel *model = NULL;
    MkEvidence evidence = {0};
    MkState *next = NULL;
    MK_TRY(mk_session_need_model(session, &model, err));
    if (call->lists[MK_LIST_WORDS].n == 0) {
        show_known(session, model, result);
        return MK_OK;
    }
    MK_TRY(mk_name_evidence(call, mk_model_schema(model), MK_LIST_WORDS, &evidence, err));
    MK_TRY(mk_session_draft(session, &next, err));
    for (size_t i = 0; i < evidence.n; i++) {
        const MkStatus st =
            mk_state_give(next, evidence.known[i].attribute, &evidence.known[i].value, err);
        if (st != MK_OK) {
            mk_state_drop(next);
            return st;
        }
    }
    mk_note_outside(result, model, evidence);
    return mk_session_change(session, call, next, err);
}

static bool is_known(const MkState *state, size_t id)
{
    for (size_t i = 0; i < state->n_known; i++) {
        if (state->known[i].attribute == id) {
            return true;
        }
    }
    return false;
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
        if (!is_known(session->state, ids[i])) {
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

/* Words after the scenario's name, those after `given` and those after `from BASE` are its
 * evidence. */
static MkStatus scenario_evidence(MkSession *session, MkCall *call, const MkModel *model,
                                  MkEvidence *out, MkError *err)
{
    const MkSchema *schema = mk_model_schema(model);
    MkEvidence base = {0};
    static const MkList lists[] = {MK_LIST_WORDS, MK_LIST_GIVEN, MK_LIST_FROM};
    size_t n = 0;
    MkWord *all = mk_arena_array(call->arena,
                                 call->lists[MK_LIST_WORDS].n + call->lists[MK_LIST_GIVEN].n +
                                     call->lists[MK_LIST_FROM].n,
                                 sizeof *all);
    if (all == NULL) {
        return no_memory(err);
    }
    for (size_t l = 0; l < sizeof lists / sizeof *lists; l++) {
        const MkWords words = call->lists[lists[l]];
        /* The first word is the scenario's own name, or the one it starts from. */
        for (size_t i = lists[l] == MK_LIST_GIVEN ? 0 : 1; i < words.n; i++) {
            all[n++] = words.items[i];
        }
    }
    if (call->lists[MK_LIST_FROM].n > 0) {
        size_t at = 0;
        MK_TRY(
            mk_name_scenario(call, session->state, &call->lists[MK_LIST_FROM].items[0], &at, err));
        base = session->state->own[at].evidence;
    }
    call->lists[MK_LIST_GIVEN] = (MkWords){n, all};
    MkEvidence said = {0};
    MK_TRY(mk_name_evidence(call, schema, MK_LIST_GIVEN, &said, err));
    return mk_evidence_merge(call->arena, base, said, out, err);
}

static MkStatus drop_scenario(MkSession *session, const MkCall *call, MkError *err)
{
    size_t at = 0;
    MK_TRY(mk_call_count(call, MK_LIST_WORDS, 1, 1, err));
    MK_TRY(mk_name_scenario(call, session->state, &call->lists[MK_LIST_WORDS].items[0], &at, err));
    MkState *next = NULL;
    MK_TRY(mk_session_draft(session, &next, err));
    mk_state_remove_scenario(next, at);
    return mk_session_change(session, call, next, err);
}

static MkStatus check_scenario_name(const MkCall *call, const MkWord *word, MkError *err)
{
    mk_call_at(call, word);
    if (word->text[0] == '\0' || strpbrk(word->text, "=,{}") != NULL) {
        return mk_fail(err, MK_EINVAL, "'%.60s': a scenario's name is expected: %s", word->text,
                       call->verb->usage);
    }
    return MK_OK;
}

MkStatus mk_verb_scenario(MkSession *session, const MkCall *call, MkResult *result, MkError *err)
{
    const MkModel *model = NULL;
    const MkWords words = call->lists[MK_LIST_WORDS];
    MK_TRY(mk_session_need_model(session, &model, err));
    if (mk_call_option(call, "drop") != NULL) {
        return drop_scenario(session, call, err);
    }
    if (words.n == 0) {
        MK_TRY(call->lists[MK_LIST_GIVEN].n + call->lists[MK_LIST_FROM].n > 0
                   ? mk_fail(err, MK_EINVAL, "a scenario needs a name: %s", call->verb->usage)
                   : MK_OK);
        show_scenarios(session->state, model, 0, session->state->n_scenarios, result);
        return MK_OK;
    }
    MK_TRY(check_scenario_name(call, &words.items[0], err));
    const bool is_bare =
        words.n == 1 && call->lists[MK_LIST_GIVEN].n == 0 && call->lists[MK_LIST_FROM].n == 0;
    const size_t at = mk_state_find_scenario(session->state, words.items[0].text);
    if (is_bare && at < session->state->n_scenarios) {
        show_scenarios(session->state, model, at, 1, result);
        return MK_OK;
    }
    MkCall copy = *call;
    MkEvidence evidence = {0};
    MK_TRY(scenario_evidence(session, &copy, model, &evidence, err));
    MkState *next = NULL;
    MK_TRY(mk_session_draft(session, &next, err));
    const MkStatus st = mk_state_scenario(next, words.items[0].text, evidence, err);
    if (st != MK_OK) {
        mk_state_drop(next);
        return st;
    }
    mk_note_outside(result, model, evidence);
    return mk_session_change(session, call, next, err);
}
