/* optimize.c - the optimize screen: solutions as rows, what the chosen one changes below them, the
 * goal before and after beside them. Its line is `optimize`; Enter makes a solution the session's
 * evidence. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "src/base/text.h"
#include "src/result/node.h"
#include "ui/view/figure.h"
#include "ui/view/screen.h"
#include "ui/view/screens.h"
#include "ui/view/view.h"

typedef struct Optimized {
    MkSheet sheet;
    MkResult *result;        /* owned; NULL: none yet */
    uint64_t id;             /* of the result */
    bool shows_changes;      /* in the pane of the plot; else the goal before and after */
    char line[MK_ASK_BYTES]; /* that asked for it */
    bool is_partial;
} Optimized;

typedef struct Layout {
    MkRect now, list, detail, picture;
} Layout;

static Optimized *state_of(const MkApp *app)
{
    return mk_screen_state(app, MK_SCREEN_OPTIMIZE);
}

static void release(void *state)
{
    Optimized *optimized = state;
    mk_sheet_release(&optimized->sheet);
    mk_result_free(optimized->result);
}

static MkSheet *sheet(const MkApp *app)
{
    return &state_of(app)->sheet;
}

static const MkNode *data_of(const MkApp *app)
{
    const Optimized *state = state_of(app);
    return state->result != NULL ? state->result->data : NULL;
}

/* ---- where ---- */

static void make_layout(const MkApp *app, MkRect body, Layout *out)
{
    enum { WIDE = 110, LEAST = 4 };
    *out = (Layout){.now = {body.x, body.y, body.w, 1}};
    if (body.h < LEAST + 2) {
        return;
    }
    const size_t h = body.h - 1;
    const size_t left = body.w >= WIDE ? body.w * 62 / 100 : body.w;
    const size_t rows = 1 + mk_node_count(data_of(app), "solutions");
    const size_t most = h / 2 > LEAST ? h / 2 : LEAST;
    const size_t n = rows < LEAST ? LEAST : rows > most ? most : rows;
    out->list = (MkRect){body.x, body.y + 1, left, n};
    out->detail = (MkRect){body.x, body.y + 2 + n, left, h - n - 1};
    if (left < body.w) {
        out->picture = (MkRect){body.x + left + 2, body.y + 1, body.w - left - 2, h};
    }
}

/* ---- words and numbers ---- */

/* NULL when the schema does not know the name. */
static const MkAttribute *attribute_of(const MkApp *app, const char *name)
{
    size_t id = 0;
    return mk_schema_find(app->config.schema, name, &id) ? &app->config.schema->attributes[id]
                                                         : NULL;
}

static const MkAttribute *goal_attribute(const MkApp *app)
{
    return attribute_of(app, mk_node_text(mk_node_member(data_of(app), "goal"), "attribute"));
}

static bool is_probability(const MkApp *app)
{
    return mk_node_is_true(mk_node_member(data_of(app), "goal"), "is_probability");
}

/* A value of the goal: a number of its attribute, or a share. */
static const char *goal_text(const MkApp *app, double x, char out[MK_SHOWN])
{
    const MkAttribute *about = goal_attribute(app);
    if (is_probability(app) || about == NULL) {
        snprintf(out, MK_SHOWN, "%s%.*f %%", x > 0 && x < 0.0005 ? "<" : "", x < 0.0995 ? 1 : 0,
                 x > 0 && x < 0.0005 ? 0.1 : 100 * x);
        return out;
    }
    return mk_view_number(about, x, out);
}

/* " mmHg", "" */
static const char *goal_unit(const MkApp *app, char out[MK_SHOWN])
{
    const MkAttribute *about = goal_attribute(app);
    const bool has_unit = !is_probability(app) && about != NULL && about->unit[0] != '\0';
    snprintf(out, MK_SHOWN, "%s%.40s", has_unit ? " " : "", has_unit ? about->unit : "");
    return out;
}

static void interval_text(const MkApp *app, const MkNode *of, char out[MK_SHOWN])
{
    const MkNode *interval = mk_node_member(of, "interval");
    const MkAttribute *about = goal_attribute(app);
    out[0] = '\0';
    if (interval != NULL && about != NULL) {
        (void)mk_view_range(about, mk_node_value(interval, "low"), mk_node_value(interval, "high"),
                            out);
    }
}

/* "-3 ▼", "+6.4 ▲"; of probabilities in points. */
static void change_text(const MkApp *app, double change, char *out, size_t size)
{
    char text[MK_SHOWN];
    if (is_probability(app)) {
        snprintf(text, sizeof text, "%.*f", fabs(change) < 0.0995 ? 1 : 0, 100 * fabs(change));
    } else {
        (void)goal_text(app, fabs(change), text);
    }
    const bool is_nothing = strspn(text, "0.") == strlen(text);
    snprintf(out, size, "%s%s%s", is_nothing ? "" : (change > 0 ? "+" : "-"), text,
             is_nothing ? "" : (change > 0 ? " ▲" : " ▼"));
}

static MkCellRole change_role(double change)
{
    return change > 0 ? MK_CELL_UP : (change < 0 ? MK_CELL_DOWN : MK_CELL_RANGE);
}

/* A value of an input, as the data has it. */
static const char *input_text(const MkApp *app, const MkNode *change, const char *key,
                              char out[MK_SHOWN])
{
    const MkNode *value = mk_node_member(change, key);
    const MkAttribute *about = attribute_of(app, mk_node_text(change, "attribute"));
    if (value != NULL && value->kind == MK_NODE_STRING) {
        snprintf(out, MK_SHOWN, "%.40s", value->string);
        return out;
    }
    if (about == NULL || value == NULL) {
        return "";
    }
    return mk_view_number(about, value->number, out);
}

/* ---- the rows ---- */

/* "bmi, fibre": which inputs move; how far stands below. */
static void changes_text(const MkNode *solution, MkBuf *out)
{
    for (const MkNode *c = mk_node_first(solution, "changes"); c != NULL; c = c->next) {
        mk_buf_printf(out, "%s%s", out->len > 0 ? ", " : "", mk_node_text(c, "attribute"));
    }
}

static void put_solution(const MkApp *app, MkSheet *list, const MkNode *solution, size_t i)
{
    const MkNode *data = data_of(app);
    const bool is_best = (double)i == mk_node_value(data, "best");
    const bool holds = mk_node_is_true(solution, "holds");
    const double value = mk_node_value(solution, "value");
    const double change = mk_node_value(solution, "change");
    const double support = mk_node_value(solution, "support");
    const double reach = mk_node_value(solution, "reach");
    char text[MK_SHOWN], moved[64];
    MkBuf changes;
    mk_buf_init(&changes);
    changes_text(solution, &changes);
    change_text(app, change, moved, sizeof moved);
    mk_sheet_row_id(list, i, changes.data);
    mk_sheet_put(list, 0, MK_CELL_NAME, (double)i, "%zu%s", i + 1, is_best ? " ★" : "");
    mk_sheet_put(list, 1, holds ? MK_CELL_VALUE : MK_CELL_BAD, value, "%s%s",
                 goal_text(app, value, text), holds ? "" : " ✗");
    interval_text(app, solution, text);
    mk_sheet_put(list, 2, MK_CELL_RANGE, NAN, "%s", text);
    mk_sheet_put(list, 3, change_role(change), change, "%s", moved);
    mk_sheet_put(list, 4, MK_CELL_VALUE, reach, "%s", mk_view_percent(reach, text));
    mk_sheet_put(list, 5, MK_CELL_VALUE, mk_node_value(solution, "effort"), "%.1f",
                 mk_node_value(solution, "effort"));
    mk_sheet_put(list, 6, support < 0.1 ? MK_CELL_WARN : MK_CELL_MUTED, support, "%s",
                 mk_view_percent(support, text));
    mk_sheet_put(list, 7, MK_CELL_TEXT, NAN, "%s", changes.data);
    mk_buf_release(&changes);
}

static void make_rows(MkApp *app)
{
    Optimized *state = state_of(app);
    const MkNode *goal = mk_node_member(data_of(app), "goal");
    const MkAttribute *about = goal_attribute(app);
    const bool is_value = strcmp(mk_node_text(goal, "aim"), "value") == 0;
    MkSheetColumn columns[] = {
        {.title = "", .min = 3, .is_fixed = true},
        {.align = MK_ALIGN_RIGHT, .is_number = true},
        {.title = "", .min = 7, .rank = 5},
        {.title = "Change", .align = MK_ALIGN_RIGHT, .min = 7, .is_number = true, .rank = 2},
        {.align = MK_ALIGN_RIGHT, .min = 7, .is_number = true, .rank = 1},
        {.title = "Effort", .align = MK_ALIGN_RIGHT, .min = 6, .is_number = true},
        {.title = "Support", .align = MK_ALIGN_RIGHT, .min = 7, .is_number = true, .rank = 3},
        {.title = "Changes", .min = 18, .weight = 1, .wish = 18, .rank = 4}};
    snprintf(columns[1].title, sizeof columns[1].title, "%.40s",
             is_probability(app) ? mk_node_text(goal, "text")
             : about != NULL     ? about->name
                                 : "");
    const size_t title = mk_utf8_width(columns[1].title);
    columns[1].min = title < 16 ? title : 16;
    columns[1].wish = title;
    const double level =
        mk_node_value(mk_node_member(mk_node_member(data_of(app), "start"), "interval"), "level");
    if (isfinite(level)) {
        snprintf(columns[2].title, sizeof columns[2].title, "%.4g %%", 100 * level);
    }
    snprintf(columns[4].title, sizeof columns[4].title, "%s", is_value ? "Of way" : "Of best");
    mk_sheet_columns(&state->sheet, columns, sizeof columns / sizeof columns[0]);
    mk_sheet_begin(&state->sheet);
    size_t i = 0;
    for (const MkNode *s = mk_node_first(data_of(app), "solutions"); s != NULL; s = s->next) {
        put_solution(app, &state->sheet, s, i++);
    }
    mk_sheet_end(&state->sheet);
}

static bool take(MkApp *app, const MkMsg *msg)
{
    Optimized *state = state_of(app);
    if (mk_node_member(msg->result->data, "solutions") == NULL) {
        return false;
    }
    const char *line = msg->line != NULL ? msg->line : "";
    if (strcmp(line, state->line) != 0) { /* another question: another list */
        mk_sheet_release(&state->sheet);
        state->shows_changes = false;
    }
    MkResult *kept = mk_result_keep(msg->result);
    mk_result_free(state->result);
    state->result = kept;
    state->id = app->n_results;
    state->is_partial = msg->kind == MK_MSG_PARTIAL;
    snprintf(state->line, sizeof state->line, "%s", line);
    make_rows(app);
    return true;
}

static const MkNode *chosen(const MkApp *app, size_t *at)
{
    const MkSheetRow *row = mk_sheet_here(sheet(app));
    const MkNode *solution = mk_node_first(data_of(app), "solutions");
    *at = row != NULL ? row->id : 0;
    for (size_t i = 0; solution != NULL && row != NULL && i < row->id; i++) {
        solution = solution->next;
    }
    return row != NULL ? solution : NULL;
}

/* ---- keys ---- */

/* Whether the line said evidence of its own, which the session does not have. */
static bool has_own_evidence(const Optimized *state)
{
    return strstr(state->line, " given ") != NULL || strstr(state->line, " from ") != NULL;
}

static void put_value(const MkNode *value, MkBuf *out)
{
    if (value->kind == MK_NODE_STRING) {
        mk_buf_puts(out, value->string);
    } else if (value->kind == MK_NODE_NUMBER) {
        mk_buf_double(out, value->number);
    } else if (value->kind == MK_NODE_ARRAY) {
        mk_buf_putc(out, '{');
        for (const MkNode *item = value->first; item != NULL; item = item->next) {
            mk_buf_printf(out, "%s%s", item != value->first ? "," : "", item->string);
        }
        mk_buf_putc(out, '}');
    } else {
        const double low = mk_node_value(value, "low"), high = mk_node_value(value, "high");
        if (isfinite(low)) {
            mk_buf_double(out, low);
        }
        mk_buf_puts(out, "..");
        if (isfinite(high)) {
            mk_buf_double(out, high);
        }
    }
}

/* The goal's own value would be its answer. */
static bool knows_goal(const MkApp *app)
{
    const MkAttribute *goal = goal_attribute(app);
    for (size_t i = 0; i < app->n_known; i++) {
        if (&app->config.schema->attributes[app->known[i].attribute] == goal) {
            return true;
        }
    }
    return false;
}

/* All that a solution knows, as a line. */
static void whole_line(const MkApp *app, const MkNode *solution, MkBuf *out)
{
    mk_buf_puts(out, knows_goal(app) ? "given --only" : "given");
    for (const MkNode *known = mk_node_first(solution, "given"); known != NULL;
         known = known->next) {
        MkBuf word;
        mk_buf_init(&word);
        mk_buf_printf(&word, "%s=", known->key);
        put_value(known, &word);
        mk_buf_putc(out, ' ');
        mk_buf_word(out, word.data);
        mk_buf_release(&word);
    }
}

/* The line that makes a solution the session's evidence. */
static void line_of(const MkApp *app, const MkNode *solution, MkBuf *out)
{
    if (has_own_evidence(state_of(app)) || knows_goal(app)) {
        whole_line(app, solution, out);
    }
    if (out->len == 0 || out->len >= MK_ASK_BYTES || out->failed) {
        mk_buf_clear(out);
        mk_buf_puts(out, mk_node_text(solution, "line"));
    }
}

static void apply(MkApp *app, MkEffects *out)
{
    size_t at = 0;
    const MkNode *solution = chosen(app, &at);
    if (solution == NULL) {
        mk_app_say(app, MK_MOOD_ECHO, "no solution to apply");
        return;
    }
    MkBuf line;
    mk_buf_init(&line);
    line_of(app, solution, &line);
    if (!line.failed) {
        mk_app_ask(out, MK_ASK_RUN, "%s", line.data);
    }
    mk_buf_release(&line);
}

static bool act(MkApp *app, MkAction action, MkEffects *out)
{
    Optimized *state = state_of(app);
    switch (action) {
    case MK_ACT_ENTER:
        apply(app, out);
        return true;
    case MK_ACT_NEXT_PANE:
    case MK_ACT_PREVIOUS_PANE:
        state->shows_changes = !state->shows_changes;
        return true;
    case MK_ACT_OPTIMIZE:
        mk_app_ask(out, MK_ASK_PROMPT, "%s", state->line);
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

/* ---- looks ---- */

static void arrange(MkApp *app, MkRect body)
{
    Layout layout;
    make_layout(app, body, &layout);
    sheet(app)->height = layout.list.h > 1 ? layout.list.h - 1 : 0;
}

/* "median of systolic_bp as low as it gets, given age 50 years" */
static void heading(const MkApp *app, char *out, size_t size)
{
    const Optimized *state = state_of(app);
    const char *title =
        state->result != NULL && state->result->n_tables > 0 ? state->result->tables[0].title : "";
    const char *aim = NULL;
    for (const char *at = strstr(title, " · "); at != NULL; at = strstr(at + 1, " · ")) {
        aim = at + strlen(" · "); /* the last part is the goal */
    }
    snprintf(out, size, "%s", aim != NULL ? aim : title);
}

static void view_now(const MkApp *app, MkGrid *grid, MkRect line)
{
    const Optimized *state = state_of(app);
    const MkNode *start = mk_node_member(data_of(app), "start");
    char value[MK_SHOWN], range[MK_SHOWN], unit[MK_SHOWN], support[MK_SHOWN], floor[MK_SHOWN];
    interval_text(app, start, range);
    mk_grid_printf(grid, line.x, line.y, line.w, state->is_partial ? MK_CELL_STALE : MK_CELL_MUTED,
                   "%snow %s%s%s%s%s  support %s, floor %s  %.0f tries",
                   state->is_partial ? "the best so far …  " : "",
                   goal_text(app, mk_node_value(start, "value"), value), goal_unit(app, unit),
                   range[0] != '\0' ? " (" : "", range, range[0] != '\0' ? ")" : "",
                   mk_view_percent(mk_node_value(start, "support"), support),
                   mk_view_percent(mk_node_value(data_of(app), "floor"), floor),
                   mk_node_value(data_of(app), "evaluations"));
}

/* "61–152", "3 levels": where the search could put an input. */
static void allowed_text(const MkApp *app, const char *name, char out[MK_SHOWN])
{
    const MkNode *input = mk_node_first(data_of(app), "inputs");
    while (input != NULL && strcmp(mk_node_text(input, "attribute"), name) != 0) {
        input = input->next;
    }
    const MkAttribute *about = attribute_of(app, name);
    out[0] = '\0';
    if (about != NULL && mk_node_member(input, "low") != NULL) {
        (void)mk_view_range(about, mk_node_value(input, "low"), mk_node_value(input, "high"), out);
    } else if (input != NULL) {
        const size_t n = mk_node_count(input, "levels");
        snprintf(out, MK_SHOWN, "%zu level%s", n, n == 1 ? "" : "s");
    }
}

/* A line an input: where from, where to, what is allowed, a bar of the effort, what it is worth. */
static size_t view_changes(const MkApp *app, MkGrid *grid, MkRect rect, const MkNode *solution)
{
    enum { VALUES = 20, ALLOWED = 12, WORTH = 9, GAP = 1, LEAST_BAR = 5 };
    const size_t name_w = rect.w > 80 ? 28 : rect.w / 3;
    const size_t fixed = name_w + VALUES + WORTH + 2 * GAP;
    const size_t allowed_w = rect.w >= fixed + ALLOWED + LEAST_BAR ? ALLOWED : 0;
    const size_t bar_x = name_w + VALUES + allowed_w + GAP;
    const size_t bar_w = rect.w >= fixed + allowed_w + LEAST_BAR ? rect.w - fixed - allowed_w : 0;
    char from[MK_SHOWN], to[MK_SHOWN], allowed[MK_SHOWN], worth[64];
    double most = 0;
    size_t y = rect.y;
    for (const MkNode *c = mk_node_first(solution, "changes"); c != NULL; c = c->next) {
        most = fmax(most, mk_node_value(c, "effort"));
    }
    mk_grid_put(grid, rect.x, y, name_w, MK_CELL_HINT, "Input");
    mk_grid_put_right(grid, rect.x + name_w, y, VALUES, MK_CELL_HINT, "now → then");
    mk_grid_put_right(grid, rect.x + name_w + VALUES, y, allowed_w, MK_CELL_HINT, "allowed");
    mk_grid_put(grid, rect.x + bar_x, y, bar_w, MK_CELL_HINT, "effort");
    mk_grid_put_right(grid, rect.x, y++, rect.w, MK_CELL_HINT, "worth");
    for (const MkNode *c = mk_node_first(solution, "changes"); c != NULL && y < rect.y + rect.h;
         c = c->next, y++) {
        const MkAttribute *about = attribute_of(app, mk_node_text(c, "attribute"));
        const double effort = mk_node_value(c, "effort"), gain = mk_node_value(c, "worth");
        const double cells = most > 0 ? round(effort / most * (double)bar_w) : 0;
        char text[2 * MK_SHOWN + 8];
        mk_grid_printf(
            grid, rect.x, y, name_w - 1, MK_CELL_NAME, "%s%s%s", mk_node_text(c, "attribute"),
            about != NULL && about->unit[0] != '\0' ? " " : "", about != NULL ? about->unit : "");
        snprintf(text, sizeof text, "%s → %s", input_text(app, c, "from", from),
                 input_text(app, c, "to", to));
        mk_grid_put_right(grid, rect.x + name_w, y, VALUES, MK_CELL_VALUE, text);
        allowed_text(app, mk_node_text(c, "attribute"), allowed);
        mk_grid_put_right(grid, rect.x + name_w + VALUES, y, allowed_w, MK_CELL_RANGE, allowed);
        mk_grid_fill(
            grid,
            (MkRect){rect.x + bar_x, y, bar_w > 0 && effort > 0 ? (size_t)fmax(cells, 1) : 0, 1},
            MK_CELL_SPARK, "▇");
        change_text(app, gain, worth, sizeof worth);
        mk_grid_put_right(grid, rect.x + rect.w - WORTH, y, WORTH, change_role(gain), worth);
    }
    return y - rect.y;
}

/* Probabilities in percent, other measures in four digits. */
static const char *limit_number(const MkNode *limit, const char *key, char out[MK_SHOWN])
{
    const double x = fabs(mk_node_value(limit, key));
    if (strncmp(mk_node_text(limit, "text"), "P(", 2) == 0) {
        return mk_view_percent(x, out);
    }
    return mk_text_number(x, 4, out);
}

static size_t view_limits(MkGrid *grid, MkRect rect, const MkNode *solution)
{
    char value[MK_SHOWN], slack[MK_SHOWN];
    size_t y = rect.y;
    for (const MkNode *l = mk_node_first(solution, "limits"); l != NULL && y < rect.y + rect.h;
         l = l->next, y++) {
        const bool holds = mk_node_is_true(l, "holds");
        mk_grid_printf(grid, rect.x, y, rect.w, holds ? MK_CELL_GOOD : MK_CELL_BAD,
                       "%s %s: it is %s, %s %s", holds ? "✓" : "✗", mk_node_text(l, "text"),
                       limit_number(l, "value", value), limit_number(l, "slack", slack),
                       holds ? "to spare" : "missing");
    }
    return y - rect.y;
}

/* What stops the one that goes farthest; and what an analyst must know of the numbers. */
static void view_notes(const MkApp *app, MkGrid *grid, MkRect rect)
{
    const Optimized *state = state_of(app);
    size_t y = rect.y;
    for (size_t i = 0; i < state->result->n_notes && y < rect.y + rect.h; i++) {
        const MkRect left = {rect.x, y, rect.w, rect.y + rect.h - y};
        y += mk_grid_wrap(grid, left, MK_CELL_MUTED, state->result->notes[i]);
    }
}

static void view_detail(const MkApp *app, MkGrid *grid, MkRect rect)
{
    size_t at = 0;
    const MkNode *solution = chosen(app, &at);
    char value[MK_SHOWN], range[MK_SHOWN], unit[MK_SHOWN], moved[64];
    if (rect.h < 2) {
        return;
    }
    mk_grid_fill(grid, (MkRect){rect.x, rect.y, rect.w, 1}, MK_CELL_PANE, " ");
    if (solution == NULL) {
        mk_grid_put(grid, rect.x, rect.y, rect.w, MK_CELL_PANE, "No solution");
        view_notes(app, grid, (MkRect){rect.x, rect.y + 1, rect.w, rect.h - 1});
        return;
    }
    change_text(app, mk_node_value(solution, "change"), moved, sizeof moved);
    interval_text(app, solution, range);
    mk_grid_printf(grid, rect.x, rect.y, rect.w, MK_CELL_PANE, "Solution %zu: %s%s%s%s%s, %s",
                   at + 1, goal_text(app, mk_node_value(solution, "value"), value),
                   goal_unit(app, unit), range[0] != '\0' ? " (" : "", range,
                   range[0] != '\0' ? ")" : "", moved);
    size_t y = rect.y + 1;
    y += view_changes(app, grid, (MkRect){rect.x, y, rect.w, rect.y + rect.h - y}, solution);
    y += view_limits(grid, (MkRect){rect.x, y, rect.w, rect.y + rect.h - y}, solution);
    if (y + 1 < rect.y + rect.h) {
        view_notes(app, grid, (MkRect){rect.x, y + 1, rect.w, rect.y + rect.h - y - 1});
    }
}

static void view(const MkApp *app, MkGrid *grid, MkRect body)
{
    const Optimized *state = state_of(app);
    Layout layout;
    make_layout(app, body, &layout);
    if (state->result == NULL) {
        mk_grid_wrap(grid, body, MK_CELL_MUTED,
                     "Nothing is searched yet: o on an attribute, or optimize NAME min over A, B.");
        return;
    }
    view_now(app, grid, layout.now);
    mk_sheet_view(&state->sheet, grid, layout.list, true);
    view_detail(app, grid, layout.detail);
    mk_screen_plot_view(app, grid, layout.picture);
}

static void status(const MkApp *app, char *out, size_t size)
{
    const Optimized *state = state_of(app);
    size_t at = 0;
    const MkNode *solution = chosen(app, &at);
    if (solution != NULL && state->result->n_notes > 0) {
        MkBuf line;
        mk_buf_init(&line);
        line_of(app, solution, &line);
        snprintf(out, size, "Enter: %.300s · %.160s", line.failed ? "" : line.data,
                 state->result->notes[state->result->n_notes - 1]);
        mk_buf_release(&line);
    }
}

/* Before and after the best one, the changes of all, before and after the others. */
static size_t figure_of(const MkApp *app)
{
    size_t at = 0;
    const double best = mk_node_value(data_of(app), "best");
    if (state_of(app)->shows_changes) {
        return 1;
    }
    if (chosen(app, &at) == NULL || (double)at == best) {
        return 0;
    }
    return 2 + at - ((double)at > best ? 1 : 0);
}

static bool plot_wish(const MkApp *app, MkRect body, MkPlotWish *wish)
{
    const Optimized *state = state_of(app);
    const size_t figure = figure_of(app);
    Layout layout;
    make_layout(app, body, &layout);
    if (state->result == NULL || figure >= state->result->n_figures) {
        return false;
    }
    wish->result = state->result;
    wish->result_id = state->id;
    wish->figure = figure;
    wish->columns = layout.picture.w;
    wish->rows = layout.picture.h;
    return true;
}

const MkScreenOps mk_optimize_screen = {.kind = MK_SCREEN_OPTIMIZE,
                                        .title = "Optimize",
                                        .place = MK_IN_OPTIMIZE,
                                        .verbs = "optimize",
                                        .state_bytes = sizeof(Optimized),
                                        .release = release,
                                        .view = view,
                                        .arrange = arrange,
                                        .act = act,
                                        .take = take,
                                        .sheet = sheet,
                                        .heading = heading,
                                        .status = status,
                                        .plot_wish = plot_wish};
