/* image.c - one image on the screen, drawn past ncurses after its refresh: sixel, or the kitty
 * graphics protocol. ncurses believes the cells blank; what takes the image away is the terminal.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "ui/term/terminal_priv.h"

#include <stdio.h>
#include <string.h>

enum { KITTY_ID = 31, KITTY_CHUNK = 4096 };

/* ---- kitty ---- */

static void encode(const unsigned char *bytes, size_t len, char out[5])
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const unsigned a = bytes[0], b = len > 1 ? bytes[1] : 0U, c = len > 2 ? bytes[2] : 0U;
    out[0] = digits[a >> 2];
    out[1] = digits[(a & 3U) << 4 | b >> 4];
    out[2] = len > 1 ? digits[(b & 15U) << 2 | c >> 6] : '=';
    out[3] = len > 2 ? digits[c & 63U] : '=';
    out[4] = '\0';
}

static void add_kitty(MkBuf *out, const MkTerminalImage *image)
{
    const unsigned char *bytes = (const unsigned char *)image->bytes;
    const size_t step = KITTY_CHUNK / 4 * 3;
    for (size_t at = 0; at < image->len; at += step) {
        const size_t end = at + step < image->len ? at + step : image->len;
        mk_buf_puts(out, "\033_G");
        if (at == 0) {
            mk_buf_printf(out, "a=T,f=100,t=d,i=%d,p=1,q=2,C=1,c=%zu,r=%zu,", KITTY_ID,
                          image->rect.w, image->rect.h);
        }
        mk_buf_printf(out, "m=%d;", end < image->len ? 1 : 0);
        for (size_t i = at; i < end; i += 3) {
            char four[5];
            encode(bytes + i, end - i, four);
            mk_buf_puts(out, four);
        }
        mk_buf_puts(out, "\033\\");
    }
}

static void delete_kitty(void)
{
    char text[64];
    const int n = snprintf(text, sizeof text, "\033_Ga=d,d=I,i=%d,q=2\033\\", KITTY_ID);
    mk_terminal_write(text, n > 0 ? (size_t)n : 0);
}

/* ---- both ---- */

static bool is_same(MkRect a, MkRect b)
{
    return a.x == b.x && a.y == b.y && a.w == b.w && a.h == b.h;
}

void mk_image_forget(MkTerminal *terminal)
{
    if (terminal->is_shown && terminal->was_kitty) {
        delete_kitty();
    }
    terminal->is_shown = false;
}

void mk_image_prepare(MkTerminal *terminal, const MkTerminalImage *image)
{
    if (!terminal->is_shown || (image != NULL && is_same(image->rect, terminal->shown_rect))) {
        return; /* the next one covers it */
    }
    if (!terminal->was_kitty) {
        (void)clearok(stdscr, TRUE); /* only a cleared screen is rid of a sixel image */
    }
    mk_image_forget(terminal);
}

void mk_image_put(MkTerminal *terminal, const MkTerminalImage *image)
{
    MkBuf out;
    if (image == NULL || (terminal->is_shown && terminal->shown == image->serial)) {
        return;
    }
    const bool is_kitty = image->bytes[0] != '\033';
    mk_buf_init(&out);
    mk_buf_printf(&out, "\0337\033[%zu;%zuH", image->rect.y + 1, image->rect.x + 1);
    if (is_kitty) {
        add_kitty(&out, image);
    } else {
        mk_buf_add(&out, image->bytes, image->len);
    }
    mk_buf_puts(&out, "\0338");
    if (!out.failed) {
        mk_terminal_write(out.data, out.len);
        terminal->is_shown = true;
        terminal->was_kitty = is_kitty;
        terminal->shown = image->serial;
        terminal->shown_rect = image->rect;
    }
    mk_buf_release(&out);
}
