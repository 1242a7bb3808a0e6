#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "ui/view/theme.h"

#include <stddef.h>
#include <string.h>

#define B MK_STYLE_BOLD
#define D MK_STYLE_DIM
#define R MK_STYLE_REVERSE
#define U MK_STYLE_UNDERLINE

/* Hues of a theme: blue for answers, orange for what is known or above, and so on. */
enum {
    TEXT,
    BLUE,
    ORANGE,
    RED,
    GREEN,
    VIOLET,
    SOFT,   /* read, but not first: hints, ranges */
    FAINT,  /* lines, and what is being renewed */
    CHOSEN, /* the cursor's row */
    AWAY,   /* the cursor's row in another pane */
    INPUT,
    POINT,
    HUES
};

typedef struct Row {
    unsigned char hue;
    unsigned mono;  /* attributes where there is no colour, and beside few colours */
    unsigned color; /* attributes beside 256 colours */
} Row;

static const Row rows[MK_CELL_ROLES] = {
    [MK_CELL_TEXT] = {TEXT, 0, 0},         [MK_CELL_TITLE] = {TEXT, B, B},
    [MK_CELL_PANE] = {TEXT, U, U},         [MK_CELL_PANE_FOCUS] = {BLUE, B | U, B | U},
    [MK_CELL_BORDER] = {FAINT, D, 0},      [MK_CELL_CATEGORY] = {TEXT, B, B},
    [MK_CELL_NAME] = {TEXT, 0, 0},         [MK_CELL_VALUE] = {TEXT, B, B},
    [MK_CELL_SPARK] = {BLUE, 0, 0},        [MK_CELL_RANGE] = {SOFT, 0, 0},
    [MK_CELL_KNOWN] = {ORANGE, B, B},      [MK_CELL_TARGET] = {BLUE, B, B},
    [MK_CELL_MUTED] = {SOFT, D, 0},        [MK_CELL_SELECTED] = {CHOSEN, R, B},
    [MK_CELL_SELECTED_OFF] = {AWAY, U, 0}, [MK_CELL_MATCH] = {ORANGE, B | U, B | U},
    [MK_CELL_KEY] = {BLUE, B, B},          [MK_CELL_HINT] = {SOFT, 0, 0},
    [MK_CELL_PROMPT] = {TEXT, B, B},       [MK_CELL_POINT] = {POINT, R, 0},
    [MK_CELL_FIELD] = {INPUT, U, U},       [MK_CELL_GOOD] = {BLUE, 0, 0},
    [MK_CELL_WARN] = {ORANGE, B, B},       [MK_CELL_BAD] = {RED, B | R, B},
    [MK_CELL_UP] = {ORANGE, B, 0},         [MK_CELL_DOWN] = {BLUE, 0, 0},
    [MK_CELL_STALE] = {FAINT, D, 0},       [MK_CELL_PLOT_A] = {BLUE, B, 0},
    [MK_CELL_PLOT_B] = {ORANGE, 0, 0},     [MK_CELL_PLOT_C] = {GREEN, 0, 0},
    [MK_CELL_PLOT_D] = {VIOLET, 0, 0},     [MK_CELL_PLOT_MUTED] = {SOFT, D, 0},
};

/* Foreground and background in 256 colours; the foreground in 16 and in 8, where rows that need a
 * ground of their own are reversed. Blue and orange are told apart by people who confuse red and
 * green. */
typedef struct Hue {
    short fg, bg, c16, c8;
} Hue;

static const Hue hues[][HUES] = {
    [MK_THEME_DEFAULT] = {[TEXT] = {-1, -1, -1, -1},
                          [BLUE] = {32, -1, 6, 6},
                          [ORANGE] = {172, -1, 3, 3},
                          [RED] = {167, -1, 1, 1},
                          [GREEN] = {64, -1, 2, 2},
                          [VIOLET] = {133, -1, 5, 5},
                          [SOFT] = {245, -1, -1, -1},
                          [FAINT] = {242, -1, -1, -1},
                          [CHOSEN] = {231, 24, -1, -1},
                          [AWAY] = {252, 237, -1, -1},
                          [INPUT] = {255, 236, -1, -1},
                          [POINT] = {231, 25, -1, -1}},
    [MK_THEME_LIGHT] = {[TEXT] = {-1, -1, -1, -1},
                        [BLUE] = {25, -1, 4, 4},
                        [ORANGE] = {130, -1, 1, 1},
                        [RED] = {124, -1, 1, 1},
                        [GREEN] = {28, -1, -1, -1},
                        [VIOLET] = {90, -1, 5, 5},
                        [SOFT] = {241, -1, -1, -1},
                        [FAINT] = {245, -1, -1, -1},
                        [CHOSEN] = {231, 25, -1, -1},
                        [AWAY] = {16, 252, -1, -1},
                        [INPUT] = {16, 254, -1, -1},
                        [POINT] = {231, 25, -1, -1}},
    [MK_THEME_CONTRAST] = {[TEXT] = {231, 16, 15, 7},
                           [BLUE] = {81, 16, 14, 6},
                           [ORANGE] = {220, 16, 11, 3},
                           [RED] = {217, 16, 15, 7},
                           [GREEN] = {120, 16, 10, 2},
                           [VIOLET] = {219, 16, 15, 7},
                           [SOFT] = {252, 16, 15, 7},
                           [FAINT] = {250, 16, 7, 7},
                           [CHOSEN] = {16, 231, 15, 7},
                           [AWAY] = {16, 250, 15, 7},
                           [INPUT] = {231, 16, 15, 7},
                           [POINT] = {16, 231, 15, 7}},
};

MkStyle mk_theme_style(MkTheme theme, MkCellRole role, MkColors colors)
{
    const Row *row = &rows[(size_t)role < MK_CELL_ROLES ? role : MK_CELL_TEXT];
    if (theme >= MK_THEME_MONO || colors == MK_COLORS_MONO) {
        return (MkStyle){-1, -1, row->mono};
    }
    const Hue *hue = &hues[theme][row->hue];
    const bool is_clear = theme == MK_THEME_CONTRAST; /* nothing is dimmed there */
    const short ground = is_clear ? 0 : -1;
    switch (colors) {
    case MK_COLORS_8:
        return (MkStyle){hue->c8, ground, row->mono & ~(unsigned)D};
    case MK_COLORS_16:
        return (MkStyle){hue->c16, ground, is_clear ? row->mono & ~(unsigned)D : row->mono};
    default:
        return (MkStyle){hue->fg, hue->bg, row->color};
    }
}

static const char *const words[MK_THEMES] = {"default", "light", "contrast", "mono"};

const char *mk_theme_word(MkTheme theme)
{
    return words[(size_t)theme < MK_THEMES ? theme : MK_THEME_DEFAULT];
}

bool mk_theme_find(const char *word, MkTheme *out)
{
    for (size_t i = 0; i < MK_THEMES; i++) {
        if (strcmp(word, words[i]) == 0 || (word[0] == '\0' && i == MK_THEME_DEFAULT)) {
            *out = (MkTheme)i;
            return true;
        }
    }
    return false;
}

const char *mk_theme_name(MkColors colors)
{
    static const char *const names[] = {"mono", "8", "16", "256"};
    return names[colors];
}
