#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "ui/view/pager.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/arena.h"
#include "src/base/text.h"

void mk_pager_release(MkPager *pager)
{
    free(pager->text);
    free(pager->lines);
    free(pager->roles);
    *pager = (MkPager){0};
}

void mk_pager_color(MkPager *pager, const char *roles, size_t n)
{
    free(pager->roles);
    pager->roles = calloc(pager->n_lines > 0 ? pager->n_lines : 1, 1);
    n = n < pager->n_lines ? n : pager->n_lines;
    if (pager->roles != NULL && n > 0) {
        memcpy(pager->roles, roles, n);
    }
}

bool mk_pager_set(MkPager *pager, const char *title, const char *text)
{
    mk_pager_release(pager);
    size_t n = 1;
    for (const char *c = text; *c != '\0'; c++) {
        n += *c == '\n' ? 1 : 0;
    }
    pager->text = strdup(text);
    pager->lines = mk_heap_array(n, sizeof *pager->lines);
    if (pager->text == NULL || pager->lines == NULL) {
        mk_pager_release(pager);
        return false;
    }
    for (char *line = pager->text; line != NULL && *line != '\0';) {
        char *end = strchr(line, '\n');
        if (end != NULL) {
            *end = '\0';
        }
        pager->lines[pager->n_lines++] = line;
        const size_t width = mk_utf8_width(line);
        pager->width = width > pager->width ? width : pager->width;
        line = end != NULL ? end + 1 : NULL;
    }
    snprintf(pager->title, sizeof pager->title, "%s", title);
    return true;
}

void mk_pager_move(MkPager *pager, long lines, size_t height)
{
    const size_t most = pager->n_lines > height ? pager->n_lines - height : 0;
    const size_t by = (size_t)(lines < 0 ? -lines : lines);
    if (lines < 0) {
        pager->top = by < pager->top ? pager->top - by : 0;
    } else {
        pager->top = by < most - (pager->top < most ? pager->top : most) ? pager->top + by : most;
    }
}

void mk_pager_shift(MkPager *pager, long cells, size_t width)
{
    const size_t most = pager->width > width ? pager->width - width : 0;
    const size_t by = (size_t)(cells < 0 ? -cells : cells);
    if (cells < 0) {
        pager->left = by < pager->left ? pager->left - by : 0;
    } else {
        pager->left = pager->left + by < most ? pager->left + by : most;
    }
}

/* flat switch */
bool mk_pager_act(MkPager *pager, MkAction action, size_t width, size_t height)
{
    const long page = height > 1 ? (long)height - 1 : 1;
    switch (action) {
    case MK_ACT_UP:
        mk_pager_move(pager, -1, height);
        return true;
    case MK_ACT_DOWN:
        mk_pager_move(pager, 1, height);
        return true;
    case MK_ACT_PAGE_UP:
        mk_pager_move(pager, -page, height);
        return true;
    case MK_ACT_PAGE_DOWN:
        mk_pager_move(pager, page, height);
        return true;
    case MK_ACT_FIRST:
        mk_pager_move(pager, -(long)pager->n_lines, height);
        return true;
    case MK_ACT_LAST:
        mk_pager_move(pager, (long)pager->n_lines, height);
        return true;
    case MK_ACT_LEFT:
        mk_pager_shift(pager, -8, width);
        return true;
    case MK_ACT_RIGHT:
        mk_pager_shift(pager, 8, width);
        return true;
    default:
        return false;
    }
}

void mk_pager_position(const MkPager *pager, size_t width, size_t height, char *out, size_t size)
{
    const size_t last = pager->top + height;
    snprintf(out, size, "lines %zu-%zu of %zu%s", pager->n_lines > 0 ? pager->top + 1 : 0,
             last < pager->n_lines ? last : pager->n_lines, pager->n_lines,
             pager->width > width ? " · wider than the screen: h l" : "");
}

bool mk_pager_find(MkPager *pager, const char *pattern, bool forward, size_t height)
{
    MkField clip = {0};
    mk_field_set(&clip, pattern);
    memcpy(pager->pattern, clip.text, sizeof pager->pattern);
    if (clip.len == 0) {
        return false;
    }
    for (size_t step = 1; step <= pager->n_lines; step++) {
        const size_t n = pager->n_lines;
        const size_t at = (pager->top + (forward ? step : 2 * n - step)) % n;
        if (mk_text_find_nocase(pager->lines[at], pattern)) {
            pager->top = at;
            mk_pager_move(pager, 0, height);
            return true;
        }
    }
    return false;
}

/* The part of a line from cell `left` on. */
static const char *skip_cells(const char *text, size_t left)
{
    size_t used = 0;
    return text + mk_utf8_clip(text, left, &used);
}

static void paint_matches(const MkPager *pager, MkGrid *grid, MkRect rect, const char *line)
{
    const size_t len = strlen(pager->pattern);
    const char *shown = skip_cells(line, pager->left);
    size_t x = 0;
    while (len > 0 && *shown != '\0' && x < rect.w) {
        uint32_t cp = 0;
        char piece[MK_FIELD_BYTES];
        snprintf(piece, sizeof piece, "%.*s", (int)len, shown);
        if (strlen(piece) == len && mk_text_find_nocase(piece, pager->pattern)) {
            const size_t cells = mk_utf8_width(piece);
            const size_t room = cells < rect.w - x ? cells : rect.w - x;
            mk_grid_paint(grid, (MkRect){rect.x + x, rect.y, room, 1}, MK_CELL_MATCH);
        }
        const size_t n = mk_utf8_next(shown, &cp);
        x += (size_t)mk_utf8_width_cp(cp);
        shown += n;
    }
}

void mk_pager_view(const MkPager *pager, MkGrid *grid, MkRect rect)
{
    for (size_t i = 0; i < rect.h && pager->top + i < pager->n_lines; i++) {
        const char *line = pager->lines[pager->top + i];
        const MkCellRole role =
            pager->roles != NULL ? (MkCellRole)pager->roles[pager->top + i] : MK_CELL_TEXT;
        mk_grid_put(grid, rect.x, rect.y + i, rect.w, role, skip_cells(line, pager->left));
        paint_matches(pager, grid, (MkRect){rect.x, rect.y + i, rect.w, 1}, line);
    }
}
