#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "src/base/arena.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Blocks form a chain; those after `current` are empty and kept for reuse, so that an arena that is
 * rewound once per step stops calling the system after the first steps. */
typedef struct Block Block;
struct Block {
    Block *next;
    size_t size;   /* bytes of data */
    size_t used;   /* end of the last allocation */
    size_t before; /* bytes used in all earlier blocks */
};

enum { BLOCK_ALIGN = 64, SMALL_ALIGN = 16, CHUNK_DEFAULT = 64 * 1024 };

/* Data starts at the first 64-byte boundary behind the header. */
enum { BLOCK_HEADER = (sizeof(Block) + BLOCK_ALIGN - 1) / BLOCK_ALIGN * BLOCK_ALIGN };

struct MkArena {
    Block *first;
    Block *current; /* NULL while empty */
    size_t chunk_bytes;
};

static char *block_data(Block *block)
{
    return (char *)block + BLOCK_HEADER;
}

static size_t round_up(size_t n, size_t step)
{
    return (n + step - 1) / step * step;
}

MkArena *mk_arena_new(size_t chunk_bytes)
{
    MkArena *arena = calloc(1, sizeof *arena);
    if (arena != NULL) {
        arena->chunk_bytes = chunk_bytes > 0 ? chunk_bytes : CHUNK_DEFAULT;
    }
    return arena;
}

void mk_arena_free(MkArena *arena)
{
    if (arena == NULL) {
        return;
    }
    for (Block *block = arena->first; block != NULL;) {
        Block *next = block->next;
        free(block);
        block = next;
    }
    free(arena);
}

static Block *block_new(size_t data_bytes)
{
    if (data_bytes > SIZE_MAX - BLOCK_HEADER - BLOCK_ALIGN) {
        return NULL;
    }
    const size_t size = round_up(data_bytes, BLOCK_ALIGN);
    Block *block = aligned_alloc(BLOCK_ALIGN, BLOCK_HEADER + size);
    if (block != NULL) {
        *block = (Block){.size = size};
    }
    return block;
}

/* Makes a block with room for `bytes` the current one. */
static bool arena_advance(MkArena *arena, size_t bytes)
{
    Block *current = arena->current;
    Block **link = current != NULL ? &current->next : &arena->first;
    Block *next = *link;
    if (next == NULL || next->size < bytes) {
        Block *block = block_new(bytes > arena->chunk_bytes ? bytes : arena->chunk_bytes);
        if (block == NULL) {
            return false;
        }
        block->next = next;
        *link = block;
        next = block;
    }
    next->used = 0;
    next->before = current != NULL ? current->before + current->used : 0;
    arena->current = next;
    return true;
}

void *mk_arena_alloc(MkArena *arena, size_t bytes)
{
    const size_t align = bytes >= BLOCK_ALIGN ? BLOCK_ALIGN : SMALL_ALIGN;
    const size_t want = bytes > 0 ? bytes : 1;
    Block *block = arena->current;
    size_t start = block != NULL ? round_up(block->used, align) : 0;
    if (block == NULL || start > block->size || block->size - start < want) {
        if (!arena_advance(arena, want)) {
            return NULL;
        }
        block = arena->current;
        start = 0;
    }
    block->used = start + want;
    return block_data(block) + start;
}

void *mk_arena_array(MkArena *arena, size_t n, size_t size)
{
    if (size > 0 && n > SIZE_MAX / size) {
        return NULL;
    }
    return mk_arena_alloc(arena, n * size);
}

void *mk_arena_zeros(MkArena *arena, size_t n, size_t size)
{
    void *memory = mk_arena_array(arena, n, size);
    if (memory != NULL) {
        memset(memory, 0, n * size);
    }
    return memory;
}

char *mk_arena_strndup(MkArena *arena, const char *text, size_t len)
{
    if (len == SIZE_MAX) {
        return NULL;
    }
    char *copy = mk_arena_alloc(arena, len + 1);
    if (copy != NULL) {
        if (len > 0) {
            memcpy(copy, text, len);
        }
        copy[len] = '\0';
    }
    return copy;
}

char *mk_arena_strdup(MkArena *arena, const char *text)
{
    return mk_arena_strndup(arena, text, strlen(text));
}

char *mk_arena_vprintf(MkArena *arena, const char *fmt, va_list args)
{
    va_list again;
    va_copy(again, args);
    const int n = vsnprintf(NULL, 0, fmt, args);
    char *text = n >= 0 ? mk_arena_alloc(arena, (size_t)n + 1) : NULL;
    if (text != NULL) {
        (void)vsnprintf(text, (size_t)n + 1, fmt, again);
    }
    va_end(again);
    return text;
}

char *mk_arena_printf(MkArena *arena, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    char *text = mk_arena_vprintf(arena, fmt, args);
    va_end(args);
    return text;
}

MkMark mk_arena_mark(MkArena *arena)
{
    return (MkMark){
        .block = arena->current,
        .used = arena->current != NULL ? arena->current->used : 0,
    };
}

void mk_arena_rewind(MkArena *arena, MkMark mark)
{
    arena->current = mark.block;
    if (arena->current != NULL) {
        arena->current->used = mark.used;
    }
}

size_t mk_arena_used(const MkArena *arena)
{
    return arena->current != NULL ? arena->current->before + arena->current->used : 0;
}

void *mk_heap_array(size_t n, size_t size)
{
    if (size > 0 && n > (SIZE_MAX - BLOCK_ALIGN) / size) {
        return NULL;
    }
    const size_t bytes = round_up(n * size > 0 ? n * size : 1, BLOCK_ALIGN);
    void *memory = aligned_alloc(BLOCK_ALIGN, bytes);
    if (memory != NULL) {
        memset(memory, 0, bytes);
    }
    return memory;
}

void *mk_heap_grow(void *old, size_t n, size_t size)
{
    if (size > 0 && n > SIZE_MAX / size) {
        return NULL;
    }
    return realloc(old, n * size > 0 ? n * size : 1);
}
