/* history.c - undo, redo, and the lines that were run. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <stdlib.h>
#include <string.h>

#include "src/base/text.h"
#include "src/script/inner.h"

static MkStatus no_memory(MkError *err)
{
    return mk_fail(err, MK_ENOMEM, "out of memory");
}

static char *copy_text(const char *text)
{
    const size_t bytes = strlen(text) + 1;
    char *copy = malloc(bytes);
    if (copy != NULL) {
        memcpy(copy, text, bytes);
    }
    return copy;
}

/* ---- lines ---- */

MkStatus mk_lines_add(MkLines *lines, const char *text, MkError *err)
{
    if (lines->n == lines->cap) {
        const size_t cap = lines->cap > 0 ? 2 * lines->cap : 16;
        char **more = mk_heap_grow(lines->items, cap, sizeof *more);
        if (more == NULL) {
            return no_memory(err);
        }
        lines->items = more;
        lines->cap = cap;
    }
    char *copy = copy_text(text);
    if (copy == NULL) {
        return no_memory(err);
    }
    lines->items[lines->n++] = copy;
    return MK_OK;
}

void mk_lines_cut(MkLines *lines, size_t n)
{
    while (lines->n > n) {
        free(lines->items[--lines->n]);
    }
}

void mk_lines_release(MkLines *lines)
{
    mk_lines_cut(lines, 0);
    free(lines->items);
    *lines = (MkLines){0};
}

/* ---- steps ---- */

MkStatus mk_steps_push(MkSteps *steps, const MkStep *step, const char *line, MkError *err)
{
    if (steps->items == NULL) {
        steps->items = malloc(MK_UNDO_MOST * sizeof *steps->items);
        if (steps->items == NULL) {
            return no_memory(err);
        }
    }
    char *copy = copy_text(line);
    if (copy == NULL) {
        return no_memory(err);
    }
    if (steps->n == MK_UNDO_MOST) { /* the oldest is forgotten */
        mk_state_drop(steps->items[0].state);
        free(steps->items[0].line);
        memmove(steps->items, steps->items + 1, (MK_UNDO_MOST - 1) * sizeof *steps->items);
        steps->n--;
    }
    MkStep *pushed = &steps->items[steps->n++];
    *pushed = *step;
    pushed->state = mk_state_keep(step->state);
    pushed->line = copy;
    return MK_OK;
}

void mk_steps_pop(MkSteps *steps)
{
    MkStep *step = &steps->items[--steps->n];
    mk_state_drop(step->state);
    free(step->line);
}

void mk_steps_clear(MkSteps *steps)
{
    while (steps->n > 0) {
        mk_steps_pop(steps);
    }
    free(steps->items);
    *steps = (MkSteps){0};
}

MkStatus mk_steps_copy(const MkSteps *steps, MkSteps *out, MkError *err)
{
    MkSteps copy = {0};
    for (size_t i = 0; i < steps->n; i++) {
        const MkStep *step = &steps->items[i];
        const MkStatus st = mk_steps_push(&copy, step, step->line, err);
        if (st != MK_OK) {
            mk_steps_clear(&copy);
            return st;
        }
    }
    *out = copy;
    return MK_OK;
}

/* ---- undo and redo ---- */

static void swap_state(MkSession *session, MkState *next)
{
    mk_state_keep(next);
    mk_state_drop(session->state);
    session->state = next;
    session->revision++;
}

MkStatus mk_history_settings(MkSession *session, const MkCall *call, const MkSettings *before,
                             MkError *err)
{
    const MkSettings *now = &session->settings;
    const bool is_same =
        strcmp(mk_text_or_empty(before->model), mk_text_or_empty(now->model)) == 0 &&
        strcmp(before->format, now->format) == 0 && before->seed == now->seed &&
        before->is_raw == now->is_raw &&
        !(before->level < now->level || before->level > now->level);
    if (is_same || session->depth > 0 || call->door != MK_DOOR_PROMPT) {
        return MK_OK;
    }
    const MkStep step = {
        .state = session->state, .is_options = true, .settings = *before, .group = session->group};
    mk_steps_clear(&session->future);
    return mk_steps_push(&session->past, &step, call->text, err);
}

/* How it looks stays. */
static void swap_settings(MkSession *session, const MkSettings *next)
{
    MkSettings *now = &session->settings;
    now->model = next->model;
    now->format = next->format;
    now->level = next->level;
    now->seed = next->seed;
    now->is_raw = next->is_raw;
}

/* The step that would come back to what is now. */
static MkStep step_back(const MkSession *session, const MkStep *step, bool was_dropped)
{
    return (MkStep){.state = session->state,
                    .was_dropped = was_dropped,
                    .is_options = step->is_options,
                    .settings = session->settings,
                    .group = step->group};
}

static MkStatus undo_step(MkSession *session, MkError *err)
{
    const MkStep *step = &session->past.items[session->past.n - 1];
    /* A line and its undo, with nothing between them, need not be in a saved script. */
    MkLines *journal = &session->journal;
    const bool drop = !step->is_options && journal->n > 0 &&
                      strcmp(journal->items[journal->n - 1], step->line) == 0;
    const bool add = !drop && !step->is_options;
    if (add) {
        MK_TRY(mk_lines_add(journal, "undo", err));
    }
    const MkStep back = step_back(session, step, drop);
    const MkStatus st = mk_steps_push(&session->future, &back, step->line, err);
    if (st != MK_OK) {
        mk_lines_cut(journal, add ? journal->n - 1 : journal->n);
        return st;
    }
    if (drop) {
        mk_lines_cut(journal, journal->n - 1);
    }
    if (step->is_options) {
        swap_settings(session, &step->settings);
    }
    swap_state(session, step->state);
    mk_steps_pop(&session->past);
    return MK_OK;
}

static MkStatus redo_step(MkSession *session, MkError *err)
{
    const MkStep *step = &session->future.items[session->future.n - 1];
    MkLines *journal = &session->journal;
    const bool add = !step->is_options;
    if (add) {
        MK_TRY(mk_lines_add(journal, step->was_dropped ? step->line : "redo", err));
    }
    const MkStep back = step_back(session, step, false);
    const MkStatus st = mk_steps_push(&session->past, &back, step->line, err);
    if (st != MK_OK) {
        mk_lines_cut(journal, add ? journal->n - 1 : journal->n);
        return st;
    }
    if (step->is_options) {
        swap_settings(session, &step->settings);
    }
    swap_state(session, step->state);
    mk_steps_pop(&session->future);
    return MK_OK;
}

/* All that one typed line changed goes together; inside a script, where each line is one of its
 * own, a step is a step. */
static MkStatus step_group(MkSession *session, MkSteps *steps,
                           MkStatus (*go)(MkSession *session, MkError *err), const char *nothing,
                           MkError *err)
{
    if (steps->n == 0) {
        return mk_fail(err, MK_EINVAL, "%s", nothing);
    }
    const uint64_t group = steps->items[steps->n - 1].group;
    do {
        MK_TRY(go(session, err));
    } while (session->group_depth == 0 && steps->n > 0 &&
             steps->items[steps->n - 1].group == group);
    return MK_OK;
}

MkStatus mk_verb_undo(MkSession *session, const MkCall *call, MkResult *result, MkError *err)
{
    (void)result;
    MK_TRY(mk_call_count(call, MK_LIST_WORDS, 0, 0, err));
    return step_group(session, &session->past, undo_step, "nothing to undo", err);
}

MkStatus mk_verb_redo(MkSession *session, const MkCall *call, MkResult *result, MkError *err)
{
    (void)result;
    MK_TRY(mk_call_count(call, MK_LIST_WORDS, 0, 0, err));
    return step_group(session, &session->future, redo_step, "nothing to redo", err);
}
