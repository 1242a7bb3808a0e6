/* search.c - the / line: rows are narrowed while it is typed, texts are searched when it is ended.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "ui/view/search.h"

#include <string.h>

#include "ui/view/screen.h"
#include "ui/view/view.h"

void mk_search_begin(MkApp *app)
{
    app->is_searching = true;
    app->search_from = mk_tree_attribute(&app->tree);
    mk_field_set(&app->search, "");
    if (mk_app_screen(app) == MK_SCREEN_MAIN) {
        app->focus = MK_PANE_TREE;
    }
}

void mk_search_again(MkApp *app, bool forward)
{
    MkSheet *sheet = mk_screen_sheet(app);
    MkPager *pager = mk_screen_pager(app);
    bool found = true;
    if (app->pattern[0] == '\0') {
        mk_app_say(app, MK_MOOD_ECHO, "nothing was searched for yet: / searches");
        return;
    }
    if (sheet != NULL) {
        found = mk_sheet_find(sheet, app->pattern, forward);
    } else if (pager != NULL) {
        found = mk_pager_find(pager, app->pattern, forward, mk_screen_body(app).h);
    } else if (mk_app_screen(app) == MK_SCREEN_HELP) {
        mk_help_move(&app->help, forward ? 1 : -1);
    } else {
        app->focus = MK_PANE_TREE;
        found = mk_tree_find(&app->tree, app->pattern, forward, app->shift);
    }
    if (!found) {
        mk_app_say(app, MK_MOOD_WARN, "not found: %s", app->pattern);
    }
}

static void end_in_tree(MkApp *app, bool keep)
{
    if (!keep) {
        mk_tree_set_filter(&app->tree, "", app->shift);
        if (app->search_from != MK_NO_ATTRIBUTE) {
            mk_tree_select(&app->tree, app->search_from, app->shift);
        }
    } else if (app->tree.n_rows == 0) {
        mk_tree_set_filter(&app->tree, "", app->shift);
        mk_app_say(app, MK_MOOD_WARN, "no attribute matches %s", app->search.text);
    }
}

static void end_in_sheet(MkApp *app, MkSheet *sheet, bool keep)
{
    if (keep && sheet->n_shown > 0) {
        return;
    }
    mk_sheet_filter(sheet, "");
    if (keep) {
        mk_app_say(app, MK_MOOD_WARN, "no row matches %s", app->search.text);
    }
}

static void end_search(MkApp *app, bool keep)
{
    MkSheet *sheet = mk_screen_sheet(app);
    app->is_searching = false;
    if (keep && app->search.len > 0) {
        memcpy(app->pattern, app->search.text, sizeof app->pattern);
    }
    if (sheet != NULL) {
        end_in_sheet(app, sheet, keep);
    } else if (mk_screen_pager(app) != NULL) {
        if (keep) {
            mk_search_again(app, true);
        }
    } else if (mk_app_screen(app) == MK_SCREEN_HELP) {
        mk_help_filter(&app->help, keep ? app->search.text : "");
    } else {
        end_in_tree(app, keep);
    }
}

static void move(MkApp *app, long by)
{
    MkSheet *sheet = mk_screen_sheet(app);
    MkPager *pager = mk_screen_pager(app);
    if (sheet != NULL) {
        mk_sheet_move(sheet, by);
    } else if (pager != NULL) {
        mk_pager_move(pager, by, mk_screen_body(app).h);
    } else if (mk_app_screen(app) == MK_SCREEN_HELP) {
        mk_help_move(&app->help, by);
    } else {
        mk_tree_move(&app->tree, by);
    }
}

void mk_search_act(MkApp *app, MkAction action)
{
    switch (action) {
    case MK_ACT_ENTER:
        end_search(app, true);
        break;
    case MK_ACT_BACK:
        end_search(app, false);
        break;
    case MK_ACT_UP:
    case MK_ACT_DOWN:
        move(app, action == MK_ACT_UP ? -1 : 1);
        break;
    default:
        break;
    }
}

void mk_search_key(MkApp *app, uint32_t key)
{
    MkSheet *sheet = mk_screen_sheet(app);
    if (!mk_field_key(&app->search, key)) {
        return;
    }
    if (sheet != NULL) {
        mk_sheet_filter(sheet, app->search.text);
    } else if (mk_app_screen(app) == MK_SCREEN_MAIN) {
        mk_tree_set_filter(&app->tree, app->search.text, app->shift);
    } else if (mk_app_screen(app) == MK_SCREEN_HELP) {
        mk_help_filter(&app->help, app->search.text);
    }
}
