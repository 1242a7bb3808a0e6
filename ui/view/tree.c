#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "ui/view/tree.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "src/base/arena.h"
#include "ui/view/filter.h"

enum { OPEN_AT_START = 48 }; /* attributes shown unfolded at the start */

static void number_categories(MkTree *tree)
{
    for (size_t j = 0; j < tree->schema->n; j++) {
        const char *name = mk_filter_category(&tree->schema->attributes[j]);
        size_t c = 0;
        while (c < tree->n_categories && strcmp(tree->categories[c], name) != 0) {
            c++;
        }
        if (c == tree->n_categories) {
            tree->categories[tree->n_categories++] = name;
        }
        tree->category_of[j] = c;
        tree->shown[c]++;
    }
    size_t opened = 0;
    for (size_t c = 0; c < tree->n_categories; c++) {
        opened += tree->shown[c];
        tree->open[c] = c == 0 || opened <= OPEN_AT_START;
    }
}

MkStatus mk_tree_init(MkTree *tree, const MkSchema *schema, MkError *err)
{
    const size_t n = schema->n > 0 ? schema->n : 1;
    *tree = (MkTree){.schema = schema};
    tree->categories = mk_heap_array(n, sizeof *tree->categories);
    tree->category_of = mk_heap_array(n, sizeof *tree->category_of);
    tree->shown = mk_heap_array(n, sizeof *tree->shown);
    tree->open = mk_heap_array(n, sizeof *tree->open);
    tree->rows = mk_heap_array(2 * n, sizeof *tree->rows);
    if (tree->categories == NULL || tree->category_of == NULL || tree->shown == NULL ||
        tree->open == NULL || tree->rows == NULL) {
        mk_tree_release(tree);
        return mk_fail(err, MK_ENOMEM, "no memory for a list of %zu attributes", schema->n);
    }
    number_categories(tree);
    mk_tree_rebuild(tree, NULL);
    tree->cursor = tree->n_rows > 1 ? 1 : 0;
    return MK_OK;
}

void mk_tree_release(MkTree *tree)
{
    free(tree->categories);
    free(tree->category_of);
    free(tree->shown);
    free(tree->open);
    free(tree->rows);
    *tree = (MkTree){0};
}

static void add_row(MkTree *tree, bool is_category, size_t index)
{
    tree->rows[tree->n_rows++] = (MkTreeRow){is_category, index};
}

static void add_by_category(MkTree *tree, const bool *passes)
{
    const bool filtered = tree->filter[0] != '\0';
    for (size_t c = 0; c < tree->n_categories; c++) {
        if (filtered && tree->shown[c] == 0) {
            continue;
        }
        add_row(tree, true, c);
        for (size_t j = 0; j < tree->schema->n && (filtered || tree->open[c]); j++) {
            if (tree->category_of[j] == c && passes[j]) {
                add_row(tree, false, j);
            }
        }
    }
}

typedef struct Keyed {
    size_t id;
    double key;
    const char *name;
    int sign;
} Keyed;

static int by_key(const void *a, const void *b)
{
    const Keyed *x = a, *y = b;
    if (x->key > y->key || x->key < y->key) {
        return x->key > y->key ? -x->sign : x->sign;
    }
    return x->name != NULL ? x->sign * strcmp(x->name, y->name) : (x->id > y->id) - (x->id < y->id);
}

static void add_sorted(MkTree *tree, const bool *passes, const double *shift)
{
    Keyed *list = mk_heap_array(tree->schema->n > 0 ? tree->schema->n : 1, sizeof *list);
    if (list == NULL) {
        return;
    }
    size_t n = 0;
    const double *keys = tree->sort == MK_SORT_SPREAD ? tree->spread : shift;
    const int sign = tree->is_turned ? -1 : 1;
    for (size_t j = 0; j < tree->schema->n; j++) {
        const double size = keys != NULL && isfinite(keys[j]) ? fabs(keys[j]) : 0;
        const bool has_key = tree->sort != MK_SORT_NAME && size >= MK_SHIFT_SMALL;
        const char *name = has_key ? NULL : tree->schema->attributes[j].name;
        if (passes[j]) {
            list[n++] = (Keyed){j, has_key ? size : 0, name, sign};
        }
    }
    qsort(list, n, sizeof *list, by_key);
    for (size_t i = 0; i < n; i++) {
        add_row(tree, false, list[i].id);
    }
    free(list);
}

static void keep_cursor(MkTree *tree, MkTreeRow was)
{
    size_t category = MK_NO_ATTRIBUTE;
    for (size_t i = 0; i < tree->n_rows; i++) {
        const MkTreeRow row = tree->rows[i];
        if (row.is_category == was.is_category && row.index == was.index) {
            tree->cursor = i;
            return;
        }
        if (!was.is_category && row.is_category && was.index < tree->schema->n &&
            row.index == tree->category_of[was.index]) {
            category = i;
        }
    }
    if (category != MK_NO_ATTRIBUTE) {
        tree->cursor = category;
    } else if (tree->cursor >= tree->n_rows) {
        tree->cursor = tree->n_rows > 0 ? tree->n_rows - 1 : 0;
    }
}

void mk_tree_rebuild(MkTree *tree, const double *shift)
{
    bool *passes = mk_heap_array(tree->schema->n > 0 ? tree->schema->n : 1, sizeof *passes);
    if (passes == NULL) {
        return;
    }
    const MkTreeRow was =
        tree->n_rows > 0 ? tree->rows[tree->cursor] : (MkTreeRow){false, MK_NO_ATTRIBUTE};
    memset(tree->shown, 0, tree->n_categories * sizeof *tree->shown);
    for (size_t j = 0; j < tree->schema->n; j++) {
        passes[j] = mk_filter_matches(&tree->schema->attributes[j], tree->filter);
        tree->shown[tree->category_of[j]] += passes[j] ? 1 : 0;
    }
    tree->n_rows = 0;
    if (tree->sort == MK_SORT_CATEGORY) {
        add_by_category(tree, passes);
    } else {
        add_sorted(tree, passes, shift);
    }
    free(passes);
    keep_cursor(tree, was);
}

/* How well a name answers what was typed: all of it, its beginning, a word of it. */
static int closeness(const MkAttribute *attribute, const char *typed)
{
    const size_t len = strlen(typed);
    const char *name = attribute->name;
    if (strncasecmp(name, typed, len) == 0) {
        return name[len] == '\0' ? 3 : 2;
    }
    for (const char *at = strchr(name, '_'); at != NULL; at = strchr(at + 1, '_')) {
        if (strncasecmp(at + 1, typed, len) == 0) {
            return 1;
        }
    }
    return 0;
}

/* The cursor goes to the row that was most likely meant, of equals to the first. */
static void select_best(MkTree *tree)
{
    int best = -1;
    for (size_t i = 0; i < tree->n_rows; i++) {
        const MkTreeRow row = tree->rows[i];
        const int now =
            row.is_category ? -1 : closeness(&tree->schema->attributes[row.index], tree->filter);
        if (now > best) {
            best = now;
            tree->cursor = i;
        }
    }
}

void mk_tree_set_filter(MkTree *tree, const char *filter, const double *shift)
{
    MkField clip = {0};
    mk_field_set(&clip, filter);
    memcpy(tree->filter, clip.text, sizeof tree->filter);
    mk_tree_rebuild(tree, shift);
    if (tree->filter[0] != '\0' && tree->n_rows > 0) {
        select_best(tree);
    }
}

void mk_tree_fold(MkTree *tree, size_t category, bool open, const double *shift)
{
    tree->open[category] = open;
    mk_tree_rebuild(tree, shift);
}

void mk_tree_fold_all(MkTree *tree, const double *shift)
{
    bool any = false;
    for (size_t c = 0; c < tree->n_categories; c++) {
        any = any || tree->open[c];
    }
    for (size_t c = 0; c < tree->n_categories; c++) {
        tree->open[c] = !any;
    }
    mk_tree_rebuild(tree, shift);
}

size_t mk_tree_attribute(const MkTree *tree)
{
    if (tree->n_rows == 0 || tree->rows[tree->cursor].is_category) {
        return MK_NO_ATTRIBUTE;
    }
    return tree->rows[tree->cursor].index;
}

void mk_tree_move(MkTree *tree, long rows)
{
    const size_t last = tree->n_rows > 0 ? tree->n_rows - 1 : 0;
    if (rows < 0) {
        const size_t up = (size_t)(-rows);
        tree->cursor = up < tree->cursor ? tree->cursor - up : 0;
    } else {
        tree->cursor = (size_t)rows < last - tree->cursor ? tree->cursor + (size_t)rows : last;
    }
}

void mk_tree_page(MkTree *tree, long rows)
{
    const size_t by = (size_t)(rows < 0 ? -rows : rows);
    mk_tree_move(tree, rows);
    if (rows < 0) {
        tree->top = by < tree->top ? tree->top - by : 0;
    } else {
        tree->top += by; /* scrolling puts it right at the end */
    }
}

void mk_tree_scroll(MkTree *tree, size_t height)
{
    if (height == 0) {
        return;
    }
    const size_t last_top = tree->n_rows > height ? tree->n_rows - height : 0;
    tree->top = tree->top < last_top ? tree->top : last_top;
    const bool is_far = tree->cursor + 1 < tree->top || tree->cursor > tree->top + height;
    if (is_far) { /* a jump lands in the middle, with its surroundings */
        tree->top = tree->cursor > height / 2 ? tree->cursor - height / 2 : 0;
    } else if (tree->cursor < tree->top) {
        tree->top = tree->cursor;
    } else if (tree->cursor >= tree->top + height) {
        tree->top = tree->cursor - height + 1;
    }
    /* The category's line stays in sight above its first attribute. */
    if (tree->top > 0 && tree->top == tree->cursor && height > 2 &&
        tree->rows[tree->top - 1].is_category) {
        tree->top--;
    }
    tree->top = tree->top < last_top ? tree->top : last_top;
}

bool mk_tree_select(MkTree *tree, size_t attribute, const double *shift)
{
    if (attribute >= tree->schema->n) {
        return false;
    }
    if (tree->sort == MK_SORT_CATEGORY && !tree->open[tree->category_of[attribute]]) {
        mk_tree_fold(tree, tree->category_of[attribute], true, shift);
    }
    for (size_t i = 0; i < tree->n_rows; i++) {
        if (!tree->rows[i].is_category && tree->rows[i].index == attribute) {
            tree->cursor = i;
            return true;
        }
    }
    return false;
}

/* Position of a row in the order in which a search walks: folded attributes count too. */
static size_t walk_start(const MkTree *tree)
{
    if (tree->n_rows == 0) {
        return 0;
    }
    const MkTreeRow row = tree->rows[tree->cursor];
    return row.index;
}

/* In the order by category a search goes through folded categories as well. */
static bool find_by_category(MkTree *tree, const char *pattern, bool forward, const double *shift)
{
    const size_t n = tree->schema->n;
    size_t *order = mk_heap_array(n > 0 ? n : 1, sizeof *order);
    if (order == NULL) {
        return false;
    }
    const bool on_category = tree->n_rows > 0 && tree->rows[tree->cursor].is_category;
    size_t k = 0, here = 0;
    for (size_t c = 0; c < tree->n_categories; c++) {
        if (on_category && walk_start(tree) == c) {
            here = k;
        }
        for (size_t j = 0; j < n; j++) {
            if (tree->category_of[j] == c) {
                here = !on_category && walk_start(tree) == j ? k : here;
                order[k++] = j;
            }
        }
    }
    bool found = false;
    for (size_t step = on_category && forward ? 0 : 1; step <= n && n > 0 && !found; step++) {
        const size_t at = (here + (forward ? step : 2 * n - step)) % n;
        if (mk_filter_matches(&tree->schema->attributes[order[at]], pattern)) {
            found = mk_tree_select(tree, order[at], shift);
        }
    }
    free(order);
    return found;
}

bool mk_tree_find(MkTree *tree, const char *pattern, bool forward, const double *shift)
{
    if (tree->sort == MK_SORT_CATEGORY) {
        return find_by_category(tree, pattern, forward, shift);
    }
    for (size_t step = 1; step <= tree->n_rows; step++) {
        const size_t at =
            (tree->cursor + (forward ? step : 2 * tree->n_rows - step)) % tree->n_rows;
        const MkTreeRow row = tree->rows[at];
        if (!row.is_category && mk_filter_matches(&tree->schema->attributes[row.index], pattern)) {
            tree->cursor = at;
            return true;
        }
    }
    return false;
}
