/* test_random.c - keys and sizes of the terminal by chance in the real program: it stays alive,
 * fills no more than its screen, and leaves in order.
 *
 * For MK_KEYS_SECONDS (6) with MK_KEYS_SEED (1); `make soak-keys` gives it ten minutes. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "tests/term/session.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "src/base/rng.h"

enum { SECONDS = 6, COLUMNS = 100, ROWS = 30, BURST = 12 };

typedef struct Keys {
    MkRng rng;
    Session *session;
    int columns, rows;
    size_t n_keys, n_sizes, n_sessions;
    char last[1024]; /* keys of the last bursts, as they were sent */
    char state[300];
} Keys;

static size_t below(Keys *k, size_t n)
{
    return mk_rng_below(&k->rng, n);
}

static double now(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Nothing is written; every other session has no place for its history either. */
static void start(Keys *k)
{
    static const char *const words[] = {"--read-only", NULL};
    (void)setenv("XDG_STATE_HOME", k->n_sessions % 2 == 0 ? k->state : "/proc/self", 1);
    k->columns = COLUMNS;
    k->rows = ROWS;
    k->session = session_start(COLUMNS, ROWS, words);
    k->n_sessions++;
    k->last[0] = '\0';
    if (below(k, 2) == 0) { /* otherwise keys come before the first screen */
        assert_shows(k->session, "q quit");
    }
}

static const char *key(Keys *k)
{
    static char one[2];
    static const char *const some[] = {"\r",
                                       "\033",
                                       "\t",
                                       "\033[A",
                                       "\033[B",
                                       "\033[C",
                                       "\033[D",
                                       "\033[H",
                                       "\033[F",
                                       "\033[5~",
                                       "\033[6~",
                                       "\033[3~",
                                       "\033OP",
                                       "\033[15~",
                                       "\177",
                                       " ",
                                       "\001",
                                       "\005",
                                       "\013",
                                       "\014",
                                       "\022",
                                       "\025",
                                       "\027",
                                       "\x1f",
                                       "\033[Z",
                                       "\033f",
                                       "\xC3\xA9",
                                       "\xE4\xBD\x93",
                                       "\xFF",
                                       "\033[200~age=40\r\033[201~",
                                       "\033[<0;10;5M",
                                       "\033[?62;4c",
                                       "\033[8;20;40t"};
    static const char *const lines[] = {":given age=45 sex=male\r",
                                        ":given bmi=25..30\r",
                                        ":scenario lean bmi=22\r",
                                        ":compare\r",
                                        ":plot hba1c vs bmi\r",
                                        ":explore smoking=current\r",
                                        "/hba1c\r",
                                        ":estimate hba1c,bmi\r",
                                        ":sample 20\r",
                                        ":pairs age bmi hba1c\r",
                                        ":optimize hba1c min over bmi --any --seconds 0.2\r",
                                        ":nosuch\r",
                                        ":undo\r",
                                        ":help given\r",
                                        ":person p age=70\r",
                                        ":given smoking={never,former}\r"};
    const size_t what = below(k, 10);
    if (what < 3) {
        return some[below(k, sizeof some / sizeof *some)];
    }
    if (what < 4) {
        return lines[below(k, sizeof lines / sizeof *lines)];
    }
    one[0] = (char)(' ' + (int)below(k, 95));
    return one;
}

static void send(Keys *k)
{
    char burst[1024] = "";
    for (size_t i = 1 + below(k, BURST); i > 0; i--) {
        strcat(burst, key(k));
        k->n_keys++;
    }
    memcpy(k->last, burst, sizeof burst);
    session_send(k->session, burst);
}

/* The sizes that a window goes through while it is dragged come in a row. */
static void resize(Keys *k)
{
    for (size_t i = 1 + below(k, 4); i > 0; i--) {
        k->columns = 20 + (int)below(k, 181);
        k->rows = 5 + (int)below(k, 56);
        session_resize(k->session, k->columns, k->rows);
        k->n_sizes++;
    }
}

/* True while the program runs; one that has ended did so on its own will, in order. */
static bool is_alive(Keys *k)
{
    siginfo_t info = {0};
    const int code =
        waitid(P_PID, (id_t)session_pid(k->session), &info, WEXITED | WNOHANG | WNOWAIT);
    if (code == 0 && info.si_pid == 0) {
        return true;
    }
    const int status = session_end(k->session);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        print_error("seed %s, session %zu, %dx%d: ended with status %d after the keys %s\n",
                    getenv("MK_KEYS_SEED") != NULL ? getenv("MK_KEYS_SEED") : "1", k->n_sessions,
                    k->columns, k->rows, status, k->last);
        for (int y = 0; y < k->rows; y++) {
            print_error("# |%s\n", session_row(k->session, y));
        }
        fail();
    }
    return false;
}

/* Escape goes back, also out of what is being typed; what is not saved is asked about. */
static void quit(Keys *k)
{
    session_resize(k->session, COLUMNS, ROWS);
    k->columns = COLUMNS;
    k->rows = ROWS;
    for (size_t i = 0; i < 12 && is_alive(k); i++) {
        (void)session_settle(k->session, "\033", COLUMNS, 60);
    }
    if (is_alive(k)) {
        assert_shows(k->session, "q quit");
        session_send(k->session, "q");
        (void)session_settle(k->session, "", COLUMNS, 60);
    }
    if (is_alive(k)) {
        session_send(k->session, "y");
    }
    const int status = session_end(k->session);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    assert_true(session_is_cooked(k->session));
}

static double setting(const char *name, double otherwise)
{
    const char *text = getenv(name);
    return text != NULL ? strtod(text, NULL) : otherwise;
}

static void test_no_key_and_no_size_ends_the_workbench(void **state)
{
    static Keys k;
    (void)state;
    const double until = now() + setting("MK_KEYS_SECONDS", SECONDS);
    k.rng = mk_rng((uint64_t)setting("MK_KEYS_SEED", 1), MK_RNG_TEST, 0);
    snprintf(k.state, sizeof k.state, "%.250s/state", getenv("TMPDIR"));
    start(&k);
    while (now() < until) {
        if (below(&k, 8) == 0) {
            resize(&k);
        } else {
            send(&k);
        }
        (void)session_settle(k.session, "", k.columns, (int)below(&k, 30));
        if (!is_alive(&k)) {
            session_free(k.session);
            start(&k);
        }
    }
    quit(&k);
    session_free(k.session);
    print_message("# %zu keys, %zu sizes, %zu sessions\n", k.n_keys, k.n_sizes, k.n_sessions);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_key_and_no_size_ends_the_workbench),
    };
    session_data();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
