/* terminal.h - the terminal: a grid onto the screen, keys from it. The only file with ncurses. */
#ifndef MK_UI_TERM_TERMINAL_H
#define MK_UI_TERM_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "src/base/status.h"
#include "ui/view/grid.h"
#include "ui/view/theme.h"

typedef struct MkTerminal MkTerminal;

enum { MK_KEY_NONE = 0, MK_KEY_RESIZE = 0x120000 };

/* Takes the screen over; `colors` false: monochrome. Fails on a terminal type that is not known.
 * Gives *out. */
MK_NODISCARD MkStatus mk_terminal_open(bool colors, MkTerminal **out, MkError *err);
/* Gives the screen back; NULL is allowed. */
void mk_terminal_close(MkTerminal *terminal);
MkColors mk_terminal_colors(const MkTerminal *terminal);
void mk_terminal_size(const MkTerminal *terminal, size_t *columns, size_t *rows);
void mk_terminal_draw(MkTerminal *terminal, const MkGrid *grid);
void mk_terminal_repaint(MkTerminal *terminal); /* the next picture is drawn whole */
/* The next key without waiting; MK_KEY_NONE when there is none, MK_KEY_RESIZE after a change of
 * size. */
uint32_t mk_terminal_key(MkTerminal *terminal);
/* The shell has the screen until mk_terminal_resume. */
void mk_terminal_suspend(MkTerminal *terminal);
void mk_terminal_resume(MkTerminal *terminal);

#endif
