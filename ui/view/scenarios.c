/* scenarios.c - the scenario screen: who is compared, what differs, the plot of the chosen row. Its
 * lines are `compare`, `scenario` and `person`. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "ui/view/scenarios.h"

#include <stdio.h>
#include <string.h>

#include "src/base/arena.h"
#include "ui/view/screens.h"
#include "ui/view/view.h"

MkScenarios *mk_scenarios_state(const MkApp *app)
{
    return mk_screen_state(app, MK_SCREEN_SCENARIOS);
}

static void release(void *state)
{
    MkScenarios *scenarios = state;
    mk_sheet_release(&scenarios->cases);
    mk_sheet_release(&scenarios->rows);
    mk_result_free(scenarios->result);
    mk_result_free(scenarios->drawn);
}

static unsigned where(const MkApp *app)
{
    return mk_scenarios_state(app)->focus == MK_SCENARIO_CASES ? MK_IN_CASES : MK_IN_SCENARIOS;
}

/* With nobody to compare only adding makes sense, with one also another like it. */
static bool applies(const MkApp *app, MkAction action)
{
    static const MkAction alone[] = {MK_ACT_ADD,  MK_ACT_PROMPT,    MK_ACT_UNDO, MK_ACT_COPY,
                                     MK_ACT_DROP, MK_ACT_NEXT_PANE, MK_ACT_ENTER};
    const bool has_list = mk_scenarios_state(app)->focus == MK_SCENARIO_CASES;
    const size_t n = app->cases.n == 0 ? 3 : (has_list ? 7 : 6);
    bool does = app->cases.n > 1;
    for (size_t i = 0; i < n && !does; i++) {
        does = action == alone[i];
    }
    return does;
}

static MkSheet *sheet(const MkApp *app)
{
    MkScenarios *state = mk_scenarios_state(app);
    return state->focus == MK_SCENARIO_CASES ? &state->cases : &state->rows;
}

static size_t attribute(const MkApp *app)
{
    const MkScenarios *state = mk_scenarios_state(app);
    const MkSheetRow *row = mk_sheet_here(&state->rows);
    return row != NULL ? row->attribute : MK_NO_ATTRIBUTE;
}

/* ---- lines ---- */

static void add(char *line, const char *word)
{
    const size_t len = strlen(line);
    if (len + strlen(word) + 2 < MK_ASK_BYTES) {
        snprintf(line + len, MK_ASK_BYTES - len, " %s", word);
    }
}

static const char *base_of(const MkApp *app)
{
    const MkScenarios *state = mk_scenarios_state(app);
    const bool is_there = mk_cases_find(&app->cases, state->base) < app->cases.n;
    return is_there ? state->base : app->cases.items[0].name;
}

static bool pair_is_there(const MkApp *app)
{
    const MkScenarios *state = mk_scenarios_state(app);
    return mk_cases_find(&app->cases, state->pair[0]) < app->cases.n &&
           mk_cases_find(&app->cases, state->pair[1]) < app->cases.n;
}

/* "across" and who stands side by side, the base first. */
static void add_columns(const MkApp *app, char *line)
{
    const MkScenarios *state = mk_scenarios_state(app);
    add(line, "across");
    if (state->is_pair) {
        add(line, state->pair[0]);
        add(line, state->pair[1]);
    } else {
        const char *base = base_of(app);
        add(line, base);
        for (size_t i = 0; i < app->cases.n; i++) {
            if (strcmp(app->cases.items[i].name, base) != 0) {
                add(line, app->cases.items[i].name);
            }
        }
    }
}

/* The comparison that the screen stands for; nothing while there are not two. */
static void compare(MkApp *app, MkEffects *out)
{
    MkScenarios *state = mk_scenarios_state(app);
    char line[MK_ASK_BYTES] = "compare";
    state->is_pair = state->is_pair && pair_is_there(app);
    state->asked = 0;
    if (app->cases.n < 2) {
        return;
    }
    if (state->is_all || state->is_pair) {
        add(line, "--all");
    }
    add_columns(app, line);
    mk_app_ask(out, MK_ASK_RUN, "%s", line);
}

/* The figure of the chosen row: an answer with all attributes does not have those of all. */
static void draw(MkApp *app, MkEffects *out)
{
    MkScenarios *state = mk_scenarios_state(app);
    const size_t id = attribute(app);
    char line[MK_ASK_BYTES] = "compare";
    if (id == MK_NO_ATTRIBUTE || app->cases.n < 2) {
        mk_app_say(app, MK_MOOD_ECHO, "nothing is compared yet");
        return;
    }
    add(line, app->config.schema->attributes[id].name);
    add_columns(app, line);
    state->asked = id + 1;
    mk_app_ask(out, MK_ASK_RUN, "%s", line);
}

void mk_scenarios_open(MkApp *app, MkEffects *out)
{
    mk_scenarios_list_cases(app);
    mk_screen_open(app, MK_SCREEN_SCENARIOS);
    compare(app, out);
}

static void session(MkApp *app, MkEffects *out)
{
    mk_scenarios_list_cases(app);
    compare(app, out);
}

/* The figure of one row, that p asked for: the rows stay. */
static bool take_drawn(MkApp *app, const MkMsg *msg)
{
    MkScenarios *state = mk_scenarios_state(app);
    const MkNode *target = mk_node_first(msg->result->data, "targets");
    size_t id = 0;
    const bool is_it = state->asked > 0 && target != NULL && target->next == NULL &&
                       mk_schema_find(app->config.schema, mk_node_text(target, "attribute"), &id) &&
                       id + 1 == state->asked && msg->kind == MK_MSG_RESULT;
    if (!is_it) {
        return false;
    }
    mk_result_free(state->drawn);
    state->drawn = mk_result_keep(msg->result);
    state->drawn_id = app->n_results;
    state->asked = 0;
    return true;
}

static bool take(MkApp *app, const MkMsg *msg)
{
    MkScenarios *state = mk_scenarios_state(app);
    if (mk_node_count(msg->result->data, "scenarios") < 2) {
        return false;
    }
    if (take_drawn(app, msg)) {
        return true;
    }
    MkResult *kept = mk_result_keep(msg->result);
    mk_result_free(state->result);
    mk_result_free(state->drawn);
    state->drawn = NULL;
    state->result = kept;
    state->id = app->n_results;
    state->is_partial = msg->kind == MK_MSG_PARTIAL;
    state->revision = app->revision;
    mk_scenarios_list_cases(app);
    mk_scenarios_list_rows(app);
    return true;
}

/* ---- keys ---- */

static const MkCase *case_here(const MkApp *app)
{
    const MkSheetRow *row = mk_sheet_here(&mk_scenarios_state(app)->cases);
    return row != NULL && row->id < app->cases.n ? &app->cases.items[row->id] : NULL;
}

static const char *verb_of(const MkCase *of)
{
    return of->is_person ? "person" : "scenario";
}

static bool need_case(MkApp *app, const MkCase **of)
{
    *of = case_here(app);
    if (*of == NULL) {
        mk_app_say(app, MK_MOOD_ECHO, "no scenarios yet: a adds one");
    }
    return *of != NULL;
}

/* The line that says a case without one of its values; false when it is too long to be asked. */
static bool line_without(const MkApp *app, const MkCase *of, size_t id, char out[MK_ASK_BYTES])
{
    MkArena *arena = mk_arena_new(0);
    MkEvidence rest = {0};
    MkError unused;
    MkBuf line;
    mk_buf_init(&line);
    bool is_ok =
        arena != NULL && mk_evidence_without(arena, of->evidence, &id, 1, &rest, &unused) == MK_OK;
    mk_buf_printf(&line, "%s %s ", verb_of(of), of->name);
    mk_evidence_print(app->config.schema, rest, &line);
    is_ok = is_ok && !line.failed && line.len < MK_ASK_BYTES;
    snprintf(out, MK_ASK_BYTES, "%s", is_ok ? line.data : "");
    mk_buf_release(&line);
    mk_arena_free(arena);
    return is_ok;
}

static void set_value(MkApp *app)
{
    const MkCase *of = NULL;
    const size_t id = attribute(app);
    if (!need_case(app, &of) || id == MK_NO_ATTRIBUTE) {
        return;
    }
    char line[160], forget[MK_ASK_BYTES];
    snprintf(line, sizeof line, "%s %.60s from %.60s", verb_of(of), of->name, of->name);
    if (!line_without(app, of, id, forget)) {
        mk_app_say(app, MK_MOOD_BAD, "%.60s says too much for one line: type %s A=V", of->name,
                   line);
        return;
    }
    mk_app_open_editor_for(app, id, mk_evidence_find(of->evidence, id), line, forget);
}

static void edit(MkApp *app, MkEffects *out)
{
    const MkCase *of = NULL;
    if (need_case(app, &of)) {
        char line[MK_ASK_BYTES];
        if (!line_without(app, of, MK_NO_ATTRIBUTE, line)) {
            snprintf(line, sizeof line, "%s %.60s from %.60s ", verb_of(of), of->name, of->name);
        }
        mk_app_ask(out, MK_ASK_PROMPT, "%s", line);
    }
}

static void copy(MkApp *app, MkEffects *out)
{
    const MkCase *of = NULL;
    if (!need_case(app, &of)) {
        return;
    }
    char name[96];
    size_t i = 2;
    do {
        snprintf(name, sizeof name, "%.60s_%zu", of->name, i++);
    } while (mk_cases_find(&app->cases, name) < app->cases.n);
    mk_app_ask(out, MK_ASK_PROMPT, "%s %s from %s ", verb_of(of), name, of->name);
}

static void drop(MkApp *app, MkEffects *out)
{
    const MkCase *of = NULL;
    if (need_case(app, &of)) {
        mk_app_ask(out, MK_ASK_RUN, "%s %s --drop", verb_of(of), of->name);
    }
}

static void choose_base(MkApp *app, MkEffects *out)
{
    MkScenarios *state = mk_scenarios_state(app);
    const MkCase *of = NULL;
    if (need_case(app, &of)) {
        snprintf(state->base, sizeof state->base, "%s", of->name);
        state->is_pair = false;
        compare(app, out);
    }
}

/* The two that are marked, or the base and the one under the cursor. */
static void difference(MkApp *app, MkEffects *out)
{
    MkScenarios *state = mk_scenarios_state(app);
    const MkCase *of = NULL;
    if (!need_case(app, &of)) {
        return;
    }
    const MkSheet *cases = &state->cases;
    const char *a = base_of(app), *b = of->name;
    if (cases->n_marks == 0 && app->cases.n == 2 && strcmp(a, b) == 0) {
        b = app->cases.items[strcmp(app->cases.items[0].name, a) == 0 ? 1 : 0].name;
    }
    if (cases->n_marks == 2 && cases->marks[0] < app->cases.n && cases->marks[1] < app->cases.n) {
        a = app->cases.items[cases->marks[0]].name;
        b = app->cases.items[cases->marks[1]].name;
    } else if (cases->n_marks > 0 || strcmp(a, b) == 0) {
        mk_app_say(app, MK_MOOD_ECHO, "%smark two of the scenarios with Space, then d",
                   state->focus == MK_SCENARIO_CASES ? "" : "Tab to their list, ");
        return;
    }
    snprintf(state->pair[0], sizeof state->pair[0], "%s", a);
    snprintf(state->pair[1], sizeof state->pair[1], "%s", b);
    state->is_pair = true;
    state->focus = MK_SCENARIO_ROWS;
    mk_sheet_home(&state->rows);
    compare(app, out);
}

static void next_pane(MkApp *app, size_t step)
{
    MkScenarios *state = mk_scenarios_state(app);
    MkScenarioLayout layout;
    mk_scenarios_layout(app, mk_screen_body(app), &layout);
    const size_t n = layout.has_tabs ? MK_SCENARIO_PANES : MK_SCENARIO_PLOT;
    state->focus = (MkScenarioPane)(((size_t)state->focus + (step == 1 ? 1 : n - 1)) % n);
}

/* The two-column difference ends before the screen does. */
static bool back(MkApp *app, MkEffects *out)
{
    MkScenarios *state = mk_scenarios_state(app);
    const MkSheet *list = sheet(app);
    if (list->filter[0] != '\0' || list->n_marks > 0) {
        return false;
    }
    if (state->focus != MK_SCENARIO_ROWS) {
        state->focus = MK_SCENARIO_ROWS;
        return true;
    }
    if (state->is_pair) {
        state->is_pair = false;
        mk_sheet_home(&state->rows);
        compare(app, out);
        return true;
    }
    return false;
}

/* flat switch */
static bool act(MkApp *app, MkAction action, MkEffects *out)
{
    MkScenarios *state = mk_scenarios_state(app);
    switch (action) {
    case MK_ACT_NEXT_PANE:
        next_pane(app, 1);
        return true;
    case MK_ACT_PREVIOUS_PANE:
        next_pane(app, 0);
        return true;
    case MK_ACT_ENTER:
        if (state->focus == MK_SCENARIO_CASES) {
            edit(app, out);
        } else {
            set_value(app);
        }
        return true;
    case MK_ACT_ADD:
        mk_app_ask(out, MK_ASK_PROMPT, "scenario ");
        return true;
    case MK_ACT_COPY:
        copy(app, out);
        return true;
    case MK_ACT_DROP:
        drop(app, out);
        return true;
    case MK_ACT_BASE:
        choose_base(app, out);
        return true;
    case MK_ACT_DIFFERENCE:
        difference(app, out);
        return true;
    case MK_ACT_ALL:
        state->is_all = !state->is_all;
        state->is_pair = false;
        mk_app_say(app, MK_MOOD_ECHO, "%s", state->is_all ? "all attributes" : "the targets");
        mk_sheet_home(&state->rows);
        compare(app, out);
        return true;
    case MK_ACT_COMPARE:
        compare(app, out);
        return true;
    case MK_ACT_PLOT:
        draw(app, out);
        return true;
    case MK_ACT_BACK:
        return back(app, out);
    default:
        return false;
    }
}

/* ---- what stands around the lists ---- */

static void arrange(MkApp *app, MkRect body)
{
    MkScenarios *state = mk_scenarios_state(app);
    MkScenarioLayout layout;
    mk_scenarios_layout(app, body, &layout);
    if (!layout.has_tabs && state->focus == MK_SCENARIO_PLOT) {
        state->focus = MK_SCENARIO_ROWS;
    }
    state->rows.height = layout.rows.h > 1 ? layout.rows.h - 1 : 0;
    state->cases.height = layout.cases.h > 1 ? layout.cases.h - 1 : 0;
    mk_sheet_scroll(&state->rows, state->rows.height);
    mk_sheet_scroll(&state->cases, state->cases.height);
}

static void heading(const MkApp *app, char *out, size_t size)
{
    const MkScenarios *state = mk_scenarios_state(app);
    const char *base = state->result != NULL ? mk_node_text(state->result->data, "base") : "";
    if (app->cases.n < 2) {
        snprintf(out, size, "%s", app->cases.n == 0 ? "none yet" : "one more makes a comparison");
    } else if (state->is_pair) {
        snprintf(out, size, "what differs most between %s and %s", state->pair[0], state->pair[1]);
    } else if (base[0] != '\0') {
        const bool is_old = state->revision != app->revision && app->busy[0] == '\0';
        snprintf(out, size, "against %s%s", base, is_old ? " · changed since: s renews" : "");
    }
}

/* What the row is, then what an analyst must know of the numbers. */
static void status(const MkApp *app, char *out, size_t size)
{
    const MkScenarios *state = mk_scenarios_state(app);
    const size_t id = attribute(app);
    if (id == MK_NO_ATTRIBUTE) {
        return;
    }
    const MkAttribute *a = &app->config.schema->attributes[id];
    const bool has_note = state->result != NULL && state->result->n_notes > 0;
    snprintf(out, size, "%.80s%s%.40s%s%.120s", a->label, a->unit[0] != '\0' ? ", " : "", a->unit,
             has_note ? " · " : "", has_note ? state->result->notes[0] : "");
}

static bool plot_wish(const MkApp *app, MkRect body, MkPlotWish *wish)
{
    const MkScenarios *state = mk_scenarios_state(app);
    MkScenarioLayout layout;
    mk_scenarios_layout(app, body, &layout);
    MkResult *result = mk_scenarios_figure(state, &wish->figure);
    if (result == NULL || layout.picture.w == 0) {
        return false;
    }
    wish->result = result;
    wish->result_id = result == state->drawn ? state->drawn_id : state->id;
    wish->columns = layout.picture.w;
    wish->rows = layout.picture.h;
    return true;
}

const MkScreenOps mk_scenarios_screen = {.kind = MK_SCREEN_SCENARIOS,
                                         .title = "Scenarios",
                                         .place = MK_IN_SCENARIOS,
                                         .where = where,
                                         .verbs = "compare",
                                         .state_bytes = sizeof(MkScenarios),
                                         .release = release,
                                         .view = mk_scenarios_view,
                                         .arrange = arrange,
                                         .act = act,
                                         .take = take,
                                         .session = session,
                                         .sheet = sheet,
                                         .attribute = attribute,
                                         .heading = heading,
                                         .status = status,
                                         .applies = applies,
                                         .plot_wish = plot_wish};
