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

enum { SCRIPT_BYTES = 16 << 20 };

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
           keep_text(s->arena, &p->reader) && keep_text(s->arena, &s->config.model);
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
    free(session->asked.line);
    mk_state_drop(session->asked.state);
    mk_questions_release(&session->questions);
    mk_state_drop(session->state);
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
        st = mk_steps_push(&session->past, session->state, line, false, err);
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
        *model = opened->model;
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

static MkStatus check_format(const MkCall *call, const char *name, MkError *err)
{
    static const char *const known[] = {"text", "json", "csv", "markdown"};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (strcmp(name, known[i]) == 0) {
            return MK_OK;
        }
    }
    mk_call_at_option(call, "format");
    return mk_fail(err, MK_EINVAL, "--format %.40s: expected text, json, csv or markdown", name);
}

static MkStatus read_settings(const MkCall *call, MkSettings *settings, MkError *err)
{
    const char *text = mk_call_option(call, "format");
    if (text != NULL) {
        MK_TRY(check_format(call, text, err));
        settings->format = text;
    }
    if (mk_call_option(call, "json") != NULL) {
        settings->format = "json";
    }
    if (mk_call_option(call, "csv") != NULL) {
        settings->format = "csv";
    }
    text = mk_call_option(call, "color");
    if (text != NULL && strcmp(text, "always") != 0 && strcmp(text, "never") != 0 &&
        strcmp(text, "auto") != 0) {
        mk_call_at_option(call, "color");
        return mk_fail(err, MK_EINVAL, "--color %.40s: expected always, never or auto", text);
    }
    text = mk_call_option(call, "model");
    settings->model = text != NULL ? text : settings->model;
    MK_TRY(mk_call_double(call, "level", 0.001, 0.999, &settings->level, err));
    MK_TRY(mk_call_u64(call, "seed", &settings->seed, err));
    size_t threads = 0;
    return mk_call_size(call, "threads", 1, 1024, &threads, err);
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
    session->revision++;
    return MK_OK;
}

/* ---- running ---- */

static bool is_journaled(const MkVerb *verb)
{
    return verb->undoable || mk_verb_asks(verb) || strcmp(verb->name, "export") == 0;
}

static MkStatus remember(MkSession *session, const MkCall *call, MkError *err)
{
    if (call->verb == NULL || is_journaled(call->verb)) {
        const bool is_spelled = session->spelled != NULL;
        MK_TRY(mk_lines_add(&session->journal, is_spelled ? session->spelled : call->text, err));
    }
    if (session->depth == 0 || call->verb == NULL || strcmp(call->verb->name, "run") != 0) {
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

static MkStatus run_verb(MkSession *session, const MkCall *call, MkResult *result, MkError *err)
{
    const char *path = mk_call_option(call, "output");
    const bool is_owner = mk_verb_owns_output(call->verb);
    if (mk_call_option(call, "help") != NULL) {
        return mk_verb_help(session, call, result, err);
    }
    if (path != NULL && !is_owner) {
        mk_call_at_option(call, "output");
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
        MK_TRY(keep_settings(session, call, &settings, err));
        return remember(session, call, err);
    }
    session->line = settings;
    MK_TRY(run_verb(session, call, result, err));
    return remember(session, call, err);
}

static MkStatus run_parsed(MkSession *session, const MkCall *call, MkResult **out, MkError *err)
{
    MkResult *result = mk_result_new(call->verb != NULL ? call->verb->name : "");
    if (result == NULL) {
        return no_memory(err);
    }
    MkState *before = mk_state_keep(session->state);
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
    session->line.format = "";
    static const char *const known[] = {"text", "json", "csv", "markdown"};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (strcmp(format, known[i]) == 0) {
            session->line.format = known[i];
        }
    }
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

/* ---- scripts ---- */

/* What a failing script must give back. */
typedef struct Ground {
    MkState *state;
    MkSteps past, future;
    MkSettings settings;
    size_t n_history, n_journal, n_questions;
    uint64_t revision;
} Ground;

static MkStatus ground_take(const MkSession *session, Ground *ground, MkError *err)
{
    MK_TRY(mk_steps_copy(&session->past, &ground->past, err));
    const MkStatus st = mk_steps_copy(&session->future, &ground->future, err);
    if (st != MK_OK) {
        mk_steps_clear(&ground->past);
        return st;
    }
    ground->state = mk_state_keep(session->state);
    ground->settings = session->settings;
    ground->n_history = session->history.n;
    ground->n_journal = session->journal.n;
    ground->n_questions = session->questions.n;
    ground->revision = session->revision;
    return MK_OK;
}

static void ground_restore(MkSession *session, Ground *ground)
{
    mk_steps_clear(&session->past);
    mk_steps_clear(&session->future);
    session->past = ground->past;
    session->future = ground->future;
    ground->past = (MkSteps){0};
    ground->future = (MkSteps){0};
    mk_state_drop(session->state);
    session->state = mk_state_keep(ground->state);
    session->settings = ground->settings;
    session->line = ground->settings;
    mk_lines_cut(&session->history, ground->n_history);
    mk_lines_cut(&session->journal, ground->n_journal);
    mk_questions_cut(&session->questions, ground->n_questions);
    session->revision = ground->revision;
}

static void ground_release(Ground *ground)
{
    mk_steps_clear(&ground->past);
    mk_steps_clear(&ground->future);
    mk_state_drop(ground->state);
}

static bool has_quit(const MkResult *result)
{
    for (size_t i = 0; i < result->n_effects; i++) {
        if (result->effects[i].kind == MK_EFFECT_QUIT) {
            return true;
        }
    }
    return false;
}

static bool is_empty(const MkResult *result)
{
    return result->n_tables == 0 && result->n_figures == 0 && result->n_notes == 0 &&
           result->data == NULL && result->stream == NULL && result->n_effects == 0;
}

/* Hands the result of a script's line over, or keeps it as the result of `run`. */
static MkStatus hand_over(MkSession *session, MkResult *result, MkResult **last, MkError *err)
{
    const MkSessionConfig *config = &session->config;
    MkStatus st = MK_OK;
    if (config->emit != NULL) {
        st = config->emit(config->emit_ctx, session, result, err);
    }
    if (is_empty(result) || (config->emit != NULL && !config->keep_last)) {
        mk_result_free(result);
    } else {
        mk_result_free(*last);
        *last = result;
    }
    return st;
}

/* The script runs into a report: it takes the answer. Files that the line asks for are written. */
static MkStatus collect(MkSession *session, const char *text, const char *path, size_t line,
                        MkResult *result, MkError *err)
{
    const bool is_answer = result->n_tables > 0 || result->n_figures > 0 || result->stream != NULL;
    bool has_file = false;
    for (size_t i = 0; i < result->n_effects; i++) {
        has_file = has_file || result->effects[i].path != NULL;
    }
    MkStatus st = MK_OK;
    if (has_file && session->config.emit != NULL) {
        st = session->config.emit(session->config.emit_ctx, session, result, err);
    }
    if (st != MK_OK || !is_answer || strcmp(result->verb, "export") == 0) {
        mk_result_free(result);
        return st;
    }
    char place[128];
    (void)snprintf(place, sizeof place, "%.100s:%zu", path, line);
    return mk_collector_take(session->collector, session, text, place, result, err);
}

static MkStatus run_lines(MkSession *session, const char *path, char *text, bool *quit,
                          MkResult **last, MkError *err)
{
    size_t line = 0;
    for (char *at = text; at != NULL && !*quit;) {
        char *end = strchr(at, '\n');
        if (end != NULL) {
            *end = '\0';
        }
        const size_t len = strlen(at);
        if (len > 0 && at[len - 1] == '\r') {
            at[len - 1] = '\0';
        }
        MkResult *result = NULL;
        line++;
        if (mk_cancelled(session->config.cancel)) {
            return mk_fail(err, MK_ECANCEL, "%s:%zu:1: interrupted", path, line);
        }
        if (session->collector != NULL) {
            MK_TRY(mk_collector_read(session->collector, at, err));
        }
        MK_TRY(mk_session_run(session, MK_DOOR_SCRIPT, at, path, line, &result, err));
        *quit = has_quit(result);
        MK_TRY(session->collector != NULL ? collect(session, at, path, line, result, err)
                                          : hand_over(session, result, last, err));
        at = end != NULL ? end + 1 : NULL;
    }
    return MK_OK;
}

MkStatus mk_session_run_file(MkSession *session, const char *path, bool *quit, MkError *err)
{
    if (session->depth >= MK_RUN_DEPTH) {
        return mk_fail(err, MK_EINVAL, "%s: scripts run each other more than %d deep", path,
                       MK_RUN_DEPTH);
    }
    MkBuf buf;
    mk_buf_init(&buf);
    MkStatus st = mk_file_read(path, SCRIPT_BYTES, &buf, err);
    if (st == MK_OK && memchr(buf.data, '\0', buf.len) != NULL) {
        st = mk_fail(err, MK_EFORMAT, "%s: a byte 0, expected text", path);
    }
    Ground ground = {0};
    if (st == MK_OK) {
        st = ground_take(session, &ground, err);
    }
    if (st != MK_OK) {
        mk_buf_release(&buf);
        return st;
    }
    bool stop = false;
    MkResult *last = NULL;
    char *text = buf.data;
    text += strncmp(text, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
    session->depth++;
    st = run_lines(session, path, text, &stop, &last, err);
    session->depth--;
    if (st != MK_OK) {
        ground_restore(session, &ground);
        mk_result_free(last);
    } else {
        mk_result_free(session->instead);
        session->instead = last;
        if (quit != NULL) {
            *quit = stop;
        }
    }
    ground_release(&ground);
    mk_buf_release(&buf);
    return st;
}

/* ---- reading ---- */

void mk_session_settle(MkSession *session)
{
    mk_steps_clear(&session->past);
    mk_steps_clear(&session->future);
    mk_result_free(session->instead);
    session->instead = NULL;
    mk_lines_cut(&session->history, 0);
    mk_lines_cut(&session->journal, 0);
    mk_questions_cut(&session->questions, 0);
    session->saved_revision = session->revision;
}

const char *mk_session_format(const MkSession *session)
{
    return session->line.format[0] != '\0' ? session->line.format : session->settings.format;
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
