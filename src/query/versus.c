/* versus.c - mk_query_plot_versus: how a target moves with one attribute, other evidence held. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <math.h>
#include <string.h>

#include "src/base/text.h"
#include "src/query/answer.h"
#include "src/query/bivariate.h"
#include "src/query/curve.h"
#include "src/query/figure_data.h"
#include "src/query/query.h"
#include "src/query/show.h"

enum { POINTS = 41, ROWS_SHOWN = 9 };

static const double narrow = 0.5; /* of the axis: less is told */

/* The answers along the axis: point i of the other attribute gives posterior[i * n_targets + t]. */
typedef struct Sweep {
    const MkQuery *query;
    MkEvidence held; /* the evidence without the other attribute */
    size_t versus;
    size_t n;
    double at[MK_MAX_LEVELS]; /* more than POINTS */
    MkDistribution *posterior;
    MkMix mix;      /* of the first point, for notes */
    double support; /* of what is held */
    MkJoint joint;  /* of the other attribute and the targets */
} Sweep;

static double three_digits(double x)
{
    const double unit = pow(10, floor(log10(x)) - 2);
    return round(x / unit) * unit;
}

/* Levels: all of them. Numbers: the 1 - 99 % range, on the recorded step, without repeats. */
static void place_points(Sweep *sweep)
{
    const MkModel *model = sweep->query->model;
    const MkAttribute *attribute = mk_show_attribute(model, sweep->versus);
    if (!mk_type_is_number(attribute->type)) {
        sweep->n = attribute->n_levels;
        for (size_t k = 0; k < sweep->n; k++) {
            sweep->at[k] = (double)k;
        }
        return;
    }
    const MkDistribution *population = mk_model_population(model, sweep->versus);
    const bool is_log = mk_curve_is_log(model, sweep->versus);
    const double high = mk_dist_quantile(population, 0.99);
    double low = mk_dist_quantile(population, 0.01);
    low = is_log ? fmax(low, mk_curve_log_floor(model, sweep->versus)) : low;
    for (size_t i = 0; i < POINTS; i++) {
        const double t = (double)i / (POINTS - 1);
        double x = is_log ? three_digits(low * pow(high / low, t)) : low + (high - low) * t;
        if (attribute->resolution > 0) {
            x = round(x / attribute->resolution) * attribute->resolution;
        }
        x = fmin(fmax(x, attribute->min), attribute->max);
        if (sweep->n == 0 || x > sweep->at[sweep->n - 1]) {
            sweep->at[sweep->n++] = x;
        }
    }
}

static MkStatus ask_point(Sweep *sweep, MkKnown *known, size_t n_known, size_t i, MkArena *arena,
                          MkError *err)
{
    const MkQuery *query = sweep->query;
    const MkEvidence evidence = {.n = n_known, .known = known};
    MkMix mix;
    known[n_known - 1] = (MkKnown){.attribute = sweep->versus,
                                   .value = {.kind = MK_VALUE_POINT, .point = sweep->at[i]}};
    MK_TRY(mk_mix_make(query->model, evidence, query->seed, query->cancel, arena, &mix, err));
    MK_TRY(mk_mix_posterior(query->model, &mix, query->targets, query->n_targets, query->cancel,
                            arena, sweep->posterior + i * query->n_targets, err));
    if (i == 0) {
        sweep->mix = mix;
    }
    return MK_OK;
}

/* The axis moves and a target is asked for: what is known of them is not held. */
static MkStatus hold_others(Sweep *sweep, MkArena *arena, MkError *err)
{
    const MkQuery *query = sweep->query;
    MkMix mix;
    MK_TRY(mk_evidence_without(arena, query->evidence, &sweep->versus, 1, &sweep->held, err));
    MK_TRY(mk_evidence_without(arena, sweep->held, query->targets, query->n_targets, &sweep->held,
                               err));
    MK_TRY(mk_mix_make(query->model, sweep->held, query->seed, query->cancel, arena, &mix, err));
    return mk_mix_support(query->model, &mix, arena, &sweep->support, err);
}

static MkStatus ask_all(Sweep *sweep, MkArena *arena, MkError *err)
{
    const MkQuery *query = sweep->query;
    MkKnown *known = mk_arena_array(arena, sweep->held.n + 1, sizeof *known);
    sweep->posterior = mk_arena_zeros(arena, sweep->n * query->n_targets, sizeof(MkDistribution));
    if (known == NULL || sweep->posterior == NULL) {
        return mk_fail(err, MK_ENOMEM, "out of memory for a plot");
    }
    const size_t n = sweep->held.n;
    if (n > 0) {
        memcpy(known, sweep->held.known, n * sizeof *known);
    }
    for (size_t i = 0; i < sweep->n; i++) {
        MK_TRY(ask_point(sweep, known, n + 1, i, arena, err));
    }
    return MK_OK;
}

/* ---- figures ---- */

static const MkDistribution *answer_at(const Sweep *sweep, size_t i, size_t t)
{
    return &sweep->posterior[i * sweep->query->n_targets + t];
}

/* The value of the other attribute that the evidence holds, when it is a point. */
static bool known_value(const Sweep *sweep, double *x)
{
    const MkValue *known = mk_evidence_find(sweep->query->evidence, sweep->versus);
    const bool is_point = known != NULL && known->kind == MK_VALUE_POINT;
    *x = is_point ? known->point : *x;
    return is_point;
}

/* On a logarithmic axis zero is drawn at its beginning. */
static double floor_of(const Sweep *sweep, size_t t)
{
    const MkModel *model = sweep->query->model;
    const size_t j = sweep->query->targets[t];
    return mk_curve_is_log(model, j) ? mk_curve_log_floor(model, j) : -INFINITY;
}

static void add_band(const Sweep *sweep, size_t t, double level, MkSeriesRole role,
                     MkFigure *figure, MkResult *result)
{
    const char *name = mk_show_level(result->arena, level);
    const double least = floor_of(sweep, t);
    MkSeries *band = mk_figure_add_series(result, figure, MK_SERIES_BAND, role, name, sweep->n);
    for (size_t i = 0; i < sweep->n; i++) {
        const MkDistribution *d = answer_at(sweep, i, t);
        mk_series_point(band, i, sweep->at[i], 0);
        mk_series_span(band, i, fmax(mk_dist_quantile(d, 0.5 * (1 - level)), least),
                       fmax(mk_dist_quantile(d, 0.5 * (1 + level)), least));
    }
}

static void number_by_number(const Sweep *sweep, size_t t, MkFigure *figure, MkResult *result)
{
    add_band(sweep, t, sweep->query->level, MK_ROLE_BAND90, figure, result);
    add_band(sweep, t, 0.5, MK_ROLE_BAND50, figure, result);
    MkSeries *line =
        mk_figure_add_series(result, figure, MK_SERIES_LINE, MK_ROLE_MEDIAN, "median", sweep->n);
    for (size_t i = 0; i < sweep->n; i++) {
        mk_series_point(line, i, sweep->at[i],
                        fmax(mk_dist_quantile(answer_at(sweep, i, t), 0.5), floor_of(sweep, t)));
    }
}

static void number_by_level(const Sweep *sweep, size_t t, MkFigure *figure, MkResult *result)
{
    const MkAttribute *versus = mk_show_attribute(sweep->query->model, sweep->versus);
    const double level = sweep->query->level;
    const char *name = mk_text_or_empty(
        mk_arena_printf(result->arena, "median and %s", mk_show_level(result->arena, level)));
    MkSeries *bars =
        mk_figure_add_series(result, figure, MK_SERIES_BARS, MK_ROLE_MEDIAN, name, sweep->n);
    for (size_t i = 0; i < sweep->n; i++) {
        const MkDistribution *d = answer_at(sweep, i, t);
        mk_series_label(result, bars, i, versus->levels[i].name);
        mk_series_point(bars, i, 0, mk_dist_quantile(d, 0.5));
        mk_series_span(bars, i, mk_dist_quantile(d, 0.5 * (1 - level)),
                       mk_dist_quantile(d, 0.5 * (1 + level)));
    }
}

/* Probability of each level of the target: lines along numbers, grouped bars along levels. */
static void level_by_any(const Sweep *sweep, size_t t, bool by_level, MkFigure *figure,
                         MkResult *result)
{
    const MkModel *model = sweep->query->model;
    const MkAttribute *target = mk_show_attribute(model, sweep->query->targets[t]);
    const MkAttribute *versus = mk_show_attribute(model, sweep->versus);
    const MkSeriesKind kind = by_level ? MK_SERIES_BARS : MK_SERIES_LINE;
    for (size_t k = 0; k < target->n_levels; k++) {
        MkSeries *series = mk_figure_add_series(result, figure, kind, MK_ROLE_SCENARIO,
                                                target->levels[k].name, sweep->n);
        if (series == NULL) {
            return;
        }
        series->index = k;
        for (size_t i = 0; i < sweep->n; i++) {
            mk_series_point(series, i, sweep->at[i], mk_dist_level(answer_at(sweep, i, t), k));
            if (by_level) {
                mk_series_label(result, series, i, versus->levels[i].name);
            }
        }
    }
}

static void draw_target(const Sweep *sweep, const MkBivariate *pair, size_t t, MkResult *result)
{
    const MkQuery *query = sweep->query;
    const MkAttribute *target = mk_show_attribute(query->model, query->targets[t]);
    const MkAttribute *versus = mk_show_attribute(query->model, sweep->versus);
    const bool by_level = !mk_type_is_number(versus->type);
    const bool is_number = mk_type_is_number(target->type);
    MkArena *arena = result->arena;
    const char *title = mk_arena_printf(arena, "%s by %s", target->label, versus->label);
    MkFigure *figure = mk_result_add_figure(result, mk_text_or_empty(title));
    if (figure == NULL) {
        return;
    }
    figure->x_label = mk_show_axis(arena, versus);
    figure->y_label =
        is_number ? mk_show_axis(arena, target)
                  : mk_text_or_empty(mk_arena_printf(arena, "%s: probability", target->label));
    figure->caption = mk_show_title(arena, query->model, sweep->held);
    figure->x_is_label = by_level;
    if (!is_number) {
        level_by_any(sweep, t, by_level, figure, result);
    } else if (by_level) {
        number_by_level(sweep, t, figure, result);
    } else {
        figure->y_is_log = mk_curve_is_log(query->model, query->targets[t]);
        number_by_number(sweep, t, figure, result);
    }
    figure->x_is_log = !by_level && mk_curve_is_log(query->model, sweep->versus);
    if (!by_level) {
        mk_bivariate_points(pair, figure, result);
    }
    double x = 0;
    if (!by_level && known_value(sweep, &x)) {
        const char *name =
            mk_text_or_empty(mk_arena_printf(arena, "known: %s", mk_show_exact(arena, x)));
        MkSeries *mark =
            mk_figure_add_series(result, figure, MK_SERIES_MARK, MK_ROLE_KNOWN, name, 1);
        mk_series_point(mark, 0, x, 0);
    }
}

/* ---- JSON and tables ---- */

static const char *point_name(const Sweep *sweep, size_t i, MkArena *arena)
{
    const MkAttribute *versus = mk_show_attribute(sweep->query->model, sweep->versus);
    return mk_type_is_number(versus->type) ? mk_show_exact(arena, sweep->at[i])
                                           : versus->levels[i].name;
}

/* The same for people: all places with the digits of the attribute. */
static const char *place_text(const Sweep *sweep, size_t i, MkArena *arena)
{
    const MkAttribute *versus = mk_show_attribute(sweep->query->model, sweep->versus);
    return mk_type_is_number(versus->type)
               ? mk_show_number(arena, sweep->at[i],
                                mk_show_step(sweep->query->model, sweep->versus))
               : versus->levels[i].name;
}

static void nodes(const Sweep *sweep, const MkBivariate *pairs, MkNode *root, MkResult *result)
{
    const MkQuery *query = sweep->query;
    const MkAttribute *versus = mk_show_attribute(query->model, sweep->versus);
    (void)mk_node_string(result, root, "versus", versus->name);
    MkNode *targets = mk_node_array(result, root, "targets");
    for (size_t t = 0; t < query->n_targets; t++) {
        const MkAttribute *target = mk_show_attribute(query->model, query->targets[t]);
        MkNode *node = mk_node_object(result, targets, NULL);
        (void)mk_node_string(result, node, "attribute", target->name);
        (void)mk_node_string(result, node, "type", mk_type_name(target->type));
        mk_bivariate_node(&pairs[t], mk_node_object(result, node, "together"), result);
        MkNode *points = mk_node_array(result, node, "points");
        for (size_t i = 0; i < sweep->n; i++) {
            MkNode *point = mk_node_object(result, points, NULL);
            if (mk_type_is_number(versus->type)) {
                (void)mk_node_number(result, point, "at", sweep->at[i]);
            } else {
                (void)mk_node_string(result, point, "at", versus->levels[i].name);
            }
            if (mk_type_is_number(target->type)) {
                mk_answer_number(result, point, answer_at(sweep, i, t),
                                 mk_dist_mode(answer_at(sweep, i, t)), query->level);
            } else {
                mk_answer_levels(result, point, answer_at(sweep, i, t));
            }
        }
    }
}

/* For people: at most nine rows along the axis. */
static void people_table(const Sweep *sweep, size_t t, MkResult *result)
{
    const MkQuery *query = sweep->query;
    const size_t j = query->targets[t];
    const MkAttribute *target = mk_show_attribute(query->model, j);
    const MkAttribute *versus = mk_show_attribute(query->model, sweep->versus);
    const bool is_number = mk_type_is_number(target->type);
    const size_t n_columns = is_number ? 4 : 1 + target->n_levels;
    const bool is_long = mk_type_is_number(versus->type) && sweep->n > ROWS_SHOWN;
    const size_t n_rows = is_long ? ROWS_SHOWN : sweep->n;
    MkArena *arena = result->arena;
    const char *title = mk_text_or_empty(mk_arena_printf(
        arena, "%s by %s · %s", mk_show_axis(arena, target), mk_show_axis(arena, versus),
        mk_show_title(arena, query->model, sweep->held)));
    MkResultTable *table = mk_result_add_table(result, title, n_columns, n_rows);
    if (table == NULL) {
        return;
    }
    table->use = MK_TABLE_PEOPLE;
    mk_result_table_header(result, table, 0, versus->name, versus->name, MK_ALIGN_RIGHT);
    if (is_number) {
        mk_result_table_header(result, table, 1, "median", "Median", MK_ALIGN_RIGHT);
        mk_result_table_header(result, table, 2, "half", "50 % interval", MK_ALIGN_LEFT);
        const char *wide =
            mk_arena_printf(arena, "%s interval", mk_show_level(arena, query->level));
        mk_result_table_header(result, table, 3, "interval", mk_text_or_empty(wide), MK_ALIGN_LEFT);
    }
    for (size_t k = 0; !is_number && k < target->n_levels; k++) {
        mk_result_table_header(result, table, 1 + k, target->levels[k].name, target->levels[k].name,
                               MK_ALIGN_RIGHT);
    }
    const MkShowStep step = mk_show_step(query->model, j);
    const double end = 0.5 * (1 - query->level);
    for (size_t r = 0; r < n_rows; r++) {
        const size_t i = is_long ? (r * (sweep->n - 1) + (n_rows - 1) / 2) / (n_rows - 1) : r;
        const MkDistribution *d = answer_at(sweep, i, t);
        mk_result_table_cell(result, table, r, 0, place_text(sweep, i, arena), NULL);
        for (size_t k = 0; !is_number && k < target->n_levels; k++) {
            mk_result_table_cell(result, table, r, 1 + k, mk_show_share(arena, mk_dist_level(d, k)),
                                 NULL);
        }
        if (is_number) {
            const double q[] = {mk_dist_quantile(d, 0.25), mk_dist_quantile(d, 0.75),
                                mk_dist_quantile(d, end), mk_dist_quantile(d, 1 - end)};
            mk_result_table_cell(result, table, r, 1,
                                 mk_show_number(arena, mk_dist_quantile(d, 0.5), step), NULL);
            mk_result_table_cell(result, table, r, 2, mk_show_interval(arena, q[0], q[1], step),
                                 NULL);
            mk_result_table_cell(result, table, r, 3, mk_show_interval(arena, q[2], q[3], step),
                                 NULL);
        }
    }
}

static const char *const data_keys[] = {"target", "versus", "at",  "level", "share",
                                        "median", "low",    "q25", "q75",   "high"};
enum { DATA_COLUMNS = sizeof data_keys / sizeof data_keys[0] };

static void data_row(const Sweep *sweep, size_t i, size_t t, size_t k, MkResultTable *table,
                     size_t row, MkResult *result)
{
    MkArena *arena = result->arena;
    const MkQuery *query = sweep->query;
    const MkAttribute *target = mk_show_attribute(query->model, query->targets[t]);
    const MkAttribute *versus = mk_show_attribute(query->model, sweep->versus);
    const MkDistribution *d = answer_at(sweep, i, t);
    const char *cells[DATA_COLUMNS] = {
        target->name, versus->name, point_name(sweep, i, arena), "", "", "", "", "", "", ""};
    if (!mk_type_is_number(target->type)) {
        cells[3] = target->levels[k].name;
        cells[4] = mk_show_exact(arena, mk_dist_level(d, k));
    } else {
        const double end = 0.5 * (1 - query->level);
        const double q[] = {0.5, end, 0.25, 0.75, 1 - end};
        for (size_t c = 0; c < sizeof q / sizeof q[0]; c++) {
            cells[5 + c] = mk_show_exact(arena, mk_dist_quantile(d, q[c]));
        }
    }
    for (size_t c = 0; c < DATA_COLUMNS; c++) {
        mk_result_table_cell(result, table, row, c, cells[c], NULL);
    }
}

static void data_table(const Sweep *sweep, MkResult *result)
{
    const MkQuery *query = sweep->query;
    size_t n_rows = 0;
    for (size_t t = 0; t < query->n_targets; t++) {
        const MkAttribute *target = mk_show_attribute(query->model, query->targets[t]);
        n_rows += sweep->n * (mk_type_is_number(target->type) ? 1 : target->n_levels);
    }
    MkResultTable *table = mk_result_add_table(result, "", DATA_COLUMNS, n_rows);
    if (table == NULL) {
        return;
    }
    table->use = MK_TABLE_DATA;
    for (size_t c = 0; c < DATA_COLUMNS; c++) {
        mk_result_table_header(result, table, c, data_keys[c], data_keys[c],
                               c < 4 ? MK_ALIGN_LEFT : MK_ALIGN_RIGHT);
    }
    size_t row = 0;
    for (size_t t = 0; t < query->n_targets; t++) {
        const MkAttribute *target = mk_show_attribute(query->model, query->targets[t]);
        const size_t each = mk_type_is_number(target->type) ? 1 : target->n_levels;
        for (size_t i = 0; i < sweep->n; i++) {
            for (size_t k = 0; k < each; k++) {
                data_row(sweep, i, t, k, table, row++, result);
            }
        }
    }
}

/* What is known may leave the axis little room: most of the plot is then about rare people. */
static void note_axis(const Sweep *sweep, MkResult *result)
{
    const MkModel *model = sweep->query->model;
    const MkAttribute *versus = mk_show_attribute(model, sweep->versus);
    const MkDistribution *d = &sweep->joint.marginal;
    if (sweep->held.n == 0 || !mk_type_is_number(versus->type)) {
        return;
    }
    const double low = mk_dist_quantile(d, 0.005), high = mk_dist_quantile(d, 0.995);
    if (high - low < narrow * (sweep->at[sweep->n - 1] - sweep->at[0])) {
        mk_result_note(
            result,
            "With what is known, %s is %s for 99 %% of people; the rest of the axis "
            "shows people who are very rare.",
            versus->name,
            mk_show_interval(result->arena, low, high, mk_show_step(model, sweep->versus)));
    }
}

/* Targets that were never seen with the attribute of the axis. */
static void note_axis_links(const MkQuery *query, const MkBivariate *pairs, MkResult *result)
{
    MkLinks links = {.items = mk_arena_array(result->arena, query->n_targets, sizeof(MkLink))};
    for (size_t t = 0; t < query->n_targets && links.items != NULL; t++) {
        if (pairs[t].is_linked) {
            links.items[links.n] = pairs[t].link;
            links.items[links.n].target = pairs[t].b;
            links.items[links.n++].other = pairs[t].a;
        }
    }
    mk_note_links(result, query->model, &links);
}

static void notes(const Sweep *sweep, const MkBivariate *pairs, MkResult *result)
{
    const MkQuery *query = sweep->query;
    mk_note_support(result, "", sweep->support);
    note_axis(sweep, result);
    mk_note_left_free(result, query->model, query->evidence, query->targets, query->n_targets);
    mk_note_outside(result, query->model, sweep->held);
    mk_note_mix(result, query->model, &sweep->mix);
    mk_note_linkage(result, query->model, sweep->held, query->targets, query->n_targets);
    note_axis_links(query, pairs, result);
    for (size_t t = 0; t < query->n_targets; t++) {
        mk_bivariate_note(&pairs[t], result);
    }
    mk_note_association(result);
}

static bool is_levels(const MkBivariate *pair)
{
    return !mk_show_is_number(pair->query->model, pair->a) &&
           !mk_show_is_number(pair->query->model, pair->b);
}

/* Of levels by levels there is one figure: beside the training people where that is fair. */
static MkStatus draw(const Sweep *sweep, const MkBivariate *pairs, MkResult *result, MkError *err)
{
    const size_t n = sweep->query->n_targets;
    for (size_t t = 0; t < n; t++) {
        if (is_levels(&pairs[t]) && pairs[t].has_survey && pairs[t].evidence.n == 0) {
            MK_TRY(mk_bivariate_figure(&pairs[t], result, err));
        } else {
            draw_target(sweep, &pairs[t], t, result);
        }
    }
    for (size_t t = 0; t < n; t++) {
        if (!is_levels(&pairs[t])) {
            MK_TRY(mk_bivariate_figure(&pairs[t], result, err));
        }
    }
    return MK_OK;
}

static MkStatus ask_pairs(Sweep *sweep, MkBivariate *pairs, MkArena *arena, MkError *err)
{
    const MkQuery *query = sweep->query;
    MK_TRY(mk_joint_make(query, sweep->held, sweep->versus, query->targets, query->n_targets,
                         &sweep->joint, err));
    for (size_t t = 0; t < query->n_targets; t++) {
        MK_TRY(mk_bivariate_make(query, sweep->held, &sweep->joint, t, query->targets[t], NULL, 0,
                                 arena, &pairs[t], err));
    }
    return MK_OK;
}

static MkStatus answer(Sweep *sweep, MkResult *result, MkError *err)
{
    const MkQuery *query = sweep->query;
    MkBivariate *pairs = mk_arena_zeros(result->arena, query->n_targets, sizeof *pairs);
    if (pairs == NULL) {
        return mk_fail(err, MK_ENOMEM, "out of memory for a plot");
    }
    MK_TRY(hold_others(sweep, result->arena, err));
    place_points(sweep);
    MK_TRY(ask_all(sweep, result->arena, err));
    MK_TRY(ask_pairs(sweep, pairs, result->arena, err));
    MkNode *root = mk_node_object(result, NULL, NULL);
    (void)mk_node_string(result, root, "model", mk_model_card(query->model)->name);
    mk_show_given(result, root, "given", query->model, sweep->held);
    nodes(sweep, pairs, root, result);
    for (size_t t = 0; t < query->n_targets; t++) {
        people_table(sweep, t, result);
        mk_bivariate_table(&pairs[t], result);
    }
    MK_TRY(draw(sweep, pairs, result, err));
    data_table(sweep, result);
    mk_figure_nodes(result, root, "figures");
    notes(sweep, pairs, result);
    return mk_result_status(result, err);
}

MkStatus mk_query_plot_versus(const MkQuery *query, size_t versus, MkResult *result, MkError *err)
{
    if (query->n_targets == 0) {
        return mk_fail(err, MK_EINVAL, "no target to plot");
    }
    for (size_t t = 0; t < query->n_targets; t++) {
        if (query->targets[t] == versus) {
            return mk_fail(err, MK_EINVAL, "%s cannot be plotted against itself",
                           mk_show_attribute(query->model, versus)->name);
        }
    }
    Sweep sweep = {.query = query, .versus = versus};
    const MkStatus st = answer(&sweep, result, err);
    mk_joint_release(&sweep.joint);
    return st;
}
