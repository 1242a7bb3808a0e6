/* optimize_show.c - what a search came to: solutions with their trade-offs as tables, data and
 * figures, and what stops them. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <math.h>
#include <string.h>

#include "src/base/buf.h"
#include "src/base/text.h"
#include "src/data/eligible.h"
#include "src/query/figure_data.h"
#include "src/query/mix.h"
#include "src/query/optimize_show.h"
#include "src/query/show.h"

static const MkTrial *trial_of(const MkOutcomeShow *s, size_t i)
{
    return i == 0 ? &s->o->base : &s->o->chosen.trials[i - 1];
}

static const char *measured(const MkOutcomeShow *s, double value)
{
    return mk_measure_value(s->arena, s->model, &s->ask->measure, value);
}

static MkStatus ask_answers(MkOutcomeShow *s, MkError *err)
{
    s->answers = mk_arena_zeros(s->arena, 1 + s->o->chosen.n, sizeof *s->answers);
    if (s->answers == NULL) {
        return mk_fail(err, MK_ENOMEM, "out of memory for solutions");
    }
    for (size_t i = 0; i <= s->o->chosen.n; i++) {
        MkMix mix;
        MkEvidence evidence = {0};
        evidence.known = mk_search_evidence(s->search, trial_of(s, i), s->arena, &evidence.n);
        if (evidence.known == NULL) {
            return mk_fail(err, MK_ENOMEM, "out of memory for solutions");
        }
        MK_TRY(mk_mix_make(s->model, evidence, s->search->query->seed, NULL, s->arena, &mix, err));
        MK_TRY(mk_mix_posterior(s->model, &mix, s->search->targets, 1, NULL, s->arena,
                                &s->answers[i], err));
    }
    return MK_OK;
}

/* ---- words ---- */

/* What was asked for, as it was asked: 30, not 30.0. */
static const char *asked(const MkOutcomeShow *s, const MkMeasure *measure, double x)
{
    const MkValue value = {.kind = MK_VALUE_POINT, .point = x};
    return measure->is_probability
               ? mk_show_share(s->arena, x)
               : mk_show_value(s->arena, mk_show_attribute(s->model, measure->attribute), &value,
                               true);
}

static const char *input_text(const MkOutcomeShow *s, const MkInput *input, double x,
                              bool with_unit)
{
    const MkValue value = {.kind = MK_VALUE_POINT, .point = x};
    return mk_show_value(s->arena, input->about, &value, with_unit);
}

static const char *change_of(const MkOutcomeShow *s, double value)
{
    const double change = value - s->o->base.value;
    if (s->ask->measure.is_probability) {
        const char *points = mk_show_points(s->arena, change);
        return points[0] == '\0' ? "0" : points;
    }
    const size_t j = s->ask->measure.attribute;
    const char *text = mk_show_shift(s->arena, change, mk_model_marginal(s->model, j)->sd,
                                     mk_show_step(s->model, j));
    return text[0] == '\0' ? "0" : text;
}

/* "given bmi=24 sodium=1800": what a solution changes, to be typed. */
const char *mk_outcome_line(const MkOutcomeShow *s, const MkTrial *trial)
{
    MkBuf line, word;
    mk_buf_init(&line);
    mk_buf_init(&word);
    mk_buf_puts(&line, "given");
    for (size_t i = 0; i < s->search->n; i++) {
        const MkInput *input = &s->search->inputs[i];
        const MkValue value = {.kind = MK_VALUE_POINT, .point = trial->x[i]};
        if (!trial->is_on[i]) {
            continue;
        }
        mk_buf_clear(&word);
        mk_buf_printf(&word, "%s=", input->about->name);
        mk_value_print(input->about, &value, &word);
        mk_buf_putc(&line, ' ');
        mk_buf_word(&line, word.data);
    }
    const char *out =
        line.failed || word.failed ? "" : mk_text_or_empty(mk_arena_strdup(s->arena, line.data));
    mk_buf_release(&line);
    mk_buf_release(&word);
    return out;
}

const char *mk_outcome_aim(const MkOutcomeShow *s)
{
    switch (s->ask->goal) {
    case MK_GOAL_MIN:
        return mk_text_or_empty(mk_arena_printf(s->arena, "%s as low as it gets", s->goal));
    case MK_GOAL_MAX:
        return mk_text_or_empty(mk_arena_printf(s->arena, "%s as high as it gets", s->goal));
    case MK_GOAL_VALUE:
        break;
    }
    return mk_text_or_empty(mk_arena_printf(s->arena, "%s brought to %s", s->goal,
                                            asked(s, &s->ask->measure, s->ask->wanted)));
}

const char *mk_outcome_limit(const MkOutcomeShow *s, size_t c)
{
    static const char *const signs[] = {"<", "≤", ">", "≥"};
    const MkConstraint *limit = &s->ask->constraints[c];
    return mk_text_or_empty(
        mk_arena_printf(s->arena, "%s %s %s", mk_measure_text(s->arena, s->model, &limit->measure),
                        signs[limit->sign], asked(s, &limit->measure, limit->bound)));
}

/* How far a constraint is from its bound; negative: it does not hold. */
double mk_outcome_slack(const MkOutcomeShow *s, const MkTrial *trial, size_t c)
{
    const MkConstraint *limit = &s->ask->constraints[c];
    const bool is_upper = limit->sign == MK_BELOW || limit->sign == MK_AT_MOST;
    return is_upper ? limit->bound - trial->limits[c] : trial->limits[c] - limit->bound;
}

bool mk_outcome_limit_holds(const MkOutcomeShow *s, const MkTrial *trial, size_t c)
{
    const MkConstraint *limit = &s->ask->constraints[c];
    return mk_relation_holds(trial->limits[c], limit->sign, limit->bound);
}

bool mk_outcome_is_reached(const MkOutcomeShow *s, const MkTrial *trial)
{
    return s->ask->goal != MK_GOAL_VALUE ||
           fabs(trial->value - s->ask->wanted) <= s->search->tolerance;
}

/* ---- what stops the best one ---- */

static void stop_at_bounds(const MkOutcomeShow *s, const MkTrial *trial, MkNode *list, MkBuf *all)
{
    for (size_t i = 0; i < s->search->n; i++) {
        const MkInput *input = &s->search->inputs[i];
        const bool is_low = trial->x[i] <= input->low;
        if (!trial->is_on[i] || !input->is_number || (!is_low && trial->x[i] < input->high)) {
            continue;
        }
        const char *text = mk_text_or_empty(mk_arena_printf(
            s->arena,
            "%s is at the %s end of what is "
            "allowed (%s)",
            input->about->name, is_low ? "low" : "high", input_text(s, input, trial->x[i], true)));
        (void)mk_node_string(s->result, list, NULL, text);
        mk_buf_printf(all, "%s%s", all->len > 0 ? "; " : "", text);
    }
}

/* Something given that is so tied to an input that it holds it where it is. */
static const char *held_by(const MkOutcomeShow *s)
{
    static const double tied = 0.75;
    double most = tied;
    const char *out = "";
    for (size_t k = 0; k < s->search->base.n; k++) {
        for (size_t i = 0; i < s->search->n; i++) {
            const size_t given = s->search->base.known[k].attribute;
            const double r =
                fabs(mk_model_correlation(s->model, given, s->search->inputs[i].attribute));
            if (r > most) {
                most = r;
                out = mk_text_or_empty(mk_arena_printf(
                    s->arena,
                    "; %s is given and goes with %s: 'over %s' too, or 'forget %s', "
                    "gives it room",
                    mk_show_attribute(s->model, given)->name, s->search->inputs[i].about->name,
                    mk_show_attribute(s->model, given)->name,
                    mk_show_attribute(s->model, given)->name));
            }
        }
    }
    return out;
}

static void stop_at_floor(const MkOutcomeShow *s, const MkTrial *trial, MkNode *list, MkBuf *all)
{
    if (!(s->search->floor > 0) || trial->support > 1.25 * s->search->floor) {
        return;
    }
    const char *text = mk_text_or_empty(
        mk_arena_printf(s->arena, "support is down to %s, and may not fall below %s%s",
                        mk_show_share(s->arena, trial->support),
                        mk_show_share(s->arena, s->search->floor), held_by(s)));
    (void)mk_node_string(s->result, list, NULL, text);
    mk_buf_printf(all, "%s%s", all->len > 0 ? "; " : "", text);
}

static void stop_at_limits(const MkOutcomeShow *s, const MkTrial *trial, MkNode *list, MkBuf *all)
{
    for (size_t c = 0; c < s->ask->n_constraints; c++) {
        const bool holds = mk_outcome_limit_holds(s, trial, c);
        if (holds && mk_outcome_slack(s, trial, c) > 0.05 * s->search->limit_scale[c]) {
            continue;
        }
        const char *text = mk_text_or_empty(
            mk_arena_printf(s->arena, holds ? "%s: it is at %s" : "%s does not hold: it is at %s",
                            mk_outcome_limit(s, c),
                            mk_measure_value(s->arena, s->model, &s->ask->constraints[c].measure,
                                             trial->limits[c])));
        (void)mk_node_string(s->result, list, NULL, text);
        mk_buf_printf(all, "%s%s", all->len > 0 ? "; " : "", text);
    }
}

static void tell_stops(const MkOutcomeShow *s, MkNode *root)
{
    MkBuf all;
    mk_buf_init(&all);
    MkNode *list = mk_node_array(s->result, root, "stops");
    if (s->o->chosen.n > 0) {
        const MkTrial *best = &s->o->chosen.trials[s->o->chosen.main];
        stop_at_floor(s, best, list, &all);
        stop_at_limits(s, best, list, &all);
        stop_at_bounds(s, best, list, &all);
        if (!s->o->chosen.holds) {
            mk_result_note(s->result,
                           "No values of these inputs keep everything. The nearest "
                           "ones are shown: %s.",
                           all.data);
        } else if (!mk_outcome_is_reached(s, best)) {
            mk_result_note(s->result, "%s came to %s of %s wanted. What stops it: %s.", s->goal,
                           measured(s, best->value), asked(s, &s->ask->measure, s->ask->wanted),
                           all.len > 0 ? all.data : "the inputs do not move it further");
        } else if (s->ask->goal != MK_GOAL_VALUE && all.len > 0) {
            mk_result_note(s->result, "What ends the way of solution %zu: %s.",
                           s->o->chosen.main + 1, all.data);
        }
    }
    mk_buf_release(&all);
}

/* ---- tables for people ---- */

static void header(const MkOutcomeShow *s, MkResultTable *table, size_t c, const char *key,
                   const char *text, MkAlign align)
{
    mk_result_table_header(s->result, table, c, key, text, align);
}

static void cell(const MkOutcomeShow *s, MkResultTable *table, size_t row, size_t c,
                 const char *text)
{
    mk_result_table_cell(s->result, table, row, c, text, NULL);
}

static void heading(const MkOutcomeShow *s)
{
    const char *title = mk_arena_printf(
        s->arena, "%s · %s", mk_show_title(s->arena, s->model, s->search->query->evidence),
        mk_outcome_aim(s));
    MkResultTable *head = mk_result_add_table(s->result, mk_text_or_empty(title), 0, 0);
    if (head != NULL) {
        head->use = MK_TABLE_PEOPLE;
    }
}

static const char *interval_text(const MkOutcomeShow *s, const MkDistribution *d)
{
    const double level = s->search->query->level;
    return mk_show_interval(s->arena, mk_dist_quantile(d, 0.5 * (1 - level)),
                            mk_dist_quantile(d, 0.5 * (1 + level)),
                            mk_show_step(s->model, s->ask->measure.attribute));
}

/* A row each: the start, then the solutions. */
static void solution_table(const MkOutcomeShow *s)
{
    const bool has_interval = !s->ask->measure.is_probability;
    const size_t n_columns = has_interval ? 8 : 7;
    MkResultTable *table = mk_result_add_table(s->result, "", n_columns, 1 + s->o->chosen.n);
    if (table == NULL) {
        return;
    }
    table->use = MK_TABLE_PEOPLE;
    size_t c = 0;
    header(s, table, c++, "solution", "Solution", MK_ALIGN_LEFT);
    header(s, table, c++, "value", s->goal, MK_ALIGN_RIGHT);
    if (has_interval) {
        header(s, table, c++, "interval",
               mk_text_or_empty(mk_arena_printf(s->arena, "%s interval",
                                                mk_show_level(s->arena, s->search->query->level))),
               MK_ALIGN_LEFT);
    }
    header(s, table, c++, "change", "Change", MK_ALIGN_LEFT);
    header(s, table, c++, "reach", s->ask->goal == MK_GOAL_VALUE ? "Of the way" : "Of the best",
           MK_ALIGN_RIGHT);
    header(s, table, c++, "effort", "Effort", MK_ALIGN_RIGHT);
    header(s, table, c++, "support", "Support", MK_ALIGN_RIGHT);
    header(s, table, c++, "changes", "Inputs changed", MK_ALIGN_LEFT);
    for (size_t i = 0; i <= s->o->chosen.n; i++) {
        const MkTrial *trial = trial_of(s, i);
        const bool is_best = i > 0 && i - 1 == s->o->chosen.main && s->o->chosen.n > 1;
        size_t n_on = 0;
        for (size_t k = 0; k < s->search->n; k++) {
            n_on += trial->is_on[k] ? 1 : 0;
        }
        c = 0;
        cell(s, table, i, c++,
             i == 0 ? "now"
                    : mk_text_or_empty(mk_arena_printf(s->arena, "%zu%s", i, is_best ? " ★" : "")));
        cell(s, table, i, c++, measured(s, trial->value));
        if (has_interval) {
            cell(s, table, i, c++, interval_text(s, &s->answers[i]));
        }
        cell(s, table, i, c++, i == 0 ? "" : change_of(s, trial->value));
        cell(s, table, i, c++, i == 0 ? "" : mk_show_share(s->arena, s->o->chosen.reach[i - 1]));
        cell(s, table, i, c++,
             i == 0 ? "" : mk_text_or_empty(mk_arena_printf(s->arena, "%.1f", trial->effort)));
        cell(s, table, i, c++, mk_show_share(s->arena, trial->support));
        cell(s, table, i, c++,
             i == 0 ? "" : mk_text_or_empty(mk_arena_printf(s->arena, "%zu", n_on)));
    }
}

bool mk_outcome_is_used(const MkOutcomeShow *s, size_t input)
{
    for (size_t n = 0; n < s->o->chosen.n; n++) {
        if (s->o->chosen.trials[n].is_on[input]) {
            return true;
        }
    }
    return false;
}

static void limit_rows(const MkOutcomeShow *s, MkResultTable *table, size_t row)
{
    for (size_t c = 0; c < s->ask->n_constraints; c++, row++) {
        cell(s, table, row, 0, mk_outcome_limit(s, c));
        for (size_t i = 0; i <= s->o->chosen.n; i++) {
            const MkTrial *trial = trial_of(s, i);
            const char *value = mk_measure_value(s->arena, s->model,
                                                 &s->ask->constraints[c].measure, trial->limits[c]);
            const char *mark = mk_outcome_limit_holds(s, trial, c) ? "" : " ✗";
            cell(s, table, row, 3 + i,
                 mk_text_or_empty(mk_arena_printf(s->arena, "%s%s", value, mark)));
        }
    }
}

/* "62 – 131", "never, former", "7 of 9 levels" */
static const char *allowed_text(const MkOutcomeShow *s, const MkInput *input)
{
    enum { LONGEST = 24 };
    if (input->is_number) {
        return mk_text_or_empty(mk_arena_printf(s->arena, "%s – %s",
                                                input_text(s, input, input->low, false),
                                                input_text(s, input, input->high, false)));
    }
    MkBuf names;
    size_t n = 0;
    mk_buf_init(&names);
    for (size_t k = 0; k < input->about->n_levels; k++) {
        if (((input->levels >> k) & 1U) != 0) {
            mk_buf_printf(&names, "%s%s", n++ > 0 ? ", " : "", input->about->levels[k].name);
        }
    }
    const char *out =
        mk_text_or_empty(names.len <= LONGEST ? mk_arena_strdup(s->arena, names.data)
                                              : mk_arena_printf(s->arena, "%zu of %zu levels", n,
                                                                input->about->n_levels));
    mk_buf_release(&names);
    return out;
}

/* Of no solution all inputs are shown, so that it is seen where was searched. */
static bool is_shown(const MkOutcomeShow *s, size_t input)
{
    return s->o->chosen.n == 0 || mk_outcome_is_used(s, input);
}

static void input_row(const MkOutcomeShow *s, MkResultTable *table, size_t row, size_t i)
{
    const MkInput *input = &s->search->inputs[i];
    const char *start = input_text(s, input, input->start, false);
    cell(s, table, row, 0, input->about->name);
    cell(s, table, row, 1, input->about->unit);
    cell(s, table, row, 2, allowed_text(s, input));
    cell(s, table, row, 3,
         input->given != NULL ? start : mk_text_or_empty(mk_arena_printf(s->arena, "~%s", start)));
    for (size_t n = 0; n < s->o->chosen.n; n++) {
        const MkTrial *trial = &s->o->chosen.trials[n];
        cell(s, table, row, 4 + n,
             trial->is_on[i] ? input_text(s, input, trial->x[i], false) : "·");
    }
}

/* Inputs are rows, the start and the solutions columns; below them the constraints. */
static void input_table(const MkOutcomeShow *s)
{
    const size_t n_solutions = s->o->chosen.n;
    size_t n_rows = s->ask->n_constraints;
    for (size_t i = 0; i < s->search->n; i++) {
        n_rows += is_shown(s, i) ? 1 : 0;
    }
    MkResultTable *table = mk_result_add_table(
        s->result, n_solutions > 0 ? "What changes, from what to what" : "Where was searched",
        4 + n_solutions, n_rows);
    if (table == NULL) {
        return;
    }
    table->use = MK_TABLE_PEOPLE;
    header(s, table, 0, "input", "Input", MK_ALIGN_LEFT);
    header(s, table, 1, "unit", "Unit", MK_ALIGN_LEFT);
    header(s, table, 2, "allowed", "Allowed", MK_ALIGN_LEFT);
    header(s, table, 3, "now", "Now", MK_ALIGN_RIGHT);
    for (size_t n = 0; n < n_solutions; n++) {
        const char *name = mk_text_or_empty(mk_arena_printf(
            s->arena, "%zu%s", n + 1, n == s->o->chosen.main && n_solutions > 1 ? " ★" : ""));
        header(s, table, 4 + n, name, name, MK_ALIGN_RIGHT);
    }
    size_t row = 0;
    for (size_t i = 0; i < s->search->n; i++) {
        if (is_shown(s, i)) {
            input_row(s, table, row++, i);
        }
    }
    limit_rows(s, table, row);
}

static void line_table(const MkOutcomeShow *s)
{
    MkResultTable *table =
        s->o->chosen.n > 0
            ? mk_result_add_table(s->result, "To go on with a solution, type its line", 2,
                                  s->o->chosen.n)
            : NULL;
    if (table == NULL) {
        return;
    }
    table->use = MK_TABLE_PEOPLE;
    header(s, table, 0, "solution", "", MK_ALIGN_LEFT);
    header(s, table, 1, "line", "", MK_ALIGN_LEFT);
    for (size_t n = 0; n < s->o->chosen.n; n++) {
        cell(s, table, n, 0, mk_text_or_empty(mk_arena_printf(s->arena, "%zu", n + 1)));
        cell(s, table, n, 1, mk_outcome_line(s, &s->o->chosen.trials[n]));
    }
}

/* ---- CSV: a row for each change of each solution ---- */

static const char *exact_input(const MkOutcomeShow *s, const MkInput *input, double x)
{
    return input->is_number ? mk_show_exact(s->arena, x) : input->about->levels[(size_t)x].name;
}

static void data_table(const MkOutcomeShow *s)
{
    static const char *const keys[] = {"solution", "value",     "change", "reach", "effort",
                                       "support",  "attribute", "from",   "to",    "worth"};
    enum { COLUMNS = sizeof keys / sizeof keys[0] };
    size_t n_rows = 0;
    for (size_t n = 0; n < s->o->chosen.n; n++) {
        for (size_t i = 0; i < s->search->n; i++) {
            n_rows += s->o->chosen.trials[n].is_on[i] ? 1 : 0;
        }
    }
    MkResultTable *table = mk_result_add_table(s->result, "", COLUMNS, n_rows);
    if (table == NULL) {
        return;
    }
    table->use = MK_TABLE_DATA;
    for (size_t c = 0; c < COLUMNS; c++) {
        header(s, table, c, keys[c], keys[c], MK_ALIGN_LEFT);
    }
    size_t row = 0;
    for (size_t n = 0; n < s->o->chosen.n; n++) {
        const MkTrial *trial = &s->o->chosen.trials[n];
        for (size_t i = 0; i < s->search->n; i++) {
            const MkInput *input = &s->search->inputs[i];
            if (!trial->is_on[i]) {
                continue;
            }
            const char *const cells[COLUMNS] = {
                mk_text_or_empty(mk_arena_printf(s->arena, "%zu", n + 1)),
                mk_show_exact(s->arena, trial->value),
                mk_show_exact(s->arena, mk_show_clean(trial->value - s->o->base.value)),
                mk_show_exact(s->arena, s->o->chosen.reach[n]),
                mk_show_exact(s->arena, trial->effort),
                mk_show_exact(s->arena, trial->support),
                input->about->name,
                exact_input(s, input, input->start),
                exact_input(s, input, trial->x[i]),
                mk_show_exact(s->arena, mk_show_clean(s->o->chosen.worth[n][i]))};
            for (size_t c = 0; c < COLUMNS; c++) {
                cell(s, table, row, c, cells[c]);
            }
            row++;
        }
    }
}

/* ---- all of it ---- */

static bool has_nominal(const MkOutcomeShow *s)
{
    for (size_t i = 0; i < s->search->n; i++) {
        if (!s->search->inputs[i].is_number && !(s->search->inputs[i].unit > 0) &&
            mk_outcome_is_used(s, i)) {
            return true;
        }
    }
    return false;
}

static bool has_levels(const MkOutcomeShow *s)
{
    for (size_t i = 0; i < s->search->n; i++) {
        const MkInput *input = &s->search->inputs[i];
        if (!input->is_number && !input->is_said && is_shown(s, i)) {
            return true;
        }
    }
    return false;
}

static void tell_not_asked(const MkOutcomeShow *s)
{
    for (size_t i = 0; i < s->search->n; i++) {
        const MkInput *input = &s->search->inputs[i];
        if (!mk_eligible(mk_model_schema(s->model), input->attribute, s->search->base)) {
            mk_result_note(s->result,
                           "%s is asked only of people with %s, which what is known rules out: "
                           "it is left alone.",
                           input->about->name, input->about->eligible);
        }
    }
}

/* Whether some input may be only where people like this one are. */
static bool has_usual(const MkOutcomeShow *s)
{
    for (size_t i = 0; i < s->search->n; i++) {
        if (!s->search->inputs[i].is_said && is_shown(s, i)) {
            return true;
        }
    }
    return false;
}

static void tell(const MkOutcomeShow *s)
{
    const MkOutcome *o = s->o;
    tell_not_asked(s);
    if (has_usual(s)) {
        mk_result_note(s->result,
                       "Allowed, where no range was said, is what 95 %% of people like this one "
                       "have%s.",
                       has_levels(s) ? "; levels that at least 2 % of them have" : "");
    }
    if (o->chosen.n > 0) {
        mk_result_note(s->result, "Effort is the sum of the changes in population sd%s.",
                       has_nominal(s) ? ", 1 for each level without an order" : "");
    } else {
        mk_result_note(
            s->result, "No allowed values of these inputs move %s%s.", s->goal,
            s->ask->measure.is_probability
                ? " noticeably"
                : "; a probability such as P(NAME>=VALUE) may move where a median stays");
    }
    if (o->forgotten < mk_model_schema(s->model)->n) {
        mk_result_note(s->result,
                       "%s is given: what is known of it is put aside, for it is the "
                       "goal ('forget %s' before a solution's line is asked for it).",
                       mk_show_attribute(s->model, o->forgotten)->name,
                       mk_show_attribute(s->model, o->forgotten)->name);
    }
    if (o->floor_is_lower) {
        mk_result_note(s->result,
                       "The person as given has a support of %s already, which is less "
                       "than %s; solutions may not be rarer than that.",
                       mk_show_share(s->arena, s->search->floor),
                       mk_show_share(s->arena, s->ask->floor));
    }
    if (o->was_late) {
        mk_result_note(s->result,
                       "The search was ended by its time of %g seconds; with more "
                       "(--seconds) it may find better ones.",
                       s->ask->seconds);
    }
    if (o->was_cancelled) {
        mk_result_note(s->result, "The search was interrupted; these are the best so far.");
    }
    mk_note_association(s->result);
}

static void tell_data(const MkOutcomeShow *s)
{
    MkNode *root = mk_node_object(s->result, NULL, NULL);
    (void)mk_node_string(s->result, root, "model", mk_model_card(s->model)->name);
    mk_show_given(s->result, root, "given", s->model, s->search->query->evidence);
    mk_outcome_data(s, root);
    tell_stops(s, root);
    (void)mk_node_number(s->result, root, "evaluations", (double)s->o->n_asked);
    mk_figure_nodes(s->result, root, "figures");
}

MkStatus mk_outcome_show(const MkOutcome *outcome, MkResult *result, MkError *err)
{
    MkOutcomeShow s = {.o = outcome,
                       .search = outcome->search,
                       .model = outcome->search->query->model,
                       .ask = outcome->search->ask,
                       .result = result,
                       .arena = result->arena};
    s.goal = mk_measure_text(s.arena, s.model, &s.ask->measure);
    MK_TRY(ask_answers(&s, err));
    heading(&s);
    solution_table(&s);
    input_table(&s);
    line_table(&s);
    data_table(&s);
    if (outcome->chosen.n > 0) {
        mk_outcome_figures(&s);
    }
    tell_data(&s);
    tell(&s);
    if (!outcome->chosen.holds) {
        result->failed_check = "no values of the inputs keep all constraints";
    }
    return mk_result_status(result, err);
}
