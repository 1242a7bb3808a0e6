#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "ui/view/history.h"

#include <stdlib.h>
#include <string.h>

#include "src/base/arena.h"

static bool make_room(MkHistory *history)
{
    if (history->n < history->room) {
        return true;
    }
    const size_t room = history->room > 0 ? 2 * history->room : 64;
    MkHistoryLine *lines = mk_heap_grow(history->lines, room, sizeof *lines);
    if (lines == NULL) {
        return false;
    }
    history->lines = lines;
    history->room = room;
    return true;
}

void mk_history_add(MkHistory *history, const char *line, const char *says, bool is_failed)
{
    if (!make_room(history)) {
        return;
    }
    MkHistoryLine *to = &history->lines[history->n];
    *to = (MkHistoryLine){.line = strdup(line), .says = strdup(says), .is_failed = is_failed};
    if (to->line == NULL || to->says == NULL) {
        free(to->line);
        free(to->says);
        return;
    }
    history->n++;
}

void mk_history_release(MkHistory *history)
{
    for (size_t i = 0; i < history->n; i++) {
        free(history->lines[i].line);
        free(history->lines[i].says);
    }
    free(history->lines);
    *history = (MkHistory){0};
}
