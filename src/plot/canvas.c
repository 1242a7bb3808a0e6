#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "src/plot/canvas.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/arena.h"
#include "src/base/text.h"
#include "src/plot/plot_priv.h"

MkStatus mk_canvas_init(MkCanvas *canvas, size_t columns, size_t rows, bool ascii, MkError *err)
{
    *canvas = (MkCanvas){.columns = columns, .rows = rows, .ascii = ascii};
    canvas->cells = mk_heap_array(columns * rows, sizeof *canvas->cells);
    if (canvas->cells == NULL) {
        return mk_fail(err, MK_ENOMEM, "out of memory for a plot of %zux%zu cells", columns, rows);
    }
    for (size_t i = 0; i < columns * rows; i++) {
        canvas->cells[i] = (MkCanvasCell){" ", MK_CANVAS_PLAIN};
    }
    return MK_OK;
}

void mk_canvas_release(MkCanvas *canvas)
{
    free(canvas->cells);
    canvas->cells = NULL;
}

void mk_canvas_put(MkCanvas *canvas, size_t x, size_t y, short color, const char *character)
{
    const size_t len = strlen(character);
    if (x >= canvas->columns || y >= canvas->rows || len >= sizeof canvas->cells->text) {
        return;
    }
    MkCanvasCell *cell = &canvas->cells[y * canvas->columns + x];
    memcpy(cell->text, character, len + 1);
    cell->color = color;
}

size_t mk_canvas_words(MkCanvas *canvas, size_t x, size_t y, size_t cells, short color,
                       const char *text)
{
    const size_t room = x < canvas->columns ? canvas->columns - x : 0;
    MkBuf words;
    mk_buf_init(&words);
    mk_plot_words_clipped(text, canvas->ascii, cells < room ? cells : room, &words);
    size_t used = 0;
    for (const char *p = words.data; *p != '\0' && y < canvas->rows;) {
        uint32_t cp = 0;
        const size_t n = mk_utf8_next(p, &cp);
        const int width = mk_utf8_width_cp(cp);
        char one[5] = "";
        memcpy(one, p, n < sizeof one ? n : 0);
        /* A combining mark would need a cell of its own; a plot does without. */
        if (width > 0) {
            mk_canvas_put(canvas, x + used, y, color, one);
            if (width == 2) {
                mk_canvas_put(canvas, x + used + 1, y, color, "");
            }
            used += (size_t)width;
        }
        p += n;
    }
    mk_buf_release(&words);
    return used;
}

size_t mk_canvas_width(const MkCanvas *canvas, const char *text, size_t cells)
{
    MkBuf words;
    mk_buf_init(&words);
    mk_plot_words_clipped(text, canvas->ascii, cells, &words);
    const size_t width = mk_utf8_width(words.data);
    mk_buf_release(&words);
    return width;
}

bool mk_canvas_is_blank(const MkCanvas *canvas, size_t x, size_t y)
{
    return x < canvas->columns && y < canvas->rows &&
           strcmp(canvas->cells[y * canvas->columns + x].text, " ") == 0;
}

uint32_t mk_canvas_braille(const MkCanvas *canvas, size_t x, size_t y)
{
    uint32_t cp = 0;
    if (x < canvas->columns && y < canvas->rows) {
        (void)mk_utf8_next(canvas->cells[y * canvas->columns + x].text, &cp);
    }
    return cp >= 0x2800 && cp <= 0x28FF ? cp : 0x2800;
}

static void write_color(short color, MkBuf *out)
{
    if (color == MK_CANVAS_PLAIN) {
        mk_buf_puts(out, "\033[0m");
    } else if (color == MK_CANVAS_BOLD) {
        mk_buf_puts(out, "\033[0;1m");
    } else {
        mk_buf_printf(out, "\033[0;38;5;%dm", color);
    }
}

void mk_canvas_write(const MkCanvas *canvas, bool color, MkBuf *out)
{
    for (size_t y = 0; y < canvas->rows; y++) {
        const MkCanvasCell *row = canvas->cells + y * canvas->columns;
        size_t end = canvas->columns;
        while (end > 0 && strcmp(row[end - 1].text, " ") == 0) {
            end--;
        }
        short now = MK_CANVAS_PLAIN;
        for (size_t x = 0; x < end; x++) {
            if (color && row[x].color != now && strcmp(row[x].text, " ") != 0) {
                now = row[x].color;
                write_color(now, out);
            }
            mk_buf_puts(out, row[x].text);
        }
        mk_buf_puts(out, now != MK_CANVAS_PLAIN ? "\033[0m\n" : "\n");
    }
}
