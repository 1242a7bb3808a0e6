/* prompt.h - the `:` line: readline as an engine without a terminal. Keys go in, text and point
 * come out; the grid draws them.
 *
 * Readline has one state for the whole program, so there is one prompt at a time. */
#ifndef MK_UI_TERM_PROMPT_H
#define MK_UI_TERM_PROMPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "src/base/status.h"

/* Calls add(ctx, word, help) for each way to go on with the word at `point`. */
typedef void MkPromptComplete(void *owner, const char *line, size_t point,
                              void (*add)(void *ctx, const char *word, const char *help),
                              void *ctx);

typedef struct MkPrompt MkPrompt;
typedef enum MkPromptEnd { MK_PROMPT_GOES_ON, MK_PROMPT_DONE, MK_PROMPT_CANCELLED } MkPromptEnd;

/* Before the screen is taken over. history_file may be NULL. Gives *out. */
MK_NODISCARD MkStatus mk_prompt_open(const char *history_file, MkPromptComplete *complete,
                                     void *owner, MkPrompt **out, MkError *err);
void mk_prompt_close(MkPrompt *prompt); /* writes the history; NULL is allowed */

void mk_prompt_begin(MkPrompt *prompt, const char *text);
MkPromptEnd mk_prompt_key(MkPrompt *prompt, uint32_t key);
void mk_prompt_cancel(MkPrompt *prompt);
/* Text without line ends at the point. */
void mk_prompt_insert(MkPrompt *prompt, const char *text);
const char *mk_prompt_text(const MkPrompt *prompt); /* the line; after DONE the finished one */
size_t mk_prompt_point(const MkPrompt *prompt);
/* While Tab goes through the ways to end the word: calls add for each and gives how many there are,
 * *turn the one that stands in the line. 0 otherwise. */
size_t mk_prompt_ways(const MkPrompt *prompt,
                      void (*add)(void *ctx, const char *word, const char *help), void *ctx,
                      size_t *turn);
/* True when Esc belongs to the editor (vi mode, typing). */
bool mk_prompt_wants_escape(const MkPrompt *prompt);
/* A line that came from somewhere else joins the history. */
void mk_prompt_remember(MkPrompt *prompt, const char *line);

#endif
