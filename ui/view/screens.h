/* screens.h - the screens there are, one a line; screen.c lists them. */
#ifndef MK_UI_VIEW_SCREENS_H
#define MK_UI_VIEW_SCREENS_H

#include "ui/view/screen.h"

extern const MkScreenOps mk_main_screen;   /* main.c */
extern const MkScreenOps mk_result_screen; /* reading.c */
extern const MkScreenOps mk_help_screen;

#endif
