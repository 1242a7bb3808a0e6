#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "model/recard.h"

#include <string.h>

#include "model/pair_counts.h"
#include "model/weights.h"
#include "src/base/arena.h"
#include "src/base/buf.h"

/* The card with the section replaced; heading is "\n## SECTION\n". */
static void splice(const char *card, const char *heading, const char *text, MkBuf *out)
{
    const char *const old = strstr(card, heading);
    const char *rest = old != NULL ? strstr(old + 1, "\n## ") : strstr(card, "\n## Limits");
    const char *const end = card + strlen(card);
    rest = rest != NULL ? rest : end;
    mk_buf_add(out, card, (size_t)((old != NULL ? old : rest) - card));
    mk_buf_puts(out, heading);
    size_t len = strlen(text);
    while (len > 0 && text[len - 1] == '\n') {
        len--;
    }
    mk_buf_printf(out, "\n%.*s\n", (int)len, text);
    mk_buf_puts(out, rest);
}

static MkStatus rewrite(const MkWeights *w, const char *path, const char *card, MkError *err)
{
    MkStatus st = MK_OK;
    MkArena *const arena = mk_arena_new(0);
    MkWeightsOut *const out = mk_weights_out_new();
    if (arena == NULL || out == NULL) {
        st = mk_fail(err, MK_ENOMEM, "out of memory");
        goto done;
    }
    for (size_t i = 0; i < mk_weights_meta_count(w); i++) {
        const char *const key = mk_weights_meta_key(w, i);
        mk_weights_out_meta(out, key, strcmp(key, "card") == 0 ? card : mk_weights_meta(w, key));
    }
    for (size_t i = 0; i < mk_weights_count(w); i++) {
        const MkTensor *const t = mk_weights_at(w, i);
        MK_TRY_GOTO(mk_pair_counts_copy(t, arena, out, err));
    }
    st = mk_weights_out_write(out, path, err);
done:
    mk_weights_out_free(out);
    mk_arena_free(arena);
    return st;
}

MkStatus mk_model_recard(const char *path, const char *section, const char *text, MkError *err)
{
    MkStatus st = MK_OK;
    MkWeights *w = NULL;
    MkBuf card, heading;
    mk_buf_init(&card);
    mk_buf_init(&heading);
    mk_buf_printf(&heading, "\n## %s\n", section);
    MK_TRY_GOTO(mk_buf_status(&heading, err));
    MK_TRY_GOTO(mk_weights_open(path, &w, err));
    const char *const old = mk_weights_meta(w, "card");
    if (old == NULL) {
        st = mk_fail(err, MK_EFORMAT, "%s: not a manikin model: no card in its header", path);
        goto done;
    }
    splice(old, heading.data, text, &card);
    MK_TRY_GOTO(mk_buf_status(&card, err));
    st = rewrite(w, path, card.data, err);
done:
    mk_weights_close(w);
    mk_buf_release(&card);
    mk_buf_release(&heading);
    return st;
}
