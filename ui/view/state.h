/* state.h - what the answers say of every attribute: how far it has moved and how uncertain it is
 * left; a pinned state to hold against; marked attributes. Parts of the app, kept up by app.c. */
#ifndef MK_UI_VIEW_STATE_H
#define MK_UI_VIEW_STATE_H

#include <stdbool.h>
#include <stddef.h>

#include "ui/view/app.h"

/* app->is_not_asked anew, from what is known. */
void mk_state_ask(MkApp *app);
/* app->shift and app->spread anew, from the answers that are there; the order follows. */
void mk_state_renew(MkApp *app);
/* Of one attribute against the pin, or the population when there is none: numbers in population sd,
 * levels the share of people that moves. */
double mk_state_shift(const MkApp *app, size_t attribute);
/* What is left of the population's spread; 1 is all of it. */
double mk_state_spread(const MkApp *app, size_t attribute);
/* Holds the present answers, or lets them go. */
void mk_state_pin(MkApp *app);

bool mk_state_is_marked(const MkApp *app, size_t attribute);
void mk_state_mark(MkApp *app, size_t attribute); /* or not any more */
void mk_state_unmark_all(MkApp *app);
/* The marked attributes of the screen that is seen, in the order they were marked; without marks
 * the one under the cursor. Returns how many, at most `max`. */
size_t mk_state_chosen(const MkApp *app, size_t *ids, size_t max);
size_t mk_state_n_marked(const MkApp *app);

#endif
