/* places.c - where models, sources, scripts and the user's own files lie. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "src/shell/shell.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "src/base/buf.h"
#include "src/base/file.h"

enum { PATH_BYTES = 4096 };

static const char *join(MkShell *shell, const char *folder, const char *name)
{
    const char *path = mk_arena_printf(shell->arena, "%s/%s", folder, name);
    return path != NULL ? path : "";
}

/* Folder of the executable; "" when the system does not tell. */
static const char *own_folder(MkShell *shell)
{
    char path[PATH_BYTES];
    const ssize_t n = readlink("/proc/self/exe", path, sizeof path - 1);
    if (n <= 0) {
        return "";
    }
    path[n] = '\0';
    char *slash = strrchr(path, '/');
    if (slash != NULL) {
        *slash = '\0';
    }
    const char *copy = mk_arena_strdup(shell->arena, path);
    return copy != NULL ? copy : "";
}

/* The source tree of a program that runs in place: named by the file manikin-srcdir beside it. */
static const char *source_tree(MkShell *shell, const char *own)
{
    MkBuf buf;
    const char *tree = NULL;
    mk_buf_init(&buf);
    if (own[0] != '\0' &&
        mk_file_read(join(shell, own, "manikin-srcdir"), PATH_BYTES, &buf, NULL) == MK_OK) {
        const size_t n = strcspn(buf.data, "\n");
        tree = mk_arena_strndup(shell->arena, buf.data, n);
        tree = tree != NULL && mk_file_is_folder(tree) ? tree : NULL;
    }
    mk_buf_release(&buf);
    return tree;
}

/* $VARIABLE/manikin/NAME, or the same under the home folder; NULL without a home. */
const char *mk_shell_xdg_path(MkShell *shell, const char *variable, const char *fallback,
                              const char *name)
{
    const char *folder = getenv(variable);
    const char *home = getenv("HOME");
    if (folder == NULL || folder[0] != '/') {
        if (home == NULL || home[0] == '\0') {
            return NULL;
        }
        folder = join(shell, home, fallback);
    }
    return mk_arena_printf(shell->arena, "%s/manikin/%s", folder, name);
}

MkPaths mk_shell_find_paths(MkShell *shell)
{
    const char *own = own_folder(shell);
    const char *data = getenv("MANIKIN_DATADIR");
    const char *tree = source_tree(shell, own);
    if (data == NULL || data[0] == '\0') {
        data = tree != NULL ? tree : MK_PKGDATADIR;
    }
    const char *reader = join(shell, own, "manikin-readsurvey");
    if (tree == NULL || !mk_file_exists(reader)) {
        reader = MK_PKGLIBEXECDIR "/manikin-readsurvey";
    }
    return (MkPaths){
        .model_dir = join(shell, data, "model"),
        .user_model_dir = mk_shell_xdg_path(shell, "XDG_DATA_HOME", ".local/share", "model"),
        .sources_dir = join(shell, data, "sources"),
        .scenarios_dir = join(shell, data, "scenarios"),
        .reader = reader,
        .settings = mk_shell_xdg_path(shell, "XDG_CONFIG_HOME", ".config", "settings"),
        .history = mk_shell_xdg_path(shell, "XDG_STATE_HOME", ".local/state", "history")};
}
