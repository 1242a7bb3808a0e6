#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "src/base/text.h"
#include "src/plot/look.h"
#include "src/plot/plot.h"
#include "src/plot/plot_priv.h"

enum { N_SHADES = 6, MAX_NAME = 44, MAX_TITLE = 96, CAPTION_CELLS = 118 };

enum { MAX_MARKS = 24, MARK_CELLS = 86 };

typedef struct Mark {
    size_t series;
    bool left; /* its name stands to the left of the line */
    size_t level;
} Mark;

typedef struct Script {
    const MkFigure *figure;
    MkBuf *out;
    bool mono;
    bool ascii;
    bool is_page; /* a narrower picture in larger letters */
    MkPlotBounds bounds;
    size_t n_plots;        /* elements of the plot command so far */
    double top;            /* upper end of the y axis */
    Mark marks[MAX_MARKS]; /* by position */
    size_t n_marks;
} Script;

static bool has_scenarios(const MkFigure *figure)
{
    for (size_t i = 0; i < figure->n_series; i++) {
        if (figure->series[i].role == MK_ROLE_SCENARIO) {
            return true;
        }
    }
    return false;
}

/* Scenarios use the colours: the population behind them is grey. */
static MkLook look_in(const Script *s, const MkSeries *series)
{
    MkLook look = mk_look_role(series, s->mono);
    if (series->kind == MK_SERIES_CONTOUR) {
        return mk_look_contour(series, s->mono);
    }
    if (series->role == MK_ROLE_SURVEY && series->kind == MK_SERIES_FILL) {
        look.area = s->mono ? "#ececec" : "#fbe6d2"; /* paler than bars */
    }
    if (series->role == MK_ROLE_POPULATION && has_scenarios(s->figure)) {
        look.line = "#888888";
        look.dash = "(2,4)";
    }
    /* What was counted has the colour of the scenario that it goes with. */
    if (series->role == MK_ROLE_SURVEY && has_scenarios(s->figure)) {
        look.line = mk_look_scenario(series->index, s->mono).line;
    }
    return look;
}

/* ---- text ---- */

static void quote_cells(Script *s, const char *text, size_t cells)
{
    MkBuf words;
    mk_buf_init(&words);
    mk_plot_words_clipped(text, s->ascii, cells, &words);
    mk_plot_quote(words.data, s->out);
    s->out->failed = s->out->failed || words.failed;
    mk_buf_release(&words);
}

/* A tic label is a format to gnuplot: per cent signs are doubled. */
static void quote_tic(Script *s, const char *text)
{
    MkBuf words, doubled;
    mk_buf_init(&words);
    mk_buf_init(&doubled);
    mk_plot_words_clipped(text, s->ascii, MAX_NAME, &words);
    for (const char *p = words.data; *p != '\0'; p++) {
        mk_buf_puts(&doubled, *p == '%' ? "%" : "");
        mk_buf_putc(&doubled, *p);
    }
    mk_plot_quote(doubled.data, s->out);
    s->out->failed = s->out->failed || words.failed || doubled.failed;
    mk_buf_release(&words);
    mk_buf_release(&doubled);
}

static void put_number(Script *s, double x)
{
    mk_buf_double(s->out, x);
}

/* Numbers of one data line; a line that is not all finite becomes a gap. */
static void put_row(Script *s, const double *numbers, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (!isfinite(numbers[i])) {
            mk_buf_puts(s->out, "\n");
            return;
        }
    }
    for (size_t i = 0; i < n; i++) {
        mk_buf_puts(s->out, i > 0 ? " " : "");
        put_number(s, numbers[i]);
    }
    mk_buf_puts(s->out, "\n");
}

/* ---- bars: labels down the left side, values to the right, so that names read as they are ---- */

static double bar_height(const Script *s)
{
    return 0.78 / (double)mk_plot_n_bars(s->figure);
}

static double bar_middle(const Script *s, size_t series, size_t label)
{
    const double n = (double)mk_plot_n_bars(s->figure);
    return (double)label + ((double)series - (n - 1) / 2) * bar_height(s);
}

static bool has_interval(const MkSeries *series, size_t i)
{
    return isfinite(mk_plot_at(series->low, i)) && isfinite(mk_plot_at(series->high, i));
}

static void data_bars(Script *s, const MkSeries *series, size_t id, size_t nth)
{
    bool intervals = false;
    mk_buf_printf(s->out, "$d%zu << EOD\n", id);
    for (size_t i = 0; i < series->n; i++) {
        const double y = bar_middle(s, nth, i);
        const double x = mk_plot_at(series->y, i);
        const double half = 0.46 * bar_height(s);
        const bool span = mk_plot_is_spans(series) && has_interval(series, i);
        const double from = span ? series->low[i] : fmin(x, 0);
        const double to = span ? series->high[i] : fmax(x, 0);
        put_row(s, (const double[]){x, y, from, to, y - half, y + half}, 6);
        intervals = intervals || has_interval(series, i);
    }
    mk_buf_puts(s->out, "EOD\n");
    if (!intervals) {
        return;
    }
    mk_buf_printf(s->out, "$i%zu << EOD\n", id);
    for (size_t i = 0; i < series->n; i++) {
        put_row(s,
                (const double[]){mk_plot_at(series->y, i), bar_middle(s, nth, i),
                                 mk_plot_at(series->low, i), mk_plot_at(series->high, i)},
                4);
    }
    mk_buf_puts(s->out, "EOD\n");
}

static void label_bars(Script *s, const MkSeries *series, size_t nth)
{
    for (size_t i = 0; i < series->n; i++) {
        const double x = mk_plot_at(series->y, i);
        if (!isfinite(x)) {
            continue;
        }
        const bool left = x < 0;
        double end = x;
        if (has_interval(series, i) && !mk_plot_is_spans(series)) {
            end = left ? fmin(x, series->low[i]) : fmax(x, series->high[i]);
        }
        char number[32];
        mk_plot_bar_number(x, &s->bounds, s->ascii, number);
        mk_buf_puts(s->out, "set label ");
        mk_plot_quote(number, s->out);
        mk_buf_puts(s->out, " at ");
        put_number(s, end);
        mk_buf_puts(s->out, ",");
        put_number(s, bar_middle(s, nth, i));
        mk_buf_printf(s->out, " %s offset %s,0 font ',%d' tc rgb '#333333' front\n",
                      left ? "right" : "left", left ? "-0.6" : "0.6",
                      mk_plot_n_bars(s->figure) > 2 ? 9 : 10);
    }
}

/* As much of it as the picture is high. */
static void put_upright_label(Script *s, const char *text)
{
    size_t width = 0, height = 0;
    mk_plot_picture_size(s->figure, &width, &height);
    if (text[0] != '\0') {
        mk_buf_puts(s->out, "set ylabel ");
        quote_cells(s, text, height > 120 ? (height - 80) / 8 : 5);
        mk_buf_puts(s->out, "\n");
    }
}

static void axes_of_bars(Script *s)
{
    const MkSeries *first = mk_plot_first_bars(s->figure);
    const double span = s->bounds.x_hi - s->bounds.x_lo;
    const double lo = s->bounds.x_lo < 0 ? s->bounds.x_lo - 0.16 * span : s->bounds.x_lo;
    const double hi = s->bounds.x_hi > 0 ? s->bounds.x_hi + 0.12 * span : s->bounds.x_hi;
    mk_buf_puts(s->out, "set xrange [");
    put_number(s, lo);
    mk_buf_puts(s->out, ":");
    put_number(s, hi);
    mk_buf_puts(s->out, "]\n");
    mk_buf_printf(s->out, "set yrange [%zu.5:-0.5]\n", first->n > 0 ? first->n - 1 : 0);
    mk_buf_puts(s->out, "set border 1\nset grid xtics noytics\nset ytics scale 0 (");
    for (size_t i = 0; i < first->n; i++) {
        mk_buf_puts(s->out, i > 0 ? ", " : "");
        quote_tic(s, first->labels != NULL ? first->labels[i] : "");
        mk_buf_printf(s->out, " %zu", i);
    }
    mk_buf_puts(s->out, ")\n");
    if (lo <= 0 && hi >= 0) {
        mk_buf_puts(
            s->out,
            "set arrow from 0, graph 0 to 0, graph 1 nohead lw 1.2 lc rgb '#444444' front\n");
    }
    mk_buf_puts(s->out, "set xlabel ");
    quote_cells(s, s->figure->y_label, MAX_TITLE);
    mk_buf_puts(s->out, "\n");
    /* What the title says already is not said again beside the names. */
    if (strcmp(s->figure->x_label, s->figure->title) != 0) {
        put_upright_label(s, s->figure->x_label);
    }
}

/* ---- marks: vertical lines named at their upper end ---- */

static double mark_at(const Script *s, size_t k)
{
    return s->figure->series[s->marks[k].series].x[0];
}

static void collect_marks(Script *s)
{
    for (size_t i = 0; i < s->figure->n_series && s->n_marks < MAX_MARKS; i++) {
        const MkSeries *m = &s->figure->series[i];
        if (m->kind != MK_SERIES_MARK || m->n == 0 || !isfinite(mk_plot_at(m->x, 0))) {
            continue;
        }
        size_t at = s->n_marks++;
        for (; at > 0 && mark_at(s, at - 1) > m->x[0]; at--) {
            s->marks[at] = s->marks[at - 1];
        }
        s->marks[at] = (Mark){.series = i};
    }
}

/* Names that would touch go one below the other. Returns the number of levels. */
static size_t place_marks(Script *s)
{
    double ends[MAX_MARKS];
    size_t n_levels = 0;
    for (size_t k = 0; k < s->n_marks; k++) {
        const char *name = s->figure->series[s->marks[k].series].name;
        if (name[0] == '\0') {
            continue;
        }
        const double width = ((double)mk_utf8_width(name) + 2) / MARK_CELLS;
        double start = (mark_at(s, k) - s->bounds.x_lo) / (s->bounds.x_hi - s->bounds.x_lo);
        s->marks[k].left = start + width > 1;
        start -= s->marks[k].left ? width : 0;
        size_t level = 0;
        while (level < n_levels && ends[level] > start) {
            level++;
        }
        n_levels = level == n_levels ? n_levels + 1 : n_levels;
        ends[level] = start + width;
        s->marks[k].level = level;
    }
    return n_levels;
}

static double level_height(const Script *s, size_t level)
{
    return s->top - (s->top - s->bounds.y_lo) * (0.025 + 0.058 * (double)level);
}

static void data_marks(Script *s)
{
    const MkSeries *bars = mk_plot_first_bars(s->figure);
    for (size_t k = 0; k < s->n_marks; k++) {
        const MkSeries *m = &s->figure->series[s->marks[k].series];
        const double foot = bars != NULL ? (double)bars->n - 0.5 : s->bounds.y_lo;
        const double head = bars != NULL ? -0.5 : level_height(s, s->marks[k].level);
        mk_buf_printf(s->out, "$d%zu << EOD\n", s->marks[k].series);
        put_row(s, (const double[]){m->x[0], foot}, 2);
        put_row(s, (const double[]){m->x[0], head}, 2);
        mk_buf_puts(s->out, "EOD\n");
        if (m->name[0] == '\0' || bars != NULL) {
            continue;
        }
        mk_buf_puts(s->out, "set label ");
        quote_cells(s, m->name, MAX_NAME);
        mk_buf_puts(s->out, " at ");
        put_number(s, m->x[0]);
        mk_buf_puts(s->out, ",");
        put_number(s, head);
        mk_buf_printf(s->out, " %s offset %s,0 font ',10' tc rgb '%s' front boxed\n",
                      s->marks[k].left ? "right" : "left", s->marks[k].left ? "-0.8" : "0.8",
                      mk_look_role(m, s->mono).line);
    }
}

/* ---- curves ---- */

static void data_curve(Script *s, const MkSeries *series, size_t id)
{
    const bool closed = series->kind == MK_SERIES_CONTOUR && series->n > 0;
    mk_buf_printf(s->out, "$d%zu << EOD\n", id);
    for (size_t k = 0; k < series->n + (closed ? 1 : 0); k++) {
        const size_t i = k % series->n;
        const double x = mk_plot_at(series->x, i);
        if (series->kind == MK_SERIES_BAND) {
            put_row(s, (const double[]){x, mk_plot_at(series->low, i), mk_plot_at(series->high, i)},
                    3);
        } else {
            put_row(s, (const double[]){x, mk_plot_at(series->y, i)}, 2);
        }
    }
    mk_buf_puts(s->out, "EOD\n");
}

/* What is outside the axes is cut off, so that gnuplot has nothing to clip. */
static void data_cells(Script *s, const MkSeries *series, size_t id)
{
    static const char *const color[N_SHADES] = {"0xfdf0e1", "0xfbdfc1", "0xf8cb9b",
                                                "0xf4b573", "0xee9e4d", "0xe4872e"};
    static const char *const blue[N_SHADES] = {"0xe8f1f9", "0xcfe2f2", "0xb1d0ea",
                                               "0x8fbbdf", "0x6aa4d2", "0x458cc3"};
    static const char *const grey[N_SHADES] = {"0xf2f2f2", "0xe4e4e4", "0xd4d4d4",
                                               "0xc2c2c2", "0xb0b0b0", "0x9c9c9c"};
    const MkPlotBounds *b = &s->bounds;
    const char *const *shades = s->mono ? grey : series->role == MK_ROLE_SURVEY ? color : blue;
    const double densest = mk_plot_densest(series);
    mk_buf_printf(s->out, "$d%zu << EOD\n", id);
    for (size_t i = 0; i < series->n; i++) {
        const size_t shade = mk_plot_shade(series, i, densest, N_SHADES);
        const double x0 = fmax(mk_plot_at(series->x, i), b->x_lo);
        const double x1 = fmin(mk_plot_at(series->x_end, i), b->x_hi);
        const double y0 = fmax(mk_plot_at(series->low, i), b->y_lo);
        const double y1 = fmin(mk_plot_at(series->high, i), s->top);
        if (shade == 0 || !(x0 < x1) || !(y0 < y1)) {
            continue;
        }
        const double row[] = {(x0 + x1) / 2, (y0 + y1) / 2, x0, x1, y0, y1};
        for (size_t k = 0; k < sizeof row / sizeof row[0]; k++) {
            put_number(s, row[k]);
            mk_buf_putc(s->out, ' ');
        }
        mk_buf_printf(s->out, "%s\n", shades[shade - 1]);
    }
    mk_buf_puts(s->out, "EOD\n");
}

/* The data are logarithms by now; the numbers at the axis say what they stand for. */
static void log_axis(Script *s, char axis, double lo, double hi)
{
    MkPlotTics tics;
    mk_plot_tics(lo, hi, 9, true, s->ascii, &tics);
    mk_buf_printf(s->out, "# axis %c: decimal logarithms\nset %ctics (", axis, axis);
    for (size_t i = 0; i < tics.n; i++) {
        mk_buf_puts(s->out, i > 0 ? ", " : "");
        quote_tic(s, tics.texts[i]);
        mk_buf_putc(s->out, ' ');
        put_number(s, tics.at[i]);
    }
    mk_buf_puts(s->out, ")\n");
}

static void axes_of_curves(Script *s, size_t n_levels)
{
    const double lo =
        s->bounds.y_lo - (s->bounds.y_lo != 0 ? 0.04 * (s->bounds.y_hi - s->bounds.y_lo) : 0);
    s->bounds.y_lo = lo;
    const double room = n_levels > 0 ? 0.03 + 0.06 * (double)n_levels : 0.04;
    s->top = lo + (s->bounds.y_hi - lo) / (1 - (room < 0.5 ? room : 0.5));
    mk_buf_puts(s->out, "set xrange [");
    put_number(s, s->bounds.x_lo);
    mk_buf_puts(s->out, ":");
    put_number(s, s->bounds.x_hi);
    mk_buf_puts(s->out, "]\nset yrange [");
    put_number(s, lo);
    mk_buf_puts(s->out, ":");
    put_number(s, s->top);
    mk_buf_puts(s->out, "]\nset border 3\nset grid xtics ytics\n");
    if (s->figure->x_is_log) {
        log_axis(s, 'x', s->bounds.x_lo, s->bounds.x_hi);
    }
    if (s->figure->y_is_log) {
        log_axis(s, 'y', s->bounds.y_lo, s->top);
    }
    mk_buf_puts(s->out, "set xlabel ");
    quote_cells(s, s->figure->x_label, MAX_TITLE);
    mk_buf_puts(s->out, "\n");
    put_upright_label(s, s->figure->y_label);
}

/* ---- the plot command ---- */

static void next_plot(Script *s)
{
    mk_buf_puts(s->out, s->n_plots++ == 0 ? "plot \\\n    " : ", \\\n    ");
}

static void put_title(Script *s, const MkSeries *series)
{
    if (series->name[0] != '\0') {
        mk_buf_puts(s->out, " title ");
        quote_cells(s, series->name, MAX_NAME);
    } else {
        mk_buf_puts(s->out, " notitle");
    }
}

/* Dashes tell more than pale areas do. */
static bool is_named_by_line(const MkSeries *s)
{
    return s->kind == MK_SERIES_FILL &&
           (s->role == MK_ROLE_SCENARIO || s->role == MK_ROLE_POPULATION ||
            s->role == MK_ROLE_SURVEY);
}

/* The population is a dashed line and no area: it stands behind what is asked about. */
static bool has_area(const MkSeries *s)
{
    return s->kind == MK_SERIES_BAND ||
           (s->kind == MK_SERIES_FILL && s->role != MK_ROLE_POPULATION);
}

/* The edge of a band is the curve it lies under; that is a series of its own. */
static bool has_outline(const MkSeries *s)
{
    return s->kind == MK_SERIES_LINE || s->kind == MK_SERIES_CONTOUR ||
           (s->kind == MK_SERIES_FILL && s->role != MK_ROLE_BAND50 && s->role != MK_ROLE_BAND90);
}

static void plot_area(Script *s, const MkSeries *series, size_t id)
{
    const MkLook look = look_in(s, series);
    next_plot(s);
    mk_buf_printf(s->out, "$d%zu using %s with filledcurves%s fill ", id,
                  series->kind == MK_SERIES_BAND ? "1:2:3" : "1:2",
                  series->kind == MK_SERIES_BAND ? "" : " y1=0");
    if (look.opacity < 1) {
        mk_buf_puts(s->out, "transparent solid ");
        put_number(s, look.opacity);
    } else {
        mk_buf_puts(s->out, "solid 1");
    }
    mk_buf_printf(s->out, " noborder lc rgb '%s'", look.area);
    if (is_named_by_line(series)) {
        mk_buf_puts(s->out, " notitle");
    } else {
        put_title(s, series);
    }
}

static void plot_line(Script *s, const MkSeries *series, size_t id)
{
    const MkLook look = look_in(s, series);
    next_plot(s);
    mk_buf_printf(s->out, "$d%zu using 1:2 with lines lw ", id);
    put_number(s, series->kind == MK_SERIES_MARK ? 0.8 * look.width : look.width);
    mk_buf_printf(s->out, " dt %s lc rgb '%s'", look.dash, look.line);
    if (series->kind == MK_SERIES_LINE || series->kind == MK_SERIES_CONTOUR ||
        is_named_by_line(series) ||
        (series->kind == MK_SERIES_MARK && mk_plot_has_bars(s->figure))) {
        put_title(s, series);
    } else {
        mk_buf_puts(s->out, " notitle");
    }
}

static void plot_points(Script *s, const MkSeries *series, size_t id)
{
    static const int types[MK_LOOK_SCENARIOS] = {7, 5, 9, 13, 11, 1};
    const MkLook look = look_in(s, series);
    next_plot(s);
    mk_buf_printf(s->out, "$d%zu using 1:2 with points ", id);
    if (series->role == MK_ROLE_DRAWS) {
        mk_buf_printf(s->out, "pt 7 ps 0.3 lc rgb '%s'", look.line);
    } else if (series->role == MK_ROLE_SURVEY) {
        mk_buf_printf(s->out, "pt %d ps 1.2 lw 2 lc rgb '%s'",
                      types[series->index % MK_LOOK_SCENARIOS] - 1, look.line);
    } else {
        mk_buf_printf(s->out, "pt %d ps 1.1 lc rgb '%s'", types[series->index % MK_LOOK_SCENARIOS],
                      look.line);
    }
    put_title(s, series);
}

/* Shades from pale to strong; the legend shows one of the middle. */
static void plot_cells(Script *s, const MkSeries *series, size_t id)
{
    const char *middle = s->mono                          ? "#c2c2c2"
                         : series->role == MK_ROLE_SURVEY ? "#f4b573"
                                                          : "#8fbbdf";
    next_plot(s);
    mk_buf_printf(s->out,
                  "$d%zu using 1:2:3:4:5:6:7 with boxxyerror fill solid 1 noborder lc rgb variable "
                  "notitle",
                  id);
    if (series->name[0] != '\0') {
        next_plot(s);
        mk_buf_printf(s->out, "keyentry with boxes fill solid 1 noborder lc rgb '%s'", middle);
        put_title(s, series);
    }
}

static void plot_bars(Script *s, const MkSeries *series, size_t id)
{
    const MkLook look = mk_look_bar(series, s->mono);
    next_plot(s);
    mk_buf_printf(s->out, "$d%zu using 1:2:3:4:5:6 with boxxyerror fill ", id);
    if (look.pattern >= 0) {
        mk_buf_printf(s->out, "pattern %d", look.pattern);
    } else {
        mk_buf_puts(s->out, "solid 1");
    }
    mk_buf_printf(s->out, " border lc rgb '%s' lw 1 lc rgb '%s'", look.line, look.area);
    put_title(s, series);
}

static void plot_intervals(Script *s, const MkSeries *series, size_t id)
{
    for (size_t i = 0; i < series->n; i++) {
        if (has_interval(series, i)) {
            next_plot(s);
            mk_buf_printf(s->out,
                          mk_plot_is_spans(series)
                              ? "$i%zu using 1:2 with points pt 7 ps 1.1 lc rgb '#08304f' notitle"
                              : "$i%zu using 1:2:3:4 with xerrorbars pt 7 ps 0.4 lw 1.8 lc rgb "
                                "'#222222' notitle",
                          id);
            return;
        }
    }
}

/* People drawn lie behind, all other points before. */
static void plot_each_points(Script *s, bool draws)
{
    for (size_t i = 0; i < s->figure->n_series; i++) {
        const MkSeries *series = &s->figure->series[i];
        if (series->kind == MK_SERIES_POINTS && (series->role == MK_ROLE_DRAWS) == draws) {
            plot_points(s, series, i);
        }
    }
}

/* Cells and people drawn, areas, then lines, then marks and points: what is thin stays visible. */
static void plot_all(Script *s)
{
    const MkFigure *f = s->figure;
    for (size_t i = 0; i < f->n_series; i++) {
        if (f->series[i].kind == MK_SERIES_CELLS) {
            plot_cells(s, &f->series[i], i);
        }
    }
    plot_each_points(s, true);
    for (size_t i = 0; i < f->n_series; i++) {
        if (has_area(&f->series[i])) {
            plot_area(s, &f->series[i], i);
        } else if (f->series[i].kind == MK_SERIES_BARS) {
            plot_bars(s, &f->series[i], i);
        }
    }
    for (size_t i = 0; i < f->n_series; i++) {
        if (has_outline(&f->series[i])) {
            plot_line(s, &f->series[i], i);
        } else if (f->series[i].kind == MK_SERIES_BARS) {
            plot_intervals(s, &f->series[i], i);
        }
    }
    for (size_t k = 0; k < s->n_marks; k++) {
        plot_line(s, &f->series[s->marks[k].series], s->marks[k].series);
    }
    plot_each_points(s, false);
    mk_buf_puts(s->out, "\n");
}

/* ---- the frame ---- */

static size_t caption_lines(const MkFigure *figure)
{
    const size_t width = mk_utf8_width(figure->caption);
    const size_t lines = (width + CAPTION_CELLS - 1) / CAPTION_CELLS;
    return lines < 3 ? lines : 3;
}

/* Bytes of the next line: at most `cells`, broken at a blank where there is one. */
static size_t break_line(const char *text, size_t cells)
{
    const size_t fits = mk_utf8_clip(text, cells, NULL);
    if (text[fits] == '\0') {
        return fits;
    }
    for (size_t at = fits; at > fits / 2; at--) {
        if (text[at] == ' ') {
            return at;
        }
    }
    return fits;
}

static void put_caption(Script *s)
{
    MkBuf words;
    mk_buf_init(&words);
    mk_plot_words(s->figure->caption, s->ascii, &words);
    const char *rest = words.data;
    const size_t n = caption_lines(s->figure);
    for (size_t i = 0; i < n && *rest != '\0'; i++) {
        const size_t bytes = break_line(rest, CAPTION_CELLS);
        MkBuf line;
        mk_buf_init(&line);
        mk_buf_add(&line, rest, bytes);
        mk_buf_puts(s->out, "set label ");
        mk_plot_quote(line.data, s->out);
        mk_buf_printf(s->out,
                      " at screen 0.02, screen 0 left offset 0,%zu font ',9' tc rgb '#555555'\n",
                      n - i);
        mk_buf_release(&line);
        rest += bytes;
        rest += *rest == ' ';
    }
    s->out->failed = s->out->failed || words.failed;
    mk_buf_release(&words);
}

static size_t widest_label(const MkSeries *bars)
{
    size_t widest = 0;
    for (size_t i = 0; bars != NULL && bars->labels != NULL && i < bars->n; i++) {
        const size_t width = mk_utf8_width(bars->labels[i]);
        widest = width > widest ? width : widest;
    }
    return widest < MAX_NAME ? widest : MAX_NAME;
}

/* Rows that gnuplot needs for the legend: by what it reserves for an entry, in points of a picture
 * 800 wide, measured. It goes over the title when it needs more than it is told. */
static size_t key_rows(const MkFigure *figure, bool is_page, size_t *columns)
{
    const double room =
        (is_page ? 450 : 725) - 7.5 * (double)widest_label(mk_plot_first_bars(figure));
    size_t n = 0, widest = 0;
    for (size_t i = 0; i < figure->n_series; i++) {
        const MkSeries *s = &figure->series[i];
        if (s->name[0] != '\0' && (s->kind != MK_SERIES_MARK || mk_plot_has_bars(figure))) {
            const size_t width = mk_utf8_width(s->name);
            widest = width > widest ? width : widest;
            n++;
        }
    }
    const double entry = 46 + 8.8 * (double)(widest < MAX_NAME ? widest : MAX_NAME);
    const size_t fit = room > entry ? (size_t)(room / entry) : 1;
    *columns = fit < 4 ? fit : 4;
    return (n + *columns - 1) / *columns;
}

static void put_frame(Script *s)
{
    const MkFigure *f = s->figure;
    mk_buf_puts(s->out, "set encoding utf8\n"
                        "set decimalsign '.'\n"
                        "set style line 90 lc rgb '#e4e4e4' lw 1 dt 1\n"
                        "set grid noxtics noytics back ls 90\n"
                        "set tics nomirror out scale 0.5 tc rgb '#333333'\n"
                        "set border lw 1.2 lc rgb '#444444'\n"
                        "set style textbox opaque noborder fc rgb '#ffffff' margins 0.2,0.2\n");
    if (!s->ascii) {
        mk_buf_puts(s->out, "set minussign\n");
    }
    const bool titled = f->title[0] != '\0';
    if (titled) {
        mk_buf_puts(s->out, "set label ");
        quote_cells(s, f->title, MAX_TITLE);
        mk_buf_printf(s->out,
                      " at screen 0.02, screen 1 left offset 0,-1.7 font ',%d' tc rgb '#111111'\n",
                      mk_utf8_width(f->title) > 66 ? 11 : 15);
    }
    size_t columns = 0;
    const size_t rows = key_rows(f, s->is_page, &columns);
    if (rows > 0) {
        /* On the upper edge of the plot, under the title: inside it would cover data. */
        size_t width = 0, height = 0;
        mk_plot_picture_size(f, &width, &height);
        mk_buf_puts(s->out, "set key at graph 0, graph ");
        put_number(s, 1 + round(1e4 * 10 / (double)height) / 1e4);
        mk_buf_printf(s->out,
                      " left bottom horizontal Left reverse noenhanced samplen 2.2 width 1 "
                      "maxrows %zu font ',10'",
                      rows);
        if (s->is_page) { /* gnuplot does not count its larger letters */
            mk_buf_printf(s->out, " maxcols %zu", columns);
        }
        mk_buf_putc(s->out, '\n');
    } else {
        mk_buf_puts(s->out, "unset key\n");
    }
    mk_buf_printf(s->out, "set tmargin %zu\n", (titled ? 3 : 1) + rows);
    const size_t lines = caption_lines(f);
    mk_buf_printf(s->out, "set bmargin %zu\nset rmargin 4\n", lines > 0 ? 4 + lines : 4);
    put_caption(s);
}

void mk_plot_picture_size(const MkFigure *figure, size_t *width, size_t *height)
{
    *width = 800;
    *height = 500;
    if (mk_plot_has_bars(figure)) {
        const size_t groups = mk_plot_first_bars(figure)->n;
        const size_t bars = mk_plot_n_bars(figure);
        const size_t wanted = 180 + groups * (bars > 1 ? 20 * bars + 10 : 36);
        *height = wanted < 300 ? 300 : wanted > 4000 ? 4000 : wanted;
    }
}

static void put_figure(const MkFigure *figure, bool mono, bool ascii, bool is_page, MkBuf *out)
{
    Script s = {.figure = figure, .out = out, .mono = mono, .ascii = ascii, .is_page = is_page};
    if (!mk_plot_bounds(figure, &s.bounds)) {
        return;
    }
    put_frame(&s);
    collect_marks(&s);
    if (mk_plot_has_bars(figure)) {
        axes_of_bars(&s);
        s.top = 1;
    } else {
        axes_of_curves(&s, place_marks(&s));
    }
    size_t nth = 0;
    for (size_t i = 0; i < figure->n_series; i++) {
        const MkSeries *series = &figure->series[i];
        if (series->kind == MK_SERIES_BARS) {
            data_bars(&s, series, i, nth);
            label_bars(&s, series, nth++);
        } else if (series->kind == MK_SERIES_CELLS) {
            data_cells(&s, series, i);
        } else if (series->kind != MK_SERIES_MARK) {
            data_curve(&s, series, i);
        }
    }
    data_marks(&s);
    plot_all(&s);
}

static void put_even(const MkFigure *figure, bool mono, bool ascii, bool is_page, MkBuf *out)
{
    MkArena *arena = mk_arena_new(0);
    const MkFigure *even = arena != NULL ? mk_plot_even(figure, arena) : NULL;
    if (even != NULL) {
        put_figure(even, mono, ascii, is_page, out);
    } else {
        out->failed = true;
    }
    mk_arena_free(arena);
}

void mk_plot_script(const MkFigure *figure, bool mono, bool ascii, MkBuf *out)
{
    put_even(figure, mono, ascii, false, out);
}

void mk_plot_page_script(const MkFigure *figure, MkBuf *out)
{
    put_even(figure, false, false, true, out);
}
