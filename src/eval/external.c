#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "src/eval/external.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/file.h"
#include "src/base/rng.h"
#include "src/data/tsv.h"
#include "src/eval/overlap.h"
#include "src/stats/association.h"

enum { LIST_BYTES = 1 << 20 };

static MkStatus no_memory(MkError *err)
{
    return mk_fail(err, MK_ENOMEM, "out of memory");
}

/* ---- the list ---- */

static MkStatus add_listed(const MkTsv *tsv, MkArena *arena, MkExternalList *list, size_t *room,
                           MkError *err)
{
    const size_t name = mk_tsv_column(tsv, "attribute"), group = mk_tsv_column(tsv, "group");
    const MkListed item = {tsv->cells[name], group != MK_NO_CELL && tsv->cells[group][0] != '\0'
                                                 ? tsv->cells[group]
                                                 : "listed"};
    if (item.name[0] == '\0') {
        return mk_fail(err, MK_EFORMAT, "%s:%zu: found no attribute, expected one", tsv->origin,
                       tsv->line);
    }
    for (size_t i = 0; i < list->n; i++) {
        if (strcmp(list->items[i].name, item.name) == 0) {
            char shown[MK_SHOWN];
            return mk_fail(err, MK_EFORMAT, "%s:%zu: attribute %s found twice", tsv->origin,
                           tsv->line, mk_shown(item.name, strlen(item.name), shown));
        }
    }
    if (list->n == *room) {
        const size_t more = 2 * *room + 64;
        MkListed *const items = mk_arena_array(arena, more, sizeof *items);
        if (items == NULL) {
            return no_memory(err);
        }
        if (list->n > 0) {
            memcpy(items, list->items, list->n * sizeof *items);
        }
        list->items = items;
        *room = more;
    }
    list->items[list->n++] = item;
    return MK_OK;
}

MkStatus mk_external_list_read(const char *path, MkArena *arena, MkExternalList *out, MkError *err)
{
    MkBuf text;
    MkTsv tsv;
    MkExternalList list = {0};
    size_t room = 0;
    bool more = true;
    mk_buf_init(&text);
    MkStatus st = mk_file_read(path, LIST_BYTES, &text, err);
    if (st == MK_OK) {
        st = mk_tsv_begin(&tsv, arena, text.data, text.len, path, err);
    }
    if (st == MK_OK && mk_tsv_column(&tsv, "attribute") == MK_NO_CELL) {
        st = mk_fail(err, MK_EFORMAT, "%s: found no column attribute", path);
    }
    while (st == MK_OK && more) {
        st = mk_tsv_next(&tsv, &more, err);
        if (st == MK_OK && more) {
            st = add_listed(&tsv, arena, &list, &room, err);
        }
    }
    if (st == MK_OK && list.n == 0) {
        st = mk_fail(err, MK_EFORMAT, "%s: found no attribute, expected some", path);
    }
    mk_buf_release(&text);
    *out = list;
    return st;
}

/* ---- people ---- */

typedef struct Seen {
    double value, weight;
    size_t row;            /* of the cohort */
    uint16_t coarse, fine; /* cells of the grids */
} Seen;

/* Values of attribute j, ascending, with survey weights (1 where a table has none). */
typedef struct People {
    size_t n;
    Seen *seen;
    double *values, *weights;
} People;

static int by_value(const void *a, const void *b)
{
    const double x = ((const Seen *)a)->value, y = ((const Seen *)b)->value;
    return (x > y) - (x < y);
}

static bool make_room(const MkCohort *cohort, MkArena *arena, People *out)
{
    out->seen = mk_arena_array(arena, cohort->n_rows + 1, sizeof *out->seen);
    out->values = mk_arena_array(arena, cohort->n_rows + 1, sizeof *out->values);
    out->weights = mk_arena_array(arena, cohort->n_rows + 1, sizeof *out->weights);
    return out->seen != NULL && out->values != NULL && out->weights != NULL;
}

/* only: name of a source; NULL: all of them. */
static void gather(const MkCohort *cohort, const char *only, size_t j, People *p)
{
    p->n = 0;
    for (size_t t = 0; t < cohort->n_tables; t++) {
        const MkTable *const table = cohort->tables[t];
        if ((only != NULL && strcmp(only, cohort->names[t]) != 0) ||
            table->column_of[j] == MK_NO_COLUMN) {
            continue;
        }
        for (size_t i = 0; i < table->n_rows; i++) {
            const double v = mk_table_get(table, i, j);
            const double w = table->weight != NULL ? table->weight[i] : 1.0;
            if (!isnan(v) && w > 0.0) {
                p->seen[p->n++] = (Seen){.value = v, .weight = w, .row = cohort->first[t] + i};
            }
        }
    }
    if (p->n > 0) {
        qsort(p->seen, p->n, sizeof *p->seen, by_value);
    }
    for (size_t i = 0; i < p->n; i++) {
        p->values[i] = p->seen[i].value;
        p->weights[i] = p->seen[i].weight;
    }
}

/* ---- what is seen of an attribute ---- */

/* What people of the survey show in both grids. */
typedef struct Shown {
    double mean, sd;
    double coarse[MK_OVERLAP_CELLS], fine[MK_OVERLAP_CELLS]; /* shares */
} Shown;

typedef struct Grids {
    MkOverlapGrid coarse, fine;
} Grids;

static Grids make_grids(const MkAttribute *a, const People *p)
{
    Grids g;
    if (mk_type_is_number(a->type)) {
        g.coarse = mk_overlap_grid(p->values, p->weights, p->n, a->resolution, MK_OVERLAP_LEAST);
        g.fine = mk_overlap_grid(p->values, p->weights, p->n, a->resolution, MK_OVERLAP_MOST);
    } else {
        g.coarse = mk_overlap_levels(a->n_levels);
        g.fine = g.coarse;
    }
    return g;
}

static void find_cells(const Grids *g, People *p)
{
    for (size_t i = 0; i < p->n; i++) {
        p->seen[i].coarse = (uint16_t)mk_overlap_cell(&g->coarse, p->values[i]);
        p->seen[i].fine = (uint16_t)mk_overlap_cell(&g->fine, p->values[i]);
    }
}

/* Of people with cells, who count `count` times by the number of their row; NULL: once. */
static void show_people(bool is_number, const People *p, const uint16_t *count, Shown *out)
{
    double total = 0.0, sum = 0.0, squares = 0.0;
    memset(out, 0, sizeof *out);
    for (size_t i = 0; i < p->n; i++) {
        const double w = p->weights[i] * (count != NULL ? (double)count[p->seen[i].row] : 1.0);
        total += w;
        sum += w * p->values[i];
        out->coarse[p->seen[i].coarse] += w;
        out->fine[p->seen[i].fine] += w;
    }
    out->mean = is_number ? sum / total : NAN;
    for (size_t i = 0; is_number && i < p->n; i++) {
        const double w = p->weights[i] * (count != NULL ? (double)count[p->seen[i].row] : 1.0);
        squares += w * (p->values[i] - out->mean) * (p->values[i] - out->mean);
    }
    out->sd = is_number ? sqrt(squares / total) : NAN;
    for (size_t c = 0; c < MK_OVERLAP_CELLS; c++) {
        out->coarse[c] /= total;
        out->fine[c] /= total;
    }
}

static void show_answer(const Grids *g, const MkDistribution *answer, Shown *out)
{
    out->mean = mk_dist_mean(answer);
    out->sd = mk_dist_sd(answer);
    mk_overlap_answer(&g->coarse, answer, out->coarse);
    mk_overlap_answer(&g->fine, answer, out->fine);
}

static void agree(const Grids *g, const Shown *survey, const Shown *side, double out[MK_N_AGREE])
{
    const bool has_sd = survey->sd > 0.0;
    out[MK_AGREE_Z] = has_sd ? (side->mean - survey->mean) / survey->sd : NAN;
    out[MK_AGREE_NORMAL] = has_sd && side->sd > 0.0
                               ? mk_overlap_normal(side->mean, side->sd, survey->mean, survey->sd)
                               : NAN;
    out[MK_AGREE_OVERLAP] = mk_assoc_overlap(survey->coarse, side->coarse, g->coarse.n_cells);
    out[MK_AGREE_FINE] = mk_assoc_overlap(survey->fine, side->fine, g->fine.n_cells);
}

/* ---- people drawn anew ---- */

/* How often each row of the survey is in each draw: (MK_RESAMPLES, n_rows). */
static uint16_t *draw_people(const MkExternal *job, MkArena *arena)
{
    const size_t n = job->survey->n_rows;
    uint16_t *const counts = mk_arena_zeros(arena, MK_RESAMPLES * n + 1, sizeof *counts);
    for (size_t b = 0; counts != NULL && b < MK_RESAMPLES; b++) {
        MkRng rng = mk_rng(job->seed, MK_RNG_BOOTSTRAP, b);
        for (size_t i = 0; i < n; i++) {
            counts[b * n + mk_rng_below(&rng, n)]++;
        }
    }
    return counts;
}

/* ---- one attribute ---- */

typedef struct Compare {
    const MkExternal *job;
    People people, own;
    bool is_number; /* the attribute that is compared */
    uint16_t *counts;
    MkArena *arena;
} Compare;

/* What each side shows; false where there is nothing of it. */
static void show_sides(Compare *c, size_t j, const Grids *grids, Shown shown[MK_N_SIDES],
                       bool is_there[MK_N_SIDES])
{
    const MkExternal *const job = c->job;
    if (job->own != NULL) {
        gather(job->own, job->own_name, j, &c->own);
        find_cells(grids, &c->own);
        show_people(c->is_number, &c->own, NULL, &shown[MK_SIDE_SURVEY]);
    }
    if (job->given != NULL) {
        show_answer(grids, &job->given[j], &shown[MK_SIDE_GIVEN]);
    }
    show_answer(grids, mk_model_population(job->model, j), &shown[MK_SIDE_POPULATION]);
    is_there[MK_SIDE_POPULATION] = true;
    is_there[MK_SIDE_GIVEN] = job->given != NULL;
    is_there[MK_SIDE_SURVEY] = c->own.n > 0;
}

/* Figures of the survey as it is (draw MK_RESAMPLES) or of one draw. */
static void compare_draw(const Grids *grids, const Shown *survey, const Shown *side, bool is_there,
                         size_t draw, MkAgreement *out)
{
    double now[MK_N_AGREE] = {NAN, NAN, NAN, NAN};
    if (is_there) {
        agree(grids, survey, side, now);
    }
    for (size_t f = 0; f < MK_N_AGREE; f++) {
        if (draw == MK_RESAMPLES) {
            out->figures[f].value = now[f];
        } else {
            out->drawn[f][draw] = now[f];
        }
    }
}

static MkStatus compare_one(Compare *c, MkExternalRow *row, MkError *err)
{
    const MkAttribute *const a = &mk_model_schema(c->job->model)->attributes[row->attribute];
    const Grids grids = make_grids(a, &c->people);
    Shown survey, shown[MK_N_SIDES];
    bool is_there[MK_N_SIDES];
    c->is_number = mk_type_is_number(a->type);
    find_cells(&grids, &c->people);
    show_sides(c, row->attribute, &grids, shown, is_there);
    for (size_t s = 0; s < MK_N_SIDES; s++) {
        MkAgreement *const side = &row->sides[s];
        side->mean = is_there[s] ? shown[s].mean : NAN;
        side->sd = is_there[s] ? shown[s].sd : NAN;
        side->drawn = mk_arena_array(c->arena, MK_N_AGREE, sizeof *side->drawn);
        if (side->drawn == NULL) {
            return no_memory(err);
        }
    }
    for (size_t b = 0; b <= MK_RESAMPLES; b++) {
        const uint16_t *const count = c->counts + b * c->job->survey->n_rows;
        show_people(c->is_number, &c->people, b < MK_RESAMPLES ? count : NULL, &survey);
        for (size_t s = 0; s < MK_N_SIDES; s++) {
            compare_draw(&grids, &survey, &shown[s], is_there[s], b, &row->sides[s]);
        }
    }
    row->n = c->people.n;
    row->mean = survey.mean;
    row->sd = survey.sd;
    for (size_t s = 0; s < MK_N_SIDES; s++) {
        MkAgreement *const side = &row->sides[s];
        for (size_t f = 0; f < MK_N_AGREE; f++) {
            side->figures[f].error = mk_resample_spread(side->drawn[f], MK_RESAMPLES, 1);
        }
    }
    return MK_OK;
}

MkStatus mk_external_compare(const MkExternal *job, const MkExternalList *list, MkArena *arena,
                             MkExternalRow **out, size_t *n, MkError *err)
{
    const MkSchema *const schema = mk_model_schema(job->model);
    MkExternalRow *const rows = mk_arena_zeros(arena, list->n, sizeof *rows);
    Compare c = {.job = job, .counts = draw_people(job, arena), .arena = arena};
    if (rows == NULL || c.counts == NULL || !make_room(job->survey, arena, &c.people) ||
        (job->own != NULL && !make_room(job->own, arena, &c.own))) {
        return no_memory(err);
    }
    *n = 0;
    for (size_t i = 0; i < list->n; i++) {
        size_t j = 0;
        if (!mk_schema_find(schema, list->items[i].name, &j)) {
            continue;
        }
        gather(job->survey, NULL, j, &c.people);
        if (c.people.n > 0) {
            rows[*n] = (MkExternalRow){.attribute = j, .group = list->items[i].group};
            MK_TRY(compare_one(&c, &rows[(*n)++], err));
        }
    }
    *out = rows;
    return MK_OK;
}

/* ---- the newest of the same survey ---- */

/* Length of the name without its last part: "nhanes" of "nhanes_2021". */
static size_t stem(const char *name)
{
    const char *const end = strrchr(name, '_');
    return end != NULL ? (size_t)(end - name) : strlen(name);
}

bool mk_external_newest(const MkModel *model, const char *survey, size_t *source, size_t *level)
{
    const MkSchema *const schema = mk_model_schema(model);
    bool found = false;
    if (!mk_schema_find(schema, "source", source) || schema->attributes[*source].n_levels == 0) {
        return false;
    }
    const MkAttribute *const a = &schema->attributes[*source];
    const MkDistribution *const population = mk_model_population(model, *source);
    for (size_t k = 0; k < a->n_levels; k++) {
        const char *const name = a->levels[k].name;
        const bool is_same = stem(name) == stem(survey) &&
                             strncmp(name, survey, stem(survey)) == 0 && strcmp(name, survey) != 0;
        if (is_same && mk_dist_level(population, k) > 1e-6 &&
            (!found || strcmp(name, a->levels[*level].name) > 0)) {
            *level = k;
            found = true;
        }
    }
    return found;
}
