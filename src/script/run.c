/* run.c - scripts: running their lines, scripts inside scripts, the checks in them. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <string.h>
#include <sys/stat.h>

#include "src/base/buf.h"
#include "src/base/file.h"
#include "src/script/inner.h"
#include "src/script/report.h"

enum { SCRIPT_BYTES = 16 << 20 };

static MkStatus no_memory(MkError *err)
{
    return mk_fail(err, MK_ENOMEM, "out of memory");
}

/* ---- the lines of a script ---- */

/* What a failing script must give back. */
typedef struct Ground {
    MkState *state;
    MkSteps past, future;
    MkSettings settings, journaled;
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
    ground->journaled = session->journaled;
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
    session->journaled = ground->journaled;
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
static MkStatus collect(MkSession *session, const char *text, MkResult *result, MkError *err)
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
    return mk_collector_take(session->collector, session, text, result, err);
}

/* A check that does not hold does not end the script: the others are worth knowing too. */
static MkStatus count_check(MkSession *session, const MkResult *result, MkError *err)
{
    session->n_checks += strcmp(result->verb, "expect") == 0 || result->failed_check != NULL;
    return result->failed_check != NULL
               ? mk_lines_add(&session->failures, result->failed_check, err)
               : MK_OK;
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
        const MkStatus st = count_check(session, result, err);
        if (st != MK_OK) {
            mk_result_free(result);
            return st;
        }
        MK_TRY(session->collector != NULL ? collect(session, at, result, err)
                                          : hand_over(session, result, last, err));
        at = end != NULL ? end + 1 : NULL;
    }
    return MK_OK;
}

/* ---- what runs ---- */

/* "a.scenario > b.scenario > a.scenario" */
static const char *chain(const MkSession *session, MkArena *arena, const char *path)
{
    const char *text = "";
    for (size_t i = 0; i < session->depth && text != NULL; i++) {
        text = mk_arena_printf(arena, "%s%s > ", text, session->running[i].path);
    }
    text = text != NULL ? mk_arena_printf(arena, "%s%s", text, path) : NULL;
    return text != NULL ? text : path;
}

/* Puts a script on the list of those that run; one that runs already is refused. */
static MkStatus enter(MkSession *session, MkArena *arena, const char *path, MkError *err)
{
    struct stat info;
    MkRunning *top = &session->running[session->depth];
    if (session->depth >= MK_RUN_DEPTH) {
        return mk_fail(err, MK_EINVAL, "scripts run each other more than %d deep: %s", MK_RUN_DEPTH,
                       chain(session, arena, path));
    }
    *top = (MkRunning){.path = path};
    if (stat(path, &info) == 0) {
        top->device = info.st_dev;
        top->file = info.st_ino;
        for (size_t i = 0; i < session->depth; i++) {
            const MkRunning *other = &session->running[i];
            if (other->device == info.st_dev && other->file == info.st_ino) {
                return mk_fail(err, MK_EINVAL, "a script runs itself: %s",
                               chain(session, arena, path));
            }
        }
    }
    session->depth++;
    return MK_OK;
}

static MkStatus run_text(MkSession *session, const char *path, char *text, bool *quit, MkError *err)
{
    Ground ground = {0};
    MkResult *last = NULL;
    MK_TRY(ground_take(session, &ground, err));
    text += strncmp(text, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
    const MkStatus st = run_lines(session, path, text, quit, &last, err);
    if (st != MK_OK) {
        ground_restore(session, &ground);
        mk_result_free(last);
    } else {
        mk_result_free(session->instead);
        session->instead = last;
    }
    ground_release(&ground);
    return st;
}

MkStatus mk_session_run_file(MkSession *session, const char *path, bool *quit, MkError *err)
{
    MkBuf buf;
    bool stop = false;
    bool entered = false;
    mk_buf_init(&buf);
    MkArena *arena = mk_arena_new(0);
    MkStatus st = arena != NULL ? MK_OK : no_memory(err);
    if (st == MK_OK) {
        st = enter(session, arena, path, err);
        entered = st == MK_OK;
    }
    st = st == MK_OK ? mk_file_read(path, SCRIPT_BYTES, &buf, err) : st;
    if (st == MK_OK && memchr(buf.data, '\0', buf.len) != NULL) {
        st = mk_fail(err, MK_EFORMAT, "%s: a byte 0, expected text", path);
    }
    st = st == MK_OK ? run_text(session, path, buf.data, &stop, err) : st;
    session->depth -= entered ? 1 : 0;
    if (st == MK_OK && quit != NULL) {
        *quit = stop;
    }
    mk_arena_free(arena);
    mk_buf_release(&buf);
    return st;
}

/* ---- finding ---- */

/* NAME or NAME.scenario of the scenarios that come with the program; *path stays when there is
 * none. */
static MkStatus find_shipped(const MkSession *session, MkArena *arena, const char *said,
                             const char **path, MkError *err)
{
    const char *folder = session->config.paths.scenarios_dir;
    if (strchr(said, '/') != NULL || folder == NULL) {
        return MK_OK;
    }
    static const char *const suffixes[] = {"", ".scenario"};
    for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++) {
        const char *made = mk_arena_printf(arena, "%s/%s%s", folder, said, suffixes[i]);
        if (made == NULL) {
            return no_memory(err);
        }
        if (mk_file_exists(made)) {
            *path = made;
            return MK_OK;
        }
    }
    return MK_OK;
}

/* FILE as it is said, or a script that comes with the program. */
static MkStatus find_script(const MkSession *session, MkArena *arena, const char *said,
                            const char **path, MkError *err)
{
    *path = said;
    return mk_file_exists(said) ? MK_OK : find_shipped(session, arena, said, path, err);
}

/* FILE from the folder of the script that includes it, or a script that comes with the program. */
static MkStatus find_included(const MkSession *session, MkArena *arena, const char *said,
                              const char **path, MkError *err)
{
    const char *outer = session->depth > 0 ? session->running[session->depth - 1].path : "";
    const char *slash = strrchr(outer, '/');
    *path = said;
    if (slash != NULL && said[0] != '/') {
        *path = mk_arena_printf(arena, "%.*s/%s", (int)(slash - outer), outer, said);
        if (*path == NULL) {
            return no_memory(err);
        }
    }
    return mk_file_exists(*path) ? MK_OK : find_shipped(session, arena, said, path, err);
}

/* The script's answers are collected into the result, which is their report. */
static MkStatus run_into_report(MkSession *session, const char *path, bool *quit, MkResult *result,
                                MkError *err)
{
    MkBuf script;
    MkCollector collector;
    MkCollector *const outer = session->collector;
    mk_buf_init(&script);
    mk_collector_init(&collector, result);
    session->collector = &collector;
    MkStatus st = mk_session_run_file(session, path, quit, err);
    session->collector = outer;
    st = st == MK_OK ? mk_file_read(path, SCRIPT_BYTES, &script, err) : st;
    if (st == MK_OK) {
        st = mk_collector_close(&collector, session, path, script.data, err);
    }
    mk_collector_release(&collector);
    mk_buf_release(&script);
    return st;
}

/* ---- the verbs ---- */

/* What did not hold, for the result of the line that ran the scripts. A door that was handed each
 * result has told of each check already. */
static MkStatus tell_checks(const MkSession *session, const char *path, bool told, MkResult *result,
                            MkError *err)
{
    const size_t n = session->failures.n;
    const char *text = "";
    if (n == 0) {
        return MK_OK;
    }
    for (size_t i = 0; i < n && !told && text != NULL; i++) {
        text = mk_arena_printf(result->arena, "%s%s\n", text, session->failures.items[i]);
        mk_result_note(result, "%s", session->failures.items[i]);
    }
    text = text != NULL
               ? mk_arena_printf(result->arena, "%s%s: %zu of %zu check%s did not hold", text, path,
                                 n, session->n_checks, session->n_checks == 1 ? "" : "s")
               : NULL;
    if (!told) {
        mk_result_note(result, "%zu of %zu checks did not hold.", n, session->n_checks);
    }
    result->failed_check = text;
    return text != NULL ? MK_OK : no_memory(err);
}

/* Options of the line that runs a script hold for its lines, but for those of how the workbench
 * looks: no line's answer has a look. What the script itself set stays; what came from the line's
 * options goes. */
static MkStatus run_with_options(MkSession *session, const MkCall *call, const char *path,
                                 bool *quit, MkResult *result, MkError *err)
{
    const MkSettings settings = session->settings;
    MkSettings inside = session->line;
    inside.model = inside.model != NULL ? mk_arena_strdup(session->arena, inside.model) : NULL;
    inside.format = mk_arena_strdup(session->arena, inside.format);
    inside.theme = settings.theme;
    inside.images = settings.images;
    if (inside.format == NULL || (session->line.model != NULL && inside.model == NULL)) {
        return no_memory(err);
    }
    const bool was_read_only = session->is_read_only;
    session->settings = inside;
    session->is_read_only = was_read_only || mk_call_option(call, "read-only") != NULL;
    const bool is_report = mk_call_option(call, "output") != NULL;
    const MkStatus st = is_report ? run_into_report(session, path, quit, result, err)
                                  : mk_session_run_file(session, path, quit, err);
    if (mk_call_option(call, "read-only") != NULL) {
        session->is_read_only = was_read_only;
    }
    if (st != MK_OK || session->settings.model == inside.model) {
        session->settings.model = settings.model;
    }
    if (st != MK_OK || session->settings.format == inside.format) {
        session->settings.format = settings.format;
    }
    if (st != MK_OK || memcmp(&session->settings.level, &inside.level, sizeof(double)) == 0) {
        session->settings.level = settings.level;
    }
    if (st != MK_OK || session->settings.seed == inside.seed) {
        session->settings.seed = settings.seed;
    }
    if (st != MK_OK || session->settings.is_raw == inside.is_raw) {
        session->settings.is_raw = settings.is_raw;
    }
    if (st != MK_OK) {
        session->settings.theme = settings.theme;
        session->settings.images = settings.images;
    }
    return st;
}

static MkStatus run_script(MkSession *session, const MkCall *call, const char *path,
                           MkResult *result, MkError *err)
{
    const MkSessionConfig *config = &session->config;
    const bool is_outer = session->depth == 0;
    const bool told = config->emit != NULL && !config->keep_last && session->collector == NULL &&
                      mk_call_option(call, "output") == NULL;
    bool quit = false;
    if (is_outer) {
        session->n_checks = 0;
        mk_lines_cut(&session->failures, 0);
    }
    const MkSettings before = session->settings;
    session->group_depth++;
    const MkStatus st = run_with_options(session, call, path, &quit, result, err);
    session->group_depth--;
    MK_TRY(st);
    MK_TRY(mk_history_settings(session, call, &before, err));
    MkResult *filled = session->instead != NULL ? session->instead : result;
    filled->failed_check = NULL; /* that of its last line */
    if (is_outer) {
        MK_TRY(tell_checks(session, path, told, filled, err));
    }
    if (quit && session->instead == NULL) {
        (void)mk_result_add_effect(result, MK_EFFECT_QUIT, NULL);
    }
    return MK_OK;
}

static MkStatus check_name(const MkCall *call, MkError *err)
{
    return mk_call_first(call)[0] != '\0'
               ? MK_OK
               : mk_fail(err, MK_EINVAL, "'': a file name is expected: %s", call->verb->usage);
}

MkStatus mk_verb_run(MkSession *session, const MkCall *call, MkResult *result, MkError *err)
{
    const char *path = NULL;
    MK_TRY(mk_call_count(call, MK_LIST_WORDS, 1, 1, err));
    MK_TRY(check_name(call, err));
    MK_TRY(find_script(session, call->arena, mk_call_first(call), &path, err));
    return run_script(session, call, path, result, err);
}

MkStatus mk_verb_include(MkSession *session, const MkCall *call, MkResult *result, MkError *err)
{
    const char *path = NULL;
    MK_TRY(mk_call_count(call, MK_LIST_WORDS, 1, 1, err));
    MK_TRY(check_name(call, err));
    MK_TRY(find_included(session, call->arena, mk_call_first(call), &path, err));
    return run_script(session, call, path, result, err);
}
