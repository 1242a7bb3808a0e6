#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "ui/view/screen.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/text.h"
#include "ui/view/picture.h"
#include "ui/view/screens.h"
#include "ui/view/view.h"

static const MkScreenOps *const table[MK_SCREENS] = {
    [MK_SCREEN_MAIN] = &mk_main_screen,         [MK_SCREEN_RESULT] = &mk_result_screen,
    [MK_SCREEN_HELP] = &mk_help_screen,         [MK_SCREEN_EXPLORE] = &mk_explore_screen,
    [MK_SCREEN_OPTIMIZE] = &mk_optimize_screen, [MK_SCREEN_SCENARIOS] = &mk_scenarios_screen,
    [MK_SCREEN_LOG] = &mk_log_screen,           [MK_SCREEN_CARD] = &mk_card_screen,
    [MK_SCREEN_FIGURE] = &mk_figure_screen,
};

const MkScreenOps *mk_screen_ops(MkScreen kind)
{
    return table[kind];
}

const MkScreenOps *mk_screen_top(const MkApp *app)
{
    return table[mk_app_screen(app)];
}

void *mk_screen_state(const MkApp *app, MkScreen kind)
{
    return app->states[kind];
}

MkSheet *mk_screen_sheet(const MkApp *app)
{
    const MkScreenOps *top = mk_screen_top(app);
    return top->sheet != NULL ? top->sheet(app) : NULL;
}

MkPager *mk_screen_pager(const MkApp *app)
{
    const MkScreenOps *top = mk_screen_top(app);
    return top->pager != NULL ? top->pager(app) : NULL;
}

MkRect mk_screen_body(const MkApp *app)
{
    return mk_text_inside(app);
}

/* ---- the stack ---- */

bool mk_screen_is_open(const MkApp *app, MkScreen kind)
{
    bool found = false;
    for (size_t i = 0; i <= app->depth; i++) {
        found = found || app->stack[i] == kind;
    }
    return found;
}

void mk_screen_open(MkApp *app, MkScreen kind)
{
    for (size_t i = 0; i <= app->depth; i++) {
        if (app->stack[i] == kind) {
            app->depth = i;
            return;
        }
    }
    app->stack[++app->depth] = kind; /* each lies there once, so there is room for all */
}

void mk_screen_back(MkApp *app)
{
    app->depth -= app->depth > 0 ? 1 : 0;
}

void mk_screen_home(MkApp *app)
{
    app->depth = 0;
}

/* ---- life ---- */

MkStatus mk_screen_init_all(MkApp *app, MkError *err)
{
    for (size_t i = 0; i < MK_SCREENS; i++) {
        if (table[i] == NULL || table[i]->state_bytes == 0) {
            continue;
        }
        app->states[i] = calloc(1, table[i]->state_bytes);
        if (app->states[i] == NULL) {
            return mk_fail(err, MK_ENOMEM, "no memory for the workbench");
        }
    }
    return MK_OK;
}

void mk_screen_release_all(MkApp *app)
{
    for (size_t i = 0; i < MK_SCREENS; i++) {
        if (app->states[i] != NULL && table[i]->release != NULL) {
            table[i]->release(app->states[i]);
        }
        free(app->states[i]);
        app->states[i] = NULL;
    }
}

/* ---- messages ---- */

static bool wants(const MkScreenOps *ops, const char *verb)
{
    const size_t len = strlen(verb);
    for (const char *word = ops->verbs; word != NULL && *word != '\0';) {
        const size_t n = strcspn(word, " ");
        if (n == len && strncmp(word, verb, n) == 0) {
            return true;
        }
        word += n + strspn(word + n, " ");
    }
    return false;
}

/* The first of several partial results opens the screen; whoever leaves it meanwhile is left where
 * they are. */
static void show_taken(MkApp *app, const MkMsg *msg, MkScreen kind)
{
    const bool was_shown = app->filling == kind;
    app->filling = msg->kind == MK_MSG_PARTIAL ? kind : MK_SCREEN_MAIN;
    mk_app_say(app, MK_MOOD_ECHO, "%s", "");
    if (!was_shown) {
        mk_screen_open(app, kind);
    } else if (msg->kind == MK_MSG_RESULT && !mk_screen_is_open(app, kind)) {
        mk_app_say(app, MK_MOOD_ECHO, ":%s is done; its screen was left", msg->line);
    }
}

bool mk_screen_take(MkApp *app, const MkMsg *msg)
{
    for (size_t i = 0; i < MK_SCREENS && msg->result != NULL; i++) {
        const MkScreenOps *ops = table[i];
        if (ops != NULL && ops->take != NULL && wants(ops, msg->result->verb) &&
            ops->take(app, msg)) {
            show_taken(app, msg, ops->kind);
            return true;
        }
    }
    return false;
}

static bool sheet_act(MkApp *app, MkSheet *sheet, MkAction action)
{
    const size_t body = mk_screen_body(app).h;
    const size_t height = sheet->height > 0 ? sheet->height : body;
    char says[128];
    if (action == MK_ACT_BACK && sheet->filter[0] != '\0') {
        mk_sheet_filter(sheet, "");
        return true;
    }
    if (action == MK_ACT_BACK && sheet->n_marks > 0) {
        mk_sheet_unmark_all(sheet);
        return true;
    }
    if (!mk_sheet_act(sheet, action, height, says, sizeof says)) {
        return false;
    }
    if (says[0] != '\0') {
        mk_app_say(app, MK_MOOD_ECHO, "%s", says);
    }
    return true;
}

bool mk_screen_act(MkApp *app, MkAction action, MkEffects *out)
{
    const MkScreenOps *top = mk_screen_top(app);
    const MkRect body = mk_screen_body(app);
    MkSheet *sheet = mk_screen_sheet(app);
    MkPager *pager = mk_screen_pager(app);
    if ((top->act != NULL && top->act(app, action, out)) ||
        (sheet != NULL && sheet_act(app, sheet, action)) ||
        (pager != NULL && mk_pager_act(pager, action, body.w, body.h))) {
        return true;
    }
    if (action == MK_ACT_BACK && app->depth > 0) {
        mk_screen_back(app);
        return true;
    }
    return false;
}

void mk_screen_arrange(MkApp *app)
{
    const MkScreenOps *top = mk_screen_top(app);
    const MkRect body = mk_screen_body(app);
    MkSheet *sheet = mk_screen_sheet(app);
    MkPager *pager = mk_screen_pager(app);
    if (sheet != NULL) {
        sheet->height = body.h > 0 ? body.h - 1 : 0;
    }
    if (top->arrange != NULL) {
        top->arrange(app, body);
    }
    if (sheet != NULL) {
        mk_sheet_scroll(sheet, sheet->height);
    }
    if (pager != NULL) {
        mk_pager_move(pager, 0, body.h);
    }
}

/* ---- drawing ---- */

static void title_line(const MkApp *app, const MkScreenOps *top, MkGrid *grid)
{
    char heading[512] = "", right[256] = "";
    const size_t w = app->columns - 2;
    const MkSheet *sheet = mk_screen_sheet(app);
    MkCellRole role = MK_CELL_MUTED;
    if (app->busy[0] != '\0') {
        role = mk_view_state(app, right, sizeof right);
    } else if (sheet != NULL) {
        mk_sheet_position(sheet, right, sizeof right);
    }
    const size_t need = mk_utf8_width(right);
    const size_t room = right[0] != '\0' && need + 20 < w ? w - need - 2 : w;
    size_t x = 1 + mk_grid_put(grid, 1, 0, room, MK_CELL_TITLE, top->title);
    if (top->heading != NULL) {
        top->heading(app, heading, sizeof heading);
    }
    if (heading[0] != '\0' && top->title[0] == '\0') {
        mk_grid_put(grid, x, 0, room, MK_CELL_TITLE, heading);
    } else if (heading[0] != '\0' && x + 4 < room) {
        mk_grid_put(grid, x + 2, 0, room - x - 1, MK_CELL_TEXT, heading);
    }
    if (room < w) {
        mk_grid_put_right(grid, 1, 0, w, role, right);
    }
}

void mk_screen_view(const MkApp *app, MkGrid *grid)
{
    const MkScreenOps *top = mk_screen_top(app);
    top->view(app, grid, mk_screen_body(app));
    if (top->kind != MK_SCREEN_MAIN) {
        title_line(app, top, grid);
    }
}

void mk_screen_plot_view(const MkApp *app, MkGrid *grid, MkRect rect)
{
    const MkPlotWish wish = mk_app_plot_wish(app);
    if (rect.w == 0 || rect.h == 0) {
        return;
    }
    const bool is_there = app->plot != NULL && mk_plot_wish_shows(&app->plotted, &wish);
    if (is_there && app->plot_failed) {
        mk_grid_wrap(grid, rect, MK_CELL_WARN, app->plot);
    } else if (is_there) {
        mk_picture_put(grid, rect, app->plot);
    } else {
        mk_grid_put(grid, rect.x, rect.y, rect.w, MK_CELL_MUTED, "drawing …");
    }
}
