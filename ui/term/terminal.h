/* terminal.h - the terminal: a grid and an image onto the screen; keys, pasted text and the
 * terminal's own answers from it. terminal.c, input.c and image.c are the only files with ncurses.
 *
 * What the terminal can is asked (mk_terminal_ask) after the first picture, and never waited for:
 * its answers come in among the keys and are told from them there. */
#ifndef MK_UI_TERM_TERMINAL_H
#define MK_UI_TERM_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "src/base/status.h"
#include "ui/view/grid.h"
#include "ui/view/theme.h"

typedef struct MkTerminal MkTerminal;

enum {
    MK_KEY_NONE = 0,
    MK_KEY_RESIZE = 0x120000,
    MK_KEY_PASTE,  /* mk_terminal_pasted has the text */
    MK_KEY_ANSWER, /* the terminal said something of itself: mk_terminal_images may have changed */
    MK_KEY_UNKNOWN /* a key without a meaning here */
};

/* How the terminal shows images; AUTO: as it says itself. */
typedef enum MkImages { MK_IMAGES_AUTO, MK_IMAGES_NONE, MK_IMAGES_SIXEL, MK_IMAGES_KITTY } MkImages;

/* A picture for a rectangle of cells; the cells must be blank. `serial` tells one picture from
 * another. */
typedef struct MkTerminalImage {
    uint64_t serial;
    MkRect rect;
    const char *bytes; /* a sixel sequence, or a PNG file for kitty */
    size_t len;
} MkTerminalImage;

/* Takes the screen over; `has_colors` false: monochrome. Fails on a terminal type that is not
 * known. Gives *out. */
MK_NODISCARD MkStatus mk_terminal_open(bool has_colors, MkTheme theme, MkTerminal **out,
                                       MkError *err);
/* Gives the screen back; NULL is allowed. */
void mk_terminal_close(MkTerminal *terminal);
void mk_terminal_set_theme(MkTerminal *terminal, MkTheme theme);
MkColors mk_terminal_colors(const MkTerminal *terminal);
void mk_terminal_size(const MkTerminal *terminal, size_t *columns, size_t *rows);
/* The grid, and over it the image; NULL: none. An image whose cells are not blank is not shown. */
void mk_terminal_draw(MkTerminal *terminal, const MkGrid *grid, const MkTerminalImage *image);
void mk_terminal_repaint(MkTerminal *terminal); /* the next picture is drawn whole */

/* Asks the terminal for its kinds of images and the size of its cells; once. */
void mk_terminal_ask(MkTerminal *terminal);
/* Overrules what it says. */
void mk_terminal_set_images(MkTerminal *terminal, MkImages images);
/* What it shows as far as it has said, and the dots of a cell (0 x 0: not known). Inside tmux and
 * screen only what these say themselves counts. */
MkImages mk_terminal_images(const MkTerminal *terminal, size_t *cell_width, size_t *cell_height);

/* The next key without waiting; MK_KEY_NONE when there is none. */
uint32_t mk_terminal_key(MkTerminal *terminal);
/* The last pasted text: lines ended by '\n', no other control characters. Valid until the next
 * key. */
const char *mk_terminal_pasted(const MkTerminal *terminal);

/* The shell has the screen until mk_terminal_resume. */
void mk_terminal_suspend(MkTerminal *terminal);
void mk_terminal_resume(MkTerminal *terminal);

#endif
