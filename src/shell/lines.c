/* lines.c - lines of the language from the command line, -e, standard input, the settings file. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "src/shell/shell.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "src/base/file.h"

static MkStatus run_text(MkShell *shell, const char *text, const char *origin, size_t line,
                         MkError *err)
{
    MkResult *result = NULL;
    const bool is_person = origin[0] == '\0';
    shell->has_place = !is_person;
    MK_TRY(mk_session_run(shell->session, is_person ? MK_DOOR_PROMPT : MK_DOOR_SCRIPT, text, origin,
                          line, &result, err));
    const MkStatus st = mk_shell_emit(shell, shell->session, result, err);
    mk_result_free(result);
    shell->has_place = st != MK_OK && !is_person;
    if (shell->has_place && err->text[0] != '\0' && st != MK_ECANCEL) {
        mk_error_prefix(err, "%s:%zu:1", origin, line);
    }
    return st;
}

MkStatus mk_shell_run_words(MkShell *shell, const char *const *words, size_t n, MkError *err)
{
    MkResult *result = NULL;
    MK_TRY(mk_session_run_words(shell->session, MK_DOOR_SHELL, words, n, &result, err));
    const MkStatus st = mk_shell_emit(shell, shell->session, result, err);
    mk_result_free(result);
    return st;
}

/* The line with the -o that stands outside of it. */
static const char *with_output(MkShell *shell, const char *line, const char *path)
{
    const char *word = path != NULL ? mk_word_quote(shell->arena, path) : NULL;
    const char *both = word != NULL ? mk_arena_printf(shell->arena, "%s -o %s", line, word) : NULL;
    return both != NULL ? both : line;
}

static size_t count_executes(const MkCall *call)
{
    size_t n = 0;
    for (size_t i = 0; i < call->n_options; i++) {
        n += strcmp(call->options[i].option->name, "execute") == 0;
    }
    return n;
}

/* Every -e in its order; one may hold several lines. Without a verb after them -o is for the last
 * one. */
MkStatus mk_shell_run_executes(MkShell *shell, const MkCall *call, size_t *n, MkError *err)
{
    const size_t last = count_executes(call);
    const char *path = call->verb == NULL ? mk_call_option(call, "output") : NULL;
    for (size_t i = 0; i < call->n_options && !shell->quit; i++) {
        if (strcmp(call->options[i].option->name, "execute") != 0) {
            continue;
        }
        ++*n;
        char *text = mk_arena_strdup(shell->arena, call->options[i].value);
        if (text == NULL) {
            return mk_fail(err, MK_ENOMEM, "out of memory");
        }
        for (char *at = text; at != NULL && !shell->quit;) {
            char *end = strchr(at, '\n');
            if (end != NULL) {
                *end = '\0';
            }
            const bool is_last = *n == last && end == NULL;
            const char *line = is_last ? with_output(shell, at, path) : at;
            MK_TRY(run_text(shell, line, "-e", *n, err));
            at = end != NULL ? end + 1 : NULL;
        }
    }
    return MK_OK;
}

/* Verbs from standard input. At a terminal there is a prompt and a mistake is no end; elsewhere the
 * first failing line is. */
MkStatus mk_shell_run_input(MkShell *shell, MkError *err)
{
    const bool is_person = isatty(STDIN_FILENO);
    const bool has_prompt = is_person && isatty(STDOUT_FILENO);
    static const char greeting[] =
        "A verb a line: help lists them, help VERB explains one, quit leaves.\n";
    char *line = NULL;
    size_t cap = 0;
    MkStatus st = has_prompt ? mk_shell_put(shell, greeting, sizeof greeting - 1, err) : MK_OK;
    for (size_t i = 1; st == MK_OK && !shell->quit; i++) {
        if (has_prompt) {
            MK_TRY_GOTO(mk_shell_put(shell, "manikin> ", 9, err));
        }
        errno = 0;
        const ssize_t n = getline(&line, &cap, stdin);
        if (n < 0) {
            if (errno != 0 && !mk_cancelled(shell->cancel)) {
                st = mk_fail(err, MK_EIO, "standard input: %s", strerror(errno));
            }
            break;
        }
        if (memchr(line, '\0', (size_t)n) != NULL) {
            st = mk_fail(err, MK_EINVAL, "stdin:%zu:1: a byte 0 in the line", i);
            break;
        }
        line[strcspn(line, "\r\n")] = '\0';
        st = run_text(shell, line, is_person ? "" : "stdin", i, err);
        if (st != MK_OK && is_person && st != MK_ECANCEL && !shell->out_failed) {
            mk_shell_complain(shell, err);
            st = MK_OK;
        }
        if (st != MK_OK) {
            break;
        }
    }
done:
    free(line);
    shell->check_failed = shell->check_failed && !is_person;
    if (st == MK_OK && mk_cancelled(shell->cancel)) {
        return mk_fail(err, MK_ECANCEL, "interrupted");
    }
    return st;
}

MkStatus mk_shell_run_settings(MkShell *shell, MkError *err)
{
    const char *path = mk_shell_xdg_path(shell, "XDG_CONFIG_HOME", ".config", "settings");
    if (shell->no_config || path == NULL || !mk_file_exists(path)) {
        return MK_OK;
    }
    bool quit = false;
    shell->is_quiet = true;
    shell->has_place = true;
    const MkStatus st = mk_session_run_file(shell->session, path, &quit, err);
    shell->is_quiet = false;
    shell->has_place = st != MK_OK;
    return st;
}
