/* guard.h - signals: the terminal is given back on every way out, and what must wait becomes a
 * flag.
 *
 * SIGTERM, SIGHUP and SIGINT ask the loop to end; SIGTSTP asks it to suspend; SIGCONT asks for a
 * new picture. SIGSEGV, SIGBUS, SIGFPE, SIGILL and SIGABRT write the sequences that restore the
 * terminal, put its mode back, and let the signal go on. A flag is followed by a byte into the wake
 * pipe, and so is SIGWINCH, whose flag is ncurses's: a poll that has just begun is woken too. */
#ifndef MK_UI_TERM_GUARD_H
#define MK_UI_TERM_GUARD_H

#include <stdbool.h>

#include "src/base/status.h"

typedef struct MkGuardFlags {
    int end; /* signal that asks to end, or 0 */
    bool is_suspend;
    bool is_continue;
} MkGuardFlags;

/* Makes the wake pipe (both ends non-blocking, close-on-exec) and installs the handlers; remembers
 * the terminal's mode. */
MK_NODISCARD MkStatus mk_guard_open(MkError *err);
/* Puts the handlers back. */
void mk_guard_close(void);
/* Wakes on SIGWINCH, after the handler that is there: ncurses's, once its screen is up. */
void mk_guard_watch_size(void);
int mk_guard_wake_fd(void); /* to poll; -1 when closed */
void mk_guard_wake(void);   /* from any thread */
void mk_guard_drain(void);  /* empties the pipe */
MkGuardFlags mk_guard_take(void);
bool mk_guard_is_ending(void); /* a signal wants the end; takes nothing */
/* While `armed`, the way out writes `sequence` (kept as a copy) to the terminal. */
void mk_guard_arm(const char *sequence);
void mk_guard_disarm(void);
/* Stops this process as SIGTSTP does by default; returns when it goes on. */
void mk_guard_stop(void);

#endif
