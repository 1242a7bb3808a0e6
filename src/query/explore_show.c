/* explore_show.c - the relations of a target as tables, figures and notes; explore_data.c has the
 * JSON. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/text.h"
#include "src/query/explore_inner.h"
#include "src/query/figure_data.h"
#include "src/query/show.h"

static const double spark_least = 0.1; /* of the effect's unit that a full sparkline spans */

static bool is_share(const MkExplore *e)
{
    return e->answer == MK_EXPLORE_LEVEL || e->answer == MK_EXPLORE_EVENT;
}

/* ---- tables ---- */

typedef struct Header {
    const char *key;
    const char *text;
    MkAlign align;
} Header;

static MkResultTable *add_table(MkResult *result, const char *title, const Header *headers,
                                size_t n_columns, size_t n_rows, MkTableUse use)
{
    MkResultTable *table = mk_result_add_table(result, title, n_columns, n_rows);
    if (table != NULL) {
        table->use = use;
        for (size_t c = 0; c < n_columns; c++) {
            mk_result_table_header(result, table, c, headers[c].key, headers[c].text,
                                   headers[c].align);
        }
    }
    return table;
}

static void put_row(MkResult *result, MkResultTable *table, size_t row, const char *const *cells)
{
    for (size_t c = 0; table != NULL && c < table->n_columns; c++) {
        mk_result_table_cell(result, table, row, c, cells[c], NULL);
    }
}

static const char *fixed(MkArena *arena, double x, int decimals)
{
    return mk_text_or_empty(mk_arena_printf(arena, "%.*f", decimals, x));
}

/* Means lie between recorded values. */
static MkShowStep step_of(const MkModel *model, size_t j, bool is_mean)
{
    const MkShowStep step = mk_show_step(model, j);
    return is_mean ? (MkShowStep){step.usual / 10, step.finest / 10} : step;
}

static const char *strength_text(const MkExploreRelation *r, MkArena *arena)
{
    const char *number = r->strength < 0.0005 ? "0" : fixed(arena, r->strength, 3);
    return mk_text_or_empty(mk_arena_printf(arena, "%s%s%s", r->is_exact ? "" : "~", number,
                                            r->is_restatement ? " ≈" : ""));
}

static const char *effect_text(const MkExplore *e, double effect, MkArena *arena)
{
    return mk_explore_has_number(e) ? fixed(arena, effect, 2)
                                    : fixed(arena, 100 * effect, effect < 0.0995 ? 1 : 0);
}

/* One block a group; a full height is the span of the answers, or a little of the unit. */
static const char *spark_text(const MkExplore *e, const MkExploreRelation *r, MkArena *arena)
{
    static const char *const blocks[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    enum { MOST = 9 };
    double low = 0, high = 0;
    mk_explore_span(r, &low, &high);
    const double least = spark_least * (is_share(e) ? 0.2 : e->unit);
    const double grow = fmax(least - (high - low), 0) / 2;
    const char *out = "";
    for (size_t i = 0; i < r->n_points && i < MOST && out != NULL; i++) {
        const double height =
            (r->points[i].answer - low + grow) / fmax(high - low + 2 * grow, 1e-300);
        const size_t block = (size_t)lround(7 * fmin(fmax(height, 0), 1));
        const bool is_more = i + 1 == MOST && r->n_points > MOST;
        out = mk_arena_printf(arena, "%s%s", out, is_more ? "…" : blocks[block]);
    }
    return mk_text_or_empty(out);
}

/* Word for the form; of levels the one with the highest answer. */
static const char *form_text(const MkExplore *e, const MkExploreRelation *r, MkArena *arena)
{
    if (r->form == MK_FORM_NONE) {
        return "";
    }
    if (r->form != MK_FORM_LEVELS) {
        return mk_explore_form_name(r->form);
    }
    const MkAttribute *attribute = mk_show_attribute(e->query->model, r->attribute);
    size_t best = r->n_points;
    for (size_t i = 0; i < r->n_points; i++) {
        const bool counts = mk_explore_counts(&r->points[i]);
        if (counts && (best == r->n_points || r->points[i].answer > r->points[best].answer)) {
            best = i;
        }
    }
    return best < r->n_points
               ? mk_text_or_empty(mk_arena_printf(arena, "most %s", attribute->levels[best].name))
               : "";
}

static const char *span_text(const MkExplore *e, const MkExploreRelation *r, MkArena *arena)
{
    double low = 0, high = 0;
    mk_explore_span(r, &low, &high);
    if (is_share(e)) {
        const int decimals = high < 0.0995 ? 1 : 0;
        return mk_text_or_empty(
            mk_arena_printf(arena, "%.*f – %.*f %%", decimals, 100 * low, decimals, 100 * high));
    }
    if (e->answer == MK_EXPLORE_POSITION) {
        return mk_text_or_empty(mk_arena_printf(arena, "%.1f – %.1f", low, high));
    }
    const bool is_mean = e->answer == MK_EXPLORE_MEAN;
    return mk_show_interval(arena, low, high, step_of(e->query->model, e->target, is_mean));
}

static const char *span_header(const MkExplore *e, MkArena *arena)
{
    const char *unit = e->attribute->unit;
    switch (e->answer) {
    case MK_EXPLORE_LEVEL:
        return mk_text_or_empty(
            mk_arena_printf(arena, "P(%s)", e->attribute->levels[e->level].name));
    case MK_EXPLORE_EVENT:
        return "Probability";
    case MK_EXPLORE_POSITION:
        return "Mean level";
    case MK_EXPLORE_MEDIAN:
    case MK_EXPLORE_MEAN:
        break;
    }
    return mk_text_or_empty(mk_arena_printf(arena, "%s%s%s",
                                            e->answer == MK_EXPLORE_MEAN ? "Mean" : "Median",
                                            unit[0] != '\0' ? ", " : "", unit));
}

static const char *people_text(size_t n, MkArena *arena)
{
    char text[32];
    return n == 0 ? "never" : mk_text_or_empty(mk_arena_strdup(arena, mk_text_count(n, text)));
}

/* "; levels from 1 poor to 5 excellent" */
static const char *levels_text(const MkExplore *e, MkArena *arena)
{
    const MkAttribute *attribute = e->attribute;
    const size_t n = attribute->n_levels;
    return e->answer != MK_EXPLORE_POSITION
               ? ""
               : mk_text_or_empty(mk_arena_printf(arena, "; levels from 1 %s to %zu %s",
                                                  attribute->levels[0].name, n,
                                                  attribute->levels[n - 1].name));
}

static void relation_table(const MkExplore *e, size_t n_rows, MkResult *result)
{
    MkArena *arena = result->arena;
    const Header headers[] = {{"attribute", "Attribute", MK_ALIGN_LEFT},
                              {"strength", "Strength", MK_ALIGN_RIGHT},
                              {"effect", "Effect", MK_ALIGN_RIGHT},
                              {"form", "Form", MK_ALIGN_LEFT},
                              {"shape", "Shape", MK_ALIGN_LEFT},
                              {"answers", span_header(e, arena), MK_ALIGN_RIGHT},
                              {"co_observed", "Together", MK_ALIGN_RIGHT},
                              {"label", "Label", MK_ALIGN_LEFT}};
    const char *title = mk_text_or_empty(mk_arena_printf(
        arena,
        "Related to %s: %zu of %zu attributes, strongest first; strength in nats, effect in %s%s · "
        "%s",
        mk_explore_name(e, arena), n_rows, e->n,
        mk_explore_has_number(e) ? "population sd" : "percentage points", levels_text(e, arena),
        mk_show_title(arena, e->query->model, e->held)));
    MkResultTable *table = add_table(result, title, headers, sizeof headers / sizeof headers[0],
                                     n_rows, MK_TABLE_PEOPLE);
    for (size_t i = 0; i < n_rows; i++) {
        const MkExploreRelation *r = &e->relations[e->order[i]];
        const MkAttribute *attribute = mk_show_attribute(e->query->model, r->attribute);
        const char *const cells[] = {attribute->name,
                                     strength_text(r, arena),
                                     effect_text(e, r->effect, arena),
                                     form_text(e, r, arena),
                                     spark_text(e, r, arena),
                                     span_text(e, r, arena),
                                     people_text(r->co_observed, arena),
                                     attribute->label};
        put_row(result, table, i, cells);
    }
}

/* The two values of the target: "5.0", "6.9 %"; words for an event. */
static const char *end_text(const MkExplore *e, size_t s, bool with_unit, MkArena *arena)
{
    if (e->choice->event != NULL) {
        return s == 0 ? "it is not so" : "it is so";
    }
    const MkValue value = {.kind = MK_VALUE_POINT, .point = e->end_value[s]};
    return mk_show_value(arena, e->attribute, &value, with_unit);
}

static void moved_row(const MkExplore *e, const MkExploreMoved *m, MkResultTable *table, size_t row,
                      MkResult *result)
{
    MkArena *arena = result->arena;
    const MkAttribute *attribute = mk_show_attribute(e->query->model, m->attribute);
    const MkShowStep step = step_of(e->query->model, m->attribute, m->is_mean);
    const bool is_number = mk_type_is_number(attribute->type);
    const double change = m->at[1] - m->at[0];
    const char *cells[] = {attribute->name, attribute->unit, "", "", "", "", attribute->label};
    if (is_number) {
        cells[2] = mk_show_number(arena, m->at[0], step);
        cells[3] = mk_show_number(arena, m->at[1], step);
        cells[4] = mk_show_shift(arena, change,
                                 mk_model_marginal(e->query->model, m->attribute)->sd, step);
    } else {
        cells[1] =
            mk_text_or_empty(mk_arena_printf(arena, "= %s", attribute->levels[m->level].name));
        cells[2] = mk_show_share(arena, m->at[0]);
        cells[3] = mk_show_share(arena, m->at[1]);
        cells[4] = mk_show_points(arena, change);
    }
    cells[5] = mk_show_share(arena, m->distance);
    put_row(result, table, row, cells);
}

static void moved_table(const MkExplore *e, const MkExploreMovedList *moved, size_t n_rows,
                        MkResult *result)
{
    MkArena *arena = result->arena;
    const bool is_event = e->choice->event != NULL;
    const Header headers[] = {{"attribute", "Attribute", MK_ALIGN_LEFT},
                              {"unit", "Unit or level", MK_ALIGN_LEFT},
                              {"low", is_event ? "Else" : "Low", MK_ALIGN_RIGHT},
                              {"high", is_event ? "There" : "High", MK_ALIGN_RIGHT},
                              {"change", "Change", MK_ALIGN_LEFT},
                              {"distance", "Differ", MK_ALIGN_RIGHT},
                              {"label", "Label", MK_ALIGN_LEFT}};
    const char *title =
        is_event ? mk_arena_printf(arena, "What else differs where %s", mk_explore_name(e, arena))
                 : mk_arena_printf(arena, "What else moves when %s goes from %s to %s",
                                   e->attribute->name, end_text(e, 0, false, arena),
                                   end_text(e, 1, true, arena));
    MkResultTable *table = add_table(result, mk_text_or_empty(title), headers,
                                     sizeof headers / sizeof headers[0], n_rows, MK_TABLE_PEOPLE);
    for (size_t i = 0; i < n_rows && table != NULL; i++) {
        moved_row(e, &moved->items[i], table, i, result);
    }
}

/* By attribute; NULL where it does not move. */
static const MkExploreMoved **index_moved(const MkExplore *e, const MkExploreMovedList *moved,
                                          MkArena *arena)
{
    const MkExploreMoved **out = mk_arena_zeros(arena, e->n_all, sizeof *out);
    for (size_t i = 0; i < moved->n && out != NULL; i++) {
        out[moved->items[i].attribute] = &moved->items[i];
    }
    return out;
}

/* For programs: a row an attribute, both ways. */
static void data_table(const MkExplore *e, const MkExploreMovedList *moved, MkResult *result)
{
    static const Header headers[] = {
        {"target", "", MK_ALIGN_LEFT},        {"attribute", "", MK_ALIGN_LEFT},
        {"label", "", MK_ALIGN_LEFT},         {"category", "", MK_ALIGN_LEFT},
        {"strength", "", MK_ALIGN_RIGHT},     {"effect", "", MK_ALIGN_RIGHT},
        {"direction", "", MK_ALIGN_RIGHT},    {"form", "", MK_ALIGN_LEFT},
        {"lowest", "", MK_ALIGN_RIGHT},       {"highest", "", MK_ALIGN_RIGHT},
        {"co_observed", "", MK_ALIGN_RIGHT},  {"exact", "", MK_ALIGN_RIGHT},
        {"reverse_level", "", MK_ALIGN_LEFT}, {"reverse_low", "", MK_ALIGN_RIGHT},
        {"reverse_high", "", MK_ALIGN_RIGHT}, {"reverse_distance", "", MK_ALIGN_RIGHT}};
    enum { COLUMNS = sizeof headers / sizeof headers[0] };
    MkArena *arena = result->arena;
    MkResultTable *table = add_table(result, "", headers, COLUMNS, e->n, MK_TABLE_DATA);
    const MkExploreMoved **by_attribute = index_moved(e, moved, arena);
    for (size_t i = 0; i < e->n && by_attribute != NULL; i++) {
        const MkExploreRelation *r = &e->relations[e->order[i]];
        const MkAttribute *attribute = mk_show_attribute(e->query->model, r->attribute);
        const MkExploreMoved *m = by_attribute[r->attribute];
        double low = 0, high = 0;
        mk_explore_span(r, &low, &high);
        const char *const cells[COLUMNS] = {
            mk_explore_name(e, arena),
            attribute->name,
            attribute->label,
            attribute->category,
            mk_show_exact(arena, r->strength),
            mk_show_exact(arena, r->effect),
            r->has_direction ? mk_show_exact(arena, r->direction) : "",
            mk_explore_form_name(r->form),
            mk_show_exact(arena, low),
            mk_show_exact(arena, high),
            mk_text_or_empty(mk_arena_printf(arena, "%zu", r->co_observed)),
            r->is_exact ? "1" : "0",
            m != NULL && !mk_type_is_number(attribute->type) ? attribute->levels[m->level].name
                                                             : "",
            m != NULL ? mk_show_exact(arena, m->at[0]) : "",
            m != NULL ? mk_show_exact(arena, m->at[1]) : "",
            m != NULL ? mk_show_exact(arena, m->distance) : ""};
        put_row(result, table, i, cells);
    }
}

/* ---- figures ---- */

static void strength_figure(const MkExplore *e, MkResult *result)
{
    const size_t n = e->n < MK_EXPLORE_FIGURE ? e->n : MK_EXPLORE_FIGURE;
    const char *title =
        mk_arena_printf(result->arena, "Related to %s", mk_explore_name(e, result->arena));
    MkFigure *figure = n > 0 ? mk_result_add_figure(result, mk_text_or_empty(title)) : NULL;
    if (figure == NULL) {
        return;
    }
    figure->x_is_label = true;
    figure->y_label = "strength (nats)";
    figure->caption = mk_show_title(result->arena, e->query->model, e->held);
    MkSeries *bars = mk_figure_add_series(result, figure, MK_SERIES_BARS, MK_ROLE_POSTERIOR, "", n);
    for (size_t i = 0; i < n; i++) {
        const MkExploreRelation *r = &e->relations[e->order[i]];
        mk_series_label(result, bars, i, mk_show_attribute(e->query->model, r->attribute)->name);
        mk_series_point(bars, i, 0, r->strength);
    }
}

static int by_shift(const void *a, const void *b)
{
    const MkExploreMoved *x = a;
    const MkExploreMoved *y = b;
    if (fabs(x->shift) != fabs(y->shift)) {
        return fabs(x->shift) < fabs(y->shift) ? 1 : -1;
    }
    return mk_explore_by_distance(a, b);
}

/* Numbers that move most with the target, in standard deviations. */
static void moved_figure(const MkExplore *e, const MkExploreMovedList *moved, MkResult *result)
{
    MkExploreMoved chosen[MK_EXPLORE_FIGURE];
    size_t n = 0;
    for (size_t i = 0; i < moved->n && n < MK_EXPLORE_FIGURE; i++) {
        if (mk_show_is_number(e->query->model, moved->items[i].attribute)) {
            chosen[n++] = moved->items[i];
        }
    }
    qsort(chosen, n, sizeof *chosen, by_shift);
    MkArena *arena = result->arena;
    const char *title =
        e->choice->event != NULL
            ? mk_arena_printf(arena, "What differs where %s", mk_explore_name(e, arena))
            : mk_arena_printf(arena, "What moves when %s goes from %s to %s", e->attribute->name,
                              end_text(e, 0, false, arena), end_text(e, 1, true, arena));
    MkFigure *figure = n > 0 ? mk_result_add_figure(result, mk_text_or_empty(title)) : NULL;
    if (figure == NULL) {
        return;
    }
    figure->x_is_label = true;
    figure->y_label = "change (population sd)";
    figure->caption = mk_show_title(arena, e->query->model, e->held);
    MkSeries *bars = mk_figure_add_series(result, figure, MK_SERIES_BARS, MK_ROLE_POSTERIOR, "", n);
    for (size_t i = 0; i < n; i++) {
        const MkExploreMoved *m = &chosen[i];
        mk_series_label(result, bars, i, mk_show_attribute(e->query->model, m->attribute)->name);
        mk_series_point(bars, i, 0, m->shift);
    }
}

/* ---- notes ---- */

/* What the strongest relations that rest on no common people could be. */
static void find_links(const MkExplore *e, MkArena *arena)
{
    size_t n = 0;
    for (size_t i = 0; i < e->n && n < MK_EXPLORE_LINKS; i++) {
        MkExploreRelation *r = &e->relations[e->order[i]];
        if (r->co_observed < MK_SEEN_TOGETHER && !r->is_linked) {
            r->is_linked = mk_link_pair(e->query->model, e->target, r->attribute, arena, &r->link);
        }
        n += r->is_linked ? 1 : 0;
    }
}

/* ": grip_strength r 0.21, may be −0.10 to 0.45; ..." of the first ones shown. */
static const char *links_text(const MkExplore *e, size_t n_rows, MkArena *arena)
{
    const char *out = "";
    size_t n = 0;
    for (size_t i = 0; i < n_rows && out != NULL; i++) {
        const MkExploreRelation *r = &e->relations[e->order[i]];
        if (r->co_observed == 0 && r->is_linked && r->link.has_range && n++ < MK_LINKS_NAMED) {
            out = mk_arena_printf(arena, "%s%s %s %s", out, n > 1 ? ";" : ":",
                                  mk_show_attribute(e->query->model, r->attribute)->name,
                                  mk_link_text(&r->link, arena));
        }
    }
    return mk_text_or_empty(out);
}

static void notes(const MkExplore *e, size_t n_rows, MkResult *result)
{
    size_t never = 0, restated = 0;
    for (size_t i = 0; i < n_rows; i++) {
        never += e->relations[e->order[i]].co_observed == 0 ? 1 : 0;
        restated += e->relations[e->order[i]].is_restatement ? 1 : 0;
    }
    if (e->was_known) {
        mk_result_note(result, "%s is among what is known; here it is set aside.",
                       e->attribute->name);
    }
    if (e->n_left_out > 0) {
        mk_result_note(result,
                       "%zu attribute%s left out: not asked of such people, or asked only where %s "
                       "is always the same.",
                       e->n_left_out, e->n_left_out == 1 ? " is" : "s are", e->attribute->name);
    }
    if (never > 0) {
        mk_result_note(result,
                       "never: %zu of the attributes shown were never observed in the same people "
                       "as %s; their relation rests on the linkage through shared attributes, not "
                       "on data%s.",
                       never, e->attribute->name, links_text(e, n_rows, result->arena));
    }
    if (restated > 0) {
        mk_result_note(result, "≈: tells nearly all of %s, as another name for it would.",
                       e->attribute->name);
    }
    if (e->n_exact < e->n) {
        mk_result_note(result,
                       "~: %zu of %zu relations are approximate, found by asking the other way "
                       "round only.",
                       e->n - e->n_exact, e->n);
    }
    if (e->mix.n > e->n_parts) {
        mk_result_note(result, "The ranges of the evidence are represented by %zu of their values.",
                       e->n_parts);
    }
    mk_note_support(result, "", e->support);
    mk_note_outside(result, e->query->model, e->held);
    mk_note_mix(result, e->query->model, &e->mix);
    mk_note_linkage(result, e->query->model, e->held, &e->target, 1);
    mk_note_association(result);
}

MkStatus mk_explore_show(const MkExplore *e, MkResult *result, MkError *err)
{
    const size_t n_rows = e->choice->most < e->n ? e->choice->most : e->n;
    MkExploreMovedList moved;
    MK_TRY(mk_explore_list_moved(e, result->arena, &moved, err));
    MkNode *root = mk_node_object(result, NULL, NULL);
    (void)mk_node_string(result, root, "model", mk_model_card(e->query->model)->name);
    find_links(e, result->arena);
    mk_explore_nodes(e, &moved, root, result);
    relation_table(e, n_rows, result);
    if (e->has_reverse) {
        moved_table(e, &moved, n_rows < moved.n ? n_rows : moved.n, result);
    }
    data_table(e, &moved, result);
    strength_figure(e, result);
    if (e->has_reverse) {
        moved_figure(e, &moved, result);
    }
    mk_figure_nodes(result, root, "figures");
    notes(e, n_rows, result);
    return mk_result_status(result, err);
}
