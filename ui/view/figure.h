/* figure.h - one plot on the whole screen, its numbers beside or below it.
 *
 * It shows what the screen under it wishes for in its pane (the attribute under the cursor, the
 * plot that is kept), so that n and p go on in that screen's list; or the figures of a result of
 * its own, one after another. Where the terminal shows images the picture is one: its cells stay
 * blank. */
#ifndef MK_UI_VIEW_FIGURE_H
#define MK_UI_VIEW_FIGURE_H

#include "ui/view/app.h"
#include "ui/view/grid.h"

/* What the screen that is seen has in its pane, on the whole screen. */
void mk_figure_open(MkApp *app);
/* Whether a line and its result are the plot of one attribute, or of one against another, as the
 * session's own evidence has it: then it is drawn anew with every change of it. */
bool mk_figure_is_live(const MkApp *app, const char *line, const MkResult *result, size_t *target,
                       size_t *versus);
/* Where the picture is while this screen is seen; zero width else. */
MkRect mk_figure_place(const MkApp *app);

/* ---- figure_numbers.c ---- */
enum { MK_FIGURE_SIDE = 40 /* columns of numbers beside the picture */ };
/* What the posterior of the shown attribute says, in columns of label and value. */
void mk_figure_numbers(const MkApp *app, size_t attribute, MkGrid *grid, MkRect rect);
/* A table of a result, as many of its columns and rows as there is room for. */
void mk_figure_table(const MkResultTable *table, MkGrid *grid, MkRect rect);

#endif
