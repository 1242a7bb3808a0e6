#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "ui/view/layout.h"

#include <stdbool.h>

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

void mk_layout_sizes(size_t room, const MkPart *parts, size_t n, size_t *sizes)
{
    size_t left = room;
    for (size_t i = 0; i < n; i++) {
        sizes[i] = parts[i].min <= left ? parts[i].min : 0;
        left -= sizes[i];
    }
    for (size_t i = 0; i < n; i++) {
        const bool in = sizes[i] > 0 || parts[i].min == 0;
        const size_t more = in && parts[i].wish > sizes[i] ? parts[i].wish - sizes[i] : 0;
        sizes[i] += smaller(more, left);
        left -= smaller(more, left);
    }
    size_t weights = 0;
    for (size_t i = 0; i < n; i++) {
        weights += sizes[i] > 0 ? parts[i].weight : 0;
    }
    for (size_t i = 0; i < n && weights > 0; i++) {
        if (sizes[i] > 0 && parts[i].weight > 0) {
            const size_t share = left * parts[i].weight / weights;
            sizes[i] += share;
            left -= share;
            weights -= parts[i].weight;
        }
    }
}

/* Gaps are taken off first; a part that gets nothing has no gap, so sizing is done twice. */
static void sizes_with_gaps(size_t room, size_t gap, const MkPart *parts, size_t n, size_t *sizes)
{
    mk_layout_sizes(room, parts, n, sizes);
    size_t shown = 0;
    for (size_t i = 0; i < n; i++) {
        shown += sizes[i] > 0 ? 1 : 0;
    }
    const size_t gaps = shown > 1 ? (shown - 1) * gap : 0;
    mk_layout_sizes(room - smaller(gaps, room), parts, n, sizes);
}

enum { PARTS_MAX = 8 };

void mk_layout_columns(MkRect rect, size_t gap, const MkPart *parts, size_t n, MkRect *out)
{
    size_t sizes[PARTS_MAX] = {0};
    n = smaller(n, PARTS_MAX);
    sizes_with_gaps(rect.w, gap, parts, n, sizes);
    size_t x = rect.x;
    for (size_t i = 0; i < n; i++) {
        out[i] = (MkRect){x, rect.y, sizes[i], sizes[i] > 0 ? rect.h : 0};
        x += sizes[i] > 0 ? sizes[i] + gap : 0;
    }
}

void mk_layout_rows(MkRect rect, size_t gap, const MkPart *parts, size_t n, MkRect *out)
{
    size_t sizes[PARTS_MAX] = {0};
    n = smaller(n, PARTS_MAX);
    sizes_with_gaps(rect.h, gap, parts, n, sizes);
    size_t y = rect.y;
    for (size_t i = 0; i < n; i++) {
        out[i] = (MkRect){rect.x, y, sizes[i] > 0 ? rect.w : 0, sizes[i]};
        y += sizes[i] > 0 ? sizes[i] + gap : 0;
    }
}

MkRect mk_layout_middle(MkRect outer, size_t w, size_t h)
{
    w = smaller(w, outer.w);
    h = smaller(h, outer.h);
    return (MkRect){outer.x + (outer.w - w) / 2, outer.y + (outer.h - h) / 2, w, h};
}
