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
#include <unistd.h>

#include "src/base/arena.h"
#include "ui/term/draw.h"
#include "ui/term/guard.h"
#include "ui/term/job.h"
#include "ui/term/live.h"
#include "ui/term/prompt.h"
#include "ui/term/terminal.h"
#include "ui/view/app.h"
#include "ui/view/view.h"

enum {
    VISIBLE_MAX = 256,
    LIVE_WAIT_MS = 12,  /* for the estimates on the screen, of the 16 ms from key to screen */
    JOB_WAIT_MS = 120,  /* a shorter command is not worth a status line */
    BUSY_TICK_MS = 100, /* at most ten status frames a second */
    LOST_READS = 8      /* empty reads in a row that mean the terminal is gone */
};

typedef struct Workbench {
    MkSession *session;
    const MkWorkbenchConfig *config;
    MkTerminal *terminal;
    MkPrompt *prompt;
    MkJob *job;
    const MkModel *model;
    double *observed;
    MkApp *app;
    MkLive *live;
    MkDraw *draw;
    MkGrid *grid;
    MkPlotWish wished; /* last wish that was passed on */
    bool has_wished;
    uint64_t asked; /* revision of the last question */
    bool has_asked, asked_population;
    bool is_over;
    bool has_rescued; /* there is work of a session that was cut off */
    int code;
    int saved_stderr; /* -1: not moved */
    FILE *stray;      /* what libraries wrote to standard error meanwhile */
} Workbench;

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

static void do_effects(Workbench *bench, const MkEffects *effects);

static void update(Workbench *bench, const MkMsg *msg)
{
    MkEffects effects = {0};
    if (bench->app == NULL) {
        return; /* the model could not be taken up: the loop ends */
    }
    mk_app_update(bench->app, msg, &effects);
    do_effects(bench, &effects);
}

static void say(Workbench *bench, MkMood mood, const char *text)
{
    update(bench, &(MkMsg){.kind = MK_MSG_NOTICE, .text = text, .mood = mood});
}

/* ---- session to app ---- */

static void send_session(Workbench *bench)
{
    const size_t *targets = NULL;
    MkSnapshot snapshot = {.evidence = mk_session_evidence(bench->session)};
    snapshot.n_targets = mk_session_targets(bench->session, &targets);
    snapshot.targets = targets;
    snapshot.n_scenarios = mk_session_n_scenarios(bench->session);
    snapshot.revision = mk_session_revision(bench->session);
    snapshot.level = mk_session_level(bench->session);
    snapshot.is_dirty = mk_session_dirty(bench->session);
    snapshot.undo = mk_session_undo_text(bench->session);
    update(bench, &(MkMsg){.kind = MK_MSG_SESSION, .snapshot = &snapshot});
}

static void send_size(Workbench *bench)
{
    MkMsg msg = {.kind = MK_MSG_RESIZE};
    mk_terminal_size(bench->terminal, &msg.columns, &msg.rows);
    update(bench, &msg);
}

static void drop_model(Workbench *bench)
{
    mk_live_close(bench->live);
    mk_draw_close(bench->draw);
    mk_app_free(bench->app);
    free(bench->observed);
    bench->live = NULL;
    bench->draw = NULL;
    bench->app = NULL;
    bench->observed = NULL;
    bench->has_wished = false;
    bench->has_asked = false;
    bench->asked_population = false;
}

static MkStatus make_app(Workbench *bench, MkError *err)
{
    const MkSchema *schema = mk_model_schema(bench->model);
    const MkCard *card = mk_model_card(bench->model);
    bench->observed = mk_heap_array(schema->n > 0 ? schema->n : 1, sizeof *bench->observed);
    if (bench->observed == NULL) {
        return mk_fail(err, MK_ENOMEM, "no memory for the workbench");
    }
    for (size_t j = 0; j < schema->n; j++) {
        bench->observed[j] = mk_model_observed(bench->model, j);
    }
    char title[96];
    (void)snprintf(title, sizeof title, "%.60s%s%.30s", card->name,
                   card->version[0] != '\0' ? " " : "", card->version);
    MkAppConfig config = {.schema = schema,
                          .observed = bench->observed,
                          .title = title,
                          .ascii = bench->config->is_ascii};
    config.verbs = mk_verbs(&config.n_verbs);
    return mk_app_new(&config, &bench->app, err);
}

/* Takes up the session's model: at the start, and when a command has changed it. */
static MkStatus adopt_model(Workbench *bench, MkError *err)
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
    send_size(bench);
    send_session(bench);
    return MK_OK;
}

/* ---- estimates and plots ---- */

static void take_live(Workbench *bench)
{
    MkLiveAnswer answer;
    if (!mk_live_take(bench->live, &answer)) {
        return;
    }
    if (answer.error.status != MK_OK && answer.error.status != MK_ECANCEL) {
        say(bench, MK_MOOD_BAD, answer.error.text);
    }
    if (answer.is_population) {
        if (answer.is_complete) {
            MkSummary *all = mk_heap_array(answer.n, sizeof *all);
            for (size_t i = 0; all != NULL && i < answer.n; i++) {
                all[answer.ids[i]] = answer.summaries[i];
            }
            if (all != NULL) {
                update(bench, &(MkMsg){.kind = MK_MSG_POPULATION, .n = answer.n, .summaries = all});
            }
            free(all);
        }
        return;
    }
    if (answer.n > 0) {
        update(bench, &(MkMsg){.kind = MK_MSG_SUMMARIES,
                               .revision = answer.revision,
                               .ids = answer.ids,
                               .n = answer.n,
                               .summaries = answer.summaries});
    }
    if (answer.has_support) {
        update(bench, &(MkMsg){.kind = MK_MSG_SUPPORT,
                               .revision = answer.revision,
                               .number = answer.support});
    }
}

static void ask_live(Workbench *bench, bool is_population)
{
    size_t first[VISIBLE_MAX];
    const MkApp *app = bench->app;
    MkLiveQuestion question = {.revision = app->revision,
                               .evidence = {.n = app->n_known, .known = app->known},
                               .level = app->level,
                               .first = first,
                               .is_population = is_population};
    if (is_population) {
        question.evidence.n = 0;
    } else {
        question.n_first = mk_app_visible(app, first, VISIBLE_MAX);
    }
    MkError err = {0};
    if (mk_live_ask(bench->live, &question, &err) != MK_OK) {
        say(bench, MK_MOOD_BAD, err.text);
    }
    bench->has_asked = true;
    bench->asked = app->revision;
}

/* New evidence: ask, and give the rows on the screen the rest of the frame's time. */
static void renew_estimates(Workbench *bench)
{
    const MkApp *app = bench->app;
    if (!bench->has_asked || bench->asked != app->revision) {
        bench->asked_population = false;
        ask_live(bench, false);
        mk_live_wait(bench->live, LIVE_WAIT_MS);
        take_live(bench);
    }
    if (app->n_fresh < app->config.schema->n || app->has_population) {
        return;
    }
    if (app->n_known == 0) {
        const MkMsg msg = {
            .kind = MK_MSG_POPULATION, .n = app->config.schema->n, .summaries = app->summary};
        update(bench, &msg);
    } else if (!bench->asked_population) {
        bench->asked_population = true;
        ask_live(bench, true);
    }
}

static void renew_plot(Workbench *bench)
{
    const MkPlotWish wish = mk_app_plot_wish(bench->app);
    const MkPlotWish *last = &bench->wished;
    const bool is_same = bench->has_wished && last->target == wish.target &&
                         last->versus == wish.versus && last->columns == wish.columns &&
                         last->rows == wish.rows && last->revision == wish.revision;
    if (is_same || wish.target == MK_NO_ATTRIBUTE) {
        return;
    }
    const MkEvidence evidence = {.n = bench->app->n_known, .known = bench->app->known};
    mk_draw_wish(bench->draw, &wish, evidence, bench->app->level);
    bench->wished = wish;
    bench->has_wished = true;
}

static void take_drawn(Workbench *bench)
{
    MkDrawn drawn;
    if (!mk_draw_take(bench->draw, &drawn)) {
        return;
    }
    if (drawn.has_detail) {
        update(bench, &(MkMsg){.kind = MK_MSG_DETAIL, .detail = &drawn.detail});
    }
    if (drawn.has_plot) {
        update(bench, &(MkMsg){.kind = MK_MSG_PLOT,
                               .wish = &drawn.wish,
                               .text = drawn.text,
                               .mood = drawn.is_failed ? MK_MOOD_BAD : MK_MOOD_ECHO});
    }
    if (drawn.figure != NULL) {
        update(bench, &(MkMsg){.kind = MK_MSG_FIGURE, .text = drawn.figure});
    }
    if (drawn.notice != NULL) {
        say(bench, drawn.is_bad ? MK_MOOD_BAD : MK_MOOD_GOOD, drawn.notice);
    }
    free(drawn.text);
    free(drawn.figure);
    free(drawn.notice);
}

/* ---- commands ---- */

static const MkNode *member(const MkNode *object, const char *key)
{
    const MkNode *node = object != NULL ? object->first : NULL;
    while (node != NULL && (node->key == NULL || strcmp(node->key, key) != 0)) {
        node = node->next;
    }
    return node;
}

static size_t attribute_of(const Workbench *bench, const MkNode *node)
{
    size_t id = 0;
    if (node == NULL || node->kind != MK_NODE_STRING ||
        !mk_schema_find(mk_model_schema(bench->model), node->string, &id)) {
        return MK_NO_ATTRIBUTE;
    }
    return id;
}

/* `plot A` and `plot A vs B` with the session's own evidence become the plot that is kept and
 * renewed. */
static bool keep_plot(Workbench *bench, const MkJobDone *done)
{
    if (strcmp(done->result->verb, "plot") != 0 || done->result->n_figures != 1 ||
        strstr(done->line, " given ") != NULL || strstr(done->line, " -") != NULL) {
        return false;
    }
    const MkNode *versus = member(done->result->data, "versus");
    const MkNode *list = member(done->result->data, versus != NULL ? "targets" : "estimates");
    const MkNode *target = list != NULL ? member(list->first, "attribute") : NULL;
    const size_t id = attribute_of(bench, target);
    if (id == MK_NO_ATTRIBUTE ||
        (versus != NULL && attribute_of(bench, versus) == MK_NO_ATTRIBUTE)) {
        return false;
    }
    update(bench,
           &(MkMsg){.kind = MK_MSG_SHOW,
                    .target = id,
                    .versus = versus != NULL ? attribute_of(bench, versus) : MK_NO_ATTRIBUTE});
    return true;
}

static void draw_result(Workbench *bench, MkJobDone *done)
{
    bool has_drawing = false;
    for (size_t i = 0; i < done->result->n_effects; i++) {
        has_drawing = has_drawing || done->result->effects[i].kind == MK_EFFECT_DRAW;
    }
    if (!has_drawing || keep_plot(bench, done)) {
        return;
    }
    MkMainLayout layout;
    mk_main_layout(bench->app, &layout);
    MkRect inside = mk_pane_inside(layout.panes[MK_PANE_PLOT]);
    if (inside.w == 0) {
        inside = layout.body;
    }
    mk_draw_result(bench->draw, done->result, inside.w, inside.h > 1 ? inside.h - 1 : inside.h);
    done->result = NULL;
}

static void release_done(MkJobDone *done)
{
    free(done->line);
    free(done->text);
    mk_result_free(done->result);
}

static void finish_job(Workbench *bench)
{
    MkJobDone done;
    MkError err = {0};
    if (!mk_job_take(bench->job, &done)) {
        return;
    }
    update(bench, &(MkMsg){.kind = MK_MSG_BUSY, .text = ""});
    if (adopt_model(bench, &err) != MK_OK) {
        fprintf(stderr, "manikin: %s\n", err.text);
        bench->is_over = true;
        bench->code = mk_status_exit_code(err.status);
        release_done(&done);
        return;
    }
    send_session(bench);
    if (done.status != MK_OK) {
        say(bench, MK_MOOD_BAD, done.error.text);
    } else {
        update(bench, &(MkMsg){.kind = MK_MSG_RESULT,
                               .line = done.line,
                               .text = done.text != NULL ? done.text : ""});
        if (done.result != NULL) {
            draw_result(bench, &done);
        }
        if (done.is_quit) {
            update(bench, &(MkMsg){.kind = MK_MSG_KEY, .key = 'q'});
        }
    }
    release_done(&done);
}

static void start_job(Workbench *bench, const char *line)
{
    MkError err = {0};
    if (bench->config->cancel != NULL && !mk_job_is_running(bench->job)) {
        atomic_store(&bench->config->cancel->stop, false);
    }
    const size_t width = bench->app->columns > 2 ? bench->app->columns - 2 : 78;
    if (mk_job_start(bench->job, line, width, bench->config->is_ascii, &err) != MK_OK) {
        say(bench, MK_MOOD_BAD, err.text);
        return;
    }
    if (mk_job_wait(bench->job, JOB_WAIT_MS)) {
        finish_job(bench);
    }
}

static void show_busy(Workbench *bench)
{
    char text[256];
    char line[sizeof bench->config->status->line] = "";
    MkWorkbenchStatus *status = bench->config->status;
    if (status != NULL) {
        pthread_mutex_lock(&status->lock);
        memcpy(line, status->line, sizeof line);
        pthread_mutex_unlock(&status->lock);
    }
    (void)snprintf(text, sizeof text, "%.120s", line[0] != '\0' ? line : mk_job_line(bench->job));
    update(bench, &(MkMsg){.kind = MK_MSG_BUSY, .text = text});
}

/* ---- prompt ---- */

typedef struct Words {
    size_t n;
    char words[MK_CANDIDATES_MAX][64];
    char helps[MK_CANDIDATES_MAX][96];
} Words;

static void add_candidate(void *ctx, const char *word, const char *help)
{
    Words *words = ctx;
    if (words->n < MK_CANDIDATES_MAX) {
        (void)snprintf(words->words[words->n], sizeof words->words[0], "%s", word);
        (void)snprintf(words->helps[words->n], sizeof words->helps[0], "%s",
                       help != NULL ? help : "");
        words->n++;
    }
}

static void complete(void *owner, const char *line, size_t point,
                     void (*add)(void *ctx, const char *word, const char *help), void *ctx)
{
    Workbench *bench = owner;
    if (!mk_job_is_running(bench->job)) {
        mk_session_complete(bench->session, line, point, add, ctx);
    }
}

static void send_prompt(Workbench *bench)
{
    Words words = {0};
    MkCandidate candidates[MK_CANDIDATES_MAX];
    const char *text = mk_prompt_text(bench->prompt);
    const size_t point = mk_prompt_point(bench->prompt);
    complete(bench, text, point, add_candidate, &words);
    for (size_t i = 0; i < words.n; i++) {
        candidates[i] = (MkCandidate){words.words[i], words.helps[i]};
    }
    update(bench, &(MkMsg){.kind = MK_MSG_PROMPT,
                           .text = text,
                           .point = point,
                           .candidates = candidates,
                           .n = words.n});
}

static void open_prompt(Workbench *bench, const char *text)
{
    mk_prompt_begin(bench->prompt, text);
    send_prompt(bench);
}

static void prompt_key(Workbench *bench, uint32_t key)
{
    const bool is_escape = key == MK_KEY_ESC && !mk_prompt_wants_escape(bench->prompt);
    if (is_escape || key == MK_KEY_CTRL('C') || key == MK_KEY_CTRL('G') ||
        (key == MK_KEY_BACKSPACE && mk_prompt_text(bench->prompt)[0] == '\0')) {
        mk_prompt_cancel(bench->prompt);
        update(bench, &(MkMsg){.kind = MK_MSG_PROMPT_CANCEL});
        return;
    }
    switch (mk_prompt_key(bench->prompt, key)) {
    case MK_PROMPT_GOES_ON:
        send_prompt(bench);
        break;
    case MK_PROMPT_DONE:
        update(bench, &(MkMsg){.kind = MK_MSG_PROMPT_DONE, .text = mk_prompt_text(bench->prompt)});
        break;
    case MK_PROMPT_CANCELLED:
        update(bench, &(MkMsg){.kind = MK_MSG_PROMPT_CANCEL});
        break;
    }
}

/* ---- effects ---- */

static void suspend(Workbench *bench)
{
    mk_terminal_suspend(bench->terminal);
    mk_guard_stop();
    mk_terminal_resume(bench->terminal);
    send_size(bench);
}

static void do_effects(Workbench *bench, const MkEffects *effects)
{
    for (size_t i = 0; i < effects->n; i++) {
        const MkAsk *ask = &effects->asks[i];
        switch (ask->kind) {
        case MK_ASK_RUN:
            if (!bench->app->prompt.is_open) {
                mk_prompt_remember(bench->prompt, ask->text);
            }
            start_job(bench, ask->text);
            break;
        case MK_ASK_PROMPT:
            open_prompt(bench, ask->text);
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

static void draw_screen(Workbench *bench)
{
    const MkApp *app = bench->app;
    if (bench->grid == NULL || bench->grid->columns != app->columns ||
        bench->grid->rows != app->rows) {
        mk_grid_free(bench->grid);
        bench->grid = mk_grid_new(app->columns, app->rows, app->config.ascii);
    }
    if (bench->grid != NULL) {
        mk_app_view(app, bench->grid);
        mk_terminal_draw(bench->terminal, bench->grid);
    }
}

/* All keys that are there. False when the terminal is gone. */
static bool take_keys(Workbench *bench, bool has_input)
{
    static const size_t most = 256; /* then the screen has its turn */
    size_t n = 0;
    for (uint32_t key = mk_terminal_key(bench->terminal);
         key != MK_KEY_NONE && !bench->is_over && bench->app != NULL;
         key = n < most ? mk_terminal_key(bench->terminal) : MK_KEY_NONE) {
        n++;
        if (key == MK_KEY_RESIZE) {
            send_size(bench);
        } else if (bench->app->prompt.is_open) {
            prompt_key(bench, key);
        } else {
            update(bench, &(MkMsg){.kind = MK_MSG_KEY, .key = key});
        }
        if (mk_guard_take().end != 0) {
            break;
        }
    }
    return n > 0 || !has_input;
}

static void take_signals(Workbench *bench)
{
    const MkGuardFlags flags = mk_guard_take();
    if (flags.end != 0) {
        bench->is_over = true;
        bench->code = 128 + flags.end;
    } else if (flags.is_suspend) {
        suspend(bench);
    } else if (flags.is_continue) {
        mk_terminal_resume(bench->terminal);
        send_size(bench);
    }
}

static void loop(Workbench *bench)
{
    int empty_reads = 0;
    while (!bench->is_over && bench->app != NULL) {
        renew_estimates(bench);
        renew_plot(bench);
        draw_screen(bench);
        struct pollfd fds[2] = {{.fd = STDIN_FILENO, .events = POLLIN},
                                {.fd = mk_guard_wake_fd(), .events = POLLIN}};
        const int n = poll(fds, 2, mk_job_is_running(bench->job) ? BUSY_TICK_MS : -1);
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
            show_busy(bench);
            finish_job(bench);
        }
        if (bench->app != NULL) {
            take_live(bench);
            take_drawn(bench);
        }
    }
}

/* ---- start and end ---- */

/* Killed or cut off with unsaved work: it goes into the rescue file. */
static void rescue(Workbench *bench)
{
    if (bench->code < 128 || bench->config->rescue_file == NULL || bench->app == NULL) {
        return;
    }
    if (mk_job_is_running(bench->job)) {
        if (bench->config->cancel != NULL) {
            atomic_store(&bench->config->cancel->stop, true);
        }
        MkJobDone done;
        if (!mk_job_wait(bench->job, 2000) || !mk_job_take(bench->job, &done)) {
            return;
        }
        release_done(&done);
    }
    if (!mk_session_dirty(bench->session)) {
        return;
    }
    MkResult *result = NULL;
    MkError err = {0};
    MkBuf notice;
    mk_buf_init(&notice);
    const char *words[] = {"save", bench->config->rescue_file};
    if (mk_session_run_words(bench->session, MK_DOOR_PROMPT, words, 2, &result, &err) == MK_OK &&
        result != NULL && mk_job_write(result, &notice, &err) == MK_OK) {
        fprintf(stderr, "manikin: unsaved work is in %s\n", bench->config->rescue_file);
    }
    mk_buf_release(&notice);
    mk_result_free(result);
}

/* Work rescued by an earlier session is told about once; after an orderly end it is set aside. */
static void tell_rescued(Workbench *bench)
{
    const char *path = bench->config->rescue_file;
    bench->has_rescued = path != NULL && access(path, R_OK) == 0;
    if (bench->has_rescued) {
        char text[MK_ASK_BYTES];
        (void)snprintf(text, sizeof text,
                       "an earlier session was cut off: :run '%s' brings it back", path);
        say(bench, MK_MOOD_WARN, text);
    }
}

static void set_aside_rescued(Workbench *bench)
{
    char old[4096];
    const int n =
        snprintf(old, sizeof old, "%s.old", bench->has_rescued ? bench->config->rescue_file : "");
    if (bench->has_rescued && bench->code == 0 && n > 0 && (size_t)n < sizeof old) {
        (void)rename(bench->config->rescue_file, old);
    }
}

/* Nothing may scribble on the screen; what libraries say meanwhile is told afterwards. */
static void move_stderr(Workbench *bench)
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

static void return_stderr(Workbench *bench)
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

static MkStatus open_bench(Workbench *bench, MkError *err)
{
    const MkModel *model = NULL;
    MK_TRY(mk_session_model(bench->session, &model,
                            err)); /* a missing model is told before the screen is taken */
    MK_TRY(mk_guard_open(err));
    MK_TRY(mk_prompt_open(bench->config->history_file, complete, bench, &bench->prompt, err));
    MK_TRY(mk_job_new(bench->session, mk_guard_wake, &bench->job, err));
    move_stderr(bench);
    MK_TRY(mk_terminal_open(bench->config->has_colors, &bench->terminal, err));
    return adopt_model(bench, err);
}

static void close_bench(Workbench *bench)
{
    mk_terminal_close(bench->terminal);
    return_stderr(bench);
    rescue(bench);
    drop_model(bench);
    mk_job_free(bench->job);
    mk_prompt_close(bench->prompt);
    mk_grid_free(bench->grid);
    mk_guard_close();
}

int mk_workbench_run(MkSession *session, const MkWorkbenchConfig *config)
{
    Workbench bench = {.session = session, .config = config, .saved_stderr = -1};
    MkError err = {0};
    const MkStatus st = open_bench(&bench, &err);
    if (st == MK_OK) {
        tell_rescued(&bench);
        loop(&bench);
        set_aside_rescued(&bench);
    }
    close_bench(&bench);
    if (st != MK_OK) {
        fprintf(stderr, "manikin: %s\n", err.text);
        return mk_status_exit_code(st);
    }
    return bench.code;
}
