/* draw.h - the plot pane and plot files, on a thread that owns gnuplot: keys never wait for it.
 *
 * Of wishes for the pane the newest counts; results with figures to draw are all worked off, in
 * order. */
#ifndef MK_UI_TERM_DRAW_H
#define MK_UI_TERM_DRAW_H

#include <stdbool.h>
#include <stddef.h>

#include "model/model.h"
#include "src/base/status.h"
#include "src/plot/plot.h"
#include "src/result/result.h"
#include "ui/view/app.h"

typedef struct MkDraw MkDraw;

typedef struct MkDrawConfig {
    const MkModel *model; /* kept */
    const char *gnuplot;  /* program; copied */
    bool ascii;
    bool colors;
    void (*wake)(void); /* called from the thread when there is something to take */
} MkDrawConfig;

typedef struct MkDrawn {
    bool has_plot; /* wish, text (or the reason when it failed), detail */
    MkPlotWish wish;
    char *text; /* given: free(); "" when there is an image */
    bool is_failed;
    char *image; /* given: as the wish's cells ask for one; NULL = none */
    size_t n_image;
    MkResult *result; /* given: what was drawn, with its numbers; NULL = none */
    bool has_detail;
    MkDetail detail;
    char *figure; /* given: a verb's figure as text; NULL = none */
    char *notice; /* given: "wrote hba1c.svg", or what went wrong; NULL = none */
    bool is_bad;  /* of the notice */
} MkDrawn;

/* Gives *out. */
MK_NODISCARD MkStatus mk_draw_open(const MkDrawConfig *config, MkDraw **out, MkError *err);
/* What kind of image is made where a wish has the size of cells. */
void mk_draw_images(MkDraw *draw, MkImageKind kind);
void mk_draw_close(MkDraw *draw); /* NULL is allowed; waits for the thread */
void mk_draw_wish(MkDraw *draw, const MkPlotWish *wish, MkEvidence evidence, double level);
/* Performs the result's DRAW effects; those without a path come back as text of columns x rows.
 * Takes the result. */
void mk_draw_result(MkDraw *draw, MkResult *result, size_t columns, size_t rows);
/* The last figure that came back as text, in another size; its files are not written again. */
void mk_draw_again(MkDraw *draw, size_t columns, size_t rows);
bool mk_draw_take(MkDraw *draw, MkDrawn *out); /* false when nothing came */

#endif
