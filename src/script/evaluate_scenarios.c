/* evaluate_scenarios.c - scripts with checks (`expect`) as a test of a model: each is run in a
 * session of its own, and what held is counted (Figure 8 of the paper compares scenarios). */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <dirent.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/file.h"
#include "src/eval/put.h"
#include "src/script/evaluation.h"

enum { SCRIPTS_MAX = 256, SCRIPT_BYTES = 1 << 20 };

typedef struct Script {
    const char *name, *path;
    size_t n_checks, n_held;
    const char *why; /* it could not be run; NULL: it was */
} Script;

/* What the checks of one script say. */
typedef struct Tally {
    Script *script;
    MkArena *arena;
    size_t n_failures;
    const char **failures; /* of all scripts, "name: expected ..." */
} Tally;

static int by_name(const void *a, const void *b)
{
    return strcmp(((const Script *)a)->name, ((const Script *)b)->name);
}

static bool has_checks(const char *path)
{
    MkBuf text;
    mk_buf_init(&text);
    const bool found = mk_file_read(path, SCRIPT_BYTES, &text, NULL) == MK_OK &&
                       strstr(text.data, "\nexpect ") != NULL;
    mk_buf_release(&text);
    return found;
}

/* Scripts of the folder that check something, by name. */
static MkStatus list_scripts(const char *folder, MkArena *arena, Script *out, size_t *n,
                             MkError *err)
{
    static const char suffix[] = ".scenario";
    DIR *const dir = opendir(folder);
    *n = 0;
    if (dir == NULL) {
        return MK_OK;
    }
    for (const struct dirent *entry = readdir(dir); entry != NULL && *n < SCRIPTS_MAX;
         entry = readdir(dir)) {
        const size_t len = strlen(entry->d_name), cut = sizeof suffix - 1;
        if (len <= cut || strcmp(entry->d_name + len - cut, suffix) != 0) {
            continue;
        }
        const char *const path = mk_arena_printf(arena, "%s/%s", folder, entry->d_name);
        const char *const name = mk_arena_strndup(arena, entry->d_name, len - cut);
        if (path == NULL || name == NULL) {
            closedir(dir);
            return mk_fail(err, MK_ENOMEM, "out of memory");
        }
        if (has_checks(path)) {
            out[(*n)++] = (Script){.name = name, .path = path};
        }
    }
    closedir(dir);
    qsort(out, *n, sizeof *out, by_name);
    return MK_OK;
}

static MkStatus take_line(void *ctx, MkSession *session, const MkResult *result, MkError *err)
{
    Tally *const tally = ctx;
    (void)session;
    if (strcmp(result->verb, "expect") != 0) {
        return MK_OK;
    }
    tally->script->n_checks++;
    if (result->failed_check == NULL) {
        tally->script->n_held++;
        return MK_OK;
    }
    const char **const more = mk_arena_array(tally->arena, tally->n_failures + 1, sizeof *more);
    const char *const text =
        mk_arena_printf(tally->arena, "%s: %s", tally->script->name, result->failed_check);
    if (more == NULL || text == NULL) {
        return mk_fail(err, MK_ENOMEM, "out of memory");
    }
    if (tally->n_failures > 0) {
        memcpy(more, tally->failures, tally->n_failures * sizeof *more);
    }
    more[tally->n_failures++] = text;
    tally->failures = more;
    return MK_OK;
}

/* A script that asks for what the model does not know is told, and no failure. */
static MkStatus run_script(const MkEvaluation *e, Tally *tally, MkError *err)
{
    MkSession *session = NULL;
    MkError why = {0};
    MkSessionConfig config = e->session->config;
    config.model = e->path;
    config.level = e->session->line.level;
    config.seed = e->session->line.seed;
    config.progress = NULL;
    config.partial = NULL;
    config.stream = NULL;
    config.keep_last = false;
    config.emit = take_line;
    config.emit_ctx = tally;
    MK_TRY(mk_session_new(&config, &session, err));
    const MkStatus st = mk_session_run_file(session, tally->script->path, NULL, &why);
    mk_session_free(session);
    if (st == MK_ECANCEL || st == MK_ENOMEM) {
        return mk_fail(err, st, "%s", why.text);
    }
    if (st != MK_OK) {
        tally->script->why = mk_arena_strdup(tally->arena, why.text);
        return tally->script->why != NULL ? MK_OK : mk_fail(err, MK_ENOMEM, "out of memory");
    }
    return MK_OK;
}

/* ---- telling ---- */

static void put_script(const Script *s, MkResult *result, MkResultTable *table, size_t row,
                       MkNode *list)
{
    MkNode *const node = mk_node_object(result, list, NULL);
    (void)mk_node_string(result, node, "scenario", s->name);
    mk_result_table_cell(result, table, row, 0, s->name, NULL);
    if (s->why != NULL) {
        (void)mk_node_string(result, node, "not_run", s->why);
        mk_result_table_cell(result, table, row, 3, "not for this model", NULL);
        return;
    }
    (void)mk_node_number(result, node, "checks", (double)s->n_checks);
    (void)mk_node_number(result, node, "held", (double)s->n_held);
    mk_put_count(result, table, row, 1, s->n_checks);
    mk_put_count(result, table, row, 2, s->n_held);
    mk_result_table_cell(result, table, row, 3, s->n_held == s->n_checks ? "all hold" : "FAILS",
                         NULL);
}

static MkStatus tell(const Script *scripts, size_t n, const Tally *tally, MkSection *out,
                     MkError *err)
{
    static const MkPutHeader headers[] = {
        {"scenario", "Scenario"}, {"checks", "Checks"}, {"held", "Held"}, {"verdict", "Verdict"}};
    MkResult *const result = out->result;
    MkResultTable *const table =
        mk_put_table(result, "Scenarios", headers, sizeof headers / sizeof *headers, 1, n);
    MkNode *const list = mk_node_array(result, out->node, "scripts");
    size_t n_checks = 0, n_held = 0;
    for (size_t i = 0; i < n; i++) {
        put_script(&scripts[i], result, table, i, list);
        n_checks += scripts[i].why == NULL ? scripts[i].n_checks : 0;
        n_held += scripts[i].why == NULL ? scripts[i].n_held : 0;
    }
    (void)mk_node_number(result, out->node, "checks", (double)n_checks);
    (void)mk_node_number(result, out->node, "held", (double)n_held);
    MkNode *const failures = mk_node_array(result, out->node, "failures");
    for (size_t i = 0; i < tally->n_failures; i++) {
        (void)mk_node_string(result, failures, NULL, tally->failures[i]);
        mk_result_note(result, "Does not hold: %s.", tally->failures[i]);
    }
    if (n_checks == 0) {
        mk_result_note(result, "No scenario with checks speaks of what this model knows.");
        return mk_result_status(result, err);
    }
    mk_result_note(result, "%zu of %zu checks of the scenarios hold.", n_held, n_checks);
    const double share = (double)n_held / (double)n_checks;
    MK_TRY(mk_section_figure(out, "scenarios_held", "checks of the scenarios that hold", share, NAN,
                             err));
    return mk_result_status(result, err);
}

MkStatus mk_evaluate_scenarios(MkEvaluation *e, MkSection *out, MkError *err)
{
    const char *const folder = e->session->config.paths.scenarios_dir;
    Script *const scripts = mk_arena_array(e->arena, SCRIPTS_MAX, sizeof *scripts);
    Tally tally = {.arena = e->arena};
    size_t n = 0;
    if (scripts == NULL) {
        return mk_fail(err, MK_ENOMEM, "out of memory");
    }
    if (folder != NULL) {
        MK_TRY(list_scripts(folder, e->arena, scripts, &n, err));
    }
    for (size_t i = 0; i < n; i++) {
        tally.script = &scripts[i];
        mk_evaluation_part(e, (double)i / (double)n, (double)(i + 1) / (double)n);
        MK_TRY(run_script(e, &tally, err));
    }
    return tell(scripts, n, &tally, out, err);
}
