/* screen.h - the screens of the workbench: one row of functions each, and the stack they lie on.
 *
 * The main screen lies at the bottom. A key or a result opens another one over it; Esc goes one
 * level back. A screen is a file with an MkScreenOps, named in the table of screen.c; what it keeps
 * between messages is a struct of its own, mk_screen_state. Like the app it opens no file and asks
 * no model: it composes lines of the language (mk_app_ask) and shows the results that come back.
 *
 * Lists are MkSheets and texts MkPagers: a screen that names the one it shows gets moves, pages,
 * order, marks and search without a word. What no screen has a use for (t, p, u, e, : ...) does
 * what it does on the main screen, to the attribute of the row under the cursor. README says how to
 * add one. */
#ifndef MK_UI_VIEW_SCREEN_H
#define MK_UI_VIEW_SCREEN_H

#include <stdbool.h>
#include <stddef.h>

#include "ui/view/app.h"
#include "ui/view/grid.h"
#include "ui/view/pager.h"
#include "ui/view/sheet.h"

typedef struct MkScreenOps {
    MkScreen kind;
    const char *title;                   /* in the title line; "" when `heading` says all of it */
    unsigned place;                      /* MK_IN_*: its keys in the key table */
    unsigned (*where)(const MkApp *app); /* place, where it depends; else NULL */
    const char *verbs;                   /* results it may want, "compare model"; NULL: none */
    size_t state_bytes;                  /* zeroed with the app; 0: none */
    void (*release)(void *state);

    /* All but view and one of sheet, pager may be NULL. */
    void (*view)(const MkApp *app, MkGrid *grid, MkRect body);
    /* After every message while it is on top, before the picture: windows follow cursors. Sheets
     * and pagers that fill the body need none. */
    void (*arrange)(MkApp *app, MkRect body);
    /* First of all to an action of its keys; true when it was used. */
    bool (*act)(MkApp *app, MkAction action, MkEffects *out);
    /* A key that the key table does not know here. */
    bool (*key)(MkApp *app, uint32_t key, MkEffects *out);
    /* A result of one of its verbs (msg->result; msg->kind tells a partial one, which comes again
     * and again). True: it is shown here, and the screen is opened; what is kept of it is kept with
     * mk_result_keep. False: it is text for the pager. */
    bool (*take)(MkApp *app, const MkMsg *msg);
    /* The session has changed (evidence, targets, scenarios): what is shown may be out of date. */
    void (*session)(MkApp *app, MkEffects *out);
    MkSheet *(*sheet)(const MkApp *app); /* the list that has the keys; NULL: none now */
    MkPager *(*pager)(const MkApp *app);
    size_t (*attribute)(const MkApp *app); /* under the cursor; NULL: that of the sheet's row */
    void (*heading)(const MkApp *app, char *out, size_t size); /* after the title */
    void (*status)(const MkApp *app, char *out, size_t size);  /* above the hints */
    bool (*applies)(const MkApp *app, MkAction action); /* for the hints, now; NULL: all do */
    /* What the pane of its plot wants; false: nothing. Figures of a result: wish->result. */
    bool (*plot_wish)(const MkApp *app, MkRect body, MkPlotWish *wish);
} MkScreenOps;

/* NULL for a screen that this program has not. */
const MkScreenOps *mk_screen_ops(MkScreen kind);
const MkScreenOps *mk_screen_top(const MkApp *app);
void *mk_screen_state(const MkApp *app, MkScreen kind);
bool mk_screen_is_open(const MkApp *app, MkScreen kind);

/* Over what is there; a screen that lies in the stack comes up, and those above it go. */
void mk_screen_open(MkApp *app, MkScreen kind);
void mk_screen_back(MkApp *app); /* the main screen stays */
void mk_screen_home(MkApp *app); /* the main screen alone */

/* Between the title and the line above the hints. */
MkRect mk_screen_body(const MkApp *app);

/* ---- for app.c, act.c, search.c and view.c ---- */
MkStatus mk_screen_init_all(MkApp *app, MkError *err);
void mk_screen_release_all(MkApp *app);
/* True when a screen shows the result. */
bool mk_screen_take(MkApp *app, const MkMsg *msg);
bool mk_screen_act(MkApp *app, MkAction action, MkEffects *out);
void mk_screen_arrange(MkApp *app);
void mk_screen_view(const MkApp *app, MkGrid *grid);
/* Both NULL-safe: what the screen on top has. */
MkSheet *mk_screen_sheet(const MkApp *app);
MkPager *mk_screen_pager(const MkApp *app);

/* The plot of plot_wish, or that it is being drawn. */
void mk_screen_plot_view(const MkApp *app, MkGrid *grid, MkRect rect);

#endif
