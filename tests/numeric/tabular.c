#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "tests/check.h"

#include "tests/numeric/tabular.h"

#include <stdlib.h>
#include <string.h>

#include "model/train.h"
#include "model/weights.h"

static const char schema[] = "name\ttype\tlabel\tunit\tlevels\n"
                             "x\treal\tX\t\t\n"
                             "y\treal\tY\t\t\n"
                             "s\tcategorical\tS\t\t0=no|1=yes\n"
                             "t\tordinal\tT\t\t0=low|1=middle|2=high\n";

static void draw_person(void *ctx, size_t row, MkRng *rng, double *values)
{
    const double a = mk_rng_normal(rng), b = mk_rng_normal(rng);
    const bool upper = mk_rng_uniform(rng) < 0.3;
    (void)ctx, (void)row;
    values[TABULAR_X] = 50.0 + 10.0 * a;
    values[TABULAR_Y] = (upper ? 100.0 : 0.0) + 5.0 * (0.8 * a + 0.6 * b);
    values[TABULAR_S] = upper ? 1.0 : 0.0;
    values[TABULAR_T] = a < 0.0 ? 0.0 : a < 1.5 ? 1.0 : 2.0;
    if (mk_rng_uniform(rng) < 0.15) {
        values[TABULAR_Y] = (double)NAN;
    }
}

void tabular_people(People *people, size_t n, uint64_t seed)
{
    people_make(people, schema, n, seed, draw_person, NULL);
}

static double still(void)
{
    return 0.0;
}

void tabular_train(const People *people, const char *kind, const char *const *settings,
                   const char *path)
{
    MkTrainConfig config;
    MkError err = {0};
    const MkTrainHooks hooks = {.clock = still};
    mk_train_config_init(&config);
    config.iterations = 2;
    config.threads = 1;
    assert_int_equal(mk_train_config_set(&config, "kind", kind, &err), MK_OK);
    assert_int_equal(mk_train_config_set(&config, "name", "small", &err), MK_OK);
    for (size_t i = 0; settings[i] != NULL; i += 2) {
        if (mk_train_config_set(&config, settings[i], settings[i + 1], &err) != MK_OK) {
            fail_msg("%s: %s", settings[i], err.text);
        }
    }
    if (mk_train(&config, people->cohort, path, &hooks, &err) != MK_OK) {
        fail_msg("%s", err.text);
    }
}

double *tabular_draw(const MkModel *model, const size_t *known, const double *values,
                     size_t n_known, size_t n)
{
    size_t targets[TABULAR_N], n_targets = 0;
    double *const out = malloc(n * TABULAR_N * sizeof *out);
    double block[MK_DRAW_PERSONS * TABULAR_N], told[MK_DRAW_PERSONS * TABULAR_N];
    MkDrawer *drawer = NULL;
    MkError err = {0};
    assert_non_null(out);
    for (size_t j = 0; j < TABULAR_N; j++) {
        bool is_known = false;
        for (size_t k = 0; k < n_known; k++) {
            is_known = is_known || known[k] == j;
        }
        if (!is_known) {
            targets[n_targets++] = j;
        }
    }
    const MkDrawOrder order = {.known = known,
                               .n_known = n_known,
                               .targets = targets,
                               .n_targets = n_targets,
                               .n_groups = 1};
    if (mk_drawer_new(model, &order, &drawer, &err) != MK_OK) {
        fail_msg("%s", err.text);
    }
    MkArena *const arena = mk_arena_new(0);
    for (size_t first = 0; first < n; first += MK_DRAW_PERSONS) {
        const size_t count = n - first < MK_DRAW_PERSONS ? n - first : MK_DRAW_PERSONS;
        const MkMark mark = mk_arena_mark(arena);
        MkRng streams[MK_DRAW_PERSONS];
        for (size_t b = 0; b < count; b++) {
            streams[b] = mk_rng(7, MK_RNG_TEST, first + b);
            for (size_t k = 0; k < n_known; k++) {
                told[b * n_known + k] = values[k];
            }
        }
        if (mk_drawer_run(drawer, told, count, streams, NULL, arena, block, NULL, NULL, &err) !=
            MK_OK) {
            fail_msg("%s", err.text);
        }
        for (size_t b = 0; b < count; b++) {
            double *const row = out + (first + b) * TABULAR_N;
            for (size_t k = 0; k < n_known; k++) {
                row[known[k]] = values[k];
            }
            for (size_t t = 0; t < n_targets; t++) {
                row[targets[t]] = block[b * n_targets + t];
            }
        }
        mk_arena_rewind(arena, mark);
    }
    mk_arena_free(arena);
    mk_drawer_free(drawer);
    return out;
}

double tabular_mean(const double *v, size_t n, size_t j)
{
    double sum = 0.0;
    for (size_t i = 0; i < n; i++) {
        sum += v[i * TABULAR_N + j] / (double)n;
    }
    return sum;
}

double tabular_correlation(const double *v, size_t n, size_t a, size_t b, const bool *keep)
{
    double count = 0, sa = 0, sb = 0, saa = 0, sbb = 0, sab = 0;
    for (size_t i = 0; i < n; i++) {
        if (keep == NULL || keep[i]) {
            const double x = v[i * TABULAR_N + a], y = v[i * TABULAR_N + b];
            count += 1, sa += x, sb += y, saa += x * x, sbb += y * y, sab += x * y;
        }
    }
    return (sab - sa * sb / count) / sqrt((saa - sa * sa / count) * (sbb - sb * sb / count));
}

/* Where a tensor's data is in a file. */
static size_t find_tensor(const char *path, const char *name, const char *bytes, size_t size)
{
    MkWeights *w = NULL;
    assert_int_equal(mk_weights_open(path, &w, NULL), MK_OK);
    const MkTensor *const t = mk_weights_find(w, name);
    assert_non_null(t);
    const size_t n = people_bytes(t);
    size_t at = 0;
    while (at + n <= size && memcmp(bytes + at, t->data, n) != 0) {
        at++;
    }
    assert_true(at + n <= size);
    mk_weights_close(w);
    return at;
}

void tabular_refuses(const char *path, const char *broken, const char *tensor, size_t at,
                     const void *bytes, size_t n)
{
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    assert_int_equal(fseek(f, 0, SEEK_END), 0);
    const size_t size = (size_t)ftell(f);
    char *const all = malloc(size);
    assert_non_null(all);
    rewind(f);
    assert_int_equal(fread(all, 1, size, f), size);
    fclose(f);
    memcpy(all + find_tensor(path, tensor, all, size) + at, bytes, n);
    f = fopen(broken, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(all, 1, size, f), size);
    assert_int_equal(fclose(f), 0);
    free(all);
    MkModel *model = NULL;
    MkError err = {0};
    assert_int_equal(mk_model_open(broken, &model, &err), MK_EFORMAT);
    assert_null(model);
    assert_true(err.text[0] != '\0');
    remove(broken);
}

double tabular_slope(double (*loss)(void *ctx, const float *value), void *ctx, const float *value,
                     const float *direction, size_t n, double step)
{
    float *const moved = malloc(n * sizeof *moved);
    double side[2];
    assert_non_null(moved);
    for (int k = 0; k < 2; k++) {
        for (size_t i = 0; i < n; i++) {
            moved[i] = value[i] + (float)((k == 0 ? step : -step) * (double)direction[i]);
        }
        side[k] = loss(ctx, moved);
    }
    free(moved);
    return (side[0] - side[1]) / (2.0 * step);
}
