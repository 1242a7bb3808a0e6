/* call.h - one parsed line: the verb, its lists of words, its options. Private to src/script and
 * the shell door.
 *
 *   MkCall call;
 *   MK_TRY(mk_parse_line(arena, "estimate hba1c given age=45 --level 0.5", door, &call, err));
 *   call.verb->name            "estimate"
 *   call.lists[MK_LIST_WORDS]  hba1c
 *   call.lists[MK_LIST_GIVEN]  age=45
 *   mk_call_option(&call, "level")  "0.5"
 *
 * Everything lives in the arena. `column` says which word a failure is about. */
#ifndef MK_SCRIPT_CALL_H
#define MK_SCRIPT_CALL_H

#include <stdbool.h>
#include <stddef.h>

#include "src/base/arena.h"
#include "src/base/status.h"
#include "src/script/session.h"
#include "src/script/verb.h"

typedef enum MkList {
    MK_LIST_WORDS, /* before any keyword */
    MK_LIST_GIVEN,
    MK_LIST_OF,
    MK_LIST_VS,
    MK_LIST_ACROSS,
    MK_LIST_OVER,
    MK_LIST_SUBJECT,
    MK_LIST_TO,
    MK_LIST_FROM,
    MK_N_LISTS
} MkList;

typedef struct MkWord {
    const char *text;  /* quotes removed */
    const char *plain; /* per byte of text: '1' outside quotes, '0' inside */
    size_t column;     /* in characters, from 1; 0 for the shell's words */
} MkWord;

typedef struct MkWords {
    size_t n;
    const MkWord *items;
} MkWords;

typedef struct MkCallOption {
    const MkOption *option;
    const char *value; /* "" for a switch */
    size_t column;
} MkCallOption;

typedef struct MkCall {
    MkArena *arena;
    MkDoor door;
    const MkVerb *verb; /* NULL: the line is empty, or has options only */
    const char *text;   /* the line as it can be typed again */
    MkWords lists[MK_N_LISTS];
    size_t n_options;
    const MkCallOption *options;
    size_t *column; /* of the word being looked at; moved by who looks, also through a const call */
} MkCall;

enum { MK_LINE_BYTES = 1 << 16 }; /* a longer line is refused */

/* Splits and sorts a line. Fails with MK_EINVAL: unknown verb, option, misplaced keyword, open
 * quote. On failure *column (may be NULL) is where, 0 when nowhere. A line without a verb has
 * call->verb NULL. */
MK_NODISCARD MkStatus mk_parse_line(MkArena *arena, const char *text, MkDoor door, MkCall *call,
                                    size_t *column, MkError *err);
/* The same from words that the shell has split: no comments, blanks stay inside a word. */
MK_NODISCARD MkStatus mk_parse_words(MkArena *arena, const char *const *words, size_t n,
                                     MkDoor door, MkCall *call, size_t *column, MkError *err);

/* Value of an option, "" for a switch that is there, NULL when it is not; the last one counts. */
const char *mk_call_option(const MkCall *call, const char *name);
/* Points the column of a later failure at a word or an option. */
void mk_call_at(const MkCall *call, const MkWord *word);
/* The first word, with the column of a later failure at it; the call has one. */
const char *mk_call_first(const MkCall *call);
void mk_call_at_option(const MkCall *call, const char *name);

/* Words of a list cut further at commas and blanks outside quotes and braces. */
MK_NODISCARD MkStatus mk_call_names(const MkCall *call, MkList list, MkWords *out, MkError *err);

typedef struct MkAssign {
    const char *name;
    const char *value;
    MkWord word;
} MkAssign;
/* Words A=V of a list, cut at commas and blanks where another A= follows. */
MK_NODISCARD MkStatus mk_call_assigns(const MkCall *call, MkList list, size_t *n,
                                      const MkAssign **out, MkError *err);

/* Whether a usage line knows a keyword ("given") or argument ("TARGET...") as a whole word. */
bool mk_usage_has(const char *usage, const char *word);
/* Keyword of a list, "" for MK_LIST_WORDS; MK_N_LISTS when a word is none. */
const char *mk_list_keyword(MkList list);
MkList mk_list_of_word(const char *word);
/* An option by its name among those of all verbs and the common ones; NULL when there is none. */
const MkOption *mk_option_find(const char *name);
bool mk_verb_has_option(const MkVerb *verb, const MkOption *option);
/* Bytes of the word that a line has at `text`, quotes and all; an open quote runs to the end. */
size_t mk_word_length(const char *text);
/* `text` quoted so that it is one word of a line again; in arena, NULL when out of memory. */
const char *mk_word_quote(MkArena *arena, const char *text);

/* "a, b, c" of the names nearest to word; "" when none is near. In arena, NULL when out of memory.
 */
const char *mk_nearest(MkArena *arena, const char *word, const char *const *names, size_t n);

#endif
