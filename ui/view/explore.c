/* explore.c - the explore screen: its keys and what it keeps. Its line is `explore`. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "ui/view/explore.h"

#include <stdio.h>
#include <string.h>

#include "ui/view/figure.h"
#include "ui/view/screen.h"
#include "ui/view/screens.h"

MkExplored *mk_explored(const MkApp *app)
{
    return mk_screen_state(app, MK_SCREEN_EXPLORE);
}

static void release(void *state)
{
    MkExplored *explored = state;
    for (size_t i = 0; i < MK_EXPLORE_TABS; i++) {
        mk_sheet_release(&explored->sheets[i]);
    }
    mk_result_free(explored->result);
}

static MkSheet *sheet(const MkApp *app)
{
    MkExplored *state = mk_explored(app);
    return &state->sheets[state->tab];
}

static const MkNode *data_of(const MkApp *app)
{
    const MkExplored *state = mk_explored(app);
    return state->result != NULL ? state->result->data : NULL;
}

size_t mk_explore_target(const MkApp *app)
{
    size_t id = MK_NO_ATTRIBUTE;
    const char *name = mk_node_text(data_of(app), "target");
    return mk_schema_find(app->config.schema, name, &id) ? id : MK_NO_ATTRIBUTE;
}

/* ---- results ---- */

static bool take(MkApp *app, const MkMsg *msg)
{
    MkExplored *state = mk_explored(app);
    if (mk_node_member(msg->result->data, "relations") == NULL) {
        return false;
    }
    const char *before = mk_node_text(data_of(app), "target");
    const bool is_other = strcmp(before, mk_node_text(msg->result->data, "target")) != 0;
    for (size_t i = 0; i < MK_EXPLORE_TABS && is_other; i++) {
        mk_sheet_release(&state->sheets[i]); /* cursor and marks belong to another list */
    }
    MkResult *kept = mk_result_keep(msg->result);
    mk_result_free(state->result);
    state->result = kept;
    state->is_partial = msg->kind == MK_MSG_PARTIAL;
    snprintf(state->line, sizeof state->line, "%s", msg->line != NULL ? msg->line : "");
    mk_explore_list(app);
    return true;
}

/* What comes after the target in the line: " given age=45", "" for what the session knows. */
static const char *tail_of(const MkExplored *state)
{
    static const char *const words[] = {" given ", " from "};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        const char *at = strstr(state->line, words[i]);
        if (at != NULL) {
            return at;
        }
    }
    return "";
}

static bool says_the_same(const MkAttribute *attribute, const MkValue *value, const MkNode *said)
{
    if (said == NULL || value->kind != MK_VALUE_POINT) {
        return said != NULL;
    }
    if (attribute->n_levels > 0) {
        return said->kind == MK_NODE_STRING &&
               strcmp(said->string, attribute->levels[(size_t)value->point].name) == 0;
    }
    return said->kind == MK_NODE_NUMBER && said->number == value->point;
}

/* Whether the answer is for what is known now; the target itself does not count. */
static bool is_current(const MkApp *app)
{
    const MkNode *given = mk_node_member(data_of(app), "given");
    const size_t target = mk_explore_target(app);
    size_t n = 0;
    for (size_t i = 0; i < app->n_known; i++) {
        const size_t id = app->known[i].attribute;
        const MkAttribute *attribute = &app->config.schema->attributes[id];
        if (id == target) {
            continue;
        }
        if (!says_the_same(attribute, &app->known[i].value,
                           mk_node_member(given, attribute->name))) {
            return false;
        }
        n++;
    }
    return n == mk_node_count(data_of(app), "given");
}

/* ---- keys ---- */

static void versus(MkApp *app, MkEffects *out)
{
    const MkSheetRow *row = mk_sheet_here(sheet(app));
    const size_t target = mk_explore_target(app);
    if (row == NULL || target == MK_NO_ATTRIBUTE) {
        return;
    }
    mk_app_ask(out, MK_ASK_RUN, "plot %s vs %s%s", app->config.schema->attributes[target].name,
               app->config.schema->attributes[row->attribute].name, tail_of(mk_explored(app)));
}

static bool act(MkApp *app, MkAction action, MkEffects *out)
{
    MkExplored *state = mk_explored(app);
    switch (action) {
    case MK_ACT_NEXT_PANE:
    case MK_ACT_PREVIOUS_PANE:
        if (mk_node_member(data_of(app), "reverse") == NULL) {
            mk_app_say(app, MK_MOOD_ECHO, "the target has one value only: nothing moves with it");
            return true;
        }
        state->tab = state->tab == MK_EXPLORE_RELATED ? MK_EXPLORE_MOVED : MK_EXPLORE_RELATED;
        return true;
    case MK_ACT_ENTER:
        if (tail_of(state)[0] != '\0' && !is_current(app)) {
            versus(app, out); /* the picture is of other evidence than the session's */
        } else if (mk_sheet_here(sheet(app)) != NULL) {
            mk_figure_open(app);
        }
        return true;
    case MK_ACT_VERSUS:
        versus(app, out);
        return true;
    case MK_ACT_AGAIN:
        if (state->line[0] != '\0') {
            mk_app_ask(out, MK_ASK_RUN, "%s", state->line);
        }
        return true;
    default:
        return false;
    }
}

/* ---- what stands around the lists ---- */

static void arrange(MkApp *app, MkRect body)
{
    MkExplored *state = mk_explored(app);
    MkExploreLayout layout;
    mk_explore_layout(app, body, &layout);
    for (size_t i = 0; i < MK_EXPLORE_TABS; i++) {
        state->sheets[i].height = layout.list.h > 1 ? layout.list.h - 1 : 0;
        mk_sheet_scroll(&state->sheets[i], state->sheets[i].height);
    }
}

/* "hba1c, HbA1c · given age 45 years": the caption of the figure says model and evidence. */
static void heading(const MkApp *app, char *out, size_t size)
{
    const MkExplored *state = mk_explored(app);
    const MkNode *data = data_of(app);
    const char *event = mk_node_text(data, "event");
    const char *caption = state->result != NULL && state->result->n_figures > 0
                              ? state->result->figures[0].caption
                              : "";
    const char *given = strstr(caption, " · ");
    if (data != NULL) {
        snprintf(out, size, "%s%s%s%s", event[0] != '\0' ? event : mk_node_text(data, "target"),
                 event[0] == '\0' ? ": " : "", event[0] == '\0' ? mk_node_text(data, "label") : "",
                 given != NULL ? given : "");
    }
}

/* What the row is, then what an analyst must know of the numbers. */
static void status(const MkApp *app, char *out, size_t size)
{
    const MkExplored *state = mk_explored(app);
    const MkSheetRow *row = mk_sheet_here(sheet(app));
    if (row == NULL) {
        return;
    }
    const MkAttribute *a = &app->config.schema->attributes[row->attribute];
    const char *note = state->result->n_notes > 0 ? state->result->notes[0] : "";
    if (tail_of(state)[0] == '\0' && !is_current(app)) {
        note = "What is known has changed: R asks again.";
    }
    MkExploreLayout layout;
    mk_explore_layout(app, mk_screen_body(app), &layout);
    if (layout.side.w > 0 || layout.strip.w > 0) { /* they say what the row is */
        snprintf(out, size, "%s", note);
        return;
    }
    snprintf(out, size, "%.80s%s%.40s%s%.160s", a->label, a->unit[0] != '\0' ? ", " : "", a->unit,
             note[0] != '\0' ? " · " : "", note);
}

/* The target against the row; without a pane for the whole screen alone. */
static bool plot_wish(const MkApp *app, MkRect body, MkPlotWish *wish)
{
    const MkSheetRow *row = mk_sheet_here(sheet(app));
    const size_t target = mk_explore_target(app);
    MkExploreLayout layout;
    if (row == NULL || target == MK_NO_ATTRIBUTE) {
        return false;
    }
    mk_explore_layout(app, body, &layout);
    wish->target = target;
    wish->versus = row->attribute;
    wish->columns = layout.picture.w;
    wish->rows = layout.picture.h;
    return true;
}

const MkScreenOps mk_explore_screen = {.kind = MK_SCREEN_EXPLORE,
                                       .title = "Explore",
                                       .place = MK_IN_EXPLORE,
                                       .verbs = "explore",
                                       .state_bytes = sizeof(MkExplored),
                                       .release = release,
                                       .view = mk_explore_view,
                                       .arrange = arrange,
                                       .act = act,
                                       .take = take,
                                       .sheet = sheet,
                                       .heading = heading,
                                       .status = status,
                                       .plot_wish = plot_wish};
