/* node.h - reading a result's data tree: members by name, with a plain answer where there is none.
 *
 *   for (const MkNode *t = mk_node_first(result->data, "targets"); t != NULL; t = t->next) {
 *       puts(mk_node_text(t, "attribute"));
 *   } */
#ifndef MK_RESULT_NODE_H
#define MK_RESULT_NODE_H

#include <stdbool.h>
#include <stddef.h>

#include "src/result/result.h"

/* Of an object; NULL when it has no such member. All of them accept NULL for the object. */
const MkNode *mk_node_member(const MkNode *object, const char *key);
const char *mk_node_text(const MkNode *object, const char *key); /* "" when it is no text */
double mk_node_value(const MkNode *object, const char *key);     /* NaN when it is no number */
bool mk_node_is_true(const MkNode *object, const char *key);
/* The first item of a member that is a list or an object, or NULL; the others follow by next. */
const MkNode *mk_node_first(const MkNode *object, const char *key);
size_t mk_node_count(const MkNode *object, const char *key); /* items of such a member */

#endif
