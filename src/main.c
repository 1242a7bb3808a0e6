/* main.c - the shell door: words from the command line, lines from standard input; results to
 * standard output, everything else to standard error. Performs what a result asks for: files,
 * figures. Exit codes: manikin(1). */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "model/nn/blas.h"
#include "src/base/arena.h"
#include "src/base/buf.h"
#include "src/base/file.h"
#include "src/base/text.h"
#include "src/plot/plot.h"
#include "src/render/render.h"
#include "src/script/call.h"
#include "src/script/session.h"

#ifdef HAVE_UI
#include "ui/term/workbench.h"
#endif

enum { WIDTH_OF_PIPES = 10000, PLOT_ROWS = 20, QUIET_SECONDS = 5, PATH_BYTES = 4096 };

/* The one global: what a signal handler sets. */
static MkCancel g_cancel;
static volatile sig_atomic_t g_signal;

typedef enum ColorWhen { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER } ColorWhen;

typedef struct Door {
    MkSession *session;
    MkArena *arena;
    MkPlot *plot;
    bool plot_tried;
    MkError plot_error;
    ColorWhen color;
    bool plain;
    bool ascii;
    bool no_config;
    bool out_failed;   /* standard output is gone; nothing more is said there */
    bool is_quiet;     /* results are dropped: the settings file */
    bool has_place;    /* the failure names its script and line */
    bool has_screen;   /* the workbench is up: nothing is said beside it */
    bool progress_due; /* a progress line stands on the terminal */
    time_t progress_at;
    bool quit;
    int code; /* of the workbench */
#ifdef HAVE_UI
    MkWorkbenchStatus status;
#endif
} Door;

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

/* ---- streams ---- */

static void clear_progress(Door *door)
{
    if (door->progress_due) {
        (void)fputs("\r\033[K", stderr);
        door->progress_due = false;
    }
}

static void say(Door *door, const char *text)
{
    if (door->has_screen) {
        return;
    }
    clear_progress(door);
    (void)fprintf(stderr, "%s\n", text);
}

static void complain(Door *door, const MkError *err)
{
    clear_progress(door);
    const bool is_bare = door->has_place || err->text[0] == '\0';
    (void)fprintf(stderr, "%s%s\n", is_bare ? "" : "manikin: ", err->text);
}

/* To standard output at once. A reader that went away is a silent failure, as with other tools. */
static MkStatus put_out(Door *door, const char *bytes, size_t len, MkError *err)
{
    clear_progress(door);
    while (len > 0 && !door->out_failed) {
        const ssize_t n = write(STDOUT_FILENO, bytes, len);
        if (n < 0 && errno == EINTR) {
            if (mk_cancelled(&g_cancel)) {
                return mk_fail(err, MK_ECANCEL, "interrupted");
            }
            continue;
        }
        if (n < 0) {
            door->out_failed = true;
            if (errno == EPIPE) {
                return mk_fail(err, MK_EIO, "%s", "");
            }
            return mk_fail(err, MK_EIO, "standard output: %s", strerror(errno));
        }
        bytes += n;
        len -= (size_t)n;
    }
    return door->out_failed ? mk_fail(err, MK_EIO, "%s", "") : MK_OK;
}

/* On a terminal the line replaces itself; elsewhere one line now and then. */
static void show_progress(void *ctx, const char *line)
{
    Door *door = ctx;
    if (isatty(STDERR_FILENO)) {
        (void)fprintf(stderr, "\r\033[K%s", line);
        door->progress_due = true;
        return;
    }
    const time_t now = time(NULL);
    if (now - door->progress_at >= QUIET_SECONDS) {
        door->progress_at = now;
        (void)fprintf(stderr, "%s\n", line);
    }
}

/* ---- how results look ---- */

static size_t terminal_width(void)
{
    struct winsize size;
    if (!isatty(STDOUT_FILENO)) {
        return WIDTH_OF_PIPES;
    }
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
        return size.ws_col;
    }
    return 80;
}

static bool wants_color(const Door *door)
{
    const char *none = getenv("NO_COLOR");
    const char *term = getenv("TERM");
    if (door->color != COLOR_AUTO) {
        return door->color == COLOR_ALWAYS;
    }
    return isatty(STDOUT_FILENO) && (none == NULL || none[0] == '\0') && term != NULL &&
           strcmp(term, "dumb") != 0;
}

static MkRenderOptions render_options(const Door *door, MkFormat format)
{
    return (MkRenderOptions){.format = format,
                             .width = terminal_width(),
                             .color = wants_color(door),
                             .ascii = door->ascii};
}

static MkFormat format_of(const Door *door, const MkResult *result)
{
    MkFormat format = result->table_is_data ? MK_FORMAT_CSV : MK_FORMAT_TEXT;
    (void)mk_format_of_name(mk_session_format(door->session), &format);
    return format;
}

/* ---- effects ---- */

static MkStatus need_plot(Door *door, MkError *err)
{
    if (!door->plot_tried) {
        door->plot_tried = true;
        const MkPlotConfig config = {.program = "gnuplot", .ascii = door->ascii};
        if (mk_plot_open(&config, &door->plot, &door->plot_error) != MK_OK) {
            door->plot = NULL;
        }
    }
    if (door->plot == NULL) {
        return mk_fail(err, door->plot_error.status, "%s", door->plot_error.text);
    }
    return MK_OK;
}

static MkStatus write_rendered(Door *door, const MkResult *result, const char *path, MkError *err)
{
    MkFormat format = format_of(door, result);
    MK_TRY(mk_render_file(result, path, format, err));
    (void)mk_format_of_suffix(path, &format);
    for (size_t i = 0; format == MK_FORMAT_CSV && i < result->n_notes; i++) {
        say(door, result->notes[i]);
    }
    return MK_OK;
}

static MkStatus draw_file(Door *door, const MkResult *result, const MkEffect *effect, MkError *err)
{
    const size_t len = strlen(effect->path);
    const bool is_script = len > 3 && strcmp(effect->path + len - 3, ".gp") == 0;
    if (!is_script) {
        MK_TRY(need_plot(door, err));
    }
    return mk_plot_draw_file(door->plot, &result->figures[effect->figure], effect->path, err);
}

/* Width of a plot on the screen; in a pipe that of an ordinary terminal. */
static size_t plot_width(void)
{
    const size_t width = terminal_width();
    return width < 40 || width > 120 ? 80 : width;
}

static MkStatus draw_screen(Door *door, const MkResult *result, const MkEffect *effect,
                            MkError *err)
{
    MK_TRY(need_plot(door, err));
    MkBuf buf;
    mk_buf_init(&buf);
    MkStatus st =
        mk_plot_draw_text(door->plot, &result->figures[effect->figure], plot_width(), PLOT_ROWS,
                          wants_color(door) ? MK_TEXT_ANSI256 : MK_TEXT_MONO, &buf, err);
    if (st == MK_OK) {
        mk_buf_putc(&buf, '\n');
        st = mk_buf_status(&buf, err);
    }
    if (st == MK_OK) {
        st = put_out(door, buf.data, buf.len, err);
    }
    mk_buf_release(&buf);
    return st;
}

/* Files first. *to_file: the result went to one, so not to standard output too. */
static MkStatus perform(Door *door, const MkResult *result, bool *to_file, MkError *err)
{
    for (size_t i = 0; i < result->n_effects; i++) {
        const MkEffect *effect = &result->effects[i];
        if (effect->kind == MK_EFFECT_QUIT) {
            door->quit = true;
        } else if (effect->kind == MK_EFFECT_WRITE && effect->bytes != NULL) {
            MK_TRY(mk_file_write(effect->path, effect->bytes, effect->n_bytes, err));
        } else if (effect->kind == MK_EFFECT_WRITE) {
            *to_file = true;
            MK_TRY(write_rendered(door, result, effect->path, err));
        } else if (effect->path != NULL) {
            *to_file = true;
            MK_TRY(draw_file(door, result, effect, err));
        }
    }
    return MK_OK;
}

/* Figures for the screen belong to the text form only. A plotter that is missing does not hide the
 * numbers. */
static MkStatus draw_all(Door *door, const MkResult *result, MkError *err)
{
    MkStatus st = MK_OK;
    for (size_t i = 0; i < result->n_effects && st == MK_OK; i++) {
        const MkEffect *effect = &result->effects[i];
        if (effect->kind == MK_EFFECT_DRAW && effect->path == NULL) {
            st = draw_screen(door, result, effect, err);
        }
    }
    return st;
}

static MkStatus show(Door *door, const MkResult *result, MkError *err)
{
    const MkFormat format = format_of(door, result);
    const MkRenderOptions options = render_options(door, format);
    MkStatus drawn = MK_OK;
    MkError story = {0};
    if (format == MK_FORMAT_TEXT) {
        drawn = draw_all(door, result, &story);
    }
    MkBuf buf;
    mk_buf_init(&buf);
    MkStatus st = mk_render(result, &options, &buf, err);
    if (st == MK_OK) {
        st = put_out(door, buf.data, buf.len, err);
    }
    for (size_t i = 0; st == MK_OK && format == MK_FORMAT_CSV && i < result->n_notes; i++) {
        say(door, result->notes[i]);
    }
    mk_buf_release(&buf);
    if (st == MK_OK && drawn != MK_OK) {
        return mk_fail(err, drawn, "%s", story.text);
    }
    return st;
}

static MkStatus emit(void *ctx, struct MkSession *session, const MkResult *result, MkError *err)
{
    (void)session;
    Door *door = ctx;
    bool to_file = false;
    MK_TRY(perform(door, result, &to_file, err));
    if ((!to_file || result->is_shown_too) && !door->is_quiet && !door->has_screen) {
        MK_TRY(show(door, result, err));
    }
    if (result->failed_check != NULL) {
        return mk_fail(err, MK_ECHECK, "%s", result->failed_check);
    }
    if (result->is_cut) {
        return mk_fail(err, MK_ECANCEL, "interrupted; this is what there was");
    }
    return MK_OK;
}

static void describe_plotter(void *ctx, char *out)
{
    Door *door = ctx;
    if (need_plot(door, NULL) == MK_OK) {
        mk_plot_version(door->plot, out);
    }
}

static double seconds(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* ---- where things lie ---- */

static const char *join(Door *door, const char *folder, const char *name)
{
    const char *path = mk_arena_printf(door->arena, "%s/%s", folder, name);
    return path != NULL ? path : "";
}

/* Folder of the executable; "" when the system does not tell. */
static const char *own_folder(Door *door)
{
    char path[PATH_BYTES];
    const ssize_t n = readlink("/proc/self/exe", path, sizeof path - 1);
    if (n <= 0) {
        return "";
    }
    path[n] = '\0';
    char *slash = strrchr(path, '/');
    if (slash != NULL) {
        *slash = '\0';
    }
    const char *copy = mk_arena_strdup(door->arena, path);
    return copy != NULL ? copy : "";
}

/* The source tree of a program that runs in place: named by the file manikin-srcdir beside it. */
static const char *source_tree(Door *door, const char *own)
{
    MkBuf buf;
    const char *tree = NULL;
    mk_buf_init(&buf);
    if (own[0] != '\0' &&
        mk_file_read(join(door, own, "manikin-srcdir"), PATH_BYTES, &buf, NULL) == MK_OK) {
        const size_t n = strcspn(buf.data, "\n");
        tree = mk_arena_strndup(door->arena, buf.data, n);
        tree = tree != NULL && mk_file_is_folder(tree) ? tree : NULL;
    }
    mk_buf_release(&buf);
    return tree;
}

/* $VARIABLE/manikin/NAME, or the same under the home folder; NULL without a home. */
static const char *xdg_path(Door *door, const char *variable, const char *fallback,
                            const char *name)
{
    const char *folder = getenv(variable);
    const char *home = getenv("HOME");
    if (folder == NULL || folder[0] != '/') {
        if (home == NULL || home[0] == '\0') {
            return NULL;
        }
        folder = join(door, home, fallback);
    }
    return mk_arena_printf(door->arena, "%s/manikin/%s", folder, name);
}

static MkPaths find_paths(Door *door)
{
    const char *own = own_folder(door);
    const char *data = getenv("MANIKIN_DATADIR");
    const char *tree = source_tree(door, own);
    if (data == NULL || data[0] == '\0') {
        data = tree != NULL ? tree : MK_PKGDATADIR;
    }
    const char *reader = join(door, own, "manikin-readsurvey");
    if (tree == NULL || !mk_file_exists(reader)) {
        reader = MK_PKGLIBEXECDIR "/manikin-readsurvey";
    }
    return (MkPaths){.model_dir = join(door, data, "model"),
                     .user_model_dir = xdg_path(door, "XDG_DATA_HOME", ".local/share", "model"),
                     .sources_dir = join(door, data, "sources"),
                     .scenarios_dir = join(door, data, "scenarios"),
                     .reader = reader};
}

/* ---- running ---- */

static MkStatus run_text(Door *door, const char *text, const char *origin, size_t line,
                         MkError *err)
{
    MkResult *result = NULL;
    const bool is_person = origin[0] == '\0';
    door->has_place = !is_person;
    MK_TRY(mk_session_run(door->session, is_person ? MK_DOOR_PROMPT : MK_DOOR_SCRIPT, text, origin,
                          line, &result, err));
    const MkStatus st = emit(door, door->session, result, err);
    mk_result_free(result);
    door->has_place = st != MK_OK && !is_person;
    if (door->has_place && err->text[0] != '\0' && st != MK_ECANCEL) {
        mk_error_prefix(err, "%s:%zu:1", origin, line);
    }
    return st;
}

static MkStatus run_words(Door *door, const char *const *words, size_t n, MkError *err)
{
    MkResult *result = NULL;
    MK_TRY(mk_session_run_words(door->session, MK_DOOR_SHELL, words, n, &result, err));
    const MkStatus st = emit(door, door->session, result, err);
    mk_result_free(result);
    return st;
}

/* The line with the -o that stands outside of it. */
static const char *with_output(Door *door, const char *line, const char *path)
{
    const char *word = path != NULL ? mk_word_quote(door->arena, path) : NULL;
    const char *both = word != NULL ? mk_arena_printf(door->arena, "%s -o %s", line, word) : NULL;
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
static MkStatus run_executes(Door *door, const MkCall *call, size_t *n, MkError *err)
{
    const size_t last = count_executes(call);
    const char *path = call->verb == NULL ? mk_call_option(call, "output") : NULL;
    for (size_t i = 0; i < call->n_options && !door->quit; i++) {
        if (strcmp(call->options[i].option->name, "execute") != 0) {
            continue;
        }
        ++*n;
        char *text = mk_arena_strdup(door->arena, call->options[i].value);
        if (text == NULL) {
            return mk_fail(err, MK_ENOMEM, "out of memory");
        }
        for (char *at = text; at != NULL && !door->quit;) {
            char *end = strchr(at, '\n');
            if (end != NULL) {
                *end = '\0';
            }
            const bool is_last = *n == last && end == NULL;
            const char *line = is_last ? with_output(door, at, path) : at;
            MK_TRY(run_text(door, line, "-e", *n, err));
            at = end != NULL ? end + 1 : NULL;
        }
    }
    return MK_OK;
}

/* Verbs from standard input. At a terminal there is a prompt and a mistake is no end; elsewhere the
 * first failing line is. */
static MkStatus run_input(Door *door, MkError *err)
{
    const bool is_person = isatty(STDIN_FILENO);
    const bool has_prompt = is_person && isatty(STDOUT_FILENO);
    char *line = NULL;
    size_t cap = 0;
    MkStatus st = MK_OK;
    for (size_t i = 1; !door->quit; i++) {
        if (has_prompt) {
            (void)put_out(door, "manikin> ", 9, NULL);
        }
        errno = 0;
        const ssize_t n = getline(&line, &cap, stdin);
        if (n < 0) {
            if (errno != 0 && !mk_cancelled(&g_cancel)) {
                st = mk_fail(err, MK_EIO, "standard input: %s", strerror(errno));
            }
            break;
        }
        if (memchr(line, '\0', (size_t)n) != NULL) {
            st = mk_fail(err, MK_EINVAL, "stdin:%zu:1: a byte 0 in the line", i);
            break;
        }
        line[strcspn(line, "\r\n")] = '\0';
        st = run_text(door, line, is_person ? "" : "stdin", i, err);
        if (st != MK_OK && is_person && st != MK_ECANCEL && !door->out_failed) {
            complain(door, err);
            st = MK_OK;
        }
        if (st != MK_OK) {
            break;
        }
    }
    free(line);
    if (st == MK_OK && mk_cancelled(&g_cancel)) {
        return mk_fail(err, MK_ECANCEL, "interrupted");
    }
    return st;
}

static MkStatus run_settings_file(Door *door, MkError *err)
{
    const char *path = xdg_path(door, "XDG_CONFIG_HOME", ".config", "settings");
    if (door->no_config || path == NULL || !mk_file_exists(path)) {
        return MK_OK;
    }
    bool quit = false;
    door->is_quiet = true;
    door->has_place = true;
    const MkStatus st = mk_session_run_file(door->session, path, &quit, err);
    door->is_quiet = false;
    door->has_place = st != MK_OK;
    return st;
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
static MkStatus keep_options(Door *door, const MkCall *call, MkError *err)
{
    static const char *const kept[] = {"model", "format", "json",   "csv",
                                       "level", "seed",   "threads"};
    const char **words = mk_arena_array(door->arena, 2 * call->n_options + 1, sizeof *words);
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
            const char *name = mk_arena_printf(door->arena, "--%s", option->option->name);
            words[n++] = name != NULL ? name : "";
            if (option->option->argument != NULL) {
                words[n++] = option->value;
            }
        }
    }
    return n > 0 ? run_words(door, words, n, err) : MK_OK;
}

static MkStatus read_own_options(Door *door, const MkCall *call, MkError *err)
{
    const char *color = mk_call_option(call, "color");
    door->plain = mk_call_option(call, "plain") != NULL;
    door->no_config = mk_call_option(call, "no-config") != NULL;
    door->ascii = door->plain || strcmp(nl_langinfo(CODESET), "UTF-8") != 0;
    if (color == NULL || strcmp(color, "auto") == 0) {
        door->color = COLOR_AUTO;
    } else if (strcmp(color, "always") == 0) {
        door->color = COLOR_ALWAYS;
    } else if (strcmp(color, "never") == 0) {
        door->color = COLOR_NEVER;
    } else {
        return mk_fail(err, MK_EINVAL, "--color %.40s: expected always, never or auto", color);
    }
    return MK_OK;
}

static MkStatus print_version(Door *door, MkError *err)
{
    static const char text[] =
        PACKAGE_STRING "\nLicence GPL-3.0-or-later: free software, without any warranty.\n"
                       "Answers are associations in survey data; this is not a medical device.\n";
    return put_out(door, text, sizeof text - 1, err);
}

/* ---- the workbench ---- */

#ifdef HAVE_UI
/* No verb, and a person at a terminal that can show screens. */
static bool opens_workbench(const Door *door, const MkCall *call)
{
    const char *type = getenv("TERM");
    return call->verb == NULL && mk_call_option(call, "execute") == NULL && !door->plain &&
           isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) && type != NULL && type[0] != '\0' &&
           strcmp(type, "dumb") != 0;
}

static MkStatus run_workbench(Door *door, MkError *err)
{
    const MkWorkbenchConfig config = {
        .is_ascii = door->ascii,
        .has_colors = wants_color(door),
        .history_file = xdg_path(door, "XDG_STATE_HOME", ".local/state", "history"),
        .rescue_file = xdg_path(door, "XDG_STATE_HOME", ".local/state", "rescued.scenario"),
        .status = &door->status,
        .cancel = &g_cancel};
    const int code = mk_workbench_run(door->session, &config);
    if (code > 128) {
        g_signal = code - 128;
        return mk_fail(err, MK_ECANCEL, "%s", "");
    }
    door->code = code;
    return MK_OK;
}
#endif

/* Verb lines given: -e, then the verb. */
static MkStatus run_line(Door *door, const MkCall *call, char **argv, size_t argc, MkError *err)
{
    size_t n_executes = 0;
    MK_TRY(run_executes(door, call, &n_executes, err));
    if (call->verb != NULL && !door->quit) {
        const char **words = mk_arena_array(door->arena, argc, sizeof *words);
        if (words == NULL) {
            return mk_fail(err, MK_ENOMEM, "out of memory");
        }
        const size_t n = without_executes(argv, argc, words);
        door->has_place = strcmp(call->verb->name, "run") == 0;
        return run_words(door, words, n, err);
    }
    if (n_executes > 0 || door->quit) {
        return MK_OK;
    }
    if (mk_call_option(call, "output") != NULL) {
        return mk_fail(err, MK_EINVAL, "--output without a verb");
    }
    return run_input(door, err);
}

static MkStatus run_all(Door *door, char **argv, size_t argc, MkError *err)
{
    MkCall call = {0};
    MK_TRY(mk_parse_words(door->arena, (const char *const *)argv + 1, argc - 1, MK_DOOR_SHELL,
                          &call, NULL, err));
    MK_TRY(read_own_options(door, &call, err));
    if (mk_call_option(&call, "version") != NULL) {
        return print_version(door, err);
    }
    MkSessionConfig config = {.paths = find_paths(door),
                              .level = 0.9,
                              .cancel = &g_cancel,
                              .progress = show_progress,
                              .progress_ctx = door,
                              .emit = emit,
                              .emit_ctx = door,
                              .plotter = describe_plotter,
                              .plotter_ctx = door,
                              .clock = seconds};
#ifdef HAVE_UI
    const bool is_workbench = opens_workbench(door, &call) && mk_call_option(&call, "help") == NULL;
    if (is_workbench) {
        mk_workbench_status_init(&door->status);
        config.progress = mk_workbench_progress;
        config.progress_ctx = &door->status;
        config.keep_last = true; /* emit does the files of a script, the workbench shows its end */
        door->has_screen = true;
    }
#endif
    MK_TRY(mk_session_new(&config, &door->session, err));
    if (mk_call_option(&call, "help") != NULL) {
        const char *const words[] = {"help", call.verb != NULL ? call.verb->name : NULL};
        return run_words(door, words, call.verb != NULL ? 2 : 1, err);
    }
    MK_TRY(run_settings_file(door, err));
    MK_TRY(keep_options(door, &call, err));
    mk_session_settle(door->session);
#ifdef HAVE_UI
    if (is_workbench) {
        return run_workbench(door, err);
    }
#endif
    return run_line(door, &call, argv, argc, err);
}

/* A signal ends the program the way the system expects it, after everything is in order. */
static int exit_code(const Door *door, MkStatus st)
{
    if (st == MK_ECANCEL && g_signal != 0 && g_signal != SIGINT) {
        (void)signal(g_signal, SIG_DFL);
        (void)raise(g_signal);
    }
    if (st == MK_OK && door->code != 0) {
        return door->code;
    }
    return door->out_failed ? 1 : mk_status_exit_code(st);
}

int main(int argc, char **argv)
{
    choose_kernels(argv);
    mk_blas_init();
    (void)setlocale(LC_CTYPE, "");
    catch_signals();
    Door door = {.arena = mk_arena_new(0), .progress_at = time(NULL)};
    MkError err = {0};
    MkStatus st = door.arena != NULL && argc > 0 ? run_all(&door, argv, (size_t)argc, &err)
                                                 : mk_fail(&err, MK_ENOMEM, "out of memory");
    if (st != MK_OK && err.text[0] != '\0') {
        complain(&door, &err);
    }
    clear_progress(&door);
    mk_plot_close(door.plot);
    mk_session_free(door.session);
    mk_arena_free(door.arena);
    return exit_code(&door, st);
}
