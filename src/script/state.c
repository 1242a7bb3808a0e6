#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "src/script/state.h"

#include <string.h>

#include "src/base/buf.h"

enum { STATE_CHUNK = 4096 };

static MkStatus no_memory(MkError *err)
{
    return mk_fail(err, MK_ENOMEM, "out of memory");
}

MkState *mk_state_new(void)
{
    MkArena *arena = mk_arena_new(STATE_CHUNK);
    MkState *state = arena != NULL ? mk_arena_zeros(arena, 1, sizeof *state) : NULL;
    if (state == NULL) {
        mk_arena_free(arena);
        return NULL;
    }
    state->arena = arena;
    state->n_references = 1;
    return state;
}

static bool copy_evidence(MkArena *arena, MkEvidence from, MkEvidence *out)
{
    MkKnown *known = mk_arena_array(arena, from.n, sizeof *known);
    if (known == NULL) {
        return false;
    }
    if (from.n > 0) {
        memcpy(known, from.known, from.n * sizeof *known);
    }
    *out = (MkEvidence){from.n, known};
    return true;
}

static MkScenario *copy_list(MkArena *arena, const MkScenario *list, size_t n)
{
    MkScenario *copy = mk_arena_array(arena, n, sizeof *copy);
    for (size_t i = 0; copy != NULL && i < n; i++) {
        copy[i].name = mk_arena_strdup(arena, list[i].name);
        if (copy[i].name == NULL || !copy_evidence(arena, list[i].evidence, &copy[i].evidence)) {
            return NULL;
        }
    }
    return copy;
}

MkState *mk_state_copy(const MkState *state)
{
    MkState *copy = mk_state_new();
    if (copy == NULL) {
        return NULL;
    }
    copy->known = mk_arena_array(copy->arena, state->n_known, sizeof *copy->known);
    copy->targets = mk_arena_array(copy->arena, state->n_targets, sizeof *copy->targets);
    copy->own = copy_list(copy->arena, state->own, state->n_scenarios);
    copy->persons = copy_list(copy->arena, state->persons, state->n_persons);
    const bool fine =
        copy->known != NULL && copy->targets != NULL && copy->own != NULL && copy->persons != NULL;
    if (fine) {
        copy->schema = state->schema;
        copy->n_known = state->n_known;
        copy->n_targets = state->n_targets;
        copy->n_scenarios = state->n_scenarios;
        copy->n_persons = state->n_persons;
        if (state->n_known > 0) {
            memcpy(copy->known, state->known, state->n_known * sizeof *copy->known);
        }
        if (state->n_targets > 0) {
            memcpy(copy->targets, state->targets, state->n_targets * sizeof *copy->targets);
        }
    }
    if (!fine) {
        mk_state_drop(copy);
        return NULL;
    }
    return copy;
}

MkState *mk_state_keep(MkState *state)
{
    state->n_references++;
    return state;
}

void mk_state_drop(MkState *state)
{
    if (state != NULL && --state->n_references == 0) {
        mk_arena_free(state->arena);
    }
}

MkStatus mk_state_give(MkState *state, size_t attribute, const MkValue *value, MkError *err)
{
    for (size_t i = 0; i < state->n_known; i++) {
        if (state->known[i].attribute == attribute) {
            state->known[i].value = *value;
            return MK_OK;
        }
    }
    MkKnown *more = mk_arena_array(state->arena, state->n_known + 1, sizeof *more);
    if (more == NULL) {
        return no_memory(err);
    }
    if (state->n_known > 0) {
        memcpy(more, state->known, state->n_known * sizeof *more);
    }
    more[state->n_known++] = (MkKnown){.attribute = attribute, .value = *value};
    state->known = more;
    return MK_OK;
}

void mk_state_forget(MkState *state, size_t attribute)
{
    size_t n = 0;
    for (size_t i = 0; i < state->n_known; i++) {
        if (state->known[i].attribute != attribute) {
            state->known[n++] = state->known[i];
        }
    }
    state->n_known = n;
}

MkStatus mk_state_target(MkState *state, size_t attribute, MkError *err)
{
    for (size_t i = 0; i < state->n_targets; i++) {
        if (state->targets[i] == attribute) {
            return MK_OK;
        }
    }
    size_t *more = mk_arena_array(state->arena, state->n_targets + 1, sizeof *more);
    if (more == NULL) {
        return no_memory(err);
    }
    if (state->n_targets > 0) {
        memcpy(more, state->targets, state->n_targets * sizeof *more);
    }
    more[state->n_targets++] = attribute;
    state->targets = more;
    return MK_OK;
}

void mk_state_untarget(MkState *state, size_t attribute)
{
    size_t n = 0;
    for (size_t i = 0; i < state->n_targets; i++) {
        if (state->targets[i] != attribute) {
            state->targets[n++] = state->targets[i];
        }
    }
    state->n_targets = n;
}

/* ---- named evidence ---- */

static size_t find(const MkScenario *list, size_t n, const char *name)
{
    size_t i = 0;
    while (i < n && strcmp(list[i].name, name) != 0) {
        i++;
    }
    return i;
}

/* Adds to a list, or replaces what has the name. */
static MkStatus put(MkArena *arena, MkScenario **list, size_t *n, const char *name,
                    MkEvidence evidence, MkError *err)
{
    MkScenario made = {.name = mk_arena_strdup(arena, name)};
    if (made.name == NULL || !copy_evidence(arena, evidence, &made.evidence)) {
        return no_memory(err);
    }
    const size_t at = find(*list, *n, name);
    if (at < *n) {
        (*list)[at] = made;
        return MK_OK;
    }
    MkScenario *more = mk_arena_array(arena, *n + 1, sizeof *more);
    if (more == NULL) {
        return no_memory(err);
    }
    if (*n > 0) {
        memcpy(more, *list, *n * sizeof *more);
    }
    more[(*n)++] = made;
    *list = more;
    return MK_OK;
}

static void take_out(MkScenario *list, size_t *n, size_t i)
{
    memmove(list + i, list + i + 1, (*n - i - 1) * sizeof *list);
    --*n;
}

size_t mk_state_find_scenario(const MkState *state, const char *name)
{
    return find(state->own, state->n_scenarios, name);
}

MkStatus mk_state_scenario(MkState *state, const char *name, MkEvidence evidence, MkError *err)
{
    return put(state->arena, &state->own, &state->n_scenarios, name, evidence, err);
}

void mk_state_remove_scenario(MkState *state, size_t i)
{
    take_out(state->own, &state->n_scenarios, i);
}

size_t mk_state_find_person(const MkState *state, const char *name)
{
    return find(state->persons, state->n_persons, name);
}

MkStatus mk_state_person(MkState *state, const char *name, MkEvidence evidence, MkError *err)
{
    return put(state->arena, &state->persons, &state->n_persons, name, evidence, err);
}

void mk_state_remove_person(MkState *state, size_t i)
{
    take_out(state->persons, &state->n_persons, i);
}

MkStatus mk_state_publish(MkState *state, MkError *err)
{
    state->merged = mk_arena_array(state->arena, state->n_scenarios, sizeof *state->merged);
    if (state->merged == NULL) {
        return no_memory(err);
    }
    const MkEvidence under = {state->n_known, state->known};
    for (size_t i = 0; i < state->n_scenarios; i++) {
        state->merged[i].name = state->own[i].name;
        MK_TRY(mk_evidence_merge(state->arena, under, state->own[i].evidence,
                                 &state->merged[i].evidence, err));
    }
    return MK_OK;
}

/* ---- another schema ---- */

static MkStatus translate_id(const MkSchema *from, const MkSchema *to, size_t id, size_t *out,
                             MkError *err)
{
    const char *name = from->attributes[id].name;
    if (!mk_schema_find(to, name, out)) {
        return mk_fail(err, MK_ENOTFOUND, "the other model has no attribute '%s'; forget it first",
                       name);
    }
    return MK_OK;
}

static MkStatus translate_known(const MkSchema *from, const MkSchema *to, const MkKnown *known,
                                MkKnown *out, MkError *err)
{
    MK_TRY(translate_id(from, to, known->attribute, &out->attribute, err));
    MkBuf text;
    mk_buf_init(&text);
    mk_value_print(&from->attributes[known->attribute], &known->value, &text);
    MkStatus st = mk_buf_status(&text, err);
    if (st == MK_OK) {
        st = mk_value_parse(&to->attributes[out->attribute], text.data, &out->value, err);
    }
    mk_buf_release(&text);
    return st;
}

static MkStatus translate_evidence(const MkSchema *from, const MkSchema *to, MkEvidence evidence,
                                   MkArena *arena, MkEvidence *out, MkError *err)
{
    MkKnown *known = mk_arena_array(arena, evidence.n, sizeof *known);
    if (known == NULL) {
        return no_memory(err);
    }
    for (size_t i = 0; i < evidence.n; i++) {
        MK_TRY(translate_known(from, to, &evidence.known[i], &known[i], err));
    }
    *out = (MkEvidence){evidence.n, known};
    return MK_OK;
}

static MkStatus translate_into(const MkState *state, const MkSchema *to, MkState *made,
                               MkError *err)
{
    const MkSchema *const from = state->schema;
    MkEvidence evidence = {0};
    MK_TRY(translate_evidence(from, to, (MkEvidence){state->n_known, state->known}, made->arena,
                              &evidence, err));
    for (size_t i = 0; i < evidence.n; i++) {
        MK_TRY(mk_state_give(made, evidence.known[i].attribute, &evidence.known[i].value, err));
    }
    for (size_t i = 0; i < state->n_targets; i++) {
        size_t id = 0;
        MK_TRY(translate_id(from, to, state->targets[i], &id, err));
        MK_TRY(mk_state_target(made, id, err));
    }
    for (size_t i = 0; i < state->n_scenarios; i++) {
        MK_TRY(translate_evidence(from, to, state->own[i].evidence, made->arena, &evidence, err));
        MK_TRY(mk_state_scenario(made, state->own[i].name, evidence, err));
    }
    for (size_t i = 0; i < state->n_persons; i++) {
        MK_TRY(
            translate_evidence(from, to, state->persons[i].evidence, made->arena, &evidence, err));
        MK_TRY(mk_state_person(made, state->persons[i].name, evidence, err));
    }
    return MK_OK;
}

MkStatus mk_state_translate(const MkState *state, const MkSchema *to, MkState **out, MkError *err)
{
    MkState *made = mk_state_new();
    if (made == NULL) {
        return no_memory(err);
    }
    MkStatus st = state->schema != NULL ? translate_into(state, to, made, err) : MK_OK;
    made->schema = to;
    if (st == MK_OK) {
        st = mk_state_publish(made, err);
    }
    if (st != MK_OK) {
        mk_state_drop(made);
        return st;
    }
    *out = made;
    return MK_OK;
}
