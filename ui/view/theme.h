/* theme.h - how a role looks: one table, four columns (monochrome, 8, 16 and 256 colours).
 *
 * The default background is the terminal's own and no meaning rests on colour: blue and orange
 * differ in lightness too, and a sign, a letter or a place says the same. */
#ifndef MK_UI_VIEW_THEME_H
#define MK_UI_VIEW_THEME_H

#include "ui/view/grid.h"

typedef enum MkColors { MK_COLORS_MONO, MK_COLORS_8, MK_COLORS_16, MK_COLORS_256 } MkColors;

enum { MK_STYLE_BOLD = 1, MK_STYLE_DIM = 2, MK_STYLE_REVERSE = 4, MK_STYLE_UNDERLINE = 8 };

typedef struct MkStyle {
    short foreground; /* palette number; -1 = the terminal's own */
    short background;
    unsigned attributes; /* MK_STYLE_* */
} MkStyle;

MkStyle mk_theme_style(MkCellRole role, MkColors colors);
const char *mk_theme_name(MkColors colors); /* "mono", "8", "16", "256" */

#endif
