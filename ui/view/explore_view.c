/* explore_view.c - the explore screen: its lists out of the result, the chosen row, and where
 * everything stands. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "src/base/text.h"
#include "ui/view/explore.h"
#include "ui/view/screen.h"
#include "ui/view/view.h"

static const double share_least = 0.002; /* of a group of people, to count for a span */

/* ---- where ---- */

void mk_explore_layout(const MkApp *app, MkRect body, MkExploreLayout *out)
{
    enum { WIDE = 110, STRIP = 6, VALUES = 12 };
    (void)app;
    *out = (MkExploreLayout){.tabs = {0, 0, 0, 0}};
    if (body.w == 0 || body.h < 5) {
        return;
    }
    out->tabs = (MkRect){body.x, body.y, body.w, 1};
    const size_t y = body.y + 1, h = body.h - 1;
    if (body.w >= WIDE && h >= 16) {
        const size_t left = body.w * 60 / 100;
        out->list = (MkRect){body.x, y, left, h};
        out->side = (MkRect){body.x + left + 2, y, body.w - left - 2, h};
        const size_t picture = h >= VALUES + 10 ? h - 2 - VALUES : 0;
        out->picture = (MkRect){out->side.x, y + 1, picture > 0 ? out->side.w : 0, picture};
        out->values = (MkRect){out->side.x, y + 1 + picture, out->side.w, h - 1 - picture};
    } else if (h >= STRIP + 10) {
        out->list = (MkRect){body.x, y, body.w, h - STRIP};
        out->strip = (MkRect){body.x, y + h - STRIP, body.w, STRIP};
    } else {
        out->list = (MkRect){body.x, y, body.w, h};
    }
}

/* ---- numbers for people ---- */

static const MkAttribute *attribute_at(const MkApp *app, size_t id)
{
    return &app->config.schema->attributes[id];
}

/* A mean lies between recorded values. */
static const char *mean_text(const MkAttribute *attribute, double x, char out[MK_SHOWN])
{
    char text[24];
    const double step = attribute->resolution > 0 ? attribute->resolution / 10 : 0;
    snprintf(out, MK_SHOWN, "%s", mk_text_at(x, step, text));
    return out;
}

/* An answer of the target: a number, a share, or a position among levels. */
static const char *answer_text(const MkApp *app, double x, char out[MK_SHOWN])
{
    const MkNode *data = mk_explored(app)->result->data;
    const char *answer = mk_node_text(data, "answer");
    if (strcmp(answer, "probability") == 0) {
        return mk_view_percent(x, out);
    }
    if (strcmp(answer, "level") == 0) {
        snprintf(out, MK_SHOWN, "%.1f", x);
        return out;
    }
    if (strcmp(answer, "mean") == 0) {
        return mean_text(attribute_at(app, mk_explore_target(app)), x, out);
    }
    return mk_view_number(attribute_at(app, mk_explore_target(app)), x, out);
}

/* What answers are, for a heading: "Median %", "never", "Level". */
static void answer_title(const MkApp *app, char *out, size_t size)
{
    const MkNode *data = mk_explored(app)->result->data;
    const char *answer = mk_node_text(data, "answer");
    const MkAttribute *target = attribute_at(app, mk_explore_target(app));
    if (strcmp(answer, "probability") == 0) {
        snprintf(out, size, "%.40s", mk_node_text(data, "level"));
        if (out[0] == '\0') {
            snprintf(out, size, "Share");
        }
    } else if (strcmp(answer, "level") == 0) {
        snprintf(out, size, "Level");
    } else {
        snprintf(out, size, "%s%s%.20s", strcmp(answer, "mean") == 0 ? "Mean" : "Median",
                 target->unit[0] != '\0' ? " " : "", target->unit);
    }
}

static void span_of(const MkNode *relation, double *low, double *high)
{
    const MkNode *share = mk_node_first(relation, "share");
    *low = INFINITY;
    *high = -INFINITY;
    for (const MkNode *y = mk_node_first(relation, "shape"); y != NULL && share != NULL;
         y = y->next, share = share->next) {
        if (share->number >= share_least) {
            *low = fmin(*low, y->number);
            *high = fmax(*high, y->number);
        }
    }
}

/* "5.2 – 6.8", "5 – 45 %" */
static void span_text(const MkApp *app, double low, double high, char *out, size_t size)
{
    char a[MK_SHOWN], b[MK_SHOWN];
    answer_text(app, low, a);
    answer_text(app, high, b);
    const bool is_share =
        strcmp(mk_node_text(mk_explored(app)->result->data, "answer"), "probability") == 0;
    char *percent = is_share ? strstr(a, " %") : NULL;
    if (percent != NULL) {
        *percent = '\0';
    }
    snprintf(out, size, "%s – %s", a, b);
}

/* Value of the attribute at a point: a number, or the name of a level. */
static const char *at_text(const MkAttribute *attribute, const MkNode *at, char out[MK_SHOWN])
{
    if (at->kind == MK_NODE_STRING) {
        snprintf(out, MK_SHOWN, "%.40s", at->string);
        return out;
    }
    return mk_view_number(attribute, at->number, out);
}

static const char *count_text(double n, char out[MK_SHOWN])
{
    char text[32];
    snprintf(out, MK_SHOWN, "%s", n > 0 ? mk_text_count((size_t)n, text) : "never");
    return out;
}

/* ---- the related ---- */

/* Heights over the span of the answers, or over a little of the target's spread where it is wider.
 */
static void put_shape(const MkApp *app, MkSheet *sheet, const MkNode *relation)
{
    float heights[MK_SHEET_SPARK];
    const double sd = mk_node_value(mk_explored(app)->result->data, "sd");
    const double least = isfinite(sd) ? 0.1 * sd : 0.02;
    double low = 0, high = 0;
    size_t n = 0;
    span_of(relation, &low, &high);
    const double grow = fmax(least - (high - low), 0) / 2;
    for (const MkNode *y = mk_node_first(relation, "shape"); y != NULL && n < MK_SHEET_SPARK;
         y = y->next) {
        const double at = (y->number - low + grow) / (high - low + 2 * grow);
        heights[n++] = (float)(0.1 + 0.9 * fmin(fmax(isfinite(at) ? at : 0, 0), 1));
    }
    mk_sheet_spark(sheet, 5, MK_CELL_SPARK, mk_node_value(relation, "direction"), heights, n);
}

/* The word for the form; of levels the one with the highest answer. */
static void put_form(MkSheet *sheet, const MkNode *relation)
{
    const char *form = mk_node_text(relation, "form");
    const bool is_up = strcmp(form, "rising") == 0, is_down = strcmp(form, "falling") == 0;
    const MkNode *best = NULL, *at = mk_node_first(relation, "at");
    const MkNode *share = mk_node_first(relation, "share");
    double most = -INFINITY;
    if (strcmp(form, "levels") != 0) {
        mk_sheet_put(sheet, 4, is_up ? MK_CELL_UP : (is_down ? MK_CELL_DOWN : MK_CELL_RANGE), NAN,
                     "%s", strcmp(form, "none") == 0 ? "" : form);
        return;
    }
    for (const MkNode *y = mk_node_first(relation, "shape"); y != NULL;
         y = y->next, at = at->next, share = share->next) {
        if (share->number >= share_least && y->number > most) {
            most = y->number;
            best = at;
        }
    }
    mk_sheet_put(sheet, 4, MK_CELL_RANGE, NAN, "▲ %s", best != NULL ? best->string : "");
}

static void put_related(const MkApp *app, MkSheet *sheet, const MkNode *relation, size_t id,
                        double most)
{
    const MkAttribute *attribute = attribute_at(app, id);
    const double strength = mk_node_value(relation, "strength");
    const double effect = mk_node_value(relation, "effect");
    const double people = mk_node_value(relation, "co_observed");
    const bool is_exact = mk_node_is_true(relation, "exact");
    const bool is_sd = isfinite(mk_node_value(mk_explored(app)->result->data, "sd"));
    char low_text[MK_SHOWN], span[2 * MK_SHOWN + 8];
    double low = 0, high = 0;
    span_of(relation, &low, &high);
    mk_sheet_row(sheet, id, attribute->label);
    mk_sheet_put(sheet, 0, MK_CELL_NAME, NAN, "%s%s", attribute->name, people > 0 ? "" : " °");
    mk_sheet_put(sheet, 1, is_exact ? MK_CELL_VALUE : MK_CELL_STALE, strength, "%s%.3f%s",
                 is_exact ? "" : "~", strength, mk_node_is_true(relation, "restates") ? "≈" : "");
    mk_sheet_bar(sheet, 2, MK_CELL_SPARK, most > 0 ? strength / most : 0);
    mk_sheet_put(sheet, 3, MK_CELL_VALUE, effect, is_sd ? "%.2f" : "%.1f",
                 is_sd ? effect : 100 * effect);
    put_form(sheet, relation);
    put_shape(app, sheet, relation);
    span_text(app, low, high, span, sizeof span);
    mk_sheet_put(sheet, 6, MK_CELL_RANGE, high - low, "%s", span);
    mk_sheet_put(sheet, 7, people > 0 ? MK_CELL_MUTED : MK_CELL_WARN, people, "%s",
                 count_text(people, low_text));
}

static void list_related(MkApp *app)
{
    MkExplored *state = mk_explored(app);
    MkSheet *sheet = &state->sheets[MK_EXPLORE_RELATED];
    const MkNode *data = state->result->data;
    const bool is_sd = isfinite(mk_node_value(data, "sd"));
    MkSheetColumn columns[] = {
        {.title = "Attribute", .min = 20, .wish = 36, .is_fixed = true},
        {.title = "Nats", .align = MK_ALIGN_RIGHT, .min = 6, .is_number = true},
        {.title = "", .min = 4, .wish = 6, .weight = 1, .is_number = true, .rank = 3},
        {.align = MK_ALIGN_RIGHT, .min = 6, .is_number = true, .rank = 2},
        {.title = "Form", .min = 8, .wish = 12, .rank = 4},
        {.title = "Shape", .min = 9, .is_number = true, .rank = 1},
        {.align = MK_ALIGN_RIGHT, .min = 9, .is_number = true, .rank = 5},
        {.title = "Together", .align = MK_ALIGN_RIGHT, .min = 8, .is_number = true, .rank = 6}};
    snprintf(columns[3].title, sizeof columns[3].title, "%s", is_sd ? "Effect" : "Points");
    answer_title(app, columns[6].title, sizeof columns[6].title);
    mk_sheet_columns(sheet, columns, sizeof columns / sizeof columns[0]);
    mk_sheet_begin(sheet);
    sheet->schema = app->config.schema;
    const double most = mk_node_value(mk_node_first(data, "relations"), "strength");
    for (const MkNode *r = mk_node_first(data, "relations"); r != NULL; r = r->next) {
        size_t id = 0;
        if (mk_schema_find(app->config.schema, mk_node_text(r, "attribute"), &id)) {
            put_related(app, sheet, r, id, most);
        }
    }
    mk_sheet_end(sheet);
}

/* ---- what moves ---- */

/* One of the two values that the target is set to. */
static const char *end_text(const MkApp *app, const char *which, char out[MK_SHOWN])
{
    const MkNode *data = mk_explored(app)->result->data;
    const MkNode *end = mk_node_member(mk_node_member(data, "reverse"), which);
    if (end == NULL) {
        snprintf(out, MK_SHOWN, "-");
        return out;
    }
    return at_text(attribute_at(app, mk_explore_target(app)), end, out);
}

static const char *moved_text(const MkAttribute *attribute, const MkNode *moved, const char *key,
                              char out[MK_SHOWN])
{
    const double x = mk_node_value(moved, key);
    if (strcmp(mk_node_text(moved, "answer"), "mean") == 0) {
        return mean_text(attribute, x, out);
    }
    return attribute->n_levels > 0 ? mk_view_percent(x, out) : mk_view_number(attribute, x, out);
}

/* "+26 mg/dL", "-12 points" */
static void change_text(const MkAttribute *attribute, const MkNode *moved, char *out, size_t size)
{
    const double change = mk_node_value(moved, "difference");
    char text[MK_SHOWN];
    if (attribute->n_levels > 0) {
        snprintf(text, sizeof text, "%.*f", fabs(change) < 0.0995 ? 1 : 0, 100 * fabs(change));
    } else if (strcmp(mk_node_text(moved, "answer"), "mean") == 0) {
        mean_text(attribute, fabs(change), text);
    } else {
        mk_view_number(attribute, fabs(change), text);
    }
    const bool is_nothing = strspn(text, "0.") == strlen(text);
    snprintf(out, size, "%s%s", is_nothing ? "" : (change > 0 ? "+" : "-"), text);
}

static void put_moved(const MkApp *app, MkSheet *sheet, const MkNode *moved, size_t id)
{
    const MkAttribute *attribute = attribute_at(app, id);
    const double shift = mk_node_value(moved, "shift");
    const double people = mk_node_value(moved, "co_observed");
    const double apart = mk_node_value(moved, "distance");
    const MkCellRole role =
        shift > 0.1 ? MK_CELL_UP : (shift < -0.1 ? MK_CELL_DOWN : MK_CELL_RANGE);
    char text[MK_SHOWN], change[64];
    mk_sheet_row(sheet, id, attribute->label);
    mk_sheet_put(sheet, 0, MK_CELL_NAME, NAN, "%s%s", attribute->name, people > 0 ? "" : " °");
    mk_sheet_put(sheet, 1, MK_CELL_MUTED, NAN, "%s%s", attribute->n_levels > 0 ? "=" : "",
                 attribute->n_levels > 0 ? mk_node_text(moved, "level") : attribute->unit);
    mk_sheet_put(sheet, 2, MK_CELL_VALUE, mk_node_value(moved, "low"), "%s",
                 moved_text(attribute, moved, "low", text));
    mk_sheet_put(sheet, 3, MK_CELL_VALUE, mk_node_value(moved, "high"), "%s",
                 moved_text(attribute, moved, "high", text));
    change_text(attribute, moved, change, sizeof change);
    mk_sheet_put(sheet, 4, role, fabs(shift), "%s %s", change,
                 shift > 0.1 ? "▲" : (shift < -0.1 ? "▼" : " "));
    mk_sheet_bar(sheet, 5, MK_CELL_SPARK, apart);
    mk_sheet_put(sheet, 6, MK_CELL_RANGE, apart, "%s", mk_view_percent(apart, text));
    mk_sheet_put(sheet, 7, people > 0 ? MK_CELL_MUTED : MK_CELL_WARN, people, "%s",
                 count_text(people, text));
}

static void list_moved(MkApp *app)
{
    MkExplored *state = mk_explored(app);
    MkSheet *sheet = &state->sheets[MK_EXPLORE_MOVED];
    const MkNode *reverse = mk_node_member(state->result->data, "reverse");
    char text[MK_SHOWN];
    MkSheetColumn columns[] = {
        {.title = "Attribute", .min = 20, .wish = 36, .is_fixed = true},
        {.title = "", .min = 8, .wish = 16, .rank = 2},
        {.align = MK_ALIGN_RIGHT, .min = 6, .is_number = true},
        {.align = MK_ALIGN_RIGHT, .min = 6, .is_number = true},
        {.title = "Change", .align = MK_ALIGN_RIGHT, .min = 8, .is_number = true, .rank = 1},
        {.title = "", .min = 4, .wish = 6, .weight = 1, .is_number = true, .rank = 6},
        {.title = "Differ", .align = MK_ALIGN_RIGHT, .min = 6, .is_number = true, .rank = 4},
        {.title = "Together", .align = MK_ALIGN_RIGHT, .min = 8, .is_number = true, .rank = 7}};
    snprintf(columns[2].title, sizeof columns[2].title, "%s", end_text(app, "low", text));
    snprintf(columns[3].title, sizeof columns[3].title, "%s", end_text(app, "high", text));
    mk_sheet_columns(sheet, columns, sizeof columns / sizeof columns[0]);
    mk_sheet_begin(sheet);
    sheet->schema = app->config.schema;
    for (const MkNode *m = mk_node_first(reverse, "relations"); m != NULL; m = m->next) {
        size_t id = 0;
        if (mk_schema_find(app->config.schema, mk_node_text(m, "attribute"), &id)) {
            put_moved(app, sheet, m, id);
        }
    }
    mk_sheet_end(sheet);
}

void mk_explore_list(MkApp *app)
{
    list_related(app);
    list_moved(app);
}

/* ---- the chosen row ---- */

static const MkNode *entry_of(const MkApp *app, const MkNode *list, size_t id)
{
    const char *name = attribute_at(app, id)->name;
    while (list != NULL && strcmp(mk_node_text(list, "attribute"), name) != 0) {
        list = list->next;
    }
    return list;
}

static const MkSheetRow *chosen(const MkApp *app)
{
    const MkExplored *state = mk_explored(app);
    return mk_sheet_here(&state->sheets[state->tab]);
}

/* "seen together in 2,920 people", or that the relation rests on linkage. */
static MkCellRole people_text(const MkNode *relation, char *out, size_t size)
{
    char text[MK_SHOWN];
    const double n = mk_node_value(relation, "co_observed");
    if (!(n > 0)) {
        const MkNode *range = mk_node_member(relation, "association");
        if (range != NULL) {
            snprintf(out, size, "never seen together: linkage, r %.2f – %.2f",
                     mk_node_value(range, "low"), mk_node_value(range, "high"));
        } else {
            snprintf(out, size, "never seen together: an assumption");
        }
        return MK_CELL_WARN;
    }
    snprintf(out, size, "seen together in %s people", count_text(n, text));
    return MK_CELL_MUTED;
}

/* "93 → 119 mg/dL when hba1c goes from 4.8 to 7.5" */
static void moved_line(const MkApp *app, size_t id, char *out, size_t size)
{
    const MkNode *data = mk_explored(app)->result->data;
    const MkNode *moved =
        entry_of(app, mk_node_first(mk_node_member(data, "reverse"), "relations"), id);
    const MkAttribute *attribute = attribute_at(app, id);
    const bool is_event = mk_node_text(data, "event")[0] != '\0';
    char low[MK_SHOWN], high[MK_SHOWN], from[MK_SHOWN], to[MK_SHOWN];
    out[0] = '\0';
    if (moved == NULL) {
        return;
    }
    moved_text(attribute, moved, "low", low);
    moved_text(attribute, moved, "high", high);
    const char *unit = attribute->n_levels > 0 ? mk_node_text(moved, "level") : attribute->unit;
    if (is_event) {
        snprintf(out, size, "%s %.30s where %.60s, else %s", high, unit,
                 mk_node_text(data, "event"), low);
    } else {
        snprintf(out, size, "%s → %s %.30s as %.40s goes %s → %s", low, high, unit,
                 mk_node_text(data, "target"), end_text(app, "low", from),
                 end_text(app, "high", to));
    }
}

/* A line a point: value of the attribute, its people, the answer and a bar of it. */
static size_t view_points(const MkApp *app, MkGrid *grid, MkRect rect, const MkNode *relation,
                          size_t id)
{
    enum { AT = 13, PEOPLE = 6, ANSWER = 8 };
    const MkNode *at = mk_node_first(relation, "at"), *share = mk_node_first(relation, "share");
    double low = 0, high = 0;
    char title[64], text[MK_SHOWN];
    size_t y = rect.y;
    span_of(relation, &low, &high);
    answer_title(app, title, sizeof title);
    mk_grid_put_right(grid, rect.x, y, AT, MK_CELL_HINT, "at");
    mk_grid_put_right(grid, rect.x + AT, y, PEOPLE + 2, MK_CELL_HINT, "people");
    mk_grid_printf(grid, rect.x + AT + PEOPLE + 4, y++, rect.w - AT - PEOPLE - 4, MK_CELL_HINT,
                   "%s", title);
    const size_t bar_x = rect.x + AT + PEOPLE + ANSWER + 5;
    const size_t room = rect.x + rect.w > bar_x ? rect.x + rect.w - bar_x : 0;
    for (const MkNode *p = mk_node_first(relation, "shape"); p != NULL && y < rect.y + rect.h;
         p = p->next, at = at->next, share = share->next, y++) {
        const double part = high > low ? (p->number - low) / (high - low) : 0;
        const size_t cells =
            1 + (size_t)(fmin(fmax(part, 0), 1) * (double)(room > 1 ? room - 1 : 0));
        mk_grid_put_right(grid, rect.x, y, AT, MK_CELL_NAME,
                          at_text(attribute_at(app, id), at, text));
        mk_grid_put_right(grid, rect.x + AT, y, PEOPLE + 2, MK_CELL_MUTED,
                          mk_view_percent(share->number, text));
        mk_grid_put_right(grid, rect.x + AT + PEOPLE + 2, y, ANSWER, MK_CELL_VALUE,
                          answer_text(app, p->number, text));
        mk_grid_fill(grid, (MkRect){bar_x, y, room > 0 ? cells : 0, 1}, MK_CELL_SPARK, "▇");
    }
    return y - rect.y;
}

static void view_title(const MkApp *app, MkGrid *grid, MkRect line, size_t id)
{
    const MkAttribute *attribute = attribute_at(app, id);
    mk_grid_fill(grid, line, MK_CELL_PANE, " ");
    mk_grid_printf(grid, line.x, line.y, line.w, MK_CELL_PANE, "%s%s%s", attribute->label,
                   attribute->unit[0] != '\0' ? ", " : "", attribute->unit);
}

static void view_side(const MkApp *app, MkGrid *grid, const MkExploreLayout *layout)
{
    const MkSheetRow *row = chosen(app);
    const MkNode *data = mk_explored(app)->result->data;
    const MkRect side = layout->side, values = layout->values;
    char text[256];
    if (row == NULL || side.w == 0) {
        return;
    }
    const MkNode *relation = entry_of(app, mk_node_first(data, "relations"), row->attribute);
    view_title(app, grid, (MkRect){side.x, side.y, side.w, 1}, row->attribute);
    mk_screen_plot_view(app, grid, layout->picture);
    if (relation == NULL || values.h < 5) {
        return;
    }
    const MkRect points = {values.x, values.y, values.w, values.h - 2};
    const size_t y = values.y + view_points(app, grid, points, relation, row->attribute);
    const MkCellRole role = people_text(relation, text, sizeof text);
    mk_grid_put(grid, values.x, y, values.w, role, text);
    moved_line(app, row->attribute, text, sizeof text);
    const size_t below = values.y + values.h;
    mk_grid_wrap(grid, (MkRect){values.x, y + 1, values.w, below > y + 1 ? below - y - 1 : 0},
                 MK_CELL_RANGE, text);
}

/* Below the list: a column a point. */
static void view_strip(const MkApp *app, MkGrid *grid, MkRect rect)
{
    enum { LABEL = 10, COLUMNS_MAX = 9 };
    const MkSheetRow *row = chosen(app);
    const MkNode *data = mk_explored(app)->result->data;
    char text[256], title[64], shown[MK_SHOWN];
    if (row == NULL || rect.w == 0) {
        return;
    }
    const MkNode *relation = entry_of(app, mk_node_first(data, "relations"), row->attribute);
    view_title(app, grid, (MkRect){rect.x, rect.y, rect.w, 1}, row->attribute);
    const size_t all = mk_node_count(relation, "shape");
    const size_t n = all < COLUMNS_MAX ? all : COLUMNS_MAX;
    if (n == 0) {
        return;
    }
    size_t w = (rect.w - LABEL) / n;
    w = w > 14 ? 14 : w;
    answer_title(app, title, sizeof title);
    mk_grid_put(grid, rect.x, rect.y + 1, LABEL, MK_CELL_HINT, "at");
    mk_grid_put(grid, rect.x, rect.y + 2, LABEL, MK_CELL_HINT, title);
    mk_grid_put(grid, rect.x, rect.y + 3, LABEL, MK_CELL_HINT, "people");
    const MkNode *at = mk_node_first(relation, "at"), *share = mk_node_first(relation, "share");
    const MkNode *answer = mk_node_first(relation, "shape");
    for (size_t i = 0; i < n; i++, at = at->next, share = share->next, answer = answer->next) {
        const size_t x = rect.x + LABEL + i * w;
        mk_grid_put_right(grid, x, rect.y + 1, w - 1, MK_CELL_NAME,
                          at_text(attribute_at(app, row->attribute), at, shown));
        mk_grid_put_right(grid, x, rect.y + 2, w - 1, MK_CELL_VALUE,
                          answer_text(app, answer->number, shown));
        mk_grid_put_right(grid, x, rect.y + 3, w - 1, MK_CELL_MUTED,
                          mk_view_percent(share->number, shown));
    }
    const MkCellRole role = people_text(relation, text, sizeof text);
    mk_grid_put(grid, rect.x, rect.y + 4, rect.w, role, text);
    moved_line(app, row->attribute, text, sizeof text);
    mk_grid_put(grid, rect.x, rect.y + 5, rect.w, MK_CELL_RANGE, text);
}

/* ---- all of it ---- */

/* "Median now 5.5 %", "1 poor – 5 excellent: now 3.4" */
static void now_text(const MkApp *app, char *out, size_t size)
{
    const MkNode *data = mk_explored(app)->result->data;
    const MkAttribute *target = attribute_at(app, mk_explore_target(app));
    const char *answer = mk_node_text(data, "answer");
    const char *unit = mk_node_text(data, "unit");
    const bool is_number = isfinite(mk_node_value(data, "sd"));
    char title[64], now[MK_SHOWN];
    answer_title(app, title, sizeof title);
    if (strcmp(answer, "level") == 0) {
        snprintf(out, size, "1 %.20s – %zu %.20s: now %s", target->levels[0].name, target->n_levels,
                 target->levels[target->n_levels - 1].name,
                 answer_text(app, mk_node_value(data, "now"), now));
        return;
    }
    snprintf(out, size, "%s now %s%s%.20s",
             is_number ? (strcmp(answer, "mean") == 0 ? "Mean" : "Median") : title,
             answer_text(app, mk_node_value(data, "now"), now),
             is_number && unit[0] != '\0' ? " " : "", is_number ? unit : "");
}

static void view_tabs(const MkApp *app, MkGrid *grid, MkRect line)
{
    const MkExplored *state = mk_explored(app);
    const MkNode *data = state->result->data;
    const bool is_event = mk_node_text(data, "event")[0] != '\0';
    char titles[MK_EXPLORE_TABS][128], low[MK_SHOWN], high[MK_SHOWN];
    snprintf(titles[0], sizeof titles[0], "Related");
    if (is_event) {
        snprintf(titles[1], sizeof titles[1], "What differs with it");
    } else {
        snprintf(titles[1], sizeof titles[1], "What moves: %s → %s", end_text(app, "low", low),
                 end_text(app, "high", high));
    }
    size_t x = line.x;
    for (size_t i = 0; i < MK_EXPLORE_TABS && x < line.x + line.w; i++) {
        const bool is_on = state->tab == (MkExploreTab)i;
        x += mk_grid_printf(grid, x, line.y, line.x + line.w - x,
                            is_on ? MK_CELL_PANE_FOCUS : MK_CELL_HINT, is_on ? "[%s]" : " %s ",
                            titles[i]) +
             1;
    }
    char text[160];
    now_text(app, text, sizeof text);
    if (x + strlen(text) + 2 < line.x + line.w) {
        mk_grid_put_right(grid, x, line.y, line.x + line.w - x, MK_CELL_MUTED, text);
    }
}

void mk_explore_view(const MkApp *app, MkGrid *grid, MkRect body)
{
    const MkExplored *state = mk_explored(app);
    MkExploreLayout layout;
    mk_explore_layout(app, body, &layout);
    if (state->result == NULL) {
        mk_grid_wrap(grid, body, MK_CELL_MUTED,
                     "Nothing is explored yet: x on an attribute, or explore NAME.");
        return;
    }
    view_tabs(app, grid, layout.tabs);
    mk_sheet_view(&state->sheets[state->tab], grid, layout.list, true);
    view_side(app, grid, &layout);
    view_strip(app, grid, layout.strip);
}
