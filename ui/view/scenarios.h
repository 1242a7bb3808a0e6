/* scenarios.h - what the scenario screen keeps; private to scenarios.c and scenarios_view.c. */
#ifndef MK_UI_VIEW_SCENARIOS_H
#define MK_UI_VIEW_SCENARIOS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "src/result/node.h"
#include "ui/view/screen.h"

typedef enum MkScenarioPane {
    MK_SCENARIO_ROWS, /* what is compared */
    MK_SCENARIO_CASES,
    MK_SCENARIO_PLOT, /* has the keys where one pane fills the screen */
    MK_SCENARIO_PANES
} MkScenarioPane;

typedef struct MkScenarios {
    MkSheet cases, rows;
    MkResult *result; /* of compare; owned share, NULL before the first */
    uint64_t id;
    MkResult *drawn; /* of one row alone, for its figure; owned share, NULL when there is none */
    uint64_t drawn_id;
    size_t asked; /* the row that was asked for alone + 1; 0: none */
    bool is_partial;
    uint64_t revision; /* of the session that was compared */
    MkScenarioPane focus;
    char base[64]; /* "" the first */
    bool is_all;   /* all attributes, not only the targets */
    bool is_pair;  /* two of them over all attributes */
    char pair[2][64];
} MkScenarios;

typedef struct MkScenarioLayout {
    bool has_tabs;
    MkRect tabs, cases, rows, plot, picture, detail; /* zero width: not shown */
} MkScenarioLayout;

MkScenarios *mk_scenarios_state(const MkApp *app);
void mk_scenarios_layout(const MkApp *app, MkRect body, MkScenarioLayout *out);
/* The rows of both lists, from the session's cases and the result. */
void mk_scenarios_list_cases(MkApp *app);
void mk_scenarios_list_rows(MkApp *app);
void mk_scenarios_view(const MkApp *app, MkGrid *grid, MkRect body);
/* Of the chosen row: its data, and the result that has its figure (NULL when none has). */
const MkNode *mk_scenarios_target(const MkScenarios *state, const MkSchema *schema, size_t id);
MkResult *mk_scenarios_figure(const MkScenarios *state, size_t *figure);

#endif
