#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "model/summary_fit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    SIDE = MK_SUMMARY_PAIR_CELLS,
    NO_SIDE = SIDE, /* code of a missing value */
    PAIR_LEAST = 50 /* people with both values */
};

/* The training people of one table. */
typedef struct Source {
    const MkTable *table;
    const size_t *rows; /* (n_rows) in the cohort */
    size_t begin, n_rows, first;
    uint32_t *column; /* (n) 1 + place of an attribute in codes; 0: the table has none */
    uint8_t *codes;   /* (columns, n_rows) cell of one side of a pair, NO_SIDE missing */
} Source;

typedef struct Fit {
    const MkSummaryFit *from;
    const MkSchema *schema;
    size_t n, n_rows, n_sources;
    Source *sources;
    float *edges;      /* (n, MK_SUMMARY_CELLS + 1) */
    uint16_t *share;   /* (n, MK_CELLS_MAX) codes */
    float *side_edges; /* (n, SIDE + 1) */
    uint8_t *cells, *sides;
    int32_t *people;
    float *related;  /* (n, n): 0 .. 1 by mutual information, below 0: not kept; b < a filled */
    uint16_t *place; /* (n, n) place of b among the partners of a */
    bool *anchor;    /* (n) demographic */
    bool *common;    /* (n) demographic, or in every shipped schema */
    void **scratch;  /* one a worker */
} Fit;

static MkStatus out_of_memory(MkError *err)
{
    return mk_fail(err, MK_ENOMEM, "out of memory for summaries");
}

static double weight_of(const Fit *f, const Source *s, size_t i)
{
    return f->from->weights != NULL ? f->from->weights[s->begin + i] : 1.0;
}

/* Values (n_rows) are at the places rows[i] - first of the column. */
static const double *column_of(const Source *s, size_t j)
{
    return s->column[j] > 0 ? s->table->cells + s->table->column_of[j] * s->table->n_rows : NULL;
}

static uint8_t *codes_of(const Source *s, size_t j)
{
    return s->codes + (s->column[j] - 1) * s->n_rows;
}

static uint16_t code_of(double share, size_t people, size_t least)
{
    return people < least ? MK_SUMMARY_UNTOLD
                          : (uint16_t)lround(fmin(fmax(share, 0.0), 1.0) * MK_SUMMARY_WHOLE);
}

/* ---- single attributes ---- */

/* Shares of the cells that `cell` gives. */
typedef struct Tally {
    double weight[MK_CELLS_MAX];
    size_t people[MK_CELLS_MAX];
    double total;
} Tally;

/* When fewer than `least` people are in the untold cells, but some, the smallest told share is that
 * of the nearest multiple of `least` people, of all that is left at most: they are not found as
 * what is missing to the whole. */
static void tell_cells(const Tally *tally, size_t n_cells, size_t least, uint16_t *share)
{
    size_t untold = 0, smallest = n_cells;
    double told = 0.0;
    for (size_t k = 0; k < n_cells; k++) {
        const size_t people = tally->people[k];
        told += people < least ? 0.0 : tally->weight[k] / tally->total;
        share[k] = code_of(tally->weight[k] / tally->total, people, least);
        if (people < least) {
            untold += people;
        } else if (smallest == n_cells || people < tally->people[smallest]) {
            smallest = k;
        }
    }
    if (untold > 0 && untold < least && smallest < n_cells) {
        const double of = (double)tally->people[smallest], step = (double)least;
        const double share_of = tally->weight[smallest] / tally->total;
        const double rest = 1.0 - (told - share_of); /* what the others leave */
        share[smallest] =
            code_of(fmin(share_of * round(of / step) * step / of, rest), least, least);
    }
}

static void fit_number(Fit *f, size_t j, MkSeen *seen, size_t n_seen)
{
    const MkAttribute *const a = &f->schema->attributes[j];
    float *const edges = f->edges + j * (MK_SUMMARY_CELLS + 1);
    float *const sides = f->side_edges + j * (SIDE + 1);
    Tally tally = {.total = 0.0};
    n_seen = mk_summary_sort(seen, n_seen);
    const size_t n =
        mk_summary_cut(seen, n_seen, a->min, a->max, f->from->least, MK_SUMMARY_CELLS, 0.5, edges);
    const size_t m = mk_summary_cut(seen, n_seen, a->min, a->max, f->from->least, SIDE, 0.2, sides);
    f->cells[j] = (uint8_t)n;
    f->sides[j] = (uint8_t)(m >= 2 ? m : 0);
    for (size_t s = 0; s < f->n_sources; s++) {
        const Source *const source = &f->sources[s];
        const double *const column = column_of(source, j);
        for (size_t i = 0; column != NULL && i < source->n_rows; i++) {
            const double v = column[source->rows[i] - source->first];
            const double w = weight_of(f, source, i);
            if (isnan(v) || !(w > 0.0)) {
                continue;
            }
            const size_t k = n > 0 ? mk_summary_cell(edges, n, v) : 0;
            tally.weight[k] += w;
            tally.people[k]++;
            tally.total += w;
            codes_of(source, j)[i] = m >= 2 ? (uint8_t)mk_summary_cell(sides, m, v) : NO_SIDE;
        }
    }
    tell_cells(&tally, n, f->from->least, f->share + j * MK_CELLS_MAX);
}

static void fit_levels(Fit *f, size_t j)
{
    const size_t n = f->schema->attributes[j].n_levels;
    Tally tally = {.total = 0.0};
    f->cells[j] = (uint8_t)(n <= MK_SUMMARY_CELLS ? n : 0);
    f->sides[j] = (uint8_t)(n <= SIDE && n >= 2 ? n : 0);
    for (size_t s = 0; s < f->n_sources; s++) {
        const Source *const source = &f->sources[s];
        const double *const column = column_of(source, j);
        for (size_t i = 0; column != NULL && i < source->n_rows; i++) {
            const double v = column[source->rows[i] - source->first];
            const double w = weight_of(f, source, i);
            if (!isnan(v) && w > 0.0) {
                tally.weight[(size_t)v] += w;
                tally.people[(size_t)v]++;
                tally.total += w;
                codes_of(source, j)[i] = f->sides[j] > 0 ? (uint8_t)v : NO_SIDE;
            }
        }
    }
    tell_cells(&tally, f->cells[j], f->from->least, f->share + j * MK_CELLS_MAX);
}

static void fit_attribute(void *ctx, size_t j, size_t worker)
{
    Fit *const f = ctx;
    MkSeen *const seen = f->scratch[worker];
    size_t n = 0;
    for (size_t s = 0; s < f->n_sources; s++) {
        const Source *const source = &f->sources[s];
        const double *const column = column_of(source, j);
        if (column == NULL) {
            continue;
        }
        memset(codes_of(source, j), NO_SIDE, source->n_rows);
        for (size_t i = 0; i < source->n_rows; i++) {
            const double v = column[source->rows[i] - source->first];
            const double w = weight_of(f, source, i);
            if (!isnan(v) && w > 0.0) {
                seen[n++] = (MkSeen){.value = v, .weight = w, .people = 1};
            }
        }
    }
    f->people[j] = (int32_t)n;
    if (n < f->from->least) {
        return;
    }
    if (mk_type_is_number(f->schema->attributes[j].type)) {
        fit_number(f, j, seen, n);
    } else {
        fit_levels(f, j);
    }
}

/* ---- pairs: how strongly related ---- */

enum { GRID = SIDE + 1 };

static bool has_both(const Source *s, size_t a, size_t b)
{
    return s->column[a] > 0 && s->column[b] > 0;
}

static size_t count_grid(const Fit *f, size_t a, size_t b, uint32_t *count)
{
    size_t people = 0;
    memset(count, 0, GRID * GRID * sizeof *count);
    for (size_t s = 0; s < f->n_sources; s++) {
        const Source *const source = &f->sources[s];
        if (has_both(source, a, b)) {
            const uint8_t *const x = codes_of(source, a), *const y = codes_of(source, b);
            for (size_t i = 0; i < source->n_rows; i++) {
                count[x[i] * GRID + y[i]]++;
            }
        }
    }
    for (size_t k = 0; k < SIDE; k++) {
        for (size_t l = 0; l < SIDE; l++) {
            people += count[k * GRID + l];
        }
    }
    return people;
}

/* Correlation of a normal pair with the same mutual information, less what chance gives; below 0
 * when there is too little to tell. */
static float relation(const uint32_t *count, size_t n_a, size_t n_b, size_t people, size_t least)
{
    double of_a[SIDE] = {0}, of_b[SIDE] = {0}, information = 0.0;
    size_t told = 0, rows = 0, columns = 0;
    for (size_t k = 0; k < n_a; k++) {
        for (size_t l = 0; l < n_b; l++) {
            of_a[k] += (double)count[k * GRID + l];
            of_b[l] += (double)count[k * GRID + l];
            told += count[k * GRID + l] >= least;
        }
    }
    if (told < 2 || people < PAIR_LEAST) {
        return -1.0F;
    }
    for (size_t k = 0; k < n_a; k++) {
        rows += of_a[k] > 0.0;
        for (size_t l = 0; l < n_b; l++) {
            const double c = (double)count[k * GRID + l];
            information += c > 0.0 ? c * log(c * (double)people / (of_a[k] * of_b[l])) : 0.0;
        }
    }
    for (size_t l = 0; l < n_b; l++) {
        columns += of_b[l] > 0.0;
    }
    information /= (double)people;
    information -= (double)((rows - 1) * (columns - 1)) / (2.0 * (double)people);
    return (float)sqrt(1.0 - exp(-2.0 * fmax(information, 0.0)));
}

static void relate(void *ctx, size_t a, size_t worker)
{
    Fit *const f = ctx;
    uint32_t count[GRID * GRID];
    (void)worker;
    for (size_t b = 0; b < a; b++) {
        float strength = -1.0F;
        if (f->sides[a] > 0 && f->sides[b] > 0) {
            const size_t people = count_grid(f, a, b, count);
            strength = relation(count, f->sides[a], f->sides[b], people, f->from->least);
        }
        f->related[a * f->n + b] = strength;
    }
}

static float related(const Fit *f, size_t a, size_t b)
{
    return f->related[a > b ? a * f->n + b : b * f->n + a];
}

/* ---- pairs: which are kept ---- */

typedef struct Partner {
    float strength;
    uint32_t id;
} Partner;

static int by_strength(const void *a, const void *b)
{
    const Partner *const x = a, *const y = b;
    if (x->strength != y->strength) {
        return x->strength > y->strength ? -1 : 1;
    }
    return (x->id > y->id) - (x->id < y->id);
}

static void take_places(Fit *f, size_t a, Partner *partners, size_t n)
{
    uint16_t *const place = f->place + a * f->n;
    qsort(partners, n, sizeof *partners, by_strength);
    for (size_t i = 0; i < n && i < UINT16_MAX; i++) {
        const size_t b = partners[i].id;
        place[b] = (uint16_t)(i < place[b] ? i : place[b]);
    }
}

static void rank_partners(void *ctx, size_t a, size_t worker)
{
    Fit *const f = ctx;
    Partner *const partners = f->scratch[worker];
    for (size_t b = 0; b < f->n; b++) {
        f->place[a * f->n + b] = UINT16_MAX;
    }
    for (int measure = 0; measure < 3; measure++) {
        size_t n = 0;
        for (size_t b = 0; b < f->n; b++) {
            if (b == a || related(f, a, b) < 0.0F || (measure == 2 && !f->anchor[b])) {
                continue;
            }
            const float r = fabsf(mk_copula_r(f->from->copula, a, b));
            partners[n++] = (Partner){measure == 0 ? r : related(f, a, b), (uint32_t)b};
        }
        take_places(f, a, partners, n);
    }
}

typedef struct Candidate {
    uint32_t place;
    float strength;
    uint32_t b, a; /* a < b */
} Candidate;

static int by_place(const void *x, const void *y)
{
    const Candidate *const p = x, *const q = y;
    if (p->place != q->place) {
        return p->place < q->place ? -1 : 1;
    }
    if (p->strength != q->strength) {
        return p->strength > q->strength ? -1 : 1;
    }
    return p->b != q->b ? (p->b > q->b) - (p->b < q->b) : (p->a > q->a) - (p->a < q->a);
}

static int by_ids(const void *x, const void *y)
{
    const Candidate *const p = x, *const q = y;
    return p->b != q->b ? (p->b > q->b) - (p->b < q->b) : (p->a > q->a) - (p->a < q->a);
}

/* The pairs that are kept, ascending by ids. */
static MkStatus choose(const Fit *f, MkArena *arena, Candidate **out, size_t *n_out, MkError *err)
{
    size_t n = 0;
    Candidate *const all = mk_heap_array(f->n * (f->n + 1) / 2, sizeof *all);
    for (size_t b = 0; all != NULL && b < f->n; b++) {
        for (size_t a = 0; a < b; a++) {
            if (related(f, a, b) < 0.0F) {
                continue;
            }
            const uint16_t one = f->place[a * f->n + b], other = f->place[b * f->n + a];
            const float r = fabsf(mk_copula_r(f->from->copula, a, b));
            const uint32_t place = one < other ? one : other;
            all[n++] = (Candidate){.place = f->common[a] && f->common[b] ? 0 : place,
                                   .strength = fmaxf(r, related(f, a, b)),
                                   .b = (uint32_t)b,
                                   .a = (uint32_t)a};
        }
    }
    if (n > 0) {
        qsort(all, n, sizeof *all, by_place);
    }
    n = n < MK_SUMMARY_PAIRS ? n : MK_SUMMARY_PAIRS;
    *out = mk_arena_array(arena, n, sizeof **out);
    *n_out = n;
    const bool ok = all != NULL && *out != NULL;
    if (ok && n > 0) {
        memcpy(*out, all, n * sizeof *all);
        qsort(*out, n, sizeof **out, by_ids);
    }
    free(all);
    return ok ? MK_OK : out_of_memory(err);
}

/* ---- pairs: their cells ---- */

/* What is not told may not be found as what is missing to the whole: when fewer than
 * `least` people are in the untold cells, but some, the smallest told one goes too. */
static void hide_rest(const uint32_t *people, uint16_t *share, size_t n, size_t least)
{
    size_t untold = 0, smallest = n;
    for (size_t k = 0; k < n; k++) {
        if (share[k] == MK_SUMMARY_UNTOLD) {
            untold += people[k];
        } else if (smallest == n || people[k] < people[smallest]) {
            smallest = k;
        }
    }
    if (untold > 0 && untold < least && smallest < n) {
        share[smallest] = MK_SUMMARY_UNTOLD;
    }
}

typedef struct Pair {
    uint32_t people[SIDE * SIDE];
    double weight[SIDE * SIDE], total;
    size_t both;
} Pair;

static void add_pair(const Fit *f, const Source *s, size_t b, size_t a, Pair *pair)
{
    const uint8_t *const x = codes_of(s, b), *const y = codes_of(s, a);
    for (size_t i = 0; i < s->n_rows; i++) {
        if (x[i] != NO_SIDE && y[i] != NO_SIDE) {
            const size_t at = (size_t)x[i] * f->sides[a] + y[i];
            pair->people[at]++;
            pair->weight[at] += weight_of(f, s, i);
            pair->total += weight_of(f, s, i);
            pair->both++;
        }
    }
}

/* Shares of (sides of b, sides of a); gives the number of people with both. */
static size_t fit_pair(const Fit *f, size_t b, size_t a, uint16_t *share)
{
    const size_t n = (size_t)f->sides[b] * f->sides[a];
    Pair pair = {.both = 0};
    for (size_t s = 0; s < f->n_sources; s++) {
        if (has_both(&f->sources[s], a, b)) {
            add_pair(f, &f->sources[s], b, a, &pair);
        }
    }
    for (size_t k = 0; k < n; k++) {
        share[k] = code_of(pair.weight[k] / pair.total, pair.people[k], f->from->least);
    }
    hide_rest(pair.people, share, n, f->from->least);
    return pair.both;
}

static MkStatus keep_pairs(const Fit *f, const Candidate *kept, size_t n, MkArena *arena,
                           MkSummaries *out, MkError *err)
{
    out->n_pairs = n;
    for (size_t i = 0; i < n; i++) {
        out->n_pair_share += (size_t)f->sides[kept[i].a] * f->sides[kept[i].b];
    }
    out->pairs = mk_arena_array(arena, 3 * n, sizeof *out->pairs);
    out->pair_share = mk_arena_array(arena, out->n_pair_share, sizeof *out->pair_share);
    if (out->pairs == NULL || out->pair_share == NULL) {
        return out_of_memory(err);
    }
    size_t at = 0;
    for (size_t i = 0; i < n; i++) {
        const uint32_t a = kept[i].a, b = kept[i].b;
        out->pairs[3 * i] = (int32_t)b;
        out->pairs[3 * i + 1] = (int32_t)a;
        out->pairs[3 * i + 2] = (int32_t)fit_pair(f, b, a, out->pair_share + at);
        at += (size_t)f->sides[a] * f->sides[b];
    }
    return MK_OK;
}

/* ---- all ---- */

static MkStatus keep_attributes(const Fit *f, MkArena *arena, MkSummaries *out, MkError *err)
{
    size_t edge = 0, share = 0, side = 0;
    out->n = f->n;
    out->cells = f->cells;
    out->people = f->people;
    out->sides = f->sides;
    out->edges = mk_arena_array(arena, f->n * (MK_SUMMARY_CELLS + 1), sizeof *out->edges);
    out->share = mk_arena_array(arena, f->n * MK_SUMMARY_CELLS, sizeof *out->share);
    out->side_edges = mk_arena_array(arena, f->n * (SIDE + 1), sizeof *out->side_edges);
    if (out->edges == NULL || out->share == NULL || out->side_edges == NULL) {
        return out_of_memory(err);
    }
    for (size_t j = 0; j < f->n; j++) {
        const size_t n = f->cells[j], m = f->sides[j];
        const bool number = mk_type_is_number(f->schema->attributes[j].type);
        for (size_t k = 0; k < n; k++) {
            out->share[share++] = f->share[j * MK_CELLS_MAX + k];
        }
        for (size_t k = 0; number && n > 0 && k <= n; k++) {
            out->edges[edge++] = f->edges[j * (MK_SUMMARY_CELLS + 1) + k];
        }
        for (size_t k = 0; number && m > 0 && k <= m; k++) {
            out->side_edges[side++] = f->side_edges[j * (SIDE + 1) + k];
        }
    }
    out->n_edges = edge;
    out->n_share = share;
    out->n_side_edges = side;
    return MK_OK;
}

/* The attributes that every shipped schema has are asked about most: all pairs of them are kept. */
static bool is_in_every_schema(const char *name)
{
    static const char *const names[] = {"age",
                                        "sex",
                                        "height",
                                        "weight",
                                        "waist",
                                        "bmi",
                                        "systolic_bp",
                                        "diastolic_bp",
                                        "hba1c",
                                        "glucose_fasting",
                                        "hdl_cholesterol",
                                        "creatinine",
                                        "hemoglobin",
                                        "smoking",
                                        "sleep_hours"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(name, names[i]) == 0) {
            return true;
        }
    }
    return false;
}

static void find_anchor(const MkSchema *schema, bool *anchor, bool *common)
{
    for (size_t j = 0; j < schema->n; j++) {
        anchor[j] = strcasecmp(schema->attributes[j].category, "demographics") == 0;
        common[j] = anchor[j] || is_in_every_schema(schema->attributes[j].name);
    }
}

/* The people of one table: rows[*at] and on, as long as they are of it. */
static bool prepare_source(Fit *f, size_t t, size_t *at, MkArena *scratch)
{
    const MkCohort *const cohort = f->from->cohort;
    const size_t begin = *at;
    size_t columns = 0;
    while (*at < f->n_rows && f->from->rows[*at] < cohort->first[t + 1]) {
        (*at)++;
    }
    if (*at == begin) {
        return true;
    }
    Source *const s = &f->sources[f->n_sources++];
    *s = (Source){.table = cohort->tables[t],
                  .rows = f->from->rows + begin,
                  .begin = begin,
                  .n_rows = *at - begin,
                  .first = cohort->first[t],
                  .column = mk_arena_zeros(scratch, f->n, sizeof *s->column)};
    for (size_t j = 0; s->column != NULL && j < f->n; j++) {
        if (s->table->column_of[j] != MK_NO_COLUMN) {
            s->column[j] = (uint32_t)++columns;
        }
    }
    s->codes = mk_arena_array(scratch, columns * s->n_rows, 1);
    return s->column != NULL && s->codes != NULL;
}

static bool prepare_sources(Fit *f, MkArena *scratch)
{
    size_t at = 0;
    f->sources = mk_arena_array(scratch, f->from->cohort->n_tables, sizeof *f->sources);
    bool ok = f->sources != NULL;
    for (size_t t = 0; ok && t < f->from->cohort->n_tables; t++) {
        ok = prepare_source(f, t, &at, scratch);
    }
    return ok;
}

static MkStatus prepare(Fit *f, size_t n_workers, MkArena *scratch, MkArena *arena, MkError *err)
{
    const size_t n = f->n, rows = f->n_rows + n + 1;
    const size_t item = sizeof(MkSeen) > sizeof(Partner) ? sizeof(MkSeen) : sizeof(Partner);
    f->edges = mk_arena_array(scratch, n * (MK_SUMMARY_CELLS + 1), sizeof *f->edges);
    f->share = mk_arena_array(scratch, n * MK_CELLS_MAX, sizeof *f->share);
    f->side_edges = mk_arena_array(scratch, n * (SIDE + 1), sizeof *f->side_edges);
    f->related = mk_arena_array(scratch, n * n, sizeof *f->related);
    f->place = mk_arena_array(scratch, n * n, sizeof *f->place);
    f->anchor = mk_arena_zeros(scratch, n, sizeof *f->anchor);
    f->common = mk_arena_zeros(scratch, n, sizeof *f->common);
    f->scratch = mk_arena_zeros(scratch, n_workers, sizeof *f->scratch);
    f->cells = mk_arena_zeros(arena, n, 1);
    f->sides = mk_arena_zeros(arena, n, 1);
    f->people = mk_arena_zeros(arena, n, sizeof *f->people);
    bool ok = prepare_sources(f, scratch) && f->edges != NULL && f->share != NULL &&
              f->side_edges != NULL && f->related != NULL && f->place != NULL &&
              f->anchor != NULL && f->common != NULL && f->scratch != NULL && f->cells != NULL &&
              f->sides != NULL && f->people != NULL;
    for (size_t w = 0; ok && w < n_workers; w++) {
        f->scratch[w] = mk_arena_array(scratch, rows, item);
        ok = f->scratch[w] != NULL;
    }
    return ok ? MK_OK : out_of_memory(err);
}

MkStatus mk_summaries_fit(const MkSummaryFit *fit, MkArena *arena, MkSummaries *out, MkError *err)
{
    MkStatus st = MK_OK;
    const MkSchema *const schema = fit->cohort->schema;
    Fit f = {.from = fit, .schema = schema, .n = schema->n, .n_rows = fit->n_rows};
    Candidate *kept = NULL;
    size_t n_kept = 0;
    *out = (MkSummaries){0};
    MkArena *const scratch = mk_arena_new(0);
    if (scratch == NULL) {
        return out_of_memory(err);
    }
    const size_t n_workers = fit->pool != NULL ? mk_pool_size(fit->pool) : 1;
    MK_TRY_GOTO(prepare(&f, n_workers, scratch, arena, err));
    find_anchor(schema, f.anchor, f.common);
    mk_pool_run(fit->pool, f.n, fit_attribute, &f);
    mk_pool_run(fit->pool, f.n, relate, &f);
    mk_pool_run(fit->pool, f.n, rank_partners, &f);
    MK_TRY_GOTO(choose(&f, scratch, &kept, &n_kept, err));
    MK_TRY_GOTO(keep_attributes(&f, arena, out, err));
    MK_TRY_GOTO(keep_pairs(&f, kept, n_kept, arena, out, err));
done:
    mk_arena_free(scratch);
    return st;
}
