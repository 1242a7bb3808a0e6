/* panes.c - the panes of the main screen. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "src/base/text.h"
#include "ui/view/picture.h"
#include "ui/view/state.h"
#include "ui/view/view.h"

/* ---- the attribute tree ---- */

typedef struct TreeColumns {
    size_t name, value, spark, range; /* first cells */
    size_t name_w, value_w, range_w;  /* 0: left out */
} TreeColumns;

static TreeColumns tree_columns(MkRect rect)
{
    TreeColumns at = {.value_w = 6, .range_w = rect.w >= 44 ? 11 : 9};
    if (rect.w < 34) {
        at.range_w = 0;
    }
    const size_t right = at.range_w > 0 ? at.range_w + 1 : 0;
    at.name = rect.x + 3;
    at.name_w = rect.w - 3 - 1 - at.value_w - 1 - MK_SPARK_CELLS - right;
    at.value = at.name + at.name_w + 1;
    at.spark = at.value + at.value_w + 1;
    at.range = at.spark + MK_SPARK_CELLS + 1;
    return at;
}

static void category_row(const MkApp *app, MkGrid *grid, MkRect line, size_t category)
{
    const MkTree *tree = &app->tree;
    const bool is_open = tree->open[category] || tree->filter[0] != '\0';
    size_t known = 0;
    for (size_t i = 0; i < app->n_known; i++) {
        known += tree->category_of[app->known[i].attribute] == category ? 1 : 0;
    }
    char count[32];
    if (known > 0) {
        snprintf(count, sizeof count, "%zu of %zu known", known, tree->shown[category]);
    } else {
        snprintf(count, sizeof count, "%zu", tree->shown[category]);
    }
    const size_t room = mk_utf8_width(count) + 1;
    mk_grid_put(grid, line.x, line.y, 1, MK_CELL_CATEGORY, is_open ? "▾" : "▸");
    if (line.w > room + 3) {
        mk_grid_put(grid, line.x + 2, line.y, line.w - 2 - room, MK_CELL_CATEGORY,
                    tree->categories[category]);
        mk_grid_put_right(grid, line.x, line.y, line.w, MK_CELL_MUTED, count);
    }
}

static void known_cells(const MkAttribute *attribute, const MkValue *value, MkGrid *grid,
                        const TreeColumns *at, size_t y, size_t end)
{
    MkBuf text;
    mk_buf_init(&text);
    mk_view_value(attribute, value, &text);
    mk_grid_put_right(grid, at->value, y, end - at->value, MK_CELL_KNOWN, text.data);
    mk_buf_release(&text);
}

/* "84 % left" of the population's spread, or "1.2x wider", "1.2 times" with less room. */
static void spread_cells(double spread, MkGrid *grid, const TreeColumns *at, size_t y)
{
    char text[MK_SHOWN] = "-";
    MkCellRole role = MK_CELL_RANGE;
    if (isfinite(spread) && fabs(spread - 1) < 0.005) {
        snprintf(text, sizeof text, "unchanged");
        role = MK_CELL_MUTED;
    } else if (isfinite(spread) && spread >= 1.05) {
        snprintf(text, sizeof text, at->range_w < 10 ? "%.*f times" : "%.*fx wider",
                 spread < 9.95 ? 1 : 0, spread);
    } else if (isfinite(spread)) {
        snprintf(text, sizeof text, "%.0f %% left", 100 * spread);
    }
    mk_grid_put_right(grid, at->range, y, at->range_w, role, text);
}

static void shift_cells(const MkAttribute *attribute, double shift, MkGrid *grid,
                        const TreeColumns *at, size_t y)
{
    char text[MK_SHOWN];
    if (fabs(shift) < MK_SHIFT_SMALL) {
        mk_grid_put_right(grid, at->range, y, at->range_w, MK_CELL_MUTED, "no shift");
        return;
    }
    if (attribute->n_levels > 0) {
        snprintf(text, sizeof text, "%.0f%% moved", 100 * shift);
        mk_grid_put_right(grid, at->range, y, at->range_w, MK_CELL_UP, text);
        return;
    }
    const bool is_up = shift >= 0;
    snprintf(text, sizeof text, "%s %.2f sd", is_up ? "▲" : "▼", fabs(shift));
    mk_grid_put_right(grid, at->range, y, at->range_w, is_up ? MK_CELL_UP : MK_CELL_DOWN, text);
}

/* Median, sparkline and interval; for levels the likeliest one and its probability. */
static void estimate_cells(const MkApp *app, size_t id, MkGrid *grid, const TreeColumns *at,
                           size_t y)
{
    const MkAttribute *attribute = &app->config.schema->attributes[id];
    const MkSummary *summary = &app->summary[id];
    const bool is_old = app->fresh[id] != MK_FRESH_NOW;
    const MkCellRole value_role = is_old ? MK_CELL_STALE : MK_CELL_VALUE;
    const MkCellRole range_role = is_old ? MK_CELL_STALE : MK_CELL_RANGE;
    char value[MK_SHOWN], range[MK_SHOWN], spark[MK_SHOWN];
    if (attribute->n_levels > 0) {
        const size_t level = (size_t)summary->median;
        mk_view_percent(summary->mode_share, value);
        snprintf(range, sizeof range, "%.40s",
                 level < attribute->n_levels ? attribute->levels[level].name : "-");
    } else {
        mk_view_number(attribute, summary->median, value);
        mk_view_range_in(attribute, summary->low, summary->high, at->range_w, range);
    }
    mk_grid_put_right(grid, at->value, y, at->value_w, value_role, value);
    mk_grid_put(grid, at->spark, y, MK_SPARK_CELLS, is_old ? MK_CELL_STALE : MK_CELL_SPARK,
                mk_view_spark(summary->spark, MK_SPARK_CELLS, spark));
    if (at->range_w == 0) {
        return;
    }
    if (app->tree.sort == MK_SORT_SHIFT) {
        shift_cells(attribute, mk_state_shift(app, id), grid, at, y);
    } else if (app->tree.sort == MK_SORT_SPREAD) {
        spread_cells(mk_state_spread(app, id), grid, at, y);
    } else {
        mk_grid_put_right(grid, at->range, y, at->range_w, range_role, range);
    }
}

static void attribute_row(const MkApp *app, MkGrid *grid, MkRect line, size_t id)
{
    const MkAttribute *attribute = &app->config.schema->attributes[id];
    const TreeColumns at = tree_columns(line);
    const MkValue *known = mk_app_known(app, id);
    if (mk_app_is_target(app, id)) {
        mk_grid_put(grid, line.x, line.y, 1, MK_CELL_TARGET, "◆");
    }
    if (known != NULL) {
        mk_grid_put(grid, line.x + 1, line.y, 1, MK_CELL_KNOWN, "●");
    }
    if (mk_state_is_marked(app, id)) {
        mk_grid_put(grid, line.x + 2, line.y, 1, MK_CELL_KEY, "*");
    }
    mk_grid_put(grid, at.name, line.y, at.name_w, known != NULL ? MK_CELL_KNOWN : MK_CELL_NAME,
                attribute->name);
    if (known != NULL) {
        known_cells(attribute, known, grid, &at, line.y, line.x + line.w);
    } else if (app->is_not_asked[id]) {
        mk_grid_put_right(grid, at.value, line.y, line.x + line.w - at.value, MK_CELL_MUTED,
                          "not asked");
    } else if (app->fresh[id] != MK_FRESH_NONE) {
        estimate_cells(app, id, grid, &at, line.y);
    } else {
        mk_grid_put_right(grid, at.value, line.y, at.value_w, MK_CELL_STALE, "…");
    }
}

static void cursor_row(const MkApp *app, MkGrid *grid, MkRect line, MkPane pane)
{
    const bool has_keys = app->focus == pane && app->popup == MK_POPUP_NONE;
    if (has_keys && !app->is_searching) {
        mk_grid_paint(grid, line, MK_CELL_SELECTED);
    } else if (pane == MK_PANE_TREE || app->focus == pane) {
        mk_grid_paint(grid, line, MK_CELL_SELECTED_OFF);
    }
}

void mk_tree_view(const MkApp *app, MkGrid *grid, MkRect pane)
{
    static const char *const orders[] = {"", "by shift", "by spread", "by name"};
    static const char way_out[] = "  (Esc: all)";
    const MkTree *tree = &app->tree;
    const MkRect rect = mk_pane_inside(pane);
    char title[MK_FIELD_BYTES + 32], note[64];
    const char *filter =
        app->is_searching && mk_app_screen(app) == MK_SCREEN_MAIN ? app->search.text : tree->filter;
    if (filter[0] != '\0') {
        snprintf(title, sizeof title, "Attributes  /%s", filter);
    } else {
        snprintf(title, sizeof title, "Attributes%s", app->pin != NULL ? "  against pin" : "");
    }
    size_t n = 0;
    for (size_t c = 0; c < tree->n_categories; c++) {
        n += tree->shown[c];
    }
    size_t len = (size_t)snprintf(note, sizeof note, "%s%s", orders[tree->sort],
                                  tree->sort == MK_SORT_CATEGORY ? "" : "  ");
    if (app->n_marks > 0) {
        len += (size_t)snprintf(note + len, sizeof note - len, "%zu marked  ", app->n_marks);
    }
    len += (size_t)snprintf(note + len, sizeof note - len, "%zu", n);
    const bool is_filtered = filter[0] != '\0' && !app->is_searching;
    if (is_filtered && mk_utf8_width(title) + sizeof way_out + len < rect.w) {
        (void)strcat(title, way_out);
    }
    mk_view_title(app, grid, pane, MK_PANE_TREE, title, note);
    for (size_t i = 0; i < rect.h && tree->top + i < tree->n_rows; i++) {
        const MkTreeRow row = tree->rows[tree->top + i];
        const MkRect line = {rect.x, rect.y + i, rect.w, 1};
        if (row.is_category) {
            category_row(app, grid, line, row.index);
        } else {
            attribute_row(app, grid, line, row.index);
        }
        if (tree->top + i == tree->cursor) {
            cursor_row(app, grid, line, MK_PANE_TREE);
        }
    }
    if (tree->n_rows == 0 && rect.h > 0) {
        mk_grid_wrap(grid, rect, MK_CELL_MUTED,
                     "nothing matches: words are looked for in names, labels and categories; "
                     "cat:diet, type:ordinal, unit:mg and -word narrow down");
    }
}

/* ---- known values and targets ---- */

/* Where name and value do not fit together, the unit goes: the plot has it. */
static void drop_unit(const MkAttribute *attribute, size_t name_w, size_t w, char *text)
{
    const size_t len = strlen(text), unit = strlen(attribute->unit);
    if (unit > 0 && len > unit + 1 && name_w + mk_utf8_width(text) > w &&
        strcmp(text + len - unit, attribute->unit) == 0) {
        text[len - unit - 1] = '\0';
    }
}

/* Cells for the value: what it needs, or what a short name leaves, at least half the row. */
static size_t value_width(size_t name_w, size_t w, const char *text)
{
    const size_t width = mk_utf8_width(text), half = w / 2;
    const size_t room = name_w + half < w ? w - name_w : half;
    return width < room ? width : room;
}

/* What to do in a pane that is empty. */
static void empty_pane(MkGrid *grid, MkRect rect, const char *brief, const char *story)
{
    if (rect.h >= 6) {
        mk_grid_put(grid, rect.x, rect.y, rect.w, MK_CELL_MUTED, "nothing yet");
        mk_grid_wrap(grid, (MkRect){rect.x, rect.y + 2, rect.w, rect.h - 2}, MK_CELL_MUTED, story);
    } else if (rect.h > 0) {
        mk_grid_wrap(grid, rect, MK_CELL_MUTED, brief);
    }
}

void mk_known_view(const MkApp *app, MkGrid *grid, MkRect pane)
{
    const MkRect rect = mk_pane_inside(pane);
    char note[24];
    snprintf(note, sizeof note, "%zu", app->n_known);
    mk_view_title(app, grid, pane, MK_PANE_KNOWN, "Known", note);
    if (app->n_known == 0) {
        empty_pane(grid, rect, "nothing yet: / finds, Enter sets",
                   "/ finds an attribute, Enter sets its value. Every estimate follows at once.");
    }
    for (size_t i = 0; i < rect.h && app->known_top + i < app->n_known; i++) {
        const MkKnown *known = &app->known[app->known_top + i];
        const MkAttribute *attribute = &app->config.schema->attributes[known->attribute];
        const MkRect line = {rect.x, rect.y + i, rect.w, 1};
        MkBuf text;
        mk_buf_init(&text);
        mk_view_value(attribute, &known->value, &text);
        const size_t name_w = mk_utf8_width(attribute->name) + 1;
        drop_unit(attribute, name_w, rect.w, text.data);
        const size_t value_w = value_width(name_w, rect.w, text.data);
        mk_grid_put(grid, line.x, line.y, line.w - value_w - 1, MK_CELL_NAME, attribute->name);
        mk_grid_put_right(grid, line.x + line.w - value_w, line.y, value_w, MK_CELL_KNOWN,
                          text.data);
        mk_buf_release(&text);
        if (app->known_top + i == app->known_cursor) {
            cursor_row(app, grid, line, MK_PANE_KNOWN);
        }
    }
}

/* "5.6 %", "58 % never"; a known target shows its value. */
static void target_value(const MkApp *app, size_t id, char *out, size_t size)
{
    const MkAttribute *attribute = &app->config.schema->attributes[id];
    const MkSummary *summary = &app->summary[id];
    const MkValue *known = mk_app_known(app, id);
    char text[MK_SHOWN];
    if (known != NULL) {
        MkBuf shown;
        mk_buf_init(&shown);
        mk_view_value(attribute, known, &shown);
        snprintf(out, size, "%s", shown.data);
        mk_buf_release(&shown);
    } else if (app->fresh[id] == MK_FRESH_NONE) {
        snprintf(out, size, "…");
    } else if (attribute->n_levels > 0) {
        const size_t level = (size_t)summary->median;
        snprintf(out, size, "%.40s %.20s",
                 level < attribute->n_levels ? attribute->levels[level].name : "-",
                 mk_view_percent(summary->mode_share, text));
    } else {
        snprintf(out, size, "%.40s %.40s", mk_view_number(attribute, summary->median, text),
                 attribute->unit);
    }
}

void mk_targets_view(const MkApp *app, MkGrid *grid, MkRect pane)
{
    const MkRect rect = mk_pane_inside(pane);
    char note[24];
    snprintf(note, sizeof note, "%zu", app->n_targets);
    mk_view_title(app, grid, pane, MK_PANE_TARGETS, "Targets", note);
    if (app->n_targets == 0) {
        empty_pane(grid, rect, "none yet: t on an attribute",
                   "t makes the attribute a target: it stays in sight, and is what s compares.");
    }
    for (size_t i = 0; i < rect.h && app->target_top + i < app->n_targets; i++) {
        const size_t id = app->targets[app->target_top + i];
        const MkRect line = {rect.x, rect.y + i, rect.w, 1};
        char text[128];
        target_value(app, id, text, sizeof text);
        const MkAttribute *attribute = &app->config.schema->attributes[id];
        const size_t name_w = mk_utf8_width(attribute->name) + 3;
        drop_unit(attribute, name_w, rect.w, text);
        const size_t value_w = value_width(name_w, rect.w, text);
        mk_grid_put(grid, line.x, line.y, 1, MK_CELL_TARGET, "◆");
        mk_grid_put(grid, line.x + 2, line.y, line.w - value_w - 3, MK_CELL_NAME, attribute->name);
        mk_grid_put_right(grid, line.x + line.w - value_w, line.y, value_w,
                          app->fresh[id] == MK_FRESH_NOW ? MK_CELL_VALUE : MK_CELL_STALE, text);
        if (app->target_top + i == app->target_cursor) {
            cursor_row(app, grid, line, MK_PANE_TARGETS);
        }
    }
}

/* ---- the plot ---- */

/* A known attribute: its value, and where it stands among people. */
static void known_lines(const MkApp *app, const MkValue *value, MkGrid *grid, MkRect rect)
{
    const MkDetail *detail = &app->detail;
    const MkAttribute *attribute = &app->config.schema->attributes[detail->attribute];
    char a[MK_SHOWN], b[MK_SHOWN], level[MK_SHOWN];
    MkBuf text;
    mk_buf_init(&text);
    mk_view_value(attribute, value, &text);
    mk_grid_printf(grid, rect.x, rect.y, rect.w, MK_CELL_KNOWN, "known: %s", text.data);
    mk_buf_release(&text);
    if (rect.h >= 2 && attribute->n_levels == 0) {
        mk_view_percent(app->level, level);
        mk_grid_printf(
            grid, rect.x, rect.y + 1, rect.w, MK_CELL_RANGE, "population %s   %s %s",
            mk_view_number(attribute, detail->population_median, a), level,
            mk_view_range(attribute, detail->population_low, detail->population_high, b));
    }
}

static void number_lines(const MkApp *app, MkGrid *grid, MkRect rect)
{
    const MkDetail *detail = &app->detail;
    const MkAttribute *attribute = &app->config.schema->attributes[detail->attribute];
    char a[MK_SHOWN], b[MK_SHOWN], c[MK_SHOWN], level[MK_SHOWN];
    mk_view_percent(app->level, level);
    mk_view_number(attribute, detail->median, a);
    mk_view_range(attribute, detail->q25, detail->q75, b);
    mk_view_range(attribute, detail->low, detail->high, c);
    char line[5 * MK_SHOWN];
    snprintf(line, sizeof line, "median %s   50 %% %s   %s %s", a, b, level, c);
    if (mk_utf8_width(line) > rect.w) {
        snprintf(line, sizeof line, "median %s   %s %s", a, level, c);
    }
    mk_grid_put(grid, rect.x, rect.y, rect.w, MK_CELL_VALUE, line);
    size_t y = rect.y + 1;
    if (rect.h >= 2 && app->n_known > 0) {
        mk_grid_printf(
            grid, rect.x, y++, rect.w, MK_CELL_RANGE, "population %s   %s %s",
            mk_view_number(attribute, detail->population_median, a), level,
            mk_view_range(attribute, detail->population_low, detail->population_high, b));
    }
    if (rect.h >= 3 || (rect.h >= 2 && y == rect.y + 1)) {
        size_t x =
            rect.x + mk_grid_printf(grid, rect.x, y, rect.w, MK_CELL_RANGE, "mean %s   sd %s",
                                    mk_view_number(attribute, detail->mean, a),
                                    mk_view_number(attribute, detail->sd, b));
        if (app->n_known > 0) {
            (void)mk_grid_printf(grid, x, y, rect.x + rect.w - x, MK_CELL_RANGE, "   P(> %s) %s",
                                 mk_view_number(attribute, detail->population_median, a),
                                 mk_view_percent(detail->above, b));
        }
    }
}

/* The `n` likeliest levels; how many there are. */
static size_t likeliest(const MkDetail *detail, size_t n_levels, size_t n, size_t *out)
{
    bool used[MK_MAX_LEVELS] = {false};
    n = n < n_levels ? n : n_levels;
    for (size_t i = 0; i < n; i++) {
        size_t best = n_levels;
        for (size_t k = 0; k < n_levels; k++) {
            if (!used[k] && (best == n_levels || detail->share[k] > detail->share[best])) {
                best = k;
            }
        }
        used[best] = true;
        out[i] = best;
    }
    return n;
}

/* The likeliest levels with their probability and the population's behind it, in columns. */
static void level_lines(const MkApp *app, MkGrid *grid, MkRect rect)
{
    enum { LINES = 3, SHARE_W = 5 };
    const MkDetail *detail = &app->detail;
    const MkAttribute *attribute = &app->config.schema->attributes[detail->attribute];
    size_t levels[LINES], name_w = 0;
    const size_t n =
        likeliest(detail, attribute->n_levels, rect.h < LINES ? rect.h : LINES, levels);
    for (size_t i = 0; i < n; i++) {
        const size_t w = mk_utf8_width(attribute->levels[levels[i]].name);
        name_w = w > name_w ? w : name_w;
    }
    const size_t behind = SHARE_W + 2 + name_w + 2; /* where the population's stands */
    const char *word = behind + 11 + SHARE_W <= rect.w ? "population" : "all";
    const size_t need = mk_utf8_width(word) + 1 + SHARE_W;
    const bool has_all = app->n_known > 0 && need + SHARE_W + 12 < rect.w;
    const size_t at = behind + need < rect.w ? behind : rect.w - need;
    for (size_t i = 0; i < n; i++) {
        char a[MK_SHOWN], b[MK_SHOWN];
        mk_grid_printf(grid, rect.x, rect.y + i, has_all ? at - 1 : rect.w,
                       i == 0 ? MK_CELL_VALUE : MK_CELL_RANGE, "%5s  %.60s",
                       mk_view_percent(detail->share[levels[i]], a),
                       attribute->levels[levels[i]].name);
        if (has_all) {
            mk_grid_printf(grid, rect.x + at, rect.y + i, need, MK_CELL_MUTED, "%s %5s", word,
                           mk_view_percent(detail->population_share[levels[i]], b));
        }
    }
}

enum { NEVER_BYTES = 256, NAME_BYTES = 80 }; /* names are ASCII */

/* "! never seen with grip_strength +1: by linkage, r -0.10 – 0.45", as much as fits; rather a name
 * that is cut than no range. */
static void ranged_text(const MkDetail *d, const char *name, const char *more, size_t width,
                        char out[NEVER_BYTES])
{
    enum { NAME_LEAST = 10 };
    static const char *const forms[][2] = {{"seen ", "by linkage, "}, {"seen ", ""}, {"", ""}};
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        snprintf(out, NEVER_BYTES, "! never %swith %.80s%s: %sr %.2f – %.2f", forms[i][0], name,
                 more, forms[i][1], d->r_low, d->r_high);
        if (mk_utf8_width(out) <= width) {
            return;
        }
    }
    const size_t name_w = strlen(name) < NAME_BYTES ? strlen(name) : NAME_BYTES;
    const size_t rest = mk_utf8_width(out) - name_w + 1;
    if (rest + NAME_LEAST <= width) {
        snprintf(out, NEVER_BYTES, "! never with %.*s…%s: r %.2f – %.2f", (int)(width - rest), name,
                 more, d->r_low, d->r_high);
    }
}

static void never_line(const MkApp *app, MkGrid *grid, MkRect line)
{
    const MkDetail *d = &app->detail;
    const char *name = app->config.schema->attributes[d->never].name;
    char more[24] = "", text[NEVER_BYTES] = "";
    if (d->n_never > 1) {
        snprintf(more, sizeof more, " +%zu", d->n_never - 1);
    }
    if (d->has_range) {
        ranged_text(d, name, more, line.w, text);
    }
    if (!d->has_range || mk_utf8_width(text) > line.w) {
        snprintf(text, sizeof text, "! never seen with %.80s%s", name, more);
    }
    if (mk_utf8_width(text) > line.w) {
        snprintf(text, sizeof text, "! never with %.80s%s", name, more);
    }
    mk_grid_put(grid, line.x, line.y, line.w, MK_CELL_WARN, text);
}

/* The last line of `lines` where nobody has the target and a known value, else the fourth. */
static void seen_line(const MkApp *app, MkGrid *grid, MkRect rect)
{
    const size_t n = app->detail.co_observed;
    if (!app->detail.has_co_observed) {
        return;
    }
    if (n == 0) {
        never_line(app, grid, (MkRect){rect.x, rect.y + rect.h - 1, rect.w, 1});
    } else if (rect.h >= 4) {
        mk_grid_printf(grid, rect.x, rect.y + 3, rect.w, n < 200 ? MK_CELL_WARN : MK_CELL_MUTED,
                       "%smeasured together%s in ≥ %zu people", n < 200 ? "! " : "",
                       rect.w >= 54 ? " with each known value" : "", n);
    }
}

static void plot_title(const MkApp *app, MkGrid *grid, MkRect pane, const MkPlotWish *shown)
{
    char title[512] = "Plot", note[96] = "";
    if (app->figure != NULL) {
        snprintf(title, sizeof title, "Plot of the last command");
        snprintf(note, sizeof note, "Esc back");
    } else if (shown->target != MK_NO_ATTRIBUTE) {
        const MkAttribute *target = &app->config.schema->attributes[shown->target];
        const bool has_versus = shown->versus != MK_NO_ATTRIBUTE;
        const char *kept = app->pinned != MK_NO_ATTRIBUTE ? "kept · " : "";
        snprintf(title, sizeof title, "%.200s%s%.40s%s%.200s", target->label,
                 target->unit[0] != '\0' ? ", " : "", target->unit, has_versus ? "  vs  " : "",
                 has_versus ? app->config.schema->attributes[shown->versus].label : "");
        if (app->n_known == 0) {
            snprintf(note, sizeof note, "%spopulation", kept);
        } else {
            snprintf(note, sizeof note, "%sgiven %zu", kept, app->n_known);
        }
    }
    mk_view_title(app, grid, pane, MK_PANE_PLOT, title, note);
}

/* The pane shows the plot that is there, with its own title and numbers, until the next one comes.
 */
void mk_plot_view(const MkApp *app, MkGrid *grid, MkRect pane)
{
    const MkPlotWish wish = mk_app_plot_wish(app);
    const MkRect inside = mk_pane_inside(pane), picture = mk_plot_inside(app);
    const bool is_there = app->plot != NULL && wish.target != MK_NO_ATTRIBUTE &&
                          app->plotted.target != MK_NO_ATTRIBUTE &&
                          app->plotted.columns == wish.columns && app->plotted.cell_width == 0 &&
                          app->plotted.result_id == 0;
    const MkPlotWish *shown = is_there ? &app->plotted : &wish;
    plot_title(app, grid, pane, shown);
    if (inside.h == 0) {
        return;
    }
    if (app->figure != NULL) {
        mk_picture_put(grid, inside, app->figure);
        return;
    }
    if (wish.target == MK_NO_ATTRIBUTE) {
        mk_grid_wrap(grid, inside, MK_CELL_MUTED,
                     "choose an attribute: its distribution appears here");
    } else if (is_there && app->plot_failed) {
        mk_grid_wrap(grid, picture, MK_CELL_WARN, app->plot);
    } else if (is_there) {
        mk_picture_put(grid, picture, app->plot);
    } else {
        mk_grid_put(grid, picture.x, picture.y, picture.w, MK_CELL_MUTED, "drawing …");
    }
    const MkRect lines = {inside.x, picture.y + picture.h, inside.w, inside.h - picture.h};
    if (app->detail.attribute == shown->target && wish.target != MK_NO_ATTRIBUTE && lines.h > 0) {
        const MkValue *known = mk_app_known(app, shown->target);
        const bool is_never =
            known == NULL && app->detail.has_co_observed && app->detail.co_observed == 0;
        MkRect rest = lines; /* what was never seen together is always told */
        rest.h -= is_never ? 1 : 0;
        if (known != NULL && known->kind == MK_VALUE_POINT) {
            known_lines(app, known, grid, rest);
        } else if (rest.h > 0 && app->config.schema->attributes[shown->target].n_levels > 0) {
            level_lines(app, grid, rest);
        } else if (rest.h > 0) {
            number_lines(app, grid, rest);
        }
        if (known == NULL) {
            seen_line(app, grid, lines);
        }
    }
}

/* ---- all of them ---- */

static void tabs_line(const MkApp *app, MkGrid *grid, MkRect line)
{
    char texts[MK_PANES][32];
    snprintf(texts[MK_PANE_TREE], 32, "Attributes");
    snprintf(texts[MK_PANE_KNOWN], 32, "Known %zu", app->n_known);
    snprintf(texts[MK_PANE_TARGETS], 32, "Targets %zu", app->n_targets);
    snprintf(texts[MK_PANE_PLOT], 32, "Plot");
    size_t x = line.x;
    for (size_t i = 0; i < MK_PANES && x < line.x + line.w; i++) {
        const bool is_on = app->focus == (MkPane)i;
        x += mk_grid_printf(grid, x, line.y, line.x + line.w - x,
                            is_on ? MK_CELL_PANE_FOCUS : MK_CELL_HINT, is_on ? "[%s]" : " %s ",
                            texts[i]);
        x += 1;
    }
}

static void separators(const MkMainLayout *layout, MkGrid *grid)
{
    const MkRect tree = layout->panes[MK_PANE_TREE], known = layout->panes[MK_PANE_KNOWN];
    const MkRect plot = layout->panes[MK_PANE_PLOT];
    const MkRect body = layout->body;
    if (tree.w > 0 && known.w > 0) {
        mk_grid_fill(grid, (MkRect){tree.x + tree.w + 1, body.y, 1, body.h}, MK_CELL_BORDER, "│");
    }
    if (known.w > 0 && plot.w > 0 && plot.x > known.x) {
        mk_grid_fill(grid, (MkRect){plot.x - 2, body.y, 1, body.h}, MK_CELL_BORDER, "│");
    }
}

void mk_main_view(const MkApp *app, MkGrid *grid)
{
    MkMainLayout layout;
    mk_main_layout(app, &layout);
    if (layout.has_tabs) {
        tabs_line(app, grid, layout.tabs);
    }
    separators(&layout, grid);
    if (layout.panes[MK_PANE_TREE].w > 0) {
        mk_tree_view(app, grid, layout.panes[MK_PANE_TREE]);
    }
    if (layout.panes[MK_PANE_KNOWN].w > 0) {
        mk_known_view(app, grid, layout.panes[MK_PANE_KNOWN]);
    }
    if (layout.panes[MK_PANE_TARGETS].w > 0) {
        mk_targets_view(app, grid, layout.panes[MK_PANE_TARGETS]);
    }
    if (layout.panes[MK_PANE_PLOT].w > 0) {
        mk_plot_view(app, grid, layout.panes[MK_PANE_PLOT]);
    }
}
