#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "src/plot/text_priv.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "src/base/arena.h"
#include "src/base/text.h"

/* ---- characters ---- */

static Glyph scenario_glyph(size_t index, bool bars)
{
    static const Glyph lines[] = {
        {"\u2588", "#", BLUE},   {"\u2022", "o", ORANGE}, {"+", "+", GREEN},
        {"\u00d7", "x", VIOLET}, {"\u25c6", "@", GREY},   {"\u25cb", "%", SKY},
    };
    static const Glyph areas[] = {
        {"\u2588", "#", BLUE},   {"\u2592", "=", ORANGE}, {"\u2593", "%", GREEN},
        {"\u2591", "-", VIOLET}, {"\u25a0", "@", GREY},   {"\u25a1", "+", SKY},
    };
    return (bars ? areas : lines)[index % 6];
}

/* What was counted, beside the scenario that it goes with. */
static Glyph counted_glyph(size_t index)
{
    static const Glyph signs[] = {
        {"\u25a0", "H", BLUE},   {"\u25cb", "Q", ORANGE}, {"\u2021", "T", GREEN},
        {"\u2716", "X", VIOLET}, {"\u25c7", "A", GREY},   {"\u25ce", "Z", SKY},
    };
    return signs[index % 6];
}

static Glyph mark_glyph(const MkSeries *s)
{
    switch (s->role) {
    case MK_ROLE_MEDIAN:
    case MK_ROLE_POSTERIOR:
        return (Glyph){"\u2503", "|", MK_CANVAS_BOLD};
    case MK_ROLE_POPULATION:
        return (Glyph){"\u250a", ";", ORANGE};
    case MK_ROLE_SCENARIO: {
        Glyph g = scenario_glyph(s->index, false);
        g.fancy = "\u2502";
        g.plain = "|";
        return g;
    }
    default:
        return (Glyph){"\u2506", "!", VIOLET};
    }
}

static Glyph glyph_of(const MkSeries *s)
{
    if (s->kind == MK_SERIES_MARK) {
        return mark_glyph(s);
    }
    const bool bars = s->kind == MK_SERIES_BARS;
    if (s->kind == MK_SERIES_CELLS) {
        return (Glyph){"\u2592", "=", s->role == MK_ROLE_SURVEY ? ORANGE : SKY};
    }
    if (s->kind == MK_SERIES_CONTOUR) {
        return s->role == MK_ROLE_BAND50 ? (Glyph){"\u25cf", "O", BLUE}
                                         : (Glyph){"\u25cb", "o", BLUE};
    }
    switch (s->role) {
    case MK_ROLE_POSTERIOR:
        return bars                        ? (Glyph){"\u2588", "#", BLUE}
               : s->kind == MK_SERIES_FILL ? (Glyph){"\u2591", ".", SKY}
                                           : (Glyph){"\u2588", "#", BLUE};
    case MK_ROLE_POPULATION:
        return bars ? (Glyph){"\u2591", "-", ORANGE} : (Glyph){"\u2022", "o", ORANGE};
    case MK_ROLE_BAND50:
        return (Glyph){"\u2593", "%", BLUE};
    case MK_ROLE_BAND90:
        return (Glyph){"\u2592", ":", SKY};
    case MK_ROLE_MEDIAN:
        return bars ? (Glyph){"\u2591", ":", SKY} : (Glyph){"\u2588", "#", MK_CANVAS_BOLD};
    case MK_ROLE_KNOWN:
        return (Glyph){"\u25cf", "@", VIOLET};
    case MK_ROLE_SURVEY:
        return bars                        ? (Glyph){"\u2592", "=", ORANGE}
               : s->kind == MK_SERIES_FILL ? (Glyph){"\u2022", "o", ORANGE}
                                           : (Glyph){"\u25c6", "X", ORANGE};
    case MK_ROLE_DRAWS:
        return (Glyph){"\u00b7", ".", SKY};
    case MK_ROLE_SCENARIO:
        break;
    }
    return scenario_glyph(s->index, bars);
}

/* Several values in one row: a pale bar and signs that stand out of it. */
static Glyph compact_glyph(const MkSeries *s, size_t nth, bool first)
{
    static const Glyph signs[] = {
        {"\u25cf", "O", 0}, {"\u25c6", "X", 0}, {"\u25b2", "A", 0},
        {"\u25a0", "H", 0}, {"\u25cb", "Q", 0},
    };
    Glyph g = glyph_of(s);
    g.fancy = first ? "\u2592" : signs[nth % 5].fancy;
    g.plain = first ? "=" : signs[nth % 5].plain;
    return g;
}

const char *mk_text_sign(const Text *t, const char *fancy, const char *plain)
{
    return t->job->ascii ? plain : fancy;
}

bool mk_text_is_area(const MkSeries *s)
{
    return s->kind == MK_SERIES_BAND ||
           (s->kind == MK_SERIES_FILL && s->role != MK_ROLE_SCENARIO &&
            s->role != MK_ROLE_POPULATION && s->role != MK_ROLE_SURVEY);
}

bool mk_text_is_left_out(const Text *t, const MkSeries *s)
{
    for (size_t i = 0; i < t->figure->n_series && s->role == MK_ROLE_DRAWS; i++) {
        if (t->figure->series[i].kind == MK_SERIES_CELLS) {
            return true;
        }
    }
    return false;
}

/* In braille the legend shows a piece of what the picture has. */
static const char *braille_sample(const MkSeries *s)
{
    if (s->kind == MK_SERIES_CELLS) {
        return "\u2592";
    }
    if (!mk_text_is_area(s)) {
        return s->kind == MK_SERIES_MARK     ? "\u2847"
               : s->kind == MK_SERIES_POINTS ? "\u2836"
                                             : "\u2812";
    }
    return s->role == MK_ROLE_BAND50 ? "\u28ff" : s->role == MK_ROLE_BAND90 ? "\u2895" : "\u2805";
}

bool mk_text_is_stamp(const Text *t, const MkSeries *s)
{
    return s->kind == MK_SERIES_POINTS || s->kind == MK_SERIES_MARK ||
           (s->kind == MK_SERIES_BARS && t->compact && s != t->bars);
}

Glyph mk_text_glyph(const Text *t, size_t series)
{
    const MkSeries *s = &t->figure->series[series];
    return mk_text_is_stamp(t, s) ? t->stamps[t->slot_of[series]] : t->pens[t->slot_of[series]];
}

static size_t find_slot(Glyph *slots, size_t *n, size_t most, Glyph g)
{
    size_t slot = 0;
    while (slot < *n && (strcmp(slots[slot].fancy, g.fancy) != 0 || slots[slot].color != g.color)) {
        slot++;
    }
    if (slot == *n && slot < most) {
        slots[(*n)++] = g;
    }
    return slot % most;
}

/* Series of one look share a slot. */
static void give_slots(Text *t)
{
    bool has_scenarios = false;
    for (size_t i = 0; i < t->figure->n_series; i++) {
        has_scenarios = has_scenarios || t->figure->series[i].role == MK_ROLE_SCENARIO;
    }
    for (size_t i = 0; i < t->figure->n_series; i++) {
        const MkSeries *s = &t->figure->series[i];
        Glyph g = glyph_of(s);
        if (t->compact && s->kind == MK_SERIES_BARS) {
            g = compact_glyph(s, i, s == t->bars);
        }
        if (has_scenarios && s->role == MK_ROLE_SURVEY) {
            g = counted_glyph(s->index);
        }
        if (has_scenarios && s->role == MK_ROLE_POPULATION && s->kind != MK_SERIES_MARK) {
            g = (Glyph){"\u00b7", ".", GREY}; /* scenarios have the signs and colours */
        }
        t->slot_of[i] = mk_text_is_stamp(t, s) ? find_slot(t->stamps, &t->n_stamps, N_STAMPS, g)
                                               : find_slot(t->pens, &t->n_pens, N_PENS, g);
    }
}

/* ---- layout ---- */

static bool in_legend(const Text *t, const MkSeries *s)
{
    return s->name[0] != '\0' && s->n > 0 && !mk_text_is_left_out(t, s);
}

size_t mk_text_legend(Text *t, size_t y, bool draw)
{
    size_t x = 0, row = 0;
    bool any = false;
    for (size_t i = 0; i < t->figure->n_series; i++) {
        const MkSeries *s = &t->figure->series[i];
        if (!in_legend(t, s)) {
            continue;
        }
        const size_t most = t->job->columns > 8 ? t->job->columns - 4 : 4;
        const size_t width = mk_canvas_width(&t->canvas, s->name, most) + 2;
        if (any && x + width > t->job->columns) {
            row++;
            x = 0;
        }
        any = true;
        if (draw && row < t->legend_rows) {
            const Glyph g =
                mk_plot_is_spans(s) ? (Glyph){"\u25cf", "O", MK_CANVAS_BOLD} : mk_text_glyph(t, i);
            mk_canvas_put(&t->canvas, x, y + row, g.color,
                          t->job->block ? braille_sample(s) : mk_text_sign(t, g.fancy, g.plain));
            (void)mk_canvas_words(&t->canvas, x + 2, y + row, most, MK_CANVAS_PLAIN, s->name);
        }
        x += width + 2;
    }
    return any ? row + 1 : 0;
}

static size_t bar_label_width(const Text *t)
{
    size_t widest = 0;
    for (size_t i = 0; i < t->bars->n; i++) {
        const char *label = t->bars->labels != NULL ? t->bars->labels[i] : "";
        const size_t w = mk_canvas_width(&t->canvas, label, t->job->columns * 2 / 5);
        widest = w > widest ? w : widest;
    }
    return widest;
}

/* Whether the numbers under the axis stand apart. */
static bool tics_fit(const Text *t)
{
    const double span = t->bounds.x_hi - t->bounds.x_lo;
    for (size_t i = 1; i < t->tics_x.n; i++) {
        const double cells = (t->tics_x.at[i] - t->tics_x.at[i - 1]) / span * (double)t->width;
        if (cells < (double)t->tics_x.widest + 2) {
            return false;
        }
    }
    return true;
}

static void plan_rows(Text *t)
{
    const MkFigure *f = t->figure;
    const size_t rows = t->job->rows;
    size_t frame = 2; /* axis and its numbers */
    const char *below = t->bars != NULL ? f->y_label : f->x_label;
    t->title_rows = f->title[0] != '\0' && rows >= 9;
    t->x_label_rows = below[0] != '\0';
    frame += t->title_rows + t->x_label_rows;
    const size_t wanted = mk_text_legend(t, 0, false);
    t->legend_rows =
        rows >= 16 && wanted > MAX_LEGEND_ROWS ? MAX_LEGEND_ROWS + (rows >= 24) : wanted;
    if (t->legend_rows > MAX_LEGEND_ROWS && rows < 24) {
        t->legend_rows = MAX_LEGEND_ROWS;
    }
    t->legend_rows = t->legend_rows > wanted ? wanted : t->legend_rows;
    frame += t->legend_rows;
    t->caption_rows = f->caption[0] != '\0' && rows >= frame + 7;
    frame += t->caption_rows;
    /* The name of the upright axis stands above it. */
    t->label_row = t->bars == NULL && f->y_label[0] != '\0' && rows >= frame + 5;
    frame += t->label_row;
    while (frame + 3 > rows && t->legend_rows > 0) {
        t->legend_rows--;
        frame--;
    }
    t->top = t->title_rows + t->legend_rows + t->label_row;
    t->height = rows > frame ? rows - frame : 1;
}

static void plan_columns(Text *t)
{
    const bool ascii = t->job->ascii;
    size_t names = 0;
    if (t->bars != NULL) {
        names = bar_label_width(t);
    } else {
        const size_t tics = t->height / 2 > 1 ? t->height / 2 : 1;
        mk_plot_tics(t->bounds.y_lo, t->bounds.y_hi, tics > 6 ? 6 : tics, t->figure->y_is_log,
                     ascii, &t->tics_y);
        names = t->tics_y.widest;
    }
    t->left = names + 2; /* a blank and the axis */
    t->width = t->job->columns > t->left + 2 ? t->job->columns - t->left - 1 : 1;
    if (t->bars != NULL) {
        /* Room for the number behind the longest bar. */
        const double cells = (double)(t->width > 16 ? t->width - 8 : t->width);
        const double more = (t->bounds.x_hi - t->bounds.x_lo) * ((double)t->width / cells - 1);
        t->bounds.x_hi += t->bounds.x_hi > 0 ? more : 0;
        t->bounds.x_lo -= t->bounds.x_lo < 0 ? more : 0;
    }
    size_t tics = t->width / 9 > 1 ? t->width / 9 : 1;
    tics = tics > 8 ? 8 : tics;
    do {
        mk_plot_tics(t->bounds.x_lo, t->bounds.x_hi, tics, t->figure->x_is_log && t->bars == NULL,
                     ascii, &t->tics_x);
    } while (tics-- > 1 && !tics_fit(t));
}

/* ---- bars: one row each, or one row a label when there are many ---- */

static double largest(const Text *t, size_t label)
{
    double most = 0;
    for (size_t i = 0; i < t->figure->n_series; i++) {
        const MkSeries *s = &t->figure->series[i];
        if (s->kind == MK_SERIES_BARS && label < s->n && isfinite(mk_plot_at(s->y, label))) {
            most = fmax(most, fabs(s->y[label]));
        }
    }
    return most;
}

/* Hides the smallest label that is still shown. */
static void hide_one(Text *t)
{
    size_t least = SIZE_MAX;
    for (size_t i = 0; i < t->bars->n; i++) {
        if (t->rows_of[i] != SIZE_MAX &&
            (least == SIZE_MAX || largest(t, i) <= largest(t, least))) {
            least = i;
        }
    }
    t->rows_of[least] = SIZE_MAX;
    t->n_hidden++;
}

static bool has_intervals(const Text *t)
{
    for (size_t i = 0; i < t->figure->n_series; i++) {
        const MkSeries *s = &t->figure->series[i];
        for (size_t k = 0; s->kind == MK_SERIES_BARS && k < s->n; k++) {
            if (isfinite(mk_plot_at(s->low, k)) && isfinite(mk_plot_at(s->high, k))) {
                return true;
            }
        }
    }
    return false;
}

static void plan_bars(Text *t)
{
    const size_t n = t->bars->n;
    const size_t per = mk_plot_n_bars(t->figure);
    t->compact = per > 1 && n * per > t->height;
    const size_t each = t->compact ? 1 : per;
    size_t shown = n;
    while (shown > 1 && shown * each > t->height) {
        hide_one(t);
        shown--;
    }
    /* A free row between labels where there is room, then thicker bars, then the rest above. */
    size_t gap = shown > 0 && shown * (each + 1) <= t->height + 1 ? 1 : 0;
    t->thick = 1;
    while (gap == 1 && t->thick < 3 && shown * (each * (t->thick + 1) + 1) <= t->height) {
        t->thick++;
    }
    if (t->thick == 2 && has_intervals(t)) {
        t->thick = 1; /* an interval stands in the middle row */
    }
    const size_t used = shown * (each * t->thick + gap) - gap;
    size_t row = t->height > used ? (t->height - used) / 2 : 0;
    for (size_t i = 0; i < n; i++) {
        if (t->rows_of[i] != SIZE_MAX) {
            t->rows_of[i] = row;
            row += each * t->thick + gap;
        }
    }
    if (t->n_hidden > 0) {
        mk_buf_printf(&t->hint, "%zu smaller not shown", t->n_hidden);
    }
}

MkStatus mk_text_prepare(Text *t, MkError *err)
{
    t->bars = mk_plot_first_bars(t->figure);
    t->slot_of = mk_heap_array(t->figure->n_series, sizeof *t->slot_of);
    t->rows_of = mk_heap_array(t->bars != NULL ? t->bars->n : 0, sizeof *t->rows_of);
    if (t->slot_of == NULL || t->rows_of == NULL) {
        return mk_fail(err, MK_ENOMEM, "out of memory for a plot");
    }
    plan_rows(t);
    plan_columns(t);
    if (t->bars != NULL) {
        plan_bars(t);
    }
    give_slots(t);
    return MK_OK;
}
