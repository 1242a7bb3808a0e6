/* figure_data.h - the numbers behind the figures of a result, as JSON. */
#ifndef MK_QUERY_FIGURE_DATA_H
#define MK_QUERY_FIGURE_DATA_H

#include "src/result/result.h"

/* An array of all figures under `key`: title, labels, and series with kind, role, name and numbers.
 * Points with a gap are left out. */
void mk_figure_nodes(MkResult *result, MkNode *parent, const char *key);

#endif
