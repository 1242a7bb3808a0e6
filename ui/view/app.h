/* app.h - the workbench's state; messages in, requests out; views only read it.
 *
 *   MkApp *app;
 *   MK_TRY(mk_app_new(&(MkAppConfig){.schema = schema, ...}, &app, err));
 *   MkEffects effects = {0};
 *   mk_app_update(app, &(MkMsg){.kind = MK_MSG_RESIZE, .columns = 120, .rows = 36}, &effects);
 *   mk_app_update(app, &(MkMsg){.kind = MK_MSG_KEY, .key = 'j'}, &effects);
 *   mk_app_view(app, grid);
 *
 * mk_app_update is the only writer. It opens no file, asks no model and draws nothing: what must be
 * done outside is listed in the effects, and comes back as another message. All that views show is
 * a copy held here, so that a screen is a function of the app alone. */
#ifndef MK_UI_VIEW_APP_H
#define MK_UI_VIEW_APP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "src/data/schema.h"
#include "src/data/value.h"
#include "src/query/query.h"
#include "src/result/result.h"
#include "src/script/verb.h"
#include "ui/view/cases.h"
#include "ui/view/editor.h"
#include "ui/view/field.h"
#include "ui/view/help.h"
#include "ui/view/history.h"
#include "ui/view/keys.h"
#include "ui/view/layout.h"
#include "ui/view/theme.h"
#include "ui/view/tree.h"

typedef enum MkPane { MK_PANE_TREE, MK_PANE_KNOWN, MK_PANE_TARGETS, MK_PANE_PLOT, MK_PANES } MkPane;
typedef enum MkScreen {
    MK_SCREEN_MAIN,
    MK_SCREEN_RESULT, /* the text of a result */
    MK_SCREEN_HELP,
    MK_SCREEN_SCENARIOS,
    MK_SCREEN_EXPLORE,
    MK_SCREEN_OPTIMIZE,
    MK_SCREEN_FIGURE, /* a plot on the whole screen */
    MK_SCREEN_LOG,
    MK_SCREEN_CARD,
    MK_SCREENS
} MkScreen;
typedef enum MkPopup {
    MK_POPUP_NONE,
    MK_POPUP_EDIT,
    MK_POPUP_INFO,
    MK_POPUP_QUIT,
    MK_POPUP_RESCUED,
    MK_POPUP_PASTED
} MkPopup;
typedef enum MkMood { MK_MOOD_ECHO, MK_MOOD_GOOD, MK_MOOD_WARN, MK_MOOD_BAD } MkMood;

/* What the session says, copied at every change. */
typedef struct MkSnapshot {
    MkEvidence evidence;
    const size_t *targets;
    size_t n_targets;
    const MkScenario *scenarios; /* what was said of each */
    size_t n_scenarios;
    const MkScenario *persons;
    size_t n_persons;
    uint64_t revision;
    double level; /* of the intervals */
    bool is_dirty;
    const char *undo;  /* what undo would take back, "" when nothing */
    const char *theme; /* its word, or "" or NULL */
} MkSnapshot;

enum { MK_DETAIL_QUANTILES = 7 };
extern const double mk_detail_quantiles[MK_DETAIL_QUANTILES]; /* 0.05 .. 0.95 */

/* The posterior behind the plot, for the lines under it. */
typedef struct MkDetail {
    size_t attribute; /* MK_NO_ATTRIBUTE: none yet */
    uint64_t revision;
    double median, q25, q75, low, high, mean, sd;
    double quantile[MK_DETAIL_QUANTILES];
    double above; /* probability of more than the population's median */
    double population_median, population_low, population_high;
    double share[MK_MAX_LEVELS]; /* levels */
    double population_share[MK_MAX_LEVELS];
    bool has_co_observed; /* false without evidence */
    size_t co_observed;
    size_t n_never; /* known attributes that nobody has together with it */
    size_t never;   /* the most influential of them */
    bool has_range; /* what their correlation may be, and how far that moves the median */
    double r_low, r_high;
    bool has_moves;
    double move_low, move_high; /* levels: of the likeliest one's probability */
} MkDetail;

/* What the plot pane wants to show; the terminal side compares it with what it last drew. */
typedef struct MkPlotWish {
    size_t target; /* MK_NO_ATTRIBUTE: nothing */
    size_t versus; /* MK_NO_ATTRIBUTE: the distribution alone */
    size_t columns, rows;
    size_t cell_width, cell_height; /* dots of a cell: an image is wished for; 0 x 0: text */
    uint64_t revision;
    /* Instead of target and versus: a figure of a result, which whoever draws it keeps meanwhile.
     */
    MkResult *result;   /* NULL: none */
    uint64_t result_id; /* tells results apart */
    size_t figure;
} MkPlotWish;

typedef enum MkMsgKind {
    MK_MSG_KEY,         /* key */
    MK_MSG_RESIZE,      /* columns, rows */
    MK_MSG_SESSION,     /* snapshot */
    MK_MSG_SUMMARIES,   /* revision, ids, n, summaries */
    MK_MSG_POPULATION,  /* n = schema->n, summaries without evidence */
    MK_MSG_SUPPORT,     /* revision, number: percentile, NaN unknown */
    MK_MSG_DETAIL,      /* detail */
    MK_MSG_PLOT,        /* wish, text, result (what was drawn, or NULL); or error in `text` with
                           mood BAD; "" with cells in the wish: an image, whoever drew it has it */
    MK_MSG_CELLS,       /* columns, rows: dots of a cell, where the terminal shows images */
    MK_MSG_FIGURE,      /* text: a plot that a verb drew; stays until Esc or another plot */
    MK_MSG_RESULT,      /* line, result (may be NULL), text (rendered): a screen that knows its
                           verb shows it, else the number of lines decides the place */
    MK_MSG_PARTIAL,     /* line, result: what there is of it so far */
    MK_MSG_LINE,        /* line, text ("" or what was wrong), mood: a line was run, for the log */
    MK_MSG_NOTICE,      /* text, mood */
    MK_MSG_PROMPT,      /* text, point, candidates, n, n_more, chosen */
    MK_MSG_PROMPT_DONE, /* text */
    MK_MSG_PROMPT_CANCEL,
    MK_MSG_BUSY,   /* text: what is running and how far; "" = done */
    MK_MSG_SHOW,   /* target, versus: a typed plot becomes the plot that is kept */
    MK_MSG_PASTE,  /* text: lines that were pasted where no text is typed; shown, and run if wanted
                    */
    MK_MSG_RESCUED /* text: script of a session that was cut off, offered once */
} MkMsgKind;

typedef struct MkCandidate {
    const char *word;
    const char *help;
} MkCandidate;

/* Pointers are borrowed for the call. */
typedef struct MkMsg {
    MkMsgKind kind;
    uint32_t key;
    size_t columns, rows;
    const MkSnapshot *snapshot;
    uint64_t revision;
    const size_t *ids;
    size_t n;
    const MkSummary *summaries;
    double number;
    const MkDetail *detail;
    const MkPlotWish *wish;
    const char *line;
    const char *text;
    MkResult *result; /* who keeps it calls mk_result_keep */
    MkMood mood;
    size_t point; /* bytes */
    const MkCandidate *candidates;
    size_t n_more; /* candidates after these */
    size_t chosen; /* place of the one in the line, from 1; 0: none yet */
    size_t target, versus;
} MkMsg;

typedef enum MkAskKind {
    MK_ASK_RUN,       /* a verb line */
    MK_ASK_TOO_LONG,  /* a line that has no room in `text`: nothing is run of it */
    MK_ASK_PROMPT,    /* open the prompt with this text */
    MK_ASK_LINES,     /* app->pasted, line by line until one fails */
    MK_ASK_INTERRUPT, /* stop what is running */
    MK_ASK_REPAINT,
    MK_ASK_SUSPEND,
    MK_ASK_QUIT
} MkAskKind;

enum { MK_ASK_BYTES = 8192, MK_ASKS_MAX = 4, MK_CANDIDATES_MAX = 10 };

typedef struct MkAsk {
    MkAskKind kind;
    char text[MK_ASK_BYTES];
} MkAsk;

typedef struct MkEffects {
    size_t n;
    MkAsk asks[MK_ASKS_MAX];
} MkEffects;

typedef struct MkPromptState {
    bool is_open;
    char text[MK_ASK_BYTES];
    size_t point;
    size_t n_candidates, n_more, chosen; /* chosen: from 1; 0: none */
    char words[MK_CANDIDATES_MAX][64];
    char helps[MK_CANDIDATES_MAX][96];
} MkPromptState;

typedef enum MkFresh { MK_FRESH_NONE, MK_FRESH_OLD, MK_FRESH_NOW } MkFresh;

typedef struct MkAppConfig {
    const MkSchema *schema; /* kept */
    const size_t *observed; /* kept: (schema->n) people who had it in training */
    const char *title;      /* "altair 1.0" */
    const MkVerb *verbs;    /* kept */
    size_t n_verbs;
    bool ascii;
} MkAppConfig;

typedef struct MkApp {
    MkAppConfig config;
    char title[96];
    size_t columns, rows; /* of the terminal */

    /* the session, copied */
    MkKnown *known;
    size_t n_known;
    size_t *targets;
    size_t n_targets;
    size_t n_scenarios;
    MkCases cases;
    MkHistory history;
    uint64_t revision;
    double level;
    bool is_dirty;
    char undo[160];
    MkTheme theme;

    /* answers */
    MkSummary *summary;   /* (schema->n) */
    unsigned char *fresh; /* (schema->n) MkFresh */
    double *shift;        /* (schema->n) against the population or the pin; 0 of what is known */
    bool *is_not_asked;   /* (schema->n) nobody like this is asked: the answer rests on nothing */
    double *spread;       /* (schema->n) what is left of the population's; 0 of what is known */
    MkSummary *pin;       /* answers that are held against; NULL: the population */
    MkSummary *pin_room;  /* (schema->n) */
    size_t pin_known;     /* values that were known then */
    bool *marked;         /* (schema->n) */
    size_t *marks;        /* (n_marks) in the order they were marked */
    size_t n_marks;
    size_t n_fresh;
    MkSummary *population; /* (schema->n) */
    bool has_population;
    double support; /* percentile, NaN unknown */
    MkDetail detail;

    /* where the person is */
    MkScreen stack[MK_SCREENS]; /* [0] is the main screen, [depth] the one that is seen */
    size_t depth;
    void *states[MK_SCREENS]; /* owned: what each screen keeps (screen.h) */
    MkScreen filling;         /* the screen that partial results fill; MK_SCREEN_MAIN: none */
    uint64_t n_results;       /* taken so far: the id of the last one */
    MkPopup popup;
    MkPane focus;
    MkTree tree;
    size_t known_cursor, known_top;
    size_t target_cursor, target_top;
    MkEditor editor;
    char editor_line[160]; /* what its words come after: "given", "scenario lean from lean" */
    char editor_forget[MK_ASK_BYTES]; /* the line that takes the value off; "": forget NAME */
    size_t info;                      /* attribute of the definition */
    bool info_over_editor;            /* closing it goes back to the editor */
    char rescued[MK_ASK_BYTES];       /* the script that is offered */
    char *pasted;                     /* owned: lines that wait for a yes; NULL = none */
    MkHelp help;
    MkPromptState prompt;
    bool is_searching;
    MkField search;
    char pattern[MK_FIELD_BYTES]; /* of n and N */
    size_t search_from;           /* attribute under the cursor when the search began */

    /* the plot */
    size_t pinned, pinned_versus;   /* MK_NO_ATTRIBUTE: the plot follows the cursor */
    char *figure;                   /* owned: drawn by a verb; NULL = none */
    char *plot;                     /* owned text; NULL = none yet */
    MkPlotWish plotted;             /* what `plot` shows */
    MkResult *plot_result;          /* owned: the numbers of `plot`; NULL = none */
    size_t cell_width, cell_height; /* dots; 0 x 0: no images */
    bool plot_failed;               /* then `plot` says why */

    /* the line above the hints */
    char message[MK_ASK_BYTES];
    MkMood mood;
    char busy[256]; /* "" = idle */
} MkApp;

/* Gives *out. */
MK_NODISCARD MkStatus mk_app_new(const MkAppConfig *config, MkApp **out, MkError *err);
void mk_app_free(MkApp *app); /* NULL is allowed */

void mk_app_update(MkApp *app, const MkMsg *msg, MkEffects *out);

/* ---- reading ---- */
MkScreen mk_app_screen(const MkApp *app);  /* the one that is seen */
unsigned mk_app_where(const MkApp *app);   /* MK_IN_*: what has the keys */
size_t mk_app_attribute(const MkApp *app); /* under the cursor, or MK_NO_ATTRIBUTE */
const MkValue *mk_app_known(const MkApp *app, size_t attribute); /* NULL when not known */
bool mk_app_is_target(const MkApp *app, size_t attribute);
MkPlotWish mk_app_plot_wish(const MkApp *app);
/* The same of the screen that lies at `depth` in the stack. */
MkPlotWish mk_app_wish_at(const MkApp *app, size_t depth);
/* The same picture, apart from its revision; and of the same revision too. */
bool mk_plot_wish_shows(const MkPlotWish *a, const MkPlotWish *b);
bool mk_plot_wish_same(const MkPlotWish *a, const MkPlotWish *b);
/* Attributes on the screen whose estimate is not current, first the most visible; at most `max`. */
size_t mk_app_visible(const MkApp *app, size_t *ids, size_t max);
bool mk_app_has_verb(const MkApp *app, const char *name);

/* ---- private to ui/view: the parts of the update ---- */
void mk_app_ask(MkEffects *out, MkAskKind kind, const char *fmt, ...) MK_PRINTF(3, 4);
void mk_app_say(MkApp *app, MkMood mood, const char *fmt, ...) MK_PRINTF(3, 4);
void mk_app_open_editor(MkApp *app, size_t attribute);
/* Its words come after `line`; `value` is what stands there, or NULL; `forget` is the line that
 * takes it off. */
void mk_app_open_editor_for(MkApp *app, size_t attribute, const MkValue *value, const char *line,
                            const char *forget);
void mk_app_act(MkApp *app, MkAction action, MkEffects *out); /* in the place that has the keys */
void mk_act_forget(MkApp *app, size_t attribute, MkEffects *out);
void mk_app_scroll(MkApp *app);

#endif
