/* act.c - what a key does, place by place. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "ui/view/app.h"

#include <stdio.h>
#include <string.h>

#include "ui/view/figure.h"
#include "ui/view/popup.h"
#include "ui/view/screen.h"
#include "ui/view/screens.h"
#include "ui/view/search.h"
#include "ui/view/state.h"
#include "ui/view/view.h"

enum { CHOSEN_MAX = 64 }; /* marked attributes of one line */

static const char *name_of(const MkApp *app, size_t attribute)
{
    return app->config.schema->attributes[attribute].name;
}

void mk_app_open_editor_for(MkApp *app, size_t attribute, const MkValue *value, const char *line,
                            const char *forget)
{
    const bool has_level = app->fresh[attribute] != MK_FRESH_NONE;
    mk_editor_open(&app->editor, attribute, &app->config.schema->attributes[attribute], value,
                   has_level ? (size_t)app->summary[attribute].median : 0);
    snprintf(app->editor_line, sizeof app->editor_line, "%s", line);
    snprintf(app->editor_forget, sizeof app->editor_forget, "%s", forget);
    app->popup = MK_POPUP_EDIT;
}

void mk_app_open_editor(MkApp *app, size_t attribute)
{
    mk_app_open_editor_for(app, attribute, mk_app_known(app, attribute), "given", "");
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

/* ---- the marked attributes, or the one under the cursor ---- */

typedef struct Chosen {
    size_t n;
    size_t ids[CHOSEN_MAX];
} Chosen;

/* False, with a word of help, when there is none. */
static bool need_chosen(MkApp *app, Chosen *chosen)
{
    chosen->n = mk_state_chosen(app, chosen->ids, CHOSEN_MAX);
    if (chosen->n == 0) {
        mk_app_say(app, MK_MOOD_ECHO, "choose an attribute first");
    }
    return chosen->n > 0;
}

/* Their names, in as far as a line has room. */
static const char *names_of(const MkApp *app, const Chosen *chosen, char out[MK_ASK_BYTES])
{
    enum { ROOM = MK_ASK_BYTES - 64 };
    size_t len = 0;
    out[0] = '\0';
    for (size_t i = 0; i < chosen->n && len < ROOM; i++) {
        const int n =
            snprintf(out + len, ROOM - len, "%s%s", i > 0 ? " " : "", name_of(app, chosen->ids[i]));
        if (n < 0 || len + (size_t)n >= ROOM) {
            out[len] = '\0'; /* no half a name */
            break;
        }
        len += (size_t)n;
    }
    return out;
}

/* Those that are no targets become some; when all are, they are none any more. */
static void act_target(MkApp *app, MkEffects *out)
{
    Chosen chosen, fresh = {0};
    char names[MK_ASK_BYTES];
    if (!need_chosen(app, &chosen)) {
        return;
    }
    for (size_t i = 0; i < chosen.n; i++) {
        if (!mk_app_is_target(app, chosen.ids[i])) {
            fresh.ids[fresh.n++] = chosen.ids[i];
        }
    }
    const bool is_drop = fresh.n == 0;
    mk_app_ask(out, MK_ASK_RUN, is_drop ? "target %s --drop" : "target %s",
               names_of(app, is_drop ? &chosen : &fresh, names));
}

static void act_forget(MkApp *app, MkEffects *out)
{
    Chosen chosen, known = {0};
    char names[MK_ASK_BYTES];
    if (!need_chosen(app, &chosen)) {
        return;
    }
    for (size_t i = 0; i < chosen.n; i++) {
        if (mk_app_known(app, chosen.ids[i]) != NULL) {
            known.ids[known.n++] = chosen.ids[i];
        }
    }
    if (chosen.n == 1) {
        mk_act_forget(app, chosen.ids[0], out);
    } else if (known.n == 0) {
        mk_app_say(app, MK_MOOD_ECHO, "none of the marked is known: nothing to forget");
    } else {
        mk_app_ask(out, MK_ASK_RUN, "forget %s", names_of(app, &known, names));
    }
}

static void act_estimate(MkApp *app, MkEffects *out)
{
    Chosen chosen;
    char names[MK_ASK_BYTES];
    if (need_chosen(app, &chosen)) {
        mk_app_ask(out, MK_ASK_RUN, "estimate %s", names_of(app, &chosen, names));
    }
}

/* The plot that is in sight and follows what is known, as a line that draws it into a file. */
static bool export_plot(const MkApp *app, MkEffects *out)
{
    const MkScreen screen = mk_app_screen(app);
    const MkPlotWish wish = mk_app_plot_wish(app);
    if ((screen != MK_SCREEN_MAIN && screen != MK_SCREEN_FIGURE) || app->figure != NULL ||
        wish.result != NULL || wish.target == MK_NO_ATTRIBUTE) {
        return false;
    }
    const MkAttribute *all = app->config.schema->attributes;
    const char *target = all[wish.target].name;
    if (wish.versus != MK_NO_ATTRIBUTE) {
        const char *versus = all[wish.versus].name;
        mk_app_ask(out, MK_ASK_PROMPT, "plot %s vs %s -o %s-%s.svg", target, versus, target,
                   versus);
    } else {
        mk_app_ask(out, MK_ASK_PROMPT, "plot %s -o %s.svg", target, target);
    }
    return true;
}

/* Of marked ones their estimates; else the plot; else what was answered last. */
static void act_export(MkApp *app, MkEffects *out)
{
    Chosen chosen;
    char names[MK_ASK_BYTES];
    if (mk_state_n_marked(app) > 0 && need_chosen(app, &chosen)) {
        mk_app_ask(out, MK_ASK_PROMPT, "estimate %s -o ", names_of(app, &chosen, names));
    } else if (!export_plot(app, out)) {
        mk_app_ask(out, MK_ASK_PROMPT, "export ");
    }
}

/* A number as it is, levels as the one under way: "smoking=current". */
static const char *measure_of(const MkApp *app, size_t attribute, char out[MK_ASK_BYTES])
{
    const MkAttribute *a = &app->config.schema->attributes[attribute];
    const double level = app->summary[attribute].median;
    const size_t k = level >= 0 && level < (double)a->n_levels ? (size_t)level : 0;
    snprintf(out, MK_ASK_BYTES, "%s%s%s", a->name, a->n_levels > 0 ? "=" : "",
             a->n_levels > 0 ? a->levels[k].name : "");
    return out;
}

/* What is known and can be changed; "" when there is none. */
static void known_inputs(const MkApp *app, size_t without, char out[MK_ASK_BYTES])
{
    size_t used = 0;
    out[0] = '\0';
    for (size_t i = 0; i < app->n_known; i++) {
        const MkAttribute *a = &app->config.schema->attributes[app->known[i].attribute];
        const size_t need = strlen(a->name) + 2;
        if (a->modifiable && app->known[i].attribute != without && used + need < MK_ASK_BYTES / 2) {
            used += (size_t)snprintf(out + used, MK_ASK_BYTES - used, "%s%s", used > 0 ? ", " : "",
                                     a->name);
        }
    }
}

/* What is moved stands under the cursor, or is the first target; the marked ones move it, else what
 * is known and can be changed. */
static void act_optimize(MkApp *app, MkEffects *out)
{
    Chosen chosen;
    char names[MK_ASK_BYTES], measure[MK_ASK_BYTES];
    size_t what = mk_app_attribute(app);
    if (mk_state_n_marked(app) == 0) {
        if (need_attribute(app, &what)) {
            known_inputs(app, what, names);
            mk_app_ask(out, MK_ASK_PROMPT, "optimize %.200s min over %.700s",
                       measure_of(app, what, measure), names);
        }
        return;
    }
    if ((what == MK_NO_ATTRIBUTE || mk_state_is_marked(app, what)) && app->n_targets > 0) {
        what = app->targets[0];
    }
    if (need_chosen(app, &chosen)) {
        mk_app_ask(out, MK_ASK_PROMPT, "optimize %.200s min over %.700s",
                   what != MK_NO_ATTRIBUTE ? measure_of(app, what, measure) : "",
                   names_of(app, &chosen, names));
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
    Chosen chosen;
    char names[MK_ASK_BYTES];
    if (mk_state_n_marked(app) > 1 && mk_app_has_verb(app, "pairs") && need_chosen(app, &chosen)) {
        mk_app_ask(out, MK_ASK_RUN, "pairs %s", names_of(app, &chosen, names));
        return;
    }
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
        act_forget(app, out);
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
        act_estimate(app, out);
        return true;
    case MK_ACT_EXPLORE:
        if (need_attribute(app, &attribute)) {
            mk_app_ask(out, MK_ASK_RUN, "explore %s", name_of(app, attribute));
        }
        return true;
    case MK_ACT_OPTIMIZE:
        act_optimize(app, out);
        return true;
    case MK_ACT_COMPARE:
        mk_scenarios_open(app, out);
        return true;
    case MK_ACT_CARD:
        mk_app_ask(out, MK_ASK_RUN, "model card");
        return true;
    case MK_ACT_EXPORT:
        act_export(app, out);
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
    case MK_ACT_ZOOM:
        mk_figure_open(app);
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
    case MK_ACT_LOG:
        mk_log_open(app);
        return true;
    case MK_ACT_RESULT:
        act_result(app);
        return true;
    case MK_ACT_THEME:
        mk_app_ask(out, MK_ASK_RUN, "--theme %s",
                   mk_theme_word((MkTheme)((app->theme + 1) % MK_THEMES)));
        return true;
    default:
        return false;
    }
}

/* Esc stops what runs where its result is awaited; texts that are read meanwhile are left first. */
static bool stops_work(const MkApp *app, MkAction action)
{
    const unsigned awaited = MK_IN_MAIN | MK_IN_SHEETS;
    return action == MK_ACT_BACK && app->busy[0] != '\0' && (mk_app_where(app) & awaited) != 0;
}

void mk_app_act(MkApp *app, MkAction action, MkEffects *out)
{
    const bool is_searching = mk_app_where(app) == MK_IN_SEARCH;
    if (act_anywhere(app, action, out)) {
        return;
    }
    if (stops_work(app, action)) {
        mk_app_ask(out, MK_ASK_INTERRUPT, "%s", "");
        return;
    }
    if (is_searching) {
        mk_search_act(app, action);
    } else if (!mk_popup_act(app, action, out) && !mk_screen_act(app, action, out)) {
        (void)act_verb(app, action, out);
    }
}
