/* terminal_priv.h - what terminal.c, input.c and image.c share. */
#ifndef MK_UI_TERM_TERMINAL_PRIV_H
#define MK_UI_TERM_TERMINAL_PRIV_H

#include <curses.h>

#include "src/base/buf.h"
#include "ui/term/terminal.h"

enum { MK_ANSWER_BYTES = 120 };

/* What the bytes from the terminal belong to. */
typedef enum MkInputState {
    MK_INPUT_KEYS,
    MK_INPUT_PASTE,
    MK_INPUT_ATTRIBUTES, /* CSI ? ... c */
    MK_INPUT_AREA,       /* CSI 4 ; height ; width t */
    MK_INPUT_KITTY       /* APC G ... ST */
} MkInputState;

typedef struct MkInput {
    MkInputState state;
    double since; /* seconds, of the last byte of a paste or an answer */
    MkBuf paste;
    size_t n_paste;
    char answer[MK_ANSWER_BYTES];
    size_t n_answer;
    bool is_asked, is_answered;
    double asked_at;
    bool has_sixel, has_kitty;
    size_t cell_width, cell_height; /* as the terminal says */
} MkInput;

struct MkTerminal {
    SCREEN *screen;
    bool has_colors; /* colours are wanted, and there */
    MkColors colors;
    MkTheme theme;
    attr_t attributes[MK_CELL_ROLES];
    short pairs[MK_CELL_ROLES];
    MkInput input;
    MkImages images; /* what is wanted */
    bool is_shown;   /* an image is on the screen */
    bool was_kitty;
    uint64_t shown;
    MkRect shown_rect;
};

/* ---- input.c ---- */
/* Sequences that are no keys get codes of their own. */
void mk_input_define(void);
/* Waits shortly for an answer that is on its way, so that no shell reads it as typed. */
void mk_input_finish(MkTerminal *terminal);

/* ---- image.c ---- */
/* Before the grid is drawn: an image that is to go is taken away. */
void mk_image_prepare(MkTerminal *terminal, const MkTerminalImage *image);
/* After it: the image that is to be seen is put there. */
void mk_image_put(MkTerminal *terminal, const MkTerminalImage *image);
void mk_image_forget(MkTerminal *terminal); /* the screen was cleared */

/* ---- terminal.c ---- */
void mk_terminal_write(const char *bytes, size_t len); /* past ncurses */

#endif
