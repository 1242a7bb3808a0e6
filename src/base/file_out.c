/* Files that are complete or absent (mk_file_out_* of file.h).
 *
 * What is written goes through a small buffer, then the packer that the suffix asks for, then to a
 * hidden file beside the target, which takes the target's name on commit. A target that exists and
 * is no regular file (a device, a pipe) is written to directly. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "src/base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#ifdef HAVE_LZMA
#include <lzma.h>
#endif

#include "src/base/arena.h"
#include "src/base/text.h"

enum { CHUNK_BYTES = 1 << 16, NAME_TRIES = 1000 };

typedef enum Packing { PACK_NONE, PACK_GZIP, PACK_XZ } Packing;

struct MkFileOut {
    char *path;   /* as the caller wrote it, for messages */
    char *target; /* with symbolic links resolved */
    char *hidden; /* NULL when the target is written to directly */
    int fd;
    Packing packing;
    z_stream z;
#ifdef HAVE_LZMA
    lzma_stream xz;
#endif
    size_t n_in;
    unsigned char in[CHUNK_BYTES];
    unsigned char packed[CHUNK_BYTES];
};

static char *text_copy(const char *text)
{
    const size_t bytes = strlen(text) + 1;
    char *copy = malloc(bytes);
    if (copy != NULL) {
        memcpy(copy, text, bytes);
    }
    return copy;
}

static MkStatus fail_errno(const MkFileOut *out, MkError *err)
{
    return mk_fail(err, MK_EIO, "%s: %s", out->path, strerror(errno));
}

static MkStatus fail_memory(const char *path, MkError *err)
{
    return mk_fail(err, MK_ENOMEM, "%s: out of memory", path);
}

static MkStatus out_raw(MkFileOut *out, const unsigned char *bytes, size_t len, MkError *err)
{
    while (len > 0) {
        const ssize_t n = write(out->fd, bytes, len);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            return fail_errno(out, err);
        }
        bytes += n;
        len -= (size_t)n;
    }
    return MK_OK;
}

static MkStatus pack_gzip(MkFileOut *out, const unsigned char *bytes, size_t len, bool is_last,
                          MkError *err)
{
    out->z.next_in = (unsigned char *)(uintptr_t)bytes; /* zlib does not write there */
    out->z.avail_in = (uInt)len;
    int code = Z_OK;
    do {
        out->z.next_out = out->packed;
        out->z.avail_out = sizeof out->packed;
        code = deflate(&out->z, is_last ? Z_FINISH : Z_NO_FLUSH);
        if (code == Z_STREAM_ERROR) {
            return mk_fail(err, MK_EIO, "%s: packing failed", out->path);
        }
        MK_TRY(out_raw(out, out->packed, sizeof out->packed - out->z.avail_out, err));
    } while (out->z.avail_out == 0 || (is_last && code != Z_STREAM_END));
    return MK_OK;
}

#ifdef HAVE_LZMA
static MkStatus pack_xz(MkFileOut *out, const unsigned char *bytes, size_t len, bool is_last,
                        MkError *err)
{
    out->xz.next_in = bytes;
    out->xz.avail_in = len;
    lzma_ret code = LZMA_OK;
    do {
        out->xz.next_out = out->packed;
        out->xz.avail_out = sizeof out->packed;
        code = lzma_code(&out->xz, is_last ? LZMA_FINISH : LZMA_RUN);
        if (code != LZMA_OK && code != LZMA_STREAM_END) {
            return mk_fail(err, MK_ENOMEM, "%s: packing failed", out->path);
        }
        MK_TRY(out_raw(out, out->packed, sizeof out->packed - out->xz.avail_out, err));
    } while (out->xz.avail_in > 0 || (is_last && code != LZMA_STREAM_END));
    return MK_OK;
}
#endif

static MkStatus out_pack(MkFileOut *out, const unsigned char *bytes, size_t len, bool is_last,
                         MkError *err)
{
    switch (out->packing) {
    case PACK_GZIP:
        return pack_gzip(out, bytes, len, is_last, err);
    case PACK_XZ:
#ifdef HAVE_LZMA
        return pack_xz(out, bytes, len, is_last, err);
#else
        break;
#endif
    case PACK_NONE:
        break;
    }
    return out_raw(out, bytes, len, err);
}

static MkStatus packing_init(MkFileOut *out, MkError *err)
{
    if (mk_text_has_suffix(out->path, strlen(out->path), ".gz")) {
        /* 15 + 16: a gzip header, whose time stays 0, so the same rows give the same bytes. */
        if (deflateInit2(&out->z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
            return fail_memory(out->path, err);
        }
        out->packing = PACK_GZIP;
    } else if (mk_text_has_suffix(out->path, strlen(out->path), ".xz")) {
#ifdef HAVE_LZMA
        out->xz = (lzma_stream)LZMA_STREAM_INIT;
        if (lzma_easy_encoder(&out->xz, 4, LZMA_CHECK_CRC64) != LZMA_OK) {
            return fail_memory(out->path, err);
        }
        out->packing = PACK_XZ;
#else
        return mk_fail(err, MK_EUNSUPPORTED, "%s: this build cannot pack with xz", out->path);
#endif
    }
    return MK_OK;
}

/* Opens .NAME.PROCESS.TRY.tmp beside the target; the mode is that of the file it will replace. */
static MkStatus open_hidden(MkFileOut *out, const struct stat *old, MkError *err)
{
    const char *slash = strrchr(out->target, '/');
    const size_t n_folder = slash != NULL ? (size_t)(slash - out->target) + 1 : 0;
    MkBuf name;
    mk_buf_init(&name);
    for (int i = 0; i < NAME_TRIES && out->fd < 0; i++) {
        mk_buf_clear(&name);
        mk_buf_add(&name, out->target, n_folder);
        mk_buf_printf(&name, ".%.100s.%ld.%d.tmp", out->target + n_folder, (long)getpid(), i);
        if (name.failed) {
            mk_buf_release(&name);
            return fail_memory(out->path, err);
        }
        out->fd = open(name.data, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (out->fd < 0 && errno != EEXIST && errno != EINTR) {
            break;
        }
    }
    if (out->fd < 0) {
        mk_buf_release(&name);
        return fail_errno(out, err);
    }
    out->hidden = mk_buf_take(&name);
    if (old != NULL) {
        (void)fchmod(out->fd, old->st_mode & 0777); /* some file systems know no modes */
    }
    return MK_OK;
}

static MkStatus open_target(MkFileOut *out, MkError *err)
{
    struct stat info;
    const bool is_there = stat(out->path, &info) == 0;
    if (is_there && S_ISDIR(info.st_mode)) {
        return mk_fail(err, MK_EIO, "%s: a folder, expected a file", out->path);
    }
    if (is_there && !S_ISREG(info.st_mode)) {
        out->fd = open(out->path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
        return out->fd < 0 ? fail_errno(out, err) : MK_OK;
    }
    if (is_there && access(out->path, W_OK) != 0) {
        return fail_errno(out, err); /* a write-protected file stays as it is */
    }
    out->target = is_there ? realpath(out->path, NULL) : text_copy(out->path);
    if (out->target == NULL) {
        return fail_memory(out->path, err);
    }
    return open_hidden(out, is_there ? &info : NULL, err);
}

MkStatus mk_file_out_open(const char *path, MkFileOut **out, MkError *err)
{
    if (path[0] == '\0') {
        return mk_fail(err, MK_EINVAL, "an empty file name");
    }
    MkFileOut *made = mk_heap_array(1, sizeof *made);
    if (made == NULL) {
        return fail_memory(path, err);
    }
    made->fd = -1;
    made->path = text_copy(path);
    MkStatus st = made->path != NULL ? MK_OK : fail_memory(path, err);
    if (st == MK_OK) {
        st = packing_init(made, err);
    }
    if (st == MK_OK) {
        st = open_target(made, err);
    }
    if (st != MK_OK) {
        mk_file_out_abort(made);
        return st;
    }
    *out = made;
    return MK_OK;
}

static MkStatus out_flush(MkFileOut *out, bool is_last, MkError *err)
{
    const size_t n = out->n_in;
    out->n_in = 0;
    return out_pack(out, out->in, n, is_last, err);
}

MkStatus mk_file_out_write(MkFileOut *out, const void *bytes, size_t len, MkError *err)
{
    const unsigned char *p = bytes;
    while (len > 0) {
        if (out->n_in == sizeof out->in) {
            MK_TRY(out_flush(out, false, err));
        }
        const size_t room = sizeof out->in - out->n_in;
        const size_t n = len < room ? len : room;
        memcpy(out->in + out->n_in, p, n);
        out->n_in += n;
        p += n;
        len -= n;
    }
    return MK_OK;
}

/* The folder's entry must reach the disk too; a folder that cannot be synced is no failure. */
static void sync_folder(const char *target)
{
    char *folder = text_copy(target);
    if (folder == NULL) {
        return;
    }
    char *slash = strrchr(folder, '/');
    if (slash != NULL) {
        slash[slash == folder ? 1 : 0] = '\0';
    }
    const int fd = open(slash != NULL ? folder : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        (void)fsync(fd);
        (void)close(fd);
    }
    free(folder);
}

static MkStatus out_finish(MkFileOut *out, MkError *err)
{
    MK_TRY(out_flush(out, true, err));
    if (out->hidden != NULL && fsync(out->fd) != 0) {
        return fail_errno(out, err);
    }
    const int fd = out->fd;
    out->fd = -1;
    if (close(fd) != 0) {
        return fail_errno(out, err);
    }
    if (out->hidden != NULL) {
        if (rename(out->hidden, out->target) != 0) {
            return fail_errno(out, err);
        }
        free(out->hidden);
        out->hidden = NULL;
        sync_folder(out->target);
    }
    return MK_OK;
}

MkStatus mk_file_out_commit(MkFileOut *out, MkError *err)
{
    const MkStatus st = out_finish(out, err);
    mk_file_out_abort(out); /* frees; after a failure it also removes the hidden file */
    return st;
}

MkStatus mk_file_move(const char *from, const char *to, MkError *err)
{
    struct stat info;
    if (stat(to, &info) == 0) {
        if (access(to, W_OK) != 0) {
            return mk_fail(err, MK_EIO, "%s: %s", to, strerror(errno));
        }
        (void)chmod(from, info.st_mode & 0777); /* some file systems know no modes */
    }
    if (rename(from, to) != 0) {
        return mk_fail(err, MK_EIO, "%s: %s", to, strerror(errno));
    }
    sync_folder(to);
    return MK_OK;
}

void mk_file_out_abort(MkFileOut *out)
{
    if (out == NULL) {
        return;
    }
    if (out->fd >= 0) {
        (void)close(out->fd);
    }
    if (out->hidden != NULL) {
        (void)unlink(out->hidden);
    }
    if (out->packing == PACK_GZIP) {
        (void)deflateEnd(&out->z);
    }
#ifdef HAVE_LZMA
    if (out->packing == PACK_XZ) {
        lzma_end(&out->xz);
    }
#endif
    free(out->hidden);
    free(out->target);
    free(out->path);
    free(out);
}
