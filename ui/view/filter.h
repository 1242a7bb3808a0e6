/* filter.h - which attributes a search means.
 *
 *   gluc fasting      every word occurs in the name, the label or the category
 *   cat:diet          the category has it
 *   type:ordinal      the type begins so; type:number and type:levels are groups
 *   unit:mg           the unit has it
 *
 * Words and these can stand together; each must hold. A word may begin with - : it must not. */
#ifndef MK_UI_VIEW_FILTER_H
#define MK_UI_VIEW_FILTER_H

#include <stdbool.h>

#include "src/data/schema.h"

bool mk_filter_matches(const MkAttribute *attribute, const char *pattern);
/* The category of an attribute, "Other" for those without. */
const char *mk_filter_category(const MkAttribute *attribute);

#endif
