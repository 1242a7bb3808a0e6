#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "ui/term/guard.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

enum { SEQUENCE_BYTES = 512, STACK_BYTES = 65536 };

/* What handlers touch; nothing else is global here. */
static struct {
    volatile sig_atomic_t end, suspend, resume, armed;
    volatile sig_atomic_t wake_fd;
    char sequence[SEQUENCE_BYTES];
    size_t length;
    struct termios mode;
    int has_mode, is_watching;
    int pipe[2];
} guard = {.wake_fd = -1, .pipe = {-1, -1}};

static const int soft_signals[] = {SIGTERM, SIGHUP, SIGINT, SIGTSTP, SIGCONT};
static const int hard_signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
enum { N_SOFT = 5, N_HARD = 5 };
static struct sigaction old_soft[N_SOFT], old_hard[N_HARD], old_pipe, old_size;
static char alternate_stack[STACK_BYTES];

/* Async-signal-safe. */
static void restore(void)
{
    if (!guard.armed) {
        return;
    }
    guard.armed = 0;
    size_t done = 0;
    while (done < guard.length) {
        const ssize_t n = write(STDOUT_FILENO, guard.sequence + done, guard.length - done);
        if (n <= 0) {
            break;
        }
        done += (size_t)n;
    }
    if (guard.has_mode) {
        (void)tcsetattr(STDIN_FILENO, TCSANOW, &guard.mode);
    }
}

static void wake_from_handler(void)
{
    if (guard.wake_fd >= 0) {
        const ssize_t n = write(guard.wake_fd, "s", 1);
        (void)n; /* a full pipe wakes as well */
    }
}

static void on_soft(int number)
{
    const int saved = errno;
    if (number == SIGTSTP) {
        guard.suspend = 1;
    } else if (number == SIGCONT) {
        guard.resume = 1;
    } else {
        guard.end = number;
    }
    wake_from_handler();
    errno = saved;
}

static void on_size(int number)
{
    const int saved = errno;
    if (old_size.sa_handler != SIG_DFL && old_size.sa_handler != SIG_IGN) {
        old_size.sa_handler(number);
    }
    wake_from_handler();
    errno = saved;
}

static void on_hard(int number)
{
    restore();
    (void)signal(number, SIG_DFL);
    (void)raise(number);
}

static void install(const int *signals, int n, void (*handler)(int), int flags,
                    struct sigaction *old)
{
    for (int i = 0; i < n; i++) {
        struct sigaction action = {.sa_handler = handler, .sa_flags = flags};
        sigemptyset(&action.sa_mask);
        (void)sigaction(signals[i], &action, &old[i]);
    }
}

static bool make_pipe(void)
{
    if (pipe(guard.pipe) != 0) {
        return false;
    }
    for (int i = 0; i < 2; i++) {
        (void)fcntl(guard.pipe[i], F_SETFD, FD_CLOEXEC);
        (void)fcntl(guard.pipe[i], F_SETFL, O_NONBLOCK);
    }
    guard.wake_fd = guard.pipe[1];
    return true;
}

MkStatus mk_guard_open(MkError *err)
{
    static bool has_exit_hook;
    if (!make_pipe()) {
        return mk_fail(err, MK_EIO, "no pipe: %s", strerror(errno));
    }
    if (!has_exit_hook) {
        has_exit_hook = atexit(restore) == 0;
    }
    guard.end = guard.suspend = guard.resume = guard.armed = 0;
    guard.has_mode = tcgetattr(STDIN_FILENO, &guard.mode) == 0;
    const stack_t stack = {.ss_sp = alternate_stack, .ss_size = sizeof alternate_stack};
    (void)sigaltstack(&stack, NULL);
    install(soft_signals, N_SOFT, on_soft, 0, old_soft);
    install(hard_signals, N_HARD, on_hard, (int)(SA_ONSTACK | SA_RESETHAND), old_hard);
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    sigemptyset(&ignore.sa_mask);
    (void)sigaction(SIGPIPE, &ignore, &old_pipe);
    return MK_OK;
}

void mk_guard_watch_size(void)
{
    static const int size_signal[] = {SIGWINCH};
    if (!guard.is_watching) {
        (void)sigaction(SIGWINCH, NULL, &old_size); /* before the handler that reads it */
        struct sigaction same;
        install(size_signal, 1, on_size, 0, &same);
        guard.is_watching = 1;
    }
}

void mk_guard_close(void)
{
    restore();
    if (guard.is_watching) {
        (void)sigaction(SIGWINCH, &old_size, NULL);
        guard.is_watching = 0;
    }
    for (int i = 0; i < N_SOFT; i++) {
        (void)sigaction(soft_signals[i], &old_soft[i], NULL);
    }
    for (int i = 0; i < N_HARD; i++) {
        (void)sigaction(hard_signals[i], &old_hard[i], NULL);
    }
    (void)sigaction(SIGPIPE, &old_pipe, NULL);
    guard.wake_fd = -1;
    for (int i = 0; i < 2; i++) {
        if (guard.pipe[i] >= 0) {
            close(guard.pipe[i]);
            guard.pipe[i] = -1;
        }
    }
}

int mk_guard_wake_fd(void)
{
    return guard.pipe[0];
}

void mk_guard_wake(void)
{
    if (guard.wake_fd >= 0) {
        const ssize_t n = write(guard.wake_fd, "w", 1);
        (void)n;
    }
}

void mk_guard_drain(void)
{
    char bytes[64];
    while (guard.pipe[0] >= 0 && read(guard.pipe[0], bytes, sizeof bytes) > 0) {
    }
}

MkGuardFlags mk_guard_take(void)
{
    const MkGuardFlags flags = {
        .end = guard.end, .is_suspend = guard.suspend != 0, .is_continue = guard.resume != 0};
    guard.suspend = 0;
    guard.resume = 0;
    return flags;
}

bool mk_guard_is_ending(void)
{
    return guard.end != 0;
}

void mk_guard_arm(const char *sequence)
{
    guard.armed = 0;
    guard.length = strlen(sequence) < SEQUENCE_BYTES ? strlen(sequence) : 0;
    memcpy(guard.sequence, sequence, guard.length);
    guard.armed = 1;
}

void mk_guard_disarm(void)
{
    guard.armed = 0;
}

void mk_guard_stop(void)
{
    struct sigaction action = {.sa_handler = SIG_DFL}, mine;
    sigset_t set, before;
    sigemptyset(&action.sa_mask);
    (void)sigaction(SIGTSTP, &action, &mine);
    sigemptyset(&set);
    sigaddset(&set, SIGTSTP);
    (void)pthread_sigmask(SIG_UNBLOCK, &set, &before);
    (void)kill(0, SIGTSTP);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    (void)sigaction(SIGTSTP, &mine, NULL);
    guard.suspend = 0;
}
