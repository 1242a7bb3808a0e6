#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "src/plot/text_priv.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/arena.h"
#include "src/base/text.h"

/* Text plots. gnuplot fills the inner rectangle and nothing else: no margins, borders, tics or
 * words. Both terminals run without colour. In `dumb` seven line characters and the letters of its
 * points tell which element a cell belongs to; `block` draws each element as a picture of its own
 * (in one picture it would mix the colours of a cell). We give each element its character and
 * colour. */

#define NEXT_PICTURE "mk-picture "

/* ---- what gnuplot is asked ---- */

static void put_point(MkBuf *out, double x, double y)
{
    if (isfinite(x) && isfinite(y)) {
        mk_buf_double(out, x);
        mk_buf_putc(out, ' ');
        mk_buf_double(out, y);
    }
    mk_buf_putc(out, '\n'); /* an empty line is a gap */
}

static void put_stroke(MkBuf *out, double x0, double y0, double x1, double y1)
{
    put_point(out, x0, y0);
    put_point(out, x1, y1);
    mk_buf_putc(out, '\n');
}

/* Between the ends of a stroke, the dots of an area in braille: the likelier, the denser. */
static void put_dots(const Text *t, const MkSeries *s, size_t column, double lo, double hi,
                     MkBuf *out)
{
    const MkPlotBounds *b = &t->bounds;
    const size_t n = 4 * t->height;
    const double x = b->x_lo + (b->x_hi - b->x_lo) * (double)column / (2 * (double)t->width - 1);
    for (size_t r = 0; r < n; r++) {
        const double y = b->y_lo + (b->y_hi - b->y_lo) * (double)r / (double)(n - 1);
        const bool on = s->role == MK_ROLE_BAND50   ? true
                        : s->role == MK_ROLE_BAND90 ? (r + column) % 2 == 0
                                                    : r % 2 == 0 && column % 2 == 0;
        if (on && y >= lo && y <= hi) {
            put_point(out, x, y);
        }
    }
}

/* An area as one stroke in every column; what is thinner than half a row is left out. */
static void put_columns(const Text *t, const MkSeries *s, MkBuf *out)
{
    const MkPlotBounds *b = &t->bounds;
    const size_t fine = t->job->block ? 2 : 1;
    const size_t n = t->width * fine;
    const double half_row =
        0.5 * (b->y_hi - b->y_lo) / (double)(t->height * (t->job->block ? 4 : 1));
    for (size_t c = 0; c < n; c++) {
        const double x = b->x_lo + (b->x_hi - b->x_lo) * (double)c / (n > 1 ? (double)(n - 1) : 1);
        const bool band = s->kind == MK_SERIES_BAND;
        double lo = band ? mk_plot_interpolate(s->x, s->low, s->n, x) : fmax(0, b->y_lo);
        double hi = mk_plot_interpolate(s->x, band ? s->high : s->y, s->n, x);
        if (!isfinite(lo) || !isfinite(hi) || hi - lo < half_row) {
            continue;
        }
        lo = fmin(fmax(lo, b->y_lo), b->y_hi);
        hi = fmin(fmax(hi, b->y_lo), b->y_hi);
        if (t->job->block) {
            put_dots(t, s, c, lo, hi, out);
        } else {
            put_stroke(out, x, lo, x, hi);
        }
    }
}

static void put_series(const Text *t, const MkSeries *s, MkBuf *out)
{
    const MkPlotBounds *b = &t->bounds;
    if (s->kind == MK_SERIES_MARK) {
        const double step = (b->y_hi - b->y_lo) / (t->height > 1 ? (double)(t->height - 1) : 1);
        for (size_t r = 0; r < t->height && s->n > 0; r++) {
            put_point(out, s->x[0], b->y_lo + step * (double)r);
        }
    } else if (mk_text_is_area(s)) {
        put_columns(t, s, out);
    } else {
        const size_t n = s->n + (s->kind == MK_SERIES_CONTOUR && s->n > 0 ? 1 : 0);
        for (size_t i = 0; i < n; i++) {
            put_point(out, mk_plot_at(s->x, i % s->n), mk_plot_at(s->y, i % s->n));
        }
    }
}

/* Rows count from the top, gnuplot from the bottom. */
static double row_y(const Text *t, size_t row)
{
    return (double)t->height - 1 - (double)row;
}

static void put_bars(const Text *t, const MkSeries *s, size_t nth, MkBuf *out)
{
    const double half_cell = 0.5 * (t->bounds.x_hi - t->bounds.x_lo) / (double)t->width;
    for (size_t i = 0; i < s->n && i < t->bars->n; i++) {
        const double x = mk_plot_at(s->y, i);
        if (t->rows_of[i] == SIZE_MAX || !isfinite(x)) {
            continue;
        }
        if (mk_text_is_stamp(t, s)) {
            put_point(out, x, row_y(t, t->rows_of[i]));
            continue;
        }
        const bool span = mk_plot_is_spans(s) && isfinite(mk_plot_at(s->low, i));
        const double from = span ? s->low[i] : 0, to = span ? mk_plot_at(s->high, i) : x;
        if (fabs(to - from) < half_cell) {
            continue; /* one cell would look like something */
        }
        const size_t top = t->rows_of[i] + (t->compact ? 0 : nth * t->thick);
        for (size_t r = top; r < top + t->thick; r++) {
            put_stroke(out, from, row_y(t, r), to, row_y(t, r));
        }
    }
}

/* In `dumb` one plot of all elements, told apart by their characters; in `block` one picture each.
 */
static void put_plot(const Text *t, size_t i, bool *any, MkBuf *out)
{
    const MkSeries *s = &t->figure->series[i];
    if (t->job->block) {
        const char *style = mk_text_is_area(s)            ? "dots"
                            : s->kind == MK_SERIES_POINTS ? "points pt 7"
                                                          : "lines";
        mk_buf_printf(out, "print '" NEXT_PICTURE "%zu'\nplot $d%zu using 1:2 with %s\n", i, i,
                      style);
    } else {
        mk_buf_printf(out, "%s$d%zu using 1:2 with %s %zu", *any ? ", " : "plot ", i,
                      mk_text_is_stamp(t, s) ? "points pt" : "lines lt", t->slot_of[i] + 1);
    }
    *any = true;
}

static int layer_of(const Text *t, const MkSeries *s)
{
    if (s->role == MK_ROLE_DRAWS) {
        return 0;
    }
    if (s->kind != MK_SERIES_MARK && mk_text_is_stamp(t, s)) {
        return 3;
    }
    switch (s->kind) {
    case MK_SERIES_CELLS:
    case MK_SERIES_FILL:
        return mk_text_is_area(s) ? 0 : 1;
    case MK_SERIES_BAND:
    case MK_SERIES_BARS:
        return 0;
    case MK_SERIES_LINE:
    case MK_SERIES_CONTOUR:
        return 1;
    case MK_SERIES_MARK:
        return 2;
    case MK_SERIES_POINTS:
        break;
    }
    return 3;
}

/* Data blocks of all series; has[i] says whether series i has anything to draw. */
static void put_data(const Text *t, bool *has, MkBuf *out)
{
    size_t nth = 0;
    for (size_t i = 0; i < t->figure->n_series; i++) {
        const MkSeries *s = &t->figure->series[i];
        MkBuf data;
        mk_buf_init(&data);
        if (s->kind == MK_SERIES_CELLS || mk_text_is_left_out(t, s)) {
            /* shaded without gnuplot */
        } else if (s->kind == MK_SERIES_BARS) {
            put_bars(t, s, nth++, &data);
        } else if (t->bars == NULL || s->kind == MK_SERIES_MARK) {
            put_series(t, s, &data);
        }
        has[i] = strspn(data.data, "\n") < data.len;
        if (has[i]) {
            mk_buf_printf(out, "$d%zu << EOD\n%sEOD\n", i, data.data);
        }
        out->failed = out->failed || data.failed;
        mk_buf_release(&data);
    }
}

static void put_range(const char *axis, double lo, double hi, MkBuf *out)
{
    mk_buf_printf(out, "set %srange [", axis);
    mk_buf_double(out, lo);
    mk_buf_putc(out, ':');
    mk_buf_double(out, hi);
    mk_buf_puts(out, "]\n");
}

/* True when there is something to plot. */
static bool put_commands(Text *t, bool *has, MkBuf *out)
{
    if (t->bars != NULL) {
        t->bounds.y_lo = 0;
        t->bounds.y_hi = (double)t->height - 1;
    }
    mk_buf_puts(out, "reset\nundefine $*\nset encoding utf8\nset decimalsign '.'\nset output\n");
    if (t->job->block) {
        mk_buf_printf(out,
                      "set terminal block braille mono noenhanced size %zu,%zu\nset print '-'\n",
                      t->width, t->height);
    } else {
        mk_buf_printf(out, "set terminal dumb mono noenhanced size %zu,%zu\n", t->width, t->height);
    }
    mk_buf_puts(out, "unset border\nunset tics\nunset key\nset lmargin 0\nset rmargin 0\n"
                     "set tmargin 0\nset bmargin 0\n");
    put_range("x", t->bounds.x_lo, t->bounds.x_hi, out);
    put_range("y", t->bounds.y_lo, t->bounds.y_hi, out);
    put_data(t, has, out);
    bool any = false;
    for (int layer = 0; layer < 4; layer++) {
        for (size_t i = 0; i < t->figure->n_series; i++) {
            if (has[i] && layer_of(t, &t->figure->series[i]) == layer) {
                put_plot(t, i, &any, out);
            }
        }
    }
    mk_buf_puts(out, "\nset output\n");
    return any;
}

/* ---- cells: shaded before anything else is there ---- */

static void shade_cells(Text *t, const MkSeries *s)
{
    static const Glyph shades[] = {
        {"\u00b7", ".", 0}, {"\u2591", ":", 0}, {"\u2592", "=", 0}, {"\u2593", "%", 0}};
    enum { N_SHADES = sizeof shades / sizeof shades[0] };
    const MkPlotBounds *b = &t->bounds;
    const double densest = mk_plot_densest(s);
    const short color = s->role == MK_ROLE_SURVEY ? ORANGE : SKY;
    for (size_t r = 0; r < t->height; r++) {
        const double y = b->y_hi - (b->y_hi - b->y_lo) * ((double)r + 0.5) / (double)t->height;
        for (size_t c = 0; c < t->width; c++) {
            const double x = b->x_lo + (b->x_hi - b->x_lo) * ((double)c + 0.5) / (double)t->width;
            const size_t i = mk_plot_cell_at(s, x, y);
            const size_t shade = i < s->n ? mk_plot_shade(s, i, densest, N_SHADES) : 0;
            const bool is_sparse = shade == 1 && (c + 2 * (r % 2)) % 4 != 0; /* few people */
            if (shade > 0 && !is_sparse) {
                const Glyph *g = &shades[shade - 1];
                mk_canvas_put(&t->canvas, t->left + c, t->top + r, color,
                              mk_text_sign(t, g->fancy, g->plain));
            }
        }
    }
}

/* ---- what gnuplot answers ---- */

static void paste_dumb(Text *t, const MkBuf *picture)
{
    static const char pens[] = "*#$%@&=";
    size_t x = 0, y = 0;
    for (size_t i = 0; i < picture->len && y < t->height; i++) {
        const char c = picture->data[i];
        const char *pen = c != '\0' ? strchr(pens, c) : NULL;
        if (c == '\f') {
            continue;
        }
        if (c == '\n') {
            y++;
            x = 0;
            continue;
        }
        const Glyph *g = NULL;
        if (pen != NULL && (size_t)(pen - pens) < t->n_pens) {
            g = &t->pens[pen - pens];
        } else if (c >= 'A' && c <= 'Z' && (size_t)(c - 'A') < t->n_stamps) {
            g = &t->stamps[c - 'A'];
        }
        if (g != NULL && x < t->width) {
            mk_canvas_put(&t->canvas, t->left + x, t->top + y, g->color,
                          mk_text_sign(t, g->fancy, g->plain));
        }
        x++;
    }
}

/* Braille on braille: areas add their dots, what is thin clears the cell it crosses. */
static void paste_cell(Text *t, size_t x, size_t y, uint32_t cp, const Glyph *g, bool add)
{
    if (add) {
        cp |= mk_canvas_braille(&t->canvas, x, y);
    }
    char one[4] = {(char)(0xE0 | (cp >> 12)), (char)(0x80 | ((cp >> 6) & 63)),
                   (char)(0x80 | (cp & 63)), '\0'};
    mk_canvas_put(&t->canvas, x, y, g->color, one);
}

static void paste_braille(Text *t, size_t series, const char *from, const char *end)
{
    const Glyph g = mk_text_glyph(t, series);
    const bool add = mk_text_is_area(&t->figure->series[series]);
    size_t x = 0, y = 0;
    for (const char *p = from; p < end && *p != '\0' && y < t->height;) {
        uint32_t cp = 0;
        const size_t n = mk_utf8_next(p, &cp);
        if (cp == '\n') {
            y++;
            x = 0;
        } else if (cp >= 0x20) {
            if (x < t->width && cp > 0x2800 && cp <= 0x28FF) {
                paste_cell(t, t->left + x, t->top + y, cp, &g, add);
            }
            x++;
        }
        p += n;
    }
}

static void paste_block(Text *t, const MkBuf *picture)
{
    const char *p = strstr(picture->data, NEXT_PICTURE);
    while (p != NULL) {
        char *from = NULL;
        const unsigned long series = strtoul(p + strlen(NEXT_PICTURE), &from, 10);
        const char *next = strstr(from, NEXT_PICTURE);
        if (series < t->figure->n_series && *from == '\n') {
            paste_braille(t, series, from + 1, next != NULL ? next : picture->data + picture->len);
        }
        p = next;
    }
}

/* ---- words and axes around it ---- */

static size_t column_of(const Text *t, double x)
{
    const double share = (x - t->bounds.x_lo) / (t->bounds.x_hi - t->bounds.x_lo);
    return t->left + (size_t)lround(fmin(fmax(share, 0), 1) * (double)(t->width - 1));
}

static void draw_x_axis(Text *t)
{
    const size_t y = t->top + t->height;
    for (size_t x = t->left - 1; x < t->left + t->width; x++) {
        mk_canvas_put(&t->canvas, x, y, GREY,
                      x == t->left - 1 ? mk_text_sign(t, "\u2514", "+")
                                       : mk_text_sign(t, "\u2500", "-"));
    }
    size_t free_from = 0;
    for (size_t k = 0; k < t->tics_x.n; k++) {
        const char *label = t->tics_x.texts[k];
        const size_t w = mk_utf8_width(label);
        const size_t column = column_of(t, t->tics_x.at[k]);
        size_t start = column >= w / 2 ? column - w / 2 : 0;
        start = start + w > t->job->columns ? t->job->columns - w : start;
        mk_canvas_put(&t->canvas, column, y, GREY, mk_text_sign(t, "\u252c", "+"));
        if (start >= free_from) {
            (void)mk_canvas_words(&t->canvas, start, y + 1, w, MK_CANVAS_PLAIN, label);
            free_from = start + w + 1;
        }
    }
}

static void draw_y_axis(Text *t)
{
    for (size_t r = 0; r < t->height; r++) {
        mk_canvas_put(&t->canvas, t->left - 1, t->top + r, GREY, mk_text_sign(t, "\u2502", "|"));
    }
    if (t->bars != NULL) {
        return;
    }
    for (size_t k = 0; k < t->tics_y.n; k++) {
        const double share = (t->tics_y.at[k] - t->bounds.y_lo) / (t->bounds.y_hi - t->bounds.y_lo);
        const size_t row = t->height - 1 - (size_t)lround(share * (double)(t->height - 1));
        const char *label = t->tics_y.texts[k];
        const size_t w = mk_utf8_width(label);
        (void)mk_canvas_words(&t->canvas, t->left - 1 > w ? t->left - 2 - w : 0, t->top + row, w,
                              MK_CANVAS_PLAIN, label);
        mk_canvas_put(&t->canvas, t->left - 1, t->top + row, GREY, mk_text_sign(t, "\u2524", "+"));
    }
}

static void draw_bar_interval(Text *t, const MkSeries *s, size_t i, size_t row)
{
    const double low = mk_plot_at(s->low, i), high = mk_plot_at(s->high, i);
    if (!isfinite(low) || !isfinite(high)) {
        return;
    }
    const size_t from = column_of(t, low), to = column_of(t, high);
    for (size_t x = from; x <= to; x++) {
        mk_canvas_put(&t->canvas, x, row, MK_CANVAS_PLAIN,
                      x == from ? mk_text_sign(t, "\u251c", "[")
                                : (x == to ? mk_text_sign(t, "\u2524", "]")
                                           : mk_text_sign(t, "\u2500", "-")));
    }
    mk_canvas_put(&t->canvas, column_of(t, s->y[i]), row, MK_CANVAS_BOLD,
                  mk_text_sign(t, "\u25cf", "O"));
}

/* The number of a bar, behind its end. */
static void draw_bar_number(Text *t, const MkSeries *s, size_t i, size_t row)
{
    const double y = s->y[i];
    const double far = y < 0 ? fmin(y, isfinite(mk_plot_at(s->low, i)) ? s->low[i] : y)
                             : fmax(y, isfinite(mk_plot_at(s->high, i)) ? s->high[i] : y);
    char label[32];
    mk_plot_bar_number(y, &t->bounds, t->job->ascii, label);
    const size_t w = mk_utf8_width(label);
    const size_t end = column_of(t, far), dot = column_of(t, y);
    size_t start = y < 0 ? (end > w + 1 ? end - w - 1 : 0) : end + 2;
    if (mk_plot_is_spans(s) && column_of(t, mk_plot_at(s->high, i)) > dot + w + 2) {
        start = dot + 2; /* beside the dot that it belongs to */
        mk_canvas_put(&t->canvas, dot + 1, row, MK_CANVAS_PLAIN, " ");
        mk_canvas_put(&t->canvas, start + w, row, MK_CANVAS_PLAIN, " ");
    }
    (void)mk_canvas_words(&t->canvas, start, row, w, MK_CANVAS_PLAIN, label);
}

/* The label, at the middle of its bars. */
static void draw_bar_name(Text *t, size_t i)
{
    const size_t room = t->left - 2;
    const size_t rows = t->compact ? 1 : mk_plot_n_bars(t->figure) * t->thick;
    const char *label = t->bars->labels != NULL ? t->bars->labels[i] : "";
    const size_t w = mk_canvas_width(&t->canvas, label, room);
    (void)mk_canvas_words(&t->canvas, room - w, t->top + t->rows_of[i] + (rows - 1) / 2, room,
                          MK_CANVAS_PLAIN, label);
}

static void draw_bar_words(Text *t)
{
    size_t nth = 0;
    const size_t zero = column_of(t, 0);
    for (size_t r = 0; r < t->height && t->bounds.x_lo < 0; r++) {
        if (mk_canvas_is_blank(&t->canvas, zero, t->top + r)) {
            mk_canvas_put(&t->canvas, zero, t->top + r, GREY, mk_text_sign(t, "\u2502", "|"));
        }
    }
    for (size_t k = 0; k < t->figure->n_series; k++) {
        const MkSeries *s = &t->figure->series[k];
        if (s->kind != MK_SERIES_BARS) {
            continue;
        }
        for (size_t i = 0; i < s->n && i < t->bars->n; i++) {
            if (t->rows_of[i] == SIZE_MAX) {
                continue;
            }
            const size_t row =
                t->top + t->rows_of[i] + (t->compact ? 0 : nth * t->thick + (t->thick - 1) / 2);
            if (nth == 0) {
                draw_bar_name(t, i);
            }
            if (isfinite(mk_plot_at(s->y, i)) && !(t->compact && nth > 0)) {
                draw_bar_interval(t, s, i, row);
                if (!t->compact) {
                    draw_bar_number(t, s, i, row);
                }
            }
        }
        nth++;
    }
}

/* Beside the title where there is room, else over the lowest row. */
static void draw_hint(Text *t)
{
    const size_t columns = t->job->columns;
    const size_t w = mk_canvas_width(&t->canvas, t->hint.data, columns);
    const size_t title = mk_canvas_width(&t->canvas, t->figure->title, columns);
    const bool fits = t->title_rows > 0 && title + w + 2 <= columns;
    if (t->hint.len > 0) {
        (void)mk_canvas_words(&t->canvas, columns - w, fits ? 0 : t->top + t->height - 1, w, GREY,
                              t->hint.data);
    }
}

static void draw_words(Text *t)
{
    const MkFigure *f = t->figure;
    const size_t columns = t->job->columns;
    if (t->title_rows > 0) {
        (void)mk_canvas_words(&t->canvas, 0, 0, columns, MK_CANVAS_BOLD, f->title);
    }
    if (t->legend_rows > 0) {
        (void)mk_text_legend(t, t->title_rows, true);
    }
    if (t->label_row > 0) {
        (void)mk_canvas_words(&t->canvas, 0, t->top - 1, columns, GREY, f->y_label);
    }
    size_t y = t->top + t->height + 2;
    if (t->x_label_rows > 0) {
        const char *label = t->bars != NULL ? f->y_label : f->x_label;
        const size_t w = mk_canvas_width(&t->canvas, label, columns);
        const size_t middle = t->left + t->width / 2;
        size_t start = middle > w / 2 ? middle - w / 2 : 0;
        start = start + w > columns ? columns - w : start;
        (void)mk_canvas_words(&t->canvas, start, y++, columns, MK_CANVAS_PLAIN, label);
    }
    if (t->caption_rows > 0) {
        (void)mk_canvas_words(&t->canvas, 0, y, columns, GREY, f->caption);
    }
    draw_hint(t);
}

/* ---- together ---- */

static MkStatus draw(Text *t, MkPlotAsk ask, void *ctx, MkBuf *out, MkError *err)
{
    bool *has = mk_heap_array(t->figure->n_series, sizeof *has);
    if (has == NULL) {
        return mk_fail(err, MK_ENOMEM, "out of memory for a plot");
    }
    MkBuf commands, picture;
    mk_buf_init(&commands);
    mk_buf_init(&picture);
    MkStatus st = MK_OK;
    if (put_commands(t, has, &commands)) {
        MK_TRY_GOTO(ask(ctx, &commands, &picture, err));
    }
    draw_y_axis(t);
    draw_x_axis(t);
    for (size_t i = 0; i < t->figure->n_series; i++) {
        if (t->figure->series[i].kind == MK_SERIES_CELLS) {
            shade_cells(t, &t->figure->series[i]);
        }
    }
    if (t->job->block) {
        paste_block(t, &picture);
    } else {
        paste_dumb(t, &picture);
    }
    if (t->bars != NULL) {
        draw_bar_words(t);
    }
    draw_words(t);
    mk_canvas_write(&t->canvas, t->job->color, out);
    st = mk_buf_status(out, err);
done:
    mk_buf_release(&commands);
    mk_buf_release(&picture);
    free(has);
    return st;
}

MkStatus mk_plot_text(const MkPlotTextJob *job, MkPlotAsk ask, void *ctx, MkBuf *out, MkError *err)
{
    if (job->columns < MIN_COLUMNS || job->rows < MIN_ROWS || job->columns > 1000 ||
        job->rows > 1000) {
        return mk_fail(err, MK_EINVAL, "a plot needs %dx%d cells at least, here are %zux%zu",
                       MIN_COLUMNS, MIN_ROWS, job->columns, job->rows);
    }
    MkArena *arena = mk_arena_new(0);
    Text t = {.job = job, .figure = arena != NULL ? mk_plot_even(job->figure, arena) : NULL};
    MkStatus st = MK_OK;
    if (t.figure == NULL) {
        st = mk_fail(err, MK_ENOMEM, "out of memory for a plot");
    } else if (!mk_plot_bounds(t.figure, &t.bounds)) {
        st = mk_fail(err, MK_EINVAL, "the figure has nothing to draw");
    }
    mk_buf_init(&t.hint);
    if (st == MK_OK) {
        st = mk_canvas_init(&t.canvas, job->columns, job->rows, job->ascii, err);
    }
    if (st == MK_OK) {
        st = mk_text_prepare(&t, err);
    }
    if (st == MK_OK) {
        st = draw(&t, ask, ctx, out, err);
    }
    mk_buf_release(&t.hint);
    mk_canvas_release(&t.canvas);
    free(t.slot_of);
    free(t.rows_of);
    mk_arena_free(arena);
    return st;
}
