/* session.h - the real program in a pseudo-terminal: keys in, the screen of a terminal emulator
 * out.
 *
 * Nothing sleeps: every look waits for a condition with a deadline. */
#ifndef MK_TESTS_TERM_SESSION_H
#define MK_TESTS_TERM_SESSION_H

#include "tests/check.h"

#include <stdbool.h>
#include <sys/types.h>

typedef struct Session Session;

/* A folder with a small model (tests/cli/people.sh), made once; sets MANIKIN_DATADIR. */
void session_data(void);
/* Starts manikin with a NULL-ended list of words after its name. */
Session *session_start(int columns, int rows, const char *const *words);
/* The same of any program: a shell with job control. */
Session *session_start_program(int columns, int rows, const char *const *argv);
void session_free(Session *session); /* kills what still runs */
void session_send(Session *session, const char *keys);
void session_resize(Session *session, int columns, int rows);
void session_signal(Session *session, int number);
void session_hang_up(Session *session); /* the terminal goes away */

/* What the terminal says of itself when it is asked: `attributes` as "62;4;22", NULL: nothing;
 * images as kitty shows them; dots of a cell, 0: nothing. `pause_ms` between the halves of an
 * answer. */
void session_answers(Session *session, const char *attributes, bool is_kitty, int cell_width,
                     int cell_height, int pause_ms);
/* Waits until an image is on the screen (or none any more). */
bool session_has_image(Session *session, bool wanted);
/* The last image: a sixel sequence, or a PNG file. */
const char *session_image(Session *session, size_t *len);
size_t session_n_images(const Session *session); /* so far */
/* Text as a terminal with bracketed paste sends it; false when the program has not asked for that.
 */
bool session_paste(Session *session, const char *text);
/* Process id of the program, to look at it from outside. */
pid_t session_pid(const Session *session);

/* Waits until a row has the text; false after half a minute. */
bool session_shows(Session *session, const char *text);
/* Waits until no row has it. */
bool session_hides(Session *session, const char *text);
/* Row as text, blanks at the end cut; valid until the next call. */
const char *session_row(Session *session, int row);
bool session_is_full_screen(Session *session); /* the other screen of the terminal is up */
bool session_has_color(Session *session);
bool session_is_ascii(Session *session);
/* Waits for the end; gives the wait status. */
int session_end(Session *session);
/* The terminal's mode has echo and line input again. */
bool session_is_cooked(Session *session);
/* Milliseconds from a key to the screen with a text. */
double session_time(Session *session, const char *keys, const char *text);
/* Milliseconds from keys to the last change in the first `columns` columns of the screen before
 * they stay the same for quiet_ms; 0 when nothing changed. */
double session_settle(Session *session, const char *keys, int columns, int quiet_ms);
/* The same; *first: to the first change. */
double session_answer(Session *session, const char *keys, int columns, int quiet_ms, double *first);

#define assert_shows(session, text)                                                                \
    session_check(session_shows(session, text), session, text, __LINE__)
#define assert_hides(session, text)                                                                \
    session_check(session_hides(session, text), session, text, __LINE__)
void session_check(bool holds, Session *session, const char *text, int line);

#endif
