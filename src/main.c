/* main.c - the start of the program: kernels, signals, options of the command line, and which door
 * they open (workbench, one line, standard input). src/shell does the rest. Exit codes:
 * manikin(1). */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <langinfo.h>
#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "model/nn/blas.h"
#include "src/shell/shell.h"

/* The one global: what a signal handler sets. */
static MkCancel g_cancel;
static volatile sig_atomic_t g_signal;

/* ---- the widest kernels ---- */

/* On some AVX-512 machines the packaged OpenBLAS picks AVX2 kernels, half as fast: start over with
 * the wide ones named. */
static void choose_kernels(char **argv)
{
    static const char guard[] = "MANIKIN_KERNEL_CHOSEN";
    if (getenv("OPENBLAS_CORETYPE") != NULL || getenv(guard) != NULL || !mk_blas_is_narrow()) {
        return;
    }
    if (setenv(guard, "1", 1) == 0 && setenv("OPENBLAS_CORETYPE", mk_blas_wide_core(), 1) == 0) {
        (void)execv("/proc/self/exe", argv);
        (void)unsetenv("OPENBLAS_CORETYPE"); /* it did not work: the narrow kernels do */
    }
}

/* ---- signals ---- */

static void on_signal(int number)
{
    if (g_signal != 0) { /* asked twice: now */
        (void)signal(number, SIG_DFL);
        (void)raise(number);
        return;
    }
    g_signal = number;
    atomic_store_explicit(&g_cancel.stop, true, memory_order_relaxed);
}

static void catch_signals(void)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        struct sigaction old;
        struct sigaction action = {.sa_handler = on_signal}; /* no SA_RESTART: reads end */
        sigemptyset(&action.sa_mask);
        /* A signal that the parent ignores (nohup, a background job) stays ignored. */
        if (sigaction(numbers[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN) {
            (void)sigaction(numbers[i], &action, NULL);
        }
    }
    (void)signal(SIGPIPE, SIG_IGN);
}

/* ---- options ---- */

/* Whether an option word of argv takes the next word as its value. */
static bool takes_next(const char *word)
{
    if (word[0] != '-' || word[1] == '\0' || strcmp(word, "--") == 0) {
        return false;
    }
    if (word[1] != '-') {
        return word[2] == '\0' && strchr("moe", word[1]) != NULL;
    }
    const MkOption *option = strchr(word, '=') == NULL ? mk_option_find(word + 2) : NULL;
    return option != NULL && option->argument != NULL;
}

static bool is_execute(const char *word)
{
    return strncmp(word, "-e", 2) == 0 || strcmp(word, "--execute") == 0 ||
           strncmp(word, "--execute=", 10) == 0;
}

/* The words of the line without -e: what the session runs as the verb's line. */
static size_t without_executes(char **argv, size_t argc, const char **out)
{
    size_t n = 0;
    bool ended = false;
    for (size_t i = 1; i < argc; i++) {
        const size_t length = !ended && takes_next(argv[i]) && i + 1 < argc ? 2 : 1;
        const bool drop = !ended && is_execute(argv[i]);
        ended = ended || strcmp(argv[i], "--") == 0;
        for (size_t k = 0; k < length && !drop; k++) {
            out[n++] = argv[i + k];
        }
        i += length - 1;
    }
    return n;
}

/* Options that hold for every line of this process, as a line of options alone. */
static MkStatus keep_options(MkShell *shell, const MkCall *call, MkError *err)
{
    static const char *const kept[] = {"model",   "format", "json",      "csv",
                                       "level",   "seed",   "read-only", "require-signature",
                                       "threads", "theme",  "images"};
    const char **words = mk_arena_array(shell->arena, 2 * call->n_options + 1, sizeof *words);
    size_t n = 0;
    if (words == NULL) {
        return mk_fail(err, MK_ENOMEM, "out of memory");
    }
    for (size_t i = 0; i < call->n_options; i++) {
        const MkCallOption *option = &call->options[i];
        for (size_t k = 0; k < sizeof kept / sizeof *kept; k++) {
            if (strcmp(option->option->name, kept[k]) != 0) {
                continue;
            }
            const char *name = mk_arena_printf(shell->arena, "--%s", option->option->name);
            words[n++] = name != NULL ? name : "";
            if (option->option->argument != NULL) {
                words[n++] = option->value;
            }
        }
    }
    return n > 0 ? mk_shell_run_words(shell, words, n, err) : MK_OK;
}

static MkStatus read_own_options(MkShell *shell, const MkCall *call, MkError *err)
{
    const char *color = mk_call_option(call, "color");
    const char *type = getenv("TERM");
    const bool is_dumb = type != NULL && strcmp(type, "dumb") == 0 && isatty(STDOUT_FILENO);
    shell->plain = mk_call_option(call, "plain") != NULL || is_dumb;
    shell->no_config = mk_call_option(call, "no-config") != NULL;
    shell->ascii = shell->plain || strcmp(nl_langinfo(CODESET), "UTF-8") != 0;
    if (color == NULL || strcmp(color, "auto") == 0) {
        shell->color = MK_COLOR_AUTO;
    } else if (strcmp(color, "always") == 0) {
        shell->color = MK_COLOR_ALWAYS;
    } else if (strcmp(color, "never") == 0) {
        shell->color = MK_COLOR_NEVER;
    } else {
        return mk_fail(err, MK_EINVAL, "--color %.40s: expected always, never or auto", color);
    }
    return MK_OK;
}

static MkStatus print_version(MkShell *shell, MkError *err)
{
    static const char text[] =
        PACKAGE_STRING "\nLicence GPL-3.0-or-later: free software, without any warranty.\n"
                       "Answers are associations in survey data; this is not a medical device.\n";
    return mk_shell_put(shell, text, sizeof text - 1, err);
}

/* ---- the workbench ---- */

#ifdef HAVE_UI
/* No verb, and a person at a terminal that can show screens. */
static bool opens_workbench(const MkShell *shell, const MkCall *call)
{
    const char *type = getenv("TERM");
    return call->verb == NULL && mk_call_option(call, "execute") == NULL && !shell->plain &&
           isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) && type != NULL && type[0] != '\0' &&
           strcmp(type, "dumb") != 0;
}

static MkStatus run_workbench(MkShell *shell, MkError *err)
{
    const MkWorkbenchConfig config = {
        .is_ascii = shell->ascii,
        .has_colors = mk_shell_wants_color(shell),
        .history_file = mk_shell_xdg_path(shell, "XDG_STATE_HOME", ".local/state", "history"),
        .rescue_file =
            mk_shell_xdg_path(shell, "XDG_STATE_HOME", ".local/state", "rescued.scenario"),
        .status = &shell->status,
        .cancel = shell->cancel};
    const int code = mk_workbench_run(shell->session, &config);
    if (code > 128) {
        g_signal = code - 128;
        return mk_fail(err, MK_ECANCEL, "%s", "");
    }
    shell->code = code;
    return MK_OK;
}
#endif

static double seconds(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* Verb lines given: -e, then the verb. */
static MkStatus run_line(MkShell *shell, const MkCall *call, char **argv, size_t argc, MkError *err)
{
    size_t n_executes = 0;
    MK_TRY(mk_shell_run_executes(shell, call, &n_executes, err));
    if (call->verb != NULL && !shell->quit) {
        const char **words = mk_arena_array(shell->arena, argc, sizeof *words);
        if (words == NULL) {
            return mk_fail(err, MK_ENOMEM, "out of memory");
        }
        const size_t n = without_executes(argv, argc, words);
        shell->has_place = strcmp(call->verb->name, "run") == 0;
        return mk_shell_run_words(shell, words, n, err);
    }
    if (n_executes > 0 || shell->quit) {
        return MK_OK;
    }
    if (mk_call_option(call, "output") != NULL) {
        return mk_fail(err, MK_EINVAL, "--output without a verb");
    }
    return mk_shell_run_input(shell, err);
}

static MkStatus run_all(MkShell *shell, char **argv, size_t argc, MkError *err)
{
    MkCall call = {0};
    MK_TRY(mk_parse_words(shell->arena, (const char *const *)argv + 1, argc - 1, MK_DOOR_SHELL,
                          &call, NULL, err));
    MK_TRY(read_own_options(shell, &call, err));
    if (mk_call_option(&call, "version") != NULL) {
        return print_version(shell, err);
    }
    MkSessionConfig config = {.paths = mk_shell_find_paths(shell),
                              .level = 0.9,
                              .cancel = shell->cancel,
                              .progress = mk_shell_progress,
                              .progress_ctx = shell,
                              .emit = mk_shell_emit,
                              .emit_ctx = shell,
                              .stream = mk_shell_stream,
                              .plotter = mk_shell_describe_plotter,
                              .plotter_ctx = shell,
                              .clock = seconds};
#ifdef HAVE_UI
    const bool is_workbench =
        opens_workbench(shell, &call) && mk_call_option(&call, "help") == NULL;
    if (is_workbench) {
        mk_workbench_status_init(&shell->status);
        config.progress = mk_workbench_progress;
        config.progress_ctx = &shell->status;
        config.partial = mk_workbench_partial;
        config.partial_ctx = &shell->status;
        config.stream = NULL;
        config.keep_last = true; /* emit does the files of a script, the workbench shows its end */
        shell->has_screen = true;
    }
#endif
    MK_TRY(mk_session_new(&config, &shell->session, err));
    if (mk_call_option(&call, "help") != NULL) {
        const char *const words[] = {"help", call.verb != NULL ? call.verb->name : NULL};
        return mk_shell_run_words(shell, words, call.verb != NULL ? 2 : 1, err);
    }
    MK_TRY(mk_shell_run_settings(shell, err));
    MK_TRY(keep_options(shell, &call, err));
    mk_session_settle(shell->session);
#ifdef HAVE_UI
    if (is_workbench) {
        return run_workbench(shell, err);
    }
#endif
    return run_line(shell, &call, argv, argc, err);
}

/* A signal ends the program the way the system expects it, after everything is in order. */
static int exit_code(const MkShell *shell, MkStatus st)
{
    if (st == MK_ECANCEL && g_signal != 0 && g_signal != SIGINT) {
        (void)signal(g_signal, SIG_DFL);
        (void)raise(g_signal);
    }
    if (st == MK_OK && shell->code != 0) {
        return shell->code;
    }
    if (st == MK_OK && shell->check_failed && !shell->out_failed) {
        return mk_status_exit_code(MK_ECHECK);
    }
    return shell->out_failed ? 1 : mk_status_exit_code(st);
}

int main(int argc, char **argv)
{
    choose_kernels(argv);
    mk_blas_init();
    (void)setlocale(LC_CTYPE, "");
    catch_signals();
    MkShell shell = {.cancel = &g_cancel, .arena = mk_arena_new(0), .progress_at = time(NULL)};
    MkError err = {0};
    MkStatus st = shell.arena != NULL && argc > 0 ? run_all(&shell, argv, (size_t)argc, &err)
                                                  : mk_fail(&err, MK_ENOMEM, "out of memory");
    if (st != MK_OK && err.text[0] != '\0') {
        mk_shell_complain(&shell, &err);
    }
    mk_shell_clear_progress(&shell);
    mk_plot_close(shell.plot);
    mk_session_free(shell.session);
#ifdef HAVE_UI
    if (shell.has_screen) {
        mk_workbench_status_release(&shell.status);
    }
#endif
    mk_arena_free(shell.arena);
    return exit_code(&shell, st);
}
