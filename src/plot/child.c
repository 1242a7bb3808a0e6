#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "src/plot/plot_priv.h"

enum { MAX_REPLY = 64 << 20, END_MS = 200, LOOK_MS = 40 /* for a cancel */ };

static int64_t now_ms(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* ---- starting ---- */

typedef struct Ends {
    int in[2], out[2], err[2], exec[2]; /* [0] is the parent's end of each */
} Ends;

static void close_fd(int *fd)
{
    if (*fd >= 0) {
        (void)close(*fd);
        *fd = -1;
    }
}

static void close_ends(Ends *ends, int which)
{
    close_fd(&ends->in[which]);
    close_fd(&ends->out[which]);
    close_fd(&ends->err[which]);
    close_fd(&ends->exec[which]);
}

/* Both ends above the standard streams and closed on exec. */
static bool tidy_pair(int pair[2])
{
    for (int i = 0; i < 2; i++) {
        if (pair[i] < 3) {
            const int high = fcntl(pair[i], F_DUPFD, 3);
            (void)close(pair[i]);
            pair[i] = high;
        }
        if (pair[i] < 0 || fcntl(pair[i], F_SETFD, FD_CLOEXEC) != 0) {
            return false;
        }
    }
    return true;
}

static bool open_ends(Ends *ends)
{
    return socketpair(AF_UNIX, SOCK_STREAM, 0, ends->in) == 0 && tidy_pair(ends->in) &&
           pipe(ends->out) == 0 && tidy_pair(ends->out) && pipe(ends->err) == 0 &&
           tidy_pair(ends->err) && pipe(ends->exec) == 0 && tidy_pair(ends->exec);
}

static bool set_non_blocking(int fd)
{
    const int flags = fcntl(fd, F_GETFL);
    return flags >= 0 && fcntl(fd, F_SETFL, flags | O_NONBLOCK) == 0;
}

/* In the child; only calls that are safe between fork and exec. Does not return. */
static void become(const char *program, const Ends *ends)
{
    char *argv[] = {(char *)(uintptr_t)program, (char *)(uintptr_t) "-d", NULL};
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = SIG_DFL;
    sigset_t none;
    (void)sigemptyset(&none);
    (void)sigaction(SIGPIPE, &action, NULL);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    (void)setpgid(0, 0); /* Ctrl-C at the terminal is the workbench's, not gnuplot's */
    int code = 0;
    if (dup2(ends->in[1], 0) >= 0 && dup2(ends->out[1], 1) >= 0 && dup2(ends->err[1], 2) >= 0) {
        (void)execvp(program, argv);
    }
    code = errno;
    const ssize_t written = write(ends->exec[1], &code, sizeof code);
    _exit(written == (ssize_t)sizeof code ? 127 : 126);
}

/* 0 when exec succeeded, else its errno. */
static int exec_errno(int fd)
{
    int code = 0;
    ssize_t n;
    do {
        n = read(fd, &code, sizeof code);
    } while (n < 0 && errno == EINTR);
    return n == (ssize_t)sizeof code ? code : 0;
}

static void reap(pid_t pid)
{
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) {
    }
}

static MkStatus fail_start(const char *program, int code, MkError *err)
{
    if (code == ENOENT || code == ENOTDIR) {
        return mk_fail(err, MK_EIO,
                       "gnuplot was not found%s%s%s; install it (Debian: apt install gnuplot-nox); "
                       "everything but plots works without it",
                       strcmp(program, "gnuplot") == 0 ? "" : " as '",
                       strcmp(program, "gnuplot") == 0 ? "" : program,
                       strcmp(program, "gnuplot") == 0 ? "" : "'");
    }
    return mk_fail(err, MK_EIO, "%s cannot be started: %s", program, strerror(code));
}

MkStatus mk_plot_child_start(const char *program, MkPlotChild *child, MkError *err)
{
    Ends ends = {{-1, -1}, {-1, -1}, {-1, -1}, {-1, -1}};
    if (!open_ends(&ends) || !set_non_blocking(ends.in[0]) || !set_non_blocking(ends.out[0]) ||
        !set_non_blocking(ends.err[0])) {
        const int code = errno;
        close_ends(&ends, 0);
        close_ends(&ends, 1);
        return fail_start(program, code, err);
    }
    const pid_t pid = fork();
    if (pid == 0) {
        become(program, &ends);
    }
    int code = pid < 0 ? errno : 0;
    close_ends(&ends, 1);
    if (pid > 0) {
        (void)setpgid(pid, pid); /* in both processes: whoever comes first */
        code = exec_errno(ends.exec[0]);
    }
    if (code != 0) {
        if (pid > 0) {
            reap(pid);
        }
        close_ends(&ends, 0);
        return fail_start(program, code, err);
    }
    close_fd(&ends.exec[0]);
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    *child = (MkPlotChild){.pid = pid,
                           .to = ends.in[0],
                           .from = ends.out[0],
                           .errors = ends.err[0],
                           .nonce = ((uint64_t)t.tv_sec << 30) ^ (uint64_t)t.tv_nsec,
                           .cancel = child->cancel};
    return MK_OK;
}

/* ---- ending ---- */

static void close_child(MkPlotChild *child)
{
    close_fd(&child->to);
    close_fd(&child->from);
    close_fd(&child->errors);
    child->pid = 0;
}

void mk_plot_child_kill(MkPlotChild *child)
{
    if (child->pid <= 0) {
        return;
    }
    (void)kill(-child->pid, SIGKILL);
    (void)kill(child->pid, SIGKILL);
    reap(child->pid);
    close_child(child);
}

void mk_plot_child_end(MkPlotChild *child)
{
    if (child->pid <= 0) {
        return;
    }
    close_fd(&child->to);
    const int64_t deadline = now_ms() + END_MS;
    for (int64_t left = END_MS; left > 0; left = deadline - now_ms()) {
        struct pollfd fd = {.fd = child->from, .events = POLLIN};
        char sink[4096];
        if (poll(&fd, 1, (int)left) > 0 && read(child->from, sink, sizeof sink) == 0) {
            break;
        }
    }
    mk_plot_child_kill(child);
}

/* ---- asking ---- */

typedef struct Request {
    MkPlotChild *child;
    const char *bytes; /* not yet sent */
    size_t len;
    MkBuf *reply;
    size_t searched; /* of the reply, for the token */
    char token[64];
    size_t token_len;
    bool closed; /* its output */
} Request;

static void send_some(Request *request)
{
    const ssize_t n = send(request->child->to, request->bytes, request->len, MSG_NOSIGNAL);
    if (n > 0) {
        request->bytes += n;
        request->len -= (size_t)n;
    } else if (n < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR) {
        request->len = 0; /* it does not listen any more; its output will end */
    }
}

static void read_reply(Request *request)
{
    char bytes[65536];
    const ssize_t n = read(request->child->from, bytes, sizeof bytes);
    if (n > 0) {
        mk_buf_add(request->reply, bytes, (size_t)n);
    } else if (n == 0 || (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR)) {
        request->closed = true;
    }
}

/* Keeps the end of what it complains about. False at the end of the stream. */
static bool read_errors(MkPlotChild *child)
{
    char bytes[4096];
    const ssize_t n = read(child->errors, bytes, sizeof bytes);
    if (n <= 0) {
        return n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR);
    }
    const size_t keep = sizeof child->said - 1;
    const size_t fresh = (size_t)n < keep ? (size_t)n : keep;
    size_t old = strlen(child->said);
    if (old + fresh > keep) {
        const size_t drop = old + fresh - keep;
        memmove(child->said, child->said + drop, old - drop);
        old -= drop;
    }
    for (size_t i = 0; i < fresh; i++) {
        const char c = bytes[(size_t)n - fresh + i];
        child->said[old + i] = c == '\0' ? ' ' : c;
    }
    child->said[old + fresh] = '\0';
    return true;
}

/* The token with its error number and newline ends the reply. True when it is there; then the reply
 * is cut before it. */
static bool find_token(Request *request, bool *refused)
{
    MkBuf *reply = request->reply;
    while (reply->len >= request->token_len + 2 &&
           request->searched <= reply->len - request->token_len - 2) {
        const char *at = memchr(reply->data + request->searched, request->token[0],
                                reply->len - request->token_len - 1 - request->searched);
        if (at == NULL) {
            request->searched = reply->len - request->token_len - 1;
            return false;
        }
        request->searched = (size_t)(at - reply->data);
        if (memcmp(at, request->token, request->token_len) == 0) {
            const char *number = at + request->token_len;
            const char *end = memchr(number, '\n', reply->len - (size_t)(number - reply->data));
            if (end == NULL) {
                return false;
            }
            *refused = !(end == number + 1 && *number == '0');
            reply->len = request->searched;
            reply->data[reply->len] = '\0';
            return true;
        }
        request->searched++;
    }
    return false;
}

static MkPlotAnswer converse(Request *request, int timeout_ms)
{
    MkPlotChild *child = request->child;
    const int64_t deadline = now_ms() + timeout_ms;
    bool errors_open = true;
    for (;;) {
        const int64_t left = deadline - now_ms();
        if (left <= 0) {
            return MK_ANSWER_LATE;
        }
        if (mk_cancelled(child->cancel)) {
            return MK_ANSWER_STOPPED;
        }
        struct pollfd fds[3] = {
            {.fd = child->from, .events = POLLIN},
            {.fd = errors_open ? child->errors : -1, .events = POLLIN},
            {.fd = request->len > 0 ? child->to : -1, .events = POLLOUT},
        };
        const int64_t most = child->cancel != NULL && left > LOOK_MS ? LOOK_MS : left;
        if (poll(fds, 3, (int)most) < 0) {
            if (errno == EINTR) {
                continue;
            }
            return MK_ANSWER_DEAD;
        }
        if (fds[2].revents != 0) {
            send_some(request);
        }
        if (fds[1].revents != 0) {
            errors_open = read_errors(child);
        }
        if (fds[0].revents != 0) {
            read_reply(request);
        }
        bool refused = false;
        if (request->reply->failed) {
            return MK_ANSWER_NO_MEMORY;
        }
        if (find_token(request, &refused)) {
            (void)read_errors(child); /* it complains before it acknowledges */
            return refused ? MK_ANSWER_REFUSED : MK_ANSWER_DONE;
        }
        if (request->closed) {
            (void)read_errors(child);
            return MK_ANSWER_DEAD;
        }
        if (request->reply->len > MAX_REPLY) {
            return MK_ANSWER_TOO_LONG;
        }
    }
}

MkPlotAnswer mk_plot_child_ask(MkPlotChild *child, const char *commands, size_t len, int timeout_ms,
                               MkBuf *reply)
{
    Request request = {.child = child, .reply = reply, .searched = reply->len};
    child->serial++;
    child->said[0] = '\0';
    (void)snprintf(request.token, sizeof request.token, "\nmk-%016" PRIx64 "-%" PRIu64 " ",
                   child->nonce, child->serial);
    request.token_len = strlen(request.token);
    /* `print` writes to the same stream after the picture, so the token is also the end mark. The
     * empty line first closes what an unfinished command may have left open. */
    MkBuf bytes;
    mk_buf_init(&bytes);
    mk_buf_puts(&bytes, "reset errors\n");
    mk_buf_add(&bytes, commands, len);
    mk_buf_printf(&bytes,
                  "\nset print '-'\nprint sprintf(\"\\n%s%%d\", GPVAL_ERRNO)\nreset errors\n",
                  request.token + 1);
    MkPlotAnswer answer = MK_ANSWER_NO_MEMORY;
    if (!bytes.failed) {
        request.bytes = bytes.data;
        request.len = bytes.len;
        answer = converse(&request, timeout_ms);
    }
    mk_buf_release(&bytes);
    return answer;
}
