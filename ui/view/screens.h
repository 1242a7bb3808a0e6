/* screens.h - the screens there are, one a line; screen.c lists them. */
#ifndef MK_UI_VIEW_SCREENS_H
#define MK_UI_VIEW_SCREENS_H

#include "ui/view/screen.h"

extern const MkScreenOps mk_main_screen;   /* main.c */
extern const MkScreenOps mk_result_screen; /* reading.c */
extern const MkScreenOps mk_help_screen;
extern const MkScreenOps mk_explore_screen;   /* explore.c */
extern const MkScreenOps mk_optimize_screen;  /* optimize.c */
extern const MkScreenOps mk_scenarios_screen; /* scenarios.c */

extern const MkScreenOps mk_log_screen;       /* log.c */
extern const MkScreenOps mk_card_screen;      /* card.c */

/* ---- what keys open, with the line that fills it ---- */
void mk_scenarios_open(MkApp *app, MkEffects *out);
void mk_log_open(MkApp *app);
extern const MkScreenOps mk_figure_screen; /* figure.c */

#endif
