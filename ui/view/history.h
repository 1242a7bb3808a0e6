/* history.h - the lines of the session as they were run, the failed ones too. */
#ifndef MK_UI_VIEW_HISTORY_H
#define MK_UI_VIEW_HISTORY_H

#include <stdbool.h>
#include <stddef.h>

typedef struct MkHistoryLine {
    char *line; /* owned */
    char *says; /* owned: what was wrong; "" when nothing was */
    bool is_failed;
} MkHistoryLine;

typedef struct MkHistory {
    size_t n, room;
    MkHistoryLine *lines;
} MkHistory;

/* Copies; a line that there is no memory for is left out. */
void mk_history_add(MkHistory *history, const char *line, const char *says, bool is_failed);
void mk_history_release(MkHistory *history);

#endif
