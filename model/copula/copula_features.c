#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "model/copula/copula_priv.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/nn/blas.h"

/* ---- values ---- */

/* Raw value of a feature in a cell of the dataset; NaN when the attribute is not known. */
static double raw_feature(const MkMarginal *m, const MkFeature *f, double z, size_t cell)
{
    switch (f->kind) {
    case MK_FEATURE_SQUARE:
        return z * z;
    case MK_FEATURE_CUBE:
        return z * z * z - 3.0 * z;
    case MK_FEATURE_LEVEL:
        if (isnan(z)) {
            return NAN;
        }
        return (m->knots != NULL ? cell : m->level_of[cell]) == f->level ? 1.0 : 0.0;
    default:
        return z;
    }
}

/* Column of an attribute in a group, group->n when it has none. */
static size_t column_of(const MkGroup *group, uint32_t attribute)
{
    size_t low = 0, high = group->n;
    while (low < high) {
        const size_t mid = (low + high) / 2;
        if (group->attributes[mid] < attribute) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    return low < group->n && group->attributes[low] == attribute ? low : group->n;
}

static double weight_of(const MkDataset *data, const MkGroup *group, size_t row)
{
    return data->weights != NULL ? data->weights[group->first + row] : 1.0;
}

/* Mean and sd of a feature; sd 0 means that it does not vary. */
static void measure_feature(const MkCopulaFit *fit, MkFeature *f)
{
    double n = 0.0, sum = 0.0, squares = 0.0;
    for (size_t g = 0; g < fit->data->n_groups; g++) {
        const MkGroup *const group = &fit->data->groups[g];
        const size_t column = column_of(group, f->attribute);
        for (size_t i = 0; column < group->n && i < group->n_rows; i++) {
            const size_t at = i * group->n + column;
            const double v = raw_feature(&fit->marginals[f->attribute], f,
                                         (double)group->scores[at], group->cells[at]);
            const double w = weight_of(fit->data, group, i);
            if (!isnan(v)) {
                n += w;
                sum += w * v;
                squares += w * v * v;
            }
        }
    }
    const double mean = n > 0.0 ? sum / n : 0.0;
    const double variance = n > 0.0 ? squares / n - mean * mean : 0.0;
    f->mean = (float)mean;
    f->sd = variance > 1e-10 ? (float)sqrt(variance) : 0.0F;
}

static double feature_value(const MkCopulaFit *fit, const MkFeature *f, const MkGroup *group,
                            size_t at)
{
    const double raw =
        raw_feature(&fit->marginals[f->attribute], f, (double)group->scores[at], group->cells[at]);
    return (raw - (double)f->mean) / (double)f->sd;
}

/* Whether all people of a source have the same value, in every one of several sources: the source
 * itself. */
static bool tells_source(const MkDataset *data, uint32_t attribute)
{
    for (size_t g = 0; g < data->n_groups; g++) {
        const MkGroup *const group = &data->groups[g];
        const size_t column = column_of(group, attribute);
        if (column == group->n) {
            return false;
        }
        for (size_t i = 0; i < group->n_rows; i++) {
            if (group->cells[i * group->n + column] != group->cells[column] ||
                group->cells[column] == MK_CELL_MISSING) {
                return false;
            }
        }
    }
    return data->n_groups > 1;
}

/* ---- choice of extras ---- */

typedef struct Candidate {
    MkFeature feature;
    double gain;
} Candidate;

static int by_gain(const void *a, const void *b)
{
    const Candidate *const x = a, *const y = b;
    if (x->gain != y->gain) {
        return x->gain < y->gain ? 1 : -1;
    }
    return (x->feature.attribute > y->feature.attribute) -
           (x->feature.attribute < y->feature.attribute);
}

static int by_place(const void *a, const void *b)
{
    const Candidate *const x = a, *const y = b;
    const MkFeature *const f = &x->feature, *const g = &y->feature;
    if (f->attribute != g->attribute) {
        return f->attribute < g->attribute ? -1 : 1;
    }
    if (f->kind != g->kind) {
        return f->kind < g->kind ? -1 : 1;
    }
    return (f->level > g->level) - (f->level < g->level);
}

static bool is_atom(const MkMarginal *m, size_t k)
{
    return m->knots[k][0] == m->knots[k][MK_CELL_KNOTS - 1];
}

static size_t list_candidates(const MkCopulaFit *fit, Candidate *out)
{
    size_t n = 0;
    for (size_t j = 0; j < fit->data->n_attributes; j++) {
        const MkMarginal *const m = &fit->marginals[j];
        const MkFeature base = {.attribute = (uint32_t)j};
        if (m->n_cells < 3) {
            continue;
        }
        if (m->attribute->type == MK_CATEGORICAL) {
            /* All but two: the score and the constant carry the rest. */
            for (size_t k = 1; k + 1 < m->n_cells; k++) {
                out[n] = (Candidate){.feature = base};
                out[n].feature.kind = MK_FEATURE_LEVEL;
                out[n++].feature.level = m->level_of[k];
            }
        } else {
            for (int kind = MK_FEATURE_SQUARE; kind <= MK_FEATURE_CUBE; kind++) {
                out[n] = (Candidate){.feature = base};
                out[n++].feature.kind = (uint16_t)kind;
            }
            for (size_t k = 0; m->knots != NULL && k < m->n_cells; k++) {
                if (is_atom(m, k) && m->share[k] > 0.1 && m->share[k] < 0.98) {
                    out[n] = (Candidate){.feature = base};
                    out[n].feature.kind = MK_FEATURE_LEVEL;
                    out[n++].feature.level = (uint16_t)k;
                }
            }
        }
    }
    return n;
}

typedef struct Gain { /* products of columns over the people looked at */
    size_t n_rows, n, n_candidates;
    float *scores; /* (n_rows, n), reused for the pattern of observed cells */
    float *extras; /* (n_rows, n_candidates) */
    float *pairs;  /* (n, n) people with both */
    float *own;    /* (n, n) score by score */
    float *cross;  /* (n_candidates, n) extra by score */
} Gain;

enum { GAIN_ROWS = 8192 };

/* Every how many people of a group are looked at: sources count by the square root of their
 * people, as they do in drawing. */
static size_t gain_stride(const MkDataset *data, const MkGroup *group)
{
    double all = 0.0;
    for (size_t g = 0; g < data->n_groups; g++) {
        all += sqrt((double)data->groups[g].n_rows);
    }
    const double quota = fmax(GAIN_ROWS * sqrt((double)group->n_rows) / all, 1.0);
    return (size_t)ceil((double)group->n_rows / quota);
}

/* Standardised columns of features of the people looked at, 0 where missing: out (n_rows, n). */
static void fill_columns(const MkCopulaFit *fit, const MkFeature *const *features, size_t n,
                         float *out)
{
    for (size_t g = 0; g < fit->data->n_groups; g++) {
        const MkGroup *const group = &fit->data->groups[g];
        const size_t stride = gain_stride(fit->data, group), rows = group->n_rows / stride;
        for (size_t k = 0; k < n; k++) {
            const size_t column = column_of(group, features[k]->attribute);
            for (size_t i = 0; column < group->n && i < rows; i++) {
                const double v =
                    feature_value(fit, features[k], group, i * stride * group->n + column);
                out[i * n + k] = isnan(v) ? 0.0F : (float)v;
            }
        }
        out += rows * n;
    }
}

/* 1 where an attribute is known: out (n_rows, n). */
static void fill_known(const MkCopulaFit *fit, float *out)
{
    const size_t n = fit->data->n_attributes;
    for (size_t g = 0; g < fit->data->n_groups; g++) {
        const MkGroup *const group = &fit->data->groups[g];
        const size_t stride = gain_stride(fit->data, group), rows = group->n_rows / stride;
        memset(out, 0, rows * n * sizeof *out);
        for (size_t i = 0; i < rows; i++) {
            for (size_t k = 0; k < group->n; k++) {
                const float z = group->scores[i * stride * group->n + k];
                out[i * n + group->attributes[k]] = isnan(z) ? 0.0F : 1.0F;
            }
        }
        out += rows * n;
    }
}

static bool gain_products(const MkCopulaFit *fit, const MkFeature *scores,
                          const Candidate *candidates, Gain *g)
{
    const size_t n = g->n, m = g->n_candidates;
    const MkFeature **const list = mk_heap_array(n + m, sizeof *list);
    g->scores = mk_heap_array(g->n_rows * n, sizeof *g->scores);
    g->extras = mk_heap_array(g->n_rows * m, sizeof *g->extras);
    g->pairs = mk_heap_array(n * n, sizeof *g->pairs);
    g->own = mk_heap_array(n * n, sizeof *g->own);
    g->cross = mk_heap_array(m * n, sizeof *g->cross);
    if (list == NULL || g->scores == NULL || g->extras == NULL || g->pairs == NULL ||
        g->own == NULL || g->cross == NULL) {
        free(list);
        return false;
    }
    for (size_t j = 0; j < n; j++) {
        list[j] = &scores[j];
    }
    for (size_t c = 0; c < m; c++) {
        list[n + c] = &candidates[c].feature;
    }
    fill_columns(fit, list, n, g->scores);
    fill_columns(fit, list + n, m, g->extras);
    free(list);
    mk_sgemm(true, false, n, n, g->n_rows, 1.0F, g->scores, n, g->scores, n, 0.0F, g->own, n);
    mk_sgemm(true, false, m, n, g->n_rows, 1.0F, g->extras, m, g->scores, n, 0.0F, g->cross, n);
    fill_known(fit, g->scores);
    mk_sgemm(true, false, n, n, g->n_rows, 1.0F, g->scores, n, g->scores, n, 0.0F, g->pairs, n);
    return true;
}

/* How much of the other attributes' scores an extra feature explains beyond its own score: the mean
 * squared partial correlation above what chance gives. */
static double feature_gain(const Gain *g, const MkFeature *f, size_t candidate)
{
    const size_t n = g->n, own = f->attribute;
    const double people = fmax((double)g->pairs[own * n + own], 1.0);
    const double with_own = (double)g->cross[candidate * n + own] / people;
    const double rest = 1.0 - with_own * with_own;
    double gain = 0.0;
    if (rest < 0.05) {
        return 0.0;
    }
    for (size_t j = 0; j < n; j++) {
        const double m = (double)g->pairs[own * n + j];
        if (j == own || m < 100.0) {
            continue;
        }
        const double part =
            ((double)g->cross[candidate * n + j] - with_own * (double)g->own[own * n + j]) / m;
        gain += part * part / rest - 1.0 / m;
    }
    return gain / (double)n;
}

/* The extras worth having: a mean gain above 4e-4 of the others' variance (age, race, smoking:
 * well above; noise: below), at most 16 plus one for every eight attributes; and the sources, so
 * that each has offsets of its own. */
static MkStatus choose_extras(const MkCopulaFit *fit, const MkFeature *scores,
                              Candidate *candidates, size_t *chosen, MkError *err)
{
    const double least = 4e-4;
    size_t n = list_candidates(fit, candidates);
    for (size_t c = 0; c < n; c++) {
        measure_feature(fit, &candidates[c].feature);
        if (candidates[c].feature.sd <= 0.0F) { /* does not vary */
            candidates[c--] = candidates[--n];
        }
    }
    Gain g = {.n = fit->data->n_attributes, .n_candidates = n};
    for (size_t k = 0; k < fit->data->n_groups; k++) {
        const MkGroup *const group = &fit->data->groups[k];
        g.n_rows += group->n_rows / gain_stride(fit->data, group);
    }
    const bool good = gain_products(fit, scores, candidates, &g);
    for (size_t c = 0; good && c < n; c++) {
        candidates[c].gain = tells_source(fit->data, candidates[c].feature.attribute)
                                 ? INFINITY
                                 : feature_gain(&g, &candidates[c].feature, c);
    }
    free(g.scores);
    free(g.extras);
    free(g.pairs);
    free(g.own);
    free(g.cross);
    if (!good) {
        return mk_fail(err, MK_ENOMEM, "out of memory");
    }
    qsort(candidates, n, sizeof *candidates, by_gain);
    const size_t most = 16 + fit->data->n_attributes / 8;
    n = n < most ? n : most;
    while (n > 0 && candidates[n - 1].gain < least) {
        n--;
    }
    qsort(candidates, n, sizeof *candidates, by_place);
    *chosen = n;
    return MK_OK;
}

MkStatus mk_copula_features(const MkCopulaFit *fit, MkArena *arena, MkCopula *out, MkError *err)
{
    const size_t n = fit->data->n_attributes;
    size_t room = 0;
    for (size_t j = 0; j < n; j++) {
        room += fit->marginals[j].n_cells + 2;
    }
    MkFeature *const features = mk_arena_zeros(arena, n + room, sizeof *features);
    Candidate *const candidates = mk_heap_array(room + 1, sizeof *candidates);
    uint32_t *const begin = mk_arena_array(arena, n + 1, sizeof *begin);
    float *const rho = mk_arena_array(arena, n, sizeof *rho);
    if (features == NULL || candidates == NULL || begin == NULL || rho == NULL) {
        free(candidates);
        return mk_fail(err, MK_ENOMEM, "out of memory");
    }
    for (size_t j = 0; j < n; j++) {
        features[j].attribute = (uint32_t)j;
        measure_feature(fit, &features[j]);
        const double sd = fmin((double)features[j].sd, 1.0);
        rho[j] = (float)sqrt(fmax(sd, 0.05));
        if (features[j].sd <= 0.0F) { /* one value only: no information either way */
            features[j].sd = 1.0F;
        }
    }
    size_t extras = 0, at = 0;
    if (fit->expand) {
        const MkStatus st = choose_extras(fit, features, candidates, &extras, err);
        if (st != MK_OK) {
            free(candidates);
            return st;
        }
    }
    for (size_t j = 0; j < n; j++) {
        begin[j] = (uint32_t)(n + at);
        while (at < extras && candidates[at].feature.attribute == j) {
            features[n + at] = candidates[at].feature;
            at++;
        }
    }
    begin[n] = (uint32_t)(n + extras);
    free(candidates);
    *out = (MkCopula){.n_attributes = n,
                      .marginals = fit->marginals,
                      .n_features = n + extras,
                      .features = features,
                      .extra_begin = begin,
                      .rho = rho};
    return MK_OK;
}

/* ---- people by block ---- */

void mk_copula_design_free(MkDesign *d)
{
    for (size_t g = 0; d->blocks != NULL && g < d->n_blocks; g++) {
        free(d->blocks[g].ids);
        free(d->blocks[g].x);
        free(d->blocks[g].weights);
        free(d->blocks[g].fold);
    }
    free(d->blocks);
    free(d->category);
    free(d->of_source);
    *d = (MkDesign){0};
}

typedef struct Person { /* for sorting by pattern */
    const uint8_t *cells;
    size_t n, row;
} Person;

/* People with the same gaps follow each other; those with fewer answers first. */
static int by_pattern(const void *a, const void *b)
{
    const Person *const x = a, *const y = b;
    for (size_t k = 0; k < x->n; k++) {
        const int gap = (x->cells[k] == MK_CELL_MISSING) - (y->cells[k] == MK_CELL_MISSING);
        if (gap != 0) {
            return gap;
        }
    }
    return (x->row > y->row) - (x->row < y->row);
}

static void fill_block(const MkCopulaFit *fit, const MkCopula *c, const MkGroup *group,
                       const Person *order, MkBlock *b)
{
    for (size_t k = 0; k < b->n; k++) {
        const MkFeature *const f = &c->features[b->ids[k]];
        const size_t column = column_of(group, f->attribute);
        for (size_t i = 0; i < b->n_rows; i++) {
            b->x[i * b->n + k] =
                (float)feature_value(fit, f, group, order[i].row * group->n + column);
        }
    }
    for (size_t i = 0; i < b->n_rows; i++) {
        b->weights[i] = (float)weight_of(fit->data, group, order[i].row);
        b->fold[i] = fit->n_folds > 0 ? fit->fold[group->first + order[i].row] : 0;
    }
}

static MkStatus make_block(const MkCopulaFit *fit, const MkCopula *c, const MkGroup *group,
                           MkBlock *b, MkError *err)
{
    Person *const order = mk_heap_array(group->n_rows, sizeof *order);
    b->n_rows = group->n_rows;
    b->ids = mk_heap_array(c->n_features, sizeof *b->ids);
    b->weights = mk_heap_array(b->n_rows, sizeof *b->weights);
    b->fold = mk_heap_array(b->n_rows, sizeof *b->fold);
    for (size_t f = 0; b->ids != NULL && f < c->n_features; f++) {
        if (column_of(group, c->features[f].attribute) < group->n) {
            b->ids[b->n++] = (uint32_t)f;
        }
    }
    b->x = mk_heap_array(b->n_rows * b->n, sizeof *b->x);
    if (order == NULL || b->ids == NULL || b->weights == NULL || b->fold == NULL || b->x == NULL) {
        free(order);
        return mk_fail(err, MK_ENOMEM, "out of memory for %zu people and %zu features", b->n_rows,
                       b->n);
    }
    for (size_t i = 0; i < b->n_rows; i++) {
        order[i] = (Person){group->cells + i * group->n, group->n, i};
    }
    qsort(order, b->n_rows, sizeof *order, by_pattern);
    fill_block(fit, c, group, order, b);
    free(order);
    return MK_OK;
}

/* Numbers the categories of the scores' attributes. */
static void number_categories(const MkCopula *c, int32_t *out)
{
    int32_t n = 0;
    for (size_t f = 0; f < c->n_features; f++) {
        out[f] = -1;
        const char *const name = c->marginals[c->features[f].attribute].attribute->category;
        if (f >= c->n_attributes || name == NULL || name[0] == '\0') {
            continue;
        }
        for (size_t k = 0; k < f && out[f] < 0; k++) {
            if (out[k] >= 0 && strcmp(c->marginals[k].attribute->category, name) == 0) {
                out[f] = out[k];
            }
        }
        out[f] = out[f] < 0 ? n++ : out[f];
    }
}

MkStatus mk_copula_design(const MkCopulaFit *fit, const MkCopula *c, MkDesign *out, MkError *err)
{
    const MkDataset *const data = fit->data;
    MkStatus st = MK_OK;
    *out = (MkDesign){.n = c->n_features, .n_blocks = data->n_groups};
    out->blocks = mk_heap_array(out->n_blocks, sizeof *out->blocks);
    out->category = mk_heap_array(out->n, sizeof *out->category);
    out->of_source = mk_heap_array(out->n, sizeof *out->of_source);
    if (out->blocks == NULL || out->category == NULL || out->of_source == NULL) {
        st = mk_fail(err, MK_ENOMEM, "out of memory");
        goto done;
    }
    number_categories(c, out->category);
    for (size_t f = 0; f < out->n; f++) {
        out->of_source[f] = tells_source(data, c->features[f].attribute) ? 1 : 0;
    }
    for (size_t g = 0; g < out->n_blocks; g++) {
        MK_TRY_GOTO(make_block(fit, c, &data->groups[g], &out->blocks[g], err));
    }
done:
    if (st != MK_OK) {
        mk_copula_design_free(out);
    }
    return st;
}
