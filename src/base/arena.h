/* arena.h - memory for one request, one epoch, one frame: many small allocations, one free.
 *
 * Blocks are 64-byte aligned when asked through mk_arena_array of floats (alignment is
 * always 64 for sizes >= 64, 16 below). Out of memory gives NULL; callers turn that into
 * MK_ENOMEM. Not safe for concurrent use of one arena; one arena a thread. */
#ifndef MK_BASE_ARENA_H
#define MK_BASE_ARENA_H

#include <stdarg.h>
#include <stddef.h>

#include "src/base/status.h"

typedef struct MkArena MkArena;

typedef struct MkMark {
    void *block;
    size_t used;
} MkMark;

/* A new arena growing by blocks of at least chunk_bytes (0: 64 KiB). NULL when out of memory. */
MkArena *mk_arena_new(size_t chunk_bytes);
void mk_arena_free(MkArena *arena); /* NULL is allowed */

/* Uninitialised and zeroed memory; n * size is checked for overflow. n == 0 gives a valid pointer.
 */
void *mk_arena_alloc(MkArena *arena, size_t bytes);
void *mk_arena_array(MkArena *arena, size_t n, size_t size);
void *mk_arena_zeros(MkArena *arena, size_t n, size_t size);

char *mk_arena_strdup(MkArena *arena, const char *text);
char *mk_arena_strndup(MkArena *arena, const char *text, size_t len);
char *mk_arena_printf(MkArena *arena, const char *fmt, ...) MK_PRINTF(2, 3);
char *mk_arena_vprintf(MkArena *arena, const char *fmt, va_list args) MK_PRINTF(2, 0);

/* Everything allocated after the mark is given back by rewind. */
MkMark mk_arena_mark(MkArena *arena);
void mk_arena_rewind(MkArena *arena, MkMark mark);

/* Bytes handed out since creation minus rewinds (for tests and limits). */
size_t mk_arena_used(const MkArena *arena);

/* Heap arrays with overflow check, for objects that outlive requests; caller frees with free(). */
void *mk_heap_array(size_t n, size_t size);           /* zeroed, 64-byte aligned */
void *mk_heap_grow(void *old, size_t n, size_t size); /* realloc with overflow check */

#endif
