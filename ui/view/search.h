/* search.h - the / line. */
#ifndef MK_UI_VIEW_SEARCH_H
#define MK_UI_VIEW_SEARCH_H

#include <stdbool.h>
#include <stdint.h>

#include "ui/view/app.h"

void mk_search_begin(MkApp *app);
void mk_search_again(MkApp *app, bool forward); /* n and N */
void mk_search_act(MkApp *app, MkAction action);
void mk_search_key(MkApp *app, uint32_t key);

#endif
