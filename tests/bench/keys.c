/* keys.c - from a key to the screen in the workbench: `keys MODEL [SESSION]` prints lines like
 * speed.c.
 *
 * The real program in a pseudo-terminal of 120x36. The time runs from a key to the last change
 * among the attributes with their live estimates; the plot, drawn by gnuplot beside them, is not
 * waited for. First how long the program takes to open; then a value is taken back (u) and given
 * again (Ctrl-R) in turn; then every key of a recorded session (session.keys says in what words),
 * each sent when the screen has come to rest after the one before. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "tests/term/session.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "model/model.h"
#include "src/base/buf.h"
#include "src/base/file.h"

enum { OPENED = 7, TIMES = 40, LEFT = 46, QUIET_MS = 400, KEY_QUIET_MS = 60, WORK_QUIET_MS = 1500 };
enum { KEYS_MAX = 4096, COLUMNS = 120, ROWS = 36 };

static int by_number(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void report(const char *what, double bar, double reached)
{
    printf("%s\t≤ %g ms\t%.3g ms\t%s\n", what, bar, reached, reached <= bar ? "yes" : "NO");
    (void)fflush(stdout);
}

/* "given NAME=VALUE" of the first number, at its 90 % quantile. */
static bool make_line(const char *path, char *line, size_t room)
{
    MkModel *model = NULL;
    if (mk_model_open(path, &model, NULL) != MK_OK) {
        return false;
    }
    const MkSchema *const schema = mk_model_schema(model);
    bool is_made = false;
    for (size_t j = 0; j < schema->n && !is_made; j++) {
        const MkAttribute *const a = &schema->attributes[j];
        if (a->type == MK_REAL || a->type == MK_POSITIVE) {
            const double x = mk_dist_quantile(mk_model_population(model, j), 0.9);
            is_made = true;
            (void)snprintf(line, room, ":given %s=%.6g\r", a->name, x);
        }
    }
    mk_model_free(model);
    return is_made;
}

/* A new session in a state folder of its own, so that none finds what another left. */
static Session *start(const char *model)
{
    char state[] = "/tmp/manikin-keys.XXXXXX";
    if (mkdtemp(state) == NULL) {
        return NULL;
    }
    (void)setenv("XDG_STATE_HOME", state, 1);
    return session_start(COLUMNS, ROWS, (const char *const[]){"-m", model, NULL});
}

static void stop(Session *session)
{
    char line[128];
    session_free(session);
    (void)snprintf(line, sizeof line, "rm -rf '%s'", getenv("XDG_STATE_HOME"));
    if (system(line) != 0) {
        (void)fprintf(stderr, "keys: %s failed\n", line);
    }
}

/* ---- opening ---- */

static bool time_opening(const char *model)
{
    double times[OPENED];
    for (size_t i = 0; i < OPENED; i++) {
        Session *const session = start(model);
        if (session == NULL) {
            return false;
        }
        times[i] = session_time(session, "", "q quit");
        stop(session);
    }
    qsort(times, OPENED, sizeof *times, by_number);
    report("workbench opened, first screen, median", 150, times[OPENED / 2]);
    return true;
}

/* ---- one change again and again ---- */

static bool time_changes(const char *model, const char *line)
{
    double times[TIMES];
    char what[128];
    Session *const session = start(model);
    if (session == NULL || !session_shows(session, "q quit")) {
        return false;
    }
    (void)session_settle(session, line, LEFT, 1500);
    for (size_t i = 0; i < TIMES; i++) {
        times[i] = session_settle(session, i % 2 == 0 ? "u" : "\x12", LEFT, QUIET_MS);
    }
    stop(session);
    qsort(times, TIMES, sizeof *times, by_number);
    (void)snprintf(what, sizeof what,
                   "key to screen, visible estimates updated, 120x36, median (95 %%: %.3g ms)",
                   times[TIMES - 1 - TIMES / 20]);
    report(what, 16, times[TIMES / 2]);
    return times[0] > 0;
}

/* ---- a recorded session ---- */

typedef struct Replay {
    Session *session;
    double times[KEYS_MAX]; /* of keys that changed something */
    size_t n, n_keys;
    double slowest;
    char slow[64]; /* the slowest key and its line */
} Replay;

static void send_key(Replay *r, const char *bytes, const char *name, size_t line, bool is_work)
{
    double first = 0;
    const double last =
        session_answer(r->session, bytes, LEFT, is_work ? WORK_QUIET_MS : KEY_QUIET_MS, &first);
    const double time = is_work ? first : last;
    r->n_keys++;
    if (time > 0 && r->n < KEYS_MAX) {
        r->times[r->n++] = time;
    }
    if (time > r->slowest) {
        r->slowest = time;
        (void)snprintf(r->slow, sizeof r->slow, "%.20s in line %zu", name, line);
    }
}

static void send_word(Replay *r, const char *word, size_t line, bool is_work)
{
    static const struct {
        const char *name, *bytes;
    } keys[] = {{"Enter", "\r"},     {"Esc", "\033"},     {"Tab", "\t"},      {"Up", "\033[A"},
                {"Down", "\033[B"},  {"Right", "\033[C"}, {"Left", "\033[D"}, {"PgUp", "\033[5~"},
                {"PgDn", "\033[6~"}, {"Home", "\033[H"},  {"End", "\033[F"},  {"Space", " "},
                {"Ctrl-R", "\x12"}};
    char name[128];
    (void)snprintf(name, sizeof name, "%s", word);
    char *const star = strrchr(name, '*');
    const long times = star != NULL ? atol(star + 1) : 1;
    if (star != NULL) {
        *star = '\0';
    }
    for (long t = 0; t < times; t++) {
        const char *bytes = NULL;
        for (size_t k = 0; k < sizeof keys / sizeof *keys; k++) {
            bytes = strcmp(keys[k].name, name) == 0 ? keys[k].bytes : bytes;
        }
        if (bytes != NULL) {
            send_key(r, bytes, name, line, is_work);
        }
        for (const char *c = name; bytes == NULL && *c != '\0'; c++) {
            send_key(r, (const char[]){*c, '\0'}, (const char[]){*c, '\0'}, line, is_work);
        }
    }
}

static void replay_line(Replay *r, char *text, size_t line)
{
    char *rest = NULL;
    bool is_work = false;
    if (text[0] == '#') {
        return;
    }
    for (char *word = strtok_r(text, " ", &rest); word != NULL; word = strtok_r(NULL, " ", &rest)) {
        if (strcmp(word, "!") == 0) {
            is_work = true;
        } else {
            send_word(r, word, line, is_work);
        }
    }
}

static bool time_session(const char *model, const char *path)
{
    static Replay r;
    char what[160];
    MkBuf text;
    mk_buf_init(&text);
    r.session = start(model);
    if (mk_file_read(path, 1 << 20, &text, NULL) != MK_OK || r.session == NULL ||
        !session_shows(r.session, "q quit")) {
        mk_buf_release(&text);
        return false;
    }
    size_t number = 1;
    for (char *line = text.data; line != NULL && *line != '\0'; number++) {
        char *const end = strchr(line, '\n');
        if (end != NULL) {
            *end = '\0';
        }
        replay_line(&r, line, number);
        line = end != NULL ? end + 1 : NULL;
    }
    const bool is_alive = session_shows(r.session, "q quit");
    stop(r.session);
    mk_buf_release(&text);
    qsort(r.times, r.n, sizeof *r.times, by_number);
    if (!is_alive || r.n < 100) {
        return false;
    }
    (void)snprintf(what, sizeof what,
                   "key to screen, recorded session of %zu keys, 95 %% (median %.3g ms, slowest "
                   "%.3g ms: %s)",
                   r.n_keys, r.times[r.n / 2], r.slowest, r.slow);
    report(what, 16, r.times[r.n - 1 - r.n / 20]);
    return true;
}

int main(int argc, char **argv)
{
    char line[512] = "";
    if ((argc != 2 && argc != 3) || !make_line(argv[1], line, sizeof line)) {
        (void)fprintf(stderr, "keys MODEL [SESSION]: no model, or no number in it\n");
        return 1;
    }
    if (!time_opening(argv[1])) {
        (void)fprintf(stderr, "keys: the workbench did not open\n");
        return 1;
    }
    if (!time_changes(argv[1], line)) {
        (void)fprintf(stderr, "keys: the estimates did not move\n");
        return 1;
    }
    if (argc == 3 && !time_session(argv[1], argv[2])) {
        (void)fprintf(stderr, "keys: %s: the session did not come to its end\n", argv[2]);
        return 1;
    }
    return 0;
}
