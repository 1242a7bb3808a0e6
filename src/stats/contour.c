#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "src/stats/contour.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static MkStatus no_memory(MkError *err)
{
    return mk_fail(err, MK_ENOMEM, "out of memory for a contour");
}

static int higher_first(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return x < y ? 1 : (x > y ? -1 : 0);
}

MkStatus mk_contour_height(const double *z, size_t nx, size_t ny, double share, MkArena *arena,
                           double *height, MkError *err)
{
    const size_t n = nx * ny;
    const MkMark mark = mk_arena_mark(arena);
    double *sorted = mk_arena_array(arena, n, sizeof *sorted);
    if (sorted == NULL) {
        return no_memory(err);
    }
    double total = 0, sum = 0;
    for (size_t i = 0; i < n; i++) {
        sorted[i] = z[i];
        total += z[i];
    }
    qsort(sorted, n, sizeof *sorted, higher_first);
    *height = 0;
    for (size_t i = 0; i < n && sum < share * total; i++) {
        sum += sorted[i];
        *height = sorted[i];
    }
    mk_arena_rewind(arena, mark);
    return MK_OK;
}

/* ---- tracing ----
 *
 * The grid gets a ring of zeros: (nx + 2) x (ny + 2) points. Every line crosses grid edges; edge
 * 2 * p goes from point p to the right, 2 * p + 1 upwards. A square joins its crossed edges in
 * pairs, so each crossed edge has two neighbours and following them closes the line. */

typedef struct Tracer {
    const double *z;
    size_t nx, ny; /* of the grid with its ring */
    double height;
    size_t *next; /* (edges, 2) neighbours; SIZE_MAX: none */
} Tracer;

static double at(const Tracer *t, size_t x, size_t y)
{
    if (x == 0 || y == 0 || x + 1 == t->nx || y + 1 == t->ny) {
        return 0;
    }
    return t->z[(x - 1) * (t->ny - 2) + (y - 1)];
}

static void join(Tracer *t, size_t a, size_t b)
{
    size_t *const of_a = t->next + 2 * a;
    size_t *const of_b = t->next + 2 * b;
    of_a[of_a[0] == SIZE_MAX ? 0 : 1] = b;
    of_b[of_b[0] == SIZE_MAX ? 0 : 1] = a;
}

static void join_square(Tracer *t, size_t x, size_t y)
{
    const size_t p = x * t->ny + y;
    const size_t bottom = 2 * p, left = 2 * p + 1, top = 2 * (p + 1), right = 2 * (p + t->ny) + 1;
    const double z[] = {at(t, x, y), at(t, x + 1, y), at(t, x + 1, y + 1), at(t, x, y + 1)};
    unsigned corners = 0;
    for (unsigned i = 0; i < 4; i++) {
        corners |= z[i] >= t->height ? 1U << i : 0;
    }
    const bool is_high = z[0] + z[1] + z[2] + z[3] >= 4 * t->height; /* in the middle */
    switch (corners < 8 ? corners : 15 - corners) {
    case 1:
        join(t, left, bottom);
        break;
    case 2:
        join(t, bottom, right);
        break;
    case 3:
        join(t, left, right);
        break;
    case 4:
        join(t, right, top);
        break;
    case 5: /* two corners across: joined through the middle, or apart */
        if ((corners == 5) == is_high) {
            join(t, left, top);
            join(t, bottom, right);
        } else {
            join(t, left, bottom);
            join(t, right, top);
        }
        break;
    case 6:
        join(t, bottom, top);
        break;
    case 7:
        join(t, left, top);
        break;
    default:
        break;
    }
}

/* Where the line crosses an edge, in steps of the grid without its ring. */
static void place(const Tracer *t, size_t edge, double *px, double *py)
{
    const size_t x = edge / 2 / t->ny, y = edge / 2 % t->ny;
    const bool is_up = edge % 2 == 1;
    const double a = at(t, x, y);
    const double b = at(t, x + (is_up ? 0 : 1), y + (is_up ? 1 : 0));
    const double share = a != b ? (t->height - a) / (b - a) : 0.5;
    *px = (double)x - 1 + (is_up ? 0 : share);
    *py = (double)y - 1 + (is_up ? share : 0);
    *px = fmin(fmax(*px, 0), (double)t->nx - 3);
    *py = fmin(fmax(*py, 0), (double)t->ny - 3);
}

/* Follows one line and takes its edges out. Returns the number of points. */
static size_t follow(Tracer *t, size_t start, double *x, double *y)
{
    size_t n = 0, edge = start, before = SIZE_MAX;
    while (edge != SIZE_MAX && t->next[2 * edge] != SIZE_MAX) {
        size_t *const next = t->next + 2 * edge;
        const size_t to = next[0] != before ? next[0] : next[1];
        place(t, edge, &x[n], &y[n]);
        n++;
        next[0] = SIZE_MAX;
        next[1] = SIZE_MAX;
        before = edge;
        edge = to;
    }
    return n;
}

static double area_of(const double *x, const double *y, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        const size_t k = (i + 1) % n;
        sum += x[i] * y[k] - x[k] * y[i];
    }
    return fabs(sum) / 2;
}

static int larger_first(const void *a, const void *b)
{
    const MkContourPiece *p = a, *q = b;
    return p->area < q->area ? 1 : (p->area > q->area ? -1 : 0);
}

MkStatus mk_contour_trace(const double *z, size_t nx, size_t ny, double height, MkArena *arena,
                          MkContour *out, MkError *err)
{
    *out = (MkContour){0};
    if (!(height > 0) || nx == 0 || ny == 0) {
        return MK_OK;
    }
    Tracer t = {.z = z, .nx = nx + 2, .ny = ny + 2, .height = height};
    const size_t n_edges = 2 * t.nx * t.ny;
    t.next = mk_arena_array(arena, 2 * n_edges, sizeof *t.next);
    double *x = mk_arena_array(arena, n_edges, sizeof *x);
    double *y = mk_arena_array(arena, n_edges, sizeof *y);
    MkContourPiece *pieces = mk_arena_array(arena, n_edges / 4 + 1, sizeof *pieces);
    if (t.next == NULL || x == NULL || y == NULL || pieces == NULL) {
        return no_memory(err);
    }
    memset(t.next, 0xFF, 2 * n_edges * sizeof *t.next); /* SIZE_MAX everywhere */
    for (size_t i = 0; i + 1 < t.nx; i++) {
        for (size_t k = 0; k + 1 < t.ny; k++) {
            join_square(&t, i, k);
        }
    }
    size_t used = 0;
    for (size_t edge = 0; edge < n_edges; edge++) {
        const size_t n = follow(&t, edge, x + used, y + used);
        const double area = n > 2 ? area_of(x + used, y + used, n) : 0;
        if (area > 0) {
            pieces[out->n_pieces++] = (MkContourPiece){n, x + used, y + used, area};
        }
        used += n;
    }
    qsort(pieces, out->n_pieces, sizeof *pieces, larger_first);
    out->pieces = pieces;
    return MK_OK;
}
