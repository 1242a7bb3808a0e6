#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "ui/term/workbench.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "src/base/arena.h"
#include "ui/term/guard.h"
#include "ui/term/workbench_priv.h"
#include "ui/view/view.h"

enum {
    BUSY_TICK_MS = 100, /* at most ten status frames a second */
    LOST_READS = 8      /* empty reads in a row that mean the terminal is gone */
};

void mk_workbench_status_init(MkWorkbenchStatus *status)
{
    *status = (MkWorkbenchStatus){.line = ""};
    (void)pthread_mutex_init(&status->lock, NULL);
}

void mk_workbench_progress(void *ctx, const char *line)
{
    MkWorkbenchStatus *status = ctx;
    pthread_mutex_lock(&status->lock);
    (void)snprintf(status->line, sizeof status->line, "%s", line);
    pthread_mutex_unlock(&status->lock);
}

void mk_workbench_partial(void *ctx, struct MkSession *session, MkResult *so_far)
{
    (void)session;
    MkWorkbenchStatus *status = ctx;
    pthread_mutex_lock(&status->lock);
    MkResult *old = status->partial;
    status->partial = so_far;
    pthread_mutex_unlock(&status->lock);
    mk_result_free(old);
}

void mk_workbench_status_release(MkWorkbenchStatus *status)
{
    mk_result_free(status->partial);
    (void)pthread_mutex_destroy(&status->lock);
}

static void do_effects(MkBench *bench, const MkEffects *effects);

void mk_bench_update(MkBench *bench, const MkMsg *msg)
{
    MkEffects effects = {0};
    if (bench->app == NULL) {
        return; /* the model could not be taken up: the loop ends */
    }
    mk_app_update(bench->app, msg, &effects);
    do_effects(bench, &effects);
}

void mk_bench_say(MkBench *bench, MkMood mood, const char *text)
{
    mk_bench_update(bench, &(MkMsg){.kind = MK_MSG_NOTICE, .text = text, .mood = mood});
}

/* How the session wants it to look. */
static void renew_looks(MkBench *bench)
{
    static const struct {
        const char *word;
        MkImages images;
    } kinds[] = {{"never", MK_IMAGES_NONE}, {"sixel", MK_IMAGES_SIXEL}, {"kitty", MK_IMAGES_KITTY}};
    MkTheme theme = MK_THEME_DEFAULT;
    MkImages images = MK_IMAGES_AUTO;
    (void)mk_theme_find(mk_session_theme(bench->session), &theme);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        images = strcmp(mk_session_images(bench->session), kinds[i].word) == 0 ? kinds[i].images
                                                                               : images;
    }
    mk_terminal_set_theme(bench->terminal, theme);
    mk_terminal_set_images(bench->terminal, images);
    if (bench->draw != NULL) {
        mk_bench_renew_cells(bench);
    }
}

double mk_bench_now(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* ---- session to app ---- */

void mk_bench_send_session(MkBench *bench)
{
    const size_t *targets = NULL;
    MkSnapshot snapshot = {.evidence = mk_session_evidence(bench->session)};
    snapshot.n_targets = mk_session_targets(bench->session, &targets);
    snapshot.targets = targets;
    snapshot.n_scenarios = mk_session_n_scenarios(bench->session);
    snapshot.scenarios = mk_session_own_scenarios(bench->session);
    snapshot.n_persons = mk_session_n_persons(bench->session);
    snapshot.persons = snapshot.n_persons > 0 ? mk_session_person(bench->session, 0) : NULL;
    snapshot.revision = mk_session_revision(bench->session);
    snapshot.level = mk_session_level(bench->session);
    snapshot.is_dirty = mk_session_dirty(bench->session);
    snapshot.undo = mk_session_undo_text(bench->session);
    snapshot.theme = mk_session_theme(bench->session);
    renew_looks(bench);
    mk_bench_update(bench, &(MkMsg){.kind = MK_MSG_SESSION, .snapshot = &snapshot});
}

void mk_bench_send_size(MkBench *bench)
{
    MkMsg msg = {.kind = MK_MSG_RESIZE};
    mk_terminal_size(bench->terminal, &msg.columns, &msg.rows);
    mk_bench_update(bench, &msg);
}

static void drop_model(MkBench *bench)
{
    mk_live_close(bench->live);
    mk_draw_close(bench->draw);
    if (bench->app != NULL) { /* the log goes on with another model */
        bench->history = bench->app->history;
        bench->app->history = (MkHistory){0};
    }
    mk_app_free(bench->app);
    free(bench->observed);
    bench->live = NULL;
    bench->draw = NULL;
    bench->app = NULL;
    bench->observed = NULL;
    bench->has_wished = false;
    bench->has_asked = false;
}

static MkStatus make_app(MkBench *bench, MkError *err)
{
    const MkSchema *schema = mk_model_schema(bench->model);
    const MkCard *card = mk_model_card(bench->model);
    bench->observed = mk_heap_array(schema->n > 0 ? schema->n : 1, sizeof *bench->observed);
    if (bench->observed == NULL) {
        return mk_fail(err, MK_ENOMEM, "no memory for the workbench");
    }
    for (size_t j = 0; j < schema->n; j++) {
        bench->observed[j] = mk_model_co_observed(bench->model, j, j);
    }
    char title[96];
    (void)snprintf(title, sizeof title, "%.50s%s%.20s%s", card->name,
                   card->version[0] != '\0' ? " " : "", card->version,
                   mk_session_is_read_only(bench->session) ? " · read-only" : "");
    MkAppConfig config = {.schema = schema,
                          .observed = bench->observed,
                          .title = title,
                          .ascii = bench->config->is_ascii};
    config.verbs = mk_verbs(&config.n_verbs);
    MK_TRY(mk_app_new(&config, &bench->app, err));
    bench->app->history = bench->history;
    bench->history = (MkHistory){0};
    return MK_OK;
}

/* What was run before the screen was there: the log begins with it. */
static void begin_history(MkBench *bench)
{
    const char *const *lines = NULL;
    const size_t n = mk_session_history(bench->session, &lines);
    for (size_t i = 0; i < n; i++) {
        mk_history_add(&bench->history, lines[i], "", false);
    }
}

/* Takes up the session's model: at the start, and when a command has changed it. */
MkStatus mk_bench_adopt_model(MkBench *bench, MkError *err)
{
    const MkModel *model = NULL;
    MK_TRY(mk_session_model(bench->session, &model, err));
    if (model == bench->model && bench->app != NULL) {
        return MK_OK;
    }
    drop_model(bench);
    bench->model = model;
    MK_TRY(make_app(bench, err));
    MK_TRY(mk_live_open(model, mk_guard_wake, &bench->live, err));
    const MkDrawConfig config = {.model = model,
                                 .gnuplot = bench->config->gnuplot != NULL ? bench->config->gnuplot
                                                                           : "gnuplot",
                                 .ascii = bench->config->is_ascii,
                                 .colors = mk_terminal_colors(bench->terminal) != MK_COLORS_MONO,
                                 .wake = mk_guard_wake};
    MK_TRY(mk_draw_open(&config, &bench->draw, err));
    mk_bench_renew_cells(bench);
    mk_bench_send_size(bench);
    mk_bench_send_session(bench);
    return MK_OK;
}

/* ---- effects ---- */

static void suspend(MkBench *bench)
{
    mk_terminal_suspend(bench->terminal);
    mk_guard_stop();
    mk_terminal_resume(bench->terminal);
    mk_bench_send_size(bench);
}

static void do_effects(MkBench *bench, const MkEffects *effects)
{
    for (size_t i = 0; i < effects->n; i++) {
        const MkAsk *ask = &effects->asks[i];
        switch (ask->kind) {
        case MK_ASK_RUN:
            if (!bench->app->prompt.is_open) {
                mk_prompt_remember(bench->prompt, ask->text);
            }
            mk_bench_start_job(bench, ask->text);
            break;
        case MK_ASK_TOO_LONG:
            mk_bench_say(bench, MK_MOOD_BAD,
                         "that line is too long for the screen; put it into a script: run FILE");
            break;
        case MK_ASK_PROMPT:
            mk_bench_open_prompt(bench, ask->text);
            break;
        case MK_ASK_LINES:
            mk_bench_run_lines(bench, bench->app->pasted);
            break;
        case MK_ASK_INTERRUPT:
            if (bench->config->cancel != NULL) {
                atomic_store(&bench->config->cancel->stop, true);
            }
            break;
        case MK_ASK_REPAINT:
            mk_terminal_repaint(bench->terminal);
            break;
        case MK_ASK_SUSPEND:
            suspend(bench);
            break;
        case MK_ASK_QUIT:
            bench->is_over = true;
            break;
        }
    }
}

/* ---- the loop ---- */

static void draw_screen(MkBench *bench)
{
    const MkApp *app = bench->app;
    if (bench->grid == NULL || bench->grid->columns != app->columns ||
        bench->grid->rows != app->rows) {
        mk_grid_free(bench->grid);
        bench->grid = mk_grid_new(app->columns, app->rows, app->config.ascii);
    }
    if (bench->grid != NULL) {
        mk_app_view(app, bench->grid);
        mk_terminal_draw(bench->terminal, bench->grid, mk_bench_image(bench));
    }
}

/* All keys that are there. False when the terminal is gone. */
static bool take_keys(MkBench *bench, bool has_input)
{
    static const size_t most = 256; /* then the screen has its turn */
    size_t n = 0;
    for (uint32_t key = mk_terminal_key(bench->terminal);
         key != MK_KEY_NONE && !bench->is_over && bench->app != NULL;
         key = n < most ? mk_terminal_key(bench->terminal) : MK_KEY_NONE) {
        n++;
        if (key == MK_KEY_ANSWER) {
            mk_bench_renew_cells(bench);
        } else if (key == MK_KEY_PASTE) {
            mk_bench_paste(bench, mk_terminal_pasted(bench->terminal));
        } else if (key ==
                   MK_KEY_RESIZE) { /* what was on its way for the old size may have come since */
            mk_terminal_repaint(bench->terminal);
            mk_bench_renew_cells(bench); /* letters may have another size now */
            mk_bench_send_size(bench);
        } else if (bench->app->prompt.is_open) {
            mk_bench_prompt_key(bench, key);
        } else {
            mk_bench_update(bench, &(MkMsg){.kind = MK_MSG_KEY, .key = key});
        }
        if (mk_guard_is_ending()) {
            break;
        }
    }
    return n > 0 || !has_input;
}

static void take_signals(MkBench *bench)
{
    const MkGuardFlags flags = mk_guard_take();
    if (flags.end != 0) {
        bench->is_over = true;
        bench->code = 128 + flags.end;
    } else if (flags.is_suspend) {
        suspend(bench);
    } else if (flags.is_continue) {
        mk_terminal_resume(bench->terminal);
        mk_bench_send_size(bench);
    }
}

static void loop(MkBench *bench)
{
    int empty_reads = 0;
    while (!bench->is_over && bench->app != NULL) {
        mk_bench_renew_estimates(bench);
        mk_bench_renew_plot(bench);
        draw_screen(bench);
        mk_terminal_ask(bench->terminal); /* once, after the first picture */
        struct pollfd fds[2] = {{.fd = STDIN_FILENO, .events = POLLIN},
                                {.fd = mk_guard_wake_fd(), .events = POLLIN}};
        const int due = mk_bench_autosave(bench);
        const int idle = bench->lines != NULL ? 0 : due;
        const int n = poll(fds, 2, mk_job_is_running(bench->job) ? BUSY_TICK_MS : idle);
        if (n < 0 && errno != EINTR) {
            bench->code = 1;
            return;
        }
        mk_guard_drain();
        take_signals(bench);
        const bool is_lost = n > 0 && (fds[0].revents & (POLLHUP | POLLERR | POLLNVAL)) != 0;
        const bool has_input = n > 0 && (fds[0].revents & POLLIN) != 0;
        empty_reads = take_keys(bench, has_input) ? 0 : empty_reads + 1;
        if ((is_lost && !has_input) || empty_reads >= LOST_READS) {
            bench->code = 128 + SIGHUP;
            return;
        }
        if (mk_job_is_running(bench->job)) {
            mk_bench_show_busy(bench);
            mk_bench_finish_job(bench);
        }
        mk_bench_next_line(bench);
        if (bench->app != NULL) {
            mk_bench_take_live(bench);
            mk_bench_take_drawn(bench);
        }
    }
}

/* ---- start and end ---- */

/* Nothing may scribble on the screen; what libraries say meanwhile is told afterwards. */
static void move_stderr(MkBench *bench)
{
    bench->saved_stderr = -1;
    if (!isatty(STDERR_FILENO)) {
        return;
    }
    bench->stray = tmpfile();
    if (bench->stray == NULL) {
        return;
    }
    bench->saved_stderr = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 10);
    (void)dup2(fileno(bench->stray), STDERR_FILENO);
}

static void return_stderr(MkBench *bench)
{
    if (bench->saved_stderr >= 0) {
        (void)fflush(stderr);
        (void)dup2(bench->saved_stderr, STDERR_FILENO);
        (void)close(bench->saved_stderr);
        bench->saved_stderr = -1;
    }
    if (bench->stray != NULL) {
        char text[512];
        rewind(bench->stray);
        while (fgets(text, sizeof text, bench->stray) != NULL) {
            (void)fputs(text, stderr);
        }
        (void)fclose(bench->stray);
        bench->stray = NULL;
    }
}

static MkStatus open_bench(MkBench *bench, MkError *err)
{
    const MkModel *model = NULL;
    MK_TRY(mk_session_model(bench->session, &model,
                            err)); /* a missing model is told before the screen is taken */
    MK_TRY(mk_guard_open(err));
    MK_TRY(
        mk_prompt_open(bench->config->history_file, mk_bench_complete, bench, &bench->prompt, err));
    MK_TRY(mk_job_new(bench->session, mk_guard_wake, &bench->job, err));
    mk_bench_open_rescue(bench);
    begin_history(bench);
    move_stderr(bench);
    MK_TRY(mk_terminal_open(bench->config->has_colors, MK_THEME_DEFAULT, &bench->terminal, err));
    return mk_bench_adopt_model(bench, err);
}

static void close_bench(MkBench *bench)
{
    mk_terminal_close(bench->terminal);
    return_stderr(bench);
    mk_bench_rescue(bench);
    mk_bench_close_rescue(bench);
    if (mk_job_is_running(bench->job) && bench->config->cancel != NULL) {
        atomic_store(&bench->config->cancel->stop, true);
    }
    drop_model(bench);
    mk_history_release(&bench->history);
    mk_job_free(bench->job);
    mk_prompt_close(bench->prompt);
    free(bench->image_bytes);
    free(bench->lines);
    mk_grid_free(bench->grid);
    mk_guard_close();
}

int mk_workbench_run(MkSession *session, const MkWorkbenchConfig *config)
{
    MkBench bench = {.session = session,
                     .config = config,
                     .saved_stderr = -1,
                     .rescue = {.own_lock = -1, .old_lock = -1}};
    MkError err = {0};
    const MkStatus st = open_bench(&bench, &err);
    if (st == MK_OK) {
        mk_bench_tell_rescued(&bench);
        loop(&bench);
    }
    close_bench(&bench);
    if (st != MK_OK) {
        fprintf(stderr, "manikin: %s\n", err.text);
        return mk_status_exit_code(st);
    }
    return bench.code;
}
