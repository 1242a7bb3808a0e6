#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "ui/view/theme.h"

#include <stddef.h>

#define B MK_STYLE_BOLD
#define D MK_STYLE_DIM
#define R MK_STYLE_REVERSE
#define U MK_STYLE_UNDERLINE

typedef struct Row {
    unsigned mono;       /* attributes where there is no colour, and beside 8 colours */
    short c8, c16, c256; /* foreground */
    short b256;          /* background in 256 colours; the others use reverse */
    unsigned color;      /* attributes in 16 and 256 colours */
} Row;

/* Foregrounds are of middle lightness: they stand out on dark and on light backgrounds alike. Blue
 * and orange are told apart by people who confuse red and green. */
static const Row rows[MK_CELL_ROLES] = {
    [MK_CELL_TEXT] = {0, -1, -1, -1, -1, 0},
    [MK_CELL_TITLE] = {B, -1, -1, -1, -1, B},
    [MK_CELL_PANE] = {U, -1, -1, -1, -1, U},
    [MK_CELL_PANE_FOCUS] = {B | U, 6, 6, 32, -1, B | U},
    [MK_CELL_BORDER] = {D, -1, -1, 242, -1, D},
    [MK_CELL_CATEGORY] = {B, -1, -1, -1, -1, B},
    [MK_CELL_NAME] = {0, -1, -1, -1, -1, 0},
    [MK_CELL_VALUE] = {B, -1, -1, -1, -1, B},
    [MK_CELL_SPARK] = {0, 6, 6, 32, -1, 0},
    [MK_CELL_RANGE] = {0, -1, -1, 245, -1, 0},
    [MK_CELL_KNOWN] = {B, 3, 3, 172, -1, B},
    [MK_CELL_TARGET] = {B, 6, 6, 32, -1, B},
    [MK_CELL_MUTED] = {D, -1, -1, 244, -1, 0},
    [MK_CELL_SELECTED] = {R, -1, -1, 231, 24, B},
    [MK_CELL_SELECTED_OFF] = {U, -1, -1, 252, 237, 0},
    [MK_CELL_MATCH] = {B | U, 3, 3, 172, -1, B | U},
    [MK_CELL_KEY] = {B, 6, 6, 32, -1, B},
    [MK_CELL_HINT] = {0, -1, -1, 245, -1, 0},
    [MK_CELL_PROMPT] = {B, -1, -1, -1, -1, B},
    [MK_CELL_POINT] = {R, -1, -1, 231, 32, 0},
    [MK_CELL_FIELD] = {U, -1, -1, 255, 236, U},
    [MK_CELL_GOOD] = {0, 6, 6, 32, -1, 0},
    [MK_CELL_WARN] = {B, 3, 3, 172, -1, B},
    [MK_CELL_BAD] = {B | R, 1, 1, 167, -1, B},
    [MK_CELL_UP] = {B, 3, 3, 172, -1, 0},
    [MK_CELL_DOWN] = {0, 6, 6, 32, -1, 0},
    [MK_CELL_STALE] = {D, -1, -1, 242, -1, D},
    [MK_CELL_PLOT_A] = {B, 6, 6, 32, -1, 0},
    [MK_CELL_PLOT_B] = {0, 3, 3, 172, -1, 0},
    [MK_CELL_PLOT_C] = {0, 2, 2, 64, -1, 0},
    [MK_CELL_PLOT_D] = {0, 5, 5, 133, -1, 0},
    [MK_CELL_PLOT_MUTED] = {D, -1, -1, 244, -1, 0},
};

MkStyle mk_theme_style(MkCellRole role, MkColors colors)
{
    const Row *row = &rows[(size_t)role < MK_CELL_ROLES ? role : MK_CELL_TEXT];
    switch (colors) {
    case MK_COLORS_8:
        return (MkStyle){row->c8, -1, row->mono & ~(unsigned)D};
    case MK_COLORS_16:
        return (MkStyle){row->c16, -1, row->mono};
    case MK_COLORS_256:
        return (MkStyle){row->c256, row->b256, row->color};
    case MK_COLORS_MONO:
        break;
    }
    return (MkStyle){-1, -1, row->mono};
}

const char *mk_theme_name(MkColors colors)
{
    static const char *const names[] = {"mono", "8", "16", "256"};
    return names[colors];
}
