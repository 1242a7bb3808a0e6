/* key.h - keys as numbers: Unicode characters, control characters 1 .. 31, and named keys above
 * Unicode. */
#ifndef MK_UI_VIEW_KEY_H
#define MK_UI_VIEW_KEY_H

#include <stdint.h>

enum {
    MK_KEY_TAB = 9,
    MK_KEY_ENTER = 13,
    MK_KEY_ESC = 27,
    MK_KEY_BACKSPACE = 127,
    MK_KEY_NAMED = 0x110000,
    MK_KEY_UP,
    MK_KEY_DOWN,
    MK_KEY_LEFT,
    MK_KEY_RIGHT,
    MK_KEY_HOME,
    MK_KEY_END,
    MK_KEY_PAGE_UP,
    MK_KEY_PAGE_DOWN,
    MK_KEY_DELETE,
    MK_KEY_BACKTAB,
    MK_KEY_F1 /* MK_KEY_F1 + n - 1 is F(n), up to F12 */
};

#define MK_KEY_CTRL(letter) ((uint32_t)(letter)&31u)

#endif
