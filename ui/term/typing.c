/* typing.c - the : line of the workbench: keys to readline, its words and candidates to the app. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "ui/term/workbench_priv.h"

#include <stdio.h>

typedef struct Words {
    size_t n;
    char words[MK_CANDIDATES_MAX][64];
    char helps[MK_CANDIDATES_MAX][96];
} Words;

static void add_candidate(void *ctx, const char *word, const char *help)
{
    Words *words = ctx;
    if (words->n < MK_CANDIDATES_MAX) {
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
    mk_bench_complete(bench, text, point, add_candidate, &words);
    for (size_t i = 0; i < words.n; i++) {
        candidates[i] = (MkCandidate){words.words[i], words.helps[i]};
    }
    mk_bench_update(bench, &(MkMsg){.kind = MK_MSG_PROMPT,
                                    .text = text,
                                    .point = point,
                                    .candidates = candidates,
                                    .n = words.n});
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
