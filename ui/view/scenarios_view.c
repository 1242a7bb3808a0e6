/* scenarios_view.c - the scenario screen: its lists out of the session and the result, and where
 * everything stands. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "src/base/text.h"
#include "ui/view/layout.h"
#include "ui/view/scenarios.h"
#include "ui/view/view.h"

/* ---- where ---- */

static void split_plot(MkRect plot, size_t detail, MkScenarioLayout *out)
{
    out->plot = plot;
    const size_t h = plot.h > 1 ? plot.h - 1 : 0;
    detail = h > 8 + detail ? detail : 0;
    out->picture = (MkRect){plot.x, plot.y + 1, plot.w, h - detail};
    out->detail = (MkRect){plot.x, plot.y + 1 + h - detail, detail > 0 ? plot.w : 0, detail};
}

void mk_scenarios_layout(const MkApp *app, MkRect body, MkScenarioLayout *out)
{
    const MkScenarios *state = mk_scenarios_state(app);
    const size_t n = app->cases.n > 0 ? app->cases.n : 1;
    *out = (MkScenarioLayout){.has_tabs = body.w < 74 || body.h < 15};
    if (body.w == 0 || body.h < 6) {
        return;
    }
    if (out->has_tabs) {
        out->tabs = (MkRect){body.x, body.y, body.w, 1};
        const MkRect rest = {body.x, body.y + 1, body.w, body.h - 1};
        if (state->focus == MK_SCENARIO_CASES) {
            out->cases = rest;
        } else if (state->focus == MK_SCENARIO_PLOT) {
            split_plot(rest, 0, out);
        } else {
            out->rows = rest;
        }
    } else if (body.w >= 98) {
        const size_t cases = 1 + (n < 6 ? n : 6), left = body.w * 67 / 100;
        out->cases = (MkRect){body.x, body.y, left, cases};
        out->rows = (MkRect){body.x, body.y + cases + 1, left, body.h - cases - 1};
        split_plot((MkRect){body.x + left + 3, body.y, body.w - left - 3, body.h},
                   n < 5 ? n + 1 : 6, out);
    } else {
        const size_t cases = 1 + (n < 3 ? n : 3), plot = body.h >= cases + 15 ? 9 : 0;
        out->cases = (MkRect){body.x, body.y, body.w, cases};
        out->rows = (MkRect){body.x, body.y + cases, body.w, body.h - cases - plot};
        if (plot > 0) {
            split_plot((MkRect){body.x, body.y + body.h - plot, body.w, plot}, 0, out);
        }
    }
}

/* ---- the list of cases ---- */

static const MkNode *scenario_node(const MkScenarios *state, const char *name)
{
    const MkNode *node =
        state->result != NULL ? mk_node_first(state->result->data, "scenarios") : NULL;
    while (node != NULL && strcmp(mk_node_text(node, "name"), name) != 0) {
        node = node->next;
    }
    return node;
}

void mk_scenarios_list_cases(MkApp *app)
{
    static const MkSheetColumn columns[] = {
        {.title = "Scenario", .min = 8, .is_fixed = true},
        {.title = "", .min = 6, .wish = 6},
        {.title = "Says", .min = 12, .wish = 20, .weight = 1},
        {.title = "Typical", .align = MK_ALIGN_RIGHT, .min = 7, .is_number = true, .rank = 1}};
    MkScenarios *state = mk_scenarios_state(app);
    MkSheet *sheet = &state->cases;
    const char *base = state->result != NULL ? mk_node_text(state->result->data, "base") : "";
    MkBuf words;
    mk_buf_init(&words);
    mk_sheet_columns(sheet, columns, sizeof columns / sizeof *columns);
    mk_sheet_begin(sheet);
    for (size_t i = 0; i < app->cases.n; i++) {
        const MkCase *item = &app->cases.items[i];
        const MkNode *node = scenario_node(state, item->name);
        const double support = mk_node_value(mk_node_member(node, "support"), "percentile");
        const bool is_base = strcmp(item->name, base) == 0;
        char share[MK_SHOWN];
        mk_buf_clear(&words);
        mk_evidence_print(app->config.schema, item->evidence, &words);
        mk_sheet_row_id(sheet, i, "");
        mk_sheet_put(sheet, 0, MK_CELL_NAME, NAN, "%s", item->name);
        mk_sheet_put(sheet, 1, MK_CELL_MUTED, NAN, "%s",
                     is_base ? "base" : (item->is_person ? "person" : ""));
        const bool is_plain = item->evidence.n == 0; /* nothing lies over what is given */
        const char *says = words.data != NULL ? words.data : "";
        mk_sheet_put(sheet, 2, is_plain ? MK_CELL_MUTED : MK_CELL_KNOWN, NAN, "%s",
                     is_plain ? "(what is given)" : says);
        mk_sheet_put(sheet, 3, support < 0.05 ? MK_CELL_WARN : MK_CELL_RANGE, support, "%s",
                     isfinite(support) ? mk_view_percent(support, share) : "");
    }
    mk_sheet_end(sheet);
    mk_buf_release(&words);
}

/* ---- the rows ---- */

static const MkNode *by_scenario(const MkNode *target, const char *list, const char *name)
{
    const MkNode *node = mk_node_first(target, list);
    while (node != NULL && strcmp(mk_node_text(node, "scenario"), name) != 0) {
        node = node->next;
    }
    return node;
}

/* "5.6", "58 % never" */
static void value_text(const MkAttribute *attribute, const MkNode *value, char *out, size_t size)
{
    char text[MK_SHOWN];
    if (attribute->n_levels == 0) {
        snprintf(out, size, "%s", mk_view_number(attribute, mk_node_value(value, "median"), text));
        return;
    }
    const char *mode = mk_node_text(value, "mode");
    const double share = mk_node_value(mk_node_member(value, "levels"), mode);
    snprintf(out, size, "%s %.40s", mk_view_percent(share, text), mode);
}

static bool is_said(const MkScenarios *state, const char *scenario, const char *attribute)
{
    const MkNode *given = mk_node_member(scenario_node(state, scenario), "given");
    return mk_node_member(given, attribute) != NULL;
}

/* A value that the scenario says is "=31", "=never". */
static void put_value(MkScenarios *state, size_t column, const MkAttribute *attribute,
                      const MkNode *target, const char *scenario)
{
    char text[96];
    const MkNode *value = by_scenario(target, "values", scenario);
    const bool said = is_said(state, scenario, attribute->name);
    value_text(attribute, value, text, sizeof text);
    if (said && attribute->n_levels > 0) {
        snprintf(text, sizeof text, "%.60s", mk_node_text(value, "mode"));
    }
    mk_sheet_put(&state->rows, column, said ? MK_CELL_KNOWN : MK_CELL_VALUE,
                 attribute->n_levels == 0 ? mk_node_value(value, "median") : NAN, "%s%s",
                 said ? "=" : "", text);
}

/* How large a change is, so that attributes can be put in order: in population sd; of levels the
 * share of people that moves. */
static double size_of(const MkApp *app, size_t id, const MkNode *difference)
{
    const double moved = mk_node_value(difference, "distance");
    const double change = fabs(mk_node_value(difference, "difference"));
    const MkSummary *all = &app->population[id];
    const double spread = (all->high - all->low) / 3.29;
    if (isfinite(moved)) {
        return moved;
    }
    return app->has_population && spread > 0 ? change / spread : change;
}

static bool is_higher(const MkNode *difference)
{
    return strcmp(mk_node_text(difference, "direction"), "higher") == 0;
}

/* "+0.3", "31 % moved" */
static void change_text(const MkAttribute *attribute, const MkNode *difference, char *out,
                        size_t size)
{
    char text[MK_SHOWN];
    if (attribute->n_levels > 0) {
        snprintf(out, size, "%s moved",
                 mk_view_percent(mk_node_value(difference, "distance"), text));
        return;
    }
    const double change = mk_node_value(difference, "difference");
    mk_view_number(attribute, fabs(change), text);
    const bool is_none = strspn(text, "0.") == strlen(text);
    snprintf(out, size, "%s%s", is_none ? "" : (change < 0 ? "-" : "+"), is_none ? "0" : text);
}

/* "▲ 70 %": which way, and how sure that is between two people. */
static void direction_text(const MkNode *difference, char *out, size_t size)
{
    char text[MK_SHOWN];
    const double p = mk_node_value(difference, "probability");
    out[0] = '\0';
    if (isfinite(p)) {
        const bool is_none = strcmp(mk_node_text(difference, "direction"), "none") == 0;
        const char *way = is_higher(difference) ? "▲" : (is_none ? "=" : "▼");
        snprintf(out, size, "%s %s", way, mk_view_percent(p, text));
    }
}

static MkCellRole change_role(const MkNode *difference)
{
    const double p = mk_node_value(difference, "probability");
    if (isfinite(p) && p < 0.55) {
        return MK_CELL_RANGE;
    }
    return isfinite(p) && !is_higher(difference) ? MK_CELL_DOWN : MK_CELL_UP;
}

static void put_change(MkApp *app, size_t column, size_t id, const MkNode *difference,
                       bool with_sure)
{
    const MkAttribute *attribute = &app->config.schema->attributes[id];
    char text[96], sure[MK_SHOWN] = "";
    const double p = mk_node_value(difference, "probability");
    change_text(attribute, difference, text, sizeof text);
    if (with_sure && isfinite(p) && attribute->n_levels == 0) {
        mk_view_percent(p, sure);
    }
    mk_sheet_put(&mk_scenarios_state(app)->rows, column, change_role(difference),
                 size_of(app, id, difference), "%s%s%s", difference != NULL ? text : "",
                 sure[0] != '\0' ? "  " : "", sure);
}

static void put_direction(MkApp *app, size_t column, const MkNode *difference)
{
    char text[96];
    direction_text(difference, text, sizeof text);
    mk_sheet_put(&mk_scenarios_state(app)->rows, column, change_role(difference),
                 mk_node_value(difference, "probability"), "%s", text);
}

/* Two: the whole difference. More: a value and a change each. */
static void put_row(MkApp *app, const MkNode *target, size_t id, const char *const *names, size_t n)
{
    MkScenarios *state = mk_scenarios_state(app);
    const MkAttribute *attribute = &app->config.schema->attributes[id];
    char text[MK_SHOWN];
    mk_sheet_row(&state->rows, id, attribute->label);
    mk_sheet_put(&state->rows, 0, MK_CELL_NAME, NAN, "%s", attribute->name);
    put_value(state, 1, attribute, target, names[0]);
    for (size_t i = 1; i < n; i++) {
        put_value(state, 2 * i, attribute, target, names[i]);
        put_change(app, 2 * i + 1, id, by_scenario(target, "differences", names[i]), n > 2);
    }
    if (n == 2) {
        const MkNode *difference = by_scenario(target, "differences", names[1]);
        const MkNode *interval = mk_node_member(difference, "interval");
        const double high = mk_node_value(interval, "high");
        double low = mk_node_value(interval, "low");
        low = fabs(low) < 1e-6 * fabs(high) ? 0 : low; /* what rounding left over */
        mk_sheet_put(&state->rows, 4, MK_CELL_RANGE, high - low, "%s",
                     interval != NULL ? mk_view_range(attribute, low, high, text) : "");
        put_direction(app, 5, difference);
    }
}

static void name_columns(MkScenarios *state, const char *const *names, size_t n, double level)
{
    MkSheetColumn columns[MK_SHEET_COLUMNS] = {
        {.title = "Attribute", .min = 12, .wish = 18, .weight = 1, .is_fixed = true}};
    size_t k = 1;
    for (size_t i = 0; i < n; i++) {
        const size_t width = mk_utf8_width(names[i]) + 1; /* and the sign of the order */
        columns[k] = (MkSheetColumn){.align = MK_ALIGN_RIGHT,
                                     .min = width < 8 ? 8 : (width < 12 ? width : 12),
                                     .is_number = true,
                                     .is_fixed = i == 0};
        snprintf(columns[k++].title, sizeof columns->title, "%.40s", names[i]);
        if (i > 0) {
            columns[k] =
                (MkSheetColumn){.align = MK_ALIGN_RIGHT, .min = n > 2 ? 12 : 11, .is_number = true};
            snprintf(columns[k++].title, sizeof columns->title, n > 2 ? "Change, sure" : "Change");
        }
    }
    if (n == 2) {
        columns[k] =
            (MkSheetColumn){.align = MK_ALIGN_RIGHT, .min = 13, .is_number = true, .rank = 2};
        snprintf(columns[k++].title, sizeof columns->title, "%.0f %% of pairs", 100 * level);
        columns[k++] = (MkSheetColumn){
            .title = "Sure", .align = MK_ALIGN_RIGHT, .min = 7, .is_number = true, .rank = 1};
    }
    mk_sheet_columns(&state->rows, columns, k);
}

void mk_scenarios_list_rows(MkApp *app)
{
    enum { NAMES_MAX = (MK_SHEET_COLUMNS - 2) / 2 };
    MkScenarios *state = mk_scenarios_state(app);
    const MkNode *data = state->result->data;
    const char *names[NAMES_MAX];
    size_t n = 1;
    names[0] = mk_node_text(data, "base");
    for (const MkNode *s = mk_node_first(data, "scenarios"); s != NULL && n < NAMES_MAX;
         s = s->next) {
        if (strcmp(mk_node_text(s, "name"), names[0]) != 0) {
            names[n++] = mk_node_text(s, "name");
        }
    }
    state->rows.schema = app->config.schema;
    name_columns(state, names, n, app->level);
    mk_sheet_begin(&state->rows);
    for (const MkNode *t = mk_node_first(data, "targets"); t != NULL; t = t->next) {
        size_t id = 0;
        if (mk_schema_find(app->config.schema, mk_node_text(t, "attribute"), &id)) {
            put_row(app, t, id, names, n);
        }
    }
    mk_sheet_end(&state->rows);
}

/* ---- the chosen row ---- */

const MkNode *mk_scenarios_target(const MkScenarios *state, const MkSchema *schema, size_t id)
{
    const MkNode *t = state->result != NULL ? mk_node_first(state->result->data, "targets") : NULL;
    while (t != NULL && strcmp(mk_node_text(t, "attribute"), schema->attributes[id].name) != 0) {
        t = t->next;
    }
    return t;
}

/* Figures have the label of their target as title. */
MkResult *mk_scenarios_figure(const MkScenarios *state, size_t *figure)
{
    const MkSheetRow *row = mk_sheet_here(&state->rows);
    MkResult *const from[] = {state->result, state->drawn};
    for (size_t k = 0; k < 2 && row != NULL; k++) {
        for (size_t i = 0; from[k] != NULL && i < from[k]->n_figures; i++) {
            if (strcmp(from[k]->figures[i].title, row->more) == 0) {
                *figure = i;
                return from[k];
            }
        }
    }
    return NULL;
}

static void detail_line(const MkApp *app, MkGrid *grid, MkRect line, const MkNode *target,
                        size_t id, const char *name)
{
    const MkAttribute *attribute = &app->config.schema->attributes[id];
    const MkNode *value = by_scenario(target, "values", name);
    const MkNode *difference = by_scenario(target, "differences", name);
    const MkNode *interval = mk_node_member(value, "interval");
    char text[96], range[MK_SHOWN], sure[96] = "", change[96] = "";
    value_text(attribute, value, text, sizeof text);
    size_t x = line.x + mk_grid_printf(grid, line.x, line.y, 14, MK_CELL_NAME, "%s", name) + 1;
    x = x < line.x + 11 ? line.x + 11 : x;
    x += mk_grid_put(grid, x, line.y, line.x + line.w - x, MK_CELL_VALUE, text) + 1;
    if (interval != NULL && x < line.x + line.w) {
        x += mk_grid_put(grid, x, line.y, line.x + line.w - x, MK_CELL_RANGE,
                         mk_view_range(attribute, mk_node_value(interval, "low"),
                                       mk_node_value(interval, "high"), range)) +
             2;
    }
    if (difference != NULL && x < line.x + line.w) {
        char both[200];
        direction_text(difference, sure, sizeof sure);
        change_text(attribute, difference, change, sizeof change);
        snprintf(both, sizeof both, "%s%s%s", change, sure[0] != '\0' ? " " : "", sure);
        const size_t room = line.x + line.w - x;
        mk_grid_put_right(grid, x, line.y, room, change_role(difference),
                          mk_utf8_width(both) <= room ? both : sure);
    }
}

/* Of a row whose figure is not there: how it comes. */
static void view_no_figure(const MkScenarios *state, MkGrid *grid, MkRect rect)
{
    if (!state->is_partial) {
        mk_grid_wrap(grid, rect, MK_CELL_MUTED, "p draws the distributions of this row");
    }
}

static void view_detail(const MkApp *app, MkGrid *grid, MkRect rect)
{
    const MkScenarios *state = mk_scenarios_state(app);
    const MkSheetRow *row = mk_sheet_here(&state->rows);
    if (row == NULL || rect.w == 0) {
        return;
    }
    const MkNode *target = mk_scenarios_target(state, app->config.schema, row->attribute);
    size_t y = rect.y + 1;
    for (const MkNode *s = mk_node_first(state->result->data, "scenarios");
         s != NULL && y < rect.y + rect.h; s = s->next) {
        detail_line(app, grid, (MkRect){rect.x, y++, rect.w, 1}, target, row->attribute,
                    mk_node_text(s, "name"));
    }
}

/* ---- the picture ---- */

static void view_plot(const MkApp *app, MkGrid *grid, const MkScenarioLayout *layout)
{
    const MkScenarios *state = mk_scenarios_state(app);
    const MkSheetRow *row = mk_sheet_here(&state->rows);
    const MkRect plot = layout->plot;
    const MkCellRole role = state->focus == MK_SCENARIO_PLOT ? MK_CELL_PANE_FOCUS : MK_CELL_PANE;
    mk_grid_fill(grid, (MkRect){plot.x, plot.y, plot.w, 1}, role, " ");
    if (row == NULL) {
        return;
    }
    const MkAttribute *attribute = &app->config.schema->attributes[row->attribute];
    mk_grid_printf(grid, plot.x, plot.y, plot.w, role, "%s%s%s", attribute->label,
                   attribute->unit[0] != '\0' ? ", " : "", attribute->unit);
    size_t figure = 0;
    if (mk_scenarios_figure(state, &figure) != NULL) {
        mk_screen_plot_view(app, grid, layout->picture);
    } else {
        view_no_figure(state, grid, layout->picture);
    }
    view_detail(app, grid, layout->detail);
}

static void view_tabs(const MkApp *app, MkGrid *grid, MkRect line)
{
    const MkScenarios *state = mk_scenarios_state(app);
    static const char *const titles[] = {"Differences", "Scenarios", "Plot"};
    size_t x = line.x;
    for (size_t i = 0; i < MK_SCENARIO_PANES && x < line.x + line.w; i++) {
        const bool is_on = state->focus == (MkScenarioPane)i;
        x += mk_grid_printf(grid, x, line.y, line.x + line.w - x,
                            is_on ? MK_CELL_PANE_FOCUS : MK_CELL_HINT, is_on ? "[%s]" : " %s ",
                            titles[i]) +
             1;
    }
}

static void view_nothing(const MkApp *app, MkGrid *grid, MkRect rect)
{
    static const char *const story[] = {
        "A scenario is a named what-if: values that lie over what is given. Two or more stand side "
        "by side here, with what differs between them. a adds one: scenario NAME A=V ...",
        "One more is needed for a comparison. a adds a scenario (scenario now: what is given, as "
        "it is); c makes one from the one above: type what is different.",
    };
    mk_grid_wrap(grid, rect, MK_CELL_MUTED, story[app->cases.n == 0 ? 0 : 1]);
}

void mk_scenarios_view(const MkApp *app, MkGrid *grid, MkRect body)
{
    const MkScenarios *state = mk_scenarios_state(app);
    MkScenarioLayout layout;
    mk_scenarios_layout(app, body, &layout);
    if (layout.has_tabs) {
        view_tabs(app, grid, layout.tabs);
    }
    mk_sheet_view(&state->cases, grid, layout.cases, state->focus == MK_SCENARIO_CASES);
    if (app->cases.n < 2 && layout.rows.h > 2) {
        const MkRect rest = {layout.rows.x + 2, layout.rows.y + 1, layout.rows.w - 2,
                             layout.rows.h - 1};
        view_nothing(app, grid, rest);
        return;
    }
    mk_sheet_view(&state->rows, grid, layout.rows, state->focus == MK_SCENARIO_ROWS);
    if (layout.plot.w > 0) {
        if (layout.plot.x > body.x) {
            mk_grid_fill(grid, (MkRect){layout.plot.x - 2, body.y, 1, body.h}, MK_CELL_BORDER, "│");
        }
        view_plot(app, grid, &layout);
    }
}
