/* The Gaussian copula on data drawn from a known Gaussian: R and the closed-form conditionals.
 *
 * Stated tolerances, 12,000 people with a fifth of the cells missing: 0.03 for a correlation (its
 * standard error is about 0.01), 0.08 for a conditional mean and 0.03 for a conditional sd of a
 * standard normal attribute, evidence within 2.5 sd (further out ranks say little of the value). */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "tests/check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/nn/blas.h"
#include "model/normal.h"
#include "src/base/pool.h"
#include "tests/numeric/people.h"

enum { N = 6, MANY = 12000 };

static const char schema[] =
    "name\ttype\tlabel\n"
    "a\treal\tA\nb\treal\tB\nc\treal\tC\nd\treal\tD\ne\treal\tE\nf\treal\tF\n";

/* Loadings on three hidden normals and own parts; the truth follows from them. */
static const double load[N][3] = {{0.8, 0.0, 0.1},  {0.6, 0.5, 0.0}, {-0.5, 0.6, 0.2},
                                  {0.0, 0.7, -0.5}, {0.3, 0.0, 0.8}, {0.2, -0.4, 0.6}};

static double truth(size_t i, size_t k)
{
    double sum = 0.0;
    for (size_t h = 0; h < 3; h++) {
        sum += load[i][h] * load[k][h];
    }
    return i == k ? 1.0 : sum;
}

typedef struct Plan {
    bool blocks; /* else cells missing at random */
} Plan;

static void draw(void *ctx, size_t row, MkRng *rng, double *values)
{
    const Plan *const plan = ctx;
    double hidden[3];
    for (size_t h = 0; h < 3; h++) {
        hidden[h] = mk_rng_normal(rng);
    }
    for (size_t j = 0; j < N; j++) {
        double left = 1.0;
        values[j] = 0.0;
        for (size_t h = 0; h < 3; h++) {
            values[j] += load[j][h] * hidden[h];
            left -= load[j][h] * load[j][h];
        }
        values[j] += sqrt(left) * mk_rng_normal(rng);
        values[j] = 100.0 + 15.0 * values[j]; /* any unit will do */
    }
    /* one survey asks d and e, the other f; a third skips c too */
    for (size_t j = 0; j < N; j++) {
        const bool away = plan->blocks ? (row % 3 == 0 && (j == 3 || j == 4)) ||
                                             (row % 3 != 0 && j == 5) || (row % 3 == 2 && j == 2)
                                       : mk_rng_uniform(rng) < 0.2;
        values[j] = away ? NAN : values[j];
    }
}

/* Closed form: mean and sd of target given z of known (n), by Gauss elimination on R_oo. */
static void closed_form(const size_t *known, const double *z, size_t n, size_t target, double *mean,
                        double *sd)
{
    double a[N * N], rhs[N], w[N];
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < n; k++) {
            a[i * n + k] = truth(known[i], known[k]);
        }
        rhs[i] = truth(known[i], target);
    }
    memcpy(w, rhs, sizeof w);
    for (size_t i = 0; i < n; i++) {
        for (size_t k = i + 1; k < n; k++) {
            const double f = a[k * n + i] / a[i * n + i];
            for (size_t c = i; c < n; c++) {
                a[k * n + c] -= f * a[i * n + c];
            }
            w[k] -= f * w[i];
        }
    }
    for (size_t i = n; i-- > 0;) {
        for (size_t k = i + 1; k < n; k++) {
            w[i] -= a[i * n + k] * w[k];
        }
        w[i] /= a[i * n + i];
    }
    double explained = 0.0;
    *mean = 0.0;
    for (size_t i = 0; i < n; i++) {
        *mean += w[i] * z[i];
        explained += w[i] * rhs[i];
    }
    *sd = sqrt(1.0 - explained);
}

typedef struct Fixture {
    People random, blocks;
} Fixture;

static int open_fixture(void **state)
{
    static Fixture f;
    Plan plan = {.blocks = false};
    mk_blas_init();
    people_make(&f.random, schema, MANY, 1, draw, &plan);
    people_fit(&f.random, false, 8, NULL);
    plan.blocks = true;
    people_make(&f.blocks, schema, MANY, 2, draw, &plan);
    people_fit(&f.blocks, false, 8, NULL);
    *state = &f;
    return 0;
}

static int close_fixture(void **state)
{
    Fixture *const f = *state;
    people_free(&f->random);
    people_free(&f->blocks);
    return 0;
}

static void test_correlations_come_back(void **state)
{
    const Fixture *const f = *state;
    assert_int_equal(f->random.copula.n_features, N);
    for (size_t i = 0; i < N; i++) {
        for (size_t k = 0; k <= i; k++) {
            assert_close((double)mk_copula_r(&f->random.copula, i, k), truth(i, k), 0.03, 0);
            assert_close((double)mk_copula_r(&f->random.copula, k, i), truth(i, k), 0.03, 0);
        }
    }
}

static void test_a_gaussian_calls_for_hardly_any_extra_feature(void **state)
{
    const People *const p = &((const Fixture *)*state)->random;
    MkArena *const arena = mk_arena_new(0);
    MkCopula copula;
    const MkCopulaFit fit = {.marginals = p->marginals,
                             .data = &p->data,
                             .iterations = 4,
                             .prior = 20.0,
                             .expand = true};
    assert_int_equal(mk_copula_fit(&fit, arena, &copula, NULL, NULL), MK_OK);
    assert_in_range(copula.n_features, N, N + 2); /* of 12 that were looked at: chance */
    for (size_t i = 0; i < N; i++) {
        for (size_t k = 0; k < i; k++) { /* and it takes nothing away */
            assert_close((double)mk_copula_r(&copula, i, k), truth(i, k), 0.03, 0);
        }
    }
    mk_arena_free(arena);
}

/* d, e were never asked together with f. */
static void test_correlations_come_back_where_blocks_are_missing(void **state)
{
    const Fixture *const f = *state;
    for (size_t i = 0; i < N; i++) {
        for (size_t k = 0; k < i; k++) {
            const bool apart = i == 5 && (k == 3 || k == 4);
            const double r = (double)mk_copula_r(&f->blocks.copula, i, k);
            assert_int_equal(f->blocks.pairs[i * (i + 1) / 2 + k] == 0, apart);
            assert_close(r, apart ? r : truth(i, k), 0.045, 0);
            if (apart) { /* inside the interval that a, b, c leave open */
                const size_t shared[3] = {0, 1, 2};
                const double none[3] = {0};
                double mean, sd_i, sd_k, cross = 0.0, unit[3] = {0};
                closed_form(shared, none, 3, i, &mean, &sd_i);
                closed_form(shared, none, 3, k, &mean, &sd_k);
                for (size_t c = 0; c < 3; c++) { /* sum over R_kc times the weight of c for i */
                    unit[c] = 1.0;
                    closed_form(shared, unit, 3, i, &mean, &sd_i);
                    cross += mean * truth(k, shared[c]);
                    unit[c] = 0.0;
                }
                assert_true(fabs(r - cross) <= sd_i * sd_k + 0.05);
            }
        }
    }
}

/* Whether two attributes were ever asked together. */
static bool seen_together(const People *p, size_t a, size_t b)
{
    return p->pairs[a > b ? a * (a + 1) / 2 + b : b * (b + 1) / 2 + a] > 0;
}

static void check_conditionals(const People *p, size_t rounds)
{
    Plan plan = {.blocks = false};
    MkArena *const arena = mk_arena_new(0);
    assert_non_null(arena);
    assert_int_equal(p->copula.n_features, N);
    for (uint64_t round = 0; round < rounds; round++) {
        MkRng rng = mk_rng(7, MK_RNG_TEST, round);
        const size_t target = mk_rng_below(&rng, N);
        size_t known[N], n = 0, features = 0;
        double person[N], z[N], mean, sd, distance = -1.0;
        uint32_t ids[N];
        float values[N], m = 0.0F, s = 0.0F;
        const uint32_t asked = (uint32_t)target;
        draw(&plan, 0, &rng, person);
        for (size_t j = 0; j < N; j++) {
            bool take =
                j != target && fabs(person[j] - 100.0) < 37.5 && seen_together(p, target, j);
            for (size_t i = 0; i < n; i++) {
                take = take && seen_together(p, known[i], j);
            }
            if (take) {
                known[n] = j;
                z[n++] = (person[j] - 100.0) / 15.0;
                features +=
                    mk_copula_encode(&p->copula, j, person[j], ids + features, values + features);
            }
        }
        closed_form(known, z, n, target, &mean, &sd);
        assert_int_equal(mk_copula_condition(&p->copula, ids, values, features, &asked, 1, arena,
                                             &m, &s, &distance, NULL),
                         MK_OK);
        assert_close((double)m, mean, 0.08, 0);
        assert_close((double)s, sd, 0.03, 0);
        assert_true(distance >= 0.0);
    }
    mk_arena_free(arena);
}

static void test_conditionals_are_the_closed_form(void **state)
{
    const Fixture *const f = *state;
    check_conditionals(&f->random, 300);
    check_conditionals(&f->blocks, 300);
}

static void test_dense_and_packed_conditions_are_one(void **state)
{
    enum { KNOWN = 5, TARGETS = 6 };
    const People *const p = &((const Fixture *)*state)->random;
    MkArena *const arena = mk_arena_new(0);
    const size_t P = p->copula.n_features;
    float *const dense = mk_arena_array(arena, P * P, sizeof *dense);
    float *const scratch =
        mk_arena_array(arena, mk_copula_scratch(KNOWN, TARGETS), sizeof *scratch);
    const uint32_t targets[TARGETS] = {5, 0, 1, 2, 3, 4};
    assert_true(dense != NULL && scratch != NULL);
    for (size_t i = 0; i < P * P; i++) {
        dense[i] = mk_copula_r(&p->copula, i / P, i % P);
    }
    for (size_t n = 0; n <= KNOWN; n++) {
        const uint32_t ids[KNOWN] = {4, 1, 0, 3, 2};
        const float values[KNOWN] = {1.5F, -0.5F, 0.25F, 2.0F, -1.0F};
        float m[TARGETS], s[TARGETS], m2[TARGETS], s2[TARGETS];
        double distance = -1.0;
        assert_int_equal(mk_copula_condition(&p->copula, ids, values, n, targets, TARGETS, arena, m,
                                             s, &distance, NULL),
                         MK_OK);
        assert_int_equal(mk_copula_condition_dense(dense, P, p->copula.rho, ids, values, n, targets,
                                                   TARGETS, scratch, m2, s2, NULL),
                         MK_OK);
        assert_all_close_f(m2, m, TARGETS, 2e-5, 2e-5);
        /* a known target has the least sd, where float and double part */
        assert_all_close_f(s2, s, n > 0 ? 1 : TARGETS, 2e-5, 2e-5);
        for (size_t t = 0; t < TARGETS; t++) {
            assert_true(s[t] >= MK_COPULA_MIN_SD && s2[t] >= MK_COPULA_MIN_SD);
            if (n == 0) {
                assert_close((double)m[t], 0.0, 0, 0);
                assert_close((double)s[t], 1.0, 0, 0);
            }
        }
        if (n == 1) { /* one standardised value */
            assert_close(distance, 1.5 * 1.5, 1e-6, 0);
        }
    }
    mk_arena_free(arena);
}

static void test_the_same_evidence_twice_is_an_error(void **state)
{
    const People *const p = &((const Fixture *)*state)->random;
    MkArena *const arena = mk_arena_new(0);
    const uint32_t ids[2] = {1, 1}, target = 0;
    const float values[2] = {0.5F, 0.5F};
    float m, s;
    MkError err = {0};
    assert_int_equal(
        mk_copula_condition(&p->copula, ids, values, 2, &target, 1, arena, &m, &s, NULL, &err),
        MK_ENUMERIC);
    assert_non_null(strstr(err.text, "singular"));
    mk_arena_free(arena);
}

static void test_logits_are_logs_of_masses(void **state)
{
    const People *const p = &((const Fixture *)*state)->random;
    float b[MK_CELLS_MAX];
    for (double m = -3.0; m <= 3.0; m += 0.75) {
        for (double s = 0.05; s <= 1.0; s += 0.19) {
            double sum = 0.0;
            const MkMarginal *const marginal = &p->marginals[2];
            mk_copula_logits(marginal, m, s, b);
            for (size_t k = 0; k < marginal->n_cells; k++) {
                const double want = mk_normal_cdf((marginal->tau[k + 1] - m) / s) -
                                    mk_normal_cdf((marginal->tau[k] - m) / s);
                assert_true((double)b[k] >= MK_COPULA_FLOOR);
                assert_close(exp((double)b[k]), want, 1e-7, 1e-5);
                sum += exp((double)b[k]);
            }
            assert_close(sum, 1.0, 1e-5, 0);
        }
    }
}

/* ---- threads, folds, weights ---- */

static MkCopulaFit mixed_fit(const People *p, MkPool *pool, const uint8_t *fold)
{
    return (MkCopulaFit){.marginals = p->marginals,
                         .data = &p->data,
                         .n_folds = PEOPLE_FOLDS,
                         .fold = fold,
                         .iterations = 5,
                         .prior = 20.0,
                         .expand = true,
                         .pool = pool};
}

static void test_the_fit_is_the_same_bits_on_any_number_of_threads(void **state)
{
    People p;
    (void)state;
    people_make(&p, people_mixed_schema, 1500, 3, people_mixed_draw, NULL);
    people_fit(&p, true, 5, NULL);
    const size_t n = p.copula.n_features;
    assert_true(n > p.copula.n_attributes); /* curvature and places: extras */
    for (size_t threads = 1; threads <= 3; threads++) {
        MkPool *pool = NULL;
        MkCopula again;
        float *fold_r[PEOPLE_FOLDS];
        assert_int_equal(mk_pool_new(threads, &pool, NULL), MK_OK);
        const MkCopulaFit fit = mixed_fit(&p, pool, p.fold);
        assert_int_equal(mk_copula_fit(&fit, p.arena, &again, fold_r, NULL), MK_OK);
        assert_int_equal(again.n_features, n);
        assert_memory_equal(again.features, p.copula.features, n * sizeof *again.features);
        assert_memory_equal(again.rho, p.copula.rho, p.data.n_attributes * sizeof *again.rho);
        assert_memory_equal(again.r, p.copula.r, n * (n + 1) / 2 * sizeof *again.r);
        for (size_t f = 0; f < PEOPLE_FOLDS; f++) {
            assert_memory_equal(fold_r[f], p.fold_r[f], n * n * sizeof *fold_r[f]);
            free(fold_r[f]);
        }
        mk_pool_free(pool);
    }
    people_free(&p);
}

static void test_a_fold_does_not_see_its_own_people(void **state)
{
    const People *const p = &((const Fixture *)*state)->random;
    const size_t n = N;
    MkCopula other;
    float *fold_r[PEOPLE_FOLDS];
    MkArena *const arena = mk_arena_new(0);
    float *const scores = mk_arena_array(arena, p->data.n_rows * n, sizeof *scores);
    assert_non_null(scores);
    double apart = 0.0;
    for (size_t i = 0; i < n * n; i++) { /* two halves: alike, not equal */
        const double change = fabs((double)(p->fold_r[0][i] - p->fold_r[1][i]));
        assert_close((double)p->fold_r[0][i], truth(i / n, i % n), 0.05, 0);
        assert_true(p->fold_r[0][i] == p->fold_r[0][i % n * n + i / n]);
        apart = fmax(apart, change);
    }
    assert_true(apart > 1e-4 && apart < 0.08);
    /* other values of fold 0 with the same moments leave the R of fold 0 as it is */
    memcpy(scores, p->data.groups[0].scores, p->data.n_rows * n * sizeof *scores);
    for (size_t i = 0; i + 2 < p->data.n_rows; i += 2) {
        memcpy(scores + i * n, p->data.groups[0].scores + (i + 2) * n, n * sizeof *scores);
        scores[i * n] = scores[(i + 2) * n];
    }
    const size_t last = (p->data.n_rows - 2) * n;
    memcpy(scores + last, p->data.groups[0].scores, n * sizeof *scores);
    for (size_t i = 0; i < p->data.n_rows; i += 2) { /* swap a and b within fold 0 */
        const float a = scores[i * n];
        scores[i * n] = scores[i * n + 1];
        scores[i * n + 1] = a;
    }
    MkCopulaFit fit = mixed_fit(p, NULL, p->fold);
    MkGroup group = p->data.groups[0];
    MkDataset data = p->data;
    data.groups = &group;
    group.scores = scores;
    fit.data = &data;
    fit.expand = false;
    fit.iterations = 8;
    assert_int_equal(mk_copula_fit(&fit, arena, &other, fold_r, NULL), MK_OK);
    for (size_t i = 0; i < n * n; i++) {
        /* scores are standardised by all people: a and b have slightly other moments now */
        assert_close((double)fold_r[0][i], (double)p->fold_r[0][i], 5e-3, 0);
    }
    assert_true(fabs((double)fold_r[1][2] - (double)p->fold_r[1][2]) > 0.3); /* r of a and c */
    for (size_t f = 0; f < PEOPLE_FOLDS; f++) {
        free(fold_r[f]);
    }
    mk_arena_free(arena);
}

static void test_weights_count_like_people(void **state)
{
    enum { ROWS = 900, COLUMNS = 4 };
    (void)state;
    People p;
    Plan plan = {.blocks = false};
    people_make(&p, schema, ROWS, 9, draw, &plan);
    float *const scores = mk_arena_array(p.arena, 2 * ROWS * N, sizeof *scores);
    uint8_t *const cells = mk_arena_array(p.arena, 2 * ROWS * N, 1);
    double weights[ROWS];
    size_t n = 0;
    assert_true(scores != NULL && cells != NULL);
    for (size_t i = 0; i < ROWS; i++) {
        weights[i] = i % 3 == 0 ? 2.0 : 1.0;
        for (double k = 0.0; k < weights[i]; k += 1.0, n++) {
            memcpy(scores + n * N, p.data.groups[0].scores + i * N, N * sizeof *scores);
            memcpy(cells + n * N, p.data.groups[0].cells + i * N, N);
        }
    }
    MkCopula twice, weighted;
    MkGroup group = p.data.groups[0];
    MkDataset data = p.data;
    data.groups = &group;
    data.weights = weights;
    MkCopulaFit fit = {.marginals = p.marginals,
                       .data = &data,
                       .iterations = 40, /* the start and the prior go by numbers of people */
                       .prior = 0.1};
    assert_int_equal(mk_copula_fit(&fit, p.arena, &weighted, NULL, NULL), MK_OK);
    data.weights = NULL;
    data.n_rows = group.n_rows = n;
    group.scores = scores;
    group.cells = cells;
    assert_int_equal(mk_copula_fit(&fit, p.arena, &twice, NULL, NULL), MK_OK);
    assert_all_close_f(weighted.r, twice.r, N * (N + 1) / 2, 1e-5, 0);
    assert_all_close_f(weighted.rho, twice.rho, N, 1e-5, 0);
    people_free(&p);
}

static void test_cancelled_work_says_so(void **state)
{
    const People *const p = &((const Fixture *)*state)->random;
    MkArena *const arena = mk_arena_new(0);
    MkCancel cancel;
    MkCopula out;
    float *fold_r[PEOPLE_FOLDS];
    atomic_init(&cancel.stop, true);
    MkCopulaFit fit = mixed_fit(p, NULL, p->fold);
    fit.cancel = &cancel;
    fit.expand = false;
    assert_int_equal(mk_copula_fit(&fit, arena, &out, fold_r, NULL), MK_ECANCEL);
    assert_null(fold_r[0]);
    assert_null(fold_r[1]);
    mk_arena_free(arena);
}

/* An attribute with one value, one that copies another, one that nobody has together. */
static void odd_draw(void *ctx, size_t row, MkRng *rng, double *values)
{
    (void)ctx;
    values[0] = 5.0;
    values[1] = mk_rng_normal(rng);
    values[2] = values[1];
    values[3] = row % 2 == 0 ? mk_rng_normal(rng) : NAN;
    values[4] = row % 2 == 1 ? mk_rng_normal(rng) : NAN;
    values[5] = row < 3 ? (double)row : NAN;
}

static void test_degenerate_attributes_do_not_break_the_fit(void **state)
{
    People p;
    (void)state;
    people_make(&p, schema, 400, 4, odd_draw, NULL);
    people_fit(&p, true, 8, NULL);
    const size_t n = p.copula.n_features;
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k <= i; k++) {
            const double r = (double)mk_copula_r(&p.copula, i, k);
            assert_true(isfinite(r) && fabs(r) <= 1.0001);
        }
    }
    assert_true((double)mk_copula_r(&p.copula, 1, 2) > 0.9);
    assert_close((double)mk_copula_r(&p.copula, 0, 1), 0.0, 1e-3, 0);
    /* everything known at once can be conditioned on */
    MkArena *const arena = mk_arena_new(0);
    uint32_t ids[64];
    float values[64], m, s;
    size_t features = 0;
    const uint32_t target = 5;
    for (size_t j = 0; j < 5; j++) {
        features +=
            mk_copula_encode(&p.copula, j, j == 0 ? 5.0 : 0.3, ids + features, values + features);
    }
    assert_int_equal(mk_copula_condition(&p.copula, ids, values, features, &target, 1, arena, &m,
                                         &s, NULL, NULL),
                     MK_OK);
    assert_true(isfinite(m) && isfinite(s));
    mk_arena_free(arena);
    people_free(&p);
}

/* ---- several sources ---- */

/* People first, first + step, ... of everybody, with the attributes of `columns`: a source. */
static MkGroup take_source(const People *p, size_t first, size_t step, const uint32_t *columns,
                           size_t n, size_t before)
{
    const MkGroup *const all = &p->data.groups[0];
    MkGroup g = {.first = before, .n = n};
    g.n_rows = (all->n_rows - first + step - 1) / step;
    g.attributes = mk_arena_array(p->arena, n, sizeof *g.attributes);
    g.cells = mk_arena_array(p->arena, g.n_rows * n, 1);
    g.scores = mk_arena_array(p->arena, g.n_rows * n, sizeof *g.scores);
    g.values = mk_arena_array(p->arena, g.n_rows * n, sizeof *g.values);
    assert_true(g.attributes != NULL && g.cells != NULL && g.scores != NULL && g.values != NULL);
    memcpy(g.attributes, columns, n * sizeof *columns);
    for (size_t i = 0; i < g.n_rows; i++) {
        for (size_t k = 0; k < n; k++) {
            const size_t from = (first + i * step) * all->n + columns[k];
            g.cells[i * n + k] = all->cells[from];
            g.scores[i * n + k] = all->scores[from];
            g.values[i * n + k] = all->values[from];
        }
    }
    return g;
}

static MkCopula fit_data(const People *p, const MkDataset *data, size_t iterations)
{
    MkCopula out;
    MkError err = {0};
    const MkCopulaFit fit = {
        .marginals = p->marginals, .data = data, .iterations = iterations, .prior = 20.0};
    if (mk_copula_fit(&fit, p->arena, &out, NULL, &err) != MK_OK) {
        fail_msg("%s", err.text);
    }
    return out;
}

static const uint32_t everything[N] = {0, 1, 2, 3, 4, 5};

/* Sources that ask the same are one source. */
static void test_people_may_be_cut_into_sources(void **state)
{
    const People *const p = &((const Fixture *)*state)->random;
    MkDataset data = p->data;
    MkGroup groups[2] = {take_source(p, 0, 2, everything, N, 0)};
    groups[1] = take_source(p, 1, 2, everything, N, groups[0].n_rows);
    data.groups = groups;
    data.n_groups = 2;
    const MkCopula one = fit_data(p, &p->data, 5), two = fit_data(p, &data, 5);
    assert_int_equal(two.n_features, N);
    assert_all_close_f(two.r, one.r, N * (N + 1) / 2, 2e-5, 0);
}

/* One round of EM, a person at a time: sum of completed squares and conditional covariances by
 * sweeping what is known. */
static void plain_round(const MkCopula *c, const float *scores, size_t n_rows, double prior,
                        double *r)
{
    double sum[N * N] = {0};
    for (size_t i = 0; i < n_rows; i++) {
        double a[N * N], x[N] = {0};
        memcpy(a, r, sizeof a);
        for (size_t j = 0; j < N; j++) {
            const double z = (double)scores[i * N + j];
            if (isnan(z)) {
                continue;
            }
            const double pivot = a[j * N + j];
            const double d = ((z - (double)c->features[j].mean) / (double)c->features[j].sd - x[j]);
            double column[N];
            for (size_t k = 0; k < N; k++) {
                column[k] = a[k * N + j];
            }
            for (size_t k = 0; k < N; k++) { /* condition on j */
                x[k] += column[k] / pivot * d;
                for (size_t l = 0; l < N; l++) {
                    a[k * N + l] -= column[k] * column[l] / pivot;
                }
            }
        }
        for (size_t k = 0; k < N * N; k++) {
            sum[k] += x[k / N] * x[k % N] + a[k];
        }
    }
    for (size_t k = 0; k < N; k++) {
        sum[k * N + k] += prior;
    }
    for (size_t k = 0; k < N * N; k++) {
        r[k] = sum[k] / sqrt(sum[k / N * (N + 1)] * sum[k % N * (N + 1)]);
    }
}

static void test_rounds_end_where_plain_em_ends(void **state)
{
    const People *const p = &((const Fixture *)*state)->random;
    MkDataset data = p->data;
    MkGroup group = take_source(p, 0, 12, everything, N, 0);
    data.groups = &group;
    data.n_rows = group.n_rows;
    const MkCopula c = fit_data(p, &data, 60);
    double r[N * N] = {0};
    for (size_t k = 0; k < N; k++) {
        r[k * N + k] = 1.0;
    }
    for (size_t round = 0; round < 60; round++) {
        plain_round(&c, group.scores, group.n_rows, 20.0, r);
    }
    for (size_t k = 0; k < N * N; k++) {
        assert_close((double)mk_copula_r(&c, k / N, k % N), r[k], 1e-5, 0);
    }
}

/* A pair is judged by the sources that ask both, however many people others have. */
static void test_a_source_speaks_of_what_it_asks(void **state)
{
    const People *const p = &((const Fixture *)*state)->random;
    const uint32_t first[5] = {0, 1, 2, 3, 4}, second[4] = {0, 1, 2, 5};
    MkDataset data = p->data, alone = p->data;
    MkGroup groups[2] = {take_source(p, 0, 3, first, 5, 0)};
    groups[1] = take_source(p, 1, 2, second, 4, groups[0].n_rows);
    data.groups = groups;
    data.n_groups = 2;
    data.n_rows = groups[0].n_rows + groups[1].n_rows;
    alone.groups = groups;
    alone.n_rows = groups[0].n_rows;
    const MkCopula both = fit_data(p, &data, 8);
    for (size_t i = 0; i < N; i++) {
        for (size_t k = 0; k < i; k++) {
            if (i != 5 || k < 3) {
                assert_close((double)mk_copula_r(&both, i, k), truth(i, k), 0.06, 0);
            }
        }
    }
    /* d with e: the first source alone */
    alone.n_attributes = 5;
    const MkCopula one = fit_data(p, &alone, 8);
    assert_close((double)mk_copula_r(&both, 3, 4), (double)mk_copula_r(&one, 3, 4), 0.01, 0);
}

static void test_identified_intervals_are_the_closed_form(void **state)
{
    const People *const p = &((const Fixture *)*state)->blocks;
    MkArena *const arena = mk_arena_new(0);
    for (size_t k = 3; k < 5; k++) {
        MkIdentified known, back;
        const size_t shared[3] = {0, 1, 2};
        const double none[3] = {0};
        double mean, sd_f, sd_k, centre = 0.0, unit[3] = {0};
        assert_int_equal(mk_copula_identified(&p->copula, p->pairs, 5, k, arena, &known, NULL),
                         MK_OK);
        assert_int_equal(mk_copula_identified(&p->copula, p->pairs, k, 5, arena, &back, NULL),
                         MK_OK);
        assert_int_equal(known.n_shared, 3);
        closed_form(shared, none, 3, 5, &mean, &sd_f);
        closed_form(shared, none, 3, k, &mean, &sd_k);
        for (size_t c = 0; c < 3; c++) {
            double sd;
            unit[c] = 1.0;
            closed_form(shared, unit, 3, 5, &mean, &sd);
            centre += mean * truth(k, shared[c]);
            unit[c] = 0.0;
        }
        assert_close(known.centre, centre, 0.05, 0);
        assert_close(known.explained_a, 1.0 - sd_f * sd_f, 0.05, 0);
        assert_close(known.high - known.low, 2.0 * sd_f * sd_k, 0.08, 0);
        assert_close(0.5 * (known.high + known.low), known.centre, 1e-9, 0);
        assert_close(known.estimate, (double)mk_copula_r(&p->copula, 5, k), 0, 0);
        assert_true(known.estimate >= known.low - 1e-6 && known.estimate <= known.high + 1e-6);
        assert_true(truth(5, k) > known.low - 0.03 && truth(5, k) < known.high + 0.03);
        assert_close(back.centre, known.centre, 1e-12, 0);
        assert_close(back.explained_a, known.explained_b, 1e-12, 0);
    }
    mk_arena_free(arena);
}

/* Two panels of ten attributes each; two of a panel share a factor that the three attributes that
 * everybody is asked hardly show. */
enum { PANEL = 10, WIDE = 3 + 2 * PANEL };

static void panel_draw(void *ctx, size_t row, MkRng *rng, double *values)
{
    double common[3], panel[2];
    (void)ctx;
    (void)row;
    for (size_t k = 0; k < 3; k++) {
        common[k] = mk_rng_normal(rng);
        values[k] = common[k];
    }
    for (size_t k = 0; k < 2; k++) {
        panel[k] = 0.45 * common[k] + 0.893 * mk_rng_normal(rng);
    }
    for (size_t j = 0; j < 2 * PANEL; j++) {
        const size_t k = j / PANEL;
        const double own = (j % 3 == 2 ? -1.0 : 1.0) * (0.6 + 0.03 * (double)(j % PANEL));
        values[3 + j] = own * panel[k] + sqrt(1.0 - own * own) * mk_rng_normal(rng);
    }
}

static double panel_truth(size_t a, size_t b)
{
    const double load_a = (a % 3 == 2 ? -1.0 : 1.0) * (0.6 + 0.03 * (double)(a % PANEL));
    const double load_b = (b % 3 == 2 ? -1.0 : 1.0) * (0.6 + 0.03 * (double)(b % PANEL));
    return a / PANEL == b / PANEL ? load_a * load_b : 0.0;
}

static void test_pairs_of_two_sources_come_from_their_like(void **state)
{
    char text[4096];
    size_t at = (size_t)snprintf(text, sizeof text, "name\ttype\tlabel\tcategory\n");
    People p;
    (void)state;
    for (size_t j = 0; j < WIDE; j++) {
        at += (size_t)snprintf(text + at, sizeof text - at, "v%zu\treal\tV%zu\tCategory %zu\n", j,
                               j, j < 3 ? 0 : 1 + (j - 3) / PANEL);
    }
    people_make(&p, text, 4000, 11, panel_draw, NULL);
    uint32_t columns[2][WIDE];
    size_t n[2] = {0};
    for (uint32_t j = 0; j < WIDE; j++) { /* even ones to one source, odd ones to the other */
        for (size_t side = 0; side < 2; side++) {
            if (j < 3 || j % 2 == side) {
                columns[side][n[side]++] = j;
            }
        }
    }
    MkGroup groups[2] = {take_source(&p, 0, 2, columns[0], n[0], 0)};
    groups[1] = take_source(&p, 1, 2, columns[1], n[1], groups[0].n_rows);
    MkDataset data = p.data;
    data.groups = groups;
    data.n_groups = 2;
    const MkCopula c = fit_data(&p, &data, 4);
    double error = 0.0, independent = 0.0, pairs = 0.0;
    for (size_t a = 0; a < 2 * PANEL; a++) {
        for (size_t b = 1 - a % 2; b < 2 * PANEL; b += 2) {
            const double r = (double)mk_copula_r(&c, 3 + a, 3 + b), want = panel_truth(a, b);
            const double apart = 0.45 * 0.45 * want; /* conditional independence given the shared */
            error += (r - want) * (r - want);
            independent += (apart - want) * (apart - want);
            pairs += 1.0;
        }
    }
    assert_true(sqrt(error / pairs) < 0.12);
    assert_true(error < 0.15 * independent);
    people_free(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_correlations_come_back),
        cmocka_unit_test(test_a_gaussian_calls_for_hardly_any_extra_feature),
        cmocka_unit_test(test_correlations_come_back_where_blocks_are_missing),
        cmocka_unit_test(test_conditionals_are_the_closed_form),
        cmocka_unit_test(test_dense_and_packed_conditions_are_one),
        cmocka_unit_test(test_the_same_evidence_twice_is_an_error),
        cmocka_unit_test(test_logits_are_logs_of_masses),
        cmocka_unit_test(test_the_fit_is_the_same_bits_on_any_number_of_threads),
        cmocka_unit_test(test_a_fold_does_not_see_its_own_people),
        cmocka_unit_test(test_weights_count_like_people),
        cmocka_unit_test(test_people_may_be_cut_into_sources),
        cmocka_unit_test(test_rounds_end_where_plain_em_ends),
        cmocka_unit_test(test_a_source_speaks_of_what_it_asks),
        cmocka_unit_test(test_identified_intervals_are_the_closed_form),
        cmocka_unit_test(test_pairs_of_two_sources_come_from_their_like),
        cmocka_unit_test(test_cancelled_work_says_so),
        cmocka_unit_test(test_degenerate_attributes_do_not_break_the_fit),
    };
    return cmocka_run_group_tests(tests, open_fixture, close_fixture);
}
