/* popup.c - the editor of one attribute, its definition, and the question before leaving. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "src/base/text.h"
#include "ui/view/view.h"

static MkRect body_of(const MkApp *app)
{
    MkMainLayout layout;
    mk_main_layout(app, &layout);
    return (MkRect){layout.body.x, 1, layout.body.w, app->rows - 3};
}

/* "60 to 260 mmHg", "at least 0 kg" */
static void domain_text(const MkAttribute *attribute, char *out, size_t size)
{
    char low[MK_SHOWN], high[MK_SHOWN];
    mk_view_number(attribute, attribute->min, low);
    mk_view_number(attribute, attribute->max, high);
    if (isfinite(attribute->min) && isfinite(attribute->max)) {
        snprintf(out, size, "%.20s to %.20s %.40s", low, high, attribute->unit);
    } else if (isfinite(attribute->min)) {
        snprintf(out, size, "at least %.20s %.40s", low, attribute->unit);
    } else if (isfinite(attribute->max)) {
        snprintf(out, size, "at most %.20s %.40s", high, attribute->unit);
    } else {
        snprintf(out, size, "any number%s%.40s", attribute->unit[0] != '\0' ? ", " : "",
                 attribute->unit);
    }
}

/* "122 (90 % 102–151)"; levels: "never (58 %)" */
static void summary_text(const MkAttribute *attribute, const MkSummary *summary, double level,
                         char *out, size_t size)
{
    char a[MK_SHOWN], b[MK_SHOWN], c[MK_SHOWN];
    if (attribute->n_levels > 0) {
        const size_t mode = (size_t)summary->median;
        snprintf(out, size, "%.60s (%.20s)",
                 mode < attribute->n_levels ? attribute->levels[mode].name : "-",
                 mk_view_percent(summary->mode_share, a));
        return;
    }
    snprintf(out, size, "%.20s   %.20s of people %.44s",
             mk_view_number(attribute, summary->median, a), mk_view_percent(level, b),
             mk_view_range(attribute, summary->low, summary->high, c));
}

static size_t fact(MkGrid *grid, MkRect inside, size_t y, const char *name, const char *text)
{
    if (y >= inside.y + inside.h) {
        return y;
    }
    const size_t column = 12;
    mk_grid_put(grid, inside.x, y, column, MK_CELL_MUTED, name);
    const MkRect rest = {inside.x + column, y, inside.w - column, inside.y + inside.h - y};
    const size_t lines = mk_grid_wrap(grid, rest, MK_CELL_TEXT, text);
    return y + (lines > 0 ? lines : 1);
}

static MkRect open_frame(MkGrid *grid, MkRect frame, const char *title)
{
    mk_grid_frame(grid, frame, MK_CELL_BORDER, title);
    if (frame.w < 6 || frame.h < 3) {
        return (MkRect){frame.x, frame.y, 0, 0};
    }
    return (MkRect){frame.x + 2, frame.y + 1, frame.w - 4, frame.h - 2};
}

/* "hba1c", or "hba1c of scenario lean" */
static const char *editor_title(const MkApp *app, char *out, size_t size)
{
    const char *end = strstr(app->editor_line, " from ");
    const size_t len = end != NULL ? (size_t)(end - app->editor_line) : 0;
    snprintf(out, size, "%.120s%s%.*s", app->editor.attribute->name, len > 0 ? " of " : "",
             (int)len, app->editor_line);
    return out;
}

static void number_editor(const MkApp *app, MkGrid *grid)
{
    char title[256];
    const MkEditor *editor = &app->editor;
    const MkAttribute *attribute = editor->attribute;
    const MkRect inside = open_frame(grid, mk_layout_middle(body_of(app), 62, 10),
                                     editor_title(app, title, sizeof title));
    if (inside.h < 7) {
        return;
    }
    char text[256];
    size_t y = inside.y;
    mk_grid_put(grid, inside.x, y, inside.w, MK_CELL_TITLE, attribute->label);
    domain_text(attribute, text, sizeof text);
    y = fact(grid, inside, y + 1, "allowed", text);
    if (app->fresh[editor->id] != MK_FRESH_NONE && !editor->is_known) {
        summary_text(attribute, &app->summary[editor->id], app->level, text, sizeof text);
        y = fact(grid, inside, y, "expected", text);
    } else if (app->has_population) {
        summary_text(attribute, &app->population[editor->id], app->level, text, sizeof text);
        y = fact(grid, inside, y, "population", text);
    }
    y++;
    mk_grid_put(grid, inside.x, y, 12, MK_CELL_KEY, "value");
    const size_t x = inside.x + 12, room = 26;
    mk_grid_fill(grid, (MkRect){x, y, room, 1}, MK_CELL_FIELD, " ");
    mk_grid_put(grid, x, y, room, editor->is_whole ? MK_CELL_SELECTED : MK_CELL_FIELD,
                editor->field.text);
    mk_grid_put(grid, x + room + 1, y, inside.w - 13 - room, MK_CELL_MUTED, attribute->unit);
    char head[MK_FIELD_BYTES];
    snprintf(head, sizeof head, "%.*s", (int)editor->field.point, editor->field.text);
    const size_t at = mk_utf8_width(head) < room ? mk_utf8_width(head) : room - 1;
    mk_grid_paint(grid, (MkRect){x + at, y, 1, 1}, MK_CELL_POINT);
    grid->point_x = x + at;
    grid->point_y = y;
    const MkRect says = {x, y + 1, inside.w - 12, inside.y + inside.h - y - 1};
    if (editor->says[0] == '\0') {
        mk_grid_put(grid, says.x, says.y, says.w, MK_CELL_MUTED,
                    "a number, a range 20..30, or with a unit");
    } else {
        snprintf(text, sizeof text, "%s %.240s", editor->is_ok ? "=" : "!", editor->says);
        mk_grid_wrap(grid, says, editor->is_ok ? MK_CELL_GOOD : MK_CELL_WARN, text);
    }
}

static void level_line(const MkApp *app, MkGrid *grid, MkRect line, size_t level)
{
    const MkEditor *editor = &app->editor;
    const MkAttribute *attribute = editor->attribute;
    const bool is_marked = (editor->marked >> level & 1) != 0;
    const bool has_share = app->detail.attribute == editor->id && !editor->is_known;
    mk_grid_put(grid, line.x, line.y, 4, MK_CELL_KEY,
                editor->marked == 0 ? (editor->cursor == level ? ">" : "")
                                    : (is_marked ? "[x]" : "[ ]"));
    mk_grid_put(grid, line.x + 4, line.y, line.w - 14, MK_CELL_TEXT, attribute->levels[level].name);
    if (has_share) {
        char text[MK_SHOWN];
        mk_grid_put_right(grid, line.x + line.w - 8, line.y, 8, MK_CELL_RANGE,
                          mk_view_percent(app->detail.share[level], text));
    }
    if (editor->cursor == level) {
        mk_grid_paint(grid, line, MK_CELL_SELECTED);
    }
}

static void level_picker(const MkApp *app, MkGrid *grid)
{
    char title[256];
    const MkEditor *editor = &app->editor;
    const MkAttribute *attribute = editor->attribute;
    const MkRect body = body_of(app);
    const MkRect frame = mk_layout_middle(body, 52, attribute->n_levels + 4);
    const MkRect inside = open_frame(grid, frame, editor_title(app, title, sizeof title));
    if (inside.h < 3) {
        return;
    }
    mk_grid_put(grid, inside.x, inside.y, inside.w, MK_CELL_TITLE, attribute->label);
    const size_t rows = inside.h - 2;
    size_t top = editor->cursor >= rows ? editor->cursor - rows + 1 : 0;
    top = attribute->n_levels <= rows ? 0 : top;
    for (size_t i = 0; i < rows && top + i < attribute->n_levels; i++) {
        level_line(app, grid, (MkRect){inside.x, inside.y + 2 + i, inside.w, 1}, top + i);
    }
}

void mk_editor_view(const MkApp *app, MkGrid *grid)
{
    if (app->editor.attribute->n_levels > 0) {
        level_picker(app, grid);
    } else {
        number_editor(app, grid);
    }
}

static void levels_text(const MkAttribute *attribute, char *out, size_t size)
{
    size_t len = 0;
    out[0] = '\0';
    for (size_t i = 0; i < attribute->n_levels && len + 4 < size; i++) {
        const int n =
            snprintf(out + len, size - len, "%s%s", i > 0 ? ", " : "", attribute->levels[i].name);
        len += n > 0 ? (size_t)n : 0;
    }
}

/* What is known about an attribute, from y on. Returns the row after it. */
static size_t info_facts(const MkApp *app, MkGrid *grid, MkRect inside)
{
    const MkAttribute *attribute = &app->config.schema->attributes[app->info];
    char text[512];
    mk_grid_put(grid, inside.x, inside.y, inside.w, MK_CELL_TITLE, attribute->label);
    size_t y = inside.y + 2;
    if (attribute->description[0] != '\0') {
        y = fact(grid, inside, y, "definition", attribute->description);
    }
    y = fact(grid, inside, y, "kind", mk_type_name(attribute->type));
    if (attribute->n_levels > 0) {
        levels_text(attribute, text, sizeof text);
        y = fact(grid, inside, y, "levels", text);
    } else {
        domain_text(attribute, text, sizeof text);
        y = fact(grid, inside, y, "allowed", text);
    }
    if (attribute->category[0] != '\0') {
        y = fact(grid, inside, y, "category", attribute->category);
    }
    if (attribute->eligible[0] != '\0') {
        y = fact(grid, inside, y, "asked of", attribute->eligible);
    }
    if (app->has_population) {
        summary_text(attribute, &app->population[app->info], app->level, text, sizeof text);
        y = fact(grid, inside, y, "population", text);
    }
    if (app->fresh[app->info] != MK_FRESH_NONE && app->n_known > 0) {
        summary_text(attribute, &app->summary[app->info], app->level, text, sizeof text);
        y = fact(grid, inside, y, "expected", text);
    }
    if (app->config.observed != NULL) {
        char people[32];
        snprintf(text, sizeof text, "in %s of the people behind the model",
                 mk_text_count(app->config.observed[app->info], people));
        y = fact(grid, inside, y, "measured", text);
    }
    return y;
}

void mk_info_view(const MkApp *app, MkGrid *grid)
{
    const char *name = app->config.schema->attributes[app->info].name;
    const MkRect body = body_of(app);
    const MkRect most = mk_layout_middle(body, 76, body.h);
    if (most.w < 20 || most.h < 6) {
        return;
    }
    /* Written once aside, to see how many rows it takes. */
    MkGrid *aside = mk_grid_new(grid->columns, grid->rows, grid->ascii);
    const MkRect inside = {most.x + 2, most.y + 1, most.w - 4, most.h - 2};
    const size_t rows = aside != NULL ? info_facts(app, aside, inside) - inside.y : inside.h;
    mk_grid_free(aside);
    (void)info_facts(app, grid, open_frame(grid, mk_layout_middle(body, 76, rows + 2), name));
}

/* A question with the keys that answer it. */
static void question(const MkApp *app, MkGrid *grid, const char *title, const char *text,
                     const char *const lines[][2], size_t n)
{
    const MkRect inside = open_frame(grid, mk_layout_middle(body_of(app), 50, n + 4), title);
    if (inside.h < n + 2) {
        return;
    }
    mk_grid_put(grid, inside.x, inside.y, inside.w, MK_CELL_TEXT, text);
    for (size_t i = 0; i < n; i++) {
        mk_grid_put(grid, inside.x + 2, inside.y + 2 + i, 7, MK_CELL_KEY, lines[i][0]);
        mk_grid_put(grid, inside.x + 9, inside.y + 2 + i, inside.w - 9, MK_CELL_TEXT, lines[i][1]);
    }
}

void mk_quit_view(const MkApp *app, MkGrid *grid)
{
    static const char *const lines[][2] = {
        {"w", "save the session as a script"},
        {"q", "leave without saving"},
        {"Esc", "stay"},
    };
    static const char *const busy[][2] = {
        {"q", "stop it and leave"},
        {"Esc", "stay"},
    };
    if (app->busy[0] != '\0') {
        question(app, grid, "Leave manikin?", "A command is still running.", busy, 2);
        return;
    }
    question(app, grid, "Leave manikin?", "What was entered is not saved.", lines, 3);
}

void mk_rescued_view(const MkApp *app, MkGrid *grid)
{
    static const char *const lines[][2] = {
        {"Enter", "bring it back"},
        {"Esc", "begin anew"},
    };
    question(app, grid, "Welcome back", "The last session was cut off. It was kept.", lines, 2);
}

static size_t count_lines(const char *text)
{
    size_t n = 0;
    for (const char *at = text; *at != '\0'; n++) {
        at += strcspn(at, "\n");
        at += *at == '\n' ? 1 : 0;
    }
    return n;
}

/* Nothing that was pasted runs unseen: the lines as they are, as many as there is room for. */
void mk_pasted_view(const MkApp *app, MkGrid *grid)
{
    const size_t n = count_lines(app->pasted);
    const MkRect body = body_of(app);
    const MkRect inside =
        open_frame(grid, mk_layout_middle(body, 90, n + 5), "Run what was pasted?");
    if (inside.h < 4) {
        return;
    }
    const size_t room = inside.h - 3;
    const size_t shown = n <= room ? n : room - 1;
    const char *at = app->pasted;
    for (size_t i = 0; i < shown; i++) {
        const size_t length = strcspn(at, "\n");
        mk_grid_printf(grid, inside.x, inside.y + i, inside.w, MK_CELL_PROMPT, "%.*s",
                       (int)(length < 500 ? length : 500), at);
        at += length + (at[length] == '\n' ? 1 : 0);
    }
    if (shown < n) {
        mk_grid_printf(grid, inside.x, inside.y + shown, inside.w, MK_CELL_WARN, "! and %zu more",
                       n - shown);
    }
    const size_t y = inside.y + inside.h - 2;
    size_t x = inside.x + mk_grid_put(grid, inside.x, y, inside.w, MK_CELL_KEY, "Enter");
    x += mk_grid_printf(grid, x, y, inside.w, MK_CELL_TEXT, " runs %s   ",
                        n == 1 ? "the line" : "the lines until one fails");
    x += mk_grid_put(grid, x, y, inside.x + inside.w - x, MK_CELL_KEY, "Esc");
    (void)mk_grid_put(grid, x, y, inside.x + inside.w - x, MK_CELL_TEXT, " drops them");
}
