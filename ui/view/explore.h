/* explore.h - the explore screen: what is related to a target, and what moves with it; between its
 * files. */
#ifndef MK_UI_VIEW_EXPLORE_H
#define MK_UI_VIEW_EXPLORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "src/result/node.h"
#include "ui/view/app.h"
#include "ui/view/grid.h"
#include "ui/view/sheet.h"

typedef enum MkExploreTab { MK_EXPLORE_RELATED, MK_EXPLORE_MOVED, MK_EXPLORE_TABS } MkExploreTab;

typedef struct MkExplored {
    MkSheet sheets[MK_EXPLORE_TABS];
    MkExploreTab tab;
    MkResult *result;        /* owned; NULL: none yet */
    char line[MK_ASK_BYTES]; /* that asked for it */
    bool is_partial;
} MkExplored;

typedef struct MkExploreLayout {
    MkRect tabs, list;
    MkRect side;    /* of the chosen row: title, picture, values; zero width: not there */
    MkRect picture; /* in it */
    MkRect values;  /* in it */
    MkRect strip;   /* the same below the list, where there is no room beside it */
} MkExploreLayout;

MkExplored *mk_explored(const MkApp *app);
void mk_explore_layout(const MkApp *app, MkRect body, MkExploreLayout *out);
/* The rows of both lists out of the result. */
void mk_explore_list(MkApp *app);
void mk_explore_view(const MkApp *app, MkGrid *grid, MkRect body);
/* Attribute of the target; MK_NO_ATTRIBUTE before a result. */
size_t mk_explore_target(const MkApp *app);

#endif
