/* keys.h - the key table: which key does what, where, and the words that say so.
 *
 * Keys, hint line and help screen come from this table; rows that stand for a verb name it, and are
 * left out when the verb table does not have it. */
#ifndef MK_UI_VIEW_KEYS_H
#define MK_UI_VIEW_KEYS_H

#include <stddef.h>
#include <stdint.h>

#include "ui/view/key.h"

/* Where a key is valid. */
enum {
    MK_IN_TREE = 1,
    MK_IN_KNOWN = 2,
    MK_IN_TARGETS = 4,
    MK_IN_PLOT = 8,
    MK_IN_MAIN = 15,
    MK_IN_RESULT = 16,
    MK_IN_HELP = 32,
    MK_IN_NUMBER = 64,  /* the editor of a number */
    MK_IN_LEVELS = 128, /* the picker of levels */
    MK_IN_INFO = 256,
    MK_IN_QUIT = 512,
    MK_IN_SEARCH = 1024,
    MK_IN_PROMPT = 2048,
    MK_IN_RESCUED = 4096, /* the question about work that was cut off */
    MK_IN_SCENARIOS = 1 << 13,
    MK_IN_EXPLORE = 1 << 14,
    MK_IN_OPTIMIZE = 1 << 15,
    MK_IN_FIGURE = 1 << 16,
    MK_IN_LOG = 1 << 17,
    MK_IN_CARD = 1 << 18,
    MK_IN_CASES = 1 << 19, /* the list of scenarios on their screen */
    MK_IN_PASTED = 1 << 20, /* the question about pasted lines */
    /* groups */
    MK_IN_SHEETS = MK_IN_SCENARIOS | MK_IN_CASES | MK_IN_EXPLORE | MK_IN_OPTIMIZE | MK_IN_LOG,
    MK_IN_TEXTS = MK_IN_RESULT | MK_IN_CARD,
    MK_IN_SCREENS = MK_IN_SHEETS | MK_IN_TEXTS | MK_IN_FIGURE, /* over the main one */
    MK_IN_ROWS = MK_IN_TREE | MK_IN_KNOWN | MK_IN_TARGETS | MK_IN_SCENARIOS |
                 MK_IN_EXPLORE /* with an attribute under the cursor */
};

typedef enum MkAction {
    MK_ACT_NONE,
    MK_ACT_ENTER,
    MK_ACT_BACK,
    MK_ACT_UP,
    MK_ACT_DOWN,
    MK_ACT_LEFT,
    MK_ACT_RIGHT,
    MK_ACT_PAGE_UP,
    MK_ACT_PAGE_DOWN,
    MK_ACT_FIRST,
    MK_ACT_LAST,
    MK_ACT_NEXT_PANE,
    MK_ACT_PREVIOUS_PANE,
    MK_ACT_TARGET,
    MK_ACT_PLOT,
    MK_ACT_VERSUS,
    MK_ACT_FORGET,
    MK_ACT_ESTIMATE,
    MK_ACT_COMPARE,
    MK_ACT_EXPLORE,
    MK_ACT_OPTIMIZE,
    MK_ACT_AGAIN,
    MK_ACT_LOG,
    MK_ACT_CARD,
    MK_ACT_EDIT,
    MK_ACT_ADD,
    MK_ACT_COPY,
    MK_ACT_DROP,
    MK_ACT_BASE,
    MK_ACT_DIFFERENCE,
    MK_ACT_ALL,
    MK_ACT_EXPORT,
    MK_ACT_SAVE,
    MK_ACT_UNDO,
    MK_ACT_REDO,
    MK_ACT_SEARCH,
    MK_ACT_NEXT_MATCH,
    MK_ACT_PREVIOUS_MATCH,
    MK_ACT_SORT,
    MK_ACT_INVERT,
    MK_ACT_FOLD_ALL,
    MK_ACT_MARK,
    MK_ACT_PIN,
    MK_ACT_INFO,
    MK_ACT_RESULT,
    MK_ACT_ZOOM,
    MK_ACT_NEXT_FIGURE,
    MK_ACT_PREVIOUS_FIGURE,
    MK_ACT_SWAP,
    MK_ACT_LOOK,
    MK_ACT_PROMPT,
    MK_ACT_HELP,
    MK_ACT_THEME,
    MK_ACT_REPAINT,
    MK_ACT_SUSPEND,
    MK_ACT_INTERRUPT,
    MK_ACT_QUIT
} MkAction;

enum { MK_KEYS_EACH = 4 };

typedef struct MkBinding {
    MkAction action;
    unsigned where;
    uint32_t keys[MK_KEYS_EACH]; /* 0 ends the list */
    const char *show;            /* keys as people read them: the letter first */
    const char *verb;            /* the verb that the key composes, or "" */
    const char *hint;            /* two words for the hint line; "" = not there */
    const char *help;            /* one line */
} MkBinding;

const MkBinding *mk_bindings(size_t *n);
/* The action of a key in a place; MK_ACT_NONE when it has none. */
MkAction mk_binding_find(unsigned where, uint32_t key);

#endif
