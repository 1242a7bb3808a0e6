/* optimize_data.c - the data and the figures of a search. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <math.h>

#include "src/base/text.h"
#include "src/query/curve.h"
#include "src/query/optimize_show.h"
#include "src/query/show.h"

static const char *measured(const MkOutcomeShow *s, double value)
{
    return mk_measure_value(s->arena, s->model, &s->ask->measure, value);
}

/* ---- JSON ---- */

static void put_interval(const MkOutcomeShow *s, MkNode *parent, const MkDistribution *d)
{
    if (s->ask->measure.is_probability) {
        return;
    }
    const double level = s->search->query->level;
    mk_show_interval_node(s->result, parent, level, mk_dist_quantile(d, 0.5 * (1 - level)),
                          mk_dist_quantile(d, 0.5 * (1 + level)));
}

static void goal_node(const MkOutcomeShow *s, MkNode *root)
{
    static const char *const aims[] = {"min", "max", "value"};
    MkNode *goal = mk_node_object(s->result, root, "goal");
    const MkAttribute *about = mk_show_attribute(s->model, s->ask->measure.attribute);
    (void)mk_node_string(s->result, goal, "attribute", about->name);
    (void)mk_node_string(s->result, goal, "text", s->goal);
    (void)mk_node_string(s->result, goal, "unit",
                         s->ask->measure.is_probability ? "" : about->unit);
    (void)mk_node_bool(s->result, goal, "is_probability", s->ask->measure.is_probability);
    (void)mk_node_string(s->result, goal, "aim", aims[s->ask->goal]);
    if (s->ask->goal == MK_GOAL_VALUE) {
        (void)mk_node_number(s->result, goal, "wanted", s->ask->wanted);
    }
    (void)mk_node_number(s->result, root, "floor", s->search->floor);
}

static void limit_nodes(const MkOutcomeShow *s, const MkTrial *trial, MkNode *parent)
{
    MkNode *list = mk_node_array(s->result, parent, "limits");
    for (size_t c = 0; c < s->ask->n_constraints; c++) {
        MkNode *node = mk_node_object(s->result, list, NULL);
        (void)mk_node_string(s->result, node, "text", mk_outcome_limit(s, c));
        (void)mk_node_number(s->result, node, "value", trial->limits[c]);
        (void)mk_node_number(s->result, node, "bound", s->ask->constraints[c].bound);
        (void)mk_node_number(s->result, node, "slack", mk_outcome_slack(s, trial, c));
        (void)mk_node_bool(s->result, node, "holds", mk_outcome_limit_holds(s, trial, c));
    }
}

static void start_node(const MkOutcomeShow *s, MkNode *root)
{
    const MkTrial *base = &s->o->base;
    MkNode *start = mk_node_object(s->result, root, "start");
    (void)mk_node_number(s->result, start, "value", base->value);
    put_interval(s, start, &s->answers[0]);
    (void)mk_node_number(s->result, start, "support", base->support);
    (void)mk_node_bool(s->result, start, "holds", base->violation <= 0);
    limit_nodes(s, base, start);
    MkNode *list = mk_node_array(s->result, root, "inputs");
    for (size_t i = 0; i < s->search->n; i++) {
        const MkInput *input = &s->search->inputs[i];
        MkNode *node = mk_node_object(s->result, list, NULL);
        (void)mk_node_string(s->result, node, "attribute", input->about->name);
        (void)mk_node_string(s->result, node, "label", input->about->label);
        if (input->about->unit[0] != '\0') {
            (void)mk_node_string(s->result, node, "unit", input->about->unit);
        }
        mk_show_value_node(s->result, node, "start", input->about, input->start);
        (void)mk_node_bool(s->result, node, "is_given", input->given != NULL);
        (void)mk_node_bool(s->result, node, "is_said", input->is_said);
        if (input->is_number) {
            (void)mk_node_number(s->result, node, "low", input->low);
            (void)mk_node_number(s->result, node, "high", input->high);
            continue;
        }
        MkNode *levels = mk_node_array(s->result, node, "levels");
        for (size_t k = 0; k < input->about->n_levels; k++) {
            if (((input->levels >> k) & 1U) != 0) {
                (void)mk_node_string(s->result, levels, NULL, input->about->levels[k].name);
            }
        }
    }
}

static void solution_node(const MkOutcomeShow *s, size_t n, MkNode *list)
{
    const MkTrial *trial = &s->o->chosen.trials[n];
    MkNode *node = mk_node_object(s->result, list, NULL);
    MkEvidence evidence = {0};
    evidence.known = mk_search_evidence(s->search, trial, s->arena, &evidence.n);
    evidence.n = evidence.known != NULL ? evidence.n : 0;
    (void)mk_node_number(s->result, node, "value", trial->value);
    put_interval(s, node, &s->answers[1 + n]);
    (void)mk_node_number(s->result, node, "change", mk_show_clean(trial->value - s->o->base.value));
    (void)mk_node_number(s->result, node, "reach", s->o->chosen.reach[n]);
    (void)mk_node_number(s->result, node, "effort", trial->effort);
    (void)mk_node_number(s->result, node, "support", trial->support);
    (void)mk_node_bool(s->result, node, "holds", trial->violation <= 0);
    (void)mk_node_bool(s->result, node, "reached", mk_outcome_is_reached(s, trial));
    mk_show_given(s->result, node, "given", s->model, evidence);
    (void)mk_node_string(s->result, node, "line", mk_outcome_line(s, trial));
    MkNode *changes = mk_node_array(s->result, node, "changes");
    for (size_t i = 0; i < s->search->n; i++) {
        const MkInput *input = &s->search->inputs[i];
        if (!trial->is_on[i]) {
            continue;
        }
        MkNode *change = mk_node_object(s->result, changes, NULL);
        (void)mk_node_string(s->result, change, "attribute", input->about->name);
        mk_show_value_node(s->result, change, "from", input->about, input->start);
        mk_show_value_node(s->result, change, "to", input->about, trial->x[i]);
        (void)mk_node_number(s->result, change, "effort", mk_search_effort(input, trial->x[i]));
        (void)mk_node_number(s->result, change, "worth", mk_show_clean(s->o->chosen.worth[n][i]));
    }
    limit_nodes(s, trial, node);
}

void mk_outcome_data(const MkOutcomeShow *s, MkNode *root)
{
    goal_node(s, root);
    start_node(s, root);
    MkNode *list = mk_node_array(s->result, root, "solutions");
    for (size_t n = 0; n < s->o->chosen.n; n++) {
        solution_node(s, n, list);
    }
    if (s->o->chosen.n > 0) {
        (void)mk_node_number(s->result, root, "best", (double)s->o->chosen.main);
    }
}

/* ---- figures ---- */

/* Before and after solution n; all of them on one axis. */
static void draw_answers(const MkOutcomeShow *s, size_t n, bool is_for_screen)
{
    const size_t j = s->ask->measure.attribute;
    const MkAttribute *about = mk_show_attribute(s->model, j);
    const MkDistribution *before = &s->answers[0];
    const MkDistribution *after = &s->answers[1 + n];
    MkFigure *figure = mk_result_add_figure(s->result, about->label);
    if (figure == NULL) {
        return;
    }
    const char *name = mk_text_or_empty(mk_arena_printf(s->arena, "solution %zu", n + 1));
    figure->is_for_screen = is_for_screen;
    figure->x_label = mk_show_axis(s->arena, about);
    figure->caption = mk_text_or_empty(mk_arena_printf(
        s->arena, "%s: now %s, solution %zu %s", s->goal, measured(s, s->o->base.value), n + 1,
        measured(s, s->o->chosen.trials[n].value)));
    double low = 0, high = 1;
    if (mk_type_is_number(about->type)) {
        mk_curve_axis(s->model, j, s->answers, 1 + s->o->chosen.n, &low, &high);
    }
    const size_t n_values =
        mk_type_is_number(about->type) ? mk_curve_values(s->model, j, low, high) : about->n_levels;
    if (n_values > 0) {
        figure->x_is_label = true;
        figure->y_label = "probability";
    }
    if (!mk_type_is_number(about->type)) {
        (void)mk_curve_levels(s->result, figure, before, MK_ROLE_POPULATION, "now");
        (void)mk_curve_levels(s->result, figure, after, MK_ROLE_POSTERIOR, name);
        return;
    }
    if (n_values > 0) {
        (void)mk_curve_bars(s->result, figure, before, low, n_values, MK_ROLE_POPULATION, "now");
        (void)mk_curve_bars(s->result, figure, after, low, n_values, MK_ROLE_POSTERIOR, name);
        return;
    }
    MkCurve curve;
    figure->x_min = low;
    figure->x_max = high;
    figure->x_is_log = mk_curve_is_log(s->model, j);
    figure->y_label = figure->x_is_log ? "density per factor of 10" : "density";
    mk_curve_make(s->model, j, before, low, high, &curve);
    (void)mk_curve_series(s->result, figure, &curve, MK_SERIES_FILL, MK_ROLE_POPULATION, "now",
                          -INFINITY, INFINITY);
    mk_curve_make(s->model, j, after, low, high, &curve);
    (void)mk_curve_series(s->result, figure, &curve, MK_SERIES_LINE, MK_ROLE_POSTERIOR, name,
                          -INFINITY, INFINITY);
    const bool has_wanted = s->ask->goal == MK_GOAL_VALUE && !s->ask->measure.is_probability;
    MkSeries *mark = mk_figure_add_series(
        s->result, figure, MK_SERIES_MARK, has_wanted ? MK_ROLE_KNOWN : MK_ROLE_MEDIAN,
        has_wanted ? "wanted" : mk_text_or_empty(mk_arena_printf(s->arena, "median of %s", name)),
        1);
    mk_series_point(mark, 0, has_wanted ? s->ask->wanted : mk_dist_quantile(after, 0.5), 0);
}

/* How far each input moves, in population sd; a group of bars an input. */
static void draw_changes(const MkOutcomeShow *s)
{
    size_t used[MK_OPTIMIZE_FREE];
    size_t n_used = 0;
    for (size_t i = 0; i < s->search->n; i++) {
        if (mk_outcome_is_used(s, i)) {
            used[n_used++] = i;
        }
    }
    MkFigure *figure =
        mk_result_add_figure(s->result, "What changes in each solution, and how far");
    if (figure == NULL) {
        return;
    }
    figure->x_is_label = true;
    figure->x_label = "";
    figure->y_label = "change in population sd";
    figure->caption = mk_outcome_aim(s);
    for (size_t n = 0; n < s->o->chosen.n; n++) {
        const MkTrial *trial = &s->o->chosen.trials[n];
        MkSeries *series =
            mk_figure_add_series(s->result, figure, MK_SERIES_BARS, MK_ROLE_SCENARIO,
                                 mk_text_or_empty(mk_arena_printf(s->arena, "%zu: %s", n + 1,
                                                                  measured(s, trial->value))),
                                 n_used);
        if (series == NULL) {
            return;
        }
        series->index = n;
        for (size_t k = 0; k < n_used; k++) {
            const MkInput *input = &s->search->inputs[used[k]];
            const double effort = mk_search_effort(input, trial->x[used[k]]);
            const double sign = trial->x[used[k]] < input->start ? -1 : 1;
            mk_series_point(series, k, (double)k, trial->is_on[used[k]] ? sign * effort : NAN);
            mk_series_label(s->result, series, k, input->about->name);
        }
    }
}

void mk_outcome_figures(const MkOutcomeShow *s)
{
    draw_answers(s, s->o->chosen.main, false);
    draw_changes(s);
    for (size_t n = 0; n < s->o->chosen.n; n++) {
        if (n != s->o->chosen.main) {
            draw_answers(s, n, true);
        }
    }
}
