/* act.c - what a key does, place by place. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "ui/view/app.h"

#include <stdlib.h>
#include <string.h>

#include "ui/view/view.h"

static const char *name_of(const MkApp *app, size_t attribute)
{
    return app->config.schema->attributes[attribute].name;
}

void mk_app_open_editor(MkApp *app, size_t attribute)
{
    const bool has_level = app->fresh[attribute] != MK_FRESH_NONE;
    mk_editor_open(&app->editor, attribute, &app->config.schema->attributes[attribute],
                   mk_app_known(app, attribute),
                   has_level ? (size_t)app->summary[attribute].median : 0);
    app->popup = MK_POPUP_EDIT;
}

/* ---- lists of the main screen ---- */

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

/* ---- verbs ---- */

/* The attribute under the cursor, or a word of help when there is none. */
static bool need_attribute(MkApp *app, size_t *attribute)
{
    *attribute = mk_app_attribute(app);
    if (*attribute == MK_NO_ATTRIBUTE) {
        mk_app_say(app, MK_MOOD_ECHO, "choose an attribute first");
        return false;
    }
    return true;
}

static void act_target(MkApp *app, MkEffects *out)
{
    size_t attribute = 0;
    if (need_attribute(app, &attribute)) {
        mk_app_ask(out, MK_ASK_RUN,
                   mk_app_is_target(app, attribute) ? "target %s --drop" : "target %s",
                   name_of(app, attribute));
    }
}

static void act_forget(MkApp *app, size_t attribute, MkEffects *out)
{
    if (mk_app_known(app, attribute) == NULL) {
        mk_app_say(app, MK_MOOD_ECHO, "%s is not known: nothing to forget",
                   name_of(app, attribute));
        return;
    }
    mk_app_ask(out, MK_ASK_RUN, "forget %s", name_of(app, attribute));
}

static void act_plot(MkApp *app, MkEffects *out)
{
    size_t attribute = 0;
    if (!need_attribute(app, &attribute)) {
        return;
    }
    const bool is_kept = app->pinned == attribute && app->pinned_versus == MK_NO_ATTRIBUTE;
    if (is_kept && app->figure == NULL) {
        app->pinned = MK_NO_ATTRIBUTE;
        mk_app_say(app, MK_MOOD_ECHO, "the plot follows the cursor again");
        return;
    }
    mk_app_ask(out, MK_ASK_RUN, "plot %s", name_of(app, attribute));
}

static void act_compare(MkApp *app, MkEffects *out)
{
    if (app->n_scenarios == 0) {
        mk_app_say(app, MK_MOOD_ECHO,
                   "no scenarios yet: :scenario NAME A=V ... makes one, :run FILE reads some");
        return;
    }
    if (app->n_targets == 0) {
        mk_app_say(app, MK_MOOD_ECHO, "no targets yet: t on an attribute makes it one");
        return;
    }
    char line[MK_ASK_BYTES] = "compare";
    for (size_t i = 0; i < app->n_targets; i++) {
        const char *name = name_of(app, app->targets[i]);
        if (strlen(line) + strlen(name) + 2 < sizeof line) {
            strcat(strcat(line, " "), name);
        }
    }
    mk_app_ask(out, MK_ASK_RUN, "%s", line);
}

static void act_undo(MkApp *app, MkEffects *out)
{
    if (app->undo[0] == '\0') {
        mk_app_say(app, MK_MOOD_ECHO, "nothing to undo");
        return;
    }
    mk_app_ask(out, MK_ASK_RUN, "undo");
}

static bool act_verb(MkApp *app, MkAction action, MkEffects *out)
{
    size_t attribute = 0;
    switch (action) {
    case MK_ACT_TARGET:
        act_target(app, out);
        return true;
    case MK_ACT_FORGET:
        if (need_attribute(app, &attribute)) {
            act_forget(app, attribute, out);
        }
        return true;
    case MK_ACT_PLOT:
        act_plot(app, out);
        return true;
    case MK_ACT_VERSUS:
        if (need_attribute(app, &attribute)) {
            mk_app_ask(out, MK_ASK_PROMPT, "plot %s vs ", name_of(app, attribute));
        }
        return true;
    case MK_ACT_ESTIMATE:
        if (need_attribute(app, &attribute)) {
            mk_app_ask(out, MK_ASK_RUN, "estimate %s", name_of(app, attribute));
        }
        return true;
    case MK_ACT_COMPARE:
        act_compare(app, out);
        return true;
    case MK_ACT_EXPORT:
        mk_app_ask(out, MK_ASK_PROMPT, "export ");
        return true;
    case MK_ACT_SAVE:
        mk_app_ask(out, MK_ASK_PROMPT, "save ");
        return true;
    case MK_ACT_UNDO:
        act_undo(app, out);
        return true;
    case MK_ACT_REDO:
        mk_app_ask(out, MK_ASK_RUN, "redo");
        return true;
    default:
        return false;
    }
}

/* ---- search ---- */

static void begin_search(MkApp *app)
{
    app->is_searching = true;
    app->search_from = mk_tree_attribute(&app->tree);
    mk_field_set(&app->search, "");
    if (app->screen == MK_SCREEN_MAIN) {
        app->focus = MK_PANE_TREE;
    }
}

static void find_again(MkApp *app, bool forward)
{
    bool found = false;
    if (app->pattern[0] == '\0') {
        mk_app_say(app, MK_MOOD_ECHO, "nothing was searched for yet: / searches");
        return;
    }
    if (app->screen == MK_SCREEN_RESULT) {
        found = mk_pager_find(&app->pager, app->pattern, forward, mk_text_inside(app).h);
    } else if (app->screen == MK_SCREEN_HELP) {
        mk_help_move(&app->help, forward ? 1 : -1);
        found = true;
    } else {
        app->focus = MK_PANE_TREE;
        found = mk_tree_find(&app->tree, app->pattern, forward, app->shift);
    }
    if (!found) {
        mk_app_say(app, MK_MOOD_WARN, "not found: %s", app->pattern);
    }
}

static void end_search(MkApp *app, bool keep)
{
    app->is_searching = false;
    if (keep && app->search.len > 0) {
        memcpy(app->pattern, app->search.text, sizeof app->pattern);
    }
    if (app->screen == MK_SCREEN_RESULT) {
        if (keep) {
            find_again(app, true);
        }
    } else if (app->screen == MK_SCREEN_HELP) {
        mk_help_filter(&app->help, keep ? app->search.text : "");
    } else if (!keep) {
        mk_tree_set_filter(&app->tree, "", app->shift);
        if (app->search_from != MK_NO_ATTRIBUTE) {
            mk_tree_select(&app->tree, app->search_from, app->shift);
        }
    } else if (app->tree.n_rows == 0) {
        mk_tree_set_filter(&app->tree, "", app->shift);
        mk_app_say(app, MK_MOOD_WARN, "no attribute matches %s", app->search.text);
    }
}

static void act_in_search(MkApp *app, MkAction action)
{
    const long by = action == MK_ACT_UP ? -1 : 1;
    switch (action) {
    case MK_ACT_ENTER:
        end_search(app, true);
        break;
    case MK_ACT_BACK:
        end_search(app, false);
        break;
    case MK_ACT_UP:
    case MK_ACT_DOWN:
        if (app->screen == MK_SCREEN_HELP) {
            mk_help_move(&app->help, by);
        } else if (app->screen == MK_SCREEN_MAIN) {
            mk_tree_move(&app->tree, by);
        } else {
            mk_pager_move(&app->pager, by, mk_text_inside(app).h);
        }
        break;
    default:
        break;
    }
}

/* ---- one level back ---- */

static void act_back(MkApp *app)
{
    if (app->tree.filter[0] != '\0') {
        const size_t here = mk_tree_attribute(&app->tree);
        mk_tree_set_filter(&app->tree, "", app->shift);
        mk_tree_select(&app->tree, here, app->shift);
    } else if (app->is_zoomed) {
        app->is_zoomed = false;
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
        if (layout.has_tabs || app->is_zoomed || layout.panes[app->focus].w > 0) {
            return;
        }
    }
}

static void act_sort(MkApp *app)
{
    static const char *const says[] = {"in the order of the categories",
                                       "ordered by shift from the population, largest first",
                                       "ordered by name"};
    app->tree.sort = (MkTreeSort)((app->tree.sort + 1) % MK_SORTS);
    mk_tree_rebuild(&app->tree, app->shift);
    if (app->tree.sort != MK_SORT_CATEGORY) {
        mk_tree_move(&app->tree, -far());
    }
    mk_app_say(app, MK_MOOD_ECHO, "%s", says[app->tree.sort]);
}

static void act_info(MkApp *app)
{
    const size_t attribute = app->popup == MK_POPUP_EDIT ? app->editor.id : mk_app_attribute(app);
    if (attribute != MK_NO_ATTRIBUTE) {
        app->info = attribute;
        app->info_over_editor = app->popup == MK_POPUP_EDIT;
        app->popup = MK_POPUP_INFO;
    }
}

static void act_quit(MkApp *app, MkEffects *out)
{
    const bool has_reason = app->is_dirty || app->busy[0] != '\0';
    if (has_reason && app->popup != MK_POPUP_QUIT) {
        app->popup = MK_POPUP_QUIT;
    } else {
        mk_app_ask(out, MK_ASK_QUIT, "%s", "");
    }
}

static void open_help(MkApp *app)
{
    mk_help_open(&app->help, app->config.verbs, app->config.n_verbs, mk_app_where(app));
    app->screen = MK_SCREEN_HELP;
}

static void act_result(MkApp *app)
{
    if (app->pager.n_lines == 0) {
        mk_app_say(app, MK_MOOD_ECHO, "no result yet");
    } else {
        app->screen = MK_SCREEN_RESULT;
    }
}

/* flat switch */
static void act_in_main(MkApp *app, MkAction action, MkEffects *out)
{
    if (act_verb(app, action, out) || act_move(app, action)) {
        return;
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
    case MK_ACT_FOLD_ALL:
        mk_tree_fold_all(&app->tree, app->shift);
        break;
    case MK_ACT_INFO:
        act_info(app);
        break;
    case MK_ACT_RESULT:
        act_result(app);
        break;
    case MK_ACT_ZOOM:
        app->is_zoomed = !app->is_zoomed;
        break;
    case MK_ACT_INTERRUPT:
        if (app->busy[0] != '\0') {
            mk_app_ask(out, MK_ASK_INTERRUPT, "%s", "");
        } else {
            mk_app_say(app, MK_MOOD_ECHO, "q leaves the program");
        }
        break;
    default:
        break;
    }
}

/* ---- the other places ---- */

static void act_in_editor(MkApp *app, MkAction action, MkEffects *out)
{
    MkEditor *editor = &app->editor;
    MkBuf words;
    switch (action) {
    case MK_ACT_ENTER:
        mk_buf_init(&words);
        if (mk_editor_words(editor, &words)) {
            app->popup = MK_POPUP_NONE;
            mk_app_ask(out, MK_ASK_RUN, "given %s", words.data);
        } else if (editor->says[0] == '\0' && editor->is_known) {
            app->popup = MK_POPUP_NONE;
            act_forget(app, editor->id, out);
        } else if (editor->says[0] == '\0') {
            app->popup = MK_POPUP_NONE;
        }
        mk_buf_release(&words);
        break;
    case MK_ACT_BACK:
        app->popup = MK_POPUP_NONE;
        break;
    case MK_ACT_FORGET:
        app->popup = MK_POPUP_NONE;
        act_forget(app, editor->id, out);
        break;
    case MK_ACT_MARK:
        mk_editor_mark(editor);
        break;
    case MK_ACT_INFO:
        act_info(app);
        break;
    case MK_ACT_UP:
        mk_editor_move(editor, -1);
        break;
    case MK_ACT_DOWN:
        mk_editor_move(editor, 1);
        break;
    case MK_ACT_PAGE_UP:
    case MK_ACT_FIRST:
        mk_editor_move(editor, -MK_MAX_LEVELS);
        break;
    case MK_ACT_PAGE_DOWN:
    case MK_ACT_LAST:
        mk_editor_move(editor, MK_MAX_LEVELS);
        break;
    default:
        break;
    }
}

static void act_in_result(MkApp *app, MkAction action, MkEffects *out)
{
    const MkRect inside = mk_text_inside(app);
    const long page = inside.h > 1 ? (long)inside.h - 1 : 1;
    switch (action) {
    case MK_ACT_BACK:
        app->screen = MK_SCREEN_MAIN;
        break;
    case MK_ACT_UP:
        mk_pager_move(&app->pager, -1, inside.h);
        break;
    case MK_ACT_DOWN:
        mk_pager_move(&app->pager, 1, inside.h);
        break;
    case MK_ACT_PAGE_UP:
        mk_pager_move(&app->pager, -page, inside.h);
        break;
    case MK_ACT_PAGE_DOWN:
        mk_pager_move(&app->pager, page, inside.h);
        break;
    case MK_ACT_FIRST:
        mk_pager_move(&app->pager, -far(), inside.h);
        break;
    case MK_ACT_LAST:
        mk_pager_move(&app->pager, far(), inside.h);
        break;
    case MK_ACT_LEFT:
        mk_pager_shift(&app->pager, -8, inside.w);
        break;
    case MK_ACT_RIGHT:
        mk_pager_shift(&app->pager, 8, inside.w);
        break;
    default:
        (void)act_verb(app, action, out);
        break;
    }
}

/* Enter on a key does what the key does where help was asked for; on a verb opens the prompt with
 * it. */
static void run_entry(MkApp *app, MkEffects *out)
{
    const MkHelpEntry *entry = mk_help_entry(&app->help);
    const unsigned from = app->help.from;
    if (entry == NULL) {
        return;
    }
    app->screen = from == MK_IN_RESULT ? MK_SCREEN_RESULT : MK_SCREEN_MAIN;
    if (entry->verb != NULL) {
        mk_app_ask(out, MK_ASK_PROMPT, "%s ", entry->verb->name);
    } else if ((entry->binding->where & from) != 0) {
        mk_app_act(app, entry->binding->action, out);
    } else {
        mk_app_say(app, MK_MOOD_ECHO, "%s works elsewhere: %s", entry->binding->show,
                   entry->binding->help);
    }
}

static void act_in_help(MkApp *app, MkAction action, MkEffects *out)
{
    const long page = (long)mk_help_list(app).h;
    switch (action) {
    case MK_ACT_BACK:
        app->screen = app->help.from == MK_IN_RESULT ? MK_SCREEN_RESULT : MK_SCREEN_MAIN;
        break;
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
        mk_help_move(&app->help, -far());
        break;
    case MK_ACT_LAST:
        mk_help_move(&app->help, far());
        break;
    default:
        break;
    }
}

static void act_in_quit(MkApp *app, MkAction action, MkEffects *out)
{
    app->popup = MK_POPUP_NONE;
    if (action == MK_ACT_SAVE && app->busy[0] == '\0') {
        mk_app_ask(out, MK_ASK_PROMPT, "save ");
    }
}

static void act_in_rescued(MkApp *app, MkAction action, MkEffects *out)
{
    app->popup = MK_POPUP_NONE;
    if (action == MK_ACT_ENTER) {
        mk_app_ask(out, MK_ASK_RUN, "run '%s'", app->rescued);
    } else {
        mk_app_say(app, MK_MOOD_ECHO, "it is kept: :run '%s'", app->rescued);
    }
}

/* What is the same in every place. */
static bool act_anywhere(MkApp *app, MkAction action, MkEffects *out)
{
    switch (action) {
    case MK_ACT_REPAINT:
        mk_app_ask(out, MK_ASK_REPAINT, "%s", "");
        return true;
    case MK_ACT_SUSPEND:
        mk_app_ask(out, MK_ASK_SUSPEND, "%s", "");
        return true;
    case MK_ACT_SEARCH:
        begin_search(app);
        return true;
    case MK_ACT_NEXT_MATCH:
    case MK_ACT_PREVIOUS_MATCH:
        find_again(app, action == MK_ACT_NEXT_MATCH);
        return true;
    case MK_ACT_PROMPT:
        mk_app_ask(out, MK_ASK_PROMPT, "%s", "");
        return true;
    case MK_ACT_HELP:
        open_help(app);
        return true;
    case MK_ACT_QUIT:
        act_quit(app, out);
        return true;
    default:
        return false;
    }
}

void mk_app_act(MkApp *app, MkAction action, MkEffects *out)
{
    const unsigned where = mk_app_where(app);
    if (act_anywhere(app, action, out)) {
        return;
    }
    if (where == MK_IN_SEARCH) {
        act_in_search(app, action);
    } else if (where == MK_IN_NUMBER || where == MK_IN_LEVELS) {
        act_in_editor(app, action, out);
    } else if (where == MK_IN_INFO) {
        app->popup = app->info_over_editor ? MK_POPUP_EDIT : MK_POPUP_NONE;
    } else if (where == MK_IN_QUIT) {
        act_in_quit(app, action, out);
    } else if (where == MK_IN_RESCUED) {
        act_in_rescued(app, action, out);
    } else if (where == MK_IN_RESULT) {
        act_in_result(app, action, out);
    } else if (where == MK_IN_HELP) {
        act_in_help(app, action, out);
    } else {
        act_in_main(app, action, out);
    }
}
