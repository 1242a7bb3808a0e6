#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "ui/view/picture.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/text.h"

/* Hue of an RGB colour as a role: grey is muted, blue A, orange and red B, green C, violet D. */
static MkCellRole role_of_rgb(int r, int g, int b)
{
    const int high = r > g ? (r > b ? r : b) : (g > b ? g : b);
    const int low = r < g ? (r < b ? r : b) : (g < b ? g : b);
    if (high - low < 40) {
        return high == 0 || high > 230 ? MK_CELL_TEXT : MK_CELL_PLOT_MUTED;
    }
    if (b == high) {
        return r > g + 30 ? MK_CELL_PLOT_D : MK_CELL_PLOT_A;
    }
    if (g == high) {
        return r > (high * 3) / 4 ? MK_CELL_PLOT_B : MK_CELL_PLOT_C;
    }
    return b > (high * 2) / 3 && b > g ? MK_CELL_PLOT_D : MK_CELL_PLOT_B;
}

static MkCellRole role_of_palette(int n)
{
    static const MkCellRole basic[8] = {MK_CELL_TEXT,   MK_CELL_PLOT_B, MK_CELL_PLOT_C,
                                        MK_CELL_PLOT_B, MK_CELL_PLOT_A, MK_CELL_PLOT_D,
                                        MK_CELL_PLOT_A, MK_CELL_TEXT};
    if (n < 0 || n > 255) {
        return MK_CELL_TEXT;
    }
    if (n < 16) {
        return n == 8 ? MK_CELL_PLOT_MUTED : basic[n % 8];
    }
    if (n >= 232) {
        return MK_CELL_PLOT_MUTED;
    }
    static const int steps[6] = {0, 95, 135, 175, 215, 255};
    n -= 16;
    return role_of_rgb(steps[n / 36], steps[(n / 6) % 6], steps[n % 6]);
}

/* One SGR list ("1;38;5;214") into a role. */
static MkCellRole role_of_sgr(const char *list, size_t len, MkCellRole before)
{
    int codes[8] = {0};
    size_t n = 0;
    for (size_t i = 0; i < len && n < 8; i++) {
        if (list[i] == ';') {
            n++;
        } else if (list[i] >= '0' && list[i] <= '9' && codes[n] < 1000) {
            codes[n] = codes[n] * 10 + (list[i] - '0');
        }
    }
    n = n < 8 ? n + 1 : 8;
    MkCellRole role = before;
    for (size_t i = 0; i < n; i++) {
        if (codes[i] == 0 || codes[i] == 39) {
            role = MK_CELL_TEXT;
        } else if (codes[i] == 38 && i + 2 < n && codes[i + 1] == 5) {
            role = role_of_palette(codes[i + 2]);
            i += 2;
        } else if (codes[i] == 38 && i + 4 < n && codes[i + 1] == 2) {
            role = role_of_rgb(codes[i + 2], codes[i + 3], codes[i + 4]);
            i += 4;
        } else if (codes[i] >= 30 && codes[i] <= 37) {
            role = role_of_palette(codes[i] - 30);
        } else if (codes[i] >= 90 && codes[i] <= 97) {
            role = role_of_palette(codes[i] - 90 + 8);
        }
    }
    return role;
}

/* Length of the escape sequence at text; its role when it sets one. */
static size_t skip_escape(const char *text, MkCellRole *role)
{
    if (text[1] != '[') {
        return text[1] != '\0' ? 2 : 1;
    }
    size_t n = 2;
    while (text[n] != '\0' && (text[n] < '@' || text[n] > '~')) {
        n++;
    }
    if (text[n] == 'm') {
        *role = role_of_sgr(text + 2, n - 2, *role);
    }
    return text[n] != '\0' ? n + 1 : n;
}

size_t mk_picture_put(MkGrid *grid, MkRect rect, const char *text)
{
    MkCellRole role = MK_CELL_TEXT;
    size_t x = 0, y = 0;
    while (*text != '\0' && y < rect.h) {
        if (*text == '\033') {
            text += skip_escape(text, &role);
        } else if (*text == '\n') {
            y++;
            x = 0;
            text++;
        } else if ((unsigned char)*text < 0x20) {
            text++;
        } else {
            uint32_t cp = 0;
            char character[8] = "";
            const size_t n = mk_utf8_next(text, &cp);
            memcpy(character, text, n < sizeof character ? n : 0);
            const size_t width = (size_t)mk_utf8_width_cp(cp);
            if (x + width <= rect.w) {
                mk_grid_put(grid, rect.x + x, rect.y + y, width, role, character);
            }
            x += width;
            text += n;
        }
    }
    return x > 0 && y < rect.h ? y + 1 : y;
}
