/* main.c - the main screen: what its keys do in the panes. The panes themselves are in panes.c. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <stdlib.h>
#include <string.h>

#include "ui/view/screen.h"
#include "ui/view/screens.h"
#include "ui/view/state.h"
#include "ui/view/view.h"

/* ---- lists ---- */

static size_t pane_height(const MkApp *app)
{
    MkMainLayout layout;
    mk_main_layout(app, &layout);
    const size_t h = mk_pane_inside(layout.panes[app->focus]).h;
    return h > 1 ? h - 1 : 1;
}

static void move_cursor(size_t *cursor, size_t n, long rows)
{
    const size_t by = (size_t)(rows < 0 ? -rows : rows);
    if (rows < 0) {
        *cursor = by < *cursor ? *cursor - by : 0;
    } else if (n > 0) {
        *cursor = by < n - 1 - *cursor ? *cursor + by : n - 1;
    }
}

static void move_in_pane(MkApp *app, long rows)
{
    if (app->focus == MK_PANE_KNOWN) {
        move_cursor(&app->known_cursor, app->n_known, rows);
    } else if (app->focus == MK_PANE_TARGETS) {
        move_cursor(&app->target_cursor, app->n_targets, rows);
    } else {
        mk_tree_move(&app->tree, rows);
    }
}

static void page_in_pane(MkApp *app, long rows)
{
    if (app->focus == MK_PANE_TREE || app->focus == MK_PANE_PLOT) {
        mk_tree_page(&app->tree, rows);
    } else {
        move_in_pane(app, rows);
    }
}

static long far(void)
{
    return 1 << 20;
}

static bool act_move(MkApp *app, MkAction action)
{
    const long page = (long)pane_height(app);
    switch (action) {
    case MK_ACT_UP:
        move_in_pane(app, -1);
        return true;
    case MK_ACT_DOWN:
        move_in_pane(app, 1);
        return true;
    case MK_ACT_PAGE_UP:
    case MK_ACT_PAGE_DOWN:
        page_in_pane(app, action == MK_ACT_PAGE_UP ? -page : page);
        return true;
    case MK_ACT_FIRST:
        move_in_pane(app, -far());
        return true;
    case MK_ACT_LAST:
        move_in_pane(app, far());
        return true;
    default:
        return false;
    }
}

/* Left closes the category of the row and stands on it; right opens it. */
static void act_fold(MkApp *app, bool open)
{
    MkTree *tree = &app->tree;
    if (app->focus != MK_PANE_TREE || tree->n_rows == 0 || tree->sort != MK_SORT_CATEGORY ||
        tree->filter[0] != '\0') {
        return;
    }
    const MkTreeRow row = tree->rows[tree->cursor];
    const size_t category = row.is_category ? row.index : tree->category_of[row.index];
    if (open && row.is_category && tree->open[category]) {
        mk_tree_move(tree, 1);
        return;
    }
    mk_tree_fold(tree, category, open, app->shift);
}

static void act_enter(MkApp *app)
{
    if (app->focus == MK_PANE_TREE && app->tree.n_rows > 0 &&
        app->tree.rows[app->tree.cursor].is_category) {
        const size_t category = app->tree.rows[app->tree.cursor].index;
        if (app->tree.filter[0] == '\0') {
            mk_tree_fold(&app->tree, category, !app->tree.open[category], app->shift);
        }
        return;
    }
    const size_t attribute = mk_app_attribute(app);
    if (attribute != MK_NO_ATTRIBUTE) {
        mk_app_open_editor(app, attribute);
    } else if (app->focus == MK_PANE_KNOWN) {
        mk_app_say(app, MK_MOOD_ECHO,
                   "nothing is known yet: Tab to the attributes, Enter sets one");
    } else {
        mk_app_say(app, MK_MOOD_ECHO, "no targets yet: t on an attribute makes it one");
    }
}

/* ---- one level back ---- */

static void act_back(MkApp *app)
{
    if (app->tree.filter[0] != '\0') {
        const size_t here = mk_tree_attribute(&app->tree);
        mk_tree_set_filter(&app->tree, "", app->shift);
        mk_tree_select(&app->tree, here, app->shift);
    } else if (app->n_marks > 0) {
        mk_state_unmark_all(app);
    } else if (app->figure != NULL) {
        free(app->figure);
        app->figure = NULL;
    } else if (app->focus != MK_PANE_TREE) {
        app->focus = MK_PANE_TREE;
    } else if (app->pinned != MK_NO_ATTRIBUTE) {
        app->pinned = MK_NO_ATTRIBUTE;
        app->pinned_versus = MK_NO_ATTRIBUTE;
        mk_app_say(app, MK_MOOD_ECHO, "the plot follows the cursor again");
    } else {
        mk_app_say(app, MK_MOOD_ECHO, "q leaves the program");
    }
}

static void next_pane(MkApp *app, size_t step)
{
    MkMainLayout layout;
    mk_main_layout(app, &layout);
    for (size_t i = 0; i < MK_PANES; i++) {
        app->focus = (MkPane)(((size_t)app->focus + step) % MK_PANES);
        if (layout.has_tabs || layout.panes[app->focus].w > 0) {
            return;
        }
    }
}

static void say_order(MkApp *app)
{
    const bool is_turned = app->tree.is_turned;
    switch (app->tree.sort) {
    case MK_SORT_SHIFT:
        mk_app_say(app, MK_MOOD_ECHO, "ordered by shift from the %s, %s first",
                   app->pin != NULL ? "pinned state" : "population",
                   is_turned ? "smallest" : "largest");
        break;
    case MK_SORT_SPREAD:
        mk_app_say(app, MK_MOOD_ECHO,
                   "ordered by what is left of the population's spread, %s first",
                   is_turned ? "least" : "most");
        break;
    case MK_SORT_NAME:
        mk_app_say(app, MK_MOOD_ECHO, "ordered by name%s", is_turned ? ", backwards" : "");
        break;
    default:
        mk_app_say(app, MK_MOOD_ECHO, "in the order of the categories");
        break;
    }
}

static void renew_order(MkApp *app)
{
    mk_tree_rebuild(&app->tree, app->shift);
    if (app->tree.sort != MK_SORT_CATEGORY) {
        mk_tree_move(&app->tree, -far());
    }
    say_order(app);
}

static void act_sort(MkApp *app)
{
    app->tree.sort = (MkTreeSort)((app->tree.sort + 1) % MK_SORTS);
    app->tree.is_turned = false;
    renew_order(app);
}

static void act_turn(MkApp *app)
{
    if (app->tree.sort == MK_SORT_CATEGORY) {
        mk_app_say(app, MK_MOOD_ECHO,
                   "S orders by shift, spread or name first; I turns that round");
        return;
    }
    app->tree.is_turned = !app->tree.is_turned;
    renew_order(app);
}

static void act_mark(MkApp *app)
{
    const size_t attribute = mk_app_attribute(app);
    if (attribute == MK_NO_ATTRIBUTE) {
        act_enter(app); /* a category opens or closes */
        return;
    }
    mk_state_mark(app, attribute);
    move_in_pane(app, 1);
}

/* flat switch */
static bool main_act(MkApp *app, MkAction action, MkEffects *out)
{
    (void)out;
    if (act_move(app, action)) {
        return true;
    }
    switch (action) {
    case MK_ACT_ENTER:
        act_enter(app);
        break;
    case MK_ACT_BACK:
        act_back(app);
        break;
    case MK_ACT_LEFT:
        act_fold(app, false);
        break;
    case MK_ACT_RIGHT:
        act_fold(app, true);
        break;
    case MK_ACT_NEXT_PANE:
        next_pane(app, 1);
        break;
    case MK_ACT_PREVIOUS_PANE:
        next_pane(app, MK_PANES - 1);
        break;
    case MK_ACT_SORT:
        act_sort(app);
        break;
    case MK_ACT_INVERT:
        act_turn(app);
        break;
    case MK_ACT_MARK:
        act_mark(app);
        break;
    case MK_ACT_PIN:
        mk_state_pin(app);
        break;
    case MK_ACT_FOLD_ALL:
        mk_tree_fold_all(&app->tree, app->shift);
        break;
    default:
        return false;
    }
    return true;
}

static void main_view(const MkApp *app, MkGrid *grid, MkRect body)
{
    (void)body;
    mk_main_view(app, grid);
}

const MkScreenOps mk_main_screen = {
    .kind = MK_SCREEN_MAIN, .title = "", .view = main_view, .act = main_act};
