#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "src/base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "src/base/file_internal.h"

const char *mk_file_base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

bool mk_file_exists(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0;
}

bool mk_file_is_folder(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

MkStatus mk_file_open_fd(const char *path, int *fd, uint64_t *size, MkError *err)
{
    int opened = -1;
    do {
        opened = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    } while (opened < 0 && errno == EINTR);
    if (opened < 0) {
        return mk_fail(err, MK_EIO, "%s: %s", path, strerror(errno));
    }
    struct stat info;
    if (fstat(opened, &info) != 0) {
        (void)mk_fail(err, MK_EIO, "%s: %s", path, strerror(errno));
        (void)close(opened);
        return MK_EIO;
    }
    if (S_ISDIR(info.st_mode)) {
        (void)close(opened);
        return mk_fail(err, MK_EIO, "%s: a folder, expected a file", path);
    }
    *fd = opened;
    *size = S_ISREG(info.st_mode) ? (uint64_t)info.st_size : UINT64_MAX;
    return MK_OK;
}

MkStatus mk_file_read_fd(int fd, const char *path, void *bytes, size_t len, size_t *got,
                         MkError *err)
{
    ssize_t n = 0;
    do {
        n = read(fd, bytes, len);
    } while (n < 0 && errno == EINTR);
    if (n < 0) {
        return mk_fail(err, MK_EIO, "%s: %s", path, strerror(errno));
    }
    *got = (size_t)n;
    return MK_OK;
}

MkStatus mk_file_map_open(const char *path, MkFileMap *map, MkError *err)
{
    int fd = -1;
    uint64_t size = 0;
    MK_TRY(mk_file_open_fd(path, &fd, &size, err));
    if (size > SIZE_MAX / 2) {
        (void)close(fd);
        return mk_fail(err, MK_EIO, "%s: cannot be mapped, not a regular file", path);
    }
    if (size == 0) {
        (void)close(fd);
        *map = (MkFileMap){.data = (const unsigned char *)"", .len = 0};
        return MK_OK;
    }
    void *data = mmap(NULL, (size_t)size, PROT_READ, MAP_PRIVATE, fd, 0);
    const int code = errno;
    (void)close(fd);
    if (data == MAP_FAILED) {
        return mk_fail(err, MK_EIO, "%s: cannot be mapped: %s", path, strerror(code));
    }
    *map = (MkFileMap){.data = data, .len = (size_t)size};
    return MK_OK;
}

void mk_file_map_close(MkFileMap *map)
{
    if (map->len > 0) {
        (void)munmap((void *)(uintptr_t)map->data, map->len);
    }
    *map = (MkFileMap){0};
}

/* FNV-1a, 64 bits, of the bytes as they lie on the disk. */
/* FNV-1a: http://www.isthe.com/chongo/tech/comp/fnv/ */
#define FNV_BEGIN UINT64_C(0xCBF29CE484222325)

static uint64_t fnv_add(uint64_t hash, const unsigned char *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        hash = (hash ^ bytes[i]) * UINT64_C(0x00000100000001B3);
    }
    return hash;
}

static void write_hex(uint64_t hash, char out[17])
{
    static const char hex[] = "0123456789abcdef";
    for (int i = 0; i < 16; i++) {
        out[i] = hex[(hash >> (60 - 4 * i)) & 0xF];
    }
    out[16] = '\0';
}

void mk_bytes_digest(const void *bytes, size_t len, char out[17])
{
    write_hex(fnv_add(FNV_BEGIN, bytes, len), out);
}

MkStatus mk_file_digest(const char *path, char out[17], MkError *err)
{
    int fd = -1;
    uint64_t size = 0;
    MK_TRY(mk_file_open_fd(path, &fd, &size, err));
    uint64_t hash = FNV_BEGIN;
    unsigned char chunk[1 << 14];
    size_t got = 0;
    MkStatus st = MK_OK;
    do {
        st = mk_file_read_fd(fd, path, chunk, sizeof chunk, &got, err);
        hash = st == MK_OK ? fnv_add(hash, chunk, got) : hash;
    } while (st == MK_OK && got > 0);
    (void)close(fd);
    if (st == MK_OK) {
        write_hex(hash, out);
    }
    return st;
}

MkStatus mk_file_write(const char *path, const void *bytes, size_t len, MkError *err)
{
    MkFileOut *out = NULL;
    MK_TRY(mk_file_out_open(path, &out, err));
    const MkStatus st = mk_file_out_write(out, bytes, len, err);
    if (st != MK_OK) {
        mk_file_out_abort(out);
        return st;
    }
    return mk_file_out_commit(out, err);
}
