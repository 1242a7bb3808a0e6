/* verbs_ask.c - attributes, estimate, plot, pairs, compare, impute, support: questions to the
 * model. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <stdio.h>
#include <string.h>

#include "src/base/buf.h"
#include "src/data/table.h"
#include "src/query/query.h"
#include "src/script/from.h"
#include "src/script/inner.h"

static MkStatus no_memory(MkError *err)
{
    return mk_fail(err, MK_ENOMEM, "out of memory");
}

/* A pattern is what was typed, blanks and all. */
static MkStatus join_words(const MkCall *call, const char **out, MkError *err)
{
    const char *text = "";
    const MkWords words = call->lists[MK_LIST_WORDS];
    for (size_t i = 0; i < words.n && text != NULL; i++) {
        text = mk_arena_printf(call->arena, "%s%s%s", text, i > 0 ? " " : "", words.items[i].text);
    }
    *out = text;
    return text != NULL ? MK_OK : no_memory(err);
}

MkStatus mk_verb_attributes(MkSession *session, const MkCall *call, MkResult *result, MkError *err)
{
    const MkModel *model = NULL;
    const char *pattern = NULL;
    MK_TRY(mk_session_need_model(session, &model, err));
    MK_TRY(join_words(call, &pattern, err));
    return mk_query_attributes(model, pattern[0] != '\0' ? pattern : NULL, result, err);
}

MkStatus mk_verb_estimate(MkSession *session, const MkCall *call, MkResult *result, MkError *err)
{
    MkQuery query;
    const char *path = NULL;
    MkTable *table = NULL;
    MK_TRY(mk_call_query_rows(session, call, &query, &path, err));
    MK_TRY(mk_call_need_targets(session, call, &query, err));
    if (path == NULL) {
        return mk_query_estimate(&query, result, err);
    }
    MK_TRY(mk_from_table(session, call, query.model, path, &table, err));
    const MkStatus st = mk_query_estimate_rows(&query, table, result, err);
    mk_table_free(table);
    return st;
}

static MkStatus draw_on_screen(MkResult *result, MkError *err)
{
    for (size_t i = 0; i < result->n_figures; i++) {
        MkEffect *effect = mk_result_add_effect(result, MK_EFFECT_DRAW, NULL);
        if (effect == NULL) {
            return no_memory(err);
        }
        effect->figure = i;
    }
    return MK_OK;
}

MkStatus mk_verb_plot(MkSession *session, const MkCall *call, MkResult *result, MkError *err)
{
    MkQuery query;
    size_t n_versus = 0;
    size_t *versus = NULL;
    MK_TRY(mk_call_query(session, call, &query, err));
    MK_TRY(mk_call_need_targets(session, call, &query, err));
    MK_TRY(mk_name_attributes(call, mk_model_schema(query.model), MK_LIST_VS, &n_versus, &versus,
                              err));
    if (n_versus > 1) {
        return mk_fail(err, MK_EINVAL, "plot shows one attribute after 'vs', found %zu", n_versus);
    }
    if (n_versus == 1) {
        if (query.n_targets > 1) {
            return mk_fail(err, MK_EINVAL, "plot shows one target 'vs' another, found %zu targets",
                           query.n_targets);
        }
        MK_TRY(mk_query_plot_versus(&query, versus[0], result, err));
    } else {
        MK_TRY(mk_query_plot(&query, result, err));
    }
    return draw_on_screen(result, err);
}

MkStatus mk_verb_pairs(MkSession *session, const MkCall *call, MkResult *result, MkError *err)
{
    MkQuery query;
    MK_TRY(mk_call_query(session, call, &query, err));
    MK_TRY(mk_call_need_targets(session, call, &query, err));
    MK_TRY(mk_query_pairs(&query, result, err));
    return draw_on_screen(result, err);
}

/* Scenarios and persons named after `across`, or all scenarios, or all persons when there are no
 * scenarios. */
static MkStatus read_scenarios(MkSession *session, const MkCall *call, const MkQuery *query,
                               MkScenario **out, size_t *n, MkError *err)
{
    const MkState *state = session->state;
    MkWords names = {0};
    MK_TRY(mk_call_names(call, MK_LIST_ACROSS, &names, err));
    const bool has_scenarios = state->n_scenarios > 0;
    const size_t n_all = has_scenarios ? state->n_scenarios : state->n_persons;
    const size_t n_made = names.n > 0 ? names.n : n_all;
    MkScenario *made = mk_arena_array(call->arena, n_made, sizeof *made);
    if (made == NULL) {
        return no_memory(err);
    }
    for (size_t i = 0; i < n_made; i++) {
        MkNamed who = {.is_person = !has_scenarios, .at = i};
        if (names.n > 0) {
            MK_TRY(mk_named_read(call, state, &names.items[i], false, &who, err));
        }
        MK_TRY(mk_call_named(session, call, query, who, &made[i], err));
        for (size_t k = 0; k < i; k++) {
            if (strcmp(made[k].name, made[i].name) == 0) {
                return mk_fail(err, MK_EINVAL, "%s is named twice", made[i].name);
            }
        }
    }
    if (n_made < 2) {
        return mk_fail(err, MK_EINVAL,
                       "compare needs two scenarios or persons, found %zu; "
                       "'scenario NAME A=V ...' makes one",
                       n_made);
    }
    *out = made;
    *n = n_made;
    return MK_OK;
}

MkStatus mk_verb_compare(MkSession *session, const MkCall *call, MkResult *result, MkError *err)
{
    MkQuery query;
    MkScenario *scenarios = NULL;
    size_t n = 0, most = 0;
    MK_TRY(mk_call_query(session, call, &query, err));
    MK_TRY(mk_call_targets(session, call, &query, err));
    MK_TRY(mk_call_size(call, "most", 1, 100000, &most, err));
    MK_TRY(read_scenarios(session, call, &query, &scenarios, &n, err));
    if (query.n_targets == 0 || mk_call_option(call, "all") != NULL) {
        return mk_query_compare_all(&query, scenarios, n, 0, most, result, err);
    }
    if (most > 0) {
        mk_call_at_option(call, "most");
        return mk_fail(err, MK_EINVAL, "--most is for a comparison of all attributes; add --all");
    }
    return mk_query_compare(&query, scenarios, n, 0, result, err);
}

static void show_impute_progress(void *ctx, size_t done, size_t total)
{
    char line[96];
    snprintf(line, sizeof line, "impute: %zu of %zu rows", done, total);
    mk_session_progress(ctx, line);
}

MkStatus mk_verb_impute(MkSession *session, const MkCall *call, MkResult *result, MkError *err)
{
    MkQuery query;
    MkTable *table = NULL;
    size_t draws = 0;
    MK_TRY(mk_call_query(session, call, &query, err));
    MK_TRY(mk_call_count(call, MK_LIST_WORDS, 1, 1, err));
    MK_TRY(mk_call_size(call, "draws", 1, 10000, &draws, err));
    mk_call_at(call, &call->lists[MK_LIST_WORDS].items[0]);
    MK_TRY(mk_table_read(call->lists[MK_LIST_WORDS].items[0].text, mk_model_schema(query.model),
                         MK_OTHER_KEEP, &table, err));
    const MkStatus st =
        mk_query_impute(&query, table, draws, show_impute_progress, session, result, err);
    mk_table_free(table);
    return st;
}

MkStatus mk_verb_support(MkSession *session, const MkCall *call, MkResult *result, MkError *err)
{
    MkQuery query;
    MK_TRY(mk_call_query(session, call, &query, err));
    MK_TRY(mk_call_targets(session, call, &query, err));
    return mk_query_support(&query, result, err);
}
