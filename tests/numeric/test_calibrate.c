/* Recalibration: answers that are known to be wrong are mended, right ones left alone, and a file
 * keeps what was learned. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "tests/check.h"

#include <stdlib.h>
#include <string.h>

#include "model/calibrate_fit.h"
#include "model/kind.h"
#include "model/nn/blas.h"
#include "model/normal.h"
#include "tests/numeric/people.h"

enum {
    BANDS = MK_CALIBRATION_BANDS,
    KNOTS = MK_CALIBRATION_KNOTS,
    MANY = 2000,
    NUMBERS = 12,
    BAND = 2 /* 4-10 known */
};

/* ---- answers whose faults are known ---- */

static MkSchema *numbers_schema(void)
{
    MkBuf text;
    MkSchema *schema = NULL;
    MkError err = {0};
    mk_buf_init(&text);
    mk_buf_puts(&text, "name\ttype\tlabel\tlevels\n");
    for (size_t j = 0; j < NUMBERS; j++) {
        mk_buf_printf(&text, "n%zu\treal\tNumber\t\n", j);
    }
    mk_buf_puts(&text, "c\tcategorical\tLevels\t0=a|1=b|2=c\n");
    mk_buf_puts(&text, "o\tordinal\tSteps\t0=low|1=mid|2=high\n");
    if (mk_schema_parse(text.data, text.len, "test", &schema, &err) != MK_OK) {
        fail_msg("%s", err.text);
    }
    mk_buf_release(&text);
    return schema;
}

static MkAnswers room(size_t n)
{
    const MkAnswers a = {.cells = mk_heap_array(n, sizeof *a.cells),
                         .p = mk_heap_array(3 * n, sizeof *a.p)};
    assert_true(a.cells != NULL && a.p != NULL);
    return a;
}

/* Where the values of persons stand, of spread `sd` in answers that say 1, shifted by `off`; evenly
 * over all quantiles (a Weyl sequence), so that chance plays no part. */
static double place(size_t person, double sd, double off)
{
    double whole = 0.0;
    const double u = modf(((double)person + 0.5) * 0.61803398874989485, &whole);
    return mk_normal_cdf(off + sd * mk_normal_quantile(u));
}

/* People 0 .. n - 1 asked for attribute j: their values spread sd times as far as the answers say.
 */
static void add_numbers(MkAnswers *a, size_t j, size_t n, double sd, double off)
{
    for (size_t i = 0; i < n; i++) {
        const float f = (float)place(i, sd, off);
        a->cells[a->n++] = (MkAnswer){
            .key = (uint32_t)(j * BANDS + BAND), .person = (uint32_t)i, .low = f, .high = f};
    }
}

/* Answers p^s of levels that come with probability p. */
static void add_levels(MkAnswers *a, size_t j, size_t n, double s)
{
    MkRng rng = mk_rng(4, MK_RNG_TEST, j);
    for (size_t i = 0; i < n; i++) {
        double p[3], answer[3], sum = 0.0, total = 0.0, u = mk_rng_uniform(&rng);
        size_t level = 0;
        for (size_t k = 0; k < 3; k++) {
            p[k] = exp(mk_rng_normal(&rng));
            sum += p[k];
        }
        for (size_t k = 0; k < 3; k++) {
            p[k] /= sum;
            answer[k] = pow(p[k], s);
            total += answer[k];
        }
        while (level < 2 && u > p[level]) {
            u -= p[level++];
        }
        double below = 0.0;
        for (size_t k = 0; k < level; k++) {
            below += answer[k] / total;
        }
        a->cells[a->n++] = (MkAnswer){.key = (uint32_t)(j * BANDS + BAND),
                                      .person = (uint32_t)i,
                                      .low = (float)below,
                                      .high = (float)(below + answer[level] / total),
                                      .first = (uint32_t)a->n_p,
                                      .level = (uint32_t)level};
        for (size_t k = 0; k < 3; k++) {
            a->p[a->n_p++] = (float)(answer[k] / total);
        }
    }
}

static MkRecalibration learn(const MkSchema *schema, MkAnswers *a, MkArena *arena)
{
    MkRecalibration c = {.n = 0};
    MkError err = {0};
    if (mk_calibration_learn(schema, a, NULL, NULL, arena, &c, &err) != MK_OK) {
        fail_msg("%s", err.text);
    }
    mk_answers_free(a);
    return c;
}

static const uint16_t *map_of(const MkRecalibration *c, size_t j, size_t band)
{
    return c->maps + ((size_t)c->map_of[j] * BANDS + band) * KNOTS;
}

/* Share of new values in the central interval of recalibrated answers. */
static double coverage(const uint16_t *codes, double sd, double off, double level)
{
    size_t inside = 0;
    for (size_t i = 0; i < 20000; i++) {
        const double g = mk_calibration_map(codes, place(i, sd, off));
        inside += g >= 0.5 * (1.0 - level) && g <= 0.5 * (1.0 + level) ? 1 : 0;
    }
    return (double)inside / 20000.0;
}

static void test_an_overconfident_normal_is_mended(void **state)
{
    static const double levels[] = {0.5, 0.8, 0.9, 0.95};
    MkSchema *const schema = numbers_schema();
    MkArena *const arena = mk_arena_new(0);
    MkAnswers a = room(2 * MANY);
    (void)state;
    add_numbers(&a, 0, MANY, 1.6, 0.0);
    add_numbers(&a, 1, MANY, 1.6, 0.4);
    const MkRecalibration c = learn(schema, &a, arena);
    for (size_t i = 0; i < 4; i++) {
        assert_close(coverage(map_of(&c, 0, BAND), 1.6, 0.0, levels[i]), levels[i], 0.02, 0);
        assert_close(coverage(map_of(&c, 1, BAND), 1.6, 0.4, levels[i]), levels[i], 0.02, 0);
    }
    assert_int_equal(c.people[0], MANY);
    assert_close((double)c.bands[BAND].before, 0.69, 0.02, 0);
    assert_close((double)c.bands[BAND].after, 0.9, 0.01, 0);
    mk_arena_free(arena);
    mk_schema_free(schema);
}

static void test_a_calibrated_answer_is_left_alone(void **state)
{
    MkSchema *const schema = numbers_schema();
    MkArena *const arena = mk_arena_new(0);
    MkAnswers a = room((NUMBERS + 2) * MANY);
    (void)state;
    for (size_t j = 0; j < NUMBERS; j++) {
        add_numbers(&a, j, MANY, 1.0, 0.0);
    }
    add_levels(&a, NUMBERS, MANY, 1.0);
    add_levels(&a, NUMBERS + 1, MANY, 1.0);
    const MkRecalibration c = learn(schema, &a, arena);
    for (size_t j = 0; j < NUMBERS; j++) {
        for (size_t k = 0; k < KNOTS; k++) {
            const double t = mk_calibration_knots[k];
            assert_close(mk_calibration_map(map_of(&c, j, BAND), t), t, 0.01, 0);
        }
    }
    assert_close((double)c.sharpness[BAND], 1.0, 0.1, 0);
    assert_close((double)c.sharpness[BANDS + BAND], 1.0, 0.1, 0);
    mk_arena_free(arena);
    mk_schema_free(schema);
}

/* Of one that hardly anybody was asked for the map is that of the others. */
static void test_few_people_lean_on_their_type(void **state)
{
    MkSchema *const schema = numbers_schema();
    MkArena *const arena = mk_arena_new(0);
    MkAnswers a = room(NUMBERS * 500);
    (void)state;
    for (size_t j = 2; j < NUMBERS; j++) {
        add_numbers(&a, j, 500, 1.5, 0.0);
    }
    add_numbers(&a, 0, 3, 1.0, 3.0); /* three people far from all others; attribute 1 has none */
    const MkRecalibration c = learn(schema, &a, arena);
    for (size_t k = 0; k < KNOTS; k++) {
        const double t = mk_calibration_knots[k];
        const double other = mk_calibration_map(map_of(&c, 1, BAND), t);
        assert_close(mk_calibration_map(map_of(&c, 0, BAND), t), other, 0.08, 0);
    }
    assert_close(coverage(map_of(&c, 1, BAND), 1.5, 0.0, 0.9), 0.9, 0.02, 0);
    assert_int_equal(c.people[0], 3);
    assert_int_equal(c.people[1], 0);
    mk_arena_free(arena);
    mk_schema_free(schema);
}

static void test_maps_ascend_whatever_was_seen(void **state)
{
    MkSchema *const schema = numbers_schema();
    (void)state;
    for (uint64_t seed = 0; seed < 20; seed++) {
        MkRng rng = mk_rng(seed, MK_RNG_TEST, 9);
        MkArena *const arena = mk_arena_new(0);
        MkAnswers a = room(400);
        for (size_t i = 0; i < 400; i++) {
            const double low = pow(mk_rng_uniform(&rng), 4.0);
            const double high = low + (1.0 - low) * floor(4.0 * mk_rng_uniform(&rng)) / 4.0;
            a.cells[a.n++] = (MkAnswer){
                .key = (uint32_t)(mk_rng_below(&rng, NUMBERS) * BANDS + mk_rng_below(&rng, BANDS)),
                .person = (uint32_t)i,
                .low = (float)low,
                .high = (float)high};
        }
        const MkRecalibration c = learn(schema, &a, arena);
        for (size_t i = 0; i < c.n_maps * BANDS * KNOTS; i++) {
            assert_true(c.maps[i] > (i % KNOTS == 0 ? 0 : c.maps[i - 1]));
            assert_true(c.maps[i] < MK_CALIBRATION_ONE);
        }
        mk_arena_free(arena);
    }
    mk_schema_free(schema);
}

static void test_overconfident_levels_get_a_temperature(void **state)
{
    MkSchema *const schema = numbers_schema();
    MkArena *const arena = mk_arena_new(0);
    MkAnswers a = room(2 * MANY);
    (void)state;
    add_levels(&a, NUMBERS, MANY, 2.0);
    add_levels(&a, NUMBERS + 1, MANY, 2.0);
    const MkRecalibration c = learn(schema, &a, arena);
    assert_close((double)c.sharpness[BAND], 0.5, 0.05, 0);
    assert_close((double)c.sharpness[BANDS + BAND], 0.5, 0.05, 0); /* better than a map */
    assert_close((double)c.sharpness[0], 1.0, 0, 0);
    mk_arena_free(arena);
    mk_schema_free(schema);
}

/* ---- answers that are as good as their evidence ---- */

/* Of every second person the evidence explains much. */
static float explained_of(size_t person)
{
    return person % 2 == 0 ? 0.1F : 0.9F;
}

/* Share of values in the central 90 % interval, of people whose evidence explains much or little.
 */
static double coverage_of(const MkRecalibration *c, size_t j, size_t parity, double sd)
{
    const MkCalibrationShared *const shared = &c->shared[MK_CALIBRATION_EXPLAINED];
    const size_t s = mk_calibration_stratum(shared, BAND, explained_of(parity));
    const uint16_t *const codes = shared->maps + (BAND * MK_CALIBRATION_STRATA + s) * KNOTS;
    size_t inside = 0;
    for (size_t i = parity; i < 20000; i += 2) {
        const double f = mk_calibration_map(map_of(c, j, BAND), place(i, sd, 0.0));
        const double g = mk_calibration_map(codes, f);
        inside += g >= 0.05 && g <= 0.95 ? 1 : 0;
    }
    return (double)inside / 10000.0;
}

/* Answers are overconfident where the evidence explains much: one map for both would hold too much
 * of the one kind and too little of the other. */
static void test_intervals_hold_whatever_the_evidence_explains(void **state)
{
    static const double sd[2] = {1.0, 1.6};
    MkSchema *const schema = numbers_schema();
    MkArena *const arena = mk_arena_new(0);
    MkAnswers a = room((size_t)3 * MANY);
    (void)state;
    for (size_t j = 0; j < 3; j++) {
        for (size_t i = 0; i < MANY; i++) {
            const float f = (float)place(i, sd[i % 2], 0.0);
            MkAnswer *const x = &a.cells[a.n++];
            *x = (MkAnswer){
                .key = (uint32_t)(j * BANDS + BAND), .person = (uint32_t)i, .low = f, .high = f};
            x->evidence.aspect[MK_CALIBRATION_EXPLAINED] = explained_of(i);
        }
    }
    const MkRecalibration c = learn(schema, &a, arena);
    for (size_t j = 0; j < 3; j++) {
        assert_true(coverage(map_of(&c, j, BAND), 1.0, 0.0, 0.9) > 0.94);
        assert_true(coverage(map_of(&c, j, BAND), 1.6, 0.0, 0.9) < 0.86);
        assert_close(coverage_of(&c, j, 0, 1.0), 0.9, 0.01, 0);
        assert_close(coverage_of(&c, j, 1, 1.6), 0.9, 0.01, 0);
    }
    assert_close((double)c.bands[BAND].after, 0.9, 0.01, 0);
    mk_arena_free(arena);
    mk_schema_free(schema);
}

/* The same of levels: overconfident where the evidence explains much. */
static void test_levels_get_a_factor_by_what_the_evidence_explains(void **state)
{
    MkSchema *const schema = numbers_schema();
    MkArena *const arena = mk_arena_new(0);
    MkAnswers a = room((size_t)2 * MANY);
    (void)state;
    add_levels(&a, NUMBERS, MANY, 1.0);
    add_levels(&a, NUMBERS, MANY, 2.0);
    for (size_t i = 0; i < a.n; i++) {
        a.cells[i].evidence.aspect[MK_CALIBRATION_EXPLAINED] = i < MANY ? 0.1F : 0.9F;
        a.cells[i].person = (uint32_t)i;
    }
    const MkRecalibration c = learn(schema, &a, arena);
    const MkCalibrationShared *const shared = &c.shared[MK_CALIBRATION_EXPLAINED];
    for (size_t i = 0; i < 2; i++) {
        const size_t s = mk_calibration_stratum(shared, BAND, explained_of(i));
        const double factor = (double)shared->sharpness[BAND * MK_CALIBRATION_STRATA + s];
        assert_close((double)c.sharpness[BAND] * factor, i == 0 ? 1.0 : 0.5, 0.06, 0);
    }
    mk_arena_free(arena);
    mk_schema_free(schema);
}

/* ---- a model ---- */

static MkModel *open_model(const char *path)
{
    MkModel *model = NULL;
    MkError err = {0};
    if (mk_model_open(path, &model, &err) != MK_OK) {
        fail_msg("%s", err.text);
    }
    return model;
}

static const char *path_of(const char *name)
{
    static char path[2][512];
    static size_t n;
    const char *const folder = getenv("TMPDIR");
    char *const out = path[n++ % 2];
    snprintf(out, 512, "%s/%s", folder != NULL ? folder : "/tmp", name);
    return out;
}

static MkRecalibration fit(const MkModel *model, const People *p, MkPool *pool, MkArena *arena)
{
    const MkCalibrationFit job = {.model = model,
                                  .cohort = p->cohort,
                                  .rows = p->rows,
                                  .n_rows = p->cohort->n_rows,
                                  .source_known = 0.5,
                                  .seed = 1,
                                  .pool = pool};
    MkRecalibration c;
    MkError err = {0};
    if (mk_calibration_fit(&job, arena, &c, &err) != MK_OK) {
        fail_msg("%s", err.text);
    }
    return c;
}

static MkModel *make_model(People *p, const char *path)
{
    mk_blas_init();
    people_make(p, people_mixed_schema, 800, 11, people_mixed_draw, NULL);
    people_fit(p, true, 4, NULL);
    people_write(p, NULL, path);
    return open_model(path);
}

/* Writes the model with a calibration, and opens it again. */
static MkStatus rewrite(const MkModel *model, const MkRecalibration *c, const char *path,
                        MkModel **out, MkError *err)
{
    const MkRenewal renewal = {.calibration = c};
    MK_TRY(mk_model_rewrite(model, &renewal, path, err));
    return mk_model_open(path, out, err);
}

static void answer(const MkModel *model, const size_t *targets, size_t n, MkArena *arena,
                   MkDistribution *out)
{
    const MkPoint known[] = {{0, 61.0}, {1, 1.0}};
    MkError err = {0};
    if (mk_model_posterior(model, known, 2, targets, n, arena, out, &err) != MK_OK) {
        fail_msg("%s", err.text);
    }
}

static void same_answer(const MkDistribution *a, const MkDistribution *b)
{
    assert_int_equal(a->kind, b->kind);
    assert_int_equal(a->n, b->n);
    assert_memory_equal(a->p, b->p, a->n * sizeof *a->p);
}

static void test_a_file_keeps_it_and_raw_answers_stay(void **state)
{
    static const size_t targets[] = {2, 3, 4, 5, 6, 7};
    People p;
    MkModel *const model = make_model(&p, path_of("calibrate.safetensors"));
    MkArena *const arena = mk_arena_new(0);
    MkDistribution plain[6], raw[6], mended[6], alone;
    MkModel *again = NULL, *without = NULL;
    MkError err = {0};
    size_t n_changed = 0;
    (void)state;
    const MkRecalibration c = fit(model, &p, NULL, arena);
    assert_false(mk_model_is_recalibrated(model));
    assert_ptr_equal(mk_model_raw(model), model);
    assert_int_equal(rewrite(model, &c, path_of("calibrated.safetensors"), &again, &err), MK_OK);
    assert_true(mk_model_is_recalibrated(again));
    assert_memory_equal(again->calibration.maps, c.maps, c.n_maps * BANDS * KNOTS * sizeof *c.maps);
    assert_memory_equal(again->calibration.sharpness, c.sharpness,
                        c.n_levels * BANDS * sizeof *c.sharpness);
    answer(model, targets, 6, arena, plain);
    answer(mk_model_raw(again), targets, 6, arena, raw);
    answer(again, targets, 6, arena, mended);
    for (size_t t = 0; t < 6; t++) {
        double sum = 0.0;
        same_answer(&plain[t], &raw[t]);
        answer(again, &targets[t], 1, arena, &alone);
        same_answer(&mended[t], &alone);
        for (size_t k = 0; k < mended[t].n; k++) {
            assert_true(mended[t].p[k] >= 0.0);
            sum += mended[t].p[k];
        }
        assert_close(sum, 1.0, 1e-12, 0);
        n_changed += memcmp(raw[t].p, mended[t].p, raw[t].n * sizeof *raw[t].p) != 0 ? 1 : 0;
    }
    assert_true(n_changed >= 4);
    const MkRecalibration none = {.n = 0};
    assert_int_equal(rewrite(again, &none, path_of("calibrate.safetensors"), &without, &err),
                     MK_OK);
    assert_false(mk_model_is_recalibrated(without));
    mk_model_free(without);
    mk_model_free(again);
    mk_model_free(model);
    mk_arena_free(arena);
    people_free(&p);
}

/* The first five bands of a row of `n` things of `size` bytes for each band. */
static void *five_bands(const void *from, size_t rows, size_t size, MkArena *arena)
{
    char *const out = mk_arena_array(arena, rows * 5, size);
    for (size_t r = 0; r < rows; r++) {
        memcpy(out + r * 5 * size, (const char *)from + r * BANDS * size, 5 * size);
    }
    return out;
}

/* Files of before have five bands and nothing about what is explained. */
static void test_older_files_answer_as_before(void **state)
{
    enum { STRATA = MK_CALIBRATION_STRATA };
    static const size_t targets[] = {2, 3, 4, 5, 6, 7};
    People p;
    MkModel *const model = make_model(&p, path_of("calibrate.safetensors"));
    MkArena *const arena = mk_arena_new(0);
    MkDistribution now[6], before[6];
    MkModel *as_now = NULL, *as_before = NULL;
    MkError err = {0};
    (void)state;
    MkRecalibration c = fit(model, &p, NULL, arena);
    c.shared[MK_CALIBRATION_EXPLAINED] = (MkCalibrationShared){.from = NULL};
    assert_int_equal(rewrite(model, &c, path_of("calibrated.safetensors"), &as_now, &err), MK_OK);
    answer(as_now, targets, 6, arena, now);
    MkCalibrationShared *const rare = &c.shared[MK_CALIBRATION_RARITY];
    c.n_bands = 5;
    c.maps = five_bands(c.maps, c.n_maps, KNOTS * sizeof *c.maps, arena);
    c.sharpness = five_bands(c.sharpness, c.n_levels, sizeof *c.sharpness, arena);
    c.bands = five_bands(c.bands, 1, sizeof *c.bands, arena);
    rare->maps = five_bands(rare->maps, 1, (size_t)STRATA * KNOTS * sizeof *rare->maps, arena);
    assert_int_equal(rewrite(model, &c, path_of("calibrated.safetensors"), &as_before, &err),
                     MK_OK);
    assert_int_equal(as_before->calibration.n_bands, 5);
    answer(as_before, targets, 6, arena, before);
    for (size_t t = 0; t < 6; t++) {
        same_answer(&now[t], &before[t]);
    }
    assert_int_equal(mk_calibration_band(300, 5), 4);
    assert_int_equal(mk_calibration_band(300, BANDS), 5);
    mk_model_free(as_now);
    mk_model_free(as_before);
    mk_model_free(model);
    mk_arena_free(arena);
    people_free(&p);
}

static void test_a_calibration_that_cannot_be_is_refused(void **state)
{
    People p;
    MkModel *const model = make_model(&p, path_of("calibrate.safetensors"));
    MkArena *const arena = mk_arena_new(0);
    MkModel *again = NULL;
    MkError err = {0};
    (void)state;
    const MkRecalibration c = fit(model, &p, NULL, arena);
    const char *const path = path_of("calibrated.safetensors");
    uint16_t *const maps = mk_arena_array(arena, c.n_maps * BANDS * KNOTS, sizeof *maps);
    float *const sharpness = mk_arena_array(arena, c.n_levels * BANDS, sizeof *sharpness);
    int32_t *const people = mk_arena_array(arena, c.n, sizeof *people);
    MkCalibrationBand bands[BANDS];
    memcpy(maps, c.maps, c.n_maps * BANDS * KNOTS * sizeof *maps);
    memcpy(sharpness, c.sharpness, c.n_levels * BANDS * sizeof *sharpness);
    memcpy(people, c.people, c.n * sizeof *people);
    memcpy(bands, c.bands, sizeof bands);
    float from[BANDS][MK_CALIBRATION_STRATA - 1] = {{0.5F, 0.4F, 0.6F}};
    const float none[BANDS][MK_CALIBRATION_STRATA] = {{0.0F}};
    for (size_t what = 0; what < 9; what++) {
        MkRecalibration bad = c;
        MkCalibrationShared *const explained = &bad.shared[MK_CALIBRATION_EXPLAINED];
        explained->from = what == 6 ? from[0] : explained->from;
        explained->maps = what == 7 ? maps : explained->maps;
        explained->sharpness = what == 8 ? none[0] : explained->sharpness;
        bad.maps = what == 0 || what == 1 ? maps : c.maps;
        bad.sharpness = what == 2 ? sharpness : c.sharpness;
        bad.people = what == 3 ? people : c.people;
        bad.bands = what == 4 ? bands : c.bands;
        bad.n_maps = what == 5 ? c.n_maps - 1 : c.n_maps;
        maps[7] = what == 0 || what == 7 ? maps[6] : c.maps[7];
        maps[KNOTS - 1] = what == 1 ? MK_CALIBRATION_ONE : c.maps[KNOTS - 1];
        sharpness[1] = NAN;
        people[0] = -1;
        bands[1].after = INFINITY;
        assert_int_equal(rewrite(model, &bad, path, &again, &err), MK_EFORMAT);
        assert_non_null(strstr(err.text, "calibration"));
    }
    mk_model_free(model);
    mk_arena_free(arena);
    people_free(&p);
}

static void test_threads_do_not_matter(void **state)
{
    People p;
    MkModel *const model = make_model(&p, path_of("calibrate.safetensors"));
    MkArena *const arena = mk_arena_new(0);
    MkPool *pool = NULL;
    MkError err = {0};
    (void)state;
    assert_int_equal(mk_pool_new(3, &pool, &err), MK_OK);
    const MkRecalibration one = fit(model, &p, NULL, arena), many = fit(model, &p, pool, arena);
    assert_memory_equal(one.maps, many.maps, one.n_maps * BANDS * KNOTS * sizeof *one.maps);
    assert_memory_equal(one.sharpness, many.sharpness,
                        one.n_levels * BANDS * sizeof *one.sharpness);
    mk_pool_free(pool);
    mk_model_free(model);
    mk_arena_free(arena);
    people_free(&p);
}

/* Told nothing, the base answers with its marginals: no map. */
static void test_nothing_known_is_the_population(void **state)
{
    People p;
    MkModel *const model = make_model(&p, path_of("calibrate.safetensors"));
    MkArena *const arena = mk_arena_new(0);
    (void)state;
    const MkRecalibration c = fit(model, &p, NULL, arena);
    for (size_t j = 0; j < c.n; j++) {
        for (size_t k = 0; c.map_of[j] < c.n_maps && k < KNOTS; k++) {
            const double t = mk_calibration_knots[k];
            assert_close(mk_calibration_map(map_of(&c, j, 0), t), t, 1e-5, 0);
        }
    }
    mk_model_free(model);
    mk_arena_free(arena);
    people_free(&p);
}

static void test_other_distributions_are_cut_into_cells(void **state)
{
    People p;
    MkModel *const model = make_model(&p, path_of("calibrate.safetensors"));
    MkArena *const arena = mk_arena_new(0);
    const MkMarginal *const m = mk_model_marginal(model, 0);
    const double mean = mk_dist_quantile(mk_model_population(model, 0), 0.4);
    const MkDistribution normal = {
        .kind = MK_DIST_NORMAL, .attribute = m->attribute, .a = mean, .b = m->sd};
    MkDistribution d = normal;
    MkError err = {0};
    double sum = 0.0;
    (void)state;
    assert_int_equal(mk_calibration_cells(m, arena, &d, &err), MK_OK);
    assert_int_equal(d.kind, MK_DIST_CELLS);
    for (size_t k = 0; k < d.n; k++) {
        const double next =
            k + 1 < d.n
                ? 0.5 * ((double)m->knots[k][MK_CELL_KNOTS - 1] + (double)m->knots[k + 1][0])
                : INFINITY;
        sum += d.p[k];
        assert_close(sum, k + 1 < d.n ? mk_dist_cdf(&normal, next) : 1.0, 1e-9, 0);
    }
    mk_model_free(model);
    mk_arena_free(arena);
    people_free(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_overconfident_normal_is_mended),
        cmocka_unit_test(test_a_calibrated_answer_is_left_alone),
        cmocka_unit_test(test_few_people_lean_on_their_type),
        cmocka_unit_test(test_maps_ascend_whatever_was_seen),
        cmocka_unit_test(test_overconfident_levels_get_a_temperature),
        cmocka_unit_test(test_intervals_hold_whatever_the_evidence_explains),
        cmocka_unit_test(test_levels_get_a_factor_by_what_the_evidence_explains),
        cmocka_unit_test(test_a_file_keeps_it_and_raw_answers_stay),
        cmocka_unit_test(test_older_files_answer_as_before),
        cmocka_unit_test(test_a_calibration_that_cannot_be_is_refused),
        cmocka_unit_test(test_threads_do_not_matter),
        cmocka_unit_test(test_nothing_known_is_the_population),
        cmocka_unit_test(test_other_distributions_are_cut_into_cells),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
