#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "tests/term/session.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>
#include <vterm.h>

#include "src/base/buf.h"

enum { DEADLINE_MS = 30000, COLUMNS_MAX = 200 };

struct Session {
    pid_t pid;
    int fd;
    int columns, rows;
    VTerm *vterm;
    VTermScreen *screen;
    bool is_full_screen, has_ended;
    int status;
    struct termios mode; /* last seen */
    /* what it says of itself, and the images it was sent */
    const char *attributes;
    bool is_kitty, wants_paste;
    int cell_width, cell_height, pause_ms;
    bool has_escape;    /* an escape character that may begin a string */
    char in_string;     /* 'P' or '_' in a device control or application string, 0 outside */
    MkBuf string;       /* it so far */
    char last[16];      /* what came last outside of strings */
    MkBuf image, kitty; /* the last image; what came of the next */
    size_t n_images;
    bool is_image_shown;
    char row[COLUMNS_MAX * 6 + 1];
};

static double now_ms(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return 1e3 * (double)t.tv_sec + 1e-6 * (double)t.tv_nsec;
}

void session_data(void)
{
    static bool is_made;
    if (!is_made) {
        is_made = true;
        assert_int_equal(
            system("manikin=\"$MK_BUILDDIR/manikin\"; . \"$MK_SRCDIR/tests/cli/people.sh\"; "
                   "make_data >&2"),
            0);
        char path[1024];
        (void)snprintf(path, sizeof path, "%s/data", getenv("TMPDIR"));
        (void)setenv("MANIKIN_DATADIR", path, 1);
    }
}

static int on_property(VTermProp property, VTermValue *value, void *user)
{
    Session *session = user;
    if (property == VTERM_PROP_ALTSCREEN) {
        session->is_full_screen = value->boolean != 0;
    }
    return 1;
}

static void set_type(void)
{
    if (getenv("TERM") == NULL || strcmp(getenv("TERM"), "unknown") == 0) {
        (void)setenv("TERM", "xterm-256color", 1);
    }
}

static void run_child(const char *const *words)
{
    const char *argv[16] = {"manikin", "--no-config"};
    char program[1024];
    size_t n = 2;
    for (size_t i = 0; words[i] != NULL && n < 15; i++) {
        argv[n++] = words[i];
    }
    (void)snprintf(program, sizeof program, "%s/manikin", getenv("MK_BUILDDIR"));
    set_type();
    (void)execv(program, (char *const *)argv);
    _exit(127);
}

static Session *start(int columns, int rows, const char *const *words, const char *const *argv)
{
    static const VTermScreenCallbacks callbacks = {.settermprop = on_property};
    Session *session = calloc(1, sizeof *session);
    assert_non_null(session);
    session->columns = columns;
    session->rows = rows;
    mk_buf_init(&session->string);
    mk_buf_init(&session->image);
    mk_buf_init(&session->kitty);
    session->vterm = vterm_new(rows, columns);
    vterm_set_utf8(session->vterm, 1);
    session->screen = vterm_obtain_screen(session->vterm);
    vterm_screen_set_callbacks(session->screen, &callbacks, session);
    vterm_screen_enable_altscreen(session->screen, 1);
    vterm_screen_reset(session->screen, 1);
    const struct winsize size = {.ws_row = (unsigned short)rows, .ws_col = (unsigned short)columns};
    session->pid = forkpty(&session->fd, NULL, NULL, &size);
    assert_true(session->pid >= 0);
    if (session->pid == 0 && argv != NULL) {
        set_type();
        (void)execvp(argv[0], (char *const *)argv);
        _exit(127);
    }
    if (session->pid == 0) {
        run_child(words);
    }
    (void)fcntl(session->fd, F_SETFL, O_NONBLOCK);
    return session;
}

Session *session_start(int columns, int rows, const char *const *words)
{
    return start(columns, rows, words, NULL);
}

Session *session_start_program(int columns, int rows, const char *const *argv)
{
    return start(columns, rows, NULL, argv);
}

/* ---- what the terminal says of itself, and images ---- */

void session_answers(Session *session, const char *attributes, bool is_kitty, int cell_width,
                     int cell_height, int pause_ms)
{
    session->attributes = attributes;
    session->is_kitty = is_kitty;
    session->cell_width = cell_width;
    session->cell_height = cell_height;
    session->pause_ms = pause_ms;
}

static void answer(Session *session, const char *text)
{
    const size_t half = session->pause_ms > 0 ? strlen(text) / 2 : 0;
    (void)!write(session->fd, text, half);
    if (half > 0) {
        const struct timespec pause = {0, 1000000L * session->pause_ms};
        (void)nanosleep(&pause, NULL); /* a line that is slow, not a wait for anything */
    }
    (void)!write(session->fd, text + half, strlen(text + half));
}

static void decode(const char *text, MkBuf *out)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    unsigned bits = 0;
    int n = 0;
    for (; *text != '\0' && *text != '=' && *text != '\033'; text++) {
        const char *digit = strchr(digits, *text);
        assert_non_null(digit);
        bits = bits << 6 | (unsigned)(digit - digits);
        n += 6;
        if (n >= 8) {
            n -= 8;
            mk_buf_putc(out, (char)(bits >> n & 255U));
        }
    }
}

static void take_kitty(Session *session, const char *text)
{
    const char *data = strchr(text, ';');
    if (strstr(text, "a=q") != NULL) {
        answer(session, session->is_kitty ? "\033_Gi=31;OK\033\\" : "");
    } else if (strstr(text, "a=d") != NULL) {
        session->is_image_shown = false;
    } else if (data != NULL) {
        if (strstr(text, "a=T") != NULL) {
            mk_buf_clear(&session->kitty);
        }
        decode(data + 1, &session->kitty);
        const char *more = strstr(text, "m=");
        if (more != NULL && more < data && more[2] == '0') {
            mk_buf_clear(&session->image);
            mk_buf_add(&session->image, session->kitty.data, session->kitty.len);
            session->n_images++;
            session->is_image_shown = true;
        }
    }
}

static void end_string(Session *session)
{
    if (session->in_string == '_') {
        take_kitty(session, session->string.data);
    } else if (strchr(session->string.data, 'q') != NULL) {
        mk_buf_clear(&session->image);
        mk_buf_add(&session->image, session->string.data, session->string.len);
        session->n_images++;
        session->is_image_shown = true;
    }
    session->in_string = 0;
}

static bool ends_with(const Session *session, const char *text)
{
    const size_t n = strlen(text);
    return memcmp(session->last + sizeof session->last - n, text, n) == 0;
}

static void take_sequence(Session *session)
{
    char text[64];
    if (ends_with(session, "\033[c") && session->attributes != NULL) {
        (void)snprintf(text, sizeof text, "\033[?%sc", session->attributes);
        answer(session, text);
    } else if (ends_with(session, "\033[14t") && session->cell_width > 0) {
        (void)snprintf(text, sizeof text, "\033[4;%d;%dt", session->rows * session->cell_height,
                       session->columns * session->cell_width);
        answer(session, text);
    } else if (ends_with(session, "\033[2J") || ends_with(session, "\033[?1049l")) {
        session->is_image_shown = false;
    } else if (ends_with(session, "\033[?2004h") || ends_with(session, "\033[?2004l")) {
        session->wants_paste = session->last[sizeof session->last - 1] == 'h';
    }
}

/* Strings are for us; all else goes to the screen. */
static void take_byte(Session *session, char byte)
{
    if (session->in_string != 0) {
        mk_buf_putc(&session->string, byte);
        const size_t n = session->string.len;
        if (n >= 2 && byte == '\\' && session->string.data[n - 2] == '\033') {
            end_string(session);
        }
        return;
    }
    if (session->has_escape && (byte == 'P' || byte == '_')) {
        session->has_escape = false;
        session->in_string = byte;
        mk_buf_clear(&session->string);
        mk_buf_putc(&session->string, '\033');
        mk_buf_putc(&session->string, byte);
        return;
    }
    if (session->has_escape) {
        vterm_input_write(session->vterm, "\033", 1);
    }
    session->has_escape = byte == '\033';
    memmove(session->last, session->last + 1, sizeof session->last - 1);
    session->last[sizeof session->last - 1] = byte;
    if (!session->has_escape) {
        vterm_input_write(session->vterm, &byte, 1);
    }
    take_sequence(session);
}

const char *session_image(Session *session, size_t *len)
{
    *len = session->image.len;
    return session->image.data;
}

size_t session_n_images(const Session *session)
{
    return session->n_images;
}

bool session_paste(Session *session, const char *text)
{
    if (session->wants_paste) {
        session_send(session, "\033[200~");
        session_send(session, text);
        session_send(session, "\033[201~");
    }
    return session->wants_paste;
}

pid_t session_pid(const Session *session)
{
    return session->pid;
}

/* Feeds what the program wrote; waits at most ms for the first byte. False at the end of the
 * stream. */
static bool pump(Session *session, int ms)
{
    struct pollfd fd = {.fd = session->fd, .events = POLLIN};
    char bytes[65536];
    if (session->fd < 0 || poll(&fd, 1, ms) <= 0) {
        return session->fd >= 0;
    }
    const ssize_t n = read(session->fd, bytes, sizeof bytes);
    if (n > 0) {
        for (ssize_t i = 0; i < n; i++) {
            take_byte(session, bytes[i]);
        }
        (void)tcgetattr(session->fd, &session->mode);
        return true;
    }
    return n < 0 && (errno == EAGAIN || errno == EINTR);
}

void session_send(Session *session, const char *keys)
{
    size_t left = strlen(keys);
    while (left > 0) {
        const ssize_t n = write(session->fd, keys, left);
        if (n > 0) {
            keys += n;
            left -= (size_t)n;
        } else if (errno != EAGAIN || !pump(session, 100)) {
            return;
        }
    }
}

void session_resize(Session *session, int columns, int rows)
{
    const struct winsize size = {.ws_row = (unsigned short)rows, .ws_col = (unsigned short)columns};
    session->columns = columns;
    session->rows = rows;
    vterm_set_size(session->vterm, rows, columns);
    (void)ioctl(session->fd, TIOCSWINSZ, &size);
}

void session_signal(Session *session, int number)
{
    (void)kill(session->pid, number);
}

void session_hang_up(Session *session)
{
    (void)close(session->fd);
    session->fd = -1;
}

const char *session_row(Session *session, int row)
{
    const VTermRect rect = {row, row + 1, 0, session->columns};
    const size_t n =
        vterm_screen_get_text(session->screen, session->row, sizeof session->row - 1, rect);
    session->row[n] = '\0';
    size_t end = n;
    while (end > 0 && session->row[end - 1] == ' ') {
        session->row[--end] = '\0';
    }
    return session->row;
}

static bool has_text(Session *session, const char *text)
{
    for (int y = 0; y < session->rows; y++) {
        if (strstr(session_row(session, y), text) != NULL) {
            return true;
        }
    }
    return false;
}

static bool wait_for(Session *session, const char *text, bool wanted)
{
    const double until = now_ms() + DEADLINE_MS;
    while (has_text(session, text) != wanted) {
        if (now_ms() > until || !pump(session, 50)) {
            return has_text(session, text) == wanted;
        }
    }
    return true;
}

bool session_shows(Session *session, const char *text)
{
    return wait_for(session, text, true);
}

bool session_hides(Session *session, const char *text)
{
    return wait_for(session, text, false);
}

bool session_has_image(Session *session, bool wanted)
{
    const double until = now_ms() + DEADLINE_MS;
    while (session->is_image_shown != wanted && now_ms() < until && pump(session, 50)) {
    }
    return session->is_image_shown == wanted;
}

void session_check(bool holds, Session *session, const char *text, int line)
{
    if (holds) {
        return;
    }
    print_error("# \"%s\" (line %d); the screen:\n", text, line);
    for (int y = 0; y < session->rows; y++) {
        print_error("# |%s\n", session_row(session, y));
    }
    assert_true(holds);
}

bool session_is_full_screen(Session *session)
{
    return session->is_full_screen;
}

bool session_has_color(Session *session)
{
    VTermColor usual_fg, usual_bg;
    vterm_state_get_default_colors(vterm_obtain_state(session->vterm), &usual_fg, &usual_bg);
    for (int y = 0; y < session->rows; y++) {
        for (int x = 0; x < session->columns; x++) {
            VTermScreenCell cell;
            (void)vterm_screen_get_cell(session->screen, (VTermPos){y, x}, &cell);
            if (!VTERM_COLOR_IS_DEFAULT_FG(&cell.fg) || !VTERM_COLOR_IS_DEFAULT_BG(&cell.bg)) {
                return true;
            }
        }
    }
    return false;
}

bool session_is_ascii(Session *session)
{
    for (int y = 0; y < session->rows; y++) {
        for (const char *c = session_row(session, y); *c != '\0'; c++) {
            if ((unsigned char)*c >= 0x80) {
                return false;
            }
        }
    }
    return true;
}

int session_end(Session *session)
{
    const double until = now_ms() + DEADLINE_MS;
    while (!session->has_ended && now_ms() < until) {
        if (session->fd < 0 || !pump(session, 20)) {
            const struct timespec pause = {0, 5000000};
            (void)nanosleep(&pause, NULL);
        }
        session->has_ended = waitpid(session->pid, &session->status, WNOHANG) == session->pid;
    }
    while (session->has_ended && session->fd >= 0 && pump(session, 0)) {
        struct pollfd fd = {.fd = session->fd, .events = POLLIN};
        if (poll(&fd, 1, 0) <= 0) {
            break;
        }
    }
    assert_true(session->has_ended);
    if (session->fd >= 0) {
        (void)tcgetattr(session->fd, &session->mode);
    }
    return session->status;
}

bool session_is_cooked(Session *session)
{
    return (session->mode.c_lflag & ECHO) != 0 && (session->mode.c_lflag & ICANON) != 0;
}

double session_time(Session *session, const char *keys, const char *text)
{
    const double start = now_ms();
    session_send(session, keys);
    while (!has_text(session, text) && now_ms() < start + DEADLINE_MS && pump(session, 1)) {
    }
    return now_ms() - start;
}

/* FNV-1a of the text in the first columns. */
static uint64_t left_part(Session *session, int columns)
{
    uint64_t hash = 14695981039346656037U;
    for (int y = 0; y < session->rows; y++) {
        const VTermRect rect = {y, y + 1, 0, columns};
        const size_t n =
            vterm_screen_get_text(session->screen, session->row, sizeof session->row - 1, rect);
        for (size_t i = 0; i < n; i++) {
            hash = (hash ^ (unsigned char)session->row[i]) * 1099511628211U;
        }
    }
    return hash;
}

double session_answer(Session *session, const char *keys, int columns, int quiet_ms, double *first)
{
    uint64_t seen = left_part(session, columns);
    const double start = now_ms();
    double changed = start;
    *first = 0;
    session_send(session, keys);
    while (now_ms() < changed + quiet_ms && pump(session, 1)) {
        const uint64_t now = left_part(session, columns);
        if (now != seen) {
            seen = now;
            changed = now_ms();
            *first = *first > 0 ? *first : changed - start;
        }
    }
    return changed - start;
}

double session_settle(Session *session, const char *keys, int columns, int quiet_ms)
{
    double first = 0;
    return session_answer(session, keys, columns, quiet_ms, &first);
}

void session_free(Session *session)
{
    if (!session->has_ended) {
        (void)kill(session->pid, SIGKILL);
        (void)waitpid(session->pid, &session->status, 0);
    }
    if (session->fd >= 0) {
        (void)close(session->fd);
    }
    vterm_free(session->vterm);
    mk_buf_release(&session->string);
    mk_buf_release(&session->image);
    mk_buf_release(&session->kitty);
    free(session);
}
