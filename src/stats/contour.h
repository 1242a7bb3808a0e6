/* contour.h - closed lines around where a density on a grid is highest (marching squares).
 *
 * A grid is (nx, ny), column by column: z[x * ny + y], its points at whole numbers 0 .. nx-1 and
 * 0 .. ny-1. Outside it there is nothing, so that every line closes; what would run outside runs
 * along the grid's edge. */
#ifndef MK_STATS_CONTOUR_H
#define MK_STATS_CONTOUR_H

#include <stddef.h>

#include "src/base/arena.h"
#include "src/base/status.h"

typedef struct MkContourPiece {
    size_t n;
    const double *x, *y; /* in grid steps; the last point joins the first */
    double area;         /* inside it, > 0 */
} MkContourPiece;

typedef struct MkContour {
    size_t n_pieces;
    const MkContourPiece *pieces; /* largest first */
} MkContour;

/* The height above which `share` of all mass lies: what is at least as high is the smallest region
 * that holds it. z not negative. Fails: MK_ENOMEM. */
MK_NODISCARD MkStatus mk_contour_height(const double *z, size_t nx, size_t ny, double share,
                                        MkArena *arena, double *height, MkError *err);
/* Lines where z crosses `height`; holes are pieces too. Lives in arena. Fails: MK_ENOMEM. */
MK_NODISCARD MkStatus mk_contour_trace(const double *z, size_t nx, size_t ny, double height,
                                       MkArena *arena, MkContour *out, MkError *err);

#endif
