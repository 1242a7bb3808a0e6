#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "src/eval/fidelity.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/gaps.h"
#include "model/persons.h"
#include "src/eval/fidelity_priv.h"
#include "src/eval/people.h"
#include "src/eval/put.h"
#include "src/eval/trees.h"

enum { GROUPS = 16, PEOPLE_LEAST = 40 };

static const MkFidelitySize whole = {.persons = 3000,
                                     .real = 4000,
                                     .train = 4000,
                                     .n_sets = 31,
                                     .pairs = 3000,
                                     .asked = 12,
                                     .learned = 10000,
                                     .forests = 8,
                                     .neighbours = 1000};
static const MkFidelitySize quick = {.persons = 500,
                                     .real = 1000,
                                     .train = 1500,
                                     .n_sets = 11,
                                     .pairs = 500,
                                     .asked = 3,
                                     .learned = 1500,
                                     .forests = 2,
                                     .neighbours = 300};

static MkStatus no_memory(MkError *err)
{
    return mk_fail(err, MK_ENOMEM, "out of memory for synthetic people");
}

/* ---- numbers ---- */

MkMeasured mk_fidelity_replicates(const double *values, size_t n_sets)
{
    double sum = 0.0, squares = 0.0;
    const double n = (double)n_sets - 1.0;
    for (size_t k = 1; k < n_sets; k++) {
        sum += values[k] / n;
    }
    for (size_t k = 1; k < n_sets; k++) {
        squares += (values[k] - sum) * (values[k] - sum);
    }
    return (MkMeasured){values[0], n > 1.0 ? sqrt(squares / (n - 1.0)) : NAN};
}

MkMeasured mk_fidelity_mean(const double *values, size_t n, size_t n_sets, const bool *chosen)
{
    enum { SETS = 64 };
    double means[SETS] = {0};
    const size_t sets = n_sets < SETS ? n_sets : SETS;
    size_t counted = 0;
    for (size_t i = 0; i < n; i++) {
        if (isnan(values[i * n_sets]) || (chosen != NULL && !chosen[i])) {
            continue;
        }
        for (size_t k = 0; k < sets; k++) {
            means[k] += values[i * n_sets + k];
        }
        counted++;
    }
    for (size_t k = 0; k < sets; k++) {
        means[k] /= (double)counted;
    }
    return counted > 0 ? mk_fidelity_replicates(means, sets) : (MkMeasured){NAN, NAN};
}

MkStatus mk_fidelity_figure(MkFidelity *f, const char *name, const char *label, MkMeasured measured,
                            MkError *err)
{
    MkResult *const result = f->out->result;
    if (!isfinite(measured.value)) {
        return MK_OK;
    }
    MkNode *const node = mk_node_object(result, f->out->node, name);
    mk_put_node(result, node, "value", measured.value);
    mk_put_node(result, node, "standard_error", measured.error);
    return mk_section_figure(f->out, name, label, measured.value, measured.error, err);
}

/* ---- who ---- */

MkStatus mk_fidelity_thin(const MkCohort *cohort, const size_t *rows, size_t n, size_t most,
                          MkArena *arena, size_t **out, size_t *n_out, MkError *err)
{
    size_t *const kept = mk_arena_array(arena, n + 1, sizeof *kept);
    size_t low = 1, high = most;
    if (kept == NULL) {
        return no_memory(err);
    }
    while (low < high) { /* the most of a table with which there are not too many in all */
        const size_t middle = low + (high - low + 1) / 2;
        if (mk_people_thin(cohort, rows, n, middle, kept) <= most) {
            low = middle;
        } else {
            high = middle - 1;
        }
    }
    *n_out = mk_people_thin(cohort, rows, n, low, kept);
    *out = kept;
    return MK_OK;
}

bool mk_fidelity_source(const MkModel *model, const MkCohort *cohort, size_t table, MkPoint *point)
{
    const MkSchema *const schema = mk_model_schema(model);
    const char *const name = cohort->names[table];
    size_t level = 0;
    if (name[0] == '\0' || !mk_schema_find(schema, "source", &point->attribute) ||
        !mk_attribute_level(&schema->attributes[point->attribute], name, strlen(name), &level)) {
        return false;
    }
    point->value = (double)level;
    return true;
}

/* ---- drawn persons ---- */

/* Whose gaps the persons of a table get; MK_PERSONS_COMPLETE: the model knows none. */
static size_t gaps_of(const MkModel *model, const char *name)
{
    size_t source = 0;
    if (mk_model_gaps_find(model, name[0] != '\0' ? name : MK_GAPS_TABLE, &source)) {
        return source;
    }
    return mk_model_gaps_count(model) == 1 ? 0 : MK_PERSONS_COMPLETE;
}

/* Persons begin .. end - 1 of *out, like people of one table. */
static MkStatus draw_table(MkFidelity *f, const MkFidelityDraw *draw, size_t table, size_t begin,
                           size_t end, MkCrowd *out, MkError *err)
{
    const MkTrial *const trial = f->trial;
    MkPoint point;
    MkKnown known = {0};
    const bool is_told = mk_fidelity_source(trial->model, trial->judged, table, &point);
    if (is_told) {
        known = (MkKnown){point.attribute, {.kind = MK_VALUE_POINT, .point = point.value}};
    }
    const MkPersonsJob job = {.model = trial->model,
                              .evidence = {.n = is_told ? 1 : 0, .known = &known},
                              .columns = draw->ids,
                              .n_columns = draw->n_ids,
                              .n_groups = GROUPS,
                              .source = gaps_of(trial->model, trial->judged->names[table]),
                              .seed = draw->seed + table,
                              .pool = trial->pool,
                              .cancel = trial->cancel};
    MkPersons *persons = NULL;
    const double *rows = NULL;
    MkStatus st = mk_persons_new(&job, &persons, err);
    while (st == MK_OK && begin < end) {
        const size_t left = end - begin, n = left < MK_PERSONS_ORDER ? left : MK_PERSONS_ORDER;
        st = mk_persons_next(persons, n, &rows, err);
        for (size_t i = 0; st == MK_OK && i < n * draw->n_ids; i++) {
            out->x[(i / n) * out->stride + begin + i % n] =
                rows[(i % n) * f->schema->n + draw->ids[i / n]];
        }
        begin += n;
        if (st == MK_OK) {
            const double done = (double)begin / (double)draw->n;
            st = mk_trial_goes_on(trial, draw->begin + done * (draw->end - draw->begin), err);
        }
    }
    mk_persons_free(persons);
    return st;
}

MkStatus mk_fidelity_draw(MkFidelity *f, const MkFidelityDraw *draw, MkCrowd *out, MkError *err)
{
    const MkCohort *const cohort = f->trial->judged;
    MK_TRY(mk_crowd_new(draw->n, draw->n_ids, f->arena, out, err));
    f->gaps = "";
    for (size_t i = 0; i < draw->n_rows;) {
        size_t row = draw->rows[i], end = i;
        const size_t t = mk_cohort_table(cohort, &row);
        while (end < draw->n_rows && draw->rows[end] < cohort->first[t + 1]) {
            end++;
        }
        const size_t from = i * draw->n / draw->n_rows, to = end * draw->n / draw->n_rows;
        MK_TRY(draw_table(f, draw, t, from, to, out, err));
        if (gaps_of(f->trial->model, cohort->names[t]) == MK_PERSONS_COMPLETE) {
            MkCrowd part = mk_crowd_part(out, from, to - from);
            const MkCrowd like = mk_crowd_part(draw->like, i, end - i);
            mk_crowd_copy_gaps(&part, &like);
            f->gaps = " The model does not tell what people lack: persons have the gaps of random "
                      "real people.";
        }
        i = end;
    }
    return MK_OK;
}

/* ---- people ---- */

/* The manifest has the recipe; without one the model speaks of people as they come. */
static bool is_weighted(const MkModel *model)
{
    const char *const manifest = mk_model_card(model)->manifest;
    return manifest[0] != '\0' && strstr(manifest, "survey_weights no") == NULL;
}

static MkStatus open_people(MkFidelity *f, MkError *err)
{
    const MkTrial *const trial = f->trial;
    size_t n = 0, *rows = NULL;
    MK_TRY(mk_fidelity_thin(trial->judged, trial->rows, trial->n_rows, f->size.real, f->arena,
                            &f->real_rows, &n, err));
    if (n < PEOPLE_LEAST) {
        return mk_fail(err, MK_EINVAL, "%zu people are too few to hold synthetic ones against", n);
    }
    MkCrowdOf of = {
        .cohort = trial->judged, .rows = f->real_rows, .n = n, .weighted = f->is_weighted};
    MK_TRY(mk_crowd_people(&of, f->arena, &f->real, err));
    if (trial->train != NULL && trial->n_train >= PEOPLE_LEAST) {
        MK_TRY(mk_fidelity_thin(trial->train, trial->train_rows, trial->n_train, f->size.train,
                                f->arena, &rows, &n, err));
        of = (MkCrowdOf){.cohort = trial->train, .rows = rows, .n = n, .weighted = f->is_weighted};
        MK_TRY(mk_crowd_people(&of, f->arena, &f->train, err));
    }
    return MK_OK;
}

static MkStatus open_made(MkFidelity *f, MkError *err)
{
    const size_t d = f->schema->n;
    size_t *const ids = mk_arena_array(f->arena, d + 1, sizeof *ids);
    size_t n = 0;
    MkCrowd drawn;
    if (ids == NULL) {
        return no_memory(err);
    }
    for (size_t j = 0; j < d; j++) {
        if (!f->left_out[j]) {
            ids[n++] = j;
        }
    }
    MkCrowd like;
    MK_TRY(mk_crowd_new(f->real.n, n, f->arena, &like, err));
    for (size_t c = 0; c < n; c++) {
        memcpy(like.x + c * like.stride, mk_crowd_column(&f->real, ids[c]),
               f->real.n * sizeof *like.x);
    }
    const MkFidelityDraw draw = {.n = f->size.persons,
                                 .ids = ids,
                                 .n_ids = n,
                                 .rows = f->real_rows,
                                 .n_rows = f->real.n,
                                 .like = &like,
                                 .seed = f->trial->seed,
                                 .begin = 0.02,
                                 .end = 0.25};
    MK_TRY(mk_fidelity_draw(f, &draw, &drawn, err));
    MK_TRY(mk_crowd_new(drawn.n, d, f->arena, &f->made, err));
    for (size_t c = 0; c < n; c++) {
        memcpy(f->made.x + ids[c] * f->made.stride, mk_crowd_column(&drawn, c),
               drawn.n * sizeof *drawn.x);
    }
    return MK_OK;
}

/* ---- grids ---- */

static MkOverlapGrid grid_of(const MkFidelity *f, size_t j, double *x, double *ones, size_t most)
{
    const MkAttribute *const attribute = &f->schema->attributes[j];
    size_t n = 0;
    for (size_t i = 0; i < f->real.n; i++) {
        const double v = mk_crowd_column(&f->real, j)[i];
        if (!isnan(v)) {
            ones[n] = 1.0;
            x[n++] = v;
        }
    }
    if (n < MK_FIDELITY_OVERLAP_LEAST || f->left_out[j]) {
        return (MkOverlapGrid){0};
    }
    if (!mk_type_is_number(attribute->type)) {
        return mk_overlap_levels(attribute->n_levels);
    }
    mk_overlap_sort(x, n);
    return mk_overlap_grid(x, ones, n, attribute->resolution, most);
}

static MkStatus open_grids(MkFidelity *f, MkError *err)
{
    const size_t d = f->schema->n;
    double *const x = mk_arena_array(f->arena, f->real.n + 1, sizeof *x);
    double *const ones = mk_arena_array(f->arena, f->real.n + 1, sizeof *ones);
    f->grids = mk_arena_array(f->arena, d + 1, sizeof *f->grids);
    f->y_grids = mk_arena_array(f->arena, d + 1, sizeof *f->y_grids);
    if (x == NULL || ones == NULL || f->grids == NULL || f->y_grids == NULL) {
        return no_memory(err);
    }
    for (size_t j = 0; j < d; j++) {
        f->grids[j] = grid_of(f, j, x, ones, MK_OVERLAP_MOST);
        f->y_grids[j] = grid_of(f, j, x, ones, MK_OVERLAP_LEAST);
    }
    return MK_OK;
}

/* ---- all of it ---- */

static MkStatus mark_left_out(MkFidelity *f, MkError *err)
{
    f->left_out = mk_arena_zeros(f->arena, f->schema->n + 1, sizeof *f->left_out);
    if (f->left_out == NULL) {
        return no_memory(err);
    }
    f->has_source = mk_schema_find(f->schema, "source", &f->source);
    for (size_t j = 0; j < f->schema->n; j++) {
        f->left_out[j] = !mk_cohort_has(f->trial->judged, j);
    }
    if (f->has_source) {
        f->left_out[f->source] = true;
    }
    return MK_OK;
}

static void note_all(const MkFidelity *f)
{
    MkResult *const result = f->out->result;
    MkNode *const node = f->out->node;
    (void)mk_node_number(result, node, "people", (double)f->real.n);
    (void)mk_node_number(result, node, "persons", (double)f->made.n);
    (void)mk_node_number(result, node, "training_people", (double)f->train.n);
    (void)mk_node_bool(result, node, "weighted", f->real.n_sets > 0 && f->is_weighted);
    (void)mk_node_bool(result, node, "trees", mk_trees_available());
    mk_result_note(result,
                   "%zu persons were drawn, with gaps like those of the people judged, and held "
                   "against %zu people that the model has not seen%s.%s",
                   f->made.n, f->real.n,
                   f->train.n > 0 ? "; beside them stands what training people reach" : "",
                   f->gaps);
    if (!mk_trees_available()) {
        mk_result_note(result, "Not built with xgboost: trees left out, their scores are not told "
                               "(libxgboost-dev, then configure again).");
    }
}

static MkStatus measure(MkFidelity *f, MkError *err)
{
    const MkTrial *const trial = f->trial;
    MK_TRY(mark_left_out(f, err));
    MK_TRY(open_people(f, err));
    MK_TRY(open_made(f, err));
    note_all(f);
    MK_TRY(mk_crowd_replicate(&f->real, f->size.n_sets, trial->seed, f->arena, err));
    MK_TRY(mk_crowd_replicate(&f->made, f->size.n_sets, trial->seed + 1, f->arena, err));
    MK_TRY(open_grids(f, err));
    MK_TRY(mk_trial_goes_on(trial, 0.27, err));
    MK_TRY(mk_fidelity_univariate(f, err));
    MK_TRY(mk_trial_goes_on(trial, 0.32, err));
    MK_TRY(mk_fidelity_pairs(f, err));
    MK_TRY(mk_trial_goes_on(trial, 0.5, err));
    MK_TRY(mk_fidelity_trends(f, err));
    MK_TRY(mk_trial_goes_on(trial, 0.6, err));
    MK_TRY(mk_fidelity_apart(f, err));
    MK_TRY(mk_trial_goes_on(trial, 0.75, err));
    MK_TRY(mk_fidelity_utility(f, err));
    return mk_trial_goes_on(trial, 1.0, err);
}

MkStatus mk_fidelity_section(const MkTrial *trial, MkSection *out, MkError *err)
{
    MkFidelity f = {.trial = trial,
                    .out = out,
                    .arena = mk_arena_new(0),
                    .size = trial->is_quick ? quick : whole,
                    .schema = trial->judged->schema,
                    .is_weighted = is_weighted(trial->model)};
    if (f.arena == NULL) {
        return no_memory(err);
    }
    const MkStatus st = measure(&f, err);
    mk_arena_free(f.arena);
    return st == MK_OK ? mk_result_status(out->result, err) : st;
}
