/* typing.c - the : line of the workbench: keys to readline, its words and candidates to the app. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "ui/term/workbench_priv.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "src/base/text.h"

typedef struct Words {
    size_t skip; /* ways before the ones that are shown */
    size_t n, n_all;
    char words[MK_CANDIDATES_MAX][64];
    char helps[MK_CANDIDATES_MAX][96];
} Words;

static void add_candidate(void *ctx, const char *word, const char *help)
{
    Words *words = ctx;
    if (words->n_all++ >= words->skip && words->n < MK_CANDIDATES_MAX) {
        (void)snprintf(words->words[words->n], sizeof words->words[0], "%s", word);
        (void)snprintf(words->helps[words->n], sizeof words->helps[0], "%s",
                       help != NULL ? help : "");
        words->n++;
    }
}

void mk_bench_complete(void *owner, const char *line, size_t point,
                       void (*add)(void *ctx, const char *word, const char *help), void *ctx)
{
    MkBench *bench = owner;
    if (!mk_job_is_running(bench->job)) {
        mk_session_complete(bench->session, line, point, add, ctx);
    }
}

static void send_prompt(MkBench *bench)
{
    Words words = {0};
    MkCandidate candidates[MK_CANDIDATES_MAX];
    const char *text = mk_prompt_text(bench->prompt);
    const size_t point = mk_prompt_point(bench->prompt);
    /* Those that Tab goes through, the chosen one in sight; else those of the line as it is. */
    Words count = {.skip = SIZE_MAX};
    size_t turn = 0;
    const size_t n_ways = mk_prompt_ways(bench->prompt, add_candidate, &count, &turn);
    if (n_ways > 0) {
        words.skip = turn < MK_CANDIDATES_MAX ? 0 : turn - MK_CANDIDATES_MAX + 1;
        (void)mk_prompt_ways(bench->prompt, add_candidate, &words, &turn);
    } else {
        mk_bench_complete(bench, text, point, add_candidate, &words);
    }
    for (size_t i = 0; i < words.n; i++) {
        candidates[i] = (MkCandidate){words.words[i], words.helps[i]};
    }
    mk_bench_update(bench, &(MkMsg){.kind = MK_MSG_PROMPT,
                                    .text = text,
                                    .point = point,
                                    .candidates = candidates,
                                    .n = words.n,
                                    .n_more = words.n_all - words.skip - words.n,
                                    .chosen = n_ways > 0 ? turn - words.skip + 1 : 0});
}

void mk_bench_open_prompt(MkBench *bench, const char *text)
{
    mk_prompt_begin(bench->prompt, text);
    send_prompt(bench);
}

void mk_bench_prompt_key(MkBench *bench, uint32_t key)
{
    const bool is_escape = key == MK_KEY_ESC && !mk_prompt_wants_escape(bench->prompt);
    if (is_escape || key == MK_KEY_CTRL('C') || key == MK_KEY_CTRL('G') ||
        (key == MK_KEY_BACKSPACE && mk_prompt_text(bench->prompt)[0] == '\0')) {
        mk_prompt_cancel(bench->prompt);
        mk_bench_update(bench, &(MkMsg){.kind = MK_MSG_PROMPT_CANCEL});
        return;
    }
    switch (mk_prompt_key(bench->prompt, key)) {
    case MK_PROMPT_GOES_ON:
        send_prompt(bench);
        break;
    case MK_PROMPT_DONE:
        mk_bench_update(
            bench, &(MkMsg){.kind = MK_MSG_PROMPT_DONE, .text = mk_prompt_text(bench->prompt)});
        break;
    case MK_PROMPT_CANCELLED:
        mk_bench_update(bench, &(MkMsg){.kind = MK_MSG_PROMPT_CANCEL});
        break;
    }
}

/* ---- pasted text ---- */

/* Where text is typed it is text: its first line, no key of it. */
static void paste_into_field(MkBench *bench, const char *text)
{
    while (*text != '\0' && *text != '\n') {
        uint32_t cp = 0;
        text += mk_utf8_next(text, &cp);
        if (cp >= ' ') {
            mk_bench_update(bench, &(MkMsg){.kind = MK_MSG_KEY, .key = cp});
        }
    }
}

/* Into the open line, when it is one line; several are shown first, together with what was typed.
 */
static void paste_into_prompt(MkBench *bench, const char *text)
{
    if (strchr(text, '\n') == NULL) {
        mk_prompt_insert(bench->prompt, text);
        send_prompt(bench);
        return;
    }
    MkBuf all;
    mk_buf_init(&all);
    const char *typed = mk_prompt_text(bench->prompt);
    const size_t point = mk_prompt_point(bench->prompt);
    mk_buf_add(&all, typed, point);
    mk_buf_puts(&all, text);
    mk_buf_puts(&all, typed + point);
    mk_prompt_cancel(bench->prompt);
    mk_bench_update(bench, &(MkMsg){.kind = MK_MSG_PROMPT_CANCEL});
    mk_bench_update(bench, &(MkMsg){.kind = MK_MSG_PASTE, .text = all.data});
    mk_buf_release(&all);
}

void mk_bench_paste(MkBench *bench, const char *text)
{
    MkBuf lines;
    mk_buf_init(&lines);
    mk_buf_puts(&lines, text + strspn(text, "\n"));
    while (lines.len > 0 && lines.data[lines.len - 1] == '\n') {
        lines.data[--lines.len] = '\0';
    }
    const unsigned where = mk_app_where(bench->app);
    if (lines.failed || lines.len == 0) {
        /* nothing to say */
    } else if (bench->app->prompt.is_open) {
        paste_into_prompt(bench, lines.data);
    } else if ((where & (MK_IN_NUMBER | MK_IN_SEARCH)) != 0) {
        paste_into_field(bench, lines.data);
    } else if ((where & (MK_IN_MAIN | MK_IN_SCREENS)) != 0) {
        mk_bench_update(bench, &(MkMsg){.kind = MK_MSG_PASTE, .text = lines.data});
    }
    mk_buf_release(&lines);
}
