/* models.c - which model files there are, and those that are open. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/file.h"
#include "src/base/text.h"
#include "src/script/inner.h"
#include "src/script/signed.h"

static const char SUFFIX[] = ".safetensors";

static MkStatus no_memory(MkError *err)
{
    return mk_fail(err, MK_ENOMEM, "out of memory");
}

static bool has_suffix(const char *text)
{
    return mk_text_has_suffix(text, strlen(text), SUFFIX);
}

const char *mk_model_base_name(MkArena *arena, const char *path)
{
    const char *name = mk_file_base_name(path);
    const size_t len = strlen(name);
    return mk_arena_strndup(arena, name, has_suffix(name) ? len - (sizeof SUFFIX - 1) : len);
}

typedef struct Listing {
    MkArena *arena;
    size_t n, cap;
    MkModelFile *files;
    bool failed;
} Listing;

static void list_add(Listing *list, const char *folder, const char *file, bool is_users)
{
    if (list->n == list->cap) {
        const size_t cap = list->cap > 0 ? 2 * list->cap : 16;
        MkModelFile *more = mk_arena_array(list->arena, cap, sizeof *more);
        if (more == NULL) {
            list->failed = true;
            return;
        }
        if (list->n > 0) {
            memcpy(more, list->files, list->n * sizeof *more);
        }
        list->files = more;
        list->cap = cap;
    }
    MkModelFile made = {.path = mk_arena_printf(list->arena, "%s/%s", folder, file),
                        .name = mk_model_base_name(list->arena, file),
                        .is_users = is_users};
    list->failed = list->failed || made.path == NULL || made.name == NULL;
    list->files[list->n++] = made;
}

/* A folder that does not exist has no models. */
static void list_folder(Listing *list, const char *folder, bool is_users)
{
    DIR *dir = folder != NULL && folder[0] != '\0' ? opendir(folder) : NULL;
    if (dir == NULL) {
        return;
    }
    for (const struct dirent *entry = readdir(dir); entry != NULL && !list->failed;
         entry = readdir(dir)) {
        if (entry->d_name[0] != '.' && has_suffix(entry->d_name)) {
            list_add(list, folder, entry->d_name, is_users);
        }
    }
    closedir(dir);
}

static int compare_files(const void *a, const void *b)
{
    const MkModelFile *x = a;
    const MkModelFile *y = b;
    const int by_name = strcmp(x->name, y->name);
    return by_name != 0 ? by_name : (int)y->is_users - (int)x->is_users;
}

MkStatus mk_models_list(const MkSession *session, MkArena *arena, size_t *n, MkModelFile **out,
                        MkError *err)
{
    Listing list = {.arena = arena};
    list_folder(&list, session->config.paths.model_dir, false);
    list_folder(&list, session->config.paths.user_model_dir, true);
    if (list.failed) {
        return no_memory(err);
    }
    if (list.n > 1) {
        qsort(list.files, list.n, sizeof *list.files, compare_files);
    }
    *n = list.n;
    *out = list.files;
    return MK_OK;
}

static MkStatus fail_name(MkArena *arena, const char *said, size_t n, const MkModelFile *files,
                          MkError *err)
{
    const char **names = mk_arena_array(arena, n, sizeof *names);
    const char *list = "";
    if (names == NULL) {
        return no_memory(err);
    }
    for (size_t i = 0; i < n; i++) {
        names[i] = files[i].name;
        list = mk_arena_printf(arena, "%s%s%s", list, i > 0 ? ", " : "", files[i].name);
        if (list == NULL) {
            return no_memory(err);
        }
    }
    const char *near = mk_nearest(arena, said, names, n);
    if (near == NULL) {
        return no_memory(err);
    }
    if (near[0] != '\0') {
        return mk_fail(err, MK_ENOTFOUND, "no model '%.80s', nearest: %s", said, near);
    }
    return mk_fail(err, MK_ENOTFOUND, "no model '%.80s'; there %s%s", said,
                   n == 0   ? "are none"
                   : n == 1 ? "is: "
                            : "are: ",
                   list);
}

/* Releases are named after stars in the order of the alphabet: the newest is the last. */
static MkStatus find_default(const MkSession *session, size_t n, const MkModelFile *files,
                             const char **path, MkError *err)
{
    bool is_shipped = false;
    for (size_t i = 0; i < n; i++) {
        if (!files[i].is_users) {
            *path = files[i].path;
            is_shipped = true;
        }
    }
    if (is_shipped) {
        return MK_OK;
    }
    if (n == 1) {
        *path = files[0].path;
        return MK_OK;
    }
    if (n > 1) {
        return mk_fail(err, MK_EINVAL,
                       "several models of your own and none shipped: "
                       "choose one with --model (see model list)");
    }
    const char *folder = session->config.paths.model_dir;
    return mk_fail(err, MK_EIO, "no model in %s; name one with --model FILE",
                   folder != NULL ? folder : "the data folder");
}

MkStatus mk_models_find(const MkSession *session, const char *said, MkArena *arena,
                        const char **path, MkError *err)
{
    if (said != NULL && (strchr(said, '/') != NULL || has_suffix(said))) {
        *path = mk_arena_strdup(arena, said);
        return *path != NULL ? MK_OK : no_memory(err);
    }
    size_t n = 0;
    MkModelFile *files = NULL;
    /* A session that asks line after line stays with the model that it has. */
    if (said == NULL && session->current != NULL && session->current_is_default) {
        *path = mk_arena_strdup(arena, session->current->path);
        return *path != NULL ? MK_OK : no_memory(err);
    }
    MK_TRY(mk_models_list(session, arena, &n, &files, err));
    if (said == NULL) {
        return find_default(session, n, files, path, err);
    }
    for (size_t i = 0; i < n; i++) {
        if (strcmp(files[i].name, said) == 0) {
            *path = files[i].path;
            return MK_OK;
        }
    }
    if (mk_file_exists(said)) {
        *path = mk_arena_strdup(arena, said);
        return *path != NULL ? MK_OK : no_memory(err);
    }
    return fail_name(arena, said, n, files, err);
}

/* Once a file; a model that is open stays what it was. */
static MkStatus need_signature(const MkSession *session, MkOpened *opened, MkError *err)
{
    if (session->is_signed_only && !opened->is_signed) {
        MK_TRY(mk_signed_open(session, opened->path, err));
        opened->is_signed = true;
    }
    return MK_OK;
}

MkStatus mk_models_open(MkSession *session, const char *path, const MkOpened **out, MkError *err)
{
    for (size_t i = 0; i < session->n_opened; i++) {
        if (strcmp(session->opened[i]->path, path) == 0) {
            MK_TRY(need_signature(session, session->opened[i], err));
            *out = session->opened[i];
            return MK_OK;
        }
    }
    MkOpened **more = mk_heap_grow(session->opened, session->n_opened + 1, sizeof *session->opened);
    if (more == NULL) {
        return no_memory(err);
    }
    session->opened = more;
    MkOpened *made = calloc(1, sizeof *made);
    const size_t bytes = strlen(path) + 1;
    if (made != NULL) {
        made->path = malloc(bytes);
    }
    if (made == NULL || made->path == NULL) {
        free(made);
        return no_memory(err);
    }
    memcpy(made->path, path, bytes);
    MkStatus st = need_signature(session, made, err);
    if (st == MK_OK) {
        st = mk_model_open(path, &made->model, err);
    }
    if (st != MK_OK) {
        free(made->path);
        free(made);
        return st;
    }
    session->opened[session->n_opened++] = made;
    *out = made;
    return MK_OK;
}
