/* input.c - keys, pasted text and the terminal's answers, told apart. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "ui/term/terminal_priv.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>
#include <wchar.h>

#include "src/base/text.h"
#include "ui/view/key.h"

/* Beyond the key codes of ncurses. */
enum {
    CODE_PASTE = KEY_MAX + 100,
    CODE_PASTE_END,
    CODE_ATTRIBUTES,
    CODE_AREA,
    CODE_KITTY,
    CODE_STRING_END
};

enum {
    PASTE_MAX = 65536,
    ESCAPE_MS = 25,
    ASKED_ESCAPE_MS = 100, /* while an answer may come in pieces */
    LAST_WAIT_MS = 120
};

static const double PATIENCE = 1.0; /* seconds after which the rest of a sequence is given up */

static double now(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* The first row also covers what terminals send when they are not in the keypad mode that terminfo
 * describes. */
void mk_input_define(void)
{
    static const struct {
        const char *bytes;
        int key;
    } more[] = {
        {"\033[A", KEY_UP},          {"\033[B", KEY_DOWN},
        {"\033[C", KEY_RIGHT},       {"\033[D", KEY_LEFT},
        {"\033OA", KEY_UP},          {"\033OB", KEY_DOWN},
        {"\033OC", KEY_RIGHT},       {"\033OD", KEY_LEFT},
        {"\033[H", KEY_HOME},        {"\033[F", KEY_END},
        {"\033OH", KEY_HOME},        {"\033OF", KEY_END},
        {"\033[1~", KEY_HOME},       {"\033[4~", KEY_END},
        {"\033[3~", KEY_DC},         {"\033[5~", KEY_PPAGE},
        {"\033[6~", KEY_NPAGE},      {"\033[Z", KEY_BTAB},
        {"\033[200~", CODE_PASTE},   {"\033[201~", CODE_PASTE_END},
        {"\033[?", CODE_ATTRIBUTES}, {"\033[4;", CODE_AREA},
        {"\033_G", CODE_KITTY},      {"\033\\", CODE_STRING_END},
    };
    for (size_t i = 0; i < sizeof more / sizeof *more; i++) {
        (void)define_key(more[i].bytes, more[i].key);
    }
    (void)set_escdelay(ESCAPE_MS);
}

static uint32_t named_key(wint_t key)
{
    static const struct {
        wint_t from;
        uint32_t to;
    } table[] = {
        {KEY_UP, MK_KEY_UP},         {KEY_DOWN, MK_KEY_DOWN},
        {KEY_LEFT, MK_KEY_LEFT},     {KEY_RIGHT, MK_KEY_RIGHT},
        {KEY_HOME, MK_KEY_HOME},     {KEY_END, MK_KEY_END},
        {KEY_PPAGE, MK_KEY_PAGE_UP}, {KEY_NPAGE, MK_KEY_PAGE_DOWN},
        {KEY_DC, MK_KEY_DELETE},     {KEY_BTAB, MK_KEY_BACKTAB},
        {KEY_ENTER, MK_KEY_ENTER},   {KEY_BACKSPACE, MK_KEY_BACKSPACE},
        {KEY_RESIZE, MK_KEY_RESIZE},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        if (table[i].from == key) {
            return table[i].to;
        }
    }
    if (key >= KEY_F(1) && key <= KEY_F(12)) {
        return MK_KEY_F1 + (uint32_t)(key - KEY_F(1));
    }
    return MK_KEY_UNKNOWN;
}

/* ---- asking ---- */

/* Programs that stand between: they show images only where they say so themselves. */
static bool is_inside_another(void)
{
    const char *type = getenv("TERM");
    return getenv("TMUX") != NULL || getenv("STY") != NULL ||
           (type != NULL && (strncmp(type, "tmux", 4) == 0 || strncmp(type, "screen", 6) == 0));
}

/* The kitty question is put to terminals of that kind only: there are others that print it, or take
 * it for a title. */
static bool may_be_kitty(void)
{
    static const char *const marks[] = {"KITTY_WINDOW_ID", "WEZTERM_PANE", "KONSOLE_VERSION",
                                        "GHOSTTY_RESOURCES_DIR"};
    const char *type = getenv("TERM");
    bool is_one =
        type != NULL && (strstr(type, "kitty") != NULL || strstr(type, "ghostty") != NULL);
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        is_one = is_one || getenv(marks[i]) != NULL;
    }
    return is_one && !is_inside_another();
}

static bool is_plain_console(void)
{
    const char *type = getenv("TERM");
    return type == NULL || strncmp(type, "linux", 5) == 0 || strncmp(type, "vt", 2) == 0;
}

void mk_terminal_ask(MkTerminal *terminal)
{
    static const char kitty[] = "\033_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\033\\";
    static const char area[] = "\033[14t", attributes[] = "\033[c";
    MkInput *input = &terminal->input;
    if (input->is_asked || is_plain_console()) {
        return;
    }
    input->is_asked = true;
    input->asked_at = now();
    (void)set_escdelay(ASKED_ESCAPE_MS);
    if (may_be_kitty()) {
        mk_terminal_write(kitty, sizeof kitty - 1);
    }
    if (!is_inside_another()) {
        mk_terminal_write(area, sizeof area - 1);
    }
    mk_terminal_write(attributes, sizeof attributes - 1); /* the last: all answers are there */
}

void mk_terminal_set_images(MkTerminal *terminal, MkImages images)
{
    terminal->images = images;
}

MkImages mk_terminal_images(const MkTerminal *terminal, size_t *cell_width, size_t *cell_height)
{
    const MkInput *input = &terminal->input;
    struct winsize size = {0};
    *cell_width = input->cell_width;
    *cell_height = input->cell_height;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_xpixel > 0 && size.ws_ypixel > 0 &&
        size.ws_col > 0 && size.ws_row > 0) {
        *cell_width = size.ws_xpixel / size.ws_col;
        *cell_height = size.ws_ypixel / size.ws_row;
    }
    if (terminal->images != MK_IMAGES_AUTO) {
        if (*cell_width == 0 || *cell_height == 0) { /* demanded, so a usual size has to do */
            *cell_width = 10;
            *cell_height = 20;
        }
        return terminal->images;
    }
    return input->has_kitty ? MK_IMAGES_KITTY : input->has_sixel ? MK_IMAGES_SIXEL : MK_IMAGES_NONE;
}

/* ---- answers ---- */

static void begin(MkInput *input, MkInputState state)
{
    input->state = state;
    input->since = now();
    input->n_answer = 0;
    input->answer[0] = '\0';
}

/* "62;4;22": 4 stands for sixel. */
static bool has_parameter(const char *list, unsigned long wanted)
{
    while (*list != '\0') {
        char *end = NULL;
        if (strtoul(list, &end, 10) == wanted && end != list) {
            return true;
        }
        list = *end != '\0' ? end + 1 : end;
    }
    return false;
}

/* Height and width of the screen in dots. */
static void take_area(MkInput *input)
{
    char *end = NULL;
    const unsigned long height = strtoul(input->answer, &end, 10);
    const unsigned long width = *end == ';' ? strtoul(end + 1, NULL, 10) : 0;
    if (LINES > 0 && COLS > 0 && height < 100000 && width < 100000) {
        input->cell_width = width / (size_t)COLS;
        input->cell_height = height / (size_t)LINES;
    }
}

static uint32_t end_attributes(MkInput *input, wint_t byte)
{
    if (byte == 'c') {
        input->is_answered = true;
        input->has_sixel = has_parameter(input->answer, 4);
        (void)set_escdelay(ESCAPE_MS);
    }
    return MK_KEY_ANSWER;
}

static uint32_t end_area(MkInput *input, wint_t byte)
{
    if (byte == 't') {
        take_area(input);
        return MK_KEY_ANSWER;
    }
    return byte == '~' ? MK_KEY_END : MK_KEY_UNKNOWN; /* CSI 4 ; 5 ~: End with Ctrl */
}

/* One more byte of an answer. What does not belong to it is a key. */
static uint32_t take_answer(MkInput *input, int kind, wint_t byte)
{
    const bool is_kitty = input->state == MK_INPUT_KITTY;
    const MkInputState state = input->state;
    if (kind == KEY_CODE_YES) {
        input->state = MK_INPUT_KEYS;
        if (is_kitty && byte == CODE_STRING_END) {
            input->has_kitty =
                strstr(input->answer, "i=31") != NULL && strstr(input->answer, ";OK") != NULL;
            return MK_KEY_ANSWER;
        }
        return named_key(byte);
    }
    const bool fits = input->n_answer + 1 < sizeof input->answer;
    const bool belongs =
        is_kitty ? byte >= ' ' && byte < 127 : (byte >= '0' && byte <= '9') || byte == ';';
    if (belongs && fits) {
        input->answer[input->n_answer++] = (char)byte;
        input->answer[input->n_answer] = '\0';
        input->since = now();
        return MK_KEY_ANSWER;
    }
    input->state = MK_INPUT_KEYS;
    if (is_kitty || byte < 0x40 || byte > 0x7e) {
        return byte == 27 || byte > 0x7e ? (uint32_t)byte : MK_KEY_UNKNOWN;
    }
    return state == MK_INPUT_AREA ? end_area(input, byte) : end_attributes(input, byte);
}

void mk_input_finish(MkTerminal *terminal)
{
    MkInput *input = &terminal->input;
    struct pollfd fd = {.fd = STDIN_FILENO, .events = POLLIN};
    if (!input->is_asked || input->is_answered || now() - input->asked_at > PATIENCE) {
        return;
    }
    const double until = now() + 1e-3 * LAST_WAIT_MS;
    for (double left = until - now(); left > 0 && !input->is_answered; left = until - now()) {
        if (poll(&fd, 1, (int)(1e3 * left) + 1) <= 0 || (fd.revents & POLLIN) == 0) {
            return;
        }
        while (mk_terminal_key(terminal) != MK_KEY_NONE) {
        }
    }
}

/* ---- pasted text ---- */

static uint32_t end_paste(MkInput *input)
{
    input->state = MK_INPUT_KEYS;
    return MK_KEY_PASTE;
}

static void add_character(MkBuf *out, uint32_t cp)
{
    char bytes[5];
    mk_buf_add(out, bytes, mk_utf8_encode(cp, bytes));
}

static uint32_t take_paste(MkInput *input, int kind, wint_t key)
{
    input->since = now();
    if (kind == KEY_CODE_YES) {
        return key == CODE_PASTE_END ? end_paste(input)
               : key == KEY_RESIZE   ? MK_KEY_RESIZE
                                     : MK_KEY_ANSWER;
    }
    const bool is_line_end = key == '\r' || key == '\n';
    const bool is_control = key < ' ' || (key >= 0x7f && key < 0xa0) || key > 0x10ffff;
    if (input->paste.len < PASTE_MAX && (!is_control || is_line_end || key == '\t')) {
        add_character(&input->paste, is_line_end ? '\n' : key == '\t' ? ' ' : (uint32_t)key);
    }
    return MK_KEY_ANSWER;
}

const char *mk_terminal_pasted(const MkTerminal *terminal)
{
    return terminal->input.paste.data;
}

/* ---- keys ---- */

/* A sequence that began: its state; true when it is one. */
static bool begins(MkInput *input, wint_t code)
{
    switch (code) {
    case CODE_PASTE:
        mk_buf_clear(&input->paste);
        begin(input, MK_INPUT_PASTE);
        return true;
    case CODE_ATTRIBUTES:
        begin(input, MK_INPUT_ATTRIBUTES);
        return true;
    case CODE_AREA:
        begin(input, MK_INPUT_AREA);
        return true;
    case CODE_KITTY:
        begin(input, MK_INPUT_KITTY);
        return true;
    default:
        return false;
    }
}

static uint32_t plain_key(wint_t key)
{
    if (key == 0) {
        return MK_KEY_UNKNOWN;
    }
    if (key == '\n') {
        return MK_KEY_ENTER;
    }
    return key == 8 ? MK_KEY_BACKSPACE : (uint32_t)key;
}

/* Nothing more came: what was begun is given up after a while. */
static uint32_t give_up(MkInput *input)
{
    if (input->state == MK_INPUT_KEYS || now() - input->since < PATIENCE) {
        return MK_KEY_NONE;
    }
    if (input->state == MK_INPUT_PASTE) {
        return end_paste(input);
    }
    input->state = MK_INPUT_KEYS;
    return MK_KEY_NONE;
}

uint32_t mk_terminal_key(MkTerminal *terminal)
{
    MkInput *input = &terminal->input;
    wint_t key = 0;
    const int kind = get_wch(&key);
    if (kind == ERR) {
        return give_up(input);
    }
    if (input->state != MK_INPUT_KEYS && now() - input->since > PATIENCE) {
        input->state = MK_INPUT_KEYS; /* this key does not belong to it any more */
    }
    if (input->state == MK_INPUT_PASTE) {
        return take_paste(input, kind, key);
    }
    if (input->state != MK_INPUT_KEYS) {
        return take_answer(input, kind, key);
    }
    if (kind == KEY_CODE_YES) {
        return begins(input, key) ? MK_KEY_ANSWER : named_key(key);
    }
    return plain_key(key);
}
