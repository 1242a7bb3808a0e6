#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "ui/view/figure.h"

#include <stdio.h>
#include <string.h>

#include "src/result/node.h"
#include "ui/view/screen.h"
#include "ui/view/screens.h"
#include "ui/view/view.h"

typedef struct Figure {
    bool is_result; /* figures of `result`, else what the screen below wishes for */
    MkResult *result;
    uint64_t id;
    size_t index;
    bool is_last; /* `result` is the plot in the main screen's pane */
    size_t look;  /* which of the pictures of one attribute against another */
} Figure;

static Figure *state_of(const MkApp *app)
{
    return mk_screen_state(app, MK_SCREEN_FIGURE);
}

static void release(void *state)
{
    mk_result_free(((Figure *)state)->result);
}

static void keep(MkApp *app, MkResult *result, uint64_t id)
{
    Figure *figure = state_of(app);
    MkResult *old = figure->result;
    figure->result = mk_result_keep(result);
    figure->id = id;
    figure->index = 0;
    mk_result_free(old);
}

/* ---- where things stand ---- */

static bool is_wide(MkRect body)
{
    return body.w >= 100;
}

static MkRect numbers_rect(MkRect body)
{
    if (is_wide(body)) {
        return (MkRect){body.x + body.w - MK_FIGURE_SIDE, body.y + 1, MK_FIGURE_SIDE, body.h - 1};
    }
    const size_t h = body.h >= 30 ? 8 : body.h >= 20 ? 6 : 4;
    return (MkRect){body.x, body.y + body.h - h, body.w, h};
}

static MkRect picture_rect(MkRect body)
{
    if (body.w == 0) {
        return body;
    }
    const MkRect numbers = numbers_rect(body);
    if (is_wide(body)) {
        return (MkRect){body.x, body.y + 1, body.w - MK_FIGURE_SIDE - 3, body.h - 1};
    }
    return (MkRect){body.x, body.y, body.w, body.h - numbers.h};
}

MkRect mk_figure_place(const MkApp *app)
{
    return mk_app_screen(app) == MK_SCREEN_FIGURE ? picture_rect(mk_screen_body(app))
                                                  : (MkRect){0, 0, 0, 0};
}

/* ---- what is shown ---- */

/* The wish of the screen below, whatever the size of its pane. */
static MkPlotWish wish_below(const MkApp *app)
{
    return mk_app_wish_at(app, app->depth > 0 ? app->depth - 1 : 0);
}

static MkPlotWish wish_of(const MkApp *app)
{
    const Figure *figure = state_of(app);
    if (!figure->is_result) {
        MkPlotWish wish = wish_below(app);
        wish.figure =
            wish.result == NULL && wish.versus != MK_NO_ATTRIBUTE ? figure->look : wish.figure;
        return wish;
    }
    return (MkPlotWish){.target = MK_NO_ATTRIBUTE,
                        .versus = MK_NO_ATTRIBUTE,
                        .revision = 1, /* its numbers stay as they are */
                        .result = figure->result,
                        .result_id = figure->id,
                        .figure = figure->index};
}

static bool plot_wish(const MkApp *app, MkRect body, MkPlotWish *wish)
{
    const MkRect picture = picture_rect(body);
    *wish = wish_of(app);
    wish->columns = picture.w;
    wish->rows = picture.h;
    wish->cell_width = app->cell_width;
    wish->cell_height = app->cell_height;
    return true;
}

void mk_figure_open(MkApp *app)
{
    Figure *figure = state_of(app);
    if (mk_app_screen(app) == MK_SCREEN_FIGURE) {
        return;
    }
    figure->is_result = mk_app_screen(app) == MK_SCREEN_MAIN && app->figure != NULL &&
                        figure->result != NULL && figure->is_last;
    mk_screen_open(app, MK_SCREEN_FIGURE);
}

static size_t attribute_of(const MkApp *app, const char *name)
{
    size_t id = 0;
    return name[0] != '\0' && mk_schema_find(app->config.schema, name, &id) ? id : MK_NO_ATTRIBUTE;
}

bool mk_figure_is_live(const MkApp *app, const char *line, const MkResult *result, size_t *target,
                       size_t *versus)
{
    static const char *const others[] = {" given ", " from ", " -"};
    if (strcmp(result->verb, "plot") != 0) {
        return false;
    }
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        if (strstr(line, others[i]) != NULL) {
            return false;
        }
    }
    const char *against = mk_node_text(result->data, "versus");
    const char *list = against[0] != '\0' ? "targets" : "estimates";
    *target = attribute_of(app, mk_node_text(mk_node_first(result->data, list), "attribute"));
    *versus = attribute_of(app, against);
    return *target != MK_NO_ATTRIBUTE && mk_node_count(result->data, list) == 1 &&
           (against[0] == '\0' || *versus != MK_NO_ATTRIBUTE);
}

/* Several figures are looked at one after another; a single one has its place in the main screen,
 * and is kept for a closer look. */
static bool take(MkApp *app, const MkMsg *msg)
{
    Figure *figure = state_of(app);
    if (msg->kind != MK_MSG_RESULT || msg->result->n_figures == 0) {
        return false;
    }
    for (size_t i = 0; i < msg->result->n_effects; i++) {
        if (msg->result->effects[i].path != NULL) {
            return false; /* it went to a file */
        }
    }
    size_t target = 0, versus = 0;
    const bool is_live = mk_figure_is_live(app, msg->line, msg->result, &target, &versus);
    keep(app, msg->result, app->n_results);
    figure->is_result = msg->result->n_figures > 1 && !is_live;
    figure->is_last = !figure->is_result;
    return figure->is_result;
}

/* ---- keys ---- */

static size_t row_of(const MkTree *tree, size_t attribute)
{
    size_t i = 0;
    while (i < tree->n_rows && (tree->rows[i].is_category || tree->rows[i].index != attribute)) {
        i++;
    }
    return i;
}

/* The attribute after or before another one in the list of the main screen, around its end. */
static size_t neighbour(const MkApp *app, size_t attribute, size_t but, bool forward)
{
    const MkTree *tree = &app->tree;
    size_t row = row_of(tree, attribute);
    row = row < tree->n_rows ? row : (forward ? tree->n_rows - 1 : 0);
    for (size_t i = 0; i < tree->n_rows; i++) {
        row = forward ? (row + 1) % tree->n_rows : (row + tree->n_rows - 1) % tree->n_rows;
        if (!tree->rows[row].is_category && tree->rows[row].index != but) {
            return tree->rows[row].index;
        }
    }
    return MK_NO_ATTRIBUTE;
}

static const char *name_of(const MkApp *app, size_t attribute)
{
    return app->config.schema->attributes[attribute].name;
}

/* In the main screen: the next attribute, or the next one that the target is plotted against. */
static void step_in_main(MkApp *app, bool forward, MkEffects *out)
{
    const MkPlotWish wish = wish_below(app);
    if (wish.target == MK_NO_ATTRIBUTE) {
        return;
    }
    const bool has_versus = wish.versus != MK_NO_ATTRIBUTE;
    const size_t next = neighbour(app, has_versus ? wish.versus : wish.target,
                                  has_versus ? wish.target : MK_NO_ATTRIBUTE, forward);
    if (next == MK_NO_ATTRIBUTE) {
        return;
    }
    if (has_versus) {
        mk_app_ask(out, MK_ASK_RUN, "plot %s vs %s", name_of(app, wish.target), name_of(app, next));
    } else if (app->pinned != MK_NO_ATTRIBUTE) {
        mk_app_ask(out, MK_ASK_RUN, "plot %s", name_of(app, next));
    } else {
        app->focus = MK_PANE_TREE;
        mk_tree_select(&app->tree, next, app->shift);
    }
}

static void step(MkApp *app, bool forward, MkEffects *out)
{
    Figure *figure = state_of(app);
    const MkScreenOps *below = mk_screen_ops(app->stack[app->depth > 0 ? app->depth - 1 : 0]);
    if (figure->is_result) {
        const size_t n = figure->result->n_figures;
        figure->index = (figure->index + (forward ? 1 : n - 1)) % n;
        if (n == 1) {
            mk_app_say(app, MK_MOOD_ECHO, "there is one figure");
        }
    } else if (below->kind == MK_SCREEN_MAIN) {
        step_in_main(app, forward, out);
    } else if (below->sheet != NULL && below->sheet(app) != NULL) {
        mk_sheet_move(below->sheet(app), forward ? 1 : -1);
    }
}

static void swap_axes(MkApp *app, MkEffects *out)
{
    const MkPlotWish wish = wish_of(app);
    if (wish.target == MK_NO_ATTRIBUTE || wish.versus == MK_NO_ATTRIBUTE) {
        mk_app_say(app, MK_MOOD_ECHO, "no second attribute: b plots against another one");
        return;
    }
    mk_app_ask(out, MK_ASK_RUN, "plot %s vs %s", name_of(app, wish.versus),
               name_of(app, wish.target));
}

/* One attribute against another has several pictures: the band, the joint density. */
static void next_look(MkApp *app)
{
    Figure *figure = state_of(app);
    const MkPlotWish wish = wish_of(app);
    const size_t n = app->plot_result != NULL ? app->plot_result->n_figures : 0;
    if (wish.result != NULL || wish.versus == MK_NO_ATTRIBUTE || n < 2) {
        mk_app_say(app, MK_MOOD_ECHO, "there is one picture of this");
        return;
    }
    figure->look = (wish.figure + 1) % n;
}

static bool act(MkApp *app, MkAction action, MkEffects *out)
{
    switch (action) {
    case MK_ACT_LOOK:
        next_look(app);
        return true;
    case MK_ACT_NEXT_FIGURE:
    case MK_ACT_PREVIOUS_FIGURE:
        step(app, action == MK_ACT_NEXT_FIGURE, out);
        return true;
    case MK_ACT_SWAP:
        swap_axes(app, out);
        return true;
    case MK_ACT_ZOOM:
        mk_screen_back(app);
        return true;
    case MK_ACT_FORGET:
    case MK_ACT_TARGET:
    case MK_ACT_PLOT:
        return wish_of(app).target == MK_NO_ATTRIBUTE;
    default:
        return false;
    }
}

static size_t attribute(const MkApp *app)
{
    return wish_of(app).target;
}

/* Hints are of keys that do something here. */
static bool applies(const MkApp *app, MkAction action)
{
    const MkPlotWish wish = wish_of(app);
    const bool has_two = wish.target != MK_NO_ATTRIBUTE && wish.versus != MK_NO_ATTRIBUTE;
    switch (action) {
    case MK_ACT_LOOK:
        return has_two && wish.result == NULL;
    case MK_ACT_SWAP:
        return has_two;
    case MK_ACT_NEXT_FIGURE:
    case MK_ACT_PREVIOUS_FIGURE:
        return wish.result == NULL || wish.result->n_figures > 1;
    case MK_ACT_VERSUS:
        return wish.target != MK_NO_ATTRIBUTE;
    default:
        return true;
    }
}

/* ---- drawing ---- */

static void heading(const MkApp *app, char *out, size_t size)
{
    const Figure *figure = state_of(app);
    const MkPlotWish wish = wish_of(app);
    if (wish.result != NULL) {
        const char *title = wish.result->figures[wish.figure].title;
        if (figure->is_result && wish.result->n_figures > 1) {
            (void)snprintf(out, size, "%.200s   %zu of %zu", title, wish.figure + 1,
                           wish.result->n_figures);
        } else {
            (void)snprintf(out, size, "%.300s", title);
        }
        return;
    }
    if (wish.target == MK_NO_ATTRIBUTE) {
        (void)snprintf(out, size, "Plot");
        return;
    }
    const MkAttribute *target = &app->config.schema->attributes[wish.target];
    const bool has_versus = wish.versus != MK_NO_ATTRIBUTE;
    char given[32] = "population";
    if (app->n_known > 0) {
        (void)snprintf(given, sizeof given, "given %zu", app->n_known);
    }
    (void)snprintf(out, size, "%.160s%s%.40s%s%.160s   %s", target->label,
                   target->unit[0] != '\0' ? ", " : "", target->unit, has_versus ? "  by  " : "",
                   has_versus ? app->config.schema->attributes[wish.versus].label : "", given);
}

/* A table to be read, with rows; what is over the others only is none. */
static bool is_read(const MkResultTable *table)
{
    return table->use != MK_TABLE_DATA && table->n_rows > 0 && table->n_columns > 0;
}

/* The table that belongs to the figure: one each, or the last one for all. */
static const MkResultTable *table_of(const MkResult *result, size_t figure)
{
    const MkResultTable *found = NULL;
    size_t n = 0;
    for (size_t i = 0; result != NULL && i < result->n_tables; i++) {
        if (is_read(&result->tables[i])) {
            found = n++ <= figure ? &result->tables[i] : found;
        }
    }
    return found;
}

static void view_numbers(const MkApp *app, const MkPlotWish *wish, MkGrid *grid, MkRect rect)
{
    const MkResultTable *table = NULL;
    if (wish->result != NULL) {
        table = table_of(wish->result, wish->figure);
    } else if (wish->versus != MK_NO_ATTRIBUTE) {
        table = mk_plot_wish_shows(wish, &app->plotted) ? table_of(app->plot_result, 0) : NULL;
    } else if (wish->target != MK_NO_ATTRIBUTE && app->detail.attribute == wish->target) {
        mk_figure_numbers(app, wish->target, grid, rect);
    }
    if (table != NULL) {
        mk_figure_table(table, grid, rect);
    }
}

static void view(const MkApp *app, MkGrid *grid, MkRect body)
{
    const MkPlotWish wish = mk_app_plot_wish(app);
    const MkRect picture = picture_rect(body), numbers = numbers_rect(body);
    if (wish.target == MK_NO_ATTRIBUTE && wish.result == NULL) {
        mk_grid_wrap(grid, picture, MK_CELL_MUTED, "choose an attribute first: Esc goes back");
        return;
    }
    mk_screen_plot_view(app, grid, picture);
    if (is_wide(body)) {
        mk_grid_fill(grid, (MkRect){numbers.x - 2, body.y, 1, body.h}, MK_CELL_BORDER, "│");
    }
    view_numbers(app, &wish, grid, numbers);
}

static void arrange(MkApp *app, MkRect body)
{
    (void)body;
    mk_tree_scroll(&app->tree, app->rows);
}

const MkScreenOps mk_figure_screen = {.kind = MK_SCREEN_FIGURE,
                                      .title = "",
                                      .place = MK_IN_FIGURE,
                                      .verbs = "plot pairs",
                                      .state_bytes = sizeof(Figure),
                                      .release = release,
                                      .view = view,
                                      .arrange = arrange,
                                      .act = act,
                                      .take = take,
                                      .attribute = attribute,
                                      .applies = applies,
                                      .heading = heading,
                                      .plot_wish = plot_wish};
