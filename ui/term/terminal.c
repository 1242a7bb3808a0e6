#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "ui/term/terminal_priv.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <wchar.h>

#include "src/base/text.h"
#include "ui/term/guard.h"

/* Pasted text comes between marks (bracketed paste). */
#define PASTE_ON "\033[?2004h"
#define PASTE_OFF "\033[?2004l"

void mk_terminal_write(const char *bytes, size_t len)
{
    while (len > 0) {
        const ssize_t n = write(STDOUT_FILENO, bytes, len);
        if (n < 0 && errno != EINTR) {
            return;
        }
        bytes += n > 0 ? n : 0;
        len -= n > 0 ? (size_t)n : 0;
    }
}

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
    char sequence[400] = PASTE_OFF;
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

static void set_styles(MkTerminal *terminal)
{
    for (int role = 0; role < MK_CELL_ROLES; role++) {
        const MkStyle style = mk_theme_style(terminal->theme, (MkCellRole)role, terminal->colors);
        terminal->attributes[role] = curses_attributes(style.attributes);
        terminal->pairs[role] = 0;
        const bool has_color = style.foreground >= 0 || style.background >= 0;
        if (terminal->colors != MK_COLORS_MONO && has_color && role + 1 < COLOR_PAIRS &&
            init_pair((short)(role + 1), style.foreground, style.background) == OK) {
            terminal->pairs[role] = (short)(role + 1);
        }
    }
}

static void choose_colors(MkTerminal *terminal, bool wanted)
{
    terminal->colors = MK_COLORS_MONO;
    if (wanted && has_colors() && start_color() == OK) {
        (void)use_default_colors();
        terminal->colors =
            COLORS >= 256 ? MK_COLORS_256 : (COLORS >= 16 ? MK_COLORS_16 : MK_COLORS_8);
    }
    set_styles(terminal);
}

void mk_terminal_set_theme(MkTerminal *terminal, MkTheme theme)
{
    if (terminal->theme != theme) {
        terminal->theme = theme;
        set_styles(terminal);
        mk_terminal_repaint(terminal);
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
    mk_terminal_write(PASTE_ON, sizeof PASTE_ON - 1);
}

MkStatus mk_terminal_open(bool has_colors, MkTheme theme, MkTerminal **out, MkError *err)
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
    terminal->theme = theme;
    mk_buf_init(&terminal->input.paste);
    mk_guard_watch_size();
    arm();
    set_modes();
    mk_input_define();
    choose_colors(terminal, has_colors);
    *out = terminal;
    return MK_OK;
}

static void leave(MkTerminal *terminal)
{
    mk_image_forget(terminal);
    mk_terminal_write(PASTE_OFF, sizeof PASTE_OFF - 1);
    (void)endwin();
    mk_guard_disarm();
}

void mk_terminal_close(MkTerminal *terminal)
{
    if (terminal == NULL) {
        return;
    }
    mk_input_finish(terminal);
    leave(terminal);
    delscreen(terminal->screen);
    mk_buf_release(&terminal->input.paste);
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

/* What lies over the place of an image (a question, a list of words) is more important. */
static bool has_free_place(const MkGrid *grid, MkRect rect)
{
    if (rect.x + rect.w > grid->columns || rect.y + rect.h > grid->rows || rect.w == 0) {
        return false;
    }
    for (size_t y = rect.y; y < rect.y + rect.h; y++) {
        for (size_t x = rect.x; x < rect.x + rect.w; x++) {
            if (strcmp(grid->cells[y * grid->columns + x].text, " ") != 0) {
                return false;
            }
        }
    }
    return true;
}

void mk_terminal_draw(MkTerminal *terminal, const MkGrid *grid, const MkTerminalImage *image)
{
    image = image != NULL && has_free_place(grid, image->rect) ? image : NULL;
    mk_image_prepare(terminal, image);
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
    mk_image_put(terminal, image);
}

void mk_terminal_repaint(MkTerminal *terminal)
{
    mk_image_forget(terminal);
    (void)clearok(stdscr, TRUE);
}

void mk_terminal_suspend(MkTerminal *terminal)
{
    leave(terminal);
}

void mk_terminal_resume(MkTerminal *terminal)
{
    arm();
    set_modes();
    mk_terminal_repaint(terminal);
    (void)refresh();
}
