/* output.c - what -o and export make of a result: effects that the door performs. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "src/base/file.h"
#include "src/base/text.h"
#include "src/script/inner.h"

static const char *const FIGURE_SUFFIXES[] = {".svg", ".png", ".pdf", ".gp"};
static const char *const TEXT_SUFFIXES[] = {".csv", ".json", ".md", ".txt", ".html"};

static bool is_figure_path(const char *path)
{
    for (size_t i = 0; i < sizeof FIGURE_SUFFIXES / sizeof *FIGURE_SUFFIXES; i++) {
        if (mk_text_has_suffix(path, strlen(path), FIGURE_SUFFIXES[i])) {
            return true;
        }
    }
    return false;
}

MkStatus mk_output_check(const char *path, MkError *err)
{
    const char *name = mk_file_base_name(path);
    if (name[0] == '\0') {
        return mk_fail(err, MK_EINVAL, "'%.100s': a file name is expected", path);
    }
    if (is_figure_path(path) || strrchr(name, '.') == NULL) {
        return MK_OK; /* without a suffix the line's format holds */
    }
    size_t len = strlen(path);
    if (mk_text_has_suffix(path, len, ".gz") || mk_text_has_suffix(path, len, ".xz")) {
        len -= 3;
    }
    for (size_t i = 0; i < sizeof TEXT_SUFFIXES / sizeof *TEXT_SUFFIXES; i++) {
        if (mk_text_has_suffix(path, len, TEXT_SUFFIXES[i])) {
            return MK_OK;
        }
    }
    return mk_fail(err, MK_EINVAL,
                   "%.200s: expected the suffix .txt .csv .json .md .html .svg .png .pdf or .gp",
                   path);
}

/* "plot.svg", "plot-2.svg", ... */
static const char *numbered(MkResult *result, const char *path, size_t i)
{
    if (i == 0) {
        return path;
    }
    const char *dot = strrchr(path, '.');
    return mk_arena_printf(result->arena, "%.*s-%zu%s", (int)(dot - path), path, i + 1, dot);
}

static void forget_screen_figures(MkResult *result)
{
    size_t n = 0;
    for (size_t i = 0; i < result->n_effects; i++) {
        const MkEffect *effect = &result->effects[i];
        if (effect->kind != MK_EFFECT_DRAW || effect->path != NULL) {
            result->effects[n++] = *effect;
        }
    }
    result->n_effects = n;
}

MkStatus mk_output_to(MkResult *result, const char *path, MkError *err)
{
    forget_screen_figures(result);
    if (!is_figure_path(path)) {
        (void)mk_result_add_effect(result, MK_EFFECT_WRITE, path);
        return mk_result_status(result, err);
    }
    if (result->n_figures == 0) {
        return mk_fail(err, MK_EINVAL, "%s has no figure for %.200s; plot and compare have",
                       result->verb, path);
    }
    const size_t n = mk_result_n_pictures(result);
    for (size_t i = 0; i < n; i++) {
        const char *name = numbered(result, path, i);
        MkEffect *effect = name != NULL ? mk_result_add_effect(result, MK_EFFECT_DRAW, name) : NULL;
        if (effect == NULL) {
            return mk_fail(err, MK_ENOMEM, "out of memory");
        }
        effect->figure = i;
    }
    return mk_result_status(result, err);
}

MkStatus mk_call_make_folder(const MkCall *call, const char *folder, MkError *err)
{
    mk_call_at_option(call, "output");
    if (mkdir(folder, 0777) != 0 && (errno != EEXIST || !mk_file_is_folder(folder))) {
        return mk_fail(err, MK_EIO, "%s: cannot make this folder: %s", folder, strerror(errno));
    }
    return MK_OK;
}
