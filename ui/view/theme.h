/* theme.h - how a role looks: one table, a column for every theme and number of colours.
 *
 * In the default theme the background is the terminal's own and colours are of middle lightness, so
 * that they stand out on dark and light ones; `light` is for white backgrounds, `contrast` brings
 * its own black one. No meaning rests on colour: blue and orange differ in lightness too, and a
 * sign, a letter or a place says the same. */
#ifndef MK_UI_VIEW_THEME_H
#define MK_UI_VIEW_THEME_H

#include <stdbool.h>

#include "ui/view/grid.h"

typedef enum MkTheme {
    MK_THEME_DEFAULT,
    MK_THEME_LIGHT,
    MK_THEME_CONTRAST,
    MK_THEME_MONO,
    MK_THEMES
} MkTheme;

typedef enum MkColors { MK_COLORS_MONO, MK_COLORS_8, MK_COLORS_16, MK_COLORS_256 } MkColors;

enum { MK_STYLE_BOLD = 1, MK_STYLE_DIM = 2, MK_STYLE_REVERSE = 4, MK_STYLE_UNDERLINE = 8 };

typedef struct MkStyle {
    short foreground; /* palette number; -1 = the terminal's own */
    short background;
    unsigned attributes; /* MK_STYLE_* */
} MkStyle;

MkStyle mk_theme_style(MkTheme theme, MkCellRole role, MkColors colors);
const char *mk_theme_word(MkTheme theme); /* "default", "light", "contrast", "mono" */
/* By its word; "" is the default one. False: there is none. */
bool mk_theme_find(const char *word, MkTheme *out);
const char *mk_theme_name(MkColors colors); /* "mono", "8", "16", "256" */

#endif
