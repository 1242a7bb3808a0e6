/* map.h - string to index hash table. Keys are copied. */
#ifndef MK_BASE_MAP_H
#define MK_BASE_MAP_H

#include <stdbool.h>
#include <stddef.h>

#include "src/base/status.h"

typedef struct MkMap MkMap;

MkMap *mk_map_new(void); /* NULL when out of memory */
void mk_map_free(MkMap *map);
/* Adds or replaces. */
MK_NODISCARD MkStatus mk_map_put(MkMap *map, const char *key, size_t value);
bool mk_map_get(const MkMap *map, const char *key, size_t *value);
size_t mk_map_size(const MkMap *map);

#endif
