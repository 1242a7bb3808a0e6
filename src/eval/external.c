#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "src/eval/external.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/file.h"
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
                p->seen[p->n++] = (Seen){v, w};
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

static void moments(const People *p, double *mean, double *sd)
{
    double total = 0.0, sum = 0.0, squares = 0.0;
    for (size_t i = 0; i < p->n; i++) {
        total += p->weights[i];
        sum += p->weights[i] * p->values[i];
    }
    *mean = sum / total;
    for (size_t i = 0; i < p->n; i++) {
        squares += p->weights[i] * (p->values[i] - *mean) * (p->values[i] - *mean);
    }
    *sd = sqrt(squares / total);
}

/* ---- one attribute ---- */

/* Shares of the survey's people in both grids. */
typedef struct Grids {
    MkOverlapGrid coarse, fine;
    double in_coarse[MK_OVERLAP_CELLS], in_fine[MK_OVERLAP_CELLS];
} Grids;

static void make_grids(const MkAttribute *a, const People *p, Grids *g)
{
    if (mk_type_is_number(a->type)) {
        g->coarse = mk_overlap_grid(p->values, p->weights, p->n, a->resolution, MK_OVERLAP_LEAST);
        g->fine = mk_overlap_grid(p->values, p->weights, p->n, a->resolution, MK_OVERLAP_MOST);
    } else {
        g->coarse = mk_overlap_levels(a->n_levels);
        g->fine = g->coarse;
    }
    mk_overlap_people(&g->coarse, p->values, p->weights, p->n, g->in_coarse);
    mk_overlap_people(&g->fine, p->values, p->weights, p->n, g->in_fine);
}

/* z and the normal overlap, from mean and sd. */
static MkAgreement agree(const MkExternalRow *row, double mean, double sd)
{
    MkAgreement a = {.mean = mean, .sd = sd, .z = NAN, .normal = NAN};
    if (row->sd > 0.0) {
        a.z = (mean - row->mean) / row->sd;
        if (sd > 0.0) {
            a.normal = mk_overlap_normal(mean, sd, row->mean, row->sd);
        }
    }
    return a;
}

static MkAgreement agree_answer(const MkExternalRow *row, const Grids *g,
                                const MkDistribution *answer)
{
    double q[MK_OVERLAP_CELLS];
    MkAgreement a = agree(row, mk_dist_mean(answer), mk_dist_sd(answer));
    mk_overlap_answer(&g->coarse, answer, q);
    a.overlap = mk_assoc_overlap(g->in_coarse, q, g->coarse.n_cells);
    mk_overlap_answer(&g->fine, answer, q);
    a.fine = mk_assoc_overlap(g->in_fine, q, g->fine.n_cells);
    return a;
}

static MkAgreement agree_people(const MkExternalRow *row, const Grids *g, const People *p)
{
    double q[MK_OVERLAP_CELLS], mean = NAN, sd = NAN;
    if (g->coarse.width > 0.0) {
        moments(p, &mean, &sd);
    }
    MkAgreement a = agree(row, mean, sd);
    mk_overlap_people(&g->coarse, p->values, p->weights, p->n, q);
    a.overlap = mk_assoc_overlap(g->in_coarse, q, g->coarse.n_cells);
    mk_overlap_people(&g->fine, p->values, p->weights, p->n, q);
    a.fine = mk_assoc_overlap(g->in_fine, q, g->fine.n_cells);
    return a;
}

static void compare_one(const MkExternal *job, People *people, People *own, MkExternalRow *row)
{
    static const MkAgreement nothing = {NAN, NAN, NAN, NAN, NAN, NAN};
    const MkAttribute *const a = &mk_model_schema(job->model)->attributes[row->attribute];
    Grids grids;
    make_grids(a, people, &grids);
    row->n = people->n;
    row->mean = NAN;
    row->sd = NAN;
    if (mk_type_is_number(a->type)) {
        moments(people, &row->mean, &row->sd);
    }
    row->sides[MK_SIDE_POPULATION] =
        agree_answer(row, &grids, mk_model_population(job->model, row->attribute));
    row->sides[MK_SIDE_GIVEN] =
        job->given != NULL ? agree_answer(row, &grids, &job->given[row->attribute]) : nothing;
    if (job->own != NULL) {
        gather(job->own, job->own_name, row->attribute, own);
    }
    row->sides[MK_SIDE_SURVEY] = own->n > 0 ? agree_people(row, &grids, own) : nothing;
}

MkStatus mk_external_compare(const MkExternal *job, const MkExternalList *list, MkArena *arena,
                             MkExternalRow **out, size_t *n, MkError *err)
{
    const MkSchema *const schema = mk_model_schema(job->model);
    MkExternalRow *const rows = mk_arena_zeros(arena, list->n, sizeof *rows);
    People people = {0}, own = {0};
    if (rows == NULL || !make_room(job->survey, arena, &people) ||
        (job->own != NULL && !make_room(job->own, arena, &own))) {
        return no_memory(err);
    }
    *n = 0;
    for (size_t i = 0; i < list->n; i++) {
        size_t j = 0;
        if (!mk_schema_find(schema, list->items[i].name, &j)) {
            continue;
        }
        gather(job->survey, NULL, j, &people);
        if (people.n > 0) {
            rows[*n] = (MkExternalRow){.attribute = j, .group = list->items[i].group};
            compare_one(job, &people, &own, &rows[(*n)++]);
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
