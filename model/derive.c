#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "model/derive.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/nn/blas.h"
#include "src/base/buf.h"
#include "src/data/rules.h"

enum {
    PEOPLE = 1500, /* looked at for an attribute */
    LEAST = 200,
    INPUTS = 6, /* tried; of a rule at most KEPT */
    KEPT = 4,
    WIDE = INPUTS + 1
};

typedef struct Derive {
    const MkDataset *people;
    const MkMarginal *marginals;
    const MkSchema *schema;
    MkArena *arena;     /* of the rules' texts */
    const char **rules; /* (schema->n) "" when none */
    bool *follows;      /* (schema->n, schema->n) whether a follows from b, [a * n + b]; or NULL */
} Derive;

/* People of one source who have an attribute, and the numbers that they all have beside it. */
typedef struct Sample {
    size_t target;
    size_t n, n_inputs;
    size_t *inputs; /* (n_inputs) attributes */
    double *y;      /* (n) */
    double *x;      /* (n_inputs, n), NaN missing: of two in a hundred at most */
    double step;
} Sample;

/* A rule under way: y = bias + sum b x, or bias * prod x^b. */
typedef struct Fit {
    bool is_product;
    size_t n;
    size_t inputs[INPUTS]; /* places in Sample.inputs */
    double bias, b[INPUTS];
} Fit;

static MkStatus no_memory(MkError *err)
{
    return mk_fail(err, MK_ENOMEM, "out of memory for rules");
}

/* ---- people ---- */

static const MkGroup *largest_group(const Derive *d, size_t j, size_t *column, size_t *n_have)
{
    const MkGroup *best = NULL;
    *n_have = 0;
    for (size_t g = 0; g < d->people->n_groups; g++) {
        const MkGroup *const group = &d->people->groups[g];
        for (size_t c = 0; c < group->n; c++) {
            size_t n = 0;
            for (size_t i = 0; group->attributes[c] == j && i < group->n_rows; i++) {
                n += isfinite(group->values[i * group->n + c]) ? 1 : 0;
            }
            if (n > *n_have) {
                *n_have = n;
                *column = c;
                best = group;
            }
        }
    }
    return best;
}

/* Whether an attribute may be an input of the target: a number that does not follow from it. */
static bool may_be_input(const Derive *d, size_t target, size_t j)
{
    return j != target && mk_type_is_number(d->schema->attributes[j].type) &&
           !d->follows[j * d->schema->n + target];
}

static MkStatus take_people(const Derive *d, size_t j, MkArena *arena, Sample *s, MkError *err)
{
    size_t column = 0, have = 0;
    const MkGroup *const g = largest_group(d, j, &column, &have);
    *s = (Sample){.target = j, .step = mk_marginal_step(&d->marginals[j])};
    if (g == NULL || have < LEAST) {
        return MK_OK;
    }
    const size_t most = have < PEOPLE ? have : PEOPLE;
    size_t *const rows = mk_arena_array(arena, most, sizeof *rows);
    s->y = mk_arena_array(arena, most, sizeof *s->y);
    s->x = mk_arena_array(arena, g->n * most, sizeof *s->x);
    s->inputs = mk_arena_array(arena, g->n, sizeof *s->inputs);
    if (rows == NULL || s->y == NULL || s->x == NULL || s->inputs == NULL) {
        return no_memory(err);
    }
    for (size_t i = 0, seen = 0; i < g->n_rows && s->n < most; i++) {
        const float value = g->values[i * g->n + column];
        if (isfinite(value) && seen++ * most / have >= s->n) {
            rows[s->n] = i;
            s->y[s->n++] = (double)value;
        }
    }
    for (size_t c = 0; c < g->n; c++) {
        double *const x = s->x + s->n_inputs * s->n;
        size_t n = 0;
        if (!may_be_input(d, j, g->attributes[c])) {
            continue;
        }
        for (size_t i = 0; i < s->n; i++) {
            x[i] = (double)g->values[rows[i] * g->n + c];
            n += isfinite(x[i]) ? 1 : 0;
        }
        if (n * 50 < s->n * 49) {
            continue;
        }
        s->inputs[s->n_inputs++] = g->attributes[c];
    }
    return MK_OK;
}

/* ---- inputs, one after the other ---- */

static double take_mean(double *x, size_t n)
{
    double sum = 0.0, squares = 0.0;
    for (size_t i = 0; i < n; i++) {
        sum += x[i];
    }
    for (size_t i = 0; i < n; i++) {
        x[i] -= sum / (double)n;
        squares += x[i] * x[i];
    }
    return squares;
}

static double dot(const double *a, const double *b, size_t n)
{
    double sum = 0.0;
    for (size_t i = 0; i < n; i++) {
        sum += a[i] * b[i];
    }
    return sum;
}

/* Inputs that explain most of y, each given those before it; true when they explain nearly all.
 * x (n_inputs, n) and y (n) are used up. */
static bool choose_inputs(size_t n, size_t n_inputs, double *x, double *y, Fit *fit)
{
    static const double least[INPUTS] = {0.05, 0.4, 0.7, 0.8, 0.9, 0.9}; /* after so many */
    const double all = take_mean(y, n);
    double *const first = x;
    double left = all;
    for (size_t k = 0; k < n_inputs; k++) {
        (void)take_mean(first + k * n, n);
    }
    for (fit->n = 0; fit->n < INPUTS && left > 1e-5 * all;) {
        size_t best = n_inputs;
        double most = 0.0;
        for (size_t k = 0; k < n_inputs; k++) {
            const double *const at = first + k * n;
            const double own = dot(at, at, n), with = dot(at, y, n);
            if (own > 1e-9 * (double)n && with * with > most * own) {
                most = with * with / own;
                best = k;
            }
        }
        if (best == n_inputs) {
            break;
        }
        const double *const q = first + best * n;
        const double own = dot(q, q, n), share = dot(q, y, n) / own;
        for (size_t k = 0; k < n_inputs; k++) {
            double *const at = first + k * n;
            const double along = k == best ? 0.0 : dot(q, at, n) / own;
            for (size_t i = 0; along != 0.0 && i < n; i++) {
                at[i] -= along * q[i];
            }
        }
        for (size_t i = 0; i < n; i++) {
            y[i] -= share * q[i];
        }
        memset(first + best * n, 0, n * sizeof *first);
        left = dot(y, y, n);
        fit->inputs[fit->n++] = best;
        if (left > (1.0 - least[fit->n - 1]) * all) {
            return false;
        }
    }
    return fit->n > 0 && left < 0.02 * all;
}

/* Whether a person has all inputs. */
static bool is_whole(const Sample *s, const Fit *fit, size_t i)
{
    for (size_t k = 0; k < fit->n; k++) {
        if (!isfinite(s->x[fit->inputs[k] * s->n + i])) {
            return false;
        }
    }
    return true;
}

/* Least squares of y on the chosen inputs and a constant. */
static bool regress(const Sample *s, Fit *fit)
{
    const size_t w = fit->n + 1;
    double system[WIDE * WIDE] = {0}, right[WIDE] = {0};
    for (size_t i = 0; i < s->n; i++) {
        double row[WIDE] = {[0] = 1.0};
        if (!is_whole(s, fit, i)) {
            continue;
        }
        for (size_t k = 0; k < fit->n; k++) {
            const double x = s->x[fit->inputs[k] * s->n + i];
            row[k + 1] = fit->is_product ? log(x) : x;
        }
        const double y = fit->is_product ? log(s->y[i]) : s->y[i];
        for (size_t a = 0; a < w; a++) {
            right[a] += row[a] * y;
            for (size_t b = 0; b < w; b++) {
                system[a * w + b] += row[a] * row[b];
            }
        }
    }
    if (!mk_dpotrf(w, system, w)) {
        return false;
    }
    mk_dpotrs(w, system, w, right);
    fit->bias = fit->is_product ? exp(right[0]) : right[0];
    memcpy(fit->b, right + 1, fit->n * sizeof *fit->b);
    return true;
}

/* ---- short coefficients ---- */

static double value_of(const Sample *s, const Fit *fit, size_t i)
{
    double sum = fit->bias;
    for (size_t k = 0; k < fit->n; k++) {
        const double x = s->x[fit->inputs[k] * s->n + i];
        sum = fit->is_product ? sum * pow(x, fit->b[k]) : sum + fit->b[k] * x;
    }
    return sum;
}

/* People to whom the rule gives their value to a step, and those who lack an input. */
static size_t count_right(const Sample *s, const Fit *fit, double tolerance)
{
    size_t n = 0;
    for (size_t i = 0; i < s->n; i++) {
        const bool is_right = fabs(value_of(s, fit, i) - s->y[i]) <= tolerance;
        n += is_right || !is_whole(s, fit, i) ? 1 : 0;
    }
    return n;
}

static double rounded(double x, int digits)
{
    char text[40];
    snprintf(text, sizeof text, "%.*g", digits, x);
    return strtod(text, NULL);
}

/* One coefficient with as few digits as leave as many people right. */
static void shorten(const Sample *s, Fit *fit, double *coefficient, double tolerance)
{
    const double full = *coefficient;
    const size_t right = count_right(s, fit, tolerance);
    for (int digits = 1; digits < 7; digits++) {
        *coefficient = rounded(full, digits);
        if (count_right(s, fit, tolerance) * 500 >= right * 499) {
            return;
        }
    }
    *coefficient = full;
}

/* The constant that is right for most, after other coefficients have moved. */
static void centre(const Sample *s, Fit *fit)
{
    double sum = 0.0;
    size_t n = 0;
    for (size_t i = 0; i < s->n; i++) {
        if (is_whole(s, fit, i)) {
            const double y = value_of(s, fit, i);
            sum += fit->is_product ? log(s->y[i] / y) : s->y[i] - y;
            n++;
        }
    }
    sum /= (double)(n > 0 ? n : 1);
    fit->bias = fit->is_product ? fit->bias * exp(sum) : fit->bias + sum;
}

/* Mean square of what is left, on the scale of the regression; infinite when there is none. */
static double left_of(const Sample *s, Fit *fit)
{
    double sum = 0.0;
    size_t n = 0;
    if (!regress(s, fit)) {
        return INFINITY;
    }
    for (size_t i = 0; i < s->n; i++) {
        if (is_whole(s, fit, i)) {
            const double y = value_of(s, fit, i);
            const double r = fit->is_product ? log(s->y[i] / y) : s->y[i] - y;
            sum += r * r;
            n++;
        }
    }
    return n > 0 ? sum / (double)n : INFINITY;
}

/* Takes out inputs that add next to nothing. */
static bool prune(const Sample *s, Fit *fit)
{
    double left = left_of(s, fit);
    for (bool more = true; more && fit->n > 1;) {
        Fit best = *fit;
        double least = INFINITY;
        for (size_t k = 0; k < fit->n; k++) {
            Fit without = *fit;
            without.n--;
            without.inputs[k] = fit->inputs[without.n];
            const double now = left_of(s, &without);
            if (now < least) {
                least = now;
                best = without;
            }
        }
        more = least <= 1.1 * left;
        if (more) {
            *fit = best;
        }
    }
    return isfinite(left) && fit->n <= KEPT;
}

/* Nearly all to a step, most of them as recorded. */
static bool is_right(const Sample *s, const Fit *fit, double step)
{
    return count_right(s, fit, step) * 50 >= s->n * 49 &&
           count_right(s, fit, 0.55 * step) * 20 >= s->n * 17;
}

/* All of them at once to one digit (a plain sum), when they are near that already and it leaves
 * nearly as many people right. */
static bool shorten_all(const Sample *s, Fit *fit, double tolerance)
{
    Fit plain = *fit;
    bool is_near = !fit->is_product;
    for (size_t k = 0; is_near && k < fit->n; k++) {
        plain.b[k] = rounded(fit->b[k], 1);
        is_near = fabs(plain.b[k] - fit->b[k]) <= 0.02 * fabs(fit->b[k]);
    }
    centre(s, &plain);
    if (!is_near ||
        count_right(s, &plain, tolerance) * 200 < count_right(s, fit, tolerance) * 199) {
        return false;
    }
    *fit = plain;
    return true;
}

/* In the order of the schema. */
static void sort_inputs(Fit *fit)
{
    for (size_t i = 1; i < fit->n; i++) {
        for (size_t k = i; k > 0 && fit->inputs[k - 1] > fit->inputs[k]; k--) {
            const size_t input = fit->inputs[k];
            const double b = fit->b[k];
            fit->inputs[k] = fit->inputs[k - 1];
            fit->b[k] = fit->b[k - 1];
            fit->inputs[k - 1] = input;
            fit->b[k - 1] = b;
        }
    }
}

static bool is_rule(const Sample *s, Fit *fit)
{
    const double tolerance = s->step > 0.0 ? s->step : 1e-4 * fabs(s->y[0]);
    if (!prune(s, fit)) {
        return false;
    }
    for (size_t k = 0; fit->is_product && k < fit->n; k++) {
        const double whole = round(fit->b[k]);
        if (whole == 0.0 || fabs(whole) > 3.0 || fabs(fit->b[k] - whole) > 0.05) {
            return false;
        }
        fit->b[k] = whole;
    }
    sort_inputs(fit);
    centre(s, fit);
    if (!is_right(s, fit, tolerance)) {
        return false;
    }
    const bool is_plain = shorten_all(s, fit, tolerance);
    for (size_t k = 0; !is_plain && !fit->is_product && k < fit->n; k++) {
        shorten(s, fit, &fit->b[k], tolerance);
        centre(s, fit);
    }
    if (!fit->is_product && fabs(fit->bias) < 0.5 * tolerance) {
        fit->bias = 0.0;
    } else {
        shorten(s, fit, &fit->bias, tolerance);
    }
    return is_right(s, fit, tolerance);
}

/* ---- words ---- */

static void print_name(const MkAttribute *a, MkBuf *out)
{
    bool plain = isalpha((unsigned char)a->name[0]) != 0 || a->name[0] == '_';
    for (const char *c = a->name; *c != '\0'; c++) {
        plain = plain && (isalnum((unsigned char)*c) != 0 || *c == '_');
    }
    mk_buf_printf(out, plain ? "%s" : "`%s`", a->name);
}

/* One term of a sum. */
static void print_term(const Derive *d, const Sample *s, const Fit *fit, size_t k, MkBuf *out)
{
    const double b = fit->b[k];
    const bool is_first = out->len == 0;
    mk_buf_puts(out, is_first ? (b < 0.0 ? "-" : "") : b < 0.0 ? " - " : " + ");
    if (fabs(b) != 1.0) {
        mk_buf_double(out, fabs(b));
        mk_buf_puts(out, "*");
    }
    print_name(&d->schema->attributes[s->inputs[fit->inputs[k]]], out);
}

/* What is added before what is taken off. */
static void print_sum(const Derive *d, const Sample *s, const Fit *fit, MkBuf *out)
{
    for (size_t sign = 0; sign < 2; sign++) {
        for (size_t k = 0; k < fit->n; k++) {
            if ((fit->b[k] < 0.0) == (sign == 1)) {
                print_term(d, s, fit, k, out);
            }
        }
    }
    if (fit->bias != 0.0) {
        mk_buf_puts(out, fit->bias < 0.0 ? " - " : " + ");
        mk_buf_double(out, fabs(fit->bias));
    }
}

/* What multiplies before what divides. */
static void print_product(const Derive *d, const Sample *s, const Fit *fit, MkBuf *out)
{
    bool multiplies = false;
    for (size_t k = 0; k < fit->n; k++) {
        multiplies = multiplies || fit->b[k] > 0.0;
    }
    if (fit->bias != 1.0 || !multiplies) {
        mk_buf_double(out, fit->bias);
    }
    for (size_t sign = 0; sign < 2; sign++) {
        for (size_t k = 0; k < fit->n; k++) {
            const int power = (fit->b[k] < 0.0) == (sign == 1) ? (int)fabs(fit->b[k]) : 0;
            for (int p = 0; p < power; p++) {
                mk_buf_puts(out, out->len == 0 ? "" : sign == 0 ? "*" : "/");
                print_name(&d->schema->attributes[s->inputs[fit->inputs[k]]], out);
            }
        }
    }
}

/* ---- all attributes ---- */

/* Whether what is there is above zero. */
static bool all_positive(const double *x, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (x[i] <= 0.0) {
            return false;
        }
    }
    return true;
}

/* Means where nothing is. */
static void fill(double *x, size_t n)
{
    double sum = 0.0;
    size_t there = 0;
    for (size_t i = 0; i < n; i++) {
        sum += isfinite(x[i]) ? x[i] : 0.0;
        there += isfinite(x[i]) ? 1 : 0;
    }
    for (size_t i = 0; i < n; i++) {
        x[i] = isfinite(x[i]) ? x[i] : sum / (double)(there > 0 ? there : 1);
    }
}

/* A sum, or a product of those that are above zero. */
static bool try_form(const Sample *s, bool is_product, MkArena *arena, Fit *fit)
{
    const MkMark mark = mk_arena_mark(arena);
    double *const x = mk_arena_array(arena, s->n_inputs * s->n + 1, sizeof *x);
    double *const y = mk_arena_array(arena, s->n + 1, sizeof *y);
    *fit = (Fit){.is_product = is_product};
    bool good = x != NULL && y != NULL && (!is_product || all_positive(s->y, s->n));
    for (size_t i = 0; good && i < s->n; i++) {
        y[i] = is_product ? log(s->y[i]) : s->y[i];
    }
    for (size_t k = 0; good && k < s->n_inputs; k++) {
        const double *const from = s->x + k * s->n;
        const bool use = !is_product || all_positive(from, s->n);
        for (size_t i = 0; i < s->n; i++) {
            x[k * s->n + i] = !use ? 0.0 : is_product ? log(from[i]) : from[i];
        }
        fill(x + k * s->n, s->n);
    }
    good = good && choose_inputs(s->n, s->n_inputs, x, y, fit) && is_rule(s, fit);
    mk_arena_rewind(arena, mark);
    return good;
}

static MkStatus keep_rule(Derive *d, const Sample *s, const Fit *fit, MkError *err)
{
    const size_t n = d->schema->n;
    MkBuf text;
    mk_buf_init(&text);
    if (fit->is_product) {
        print_product(d, s, fit, &text);
    } else {
        print_sum(d, s, fit, &text);
    }
    MkStatus st = mk_buf_status(&text, err);
    if (st == MK_OK) {
        d->rules[s->target] = mk_arena_printf(d->arena, "%s", text.data);
        st = d->rules[s->target] != NULL ? MK_OK : no_memory(err);
    }
    mk_buf_release(&text);
    for (size_t k = 0; k < fit->n; k++) { /* what follows from the target follows from its inputs */
        const size_t input = s->inputs[fit->inputs[k]];
        for (size_t a = 0; a < n; a++) {
            for (size_t b = 0; b < n && (a == s->target || d->follows[a * n + s->target]); b++) {
                if (b == input || d->follows[input * n + b]) {
                    d->follows[a * n + b] = true;
                }
            }
        }
    }
    return st;
}

typedef struct Turn {
    size_t attribute, n;
    bool is_derived; /* the schema says so */
} Turn;

/* What is known to be derived comes first, then what fewest people have: it needs its inputs, they
 * do not need it. */
static int by_people(const void *a, const void *b)
{
    const Turn *const x = a, *const y = b;
    if (x->is_derived != y->is_derived) {
        return x->is_derived ? -1 : 1;
    }
    return x->n != y->n ? (x->n > y->n) - (x->n < y->n) : x->attribute > y->attribute ? 1 : -1;
}

static MkStatus learn_all(Derive *d, MkArena *arena, size_t *n_learned, MkError *err)
{
    const size_t n = d->schema->n;
    Turn *const turns = mk_arena_array(arena, n + 1, sizeof *turns);
    if (turns == NULL) {
        return no_memory(err);
    }
    for (size_t j = 0; j < n; j++) {
        turns[j] = (Turn){j, d->marginals[j].n_observed,
                          strcmp(d->schema->attributes[j].class_name, "derived") == 0};
    }
    qsort(turns, n, sizeof *turns, by_people);
    for (size_t t = 0; t < n; t++) {
        const size_t j = turns[t].attribute;
        const MkMark mark = mk_arena_mark(arena);
        Sample sample;
        Fit fit;
        if (!mk_type_is_number(d->schema->attributes[j].type) || d->rules[j][0] != '\0') {
            continue;
        }
        MK_TRY(take_people(d, j, arena, &sample, err));
        if (sample.n >= LEAST &&
            (try_form(&sample, false, arena, &fit) || try_form(&sample, true, arena, &fit))) {
            MK_TRY(keep_rule(d, &sample, &fit, err));
            (*n_learned)++;
        }
        mk_arena_rewind(arena, mark);
    }
    return MK_OK;
}

/* Rules that the schema has already say what follows from what. */
static MkStatus take_rules(Derive *d, MkArena *arena, MkError *err)
{
    const size_t n = d->schema->n;
    MkRules rules;
    MK_TRY(mk_rules_new(d->schema, arena, &rules, err));
    for (size_t j = 0; j < n; j++) {
        d->rules[j] = d->schema->attributes[j].rule;
    }
    for (size_t r = 0; r < rules.n; r++) {
        const MkRule *const rule = &rules.rules[r];
        for (size_t i = 0; i < rule->n_inputs; i++) {
            d->follows[rule->attribute * n + rule->inputs[i]] = true;
            for (size_t b = 0; b < n; b++) {
                d->follows[rule->attribute * n + b] |= d->follows[rule->inputs[i] * n + b];
            }
        }
    }
    return MK_OK;
}

MkStatus mk_derive_learn(const MkDataset *people, const MkMarginal *marginals,
                         const MkSchema *schema, MkArena *arena, const MkSchema **out,
                         size_t *n_learned, MkError *err)
{
    MkArena *const scratch = mk_arena_new(0);
    MkSchema *const learned = mk_arena_array(arena, 1, sizeof *learned);
    MkAttribute *const attributes = mk_arena_array(arena, schema->n + 1, sizeof *attributes);
    Derive d = {.people = people, .marginals = marginals, .schema = schema, .arena = arena};
    MkStatus st = MK_OK;
    *n_learned = 0;
    if (scratch == NULL || learned == NULL || attributes == NULL) {
        st = no_memory(err);
        goto done;
    }
    d.rules = mk_arena_array(scratch, schema->n + 1, sizeof *d.rules);
    d.follows = mk_arena_zeros(scratch, schema->n * schema->n + 1, sizeof *d.follows);
    if (d.rules == NULL || d.follows == NULL) {
        st = no_memory(err);
        goto done;
    }
    MK_TRY_GOTO(take_rules(&d, scratch, err));
    MK_TRY_GOTO(learn_all(&d, scratch, n_learned, err));
    *learned = *schema;
    memcpy(attributes, schema->attributes, schema->n * sizeof *attributes);
    for (size_t j = 0; j < schema->n; j++) {
        attributes[j].rule = d.rules[j];
    }
    learned->attributes = attributes;
    *out = learned;
done:
    mk_arena_free(scratch);
    return st;
}
