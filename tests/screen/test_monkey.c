/* test_monkey.c - keys, sizes and messages in a random order, over a real session: no screen breaks
 * at any of them, and every line that a key composes is one of the language.
 *
 * The same sequence in every run; MK_MONKEY_STEPS and MK_MONKEY_SEED make it longer or another one.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "tests/check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/render/render.h"
#include "tests/unit/small_session.h"
#include "ui/view/app.h"
#include "ui/view/figure.h"
#include "ui/view/view.h"

enum { STEPS = 8000, SEED = 7, LONGEST = 96 /* lines of asks that ask again */ };

typedef struct Monkey {
    MkRng rng;
    MkSession *session;
    const MkSchema *schema;
    MkApp *app;
    size_t observed[8];
    MkResult *last; /* of the lines: what comes as a partial result */
    char line[MK_ASK_BYTES];
    size_t n_lines, n_failed;
    size_t n_seen[MK_SCREENS];
    char failed[MK_ASK_BYTES + MK_ERROR_TEXT + 2]; /* a composed line that is no line */
    size_t depth;
    bool is_typed; /* the line is not a key's */
} Monkey;

static size_t below(Monkey *m, size_t n)
{
    return (size_t)mk_rng_below(&m->rng, n);
}

static void send(Monkey *m, const MkMsg *msg);

static void send_session(Monkey *m)
{
    const size_t *targets = NULL;
    MkSnapshot snapshot = {.evidence = mk_session_evidence(m->session)};
    snapshot.n_targets = mk_session_targets(m->session, &targets);
    snapshot.targets = targets;
    snapshot.n_scenarios = mk_session_n_scenarios(m->session);
    snapshot.scenarios = mk_session_own_scenarios(m->session);
    snapshot.n_persons = mk_session_n_persons(m->session);
    snapshot.persons = snapshot.n_persons > 0 ? mk_session_person(m->session, 0) : NULL;
    snapshot.revision = mk_session_revision(m->session);
    snapshot.level = mk_session_level(m->session);
    snapshot.is_dirty = mk_session_dirty(m->session);
    snapshot.undo = mk_session_undo_text(m->session);
    snapshot.theme = mk_session_theme(m->session);
    send(m, &(MkMsg){.kind = MK_MSG_SESSION, .snapshot = &snapshot});
}

/* A line that a key composed must be one: names and values are those of the model. What the session
 * refuses for its own reasons (nothing to undo, one scenario alone) is shown. */
static void note_failure(Monkey *m, const char *line, const MkError *err)
{
    const bool is_word =
        strstr(err->text, "no attribute") != NULL || strstr(err->text, "no verb") != NULL ||
        strstr(err->text, "does not belong") != NULL || strstr(err->text, "no such option") != NULL;
    m->n_failed++;
    if (is_word && !m->is_typed && m->failed[0] == '\0') {
        snprintf(m->failed, sizeof m->failed, "%s: %s", line, err->text);
    }
}

static void run(Monkey *m, const char *said)
{
    char line[MK_ASK_BYTES];
    MkResult *result = NULL;
    MkError err = {0};
    snprintf(line, sizeof line, "%s", said); /* the ask goes with the next message */
    m->n_lines++;
    const MkStatus st = mk_session_run(m->session, MK_DOOR_PROMPT, line, "", 0, &result, &err);
    send(m, &(MkMsg){.kind = MK_MSG_LINE,
                     .line = line,
                     .text = err.text,
                     .mood = st != MK_OK ? MK_MOOD_BAD : MK_MOOD_ECHO});
    send_session(m);
    if (st != MK_OK) {
        note_failure(m, line, &err);
        send(m, &(MkMsg){.kind = MK_MSG_NOTICE, .text = err.text, .mood = MK_MOOD_BAD});
        return;
    }
    MkBuf text;
    mk_buf_init(&text);
    const MkRenderOptions options = {.format = MK_FORMAT_TEXT, .width = 78};
    assert_int_equal(mk_render(result, &options, &text, &err), MK_OK);
    send(m, &(MkMsg){.kind = MK_MSG_RESULT, .line = line, .result = result, .text = text.data});
    mk_buf_release(&text);
    mk_result_free(m->last);
    m->last = result;
    snprintf(m->line, sizeof m->line, "%s", line);
}

static void open_prompt(Monkey *m, const char *text)
{
    static const MkCandidate some[] = {{"bmi", "Body mass index"}, {"\033[31mhba1c", "%s%n"}};
    char line[MK_ASK_BYTES];
    snprintf(line, sizeof line, "%s", text);
    send(m, &(MkMsg){.kind = MK_MSG_PROMPT,
                     .text = line,
                     .point = below(m, strlen(line) + 1),
                     .n = below(m, 3),
                     .candidates = some});
}

static void answer(Monkey *m, const MkEffects *effects)
{
    for (size_t i = 0; i < effects->n; i++) {
        const char *text = effects->asks[i].text;
        if (effects->asks[i].kind == MK_ASK_RUN) {
            run(m, text);
        } else if (effects->asks[i].kind == MK_ASK_PROMPT) {
            open_prompt(m, text);
        } else if (effects->asks[i].kind == MK_ASK_LINES) {
            m->is_typed = true;
            run(m, m->app->pasted != NULL ? m->app->pasted : "");
        }
    }
}

static void look(Monkey *m)
{
    const MkApp *app = m->app;
    m->n_seen[mk_app_screen(app)]++;
    size_t ids[8];
    MkGrid *grid = mk_grid_new(app->columns, app->rows, app->config.ascii);
    assert_non_null(grid);
    mk_app_view(app, grid);
    mk_grid_free(grid);
    (void)mk_app_visible(app, ids, 8);
    (void)mk_app_where(app);
    (void)mk_figure_inside(app);
    (void)mk_figure_place(app);
    const MkPlotWish wish = mk_app_plot_wish(app);
    assert_true(wish.target == MK_NO_ATTRIBUTE || wish.target < m->schema->n);
    assert_true(wish.versus == MK_NO_ATTRIBUTE || wish.versus < m->schema->n);
    assert_true(wish.result == NULL || wish.figure < wish.result->n_figures);
}

static void send(Monkey *m, const MkMsg *msg)
{
    MkEffects effects = {0};
    mk_app_update(m->app, msg, &effects);
    look(m);
    if (m->depth < LONGEST) {
        m->depth++;
        answer(m, &effects);
        m->depth--;
    }
}

/* ---- what happens ---- */

static double number(Monkey *m)
{
    static const double odd[] = {0, -1, 1e300, -1e300, 1e-300};
    const size_t i = below(m, 40);
    return i < 5    ? odd[i]
           : i == 5 ? (double)NAN
           : i == 6 ? (double)INFINITY
                    : 100 * mk_rng_uniform(&m->rng);
}

static void send_summaries(Monkey *m)
{
    MkSummary all[8];
    size_t ids[8];
    const size_t n = m->schema->n;
    for (size_t j = 0; j < n; j++) {
        const size_t n_levels = m->schema->attributes[j].n_levels;
        ids[j] = j;
        all[j] = (MkSummary){.median = n_levels > 0 ? (double)below(m, n_levels) : number(m),
                             .low = number(m),
                             .high = number(m),
                             .mode_share = number(m),
                             .shift = number(m)};
        for (size_t k = 0; k < MK_SPARK_CELLS; k++) {
            all[j].spark[k] = (float)number(m);
        }
    }
    const bool is_all = below(m, 4) == 0;
    send(m, &(MkMsg){.kind = is_all ? MK_MSG_POPULATION : MK_MSG_SUMMARIES,
                     .revision = m->app->revision - below(m, 2),
                     .ids = ids,
                     .n = n,
                     .summaries = all});
    send(m, &(MkMsg){.kind = MK_MSG_SUPPORT, .revision = m->app->revision, .number = number(m)});
}

static void send_plot(Monkey *m)
{
    static const char *const texts[] = {
        "",
        "\n\n",
        "\033[38;5;33m*\033[0m",
        "\033[",
        "\xC3",
        ("a very long line of a plot that is wider than the pane "
         "which has been made narrow meanwhile ████████████████"),
    };
    MkPlotWish wish = mk_app_plot_wish(m->app);
    wish.revision -= below(m, 2);
    send(m, &(MkMsg){.kind = MK_MSG_PLOT,
                     .wish = &wish,
                     .text = texts[below(m, 6)],
                     .result = below(m, 2) == 0 ? m->last : NULL,
                     .mood = below(m, 8) == 0 ? MK_MOOD_BAD : MK_MOOD_ECHO});
    if (wish.target != MK_NO_ATTRIBUTE) {
        const MkDetail detail = {.attribute = wish.target,
                                 .revision = wish.revision,
                                 .median = number(m),
                                 .low = number(m),
                                 .high = number(m),
                                 .sd = number(m),
                                 .above = number(m)};
        send(m, &(MkMsg){.kind = MK_MSG_DETAIL, .detail = &detail});
    }
}

static void send_text(Monkey *m)
{
    static const char *const lines[] = {"given age=50 bmi=31",
                                        "estimate hba1c",
                                        "nosuch",
                                        "scenario a bmi=22",
                                        "scenario b smoking=current",
                                        "person p age=70",
                                        "target hba1c bmi",
                                        "plot hba1c vs age",
                                        "compare",
                                        "pairs age bmi hba1c",
                                        "",
                                        "forget age",
                                        "optimize hba1c min over bmi=22..30 --any",
                                        "\033]0;x\007",
                                        "explore smoking=current",
                                        "undo"};
    static const MkMsgKind kinds[] = {MK_MSG_PROMPT_DONE, MK_MSG_PROMPT_DONE,  MK_MSG_PASTE,
                                      MK_MSG_RESCUED,     MK_MSG_FIGURE,       MK_MSG_NOTICE,
                                      MK_MSG_BUSY,        MK_MSG_PROMPT_CANCEL};
    const MkMsg msg = {.kind = kinds[below(m, sizeof kinds / sizeof *kinds)],
                       .text = lines[below(m, sizeof lines / sizeof *lines)],
                       .mood = (MkMood)below(m, 4)};
    m->is_typed = true;
    send(m, &msg);
}

static void press(Monkey *m)
{
    static const uint32_t often[] = {'j', 'k', 'h', 'l', '\r', MK_KEY_ESC, MK_KEY_TAB, ' ', 'S'};
    size_t n = 0;
    const MkBinding *bindings = mk_bindings(&n);
    uint32_t key = 0;
    if (below(m, 4) == 0) {
        key = often[below(m, sizeof often / sizeof *often)];
    } else if (below(m, 5) == 0) {
        key = (uint32_t)(below(m, 2) == 0 ? ' ' + below(m, 95) : below(m, 0x110020));
    } else {
        key = bindings[below(m, n)].keys[below(m, 2)];
    }
    send(m, &(MkMsg){.kind = MK_MSG_KEY, .key = key});
}

static void step(Monkey *m)
{
    const size_t what = below(m, 100);
    m->is_typed = false;
    if (what < 86) {
        press(m);
    } else if (what < 89) {
        const bool is_small = below(m, 2) == 0;
        send(m, &(MkMsg){.kind = below(m, 5) == 0 ? MK_MSG_CELLS : MK_MSG_RESIZE,
                         .columns = 1 + below(m, is_small ? 70 : 300),
                         .rows = 1 + below(m, is_small ? 20 : 100)});
    } else if (what < 92) {
        send_summaries(m);
    } else if (what < 95) {
        send_plot(m);
    } else if (what < 96 && m->last != NULL) {
        send(m, &(MkMsg){.kind = MK_MSG_PARTIAL, .line = m->line, .text = "", .result = m->last});
    } else {
        send_text(m);
    }
}

static size_t setting(const char *name, size_t otherwise)
{
    const char *text = getenv(name);
    return text != NULL ? (size_t)strtoull(text, NULL, 10) : otherwise;
}

static void test_no_key_at_no_time_breaks_a_screen(void **state)
{
    Small *small = *state;
    static Monkey m;
    const MkModel *model = NULL;
    MkError err = {0};
    MkResult *none = NULL;
    m.rng = mk_rng(setting("MK_MONKEY_SEED", SEED), MK_RNG_TEST, 0);
    m.session = small->session;
    assert_int_equal(mk_session_model(m.session, &model, &err), MK_OK);
    m.schema = mk_model_schema(model);
    assert_int_equal(mk_session_run(m.session, MK_DOOR_PROMPT, "--read-only", "", 0, &none, &err),
                     MK_OK);
    mk_result_free(none);
    MkAppConfig config = {.schema = m.schema, .observed = m.observed, .title = "small 1.0"};
    config.verbs = mk_verbs(&config.n_verbs);
    assert_int_equal(mk_app_new(&config, &m.app, &err), MK_OK);
    send(&m, &(MkMsg){.kind = MK_MSG_RESIZE, .columns = 120, .rows = 36});
    send_session(&m);
    const size_t n_steps = setting("MK_MONKEY_STEPS", STEPS);
    for (size_t i = 0; i < n_steps; i++) {
        step(&m);
    }
    for (size_t i = 0; i < MK_SCREENS; i++) {
        assert_true(m.n_seen[i] > 0); /* it was everywhere */
    }
    assert_true(m.n_lines > n_steps / 100);
    assert_string_equal(m.failed, "");
    mk_result_free(m.last);
    mk_app_free(m.app);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_no_key_at_no_time_breaks_a_screen, small_open,
                                        small_close),
    };
    return cmocka_run_group_tests(tests, small_set_up, small_tear_down);
}
