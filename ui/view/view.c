#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "ui/view/view.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/text.h"
#include "src/data/value.h"
#include "ui/view/screen.h"
#include "ui/view/state.h"

enum { GAP = 3 }; /* " │ " between columns */

/* ---- where things stand ---- */

static size_t list_rows(size_t n)
{
    return 1 + (n > 0 ? n : 1);
}

static void three_columns(const MkApp *app, MkMainLayout *out)
{
    const MkPart columns[] = {{40, 45, 2}, {22, 24, 1}, {26, 44, 3}};
    MkRect parts[3];
    mk_layout_columns(out->body, GAP, columns, 3, parts);
    out->panes[MK_PANE_TREE] = parts[0];
    out->panes[MK_PANE_PLOT] = parts[2];
    const MkPart rows[] = {{4, list_rows(app->n_known) + 1, 1}, {4, list_rows(app->n_targets), 1}};
    mk_layout_rows(parts[1], 1, rows, 2, &out->panes[MK_PANE_KNOWN]);
}

static void two_columns(const MkApp *app, MkMainLayout *out)
{
    const MkPart columns[] = {{38, 42, 1}, {34, 35, 1}};
    MkRect parts[2];
    mk_layout_columns(out->body, GAP, columns, 2, parts);
    out->panes[MK_PANE_TREE] = parts[0];
    const size_t known = list_rows(app->n_known), targets = list_rows(app->n_targets);
    const MkPart rows[] = {
        {2, known < 7 ? known : 7, 0}, {2, targets < 4 ? targets : 4, 0}, {9, 9, 1}};
    mk_layout_rows(parts[1], 0, rows, 3, &out->panes[MK_PANE_KNOWN]);
}

void mk_main_layout(const MkApp *app, MkMainLayout *out)
{
    const size_t w = app->columns, h = app->rows;
    *out = (MkMainLayout){.is_too_small = w < MK_MIN_COLUMNS || h < MK_MIN_ROWS};
    if (out->is_too_small) {
        return;
    }
    out->body = (MkRect){1, 1, w - 2, h - 3};
    out->message = (MkRect){1, h - 2, w - 2, 1};
    out->hint = (MkRect){1, h - 1, w - 2, 1};
    out->has_tabs = w < 76 || (w < 100 && h < 20);
    if (out->has_tabs) {
        out->tabs = (MkRect){1, 1, w - 2, 1};
        out->body.y++;
        out->body.h--;
    }
    if (out->has_tabs) {
        out->panes[app->focus] = out->body;
    } else if (w >= 100) {
        three_columns(app, out);
    } else {
        two_columns(app, out);
    }
}

MkRect mk_pane_inside(MkRect pane)
{
    if (pane.w == 0 || pane.h < 2) {
        return (MkRect){pane.x, pane.y, 0, 0};
    }
    return (MkRect){pane.x, pane.y + 1, pane.w, pane.h - 1};
}

MkRect mk_plot_inside(const MkApp *app)
{
    MkMainLayout layout;
    mk_main_layout(app, &layout);
    MkRect inside = mk_pane_inside(layout.panes[MK_PANE_PLOT]);
    const size_t lines = inside.h >= 16 ? 4 : 2; /* of numbers under the picture */
    inside.h = inside.h > lines ? inside.h - lines : 0;
    return inside;
}

MkRect mk_figure_inside(const MkApp *app)
{
    MkMainLayout layout;
    mk_main_layout(app, &layout);
    const MkRect pane = layout.panes[MK_PANE_PLOT];
    return mk_pane_inside(pane.w > 0 ? pane : layout.body);
}

MkRect mk_text_inside(const MkApp *app)
{
    const size_t w = app->columns, h = app->rows;
    if (w < MK_MIN_COLUMNS || h < MK_MIN_ROWS) {
        return (MkRect){0, 0, 0, 0};
    }
    return (MkRect){1, 1, w - 2, h - 3};
}

MkRect mk_help_list(const MkApp *app)
{
    MkRect list = mk_text_inside(app);
    const MkRect story = mk_help_story(app);
    list.h -= story.h > 0 ? story.h + 1 : 0;
    return list;
}

MkRect mk_help_story(const MkApp *app)
{
    MkRect story = mk_text_inside(app);
    const size_t h = story.h >= 30 ? 10 : (story.h >= 18 ? 7 : (story.h >= 10 ? 3 : 0));
    story.y += story.h - h;
    story.h = h;
    return story;
}

/* ---- text for people ---- */

static size_t count_digits(const char *text)
{
    size_t n = 0;
    for (; *text != '\0'; text++) {
        n += (*text >= '1' && *text <= '9') || (*text == '0' && n > 0) ? 1 : 0;
    }
    return n;
}

const char *mk_view_number(const MkAttribute *attribute, double x, char out[MK_SHOWN])
{
    char text[24] = "";
    if (!isfinite(x)) {
        snprintf(out, MK_SHOWN, "-");
        return out;
    }
    if (attribute->resolution > 0 && fabs(x) < 1e6) {
        mk_text_at(x, attribute->resolution, text);
    }
    const bool is_fine = strchr(text, '.') != NULL && count_digits(text) > 4;
    if (text[0] == '\0' || strlen(text) > 6 || is_fine) {
        mk_text_number(x, fabs(x) >= 1000 || is_fine ? 4 : 3, text);
    }
    snprintf(out, MK_SHOWN, "%s", text);
    return out;
}

/* Ends of an interval are rougher than a median: three digits, four from a thousand on. */
static const char *rough_number(const MkAttribute *attribute, double x, char out[MK_SHOWN])
{
    char text[24] = "";
    mk_view_number(attribute, x, out);
    if (strlen(out) > 4 && isfinite(x)) {
        mk_text_number(x, fabs(x) >= 1000 ? 4 : 3, text);
        snprintf(out, MK_SHOWN, "%s", text);
    }
    return out;
}

const char *mk_view_range(const MkAttribute *attribute, double low, double high, char out[MK_SHOWN])
{
    char a[MK_SHOWN], b[MK_SHOWN];
    rough_number(attribute, low, a);
    rough_number(attribute, high, b);
    snprintf(out, MK_SHOWN, low < 0 || high < 0 ? "%.20s to %.20s" : "%.20s–%.20s", a, b);
    return out;
}

const char *mk_view_range_in(const MkAttribute *attribute, double low, double high, size_t cells,
                             char out[MK_SHOWN])
{
    char a[24], b[24];
    mk_view_range(attribute, low, high, out);
    if (mk_utf8_width(out) > cells && isfinite(low) && isfinite(high)) {
        mk_text_number(low, 2, a);
        mk_text_number(high, 2, b);
        snprintf(out, MK_SHOWN, "%.20s%s%.20s", a, low < 0 || high < 0 ? " to " : "–", b);
    }
    return out;
}

void mk_view_value(const MkAttribute *attribute, const MkValue *value, MkBuf *out)
{
    char text[24];
    if (value->kind != MK_VALUE_POINT || attribute->n_levels > 0) {
        mk_value_show(attribute, value, out);
        return;
    }
    /* A converted unit brings digits that nobody typed; those before the point all count. */
    const double size = fabs(value->point);
    mk_buf_printf(out, "%s%s%s", mk_text_number(value->point, size < 1000 ? 4 : 9, text),
                  attribute->unit[0] != '\0' ? " " : "", attribute->unit);
}

const char *mk_view_percent(double share, char out[MK_SHOWN])
{
    if (!isfinite(share)) {
        snprintf(out, MK_SHOWN, "-");
    } else if (share > 0 && share < 0.01) {
        snprintf(out, MK_SHOWN, "<1 %%");
    } else if (share < 1 && share > 0.99) {
        snprintf(out, MK_SHOWN, ">99 %%");
    } else {
        snprintf(out, MK_SHOWN, "%.0f %%", 100 * share);
    }
    return out;
}

const char *mk_view_spark(const float *heights, size_t n, char out[MK_SHOWN])
{
    static const char *const bars[] = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    out[0] = '\0';
    for (size_t i = 0; i < n && i < 12; i++) {
        const float h = heights[i];
        const int at = h > 0.02F ? (int)(1.0F + h * 7.49F) : 0;
        strcat(out, bars[at < 0 ? 0 : (at > 8 ? 8 : at)]);
    }
    return out;
}

void mk_view_title(const MkApp *app, MkGrid *grid, MkRect pane, MkPane which, const char *title,
                   const char *note)
{
    const MkCellRole role = app->focus == which ? MK_CELL_PANE_FOCUS : MK_CELL_PANE;
    if (pane.w == 0) {
        return;
    }
    const size_t room = mk_utf8_width(note) + 2 < pane.w ? mk_utf8_width(note) : 0;
    mk_grid_fill(grid, (MkRect){pane.x, pane.y, pane.w, 1}, role, " ");
    mk_grid_put(grid, pane.x, pane.y, pane.w - room - (room > 0 ? 1 : 0), role, title);
    if (room > 0) {
        mk_grid_put(grid, pane.x + pane.w - room, pane.y, room, role, note);
    }
}

/* ---- the frame of all screens ---- */

/* What runs, else scenarios, unsaved work and how typical the evidence is. */
MkCellRole mk_view_state(const MkApp *app, char *out, size_t size)
{
    char share[MK_SHOWN], scenarios[32] = "", support[64] = "";
    MkCellRole role = MK_CELL_MUTED;
    if (app->busy[0] != '\0') {
        snprintf(out, size, "%.*s is running: Ctrl-C stops it", (int)strcspn(app->busy, " :"),
                 app->busy);
        return MK_CELL_WARN;
    }
    if (app->n_scenarios > 0) {
        snprintf(scenarios, sizeof scenarios, "%zu scenario%s", app->n_scenarios,
                 app->n_scenarios == 1 ? "" : "s");
    }
    if (isfinite(app->support)) {
        const char *word =
            app->support < 0.01 ? "very rare" : (app->support < 0.05 ? "unusual" : "typical");
        snprintf(support, sizeof support, "support: %s, %.20s", word,
                 mk_view_percent(app->support, share));
        role = app->support < 0.05 ? MK_CELL_WARN : role;
    }
    snprintf(out, size, "%s%s%s%s%s", scenarios, scenarios[0] != '\0' ? "   " : "",
             app->is_dirty ? "not saved*" : "", app->is_dirty && support[0] != '\0' ? "   " : "",
             support);
    return role;
}

static void title_line(const MkApp *app, MkGrid *grid)
{
    const size_t w = app->columns - 2;
    char state[256];
    const MkCellRole role = mk_view_state(app, state, sizeof state);
    size_t x = 1 + mk_grid_put(grid, 1, 0, w, MK_CELL_TITLE, "manikin");
    x += mk_grid_printf(grid, x, 0, w - x, MK_CELL_TEXT, "  %s", app->title);
    char count[48];
    (void)snprintf(count, sizeof count, " · %zu attributes", app->config.schema->n);
    /* How many there are goes before what the state is. */
    if (x + mk_utf8_width(count) + 4 + mk_utf8_width(state) <= app->columns) {
        x += mk_grid_put(grid, x, 0, w - x, MK_CELL_TEXT, count);
    }
    if (x + 16 < app->columns) {
        mk_grid_put_right(grid, x + 3, 0, app->columns - 4 - x, role, state);
    }
}

static void too_small(const MkApp *app, MkGrid *grid)
{
    char text[160];
    snprintf(text, sizeof text, "manikin needs %dx%d, this terminal has %zux%zu. q leaves.",
             MK_MIN_COLUMNS, MK_MIN_ROWS, app->columns, app->rows);
    mk_grid_wrap(grid, (MkRect){0, 0, app->columns, app->rows}, MK_CELL_TEXT, text);
}

/* About the attribute under the cursor, when there is nothing more urgent to say. */
static void about_line(const MkApp *app, MkGrid *grid, MkRect line)
{
    const size_t id = mk_app_attribute(app);
    if (id == MK_NO_ATTRIBUTE) {
        return;
    }
    const MkAttribute *attribute = &app->config.schema->attributes[id];
    size_t x = line.x;
    x += mk_grid_put(grid, x, line.y, line.w, MK_CELL_TEXT, attribute->label);
    char text[256] = "", range[MK_SHOWN], middle[MK_SHOWN], seen[MK_SHOWN];
    size_t len = 0;
    if (attribute->unit[0] != '\0') {
        len += (size_t)snprintf(text, sizeof text, ", %.40s", attribute->unit);
    }
    if (app->has_population && attribute->n_levels == 0) {
        const MkSummary *all = &app->population[id];
        len += (size_t)snprintf(text + len, sizeof text - len, " · population %s (%s)",
                                mk_view_number(attribute, all->median, middle),
                                mk_view_range(attribute, all->low, all->high, range));
    }
    if (app->config.observed != NULL) {
        snprintf(text + len, sizeof text - len, " · %s people",
                 mk_text_count(app->config.observed[id], seen));
    }
    if (x < line.x + line.w) {
        mk_grid_put(grid, x, line.y, line.x + line.w - x, MK_CELL_MUTED, text);
    }
}

/* A typed line with its point; what does not fit scrolls out at the left. */
static void typed_line(MkGrid *grid, MkRect line, const char *label, const char *text, size_t point)
{
    const size_t lead = mk_grid_put(grid, line.x, line.y, line.w, MK_CELL_KEY, label);
    const size_t room = line.w > lead + 1 ? line.w - lead - 1 : 0;
    char head[1024];
    snprintf(head, sizeof head, "%.*s", (int)point, text);
    size_t skip = 0;
    uint32_t cp = 0;
    while (mk_utf8_width(head + skip) > room && head[skip] != '\0') {
        skip += mk_utf8_next(head + skip, &cp);
    }
    const size_t x = line.x + lead;
    mk_grid_put(grid, x, line.y, room + 1, MK_CELL_PROMPT, text + skip);
    const size_t at = x + mk_utf8_width(head + skip);
    mk_grid_paint(grid, (MkRect){at, line.y, 1, 1}, MK_CELL_POINT);
    grid->point_x = at;
    grid->point_y = line.y;
}

/* What can be typed, as long as nothing is. */
static void search_hint(const MkApp *app, MkGrid *grid, MkRect line)
{
    const bool has_rows = mk_app_screen(app) == MK_SCREEN_MAIN || mk_screen_sheet(app) != NULL;
    if (app->search.len == 0 && has_rows && line.w > 8) {
        mk_grid_put(grid, line.x + 4, line.y, line.w - 4, MK_CELL_MUTED,
                    "words, cat:diet, type:ordinal, type:number, unit:mg, -not");
    }
}

/* What the screen says of itself; of a text, which lines these are. */
static void status_line(const MkApp *app, MkGrid *grid, MkRect line)
{
    const MkScreenOps *top = mk_screen_top(app);
    const MkPager *pager = mk_screen_pager(app);
    char text[256] = "";
    if (top->status != NULL) {
        top->status(app, text, sizeof text);
    } else if (pager != NULL) {
        mk_pager_position(pager, line.w, mk_screen_body(app).h, text, sizeof text);
    }
    mk_grid_put(grid, line.x, line.y, line.w, MK_CELL_MUTED, text);
}

void mk_message_view(const MkApp *app, MkGrid *grid, MkRect line)
{
    static const MkCellRole roles[] = {MK_CELL_PROMPT, MK_CELL_GOOD, MK_CELL_WARN, MK_CELL_BAD};
    if (app->prompt.is_open) {
        typed_line(grid, line, ":", app->prompt.text, app->prompt.point);
    } else if (app->is_searching) {
        typed_line(grid, line, "/", app->search.text, app->search.point);
        search_hint(app, grid, line);
    } else if (app->message[0] != '\0') {
        const char *mark = app->mood == MK_MOOD_BAD ? "! " : "";
        const size_t used = mk_grid_put(grid, line.x, line.y, line.w, roles[app->mood], mark);
        mk_grid_put(grid, line.x + used, line.y, line.w - used, roles[app->mood], app->message);
    } else if (app->busy[0] != '\0') {
        mk_grid_put(grid, line.x, line.y, line.w, MK_CELL_WARN, app->busy);
    } else if (mk_app_screen(app) == MK_SCREEN_MAIN) {
        about_line(app, grid, line);
    } else {
        status_line(app, grid, line);
    }
}

/* One "Enter set" of the hint line; 0 when it does not fit. */
static size_t hint_item(const MkApp *app, MkGrid *grid, size_t x, size_t y, size_t end,
                        const MkBinding *binding)
{
    const bool is_pairs = binding->action == MK_ACT_PLOT && mk_state_n_marked(app) > 1;
    const char *hint = is_pairs ? "pairs" : binding->hint;
    char key[16];
    snprintf(key, sizeof key, "%.*s", (int)strcspn(binding->show, " "), binding->show);
    const size_t need = mk_utf8_width(key) + 1 + mk_utf8_width(hint);
    if (x + need > end) {
        return 0;
    }
    size_t used = mk_grid_put(grid, x, y, need, MK_CELL_KEY, key) + 1;
    used += mk_grid_put(grid, x + used, y, need, MK_CELL_HINT, hint);
    return used + 2;
}

/* Always in sight, at the end of the line: the way back, help, the way out. */
static bool is_last(const MkBinding *binding, unsigned where)
{
    const bool is_back = binding->action == MK_ACT_BACK && (where & MK_IN_SCREENS) != 0;
    return (binding->where & where) != 0 && binding->hint[0] != '\0' &&
           (is_back || binding->action == MK_ACT_HELP || binding->action == MK_ACT_QUIT);
}

/* Of what can be done, what would do something now. */
static bool does_something(const MkApp *app, const MkBinding *binding, unsigned where)
{
    const size_t attribute = mk_app_attribute(app);
    if (binding->action == MK_ACT_UNDO) {
        return app->undo[0] != '\0';
    }
    if (binding->action == MK_ACT_FORGET && (where & MK_IN_ROWS) != 0) {
        return mk_state_n_marked(app) > 0 ||
               (attribute != MK_NO_ATTRIBUTE && mk_app_known(app, attribute) != NULL);
    }
    return true;
}

static bool hint_applies(const MkApp *app, const MkBinding *binding, unsigned where)
{
    const MkScreenOps *top = mk_screen_top(app);
    if ((where & MK_IN_SCREENS) != 0 && top->applies != NULL &&
        !top->applies(app, binding->action)) {
        return false;
    }
    if (!does_something(app, binding, where)) {
        return false;
    }
    return (binding->where & where) != 0 && binding->hint[0] != '\0' && !is_last(binding, where) &&
           mk_help_has(app->config.verbs, app->config.n_verbs, binding);
}

void mk_hint_view(const MkApp *app, MkGrid *grid, MkRect line)
{
    const unsigned where = mk_app_where(app);
    if (where == MK_IN_PROMPT) {
        mk_grid_put(grid, line.x, line.y, line.w, MK_CELL_HINT,
                    "Enter run  Tab complete  Up earlier lines  Ctrl-R search them  Esc back");
        return;
    }
    size_t n = 0, reserve = 0;
    const MkBinding *bindings = mk_bindings(&n);
    for (size_t i = 0; i < n; i++) {
        if (is_last(&bindings[i], where)) {
            reserve += strcspn(bindings[i].show, " ") + 1 + strlen(bindings[i].hint) + 2;
        }
    }
    const size_t end = line.x + line.w;
    size_t x = line.x;
    for (size_t i = 0; i < n; i++) {
        if (hint_applies(app, &bindings[i], where)) {
            x += hint_item(app, grid, x, line.y, end - (reserve < line.w ? reserve : 0),
                           &bindings[i]);
        }
    }
    for (size_t i = 0; i < n; i++) {
        if (is_last(&bindings[i], where)) {
            x += hint_item(app, grid, x, line.y, end, &bindings[i]);
        }
    }
}

void mk_candidates_view(const MkApp *app, MkGrid *grid, MkRect message)
{
    const MkPromptState *prompt = &app->prompt;
    const size_t room = message.y - 1, n_more = prompt->n_more;
    const size_t lines = n_more > 0 ? 1 : 0;
    const size_t n = prompt->n_candidates + lines < room ? prompt->n_candidates : room - lines;
    const size_t top = message.y - n - lines;
    size_t words = 0, helps = 0;
    for (size_t i = 0; i < n; i++) {
        const size_t a = mk_utf8_width(prompt->words[i]), b = mk_utf8_width(prompt->helps[i]);
        words = a > words ? a : words;
        helps = b > helps ? b : helps;
    }
    const size_t width = words + helps + 4 < message.w ? words + helps + 4 : message.w;
    for (size_t i = 0; i < n; i++) {
        const size_t y = top + i;
        const MkRect line = {message.x, y, width, 1};
        mk_grid_fill(grid, line, MK_CELL_FIELD, " ");
        const size_t used =
            mk_grid_put(grid, message.x + 1, y, width - 1, MK_CELL_FIELD, prompt->words[i]);
        if (words + 3 < width) {
            mk_grid_put(grid, message.x + words + 3, y, width - words - 3, MK_CELL_FIELD,
                        prompt->helps[i]);
        }
        mk_grid_paint(grid, (MkRect){message.x + 1, y, used, 1}, MK_CELL_KEY);
        if (i + 1 == prompt->chosen) {
            mk_grid_paint(grid, line, MK_CELL_SELECTED);
        }
    }
    if (lines > 0) {
        mk_grid_fill(grid, (MkRect){message.x, top + n, width, 1}, MK_CELL_FIELD, " ");
        mk_grid_printf(grid, message.x + 1, top + n, width - 1, MK_CELL_MUTED, "… %zu more",
                       n_more + prompt->n_candidates - n);
    }
}

void mk_app_view(const MkApp *app, MkGrid *grid)
{
    mk_grid_clear(grid);
    MkMainLayout layout;
    mk_main_layout(app, &layout);
    if (layout.is_too_small) {
        too_small(app, grid);
        return;
    }
    mk_screen_view(app, grid);
    if (mk_app_screen(app) == MK_SCREEN_MAIN) {
        title_line(app, grid);
    }
    if (app->popup == MK_POPUP_EDIT) {
        mk_editor_view(app, grid);
    } else if (app->popup == MK_POPUP_INFO) {
        mk_info_view(app, grid);
    } else if (app->popup == MK_POPUP_QUIT) {
        mk_quit_view(app, grid);
    } else if (app->popup == MK_POPUP_RESCUED) {
        mk_rescued_view(app, grid);
    } else if (app->popup == MK_POPUP_PASTED) {
        mk_pasted_view(app, grid);
    }
    mk_message_view(app, grid, layout.message);
    mk_hint_view(app, grid, layout.hint);
    if (app->prompt.is_open) {
        mk_candidates_view(app, grid, layout.message);
    }
}
