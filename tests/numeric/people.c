#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "tests/check.h"

#include "tests/numeric/people.h"

#include <stdlib.h>
#include <string.h>

#include "model/kind.h"
#include "model/mae/net.h"
#include "model/nn/blas.h"

static void check(MkStatus st, const MkError *err)
{
    if (st != MK_OK) {
        fail_msg("%s", err->text);
    }
}

void people_make(People *p, const char *schema, size_t n_rows, uint64_t seed, PeopleDraw *draw,
                 void *ctx)
{
    MkError err = {0};
    *p = (People){.arena = mk_arena_new(0)};
    assert_non_null(p->arena);
    check(mk_schema_parse(schema, strlen(schema), "schema.tsv", &p->schema, &err), &err);
    const size_t n = p->schema->n;
    size_t *const ids = mk_arena_array(p->arena, n, sizeof *ids);
    double *const values = mk_arena_array(p->arena, n, sizeof *values);
    p->rows = mk_arena_array(p->arena, n_rows, sizeof *p->rows);
    assert_true(ids != NULL && values != NULL && p->rows != NULL);
    for (size_t j = 0; j < n; j++) {
        ids[j] = j;
    }
    check(mk_table_new(p->schema, n_rows, ids, n, false, false, false, &p->table, &err), &err);
    p->pairs = mk_arena_zeros(p->arena, n * (n + 1) / 2, sizeof *p->pairs);
    assert_non_null(p->pairs);
    for (size_t i = 0; i < n_rows; i++) {
        MkRng rng = mk_rng(seed, MK_RNG_TEST, i);
        draw(ctx, i, &rng, values);
        p->rows[i] = i;
        for (size_t j = 0; j < n; j++) {
            p->table->cells[p->table->column_of[j] * n_rows + i] = values[j];
            for (size_t k = 0; k <= j; k++) {
                p->pairs[j * (j + 1) / 2 + k] += !isnan(values[j]) && !isnan(values[k]);
            }
        }
    }
    check(mk_cohort_new(p->schema, &p->table, 1, &p->cohort, &err), &err);
    const MkMarginalFit fit = {.n_cells = 32, .min_people = 12};
    check(mk_dataset_marginals(p->cohort, p->rows, n_rows, NULL, NULL, &fit, p->arena,
                               &p->marginals, &err),
          &err);
    check(
        mk_dataset_encode(p->cohort, p->rows, n_rows, NULL, p->marginals, p->arena, &p->data, &err),
        &err);
    assert_int_equal(p->data.groups[0].n, n);
}

void people_fit(People *p, bool expand, size_t iterations, MkPool *pool)
{
    MkError err = {0};
    p->fold = mk_arena_array(p->arena, p->data.n_rows, 1);
    assert_non_null(p->fold);
    for (size_t i = 0; i < p->data.n_rows; i++) {
        p->fold[i] = (uint8_t)(i % PEOPLE_FOLDS);
    }
    const MkCopulaFit fit = {.marginals = p->marginals,
                             .data = &p->data,
                             .n_folds = PEOPLE_FOLDS,
                             .fold = p->fold,
                             .iterations = iterations,
                             .prior = 20.0,
                             .expand = expand,
                             .pool = pool};
    check(mk_copula_fit(&fit, p->arena, &p->copula, p->fold_r, &err), &err);
}

void people_free(People *p)
{
    for (size_t f = 0; f < PEOPLE_FOLDS; f++) {
        free(p->fold_r[f]);
    }
    mk_cohort_free(p->cohort);
    mk_schema_free(p->schema);
    mk_arena_free(p->arena);
}

/* ---- people of all types ---- */

const char people_mixed_schema[] =
    "name\ttype\tlabel\tunit\tlevels\tmin\tmax\tcategory\n"
    "age\treal\tAge\tyears\t\t\t\tDemographics\n"
    "sex\tcategorical\tSex\t\t1=male|2=female\t\t\tDemographics\n"
    "place\tcategorical\tPlace\t\t1=north|2=east|3=south|4=west\t\t\tDemographics\n"
    "weight\tpositive\tWeight\tkg\t\t0\t\tBody\n"
    "z\treal\tZ\t\t\t\t\tBody\n"
    "visits\tcount\tVisits\t\t\t0\t\tCare\n"
    "eats\tordinal\tEats\t\t0=never|1=some|2=often|3=always\t\t\tDiet\n"
    "alcohol\tpositive\tAlcohol\tg\t\t0\t\tDiet\n";

static size_t level_of(double z, size_t n)
{
    size_t level = 0;
    for (size_t k = 1; k < n; k++) {
        level += z > -1.0 + 2.0 * (double)(k - 1) / (double)(n - 1);
    }
    return level;
}

void people_mixed_draw(void *ctx, size_t row, MkRng *rng, double *values)
{
    const double a = mk_rng_normal(rng), b = mk_rng_normal(rng);
    double own[8];
    (void)ctx;
    (void)row;
    for (size_t j = 0; j < 8; j++) {
        own[j] = mk_rng_normal(rng);
    }
    values[0] = 50.0 + 12.0 * (0.9 * a + 0.4 * own[0]);
    values[1] = b + own[1] > 0.0 ? 1.0 : 0.0;
    values[2] = (double)((level_of(a, 4) + (own[2] > 0.5 ? 2 : 0)) % 4);
    values[3] = exp(4.3 + 0.2 * (0.7 * b + 0.7 * own[3]));
    values[4] = a * b + 0.3 * own[4];
    values[5] = a + own[5] < 0.0 ? 0.0 : floor(1.5 * fmax(a + own[5], 0.0) + 1.0);
    values[6] = (double)level_of(0.8 * b - 0.5 * a + 0.4 * own[6], 4);
    values[7] = b + own[7] < 0.3 ? 0.0 : exp(0.5 * own[7] + a);
    for (size_t j = 0; j < 8; j++) {
        if (mk_rng_uniform(rng) < 0.12) {
            values[j] = NAN;
        }
    }
}

/* ---- models ---- */

MkNet *people_train(const People *p, const PeopleTraining *training)
{
    MkError err = {0};
    MkMasker masker;
    MkNet *net = NULL;
    MkTrainer *trainer = NULL;
    MkNetConfig config = training->net;
    config.n_attributes = p->data.n_attributes;
    mk_blas_init();
    check(mk_net_new(&config, p->marginals, &net, &err), &err);
    mk_net_init(net, training->seed);
    check(mk_masker_init(&masker, p->schema, p->data.n_attributes, p->data.n_attributes, &err),
          &err);
    for (int kind = 0; kind < MK_MASK_KINDS; kind++) { /* few attributes: any of them known */
        masker.share[kind] = kind == MK_MASK_RATIO ? 1.0 : 0.0;
    }
    masker.ordered = config.has_tails ? 0.5 : 0.0;
    const float *const fold_r[PEOPLE_FOLDS] = {p->fold_r[0], p->fold_r[1]};
    const MkTrainerData data = {.data = &p->data,
                                .marginals = p->marginals,
                                .copula = config.head == MK_HEAD_CELLS ? &p->copula : NULL,
                                .fold_r = fold_r,
                                .fold = p->fold,
                                .masker = &masker};
    const MkTrainerConfig how = {.seed = training->seed,
                                 .batch = training->batch,
                                 .block_rows = 16,
                                 .rate = training->rate,
                                 .decay = 0.01,
                                 .clip = 1.0,
                                 .beta1 = 0.9,
                                 .beta2 = 0.98,
                                 .average = 0.99};
    check(mk_trainer_new(&how, &data, net, NULL, &trainer, &err), &err);
    for (size_t step = 0; step < training->steps; step++) {
        MkStepReport report;
        const double done = (double)step / (double)training->steps;
        const double warm = fmin(1.0, (double)(step + 1) / 50.0);
        check(mk_trainer_step(trainer, step, warm * (0.02 + 0.49 * (1.0 + cos(3.14159265 * done))),
                              false, &report, &err),
              &err);
    }
    memcpy(net->parameters, mk_trainer_average(trainer),
           net->n_parameters * sizeof *net->parameters);
    mk_trainer_free(trainer);
    mk_masker_release(&masker);
    return net;
}

void people_write(const People *p, const MkNet *net, const char *path)
{
    MkError err = {0};
    const MkModelParts parts = {.kind = mk_kind_find(net != NULL ? "mae" : "copula"),
                                .name = "invented",
                                .version = "1.0",
                                .card = "# invented\n",
                                .manifest = "{}",
                                .schema = p->schema,
                                .marginals = p->marginals,
                                .copula = &p->copula,
                                .pairs = p->pairs,
                                .n_people = p->data.n_rows,
                                .learned = net};
    check(mk_model_write(&parts, path, &err), &err);
}

size_t people_bytes(const MkTensor *tensor)
{
    static const size_t size[] = {
        [MK_F32] = 4, [MK_F16] = 2, [MK_F64] = 8, [MK_I32] = 4, [MK_U8] = 1, [MK_U16] = 2};
    return tensor->n * size[tensor->dtype];
}

void people_same_tensors(const char *a, const char *b)
{
    MkWeights *x = NULL, *y = NULL;
    assert_int_equal(mk_weights_open(a, &x, NULL), MK_OK);
    assert_int_equal(mk_weights_open(b, &y, NULL), MK_OK);
    assert_int_equal(mk_weights_count(x), mk_weights_count(y));
    for (size_t i = 0; i < mk_weights_count(x); i++) {
        const MkTensor *const t = mk_weights_at(x, i), *const u = mk_weights_find(y, t->name);
        assert_non_null(u);
        assert_int_equal(t->dtype, u->dtype);
        assert_int_equal(t->n, u->n);
        if (memcmp(t->data, u->data, people_bytes(t)) != 0) {
            fail_msg("tensor %s differs", t->name);
        }
    }
    mk_weights_close(x);
    mk_weights_close(y);
}
