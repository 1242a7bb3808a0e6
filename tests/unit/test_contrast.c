/* test_contrast.c - paired scores of two models, worked out by hand. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "tests/check.h"

#include <math.h>

#include "src/eval/contrast.h"

enum { N_PEOPLE = 40, N_ATTRIBUTES = 4, N_CELLS = 3 * N_PEOPLE };

/* Attributes 0 and 1 are asked of all, 2 of nobody, 3 of the last five. */
typedef struct Scores {
    size_t first[N_PEOPLE + 1];
    uint32_t attributes[N_CELLS];
    MkScore cells[N_CELLS];
    MkScores scores;
} Scores;

static void add(Scores *s, size_t *n, size_t attribute, double loss)
{
    s->attributes[*n] = (uint32_t)attribute;
    s->cells[*n] = (MkScore){.loss = (float)loss};
    (*n)++;
}

static void fill(Scores *s, double a, double b, double wave)
{
    size_t n = 0;
    for (size_t i = 0; i < N_PEOPLE; i++) {
        s->first[i] = n;
        add(s, &n, 0, a);
        add(s, &n, 1, b + (i % 2 == 0 ? wave : -wave));
        if (i >= 35) {
            add(s, &n, 3, a);
        }
    }
    s->first[N_PEOPLE] = n;
    s->scores = (MkScores){N_PEOPLE, N_ATTRIBUTES, s->first, s->attributes, s->cells};
}

static void test_gains_are_means_of_paired_differences(void **state)
{
    (void)state;
    Scores before, after;
    MkContrast c = {.n = N_ATTRIBUTES, .seed = 3};
    MkArena *const arena = mk_arena_new(0);
    fill(&before, 0.5, 0.25, 0.0);
    fill(&after, 0.25, 0.25, 0.125);
    assert_int_equal(mk_contrast_gains(&c, &before.scores, &after.scores, NULL, arena, NULL),
                     MK_OK);
    assert_int_equal(c.gains[0].n, N_PEOPLE);
    assert_close(c.gains[0].before, 0.5, 1e-12, 0);
    assert_close(c.gains[0].gain, 0.25, 1e-12, 0);
    assert_close(c.gains[0].error, 0.0, 1e-12, 0); /* all people alike */
    assert_int_equal(c.gains[0].verdict, MK_CONTRAST_BETTER);
    assert_close(c.gains[1].gain, 0.0, 1e-12, 0);
    /* sd 0.125 over 40 people; 200 resamples tell it to a twentieth, four times over */
    assert_close(c.gains[1].error, 0.125 / sqrt(N_PEOPLE), 0, 0.2);
    assert_int_equal(c.gains[1].verdict, MK_CONTRAST_SAME);
    assert_int_equal(c.gains[2].n, 0);
    assert_int_equal(c.gains[3].n, 5);
    assert_int_equal(c.gains[3].verdict, MK_CONTRAST_FEW);
    assert_int_equal(c.all.n, 2); /* those with enough answers */
    assert_close(c.all.gain, 0.125, 1e-12, 0);
    assert_close(c.all.error, 0.5 * c.gains[1].error, 0, 1e-9);
    assert_int_equal(c.all.verdict, MK_CONTRAST_BETTER);
    assert_int_equal(c.counts[MK_CONTRAST_BETTER], 1);
    assert_int_equal(c.counts[MK_CONTRAST_SAME], 1);
    assert_int_equal(c.counts[MK_CONTRAST_WORSE], 0);
    assert_int_equal(c.counts[MK_CONTRAST_FEW], 1);
    mk_arena_free(arena);
}

static void test_the_models_turned_round_turn_the_gains(void **state)
{
    (void)state;
    Scores before, after;
    MkContrast c = {.n = N_ATTRIBUTES, .seed = 3}, turned = {.n = N_ATTRIBUTES, .seed = 3};
    MkArena *const arena = mk_arena_new(0);
    MkPool *pool = NULL;
    assert_int_equal(mk_pool_new(2, &pool, NULL), MK_OK);
    fill(&before, 0.5, 0.25, 0.0);
    fill(&after, 0.25, 0.3, 0.125);
    assert_int_equal(mk_contrast_gains(&c, &before.scores, &after.scores, NULL, arena, NULL),
                     MK_OK);
    assert_int_equal(mk_contrast_gains(&turned, &after.scores, &before.scores, pool, arena, NULL),
                     MK_OK);
    for (size_t j = 0; j < N_ATTRIBUTES; j++) {
        assert_close(c.gains[j].gain, -turned.gains[j].gain, 1e-12, 0);
    }
    assert_close(c.gains[1].error, turned.gains[1].error, 1e-12, 0); /* whatever the threads */
    assert_int_equal(turned.gains[0].verdict, MK_CONTRAST_WORSE);
    mk_pool_free(pool);
    mk_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gains_are_means_of_paired_differences),
        cmocka_unit_test(test_the_models_turned_round_turn_the_gains),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
