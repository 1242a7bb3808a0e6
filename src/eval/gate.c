#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "src/eval/gate.h"

#include <math.h>
#include <string.h>

#include "src/base/text.h"
#include "src/eval/resample.h"

/* By how much a figure may become worse when the recipe says nothing. */
static const struct {
    const char *name;
    double amount;
} standard[] = {{"error_against", 0.005},
                {"error_rare_against", 0.01},
                {"membership_auc", 0.01},
                {"exact_copies_excess", 0.0005}};
static const double elsewhere = 0.01;

static MkStatus no_memory(MkError *err)
{
    return mk_fail(err, MK_ENOMEM, "out of memory");
}

/* ---- rules ---- */

/* What a line `KEY<tab>NAME rest` says of `name`; its length in *n; NULL: nothing. The last one
 * counts. */
static const char *rule_of(const char *rules, const char *key, const char *name, size_t *n)
{
    const char *found = NULL;
    const size_t n_key = strlen(key), n_name = strlen(name);
    for (const char *at = rules; *at != '\0';) {
        const size_t len = strcspn(at, "\n");
        if (len > n_key + n_name + 2 && strncmp(at, key, n_key) == 0 && at[n_key] == '\t' &&
            strncmp(at + n_key + 1, name, n_name) == 0 && at[n_key + 1 + n_name] == ' ') {
            found = at + n_key + n_name + 2;
            *n = len - (n_key + n_name + 2);
        }
        at += len + (at[len] == '\n');
    }
    return found;
}

static MkStatus find_tolerance(const char *rules, const char *name, double *out, MkError *err)
{
    size_t n = 0;
    const char *const text = rule_of(rules, "tolerance", name, &n);
    *out = elsewhere;
    for (size_t i = 0; i < sizeof standard / sizeof *standard; i++) {
        *out = strcmp(standard[i].name, name) == 0 ? standard[i].amount : *out;
    }
    if (text != NULL && (!mk_text_double(text, n, '.', out) || !(*out >= 0.0))) {
        return mk_fail(err, MK_EFORMAT, "tolerance %s %.*s: expected an amount of 0 or more", name,
                       (int)(n < 40 ? n : 40), text);
    }
    return MK_OK;
}

/* ---- comparing ---- */

static const MkFigureOfMerit *find(const MkFigureOfMerit *figures, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(figures[i].name, name) == 0) {
            return &figures[i];
        }
    }
    return NULL;
}

/* How bad a value is, on the scale of the figure. */
static double badness(const MkThreshold *t, double value)
{
    if (isfinite(t->low) && isfinite(t->high)) {
        return fabs(value - 0.5 * (t->low + t->high));
    }
    return isfinite(t->low) ? -value : value;
}

static bool is_difference(const MkThreshold *t)
{
    const char name[] = "_against";
    return t->is_relative && mk_text_has_suffix(t->name, strlen(t->name), name);
}

static double both_errors(double a, double b)
{
    return isnan(a) && isnan(b) ? NAN : hypot(isnan(a) ? 0.0 : a, isnan(b) ? 0.0 : b);
}

/* Standard error of the difference: over people drawn anew for both alike; else as if the two were
 * of different people. */
static double paired_error(const MkThreshold *t, const MkFigureOfMerit *now,
                           const MkFigureOfMerit *last, MkArena *arena)
{
    const size_t n = now->n_drawn == last->n_drawn ? now->n_drawn : 0;
    double *const worse = n > 1 ? mk_arena_array(arena, n, sizeof *worse) : NULL;
    for (size_t b = 0; worse != NULL && b < n; b++) {
        worse[b] = badness(t, now->drawn[b]) - badness(t, last->drawn[b]);
    }
    const double error = worse != NULL ? mk_resample_spread(worse, n, 1) : NAN;
    return isnan(error) ? both_errors(now->error, last->error) : error;
}

/* Why a regression of that name is accepted: row->reason. */
static MkStatus find_reason(const char *rules, MkArena *arena, MkGateRow *row, MkError *err)
{
    size_t n = 0;
    const char *const reason = rule_of(rules, "regression_reason", row->name, &n);
    if (row->is_regression && reason != NULL) {
        row->reason = mk_arena_strndup(arena, reason, n);
        return row->reason != NULL ? MK_OK : no_memory(err);
    }
    return MK_OK;
}

static MkStatus judge_one(const MkThreshold *t, const char *rules, const MkFigureOfMerit *now,
                          const MkFigureOfMerit *last, MkArena *arena, MkGateRow *out, MkError *err)
{
    const bool alone = is_difference(t);
    *out = (MkGateRow){.name = t->name,
                       .label = now->label,
                       .now = now->value,
                       .last = alone ? NAN : last->value,
                       .worse = alone ? badness(t, now->value)
                                      : badness(t, now->value) - badness(t, last->value),
                       .error = alone ? now->error : paired_error(t, now, last, arena)};
    MK_TRY(find_tolerance(rules, t->name, &out->tolerance, err));
    const double noise = isnan(out->error) ? 0.0 : 2.0 * out->error;
    out->is_regression = out->worse > out->tolerance + 1e-12 && out->worse > noise;
    return find_reason(rules, arena, out, err);
}

/* What the last release was measured by and the candidate was not says nothing for it. */
static MkStatus judge_lost(const MkThreshold *t, const char *rules, const MkFigureOfMerit *last,
                           MkArena *arena, MkGateRow *out, MkError *err)
{
    *out = (MkGateRow){.name = t->name,
                       .label = last->label,
                       .now = NAN,
                       .last = last->value,
                       .worse = NAN,
                       .error = NAN,
                       .is_regression = true};
    MK_TRY(find_tolerance(rules, t->name, &out->tolerance, err));
    return find_reason(rules, arena, out, err);
}

MkStatus mk_gate_judge(const MkThresholds *thresholds, const char *rules,
                       const MkFigureOfMerit *now, size_t n_now, const MkFigureOfMerit *last,
                       size_t n_last, MkArena *arena, MkGate *out, MkError *err)
{
    MkGate gate = {.rows = mk_arena_array(arena, thresholds->n + 1, sizeof *gate.rows),
                   .is_open = true};
    size_t n_common = 0;
    if (gate.rows == NULL) {
        return no_memory(err);
    }
    for (size_t i = 0; i < thresholds->n; i++) {
        const MkThreshold *const t = &thresholds->items[i];
        const MkFigureOfMerit *const a = find(now, n_now, t->name);
        const MkFigureOfMerit *const b = find(last, n_last, t->name);
        if (a != NULL && (b != NULL || is_difference(t))) {
            MkGateRow *const row = &gate.rows[gate.n++];
            MK_TRY(judge_one(t, rules, a, b, arena, row, err));
            gate.is_open = gate.is_open && (!row->is_regression || row->reason != NULL);
            n_common++;
        } else if (b != NULL && !is_difference(t)) {
            MkGateRow *const row = &gate.rows[gate.n++];
            MK_TRY(judge_lost(t, rules, b, arena, row, err));
            gate.is_open = gate.is_open && row->reason != NULL;
        }
    }
    if (n_common == 0) {
        return mk_fail(err, MK_EINVAL, "the two models have no figure in common to compare");
    }
    *out = gate;
    return MK_OK;
}

/* ---- telling ---- */

static const char *verdict(const MkGateRow *row)
{
    return !row->is_regression   ? row->worse < 0.0 ? "better" : "as good"
           : row->reason != NULL ? "worse, for a reason"
           : isnan(row->now)     ? "NOT MEASURED"
                                 : "WORSE";
}

static const char *number(MkArena *arena, double x)
{
    const char *const text = isnan(x) ? "" : mk_arena_printf(arena, "%.4f", x);
    return text != NULL ? text : "";
}

static void show_row(const MkGateRow *row, MkResult *result, MkResultTable *table, size_t at,
                     MkNode *list)
{
    MkNode *const object = mk_node_object(result, list, NULL);
    const double values[] = {row->now, row->last, row->worse, row->error, row->tolerance};
    static const char *const keys[] = {"value", "last", "worse", "error", "tolerance"};
    mk_result_table_cell(result, table, at, 0, row->label, row->name);
    mk_node_string(result, object, "name", row->name);
    for (size_t i = 0; i < 5; i++) {
        mk_result_table_cell(result, table, at, i + 1, number(result->arena, values[i]), NULL);
        if (isfinite(values[i])) {
            mk_node_number(result, object, keys[i], values[i]);
        }
    }
    mk_result_table_cell(result, table, at, 6, verdict(row), NULL);
    mk_node_bool(result, object, "regression", row->is_regression);
    if (row->reason != NULL) {
        mk_node_string(result, object, "reason", row->reason);
    }
}

MkStatus mk_gate_show(const MkGate *gate, MkResult *result, MkNode *root, MkError *err)
{
    static const char *const keys[] = {"figure", "value",     "last",   "worse",
                                       "error",  "tolerance", "verdict"};
    static const char *const headers[] = {"Figure",         "Candidate", "Last", "Worse by",
                                          "Standard error", "Tolerated", "Is"};
    MkResultTable *const table = mk_result_add_table(result, "Beside the last release", 7, gate->n);
    MkNode *const object = mk_node_object(result, root, "gate");
    mk_node_bool(result, object, "open", gate->is_open);
    MkNode *const list = mk_node_array(result, object, "figures");
    for (size_t c = 0; c < 7; c++) {
        mk_result_table_header(result, table, c, keys[c], headers[c],
                               c >= 1 && c <= 5 ? MK_ALIGN_RIGHT : MK_ALIGN_LEFT);
    }
    MkBuf worse;
    mk_buf_init(&worse);
    for (size_t i = 0; i < gate->n; i++) {
        show_row(&gate->rows[i], result, table, i, list);
        if (gate->rows[i].is_regression && gate->rows[i].reason == NULL) {
            mk_buf_printf(&worse, "%s%s", worse.len > 0 ? ", " : "", gate->rows[i].name);
        }
    }
    result->failed_check = NULL;
    if (!gate->is_open) {
        result->failed_check = mk_arena_printf(
            result->arena,
            "worse than the last release or not measured, without a regression_reason: %s",
            worse.data);
    }
    mk_buf_release(&worse);
    return mk_result_status(result, err);
}

void mk_gate_markdown(const MkGate *gate, MkBuf *out)
{
    for (size_t i = 0; i < gate->n; i++) {
        const MkGateRow *const row = &gate->rows[i];
        if (row->is_regression && row->reason != NULL && isnan(row->now)) {
            mk_buf_printf(out, "- %s: not measured, %.4f in the last release. %s\n", row->label,
                          row->last, row->reason);
        } else if (row->is_regression && row->reason != NULL) {
            mk_buf_printf(out, "- %s: worse by %.4f", row->label, row->worse);
            if (!isnan(row->error)) {
                mk_buf_printf(out, " ± %.4f", row->error);
            }
            mk_buf_printf(out, " than the last release (%.4f tolerated). %s\n", row->tolerance,
                          row->reason);
        }
    }
}
