#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "src/data/survey.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "src/base/buf.h"
#include "src/base/file.h"

/* What the helper may use: memory beyond the file itself, seconds of processor, seconds of silence.
 */
enum { FILE_BYTES = 1 << 30, MEMORY_BYTES = 256 << 20, CPU_SECONDS = 60, IDLE_MS = 30000 };
enum { TICK_MS = 50, CHUNK = 1 << 16, SLACK_BYTES = 16 << 20 };

/* The address space of a sanitizer is larger than any limit. */
#if defined(__SANITIZE_ADDRESS__)
#define HAVE_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HAVE_ASAN 1
#endif
#endif

typedef struct Child {
    pid_t pid;
    int out; /* its standard output, non-blocking */
} Child;

static void close_fd(int *fd)
{
    if (*fd >= 0) {
        close(*fd);
        *fd = -1;
    }
}

/* A file without a name, closed on exec. */
static int open_nameless(void)
{
#ifdef HAVE_MEMFD_CREATE
    const int memory = memfd_create("survey", MFD_CLOEXEC);
    if (memory >= 0) {
        return memory;
    }
#endif
    char path[] = P_tmpdir "/manikin-survey-XXXXXX";
    const int fd = mkstemp(path);
    if (fd >= 0) {
        unlink(path);
        (void)fcntl(fd, F_SETFD, FD_CLOEXEC);
    }
    return fd;
}

static bool write_all(int fd, const char *bytes, size_t len)
{
    while (len > 0) {
        const ssize_t n = write(fd, bytes, len);
        if (n < 0 && errno != EINTR) {
            return false;
        }
        if (n > 0) {
            bytes += n;
            len -= (size_t)n;
        }
    }
    return lseek(fd, 0, SEEK_SET) == 0;
}

/* The unpacked file as a descriptor; its size into *len. */
static MkStatus open_unpacked(const char *path, int *fd, size_t *len, MkError *err)
{
    MkBuf buf;
    mk_buf_init(&buf);
    MkStatus st = mk_file_read(path, FILE_BYTES, &buf, err);
    if (st == MK_OK) {
        *fd = open_nameless();
        *len = buf.len;
        if (*fd < 0 || !write_all(*fd, buf.data, buf.len)) {
            st =
                mk_fail(err, MK_EIO, "%s: no room for a temporary copy: %s", path, strerror(errno));
            close_fd(fd);
        }
    }
    mk_buf_release(&buf);
    return st;
}

static struct rlimit limit_of(size_t value)
{
    return (struct rlimit){(rlim_t)value, (rlim_t)value};
}

/* In the child, between fork and exec: only calls that are safe there. */
static void run_child(const char *reader, char *const *argv, int in, int out, size_t len)
{
    const int null = open("/dev/null", O_WRONLY);
    if (null < 0 || dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(null, 2) < 0) {
        _exit(126);
    }
    const struct rlimit cpu = limit_of(CPU_SECONDS), none = limit_of(0);
    (void)setrlimit(RLIMIT_CPU, &cpu);
    (void)setrlimit(RLIMIT_CORE, &none);
    (void)setrlimit(RLIMIT_FSIZE, &none);
#ifdef HAVE_ASAN
    (void)len;
#else
    const struct rlimit memory = limit_of(MEMORY_BYTES + 2 * len);
    (void)setrlimit(RLIMIT_AS, &memory);
#endif
    execv(reader, argv);
    _exit(127);
}

/* Starts the helper on descriptor `in`. */
static MkStatus start(const char *reader, char *const *argv, int in, size_t len, Child *child,
                      MkError *err)
{
    int ends[2];
    if (access(reader, X_OK) != 0) {
        return mk_fail(err, MK_EIO, "the survey reader %s cannot be run: %s", reader,
                       strerror(errno));
    }
    if (pipe(ends) != 0) {
        return mk_fail(err, MK_EIO, "no pipe for the survey reader: %s", strerror(errno));
    }
    (void)fcntl(ends[0], F_SETFD, FD_CLOEXEC);
    (void)fcntl(ends[1], F_SETFD, FD_CLOEXEC);
    (void)fcntl(ends[0], F_SETFL, O_NONBLOCK);
    const pid_t pid = fork();
    if (pid == 0) {
        run_child(reader, argv, in, ends[1], len);
    }
    const int saved = errno;
    close(ends[1]);
    if (pid < 0) {
        close(ends[0]);
        return mk_fail(err, MK_EIO, "the survey reader cannot be started: %s", strerror(saved));
    }
    *child = (Child){pid, ends[0]};
    return MK_OK;
}

/* Reads what is there; *done at the end of the stream. */
static MkStatus drain(const Child *child, const char *path, size_t limit_bytes, MkBuf *buf,
                      bool *done, MkError *err)
{
    char chunk[CHUNK];
    for (;;) {
        const ssize_t n = read(child->out, chunk, sizeof chunk);
        if (n == 0) {
            *done = true;
            return MK_OK;
        }
        if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) {
            return MK_OK;
        }
        if (n < 0) {
            return mk_fail(err, MK_EIO, "%s: reading from the survey reader: %s", path,
                           strerror(errno));
        }
        mk_buf_add(buf, chunk, (size_t)n);
        if (buf->failed || buf->len > limit_bytes) {
            return mk_fail(err, MK_EFORMAT, "%s: found more data than a file of its size can hold",
                           path);
        }
    }
}

/* Collects the stream; gives up on silence and when cancelled. */
static MkStatus collect(const Child *child, const char *path, size_t limit_bytes,
                        const MkCancel *cancel, MkBuf *buf, MkError *err)
{
    bool done = false;
    int idle_ms = 0;
    while (!done) {
        struct pollfd wait = {.fd = child->out, .events = POLLIN};
        const int n = poll(&wait, 1, TICK_MS);
        if (mk_cancelled(cancel)) {
            return mk_fail(err, MK_ECANCEL, "%s: interrupted", path);
        }
        if (n < 0 && errno != EINTR) {
            return mk_fail(err, MK_EIO, "%s: waiting for the survey reader: %s", path,
                           strerror(errno));
        }
        idle_ms = n == 0 ? idle_ms + TICK_MS : 0;
        if (idle_ms > IDLE_MS) {
            return mk_fail(err, MK_EFORMAT, "%s: the survey reader said nothing for %d seconds",
                           path, (int)IDLE_MS / 1000);
        }
        if (n > 0) {
            MK_TRY(drain(child, path, limit_bytes, buf, &done, err));
        }
    }
    return MK_OK;
}

/* Ends the child, by force when something failed, and looks at how it ended. */
static MkStatus finish(Child *child, const char *path, const char *reader, MkStatus st,
                       MkError *err)
{
    int status = 0;
    if (st != MK_OK) {
        kill(child->pid, SIGKILL);
    }
    while (waitpid(child->pid, &status, 0) < 0 && errno == EINTR) {
    }
    close_fd(&child->out);
    if (st != MK_OK) {
        return st;
    }
    if (WIFSIGNALED(status)) {
        return mk_fail(err, MK_EFORMAT,
                       "%s: the survey reader was ended by signal %d (damaged file, or more than "
                       "%d MB or %d seconds)",
                       path, WTERMSIG(status), (int)(MEMORY_BYTES >> 20), (int)CPU_SECONDS);
    }
    if (WIFEXITED(status) && WEXITSTATUS(status) == 127) {
        return mk_fail(err, MK_EIO, "the survey reader %s cannot be run", reader);
    }
    return MK_OK; /* what it said is in the stream */
}

/* P_DEMO of folder/P_DEMO.xpt.gz */
static char *table_name(MkArena *arena, const char *path)
{
    const char *base = mk_file_base_name(path);
    return mk_arena_strndup(arena, base, strcspn(base, "."));
}

static MkStatus run(const char *path, const char *reader, char *const *argv, const MkCancel *cancel,
                    MkBuf *buf, MkError *err)
{
    int in = -1;
    size_t len = 0;
    Child child = {-1, -1};
    MK_TRY(open_unpacked(path, &in, &len, err));
    MkStatus st = start(reader, argv, in, len, &child, err);
    if (st == MK_OK) {
        st = collect(&child, path, SLACK_BYTES + 8 * len, cancel, buf, err);
        st = finish(&child, path, reader, st, err);
    }
    close_fd(&in);
    return st;
}

MkStatus mk_survey_read(const char *path, const char *reader, const char *const *keep,
                        size_t n_keep, const MkCancel *cancel, MkArena *arena, MkSurvey *out,
                        MkError *err)
{
    MkSurvey survey = {.table = table_name(arena, path)};
    char **argv = mk_arena_zeros(arena, n_keep + 2, sizeof *argv);
    if (survey.table == NULL || argv == NULL) {
        return mk_fail(err, MK_ENOMEM, "%s: out of memory", path);
    }
    if (mk_survey_is_csv(path)) {
        *out = survey;
        return mk_survey_csv_read(path, keep, n_keep, arena, out, err);
    }
    if (reader == NULL) {
        return mk_fail(err, MK_EUNSUPPORTED, "%s: this build has no survey reader (libreadstat)",
                       path);
    }
    argv[0] = mk_arena_strdup(arena, reader);
    for (size_t i = 0; i < n_keep; i++) {
        argv[i + 1] = mk_arena_strdup(arena, keep[i]);
    }
    MkBuf buf;
    mk_buf_init(&buf);
    MkStatus st = run(path, reader, argv, cancel, &buf, err);
    if (st == MK_OK) {
        st = mk_survey_parse(buf.data, buf.len, path, arena, &survey, err);
    }
    mk_buf_release(&buf);
    if (st == MK_OK) {
        *out = survey;
    }
    return st;
}
