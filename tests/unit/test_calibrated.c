/* What answers of held-out people say together about calibration, worked out by hand. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "tests/check.h"

#include "src/eval/calibration.h"

enum { PEOPLE = 400 };

/* Person i of a number: raw places crowd in the outer tenths, recalibrated ones are even. */
static MkCalibrated number(size_t i, uint8_t stratum)
{
    const float even = ((float)i + 0.5F) / PEOPLE;
    const float raw = even < 0.5F ? 0.1F * even : 1.0F - 0.1F * (1.0F - even);
    MkCalibrated c = {.person = (uint32_t)i, .band = 2, .stratum = stratum, .is_number = true};
    c.score[0] = (MkScore){.low = raw, .high = raw, .log_prob = -2.0F, .miss = 1.0F};
    c.score[1] = (MkScore){.low = even, .high = even, .log_prob = -1.5F, .miss = 1.0F};
    c.score[0].cover = raw >= 0.05F && raw <= 0.95F ? 1.0F : 0.0F;
    c.score[1].cover = even >= 0.05F && even <= 0.95F ? 1.0F : 0.0F;
    c.base = 2.5F;
    c.width[0] = 1.0F;
    c.width[1] = stratum == 0 ? 3.0F : 1.5F;
    return c;
}

static MkCalibratedBoard board_of(MkCalibrated *cells, MkArena *arena)
{
    const MkCalibratedCells all = {.n = PEOPLE, .n_people = PEOPLE, .cells = cells};
    MkCalibratedBoard board;
    MkError err = {0};
    assert_int_equal(mk_calibrated_board(&all, 1, 1, arena, &board, &err), MK_OK);
    return board;
}

static void test_coverage_and_skill_of_numbers(void **state)
{
    MkCalibrated cells[PEOPLE];
    MkArena *const arena = mk_arena_new(0);
    (void)state;
    for (size_t i = 0; i < PEOPLE; i++) {
        cells[i] = number(i, i % 4 == 0 ? 0 : MK_CALIBRATED_STRATA - 1);
    }
    const MkCalibratedBoard b = board_of(cells, arena);
    const MkCalibratedBand *const band = &b.bands[2];
    assert_int_equal(band->n_numbers, PEOPLE);
    assert_int_equal(b.bands[1].n_numbers, 0);
    for (size_t l = 0; l < MK_CALIBRATED_LEVELS; l++) {
        /* all of them within 0.05 of the ends, half of them within 0.025 */
        assert_close(band->figures[0][MK_CALIBRATED_COVER + l].value, l == 3 ? 0.5 : 0.0, 1e-9, 0);
        assert_close(band->figures[1][MK_CALIBRATED_COVER + l].value, mk_calibrated_levels[l],
                     0.006, 0);
    }
    assert_close(band->figures[0][MK_CALIBRATED_PIT].value, 0.225, 0.01,
                 0); /* twice the integral of 1/2 - u, about */
    assert_close(band->figures[1][MK_CALIBRATED_PIT].value, 0.0, 0.01, 0);
    assert_close(band->figures[0][MK_CALIBRATED_SKILL].value, 0.5, 1e-6, 0);
    assert_close(band->figures[1][MK_CALIBRATED_SKILL].value, 1.0, 1e-6, 0);
    assert_int_equal(b.n_attributes, 1);
    assert_close(b.within[0].value, 0.0, 0, 0);
    assert_close(b.within[1].value, 1.0, 0, 0);
    assert_close(band->figures[1][MK_CALIBRATED_COVER + 2].error, sqrt(0.09 / PEOPLE), 0.005, 0);
    /* the rare quarter: intervals twice as wide as the others' after recalibration */
    assert_int_equal(b.strata[0].n_people, PEOPLE / 4);
    assert_close(b.strata[0].width[0].value, 1.0, 1e-6, 0);
    assert_close(b.strata[0].width[1].value, 2.0, 1e-6, 0);
    assert_close(b.strata[0].error[1].value, 1.0, 1e-6, 0);
    mk_arena_free(arena);
}

/* Levels said with 0.9 and right in 0.9 of the cases, or in 0.6 of them. */
static void test_confidence_beside_accuracy(void **state)
{
    MkCalibrated cells[PEOPLE];
    MkArena *const arena = mk_arena_new(0);
    (void)state;
    for (size_t i = 0; i < PEOPLE; i++) {
        MkCalibrated c = {.person = (uint32_t)i, .band = 1, .stratum = MK_CALIBRATED_STRATA};
        c.width[0] = c.width[1] = 0.9F;
        c.score[0].miss = i % 10 < 4 ? 1.0F : 0.0F;
        c.score[1].miss = i % 10 < 1 ? 1.0F : 0.0F;
        cells[i] = c;
    }
    const MkCalibratedBoard b = board_of(cells, arena);
    assert_close(b.bands[1].figures[0][MK_CALIBRATED_ECE].value, 0.3, 1e-6, 0);
    assert_close(b.bands[1].figures[1][MK_CALIBRATED_ECE].value, 0.0, 1e-6, 0);
    assert_int_equal(b.bands[1].n_levels, PEOPLE);
    assert_int_equal(b.n_attributes, 0);
    assert_true(isnan(b.within[1].value));
    /* errors: of a share of PEOPLE, and none where nothing was asked */
    assert_close(b.bands[1].figures[0][MK_CALIBRATED_ECE].error, sqrt(0.24 / PEOPLE), 0.005, 0);
    assert_true(isnan(b.bands[0].figures[0][MK_CALIBRATED_ECE].error));
    assert_true(isnan(b.rare.error));
    mk_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_coverage_and_skill_of_numbers),
        cmocka_unit_test(test_confidence_beside_accuracy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
