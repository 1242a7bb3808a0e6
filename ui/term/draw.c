#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "ui/term/draw.h"

#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/arena.h"
#include "src/query/linkage.h"
#include "src/query/query.h"

enum {
    TIMEOUT_MS = 2500,
    QUEUE_MAX = 16,
    IMAGE_MAX = 2400,  /* dots in each direction */
    CELL_DOTS = 18,    /* rows of dots in a cell for letters of the usual size */
    PICTURE_DOTS = 800 /* in a row of a picture with such letters */
};

typedef struct Order {
    MkResult *result; /* NULL: the kept one again */
    size_t columns, rows;
} Order;

struct MkDraw {
    MkDrawConfig config;
    char *program;
    pthread_t thread;
    bool has_thread;
    pthread_mutex_t lock;
    pthread_cond_t asked;
    MkPlot *plot; /* the thread's own */
    MkCancel cancel;
    _Atomic(MkImageKind) image_kind;

    /* under the lock */
    bool is_ending, has_wish;
    MkPlotWish wish;
    MkKnown *known;
    size_t n_known;
    double level;
    Order queue[QUEUE_MAX];
    size_t n_queue;
    MkDrawn drawn;

    MkKnown *my_known; /* the thread's own */
    MkResult *kept;    /* the thread's own: the last with a figure for the screen; NULL = none */
};

/* ---- the thread ---- */

/* gnuplot is started at the first plot; a start that failed is tried again at the next. */
static MkStatus need_plot(MkDraw *draw, MkError *err)
{
    if (draw->plot != NULL) {
        return MK_OK;
    }
    const MkPlotConfig config = {.program = draw->program,
                                 .timeout_ms = TIMEOUT_MS,
                                 .ascii = draw->config.ascii,
                                 .cancel = &draw->cancel};
    return mk_plot_open(&config, &draw->plot, err);
}

static void fill_detail(const MkModel *model, const MkDistribution *d, double level,
                        MkDetail *detail)
{
    const MkDistribution *all = mk_model_population(model, detail->attribute);
    const MkAttribute *attribute = &mk_model_schema(model)->attributes[detail->attribute];
    const double tail = (1 - level) / 2;
    for (size_t k = 0; k < attribute->n_levels && k < MK_MAX_LEVELS; k++) {
        detail->share[k] = mk_dist_level(d, k);
        detail->population_share[k] = mk_dist_level(all, k);
    }
    if (attribute->n_levels > 0) {
        return;
    }
    detail->median = mk_dist_quantile(d, 0.5);
    detail->q25 = mk_dist_quantile(d, 0.25);
    detail->q75 = mk_dist_quantile(d, 0.75);
    detail->low = mk_dist_quantile(d, tail);
    detail->high = mk_dist_quantile(d, 1 - tail);
    detail->mean = mk_dist_mean(d);
    detail->sd = mk_dist_sd(d);
    detail->population_median = mk_dist_quantile(all, 0.5);
    detail->above = 1 - mk_dist_cdf(d, detail->population_median);
    detail->population_low = mk_dist_quantile(all, tail);
    detail->population_high = mk_dist_quantile(all, 1 - tail);
    for (size_t i = 0; i < MK_DETAIL_QUANTILES; i++) {
        detail->quantile[i] = mk_dist_quantile(d, mk_detail_quantiles[i]);
    }
}

static void count_co_observed(const MkQuery *query, MkDetail *detail)
{
    detail->co_observed = (size_t)-1;
    for (size_t i = 0; i < query->evidence.n; i++) {
        const size_t other = query->evidence.known[i].attribute;
        if (other != detail->attribute) {
            const size_t n = mk_model_co_observed(query->model, detail->attribute, other);
            detail->co_observed = n < detail->co_observed ? n : detail->co_observed;
            detail->has_co_observed = true;
        }
    }
}

/* What the answer is, where nobody has both. */
static void find_linkage(const MkQuery *query, MkArena *arena, MkDetail *detail)
{
    MkLinks links;
    mk_links_find(query->model, query->evidence, query->targets, 1, MK_LINKS_EACH, true, arena,
                  &links);
    for (size_t i = 0; i < links.n; i++) {
        detail->n_never += links.items[i].people == 0 ? 1 : 0;
    }
    if (detail->n_never == 0) {
        return;
    }
    const MkLink *link = links.items; /* never seen comes first */
    detail->never = link->other;
    detail->has_range = link->has_range;
    detail->r_low = link->range.low;
    detail->r_high = link->range.high;
    detail->has_moves = link->has_answers;
    detail->move_low = fmin(link->at_low, link->at_high) - link->now;
    detail->move_high = fmax(link->at_low, link->at_high) - link->now;
}

static MkStatus make_detail(const MkQuery *query, uint64_t revision, MkDetail *detail, MkError *err)
{
    MkArena *arena = mk_arena_new(0);
    if (arena == NULL) {
        return mk_fail(err, MK_ENOMEM, "no memory for the plot");
    }
    MkDistribution d;
    const MkStatus st = mk_query_posterior(query, arena, &d, err);
    if (st == MK_OK) {
        *detail = (MkDetail){.attribute = query->targets[0], .revision = revision};
        fill_detail(query->model, &d, query->level, detail);
        count_co_observed(query, detail);
        find_linkage(query, arena, detail);
    }
    mk_arena_free(arena);
    return st;
}

static MkStatus draw_figure(MkDraw *draw, const MkFigure *figure, size_t columns, size_t rows,
                            char **text, MkError *err)
{
    MkBuf out;
    mk_buf_init(&out);
    MkStatus st = need_plot(draw, err);
    if (st == MK_OK) {
        st = mk_plot_draw_text(draw->plot, figure, columns, rows,
                               draw->config.colors ? MK_TEXT_ANSI256 : MK_TEXT_MONO, &out, err);
    }
    if (st == MK_OK) {
        *text = mk_buf_take(&out);
        st = *text != NULL ? MK_OK : mk_fail(err, MK_ENOMEM, "no memory for the plot");
    }
    mk_buf_release(&out);
    return st;
}

/* Letters as large as those of the terminal beside it, where the picture is wide enough. */
static MkStatus draw_image(MkDraw *draw, const MkFigure *figure, const MkPlotWish *wish,
                           MkDrawn *drawn, MkError *err)
{
    const MkImageKind kind = atomic_load(&draw->image_kind);
    size_t width = wish->columns * wish->cell_width, height = wish->rows * wish->cell_height;
    width = width > IMAGE_MAX ? IMAGE_MAX : width;
    height = height > IMAGE_MAX ? IMAGE_MAX : height;
    height -= height % 6; /* a sixel image is bands of six dots: none may reach the row below */
    const double letters = (double)wish->cell_height / CELL_DOTS;
    const double wide = (double)width / PICTURE_DOTS; /* legends are laid out for that */
    MkBuf out;
    mk_buf_init(&out);
    MkStatus st = need_plot(draw, err);
    if (st == MK_OK) {
        st = mk_plot_draw_image(draw->plot, figure, kind, width, height,
                                letters < wide ? letters : wide, &out, err);
    }
    if (st == MK_OK) {
        drawn->n_image = out.len;
        drawn->image = mk_buf_take(&out);
        drawn->text = strdup("");
    }
    mk_buf_release(&out);
    return st;
}

/* As an image where one is wished for and can be made, else as text. The pane says title and
 * caption. */
static MkStatus draw_wish(MkDraw *draw, const MkFigure *figure, const MkPlotWish *wish,
                          MkDrawn *drawn, MkError *err)
{
    MkFigure bare = *figure;
    bare.title = "";
    bare.caption = "";
    if (wish->cell_width > 0 && wish->cell_height > 0 &&
        draw_image(draw, &bare, wish, drawn, err) == MK_OK) {
        return MK_OK;
    }
    return draw_figure(draw, &bare, wish->columns, wish->rows, &drawn->text, err);
}

static MkStatus make_plot(MkDraw *draw, const MkQuery *query, const MkPlotWish *wish,
                          MkDrawn *drawn, MkError *err)
{
    MkResult *result = mk_result_new("plot");
    if (result == NULL) {
        return mk_fail(err, MK_ENOMEM, "no memory for the plot");
    }
    MkStatus st = wish->versus == MK_NO_ATTRIBUTE
                      ? mk_query_plot(query, result, err)
                      : mk_query_plot_versus(query, wish->versus, result, err);
    if (st == MK_OK && result->n_figures > 0) {
        const size_t figure = wish->figure < result->n_figures ? wish->figure : 0;
        st = draw_wish(draw, &result->figures[figure], wish, drawn, err);
    }
    if (st == MK_OK) {
        drawn->result = result;
    } else {
        mk_result_free(result);
    }
    return st;
}

static void post(MkDraw *draw, const MkDrawn *drawn)
{
    pthread_mutex_lock(&draw->lock);
    MkDrawn *out = &draw->drawn;
    if (drawn->has_plot) {
        free(out->text);
        free(out->image);
        mk_result_free(out->result);
        out->has_plot = true;
        out->wish = drawn->wish;
        out->text = drawn->text;
        out->image = drawn->image;
        out->n_image = drawn->n_image;
        out->result = drawn->result;
        out->is_failed = drawn->is_failed;
    }
    if (drawn->has_detail) {
        out->has_detail = true;
        out->detail = drawn->detail;
    }
    if (drawn->figure != NULL) {
        free(out->figure);
        out->figure = drawn->figure;
    }
    if (drawn->notice != NULL) {
        free(out->notice);
        out->notice = drawn->notice;
        out->is_bad = drawn->is_bad;
    }
    pthread_mutex_unlock(&draw->lock);
    draw->config.wake();
}

/* A figure of a result that a screen shows: what is written stays as it is, since others read it
 * too. */
static MkStatus make_figure(MkDraw *draw, const MkPlotWish *wish, MkDrawn *drawn, MkError *err)
{
    if (wish->figure >= wish->result->n_figures || wish->columns < 20 || wish->rows < 5) {
        return MK_OK;
    }
    return draw_wish(draw, &wish->result->figures[wish->figure], wish, drawn, err);
}

static void do_figure(MkDraw *draw, MkPlotWish *wish)
{
    MkDrawn drawn = {.has_plot = true, .wish = *wish};
    MkError err = {0};
    drawn.is_failed = make_figure(draw, wish, &drawn, &err) != MK_OK;
    drawn.text = drawn.is_failed ? strdup(err.text) : drawn.text;
    drawn.text = drawn.text != NULL ? drawn.text : strdup("");
    drawn.wish.result = NULL; /* its id says which it was */
    post(draw, &drawn);
    mk_result_free(wish->result);
}

static void do_wish(MkDraw *draw, const MkPlotWish *wish, size_t n_known, double level)
{
    MkDrawn drawn = {.has_plot = true, .wish = *wish};
    MkError err = {0};
    const MkQuery query = {.model = draw->config.model,
                           .evidence = {.n = n_known, .known = draw->my_known},
                           .targets = &wish->target,
                           .n_targets = 1,
                           .level = level,
                           .cancel = &draw->cancel};
    MkStatus st = make_detail(&query, wish->revision, &drawn.detail, &err);
    drawn.has_detail = st == MK_OK;
    if (st == MK_OK && wish->columns >= 20 && wish->rows >= 5) {
        st = make_plot(draw, &query, wish, &drawn, &err);
    }
    if (st != MK_OK) {
        drawn.is_failed = true;
        drawn.text = strdup(err.text);
    }
    drawn.text = drawn.text != NULL ? drawn.text : strdup("");
    post(draw, &drawn);
}

/* A figure for the screen becomes text, the others files. */
static void do_effect(MkDraw *draw, const Order *order, const MkEffect *effect)
{
    MkDrawn drawn = {0};
    MkError err = {0};
    if (effect->figure >= order->result->n_figures) {
        return;
    }
    MkBuf notice;
    mk_buf_init(&notice);
    const MkFigure *figure = &order->result->figures[effect->figure];
    MkStatus st = MK_OK;
    if (effect->path == NULL) {
        st = draw_figure(draw, figure, order->columns, order->rows, &drawn.figure, &err);
    } else {
        st = need_plot(draw, &err);
        st = st == MK_OK ? mk_plot_draw_file(draw->plot, figure, effect->path, &err) : st;
        mk_buf_printf(&notice, "wrote %s", effect->path);
    }
    if (st != MK_OK) {
        drawn.is_bad = true;
        mk_buf_clear(&notice);
        mk_buf_puts(&notice, err.text);
    }
    drawn.notice = notice.len > 0 ? mk_buf_take(&notice) : NULL;
    mk_buf_release(&notice);
    post(draw, &drawn);
}

static void do_order(MkDraw *draw, const Order *order)
{
    const bool is_again = order->result == NULL;
    MkResult *result = is_again ? draw->kept : order->result;
    const Order now = {result, order->columns, order->rows};
    bool has_figure = false;
    for (size_t i = 0; result != NULL && i < result->n_effects; i++) {
        const MkEffect *effect = &result->effects[i];
        if (effect->kind == MK_EFFECT_DRAW && (effect->path == NULL || !is_again)) {
            do_effect(draw, &now, effect);
            has_figure = has_figure || effect->path == NULL;
        }
    }
    if (!is_again && has_figure) {
        mk_result_free(draw->kept);
        draw->kept = result;
    } else if (!is_again) {
        mk_result_free(result);
    }
}

static void *work(void *argument)
{
    MkDraw *draw = argument;
    pthread_mutex_lock(&draw->lock);
    while (!draw->is_ending) {
        if (draw->n_queue > 0) {
            const Order order = draw->queue[0];
            draw->n_queue--;
            memmove(draw->queue, draw->queue + 1, draw->n_queue * sizeof *draw->queue);
            pthread_mutex_unlock(&draw->lock);
            do_order(draw, &order);
            pthread_mutex_lock(&draw->lock);
        } else if (draw->has_wish) {
            MkPlotWish wish = draw->wish;
            const size_t n_known = draw->n_known;
            const double level = draw->level;
            draw->has_wish = false;
            if (n_known > 0) {
                memcpy(draw->my_known, draw->known, n_known * sizeof *draw->known);
            }
            pthread_mutex_unlock(&draw->lock);
            if (wish.result != NULL) {
                do_figure(draw, &wish);
            } else {
                do_wish(draw, &wish, n_known, level);
            }
            pthread_mutex_lock(&draw->lock);
        } else {
            pthread_cond_wait(&draw->asked, &draw->lock);
        }
    }
    pthread_mutex_unlock(&draw->lock);
    return NULL;
}

/* ---- the other side ---- */

MkStatus mk_draw_open(const MkDrawConfig *config, MkDraw **out, MkError *err)
{
    MkDraw *draw = calloc(1, sizeof *draw);
    if (draw == NULL) {
        return mk_fail(err, MK_ENOMEM, "no memory for plots");
    }
    const size_t n = mk_model_schema(config->model)->n;
    draw->config = *config;
    pthread_mutex_init(&draw->lock, NULL);
    pthread_cond_init(&draw->asked, NULL);
    draw->program = strdup(config->gnuplot);
    draw->known = mk_heap_array(n > 0 ? n : 1, sizeof *draw->known);
    draw->my_known = mk_heap_array(n > 0 ? n : 1, sizeof *draw->my_known);
    if (draw->program == NULL || draw->known == NULL || draw->my_known == NULL) {
        mk_draw_close(draw);
        return mk_fail(err, MK_ENOMEM, "no memory for plots");
    }
    draw->has_thread = pthread_create(&draw->thread, NULL, work, draw) == 0;
    if (!draw->has_thread) {
        mk_draw_close(draw);
        return mk_fail(err, MK_EIO, "no thread for plots");
    }
    *out = draw;
    return MK_OK;
}

void mk_draw_close(MkDraw *draw)
{
    if (draw == NULL) {
        return;
    }
    if (draw->has_thread) {
        pthread_mutex_lock(&draw->lock);
        draw->is_ending = true;
        atomic_store(&draw->cancel.stop, true);
        pthread_cond_signal(&draw->asked);
        pthread_mutex_unlock(&draw->lock);
        pthread_join(draw->thread, NULL);
    }
    for (size_t i = 0; i < draw->n_queue; i++) {
        mk_result_free(draw->queue[i].result);
    }
    if (draw->has_wish) {
        mk_result_free(draw->wish.result);
    }
    mk_result_free(draw->kept);
    mk_plot_close(draw->plot);
    pthread_cond_destroy(&draw->asked);
    pthread_mutex_destroy(&draw->lock);
    free(draw->drawn.text);
    free(draw->drawn.image);
    mk_result_free(draw->drawn.result);
    free(draw->drawn.figure);
    free(draw->drawn.notice);
    free(draw->program);
    free(draw->known);
    free(draw->my_known);
    free(draw);
}

void mk_draw_images(MkDraw *draw, MkImageKind kind)
{
    atomic_store(&draw->image_kind, kind);
}

void mk_draw_wish(MkDraw *draw, const MkPlotWish *wish, MkEvidence evidence, double level)
{
    pthread_mutex_lock(&draw->lock);
    if (draw->has_wish) {
        mk_result_free(draw->wish.result);
    }
    draw->wish = *wish;
    draw->wish.result = wish->result != NULL ? mk_result_keep(wish->result) : NULL;
    draw->level = level;
    draw->n_known = evidence.n;
    if (evidence.n > 0) {
        memcpy(draw->known, evidence.known, evidence.n * sizeof *draw->known);
    }
    draw->has_wish = true;
    pthread_cond_signal(&draw->asked);
    pthread_mutex_unlock(&draw->lock);
}

static bool queue(MkDraw *draw, MkResult *result, size_t columns, size_t rows)
{
    pthread_mutex_lock(&draw->lock);
    /* Of several sizes in a row the newest counts. */
    const bool replaces =
        result == NULL && draw->n_queue > 0 && draw->queue[draw->n_queue - 1].result == NULL;
    draw->n_queue -= replaces ? 1 : 0;
    const bool has_room = draw->n_queue < QUEUE_MAX;
    if (has_room) {
        draw->queue[draw->n_queue++] = (Order){result, columns, rows};
        pthread_cond_signal(&draw->asked);
    }
    pthread_mutex_unlock(&draw->lock);
    return has_room;
}

void mk_draw_result(MkDraw *draw, MkResult *result, size_t columns, size_t rows)
{
    if (!queue(draw, result, columns, rows)) {
        mk_result_free(result);
    }
}

void mk_draw_again(MkDraw *draw, size_t columns, size_t rows)
{
    (void)queue(draw, NULL, columns, rows);
}

bool mk_draw_take(MkDraw *draw, MkDrawn *out)
{
    pthread_mutex_lock(&draw->lock);
    *out = draw->drawn;
    draw->drawn = (MkDrawn){0};
    pthread_mutex_unlock(&draw->lock);
    return out->has_plot || out->has_detail || out->figure != NULL || out->notice != NULL;
}
