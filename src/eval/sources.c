#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "src/eval/sources.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* What is known of one numeric attribute in one source. */
typedef struct Spread {
    size_t n;
    double median, sd; /* robust: 1.4826 times the median distance from the median */
} Spread;

typedef struct Work {
    const MkCohort *cohort;
    MkArena *arena;
    MkSourcesReport *out;
    size_t *seen;    /* (n_sources, schema->n) people with a value */
    Spread *spreads; /* (n_sources, schema->n) */
    double *values;  /* of one column */
} Work;

static MkStatus no_memory(MkError *err)
{
    return mk_fail(err, MK_ENOMEM, "out of memory");
}

static bool is_positive(const MkAttribute *a)
{
    return a->type == MK_POSITIVE || a->type == MK_COUNT;
}

/* The scale on which a number is compared; a zero of a positive number is not (NaN). */
static double scaled(const MkAttribute *a, double x)
{
    return is_positive(a) ? (x > 0.0 ? log(x) : (double)NAN) : x;
}

static double unscaled(const MkAttribute *a, double x)
{
    return is_positive(a) ? exp(x) : x;
}

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double middle(double *x, size_t n)
{
    qsort(x, n, sizeof *x, by_value);
    return 0.5 * (x[(n - 1) / 2] + x[n / 2]);
}

/* Median and spread of one column on its scale; values is overwritten. */
static Spread measure(const MkAttribute *a, double *values, size_t n)
{
    Spread s = {0};
    for (size_t i = 0; i < n; i++) {
        const double x = scaled(a, values[i]);
        if (!isnan(x)) {
            values[s.n++] = x;
        }
    }
    if (s.n == 0) {
        return s;
    }
    n = s.n;
    s.median = middle(values, n);
    for (size_t i = 0; i < n; i++) {
        values[i] = fabs(values[i] - s.median);
    }
    s.sd = 1.4826 * middle(values, n);
    return s;
}

static MkStatus look_at_columns(Work *w, MkError *err)
{
    const MkSchema *const schema = w->cohort->schema;
    size_t most = 1;
    for (size_t t = 0; t < w->cohort->n_tables; t++) {
        const size_t n = w->cohort->tables[t]->n_rows;
        most = n > most ? n : most;
    }
    w->values = mk_arena_array(w->arena, most, sizeof *w->values);
    if (w->values == NULL) {
        return no_memory(err);
    }
    for (size_t t = 0; t < w->cohort->n_tables; t++) {
        const MkTable *const table = w->cohort->tables[t];
        for (size_t j = 0; j < schema->n; j++) {
            size_t n = 0;
            for (size_t i = 0; table->column_of[j] != MK_NO_COLUMN && i < table->n_rows; i++) {
                const double x = mk_table_get(table, i, j);
                if (!isnan(x)) {
                    w->values[n++] = x;
                }
            }
            w->seen[t * schema->n + j] = n;
            if (schema->attributes[j].n_levels == 0) {
                w->spreads[t * schema->n + j] = measure(&schema->attributes[j], w->values, n);
            }
        }
    }
    return MK_OK;
}

/* ---- counts ---- */

static MkStatus list_categories(Work *w, MkError *err)
{
    const MkSchema *const schema = w->cohort->schema;
    MkSourcesReport *const r = w->out;
    r->categories = mk_arena_array(w->arena, schema->n + 1, sizeof *r->categories);
    if (r->categories == NULL) {
        return no_memory(err);
    }
    for (size_t j = 0; j < schema->n; j++) {
        bool known = false;
        for (size_t c = 0; c < r->n_categories && !known; c++) {
            known = strcmp(r->categories[c], schema->attributes[j].category) == 0;
        }
        if (!known) {
            r->categories[r->n_categories++] = schema->attributes[j].category;
        }
    }
    return MK_OK;
}

static size_t category_of(const Work *w, size_t attribute)
{
    size_t c = 0;
    while (strcmp(w->out->categories[c], w->cohort->schema->attributes[attribute].category) != 0) {
        c++;
    }
    return c;
}

static void count_sources(Work *w)
{
    const size_t n = w->cohort->schema->n, n_sources = w->cohort->n_tables;
    MkSourcesReport *const r = w->out;
    double filled = 0.0;
    for (size_t j = 0; j < n; j++) {
        size_t n_having = 0, last = 0;
        const size_t category = category_of(w, j);
        for (size_t t = 0; t < n_sources; t++) {
            if (w->seen[t * n + j] > 0) {
                n_having++;
                last = t;
                r->sources[t].n_attributes++;
                r->sources[t].by_category[category]++;
                r->sources[t].missing += (double)w->seen[t * n + j];
                filled += (double)w->seen[t * n + j];
            }
        }
        r->n_attributes += n_having > 0;
        r->n_everywhere += n_having == n_sources;
        r->sources[last].n_alone += n_having == 1;
    }
    for (size_t t = 0; t < n_sources; t++) {
        MkSourceCount *const s = &r->sources[t];
        const double cells = (double)s->n_people * (double)s->n_attributes;
        s->missing = cells > 0.0 ? 1.0 - s->missing / cells : 0.0;
    }
    const double cells = (double)r->n_people * (double)r->n_attributes;
    r->missing = cells > 0.0 ? 1.0 - filled / cells : 0.0;
}

/* ---- pairs ---- */

/* Marks which of the attributes one and another have somebody in common, in one source. */
static MkStatus mark_pairs(Work *w, const MkTable *table, size_t t, unsigned char *together,
                           MkError *err)
{
    const size_t n = w->cohort->schema->n, words = (table->n_rows + 63) / 64;
    uint64_t *const bits = calloc(n * words + 1, sizeof *bits);
    if (bits == NULL) {
        return no_memory(err);
    }
    for (size_t j = 0; j < n; j++) {
        for (size_t i = 0; w->seen[t * n + j] > 0 && i < table->n_rows; i++) {
            if (!isnan(mk_table_get(table, i, j))) {
                bits[j * words + i / 64] |= (uint64_t)1 << (i % 64);
            }
        }
    }
    for (size_t a = 0; a < n; a++) {
        for (size_t b = 0; w->seen[t * n + a] > 0 && b < a; b++) {
            bool found = together[a * n + b] != 0 || w->seen[t * n + b] == 0;
            for (size_t k = 0; k < words && !found; k++) {
                if ((bits[a * words + k] & bits[b * words + k]) != 0) {
                    together[a * n + b] = 1;
                    found = true;
                }
            }
        }
    }
    free(bits);
    return MK_OK;
}

static MkStatus count_pairs(Work *w, MkError *err)
{
    const size_t n = w->cohort->schema->n, n_sources = w->cohort->n_tables;
    size_t n_known = 0, n_seen = 0;
    unsigned char *const together = calloc(n * n + 1, 1);
    MkStatus st = together != NULL ? MK_OK : no_memory(err);
    for (size_t t = 0; t < n_sources && st == MK_OK; t++) {
        st = mark_pairs(w, w->cohort->tables[t], t, together, err);
        for (size_t u = 0; u < n_sources; u++) {
            for (size_t j = 0; j < n; j++) {
                w->out->shared[t * n_sources + u] +=
                    w->seen[t * n + j] > 0 && w->seen[u * n + j] > 0;
            }
        }
    }
    for (size_t j = 0; j < n; j++) {
        for (size_t t = 0; t < n_sources; t++) {
            if (w->seen[t * n + j] > 0) {
                n_known++;
                break;
            }
        }
    }
    for (size_t a = 0; a < n && st == MK_OK; a++) {
        for (size_t b = 0; b < a; b++) {
            n_seen += together[a * n + b] != 0;
        }
    }
    const double pairs = 0.5 * (double)n_known * ((double)n_known - 1.0);
    w->out->never_together = pairs > 0.0 ? 1.0 - (double)n_seen / pairs : 0.0;
    free(together);
    return st;
}

/* ---- what looks wrong ---- */

enum { LEAST_PEOPLE = 50, MOST_LISTED = 4096 };

static bool look_for_outliers(const Work *w, size_t t, size_t j, MkOutliers *out)
{
    const MkTable *const table = w->cohort->tables[t];
    const MkAttribute *const a = &w->cohort->schema->attributes[j];
    const Spread *const s = &w->spreads[t * w->cohort->schema->n + j];
    if (s->n < LEAST_PEOPLE || !(s->sd > 0.0)) {
        return false;
    }
    *out = (MkOutliers){.source = t, .attribute = j};
    double farthest = 0.0;
    for (size_t i = 0; i < table->n_rows; i++) {
        const double x = mk_table_get(table, i, j);
        const double distance = fabs(scaled(a, x) - s->median) / s->sd;
        if (distance > 10.0) { /* not NaN */
            out->n_people++;
            if (distance > farthest) {
                farthest = distance;
                out->farthest = x;
            }
        }
    }
    out->low = unscaled(a, s->median - 10.0 * s->sd);
    out->high = unscaled(a, s->median + 10.0 * s->sd);
    return out->n_people > 0;
}

static const char *conversion_of(double ratio)
{
    static const struct {
        double factor;
        const char *name;
    } known[] = {{2.54, "inches and cm"},
                 {2.2046, "kilograms and pounds"},
                 {10.0, "a factor of 10"},
                 {100.0, "a factor of 100"},
                 {1000.0, "a factor of 1,000"},
                 {18.016, "mmol/L and mg/dL of glucose"},
                 {38.67, "mmol/L and mg/dL of cholesterol"},
                 {88.57, "mmol/L and mg/dL of triglycerides"},
                 {88.42, "mg/dL and \xC2\xB5mol/L of creatinine"},
                 {60.0, "minutes and hours"},
                 {7.0, "days and weeks"},
                 {30.4, "days and months"}};
    const double r = ratio < 1.0 ? 1.0 / ratio : ratio;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (fabs(r / known[i].factor - 1.0) < 0.08) {
            return known[i].name;
        }
    }
    return NULL;
}

/* Against the median of the other sources' medians, when they agree better than this one. */
static bool look_at_unit(const Work *w, size_t t, size_t j, MkUnitDoubt *out)
{
    const size_t n = w->cohort->schema->n;
    const MkAttribute *const a = &w->cohort->schema->attributes[j];
    const Spread *const s = &w->spreads[t * n + j];
    double medians[64], sd = 0.0;
    size_t n_others = 0;
    if (s->n < LEAST_PEOPLE) {
        return false;
    }
    for (size_t u = 0; u < w->cohort->n_tables && n_others < 64; u++) {
        const Spread *const other = &w->spreads[u * n + j];
        if (u != t && other->n >= LEAST_PEOPLE) {
            medians[n_others++] = other->median;
            sd = fmax(sd, other->sd);
        }
    }
    if (n_others == 0) {
        return false;
    }
    const double others = middle(medians, n_others), distance = fabs(s->median - others);
    *out = (MkUnitDoubt){.source = t,
                         .attribute = j,
                         .median = unscaled(a, s->median),
                         .others = unscaled(a, others)};
    out->ratio = out->others != 0.0 ? out->median / out->others : INFINITY;
    if (!(out->median > 0.0 && out->others > 0.0)) {
        return distance > 3.0 * fmax(sd, s->sd) && sd > 0.0;
    }
    out->conversion = conversion_of(out->ratio);
    return distance > 2.0 * fmax(sd, s->sd) && (out->ratio > 1.5 || out->ratio < 1.0 / 1.5);
}

static int most_people_first(const void *a, const void *b)
{
    const MkOutliers *const x = a, *const y = b;
    if (x->n_people != y->n_people) {
        return x->n_people < y->n_people ? 1 : -1;
    }
    return x->attribute != y->attribute ? (x->attribute > y->attribute ? 1 : -1)
                                        : (x->source > y->source) - (x->source < y->source);
}

static int farthest_first(const void *a, const void *b)
{
    const MkUnitDoubt *const x = a, *const y = b;
    const double p = fabs(log(fabs(x->ratio))), q = fabs(log(fabs(y->ratio)));
    if (p != q) {
        return p < q ? 1 : -1;
    }
    return x->attribute != y->attribute ? (x->attribute > y->attribute ? 1 : -1)
                                        : (x->source > y->source) - (x->source < y->source);
}

static MkStatus look_for_trouble(Work *w, MkError *err)
{
    MkSourcesReport *const r = w->out;
    r->outliers = mk_arena_array(w->arena, MOST_LISTED, sizeof *r->outliers);
    r->doubts = mk_arena_array(w->arena, MOST_LISTED, sizeof *r->doubts);
    if (r->outliers == NULL || r->doubts == NULL) {
        return no_memory(err);
    }
    for (size_t j = 0; j < w->cohort->schema->n; j++) {
        if (w->cohort->schema->attributes[j].n_levels > 0) {
            continue;
        }
        for (size_t t = 0; t < w->cohort->n_tables; t++) {
            if (r->n_outliers < MOST_LISTED &&
                look_for_outliers(w, t, j, &r->outliers[r->n_outliers])) {
                r->n_outliers++;
            }
            if (r->n_doubts < MOST_LISTED && look_at_unit(w, t, j, &r->doubts[r->n_doubts])) {
                r->n_doubts++;
            }
        }
    }
    qsort(r->outliers, r->n_outliers, sizeof *r->outliers, most_people_first);
    qsort(r->doubts, r->n_doubts, sizeof *r->doubts, farthest_first);
    return MK_OK;
}

MkStatus mk_sources_report(const MkCohort *cohort, MkArena *arena, MkSourcesReport *out,
                           MkError *err)
{
    const size_t n = cohort->schema->n, n_sources = cohort->n_tables;
    *out = (MkSourcesReport){.n_sources = n_sources, .n_people = cohort->n_rows};
    Work w = {.cohort = cohort, .arena = arena, .out = out};
    w.seen = mk_arena_zeros(arena, n_sources * n, sizeof *w.seen);
    w.spreads = mk_arena_zeros(arena, n_sources * n, sizeof *w.spreads);
    out->sources = mk_arena_zeros(arena, n_sources, sizeof *out->sources);
    out->shared = mk_arena_zeros(arena, n_sources * n_sources, sizeof *out->shared);
    if (w.seen == NULL || w.spreads == NULL || out->sources == NULL || out->shared == NULL) {
        return no_memory(err);
    }
    MK_TRY(list_categories(&w, err));
    for (size_t t = 0; t < n_sources; t++) {
        MkSourceCount *const s = &out->sources[t];
        s->name = cohort->names[t];
        s->n_people = cohort->tables[t]->n_rows;
        s->by_category = mk_arena_zeros(arena, out->n_categories, sizeof *s->by_category);
        if (s->by_category == NULL) {
            return no_memory(err);
        }
    }
    MK_TRY(look_at_columns(&w, err));
    count_sources(&w);
    MK_TRY(count_pairs(&w, err));
    return look_for_trouble(&w, err);
}
