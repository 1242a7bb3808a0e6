/* act.c - what a key does, place by place. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "ui/view/app.h"

#include <stdlib.h>
#include <string.h>

#include "ui/view/popup.h"
#include "ui/view/screen.h"
#include "ui/view/search.h"
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

void mk_act_forget(MkApp *app, size_t attribute, MkEffects *out)
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
            mk_act_forget(app, attribute, out);
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
    case MK_ACT_INFO:
        mk_popup_info(app);
        return true;
    default:
        return false;
    }
}

/* ---- everywhere ---- */

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
    mk_screen_open(app, MK_SCREEN_HELP);
}

static void act_result(MkApp *app)
{
    const MkPager *pager = mk_screen_state(app, MK_SCREEN_RESULT);
    if (pager->n_lines == 0) {
        mk_app_say(app, MK_MOOD_ECHO, "no result yet");
    } else {
        mk_screen_open(app, MK_SCREEN_RESULT);
    }
}

/* Stops what runs; else it is Esc, and at home a word of help. */
static void act_interrupt(MkApp *app, MkEffects *out)
{
    if (app->busy[0] != '\0') {
        mk_app_ask(out, MK_ASK_INTERRUPT, "%s", "");
    } else if (mk_app_screen(app) != MK_SCREEN_MAIN) {
        mk_screen_back(app);
    } else {
        mk_app_say(app, MK_MOOD_ECHO, "q leaves the program");
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
        mk_search_begin(app);
        return true;
    case MK_ACT_NEXT_MATCH:
    case MK_ACT_PREVIOUS_MATCH:
        mk_search_again(app, action == MK_ACT_NEXT_MATCH);
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
    case MK_ACT_INTERRUPT:
        act_interrupt(app, out);
        return true;
    case MK_ACT_RESULT:
        act_result(app);
        return true;
    default:
        return false;
    }
}

void mk_app_act(MkApp *app, MkAction action, MkEffects *out)
{
    const bool is_searching = mk_app_where(app) == MK_IN_SEARCH;
    if (act_anywhere(app, action, out)) {
        return;
    }
    if (is_searching) {
        mk_search_act(app, action);
    } else if (!mk_popup_act(app, action, out) && !mk_screen_act(app, action, out)) {
        (void)act_verb(app, action, out);
    }
}
