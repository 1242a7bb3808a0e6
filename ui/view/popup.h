/* popup.h - what lies over a screen: the editor of one attribute, its definition, questions. */
#ifndef MK_UI_VIEW_POPUP_H
#define MK_UI_VIEW_POPUP_H

#include <stdbool.h>

#include "ui/view/app.h"

/* The definition of the attribute under the cursor, or of the one in the editor. */
void mk_popup_info(MkApp *app);
/* False when nothing lies over the screen. */
bool mk_popup_act(MkApp *app, MkAction action, MkEffects *out);

#endif
