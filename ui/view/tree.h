/* tree.h - the attribute list: categories that fold, a filter, an order, a cursor.
 *
 * Rows are derived: every change ends in mk_tree_rebuild, which keeps the cursor on the same
 * attribute or category. Pure; no drawing. */
#ifndef MK_UI_VIEW_TREE_H
#define MK_UI_VIEW_TREE_H

#include <stdbool.h>
#include <stddef.h>

#include "src/base/status.h"
#include "src/data/schema.h"
#include "ui/view/field.h"

#define MK_NO_ATTRIBUTE ((size_t)-1)
#define MK_SHIFT_SMALL 0.005 /* a shift below this is none */

typedef enum MkTreeSort {
    MK_SORT_CATEGORY,
    MK_SORT_SHIFT,
    MK_SORT_SPREAD, /* how uncertain it is left */
    MK_SORT_NAME,
    MK_SORTS
} MkTreeSort;

typedef struct MkTreeRow {
    bool is_category;
    size_t index; /* of the category, or the attribute's id */
} MkTreeRow;

typedef struct MkTree {
    const MkSchema *schema; /* kept */
    size_t n_categories;
    const char **categories; /* names, in the order of their first attribute */
    size_t *category_of;     /* (schema->n) */
    size_t *shown;           /* (n_categories) attributes that pass the filter */
    bool *open;              /* (n_categories) */
    MkTreeSort sort;
    bool is_turned;       /* the order of numbers and names the other way round */
    const double *spread; /* kept: (schema->n) orders the rows in MK_SORT_SPREAD; NULL: none */
    char filter[MK_FIELD_BYTES];
    MkTreeRow *rows;
    size_t n_rows;
    size_t cursor; /* row */
    size_t top;    /* first visible row */
} MkTree;

/* Opens the first categories, so that the first screen has estimates to look at. */
MK_NODISCARD MkStatus mk_tree_init(MkTree *tree, const MkSchema *schema, MkError *err);
void mk_tree_release(MkTree *tree);

/* `shift` (schema->n) orders the rows in MK_SORT_SHIFT, largest magnitude first. */
void mk_tree_rebuild(MkTree *tree, const double *shift);
void mk_tree_set_filter(MkTree *tree, const char *filter, const double *shift);
void mk_tree_fold(MkTree *tree, size_t category, bool open, const double *shift);
void mk_tree_fold_all(MkTree *tree,
                      const double *shift); /* closes all, or opens all when all are closed */

/* Attribute under the cursor, or MK_NO_ATTRIBUTE on a category. */
size_t mk_tree_attribute(const MkTree *tree);
void mk_tree_move(MkTree *tree, long rows);
void mk_tree_page(MkTree *tree, long rows); /* moves the window too */
/* Keeps the cursor inside a window of `height` rows. */
void mk_tree_scroll(MkTree *tree, size_t height);
/* Puts the cursor on an attribute, unfolding its category. False when the filter hides it. */
bool mk_tree_select(MkTree *tree, size_t attribute, const double *shift);
/* The next (or previous) attribute that matches, around the end; false when there is none. */
bool mk_tree_find(MkTree *tree, const char *pattern, bool forward, const double *shift);

#endif
