#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "ui/view/cases.h"

#include <string.h>

#include "src/base/arena.h"

void mk_cases_release(MkCases *cases)
{
    mk_arena_free(cases->arena);
    *cases = (MkCases){0};
}

static bool copy(MkCases *cases, const MkScenario *from, bool is_person)
{
    const size_t n = from->evidence.n;
    MkCase *to = &cases->items[cases->n];
    MkKnown *known = mk_arena_array(cases->arena, n > 0 ? n : 1, sizeof *known);
    to->name = mk_arena_strdup(cases->arena, from->name);
    if (known == NULL || to->name == NULL) {
        return false;
    }
    if (n > 0) {
        memcpy(known, from->evidence.known, n * sizeof *known);
    }
    to->is_person = is_person;
    to->evidence = (MkEvidence){.n = n, .known = known};
    cases->n++;
    return true;
}

void mk_cases_set(MkCases *cases, const MkScenario *scenarios, size_t n_scenarios,
                  const MkScenario *persons, size_t n_persons)
{
    mk_cases_release(cases);
    if (n_scenarios + n_persons == 0) {
        return;
    }
    cases->arena = mk_arena_new(0);
    cases->items = cases->arena != NULL
                       ? mk_arena_zeros(cases->arena, n_scenarios + n_persons, sizeof *cases->items)
                       : NULL;
    bool is_ok = cases->items != NULL;
    for (size_t i = 0; i < n_scenarios && is_ok; i++) {
        is_ok = copy(cases, &scenarios[i], false);
    }
    for (size_t i = 0; i < n_persons && is_ok; i++) {
        is_ok = copy(cases, &persons[i], true);
    }
    if (!is_ok) {
        mk_cases_release(cases);
    }
}

size_t mk_cases_find(const MkCases *cases, const char *name)
{
    size_t i = 0;
    while (i < cases->n && strcmp(cases->items[i].name, name) != 0) {
        i++;
    }
    return i;
}
