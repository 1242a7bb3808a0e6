/* signed.c - a model's signature, and the keys that count. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "src/script/signed.h"

#include <dirent.h>
#include <string.h>

#include "src/base/file.h"
#include "src/base/text.h"

static const char KEY_SUFFIX[] = ".pub";

static MkStatus no_memory(MkError *err)
{
    return mk_fail(err, MK_ENOMEM, "out of memory");
}

/* A file against keys that are tried one by one. */
typedef struct Trial {
    MkArena *arena;
    const MkSignature *signature;
    const MkFileMap *map;
    MkSigned *found;
    MkError first; /* what a key with the right id found wrong */
} Trial;

static MkStatus try_key(Trial *trial, const char *text, size_t len, const char *origin,
                        MkError *err)
{
    MkSigningKey key;
    MkError wrong = {0};
    MK_TRY(mk_signing_key_parse(text, len, origin, &key, err));
    if (trial->found->vouch == MK_VOUCH_OK || !mk_signature_is_by(trial->signature, &key)) {
        return MK_OK;
    }
    const MkStatus st =
        mk_signature_check(trial->signature, &key, trial->map->data, trial->map->len, &wrong);
    if (st == MK_ECHECK) {
        trial->first = wrong;
        return MK_OK;
    }
    if (st != MK_OK) {
        return mk_fail(err, st, "%s", wrong.text);
    }
    trial->found->vouch = MK_VOUCH_OK;
    trial->found->comment = trial->signature->comment;
    trial->found->key = mk_arena_strdup(trial->arena, origin);
    return trial->found->key != NULL ? MK_OK : no_memory(err);
}

static MkStatus try_file(Trial *trial, const char *path, MkError *err)
{
    MkBuf buf;
    mk_buf_init(&buf);
    MkStatus st = mk_file_read(path, MK_SIGNATURE_TEXT_MOST, &buf, err);
    if (st == MK_OK) {
        st = try_key(trial, buf.data, buf.len, path, err);
    }
    mk_buf_release(&buf);
    return st;
}

/* A file, or the key itself. */
static MkStatus try_said(Trial *trial, const char *said, MkError *err)
{
    if (mk_file_exists(said)) {
        return try_file(trial, said, err);
    }
    if (try_key(trial, said, strlen(said), "--key", NULL) != MK_OK) {
        return mk_fail(err, MK_EINVAL, "--key %.80s: neither a file nor base64 of a public key",
                       said);
    }
    return MK_OK;
}

/* All keys of FOLDER/keys; there may be none. */
static MkStatus try_folder(Trial *trial, const char *folder, MkError *err)
{
    const char *const keys = mk_arena_printf(trial->arena, "%s/keys", mk_text_or_empty(folder));
    DIR *const dir = folder != NULL && keys != NULL ? opendir(keys) : NULL;
    MkStatus st = MK_OK;
    if (dir == NULL) {
        return keys != NULL ? MK_OK : no_memory(err);
    }
    for (const struct dirent *e = readdir(dir); e != NULL && st == MK_OK; e = readdir(dir)) {
        if (e->d_name[0] != '.' && mk_text_has_suffix(e->d_name, strlen(e->d_name), KEY_SUFFIX)) {
            const char *const path = mk_arena_printf(trial->arena, "%s/%s", keys, e->d_name);
            st = path != NULL ? try_file(trial, path, err) : no_memory(err);
        }
    }
    closedir(dir);
    return st;
}

static MkStatus try_all(const MkSession *session, const char *key, Trial *trial, MkError *err)
{
    const MkPaths *const paths = &session->config.paths;
    MK_TRY(key != NULL ? try_said(trial, key, err) : MK_OK);
    MK_TRY(try_folder(trial, paths->model_dir, err));
    MK_TRY(try_folder(trial, paths->user_model_dir, err));
    if (trial->found->vouch != MK_VOUCH_OK && trial->first.status != MK_OK) {
        return mk_fail(err, trial->first.status, "%s", trial->first.text);
    }
    return MK_OK;
}

MkStatus mk_signed_read(const MkSession *session, const char *path, const char *key, MkArena *arena,
                        MkSigned *out, MkError *err)
{
    const char *const beside = mk_arena_printf(arena, "%s%s", path, MK_SIGNATURE_SUFFIX);
    MkSigned found = {.vouch = MK_VOUCH_NONE, .comment = "", .key = ""};
    MkSignature signature;
    MkFileMap map;
    MkBuf buf;
    if (beside == NULL) {
        return no_memory(err);
    }
    if (!mk_file_exists(beside)) {
        *out = found;
        return MK_OK;
    }
    mk_buf_init(&buf);
    MkStatus st = mk_file_read(beside, MK_SIGNATURE_TEXT_MOST, &buf, err);
    if (st == MK_OK) {
        st = mk_signature_parse(buf.data, buf.len, beside, arena, &signature, err);
    }
    mk_buf_release(&buf);
    MK_TRY(st);
    found.vouch = MK_VOUCH_UNKNOWN;
    (void)mk_key_id_text(signature.key_id, found.key_id);
    MK_TRY(mk_file_map_open(path, &map, err));
    Trial trial = {.arena = arena, .signature = &signature, .map = &map, .found = &found};
    st = try_all(session, key, &trial, err);
    if (st == MK_ECHECK) {
        mk_error_prefix(err, "%s", path);
    }
    mk_file_map_close(&map);
    MK_TRY(st);
    *out = found;
    return MK_OK;
}

MkStatus mk_signed_need(const MkSigned *found, const char *path, MkError *err)
{
    switch (found->vouch) {
    case MK_VOUCH_NONE:
        return mk_fail(err, MK_ECHECK, "%s is not signed (no %s%s), and --require-signature asks",
                       path, mk_file_base_name(path), MK_SIGNATURE_SUFFIX);
    case MK_VOUCH_UNKNOWN:
        return mk_fail(err, MK_ECHECK,
                       "%s is signed by key %s, which is not trusted here, and "
                       "--require-signature asks",
                       path, found->key_id);
    case MK_VOUCH_OK:
        break;
    }
    return MK_OK;
}

MkStatus mk_signed_open(const MkSession *session, const char *path, MkError *err)
{
    if (!session->is_signed_only) {
        return MK_OK;
    }
    MkArena *const arena = mk_arena_new(0);
    MkSigned found;
    if (arena == NULL) {
        return no_memory(err);
    }
    MkStatus st = mk_signed_read(session, path, NULL, arena, &found, err);
    if (st == MK_OK) {
        st = mk_signed_need(&found, path, err);
    }
    mk_arena_free(arena);
    return st;
}
