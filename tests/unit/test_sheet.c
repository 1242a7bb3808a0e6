#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "tests/check.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "src/base/buf.h"
#include "ui/view/filter.h"
#include "ui/view/markdown.h"
#include "ui/view/pager.h"
#include "ui/view/sheet.h"

static const MkSheetColumn columns[] = {
    {.title = "Name", .min = 6, .wish = 10, .weight = 1, .is_fixed = true},
    {.title = "Size", .align = MK_ALIGN_RIGHT, .min = 6, .is_number = true},
    {.title = "Note", .min = 8, .rank = 1}};

typedef struct Item {
    size_t id;
    const char *name;
    double size;
    const char *note;
} Item;

static const Item five[] = {{10, "delta", 4, "grey"},
                            {11, "alpha", 1, "blue"},
                            {12, "gamma", NAN, "blue"},
                            {13, "Beta", 2, "red"},
                            {14, "omega", 2, ""}};

static void fill(MkSheet *sheet, const Item *items, size_t n)
{
    mk_sheet_columns(sheet, columns, 3);
    mk_sheet_begin(sheet);
    for (size_t i = 0; i < n; i++) {
        mk_sheet_row_id(sheet, items[i].id, "more words");
        mk_sheet_put(sheet, 0, MK_CELL_NAME, NAN, "%s", items[i].name);
        mk_sheet_put(sheet, 1, MK_CELL_VALUE, items[i].size, "%.1f", items[i].size);
        mk_sheet_put(sheet, 2, MK_CELL_TEXT, NAN, "%s", items[i].note);
    }
    mk_sheet_end(sheet);
}

static int start(void **state)
{
    static MkSheet sheet;
    sheet = (MkSheet){0};
    fill(&sheet, five, 5);
    *state = &sheet;
    return 0;
}

static int stop(void **state)
{
    mk_sheet_release(*state);
    return 0;
}

/* Ids in the order in which they are shown. */
static void assert_shown(const MkSheet *sheet, const char *want)
{
    char got[128] = "";
    for (size_t i = 0; i < sheet->n_shown; i++) {
        char id[24];
        snprintf(id, sizeof id, "%s%zu", i > 0 ? " " : "", mk_sheet_shown(sheet, i)->id);
        strcat(got, id);
    }
    assert_string_equal(got, want);
}

static size_t here(const MkSheet *sheet)
{
    return mk_sheet_here(sheet) != NULL ? mk_sheet_here(sheet)->id : 0;
}

static void test_rows_stand_as_they_came(void **state)
{
    MkSheet *sheet = *state;
    assert_shown(sheet, "10 11 12 13 14");
    assert_int_equal(here(sheet), 10);
}

static void test_numbers_are_ordered_largest_first_and_gaps_come_last(void **state)
{
    MkSheet *sheet = *state;
    mk_sheet_sort(sheet, 1, false);
    assert_shown(sheet, "10 13 14 11 12"); /* equal ones as they came */
    mk_sheet_sort(sheet, 1, true);
    assert_shown(sheet, "11 13 14 10 12");
    mk_sheet_sort(sheet, 0, false);
    assert_shown(sheet, "11 13 10 12 14"); /* capitals do not count */
    mk_sheet_sort(sheet, 0, true);
    assert_shown(sheet, "14 12 10 13 11");
    mk_sheet_sort(sheet, MK_SHEET_NONE, true);
    assert_shown(sheet, "14 13 12 11 10");
}

static void test_order_key_goes_through_the_columns(void **state)
{
    MkSheet *sheet = *state;
    char says[128];
    assert_true(mk_sheet_act(sheet, MK_ACT_SORT, 4, says, sizeof says));
    assert_string_equal(says, "ordered by Name, first letters first");
    assert_true(mk_sheet_act(sheet, MK_ACT_SORT, 4, says, sizeof says));
    assert_string_equal(says, "ordered by Size, largest first");
    assert_true(mk_sheet_act(sheet, MK_ACT_INVERT, 4, says, sizeof says));
    assert_string_equal(says, "ordered by Size, smallest first");
    mk_sheet_act(sheet, MK_ACT_SORT, 4, says, sizeof says);
    mk_sheet_act(sheet, MK_ACT_SORT, 4, says, sizeof says);
    assert_string_equal(says, "in the order of the answer");
    assert_shown(sheet, "10 11 12 13 14");
}

static void test_filter_wants_every_word_and_keeps_the_row(void **state)
{
    MkSheet *sheet = *state;
    mk_sheet_move(sheet, 2);
    mk_sheet_filter(sheet, "blue");
    assert_shown(sheet, "11 12");
    assert_int_equal(here(sheet), 12);
    mk_sheet_filter(sheet, "BLUE al");
    assert_shown(sheet, "11");
    mk_sheet_filter(sheet, "words red");
    assert_shown(sheet, "13");
    mk_sheet_filter(sheet, "nothing");
    assert_shown(sheet, "");
    assert_null(mk_sheet_here(sheet));
    mk_sheet_filter(sheet, "");
    assert_shown(sheet, "10 11 12 13 14");
}

static void test_cursor_stays_on_its_row_when_rows_are_replaced(void **state)
{
    MkSheet *sheet = *state;
    static const Item more[] = {
        {20, "new", 9, ""}, {14, "omega", 3, ""}, {10, "delta", 4, ""}, {13, "Beta", 2, ""}};
    mk_sheet_move(sheet, 3);
    assert_int_equal(here(sheet), 13);
    fill(sheet, more, 4);
    assert_int_equal(here(sheet), 13);
    fill(sheet, more, 3); /* the row has gone: the cursor stays in the list */
    assert_int_equal(here(sheet), 10);
    fill(sheet, more, 0);
    assert_null(mk_sheet_here(sheet));
    fill(sheet, more, 4);
    assert_non_null(mk_sheet_here(sheet));
}

static void test_a_cursor_that_nobody_moved_stays_on_top(void **state)
{
    MkSheet *sheet = *state;
    static const Item more[] = {{20, "new", 9, ""}, {10, "delta", 4, ""}};
    fill(sheet, more, 2);
    assert_int_equal(here(sheet), 20);
}

static void test_marks_last_and_are_in_the_order_of_marking(void **state)
{
    MkSheet *sheet = *state;
    char says[64];
    mk_sheet_move(sheet, 3);
    mk_sheet_act(sheet, MK_ACT_MARK, 4, says, sizeof says); /* 13, and one down */
    mk_sheet_move(sheet, -9);
    mk_sheet_mark(sheet); /* 10 */
    mk_sheet_mark(sheet); /* 11 */
    mk_sheet_move(sheet, -1);
    mk_sheet_mark(sheet); /* not any more */
    assert_int_equal(sheet->n_marks, 2);
    assert_int_equal(sheet->marks[0], 13);
    assert_int_equal(sheet->marks[1], 10);
    fill(sheet, five, 5);
    assert_true(sheet->rows[0].is_marked);
    assert_false(sheet->rows[1].is_marked);
    assert_true(sheet->rows[3].is_marked);
    mk_sheet_position(sheet, says, sizeof says);
    assert_string_equal(says, "3 of 5 · 2 marked");
    mk_sheet_unmark_all(sheet);
    assert_false(sheet->rows[0].is_marked);
}

static void test_window_follows_the_cursor(void **state)
{
    MkSheet *sheet = *state;
    char says[64];
    mk_sheet_move(sheet, 4);
    mk_sheet_scroll(sheet, 2);
    assert_int_equal(sheet->top, 3);
    mk_sheet_act(sheet, MK_ACT_FIRST, 2, says, sizeof says);
    mk_sheet_scroll(sheet, 2);
    assert_int_equal(sheet->top, 0);
    mk_sheet_act(sheet, MK_ACT_PAGE_DOWN, 3, says, sizeof says);
    assert_int_equal(sheet->cursor, 2);
    mk_sheet_scroll(sheet, 50);
    assert_int_equal(sheet->top, 0);
}

static void test_search_goes_around_the_end(void **state)
{
    MkSheet *sheet = *state;
    assert_true(mk_sheet_find(sheet, "blue", true));
    assert_int_equal(here(sheet), 11);
    assert_true(mk_sheet_find(sheet, "blue", true));
    assert_true(mk_sheet_find(sheet, "blue", true));
    assert_int_equal(here(sheet), 11);
    assert_true(mk_sheet_find(sheet, "omega", false));
    assert_false(mk_sheet_find(sheet, "zeta", true));
    assert_int_equal(here(sheet), 14);
}

static void line_of(const MkSheet *sheet, size_t width, size_t y, char *out)
{
    MkGrid *grid = mk_grid_new(width, 8, false);
    assert_non_null(grid);
    mk_sheet_view(sheet, grid, (MkRect){0, 0, width, 8}, true);
    out[0] = '\0';
    for (size_t x = 0; x < width; x++) {
        strcat(out, grid->cells[y * width + x].text);
    }
    size_t len = strlen(out);
    while (len > 0 && out[len - 1] == ' ') {
        out[--len] = '\0';
    }
    mk_grid_free(grid);
}

static void test_columns_give_way_by_rank_and_scroll(void **state)
{
    MkSheet *sheet = *state;
    char line[256], says[64];
    line_of(sheet, 40, 0, line);
    assert_string_equal(line, "  Name                    Size  Note");
    line_of(sheet, 40, 1, line);
    assert_string_equal(line, "  delta                    4.0  grey");
    line_of(sheet, 20, 0, line); /* the note has no room any more */
    assert_string_equal(line, "  Name        Size ›");
    mk_sheet_sort(sheet, 1, false);
    line_of(sheet, 40, 0, line);
    assert_string_equal(line, "  Name                   ▼Size  Note");
    mk_sheet_act(sheet, MK_ACT_RIGHT, 4, says, sizeof says);
    line_of(sheet, 20, 0, line);
    assert_string_equal(line, "‹ Name      Note");
    mk_sheet_act(sheet, MK_ACT_RIGHT, 4, says, sizeof says); /* the last one stays */
    line_of(sheet, 20, 0, line);
    assert_string_equal(line, "‹ Name      Note");
    for (size_t width = 0; width < 30; width++) { /* no width is too small */
        MkGrid *grid = mk_grid_new(width, 3, true);
        mk_sheet_view(sheet, grid, (MkRect){0, 0, width, width % 4}, false);
        mk_grid_free(grid);
    }
}

static void test_filters_name_category_type_and_unit(void **state)
{
    (void)state;
    const MkAttribute fiber = {.name = "fiber_g",
                               .label = "Dietary fiber",
                               .category = "Diet",
                               .unit = "g",
                               .type = MK_POSITIVE};
    const MkAttribute smoking = {.name = "smoking",
                                 .label = "Cigarettes",
                                 .category = "",
                                 .unit = "",
                                 .type = MK_ORDINAL,
                                 .n_levels = 3};
    assert_true(mk_filter_matches(&fiber, ""));
    assert_true(mk_filter_matches(&fiber, "DIET fib"));
    assert_false(mk_filter_matches(&fiber, "diet fat"));
    assert_true(mk_filter_matches(&fiber, "cat:diet type:pos unit:g"));
    assert_true(mk_filter_matches(&fiber, "type:number -type:levels"));
    assert_false(mk_filter_matches(&fiber, "type:levels"));
    assert_false(mk_filter_matches(&fiber, "-cat:diet"));
    assert_true(mk_filter_matches(&fiber, "category:diet"));
    assert_false(mk_filter_matches(&fiber, "category:fiber"));
    assert_false(mk_filter_matches(&fiber, "cat:fiber")); /* the category alone */
    assert_true(mk_filter_matches(&smoking, "type:ordinal cat:other"));
    assert_true(mk_filter_matches(&smoking, "type:levels cig"));
    assert_false(mk_filter_matches(&smoking, "unit:g"));
    assert_true(mk_filter_matches(&smoking, "-")); /* still being typed */
}

static void test_cards_become_lines(void **state)
{
    (void)state;
    static const char card[] = "# Title\n\n"
                               "One two three four five\nsix.\n"
                               "- an item that is long enough to go on\n"
                               "| what | reached |\n| --- | --- |\n"
                               "| a \\| b | 0.50 ± 0.01 |\n";
    MkBuf text, roles;
    mk_buf_init(&text);
    mk_buf_init(&roles);
    mk_markdown_lines(card, 60, &text, &roles);
    assert_string_equal(text.data, "Title\n\nOne two three four five six.\n"
                                   "  · an item that is long enough to go on\n"
                                   "  what   reached\n"
                                   "  a | b  0.50 ± 0.01  █████\n");
    assert_int_equal(roles.len, 6);
    assert_int_equal(roles.data[0], MK_CELL_TITLE);
    assert_int_equal(roles.data[4], MK_CELL_PANE);
    mk_buf_clear(&text);
    mk_buf_clear(&roles);
    mk_markdown_lines(card, 24, &text, &roles);
    assert_string_equal(text.data, "Title\n\nOne two three four five\nsix.\n"
                                   "  · an item that is long\n    enough to go on\n"
                                   "  what   reached\n"
                                   "  a | b  0.50 ± 0.01\n"); /* no room for a bar */
    mk_buf_release(&text);
    mk_buf_release(&roles);
}

#define sheet_test(f) cmocka_unit_test_setup_teardown(f, start, stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        sheet_test(test_rows_stand_as_they_came),
        sheet_test(test_numbers_are_ordered_largest_first_and_gaps_come_last),
        sheet_test(test_order_key_goes_through_the_columns),
        sheet_test(test_filter_wants_every_word_and_keeps_the_row),
        sheet_test(test_cursor_stays_on_its_row_when_rows_are_replaced),
        sheet_test(test_a_cursor_that_nobody_moved_stays_on_top),
        sheet_test(test_marks_last_and_are_in_the_order_of_marking),
        sheet_test(test_window_follows_the_cursor),
        sheet_test(test_search_goes_around_the_end),
        sheet_test(test_columns_give_way_by_rank_and_scroll),
        cmocka_unit_test(test_filters_name_category_type_and_unit),
        cmocka_unit_test(test_cards_become_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
