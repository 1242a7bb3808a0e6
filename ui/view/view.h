/* view.h - the screens: the app into a grid. Pure; every function reads the app and writes the
 * grid.
 *
 * Sizes: three columns from 100x16, two from 76x20, tabs from 60x16 (also 40x10 in a pinch is
 * refused: the screen says what it needs). */
#ifndef MK_UI_VIEW_VIEW_H
#define MK_UI_VIEW_VIEW_H

#include <stdbool.h>
#include <stddef.h>

#include "ui/view/app.h"
#include "ui/view/grid.h"

enum { MK_MIN_COLUMNS = 60, MK_MIN_ROWS = 16 };

/* Where everything stands; a pane's first row is its title. Zero width: not shown. */
typedef struct MkMainLayout {
    bool is_too_small;
    bool has_tabs;
    MkRect body;
    MkRect tabs;
    MkRect panes[MK_PANES];
    MkRect message;
    MkRect hint;
} MkMainLayout;

void mk_main_layout(const MkApp *app, MkMainLayout *out);
MkRect mk_pane_inside(MkRect pane);        /* without the title */
MkRect mk_plot_inside(const MkApp *app);   /* the picture alone */
MkRect mk_figure_inside(const MkApp *app); /* of a command's figure, also while it is not seen */
MkRect mk_text_inside(const MkApp *app);   /* of the result and help screens */
MkRect mk_help_list(const MkApp *app);
MkRect mk_help_story(const MkApp *app);

/* What runs, else scenarios, unsaved work and how typical the evidence is. */
MkCellRole mk_view_state(const MkApp *app, char *out, size_t size);
/* The whole screen as it is now. */
void mk_app_view(const MkApp *app, MkGrid *grid);

void mk_main_view(const MkApp *app, MkGrid *grid);
void mk_tree_view(const MkApp *app, MkGrid *grid, MkRect pane);
void mk_known_view(const MkApp *app, MkGrid *grid, MkRect pane);
void mk_targets_view(const MkApp *app, MkGrid *grid, MkRect pane);
void mk_plot_view(const MkApp *app, MkGrid *grid, MkRect pane);
void mk_editor_view(const MkApp *app, MkGrid *grid);
void mk_info_view(const MkApp *app, MkGrid *grid);
void mk_quit_view(const MkApp *app, MkGrid *grid);
void mk_rescued_view(const MkApp *app, MkGrid *grid);
void mk_pasted_view(const MkApp *app, MkGrid *grid);
void mk_candidates_view(const MkApp *app, MkGrid *grid, MkRect message);
void mk_message_view(const MkApp *app, MkGrid *grid, MkRect line);
void mk_hint_view(const MkApp *app, MkGrid *grid, MkRect line);

/* ---- shared by the views ---- */
enum { MK_SHOWN = 48 };
/* A number of the attribute for people, at its resolution and in few cells. Returns out. */
const char *mk_view_number(const MkAttribute *attribute, double x, char out[MK_SHOWN]);
/* "5.1–6.8" */
const char *mk_view_range(const MkAttribute *attribute, double low, double high,
                          char out[MK_SHOWN]);
/* The same with two digits where three do not fit. */
const char *mk_view_range_in(const MkAttribute *attribute, double low, double high, size_t cells,
                             char out[MK_SHOWN]);
/* A known value with its unit, its digits as many as a row has room for. */
void mk_view_value(const MkAttribute *attribute, const MkValue *value, MkBuf *out);
/* "58 %", "<1 %" */
const char *mk_view_percent(double share, char out[MK_SHOWN]);
const char *mk_view_spark(const float *heights, size_t n, char out[MK_SHOWN]);
/* Title of a pane, with a note at the right. */
void mk_view_title(const MkApp *app, MkGrid *grid, MkRect pane, MkPane which, const char *title,
                   const char *note);

#endif
