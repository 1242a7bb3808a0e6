/* verbs_people.c - scenario, person: evidence with a name. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <string.h>

#include "src/base/buf.h"
#include "src/query/show.h"
#include "src/script/from.h"
#include "src/script/inner.h"

/* What the two verbs differ in. */
typedef struct Kind {
    const char *name;  /* "scenario" */
    const char *title; /* "Scenario" */
    const char *key;   /* "scenarios" */
    bool is_person;
} Kind;

static const Kind SCENARIO = {"scenario", "Scenario", "scenarios", false};
static const Kind PERSON = {"person", "Person", "persons", true};

static MkStatus no_memory(MkError *err)
{
    return mk_fail(err, MK_ENOMEM, "out of memory");
}

static const MkScenario *list_of(const MkState *state, const Kind *kind, size_t *n)
{
    *n = kind->is_person ? state->n_persons : state->n_scenarios;
    return kind->is_person ? state->persons : state->own;
}

/* ---- showing ---- */

/* "age=45 sex=male", in the result's arena. */
static const char *evidence_text(MkResult *result, const MkModel *model, MkEvidence evidence)
{
    MkBuf buf;
    mk_buf_init(&buf);
    mk_evidence_print(mk_model_schema(model), evidence, &buf);
    const char *text = buf.failed ? NULL : mk_arena_strdup(result->arena, buf.data);
    mk_buf_release(&buf);
    return text != NULL ? text : "";
}

static void show(const MkScenario *list, size_t n, const Kind *kind, const MkModel *model,
                 MkResult *result)
{
    MkNode *nodes = mk_node_array(result, mk_node_object(result, NULL, NULL), kind->key);
    if (n == 0) {
        mk_result_note(result, "There are no %s.", kind->key);
        return;
    }
    MkResultTable *table = mk_result_add_table(result, "", 2, n);
    mk_result_table_header(result, table, 0, kind->name, kind->title, MK_ALIGN_LEFT);
    mk_result_table_header(result, table, 1, "given", "Given", MK_ALIGN_LEFT);
    for (size_t i = 0; i < n; i++) {
        MkNode *object = mk_node_object(result, nodes, NULL);
        mk_node_string(result, object, "name", list[i].name);
        mk_show_given(result, object, "given", model, list[i].evidence);
        mk_result_table_cell(result, table, i, 0, list[i].name, NULL);
        mk_result_table_cell(result, table, i, 1, evidence_text(result, model, list[i].evidence),
                             NULL);
    }
}

/* ---- reading ---- */

/* A=V after the name and after `given`. */
static MkStatus said_values(const MkCall *call, const MkModel *model, MkEvidence *out, MkError *err)
{
    const MkWords words = call->lists[MK_LIST_WORDS];
    const MkWords given = call->lists[MK_LIST_GIVEN];
    MkWord *all = mk_arena_array(call->arena, words.n + given.n, sizeof *all);
    if (all == NULL) {
        return no_memory(err);
    }
    size_t n = 0;
    for (size_t i = 1; i < words.n; i++) {
        all[n++] = words.items[i];
    }
    for (size_t i = 0; i < given.n; i++) {
        all[n++] = given.items[i];
    }
    MkCall copy = *call;
    copy.lists[MK_LIST_GIVEN] = (MkWords){n, all};
    return mk_name_evidence(&copy, mk_model_schema(model), MK_LIST_GIVEN, out, err);
}

/* A scenario takes over what another says, not what it lies over. A person is whole: a scenario
 * lies over what is given, and a name alone is what is given now. */
static MkStatus read_evidence(MkSession *session, const MkCall *call, const Kind *kind,
                              const MkModel *model, MkEvidence *out, MkError *err)
{
    MkEvidence under = {0};
    MkEvidence said = {0};
    MkFrom from = {0};
    MK_TRY(mk_from_read_one(session, call, model, &from, err));
    MK_TRY(said_values(call, model, &said, err));
    const bool is_bare = !from.is_there && said.n == 0;
    if (kind->is_person && (from.is_there || is_bare)) {
        MK_TRY(mk_from_under(session, call, &from, &under, err));
    } else if (from.is_there) {
        under = from.evidence;
    }
    if (kind->is_person && is_bare && under.n == 0) {
        return mk_fail(err, MK_EINVAL, "nothing is given that could be the person: %s",
                       call->verb->usage);
    }
    MK_TRY(mk_evidence_merge(call->arena, under, said, out, err));
    if (!from.is_row) {
        return MK_OK;
    }
    const char *name = mk_word_quote(call->arena, call->lists[MK_LIST_WORDS].items[0].text);
    const char *head =
        name != NULL ? mk_arena_printf(call->arena, "%s %s", kind->name, name) : NULL;
    if (head == NULL) {
        return no_memory(err);
    }
    return mk_from_spell(session, call, mk_model_schema(model), head, *out, err);
}

/* ---- changing ---- */

static MkStatus drop(MkSession *session, const MkCall *call, const Kind *kind, MkError *err)
{
    MkState *next = NULL;
    MkNamed who = {0};
    MK_TRY(mk_call_count(call, MK_LIST_WORDS, 1, 1, err));
    const MkWord *word = &call->lists[MK_LIST_WORDS].items[0];
    MK_TRY(mk_named_read(call, session->state, word, false, &who, err));
    if (who.is_person != kind->is_person) {
        return mk_fail(err, MK_EINVAL, "%.60s is a %s: %s %.60s --drop", word->text,
                       who.is_person ? "person" : "scenario", who.is_person ? "person" : "scenario",
                       word->text);
    }
    MK_TRY(mk_session_draft(session, &next, err));
    if (kind->is_person) {
        mk_state_remove_person(next, who.at);
    } else {
        mk_state_remove_scenario(next, who.at);
    }
    return mk_session_change(session, call, next, err);
}

static MkStatus put(MkSession *session, const MkCall *call, const Kind *kind, const MkModel *model,
                    MkResult *result, MkError *err)
{
    const char *name = call->lists[MK_LIST_WORDS].items[0].text;
    MkEvidence evidence = {0};
    MkState *next = NULL;
    MkNamed who = {0};
    if (mk_named_find(session->state, name, &who) && who.is_person != kind->is_person) {
        return mk_fail(err, MK_EINVAL, "there is a %s %.60s already",
                       who.is_person ? "person" : "scenario", name);
    }
    MK_TRY(read_evidence(session, call, kind, model, &evidence, err));
    MK_TRY(mk_session_draft(session, &next, err));
    const MkStatus st = kind->is_person ? mk_state_person(next, name, evidence, err)
                                        : mk_state_scenario(next, name, evidence, err);
    if (st != MK_OK) {
        mk_state_drop(next);
        return st;
    }
    mk_note_outside(result, model, evidence);
    return mk_session_change(session, call, next, err);
}

static MkStatus run(MkSession *session, const MkCall *call, const Kind *kind, MkResult *result,
                    MkError *err)
{
    const MkModel *model = NULL;
    const MkWords words = call->lists[MK_LIST_WORDS];
    const bool has_more = call->lists[MK_LIST_GIVEN].n + call->lists[MK_LIST_FROM].n > 0;
    size_t n = 0;
    MK_TRY(mk_session_need_model(session, &model, err));
    if (mk_call_option(call, "drop") != NULL) {
        return drop(session, call, kind, err);
    }
    const MkScenario *list = list_of(session->state, kind, &n);
    if (words.n == 0 && !has_more) {
        show(list, n, kind, model, result);
        return MK_OK;
    }
    if (words.n == 0) {
        return mk_fail(err, MK_EINVAL, "a %s needs a name: %s", kind->name, call->verb->usage);
    }
    MK_TRY(mk_name_check(call, &words.items[0], kind->name, err));
    const size_t at = mk_state_find_scenario(session->state, words.items[0].text);
    if (!kind->is_person && words.n == 1 && !has_more && at < n) {
        show(&list[at], 1, kind, model, result);
        return MK_OK;
    }
    return put(session, call, kind, model, result, err);
}

MkStatus mk_verb_scenario(MkSession *session, const MkCall *call, MkResult *result, MkError *err)
{
    return run(session, call, &SCENARIO, result, err);
}

MkStatus mk_verb_person(MkSession *session, const MkCall *call, MkResult *result, MkError *err)
{
    return run(session, call, &PERSON, result, err);
}
