/* fidelity_univariate.c - overlap of one attribute after the other (fidelity.h). */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/eval/fidelity_priv.h"
#include "src/eval/put.h"
#include "src/stats/association.h"

typedef struct Univariate {
    MkFidelity *f;
    double *answer; /* (d, n_sets) model against people */
    double *drawn;  /* (d, n_sets) persons drawn against people */
    double *train;  /* (d) training people against people */
    double *cells;  /* (d, MK_OVERLAP_CELLS) the model's answer */
    MkStatus *statuses;
} Univariate;

static MkStatus no_memory(MkError *err)
{
    return mk_fail(err, MK_ENOMEM, "out of memory for overlaps");
}

/* ---- what the model says ---- */

/* Adds the model's distributions of all attributes, given the source of table t, by how many of
 * the people (of it) have each. */
static MkStatus add_answers(Univariate *u, size_t t, MkArena *arena, MkError *err)
{
    const MkFidelity *const f = u->f;
    const MkCohort *const cohort = f->trial->judged;
    const size_t d = f->schema->n;
    MkPoint source;
    const bool is_told = mk_fidelity_source(f->trial->model, cohort, t, &source);
    double *const weight = mk_arena_zeros(arena, d + 1, sizeof *weight);
    size_t *const ids = mk_arena_array(arena, d + 1, sizeof *ids), n = 0;
    double cells[MK_OVERLAP_CELLS];
    if (weight == NULL || ids == NULL) {
        return no_memory(err);
    }
    for (size_t j = 0; j < d; j++) {
        const double *const x = mk_crowd_column(&f->real, j), *const w = f->real.w;
        for (size_t i = 0; f->grids[j].n_cells > 0 && i < f->real.n; i++) {
            const size_t row = f->real_rows[i];
            if (row >= cohort->first[t] && row < cohort->first[t + 1] && !isnan(x[i])) {
                weight[j] += w[i];
            }
        }
        if (weight[j] > 0.0) {
            ids[n++] = j;
        }
    }
    MkDistribution *const answers = mk_arena_array(arena, n + 1, sizeof *answers);
    if (answers == NULL) {
        return no_memory(err);
    }
    for (size_t k = 0; !is_told && k < n; k++) {
        answers[k] = *mk_model_population(f->trial->model, ids[k]);
    }
    if (is_told && n > 0) {
        MK_TRY(mk_model_posterior(f->trial->model, &source, 1, ids, n, arena, answers, err));
    }
    for (size_t k = 0; k < n; k++) {
        const MkOverlapGrid *const grid = &f->grids[ids[k]];
        mk_overlap_answer(grid, &answers[k], cells);
        for (size_t c = 0; c < grid->n_cells; c++) {
            u->cells[ids[k] * MK_OVERLAP_CELLS + c] += weight[ids[k]] * cells[c];
        }
    }
    return MK_OK;
}

static MkStatus ask_all(Univariate *u, MkError *err)
{
    MkStatus st = MK_OK;
    for (size_t t = 0; st == MK_OK && t < u->f->trial->judged->n_tables; t++) {
        MkArena *const arena = mk_arena_new(0);
        st = arena != NULL ? add_answers(u, t, arena, err) : no_memory(err);
        mk_arena_free(arena);
    }
    return st;
}

/* ---- overlaps ---- */

/* Those who have attribute j: values, and their weights of every set (n_sets, *n). */
typedef struct Having {
    size_t n;
    double *x, *w;
} Having;

static Having having(const MkCrowd *p, size_t j, size_t n_sets, double *room)
{
    Having h = {.x = room, .w = room + p->n};
    const double *const x = mk_crowd_column(p, j);
    for (size_t i = 0; i < p->n; i++) {
        h.n += isnan(x[i]) ? 0 : 1;
    }
    for (size_t i = 0, k = 0; i < p->n; i++) {
        if (isnan(x[i])) {
            continue;
        }
        for (size_t s = 0; s < n_sets; s++) {
            const double *const w = mk_crowd_weights(p, s);
            h.w[s * h.n + k] = w != NULL ? w[i] : 1.0;
        }
        h.x[k++] = x[i];
    }
    return h;
}

static MkStatus overlap_one(const Univariate *u, size_t j)
{
    const MkFidelity *const f = u->f;
    const MkOverlapGrid *const grid = &f->grids[j];
    const size_t sets = f->size.n_sets, n = f->real.n + f->made.n;
    double *const room = malloc((n * (sets + 1) + 2 * f->train.n + 1) * sizeof *room);
    double p[MK_OVERLAP_CELLS], q[MK_OVERLAP_CELLS];
    if (room == NULL) {
        return MK_ENOMEM;
    }
    const Having real = having(&f->real, j, sets, room);
    const Having made = having(&f->made, j, sets, room + f->real.n * (sets + 1));
    const Having train = having(&f->train, j, 1, room + n * (sets + 1));
    for (size_t s = 0; s < sets; s++) {
        mk_overlap_people(grid, real.x, real.w + s * real.n, real.n, p);
        mk_overlap_people(grid, made.x, made.w + s * made.n, made.n, q);
        u->drawn[j * sets + s] = mk_assoc_overlap(p, q, grid->n_cells);
        u->answer[j * sets + s] =
            mk_assoc_overlap(p, u->cells + j * MK_OVERLAP_CELLS, grid->n_cells);
    }
    if (train.n >= MK_FIDELITY_OVERLAP_LEAST) {
        mk_overlap_people(grid, real.x, real.w, real.n, p);
        mk_overlap_people(grid, train.x, train.w, train.n, q);
        u->train[j] = mk_assoc_overlap(p, q, grid->n_cells);
    }
    free(room);
    return MK_OK;
}

static void overlap_task(void *ctx, size_t index, size_t worker)
{
    (void)worker;
    Univariate *const u = ctx;
    if (u->f->grids[index].n_cells > 0 && !mk_cancelled(u->f->trial->cancel)) {
        u->statuses[index] = overlap_one(u, index);
    }
}

/* ---- shown ---- */

/* A table of overlaps, the first two columns of which say of what. */
static MkResultTable *overlap_table(const Univariate *u, const char *title,
                                    const MkPutHeader what[2], size_t n_left, size_t n_rows)
{
    const MkPutHeader headers[] = {what[0],
                                   what[1],
                                   {"drawn", "Persons drawn"},
                                   {"answer", "Model's answer"},
                                   {"train", "Training people"}};
    return mk_put_table(u->f->out->result, title, headers, 5, n_left, n_rows);
}

static void show_types(const Univariate *u)
{
    static const MkPutHeader what[] = {{"type", "Type"}, {"attributes", "Attributes"}};
    const MkFidelity *const f = u->f;
    const size_t d = f->schema->n, sets = f->size.n_sets;
    MkResult *const result = f->out->result;
    MkResultTable *const table =
        overlap_table(u, "Overlap of single attributes", what, 1, MK_FIDELITY_TYPES + 1);
    MkNode *const list = mk_node_array(result, f->out->node, "univariate");
    bool *const chosen = mk_arena_array(f->arena, d + 1, sizeof *chosen);
    for (size_t k = 0; chosen != NULL && k <= MK_FIDELITY_TYPES; k++) {
        size_t n = 0;
        for (size_t j = 0; j < d; j++) {
            chosen[j] = f->grids[j].n_cells > 0 &&
                        (k == MK_FIDELITY_TYPES || (size_t)f->schema->attributes[j].type == k);
            n += chosen[j] ? 1 : 0;
        }
        const char *const name = k < MK_FIDELITY_TYPES ? mk_type_name((MkType)k) : "all";
        const MkMeasured drawn = mk_fidelity_mean(u->drawn, d, sets, chosen);
        const MkMeasured answer = mk_fidelity_mean(u->answer, d, sets, chosen);
        const double train = mk_fidelity_mean(u->train, d, 1, chosen).value;
        MkNode *const node = mk_node_object(result, list, NULL);
        (void)mk_node_string(result, node, "type", name);
        (void)mk_node_number(result, node, "attributes", (double)n);
        mk_put_measured_node(result, node, "drawn", drawn);
        mk_put_measured_node(result, node, "answer", answer);
        mk_put_node(result, node, "train", train);
        mk_result_table_cell(result, table, k, 0, name, NULL);
        mk_put_count(result, table, k, 1, n);
        mk_put_measured(result, table, k, 2, drawn, 3);
        mk_put_measured(result, table, k, 3, answer, 3);
        mk_put_number(result, table, k, 4, train, 3);
    }
}

static void show_attributes(const Univariate *u)
{
    static const MkPutHeader what[] = {{"attribute", "Attribute"}, {"type", "Type"}};
    const MkFidelity *const f = u->f;
    const size_t d = f->schema->n, sets = f->size.n_sets;
    MkResult *const result = f->out->result;
    size_t n = 0, row = 0;
    for (size_t j = 0; j < d; j++) {
        n += f->grids[j].n_cells > 0 ? 1 : 0;
    }
    MkResultTable *const table = overlap_table(u, "Overlap by attribute", what, 2, n);
    for (size_t j = 0; table != NULL && j < d; j++) {
        if (f->grids[j].n_cells == 0) {
            continue;
        }
        mk_result_table_cell(result, table, row, 0, f->schema->attributes[j].name, NULL);
        mk_result_table_cell(result, table, row, 1, mk_type_name(f->schema->attributes[j].type),
                             NULL);
        mk_put_number(result, table, row, 2, u->drawn[j * sets], 4);
        mk_put_number(result, table, row, 3, u->answer[j * sets], 4);
        mk_put_number(result, table, row++, 4, u->train[j], 4);
    }
    if (table != NULL) {
        table->use = MK_TABLE_DATA;
    }
}

static int descending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x < y) - (x > y);
}

/* values (d, stride), largest first, against their place. */
static void sorted_line(const MkFidelity *f, MkFigure *figure, MkSeriesRole role, size_t index,
                        const char *name, const double *values, size_t d, size_t stride)
{
    double *const x = mk_arena_array(f->arena, d + 1, sizeof *x);
    size_t n = 0;
    for (size_t j = 0; x != NULL && j < d; j++) {
        if (!isnan(values[j * stride])) {
            x[n++] = values[j * stride];
        }
    }
    if (n < 2) {
        return;
    }
    qsort(x, n, sizeof *x, descending);
    MkSeries *const line =
        mk_figure_add_series(f->out->result, figure, MK_SERIES_LINE, role, name, n);
    if (line != NULL) {
        line->index = index;
    }
    for (size_t i = 0; line != NULL && i < n; i++) {
        mk_series_point(line, i, 100.0 * (double)i / (double)(n - 1), x[i]);
    }
}

static void show_figure(const Univariate *u)
{
    const MkFidelity *const f = u->f;
    const size_t d = f->schema->n, sets = f->size.n_sets;
    MkFigure *const figure =
        mk_result_add_figure(f->out->result, "Overlap with people, attributes from best to worst");
    if (figure == NULL) {
        return;
    }
    figure->x_label = "share of attributes (%)";
    figure->y_label = "overlap";
    figure->x_min = 0.0;
    figure->x_max = 100.0;
    sorted_line(f, figure, MK_ROLE_POPULATION, 0, "training people", u->train, d, 1);
    sorted_line(f, figure, MK_ROLE_SCENARIO, 0, "model's answer", u->answer, d, sets);
    sorted_line(f, figure, MK_ROLE_SCENARIO, 2, "persons drawn", u->drawn, d, sets);
}

MkStatus mk_fidelity_univariate(MkFidelity *f, MkError *err)
{
    const size_t d = f->schema->n, sets = f->size.n_sets;
    Univariate u = {.f = f,
                    .answer = mk_arena_array(f->arena, d * sets + 1, sizeof *u.answer),
                    .drawn = mk_arena_array(f->arena, d * sets + 1, sizeof *u.drawn),
                    .train = mk_arena_array(f->arena, d + 1, sizeof *u.train),
                    .cells = mk_arena_zeros(f->arena, d * MK_OVERLAP_CELLS, sizeof *u.cells),
                    .statuses = mk_arena_zeros(f->arena, d + 1, sizeof *u.statuses)};
    if (u.answer == NULL || u.drawn == NULL || u.train == NULL || u.cells == NULL ||
        u.statuses == NULL) {
        return no_memory(err);
    }
    for (size_t k = 0; k < d * sets; k++) {
        u.answer[k] = NAN;
        u.drawn[k] = NAN;
        u.train[k / sets] = NAN;
    }
    MK_TRY(ask_all(&u, err));
    mk_pool_run(f->trial->pool, d, overlap_task, &u);
    for (size_t j = 0; j < d; j++) {
        if (u.statuses[j] != MK_OK) {
            return no_memory(err);
        }
    }
    show_types(&u);
    show_attributes(&u);
    show_figure(&u);
    MK_TRY(mk_fidelity_figure(f, "overlap_univariate",
                              "overlap of single attributes, persons drawn",
                              mk_fidelity_mean(u.drawn, d, sets, NULL), err));
    return mk_fidelity_figure(f, "overlap_univariate_answer",
                              "overlap of single attributes, model's answer",
                              mk_fidelity_mean(u.answer, d, sets, NULL), err);
}
