/* Whole files in, unpacked on the way (mk_file_read of file.h). */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "src/base/file.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#ifdef HAVE_LZMA
#include <lzma.h>
#endif

#include "src/base/arena.h"
#include "src/base/file_internal.h"

enum { CHUNK_BYTES = 1 << 16 };

typedef struct Reader {
    const char *path;
    int fd;
    size_t limit_bytes; /* of the unpacked text; SIZE_MAX: none */
    MkBuf *buf;
    size_t start; /* buf->len before */
    unsigned char in[CHUNK_BYTES];
    unsigned char out[CHUNK_BYTES];
    size_t n_in; /* bytes of `in`; 0 at the end of the file */
} Reader;

static MkStatus reader_fill(Reader *r, MkError *err)
{
    return mk_file_read_fd(r->fd, r->path, r->in, sizeof r->in, &r->n_in, err);
}

/* The first bytes, enough for every magic number even when they trickle in. */
static MkStatus reader_begin(Reader *r, MkError *err)
{
    r->n_in = 0;
    size_t got = 1;
    while (r->n_in < 6 && got > 0) {
        MK_TRY(mk_file_read_fd(r->fd, r->path, r->in + r->n_in, sizeof r->in - r->n_in, &got, err));
        r->n_in += got;
    }
    return MK_OK;
}

static MkStatus reader_keep(Reader *r, const unsigned char *bytes, size_t len, MkError *err)
{
    if (len > r->limit_bytes - (r->buf->len - r->start)) {
        return mk_fail(err, MK_EFORMAT, "%s: longer than the limit of %zu bytes", r->path,
                       r->limit_bytes);
    }
    mk_buf_add(r->buf, bytes, len);
    return mk_buf_status(r->buf, err);
}

static MkStatus read_plain(Reader *r, MkError *err)
{
    while (r->n_in > 0) {
        MK_TRY(reader_keep(r, r->in, r->n_in, err));
        MK_TRY(reader_fill(r, err));
    }
    return MK_OK;
}

/* After the end of a member: another member, zero padding, or the end of the file. */
static MkStatus gzip_next(Reader *r, z_stream *z, bool *is_end, MkError *err)
{
    for (;;) {
        if (z->avail_in == 0) {
            MK_TRY(reader_fill(r, err));
            z->next_in = r->in;
            z->avail_in = (uInt)r->n_in;
        }
        if (z->avail_in == 0) {
            *is_end = true;
            return MK_OK;
        }
        if (*z->next_in != 0) {
            break;
        }
        z->next_in++;
        z->avail_in--;
    }
    if (*z->next_in != 0x1F || inflateReset(z) != Z_OK) {
        return mk_fail(err, MK_EFORMAT, "%s: unexpected bytes after the packed data", r->path);
    }
    return MK_OK;
}

static MkStatus gzip_run(Reader *r, z_stream *z, MkError *err)
{
    bool is_end = false;
    z->next_in = r->in;
    z->avail_in = (uInt)r->n_in;
    while (!is_end) {
        if (z->avail_in == 0) {
            MK_TRY(reader_fill(r, err));
            if (r->n_in == 0) {
                return mk_fail(err, MK_EFORMAT, "%s: the packed data end too early", r->path);
            }
            z->next_in = r->in;
            z->avail_in = (uInt)r->n_in;
        }
        z->next_out = r->out;
        z->avail_out = sizeof r->out;
        const int code = inflate(z, Z_NO_FLUSH);
        if (code == Z_MEM_ERROR) {
            return mk_fail(err, MK_ENOMEM, "%s: out of memory while unpacking", r->path);
        }
        if (code != Z_OK && code != Z_STREAM_END && code != Z_BUF_ERROR) {
            return mk_fail(err, MK_EFORMAT, "%s: damaged packed data (%s)", r->path,
                           z->msg != NULL ? z->msg : "gzip");
        }
        MK_TRY(reader_keep(r, r->out, sizeof r->out - z->avail_out, err));
        if (code == Z_STREAM_END) {
            MK_TRY(gzip_next(r, z, &is_end, err));
        }
    }
    return MK_OK;
}

static MkStatus read_gzip(Reader *r, MkError *err)
{
    z_stream z = {0};
    if (inflateInit2(&z, 15 + 16) != Z_OK) {
        return mk_fail(err, MK_ENOMEM, "%s: out of memory while unpacking", r->path);
    }
    const MkStatus st = gzip_run(r, &z, err);
    (void)inflateEnd(&z);
    return st;
}

#ifdef HAVE_LZMA
static MkStatus xz_run(Reader *r, lzma_stream *xz, MkError *err)
{
    lzma_action action = LZMA_RUN;
    xz->next_in = r->in;
    xz->avail_in = r->n_in;
    for (;;) {
        if (xz->avail_in == 0 && action == LZMA_RUN) {
            MK_TRY(reader_fill(r, err));
            xz->next_in = r->in;
            xz->avail_in = r->n_in;
            action = r->n_in == 0 ? LZMA_FINISH : LZMA_RUN;
        }
        xz->next_out = r->out;
        xz->avail_out = sizeof r->out;
        const lzma_ret code = lzma_code(xz, action);
        MK_TRY(reader_keep(r, r->out, sizeof r->out - xz->avail_out, err));
        if (code == LZMA_STREAM_END) {
            return MK_OK;
        }
        if (code == LZMA_MEM_ERROR || code == LZMA_MEMLIMIT_ERROR) {
            return mk_fail(err, MK_ENOMEM, "%s: unpacking needs too much memory", r->path);
        }
        if (code == LZMA_BUF_ERROR) {
            return mk_fail(err, MK_EFORMAT, "%s: the packed data end too early", r->path);
        }
        if (code != LZMA_OK) {
            return mk_fail(err, MK_EFORMAT, "%s: damaged packed data (xz)", r->path);
        }
    }
}

static MkStatus read_xz(Reader *r, MkError *err)
{
    const uint64_t memory_bytes = UINT64_C(256) << 20;
    lzma_stream xz = LZMA_STREAM_INIT;
    if (lzma_stream_decoder(&xz, memory_bytes, LZMA_CONCATENATED) != LZMA_OK) {
        return mk_fail(err, MK_ENOMEM, "%s: out of memory while unpacking", r->path);
    }
    const MkStatus st = xz_run(r, &xz, err);
    lzma_end(&xz);
    return st;
}
#else
static MkStatus read_xz(Reader *r, MkError *err)
{
    return mk_fail(err, MK_EUNSUPPORTED, "%s: packed with xz, which this build cannot read",
                   r->path);
}
#endif

static MkStatus reader_run(Reader *r, MkError *err)
{
    MK_TRY(reader_begin(r, err));
    if (r->n_in >= 2 && memcmp(r->in, "\x1F\x8B", 2) == 0) {
        return read_gzip(r, err);
    }
    if (r->n_in >= 6 && memcmp(r->in,
                               "\xFD"
                               "7zXZ",
                               6) == 0) {
        return read_xz(r, err);
    }
    return read_plain(r, err);
}

MkStatus mk_file_read(const char *path, size_t limit_bytes, MkBuf *buf, MkError *err)
{
    int fd = -1;
    uint64_t size = 0;
    MK_TRY(mk_file_open_fd(path, &fd, &size, err));
    Reader *r = mk_heap_array(1, sizeof *r);
    if (r == NULL) {
        (void)close(fd);
        return mk_fail(err, MK_ENOMEM, "%s: out of memory", path);
    }
    r->path = path;
    r->fd = fd;
    r->limit_bytes = limit_bytes > 0 ? limit_bytes : SIZE_MAX;
    r->buf = buf;
    r->start = buf->len;
    const MkStatus st = reader_run(r, err);
    if (st != MK_OK && !buf->failed) {
        buf->len = r->start; /* on failure the caller's buffer is as it was */
        if (buf->cap > 0) {
            buf->data[buf->len] = '\0';
        }
    }
    free(r);
    (void)close(fd);
    return st;
}
