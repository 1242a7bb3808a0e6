#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "src/eval/thresholds.h"

#include <math.h>
#include <string.h>

#include "src/base/text.h"

/* What a model is held against that declares nothing (manikin(1) lists it). */
static const MkThreshold standard[] = {
    {"no_worse", "numeric attributes no worse than the training median", 0.95, INFINITY, false},
    {"better", "numeric attributes better than the training median", 0.90, INFINITY, false},
    {"levels_better", "levels better than the training mode", 0.90, INFINITY, false},
    {"coverage", "interval coverage, numbers", 0.87, 0.93, false},
    {"coverage_by_source", "interval coverage, the source farthest off", 0.88, 0.92, true},
    {"error_against", "error less that of the other model", -INFINITY, 0.0, true},
    {"error_rare_against", "the same of what is rare", -INFINITY, 0.0, true},
    {"unconditional", "nothing known: attributes near their population", 0.99, INFINITY, false},
    {"scenarios_held", "checks of the scenarios that hold", 1.0, INFINITY, false},
    {"external_overlap", "overlap with another survey", 0.95, INFINITY, false},
    {"calibration_within", "attributes whose intervals cover what they promise", 0.95, INFINITY,
     false},
    {"ece", "calibration error of levels", -INFINITY, 0.02, false},
    {"membership_auc", "membership inference, AUC", -INFINITY, 0.53, false},
    {"exact_copies_excess", "synthetic people who copy somebody", -INFINITY, 0.0, false},
};

/* What else recipes declare, while nobody measured it. */
static const struct {
    const char *name, *label;
} words[] = {
    {"error_pooled", "|error|/sd of the median, real and positive"},
    {"coverage_0", "coverage of 90 % intervals, nothing known"},
    {"coverage_1_3", "coverage of 90 % intervals, 1 to 3 known"},
    {"coverage_4_10", "coverage of 90 % intervals, 4 to 10 known"},
    {"coverage_11_50", "coverage of 90 % intervals, 11 to 50 known"},
    {"coverage_51", "coverage of 90 % intervals, more than 50 known"},
    {"shapes", "shapes of drawn persons"},
    {"trends_related", "trends of drawn persons, related pairs"},
    {"utility_ridge_share", "learning from drawn persons, ridge, share of real"},
    {"utility_trees_share", "learning from drawn persons, trees, share of real"},
    {"membership_tpr_1", "members found at 1 % false positives"},
};

static MkStatus no_memory(MkError *err)
{
    return mk_fail(err, MK_ENOMEM, "out of memory");
}

MkStatus mk_thresholds_set(MkThresholds *thresholds, MkArena *arena, const MkThreshold *threshold,
                           MkError *err)
{
    for (size_t i = 0; i < thresholds->n; i++) {
        if (strcmp(thresholds->items[i].name, threshold->name) == 0) {
            thresholds->items[i] = *threshold;
            return MK_OK;
        }
    }
    MkThreshold *const items = mk_arena_array(arena, thresholds->n + 1, sizeof *items);
    if (items == NULL) {
        return no_memory(err);
    }
    if (thresholds->n > 0) {
        memcpy(items, thresholds->items, thresholds->n * sizeof *items);
    }
    items[thresholds->n++] = *threshold;
    thresholds->items = items;
    return MK_OK;
}

/* ---- reading ---- */

static bool read_end(const char *text, size_t len, double open, double *out)
{
    *out = open;
    return (len == 1 && text[0] == '-') || (mk_text_double(text, len, '.', out) && isfinite(*out));
}

/* The next field of a line; its length. */
static size_t next_field(const char **at, const char **field)
{
    *field = *at;
    *at += strcspn(*at, "\t\n");
    const size_t len = (size_t)(*at - *field);
    *at += **at == '\t';
    return len;
}

static bool read_line(const char **at, MkArena *arena, MkThreshold *out)
{
    const char *name = NULL, *low = NULL, *high = NULL;
    const size_t n_name = next_field(at, &name), n_low = next_field(at, &low);
    const size_t n_high = next_field(at, &high);
    const bool is_whole = **at == '\n' || **at == '\0';
    *at += **at == '\n';
    *out = (MkThreshold){.name = mk_arena_strndup(arena, name, n_name)};
    return is_whole && n_name > 0 && out->name != NULL &&
           read_end(low, n_low, -INFINITY, &out->low) &&
           read_end(high, n_high, INFINITY, &out->high) && out->low <= out->high;
}

/* What the program can say of a threshold of that name. */
static void describe(MkThreshold *one)
{
    for (size_t i = 0; i < sizeof standard / sizeof *standard; i++) {
        if (strcmp(standard[i].name, one->name) == 0) {
            one->label = standard[i].label;
            one->is_relative = standard[i].is_relative;
        }
    }
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        one->label = strcmp(words[i].name, one->name) == 0 ? words[i].label : one->label;
    }
}

MkStatus mk_thresholds_parse(const char *text, const char *origin, MkArena *arena,
                             MkThresholds *out, MkError *err)
{
    MkThresholds found = {.is_declared = true};
    size_t line = 1;
    for (const char *at = text; *at != '\0'; line++) {
        MkThreshold one;
        if (!read_line(&at, arena, &one)) {
            return mk_fail(err, MK_EFORMAT,
                           "%s: threshold %zu: expected a name, the lowest and the highest value",
                           origin, line);
        }
        describe(&one);
        MK_TRY(mk_thresholds_set(&found, arena, &one, err));
    }
    *out = found;
    return MK_OK;
}

MkStatus mk_thresholds_of(const MkModel *model, MkArena *arena, MkThresholds *out, MkError *err)
{
    const MkCard *const card = mk_model_card(model);
    if (card->thresholds != NULL && card->thresholds[0] != '\0') {
        return mk_thresholds_parse(card->thresholds, card->name, arena, out, err);
    }
    MkThreshold *const items =
        mk_arena_array(arena, sizeof standard / sizeof *standard, sizeof *items);
    if (items == NULL) {
        return no_memory(err);
    }
    memcpy(items, standard, sizeof standard);
    *out = (MkThresholds){.n = sizeof standard / sizeof *standard, .items = items};
    return MK_OK;
}

/* ---- bars ---- */

static const MkFigureOfMerit *find_figure(const MkFigureOfMerit *figures, size_t n,
                                          const char *name)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(figures[i].name, name) == 0) {
            return &figures[i];
        }
    }
    return NULL;
}

/* Two standard errors reach over an end of the bar. An error that is not known reaches nowhere. */
static bool is_close(const MkBar *bar)
{
    const double reach = 2.0 * bar->error;
    return fabs(bar->value - bar->low) < reach || fabs(bar->value - bar->high) < reach;
}

MkStatus mk_thresholds_bars(const MkThresholds *thresholds, const MkFigureOfMerit *figures,
                            size_t n_figures, bool is_quick, MkArena *arena, MkBar **out, size_t *n,
                            MkError *err)
{
    MkBar *const bars = mk_arena_array(arena, thresholds->n + 1, sizeof *bars);
    if (bars == NULL) {
        return no_memory(err);
    }
    *n = 0;
    for (size_t i = 0; i < thresholds->n; i++) {
        const MkThreshold *const t = &thresholds->items[i];
        const MkFigureOfMerit *const f = find_figure(figures, n_figures, t->name);
        MkBar bar = {.name = t->name,
                     .label = f != NULL          ? f->label
                              : t->label != NULL ? t->label
                                                 : t->name,
                     .low = t->low,
                     .high = t->high,
                     .value = f != NULL ? f->value : NAN,
                     .error = f != NULL ? f->error : NAN,
                     .verdict = MK_BAR_UNMEASURED};
        if (f != NULL) {
            bar.verdict = is_quick && is_close(&bar)                      ? MK_BAR_UNDECIDED
                          : bar.value >= bar.low && bar.value <= bar.high ? MK_BAR_HOLDS
                                                                          : MK_BAR_FAILS;
        }
        if (f != NULL || !t->is_relative) {
            bars[(*n)++] = bar;
        }
    }
    *out = bars;
    return MK_OK;
}

const char *mk_bar_words(MkArena *arena, const MkBar *bar)
{
    const char *text = NULL;
    if (isinf(bar->low)) {
        text = mk_arena_printf(arena, "at most %.4g", bar->high);
    } else if (isinf(bar->high)) {
        text = mk_arena_printf(arena, "at least %.4g", bar->low);
    } else {
        text = mk_arena_printf(arena, "between %.4g and %.4g", bar->low, bar->high);
    }
    return text != NULL ? text : "";
}

const char *mk_verdict_name(MkVerdict verdict)
{
    static const char *const names[] = {"holds", "FAILS", "undecided", "not measured"};
    return names[verdict];
}
