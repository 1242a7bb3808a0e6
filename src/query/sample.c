/* sample.c - mk_query_sample: persons from the joint distribution, given what is known.
 *
 * The persons are model/persons.h's; here they are written down and checked against the schema. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <math.h>
#include <string.h>

#include "model/gaps.h"
#include "model/persons.h"
#include "src/base/buf.h"
#include "src/query/query.h"
#include "src/query/show.h"
#include "src/query/structure.h"

typedef struct Sample {
    const MkQuery *query;
    const MkSample *sample;
    MkArena *arena;
    const MkSchema *schema;
    size_t source; /* whose gaps, or MK_PERSONS_COMPLETE */
    MkPersons *persons;
    MkStructure structure;
    MkStructureCounts counts;
} Sample;

static MkStatus no_memory(MkError *err)
{
    return mk_fail(err, MK_ENOMEM, "out of memory for persons");
}

static MkStatus write_persons(Sample *s, const double *persons, size_t n, MkTable *table,
                              size_t *emptied, MkError *err)
{
    MkBuf out;
    mk_buf_init(&out);
    for (size_t i = 0; i < n; i++) {
        mk_structure_check(&s->structure, persons + i * s->schema->n, &s->counts);
        for (size_t c = 0; c < s->sample->n_columns; c++) {
            table->cells[c * table->n_rows] = persons[i * s->schema->n + s->sample->columns[c]];
            *emptied += isnan(table->cells[c * table->n_rows]) ? 1 : 0;
        }
        mk_table_print_row(table, 0, &out);
    }
    MkStatus st = mk_buf_status(&out, err);
    if (st == MK_OK) {
        st = s->sample->write(s->sample->write_ctx, out.data, out.len, err);
    }
    mk_buf_release(&out);
    return st;
}

/* "nhanes_2017 and nhanes_2021" */
static const char *list_sources(const MkModel *model, MkArena *arena)
{
    const size_t n = mk_model_gaps_count(model);
    const char *list = "";
    for (size_t i = 0; i < n && list != NULL; i++) {
        const char *const before = i == 0 ? "" : (i + 1 < n ? ", " : " and ");
        list = mk_arena_printf(arena, "%s%s%s", list, before, mk_model_gaps_name(model, i));
    }
    return list != NULL ? list : "";
}

static MkStatus find_gaps(Sample *s, MkError *err)
{
    const MkModel *const model = s->query->model;
    const char *const name = s->sample->missing;
    s->source = MK_PERSONS_COMPLETE;
    if (name == NULL || strcmp(name, "none") == 0) {
        return MK_OK;
    }
    if (mk_model_gaps_count(model) == 0) {
        return mk_fail(err, MK_EUNSUPPORTED,
                       "the file of %s does not tell what its people lack (it is of an older "
                       "version): train the model again, or renew it: manikin train RECIPE --renew",
                       mk_model_card(model)->name);
    }
    if (!mk_model_gaps_find(model, name, &s->source)) {
        return mk_fail(err, MK_ENOTFOUND, "%.60s is no source of %s: it knows %.160s", name,
                       mk_model_card(model)->name, list_sources(model, s->arena));
    }
    return MK_OK;
}

static MkStatus open_sample(Sample *s, MkError *err)
{
    s->schema = mk_model_schema(s->query->model);
    MK_TRY(mk_structure_new(s->query->model, s->arena, &s->structure, err));
    MK_TRY(find_gaps(s, err));
    const MkPersonsJob job = {.model = s->query->model,
                              .evidence = s->query->evidence,
                              .columns = s->sample->columns,
                              .n_columns = s->sample->n_columns,
                              .n_groups = s->sample->n_groups,
                              .source = s->source,
                              .seed = s->query->seed,
                              .pool = s->query->pool,
                              .cancel = s->query->cancel};
    return mk_persons_new(&job, &s->persons, err);
}

static MkStatus run_sample(Sample *s, MkTable *table, size_t *emptied, MkError *err)
{
    MkBuf header;
    mk_buf_init(&header);
    mk_table_print_header(table, &header);
    MkStatus st = mk_buf_status(&header, err);
    if (st == MK_OK) {
        st = s->sample->write(s->sample->write_ctx, header.data, header.len, err);
    }
    mk_buf_release(&header);
    for (size_t done = 0; st == MK_OK && done < s->sample->n;) {
        const size_t left = s->sample->n - done;
        const size_t n = left < MK_PERSONS_ORDER ? left : MK_PERSONS_ORDER;
        const double *persons = NULL;
        st = mk_persons_next(s->persons, n, &persons, err);
        if (st == MK_OK) {
            st = write_persons(s, persons, n, table, emptied, err);
        }
        done += n;
        if (st == MK_OK && s->sample->progress != NULL) {
            s->sample->progress(s->sample->progress_ctx, done, s->sample->n);
        }
    }
    return st;
}

static double share_of_cells(const Sample *s, size_t n)
{
    return 100.0 * (double)n / fmax((double)(s->sample->n * s->sample->n_columns), 1.0);
}

static void note_gaps(const Sample *s, size_t emptied, MkNode *root, MkResult *result)
{
    const MkModel *const model = s->query->model;
    const char *const name = mk_model_gaps_name(model, s->source);
    (void)mk_node_string(result, root, "missing", name);
    mk_result_note(result,
                   "%.1f %% of the cells are empty, as with people of %s, where %zu of %zu "
                   "attributes were never asked. What is given is there.",
                   share_of_cells(s, emptied), name, mk_persons_never(s->persons),
                   s->sample->n_columns);
}

/* What of the persons is against the schema. */
static void tell_structure(const Sample *s, MkNode *root, MkResult *result)
{
    const MkStructureCounts *const c = &s->counts;
    MkNode *const node = mk_node_object(result, root, "structure");
    (void)mk_node_number(result, node, "rules_checked", (double)c->rules_checked);
    (void)mk_node_number(result, node, "rules_broken", (double)c->rules_broken);
    (void)mk_node_number(result, node, "numbers", (double)c->values);
    (void)mk_node_number(result, node, "outside_domain", (double)c->outside);
    (void)mk_node_number(result, node, "off_step", (double)c->off_step);
    if (c->rules_broken > 0) {
        mk_result_note(result,
                       "%zu of %zu values that follow from others do not, by more than the step at "
                       "which they are recorded: what is given, or the domain, left no room.",
                       c->rules_broken, c->rules_checked);
    }
    if (c->outside + c->off_step > 0) {
        mk_result_note(result,
                       "%zu of %zu numbers lie outside their domain, %zu between the steps "
                       "at which they are recorded.",
                       c->outside, c->values, c->off_step);
    }
}

static void tell(const Sample *s, size_t emptied, double support, MkResult *result)
{
    const MkModel *const model = s->query->model;
    MkNode *const root = mk_node_object(result, NULL, NULL);
    (void)mk_node_string(result, root, "model", mk_model_card(model)->name);
    (void)mk_node_number(result, root, "persons", (double)s->sample->n);
    (void)mk_node_number(result, root, "attributes", (double)s->sample->n_columns);
    (void)mk_node_number(result, root, "groups", (double)s->sample->n_groups);
    (void)mk_node_number(result, root, "seed", (double)s->query->seed);
    (void)mk_node_number(result, root, s->source != MK_PERSONS_COMPLETE ? "empty" : "not_asked",
                         (double)emptied);
    (void)mk_node_number(result, root, "support", support);
    mk_show_given(result, root, "given", model, s->query->evidence);
    tell_structure(s, root, result);
    mk_note_outside(result, model, s->query->evidence);
    mk_note_support(result, "", support);
    if (s->source != MK_PERSONS_COMPLETE) {
        note_gaps(s, emptied, root, result);
    } else if (emptied > 0) {
        mk_result_note(result,
                       "%.1f %% of the cells are empty: questions that these persons would "
                       "not have been asked.",
                       share_of_cells(s, emptied));
    }
    mk_note_association(result);
}

MkStatus mk_query_sample(const MkQuery *query, const MkSample *sample, MkResult *result,
                         MkError *err)
{
    Sample s = {.query = query, .sample = sample, .arena = mk_arena_new(0)};
    MkTable *table = NULL;
    size_t emptied = 0;
    double support = 1.0;
    MkStatus st = MK_OK;
    if (s.arena == NULL) {
        return no_memory(err);
    }
    MK_TRY_GOTO(open_sample(&s, err));
    MK_TRY_GOTO(mk_table_new(s.schema, 1, sample->columns, sample->n_columns, false, false, false,
                             &table, err));
    MK_TRY_GOTO(run_sample(&s, table, &emptied, err));
    MK_TRY_GOTO(mk_query_percentile(query, result->arena, &support, err));
    tell(&s, emptied, support, result);
done:
    mk_table_free(table);
    mk_persons_free(s.persons);
    mk_arena_free(s.arena);
    return st;
}
