#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "tests/check.h"

#include <string.h>

#include "ui/view/grid.h"
#include "ui/view/layout.h"
#include "ui/view/picture.h"
#include "ui/view/theme.h"

static void row_text(const MkGrid *grid, size_t y, char *out, size_t size)
{
    out[0] = '\0';
    for (size_t x = 0; x < grid->columns; x++) {
        const char *text = grid->cells[y * grid->columns + x].text;
        if (strlen(out) + strlen(text) + 1 < size) {
            strcat(out, text);
        }
    }
}

static void assert_row(const MkGrid *grid, size_t y, const char *want)
{
    char got[512];
    row_text(grid, y, got, sizeof got);
    assert_string_equal(got, want);
}

static void test_text_is_cut_with_an_ellipsis_by_cells(void **state)
{
    (void)state;
    MkGrid *grid = mk_grid_new(8, 2, false);
    assert_int_equal(mk_grid_put(grid, 0, 0, 5, MK_CELL_TEXT, "glucose"), 5);
    assert_row(grid, 0, "gluc…   ");
    assert_int_equal(mk_grid_put(grid, 6, 1, 10, MK_CELL_TEXT, "abc"), 2);
    assert_row(grid, 1, "      a…");
    assert_int_equal(mk_grid_put(grid, 8, 0, 5, MK_CELL_TEXT, "outside"), 0);
    assert_int_equal(mk_grid_put(grid, 0, 2, 5, MK_CELL_TEXT, "outside"), 0);
    mk_grid_free(grid);
}

static void test_wide_characters_keep_their_two_cells(void **state)
{
    (void)state;
    MkGrid *grid = mk_grid_new(6, 1, false);
    assert_int_equal(mk_grid_put(grid, 0, 0, 6, MK_CELL_TEXT, "日本"), 4);
    assert_int_equal(grid->cells[0].width, 2);
    assert_int_equal(grid->cells[1].width, 0);
    mk_grid_put(grid, 1, 0, 1, MK_CELL_TEXT, "x"); /* half of the first is gone */
    assert_row(grid, 0, " x本  ");
    mk_grid_free(grid);
    grid = mk_grid_new(3, 1, false);
    mk_grid_put(grid, 0, 0, 3, MK_CELL_TEXT, "日本");
    assert_row(grid, 0, "日…");
    mk_grid_free(grid);
}

static void test_marks_join_and_controls_never_arrive(void **state)
{
    (void)state;
    MkGrid *grid = mk_grid_new(6, 1, false);
    assert_int_equal(mk_grid_put(grid, 0, 0, 6, MK_CELL_TEXT, "e\xcc\x81\033[\xff"), 4);
    assert_string_equal(grid->cells[0].text, "e\xcc\x81");
    assert_string_equal(grid->cells[1].text, " ");
    assert_string_equal(grid->cells[2].text, "[");
    assert_string_equal(grid->cells[3].text, "?");
    mk_grid_free(grid);
}

static void test_ascii_grid_has_stand_ins_of_the_same_width(void **state)
{
    (void)state;
    MkGrid *grid = mk_grid_new(16, 1, true);
    assert_int_equal(mk_grid_put(grid, 0, 0, 16, MK_CELL_TEXT, "│█▁ kg/m² ≥ 5–6日"), 16);
    assert_row(grid, 0, "|#_ kg/m2 > 5-6~");
    mk_grid_free(grid);
}

static void test_words_wrap_at_blanks(void **state)
{
    (void)state;
    MkGrid *grid = mk_grid_new(8, 4, false);
    assert_int_equal(mk_grid_wrap(grid, (MkRect){0, 0, 8, 4}, MK_CELL_TEXT, "one two three\nfour"),
                     3);
    assert_row(grid, 0, "one two ");
    assert_row(grid, 1, "three   ");
    assert_row(grid, 2, "four    ");
    mk_grid_clear(grid);
    assert_int_equal(mk_grid_wrap(grid, (MkRect){0, 0, 4, 4}, MK_CELL_TEXT, "abcdefghij"), 3);
    mk_grid_free(grid);
}

static void test_parts_get_minimum_then_wish_then_a_share(void **state)
{
    (void)state;
    const MkPart parts[] = {{10, 20, 1}, {5, 5, 0}, {10, 10, 3}};
    size_t sizes[3];
    mk_layout_sizes(55, parts, 3, sizes);
    assert_int_equal(sizes[0], 25);
    assert_int_equal(sizes[1], 5);
    assert_int_equal(sizes[2], 25);
    mk_layout_sizes(27, parts, 3, sizes);
    assert_int_equal(sizes[0], 12);
    assert_int_equal(sizes[1], 5);
    assert_int_equal(sizes[2], 10);
    mk_layout_sizes(16, parts, 3, sizes); /* the last one does not fit */
    assert_int_equal(sizes[0], 11);
    assert_int_equal(sizes[2], 0);
    mk_layout_sizes(0, parts, 3, sizes);
    assert_int_equal(sizes[0] + sizes[1] + sizes[2], 0);
}

static void test_columns_have_gaps_only_between_shown_parts(void **state)
{
    (void)state;
    const MkPart parts[] = {{4, 4, 0}, {90, 90, 0}, {4, 4, 1}};
    MkRect out[3];
    mk_layout_columns((MkRect){1, 1, 20, 5}, 2, parts, 3, out);
    assert_int_equal(out[0].x, 1);
    assert_int_equal(out[1].w, 0);
    assert_int_equal(out[2].x, 7);
    assert_int_equal(out[2].x + out[2].w, 21);
    assert_int_equal(out[2].h, 5);
}

static void test_colours_of_a_picture_become_roles(void **state)
{
    (void)state;
    MkGrid *grid = mk_grid_new(8, 2, false);
    assert_int_equal(mk_picture_put(grid, (MkRect){0, 0, 8, 2},
                                    "\033[38;5;33mab\033[0mc\033[38;5;214md\033[?25l\033[90me\n"
                                    "longer than the pane\nthird"),
                     2);
    assert_row(grid, 0, "abcde   ");
    assert_row(grid, 1, "longer t");
    assert_int_equal(grid->cells[0].role, MK_CELL_PLOT_A);
    assert_int_equal(grid->cells[2].role, MK_CELL_TEXT);
    assert_int_equal(grid->cells[3].role, MK_CELL_PLOT_B);
    assert_int_equal(grid->cells[4].role, MK_CELL_PLOT_MUTED);
    assert_int_equal(mk_picture_put(grid, (MkRect){0, 0, 8, 2}, "\033[38;5;"), 0);
    mk_grid_free(grid);
}

static void test_roles_differ_without_colour(void **state)
{
    (void)state;
    static const MkCellRole marked[] = {MK_CELL_SELECTED, MK_CELL_POINT, MK_CELL_BAD, MK_CELL_MATCH,
                                        MK_CELL_PANE_FOCUS};
    for (size_t i = 0; i < sizeof marked / sizeof *marked; i++) {
        const MkStyle style = mk_theme_style(MK_THEME_DEFAULT, marked[i], MK_COLORS_MONO);
        assert_int_equal(style.foreground, -1);
        assert_int_equal(style.background, -1);
        assert_int_not_equal(style.attributes, 0);
    }
    for (int role = 0; role < MK_CELL_ROLES; role++) {
        for (int other = role + 1; other < MK_CELL_ROLES; other++) {
            assert_int_not_equal(mk_cell_role_letter((MkCellRole)role),
                                 mk_cell_role_letter((MkCellRole)other));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text_is_cut_with_an_ellipsis_by_cells),
        cmocka_unit_test(test_wide_characters_keep_their_two_cells),
        cmocka_unit_test(test_marks_join_and_controls_never_arrive),
        cmocka_unit_test(test_ascii_grid_has_stand_ins_of_the_same_width),
        cmocka_unit_test(test_words_wrap_at_blanks),
        cmocka_unit_test(test_parts_get_minimum_then_wish_then_a_share),
        cmocka_unit_test(test_columns_have_gaps_only_between_shown_parts),
        cmocka_unit_test(test_colours_of_a_picture_become_roles),
        cmocka_unit_test(test_roles_differ_without_colour),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
