/* log.c - the session's lines: read them, run one again, or change it first. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "ui/view/screens.h"
#include "ui/view/view.h"

typedef struct Log {
    MkSheet sheet;
    size_t listed; /* lines that the sheet has */
} Log;

static void release(void *state)
{
    mk_sheet_release(&((Log *)state)->sheet);
}

static MkSheet *sheet(const MkApp *app)
{
    return &((Log *)mk_screen_state(app, MK_SCREEN_LOG))->sheet;
}

/* While nothing was wrong, lines have the room of what was. */
static bool anything_said(const MkHistory *history)
{
    bool is_said = false;
    for (size_t i = 0; i < history->n; i++) {
        is_said = is_said || history->lines[i].says[0] != '\0';
    }
    return is_said;
}

static void list(MkApp *app)
{
    MkSheetColumn columns[] = {
        {.title = "#", .align = MK_ALIGN_RIGHT, .min = 4, .is_number = true, .is_fixed = true},
        {.title = "", .min = 1, .wish = 1, .is_fixed = true},
        {.title = "Line", .min = 24, .wish = 40, .weight = 2},
        {.title = "What was wrong", .min = 16, .wish = 20, .weight = 1, .rank = 1}};
    Log *log = mk_screen_state(app, MK_SCREEN_LOG);
    size_t n_columns = sizeof columns / sizeof *columns;
    n_columns -= anything_said(&app->history) ? 0 : 1;
    mk_sheet_columns(&log->sheet, columns, n_columns);
    mk_sheet_begin(&log->sheet);
    for (size_t i = 0; i < app->history.n; i++) {
        const MkHistoryLine *line = &app->history.lines[i];
        mk_sheet_row_id(&log->sheet, i, line->is_failed ? "failed" : "");
        mk_sheet_put(&log->sheet, 0, MK_CELL_MUTED, (double)(i + 1), "%zu", i + 1);
        mk_sheet_put(&log->sheet, 1, MK_CELL_BAD, NAN, "%s", line->is_failed ? "!" : "");
        mk_sheet_put(&log->sheet, 2, MK_CELL_TEXT, NAN, "%s", line->line);
        if (n_columns > 3) {
            mk_sheet_put(&log->sheet, 3, MK_CELL_WARN, NAN, "%s", line->says);
        }
    }
    mk_sheet_end(&log->sheet);
    log->listed = app->history.n;
}

void mk_log_open(MkApp *app)
{
    list(app);
    mk_screen_open(app, MK_SCREEN_LOG);
    mk_sheet_move(sheet(app), (long)app->history.n); /* the newest is what is wanted mostly */
}

/* A new line is the last one; who stands at the end goes with it. */
static void arrange(MkApp *app, MkRect body)
{
    (void)body;
    Log *log = mk_screen_state(app, MK_SCREEN_LOG);
    const bool at_end = log->sheet.cursor + 1 >= log->sheet.n_shown;
    if (log->listed != app->history.n) {
        list(app);
        if (at_end) {
            mk_sheet_move(&log->sheet, (long)app->history.n);
        }
    }
}

static bool act(MkApp *app, MkAction action, MkEffects *out)
{
    const MkSheetRow *row = mk_sheet_here(sheet(app));
    const bool is_run = action == MK_ACT_ENTER;
    if (!is_run && action != MK_ACT_EDIT) {
        return false;
    }
    if (row == NULL || row->id >= app->history.n) {
        mk_app_say(app, MK_MOOD_ECHO, "nothing was run yet");
        return true;
    }
    mk_app_ask(out, is_run ? MK_ASK_RUN : MK_ASK_PROMPT, "%s", app->history.lines[row->id].line);
    return true;
}

static void view(const MkApp *app, MkGrid *grid, MkRect body)
{
    mk_sheet_view(sheet(app), grid, body, true);
    if (app->history.n == 0 && body.h > 1) {
        mk_grid_put(grid, body.x + 2, body.y + 1, body.w - 2, MK_CELL_MUTED, "nothing was run yet");
    }
}

static void heading(const MkApp *app, char *out, size_t size)
{
    size_t failed = 0;
    for (size_t i = 0; i < app->history.n; i++) {
        failed += app->history.lines[i].is_failed ? 1 : 0;
    }
    snprintf(out, size, "%zu line%s", app->history.n, app->history.n == 1 ? "" : "s");
    if (failed > 0) {
        const size_t len = strlen(out);
        snprintf(out + len, size - len, ", %zu failed", failed);
    }
}

/* What was wrong, in full. */
static void status(const MkApp *app, char *out, size_t size)
{
    const MkSheetRow *row = mk_sheet_here(sheet(app));
    if (row != NULL && row->id < app->history.n) {
        snprintf(out, size, "%s", app->history.lines[row->id].says);
    }
}

const MkScreenOps mk_log_screen = {.kind = MK_SCREEN_LOG,
                                   .title = "Session log",
                                   .place = MK_IN_LOG,
                                   .state_bytes = sizeof(Log),
                                   .release = release,
                                   .view = view,
                                   .arrange = arrange,
                                   .act = act,
                                   .sheet = sheet,
                                   .heading = heading,
                                   .status = status};
