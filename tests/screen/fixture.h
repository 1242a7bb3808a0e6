/* fixture.h - a workbench with answers made by hand: no model, no session, no terminal. */
#ifndef MK_TESTS_SCREEN_FIXTURE_H
#define MK_TESTS_SCREEN_FIXTURE_H

#include "tests/check.h"

#include "ui/view/app.h"
#include "ui/view/grid.h"

typedef struct Fixture {
    MkSchema *schema;
    size_t *observed;
    MkApp *app;
    MkEffects effects; /* of the last key */
} Fixture;

/* Six known values or none; the answers of fixture_answers. */
Fixture *fixture_new(size_t columns, size_t rows, bool ascii);
void fixture_free(Fixture *fixture);
/* What the session would say after `given ...`: names and values in pairs, ended by NULL. */
void fixture_given(Fixture *fixture, const char *const *pairs, const char *const *targets);
void fixture_answers(Fixture *fixture);
/* Answers that are larger by a tenth, to the session as it is now. */
void fixture_other_answers(Fixture *fixture);
/* The first n of the scenarios normal, unhealthy, walker beside what is known. */
void fixture_scenarios(Fixture *fixture, size_t n);
/* What a verb gave; takes the result. */
void fixture_result(Fixture *fixture, MkResult *result, const char *line);
/* A line was run; `wrong` says why not, or "". */
void fixture_line(Fixture *fixture, const char *line, const char *wrong);
/* A plot and the numbers under it, for the attribute that the pane wants. */
void fixture_plot(Fixture *fixture);
/* The same where nobody was seen with it and two of the known values. */
void fixture_linked_plot(Fixture *fixture);
/* Keys as text: "\t" Tab, "\r" Enter, "\033" Esc, others as they are. */
void fixture_keys(Fixture *fixture, const char *keys);
void fixture_key(Fixture *fixture, uint32_t key);
size_t fixture_id(const Fixture *fixture, const char *name);

/* Compares the screen with tests/screen/NAME.txt; MK_UPDATE_SCREENS rewrites the file. */
void assert_screen(const Fixture *fixture, const char *name);
/* The same as a terminal without colours shows it: attributes in place of roles. */
void assert_mono_screen(const Fixture *fixture, const char *name);

#endif
