/* test_keys.c - five hundred keys through all screens, with a session that answers by hand: what is
 * left at the end is exactly this screen, and at every key no screen breaks. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "tests/screen/fixture.h"
#include "tests/screen/results.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ui/view/screen.h"
#include "ui/view/view.h"

enum { KEYS = 500, PAIRS = 12, TARGETS = 12, STEPS = 64 };

typedef struct Said {
    size_t n_pairs, n_targets;
    char pairs[PAIRS][2][40];
    char targets[TARGETS][40];
} Said;

/* What a session does with a line, in as far as these keys need it. */
typedef struct Fake {
    Fixture *fixture;
    Said steps[STEPS];
    size_t now, last; /* of the steps: undo goes down, redo up */
    size_t n_keys, n_lines;
} Fake;

static void tell(Fake *fake)
{
    const Said *said = &fake->steps[fake->now];
    const char *pairs[2 * PAIRS + 1] = {NULL}, *targets[TARGETS + 1] = {NULL};
    for (size_t i = 0; i < said->n_pairs; i++) {
        pairs[2 * i] = said->pairs[i][0];
        pairs[2 * i + 1] = said->pairs[i][1];
    }
    for (size_t i = 0; i < said->n_targets; i++) {
        targets[i] = said->targets[i];
    }
    fixture_given(fake->fixture, pairs, targets);
    fixture_scenarios(fake->fixture, 3);
    fixture_answers(fake->fixture);
}

static void remove_pair(Said *said, const char *name)
{
    size_t kept = 0;
    for (size_t i = 0; i < said->n_pairs; i++) {
        if (strcmp(said->pairs[i][0], name) != 0) {
            memmove(said->pairs[kept++], said->pairs[i], sizeof said->pairs[i]);
        }
    }
    said->n_pairs = kept;
}

static void remove_target(Said *said, const char *name)
{
    size_t kept = 0;
    for (size_t i = 0; i < said->n_targets; i++) {
        if (strcmp(said->targets[i], name) != 0) {
            memmove(said->targets[kept++], said->targets[i], sizeof said->targets[i]);
        }
    }
    said->n_targets = kept;
}

static void add_word(Said *said, const char *verb, char *word, bool is_drop)
{
    char *value = strchr(word, '=');
    if (strcmp(verb, "given") == 0 && value != NULL && said->n_pairs < PAIRS) {
        *value = '\0';
        remove_pair(said, word);
        snprintf(said->pairs[said->n_pairs][0], 40, "%s", word);
        snprintf(said->pairs[said->n_pairs++][1], 40, "%s", value + 1);
    } else if (strcmp(verb, "forget") == 0) {
        remove_pair(said, word);
    } else if (strcmp(verb, "target") == 0) {
        remove_target(said, word);
        if (!is_drop && said->n_targets < TARGETS) {
            snprintf(said->targets[said->n_targets++], 40, "%s", word);
        }
    }
}

static void change(Fake *fake, const char *line)
{
    char words[256], *rest = NULL;
    assert_true(fake->now + 1 < STEPS);
    fake->steps[fake->now + 1] = fake->steps[fake->now];
    fake->last = ++fake->now;
    snprintf(words, sizeof words, "%s", line);
    const bool is_drop = strstr(words, "--drop") != NULL;
    const char *verb = strtok_r(words, " ", &rest);
    for (char *word = strtok_r(NULL, " ", &rest); word != NULL; word = strtok_r(NULL, " ", &rest)) {
        if (word[0] != '-') {
            add_word(&fake->steps[fake->now], verb, word, is_drop);
        }
    }
    tell(fake);
}

static bool begins(const char *line, const char *verb)
{
    const size_t n = strlen(verb);
    return strncmp(line, verb, n) == 0 && (line[n] == ' ' || line[n] == '\0');
}

static void run(Fake *fake, const char *line)
{
    fake->n_lines++;
    fixture_line(fake->fixture, line, "");
    if (begins(line, "undo") && fake->now > 0) {
        fake->now--;
        tell(fake);
    } else if (begins(line, "redo") && fake->now < fake->last) {
        fake->now++;
        tell(fake);
    } else if (begins(line, "compare")) {
        fixture_result(fake->fixture, result_compare(3), line);
    } else if (begins(line, "model")) {
        fixture_result(fake->fixture, result_card(), line);
    } else if (begins(line, "given") || begins(line, "forget") || begins(line, "target")) {
        change(fake, line);
    } else {
        const MkMsg msg = {.kind = MK_MSG_RESULT, .line = line, .text = "one\ntwo\nthree\n"};
        mk_app_update(fake->fixture->app, &msg, &fake->fixture->effects);
    }
}

static void look(const Fake *fake)
{
    const MkApp *app = fake->fixture->app;
    MkGrid *grid = mk_grid_new(app->columns, app->rows, false);
    assert_non_null(grid);
    mk_app_view(app, grid);
    mk_grid_free(grid);
}

static void press(Fake *fake, const char *keys)
{
    for (; *keys != '\0'; keys++) {
        fixture_key(fake->fixture, (unsigned char)*keys);
        fake->n_keys++;
        const MkEffects asked = fake->fixture->effects;
        for (size_t i = 0; i < asked.n; i++) {
            assert_int_not_equal(asked.asks[i].kind, MK_ASK_QUIT);
            if (asked.asks[i].kind == MK_ASK_RUN) {
                run(fake, asked.asks[i].text);
            }
        }
        look(fake);
    }
}

static void test_five_hundred_keys_end_in_exactly_this_screen(void **state)
{
    (void)state;
    static const char *const rounds[] = {
        "/waist\r\r94\rt\033",             /* a value, a target */
        "/cat:diet\r  tp\033\033\033",     /* two marked become targets; pairs are read */
        "SSIS\033gG",                      /* orders */
        "/age\r\r45\r/bmi\r\r31\r\033",    /* more values */
        "PSjjkkSSS",                       /* held state */
        "sA\tjj\t/cat:blood\r\033SII\033", /* scenarios, filtered and ordered */
        "s\tjBd\033\033\033",              /* another base, a difference */
        "LkkG/given\r\033\033",            /* the log */
        "mjjG/limits\rn\033",              /* the card */
        "?/undo\r\r",                      /* help runs undo */
        "u\022",                           /* back and forth */
        "i\033E\033r\033",                 /* definition, estimate, the result again */
        "/smoking\r\rj \r\033",            /* a level marked in the picker */
        "\tjf\t\t\033",                    /* the other panes */
        "zzhhll",                          /* folding */
    };
    Fake *fake = calloc(1, sizeof *fake);
    assert_non_null(fake);
    fake->fixture = fixture_new(120, 36, false);
    tell(fake);
    for (size_t i = 0; fake->n_keys + 40 < KEYS; i++) {
        press(fake, rounds[i % (sizeof rounds / sizeof *rounds)]);
    }
    press(fake, "\033\033\033\033\033\033\033"); /* home, wherever that was */
    press(fake, "/hba1c\r\033t");
    while (fake->n_keys < KEYS - 1) {
        press(fake, fake->n_keys % 2 == 0 ? "j" : "k");
    }
    press(fake, "j");
    assert_int_equal(fake->n_keys, KEYS);
    assert_true(fake->n_lines > 40);
    fixture_plot(fake->fixture);
    assert_screen(fake->fixture, "keys-120x36");
    fixture_free(fake->fixture);
    free(fake);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_five_hundred_keys_end_in_exactly_this_screen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
