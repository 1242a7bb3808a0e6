/* test_keys.c - five hundred keys in the real program: the screen at the end is that of a second
 * session which ran what the first one saved. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "tests/term/session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { KEYS = 500, ROWS = 36, WIDE = 512 };

static const char *const none[] = {NULL};

typedef struct Part {
    const char *keys;
    const char *until; /* what is to be seen then */
} Part;

/* From the main screen back to the main screen. */
static const Part parts[] = {
    {"/waist\r\r94\r", ":given waist=94"},
    {"\033t", ":target waist"},
    {"/hba1c\r\033t", ":target hba1c"},
    {"/cat:habits type:number\r", "/cat:habits"},
    {"  ", "2 marked"},
    {"t", ":target sleep_hours"},
    {"\033\033", "q quit"},
    {"S", "by shift"},
    {"S", "by spread"},
    {"I", "least first"},
    {"SS", "in the order of the categories"},
    {"P", "against pin"},
    {"/age\r\r45\r", ":given age=45"},
    {"\033P", "unpinned"},
    {":scenario lean bmi=22\r", ":scenario lean"},
    {":scenario heavy from lean bmi=34\r", ":scenario heavy"},
    {"s", "against lean"},
    {"\tj", "edit"},
    {"B", "against heavy"},
    {"d", "what differs most between heavy and lean"},
    {"\033", "against heavy"},
    {"\033", "q quit"},
    {"L", "Session log"},
    {"kkk/scenario\r", "/ filter"},
    {"\033\033", "q quit"},
    {"m", "lines 1-"},
    {"/limits\rnN", "lines"},
    {"q", "q quit"},
    {"?", "Keys here"},
    {"/take back\r", "Take back"},
    {"\r", "taken back: scenario heavy"},
    {"\x12", "done again"},
    {"/smoking\r\r", "mark several"},
    {"g \033[B \r", ":given smoking={"},
    {"\033i", "levels"},
    {"\r", "q quit"},
    {"E", "lines 1-"},
    {"\033r", "lines 1-"},
    {"\033\tjj", "q quit"},
    {"\033", "q quit"},
};

/* Characters and escape sequences, as the program counts keys. */
static size_t count_keys(const char *keys)
{
    size_t n = 0;
    for (; *keys != '\0'; n++) {
        keys += strncmp(keys, "\033[", 2) == 0 ? 3 : 1;
    }
    return n;
}

/* The panes of the main screen, without the plot, the title and what was said last. */
static void copy_panes(Session *session, char out[ROWS][WIDE])
{
    for (int y = 1; y < ROWS - 2; y++) {
        char *row = out[y];
        snprintf(row, WIDE, "%s", session_row(session, y));
        char *border = strstr(row, "│");
        border = border != NULL ? strstr(border + 1, "│") : NULL;
        if (border != NULL) {
            *border = '\0';
        }
    }
}

/* The same rows in the end: estimates come in for a while. */
static void assert_same_panes(Session *a, Session *b)
{
    static char left[ROWS][WIDE], right[ROWS][WIDE];
    bool same = false;
    for (int turn = 0; turn < 100 && !same; turn++) {
        same = true;
        (void)session_settle(a, "", 76, 50);
        (void)session_settle(b, "", 76, 50);
        copy_panes(a, left);
        copy_panes(b, right);
        for (int y = 1; y < ROWS - 2; y++) {
            same = same && strcmp(left[y], right[y]) == 0;
        }
    }
    for (int y = 1; y < ROWS - 2; y++) {
        assert_string_equal(left[y], right[y]);
    }
}

static void test_five_hundred_keys_end_where_the_saved_script_ends(void **state)
{
    (void)state;
    Session *session = session_start(120, ROWS, none);
    char save[256], run[256];
    size_t n = 0;
    assert_shows(session, "q quit");
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        session_send(session, parts[i].keys);
        assert_shows(session, parts[i].until);
        n += count_keys(parts[i].keys);
    }
    snprintf(save, sizeof save, ":save %s/keys.scenario\r", getenv("TMPDIR"));
    session_send(session, save);
    assert_shows(session, "lines saved to");
    n += count_keys(save);
    session_send(session, "g");
    for (n += 1; n + 1 < KEYS; n += 2) {
        session_send(session, "jk");
    }
    session_send(session, n < KEYS ? "jk" : "j");
    Session *second = session_start(120, ROWS, none);
    assert_shows(second, "q quit");
    snprintf(run, sizeof run, ":run %s/keys.scenario\r", getenv("TMPDIR"));
    session_send(second, run);
    assert_shows(second, "Esc back"); /* the last answer */
    session_send(second, "\033");
    assert_shows(second, "2 scenarios");
    session_send(second, n < KEYS ? "gjk" : "gj");
    assert_same_panes(session, second);
    session_free(session);
    session_free(second);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_five_hundred_keys_end_where_the_saved_script_ends),
    };
    session_data();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
