/* reading.c - the screens that are read: the text of a result, and the keys and commands. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <stdio.h>

#include "ui/view/screen.h"
#include "ui/view/screens.h"
#include "ui/view/view.h"

/* ---- the text of a result ---- */

static MkPager *result_pager(const MkApp *app)
{
    return mk_screen_state(app, MK_SCREEN_RESULT);
}

static void result_release(void *state)
{
    mk_pager_release(state);
}

static void result_view(const MkApp *app, MkGrid *grid, MkRect body)
{
    mk_pager_view(result_pager(app), grid, body);
}

static void result_heading(const MkApp *app, char *out, size_t size)
{
    snprintf(out, size, ":%s", result_pager(app)->title);
}

const MkScreenOps mk_result_screen = {.kind = MK_SCREEN_RESULT,
                                      .title = "",
                                      .place = MK_IN_RESULT,
                                      .state_bytes = sizeof(MkPager),
                                      .release = result_release,
                                      .view = result_view,
                                      .pager = result_pager,
                                      .heading = result_heading};

/* ---- keys and commands ---- */

/* Enter on a key does what the key does where help was asked for; on a verb opens the prompt with
 * it. */
static void run_entry(MkApp *app, MkEffects *out)
{
    const MkHelpEntry *entry = mk_help_entry(&app->help);
    const unsigned from = app->help.from;
    if (entry == NULL) {
        return;
    }
    mk_screen_back(app);
    if (entry->verb != NULL) {
        mk_app_ask(out, MK_ASK_PROMPT, "%s ", entry->verb->name);
    } else if ((entry->binding->where & from) != 0) {
        mk_app_act(app, entry->binding->action, out);
    } else {
        mk_app_say(app, MK_MOOD_ECHO, "%s works elsewhere: %s", entry->binding->show,
                   entry->binding->help);
    }
}

static bool help_act(MkApp *app, MkAction action, MkEffects *out)
{
    const long page = (long)mk_help_list(app).h;
    switch (action) {
    case MK_ACT_ENTER:
        run_entry(app, out);
        break;
    case MK_ACT_UP:
        mk_help_move(&app->help, -1);
        break;
    case MK_ACT_DOWN:
        mk_help_move(&app->help, 1);
        break;
    case MK_ACT_PAGE_UP:
        mk_help_move(&app->help, -page);
        break;
    case MK_ACT_PAGE_DOWN:
        mk_help_move(&app->help, page);
        break;
    case MK_ACT_FIRST:
        mk_help_move(&app->help, -MK_HELP_MAX);
        break;
    case MK_ACT_LAST:
        mk_help_move(&app->help, MK_HELP_MAX);
        break;
    default:
        return false;
    }
    return true;
}

static void help_arrange(MkApp *app, MkRect body)
{
    (void)body;
    mk_help_scroll(&app->help, mk_help_list(app).h);
}

static void help_view(const MkApp *app, MkGrid *grid, MkRect body)
{
    (void)body;
    const MkRect story = mk_help_story(app);
    mk_help_view(&app->help, grid, mk_help_list(app), story);
    if (story.h > 0) {
        mk_grid_fill(grid, (MkRect){story.x, story.y - 1, story.w, 1}, MK_CELL_BORDER, "─");
    }
}

static void help_status(const MkApp *app, char *out, size_t size)
{
    if (app->help.filter[0] != '\0') {
        snprintf(out, size, "/%s", app->help.filter);
    }
}

const MkScreenOps mk_help_screen = {.kind = MK_SCREEN_HELP,
                                    .title = "Keys and commands",
                                    .place = MK_IN_HELP,
                                    .view = help_view,
                                    .arrange = help_arrange,
                                    .act = help_act,
                                    .status = help_status};
