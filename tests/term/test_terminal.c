/* What the terminal itself has a part in: images, pasted text, stopping, looks, work that is kept.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "tests/term/session.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "src/base/file.h"
#include "src/base/text.h"

static const char *const none[] = {NULL};

static void assert_left(Session *session, int code)
{
    const int status = session_end(session);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), code);
    assert_false(session_is_full_screen(session));
    assert_true(session_is_cooked(session));
}

static void leave(Session *session)
{
    session_send(session, "q");
    assert_left(session, 0);
    session_free(session);
}

/* ---- images ---- */

/* Dots of a sixel image as its bands say: "$" goes back, "-" is a new band. */
static void measure_sixel(const char *text, size_t *width, size_t *height)
{
    size_t x = 0, bands = 1;
    *width = 0;
    for (const char *c = strchr(text, '#'); c != NULL && *c != '\033' && *c != '\0'; c++) {
        size_t times = 1;
        if (*c == '!') {
            char *end = NULL;
            times = strtoul(c + 1, &end, 10);
            c = end;
        } else if (*c == '#') {
            c += strspn(c + 1, "0123456789;");
            continue;
        }
        if (*c >= '?' && *c <= '~') {
            x += times;
            *width = x > *width ? x : *width;
        } else if (*c == '$' || *c == '-') {
            x = 0;
            bands += *c == '-' ? 1 : 0;
        }
    }
    *height = 6 * bands;
}

static bool has_gnuplot(const char *terminal)
{
    char command[256];
    (void)snprintf(
        command, sizeof command,
        "gnuplot -d -e 'set print \"-\"; print GPVAL_TERMINALS' 2>/dev/null | grep -qw %s",
        terminal);
    return system(command) == 0;
}

static void test_a_sixel_terminal_gets_an_image(void **state)
{
    (void)state;
    if (!has_gnuplot("sixelgd")) {
        skip();
    }
    size_t len = 0, width = 0, height = 0;
    Session *session = session_start(120, 36, none);
    session_answers(session, "62;4;22", false, 10, 20, 0);
    assert_shows(session, "q quit");
    assert_shows(session, "population");
    assert_int_equal(session_n_images(session), 0); /* panes are text */
    session_send(session, "Z");
    assert_true(session_has_image(session, true));
    assert_shows(session, "quantiles"); /* its numbers are beside it */
    const char *image = session_image(session, &len);
    assert_memory_equal(image, "\033P", 2);
    assert_memory_equal(image + len - 2, "\033\\", 2);
    measure_sixel(image, &width, &height);
    assert_in_range(width, 600, 900);
    assert_in_range(height, 500, 6 + 640); /* the last band end is empty */
    session_send(session, "\033");
    assert_true(session_has_image(session, false));
    assert_shows(session, "Known");
    session_send(session, "Z");
    assert_true(session_has_image(session, true));
    session_send(session, "?"); /* a text takes its place */
    assert_true(session_has_image(session, false));
    session_send(session, "\033");
    assert_true(session_has_image(session, true));
    const size_t n = session_n_images(session);
    session_resize(session, 100, 30); /* cleared, and drawn for the new size */
    while (session_n_images(session) == n && session_has_image(session, false)) {
        assert_true(session_has_image(session, true));
    }
    assert_true(session_has_image(session, true));
    session_send(session, "\033");
    assert_true(session_has_image(session, false));
    leave(session);
}

static void test_a_kitty_gets_png(void **state)
{
    (void)state;
    if (!has_gnuplot("pngcairo")) {
        skip();
    }
    size_t len = 0;
    (void)setenv("KITTY_WINDOW_ID", "1", 1);
    Session *session = session_start(120, 36, none);
    session_answers(session, "62;22", true, 10, 20, 0);
    assert_shows(session, "q quit");
    session_send(session, "Z");
    assert_true(session_has_image(session, true));
    const unsigned char *image = (const unsigned char *)session_image(session, &len);
    assert_memory_equal(image, "\x89PNG\r\n\x1a\n", 8);
    assert_memory_equal(image + len - 8, "IEND\xae\x42\x60\x82", 8);
    assert_in_range(image[18] * 256 + image[19], 600, 900);
    session_send(session, "\033");
    assert_true(session_has_image(session, false));
    leave(session);
    (void)unsetenv("KITTY_WINDOW_ID");
}

static void test_a_silent_terminal_gets_text_at_once(void **state)
{
    (void)state;
    Session *session = session_start(120, 36, none);
    assert_shows(session, "q quit");
    session_send(session, "Z");
    assert_shows(session, "quantiles");
    assert_shows(session, "┤"); /* the axis of a text plot */
    assert_int_equal(session_n_images(session), 0);
    session_send(session, "\033");
    assert_shows(session, "q quit");
    leave(session);
}

static void test_images_can_be_forbidden_and_demanded(void **state)
{
    (void)state;
    static const char *const never[] = {"--images", "never", NULL};
    static const char *const always[] = {"--images", "sixel", NULL};
    Session *session = session_start(120, 36, never);
    session_answers(session, "62;4;22", false, 10, 20, 0);
    assert_shows(session, "q quit");
    session_send(session, "Z");
    assert_shows(session, "┤");
    assert_int_equal(session_n_images(session), 0);
    session_free(session);
    if (has_gnuplot("sixelgd")) {
        session = session_start(120, 36, always);
        assert_shows(session, "q quit"); /* it says nothing of itself */
        session_send(session, "Z");
        assert_true(session_has_image(session, true));
        session_send(session, ":--images never\r");
        assert_true(session_has_image(session, false));
        assert_shows(session, "┤");
        session_free(session);
    }
}

/* An answer that comes in pieces, with keys before and after it: nothing of it is a key. */
static void test_answers_and_keys_are_told_apart(void **state)
{
    (void)state;
    Session *session = session_start(80, 24, none);
    session_answers(session, "62;4;22", false, 10, 20, 60);
    assert_shows(session, "q quit");
    session_send(session, "/waist\r");
    assert_shows(session, "/waist");
    session_send(session, "\r");
    assert_shows(session, "allowed");
    session_send(session, "140");
    assert_shows(session, "= 140 cm"); /* not 14062 */
    session_send(session, "\r");
    assert_shows(session, ":given waist=140");
    session_free(session);
}

/* ---- pasted text ---- */

static void test_a_pasted_line_waits_at_the_prompt(void **state)
{
    (void)state;
    Session *session = session_start(80, 24, none);
    assert_shows(session, "q quit");
    session_send(session, ":given ");
    assert_shows(session, ":given");
    assert_true(session_paste(session, "age=45 bmi=31"));
    assert_shows(session, ":given age=45 bmi=31");
    assert_shows(session, "Enter run"); /* it has not run */
    session_send(session, "\r");
    assert_shows(session, "given 2");
    session_free(session);
}

static void test_pasted_lines_are_shown_before_they_run(void **state)
{
    (void)state;
    Session *session = session_start(80, 24, none);
    assert_shows(session, "q quit");
    session_send(session, ":");
    assert_shows(session, "Enter run");
    assert_true(session_paste(session, "given age=45\r# a remark\rgiven bmi=31\r"));
    assert_shows(session, "Run what was pasted?");
    assert_shows(session, "# a remark");
    session_send(session, "\033");
    assert_hides(session, "Run what was pasted?");
    assert_shows(session, "were dropped");
    assert_true(session_paste(session, "given age=45\r# a remark\rgiven bmi=31\r"));
    assert_shows(session, "Run what was pasted?");
    session_send(session, "\r");
    assert_shows(session, "given 2");
    assert_true(session_paste(session, "given nonsense=1\rforget --all\r"));
    session_send(session, "\r");
    assert_shows(session, "! ");
    assert_shows(session, "given 2"); /* the line after the wrong one did not run */
    session_free(session);
}

static void test_pasted_text_is_never_taken_as_keys(void **state)
{
    (void)state;
    Session *session = session_start(80, 24, none);
    assert_shows(session, "q quit");
    assert_true(session_paste(session, "q"));
    assert_shows(session, "Run what was pasted?");
    session_send(session, "\033");
    assert_hides(session, "Run what was pasted?");
    session_send(session, "/");
    assert_true(session_paste(session, "waist\rq"));
    assert_shows(session, "/waist");
    session_send(session, "\r\r");
    assert_shows(session, "allowed");
    assert_true(session_paste(session, "140\r"));
    assert_shows(session, "= 140 cm");
    session_send(session, "\033");
    assert_hides(session, "allowed");
    assert_true(session_paste(session, "given age=\a4\0175\r"));
    assert_shows(session, "given age=45");
    session_free(session);
}

/* ---- stopping and going on ---- */

static void test_control_z_gives_the_shell_its_screen(void **state)
{
    (void)state;
    static const char *const shell[] = {"sh", "-i", NULL};
    char line[1200];
    (void)setenv("PS1", "shell> ", 1);
    Session *session = session_start_program(80, 24, shell);
    assert_shows(session, "shell>");
    (void)snprintf(line, sizeof line, "%s/manikin --no-config\r", getenv("MK_BUILDDIR"));
    session_send(session, line);
    assert_shows(session, "q quit");
    session_send(session, "\x1a");
    assert_shows(session, "Stopped");
    assert_false(session_is_full_screen(session));
    session_send(session, "fg; exit\r"); /* what is typed before the workbench is gone is lost */
    assert_shows(session, "q quit");
    assert_true(session_is_full_screen(session));
    session_send(session, ":given age=45\r");
    assert_shows(session, "given 1");
    session_send(session, "qq");
    (void)session_end(session);
    assert_false(session_is_full_screen(session));
    session_free(session);
}

/* ---- looks ---- */

static void test_themes_change_with_a_key_and_a_line(void **state)
{
    (void)state;
    static const char *const contrast[] = {"--theme", "contrast", NULL};
    Session *session = session_start(80, 24, contrast);
    assert_shows(session, "q quit");
    assert_true(session_has_color(session));
    session_send(session, "T");
    assert_shows(session, ":--theme mono");
    assert_false(session_has_color(session));
    session_send(session, ":--theme light\r");
    assert_shows(session, ":--theme light");
    assert_true(session_has_color(session));
    session_send(session, ":--theme solarized\r");
    assert_shows(session, "expected default, light, contrast or mono");
    session_send(session, "q"); /* a look is nothing to save */
    assert_left(session, 0);
    session_free(session);
}

static void test_few_colours_and_none(void **state)
{
    (void)state;
    static const char *const types[] = {"vt100", "xterm", "xterm-16color", "screen-256color"};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        (void)setenv("TERM", types[i], 1);
        Session *session = session_start(80, 24, none);
        if (strcmp(types[i], "xterm-16color") != 0 || session_shows(session, "q quit")) {
            assert_shows(session, "q quit");
            assert_int_equal(session_has_color(session), i > 0);
            leave(session);
        } else {
            session_free(session);
        }
    }
    (void)setenv("TERM", "xterm-256color", 1);
}

/* ---- work that is kept ---- */

static char *state_file(const char *name, char out[1200])
{
    (void)snprintf(out, 1200, "%s/manikin/%s", getenv("XDG_STATE_HOME"), name);
    return out;
}

static void wait_for_text(const char *path, const char *text)
{
    const time_t until = time(NULL) + 20;
    bool found = false;
    while (!found && time(NULL) < until) {
        MkBuf buf;
        mk_buf_init(&buf);
        found = mk_file_read(path, 0, &buf, NULL) == MK_OK && strstr(buf.data, text) != NULL;
        mk_buf_release(&buf);
        const struct timespec pause = {0, 20000000};
        (void)nanosleep(&pause, NULL);
    }
    assert_true(found);
}

/* No signal handler runs at kill -9: what was kept before is what there is. Two workbenches at a
 * time keep to files of their own. */
static void test_work_survives_a_kill_that_nobody_sees(void **state)
{
    (void)state;
    char home[1024], fresh[1100], first[1200], second[1200];
    (void)snprintf(home, sizeof home, "%s", getenv("XDG_STATE_HOME"));
    (void)snprintf(fresh, sizeof fresh, "%s/kills", home);
    (void)setenv("XDG_STATE_HOME", fresh, 1);
    Session *a = session_start(80, 24, none);
    assert_shows(a, "q quit");
    Session *b = session_start(80, 24, none);
    assert_shows(b, "q quit");
    session_send(a, ":given age=45\r");
    assert_shows(a, "given 1");
    session_send(b, ":given age=61\r");
    assert_shows(b, "given 1");
    wait_for_text(state_file("rescued.scenario", first), "age=45");
    wait_for_text(state_file("rescued-1.scenario", second), "age=61");
    session_signal(a, SIGKILL);
    (void)session_end(a);
    session_free(a);
    Session *c = session_start(120, 36, none); /* while b goes on */
    assert_shows(c, "The last session was cut off");
    session_send(c, "\r");
    assert_shows(c, "given 1");
    assert_shows(c, "45 years");
    session_send(c, "qq");
    assert_left(c, 0);
    session_free(c);
    assert_false(mk_file_exists(first));
    assert_true(mk_file_exists(second)); /* b's own is still there */
    session_send(b, "qq");
    assert_left(b, 0); /* asked, and not wanted */
    session_free(b);
    assert_false(mk_file_exists(second));
    (void)setenv("XDG_STATE_HOME", home, 1);
}

/* ---- long work ---- */

static void write_table(const char *path, int rows)
{
    MkBuf text;
    mk_buf_init(&text);
    mk_buf_puts(&text, "age,sex,bmi,waist,hba1c,smoking\n");
    for (int i = 0; i < rows; i++) {
        mk_buf_printf(&text, "%d,%s,,,,\n", 20 + i % 50, i % 2 == 0 ? "male" : "female");
    }
    assert_int_equal(mk_file_write(path, text.data, text.len, NULL), MK_OK);
    mk_buf_release(&text);
}

static void test_the_screen_lives_while_work_runs_and_escape_stops_it(void **state)
{
    (void)state;
    char path[1100], line[2400];
    (void)snprintf(path, sizeof path, "%.1000s/many.csv", getenv("TMPDIR"));
    write_table(path, 20000);
    Session *session = session_start(120, 36, none);
    assert_shows(session, "q quit");
    session_send(session, ":given sex=male\r");
    assert_shows(session, "given 1");
    (void)snprintf(line, sizeof line, ":impute %s --draws 400 -o %s.out.csv\r", path, path);
    session_send(session, line);
    assert_shows(session, "Esc stops");
    session_send(session, "/waist\r"); /* moving, plots and estimates go on */
    assert_shows(session, "Waist circumference, cm");
    session_send(session, "Z");
    assert_shows(session, "quantiles");
    session_send(session, "\033");
    assert_shows(session, "Esc stops");
    assert_hides(session, "quantiles");
    session_send(session, ":given age=50\r"); /* one at a time */
    assert_shows(session, "still running");
    session_send(session, "\033");
    assert_shows(session, "interrupted");
    session_send(session, ":given age=50\r");
    assert_shows(session, "given 2");
    session_free(session);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_sixel_terminal_gets_an_image),
        cmocka_unit_test(test_a_kitty_gets_png),
        cmocka_unit_test(test_a_silent_terminal_gets_text_at_once),
        cmocka_unit_test(test_images_can_be_forbidden_and_demanded),
        cmocka_unit_test(test_answers_and_keys_are_told_apart),
        cmocka_unit_test(test_a_pasted_line_waits_at_the_prompt),
        cmocka_unit_test(test_pasted_lines_are_shown_before_they_run),
        cmocka_unit_test(test_pasted_text_is_never_taken_as_keys),
        cmocka_unit_test(test_control_z_gives_the_shell_its_screen),
        cmocka_unit_test(test_themes_change_with_a_key_and_a_line),
        cmocka_unit_test(test_few_colours_and_none),
        cmocka_unit_test(test_work_survives_a_kill_that_nobody_sees),
        cmocka_unit_test(test_the_screen_lives_while_work_runs_and_escape_stops_it),
    };
    session_data();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
