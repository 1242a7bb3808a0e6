/* history.c - undo, redo, and the lines that were run. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <stdlib.h>
#include <string.h>

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

MkStatus mk_steps_push(MkSteps *steps, MkState *state, const char *line, bool was_dropped,
                       MkError *err)
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
    steps->items[steps->n++] =
        (MkStep){.state = mk_state_keep(state), .line = copy, .was_dropped = was_dropped};
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
        const MkStatus st = mk_steps_push(&copy, step->state, step->line, step->was_dropped, err);
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

MkStatus mk_history_undo(MkSession *session, MkError *err)
{
    if (session->past.n == 0) {
        return mk_fail(err, MK_EINVAL, "nothing to undo");
    }
    const MkStep *step = &session->past.items[session->past.n - 1];
    /* A line and its undo, with nothing between them, need not be in a saved script. */
    MkLines *journal = &session->journal;
    const bool drop = journal->n > 0 && strcmp(journal->items[journal->n - 1], step->line) == 0;
    if (!drop) {
        MK_TRY(mk_lines_add(journal, "undo", err));
    }
    const MkStatus st = mk_steps_push(&session->future, session->state, step->line, drop, err);
    if (st != MK_OK) {
        mk_lines_cut(journal, drop ? journal->n : journal->n - 1);
        return st;
    }
    if (drop) {
        mk_lines_cut(journal, journal->n - 1);
    }
    swap_state(session, step->state);
    mk_steps_pop(&session->past);
    return MK_OK;
}

MkStatus mk_history_redo(MkSession *session, MkError *err)
{
    if (session->future.n == 0) {
        return mk_fail(err, MK_EINVAL, "nothing to redo");
    }
    const MkStep *step = &session->future.items[session->future.n - 1];
    MkLines *journal = &session->journal;
    MK_TRY(mk_lines_add(journal, step->was_dropped ? step->line : "redo", err));
    const MkStatus st = mk_steps_push(&session->past, session->state, step->line, false, err);
    if (st != MK_OK) {
        mk_lines_cut(journal, journal->n - 1);
        return st;
    }
    swap_state(session, step->state);
    mk_steps_pop(&session->future);
    return MK_OK;
}

MkStatus mk_verb_undo(MkSession *session, const MkCall *call, MkResult *result, MkError *err)
{
    (void)result;
    MK_TRY(mk_call_count(call, MK_LIST_WORDS, 0, 0, err));
    return mk_history_undo(session, err);
}

MkStatus mk_verb_redo(MkSession *session, const MkCall *call, MkResult *result, MkError *err)
{
    (void)result;
    MK_TRY(mk_call_count(call, MK_LIST_WORDS, 0, 0, err));
    return mk_history_redo(session, err);
}
