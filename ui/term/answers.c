/* answers.c - the estimates and plots of the workbench: asked for, and taken to the app. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "ui/term/workbench_priv.h"

#include <stdlib.h>

#include "src/base/arena.h"
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
    if (answer.is_population) {
        if (answer.is_complete) {
            MkSummary *all = mk_heap_array(answer.n, sizeof *all);
            for (size_t i = 0; all != NULL && i < answer.n; i++) {
                all[answer.ids[i]] = answer.summaries[i];
            }
            if (all != NULL) {
                mk_bench_update(
                    bench, &(MkMsg){.kind = MK_MSG_POPULATION, .n = answer.n, .summaries = all});
            }
            free(all);
        }
        return;
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

static void ask_live(MkBench *bench, bool is_population)
{
    size_t first[VISIBLE_MAX];
    const MkApp *app = bench->app;
    MkLiveQuestion question = {.revision = app->revision,
                               .evidence = {.n = app->n_known, .known = app->known},
                               .level = app->level,
                               .first = first,
                               .is_population = is_population};
    if (is_population) {
        question.evidence.n = 0;
    } else {
        question.n_first = mk_app_visible(app, first, VISIBLE_MAX);
    }
    MkError err = {0};
    if (mk_live_ask(bench->live, &question, &err) != MK_OK) {
        mk_bench_say(bench, MK_MOOD_BAD, err.text);
    }
    bench->has_asked = true;
    bench->asked = app->revision;
}

/* New evidence: ask, and give the rows on the screen the rest of the frame's time. */
void mk_bench_renew_estimates(MkBench *bench)
{
    const MkApp *app = bench->app;
    if (!bench->has_asked || bench->asked != app->revision) {
        bench->asked_population = false;
        ask_live(bench, false);
        mk_live_wait(bench->live, LIVE_WAIT_MS);
        mk_bench_take_live(bench);
    }
    if (app->n_fresh < app->config.schema->n || app->has_population) {
        return;
    }
    if (app->n_known == 0) {
        const MkMsg msg = {
            .kind = MK_MSG_POPULATION, .n = app->config.schema->n, .summaries = app->summary};
        mk_bench_update(bench, &msg);
    } else if (!bench->asked_population) {
        bench->asked_population = true;
        ask_live(bench, true);
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
    const MkPlotWish *last = &bench->wished;
    const bool is_same = bench->has_wished && last->target == wish.target &&
                         last->versus == wish.versus && last->columns == wish.columns &&
                         last->rows == wish.rows && last->revision == wish.revision;
    if (is_same || wish.target == MK_NO_ATTRIBUTE) {
        return;
    }
    const MkEvidence evidence = {.n = bench->app->n_known, .known = bench->app->known};
    mk_draw_wish(bench->draw, &wish, evidence, bench->app->level);
    bench->wished = wish;
    bench->has_wished = true;
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
        mk_bench_update(bench, &(MkMsg){.kind = MK_MSG_PLOT,
                                        .wish = &drawn.wish,
                                        .text = drawn.text,
                                        .mood = drawn.is_failed ? MK_MOOD_BAD : MK_MOOD_ECHO});
    }
    if (drawn.figure != NULL) {
        mk_bench_update(bench, &(MkMsg){.kind = MK_MSG_FIGURE, .text = drawn.figure});
    }
    if (drawn.notice != NULL) {
        mk_bench_say(bench, drawn.is_bad ? MK_MOOD_BAD : MK_MOOD_GOOD, drawn.notice);
    }
    free(drawn.text);
    free(drawn.figure);
    free(drawn.notice);
}
