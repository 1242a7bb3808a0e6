#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "tests/term/session.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "src/base/file.h"

static const char *const none[] = {NULL};

static void assert_left(Session *session, int code)
{
    const int status = session_end(session);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), code);
    assert_false(session_is_full_screen(session));
    assert_true(session_is_cooked(session));
}

static void test_start_shows_estimates_and_q_leaves(void **state)
{
    (void)state;
    Session *session = session_start(120, 36, none);
    assert_shows(session, "manikin  tiny");
    assert_shows(session, "hba1c");
    assert_shows(session, "q quit");
    assert_true(session_is_full_screen(session));
    assert_shows(session, "population"); /* the plot's title */
    session_send(session, "q");
    assert_left(session, 0);
    session_free(session);
}

static void test_a_value_moves_the_estimates_and_can_be_undone(void **state)
{
    (void)state;
    Session *session = session_start(120, 36, none);
    assert_shows(session, "q quit");
    session_send(session, "/waist\r");
    assert_shows(session, "/waist");
    session_send(session, "\r");
    assert_shows(session, "allowed");
    session_send(session, "140");
    assert_shows(session, "= 140 cm");
    session_send(session, "\r");
    assert_shows(session, ":given waist=140");
    assert_shows(session, "given 1");
    assert_shows(session, "not saved*");
    session_send(session, "u");
    assert_shows(session, "Known                  0");
    session_send(session, "\x12"); /* Ctrl-R */
    assert_shows(session, "140 cm");
    session_send(session, "\033");
    session_send(session, "f");
    assert_shows(session, ":forget waist");
    session_free(session);
}

static void test_a_wrong_value_is_told_while_typing(void **state)
{
    (void)state;
    Session *session = session_start(80, 24, none);
    assert_shows(session, "q quit");
    session_send(session, "/waist\r\r99999");
    assert_shows(session, "! ");
    session_send(session, "\r");
    assert_shows(session, "allowed"); /* the editor stays */
    session_send(session, "\033");
    assert_hides(session, "allowed");
    session_free(session);
}

static void test_a_level_is_picked(void **state)
{
    (void)state;
    Session *session = session_start(80, 24, none);
    assert_shows(session, "q quit");
    session_send(session, "/smoking\r\r");
    assert_shows(session, "Cigarette smoking");
    session_send(session, "g \033[B \r"); /* first, mark, down, mark */
    assert_shows(session, ":given smoking={");
    session_free(session);
}

static void test_prompt_completes_and_remembers(void **state)
{
    (void)state;
    Session *session = session_start(80, 24, none);
    assert_shows(session, "q quit");
    session_send(session, ":s\t\t"); /* Tab takes one after another; all of them stay in sight */
    assert_shows(session, "How typical the evidence is");
    assert_shows(session, "Writes the session as a script");
    session_send(session, "\033");
    assert_hides(session, "How typical the evidence is");
    session_send(session, ":est\t");
    assert_shows(session, ":estimate");
    session_send(session, "hba1c\r");
    assert_shows(session, "Esc back");
    assert_shows(session, "lines 1-");
    session_send(session, "\033");
    assert_shows(session, "q quit");
    session_send(session, ":given age=4");
    assert_shows(session, ":given age=4");
    session_send(session, "\033");
    assert_hides(session, ":given age=4");
    session_send(session, ":\033[A");
    assert_shows(session, ":estimate hba1c");
    session_send(session, "\033");
    session_send(session, ":nonsense\r");
    assert_shows(session, "! ");
    session_send(session, "q");
    assert_left(session, 0);
    session_free(session);
}

static void test_help_is_searched_and_runs_the_entry(void **state)
{
    (void)state;
    Session *session = session_start(120, 36, none);
    assert_shows(session, "q quit");
    session_send(session, "?");
    assert_shows(session, "Keys here");
    session_send(session, "/definition\r");
    assert_hides(session, "Previous pane");
    session_send(session, "\r");
    assert_hides(session, "Keys here");
    assert_shows(session, "measured");
    session_free(session);
}

static void test_every_size_is_survived(void **state)
{
    (void)state;
    Session *session = session_start(120, 36, none);
    assert_shows(session, "q quit");
    session_resize(session, 80, 24);
    assert_shows(session, "q quit");
    session_resize(session, 60, 16);
    assert_shows(session, "[Attributes]");
    session_resize(session, 10, 3);
    assert_shows(session, "manikin");
    assert_hides(session, "quit");
    session_resize(session, 100, 30);
    assert_shows(session, "q quit");
    session_send(session, "q");
    assert_left(session, 0);
    session_free(session);
    session = session_start(10, 3, none);
    assert_shows(session, "manikin");
    session_send(session, "q");
    assert_left(session, 0);
    session_free(session);
}

static void test_keys_before_the_first_screen_count(void **state)
{
    (void)state;
    Session *session = session_start(80, 24, none);
    session_send(session, ":given age=4"); /* as the program starts */
    session_send(session, "4\1775\r");
    assert_shows(session, "given 1");
    session_send(session, ":given");
    assert_shows(session, ":given");
    session_send(session, "\r");
    assert_shows(session, "age");
    assert_shows(session, "45");
    session_free(session);
}

static void test_unsaved_work_is_asked_about_and_escape_never_leaves(void **state)
{
    (void)state;
    Session *session = session_start(80, 24, none);
    assert_shows(session, "q quit");
    session_send(session, ":given age=45\r");
    assert_shows(session, "given 1");
    session_send(session, "\033");
    assert_shows(session, "q leaves the program");
    session_send(session, "q");
    assert_shows(session, "Leave manikin?");
    session_send(session, "\033");
    assert_hides(session, "Leave manikin?");
    session_send(session, "q");
    assert_shows(session, "Leave manikin?");
    session_send(session, "q");
    assert_left(session, 0);
    session_free(session);
}

static void test_a_kill_restores_the_terminal_and_saves_the_work(void **state)
{
    (void)state;
    char home[1024], fresh[1100]; /* not made yet */
    (void)snprintf(home, sizeof home, "%s", getenv("XDG_STATE_HOME"));
    (void)snprintf(fresh, sizeof fresh, "%s/of/another", home);
    (void)setenv("XDG_STATE_HOME", fresh, 1);
    Session *session = session_start(80, 24, none);
    assert_shows(session, "q quit");
    session_send(session, ":given age=45\r");
    assert_shows(session, "given 1");
    session_signal(session, SIGTERM);
    const int status = session_end(session);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGTERM);
    assert_false(session_is_full_screen(session));
    assert_true(session_is_cooked(session));
    char path[1200];
    (void)snprintf(path, sizeof path, "%s/manikin/rescued.scenario", getenv("XDG_STATE_HOME"));
    MkBuf text;
    MkError err = {0};
    mk_buf_init(&text);
    assert_int_equal(mk_file_read(path, 0, &text, &err), MK_OK);
    assert_non_null(strstr(text.data, "age=45"));
    mk_buf_release(&text);
    session_free(session);
    session = session_start(120, 36, none);
    assert_shows(session, "The last session was cut off");
    session_send(session, "\r");
    assert_shows(session, "given 1");
    session_send(session, "qq");
    assert_left(session, 0);
    session_free(session);
    assert_false(mk_file_exists(path)); /* set aside */
    (void)setenv("XDG_STATE_HOME", home, 1);
}

static void test_a_crash_restores_the_terminal(void **state)
{
    (void)state;
    Session *session = session_start(80, 24, none);
    assert_shows(session, "q quit");
    session_signal(session, SIGSEGV);
    const int status = session_end(session);
    assert_true(WIFSIGNALED(status));
    assert_false(session_is_full_screen(session));
    assert_true(session_is_cooked(session));
    session_free(session);
}

static void test_a_terminal_that_goes_away_ends_the_program(void **state)
{
    (void)state;
    Session *session = session_start(80, 24, none);
    assert_shows(session, "q quit");
    session_hang_up(session);
    (void)session_end(session);
    session_free(session);
}

static void test_no_colour_means_none(void **state)
{
    (void)state;
    (void)setenv("NO_COLOR", "1", 1);
    Session *session = session_start(80, 24, none);
    assert_shows(session, "q quit");
    assert_false(session_has_color(session));
    session_free(session);
    (void)unsetenv("NO_COLOR");
    session = session_start(80, 24, none);
    assert_shows(session, "q quit");
    assert_true(session_has_color(session));
    session_free(session);
}

static void test_a_locale_without_utf8_gets_ascii(void **state)
{
    (void)state;
    (void)setenv("LC_ALL", "C", 1);
    Session *session = session_start(80, 24, none);
    assert_shows(session, "q quit");
    assert_shows(session, "hba1c");
    assert_true(session_is_ascii(session));
    session_free(session);
    (void)setenv("LC_ALL", "C.UTF-8", 1);
}

static void test_without_gnuplot_the_pane_says_so(void **state)
{
    (void)state;
    char path[4096];
    (void)snprintf(path, sizeof path, "%s", getenv("PATH"));
    (void)setenv("PATH", "/nonexistent", 1);
    Session *session = session_start(120, 36, none);
    assert_shows(session, "gnuplot");
    session_send(session, "jjq");
    assert_left(session, 0);
    session_free(session);
    (void)setenv("PATH", path, 1);
}

static void test_leaving_does_not_wait_for_a_hung_gnuplot(void **state)
{
    (void)state;
    char path[4096], program[1024], with[5200];
    const char script[] = "#!/bin/sh\nexec sleep 60\n";
    MkError err = {0};
    (void)snprintf(path, sizeof path, "%s", getenv("PATH"));
    (void)snprintf(program, sizeof program, "%s/gnuplot", getenv("TMPDIR"));
    assert_int_equal(mk_file_write(program, script, sizeof script - 1, &err), MK_OK);
    assert_int_equal(chmod(program, 0755), 0);
    (void)snprintf(with, sizeof with, "%s:%s", getenv("TMPDIR"), path);
    (void)setenv("PATH", with, 1);
    Session *session = session_start(120, 36, none);
    assert_shows(session, "drawing");
    const time_t start = time(NULL);
    session_send(session, "q");
    assert_left(session, 0);
    assert_true(time(NULL) - start < 4); /* a request to gnuplot may take 2.5 s, twice */
    session_free(session);
    (void)setenv("PATH", path, 1);
    (void)unlink(program);
}

static void test_a_typed_plot_has_the_size_of_the_screen(void **state)
{
    (void)state;
    Session *session = session_start(120, 36, none);
    session_send(session, ":plot hba1c given age=45\r");
    assert_shows(session, "Plot of the last command");
    session_resize(session, 100, 30);
    assert_shows(session, "Plot of the last…"); /* cut: the narrow screen is there */
    assert_shows(session, "· 50 %");            /* its last line, below the axis */
    session_send(session, "\033");
    session_send(session, "q");
    assert_left(session, 0);
    session_free(session);
}

static void test_a_dumb_terminal_gets_a_line_prompt(void **state)
{
    (void)state;
    (void)setenv("TERM", "dumb", 1);
    Session *session = session_start(80, 24, none);
    assert_shows(session, "manikin>");
    assert_shows(session, "help lists them"); /* what to do first */
    session_send(session, "given age=45\n");
    session_send(session, "estimate bmi\n");
    assert_shows(session, "Body mass index");
    assert_false(session_is_full_screen(session));
    session_send(session, "\004");
    (void)session_end(session);
    session_free(session);
    (void)setenv("TERM", "xterm-256color", 1);
}

static void test_a_changed_value_is_on_the_screen_at_once(void **state)
{
    (void)state;
    Session *session = session_start(120, 36, none);
    assert_shows(session, "q quit");
    session_send(session, ":given age=45\r");
    assert_shows(session, "given 1");
    double total = 0;
    for (int i = 0; i < 10; i++) {
        assert_hides(session, "Every estimate follows");
        total += session_time(session, "u", "Every estimate follows");
        assert_hides(session, "● age");
        total += session_time(session, "\x12", "● age");
    }
    print_message("# key to screen: %.1f ms\n", total / 20);
    assert_true(total / 20 < 100); /* a slow machine is no failure; the bench has the real bar */
    session_free(session);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_start_shows_estimates_and_q_leaves),
        cmocka_unit_test(test_a_value_moves_the_estimates_and_can_be_undone),
        cmocka_unit_test(test_a_wrong_value_is_told_while_typing),
        cmocka_unit_test(test_a_level_is_picked),
        cmocka_unit_test(test_prompt_completes_and_remembers),
        cmocka_unit_test(test_help_is_searched_and_runs_the_entry),
        cmocka_unit_test(test_every_size_is_survived),
        cmocka_unit_test(test_keys_before_the_first_screen_count),
        cmocka_unit_test(test_unsaved_work_is_asked_about_and_escape_never_leaves),
        cmocka_unit_test(test_a_kill_restores_the_terminal_and_saves_the_work),
        cmocka_unit_test(test_a_crash_restores_the_terminal),
        cmocka_unit_test(test_a_terminal_that_goes_away_ends_the_program),
        cmocka_unit_test(test_no_colour_means_none),
        cmocka_unit_test(test_a_locale_without_utf8_gets_ascii),
        cmocka_unit_test(test_without_gnuplot_the_pane_says_so),
        cmocka_unit_test(test_leaving_does_not_wait_for_a_hung_gnuplot),
        cmocka_unit_test(test_a_typed_plot_has_the_size_of_the_screen),
        cmocka_unit_test(test_a_dumb_terminal_gets_a_line_prompt),
        cmocka_unit_test(test_a_changed_value_is_on_the_screen_at_once),
    };
    session_data();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
