#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "ui/view/app.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/arena.h"
#include "src/base/text.h"
#include "ui/view/figure.h"
#include "ui/view/screen.h"
#include "ui/view/search.h"
#include "ui/view/state.h"
#include "ui/view/view.h"

const double mk_detail_quantiles[MK_DETAIL_QUANTILES] = {0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95};

MkStatus mk_app_new(const MkAppConfig *config, MkApp **out, MkError *err)
{
    MkApp *app = calloc(1, sizeof *app);
    if (app == NULL) {
        return mk_fail(err, MK_ENOMEM, "no memory for the workbench");
    }
    const size_t n = config->schema->n > 0 ? config->schema->n : 1;
    app->config = *config;
    snprintf(app->title, sizeof app->title, "%s", config->title);
    app->known = mk_heap_array(n, sizeof *app->known);
    app->targets = mk_heap_array(n, sizeof *app->targets);
    app->summary = mk_heap_array(n, sizeof *app->summary);
    app->population = mk_heap_array(n, sizeof *app->population);
    app->fresh = mk_heap_array(n, sizeof *app->fresh);
    app->shift = mk_heap_array(n, sizeof *app->shift);
    app->is_not_asked = mk_heap_array(n, sizeof *app->is_not_asked);
    app->spread = mk_heap_array(n, sizeof *app->spread);
    app->pin_room = mk_heap_array(n, sizeof *app->pin_room);
    app->marked = mk_heap_array(n, sizeof *app->marked);
    app->marks = mk_heap_array(n, sizeof *app->marks);
    MkStatus st = mk_tree_init(&app->tree, config->schema, err);
    st = st == MK_OK ? mk_screen_init_all(app, err) : st;
    if (st == MK_OK && (app->known == NULL || app->targets == NULL || app->summary == NULL ||
                        app->population == NULL || app->fresh == NULL || app->shift == NULL ||
                        app->is_not_asked == NULL || app->spread == NULL || app->pin_room == NULL ||
                        app->marked == NULL || app->marks == NULL)) {
        st = mk_fail(err, MK_ENOMEM, "no memory for the workbench");
    }
    if (st != MK_OK) {
        mk_app_free(app);
        return st;
    }
    app->tree.spread = app->spread;
    app->support = NAN;
    app->level = 0.9;
    app->detail.attribute = MK_NO_ATTRIBUTE;
    app->pinned = MK_NO_ATTRIBUTE;
    app->pinned_versus = MK_NO_ATTRIBUTE;
    app->plotted.target = MK_NO_ATTRIBUTE;
    app->search_from = MK_NO_ATTRIBUTE;
    *out = app;
    return MK_OK;
}

void mk_app_free(MkApp *app)
{
    if (app == NULL) {
        return;
    }
    mk_tree_release(&app->tree);
    mk_screen_release_all(app);
    mk_cases_release(&app->cases);
    mk_history_release(&app->history);
    free(app->known);
    free(app->targets);
    free(app->summary);
    free(app->population);
    free(app->fresh);
    free(app->shift);
    free(app->is_not_asked);
    free(app->spread);
    free(app->pin_room);
    free(app->marked);
    free(app->marks);
    free(app->figure);
    free(app->plot);
    free(app->pasted);
    mk_result_free(app->plot_result);
    free(app);
}

/* ---- reading ---- */

MkScreen mk_app_screen(const MkApp *app)
{
    return app->stack[app->depth];
}

unsigned mk_app_where(const MkApp *app)
{
    static const unsigned panes[MK_PANES] = {MK_IN_TREE, MK_IN_KNOWN, MK_IN_TARGETS, MK_IN_PLOT};
    if (app->prompt.is_open) {
        return MK_IN_PROMPT;
    }
    if (app->is_searching) {
        return MK_IN_SEARCH;
    }
    switch (app->popup) {
    case MK_POPUP_EDIT:
        return app->editor.attribute->n_levels > 0 ? MK_IN_LEVELS : MK_IN_NUMBER;
    case MK_POPUP_INFO:
        return MK_IN_INFO;
    case MK_POPUP_QUIT:
        return MK_IN_QUIT;
    case MK_POPUP_RESCUED:
        return MK_IN_RESCUED;
    case MK_POPUP_PASTED:
        return MK_IN_PASTED;
    case MK_POPUP_NONE:
        break;
    }
    const MkScreenOps *top = mk_screen_top(app);
    if (top->where != NULL) {
        return top->where(app);
    }
    return top->kind == MK_SCREEN_MAIN ? panes[app->focus] : top->place;
}

/* Under the cursor of the main screen, whatever lies over it. */
static size_t main_attribute(const MkApp *app)
{
    if (app->focus == MK_PANE_KNOWN) {
        return app->n_known > 0 ? app->known[app->known_cursor].attribute : MK_NO_ATTRIBUTE;
    }
    if (app->focus == MK_PANE_TARGETS) {
        return app->n_targets > 0 ? app->targets[app->target_cursor] : MK_NO_ATTRIBUTE;
    }
    if (app->focus == MK_PANE_PLOT && app->plotted.target != MK_NO_ATTRIBUTE) {
        return app->plotted.target;
    }
    return mk_tree_attribute(&app->tree);
}

size_t mk_app_attribute(const MkApp *app)
{
    const MkScreenOps *top = mk_screen_top(app);
    const MkSheet *sheet = mk_screen_sheet(app);
    if (top->attribute != NULL) {
        return top->attribute(app);
    }
    if (sheet != NULL) {
        const MkSheetRow *row = mk_sheet_here(sheet);
        return row != NULL ? row->attribute : MK_NO_ATTRIBUTE;
    }
    return main_attribute(app);
}

const MkValue *mk_app_known(const MkApp *app, size_t attribute)
{
    for (size_t i = 0; i < app->n_known; i++) {
        if (app->known[i].attribute == attribute) {
            return &app->known[i].value;
        }
    }
    return NULL;
}

bool mk_app_is_target(const MkApp *app, size_t attribute)
{
    for (size_t i = 0; i < app->n_targets; i++) {
        if (app->targets[i] == attribute) {
            return true;
        }
    }
    return false;
}

bool mk_app_has_verb(const MkApp *app, const char *name)
{
    for (size_t i = 0; i < app->config.n_verbs; i++) {
        if (strcmp(app->config.verbs[i].name, name) == 0) {
            return true;
        }
    }
    return false;
}

/* The pane follows the cursor, unless a plot is kept; on a category it keeps what it has. */
MkPlotWish mk_app_wish_at(const MkApp *app, size_t depth)
{
    const MkScreenOps *top = mk_screen_ops(app->stack[depth]);
    MkPlotWish its = {.target = MK_NO_ATTRIBUTE, .versus = MK_NO_ATTRIBUTE};
    if (top->plot_wish != NULL && top->plot_wish(app, mk_screen_body(app), &its)) {
        its.revision = its.revision > 0 ? its.revision : app->revision;
        return its;
    }
    const MkRect inside = mk_plot_inside(app);
    MkPlotWish wish = {.target = app->pinned,
                       .versus = app->pinned_versus,
                       .columns = inside.w,
                       .rows = inside.h,
                       .revision = app->revision};
    if (wish.target == MK_NO_ATTRIBUTE) {
        wish.target = main_attribute(app);
        wish.versus = MK_NO_ATTRIBUTE;
    }
    if (wish.target == MK_NO_ATTRIBUTE) {
        wish.target = app->plotted.target;
        wish.versus = app->plotted.versus;
    }
    if (wish.target == MK_NO_ATTRIBUTE && app->n_targets > 0) {
        wish.target = app->targets[0];
    }
    return wish;
}

MkPlotWish mk_app_plot_wish(const MkApp *app)
{
    return mk_app_wish_at(app, app->depth);
}

bool mk_plot_wish_shows(const MkPlotWish *a, const MkPlotWish *b)
{
    return a->target == b->target && a->versus == b->versus && a->columns == b->columns &&
           a->rows == b->rows && a->cell_width == b->cell_width &&
           a->cell_height == b->cell_height && a->result_id == b->result_id &&
           a->figure == b->figure;
}

bool mk_plot_wish_same(const MkPlotWish *a, const MkPlotWish *b)
{
    return mk_plot_wish_shows(a, b) && a->revision == b->revision;
}

size_t mk_app_visible(const MkApp *app, size_t *ids, size_t max)
{
    MkMainLayout layout;
    mk_main_layout(app, &layout);
    size_t n = 0;
    const size_t height = mk_pane_inside(layout.panes[MK_PANE_TREE]).h;
    for (size_t i = 0; i < height && app->tree.top + i < app->tree.n_rows && n < max; i++) {
        const MkTreeRow row = app->tree.rows[app->tree.top + i];
        if (!row.is_category && app->fresh[row.index] != MK_FRESH_NOW) {
            ids[n++] = row.index;
        }
    }
    for (size_t i = 0; i < app->n_targets && n < max; i++) {
        const size_t id = app->targets[i];
        bool listed = app->fresh[id] == MK_FRESH_NOW;
        for (size_t k = 0; k < n; k++) {
            listed = listed || ids[k] == id;
        }
        if (!listed) {
            ids[n++] = id;
        }
    }
    return n;
}

/* ---- parts of the update ---- */

void mk_app_ask(MkEffects *out, MkAskKind kind, const char *fmt, ...)
{
    if (out->n == MK_ASKS_MAX) {
        return;
    }
    MkAsk *ask = &out->asks[out->n++];
    ask->kind = kind;
    va_list args;
    va_start(args, fmt);
    const int len = vsnprintf(ask->text, sizeof ask->text, fmt, args);
    va_end(args);
    if (len < 0 || (size_t)len >= sizeof ask->text) {
        ask->kind = MK_ASK_TOO_LONG; /* half a line would say something else */
    }
}

void mk_app_say(MkApp *app, MkMood mood, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    vsnprintf(app->message, sizeof app->message, fmt, args);
    va_end(args);
    app->mood = mood;
}

static void scroll_list(size_t n, size_t height, size_t *cursor, size_t *top)
{
    *cursor = *cursor < n ? *cursor : (n > 0 ? n - 1 : 0);
    if (*cursor < *top) {
        *top = *cursor;
    } else if (height > 0 && *cursor >= *top + height) {
        *top = *cursor - height + 1;
    }
    const size_t most = n > height ? n - height : 0;
    *top = *top < most ? *top : most;
}

void mk_app_scroll(MkApp *app)
{
    MkMainLayout layout;
    mk_main_layout(app, &layout);
    mk_tree_scroll(&app->tree, mk_pane_inside(layout.panes[MK_PANE_TREE]).h);
    scroll_list(app->n_known, mk_pane_inside(layout.panes[MK_PANE_KNOWN]).h, &app->known_cursor,
                &app->known_top);
    scroll_list(app->n_targets, mk_pane_inside(layout.panes[MK_PANE_TARGETS]).h,
                &app->target_cursor, &app->target_top);
    mk_screen_arrange(app);
}

static void take_session(MkApp *app, const MkSnapshot *snapshot, MkEffects *out)
{
    const size_t n = app->config.schema->n;
    const bool changed = app->revision != snapshot->revision;
    app->n_known = snapshot->evidence.n < n ? snapshot->evidence.n : n;
    if (app->n_known > 0) {
        memcpy(app->known, snapshot->evidence.known, app->n_known * sizeof *app->known);
    }
    app->n_targets = snapshot->n_targets < n ? snapshot->n_targets : n;
    if (app->n_targets > 0) {
        memcpy(app->targets, snapshot->targets, app->n_targets * sizeof *app->targets);
    }
    app->n_scenarios = snapshot->n_scenarios;
    if (changed) {
        mk_cases_set(&app->cases, snapshot->scenarios, snapshot->n_scenarios, snapshot->persons,
                     snapshot->n_persons);
    }
    app->revision = snapshot->revision;
    app->level = snapshot->level;
    app->is_dirty = snapshot->is_dirty;
    snprintf(app->undo, sizeof app->undo, "%s", snapshot->undo);
    app->theme = MK_THEME_DEFAULT;
    (void)mk_theme_find(snapshot->theme != NULL ? snapshot->theme : "", &app->theme);
    if (changed) {
        mk_state_ask(app);
        app->n_fresh = 0;
        app->support = app->n_known > 0 ? app->support : NAN;
        for (size_t j = 0; j < n; j++) {
            app->fresh[j] = app->fresh[j] == MK_FRESH_NOW ? MK_FRESH_OLD : app->fresh[j];
        }
        const MkScreenOps *top = mk_screen_top(app);
        if (top->session != NULL) {
            top->session(app, out);
        }
    }
}

static void take_summaries(MkApp *app, const MkMsg *msg)
{
    if (msg->revision != app->revision) {
        return;
    }
    for (size_t i = 0; i < msg->n; i++) {
        const size_t id = msg->ids[i];
        app->summary[id] = msg->summaries[i];
        app->n_fresh += app->fresh[id] != MK_FRESH_NOW ? 1 : 0;
        app->fresh[id] = MK_FRESH_NOW;
    }
    if (app->n_fresh == app->config.schema->n) {
        mk_state_renew(app); /* once, so that rows do not jump while answers come in */
    }
}

static void replace(char **slot, const char *text)
{
    free(*slot);
    *slot = text != NULL ? strdup(text) : NULL;
}

static void take_text(MkApp *app, const MkMsg *msg)
{
    MkPager *pager = mk_screen_state(app, MK_SCREEN_RESULT);
    size_t lines = 0;
    for (const char *c = msg->text; *c != '\0'; c++) {
        lines += *c == '\n' && c[1] != '\0' ? 1 : 0;
    }
    if (lines == 0) {
        const char *end = strchr(msg->text, '\n');
        const int len = (int)(end != NULL ? (size_t)(end - msg->text) : strlen(msg->text));
        mk_app_say(app, MK_MOOD_ECHO, len > 0 ? ":%s   %.*s" : ":%s", msg->line, len, msg->text);
        if (len > 0 && mk_utf8_width(app->message) + 2 > app->columns &&
            mk_pager_set(pager, msg->line, msg->text)) {
            mk_app_say(app, MK_MOOD_ECHO, "(r reads all) %.*s", len, msg->text);
        }
    } else if (mk_pager_set(pager, msg->line, msg->text)) {
        mk_screen_open(app, MK_SCREEN_RESULT);
        mk_app_say(app, MK_MOOD_ECHO, "%s", "");
    }
}

/* What went into a file is told and not shown. */
static bool is_written(const MkResult *result)
{
    bool found = false;
    for (size_t i = 0; result != NULL && i < result->n_effects; i++) {
        found = found || (result->effects[i].kind == MK_EFFECT_WRITE && !result->is_shown_too);
    }
    return found;
}

static void take_result(MkApp *app, const MkMsg *msg)
{
    app->n_results++;
    const bool is_shown = !is_written(msg->result) && mk_screen_take(app, msg);
    if (!is_shown && msg->kind == MK_MSG_RESULT) {
        take_text(app, msg);
    }
}

static void take_prompt(MkApp *app, const MkMsg *msg)
{
    MkPromptState *prompt = &app->prompt;
    prompt->is_open = true;
    snprintf(prompt->text, sizeof prompt->text, "%s", msg->text);
    prompt->point = msg->point < strlen(prompt->text) ? msg->point : strlen(prompt->text);
    prompt->n_candidates = msg->n < MK_CANDIDATES_MAX ? msg->n : MK_CANDIDATES_MAX;
    prompt->n_more = msg->n_more + msg->n - prompt->n_candidates;
    prompt->chosen = msg->chosen <= prompt->n_candidates ? msg->chosen : 0;
    for (size_t i = 0; i < prompt->n_candidates; i++) {
        snprintf(prompt->words[i], sizeof prompt->words[i], "%s", msg->candidates[i].word);
        snprintf(prompt->helps[i], sizeof prompt->helps[i], "%s", msg->candidates[i].help);
    }
}

static void end_prompt(MkApp *app, const char *line, MkEffects *out)
{
    app->prompt = (MkPromptState){0};
    if (line != NULL && line[strspn(line, " \t")] != '\0') {
        if (mk_app_screen(app) == MK_SCREEN_RESULT || mk_app_screen(app) == MK_SCREEN_HELP) {
            mk_screen_back(app);
        }
        mk_app_say(app, MK_MOOD_ECHO, "%s", ""); /* what was said before is over */
        mk_app_ask(out, MK_ASK_RUN, "%s", line + strspn(line, " \t"));
    }
}

/* Where one pane has the whole screen, a plot that was asked for is the one to be seen. */
static void show_plot_pane(MkApp *app)
{
    MkMainLayout layout;
    mk_main_layout(app, &layout);
    if (layout.has_tabs) {
        app->focus = MK_PANE_PLOT;
    }
}

static void show_plot(MkApp *app, size_t target, size_t versus)
{
    const bool is_whole = mk_screen_is_open(app, MK_SCREEN_FIGURE);
    mk_screen_home(app);
    if (is_whole) {
        mk_figure_open(app);
    }
    app->pinned = target;
    app->pinned_versus = versus;
    replace(&app->figure, NULL);
    show_plot_pane(app);
}

static void take_key(MkApp *app, uint32_t key, MkEffects *out)
{
    const unsigned where = mk_app_where(app);
    const MkScreenOps *top = mk_screen_top(app);
    MkMainLayout layout;
    mk_main_layout(app, &layout);
    MkAction action = mk_binding_find(where, key);
    if (layout.is_too_small && action != MK_ACT_QUIT && action != MK_ACT_SUSPEND &&
        action != MK_ACT_BACK && action != MK_ACT_REPAINT) {
        return; /* nothing happens that cannot be seen */
    }
    mk_app_say(app, MK_MOOD_ECHO, "%s", "");
    if (action != MK_ACT_NONE) {
        mk_app_act(app, action, out);
    } else if (where == MK_IN_NUMBER) {
        mk_editor_key(&app->editor, key);
    } else if (where == MK_IN_SEARCH) {
        mk_search_key(app, key);
    } else if (where != MK_IN_SEARCH && top->key != NULL && top->key(app, key, out)) {
        return;
    } else if (key > ' ' && key < MK_KEY_NAMED) {
        mk_app_say(app, MK_MOOD_ECHO, "no key here: ? lists the keys");
    }
}

/* flat switch */
void mk_app_update(MkApp *app, const MkMsg *msg, MkEffects *out)
{
    switch (msg->kind) {
    case MK_MSG_KEY:
        take_key(app, msg->key, out);
        break;
    case MK_MSG_RESIZE:
        app->columns = msg->columns;
        app->rows = msg->rows;
        break;
    case MK_MSG_SESSION:
        take_session(app, msg->snapshot, out);
        break;
    case MK_MSG_SUMMARIES:
        take_summaries(app, msg);
        break;
    case MK_MSG_POPULATION:
        memcpy(app->population, msg->summaries, msg->n * sizeof *app->population);
        app->has_population = true;
        break;
    case MK_MSG_SUPPORT:
        app->support = msg->revision == app->revision ? msg->number : app->support;
        break;
    case MK_MSG_DETAIL:
        app->detail = *msg->detail;
        break;
    case MK_MSG_PLOT:
        replace(&app->plot, msg->text);
        app->plot_failed = msg->mood == MK_MOOD_BAD;
        app->plotted = *msg->wish;
        mk_result_free(app->plot_result);
        app->plot_result = msg->result != NULL ? mk_result_keep(msg->result) : NULL;
        break;
    case MK_MSG_CELLS:
        app->cell_width = msg->columns;
        app->cell_height = msg->rows;
        break;
    case MK_MSG_FIGURE:
        replace(&app->figure, msg->text);
        mk_screen_home(app);
        show_plot_pane(app);
        break;
    case MK_MSG_RESULT:
    case MK_MSG_PARTIAL:
        take_result(app, msg);
        break;
    case MK_MSG_LINE:
        mk_history_add(&app->history, msg->line, msg->text, msg->mood == MK_MOOD_BAD);
        app->filling = msg->mood == MK_MOOD_BAD ? MK_SCREEN_MAIN : app->filling;
        break;
    case MK_MSG_NOTICE:
        mk_app_say(app, msg->mood, "%s", msg->text);
        break;
    case MK_MSG_PROMPT:
        take_prompt(app, msg);
        break;
    case MK_MSG_PROMPT_DONE:
        end_prompt(app, msg->text, out);
        break;
    case MK_MSG_PROMPT_CANCEL:
        end_prompt(app, NULL, out);
        break;
    case MK_MSG_BUSY:
        snprintf(app->busy, sizeof app->busy, "%s", msg->text);
        break;
    case MK_MSG_SHOW:
        show_plot(app, msg->target, msg->versus);
        break;
    case MK_MSG_PASTE:
        replace(&app->pasted, msg->text);
        app->popup = app->pasted != NULL ? MK_POPUP_PASTED : MK_POPUP_NONE;
        break;
    case MK_MSG_RESCUED:
        snprintf(app->rescued, sizeof app->rescued, "%s", msg->text);
        app->popup = MK_POPUP_RESCUED;
        break;
    }
    mk_app_scroll(app);
}
