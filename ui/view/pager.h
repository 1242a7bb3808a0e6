/* pager.h - text that is read: lines, a window over them, a search. */
#ifndef MK_UI_VIEW_PAGER_H
#define MK_UI_VIEW_PAGER_H

#include <stdbool.h>
#include <stddef.h>

#include "ui/view/field.h"
#include "ui/view/grid.h"
#include "ui/view/keys.h"

typedef struct MkPager {
    char *text;         /* owned; newlines became ends of lines */
    const char **lines; /* (n_lines) into text */
    unsigned char *roles; /* owned: (n_lines) MkCellRole; NULL: plain text */
    size_t n_lines;
    size_t width;                 /* cells of the longest line */
    size_t top, left;             /* first visible line and cell */
    char pattern[MK_FIELD_BYTES]; /* highlighted */
    char title[128];
} MkPager;

/* Copies text; false when out of memory (then the pager is empty). */
bool mk_pager_set(MkPager *pager, const char *title, const char *text);
/* A role for each line, as bytes; the first n lines. */
void mk_pager_color(MkPager *pager, const char *roles, size_t n);
void mk_pager_release(MkPager *pager);
void mk_pager_move(MkPager *pager, long lines, size_t height);
void mk_pager_shift(MkPager *pager, long cells, size_t width);
/* The next or previous line with the pattern becomes the first one; false when there is none. */
bool mk_pager_find(MkPager *pager, const char *pattern, bool forward, size_t height);
/* Moves, pages, ends, sideways; false: not its business. */
bool mk_pager_act(MkPager *pager, MkAction action, size_t width, size_t height);
/* "lines 1-20 of 60" */
void mk_pager_position(const MkPager *pager, size_t width, size_t height, char *out, size_t size);
void mk_pager_view(const MkPager *pager, MkGrid *grid, MkRect rect);

#endif
