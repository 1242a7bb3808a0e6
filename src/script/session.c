#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "src/script/session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/buf.h"
#include "src/base/file.h"
#include "src/base/text.h"
#include "src/script/inner.h"
#include "src/script/report.h"

static MkStatus no_memory(MkError *err)
{
    return mk_fail(err, MK_ENOMEM, "out of memory");
}

/* ---- life ---- */

static bool keep_text(MkArena *arena, const char **text)
{
    if (*text != NULL) {
        *text = mk_arena_strdup(arena, *text);
        return *text != NULL;
    }
    return true;
}

static bool keep_config(MkSession *s)
{
    MkPaths *p = &s->config.paths;
    return keep_text(s->arena, &p->model_dir) && keep_text(s->arena, &p->user_model_dir) &&
           keep_text(s->arena, &p->sources_dir) && keep_text(s->arena, &p->scenarios_dir) &&
           keep_text(s->arena, &p->reader) && keep_text(s->arena, &p->settings) &&
           keep_text(s->arena, &p->history) && keep_text(s->arena, &s->config.model);
}

MkStatus mk_session_new(const MkSessionConfig *config, MkSession **out, MkError *err)
{
    MkSession *s = calloc(1, sizeof *s);
    if (s == NULL) {
        return no_memory(err);
    }
    s->config = *config;
    s->arena = mk_arena_new(0);
    s->state = mk_state_new();
    if (s->arena == NULL || s->state == NULL || !keep_config(s)) {
        mk_session_free(s);
        return no_memory(err);
    }
    s->settings = (MkSettings){.model = s->config.model,
                               .format = "",
                               .level = config->level > 0 ? config->level : 0.9,
                               .seed = config->seed};
    s->line = s->settings;
    mk_session_settle(s);
    *out = s;
    return MK_OK;
}

void mk_session_free(MkSession *session)
{
    if (session == NULL) {
        return;
    }
    mk_steps_clear(&session->past);
    mk_steps_clear(&session->future);
    mk_lines_release(&session->history);
    mk_lines_release(&session->journal);
    mk_lines_release(&session->failures);
    free(session->asked.line);
    mk_state_drop(session->asked.state);
    mk_questions_release(&session->questions);
    mk_state_drop(session->state);
    mk_state_drop(session->ground.state);
    mk_result_free(session->instead);
    mk_pool_free(session->pool);
    for (size_t i = 0; i < session->n_opened; i++) {
        mk_model_free(session->opened[i]->model);
        free(session->opened[i]->path);
        free(session->opened[i]);
    }
    free(session->opened);
    mk_arena_free(session->arena);
    free(session);
}

/* ---- changing ---- */

MkStatus mk_session_draft(MkSession *session, MkState **out, MkError *err)
{
    MkState *copy = mk_state_copy(session->state);
    if (copy == NULL) {
        return no_memory(err);
    }
    if (copy->schema == NULL && session->current != NULL) {
        copy->schema = mk_model_schema(session->current->model);
    }
    *out = copy;
    return MK_OK;
}

MkStatus mk_session_change(MkSession *session, const MkCall *call, MkState *next, MkError *err)
{
    MkStatus st = mk_state_publish(next, err);
    if (st == MK_OK) {
        const char *line = session->spelled != NULL ? session->spelled : call->text;
        const MkStep step = {.state = session->state, .group = session->group};
        st = mk_steps_push(&session->past, &step, line, err);
    }
    if (st != MK_OK) {
        mk_state_drop(next);
        return st;
    }
    mk_steps_clear(&session->future);
    mk_state_drop(session->state);
    session->state = next;
    session->revision++;
    return MK_OK;
}

MkStatus mk_session_need_model(MkSession *session, const MkModel **model, MkError *err)
{
    MkArena *arena = mk_arena_new(0);
    if (arena == NULL) {
        return no_memory(err);
    }
    const char *path = NULL;
    const MkOpened *opened = NULL;
    MkStatus st = mk_models_find(session, session->line.model, arena, &path, err);
    if (st == MK_OK) {
        st = mk_models_open(session, path, &opened, err);
    }
    mk_arena_free(arena);
    MK_TRY(st);
    const MkSchema *schema = mk_model_schema(opened->model);
    if (session->state->schema != schema) {
        MkState *next = NULL;
        MK_TRY(mk_state_translate(session->state, schema, &next, err));
        mk_state_drop(session->state);
        session->state = next;
    }
    session->current = opened;
    session->current_is_default = session->line.model == NULL;
    if (model != NULL) {
        *model = session->line.is_raw ? mk_model_raw(opened->model) : opened->model;
    }
    return MK_OK;
}

void mk_session_progress(MkSession *session, const char *line)
{
    if (session->config.progress != NULL) {
        session->config.progress(session->config.progress_ctx, line);
    }
}

/* ---- options of a line ---- */

static MkStatus read_settings(const MkCall *call, MkSettings *settings, MkError *err)
{
    const char *text = mk_call_option(call, "format");
    if (text != NULL && text[0] == '\0') { /* as if it had not been said */
        settings->format = "";
    } else if (text != NULL) {
        MK_TRY(mk_call_choice(call, "format", &settings->format, err));
    }
    if (mk_call_option(call, "json") != NULL) {
        settings->format = "json";
    }
    if (mk_call_option(call, "csv") != NULL) {
        settings->format = "csv";
    }
    const char *color = NULL; /* the shell's own */
    MK_TRY(mk_call_choice(call, "color", &color, err));
    text = mk_call_option(call, "model");
    if (text != NULL) {
        settings->model = text[0] != '\0' ? text : NULL;
    }
    MK_TRY(mk_call_double(call, "level", 0.001, 0.999, &settings->level, err));
    MK_TRY(mk_call_u64(call, "seed", &settings->seed, err));
    const char *calibration = settings->is_raw ? "off" : "on";
    MK_TRY(mk_call_choice(call, "calibration", &calibration, err));
    settings->is_raw = strcmp(calibration, "off") == 0;
    MK_TRY(mk_call_choice(call, "theme", &settings->theme, err));
    MK_TRY(mk_call_choice(call, "images", &settings->images, err));
    size_t threads = 0;
    return mk_call_size(call, "threads", 1, 1024, &threads, err);
}

/* Only how it looks is another now: no answer changes. */
static bool is_same_but_looks(const MkCall *call)
{
    for (size_t i = 0; i < call->n_options; i++) {
        const char *name = call->options[i].option->name;
        if (strcmp(name, "theme") != 0 && strcmp(name, "images") != 0) {
            return false;
        }
    }
    return true;
}

/* A line of options alone: they hold from now on. */
static MkStatus keep_settings(MkSession *session, const MkCall *call, MkSettings *settings,
                              MkError *err)
{
    if (mk_call_option(call, "output") != NULL) {
        mk_call_at_option(call, "output");
        return mk_fail(err, MK_EINVAL, "--output without a verb");
    }
    if (!keep_text(session->arena, &settings->model) ||
        !keep_text(session->arena, &settings->format)) {
        return no_memory(err);
    }
    size_t threads = 0;
    MK_TRY(mk_call_size(call, "threads", 1, 1024, &threads, err));
    if (threads > 0 && !session->pool_tried) {
        session->config.threads = threads;
    }
    session->settings = *settings;
    session->line = *settings;
    session->is_read_only = session->is_read_only || mk_call_option(call, "read-only") != NULL;
    session->is_signed_only =
        session->is_signed_only || mk_call_option(call, "require-signature") != NULL;
    session->revision += is_same_but_looks(call) ? 0 : 1;
    return MK_OK;
}

/* ---- running ---- */

static bool is_journaled(const MkVerb *verb)
{
    return verb->undoable || mk_verb_asks(verb) || strcmp(verb->name, "export") == 0;
}

static MkStatus remember(MkSession *session, const MkCall *call, MkError *err)
{
    if (call->verb != NULL && is_journaled(call->verb)) {
        MK_TRY(
            mk_journal_add(session, session->spelled != NULL ? session->spelled : call->text, err));
    }
    const bool runs = call->verb != NULL && (strcmp(call->verb->name, "run") == 0 ||
                                             strcmp(call->verb->name, "include") == 0);
    if (session->depth == 0 || !runs) {
        MK_TRY(mk_lines_add(&session->history, call->text, err));
    }
    if (call->verb == NULL || !mk_verb_asks(call->verb)) {
        return MK_OK;
    }
    MkLines one = {0};
    MkSettings settings = session->line;
    MK_TRY(mk_lines_add(&one, call->text, err));
    free(session->asked.line);
    session->asked.line = one.items[0];
    free(one.items);
    mk_state_drop(session->asked.state);
    session->asked.state = mk_state_keep(session->state);
    /* The line is parsed again by `export`, with its own options; what lay under them is kept. */
    settings.model = session->settings.model;
    settings.format = session->settings.format;
    session->asked.settings = settings;
    return mk_questions_add(&session->questions, &session->asked, err);
}

/* Whatever would write a file is refused before it begins. */
static MkStatus check_may_write(const MkSession *session, const MkCall *call, MkError *err)
{
    static const char *const writers[] = {"save", "export", "train"};
    static const char *const options[] = {"output", "write-card"};
    if (!session->is_read_only && mk_call_option(call, "read-only") == NULL) {
        return MK_OK;
    }
    for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
        if (mk_call_option(call, options[i]) != NULL) {
            mk_call_at_option(call, options[i]);
            return mk_fail(err, MK_EINVAL, "--%s is refused: --read-only", options[i]);
        }
    }
    for (size_t i = 0; i < sizeof writers / sizeof *writers; i++) {
        if (strcmp(call->verb->name, writers[i]) == 0) {
            return mk_fail(err, MK_EINVAL, "%s is refused: --read-only", writers[i]);
        }
    }
    if (strcmp(call->verb->name, "model") == 0 && call->lists[MK_LIST_WORDS].n > 0 &&
        mk_text_has_prefix("register", mk_call_first(call))) {
        return mk_fail(err, MK_EINVAL, "model register is refused: --read-only");
    }
    return MK_OK;
}

static MkStatus run_verb(MkSession *session, const MkCall *call, MkResult *result, MkError *err)
{
    const char *path = mk_call_option(call, "output");
    const bool is_owner = mk_verb_owns_output(call->verb);
    if (mk_call_option(call, "help") != NULL) {
        return mk_verb_help(session, call, result, err);
    }
    MK_TRY(check_may_write(session, call, err));
    if (path != NULL && !is_owner) {
        mk_call_at_option(call, "output");
        if (strcmp(call->verb->name, "include") == 0) {
            return mk_fail(err, MK_EINVAL, "--output belongs to the lines of the file");
        }
        if (strcmp(call->verb->name, "run") == 0 && !mk_report_is_path(path)) {
            return mk_fail(err, MK_EINVAL,
                           "%.200s: a script runs into a report, FILE.html; other files belong to "
                           "its lines",
                           path);
        }
        MK_TRY(mk_output_check(path, err));
    }
    MK_TRY(call->verb->run(session, call, result, err));
    if (session->note != NULL) {
        mk_result_note(result, "%s", session->note);
    }
    if (path != NULL && !is_owner) {
        MkResult *filled = session->instead != NULL ? session->instead : result;
        mk_call_at_option(call, "output");
        if (mk_report_is_path(path)) {
            MK_TRY(
                mk_report_answer(session, call->text, session->state, &session->line, filled, err));
        }
        MK_TRY(mk_output_to(filled, path, err));
    }
    return mk_result_status(result, err);
}

/* A model's name that is wrong is told at its place. */
static MkStatus check_model(MkSession *session, const MkCall *call, MkError *err)
{
    const char *said = mk_call_option(call, "model");
    const char *path = NULL;
    const size_t column = *call->column;
    if (said == NULL || said[0] == '\0') {
        return MK_OK;
    }
    mk_call_at_option(call, "model");
    MK_TRY(mk_models_find(session, said, call->arena, &path, err));
    *call->column = column;
    return MK_OK;
}

static MkStatus run_call(MkSession *session, const MkCall *call, MkResult *result, MkError *err)
{
    if (call->verb == NULL && call->n_options == 0) {
        return MK_OK;
    }
    if (call->door != MK_DOOR_SHELL && mk_call_option(call, "execute") != NULL) {
        mk_call_at_option(call, "execute");
        return mk_fail(err, MK_EINVAL, "-e belongs on the shell's command line");
    }
    MkSettings settings = session->settings;
    MK_TRY(read_settings(call, &settings, err));
    if (call->verb == NULL) {
        const MkSettings before = session->settings;
        MK_TRY(keep_settings(session, call, &settings, err));
        MK_TRY(mk_history_settings(session, call, &before, err));
        return remember(session, call, err);
    }
    MK_TRY(check_model(session, call, err));
    session->line = settings;
    const bool was_signed_only = session->is_signed_only;
    const bool asks_signature = mk_call_option(call, "require-signature") != NULL;
    session->is_signed_only = was_signed_only || asks_signature;
    const MkStatus st = run_verb(session, call, result, err);
    session->is_signed_only = asks_signature ? was_signed_only : session->is_signed_only;
    MK_TRY(st);
    return remember(session, call, err);
}

static MkStatus run_parsed(MkSession *session, const MkCall *call, MkResult **out, MkError *err)
{
    MkResult *result = mk_result_new(call->verb != NULL ? call->verb->name : "");
    if (result == NULL) {
        return no_memory(err);
    }
    MkState *before = mk_state_keep(session->state);
    session->group += session->group_depth == 0 ? 1 : 0;
    const MkStatus st = run_call(session, call, result, err);
    if (st != MK_OK) {
        mk_state_drop(session->state);
        session->state = mk_state_keep(before);
        mk_result_free(session->instead);
        session->instead = NULL;
    } else if (session->instead != NULL) {
        mk_result_free(result);
        result = session->instead;
        session->instead = NULL;
    }
    mk_state_drop(before);
    session->note = NULL;
    session->spelled = NULL;
    /* The format of the line stays for mk_session_format; all else is the session's again. */
    const char *format = session->line.format;
    session->line = session->settings;
    session->line.format = format;
    if (st != MK_OK) {
        mk_result_free(result);
        return st;
    }
    *out = result;
    return MK_OK;
}

static MkStatus place_error(MkStatus st, const char *origin, size_t line, size_t column,
                            MkError *err)
{
    if (st == MK_OK || err == NULL || origin == NULL || origin[0] == '\0') {
        return st;
    }
    char place[sizeof err->text];
    (void)snprintf(place, sizeof place, "%s:%zu:%zu", origin, line, column > 0 ? column : 1);
    /* A script that runs itself says its place once. */
    if (strncmp(err->text, place, strlen(place)) != 0) {
        mk_error_prefix(err, "%s", place);
    }
    return st;
}

/* A check that did not hold has a place too. */
static void place_check(MkResult *result, const char *origin, size_t line, size_t column)
{
    if (result->failed_check != NULL && origin != NULL && origin[0] != '\0') {
        const char *text = mk_arena_printf(result->arena, "%s:%zu:%zu: %s", origin, line,
                                           column > 0 ? column : 1, result->failed_check);
        result->failed_check = text != NULL ? text : result->failed_check;
    }
}

MkStatus mk_session_run(MkSession *session, MkDoor door, const char *text, const char *origin,
                        size_t line, MkResult **result, MkError *err)
{
    MkArena *arena = mk_arena_new(0);
    if (arena == NULL) {
        return no_memory(err);
    }
    MkCall call = {0};
    MkResult *made = NULL;
    size_t column = 0;
    MkStatus st = mk_parse_line(arena, text, door, &call, &column, err);
    if (st == MK_OK) {
        st = run_parsed(session, &call, &made, err);
        column = *call.column;
    }
    if (st == MK_OK) {
        place_check(made, origin, line, column);
    }
    mk_arena_free(arena);
    MK_TRY(place_error(st, origin, line, column, err));
    *result = made;
    return MK_OK;
}

MkStatus mk_session_run_words(MkSession *session, MkDoor door, const char *const *words, size_t n,
                              MkResult **result, MkError *err)
{
    MkArena *arena = mk_arena_new(0);
    if (arena == NULL) {
        return no_memory(err);
    }
    MkCall call = {0};
    MkStatus st = mk_parse_words(arena, words, n, door, &call, NULL, err);
    if (st == MK_OK) {
        st = run_parsed(session, &call, result, err);
    }
    mk_arena_free(arena);
    return st;
}

/* ---- reading ---- */

const char *mk_session_format(const MkSession *session)
{
    return session->line.format[0] != '\0' ? session->line.format : session->settings.format;
}

const char *mk_session_theme(const MkSession *session)
{
    return session->settings.theme != NULL ? session->settings.theme : "";
}

const char *mk_session_images(const MkSession *session)
{
    return session->settings.images != NULL ? session->settings.images : "";
}

MkStatus mk_session_model(MkSession *session, const MkModel **model, MkError *err)
{
    return mk_session_need_model(session, model, err);
}

MkEvidence mk_session_evidence(const MkSession *session)
{
    return (MkEvidence){session->state->n_known, session->state->known};
}

size_t mk_session_targets(const MkSession *session, const size_t **ids)
{
    *ids = session->state->targets;
    return session->state->n_targets;
}

size_t mk_session_n_scenarios(const MkSession *session)
{
    return session->state->n_scenarios;
}

const MkScenario *mk_session_scenario(const MkSession *session, size_t i)
{
    return &session->state->merged[i];
}

const MkScenario *mk_session_own_scenarios(const MkSession *session)
{
    return session->state->own;
}

size_t mk_session_n_persons(const MkSession *session)
{
    return session->state->n_persons;
}

const MkScenario *mk_session_person(const MkSession *session, size_t i)
{
    return &session->state->persons[i];
}

bool mk_session_is_read_only(const MkSession *session)
{
    return session->is_read_only;
}

double mk_session_level(const MkSession *session)
{
    return session->line.level;
}

MkPool *mk_session_pool(MkSession *session)
{
    if (!session->pool_tried) {
        session->pool_tried = true;
        if (mk_pool_new(session->config.threads, &session->pool, NULL) != MK_OK) {
            session->pool = NULL; /* everything runs in the caller's thread */
        }
    }
    return session->pool;
}

uint64_t mk_session_revision(const MkSession *session)
{
    return session->revision;
}

bool mk_session_dirty(const MkSession *session)
{
    return session->revision != session->saved_revision;
}

size_t mk_session_history(const MkSession *session, const char *const **lines)
{
    *lines = (const char *const *)session->history.items;
    return session->history.n;
}

const char *mk_session_undo_text(const MkSession *session)
{
    return session->past.n > 0 ? session->past.items[session->past.n - 1].line : "";
}
