/* What people lack: blocks, classes and anchors of a source, drawn gaps, and files. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "tests/check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/gaps.h"
#include "model/kind.h"
#include "tests/numeric/people.h"

enum { ROWS = 4000, DRAWS = 4000 };

/* The young stay away from the examination (x, y) twice as often; a third of those who came fast
 * (u, v); w is declined here and there; only women are asked for child; 5 people have rare. */
static const char schema_text[] =
    "name\ttype\tlabel\tunit\tlevels\tmin\tmax\tcategory\teligible\n"
    "age\treal\tAge\tyears\t\t\t80\tDemographics\t\n"
    "sex\tcategorical\tSex\t\t0=male|1=female\t\t\tDemographics\t\n"
    "x\treal\tX\t\t\t\t\tExam\t\n"
    "y\treal\tY\t\t\t\t\tExam\t\n"
    "u\treal\tU\t\t\t\t\tFasting\t\n"
    "v\treal\tV\t\t\t\t\tFasting\t\n"
    "w\treal\tW\t\t\t\t\tHabits\t\n"
    "child\tcategorical\tChildren\t\t0=no|1=yes\t\t\tHabits\tsex=female\n"
    "rare\treal\tRare\t\t\t\t\tExam\t\n";
enum { AGE, SEX, X, Y, U, V, W, CHILD, RARE, ATTRIBUTES };

static void draw(void *ctx, size_t row, MkRng *rng, double *values)
{
    (void)ctx;
    values[AGE] = 20.0 + floor(60.0 * mk_rng_uniform(rng));
    values[SEX] = (double)(row % 2);
    for (size_t j = X; j <= W; j++) {
        values[j] = mk_rng_normal(rng);
    }
    values[CHILD] = row % 2 == 0 || mk_rng_uniform(rng) < 0.05 ? NAN : (double)(row % 3 == 0);
    const bool came = mk_rng_uniform(rng) < (values[AGE] < 40.0 ? 0.4 : 0.8);
    const bool fasted = came && mk_rng_uniform(rng) < 1.0 / 3.0;
    for (size_t j = X; j <= Y; j++) {
        values[j] = came ? values[j] : NAN;
    }
    for (size_t j = U; j <= V; j++) {
        values[j] = fasted ? values[j] : NAN;
    }
    values[W] = mk_rng_uniform(rng) < 0.03 ? NAN : values[W];
    values[RARE] = row < 5 ? 1.0 : NAN;
}

typedef struct Fixture {
    People people;
    MkGaps gaps;
    char path[512];
    MkModel *model;
} Fixture;

static MkStatus write_and_open(const Fixture *f, const MkGaps *gaps, MkModel **model, MkError *err)
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
                                .gaps = gaps};
    assert_int_equal(mk_model_write(&parts, f->path, err), MK_OK);
    return mk_model_open(f->path, model, err);
}

static int open_fixture(void **state)
{
    static Fixture f;
    MkError err = {0};
    const char *const folder = getenv("TMPDIR");
    snprintf(f.path, sizeof f.path, "%s/gaps.safetensors", folder != NULL ? folder : "/tmp");
    people_make(&f.people, schema_text, ROWS, 5, draw, NULL);
    people_fit(&f.people, true, 2, NULL);
    const MkGapFit fit = {.schema = f.people.cohort->schema,
                          .cohort = f.people.cohort,
                          .people = &f.people.data,
                          .marginals = f.people.marginals,
                          .least = 10};
    if (mk_gaps_fit(&fit, f.people.arena, &f.gaps, &err) != MK_OK ||
        write_and_open(&f, &f.gaps, &f.model, &err) != MK_OK) {
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

static void near(double x, double wanted, double within)
{
    if (!(fabs(x - wanted) <= within)) {
        fail_msg("%g, wanted %g within %g", x, wanted, within);
    }
}

/* Shares among DRAWS people of this age who have what is kept. */
typedef struct Shares {
    double has[ATTRIBUTES], both[ATTRIBUTES][ATTRIBUTES];
} Shares;

static Shares shares_at(const Fixture *f, double age, const bool *kept)
{
    Shares s = {{0}, {{0}}};
    MkGapDraw gaps;
    MkArena *const arena = mk_arena_new(0);
    double values[ATTRIBUTES] = {0};
    bool is_there[ATTRIBUTES];
    assert_int_equal(mk_gap_draw_new(f->model, 0, kept, arena, &gaps, NULL), MK_OK);
    values[AGE] = age;
    for (size_t i = 0; i < DRAWS; i++) {
        MkRng rng = mk_rng(7, MK_RNG_GAPS, i);
        values[SEX] = (double)(i % 2);
        mk_gap_draw_run(&gaps, values, &rng, is_there);
        for (size_t a = 0; a < ATTRIBUTES; a++) {
            s.has[a] += is_there[a] ? 1.0 / DRAWS : 0.0;
            for (size_t b = 0; b < ATTRIBUTES; b++) {
                s.both[a][b] += is_there[a] && is_there[b] ? 1.0 / DRAWS : 0.0;
            }
        }
    }
    mk_arena_free(arena);
    return s;
}

static void test_the_one_source_of_a_table_is_named_table(void **state)
{
    const Fixture *const f = *state;
    bool asked[ATTRIBUTES];
    size_t source = 9;
    assert_int_equal(mk_model_gaps_count(f->model), 1);
    assert_string_equal(mk_model_gaps_name(f->model, 0), "table");
    assert_true(mk_model_gaps_find(f->model, "table", &source));
    assert_int_equal(source, 0);
    assert_false(mk_model_gaps_find(f->model, "nhanes", &source));
    mk_model_gaps_asked(f->model, 0, asked);
    for (size_t j = 0; j < RARE; j++) {
        assert_true(asked[j]);
    }
    assert_false(asked[RARE]); /* what a handful of people have is not told */
}

static void test_what_is_missed_together_is_missing_together(void **state)
{
    const bool nothing[ATTRIBUTES] = {false};
    const Shares s = shares_at(*state, 60.0, nothing);
    near(s.has[AGE], 1.0, 1e-9);
    near(s.has[X], 0.8, 0.03);
    near(s.both[X][Y], s.has[X], 0.005);
    near(s.has[U], 0.8 / 3.0, 0.06);
    near(s.both[U][V], s.has[U], 0.005);
    near(s.both[U][X], s.has[U], 0.01); /* nobody fasts who did not come */
    near(s.has[W], 0.97, 0.01);
    near(s.both[W][X], s.has[W] * s.has[X], 0.02);
    near(s.has[RARE], 0.0, 1e-9);
}

static void test_gaps_depend_on_who_the_person_is(void **state)
{
    const bool nothing[ATTRIBUTES] = {false};
    const Shares young = shares_at(*state, 25.0, nothing), old = shares_at(*state, 70.0, nothing);
    near(young.has[X], 0.4, 0.04);
    near(old.has[X], 0.8, 0.04);
}

static void test_who_is_not_asked_has_no_gap(void **state)
{
    const bool nothing[ATTRIBUTES] = {false};
    const Shares s = shares_at(*state, 50.0, nothing);
    near(s.has[CHILD], 0.95, 0.02); /* of women; men are emptied by the schema */
}

static void test_people_with_a_value_are_those_who_have_the_rest(void **state)
{
    bool kept[ATTRIBUTES] = {false};
    kept[X] = true;
    const Shares came = shares_at(*state, 25.0, kept);
    near(came.has[X], 1.0, 1e-9);
    near(came.has[Y], 1.0, 0.02);
    near(came.has[U], 1.0 / 3.0, 0.05);
    kept[X] = false;
    kept[RARE] = true; /* never asked: it tells nothing of the others */
    const Shares other = shares_at(*state, 25.0, kept);
    near(other.has[RARE], 1.0, 1e-9);
    near(other.has[X], 0.4, 0.04);
}

static void test_a_file_without_them_tells_of_no_source(void **state)
{
    const Fixture *const f = *state;
    MkModel *model = NULL;
    MkError err = {0};
    size_t source = 0;
    assert_int_equal(write_and_open(f, NULL, &model, &err), MK_OK);
    assert_int_equal(mk_model_gaps_count(model), 0);
    assert_false(mk_model_gaps_find(model, "table", &source));
    mk_model_free(model);
}

static void refuse(const Fixture *f, MkGapSource source, const char *words)
{
    const MkGaps gaps = {.n = 1, .sources = &source};
    MkModel *model = NULL;
    MkError err = {0};
    assert_int_equal(write_and_open(f, &gaps, &model, &err), MK_EFORMAT);
    assert_non_null(strstr(err.text, words));
}

static void test_broken_ones_are_refused(void **state)
{
    const Fixture *const f = *state;
    const MkGapSource good = f->gaps.sources[0];
    int32_t ids[ATTRIBUTES];
    uint16_t blocks[ATTRIBUTES], nobody[MK_GAPS_CLASSES] = {0};
    MkGapSource bad = good;
    memcpy(ids, good.attributes, good.n * sizeof *ids);
    ids[1] = ATTRIBUTES;
    bad.attributes = ids;
    refuse(f, bad, "an attribute that is none");
    bad = good;
    memcpy(blocks, good.block, good.n * sizeof *blocks);
    blocks[2] = (uint16_t)good.n_blocks;
    bad.block = blocks;
    refuse(f, bad, "a block that is none");
    bad = good;
    bad.share = nobody;
    refuse(f, bad, "classes without people");
    bad = good;
    bad.name = "";
    refuse(f, bad, "no name");
    bad = good;
    bad.n_classes = 0;
    refuse(f, bad, "impossible sizes");
}

static void test_sources_of_another_model_are_added_once(void **state)
{
    const Fixture *const f = *state;
    MkGapSource other = f->gaps.sources[0], same = f->gaps.sources[0];
    other.name = "other";
    MkGapSource both[2] = {same, other};
    const MkGaps old = {.n = 2, .sources = both};
    MkGaps gaps = f->gaps;
    int32_t now[ATTRIBUTES];
    for (int32_t j = 0; j < ATTRIBUTES; j++) {
        now[j] = ATTRIBUTES - 1 - j;
    }
    assert_int_equal(mk_gaps_join(&gaps, &old, now, f->people.arena, NULL), MK_OK);
    assert_int_equal(gaps.n, 2);
    assert_string_equal(gaps.sources[1].name, "other");
    assert_int_equal(gaps.sources[1].attributes[0], ATTRIBUTES - 1 - other.attributes[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_one_source_of_a_table_is_named_table),
        cmocka_unit_test(test_what_is_missed_together_is_missing_together),
        cmocka_unit_test(test_gaps_depend_on_who_the_person_is),
        cmocka_unit_test(test_who_is_not_asked_has_no_gap),
        cmocka_unit_test(test_people_with_a_value_are_those_who_have_the_rest),
        cmocka_unit_test(test_a_file_without_them_tells_of_no_source),
        cmocka_unit_test(test_broken_ones_are_refused),
        cmocka_unit_test(test_sources_of_another_model_are_added_once),
    };
    return cmocka_run_group_tests(tests, open_fixture, close_fixture);
}
