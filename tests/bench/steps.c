/* steps.c - what a step of training costs: `steps N_ATTRIBUTES N_SOURCES N_STEPS` prints rows/s.
 *
 * Invented cells, no fit: every source asks 1,000 of the attributes (300 of them common), of which
 * a person has six in ten; the base is one of equal correlations with as many extras as a real one
 * has. The cost of a row should not grow with attributes that its source does not ask. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "model/mae/trainer.h"
#include "model/nn/blas.h"
#include "src/base/arena.h"
#include "src/base/rng.h"
#include "src/data/schema.h"

enum {
    ASKED = 1000,
    COMMON = 300,
    PEOPLE = 2000, /* of a source */
    CELLS = 28,
    EXTRAS = 120,
    FOLDS = 4,
    BATCH = 64,
    BLOCK = 4
};

typedef struct Bench {
    MkArena *arena;
    MkSchema *schema;
    size_t n, n_sources;
    MkMarginal *marginals;
    MkDataset data;
    MkCopula copula;
    float *r[FOLDS];
    uint8_t *fold;
} Bench;

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static MkStatus make_schema(Bench *b, MkError *err)
{
    MkBuf text;
    mk_buf_init(&text);
    mk_buf_puts(&text, "name\ttype\tlabel\tcategory\n");
    for (size_t j = 0; j < b->n; j++) {
        mk_buf_printf(&text, "a%zu\treal\tA %zu\t%s %zu\n", j, j,
                      j < 20 ? "Demographics" : "Category", j < 20 ? (size_t)0 : j / 40);
    }
    const MkStatus st = mk_schema_parse(text.data, text.len, "steps", &b->schema, err);
    mk_buf_release(&text);
    return st;
}

static void make_marginals(Bench *b)
{
    b->marginals = mk_arena_zeros(b->arena, b->n, sizeof *b->marginals);
    for (size_t j = 0; j < b->n; j++) {
        MkMarginal *const m = &b->marginals[j];
        *m = (MkMarginal){.attribute = &b->schema->attributes[j], .n_cells = CELLS, .sd = 1.0};
        m->knots = mk_arena_zeros(b->arena, CELLS, sizeof *m->knots);
        for (size_t k = 0; k < CELLS; k++) {
            m->share[k] = 1.0 / CELLS;
        }
        mk_marginal_finish(m);
    }
}

static void fill_group(Bench *b, size_t g)
{
    MkGroup *const group = &b->data.groups[g];
    const size_t asked = b->n < ASKED ? b->n : ASKED, own = asked > COMMON ? asked - COMMON : 0;
    const size_t room = b->n - COMMON - own, steps = b->n_sources > 1 ? b->n_sources - 1 : 1;
    *group = (MkGroup){.first = g * PEOPLE, .n_rows = PEOPLE, .n = asked, .table = g};
    group->attributes = mk_arena_array(b->arena, asked, sizeof *group->attributes);
    group->cells = mk_arena_array(b->arena, PEOPLE * asked, 1);
    group->scores = mk_arena_array(b->arena, PEOPLE * asked, sizeof *group->scores);
    group->values = mk_arena_zeros(b->arena, PEOPLE * asked, sizeof *group->values);
    for (size_t c = 0; c < asked; c++) {
        group->attributes[c] = (uint32_t)(c < COMMON ? c : c + g * room / steps);
    }
    for (size_t i = 0; i < PEOPLE; i++) {
        MkRng rng = mk_rng(1, MK_RNG_BENCH, group->first + i);
        for (size_t c = 0; c < asked; c++) {
            const bool seen = mk_rng_uniform(&rng) < 0.6;
            const size_t cell = mk_rng_below(&rng, CELLS);
            group->cells[i * asked + c] = seen ? (uint8_t)cell : MK_CELL_MISSING;
            group->scores[i * asked + c] = seen ? (float)b->marginals[0].score[cell] : (float)NAN;
        }
    }
}

static void make_people(Bench *b)
{
    b->data = (MkDataset){.n_rows = b->n_sources * PEOPLE,
                          .n_attributes = b->n,
                          .n_groups = b->n_sources,
                          .groups = mk_arena_zeros(b->arena, b->n_sources, sizeof(MkGroup))};
    b->data.weights = mk_arena_array(b->arena, b->data.n_rows, sizeof *b->data.weights);
    b->data.rows = mk_arena_array(b->arena, b->data.n_rows, sizeof *b->data.rows);
    b->fold = mk_arena_zeros(b->arena, b->data.n_rows, 1);
    for (size_t i = 0; i < b->data.n_rows; i++) {
        b->data.weights[i] = 1.0;
        b->data.rows[i] = i;
        b->fold[i] = (uint8_t)(i % FOLDS);
    }
    for (size_t g = 0; g < b->n_sources; g++) {
        fill_group(b, g);
    }
}

static void make_base(Bench *b)
{
    const size_t p = b->n + EXTRAS;
    MkFeature *const features = mk_arena_zeros(b->arena, p, sizeof *features);
    uint32_t *const begin = mk_arena_zeros(b->arena, b->n + 1, sizeof *begin);
    float *const rho = mk_arena_array(b->arena, b->n, sizeof *rho);
    for (size_t f = 0; f < p; f++) {
        const bool extra = f >= b->n;
        features[f] = (MkFeature){.attribute = (uint32_t)(extra ? f - b->n : f),
                                  .kind = extra ? MK_FEATURE_SQUARE : MK_FEATURE_SCORE,
                                  .sd = 1.0F};
    }
    for (size_t j = 0; j <= b->n; j++) {
        begin[j] = (uint32_t)(b->n + (j < EXTRAS ? j : EXTRAS));
    }
    for (size_t j = 0; j < b->n; j++) {
        rho[j] = 1.0F;
    }
    for (size_t f = 0; f < FOLDS; f++) {
        b->r[f] = mk_arena_array(b->arena, p * p, sizeof *b->r[f]);
        for (size_t i = 0; i < p * p; i++) {
            b->r[f][i] = i % p == i / p ? 1.0F : 0.1F;
        }
    }
    b->copula = (MkCopula){.n_attributes = b->n,
                           .marginals = b->marginals,
                           .n_features = p,
                           .features = features,
                           .extra_begin = begin,
                           .rho = rho};
}

static double strength(const void *ctx, size_t a, size_t b)
{
    (void)ctx;
    return 1.0 / (1.0 + fabs((double)a - (double)b));
}

static MkStatus run(Bench *b, size_t n_steps, MkError *err)
{
    MkMasker masker;
    MkNet *net = NULL;
    MkTrainer *trainer = NULL;
    MkPool *pool = NULL;
    const MkNetConfig config = {.n_attributes = b->n,
                                .dim = 64,
                                .heads = 2,
                                .encoder_layers = 3,
                                .decoder_layers = 2,
                                .mlp = 4,
                                .head = MK_HEAD_CELLS};
    MK_TRY(mk_pool_new(0, &pool, err));
    MK_TRY(mk_masker_init(&masker, b->schema, 256, 128, err));
    MK_TRY(mk_masker_relate(&masker, strength, NULL, err));
    MK_TRY(mk_masker_sources(&masker, &b->data, err));
    MK_TRY(mk_net_new(&config, b->marginals, &net, err));
    mk_net_init(net, 1);
    const MkTrainerData data = {.data = &b->data,
                                .marginals = b->marginals,
                                .copula = &b->copula,
                                .fold_r = (const float *const *)b->r,
                                .fold = b->fold,
                                .masker = &masker};
    const MkTrainerConfig how = {.seed = 1,
                                 .batch = BATCH,
                                 .block_rows = BLOCK,
                                 .rate = 1e-3,
                                 .decay = 0.01,
                                 .clip = 1.0,
                                 .beta1 = 0.9,
                                 .beta2 = 0.98,
                                 .dropout = 0.1,
                                 .average = 0.999};
    MK_TRY(mk_trainer_new(&how, &data, net, pool, &trainer, err));
    MkStepReport report = {0};
    MK_TRY(mk_trainer_step(trainer, 0, 1.0, false, &report, err));
    const double begin = now();
    const clock_t used = clock();
    size_t targets = 0;
    for (size_t step = 1; step <= n_steps; step++) {
        MK_TRY(mk_trainer_step(trainer, step, 1.0, false, &report, err));
        targets += report.targets;
    }
    const double rows = (double)(n_steps * BATCH), s = now() - begin;
    const double cpu = (double)(clock() - used) / CLOCKS_PER_SEC;
    printf("%zu attributes, %zu sources: %.0f rows/s, %.2f ms of processors a row, %.1f targets a "
           "row, %zu parameters\n",
           b->n, b->n_sources, rows / s, 1e3 * cpu / rows, (double)targets / rows,
           net->n_parameters);
    mk_trainer_free(trainer);
    mk_net_free(net);
    mk_masker_release(&masker);
    mk_pool_free(pool);
    return MK_OK;
}

int main(int argc, char **argv)
{
    MkError err = {0};
    Bench b = {.arena = mk_arena_new(0)};
    if (argc != 4 || atol(argv[1]) < COMMON + 1 || atol(argv[2]) < 1 || atol(argv[3]) < 1) {
        (void)fprintf(stderr, "steps N_ATTRIBUTES N_SOURCES N_STEPS\n");
        return 2;
    }
    b.n = (size_t)atol(argv[1]);
    b.n_sources = (size_t)atol(argv[2]);
    mk_blas_init();
    MkStatus st = make_schema(&b, &err);
    if (st == MK_OK) {
        make_marginals(&b);
        make_people(&b);
        make_base(&b);
        st = run(&b, (size_t)atol(argv[3]), &err);
    }
    if (st != MK_OK) {
        (void)fprintf(stderr, "steps: %s\n", err.text);
    }
    mk_schema_free(b.schema);
    mk_arena_free(b.arena);
    return st == MK_OK ? 0 : 1;
}
