/* answers.c - the estimates and plots of the workbench: asked for, and taken to the app. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "ui/term/workbench_priv.h"

#include <stdlib.h>

#include "src/base/arena.h"
#include "ui/view/figure.h"
#include "ui/view/view.h"

enum {
    VISIBLE_MAX = 256,
    LIVE_WAIT_MS = 12 /* for the estimates on the screen, of the 16 ms from key to screen */
};

void mk_bench_take_live(MkBench *bench)
{
    MkLiveAnswer answer;
    if (!mk_live_take(bench->live, &answer)) {
        return;
    }
    if (answer.error.status != MK_OK && answer.error.status != MK_ECANCEL) {
        mk_bench_say(bench, MK_MOOD_BAD, answer.error.text);
    }
    if (answer.n > 0) {
        mk_bench_update(bench, &(MkMsg){.kind = MK_MSG_SUMMARIES,
                                        .revision = answer.revision,
                                        .ids = answer.ids,
                                        .n = answer.n,
                                        .summaries = answer.summaries});
    }
    if (answer.has_support) {
        mk_bench_update(bench, &(MkMsg){.kind = MK_MSG_SUPPORT,
                                        .revision = answer.revision,
                                        .number = answer.support});
    }
}

static void ask_live(MkBench *bench)
{
    size_t first[VISIBLE_MAX];
    const MkApp *app = bench->app;
    const MkLiveQuestion question = {.revision = app->revision,
                                     .evidence = {.n = app->n_known, .known = app->known},
                                     .level = app->level,
                                     .first = first,
                                     .n_first = mk_app_visible(app, first, VISIBLE_MAX)};
    MkError err = {0};
    if (mk_live_ask(bench->live, &question, &err) != MK_OK) {
        mk_bench_say(bench, MK_MOOD_BAD, err.text);
    }
    bench->has_asked = true;
    bench->asked = app->revision;
}

static MkSummary population_of(const MkModel *model, size_t attribute, double level)
{
    const MkDistribution *d = mk_model_population(model, attribute);
    const size_t n_levels = mk_model_schema(model)->attributes[attribute].n_levels;
    if (n_levels > 0) {
        const double mode = mk_dist_mode(d);
        return (MkSummary){.median = mode, .mode_share = mk_dist_level(d, (size_t)mode)};
    }
    return (MkSummary){.median = mk_dist_quantile(d, 0.5),
                       .low = mk_dist_quantile(d, (1 - level) / 2),
                       .high = mk_dist_quantile(d, (1 + level) / 2)};
}

/* What stands beside the estimates: the training people, as in the plot. */
static void renew_population(MkBench *bench)
{
    const double level = bench->app->level;
    const size_t n = mk_model_schema(bench->model)->n;
    if (bench->app->has_population && !(bench->population_level < level) &&
        !(bench->population_level > level)) {
        return;
    }
    MkSummary *all = mk_heap_array(n > 0 ? n : 1, sizeof *all);
    for (size_t j = 0; all != NULL && j < n; j++) {
        all[j] = population_of(bench->model, j, level);
    }
    if (all != NULL) {
        mk_bench_update(bench, &(MkMsg){.kind = MK_MSG_POPULATION, .n = n, .summaries = all});
        bench->population_level = level;
    }
    free(all);
}

void mk_bench_renew_estimates(MkBench *bench)
{
    renew_population(bench);
    if (!bench->has_asked || bench->asked != bench->app->revision) {
        ask_live(bench);
        mk_live_wait(bench->live, LIVE_WAIT_MS);
        mk_bench_take_live(bench);
    }
}

/* The figure of a command has its own size when the screen gets another one. */
static void renew_figure(MkBench *bench)
{
    const MkRect room = mk_figure_inside(bench->app);
    const bool is_same = room.w == bench->figure_room.w && room.h == bench->figure_room.h;
    if (bench->app->figure != NULL && room.w > 0 && !is_same) {
        mk_draw_again(bench->draw, room.w, room.h);
        bench->figure_room = room;
    }
}

void mk_bench_renew_plot(MkBench *bench)
{
    renew_figure(bench);
    const MkPlotWish wish = mk_app_plot_wish(bench->app);
    const bool is_same = bench->has_wished && mk_plot_wish_same(&bench->wished, &wish);
    if (is_same || (wish.target == MK_NO_ATTRIBUTE && wish.result == NULL)) {
        return;
    }
    const MkEvidence evidence = {.n = bench->app->n_known, .known = bench->app->known};
    mk_draw_wish(bench->draw, &wish, evidence, bench->app->level);
    bench->wished = wish;
    bench->has_wished = true;
}

/* The picture for the terminal, until the next plot. */
static void keep_image(MkBench *bench, MkDrawn *drawn)
{
    free(bench->image_bytes);
    bench->image_bytes = drawn->image;
    bench->image = (MkTerminalImage){
        .serial = bench->image.serial + 1, .bytes = drawn->image, .len = drawn->n_image};
    bench->image_wish = drawn->wish;
}

const MkTerminalImage *mk_bench_image(MkBench *bench)
{
    const MkPlotWish wish = mk_app_plot_wish(bench->app);
    bench->image.rect = mk_figure_place(bench->app);
    const bool is_there = bench->image.bytes != NULL && bench->image.rect.w == wish.columns &&
                          mk_plot_wish_shows(&bench->image_wish, &wish);
    return is_there ? &bench->image : NULL;
}

/* As far as the terminal has said what it shows. */
void mk_bench_renew_cells(MkBench *bench)
{
    MkMsg msg = {.kind = MK_MSG_CELLS};
    const MkImages images = mk_terminal_images(bench->terminal, &msg.columns, &msg.rows);
    if (images == MK_IMAGES_NONE || msg.columns == 0 || msg.rows == 0) {
        msg.columns = msg.rows = 0;
    }
    mk_draw_images(bench->draw, images == MK_IMAGES_KITTY ? MK_IMAGE_PNG : MK_IMAGE_SIXEL);
    mk_bench_update(bench, &msg);
}

void mk_bench_take_drawn(MkBench *bench)
{
    MkDrawn drawn;
    if (!mk_draw_take(bench->draw, &drawn)) {
        return;
    }
    if (drawn.has_detail) {
        mk_bench_update(bench, &(MkMsg){.kind = MK_MSG_DETAIL, .detail = &drawn.detail});
    }
    if (drawn.has_plot) {
        keep_image(bench, &drawn);
        mk_bench_update(bench, &(MkMsg){.kind = MK_MSG_PLOT,
                                        .wish = &drawn.wish,
                                        .text = drawn.text,
                                        .result = drawn.result,
                                        .mood = drawn.is_failed ? MK_MOOD_BAD : MK_MOOD_ECHO});
    }
    if (drawn.figure != NULL) {
        mk_bench_update(bench, &(MkMsg){.kind = MK_MSG_FIGURE, .text = drawn.figure});
    }
    if (drawn.notice != NULL) {
        mk_bench_say(bench, drawn.is_bad ? MK_MOOD_BAD : MK_MOOD_GOOD, drawn.notice);
    }
    free(drawn.text);
    mk_result_free(drawn.result);
    free(drawn.figure);
    free(drawn.notice);
}
