#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "ui/term/prompt.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <readline/history.h>
#include <readline/readline.h>

#include "src/base/arena.h"
#include "src/base/text.h"
#include "ui/term/folders.h"
#include "ui/view/key.h"

enum { QUEUE_BYTES = 32, WORDS_MAX = 400, HISTORY_LINES = 1000 };

struct MkPrompt {
    MkPromptComplete *complete;
    void *owner;
    char *history_file; /* NULL: none */
    int n_new;          /* lines since the history was read */
    FILE *nowhere;
    char queue[QUEUE_BYTES];
    size_t n_queue, at_queue;
    bool is_open;
    MkPromptEnd end;
    char *line; /* the finished line */
    /* Tab: the ways to go on, and which of them stands in the line */
    char *words[WORDS_MAX], *helps[WORDS_MAX];
    size_t n_words, turn;
    int word_start;
    bool is_cycling;
};

/* Readline's call-backs have no context. */
static MkPrompt *current;

static int next_byte(FILE *stream)
{
    (void)stream;
    if (current == NULL || current->at_queue >= current->n_queue) {
        return EOF;
    }
    return (unsigned char)current->queue[current->at_queue++];
}

static int has_byte(void)
{
    return current != NULL && current->at_queue < current->n_queue;
}

static void nothing_int(int unused)
{
    (void)unused;
}

static void nothing(void)
{
}

static void on_line(char *line)
{
    rl_callback_handler_remove();
    current->is_open = false;
    free(current->line);
    current->line = line;
    current->end = line != NULL ? MK_PROMPT_DONE : MK_PROMPT_CANCELLED;
    if (line != NULL) {
        mk_prompt_remember(current, line);
    }
}

/* ---- Tab ---- */

static void drop_words(MkPrompt *prompt)
{
    for (size_t i = 0; i < prompt->n_words; i++) {
        free(prompt->words[i]);
        free(prompt->helps[i]);
    }
    prompt->n_words = 0;
    prompt->is_cycling = false;
}

static void add_word(void *ctx, const char *word, const char *help)
{
    MkPrompt *prompt = ctx;
    if (prompt->n_words == WORDS_MAX) {
        return;
    }
    char *copy = strdup(word), *more = strdup(help != NULL ? help : "");
    if (copy == NULL || more == NULL) {
        free(copy);
        free(more);
        return;
    }
    prompt->words[prompt->n_words] = copy;
    prompt->helps[prompt->n_words++] = more;
}

/* Where the word at the point begins: after a blank. Ways to go on are whole words. */
static int word_start(void)
{
    int start = rl_point;
    while (start > 0 && strchr(" \t", rl_line_buffer[start - 1]) == NULL) {
        start--;
    }
    return start;
}

static size_t common_length(const MkPrompt *prompt)
{
    size_t len = strlen(prompt->words[0]);
    for (size_t i = 1; i < prompt->n_words; i++) {
        size_t same = 0;
        while (same < len && prompt->words[i][same] == prompt->words[0][same]) {
            same++;
        }
        len = same;
    }
    while (len > 0 && ((unsigned char)prompt->words[0][len] & 0xC0) == 0x80) {
        len--;
    }
    return len;
}

static void replace_word(int start, const char *word, size_t len, bool add_blank)
{
    char text[512];
    snprintf(text, sizeof text, "%.*s%s", (int)len, word, add_blank ? " " : "");
    rl_begin_undo_group();
    rl_delete_text(start, rl_point);
    rl_point = start;
    rl_insert_text(text);
    rl_end_undo_group();
}

/* First Tab: what all ways have in common; then each way in turn. */
static int on_tab(int count, int key)
{
    (void)count;
    (void)key;
    MkPrompt *prompt = current;
    if (prompt->is_cycling) {
        prompt->turn = (prompt->turn + 1) % prompt->n_words;
        const char *word = prompt->words[prompt->turn];
        replace_word(prompt->word_start, word, strlen(word), false);
        return 0;
    }
    drop_words(prompt);
    prompt->complete(prompt->owner, rl_line_buffer, (size_t)rl_point, add_word, prompt);
    if (prompt->n_words == 0) {
        return 0;
    }
    const int start = word_start();
    const size_t typed = (size_t)(rl_point - start), common = common_length(prompt);
    if (prompt->n_words == 1) {
        const char *word = prompt->words[0];
        const size_t len = strlen(word);
        replace_word(start, word, len, len > 0 && word[len - 1] != '=' && word[len - 1] != '/');
        drop_words(prompt);
    } else if (common > typed && strncmp(prompt->words[0], rl_line_buffer + start, typed) == 0) {
        replace_word(start, prompt->words[0], common, false);
        drop_words(prompt);
    } else {
        prompt->is_cycling = true;
        prompt->word_start = start;
        prompt->turn = 0;
        replace_word(start, prompt->words[0], strlen(prompt->words[0]), false);
    }
    return 0;
}

size_t mk_prompt_ways(const MkPrompt *prompt,
                      void (*add)(void *ctx, const char *word, const char *help), void *ctx,
                      size_t *turn)
{
    if (!prompt->is_cycling) {
        return 0;
    }
    for (size_t i = 0; i < prompt->n_words; i++) {
        add(ctx, prompt->words[i], prompt->helps[i]);
    }
    *turn = prompt->turn;
    return prompt->n_words;
}

/* ---- history ---- */

void mk_prompt_remember(MkPrompt *prompt, const char *line)
{
    const HIST_ENTRY *last =
        history_length > 0 ? history_get(history_base + history_length - 1) : NULL;
    if (line[strspn(line, " \t")] != '\0' && (last == NULL || strcmp(last->line, line) != 0)) {
        add_history(line);
        prompt->n_new++;
    }
}

static void write_history_file(MkPrompt *prompt)
{
    if (prompt->history_file == NULL || prompt->n_new == 0) {
        return;
    }
    mk_folders_make(prompt->history_file);
    if (append_history(prompt->n_new, prompt->history_file) == ENOENT) {
        (void)write_history(prompt->history_file);
    }
    (void)history_truncate_file(prompt->history_file, HISTORY_LINES);
    (void)chmod(prompt->history_file, 0600); /* it may name values of a person */
}

/* ---- life ---- */

static void set_up_readline(MkPrompt *prompt)
{
    rl_readline_name = "manikin";
    rl_instream = prompt->nowhere;
    rl_outstream = prompt->nowhere;
    rl_catch_signals = 0;
    rl_catch_sigwinch = 0;
    rl_change_environment = 0;
    rl_getc_function = next_byte;
    rl_input_available_hook = has_byte;
    rl_prep_term_function = nothing_int;
    rl_deprep_term_function = nothing;
    rl_redisplay_function = nothing;
    (void)rl_initialize();
    (void)rl_variable_bind("bell-style", "none");
    (void)rl_variable_bind("enable-bracketed-paste", "off");
    (void)rl_bind_key('\t', on_tab);
    (void)rl_bind_key_in_map('\t', on_tab, vi_insertion_keymap);
    using_history();
}

MkStatus mk_prompt_open(const char *history_file, MkPromptComplete *complete, void *owner,
                        MkPrompt **out, MkError *err)
{
    MkPrompt *prompt = calloc(1, sizeof *prompt);
    if (prompt == NULL) {
        return mk_fail(err, MK_ENOMEM, "no memory for the prompt");
    }
    prompt->complete = complete;
    prompt->owner = owner;
    prompt->nowhere = fopen("/dev/null", "r+");
    prompt->history_file = history_file != NULL ? strdup(history_file) : NULL;
    if (prompt->nowhere == NULL) {
        mk_prompt_close(prompt);
        return mk_fail(err, MK_EIO, "/dev/null: %s", strerror(errno));
    }
    current = prompt;
    set_up_readline(prompt);
    if (prompt->history_file != NULL) {
        (void)read_history(prompt->history_file); /* a first start has none */
    }
    stifle_history(HISTORY_LINES);
    *out = prompt;
    return MK_OK;
}

void mk_prompt_close(MkPrompt *prompt)
{
    if (prompt == NULL) {
        return;
    }
    mk_prompt_cancel(prompt);
    write_history_file(prompt);
    clear_history(); /* rl_clear_history also frees lists of undone changes, some of them twice */
    drop_words(prompt);
    if (prompt->nowhere != NULL) {
        rl_instream = NULL;
        rl_outstream = NULL;
        fclose(prompt->nowhere);
    }
    current = current == prompt ? NULL : current;
    free(prompt->history_file);
    free(prompt->line);
    free(prompt);
}

void mk_prompt_begin(MkPrompt *prompt, const char *text)
{
    mk_prompt_cancel(prompt);
    prompt->end = MK_PROMPT_GOES_ON;
    prompt->is_open = true;
    rl_callback_handler_install("", on_line);
    (void)rl_insert_text(text);
}

void mk_prompt_cancel(MkPrompt *prompt)
{
    drop_words(prompt);
    if (prompt->is_open) {
        rl_callback_sigcleanup();
        rl_callback_handler_remove();
        (void)rl_replace_line("", 1);
        prompt->is_open = false;
    }
}

static void queue_text(MkPrompt *prompt, const char *bytes)
{
    prompt->n_queue = strlen(bytes) < QUEUE_BYTES ? strlen(bytes) : 0;
    memcpy(prompt->queue, bytes, prompt->n_queue);
    prompt->at_queue = 0;
}

static void queue_character(MkPrompt *prompt, uint32_t cp)
{
    char bytes[5];
    (void)mk_utf8_encode(cp, bytes);
    queue_text(prompt, bytes);
}

/* Named keys as the sequences that readline binds on every terminal. */
static bool queue_key(MkPrompt *prompt, uint32_t key)
{
    static const struct {
        uint32_t key;
        const char *bytes;
    } table[] = {
        {MK_KEY_UP, "\033[A"},      {MK_KEY_DOWN, "\033[B"},    {MK_KEY_RIGHT, "\033[C"},
        {MK_KEY_LEFT, "\033[D"},    {MK_KEY_HOME, "\001"},      {MK_KEY_END, "\005"},
        {MK_KEY_DELETE, "\033[3~"}, {MK_KEY_BACKSPACE, "\177"},
    };
    if (key > 0 && key < MK_KEY_NAMED) {
        queue_character(prompt, key);
        return true;
    }
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        if (table[i].key == key) {
            queue_text(prompt, table[i].bytes);
            return true;
        }
    }
    return false;
}

MkPromptEnd mk_prompt_key(MkPrompt *prompt, uint32_t key)
{
    if (!prompt->is_open || !queue_key(prompt, key)) {
        return prompt->end;
    }
    if (key != MK_KEY_TAB) {
        drop_words(prompt);
    }
    while (prompt->is_open && has_byte()) {
        rl_callback_read_char();
    }
    return prompt->end;
}

void mk_prompt_insert(MkPrompt *prompt, const char *text)
{
    drop_words(prompt);
    if (prompt->is_open) {
        rl_begin_undo_group();
        (void)rl_insert_text(text);
        rl_end_undo_group();
    }
}

const char *mk_prompt_text(const MkPrompt *prompt)
{
    if (prompt->is_open) {
        return rl_line_buffer != NULL ? rl_line_buffer : "";
    }
    return prompt->line != NULL ? prompt->line : "";
}

size_t mk_prompt_point(const MkPrompt *prompt)
{
    return prompt->is_open && rl_point > 0 ? (size_t)rl_point : 0;
}

bool mk_prompt_wants_escape(const MkPrompt *prompt)
{
    return prompt->is_open && rl_editing_mode == 0 && rl_get_keymap() == vi_insertion_keymap;
}
