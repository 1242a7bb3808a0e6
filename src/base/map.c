#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "src/base/map.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/rng.h"

/* Open addressing, linear probing, at most 2/3 full; a slot is free when its key is NULL. */
typedef struct Slot {
    char *key;
    uint64_t hash;
    size_t value;
} Slot;

struct MkMap {
    Slot *slots;
    size_t n_slots; /* a power of two, or 0 */
    size_t n_used;
};

MkMap *mk_map_new(void)
{
    return calloc(1, sizeof(MkMap));
}

void mk_map_free(MkMap *map)
{
    if (map == NULL) {
        return;
    }
    for (size_t i = 0; i < map->n_slots; i++) {
        free(map->slots[i].key);
    }
    free(map->slots);
    free(map);
}

/* The slot of the key, or the free slot where it belongs. n_slots > n_used. */
static Slot *map_slot(Slot *slots, size_t n_slots, uint64_t hash, const char *key)
{
    size_t i = (size_t)hash & (n_slots - 1);
    while (slots[i].key != NULL && (slots[i].hash != hash || strcmp(slots[i].key, key) != 0)) {
        i = (i + 1) & (n_slots - 1);
    }
    return &slots[i];
}

static MkStatus map_grow(MkMap *map)
{
    const size_t n_slots = map->n_slots > 0 ? map->n_slots * 2 : 16;
    Slot *slots = calloc(n_slots, sizeof *slots);
    if (slots == NULL) {
        return MK_ENOMEM;
    }
    for (size_t i = 0; i < map->n_slots; i++) {
        const Slot *old = &map->slots[i];
        if (old->key != NULL) {
            *map_slot(slots, n_slots, old->hash, old->key) = *old;
        }
    }
    free(map->slots);
    map->slots = slots;
    map->n_slots = n_slots;
    return MK_OK;
}

MkStatus mk_map_put(MkMap *map, const char *key, size_t value)
{
    if (map->n_slots == 0 || (map->n_used + 1) * 3 > map->n_slots * 2) {
        MK_TRY(map_grow(map));
    }
    const uint64_t hash = mk_hash64(key, strlen(key), 0);
    Slot *slot = map_slot(map->slots, map->n_slots, hash, key);
    if (slot->key == NULL) {
        const size_t bytes = strlen(key) + 1;
        char *copy = malloc(bytes);
        if (copy == NULL) {
            return MK_ENOMEM;
        }
        memcpy(copy, key, bytes);
        slot->key = copy;
        slot->hash = hash;
        map->n_used++;
    }
    slot->value = value;
    return MK_OK;
}

bool mk_map_get(const MkMap *map, const char *key, size_t *value)
{
    if (map->n_used == 0) {
        return false;
    }
    const uint64_t hash = mk_hash64(key, strlen(key), 0);
    const Slot *slot = map_slot(map->slots, map->n_slots, hash, key);
    if (slot->key == NULL) {
        return false;
    }
    *value = slot->value;
    return true;
}

size_t mk_map_size(const MkMap *map)
{
    return map->n_used;
}
