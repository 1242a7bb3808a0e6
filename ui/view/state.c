#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "ui/view/state.h"

#include <math.h>
#include <string.h>

#include "src/data/eligible.h"
#include "ui/view/screen.h"

/* ---- shift and spread ---- */

/* Sparklines of levels are heights against the highest, which is the likeliest level: so they are
 * probabilities again. The levels after those of the sparkline count as one. */
static double moved_levels(const MkSummary *a, const MkSummary *b)
{
    double sum = 0, rest_a = 1, rest_b = 1;
    for (size_t k = 0; k < MK_SPARK_CELLS; k++) {
        const double p = (double)a->spark[k] * a->mode_share;
        const double q = (double)b->spark[k] * b->mode_share;
        sum += fabs(p - q);
        rest_a -= p;
        rest_b -= q;
    }
    return 0.5 * (sum + fabs(rest_a - rest_b));
}

double mk_state_shift(const MkApp *app, size_t attribute)
{
    const MkSummary *now = &app->summary[attribute];
    if (app->pin == NULL) {
        return now->shift;
    }
    const MkSummary *then = &app->pin[attribute];
    if (app->config.schema->attributes[attribute].n_levels > 0) {
        return moved_levels(now, then);
    }
    /* One population sd is the same step in both. */
    const double moved = now->median - then->median, sds = now->shift - then->shift;
    const double width = app->population[attribute].high - app->population[attribute].low;
    if (!(fabs(moved) > 0)) {
        return 0;
    }
    return fabs(sds) > 0 ? sds : (width > 0 ? 3.29 * moved / width : 0);
}

double mk_state_spread(const MkApp *app, size_t attribute)
{
    const MkSummary *now = &app->summary[attribute], *all = &app->population[attribute];
    if (!app->has_population) {
        return NAN;
    }
    if (app->config.schema->attributes[attribute].n_levels > 0) {
        return all->mode_share < 1 ? (1 - now->mode_share) / (1 - all->mode_share) : 1;
    }
    return all->high > all->low ? (now->high - now->low) / (all->high - all->low) : 1;
}

void mk_state_ask(MkApp *app)
{
    const MkSchema *schema = app->config.schema;
    const MkEvidence evidence = {.n = app->n_known, .known = app->known};
    for (size_t j = 0; j < schema->n; j++) {
        app->is_not_asked[j] =
            schema->attributes[j].eligible[0] != '\0' && !mk_eligible(schema, j, evidence);
    }
}

void mk_state_renew(MkApp *app)
{
    const size_t n = app->config.schema->n;
    for (size_t j = 0; j < n; j++) {
        const bool is_there = app->fresh[j] != MK_FRESH_NONE && !app->is_not_asked[j];
        app->shift[j] = is_there ? mk_state_shift(app, j) : 0;
        app->spread[j] = is_there ? mk_state_spread(app, j) : 0;
    }
    for (size_t i = 0; i < app->n_known; i++) {
        app->shift[app->known[i].attribute] = 0;
        app->spread[app->known[i].attribute] = 0;
    }
    if (app->tree.sort == MK_SORT_SHIFT || app->tree.sort == MK_SORT_SPREAD) {
        mk_tree_rebuild(&app->tree, app->shift);
    }
}

void mk_state_pin(MkApp *app)
{
    const size_t n = app->config.schema->n;
    if (app->pin != NULL) {
        app->pin = NULL;
        mk_app_say(app, MK_MOOD_ECHO, "unpinned: shifts are against the population again");
    } else if (app->n_fresh < n) {
        mk_app_say(app, MK_MOOD_ECHO, "estimates are still coming in: P again in a moment");
        return;
    } else {
        memcpy(app->pin_room, app->summary, n * sizeof *app->pin_room);
        app->pin = app->pin_room;
        app->pin_known = app->n_known;
        mk_app_say(app, MK_MOOD_GOOD,
                   "pinned: shifts are against this state, S orders by them, P unpins");
    }
    mk_state_renew(app);
}

/* ---- marks ---- */

bool mk_state_is_marked(const MkApp *app, size_t attribute)
{
    return app->marked[attribute];
}

void mk_state_mark(MkApp *app, size_t attribute)
{
    if (!app->marked[attribute]) {
        app->marks[app->n_marks++] = attribute;
    } else {
        size_t kept = 0;
        for (size_t i = 0; i < app->n_marks; i++) {
            if (app->marks[i] != attribute) {
                app->marks[kept++] = app->marks[i];
            }
        }
        app->n_marks = kept;
    }
    app->marked[attribute] = !app->marked[attribute];
}

void mk_state_unmark_all(MkApp *app)
{
    for (size_t i = 0; i < app->n_marks; i++) {
        app->marked[app->marks[i]] = false;
    }
    app->n_marks = 0;
}

/* Marks of a sheet count when its rows are attributes. */
static const MkSheet *attribute_sheet(const MkApp *app)
{
    const MkSheet *sheet = mk_screen_sheet(app);
    const MkSheetRow *row = sheet != NULL ? mk_sheet_here(sheet) : NULL;
    return row != NULL && row->attribute != MK_SHEET_NONE ? sheet : NULL;
}

size_t mk_state_n_marked(const MkApp *app)
{
    const MkSheet *sheet = attribute_sheet(app);
    if (mk_app_screen(app) == MK_SCREEN_MAIN) {
        return app->n_marks;
    }
    return sheet != NULL ? sheet->n_marks : 0;
}

size_t mk_state_chosen(const MkApp *app, size_t *ids, size_t max)
{
    const MkSheet *sheet = attribute_sheet(app);
    const size_t *marks = sheet != NULL ? sheet->marks : app->marks;
    size_t n = mk_state_n_marked(app);
    n = n < max ? n : max;
    if (n > 0) {
        memcpy(ids, marks, n * sizeof *ids);
    } else if (max > 0 && mk_app_attribute(app) != MK_NO_ATTRIBUTE) {
        ids[n++] = mk_app_attribute(app);
    }
    return n;
}
