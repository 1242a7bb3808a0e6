#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "model/recard.h"

#include <jansson.h>
#include <stdlib.h>
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

/* A member of a file's metadata that becomes another. */
typedef struct Meta {
    const char *key, *text;
} Meta;

static const char *replaced(const MkWeights *w, const char *key, const Meta *metas, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(key, metas[i].key) == 0 && metas[i].text[0] != '\0') {
            return metas[i].text;
        }
    }
    return mk_weights_meta(w, key);
}

static MkStatus rewrite(const MkWeights *w, const char *path, const Meta *metas, size_t n,
                        MkError *err)
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
        mk_weights_out_meta(out, key, replaced(w, key, metas, n));
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
    const Meta meta = {"card", card.data};
    st = rewrite(w, path, &meta, 1, err);
done:
    mk_weights_close(w);
    mk_buf_release(&card);
    mk_buf_release(&heading);
    return st;
}

/* ---- which release ---- */

/* Lines of a recipe that say what a model is, and what its tables are called; the others say how it
 * was made. */
static bool is_description(const char *line)
{
    static const char *const keys[] = {"version", "population", "licence",   "limits", "changes",
                                       "linkage", "source",     "threshold", "table",  "schema"};
    const size_t n = strcspn(line, " \n");
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        if (strlen(keys[i]) == n && strncmp(line, keys[i], n) == 0) {
            return true;
        }
    }
    return false;
}

static void add_lines(const char *recipe, bool described, MkBuf *out)
{
    for (const char *at = recipe; *at != '\0';) {
        const size_t n = strcspn(at, "\n");
        if (is_description(at) == described) {
            mk_buf_add(out, at, n);
            mk_buf_putc(out, '\n');
        }
        at += n + (at[n] == '\n');
    }
}

/* The manifest with the description of another recipe; "" when it has none, or cannot be read. */
static void describe(const char *manifest, const char *recipe, MkBuf *out)
{
    MkBuf merged;
    json_t *const root = json_loads(manifest, 0, NULL);
    const char *const old = json_string_value(json_object_get(root, "recipe"));
    mk_buf_init(&merged);
    if (old != NULL && recipe[0] != '\0') {
        add_lines(old, false, &merged);
        add_lines(recipe, true, &merged);
        char *const text = json_object_set_new(root, "recipe", json_string(merged.data)) == 0
                               ? json_dumps(root, JSON_REAL_PRECISION(17))
                               : NULL;
        mk_buf_puts(out, text != NULL ? text : "");
        free(text);
    }
    mk_buf_release(&merged);
    json_decref(root);
}

/* The card with another head and other sections. */
static void relabel_card(const char *card, const char *name, const MkLabel *label, MkBuf *out)
{
    const struct {
        const char *heading, *text;
    } sections[] = {{"\n## Changes\n", label->changes}, {"\n## Limits\n", label->limits}};
    MkBuf now, next;
    mk_buf_init(&now);
    mk_buf_init(&next);
    if (label->version[0] != '\0') {
        mk_buf_printf(&now, "# %s %s%s", name, label->version, card + strcspn(card, "\n"));
    } else {
        mk_buf_puts(&now, card);
    }
    for (size_t i = 0; i < sizeof sections / sizeof *sections; i++) {
        if (sections[i].text[0] != '\0') {
            mk_buf_clear(&next);
            splice(now.data, sections[i].heading, sections[i].text, &next);
            mk_buf_clear(&now);
            mk_buf_puts(&now, next.data);
        }
    }
    mk_buf_puts(out, now.data);
    out->failed = out->failed || now.failed || next.failed;
    mk_buf_release(&now);
    mk_buf_release(&next);
}

MkStatus mk_model_relabel(const char *path, const MkLabel *label, MkError *err)
{
    MkStatus st = MK_OK;
    MkWeights *w = NULL;
    MkBuf card, manifest;
    mk_buf_init(&card);
    mk_buf_init(&manifest);
    MK_TRY_GOTO(mk_weights_open(path, &w, err));
    const char *const old = mk_weights_meta(w, "card"), *const name = mk_weights_meta(w, "name");
    const char *const made = mk_weights_meta(w, "manifest");
    if (old == NULL || name == NULL) {
        st = mk_fail(err, MK_EFORMAT, "%s: not a manikin model: no card in its header", path);
        goto done;
    }
    relabel_card(old, name, label, &card);
    describe(made != NULL ? made : "", label->recipe, &manifest);
    MK_TRY_GOTO(mk_buf_status(&card, err));
    MK_TRY_GOTO(mk_buf_status(&manifest, err));
    const Meta metas[] = {{"card", card.data},
                          {"version", label->version},
                          {"thresholds", label->thresholds},
                          {"manifest", manifest.data}};
    st = rewrite(w, path, metas, sizeof metas / sizeof *metas, err);
done:
    mk_weights_close(w);
    mk_buf_release(&card);
    mk_buf_release(&manifest);
    return st;
}
