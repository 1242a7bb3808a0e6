/* Scores against numbers worked out by hand, asked of a model with closed-form answers that stands
 * in for model/: y given x is normal(x, 1), habit does not depend on anything. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "tests/check.h"

#include <stdlib.h>
#include <string.h>

#include "model/model.h"
#include "src/eval/board.h"
#include "src/eval/judge.h"
#include "src/eval/people.h"
#include "src/eval/report.h"
#include "src/eval/scoreboard.h"
#include "src/eval/yard.h"

/* ---- the model ---- */

enum { X, Y, HABIT, SEX, N };

static const MkLevel habits[] = {{"0", "never"}, {"1", "former"}, {"2", "current"}};
static const MkLevel sexes[] = {{"1", "male"}, {"2", "female"}};
static const MkAttribute attributes[N] = {
    {.name = "x", .label = "X", .type = MK_REAL, .min = -INFINITY, .max = INFINITY},
    {.name = "y", .label = "Y", .type = MK_REAL, .min = -INFINITY, .max = INFINITY},
    {.name = "habit", .label = "H", .type = MK_ORDINAL, .n_levels = 3, .levels = habits},
    {.name = "sex", .label = "S", .type = MK_CATEGORICAL, .n_levels = 2, .levels = sexes},
};
static const MkSchema schema = {.n = N, .attributes = attributes};
static const double p_habit[] = {0.5, 0.3, 0.2};
static const double p_sex[] = {0.4, 0.6};
static const MkDistribution populations[N] = {
    {.kind = MK_DIST_NORMAL, .attribute = &attributes[X], .a = 0, .b = 1},
    {.kind = MK_DIST_NORMAL, .attribute = &attributes[Y], .a = 0, .b = 1.5},
    {.kind = MK_DIST_LEVELS, .attribute = &attributes[HABIT], .n = 3, .p = p_habit},
    {.kind = MK_DIST_LEVELS, .attribute = &attributes[SEX], .n = 2, .p = p_sex},
};
static float knots[1][MK_CELL_KNOTS] = {{0, 1, 2, 3, 4, 5, 6, 7, 8}};
static const MkMarginal marginals[N] = {
    {.attribute = &attributes[X], .n_cells = 1, .share = {1}, .knots = knots, .sd = 1},
    {.attribute = &attributes[Y], .n_cells = 1, .share = {1}, .knots = knots, .sd = 1.5},
    {.attribute = &attributes[HABIT],
     .n_cells = 3,
     .share = {0.5, 0.3, 0.2},
     .cell_of = {0, 1, 2},
     .level_of = {0, 1, 2}},
    {.attribute = &attributes[SEX],
     .n_cells = 2,
     .share = {0.6, 0.4},
     .cell_of = {1, 0},
     .level_of = {1, 0}},
};
static const MkCard card = {
    .name = "fake", .version = "1", .kind = "closed", .text = "", .manifest = "", .thresholds = ""};

struct MkModel {
    int nothing;
};
static MkModel model;

const MkSchema *mk_model_schema(const MkModel *m)
{
    (void)m;
    return &schema;
}

const MkCard *mk_model_card(const MkModel *m)
{
    (void)m;
    return &card;
}

const MkDistribution *mk_model_population(const MkModel *m, size_t j)
{
    (void)m;
    return &populations[j];
}

const MkMarginal *mk_model_marginal(const MkModel *m, size_t j)
{
    (void)m;
    return &marginals[j];
}

size_t mk_model_co_observed(const MkModel *m, size_t a, size_t b)
{
    (void)m;
    return a + b == X + Y ? 1000 : 199;
}

double mk_model_correlation(const MkModel *m, size_t a, size_t b)
{
    (void)m;
    return a + b == X + Y ? -0.5 : 0.9;
}

MkStatus mk_model_posterior(const MkModel *m, const MkPoint *known, size_t n_known,
                            const size_t *targets, size_t n_targets, MkArena *arena,
                            MkDistribution *out, MkError *err)
{
    (void)m;
    (void)arena;
    for (size_t t = 0; t < n_targets; t++) {
        out[t] = populations[targets[t]];
        for (size_t i = 0; i < n_known; i++) {
            if (known[i].attribute == targets[t]) {
                return mk_fail(err, MK_EINVAL, "the model was told the answer");
            }
            if (targets[t] == Y && known[i].attribute == X) {
                out[t].a = known[i].value;
                out[t].b = 1;
            }
        }
    }
    return MK_OK;
}

/* ---- one answer ---- */

static void test_a_normal_answer_scores_as_the_formula(void **state)
{
    (void)state;
    const MkYard yard = {.n = 9, .sd = 2, .point = 3};
    const MkScore s = mk_judge_answer(&populations[X], &yard, 0.0, 0.9);
    assert_close((double)s.loss, (0.7978845608 - 0.5641895835) / 2, 1e-6, 0);
    assert_close((double)s.miss, 0, 1e-6, 0);
    assert_close((double)s.base, 1.5, 1e-6, 0);
    assert_close((double)s.cover, 1, 0, 0);
    const MkScore far = mk_judge_answer(&populations[X], &yard, 1.7, 0.9); /* 1.645 is the end */
    assert_close((double)far.cover, 0, 0, 0);
    assert_close((double)far.inside, 0, 0, 0);
    assert_close((double)far.miss, 0.85, 1e-6, 0);
}

static void test_cells_score_as_the_integral(void **state)
{
    (void)state;
    /* half an atom at 0, half uniform on 2 .. 4 */
    float two[2][MK_CELL_KNOTS] = {{0}};
    for (int k = 0; k < MK_CELL_KNOTS; k++) {
        two[1][k] = 2 + (float)k / 4;
    }
    const MkMarginal m = {.attribute = &attributes[X], .n_cells = 2, .knots = two};
    const double p[] = {0.5, 0.5};
    const MkDistribution d = {
        .kind = MK_DIST_CELLS, .attribute = &attributes[X], .n = 2, .p = p, .marginal = &m};
    const MkYard yard = {.n = 9, .sd = 1, .point = 0};
    /* x = 3: 2 * 1/4, then F from 1/2 to 3/4 over 2 .. 3, then 1 - F from 1/4 to 0 */
    const double want = 0.5 + (0.25 + 0.375 + 0.5625) / 3 + 0.0625 / 3;
    const MkScore s = mk_judge_answer(&d, &yard, 3, 0.9);
    assert_close((double)s.loss, want, 1e-6, 0);
    /* the atom takes [0, 1/2] of the cumulative probability, 0.45 of it inside 0.05 .. 0.95 */
    const MkScore atom = mk_judge_answer(&d, &yard, 0, 0.9);
    assert_close((double)atom.cover, 0.9, 1e-6, 0);
    assert_close((double)atom.inside, 1, 0, 0);
}

static void test_levels_score_as_the_formula(void **state)
{
    (void)state;
    const MkYard yard = {.n = 9, .point = 1};
    const MkScore s = mk_judge_answer(&populations[HABIT], &yard, 1, 0.9);
    assert_close((double)s.loss, 0.25 + 0.49 + 0.04, 1e-6, 0);
    assert_close((double)s.miss, 1, 0, 0);
    assert_close((double)s.base, 0, 0, 0);
    assert_close((double)s.cover, 1, 0, 0);
    assert_close((double)mk_judge_answer(&populations[HABIT], &yard, 2, 0.9).cover, 0.75, 1e-6, 0);
    assert_close((double)mk_judge_answer(&populations[HABIT], &yard, 0, 0.9).cover, 0.9, 1e-6, 0);
    assert_true(isnan((double)mk_judge_answer(&populations[SEX], &yard, 0, 0.9).cover));
}

/* ---- yards ---- */

static const char people_csv[] = "person,x,y,habit,sex\n"
                                 "a,1,2,never,male\n"
                                 "b,2,3,never,female\n"
                                 "c,2,,former,female\n"
                                 "d,3,4,,female\n"
                                 "e,,5,current,\n";

static MkTable *table_of(const char *csv, MkSchema **real)
{
    static const char tsv[] = "name\ttype\tlabel\tlevels\nx\treal\tX\t\ny\treal\tY\t\n"
                              "habit\tordinal\tH\t0=never|1=former|2=current\n"
                              "sex\tcategorical\tS\t1=male|2=female\n";
    MkTable *table = NULL;
    char *text = strdup(csv);
    assert_int_equal(mk_schema_parse(tsv, strlen(tsv), "schema", real, NULL), MK_OK);
    assert_int_equal(
        mk_table_parse(text, strlen(text), "people", *real, MK_OTHER_ERROR, &table, NULL), MK_OK);
    free(text);
    return table;
}

static MkCohort *cohort_of(const char *csv, MkSchema **real)
{
    MkTable *table = table_of(csv, real);
    MkCohort *cohort = NULL;
    assert_int_equal(mk_cohort_new(*real, &table, 1, &cohort, NULL), MK_OK);
    return cohort;
}

static void test_yards_are_those_of_the_observed(void **state)
{
    (void)state;
    static const size_t rows[] = {0, 1, 2, 3, 4};
    MkSchema *real = NULL;
    MkCohort *cohort = cohort_of(people_csv, &real);
    MkArena *arena = mk_arena_new(0);
    MkYard *yards = NULL;
    assert_int_equal(mk_yards_from_people(cohort, rows, 5, arena, &yards, NULL), MK_OK);
    assert_int_equal(yards[X].n, 4);
    assert_close(yards[X].sd, sqrt(0.5), 1e-12, 0);
    assert_close(yards[X].point, 2, 0, 0);
    assert_close(yards[X].common, 0.5, 0, 0);
    assert_close(yards[Y].point, 3.5, 0, 0);
    assert_close(yards[HABIT].point, 0, 0, 0);
    assert_close(yards[SEX].point, 1, 0, 0);
    assert_close(yards[SEX].common, 0.75, 0, 0);
    mk_arena_free(arena);
    mk_cohort_free(cohort);
    mk_schema_free(real);
}

static void test_spearman_gives_ties_their_middle_rank(void **state)
{
    (void)state;
    static const uint16_t a[] = {0, 1, 1, 2, MK_CODE_NONE, 0};
    static const uint16_t b[] = {0, 2, 1, 3, 3, MK_CODE_NONE};
    double count[16];
    uint16_t both[2 * 7];
    size_t n = 0;
    const MkCodePair whole = {a, b, 6}, halves[] = {{a, b, 2}, {a + 2, b + 2, 4}};
    assert_close(mk_spearman_codes(&whole, 1, 3, 4, count, both, &n), 4.5 / sqrt(4.5 * 5), 1e-12,
                 0);
    assert_int_equal(n, 4);
    assert_close(mk_spearman_codes(halves, 2, 3, 4, count, both, &n), 4.5 / sqrt(4.5 * 5), 1e-12,
                 0);
    assert_int_equal(n, 4);
    static const uint16_t flat[] = {1, 1, 1, 1, 1, 1};
    const MkCodePair none = {a, flat, 6};
    assert_true(isnan(mk_spearman_codes(&none, 1, 3, 2, count, both, &n)));
}

static void test_related_attributes_need_enough_people(void **state)
{
    (void)state;
    MkSchema *real = NULL;
    MkCohort *cohort = cohort_of(people_csv, &real);
    MkArena *arena = mk_arena_new(0);
    uint32_t *ids = NULL;
    MkRelated job = {.model = &model, .judged = cohort};
    assert_int_equal(mk_yards_related(&job, arena, &ids, NULL), MK_OK);
    assert_int_equal(ids[X * MK_RELATED], Y);
    assert_int_equal(ids[X * MK_RELATED + 1], MK_RELATED_NONE);
    assert_int_equal(ids[SEX * MK_RELATED], MK_RELATED_NONE);
    static const bool allowed[N] = {true, false, true, true};
    job.allowed = allowed;
    assert_int_equal(mk_yards_related(&job, arena, &ids, NULL), MK_OK);
    assert_int_equal(ids[X * MK_RELATED], MK_RELATED_NONE);
    mk_arena_free(arena);
    mk_cohort_free(cohort);
    mk_schema_free(real);
}

static void test_related_attributes_are_found_in_a_table(void **state)
{
    (void)state;
    enum { PEOPLE = 300 };
    static char csv[1 << 16];
    static size_t rows[PEOPLE];
    size_t at = (size_t)snprintf(csv, sizeof csv, "x,y,habit,sex\n");
    for (size_t i = 0; i < PEOPLE; i++) { /* y falls with x, habit a little with x, sex with y */
        rows[i] = i;
        at +=
            (size_t)snprintf(csv + at, sizeof csv - at, "%zu,%d,%s,%s\n", i, (int)(i % 7) - (int)i,
                             i < 100 ? "never" : "former", i % 7 < 3 ? "male" : "female");
    }
    MkSchema *real = NULL;
    MkCohort *cohort = cohort_of(csv, &real);
    MkArena *arena = mk_arena_new(0);
    uint32_t *ids = NULL;
    const MkRelated job = {
        .model = &model, .train = cohort, .people = rows, .n_people = PEOPLE, .judged = cohort};
    assert_int_equal(mk_yards_related(&job, arena, &ids, NULL), MK_OK);
    assert_int_equal(ids[X * MK_RELATED], Y);
    assert_int_equal(ids[X * MK_RELATED + 1], HABIT);
    assert_int_equal(ids[Y * MK_RELATED], X);
    assert_int_equal(ids[HABIT * MK_RELATED], X);
    assert_int_equal(ids[HABIT * MK_RELATED + 3], MK_RELATED_NONE);
    const MkRelated few = {
        .model = &model, .train = cohort, .people = rows, .n_people = 199, .judged = cohort};
    assert_int_equal(mk_yards_related(&few, arena, &ids, NULL), MK_OK);
    assert_int_equal(ids[X * MK_RELATED], MK_RELATED_NONE);
    mk_arena_free(arena);
    mk_cohort_free(cohort);
    mk_schema_free(real);
}

/* ---- judging ---- */

static const MkYard yards[N] = {{.n = 100, .sd = 1, .point = 0, .common = 0.1},
                                {.n = 100, .sd = 2, .point = 1, .common = 0.1},
                                {.n = 100, .point = 0, .common = 0.5},
                                {.n = 100, .point = 1, .common = 0.6}};

static void test_a_mask_hides_and_scores_its_cells(void **state)
{
    (void)state;
    static const size_t rows[] = {0, 2, 4};
    MkSchema *real = NULL, *bits = NULL;
    MkCohort *cohort = cohort_of(people_csv, &real);
    MkTable *mask = NULL;
    char text[] = "y,sex\n1,0\n0,0\n1,1\n0,0\n1,\n";
    static const char tsv[] = "name\ttype\tlabel\tmin\tmax\nx\tcount\tx\t0\t1\ny\tcount\ty\t0\t1\n"
                              "habit\tcount\th\t0\t1\nsex\tcount\ts\t0\t1\n";
    assert_int_equal(mk_schema_parse(tsv, strlen(tsv), "bits", &bits, NULL), MK_OK);
    assert_int_equal(mk_table_parse(text, strlen(text), "mask", bits, MK_OTHER_ERROR, &mask, NULL),
                     MK_OK);
    MkArena *arena = mk_arena_new(0);
    MkScores s;
    const MkJudge judge = {
        .model = &model, .cohort = cohort, .rows = rows, .n_rows = 3, .yards = yards, .level = 0.9};
    assert_int_equal(mk_judge_masked(&judge, mask, arena, &s, NULL), MK_OK);
    /* person a: y = 2 is hidden, x = 1, habit and sex are known: normal(1, 1) */
    assert_close((double)mk_scores_at(&s, 0, Y)->miss, 0.5, 1e-6, 0);
    assert_close((double)mk_scores_at(&s, 0, Y)->base, 0.5, 1e-6, 0);
    assert_int_equal(mk_scores_at(&s, 0, Y)->n_known, 3);
    /* two is one sd above the middle */
    assert_close((double)mk_scores_at(&s, 0, Y)->low, 0.8413447461, 1e-6, 0);
    assert_close((double)mk_scores_at(&s, 0, Y)->high, 0.8413447461, 1e-6, 0);
    assert_null(mk_scores_at(&s, 0, X));
    /* person c: y is missing, so only sex is scored */
    assert_null(mk_scores_at(&s, 1, Y));
    assert_close((double)mk_scores_at(&s, 1, SEX)->loss, 2 * 0.16, 1e-6, 0);
    /* person e: y = 5 without x: the population, normal(0, 1.5) */
    assert_close((double)mk_scores_at(&s, 2, Y)->miss, 2.5, 1e-6, 0);
    assert_int_equal(mk_scores_at(&s, 2, Y)->n_known, 1);
    mk_arena_free(arena);
    mk_table_free(mask);
    mk_cohort_free(cohort);
    mk_schema_free(bits);
    mk_schema_free(real);
}

static void judge_related_with(size_t n_threads, MkScores *s, MkArena *arena,
                               const MkCohort *cohort)
{
    static const size_t rows[] = {0, 1, 2, 3, 4};
    static uint32_t related[N * MK_RELATED];
    MkPool *pool = NULL;
    memset(related, 0xff, sizeof related);
    related[Y * MK_RELATED] = X;
    related[Y * MK_RELATED + 1] = SEX;
    assert_int_equal(mk_pool_new(n_threads, &pool, NULL), MK_OK);
    const MkJudge judge = {.model = &model,
                           .cohort = cohort,
                           .rows = rows,
                           .n_rows = 5,
                           .yards = yards,
                           .level = 0.9,
                           .pool = pool};
    assert_int_equal(mk_judge_related(&judge, related, arena, s, NULL), MK_OK);
    mk_pool_free(pool);
}

static void test_the_related_protocol_tells_only_what_the_person_has(void **state)
{
    (void)state;
    MkSchema *real = NULL;
    MkCohort *cohort = cohort_of(people_csv, &real);
    MkArena *arena = mk_arena_new(0);
    MkScores one, three;
    judge_related_with(1, &one, arena, cohort);
    judge_related_with(3, &three, arena, cohort);
    assert_int_equal(one.first[5], three.first[5]);
    assert_memory_equal(one.cells, three.cells, one.first[5] * sizeof *one.cells);
    assert_int_equal(mk_scores_at(&one, 0, Y)->n_known, 2);
    assert_close((double)mk_scores_at(&one, 0, Y)->miss, 0.5, 1e-6, 0);
    assert_int_equal(mk_scores_at(&one, 4, Y)->n_known, 0);
    assert_close((double)mk_scores_at(&one, 4, Y)->miss, 2.5, 1e-6, 0);
    assert_null(mk_scores_at(&one, 2, Y));
    mk_arena_free(arena);
    mk_cohort_free(cohort);
    mk_schema_free(real);
}

/* ---- averages ---- */

static const bool rare[N] = {[Y] = true};

/* Twelve people: x missed by 0.1 (median by 0.2), y by 0.5 (0.4) in only nine of them, habit right
 * in nine (mode in six), sex right in six (mode in six). */
static MkScores made_scores(MkArena *arena)
{
    enum { PEOPLE = 12 };
    size_t *first = mk_arena_zeros(arena, PEOPLE + 1, sizeof *first), at = 0;
    MkScores s = {.n_rows = PEOPLE, .n = N, .first = first};
    s.cells = mk_arena_zeros(arena, PEOPLE * N, sizeof *s.cells);
    s.attributes = mk_arena_zeros(arena, PEOPLE * N, sizeof *s.attributes);
    for (size_t i = 0; i < PEOPLE; i++) {
        const float odd = i % 2 == 0 ? 1.0F : 0.0F;
        const float third = i < 3 ? 1.0F : 0.0F;
        const MkScore cells[N] = {
            {.loss = 0.05F, .miss = 0.1F, .base = 0.2F, .cover = 1, .high = 1, .n_known = 2},
            {.loss = 0.4F, .miss = 0.5F, .base = 0.4F, .cover = 0.5F, .n_known = 12},
            {.loss = 0.3F, .miss = third, .base = odd, .n_known = 2},
            {.loss = 0.5F, .miss = odd, .base = odd, .n_known = 2}};
        for (uint32_t j = 0; j < N; j++) {
            if (j != Y || i < 9) {
                s.attributes[at] = j;
                s.cells[at++] = cells[j];
            }
        }
        first[i + 1] = at;
    }
    return s;
}

static MkBoardJob job_of(const MkScores *s, MkPool *pool)
{
    return (MkBoardJob){
        .scores = s, .schema = &schema, .yards = yards, .is_rare = rare, .seed = 1, .pool = pool};
}

static void test_averages_are_over_attributes_and_over_cells(void **state)
{
    (void)state;
    MkArena *arena = mk_arena_new(0);
    const MkScores s = made_scores(arena);
    const MkBoardJob job = job_of(&s, NULL);
    MkBoard b;
    assert_int_equal(mk_board_make(&job, arena, &b, NULL), MK_OK);
    assert_close(b.stats[MK_STAT_CRPS], 0.05, 1e-6, 0); /* y has too few cells */
    assert_close(b.stats[MK_STAT_ERROR], 0.1, 1e-6, 0);
    assert_int_equal(b.counts[MK_STAT_ERROR], 1);
    assert_close(b.stats[MK_STAT_ERROR_POOLED], (12 * 0.1 + 9 * 0.5) / 21, 1e-6, 0);
    assert_close(b.stats[MK_STAT_ERROR_POOLED_BASE], (12 * 0.2 + 9 * 0.4) / 21, 1e-6, 0);
    assert_int_equal(b.counts[MK_STAT_ERROR_POOLED], 21);
    assert_close(b.stats[MK_STAT_ERROR_NUMBERS], (12 * 0.1 + 9 * 0.5) / 21, 1e-6, 0);
    assert_close(b.stats[MK_STAT_ERROR_RARE], 0.5, 1e-6, 0);
    assert_close(b.stats[MK_STAT_COVER], (12 + 4.5) / 21, 1e-6, 0);
    assert_close(b.stats[MK_STAT_BRIER], 0.4, 1e-6, 0);
    assert_close(b.stats[MK_STAT_ACCURACY], 0.5 * (0.75 + 0.5), 1e-6, 0);
    assert_close(b.stats[MK_STAT_ACCURACY_ORDINAL], 0.75, 1e-6, 0);
    assert_close(b.stats[MK_STAT_NO_WORSE], 1, 0, 0);
    assert_close(b.stats[MK_STAT_BETTER], 1, 0, 0);
    assert_close(b.stats[MK_STAT_LEVELS], 0.5, 0, 0); /* as good as the mode is not above it */
    assert_true(isnan(b.stats[MK_STAT_ERROR_COUNT]));
    assert_int_equal(b.bands[1].n_numbers, 12);
    assert_int_equal(b.bands[1].n_levels, 24);
    assert_int_equal(b.bands[3].n_numbers, 9);
    assert_close(b.bands[3].error.value, 0.5, 1e-6, 0);
    mk_arena_free(arena);
}

static void test_a_part_of_the_people_has_averages_of_its_own(void **state)
{
    (void)state;
    MkArena *arena = mk_arena_new(0);
    const MkScores s = made_scores(arena), last = mk_scores_slice(&s, 9, 12);
    const MkBoardJob job = job_of(&last, NULL);
    MkBoard b;
    assert_int_equal(mk_board_make(&job, arena, &b, NULL), MK_OK);
    assert_int_equal(b.counts[MK_STAT_ERROR_NUMBERS], 3);
    assert_close(b.stats[MK_STAT_ERROR_NUMBERS], 0.1, 1e-6, 0);
    assert_close(b.stats[MK_STAT_ACCURACY_ORDINAL], 1, 1e-6, 0);
    assert_true(isnan(b.stats[MK_STAT_ERROR_RARE]));
    mk_arena_free(arena);
}

/* x is anywhere in [0, 1], which is uniform; y always below everything: |1 - t| over 0 .. 1. */
static void test_the_pit_is_held_against_the_uniform(void **state)
{
    (void)state;
    static const bool only_y[N] = {[Y] = true}, only_x[N] = {[X] = true}, none[N] = {false};
    MkArena *arena = mk_arena_new(0);
    const MkScores s = made_scores(arena);
    const MkBoardJob job = job_of(&s, NULL);
    MkCalibration c, y;
    assert_int_equal(mk_board_calibration(&job, only_x, &c, NULL), MK_OK);
    assert_close(c.pit.value, 0, 1e-12, 0);
    assert_int_equal(mk_board_calibration(&job, only_y, &y, NULL), MK_OK);
    assert_int_equal(y.n, 9);
    assert_close(y.pit.value, 0.5, 1e-12, 0);
    assert_close(y.cover.value, 0.5, 1e-6, 0);
    assert_close(y.error.value, 0.5, 1e-6, 0);
    /* 12 of 21 uniform, 9 at zero: (1 - t) 9 / 21 */
    assert_int_equal(mk_board_calibration(&job, NULL, &c, NULL), MK_OK);
    assert_close(c.pit.value, 0.5 * 9 / 21, 1e-12, 0);
    assert_int_equal(mk_board_calibration(&job, none, &c, NULL), MK_OK);
    assert_true(isnan(c.cover.value));
    mk_arena_free(arena);
}

static void test_the_standard_error_is_that_of_drawing_people(void **state)
{
    (void)state;
    MkArena *arena = mk_arena_new(0);
    enum { PEOPLE = 400 };
    size_t *first = mk_arena_zeros(arena, PEOPLE + 1, sizeof *first);
    MkScores s = {.n_rows = PEOPLE, .n = N, .first = first};
    s.cells = mk_arena_zeros(arena, PEOPLE, sizeof *s.cells);
    s.attributes = mk_arena_zeros(arena, PEOPLE, sizeof *s.attributes);
    for (size_t i = 0; i < PEOPLE; i++) {
        first[i + 1] = i + 1;
        s.attributes[i] = X;
        s.cells[i].miss = i % 2 == 0 ? 1.0F : 0.0F;
    }
    MkBoard b, again;
    MkPool *pool = NULL;
    assert_int_equal(mk_pool_new(3, &pool, NULL), MK_OK);
    const MkBoardJob one = job_of(&s, NULL), three = job_of(&s, pool);
    assert_int_equal(mk_board_make(&one, arena, &b, NULL), MK_OK);
    assert_int_equal(mk_board_make(&three, arena, &again, NULL), MK_OK);
    assert_close(b.errors[MK_STAT_ERROR], 0.5 / 20, 0.006, 0); /* 100 resamples: 7 % */
    assert_close(again.errors[MK_STAT_ERROR], b.errors[MK_STAT_ERROR], 0, 0);
    /* by type, by band and of one attribute: the same people are drawn, or the formula */
    const MkBoardType *const real = &b.types[MK_REAL];
    assert_close(real->error.value, 0.5, 1e-12, 0);
    assert_close(real->error.error, b.errors[MK_STAT_ERROR_REAL], 1e-12, 0);
    assert_close(real->base.error, 0.0, 0.0, 0);
    assert_close(b.bands[0].error.error, b.errors[MK_STAT_ERROR_NUMBERS], 1e-12, 0);
    assert_true(isnan(b.bands[1].error.error));
    assert_true(isnan(b.types[MK_COUNT].error.error));
    assert_close(b.rows[X].miss_error, 0.5 / sqrt(PEOPLE - 1.0), 1e-12, 0);
    mk_pool_free(pool);
    mk_arena_free(arena);
}

static MkSection made_section(MkArena *arena)
{
    MkSection s = {.arena = arena, .result = mk_result_new("evaluate")};
    s.node = mk_node_object(s.result, NULL, NULL);
    return s;
}

static const MkFigureOfMerit *figure_of(const MkSection *s, const char *name)
{
    for (size_t i = 0; i < s->n_figures; i++) {
        if (strcmp(s->figures[i].name, name) == 0) {
            return &s->figures[i];
        }
    }
    return NULL;
}

static void test_thresholds_make_bars_of_figures(void **state)
{
    (void)state;
    MkArena *arena = mk_arena_new(0);
    MkThresholds t;
    MkBar *bars = NULL;
    size_t n = 0;
    assert_int_equal(mk_thresholds_parse("coverage\t0.88\t0.92\nerror\t-\t0.5\nauc\t0.4\t-\n", "m",
                                         arena, &t, NULL),
                     MK_OK);
    const MkFigureOfMerit figures[] = {
        {.name = "error", .label = "Error", .value = 0.6, .error = 0.01},
        {.name = "coverage", .label = "Coverage", .value = 0.9, .error = NAN}};
    assert_int_equal(mk_thresholds_bars(&t, figures, 2, false, arena, &bars, &n, NULL), MK_OK);
    assert_int_equal(n, 3);
    assert_int_equal(bars[0].verdict, MK_BAR_HOLDS);
    assert_int_equal(bars[1].verdict, MK_BAR_FAILS);
    assert_string_equal(mk_bar_words(arena, &bars[1]), "at most 0.5");
    assert_int_equal(bars[2].verdict, MK_BAR_UNMEASURED); /* nobody measured it: it does not hold */
    MkSection s = made_section(arena);
    const MkScoreboard board = {.model = &model, .thresholds = &t, .n_bars = n, .bars = bars};
    assert_int_equal(mk_scoreboard_make(&board, s.result, s.node, NULL), MK_OK);
    assert_string_equal(s.result->failed_check, "Error: 0.6000, expected at most 0.5");
    mk_result_free(s.result);
    /* the program's own: comparisons only where there is somebody to compare with */
    assert_int_equal(mk_thresholds_of(&model, arena, &t, NULL), MK_OK);
    assert_false(t.is_declared);
    assert_int_equal(mk_thresholds_bars(&t, figures, 2, false, arena, &bars, &n, NULL), MK_OK);
    for (size_t i = 0; i < n; i++) {
        assert_string_not_equal(bars[i].name, "error_against");
    }
    mk_arena_free(arena);
}

static void test_an_imputation_says_its_figures(void **state)
{
    (void)state;
    MkArena *arena = mk_arena_new(0);
    const MkScores s = made_scores(arena);
    const MkBoardJob job = job_of(&s, NULL);
    MkBoard boards[2];
    assert_int_equal(mk_board_make(&job, arena, &boards[0], NULL), MK_OK);
    boards[1] = boards[0];
    boards[1].stats[MK_STAT_ERROR_POOLED] -= 0.1;
    const MkModel *const others[] = {&model};
    const MkReportPart part = {.name = "", .boards = boards};
    MkBoardSource sources[] = {{.name = "a", .n_people = 500},
                               {.name = "b", .n_people = 500},
                               {.name = "few", .n_people = MK_REPORT_PEOPLE - 1}};
    for (size_t i = 0; i < 3; i++) {
        sources[i].board = boards[0];
    }
    sources[0].board.stats[MK_STAT_COVER] = 0.915;
    sources[1].board.stats[MK_STAT_COVER] = 0.882;
    sources[2].board.stats[MK_STAT_COVER] = 0.5;
    const MkReport report = {.model = &model,
                             .n_others = 1,
                             .others = others,
                             .yards = yards,
                             .n_people = 12,
                             .level = 0.9,
                             .n_sources = 3,
                             .sources = sources,
                             .n_parts = 1,
                             .parts = &part};
    MkSection out = made_section(arena);
    assert_int_equal(mk_report_imputation(&report, &out, NULL), MK_OK);
    assert_close(figure_of(&out, "coverage_by_source")->value, 0.882, 1e-12, 0);
    assert_non_null(strstr(figure_of(&out, "coverage_by_source")->label, ": b"));
    assert_close(figure_of(&out, "error_against")->value, 0.1, 1e-12, 0);
    assert_close(figure_of(&out, "error_against")->error, 0.0, 1e-12, 0); /* the same people */
    assert_null(figure_of(&out, "membership_auc"));
    mk_result_free(out.result);
    mk_arena_free(arena);
}

/* Ranks 0 0 1 2 answered 0 1 1 2: kappa = 1 - sum of squares / (4 (2 var + mean difference^2)). */
static void test_ranks_give_kappa(void **state)
{
    (void)state;
    enum { PEOPLE = 40 };
    static const float place[] = {0, 0, 1, 2}, guess[] = {0, 1, 1, 2};
    MkArena *arena = mk_arena_new(0);
    size_t *first = mk_arena_zeros(arena, PEOPLE + 1, sizeof *first);
    MkScores s = {.n_rows = PEOPLE, .n = N, .first = first};
    s.cells = mk_arena_zeros(arena, PEOPLE, sizeof *s.cells);
    s.attributes = mk_arena_zeros(arena, PEOPLE, sizeof *s.attributes);
    for (size_t i = 0; i < PEOPLE; i++) {
        first[i + 1] = i + 1;
        s.attributes[i] = HABIT;
        s.cells[i].place = place[i % 4];
        s.cells[i].guess = guess[i % 4];
    }
    MkBoard b;
    const MkBoardJob job = job_of(&s, NULL);
    assert_int_equal(mk_board_make(&job, arena, &b, NULL), MK_OK);
    /* means 3/4 and 1, mean squares 5/4 and 6/4, product of means 3/4 */
    assert_close(b.stats[MK_STAT_KAPPA], 1.0 - 0.25 / (1.25 + 1.5 - 1.5), 1e-12, 0);
    assert_close(b.stats[MK_STAT_RANK], 0.25 / 2, 1e-12, 0);
    mk_arena_free(arena);
}

static void test_an_answer_with_nothing_known_has_a_distance(void **state)
{
    (void)state;
    static const MkAttribute number = {.name = "x", .type = MK_REAL, .min = -9, .max = 9};
    static const MkAttribute level = {.name = "c", .type = MK_CATEGORICAL, .n_levels = 3};
    static const double p[] = {0.5, 0.3, 0.2}, q[] = {0.4, 0.3, 0.3};
    const MkDistribution here = {.kind = MK_DIST_NORMAL, .attribute = &number, .a = 0, .b = 1};
    const MkDistribution there = {.kind = MK_DIST_NORMAL, .attribute = &number, .a = 1, .b = 1};
    const MkDistribution one = {.kind = MK_DIST_LEVELS, .attribute = &level, .n = 3, .p = p};
    const MkDistribution two = {.kind = MK_DIST_LEVELS, .attribute = &level, .n = 3, .p = q};
    assert_close(mk_unconditional_distance(&here, &here), 0.0, 1e-12, 0);
    assert_close(mk_unconditional_distance(&there, &here), 0.3829, 0.002, 0); /* at 1/2 */
    assert_close(mk_unconditional_distance(&two, &one), 0.1, 1e-12, 0);
}

/* ---- people ---- */

static void test_held_out_people_are_those_of_the_manifest(void **state)
{
    (void)state;
    MkHeldOut split = {0};
    assert_false(mk_held_out_read("", &split));
    assert_false(mk_held_out_read("{\"split_seed\": 3}", &split));
    assert_false(mk_held_out_read("{\"split_seed\": 3, \"valid\": 2, \"test\": 0}", &split));
    assert_true(mk_held_out_read("{\"split_seed\": 3, \"valid\": 0.2, \"test\": 0.4}", &split));
    assert_int_equal(split.seed, 3);
    static char csv[1 << 14] = "person,x\n";
    for (size_t i = 0; i < 200; i++) {
        char line[32];
        snprintf(line, sizeof line, "p%zu,%zu\n", i, i);
        strcat(csv, line);
    }
    MkSchema *real = NULL;
    MkCohort *cohort = cohort_of(csv, &real);
    MkArena *arena = mk_arena_new(0);
    MkPeople people;
    MkError err;
    MkWhom whom = {.split = &split};
    assert_int_equal(mk_people_choose(cohort, &whom, arena, &people, NULL), MK_OK);
    assert_true(people.is_split);
    assert_in_range(people.n_judged, 60, 100);
    assert_in_range(people.n_train, 60, 100);
    const size_t n_held = people.n_judged;
    /* another model whose held-out people are other ones: who it was trained on is left out */
    const MkHeldOut second = {.seed = 4, .valid = 0.2, .test = 0.4};
    whom.others = &second;
    whom.n_others = 1;
    assert_int_equal(mk_people_choose(cohort, &whom, arena, &people, NULL), MK_OK);
    assert_in_range(people.n_judged, 15, n_held - 15);
    whom.n_others = 0;
    whom.split = NULL;
    assert_int_equal(mk_people_choose(cohort, &whom, arena, &people, NULL), MK_OK);
    assert_int_equal(people.n_judged, 200);
    assert_int_equal(people.n_train, 0);
    whom.who = MK_WHO_TEST;
    assert_int_equal(mk_people_choose(cohort, &whom, arena, &people, &err), MK_EINVAL);
    whom.split = &split;
    split.test = 0;
    assert_int_equal(mk_people_choose(cohort, &whom, arena, &people, &err), MK_EINVAL);
    mk_arena_free(arena);
    mk_cohort_free(cohort);
    mk_schema_free(real);
}

static MkTable *made_table(const MkSchema *real, const char *source, size_t n)
{
    static char csv[1 << 14];
    MkTable *table = NULL;
    size_t at = (size_t)snprintf(csv, sizeof csv, "person,source,x\n");
    for (size_t i = 0; i < n; i++) {
        at += (size_t)snprintf(csv + at, sizeof csv - at, "p%zu,%s,%zu\n", i, source, i);
    }
    assert_int_equal(mk_table_parse(csv, at, "people", real, MK_OTHER_ERROR, &table, NULL), MK_OK);
    return table;
}

static void test_at_most_so_many_of_each_source_are_judged(void **state)
{
    (void)state;
    MkSchema *real = NULL;
    MkTable *any = table_of("x\n1\n", &real);
    MkTable *tables[] = {made_table(real, "a", 300), made_table(real, "b", 20)};
    MkCohort *cohort = NULL;
    MkArena *arena = mk_arena_new(0);
    MkPeople people, again;
    assert_int_equal(mk_cohort_new(real, tables, 2, &cohort, NULL), MK_OK);
    const MkWhom whom = {.who = MK_WHO_ALL, .most = 50};
    assert_int_equal(mk_people_choose(cohort, &whom, arena, &people, NULL), MK_OK);
    assert_int_equal(mk_people_choose(cohort, &whom, arena, &again, NULL), MK_OK);
    assert_int_equal(people.n_judged, 70);
    assert_int_equal(people.n_left, 250);
    assert_int_equal(people.n_held, 320);
    assert_int_equal(people.held[319], 319);
    assert_int_equal(people.first[1], 50);
    assert_int_equal(people.first[2], 70);
    assert_memory_equal(people.judged, again.judged, 70 * sizeof *people.judged);
    for (size_t i = 1; i < 70; i++) {
        assert_true(people.judged[i - 1] < people.judged[i]);
    }
    assert_true(people.judged[49] > 60); /* not the first fifty */
    /* evenly over a source, for relations */
    size_t thin[70], n = mk_people_thin(cohort, people.judged, 70, 25, thin);
    assert_int_equal(n, 45);
    assert_int_equal(thin[1], people.judged[2]);
    assert_int_equal(thin[25], people.judged[50]);
    mk_arena_free(arena);
    mk_cohort_free(cohort);
    mk_table_free(any);
    mk_schema_free(real);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_normal_answer_scores_as_the_formula),
        cmocka_unit_test(test_cells_score_as_the_integral),
        cmocka_unit_test(test_levels_score_as_the_formula),
        cmocka_unit_test(test_yards_are_those_of_the_observed),
        cmocka_unit_test(test_spearman_gives_ties_their_middle_rank),
        cmocka_unit_test(test_related_attributes_need_enough_people),
        cmocka_unit_test(test_related_attributes_are_found_in_a_table),
        cmocka_unit_test(test_a_mask_hides_and_scores_its_cells),
        cmocka_unit_test(test_the_related_protocol_tells_only_what_the_person_has),
        cmocka_unit_test(test_averages_are_over_attributes_and_over_cells),
        cmocka_unit_test(test_a_part_of_the_people_has_averages_of_its_own),
        cmocka_unit_test(test_the_pit_is_held_against_the_uniform),
        cmocka_unit_test(test_the_standard_error_is_that_of_drawing_people),
        cmocka_unit_test(test_thresholds_make_bars_of_figures),
        cmocka_unit_test(test_an_imputation_says_its_figures),
        cmocka_unit_test(test_ranks_give_kappa),
        cmocka_unit_test(test_an_answer_with_nothing_known_has_a_distance),
        cmocka_unit_test(test_at_most_so_many_of_each_source_are_judged),
        cmocka_unit_test(test_held_out_people_are_those_of_the_manifest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
