/* train_people.c - who trains, with which weight, as cells and scores. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <math.h>
#include <string.h>

#include "model/train_priv.h"
#include "src/base/rng.h"
#include "src/data/split.h"

enum { JUDGES = 9000 }; /* validation people that are asked at most, when there are many sources */

static MkStatus out_of_memory(MkError *err)
{
    return mk_fail(err, MK_ENOMEM, "out of memory");
}

/* ---- who ---- */

MkStatus mk_train_split(MkTrainRun *run, MkError *err)
{
    const MkTrainConfig *const c = run->config;
    const size_t n = run->cohort->n_rows;
    MkPart *const parts = mk_arena_array(run->arena, n + 1, sizeof *parts);
    run->train = mk_arena_array(run->arena, n + 1, sizeof *run->train);
    run->valid = mk_arena_array(run->arena, n + 1, sizeof *run->valid);
    if (parts == NULL || run->train == NULL || run->valid == NULL) {
        return out_of_memory(err);
    }
    mk_split_cohort(run->cohort, c->split_seed, c->valid, c->test, parts);
    for (size_t i = 0; i < n; i++) {
        if (parts[i] == MK_PART_TRAIN) {
            run->train[run->n_train++] = i;
        } else if (parts[i] == MK_PART_VALID) {
            run->valid[run->n_valid++] = i;
        } else {
            run->n_test++;
        }
    }
    if (run->n_train < 20) {
        return mk_fail(err, MK_EFORMAT, "%zu people to train on, expected at least 20",
                       run->n_train);
    }
    return MK_OK;
}

/* The people of table t among ascending rows: rows[*at] and on. Gives their number. */
static size_t take_table(const MkCohort *cohort, const size_t *rows, size_t n, size_t t, size_t *at)
{
    const size_t begin = *at;
    while (*at < n && rows[*at] < cohort->first[t + 1]) {
        (*at)++;
    }
    return *at - begin;
}

size_t mk_train_pick(const MkCohort *cohort, const size_t *rows, size_t n, size_t most, size_t *out)
{
    double roots = 0.0;
    size_t picked = 0;
    if (n <= most ||
        cohort->n_tables == 1) { /* one source: the first ones, in random order of id */
        memcpy(out, rows, (n < most ? n : most) * sizeof *out);
        return n < most ? n : most;
    }
    for (size_t t = 0, at = 0; t < cohort->n_tables; t++) {
        roots += sqrt((double)take_table(cohort, rows, n, t, &at));
    }
    for (size_t t = 0, at = 0; t < cohort->n_tables; t++) {
        const size_t begin = at, people = take_table(cohort, rows, n, t, &at);
        const double quota = (double)most * sqrt((double)people) / roots;
        const size_t want = quota < (double)people ? (size_t)quota : people;
        for (size_t i = 0; i < want; i++) {
            out[picked++] = rows[begin + i * people / want];
        }
    }
    return picked;
}

/* ---- weights ---- */

/* What a recipe says of a source; NULL: nothing. */
static const MkTrainStudy *find_study(const MkTrainConfig *c, const char *name)
{
    for (size_t i = 0; i < c->n_studies; i++) {
        if (strcmp(c->studies[i].name, name) == 0) {
            return &c->studies[i];
        }
    }
    return NULL;
}

bool mk_train_is_apart(const MkTrainConfig *c, const char *name)
{
    const MkTrainStudy *const study = find_study(c, name);
    return study != NULL && study->apart;
}

/* Survey weights of a table's people, mean 1: w (n). */
static MkStatus weigh_table(const MkTrainRun *run, size_t t, const size_t *rows, size_t n,
                            double *w, MkError *err)
{
    const MkTable *const table = run->cohort->tables[t];
    const bool weighted = run->config->survey_weights && table->weight != NULL;
    const char *const name = run->cohort->names[t];
    double sum = 0.0;
    for (size_t i = 0; i < n; i++) {
        const double weight = weighted ? table->weight[rows[i] - run->cohort->first[t]] : 1.0;
        w[i] = isfinite(weight) && weight > 0.0 ? weight : 0.0;
        sum += w[i];
    }
    if (!(sum > 0.0)) {
        return mk_fail(err, MK_EFORMAT, "%s%sall survey weights are zero or missing", name,
                       name[0] != '\0' ? ": " : "");
    }
    for (size_t i = 0; i < n; i++) {
        w[i] *= (double)n / sum;
    }
    return MK_OK;
}

/* Gives a source of n people the weight n^power times its factor together, all of them mean 1. */
static void weigh_sources(const MkTrainRun *run, double power, double *w)
{
    const MkCohort *const cohort = run->cohort;
    double sum = 0.0;
    for (size_t t = 0, at = 0; t < cohort->n_tables; t++) {
        const MkTrainStudy *const study = find_study(run->config, cohort->names[t]);
        const size_t begin = at, n = take_table(cohort, run->train, run->n_train, t, &at);
        const double share =
            n == 0 ? 0.0 : pow((double)n, power - 1.0) * (study != NULL ? study->weight : 1.0);
        for (size_t i = begin; i < begin + n; i++) {
            w[i] *= share;
            sum += w[i];
        }
    }
    for (size_t i = 0; i < run->n_train; i++) {
        w[i] *= (double)run->n_train / sum;
    }
}

double mk_train_source_weight(const MkTrainRun *run, size_t t, size_t n)
{
    const MkTrainStudy *const study = find_study(run->config, run->cohort->names[t]);
    return pow((double)n, run->config->source_power) * (study != NULL ? study->weight : 1.0);
}

static MkStatus make_weights(MkTrainRun *run, double power, double **out, MkError *err)
{
    const MkCohort *const cohort = run->cohort;
    double *const w = mk_arena_array(run->arena, run->n_train, sizeof *w);
    bool any = !run->config->survey_weights;
    if (w == NULL) {
        return out_of_memory(err);
    }
    for (size_t t = 0, at = 0; t < cohort->n_tables; t++) {
        const size_t begin = at, n = take_table(cohort, run->train, run->n_train, t, &at);
        any = any || cohort->tables[t]->weight != NULL;
        if (n > 0) {
            MK_TRY(weigh_table(run, t, run->train + begin, n, w + begin, err));
        }
    }
    if (!any) {
        return mk_fail(err, MK_EFORMAT,
                       "survey_weights is on, but no table has a column survey_weight");
    }
    if (cohort->n_tables > 1) {
        weigh_sources(run, power, w);
    }
    *out = w;
    return MK_OK;
}

MkStatus mk_train_draw_weights(MkTrainRun *run, double **out, MkError *err)
{
    const double power = run->config->draw_power;
    if (power < 0.0 || run->cohort->n_tables < 2) {
        *out = run->people.weights;
        return MK_OK;
    }
    return make_weights(run, power, out, err);
}

/* ---- cells and scores ---- */

/* The judges, one of each source after the other as long as it has some. */
static void take_turns(const MkDataset *judges, size_t *out)
{
    size_t n = 0;
    for (size_t k = 0; n < judges->n_rows; k++) {
        for (size_t g = 0; g < judges->n_groups; g++) {
            if (k < judges->groups[g].n_rows) {
                out[n++] = judges->groups[g].first + k;
            }
        }
    }
}

/* A source that the attribute `source` does not know would not be told apart. */
static MkStatus check_sources(const MkCohort *cohort, MkError *err)
{
    size_t id = 0;
    if (!mk_schema_find(cohort->schema, "source", &id)) {
        return MK_OK;
    }
    const MkAttribute *const a = &cohort->schema->attributes[id];
    for (size_t t = 0; t < cohort->n_tables; t++) {
        const char *const name = cohort->names[t];
        size_t level = 0;
        if (a->type != MK_CATEGORICAL || !mk_attribute_level(a, name, strlen(name), &level)) {
            return mk_fail(err, MK_EFORMAT,
                           "source %s: the attribute source of the schema has no such level",
                           name[0] != '\0' ? name : "without a name");
        }
    }
    return MK_OK;
}

MkStatus mk_train_encode(MkTrainRun *run, MkError *err)
{
    const MkTrainConfig *const c = run->config;
    const MkMarginalFit fit = {
        .n_cells = c->cells, .min_people = c->people_per_cell, .least = c->smallest_cell};
    double *weights = NULL;
    MK_TRY(check_sources(run->cohort, err));
    MK_TRY(make_weights(run, c->source_power, &weights, err));
    if (run->privacy != NULL) {
        MK_TRY(mk_train_private_marginals(run, err));
    } else {
        MK_TRY(mk_dataset_marginals(run->cohort, run->train, run->n_train, weights,
                                    run->old != NULL ? run->old->given : NULL, &fit, run->arena,
                                    &run->marginals, err));
    }
    MK_TRY(mk_dataset_encode(run->cohort, run->train, run->n_train, weights, run->marginals,
                             run->arena, &run->people, err));
    size_t *const judges = mk_arena_array(run->arena, run->n_valid + 1, sizeof *judges);
    run->asked = mk_arena_array(run->arena, run->n_valid + 1, sizeof *run->asked);
    run->fold = mk_arena_array(run->arena, run->n_train, 1);
    if (judges == NULL || run->asked == NULL || run->fold == NULL) {
        return out_of_memory(err);
    }
    const size_t most = run->cohort->n_tables > 1 ? JUDGES : run->n_valid;
    const size_t n = mk_train_pick(run->cohort, run->valid, run->n_valid, most, judges);
    MK_TRY(mk_dataset_encode(run->cohort, judges, n, NULL, run->marginals, run->arena, &run->judges,
                             err));
    take_turns(&run->judges, run->asked);
    for (size_t i = 0; i < run->n_train; i++) {
        MkRng rng = mk_rng(c->split_seed, MK_RNG_SPLIT, run->train[i]);
        run->fold[i] = (uint8_t)mk_rng_below(&rng, c->folds);
    }
    return MK_OK;
}

/* ---- sources ---- */

MkStatus mk_train_sources(MkTrainRun *run, MkError *err)
{
    const MkCohort *const cohort = run->cohort;
    MkTrainOutcome *const o = &run->outcome;
    o->n_sources = cohort->n_tables;
    o->sources = mk_arena_zeros(run->arena, cohort->n_tables, sizeof *o->sources);
    if (o->sources == NULL) {
        return out_of_memory(err);
    }
    for (size_t t = 0, at = 0; t < cohort->n_tables; t++) {
        o->sources[t].name = cohort->names[t];
        o->sources[t].n_valid = take_table(cohort, run->valid, run->n_valid, t, &at);
    }
    for (size_t g = 0; g < run->people.n_groups; g++) {
        const MkGroup *const group = &run->people.groups[g];
        MkTrainSource *const source = &o->sources[group->table];
        source->n_train = group->n_rows;
        source->n_attributes = group->n;
        for (size_t i = group->first; i < group->first + group->n_rows; i++) {
            source->share += run->people.weights[i] / (double)run->n_train;
        }
    }
    return MK_OK;
}

/* ---- pairs ---- */

static void count_group(const MkGroup *g, uint32_t *seen, int32_t *pairs)
{
    for (size_t i = 0; i < g->n_rows; i++) {
        const uint8_t *const cells = g->cells + i * g->n;
        size_t m = 0;
        for (size_t c = 0; c < g->n; c++) {
            if (cells[c] != MK_CELL_MISSING) {
                seen[m++] = g->attributes[c];
            }
        }
        for (size_t a = 0; a < m; a++) {
            int32_t *const row = pairs + (size_t)seen[a] * (seen[a] + 1) / 2;
            for (size_t b = 0; b <= a; b++) {
                row[seen[b]]++;
            }
        }
    }
}

int32_t *mk_train_count_pairs(const MkTrainRun *run)
{
    const size_t n = run->people.n_attributes;
    int32_t *const pairs = mk_arena_zeros(run->arena, n * (n + 1) / 2, sizeof *pairs);
    uint32_t *const seen = mk_arena_array(run->arena, n, sizeof *seen);
    for (size_t g = 0; pairs != NULL && seen != NULL && g < run->people.n_groups; g++) {
        count_group(&run->people.groups[g], seen, pairs);
    }
    return seen == NULL ? NULL : pairs;
}
