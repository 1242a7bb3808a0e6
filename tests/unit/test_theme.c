#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "tests/check.h"

#include <math.h>

#include "ui/view/theme.h"

/* ---- the palette of 256 colours, and contrast as WCAG 2 measures it ---- */

static void rgb_of(int n, double rgb[3])
{
    static const int steps[6] = {0, 95, 135, 175, 215, 255};
    assert_in_range(n, 16, 255); /* the first 16 are the person's own */
    if (n >= 232) {
        rgb[0] = rgb[1] = rgb[2] = 8 + 10 * (n - 232);
        return;
    }
    rgb[0] = steps[(n - 16) / 36];
    rgb[1] = steps[(n - 16) / 6 % 6];
    rgb[2] = steps[(n - 16) % 6];
}

static double luminance(int n)
{
    static const double weights[3] = {0.2126, 0.7152, 0.0722};
    double rgb[3], sum = 0;
    rgb_of(n, rgb);
    for (int i = 0; i < 3; i++) {
        const double c = rgb[i] / 255;
        sum += weights[i] * (c <= 0.04045 ? c / 12.92 : pow((c + 0.055) / 1.055, 2.4));
    }
    return sum;
}

static double contrast(int a, int b)
{
    const double x = luminance(a), y = luminance(b);
    return (fmax(x, y) + 0.05) / (fmin(x, y) + 0.05);
}

enum { BLACK = 16, WHITE = 231 };

/* Lines between panes and values that are being renewed need not be read. */
static bool is_faint(MkCellRole role)
{
    return role == MK_CELL_BORDER || role == MK_CELL_STALE;
}

static void check_contrast(MkTheme theme, int ground, double read, double faint)
{
    for (int i = 0; i < MK_CELL_ROLES; i++) {
        const MkCellRole role = (MkCellRole)i;
        const MkStyle style = mk_theme_style(theme, role, MK_COLORS_256);
        if (style.foreground < 0) {
            assert_int_equal(style.background, -1); /* the terminal's own pair */
            continue;
        }
        const double c =
            contrast(style.foreground, style.background >= 0 ? style.background : ground);
        if (c < (is_faint(role) ? faint : read)) {
            fail_msg("theme %s, role %c on %d: contrast %.2f", mk_theme_word(theme),
                     mk_cell_role_letter(role), ground, c);
        }
        assert_int_equal(style.attributes & MK_STYLE_DIM, 0); /* how dim nobody knows */
    }
}

static void test_contrast_is_known(void **state)
{
    (void)state;
    assert_float_equal(contrast(BLACK, WHITE), 21, 1e-9);
    assert_float_equal(contrast(WHITE, WHITE), 1, 1e-9);
    assert_float_equal(contrast(244, WHITE), 3.95, 0.01); /* #808080 */
}

static void test_every_theme_can_be_read(void **state)
{
    (void)state;
    check_contrast(MK_THEME_DEFAULT, BLACK, 4.5, 3);
    check_contrast(MK_THEME_DEFAULT, WHITE, 2.8, 2.8); /* whose terminal is light unknown to us */
    check_contrast(MK_THEME_LIGHT, WHITE, 4.5, 3);
    check_contrast(MK_THEME_CONTRAST, BLACK, 7, 7);
}

/* The terminal's ground may be anything where a theme brings none. */
static void test_the_contrast_theme_has_its_own_ground(void **state)
{
    (void)state;
    static const MkColors colors[] = {MK_COLORS_8, MK_COLORS_16, MK_COLORS_256};
    for (size_t k = 0; k < 3; k++) {
        for (int i = 0; i < MK_CELL_ROLES; i++) {
            const MkStyle style = mk_theme_style(MK_THEME_CONTRAST, (MkCellRole)i, colors[k]);
            assert_in_range(style.foreground, 0, 255);
            assert_in_range(style.background, 0, 255);
            assert_int_not_equal(style.foreground, style.background);
        }
    }
}

/* Above and below, known and asked are told apart by lightness too, for those who see no hue. */
static void test_blue_and_orange_differ_in_lightness(void **state)
{
    (void)state;
    for (int i = 0; i < MK_THEME_MONO; i++) {
        const MkStyle up = mk_theme_style((MkTheme)i, MK_CELL_UP, MK_COLORS_256);
        const MkStyle down = mk_theme_style((MkTheme)i, MK_CELL_DOWN, MK_COLORS_256);
        assert_true(contrast(up.foreground, down.foreground) > 1.15);
    }
}

static void test_few_colours_stay_in_their_palette(void **state)
{
    (void)state;
    for (int t = 0; t < MK_THEMES; t++) {
        for (int i = 0; i < MK_CELL_ROLES; i++) {
            const MkStyle few = mk_theme_style((MkTheme)t, (MkCellRole)i, MK_COLORS_8);
            const MkStyle more = mk_theme_style((MkTheme)t, (MkCellRole)i, MK_COLORS_16);
            const MkStyle none = mk_theme_style((MkTheme)t, (MkCellRole)i, MK_COLORS_MONO);
            assert_in_range(few.foreground + 1, 0, 8);
            assert_in_range(more.foreground + 1, 0, 16);
            assert_int_equal(none.foreground, -1);
            assert_int_equal(none.background, -1);
        }
    }
    const MkStyle mono = mk_theme_style(MK_THEME_MONO, MK_CELL_BAD, MK_COLORS_256);
    assert_int_equal(mono.foreground, -1);
    assert_int_not_equal(mono.attributes, 0);
}

static void test_themes_are_found_by_their_word(void **state)
{
    (void)state;
    MkTheme theme = MK_THEME_MONO;
    for (int t = 0; t < MK_THEMES; t++) {
        assert_true(mk_theme_find(mk_theme_word((MkTheme)t), &theme));
        assert_int_equal(theme, t);
    }
    assert_true(mk_theme_find("", &theme));
    assert_int_equal(theme, MK_THEME_DEFAULT);
    assert_false(mk_theme_find("solarized", &theme));
    assert_false(mk_theme_find("ligh", &theme));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_contrast_is_known),
        cmocka_unit_test(test_every_theme_can_be_read),
        cmocka_unit_test(test_the_contrast_theme_has_its_own_ground),
        cmocka_unit_test(test_blue_and_orange_differ_in_lightness),
        cmocka_unit_test(test_few_colours_stay_in_their_palette),
        cmocka_unit_test(test_themes_are_found_by_their_word),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
