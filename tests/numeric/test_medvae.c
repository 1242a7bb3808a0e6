/* Kind medvae: gradients, the published defect and its repair, conditions, files. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "tests/check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/draw.h"
#include "model/medvae/medvae.h"
#include "model/model.h"
#include "model/nn/blas.h"
#include "model/train.h"
#include "model/weights.h"
#include "src/base/file.h"
#include "tests/numeric/people.h"

/* ---- people ---- */

enum { X, Y, SEX, PLACE, MOOD, N_ATTRIBUTES, N_PEOPLE = 900, PERSONS = 1280 };

/* y = x + noise; women (a third) have x higher by 1 sd; place follows y; mood follows x. */
static const char schema[] = "name\ttype\tlabel\tlevels\tmin\tmax\tresolution\n"
                             "x\treal\tX\t\t\t\t0.1\n"
                             "y\tpositive\tY\t\t0\t\t0.1\n"
                             "sex\tcategorical\tSex\t0=male|1=female\t\t\t\n"
                             "place\tcategorical\tPlace\t0=north|1=east|2=west\t\t\t\n"
                             "mood\tordinal\tMood\t0=bad|1=fair|2=good|3=best\t\t\t\n";

static void draw_person(void *ctx, size_t row, MkRng *rng, double *v)
{
    (void)ctx;
    (void)row;
    const double female = mk_rng_uniform(rng) < 1.0 / 3.0 ? 1.0 : 0.0;
    const double x = mk_rng_normal(rng) + female;
    const double y = 0.8 * x + 0.6 * mk_rng_normal(rng);
    v[X] = round(100.0 + 100.0 * x) / 10.0;
    v[Y] = round(fmax(600.0 + 100.0 * y, 0.0)) / 10.0;
    v[SEX] = female;
    v[PLACE] = y < -0.3 ? 0.0 : y < 0.8 ? 1.0 : 2.0;
    v[MOOD] = fmin(fmax(floor(1.5 + x + 0.3 * mk_rng_normal(rng)), 0.0), 3.0);
    for (size_t j = 0; j < N_ATTRIBUTES; j++) {
        if (j != SEX && mk_rng_uniform(rng) < 0.1) {
            v[j] = NAN;
        }
    }
}

static People people;
static char paths[4][512];
enum { PUBLISHED, REPAIRED, MIXTURE, OTHER };

static double still_clock(void)
{
    return 0.0;
}

static void train(const char *const *lines, const char *path)
{
    const MkTrainHooks hooks = {.clock = still_clock};
    MkTrainConfig config;
    MkError err = {0};
    mk_train_config_init(&config);
    config.iterations = 3;
    config.threads = 1;
    for (size_t i = 0; lines[i] != NULL; i += 2) {
        if (mk_train_config_set(&config, lines[i], lines[i + 1], &err) != MK_OK) {
            fail_msg("%s", err.text);
        }
    }
    if (mk_train(&config, people.cohort, path, &hooks, &err) != MK_OK) {
        fail_msg("%s", err.text);
    }
}

static const char *const published[] = {"kind",          "medvae",        "name",
                                        "published",     "medvae_epochs", "40",
                                        "medvae_output", "sigmoid",       "medvae_kl_grad",
                                        "off",           "medvae_latent", "library",
                                        "medvae_decode", "argmax",        NULL};
static const char *const repaired[] = {
    "kind",    "medvae",          "name", "repaired", "medvae_epochs", "40", "medvae_fill",
    "chained", "medvae_kl_scale", "1",    NULL};
static const char *const mixture[] = {
    "kind", "medvae",        "name",    "mixture",           "medvae_epochs",
    "40",   "medvae_latent", "mixture", "medvae_components", "4",
    NULL};

static int open_people(void **state)
{
    const char *const at = getenv("TMPDIR") != NULL ? getenv("TMPDIR") : "/tmp";
    (void)state;
    mk_blas_init();
    people_make(&people, schema, N_PEOPLE, 11, draw_person, NULL);
    for (size_t i = 0; i < 4; i++) {
        snprintf(paths[i], sizeof paths[i], "%s/medvae%zu.safetensors", at, i);
    }
    train(published, paths[PUBLISHED]);
    train(repaired, paths[REPAIRED]);
    train(mixture, paths[MIXTURE]);
    return 0;
}

static int close_people(void **state)
{
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        remove(paths[i]);
    }
    people_free(&people);
    return 0;
}

static MkModel *open_model(int which)
{
    MkModel *model = NULL;
    MkError err = {0};
    if (mk_model_open(paths[which], &model, &err) != MK_OK) {
        fail_msg("%s", err.text);
    }
    return model;
}

/* ---- gradients ---- */

typedef struct Small {
    MkArena *arena;
    MkMedvaeNet net;
    MkMedvaeTape *tape;
    float *x, *noise;
} Small;

enum { SMALL_BATCH = 24 };

static void open_small(Small *s, bool is_linear)
{
    MkRng rng = mk_rng(3, MK_RNG_TEST, 0);
    MkMedvaeTable table;
    s->arena = mk_arena_new(0);
    assert_int_equal(mk_medvae_fill(&people.data, people.schema, people.marginals, false, false,
                                    NULL, NULL, s->arena, &table, NULL),
                     MK_OK);
    assert_int_equal(mk_medvae_net_init(&s->net, people.schema, is_linear, s->arena, NULL), MK_OK);
    mk_medvae_net_start(&s->net, &rng);
    for (size_t i = 0; i < s->net.p.n; i++) { /* gains, biases: not where they start */
        s->net.p.value[i] += (float)(0.1 * mk_rng_normal(&rng));
    }
    s->tape = mk_medvae_tape_new(&s->net, SMALL_BATCH, s->arena);
    s->x = table.x;
    s->noise = mk_arena_array(s->arena, SMALL_BATCH * MK_MEDVAE_LATENT, sizeof *s->noise);
    assert_true(s->tape != NULL && s->noise != NULL);
    for (size_t i = 0; i < SMALL_BATCH * MK_MEDVAE_LATENT; i++) {
        s->noise[i] = (float)mk_rng_normal(&rng);
    }
}

static double objective(Small *s, double kl_weight)
{
    const MkMedvaeLoss loss = mk_medvae_step(&s->net, s->tape, s->x, SMALL_BATCH, s->noise, 0.0);
    return loss.reconstruction + kl_weight * loss.kl;
}

/* The slope of the objective along a random direction of the parameters first .. first + n, by
 * differences and by `gradient`. */
static void slopes(Small *s, const float *gradient, size_t first, size_t n, double kl_weight,
                   double *measured, double *told)
{
    const double step = 1e-3 / sqrt((double)n);
    float *const value = s->net.p.value + first;
    double at[2];
    float *const kept = mk_arena_array(s->arena, n, sizeof *kept);
    double *const way = mk_arena_array(s->arena, n, sizeof *way);
    MkRng rng = mk_rng(5, MK_RNG_TEST, first);
    assert_true(kept != NULL && way != NULL);
    memcpy(kept, value, n * sizeof *kept);
    *told = 0.0;
    for (size_t i = 0; i < n; i++) { /* half of it uphill, so that it is not all chance */
        const double g = (double)gradient[first + i];
        way[i] = mk_rng_normal(&rng) + (g > 0.0 ? 1.0 : g < 0.0 ? -1.0 : 0.0);
        *told += way[i] * g;
    }
    for (int side = 0; side < 2; side++) {
        for (size_t i = 0; i < n; i++) {
            value[i] = (float)((double)kept[i] + (side == 0 ? -step : step) * way[i]);
        }
        at[side] = objective(s, kl_weight);
    }
    memcpy(value, kept, n * sizeof *kept);
    *measured = (at[1] - at[0]) / (2.0 * step);
}

typedef struct Block {
    const char *name;
    size_t first, n;
} Block;

static size_t list_blocks(const MkMedvaeNet *net, Block *out)
{
    const MkLinear *const layers[] = {&net->in[0],  &net->in[1],  &net->mean,  &net->variance,
                                      &net->out[0], &net->out[1], &net->out[2]};
    size_t n = 0;
    out[n++] = (Block){"vectors", net->vectors, net->layout.n_vectors * MK_MEDVAE_EMBEDDING};
    for (size_t i = 0; i < sizeof layers / sizeof *layers; i++) {
        out[n++] = (Block){"layer", layers[i]->weight, layers[i]->from * layers[i]->to};
    }
    out[n++] = (Block){"mean bias", net->mean.bias, net->mean.to};
    out[n++] = (Block){"variance bias", net->variance.bias, net->variance.to};
    out[n++] = (Block){"output bias", net->out[2].bias, net->out[2].to};
    for (size_t i = 0; i < MK_MEDVAE_NORMS; i++) {
        out[n++] = (Block){"gain", net->norm[i].gain, net->norm[i].d};
        out[n++] = (Block){"shift", net->norm[i].bias, net->norm[i].d};
    }
    return n;
}

static void test_the_gradient_is_that_of_the_whole_loss(void **state)
{
    (void)state;
    for (int linear = 0; linear < 2; linear++) {
        for (int with_kl = 0; with_kl < 2; with_kl++) {
            const double kl_weight = with_kl ? 0.7 : 0.0;
            Small s;
            Block blocks[32];
            open_small(&s, linear == 1);
            mk_parameters_zero_gradient(&s.net.p);
            (void)mk_medvae_step(&s.net, s.tape, s.x, SMALL_BATCH, s.noise, kl_weight);
            float *const g = mk_arena_array(s.arena, s.net.p.n, sizeof *g);
            memcpy(g, s.net.p.gradient, s.net.p.n * sizeof *g);
            const size_t n = list_blocks(&s.net, blocks);
            for (size_t b = 0; b < n; b++) {
                double measured = 0.0, told = 0.0;
                slopes(&s, g, blocks[b].first, blocks[b].n, kl_weight, &measured, &told);
                if (fabs(measured - told) > 0.02 * fabs(told) + 0.1) {
                    fail_msg("%s %zu: %g by differences, %g", blocks[b].name, b, measured, told);
                }
            }
            mk_arena_free(s.arena);
        }
    }
}

/* ---- the defect ---- */

static void test_without_its_gradient_the_kl_grows_and_with_it_it_falls(void **state)
{
    MkModel *const off = open_model(PUBLISHED), *const on = open_model(REPAIRED);
    const MkMedvae *const a = off->state, *const b = on->state;
    (void)state;
    assert_true(a->report[1] > 2.0 * a->report[0]); /* first epoch, last epoch */
    assert_true(b->report[1] < b->report[0]);
    assert_true(a->report[1] > 10.0 * b->report[1]);
    mk_model_free(off);
    mk_model_free(on);
}

/* ---- persons ---- */

static const size_t all[N_ATTRIBUTES] = {X, Y, SEX, PLACE, MOOD};

static double (*draw_all(const MkModel *model, const MkDrawOrder *order,
                         const double *known))[N_ATTRIBUTES]
{
    static double persons[PERSONS][N_ATTRIBUTES];
    static double values[MK_DRAW_PERSONS * N_ATTRIBUTES], out[MK_DRAW_PERSONS * N_ATTRIBUTES];
    MkArena *const arena = mk_arena_new(0);
    MkDrawer *drawer = NULL;
    MkError err = {0};
    for (size_t i = 0; i < MK_DRAW_PERSONS * order->n_known; i++) {
        values[i] = known[i % order->n_known];
    }
    assert_int_equal(mk_drawer_new(model, order, &drawer, &err), MK_OK);
    for (size_t first = 0; first < PERSONS; first += MK_DRAW_PERSONS) {
        MkRng streams[MK_DRAW_PERSONS];
        const MkMark mark = mk_arena_mark(arena);
        for (size_t i = 0; i < MK_DRAW_PERSONS; i++) {
            streams[i] = mk_rng(2, MK_RNG_SAMPLE, first + i);
        }
        if (mk_drawer_run(drawer, values, MK_DRAW_PERSONS, streams, NULL, arena, out, NULL, NULL,
                          &err) != MK_OK) {
            fail_msg("%s", err.text);
        }
        for (size_t i = 0; i < MK_DRAW_PERSONS; i++) {
            for (size_t k = 0; k < order->n_known; k++) {
                persons[first + i][order->known[k]] = known[k];
            }
            for (size_t k = 0; k < order->n_targets; k++) {
                persons[first + i][order->targets[k]] = out[i * order->n_targets + k];
            }
        }
        mk_arena_rewind(arena, mark);
    }
    mk_drawer_free(drawer);
    mk_arena_free(arena);
    return persons;
}

static double mean_of(double (*persons)[N_ATTRIBUTES], size_t j)
{
    double sum = 0.0;
    for (size_t i = 0; i < PERSONS; i++) {
        sum += persons[i][j] / PERSONS;
    }
    return sum;
}

static double share_of(double (*persons)[N_ATTRIBUTES], size_t j, double level)
{
    double sum = 0.0;
    for (size_t i = 0; i < PERSONS; i++) {
        sum += persons[i][j] == level ? 1.0 / PERSONS : 0.0;
    }
    return sum;
}

/* Means of x: 10 + 10 / 3; of y: 60 + 8 / 3. */
static void assert_population(int which)
{
    const MkDrawOrder order = {.targets = all, .n_targets = N_ATTRIBUTES, .n_groups = 1};
    MkModel *const model = open_model(which);
    double(*const p)[N_ATTRIBUTES] = draw_all(model, &order, NULL);
    double together = 0.0;
    assert_close(mean_of(p, X), 10.0 + 10.0 / 3.0, 1.5, 0.0);
    assert_close(mean_of(p, Y), 60.0 + 8.0 / 3.0, 1.5, 0.0);
    assert_close(share_of(p, SEX, 1.0), 1.0 / 3.0, 0.07, 0.0);
    assert_close(share_of(p, PLACE, 0.0), 0.30, 0.08, 0.0);
    for (size_t i = 0; i < PERSONS; i++) {
        assert_true(p[i][Y] >= 0.0);
        together += (p[i][X] - 13.3) * (p[i][Y] - 62.7) / PERSONS;
    }
    assert_true(together > 30.0); /* 8 * (1 + 2 / 9) * 10 = 98 */
    mk_model_free(model);
}

static void test_draws_of_the_repaired_model_are_the_population(void **state)
{
    (void)state;
    assert_population(REPAIRED);
    assert_population(MIXTURE);
}

/* As published, those in the library who met the condition stand for it: women's x is 10 higher. */
static void test_one_level_is_met_by_everybody(void **state)
{
    const size_t known[] = {SEX}, targets[] = {X, Y, PLACE, MOOD};
    const MkDrawOrder order = {
        .known = known, .n_known = 1, .targets = targets, .n_targets = 4, .n_groups = 1};
    (void)state;
    for (int which = PUBLISHED; which <= MIXTURE; which++) {
        MkModel *const model = open_model(which);
        double(*p)[N_ATTRIBUTES] = draw_all(model, &order, (const double[]){1.0});
        const double women = mean_of(p, X);
        assert_close(share_of(p, SEX, 1.0), 1.0, 1e-9, 0.0);
        p = draw_all(model, &order, (const double[]){0.0});
        assert_true(women > mean_of(p, X) + (which == PUBLISHED ? 6.0 : 3.0));
        mk_model_free(model);
    }
}

static void test_conditions_of_all_sorts_are_met_together(void **state)
{
    const size_t known[] = {SEX};
    const size_t targets[] = {X, Y, PLACE, MOOD};
    const MkDrawLimit limits[] = {{.is_limited = true, .low = 20.0, .high = INFINITY},
                                  {.is_limited = false},
                                  {.is_limited = true, .levels = 1U << 1U | 1U << 2U},
                                  {.is_limited = false}};
    const MkDrawOrder order = {.known = known,
                               .n_known = 1,
                               .targets = targets,
                               .n_targets = 4,
                               .n_groups = 1,
                               .limits = limits};
    (void)state;
    for (int which = PUBLISHED; which <= MIXTURE; which++) {
        MkModel *const model = open_model(which);
        double(*const p)[N_ATTRIBUTES] = draw_all(model, &order, (const double[]){0.0});
        for (size_t i = 0; i < PERSONS; i++) {
            assert_true(p[i][X] >= 20.0 && p[i][PLACE] >= 1.0 && p[i][SEX] == 0.0);
        }
        assert_true(mean_of(p, Y) > 65.0); /* nobody's 62.7 */
        assert_true(mean_of(p, MOOD) > 1.9);
        mk_model_free(model);
    }
}

static void test_evidence_moves_the_posterior_the_right_way(void **state)
{
    const size_t targets[] = {Y, PLACE, MOOD};
    (void)state;
    for (int which = PUBLISHED; which <= MIXTURE; which++) {
        MkModel *const model = open_model(which);
        MkArena *const arena = mk_arena_new(0);
        MkDistribution low[3], high[3];
        const MkPoint little[] = {{X, 0.0}, {SEX, 0.0}}, much[] = {{X, 30.0}, {SEX, 1.0}};
        assert_int_equal(mk_model_posterior(model, little, 2, targets, 3, arena, low, NULL), MK_OK);
        assert_int_equal(mk_model_posterior(model, much, 2, targets, 3, arena, high, NULL), MK_OK);
        assert_true(mk_dist_mean(&high[0]) > mk_dist_mean(&low[0]) + 6.0);
        assert_true(mk_dist_level(&high[1], 2) > mk_dist_level(&low[1], 2) + 0.1);
        assert_true(mk_dist_level(&high[2], 3) > mk_dist_level(&low[2], 3) + 0.1);
        mk_arena_free(arena);
        mk_model_free(model);
    }
}

/* ---- densities ---- */

static MkStatus log_density(const MkModel *model, size_t seed, double level, double *out,
                            MkError *err)
{
    const size_t known[] = {X, SEX}, targets[] = {PLACE};
    const MkDrawOrder order = {
        .known = known, .n_known = 2, .targets = targets, .n_targets = 1, .n_groups = 1};
    MkArena *const arena = mk_arena_new(0);
    MkDrawer *drawer = NULL;
    MkRng stream = mk_rng(1, MK_RNG_SAMPLE, seed);
    double drawn = 0.0;
    assert_int_equal(mk_drawer_new(model, &order, &drawer, NULL), MK_OK);
    const MkStatus st = mk_drawer_run(drawer, (const double[]){15.0, 1.0}, 1, &stream, &level,
                                      arena, &drawn, out, NULL, err);
    mk_drawer_free(drawer);
    mk_arena_free(arena);
    return st;
}

static void test_densities_sum_to_one_and_argmax_has_none(void **state)
{
    MkModel *const model = open_model(REPAIRED), *const points = open_model(PUBLISHED);
    enum { SEEDS = 32 };
    double sum = 0.0, one = 0.0;
    MkError err = {0};
    (void)state;
    for (size_t i = 0; i < 3 * SEEDS; i++) { /* each by states of its own */
        assert_int_equal(log_density(model, i / 3, (double)(i % 3), &one, NULL), MK_OK);
        sum += exp(one) / SEEDS;
    }
    assert_close(sum, 1.0, 0.05, 0.0);
    assert_int_equal(log_density(points, 0, 1.0, &one, &err), MK_EUNSUPPORTED);
    assert_non_null(strstr(err.text, "medvae_decode argmax"));
    mk_model_free(model);
    mk_model_free(points);
}

/* ---- filling ---- */

static void test_chained_gaps_are_closer_than_medians(void **state)
{
    double error[2] = {0.0, 0.0};
    MkArena *const arena = mk_arena_new(0);
    MkMedvaeTable t[2];
    (void)state;
    for (int chained = 0; chained < 2; chained++) {
        assert_int_equal(mk_medvae_fill(&people.data, people.schema, people.marginals, false,
                                        chained == 1, NULL, NULL, arena, &t[chained], NULL),
                         MK_OK);
        for (size_t i = 0; i < N_PEOPLE; i++) { /* y of who has none, by the x that it follows */
            const float *const row = t[chained].x + i * N_ATTRIBUTES;
            const double *const s = t[chained].scale;
            if (!t[chained].observed[i * N_ATTRIBUTES + Y]) {
                const double x = s[2 * X] + (double)row[X] * (s[2 * X + 1] - s[2 * X]);
                const double y = s[2 * Y] + (double)row[Y] * (s[2 * Y + 1] - s[2 * Y]);
                error[chained] += fabs(y - (60.0 + 0.8 * (x - 10.0)));
            }
            for (size_t j = SEX; j < N_ATTRIBUTES; j++) {
                const double scaled = (double)row[j] * (j == MOOD ? 3.0 : 1.0);
                assert_close(scaled, round(scaled), 1e-5, 0.0);
            }
        }
    }
    assert_true(error[1] < 0.6 * error[0]);
    mk_arena_free(arena);
}

/* ---- files ---- */

static void test_the_same_seed_gives_the_same_file(void **state)
{
    static const size_t size[] = {
        [MK_F32] = 4, [MK_F16] = 2, [MK_F64] = 8, [MK_I32] = 4, [MK_U8] = 1, [MK_U16] = 2};
    MkWeights *x = NULL, *y = NULL;
    (void)state;
    train(published, paths[OTHER]);
    assert_int_equal(mk_weights_open(paths[PUBLISHED], &x, NULL), MK_OK);
    assert_int_equal(mk_weights_open(paths[OTHER], &y, NULL), MK_OK);
    assert_int_equal(mk_weights_count(x), mk_weights_count(y));
    for (size_t i = 0; i < mk_weights_count(x); i++) {
        const MkTensor *const t = mk_weights_at(x, i), *const u = mk_weights_find(y, t->name);
        assert_non_null(u);
        assert_int_equal(t->n, u->n);
        assert_memory_equal(t->data, u->data, t->n * size[t->dtype]);
    }
    mk_weights_close(x);
    mk_weights_close(y);
}

/* Writes the published file anew with some bytes of a tensor changed. */
static void spoil(const char *name, const void *bytes, size_t at, size_t n)
{
    MkWeights *w = NULL;
    char *data = NULL;
    long len = 0, from = -1;
    assert_int_equal(mk_weights_open(paths[PUBLISHED], &w, NULL), MK_OK);
    const MkTensor *const t = mk_weights_find(w, name);
    FILE *file = fopen(paths[PUBLISHED], "rb");
    assert_true(t != NULL && file != NULL);
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    len = ftell(file);
    data = malloc((size_t)len);
    rewind(file);
    assert_true(data != NULL && fread(data, 1, (size_t)len, file) == (size_t)len);
    fclose(file);
    for (long i = 0; from < 0 && i + 24 <= len; i++) {
        from = memcmp(data + i, t->data, 24) == 0 ? i : -1;
    }
    assert_true(from >= 0);
    memcpy(data + from + at, bytes, n);
    file = fopen(paths[OTHER], "wb");
    assert_true(file != NULL && fwrite(data, 1, (size_t)len, file) == (size_t)len);
    fclose(file);
    free(data);
    mk_weights_close(w);
}

static void assert_refused(const char *name, const void *bytes, size_t at, size_t n)
{
    MkModel *model = NULL;
    MkError err = {0};
    spoil(name, bytes, at, n);
    assert_int_equal(mk_model_open(paths[OTHER], &model, &err), MK_EFORMAT);
    assert_null(model);
    assert_true(strlen(err.text) > 0);
}

static void test_corrupt_files_are_refused(void **state)
{
    const float bad = NAN, huge = 1e30F, below = -1.0F;
    const double bad_double = INFINITY;
    const int32_t three = 3, many = 2000000, none = 0;
    const uint8_t level = 77;
    (void)state;
    assert_refused("kind.parameters", &bad, 40, sizeof bad);
    assert_refused("kind.running", &below, MK_MEDVAE_WIDE * sizeof(float), sizeof below);
    assert_refused("kind.scale", &bad_double, 8, sizeof bad_double);
    assert_refused("kind.sd", &below, 0, sizeof below);
    assert_refused("kind.library", &huge, MK_MEDVAE_LATENT * sizeof(float), sizeof huge);
    assert_refused("kind.met", &level, 5, sizeof level);
    assert_refused("kind.sizes", &three, 4, sizeof three);  /* where states come from */
    assert_refused("kind.sizes", &many, 12, sizeof many);   /* entries */
    assert_refused("kind.sizes", &none, 12, sizeof none);   /* a library without any */
    assert_refused("kind.sizes", &three, 20, sizeof three); /* a mixture that is not there */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_gradient_is_that_of_the_whole_loss),
        cmocka_unit_test(test_without_its_gradient_the_kl_grows_and_with_it_it_falls),
        cmocka_unit_test(test_draws_of_the_repaired_model_are_the_population),
        cmocka_unit_test(test_one_level_is_met_by_everybody),
        cmocka_unit_test(test_conditions_of_all_sorts_are_met_together),
        cmocka_unit_test(test_evidence_moves_the_posterior_the_right_way),
        cmocka_unit_test(test_densities_sum_to_one_and_argmax_has_none),
        cmocka_unit_test(test_chained_gaps_are_closer_than_medians),
        cmocka_unit_test(test_the_same_seed_gives_the_same_file),
        cmocka_unit_test(test_corrupt_files_are_refused)};
    return cmocka_run_group_tests(tests, open_people, close_people);
}
