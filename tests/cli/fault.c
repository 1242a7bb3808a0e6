/* fault.c - a disk that fails, for disk.sh: preloaded, it lets the n-th call that writes into a
 * folder fail, and all after it (a disk stays full).
 *
 *   MK_FAULT_FOLDER  only files below it, with symbolic links resolved
 *   MK_FAULT_AT      n, from 1; MK_FAULT_ERRNO the number of the error
 *   MK_FAULT_ONCE    set: the calls after it work again
 *   MK_FAULT_MARK    a file that is made when a call failed, and then has its name
 *
 * Calls: open for writing, write, fsync, ftruncate, close of such a file, rename, mkdir. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

enum { MOST_FILES = 1024 };

static bool g_is_ours[MOST_FILES]; /* open for writing below the folder */
static long g_count;

typedef void Call(void); /* cast to what it is */

static Call *real(const char *name)
{
    void *const found = dlsym(RTLD_NEXT, name);
    Call *call = NULL;
    if (found == NULL) {
        abort();
    }
    memcpy(&call, &found, sizeof call); /* ISO C has no cast from object to function */
    return call;
}

static bool is_below(const char *path)
{
    const char *folder = getenv("MK_FAULT_FOLDER");
    char parent[PATH_MAX], whole[PATH_MAX];
    if (folder == NULL || path == NULL || strlen(path) >= sizeof parent) {
        return false;
    }
    strcpy(parent, path);
    char *slash = strrchr(parent, '/');
    if (slash != NULL) {
        slash[slash == parent] = '\0';
    }
    return realpath(slash != NULL ? parent : ".", whole) != NULL &&
           strncmp(whole, folder, strlen(folder)) == 0;
}

/* The file is made with the calls that are not ours. */
static void leave_mark(const char *call)
{
    int (*const real_open)(const char *, int, ...) = (int (*)(const char *, int, ...))real("open");
    ssize_t (*const real_write)(int, const void *, size_t) =
        (ssize_t(*)(int, const void *, size_t))real("write");
    int (*const real_close)(int) = (int (*)(int))real("close");
    const char *path = getenv("MK_FAULT_MARK");
    const int fd = path != NULL ? real_open(path, O_WRONLY | O_CREAT | O_APPEND, 0666) : -1;
    if (fd >= 0) {
        (void)!real_write(fd, call, strlen(call));
        (void)!real_write(fd, "\n", 1);
        (void)real_close(fd);
    }
}

/* Counts a call; true when it is to fail, with errno set. */
static bool fails(const char *call)
{
    const char *at = getenv("MK_FAULT_AT"), *code = getenv("MK_FAULT_ERRNO");
    const long n = at != NULL ? strtol(at, NULL, 10) : 0;
    g_count++;
    if (n <= 0 || code == NULL || g_count < n || (g_count > n && getenv("MK_FAULT_ONCE") != NULL)) {
        return false;
    }
    leave_mark(call);
    errno = (int)strtol(code, NULL, 10);
    return true;
}

static int open_any(const char *name, const char *path, int flags, mode_t mode)
{
    int (*const real_open)(const char *, int, ...) = (int (*)(const char *, int, ...))real(name);
    const bool is_ours = (flags & O_ACCMODE) != O_RDONLY && is_below(path);
    if (is_ours && fails("open")) {
        return -1;
    }
    const int fd = real_open(path, flags, mode);
    if (fd >= 0 && fd < MOST_FILES) {
        g_is_ours[fd] = is_ours;
    }
    return fd;
}

int open(const char *path, int flags, ...)
{
    va_list args;
    va_start(args, flags);
    const mode_t mode = (flags & O_CREAT) != 0 ? va_arg(args, mode_t) : 0;
    va_end(args);
    return open_any("open", path, flags, mode);
}

int open64(const char *path, int flags, ...);
int open64(const char *path, int flags, ...)
{
    va_list args;
    va_start(args, flags);
    const mode_t mode = (flags & O_CREAT) != 0 ? va_arg(args, mode_t) : 0;
    va_end(args);
    return open_any("open64", path, flags, mode);
}

static bool is_ours(int fd)
{
    return fd >= 0 && fd < MOST_FILES && g_is_ours[fd];
}

ssize_t write(int fd, const void *bytes, size_t n)
{
    ssize_t (*const real_write)(int, const void *, size_t) =
        (ssize_t(*)(int, const void *, size_t))real("write");
    return is_ours(fd) && fails("write") ? -1 : real_write(fd, bytes, n);
}

int fsync(int fd)
{
    int (*const real_fsync)(int) = (int (*)(int))real("fsync");
    return is_ours(fd) && fails("fsync") ? -1 : real_fsync(fd);
}

int ftruncate(int fd, off_t length)
{
    int (*const real_ftruncate)(int, off_t) = (int (*)(int, off_t))real("ftruncate");
    return is_ours(fd) && fails("ftruncate") ? -1 : real_ftruncate(fd, length);
}

/* What fails is closed all the same. */
int close(int fd)
{
    int (*const real_close)(int) = (int (*)(int))real("close");
    const bool was_ours = is_ours(fd);
    if (fd >= 0 && fd < MOST_FILES) {
        g_is_ours[fd] = false;
    }
    const int code = real_close(fd);
    return was_ours && fails("close") ? -1 : code;
}

int rename(const char *from, const char *to)
{
    int (*const real_rename)(const char *, const char *) =
        (int (*)(const char *, const char *))real("rename");
    return is_below(to) && fails("rename") ? -1 : real_rename(from, to);
}

int mkdir(const char *path, mode_t mode)
{
    int (*const real_mkdir)(const char *, mode_t) = (int (*)(const char *, mode_t))real("mkdir");
    return is_below(path) && fails("mkdir") ? -1 : real_mkdir(path, mode);
}
