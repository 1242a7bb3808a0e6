#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "ui/term/terminal.h"

#include <curses.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "src/base/text.h"
#include "ui/term/guard.h"
#include "ui/view/key.h"

enum { ESCAPE_MS = 25 };

struct MkTerminal {
    SCREEN *screen;
    MkColors colors;
    attr_t attributes[MK_CELL_ROLES];
    short pairs[MK_CELL_ROLES];
};

/* Adds a capability without its padding marks. */
static void add_capability(char *out, size_t size, const char *name)
{
    char id[16];
    snprintf(id, sizeof id, "%s", name);
    const char *text = tigetstr(id);
    if (text == NULL || text == (char *)-1) {
        return;
    }
    size_t len = strlen(out);
    while (*text != '\0' && len + 1 < size) {
        if (text[0] == '$' && text[1] == '<' && strchr(text, '>') != NULL) {
            text = strchr(text, '>') + 1;
        } else {
            out[len++] = *text++;
        }
    }
    out[len] = '\0';
}

static void arm(void)
{
    static const char *const names[] = {"sgr0", "op", "rmkx", "cnorm", "rmcup"};
    char sequence[400] = "";
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        add_capability(sequence, sizeof sequence, names[i]);
    }
    mk_guard_arm(sequence);
}

static attr_t curses_attributes(unsigned attributes)
{
    attr_t out = A_NORMAL;
    out |= (attributes & MK_STYLE_BOLD) != 0 ? A_BOLD : A_NORMAL;
    out |= (attributes & MK_STYLE_DIM) != 0 ? A_DIM : A_NORMAL;
    out |= (attributes & MK_STYLE_REVERSE) != 0 ? A_REVERSE : A_NORMAL;
    out |= (attributes & MK_STYLE_UNDERLINE) != 0 ? A_UNDERLINE : A_NORMAL;
    return out;
}

static void choose_colors(MkTerminal *terminal, bool wanted)
{
    terminal->colors = MK_COLORS_MONO;
    if (wanted && has_colors() && start_color() == OK) {
        (void)use_default_colors();
        terminal->colors =
            COLORS >= 256 ? MK_COLORS_256 : (COLORS >= 16 ? MK_COLORS_16 : MK_COLORS_8);
    }
    for (int role = 0; role < MK_CELL_ROLES; role++) {
        const MkStyle style = mk_theme_style((MkCellRole)role, terminal->colors);
        terminal->attributes[role] = curses_attributes(style.attributes);
        const bool has_color = style.foreground >= 0 || style.background >= 0;
        if (terminal->colors != MK_COLORS_MONO && has_color && role + 1 < COLOR_PAIRS &&
            init_pair((short)(role + 1), style.foreground, style.background) == OK) {
            terminal->pairs[role] = (short)(role + 1);
        }
    }
}

static void set_modes(void)
{
    (void)raw();
    (void)noecho();
    (void)nonl();
    (void)keypad(stdscr, TRUE);
    (void)nodelay(stdscr, TRUE);
    (void)intrflush(stdscr, FALSE);
    (void)set_escdelay(ESCAPE_MS);
}

/* What terminals send when they are not in the keypad mode that terminfo describes. */
static void add_keys(void)
{
    static const struct {
        const char *bytes;
        int key;
    } more[] = {
        {"\033[A", KEY_UP},     {"\033[B", KEY_DOWN}, {"\033[C", KEY_RIGHT}, {"\033[D", KEY_LEFT},
        {"\033OA", KEY_UP},     {"\033OB", KEY_DOWN}, {"\033OC", KEY_RIGHT}, {"\033OD", KEY_LEFT},
        {"\033[H", KEY_HOME},   {"\033[F", KEY_END},  {"\033OH", KEY_HOME},  {"\033OF", KEY_END},
        {"\033[1~", KEY_HOME},  {"\033[4~", KEY_END}, {"\033[3~", KEY_DC},   {"\033[5~", KEY_PPAGE},
        {"\033[6~", KEY_NPAGE}, {"\033[Z", KEY_BTAB},
    };
    for (size_t i = 0; i < sizeof more / sizeof *more; i++) {
        (void)define_key(more[i].bytes, more[i].key);
    }
}

MkStatus mk_terminal_open(bool colors, MkTerminal **out, MkError *err)
{
    MkTerminal *terminal = calloc(1, sizeof *terminal);
    if (terminal == NULL) {
        return mk_fail(err, MK_ENOMEM, "no memory for the screen");
    }
    terminal->screen = newterm(NULL, stdout, stdin);
    if (terminal->screen == NULL) {
        const char *type = getenv("TERM");
        free(terminal);
        return mk_fail(err, MK_EUNSUPPORTED,
                       "terminal type %s cannot show the workbench; --plain works",
                       type != NULL && type[0] != '\0' ? type : "(none)");
    }
    mk_guard_watch_size();
    arm();
    set_modes();
    add_keys();
    choose_colors(terminal, colors);
    *out = terminal;
    return MK_OK;
}

void mk_terminal_close(MkTerminal *terminal)
{
    if (terminal == NULL) {
        return;
    }
    (void)endwin();
    mk_guard_disarm();
    delscreen(terminal->screen);
    free(terminal);
}

MkColors mk_terminal_colors(const MkTerminal *terminal)
{
    return terminal->colors;
}

void mk_terminal_size(const MkTerminal *terminal, size_t *columns, size_t *rows)
{
    (void)terminal;
    int h = 0, w = 0;
    getmaxyx(stdscr, h, w);
    *columns = w > 0 ? (size_t)w : 0;
    *rows = h > 0 ? (size_t)h : 0;
}

static void draw_cell(const MkTerminal *terminal, int y, int x, const MkCell *cell)
{
    wchar_t text[CCHARW_MAX + 1] = {0};
    size_t n = 0;
    const char *bytes = cell->text;
    while (*bytes != '\0' && n < CCHARW_MAX) {
        uint32_t cp = 0;
        bytes += mk_utf8_next(bytes, &cp);
        text[n++] = (wchar_t)cp;
    }
    cchar_t out;
    if (n > 0 && setcchar(&out, text, terminal->attributes[cell->role], terminal->pairs[cell->role],
                          NULL) == OK) {
        (void)mvadd_wch(y, x, &out);
    }
}

void mk_terminal_draw(MkTerminal *terminal, const MkGrid *grid)
{
    for (size_t y = 0; y < grid->rows; y++) {
        for (size_t x = 0; x < grid->columns; x++) {
            draw_cell(terminal, (int)y, (int)x, &grid->cells[y * grid->columns + x]);
        }
    }
    if (grid->point_x < grid->columns) {
        (void)curs_set(1);
        (void)move((int)grid->point_y, (int)grid->point_x);
    } else {
        (void)curs_set(0);
    }
    (void)refresh();
}

void mk_terminal_repaint(MkTerminal *terminal)
{
    (void)terminal;
    (void)clearok(stdscr, TRUE);
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
    return UINT32_MAX; /* a key without a meaning here */
}

uint32_t mk_terminal_key(MkTerminal *terminal)
{
    (void)terminal;
    wint_t key = 0;
    const int kind = get_wch(&key);
    if (kind == ERR) {
        return MK_KEY_NONE;
    }
    if (kind == KEY_CODE_YES) {
        return named_key(key);
    }
    if (key == 0) {
        return UINT32_MAX;
    }
    if (key == '\n') {
        return MK_KEY_ENTER;
    }
    return key == 8 ? MK_KEY_BACKSPACE : (uint32_t)key;
}

void mk_terminal_suspend(MkTerminal *terminal)
{
    (void)terminal;
    (void)endwin();
    mk_guard_disarm();
}

void mk_terminal_resume(MkTerminal *terminal)
{
    (void)terminal;
    arm();
    set_modes();
    (void)clearok(stdscr, TRUE);
    (void)refresh();
}
