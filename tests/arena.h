/* arena.h - an arena for all tests of a group, as their state.
 *
 *   return cmocka_run_group_tests(tests, open_arena, close_arena); */
#ifndef MK_TESTS_ARENA_H
#define MK_TESTS_ARENA_H

#include "src/base/arena.h"

static inline int open_arena(void **state)
{
    *state = mk_arena_new(0);
    return *state != NULL ? 0 : -1;
}

static inline int close_arena(void **state)
{
    mk_arena_free(*state);
    return 0;
}

#endif
