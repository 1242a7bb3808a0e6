/* Summaries of the training people: shares, what is not told, which pairs are kept, and files. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "tests/check.h"

#include <stdlib.h>
#include <string.h>

#include "model/kind.h"
#include "model/summary.h"
#include "model/train.h"
#include "tests/numeric/people.h"

enum { ROWS = 1200 };

/* age: heaped and drawn evenly; bend: depends on age by its square; rare: 5 people have it; lone: 8
 * people were asked; big: ten levels. */
static const char schema_text[] =
    "name\ttype\tlabel\tunit\tlevels\tmin\tmax\tcategory\n"
    "age\treal\tAge\tyears\t\t\t80\tDemographics\n"
    "sex\tcategorical\tSex\t\t0=male|1=female\t\t\tDemographics\n"
    "bend\treal\tBend\t\t\t\t\tBody\n"
    "rare\tcategorical\tRare\t\t0=no|1=yes\t\t\tBody\n"
    "lone\treal\tLone\t\t\t\t\tBody\n"
    "big\tcategorical\tBig\t\t0=a|1=b|2=c|3=d|4=e|5=f|6=g|7=h|8=i|9=j\t\t\tBody\n"
    "noise\treal\tNoise\t\t\t\t\tBody\n"
    "zeros\tpositive\tZeros\tg\t\t0\t\tDiet\n";
enum { AGE, SEX, BEND, RARE, LONE, BIG, NOISE, ZEROS, ATTRIBUTES };

enum { LEAST = 10 }; /* people in a told cell */

static void draw(void *ctx, size_t row, MkRng *rng, double *values)
{
    (void)ctx;
    values[AGE] = fmin(20.0 + (double)(row % 70), 80.0);
    values[SEX] = (double)(row % 3 == 0);
    values[BEND] = pow((values[AGE] - 50.0) / 15.0, 2.0) + 0.1 * mk_rng_normal(rng);
    values[RARE] = row < 5 ? 1.0 : 0.0;
    values[LONE] = row < 8 ? (double)row : NAN;
    values[BIG] = (double)(row % 10);
    values[NOISE] = mk_rng_normal(rng);
    values[ZEROS] = row % 5 < 3 ? 0.0 : exp(mk_rng_normal(rng));
}

typedef struct Fixture {
    People people;
    MkSummaries summaries;
    double weights[ROWS];
    char path[512];
    MkModel *model;
} Fixture;

static void fit(Fixture *f, const double *weights, MkPool *pool, MkSummaries *out)
{
    MkError err = {0};
    const MkSummaryFit how = {.cohort = f->people.cohort,
                              .rows = f->people.rows,
                              .n_rows = ROWS,
                              .least = LEAST,
                              .weights = weights,
                              .copula = &f->people.copula,
                              .pool = pool};
    if (mk_summaries_fit(&how, f->people.arena, out, &err) != MK_OK) {
        fail_msg("%s", err.text);
    }
}

static MkStatus write_and_open(const Fixture *f, const MkSummaries *s, MkModel **model,
                               MkError *err)
{
    const People *const p = &f->people;
    const MkModelParts parts = {.kind = mk_kind_find("copula"),
                                .name = "invented",
                                .version = "1.0",
                                .card = "# invented\n",
                                .manifest = "{}",
                                .schema = p->schema,
                                .marginals = p->marginals,
                                .copula = &p->copula,
                                .pairs = p->pairs,
                                .n_people = ROWS,
                                .least = LEAST,
                                .summaries = s};
    assert_int_equal(mk_model_write(&parts, f->path, err), MK_OK);
    return mk_model_open(f->path, model, err);
}

static int open_fixture(void **state)
{
    static Fixture f;
    MkError err = {0};
    const char *const folder = getenv("TMPDIR");
    snprintf(f.path, sizeof f.path, "%s/summary.safetensors", folder != NULL ? folder : "/tmp");
    people_make(&f.people, schema_text, ROWS, 5, draw, NULL);
    people_fit(&f.people, true, 2, NULL);
    fit(&f, NULL, NULL, &f.summaries);
    if (write_and_open(&f, &f.summaries, &f.model, &err) != MK_OK) {
        fail_msg("%s", err.text);
    }
    *state = &f;
    return 0;
}

static int close_fixture(void **state)
{
    Fixture *const f = *state;
    remove(f->path);
    mk_model_free(f->model);
    people_free(&f->people);
    return 0;
}

static size_t count_between(const Fixture *f, size_t j, double low, double high)
{
    size_t n = 0;
    for (size_t i = 0; i < ROWS; i++) {
        const double v = mk_table_get(f->people.table, i, j);
        n += v >= low && v < high;
    }
    return n;
}

/* ---- single attributes ---- */

static void test_shares_of_numbers_are_those_of_the_table(void **state)
{
    Fixture *const f = *state;
    static const size_t numbers[] = {AGE, BEND, NOISE, ZEROS};
    for (size_t i = 0; i < 4; i++) {
        MkCells c;
        double total = 0.0;
        assert_true(mk_model_cells(f->model, numbers[i], f->people.arena, &c));
        assert_in_range(c.n, 8, MK_SUMMARY_CELLS);
        assert_int_equal(c.n_people, ROWS);
        for (size_t k = 0; k < c.n; k++) {
            const double low = k == 0 ? -INFINITY : c.edges[k];
            const double high = k + 1 == c.n ? INFINITY : c.edges[k + 1];
            const size_t people = count_between(f, numbers[i], low, high);
            assert_true(c.edges[k] < c.edges[k + 1]);
            assert_true(people >= LEAST);
            assert_close(c.share[k], (double)people / ROWS, 1.0 / MK_SUMMARY_WHOLE, 0);
            total += c.share[k];
        }
        assert_close(total, 1.0, 1e-3, 0);
    }
}

static void test_heaped_values_have_cells_of_their_own(void **state)
{
    Fixture *const f = *state;
    MkCells c;
    assert_true(mk_model_cells(f->model, AGE, f->people.arena, &c));
    assert_close(c.edges[c.n - 1], 79.5, 1e-6, 0); /* 80 or older, and no cell beyond 80 */
    assert_close(c.edges[c.n], 80.0, 1e-6, 0);
    for (size_t k = 1; k < c.n; k++) { /* no edge lies on a recorded value */
        assert_true(c.edges[k] != floor(c.edges[k]));
    }
    assert_true(mk_model_cells(f->model, ZEROS, f->people.arena, &c));
    assert_close(c.edges[0], 0.0, 0, 0);
    assert_close(c.share[0], 0.6, 2e-5, 0);
}

/* Of the values at the ends at least ten lie beyond an edge, or none do and ten lie on it. */
static void test_no_edge_is_a_persons_value(void **state)
{
    Fixture *const f = *state;
    MkCells c;
    assert_true(mk_model_cells(f->model, NOISE, f->people.arena, &c));
    for (size_t k = 0; k <= c.n; k++) {
        for (size_t i = 0; i < ROWS; i++) {
            assert_true((float)mk_table_get(f->people.table, i, NOISE) != (float)c.edges[k]);
        }
    }
    const size_t below = count_between(f, NOISE, -INFINITY, c.edges[0]);
    const size_t above = count_between(f, NOISE, c.edges[c.n], INFINITY);
    assert_true(below < LEAST && above < LEAST);
    assert_true(c.edges[0] > -3.0 && c.edges[c.n] < 3.0); /* the outermost people are not shown */
}

static void test_levels_and_rare_ones(void **state)
{
    Fixture *const f = *state;
    MkCells c;
    assert_true(mk_model_cells(f->model, SEX, f->people.arena, &c));
    assert_int_equal(c.n, 2);
    assert_null(c.edges);
    assert_close(c.share[1], 1.0 / 3.0, 2e-5, 0);
    assert_true(mk_model_cells(f->model, RARE, f->people.arena, &c));
    assert_close(c.share[0], 1.0, 2e-5, 0); /* five people: rounded */
    assert_true(isnan(c.share[1]));
    assert_true(mk_model_cells(f->model, BIG, f->people.arena, &c));
    assert_int_equal(c.n, 10);
    assert_false(mk_model_cells(f->model, LONE, f->people.arena, &c)); /* eight people */
    assert_false(mk_model_cells(f->model, ATTRIBUTES, f->people.arena, &c));
}

static void test_weights_count(void **state)
{
    Fixture *const f = *state;
    MkSummaries s;
    MkModel *model = NULL;
    MkCells c;
    MkPairCells p;
    MkError err = {0};
    for (size_t i = 0; i < ROWS; i++) { /* women count three times, the last hundred not at all */
        f->weights[i] = i >= ROWS - 100 ? 0.0 : i % 3 == 0 ? 3.0 : 1.0;
    }
    fit(f, f->weights, NULL, &s);
    assert_int_equal(write_and_open(f, &s, &model, &err), MK_OK);
    assert_true(mk_model_cells(model, SEX, f->people.arena, &c));
    assert_int_equal(c.n_people, ROWS - 100);
    assert_close(c.share[1], 3.0 * 367 / (3.0 * 367 + 733), 2e-5, 0);
    assert_true(mk_model_pair_cells(model, SEX, BEND, f->people.arena, &p));
    double of_women = 0.0;
    for (size_t l = 0; l < p.n_b; l++) {
        of_women += p.share[p.n_b + l];
    }
    assert_close(of_women, 3.0 * 367 / (3.0 * 367 + 733), 1e-3, 0);
    mk_model_free(model);
}

/* ---- pairs ---- */

static void test_shares_of_a_pair_are_those_of_the_table(void **state)
{
    Fixture *const f = *state;
    MkPairCells p;
    size_t told = 0;
    assert_true(mk_model_pair_cells(f->model, AGE, BEND, f->people.arena, &p));
    assert_int_equal(p.n_people, ROWS);
    assert_in_range(p.n_a, 4, MK_SUMMARY_PAIR_CELLS);
    for (size_t k = 0; k < p.n_a; k++) {
        for (size_t l = 0; l < p.n_b; l++) {
            size_t people = 0;
            for (size_t i = 0; i < ROWS; i++) {
                const double x = mk_table_get(f->people.table, i, AGE);
                const double y = mk_table_get(f->people.table, i, BEND);
                people += (k == 0 || x >= p.edges_a[k]) &&
                          (k + 1 == p.n_a || x < p.edges_a[k + 1]) &&
                          (l == 0 || y >= p.edges_b[l]) && (l + 1 == p.n_b || y < p.edges_b[l + 1]);
            }
            const double share = p.share[k * p.n_b + l];
            if (!isnan(share)) {
                assert_true(people >= LEAST);
                assert_close(share, (double)people / ROWS, 2e-5, 0);
                told++;
            }
        }
    }
    assert_true(told > p.n_a);
}

static void test_a_pair_can_be_asked_either_way(void **state)
{
    Fixture *const f = *state;
    MkPairCells p, q;
    assert_true(mk_model_pair_cells(f->model, SEX, BEND, f->people.arena, &p));
    assert_true(mk_model_pair_cells(f->model, BEND, SEX, f->people.arena, &q));
    assert_true(p.n_a == 2 && q.n_b == 2 && p.n_b == q.n_a);
    assert_null(p.edges_a);
    assert_memory_equal(p.edges_b, q.edges_a, (p.n_b + 1) * sizeof *p.edges_b);
    for (size_t k = 0; k < p.n_a; k++) {
        for (size_t l = 0; l < p.n_b; l++) {
            const double x = p.share[k * p.n_b + l], y = q.share[l * q.n_b + k];
            assert_true(x == y || (isnan(x) && isnan(y)));
        }
    }
    assert_false(mk_model_pair_cells(f->model, SEX, SEX, f->people.arena, &p));
    assert_false(mk_model_pair_cells(f->model, SEX, BIG, f->people.arena, &p));  /* ten levels */
    assert_false(mk_model_pair_cells(f->model, SEX, LONE, f->people.arena, &p)); /* eight people */
    assert_false(mk_model_pair_cells(f->model, SEX, ATTRIBUTES, f->people.arena, &p));
}

/* Five people have `rare`: their cells are hidden, and so is one more of those that are told, as
 * the whole would give the five away. */
static void test_what_is_missing_to_the_whole_does_not_give_few_people_away(void **state)
{
    Fixture *const f = *state;
    MkPairCells p;
    assert_true(mk_model_pair_cells(f->model, RARE, SEX, f->people.arena, &p));
    assert_true(isnan(p.share[2]) && isnan(p.share[3]));
    assert_true(isnan(p.share[1]) && !isnan(p.share[0])); /* women: fewer than men */
}

static void test_the_same_on_any_number_of_threads(void **state)
{
    Fixture *const f = *state;
    for (size_t threads = 2; threads <= 3; threads++) {
        MkPool *pool = NULL;
        MkSummaries s;
        assert_int_equal(mk_pool_new(threads, &pool, NULL), MK_OK);
        fit(f, NULL, pool, &s);
        mk_pool_free(pool);
        assert_int_equal(s.n_pairs, f->summaries.n_pairs);
        assert_memory_equal(s.pairs, f->summaries.pairs, 3 * s.n_pairs * sizeof *s.pairs);
        assert_int_equal(s.n_pair_share, f->summaries.n_pair_share);
        assert_memory_equal(s.pair_share, f->summaries.pair_share,
                            s.n_pair_share * sizeof *s.pair_share);
        assert_memory_equal(s.edges, f->summaries.edges, s.n_edges * sizeof *s.edges);
        assert_memory_equal(s.share, f->summaries.share, s.n_share * sizeof *s.share);
    }
}

/* ---- many attributes: the strongest pairs, and the bent ones, are among those that are kept ----
 */

enum { MANY = 110, TWINS = 20 };

static void draw_many(void *ctx, size_t row, MkRng *rng, double *values)
{
    (void)ctx;
    (void)row;
    for (size_t j = 0; j < MANY; j++) {
        values[j] = mk_rng_normal(rng);
    }
    for (size_t j = 0; j < TWINS; j++) { /* by turns a line and a parabola */
        const double x = values[j];
        values[MANY - 1 - j] = 0.5 * values[MANY - 1 - j] + (j % 2 == 0 ? x : x * x);
    }
}

static void test_the_strongest_pairs_are_kept(void **state)
{
    People p;
    MkBuf schema;
    MkSummaries s;
    MkError err = {0};
    (void)state;
    mk_buf_init(&schema);
    mk_buf_puts(&schema, "name\ttype\tlabel\n");
    for (size_t j = 0; j < MANY; j++) {
        mk_buf_printf(&schema, "a%zu\treal\tA\n", j);
    }
    people_make(&p, schema.data, 500, 3, draw_many, NULL);
    people_fit(&p, false, 1, NULL);
    const MkSummaryFit how = {
        .cohort = p.cohort, .rows = p.rows, .n_rows = 500, .least = LEAST, .copula = &p.copula};
    assert_int_equal(mk_summaries_fit(&how, p.arena, &s, &err), MK_OK);
    assert_int_equal(s.n_pairs, MK_SUMMARY_PAIRS); /* of 5995 */
    for (size_t j = 0; j < TWINS; j++) {
        bool found = false;
        for (size_t i = 0; i < s.n_pairs; i++) {
            found = found ||
                    (s.pairs[3 * i] == (int32_t)(MANY - 1 - j) && s.pairs[3 * i + 1] == (int32_t)j);
        }
        assert_true(found);
    }
    mk_buf_release(&schema);
    people_free(&p);
}

/* ---- files ---- */

static void test_files_without_summaries_have_none(void **state)
{
    Fixture *const f = *state;
    MkModel *model = NULL;
    MkCells c;
    MkPairCells p;
    MkError err = {0};
    assert_int_equal(write_and_open(f, NULL, &model, &err), MK_OK);
    assert_false(mk_model_cells(model, AGE, f->people.arena, &c));
    assert_false(mk_model_pair_cells(model, AGE, BEND, f->people.arena, &p));
    assert_int_equal(mk_model_n_pairs(model), 0);
    mk_model_free(model);
    assert_true(mk_model_n_pairs(f->model) > 10);
}

static void assert_refused(const Fixture *f, const MkSummaries *s, const char *word)
{
    MkModel *model = NULL;
    MkError err = {0};
    assert_int_equal(write_and_open(f, s, &model, &err), MK_EFORMAT);
    assert_null(model);
    if (strstr(err.text, word) == NULL) {
        fail_msg("%s does not say %s", err.text, word);
    }
}

#define REFUSES(type, place, value, word)                                                          \
    do {                                                                                           \
        const type kept = (place);                                                                 \
        (place) = (type)(value);                                                                   \
        assert_refused(f, s, word);                                                                \
        (place) = kept;                                                                            \
    } while (0)

static void test_wrong_numbers_are_refused(void **state)
{
    Fixture *const f = *state;
    MkSummaries *const s = &f->summaries;
    REFUSES(uint8_t, s->cells[SEX], 3, "number of cells");
    REFUSES(uint8_t, s->cells[AGE], MK_SUMMARY_CELLS + 1, "number of cells");
    REFUSES(uint8_t, s->sides[SEX], 1, "number of cells");
    REFUSES(uint8_t, s->sides[AGE], MK_SUMMARY_PAIR_CELLS + 1, "number of cells");
    REFUSES(int32_t, s->people[AGE], ROWS + LEAST, "number of people");
    REFUSES(int32_t, s->people[AGE], INT32_MIN, "number of people");
    REFUSES(int32_t, s->people[AGE], 20, "shares"); /* more cells are told than they could be */
    REFUSES(uint8_t, s->cells[AGE], s->cells[AGE] - 1, "summary.");
    REFUSES(int32_t, s->pairs[0], ATTRIBUTES, "pair 0");
    REFUSES(int32_t, s->pairs[0], -1, "pair 0");
    REFUSES(int32_t, s->pairs[1], s->pairs[0], "pair 0");
    REFUSES(int32_t, s->pairs[2], ROWS + LEAST, "pair 0");
    REFUSES(int32_t, s->pairs[3], s->pairs[0] - 1, "pair 1");
    REFUSES(int32_t, s->pairs[2], 0, "shares of pair 0");
    REFUSES(uint16_t, s->share[0], MK_SUMMARY_WHOLE, "shares");
    REFUSES(uint16_t, s->pair_share[0], MK_SUMMARY_WHOLE, "shares of pair 0");
    REFUSES(float, s->edges[1], s->edges[0], "do not ascend");
    REFUSES(float, s->edges[1], NAN, "do not ascend");
    REFUSES(float, s->side_edges[0], -INFINITY, "do not ascend");
    s->n_share--;
    assert_refused(f, s, "summary.share");
    s->n_share++;
    s->n_pairs--;
    assert_refused(f, s, "summary.pair_share");
    s->n_pairs++;
    MkModel *model = NULL;
    MkError err = {0};
    assert_int_equal(write_and_open(f, s, &model, &err), MK_OK);
    mk_model_free(model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shares_of_numbers_are_those_of_the_table),
        cmocka_unit_test(test_heaped_values_have_cells_of_their_own),
        cmocka_unit_test(test_no_edge_is_a_persons_value),
        cmocka_unit_test(test_levels_and_rare_ones),
        cmocka_unit_test(test_weights_count),
        cmocka_unit_test(test_shares_of_a_pair_are_those_of_the_table),
        cmocka_unit_test(test_a_pair_can_be_asked_either_way),
        cmocka_unit_test(test_what_is_missing_to_the_whole_does_not_give_few_people_away),
        cmocka_unit_test(test_the_same_on_any_number_of_threads),
        cmocka_unit_test(test_the_strongest_pairs_are_kept),
        cmocka_unit_test(test_files_without_summaries_have_none),
        cmocka_unit_test(test_wrong_numbers_are_refused),
    };
    return cmocka_run_group_tests(tests, open_fixture, close_fixture);
}
