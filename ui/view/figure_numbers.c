/* figure_numbers.c - the numbers beside or below a plot on the whole screen. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "ui/view/figure.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "src/base/text.h"
#include "ui/view/view.h"

enum {
    HEAD_CELLS = 8,
    ITEMS_MAX = 2 * MK_MAX_LEVELS + 32,
    COLUMN = 26,
    COLUMN_GAP = 2,
    TABLE_COLUMNS = 12
};

typedef struct Item {
    char label[64];
    char value[96];
    MkCellRole role; /* of the value */
    bool is_head;    /* the label alone, over a group */
} Item;

typedef struct Items {
    Item items[ITEMS_MAX];
    size_t n;
} Items;

static void add(Items *items, MkCellRole role, const char *label, const char *fmt, ...)
    MK_PRINTF(4, 5);

static void add(Items *items, MkCellRole role, const char *label, const char *fmt, ...)
{
    if (items->n == ITEMS_MAX) {
        return;
    }
    Item *item = &items->items[items->n++];
    *item = (Item){.role = role};
    (void)snprintf(item->label, sizeof item->label, "%s", label);
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(item->value, sizeof item->value, fmt, args);
    va_end(args);
}

static void add_head(Items *items, const char *label)
{
    add(items, MK_CELL_PANE, label, "%s", "");
    items->items[items->n - 1].is_head = true;
}

/* ---- numbers ---- */

static void add_population(Items *items, const MkApp *app, const MkAttribute *attribute)
{
    const MkDetail *d = &app->detail;
    char a[MK_SHOWN], level[MK_SHOWN];
    add_head(items, "population");
    add(items, MK_CELL_RANGE, "median", "%s", mk_view_number(attribute, d->population_median, a));
    add(items, MK_CELL_RANGE, mk_view_percent(app->level, level), "%s",
        mk_view_range(attribute, d->population_low, d->population_high, a));
}

static void add_number(Items *items, const MkApp *app, const MkAttribute *attribute)
{
    const MkDetail *d = &app->detail;
    char a[MK_SHOWN], level[MK_SHOWN];
    mk_view_percent(app->level, level);
    add_head(items, app->n_known > 0 ? "given what is known" : "population");
    add(items, MK_CELL_VALUE, "median", "%s", mk_view_number(attribute, d->median, a));
    add(items, MK_CELL_VALUE, "50 %", "%s", mk_view_range(attribute, d->q25, d->q75, a));
    add(items, MK_CELL_VALUE, level, "%s", mk_view_range(attribute, d->low, d->high, a));
    add(items, MK_CELL_RANGE, "mean", "%s", mk_view_number(attribute, d->mean, a));
    add(items, MK_CELL_RANGE, "sd", "%s", mk_view_number(attribute, d->sd, a));
    if (app->n_known > 0) {
        const double shift = d->median - d->population_median;
        add_population(items, app, attribute);
        mk_view_number(attribute, fabs(shift), a);
        add(items, shift > 0 ? MK_CELL_UP : MK_CELL_DOWN, "median moved", "%s%s",
            shift > 0   ? "+"
            : shift < 0 ? "-"
                        : "",
            a);
        add(items, MK_CELL_RANGE, "above its median", "%s", mk_view_percent(d->above, a));
    }
    add_head(items, "quantiles");
    for (size_t i = 0; i < MK_DETAIL_QUANTILES; i++) {
        char at[16];
        (void)snprintf(at, sizeof at, "%g %%", 100 * mk_detail_quantiles[i]);
        add(items, MK_CELL_RANGE, at, "%s", mk_view_number(attribute, d->quantile[i], a));
    }
}

/* ---- levels ---- */

static void add_levels(Items *items, const MkApp *app, const MkAttribute *attribute)
{
    const MkDetail *d = &app->detail;
    size_t best = 0;
    for (size_t k = 1; k < attribute->n_levels; k++) {
        best = d->share[k] > d->share[best] ? k : best;
    }
    add_head(items, app->n_known > 0 ? "given (population)" : "population");
    for (size_t k = 0; k < attribute->n_levels; k++) {
        char a[MK_SHOWN], b[MK_SHOWN];
        const MkCellRole role = k == best ? MK_CELL_VALUE : MK_CELL_RANGE;
        mk_view_percent(d->share[k], a);
        if (app->n_known > 0) {
            add(items, role, attribute->levels[k].name, "%s (%s)", a,
                mk_view_percent(d->population_share[k], b));
        } else {
            add(items, role, attribute->levels[k].name, "%s", a);
        }
    }
}

/* ---- what the answer rests on ---- */

static void add_never(Items *items, const MkApp *app)
{
    const MkDetail *d = &app->detail;
    const MkAttribute *target = &app->config.schema->attributes[d->attribute];
    const char *name = app->config.schema->attributes[d->never].name;
    char low[MK_SHOWN], high[MK_SHOWN];
    add(items, MK_CELL_WARN, "seen together", "! never");
    if (d->n_never > 1) {
        add(items, MK_CELL_WARN, "with", "%.60s +%zu", name, d->n_never - 1);
    } else if (d->n_never == 1) {
        add(items, MK_CELL_WARN, "with", "%.80s", name);
    }
    if (d->has_range) {
        add(items, MK_CELL_RANGE, "r may be", "%.2f – %.2f", d->r_low, d->r_high);
    }
    if (d->has_moves && target->n_levels == 0) {
        add(items, MK_CELL_RANGE, "median moves", "-%s – +%s",
            mk_view_number(target, fabs(d->move_low), low),
            mk_view_number(target, fabs(d->move_high), high));
    } else if (d->has_moves) {
        add(items, MK_CELL_RANGE, "points moved", "%+.0f – %+.0f", 100 * d->move_low,
            100 * d->move_high);
    }
}

static void add_ground(Items *items, const MkApp *app)
{
    const MkDetail *d = &app->detail;
    char a[MK_SHOWN];
    if (app->n_known == 0) {
        return;
    }
    add_head(items, "what it rests on");
    if (isfinite(app->support)) {
        add(items, app->support < 0.05 ? MK_CELL_WARN : MK_CELL_RANGE, "support", "%s",
            mk_view_percent(app->support, a));
    }
    if (d->has_co_observed && d->co_observed == 0) {
        add_never(items, app);
    } else if (d->has_co_observed) {
        add(items, d->co_observed < 200 ? MK_CELL_WARN : MK_CELL_RANGE, "seen together", "%s≥ %zu",
            d->co_observed < 200 ? "! " : "", d->co_observed);
    }
}

/* ---- drawing ---- */

static void put_item(const Item *item, MkGrid *grid, size_t x, size_t y, size_t width)
{
    if (item->is_head) {
        mk_grid_put(grid, x, y, width, item->role, item->label);
        return;
    }
    const size_t need = mk_utf8_width(item->value);
    const size_t room = need + 2 < width ? width - need - 1 : width / 2;
    const size_t used = mk_grid_put(grid, x, y, room, MK_CELL_NAME, item->label);
    mk_grid_put_right(grid, x + used + 1, y, width > used + 1 ? width - used - 1 : 0, item->role,
                      item->value);
}

/* Below a picture a blank line, where there is room for it. */
static size_t below_gap(MkRect rect)
{
    return rect.w > MK_FIGURE_SIDE && rect.h >= 6 ? 1 : 0;
}

/* Below one another, a blank line before each group. */
static void put_beside(const Items *items, MkGrid *grid, MkRect rect)
{
    size_t y = rect.y;
    const bool is_loose = items->n + 6 <= rect.h;
    for (size_t i = 0; i < items->n; i++) {
        y += i > 0 && items->items[i].is_head && is_loose ? 1 : 0;
        if (y < rect.y + rect.h) {
            put_item(&items->items[i], grid, rect.x, y++, rect.w);
        }
    }
}

/* In columns; a group that does not fit as a whole begins the next one. */
static void put_below(const Items *items, MkGrid *grid, MkRect rect)
{
    size_t x = rect.x, y = rect.y + below_gap(rect);
    const size_t bottom = rect.y + rect.h;
    const size_t n_columns = rect.w / (COLUMN - 2) > 0 ? rect.w / (COLUMN - 2) : 1;
    const size_t width = (rect.w + COLUMN_GAP) / n_columns - COLUMN_GAP;
    for (size_t i = 0; i < items->n; i++) {
        if (y == bottom || (items->items[i].is_head && y + 2 > bottom)) {
            x += width + COLUMN_GAP;
            y = rect.y + below_gap(rect);
        }
        if (x + width > rect.x + rect.w) {
            return;
        }
        put_item(&items->items[i], grid, x, y++, width);
    }
}

void mk_figure_numbers(const MkApp *app, size_t attribute, MkGrid *grid, MkRect rect)
{
    Items items = {.n = 0};
    const MkAttribute *a = &app->config.schema->attributes[attribute];
    const MkValue *known = mk_app_known(app, attribute);
    if (known != NULL) {
        MkBuf text;
        mk_buf_init(&text);
        mk_view_value(a, known, &text);
        add(&items, MK_CELL_KNOWN, "known", "%.90s", text.data);
        mk_buf_release(&text);
    }
    if (a->n_levels > 0) {
        add_levels(&items, app, a);
    } else if (known != NULL && known->kind == MK_VALUE_POINT) {
        add_population(&items, app, a); /* of itself there is nothing more to tell */
    } else {
        add_number(&items, app, a);
    }
    if (known == NULL) {
        add_ground(&items, app);
    }
    if (rect.w <= MK_FIGURE_SIDE) {
        put_beside(&items, grid, rect);
    } else {
        put_below(&items, grid, rect);
    }
}

/* ---- tables ---- */

/* "90 % interval" is known by its number where there is little room. */
static const char *heading(const MkResultTable *table, size_t column, bool is_whole, char out[48])
{
    static const char tail[] = " interval";
    (void)snprintf(out, 48, "%.47s", table->headers[column]);
    const size_t n = strlen(out), end = sizeof tail - 1;
    if (!is_whole && n > end && strcmp(out + n - end, tail) == 0) {
        out[n - end] = '\0';
    }
    return out;
}

static size_t column_width(const MkResultTable *table, size_t column, bool has_heads)
{
    char head[48];
    size_t widest = mk_utf8_width(heading(table, column, has_heads, head));
    widest = has_heads || widest < HEAD_CELLS ? widest : HEAD_CELLS;
    for (size_t i = 0; i < table->n_rows; i++) {
        const size_t w = mk_utf8_width(table->cells[i * table->n_columns + column]);
        widest = w > widest ? w : widest;
    }
    return widest;
}

/* Columns that fit, the first one always; how wide they are. */
static size_t fit_columns(const MkResultTable *table, size_t room, bool has_heads, size_t *widths)
{
    size_t n = 0, used = 0;
    while (n < table->n_columns && n < TABLE_COLUMNS) {
        size_t w = column_width(table, n, has_heads);
        w = w > room ? room : w;
        if (n > 0 && used + 2 + w > room) {
            break;
        }
        used += (n > 0 ? 2 : 0) + w;
        widths[n++] = w;
    }
    return n;
}

static void put_row(const MkResultTable *table, const char *const *cells, const size_t *widths,
                    size_t n, MkGrid *grid, MkRect line, bool is_head)
{
    size_t x = line.x;
    for (size_t j = 0; j < n; j++) {
        const MkCellRole role = is_head ? MK_CELL_PANE : j == 0 ? MK_CELL_NAME : MK_CELL_VALUE;
        const bool is_left = table->aligns[j] == MK_ALIGN_LEFT;
        if (is_left) {
            mk_grid_put(grid, x, line.y, widths[j], role, cells[j]);
        } else {
            mk_grid_put_right(grid, x, line.y, widths[j], role, cells[j]);
        }
        x += widths[j] + 2;
    }
}

void mk_figure_table(const MkResultTable *table, MkGrid *grid, MkRect rect)
{
    size_t widths[TABLE_COLUMNS];
    const char *heads[TABLE_COLUMNS];
    char words[TABLE_COLUMNS][48];
    size_t n = fit_columns(table, rect.w, true, widths);
    const bool is_whole = n == table->n_columns;
    if (!is_whole) {
        n = fit_columns(table, rect.w, false, widths); /* rather a column than whole headings */
    }
    size_t y = rect.y + below_gap(rect);
    if (rect.h < 2 || n == 0 || table->use == MK_TABLE_DATA) {
        return;
    }
    for (size_t j = 0; j < n; j++) {
        heads[j] = heading(table, j, is_whole, words[j]);
    }
    put_row(table, heads, widths, n, grid, (MkRect){rect.x, y++, rect.w, 1}, true);
    const size_t room = rect.y + rect.h - y;
    const size_t shown = table->n_rows <= room ? table->n_rows : room;
    for (size_t i = 0; i < shown; i++) {
        /* Of too many rows the first, the last and some between. */
        const size_t row =
            shown < 2 || shown == table->n_rows ? i : i * (table->n_rows - 1) / (shown - 1);
        put_row(table, table->cells + row * table->n_columns, widths, n, grid,
                (MkRect){rect.x, y++, rect.w, 1}, false);
    }
    if (shown < table->n_rows && rect.w > MK_FIGURE_SIDE) {
        char note[64];
        (void)snprintf(note, sizeof note, "%zu of %zu rows", shown, table->n_rows);
        mk_grid_put_right(grid, rect.x, y - shown - 1, rect.w, MK_CELL_MUTED, note);
    }
}
